"""A count that is not published is nowhere taken as 0: its group has no value, and no other group changes by it."""

import numpy as np
import pandas as pd
import pytest

import bereik

BANDS = ["low", "middle", "high"]
COUNTS = {"r": ([100, 80, 60], [10, 16, 30]), "g": ([50, 40, 30], [4, 6, 12]), "h": ([70, 50, 20], [9, 8, 5])}
PAIR = {"by": ["origin"], "over": ["severity"], "relative_to": "r"}
CALLS = {
    "standardise, pooled": lambda t: bereik.standardise(t, by=["origin"], over=["severity"]),
    "standardise, pair mean": lambda t: bereik.standardise(t, standard="pair_mean", **PAIR),
    "standardise, the rest": lambda t: bereik.standardise(
        t, by=["origin"], over=["severity"], method="indirect", standard="rest"
    ),
    "access_gap": lambda t: bereik.access_gap(t, **PAIR),
    "access_gap, bootstrap": lambda t: bereik.access_gap(t, interval="bootstrap", replicates=50, **PAIR),
    "mantel_haenszel": lambda t: bereik.mantel_haenszel(t, **PAIR),
    "severity_gradient": lambda t: bereik.severity_gradient(t, by=["origin"], over=["severity"]),
    "decompose": lambda t: bereik.decompose(t, by=["origin"], factors=["severity"], relative_to="r"),
    "marginal_standardisation": lambda t: bereik.marginal_standardisation(
        t, by=["origin"], adjust_for=["severity"], relative_to="r"
    ),
    "adjusted_disparity": lambda t: bereik.adjusted_disparity(
        t, by=["origin"], need=["severity"], relative_to="r", replicates=50
    ),
    "misreporting_grid": lambda t: bereik.misreporting_grid(t, **PAIR),
    "tipping_point": lambda t: bereik.tipping_point(t, **PAIR),
}  # fmt: skip


def table(groups, hidden=()):
    """Counts of the groups; the highest band of the groups in `hidden` is not published."""
    rows = [
        {"origin": name, "severity": band, "population": n, "users": y, "status": "shown"}
        for name in groups
        for band, n, y in zip(BANDS, *COUNTS[name], strict=True)
    ]
    made = pd.DataFrame(rows).assign(synthetic=True, source="made up")
    made["severity"] = pd.Categorical(made["severity"], categories=BANDS, ordered=True)
    cell = made["origin"].isin(list(hidden)) & (made["severity"] == "high")
    made = made.astype({"population": "Int64", "users": "Int64"})
    made.loc[cell, ["population", "users"]] = pd.NA
    made.loc[cell, "status"] = "not_published"
    return made


@pytest.mark.parametrize("name", CALLS)
def test_a_hidden_group_has_no_value_and_changes_no_other(name):
    with_hidden, without = CALLS[name](table("rgh", hidden="h")), CALLS[name](table("rg"))
    own = with_hidden["origin"] == "h"
    assert own.any()
    assert set(with_hidden.loc[own, "status"]) == {"not_published"}
    numbers = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
    assert with_hidden.loc[own, numbers].isna().all(axis=None)
    for column in ("value", "lower", "upper"):
        if column == "value" or not ("bootstrap" in name or name == "adjusted_disparity"):
            np.testing.assert_allclose(
                with_hidden.loc[~own, column].to_numpy(dtype=float), without[column].to_numpy(dtype=float), rtol=1e-9
            )


@pytest.mark.parametrize("name", [name for name in CALLS if "rest" not in name])
def test_a_hidden_reference_leaves_no_comparison(name):
    found = CALLS[name](table("rgh", hidden="r"))
    compared = found["relative_to"].notna()
    assert found.loc[compared, "value"].isna().all()


def test_the_pooled_standard_says_that_a_group_is_missing_from_it():
    standard = bereik.standardise(table("rgh", hidden="h"), by=["origin"], over=["severity"])["standard"]
    assert standard.iloc[0] == "pooled distribution of all groups in the table, without 1 with a hidden count"
