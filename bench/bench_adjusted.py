"""How long the bootstrap of a regression on counts takes, and a large table of gaps.

Run: python bench/bench_adjusted.py; the table is written to bench/bench_adjusted.md. The bars: 2,000 replicates of a
regression on 320 cells in at most 5 s; the access-gap table of 10 municipalities x 5 forms x 10 years below 1 s.
"""

import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from bereik.rates.adjust import adjusted_disparity
from bereik.rates.equal_severity import access_gap

LARGE, PAIRS = 4_500_000, 7
SHAPE = {"origin": 8, "severity": 4, "age": 5, "sex": 2}
FACTORS = list(SHAPE)
OPTIONS = {"by": ["origin"], "relative_to": "origin 0"}


def count_table_of(number):
    """Give the counts of a made-up population of about this number of youths, with all 320 combinations."""
    generator = np.random.default_rng(0)
    names = [[f"{name} {at}" for at in range(size)] for name, size in SHAPE.items()]
    table = pd.DataFrame(product(*names), columns=FACTORS)
    shares = [generator.dirichlet(np.full(size, 5.0)) for size in SHAPE.values()]
    table["population"] = np.ceil(number * np.einsum("a,b,c,d->abcd", *shares).ravel()).astype(int)
    severity = table["severity"].str[-1].astype(int)
    logit = -3.5 + severity - 0.1 * table["origin"].str[-1].astype(int)
    table["users"] = generator.binomial(table["population"], 1 / (1 + np.exp(-logit)))
    return table.assign(synthetic=True, source="made up")


def gap_table():
    """Give the counts of 10 municipalities x 5 forms x 10 years x 8 origins x 4 bands."""
    forms = ["without_residence", "outpatient", "with_residence", "protection", "probation"]
    bands = ["none", "mild", "moderate", "severe"]
    municipalities, origins = [f"municipality {at}" for at in range(10)], [f"origin {at}" for at in range(8)]
    rows = product(municipalities, forms, [str(year) for year in range(2014, 2024)], origins, bands)
    table = pd.DataFrame(rows, columns=["municipality", "form", "period", "origin", "severity"])
    generator = np.random.default_rng(1)
    table["population"] = generator.integers(50, 3000, len(table))
    table["users"] = generator.binomial(table["population"], 0.1)
    return table.assign(synthetic=True, source="made up")


def main():
    """Run both jobs in turn and write the table."""
    large, wide = count_table_of(LARGE), gap_table()
    need = {"need": ["severity", "age"], "other": ["sex"]}
    jobs = {
        "adjusted_disparity (rank-and-replace), 2,000 replicates": lambda: adjusted_disparity(large, **need, **OPTIONS),
        "access_gap, 10 municipalities x 5 forms x 10 years": lambda: access_gap(
            wide, by=["municipality", "form", "period", "origin"], over=["severity"], relative_to="origin 0"
        ),
    }
    times = {name: [] for name in jobs}
    for _ in range(PAIRS):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    lines = [
        f"| {name} | {min(spent):.3f} | {np.median(spent):.3f} | {max(spent):.3f} |" for name, spent in times.items()
    ]
    shape = " x ".join(f"{size} {name}" for name, size in SHAPE.items())
    text = f"""# Regression on counts, and a large table of gaps

{shape} = 320 cells; {PAIRS} runs of each in turn on two shared cores, with all checks of the table.

| job | lowest s | median s | highest s |
| --- | --: | --: | --: |
{chr(10).join(lines)}

Bar for the bootstrap: 5 s. Bar for the access-gap table: 1 s.
"""
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
