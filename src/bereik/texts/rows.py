"""Picks the rows that a text is about and decides which of its variants holds: looking and comparing, never arithmetic."""

import ast
import operator
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bereik.errors import FigureError, UnknownNameError

__all__ = ["holds", "look_up", "matching", "pick_row"]

_CHOOSE = {"latest": ("period", max), "earliest": ("period", min), "highest": ("value", max), "lowest": ("value", min)}
_COMPARE: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def matching(rows: pd.DataFrame, wanted: Mapping[str, Any], values: Mapping[str, Any], where: str) -> pd.DataFrame:
    """Give the rows with these categories, in the order of the table.

    Parameters
    ----------
    rows : pandas.DataFrame
        A result table.
    wanted : mapping
        For each column the value or the list of values that a row must have; ``{name}`` and ``{name.column}`` stand for what
        the call gave or an earlier pick found. ``latest``, ``earliest``, ``highest`` or ``lowest`` (true) keep the rows with
        the last or first ``period``, or the one row with the largest or smallest ``value`` that is shown.
    values : mapping
        What the placeholders stand for.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    pandas.DataFrame
        The rows.

    Raises
    ------
    UnknownNameError
        When the table has no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["Delft", "Delft"], "period": ["2022", "2023"], "value": [9.0, 8.0]})
    >>> matching(table, {"region": "{place}", "latest": True}, {"place": "Delft"}, "")["value"].tolist()
    [8.0]
    """
    for column, value in wanted.items():
        if column in _CHOOSE or column == "optional":
            continue
        if column not in rows:
            raise UnknownNameError("column", column, rows.columns, where=where)
        asked = [_filled(one, values, where) for one in (value if isinstance(value, list) else [value])]
        column_values = rows[column].astype("str") if all(isinstance(one, str) for one in asked) else rows[column]
        rows = rows[column_values.isin(asked)]
    for name, (column, best) in _CHOOSE.items():
        if wanted.get(name) and len(rows):
            shown = rows[(rows["status"] == "shown") & rows["value"].notna()] if column == "value" else rows
            if len(shown):  # when all are hidden, one of these
                rows = shown[shown[column] == best(shown[column])]
            rows = rows.head(1) if column == "value" else rows
    return rows


def pick_row(
    rows: pd.DataFrame, wanted: Mapping[str, Any], values: Mapping[str, Any], where: str
) -> dict[str, Any] | None:
    """Give the one row with these categories; None when there is none and the pick says ``optional = true``.

    Parameters
    ----------
    rows, wanted, values, where
        As in `matching`.

    Returns
    -------
    dict or None
        The row, by column.

    Raises
    ------
    FigureError
        When no row matches, or more than one.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["Delft", "Westland"], "value": [9.0, 8.0]})
    >>> float(pick_row(table, {"region": "Delft"}, {}, "")["value"])
    9.0
    >>> pick_row(table, {}, {}, "the text 01_use")
    Traceback (most recent call last):
    bereik.errors.FigureError: 2 rows with the categories {} for the text 01_use. Expected: one row. To do: name more columns in
    the pick, or give the table that has the row.
    """
    if wanted.get("optional") and not set(wanted) - set(_CHOOSE) - {"optional"} <= set(rows.columns):
        return None
    chosen = matching(rows, wanted, values, where)
    if chosen.empty and wanted.get("optional"):
        return None
    if len(chosen) != 1:
        asked = {column: _filled(value, values, where) for column, value in wanted.items() if column != "optional"}
        raise FigureError(
            f"{len(chosen) or 'no'} rows with the categories {asked} for {where}",
            "one row",
            "name more columns in the pick, or give the table that has the row",
        )
    return {str(column): value for column, value in chosen.iloc[0].items()}


def look_up(path: str, values: Mapping[str, Any], where: str) -> Any:
    """Find what a placeholder stands for: ``name``, or ``name.column`` of a row.

    Parameters
    ----------
    path : str
        The placeholder.
    values : mapping
        What the call gave (text), and the rows that were picked (by column).
    where : str
        Which text this is, for the messages.

    Returns
    -------
    object
        The value; None for a column of an optional row that is not there.

    Raises
    ------
    UnknownNameError
        When there is no such name or column.

    Examples
    --------
    >>> look_up("use.value", {"use": {"value": 8.0}}, "")
    8.0
    """
    name, _, column = path.partition(".")
    if name not in values:
        raise UnknownNameError("placeholder", name, values, where=where)
    if not column:
        return values[name]
    row = values[name]
    if row is None:
        return None
    if not isinstance(row, Mapping) or column not in row:
        known = row if isinstance(row, Mapping) else ()
        raise UnknownNameError("column", column, known, where=f"the row {name!r} of {where}")
    return row[column]


def holds(when: str, values: Mapping[str, Any], where: str) -> bool:
    """Decide whether a condition is true: comparisons of rows, numbers and text, joined by and, or, not.

    Parameters
    ----------
    when : str
        For example ``ratio.lower > 1 and not band``; a name alone says that the row is
        there and shown, or that a column of it is not empty.
    values : mapping
        As in `look_up`.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    bool
        A comparison with a missing value is false.

    Raises
    ------
    FigureError
        When it is anything else than such a comparison.

    Examples
    --------
    >>> holds("use.lower > 1 or use.upper < 1", {"use": {"lower": 0.8, "upper": 0.9}}, "")
    True
    >>> holds("use.lower + 1", {}, "01_use")
    Traceback (most recent call last):
    bereik.errors.FigureError: The condition 'use.lower + 1' of 01_use. Expected: comparisons such as ratio.lower > 1, with and,
    or, not. To do: let an estimator make the row that is compared.
    """
    try:
        return _true(ast.parse(when, mode="eval").body, values, where)
    except (SyntaxError, _NotACondition):
        raise FigureError(
            f"the condition {when!r} of {where}",
            "comparisons such as ratio.lower > 1, with and, or, not",
            "let an estimator make the row that is compared",
        ) from None


class _NotACondition(Exception):  # noqa: N818 (never leaves this module)
    """Something else than a comparison."""


def _true(node: ast.expr, values: Mapping[str, Any], where: str) -> bool:
    match node:
        case ast.BoolOp(op=joined, values=parts):
            truths = (_true(part, values, where) for part in parts)
            return all(truths) if isinstance(joined, ast.And) else any(truths)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _true(part, values, where)
        case ast.Name() | ast.Attribute():
            there = _value(node, values, where)
            if isinstance(there, Mapping):
                return there.get("status", "shown") == "shown"
            return there is not None and there != "" and not pd.isna(there)
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARE:
            pair = _value(left, values, where), _value(right, values, where)
            return not any(pd.isna(one) for one in pair) and bool(_COMPARE[type(sign)](*pair))
    raise _NotACondition


def _value(node: ast.expr, values: Mapping[str, Any], where: str) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name() | ast.Attribute():
            return look_up(ast.unparse(node), values, where)
    raise _NotACondition


def _filled(value: Any, values: Mapping[str, Any], where: str) -> Any:
    """Put codes in the placeholders of a category."""
    if not isinstance(value, str):
        return value
    return re.sub(r"\{([\w.]+)\}", lambda found: str(look_up(found[1], values, where)), value)
