#!/usr/bin/env python3
"""Has real GPU compilers compile every pipeline that is planned for their devices, without the devices.

    tests/hardware/compile.py --doctor build/release/bin/doctor [--models navi21 ...] [--write]

Debian's mesa-drm-shim pretends the kernel's side of a GPU; the unchanged driver then compiles. One child process a
model, with caches of its own. Everything must compile, and where tests/hardware/tables/ has the driver's version no
kernel may spill more or keep fewer waves than the table says. --write makes the table of this driver anew.
Exit code 77, by which ctest reports it skipped, where there is no shim."""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# The driver's manifest, the shim, the variable that names a model, and models from each generation that differs.
DRIVERS = [
    ("radeon_icd", "libamdgpu_noop_drm_shim.so", "AMDGPU_GPU_ID", ["polaris10", "navi21", "navi31"]),
]
TABLES = pathlib.Path(__file__).parent / "tables"


def find(folders, name):
    return next((path for folder in folders for path in pathlib.Path(folder).glob(name)), None)


def compile_on(doctor, manifest, shim, variable, model):
    with tempfile.TemporaryDirectory() as cache:
        environment = dict(os.environ, LD_PRELOAD=str(shim), VK_DRIVER_FILES=str(manifest), XDG_CACHE_HOME=cache,
                           MESA_SHADER_CACHE_DISABLE="true")
        environment[variable] = model
        done = subprocess.run([doctor, "--device", "0", "--compile", "--json"], env=environment, capture_output=True,
                              text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{model}: doctor --compile ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def rows_of(report):
    """Of each kernel the worst over its constants: most spills, fewest waves, largest code."""
    worst = collections.OrderedDict()
    for k in report["compile"]:
        row = worst.setdefault(k["kernel"] + " " + k["shader"], {"pipelines": 0, "spills": 0, "waves": None, "code": 0})
        row["pipelines"] += 1
        row["spills"] = max(row["spills"], int(k["spills"] or 0))
        row["code"] = max(row["code"], int(k["code_bytes"] or 0))
        if k["waves"] is not None:
            row["waves"] = int(k["waves"]) if row["waves"] is None else min(row["waves"], int(k["waves"]))
    return worst


def table_path(report, model):
    driver = re.sub(r"[^A-Za-z0-9.]+", "-", report["device"]["driver"]).strip("-").lower()
    return TABLES / f"{model}-{driver}.tsv"


def write_table(path, rows):
    TABLES.mkdir(exist_ok=True)
    lines = ["kernel\tshader\tpipelines\tspills\twaves\tcode bytes"]
    for name, row in rows.items():
        kernel, shader = name.split(" ")
        waves = "-" if row["waves"] is None else row["waves"]
        lines.append(f"{kernel}\t{shader}\t{row['pipelines']}\t{row['spills']}\t{waves}\t{row['code']}")
    path.write_text("\n".join(lines) + "\n")


def read_table(path):
    rows = {}
    for line in path.read_text().splitlines()[1:]:
        kernel, shader, _, spills, waves, _ = line.split("\t")
        rows[kernel + " " + shader] = {"spills": int(spills), "waves": None if waves == "-" else int(waves)}
    return rows


def worse(rows, table):
    faults = []
    for name, row in rows.items():
        before = table.get(name)
        if before is None:
            faults.append(f"{name} is not in the table; --write makes it anew")
        elif row["spills"] > before["spills"]:
            faults.append(f"{name} spills {row['spills']} registers, {before['spills']} before")
        elif None not in (row["waves"], before["waves"]) and row["waves"] < before["waves"]:
            faults.append(f"{name} keeps {row['waves']} waves, {before['waves']} before")
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doctor", required=True)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    tried, faults = 0, []
    for manifest_name, shim_name, variable, models in DRIVERS:
        manifest = find(["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"], f"{manifest_name}*.json")
        shim = find(["/usr/lib", "/usr/lib64"], f"*/{shim_name}") or find(["/usr/lib64", "/usr/lib"], shim_name)
        if manifest is None or shim is None:
            print(f"skipped: {manifest_name} or {shim_name} is missing (Debian: mesa-vulkan-drivers, mesa-drm-shim)")
            continue
        for model in models:
            if options.models and model not in options.models:
                continue
            report = compile_on(options.doctor, manifest, shim, variable, model)
            rows, path = rows_of(report), table_path(report, model)
            tried += 1
            spilling = sum(row["spills"] > 0 for row in rows.values())
            fewest = min((row["waves"] for row in rows.values() if row["waves"] is not None), default="-")
            print(f"{report['device']['name']} ({report['device']['driver']}): {len(report['compile'])} pipelines, "
                  f"{spilling} kernels spill, fewest waves {fewest}, largest code "
                  f"{max(row['code'] for row in rows.values())} bytes")
            if options.write:
                write_table(path, rows)
            elif path.exists():
                faults += [f"{model}: {fault}" for fault in worse(rows, read_table(path))]
            else:
                print(f"  no table of this driver version ({path.name}): that all compile is all that was checked")
    for fault in faults:
        print(fault)
    if tried == 0:
        return 77
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
