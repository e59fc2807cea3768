"""Counts are laid out as groups by strata without losing, inventing or mixing up any of them."""

import numpy as np
import pandas as pd
import pytest

from bereik import standardise
from bereik.errors import IncomparableError, InvalidTableError

BANDS = ["none", "mild", "severe"]
BY = {"by": ["origin"], "over": ["severity"]}


def table(population, users, **columns):
    """One row per group (a, b) and band, in this order."""
    bands = pd.Categorical(BANDS, BANDS, ordered=True)
    keys = pd.MultiIndex.from_product([["a", "b"], bands], names=["origin", "severity"]).to_frame(index=False)
    return keys.assign(population=population, users=users, synthetic=True, source="made up", **columns)


PLAIN = table([100, 20, 5, 40, 30, 10], [5, 4, 3, 2, 3, 4])


def rates(counts, **options):
    return standardise(counts, **BY | options, per=1)


@pytest.mark.parametrize(
    ("standard", "weights"),  # shares a: 0.8, 0.16, 0.04; b: 0.5, 0.375, 0.125
    [
        ("pooled", [140 / 205, 50 / 205, 15 / 205]),
        ("reference", [0.8, 0.16, 0.04]),
        ("pair_mean", [0.65, 0.2675, 0.0825]),
        ({"severe": 1, "none": 3, "mild": 0}, [0.75, 0, 0.25]),
    ],
)
@pytest.mark.parametrize("kind", ["Int64", "float64"])
def test_standards_by_hand_in_any_order_of_rows(standard, weights, kind):
    bands = pd.CategoricalDtype(BANDS, ordered=True)
    counts = PLAIN.astype({"users": kind, "severity": bands}).sample(frac=1, random_state=3)
    result = rates(counts, standard=standard, relative_to="a").set_index("origin").loc["b"]
    assert result["value"] == pytest.approx(np.dot(weights, [2 / 40, 3 / 30, 4 / 10]))
    assert result[["numerator", "denominator"]].tolist() == [9, 80]


WEIGHTED = PLAIN.assign(weighted=True, n_unweighted=9, users_unweighted=3, effective_population=[7, 10, 4, 20, 15, 9.0])


def test_the_effective_population_of_hashed_weighted_counts():
    # Two hashed halves with weights w: (sum w)^2 / sum w^2 of both together is twice that of one half.
    halves = rates(pd.concat([WEIGHTED.assign(group=0), WEIGHTED.assign(group=1)]), assume_independent=True)
    twice = rates(WEIGHTED.assign(effective_population=2 * WEIGHTED["effective_population"]))
    limits = ["value", "lower", "upper"]
    assert halves[limits].to_numpy() == pytest.approx(twice[limits].to_numpy())


def test_hashed_groups_are_added_up_where_they_are_drawn():
    parts = pd.concat([PLAIN.assign(group=group, users=PLAIN["users"] - group % 2) for group in range(12)])
    result = rates(parts, interval="bootstrap", replicates=100)
    assert result["numerator"].tolist() == [12 * 12 - 18, 12 * 9 - 18]
    assert result["denominator"].tolist() == [12 * 125, 12 * 80]


def weights(none=1, mild=1, severe=1, **more):
    return {"standard": {"none": none, "mild": mild, "severe": severe, **more}}


REFUSED = [
    (PLAIN, {"standard": {"none": 1, "mild": 1}}, InvalidTableError, r"without \['severe'\]"),
    (PLAIN, weights(sever=1), InvalidTableError, r"with \['sever'\]"),
    (PLAIN, weights(mild=-1), InvalidTableError, "weights of 0 or more"),
    (PLAIN, weights(0, 0, 0), InvalidTableError, "not all 0"),
    (PLAIN.assign(group=1), {}, IncomparableError, "hashed groups of persons"),
    (PLAIN.drop(index=5), {}, InvalidTableError, "1 strata without population: b in severe"),
]


@pytest.mark.parametrize(("counts", "options", "error", "words"), REFUSED)
def test_what_cannot_be_standardised_is_refused(counts, options, error, words):
    with pytest.raises(error, match=words):
        rates(counts, **options)
