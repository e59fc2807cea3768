import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, gamma

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError
from bereik.rates.areas import area_excess
from bereik.rates.workings.shrinkage import Prior, exceedance, fit_prior, shrunken, shrunken_limits

CRUDE, SHRUNKEN, CHANCE = "observed_expected", "shrunken_ratio", "exceedance_probability"
USERS, EXPECTED = [2, 30, 9, 14, 40, 20], [5.0, 20.0, 10.0, 15.0, 25.0, 21.0]
KEY = {"by": ["area"]}


def table(users, expected=None, population=None, **more):
    sizes = {"expected": expected, "population": population}
    columns = {name: values for name, values in sizes.items() if values is not None}
    names = [f"area {number}" for number in range(len(users))]
    return pd.DataFrame({"area": names, "users": users} | columns | {"synthetic": True, "source": "made up"} | more)


def values(results, measure, column="value"):
    return results.loc[results["measure"] == measure, column].to_numpy(dtype=float)


def simulated(seed, number=60, sd=0.5):
    random = np.random.default_rng(seed)
    expected = random.uniform(2, 40, number)
    true = random.gamma(1 / sd**2, sd**2, number)
    return true, random.poisson(true * expected).astype(float), expected


# --- users against expected users


def test_ratio_and_exact_limits_by_hand():
    got = area_excess(table(USERS, EXPECTED), **KEY)
    assert got["measure"].tolist() == [CRUDE, SHRUNKEN, CHANCE] * 6
    assert values(got, CRUDE).tolist() == pytest.approx(np.divide(USERS, EXPECTED))
    users, expected = np.array(USERS), np.array(EXPECTED)
    assert values(got, CRUDE, "lower").tolist() == pytest.approx(chi2.ppf(0.025, 2 * users) / 2 / expected)
    assert values(got, CRUDE, "upper").tolist() == pytest.approx(chi2.ppf(0.975, 2 * users + 2) / 2 / expected)
    assert values(got, CRUDE, "denominator").tolist() == EXPECTED


def test_without_expected_users_the_rate_of_all_areas_is_used():
    got = area_excess(table([10, 20, 30, 5, 15], population=[100, 100, 400, 50, 150]), **KEY)  # 80 of 800: 10 percent
    assert values(got, CRUDE).tolist() == pytest.approx([1, 2, 0.75, 1, 1])
    assert got["standard"].unique().tolist() == ["use rate of all areas in the table together"]


def test_maximum_likelihood_equals_an_independent_fit_and_shrinks_as_the_textbook_says():
    import statsmodels.api as sm

    _, users, expected = simulated(1)
    fit = sm.NegativeBinomial(users, np.ones((60, 1)), exposure=expected).fit(disp=0, method="newton", tol=1e-14)
    mean, shape = np.exp(fit.params[0]), 1 / fit.params[1]
    prior = fit_prior(users, expected)
    assert (prior.mean, prior.variance) == pytest.approx((mean, mean**2 / shape), rel=1e-6)
    got = area_excess(table(users.astype(int), expected), **KEY)
    of_area = gamma(users + shape, scale=1 / (expected + shape / mean))  # the true ratio given the users
    assert values(got, SHRUNKEN) == pytest.approx(of_area.mean(), rel=1e-6)
    assert values(got, SHRUNKEN, "lower") == pytest.approx(of_area.ppf(0.025), rel=1e-6)
    assert values(got, SHRUNKEN, "upper") == pytest.approx(of_area.ppf(0.975), rel=1e-6)
    assert values(got, CHANCE) == pytest.approx(of_area.sf(1), rel=1e-5)


def test_the_spread_is_found_again_in_many_areas():
    random = np.random.default_rng(2)
    expected = random.uniform(5, 40, 4000)
    users = random.poisson(random.gamma(4, 1.2 / 4, 4000) * expected).astype(float)  # mean 1.2, variance .36
    prior = fit_prior(users, expected)
    assert prior.mean == pytest.approx(1.2, abs=0.04)  # 3 standard errors of .6 / sqrt(4000), and chance in users
    assert prior.variance == pytest.approx(0.36, rel=0.1)


def test_areas_that_differ_by_chance_only_are_all_alike():
    got = area_excess(table([10, 11, 9, 10, 10], [10.0] * 5), **KEY)
    assert values(got, SHRUNKEN).tolist() == pytest.approx([1] * 5)
    assert np.isnan(values(got, SHRUNKEN, "lower")).all()
    of_chance = got[got["measure"] == CHANCE]
    assert set(of_chance["status"]) == {"undefined"}
    assert of_chance["method"].str.contains("no more than by chance").all()


def test_shrinking_brings_ratios_nearer_to_the_truth():
    crude, shrunk = 0.0, 0.0
    for seed in range(25):
        true, users, expected = simulated(seed, sd=0.3)
        prior = fit_prior(users, expected)
        crude += np.sum((users / expected - true) ** 2)
        shrunk += np.sum((shrunken(users, expected, prior) - true) ** 2)
    assert shrunk < 0.6 * crude


def test_exceedance_probabilities_are_calibrated():
    """Of the areas with a probability of about p, a share p has a true ratio above 1; and intervals hold 95 percent."""
    probability, above, covered = [], [], []
    for seed in range(60):
        true, users, expected = simulated(seed, number=100)
        prior = fit_prior(users, expected)
        probability.append(exceedance(users, expected, prior))
        above.append(true > 1)
        lower, upper = shrunken_limits(users, expected, prior, 0.95)
        covered.append((lower <= true) & (true <= upper))
    probability, above = np.concatenate(probability), np.concatenate(above)
    for low in np.arange(0, 1, 0.2):
        some = (probability >= low) & (probability < low + 0.2)
        assert some.sum() > 500
        three_errors = 3 * np.sqrt(0.25 / some.sum())
        assert above[some].mean() == pytest.approx(probability[some].mean(), abs=three_errors)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)


def test_a_known_prior_gives_the_textbook_posterior():
    prior = Prior(1.0, 0.25)  # shape 4, rate 4
    assert shrunken(np.array([6.0]), np.array([1.0]), prior).tolist() == [2.0]
    assert exceedance(np.array([6.0]), np.array([1.0]), prior)[0] == pytest.approx(gamma.sf(1, 10, scale=0.2))


def test_zero_users_zero_expected_and_hidden_areas():
    areas = table([0, 30, 9, 14, 40, 20, 3, 4], [5.0, 20, 10, 15, 25, 21, 0, 8], status="shown")
    areas = areas.astype({"users": "Int64"})
    areas.loc[7, "users"] = pd.NA
    areas.loc[7, "status"] = "suppressed"
    with pytest.raises(InvalidTableError, match="whose status hides it"):
        area_excess(areas, **KEY)
    areas.loc[7, "expected"] = np.nan
    got = area_excess(areas, **KEY)
    by_area = got.pivot(index="area", columns="measure", values=["value", "status"])
    assert by_area.loc["area 0", ("value", CRUDE)] == 0
    assert values(got, CRUDE, "lower")[0] == 0
    assert 0 < by_area.loc["area 0", ("value", SHRUNKEN)] < 1
    assert set(got.loc[got["area"] == "area 6", "status"]) == {"undefined"}
    assert set(got.loc[got["area"] == "area 7", "status"]) == {"suppressed"}
    assert got.loc[got["area"].isin(["area 6", "area 7"]), "value"].isna().all()
    six = area_excess(table([0, 30, 9, 14, 40, 20], EXPECTED), **KEY)
    assert values(got, SHRUNKEN)[:6].tolist() == pytest.approx(values(six, SHRUNKEN).tolist())


def test_few_areas_and_no_users_at_all():
    four = area_excess(table(USERS[:4], EXPECTED[:4]), **KEY)
    assert four.loc[four["measure"] == CRUDE, "status"].tolist() == ["shown"] * 4
    assert set(four.loc[four["measure"] != CRUDE, "status"]) == {"undefined"}
    assert four["method"].str.contains("4 areas, fewer than 5").any()
    none = area_excess(table([0] * 6, EXPECTED), **KEY)
    assert values(none, CRUDE).tolist() == [0] * 6
    assert none["method"].str.contains("no users in any area").any()
    assert area_excess(table([3], [2.0]), **KEY)["status"].tolist() == ["shown", "undefined", "undefined"]
    nobody = area_excess(table([0] * 6, population=[0] * 6), **KEY)
    assert set(nobody["status"]) == {"undefined"}


def test_full_use_and_many_areas():
    full = area_excess(table([50, 60, 70, 80, 90], population=[50, 60, 70, 80, 90]), **KEY)
    assert values(full, CRUDE).tolist() == [1] * 5
    _, users, expected = simulated(3, number=300)
    got = area_excess(table(users.astype(int), expected), **KEY)
    assert len(got) == 900
    assert (got["status"] == "shown").all()


def test_columns_of_by_before_the_area_are_kept_apart():
    both = pd.concat([table(USERS, EXPECTED, form="x"), table(USERS[::-1], EXPECTED, form="y")], ignore_index=True)
    got = area_excess(both, by=["form", "area"])
    alone = area_excess(table(USERS[::-1], EXPECTED), **KEY)
    of_y = got[got["form"] == "y"].reset_index(drop=True)
    assert of_y["value"].tolist() == alone["value"].tolist()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 50)), min_size=5, max_size=12), st.integers(0, 99))
def test_shrunken_ratios_lie_between_ratio_and_mean_whatever_the_order(pairs, seed):
    users, expected = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    areas = table(users.astype(int), expected)
    got = area_excess(areas, **KEY)
    if users.sum():
        prior = fit_prior(users, expected)
        smooth, ratio = shrunken(users, expected, prior), users / expected
        low, high = np.minimum(ratio, prior.mean), np.maximum(ratio, prior.mean)
        assert ((smooth >= low - 1e-9) & (smooth <= high + 1e-9)).all()
    shuffled = areas.assign(area=pd.Categorical(areas["area"], categories=areas["area"], ordered=True))
    again = area_excess(shuffled.sample(frac=1, random_state=seed), **KEY)
    np.testing.assert_allclose(again["value"], got["value"], rtol=1e-6)


@pytest.mark.parametrize(
    ("areas", "more", "error", "match"),
    [
        (table(USERS, EXPECTED), {"confidence": 95}, BereikError, "confidence"),
        (table(USERS, EXPECTED), {"by": "area"}, BereikError, "list of column names"),
        (table(USERS), {}, MissingColumnError, "no column 'population'"),
        (table([1.5, 2], [1.0, 2.0]), {}, InvalidTableError, "not whole"),
        (table([1, 2], [-1.0, 2.0]), {}, InvalidTableError, "negative count in expected"),
        (table([10, 2], population=[5, 20]), {}, InvalidTableError, "more users than population"),
        (table([1, 2], [1.0, 2.0], area="same"), {}, InvalidTableError, "more than once"),
        (table([1, 2], [1.0, 2.0], synthetic=[True, False]), {}, IncomparableError, "synthetic"),
        (table([], []), {}, InvalidTableError, "no rows"),
    ],
)
def test_bad_areas_are_explained(areas, more, error, match):
    with pytest.raises(error, match=match):
        area_excess(areas, **KEY | more)
