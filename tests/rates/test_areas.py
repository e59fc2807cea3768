import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, gamma, t

from bereik import area_excess
from bereik.errors import InvalidTableError, MissingColumnError
from bereik.rates.area_model import expected_in_areas
from bereik.rates.areas import excess_of_places, excess_over_expected
from bereik.tables import result_table

CRUDE, SHRUNKEN = "observed_expected", "shrunken_ratio"
USERS, EXPECTED = [2, 30, 9, 14, 40, 20], [5.0, 20.0, 10.0, 15.0, 25.0, 21.0]
KEY = {"by": ["area"]}


def table(users, expected=None, population=None, **more):
    columns = {"area": [f"area {number}" for number in range(len(users))], "users": users}
    given = {"expected": expected, "population": population}
    columns |= {name: one for name, one in given.items() if one is not None}
    return pd.DataFrame(columns).assign(synthetic=True, source="made up", **more)


def excess(users, expected):
    """The rows of areas of which the users that are expected are known."""
    areas = table(users, expected, status="shown", expected_error=0.0)
    return result_table(excess_over_expected(areas, ["area"]), ["area"])


def values(results, measure, columns="value"):
    return results.loc[results["measure"] == measure, columns].to_numpy(dtype=float)


def simulated(seed, number=60, sd=0.5):
    random = np.random.default_rng(seed)
    expected = random.uniform(2, 40, number)
    true = random.gamma(1 / sd**2, sd**2, number)
    return true, random.poisson(true * expected).astype(float), expected


def test_ratio_and_exact_limits_by_hand():
    got, users, expected = excess(USERS, EXPECTED), np.array(USERS), np.array(EXPECTED)
    limits = np.array([users, chi2.ppf(0.025, 2 * users) / 2, chi2.ppf(0.975, 2 * users + 2) / 2]) / expected
    got_limits = values(got, CRUDE, ["value", "lower", "upper"]).T
    assert got_limits == pytest.approx(limits)
    assert values(got, CRUDE, "denominator").tolist() == EXPECTED


def test_maximum_likelihood_equals_an_independent_fit_and_shrinks_as_the_textbook_says():
    import statsmodels.api as sm

    _, users, expected = simulated(1)
    fit = sm.NegativeBinomial(users, np.ones((60, 1)), exposure=expected).fit(disp=0, method="newton", tol=1e-14)
    mean, shape = np.exp(fit.params[0]), 1 / fit.params[1]
    got = excess(users, expected)
    of_area = gamma(users + shape, scale=1 / (expected + shape / mean))  # the true ratio given the users
    assert values(got, SHRUNKEN) == pytest.approx(of_area.mean(), rel=1e-6)
    assert values(got, SHRUNKEN, "lower") == pytest.approx(of_area.ppf(0.025), rel=1e-6)
    assert values(got, SHRUNKEN, "upper") == pytest.approx(of_area.ppf(0.975), rel=1e-6)


def test_areas_that_differ_by_chance_only_are_all_alike():
    got = excess([10, 11, 9, 10, 10], [10.0] * 5)
    assert values(got, SHRUNKEN).tolist() == pytest.approx([1] * 5)
    assert np.isnan(values(got, SHRUNKEN, "lower")).all()


def test_shrunken_ratios_are_nearer_to_the_truth_and_their_intervals_hold_it():
    covered, crude, shrunk = [], 0.0, 0.0
    for seed in range(30):
        true, users, expected = simulated(seed, number=100)
        got = excess(users, expected)
        covered.append((values(got, SHRUNKEN, "lower") <= true) & (true <= values(got, SHRUNKEN, "upper")))
        crude += np.sum((values(got, CRUDE) - true) ** 2)
        shrunk += np.sum((values(got, SHRUNKEN) - true) ** 2)
    assert shrunk < 0.8 * crude
    assert np.mean(covered) == pytest.approx(0.95, abs=0.013)


def modelled():
    generator = np.random.default_rng(4)
    poor, place = np.tile(generator.uniform(0, 10, 12), 2), ["x"] * 6 + ["y"] * 6 + ["x"] * 6 + ["z"] * 6
    mean = 900 * np.exp(-2.4 + 0.1 * poor)
    users = generator.poisson(generator.gamma(mean / 3, 3))
    return table(users, population=[900] * 24, poor=poor, place=place)


def test_the_error_of_the_expected_number_widens_the_interval():
    areas = modelled()
    model = area_excess(areas, **KEY, need=["poor"])
    expected = values(model, CRUDE, "denominator")
    known = excess(areas["users"], expected)
    x = np.column_stack([np.ones(24), areas["poor"]])
    users = areas["users"].to_numpy(float)
    dispersion = ((users - expected) ** 2 / expected).sum() / 22
    error = 1.959964 * np.sqrt(dispersion * np.diag(x @ np.linalg.inv((x.T * expected) @ x) @ x.T))
    below, plain = (np.log(values(one, CRUDE) / values(one, CRUDE, "lower")) for one in (model, known))
    assert below == pytest.approx(np.hypot(plain, error), rel=1e-6)
    assert (values(model, SHRUNKEN, "upper") > values(known, SHRUNKEN, "upper")).all()


def test_the_areas_of_a_place_together_with_their_spread_by_hand():
    areas = modelled()
    got = excess_of_places(areas, by=["area"], place="place", need={"poor": "linear"}).set_index("place")
    model = expected_in_areas(areas, by=["area"], need=["poor"]).set_index("area").loc[areas["area"]]
    x = model[model["place"] == "x"].astype({"users": float})
    ratio = x["users"].sum() / x["expected"].sum()
    spread = np.sqrt(12 / 11 * ((x["users"] - ratio * x["expected"]) ** 2).sum()) / x["users"].sum()
    error = np.average(x["expected_error"], weights=x["expected"])
    half = np.hypot(t.ppf(0.975, 11) * spread, 1.959964 * error)
    assert got.loc["x", ["value", "lower", "upper"]].tolist() == pytest.approx(ratio * np.exp([0, -half, half]))
    few = excess_of_places(areas.tail(9), by=["area"], place="place", need={"poor": "linear"}).set_index("place")
    assert few["method"].str.startswith("spread between all areas").to_dict() == {"x": True, "z": False}


def test_areas_with_zero_users_and_without_youths():
    areas = modelled().assign(users=[0, 30, 9, 14, 40, 20] * 4)
    none = area_excess(areas, **KEY, need=["poor"])
    assert (values(none, CRUDE)[0], values(none, CRUDE, "lower")[0]) == (0, 0)
    assert 0 < values(none, SHRUNKEN)[0] < 1
    nobody = area_excess(areas.assign(population=[0, *[900] * 23]), **KEY, need=["poor"])
    assert set(nobody.loc[nobody["area"] == "area 0", "status"]) == {"undefined"}
    alone = area_excess(areas.drop(index=0), **KEY, need=["poor"])
    assert values(nobody, SHRUNKEN)[1:].tolist() == pytest.approx(values(alone, SHRUNKEN).tolist())
    with pytest.raises(InvalidTableError, match="whose status hides it"):
        area_excess(areas.assign(status=["hidden", *["shown"] * 23]), **KEY, need=["poor"])
    with pytest.raises(MissingColumnError, match="no column 'population'"):
        area_excess(areas.drop(columns="population"), **KEY, need=["poor"])


def test_few_areas_and_no_users_at_all():
    four = excess(USERS[:4], EXPECTED[:4])
    assert four["status"].tolist() == ["shown", "undefined"] * 4
    assert four["method"].str.contains("4 areas, fewer than 5").any()
    # one count, of 0: the upper limit is -log(0.025)
    assert values(excess([0], [5.0]), CRUDE, "upper").tolist() == pytest.approx([-np.log(0.025) / 5])
    none = excess([0] * 6, EXPECTED)
    assert values(none, CRUDE).tolist() == [0] * 6
    assert none["method"].str.contains("no users in any area").any()
