"""Lays a count table out as groups by strata, decides what to do with empty strata, and gives the weights of a standard."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.estimates.intervals import numbers
from bereik.tables import HIDDEN, count_table, one_value

STANDARDS = ("pooled", "pair_mean", "reference")
EMPTY = ("raise", "pool", "drop")


class Strata(NamedTuple):
    """Counts of every group in every stratum, as arrays with one row per group and one column per stratum."""

    groups: pd.DataFrame  # the columns of `by`, one row per group
    strata: pd.DataFrame  # the columns of `over`, one row per stratum
    users: np.ndarray
    population: np.ndarray
    size: np.ndarray  # effective population: equal to population unless the counts are weighted
    status: list[str]  # of each group: shown, or the status that hides one of its counts
    source: str
    synthetic: bool
    weighted: bool
    note: str  # what was pooled or dropped, in words; empty when nothing was


def cross(counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], on_empty: str = "raise") -> Strata:
    """Lay a count table out as groups by strata.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over` (severity, age, ...), ``population`` and ``users``.
    by : list of str
        The columns that make the groups that are compared.
    over : list of str
        The columns that make the strata; ordered categories, lowest first.
    on_empty : {"raise", "pool", "drop"}
        What to do when a group has no population in a stratum: refuse and list them; merge the stratum with the one
        below it (one column in `over` only; the lowest with the one above) for all groups; or leave the stratum out for
        all groups.

    Returns
    -------
    Strata
        The counts; a missing combination is an empty stratum. ``note`` says what was pooled or dropped.

    Raises
    ------
    InvalidTableError
        When strata are empty and `on_empty` is ``"raise"``, or none is left.
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
    if on_empty not in EMPTY:
        raise UnknownNameError("way to handle empty strata", on_empty, EMPTY)
    if isinstance(by, str) or isinstance(over, str) or not by or not over or set(by) & set(over):
        raise BereikError(
            f"by={by!r} and over={over!r}", "two lists of column names without a name in common", "name the columns"
        )
    weighted = "weighted" in counts and bool(one_value(counts, "weighted", where="the count table"))
    table = count_table(counts, by=[*by, *over], weighted=weighted)
    synthetic = bool(one_value(table, "synthetic", where="the count table"))
    groups = table[list(by)].drop_duplicates(ignore_index=True)
    strata = table[list(over)].drop_duplicates().sort_values(list(over), ignore_index=True)
    row = groups.assign(_row=range(len(groups))).merge(table, on=list(by), how="right")["_row"].to_numpy()
    column = strata.assign(_column=range(len(strata))).merge(table, on=list(over), how="right")["_column"].to_numpy()
    users, population, size = (np.zeros((len(groups), len(strata))) for _ in range(3))
    users[row, column] = numbers(table["users"])
    population[row, column] = numbers(table["population"])
    size[row, column] = numbers(table["effective_population" if weighted else "population"])
    hidden = table["status"].where(table["status"].isin(HIDDEN))
    status = ["shown"] * len(groups)
    for at, found in zip(row, hidden, strict=True):
        status[at] = found if isinstance(found, str) else status[at]
    hidden_rows = np.array([found != "shown" for found in status])
    for values in (users, population, size):
        values[hidden_rows] = np.nan  # a group with a hidden count takes no part
    source = "; ".join(dict.fromkeys(table["source"].astype(str)))
    laid_out = Strata(groups, strata, users, population, size, status, source, synthetic, weighted, "")
    return _without_empty(laid_out, on_empty)


def standard_weights(
    strata: Strata, standard: str | Mapping[object, float], relative_to: int | None = None
) -> tuple[np.ndarray, str]:
    """Give the weight of each stratum (they add up to 1) and the name of the standard.

    Parameters
    ----------
    strata : Strata
        The counts.
    standard : {"pooled", "pair_mean", "reference"} or dict
        The distribution over the strata: of all groups together; the mean of each group's and the reference's (a
        weight per group: one row per group); of the reference; or given, a weight per stratum, keyed by its category
        (a tuple of categories when `over` has several columns).
    relative_to : int, optional
        Row of the reference group; needed for ``"pair_mean"`` and ``"reference"``.

    Returns
    -------
    tuple of numpy.ndarray and str
        Weights, one per stratum (``pair_mean``: groups by strata), and the name of the standard in words.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> standard_weights(cross(counts, by=["origin"], over=["severity"]), "pooled")[0].tolist()
    [0.7, 0.3]
    """
    if isinstance(standard, Mapping):
        return _given_weights(strata, standard), "given"
    if standard not in STANDARDS:
        raise UnknownNameError("standard", standard, STANDARDS)
    return weights_of(strata.population, standard, relative_to), _words(strata, standard, relative_to)


def weights_of(population: np.ndarray, standard: str, relative_to: int | None = None) -> np.ndarray:
    """Give the weights of a named standard from arrays (..., groups, strata), vectorised over leading axes."""
    if standard == "pooled":
        total = np.nansum(population, axis=-2)  # groups with a hidden count are missing
        return np.asarray(total / total.sum(axis=-1, keepdims=True))
    if relative_to is None:
        raise BereikError(
            f"the standard {standard!r} without a reference group", "relative_to", "name the reference group"
        )
    share = population / population.sum(axis=-1, keepdims=True)
    reference = share[..., relative_to, :]
    return np.asarray(reference if standard == "reference" else (share + reference[..., None, :]) / 2)


def _words(strata: Strata, standard: str, relative_to: int | None) -> str:
    if relative_to is None or standard == "pooled":
        return "pooled distribution of all groups in the table"
    name = ", ".join(str(value) for value in strata.groups.iloc[relative_to])
    return (
        f"distribution of {name}" if standard == "reference" else f"mean of the group's distribution and that of {name}"
    )


def _given_weights(strata: Strata, standard: Mapping[object, float]) -> np.ndarray:
    keys = [row if len(row) > 1 else row[0] for row in strata.strata.itertuples(index=False, name=None)]
    missing, strange = [key for key in keys if key not in standard], [key for key in standard if key not in keys]
    weights = np.array([float(standard.get(key, np.nan)) for key in keys])
    if missing or strange or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise InvalidTableError(
            f"a standard with weights {dict(standard)!r}",
            f"a weight of 0 or more for each of {keys!r} and no other, not all 0",
            "give one weight per stratum, for example the population of the standard",
        )
    return np.asarray(weights / weights.sum())


def _without_empty(laid_out: Strata, on_empty: str) -> Strata:
    known = np.array([status == "shown" for status in laid_out.status])
    empty = (laid_out.size == 0) & known[:, None]
    while empty.any() and on_empty != "raise":
        at = int(np.flatnonzero(empty.any(axis=0))[0])
        if empty.shape[1] == 1:
            break
        laid_out = _merged(laid_out, at) if on_empty == "pool" else _dropped(laid_out, at)
        empty = (laid_out.size == 0) & known[:, None]
    if empty.any():
        listed = [
            f"{', '.join(map(str, laid_out.groups.iloc[row]))} in {', '.join(map(str, laid_out.strata.iloc[column]))}"
            for row, column in np.argwhere(empty)
        ]
        raise InvalidTableError(
            f"{len(listed)} strata without population: {'; '.join(listed[:6])}",
            "a population in every stratum of every group, since a rate per stratum is needed",
            "use on_empty='pool' (merge with the neighbouring band) or on_empty='drop', or leave the group out",
        )
    return laid_out


def _merged(laid_out: Strata, at: int) -> Strata:
    """Merge an empty stratum with the one below it; the lowest with the one above."""
    if laid_out.strata.shape[1] > 1:
        raise BereikError(
            f"pooling over {list(laid_out.strata.columns)}",
            "one ordered column",
            "merge bands beforehand, or use on_empty='drop'",
        )
    low = max(at - 1, 0)
    column = laid_out.strata.columns[0]
    names = laid_out.strata[column].astype(str).tolist()
    names[low : low + 2] = [f"{names[low]} + {names[low + 1]}"]
    strata = pd.DataFrame({column: pd.Categorical(names, categories=names, ordered=True)})

    def add(values: np.ndarray) -> np.ndarray:
        summed = values.copy()
        summed[:, low] += summed[:, low + 1]
        return np.delete(summed, low + 1, axis=1)

    note = "; ".join(filter(None, [laid_out.note, f"pooled {names[low]}"]))
    return laid_out._replace(
        strata=strata,
        users=add(laid_out.users),
        population=add(laid_out.population),
        size=add(laid_out.size),
        note=note,
    )


def _dropped(laid_out: Strata, at: int) -> Strata:
    name = ", ".join(map(str, laid_out.strata.iloc[at]))
    lost, users = laid_out.population[:, at].sum(), laid_out.users[:, at].sum()
    said = f"left out {name} ({lost:,.0f} youths, {users:,.0f} of them users)"
    kept = {key: np.delete(getattr(laid_out, key), at, axis=1) for key in ("users", "population", "size")}
    return laid_out._replace(
        strata=laid_out.strata.drop(index=at).reset_index(drop=True),
        note="; ".join(filter(None, [laid_out.note, said])),
        **kept,
    )
