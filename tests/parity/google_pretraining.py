"""The algorithm of google-research/bert's create_pretraining_data.py and tokenization.py, written anew from their
description: plain Python, the same order of random draws, the same work for each token. A rendering, not the script:
it serves to compare records and, on a slice of text, to estimate what the script costs."""
import collections
import random
import unicodedata

Example = collections.namedtuple("Example", "tokens segment_ids is_random_next masked_positions masked_labels")


# Tokenization: clean, split around ideographs, lower-case and strip accents, split punctuation, longest piece first.

def is_space(char):
    return char in " \t\n\r" or unicodedata.category(char) == "Zs"


def is_control(char):
    return char not in "\t\n\r" and unicodedata.category(char) in ("Cc", "Cf")


def is_ideograph(code):
    return any(low <= code <= high for low, high in (
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
        (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)))


def is_punctuation(char):
    code = ord(char)
    return 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126 or \
        unicodedata.category(char).startswith("P")


def clean(text):
    out = []
    for char in text:
        code = ord(char)
        if code in (0, 0xFFFD) or is_control(char):
            continue
        if is_space(char):
            out.append(" ")
        elif is_ideograph(code):
            out += [" ", char, " "]
        else:
            out.append(char)
    return "".join(out)


def split_word(word):
    word = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(c) != "Mn")
    parts, fresh = [], True
    for char in word:
        if is_punctuation(char):
            parts.append([char])
            fresh = True
        else:
            if fresh:
                parts.append([])
            fresh = False
            parts[-1].append(char)
    return ["".join(part) for part in parts]


def pieces_of(word, vocabulary, longest=200):
    if len(word) > longest:
        return ["[UNK]"]
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start:
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
            end -= 1
        if end == start:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def tokenize(line, vocabulary):
    return [piece for word in clean(line).split() for part in split_word(word) for piece in pieces_of(part, vocabulary)]


def read_documents(lines, vocabulary):
    """One sentence a line, a blank line between documents."""
    documents = [[]]
    for line in lines:
        line = line.strip()
        if not line:
            documents.append([])
            continue
        tokens = tokenize(line, vocabulary)
        if tokens:
            documents[-1].append(tokens)
    return [document for document in documents if document]


# Examples.

class Maker:
    def __init__(self, documents, vocabulary, *, seq_len=128, max_predictions=20, masked_fraction=0.15,
                 short_fraction=0.1, whole_words=False, dupe_factor=10, seed=12345):
        self.rng = random.Random(seed)
        self.documents = list(documents)
        self.words = list(vocabulary)
        self.longest = seq_len - 3
        self.max_predictions, self.masked_fraction = max_predictions, masked_fraction
        self.short_fraction, self.whole_words, self.dupe_factor = short_fraction, whole_words, dupe_factor

    def make(self):
        self.rng.shuffle(self.documents)
        examples = []
        for _ in range(self.dupe_factor):
            for place in range(len(self.documents)):
                examples += self.of_document(place)
        self.rng.shuffle(examples)
        return examples

    def of_document(self, place):
        document, target = self.documents[place], self.longest
        if self.rng.random() < self.short_fraction:
            target = self.rng.randint(2, self.longest)
        chunk, length, at = [], 0, 0
        while at < len(document):
            chunk.append(document[at])
            length += len(document[at])
            if at == len(document) - 1 or length >= target:
                a_count = self.rng.randint(1, len(chunk) - 1) if len(chunk) >= 2 else 1
                a = [token for sentence in chunk[:a_count] for token in sentence]
                is_random = len(chunk) == 1 or self.rng.random() < 0.5
                if is_random:
                    b = self.random_tokens(place, target - len(a))
                    at -= len(chunk) - a_count  # the sentences not used are put back
                else:
                    b = [token for sentence in chunk[a_count:] for token in sentence]
                self.truncate(a, b)
                yield self.mask(a, b, is_random)
                chunk, length = [], 0
            at += 1

    def random_tokens(self, not_place, wanted):
        for _ in range(10):
            place = self.rng.randint(0, len(self.documents) - 1)
            if place != not_place:
                break
        document, tokens = self.documents[place], []
        for sentence in document[self.rng.randint(0, len(document) - 1):]:
            tokens += sentence
            if len(tokens) >= wanted:
                break
        return tokens

    def truncate(self, a, b):
        while len(a) + len(b) > self.longest:
            longer = a if len(a) > len(b) else b
            if self.rng.random() < 0.5:
                del longer[0]
            else:
                longer.pop()

    def mask(self, a, b, is_random):
        tokens = ["[CLS]"] + a + ["[SEP]"] + b + ["[SEP]"]
        segments = [0] * (len(a) + 2) + [1] * (len(b) + 1)
        candidates = []
        for at, token in enumerate(tokens):
            if token in ("[CLS]", "[SEP]"):
                continue
            if self.whole_words and candidates and token.startswith("##"):
                candidates[-1].append(at)
            else:
                candidates.append([at])
        self.rng.shuffle(candidates)
        wanted = min(self.max_predictions, max(1, int(round(len(tokens) * self.masked_fraction))))
        masked, out = [], list(tokens)
        for candidate in candidates:
            if len(masked) >= wanted:
                break
            if len(masked) + len(candidate) > wanted:
                continue
            for at in candidate:
                if self.rng.random() < 0.8:
                    out[at] = "[MASK]"
                elif self.rng.random() >= 0.5:
                    out[at] = self.words[self.rng.randint(0, len(self.words) - 1)]
                masked.append(at)
        masked.sort()
        return Example(out, segments, is_random, masked, [tokens[at] for at in masked])
