"""Makes the rows of a result table: for each group a row per measure, with figures only where its status is shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.tables import (
    HIDDEN,
    check_counts,
    check_statuses,
    numbers,
    ordered_categories,
    require_columns,
    require_unique,
    without_noise,
)

SUPERPOPULATION = "notional superpopulation"
Figures = tuple[np.ndarray, np.ndarray, np.ndarray]


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
    found = np.broadcast_to(np.asarray(status, dtype=object).reshape(-1, 1) if np.ndim(status) < 2 else status, shape)
    found = np.where((found == "shown") & ~np.isfinite(figures[0]), "undefined", found)
    everywhere = {name: one for name, one in labels[0].items() if all(label[name] is one for label in labels)}
    same |= {name: one for name, one in everywhere.items() if np.ndim(one) == 0}
    columns = {
        name: np.stack([np.broadcast_to(np.asarray(label[name], dtype=object), number) for label in labels], axis=1)
        for name in labels[0]
        if name not in same
    }
    columns |= {
        name: np.where(found == "shown", without_noise(each), np.nan)
        for name, each in zip(("value", "lower", "upper"), figures, strict=True)
    }
    at = np.repeat(np.arange(number), measures)
    repeated = {str(name): groups[name].array[at] for name in groups}
    return pd.DataFrame(
        repeated | {name: each.ravel() for name, each in columns.items()} | {"status": found.ravel()} | same
    )


def uncounted(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the counts and the confidence of groups without figures because a count is hidden or nobody is there."""
    columns = ["numerator", "denominator", "confidence"]
    return rows.assign(**{name: rows[name].where(rows["status"].isin(["shown", "undefined"])) for name in columns})


def explained(rows: pd.DataFrame, note: str) -> pd.DataFrame:
    """Complete ``method``: why a value has no limits, what intervals are about, and the note in a column of this name."""
    bare = rows["value"].notna() & rows["upper"].isna()
    why = np.where(
        rows["lower"].notna(), "no upper limit: the ratio is 0, and 0 has no logarithm", "no interval: nothing varies"
    )
    said = zip(np.where(bare, why, rows["method"]), rows[note], strict=True)
    return rows.assign(method=[words(method, SUPERPOPULATION, noted) for method, noted in said])


def checked_counts(table: pd.DataFrame, by: Sequence[str], whole: Mapping[str, bool], where: str) -> pd.DataFrame:
    """Check the counts of a table that is no count table (which of them are whole), and sort its rows."""
    require_columns(table, [*by, *whole, "synthetic", "source"], where=where)
    table = table if "status" in table else table.assign(status="shown")
    require_unique(table, by, where=where)
    check_statuses(table)
    for name, is_whole in whole.items():
        check_counts(table, [name], whole=is_whole, where=where)
    return ordered_categories(table, by).sort_values(list(by), ignore_index=True, kind="stable")


def status_of(rows: pd.DataFrame) -> str:
    """Give the status of the counts of a group together: the one that hides a count, no_population, or shown."""
    hidden = rows.loc[rows["status"].isin(HIDDEN), "status"]
    if len(hidden):
        return str(hidden.iloc[0])
    return "shown" if numbers(rows["population"]).sum() > 0 else "no_population"


def hidden_by(status: Sequence[str], other: str) -> list[str]:
    """Give the status of figures that rest on another group too: the own one, or that of the other when that hides it."""
    return [other if found == "shown" else found for found in status]


def sources(table: pd.DataFrame) -> str:
    """Join the sources of the rows of a table."""
    return "; ".join(map(str, table["source"].unique()))


def either_status(own: pd.Series, other: pd.Series) -> pd.Series:
    """Give the status of what is made of two figures: the own one, or that of the other when that hides it."""
    return own.where(own != "shown", other)


def both_sources(own: pd.Series, other: pd.Series) -> pd.Series:
    """Join the sources of two figures where they differ."""
    return own.where(own == other, own.astype(str) + "; " + other.astype(str))


def words(*parts: str) -> str:
    """Join the parts of a description that are not empty."""
    return "; ".join(filter(None, parts))


def check_numbers(*, confidence: float = 0.95, per: float = 1, rounding: float | None = None) -> None:
    """Raise when a confidence is not between 0 and 1, or a unit is not above 0."""
    faults = (
        ("confidence", confidence, "between 0 and 1, such as 0.95", 0 < confidence < 1),
        ("per", per, "above 0, such as 100", 0 < per < np.inf),
        ("rounding", rounding, "above 0, such as 5", rounding is None or 0 < rounding < np.inf),
    )
    for name, value, expected, right in faults:
        if not right:
            raise BereikError(f"`{name}` is {value!r}", f"a number {expected}", f"give `{name}` as such a number")


def check_known(kind: str, name: object, known: Collection[str], where: str = "") -> None:
    """Raise when a name is not one of those that are known."""
    if name not in known:
        raise UnknownNameError(kind, name, known, where=where)


def check_columns(**given: Sequence[str]) -> None:
    """Raise when columns are not named in lists of at least one name, or a name occurs twice."""
    names = [name for columns in given.values() for name in columns]
    if any(isinstance(columns, str) or not columns for columns in given.values()) or len(set(names)) < len(names):
        raise BereikError(
            " and ".join(f"{what}={columns!r}" for what, columns in given.items()),
            "two lists of column names without a name in common"
            if len(given) > 1
            else "a list of one or more column names",
            "name each column once, in a list of column names, as in by=['origin']",
        )
