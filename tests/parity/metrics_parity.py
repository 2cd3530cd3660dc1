#!/usr/bin/env python3
"""Metrics on random predictions, compared with the programs that people report them by.

    metrics_parity.py --dump build/release/bin/metrics_dump [--files 1000] [--shared FOLDER]

Each comparison is of --files random prediction files: SQuAD v1.1 and v2.0 with the official algorithms (written here
from their description; torchmetrics, which computes in f32, is a second witness where it is installed), entities with
seqeval, classes with scikit-learn, correlations with SciPy. Allowed is a relative difference of 1e-12 (correlations: of
their range, 1); thresholds must be equal. With the shared data, the recorded predictions of BERT on SQuAD must give the
official figures to four digits. Exit 77, skipped, where seqeval, scikit-learn or SciPy are missing.
"""
import argparse
import collections
import json
import lzma
import math
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy
    import scipy.stats
    import sklearn.metrics
    from seqeval.metrics.sequence_labeling import precision_recall_fscore_support
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

try:
    from torchmetrics.functional.text import squad as torchmetrics_squad
except ImportError:
    torchmetrics_squad = None

ALLOWED = 1e-12
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Dump:
    """The program under test, asked line by line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8")

    def ask(self, what, **request):
        self.process.stdin.write(json.dumps({what: request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"metrics_dump ended, code {self.process.wait()}, at {what} {json.dumps(request)[:2000]}")
        return json.loads(line)


class Comparison:
    """The largest difference of each metric, and whether all were allowed."""

    def __init__(self):
        self.rows = {}
        self.failed = False

    def check(self, name, ours, theirs, allowed=ALLOWED, scale=0.0):
        undefined = theirs is None or math.isnan(theirs)
        if undefined or ours is None:
            difference = 0.0 if undefined and ours is None else math.inf
        else:
            largest = max(abs(ours), abs(theirs), scale)
            difference = abs(ours - theirs) / largest if largest else 0.0
        count, worst = self.rows.get(name, (0, 0.0))
        self.rows[name] = (count + 1, max(worst, difference))
        if difference > allowed:
            print(f"{name}: ours {ours!r}, theirs {theirs!r}")
            self.failed = True

    def table(self):
        print(f"{'metric':<44} {'compared':>9}  largest difference")
        for name, (count, worst) in self.rows.items():
            print(f"{name:<44} {count:>9}  {worst:.3g}")


# SQuAD's scores, from the description of the official scripts

ARTICLE = re.compile(r"\b(?:a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def words_of(text):
    return ARTICLE.sub(" ", text.lower().translate(NO_PUNCTUATION)).split()


def overlap_f1(predicted, reference):
    shared = sum(min(count, reference.count(word)) for word, count in collections.Counter(predicted).items())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(reference)
    return 2 * precision * recall / (precision + recall)


def v2_f1(predicted, reference):
    return overlap_f1(predicted, reference) if predicted and reference else float(predicted == reference)


def best(metric, prediction, references):
    return max(metric(words_of(prediction), words_of(reference)) for reference in references)


def equal(predicted, reference):
    return float(predicted == reference)


def percent(scores):
    return 100.0 * sum(scores) / len(scores) if scores else 0.0


def squad_v1(answers):
    def scores(metric):
        return [0.0 if prediction is None else best(metric, prediction, references)
                for prediction, references, _ in answers]

    return {"exact": percent(scores(equal)), "f1": percent(scores(overlap_f1)), "total": len(answers)}


def best_threshold(rows, unanswerable, which):
    score = top = unanswerable
    threshold = 0.0
    for row in sorted(rows, key=lambda row: row["odds"]):
        score += row[which] if row["has"] else (-1 if row["prediction"] else 0)
        if score > top:
            top, threshold = score, row["odds"]
    return 100.0 * top / len(rows), threshold


def squad_v2(answers, threshold):
    rows = []
    for prediction, references, odds in answers:
        if prediction is None:
            continue
        truth = [reference for reference in references if words_of(reference)] or [""]
        rows.append({"prediction": prediction, "has": bool(references), "odds": odds,
                     "exact": best(equal, prediction, truth), "f1": best(v2_f1, prediction, truth)})

    def score(row, which):
        return row[which] if row["odds"] <= threshold else float(not row["has"])

    def group(chosen):
        return {"exact": percent([score(row, "exact") for row in chosen]),
                "f1": percent([score(row, "f1") for row in chosen]), "total": len(chosen)}

    unanswerable = sum(not references for _, references, _ in answers)
    out = {"all": group(rows), "HasAns": group([r for r in rows if r["has"]]),
           "NoAns": group([r for r in rows if not r["has"]])}
    for which in ("exact", "f1"):
        out[f"best_{which}"], out[f"best_{which}_thresh"] = best_threshold(rows, unanswerable, which)
    return out


# Random prediction files

WORDS = ("a an the The AN cat Cat cats dog's U.S. 1,000 $5 well-known . -- ( ) _ an_ theatre anthem Straße ÉCOLE thé "
         "a\u0301 İstanbul ΟΔΟΣ Σ ΑΣ' 中国 “the” ‘a’ x² Ⅳ ① ½ naïve ﬁn ῼ 😀 e.g. I'm A.B.C. à\u0327").split(" ")
SPACES = [" ", " ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u2009", "", "\x1f", "\u200b"]


def random_text(rng):
    text = ""
    for _ in range(rng.choice([1, 1, 2, 3, 4, 8])):
        text += rng.choice(WORDS) + rng.choice(SPACES)
    return text


def changed(rng, text):
    kind = rng.randrange(6)
    if kind == 0:
        return text
    if kind == 1:
        return text.upper()
    if kind == 2:
        return "the " + text + "!"
    if kind == 3:
        return text + " " + random_text(rng)
    if kind == 4:
        return " ".join(text.split()[1:])
    return random_text(rng)


def random_answers(rng, version):
    answers = []
    for _ in range(rng.randint(1, 60)):
        references = [random_text(rng) for _ in range(rng.randint(1, 4))]
        prediction = changed(rng, rng.choice(references))
        if version == 2:
            if rng.random() < 0.4:
                references = []
            if rng.random() < 0.35:
                prediction = ""
        if rng.random() < 0.03:
            prediction = None
        odds = rng.choice([rng.uniform(-8, 8), float(rng.randint(-3, 3)), rng.random()])
        answers.append([prediction, references, odds])
    if all(prediction is None for prediction, _, _ in answers):
        answers[0][0] = "cat"
    return answers


def random_tags(rng, length, odd):
    types = ["PER", "LOC", "ORG", "a-b", "É"][:rng.randint(1, 5)]
    prefixes = rng.choice(["BIO", "BIOO", "IO", "BIOES", "IOE", "BIOESX."])
    tags = []
    for _ in range(length):
        prefix = rng.choice(prefixes)
        if prefix == "O":
            tags.append("O")
        elif odd and rng.random() < 0.1:
            tags.append(rng.choice(["B", "I", "B-", "PER", "O-PER", "É-PER", "Bx-PER", "."]))
        else:
            tags.append(prefix + "-" + rng.choice(types))
    return tags


# Comparisons

def compare_squad(dump, found, rng, files):
    for number in range(files):
        answers = random_answers(rng, 1)
        ours, theirs = dump.ask("squad", version=1, threshold=0, answers=answers), squad_v1(answers)
        for key in theirs:
            found.check(f"SQuAD v1.1 {key}", ours[key], theirs[key])
        if torchmetrics_squad and number < 200:
            compare_torchmetrics(dump, found, answers)
    for _ in range(files):
        answers = random_answers(rng, 2)
        threshold = rng.choice([1.0, 0.0, -1.0, 100.0, rng.uniform(-8, 8)])
        ours, theirs = dump.ask("squad", version=2, threshold=threshold, answers=answers), squad_v2(answers, threshold)
        for group in ("all", "HasAns", "NoAns"):
            for key in theirs[group]:
                found.check(f"SQuAD v2.0 {group} {key}", ours[group][key], theirs[group][key])
        for which in ("best_exact", "best_f1"):
            found.check(f"SQuAD v2.0 {which}", ours[which], theirs[which])
            found.check(f"SQuAD v2.0 {which}_thresh", ours[f"{which}_thresh"], theirs[f"{which}_thresh"], 0)


def compare_torchmetrics(dump, found, answers):
    """It gives 1, as v2.0 does, where neither prediction nor reference have words: those questions are left out."""
    kept = [row for row in answers if row[0] is not None and words_of(row[0])]
    if not kept:
        return
    ours = dump.ask("squad", version=1, threshold=0, answers=kept)
    theirs = torchmetrics_squad([{"id": str(i), "prediction_text": row[0]} for i, row in enumerate(kept)],
                                [{"id": str(i), "answers": {"text": row[1], "answer_start": [0] * len(row[1])}}
                                 for i, row in enumerate(kept)])
    found.check("SQuAD v1.1 exact, torchmetrics (f32)", ours["exact"], float(theirs["exact_match"]), 1e-5)
    found.check("SQuAD v1.1 f1, torchmetrics (f32)", ours["f1"], float(theirs["f1"]), 1e-5)


def compare_entities(dump, found, rng, files):
    for number in range(files):
        lengths = [rng.randint(0, 12) for _ in range(rng.randint(1, 12))]
        expected = [random_tags(rng, length, number % 4 == 0) for length in lengths]
        predicted = [random_tags(rng, len(tags), number % 4 == 0) if rng.random() < 0.4
                     else [tag if rng.random() < 0.9 else "O" for tag in tags] for tags in expected]
        ours = dump.ask("entities", predicted=predicted, expected=expected)
        types = precision_recall_fscore_support(expected, predicted, average=None)
        found.check("entities: number of types", len(ours["types"]), len(types[0]), 0)
        for i, row in enumerate(ours["types"]):
            for name, our, their in zip(("precision", "recall", "F1", "support"), row[1:], (t[i] for t in types)):
                found.check(f"entities: {name} of a type", our, float(their))
        for average in ("micro", "macro", "weighted") if ours["types"] else ("micro",):
            theirs = precision_recall_fscore_support(expected, predicted, average=average)
            for name, our, their in zip(("precision", "recall", "F1"), ours[average][1:], theirs):
                found.check(f"entities: {average} {name}", our, float(their))


def compare_classes(dump, found, rng, files):
    for _ in range(files):
        classes = rng.randint(1, 6)
        expected = [rng.randrange(classes) for _ in range(rng.randint(1, 200))]
        predicted = [label if rng.random() < 0.6 else rng.randrange(classes + 1) for label in expected]
        ours = dump.ask("classes", predicted=predicted, expected=expected)
        found.check("accuracy", ours["accuracy"], sklearn.metrics.accuracy_score(expected, predicted))
        found.check("F1 of class 1", ours["f1_binary"],
                    sklearn.metrics.f1_score(expected, predicted, labels=[1], average="macro", zero_division=0))
        found.check("F1 macro", ours["f1_macro"],
                    sklearn.metrics.f1_score(expected, predicted, average="macro", zero_division=0))
        found.check("F1 micro (accuracy)", ours["accuracy"],
                    sklearn.metrics.f1_score(expected, predicted, average="micro"))
        found.check("Matthews", ours["matthews"], float(sklearn.metrics.matthews_corrcoef(expected, predicted)),
                    scale=1.0)
        theirs = sklearn.metrics.precision_recall_fscore_support(expected, predicted, zero_division=0)
        found.check("number of classes", len(ours["classes"]), len(theirs[0]), 0)
        for i, row in enumerate(ours["classes"]):
            for name, our, their in zip(("precision", "recall", "F1", "support"), row[1:], (t[i] for t in theirs)):
                found.check(f"class {name}", our, float(their))


def compare_label_sets(dump, found, rng, files):
    for _ in range(files):
        labels, share = rng.randint(2, 30), rng.choice([0.0, 0.05, 0.3, 1.0])
        expected = [[int(rng.random() < share) for _ in range(labels)] for _ in range(rng.randint(1, 100))]
        predicted = [[flag if rng.random() < 0.8 else 1 - flag for flag in row] if rng.random() < 0.7
                     else [0] * labels for row in expected]
        sets = [[[i for i, flag in enumerate(row) if flag] for row in rows] for rows in (predicted, expected)]
        ours = dump.ask("label_sets", predicted=sets[0], expected=sets[1], labels=labels)
        for average in ("micro", "macro", "samples"):
            found.check(f"several labels: F1 {average}", ours[average],
                        sklearn.metrics.f1_score(expected, predicted, average=average))
        found.check("several labels: subset accuracy", ours["accuracy"],
                    sklearn.metrics.accuracy_score(expected, predicted))


def compare_correlations(dump, found, rng, files):
    for number in range(files):
        count = rng.choice([2, 3, 10, 100, 1500])
        expected = [rng.choice([rng.uniform(0, 5), float(rng.randint(0, 5))]) for _ in range(count)]
        noise = rng.choice([0.0, 0.1, 1.0, 100.0])
        predicted = [value * rng.choice([1, 1, -1]) + rng.gauss(0, noise) + rng.choice([0, 0, 1000])
                     for value in expected]
        if number % 50 == 0:
            predicted = [0.1] * count
        expected, predicted = [[float(numpy.float32(value)) for value in values] for values in (expected, predicted)]
        ours = dump.ask("correlations", predicted=predicted, expected=expected)
        found.check("Pearson", ours["pearson"], float(scipy.stats.pearsonr(predicted, expected)[0]), scale=1.0)
        found.check("Spearman", ours["spearman"], float(scipy.stats.spearmanr(predicted, expected)[0]), scale=1.0)


def compare_recorded(dump, found, shared):
    """BERT's own predictions on SQuAD's dev sets, against the figures of the leaderboard."""
    cases = [(1, ["squad-v1.1-dev.articles-01-36.json.xz", "squad-v1.1-dev.articles-37-48.json.xz"],
              "squad-v1.1-dev.predictions.bert-ensemble.json.xz", 86.2062, 92.1956),
             (2, ["squad-v2.0-dev.json.xz"], "squad-v2.0-dev.predictions.bert-single.json.xz", 78.7417, 81.7753)]
    for version, questions, predictions, exact, f1 in cases:
        packed = [shared / "finetune/SQuAD" / name for name in questions] + [shared / "golden" / predictions]
        if not all(path.exists() for path in packed):
            print(f"skipped: the recorded predictions on SQuAD {version} are not in {shared}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for path in packed:
                paths.append(os.path.join(folder, path.stem))
                with open(paths[-1], "wb") as file:
                    file.write(lzma.open(path).read())
            ours = dump.ask("squad_files", version=version, threshold=1.0, questions=paths[:-1], predictions=paths[-1])
            print(f"recorded predictions, SQuAD v{version}: {json.dumps(ours)}")
            ours = ours.get("all", ours)
            found.check(f"recorded SQuAD v{version} exact, to 4 digits", round(ours["exact"], 4), exact, 0)
            found.check(f"recorded SQuAD v{version} F1, to 4 digits", round(ours["f1"], 4), f1, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--shared", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("SCORIA_SHARED", ROOT.parent / "shared")) / "data")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    dump, found, rng = Dump(arguments.dump), Comparison(), random.Random(1)
    compare_squad(dump, found, rng, arguments.files)
    compare_entities(dump, found, rng, arguments.files)
    compare_classes(dump, found, rng, arguments.files)
    compare_label_sets(dump, found, rng, arguments.files)
    compare_correlations(dump, found, rng, arguments.files)
    compare_recorded(dump, found, arguments.shared)
    found.table()
    if not torchmetrics_squad:
        print("torchmetrics is not installed: SQuAD has one witness only")
    print("metrics parity: FAILED" if found.failed else "metrics parity: all equal")
    sys.exit(1 if found.failed else 0)


if __name__ == "__main__":
    main()
