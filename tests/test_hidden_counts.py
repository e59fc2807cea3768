"""What holds for every method: a hidden count is nowhere taken as 0, parts are taken by themselves, periods are not pooled."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import IncomparableError

BANDS = ["low", "middle", "high"]
COUNTS = {"r": ([100, 80, 60], [10, 16, 30]), "g": ([50, 40, 30], [4, 6, 12]), "h": ([70, 50, 20], [9, 8, 5])}
NOBODY = {"h": ([0, 0, 0], [0, 0, 0])}
DRAWN = {"interval": "bootstrap", "replicates": 50}
CALLS = {  # the function, its options, and the one that takes the bands
    "standardise, pooled": (bereik.standardise, {}, "over"),
    "standardise, pair mean": (bereik.standardise, {"standard": "pair_mean", "relative_to": "r"}, "over"),
    "standardise, indirect": (bereik.standardise, {"method": "indirect", "relative_to": "r"}, "over"),
    "standardise, the rest": (bereik.standardise, {"method": "indirect", "standard": "rest"}, "over"),
    "access_gap": (bereik.access_gap, {"relative_to": "r"}, "over"),
    "access_gap, bootstrap": (bereik.access_gap, {"relative_to": "r"} | DRAWN, "over"),
    "mantel_haenszel": (bereik.mantel_haenszel, {"relative_to": "r"}, "over"),
    "severity_gradient": (bereik.severity_gradient, {}, "over"),
    "decompose": (bereik.decompose, {"relative_to": "r"}, "factors"),
    "decompose, three-fold": (bereik.decompose, {"relative_to": "r", "method": "three_fold"}, "factors"),
    "decompose, bootstrap": (bereik.decompose, {"relative_to": "r"} | DRAWN, "factors"),
    "marginal_standardisation": (bereik.marginal_standardisation, {"relative_to": "r"}, "adjust_for"),
    "adjusted_disparity": (bereik.adjusted_disparity, {"relative_to": "r", "replicates": 50}, "need"),
    "misreporting_grid": (bereik.misreporting_grid, {"relative_to": "r"}, "over"),
    "tipping_point": (bereik.tipping_point, {"relative_to": "r"}, "over"),
}
WITHOUT_PERIODS = ("severity_gradient", "decompose", "decompose, three-fold")  # of one column, or without an interval
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
