#!/usr/bin/env python3
"""Configurations and checkpoints as people have them, against transformers and sentence-transformers.

    config_parity.py --dump build/release/bin/heads_dump --predict build/release/bin/predict [--count 120]

Random small models whose config.json varies every key that a BERT's may have, whose tensors are wrapped, nested, untied,
of half precision: hidden states and logits equal transformers' in double precision within 2e-5 of the largest of them (or,
where weights are so large that its own f32 misses that, within twice its error), or the file is refused by the name of the
key. Then what a classifier's scores are (problem_type, activation_fn in each of its
places): predict against the pipeline and CrossEncoder.predict. Then what stands in the place of weights.
Exit 77, skipped, where torch, transformers or safetensors are missing.
"""
import argparse
import copy
import importlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
try:
    from sentence_transformers import CrossEncoder
except ImportError:
    CrossEncoder = None

from heads_parity import CLASSES, make_batch, our_results, torch_results

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
BOUND = 2e-5
ACTIVATIONS = ["gelu", "gelu_10", "gelu_fast", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "gelu_python_tanh",
               "gelu_accurate", "hardswish", "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2",
               "relu6", "sigmoid", "silu", "swish", "tanh"]
INERT = dict(output_past=True, torchscript=True, use_cache=False, gradient_checkpointing=True, finetuning_task="mrpc",
             chunk_size_feed_forward=0, pooler_fc_size=768, pooler_type="first_token_transform", directionality="bidi",
             pooler_num_attention_heads=12, pooler_num_fc_layers=3, pooler_size_per_head=128, max_length=20, num_beams=4,
             task_specific_params={"x": {"y": 1}}, use_bfloat16=False, _name_or_path="x/y", bos_token_id=1,
             eos_token_id=2, transformers_version="2.3.0", do_sample=True, output_attentions=False, pruned_heads={},
             return_dict=True, tie_encoder_decoder=False, temperature=0.3, summary_type="first", model_type="bert",
             position_embedding_type="absolute", is_decoder=False, add_cross_attention=False)
REFUSED = dict(pruned_heads={"0": [1]}, quantization_config={"load_in_8bit": True}, auto_map={"AutoModel": "x.Model"},
               position_embedding_type="relative_key", is_decoder=True, model_type="roberta", hidden_act="prelu",
               per_layer_config={"0": {"intermediate_size": 8}}, is_encoder_decoder=True,
               compression_config={"format": "x"}, problem_type="ranking", id2label={"0": "a", "2": "b"},
               directionality="left")
WRAPPERS = ["", "module.", "_orig_mod.", "module._orig_mod.", "model.", "model._orig_mod.", "backbone.", "net.module."]
NESTS = [None, "state_dict", "model_state_dict", "model"]


def random_fields(pick):
    heads = pick.choice([1, 2, 3])
    fields = dict(vocab_size=pick.randint(40, 90), hidden_size=heads * pick.choice([4, 8, 20]), num_attention_heads=heads,
                  num_hidden_layers=pick.randint(1, 3), intermediate_size=pick.randint(5, 70),
                  hidden_act=pick.choice(ACTIVATIONS), max_position_embeddings=pick.randint(16, 40),
                  type_vocab_size=pick.randint(2, 4), layer_norm_eps=pick.choice([1e-12, 1e-7, 1e-5, 1e-3]),
                  initializer_range=pick.choice([0.02, 0.2, 0.5]), pad_token_id=pick.choice([0, 3, None]),
                  hidden_dropout_prob=pick.choice([0, 0.1, 0.5]), attention_probs_dropout_prob=pick.choice([0, 0.2]),
                  tie_word_embeddings=pick.random() < 0.6)
    if pick.random() < 0.3:
        fields["classifier_dropout"] = 0.4
    return fields


def save_torch(stored, folder, pick):
    """pytorch_model.bin as training programs leave it."""
    nest = pick.choice(NESTS)
    whole = stored
    if nest:
        parameter = torch.nn.Parameter(torch.ones(3))
        optimizer = torch.optim.AdamW([parameter])
        parameter.sum().backward()
        optimizer.step()
        whole = {"epoch": 3, nest: stored, "optimizer_state_dict": optimizer.state_dict(), "loss": 0.25,
                 "best": torch.tensor(0.5), "args": argparse.Namespace(lr=1e-5, path=pathlib.Path("a")),
                 "callbacks": {"x": None}, "rng": {1, 2}, "device": torch.device("cpu"), "dtype": torch.float32}
        if pick.random() < 0.5:
            whole = {"model" if nest != "model" else "state_dict": whole, "step": 1}
    torch.save(whole, folder / "pytorch_model.bin", _use_new_zipfile_serialization=pick.random() < 0.7)


def write_ours(source, folder, pick):
    """The same model with other names, in another file. Returns what was done."""
    shutil.copytree(source, folder)
    stored = load_file(str(folder / "model.safetensors"))
    wrapper, drop = pick.choice(WRAPPERS), pick.random() < 0.3
    if drop and any(name.startswith("bert.") for name in stored):
        stored = {name.removeprefix("bert."): value for name, value in stored.items()}
    stored = {wrapper + name: value.contiguous() for name, value in stored.items()}
    stored[wrapper + ("embeddings.position_ids" if drop else "bert.embeddings.position_ids")] = torch.arange(16)[None]
    as_torch = pick.random() < 0.5
    if as_torch:
        (folder / "model.safetensors").unlink()
        save_torch(stored, folder, pick)
    else:
        save_file(stored, str(folder / "model.safetensors"))
    return f"{wrapper}{'no bert. ' if drop else ' '}{'torch' if as_torch else 'safetensors'}"


def random_labels(pick, count):
    names = [pick.choice(["yes", "no", "O", "x y"]) + str(i) for i in range(count)]
    shape = pick.choice(["id2label", "numbers", "unordered", "no id2label"])
    if shape == "numbers":
        return dict(id2label={str(i): i for i in range(count)}, label2id={str(i): i for i in range(count)})
    if shape == "unordered":
        order = list(range(count))
        pick.shuffle(order)
        return dict(id2label={str(i): names[i] for i in order}, label2id={names[i]: i for i in order})
    if shape == "no id2label":
        return dict(num_labels=count)
    return dict(id2label={str(i): n for i, n in enumerate(names)}, label2id={n: i for i, n in enumerate(names)})


def run(command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


def one_model(arguments, seed, place):
    """(what it is, largest difference over the bound, or a fault)."""
    pick = random.Random(seed)
    torch.manual_seed(seed)
    name, fields, count = pick.choice(CLASSES), random_fields(pick), pick.randint(1, 5)
    count = 2 if name == "BertForQuestionAnswering" else count  # its scores are as many as labels
    config = transformers.BertConfig(**fields, num_labels=count)
    kind = getattr(transformers, name)
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
        if not fields["tie_word_embeddings"] and hasattr(model, "cls") and hasattr(model.cls, "predictions"):
            model.cls.predictions.decoder.bias.add_(0.3)
    model = model.to(pick.choice([torch.float32, torch.float64, torch.float16, torch.bfloat16]))
    source = place / "source"
    model.save_pretrained(source)
    written = json.loads((source / "config.json").read_text())
    for key in ("id2label", "label2id", "num_labels"):
        written.pop(key, None)
    written.update(random_labels(pick, count))
    written.update({key: INERT[key] for key in pick.sample(sorted(INERT), 6)})
    if pick.random() < 0.3:
        written["torch_dtype"] = written.pop("dtype", "float32")
    (source / "config.json").write_text(json.dumps(written))
    what = f"{name} {fields['hidden_act']} {'' if fields['tie_word_embeddings'] else 'untied '}"
    what += write_ours(source, place / "ours", pick)
    if pick.random() < 0.2:
        key = pick.choice(sorted(REFUSED))
        (place / "ours" / "config.json").write_text(json.dumps(dict(written, **{key: REFUSED[key]})))
        done = run([arguments.dump, arguments.device, place / "ours", place / "none", place / "none"])
        named = done.returncode == 2 and f'"{key}"' in done.stderr and done.stderr.count("\n") == 1
        return what + f", {key} refused", 0 if named else f"{done.returncode} {done.stderr!r}"
    truth = kind.from_pretrained(source, dtype=torch.float64, attn_implementation="eager").eval()
    rows = 3 if name in ("BertForPreTraining", "BertForMaskedLM") else 0
    data = make_batch(truth.config, 3, 15, rows)
    save_file(data, str(place / "batch.safetensors"))
    done = run([arguments.dump, arguments.device, place / "ours", place / "batch.safetensors", place / "result.safetensors"])
    if done.returncode:
        return what, done.stderr
    single = torch_results(copy.deepcopy(truth).float(), data)
    expected = torch_results(truth, data)
    found = our_results(load_file(str(place / "result.safetensors")), truth, data)
    worst = 0
    for key, value in expected.items():
        if key not in found:
            return what, f"no {key}"
        size = max(1, float(value.abs().max()))
        error, own = (float((each[key].double() - value).abs().max()) / size for each in (found, single))
        worst = max(worst, error / max(BOUND, 2 * own))
    return what, worst


def fuzz(arguments):
    worst, faults, refused = 0, 0, 0
    for seed in range(arguments.first, arguments.first + arguments.count):
        with tempfile.TemporaryDirectory() as place:
            what, result = one_model(arguments, seed, pathlib.Path(place))
        refused += "refused" in what
        if isinstance(result, str) or result > 1:
            faults += 1
            print(f"FAIL seed {seed} {what}: {result}", flush=True)
        else:
            worst = max(worst, result)
    print(f"{'ok  ' if not faults else 'FAIL'} {arguments.count} configurations, {refused} of them refused by name, largest "
          f"difference {worst * BOUND:.1e}, {faults} wrong", flush=True)
    return not faults


TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "old", "king", "saw", "river", "a", "boat", "in", "rain", "."]
PAIRS = [("the old king saw the river .", "a boat in the rain"), ("a", "the king"), ("rain", "rain rain rain")]
TORCH_NN = "torch.nn.modules."
FUNCTIONS = dict(Identity=TORCH_NN + "linear.Identity", Sigmoid=TORCH_NN + "activation.Sigmoid",
                 Tanh=TORCH_NN + "activation.Tanh", Softmax=TORCH_NN + "activation.Softmax")


def import_string(path):
    module, name = path.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def scores_of(arguments, folder, task):
    lines = "".join(json.dumps({"text": a, "text_b": b}) + "\n" for a, b in PAIRS)
    options = [] if task == "regress" else ["--top-k", "9"]
    done = subprocess.run([arguments.predict, "--model", folder, "--json", "--json-lines", "--device", arguments.device, *options],
                          input=lines, capture_output=True, text=True)
    if done.returncode:
        return done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if task == "regress":
        return [[answer["score"]] for answer in answers]
    return [[c["probability"] for c in sorted(answer["labels"], key=lambda c: c["label"])] for answer in answers]


def scores(arguments):
    """Every way to say what a classifier's scores are."""
    good = True
    with tempfile.TemporaryDirectory() as place:
        base = pathlib.Path(place) / "base"
        base.mkdir()
        (base / "vocab.txt").write_text("\n".join(TOKENS) + "\n")
        tokenizer = transformers.BertTokenizer.from_pretrained(base)
        for count in (1, 3):
            torch.manual_seed(7)
            model = transformers.BertForSequenceClassification(transformers.BertConfig(
                vocab_size=len(TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                max_position_embeddings=32, num_labels=count, initializer_range=0.5)).eval()
            model.save_pretrained(base)
            tokenizer.save_pretrained(base)
            config = json.loads((base / "config.json").read_text())
            ways = [(f"problem_type {t}", dict(problem_type=t), {}, None) for t in
                    (None, "regression", "multi_label_classification") + (("single_label_classification",) if count > 1 else ())]
            for function, path in FUNCTIONS.items():
                judge = function if count == 1 or function != "Identity" else None
                ways += [(f"sentence_transformers {function}", dict(sentence_transformers=dict(activation_fn=path, version="4.1")),
                          {}, judge),
                         (f"old key {function}", dict(sbert_ce_default_activation_function=path), {}, judge),
                         (f"its own file {function}", {}, path, judge)]
            for title, keys, beside, judge in ways:
                (base / "config.json").write_text(json.dumps(dict(config, **keys)))
                folder = base
                if beside:  # as sentence-transformers saves it
                    if not CrossEncoder:
                        continue
                    folder = pathlib.Path(place) / f"saved{count}{judge}"
                    saved = CrossEncoder(str(base), device="cpu", activation_fn=import_string(beside)())
                    saved.save_pretrained(str(folder))
                ours = scores_of(arguments, folder, "regress" if count == 1 else "classify")
                loaded = transformers.BertForSequenceClassification.from_pretrained(folder)
                if judge and CrossEncoder:
                    theirs = CrossEncoder(str(folder), device="cpu").predict(PAIRS)
                    theirs = [[float(x)] if count == 1 else [float(y) for y in x] for x in theirs]
                elif judge:
                    continue
                else:
                    pipe = transformers.pipeline("text-classification", model=loaded, tokenizer=tokenizer, top_k=None, device="cpu")
                    theirs = [[c["score"] for c in sorted(pipe([{"text": a, "text_pair": b}])[0], key=lambda c: c["label"])]
                              for a, b in PAIRS]
                if isinstance(ours, str):
                    worst, ours = float("inf"), ours
                else:
                    worst = max(abs(x - y) for a, b in zip(ours, theirs) for x, y in zip(a, b))
                good &= worst <= 1e-5
                print(f"{'ok  ' if worst <= 1e-5 else 'FAIL'} {count} label(s), {title}: {worst:.1e} {ours if worst > 1e-5 else ''}", flush=True)
    return good


def lengths(arguments):
    """Pairs cut to the tokenizer's model_max_length, as CrossEncoder cuts them, from its own folders too."""
    if not CrossEncoder:
        return True
    good = True
    with tempfile.TemporaryDirectory() as place:
        base = pathlib.Path(place) / "base"
        base.mkdir()
        (base / "vocab.txt").write_text("\n".join(TOKENS) + "\n")
        torch.manual_seed(7)
        transformers.BertForSequenceClassification(transformers.BertConfig(
            vocab_size=len(TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=32, num_labels=1, initializer_range=0.5)).save_pretrained(base)
        tokenizer = transformers.BertTokenizer.from_pretrained(base)
        for limit in (8, 12, 32, 512, None):
            tokenizer.model_max_length = limit or 10**30
            tokenizer.save_pretrained(base)
            judge = CrossEncoder(str(base), device="cpu")
            saved = pathlib.Path(place) / f"saved{limit}"
            judge.save_pretrained(str(saved))
            theirs = [float(x) for x in judge.predict(PAIRS)]
            beside = pathlib.Path(place) / f"beside{limit}"
            shutil.copytree(saved, beside)
            settings = json.loads((beside / "sentence_bert_config.json").read_text())
            (beside / "sentence_bert_config.json").write_text(json.dumps(dict(settings, max_seq_length=9)))
            found = scores_of(arguments, beside, "regress")
            wanted = [float(x) for x in CrossEncoder(str(beside), device="cpu").predict(PAIRS)]
            worst = float("inf") if isinstance(found, str) else max(abs(x[0] - y) for x, y in zip(found, wanted))
            good &= worst <= 1e-5
            print(f"{'ok  ' if worst <= 1e-5 else 'FAIL'} model_max_length {limit}, max_seq_length 9: {worst:.1e}", flush=True)
            for folder in (base, saved):
                ours = scores_of(arguments, folder, "regress")
                worst = float("inf") if isinstance(ours, str) else max(abs(x[0] - y) for x, y in zip(ours, theirs))
                good &= worst <= 1e-5
                print(f"{'ok  ' if worst <= 1e-5 else 'FAIL'} model_max_length {limit}, {folder.name}: {worst:.1e}", flush=True)
    return good


def in_place_of_weights(arguments):
    """Files that people have where weights should be: a line that says what to do."""
    good = True
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        (folder / "vocab.txt").write_text("\n".join(TOKENS) + "\n")
        model = transformers.BertForMaskedLM(transformers.BertConfig(
            vocab_size=len(TOKENS), hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8))
        model.config.save_pretrained(folder)
        state = model.state_dict()
        cases = [("a whole model", "state_dict()", lambda path: torch.save(model, path)),
                 ("a whole model within", "state_dict()", lambda path: torch.save({"model": model, "epoch": 1}, path)),
                 ("a traced model", "state_dict()", lambda path: torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)),
                 ("two models", "under both", lambda path: torch.save({"model": state, "state_dict": copy.deepcopy(state)}, path)),
                 ("two towers", "several models", lambda path: torch.save(
                     {**{"a." + n: v for n, v in state.items()}, **{"b." + n: v for n, v in state.items()}}, path)),
                 ("no model", "state_dict()", lambda path: torch.save({"epoch": 1, "optimizer": {"state": {}}}, path)),
                 ("float8", "F8_E4M3", lambda path: save_file({n: v.to(torch.float8_e4m3fn) for n, v in state.items()
                                                               if "decoder" not in n}, str(path))),
                 ("an LFS pointer", "git lfs pull", lambda path: path.write_text(
                     "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 438\n")),
                 ("a web page", "web page", lambda path: path.write_text("\n<!DOCTYPE html>\n<html>404</html>\n")),
                 ("an answer", "JSON", lambda path: path.write_text('{"error": "Repository not found"}')),
                 ("nothing", "empty", lambda path: path.write_text(""))]
        for title, words, write in cases:
            for name in ("pytorch_model.bin", "model.safetensors"):
                write(folder / name)
                done = subprocess.run([arguments.predict, "--model", folder, "--device", "cpu"], input="the [MASK]\n",
                                      capture_output=True, text=True)
                (folder / name).unlink()
                told = done.stderr.strip().split("\n")[-1]
                is_good = done.returncode == 2 and words in told and not done.stdout
                good &= is_good
                print(f"{'ok  ' if is_good else 'FAIL'} {title} as {name}: {told[-200:]}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump", required=True)
    parser.add_argument("--predict", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    results = [in_place_of_weights(arguments), lengths(arguments), scores(arguments), fuzz(arguments)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
