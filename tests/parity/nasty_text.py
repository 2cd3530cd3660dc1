"""Texts of a fixed seed that favour what tokenizers disagree about, for tokenizer_parity.py."""
import random

SPECIALS = ["[MASK]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "[MAS", "K]", "[mask]", "[[MASK]]"]
RANGES = {
    "combining marks": [(0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x93A, 0x94F),
                        (0xE31, 0xE3A), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x302A, 0x302F),
                        (0x1D165, 0x1D172), (0x1E8D0, 0x1E8D6)],
    "hangul": [(0xAC00, 0xD7A3), (0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7FB), (0x3130, 0x318F)],
    "ideographs": [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B81F),
                   (0x2B820, 0x2CEAF), (0x2CEB0, 0x2EBE0), (0x2F800, 0x2FA1F), (0x30000, 0x323AF), (0x2E80, 0x2FDF)],
    "private use": [(0xE000, 0xF8FF), (0xF0000, 0xF0FFF), (0x100000, 0x10FFFD)],
    "controls": [(0x0, 0x1F), (0x7F, 0x9F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFFF0, 0xFFFF),
                 (0xE0001, 0xE007F)],
    "letters": [(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x10A0, 0x10FF),
                (0x13A0, 0x13FF), (0x1E00, 0x1FFF), (0x2C00, 0x2DFF), (0xA640, 0xA7FF), (0x10400, 0x104FF)],
    "punctuation": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0xA0, 0xBF), (0x2010, 0x205E), (0x3000, 0x303F),
                    (0xFE10, 0xFE6F), (0xFF00, 0xFFEF)],
    "emoji": [(0x1F300, 0x1FAFF), (0x2600, 0x27BF), (0x1F1E6, 0x1F1FF), (0x1F3FB, 0x1F3FF)],
    "anything": [(0x0, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)],
}
UNASSIGNED = [0x378, 0x530, 0x58B, 0x61D, 0xA7D, 0x1C8F, 0x2FE0, 0x9FFF, 0xFFFE, 0x1FAFE, 0x2FFFF, 0x3FFFE, 0xE0FFF, 0x10FFFF]
WORDS = ["hello", "Unaffable", "running", "don't", "I'm", "\u0391\u03a3", "\u03a3\u0391\u03a3.", "\u039f\u0394\u039f\u03a3'\u03a3", "\u0130stanbul",
         "\u1e9b\u0323", "e\u0301\u0323", "\u212b", "\u037e", "\u0345", "##ing", "3.14", "\u00df", "\ufb01", "\u01c5", "\u4e2d\u6587", "\ud55c\uad6d\uc5b4"]


def code_points():
    """All that text can hold: surrogates are no characters and have no UTF-8."""
    return [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def in_class(rng, name):
    first, last = rng.choice(RANGES[name])
    return chr(rng.randint(first, last))


def part(rng):
    kind = rng.random()
    if kind < 0.10:
        return rng.choice(WORDS)
    if kind < 0.20:
        return rng.choice(" \t\n\r \u00a0\u3000\u0085\u2029\v")
    if kind < 0.26:
        return rng.choice(SPECIALS)
    if kind < 0.30:
        return chr(rng.choice(UNASSIGNED))
    if kind < 0.34:  # an emoji sequence
        return "\u200d".join(in_class(rng, "emoji") + rng.choice(["", "\ufe0f", "\U0001f3fd"]) for _ in range(rng.randint(1, 4)))
    if kind < 0.342:  # about the longest word
        return rng.choice(["x", "\u00e9", "a\u0301", "\ud55c", "\u0915"]) * rng.choice([50, 99, 100, 101, 102, 200, 201])
    name = rng.choice(list(RANGES))
    return "".join(in_class(rng, name) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def random_texts(count, seed=1):
    rng = random.Random(seed)
    for _ in range(count):
        yield "".join(part(rng) for _ in range(rng.randint(1, 12)))
