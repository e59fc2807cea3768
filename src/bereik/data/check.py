"""Checks individual data against the contract, all problems at once, on the engine where they live (texts in check.toml)."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.data.column_map import UNKNOWN_CODE
from bereik.data.person_frame import FOUND, collected, person_frame, with_found
from bereik.data.recipes import read_toml
from bereik.data.starter_map import near_columns, near_names
from bereik.data.youth import column_of, contract, missing_groups

if TYPE_CHECKING:
    import narwhals as nw

    from bereik.data.check_rules import Fault
    from bereik.data.person_frame import Frame

__all__ = ["check_youths", "problem"]

PROBLEM_COLUMNS = ["column", "level", "problem", "rows", "examples", "todo"]
_SHOWN = 3
_ROW = "row"


def check_youths(data: Any) -> pd.DataFrame:
    """Check individual data against the contract (``youth.toml``): every problem at once, none of it changed.

    Parameters
    ----------
    data : data frame
        pandas, Polars, DuckDB, PyArrow, Dask or PySpark: one row per youth and year, columns named as in the contract.
        Values may still be text (``ja``, ``12``, ``2020-12-31``). A lazy table stays where it is: one scan counts all
        problems, one finds repeated ids, and one for each problem found fetches its examples.

    Returns
    -------
    pandas.DataFrame
        One row per problem, errors first: ``column``, ``level`` (error or warning), ``problem``, ``rows`` (how many rows
        have it; missing when it is about the column as a whole), ``examples`` (at most three offending values, the most
        frequent first, with how many rows and, in a table in memory, the first row; rows are counted from 1) and
        ``todo``. Ids are never shown, nor a number of eight digits or more, nor a value of another column.

    Raises
    ------
    InvalidTableError
        When `data` is no table.

    Notes
    -----
    A citizen service number (*burgerservicenummer*) has nine digits a to i with 9 a + 8 b + ... + 2 h - i divisible by 11;
    of other numbers one in eleven has, so the warning is given when more than half of the ids of nine digits pass.

    Examples
    --------
    >>> youths = pd.DataFrame({"id": ["a", "b"], "year": 2017, "municipality": "Delft", "age": [12, 31],
    ...                        "sex": ["male", "f"], "origin": "turkije", "origin_scheme": "migratieachtergrond",
    ...                        "sdq_parent": [9, 20], "with_residence": [False, True]})
    >>> check_youths(youths)[["column", "level", "problem", "rows", "examples"]]
      column  level                       problem  rows                examples
    0    age  error  outside the limits (0 to 22)     1  '31' (1 row, in row 2)
    1    sex  error       not one of male, female     1   'f' (1 row, in row 2)
    """
    import narwhals as nw

    from bereik.data.check_rules import faults_of, rows_where, signs_of, suspicions

    frame = person_frame(data)
    given = list(frame.collect_schema())
    problems = list(_of_columns(given))
    if not any(map(column_of, given)):
        return _table(problems)
    frame = with_found(frame)
    if isinstance(frame, nw.DataFrame):
        frame = frame.with_row_index(_ROW)
    schema = {name: dtype for name, dtype in frame.collect_schema().items() if name != _ROW}
    faults = list(faults_of(schema))
    counts = {f"fault {number}": rows_where(fault.rows) for number, fault in enumerate(faults)}
    signs = _counted(frame, {"rows": nw.len(), **counts, **signs_of(schema)})
    if not signs["rows"]:
        return _table([*problems, problem("no_rows", "(table)")])
    for number, fault in enumerate(faults):
        if rows := signs[f"fault {number}"]:
            problems.append(problem(fault.rule, fault.column, rows, _examples(frame, fault), **fault.about))
    suspicious = suspicions(signs, [name for name in given if column_of(name)])
    problems += [problem(rule, column, rows, **about) for rule, column, rows, about in suspicious]
    return _table([*problems, *_repeated(frame)])


def problem(rule: str, column: str, rows: int | None = None, examples: str = "", **about: str) -> dict[str, Any]:
    """Make one row of the table of problems from its rule in check.toml."""
    texts = {
        key: text.format(column=column, **{"near": "", **about}) for key, text in read_toml("check.toml")[rule].items()
    }
    return {"column": column, "rows": rows, "examples": examples, **texts}


def _table(problems: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(problems, columns=PROBLEM_COLUMNS).astype({"rows": "Int64"})
    return table.sort_values("level", kind="stable", ignore_index=True)  # error comes before warning


def _of_columns(given: list[str]) -> Iterator[dict[str, Any]]:
    for name, column in contract().items():
        if column.required and name not in given:
            yield problem("missing_column", name)
    for group, expected in missing_groups(given).items():
        yield problem("missing_group", f"({group})", expected=expected)
    for name in given:
        if column_of(name) is None:
            yield problem("unknown_column", name, near=near_columns(name))


def _counted(frame: "Frame", signs: dict[str, "nw.Expr"]) -> dict[str, Any]:
    """Count all signs in one scan; a sum over no rows is 0, a lowest value of no values is missing."""
    (row,) = collected(frame.select([sign.alias(name) for name, sign in signs.items()]))
    return {
        name: 0 if pd.isna(value) and not name.startswith(("lowest", "highest")) else _plain(value)
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _examples(frame: "Frame", fault: "Fault") -> str:
    """Describe the most frequent offending values, or (where a value may not be shown) the first rows."""
    import narwhals as nw

    in_memory = isinstance(frame, nw.DataFrame)
    found = frame.filter(fault.rows)
    if not fault.shown or fault.rule in _EMPTY:
        return _in_rows([row[_ROW] for row in collected(found.select(_ROW).head(_SHOWN))]) if in_memory else ""
    values = found.select(nw.col(FOUND + fault.column).cast(nw.String).alias("value"), *([_ROW] if in_memory else []))
    first = [nw.col(_ROW).min().alias("first")] if in_memory else []
    values = values.group_by("value").agg(nw.len().alias("n"), *first).sort("n", "value", descending=[True, False])
    known = column.allowed if (column := column_of(fault.column)) else ()
    return "; ".join(_example(**row, known=known) for row in collected(values.head(_SHOWN)))


_EMPTY = ("missing_value", "missing_use")


def _example(value: str, n: int, known: tuple[str, ...], first: int | None = None) -> str:
    text = str(value).removeprefix(UNKNOWN_CODE)
    near = near_names(text, known)
    shown = "a long number, not shown" if re.search("[0-9]{8,}", text) else repr(text[:40])
    row = "" if first is None else f", {'in' if n == 1 else 'first in'} row {first + 1}"
    return f"{shown} ({n:,} {'row' if n == 1 else 'rows'}{row}){near}"


def _in_rows(rows: list[int]) -> str:
    return f"{'row' if len(rows) == 1 else 'rows'} {', '.join(str(row + 1) for row in rows)}"


def _repeated(frame: "Frame") -> Iterator[dict[str, Any]]:
    import narwhals as nw

    names = list(frame.collect_schema())
    if not {"id", "year"} <= set(names):
        return
    rows = [nw.col(_ROW).min().alias("first"), nw.col(_ROW).max().alias("last")] if _ROW in names else []
    youths = frame.filter(~nw.col("id").is_null() & ~nw.col("year").is_null())
    twice = youths.group_by("id", "year").agg(nw.len().alias("n"), *rows).filter(nw.col("n") > 1)
    count = _counted(twice, {"n": nw.col("n").sum()})["n"]
    if count:
        pairs = collected(twice.sort("first", "last").head(_SHOWN)) if rows else []
        shown = "; ".join(f"rows {pair['first'] + 1} and {pair['last'] + 1}" for pair in pairs)
        yield problem("twice", "id", count, shown)
