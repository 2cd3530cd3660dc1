#!/usr/bin/env python3
"""Writes src/text/grapheme_tables.h from what the tokenizers library does, seen from outside.

    python3 tests/parity/grapheme_tables.py > src/text/grapheme_tables.h      pin what this library does
    python3 tests/parity/grapheme_tables.py --check src/text/grapheme_tables.h    1 if the pinned table differs

Its Precompiled normalizer works on grapheme clusters: one of under six bytes is looked up whole, and the shortest entry
that it starts with replaces all of it. A map of every first byte to "b" therefore tells where clusters end: one "b" for a
short cluster, one for each character of a longer one. Each class of Unicode's annex 29 then shows itself in a few strings
that end in a short cluster or not. Exit code 77: the library is missing.
"""
import contextlib
import io
import struct
import sys

try:
    import tokenizers
    from tokenizers import normalizers
except ImportError:
    print("skipped: python package tokenizers is missing", file=sys.stderr)
    sys.exit(77)

ACUTE, ZWJ, COPYRIGHT, KA, VIRAMA = "\u0301", "\u200d", "\u00a9", "\u0915", "\u094d"
CLASSES = {
    "Control": "A cluster of its own, whatever follows.",
    "Extend": "Never starts a cluster.",
    "ConjunctExtend": "Never starts a cluster, and may stand within an Indic conjunct.",
    "Linker": "Never starts a cluster, and joins the consonants of an Indic conjunct.",
    "SpacingMark": "Never starts a cluster; no emoji sequence goes on behind it.",
    "Prepend": "No cluster ends behind it.",
    "Pictographic": "Joined to another by a zero width joiner.",
    "Consonant": "May be joined to another by a linker.",
    "HangulL": "Leading jamo.",
    "HangulV": "Vowel jamo.",
    "HangulT": "Trailing jamo.",
}


def first_byte_map():
    """A double array in the layout of darts-clone: the root's children are all first bytes, and the value of each is 0."""
    units = [0] * 1024
    units[0] = 256 << 10
    for i, byte in enumerate([*range(1, 128), *range(0xC2, 0xF5)]):
        units[256 ^ byte] = ((256 ^ byte) ^ (512 + i)) << 10 | 1 << 8 | byte
        units[512 + i] = 1 << 31
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + b"b\0"


MAP = normalizers.Precompiled(first_byte_map())


def count(text):
    return len(MAP.normalize_str(text))


def class_of(c):
    """None for a code point that no rule names, and for those of the rules that name one or a fixed range."""
    if count("a" + c) == 1:
        if count(COPYRIGHT + c + ZWJ + COPYRIGHT + ACUTE) == 1 + 1 + 1 + 1:
            return "SpacingMark"
        if count(KA + c + KA + ACUTE) == 4:
            return "Linker"
        return "ConjunctExtend" if count(KA + c + VIRAMA + KA + ACUTE) == 5 else "Extend"
    if count(c + "a") == 1:
        return "Prepend"
    if count(c + ACUTE + ACUTE) == 2:
        return "Control"
    before_vowel, before_trail = count(c + "\u1160" + ACUTE) == 3, count(c + "\u11a8" + ACUTE) == 3
    if before_vowel or before_trail:
        return "HangulL" if not before_trail else "HangulV" if before_vowel else "HangulT"
    if count(c + ZWJ + COPYRIGHT + ACUTE) == 4:
        return "Pictographic"
    return "Consonant" if count(c + VIRAMA + KA + ACUTE) == 4 else None


def observe():
    sets = {name: [] for name in CLASSES}
    for cp in [*range(1, 0x20000), *range(0xE0000, 0xE1000)]:  # beyond them nothing has a class
        if 0xD800 <= cp < 0xE000 or 0xAC00 <= cp < 0xD7A4 or cp in (10, 13, 0x200D):
            continue
        name = class_of(chr(cp))
        if name:
            sets[name].append(cp)
    return sets


def ranges(points):
    out = []
    for p in points:
        if out and out[-1][1] == p - 1:
            out[-1][1] = p
        else:
            out.append([p, p])
    return out


def write():
    print("#pragma once\n\n#include \"text/unicode_tables.h\"\n")
    print("// Made by tests/parity/grapheme_tables.py from tokenizers " + tokenizers.__version__ + "; do not edit.")
    print("// clang-format off\n\nnamespace scoria::unicode {")
    for name, points in observe().items():
        print(f"\n/// {CLASSES[name]}\ninline constexpr Range k{name}[] = {{")
        line = "   "
        for first, last in ranges(points):
            item = f" {{0x{first:X}, 0x{last:X}}},"
            if len(line) + len(item) > 118:
                print(line)
                line = "   "
            line += item
        print(line + "\n};")
    print("\n}  // namespace scoria::unicode\n// clang-format on")


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--check":
        return write()
    captured = io.StringIO()
    with contextlib.redirect_stdout(captured):
        write()
    with open(sys.argv[2], encoding="utf-8") as pinned:  # the first lines name the library's version
        same = pinned.read().split("namespace", 1)[1] == captured.getvalue().split("namespace", 1)[1]
    print("the pinned table is what the library does" if same else "the pinned table differs", file=sys.stderr)
    sys.exit(0 if same else 1)


main()
