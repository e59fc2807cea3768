"""A table to read instead of a chart: names for codes, each value with its interval, and a hidden one in words."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pandas as pd

from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, row_name
from bereik.small_cells import refuse_small_cells
from bereik.tables import one_value, require_unique
from bereik.terms.names import format_number, label

__all__ = ["side_by_side"]


def side_by_side(
    results: pd.DataFrame, language: str, *, columns: Sequence[str], rows: str = "origin", decimals: int = 1
) -> pd.DataFrame:
    """Set results beside each other in words, so that a reader can compare them without a chart.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table with one row for each combination of `rows` and `columns`.
    language : {"nl", "en"}
        The language of names and numbers.
    columns : list of str
        The columns whose combinations stand beside each other: ``["measure"]``, ``["sex", "age_band"]``, ...
    rows : str
        The column whose categories stand below each other.
    decimals : int
        Decimals of the numbers.

    Returns
    -------
    pandas.DataFrame
        Text only: a value with its interval, or the words of its status. The corner says that data are synthetic.

    Raises
    ------
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users, as for `save_table` and `save_figure`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError, UnknownNameError
        When the results cannot be shown (see `check_drawable`), or a combination occurs twice.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": ["turkije", "marokko"], "measure": "use_rate", "value": [20.04, None],
    ...                       "lower": [15, None], "upper": [26, None], "status": ["shown", "suppressed"],
    ...                       "synthetic": True, "source": "made up"})
    >>> side_by_side(result_table(frame, ["origin"]), "en", columns=["measure"])
    SYNTHETIC EXAMPLE DATA   Use of youth care
    Turkish origin         20.0 (15.0 to 26.0)
    Moroccan origin       hidden (small count)
    """
    refuse_small_cells(results)
    names = [rows, *columns]
    table = check_drawable(results, [name for name in names if name != "measure"], results["measure"].unique().tolist())
    require_unique(table, names, where="the results side by side")
    below, *beside = (categories(results, name, language) for name in names)
    words = {
        tuple(str(row[name]) for name in names): _words(row, language, decimals) for row in table.to_dict("records")
    }
    heads = {head: ", ".join(row_name(code, language) for code in head) for head in product(*beside)}
    cells = [[words.get((code, *head), label("not_published", language)) for head in heads] for code in below]
    corner = label("synthetic_words", language) if one_value(table, "synthetic", where="the results") else None
    index = [row_name(code, language) for code in below]
    return pd.DataFrame(cells, index, list(heads.values())).rename_axis(columns=corner)


def _words(row: dict[Any, Any], language: str, decimals: int) -> str:
    if row["status"] != "shown":
        return label(str(row["status"]), language)
    value, lower, upper = (format_number(row[name], language, decimals) for name in ("value", "lower", "upper"))
    known = pd.notna(row["lower"]) and pd.notna(row["upper"])
    return f"{value} ({lower} {label('range_to', language)} {upper})" if known else value
