"""Lays a count table out as groups by strata, and decides what to do with empty strata."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.counts.table import as_counts, is_weighted
from bereik.errors import BereikError, InvalidTableError
from bereik.rates.intervals import divide
from bereik.rates.results import check_columns, check_known, sources, words
from bereik.rates.workings.layout import numbered
from bereik.tables import HIDDEN, numbers, one_value

EMPTY = ("raise", "pool")
_WHERE = "the count table"


class Strata(NamedTuple):
    """Counts of every group in every stratum, as arrays with one row per group and one column per stratum."""

    groups: pd.DataFrame  # the columns of `by`, one row per group
    strata: pd.DataFrame  # the columns of `over`, one row per stratum
    users: np.ndarray
    population: np.ndarray
    size: np.ndarray  # effective population: equal to population unless the counts are weighted
    status: list[str]  # of each group: shown, no_population, or the status that hides one of its counts
    source: str
    synthetic: bool
    weighted: bool
    note: str  # what was pooled, in words; empty when nothing was
    hashed: tuple[np.ndarray, np.ndarray] | None = None  # users and population per hashed group of persons, if counted
    keys: tuple[object, ...] = ()  # the strata of the table: categories, or tuples of categories
    made_of: tuple[tuple[object, ...], ...] = ()  # of each stratum: its keys, several when it was pooled


def cross(
    counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], on_empty: str = "raise", hashed: bool = False
) -> Strata:
    """Lay a count table out as groups by strata.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over` (severity, age, ...), ``population`` and ``users``.
    by : list of str
        The columns that make the groups that are compared.
    over : list of str
        The columns that make the strata; ordered categories, lowest first.
    on_empty : {"raise", "pool"}
        What to do when a group has no population in a stratum: refuse and list them; or merge the stratum with the one
        below it (one column in `over` only; the lowest with the one above) for all groups.
    hashed : bool
        A column ``group`` that is in neither `by` nor `over` holds hashed groups of persons: add them up, and keep them
        for `strata_limits`. Only for an estimator that draws them, since others would take persons as independent.

    Returns
    -------
    Strata
        The counts; a missing combination is an empty stratum. ``note`` says what was pooled. A group with a
        hidden count, or without any population, says so in ``status``, has NaN counts and takes no part.

    Raises
    ------
    InvalidTableError
        When strata are empty and `on_empty` is ``"raise"``, or one is left.
    UnknownNameError
        When `on_empty` is unknown.
    BereikError
        When several columns are to be pooled, or `by` or `over` is empty or they overlap.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> cross(counts, by=["origin"], over=["severity"]).population.tolist()
    [[90.0, 10.0], [50.0, 50.0]]
    """
    check_known("way to handle empty strata", on_empty, EMPTY)
    check_columns(by=by, over=over)
    names = [*by, *over]
    hashed = hashed and "group" in counts and "group" not in names
    weighted = is_weighted(counts)
    table = as_counts(counts, by=[*names, "group"] if hashed else names)
    synthetic = bool(one_value(table, "synthetic", where=_WHERE))
    (row, groups), (column, strata) = numbered(table, by), numbered(table, over)
    part, labels = numbered(table, ["group"]) if hashed else (np.zeros(len(table), dtype=int), ["all"])
    users, population, spread = (np.zeros((len(labels), len(groups), len(strata))) for _ in range(3))
    users[part, row, column], population[part, row, column] = numbers(table["users"]), numbers(table["population"])
    size = population.sum(axis=0)
    if weighted:  # the sum of squared weights adds up over hashed groups, the effective population does not
        effective = numbers(table["effective_population"])
        spread[part, row, column] = divide(numbers(table["population"]) ** 2, effective, effective > 0)
        size = size**2 / np.where(size > 0, spread.sum(axis=0), 1)
    status = _status_of_groups(table, row, size)
    for values in (users, population, size):
        values[..., [found != "shown" for found in status], :] = np.nan  # a group with a hidden count takes no part
    keys = tuple(key if len(key) > 1 else key[0] for key in strata.itertuples(index=False, name=None))
    laid_out = Strata(
        groups, strata, users.sum(axis=0), population.sum(axis=0), size, status, sources(table), synthetic, weighted, "",
        (users, population) if hashed else None, keys, tuple((key,) for key in keys),
    )  # fmt: skip
    return _without_empty(laid_out, on_empty)


def _status_of_groups(table: pd.DataFrame, row: np.ndarray, size: np.ndarray) -> list[str]:
    """Give the status that hides a count of the group, no_population when there is none at all, else shown."""
    status = np.where(size.sum(axis=1) == 0, "no_population", "shown").tolist()
    if "status" in table:
        hidden = table["status"].isin(HIDDEN).to_numpy()
        for at, found in zip(row[hidden], table["status"].to_numpy()[hidden], strict=True):
            status[at] = str(found)
    return status


def _without_empty(laid_out: Strata, on_empty: str) -> Strata:
    known = np.array([status == "shown" for status in laid_out.status])
    empty = (laid_out.size == 0) & known[:, None]
    while empty.any() and on_empty == "pool" and empty.shape[1] > 1:
        laid_out = _merged(laid_out, int(np.flatnonzero(empty.any(axis=0))[0]))
        empty = (laid_out.size == 0) & known[:, None]
    if empty.any():
        listed = [
            f"{', '.join(map(str, laid_out.groups.iloc[row]))} in {', '.join(map(str, laid_out.strata.iloc[column]))}"
            for row, column in np.argwhere(empty)
        ]
        raise InvalidTableError(
            f"{len(listed)} strata without population: {'; '.join(listed[:6])}",
            "a population in every stratum of every group, since a rate per stratum is needed",
            "merge bands beforehand (some estimators do, with on_empty='pool'), or leave the group out",
        )
    return laid_out


def _merged(laid_out: Strata, at: int) -> Strata:
    """Merge an empty stratum with the one below it; the lowest with the one above."""
    if laid_out.strata.shape[1] > 1:
        raise BereikError(
            f"pooling over {list(laid_out.strata.columns)}", "one ordered column", "merge bands beforehand"
        )
    low = max(at - 1, 0)
    column = laid_out.strata.columns[0]
    names = laid_out.strata[column].astype(str).tolist()
    names[low : low + 2] = [f"{names[low]} + {names[low + 1]}"]
    made_of = list(laid_out.made_of)
    made_of[low : low + 2] = [made_of[low] + made_of[low + 1]]

    def add(values: np.ndarray) -> np.ndarray:
        summed = values.copy()
        summed[..., low] += summed[..., low + 1]
        return np.delete(summed, low + 1, axis=-1)

    return laid_out._replace(
        users=add(laid_out.users), population=add(laid_out.population), size=add(laid_out.size),
        hashed=laid_out.hashed and (add(laid_out.hashed[0]), add(laid_out.hashed[1])), made_of=tuple(made_of),
        strata=pd.DataFrame({column: pd.Categorical(names, categories=names, ordered=True)}),
        note=words(laid_out.note, f"pooled {names[low]}"),
    )  # fmt: skip
