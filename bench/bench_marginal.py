"""How much faster regression is on counts than on youths one by one, and how long its bootstrap takes.

Run: python bench/bench_marginal.py; the table is written to bench/bench_marginal.md. The bars: marginal standardisation on
counts at least 100 times faster than statsmodels on the rows of persons, same estimates to 1e-8; 2,000 replicates of a
regression on 320 cells in at most 5 s; the access-gap table of 10 municipalities x 5 forms x 10 years below 1 s.
"""

import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

from bereik.rates.adjust import adjusted_disparity, marginal_standardisation
from bereik.rates.equal_severity import access_gap

PERSONS, LARGE, PAIRS = 450_000, 4_500_000, 7
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


def person_rows(table):
    """Give the design matrix and the use of each person."""
    marks = pd.get_dummies(table[FACTORS], drop_first=True, dtype=float)
    matrix = sm.add_constant(marks.to_numpy())
    use = np.concatenate(
        [np.repeat([1.0, 0.0], [y, n - y]) for y, n in zip(table["users"], table["population"], strict=True)]
    )
    return np.repeat(matrix, table["population"], axis=0), use


def on_persons(matrix, use):
    """Fit the model on persons, and predict everyone's use with everyone set to each origin, by statsmodels."""
    found = sm.GLM(use, matrix, family=sm.families.Binomial()).fit(tol=1e-10, tol_criterion="params")
    rates, everyone = [], matrix.copy()
    for origin in range(SHAPE["origin"]):
        everyone[:, 1 : SHAPE["origin"]] = 0
        if origin:
            everyone[:, origin] = 1
        rates.append(found.predict(everyone).mean())
    return np.array(rates)


def on_counts(table):
    """Give the same from counts, with all intervals, ratios and differences."""
    result = marginal_standardisation(table, adjust_for=["severity", "age", "sex"], per=1, **OPTIONS)
    return result.loc[result["measure"] == "adjusted_rate", "value"].to_numpy()


def seconds(job, *arguments):
    """Time one run."""
    start = time.perf_counter()
    result = job(*arguments)
    return time.perf_counter() - start, result


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
    """Run every job in turn, in interleaved pairs, and write the table."""
    table, large, wide = count_table_of(PERSONS), count_table_of(LARGE), gap_table()
    once, everyone = seconds(on_persons, *person_rows(large))
    matrix, use = person_rows(table)
    need = {"need": ["severity", "age"], "other": ["sex"]}
    on_counts(table)  # loads what is imported on first use, before the clock runs
    jobs = {
        f"statsmodels on {len(use):,} persons": lambda: on_persons(matrix, use),
        f"marginal_standardisation on the counts of {len(use):,}": lambda: on_counts(table),
        f"marginal_standardisation on the counts of {large['population'].sum():,}": lambda: on_counts(large),
        "adjusted_disparity (rank-and-replace), 2,000 replicates": lambda: adjusted_disparity(large, **need, **OPTIONS),
        "access_gap, 10 municipalities x 5 forms x 10 years": lambda: access_gap(
            wide, by=["municipality", "form", "period", "origin"], over=["severity"], relative_to="origin 0"
        ),
    }
    times, results = {name: [] for name in jobs}, {}
    for _ in range(PAIRS):
        for name, job in jobs.items():
            spent, results[name] = seconds(job)
            times[name].append(spent)
    persons, counted = list(jobs)[:2]
    counted_large = list(jobs)[2]
    pairs = ((results[counted], results[persons]), (results[counted_large], everyone))
    worst = max(float(np.max(np.abs(counts / rows - 1))) for counts, rows in pairs)
    lines = [
        f"| {name} | {min(spent):.3f} | {np.median(spent):.3f} | {max(spent):.3f} |" for name, spent in times.items()
    ]
    lines.insert(1, f"| statsmodels on {large['population'].sum():,} persons, one run | {once:.3f} | | |")
    ratios = min(times[persons]) / min(times[counted]), once / max(times[counted_large])
    shape = " x ".join(f"{size} {name}" for name, size in SHAPE.items())
    text = f"""# Regression on counts and on persons

{shape} = 320 cells; {PAIRS} interleaved runs on two shared cores.
The design matrix of the persons is made before the clock runs, and only the point estimates are computed from them.
From counts: also the intervals, ratios and differences, and all checks of the table.

| job | lowest s | median s | highest s |
| --- | --: | --: | --: |
{chr(10).join(lines)}

Times faster than persons: {ratios[1]:,.0f} for 4.5 million (one run on persons over the slowest on counts; bar: 100),
{ratios[0]:,.0f} for a tenth of them (lowest times): from counts the time does not depend on the number of persons.
Largest relative difference between the adjusted rates of the two: {worst:.0e}. Bar: 1e-8.
Bar for the bootstrap: 5 s. Bar for the access-gap table: 1 s.
"""
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
