"""Lays a count table out as groups by strata, decides what to do with empty strata, and gives the weights of a standard."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.estimates.workings.intervals import divide, numbers
from bereik.estimates.workings.layout import numbered, plainly_right
from bereik.tables import HIDDEN, count_table, one_value

STANDARDS = ("pooled", "pair_mean", "reference")
EMPTY = ("raise", "pool", "drop")
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
    note: str  # what was pooled or dropped, in words; empty when nothing was
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
    on_empty : {"raise", "pool", "drop"}
        What to do when a group has no population in a stratum: refuse and list them; merge the stratum with the one
        below it (one column in `over` only; the lowest with the one above) for all groups; or leave the stratum out for
        all groups.
    hashed : bool
        A column ``group`` that is in neither `by` nor `over` holds hashed groups of persons: add them up, and keep them
        for `strata_limits`. Only for an estimator that draws them, since others would take persons as independent.

    Returns
    -------
    Strata
        The counts; a missing combination is an empty stratum. ``note`` says what was pooled or dropped. A group with a
        hidden count, or without any population, says so in ``status``, has NaN counts and takes no part.

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
    names = [*by, *over]
    hashed = hashed and "group" in counts and "group" not in names
    weighted = "weighted" in counts and bool(one_value(counts, "weighted", where=_WHERE))
    plain = not (hashed or weighted) and plainly_right(counts, names)
    table = counts if plain else count_table(counts, by=[*names, "group"] if hashed else names, weighted=weighted)
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
    source = "; ".join(map(str, table["source"].unique()))
    keys = tuple(key if len(key) > 1 else key[0] for key in strata.itertuples(index=False, name=None))
    laid_out = Strata(
        groups, strata, users.sum(axis=0), population.sum(axis=0), size, status, source, synthetic, weighted, "",
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
        everybody = total.sum(axis=-1, keepdims=True)
        return np.divide(total, everybody, out=np.full_like(total, np.nan), where=everybody > 0)
    if relative_to is None:
        raise BereikError(
            f"the standard {standard!r} without a reference group", "relative_to", "name the reference group"
        )
    share = population / population.sum(axis=-1, keepdims=True)
    reference = share[..., relative_to, :]
    return np.asarray(reference if standard == "reference" else (share + reference[..., None, :]) / 2)


def _words(strata: Strata, standard: str, relative_to: int | None) -> str:
    if relative_to is None or standard == "pooled":
        hidden = sum(status in HIDDEN for status in strata.status)
        left = f", without {hidden} with a hidden count" if hidden else ""
        return f"pooled distribution of all groups in the table{left}"
    name = ", ".join(str(value) for value in strata.groups.iloc[relative_to])
    return (
        f"distribution of {name}" if standard == "reference" else f"mean of the group's distribution and that of {name}"
    )


def values_by_stratum(strata: Strata, given: Mapping[object, Any], what: str) -> list[list[Any]]:
    """Give what is given for each stratum: a list of one, or of several where strata were pooled; refuse a poor fit."""
    missing, strange = (
        [key for key in strata.keys if key not in given],
        [key for key in given if key not in strata.keys],
    )
    if missing or strange:
        raise InvalidTableError(
            f"{what} without {missing!r}" if missing else f"{what} with {strange!r}, which the counts do not have",
            f"one value for each of {list(strata.keys)!r} and no other",
            "key the values by category (by a tuple of categories when `over` has several columns)",
        )
    return [[given[key] for key in keys] for keys in strata.made_of]


def _given_weights(strata: Strata, standard: Mapping[object, float]) -> np.ndarray:
    values = values_by_stratum(strata, standard, "a standard")
    right = all(isinstance(weight, (int, float, np.number)) and 0 <= weight < np.inf for weight in standard.values())
    weights = np.array([sum(each) if right else np.nan for each in values], dtype=float)
    if not weights.sum() > 0:
        raise InvalidTableError(
            f"a standard with weights {dict(standard)!r}",
            "weights of 0 or more, not all 0 in the strata that are left",
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
        summed[..., low] += summed[..., low + 1]
        return np.delete(summed, low + 1, axis=-1)

    note = "; ".join(filter(None, [laid_out.note, f"pooled {names[low]}"]))
    return laid_out._replace(
        strata=strata,
        users=add(laid_out.users),
        population=add(laid_out.population),
        size=add(laid_out.size),
        hashed=laid_out.hashed and (add(laid_out.hashed[0]), add(laid_out.hashed[1])),
        made_of=(
            *laid_out.made_of[:low],
            laid_out.made_of[low] + laid_out.made_of[low + 1],
            *laid_out.made_of[low + 2 :],
        ),
        note=note,
    )


def _dropped(laid_out: Strata, at: int) -> Strata:
    name = ", ".join(map(str, laid_out.strata.iloc[at]))
    lost, users = np.nansum(laid_out.population[:, at]), np.nansum(laid_out.users[:, at])
    said = f"left out {name} ({lost:,.0f} youths, {users:,.0f} of them users)"

    def without(values: np.ndarray) -> np.ndarray:
        return np.delete(values, at, axis=-1)

    return laid_out._replace(
        strata=laid_out.strata.drop(index=at).reset_index(drop=True),
        users=without(laid_out.users),
        population=without(laid_out.population),
        size=without(laid_out.size),
        hashed=laid_out.hashed and (without(laid_out.hashed[0]), without(laid_out.hashed[1])),
        made_of=laid_out.made_of[:at] + laid_out.made_of[at + 1 :],
        note="; ".join(filter(None, [laid_out.note, said])),
    )
