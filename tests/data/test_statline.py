"""The reader of StatLine tables: what it makes of a small table written here, and each way in which it refuses one."""

import re

import pandas as pd
import pytest

from bereik.data.recipes import column_types, known_tables, recipe_of, recipes_of
from bereik.data.statline import read_statline
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
ORIGINS = [
    "Totaal",
    *(f"Migratieachtergrond: {o}" for o in ("Nederland", "met migratieacht...", "westers", "niet-westers")),
]
STEMS = [
    "TotaalJongerenMetJeugdzorgInNatura_1",
    "TotaalJeugdhulpZonderVerblijf_2",
    "TotaalJeugdhulpMetVerblijf_9",
    "TotaalJeugdbescherming_16",
    "TotaalJeugdreclassering_22",
]


def written(folder, text, name="table.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def refused(error, folder, text, table="84134NED"):
    """Read a faulty text; give the message of the one error that it must raise."""
    with pytest.raises(error) as caught:
        read_statline(written(folder, text), table)
    assert type(caught.value) is error
    assert "To do:" in str(caught.value)
    return str(caught.value)


def by_origin(cells="100;90;10;5;.", characteristics=ORIGINS, region="Haaglanden (JZ)", period="2017"):
    lines = [f"{at};{title};{region};{period};{cells}" for at, title in enumerate(characteristics)]
    return "\n".join([";".join(["ID", "Persoonskenmerken", "RegioS", "Perioden", *STEMS]), *lines]) + "\n"


def test_a_table_becomes_one_row_per_period_region_and_form(tmp_path):
    table = read_statline(written(tmp_path, TOTALS), "84134NED")
    assert table.columns.tolist() == [
        "period", "period_kind", "region_code", "region", "region_kind", "form", "youths", "percent_of_youths", "status",
        "statline_table",
    ]  # fmt: skip
    rows = table[["period", "region", "form", "youths"]].astype(object).to_numpy(na_value=None).tolist()
    assert rows == [
        ["2015H1", "Nederland", "youth_care", 318610],
        ["2015H1", "Nederland", "care_in_kind", 303345],
        ["2015H1", "Centraal Gelderland", "youth_care", 4005],
        ["2015H1", "Centraal Gelderland", "care_in_kind", None],
        ["2015", "Nederland", "youth_care", 380295],
        ["2015", "Nederland", "care_in_kind", 361000],
        ["2015", "Centraal Gelderland", "youth_care", 0],
        ["2015", "Centraal Gelderland", "care_in_kind", None],
    ]


def test_zero_is_shown_and_a_missing_cell_is_not_published(tmp_path):
    table = read_statline(written(tmp_path, TOTALS), "84134NED").set_index(["period", "form", "region_code"])
    zero = table.loc[("2015", "youth_care", "JZ-centraal-gelderland")]
    assert (zero["youths"], zero["status"]) == (0, "shown")
    assert pd.isna(zero["percent_of_youths"])
    hidden = table[table["status"] == "not_published"]
    assert len(hidden) == 2
    assert hidden["youths"].isna().all()


def test_measures_beside_each_other_become_forms_below_each_other(tmp_path):
    table = read_statline(written(tmp_path, by_origin()), "82965NED")
    assert table["origin"].unique().tolist() == [
        "total",
        "nederlands",
        "met_migratieachtergrond",
        "westers",
        "niet_westers",
    ]
    assert table["origin_scheme"].unique().tolist() == ["migratieachtergrond"]
    one = table[table["origin"] == "westers"]
    assert one["form"].tolist() == ["care_in_kind", "without_residence", "with_residence", "protection", "probation"]
    assert one["youths"].tolist()[:4] == [100, 90, 10, 5]
    assert one["status"].tolist() == ["shown"] * 4 + ["not_published"]


def test_other_characteristics_quarters_and_provinces_are_left_out(tmp_path):
    text = by_origin(characteristics=[*ORIGINS, "Geslacht: mannen", "Leeftijd: 0 tot 4 jaar"])
    lines = text.splitlines()[1:]
    lines += [line.replace("Haaglanden (JZ)", "Zuid-Holland (PV)") for line in lines]
    lines += [line.replace(";2017;", ";1e kwartaal 2015;") for line in lines]
    body = [text.splitlines()[0], *lines]
    table = read_statline(written(tmp_path, "\n".join(body) + "\n"), "82965NED")
    assert len(table) == 25
    assert set(table["region"]) == {"Haaglanden"}
    assert set(table["period"]) == {"2017"}


@pytest.mark.parametrize(
    "changed",
    [
        TOTALS.replace(";", ","),
        "\ufeff" + re.sub("(?m)^[^;]*;", "", TOTALS),
        TOTALS.replace("\n", "\r\n"),
        TOTALS.replace("Nederland;", "NL01      ;").replace("Arnhem (JZ)", "Centraal Gelderland (JZ)   "),
        TOTALS.replace("JongerenMetJeugdzorg_1", "JongerenMetJeugdzorg_17").replace("Relatief_2", "Relatief"),
        TOTALS.replace(";318610;", ";  318610.0;").replace(";4005;", ";    4005;"),
        TOTALS.replace("1e halfjaar 2015", "1e half jaar 2015 ").replace(";2015;", ";2015JJ00;"),
        TOTALS.replace(";x;x;", ";   .; ;"),
    ],
    ids=[
        "comma",
        "BOM, no ID",
        "CRLF",
        "codes, padded",
        "suffix moved",
        "padded figures",
        "other period titles",
        "other blanks",
    ],
)
def test_other_ways_to_write_the_same_table_read_the_same(tmp_path, changed):
    assert changed != TOTALS
    expected = read_statline(written(tmp_path, TOTALS, "first.csv"), "84134NED")
    pd.testing.assert_frame_equal(read_statline(written(tmp_path, changed, "second.csv"), "84134NED"), expected)


def test_missing_column(tmp_path):
    message = refused(MissingColumnError, tmp_path, TOTALS.replace("JongerenMetJeugdzorg_1", "JongerenJeugdzorg_1"))
    assert "no column 'JongerenMetJeugdzorg' (did you mean 'JongerenJeugdzorg_1'" in message


def test_misspelt_region_is_named_with_its_line_and_the_nearest(tmp_path):
    message = refused(UnknownNameError, tmp_path, TOTALS.replace("Arnhem (JZ);2015;0", "Arnem (JZ);2015;0"))
    assert "unknown region 'Arnem (JZ)' in column 'RegioS' of table.csv, line 5" in message.replace(
        "Unknown", "unknown"
    )
    assert "did you mean 'Arnhem (JZ)'" in message


def test_unknown_period(tmp_path):
    message = refused(UnknownNameError, tmp_path, TOTALS.replace("1e halfjaar 2015", "3e halfjaar 2015"))
    assert "period '3e halfjaar 2015'" in message


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("Migratieachtergrond: westerse", "Migratieachtergrond: westers"), ("Geslacht: manen", "Geslacht: mannen")],
)
def test_unknown_characteristic(tmp_path, wrong, nearest):
    message = refused(UnknownNameError, tmp_path, by_origin(characteristics=[*ORIGINS, wrong]), "82965NED")
    assert f"origin {wrong!r}" in message
    assert f"did you mean {nearest!r}" in message


def test_unknown_form(tmp_path):
    message = refused(
        UnknownNameError, tmp_path, TOTALS.replace("JZ Totaal jeugdzorg in natura", "JZ Totaal jeugdzorg natura")
    )
    assert "did you mean 'JZ Totaal jeugdzorg in natura'" in message


def test_unknown_table(tmp_path):
    message = refused(UnknownNameError, tmp_path, TOTALS, "84135NED")
    assert "StatLine table '84135NED' (did you mean" in message


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"], ids=["no bytes", "blank lines", "BOM only"])
def test_empty_file(tmp_path, text):
    assert "table.csv is empty" in refused(SourceFileError, tmp_path, text).lower()


def test_header_only(tmp_path):
    assert "a header and no rows" in refused(SourceFileError, tmp_path, TOTALS.splitlines()[0] + "\n")


def test_absent_file(tmp_path):
    with pytest.raises(SourceFileError, match="no file"):
        read_statline(tmp_path / "absent.csv", "84134NED")


@pytest.mark.parametrize("separator", ["\t", "|", " "])
def test_wrong_separator(tmp_path, separator):
    assert "neither a semicolon nor a comma" in refused(SourceFileError, tmp_path, TOTALS.replace(";", separator))


def test_wrong_encodings(tmp_path):
    accents = TOTALS.replace("Arnhem (JZ)", "Friesland (Fryslân) (JZ)")
    assert read_statline(written(tmp_path, accents), "84134NED")["region"].iloc[-1] == "Friesland (Fryslân)"
    assert "UTF-16" in refused(SourceFileError, tmp_path, accents.encode("utf-16"))
    assert "UTF-16" in refused(SourceFileError, tmp_path, accents.encode("utf-16-le"))
    assert "line 4" in refused(SourceFileError, tmp_path, accents.encode("latin-1")).lower()
    twice = accents.encode("utf-8").decode("latin-1")
    assert "did you mean 'Friesland (Fryslân) (JZ)'" in refused(UnknownNameError, tmp_path, twice)


def test_last_line_cut_off(tmp_path):
    message = refused(SourceFileError, tmp_path, TOTALS[:-10] + "\n")
    assert "line 9 of table.csv has 4 fields; it is the last line" in message.lower()


def test_last_number_cut_off(tmp_path):
    text = TOTALS.replace(";x;x;", ";4100;9.5;123456")
    assert "no end of line" in refused(SourceFileError, tmp_path, text[:-4])
    whole = read_statline(written(tmp_path, text[:-1]), "84134NED", allow_incomplete=True)
    assert whole["youths"].iloc[-1] == 4100


def test_a_quote_that_is_not_closed(tmp_path):
    text = TOTALS.replace("Arnhem (JZ);2015;0", '"Arnhem (JZ);2015;0')
    assert "cannot be read after line" in refused(SourceFileError, tmp_path, text)


def test_absent_combination_is_refused_or_stays_absent(tmp_path):
    cut = "\n".join(TOTALS.splitlines()[:-1]) + "\n"
    message = refused(SourceFileError, tmp_path, cut)
    assert "lacks 1 of its 8 combinations" in message
    assert "form='care_in_kind', region_code='JZ-centraal-gelderland', period='2015'" in message
    table = read_statline(written(tmp_path, cut), "84134NED", allow_incomplete=True)
    assert len(table) == 7
    assert table["youths"].isna().sum() == 1


def test_a_form_or_origin_that_is_not_there_at_all(tmp_path):
    assert "no rows with form 'care_in_kind'" in refused(
        SourceFileError, tmp_path, "\n".join(TOTALS.splitlines()[:5]) + "\n"
    )
    message = refused(SourceFileError, tmp_path, by_origin(characteristics=ORIGINS[:4]), "82965NED")
    assert "no rows with origin 'niet_westers'" in message


def test_only_quarters(tmp_path):
    message = refused(SourceFileError, tmp_path, by_origin(period="1e kwartaal 2015"), "82965NED")
    assert "none of the rows that are kept" in message


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("-5", "a negative figure"),
        ("4005.5", "a count that is not whole"),
        ("4.005", "a count that is not whole"),
        ("vierduizend", "text where a figure should be"),
        ("-", "text where a figure should be"),
        ("nan", "text where a figure should be"),
        ("inf", "text where a figure should be"),
        ("1e3", "text where a figure should be"),
        ("4005,0", "a decimal comma"),
        ("4,005", "a decimal comma"),
    ],
)
def test_no_count(tmp_path, cell, what):
    message = refused(InvalidTableError, tmp_path, TOTALS.replace(";4005;", f";{cell};"))
    assert f"{what}" in message
    assert f"column 'JongerenMetJeugdzorg_1', line 4: {cell!r}" in message


@pytest.mark.parametrize("cell", ["7,1", "-7.1", "100.1", "7.1%"])
def test_no_percentage(tmp_path, cell):
    assert "'JongerenMetJeugdzorgRelatief_2', line 2" in refused(
        InvalidTableError, tmp_path, TOTALS.replace(";7.1;", f";{cell};")
    )


def test_duplicate_rows_also_under_an_old_and_a_new_name(tmp_path):
    last = TOTALS.splitlines()[-1]
    assert "more than once" in refused(InvalidTableError, tmp_path, TOTALS + last + "\n")
    renamed = last.replace("Arnhem (JZ)", "Centraal Gelderland (JZ)")
    assert "more than once" in refused(InvalidTableError, tmp_path, TOTALS + renamed + "\n")


def test_missing_region(tmp_path):
    assert "line 5 of table.csv has no RegioS" in refused(
        SourceFileError, tmp_path, TOTALS.replace("Arnhem (JZ);2015;0", ";2015;0")
    ).replace("Line", "line")


@pytest.mark.parametrize("second", ["JongerenMetJeugdzorg_9", "JongerenMetJeugdzorg_1", "JongerenMetJeugdzorg"])
def test_a_stem_that_occurs_twice_is_not_guessed(tmp_path, second):
    message = refused(InvalidTableError, tmp_path, TOTALS.replace("Jeugdzorgtrajecten_3", second))
    assert f"has 2 columns that may be 'JongerenMetJeugdzorg': 'JongerenMetJeugdzorg_1', '{second}'" in message


def test_a_recipe_may_name_a_column_with_its_suffix(tmp_path, monkeypatch):
    recipe = recipe_of("84134NED")
    literal = recipe._replace(
        measures=[recipe.measures[0]._replace(stem="JongerenMetJeugdzorg_9"), *recipe.measures[1:]]
    )
    monkeypatch.setattr("bereik.data.statline.recipe_of", lambda table: literal)
    text = TOTALS.replace("Jeugdzorgtrajecten_3", "JongerenMetJeugdzorg_9").replace("318610;7.1;", "318610;7.1;77")
    assert read_statline(written(tmp_path, text), "84134NED")["youths"].iloc[0] == 77


def test_percentages_become_indicators(tmp_path):
    text = (
        "ID;RegioS;Perioden;JongerenMetJeugdhulpInNatura_1;JongerenMetJeugdhMetVerblInNat_2;JongerenMetJeugdbescherming_3;"
        "JeugdbeschEnJeugdhMetVerblInNat_4;JongerenMetJeugdreclassering_5\n0;Nederland;2020;10.5;9.0;1.1;47.1;\n"
    )
    table = read_statline(written(tmp_path, text), "82972NED").set_index("indicator")
    assert table["percent"].iloc[:4].tolist() == [10.5, 9.0, 1.1, 47.1]
    assert table.loc["probation", "status"] == "not_published"


def test_every_recipe_is_complete():
    for recipe in (recipe for table in known_tables() for recipe in recipes_of(table)):
        columns = {*recipe.dimensions.values(), *recipe.constants}
        assert columns & {"region", "region_code", "area_code"}
        assert "period" in columns
        made = [(measure.stem, str(measure.where), measure.column) for measure in recipe.measures]
        assert len(set(made)) == len(made)
        assert {*columns, *recipe.attributes.values()} - {"region"} <= set(column_types(recipe.raw_table))
        assert all(
            {measure.column, *measure.categories} <= set(column_types(recipe.raw_table)) for measure in recipe.measures
        )
        assert "not checked against the live service" in recipe.archive["retrieved"]
