import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from bereik import compare_regions
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError

# Kacker 2004 (nine laboratories); results of R metafor, rma(method = "PM") and rma(method = "DL"), as carried in the
# tests of statsmodels 0.15.0. Shifted by 62.4 so that the exponentials are ratios of an ordinary size.
KACKER = np.array([61.0, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9]) - 62.4
KACKER_VARIANCE = np.array([0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225])


def ratios(theta, se, confidence=0.95, **more):
    theta, half = np.asarray(theta, dtype=float), norm.ppf(0.5 + confidence / 2) * np.asarray(se, dtype=float)
    limits = {"value": np.exp(theta), "lower": np.exp(theta - half), "upper": np.exp(theta + half)}
    table = pd.DataFrame(limits | {"region": [f"region {number}" for number in range(len(theta))]})
    about = {"form": "with_residence", "measure": "form_share_ratio", "relative_to": "nederlands", "status": "shown"}
    return table.assign(**about | {"confidence": confidence, "synthetic": True, "source": "simulated"} | more)


def hidden(table, *regions):
    at = table["region"].isin(regions)
    figures = table[["value", "lower", "upper"]].mask(at)
    return table.assign(**figures, status=table["status"].mask(at, "not_published"))


def compared(table, region="region 0", **more):
    return compare_regions(table, region=region, **more).set_index("measure")


def with_own(theta, variance, own=0.0, own_se=0.1):
    return ratios([own, *theta], [own_se, *np.sqrt(variance)])


def test_mean_and_spread_equal_those_of_metafor():
    results = compared(with_own(KACKER, KACKER_VARIANCE))
    mean = results.loc["mean_of_others"]
    logs = np.log(mean[["value", "lower", "upper"]].astype(float)) + 62.4
    assert logs.tolist() == pytest.approx([62.4076199113286, 61.7450921043947, 63.0701477182625], abs=1e-6)
    # statsmodels stops at 1e-5 in the Paule-Mandel equation, metafor was run to 1e-9.
    assert results.loc["between_region_sd", "value"] ** 2 == pytest.approx(0.705395309224248, rel=1e-5)
    assert results.loc["between_region_sd_dersimonian_laird", "value"] ** 2 == pytest.approx(0.288049246973751)
    assert results.loc["i_squared", "value"] == pytest.approx(67.744403741711)
    assert results.loc["i_squared", "denominator"] == pytest.approx(24.801897741835)


def test_equal_variances_by_hand():
    # Equal variances v: mu is the mean, tau^2 = s^2 - v, se_mu = s / sqrt(k). Here -0.2 .. 0.2 four times: s^2 = 0.4 / 19.
    theta, v, s2 = np.array([-0.2, -0.1, 0.0, 0.1, 0.2] * 4), 0.005, 0.4 / 19
    results = compared(with_own(theta, np.full(20, v), own=0.4, own_se=0.05))
    # Q = 19 s^2 / v = 80, so I2 = 100 (80 - 19) / 80
    spread = dict.fromkeys(["between_region_sd", "between_region_sd_dersimonian_laird"], np.sqrt(s2 - v))
    expected = {"mean_of_others": 1, "i_squared": 76.25, "z_score": 0.4 / np.sqrt(s2 - v + s2 / 20 + 0.0025)} | spread
    assert results.loc[list(expected), "value"].to_dict() == pytest.approx(expected)
    half = 2.100922 * np.sqrt(s2 - v + s2 / 20)  # t with 18 degrees of freedom, which the z-score is read by too
    limits = results.loc["prediction_band", ["lower", "upper"]].tolist()
    assert limits == pytest.approx(np.exp([-half, half]), rel=1e-5)
    assert "t with 18 degrees of freedom" in results.loc["z_score", "method"]


@pytest.mark.parametrize("others", [19, 20])
def test_few_regions_or_little_spread_give_no_band_and_the_row_says_so(others):
    theta = np.linspace(-1, 1, others) * (1 if others < 20 else 0)
    results = compared(with_own(theta, np.full(others, 0.01)))
    band = results.loc["prediction_band"]
    assert band["value"] == pytest.approx(1)
    assert band[["lower", "upper"]].isna().all()
    assert band["method"].startswith("no band: fewer than 20 other regions, or I2 below 50 percent")
    spread = results.loc[["between_region_sd", "between_region_sd_dersimonian_laird", "i_squared"], "value"]
    assert (spread > 0).all() if others < 20 else spread.tolist() == [0, 0, 0]


def test_a_paule_mandel_equation_that_is_not_solved_gives_an_error(monkeypatch):
    import statsmodels.stats.meta_analysis as meta_analysis

    monkeypatch.setattr(meta_analysis, "_fit_tau_iterative", lambda *_, **__: (0.0, False))
    with pytest.raises(BereikError, match="Paule-Mandel estimate of the spread was not found"):
        compared(with_own(KACKER, KACKER_VARIANCE))


def test_the_confidence_of_the_input_gives_the_standard_error():
    tables = [ratios(THETA * 4, [0.1] * 28, confidence) for confidence in (0.95, 0.9)]
    as_95, as_90 = (compared(table).loc["prediction_band"] for table in tables)
    assert as_90["lower"] == pytest.approx(as_95["lower"])


THETA = [0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6]
SEVEN = ratios(THETA, [0.1] * 7)


def test_the_rank_counts_from_the_lowest_and_equal_ratios_share_the_lowest():
    table = hidden(SEVEN, "region 6")
    ranks = [compared(table, f"region {at}").loc["rank", ["numerator", "denominator"]].tolist() for at in (0, 4, 5)]
    assert ranks == [[3, 6], [1, 6], [6, 6]]


def test_a_hidden_region_has_no_score_or_rank_but_the_band_stands():
    table = ratios(np.arange(30) / 10, [0.1] * 30)
    results = compared(hidden(table, "region 0", "region 3"))
    assert results["method"].str.contains("28 of 29 other regions; 1 without a published figure").all()
    assert results.loc[["z_score", "rank"], "status"].tolist() == ["not_published"] * 2
    assert results.loc[["z_score", "rank"], "value"].isna().all()
    bands = [one.loc["prediction_band", "lower"] for one in (results, compared(hidden(table, "region 3")))]
    assert bands[0] == bands[1]


def test_a_ratio_of_zero_counts_in_the_rank_only():
    table = SEVEN.copy()
    table.loc[6, ["value", "lower", "upper"]] = [0, 0, np.nan]
    results, own = compared(table), compared(table, region="region 6")
    assert results.loc["rank", ["numerator", "denominator"]].tolist() == [4, 7]
    assert results["method"].str.contains("1 with a count of 0 left out").all()
    assert own.loc["z_score", "status"] == "undefined"
    assert own.loc["rank", "numerator"] == 1


FEW = hidden(SEVEN, "region 4", "region 5", "region 6")[["value", "lower", "upper", "status"]]


REFUSED = [
    ({"measure": ["form_index_ratio"] + ["form_share_ratio"] * 6}, IncomparableError, "mixes measure"),
    ({"region": ["region 0", "Nederland", "Haaglanden", *"abcd"]}, IncomparableError, "mixes regions of"),
    (FEW, IncomparableError, "Only 3 other regions"),
    ({"lower": 0.9}, InvalidTableError, "no Wald interval on the log"),
    ({"region": ["regio 0", *"abcdef"]}, UnknownNameError, "did you mean 'regio 0'"),
]


@pytest.mark.parametrize(("change", "error", "words"), REFUSED)
def test_what_does_not_belong_together_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        compared(SEVEN.assign(**change))
