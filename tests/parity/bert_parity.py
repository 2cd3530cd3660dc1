#!/usr/bin/env python3
"""BERT's pretraining step against transformers' BertForPreTraining: same weights, same batch, dropout off.

    bert_parity.py --dump build/release/bin/bert_dump [--device cpu] [--device llvmpipe]

The truth is transformers in double precision; its own f32 is measured beside, so that each error has a yardstick.
Bounds: logits 2e-5; losses 1e-6 of their size; each gradient 1e-5 of its norm; weights after ten steps of AdamW (clip 1,
decay 0.01 of all but biases and LayerNorm) 1e-5. The key bias moves no softmax: its gradient is zero, what remains is
rounding, and it is measured by the norm of the query, key and value biases' gradients together.
Exit 77, skipped, where torch, transformers or safetensors are missing, or the device is.
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
    from safetensors.torch import load_file, save_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

STEPS, RATE = 10, 1e-4
TINY = dict(vocab_size=1000, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
CASES = {  # config, batch, sequence, predictions of each
    "tiny": (TINY, 4, 64, 10),
    "odd sizes, tanh GELU": (dict(vocab_size=101, hidden_size=48, num_hidden_layers=3, num_attention_heads=3,
                                  intermediate_size=80, hidden_act="gelu_new", max_position_embeddings=40), 3, 17, 5),
    "mini, long": (dict(TINY, vocab_size=3000, hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
                        intermediate_size=1024), 2, 128, 20),
}


def make_model(config):
    torch.manual_seed(1)
    model = transformers.BertForPreTraining(transformers.BertConfig(
        **config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager"))
    with torch.no_grad():  # biases and LayerNorm start at 0 and 1: other values show a mistake
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def make_batch(config, batch, length, predictions):
    generator = torch.Generator().manual_seed(2)
    pick = lambda low, high, shape: torch.randint(low, high, shape, generator=generator)
    lengths = pick(max(predictions + 2, length // 2), length + 1, (batch,))
    lengths[0] = length
    ids, segments = pick(5, config["vocab_size"], (batch, length)), torch.zeros(batch, length, dtype=torch.long)
    labels = torch.full((batch, length), -100)
    rows = torch.zeros(batch, predictions, dtype=torch.long)
    masked = torch.full((batch, predictions), -1)
    for b in range(batch):
        ids[b, lengths[b]:] = 0
        segments[b, lengths[b] // 2:lengths[b]] = 1
        count = predictions - b % 2  # every second sequence leaves a row unused
        places = torch.randperm(int(lengths[b]) - 2, generator=generator)[:count].sort().values + 1
        labels[b, places] = ids[b, places]
        rows[b] = b * length
        rows[b, :count] = b * length + places
        masked[b, :count] = ids[b, places]
        ids[b, places[::2]] = 4
    return dict(ids=ids, segments=segments, lengths=lengths, labels=labels, rows=rows, masked=masked,
                next_sentence=torch.arange(batch) % 2)


def write_case(folder, model, config, data):
    fields = dict(model.config.to_dict(), **config)
    (folder / "config.json").write_text(json.dumps(fields))
    stored = {name: value.contiguous() for name, value in model.state_dict().items() if "decoder" not in name}
    save_file(stored, str(folder / "model.safetensors"), metadata={"format": "pt"})
    batch, length = data["ids"].shape
    integers = dict(input_ids=data["ids"].flatten(), segments=data["segments"].flatten(), lengths=data["lengths"],
                    head_rows=torch.cat([data["rows"].flatten(), torch.arange(batch) * length]),
                    masked_labels=data["masked"].flatten(), next_sentence_labels=data["next_sentence"])
    tensors = {name: value.to(torch.int32) for name, value in integers.items()}
    tensors["mlm_denominator"] = torch.tensor([float((data["masked"] >= 0).sum())])
    tensors["nsp_denominator"] = torch.tensor([float(batch)])
    save_file(tensors, str(folder / "batch.safetensors"))


def forward(model, data):
    mask = torch.arange(data["ids"].shape[1])[None] < data["lengths"][:, None]
    return model(input_ids=data["ids"], token_type_ids=data["segments"], attention_mask=mask.long(),
                 labels=data["labels"], next_sentence_label=data["next_sentence"], output_hidden_states=True)


def torch_results(model, data):
    results = {}
    out = forward(model, data)
    real = (torch.arange(data["ids"].shape[1])[None] < data["lengths"][:, None]).flatten()
    hidden = out.prediction_logits.shape[-1]
    results["sequence_output"] = out.hidden_states[-1].flatten(0, 1)[real]
    used = data["masked"].flatten() >= 0
    results["mlm_logits"] = out.prediction_logits.reshape(-1, hidden)[data["rows"].flatten()][used]
    results["nsp_logits"] = out.seq_relationship_logits
    results["loss"] = out.loss
    spared = lambda name: "bias" in name or "LayerNorm" in name
    groups = [{"params": [p for n, p in model.named_parameters() if spared(n) == off], "weight_decay": decay}
              for off, decay in ((False, 0.01), (True, 0.0))]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-6)
    for step in range(STEPS):
        optimizer.zero_grad()
        forward(model, data).loss.backward()
        if step == 0:
            results.update({f"gradient.{n}": p.grad.clone() for n, p in model.named_parameters()})
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    results.update({f"stepped.{n}": p.detach() for n, p in model.named_parameters()})
    return {name: value.detach().double() for name, value in results.items()}, used, real


def worst(kind, truth, found):
    """The largest error of a kind of result, in units that its bound is in, and where."""
    errors = {}

    def size(name):
        together = [name.replace("self.key.bias", f"self.{part}.bias") for part in ("query", "key", "value")]
        return sum(float(truth[n].norm()) ** 2 for n in (together if "self.key.bias" in name else [name])) ** 0.5

    for name, value in truth.items():
        if name.split(".")[0] not in kind:
            continue
        difference = found[name].double().reshape(value.shape) - value
        if name.startswith("gradient."):
            errors[name] = float(difference.norm()) / size(name)
        elif name == "loss":
            errors[name] = abs(float(difference)) / abs(float(value))
        else:
            errors[name] = float(difference.abs().max())
    return max((error, name) for name, error in errors.items())


BOUNDS = [("logits", ("mlm_logits", "nsp_logits", "sequence_output"), 2e-5), ("loss", ("loss",), 1e-6),
          ("gradients", ("gradient",), 1e-5), (f"{STEPS} AdamW steps", ("stepped",), 1e-5)]


def run_case(name, dump, device):
    config, batch, length, predictions = CASES[name]
    model, data = make_model(config), make_batch(config, batch, length, predictions)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        write_case(folder, model, config, data)
        result = folder / "result.safetensors"
        done = subprocess.run([dump, device, place, str(result), str(STEPS), repr(RATE)], capture_output=True, text=True)
        if done.returncode:
            print(done.stderr.strip())
            return None if "no usable" in done.stderr or "no device" in done.stderr else False
        found = load_file(str(result))
    single, _, _ = torch_results(make_model(config), data)
    truth, used, real = torch_results(make_model(config).double(), data)
    found["mlm_logits"], found["sequence_output"] = found["mlm_logits"][used], found["sequence_output"][real]
    good = True
    for title, kinds, bound in BOUNDS:
        error, where = worst(kinds, truth, found)
        torch_error, _ = worst(kinds, truth, single)
        good &= error <= bound
        print(f"{'ok  ' if error <= bound else 'FAIL'} {device:9} {name:22} {title:15} {error:.2e} of {bound:.0e} "
              f"(torch f32 {torch_error:.2e})  {where}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--device", action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    results = [run_case(name, arguments.dump, device) for device in arguments.device or ["cpu"] for name in CASES]
    if False in results:
        return 1
    return 77 if None in results else 0


if __name__ == "__main__":
    sys.exit(main())
