#!/usr/bin/env python3
"""What pretrain writes is what transformers reads: no missing tensor, none unexpected, the same tokenizer.

    folder_parity.py --pretrain build/release/bin/pretrain

Exit 77, skipped, where torch or transformers are missing.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def train(pretrain, folder):
    corpus = folder / "corpus.txt"
    lines = [f"The {who} {what} the {thing}." for who in ("miller", "sailor", "child") for what in ("mends", "paints")
             for thing in ("wheel", "letter", "lamp")]
    corpus.write_text("\n\n".join("\n".join(lines[i:] + lines[:i]) for i in range(12)) + "\n")
    out = folder / "out"
    subprocess.run([pretrain, "--corpus", corpus, "--out", out, "--model", "tiny", "--vocab-size", "120", "--steps", "2",
                    "--batch", "2", "--seq-len", "32", "--device", "cpu"], check=True, capture_output=True)
    return out


def check_folder(folder):
    model, info = transformers.BertForPreTraining.from_pretrained(folder, output_loading_info=True)
    problems = {key: list(value) for key, value in info.items() if value}
    tied = model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
    fast = transformers.AutoTokenizer.from_pretrained(folder)
    encoded = fast("The miller paints the lamp.", "A child.")
    tokens = fast.convert_ids_to_tokens(encoded["input_ids"])
    good = not problems and tied and tokens[0] == "[CLS]" and tokens.count("[SEP]") == 2 and fast.unk_token_id == 1
    print(f"{'ok  ' if good else 'FAIL'} {folder.name}: problems {problems}, decoder tied {tied}, {' '.join(tokens)}")
    with torch.no_grad():
        logits = model(**fast("The miller paints the lamp.", return_tensors="pt")).prediction_logits
    return good and bool(torch.isfinite(logits).all())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pretrain", required=True)
    with tempfile.TemporaryDirectory() as place:
        out = train(parser.parse_args().pretrain, pathlib.Path(place))
        state = json.loads((out / "checkpoint-2" / "trainer_state.json").read_text())
        good = [check_folder(out), check_folder(out / "checkpoint-2"), state["global_step"] == 2]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
