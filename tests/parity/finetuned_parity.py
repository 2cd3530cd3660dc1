#!/usr/bin/env python3
"""What finetune writes, loaded by transformers: no missing or unexpected tensor, the labels and the kind of problem in
config.json, and what it predicted for the dev file (probabilities and scores within 2e-5, tags equal).

    finetuned_parity.py --finetune build/release/bin/finetune

Exit 77, skipped, where torch or transformers are missing.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

transformers.utils.logging.disable_progress_bar()
WORDS = ["stone", "river", "cloud", "table", "horse", "metal", "oslo", "lima"]
BOUND = 2e-5


def write_files(folder):
    pick = random.Random(1)
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##s"] + WORDS) + "\n")
    for part, count in (("train", 64), ("dev", 24)):
        texts, scores, tags = ["sentence\tlabel"], ["sentence\tscore"], []
        for _ in range(count):
            words = [pick.choice(WORDS) + pick.choice(["", "s"]) for _ in range(pick.randint(2, 9))]
            texts.append(" ".join(words) + f"\t{('no', 'perhaps', 'yes')[len(words) % 3]}")
            scores.append(" ".join(words) + f"\t{len(words) / 10}")
            tags.append("".join(f"{w}\t{'B-place' if w[:4] in ('oslo', 'lima') else 'O'}\n" for w in words))
        (folder / f"{part}.classify").write_text("\n".join(texts) + "\n")
        (folder / f"{part}.regress").write_text("\n".join(scores) + "\n")
        (folder / f"{part}.tag").write_text("\n".join(tags))


def finetune(program, folder, task):
    out = folder / f"out-{task}"
    done = subprocess.run([program, "--model", "tiny", "--vocab", folder / "vocab.txt", "--task", task, "--train",
                           folder / f"train.{task}", "--dev", folder / f"dev.{task}", "--out", out, "--lr", "1e-3",
                           "--epochs", "2", "--batch", "8", "--device", "cpu", "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    run = json.loads(done.stdout)["runs"][0]
    return run["model"], pathlib.Path(run["predictions"]).read_text()


def load(kind, model):
    loaded, info = getattr(transformers, kind).from_pretrained(model, output_loading_info=True)
    wrong = [key for key, names in info.items() if names]
    assert not wrong, f"{kind}: {info}"
    assert loaded.config.architectures == [kind.replace("AutoModelFor", "BertFor")], loaded.config.architectures
    return loaded.eval(), transformers.AutoTokenizer.from_pretrained(model)


def logits_of(model, tokenizer, texts, **options):
    with torch.no_grad():
        return [model(**tokenizer(text, return_tensors="pt", **options)).logits[0] for text in texts]


def check_classes(program, folder):
    path, predictions = finetune(program, folder, "classify")
    model, tokenizer = load("AutoModelForSequenceClassification", path)
    assert model.config.id2label == {0: "no", 1: "perhaps", 2: "yes"}, model.config.id2label
    assert model.config.label2id == {"no": 0, "perhaps": 1, "yes": 2}
    assert model.config.problem_type == "single_label_classification"
    texts = [line.split("\t")[0] for line in (folder / "dev.classify").read_text().splitlines()[1:]]
    truth = [row.softmax(-1).tolist() for row in logits_of(model, tokenizer, texts)]
    found = [list(json.loads(line)["probabilities"].values()) for line in predictions.splitlines()]
    return max(abs(a - b) for t, f in zip(truth, found, strict=True) for a, b in zip(t, f, strict=True))


def check_scores(program, folder):
    path, predictions = finetune(program, folder, "regress")
    model, tokenizer = load("AutoModelForSequenceClassification", path)
    assert model.config.problem_type == "regression" and model.config.num_labels == 1
    texts = [line.split("\t")[0] for line in (folder / "dev.regress").read_text().splitlines()[1:]]
    truth = [float(row) for row in logits_of(model, tokenizer, texts)]
    found = [json.loads(line)["prediction"] for line in predictions.splitlines()]
    return max(abs(t - f) for t, f in zip(truth, found, strict=True))


def check_tags(program, folder):
    path, predictions = finetune(program, folder, "tag")
    model, tokenizer = load("AutoModelForTokenClassification", path)
    assert model.config.id2label == {0: "O", 1: "B-place"}, model.config.id2label
    sentences = [[row.split("\t") for row in block.splitlines()] for block in predictions.strip().split("\n\n")]
    words = [[row[0] for row in sentence] for sentence in sentences]
    differ = 0
    for sentence, text, logits in zip(sentences, words, logits_of(model, tokenizer, words, is_split_into_words=True)):
        at = tokenizer(text, is_split_into_words=True).word_ids()
        tags = [model.config.id2label[int(logits[at.index(w)].argmax())] for w in range(len(text))]
        differ += sum(row[2] != tag for row, tag in zip(sentence, tags, strict=True))
    return float(differ)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finetune", required=True)
    program, good = parser.parse_args().finetune, True
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        write_files(folder)
        for name, check in (("classes", check_classes), ("scores", check_scores), ("tags", check_tags)):
            error = check(program, folder)
            good &= error <= BOUND
            print(f"{'ok  ' if error <= BOUND else 'FAIL'} {name:8} {error:.1e} of {BOUND:.0e}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
