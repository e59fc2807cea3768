"""The minimum protection of counts of persons: small cells are hidden, and enough others that they cannot be computed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.small_cells import FEWEST, is_small
from bereik.suppress.hiding import Hiding, hidden_cells
from bereik.suppress.lines import SIZE, TOTAL, USERS, lines_of, totals_over
from bereik.tables import HIDDEN, require_columns, require_unique

__all__ = ["protect"]

Keys = set[tuple[object, ...]]

_WHERE = "the table to protect"
_NUMBERS = (
    "population", "users", "population_lower", "population_upper", "n_unweighted", "users_unweighted",
    "effective_population", "value", "lower", "upper", "lower_rounding", "upper_rounding", "numerator", "denominator",
)  # fmt: skip


def protect(table: pd.DataFrame, *, by: Sequence[str], minimum: int = FEWEST, margins: bool = True) -> pd.DataFrame:
    """Hide the cells of fewer than 10 youths, users or non-users, and others from which these could be computed.

    Parameters
    ----------
    table : pandas.DataFrame
        A count table, or a result table whose ``numerator`` are users and ``denominator`` youths.
    by : list of str
        The category columns; together they identify each row. They make the lines that add up, except ``form``: forms of
        care overlap, so each form is a table of its own. A category ``total``, or an origin that contains others (*met een
        niet-westerse migratieachtergrond*), is the total of its line.
    minimum : int
        The fewest youths, users and non-users in a cell that is shown.
    margins : bool
        The reader also knows totals that are not in the table. With False only totals in the table are reckoned with.

    Returns
    -------
    pandas.DataFrame
        The same rows. ``status`` is ``suppressed`` for a small cell (0 users as well: that nobody uses care says it of
        each) and ``complementary`` for one that is hidden to protect it; all numbers of both are missing. A cell without
        youths keeps its 0 and has status ``no_population``.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, or a combination occurs twice.
    BereikError
        When the minimum is not 1 or more.

    Notes
    -----
    After it nobody who has the table, the totals of its lines and the number of youths in cells of 10 or more can compute
    a hidden number of users exactly, or prove that it, or the number of non-users, is below 10; see
    `bereik.suppress.hiding.hidden_cells`. A total that is itself small, or that equals one hidden cell, is taken as
    hidden: publish totals only as rows ``total`` of the same table. Tables that were protected one by one can still be
    compared with one another: this is the minimum for one table, not a check of everything that is published.
    Minimum: the rule of thumb of 10 of the ESSnet guidelines for output checking (Brandt et al. 2010).

    Examples
    --------
    >>> counts = pd.DataFrame({"sex": ["boys", "girls", "boys", "girls"], "age": ["4-11", "4-11", "12-17", "12-17"],
    ...                        "population": 90, "users": [4, 20, 30, 40], "synthetic": True, "source": "made up"})
    >>> protect(counts, by=["sex", "age"], margins=False)[["users", "status"]]
       users      status
    0   <NA>  suppressed
    1     20       shown
    2     30       shown
    3     40       shown
    >>> protect(counts, by=["sex", "age"])["status"].tolist()
    ['suppressed', 'complementary', 'complementary', 'complementary']
    """
    columns = [
        pair for pair in (("n_unweighted", "users_unweighted"), ("population", "users")) if set(pair) <= set(table)
    ]
    size, users = columns[0] if columns else ("denominator", "numerator")
    require_columns(table, [*by, size, users], where=_WHERE)
    require_unique(table, by, where=_WHERE)
    if isinstance(minimum, bool) or not isinstance(minimum, (int, np.integer)) or minimum < 1:
        raise BereikError(f"minimum={minimum!r}", "a whole number of 1 or more", f"use the default, {FEWEST}")
    cells = table[list(by)].reset_index(drop=True)
    for name, column in ((SIZE, size), (USERS, users)):
        cells[name] = pd.to_numeric(table[column]).to_numpy(dtype="float64", na_value=np.nan)
    small = is_small(cells[SIZE].to_numpy(), cells[USERS].to_numpy(), minimum)
    hidden = _hidden(cells, [name for name in by if name != "form"], minimum, margins)
    status = table.get("status", pd.Series("shown", index=table.index)).to_numpy(dtype=object)
    free = ~np.isin(status.astype(str), HIDDEN)
    status = np.where(free & hidden, np.where(small, "suppressed", "complementary"), status)
    status = np.where(free & (cells[SIZE] == 0).to_numpy(), "no_population", status)
    return with_status(table, status)


def with_status(table: pd.DataFrame, status: np.ndarray) -> pd.DataFrame:
    """Give rows a status; the numbers of those that it hides become missing."""
    hidden = np.isin(status.astype(str), HIDDEN)
    result = table.assign(status=status)
    for name in _NUMBERS:
        if name in result and hidden.any():
            whole = pd.api.types.is_integer_dtype(result[name])
            result[name] = result[name].astype("Int64" if whole else result[name].dtype).mask(hidden)
    return result


def _hidden(cells: pd.DataFrame, by: list[str], minimum: int, margins: bool) -> np.ndarray:
    """Find the cells to hide: first for their youths, in all forms of care at once; then for users, form by form."""
    if not by:
        return np.asarray(is_small(cells[SIZE].to_numpy(), cells[USERS].to_numpy(), minimum))
    fewest = cells.groupby(by, sort=False, observed=True)[SIZE].min().reset_index()
    few = _hidden_keys(fewest.assign(**{USERS: np.nan}), by, minimum, margins, set())
    result = np.zeros(len(cells), dtype=bool)
    forms = cells["form"].astype(str) if "form" in cells else pd.Series("", index=cells.index)
    for rows in cells.groupby(forms, sort=False).indices.values():
        found = _hidden_keys(cells.iloc[rows], by, minimum, margins, few)
        result[rows] = [key in found for key in cells.iloc[rows][by].itertuples(index=False, name=None)]
    return result


def _hidden_keys(cells: pd.DataFrame, by: list[str], minimum: int, margins: bool, few: Keys) -> Keys:
    """Find the cells and totals to hide of one form; of youths when the users are missing.

    Totals that are not in the table are a table of their own, with fewer dimensions: what is hidden there is hidden here.
    """
    found: Keys = set()
    for at, name in enumerate(by if margins and len(by) > 1 else []):
        totals = totals_over(cells, by, name)
        if totals is not None:
            below = {(*key[:at], *key[at + 1 :]) for key in few if key[at] == TOTAL}
            above = _hidden_keys(totals, [other for other in by if other != name], minimum, margins, below)
            found |= {(*key[:at], TOTAL, *key[at:]) for key in above}
    lines = lines_of(cells, by, margins=margins)
    of_youths = bool(np.isnan(lines.users).all())
    values = lines.size if of_youths else lines.users
    own = lines.size < minimum if of_youths else is_small(lines.size, lines.users, minimum)
    given = np.array([key in found or key in few for key in lines.keys])
    hiding = Hiding(
        small=own & (lines.size > 0),
        given=given,
        closed=np.arange(len(values)) >= len(cells),
        most=np.full(len(values), np.inf) if of_youths else lines.size,
        minimum=minimum,
    )
    return {key for key, hide in zip(lines.keys, hidden_cells(lines, values, hiding), strict=True) if hide}
