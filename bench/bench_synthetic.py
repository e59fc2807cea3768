"""How fast synthetic youths are drawn and written, and in how much memory.

Run: python bench/bench_synthetic.py [ROWS]; the table is written to bench/bench_synthetic.md. The bar: one million
person-years a second or the reason why not; 45 million rows in bounded memory.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bereik.sources.synthetic import example_counts, example_youths, write_example

RUNS, DRAWN = 7, 1_000_000
YEARS = list(range(2014, 2024))


def seconds(job):
    """Give the processor seconds of a job, `RUNS` times."""
    job()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return times


def written(rows):
    """Write a file in a process of its own; give seconds, processor seconds, peak memory in MiB and size in MB."""
    command = [sys.executable, __file__, "write", str(rows)]
    return [float(value) for value in subprocess.run(command, check=True, capture_output=True).stdout.split()]


def write(rows):
    """Write the file and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        path = write_example(Path(folder) / "example.parquet", rows, years=YEARS)
        print(
            time.perf_counter() - start,
            time.process_time(),
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            path.stat().st_size / 1e6,
        )


def main(rows=45_000_000):
    """Write the tables."""
    jobs = {
        "example_youths, 200,000 rows": (200_000, lambda: example_youths(200_000)),
        f"example_youths, {DRAWN:,} rows": (DRAWN, lambda: example_youths(DRAWN)),
        "example_counts, 500,000 youths x 4 forms": (500_000, lambda: example_counts(500_000)),
    }
    drawn = stored = ""
    for name, (size, job) in jobs.items():
        times = seconds(job)
        drawn += f"| {name} | {min(times):.3f} | {statistics.median(times):.3f} | {max(times):.3f} | "
        drawn += f"{size / min(times) / 1e6:.2f} |\n"
    for size in (1_000_000, 4_500_000, rows):
        took, busy, memory, large = written(size)
        stored += f"| {size:,} | {took:.0f} | {busy:.0f} | {size / busy / 1e6:.2f} | {memory:.0f} | {large:.0f} |\n"
    text = f"""# Synthetic youths: speed and memory

Processor seconds (of one core; other work ran on both cores at the same time, which makes them longer too): lowest, median and
highest of {RUNS} runs.

| job | lowest s | median s | highest s | million youths a second (lowest) |
| --- | --- | --- | --- | --- |
{drawn}
`write_example`, ten years, each in a process of its own, once:

| rows | s | processor s | million rows a processor second | peak memory, MiB | file, MB |
| --- | --- | --- | --- | --- | --- |
{stored}
Drawing is limited by the look-up of the cell of each youth (one of 105,616) and by the random numbers (about 20 a youth). Writing
is limited by DuckDB on one thread: every block is written as Parquet, then all are joined to one file, so that the same
seed gives the same bytes.
"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
