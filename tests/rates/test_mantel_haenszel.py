import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.rates.mantel_haenszel import mantel_haenszel

ABOUT = {"synthetic": True, "source": "made up"}
PREFIX = "mantel_haenszel_"


def table_of(a, n1, c, n0):
    strata = [f"stratum {at}" for at in range(len(a))]
    group = pd.DataFrame({"origin": "g", "severity": strata, "users": a, "population": n1})
    reference = pd.DataFrame({"origin": "r", "severity": strata, "users": c, "population": n0})
    return pd.concat([group, reference], ignore_index=True).assign(**ABOUT)


def pooled(table, relative_to="r", **options):
    found = mantel_haenszel(table, by=["origin"], over=["severity"], relative_to=relative_to, per=1, **options)
    return found.set_index("measure")


# UGDP trial (as in Rothman, Epidemiology: An Introduction), and the youth-care example with a zero stratum
UGDP = ([8, 22], [106, 98], [5, 16], [120, 85])
ZERO = ([0, 7, 9, 5], [330, 120, 47, 15], [104, 126, 130, 83], [5200, 1400, 520, 160])
# R 4.5.0: metafor 4.8.0 rma.mh(add=0, correct=FALSE): estimate and limits; Tarone and its p for the odds ratio
REFERENCE = {
    "rate_ratio": (
        (1.32555532415511, 0.797907040146486, 2.20213236503511),
        (0.566116470263753, 0.377751544008125, 0.848409127606365),
    ),
    "rate_difference": (
        (0.0349002693369182, -0.0276278460122289, 0.0974283846860652),
        (-0.0309242901785434, -0.0471890449601594, -0.0146595353969274),
    ),
    "odds_ratio": (
        (1.40314854342828, 0.76251516811557, 2.58201530572897, 0.348944866329504, 0.554711024170997),
        (0.491155804143351, 0.302823149269642, 0.796616852197454, 4.61503187804531, 0.202256357269643),
    ),
}


@pytest.mark.parametrize("measure", REFERENCE)
@pytest.mark.parametrize(("data", "at"), [(UGDP, 0), (ZERO, 1)])
def test_pooled_measures_equal_those_of_an_independent_package(measure, data, at):
    result = pooled(table_of(*data))
    estimate, lower, upper, *test = REFERENCE[measure][at]
    assert result.loc[PREFIX + measure, ["value", "lower", "upper"]].tolist() == pytest.approx(
        [estimate, lower, upper], rel=1e-8
    )
    if test:
        assert result.loc["odds_ratio_homogeneity", ["numerator", "value"]].tolist() == pytest.approx(test, rel=1e-8)


def test_degrees_of_freedom_count_the_strata_that_say_something():
    result = pooled(table_of(*ZERO))
    assert result.loc["odds_ratio_homogeneity", "denominator"] == 3
    told = ([5, 0, 9], [50, 40, 90], [7, 0, 20], [50, 60, 90])  # nobody uses care in the second stratum
    assert pooled(table_of(*told)).loc["odds_ratio_homogeneity", "denominator"] == 1


def test_measures_by_hand():
    # two strata of 100 + 100: 20 and 40 users against 10 and 20
    result = pooled(table_of([20, 40], [100, 100], [10, 20], [100, 100]))
    assert result.loc[PREFIX + "rate_ratio", "value"] == pytest.approx((20 * 100 + 40 * 100) / (10 * 100 + 20 * 100))
    assert result.loc[PREFIX + "rate_difference", "value"] == pytest.approx(0.15)
    assert result.loc[PREFIX + "odds_ratio", "value"] == pytest.approx((20 * 90 + 40 * 80) / (10 * 80 + 20 * 60))
    assert result.loc[PREFIX + "rate_ratio", ["numerator", "denominator"]].tolist() == [60, 200]


def test_one_stratum_gives_the_crude_measures_and_no_test():
    result = pooled(table_of([20], [100], [10], [100]))
    assert result.loc[PREFIX + "rate_ratio", "value"] == pytest.approx(2)
    half = 1.959963984540054 * (0.8 / 20 + 0.9 / 10) ** 0.5  # Greenland & Robins is then the formula of Katz
    assert result.loc[PREFIX + "rate_ratio", "upper"] == pytest.approx(2 * np.exp(half))
    test = result.loc["odds_ratio_homogeneity"]
    assert test["status"] == "undefined"
    assert test[["value", "numerator", "denominator"]].isna().all()


def test_a_zero_cell_leaves_what_can_be_said():
    # epiR 2.0.80 epi.2by2 for [[0, 20], [5, 25]]: ratio and odds ratio have no Wald interval, the difference has
    result = pooled(table_of([0], [20], [5], [30]))
    for measure in ("rate_ratio", "odds_ratio"):
        assert result.loc[PREFIX + measure, ["value", "lower"]].tolist() == [0, 0]
        assert np.isnan(result.loc[PREFIX + measure, "upper"])
        assert "no upper limit" in result.loc[PREFIX + measure, "method"]
    assert result.loc[PREFIX + "rate_difference", "value"] == pytest.approx(-0.166666666666667)
    turned = pooled(table_of([0], [20], [5], [30]), "g")
    assert turned.loc[PREFIX + "rate_ratio", "status"] == "undefined"
    assert turned.loc[PREFIX + "rate_difference", "value"] == pytest.approx(1 / 6)


def test_no_use_and_full_use_everywhere():
    none = pooled(table_of([0, 0], [10, 20], [0, 0], [30, 40]))
    assert none.loc[PREFIX + "rate_difference", "value"] == 0
    assert np.isnan(none.loc[PREFIX + "rate_difference", "lower"])
    assert (
        none.loc[[PREFIX + "rate_ratio", PREFIX + "odds_ratio", "odds_ratio_homogeneity"], "status"]
        .eq("undefined")
        .all()
    )
    full = pooled(table_of([10, 20], [10, 20], [30, 40], [30, 40]))
    assert full.loc[PREFIX + "rate_ratio", "value"] == 1
    assert full.loc[PREFIX + "rate_ratio", "method"].startswith("no interval: nothing varies")


def test_an_odds_ratio_of_one_and_an_empty_stratum_still_have_a_test():
    result = pooled(
        table_of([10, 20, 0], [100, 100, 50], [20, 10, 0], [100, 100, 50])
    )  # statsmodels has no number here
    # both strata have 30 of 200: expected 15, variance 100 x 100 x 30 x 170 / 200^3; Tarone's correction is then 0
    variance = 1 / (1 / 15 + 1 / 85 + 1 / 15 + 1 / 85)
    test = result.loc["odds_ratio_homogeneity", ["numerator", "denominator"]].tolist()
    assert test == pytest.approx([2 * 25 / variance, 1])


cells = st.lists(
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40)), min_size=2, max_size=5
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cells)
def test_against_statsmodels_and_under_swaps_halves_and_scale(counted):
    a, b, c, d = np.array(counted, dtype=float).T
    table = table_of(a, a + b, c, c + d)
    result = pooled(table)
    other = StratifiedTable(np.array([[a, b], [c, d]]))
    assert result.loc[PREFIX + "odds_ratio", "value"] == pytest.approx(other.oddsratio_pooled)
    assert result.loc[PREFIX + "rate_ratio", "value"] == pytest.approx(other.riskratio_pooled)
    if abs(other.oddsratio_pooled - 1) > 1e-3:
        expected = other.test_equal_odds(adjust=True)
        assert result.loc["odds_ratio_homogeneity", "numerator"] == pytest.approx(
            expected.statistic, rel=1e-6, abs=1e-8
        )
    points = [PREFIX + name for name in REFERENCE]
    swapped = pooled(table, "g").loc[points, "value"]
    assert swapped.tolist() == pytest.approx(
        [1 / result.loc[points[0], "value"], -result.loc[points[1], "value"], 1 / result.loc[points[2], "value"]]
    )
    halves = pd.concat([table, table.assign(severity=table["severity"] + " again")])
    scaled = table.assign(users=3 * table["users"], population=3 * table["population"])
    for same in (halves, scaled, table.iloc[::-1]):
        assert pooled(same).loc[points, "value"].tolist() == pytest.approx(result.loc[points, "value"].tolist())


def test_hidden_groups_many_groups_and_parts():
    generator = np.random.default_rng(2)
    rows = [(f"g{at}", band, 50, int(generator.integers(1, 50))) for at in range(30) for band in ("low", "high")]
    table = pd.DataFrame(rows, columns=["origin", "severity", "population", "users"]).assign(**ABOUT)
    result = mantel_haenszel(table, by=["origin"], over=["severity"], relative_to="g0")
    assert len(result) == 29 * 4
    hidden = table.astype({"users": "Float64", "population": "Float64"}).assign(status="shown")
    hidden.loc[3, ["users", "population"]] = pd.NA
    hidden.loc[3, "status"] = "not_published"
    some = mantel_haenszel(hidden, by=["origin"], over=["severity"], relative_to="g0")
    assert set(some.loc[some["origin"] == "g1", "status"]) == {"not_published"}
    assert some.loc[some["origin"] == "g1", "value"].isna().all()
    parts = pd.concat([table.assign(form="a"), table.assign(form="b")])
    both = mantel_haenszel(parts, by=["form", "origin"], over=["severity"], relative_to="g0")
    assert both["value"].tolist() == result["value"].tolist() * 2


def test_bad_input_is_refused():
    table = table_of(*UGDP)
    weighted = table.assign(weighted=True, n_unweighted=1, users_unweighted=1, effective_population=table["population"])
    with pytest.raises(BereikError, match="Weighted counts"):
        pooled(weighted)
    with pytest.raises(UnknownNameError, match="origin 'x'"):
        pooled(table, "x")
    with pytest.raises(InvalidTableError, match="g in stratum 1"):
        pooled(table.drop(index=1))


def test_where_nothing_was_tested_there_are_no_degrees_of_freedom():
    """The counts of one group are hidden, those of another have no users at all."""
    table = table_of(*UGDP).astype({"users": "Int64", "population": "Int64"}).assign(status="shown")
    hidden = table[table["origin"] == "g"].assign(origin="hidden", users=pd.NA, population=pd.NA, status="suppressed")
    nobody = table[table["origin"] == "g"].assign(origin="nobody", users=0)
    found = mantel_haenszel(
        pd.concat([table, hidden, nobody]), by=["origin"], over=["severity"], relative_to="r", per=1
    ).set_index(["origin", "measure"])
    assert found.loc[("g", "odds_ratio_homogeneity"), "denominator"] == 1
    for origin in ("hidden", "nobody"):
        assert found.loc[(origin, "odds_ratio_homogeneity"), ["numerator", "denominator"]].isna().all()
