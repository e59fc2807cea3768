"""Need by origin: published figures found again with plain pandas, what must add up adds up, and the pupils of special schools.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it.
"""

import pandas as pd
import pytest

from bereik import load, need_by_origin
from bereik.codelists import codelist


@pytest.fixture(scope="module")
def need():
    return load("need_by_origin").astype({"region": "str", "origin": "str"})


def one(table, **values):
    for column, value in values.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_rates_of_counts(need):
    # 83295NED, 2016/'17: LeerlingenSpeciaalBasisonderwijs_7 / LeerlingenSpeciaalBasisonderwijs_1
    at = {"indicator": "special_primary_education", "period": "2016/2017"}
    per_1000 = {"total": 23.2, "nederlands": 22.2, "niet_westers": 29.2, "suriname": 28.7, "antillen_aruba": 49.7}
    rows = {origin: one(need, region="Nederland", origin=origin, **at) for origin in per_1000}
    rows["hague"] = one(need, region="'s-Gravenhage", origin="suriname", **at)
    for origin, row in rows.items():
        assert round(row["per"] * row["cases"] / row["population"], 1) == (per_1000 | {"hague": 24.8})[origin]
        assert row["per"] == 1000
        assert pd.isna(row["rate"])
    # 80042ned, Haaglanden (AM), Woonregio, 2016/'17: Praktijkonderwijs_22 / TotaalLeerlingen_1
    at = {"indicator": "practical_education", "period": "2016/2017", "region_code": "AM-haaglanden"}
    for origin, percent in {"nederlands": 2.03, "met_migratieachtergrond": 6.19}.items():
        row = one(need, origin=origin, **at)
        assert round(100 * row["cases"] / row["population"], 2) == percent


def test_figures_read_in_the_files_by_eye(need):
    # 81947NED, 12 tot 18 jaar, 2017: TotaalVerdachtenVanMisdrijven_28
    for origin, rate in {"total": 154, "marokko": 409}.items():
        row = one(need, indicator="suspects", population_group="youths_12_17", period="2017", origin=origin)
        assert (row["rate"], row["per"]) == (rate, 10000)
    # 83384NED, 2018/2019, both sexes, PsychischOngezond12JaarOfOuder_2, non-western: all ages 18.6 (16.2-20.9), youngest 9.0
    survey = need[need["indicator"] == "survey_distress"].set_index("population_group")
    rows = survey[(survey["origin"] == "niet_westers") & (survey["period"] == "2018/2019")][["rate", "lower", "upper"]]
    assert rows.loc["residents_12_and_over"].tolist() == [18.6, 16.2, 20.9]
    assert rows.loc["residents_youngest_class"].tolist() == [9.0, 5.6, 12.3]
    # 85463NED, 2022/2023, total: PsychischeKlachtenAfgelopen4Weken_3 13.8
    new = one(survey.loc[["residents_12_and_over"]], period="2022/2023", origin="total")
    assert (new["rate"], new["origin_scheme"], new["period_kind"]) == (13.8, "herkomst", "two years")
    # 83842NED, 2011, all private households: Kinderen_3 269.4 (x 1,000), KinderenRelatief_4 8.0
    children = one(need, indicator="low_income", period="2011", origin="total")
    assert (children["cases"], children["rate"], children["rounded_to"]) == (269400, 8.0, 100)
    # 84781NED, 2012/'13, total: 31290 of 1321190
    at = {"population_group": "pupils_under_23", "origin_scheme": "migratieachtergrond", "origin": "total"}
    leavers = one(need, indicator="early_school_leaving", period="2012/2013", **at)
    assert (leavers["cases"], leavers["population"]) == (31290, 1321190)
    # 71930ned, 2006: 21550 youths, 167 per 10,000; 2005 has no rate, which is not 0
    assert one(need, indicator="halt", period="2006", origin="total")[["cases", "rate"]].tolist() == [21550, 167]
    assert pd.isna(one(need, indicator="halt", period="2005", origin="total")["rate"])


@pytest.mark.parametrize("indicator", ["special_primary_education", "special_schools", "halt", "suspects"])
def test_groups_add_up(need, indicator):
    """Dutch, with a migration background and unknown make all; five countries make non-western (rounded to 10: within 30)."""
    within = 0 if indicator.startswith("special") else 30
    rows = need[(need["indicator"] == indicator) & (need["origin_scheme"] == "migratieachtergrond")]
    keys = ["period", "region_code", "population_group"]
    side = rows.pivot_table(index=keys, columns="origin", values="cases").dropna()
    assert len(side) >= 18
    parts = {
        "total": ["nederlands", "met_migratieachtergrond", "onbekend"],
        "met_migratieachtergrond": ["westers", "niet_westers"],
        "niet_westers": ["turkije", "marokko", "suriname", "antillen_aruba", "overig_niet_westers"],
    }
    for whole, these in parts.items():
        assert (side[these].sum(axis=1) - side[whole]).abs().max() <= within


def test_groups_of_pupils_and_published_rates_agree_with_the_counts(need):
    rows = need[(need["indicator"] == "special_schools") & (need["statline_table"] == "83296NED")]
    side = rows.pivot_table(index=["period", "region_code", "origin"], columns="population_group", values="cases")
    assert (side["pupils_primary_age"] + side["pupils_secondary_age"] == side["pupils_all"]).all()
    assert len(side) == 11 * 11 * 9  # school years, groups, regions
    # a rate per 10,000 and its count give one population; it must be alike from group to total (suspects 12-17, 2017)
    rows = need.query("indicator == 'suspects' and population_group == 'youths_12_17' and period == '2017'")
    implied = (rows["cases"] / rows["rate"] * rows["per"]).set_axis(rows["origin"]).drop("onbekend")
    assert implied["nederlands"] + implied["met_migratieachtergrond"] == pytest.approx(implied["total"], rel=0.01)


def test_missing_is_never_zero_and_schemes_hold_only_their_own_groups(need):
    first = need["cases"].isna().where(need["indicator"] != "survey_distress", need["rate"].isna())
    assert (first == (need["status"] == "not_published")).all()
    gone = need[(need["indicator"] == "low_income") & (need["period"] == "2022") & (need["origin"] != "total")]
    assert gone["status"].tolist() == ["not_published"] * 3
    assert gone[["cases", "rate"]].isna().all(axis=None)


def test_special_schools_are_counted_among_all_pupils_of_their_ages():
    """By hand, 's-Gravenhage 2016/'17, all pupils: 83296NED 884 + 829; 83295NED 47452; 80043ned 28086."""
    table = need_by_origin()
    rows = table[(table["region"] == "'s-Gravenhage") & (table["indicator"] == "special_schools")]
    rows = rows.query("period == '2016/2017' and origin == 'total' and origin_scheme == 'migratieachtergrond'")
    rows = rows.set_index("population_group")
    primary, secondary = 884 + 47452, 829 + 28086
    groups = ["pupils_primary_age", "pupils_secondary_age", "pupils_all"]
    assert rows.loc[groups, "population"].tolist() == [primary, secondary, primary + secondary]
    assert rows.loc["pupils_all", "source"] == "CBS StatLine 83296NED, 83295NED, 80043ned"
    other = table["indicator"] != "special_schools"
    assert table.loc[other, "population"].equals(load("need_by_origin").loc[other, "population"])
    marokko = table[(table["origin"] == "marokko") & (table["population_group"] == "pupils_all")]
    assert marokko["population"].isna().all()
    assert (marokko["source"] == "CBS StatLine " + marokko["statline_table"]).all()


def test_every_indicator_is_explained_and_divides_only_what_was_agreed(need):
    indicators = codelist("indicators").set_index("indicator")
    assert set(need["indicator"]) == set(indicators.index)
    problems = ("survey_distress", "special_primary_education", "special_schools")
    agreed = dict.fromkeys(problems, "without_residence|with_residence")
    agreed |= dict.fromkeys(("suspects", "halt"), "probation")
    assert indicators["use"][indicators["use"] != ""].to_dict() == agreed
