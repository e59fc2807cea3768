"""How fast synthetic youths are drawn.

Run: python bench/bench_synthetic.py; the table is written to bench/bench_synthetic.md. The bar: one million person-years a
second or the reason why not.
"""

import statistics
import time
from pathlib import Path

from bereik.data.synthetic import example_youths

RUNS, DRAWN = 7, 1_000_000


def seconds(job):
    """Give the processor seconds of a job, `RUNS` times."""
    job()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return times


def main():
    """Write the table."""
    jobs = {
        "example_youths, 200,000 rows": (200_000, lambda: example_youths(200_000)),
        f"example_youths, {DRAWN:,} rows": (DRAWN, lambda: example_youths(DRAWN)),
    }
    drawn = ""
    for name, (size, job) in jobs.items():
        times = seconds(job)
        drawn += f"| {name} | {min(times):.3f} | {statistics.median(times):.3f} | {max(times):.3f} | "
        drawn += f"{size / min(times) / 1e6:.2f} |\n"
    text = f"""# Synthetic youths: speed

Processor seconds (of one core; other work ran on both cores at the same time, which makes them longer too): lowest, median and
highest of {RUNS} runs.

| job | lowest s | median s | highest s | million youths a second (lowest) |
| --- | --- | --- | --- | --- |
{drawn}
Drawing is limited by the look-up of the cell of each youth (one of 105,616) and by the random numbers (about 20 a youth).
"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
