"""The numbers behind a figure as an Excel file that explains itself in two languages, and to a screen reader."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.codelists.names import LANGUAGES, label
from bereik.errors import FigureError
from bereik.plot.marks import name_or_none
from bereik.tables import written

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


_CREATED = datetime(2000, 1, 1)  # any fixed date: the file is the same from run to run
_WIDTHS, _WIDEST = (24, 100, 24), 40  # in letters
_BUTTON = 4  # the button of a column that filters
_A4 = 9
_CATALOGUE: dict[str, dict[str, Any]] = tomllib.loads(files("bereik.plot").joinpath("workbook.toml").read_text("utf-8"))
_WORDS = _CATALOGUE["words"]
_NONE = " / ".join(_WORDS["none"][language] for language in LANGUAGES)
_NUMBERS = f"{_WORDS['numbers']['nl']} ({_WORDS['numbers']['en']})"
_Cells = tuple[tuple[str, "Format | None"], ...]


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
            sheet = book.add_worksheet(_WORDS["sheet"][language])
            for column, width in enumerate(_WIDTHS):
                sheet.set_column(column, column, width)
            notes = _notes(told, {**texts[language], "stem": path.stem}, language, (bold, wrapped))
            for row, cells in enumerate(notes):
                for column, (text, look) in enumerate(cells):
                    _write(sheet, row, column, text, look)
        _write_numbers(book.add_worksheet(_NUMBERS), told, bold, book.add_format({"num_format": "0.000"}))
    return path


def _notes(data: pd.DataFrame, texts: Mapping[str, str], language: str, looks: Sequence["Format"]) -> Iterator[_Cells]:
    """Give the title, then each text beside its name, then the meaning of each column, as rows of a sheet."""
    bold, wrapped = looks
    yield ((texts["title"], bold),)
    notes = {"synthetic": label("synthetic_words", language)} if bool(data["synthetic"].iloc[0]) else {}
    notes |= {name: texts[name] for name in ("subtitle", "source", "alt")}
    notes["certainty"] = _certainty(data, language)
    notes["missing"] = _WORDS["missing_text"][language].format(none=_NONE)
    notes["files"] = _WORDS["files_text"][language].format(numbers=_NUMBERS, stem=texts["stem"])
    for name, text in notes.items():
        yield (_WORDS[name][language], bold), (text, wrapped)
    yield ()
    yield tuple((_WORDS[name][language], bold) for name in ("column", "meaning", "unit"))
    for name in data.columns:
        yield tuple((text, wrapped) for text in _described(data, str(name), language))


def _certainty(data: pd.DataFrame, language: str) -> str:
    """Say what lower and upper are: an interval, a range without a confidence, or absent."""
    interval = {"lower", "upper"} <= set(data.columns)
    kind = "none" if not interval else "interval" if "confidence" in data else "range"
    said = [f"certainty_{kind}", *(["certainty_rounding"] if "lower_rounding" in data else [])]
    return " ".join(_WORDS[name][language] for name in said)


def _described(data: pd.DataFrame, name: str, language: str) -> tuple[str, str, str]:
    """Give the name of a column, its meaning with the names of its codes, and its unit."""
    about = _CATALOGUE["columns"].get(name, {})
    meaning = about.get(language, _WORDS["other"][language])
    unit = _CATALOGUE["units"][about["unit"]][language] if "unit" in about else _WORDS["none"][language]
    schemes, named = data["origin_scheme"].dropna().unique() if "origin_scheme" in data else [], []
    for code in data[name].dropna().astype(str).unique() if "codes" in about else ():
        with suppress(FigureError):  # the two schemes name it differently, and the table does not say which it has
            words = name_or_none(code, language, scheme=schemes[0] if len(schemes) == 1 else None)
            named += [f"{code} = {words}"] if words not in (None, code) else []
    return name, f"{meaning}. {'; '.join(named)}" if named else meaning, unit


def _write_numbers(sheet: "Worksheet", data: pd.DataFrame, bold: "Format", decimals: "Format") -> None:
    """Write one table: its names frozen on top, numbers as numbers, words where there is none."""
    status = data["status"].astype(str).tolist() if "status" in data else ["shown"] * len(data)
    for column, (name, cells) in enumerate(data.items()):
        numeric = pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)
        look = decimals if numeric and (cells.dropna() % 1 != 0).any() else None
        values = [_cell(*pair, numeric) for pair in zip(cells.tolist(), status, strict=True)]
        for row, value in enumerate(values, start=1):
            _write(sheet, row, column, value, look if isinstance(value, float) else None)
        longest = max([len(str(name)) + _BUTTON, *(len(str(value)) for value in values if not numeric)])
        sheet.set_column(column, column, min(longest + 1, _WIDEST))
    about = {"name": "numbers", "title": _NUMBERS, "style": "Table Style Light 1"}
    heads = [{"header": str(name), "header_format": bold} for name in data.columns]
    sheet.add_table(0, 0, len(data), len(data.columns) - 1, {**about, "columns": heads})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _cell(value: Any, status: str, numeric: bool) -> str | float | bool:
    """Give a number as in the CSV file, and words where there is none."""
    if pd.isna(value):
        hidden = numeric and status != "shown"
        return " / ".join(label(status, language) for language in LANGUAGES) if hidden else _NONE
    if isinstance(value, bool):
        return value
    return float(str(written(float(value)))) if numeric and math.isfinite(value) else str(value)


def _write(sheet: "Worksheet", row: int, column: int, value: str | float | bool, look: "Format | None") -> None:
    if sheet.write(row, column, value, look):
        long = f"a text of {len(str(value))} characters in {sheet.get_name()}, row {row + 1}"
        raise FigureError(long, "at most 32,767, the most that a cell of Excel holds", "shorten it")
