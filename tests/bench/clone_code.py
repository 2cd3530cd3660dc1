#!/usr/bin/env python3
"""What the compiler made of every function with clones (SCORIA_TARGET_CLONES): a row a function and instruction set.

  tests/bench/clone_code.py build/release/CMakeFiles/scoria_*.dir/src/*/*.o

The busiest innermost loop counts, the one that the full vectors run through: its float instructions by width, the vectors
it writes to the stack and reads back from it.
"""

import re
import subprocess
import sys
from collections import Counter

FLOAT = r"v?(?:add|sub|mul|div|sqrt|max|min|fn?m(?:add|sub)(?:132|213|231)?)"


def functions(path):
    """(function, set, [(address, instruction)]) of each clone in an object file."""
    text = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    found = None
    for line in text.splitlines():
        head = re.match(r"^[0-9a-f]+ <.*&(?:\w+::|\(anonymous namespace\)::)*(\w+)_body.*::(avx2|avx512)\(", line)
        if re.match(r"^[0-9a-f]+ <", line):
            if found:
                yield found
            found = (head[1], head[2], []) if head else None
        elif found and (code := re.match(r"^\s*([0-9a-f]+):\s*(\S.*)$", line)):
            found[2].append((int(code[1], 16), code[2]))
    if found:
        yield found


def inner_loops(code):
    places = {address: i for i, (address, _) in enumerate(code)}
    loops = []
    for i, (address, text) in enumerate(code):
        jump = re.match(r"j\w+\s+([0-9a-f]+)", text)
        if jump and int(jump[1], 16) <= address and int(jump[1], 16) in places:
            loops.append((places[int(jump[1], 16)], i))
    return [a for a in loops if not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in loops)]


def counts(code):
    found = Counter()
    for _, text in code:
        if re.match(FLOAT + r"s[sd]\b", text):
            found["scalar"] += 1
        if re.match(FLOAT + r"p[sd]\b", text):
            found[(re.search(r"[xyz]mm", text) or ["xmm"])[0]] += 1
        if re.match(r"vp\w+\s.*[yz]mm", text):
            found["integer"] += 1
        if re.match(r"vmov\w+\s+%[yz]mm\d+,.*\(%r[sb]p", text):
            found["to stack"] += 1
        if re.match(r"v\w+\s+.*\(%r[sb]p.*\),.*%[yz]mm", text):
            found["from stack"] += 1
    return found


def main():
    print(f"{'function':24} {'set':7} the loop of full vectors")
    for path in sys.argv[1:]:
        for name, isa, code in functions(path):
            loops = [counts(code[a : b + 1]) for a, b in inner_loops(code)]
            width = "zmm" if isa == "avx512" else "ymm"
            loop = max(loops, key=lambda c: (c[width] + c["integer"], c["scalar"]), default=Counter())
            print(f"{name:24} {isa:7} " + (", ".join(f"{count} {what}" for what, count in sorted(loop.items())) or "-"))


if __name__ == "__main__":
    main()
