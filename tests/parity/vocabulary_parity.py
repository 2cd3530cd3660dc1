#!/usr/bin/env python3
"""Compares `tokenize train` with Hugging Face's WordPieceTrainer and with slow renderings of the other algorithms.

    python3 tests/parity/vocabulary_parity.py --tokenize build/release/bin/tokenize [--text FILE...] [--vocab-size N]

  bpe         Against tokenizers' WordPieceTrainer on the same text. That trainer numbers the "##c" pieces in the order
              of a hash map, and ties between pairs go by number, so it differs from run to run. Given our own order of
              those pieces beforehand it has nothing left to chance: then every token must be equal, in order. Left
              alone, it must have the same alphabet, but for characters as rare as the rarest in it; how many tokens
              differ, and how many between two of its own runs, is printed.
  likelihood  Against a rendering that finds the best pair anew before every merge.
  topdown     Against a rendering of tensorflow/text's learner: all substrings counted, each lessening its prefixes.

Words and their numbers are counted here with Hugging Face's normalizer and must be ours too. Without --text a text is
made here. Exit code 77: a python package is missing.
"""
import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
except ImportError:
    print("skipped: python package tokenizers is missing", file=sys.stderr)
    sys.exit(77)

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def made_text():
    """Words of few roots and endings, used as unevenly as real ones, with accents, ideographs and punctuation."""
    rng = random.Random(7)
    syllables = [c + v for c in ("b", "d", "gr", "k", "l", "m", "n", "p", "sh", "st", "t", "v", "") for v in "aeiouäé"]
    endings = ["", "", "s", "ed", "ing", "er", "ness", "ly", "'s", "-", "2", "中文", "한국", "ß"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(3000)]
    uses = [1 / (i + 3) for i in range(len(words))]
    return ["".join(w + rng.choice(endings) + rng.choice([" ", " ", " ", ", ", ". "]) for w in rng.choices(words, uses, k=20))
            for _ in range(4000)]


def count_words(lines):
    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    counts = collections.Counter()
    for line in lines:
        counts.update(word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(line)))
    return counts


def ours(program, path, size, algorithm, *options):
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([program, "train", "--corpus", path, "--vocab-size", str(size), "--algorithm", algorithm,
                               "--out", out, "--json", *options], capture_output=True, text=True, encoding="utf-8", check=True)
        with open(os.path.join(out, "vocab.txt"), encoding="utf-8", newline="\n") as file:
            return file.read().split("\n")[:-1], json.loads(done.stdout)


def hugging_face(lines, size, first_tokens, alphabet_limit):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, limit_alphabet=alphabet_limit, show_progress=False,
                                        special_tokens=first_tokens)
    tokenizer.train_from_iterator(lines, trainer)
    ids = tokenizer.get_vocab()
    return sorted(ids, key=ids.get)


def character_uses(counts):
    uses = collections.Counter()
    for word, n in counts.items():
        for c in word:
            uses[c] += n
    return uses


def alphabet_of(counts, limit=1000):
    uses = character_uses(counts)
    return sorted(sorted(uses, key=lambda c: (-uses[c], c))[:limit])


def likelihood(counts, size, least):
    tokens = SPECIALS + alphabet_of(counts)
    ids = {token: i for i, token in enumerate(tokens)}

    def number(token):
        if token not in ids:
            ids[token] = len(tokens)
            tokens.append(token)
        return ids[token]

    words = [([number(("##" if i else "") + c) for i, c in enumerate(word) if c in ids], counts[word])
             for word in sorted(counts, key=lambda word: word.encode())]
    while len(tokens) < size:
        single, pairs = collections.Counter(), collections.Counter()
        for pieces, n in words:
            for piece in pieces:
                single[piece] += n
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += n
        candidates = [(-n / (float(single[a]) * float(single[b])), a, b) for (a, b), n in pairs.items() if n >= least]
        if not candidates:
            break
        _, a, b = min(candidates)
        merged = number(tokens[a] + tokens[b].removeprefix("##"))
        for pieces, _ in words:
            i = 0
            while i + 1 < len(pieces):
                if pieces[i] == a and pieces[i + 1] == b:
                    pieces[i:i + 2] = [merged]
                i += 1
    return tokens


def starts_of_pieces(word, vocabulary):
    starts, at = [], 0
    while at < len(word):
        starts.append(at)
        at = next(end for end in range(len(word), at, -1) if ("##" if at else "") + word[at:end] in vocabulary)
    return starts


def topdown(counts, size, least):
    most, fewest = max(counts.values()), min(counts.values())
    words = {word: n for word, n in counts.items() if len(word) <= 50 and word not in SPECIALS}
    alphabet = set(alphabet_of(words))
    words = {word: n for word, n in words.items() if alphabet.issuperset(word)}
    characters = sorted({c for word in words for c in word})
    always = characters + ["##" + c for c in characters]

    def learn(threshold):
        vocabulary = dict.fromkeys(always, 1)
        for first_round in (True, False, False, False):
            found = collections.defaultdict(int)  # by the characters of the word, and the piece
            for word, n in words.items():
                for start in range(len(word)) if first_round else starts_of_pieces(word, vocabulary):
                    for end in range(start + 1, len(word) + 1):
                        found[end - start, ("##" if start else "") + word[start:end]] += n
            vocabulary = {}
            for length, piece in sorted(found, key=lambda key: -key[0]):
                n = found[length, piece]
                if n >= threshold:
                    vocabulary[piece] = n
                for shorter in range(1, length):
                    found[shorter, piece[:len(piece) - length + shorter]] -= n
            vocabulary = {**dict.fromkeys(always, 1), **vocabulary}
        return list(dict.fromkeys(SPECIALS + characters + sorted(vocabulary, key=lambda piece: (-vocabulary[piece], piece))))

    fitting = learn(float("inf"))
    lower, upper = max(fewest, least), min(most, 10**7)
    while True:
        threshold = (lower + upper) // 2
        tokens = learn(threshold)
        if len(fitting) < len(tokens) <= size:
            fitting = tokens
        if (len(tokens) <= size and size - len(tokens) <= 0.05 * size) or lower >= upper or threshold <= 1:
            return fitting, len(tokens) <= size  # the second: what the published search gives is this
        if len(tokens) > size:
            lower = threshold + 1
        else:
            upper = threshold - 1


def first_difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"first difference at {at}: ours {a[at:at + 3]}, theirs {b[at:at + 3]}; {len(a)} and {len(b)} tokens"


def expect(name, is_so, detail=""):
    print(f"{name}: {'equal' if is_so else 'DIFFERENT ' + detail}")
    return 0 if is_so else 1


def compare_bpe(program, path, lines, counts, size):
    tokens, report = ours(program, path, size, "bpe")
    failures = expect(f"words: {counts.total()}, {len(counts)} different",
                      (report["words"], report["different_words"]) == (counts.total(), len(counts)), str(report))
    merges = next((i for i in range(5, len(tokens)) if len(tokens[i].removeprefix("##")) > 1), len(tokens))
    pinned = hugging_face(lines, size, tokens[:merges], 0)
    failures += expect(f"bpe: {len(tokens)} tokens, {len(tokens) - merges} merges in order", tokens == pinned,
                       first_difference(tokens, pinned))
    free, again = (hugging_face(lines, size, SPECIALS, 1000) for _ in range(2))
    uses = character_uses(counts)
    rarest = min(uses[c] for c in alphabet_of(counts))
    certain = {c for c in uses if uses[c] > rarest or len(uses) <= 1000}
    failures += expect(f"bpe: alphabet, {len(certain)} characters", certain <= set(tokens) and certain <= set(free))
    print(f"bpe: {len(set(tokens) - set(free))} of {len(tokens)} tokens are not in a run of theirs left alone; "
          f"{len(set(free) - set(again))} of that run are not in the next")
    return failures


def compare_slow(program, path, counts, size):
    tokens, _ = ours(program, path, size, "likelihood", "--min-frequency", "3")
    theirs = likelihood(counts, size, 3)
    failures = expect(f"likelihood: {len(tokens)} tokens", tokens == theirs, first_difference(tokens, theirs))
    for least, part in ((1, 1), (10, 1), (10, 3), (2, 2)):
        tokens, _ = ours(program, path, size // part, "topdown", "--min-frequency", str(least))
        theirs, is_published = topdown(counts, size // part, least)
        failures += expect(f"topdown from {least}: {len(tokens)} tokens{'' if is_published else ', cut to fit'}",
                           tokens == theirs, first_difference(tokens, theirs))
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenize", required=True, help="the tokenize program")
    parser.add_argument("--text", nargs="+", default=[], help="files of text")
    parser.add_argument("--vocab-size", type=int, default=3000)
    parser.add_argument("--slow-lines", type=int, default=200, help="lines for the slow renderings")
    arguments = parser.parse_args()
    lines = made_text()
    if arguments.text:
        lines = [line for path in arguments.text for line in open(path, encoding="utf-8", newline="\n")]
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "text.txt")
        for part, compare in ((lines, compare_bpe), (lines[:arguments.slow_lines], compare_slow)):
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(line.rstrip("\n") for line in part))
            counts = count_words(part)
            if compare is compare_bpe:
                failures += compare(arguments.tokenize, path, part, counts, arguments.vocab_size)
            else:
                failures += compare(arguments.tokenize, path, counts, 600)
    sys.exit(1 if failures else 0)


main()
