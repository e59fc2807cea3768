import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from bereik import mantel_haenszel
from bereik.errors import BereikError, InvalidTableError, UnknownNameError

POINTS = ["rate_ratio", "rate_difference", "odds_ratio"]
LIMITS = ["value", "lower", "upper"]


def table_of(a, n1, c, n0):
    strata = [f"stratum {at}" for at in range(len(a))]
    group = pd.DataFrame({"origin": "g", "severity": strata, "users": a, "population": n1})
    reference = pd.DataFrame({"origin": "r", "severity": strata, "users": c, "population": n0})
    return pd.concat([group, reference], ignore_index=True).assign(synthetic=True, source="made up")


def pooled(table, relative_to="r", by=("origin",)):
    return mantel_haenszel(table, by=list(by), over=["severity"], relative_to=relative_to, per=1)


def by_measure(*arguments, **options):
    result = pooled(*arguments, **options)
    return result.set_index(result["measure"].str.removeprefix("mantel_haenszel_"))


# UGDP trial (as in Rothman, Epidemiology: An Introduction), and the youth-care example with a zero stratum
UGDP = table_of([8, 22], [106, 98], [5, 16], [120, 85])
ZERO = table_of([0, 7, 9, 5], [330, 120, 47, 15], [104, 126, 130, 83], [5200, 1400, 520, 160])
# R 4.5.0: metafor 4.8.0 rma.mh(add=0, correct=FALSE): estimate and limits; Tarone and its p for the odds ratio
REFERENCE = [
    (UGDP, "rate_ratio", [1.32555532415511, 0.797907040146486, 2.20213236503511]),
    (ZERO, "rate_ratio", [0.566116470263753, 0.377751544008125, 0.848409127606365]),
    (UGDP, "rate_difference", [0.0349002693369182, -0.0276278460122289, 0.0974283846860652]),
    (ZERO, "rate_difference", [-0.0309242901785434, -0.0471890449601594, -0.0146595353969274]),
    (UGDP, "odds_ratio", [1.40314854342828, 0.76251516811557, 2.58201530572897]),
    (ZERO, "odds_ratio", [0.491155804143351, 0.302823149269642, 0.796616852197454]),
]
TARONE = [(UGDP, [0.348944866329504, 0.554711024170997], 1), (ZERO, [4.61503187804531, 0.202256357269643], 3)]


@pytest.mark.parametrize(("table", "measure", "expected"), REFERENCE)
def test_pooled_measures_equal_those_of_an_independent_package(table, measure, expected):
    assert by_measure(table).loc[measure, LIMITS].tolist() == pytest.approx(expected, rel=1e-8)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(*[st.integers(1, 40)] * 4), min_size=2, max_size=5))
def test_the_test_of_homogeneity_equals_that_of_statsmodels(counted):
    a, b, c, d = np.array(counted, dtype=float).T
    result, other = by_measure(table_of(a, a + b, c, c + d)), StratifiedTable(np.array([[a, b], [c, d]]))
    if abs(result.loc["odds_ratio", "value"] - 1) > 1e-3:  # else statsmodels has no number
        expected = other.test_equal_odds(adjust=True).statistic
        assert result.loc["odds_ratio_homogeneity", "numerator"] == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(("table", "expected", "freedom"), TARONE)
def test_the_test_of_homogeneity_equals_that_of_an_independent_package(table, expected, freedom):
    test = by_measure(table).loc["odds_ratio_homogeneity"]
    assert test[["numerator", "value"]].tolist() == pytest.approx(expected, rel=1e-8)
    assert test["denominator"] == freedom


def test_degrees_of_freedom_count_the_strata_that_say_something():
    told = table_of([5, 0, 9], [50, 40, 90], [7, 0, 20], [50, 60, 90])  # nobody uses care in the second stratum
    assert by_measure(told).loc["odds_ratio_homogeneity", "denominator"] == 1
    even = table_of([10, 20, 0], [100, 100, 50], [20, 10, 0], [100, 100, 50])  # statsmodels has no number here
    # both strata have 30 of 200: expected 15, variance 100 x 100 x 30 x 170 / 200^3; Tarone's correction is then 0
    variance = 1 / (1 / 15 + 1 / 85 + 1 / 15 + 1 / 85)
    test = by_measure(even).loc["odds_ratio_homogeneity", ["numerator", "denominator"]]
    assert test.tolist() == pytest.approx([2 * 25 / variance, 1])


def test_one_stratum_gives_the_crude_measures_and_no_test():
    result = by_measure(table_of([20], [100], [10], [100]))
    half = 1.959963984540054 * (0.8 / 20 + 0.9 / 10) ** 0.5  # Greenland & Robins is then the formula of Katz
    assert result.loc["rate_ratio", ["value", "upper"]].tolist() == pytest.approx([2, 2 * np.exp(half)])
    test = result.loc["odds_ratio_homogeneity"]
    assert test["status"] == "undefined"
    assert test[["value", "numerator", "denominator"]].isna().all()


def test_a_zero_cell_leaves_what_can_be_said():
    # epiR 2.0.80 epi.2by2 for [[0, 20], [5, 25]]: ratio and odds ratio have no Wald interval, the difference has
    table = table_of([0], [20], [5], [30])
    result = by_measure(table)
    ratios = result.loc[["rate_ratio", "odds_ratio"]]
    assert ratios[["value", "lower"]].eq(0).all(axis=None)
    assert ratios["upper"].isna().all()
    assert result.loc["rate_difference", "value"] == pytest.approx(-0.166666666666667)
    turned = by_measure(table, "g")
    assert turned.loc["rate_ratio", "status"] == "undefined"
    assert turned.loc["rate_difference", "value"] == pytest.approx(1 / 6)


def test_no_use_and_full_use_everywhere():
    none = by_measure(table_of([0, 0], [10, 20], [0, 0], [30, 40]))
    assert none.loc["rate_difference", "value"] == 0
    assert np.isnan(none.loc["rate_difference", "lower"])
    assert none.drop("rate_difference")["status"].eq("undefined").all()
    full = by_measure(table_of([10, 20], [10, 20], [30, 40], [30, 40])).loc["rate_ratio"]
    assert full["value"] == 1
    assert full["method"].startswith("no interval: nothing varies")


def test_where_nothing_was_tested_there_are_no_degrees_of_freedom():
    """The counts of one group are hidden, those of another have no users at all."""
    group = UGDP[UGDP["origin"] == "g"].assign(status="shown")
    hidden = group.assign(origin="hidden", users=pd.NA, population=pd.NA, status="hidden")
    table = pd.concat([UGDP.assign(status="shown"), hidden, group.assign(origin="nobody", users=0)])
    test = pooled(table).query("measure == 'odds_ratio_homogeneity'").set_index("origin")
    assert test.loc["g", "denominator"] == 1
    assert test.loc[["hidden", "nobody"], ["numerator", "denominator"]].isna().all(axis=None)


WEIGHTED = UGDP.assign(weighted=True, n_unweighted=1, users_unweighted=1, effective_population=1)


REFUSED = [
    (WEIGHTED, "r", BereikError, "Weighted counts"),
    (UGDP, "x", UnknownNameError, "origin 'x'"),
    (UGDP.drop(index=1), "r", InvalidTableError, "g in stratum 1"),
]


@pytest.mark.parametrize(("table", "relative_to", "error", "words"), REFUSED)
def test_bad_input_is_refused(table, relative_to, error, words):
    with pytest.raises(error, match=words):
        pooled(table, relative_to)
