#!/usr/bin/env python3
"""Compares `tokenize encode --json` with Hugging Face's tokenizers: ids, tokens and offsets must be equal.

    python3 tests/parity/tokenizer_parity.py --tokenize build/release/bin/tokenize [--vocab FOLDER] [--text FILE...]

Each folder is read by transformers' AutoTokenizer and by ours. Without --vocab a vocabulary is trained on the text
with `tokenize train` (uncased and cased), so the files that it writes are tried as well. Without --text, texts made
here are used: every code point by itself, and random mixtures of them. Exit code 77: a python package is missing.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
try:
    from transformers import AutoTokenizer
except ImportError:
    print("skipped: python package transformers is missing", file=sys.stderr)
    sys.exit(77)


def code_points():
    """All that a line of text can hold: no surrogates, and nothing that ends a line."""
    return [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000 and c not in (0x0A, 0x0D)]


def made_texts():
    rng = random.Random(1)
    points = code_points()
    low = [c for c in points if c < 0x3100 or 0xA000 <= c < 0xAC00 or 0xF900 <= c < 0x1F000]
    texts = ["a" + chr(c) + "b" for c in points[::7]]
    odd = ["[MASK]", "[SEP]", "[MAS", "K]", "##a", " ", "hello", "\u00c9", "e\u0301", "\u0345", "\u302e", "\ud55c", "x" * 101]
    for _ in range(20000):
        texts.append("".join(chr(rng.choice(low)) if rng.random() < 0.6 else rng.choice(odd) for _ in range(rng.randint(1, 40))))
    return texts


def read_texts(paths):
    texts = []
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as file:
            texts += [line.rstrip("\n").rstrip("\r") for line in file]
    return texts


def ours(program, folder, texts):
    done = subprocess.run([program, "encode", "--vocab", folder, "--json"], input="\n".join(texts) + "\n",
                          capture_output=True, text=True, encoding="utf-8", check=True)
    lines = done.stdout.split("\n")[:-1]
    if len(lines) != len(texts):
        sys.exit(f"{len(texts)} lines in, {len(lines)} out")
    return [json.loads(line) for line in lines]


def theirs(tokenizer, texts):
    for start in range(0, len(texts), 1000):
        batch = tokenizer(texts[start:start + 1000], return_offsets_mapping=True, verbose=False)
        for ids, offsets in zip(batch["input_ids"], batch["offset_mapping"]):
            yield {"ids": ids, "tokens": tokenizer.convert_ids_to_tokens(ids), "offsets": [list(o) for o in offsets]}


def compare(program, folder, texts, name):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    different = tokens = 0
    for text, a, b in zip(texts, ours(program, folder, texts), theirs(tokenizer, texts)):
        tokens += len(b["ids"])
        if a == b:
            continue
        different += 1
        if different <= 5:
            keys = [key for key in b if a[key] != b[key]]
            print(f"{name}: {ascii(text[:100])} differs in {keys}\n  ours   {a[keys[0]][:20]}\n  theirs {b[keys[0]][:20]}")
    print(f"{name}: {len(texts)} texts, {tokens} tokens, {different} texts differ")
    return different


def train(program, texts, folder, *options):
    corpus = os.path.join(folder, "corpus.txt")
    with open(corpus, "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(texts))
    out = os.path.join(folder, "tokenizer")
    subprocess.run([program, "train", "--corpus", corpus, "--vocab-size", "4000", "--out", out, *options], check=True)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenize", required=True, help="the tokenize program")
    parser.add_argument("--vocab", action="append", default=[], help="folder with a tokenizer's files; may be repeated")
    parser.add_argument("--text", nargs="+", default=[], help="files of text, a line at a time")
    arguments = parser.parse_args()
    texts = read_texts(arguments.text) if arguments.text else made_texts()
    different = 0
    for folder in arguments.vocab:
        different += compare(arguments.tokenize, folder, texts, folder)
    if not arguments.vocab:
        for name, options in (("uncased", []), ("cased", ["--cased"])):
            with tempfile.TemporaryDirectory() as scratch:
                sample = [t for t in texts if "\0" not in t][-5000:]
                folder = train(arguments.tokenize, sample, scratch, *options)
                different += compare(arguments.tokenize, folder, texts, name)
    sys.exit(1 if different else 0)


main()
