#!/usr/bin/env python3
"""The page of inspect in a real headless Chromium: it loads without a complaint and without a request, is used by mouse and by
keys, fits a phone, follows the system's theme, and shows hostile text as text.

    inspect_page.py --inspect build/release/bin/inspect --pretrain build/release/bin/pretrain [--pictures FOLDER]

Makes its own models with pretrain; --pictures keeps screenshots. Exit 77, skipped, where there is no Chromium.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import chromium

SENTENCES = ["The old miller mends the broken wheel before dawn.", "A young sailor forgets seven lamps in the rain.",
             "Her brother paints the garden wall without a word.", "Every child measures some bread for his friend."]
HOSTILE = ("</script><script>window.broken = 1</script><!-- & \"'`{{data}} <img src=x onerror=window.broken=2> "
           "\u202e\u05e9\u05dc\u05d5\u05dd\u202c \x1b[31m \u200b a\nb \U0001f980\U0001f1e9\U0001f1ea e\u0301 \ufb01n [MASK]")
CONFIG = """{"model_type": "bert", "vocab_size": 400, "hidden_size": 32, "num_hidden_layers": %d, "num_attention_heads": 4,
 "intermediate_size": 64, "max_position_embeddings": 512}"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class Checks:
    def __init__(self):
        self.count, self.failures = 0, []

    def __call__(self, name, good, found=""):
        self.count += 1
        if not good:
            self.failures.append(name)
            print(f"FAILED {name}: {found}")


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.strip()}")


def make_models(pretrain, folder):
    """Two of one vocabulary, and one of another and another depth without next-sentence prediction."""
    corpus = folder / "corpus.txt"
    corpus.write_text("\n\n".join("\n".join(SENTENCES[i % 4:] + SENTENCES[:i % 4]) for i in range(12)) + "\n")
    (folder / "two.json").write_text(CONFIG % 2)
    (folder / "three.json").write_text(CONFIG % 3)
    common = ["--corpus", corpus, "--steps", 4, "--batch", 4, "--seq-len", 32, "--device", "cpu"]
    run(pretrain, *common, "--model", folder / "two.json", "--vocab-size", 160, "--lr", "1e-2", "--out", folder / "first")
    run(pretrain, *common, "--model", folder / "two.json", "--vocab", folder / "first" / "vocab.txt", "--seed", 9,
        "--out", folder / "second")
    run(pretrain, *common, "--model", folder / "three.json", "--vocab-size", 90, "--no-nsp", "--out", folder / "third")
    return [folder / name for name in ("first", "second", "third")]


def check_loading(check, name, page):
    check(f"{name}: no complaints", not page.complaints(), page.complaints())
    check(f"{name}: no requests", not page.requests(), page.requests())
    check(f"{name}: everything is drawn", page.run("[...document.querySelectorAll('section:not([hidden]) .body')].every(b => b.children.length)"))


def check_one(check, page):
    check_loading(check, "one model", page)
    text = lambda selector: page.run(f"document.querySelector({selector!r}).textContent")
    pressed = lambda: page.run("(t => t.map(b => [b.dataset.layer, b.dataset.head]))([...document.querySelectorAll('.thumb[aria-pressed=true]')])")
    check("comparison is hidden", page.run("document.getElementById('comparison').hidden"))
    check("starts at a head", text("#head-name") == "Layer 2, head 1", text("#head-name"))
    before = page.run("document.querySelector('#lines svg').outerHTML")
    page.click('.thumb[data-layer="0"][data-head="2"]')
    check("a head is chosen by mouse", text("#head-name") == "Layer 1, head 3", text("#head-name"))
    check("its lines are drawn", page.run("document.querySelector('#lines svg').outerHTML") != before)
    check("one head is chosen", pressed() == [["0", "2"]], pressed())
    page.press("ArrowRight")
    check("arrows move the focus", page.run("document.activeElement.dataset.head") == "3")
    page.run("document.activeElement.click()")
    check("and the focused head is chosen", text("#head-name") == "Layer 1, head 4", text("#head-name"))
    check("the thumbs have ink", page.run("""[...document.querySelectorAll('.thumb canvas')].every(c => { const d =
        c.getContext('2d').getImageData(0, 0, c.width, c.height).data; return c.width > 1 && new Set(d).size > 4; })"""))
    page.run("""(() => { const s = document.querySelector('select[aria-label=Layer]'); s.value = 2;
        s.dispatchEvent(new Event('change')); })()""")
    check("the mean of the layers", text("#head-name") == "Mean of the layers, head 4", text("#head-name"))
    page.run("document.querySelector('#reader canvas').focus()")
    page.press("ArrowRight")
    page.press("ArrowDown")
    check("keys read a cell", "looks at" in text("#reader .readout"), text("#reader .readout"))
    lines = "document.querySelectorAll('#lines svg .line').length"
    every = page.run(lines)
    page.run("document.querySelector('#lines svg .token').focus()")
    check("a token's own lines", 0 < page.run(lines) < every, every)
    page.run("document.querySelector('[data-token=\"1\"]').focus()")
    check("a token tells its bytes", "bytes 0 to" in text("#tokens .readout"), text("#tokens .readout"))
    check("and marks its text", text("#tokens .text .on") == "The", text("#tokens .text .on"))
    sure = page.run("document.querySelectorAll('#predictions .bars').length")
    page.click("#predictions tbody tr:nth-child(3) td:nth-child(2) button")
    check("predictions of a cell", sure == 1 and "embeddings" in text("#predictions .detail h3"), text("#predictions .detail h3"))
    check("no complaints after use", not page.complaints(), page.complaints())


def check_theme(check, light, dark):
    shade = lambda page: page.run("getComputedStyle(document.body).backgroundColor")
    check("light and dark differ", shade(light) != shade(dark), shade(light))
    dark_shade = shade(dark)
    dark.click("#theme")
    check("the switch overrules the system", shade(dark) == shade(light), shade(dark))
    dark.click("#theme")
    check("and back", shade(dark) == dark_shade, shade(dark))


def check_comparison(check, page, same):
    name = "comparison of equal shapes" if same else "comparison of other shapes"
    check_loading(check, name, page)
    text = page.run("document.querySelector('#comparison .body').textContent")
    check(f"{name}: is shown", not page.run("document.getElementById('comparison').hidden"))
    check(f"{name}: pieces", ("into the same" in text) == same and page.run("document.querySelectorAll('.pair > div').length > 3") != same)
    check(f"{name}: attention", page.run("document.querySelectorAll('#comparison canvas').length") == (1 if same else 0))
    check(f"{name}: predictions side by side", page.run("document.querySelectorAll('.guesses tbody tr').length > 3"))
    page.click(".choice button:last-child")
    shown = page.run("document.querySelector('#summary .facts').textContent")
    check(f"{name}: the other model", ("second" if same else "third") in shown, shown)
    if same:
        before = page.run("document.querySelector('#comparison canvas').toDataURL()")
        page.click("#comparison table[aria-label='difference of attention'] tbody tr:first-child td:nth-child(3) button")
        check(f"{name}: another head", page.run("document.querySelector('#comparison canvas').toDataURL()") != before)
    check(f"{name}: no complaints after use", not page.complaints(), page.complaints())


def check_hostile(check, page):
    check_loading(check, "hostile text", page)
    check("hostile text: nothing ran", page.run("window.broken === undefined"))
    check("hostile text: no element of it", page.run("document.querySelectorAll('img, script').length") == 2)
    shown = page.run("document.querySelector('#tokens .text').textContent")
    for part in ("</script><script>window.broken = 1</script>", "{{data}}", "\u27e8U+202E\u27e9", "\u27e8U+001B\u27e9", "\u21b5", "\U0001f980"):
        check(f"hostile text: {part!r} is shown", part in shown, shown)
    page.run("document.querySelectorAll('.card').forEach(card => card.focus())")
    check("hostile text: every token can be read", not page.complaints(), page.complaints())


def check_long(check, page):
    check_loading(check, "512 tokens", page)
    check("512 tokens", page.run("document.querySelectorAll('.card').length") == 512)
    check("512 tokens: what is cut is said", "are left out" in page.run("document.querySelector('#summary').textContent"))
    page.click('.thumb[data-layer="1"][data-head="1"]')
    check("512 tokens: a head", page.run("document.getElementById('head-name').textContent") == "Layer 2, head 2")
    lines = page.run("document.querySelectorAll('#lines svg .line').length")
    check("512 tokens: lines are bounded", lines <= 1500, lines)
    rows = "document.querySelectorAll('#states table:first-of-type tbody tr').length"
    first = page.run(rows)
    page.click("#states .more")
    check("512 tokens: all rows on demand", first < page.run(rows), first)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--inspect", required=True)
    parser.add_argument("--pretrain", required=True)
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments = parser.parse_args()
    program = chromium.find()
    if not program:
        print("skipped: no Chromium; install chromium, or name one in SCORIA_CHROMIUM")
        return 77
    check = Checks()
    with tempfile.TemporaryDirectory() as place, chromium.Browser(program) as browser:
        folder = pathlib.Path(place)
        first, second, third = make_models(arguments.pretrain, folder)

        def page(name, text, *more, **view):
            path = folder / f"{name}.html"
            if not path.exists():
                run(arguments.inspect, "--model", first, "--text", text, "--out", path, "--device", "cpu", *more)
            opened = chromium.Page(browser, path, **view)
            if arguments.pictures:
                arguments.pictures.mkdir(parents=True, exist_ok=True)
                kind = "dark" if view.get("dark") else "phone" if view.get("mobile") else "light"
                opened.screenshot(arguments.pictures / f"{name}-{kind}.png")
            return opened

        phone = dict(width=390, height=844, mobile=True)
        with page("one", SENTENCES[0]) as light, page("one", "", dark=True) as dark:
            check_theme(check, light, dark)
            check_one(check, light)
        with page("same", SENTENCES[1], "--compare", second) as opened:
            check_comparison(check, opened, same=True)
        with page("other", SENTENCES[1], "--compare", third) as opened:
            check_comparison(check, opened, same=False)
        with page("hostile", HOSTILE, "--text-b", HOSTILE) as opened:
            check_hostile(check, opened)
        with page("long", " ".join(SENTENCES * 40)) as opened:
            check_long(check, opened)
        for name in ("one", "same", "other", "hostile", "long"):
            with page(name, "", **phone) as opened:
                check(f"{name} fits a phone", not opened.run(WIDE), opened.run("document.documentElement.scrollWidth"))
    print(f"{check.count - len(check.failures)} of {check.count} checks passed in {program}")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
