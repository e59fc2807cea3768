"""Need by origin as rates and ratios: by hand, against figures of other tools, and what the source does not publish stays so."""

import numpy as np
import pandas as pd
import pytest

from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.choices import admissible_choices
from bereik.rates.need import need_rates, need_ratios
from bereik.rates.reach_choices import need_of_choices, reach_choices, use_of_choices
from bereik.rates.specification_curve import choice_verdicts, specification_curve

Z = 1.959963984540054
ABOUT = {
    "indicator": "special_primary_education", "population_group": "pupils_primary", "region": "Nederland",
    "period": "2016/2017", "period_kind": "school year", "origin_scheme": "migratieachtergrond", "status": "shown",
    "synthetic": False, "source": "made up", "rate": np.nan, "lower": np.nan, "upper": np.nan, "rounded_to": np.nan,
}  # fmt: skip


def need(**more):
    """Two groups: 40 of 1,000 and 30 of 1,500."""
    rows = {"origin": ["nederlands", "niet_westers"], "cases": [40, 30], "population": [1000, 1500], "per": 1000}
    return pd.DataFrame(ABOUT | rows | more, index=[0, 1])


def published(**more):
    """Two groups of which only cases and a rate are published."""
    rows = {"indicator": "suspects", "population_group": "youths_12_17", "cases": [100, 60], "population": np.nan,
            "per": 10000, "rate": [125.0, 300.0], "rounded_to": 10}  # fmt: skip
    return need(**rows | more)


def test_rates_of_counts_with_wilsons_interval():
    got = need_rates(need()).set_index("origin")
    assert got["value"].tolist() == [40, 20]
    # Wilson's formula (Newcombe 1998), by hand
    for origin, cases, size in (("nederlands", 40, 1000), ("niet_westers", 30, 1500)):
        share, middle = cases / size, Z**2 / (2 * size)
        half = Z * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
        limits = [1000 * (share + middle + sign * half) / (1 + Z**2 / size) for sign in (-1, 1)]
        assert got.loc[origin, ["lower", "upper"]].tolist() == pytest.approx(limits)
    assert (got["lower_rounding"] == got["value"]).all()  # exact counts
    rounded = need_rates(need(rounded_to=10.0)).set_index("origin").loc["nederlands"]
    assert [rounded["lower_rounding"], rounded["upper_rounding"]] == pytest.approx([1000 * 35 / 1005, 1000 * 45 / 995])


def test_a_published_rate_keeps_its_value_and_implies_its_population():
    got = need_rates(published()).set_index("origin")
    assert got["value"].tolist() == [125, 300]
    assert got["denominator"].tolist() == [8000, 2000]  # 100 x 10,000 / 125
    assert got.loc["nederlands", ["lower_rounding", "upper_rounding"]].tolist() == [124.5, 125.5]
    assert got["method"].str.startswith("population = cases x per / published rate").all()


def test_a_survey_keeps_its_own_interval():
    rows = {
        "cases": np.nan,
        "population": np.nan,
        "per": 100,
        "rate": [8.0, 8.8],
        "lower": [6.9, 6.4],
        "upper": [9.2, 11.3],
    }
    got = need_rates(need(**rows)).set_index("origin")
    assert got.loc["niet_westers", ["value", "lower", "upper"]].tolist() == [8.8, 6.4, 11.3]
    assert got.loc["niet_westers", "numerator"] != got.loc["niet_westers", "numerator"]
    ratio = need_ratios(got.reset_index(), relative_to="nederlands").iloc[0]
    error = np.hypot(np.log(9.2 / 6.9), np.log(11.3 / 6.4)) / 2
    assert ratio["value"] == pytest.approx(1.1)
    assert [ratio["lower"], ratio["upper"]] == pytest.approx([1.1 * np.exp(-error), 1.1 * np.exp(error)])


def test_missing_is_never_zero_and_cases_without_a_population_give_no_rate():
    got = need_rates(need(population=[1000, np.nan])).set_index("origin").loc["niet_westers"]
    assert got["status"] == "not_published"
    assert got[["value", "lower", "upper", "lower_rounding", "numerator"]].isna().all()
    hidden = need(status=["shown", "not_published"], cases=[40, np.nan], population=[1000, np.nan])
    ratio = need_ratios(need_rates(hidden), relative_to="nederlands").iloc[0]
    assert ratio["status"] == "not_published"
    assert ratio[["value", "lower", "upper", "numerator", "denominator"]].isna().all()
    none = need_rates(need(cases=[40, 0])).set_index("origin").loc["niet_westers"]
    assert (none["value"], none["status"]) == (0, "shown")
    assert none["upper"] > 0


def test_a_ratio_of_counts_is_near_katz():
    ratio = need_ratios(need_rates(need()), relative_to="nederlands").iloc[0]
    assert ratio["value"] == pytest.approx(0.5)
    # statsmodels 0.14, proportion.confint_proportions_2indep(30, 1500, 40, 1000, compare="ratio", method="log")
    assert [ratio["lower"], ratio["upper"]] == pytest.approx([0.31358, 0.79725], rel=0.01)
    assert (ratio["measure"], ratio["relative_to"], ratio["numerator"]) == ("need_ratio", "nederlands", 20)
    rounded = need_ratios(need_rates(need(rounded_to=10.0)), relative_to="nederlands").iloc[0]
    assert rounded["lower_rounding"] == pytest.approx((25 / 1505) / (45 / 995))
    assert rounded["upper_rounding"] == pytest.approx((35 / 1495) / (35 / 1005))


def test_the_total_is_not_compared_with_its_part():
    rows = pd.concat([need(), need().iloc[[0]].assign(origin="total", cases=70, population=2500)], ignore_index=True)
    assert need_ratios(need_rates(rows), relative_to="nederlands")["origin"].tolist() == ["niet_westers"]


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        (need(cases=[40, 1501]), InvalidTableError, "An impossible figure"),
        (need(cases=[40, -1]), InvalidTableError, "An impossible figure"),
        (published(rate=[125.0, 10001.0]), InvalidTableError, "An impossible figure"),
        (need(origin=["nederlands", "nederlands"]), InvalidTableError, "more than once"),
        (need().drop(columns="per"), MissingColumnError, "per"),
    ],
)
def test_bad_rates_are_refused(rows, error, says):
    with pytest.raises(error, match=says):
        need_rates(rows)


def test_bad_ratios_are_refused():
    rates = need_rates(need())
    with pytest.raises(UnknownNameError):
        need_ratios(rates, relative_to="nederland")
    other = need_rates(need(period="2017/2018")).query("origin == 'niet_westers'")
    with pytest.raises(InvalidTableError, match="no reference 'nederlands' for"):
        need_ratios(pd.concat([rates, other], ignore_index=True), relative_to="nederlands")
    with pytest.raises(IncomparableError):
        need_ratios(rates.assign(synthetic=[True, False]), relative_to="nederlands")


# --- all admissible choices of a region ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def haagse():
    return reach_choices("Haaglanden", years=[2017])


def test_every_choice_is_its_use_over_its_need(haagse):
    """By hand: relative use over relative need, taken apart from the two tables."""
    use, need_table = use_of_choices("Haaglanden", years=[2017]), need_of_choices("Haaglanden", years=[2017])
    above = use[
        (use["origin"] == "niet_westers") & (use["form"] == "with_residence") & (use["population_used"] == "pupils")
    ]
    place = (need_table["need_place"] == "'s-Gravenhage") & (need_table["population_group"] == "pupils_primary")
    below = need_table[place & (need_table["origin"] == "niet_westers")]
    row = haagse[(haagse["origin"] == "niet_westers") & (haagse["form"] == "with_residence")]
    row = row[(row["population_used"] == "pupils") & (row["population_group"] == "pupils_primary")]
    got = row.set_index("need_place").loc["'s-Gravenhage", "value"]
    assert got == pytest.approx(above["value"].item() / below["value"].item())
    # 83295NED, 's-Gravenhage, 2016/'17: 521 of 20,029 and 473 of 20,040 pupils
    assert below["value"].item() == pytest.approx(521 / 20029 / (473 / 20040))


def test_low_use_relative_to_need_lies_below_1(haagse):
    assert (haagse["value"] - haagse["numerator"] / haagse["denominator"]).abs().max() < 1e-12
    row = haagse.iloc[0]
    assert (row["value"] < 1) == (row["numerator"] < row["denominator"])


def test_only_admissible_pairs_and_no_divisor_for_protection(haagse):
    pairs = set(haagse[["indicator", "form"]].astype(str).itertuples(index=False, name=None))
    agreed = admissible_choices().dropna(subset="form")
    assert pairs == set(agreed[["indicator", "form"]].itertuples(index=False, name=None))
    assert "protection" not in set(haagse["form"])
    assert "protection" in set(use_of_choices("Haaglanden", years=[2017])["form"])


def test_verdicts_hold_the_error_of_the_populations(haagse):
    by = ["origin", "form"]
    curve = specification_curve(haagse, by=by)
    assert (curve["widest_lower"] <= curve["lower"]).all()
    assert (curve["widest_upper"] >= curve["upper"]).all()
    verdict = choice_verdicts(curve, by=by).set_index(by)["verdict"]
    assert verdict["niet_westers", "probation"] == "decided"
    modelled = curve["population_used"] == "residents_0_22"
    assert modelled.any()
    width = np.log(curve["upper"] / curve["lower"])
    chance = 2 * Z * np.sqrt(1 / 9160 + 1 / 16665)  # users with and without: chance alone, no population, no need
    some = modelled & (curve["form"] == "without_residence") & (curve["origin"] == "niet_westers")
    assert (width[some] > chance).all()


def test_need_of_a_survey_belongs_to_both_its_years():
    years = need_of_choices("Nederland", years=[2015, 2016])
    survey = years[(years["indicator"] == "survey_distress") & (years["origin"] == "niet_westers")]
    values = survey.pivot(index="population_group", columns="year", values="numerator")
    # 83384NED, 12 and over, non-western: 18.2 in 2014/2015 and 19.0 in 2016/2017
    assert values.loc["residents_12_and_over"].tolist() == [18.2, 19.0]
    schools = years[(years["indicator"] == "special_primary_education") & (years["year"] == "2016")]
    assert set(schools["need_place"]) == {"Nederland"}


def test_a_region_without_youths_by_origin_is_explained():
    from bereik.errors import BereikError

    with pytest.raises(BereikError, match="84910NED"):
        reach_choices("Rijnmond", years=[2017])
