#!/bin/sh
# tokenizers does not give an added token the id that tokenizer.json says, and may give it another token's.
#
# Expected: "added_tokens": [{"id": 4, "content": "<x>"}] means that <x> is 4. Nothing else in the file numbers it.
# What happens: where the token is not in the model's vocabulary, the id is passed over and the token is numbered by the
#   count of the vocabulary's entries. In a vocabulary with a hole (ids 0, 1, 3: a token was removed, the others kept
#   their rows) that count is the id of a token that is there: "b" and "<x>" are both 3 from then on, 3 is decoded as
#   "<x>", and the file that is saved again says 3. No error, no warning.
# Why it matters: a pruned vocabulary with added tokens reads the wrong rows of the embedding, at the first load. scoria
#   refuses such a file and says which id the libraries would make of it.
#
# Versions: tokenizers 0.23.3 (PyPI), CPython 3. Date: 2026-12-01.
# Seen: the file says b = 3, <x> = 4; "b <x>" is [3, 3]; [3] is decoded as "<x>"; saved again, <x> = 3
# Exit code: 0 as described; 1 something changed; 2 it cannot be tried here.
set -eu
cannot() { echo "tokenizers_added_ids: $1" >&2; exit 2; }
command -v python3 >/dev/null || cannot "wants Python 3"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" >/dev/null 2>&1 || cannot "wants python3-venv"
"$folder/venv/bin/pip" install -q --no-deps tokenizers==0.23.3 >/dev/null 2>&1 || cannot "tokenizers 0.23.3 does not install"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys

from tokenizers import Tokenizer

token = {"id": 4, "content": "<x>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
model = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
         "vocab": {"[UNK]": 0, "a": 1, "b": 3}}
file = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [token], "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None, "model": model}
tokenizer = Tokenizer.from_str(json.dumps(file))
ids = tokenizer.encode("b <x>").ids
decoded = tokenizer.decode([3], skip_special_tokens=False)
saved = json.loads(tokenizer.to_str())["added_tokens"][0]["id"]
print(f'the file says b = 3, <x> = 4; "b <x>" is {ids}; [3] is decoded as "{decoded}"; saved again, <x> = {saved}')
sys.exit(0 if (ids, decoded, saved) == ([3, 3], "<x>", 3) else 1)
PYTHON
