"""Splits a count table into parts in which groups are compared with one reference, for example one part per form of care."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError
from bereik.rates.results import check_columns, check_known, hidden_by
from bereik.rates.workings.comparable import separate_groups
from bereik.rates.workings.strata import EMPTY, Strata, cross
from bereik.tables import ordered_categories, require_columns, require_unique

_WHERE = "the count table"


class Comparison(NamedTuple):
    """One part of a count table: its counts, the row of the reference and the rows of the groups compared with it."""

    strata: Strata
    reference: int
    compared: np.ndarray
    status: list[str]  # of each comparison: shown, or the status that hides the group or the reference


def comparisons(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: object,
    on_empty: str = "raise",
) -> list[Comparison]:
    """Lay out each part of a count table, and find the reference and the groups that are compared with it.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others is a part.
    over : list of str
        The columns that make the strata.
    relative_to : object
        The reference group in the last column of `by`.
    on_empty : {"raise", "pool"}
        See `cross`; decided in each part by itself.

    Returns
    -------
    list of Comparison
        In the order of the categories. A group that contains the reference, or is part of it, takes no part at all.

    Raises
    ------
    UnknownNameError
        When the reference is no category of the last column.
    IncomparableError
        When no group is separate from the reference.
    InvalidTableError
        When a part has no rows of the reference, or no other group.

    Examples
    --------
    >>> counts = pd.DataFrame({"form": ["help", "help", "stay", "stay"], "origin": ["a", "b"] * 2, "age": 12,
    ...                        "population": 50, "users": [5, 9, 1, 2], "synthetic": True, "source": "made up"})
    >>> [part.strata.users.ravel().tolist()
    ...  for part in comparisons(counts, by=["form", "origin"], over=["age"], relative_to="a")]
    [[5.0, 9.0], [1.0, 2.0]]
    """
    parts = lay_out(compared_rows(counts, by, relative_to), by=by, over=over, on_empty=on_empty)
    return [_comparison(part, by[-1], relative_to) for part in parts]


def compared_rows(counts: pd.DataFrame, by: Sequence[str], relative_to: object) -> pd.DataFrame:
    """Keep the rows of the reference and of the groups that share no youths with it; refuse an unknown reference."""
    check_columns(by=by)
    require_columns(counts, by, where=_WHERE)
    names = counts[by[-1]].astype(str)
    separate = separate_groups(counts.assign(**{by[-1]: names}), by[-1], str(relative_to), where=_WHERE)
    return counts[names.isin([*separate, str(relative_to)])]


def parts_of(table: pd.DataFrame, by: Sequence[str]) -> list[pd.DataFrame]:
    """Split a table by all but the last column of `by`; the whole table when that is the only one."""
    leading = list(by[:-1])
    return [part for _, part in table.groupby(leading, observed=True, sort=True)] if leading else [table]


def check_reference(names: Sequence[str], column: str, relative_to: object, where: str) -> None:
    """Raise when a part of a table has no reference, or no other group."""
    if str(relative_to) not in names or len(names) < 2:
        raise InvalidTableError(
            f"{where} has {column} {list(names)!r}",
            f"the reference {relative_to!r} and at least one other {column} in every part",
            "add the missing rows, or leave the part out",
        )


def lay_out(counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], on_empty: str = "raise") -> list[Strata]:
    """Lay out each combination of all but the last column of `by` as groups by strata."""
    check_columns(by=by, over=over)
    check_known("way to handle empty strata", on_empty, EMPTY)
    leading = list(by[:-1])
    if not leading or counts.empty:
        return [cross(counts, by=by, over=over, on_empty=on_empty, hashed=True)]
    require_columns(counts, [*by, *over, "source"], where=_WHERE)
    table = ordered_categories(counts, [*by, *over])
    kept = "group" in table and "group" not in (*by, *over)
    require_unique(table, [*by, *over, *(["group"] if kept else [])], where=_WHERE)
    if len(table["source"].unique()) == 1 and not kept:
        try:  # all parts have the same strata, none empty: one pass is much faster than one pass a part
            return _split(cross(table, by=by, over=over), leading)
        except InvalidTableError:
            pass
    return [cross(part, by=by, over=over, on_empty=on_empty, hashed=True) for part in parts_of(table, by)]


def _split(whole: Strata, leading: list[str]) -> list[Strata]:
    number = whole.groups.groupby(leading, observed=True, sort=True).ngroup().to_numpy()
    return [
        whole._replace(
            groups=whole.groups.iloc[rows].reset_index(drop=True),
            users=whole.users[rows],
            population=whole.population[rows],
            size=whole.size[rows],
            status=[whole.status[row] for row in rows],
        )
        for rows in (np.flatnonzero(number == part) for part in range(number.max() + 1))
    ]


def _comparison(part: Strata, column: str, relative_to: object) -> Comparison:
    names = part.groups[column].astype(str).tolist()
    leading = [f"{name} {part.groups[name].iloc[0]}" for name in part.groups.columns[:-1]]
    check_reference(names, column, relative_to, where=", ".join(leading) or _WHERE)
    reference = names.index(str(relative_to))
    compared = np.delete(np.arange(len(names)), reference)
    status = hidden_by([part.status[row] for row in compared], part.status[reference])
    return Comparison(part, reference, compared, status)
