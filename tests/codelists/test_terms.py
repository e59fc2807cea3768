import pandas as pd
import pytest

from bereik.codelists.care import care_form, care_forms
from bereik.codelists.lists import read_list
from bereik.codelists.origin import SCHEMES, map_origin, origin_code, origin_groups
from bereik.codelists.periods import one_period_kind, parse_period
from bereik.codelists.regions import find_region, region_members, regions
from bereik.errors import IncomparableError, UnknownNameError


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_origin_has_both_names_and_a_known_parent(scheme):
    groups = origin_groups(scheme)
    assert (groups[["nl", "en", "statline_titles"]] != "").all(axis=None)
    assert set(groups["parent"]) - {""} <= set(groups["code"])
    assert groups["code"].is_unique


@pytest.mark.parametrize(
    ("title", "scheme", "code"),
    [
        ("Migratieachtergrond: niet-westers", "migratieachtergrond", "niet_westers"),
        ("Migratieachtergrond: Nederland", "migratieachtergrond", "nederlands"),
        ("  Totaal   ", "migratieachtergrond", "total"),
        ("(voormalige) Ned. Antillen,Aruba", "migratieachtergrond", "antillen_aruba"),
        ("Europa (exclusief Nederland)", "herkomst", "europa"),
        ("Nederland", "herkomst", "nederland"),
    ],
)
def test_origin_titles_as_statline_spells_them(title, scheme, code):
    assert origin_code(title, scheme) == code


def test_a_title_of_the_other_scheme_is_refused():
    with pytest.raises(UnknownNameError, match="scheme herkomst"):
        origin_code("niet-westers", "herkomst")


@pytest.mark.parametrize("code", ["westers", "niet_westers", "overig_niet_westers"])
def test_groups_without_counterpart_are_refused_with_the_reason(code):
    with pytest.raises(IncomparableError, match="no counterpart in herkomst: .*(Indonesia|remainder)"):
        map_origin(code, "migratieachtergrond", "herkomst")


@pytest.mark.parametrize("code", ["europa", "buiten_europa", "indonesie"])
def test_new_groups_without_counterpart_are_refused(code):
    with pytest.raises(IncomparableError, match="no group of migratieachtergrond"):
        map_origin(code, "herkomst", "migratieachtergrond")


def test_the_mapping_goes_both_ways_and_covers_every_old_group():
    mapping = read_list("origin_mapping.csv")
    assert set(mapping["from_code"]) == set(origin_groups("migratieachtergrond")["code"])
    for row in mapping[mapping["match"] != "none"].itertuples():
        assert map_origin(row.from_code, "migratieachtergrond", "herkomst") == row.to_code
        assert map_origin(row.to_code, "herkomst", "migratieachtergrond") == row.from_code


def test_hierarchy_of_care():
    forms = care_forms().set_index("code")
    assert set(forms["parent"]) - {""} <= set(forms.index)
    assert forms.loc["foster_care", "parent"] == "with_residence"
    assert forms.loc[["protection", "probation", "secure_care"], "compulsory"].eq("yes").all()
    assert forms.loc["without_residence", "compulsory"] == "no"
    assert forms.index[forms["residential"] == "yes"].tolist() == [
        "with_residence", "foster_care", "family_home", "secure_care", "other_residence",
    ]  # fmt: skip
    assert forms["order"].is_monotonic_increasing


def test_a_misspelt_form_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'with_residence'"):
        care_form("with_residense")


def test_there_are_42_jeugdregios_and_three_changed_name():
    table = regions("jeugdregio")
    assert len(table) == table["code"].nunique() == 42
    for old, new in [
        ("Arnhem (JZ)", "Centraal Gelderland (JZ)"),
        ("Nijmegen (JZ)", "Rijk van Nijmegen (JZ)"),
        ("Midden-Brabant (Hart van Brabant) (JZ)", "Midden-Brabant (JZ)"),
    ]:
        assert find_region(old)["code"] == find_region(new)["code"]


def test_haaglanden_has_ten_municipalities_to_2023_and_nine_from_2024():
    before, after = region_members("Haaglanden", 2023), region_members("Haaglanden (JZ)", 2024)
    assert len(before) == 10
    assert set(before["name"]) - set(after["name"]) == {"Voorschoten"}
    assert len(region_members("Haaglanden", 2015)) == 10


@pytest.mark.parametrize(("region", "year"), [("Holland Rijnland", 2024), ("Rijnmond", 2020), ("Haaglanden", 2014)])
def test_members_that_are_not_known_are_refused(region, year):
    with pytest.raises(UnknownNameError, match="list of members"):
        region_members(region, year)


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


def test_an_ambiguous_region_is_refused_with_the_candidates():
    with pytest.raises(UnknownNameError, match=r"several.*Utrecht \(PV\)"):
        find_region("Utrecht")


def test_a_misspelt_region_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'Haaglanden'"):
        find_region("Haaglandn")


@pytest.mark.parametrize(
    ("title", "label", "kind"),
    [
        ("2017", "2017", "year"),
        (2017, "2017", "year"),
        ("2024*", "2024", "year"),
        ("2017JJ00", "2017", "year"),
        ("1e halfjaar 2017", "2017H1", "half-year"),
        ("1e half jaar 2024", "2024H1", "half-year"),
        ("2017 2e halfjaar", "2017H2", "half-year"),
        ("2017HJ02", "2017H2", "half-year"),
        ("2015 1e kwartaal", "2015Q1", "quarter"),
        ("1e kwartaal 2015", "2015Q1", "quarter"),
        ("2015KW04", "2015Q4", "quarter"),
        ("31 december 2017", "2017-12-31", "date"),
        ("2016/'17", "2016/2017", "school year"),
        ("2019/20", "2019/2020", "school year"),
    ],
)
def test_periods_as_statline_spells_them(title, label, kind):
    period = parse_period(title)
    assert (period.label, period.kind) == (label, kind)
    assert parse_period(label) == period, "our own label is read back"


@pytest.mark.parametrize(
    "title",
    ["", "217", "2017H3", "3e halfjaar 2017", "5e kwartaal 2015", "12 foo 2017", "31 februari 2017", "2016/'18"],
)
def test_what_is_no_period_is_refused(title):
    with pytest.raises(UnknownNameError, match="unknown period|Unknown period"):
        parse_period(title)


def test_half_years_and_years_are_not_mixed():
    with pytest.raises(IncomparableError, match="half-year and year: 2017H1 .half-year., 2016 .year."):
        one_period_kind(pd.DataFrame({"period": ["2016", "2017H1"]}))
    with pytest.raises(IncomparableError, match="no rows"):
        one_period_kind(pd.DataFrame({"period": []}))
