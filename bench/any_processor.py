"""Does a run make the same files on every processor? A table of settings, the files that changed and the tests that failed.

Run: python bench/any_processor.py [WORD]; only the settings whose name has the word in it, all when left out. The table is
written to bench/any_processor.md. Each setting works in a fresh clone of the last commit: every notebook is executed and the
report made (what `git status` then shows has changed), then nbval and the rebuild test are run there.

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
    """Give the name and the environment of each setting."""
    for core, off, threads in product(("Nehalem", "Sandybridge", "Haswell"), ("", "X86_V3"), ("1", "2")):
        given = {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": threads}
        name = f"{core}, numpy without {off}" if off else core
        yield (
            f"{name}, {threads} thread{'s' if threads == '2' else ''}",
            given | ({"NPY_DISABLE_CPU_FEATURES": off} if off else {}),
        )
    for seed in ("1", "2", "3"):
        yield f"noise, seed {seed}", {"NOISE_SEED": seed}


def measured(given):
    """Run the project and its comparing tests under one setting; give what changed and what failed."""
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
        subprocess.run(["git", "checkout", "--quiet", "."], **call)
        rebuild = next((clone / "tests").rglob("test_rebuild.py"))
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "notebooks", rebuild], **call
        )
        last = tests.stdout.strip().splitlines()[-1]
        told = [
            *([done.stderr] if done.returncode else []),
            *changed,
            *re.findall(r"^(?:FAILED|ERROR) .*", tests.stdout, re.M),
        ]
        return len(changed), last.strip("= "), told


def main(word=""):
    """Measure and write the table."""
    rows = []
    for name, given in settings():
        if word.lower() in name.lower():
            changed, tests, told = measured(given)
            rows.append(f"| {name} | {changed} | {tests} |")
            print("\n".join([rows[-1], *told]), flush=True)
    head = ["# The same on every processor", "", "Made by `python bench/any_processor.py`, see there.", "",
            "| setting | files changed by a run | nbval and the rebuild test |", "|---|--:|---|"]  # fmt: skip
    if not word:
        Path(__file__).with_suffix(".md").write_text("\n".join([*head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
