"""Counts are laid out as groups by strata without losing, inventing or mixing up any of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.workings.standards import standard_weights, values_by_stratum, weights_of
from bereik.rates.workings.strata import cross

BANDS = ["none", "mild", "severe"]


def table(population, users, *, groups=("a", "b"), bands=BANDS, **columns):
    """One row per group and band, in this order."""
    keys = pd.MultiIndex.from_product([groups, bands], names=["origin", "severity"]).to_frame(index=False)
    return keys.assign(population=population, users=users, synthetic=True, source="made up", **columns)


PLAIN = table([100, 20, 5, 40, 30, 10], [5, 4, 3, 2, 3, 4])


def laid_out(counts, **options):
    return cross(counts, by=["origin"], over=["severity"], **options)


def test_each_count_stands_in_its_group_and_stratum():
    strata = laid_out(PLAIN)
    assert strata.groups["origin"].tolist() == ["a", "b"]
    assert strata.strata["severity"].tolist() == BANDS
    assert strata.population.tolist() == strata.size.tolist() == [[100, 20, 5], [40, 30, 10]]
    assert strata.users.tolist() == [[5, 4, 3], [2, 3, 4]]
    assert (strata.status, strata.source, strata.synthetic, strata.weighted) == (["shown"] * 2, "made up", True, False)
    assert (strata.note, strata.hashed, strata.keys) == ("", None, tuple(BANDS))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.permutations(range(6)), st.booleans())
def test_the_order_of_rows_changes_nothing_when_the_categories_have_an_order(order, nullable):
    kinds = {"origin": pd.CategoricalDtype(["a", "b"]), "severity": pd.CategoricalDtype(BANDS, ordered=True)}
    whole = PLAIN.astype(kinds).astype(
        {"users": "Int64"} if nullable else {}
    )  # Int64 takes the way through count_table
    strata = laid_out(whole.iloc[order])
    assert strata.users.tolist() == laid_out(PLAIN).users.tolist()
    assert strata.strata["severity"].dtype == kinds["severity"]


def test_both_ways_of_reading_a_table_agree_for_several_columns():
    counts = pd.concat([PLAIN.assign(form=form, sex=sex) for form in ("stay", "help") for sex in ("f", "m")])
    counts = counts.assign(users=np.arange(24) % 4).reset_index(drop=True)
    fast = cross(counts, by=["form", "origin"], over=["sex", "severity"])
    slow = cross(counts.astype({"population": "Int64"}), by=["form", "origin"], over=["sex", "severity"])
    assert fast.users.tolist() == slow.users.tolist()
    assert fast.groups.equals(slow.groups)
    assert fast.strata.equals(slow.strata)
    assert fast.keys[:2] == (("f", "none"), ("f", "mild"))
    assert fast.groups.iloc[1].tolist() == ["stay", "b"]


@pytest.mark.parametrize("status", ["not_published", "suppressed", "complementary"])
def test_a_hidden_count_hides_its_group_only(status):
    counts = PLAIN.astype({"users": "Int64", "population": "Int64"}).assign(status="shown")
    counts.loc[4, ["users", "population", "status"]] = [pd.NA, pd.NA, status]
    strata = laid_out(counts)
    assert strata.status == ["shown", status]
    assert np.isnan(strata.users[1]).all()
    assert np.isnan(strata.population[1]).all()
    assert weights_of(strata.population, "pooled").tolist() == [0.8, 0.16, 0.04]


def test_a_group_without_anybody_takes_no_part():
    strata = laid_out(table([100, 20, 5, 0, 0, 0], [5, 4, 3, 0, 0, 0]))
    assert strata.status == ["shown", "no_population"]
    assert np.isnan(strata.population[1]).all()
    nobody = laid_out(table(0, 0))
    assert np.isnan(standard_weights(nobody, "pooled")[0]).all()


MISSING = PLAIN.drop(index=5)


def test_an_empty_or_missing_stratum_is_refused_and_named():
    for counts in (MISSING, PLAIN.assign(population=[100, 20, 5, 40, 30, 0], users=[5, 4, 3, 2, 3, 0])):
        with pytest.raises(InvalidTableError, match="1 strata without population: b in severe"):
            laid_out(counts)


def test_pooling_merges_with_the_band_below_for_all_groups():
    strata = laid_out(MISSING, on_empty="pool")
    assert strata.population.tolist() == [[100, 25], [40, 30]]
    assert strata.users.tolist() == [[5, 7], [2, 3]]
    assert strata.strata["severity"].tolist() == ["none", "mild + severe"]
    assert strata.note == "pooled mild + severe"
    assert strata.made_of == (("none",), ("mild", "severe"))


def test_pooling_merges_the_lowest_band_with_the_one_above_and_goes_on_until_none_is_empty():
    strata = laid_out(PLAIN.drop(index=3), on_empty="pool")
    assert strata.strata["severity"].tolist() == ["none + mild", "severe"]
    both = laid_out(PLAIN.drop(index=[3, 4]), on_empty="pool")
    assert both.strata["severity"].tolist() == ["none + mild + severe"]
    assert both.population.tolist() == [[125], [10]]
    assert both.note == "pooled none + mild; pooled none + mild + severe"


def test_pooling_several_columns_is_refused():
    counts = MISSING.assign(sex="f")
    with pytest.raises(BereikError, match="Pooling over"):
        cross(counts, by=["origin"], over=["severity", "sex"], on_empty="pool")


def test_standards_by_hand():
    strata = laid_out(PLAIN)  # shares a: 0.8, 0.16, 0.04; b: 0.5, 0.375, 0.125
    weights, name = standard_weights(strata, "pooled")
    assert weights == pytest.approx([140 / 205, 50 / 205, 15 / 205])
    assert name == "pooled distribution of all groups in the table"
    weights, name = standard_weights(strata, "reference", 0)
    assert (weights.tolist(), name) == ([0.8, 0.16, 0.04], "distribution of a")
    weights, name = standard_weights(strata, "pair_mean", 0)
    assert weights[0] == pytest.approx([0.8, 0.16, 0.04])
    assert weights[1] == pytest.approx([0.65, 0.2675, 0.0825])
    assert name == "mean of the group's distribution and that of a"
    weights, name = standard_weights(strata, {"severe": 1, "none": 3, "mild": 0})
    assert (weights.tolist(), name) == ([0.75, 0, 0.25], "given")


def test_standards_are_vectorised_over_leading_axes():
    population = np.stack([laid_out(PLAIN).population, laid_out(PLAIN).population[::-1]])
    for standard in ("pooled", "reference", "pair_mean"):
        both = weights_of(population, standard, 0)
        assert np.array_equal(both[1], weights_of(population[1], standard, 0))


def test_given_weights_follow_the_strata_that_were_pooled():
    given = {"none": 6, "mild": 3, "severe": 1}
    assert standard_weights(laid_out(MISSING, on_empty="pool"), given)[0].tolist() == [0.6, 0.4]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"none": 1, "mild": 1}, r"without \['severe'\]"),
        ({"none": 1, "mild": 1, "severe": 1, "sever": 1}, r"with \['sever'\]"),
        ({"none": 1, "mild": -1, "severe": 1}, "weights of 0 or more"),
        ({"none": 0, "mild": 0, "severe": 0}, "not all 0"),
        ({"none": 1, "mild": float("nan"), "severe": 1}, "weights of 0 or more"),
        ({"none": 1, "mild": "2", "severe": 1}, "weights of 0 or more"),
    ],
)
def test_given_weights_that_do_not_fit_are_refused(given, words):
    with pytest.raises(InvalidTableError, match=words):
        standard_weights(laid_out(PLAIN), given)


def test_values_by_stratum_keep_several_values_of_a_pooled_stratum_apart():
    strata = laid_out(MISSING, on_empty="pool")
    assert values_by_stratum(strata, {"none": 1, "mild": 2, "severe": 3}, "values") == [[1], [2, 3]]


def test_a_standard_without_its_reference_or_unknown_is_refused():
    with pytest.raises(BereikError, match="name the reference group"):
        standard_weights(laid_out(PLAIN), "reference")
    with pytest.raises(UnknownNameError, match="did you mean 'pooled'"):
        standard_weights(laid_out(PLAIN), "poled")


def test_hashed_groups_are_added_up_and_kept():
    parts = [PLAIN.assign(group=group, users=PLAIN["users"] - group) for group in (0, 1, 2)]
    strata = laid_out(pd.concat(parts), hashed=True)
    assert strata.population.tolist() == (3 * laid_out(PLAIN).population).tolist()
    assert strata.users.tolist() == (3 * laid_out(PLAIN).users - 3).tolist()
    assert strata.hashed is not None
    assert strata.hashed[0].shape == (3, 2, 3)
    assert strata.hashed[0][2].tolist() == (laid_out(PLAIN).users - 2).tolist()
    pooled = laid_out(
        pd.concat(parts).query("not (origin == 'b' and severity == 'severe')"), on_empty="pool", hashed=True
    )
    assert pooled.hashed is not None
    assert pooled.hashed[1].sum(axis=0).tolist() == pooled.population.tolist()


def test_hashed_groups_are_not_added_up_unasked_since_persons_would_be_taken_as_independent():
    with pytest.raises(InvalidTableError, match="more than once"):
        laid_out(pd.concat([PLAIN.assign(group=0), PLAIN.assign(group=1)]))


def test_the_effective_population_of_weighted_counts():
    weighted = PLAIN.assign(
        population=[10.5, 20, 5, 40, 30, 10], weighted=True, n_unweighted=9, users_unweighted=3,
        effective_population=[7, 10, 4, 20, 15, 9.0],
    )  # fmt: skip
    strata = laid_out(weighted)
    assert strata.weighted
    assert strata.population[0, 0] == 10.5
    assert strata.size == pytest.approx(np.array([[7, 10, 4], [20, 15, 9]]))
    # Two hashed halves with weights w: (sum w)^2 / sum w^2 of both together is twice that of one half.
    halves = laid_out(pd.concat([weighted.assign(group=0), weighted.assign(group=1)]), hashed=True)
    assert halves.size == pytest.approx(2 * strata.size)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"users": [5, 4, 6, 2, 3, 4]}, InvalidTableError, r"row 2 .*users=6"),
        ({"users": [5, 4, -1, 2, 3, 4]}, InvalidTableError, "negative"),
        ({"users": [5, 4, 0.5, 2, 3, 4]}, InvalidTableError, "not whole"),
        ({"users": [5, 4, np.nan, 2, 3, 4]}, InvalidTableError, "missing count"),
        ({"population": ["x", 20, 5, 40, 30, 10]}, InvalidTableError, "text"),
        ({"population": [np.inf, 20, 5, 40, 30, 10]}, InvalidTableError, "infinite"),
        ({"severity": ["none", "none", "severe"] * 2}, InvalidTableError, "more than once"),
        ({"severity": ["none", None, "severe"] * 2}, InvalidTableError, "missing category"),
        ({"synthetic": [True] * 5 + [False]}, IncomparableError, "mixes synthetic"),
        ({"status": ["shown"] * 5 + ["hidden"]}, UnknownNameError, "status"),
    ],
)
def test_what_is_no_count_table_is_refused_with_its_row(change, error, words):
    with pytest.raises(error, match=words):
        laid_out(PLAIN.assign(**change))


def test_what_is_asked_wrongly_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'pool'"):
        laid_out(PLAIN, on_empty="pol")
    for by, over in (("origin", ["severity"]), (["origin"], []), (["origin"], ["origin", "severity"])):
        with pytest.raises(BereikError, match="without a name in common"):
            cross(PLAIN, by=by, over=over)
    with pytest.raises(MissingColumnError, match="'severety'"):
        cross(PLAIN, by=["origin"], over=["severety"])
    with pytest.raises(InvalidTableError, match="no rows"):
        laid_out(PLAIN.head(0))
