"""Use relative to need: by hand from the published counts, by simulation, and the verdict over all specifications."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import specification_curve, specification_verdicts, specifications
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError

Z = 1.959963984540054
BY = ["origin", "form"]
ABOUT = {"confidence": 0.95, "relative_to": "nederlands", "status": "shown", "synthetic": True, "source": "made up"}
LIMITS = ["lower", "upper"]


def ratios_of(values, lower, upper, **more):
    columns = {"origin": "marokko", "form": "with_residence", "indicator": "special_schools", "measure": "reach_ratio"}
    columns |= {"choice_number": range(len(values)), "value": values, "lower": lower, "upper": upper}
    return pd.DataFrame(columns | ABOUT | more)


def curve_of(*arguments, **more):
    return specification_curve(ratios_of(*arguments, **more), by=BY)


def verdict(*arguments):
    return specification_verdicts(curve_of(*arguments), by=BY).iloc[0][["verdict", "side", "numerator"]].tolist()


@pytest.fixture(scope="module")
def haagse():
    return specifications("Haaglanden", years=[2017])


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
    problems = ("survey_distress", "special_primary_education", "special_schools")
    agreed = {(form, name) for name in problems for form in ("without_residence", "with_residence")}
    agreed |= {("probation", "suspects"), ("probation", "halt")}
    divided = haagse.dropna(subset=["form", "indicator"])
    assert set(divided[["form", "indicator"]].itertuples(index=False, name=None)) == agreed
    classes = divided.groupby("indicator")["indicator_class"].first().to_dict()
    assert classes == dict.fromkeys(problems, "problems") | {"suspects": "police", "halt": "police"}
    assert "protection" in set(haagse.loc[haagse["measure"] == "rate_ratio", "form"])
    assert set(divided.loc[divided["form"] == "probation", "measure"]) == {"use_relative_to_need_ratio"}


def test_need_of_a_survey_belongs_to_both_its_years():
    years = specifications("Nederland", years=[2015, 2016]).query("measure == 'need_ratio'")
    survey = years[(years["indicator"] == "survey_distress") & (years["origin"] == "niet_westers")]
    values = survey.pivot(index="population_group", columns="year", values="numerator")
    # 83384NED, 12 and over, non-western: 18.2 in 2014/2015 and 19.0 in 2016/2017
    assert values.loc["residents_12_and_over"].tolist() == [18.2, 19.0]


REFUSED = [
    ("Haaglanden", {"relative_to": "nederland"}, UnknownNameError, "did you mean 'nederlands'"),
    ("Haagland", {}, UnknownNameError, "Haaglanden"),
    ("Rijnmond", {"years": [2017]}, BereikError, "84910NED"),
]


@pytest.mark.parametrize(("region", "options", "error", "words"), REFUSED)
def test_an_unknown_reference_region_or_year_is_explained(region, options, error, words):
    with pytest.raises(error, match=words):
        specifications(region, **options)


def test_the_curve_is_ordered_and_adds_rounding_to_the_interval():
    rounding = {"lower_rounding": [0.85, np.nan, 1.0], "upper_rounding": [0.95, np.nan, 1.4]}
    curve = curve_of([0.9, 0.5, 1.2], [0.8, 0.4, 1.1], [0.99, 0.6, 1.3], **rounding)
    assert curve["value"].tolist() == [0.5, 0.9, 1.2]
    assert curve["specification"].tolist() == [1, 2, 3]
    assert curve["widest_lower"].tolist() == pytest.approx([0.4, 0.8 * 0.85 / 0.9, 1.1 / 1.2])
    assert curve["widest_upper"].tolist() == pytest.approx([0.6, 0.99 * 0.95 / 0.9, 1.3 * 1.4 / 1.2])
    assert curve["excludes_1"].tolist() == [True, False, False]  # rounding takes the second and third across 1


CASES = [
    ([0.7] * 10, [0.9] * 10, ["decided", "below 1", 10]),
    ([0.7] * 10, [0.9] * 9 + [1.1], ["decided", "below 1", 9]),  # 9 of 10 is enough
    ([0.7] * 10, [0.9] * 8 + [1.1] * 2, ["undecided", "below 1", 8]),
    ([0.7] * 50, [0.9] * 44 + [1.1] * 6, ["undecided", "below 1", 44]),  # 88 percent
    ([1.7] * 10, [2.7] * 10, ["decided", "above 1", 10]),
    ([0.7] * 19 + [1.01], [0.8] * 19 + [1.11], ["undecided", "both sides", 19]),
    ([1.0], [1.1], ["undecided", "both sides", 0]),
    ([0.5, 0.6], [np.nan, 0.7], ["undecided", "below 1", 1]),  # no interval excludes nothing
]


@pytest.mark.parametrize(("values", "upper", "expected"), CASES)
def test_decided_needs_all_points_on_one_side_and_nine_in_ten_intervals(values, upper, expected):
    assert verdict(values, np.minimum(values, upper) - 0.1, upper) == expected


def test_verdicts_within_denominators_and_classes():
    population = ["modelled"] * 2 + ["pupils"] * 2
    more = {"population_of": population, "indicator_class": "problems"}
    curve = curve_of([0.7, 0.8, 1.3, 1.4], [0.6, 0.7, 1.2, 1.3], [0.8, 0.9, 1.4, 1.5], **more)
    got = specification_verdicts(curve, by=BY, within=["population_of", "indicator_class"])
    assert got[["choice", "chosen", "verdict", "side"]].to_numpy().tolist() == [
        ["all choices", "all", "undecided", "both sides"],
        ["population_of", "modelled", "decided", "below 1"],
        ["population_of", "pupils", "decided", "above 1"],
        ["indicator_class", "problems", "undecided", "both sides"],
    ]


def test_choices_without_a_ratio_are_counted():
    hidden = {"status": ["shown", "hidden"]}
    curve = curve_of([0.7, np.nan], [0.6, np.nan], [0.8, np.nan], **hidden)
    assert curve["specification"].isna().tolist() == [False, True]
    assert curve["excludes_1"].tolist() == [True, False]
    row = specification_verdicts(curve, by=BY).iloc[0]
    assert row["denominator"] == 1
    assert "1 of 2 choices without a ratio" in row["method"]
    alone = specification_verdicts(curve_of([np.nan], [np.nan], [np.nan], status="hidden"), by=BY).iloc[0]
    assert alone[["verdict", "status"]].tolist() == ["undecided", "hidden"]


GOOD = ratios_of([0.7, 0.8], [0.6, 0.7], [0.8, 0.9])


WRONG = [
    ({}, ["origin"], BereikError, "'form' in it"),
    ({"measure": "rate_ratio"}, BY, IncomparableError, "rows of specifications"),
    ({"measure": ["reach_ratio", "odds_ratio"]}, BY, IncomparableError, "odds_ratio"),
    ({"synthetic": [True, False]}, BY, IncomparableError, "synthetic"),
    ({"indicator": "unhappiness"}, BY, UnknownNameError, "need indicator 'unhappiness'"),
    ({"choice_number": 1}, BY, InvalidTableError, "more than once"),
    ({"form": "without_residence", "indicator": "suspects"}, BY, IncomparableError, "special_schools"),
    ({"form": "probation"}, BY, IncomparableError, "suspects"),
    ({"form": "protection"}, BY, IncomparableError, "there is none"),
    ({"form": "without_residence", "indicator": "low_income"}, BY, IncomparableError, "circumstances"),
]


@pytest.mark.parametrize(("change", "by", "error", "match"), WRONG)
def test_bad_curves_and_inadmissible_pairs_are_explained(change, by, error, match):
    with pytest.raises(error, match=match):
        specification_curve(GOOD.assign(**change), by=by)


def test_rows_of_use_and_need_are_left_out_of_the_curve(haagse):
    curve = specification_curve(haagse, by=BY)
    assert len(curve) == haagse["measure"].isin(["reach_ratio", "use_relative_to_need_ratio"]).sum()
    assert (curve["widest_lower"] <= curve["lower"]).all()  # rounding is added
    assert (curve["widest_upper"] >= curve["upper"]).all()
    verdicts = specification_verdicts(curve, by=BY).set_index(BY)["verdict"]
    assert verdicts["niet_westers", "probation"] == "decided"
    with pytest.raises(MissingColumnError, match="no column 'indicator'"):
        specification_curve(GOOD.drop(columns="indicator"), by=BY)
    with pytest.raises(MissingColumnError, match="widest_lower"):
        specification_verdicts(haagse, by=BY)
