"""The reader of StatLine tables: what it makes of small tables written here, and each way in which it refuses one."""

import re
from itertools import product

import pandas as pd
import pytest

from bereik.data.statline import column_types, known_tables, read_statline, recipes_of
from bereik.errors import InvalidTableError, MissingColumnError, SourceFileError, UnknownNameError

TOTALS = """\
ID;VormenVanJeugdzorg;RegioS;Perioden;JongerenMetJeugdzorg_1;JongerenMetJeugdzorgRelatief_2;Jeugdzorgtrajecten_3
0;JZ Totaal jeugdzorg;Nederland;1e halfjaar 2015;318610;7.1;
1;JZ Totaal jeugdzorg;Nederland;2015;380295;8.5;
2;JZ Totaal jeugdzorg;Arnhem (JZ);1e halfjaar 2015;4005;6.5;
3;JZ Totaal jeugdzorg;Arnhem (JZ);2015;0;.;
4;JZ Totaal jeugdzorg in natura;Nederland;1e halfjaar 2015;303345;6.8;
5;JZ Totaal jeugdzorg in natura;Nederland;2015;361000;8.0;
6;JZ Totaal jeugdzorg in natura;Arnhem (JZ);1e halfjaar 2015;;;
7;JZ Totaal jeugdzorg in natura;Arnhem (JZ);2015;x;x;
"""
MIGRATION = [f"Migratieachtergrond: {who}" for who in ("Nederland", "met migratieacht...", "westers", "niet-westers")]
ORIGINS = ["Totaal", *MIGRATION]
STEMS = "TotaalJongerenMetJeugdzorgInNatura_1;TotaalJeugdhulpZonderVerblijf_2;TotaalJeugdhulpMetVerblijf_9"
STEMS += ";TotaalJeugdbescherming_16;TotaalJeugdreclassering_22"


def by_origin(cells="100;90;10;5;.", characteristics=ORIGINS, period="2017"):
    lines = [f"{at};{title};Haaglanden (JZ);{period};{cells}" for at, title in enumerate(characteristics)]
    return "\n".join([f"ID;Persoonskenmerken;RegioS;Perioden;{STEMS}", *lines]) + "\n"


BY_ORIGIN = by_origin()


def crossed(header, row, *parts):
    """A table with a row for each combination of the parts, whose texts are put in its places."""
    return "\n".join([header, *(row.format(*each) for each in product(*parts)), ""])


LIMITS = ["Waarde;2018/2019;12.0", "Ondergrens 95%-interval;2018/2019;10.5", "Bovengrens 95%-interval;2018/2019;"]
SURVEY = "ID;Geslacht;Leeftijd;KenmerkenPersonen;Marges;Perioden;PsychischOngezond12JaarOfOuder_2"
ASKED = ["Totaal ", *(title for title in MIGRATION if "met migratie" not in title)]
SURVEY = crossed(SURVEY, "0;Totaal mannen en vrouwen;{};{};{}", ["10000", "41500", "80200"], ASKED, LIMITS)
COUNTRIES = ["Totaal", "Nederland", "Buiten Nederland", "Europa (exclusief Nederland)", "Buiten Europa"]
COUNTRIES += ["Indonesië", "Marokko", "Nederlandse Cariben", "Suriname", "Turkije"]
FAMILIES = "ID;Geslacht;Leeftijd;AanwezigheidOuders;Geboorteland;Herkomstland;Perioden;Kinderen_1"
YEARS = ["10010", *(f"10{step}00" for step in range(1, 10))]
WHERE = [("Totaal", 100), ("Kind woont alleen met moeder", 10), ("Kind woont alleen met vader", 2)]
LIVES = "0;Totaal jongens en meisjes;{0};{1[0]};Totaal;{2};2023;{1[1]}"
FAMILIES = crossed(FAMILIES, LIVES, YEARS, WHERE, COUNTRIES)
CODES = ["T001040", "1012600", "2012605", "2012655", "2012657", "H008673", "H007119", "H008751", "H008766", "H007935"]
HAGUE = "ID;Geslacht;Leeftijd;Migratieachtergrond;Generatie;RegioS;Perioden;BevolkingOp1Januari_1"
RESIDENTS = "1;{};{};{};T001040;GM0518;2019JJ00;100"
HAGUE = crossed(HAGUE, RESIDENTS, ["T001038", "3000"], ["10000", "70100", "70200"], CODES)
WIJKEN = """\
VormenVanJeugdzorg;Wijken;Perioden;Codering_24;IndelingswijzigingWijken_25;TotaalJongerenMetJeugdzorgInNatura_1;k_0Tot4Jaar_2;\
k_4Tot12Jaar_3;k_12Tot18Jaar_4;k_18Tot23Jaar_5;ThuiswonendKindInEenouderhuishouden_6;ThuiswonendKindBijEenPaar_7;\
AnderHuishouden_8;TotaalTrajectenInNatura_9;GemeentelijkeToegang_14;Huisarts_15;Jeugdarts_16;GecertificeerdeInstelling_17;\
MedischSpecialist_18;RechterOfficierVanJustitie_19;GeenVerwijzer_20;VerwijzerOnbekend_21
Totaal alle jeugdzorg in natura;Delft;2020;GM0503  ; ;2540;185;1260;960;135;965;1380;195;4360;1085;1720;90;330;150;25;710;
Totaal alle jeugdzorg in natura;Wijk 11 Binnenstad;2020;WK050311  ;1;150;.;65;75;;45;90;15;240;60;85;;20;10;;60;
Jeugdhulp zonder verblijf;Delft;2020;GM0503    ;         ;2400;;;;;;;;;;;;;;;;
"""
KWB = """\
year;recs;gwb_code_10;a_inw;a_00_14;a_15_24;a_w_all;a_nw_all;a_marok;a_antaru;a_suri;a_tur;a_ov_nw;a_hh_m_k;a_soz_wb
2021;Gemeente;GM0503;103581;12785;20355;15797;22652;1719;1848;2499;2766;13820;12344;2920
2022;Gemeente;GM0503;103581;12785;20355;15797;22652;1719;1848;2499;2766;13820;12344;
"""
INCOME = "KenmerkenVanHuishoudens;InkomensgrensHuishouden;DuurInkomenspositie;Perioden;Kinderen_3;KinderenRelatief_4\n"
EARNERS = ["Particuliere huishoudens", *(f"Hoofdkostwinner: {who}" for who in ("Nederland", "westers", "niet-westers"))]
INCOME += "".join(f"{who};Inkomen tot lage-inkomensgrens;Ten minste 1 jaar;2017;16.1;3.9\n" for who in EARNERS)


@pytest.fixture
def read(tmp_path):
    """Read a text as a StatLine table."""

    def reader(text, table="84134NED", **options):
        (tmp_path / "table.csv").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_statline(tmp_path / "table.csv", table, **options)

    return reader


def test_a_table_becomes_one_row_per_period_region_and_form_and_not_published_is_not_zero(read):
    table = read(TOTALS)
    columns = "period period_kind region_code region region_kind form youths percent_of_youths status statline_table"
    assert table.columns.tolist() == columns.split()
    keys = product(["2015H1", "2015"], ["Nederland", "Centraal Gelderland"], ["youth_care", "care_in_kind"])
    youths = [318610, 303345, 4005, None, 380295, 361000, 0, None]
    rows = table[["period", "region", "form", "youths", "status"]].astype(object).to_numpy(na_value=None).tolist()
    statuses = ["not_published" if number is None else "shown" for number in youths]
    assert rows == [[*key, *cells] for key, *cells in zip(keys, youths, statuses, strict=True)]
    assert table["percent_of_youths"].isna().tolist() == [False] * 3 + [True] + [False] * 2 + [True] * 2


def test_measures_beside_each_other_become_forms_below_each_other(read):
    table = read(BY_ORIGIN, "82965NED")
    origins = ["total", "nederlands", "met_migratieachtergrond", "westers", "niet_westers"]
    assert table["origin"].unique().tolist() == origins
    assert table["origin_scheme"].unique().tolist() == ["migratieachtergrond"]
    one = table[table["origin"] == "westers"]
    assert one["form"].tolist() == ["care_in_kind", "without_residence", "with_residence", "protection", "probation"]
    assert one["youths"].tolist()[:4] == [100, 90, 10, 5]
    assert one["status"].tolist() == ["shown"] * 4 + ["not_published"]


def test_other_characteristics_quarters_and_provinces_are_left_out(read):
    head, *lines = by_origin(characteristics=[*ORIGINS, "Geslacht: mannen", "Leeftijd: 0 tot 4 jaar"]).splitlines()
    lines += [line.replace("Haaglanden (JZ)", "Zuid-Holland (PV)") for line in lines]
    lines += [line.replace(";2017;", ";1e kwartaal 2015;") for line in lines]
    table = read("\n".join([head, *lines]) + "\n", "82965NED")
    assert (len(table), set(table["region"]), set(table["period"])) == (25, {"Haaglanden"}, {"2017"})


def test_other_ways_to_write_the_same_table_read_the_same(read):
    for changed in (
        TOTALS.replace(";", ","),
        "\ufeff" + re.sub("(?m)^[^;]*;", "", TOTALS),
        TOTALS.replace("Nederland;", "NL01      ;").replace("Arnhem (JZ)", "Centraal Gelderland (JZ)   "),
        TOTALS.replace("JongerenMetJeugdzorg_1", "JongerenMetJeugdzorg_17").replace("Relatief_2", "Relatief"),
        TOTALS.replace(";318610;", ";  318610.0;").replace(";4005;", ";    4005;").replace(";x;x;", ";   .; ;"),
    ):
        assert changed != TOTALS
        pd.testing.assert_frame_equal(read(changed), read(TOTALS))
    pd.testing.assert_frame_equal(read(ACCENTS.encode("utf-8").decode("latin-1")), read(ACCENTS))


LAST = TOTALS.splitlines()[-1]
CUT = TOTALS.removesuffix(LAST + "\n")
ACCENTS = TOTALS.replace("Arnhem (JZ)", "Friesland (Fryslân) (JZ)")
FULL = TOTALS.replace(";x;x;", ";4100;9.5;123456")
FAULTS = {
    "a negative figure": ["-5"],
    "a count that is not whole": ["4005.5"],
    "a point between thousands": ["4.005", "25.000", "1.025.000"],
    "a decimal comma .*": ["4005,0", "4,005"],
    "text where a figure should be": ["vierduizend", "-", "nan", "inf", "1e3", "25 000", "True"],
}


@pytest.mark.parametrize(
    ("text", "table", "error", "says"),
    [
        ("", "84134NED", SourceFileError, "table.csv is empty"),
        ("\ufeff", "84134NED", SourceFileError, "table.csv is empty"),
        (TOTALS.splitlines()[0] + "\n", "84134NED", SourceFileError, "a header and no rows"),
        (TOTALS.replace(";", "\t"), "84134NED", SourceFileError, "neither a semicolon nor a comma"),
        (ACCENTS.encode("utf-16"), "84134NED", SourceFileError, "UTF-16"),
        (ACCENTS.encode("latin-1"), "84134NED", SourceFileError, "line 4 .*not UTF-8"),
        (TOTALS[:-10] + "\n", "84134NED", SourceFileError, "(?i)line 9 of table.csv has 4 fields; it is the last line"),
        (FULL[:-4], "84134NED", SourceFileError, "no end of line"),
        (TOTALS.replace("Arnhem (JZ);2015;0", '"Arnhem (JZ);2015;0'), "84134NED", SourceFileError, "cannot be read after line"),
        (CUT, "84134NED", SourceFileError, "1 of its 8 comb.*care_in_kind', region_code='JZ-centraal-gelderland', period='2015'"),
        (by_origin(characteristics=ORIGINS[:4]), "82965NED", SourceFileError, "lacks 1 of its 5.*origin='niet_westers'"),
        (by_origin(period="1e kwartaal 2015"), "82965NED", SourceFileError, "none of the rows that are kept"),
        (TOTALS.replace("Arnhem (JZ);2015;0", ";2015;0"), "84134NED", SourceFileError, "(?i)line 5 of table.csv has no RegioS"),
        (TOTALS + LAST.replace("Arnhem", "Centraal Gelderland") + "\n", "84134NED", InvalidTableError, "more than once"),
        (TOTALS.replace("Zorg_1", "z").replace("JongerenMetJeugdzorg_1", "JongerenJeugdzorg_1"), "84134NED", MissingColumnError,
         "no column 'JongerenMetJeugdzorg' .did you mean 'JongerenJeugdzorg_1'"),
        (TOTALS.replace("Arnhem (JZ);2015;0", "Arnem (JZ);2015;0"), "84134NED", UnknownNameError,
         r"region 'Arnem \(JZ\)' in column 'RegioS' of table.csv, line 5 .did you mean 'Arnhem"),
        (TOTALS.replace("zorg in natura", "zorg natura"), "84134NED", UnknownNameError, "did you mean 'JZ Totaal jeugdzorg in"),
        (TOTALS, "84135NED", UnknownNameError, r"StatLine table '84135NED' \(did you mean"),
        (by_origin(characteristics=[*ORIGINS, "Geslacht: manen"]), "82965NED", UnknownNameError, "mean 'Geslacht: mannen'"),
        (TOTALS.replace("Jeugdzorgtrajecten_3", "JongerenMetJeugdzorg_9"), "84134NED", InvalidTableError,
         "has 2 columns that may be 'JongerenMetJeugdzorg': 'JongerenMetJeugdzorg_1', 'JongerenMetJeugdzorg_9'"),
        (SURVEY.replace("Waarde", "Cijfer"), "83384NED", SourceFileError, "no rows with Marges 'Waarde'; it has"),
        (SURVEY.replace("12.0", "112.0"), "83384NED", InvalidTableError, "percentage above 100 in column 'Psych.*_2', line 2"),
        (SURVEY.replace("niet-westers", "niet-westerse"), "83384NED", UnknownNameError, "mean .*: niet-westers'"),
        (re.sub("(?m)^.* westers;Bovengrens.*\n", "", SURVEY), "83384NED", SourceFileError, "lacks 2 of its 24 combinations"),
        (HAGUE.replace("GM0518", "GM0519"), "84910NED", UnknownNameError, "region 'GM0519'"),
        (HAGUE.replace("T001040;GM", "1012800;GM"), "84910NED", SourceFileError, "no rows with Generatie 'T001040' or 'Totaal'"),
        (WIJKEN.replace("WK050311", "WK999911"), "84856NED", UnknownNameError, "leave such rows out: skip_unknown=True"),
        (WIJKEN.replace("IndelingswijzigingWijken", "Wijziging"), "84856NED", MissingColumnError, "IndelingswijzigingWijken"),
        (KWB.replace("2022;", "2020;"), "85318NED", SourceFileError, "no rows with year '2022'; it has"),
        *[(TOTALS.replace(";4005;", f";{cell};"), "84134NED", InvalidTableError, f"{what} in .*zorg_1', line 4: '{cell}'")
          for what, cells in FAULTS.items() for cell in cells],
        *[(TOTALS.replace(";7.1;", f";{cell};"), "84134NED", InvalidTableError, "Relatief_2', line 2")
          for cell in ("7,1", "-7.1", "100.1", "7.1%")],
    ],
)  # fmt: skip
def test_a_damaged_table_is_refused_and_the_message_says_where_and_what_to_do(read, text, table, error, says):
    with pytest.raises(error, match=says) as caught:
        read(text, table)
    assert type(caught.value) is error
    assert "To do:" in str(caught.value)


def test_what_is_accepted_on_purpose_stays_absent_or_is_named(read):
    table = read(CUT, allow_incomplete=True)
    assert (len(table), table["youths"].isna().sum()) == (7, 1)
    assert read(FULL[:-1], allow_incomplete=True)["youths"].iloc[-1] == 4100
    other = WIJKEN.replace("WK050311", "WK034411").replace("GM0503", "GM9999")
    with pytest.warns(UserWarning, match=r"left out 1 area_codes without a name in bereik: \['GM9999'\]"):
        assert set(read(other, "84856NED", skip_unknown=True)["region"]) == {"Utrecht"}


def test_rows_of_one_figure_and_its_limits_become_one_row(read):
    table = read(SURVEY, "83384NED")
    assert table[["rate", "lower"]].to_numpy().tolist() == [[12.0, 10.5]] * 8  # 2 age classes, 4 groups
    assert table["upper"].isna().all()


def test_figures_of_several_titles_are_added_and_a_hidden_part_hides_the_sum(read):
    table = read(FAMILIES, "85729NED")
    assert table[["cases", "population"]].to_numpy().tolist() == [[120, 1000]] * 10  # ten ages, mother and father
    part = "10500;Kind woont alleen met vader;Totaal;Marokko;2023;"
    table = read(FAMILIES.replace(f"{part}2", f"{part}."), "85729NED").set_index("origin")
    assert pd.isna(table.loc["marokko", "cases"])
    assert table.loc["marokko", "status"] == "not_published"
    assert table["cases"].notna().sum() == 9


def test_thousands_become_persons_and_one_year_is_taken_from_a_file_of_two(read):
    assert read(INCOME, "83842NED")["cases"].tolist() == [16100] * 4  # 16.1 * 1000 is no whole number in a computer
    table = read(KWB, "85318NED")
    assert table[["period", "inhabitants"]].to_numpy().tolist() == [["2022", 103581]]
    assert table["on_social_assistance"].isna().all()


def test_codes_and_titles_of_ages_and_origins(read):
    table = read(HAGUE, "84910NED")
    assert table["age_group"].unique().tolist() == ["0-4", "5-9"]
    assert (len(table), table["origin"].tolist()[:2]) == (18, ["total", "total"])
    titles = HAGUE.replace("70100", "0 tot 5 jaar").replace("2012657", "Niet-westerse migratieachtergrond")
    assert read(titles.replace("T001038", "Totaal mannen en vrouwen"), "84910NED").equals(table)


def test_one_file_holds_two_tables(read):
    wijken, routes = read(WIJKEN, "84856NED"), read(WIJKEN, "84856NED routes")
    youths = [2540, 185, 1260, 960, 135, 965, 1380, 195, 150, None, 65, 75, None, 45, 90, 15]
    assert wijken["youths"].astype("object").where(wijken["youths"].notna(), None).tolist() == youths
    assert wijken["boundary_change"].fillna(0).tolist() == [0] * 8 + [1] * 8
    assert routes["referrer"].tolist()[:3] == ["all", "municipal_access", "gp"]
    assert routes["trajectories"].count() == 14
    assert routes["area_kind"].tolist() == ["municipality"] * 9 + ["wijk"] * 9


def test_every_recipe_is_complete():
    for recipe in (recipe for table in known_tables() for recipe in recipes_of(table)):
        columns, types = {*recipe.dimensions.values(), *recipe.constants}, set(column_types(recipe.raw_table))
        assert columns & {"region", "region_code", "area_code"}
        assert "period" in columns
        made = [(measure.stem, str(measure.where), measure.column) for measure in recipe.measures]
        assert len(set(made)) == len(made)
        assert {*columns, *recipe.attributes.values()} - {"region"} <= types
        assert all({measure.column, *measure.categories} <= types for measure in recipe.measures)
        assert "not checked against the live service" in recipe.archive["retrieved"]
