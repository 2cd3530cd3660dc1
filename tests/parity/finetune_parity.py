#!/usr/bin/env python3
"""The fine-tuning step of every head against transformers: same weights, same batch, dropout off.

    finetune_parity.py --dump build/release/bin/finetune_dump [--device cpu] [--device llvmpipe]

The truth is transformers in double precision; its own f32 is measured beside, as a yardstick. Bounds: the loss 1e-6 of
its size; each gradient 1e-5 of its norm; weights after ten steps of AdamW (clip 1, decay 0.01 of all but biases and
LayerNorm, eps 1e-6: a smaller one makes full steps of rounding errors) 1e-5. What moves no softmax has a gradient of zero,
and what remains is rounding: the key bias, and of answers the last two biases, which all tokens share. They are measured
together with the query and value biases', and with their layer's weights'.
What is frozen must keep its bits. Exit 77, skipped, where torch, transformers or safetensors are missing, or the device.
"""
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

transformers.utils.logging.disable_progress_bar()
BATCH, LENGTH = 6, 29
ODD = dict(vocab_size=211, hidden_size=60, num_hidden_layers=3, num_attention_heads=5, intermediate_size=100,
           max_position_embeddings=48, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
SEQUENCE, TOKEN, ANSWER = "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering"
INDEPENDENT = "BertForSequenceClassification, problem_type multi_label_classification"
CASES = {  # class, labels, class weights, [rows of a pass, passes, frozen layers]
    "classes": (SEQUENCE, 3, None, [BATCH, 1, 0]),
    "classes, weights": (SEQUENCE, 3, [0.3, 2.0, 1.1], [BATCH + 1, 1, 0]),
    "classes, two passes": (SEQUENCE, 3, [0.3, 2.0, 1.1], [4, 2, 0]),
    "regression": (SEQUENCE, 1, None, [BATCH, 1, 0]),
    "independent labels": (INDEPENDENT, 4, None, [BATCH + 1, 1, 0]),
    "independent, weights": (INDEPENDENT, 4, [0.3, 2.0, 1.1, 7.0], [4, 2, 0]),
    "tags": (TOKEN, 5, None, [BATCH + 1, 1, 0]),
    "answers": (ANSWER, 0, None, [BATCH + 1, 1, 0]),
    "classes, frozen": (SEQUENCE, 2, None, [BATCH, 1, 2]),
    "answers, frozen": (ANSWER, 0, None, [4, 2, 1]),
}


def make_model(kind, labels):
    torch.manual_seed(3)
    names = dict(num_labels=labels) if labels else {}
    if kind == INDEPENDENT:
        names["problem_type"] = "multi_label_classification"
    return step_comparison.with_odd_biases(
        getattr(transformers, SEQUENCE if kind == INDEPENDENT else kind)(transformers.BertConfig(**ODD, **names, attn_implementation="eager")))


def make_case(kind, labels, weights, settings):
    generator = torch.Generator().manual_seed(4)
    pick = lambda low, high, shape: torch.randint(low, high, shape, generator=generator, dtype=torch.int32)
    lengths = pick(LENGTH // 2, LENGTH + 1, (BATCH,))
    lengths[0] = lengths[-1] = LENGTH  # of each pass the longest: answers are softmaxed over padding too
    ids, segments = pick(5, ODD["vocab_size"], (BATCH, LENGTH)), torch.zeros(BATCH, LENGTH, dtype=torch.int32)
    for b in range(BATCH):
        ids[b, lengths[b]:] = 0
        segments[b, lengths[b] // 2:lengths[b]] = 1
    case = dict(ids=ids, segments=segments, lengths=lengths, settings=torch.tensor(settings, dtype=torch.int32))
    if kind == TOKEN:  # some tokens, the first among them, have no tag
        case["labels"] = torch.where(pick(0, 3, (BATCH, LENGTH)) == 0, -1, pick(0, labels, (BATCH, LENGTH)))
    elif kind == ANSWER:  # the last window has no answer
        starts = pick(1, LENGTH // 4, (BATCH, 1))
        case["labels"] = torch.cat([starts, starts + pick(0, 4, (BATCH, 1))], 1)
        case["labels"][-1] = 0
    elif kind == INDEPENDENT:  # the first text has none
        case["labels"] = pick(0, 2, (BATCH, labels))
        case["labels"][0] = 0
    elif labels == 1:
        case["scores"] = torch.randn(BATCH, generator=generator)
    else:
        case["labels"] = pick(0, labels, (BATCH, 1))
    if weights:
        case["class_weights"] = torch.tensor(weights)
    return case


def loss_of(model, kind, case):
    mask = torch.arange(LENGTH)[None] < case["lengths"][:, None]
    inputs = dict(input_ids=case["ids"].long(), token_type_ids=case["segments"].long(), attention_mask=mask.long())
    if kind == ANSWER:
        return model(**inputs, start_positions=case["labels"][:, 0].long(), end_positions=case["labels"][:, 1].long()).loss
    dtype = next(model.parameters()).dtype
    if "scores" in case:
        return model(**inputs, labels=case["scores"].to(dtype)).loss
    if kind == TOKEN:
        return model(**inputs, labels=torch.where((case["labels"] >= 0) & mask, case["labels"], -100).long()).loss
    weights = case["class_weights"].to(dtype) if "class_weights" in case else None
    if kind == INDEPENDENT and weights is None:  # transformers' own loss, BCEWithLogitsLoss
        return model(**inputs, labels=case["labels"].to(dtype)).loss
    if kind == INDEPENDENT:
        return torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs).logits, case["labels"].to(dtype),
                                                                    pos_weight=weights)
    return torch.nn.functional.cross_entropy(model(**inputs).logits, case["labels"][:, 0].long(), weight=weights)


def freeze(model, layers):
    frozen = ["bert.embeddings."] + [f"bert.encoder.layer.{i}." for i in range(layers)] if layers else []
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not any(name.startswith(prefix) for prefix in frozen))


def torch_results(model, kind, case):
    freeze(model, int(case["settings"][2]))
    learning = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return step_comparison.steps_of(learning, lambda: loss_of(model, kind, case))


def last_biases(name):
    """Of answers all tokens share the last two biases, which so move no softmax."""
    if name.endswith(("layer.2.output.LayerNorm.bias", "qa_outputs.bias")):
        return [name, name.replace("bias", "weight")]
    return step_comparison.attention_biases(name)


def run_case(name, dump, device):
    kind, labels, weights, settings = CASES[name]
    model, case = make_model(kind, labels), make_case(kind, labels, weights, settings)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        model.save_pretrained(folder / "model")
        save_file(case, str(folder / "case.safetensors"))
        result = folder / "result.safetensors"
        done = subprocess.run([dump, device, str(folder / "model"), str(folder / "case.safetensors"), str(result),
                               str(step_comparison.STEPS), repr(step_comparison.RATE)], capture_output=True, text=True)
        if done.returncode:
            return None if step_comparison.lacks_device(done) else False
        found = load_file(str(result))
    start = dict(model.named_parameters())
    truth = torch_results(make_model(kind, labels).double(), kind, case)
    single = torch_results(make_model(kind, labels), kind, case)
    frozen = [n for n in start if f"stepped.{n}" not in truth]
    good = bool(frozen) == bool(settings[2]) and all(torch.equal(found[f"stepped.{n}"], start[n]) for n in frozen)
    if not good:
        print(f"FAIL {device:9} {name:22} what is frozen has changed")
    together = last_biases if kind == ANSWER else step_comparison.attention_biases
    return step_comparison.within_bounds(name, device, truth, found, single, together=together) and good


if __name__ == "__main__":
    sys.exit(step_comparison.main(__doc__, CASES, run_case))
