"""Standardised rates are those of independent tools, of a hand calculation."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.standardise import standardise
from bereik.rates.workings.direct_rates import direct_limits
from bereik.rates.workings.observed_expected import Reference, observed_expected_limits
from bereik.rates.workings.strata import Strata

Z = 1.959963984540054
BANDS = ["none", "mild", "moderate", "severe"]


def table(users, population, groups, bands=BANDS, **columns):
    keys = pd.MultiIndex.from_product([groups, bands], names=["origin", "severity"]).to_frame(index=False)
    return keys.assign(population=population, users=users, synthetic=True, source="made up", **columns)


# Example of youth care by severity with made-up counts; standard = all groups together.
GROUPS = ["NL", "TR", "MA", "SR_AN", "other"]
POPULATION = [5200, 1400, 520, 160, 610, 210, 96, 41, 540, 190, 88, 37, 260, 85, 30, 11, 330, 120, 47, 15]
USERS = [104, 126, 130, 83, 6, 12, 15, 14, 5, 10, 13, 12, 3, 5, 4, 4, 0, 7, 9, 5]
CARE = table(USERS, POPULATION, GROUPS)
PUBLISHED = dict(zip(BANDS, zip([118, 160, 171, 118], [6940, 2005, 781, 264], strict=True), strict=True))
SELVIN = table(
    [141, 926, 1253, 1080, 1869, 4891, 14956, 30888, 41725, 26501, 5928],
    [1784033, 7065148, 15658730, 10482916, 9939972, 10563872, 9114202, 6850263, 4702482, 1874619, 330915],
    ["all"], range(11),
)  # fmt: skip
SELVIN_STANDARD = dict(
    enumerate([906897, 3794573, 10003544, 10629526, 9465330, 8249558, 7294330, 5022499, 2920220, 1019504, 142532])
)


def standardised(counts=CARE, **options):
    return standardise(counts, by=["origin"], over=["severity"], **options)


def rare(counts=CARE, **options):
    """Without the warning for common use, which is tested apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return standardised(counts, **options)


def columns(results):
    return results[["value", "lower", "upper"]].to_numpy().T.tolist()


def test_direct_rates_are_those_of_phe_and_epitools():
    # PHEindicatormethods 2.1.1 calculate_dsr (the values) and epitools 0.5.10.1 ageadjust.direct (Fay-Feuer), R 4.5.0.
    value = [65.2102102102102, 39.5406721838649, 37.1153350020375, 39.8549982863708, 35.4866391213909]
    gamma_lower = [59.2635783896827, 28.8748647377589, 26.3247141680033, 22.7610645916901, 21.9634138970707]
    gamma_upper = [71.6108773090465, 53.2172790603573, 51.2950804025854, 65.0329952069766, 54.8800588003728]
    assert columns(rare(per=1000, interval="fay_feuer")) == pytest.approx(
        np.array([value, gamma_lower, gamma_upper]), rel=1e-8
    )
    assert standardised(per=1000)["value"].tolist() == pytest.approx(value, rel=1e-8)


def test_direct_rate_of_selvin_1960():
    # epitools 0.5.10.1 ageadjust.direct, R 4.5.0 (Selvin 1960 example).
    options = {"per": 100_000, "standard": SELVIN_STANDARD}
    gamma = standardised(SELVIN, interval="fay_feuer", **options)
    assert np.array(columns(gamma)).ravel() == pytest.approx(
        [143.917626408125, 143.125968954001, 144.713149825375], rel=1e-8
    )
    assert gamma["standard"].tolist() == ["given"]
    assert gamma["numerator"][0] / gamma["denominator"][0] == pytest.approx(0.00166087444392518, rel=1e-8)


def test_poisson_variance_is_that_of_the_package_dsr():
    # dsr 0.2.2, method="normal", R 4.5.0: value 39.5406721839, lower 28.0274306349 per 1000 for TR. Its variance, put in
    # the binomial form at rare use (users a thousandth of the population), gives the same relative error.
    relative = (39.5406721839 - 28.0274306349) / 39.5406721839
    counts = CARE.assign(population=CARE["population"] * 10**7)
    result = standardised(counts).set_index("origin").loc["TR"]
    assert np.log(result["upper"] / result["value"]) == pytest.approx(relative, rel=1e-6)


def test_a_stratum_that_is_absent_is_refused_not_renormalised():
    counts = table([50, 40, 30, 30, 20, 15, 10, 12], [5000, 1000, 400, 100, 900, 300, 120, 40], ["a", "b"])
    standard = dict(zip(BANDS, [5900, 1300, 520, 140], strict=True))
    full = standardised(counts, standard=standard, per=1000).iloc[1]
    # PHEindicatormethods 2.1.1 calculate_dsr, R 4.5.0; with the row absent it gives 31.0161197466897 without a word.
    assert full["value"] == pytest.approx(35.8071812270286, rel=1e-8)
    absent = counts.drop(index=7)
    with pytest.raises(InvalidTableError, match="1 strata without population: b in severe"):
        standardised(absent, standard=standard)
    pooled = standardised(absent, standard=standard, per=1000, on_empty="pool")
    # By hand: (5900 x 20/900 + 1300 x 15/300 + 660 x 10/120) / 7860.
    assert pooled["value"][1] == pytest.approx(1000 * (5900 * 20 / 900 + 1300 * 15 / 300 + 660 * 10 / 120) / 7860)
    assert pooled["method"].str.contains("pooled moderate [+] severe").all()


def test_few_users_are_shown_and_not_hidden():
    # PHEindicatormethods 2.1.1 gives no rate below 10 users; b (15 users): 5333.33333333333 per 100,000.
    counts = table([1, 2, 3, 4, 5, 6], [100] * 6, ["a", "b"], ["low", "middle", "high"])
    result = standardised(counts, standard={"low": 10, "middle": 20, "high": 30}, per=100_000)
    assert result["value"].tolist() == pytest.approx([100_000 * (10 + 40 + 90) / 6000, 5333.33333333333])
    assert result["status"].tolist() == ["shown", "shown"]
    assert (result["upper"] - result["lower"]).gt(4000).all()


HAND = table([9, 5, 5, 20], [90, 10, 50, 50], ["a", "b"], ["low", "high"])


def test_binomial_interval_by_hand():
    # Weights 140/200 and 60/200; a: 0.7 x 0.1 + 0.3 x 0.5 = 0.22; V = 0.49 x 0.09/90 + 0.09 x 0.25/10 = 0.00274.
    result = standardised(HAND).iloc[0]
    half = Z * np.sqrt(0.00274) / (0.22 * 0.78)
    limits = [100 / (1 + np.exp(-(np.log(0.22 / 0.78) + side * half))) for side in (-1, 1)]
    assert result[["value", "lower", "upper"]].tolist() == pytest.approx([22, *limits], rel=1e-12)
    assert result[["numerator", "denominator"]].tolist() == [14, 100]
    assert (result["measure"], result["per"]) == ("directly_standardised_rate", "100 youths")
    assert result["standard"] == "pooled distribution of all groups in the table"


@pytest.mark.parametrize("standard", ["pair_mean", "reference"])
def test_standards_that_need_a_reference(standard):
    # a: shares 0.9, 0.1, rates 0.1, 0.5; b: shares 0.5, 0.5, rates 0.1, 0.4. Pair mean of b with a: 0.7, 0.3.
    rates = {"pair_mean": [14, 100 * (0.7 * 0.1 + 0.3 * 0.4)], "reference": [14, 100 * (0.9 * 0.1 + 0.1 * 0.4)]}[
        standard
    ]
    result = standardised(HAND, standard=standard, relative_to="a")
    assert result["value"].tolist() == pytest.approx(rates)
    assert result["standard"].str.contains("a").all()


def test_indirect_standardisation_is_that_of_phe():
    # PHEindicatormethods 2.1.1 calculate_ISRatio(refvalue=100), calculate_ISRate(multiplier=1000), R 4.5.0: Byar.
    results = rare(method="indirect", standard=PUBLISHED, interval="byar", per=1000)
    ratio = results[results["measure"] == "observed_expected"]
    rate = results[results["measure"] == "indirectly_standardised_rate"]
    expected = [385.504868650947, 66.4748263849509, 60.1491353807393, 22.6889602608351, 32.1822093225279]
    smr = [114.914242600944, 70.7034565653867, 66.5013715439185, 70.5188770929209, 65.2534441919118]
    smr_lower = [104.460908391862, 51.9457659769373, 47.504090766343, 40.2817441322636, 40.3775774917991]
    smr_upper = [126.13031004719, 94.0227277013484, 90.558407822877, 114.524587708475, 99.7515116421945]
    assert ratio["denominator"].tolist() == pytest.approx(expected, rel=1e-8)
    assert ratio["numerator"].tolist() == [443, 47, 40, 16, 21]
    assert 100 * np.array(columns(ratio)) == pytest.approx(np.array([smr, smr_lower, smr_upper]), rel=1e-8)
    isr = [65.2215971518872, 40.1289888614357, 37.7440216870889, 40.0242275392254, 37.0357385954094]
    isr_lower = [59.2886236818677, 29.4827320409644, 26.9617812457622, 22.862611534528, 22.9170034412914]
    isr_upper = [71.5874732700268, 53.364250857522, 51.3980152508221, 65.0004416723779, 56.6157228239483]
    assert np.array(columns(rate)) == pytest.approx(np.array([isr, isr_lower, isr_upper]), rel=1e-8)
    wider = rare(method="indirect", standard=PUBLISHED, interval="byar", confidence=0.998)
    wider = wider[wider["measure"] == "observed_expected"]
    lower = [0.987764331054397, 0.430210454242898, 0.386259876084845, 0.280619300404996, 0.297819563477907]
    upper = [1.32808608391502, 1.08780664441549, 1.05891554315714, 1.43997977550605, 1.22480426293397]
    assert np.array(columns(wider))[1:] == pytest.approx(np.array([lower, upper]), rel=1e-8)


def test_indirect_standardisation_with_few_or_no_users_is_exact():
    # PHEindicatormethods 2.1.1 calculate_ISRatio with 0, 6 and 9 observed, R 4.5.0: exact.
    counts = table([0, 0, 0, 1, 2, 3, 2, 3, 4], [10, 20, 30, 40, 50, 60, 15, 25, 35], ["u", "v", "w"], ["x", "y", "z"])
    standard = {"x": (10, 500), "y": (20, 500), "z": (40, 500)}
    results = standardised(counts, method="indirect", standard=standard).query("measure == 'observed_expected'")
    expected = [
        [0, 0.789473684210526, 2.19512195121951],
        [0, 0.289722928090901, 1.00374953594593],
        [1.08496454532763, 1.71835184506825, 4.16702523205346],
    ]
    assert np.array(columns(results)) == pytest.approx(np.array(expected), rel=1e-8)
    assert results["denominator"].tolist() == pytest.approx([3.4, 7.6, 4.1])
    assert results["method"].str.contains("exact Poisson").all()


def test_byar_is_that_of_epir_and_rates_alone_give_no_standardised_rate():
    # epiR 2.0.80 epi.smr(obs=7, exp=4.3, method="byar"), R 4.5.0: 1.62790697674419 (0.652193182575597, 3.35424710696257).
    counts = table([7], [43], ["a"], ["x"])
    results = standardised(counts, method="indirect", standard={"x": 0.1}, interval="byar")
    expected = [1.62790697674419, 0.652193182575597, 3.35424710696257]
    assert results[["value", "lower", "upper"]].to_numpy().ravel().tolist() == pytest.approx(expected, rel=1e-8)
    assert results["measure"].tolist() == ["observed_expected"]
    assert results["relative_to"].tolist() == ["published values"]


def test_indirect_standardisation_with_an_estimated_reference_by_hand():
    # b: O = 25, E = 50 x 0.1 + 50 x 0.5 = 30, Var(O) = 50 x 0.09 + 50 x 0.24 = 16.5, Var(E) = 2.5 + 62.5 = 65.
    results = standardised(HAND, method="indirect", relative_to="a")
    b = results[(results["origin"] == "b") & (results["measure"] == "observed_expected")].iloc[0]
    factor = np.exp(Z * np.sqrt(16.5 / 25**2 + 65 / 30**2))
    assert b[["value", "lower", "upper"]].tolist() == pytest.approx([25 / 30, 25 / 30 / factor, 25 / 30 * factor])
    assert (b["numerator"], b["denominator"], b["relative_to"]) == (25, 30, "a")
    # Rate: x 14 / 100. log(crude) - log E has slopes 90/14 - 50/30 and 10/14 - 50/30 on the rates of a.
    rate = results[(results["origin"] == "b") & (results["measure"] == "indirectly_standardised_rate")].iloc[0]
    variance = (90 / 14 - 50 / 30) ** 2 * 0.09 / 90 + (10 / 14 - 50 / 30) ** 2 * 0.25 / 10
    factor = np.exp(Z * np.sqrt(16.5 / 25**2 + variance))
    assert rate[["value", "lower", "upper"]].tolist() == pytest.approx([35 / 3, 35 / 3 / factor, 35 / 3 * factor])
    own = results[results["origin"] == "a"]
    assert own["value"].tolist() == pytest.approx([1, 14])
    assert own[["lower", "upper"]].isna().all(axis=None)
    assert own["method"].str.endswith("1 by definition").all()


def test_the_rest_as_reference_excludes_the_group_itself():
    three = table([9, 5, 5, 20, 1, 2], [90, 10, 50, 50, 10, 10], ["a", "b", "c"], ["low", "high"])
    results = standardised(three, method="indirect", standard="rest")
    two = three[three["origin"] != "a"].groupby("severity", sort=False)[["users", "population"]].sum()
    other = HAND.assign(users=[9, 5, *two["users"]], population=[90, 10, *two["population"]])
    expected = standardised(other, method="indirect", relative_to="b")
    assert results.iloc[:2][["value", "lower", "upper"]].to_numpy() == pytest.approx(
        expected.iloc[:2][["value", "lower", "upper"]].to_numpy()
    )
    assert results["relative_to"].unique().tolist() == ["all other groups"]
    alone = standardised(HAND.head(2), method="indirect", standard="rest")
    assert alone["status"].tolist() == ["undefined"] * 2
    assert alone["value"].isna().all()


@pytest.mark.parametrize("interval", ["exact", "byar"])
@pytest.mark.parametrize("reference", [{"relative_to": "NL"}, {"standard": "rest"}])
def test_exact_intervals_need_a_fixed_reference(interval, reference):
    with pytest.raises(BereikError, match="72 to 87 percent"):
        standardised(method="indirect", interval=interval, **reference)


def test_common_use_is_warned_about():
    with pytest.warns(UserWarning, match=r"interval='fay_feuer' is for rare use, and 6 strata .*above 20% .*52%"):
        standardised(interval="fay_feuer")
    with pytest.warns(UserWarning, match="log_ratio"):
        standardised(method="indirect", standard=PUBLISHED)
    assert len(standardised(method="indirect", standard=PUBLISHED, interval="log_ratio")) == 10


def test_zero_and_full_use_have_an_interval():
    counts = table([0, 0, 50, 50, 0, 50], [50] * 6, ["none", "full", "split"], ["low", "high"])
    results = standardised(counts)
    # No band varies: Wilson at 100 effective youths (statsmodels 0.15.0 proportion_confint: 0/100, 100/100, 50/100).
    expected = [[0, 100, 50], [0, 96.30065, 40.38315], [3.69935, 100, 59.61685]]
    assert np.array(columns(results)) == pytest.approx(np.array(expected), abs=1e-5)
    with pytest.warns(UserWarning, match="rare"):
        gamma = standardised(counts, interval="fay_feuer")
    # Without users Fay and Feuer's upper limit is that of 0 events in the smallest stratum: 0.5 x 3.6888795 / 50.
    assert gamma[["lower", "upper"]].iloc[0].tolist() == pytest.approx([0, 3.6888795], rel=1e-6)
    assert gamma["upper"].max() <= 100


def test_zero_and_full_use_in_indirect_standardisation():
    counts = table([10, 20, 0, 0, 50, 50], [50] * 6, ["reference", "none", "full"], ["low", "high"])
    ratio = standardised(counts, method="indirect", relative_to="reference").query("measure == 'observed_expected'")
    away = np.exp(Z * np.sqrt((50 * 0.16 + 50 * 0.24) / 30**2))
    assert ratio["value"].tolist() == pytest.approx([1, 0, 100 / 30])
    assert ratio["lower"].tolist()[1:] == pytest.approx([0, 96.30065 / 30 / away], rel=1e-5)
    assert ratio["upper"].tolist()[1:] == pytest.approx([3.69935 / 30 * away, 100 / 30 * away], rel=1e-5)
    nothing = standardised(counts, method="indirect", relative_to="none")
    assert nothing["status"].unique().tolist() == ["undefined"]
    assert nothing["value"].isna().all()


def test_hidden_groups_keep_their_status_and_change_nothing_else():
    hidden = table(pd.NA, pd.NA, ["hidden"]).assign(status="not_published")
    counts = pd.concat([CARE.assign(status="shown"), hidden], ignore_index=True)
    results = standardised(counts)
    assert results["value"].tolist()[:5] == standardised()["value"].tolist()
    assert results.iloc[5][["status", "value", "lower", "numerator"]].tolist() == [
        "not_published", pytest.approx(np.nan, nan_ok=True), pytest.approx(np.nan, nan_ok=True),
        pytest.approx(np.nan, nan_ok=True),
    ]  # fmt: skip
    assert results["method"].str.contains("1 hidden groups take no part").all()
    rests = standardised(counts, method="indirect", relative_to="hidden")
    assert rests["status"].unique().tolist() == ["not_published"]
    empty = standardised(pd.concat([CARE, table(0, 0, ["nobody"])], ignore_index=True))
    assert empty["status"].tolist() == ["shown"] * 5 + ["no_population"]


def test_each_combination_of_the_leading_columns_is_standardised_by_itself():
    both = pd.concat([HAND.assign(form="help"), HAND.assign(form="stay", users=HAND["users"] // 2)])
    for options in ({}, {"method": "indirect", "relative_to": "a"}):
        results = standardise(both, by=["form", "origin"], over=["severity"], **options)
        alone = standardised(HAND.assign(users=HAND["users"] // 2), **options)
        assert results.query("form == 'stay'")["value"].tolist() == alone["value"].tolist()
        assert results["standard"].str.endswith(("(help)", "(stay)")).all()


def test_totals_beside_their_parts_are_not_pooled_and_not_compared():
    counts = table(
        [9, 5, 5, 20, 14, 25], [90, 10, 50, 50, 140, 60], ["nederlands", "turkije", "total"], ["low", "high"]
    )
    for options in ({}, {"method": "indirect", "standard": "rest"}):
        with pytest.raises(IncomparableError, match="contains another group"):
            standardised(counts, **options)
    results = standardised(counts, method="indirect", relative_to="nederlands")
    assert results["origin"].unique().tolist() == ["nederlands", "turkije"]


def test_pooled_years_are_refused():
    years = pd.concat([HAND.assign(period="2021"), HAND.assign(period="2022")])
    options = {"by": ["origin"], "over": ["period", "severity"]}
    with pytest.raises(IncomparableError, match="2 periods pooled"):
        standardise(years, **options)
    assert len(standardise(years, **options, assume_independent=True)) == 2
    assert len(standardise(years, by=["period", "origin"], over=["severity"])) == 4
    hashed = pd.concat([years.assign(group=group, users=years["users"] - group % 3) for group in range(12)])
    assert standardise(hashed, **options, interval="bootstrap", replicates=100)["lower"].notna().all()
    with pytest.raises(IncomparableError, match="interval='bootstrap'"):
        standardise(hashed, **options)


def test_bootstrap_agrees_with_the_delta_method_where_both_hold():
    large = CARE.assign(users=CARE["users"] * 20, population=CARE["population"] * 20)
    given = dict(zip(BANDS, [6940, 2005, 781, 264], strict=True))
    for options in ({"standard": given}, {"method": "indirect", "relative_to": "NL"}):
        delta = standardised(large, **options)
        drawn = standardised(large, interval="bootstrap", **options)
        assert drawn["value"].tolist() == delta["value"].tolist()
        width, expected = drawn["upper"] - drawn["lower"], delta["upper"] - delta["lower"]
        assert (width / expected).dropna().to_numpy() == pytest.approx(1, abs=0.1)
        assert width.isna().tolist() == expected.isna().tolist()
        assert drawn["method"].str.contains("percentile bootstrap of persons, 2000 replicates, seed 0").all()


def test_bootstrap_draws_hashed_groups_when_the_table_has_them():
    generator = np.random.default_rng(0)
    population = generator.integers(200, 220, 40)
    parts = [
        table(generator.binomial(n, [0.1, 0.3, 0.12, 0.35]) * 4, n * 4, ["a", "b"], ["low", "high"], group=group)
        for group, n in enumerate(population)
    ]
    hashed = standardised(pd.concat(parts), interval="bootstrap")
    naive = standardised(pd.concat(parts).drop(columns="group").groupby(["origin", "severity"], sort=False).agg(
        {"population": "sum", "users": "sum", "synthetic": "first", "source": "first"}).reset_index(),
        interval="bootstrap")  # fmt: skip
    assert hashed["value"].tolist() == pytest.approx(naive["value"].tolist())
    # Each person is counted four times: the honest interval is about twice as wide.
    wider = (hashed["upper"] - hashed["lower"]) / (naive["upper"] - naive["lower"])
    assert wider.to_numpy() == pytest.approx(2, abs=0.6)
    assert hashed["method"].str.contains("40 hashed groups of persons").all()
    both = pd.concat([pd.concat(parts).assign(form=form) for form in ("help", "stay")])
    by_form = standardise(both, by=["form", "origin"], over=["severity"], interval="bootstrap")
    assert by_form["lower"].tolist() == pytest.approx(2 * hashed["lower"].tolist())


def test_weighted_counts_use_the_effective_population():
    weighted = HAND.assign(
        users=HAND["users"] * 2.0, population=HAND["population"] * 2.0, weighted=True, n_unweighted=HAND["population"],
        users_unweighted=HAND["users"], effective_population=HAND["population"] * 1.0,
    )  # fmt: skip
    for options in ({}, {"method": "indirect", "relative_to": "a"}, {"method": "indirect", "standard": "rest"}):
        plain, double = standardised(HAND, **options), standardised(weighted, **options)
        assert np.array(columns(double)) == pytest.approx(np.array(columns(plain)), nan_ok=True)
        assert double["method"].str.contains("effective population").all()
    for options in (
        {"interval": "fay_feuer"},
        {"interval": "bootstrap"},
        {"method": "indirect", "standard": {"low": 0.1, "high": 0.2}},
    ):
        with pytest.raises(BereikError, match="whole counts|weighted counts"):
            standardised(weighted, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": "indirekt"}, UnknownNameError, "did you mean 'indirect'"),
        ({"standard": "poold"}, UnknownNameError, "did you mean 'pooled'"),
        ({"method": "indirect", "standard": "pooled"}, UnknownNameError, "'rest'"),
        ({"interval": "wilson"}, UnknownNameError, "'binomial'"),
        ({"method": "indirect", "interval": "binomial", "standard": "rest"}, UnknownNameError, "'log_ratio'"),
        ({"method": "indirect"}, BereikError, "no default one"),
        ({"standard": "pair_mean"}, BereikError, "no default one"),
        ({"standard": "pair_mean", "relative_to": "XX"}, UnknownNameError, "XX"),
        ({"method": "indirect", "relative_to": "XX"}, UnknownNameError, "XX"),
        ({"method": "indirect", "standard": "rest", "relative_to": "NL"}, BereikError, "one reference"),
        ({"method": "indirect", "standard": {"none": 1.0}}, InvalidTableError, "without"),
        ({"method": "indirect", "standard": dict.fromkeys(BANDS, 20)}, InvalidTableError, "divide percentages by 100"),
        ({"method": "indirect", "standard": dict.fromkeys(BANDS, (3, 2))}, InvalidTableError, "users <= population"),
        ({"method": "indirect", "standard": {**PUBLISHED, "none": 0.1}}, InvalidTableError, "in the same way"),
        ({"on_empty": "ignore"}, UnknownNameError, "'pool'"),
        ({"per": 0}, BereikError, "above 0"),
        ({"confidence": 95}, BereikError, "between 0 and 1"),
        ({"interval": "bootstrap", "replicates": 10}, BereikError, "40 or more"),
    ],
)
def test_what_does_not_go_together_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        standardised(**options)


def test_columns_that_are_absent_are_named():
    with pytest.raises(MissingColumnError, match="severety"):
        standardise(CARE, by=["origin"], over=["severety"])
    with pytest.raises(BereikError, match="list"):
        standardise(CARE, by="origin", over=["severity"])


def test_published_rates_of_pooled_strata_are_refused_and_counts_added_up():
    absent = CARE.drop(index=19)
    with pytest.raises(BereikError, match="rates cannot be added up"):
        standardised(absent, method="indirect", standard=dict.fromkeys(BANDS, 0.1), on_empty="pool")
    results = rare(absent, method="indirect", standard=PUBLISHED, on_empty="pool")
    expected = 330 * 118 / 6940 + 120 * 160 / 2005 + 47 * (171 + 118) / (781 + 264)
    assert results["denominator"].iloc[8] == pytest.approx(expected)


def test_one_stratum_gives_the_crude_rate_and_thirty_groups_go():
    crude = standardised(CARE.groupby("origin", sort=False, as_index=False).agg(
        {"population": "sum", "users": "sum", "synthetic": "first", "source": "first"}).assign(severity="all"))  # fmt: skip
    assert crude["value"].tolist() == pytest.approx((100 * crude["numerator"] / crude["denominator"]).tolist())
    many = table(np.tile([1, 2, 3, 4], 30), np.tile([100, 50, 20, 10], 30), [f"group {at}" for at in range(30)])
    assert standardised(many)["value"].tolist() == pytest.approx(standardised(many.head(4))["value"].tolist() * 30)
    rest = standardised(many, method="indirect", standard="rest").query("measure == 'observed_expected'")
    assert rest["value"].tolist() == pytest.approx([1] * 30)


cells = st.lists(st.tuples(st.integers(1, 400), st.floats(0, 1)), min_size=6, max_size=6)


def drawn_table(drawn):
    population = np.array([n for n, _ in drawn])
    users = np.floor(population * np.array([share for _, share in drawn])).astype(int)
    return table(users, population, ["a", "b"], ["low", "middle", "high"])


WAYS = (
    {}, {"standard": "pair_mean", "relative_to": "a"}, {"method": "indirect", "relative_to": "a"},
    {"method": "indirect", "standard": "rest"},
)  # fmt: skip


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cells, st.permutations(range(6)))
def test_neither_order_nor_scale_nor_splitting_a_stratum_changes_an_estimate(drawn, order):
    counts = drawn_table(drawn).astype({"origin": pd.CategoricalDtype(["a", "b"])})
    scaled = counts.assign(users=3 * counts["users"], population=3 * counts["population"])
    # Each stratum of the scaled table falls apart in three identical ones.
    split = pd.concat([counts.assign(severity=counts["severity"] + part) for part in "xyz"])
    for options in WAYS:
        results = standardised(counts, **options)
        assert ((results["lower"] <= results["value"] + 1e-9) | results["lower"].isna()).all()
        assert ((results["upper"] >= results["value"] - 1e-9) | results["upper"].isna()).all()
        for other in (counts.iloc[list(order)], scaled, split):
            again = standardised(other, **options)
            assert again["value"].to_numpy() == pytest.approx(results["value"].to_numpy(), nan_ok=True)
            assert again["status"].tolist() == results["status"].tolist()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cells)
def test_swapping_two_groups_swaps_their_rates(drawn):
    counts = drawn_table(drawn)
    swapped = counts.assign(origin=counts["origin"].map({"a": "b", "b": "a"}))
    for options in ({}, {"method": "indirect", "standard": "rest"}):
        first, second = (standardised(each, **options) for each in (counts, swapped))
        for one, other in ("ab", "ba"):
            expected = first.loc[first["origin"] == one, "value"].to_numpy()
            assert second.loc[second["origin"] == other, "value"].to_numpy() == pytest.approx(expected, nan_ok=True)


def covered(users, population, weights, interval, truth):
    number = len(users)
    strata = Strata(
        pd.DataFrame(index=range(number)), pd.DataFrame(), users, np.tile(population, (number, 1)),
        np.tile(population, (number, 1)), ["shown"] * number, "", True, False, "",
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        if isinstance(weights, Reference):
            lower, upper = (limit[0] for limit in observed_expected_limits(strata, weights, interval, 0.95))
        else:
            lower, upper = direct_limits(strata, weights, interval, 0.95)
    return np.mean((lower <= truth) & (truth <= upper))


def test_coverage_of_a_known_truth():
    generator = np.random.default_rng(0)
    standard, means = (
        np.array([0.69, 0.20, 0.08, 0.03]),
        {"binomial": [], "fay_feuer": [], "log_ratio": [], "exact": []},
    )
    for number in (300, 1000, 5000):
        for use in ([0.005, 0.01, 0.03, 0.08], [0.02, 0.09, 0.25, 0.5], [0.2, 0.4, 0.6, 0.8]):
            population = np.round(number * np.array([0.6, 0.2, 0.12, 0.08]))
            users = generator.binomial(population.astype(int), use, (4000, 4)).astype(float)
            for interval in ("binomial", "fay_feuer"):
                means[interval].append(covered(users, population, standard, interval, standard @ use))
            for interval in ("log_ratio", "exact"):
                means[interval].append(covered(users, population, Reference(rates=np.array(use)), interval, 1))
    assert 0.935 <= np.mean(means["binomial"]) <= 0.965
    assert min(means["binomial"]) > 0.91
    assert 0.935 <= np.mean(means["log_ratio"]) <= 0.965
    assert min(means["fay_feuer"]) > 0.94  # conservative by construction
    assert min(means["exact"]) > 0.94


def test_coverage_with_an_estimated_reference():
    generator = np.random.default_rng(1)
    use, own, reference = np.array([0.02, 0.09, 0.25, 0.5]), np.array([180, 60, 36, 24]), np.array([900, 240, 90, 30])
    hits = 0
    for _ in range(1500):
        population = np.array([own, reference], dtype=float)
        users = generator.binomial(population.astype(int), use).astype(float)
        strata = Strata(
            pd.DataFrame(index=range(2)),
            pd.DataFrame(),
            users,
            population,
            population,
            ["shown"] * 2,
            "",
            True,
            False,
            "",
        )
        lower, upper = observed_expected_limits(strata, Reference(1), "log_ratio", 0.95)
        hits += lower[0, 0] <= 1 <= upper[0, 0]
    assert hits / 1500 == pytest.approx(0.95, abs=0.017)  # three Monte Carlo errors
