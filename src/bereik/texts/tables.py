"""The verb that turns results into a table to read: names for codes, at most seven columns, and a hidden value in words."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pandas as pd

from bereik.codelists.names import capital, check_language, format_number, label
from bereik.errors import FigureError
from bereik.plot.rows_and_panels import categories, row_name
from bereik.small_cells import refuse_small_cells
from bereik.tables import require_unique
from bereik.texts.rows import matching
from bereik.texts.say import Told, chosen_language
from bereik.texts.words import fill, variant

__all__ = ["table"]

_MOST = 7


def table(key: str, *tables: pd.DataFrame, lang: str = "", **who: str) -> pd.DataFrame:
    """Set results in a table of words, by the entry of the notebook's file of texts.

    Parameters
    ----------
    key : str
        An entry ``[table.KEY]`` of ``texts/NN.toml``. Either ``column``: for each column a ``head`` and a ``cell``, which is
        filled for each row; or ``rows`` and ``across``: the columns whose categories stand below and beside each other, with
        ``decimals`` for a value and its interval, or a ``cell``.
    *tables : pandas.DataFrame
        Result tables.
    lang : {"", "nl", "en"}
        The language; by default the one chosen by `language`.
    **who
        The codes that the entry asks for.

    Returns
    -------
    pandas.DataFrame
        Text only. The corner of made-up figures says so.

    Raises
    ------
    UnknownNameError
        When there is no such entry.
    FigureError
        When it has more than seven columns.
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": ["turkije", "marokko"], "measure": "fully_adjusted_difference", "value": [2.04, None],
    ...                       "lower": [1.5, None], "upper": [2.6, None], "status": ["shown", "suppressed"],
    ...                       "synthetic": True, "source": "made up"})
    >>> table("08_adjusted", result_table(frame, ["origin"]))
    MADE-UP FIGURES At equal need and circumstances
    Group B                        2.0 (1.5 to 2.6)
    Group C                    hidden (small count)
    """
    for one in tables:
        refuse_small_cells(one)
    lang = lang or chosen_language()
    check_language(lang)
    told = Told("table", key, tables, who)
    entry, rows = told.entry, matching(told.rows, told.entry.get("keep", {}), told.context, told.where)
    made = _across(rows, entry, told, lang) if "rows" in entry else _columns(rows, entry, told, lang)
    if made.shape[1] > _MOST:
        raise FigureError(f"{made.shape[1]} columns in {told.where}", f"at most {_MOST}", "keep fewer rows or columns")
    return made.rename_axis(columns=label("synthetic_words", lang) if told.synthetic else None)


def _columns(rows: pd.DataFrame, entry: Mapping[str, Any], told: Told, lang: str) -> pd.DataFrame:
    """Fill each column for each row."""
    columns = {
        fill(column["head"][lang], told.context, lang, told.where): [
            _cell(row, column["cell"], told, lang) for row in rows.to_dict("records")
        ]
        for column in entry["column"]
    }
    return pd.DataFrame(columns)


def _across(rows: pd.DataFrame, entry: Mapping[str, Any], told: Told, lang: str) -> pd.DataFrame:
    """Set the categories of some columns beside each other."""
    names = [name.format(language=lang) for name in (entry["rows"], *entry["across"])]
    require_unique(rows, names, where=told.where)
    below, *beside = (categories(rows, name, lang) for name in names)
    cells = {
        tuple(str(row[name]) for name in names): _cell(row, entry["cell"], told, lang)
        if "cell" in entry
        else _value(row, lang, int(entry.get("decimals", 1)))
        for row in rows.to_dict("records")
    }
    heads = {head: ", ".join(row_name(code, lang) for code in head) for head in product(*beside)}
    filled = [[cells.get((code, *head), label("not_published", lang)) for head in heads] for code in below]
    return pd.DataFrame(filled, [row_name(code, lang) for code in below], list(heads.values()))


def _cell(row: Mapping[Any, Any], cell: Any, told: Told, lang: str) -> str:
    values = {**told.context, "row": row}
    return capital(fill(variant(cell, values, told.where)[lang], values, lang, told.where))


def _value(row: Mapping[Any, Any], lang: str, decimals: int) -> str:
    if row["status"] != "shown":
        return label(str(row["status"]), lang)
    value, lower, upper = (format_number(row[name], lang, decimals) for name in ("value", "lower", "upper"))
    known = pd.notna(row["lower"]) and pd.notna(row["upper"])
    return f"{value} ({lower} {label('range_to', lang)} {upper})" if known else value
