"""Making examples with a rendering in Python of google-research/bert's create_pretraining_data.py: what the script does
to the text, without the records it writes. Not the script itself; a few MB of text take minutes."""
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "parity"))
from google_pretraining import Maker, read_documents  # noqa: E402


def rows(args, median_ms):
    with open(os.path.join(args.vocab, "vocab.txt"), encoding="utf-8") as file:
        vocabulary = {line.rstrip("\n"): number for number, line in enumerate(file)}

    def make():
        with open(args.corpus, encoding="utf-8", newline="\n") as file:
            return Maker(read_documents(file, vocabulary), vocabulary, dupe_factor=1).make()

    ms, examples = median_ms(make)
    ids = [vocabulary[token] for example in examples for token in example.tokens]
    crc = zlib.crc32(struct.pack(f"<{len(ids)}i", *ids))
    yield {"name": "examples", "bytes": os.path.getsize(args.corpus), "kernel": "a rendering", "ms": ms,
           "result": f"{len(ids)} ids, crc32 {crc:08x}"}
