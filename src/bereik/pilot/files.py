"""Reads and checks the files of a pilot folder (*leernetwerken*): all problems at once, or the tables."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bereik.data.delimited import read_delimited
from bereik.errors import BereikError, InvalidTableError, SourceFileError, UnknownNameError
from bereik.pilot.contract import Problem, Tables, check_tables, read_contract
from bereik.small_cells import INDIVIDUAL

__all__ = ["Pilot", "check_pilot", "read_pilot"]

_ENDINGS = (".csv", ".xlsx", ".parquet")


class Pilot(NamedTuple):
    """The tables of a pilot, one field per file of the contract; a file that was not there is a table without rows."""

    participants: pd.DataFrame
    organisations: pd.DataFrame
    meetings: pd.DataFrame
    attendance: pd.DataFrame
    answers: pd.DataFrame
    tools: pd.DataFrame
    signals: pd.DataFrame
    ties: pd.DataFrame


def read_pilot(folder: Path | str | None = None) -> Pilot:
    """Read the files of a pilot: who took part, when they met, what they answered, what became of tools and signals.

    Parameters
    ----------
    folder : path, optional
        A folder with files in the form of data/templates/pilot: ``participants`` (or only ``ties`` between ``organisations``)
        and, as far as there are, ``organisations``,
        ``meetings``, ``attendance``, ``answers``, ``tools``, ``signals`` and ``ties``; each .csv (UTF-8), .xlsx or .parquet.
        The synthetic example when not given.

    Returns
    -------
    Pilot
        One pandas table per file, with the columns of `pilot_codebook`, then ``synthetic`` and ``source``.

    Raises
    ------
    InvalidTableError
        When something breaks the contract: names the file, row and column of the first problem, and how many more there are.
    SourceFileError
        When the folder or a file cannot be read.
    UnknownNameError
        When the folder has a file that is none of the contract.

    Notes
    -----
    Rows are counted as in a spreadsheet: the header is row 1. A file that carries the columns ``synthetic`` and ``source``
    itself (as those of a `Pilot` have them) keeps them. Reading .xlsx needs the package openpyxl.

    Examples
    --------
    >>> pilot = read_pilot()
    >>> pilot.answers["synthetic"].unique().tolist(), pilot.answers["source"].iloc[0]
    ([True], 'individual data: synthetic example of bereik')
    """
    if folder is None:
        from bereik.pilot.synthetic import make_pilot

        return make_pilot()
    raw, paths = _read_folder(Path(folder))
    tables, problems = check_tables(raw)
    problems = [*_absent(tables), *problems]
    if problems:
        first = problems[0]
        place = ", ".join(filter(None, [_file_name(first, paths), f"column {first.column}", first.examples(1)]))
        more = f" (and {len(problems) - 1} more; check_pilot lists them all)" if len(problems) > 1 else ""
        raise InvalidTableError(f"{place}: {first.found}{more}", first.expected, first.todo)
    return Pilot(**{name: _with_source(tables.get(name), raw.get(name), paths, name) for name in read_contract()})


def check_pilot(folder: Path | str) -> pd.DataFrame:
    """List everything in the files of a pilot folder that breaks the contract.

    Parameters
    ----------
    folder : path
        The folder, see `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        One row per problem: ``column`` (file and column), ``problem`` (what was found and what was expected), ``rows`` (how
        many; 0 when it is not about rows), ``examples`` (first rows, the header being row 1; codes of persons are not
        shown), ``todo``. No rows when all is well.

    Raises
    ------
    SourceFileError, UnknownNameError
        When the folder or a file cannot be read, or a file has another name.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, table in read_pilot()._asdict().items():
    ...     table.to_csv(folder / f"{name}.csv", index=False)
    >>> len(check_pilot(folder))
    0
    """
    raw, paths = _read_folder(Path(folder))
    tables, problems = check_tables(raw)
    rows = [
        {
            "column": f"{_file_name(problem, paths)}: {problem.column}",
            "problem": f"{problem.found}; expected: {problem.expected}",
            "rows": len(problem.rows),
            "examples": problem.examples(),
            "todo": problem.todo,
        }
        for problem in [*_absent(tables), *problems]
    ]
    return pd.DataFrame(rows, columns=["column", "problem", "rows", "examples", "todo"])


def _read_folder(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Path]]:
    if not folder.is_dir():
        raise SourceFileError(f"there is no folder {folder.name!r}", "a folder with pilot files", "check the path")
    paths: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.stem != "codebook"):
        if path.stem not in read_contract():
            todo = "rename the file as in data/templates/pilot, or move it to another folder"
            raise UnknownNameError("pilot file", path.stem, read_contract(), todo=todo)
        if path.stem in paths:
            found = f"{paths[path.stem].name} and {path.name} are the same table"
            raise SourceFileError(found, "one file for each table", "leave one of them")
        paths[path.stem] = path
    raw = {name: _read(path) for name, path in paths.items()}
    return {name: table for name, table in raw.items() if len(table)}, paths


def _read(path: Path) -> pd.DataFrame:
    """Read one file as texts, its index the row in the file; a file with a header only has no rows."""
    if path.suffix == ".csv":
        if len(path.read_bytes().strip().splitlines()) == 1:
            return pd.DataFrame()
        return _once_each(read_delimited(path, allow_incomplete=True), path)
    try:
        table = pd.read_excel(path, dtype=str) if path.suffix == ".xlsx" else _read_parquet(path)
    except ImportError as error:
        todo = "save the sheet as CSV UTF-8, or install openpyxl"
        raise SourceFileError(f"{path.name} cannot be read without openpyxl", "the package openpyxl", todo) from error
    except Exception as error:
        raise SourceFileError(f"{path.name} cannot be read: {error}", "a whole file", "save it again") from error
    return _once_each(table.astype("string").fillna("").astype("str").set_axis(range(2, len(table) + 2)), path)


def _once_each(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise SourceFileError(f"{path.name} has column {twice[0]!r} twice", "each column once", "leave one of them")
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.connect().read_parquet(str(path)).df()


def _absent(tables: Tables) -> list[Problem]:
    if "participants" in tables or "ties" in tables:  # ties between organisations need no participants
        return []
    return [Problem("participants", "participant", "there are no participants", "a file participants with rows",
                    "fill in the template of data/templates/pilot")]  # fmt: skip


def _file_name(problem: Problem, paths: dict[str, Path]) -> str:
    return paths[problem.table].name if problem.table in paths else f"{problem.table}.csv"


def _with_source(
    table: pd.DataFrame | None, raw: pd.DataFrame | None, paths: dict[str, Path], name: str
) -> pd.DataFrame:
    """Add where a table comes from; whatever is not plainly marked as real in a file that has the mark is synthetic."""
    if table is None or raw is None:
        empty, _ = check_tables({name: pd.DataFrame(columns=list(read_contract()[name]["columns"]), dtype="str")})
        return empty[name].assign(synthetic=pd.Series(dtype="bool"), source=pd.Series(dtype="str"))
    if {"synthetic", "source"} <= set(raw):
        synthetic = ~raw["synthetic"].str.casefold().isin(["false", "no", "nee", "0"])
        return table.assign(synthetic=synthetic, source=raw["source"]).reset_index(drop=True)
    return table.assign(synthetic=False, source=INDIVIDUAL + paths[name].name).reset_index(drop=True)


def require_rows(pilot: Pilot, *names: str) -> None:
    """Raise when a table that a calculation needs has no rows."""
    for name in names:
        if getattr(pilot, name).empty:
            raise BereikError(
                f"the pilot data have no {name}",
                f"a file {name} with rows",
                "fill in its template, see pilot_codebook()",
            )
