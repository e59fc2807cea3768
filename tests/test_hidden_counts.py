"""What holds for every method: a hidden count is nowhere taken as 0, parts are taken by themselves, periods are not pooled."""

from inspect import signature

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import IncomparableError, UnknownNameError

BANDS = ["low", "middle", "high"]
COUNTS = {"r": ([100, 80, 60], [10, 16, 30]), "g": ([50, 40, 30], [4, 6, 12]), "h": ([70, 50, 20], [9, 8, 5])}
NOBODY = {"h": ([0, 0, 0], [0, 0, 0])}
DRAWN = {"interval": "bootstrap", "replicates": 50}
CALLS = {  # the function, its options, and the one that takes the bands
    "standardise, pooled": (bereik.standardise, {}, "over"),
    "standardise, pair mean": (bereik.standardise, {"standard": "pair_mean", "relative_to": "r"}, "over"),
    "standardise, indirect": (bereik.standardise, {"method": "indirect", "relative_to": "r"}, "over"),
    "standardise, the rest": (bereik.standardise, {"method": "indirect", "standard": "rest"}, "over"),
    "standardise, bootstrap": (bereik.standardise, DRAWN, "over"),
    "access_gap": (bereik.access_gap, {"relative_to": "r"}, "over"),
    "access_gap, pooled": (bereik.access_gap, {"relative_to": "r", "standard": "pooled"}, "over"),
    "access_gap, bootstrap": (bereik.access_gap, {"relative_to": "r"} | DRAWN, "over"),
    "severity_gradient": (bereik.severity_gradient, {}, "over"),
    "decompose": (bereik.decompose, {"relative_to": "r"}, "factors"),
    "decompose, bootstrap": (bereik.decompose, {"relative_to": "r"} | DRAWN, "factors"),
    "adjusted_disparity": (bereik.adjusted_disparity, {"relative_to": "r", "replicates": 50}, "need"),
    "misreporting_grid": (bereik.misreporting_grid, {"relative_to": "r"}, "over"),
    "tipping_point": (bereik.tipping_point, {"relative_to": "r"}, "over"),
}
WITHOUT_PERIODS = ("severity_gradient", "decompose")  # of one column, or without an interval
FIGURES = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]


def call(name, counts, by=("origin",), bands=("severity",), **more):
    function, options, takes_bands = CALLS[name]
    return function(counts, by=list(by), **options | {takes_bands: list(bands)} | more)


def table(groups, hidden="", status="not_published", counts=COUNTS):
    """Counts of the groups; the highest band of the groups in `hidden` is not shown."""
    rows = [(group, *cell) for group in groups for cell in zip(BANDS, *counts[group], strict=True)]
    made = pd.DataFrame(rows, columns=["origin", "severity", "population", "users"])
    made = made.astype({"severity": pd.CategoricalDtype(BANDS, ordered=True), "population": "Int64", "users": "Int64"})
    cell = made["origin"].isin(list(hidden)) & (made["severity"] == "high")
    made = made.assign(status=np.where(cell, status, "shown"), synthetic=True, source="made up")
    return made.assign(**made[["population", "users"]].mask(cell))


def assert_same(name, results, expected):
    drawn = "bootstrap" in name or name == "adjusted_disparity"  # other draws, other limits
    same = ["value"] if drawn else ["value", "lower", "upper"]
    left, right = (part[same].to_numpy(dtype=float) for part in (results, expected))
    np.testing.assert_allclose(left, right, rtol=1e-9)


ASKED = [(name, option) for name in CALLS if "rest" not in name for option in ("relative_to", "interval")]
ASKED = [(name, option) for name, option in ASKED if option in signature(CALLS[name][0]).parameters]


@pytest.mark.parametrize(("name", "option"), ASKED)
def test_an_unknown_reference_or_interval_is_refused_with_those_that_there_are(name, option):
    with pytest.raises(UnknownNameError, match="'z'.*'r'" if option == "relative_to" else "interval 'z'.*'bootstrap'"):
        call(name, table("rgh"), **{option: "z"})


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", ["not_published", "hidden"])
def test_a_hidden_group_has_no_value_and_changes_no_other(name, status):
    with_hidden, without = call(name, table("rgh", "h", status)), call(name, table("rg"))
    hidden = with_hidden["origin"] == "h"
    assert set(with_hidden.loc[hidden, "status"]) == {status}
    assert with_hidden.loc[hidden, [*FIGURES, "numerator", "denominator"]].isna().all(axis=None)
    assert_same(name, with_hidden[~hidden], without)


@pytest.mark.parametrize("name", [name for name in CALLS if "rest" not in name])
def test_a_hidden_reference_leaves_no_comparison(name):
    results = call(name, table("rgh", "r"))
    compared = results["relative_to"].notna()
    assert results.loc[compared, "value"].isna().all()
    assert set(results.loc[compared, "status"]) <= {"not_published"}
    alone = results[(results["measure"] == "crude_rate") & (results["origin"] != "r")]
    assert alone["value"].notna().all()  # of the others by themselves


@pytest.mark.parametrize("name", CALLS)
def test_a_group_without_youths_has_no_population_and_changes_no_other(name):
    with_empty, without = call(name, table("rgh", counts=COUNTS | NOBODY)), call(name, table("rg"))
    empty = with_empty["origin"] == "h"
    assert set(with_empty.loc[empty, "status"]) == {"no_population"}
    assert with_empty.loc[empty, FIGURES].isna().all(axis=None)
    assert_same(name, with_empty[~empty], without)


def estimates(name, counts, **options):
    """Results without those that follow from the number of youths."""
    results = call(name, counts, **options)
    sizes = ["use_shortfall", "odds_ratio_homogeneity", "tipping_point_of_interval"]
    return results[~results["measure"].isin(sizes)].reset_index(drop=True)


def random_counts(seed):
    generator = np.random.default_rng(seed)
    population = generator.integers(20, 300, (3, 3))
    users = 1 + generator.binomial(population - 2, generator.uniform(0.1, 0.6, (3, 3)))
    return table("rgh", counts=dict(zip("rgh", zip(population, users, strict=True), strict=True)))


def doubled(counts):
    return counts.assign(**2 * counts[["population", "users"]])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CALLS)
def test_estimates_depend_on_neither_the_order_of_rows_nor_scale_nor_halves(name, seed):
    counts = random_counts(seed).astype({"origin": pd.CategoricalDtype(list("rgh"))})
    expected = estimates(name, counts)
    assert not ((expected["lower"] > expected["value"]) | (expected["upper"] < expected["value"])).any()
    same = [estimates(name, counts.iloc[::-1]), estimates(name, doubled(counts))]
    if name not in WITHOUT_PERIODS and "decompose" not in name:
        halves = pd.concat([counts.assign(half=half) for half in (1, 2)])
        bands = ["half", "severity"] if "point" in name or "grid" in name else ["severity", "half"]
        same.append(estimates(name, halves, bands=bands))
    for other in same:
        np.testing.assert_allclose(other["value"], expected["value"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", CALLS)
def test_the_effective_population_of_weighted_counts_gives_the_intervals(name):
    """Weights of 2, in a sample as large as the counts without weights: rates and intervals are the same."""
    counts = table("rgh")
    more = {"weighted": True, "n_unweighted": 9, "users_unweighted": 3, "effective_population": counts["population"]}
    results, expected = estimates(name, doubled(counts).assign(**more)), estimates(name, counts)
    np.testing.assert_allclose(*(part[["value", "lower", "upper"]] for part in (results, expected)), rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in CALLS if "bootstrap" in name or name == "adjusted_disparity"])
def test_hashed_groups_of_persons_are_drawn_together(name):
    """Every youth counted twice says no more than counted once."""
    once = pd.concat([random_counts(seed).assign(group=seed) for seed in range(12)], ignore_index=True)
    one, two = (estimates(name, counts)[["value", "lower", "upper"]] for counts in (once, doubled(once)))
    np.testing.assert_allclose(two, one, rtol=1e-6)
    keys = {"synthetic": True, "source": "made up"}
    added = once.groupby(["origin", "severity"], sort=False, observed=True)[["population", "users"]].sum().reset_index()
    naive = estimates(name, added.assign(**keys))
    np.testing.assert_allclose(one["value"], naive["value"], rtol=1e-9)
    assert not np.allclose(one["lower"], naive["lower"], rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in CALLS if not name.startswith(("standardise", "marginal"))])
def test_over_bands_that_were_merged_into_one_nothing_is_held_equal(name):
    sums = table("rgh").groupby("origin", as_index=False)[["population", "users"]].sum()
    results = call(name, sums.assign(severity="low+middle+high", synthetic=True, source="made up"))
    shown = set(results.loc[results["status"] == "shown", "measure"])
    crude = {"access_gap": {"crude_rate", "crude_rate_ratio", "crude_rate_difference"}}
    crude |= {"decompose": {"crude_rate_difference"}, "adjusted_disparity": {"unadjusted_difference"}}
    assert shown == crude.get(name.split(",")[0], set())
    assert results.loc[results["status"] != "shown", "status"].eq("undefined").all()


@pytest.mark.parametrize("name", CALLS)
def test_each_part_is_taken_by_itself(name):
    other = table("rg").assign(users=[20, 16, 9, 5, 12, 12])
    parts = call(name, pd.concat([table("rg").assign(part="x"), other.assign(part="y")]), by=["part", "origin"])
    for part, alone in (("x", table("rg")), ("y", other)):
        assert_same(name, parts[parts["part"] == part], call(name, alone))


@pytest.mark.parametrize("name", [name for name in CALLS if name not in WITHOUT_PERIODS])
def test_periods_are_pooled_only_when_the_caller_knows(name):
    pooled = pd.concat([table("rg").assign(period=period) for period in ("2022", "2023")], ignore_index=True)
    with pytest.raises(IncomparableError, match="2 periods pooled"):
        call(name, pooled, bands=["period", "severity"])
    assert call(name, pooled, bands=["period", "severity"], assume_independent=True)["value"].notna().any()


def test_the_pooled_standard_says_that_a_group_is_missing_from_it():
    standard = call("standardise, pooled", table("rgh", "h"))["standard"]
    assert standard.iloc[0] == "pooled distribution of all groups in the table, without 1 with a hidden count"
