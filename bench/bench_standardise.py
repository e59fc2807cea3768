"""How long standardisation takes, and how often its intervals cover the truth.

Run: python bench/bench_standardise.py; the tables are written to bench/bench_standardise.md. The bar: direct standardisation
of 10,000 areas x 18 age groups with intervals in at most 0.23 s, a twentieth of what the R package PHEindicatormethods took.
"""

import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from bereik import as_counts, standardise

AREAS, AGES = 10_000, 18
BANDS = ["none", "mild", "moderate", "severe"]
REPEATS = 7
STANDARD = np.array([0.69, 0.20, 0.08, 0.03])
SEVERITY = {"balanced": [0.6, 0.2, 0.12, 0.08], "unbalanced": [0.85, 0.10, 0.04, 0.01]}
USE = {
    "rare": [0.005, 0.01, 0.03, 0.08],
    "low": [0.02, 0.05, 0.10, 0.20],
    "usual": [0.02, 0.09, 0.25, 0.50],
    "high": [0.2, 0.4, 0.6, 0.8],
}
SIZES = (100, 300, 1000, 5000, 50_000)
REPLICATES = 10_000


def areas():
    """Make a count table of areas by age."""
    generator = np.random.default_rng(0)
    population = generator.integers(50, 500, AREAS * AGES)
    return pd.DataFrame(
        {
            "area": np.repeat([f"area {at}" for at in range(AREAS)], AGES),
            "age": np.tile([f"age {at:02d}" for at in range(AGES)], AREAS),
            "population": population,
            "users": generator.binomial(population, 0.05),
            "synthetic": True,
            "source": "made up",
        }
    )


def speed():
    """Time each interval, on the table as text and as ordered categories."""
    text = areas()
    tables = {"categories as text": text, "ordered categories": as_counts(text, by=["area", "age"])}
    jobs = {
        "direct, binomial": {},
        "direct, fay_feuer": {"interval": "fay_feuer"},
        "indirect, log_ratio": {"method": "indirect", "standard": "rest"},
    }
    rows = []
    for kind, table in tables.items():
        for job, options in jobs.items():
            seconds = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                standardise(table, by=["area"], over=["age"], **options)
                seconds.append(time.perf_counter() - start)
            rows.append(
                {
                    "table": kind,
                    "job": job,
                    "lowest s": min(seconds),
                    "median s": np.median(seconds),
                    "highest s": max(seconds),
                }
            )
    return pd.DataFrame(rows)


def table_of(users, population, **more):
    """Give counts as a table; each replicate is a group."""
    index = pd.MultiIndex.from_product([range(len(users)), BANDS], names=["replicate", "severity"])
    table = pd.DataFrame(
        {"users": users.ravel(), "population": np.broadcast_to(population, users.shape).ravel()}, index=index
    )
    return (
        table.reset_index()
        .astype({"users": int, "population": int})
        .assign(synthetic=True, source="simulation", **more)
    )


def covered(table, interval, true, by=("replicate",), **options):
    """Give the share of the intervals that hold what is true."""
    found = standardise(table, by=list(by), over=["severity"], interval=interval, per=1, **options)
    found = found[found["lower"].notna()] if "origin" in by else found
    return ((found["lower"] <= true) & (found["upper"] >= true)).mean()


def estimated_reference(generator, users, population, use, replicates=2000):
    """Give the coverage of observed / expected when the reference, ten times as large, is estimated as well."""
    size = 10 * np.round(population.sum() * np.array(SEVERITY["balanced"]))
    others = generator.binomial(size.astype(int), use, (replicates, 4))
    both = pd.concat([table_of(users[:replicates], population, origin="g"), table_of(others, size, origin="r")])
    return covered(both, "log_ratio", 1, ("replicate", "origin"), method="indirect", relative_to="r")


def coverage():
    """Simulate from known use rates: forty designs."""
    generator = np.random.default_rng(1)
    rows = []
    for number in SIZES:
        for severity, shares in SEVERITY.items():
            for use, rates in USE.items():
                population = np.maximum(np.round(number * np.array(shares)), 1)
                users = generator.binomial(population.astype(int), rates, (REPLICATES, 4))
                table = table_of(users, population)
                row = {"youths": number, "severity": severity, "use": use, "users expected": population @ rates}
                for interval in ("binomial", "fay_feuer"):
                    weights = dict(zip(BANDS, STANDARD, strict=True))
                    row[interval] = covered(table, interval, STANDARD @ rates, standard=weights)
                fixed = {"method": "indirect", "standard": dict(zip(BANDS, rates, strict=True))}
                for interval in ("log_ratio", "exact", "byar"):
                    row[f"{interval}, fixed"] = covered(table, interval, 1, **fixed)
                row["log_ratio, estimated"] = estimated_reference(generator, users, population, rates)
                rows.append(row)
    return pd.DataFrame(rows)


def markdown(table, digits):
    """Write a table in Markdown."""
    cells = [
        [f"{value:.{digits}f}" if isinstance(value, float) else str(value) for value in row]
        for row in table.itertuples(index=False)
    ]
    lines = [list(table.columns), ["---"] * table.shape[1], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main():
    """Print the tables and write them beside this file."""
    warnings.simplefilter("ignore", UserWarning)
    times, covered = speed(), coverage()
    methods = covered.columns[4:]
    summary = pd.DataFrame(
        {"interval": methods, "mean": covered[methods].mean().to_numpy(), "lowest": covered[methods].min().to_numpy(),
         "highest": covered[methods].max().to_numpy()}
    )  # fmt: skip
    text = f"""# Standardisation: speed and coverage

## Speed: {AREAS:,} areas x {AGES} age groups, {REPEATS} runs, two shared cores

Bar: at most 0.23 s, lowest of the runs, for direct standardisation with intervals.

{markdown(times, 3)}

## Coverage of 95 % intervals over {len(covered)} designs, {REPLICATES:,} replicates (2,000 with an estimated reference)

Columns: direct standardisation (`binomial`, `fay_feuer`) and observed / expected, with fixed published rates or with a reference
estimated from ten times as many youths.

{markdown(summary, 3)}

{markdown(covered.round({"users expected": 1}), 3)}
"""
    print(text)
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
