"""The Excel file beside a figure: the numbers of the CSV file, explained, and nothing that a screen reader stumbles over."""

import csv
import tomllib
from datetime import datetime
from importlib.resources import files

import openpyxl
import pandas as pd
import pytest

from bereik.errors import FigureError
from bereik.plot.workbook import write_workbook
from bereik.tables import write_csv

WORDS = tomllib.loads(files("bereik.plot").joinpath("workbook.toml").read_text(encoding="utf-8"))
TEXTS = {
    "nl": {"title": "Een vondst", "subtitle": "Wat, per 100, 2017", "source": "Bron: CBS", "alt": "Twee staven"},
    "en": {"title": "A finding", "subtitle": "What, per 100, 2017", "source": "Source: CBS", "alt": "Two bars"},
}
COLUMNS = {"origin_scheme": "migratieachtergrond", "period": 2017, "origin": ["nederlands", "turkije", "marokko"]}
COLUMNS |= {"measure": "use_rate", "value": [8.123456789012, None, 0.0], "lower": [7.5, None, 0.0]}
COLUMNS |= {"upper": [8.75, None, 1.25], "confidence": 0.95, "numerator": pd.array([1205, None, 0], dtype="Int64")}
COLUMNS |= {"relative_to": [None, "nederlands", "nederlands"], "standard": None}
COLUMNS |= {"jump": pd.array([True, None, False], dtype="boolean"), "status": ["shown", "not_published", "shown"]}
DATA = pd.DataFrame({**COLUMNS, "synthetic": False, "source": ["table A", "=1+1", "https://example.org"]})
NUMBERS = "Cijfers (numbers)"


@pytest.fixture
def made(tmp_path):
    def make(data=DATA, stem="02_example"):
        return openpyxl.load_workbook(write_workbook(data, tmp_path / f"{stem}.xlsx", texts=TEXTS))

    return make


def cells(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def notes(book, name):
    return {row[0]: row[1] for row in cells(book[name])[1:] if row[1] is not None}


def test_a_dutch_sheet_an_english_sheet_and_one_table(made):
    book = made()
    assert book.sheetnames == ["Toelichting", "Notes", NUMBERS]
    assert [book[name]["A1"].value for name in book.sheetnames[:2]] == ["Een vondst", "A finding"]
    assert book.active.title == "Toelichting"
    assert (book.properties.title, book.properties.creator) == ("Een vondst / A finding", "bereik")
    assert book.properties.created == book.properties.modified == datetime(2000, 1, 1)
    assert {part.name: part.value for part in book.custom_doc_props.props} == {"Language": "nl, en"}
    sheet = book[NUMBERS]
    assert dict(sheet.tables.items()) == {"numbers": "A1:N4"}
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.bold for cell in sheet[1])
    assert not any(book[name].merged_cells.ranges for name in book.sheetnames)


def test_numbers_are_those_of_the_csv_and_what_is_missing_is_a_word(made, tmp_path):
    rows = cells(made()[NUMBERS])
    text = write_csv(DATA, tmp_path / "02_example.csv").read_text(encoding="utf-8")
    read = list(csv.reader(text.splitlines()))
    kept = [column for column, name in enumerate(read[0]) if name != "standard"]  # no value at all
    assert rows[0] == [read[0][column] for column in kept]
    hidden, none = "niet gepubliceerd / not published", "geen / none"
    turkish = ["migratieachtergrond", 2017, "turkije", "use_rate", hidden, hidden, hidden, 0.95, hidden, "nederlands"]
    assert rows[2] == [*turkish, none, "not_published", False, "=1+1"]
    for row, line in ((1, read[1]), (3, read[3])):
        for value, column in zip(rows[row], kept, strict=True):
            cell = line[column]
            if isinstance(value, bool) or not isinstance(value, int | float):
                assert str(value) == (cell or none)
            else:
                assert value == float(cell)
    assert rows[1][4] == 8.123457  # seven digits, as in the CSV file
    assert (rows[3][4], rows[3][8]) == (0, 0)  # a real 0 stays 0
    assert not [value for row in rows for value in row if value in (None, "")]


def test_each_language_says_what_how_sure_and_what_each_column_is(made):
    book = made()
    dutch, english = notes(book, "Toelichting"), notes(book, "Notes")
    assert (dutch["Wat, waar, wanneer"], english["Source"]) == ("Wat, per 100, 2017", "Source: CBS")
    assert (dutch["De figuur in woorden"], "02_example.csv" in dutch["Zie ook"]) == ("Twee staven", True)
    assert "never a 0" in english["Cells without a number"]
    names = cells(book[NUMBERS])[0]
    for told in (dutch, english):
        assert list(told)[-len(names) :] == names
    assert english["origin"].endswith("Dutch background; turkije = of Turkish origin; marokko = of Moroccan origin")
    units = {row[0]: row[2] for row in cells(book["Toelichting"])}
    assert (units["value"], units["confidence"]) == ("zie kolom per", "deel van 1")
    assert "Let op" not in dutch


def test_certainty_is_what_the_numbers_have(made):
    def certainty(data):
        return notes(made(data), "Notes")["How sure"]

    words = {kind: WORDS["words"][f"certainty_{kind}"]["en"] for kind in ("interval", "range", "none", "rounding")}
    assert certainty(DATA.assign(confidence=None)) == words["range"]
    assert certainty(DATA.drop(columns=["lower", "upper"])) == words["none"]
    rounded = DATA.assign(lower_rounding=8.0, upper_rounding=8.2)
    assert certainty(rounded) == f"{words['interval']} {words['rounding']}"


def test_synthetic_data_say_so_and_a_text_that_excel_cannot_hold_is_refused(made):
    assert notes(made(DATA.assign(synthetic=True)), "Notes")["Note"] == "MADE-UP FIGURES"
    with pytest.raises(FigureError, match="A text of 32768 characters in Cijfers"):
        made(DATA.assign(source="a" * 32_768))


def test_every_column_of_every_figure_is_explained(project):
    written = list((project / "figures" / "data").glob("*.csv"))
    assert written
    columns = {name for path in written for name in pd.read_csv(path, nrows=0).columns}
    assert columns - set(WORDS["columns"]) == set()
    assert {about.get("unit", "per") for about in WORDS["columns"].values()} == set(WORDS["units"])
