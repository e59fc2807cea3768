"""Groups of youths over the bands of an ordered column (income, severity), for indices of inequality along it."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.estimates.workings.intervals import normal_quantile, numbers
from bereik.estimates.workings.limits import Hashed, Point, Resampling, cells_of, crude, figures, finished, group_status
from bereik.estimates.workings.parts import words
from bereik.tables import one_value, require_columns

_WHERE = "the count table"


def ordered_counts(
    counts: pd.DataFrame, by: Sequence[str], over: str, more: Sequence[str] = ()
) -> tuple[pd.DataFrame, Hashed]:
    """Check a count table with a column whose order is declared, and sort it by group and then by that column.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by`, `over` and `more`; combinations without youths may be missing.
    by : list of str
        The columns that make the groups.
    over : str
        A column of ordered categories or of numbers.
    more : list of str
        Other columns that tell the rows apart.

    Returns
    -------
    pandas.DataFrame and tuple or None
        The count table, and its hashed groups of persons; see `workings.limits.cells_of`.

    Raises
    ------
    BereikError
        When the order of `over` is not declared, or columns are named twice or not as a list.

    Examples
    --------
    >>> counts = pd.DataFrame({"region": "A", "income": [2, 1], "population": 50, "users": [5, 9],
    ...                        "synthetic": True, "source": "made up"})
    >>> ordered_counts(counts, ["region"], "income")[0]["users"].tolist()
    [9, 5]
    """
    if (
        not isinstance(over, str)
        or isinstance(by, str)
        or not by
        or isinstance(more, str)
        or len({*by, over, *more}) < len([*by, over, *more])
    ):
        raise BereikError(
            f"by={by!r}, over={over!r} and other columns {list(more)!r}",
            "by as a list of one or more columns, over as one column, none of them named twice",
            "name each column once",
        )
    require_columns(counts, [*by, over, *more], where=_WHERE)
    column, order = counts[over], None
    if pd.api.types.is_numeric_dtype(column):
        order = {over: sorted(column.dropna().unique())}
    elif not (isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered):
        raise BereikError(
            f"the column {over!r} holds {column.drop_duplicates().tolist()[:4]!r} without a declared order",
            "ordered categories, lowest first, or numbers",
            f"declare the order: count_table(..., order={{{over!r}: [...]}})",
        )
    if "origin_scheme" in counts:
        one_value(counts, "origin_scheme", where=_WHERE)
    return cells_of(counts, [*by, over, *more], order)


def index_rows(
    cells: tuple[pd.DataFrame, Hashed],
    by: Sequence[str],
    labels: list[dict[str, object]],
    point_of: Callable[[pd.DataFrame], Point],
    how: Resampling,
    error: Callable[[pd.DataFrame], np.ndarray] | None = None,
    *,
    logs: Sequence[int] = (),
    scale: np.ndarray | float = 1,
) -> pd.DataFrame:
    """Compute indices for each group and give them as a result table.

    Parameters
    ----------
    cells : pandas.DataFrame and tuple or None
        Made by `ordered_counts`.
    by : list of str
        The columns that make the groups.
    labels : list of dict
        What the row of each index says: ``measure``, ``per``, ``method``.
    point_of : function
        Gives, for the rows of a group, the function of users and population (..., cells) that computes the indices.
    how : Resampling
        How limits are asked for; with interval "delta", from the standard errors.
    error : function, optional
        Gives, for the rows of a group, the standard error of each index.
    logs : list of int
        The indices whose error is that of the logarithm.
    scale : array or float
        The indices and their limits are multiplied by this.

    Returns
    -------
    pandas.DataFrame
        A result table: the groups in order, and for each the indices.

    Examples
    --------
    >>> from bereik.estimates.workings.limits import resampling
    >>> counts = pd.DataFrame({"region": "A", "income": [1, 2], "population": 50, "users": [5, 9],
    ...                        "synthetic": True, "source": "made up"})
    >>> label = {"measure": "use_rate", "per": "100 youths", "method": ""}
    >>> def rate(part):
    ...     return lambda users, population: users.sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)
    >>> how = resampling(None, 0.95, 2000, 0)
    >>> cells = ordered_counts(counts, ["region"], "income")
    >>> index_rows(cells, ["region"], [label], rate, how, scale=100)["value"].round(6).tolist()
    [14.0]
    """
    table, hashed = cells
    if hashed is not None and how.interval == "delta":
        raise BereikError(
            "interval='delta' for counts with hashed groups of persons",
            "interval='bootstrap', since the delta method takes persons as independent",
            "use the bootstrap, or add up the groups when each person is counted once",
        )
    source = "; ".join(dict.fromkeys(table["source"].astype(str)))
    rows = []
    for group, part in _groups(table, by):
        about = group | {"synthetic": bool(part["synthetic"].iloc[0]), "source": source, "status": _status(part)}
        told = [about | label | {"method": words(str(label["method"]), how.words())} for label in labels]
        if about["status"] != "shown":
            rows += told
            continue
        users, population = numbers(part["users"]), numbers(part["population"])
        drawn = None if hashed is None else (hashed[0][:, part.index], hashed[1][:, part.index])
        point = point_of(part)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = point(users, population)
            if how.interval == "delta" and error is not None:
                lower, upper = _delta(values, error(part), logs, how.confidence)
            else:
                lower, upper = how.limits(point, users, population, weighted="weighted" in table, hashed=drawn)
        totals = crude(users, population)
        rows += figures([row | totals for row in told], scale * values, scale * lower, scale * upper, how)
    return finished(rows, table, by, [])


def _delta(
    values: np.ndarray, error: np.ndarray, logs: Sequence[int], confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give normal limits, on the log where asked for; none where the error is 0 (the counts then say nothing of it)."""
    half = normal_quantile(confidence) * np.where(error > 0, error, np.nan)
    lower, upper = values - half, values + half
    for at in logs:
        with np.errstate(over="ignore"):
            lower[at], upper[at] = values[at] * np.exp(-half[at]), values[at] * np.exp(half[at])
    upper = np.where(np.isinf(upper), np.nan, upper)  # no upper limit
    return lower, upper


def _groups(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, object], pd.DataFrame]]:
    for names, part in table.groupby(list(by), observed=True, sort=True):
        yield dict(zip(by, names, strict=True)), part


def _status(part: pd.DataFrame) -> str:
    return group_status(part.assign(_all=0), "_all")["0"]
