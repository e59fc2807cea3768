"""Use per area given circumstances, with the share of an origin in the same model: known truths, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.area_checks import area_collinearity, leave_one_area_out
from bereik.rates.area_model import area_association, expected_in_areas
from bereik.rates.areas import area_excess
from bereik.rates.two_steps import two_step_warning

BY = ["area"]


def areas_of(users, population, **columns):
    names = [f"A{place:03d}" for place in range(len(users))]
    about = {"synthetic": True, "source": "made up"}
    return pd.DataFrame({"area": names, "users": users, "population": population} | columns | about)


def irls(users, population, matrix):
    """Poisson regression by Newton's method: a second way to the same figures, with the Pearson dispersion."""
    beta = np.zeros(matrix.shape[1])
    beta[0] = np.log(users.sum() / population.sum())
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


def matrix_of(table, *columns):
    return np.column_stack([np.ones(len(table)), *(table[name] for name in columns)])


def test_expected_by_hand_with_an_indicator_of_two_values():
    """Poor areas: 10 + 30 users of 400 youths; others: 20 + 20 of 800. So 10 and 5 per 100."""
    table = areas_of([10, 30, 20, 20], [100, 300, 500, 300], poor=[1, 1, 0, 0])
    expected = expected_in_areas(table, by=BY, need=["poor"])
    assert expected["expected"].tolist() == pytest.approx([10, 30, 25, 15])
    ratio = area_excess(expected, by=BY).query("measure == 'observed_expected'")["value"]
    assert ratio.tolist() == pytest.approx([1, 1, 0.8, 20 / 15])


def test_joint_coefficients_intervals_and_dispersion_against_a_second_way(example):
    from scipy.stats import t

    beta, error, dispersion = irls(
        example["users"].to_numpy(), example["population"].to_numpy(), matrix_of(example, "share", "poverty")
    )
    table = area_association(example, by=BY, need=["poverty"], share="share").set_index(["term", "measure"])
    found = table.loc[("share", "rate_ratio")]
    assert found["value"] == pytest.approx(np.exp(10 * beta[1]))
    half = t.ppf(0.975, 27) * error[1]
    assert [found["lower"], found["upper"]] == pytest.approx(np.exp(10 * (beta[1] + np.array([-half, half]))))
    assert table.loc[("poverty", "rate_ratio"), "value"] == pytest.approx(np.exp(10 * beta[2]))
    assert table.loc[("all", "dispersion"), ["value", "numerator", "denominator"]].tolist() == pytest.approx(
        [dispersion, 30, 27]
    )
    assert dispersion > 2
    assert found["relative_to"] == "10 points less"
    assert "ecological" in found["method"]


def test_two_steps_do_not_find_the_truth_where_share_and_poverty_go_together_and_one_model_does():
    """Known truth: 0.9 per 10 points; dispersion 5; share and poverty correlate at about 0.9."""
    generator = np.random.default_rng(11)
    poverty = generator.uniform(0, 10, 60)
    share = np.clip(7 * poverty + generator.normal(0, 9, 60), 0, 100)
    population = generator.integers(400, 5000, 60)
    mean = population * np.exp(-2.4 + 0.08 * poverty + np.log(0.9) / 10 * share)
    table = areas_of(generator.poisson(generator.gamma(mean / 4, 4)), population, poverty=poverty, share=share)
    drawn = two_step_warning(table, by=BY, need=["poverty"], share="share", true_ratio=0.9, replicates=100).set_index(
        ["measure", "way"]
    )["value"]
    assert drawn["rate_ratio", "same_model"] == pytest.approx(0.9, abs=0.02)
    assert drawn["rate_ratio", "two_steps"] > 0.96
    assert drawn["intervals_with_truth", "same_model"] >= 88
    assert drawn["intervals_with_truth", "two_steps"] <= 20


def test_two_steps_shrink_the_logarithm_by_the_variance_inflation():
    """Without chance the joint model finds the truth; two steps find about truth ** (1 / variance inflation)."""
    poverty = np.tile(np.arange(8.0), 4)
    share = 8 * poverty + np.repeat([-6.0, -2, 2, 6], 8) + 10
    population = np.full(32, 100_000)
    users = np.round(population * np.exp(-2.3 + 0.05 * poverty + np.log(0.8) / 10 * share)).astype(int)
    table = areas_of(users, population, poverty=poverty, share=share)
    way = two_step_warning(table, by=BY, need=["poverty"], share="share").set_index("way")["value"]
    collinear = area_collinearity(table, by=BY, need=["poverty"], share="share").set_index(["term", "measure"])["value"]
    r = np.corrcoef(poverty, share)[0, 1]
    assert collinear["share", "variance_inflation"] == pytest.approx(1 / (1 - r**2))
    assert collinear["poverty", "correlation"] == pytest.approx(r)
    assert collinear["all", "condition_number"] == pytest.approx(np.sqrt((1 + r) / (1 - r)))
    assert way["same_model"] == pytest.approx(0.8, abs=0.001)
    shrunk = np.log(way["two_steps"]) / np.log(0.8)
    assert shrunk == pytest.approx(1 - r**2, rel=0.35)
    assert shrunk < 0.1


def test_within_compares_areas_of_one_place_only():
    """Place b uses twice as much and has higher shares: over all, the ratio is far too high; within places it is 0.9."""
    share = np.array([0.0, 10, 20, 30, 40, 50, 60, 70])
    place = ["a"] * 4 + ["b"] * 4
    poverty = np.array([1.0, 3, 2, 4, 2, 1, 4, 3])
    rate = np.where(np.array(place) == "b", 0.2, 0.1) * 0.9 ** (share / 10)
    table = areas_of(np.round(rate * 1e6).astype(int), 1_000_000, share=share, poverty=poverty, place=place)
    across, within = (
        area_association(table, by=BY, need=["poverty"], share="share", within=how)["value"].iloc[0]
        for how in (None, "place")
    )
    assert within == pytest.approx(0.9, abs=1e-4)
    assert across > 0.98


def test_hidden_areas_take_no_part_and_get_no_number(example):
    hidden = example.assign(status="shown").astype({"users": "Int64", "population": "Int64"})
    hidden.loc[[3, 7], ["users", "population"]] = pd.NA
    hidden.loc[[3, 7], "status"] = "not_published"
    hidden.loc[3, "poverty"] = np.nan
    without = example.drop(index=[3, 7])
    options = {"by": BY, "need": ["poverty"]}
    expected = expected_in_areas(hidden, **options)
    assert expected.loc[[3, 7], "expected"].isna().all()
    assert expected["expected"].dropna().tolist() == pytest.approx(
        expected_in_areas(without, **options)["expected"].tolist()
    )
    results = [area_association(table, share="share", **options)["value"].tolist() for table in (hidden, without)]
    assert results[0] == pytest.approx(results[1])


def test_leave_one_out_is_the_model_without_that_area(example):
    out = leave_one_area_out(example, by=BY, need=["poverty"], share="share").set_index("area")["value"]
    again = area_association(example[example["area"] != "A004"], by=BY, need=["poverty"], share="share")["value"].iloc[
        0
    ]
    assert len(out) == 30
    assert out["A004"] == pytest.approx(again)


def test_the_negative_binomial_finds_a_known_truth():
    generator = np.random.default_rng(2)
    share = generator.uniform(0, 60, 400)
    poverty = generator.uniform(0, 10, 400)
    mean = 2000 * np.exp(-2.3 + 0.03 * poverty + np.log(0.85) / 10 * share)
    table = areas_of(generator.poisson(generator.gamma(10, mean / 10)), 2000, share=share, poverty=poverty)
    row = area_association(table, by=BY, need=["poverty"], share="share", model="negative_binomial").iloc[0]
    assert row["lower"] < 0.85 < row["upper"]
    assert row["upper"] / row["lower"] < 1.06  # gamma with shape 10 and 400 areas: standard error 0.009 per 10 points
    assert "negative binomial" in row["method"]


def test_each_year_has_its_own_model(example):
    both = pd.concat([example.assign(year="2020"), example.assign(year="2021", users=example["users"] + 5)])
    table = area_association(both, by=["year", "area"], need=["poverty"], share="share")
    alone = area_association(example, by=BY, need=["poverty"], share="share")
    assert table.query("year == '2020'")["value"].tolist() == pytest.approx(alone["value"].tolist())
    assert table["year"].tolist() == ["2020"] * 3 + ["2021"] * 3
    with pytest.raises(BereikError, match="2 parts"):
        two_step_warning(both, by=["year", "area"], need=["poverty"], share="share")


@pytest.mark.parametrize(
    ("change", "options", "error", "says"),
    [
        ({"poverty": np.nan}, {}, InvalidTableError, "n indicator is missing"),
        ({"poverty": 3.0}, {}, InvalidTableError, "say the same, or one is equal in all areas"),
        ({}, {"need": ["poverty", "twice"]}, InvalidTableError, "say the same"),
        ({}, {"share": "shares"}, MissingColumnError, "did you mean 'share'"),
        ({}, {"model": "poisson"}, UnknownNameError, "overdispersed_poisson"),
        ({}, {"need": ["share"]}, BereikError, "name each column once"),
        ({}, {"confidence": 95}, BereikError, "between 0 and 1"),
        ({"users": 99999}, {}, InvalidTableError, "more users than population"),
    ],
)
def test_bad_input_never_gives_a_number(example, change, options, error, says):
    table = example.assign(twice=2 * example["poverty"]).assign(**change)
    with pytest.raises(error) as caught:
        area_association(table, **({"by": BY, "need": ["poverty"], "share": "share"} | options))
    assert says in str(caught.value)
    assert "To do:" in str(caught.value)


def test_too_few_areas_no_indicator_and_areas_that_are_alike(example):
    with pytest.raises(InvalidTableError, match="4 areas that are shown, for a model with 3 terms"):
        area_association(example.head(4), by=BY, need=["poverty"], share="share")
    with pytest.raises(BereikError, match="need="):
        expected_in_areas(example, by=BY, need=[])
    with pytest.raises(InvalidTableError, match="Users in 0 areas only"):
        area_association(example.assign(users=0), by=BY, need=["poverty"], share="share")
    with pytest.raises(BereikError, match="A true ratio of 0"):
        two_step_warning(example, by=BY, need=["poverty"], share="share", true_ratio=0)


def test_areas_that_differ_less_than_by_chance_do_not_make_us_more_sure(example):
    """Ten per 100 in every area: dispersion far below 1, but the interval is that of chance (statistic by Newton's method)."""
    alike = example.assign(users=np.round(example["population"] * 0.1).astype(int))
    table = area_association(alike, by=BY, need=["poverty"], share="share")
    _, error, own = irls(
        alike["users"].to_numpy(), alike["population"].to_numpy(), matrix_of(alike, "share", "poverty")
    )
    assert table["value"].iloc[-1] == pytest.approx(own)
    assert own < 0.1
    from scipy.stats import t

    row = table.iloc[0]
    assert np.log(row["upper"] / row["lower"]) == pytest.approx(2 * 10 * t.ppf(0.975, 27) * error[1] / np.sqrt(own))


def test_a_model_that_is_not_found_is_an_error(example, monkeypatch):
    import statsmodels.api as sm

    def fail(*_, **__):
        raise np.linalg.LinAlgError

    monkeypatch.setattr(sm.NegativeBinomial, "fit", fail)
    with pytest.raises(BereikError, match="use model='overdispersed_poisson'"):
        area_association(example, by=BY, need=["poverty"], share="share", model="negative_binomial")


def test_draws_are_synthetic_and_the_same_each_time(example):
    options = {"by": BY, "need": ["poverty"], "share": "share", "true_ratio": 1.1, "replicates": 3}
    real = example.assign(synthetic=False)
    first, second = (two_step_warning(real, **options) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert first["synthetic"].all()
    assert not two_step_warning(real, by=BY, need=["poverty"], share="share")["synthetic"].any()
