"""A training step beside transformers': the loss, each gradient, the weights after ten steps of AdamW."""
import argparse

import torch

STEPS, RATE = 10, 1e-4
BOUNDS = [("loss", ("loss",), 1e-6), ("gradients", ("gradient",), 1e-5), (f"{STEPS} AdamW steps", ("stepped",), 1e-5)]


def with_odd_biases(model):
    """Biases and LayerNorm start at 0 and 1: other values show a mistake."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def steps_of(learning, loss_of):
    """Results of parameters by name: "loss", "gradient.*" of the first step, "stepped.*" of all, in double."""
    spared = lambda name: "bias" in name or "LayerNorm" in name
    groups = [{"params": [p for n, p in learning if spared(n) == off], "weight_decay": decay}
              for off, decay in ((False, 0.01), (True, 0.0))]
    optimizer, results = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-6), {}
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        if step == 0:
            results["loss"] = loss.detach().reshape(1)
            results.update({f"gradient.{n}": p.grad.clone() for n, p in learning})
        torch.nn.utils.clip_grad_norm_([p for _, p in learning], 1.0)
        optimizer.step()
    results.update({f"stepped.{n}": p.detach() for n, p in learning})
    return {name: value.double() for name, value in results.items()}


def attention_biases(name):
    """The key bias moves no softmax: its gradient is zero, what remains is rounding, so the three are measured together."""
    if "self.key.bias" not in name:
        return [name]
    return [name.replace("self.key.bias", f"self.{part}.bias") for part in ("query", "key", "value")]


def worst(kinds, truth, found, together):
    """The largest error of some kinds of result, in units that their bound is in, and where."""
    errors = {}
    for name, value in truth.items():
        kind = name.split(".")[0]
        if kind not in kinds:
            continue
        difference = found[name].double().reshape(value.shape) - value
        if kind == "gradient":
            size = sum(float(truth[n].norm()) ** 2 for n in together(name)) ** 0.5
            errors[name] = float(difference.norm()) / size
        elif kind == "loss":
            errors[name] = abs(float(difference)) / abs(float(value))
        else:
            errors[name] = float(difference.abs().max())
    return max((error, name) for name, error in errors.items())


def within_bounds(name, device, truth, found, single, bounds=BOUNDS, together=attention_biases):
    """Prints a line for each bound, with the error of `single`, torch's own f32, as a yardstick."""
    good = True
    for title, kinds, bound in bounds:
        error, where = worst(kinds, truth, found, together)
        torch_error, _ = worst(kinds, truth, single, together)
        good &= error <= bound
        print(f"{'ok  ' if error <= bound else 'FAIL'} {device:9} {name:22} {title:15} {error:.2e} of {bound:.0e} "
              f"(torch f32 {torch_error:.2e})  {where}", flush=True)
    return good


def lacks_device(done):
    """Whether a program that ended badly did so for want of the device."""
    print(done.stderr.strip())
    return "no usable" in done.stderr or "no device" in done.stderr


def main(description, cases, run_case):
    """run_case(name, dump, device) says whether a case is good, or None where there is no such device."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dump", required=True)
    parser.add_argument("--device", action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    results = [run_case(name, arguments.dump, device) for device in arguments.device or ["cpu"] for name in cases]
    if False in results:
        return 1
    return 77 if None in results else 0
