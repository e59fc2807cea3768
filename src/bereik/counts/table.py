"""The count table, and the one check of it: what a table of counts is, is said here and nowhere else.

A count table has category columns, then its counts (`population` and `users`), then `status`, `synthetic` and `source`; a
hidden count is missing, never 0. Every estimator of counts begins with `as_counts`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.tables import check_counts, one_value, ordered_categories, refuse_rows, require_columns, require_unique

USE = ("population", "users")
WEIGHTED = ("n_unweighted", "users_unweighted", "effective_population")
_BOUNDS = ("population_lower", "population_upper")


def as_counts(
    data: pd.DataFrame,
    by: Sequence[str],
    *,
    counts: Sequence[str] = USE,
    fractional: Sequence[str] = (),
    order: Mapping[str, Sequence[object]] | None = None,
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
    fractional : list of str
        Those of `counts` that need not be whole, for example youth-years or expected users.
    order : dict of list, optional
        The order of the categories per column; without it as declared in the data, or the order of appearance (never
        alphabetical).
    where : str
        What an error calls the table.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` (ordered categoricals), `counts`, the bounds ``population_lower`` and ``population_upper`` when
        they are there, what a weighted table needs, ``status``, ``synthetic`` and ``source``; sorted by `by`.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a count is no number, negative, not whole, missing without a status that says why, or above its population; when
        a combination occurs twice; when ``synthetic`` or ``source`` says nothing; when the table is empty.
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
    if isinstance(by, str) or not by or len({*by, *counts}) < len(by) + len(counts):
        raise BereikError(f"by={by!r}", "a list of one or more column names, each once", "as in by=['origin']")
    require_columns(data, [*by, *counts, "synthetic", "source"], where=where)
    if data.empty:
        raise InvalidTableError(f"{where} has no rows", "at least one", "check the selection before this step")
    weighted = is_weighted(data)
    extra = [*(WEIGHTED if weighted else ()), *(name for name in _BOUNDS if name in data)]
    require_columns(data, extra, where=where)
    table = data if "status" in data else data.assign(status="shown")
    table = ordered_categories(table[[*by, *counts, *extra, "status", "synthetic", "source"]], by, order)
    require_unique(table, by, where=where)
    _check_provenance(table, where)
    for name in counts:
        check_counts(table, [name], whole=not (weighted or name in fractional), where=where)
    table = table.assign(**{name: pd.to_numeric(table[name]) for name in counts})
    if tuple(counts) == USE:
        more = {f"{where} has more users than population": (table["users"] > table["population"]).fillna(False)}
        todo = "check that both count the same youths in the same period (for forms beside each other use form_ratio)"
        refuse_rows(table, more, expected="users at most equal to population in every row", todo=todo)
    table = table.sort_values(list(by), ignore_index=True, kind="stable")
    return table.assign(weighted=True) if weighted else table


def is_weighted(data: pd.DataFrame) -> bool:
    """Say whether counts are sums of survey weights."""
    return "weighted" in data and bool(one_value(data, "weighted", where="the count table"))


def _check_provenance(table: pd.DataFrame, where: str) -> None:
    """Raise when `synthetic` is not one True or False, or `source` no text."""
    synthetic, sources = one_value(table, "synthetic", where=where), table["source"].unique()
    named = all(isinstance(text, str) and text.strip() for text in sources)
    if not (named and isinstance(synthetic, bool | np.bool_)):
        problem = f"{where} has synthetic {synthetic!r} and source {sources[0]!r}"
        expected = "True or False, and a text that says where the counts come from"
        raise InvalidTableError(problem, expected, "correct the two columns")
