"""The numbers behind a figure as an Excel file that explains itself in two languages, and to a screen reader."""

import math
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.errors import BereikError, FigureError
from bereik.tables import written
from bereik.terms.names import LANGUAGES, label

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["write_workbook"]

_CREATED = datetime(2000, 1, 1)  # any fixed date: the file is the same from run to run
_LABELS_WIDTH, _TEXT_WIDTH, _WIDEST = 24, 100, 40  # in letters
_BUTTON = 4  # the button of a column that filters
_A4 = 9


def write_workbook(data: pd.DataFrame, path: Path, *, texts: Mapping[str, Mapping[str, str]]) -> Path:
    """Write the numbers behind a figure, with its texts and what each column means, as an Excel file.

    Parameters
    ----------
    data : pandas.DataFrame
        The numbers, with the columns ``synthetic`` and ``source``; where it has ``status``, a hidden number is missing.
    path : pathlib.Path
        The file, ``STEM.xlsx``.
    texts : dict
        ``title``, ``subtitle``, ``source`` and ``alt`` for ``nl`` and ``en``.

    Returns
    -------
    pathlib.Path
        The file: a sheet in Dutch, one in English, and one with a single table, its first row frozen.

    Raises
    ------
    FigureError
        When a text is too long for a cell of Excel.

    Notes
    -----
    After the guidance of the UK Government Analysis Function on accessible spreadsheets: title in A1, one table on the sheet
    of numbers, no merged and no empty cells, words where a number is hidden. The bytes are the same from run to run.

    Examples
    --------
    >>> import tempfile
    >>> words = {"title": "A finding", "subtitle": "What", "source": "Source: made up", "alt": "A chart"}
    >>> table = pd.DataFrame({"value": [1.0], "synthetic": [True], "source": ["made up"]})
    >>> path = Path(tempfile.mkdtemp()) / "02_example.xlsx"
    >>> write_workbook(table, path, texts={"nl": words, "en": words}).name
    '02_example.xlsx'
    """
    from xlsxwriter import Workbook

    told = data.dropna(axis="columns", how="all")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        titles = " / ".join(texts[language]["title"] for language in LANGUAGES)
        book.set_properties({"title": titles[:255], "author": "bereik", "created": _CREATED})
        book.set_custom_property("Language", ", ".join(LANGUAGES), "text")
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for language in LANGUAGES:
            sheet = book.add_worksheet(_words("sheet", language))
            _write_notes(sheet, told, path.stem, texts[language], language, bold, wrapped)
        _write_numbers(book.add_worksheet(_numbers_name()), told, bold, book.add_format({"num_format": "0.000"}))
    return path


def _write_notes(
    sheet: "Worksheet",
    data: pd.DataFrame,
    stem: str,
    texts: Mapping[str, str],
    language: str,
    bold: "Format",
    wrapped: "Format",
) -> None:
    """Write the title in A1, then each text beside its name, then the meaning of each column."""
    sheet.set_column(0, 0, _LABELS_WIDTH)
    sheet.set_column(1, 1, _TEXT_WIDTH)
    sheet.set_column(2, 2, _LABELS_WIDTH)
    _write_text(sheet, 0, 0, texts["title"], bold)
    notes = _notes(data, stem, texts, language)
    for row, (name, text) in enumerate(notes, start=1):
        _write_text(sheet, row, 0, name, bold)
        _write_text(sheet, row, 1, text, wrapped)
    heads = tuple(_words(name, language) for name in ("column", "meaning", "unit"))
    described = [heads, *(_described(data, str(name), language) for name in data.columns)]
    for row, cells in enumerate(described, start=len(notes) + 2):
        for column, words in enumerate(cells):
            _write_text(sheet, row, column, words, bold if cells is heads else wrapped)


def _notes(data: pd.DataFrame, stem: str, texts: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    warning = [("synthetic", label("synthetic_words", language))] if bool(data["synthetic"].iloc[0]) else []
    missing = _words("missing_text", language).format(none=_none())
    beside = _words("files_text", language).format(numbers=_numbers_name(), stem=stem)
    rows = [
        *warning,
        *((name, texts[name]) for name in ("subtitle", "source", "alt")),
        ("certainty", _certainty(data, language)),
        ("missing", missing),
        ("files", beside),
    ]
    return [(_words(name, language), text) for name, text in rows]


def _certainty(data: pd.DataFrame, language: str) -> str:
    """Say what lower and upper are: an interval, a range without a confidence, or absent."""
    interval = {"lower", "upper"} <= set(data.columns)
    kind = "none" if not interval else "interval" if "confidence" in data else "range"
    said = [f"certainty_{kind}", *(["certainty_rounding"] if "lower_rounding" in data else [])]
    return " ".join(_words(name, language) for name in said)


def _described(data: pd.DataFrame, name: str, language: str) -> tuple[str, str, str]:
    """Give the name of a column, its meaning with the names of its codes, and its unit."""
    about = _catalogue()["columns"].get(name, {})
    meaning = about.get(language, _words("other", language))
    named = _codes(data, name, language) if about.get("codes") else {}
    unit = _catalogue()["units"][about["unit"]][language] if "unit" in about else _words("none", language)
    codes = "; ".join(f"{code} = {words}" for code, words in named.items())
    return name, f"{meaning}. {codes}" if codes else meaning, unit


def _codes(data: pd.DataFrame, name: str, language: str) -> dict[str, str]:
    """Find the names of the codes in a column; what has no other name is left out."""
    schemes = data["origin_scheme"].dropna().unique() if "origin_scheme" in data else []
    found = {}
    for code in data[name].dropna().astype(str).unique():
        try:
            words = label(code, language, scheme=schemes[0] if len(schemes) == 1 else None)
        except BereikError:
            continue
        if words != code:
            found[code] = words
    return found


def _write_numbers(sheet: "Worksheet", data: pd.DataFrame, bold: "Format", decimals: "Format") -> None:
    """Write one table: its names frozen on top, numbers as numbers, words where there is none."""
    status = data["status"].astype(str) if "status" in data else pd.Series("shown", index=data.index)
    for column, name in enumerate(data.columns):
        _write_column(sheet, column, data[name], status, decimals)
    sheet.add_table(
        *(0, 0, len(data), len(data.columns) - 1),
        {
            "name": "numbers",
            "title": _numbers_name(),
            "style": "Table Style Light 1",
            "columns": [{"header": str(name), "header_format": bold} for name in data.columns],
        },
    )
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_column(sheet: "Worksheet", column: int, cells: pd.Series, status: pd.Series, decimals: "Format") -> None:
    numeric = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
    look = decimals if numeric and (cells.dropna() % 1 != 0).any() else None
    values = cells.tolist()
    for row, (value, why) in enumerate(zip(values, status, strict=True), start=1):
        if pd.isna(value):
            hidden = numeric and why != "shown"
            _write_text(sheet, row, column, _hidden(why) if hidden else _none(), None)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif numeric and math.isfinite(value):
            sheet.write_number(row, column, float(str(written(float(value)))), look)  # as in the CSV file
        else:
            _write_text(sheet, row, column, str(value), None)
    longest = max([len(str(cells.name)) + _BUTTON, *(len(str(value)) for value in values if not numeric)])
    sheet.set_column(column, column, min(longest + 1, _WIDEST))


def _hidden(status: str) -> str:
    return " / ".join(label(status, language) for language in LANGUAGES)


def _none() -> str:
    return " / ".join(_words("none", language) for language in LANGUAGES)


def _write_text(sheet: "Worksheet", row: int, column: int, text: str, look: "Format | None") -> None:
    if sheet.write_string(row, column, text, look):
        raise FigureError(
            f"a text of {len(text)} characters in {sheet.get_name()}, row {row + 1}",
            "at most 32,767, the most that a cell of Excel holds",
            "shorten it",
        )


def _numbers_name() -> str:
    return f"{_words('numbers', 'nl')} ({_words('numbers', 'en')})"


def _words(name: str, language: str) -> str:
    words: str = _catalogue()["words"][name][language]
    return words


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("bereik.plot").joinpath("workbook.toml").read_text(encoding="utf-8"))
