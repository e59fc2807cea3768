"""Groups of youths over the bands of an ordered column (income, severity), for indices of inequality along it."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.estimates.workings.delta import Limits, normal_limits, ratio_limits
from bereik.estimates.workings.intervals import numbers
from bereik.estimates.workings.limits import Hashed, Interval, cells_of, hashed_cells
from bereik.estimates.workings.replicates import Point
from bereik.estimates.workings.rows import Figures, result_rows, sources, status_of, uncounted, words
from bereik.tables import one_value, require_columns, result_table

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
    lists = not isinstance(by, str) and not isinstance(more, str) and isinstance(over, str)
    if not lists or not by or len({*by, over, *more}) < len([*by, over, *more]):
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
    how: Interval,
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
    how : Interval
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
    >>> counts = pd.DataFrame({"region": "A", "income": [1, 2], "population": 50, "users": [5, 9],
    ...                        "synthetic": True, "source": "made up"})
    >>> label = {"measure": "use_rate", "per": "100 youths", "method": ""}
    >>> def rate(part):
    ...     return lambda users, population: users.sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)
    >>> how = Interval(None, 0.95, 2000, 0)
    >>> cells = ordered_counts(counts, ["region"], "income")
    >>> index_rows(cells, ["region"], [label], rate, how, scale=100)["value"].round(6).tolist()
    [14.0]
    """
    table, hashed = cells
    if hashed is not None and how.kind == "delta":
        raise BereikError(
            "interval='delta' for counts with hashed groups of persons",
            "interval='bootstrap', since the delta method takes persons as independent",
            "use the bootstrap, or add up the groups when each person is counted once",
        )

    def figures_of(part: pd.DataFrame, status: str) -> Figures:
        none = np.full(len(labels), np.nan)
        if status != "shown":
            return none, none, none
        point, users, population = point_of(part), numbers(part["users"]), numbers(part["population"])
        with np.errstate(divide="ignore", invalid="ignore"):
            values = point(users, population)
            if how.kind == "delta" and error is not None:
                return values, *_delta(values, error(part) ** 2, logs, how.confidence)
            drawn = hashed_cells(hashed, part.index)
            return values, *how.drawn(point, users, population, drawn, weighted="weighted" in table)

    parts = [part for _, part in table.groupby(list(by), observed=True, sort=True)]
    status = [status_of(part) for part in parts]
    found = zip(*(figures_of(part, one) for part, one in zip(parts, status, strict=True)), strict=True)
    value, lower, upper = (scale * np.array(each) for each in found)
    counted = {
        name: np.array([numbers(part[column]).sum() for part in parts])
        for name, column in (("numerator", "users"), ("denominator", "population"))
    }
    told = [label | counted | {"method": words(str(label["method"]), how.words())} for label in labels]
    rows = result_rows(
        pd.concat([part[list(by)].iloc[:1] for part in parts]), told, (value, lower, upper), status,
        confidence=how.confidence if how.kind else np.nan, synthetic=bool(table["synthetic"].iloc[0]), source=sources(table),
    )  # fmt: skip
    return result_table(uncounted(rows), by)


def _delta(values: np.ndarray, variance: np.ndarray, logs: Sequence[int], confidence: float) -> Limits:
    """Give normal limits, on the log where asked for; none where the variance is 0 (the counts then say nothing of it)."""
    lower, upper = normal_limits(values, variance, confidence)
    for at in logs:
        lower[at], upper[at] = ratio_limits(values[at], variance[at], confidence)
    return lower, upper
