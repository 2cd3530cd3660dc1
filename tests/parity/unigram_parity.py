#!/usr/bin/env python3
"""Compares `tokenize` with Hugging Face's tokenizers on Unigram models: ids, tokens, offsets, pairs, windows, decoding.

    python3 tests/parity/unigram_parity.py --tokenize build/release/bin/tokenize
    python3 tests/parity/unigram_parity.py --tokenize ... --train FILE... --text FILE... --sizes 500 8000 30000 --strings 1000000

The models are trained here, by tokenizers and, where its package is there, by sentencepiece, on made texts of twelve
languages or on the lines of --train. Every text must come out equal. sentencepiece itself is the second witness: on clean
lines, where its normalization and that of tokenizers are one, its pieces are ours. Exit code 77: tokenizers is missing.
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
    from tokenizers import Tokenizer
except ImportError:
    print("skipped: python package tokenizers is missing", file=sys.stderr)
    sys.exit(77)

import nasty_text
import unigram_models

CHUNK = 50_000
MARKS = ["<mask>", " <mask>", "<s>", "</s>", "<unk>", "<pad>", "\u2581", " \u2581", "<0x41>", "  ", "\u00ad", "\u2122\x1e", "\x01", "\ufb03\u0301"]


def nasty_texts(count, seed=1):
    """As nasty_text's, with what Unigram models add: their marks, and characters that maps remove or grow."""
    rng = random.Random(seed)
    for text in nasty_text.random_texts(count, seed):
        if rng.random() < 0.5:
            at = rng.randint(0, len(text))
            text = text[:at] + rng.choice(MARKS) + text[at:]
        yield text


def run(program, command, folder, lines, *options):
    lines = list(lines)
    done = subprocess.run([program, command, "--vocab", folder, "--json", *options], input="".join(l + "\n" for l in lines),
                          stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
    rows = done.stdout.split("\n")[:-1]
    if len(rows) != len(lines):
        sys.exit(f"{command}: {len(lines)} lines in, {len(rows)} out")
    return [json.loads(row) for row in rows]


def chunks(texts):
    texts = list(texts)
    return (texts[at:at + CHUNK] for at in range(0, len(texts), CHUNK))


def told(name, different, text, a, b):
    if different <= 3:
        print(f"{name}: {ascii(text)[:200]}\n  ours   {str(a)[:400]}\n  theirs {str(b)[:400]}")


def compare_texts(program, folder, name, texts):
    theirs = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    count = tokens = different = 0
    for chunk in chunks(texts):
        encodings = theirs.encode_batch(chunk)
        for text, a, b in zip(chunk, run(program, "encode", folder, map(json.dumps, chunk), "--json-lines"), encodings):
            count += 1
            tokens += len(b.ids)
            ours, expected = (a["ids"], a["tokens"], [tuple(o) for o in a["offsets"]]), (b.ids, b.tokens, b.offsets)
            # The library shows what was unknown; a vocabulary has one token for it.
            expected = (expected[0], [theirs.id_to_token(i) for i in b.ids], expected[2])
            if ours != expected:
                different += 1
                told(name, different, text, ours, expected)
        lists = [e.ids for e in encodings]
        decoded = run(program, "decode", folder, [" ".join(map(str, ids)) for ids in lists])
        for ids, a, b in zip(lists, decoded, theirs.decode_batch(lists)):
            if a["text"] != b:
                different += 1
                told(f"{name}, decoded", different, str(ids), a["text"], b)
    print(f"  {name}: {count} texts, {tokens} tokens, {different} differ", flush=True)
    return different


def compare_pairs(program, folder, count):
    """Pairs, and windows of a length with a stride."""
    theirs = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    theirs.enable_truncation(max_length=16, stride=3)
    texts = [t for t in nasty_texts(2 * count, seed=5) if len(t) > 8]
    lines = [{"text": a, "text_b": b} for a, b in zip(texts[::2], texts[1::2])]
    kept, expected = [], []
    for line in lines:
        try:
            expected.append(theirs.encode(line["text"], line["text_b"]))
            kept.append(line)
        except Exception:  # a text too short for the stride: refused by both
            continue
    rows = run(program, "encode", folder, map(json.dumps, kept), "--json-lines", "--masks", "--truncate", "longest_first",
               "--max-length", "16", "--stride", "3") if kept else []
    different = 0
    for line, a, b in zip(kept, rows, expected):
        ours = (a["ids"], a["segments"], a["special_tokens_mask"], a["offsets"])
        wanted = (b.ids, b.type_ids, b.special_tokens_mask, [list(o) for o in b.offsets])
        if ours != wanted:
            different += 1
            told("pairs", different, str(line), ours, wanted)
    print(f"  pairs in windows: {len(kept)}, {different} differ", flush=True)
    return different


def compare_sentencepiece(program, texts, scratch):
    """Pieces of sentencepiece itself, on lines without what the two normalize differently."""
    import sentencepiece

    model = unigram_models.sentencepiece_model(texts, 2000)
    folder = os.path.join(scratch, "witness")
    unigram_models.save(unigram_models.from_sentencepiece(model), folder)
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model)
    # Its map makes one of a half-width kana and its voicing mark; tokenizers look a cluster of six bytes up in parts.
    lines = [" ".join(t.split()) for t in texts if "<" not in t and "\uff9e" not in t]
    different = ties = 0

    def cost(pieces):
        return sum(theirs.get_score(theirs.piece_to_id(p)) for p in pieces)

    for text, row in zip(lines, run(program, "encode", folder, map(json.dumps, lines), "--json-lines", "--no-special")):
        expected = ["<unk>" if theirs.is_unknown(i) else p for i, p in zip(theirs.encode(text), theirs.encode(text, out_type=str))]
        if row["tokens"] == expected:
            continue
        # It adds up in single precision: of two ways to cover a word that cost the same it may take the other.
        if "".join(row["tokens"]) == "".join(expected) and abs(cost(row["tokens"]) - cost(expected)) < 1e-4:
            ties += 1
            continue
        different += 1
        told("sentencepiece", different, text, row["tokens"], expected)
    print(f"sentencepiece {sentencepiece.__version__}: {len(lines)} lines, {ties} equally likely, {different} differ", flush=True)
    return different


def lines_of(paths):
    for path in paths:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            yield from (line.rstrip("\n") for line in file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenize", required=True, help="the tokenize program")
    parser.add_argument("--train", nargs="+", default=[], metavar="FILE", help="lines to train on (default: made texts)")
    parser.add_argument("--train-lines", type=int, default=2000, help="so many of them, drawn (default 2000)")
    parser.add_argument("--text", nargs="+", default=[], metavar="FILE", help="files of text, a line at a time")
    parser.add_argument("--sizes", type=int, nargs=3, default=[500, 1000, 2000], help="of the vocabularies (default 500 1000 2000)")
    parser.add_argument("--strings", type=int, default=1500, help="random strings for each model (default 1500)")
    arguments = parser.parse_args()
    texts = list(lines_of(arguments.train)) or list(unigram_models.made_texts(arguments.train_lines))
    random.Random(3).shuffle(texts)
    texts = texts[:arguments.train_lines]
    different = 0
    with tempfile.TemporaryDirectory() as scratch:
        for i, (name, model) in enumerate(unigram_models.all_models(texts, arguments.sizes)):
            folder = os.path.join(scratch, str(i))
            unigram_models.save(model, folder)
            print(f"{name}, {len(model['model']['vocab'])} tokens:", flush=True)
            different += compare_texts(arguments.tokenize, folder, "random strings", nasty_texts(arguments.strings))
            different += compare_texts(arguments.tokenize, folder, "made texts", unigram_models.made_texts(1000, seed=12))
            for path in arguments.text:
                different += compare_texts(arguments.tokenize, folder, os.path.basename(path), lines_of([path]))
            different += compare_pairs(arguments.tokenize, folder, 300)
        try:
            different += compare_sentencepiece(arguments.tokenize, texts, scratch)
        except ImportError:
            print("skipped: sentencepiece as a witness; its package is missing", flush=True)
    sys.exit(1 if different else 0)


main()
