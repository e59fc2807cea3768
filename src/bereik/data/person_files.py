"""Reads individual data from CSV, Parquet, SPSS (.sav) and Stata (.dta) files in the form of the contract."""

from pathlib import Path
from typing import Any

from bereik.data.check import check_youths
from bereik.data.column_map import ColumnMap, read_column_map
from bereik.data.delimited import read_delimited
from bereik.data.person_frame import canonical, person_frame, with_found
from bereik.errors import InvalidTableError, SourceFileError
from bereik.small_cells import INDIVIDUAL

__all__ = ["open_persons", "read_youths"]


def open_persons(file: Path | str) -> Any:
    """Open a file as it is: a pandas table, or for Parquet a DuckDB relation that reads only what is asked of it."""
    path = Path(file)
    readers = {".csv": _csv, ".parquet": _parquet, ".sav": _labelled, ".dta": _labelled}
    if path.suffix.lower() not in readers:
        raise SourceFileError(
            f"{path.name} has an ending that bereik does not read",
            f"one of {', '.join(readers)}",
            "export it as one of these",
        )
    if not path.is_file():
        raise SourceFileError(
            f"there is no file {path.name!r}", "a file with one row per youth and year", "check the path"
        )
    return readers[path.suffix.lower()](path)


def _csv(path: Path) -> Any:
    """Read a text file as text. A first line without names is not quoted in the message: it would be a youth's."""
    with path.open("rb") as file:
        first = file.readline()
    if first.strip() and not (b"," in first or b";" in first):
        raise SourceFileError(
            f"the first line of {path.name} has neither a semicolon nor a comma",
            "a line with the names of the columns, separated by semicolons or commas",
            "export it again with the separator ; (a tab or | is not read)",
        )
    table = read_delimited(path, allow_incomplete=True)
    if any(name.replace(".", "").isdigit() for name in table.columns):
        raise SourceFileError(
            f"the first line of {path.name} holds numbers",
            "the names of the columns in the first line",
            "add a line with names, or export it again with names",
        )
    return table


def _parquet(path: Path) -> Any:
    import duckdb

    try:
        return duckdb.read_parquet(str(path))
    except duckdb.Error as error:
        raise SourceFileError(f"{path.name} is no whole Parquet file", "a Parquet file", "export it again") from error


def _labelled(path: Path) -> Any:
    """Read SPSS or Stata: codes, not their labels; what the file declares as missing is missing."""
    import pyreadstat

    read = pyreadstat.read_sav if path.suffix.lower() == ".sav" else pyreadstat.read_dta
    try:
        table, _ = read(path)
    except (pyreadstat.ReadstatError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path.name} cannot be read", "a whole SPSS or Stata file", "save it again") from error
    return table


def read_youths(file: Path | str, *, column_map: ColumnMap | Path | str | None = None) -> Any:
    r"""Read individual data: one row per youth and year, checked, in the columns of the contract.

    Parameters
    ----------
    file : path
        CSV (separated by commas or semicolons, UTF-8), Parquet, SPSS (.sav) or Stata (.dta). A text file is held in memory
        as a whole; above some million rows use Parquet, of which only what is asked for is ever read.
    column_map : ColumnMap or path, optional
        Which columns and codes of the file mean what (see `read_column_map`). Without it the columns that have names of
        the contract are used and others are left out.

    Returns
    -------
    pandas.DataFrame or duckdb.DuckDBPyRelation
        The columns of the contract (``youth.toml``) that the file has, in its order: true or false, whole numbers,
        dates and text, missing where the file has nothing. ``synthetic`` is False and ``source`` is
        ``individual data: <file name>``, unless the file itself has both columns. Parquet gives a DuckDB
        relation, which has read nothing yet but for the check; the others give a pandas table.

    Raises
    ------
    SourceFileError
        When the file cannot be read as a table.
    MissingColumnError, UnknownNameError
        When the column map names a column that the file does not have, or that is not one of the contract.
    InvalidTableError
        When `check_youths` finds an error; `bereik check FILE` prints them all.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "youths.csv"
    >>> _ = file.write_text("id;year;municipality;age;sex;origin;origin_scheme;sdq_parent;with_residence\n"
    ...                     "a1;2017;Delft;12;male;turkije;migratieachtergrond;9;nee\n", encoding="utf-8")
    >>> read_youths(file)[["age", "sdq_parent", "with_residence", "synthetic", "source"]]
       age  sdq_parent  with_residence  synthetic                       source
    0   12           9           False      False  individual data: youths.csv
    """
    data = open_persons(file)
    if column_map is not None:
        data = (column_map if isinstance(column_map, ColumnMap) else read_column_map(column_map)).apply(data)
    problems = check_youths(data)
    errors = problems[problems["level"] == "error"]
    if not errors.empty:
        first = "; ".join(f"{fault.column}: {fault.problem}" for fault in errors.head(3).itertuples())
        rest = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
        raise InvalidTableError(
            f"{Path(file).name} has {len(errors)} errors: {first}{rest}",
            "individual data in the form of the contract",
            f"see them all, with rows and what to do, by the command: bereik check {Path(file).name}",
        )
    return with_provenance(data, Path(file).name)


def with_provenance(data: Any, name: str) -> Any:
    """Give youths the types of the contract, and say where they come from unless they say so themselves."""
    import narwhals as nw

    frame = canonical(with_found(person_frame(data)))
    present = set(frame.collect_schema())
    about: dict[str, Any] = {"synthetic": False, "source": f"{INDIVIDUAL}{name}"}
    if set(about) - present:
        frame = frame.with_columns(
            [nw.lit(value).alias(column) for column, value in about.items() if column not in present]
        )
    return frame.to_native()
