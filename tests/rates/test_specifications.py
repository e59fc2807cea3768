"""Use relative to need: by hand from the published counts, by simulation, and the verdict over all measures of need."""

import runpy

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import range_over_choices, specifications
from bereik.errors import FigureError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.specifications import divisors

Z = 1.959963984540054
ABOUT = {"confidence": 0.95, "relative_to": "nederlands", "status": "shown", "synthetic": True, "source": "made up"}
LIMITS = ["lower", "upper"]


SURVEY, SCHOOL = "survey_distress", "special_schools"


def ratios_of(values, lower, upper, indicator, **more):
    """Rows of one year and population for each measure of need, as `specifications` gives them, of the region's own place."""
    about = {"origin": "marokko", "form": "with_residence", "region": "Delft", "year": "2017", "measure": "reach_ratio"}
    about |= {"population_group": "youths", "ages_of_need": "4-19", "ages_of_use": "0-22", "need_place": "Delft"}
    about |= {"population_used": "residents_0_22", "ages_of_population": "0-22", "indicator": indicator}
    about |= dict.fromkeys(("numerator", "denominator"), 1.0) | {"origin_scheme": "migratieachtergrond"}
    table = pd.DataFrame({"value": values, "lower": lower, "upper": upper} | about | ABOUT)
    return table.assign(lower_rounding=table["value"], upper_rounding=table["value"]).assign(**more)


def verdict(*arguments, **more):
    """The verdict, the side, how many intervals exclude 1 on it and how many measures there are."""
    row = range_over_choices(ratios_of(*arguments, **more)).iloc[-1]
    return row[["verdict", "side", "numerator", "denominator"]].tolist()


@pytest.fixture(scope="module")
def haagse():
    return specifications("Haaglanden").query("year == '2017'")


def one(table, **where):
    (row,) = table[np.all([table[column] == value for column, value in where.items()], axis=0)].iloc
    return row


USE = {"measure": "rate_ratio", "origin": "niet_westers", "form": "with_residence", "population_used": "residents_0_22"}
NEED = {"measure": "need_ratio", "origin": "niet_westers", "need_place": "'s-Gravenhage"}
NEED |= {"population_group": "pupils_primary"}


def test_use_relative_to_the_reference_by_hand(haagse):
    care = bereik.load("care_by_origin").query("region == 'Haaglanden' and period == '2017'")
    youths = bereik.youths_by_origin("Haaglanden", year=2017).query("region == 'Haaglanden'").set_index("origin")
    users = care[care["form"] == "with_residence"].set_index("origin")["youths"]
    pair = ["niet_westers", "nederlands"]
    (y, y_r), (n, n_r) = users[pair], youths.loc[pair, "population"]
    row = one(haagse, **USE)
    assert row["value"] == pytest.approx(y / n / (y_r / n_r))
    width = np.log(youths["population_upper"] / youths["population_lower"])[pair].sum() / 2
    half = np.sqrt(Z**2 * (1 / y + 1 / y_r) + width**2)
    assert np.log(row["upper"] / row["value"]) == pytest.approx(half)
    bounds = [(y + d) / n / ((y_r - d) / n_r) for d in (-2.5, 2.5)]  # counts are rounded to 5
    assert row[["lower_rounding", "upper_rounding"]].tolist() == pytest.approx(bounds)
    assert "users aged" not in row["method"]
    pupils = one(haagse, **USE | {"population_used": "pupils"})
    assert "users aged 0-22 over a population of pupils" in pupils["method"]


def test_use_is_divided_by_need_by_hand(haagse):
    use, need = one(haagse, **USE), one(haagse, **NEED)
    # 83295NED, 's-Gravenhage, 2016/'17: 521 of 20,029 and 473 of 20,040 pupils
    assert need["value"] == pytest.approx(521 / 20029 / (473 / 20040))
    row = one(haagse, **USE | NEED | {"measure": "reach_ratio"})
    assert (row["numerator"], row["denominator"]) == (use["value"], need["value"])
    assert row["value"] == pytest.approx(use["value"] / need["value"])
    half = np.hypot(*(np.log(each["upper"] / each["lower"]) / 2 for each in (use, need)))
    assert np.log(row[LIMITS].astype(float) / row["value"]).tolist() == pytest.approx([-half, half])
    assert row["lower_rounding"] == pytest.approx(use["lower_rounding"] / need["upper_rounding"])
    assert row["upper_rounding"] == pytest.approx(use["upper_rounding"] / need["lower_rounding"])


def test_only_admissible_pairs_and_no_divisor_for_protection(haagse):
    divided, pair = haagse.dropna(subset=["form", "indicator"]), ["form", "indicator", "indicator_class"]
    assert set(map(tuple, divided[pair].to_numpy())) == set(map(tuple, divisors().to_numpy()))
    assert "protection" in set(haagse.loc[haagse["measure"] == "rate_ratio", "form"])
    assert set(divided.loc[divided["form"] == "probation", "measure"]) == {"use_relative_to_need_ratio"}


def test_need_of_a_survey_belongs_to_both_its_years_and_adults_are_no_divisor():
    years = specifications("Nederland").query("measure == 'need_ratio' and year in ['2015', '2016']")
    survey = years[(years["indicator"] == "survey_distress") & (years["origin"] == "niet_westers")]
    # 83384NED, youngest class, non-western: 11.6 in 2014/2015 and 8.8 in 2016/2017; nobody asks adults here
    assert survey["population_group"].unique().tolist() == ["residents_youngest_class"]
    assert survey["numerator"].tolist() == [11.6, 8.8]


REFUSED = [
    ("Haaglanden", {"relative_to": "nederland"}, UnknownNameError, "did you mean 'nederlands'"),
    ("Haagland", {}, UnknownNameError, "Haaglanden"),
    ("Rijnmond", {}, bereik.BereikError, "84910NED"),
    ("Drenthe", {}, bereik.BereikError, "of Drenthe .jeugdregio. in 2015 do not follow"),  # as a province is called too
    ("Haaglanden", {"otherwise": "Neerland"}, UnknownNameError, "Nederland"),
]


@pytest.mark.parametrize(("region", "options", "error", "words"), REFUSED)
def test_an_unknown_reference_region_or_year_is_explained(region, options, error, words):
    with pytest.raises(error, match=words):
        specifications(region, **options)


def test_a_region_without_youths_by_origin_turns_to_the_place_that_is_given():
    pd.testing.assert_frame_equal(specifications("Rijnmond", otherwise="Nederland"), specifications("Nederland"))
    assert set(specifications("Haaglanden", otherwise="Nederland")["region"].dropna()) == {"Haaglanden"}


def test_an_estimate_and_its_interval_by_hand():
    value, half, rounding = np.array([0.7, 0.9]), np.array([0.1, 0.2]), {"lower_rounding": [0.68, 0.88]}
    ends = {"year": ["2015", "2016"], "upper_rounding": [0.73, 0.93], **rounding}
    data = ratios_of(value, value * np.exp(-half), value * np.exp(half), SCHOOL, **ends)
    pupils = data.assign(population_used="pupils", value=9.0)  # another population stands beside it
    row, there = (range_over_choices(pd.concat([pupils, d])).iloc[0] for d in (data, data.assign(need_place="Gouda")))
    assert (row["value"], row["years"]) == (pytest.approx(np.sqrt(0.63)), "2015-2016")
    # mean of the errors, then rounding
    limits = [np.sqrt(0.68 * 0.88) * np.exp(-0.15), np.sqrt(0.73 * 0.93) * np.exp(0.15)]
    assert row[LIMITS].tolist() == pytest.approx(limits)
    wide = np.hypot(0.15, 3.182446 * 0.30)  # t with 3 degrees of freedom: need of another place
    assert there[LIMITS].tolist() == pytest.approx([limits[0] * np.exp(0.15 - wide), limits[1] * np.exp(wide - 0.15)])


def test_the_error_for_place_is_the_spread_of_the_four_large_cities():
    need = bereik.need_by_origin().astype({"origin": "str", "region": "str"})
    need = need[(need["indicator"] == "special_primary_education") & (need["origin_scheme"] == "migratieachtergrond")]
    need = need[need["region"].isin(["'s-Gravenhage", "Amsterdam", "Rotterdam", "Utrecht"])]
    need = need[need["period"].isin(["2014/2015", "2015/2016", "2016/2017"])].set_index(["period", "region", "origin"])
    rate = (need["cases"] / need["population"]).astype(float).unstack("origin")
    logs = np.log(rate["niet_westers"] / rate["nederlands"])
    assert logs.groupby("period").std().mean() == pytest.approx(0.30, abs=0.03)


CASES = [
    ([0.7, 0.8], [0.8, 0.9], [SURVEY, SCHOOL], ["established", "below 1", 2, 2]),
    ([0.7, 0.8], [0.8, 1.01], [SURVEY, SCHOOL], ["points one way", "below 1", 1, 2]),
    ([0.7, 0.8], [0.8, 0.9], [SCHOOL, "special_primary_education"], ["points one way", "below 1", 2, 2]),  # one kind
    ([0.7], [0.8], [SURVEY], ["points one way", "below 1", 1, 1]),
    ([1.7, 1.5], [2.6, 2.1], [SURVEY, SCHOOL], ["established", "above 1", 2, 2]),
    ([0.7, 1.2], [0.8, 1.3], [SURVEY, SCHOOL], ["open", "both sides", 2, 2]),
    ([0.5, 0.6], [np.nan, 0.7], [SURVEY, SCHOOL], ["points one way", "below 1", 1, 2]),  # no interval excludes nothing
]


@pytest.mark.parametrize(("values", "upper", "indicator", "expected"), CASES)
def test_established_needs_each_interval_on_one_side_and_two_kinds_of_source(values, upper, indicator, expected):
    limits = np.square(values) / upper, upper
    assert verdict(values, *limits, indicator) == expected
    if expected[0] == "established":
        assert verdict(values, *limits, indicator, need_place="Gouda")[0] == "points one way"


def test_size_and_power_are_what_is_promised(project):
    bench = runpy.run_path(str(project / "bench" / "verdict.py"))
    wrong, right = bench["study"](200, [(2, 1, 0.3, 1.0), (2, 0.5, 0.0, 0.7)])
    assert max(wrong[4:6]) <= 2.5
    assert (right[4], right[5]) == (100, 0), "need of the region itself, and two kinds of source"


def test_measures_without_a_ratio_are_counted():
    some = ratios_of([0.7, np.nan], [0.6, np.nan], [0.8, np.nan], [SURVEY, SCHOOL], status=["shown", "hidden"])
    *_, row = range_over_choices(some).iloc
    assert (row["denominator"], "1 of 2 without a ratio" in row["method"]) == (1, True)
    *_, alone = range_over_choices(some[1:]).iloc
    assert alone[["verdict", "status"]].tolist() == ["open", "hidden"]


GOOD = ratios_of([0.7, 0.8], [0.6, 0.7], [0.8, 0.9], [SURVEY, SCHOOL])
WRONG = [
    ({"measure": "rate_ratio"}, IncomparableError, "rows of specifications"),
    ({"measure": ["reach_ratio", "odds_ratio"]}, IncomparableError, "odds_ratio"),
    ({"synthetic": [True, False]}, IncomparableError, "synthetic"),
    ({"indicator": "unhappiness"}, UnknownNameError, "need indicator 'unhappiness'"),
    ({"indicator": SURVEY}, InvalidTableError, "more than once"),
    ({"form": "protection"}, IncomparableError, "there is none"),
    ({"form": "without_residence", "indicator": "low_income"}, IncomparableError, "circumstances"),
]


@pytest.mark.parametrize(("change", "error", "match"), WRONG)
def test_bad_ratios_and_inadmissible_pairs_are_explained(change, error, match):
    with pytest.raises(error, match=match):
        range_over_choices(GOOD.assign(**change))
    with pytest.raises(MissingColumnError, match="no column 'indicator'"):
        range_over_choices(GOOD.drop(columns="indicator"))


def test_relative_use_is_the_mean_of_the_years_and_need_is_the_range_over_measures_of_problems():
    ratios = specifications("Haaglanden").query("origin == 'niet_westers' and population_used != 'pupils'")
    ranges = range_over_choices(ratios)
    use = ratios.query("measure == 'rate_ratio' and population_used == 'residents_0_22'").groupby("form", sort=False)
    rows = ranges[ranges["measure"] == "rate_ratio"].set_index("form")
    means = use["value"].agg(lambda years: np.exp(np.log(years).mean())).to_dict()
    assert rows["value"].to_dict() == pytest.approx(means)
    assert rows["kind"].tolist() == ["youth_help", "youth_help", "imposed", "imposed"]
    measures, band = (ranges[ranges["measure"] == name].set_index("form") for name in ("reach_ratio", "need_range"))
    needed = measures["denominator"].groupby("form", sort=False).agg(["median", "min", "max"])
    assert band[["value", *LIMITS]].to_numpy() == pytest.approx(needed.to_numpy())  # imposed care has none


FINDINGS, PUPILS = bereik.load("published_findings"), bereik.need_by_origin()


def test_the_claim_by_country_of_origin_by_hand():
    """Published use of KIS (2015) over pupils of 83295NED and 83296NED, the Netherlands, 2011/'12 and 2012/'13."""
    ratios = bereik.use_over_need(FINDINGS, PUPILS)
    turkish = ratios[ratios["origin"] == "turkije"].set_index("measure")
    needed = [1846 / 51773 / (41768 / 1559265), 1384 / 53157 / (34239 / 1593504)]
    needed += [1719 / 49782 / (39926 / 1537934), 1379 / 51161 / (33340 / 1571274)]
    values = turkish.loc["use_relative_to_need_ratio", "value"].tolist()
    assert values == pytest.approx([8 / 11 / one for one in needed])
    low, high = 7.5 / 11.5 / max(needed), 8.5 / 10.5 / min(needed)
    ends = {"range_over_choices": [low, high], "overstated_need": [1 / high, 1 / low]}
    for name, two in (ends | {"need_range": [min(needed), max(needed)]}).items():
        assert turkish.loc[name, LIMITS].tolist() == pytest.approx(two)
    almost_18 = ratios.query("origin == 'antillen_aruba' and measure == 'rate_ratio'")["upper_rounding"]
    assert almost_18.tolist() == pytest.approx([18 / 10.5])
    there = bereik.use_over_need(FINDINGS, PUPILS, place="'s-Gravenhage").query("measure == 'range_over_choices'")
    assert there[LIMITS].round(2).to_numpy()[:2].tolist() == [[0.63, 0.87], [0.67, 0.98]]
    assert set(there["verdict"]) == {""}, "need of a city beside use of the country decides nothing"


@pytest.mark.parametrize(
    "wrong",
    [{"findings": FINDINGS[FINDINGS["finding"] != "kis_2015_turkije"]}, {"findings": FINDINGS[:0]}, {"place": "Delft"}],
)
def test_a_percentage_or_need_that_is_absent_is_an_error(wrong):
    with pytest.raises(InvalidTableError, match="one percentage for each|No need in Delft"):
        bereik.use_over_need(**{"findings": FINDINGS, "need": PUPILS} | wrong)


def test_the_figure_is_of_one_group_one_place_and_one_scheme(monkeypatch):
    """Points, band and title; the countries stand apart, under their own words."""
    monkeypatch.setattr("bereik.texts.say.write_figure", lambda key, draw, data, **rest: draw(data, "en"))
    ranges = range_over_choices(specifications("Haaglanden"))
    group, countries = ranges[ranges["origin"] == "niet_westers"], bereik.use_over_need(FINDINGS, PUPILS)

    def draw(*parts, region="Haaglanden", group="niet_westers"):
        rows = [part.assign(row=part["form"]) for part in parts] + [countries.assign(row=countries["origin"])]
        return bereik.figure("04_use_beside_need", pd.concat(rows, ignore_index=True), region=region, group=group)

    axes = draw(group).axes[0]
    names = [str(text.get_text()) for text in axes.get_yticklabels()]
    bars = [line for line in axes.lines if line.get_lw() == 20]
    assert ("The Netherlands, 2012: all youth care, beside all youths" in names, len(bars)) == (True, 6)
    for other in (ranges[ranges["origin"] == "westers"], group.assign(region="Nederland")):
        with pytest.raises(InvalidTableError, match="more than once"):
            draw(group, other)
    for title in ({"group": "met_migratieachtergrond"}, {"region": "Nederland"}):
        with pytest.raises(FigureError, match="No rows with the categories"):
            draw(group, **title)
    one_of = ["rate_ratio probation", "need_range with_residence", "range_over_choices without_residence"]
    for about in ({"origin": "met_migratieachtergrond"}, {"region": "Nederland"}, {"origin_scheme": "herkomst"}):
        for row in one_of:  # a point, a band, the title
            is_it = group["measure"] + " " + group["form"] == row
            with pytest.raises(FigureError, match="No rows with the categories"):
                draw(group[~is_it], group[is_it].assign(**about))
