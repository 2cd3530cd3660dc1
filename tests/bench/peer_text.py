#!/usr/bin/env python3
"""The rows of bench_text, measured with other libraries; with --ours both, one after the other, and their ratio.

    peer_text.py encode --corpus book.txt --vocab FOLDER --threads 1 2 --ours build/release/bin/bench_text
    peer_text.py encode --corpus book.txt --vocab FOLDER --threads 1 --json

Each thread count is measured by a process of its own, since the libraries read theirs at their start. text/peer_NAME.py
says what is measured.
"""
import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [n[5:-3] for n in sorted(os.listdir(os.path.join(HERE, "text"))) if n.startswith("peer_")]
    parser.add_argument("what", choices=names)
    parser.add_argument("--corpus", required=True, help="plain text")
    parser.add_argument("--vocab", help="folder with tokenizer.json")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--repeats", type=int, default=3, help="the median of so many runs counts")
    parser.add_argument("--ours", help="bench_text, to be run as well")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure(args):
    """Prints the rows of one thread count; the environment says which."""
    sys.path.insert(0, os.path.join(HERE, "text"))

    def median_ms(run):
        times = []
        for _ in range(args.repeats):
            start = time.perf_counter()
            result = run()
            times.append(1e3 * (time.perf_counter() - start))
        return statistics.median(times), result

    for row in importlib.import_module(f"peer_{args.what}").rows(args, median_ms):
        megabytes = row.pop("bytes") / 1e6
        print(json.dumps({"name": row["name"], "shape": f"{megabytes:.1f} MB, threads {args.threads[0]}", "dtype": "text",
                          "kernel": row["kernel"], "ms": row["ms"], "mb_per_second": 1e3 * megabytes / row["ms"],
                          "result": row["result"]}), flush=True)


def rows_of(command, threads):
    env = {**os.environ, "RAYON_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": str(threads > 1).lower(),
           "SCORIA_PEER_CHILD": "1"}
    done = subprocess.run(command + ["--threads", str(threads), "--json"], env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    args = arguments()
    if "SCORIA_PEER_CHILD" in os.environ:
        return measure(args)
    same = [args.what, "--corpus", args.corpus] + (["--vocab", args.vocab] if args.vocab else [])
    for threads in args.threads:
        theirs = rows_of([sys.executable, os.path.abspath(__file__), *same, "--repeats", str(args.repeats)], threads)
        ours = rows_of([args.ours, *same], threads) if args.ours else []
        for row in ours + theirs:
            print(json.dumps(row) if args.json else f"{row['name']:16} {row['shape']:22} {row['kernel']:18} "
                  f"{row['ms']:10.1f} ms {row['mb_per_second']:8.1f} MB/s  {row['result']}", flush=True)
        for a, b in zip(ours, theirs):
            same_result = "the same result" if a["result"] == b["result"] else "DIFFERENT RESULTS"
            if not args.json:
                print(f"{a['name']:16} {a['shape']:22} {b['ms'] / a['ms']:.1f} times faster, {same_result}", flush=True)


main()
