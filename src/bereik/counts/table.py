"""The count table, and the one check of it: what a table of counts is, is said here and nowhere else.

A count table has category columns, then its counts (`population` and `users`), then `status`, `synthetic` and `source`; a
hidden count is missing, never 0. Every estimator of counts begins with `as_counts`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns, check_order, is_total, ordered_categories, require_frame
from bereik.errors import InvalidTableError
from bereik.tables import (
    check_counts,
    check_provenance,
    numbers,
    one_value,
    refuse_rows,
    require_columns,
    require_numbers,
    require_unique,
)

USE = ("population", "users")
WEIGHTED = ("n_unweighted", "users_unweighted", "effective_population")
_BOUNDS = ("population_lower", "population_upper")


def as_counts(
    data: pd.DataFrame,
    by: Sequence[str],
    *,
    counts: Sequence[str] = USE,
    order: Mapping[str, Sequence[object]] | None = None,
    parts: Sequence[str] = (),
    where: str = "the count table",
) -> pd.DataFrame:
    """Check a table of counts and give it its fixed form: one row per combination of categories, in their order.

    Parameters
    ----------
    data : pandas.DataFrame
        One row per combination, with the columns of `by` and `counts`, ``synthetic`` (bool) and ``source`` (text: table id or
        file); ``status`` may be left out when every count is shown. A table with a column ``weighted`` that is True holds sums
        of survey weights: its counts need not be whole, and ``n_unweighted``, ``users_unweighted`` and
        ``effective_population`` (sum of weights squared over the sum of squared weights) must be there.
    by : list of str
        The category columns, coarsest first.
    counts : list of str
        The columns of counts: ``population`` and ``users``, of which the second is never above the first; or others, such as
        ``numerator`` and ``denominator``, without that rule.
    order : dict of list, optional
        The order of the categories per column; without it as declared in the data (an ordered categorical), ascending for
        numbers, or as they appear, which is no order: what depends on one (a gradient, the highest band) refuses it.
    parts : list of str
        Those of `by` whose categories share no youths, because they are added up or compared: no total among them.
    where : str
        What an error calls the table.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` (categoricals, ordered where an order is declared), `counts`, the bounds ``population_lower`` and
        ``population_upper`` when they are there, what a weighted table needs, ``status``, ``synthetic`` and ``source``; sorted
        by `by`.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a count is no number, negative, not whole, too large, missing without a status that says why, or above its
        population; when a combination occurs twice, two categories look the same, or one is the total of the others (of
        `parts`); when ``synthetic`` is not True or False or ``source`` says nothing; when the table is empty or no DataFrame.
    UnknownNameError
        When a status, or a category that `order` does not have, is unknown.
    IncomparableError
        When real and made-up rows are mixed.
    BereikError
        When `by` is no list of columns, each named once.

    Examples
    --------
    >>> data = pd.DataFrame({"origin": ["b", "a"], "population": [50, 100], "users": [5, 20],
    ...                      "synthetic": True, "source": "made up"})
    >>> as_counts(data, by=["origin"])[["origin", "population", "users", "status"]]
      origin  population  users status
    0      b          50      5  shown
    1      a         100     20  shown
    """
    check_columns(by=by)
    check_columns(by=by, counts=counts)
    check_columns(parts=parts or ["none"])
    check_order(order, by)
    require_columns(data, [*by, *parts, *counts, "synthetic", "source"], where=where)
    if data.empty:
        raise InvalidTableError(f"{where} has no rows", "at least one", "check the selection before this step")
    check_provenance(data, where=where)
    weighted = is_weighted(data)
    extra = [*(WEIGHTED if weighted else ()), *(name for name in _BOUNDS if name in data)]
    require_columns(data, extra, where=where)
    table = data if "status" in data else data.assign(status="shown")
    table = ordered_categories(table[[*by, *counts, *extra, "status", "synthetic", "source"]], by, order)
    require_unique(table, by, where=where)
    require_numbers(data, [*extra, *(name for name in ("rounded_to",) if name in data)])
    for name in counts:
        check_counts(table, [name], whole=not weighted, where=where)
    table = table.assign(**{name: pd.to_numeric(table[name]) for name in counts})
    if tuple(counts) == USE:
        more = {f"{where} has more users than population": (table["users"] > table["population"]).fillna(False)}
        todo = "check that both count the same youths in the same period (for forms beside each other use form_ratio)"
        refuse_rows(table, more, expected="users at most equal to population in every row", todo=todo)
    refuse_totals(table, parts, by, counts, where)
    table = table.sort_values(list(by), ignore_index=True, kind="stable")
    return table.assign(weighted=True) if weighted else table


def is_weighted(data: pd.DataFrame) -> bool:
    """Say whether counts are sums of survey weights."""
    where = "the count table"
    require_frame(data, where=where)
    weighted = "weighted" in data and one_value(data, "weighted", where=where)
    if not isinstance(weighted, bool | np.bool_):
        raise InvalidTableError(f"{where} has weighted {weighted!r}", "True or False", "correct the column")
    return bool(weighted)


def refuse_totals(
    table: pd.DataFrame, parts: Sequence[str], by: Sequence[str], counts: Sequence[str], where: str
) -> None:
    """Raise when a category is a total of the others: by its name, or as their sum in all counts, wherever they stand together.

    A sum says so in two blocks (the other categories fixed) of at least three rows with youths, or in one of five. By chance
    that is so in 1 of 20,000 made-up tables of two groups in three bands of 5 to 20 youths each, and in none of 10 to 100.
    """
    values = np.column_stack([numbers(table[name]) for name in counts])
    for column in parts:
        names, others = table[column].to_numpy(), [name for name in by if name != column]
        block = table.groupby(others, observed=True).ngroup().to_numpy() if others else np.zeros(len(table), dtype=int)
        sums = np.zeros((block.max() + 1, len(counts)))
        np.add.at(sums, block, values)
        filled = np.bincount(block, weights=values[:, 0] > 0)
        judged = (filled[block] > 2) & np.isfinite(sums[block]).all(axis=1)
        is_sum = pd.Series(np.isclose(2 * values, sums[block], rtol=1e-9).all(axis=1))[judged].groupby(names[judged])
        enough = len(np.unique(block[judged])) > 1 or filled.max() > 4
        totals = [name for name in table[column].unique() if is_total(name) and filled.max() > 1]
        found = [f"{name!r}, named as a total" for name in totals]
        found += [f"{name!r}, the sum of the others" for name, every in is_sum.all().items() if every and enough]
        if found:
            expected = "categories that share no youths, since they are added up or compared"
            todo = f"leave out its rows, as in table[table[{column!r}] != ...]; rename or merge a category that is no total"
            raise InvalidTableError(f"{where} has in {column!r} {found[0]}", expected, todo)
