"""The codelists: complete, spelt as StatLine does, and what has no counterpart, or no name, is refused."""

from functools import partial

import pandas as pd
import pytest

from bereik import codelist, region_members
from bereik.codelists import SCHEMES, care_form, find_region, origin_code
from bereik.codelists.periods import one_period_kind, parse_period
from bereik.errors import BereikError, IncomparableError, UnknownNameError

OLD, NEW = SCHEMES


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_origin_has_both_names_and_a_parent_in_the_list(scheme):
    groups = codelist("origin", scheme)
    assert (groups[["nl", "en", "statline_titles"]] != "").all(axis=None)
    assert set(groups["parent"]) - {""} <= set(groups["code"])
    assert groups["code"].is_unique


def test_hierarchy_of_care():
    forms = codelist("forms").set_index("code")
    assert set(forms["parent"]) - {""} <= set(forms.index)
    assert forms.loc["foster_care", "parent"] == "with_residence"
    assert forms.loc[["protection", "probation", "secure_care"], "compulsory"].eq("yes").all()
    assert forms.loc["without_residence", "compulsory"] == "no"
    residential = ["with_residence", "foster_care", "family_home", "secure_care", "other_residence"]
    assert forms.index[forms["residential"] == "yes"].tolist() == residential
    assert forms["order"].is_monotonic_increasing


def test_a_list_that_is_changed_is_read_anew():
    for name in ("forms", "origin", "regions", "indicators"):
        table, before = codelist(name), codelist(name)
        table.iloc[:, 0] = "x"
        pd.testing.assert_frame_equal(codelist(name), before)


REFUSED = [
    (codelist, ["form"], "did you mean 'forms'"),
    (codelist, ["origin", "herkomsten"], "did you mean 'herkomst'"),
    (codelist, ["regions", "gemeente"], "'municipality'"),
    (codelist, ["forms", "yes"], "only origin and regions have parts"),
    (care_form, ["with_residense"], "did you mean 'with_residence'"),
    (origin_code, ["niet-westers", NEW], "scheme herkomst"),
    (find_region, ["Haaglandn"], "did you mean 'Haaglanden'"),
    (find_region, ["Utrecht"], r"several.*Utrecht \(PV\)"),
    *[(region_members, of, "list of members") for of in (["Holland Rijnland", 2024], ["Rijnmond", 2020])],
    (partial(region_members, on_missing="empty"), ["Haaglanden", 2014], "list of members"),
]


@pytest.mark.parametrize(("function", "given", "words"), REFUSED)
def test_a_name_that_is_unknown_or_not_one_is_refused_with_the_nearest(function, given, words):
    with pytest.raises(BereikError, match=words):
        function(*given)


TITLES = {"Migratieachtergrond: niet-westers": "niet_westers", "Migratieachtergrond: Nederland": "nederlands"}
TITLES |= {"  Totaal   ": "total", "(voormalige) Ned. Antillen,Aruba": "antillen_aruba"}


def test_origin_titles_as_statline_spells_them():
    assert {title: origin_code(title, OLD) for title in TITLES} == TITLES
    assert origin_code("Europa (exclusief Nederland)", NEW) == "europa"
    assert origin_code("Nederland", NEW) == "nederland"


def test_each_old_group_has_one_new_counterpart_or_none_and_a_reason():
    mapping = codelist("origin_mapping")
    assert mapping["from_code"].tolist() == codelist("origin", OLD)["code"].tolist()
    without = mapping[mapping["match"] == "none"]
    assert without["from_code"].tolist() == ["westers", "niet_westers", "overig_niet_westers"]
    assert without["reason"].str.contains("Indonesia|remainder").all()
    found = mapping.loc[mapping["match"] != "none", "to_code"]
    assert found.is_unique
    assert set(found) <= set(codelist("origin", NEW)["code"])
    assert set(without["to_code"]) == {""}


def test_haaglanden_has_ten_municipalities_to_2023_and_nine_from_2024():
    before, after = region_members("Haaglanden", 2023), region_members("Haaglanden (JZ)", 2024)
    assert len(before) == len(region_members("Haaglanden", 2015)) == 10
    assert set(before["name"]) - set(after["name"]) == {"Voorschoten"}
    assert region_members("Rijnmond", 2020, on_missing="empty").empty


PLACES = {"Den Haag": "GM0518", "'s-Gravenhage (gemeente)": "GM0518", "haaglanden": "JZ-haaglanden"}
PLACES |= {"GM0603    ": "GM0603", "Rijswijk (ZH.)": "GM0603", "Utrecht (PV)": "PV26", "Friesland (PV)": "PV21"}
PLACES |= dict.fromkeys(
    ["Arnhem (JZ)", "Centraal Gelderland (JZ)"], "JZ-centraal-gelderland"
)  # three changed their name
PLACES |= dict.fromkeys(["Nijmegen (JZ)", "Rijk van Nijmegen (JZ)"], "JZ-rijk-van-nijmegen")
PLACES |= dict.fromkeys(["Midden-Brabant (Hart van Brabant) (JZ)", "Midden-Brabant (JZ)"], "JZ-midden-brabant")


def test_regions_are_found_by_name_title_and_code():
    assert {name: find_region(name)["code"] for name in PLACES} == PLACES
    assert find_region("Utrecht", "municipality")["code"] == "GM0344"


PERIODS = {
    "year": {"2017": "2017", 2017: "2017", "2024*": "2024", "2017JJ00": "2017"},
    "half-year": {"2017 2e halfjaar": "2017H2", "1e half jaar 2024": "2024H1", "2017HJ02": "2017H2"},
    "quarter": {"2015 1e kwartaal": "2015Q1", "1e kwartaal 2015": "2015Q1", "2015KW04": "2015Q4"},
    "date": {"31 december 2017": "2017-12-31"},
    "school year": {"2016/'17": "2016/2017", "2019/20": "2019/2020"},
}


@pytest.mark.parametrize("kind", PERIODS)
def test_periods_as_statline_spells_them(kind):
    for title, label in PERIODS[kind].items():
        period = parse_period(title)
        assert (period.label, period.kind, period.year) == (label, kind, int(label[:4]))
        assert parse_period(label) == period, "our own label is read back"


def test_what_is_no_period_is_refused():
    wrong = ["", "217", "2017H3", "3e halfjaar 2017", "5e kwartaal 2015", "12 foo 2017", "31 februari 2017", "1812"]
    for title in [*wrong, "2016/'18"]:
        with pytest.raises(UnknownNameError, match="Unknown period"):
            parse_period(title)


def test_half_years_and_years_are_not_mixed():
    with pytest.raises(IncomparableError, match="half-year and year: 2017H1 .half-year., 2016 .year."):
        one_period_kind(pd.DataFrame({"period": ["2016", "2017H1"]}))
    with pytest.raises(IncomparableError, match="no rows"):
        one_period_kind(pd.DataFrame({"period": []}))
