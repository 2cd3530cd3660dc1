#!/usr/bin/env python3
"""Has real GPU compilers compile every pipeline that is planned for their devices, without the devices.

    tests/hardware/compile.py --doctor build/release/bin/doctor [--models navi21 ... | --all] [--write] [--kernel matmul]

The kernel's side of a GPU is pretended by Debian's mesa-drm-shim, or by our own fake_gpu/ where that has no such GPU; the
unchanged driver then compiles. One child process a model, with caches of its own. Everything must compile, the columns
that this driver's compiler can fill must be filled, and where tables/ has the driver's version no kernel may spill more
or keep fewer waves than its row says. --write makes the rows anew. Exit code 77, by which ctest reports it skipped, where
no model could be pretended."""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

COLUMNS = ["spilling", "spills", "registers", "waves", "code"]


@dataclasses.dataclass
class Driver:
    manifest: str          # of the Vulkan loader
    shim: str              # what is preloaded; fake_gpu is ours
    variable: str          # names the model to the shim
    models: list           # of each generation that differs; with a star those that are tried where not all are asked for
    tells: list            # columns that this compiler fills
    environment: dict = dataclasses.field(default_factory=dict)
    kernel: str = ""       # the kernel driver that fake_gpu pretends


AMD = ["registers", "spills", "shared_bytes", "scratch_bytes", "code_bytes", "instructions", "waves"]
INTEL = ["registers", "spills", "shared_bytes", "scratch_bytes", "instructions"]  # and code size since Mesa 26
NVK = ["registers", "spills", "scratch_bytes", "code_bytes", "instructions", "waves"]
ADRENO = ["registers", "spills", "code_bytes", "instructions", "waves"]
APPLE = ["registers", "spills", "scratch_bytes", "code_bytes", "instructions", "waves"]
UNRELEASED = {"INTEL_FORCE_PROBE": "*"}
UNTESTED = {"NVK_I_WANT_A_BROKEN_VULKAN_DRIVER": "1"}  # what NVK wants to hear before it takes Hopper

DRIVERS = [
    Driver("radeon_icd", "libamdgpu_noop_drm_shim.so", "AMDGPU_GPU_ID",
           ["pitcairn", "bonaire", "polaris10*", "vega10", "vega20", "navi10", "navi21*", "navi31*", "navi33", "strix1",
            "gfx1201*"], AMD),
    Driver("intel_icd", "libfake_gpu.so", "FAKE_GPU", ["5917", "3e92", "8a52", "9a49", "46a6", "56a0*"], INTEL,
           kernel="i915"),
    Driver("intel_icd", "libfake_gpu.so", "FAKE_GPU", ["7d55", "7d51", "64a0", "e20b*", "b080*", "fd80", "d740"], INTEL,
           UNRELEASED, "xe"),
    Driver("nouveau_icd", "libnouveau_noop_drm_shim.so", "NOUVEAU_CHIPSET", ["e4", "117", "134*", "140"], NVK),
    Driver("nouveau_icd", "libfake_gpu.so", "FAKE_GPU", ["162", "170", "172", "180", "192*", "1b2"], NVK, UNTESTED,
           "nouveau"),
    Driver("freedreno_icd", "libfreedreno_noop_drm_shim.so", "FD_GPU_ID",
           ["618", "630", "660", "730", "740*", "750", "830"], ADRENO),
    Driver("asahi_icd", "libasahi_noop_drm_shim.so", "", ["m1*"], APPLE),
]


class Unknown(Exception):
    """The shim or the driver, which both grow, does not have this model yet."""


@dataclasses.dataclass
class Model:
    name: str
    driver: Driver
    manifest: pathlib.Path
    shim: pathlib.Path

    def environment(self, cache):
        value = f"{self.driver.kernel}:{self.name}" if self.driver.kernel else self.name
        chosen = {self.driver.variable: value} if self.driver.variable else {}
        return dict(os.environ, **chosen, **self.driver.environment, LD_PRELOAD=str(self.shim),
                    VK_DRIVER_FILES=str(self.manifest), XDG_CACHE_HOME=cache, MESA_SHADER_CACHE_DISABLE="true")

    def compile(self, doctor):
        with tempfile.TemporaryDirectory() as cache:
            done = subprocess.run([doctor, "--device", "0", "--compile", "--json"], env=self.environment(cache),
                                  capture_output=True, text=True, timeout=1200)
        if done.returncode == 0:
            return json.loads(done.stdout)
        if re.search("Failed to find amdgpu GPU|unrecognized, shim supports|names no GPU", done.stderr):
            raise Unknown
        raise RuntimeError(f"doctor --compile ended with {done.returncode}: {done.stderr.strip()[-500:]}")


def find(folders, name):
    return next((path for folder in folders for path in sorted(pathlib.Path(folder).glob(name))), None)


def models_of(driver, options):
    """The asked models; none, with a line that says why, where something is not installed."""
    names = [name.rstrip("*") for name in driver.models if options.all or options.models or name.endswith("*")]
    names = [name for name in names if not options.models or name in options.models]
    if not names:
        return []
    manifest = find(["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"], f"{driver.manifest}*.json")
    if driver.kernel:
        shim = options.fake if options.fake and options.fake.exists() else None
    else:
        shim = find(["/usr/lib", "/usr/lib64"], f"*/{driver.shim}") or find(["/usr/lib64", "/usr/lib"], driver.shim)
    if manifest is None or shim is None:
        missing = driver.manifest if manifest is None else driver.shim
        comes_from = "built where libdrm-dev or newer kernel headers are" if driver.kernel and manifest else \
            "Debian: mesa-vulkan-drivers, mesa-drm-shim; 13 has more of them than 12"
        print(f"skipped: {' '.join(names)}: {missing} is missing ({comes_from})")
        return []
    return [Model(name, driver, manifest, shim) for name in names]


def rows_of(report):
    """Of each kernel the worst over its constants."""
    worst = {}
    for k in report["compile"]:
        spills = int(k["spills"] or 0) or int((k["scratch_bytes"] or 0) > 0)
        row = worst.setdefault(k["kernel"] + " " + k["shader"], dict(pipelines=0, spilling=0, spills=0, registers=0,
                                                                     waves=None, code=None))
        row["pipelines"] += 1
        row["spilling"] += spills > 0
        row["spills"] = max(row["spills"], spills)
        row["registers"] = max(row["registers"], int(k["registers"] or 0))
        if k["code_bytes"] is not None:
            row["code"] = max(int(k["code_bytes"]), row["code"] or 0)
        if k["waves"] is not None:
            row["waves"] = min(int(k["waves"]), row["waves"] or 1 << 30)
    return worst


def table_path(tables, report, model):
    """The compiler of Mesa 26.1.6 is the same in every package of it."""
    driver, version = re.match(r"(\w+).*Mesa ([0-9.]+)", opened_device(report)["driver"]).groups()
    return tables / f"{driver.lower()}-{version}" / f"{model.name}.tsv"


def opened_device(report):
    return next(device for device in report["devices"] if device["index"] == 0)


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(["kernel", "shader", "pipelines"] + COLUMNS)]
    for name, row in sorted(rows.items()):
        values = [row["pipelines"]] + ["-" if row[column] is None else row[column] for column in COLUMNS]
        lines.append("\t".join(name.split(" ") + [str(value) for value in values]))
    path.write_text("\n".join(lines) + "\n")


def read_table(path):
    head, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    return {f"{line[0]} {line[1]}": {column: None if value == "-" else int(value)
                                     for column, value in zip(head[2:], line[2:])} for line in lines}


def worse(rows, table):
    for name, row in rows.items():
        before = table.get(name, {"spills": 0, "waves": None, "code": None})
        if row["spills"] > before["spills"]:
            known = f"{before['spills']} before" if name in table else "and a kernel that is new to the table may not"
            yield f"{name} spills {row['spills']} registers, {known}"
        if None not in (row["waves"], before["waves"]) and row["waves"] < before["waves"]:
            yield f"{name} keeps {row['waves']} waves, {before['waves']} before"
        for column in ("waves", "code"):
            if row[column] is None and before[column] is not None:
                yield f"{name}: its {column} is not told any more"


def not_told(report, driver):
    for column in driver.tells:
        if all(kernel[column] is None for kernel in report["compile"]):
            yield f"nothing has {column}: does the driver call it otherwise now?"


def line_of(model, report, rows):
    spilling = sum(row["spilling"] for row in rows.values())
    waves, code = ([row[column] for row in rows.values() if row[column] is not None] for column in ("waves", "code"))
    device = opened_device(report)
    return (f"{model.name}: {device['name']} ({device['driver']}): {len(report['compile'])} pipelines, {spilling} spill, "
            f"fewest waves {min(waves, default='-')}, largest code {max(code, default='-')} bytes")


def print_kernels(report, pattern):
    for k in report["compile"]:
        if re.search(pattern, k["kernel"] + " " + k["shader"]):
            told = " ".join(f"{name} {'-' if k[name] is None else int(k[name])}" for name in AMD)
            print(f"    {k['shader']} {' '.join(map(str, k['constants']))} of {k['subgroup_size']}: {told}")


def check(model, options):
    """Prints what the compiler made and returns the faults; None if the model cannot be pretended here."""
    try:
        report = model.compile(options.doctor)
    except Unknown:
        print(f"skipped: {model.name}: {model.driver.shim} does not know it")
        return None
    except (RuntimeError, subprocess.TimeoutExpired) as fault:
        return [f"{model.name}: {fault}"]
    rows, path = rows_of(report), table_path(options.tables, report, model)
    print(line_of(model, report, rows), flush=True)
    if options.kernel:
        print_kernels(report, options.kernel)
    faults = list(not_told(report, model.driver))
    if options.write:
        write_table(path, rows)
    elif path.exists():
        faults += worse(rows, read_table(path))
    else:
        print(f"  no table {path.parent.name}/{path.name}: that all compile is all that was checked")
    return [f"{model.name}: {fault}" for fault in faults]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doctor", required=True)
    parser.add_argument("--fake", type=pathlib.Path, help="libfake_gpu.so (beside the doctor's library by itself)")
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--all", action="store_true", default=os.environ.get("SCORIA_ALL_MODELS") == "1")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--kernel", help="print every pipeline of kernels that match")
    parser.add_argument("--tables", type=pathlib.Path, default=pathlib.Path(__file__).parent / "tables")
    options = parser.parse_args()
    options.fake = options.fake or pathlib.Path(options.doctor).parent.parent / "lib/libfake_gpu.so"
    known = {name.rstrip("*") for driver in DRIVERS for name in driver.models}
    if not known.issuperset(options.models):
        parser.error(f"no model {' '.join(set(options.models) - known)}; the models: {' '.join(sorted(known))}")
    models = [model for driver in DRIVERS for model in models_of(driver, options)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        results = list(threads.map(lambda model: check(model, options), models))
    faults = [fault for result in results for fault in result or []]
    for fault in faults:
        print(fault)
    if all(result is None for result in results):
        return 77
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
