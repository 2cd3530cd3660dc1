#!/bin/sh
# transformers makes a WordPiece tokenizer of a Unigram tokenizer.json when the folder is a BERT's.
#
# Expected: AutoTokenizer follows tokenizer.json, which says which model it holds; or refuses it.
# What happens: with "model_type": "bert" in config.json and a tokenizer_config.json that names no class, or BertTokenizer, the
#   library takes the vocabulary of the file, builds BERT's WordPiece over it and says nothing. "▁hello" is no piece of
#   WordPiece's, so nearly every word becomes the unknown token. With "tokenizer_class": "PreTrainedTokenizerFast" the
#   file is followed.
# Why it matters: BERT weights behind a Unigram tokenizer are common (multilingual sentence models); a folder put together
#   without the third file gives vectors of nothing. scoria follows the file and tells of the difference in a line.
#
# Versions: transformers 5.23.0, tokenizers 0.23.3 (PyPI). Date: 2026-12-01.
# Seen:
#   tokenizers          ['▁hello', '▁world']
#   no class            ['<unk>', '<unk>']
#   BertTokenizer       ['<unk>', '<unk>']
#   PreTrainedTokenizerFast ['▁hello', '▁world']
# Exit code: 0 as described; 1 something changed; 2 it cannot be tried here.
set -eu
cannot() { echo "transformers_unigram_class: $1" >&2; exit 2; }
command -v python3 >/dev/null || cannot "wants Python 3"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" >/dev/null 2>&1 || cannot "wants python3-venv"
"$folder/venv/bin/pip" install -q transformers==5.23.0 tokenizers==0.23.3 >/dev/null 2>&1 || cannot "transformers 5.23.0 does not install"
cd "$folder"
HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error "$folder/venv/bin/python" - <<'PYTHON' 2>/dev/null
import json
import os
import sys

from tokenizers import Tokenizer
from transformers import AutoTokenizer

vocab = [["<pad>", 0.0], ["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], ["<mask>", 0.0], ["▁hello", -1.5], ["▁world", -2.5]]
special = [{"id": i, "content": vocab[i][0], "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True} for i in range(5)]
space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": space, "post_processor": None, "decoder": space,
        "model": {"type": "Unigram", "unk_id": 1, "vocab": vocab, "byte_fallback": False}}
names = {"unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}


def tokens(name, config):
    os.makedirs(name)
    json.dump({"model_type": "bert", "vocab_size": 7, "architectures": ["BertModel"]}, open(f"{name}/config.json", "w"))
    json.dump(file, open(f"{name}/tokenizer.json", "w"))
    named = dict(names, tokenizer_class=config) if config else names
    json.dump(named, open(f"{name}/tokenizer_config.json", "w"))
    return AutoTokenizer.from_pretrained(name).tokenize("hello world")


right = Tokenizer.from_str(json.dumps(file)).encode("hello world").tokens
seen = {"no class": tokens("a", None), "BertTokenizer": tokens("b", "BertTokenizer"),
        "PreTrainedTokenizerFast": tokens("c", "PreTrainedTokenizerFast")}
print("tokenizers         ", right)
for name, found in seen.items():
    print(f"{name:19}", found)
as_described = seen["PreTrainedTokenizerFast"] == right and right not in (seen["no class"], seen["BertTokenizer"])
sys.exit(0 if as_described else 1)
PYTHON
