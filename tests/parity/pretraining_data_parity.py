#!/usr/bin/env python3
"""prepare examples against the algorithm of create_pretraining_data.py, record by record: the same tokens, segments,
labels and masks in the same order, from the same tokenized text and the same random numbers.

  pretraining_data_parity.py --prepare build/release/bin/prepare [--corpus FILE --vocab DIR]

Needs only Python."""
import argparse
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

from google_pretraining import Maker

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SETTINGS = [
    {},
    {"whole_words": True},
    {"seq_len": 64, "max_predictions": 3, "short_fraction": 0.5, "seed": 7},
    {"seq_len": 512, "max_predictions": 77, "dupe_factor": 1, "seed": 2**40 + 1},
    {"seq_len": 5, "max_predictions": 1, "dupe_factor": 2, "short_fraction": 1.0},
    {"seq_len": 40, "whole_words": True, "masked_fraction": 0.5, "seed": 0},
]


def made_up(folder, documents):
    """Words of one to four pieces, sentences of one word to eighty, documents of one sentence to sixty."""
    rng = random.Random(99)
    starts = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru"]
    ends = ["n", "rt", "sh", "l", "mp", "xu", "vo"]
    vocabulary = SPECIALS + ["."] + starts + ["##" + end for end in ends]
    os.mkdir(f"{folder}/vocab")
    with open(f"{folder}/vocab/vocab.txt", "w") as file:
        file.write("".join(token + "\n" for token in vocabulary))
    with open(f"{folder}/corpus.txt", "w") as file:
        for _ in range(documents):
            for _ in range(rng.choice([1, 2, 3, 10, 60])):
                words = [rng.choice(starts) + "".join(rng.choices(ends, k=rng.randint(0, 3)))
                         for _ in range(rng.choice([1, 3, 8, 12, 20, 80]))]
                file.write(" ".join(words) + ".\n")
            file.write("\n")
    return f"{folder}/corpus.txt", f"{folder}/vocab"


def lines_of(program, *arguments):
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def flags(settings):
    for name, value in settings.items():
        yield "--" + name.replace("_", "-")
        if value is not True:
            yield str(value)


def compare(program, folder, name, corpus, vocabulary_folder):
    data = f"{folder}/{name}"
    lines_of(program, "documents", "--corpus", corpus, "--vocab", vocabulary_folder, "--sentences",
             "--max-sentence-tokens", "0", "--out", data)
    head, *shown = lines_of(program, "show", data, "--records", "1000000000")
    documents = [document["sentences"] for document in shown]
    assert len(documents) == head["count"]
    with open(f"{data}/vocab.txt", encoding="utf-8") as file:
        vocabulary = [line.rstrip("\n") for line in file]
    total = 0
    for number, settings in enumerate(SETTINGS):
        settings = {"dupe_factor": 3, **settings}
        out = f"{data}-examples-{number}"
        lines_of(program, "examples", "--data", data, "--out", out, *flags(settings))
        ours = lines_of(program, "show", out, "--records", "1000000000")[1:]
        theirs = Maker(documents, vocabulary, **settings).make()
        for at, (a, b) in enumerate(itertools.zip_longest(ours, theirs)):
            expected = b and {"tokens": b.tokens, "segment_ids": b.segment_ids, "is_random_next": b.is_random_next,
                              "masked_lm_positions": b.masked_positions, "masked_lm_labels": b.masked_labels}
            if a != expected:
                sys.exit(f"{name}, {settings}: record {at} differs\n ours     {a}\n expected {expected}")
        total += len(ours)
        print(f"{name}: {len(documents)} documents, {settings}: {len(ours)} records equal")
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prepare", required=True)
    parser.add_argument("--corpus", help="one sentence a line; besides the made-up text")
    parser.add_argument("--vocab", help="folder of the vocabulary for --corpus")
    args = parser.parse_args()
    total = 0
    for documents in (2, 120):
        with tempfile.TemporaryDirectory() as folder:
            total += compare(args.prepare, folder, f"made-up-{documents}", *made_up(folder, documents))
            if args.corpus and documents == 2:
                total += compare(args.prepare, folder, "corpus", args.corpus, args.vocab)
    print(f"{total} records equal, 0 differ")


if __name__ == "__main__":
    main()
