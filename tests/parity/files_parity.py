#!/usr/bin/env python3
"""Model files from transformers to scoria and back: bit-equal tensors, an equal config, no warning.

    files_parity.py --resave build/release/bin/bert_resave [--model FOLDER...] [--tensorflow PYTHON]

Every class of BERT with random weights, in every way that its files are found in the wild: safetensors, shards,
torch.save's two formats, old names, no "bert.", half precision, tied tensors stored twice. --model adds folders with
real weights; --tensorflow a python with tensorflow, which then writes checkpoints of google-research/bert (default: this
one, if it has it). Exit 77, skipped, where torch, transformers or safetensors are missing.
"""
import argparse
import json
import logging
import pathlib
import re
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

CLASSES = ["BertModel", "BertForPreTraining", "BertForMaskedLM", "BertForNextSentencePrediction",
           "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering"]
CONFIG = dict(vocab_size=211, hidden_size=40, num_hidden_layers=3, num_attention_heads=5, intermediate_size=72,
              max_position_embeddings=24, hidden_act="gelu_new", layer_norm_eps=1e-7, classifier_dropout=0.25,
              hidden_dropout_prob=0.15,
              a_key_of_mine={"nested": [1, 2.5, None, "text"]})

LABELS = dict(id2label={0: "O", 1: "B-PER", 2: "I-PER"}, label2id={"O": 0, "B-PER": 1, "I-PER": 2})


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


WARNINGS = Warnings()
transformers.utils.logging.get_logger("transformers").addHandler(WARNINGS)
transformers.utils.logging.disable_progress_bar()


def make_model(name, dtype=torch.float32):
    torch.manual_seed(3)
    labels = LABELS if "Classification" in name else {}
    model = getattr(transformers, name)(transformers.BertConfig(**CONFIG, **labels)).to(dtype)
    with torch.no_grad():  # biases and LayerNorm start at 0 and 1, which would hide a mix-up
        for parameter in model.parameters():
            parameter.add_((0.1 * torch.randn(parameter.shape)).to(dtype))
    return model


def stored_tensors(folder):
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        tensors.update(load_file(str(path)))
    return tensors


def replace_weights(folder, write):
    tensors = stored_tensors(folder)
    for path in folder.glob("*.safetensors*"):
        path.unlink()
    write(tensors)


def as_zip(folder):
    replace_weights(folder, lambda tensors: torch.save(tensors, folder / "pytorch_model.bin"))


def as_legacy(folder):
    replace_weights(folder, lambda tensors: torch.save(tensors, folder / "pytorch_model.bin",
                                                       _use_new_zipfile_serialization=False))


def as_strided(folder):
    """What transformers' conversion from TensorFlow left: transposed views, and parameters in place of tensors."""
    turned = lambda t: torch.nn.Parameter(t.t().contiguous().t() if t.ndim == 2 else t)
    replace_weights(folder, lambda tensors: torch.save({n: turned(t) for n, t in tensors.items()}, folder / "pytorch_model.bin"))


def as_bin_shards(folder):
    def write(tensors):
        names = sorted(tensors)
        parts = {"pytorch_model-00001-of-00002.bin": names[::2], "pytorch_model-00002-of-00002.bin": names[1::2]}
        for file, part in parts.items():
            torch.save({name: tensors[name] for name in part}, folder / file)
        weight_map = {name: file for file, part in parts.items() for name in part}
        (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    replace_weights(folder, write)


def old_names(tensors):
    swap = lambda n: n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    return {re.sub(r"^bert\.", "", swap(name)): value for name, value in tensors.items()}


def as_old_names(folder):
    replace_weights(folder, lambda tensors: save_file(old_names(tensors), str(folder / "model.safetensors"), {"format": "pt"}))


def as_tied_twice(folder):
    def write(tensors):
        words = tensors.get("bert.embeddings.word_embeddings.weight", tensors.get("embeddings.word_embeddings.weight"))
        more = {"cls.predictions.decoder.weight": words.clone()} if any("predictions" in n for n in tensors) else {}
        more["bert.embeddings.position_ids"] = torch.arange(24)[None]
        save_file({**tensors, **more}, str(folder / "model.safetensors"), {"format": "pt"})
    replace_weights(folder, write)


TF_WRITER = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
v1 = tf.compat.v1
v1.disable_eager_execution()
arrays = np.load(sys.argv[1])
with v1.Session() as session:
    variables = [v1.get_variable(name, initializer=arrays[name]) for name in arrays.files]
    session.run(v1.global_variables_initializer())
    v1.train.Saver(variables).save(session, sys.argv[2], write_meta_graph=False, write_state=False)
"""


def tensorflow_arrays(tensors):
    """Google's names and layout: the inverse of what a reader must do."""
    arrays = {}
    for name, value in tensors.items():
        name = name if name.startswith(("bert.", "cls.", "classifier.", "qa_outputs.")) else "bert." + name
        name = re.sub(r"layer\.(\d+)", r"layer_\1", name)
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        name = name.replace("_embeddings.weight", "_embeddings").replace("predictions.bias", "predictions.output_bias")
        name = re.sub(r"^cls\.seq_relationship\.(weight|bias)$", lambda m: "cls.seq_relationship.output_" + m[1] + "s" * (m[1] == "weight"), name)
        name = re.sub(r"^classifier\.(weight|bias)$", lambda m: "output_" + m[1] + "s" * (m[1] == "weight"), name)
        name = re.sub(r"^qa_outputs\.(weight|bias)$", lambda m: "cls.squad.output_" + m[1] + "s" * (m[1] == "weight"), name)
        array = value.numpy()
        if name.endswith(".weight"):
            name, array = name[:-len("weight")] + "kernel", array.T.copy()
        arrays[name.replace(".", "/")] = array
        if "kernel" in name:
            arrays[name.replace(".", "/") + "/adam_m"] = 0 * array
    return arrays


def as_tensorflow(folder, python):
    import numpy
    def write(tensors):
        with tempfile.TemporaryDirectory() as place:
            arrays = pathlib.Path(place) / "arrays.npz"
            numpy.savez(arrays, global_step=numpy.int64(7), **tensorflow_arrays(tensors))
            subprocess.run([python, "-c", TF_WRITER, str(arrays), str(folder / "bert_model.ckpt")], check=True,
                           capture_output=True)
    replace_weights(folder, write)


FORMS = {"safetensors": lambda folder: None, "torch zip": as_zip, "torch legacy": as_legacy, "torch strided": as_strided,
         "torch shards": as_bin_shards, "old names": as_old_names, "tied twice": as_tied_twice}


def bits(tensor):
    return tensor.contiguous().view(torch.int16 if tensor.element_size() == 2 else torch.int32)


def compare(title, name, truth, config, folder, resave):
    """The class loads what was saved again: nothing missing, unexpected, mismatched or warned of, all bits the same."""
    out = folder.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run([resave, str(folder), str(out)], capture_output=True, text=True)
    if done.returncode:
        print(f"FAIL {name:30} {title:14} {done.stderr.strip()}")
        return False
    WARNINGS.lines.clear()
    model, info = getattr(transformers, name).from_pretrained(out, output_loading_info=True, dtype="auto")
    problems = [f"{key}: {sorted(map(str, value))[:3]}" for key, value in info.items() if value] + WARNINGS.lines
    found = model.state_dict()
    different = [n for n in truth if n not in found or found[n].dtype != truth[n].dtype or
                 not torch.equal(bits(found[n]), bits(truth[n]))]
    if sorted(found) != sorted(truth):
        problems.append("other tensors")
    ours = transformers.BertConfig.from_pretrained(out).to_dict()
    keys = [key for key in set(ours) | set(config) if ours.get(key) != config.get(key) and key not in ("_name_or_path", "transformers_version")]
    good = not problems and not different and not keys
    print(f"{'ok  ' if good else 'FAIL'} {name:30} {title:14} {len(truth)} tensors, {len(different)} differ, "
          f"{len(keys)} of {len(config)} config keys differ  {'; '.join(problems + different[:3] + keys)}")
    return good


def run_form(name, title, transform, dtype, resave, shard_size=None):
    model = make_model(name, dtype)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "in"
        model.save_pretrained(folder, **({"max_shard_size": shard_size} if shard_size else {}))
        config = transformers.BertConfig.from_pretrained(folder).to_dict()
        transform(folder)
        return compare(title, name, model.state_dict(), config, folder, resave)


def run_real(path, resave):
    config = transformers.BertConfig.from_pretrained(path)
    name = config.architectures[0]
    model = getattr(transformers, name).from_pretrained(path, dtype="auto")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "in"
        shutil.copytree(path, folder)
        return compare("real weights", name, model.state_dict(), config.to_dict(), folder, resave)


def has_tensorflow(python):
    return subprocess.run([python, "-c", "import tensorflow"], capture_output=True).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resave", required=True)
    parser.add_argument("--model", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--tensorflow", default=sys.executable)
    arguments = parser.parse_args()
    good = []
    for name in CLASSES:
        for title, transform in FORMS.items():
            good.append(run_form(name, title, transform, torch.float32, arguments.resave))
        good.append(run_form(name, "shards", lambda folder: None, torch.float32, arguments.resave, "40KB"))
        good.append(run_form(name, "f16", lambda folder: None, torch.float16, arguments.resave))
        good.append(run_form(name, "bf16 torch zip", as_zip, torch.bfloat16, arguments.resave))
    if has_tensorflow(arguments.tensorflow):
        for name in CLASSES:
            good.append(run_form(name, "TensorFlow", lambda folder: as_tensorflow(folder, arguments.tensorflow), torch.float32,
                                 arguments.resave))
    else:
        print("TensorFlow checkpoints are skipped: no python with tensorflow")
    good += [run_real(path, arguments.resave) for path in arguments.model]
    print(f"{sum(good)} of {len(good)} equal")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
