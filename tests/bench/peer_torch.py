#!/usr/bin/env python3
"""The rows of scoria's `bench`, measured with PyTorch on the same device.

    peer_torch.py ops  --device cpu --json
    peer_torch.py step --model mini --batch 32 --seq-len 128 --precision f32 --device cpu --json

The step is what scoria's is: BERT with dropout 0.1, MLM on gathered masked positions and NSP, backward, gradient
clipping at 1, AdamW (fused). Full-length sequences and no attention mask, which is PyTorch's fastest case.

On the CPU PyTorch's step can fall to a fifth of its speed when malloc returns its pages after each step, so this
script runs itself again with MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 unless they are set.
"""
import argparse
import json
import os
import statistics
import sys
import time

MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}
PRESETS = {  # layers, hidden, heads
    "tiny": (2, 128, 2), "mini": (4, 256, 4), "small": (4, 512, 8),
    "medium": (8, 512, 8), "base": (12, 768, 12), "large": (24, 1024, 16),
}


def keep_pages():
    if any(os.environ.get(name) != value for name, value in MALLOC.items()):
        os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **MALLOC})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ops", "step"])
    parser.add_argument("--model", choices=PRESETS, default="mini")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seq-len", type=int, default=128)
    parser.add_argument("--masked", type=int, default=20, help="masked positions a sequence")
    parser.add_argument("--vocab-size", type=int, default=30522)
    parser.add_argument("--precision", choices=["f32", "bf16", "f16"], default="f32")
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def median_ms(torch, device, repeats, run):
    def once():
        start = time.perf_counter()
        run()
        if device != "cpu":
            torch.cuda.synchronize()
        return 1e3 * (time.perf_counter() - start)

    for _ in range(3):
        once()
    return statistics.median(once() for _ in range(repeats))


def step_flops(model, batch, length, masked, vocabulary):
    """Forward and backward, multiply and add counted as two (backward = twice forward)."""
    layers, hidden, _ = PRESETS[model]
    forward = layers * (24 * length * hidden**2 + 4 * length**2 * hidden)
    forward += masked * (2 * hidden**2 + 2 * hidden * vocabulary) + 2 * hidden**2
    return 3.0 * batch * forward


def bench_step(torch, args):
    from transformers import BertConfig, BertForPreTraining

    layers, hidden, heads = PRESETS[args.model]
    config = BertConfig(vocab_size=args.vocab_size, hidden_size=hidden, num_hidden_layers=layers,
                        num_attention_heads=heads, intermediate_size=4 * hidden)
    config._attn_implementation = args.attention
    torch.manual_seed(1)
    model = BertForPreTraining(config).to(args.device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
    size = (args.batch, args.seq_len)
    ids = torch.randint(5, args.vocab_size, size, device=args.device)
    segments = (torch.arange(args.seq_len, device=args.device) >= args.seq_len // 2).long().expand(size)
    rows = torch.cat([b * args.seq_len + torch.randperm(args.seq_len)[: args.masked].sort().values
                      for b in range(args.batch)]).to(args.device)
    labels = torch.randint(5, args.vocab_size, (rows.numel(),), device=args.device)
    next_labels = torch.randint(0, 2, (args.batch,), device=args.device)
    loss_function = torch.nn.functional.cross_entropy
    half = {"bf16": torch.bfloat16, "f16": torch.float16}.get(args.precision)

    def run():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(args.device.split(":")[0], dtype=half, enabled=half is not None):
            outputs = model.bert(ids, token_type_ids=segments)
            masked = outputs.last_hidden_state.reshape(-1, hidden)[rows]
            loss = loss_function(model.cls.predictions(masked).float(), labels)
            loss = loss + loss_function(model.cls.seq_relationship(outputs.pooler_output).float(), next_labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    ms = median_ms(torch, args.device, args.repeats, run)
    flops = step_flops(args.model, args.batch, args.seq_len, args.masked, args.vocab_size)
    yield {"name": f"step {args.model}", "shape": f"B{args.batch} S{args.seq_len}", "dtype": args.precision,
           "kernel": f"torch {args.attention}", "ms": ms, "gflops": flops / ms / 1e6,
           "sequences_per_second": 1e3 * args.batch / ms, "tokens_per_second": 1e3 * args.batch * args.seq_len / ms}


def bench_ops(torch, args):
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}[args.precision]

    def row(name, shape, flops, data_bytes, run):
        ms = median_ms(torch, args.device, args.repeats, run)
        return {"name": name, "shape": shape, "dtype": args.precision, "kernel": "torch", "ms": ms,
                "gflops": flops / ms / 1e6, "gbps": data_bytes / ms / 1e6}

    def make(*shape):
        return torch.randn(*shape, device=args.device, dtype=dtype)

    size = torch.finfo(dtype).bits // 8
    for m, k, n in [(1024, 768, 768), (1024, 768, 2304), (1024, 768, 3072), (1024, 3072, 768), (4096, 256, 1024),
                    (4096, 256, 256), (640, 128, 30522)]:
        flops, data = 2.0 * m * n * k, size * (m * k + k * n + m * n)
        a, b, bt, at = make(m, k), make(k, n), make(n, k), make(k, m)
        yield row("matmul nn", f"[{m}, {k}] x [{k}, {n}]", flops, data, lambda: a @ b)
        yield row("matmul nt", f"[{m}, {k}] x [{n}, {k}]", flops, data, lambda: a @ bt.t())
        yield row("matmul tn", f"[{k}, {m}] x [{k}, {n}]", flops, data, lambda: at.t() @ b)
    x, gamma, beta = make(4096, 768), make(768), make(768)
    data = 2 * size * x.numel()
    yield row("layer_norm", "[4096, 768]", 0, data, lambda: torch.nn.functional.layer_norm(x, (768,), gamma, beta, 1e-12))
    yield row("gelu", "[4096, 768]", 0, data, lambda: torch.nn.functional.gelu(x))
    yield row("add", "[4096, 768]", 0, 3 * size * x.numel(), lambda: x + x)
    logits, labels = make(640, 30522), torch.randint(0, 30522, (640,), device=args.device)
    yield row("cross_entropy", "[640, 30522]", 0, size * logits.numel(),
              lambda: torch.nn.functional.cross_entropy(logits.float(), labels))
    q = make(32, 4, 128, 64)
    yield row("attention", "[4096, 768] heads 4", 4.0 * 32 * 4 * 128 * 128 * 64, 4 * size * q.numel(),
              lambda: torch.nn.functional.scaled_dot_product_attention(q, q, q))


def main():
    args = arguments()
    if args.device == "cpu":
        keep_pages()
    import torch

    torch.set_num_threads(args.threads)
    bench = bench_step if args.what == "step" else bench_ops
    for row in bench(torch, args):
        if args.json:
            print(json.dumps(row), flush=True)
        else:
            print(f"{row['name']:16} {row['shape']:32} {row['ms']:10.3f} ms {row['gflops']:9.1f} GFLOP/s", flush=True)


if __name__ == "__main__":
    main()
