#!/usr/bin/env python3
"""Packed sequences against padded ones, and against PyTorch padded to the longest of its batch: seconds of an epoch of
fine-tuning, and of classifying, by turns.

    packed.py --bin build/release/bin --model FOLDER --train TSV [--sentences N] [--rounds N] [--older BIN]

TSV is SST-2's. Each round runs once: finetune packed; finetune --padded; peer_finetune.py; predict; with --older the
predict of another build; and a PyTorch loop over transformers' model. Prints medians, spreads and ratios of the medians.
predict's seconds are the whole program's, PyTorch's are of the loop alone. Run with the interpreter that has torch.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--older", type=pathlib.Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", type=pathlib.Path, required=True)
    parser.add_argument("--sentences", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("finetune", "predict"), help="leaves the other out")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def last_json(command, **options):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, **options)
    return json.loads(done.stdout.strip().splitlines()[-1])


class Work:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        lines = args.train.read_text(encoding="utf-8").splitlines()
        self.train, self.dev, self.texts = folder / "train.tsv", folder / "dev.tsv", folder / "texts.txt"
        self.train.write_text("\n".join(lines[:args.sentences + 1]) + "\n", encoding="utf-8")
        self.dev.write_text("\n".join(lines[:9]) + "\n", encoding="utf-8")
        self.sentences = [line.split("\t")[0] for line in lines[1:4 * args.sentences + 1]]
        self.texts.write_text("\n".join(self.sentences) + "\n", encoding="utf-8")
        self.environment = {**os.environ, "OMP_NUM_THREADS": str(args.threads)}

    def finetune(self, *flags):
        shutil.rmtree(self.folder / "tuned", ignore_errors=True)
        command = [self.args.bin / "finetune", "--model", self.args.model, "--task", "classify", "--train", self.train,
                   "--dev", self.dev, "--epochs", 1, "--lr", 1e-4, "--eval-every", 1000000, "--device", "cpu", "--json",
                   "--out", self.folder / "tuned", *flags]
        return last_json(command, env=self.environment, stderr=subprocess.DEVNULL)["runs"][0]["seconds_per_epoch"]

    def torch_finetune(self):
        command = [sys.executable, HERE / "peer_finetune.py", "--model", self.args.model, "--task", "classify", "--train",
                   self.train, "--dev", self.dev, "--epochs", 1, "--lr", 1e-4, "--threads", self.args.threads]
        return last_json(command, stderr=subprocess.DEVNULL)["seconds_per_epoch"]

    def predict(self, folder):
        command = [folder / "predict", "--model", self.folder / "tuned" / "best", "--task", "classify", "--device", "cpu"]
        begin = time.perf_counter()
        with open(self.texts) as texts:
            subprocess.run([str(part) for part in command], check=True, stdin=texts, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=self.environment)
        return time.perf_counter() - begin

    def torch_predict(self):
        script = ("import sys,time,json,torch,transformers as t;torch.set_num_threads(int(sys.argv[3]));"
                  "k=t.AutoTokenizer.from_pretrained(sys.argv[1]);"
                  "m=t.AutoModelForSequenceClassification.from_pretrained(sys.argv[1],dtype=torch.float32).eval();"
                  "x=open(sys.argv[2]).read().splitlines();b=time.perf_counter();\n"
                  "with torch.inference_mode():\n"
                  "  for i in range(0,len(x),32): m(**k(x[i:i+32],padding=True,truncation=True,return_tensors='pt'))\n"
                  "print(json.dumps(time.perf_counter()-b))")
        command = [sys.executable, "-c", script, self.folder / "tuned" / "best", self.texts, self.args.threads]
        malloc = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}
        return last_json(command, env={**os.environ, **malloc}, stderr=subprocess.DEVNULL)


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        work = Work(args, pathlib.Path(folder))
        runs = {"finetune packed": work.finetune, "finetune padded": lambda: work.finetune("--padded"),
                "finetune PyTorch": work.torch_finetune, "predict packed": lambda: work.predict(args.bin),
                "predict PyTorch": work.torch_predict}
        if args.older:
            runs["predict older"] = lambda: work.predict(args.older)
        runs = {name: run for name, run in runs.items() if not args.only or name.startswith(args.only)}
        seconds = {name: [] for name in runs}
        for round_number in range(args.rounds):
            for name, run in runs.items():
                seconds[name].append(run())
                print(f"{round_number} {name} {seconds[name][-1]:.2f}", flush=True)
    for name, values in seconds.items():
        middle, ours = statistics.median(values), statistics.median(seconds[name.split()[0] + " packed"])
        print(f"{name:18} {middle:7.2f} s ({min(values):.2f} to {max(values):.2f})  {middle / ours:.2f} times packed")


if __name__ == "__main__":
    main()
