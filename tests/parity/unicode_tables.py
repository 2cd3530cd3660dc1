#!/usr/bin/env python3
"""Writes src/text/unicode_tables.h from the tokenizers library itself, one code point at a time.

    python3 tests/parity/unicode_tables.py > src/text/unicode_tables.h      pin what this library does
    python3 tests/parity/unicode_tables.py --check src/text/unicode_tables.h    1 if the pinned table differs

BertNormalizer and BertPreTokenizer carry Unicode tables of several ages; what they do is the contract, so it is
observed from outside rather than derived from any one Unicode version. Exit code 77: the library is missing.
"""
import sys

try:
    import tokenizers
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
except ImportError:
    print("skipped: python package tokenizers is missing", file=sys.stderr)
    sys.exit(77)


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**flags, **on})


CLEAN, CJK, LOWER, NFD = bert(clean_text=True), bert(handle_chinese_chars=True), bert(lowercase=True), normalizers.NFD()
ACCENTS, PRE = bert(strip_accents=True), pre_tokenizers.BertPreTokenizer()
NFKD, STRIP = normalizers.NFKD(), normalizers.StripAccents()
HANGUL = range(0xAC00, 0xD7A4)
# Letters whose case pair is younger than the Unicode 15 of the oldest utf8proc that we build with.
YOUNG = range(0x1C89, 0x1C8B), range(0xA7CB, 0xA7DE), range(0x10D50, 0x10D86), range(0x16EA0, 0x16ED4)


def between(normalizer, c):
    return normalizer.normalize_str("a" + c + "b")[1:-1]


def reorders(c):
    """True if canonical ordering moves c in front of U+0345, whose combining class (240) is the highest."""
    return NFD.normalize_str("a\u0345" + c) != "a\u0345" + c


def word_finder():
    """True for a character beside which an added token is no single word."""
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.add_tokens([AddedToken("<x>", single_word=True, normalized=False)])
    added = tokenizer.token_to_id("<x>")
    return lambda c: added not in tokenizer.encode(c + "<x>").ids


def observe():
    sets = {k: [] for k in ("Drop", "Space", "Cjk", "Punctuation", "Mark", "Decomposition", "Reordering", "Word", "Lower",
                            "Compatibility", "Combining")}
    is_word = word_finder()
    for cp in range(0x110000):
        if 0xD800 <= cp < 0xE000:
            continue
        c = chr(cp)
        clean = between(CLEAN, c)
        if clean == "":
            sets["Drop"].append(cp)
        elif clean == " ":
            sets["Space"].append(cp)
        if between(CJK, c) != c:
            sets["Cjk"].append(cp)
        if [w for w, _ in PRE.pre_tokenize_str("a" + c + "b")] == ["a", c, "b"]:
            sets["Punctuation"].append(cp)
        decomposed = between(NFD, c)
        if decomposed != c and cp not in HANGUL:
            sets["Decomposition"].append(cp)
        if decomposed == c:
            if between(ACCENTS, c) == "":
                sets["Mark"].append(cp)
            elif cp > 0x7F and reorders(c):
                sets["Reordering"].append(cp)
        if cp not in HANGUL and between(NFKD, c) != c:
            sets["Compatibility"].append(cp)
        if between(STRIP, c) == "":
            sets["Combining"].append(cp)
        if is_word(c):
            sets["Word"].append(cp)
        lower = between(LOWER, c)
        if lower != c and any(cp in block for block in YOUNG):
            sets["Lower"].append((cp, ord(lower)))
    return sets


def ranges(points):
    out = []
    for p in points:
        if out and out[-1][1] == p - 1:
            out[-1][1] = p
        else:
            out.append([p, p])
    return out


def print_array(type_name, name, rows, comment):
    print(f"\n/// {comment}\ninline constexpr {type_name} {name}[] = {{")
    line = "   "
    for row in rows:
        item = " {" + ", ".join(f"0x{x:X}" for x in row) + "},"
        if len(line) + len(item) > 118:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


def lower_rows(pairs):
    rows = []
    for cp, lower in pairs:
        if rows and rows[-1][1] == cp - 1 and lower - cp == rows[-1][2] - rows[-1][0]:
            rows[-1][1] = cp
        else:
            rows.append([cp, cp, lower])
    return rows


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        import contextlib
        import io

        captured = io.StringIO()
        with contextlib.redirect_stdout(captured):
            write()
        with open(sys.argv[2], encoding="utf-8") as pinned:
            # The first lines name the library version; the tables are what must agree.
            same = pinned.read().split("struct", 1)[1] == captured.getvalue().split("struct", 1)[1]
        print("the pinned table is what the library does" if same else "the pinned table differs", file=sys.stderr)
        sys.exit(0 if same else 1)
    write()


def write():
    sets = observe()
    print("#pragma once\n\n#include <cstdint>\n")
    print("// Made by tests/parity/unicode_tables.py from tokenizers " + tokenizers.__version__ + "; do not edit.")
    print("// clang-format off\n\nnamespace scoria::unicode {\n")
    print("struct Range { std::uint32_t first, last; };")
    print("struct LowerRange { std::uint32_t first, last, lower; };  // lower of first; the rest follow in step")
    texts = {
        "Drop": "Removed by the clean-up: NUL, U+FFFD, and control, format and private use characters.",
        "Space": "Become a space in the clean-up.",
        "Cjk": "Ideographs that get a space on each side.",
        "Punctuation": "Stand alone as a word.",
        "Mark": "Removed after decomposition when accents are stripped.",
        "Decomposition": "Change under NFD; Hangul syllables, which do too, are left out.",
        "Compatibility": "Change under NFKD; Hangul syllables, which do too, are left out.",
        "Combining": "Removed by StripAccents.",
        "Reordering": "Not marks, yet of a combining class other than 0, so that NFD may move them.",
        "Word": "Of a word: beside these a single_word token is not found.",
    }
    for key, comment in texts.items():
        print_array("Range", "k" + key, ranges(sets[key]), comment)
    print_array("LowerRange", "kLower", lower_rows(sets["Lower"]), "Case pairs younger than Unicode 15.")
    print("\n}  // namespace scoria::unicode\n// clang-format on")


main()
