#!/usr/bin/env python3
"""What `finetune` does, as a plain PyTorch loop over transformers' models: the same examples in the same order, the same
padding, recipe and metrics.

    peer_finetune.py --model FOLDER --task classify --train F --dev F [--epochs N] [--lr X] [--batch N] [--seed N]

Tasks: classify (SST-2's TSV), pair (MRPC's), tag (columns of word and tag), qa (SQuAD v1.1's JSON). Prints one JSON line:
scores on the dev file after the last step, and seconds of training an epoch. On the CPU PyTorch's step can fall to a
fifth of its speed when malloc returns its pages, so the script runs itself again with malloc told to keep them.
"""
import argparse
import collections
import json
import math
import os
import re
import string
import sys
import time

MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}
RECIPES = {"classify": (3, 5e-5, 32, 128), "pair": (3, 5e-5, 32, 128), "tag": (3, 5e-5, 32, 128), "qa": (2, 3e-5, 12, 384)}
QUESTION, STRIDE, BEST, ANSWER = 64, 128, 20, 30


def philox(counter, key):
    counter, key = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [(p1 >> 32) ^ counter[1] ^ key[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ counter[3] ^ key[1], p0 & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return counter


def shuffled(count, seed, epoch, purpose):
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = (philox((i, epoch, 0, purpose), (seed & 0xFFFFFFFF, seed >> 32))[0] * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def epoch_order(count, seed, epoch):
    """FineTuner::epoch_order."""
    return shuffled(count, seed, epoch, 1)


def grouped_epoch_order(lengths, together, seed, epoch):
    """FineTuner::grouped_epoch_order."""
    order, stretch = epoch_order(len(lengths), seed, epoch), 50 * together
    order = [i for at in range(0, len(order), stretch) for i in sorted(order[at:at + stretch], key=lambda i: -lengths[i])]
    whole = len(order) // together
    places = [step * together + i for step in shuffled(whole, seed, epoch, 2) for i in range(together)]
    return [order[place] for place in places] + order[whole * together:]


class Texts:
    """Classes of texts and pairs."""
    model = "AutoModelForSequenceClassification"

    def __init__(self, args, tokenizer):
        self.tokenizer, self.length, self.pair = tokenizer, args.seq_len, args.task == "pair"
        rows = self.read(args.train)
        self.labels = sorted({label for _, label in rows})
        self.examples = [self.encode(texts, label) for texts, label in rows]
        self.dev = [self.encode(texts, label) for texts, label in self.read(args.dev)]

    def read(self, path):
        lines = [line.split("\t") for line in open(path, encoding="utf-8").read().splitlines()[1:]]
        if self.pair:
            return [((row[3], row[4]), row[0]) for row in lines]
        return [((row[0],), row[1]) for row in lines]

    def encode(self, texts, label):
        row = self.tokenizer(*texts, truncation="longest_first", max_length=self.length)
        return dict(ids=row["input_ids"], segments=row["token_type_ids"], labels=self.labels.index(label))

    def targets(self, torch, batch, length):
        return dict(labels=torch.tensor([example["labels"] for example in batch]))

    def score(self, outputs):
        predicted = [int(row.argmax()) for row in outputs["logits"]]
        expected = [example["labels"] for example in self.dev]
        hits = sum(p == e for p, e in zip(predicted, expected))
        both = sum(p == e == 1 for p, e in zip(predicted, expected))
        return {"accuracy": hits / len(expected), "f1": 2 * both / max(1, sum(predicted) + sum(expected))}


class Tags:
    """A tag for each word, on its first piece."""
    model = "AutoModelForTokenClassification"

    def __init__(self, args, tokenizer):
        self.tokenizer, self.length = tokenizer, args.seq_len
        rows = self.read(args.train)
        names = {tag for _, tags in rows for tag in tags} - {"O"}
        self.labels = ["O"] + sorted(names, key=lambda name: (name[2:], name[:1]))
        self.examples = [self.encode(*row) for row in rows]
        self.sentences = self.read(args.dev)
        self.dev = [self.encode(*row) for row in self.sentences]

    def read(self, path):
        sentences, words, tags = [], [], []
        for line in open(path, encoding="utf-8").read().split("\n") + [""]:
            if line.strip():
                word, tag = line.rstrip().split("\t")
                words.append(word), tags.append(tag)
            elif words:
                sentences.append((words, tags))
                words, tags = [], []
        return sentences

    def encode(self, words, tags):
        row = self.tokenizer(words, is_split_into_words=True, truncation=True, max_length=self.length)
        at = row.word_ids()
        labels = [-100 if w is None or w == before else self.labels.index(tags[w]) for w, before in zip(at, [None] + at)]
        return dict(ids=row["input_ids"], segments=row["token_type_ids"], labels=labels, words=at)

    def targets(self, torch, batch, length):
        return dict(labels=torch.tensor([e["labels"] + [-100] * (length - len(e["labels"])) for e in batch]))

    def score(self, outputs):
        from seqeval.metrics import f1_score
        predicted = []
        for (words, _), example, logits in zip(self.sentences, self.dev, outputs["logits"]):
            tags = ["O"] * len(words)
            for place, label in enumerate(example["labels"]):
                if label >= 0:
                    tags[example["words"][place]] = self.labels[int(logits[place].argmax())]
            predicted.append(tags)
        return {"f1": f1_score([tags for _, tags in self.sentences], predicted)}


class Answers:
    """SQuAD v1.1."""
    model = "AutoModelForQuestionAnswering"
    labels = []

    def __init__(self, args, tokenizer):
        self.tokenizer, self.length = tokenizer, args.seq_len
        self.examples = [w for question in self.read(args.train) for w in self.windows(question)]
        self.questions = self.read(args.dev)
        self.dev = [w for question in self.questions for w in self.windows(question)]

    def read(self, path):
        return [dict(q, context=p["context"]) for a in json.load(open(path))["data"] for p in a["paragraphs"]
                for q in p["qas"]]

    def windows(self, question):
        tokens = self.tokenizer(question["question"], add_special_tokens=False)["input_ids"][:QUESTION]
        context = self.tokenizer(question["context"], add_special_tokens=False, return_offsets_mapping=True)
        ids, places = context["input_ids"], context["offset_mapping"]
        begin = question["answers"][0]["answer_start"]
        end = begin + len(question["answers"][0]["text"])
        inside = [i for i, (b, e) in enumerate(places) if e > begin and b < end]
        room, start, before = self.length - len(tokens) - 3, 0, len(tokens) + 2
        while True:
            part = ids[start:start + room]
            whole = inside[0] >= start and inside[-1] < start + len(part)
            yield dict(ids=[self.tokenizer.cls_token_id, *tokens, self.tokenizer.sep_token_id, *part,
                            self.tokenizer.sep_token_id],
                       segments=[0] * before + [1] * (len(part) + 1), id=question["id"], before=before,
                       places=places[start:start + room],
                       labels=[before + inside[0] - start, before + inside[-1] - start] if whole else [0, 0])
            if start + room >= len(ids):
                return
            start += min(room, STRIDE)

    def targets(self, torch, batch, length):
        return dict(start_positions=torch.tensor([e["labels"][0] for e in batch]),
                    end_positions=torch.tensor([e["labels"][1] for e in batch]))

    def best_spans(self, outputs):
        best = collections.defaultdict(lambda: (-math.inf, None))
        for window, starts, ends in zip(self.dev, outputs["start_logits"], outputs["end_logits"]):
            first, count = window["before"], len(window["places"])
            for s in starts[:len(window["ids"])].topk(min(BEST, len(window["ids"]))).indices.tolist():
                for e in ends[:len(window["ids"])].topk(min(BEST, len(window["ids"]))).indices.tolist():
                    if first <= s <= e < first + count and e - s < ANSWER:
                        span = (window["places"][s - first][0], window["places"][e - first][1])
                        best[window["id"]] = max(best[window["id"]], (float(starts[s] + ends[e]), span))
        return best

    def score(self, outputs):
        best, exact, f1 = self.best_spans(outputs), 0.0, 0.0
        for question in self.questions:
            span = best[question["id"]][1]
            found = words_of(question["context"][span[0]:span[1]] if span else "")
            truths = [words_of(answer["text"]) for answer in question["answers"]]
            exact += max(found == truth for truth in truths)
            f1 += max(overlap(found, truth) for truth in truths)
        return {"f1": 100 * f1 / len(self.questions), "exact": 100 * exact / len(self.questions)}


def words_of(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def overlap(found, truth):
    same = sum((collections.Counter(found) & collections.Counter(truth)).values())
    return 2 * same / (len(found) + len(truth)) if same else 0.0


def tensors(torch, batch, pad, limit):
    length = min(-(-max(len(e["ids"]) for e in batch) // 8) * 8, limit)
    fill = lambda values, value: torch.tensor([v + [value] * (length - len(v)) for v in values])
    return length, dict(input_ids=fill([e["ids"] for e in batch], pad), token_type_ids=fill([e["segments"] for e in batch], 0),
                        attention_mask=fill([[1] * len(e["ids"]) for e in batch], 0))


def predict(torch, model, task, pad, limit):
    model.eval()
    order = sorted(range(len(task.dev)), key=lambda i: len(task.dev[i]["ids"]))
    rows = collections.defaultdict(lambda: [None] * len(order))
    with torch.no_grad():
        for at in range(0, len(order), 32):
            chosen = order[at:at + 32]
            out = model(**tensors(torch, [task.dev[i] for i in chosen], pad, limit)[1])
            for name in out:
                for i, row in zip(chosen, out[name]):
                    rows[name][i] = row
    return rows


def optimizer_of(torch, model, args, steps):
    spared = lambda name: "bias" in name or "LayerNorm" in name
    groups = [{"params": [p for n, p in model.named_parameters() if spared(n) == off], "weight_decay": decay}
              for off, decay in ((False, 0.01), (True, 0.0))]
    optimizer = torch.optim.AdamW(groups, lr=args.lr, betas=(0.9, 0.999), eps=1e-8, fused=True)
    warmup = math.ceil(0.1 * steps)
    rate = lambda step: step / warmup if step < warmup else (steps - step) / max(1, steps - warmup)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def train(torch, model, task, args, pad):
    limit, count = model.config.max_position_embeddings, len(task.examples)
    steps = -(-count // args.batch) * args.epochs
    optimizer, schedule = optimizer_of(torch, model, args, steps)
    model.train()
    start = time.perf_counter()
    for epoch in range(args.epochs):
        lengths = [len(example["ids"]) for example in task.examples]
        order = (grouped_epoch_order(lengths, args.batch, args.seed, epoch) if args.group_by_length
                 else epoch_order(count, args.seed, epoch))
        for at in range(0, count, args.batch):
            batch = [task.examples[i] for i in order[at:at + args.batch]]
            length, inputs = tensors(torch, batch, pad, limit)
            model(**inputs, **task.targets(torch, batch, length)).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step(), schedule.step(), optimizer.zero_grad()
    return steps, time.perf_counter() - start


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--task", choices=RECIPES, required=True)
    for name in ("--train", "--dev"):
        parser.add_argument(name, required=True)
    for name, kind in (("--epochs", int), ("--lr", float), ("--batch", int), ("--seq-len", int)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--group-by-length", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    for name, value in zip(("epochs", "lr", "batch", "seq_len"), RECIPES[args.task]):
        if getattr(args, name) is None:
            setattr(args, name, value)
    return args


def main():
    args = arguments()
    if any(os.environ.get(name) != value for name, value in MALLOC.items()):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **MALLOC})
    import torch
    import transformers
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    torch.set_num_threads(args.threads)
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
    task = {"tag": Tags, "qa": Answers}.get(args.task, Texts)(args, tokenizer)
    torch.manual_seed(args.seed)
    names = dict(num_labels=len(task.labels)) if task.labels else {}
    model = getattr(transformers, task.model).from_pretrained(args.model, dtype=torch.float32, **names)
    steps, seconds = train(torch, model, task, args, tokenizer.pad_token_id)
    scores = task.score(predict(torch, model, task, tokenizer.pad_token_id, model.config.max_position_embeddings))
    print(json.dumps(dict(task=args.task, seed=args.seed, scores=scores, steps=steps, training_seconds=seconds,
                          seconds_per_epoch=seconds / args.epochs)))


if __name__ == "__main__":
    main()
