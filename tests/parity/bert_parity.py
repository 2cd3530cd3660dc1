#!/usr/bin/env python3
"""BERT's pretraining step against transformers' BertForPreTraining: same weights, same batch, dropout off.

    bert_parity.py --dump build/release/bin/bert_dump [--device cpu] [--device llvmpipe]

The truth is transformers in double precision; its own f32 is measured beside, so that each error has a yardstick.
Bounds: logits 2e-5; losses 1e-6 of their size; each gradient 1e-5 of its norm; weights after ten steps of AdamW (clip 1,
decay 0.01 of all but biases and LayerNorm) 1e-5. The key bias moves no softmax: its gradient is zero, what remains is
rounding, and it is measured by the norm of the query, key and value biases' gradients together.
Exit 77, skipped, where torch, transformers or safetensors are missing, or the device is.
"""
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

import step_comparison

TINY = dict(vocab_size=1000, hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512)
SMALL = dict(vocab_size=101, hidden_size=48, num_hidden_layers=2, num_attention_heads=3, intermediate_size=80,
             max_position_embeddings=40)
ACTIVATIONS = ["gelu_10", "gelu_fast", "gelu_accurate", "hardswish", "laplace", "leaky_relu", "linear", "mish", "quick_gelu",
               "relu", "relu2", "relu6", "sigmoid", "silu", "tanh"]
CASES = {  # config, batch, sequence, predictions of each
    "tiny": (TINY, 4, 64, 10),
    "odd sizes, tanh GELU": (dict(vocab_size=101, hidden_size=48, num_hidden_layers=3, num_attention_heads=3,
                                  intermediate_size=80, hidden_act="gelu_new", max_position_embeddings=40), 3, 17, 5),
    "mini, long": (dict(TINY, vocab_size=3000, hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
                        intermediate_size=1024), 2, 128, 20),
    "a decoder of its own": (dict(SMALL, tie_word_embeddings=False), 3, 17, 5),
    **{name: (dict(SMALL, hidden_act=name), 3, 17, 5) for name in ACTIVATIONS},
}


def make_model(config):
    torch.manual_seed(1)
    return step_comparison.with_odd_biases(transformers.BertForPreTraining(transformers.BertConfig(
        **config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager")))


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
    stored = {name: value.contiguous() for name, value in model.state_dict().items()
              if "decoder" not in name or not model.config.tie_word_embeddings}
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
    learning = [(name, p) for name, p in model.named_parameters()
                if model.config.tie_word_embeddings or name != "cls.predictions.bias"]  # untied, it is not computed with
    results.update(step_comparison.steps_of(learning, lambda: forward(model, data).loss))
    return {name: value.detach().double() for name, value in results.items()}, used, real


BOUNDS = [("logits", ("mlm_logits", "nsp_logits", "sequence_output"), 2e-5)] + step_comparison.BOUNDS


def run_case(name, dump, device):
    config, batch, length, predictions = CASES[name]
    model, data = make_model(config), make_batch(config, batch, length, predictions)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        write_case(folder, model, config, data)
        result = folder / "result.safetensors"
        done = subprocess.run([dump, device, place, str(result), str(step_comparison.STEPS), repr(step_comparison.RATE)],
                              capture_output=True, text=True)
        if done.returncode:
            return None if step_comparison.lacks_device(done) else False
        found = load_file(str(result))
    single, _, _ = torch_results(make_model(config), data)
    truth, used, real = torch_results(make_model(config).double(), data)
    found["mlm_logits"], found["sequence_output"] = found["mlm_logits"][used], found["sequence_output"][real]
    return step_comparison.within_bounds(name, device, truth, found, single, BOUNDS)


if __name__ == "__main__":
    sys.exit(step_comparison.main(__doc__, CASES, run_case))
