"""The codelists: complete, spelt as StatLine does, and what has no counterpart, or no name, is refused."""

import pandas as pd
import pytest

from bereik import codelist, map_origin, region_members
from bereik.codelists import SCHEMES, care_form, find_region, origin_code, read_list
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


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: codelist("form"), "did you mean 'forms'"),
        (lambda: codelist("origin", "herkomsten"), "did you mean 'herkomst'"),
        (lambda: codelist("regions", "gemeente"), "'municipality'"),
        (lambda: codelist("forms", "yes"), "only origin and regions have parts"),
        (lambda: care_form("with_residense"), "did you mean 'with_residence'"),
        (lambda: origin_code("niet-westers", NEW), "scheme herkomst"),
        (lambda: map_origin("x", OLD, NEW), "scheme migratieachtergrond"),
        (lambda: find_region("Haaglandn"), "did you mean 'Haaglanden'"),
        (lambda: find_region("Utrecht"), r"several.*Utrecht \(PV\)"),
        (lambda: region_members("Holland Rijnland", 2024), "list of members"),
        (lambda: region_members("Rijnmond", 2020), "list of members"),
        (lambda: region_members("Haaglanden", 2014, on_missing="empty"), "list of members"),
    ],
)
def test_a_name_that_is_unknown_or_not_one_is_refused_with_the_nearest(call, words):
    with pytest.raises(BereikError, match=words):
        call()


@pytest.mark.parametrize(
    ("title", "scheme", "code"),
    [
        ("Migratieachtergrond: niet-westers", OLD, "niet_westers"),
        ("Migratieachtergrond: Nederland", OLD, "nederlands"),
        ("  Totaal   ", OLD, "total"),
        ("(voormalige) Ned. Antillen,Aruba", OLD, "antillen_aruba"),
        ("Europa (exclusief Nederland)", NEW, "europa"),
        ("Nederland", NEW, "nederland"),
    ],
)
def test_origin_titles_as_statline_spells_them(title, scheme, code):
    assert origin_code(title, scheme) == code


@pytest.mark.parametrize(
    ("codes", "start", "to", "reason"),
    [
        (["westers", "niet_westers", "overig_niet_westers"], OLD, NEW, "in herkomst: .*(Indonesia|remainder)"),
        (["europa", "buiten_europa", "indonesie"], NEW, OLD, "no group of migratieachtergrond"),
    ],
)
def test_groups_without_counterpart_are_refused_with_the_reason(codes, start, to, reason):
    for code in codes:
        with pytest.raises(IncomparableError, match=reason):
            map_origin(code, start, to)


def test_the_mapping_goes_both_ways_and_covers_every_old_group():
    mapping = read_list("origin_mapping.csv")
    assert set(mapping["from_code"]) == set(codelist("origin", OLD)["code"])
    for row in mapping[mapping["match"] != "none"].itertuples():
        assert map_origin(row.from_code, OLD, NEW) == row.to_code
        assert map_origin(row.to_code, NEW, OLD) == row.from_code


def test_there_are_42_jeugdregios_and_three_changed_name():
    table = codelist("regions", "jeugdregio")
    assert len(table) == table["code"].nunique() == 42
    renamed = {"Arnhem": "Centraal Gelderland", "Nijmegen": "Rijk van Nijmegen"}
    for old, new in {**renamed, "Midden-Brabant (Hart van Brabant)": "Midden-Brabant"}.items():
        assert find_region(f"{old} (JZ)")["code"] == find_region(f"{new} (JZ)")["code"]


def test_haaglanden_has_ten_municipalities_to_2023_and_nine_from_2024():
    before, after = region_members("Haaglanden", 2023), region_members("Haaglanden (JZ)", 2024)
    assert len(before) == len(region_members("Haaglanden", 2015)) == 10
    assert set(before["name"]) - set(after["name"]) == {"Voorschoten"}
    assert region_members("Rijnmond", 2020, on_missing="empty").empty


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("Den Haag", None, "GM0518"),
        ("'s-Gravenhage (gemeente)", None, "GM0518"),
        ("haaglanden", None, "JZ-haaglanden"),
        ("GM0603    ", None, "GM0603"),
        ("Rijswijk (ZH.)", None, "GM0603"),
        ("Utrecht (PV)", None, "PV26"),
        ("Utrecht", "municipality", "GM0344"),
        ("Friesland (PV)", None, "PV21"),
    ],
)
def test_regions_are_found_by_name_title_and_code(name, kind, code):
    assert find_region(name, kind)["code"] == code


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


NO_PERIODS = [
    "",
    "217",
    "2017H3",
    "3e halfjaar 2017",
    "5e kwartaal 2015",
    "12 foo 2017",
    "31 februari 2017",
    "2016/'18",
    "1812",
]


@pytest.mark.parametrize("title", NO_PERIODS)
def test_what_is_no_period_is_refused(title):
    with pytest.raises(UnknownNameError, match="Unknown period"):
        parse_period(title)


def test_half_years_and_years_are_not_mixed():
    with pytest.raises(IncomparableError, match="half-year and year: 2017H1 .half-year., 2016 .year."):
        one_period_kind(pd.DataFrame({"period": ["2016", "2017H1"]}))
    with pytest.raises(IncomparableError, match="no rows"):
        one_period_kind(pd.DataFrame({"period": []}))
