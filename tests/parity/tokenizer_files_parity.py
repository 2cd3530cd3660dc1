#!/usr/bin/env python3
"""Folders of tokenizers, in every layout that people have, read by ours and by transformers: ids, offsets, segments, decoding.

    python3 tests/parity/tokenizer_files_parity.py --dump build/release/bin/tokenizer_dump --folders 60 --texts 2000

Each folder has another vocabulary (with holes, names other than [CLS]), settings and random added tokens of every flag; a
layout is what transformers 5 saves under BertTokenizer or as tokenizer.json alone counts, what version 4 saved (vocab.txt with
added_tokens.json, or with added_tokens_decoder), or a bare tokenizer.json. What ours saves is read by transformers again.
Exit code 77: a python package is missing.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
try:
    from tokenizers import AddedToken, Tokenizer
    from transformers import AutoTokenizer, BertTokenizer, PreTrainedTokenizerFast
except ImportError:
    print("skipped: python package transformers is missing", file=sys.stderr)
    sys.exit(77)

import nasty_text

CONTENTS = ["E1", "E10", "E", "graft", "[DIST]", "[dist]", "new york", "New", "\u00c9mile", "\u00e9", "e\u0301", "\u4e2d\u56fd", "\u4e2d", " lead",
            "trail ", "<ent>", "</ent>", "##a", "a", "\uff21", "\u0130", "\u1e9b\u0323", "_x", "x_", "1", "...", ".", "-", "\u00b5m", "A B",
            "<mask>", "\U0001f600", "\u200d", "\u0301", "\ud55c\uad6d", "\u00df", "[unused1]", "[MASK", "C++", "\u00a0nb", "\u2028ls"]
NAMES = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
OTHER_NAMES = {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
LAYOUTS = ["saved", "filed", "version 4, slow", "version 4, decoder", "tokenizer.json alone", "vocab.txt alone"]


def vocabulary(rng, names):
    words = ["the", "river", "bank", "un", "##aff", "##able", "don", "graft", "engraft", "e", "mile", "new", "york", "New", "York", "\u4e2d"]
    letters = [chr(c) for c in list(range(33, 127)) + list(range(0xE0, 0x100)) + [0x3B1, 0x3C3, 0x301, 0x4E2D, 0x56FD, 0xAC00]]
    tokens = list(names.values()) + sorted(set(words + letters)) + ["##" + c for c in letters if c.isalnum()]
    body = [t for t in dict.fromkeys(tokens) if t not in names.values()]
    rng.shuffle(body)
    return list(names.values()) + body


def added(rng, flags):
    out = []
    for content in rng.sample(CONTENTS, rng.randint(0, 10)):
        some = {flag: rng.random() < 0.35 for flag in ("lstrip", "rstrip", "single_word")} if flags else {}
        normalized = {"normalized": rng.random() < 0.5} if flags else {}
        out.append(AddedToken(content, special=flags and rng.random() < 0.3, **some, **normalized))
    return out


def findable(tokens, normalize):
    """Without those of which nothing is left to look for, which the library finds everywhere, and panics; and without a
    second of one normalized text, of which it finds one or the other, by chance (findings/tokenizers_alike_tokens.sh)."""
    out = {}
    for token in tokens:
        text = normalize(token.content) if token.normalized else (token.content,)
        if text:
            out.setdefault(text, token)
    return list(out.values())


def texts_for(rng, tokens, count):
    """Nasty texts with the added tokens in them: beside letters, spaces, each other, in other case."""
    out = []
    for text in nasty_text.random_texts(count, seed=rng.randrange(1 << 30)):
        parts = [text]
        for _ in range(rng.randint(0, 5) if tokens else 0):
            token = rng.choice(tokens)
            token = rng.choice([token, token, token, token.lower(), token.upper(), token[:-1]])
            parts.append(rng.choice(["", "", " ", "  ", "\t", "\u00a0", "\u2003", "a", "_", "\u0301", ".", "\u4e2d", "\n", "\u200b"]) + token)
            parts.append(rng.choice(["", "", " ", "  ", "\u3000", "b", "1", "\u0301", "\u203f", "-", "E"]))
        rng.shuffle(parts)
        out.append("".join(parts))
    return [[out[i], out[i + 1]] if rng.random() < 0.1 and i + 1 < len(out) else out[i] for i in range(len(out))]


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def as_dict(token):
    return {k: getattr(token, k) for k in ("content", "lstrip", "normalized", "rstrip", "single_word", "special")}


def make(rng, folder, layout):
    """Writes a folder; returns the contents of its added tokens and what reads it."""
    names = OTHER_NAMES if rng.random() < 0.25 and layout not in ("vocab.txt alone", "tokenizer.json alone") else NAMES
    tokens = vocabulary(rng, names)
    settings = {"do_lower_case": rng.random() < 0.6, "strip_accents": rng.choice([None, None, True, False]),
                "tokenize_chinese_chars": rng.random() < 0.8}
    flags = layout != "version 4, slow"
    extra = [] if layout == "vocab.txt alone" else added(rng, flags)
    tokenizer = BertTokenizer(vocab={t: i for i, t in enumerate(tokens)}, **settings, **names, model_max_length=64)
    extra = findable(extra, tokenizer.backend_tokenizer.normalizer.normalize_str)
    tokenizer.add_tokens(extra)
    contents = [t.content for t in extra] + list(names.values())
    ids = {t.content: tokenizer.convert_tokens_to_ids(t.content) for t in extra}
    config = {**settings, **names, "model_max_length": 512}
    if layout in ("saved", "filed"):
        tokenizer.save_pretrained(folder)
        if layout == "filed":
            path = os.path.join(folder, "tokenizer_config.json")
            saved = json.load(open(path, encoding="utf-8"))
            write_json(folder, "tokenizer_config.json", {**saved, "tokenizer_class": "PreTrainedTokenizerFast"})
        return contents, AutoTokenizer.from_pretrained(folder).backend_tokenizer
    if layout == "tokenizer.json alone":
        tokenizer.backend_tokenizer.save(os.path.join(folder, "tokenizer.json"))
        return contents, Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        for token in tokens:
            file.write(token + "\n")
    if layout == "vocab.txt alone":
        return contents, BertTokenizer.from_pretrained(folder).backend_tokenizer
    config["tokenizer_class"] = rng.choice(["BertTokenizer", "BertTokenizerFast", "ElectraTokenizer"])
    if layout == "version 4, slow":
        write_json(folder, "added_tokens.json", {c: i for c, i in ids.items() if i >= len(tokens)})
        write_json(folder, "special_tokens_map.json", {**names, "additional_special_tokens": rng.sample(contents[:len(extra)], len(extra) // 3)})
    else:
        decoder = {ids[t.content]: as_dict(t) for t in extra}
        decoder.update({tokens.index(n): as_dict(AddedToken(n, special=True)) for n in names.values() if tokens.index(n) not in decoder})
        config["added_tokens_decoder"] = {str(i): decoder[i] for i in sorted(decoder)}
    write_json(folder, "tokenizer_config.json", config)
    return contents, AutoTokenizer.from_pretrained(folder).backend_tokenizer


def ours(program, folder, lines, out):
    done = subprocess.run([program, folder, out], input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True, text=True,
                          encoding="utf-8")
    if done.returncode:
        return None, done.stderr.strip()
    return [json.loads(row) for row in done.stdout.split("\n")[:-1]], ""


def differences(rows, encodings, backend, what):
    count = 0
    for row, e in zip(rows, encodings):
        same = row["ids"] == e.ids and [tuple(o) for o in row["offsets"]] == e.offsets and row["segments"] == e.type_ids
        if same and row["decoded"] == backend.decode(e.ids):
            continue
        count += 1
        if count <= 2:
            print(f"{what}\n  ours   {row}\n  theirs {e.ids} {e.offsets} {e.type_ids} {ascii(backend.decode(e.ids))} {e.tokens}")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True, help="the tokenizer_dump program")
    parser.add_argument("--folders", type=int, default=60, help="how many folders (default 60)")
    parser.add_argument("--texts", type=int, default=2000, help="texts a folder (default 2000)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    totals, different = collections.Counter(), 0
    for number in range(arguments.folders):
        layout = LAYOUTS[number % len(LAYOUTS)]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as again:
            contents, backend = make(rng, folder, layout)
            backend.no_padding(), backend.no_truncation()
            lines = texts_for(rng, contents, arguments.texts)
            rows, refusal = ours(arguments.dump, folder, lines, again)
            totals["texts"] += len(lines)
            if rows is None:
                different += 1
                print(f"folder {number}, {layout}: refused: {refusal}")
                continue
            encodings = backend.encode_batch([tuple(line) if isinstance(line, list) else line for line in lines])
            different += differences(rows, encodings, backend, f"folder {number}, {layout}")
            reread = AutoTokenizer.from_pretrained(again).backend_tokenizer
            encodings = reread.encode_batch([tuple(line) if isinstance(line, list) else line for line in lines])
            different += differences(rows, encodings, reread, f"folder {number}, {layout}, saved by us")
    print(f"{arguments.folders} folders, {totals['texts']} texts and pairs, read twice: {different} differ")
    sys.exit(1 if different else 0)


main()
