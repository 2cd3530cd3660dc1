#!/usr/bin/env python3
"""What inspect writes as arrays, read by NumPy, against transformers and NumPy's own linear algebra.

    inspect_parity.py --inspect build/release/bin/inspect [--device cpu] [--model FOLDER --text TEXT]

A random BertForMaskedLM, or the folder of one with a tokenizer. Hidden states, attentions and the MLM head on every layer
come from transformers in double; entropy, norms, cosines, principal axes and CKA are computed from those with NumPy.
Bound: 2e-5, the largest absolute difference (of the path: relative to its extent).
Exit 77, skipped, where torch, transformers, tokenizers or numpy are missing, or the device is.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import tokenizers
    import torch
    import transformers
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

transformers.utils.logging.disable_progress_bar()
BOUND = 2e-5
WORDS = ["the", "river", "bank", "##s", "is", "un", "##able", "wet", "green", ".", ",", "of", "##ly"]
TEXT = "The river banks, unable, of the wet green river."


def make_model(folder, seed, layers):
    torch.manual_seed(seed)
    model = transformers.BertForMaskedLM(transformers.BertConfig(
        vocab_size=40, hidden_size=60, num_hidden_layers=layers, num_attention_heads=5, intermediate_size=100,
        max_position_embeddings=48, initializer_range=0.2))
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]) + "\n")


def truth_of(folder, text):
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder, attn_implementation="eager").double().eval()
    if (folder / "tokenizer.json").exists():
        ids = transformers.AutoTokenizer.from_pretrained(folder)(text)["input_ids"]
    else:
        ids = tokenizers.BertWordPieceTokenizer(str(folder / "vocab.txt")).encode(text).ids
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
        logits = torch.stack([model.cls(states[0]) for states in out.hidden_states])
    hidden = torch.stack([h[0] for h in out.hidden_states]).numpy()
    attention = torch.stack([a[0] for a in out.attentions]).numpy()
    return dict(ids=numpy.array(ids), hidden=hidden, attention=attention, probabilities=logits.softmax(-1).numpy())


def derived(truth):
    hidden, p = truth["hidden"], truth["attention"]
    norms = numpy.linalg.norm(hidden, axis=-1)
    unit = hidden / norms[..., None]
    cls = hidden[:, 0] - hidden[:, 0].mean(0)
    u, s, _ = numpy.linalg.svd(cls, full_matrices=False)
    path = u[:, :2] * s[:2]
    path *= numpy.sign(path[numpy.abs(path).argmax(0), [0, 1]])
    return dict(norms=norms, similarity=(unit * unit[:1]).sum(-1), cls_cosine=(unit[1:, 0] * unit[:-1, 0]).sum(-1),
                cls_path=path, entropy=-(p * numpy.log2(p.clip(1e-300))).sum(-1).mean(-1))


def cka(x, y):
    """Of [L, n, H] and [M, n, K]: in the features' form, which is another one than inspect's."""
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    product = lambda a, b: numpy.linalg.norm(a.T @ b) ** 2
    return numpy.array([[product(a, b) / numpy.sqrt(product(a, a) * product(b, b)) for b in y] for a in x])


def run(program, device, folder, text, out, *more):
    done = subprocess.run([program, "--model", folder, "--text", text, "--device", device, "--format", "npy", "--out", out, *more],
                          capture_output=True, text=True)
    if done.returncode == 4:
        print(f"skipped: {done.stderr.strip()}")
        sys.exit(77)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return {path.stem: numpy.load(path) for path in pathlib.Path(out).glob("*.npy")}


def errors_of(found, truth):
    yield "ids", float(numpy.abs(found["ids"] - truth["ids"]).max())
    for name, value in {**{n: truth[n] for n in ("hidden", "attention")}, **derived(truth)}.items():
        extent = numpy.abs(value).max() if name == "cls_path" else 1.0
        yield name, float(numpy.abs(found[name] - value).max() / extent)
    chosen = numpy.take_along_axis(truth["probabilities"], found["prediction_ids"].astype(int), -1)
    best = -numpy.sort(-truth["probabilities"], -1)[..., :chosen.shape[-1]]
    yield "prediction_probabilities", float(numpy.abs(found["prediction_probabilities"] - chosen).max())
    yield "prediction_ids", float(numpy.abs(chosen - best).max())  # equally good ones may change places


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inspect", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--text", default=TEXT)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        first, second = arguments.model or place / "first", place / "second"
        if not arguments.model:
            make_model(first, 3, 4)
        found = run(arguments.inspect, arguments.device, first, arguments.text, place / "arrays")
        truth = truth_of(first, arguments.text)
        rows = list(errors_of(found, truth))
        if not arguments.model:
            make_model(second, 4, 3)
            pair = run(arguments.inspect, arguments.device, first, arguments.text, place / "pair", "--compare", second)
            other = truth_of(second, arguments.text)
            rows.append(("cka", float(numpy.abs(pair["cka"] - cka(truth["hidden"], other["hidden"])).max())))
    for name, error in rows:
        print(f"{arguments.device:10} {name:26} {error:.1e}{'' if error <= BOUND else '  above the bound'}")
    return 0 if all(error <= BOUND for _, error in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
