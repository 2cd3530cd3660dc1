"""Encoding with Hugging Face's tokenizers: encode_batch, and encode_batch_fast, which leaves the offsets out."""
import os
import zlib

import numpy
from tokenizers import Tokenizer, __version__

BATCH = 1000


def digest(ids):
    array = numpy.concatenate([numpy.asarray(i, dtype="<i4") for i in ids])
    return f"{array.size} ids, crc32 {zlib.crc32(array.tobytes()):08x}"


def rows(args, median_ms):
    tokenizer = Tokenizer.from_file(os.path.join(args.vocab, "tokenizer.json"))
    with open(args.corpus, encoding="utf-8", newline="\n") as file:
        text = file.read()
    lines = text.removesuffix("\n").split("\n")
    batches = [lines[at:at + BATCH] for at in range(0, len(lines), BATCH)]

    def encode(function, special):
        return lambda: [e.ids for batch in batches for e in function(batch, add_special_tokens=special)]

    for name, function, special in (("encode", tokenizer.encode_batch, True),
                                    ("encode ids", tokenizer.encode_batch_fast, False)):
        ms, ids = median_ms(encode(function, special))
        yield {"name": name, "bytes": len(text.encode()), "kernel": f"tokenizers {__version__}", "ms": ms,
               "result": digest(ids)}
