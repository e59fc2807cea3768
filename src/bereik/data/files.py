"""Reads files: text with separators, Parquet, SPSS, Stata, and the facts of this folder; one clear error when it cannot."""

import csv
import tomllib
from codecs import BOM_UTF8
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pandas as pd

from bereik.counts.persons import open_parquet
from bereik.errors import SourceFileError
from bereik.paths import local_file

_SEPARATORS = (";", ",")
_AGAIN = "download the file again, and do not open and save it in a spreadsheet program in between"
_PERSONS = (".csv", ".parquet", ".sav", ".dta")


@cache
def read_facts(name: str) -> dict[str, Any]:
    """Read one of the TOML files of this folder."""
    return tomllib.loads(files("bereik.data").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def read_delimited(path: Path | str, *, allow_incomplete: bool = False) -> pd.DataFrame:
    r"""Read a semicolon- or comma-separated UTF-8 file; every cell is text without the spaces around it.

    Parameters
    ----------
    path : path
        The file.
    allow_incomplete : bool
        Accept a last line without an end of line, which may have been cut off in the middle of a number.

    Returns
    -------
    pandas.DataFrame
        The columns of the header (a name may occur twice: the caller decides what that means), one row per line; the
        index is the number of the line in the file.

    Raises
    ------
    SourceFileError
        When the file is absent, empty, has a header only, is not UTF-8, has another separator, or is cut off. No text of
        the header is quoted: it may be a row of persons.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "example.csv"
    >>> _ = file.write_bytes(b"RegioS;Perioden\nDelft ;2017\n")
    >>> read_delimited(file).to_dict("list")
    {'RegioS': ['Delft'], 'Perioden': ['2017']}
    """
    file = local_file(path, "a text file with a table")
    text = _decoded(file)
    header = text.splitlines()[0]
    separator = max(_SEPARATORS, key=header.count)
    if separator not in header:
        fault = f"the first line of {file.name} has neither a semicolon nor a comma"
        todo = "save or download it with the separator ; (a tab or | is not read)"
        raise SourceFileError(fault, "a line with the names of the columns, separated by semicolons or commas", todo)
    if not allow_incomplete and not text.endswith(("\n", "\r")):
        fault = f"the last line of {file.name} has no end of line: {text.splitlines()[-1][-60:]!r}"
        todo = f"{_AGAIN}, or pass allow_incomplete=True (--allow-incomplete) when you are sure that the line is whole"
        raise SourceFileError(fault, "a whole last line; without its end a number in it may have been cut off", todo)
    lines = _lines(text, separator, file.name)
    if len(lines) < 2:
        expected = "a header line, then a line for each row"
        raise SourceFileError(f"{file.name} has a header and no rows", expected, _AGAIN)
    (_, names), *rows = lines.items()
    table = pd.DataFrame([cells for _, cells in rows], columns=pd.Index(names, dtype="str"), dtype="str")
    return table.set_axis([number for number, _ in rows], axis="index").rename_axis(index="line")


def _decoded(file: Path) -> str:
    content = file.read_bytes()
    if not content.removeprefix(BOM_UTF8).strip():
        raise SourceFileError(f"{file.name} is empty", "a header line and rows", _AGAIN)
    fault = "is not UTF-8 text but UTF-16 (or no text at all)"
    if b"\x00" not in content and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            fault = f"has in line {line} a letter that is not UTF-8 (the file may be Latin-1 or Windows-1252)"
    expected = "a text file in UTF-8, so that names such as Fryslân are read right"
    raise SourceFileError(f"{file.name} {fault}", expected, "save it as UTF-8")


def _lines(text: str, separator: str, name: str) -> dict[int, list[str]]:
    """Give the cells of each line that is not blank, by the number of the line."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    lines = {}
    bare = cache(lambda cell: normalize("NFC", cell).strip())  # each different text is kept in memory once
    try:
        for cells in reader:
            stripped = list(map(bare, cells))
            if any(stripped):
                lines[reader.line_num] = stripped
    except csv.Error as error:
        fault = f"{name} cannot be read after line {reader.line_num}: {error}"
        raise SourceFileError(fault, "every quoted text closed", _AGAIN) from error
    width = len(next(iter(lines.values())))
    for number, cells in lines.items():
        if len(cells) != width:
            last = "; it is the last line, so the file seems to be cut off" if number == max(lines) else ""
            fault = f"line {number} of {name} has {len(cells)} fields{last}"
            raise SourceFileError(fault, f"{width} fields, as in the header", _AGAIN)
    return lines


def open_persons(file: Path | str) -> Any:
    """Open a file of persons: a pandas table, or for Parquet a DuckDB relation that reads only what is asked of it."""
    path = local_file(file, "a file with one row per youth and year")
    ending = path.suffix.lower()
    if ending not in _PERSONS:
        fault = f"{path.name} has an ending that bereik does not read"
        raise SourceFileError(fault, f"one of {', '.join(_PERSONS)}", "export it as one of these")
    if ending == ".csv":
        table = read_delimited(path, allow_incomplete=True)
        if any(name.replace(".", "").isdigit() for name in table.columns):
            fault = f"the first line of {path.name} holds numbers"
            raise SourceFileError(fault, "the names of the columns in the first line", "add a line with names")
        return table
    return open_parquet(path) if ending == ".parquet" else _labelled(path)


def _labelled(path: Path) -> Any:
    """Read SPSS or Stata: codes, not their labels; what the file declares as missing is missing."""
    import pyreadstat

    read = pyreadstat.read_sav if path.suffix.lower() == ".sav" else pyreadstat.read_dta
    try:
        return read(path)[0]
    except (pyreadstat.ReadstatError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path.name} cannot be read", "a whole SPSS or Stata file", "save it again") from error
