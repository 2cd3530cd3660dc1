#!/usr/bin/env python3
"""Every head of BERT against transformers: hidden states and attentions of every layer, pooled output, logits.

    heads_parity.py --dump build/release/bin/heads_dump [--device cpu]... [--model FOLDER]... [--presets]

Random weights of every class, real ones (MiniLM's where its package is installed, and folders: --model), and with --presets
random ones of every size from tiny to large. The truth is transformers in double precision on the real tokens; its own f32 is measured beside, as a yardstick.
Bounds: 2e-5, the largest absolute difference; 0.999999, the cosine of sentence embeddings (mean of the real tokens).
Exit 77, skipped, where torch, transformers or safetensors are missing, or the device is.
"""
import argparse
import pathlib
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

import minilm

transformers.utils.logging.disable_progress_bar()
BOUND, COSINE = 2e-5, 0.999999
CLASSES = ["BertModel", "BertForPreTraining", "BertForMaskedLM", "BertForNextSentencePrediction",
           "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering"]
ODD = dict(vocab_size=211, hidden_size=60, num_hidden_layers=3, num_attention_heads=5, intermediate_size=100,
           max_position_embeddings=48)
LABELS = dict(id2label={i: f"L{i}" for i in range(5)}, label2id={f"L{i}": i for i in range(5)})
PRESETS = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "medium": (8, 512), "base": (12, 768), "large": (24, 1024)}
EAGER = dict(attn_implementation="eager")


def random_model(name, fields, spread):
    torch.manual_seed(5)
    labels = LABELS if "Classification" in name else {}
    model = getattr(transformers, name)(transformers.BertConfig(**fields, **labels, **EAGER))
    with torch.no_grad():  # biases and LayerNorm start at 0 and 1: other values show a mistake
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(spread * torch.randn_like(parameter))
    return model.eval()


def make_batch(config, batch, length, rows):
    generator = torch.Generator().manual_seed(2)
    pick = lambda low, high, shape: torch.randint(low, high, shape, generator=generator, dtype=torch.int32)
    lengths = pick(length // 2, length + 1, (batch,))
    lengths[0] = length
    data = dict(input_ids=pick(5, config.vocab_size, (batch, length)), segments=torch.zeros(batch, length, dtype=torch.int32),
                lengths=lengths)
    for b in range(batch):
        data["segments"][b, lengths[b] // 2:lengths[b]] = 1
    if rows:
        data["rows"] = torch.cat([b * length + pick(1, int(lengths[b]), (3,)) for b in range(batch)]).to(torch.int32)
    return data


def torch_results(model, data):
    batch, length = data["input_ids"].shape
    mask = torch.arange(length)[None] < data["lengths"][:, None]
    with torch.no_grad():
        out = model(input_ids=data["input_ids"].long(), token_type_ids=data["segments"].long(), attention_mask=mask.long(),
                    output_hidden_states=True, output_attentions=True)
    results = {f"hidden.{i}": h[mask] for i, h in enumerate(out.hidden_states)}
    results.update({f"attention.{i}": a.transpose(1, 2)[mask] for i, a in enumerate(out.attentions)})
    results["sentence"] = (out.hidden_states[-1] * mask[..., None]).sum(1) / data["lengths"][:, None]
    if getattr(out, "pooler_output", None) is not None:
        results["pooled"] = out.pooler_output
    mlm = out.prediction_logits if hasattr(out, "prediction_logits") else out.get("logits")
    if "rows" in data:
        results["mlm_logits"] = mlm.flatten(0, 1)[data["rows"].long()]
    if hasattr(out, "seq_relationship_logits"):
        results["logits"] = out.seq_relationship_logits
    elif hasattr(out, "start_logits"):
        results["logits"] = torch.cat([out.start_logits[mask], out.end_logits[mask]])
    elif "rows" not in data and out.get("logits") is not None:
        results["logits"] = out.logits[mask] if out.logits.ndim == 3 else out.logits
    return {name: value.double() for name, value in results.items()}


def our_results(found, model, data):
    """In the form of torch_results: real tokens only."""
    batch, length = data["input_ids"].shape
    mask = torch.arange(length)[None] < data["lengths"][:, None]
    results = {}
    for name, value in found.items():
        if name.startswith("hidden"):
            value = value[mask.flatten()]
        elif name.startswith("attention"):
            value = value.transpose(1, 2)[mask]
        elif name == "logits" and "QuestionAnswering" in type(model).__name__:
            value = torch.cat([value[:batch][mask], value[batch:][mask]])
        elif name == "logits" and "TokenClassification" in type(model).__name__:
            value = value[mask.flatten()]
        results[name] = value.double()
    return results


def largest(truth, found, kinds):
    errors = [(float((found[n] - truth[n]).abs().max()), n) for n in truth if n.split(".")[0] in kinds and n in found]
    return max(errors, default=(0.0, "-"))


def compare(title, model, folder, dump, device, batch, length):
    data = make_batch(model.config, batch, length, any(n in type(model).__name__ for n in ("PreTraining", "MaskedLM")))
    with tempfile.TemporaryDirectory() as place:
        case, result = pathlib.Path(place) / "batch.safetensors", pathlib.Path(place) / "result.safetensors"
        save_file(data, str(case))
        done = subprocess.run([dump, device, str(folder), str(case), str(result)], capture_output=True, text=True)
        if done.returncode:
            print(done.stderr.strip())
            return None if "no usable" in done.stderr or "no device" in done.stderr else False
        found = our_results(load_file(str(result)), model, data)
    single = torch_results(model, data)
    truth = torch_results(model.double(), data)
    absent = sorted((set(truth) ^ set(found)) - {"pooled"})
    good, parts = not absent, []
    for kinds in (("hidden",), ("attention",), ("pooled", "logits", "mlm_logits")):
        (error, where), (yardstick, _) = largest(truth, found, kinds), largest(truth, single, kinds)
        good &= error <= BOUND
        parts.append(f"{where} {error:.1e} (torch f32 {yardstick:.1e})")
    cosine = float(torch.nn.functional.cosine_similarity(truth["sentence"], found["sentence"]).min())
    good &= cosine >= COSINE
    print(f"{'ok  ' if good else 'FAIL'} {device:9} {title:30} {', '.join(parts)}, 1 - cosine {1 - cosine:.0e} {absent or ''}", flush=True)
    return good


def run_random(title, name, fields, arguments, device, batch, length, spread=0.1):
    model = random_model(name, fields, spread)
    with tempfile.TemporaryDirectory() as place:
        model.save_pretrained(place)
        return compare(title, model, place, arguments.dump, device, batch, length)


def real_models(folders):
    packaged = [("MiniLM", minilm.folder())] if minilm.folder() else []
    return packaged + [(pathlib.Path(folder).resolve().name, folder) for folder in folders]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--device", action="append")
    parser.add_argument("--model", action="append", default=[])
    parser.add_argument("--presets", action="store_true")
    arguments = parser.parse_args()
    results = []
    for device in arguments.device or ["cpu"]:
        results += [run_random(name, name, ODD, arguments, device, 3, 33) for name in CLASSES]
        for title, folder in real_models(arguments.model):
            model = transformers.BertModel.from_pretrained(folder, dtype=torch.float32, **EAGER).eval()
            results.append(compare(title, model, folder, arguments.dump, device, 4, 64))
        for preset, (layers, hidden) in PRESETS.items() if arguments.presets else ():
            fields = dict(num_hidden_layers=layers, hidden_size=hidden, num_attention_heads=hidden // 64, intermediate_size=4 * hidden)
            results.append(run_random(preset, "BertForPreTraining", fields, arguments, device, 2, 64, 0.02))
    if False in results:
        return 1
    return 77 if None in results else 0


if __name__ == "__main__":
    sys.exit(main())
