"""Splits a count table into parts in which groups are compared with one reference, for example one part per form of care."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.estimates.resample import check_poolable
from bereik.estimates.workings.comparable import separate_groups
from bereik.estimates.workings.strata import EMPTY, Strata, cross
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
    hashed: bool = False,
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
    on_empty : {"raise", "pool", "drop"}
        See `cross`; decided in each part by itself.
    hashed : bool
        Keep hashed groups of persons, see `cross`.

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
    parts = lay_out(compared_rows(counts, by, relative_to), by=by, over=over, on_empty=on_empty, hashed=hashed)
    return [_comparison(part, by[-1], relative_to) for part in parts]


def compared_rows(counts: pd.DataFrame, by: Sequence[str], relative_to: object) -> pd.DataFrame:
    """Keep the rows of the reference and of the groups that share no youths with it; refuse an unknown reference."""
    if isinstance(by, str) or not by:
        raise BereikError(f"by={by!r}", "a list of one or more column names", "name the columns, as in by=['origin']")
    require_columns(counts, by, where=_WHERE)
    names = counts[by[-1]].astype(str)
    if str(relative_to) not in set(names):
        raise UnknownNameError(by[-1], relative_to, list(dict.fromkeys(names)), where=_WHERE)
    about = counts[["origin_scheme"]] if "origin_scheme" in counts else pd.DataFrame(index=counts.index)
    separate = separate_groups(about.assign(**{by[-1]: names}), by[-1], str(relative_to))
    # a total contains every group also where the codes are the reader's own
    kept = [name for name in separate if "total" not in (name, str(relative_to))]
    if not kept:
        raise IncomparableError(
            f"no {by[-1]} can be compared with {relative_to!r}, since one contains the other",
            "a reference and at least one other group that share no youths",
            "choose another reference, or add the groups to compare",
        )
    return counts[names.isin([*kept, str(relative_to)])]


def lay_out(
    counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], on_empty: str = "raise", hashed: bool = False
) -> list[Strata]:
    """Lay out each combination of all but the last column of `by` as groups by strata."""
    if isinstance(by, str) or isinstance(over, str) or not by or on_empty not in EMPTY:
        return [cross(counts, by=by, over=over, on_empty=on_empty)]  # says what is wrong
    require_columns(counts, [*by, *over, "source"], where=_WHERE)
    table, leading = ordered_categories(counts, [*by, *over]), list(by[:-1])
    if not leading:
        return [cross(table, by=by, over=over, on_empty=on_empty, hashed=hashed)]
    kept = hashed and "group" in table and "group" not in (*by, *over)
    require_unique(table, [*by, *over, *(["group"] if kept else [])], where=_WHERE)
    if len(table["source"].unique()) == 1 and not kept:
        try:  # all parts have the same strata, none empty: one pass is much faster than one pass a part
            return _split(cross(table, by=by, over=over), leading)
        except InvalidTableError:
            pass
    groups = table.groupby(leading, observed=True, sort=True)
    return [cross(part, by=by, over=over, on_empty=on_empty, hashed=hashed) for _, part in groups]


def check_independent(counts: pd.DataFrame, by: Sequence[str], interval: str, assume_independent: bool) -> None:
    """Raise when several periods are taken together as if they had other persons, see `check_poolable`."""
    if "period" not in by:
        hashed = "group" in counts and interval == "bootstrap"  # formulas take no account of the same person twice
        check_poolable(
            counts if hashed else counts.drop(columns="group", errors="ignore"), assume_independent=assume_independent
        )


def words(*parts: str) -> str:
    """Join the parts of a description that are not empty."""
    return "; ".join(filter(None, parts))


def bootstrap_words(replicates: int, seed: int) -> str:
    """Describe the bootstrap for the column ``method``."""
    return f"bootstrap of counts, {replicates} replicates, seed {seed}, percentiles"


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
    is_reference = (part.groups[column].astype(str) == str(relative_to)).to_numpy()
    if is_reference.sum() != 1 or len(is_reference) < 2:
        leading = [f"{name} {part.groups[name].iloc[0]}" for name in part.groups.columns[:-1]]
        raise InvalidTableError(
            f"{', '.join(leading) or _WHERE} has {column} {part.groups[column].astype(str).tolist()!r}",
            f"the reference {relative_to!r} and at least one other {column} in every part",
            "add the missing rows, or leave the part out",
        )
    reference = int(np.flatnonzero(is_reference)[0])
    compared = np.flatnonzero(~is_reference)
    hidden = part.status[reference]
    status = [hidden if part.status[row] == "shown" else part.status[row] for row in compared]
    return Comparison(part, reference, compared, status)
