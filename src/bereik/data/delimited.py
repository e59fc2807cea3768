"""Reads a downloaded text file into a table of text cells, or says in one clear error why it is not a whole table."""

import csv
from codecs import BOM_UTF8
from io import StringIO
from pathlib import Path

import pandas as pd

from bereik.errors import SourceFileError

__all__ = ["read_delimited"]

_SEPARATORS = (";", ",")
_AGAIN = "download the file again, and do not open and save it in a spreadsheet program in between"


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
        When the file is absent, empty, has a header only, is not UTF-8, has another separator, or is cut off.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "example.csv"
    >>> _ = file.write_bytes(b"RegioS;Perioden\nDelft ;2017\n")
    >>> read_delimited(file).to_dict("list")
    {'RegioS': ['Delft'], 'Perioden': ['2017']}
    """
    file = Path(path)
    text = _text(file)
    header = text.splitlines()[0]
    separator = max(_SEPARATORS, key=header.count)
    if separator not in header:
        raise SourceFileError(
            f"the first line of {file.name} has neither a semicolon nor a comma: {header[:80]!r}",
            "a table with a header line, its columns separated by semicolons or commas",
            "save or download it with the separator ; (a tab or | is not read)",
        )
    if not allow_incomplete and not text.endswith(("\n", "\r")):
        raise SourceFileError(
            f"the last line of {file.name} has no end of line: {text.splitlines()[-1][-60:]!r}",
            "a whole last line; without its end a number in it may have been cut off",
            _AGAIN + ", or pass allow_incomplete=True (--allow-incomplete) when you are sure that the line is whole",
        )
    numbers, lines = _lines(text, separator, file.name)
    if len(lines) < 2:
        raise SourceFileError(
            f"{file.name} has a header and no rows", "a header line, then one line for each combination", _AGAIN
        )
    table = pd.DataFrame(lines[1:], columns=pd.Index(lines[0], dtype="str"), index=numbers[1:], dtype="str")
    return table.rename_axis(index="line")


def _text(file: Path) -> str:
    if not file.is_file():
        raise SourceFileError(
            f"there is no file {str(file)!r}", "a table as downloaded from StatLine", "check the path"
        )
    content = file.read_bytes()
    if not content.removeprefix(BOM_UTF8).strip():
        raise SourceFileError(f"{file.name} is empty", "a header line and rows", _AGAIN)
    if b"\x00" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceFileError(
            f"{file.name} is not UTF-8 text but UTF-16 (or no text at all)", "a text file in UTF-8", "save it as UTF-8"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceFileError(
            f"line {line} of {file.name} holds a letter that is not UTF-8 (the file may be Latin-1 or Windows-1252)",
            "a text file in UTF-8, so that names such as Fryslân are read as they are",
            "save it as UTF-8, or download it again",
        ) from error


def _lines(text: str, separator: str, name: str) -> tuple[list[int], list[list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    numbers, lines = [], []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                numbers.append(reader.line_num)
                lines.append([cell.strip() for cell in cells])
    except csv.Error as error:
        raise SourceFileError(
            f"{name} cannot be read after line {reader.line_num}: {error}", "every quoted text closed", _AGAIN
        ) from error
    for number, cells in zip(numbers, lines, strict=True):
        if len(cells) != len(lines[0]):
            last = "; it is the last line, so the file seems to be cut off" if number == numbers[-1] else ""
            raise SourceFileError(
                f"line {number} of {name} has {len(cells)} fields{last}",
                f"{len(lines[0])} fields, as in the header",
                _AGAIN,
            )
    return numbers, lines
