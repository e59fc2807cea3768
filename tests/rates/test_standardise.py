"""Standardised rates are those of independent tools and of a hand calculation."""

import warnings

import numpy as np
import pandas as pd
import pytest

from bereik import access_gap, standardise
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError

Z = 1.959963984540054
BANDS = ["none", "mild", "moderate", "severe"]
LIMITS = ["value", "lower", "upper"]


def table(users, population, groups, bands=BANDS, **columns):
    bands = pd.Categorical(bands, bands, ordered=True)
    keys = pd.MultiIndex.from_product([groups, bands], names=["origin", "severity"]).to_frame(index=False)
    return keys.assign(population=population, users=users, synthetic=True, source="made up", **columns)


# Example of youth care by severity with made-up counts; standard = all groups together.
POPULATION = [5200, 1400, 520, 160, 610, 210, 96, 41, 540, 190, 88, 37, 260, 85, 30, 11, 330, 120, 47, 15]
USERS = [104, 126, 130, 83, 6, 12, 15, 14, 5, 10, 13, 12, 3, 5, 4, 4, 0, 7, 9, 5]
CARE = table(USERS, POPULATION, ["NL", "TR", "MA", "SR_AN", "other"])
PUBLISHED = {"none": (118, 6940), "mild": (160, 2005), "moderate": (171, 781), "severe": (118, 264)}
SHARES = {band: youths for band, (_, youths) in PUBLISHED.items()}
HAND = table([9, 5, 5, 20], [90, 10, 50, 50], ["a", "b"], ["low", "high"])


def standardised(counts=CARE, *, by=("origin",), **options):
    """Without the warning for common use, which is tested apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return standardise(counts, by=list(by), over=["severity"], **options)


def columns(results):
    return results[LIMITS].to_numpy(dtype=float).T


def test_with_a_reference_the_rates_are_those_of_the_access_gap():
    names, same = {"by": ["origin"], "over": ["severity"], "relative_to": "NL"}, [*LIMITS, "standard"]
    gap = access_gap(CARE, **names).query("measure == 'standardised_rate'").set_index("origin")[same]
    rates = standardise(CARE, **names).set_index("origin").loc[gap.index, same]
    pd.testing.assert_frame_equal(rates, gap)
    assert standardised()["standard"].str.startswith("pooled distribution of all groups").all()


def test_direct_rates_are_those_of_phe_and_epitools():
    # PHEindicatormethods 2.1.1 calculate_dsr (the values) and epitools 0.5.10.1 ageadjust.direct (Fay-Feuer), R 4.5.0.
    value = [65.2102102102102, 39.5406721838649, 37.1153350020375, 39.8549982863708, 35.4866391213909]
    lower = [59.2635783896827, 28.8748647377589, 26.3247141680033, 22.7610645916901, 21.9634138970707]
    upper = [71.6108773090465, 53.2172790603573, 51.2950804025854, 65.0329952069766, 54.8800588003728]
    fay_feuer = standardised(per=1000, interval="fay_feuer")
    assert columns(fay_feuer) == pytest.approx(np.array([value, lower, upper]), rel=1e-8)
    assert standardised(per=1000)["value"].tolist() == pytest.approx(value, rel=1e-8)
    # PHEindicatormethods gives no rate below 10 users; we do (a), as it does for b with 15 users
    few = table([1, 2, 3, 4, 5, 6], [100] * 6, ["a", "b"], ["low", "middle", "high"])
    few = standardised(few, standard={"low": 10, "middle": 20, "high": 30}, per=100_000)
    assert few["value"].tolist() == pytest.approx([100_000 * (10 + 40 + 90) / 6000, 5333.33333333333])


def test_a_given_standard_is_that_of_phe():
    counts = table([50, 40, 30, 30, 20, 15, 10, 12], [5000, 1000, 400, 100, 900, 300, 120, 40], ["a", "b"])
    options = {"standard": {"none": 5900, "mild": 1300, "moderate": 520, "severe": 140}, "per": 1000}
    # PHEindicatormethods 2.1.1 calculate_dsr, R 4.5.0.
    assert standardised(counts, **options)["value"][1] == pytest.approx(35.8071812270286, rel=1e-8)


def test_binomial_interval_by_hand():
    # Weights 140/200 and 60/200; a: 0.7 x 0.1 + 0.3 x 0.5 = 0.22; V = 0.49 x 0.09/90 + 0.09 x 0.25/10 = 0.00274.
    result = standardised(HAND).iloc[0]
    half = Z * np.sqrt(0.00274) / (0.22 * 0.78)
    limits = [100 / (1 + np.exp(-(np.log(0.22 / 0.78) + side * half))) for side in (-1, 1)]
    assert result[LIMITS].tolist() == pytest.approx([22, *limits], rel=1e-12)
    assert result[["numerator", "denominator"]].tolist() == [14, 100]


def test_indirect_standardisation_is_that_of_phe():
    # PHEindicatormethods 2.1.1 calculate_ISRatio(refvalue=100), calculate_ISRate(multiplier=1000), R 4.5.0: Byar.
    options = {"method": "indirect", "standard": PUBLISHED, "interval": "byar"}
    ratio = standardised(**options)
    expected = [385.504868650947, 66.4748263849509, 60.1491353807393, 22.6889602608351, 32.1822093225279]
    smr = [114.914242600944, 70.7034565653867, 66.5013715439185, 70.5188770929209, 65.2534441919118]
    smr_lower = [104.460908391862, 51.9457659769373, 47.504090766343, 40.2817441322636, 40.3775774917991]
    smr_upper = [126.13031004719, 94.0227277013484, 90.558407822877, 114.524587708475, 99.7515116421945]
    assert ratio["denominator"].tolist() == pytest.approx(expected, rel=1e-8)
    assert ratio["numerator"].tolist() == [443, 47, 40, 16, 21]
    assert 100 * columns(ratio) == pytest.approx(np.array([smr, smr_lower, smr_upper]), rel=1e-8)
    lower = [0.987764331054397, 0.430210454242898, 0.386259876084845, 0.280619300404996, 0.297819563477907]
    upper = [1.32808608391502, 1.08780664441549, 1.05891554315714, 1.43997977550605, 1.22480426293397]
    assert columns(standardised(confidence=0.998, **options))[1:] == pytest.approx(np.array([lower, upper]), rel=1e-8)


def test_indirect_standardisation_with_few_or_no_users_is_exact():
    # PHEindicatormethods 2.1.1 calculate_ISRatio with 0, 6 and 9 observed, R 4.5.0: exact.
    counts = table([0, 0, 0, 1, 2, 3, 2, 3, 4], [10, 20, 30, 40, 50, 60, 15, 25, 35], ["u", "v", "w"], ["x", "y", "z"])
    results = standardised(counts, method="indirect", standard={"x": (10, 500), "y": (20, 500), "z": (40, 500)})
    lower, upper = [0, 0.289722928090901, 1.00374953594593], [1.08496454532763, 1.71835184506825, 4.16702523205346]
    expected = [[0, 0.789473684210526, 2.19512195121951], lower, upper]
    assert columns(results) == pytest.approx(np.array(expected), rel=1e-8)
    assert results["denominator"].tolist() == pytest.approx([3.4, 7.6, 4.1])


def test_indirect_standardisation_with_an_estimated_reference_by_hand():
    # b: O = 25, E = 50 x 0.1 + 50 x 0.5 = 30, Var(O) = 50 x 0.09 + 50 x 0.24 = 16.5, Var(E) = 2.5 + 62.5 = 65.
    a, b = (row for _, row in standardised(HAND, method="indirect", relative_to="a").iterrows())
    factor = np.exp(Z * np.sqrt(16.5 / 25**2 + 65 / 30**2))
    assert b[LIMITS].tolist() == pytest.approx([25 / 30, 25 / 30 / factor, 25 / 30 * factor])
    assert (b["numerator"], b["denominator"], b["relative_to"]) == (25, 30, "a")
    assert a["value"] == 1
    assert a[["lower", "upper"]].isna().all()


def test_the_rest_as_reference_excludes_the_group_itself():
    three = table([9, 5, 5, 20, 1, 2], [90, 10, 50, 50, 10, 10], ["a", "b", "c"], ["low", "high"])
    of_a = columns(standardised(three, method="indirect", standard="rest"))[:, 0]
    two = HAND.assign(users=[9, 5, 6, 22], population=[90, 10, 60, 60])
    assert of_a == pytest.approx(columns(standardised(two, method="indirect", relative_to="b"))[:, 0])
    assert standardised(HAND.head(2), method="indirect", standard="rest")["status"].tolist() == ["undefined"]


def test_common_use_is_warned_about():
    with pytest.warns(UserWarning, match=r"interval='fay_feuer' is for rare use, and 6 strata .*above 20% .*52%"):
        standardise(CARE, by=["origin"], over=["severity"], interval="fay_feuer")
    with pytest.warns(UserWarning, match="log_ratio"):
        standardise(CARE, by=["origin"], over=["severity"], method="indirect", standard=PUBLISHED)


def test_zero_and_full_use_have_an_interval():
    counts = table([0, 0, 50, 50, 0, 50], [50] * 6, ["none", "full", "split"], ["low", "high"])
    # No band varies: Wilson at 100 effective youths (statsmodels 0.15.0 proportion_confint: 0/100, 100/100, 50/100).
    expected = [[0, 100, 50], [0, 96.30065, 40.38315], [3.69935, 100, 59.61685]]
    assert columns(standardised(counts)) == pytest.approx(np.array(expected), abs=1e-5)
    gamma = standardised(counts, interval="fay_feuer")
    # Without users Fay and Feuer's upper limit is that of 0 events in the smallest stratum: 0.5 x 3.6888795 / 50.
    assert gamma[["lower", "upper"]].iloc[0].tolist() == pytest.approx([0, 3.6888795], rel=1e-6)
    assert gamma["upper"].max() <= 100
    counts = table([10, 20, 0, 0, 50, 50], [50] * 6, ["reference", "none", "full"], ["low", "high"])
    ratio = columns(standardised(counts, method="indirect", relative_to="reference"))[:, 1:]
    away = np.exp(Z * np.sqrt((50 * 0.16 + 50 * 0.24) / 30**2))
    expected = [[0, 100 / 30], [0, 96.30065 / 30 / away], [3.69935 / 30 * away, 100 / 30 * away]]
    assert ratio == pytest.approx(np.array(expected), rel=1e-5)
    nothing = standardised(counts, method="indirect", relative_to="none")
    assert nothing["status"].unique().tolist() == ["undefined"]
    assert nothing["value"].isna().all()


TOTALS = table([9, 5, 5, 20, 14, 25], [90, 10, 50, 50, 140, 60], ["nederlands", "turkije", "total"], ["low", "high"])


@pytest.mark.parametrize("options", [{"standard": SHARES}, {"method": "indirect", "relative_to": "NL"}])
def test_bootstrap_agrees_with_the_delta_method_where_both_hold(options):
    large = CARE.assign(users=CARE["users"] * 20, population=CARE["population"] * 20)
    value, *delta = columns(standardised(large, **options))
    drawn_value, *drawn = columns(standardised(large, **options, interval="bootstrap"))
    assert drawn_value.tolist() == value.tolist()
    assert np.subtract(*drawn) == pytest.approx(np.subtract(*delta), rel=0.1, nan_ok=True)


WEIGHTED = HAND.assign(weighted=True, n_unweighted=9, users_unweighted=9, effective_population=9)


INDIRECT = {"method": "indirect"}


REFUSED = [
    (CARE, {"method": "indirekt"}, UnknownNameError, "did you mean 'indirect'"),
    (CARE, INDIRECT, BereikError, "no default one"),
    (CARE, INDIRECT | {"relative_to": "NL", "interval": "exact"}, BereikError, "fixed published rates"),
    (CARE, INDIRECT | {"standard": dict.fromkeys(BANDS, 20)}, InvalidTableError, "divide percentages by 100"),
    (CARE, INDIRECT | {"standard": dict.fromkeys(BANDS, (3, 2))}, InvalidTableError, "users <= population"),
    (CARE, INDIRECT | {"standard": {**PUBLISHED, "none": 0.1}}, InvalidTableError, "in the same way"),
    (TOTALS, {}, IncomparableError, "contains another group"),
    (TOTALS, INDIRECT | {"standard": "rest"}, IncomparableError, "contains another group"),
    (WEIGHTED, INDIRECT | {"standard": {"low": 0.1, "high": 0.2}}, BereikError, "whole counts|weighted counts"),
]


@pytest.mark.parametrize(("counts", "options", "error", "words"), REFUSED)
def test_what_does_not_go_together_is_refused(counts, options, error, words):
    with pytest.raises(error, match=words):
        standardised(counts, **options)
