"""Use per area given circumstances, with the share of an origin in the same model: known truths, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from bereik import area_association, area_excess
from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError

BY = ["area"]


def areas_of(users, population, **columns):
    names = [f"A{place:03d}" for place in range(len(users))]
    table = pd.DataFrame({"area": names, "users": users, "population": population} | columns)
    return table.assign(synthetic=True, source="made up")


def association(table, by=("area",), need=("poverty",), share="share", **options):
    return area_association(table, by=list(by), need=list(need), share=share, **options)


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
    assert table.loc[("poverty", "rate_ratio"), "value"] == pytest.approx(np.exp(10 * beta[2]))
    figures = table.loc[("all", "dispersion"), ["value", "numerator", "denominator"]].tolist()
    assert figures == pytest.approx([dispersion, 30, 27])
    assert dispersion > 2
    assert (share["relative_to"], "ecological" in share["method"]) == ("10 points less", True)


def test_collinearity_by_hand():
    poverty = np.tile(np.arange(8.0), 4)
    share = 8 * poverty + np.repeat([-6.0, -2, 2, 6], 8) + 10
    population = np.where(poverty > 3, 200_000, 50_000)  # areas weigh as the youths in them
    users = np.round(population * np.exp(-2.3 + 0.05 * poverty + np.log(0.8) / 10 * share)).astype(int)
    table = areas_of(users, population, poverty=poverty, share=share)
    rows = association(table).set_index(["term", "measure"])["value"]
    r = np.corrcoef(*(np.repeat(one, population // 50_000) for one in (poverty, share)))[0, 1]
    assert rows["share", "variance_inflation"] == pytest.approx(1 / (1 - r**2))
    assert rows["poverty", "correlation"] == pytest.approx(r)
    assert rows["all", "condition_number"] == pytest.approx(np.sqrt((1 + r) / (1 - r)))
    assert rows["share", "rate_ratio"] == pytest.approx(0.8, abs=0.001)  # without chance: the truth
    assert association(table, need=[])["measure"].tolist() == ["rate_ratio", "dispersion"]


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
    assert told.loc["not_published"].isna().to_numpy().tolist() == [[True] * 4] * 6  # two areas, three measures
    assert told.loc["shown", "denominator"].tolist() == pytest.approx(alone["denominator"].tolist())
    assert association(hidden)["value"].tolist() == pytest.approx(association(without)["value"].tolist())


def test_the_negative_binomial_finds_a_known_truth():
    generator = np.random.default_rng(2)
    share = generator.uniform(0, 60, 400)
    poverty = generator.uniform(0, 10, 400)
    mean = 2000 * np.exp(-2.3 + 0.03 * poverty + np.log(0.85) / 10 * share)
    table = areas_of(generator.poisson(generator.gamma(10, mean / 10)), 2000, share=share, poverty=poverty)
    row = association(table, model="negative_binomial").iloc[0]
    assert row["lower"] < 0.85 < row["upper"]
    assert row["upper"] / row["lower"] < 1.06  # gamma with shape 10 and 400 areas: standard error 0.009 per 10 points
    assert "negative binomial" in row["method"]


def test_an_expectation_needs_an_indicator(example):
    with pytest.raises(BereikError, match="need="):
        area_excess(example, by=BY, need=[])


def test_each_year_has_its_own_model(example):
    both = pd.concat([example.assign(year="2020"), example.assign(year="2021", users=example["users"] + 5)])
    table = association(both, by=["year", "area"]).set_index("year")["value"]
    assert table["2020"].tolist() == pytest.approx(association(example)["value"].tolist())
    assert len(table["2021"]) == 7


REFUSED = [
    ({"poverty": np.nan}, {}, InvalidTableError, "n indicator is missing"),
    ({"poverty": 3.0}, {}, InvalidTableError, "say the same, or one is equal in all areas"),
    ({}, {"need": ["poverty", "twice"]}, InvalidTableError, "say the same"),
    ({}, {"share": "shares"}, MissingColumnError, "did you mean 'share'"),
    ({}, {"model": "poisson"}, UnknownNameError, "overdispersed_poisson"),
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


def test_a_model_that_is_not_found_is_an_error(example, monkeypatch):
    import statsmodels.api as sm

    def fail(*_, **__):
        raise np.linalg.LinAlgError

    monkeypatch.setattr(sm.NegativeBinomial, "fit", fail)
    with pytest.raises(BereikError, match="use model='overdispersed_poisson'"):
        association(example, model="negative_binomial")
