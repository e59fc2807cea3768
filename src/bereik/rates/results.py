"""Makes the rows of a result table: for each group a row per measure, with figures only where its status is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_columns, is_number
from bereik.categories import check_known as check_known
from bereik.errors import BereikError, InvalidTableError
from bereik.tables import HIDDEN, check_figures, numbers, refuse_rows, require_columns, require_unique, without_noise

SUPERPOPULATION = "notional superpopulation"
Figures = Sequence[np.ndarray] | np.ndarray


def result_rows(
    groups: pd.DataFrame, labels: Sequence[Mapping[str, Any]], figures: Figures, status: Any, **same: Any
) -> pd.DataFrame:
    """Give one row for each group and measure: the groups in order, and for each the measures.

    Parameters
    ----------
    groups : pandas.DataFrame
        The categories, one row per group.
    labels : list of dict
        For each measure its columns (``measure``, ``per``, ``method``, ...): one value, or an array with one per group.
    figures : tuple of array
        Value, lower and upper limit: groups x measures. What is nearer to 0 than 1e-12 becomes 0.
    status : str, list or array
        The status of each group, or groups x measures. A value that is not finite makes ``undefined`` of ``shown``.
    **same
        Columns that are the same in every row.

    Returns
    -------
    pandas.DataFrame
        The columns of `groups`, ``value``, ``lower``, ``upper``, ``status`` and the columns of `labels` and `same`.

    Examples
    --------
    >>> groups, rate = pd.DataFrame({"origin": ["a", "b"]}), np.array([[0.2], [np.nan]])
    >>> result_rows(groups, [{"measure": "use_rate"}], (rate, rate, rate), "shown")[["origin", "value", "status"]]
      origin  value     status
    0      a    0.2      shown
    1      b    NaN  undefined
    """
    shape = number, measures = figures[0].shape
    statuses = np.asarray(status, dtype=object)
    statuses = np.broadcast_to(statuses if statuses.ndim == 2 else statuses.reshape(-1, 1), shape)
    statuses = np.where((statuses == "shown") & ~np.isfinite(figures[0]), "undefined", statuses)
    columns = {}
    for name, one in labels[0].items():
        if np.ndim(one) == 0 and all(label[name] is one for label in labels):
            same[name] = one
        else:
            of_groups = [np.broadcast_to(np.asarray(label[name], dtype=object), number) for label in labels]
            columns[name] = np.stack(of_groups, axis=1)
    for name, each in zip(("value", "lower", "upper"), figures, strict=True):
        columns[name] = np.where(statuses == "shown", without_noise(each), np.nan)
    columns["status"] = statuses
    at = np.repeat(np.arange(number), measures)
    repeated = {str(name): groups[name].array[at] for name in groups}
    return pd.DataFrame(repeated | {name: each.ravel() for name, each in columns.items()} | same)


def explained(rows: pd.DataFrame) -> pd.DataFrame:
    """Complete ``method``: why a value has no limits, and what intervals are about."""
    bare = rows["value"].notna() & rows["upper"].isna()
    no_upper, nothing = "no upper limit: the ratio is 0, and 0 has no logarithm", "no interval: nothing varies"
    why = np.where(rows["lower"].notna(), no_upper, nothing)
    return rows.assign(method=[words(method, SUPERPOPULATION) for method in np.where(bare, why, rows["method"])])


def status_of(rows: pd.DataFrame) -> str:
    """Give the status of the counts of a group together: the one that hides a count, no_population, or shown."""
    hidden = rows.loc[rows["status"].isin(HIDDEN), "status"]
    if len(hidden):
        return str(hidden.iloc[0])
    return "shown" if numbers(rows["population"]).sum() > 0 else "no_population"


def hidden_by(status: Sequence[str], other: str) -> list[str]:
    """Give the status of figures that rest on another group too: the own one, or that of the other when that hides it."""
    return [other if one == "shown" else one for one in status]


def sources(table: pd.DataFrame) -> str:
    """Join the sources of the rows of a table."""
    return "; ".join(map(str, table["source"].unique()))


def words(*parts: str) -> str:
    """Join the parts of a description that are not empty."""
    return "; ".join(filter(None, parts))


def check_numbers(**given: Any) -> None:
    """Raise when a confidence is no number between 0 and 1, or another option (a unit, ...) no number above 0."""
    for name, value in given.items():
        most, which = (1, "between 0 and 1, such as 0.95") if name == "confidence" else (1e12, "above 0, such as 100")
        if not (is_number(value) and 0 < value < most) and not (name == "rounding" and value is None):
            raise BereikError(f"`{name}` is {value!r}", f"a number {which}", f"give `{name}` as such a number")


def check_results(
    table: pd.DataFrame, columns: Sequence[str], by: Sequence[str], where: str, *, unique: bool = True
) -> None:
    """Raise when a table of results lacks a column, holds what no result can be, or `by` does not tell its rows apart."""
    if not isinstance(by, list | tuple) or by:
        check_columns(by=by)
    require_columns(table, [*by, *columns, "status", "synthetic", "source"], where=where)
    if table.empty:
        raise InvalidTableError(f"{where} has no rows", "at least one", "check the selection before this step")
    if {"value", "lower"} & {*columns}:
        check_figures(table, by, where=where)
    if unique:
        require_unique(table, by, where=where)


def beside_reference(
    rows: pd.DataFrame, by: Sequence[str], relative_to: str, compared: Sequence[str], where: str
) -> pd.DataFrame:
    """Set the rows of the origins that are compared beside those of the reference, with the suffix ``_reference``."""
    reference = rows[rows["origin"] == relative_to].drop(columns="origin")
    pairs = rows[rows["origin"].isin(compared)].merge(reference, on=list(by), how="left", suffixes=("", "_reference"))
    absent = pairs["status_reference"].isna().to_numpy()
    faults, todo = {f"{where} has no reference {relative_to!r} for": absent}, "add it, or leave these combinations out"
    refuse_rows(pairs[[*by, "origin"]], faults, expected="a row of the reference in every combination", todo=todo)
    return pairs


def divided(pairs: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Divide each figure by the other one in its row, with what rounding allows; undefined where the other is 0."""
    names = ("value", "lower_rounding", "upper_rounding", "status", "source")
    other = {name: pairs[f"{name}{suffix}"] for name in names}
    status = pairs["status"].where(pairs["status"] != "shown", other["status"])
    status = status.mask((status == "shown") & (other["value"] == 0), "undefined")
    shown, low = status == "shown", other["lower_rounding"]
    above, below = pairs["value"].where(shown), other["value"].where(shown)
    source, both = pairs["source"], pairs["source"].astype(str) + "; " + other["source"].astype(str)
    least = (pairs["lower_rounding"] / other["upper_rounding"]).where(shown)
    most = (pairs["upper_rounding"] / low.where(low > 0)).where(shown)
    pairs = pairs.assign(value=above / below, numerator=above, denominator=below, status=status)
    source = source.where(source == other["source"], both)
    return pairs.assign(lower_rounding=least, upper_rounding=most, source=source)
