"""How often the intervals cover the truth: simulation with known truth over ten designs.

Counts are drawn from known use rates; each method gives its interval; the share of intervals that hold the truth is its
coverage. Two tables more: the use shortfall of
groups with few users, and the band of regions.
Run: python bench/bench_coverage.py [REPLICATES]; the table is written to bench/coverage.md.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import bereik

BANDS = ["none", "light", "moderate", "severe"]
ORDERED = pd.Categorical(BANDS, BANDS, ordered=True)
# population and use of the reference r and the group g, per band of severity
DESIGNS = {
    "large, balanced": ([2000] * 4, [2000] * 4, [0.05, 0.10, 0.20, 0.40], [0.04, 0.08, 0.16, 0.32]),
    "small group": ([5200, 1400, 520, 160], [610, 210, 96, 41], [0.02, 0.09, 0.25, 0.52], [0.01, 0.06, 0.16, 0.34]),
    "very small group": ([5200, 1400, 520, 160], [60, 40, 25, 15], [0.05, 0.12, 0.30, 0.55], [0.05, 0.10, 0.20, 0.40]),
    "rare use": ([9000, 3000, 1000, 400], [3000, 1000, 400, 150], [0.004, 0.01, 0.03, 0.08], [0.003, 0.008, 0.02, 0.06]),
    "very unequal severity": ([8000, 800, 200, 80], [300, 400, 500, 300], [0.03, 0.10, 0.25, 0.50], [0.02, 0.07, 0.20, 0.40]),
    "frequent use": ([600, 500, 300, 200], [250, 200, 150, 100], [0.30, 0.50, 0.70, 0.90], [0.25, 0.40, 0.60, 0.80]),
    "equal use": ([3000, 900, 400, 150], [800, 300, 150, 60], [0.04, 0.10, 0.25, 0.50], [0.04, 0.10, 0.25, 0.50]),
    "both small": ([120, 90, 60, 40], [120, 90, 60, 40], [0.08, 0.15, 0.30, 0.50], [0.06, 0.12, 0.20, 0.40]),
    "group much larger": ([300, 150, 80, 50], [4000, 1500, 700, 300], [0.06, 0.12, 0.30, 0.50], [0.05, 0.10, 0.20, 0.40]),
    "group uses more": ([4000, 1200, 500, 200], [900, 400, 200, 90], [0.03, 0.08, 0.20, 0.40], [0.06, 0.14, 0.30, 0.55]),
}  # fmt: skip

REFERENCE = [3000, 800, 300, 100], [0.03, 0.10, 0.25, 0.50]  # of the designs with few users in the group
FEW = {  # users of the group relative to those expected, and its population
    "2 expected": (1, [14, 5, 3, 1]), "4 expected": (1, [22, 9, 4, 2]), "5 expected": (1, [29, 12, 5, 3]),
    "18 expected": (1, [105, 44, 18, 12]), "87 expected": (1, [510, 212, 85, 60]), "14 expected, severe": (1, [4, 7, 19, 17]),
    "4 expected, 0.7 times as many": (0.7, [22, 9, 4, 2]), "18 expected, 0.7 times as many": (0.7, [105, 44, 18, 12]),
    "87 expected, 0.7 times as many": (0.7, [510, 212, 85, 60]), "5 expected, 1.4 times as many": (1.4, [29, 12, 5, 3]),
}  # fmt: skip
SPREADS = {
    "none": (0, 0.1, 0.2),
    "small": (0.1, 0.1, 0.2),
    "middle": (0.2, 0.1, 0.2),
    "large": (0.3, 0.05, 0.2),
}  # tau, se

MODELLED = ("small group", "rare use", "equal use", "both small")  # models are slower, so four of the designs


def drawn(design, replicates, seed):
    """Draw the counts of both groups, as one long count table with a column `replicate`."""
    if design in FEW:
        (n_r, p_r), (times, n_g) = REFERENCE, FEW[design]
        parts = n_r, n_g, p_r, times * np.array(p_r)
    else:
        parts = DESIGNS[design]
    n_r, n_g, p_r, p_g = (np.asarray(part, dtype=float) for part in parts)
    n, p = np.array([n_r, n_g]), np.array([p_r, p_g])
    users = np.random.default_rng(seed).binomial(n.astype(int), p, size=(replicates, 2, len(BANDS)))
    index = pd.MultiIndex.from_product(
        [range(replicates), ["r", "g"], ORDERED], names=["replicate", "origin", "severity"]
    )
    table = pd.DataFrame(
        {"population": np.tile(n.ravel(), replicates).astype(int), "users": users.ravel()}, index=index
    )
    return table.reset_index().assign(synthetic=True, source="simulation"), n, p


def truths(n, p):
    """Give what is estimated, from the true rates and the populations of the design."""
    share = n / n.sum(axis=1, keepdims=True)
    weights = share.mean(axis=0)
    crude, rate = (share * p).sum(axis=1), (weights * p).sum(axis=1)
    expected = (n[1] * p[0]).sum()
    return {
        "crude_rate_ratio": crude[1] / crude[0],
        "crude_rate_difference": 100 * (crude[1] - crude[0]),
        "standardised_rate": 100 * rate[1],
        "rate_ratio_at_equal_severity": rate[1] / rate[0],
        "rate_difference_at_equal_severity": 100 * (rate[1] - rate[0]),
        "use_shortfall": expected - (n[1] * p[1]).sum(),
        "observed_expected": (n[1] * p[1]).sum() / expected,
    }


def coverage(results, truth):
    """Give the share of the rows with an interval that hold the truth, and the share of rows without one."""
    known = results["lower"].notna() & results["upper"].notna()
    inside = (results["lower"] <= truth + 1e-12) & (results["upper"] >= truth - 1e-12)
    return inside[known].mean(), 1 - known.mean()


def of_gap(counts, truth, interval="delta"):
    """Coverage of every measure of the access gap."""
    gap = bereik.access_gap(
        counts, by=["replicate", "origin"], over=["severity"], relative_to="r", interval=interval, replicates=500
    )
    for measure, value in truth.items():
        yield f"access_gap, {measure}, {interval}", *coverage(gap[gap["measure"] == measure], value)


def of_standardise(counts, n, p):
    """Coverage of direct and indirect standardisation of the group."""
    group = counts[counts["origin"] == "g"]
    weights = dict(zip(BANDS, n.sum(axis=0), strict=True))
    truth = 100 * (np.array(list(weights.values())) * p[1]).sum() / sum(weights.values())
    for interval in ("binomial", "fay_feuer"):
        rates = bereik.standardise(group, by=["replicate"], over=["severity"], standard=weights, interval=interval)
        yield f"standardise, direct, {interval}", *coverage(rates, truth)
    fixed, ratio = dict(zip(BANDS, p[0], strict=True)), (n[1] * p[1]).sum() / (n[1] * p[0]).sum()
    for interval in ("exact", "byar"):
        rates = bereik.standardise(
            group, by=["replicate"], over=["severity"], method="indirect", standard=fixed, interval=interval
        )
        yield f"standardise, indirect, {interval}", *coverage(rates[rates["measure"] == "observed_expected"], ratio)


def of_rates(counts, n, p):
    """Coverage of the four intervals of a use rate, in the group, all bands together."""
    crude = counts[counts["origin"] == "g"].groupby("replicate", as_index=False)[["population", "users"]].sum()
    crude = crude.assign(synthetic=True, source="simulation")
    truth = 100 * (n[1] * p[1]).sum() / n[1].sum()
    for interval in ("wilson", "clopper_pearson", "jeffreys", "agresti_coull"):
        yield f"use_rates, {interval}", *coverage(bereik.use_rates(crude, by=["replicate"], interval=interval), truth)


def of_models(design, counts, n, p):
    """Coverage of what is computed by models; the truth is the same estimate on the expected counts, times 10,000."""
    if design not in MODELLED:
        return
    index = pd.MultiIndex.from_product([[0], ["r", "g"], ORDERED], names=["replicate", "origin", "severity"])
    many = {"population": (1e4 * n.ravel()).round().astype(int), "users": (1e4 * (n * p).ravel()).round().astype(int)}
    expected = pd.DataFrame(many, index=index).reset_index().assign(synthetic=True, source="simulation")
    calls = {
        "severity_gradient": lambda table: bereik.severity_gradient(
            table, by=["replicate", "origin"], over=["severity"]
        ),
    }
    for name, call in calls.items():
        truth, found = (part[part["origin"] == "g"] for part in (call(expected), call(counts)))
        for measure, value in zip(truth["measure"], truth["value"], strict=True):
            yield f"{name}, {measure}, delta", *coverage(found[found["measure"] == measure], value)


def of_decompose(counts, n, p):
    """Coverage of the bootstrap of the part of the difference at equal severity (Kitagawa)."""
    parts = bereik.decompose(
        counts, by=["replicate", "origin"], factors=["severity"], relative_to="r", interval="bootstrap", replicates=500
    )
    rate = parts[(parts["component"] == "rate") & (parts["band"].astype(str) == "all")]
    yield "decompose, rate, bootstrap", *coverage(rate, truths(n, p)["rate_difference_at_equal_severity"])


def few_users(replicates, seed=40):
    """Give, for each design with few users: coverage of the use shortfall, intervals above 0, below 0, and none."""
    rows = []
    for at, design in enumerate(FEW):
        counts, n, p = drawn(design, replicates, seed + at)
        by, truth = ["replicate", "origin"], truths(n, p)["use_shortfall"]
        gap = bereik.access_gap(counts, by=by, over=["severity"], relative_to="r").query("measure == 'use_shortfall'")
        known = gap[gap["lower"].notna()]
        inside = (known["lower"] <= truth) & (truth <= known["upper"])
        shares = {
            "coverage": inside,
            "fewer": known["lower"] > 0,
            "more": known["upper"] < 0,
            "none": gap["lower"].isna(),
        }
        rows.append({"design": design} | {name: 100 * share.mean() for name, share in shares.items()})
        if design == "18 expected":
            strict = bereik.access_gap(counts, by=by, over=["severity"], relative_to="r", confidence=1 - 0.05 / 10)
            strict = strict.query("measure == 'use_shortfall'").head(replicates // 10 * 10)
            apart = {"fewer": strict["lower"] > 0, "more": strict["upper"] < 0}
            ten = {name: 100 * share.to_numpy().reshape(-1, 10).any(axis=1).mean() for name, share in apart.items()}
            rows.append({"design": "one or more of 10 municipalities, 18 expected, Bonferroni"} | ten)
    return pd.DataFrame(rows)


def among_regions(runs, kinds=tuple((k, spread) for k in (10, 20, 41) for spread in SPREADS), seed=60):
    """Give, for 10, 20 and 41 other regions and each spread: I2, how often a band is drawn and holds a new region, far z."""
    from scipy.stats import t

    random, rows = np.random.default_rng(seed), []
    for others, spread in kinds:
        (tau, low, high), found = SPREADS[spread], []
        for _ in range(runs):
            se = random.uniform(low, high, others + 1)
            truth = random.normal(0.4, tau, others + 1)
            seen = random.normal(truth, se)
            limits = {
                "value": np.exp(seen),
                "lower": np.exp(seen - 1.959964 * se),
                "upper": np.exp(seen + 1.959964 * se),
            }
            table = pd.DataFrame({"region": [f"r{at}" for at in range(others + 1)]} | limits)
            table = table.assign(
                measure="form_share_ratio", confidence=0.95, status="shown", synthetic=True, source="made"
            )
            result = bereik.compare_regions(table, region="r0").set_index("measure")
            lower, upper, mean = (result.loc["prediction_band", name] for name in ("lower", "upper", "value"))
            tau_found, se_mean = (
                result.loc["between_region_sd", "value"],
                np.log(result.loc["mean_of_others", "upper"] / mean),
            )
            half = t.ppf(0.975, others - 2) * np.hypot(
                tau_found, se_mean / 1.959964
            )  # also where the library draws none
            far = abs(result.loc["z_score", "value"]) > t.ppf(0.975, others - 2)
            found.append((result.loc["i_squared", "value"], lower < upper, abs(truth[0] - np.log(mean)) <= half, far))
        i_squared, shown, inside, far = np.array(found).T
        shares = {"drawn": shown, "when drawn": inside[shown == 1], "when not": inside[shown == 0], "far z": far}
        shares = {name: 100 * share.mean() if len(share) else np.nan for name, share in shares.items()}
        rows.append({"others": others, "spread": spread, "median I2": np.median(i_squared)} | shares)
    return pd.DataFrame(rows)


def lines_of(table):
    """Write a table as lines of Markdown, numbers with one decimal."""
    rows = [
        [f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in table.to_numpy().tolist()
    ]
    rows = [list(table.columns), ["---"] * len(table.columns), *rows]
    return [f"| {' | '.join(row)} |".replace(" nan ", " – ") for row in rows]


def study(replicates, seed=20, designs=tuple(DESIGNS)):
    """Run every method on every design, or on some: one row per method and design."""
    rows = []
    for at, design in enumerate(designs):
        counts, n, p = drawn(design, replicates, seed + at)
        few = counts[counts["replicate"] < max(replicates // 5, 1)]
        found = [
            *of_rates(counts, n, p), *of_standardise(counts, n, p), *of_gap(counts, truths(n, p)),
            *of_gap(few, truths(n, p), "bootstrap"),
            *of_decompose(few, n, p), *of_models(design, counts, n, p),
        ]  # fmt: skip
        columns = ["method", "coverage", "no interval"]
        rows.append(pd.DataFrame(found, columns=columns).assign(design=design))
        print(f"{design}: done", flush=True)
    every = pd.concat(rows, ignore_index=True)
    return every.assign(**{name: 100 * every[name] for name in ("coverage", "no interval")})


def summary(rows):
    """Give the mean and the lowest coverage of each method over the designs, and where it is lowest."""
    lowest = rows.loc[rows.groupby("method", sort=False)["coverage"].idxmin()].set_index("method")
    table = rows.groupby("method", sort=False).agg(
        mean=("coverage", "mean"), lowest=("coverage", "min"), none=("no interval", "max"), designs=("design", "count")
    )
    return table.assign(where=lowest["design"]).reset_index()


def main(replicates=10_000):
    """Run the study and write its table."""
    warnings.simplefilter("ignore", UserWarning)  # the warning on rare-use intervals is what is studied here
    rows = study(replicates)
    table = summary(rows)
    lines = [
        "# Coverage of 95 % intervals",
        "",
        f"{replicates:,} replicates per design ({replicates // 5:,} for the bootstrap, with 500 draws each), ten designs.",
        f"Monte Carlo error (2 standard errors at 95 %): {200 * np.sqrt(0.95 * 0.05 / replicates):.2f} points.",
        "Models are studied on four of them. Clopper-Pearson, exact, Byar and Fay-Feuer intervals are conservative "
        "where use is frequent.",
        "",
        "| method | mean over designs | lowest | in the design | replicates without interval, most |",
        "| --- | --: | --: | --- | --: |",
        *(f"| {r.method} | {r.mean:.1f} | {r.lowest:.1f} | {r.where} | {r.none:.1f} % |" for r in table.itertuples()),
        "",
        "## Use shortfall of groups with few users",
        "",
        "Reference of 4,200 youths. Percentages of the intervals: that hold the truth, lie above 0 (fewer than expected),",
        "below 0 (more); and of replicates without one, because fewer than 2 users are expected.",
        "",
        *lines_of(few_users(replicates)),
        "",
        "## Band of regions",
        "",
        f"{max(replicates // 20, 50):,} draws a row. How often (%) the band is drawn (from 20 regions and an I2 of 50 on),",
        "holds the true ratio of a new region when drawn and (were it drawn) when not; how often z is beyond the limits of t.",
        "",
        *lines_of(among_regions(max(replicates // 20, 50))),
        "",
    ]
    Path(__file__).with_name("coverage.md").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    print("\n".join(lines))
    return table


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
