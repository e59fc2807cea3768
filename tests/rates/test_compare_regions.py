import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, t

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.forms import form_ratio
from bereik.rates.regions import compare_regions
from bereik.rates.workings.spread import prediction_half_width, random_effects

# Kacker 2004 (nine laboratories); results of R metafor, rma(method = "PM") and rma(method = "DL"), as carried in the
# tests of statsmodels 0.15.0. Shifted by 62.4 so that the exponentials are ratios of an ordinary size.
KACKER = np.array([61.0, 61.4, 62.21, 62.3, 62.34, 62.6, 62.7, 62.84, 65.9]) - 62.4
KACKER_VARIANCE = np.array([0.2025, 1.21, 0.09, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225])


def ratios(theta, se, confidence=0.95, **more):
    theta, half = np.asarray(theta, dtype=float), norm.ppf(0.5 + confidence / 2) * np.asarray(se, dtype=float)
    columns = {
        "region": [f"region {number}" for number in range(len(theta))],
        "form": "with_residence",
        "measure": "form_share_ratio",
        "value": np.exp(theta),
        "lower": np.exp(theta - half),
        "upper": np.exp(theta + half),
        "confidence": confidence,
        "relative_to": "nederlands",
        "status": "shown",
        "synthetic": True,
        "source": "simulated",
    }
    return pd.DataFrame(columns | more)


def hidden(table, region):
    at = table["region"] == region
    table = table.copy()
    table.loc[at, ["value", "lower", "upper"]] = np.nan
    table.loc[at, "status"] = "not_published"
    return table


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


def test_the_paule_mandel_equation_is_solved():
    random = np.random.default_rng(5)
    variance = random.uniform(0.01, 0.1, 20)
    theta = random.normal(0.2, 0.4, 20)

    def excess(tau2):
        weights = 1 / (variance + tau2)
        return np.sum(weights * (theta - np.average(theta, weights=weights)) ** 2) - 19

    tau = compared(with_own(theta, variance)).loc["between_region_sd", "value"]
    assert tau**2 == pytest.approx(brentq(excess, 0, 10, xtol=1e-14), abs=1e-6)


def test_equal_variances_by_hand():
    # Equal variances v: mu is the mean, tau^2 = s^2 - v, se_mu = s / sqrt(k). Here theta = -2 .. 2 (/ 10): s^2 = 0.025.
    theta, v = np.array([-0.2, -0.1, 0.0, 0.1, 0.2]), 0.005
    results = compared(with_own(theta, np.full(5, v), own=0.4, own_se=0.05))
    assert results.loc["between_region_sd", "value"] == pytest.approx(np.sqrt(0.025 - v))
    assert results.loc["between_region_sd_dersimonian_laird", "value"] == pytest.approx(np.sqrt(0.025 - v))
    assert results.loc["mean_of_others", "value"] == pytest.approx(1)
    half = 3.182446 * np.sqrt(0.020 + 0.005)  # t with 3 degrees of freedom
    assert results.loc["prediction_band", ["lower", "upper"]].tolist() == pytest.approx(
        [np.exp(-half), np.exp(half)], rel=1e-5
    )
    z = results.loc["z_score"]
    assert z["value"] == pytest.approx(0.4 / np.sqrt(0.020 + 0.005 + 0.0025))
    assert z["value"] == pytest.approx(z["numerator"] / z["denominator"])
    # Q = 4 s^2 / v = 20, so I2 = 100 (20 - 4) / 20
    assert results.loc["i_squared", "value"] == pytest.approx(80)


def test_regions_that_differ_less_than_chance_have_a_spread_of_zero():
    results = compared(with_own(np.array([-0.02, -0.01, 0.0, 0.01, 0.02]), np.full(5, 0.01)))
    for measure in ("between_region_sd", "between_region_sd_dersimonian_laird", "i_squared"):
        assert results.loc[measure, "value"] == 0
    half = t.ppf(0.975, 3) * np.sqrt(0.01 / 5)
    assert results.loc["prediction_band", "upper"] == pytest.approx(np.exp(half))
    assert (results["status"] == "shown").all()


def test_regions_with_one_and_the_same_ratio_have_no_spread_and_no_warning():
    results = compared(with_own(np.zeros(6), np.linspace(0.01, 0.02, 6)))
    assert results.loc[["between_region_sd", "i_squared"], "value"].tolist() == [0, 0]
    assert results.loc["mean_of_others", "value"] == 1


def test_a_paule_mandel_equation_that_is_not_solved_gives_an_error(monkeypatch):
    import statsmodels.stats.meta_analysis as meta_analysis

    monkeypatch.setattr(meta_analysis, "_fit_tau_iterative", lambda *_, **__: (0.0, False))
    with pytest.raises(BereikError, match="Paule-Mandel estimate of the spread was not found"):
        compared(with_own(KACKER, KACKER_VARIANCE))


def test_the_region_itself_is_left_out_of_mean_and_spread():
    near, far = (compared(with_own(KACKER, KACKER_VARIANCE, own=own)) for own in (0, 3))
    for measure in ("mean_of_others", "prediction_band", "between_region_sd", "i_squared"):
        assert near.loc[measure, "value"] == far.loc[measure, "value"]
    assert near.loc["z_score", "value"] != far.loc["z_score", "value"]


def test_the_confidence_of_the_input_gives_the_standard_error_and_that_of_the_call_the_band():
    theta = [0.1, -0.3, 0.2, 0.0, 0.4, -0.2, 0.3]
    as_95, as_90 = (compared(ratios(theta, [0.1] * 7, confidence=confidence)) for confidence in (0.95, 0.9))
    assert as_90.loc["prediction_band", "lower"] == pytest.approx(as_95.loc["prediction_band", "lower"])
    narrow = compared(ratios(theta, [0.1] * 7), confidence=0.8)
    assert narrow.loc["prediction_band", "lower"] > as_95.loc["prediction_band", "lower"]
    assert (narrow["confidence"] == 0.8).all()


def test_the_rank_counts_from_the_lowest_and_equal_ratios_share_the_lowest():
    theta = [0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6]
    table = hidden(ratios(theta, [0.1] * 7), "region 6")
    rank = compared(table).loc["rank"]
    assert (rank["value"], rank["numerator"], rank["denominator"]) == (3, 3, 6)
    assert compared(table, region="region 4").loc["rank", "numerator"] == 1
    assert compared(table, region="region 5").loc["rank", "numerator"] == 6


def test_hidden_regions_are_counted_in_words():
    table = hidden(hidden(ratios(np.arange(10) / 10, [0.1] * 10), "region 3"), "region 7")
    method = compared(table)["method"]
    assert method.str.contains("form_share_ratio in 7 of 9 other regions; 2 without a published figure").all()
    assert method.str.contains("(the small ones)", regex=False).all()


def test_a_hidden_region_has_no_score_or_rank_but_the_band_stands():
    table = ratios(np.arange(10) / 10, [0.1] * 10)
    results = compared(hidden(table, "region 0"))
    assert results.loc[["z_score", "rank"], "status"].tolist() == ["not_published"] * 2
    assert results.loc[["z_score", "rank"], "value"].isna().all()
    assert results.loc["prediction_band", "lower"] == compared(table).loc["prediction_band", "lower"]


def test_a_ratio_of_zero_counts_in_the_rank_only():
    table = ratios([0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6], [0.1] * 7)
    table.loc[6, ["value", "lower", "upper"]] = [0, 0, np.nan]
    results = compared(table)
    assert results.loc["rank", ["numerator", "denominator"]].tolist() == [4, 7]
    assert results["method"].str.contains("1 with a count of 0 left out").all()
    own = compared(table, region="region 6")
    assert own.loc["z_score", "status"] == "undefined"
    assert own.loc["rank", "numerator"] == 1


def test_a_row_explains_itself():
    results = compare_regions(ratios(np.arange(10) / 10, [0.1] * 10), region="region 3")
    assert results.columns[:4].tolist() == ["region", "form", "measure", "value"]
    assert set(results["region"]) == {"region 3"}
    assert set(results["form"]) == {"with_residence"}
    assert set(results["relative_to"]) == {"nederlands"}
    assert results["measure"].tolist() == [
        "mean_of_others", "prediction_band", "between_region_sd", "between_region_sd_dersimonian_laird", "i_squared",
        "z_score", "rank",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"measure": ["form_index_ratio"] + ["form_share_ratio"] * 6}, IncomparableError, "mixes measure"),
        ({"form": ["probation"] + ["with_residence"] * 6}, IncomparableError, "mixes form"),
        ({"period": ["2016"] + ["2017"] * 6}, IncomparableError, "mixes period"),
        ({"region_kind": ["province"] + ["jeugdregio"] * 6}, IncomparableError, "mixes region_kind"),
        ({"relative_to": ["total"] + ["nederlands"] * 6}, IncomparableError, "mixes relative_to"),
        ({"synthetic": [True] + [False] * 6}, IncomparableError, "mixes synthetic"),
        (
            {"region": ["region 0", "Nederland", "Haaglanden", "a", "b", "c", "d"]},
            IncomparableError,
            "mixes regions of",
        ),
        ({"region": ["region 0"] * 2 + list("abcde")}, InvalidTableError, "more than once"),
        ({"status": ["shown"] * 4 + ["not_published"] * 3}, IncomparableError, "Only 3 other regions"),
        ({"lower": 0.9}, InvalidTableError, "no Wald interval on the log"),
        ({"upper": np.nan}, InvalidTableError, "no Wald interval on the log"),
        ({"status": "hidden"}, UnknownNameError, "Unknown status"),
        ({"confidence": 95}, BereikError, "confidence"),
    ],
)
def test_what_does_not_belong_together_is_refused(change, error, words):
    table = ratios([0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6], [0.1] * 7)
    for name, values in change.items():
        table[name] = values
    with pytest.raises(error, match=words):
        compare_regions(table, region="region 0")


def test_regions_with_one_name_in_two_kinds_are_no_mix():
    names = ["Groningen", "Haaglanden", "Drenthe", "Flevoland", "Eemland", "Twente", "Zeeland"]
    table = ratios([0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6], [0.1] * 7, region=names)
    assert compared(table, region="Haaglanden").loc["rank", "numerator"] == 2


def test_an_unknown_region_and_a_missing_column_are_named():
    table = ratios([0.2, 0.1, 0.2, 0.3, -0.1, 0.5, 0.6], [0.1] * 7, region=["Haaglanden", *"abcdef"])
    with pytest.raises(UnknownNameError, match="did you mean 'Haaglanden'"):
        compare_regions(table, region="Haagland")
    with pytest.raises(MissingColumnError, match="confidence"):
        compare_regions(table.drop(columns="confidence"), region="Haaglanden")


def test_rows_of_form_ratio_go_straight_in():
    names = list("ABCDEFGH")
    rows = [
        {"region": name, "origin": origin, "form": form, "youths": youths + 5 * place}
        for place, name in enumerate(names)
        for origin in ("nederlands", "niet_westers")
        for form, youths in (("care_in_kind", 900), ("without_residence", 800), ("with_residence", 100))
    ]
    care = pd.DataFrame(rows).assign(status="shown", synthetic=True, source="made up")
    results = form_ratio(care, "with_residence", by=["region"], relative_to="nederlands")
    chosen = results[(results["measure"] == "form_share_ratio") & (results["origin"] == "niet_westers")]
    compared_rows = compare_regions(chosen, region="C")
    assert compared_rows.loc[compared_rows["measure"] == "mean_of_others", "value"].item() == pytest.approx(1)
    assert set(compared_rows["origin"]) == {"niet_westers"}


def simulated(tau, number=2000, others=41):
    """Regions with a known mean and spread: is a new one within the band, and what is its z-score?"""
    random = np.random.default_rng(42)
    inside, scores = np.empty(number, dtype=bool), np.empty(number)
    for run in range(number):
        se = random.uniform(0.05, 0.35, others + 1)
        truth = random.normal(0.25, tau, others + 1)
        seen = random.normal(truth, se)
        spread = random_effects(seen[1:], se[1:] ** 2)
        inside[run] = abs(truth[0] - spread.mean) <= prediction_half_width(spread, 0.95)
        scores[run] = (seen[0] - spread.mean) / np.sqrt(spread.tau**2 + spread.se**2 + se[0] ** 2)
    return inside, scores


def test_band_and_score_behave_as_stated_under_a_known_truth():
    # Monte Carlo error of a coverage of 0.95 in 2,000 runs: 0.005. Estimating tau from 41 regions costs about 0.005.
    inside, scores = simulated(tau=0.25)
    assert inside.mean() == pytest.approx(0.95, abs=0.015)
    assert scores.mean() == pytest.approx(0, abs=3 / np.sqrt(2000))
    assert scores.std() == pytest.approx(1, abs=0.06)
    assert (np.abs(scores) > 1.96).mean() == pytest.approx(0.05, abs=0.02)


def test_the_public_rows_are_those_of_the_simulated_functions():
    random = np.random.default_rng(1)
    theta, se = random.normal(0.2, 0.3, 42), random.uniform(0.05, 0.3, 42)
    spread = random_effects(theta[1:], se[1:] ** 2)
    results = compared(ratios(theta, se))
    half = prediction_half_width(spread, 0.95)
    assert results.loc["prediction_band", "lower"] == pytest.approx(np.exp(spread.mean - half))
    z = (theta[0] - spread.mean) / np.sqrt(spread.tau**2 + spread.se**2 + se[0] ** 2)
    assert results.loc["z_score", "value"] == pytest.approx(z)
