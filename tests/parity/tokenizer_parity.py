#!/usr/bin/env python3
"""Compares `tokenize` with Hugging Face's tokenizers: ids and offsets of every text, windows, padding, masks, decoding.

    python3 tests/parity/tokenizer_parity.py --tokenize build/release/bin/tokenize
    python3 tests/parity/tokenizer_parity.py --tokenize ... --vocab FOLDER... --text FILE... --code-points 1 --strings 1000000

Each folder is read by transformers and by ours. Without --vocab a vocabulary is trained with `tokenize train` (uncased and
cased), so the files that it writes are tried as well. Every text must come out equal; nothing is left out but surrogates,
which are no text. Exit code 77: a python package is missing.
"""
import argparse
import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
try:
    from tokenizers import decoders
    from transformers import AutoTokenizer, BertTokenizerFast
except ImportError:
    print("skipped: python package transformers is missing", file=sys.stderr)
    sys.exit(77)

import nasty_text

CHUNK = 100_000


def texts_of(arguments):
    """Name and texts of each set."""
    step = arguments.code_points
    points = [chr(c) for c in nasty_text.code_points()[::step]]
    yield "code points alone", points
    yield "between letters", ["a" + c + "b" for c in points]
    yield "between spaces", [" " + c + " " for c in points]
    yield "random strings", nasty_text.random_texts(arguments.strings)
    for path in arguments.text:
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            yield os.path.basename(path), [line.rstrip("\n") for line in file]


def load(folder):
    try:
        return AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError):  # a folder of a vocabulary alone does not say what it is
        return BertTokenizerFast.from_pretrained(folder)


def ours(program, folder, lines, *options):
    done = subprocess.run([program, "encode", "--vocab", folder, "--json-lines", "--json", *options],
                          input="".join(json.dumps(line) + "\n" for line in lines), stdout=subprocess.PIPE, text=True,
                          encoding="utf-8", check=True)
    rows = done.stdout.split("\n")[:-1]
    if len(rows) != len(lines):
        sys.exit(f"{len(lines)} lines in, {len(rows)} out")
    return [json.loads(row) for row in rows]


def chunks(texts):
    texts = iter(texts)
    while chunk := list(itertools.islice(texts, CHUNK)):
        yield chunk


def compare(program, folder, texts, name):
    backend = load(folder).backend_tokenizer
    count = tokens = different = 0
    for chunk in chunks(texts):
        for text, a, b in zip(chunk, ours(program, folder, chunk), backend.encode_batch(chunk)):
            count += 1
            tokens += len(b.ids)
            if a["ids"] == b.ids and a["tokens"] == b.tokens and [tuple(o) for o in a["offsets"]] == b.offsets:
                continue
            different += 1
            if different <= 5:
                print(f"{name}: {ascii(text[:100])}\n  ours   {a['tokens'][:20]} {a['offsets'][:20]}\n"
                      f"  theirs {b.tokens[:20]} {b.offsets[:20]}")
    print(f"{name}: {count} texts, {tokens} tokens, {different} differ", flush=True)
    return different


def as_row(encoding, is_window=False):
    """As `tokenize` prints it. HF repeats windows of the second text within windows of the first; transformers and we do not."""
    row = {"ids": encoding.ids, "tokens": encoding.tokens, "offsets": [list(o) for o in encoding.offsets],
           "segments": encoding.type_ids, "attention_mask": encoding.attention_mask,
           "special_tokens_mask": encoding.special_tokens_mask}
    overflow = [] if is_window else [as_row(e, True) for e in encoding.overflowing]
    return {**row, "overflow": overflow} if overflow else row


def random_setting(rng):
    """Keywords for truncation and padding, whether special tokens are added, and the same for `tokenize encode`."""
    truncation = {"max_length": rng.randint(4, 24), "stride": rng.choice([0, 0, 1, 2, 5]), "direction": rng.choice(["left", "right"]),
                  "strategy": rng.choice(["longest_first", "longest_first", "only_first", "only_second"])}
    padding = {"direction": rng.choice(["left", "right"]), "length": rng.choice([None, 8, 30]),
               "pad_to_multiple_of": rng.choice([None, 8])}
    truncation, padding = [k if rng.random() < 0.7 else None for k in (truncation, padding)]
    special = rng.random() < 0.7
    options = [] if special else ["--no-special"]
    if truncation:
        options += ["--truncate", truncation["strategy"], "--max-length", str(truncation["max_length"]), "--stride",
                    str(truncation["stride"]), "--truncation-side", truncation["direction"]]
    if padding:
        options += ["--pad", str(padding["length"] or "longest"), "--padding-side", padding["direction"], "--batch", "32"]
        options += ["--pad-to-multiple-of", str(padding["pad_to_multiple_of"])] if padding["pad_to_multiple_of"] else []
    return truncation, padding, special, options


def theirs(backend, inputs, special):
    return backend.encode_batch([(i["text"], i["text_b"]) if "text_b" in i else i["text"] for i in inputs], add_special_tokens=special)


def accepts(backend, line, special):
    try:
        theirs(backend, [line], special)
        return True
    except KeyboardInterrupt:
        raise
    except BaseException:  # what the library panics with is no Exception
        return False


@contextlib.contextmanager
def quiet_stderr():
    """For the library's panics, each a page long."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def refuses(program, folder, line, options):
    done = subprocess.run([program, "encode", "--vocab", folder, "--json-lines", "--json", "--strict", *options], input=json.dumps(line) + "\n",
                          capture_output=True, text=True)
    return done.returncode == 2 and done.stderr.count("\n") == 1


def compare_settings(program, folder, count):
    backend = load(folder).backend_tokenizer
    pad = {"pad_id": backend.token_to_id("[PAD]"), "pad_token": "[PAD]"}
    rng = random.Random(2)
    texts = list(nasty_text.random_texts(400, seed=3))
    different = refused = 0
    for _ in range(count):
        truncation, padding, special, options = random_setting(rng)
        lines = [{"text": a, "text_b": b} if rng.random() < 0.5 else {"text": a}
                 for a, b in zip(rng.sample(texts, 100), rng.sample(texts, 100))]
        backend.no_padding()
        backend.enable_truncation(**truncation) if truncation else backend.no_truncation()
        with quiet_stderr():
            sieve = [accepts(backend, line, special) for line in lines]
        wrong = [line for line, fine in zip(lines, sieve) if not fine]
        refused += len(wrong)
        different += sum(not refuses(program, folder, line, options) for line in wrong[:2])
        lines = [line for line, fine in zip(lines, sieve) if fine]
        if padding:
            backend.enable_padding(**padding, **pad)
        expected = [as_row(e) for at in range(0, len(lines), 32) for e in theirs(backend, lines[at:at + 32], special)]
        for line, a, b in zip(lines, ours(program, folder, lines, "--masks", *options) if lines else [], expected):
            if a != b:
                different += 1
                print(f"settings {options}: {ascii(line)}\n  ours   {str(a)[:500]}\n  theirs {str(b)[:500]}") if different <= 3 else None
    print(f"settings: {count} of them, 100 texts and pairs each ({refused} refused by both), {different} differ", flush=True)
    return different


def compare_decoding(program, folder, count):
    backend = load(folder).backend_tokenizer
    rng = random.Random(4)
    often = [i for i in (backend.token_to_id(t) for t in [".", ",", "!", "?", "'", "s", "m", "do", "not", "n't", "##s", "##'",
                                                          "[SEP]", "[MASK]", "re", "ve"]) if i is not None]
    lists = [[rng.choice(often) if rng.random() < 0.5 else rng.randrange(backend.get_vocab_size()) for _ in range(rng.randint(0, 20))]
             for _ in range(count)]
    different = 0
    for clean_up, skip in itertools.product([True, False], repeat=2):
        backend.decoder = decoders.WordPiece(prefix="##", cleanup=clean_up)
        options = [] if clean_up else ["--no-clean-up"]
        options += [] if skip else ["--keep-special"]
        done = subprocess.run([program, "decode", "--vocab", folder, "--json", *options], stdout=subprocess.PIPE, text=True, check=True,
                              input="".join(" ".join(map(str, ids)) + "\n" for ids in lists))
        for ids, row in zip(lists, done.stdout.split("\n")):
            expected = backend.decode(ids, skip_special_tokens=skip)
            if json.loads(row)["text"] != expected:
                different += 1
                print(f"decode {options}: {ids}\n  ours   {row}\n  theirs {ascii(expected)}") if different <= 3 else None
    print(f"decode: {4 * count} lists of ids, {different} differ", flush=True)
    return different


def train(program, scratch, *options):
    corpus = os.path.join(scratch, "corpus.txt")
    with open(corpus, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(text.replace("\0", "") + "\n" for text in nasty_text.random_texts(5000, seed=5))
    out = os.path.join(scratch, "tokenizer")
    # A text may start like JSON or markup.
    subprocess.run([program, "train", "--corpus", corpus, "--corpus-format", "text", "--vocab-size", "4000", "--out", out,
                    *options], check=True, stderr=subprocess.DEVNULL)
    return out


def compare_folder(arguments, folder, name):
    print(f"{name}:", flush=True)
    different = sum(compare(arguments.tokenize, folder, texts, f"  {what}") for what, texts in texts_of(arguments))
    different += compare_settings(arguments.tokenize, folder, arguments.settings)
    return different + compare_decoding(arguments.tokenize, folder, 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenize", required=True, help="the tokenize program")
    parser.add_argument("--vocab", nargs="+", default=[], help="folders with a tokenizer's files")
    parser.add_argument("--text", nargs="+", default=[], help="files of text, a line at a time")
    parser.add_argument("--code-points", type=int, default=23, metavar="N", help="every N-th code point (default 23; 1: all)")
    parser.add_argument("--strings", type=int, default=20000, help="random strings (default 20000)")
    parser.add_argument("--settings", type=int, default=40, help="settings of truncation and padding (default 40)")
    arguments = parser.parse_args()
    different = sum(compare_folder(arguments, folder, folder) for folder in arguments.vocab)
    if not arguments.vocab:
        for name, options in (("trained, uncased", []), ("trained, cased", ["--cased"])):
            with tempfile.TemporaryDirectory() as scratch:
                different += compare_folder(arguments, train(arguments.tokenize, scratch, *options), name)
    sys.exit(1 if different else 0)


main()
