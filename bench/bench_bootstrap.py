"""How much faster the bootstrap on counts is than drawing 4.5 million persons, and whether it gives the same standard errors.

Run: python bench/bench_bootstrap.py; the table is written to bench/bench_bootstrap.md. The bars: 2,000 replicates on 8 origins
x 4 bands of severity x 5 age groups x 2 sexes in at most 1 s, at least 1,000 times faster than drawing rows.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from bereik import access_gap, as_counts, standardise

PERSONS, REPLICATES, PAIRS, ROW_RESAMPLES = 4_500_000, 2000, 7, 200
SHAPE = {"origin": 8, "severity": 4, "age": 5, "sex": 2}
OVER = ["severity", "age", "sex"]
WIDTH = 2 * 1.959963984540054


def persons():
    """Give the cell of each person and whether the person uses care."""
    generator = np.random.default_rng(0)
    shares = [generator.dirichlet(np.full(size, 5.0)) for size in SHAPE.values()]
    cells = np.einsum("a,b,c,d->abcd", *shares).ravel()
    cell = generator.choice(cells.size, PERSONS, p=cells).astype(np.int16)
    rate = np.array([0.02, 0.08, 0.2, 0.45])[np.unravel_index(np.arange(cells.size), tuple(SHAPE.values()))[1]]
    return cell, generator.random(PERSONS) < rate[cell]


def counted(cell, uses):
    """Count persons: users and population per cell."""
    size = int(np.prod(list(SHAPE.values())))
    both = np.bincount(cell * np.int16(2) + uses, minlength=2 * size).reshape(size, 2)
    return both[:, 1].astype(float), both.sum(axis=1).astype(float)


def as_table(users, population):
    """Give the counts as a count table."""
    index = pd.MultiIndex.from_product(
        [[f"{name} {at}" for at in range(size)] for name, size in SHAPE.items()], names=list(SHAPE)
    )
    frame = index.to_frame(index=False).assign(population=population, users=users, synthetic=True, source="made up")
    return as_counts(frame, by=list(SHAPE))


def ratios(users, population):
    """Give the ratio of standardised rates of each origin relative to the first (pooled standard)."""
    users, population = (counts.reshape(SHAPE["origin"], -1) for counts in (users, population))
    weights = population.sum(axis=0) / population.sum()
    rates = (users / population) @ weights
    return rates / rates[0]


def drawn_rows(cell, uses, generator):
    """Draw all persons once with replacement, count them, and compute the ratios."""
    rows = generator.integers(0, PERSONS, PERSONS, dtype=np.int32)
    return ratios(*counted(cell[rows], uses[rows]))


def timed(job):
    """Give the seconds that a job takes, and its result."""
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result


def main():
    """Compare, print and write the tables."""
    cell, uses = persons()
    counts = as_table(*counted(cell, uses))
    generator = np.random.default_rng(1)
    gap = {"by": ["origin"], "over": OVER, "relative_to": "origin 0", "standard": "pooled", "interval": "bootstrap"}
    jobs = {
        "access_gap: 2,000 replicates on counts": lambda: access_gap(counts, **gap),
        "standardise, direct: 2,000 replicates on counts": lambda: standardise(
            counts, by=["origin"], over=OVER, interval="bootstrap"
        ),
        "standardise, indirect: 2,000 replicates on counts": lambda: standardise(
            counts, by=["origin"], over=OVER, method="indirect", relative_to="origin 0", interval="bootstrap"
        ),
        "one draw of 4.5 million rows": lambda: drawn_rows(cell, uses, generator),
    }  # fmt: skip
    seconds = {name: [] for name in jobs}
    for _ in range(PAIRS):
        for name, job in jobs.items():
            seconds[name].append(timed(job)[0])
    row = min(seconds["one draw of 4.5 million rows"])
    speed = "".join(
        f"| {name} | {min(times):.3f} | {np.median(times):.3f} | {max(times):.3f} | "
        + (f"{REPLICATES * row / min(times):,.0f} |\n" if "counts" in name else "1 |\n")
        for name, times in seconds.items()
    )
    drawn = np.log([drawn_rows(cell, uses, generator) for _ in range(ROW_RESAMPLES)]).std(axis=0, ddof=1)[1:]
    table = access_gap(counts, **gap).query("measure == 'rate_ratio_at_equal_severity'")
    errors = (np.log(table["upper"] / table["lower"]) / WIDTH).to_numpy()
    same = "".join(
        f"| {name} | {by_counts:.5f} | {by_rows:.5f} | {by_counts / by_rows:.3f} |\n"
        for name, by_counts, by_rows in zip(table["origin"], errors, drawn, strict=True)
    )
    shape, size = " x ".join(f"{size} {name}" for name, size in SHAPE.items()), int(np.prod(list(SHAPE.values())))
    error = f"{100 / np.sqrt(2 * ROW_RESAMPLES):.0f} %"
    text = f"""# Bootstrap on counts and on persons

{PERSONS:,} persons, {shape} = {size} cells; {PAIRS} interleaved runs, two shared cores. Bars: at most 1 s for {REPLICATES:,}
replicates, and at least 1,000 times faster than {REPLICATES:,} draws of rows (numpy: integers, gather, bincount; the lowest time
of one draw x {REPLICATES:,}).

| job | lowest s | median s | highest s | times faster than {REPLICATES:,} draws of rows |
| --- | --- | --- | --- | --- |
{speed}
Standard error of the log ratio of standardised rates relative to the first origin: {REPLICATES:,} replicates on counts (width of
the percentile interval), {ROW_RESAMPLES} draws of rows (standard deviation; its Monte Carlo error is {error}, that of the
first about 3 %).

| origin | counts | rows | ratio |
| --- | --- | --- | --- |
{same}"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
