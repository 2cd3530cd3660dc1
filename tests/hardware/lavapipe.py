#!/usr/bin/env python3
"""Every kernel of every op on a lavapipe that has cooperative matrices, against the double reference.

    tests/hardware/lavapipe.py --doctor build/release/bin/doctor

Mesa 26 has them, in matrices of 8 x 8 x 8, and offers them truthfully at eight lanes alone: at four it lists them with the
feature off, at sixteen its compiler crashes. Exit code 77, by which ctest reports it skipped, where there are none."""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

MANIFESTS = pathlib.Path("/usr/share/vulkan/icd.d")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doctor", required=True)
    options = parser.parse_args()
    manifest = next(iter(sorted(MANIFESTS.glob("lvp_icd*.json"))), None)
    if manifest is None or shutil.which("vulkaninfo") is None:
        skip("lavapipe or vulkaninfo is missing (Debian: mesa-vulkan-drivers, vulkan-tools)")
    environment = dict(os.environ, VK_DRIVER_FILES=str(manifest), LP_NATIVE_VECTOR_WIDTH="256")
    told = subprocess.run(["vulkaninfo"], env=environment, capture_output=True, text=True, timeout=120).stdout
    if not re.search(r"\bcooperativeMatrix\s+= true", told):
        skip("this lavapipe has no cooperative matrices; Mesa 26 has (tests/run --portability)")
    done = subprocess.run([options.doctor, "--device", "llvmpipe", "--selftest", "--json"], env=environment,
                          capture_output=True, text=True, timeout=3000)
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"doctor --selftest ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    counts = collections.Counter(verdict["verdict"] for verdict in report["selftest"])
    device = next(device for device in report["devices"] if "llvmpipe" in device["name"])
    print(f"{device['name']} ({device['driver']}), with cooperative matrices: {counts['right']} kernels right, "
          f"{counts['WRONG']} wrong, {counts['suspect']} suspect, {counts['refused']} refused")
    for verdict in report["selftest"]:
        if verdict["verdict"] in ("WRONG", "suspect"):
            print(f"{verdict['op']} {verdict['kernel']}: {verdict['verdict']} {verdict['note']}")
    return 0 if counts["right"] and counts["right"] + counts["refused"] == sum(counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
