"""Use per area given circumstances, with shares of origins in the same model: known truths, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.stats import t

import bereik
from bereik import area_association, area_excess, need_shapes
from bereik.data.areas import NEED
from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError

BY = ["area"]


def areas_of(users, population, **columns):
    names = [f"A{place:03d}" for place in range(len(users))]
    table = pd.DataFrame({"area": names, "users": users, "population": population} | columns)
    return table.assign(synthetic=True, source="made up")


def association(table, by=("area",), need=("poverty",), shares=("share",), **options):
    return area_association(table, by=list(by), need=need, shares=list(shares), **options)


def irls(table):
    """Poisson regression by Newton's method: a second way to the same figures, with the Pearson dispersion."""
    matrix = np.column_stack([np.ones(len(table)), table["share"], table["poverty"]])
    users, population = table[["users", "population"]].to_numpy(dtype=float).T
    beta = np.array([np.log(users.sum() / population.sum()), 0, 0])
    for _ in range(50):
        mean = population * np.exp(matrix @ beta)
        beta = beta + np.linalg.solve(matrix.T * mean @ matrix, matrix.T @ (users - mean))
    mean = population * np.exp(matrix @ beta)
    dispersion = ((users - mean) ** 2 / mean).sum() / (len(users) - len(beta))
    return beta, np.sqrt(dispersion * np.diag(np.linalg.inv(matrix.T * mean @ matrix))), dispersion


@pytest.fixture(scope="module")
def example():
    """Thirty areas in which the share of an origin goes with poverty."""
    generator = np.random.default_rng(5)
    poverty = generator.uniform(0, 10, 30)
    share = np.clip(6 * poverty + generator.normal(0, 9, 30), 0, 95)
    population = generator.integers(300, 4000, 30)
    mean = population * np.exp(-2.3 + 0.05 * poverty - 0.006 * share)
    users = generator.poisson(generator.gamma(mean / 4, 4))
    return areas_of(users, population, poverty=poverty, share=share, place=["x", "y", "z"] * 10)


def test_expected_by_hand_with_an_indicator_of_two_values():
    """Poor areas: 10 + 30 users of 400 youths; others: 20 + 20 of 800. So 10 and 5 per 100."""
    table = areas_of([10, 30, 20, 20], [100, 300, 500, 300], poor=[1, 1, 0, 0])
    rows = area_excess(table, by=BY, need=["poor"]).query("measure == 'observed_expected'")
    assert rows["denominator"].tolist() == pytest.approx([10, 30, 25, 15])
    assert rows["value"].tolist() == pytest.approx([1, 1, 0.8, 20 / 15])
    assert set(rows["standard"]) == {"users expected given poor"}


def test_joint_coefficients_intervals_and_dispersion_against_a_second_way(example):
    beta, error, dispersion = irls(example)
    table = association(example).set_index(["term", "measure"])
    share = table.loc[("share", "rate_ratio")]
    half = t.ppf(0.975, 27) * error[1]
    expected = np.exp(10 * (beta[1] + np.array([0, -half, half])))
    assert share[["value", "lower", "upper"]].tolist() == pytest.approx(expected)
    figures = table.loc[("all", "dispersion"), ["value", "numerator", "denominator"]].tolist()
    assert figures == pytest.approx([dispersion, 30, 27])
    assert dispersion > 2
    assert (share["relative_to"], "ecological" in share["method"]) == ("10 points less", True)


def test_two_groups_apart_their_contrast_and_how_far_they_can_be_told_apart():
    poverty = np.tile(np.arange(8.0), 4)
    share = 8 * poverty + np.repeat([-6.0, -2, 2, 6], 8) + 10
    other = np.tile([3.0, 9, 1, 7, 30, 12, 5, 18], 4) + np.repeat([0.0, 4, 1, 9], 8)
    population = np.where(poverty > 3, 200_000, 50_000)  # areas weigh as the youths in them
    log_rate = -2.3 + 0.05 * poverty + np.log(0.8) / 10 * share + np.log(1.1) / 10 * other
    table = areas_of(np.round(population * np.exp(log_rate)).astype(int), population, poverty=poverty, share=share)
    rows = association(table.assign(other=other), shares=["share", "other"]).set_index(["term", "measure"])["value"]
    assert rows["share", "rate_ratio"] == pytest.approx(0.8, abs=0.001)  # without chance: the truth
    assert rows["other", "rate_ratio"] == pytest.approx(1.1, abs=0.001)
    assert rows["share / other", "contrast"] == pytest.approx(0.8 / 1.1, abs=0.001)
    weights = population // 50_000
    x, *others = (np.repeat(one, weights) for one in (share, other, poverty))
    fitted = np.column_stack([np.ones(len(x)), *others])
    left = x - fitted @ np.linalg.lstsq(fitted, x, rcond=None)[0]
    assert rows["share", "variance_inflation"] == pytest.approx(x.var() / left.var())
    matrix = np.column_stack([np.ones(32), share, other, poverty])
    covariance = np.linalg.inv((matrix.T * table["users"].to_numpy()) @ matrix)
    expected = covariance[1, 2] / np.sqrt(covariance[1, 1] * covariance[2, 2])
    assert rows["share / other", "correlation"] == pytest.approx(expected, abs=1e-3)
    assert association(table, need=[])["measure"].tolist() == ["rate_ratio", "variance_inflation", "dispersion"]


def test_a_shape_that_is_not_the_true_one_predicts_areas_left_out_worse(example):
    generator = np.random.default_rng(9)
    poverty, wealth = generator.uniform(0, 12, (2, 120))
    mean = 3000 * np.exp(-2.5 + 0.4 * np.log1p(poverty) + 0.06 * wealth)
    table = areas_of(generator.poisson(mean), 3000, poverty=poverty, wealth=wealth)
    best = need_shapes(table, by=BY, need=["poverty", "wealth"]).iloc[0]
    assert best[["poverty", "wealth"]].tolist() == ["log", "linear"]
    exact = 0.0  # each area left out in turn, and predicted from a new fit of the others
    few = example.head(20)
    for at in range(20):
        others = area_excess(few.drop(index=at), by=BY, need=["poverty"]).query("measure == 'observed_expected'")
        rate = np.log(others["denominator"].to_numpy(float) / few.drop(index=at)["population"].to_numpy())
        slope, level = np.polyfit(few.drop(index=at)["poverty"], rate, 1)
        users, expected = few["users"][at], few["population"][at] * np.exp(level + slope * few["poverty"][at])
        exact += 2 * (users * np.log(users / expected) - (users - expected))
    shapes = need_shapes(few, by=BY, need=["poverty"]).set_index("poverty")["value"]
    assert shapes["linear"] == pytest.approx(exact, rel=0.05)  # one step of Newton's method


def test_use_is_lower_where_more_residents_of_some_origins_live_and_not_of_others():
    """2020, wijken of one municipality, against a formula of statsmodels: the curve as four columns that hold the constant."""
    year = bereik.wijk_use().query("period == '2020'")
    shares = ["other_non_western", "surinamese_antillean", "westers"]
    rows = association(year, ["period", "area_code"], NEED, shares, within="region").query("measure == 'rate_ratio'")
    data = year[year["status"] == "shown"].astype(dict.fromkeys(["users", "population", *shares, *NEED], float))
    given = "cr(social_assistance, df=4) + households_with_children + older_youths + region"
    formula = f"users ~ {' + '.join(shares)} + {given}"
    model = smf.glm(formula, data, family=sm.families.Poisson(), offset=np.log(data["population"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the columns of the curve hold the constant too
        fit = model.fit(scale="X2", use_t=True)
    assert rows["value"].to_numpy() == pytest.approx(np.exp(10 * fit.params[shares]).to_numpy(), rel=1e-5)
    assert rows["value"].round(2).tolist() == [0.94, 1.00, 0.88]
    assert (rows["upper"] < 1).tolist() == [True, False, True]


def test_within_compares_areas_of_one_place_only():
    """Place b uses twice as much and has higher shares: over all, the ratio is far too high; within places it is 0.9."""
    share = np.array([0.0, 10, 20, 30, 40, 50, 60, 70])
    place = ["a"] * 4 + ["b"] * 4
    poverty = np.array([1.0, 3, 2, 4, 2, 1, 4, 3])
    rate = np.where(np.array(place) == "b", 0.2, 0.1) * 0.9 ** (share / 10)
    table = areas_of(np.round(rate * 1e6).astype(int), 1_000_000, share=share, poverty=poverty, place=place)
    across, within = (association(table, within=how)["value"].iloc[0] for how in (None, "place"))
    assert within == pytest.approx(0.9, abs=1e-4)
    assert across > 0.98


def test_hidden_areas_take_no_part_and_get_no_number(example):
    hidden = example.assign(status="shown").astype({"users": "Int64", "population": "Int64"})
    hidden.loc[[3, 7], ["users", "population", "status"]] = [pd.NA, pd.NA, "not_published"]
    hidden.loc[3, "poverty"] = np.nan
    without = example.drop(index=[3, 7])
    excess, alone = (area_excess(table, by=BY, need=["poverty"]) for table in (hidden, without))
    told = excess.set_index("status")[["value", "lower", "numerator", "denominator"]]
    assert told.loc["not_published"].isna().to_numpy().tolist() == [[True] * 4] * 4  # two areas, two measures
    assert told.loc["shown", "denominator"].tolist() == pytest.approx(alone["denominator"].tolist())
    assert association(hidden)["value"].tolist() == pytest.approx(association(without)["value"].tolist())


def test_an_expectation_needs_an_indicator(example):
    with pytest.raises(BereikError, match="need="):
        area_excess(example, by=BY, need=[])


def test_each_year_has_its_own_model(example):
    both = pd.concat([example.assign(year="2020"), example.assign(year="2021", users=example["users"] + 5)])
    table = association(both, by=["year", "area"]).set_index("year")["value"]
    assert table["2020"].tolist() == pytest.approx(association(example)["value"].tolist())
    assert len(table["2021"]) == 3


REFUSED = [
    ({"poverty": np.nan}, {}, InvalidTableError, "n indicator is missing"),
    ({"poverty": 3.0}, {}, InvalidTableError, "say the same, or one is equal in all areas"),
    ({}, {"need": ["poverty", "twice"]}, InvalidTableError, "say the same"),
    ({}, {"shares": ["shares"]}, MissingColumnError, "did you mean 'share'"),
    ({}, {"need": {"poverty": "square"}}, UnknownNameError, "linear"),
    ({"poverty": -1.0}, {"need": {"poverty": "log"}}, InvalidTableError, "No logarithm"),
    ({"users": 0}, {}, InvalidTableError, "30 areas that are shown, 0 with users"),
    ({"status": ["shown"] * 4 + ["no_population"] * 26}, {}, InvalidTableError, "4 areas that are shown"),
]


@pytest.mark.parametrize(("change", "options", "error", "says"), REFUSED)
def test_bad_input_never_gives_a_number(example, change, options, error, says):
    table = example.assign(twice=2 * example["poverty"]).assign(**change)
    with pytest.raises(error, match=says):
        association(table, **options)


def test_areas_that_differ_less_than_by_chance_do_not_make_us_more_sure(example):
    """Ten per 100 in every area: dispersion far below 1, but the interval is that of chance (statistic by Newton's method)."""
    alike = example.assign(users=np.round(example["population"] * 0.1).astype(int))
    table, (_, error, dispersion) = association(alike), irls(alike)
    assert table["value"].iloc[2] == pytest.approx(dispersion)
    assert dispersion < 0.1
    width = 2 * 10 * t.ppf(0.975, 27) * error[1] / np.sqrt(dispersion)
    assert np.log(table["upper"] / table["lower"]).iloc[0] == pytest.approx(width)
