"""Does a run make the same files on every processor? A table of settings, the files that changed and the tests that failed.

Run: python bench/any_processor.py [WORD]; only the settings whose name has the word in it, all when left out. The table is
written to bench/any_processor.md. Each setting works in a fresh clone of the last commit: every notebook is executed and the
report made (what `git status` then shows has changed). A run and the tests compare by one rule, so nbval and the rebuild test
are run for a few settings only.

Two kinds of settings: older processors (the kernels of OpenBLAS and the instructions of numpy are limited, and it is checked
that this took), and noise (every result, fit and plotted number times 1 + 1e-12 x a number between -1 and 1, by a seed).
"""

import os
import re
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
NOISE = Path(__file__).with_name("noise")
TOOK = """
import numpy, os, scipy.linalg, threadpoolctl
from numpy._core._multiarray_umath import __cpu_features__ as has
core, off, threads = (os.environ.get(name) for name in ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_NUM_THREADS"))
libraries = [one for one in threadpoolctl.threadpool_info() if one["internal_api"] == "openblas"]
assert libraries, "no OpenBLAS"
assert all(one["architecture"] == core and one["num_threads"] == int(threads) for one in libraries), libraries
assert not (off and has[off]), f"{off} is still on"
"""


def settings():
    """Give the name and the environment of each setting, and whether the tests are run as well."""
    for threads, off, core in product(("2", "1"), ("X86_V3", ""), ("Nehalem", "Sandybridge", "Haswell")):
        given = {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": threads, "NPY_DISABLE_CPU_FEATURES": off}
        name = f"{core}, numpy {'without ' + off if off else 'as it is'}, threads: {threads}"
        yield name, given, threads == "2" and off == "X86_V3"
    for seed in ("1", "2", "3"):
        yield f"noise, seed {seed}", {"NOISE_SEED": seed}, False


def measured(given, tested):
    """Run the project and its comparing tests under one setting; give what changed, what the tests said, and all failures."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "bereik")
        subprocess.run(["git", "clone", "--quiet", PROJECT, clone], check=True)
        path = [str(clone / "src"), *([str(NOISE)] if "NOISE_SEED" in given else [])]
        environment = os.environ | given | {"PYTHONPATH": os.pathsep.join(path)}
        if "OPENBLAS_CORETYPE" in given:
            subprocess.run([sys.executable, "-c", TOOK], check=True, env=environment)
        call = {"cwd": clone, "env": environment, "capture_output": True, "text": True, "check": False}
        done = subprocess.run([sys.executable, "-m", "bereik", "run", "--force"], **call)
        changed = subprocess.run(["git", "status", "--porcelain"], **call).stdout.splitlines()
        told = [*([done.stderr] if done.returncode else []), *changed]
        if not tested:
            return len(changed), "", told
        subprocess.run(["git", "checkout", "--quiet", "."], **call)
        words = ("-q", "-p", "no:cacheprovider", "notebooks", "tests/test_rebuild.py")
        said = subprocess.run([sys.executable, "-m", "pytest", *words], **call).stdout
        return (
            len(changed),
            said.strip().splitlines()[-1],
            [*told, *re.findall(r"^(?:FAILED|ERROR|E  ) .*", said, re.MULTILINE)],
        )


def main(word=""):
    """Measure and write the table."""
    rows = []
    for name, given, tested in settings():
        if word.lower() in name.lower():
            changed, said, told = measured(given, tested)
            rows.append(f"| {name} | {changed} | {said} |")
            print("\n".join([rows[-1], *told]), flush=True)
    head = ["# The same on every processor", "", "Made by `python bench/any_processor.py`, see there.", "",
            "| setting | files changed by a run | nbval and rebuild |", "| --- | --: | --- |"]  # fmt: skip
    if not word:
        Path(__file__).with_suffix(".md").write_text("\n".join([*head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
