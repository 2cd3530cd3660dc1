#!/usr/bin/env python3
"""Writes as Markdown what tables/ says of every model, and beside it what it said at an earlier commit.

    tests/hardware/summarize.py [--before COMMIT] [--kernels REGEX]

A model's line: pipelines that spill, and the worst of them; fewest waves; largest code; each as `before -> now` where they
differ. --kernels adds a table for each driver with a line for each kernel that matches: its worst over all models."""
import argparse
import io
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).parent
MAKERS = {"radv": ("AMD", "waves a SIMD"), "nvk": ("NVIDIA", "warps an SM"), "intel": ("Intel", "waves"),
          "turnip": ("Adreno", "waves a core"), "honeykrisp": ("Apple", "waves a core")}
# In the order of the tables.
NAMES = {
    "pitcairn": "GCN 1", "bonaire": "GCN 2", "polaris10": "GCN 4", "vega10": "GCN 5", "vega20": "GCN 5", "navi10": "RDNA 1",
    "navi21": "RDNA 2", "navi31": "RDNA 3", "navi33": "RDNA 3", "strix1": "RDNA 3.5", "gfx1201": "RDNA 4",
    "e4": "GK104, Kepler", "117": "GM107, Maxwell", "134": "GP104, Pascal", "140": "GV100, Volta", "162": "TU102, Turing",
    "170": "GA100, Ampere", "172": "GA102, Ampere", "180": "GH100, Hopper", "192": "AD102, Ada", "1b2": "GB202, Blackwell",
    "5917": "Kaby Lake", "3e92": "Coffee Lake", "8a52": "Ice Lake", "9a49": "Tiger Lake", "46a6": "Alder Lake",
    "56a0": "DG2, Arc A770", "7d55": "Meteor Lake", "7d51": "Arrow Lake-H", "64a0": "Lunar Lake",
    "e20b": "Battlemage, Arc B580", "b080": "Panther Lake", "fd80": "Wildcat Lake", "d740": "Nova Lake",
    "618": "Adreno 6", "630": "Adreno 6", "660": "Adreno 6", "730": "Adreno 7", "740": "Adreno 7", "750": "Adreno 7",
    "830": "Adreno 8", "m1": "Apple M1"}


def read(path):
    head, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(head, line)) for line in lines]


def order_of_driver(folder):
    maker, version = folder.name.split("-")
    return version, list(MAKERS).index(maker)


def order_of_model(path):
    return list(NAMES).index(path.stem)


def tables_of(folder):
    """{driver folder: {model: rows}}"""
    drivers = sorted((driver for driver in folder.glob("*-*") if driver.is_dir()), key=order_of_driver)
    return {driver.name: {path.stem: read(path) for path in sorted(driver.glob("*.tsv"), key=order_of_model)}
            for driver in drivers}


def tables_at(commit):
    with tempfile.TemporaryDirectory() as folder:
        root = subprocess.check_output(["git", "-C", HERE, "rev-parse", "--show-toplevel"], text=True).strip()
        archive = subprocess.run(["git", "-C", root, "archive", commit, "tests/hardware/tables"], capture_output=True)
        if archive.returncode != 0:
            sys.exit(f"{commit} has no tests/hardware/tables: {archive.stderr.decode().strip()}")
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(folder)
        return tables_of(pathlib.Path(folder) / "tests/hardware/tables")


def numbers(rows, column):
    return [int(row[column]) for row in rows if row[column] != "-"]


def figures(rows):
    """(what is printed, ...) of one model or of one kernel over all models."""
    if not rows:
        return None
    spilling, pipelines = sum(numbers(rows, "spilling")), sum(numbers(rows, "pipelines"))
    worst, code = max(numbers(rows, "spills")), numbers(rows, "code")
    return (f"{spilling} of {pipelines}" if spilling else "0", str(worst), str(min(numbers(rows, "waves"), default="-")),
            f"{max(code) / 1024:.1f}" if code else "-")


def line(name, now, before):
    if before is None or before == now:
        return f"| {name} | " + " | ".join(now) + " |"
    return f"| {name} | " + " | ".join(n if n == b else f"{b} -> **{n}**" for b, n in zip(before, now)) + " |"


def head(what, waves):
    return f"| {what} | pipelines that spill | most spills | fewest {waves} | largest code, KiB |\n|---|---|---|---|---|"


def of_kernel(models, name):
    return [row for rows in models.values() for row in rows if f"{row['kernel']} {row['shader']}" == name]


def groups_of(models):
    """Generations that differ too much for one line: GCN and RDNA, and Kepler, which has few registers."""
    groups = {}
    for model, rows in models.items():
        group = next((word for word in ("GCN", "RDNA", "Kepler") if word in NAMES[model]), "")
        groups.setdefault(group, {})[model] = rows
    return groups


def print_kernels(maker, waves, models, older, pattern):
    for group, members in groups_of(models).items():
        print(f"\n{head(f'kernel, its worst on {group or maker}', waves)}")
        for name in sorted({f"{row['kernel']} {row['shader']}" for rows in members.values() for row in rows}):
            if re.search(pattern, name):
                before = of_kernel({model: older[model] for model in members if model in older}, name)
                print(line(name, figures(of_kernel(members, name)), figures(before)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", metavar="COMMIT")
    parser.add_argument("--kernels", metavar="REGEX")
    options = parser.parse_args()
    before = tables_at(options.before) if options.before else {}
    for driver, models in tables_of(HERE / "tables").items():
        maker, waves = MAKERS[driver.split("-")[0]]
        older = before.get(driver, {})
        print(f"\n### {maker}, {driver.replace('-', ' ')}\n\n{head('model', waves)}")
        for model, rows in models.items():
            print(line(f"{model} ({NAMES[model]})", figures(rows), figures(older.get(model, []))))
        if options.kernels:
            print_kernels(maker, waves, models, older, options.kernels)


if __name__ == "__main__":
    main()
