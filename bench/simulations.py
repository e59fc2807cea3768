"""How often intervals hold the truth where it is hard: sparse strata, misreported bands, few organisations, correlated areas.

Run: python bench/simulations.py; the table is written to bench/simulations.md. The test suite runs the same with a few draws
(`study(short=True)`). Designs with plenty of youths stand in bench_coverage.py, persons in truth_recovery.py.
"""

import sys
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd

import bereik
from bereik.pilot import (
    detectable_change,
    difference_in_differences,
    example_pilot,
    paired_change,
    tie_change,
    tie_measures,
    true_values,
    uptake,
)
from bereik.pilot.learning import shift_interval
from bereik.rates.areas import excess_of_places

ABOUT = {"synthetic": True, "source": "simulation"}
BANDS = ["low", "mild", "high"]
ABOUT_95, AT_LEAST_95 = (0.94, 0.965), (0.95, 1.0)  # what is promised, before the error of a simulation


def held(rows, true):
    """Whether each row with an interval holds the truth."""
    return (rows["lower"] <= true) & (true <= rows["upper"])


def drawn(generator, runs, groups, bands):
    """Draw count tables: `groups` has the population and the use per band of each; one column numbers the draws."""
    parts = []
    for name, (population, use) in groups.items():
        index = pd.MultiIndex.from_product(
            [range(runs), [name], pd.Categorical(bands, bands, ordered=True)], names=["run", "origin", "severity"]
        )
        users = generator.binomial(population, use, (runs, len(bands)))
        parts.append(pd.DataFrame({"users": users.ravel(), "population": np.tile(population, runs)}, index=index))
    return pd.concat(parts).reset_index().assign(**ABOUT)


def of_severity_gradient(runs):
    """One small group: use rises along the mid-ridits, but not on a straight line."""
    n, use = np.array([160, 60, 30]), np.array([0.05, 0.2, 0.6])
    ridits = (n.cumsum() - n / 2) / n.sum()
    centred = ridits - (n * ridits).sum() / n.sum()
    counts = drawn(np.random.default_rng(8), runs, {"a": (n, use)}, BANDS)
    found = bereik.severity_gradient(counts, by=["run", "origin"], over=["severity"], per=1)
    true = (n * centred * use).sum() / (n * centred**2).sum()
    yield "slope", held(found[found["measure"] == "severity_gradient"], true), ABOUT_95


def of_misreporting(runs):
    """True bands, misreported with known shares: the corrected interval holds the true ratio."""
    random, amount, tables = np.random.default_rng(3), 0.2, []
    n_true, use = np.array([4000, 2000, 2000]), np.array([0.05, 0.10, 0.20])
    reference_n, reference_use = np.array([5000, 3000, 2000]), np.array([0.06, 0.12, 0.25])
    weights = (n_true / n_true.sum() + reference_n / reference_n.sum()) / 2
    truth = (weights * use).sum() / (weights * reference_use).sum()
    off = np.diag([1, 1 - amount, 1 - amount]) + np.diag([amount, amount], -1)  # true by reported: one band too low
    for run in range(runs):
        true_users = random.binomial(n_true, use)
        users, others = (
            sum(random.multinomial(c, m) for c, m in zip(true, off, strict=True))
            for true in (true_users, n_true - true_users)
        )
        n, y = [*reference_n, *(users + others)], [*random.binomial(reference_n, reference_use), *users]
        counts = pd.DataFrame(
            {
                "origin": np.repeat(["a", "b"], 3),
                "severity": pd.Categorical(BANDS * 2, BANDS, ordered=True),
                "population": n,
                "users": y,
            }
        )
        tables.append(counts.assign(run=run, **ABOUT))
    grid = bereik.misreporting_grid(
        pd.concat(tables), by=["run", "origin"], over=["severity"], relative_to="a", amounts=[amount]
    )
    yield "rate_ratio", held(grid[grid["measure"] == "rate_ratio_at_equal_severity"], truth), ABOUT_95


def of_area_association(runs):
    """Areas that vary more than by chance; the share of the group and poverty correlate at about 0.9."""
    generator = np.random.default_rng(11)
    poverty = generator.uniform(0, 10, 60)
    share = np.clip(7 * poverty + generator.normal(0, 9, 60), 0, 100)
    population = generator.integers(400, 5000, 60)
    mean = population * np.exp(-2.4 + 0.08 * poverty + np.log(0.9) / 10 * share)
    places = pd.DataFrame({"area": [f"A{at:02d}" for at in range(60)], "population": population, "poverty": poverty,
                           "share": share}).assign(**ABOUT)  # fmt: skip
    rows = [
        bereik.area_association(
            places.assign(users=generator.poisson(generator.gamma(mean / 4, 4))), by=["area"], need=["poverty"], shares=["share"]
        ).iloc[0]
        for _ in range(runs)
    ]  # fmt: skip
    yield "rate ratio", held(pd.DataFrame(rows), 0.9), (0.935, 0.97)


def of_places(runs):
    """Six places of eight areas that vary more than by chance, all with the same true ratio."""
    generator, rows = np.random.default_rng(12), []
    poverty, population = generator.uniform(0, 10, 48), generator.integers(400, 5000, 48)
    mean = population * np.exp(-2.4 + 0.08 * poverty)
    areas = pd.DataFrame(
        {"area": range(48), "place": np.tile(list("abcdef"), 8), "poverty": poverty, "population": population}
    )
    for _ in range(runs):
        users = generator.poisson(generator.gamma(mean / 4, 4))
        drawn_areas = areas.assign(users=users, **ABOUT)
        rows.append(excess_of_places(drawn_areas, by=["area"], place="place", need={"poverty": "linear"}))
    yield "observed / expected", held(pd.concat(rows), 1), AT_LEAST_95


def world(seed, effect=0.0, regions=42, treated=(0,), noise=None):
    """Draw eight years of regions of differing noise that drift slowly; the effect comes in some after 2021.

    `noise` puts R0 at this place among all regions, from the quietest (0) to the noisiest (1).
    """
    random = np.random.default_rng(seed)
    spread = random.uniform(0.1, 0.6, regions)
    if noise is not None:
        place = np.argsort(spread)[round(noise * (regions - 1))]
        spread[[0, place]] = spread[[place, 0]]
    drift = np.cumsum(random.normal(size=(8, regions)), 0) * spread / 3
    values = 10 + random.normal(size=(8, regions)) * spread + drift
    values[6:, [*treated]] += effect
    rows = [
        {"form": "protection", "period_kind": "year", "period": str(year), "year": year, "region": f"R{place}",
         "value": value, "per": "100 youths", "status": "shown", **ABOUT}
        for year, row in zip(range(2016, 2024), values, strict=True)
        for place, value in enumerate(row)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def of_one_region(runs):
    """One region among 42, with an effect of 0, 1 and 3; without one, the placebo test rejects in 2 of 42.

    How often an effect is seen is no promise, but is kept in sight, and so is how often the noisiest region is rejected.
    """
    for effect in (0.0, 1.0, 3.0):
        tables = [difference_in_differences(world(seed, effect), "R0") for seed in range(runs)]
        rows = pd.concat(table[table["region"] == "R0"] for table in tables)
        for measure in ("difference_in_differences", "trend_adjusted"):
            about = f"effect {effect:.0f}, {measure.replace('_', ' ')}"
            yield about, held(rows[rows["measure"] == measure], effect), (40 / 42,) * 2
        seen = rows.loc[rows["measure"] == "placebo_p", "value"] <= 0.05
        yield f"effect {effect:.0f}, seen", seen, {0: (2 / 42,) * 2, 1: (0.4, 0.8), 3: (0.95, 1)}[int(effect)]
    tables = pd.concat(difference_in_differences(world(seed, noise=1), "R0") for seed in range(runs))
    for measure, promised in (("placebo_p", (0.1, 0.2)), ("standardised_p", (0, 0.05))):
        yield f"noisiest region, {measure}, seen", tables.loc[tables["measure"] == measure, "value"] <= 0.05, promised


def of_regions_by_lot(runs):
    """A pilot in 1, 3, 5 or 10 of 42 regions drawn by lot, with no change and with the smallest that `detectable_change` says.

    The size is the mean over worlds, as read from figures before a pilot, and the pilot is in another one. The test is written
    out here: 400 sets of as many regions, the treated one among them.
    """
    random = np.random.default_rng(5)
    for treated in (1, 3, 5, 10):
        sizes = []
        for seed in range(min(runs // 3, 40)):
            found = detectable_change(world(seed), "R0", share_of_users=0.5, treated=treated).query(
                "statistic == 'plain'"
            )
            sizes.append(found.loc[found["measure"] == "detectable_change", "value"].iloc[0])
        for size in (0.0, np.mean(sizes)):
            seen = []
            for seed in range(runs):
                drawn = [random.choice(42, treated, replace=False) for _ in range(400)]
                drawn = [[place] for place in range(42)] if treated == 1 else drawn
                own = int(random.integers(42)) if treated == 1 else 0
                wide = world(1000 + seed, size, treated=drawn[own]).pivot(
                    index="year", columns="region", values="value"
                )
                change = (wide.loc[2022:].mean() - wide.loc[:2019].mean())[
                    [f"R{place}" for place in range(42)]
                ].to_numpy()
                apart = np.abs([change[one].mean() - np.delete(change, one).mean() for one in drawn])
                seen.append((apart >= apart[own] - 1e-12).mean() <= 0.05)
            what = "no change" if size == 0 else "smallest change"
            yield f"{treated} treated, {what}, seen", pd.Series(seen), (0, 0.05) if size == 0 else (0.75, 0.85)


def of_pilot(runs):
    """The synthetic pilot: every stated truth, in intervals that are exact or conservative."""
    results = []
    for seed in range(runs):
        pilot = example_pilot(seed=seed)
        learned = paired_change(pilot.answers, pilot.participants)
        learned = learned.query("network == 'all networks' and nonresponse == 'complete pairs'")
        results += [learned, *(uptake(pilot, of).assign(scale="") for of in ("tools", "signals"))]
    truth = true_values().rename(columns={"value": "true"})
    table = pd.concat(results).query("status == 'shown'").merge(truth, on=["scale", "measure"])
    for measure, rows in table.groupby("measure"):
        yield measure, rows["true"].between(rows["lower"] - 1e-9, rows["upper"] + 1e-9), AT_LEAST_95


def of_ties(runs):
    """Referral ties: the change in the synthetic programmes, and a test that rejects ties drawn by chance."""
    truth = true_values().query("measure == 'ties_change'").set_index("group")["value"]
    waves = ([example_pilot(f"ties_{wave}", seed=seed) for wave in ("before", "after")] for seed in range(runs))
    rows = pd.concat([tie_change(*two).query("measure == 'ties_change'") for two in waves])
    for kind, value in truth.items():
        yield f"change, {kind}", held(rows[rows["ties"] == kind], value), ABOUT_95
    draw, names, seen = np.random.default_rng(4), [f"F{at}" for at in range(6)] + [f"I{at}" for at in range(4)], []
    places = pd.DataFrame({"organisation": names, "formality": ["formal"] * 6 + ["informal"] * 4, "municipality": None})
    pairs = pd.DataFrame(permutations(names, 2), columns=["from_organisation", "to_organisation"])
    for _ in range(runs):
        ties = pairs[draw.random(len(pairs)) < 0.25].assign(families=4, reached_care=2)
        pilot = example_pilot()._replace(organisations=places.assign(**ABOUT), ties=ties.assign(**ABOUT))
        seen.append(tie_measures(pilot).set_index("measure").loc["ei_index_p", "value"] <= 0.05)
    yield "index of chance, seen", pd.Series(seen), (0, 0.05)


def of_shift(runs):
    """The exact interval of a shift of twelve persons: 95.2 % without ties, more with them."""
    draw = np.random.default_rng(11)
    whole = draw.choice([-1.0, 0.0, 1.0], size=(runs, 12, 3), p=[0.25, 0.5, 0.25]).sum(axis=2) + 1
    for name, true, all_changes in (("whole answers", 1, whole), ("normal", 0.3, draw.normal(0.3, 1, (runs, 12)))):
        limits = [shift_interval(changes, 0.95) for changes in all_changes]
        yield name, pd.Series([low <= true <= high for low, high in limits]), AT_LEAST_95


SIMULATIONS = {  # with the number of draws in full, and in the test suite
    "severity_gradient, 250 youths": (of_severity_gradient, 1500, 200),
    "misreporting_grid, 0.2 one band off": (of_misreporting, 300, 15),
    "area_association, 60 areas": (of_area_association, 1000, 40),
    "observed / expected, places of 8 areas": (of_places, 500, 20),
    "difference_in_differences, one of 42 regions": (of_one_region, 300, 15),
    "detectable_change, regions by lot": (of_regions_by_lot, 300, 9),
    "synthetic pilot": (of_pilot, 200, 6),
    "tie_change and tie_measures": (of_ties, 400, 12),
    "hodges_lehmann_shift, 12 persons": (of_shift, 2000, 60),
}


def study(name, *, short=False):
    """Run one simulation: a row for each thing estimated, and whether its share is what is promised, within three errors."""
    simulation, full, few = SIMULATIONS[name]
    rows = []
    for what, hits, (least, most) in simulation(few if short else full):
        errors = [3 * np.sqrt(max(share * (1 - share), 1e-4) / len(hits)) for share in (least, most)]
        kept = least - errors[0] <= hits.mean() <= most + errors[1]
        rows.append({"simulation": name, "what": what, "draws": len(hits), "share": 100 * hits.mean(), "kept": kept,
                     "promised": f"{100 * least:.1f}" + (f" - {100 * most:.1f}" if most > least else "")})  # fmt: skip
    return pd.DataFrame(rows)


def main(*names):
    """Run all simulations, or those whose names begin so, and write the table."""
    start = time.perf_counter()
    chosen = [name for name in SIMULATIONS if not names or name.startswith(names)]
    table = pd.concat([study(name) for name in chosen], ignore_index=True)
    lines = [
        "# Intervals where it is hard",
        "",
        "The share of the draws whose 95 % interval holds the truth (rows with the word seen: whose test is below 0.05).",
        "Promised: before the error of the simulation, three of which are allowed.",
        "",
        "| simulation | of | draws | held, % | promised, % | kept |",
        "| --- | --- | --: | --: | --- | --- |",
        *(f"| {r.simulation} | {r.what} | {r.draws:,} | {r.share:.1f} | {r.promised} | {'yes' if r.kept else 'NO'} |"
          for r in table.itertuples()),
        "",
    ]  # fmt: skip
    print("\n".join(lines), f"{time.perf_counter() - start:.0f} s", sep="\n")
    if not names:
        Path(__file__).with_suffix(".md").write_text("\n".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
