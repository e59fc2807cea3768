"""Notebooks 01-06, 10 and 12, executed for four regions of different kinds: each ends, and only output/ changes.

Run: python bench/regions.py; the table is written to bench/regions.md. The tests run the code of these notebooks for all 42
regions, without a kernel and without drawing; here all of it is done as a reader does it, by `bereik run --region`.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = ("01", "02", "03", "04", "05", "06", "10", "12")
KINDS = {
    "Midden-Limburg West": "few youths: most counts by origin are not published",
    "Hart van Brabant": "asked for by its later name",
    "Rijnmond": "the largest",
    "Holland Rijnland": "beside Haaglanden, took over one of its municipalities",
}
HEAD = "| region | what it is | seconds | ended | cells with code | that failed | figures | changed outside output/ |\n"
LINE = "| --- | --- | --: | --- | --: | --: | --: | --: |\n"


def files() -> dict[str, str]:
    """Give the hash of every file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    there = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in there}


def row(region: str, what: str) -> str:
    """Run the notebooks for a region, and give its row of the table."""
    before, start, name = files(), time.perf_counter(), f"bench-{'-'.join(region.lower().split())}"
    words = [sys.executable, "-m", "bereik", "run", *NUMBERS, "--region", region, "--output", name]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout[-2000:], done.stderr[-2000:], flush=True)
    seconds, after, folder = time.perf_counter() - start, files(), ROOT / "output" / name
    books = [nbformat.read(file, as_version=4) for file in sorted((folder / "notebooks").glob("*.ipynb"))]
    cells = [cell for book in books for cell in book.cells if cell.cell_type == "code"]
    failed = sum(output.output_type == "error" for cell in cells for output in cell.outputs)
    ended = f"{len(books)} of {len(NUMBERS)}" if done.returncode == 0 else f"status {done.returncode}"
    drawn, changed = len([*(folder / "figures" / "nl").glob("*.svg")]), len({*before.items()} ^ {*after.items()})
    return f"| {region} | {what} | {seconds:.0f} | {ended} | {len(cells)} | {failed} | {drawn} | {changed} |\n"


if __name__ == "__main__":
    rows = [row(region, what) for region, what in KINDS.items()]
    text = "# Notebooks for other regions\n\nMade by `python bench/regions.py`.\n\n" + HEAD + LINE + "".join(rows)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")
    print(text)
