"""The column map: which of a reader's columns and codes mean what, in a TOML file, without code."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bereik.data.person_frame import person_frame
from bereik.data.youth import Column, column_of, contract, kind_facts
from bereik.errors import MissingColumnError, SourceFileError, UnknownNameError

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["UNKNOWN_CODE", "ColumnMap", "read_column_map"]

UNKNOWN_CODE = "not in the column map: "
_TABLES = ("columns", "values", "missing", "fixed")


class ColumnMap(NamedTuple):
    """Which columns and codes mean what.

    Attributes
    ----------
    columns : dict of str
        Name in the contract -> name in the file.
    values : dict of dict
        Name in the contract -> {code in the file: value of the contract}, both as text.
    missing : dict of list
        Name in the contract -> codes in the file that mean missing, as text.
    fixed : dict of str
        Name in the contract -> the one value of all rows, as text.
    """

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = {}
    missing: Mapping[str, Iterable[str]] = {}
    fixed: Mapping[str, str] = {}

    def absent(self, names: Iterable[str]) -> dict[str, str]:
        """Give the columns that the map names and a table does not have: name in the contract -> name in the map."""
        present = set(names)
        return {ours: theirs for ours, theirs in self.columns.items() if theirs not in present}

    def apply(self, data: Any) -> Any:
        """Rename and recode a table of youths, on the engine where it lives; lazily where the engine is lazy.

        Parameters
        ----------
        data : data frame
            pandas, Polars, DuckDB, PyArrow, Dask or PySpark: one row per youth and year.

        Returns
        -------
        data frame
            Of the same engine: the columns of the map only, under their names in the contract; a table that says
            that it is ``synthetic`` goes on saying so. A code that ``values`` does not list becomes a text that
            says so, which `check_youths` reports and `read_youths` refuses: it is never taken for a value.

        Raises
        ------
        MissingColumnError
            When the table lacks a column that the map names.

        Examples
        --------
        >>> import pandas as pd
        >>> codes = ColumnMap({"age": "lft", "sex": "gesl"}, values={"sex": {"1": "male", "2": "female"}},
        ...                   missing={"age": ["99"]}, fixed={"year": "2017"})
        >>> codes.apply(pd.DataFrame({"gesl": [1, 2, 3], "lft": [12, 99, 8]}))
            age                       sex  year
        0  12.0                      male  2017
        1   NaN                    female  2017
        2   8.0  not in the column map: 3  2017
        """
        import narwhals as nw

        frame = person_frame(data)
        schema = frame.collect_schema()
        absent = self.absent(schema)
        if absent:
            raise MissingColumnError(absent.values(), schema, where="the file to which the column map is applied")
        columns = [self._recoded(ours, theirs, schema[theirs]).alias(ours) for ours, theirs in self.columns.items()]
        fixed = [nw.lit(value).alias(ours) for ours, value in self.fixed.items()]
        about = ("synthetic", "source") if "synthetic" in schema else ()  # made-up youths stay made up
        carried = [name for name in about if name in schema and name not in {*self.columns, *self.fixed}]
        return frame.select(*columns, *fixed, *carried).to_native()

    def _recoded(self, ours: str, theirs: str, dtype: "nw.dtypes.DType") -> "nw.Expr":
        import narwhals as nw

        value = nw.col(theirs).fill_nan(None) if dtype.is_float() else nw.col(theirs)
        code = value if dtype.is_numeric() else value.cast(nw.String).str.strip_chars()
        code = code.str.to_lowercase() if dtype == nw.Boolean else code
        codes = list(self.missing.get(ours, ()))
        if codes:
            known = ~code.is_in(_as_found(codes, dtype))
            value, code = nw.when(known).then(value), nw.when(known).then(code)
        if ours not in self.values:
            return value
        meanings: dict[str, list[str]] = {}
        for key, meaning in self.values[ours].items():
            meanings.setdefault(meaning, []).append(key)
        found = [nw.when(code.is_in(_as_found(keys, dtype))).then(nw.lit(mean)) for mean, keys in meanings.items()]
        text = code.cast(nw.String)
        unknown = nw.when(~text.is_null() & (text != "")).then(nw.concat_str([nw.lit(UNKNOWN_CODE), text]))
        return nw.coalesce(*found, unknown)


def _as_found(codes: Iterable[str], dtype: "nw.dtypes.DType") -> list[Any]:
    """Give codes, which are text in the map, the type of the column; a code that is no number never fits a number."""
    if not dtype.is_numeric():
        return list(codes)
    numbers = [float(code) for code in codes if code.replace(".", "", 1).lstrip("-").isdigit()]
    return [int(number) for number in numbers if number.is_integer()] if dtype.is_integer() else numbers


def read_column_map(file: Path | str) -> ColumnMap:
    r"""Read a column map from a TOML file.

    Parameters
    ----------
    file : path
        With the tables ``[columns]`` (contract = "your name"; left empty: not there), ``[values.<column>]`` ("your code" =
        "value of the contract"), ``[missing]`` (column = ["code", ...]) and ``[fixed]`` (column = value of all rows).

    Returns
    -------
    ColumnMap
        The map, checked.

    Raises
    ------
    SourceFileError
        When the file is absent or is no TOML.
    UnknownNameError
        When a table, a column or a value is not one of the contract; suggests the nearest.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "map.toml"
    >>> _ = file.write_text('[columns]\nsex = "geslacht"\n[values.sex]\n1 = "male"\n2 = "female"\n', encoding="utf-8")
    >>> read_column_map(file).columns
    {'sex': 'geslacht'}
    """
    path = Path(file)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceFileError(
            f"the column map {path.name} cannot be read: {error}",
            "a TOML file in UTF-8 with the tables [columns], [values.<column>], [missing] and [fixed]",
            "correct it; 'bereik check FILE' without a map prints one to fill in",
        ) from error
    for table, entries in tables.items():
        _known("table of the column map", table, _TABLES, path)
        if not isinstance(entries, dict):
            raise _wrong(path, table, entries)
        for ours in entries:
            if column_of(ours) is None:
                raise UnknownNameError("column", ours, contract(), where=f"[{table}] of {path.name}")
    columns = {ours: _text(theirs, path, f"columns.{ours}") for ours, theirs in tables.get("columns", {}).items()}
    values = {ours: _values(ours, codes, path) for ours, codes in tables.get("values", {}).items()}
    missing = {ours: _codes(ours, codes, path) for ours, codes in tables.get("missing", {}).items()}
    fixed = {ours: _text(value, path, f"fixed.{ours}") for ours, value in tables.get("fixed", {}).items()}
    made = ColumnMap({ours: theirs for ours, theirs in columns.items() if theirs}, values, missing, fixed)
    for ours in (*values, *missing):
        _known("column", ours, made.columns, path, "a column that has codes must be named under [columns]")
    for ours in set(made.columns) & set(fixed):
        raise _wrong(path, f"fixed.{ours}", "a column that [columns] names too")
    return made


def _values(ours: str, codes: Any, path: Path) -> dict[str, str]:
    if not isinstance(codes, dict) or not codes:
        raise _wrong(path, f"values.{ours}", codes)
    values = {str(code).strip(): _text(value, path, f"values.{ours}.{code}") for code, value in codes.items()}
    column = column_of(ours)
    allowed = _spellings(column) if column else []
    for value in values.values():
        if allowed:
            _known(f"value of {ours}", value, allowed, path)
    return values


def _spellings(column: Column) -> list[str]:
    facts = kind_facts(column.kind)
    return [*facts["yes"], *facts["no"]] if column.kind == "flag" else list(column.allowed)


def _codes(ours: str, codes: Any, path: Path) -> list[str]:
    if not isinstance(codes, list):
        raise _wrong(path, f"missing.{ours}", codes)
    return [_text(code, path, f"missing.{ours}") for code in codes]


def _text(value: Any, path: Path, where: str) -> str:
    if isinstance(value, dict | list):
        raise _wrong(path, where, value)
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _wrong(path: Path, where: str, found: object) -> SourceFileError:
    return SourceFileError(
        f"{where} of {path.name} holds {found!r}",
        'in [columns] and [fixed] one value a column, in [missing] a list, in [values.<column>] "code" = "value"',
        "write it so; 'bereik check FILE' without a map prints a map to fill in",
    )


def _known(kind: str, name: str, names: Iterable[str], path: Path, todo: str = "") -> None:
    if name not in set(names):
        raise UnknownNameError(kind, name, names, where=path.name, todo=todo)
