"""The weights of a standard: one distribution over the strata, named or given."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bereik.errors import BereikError, InvalidTableError
from bereik.rates.results import check_known
from bereik.rates.workings.strata import Strata
from bereik.tables import HIDDEN

STANDARDS = ("pooled", "pair_mean", "reference")


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
    >>> import pandas as pd
    >>> from bereik.rates.workings.strata import cross
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> standard_weights(cross(counts, by=["origin"], over=["severity"]), "pooled")[0].tolist()
    [0.7, 0.3]
    """
    if isinstance(standard, Mapping):
        return _given_weights(strata, standard), "given"
    return weights_of(strata.population, standard, relative_to), _words(strata, standard, relative_to)


def weights_of(population: np.ndarray, standard: str, relative_to: int | None = None) -> np.ndarray:
    """Give the weights of a named standard from arrays (..., groups, strata), vectorised over leading axes."""
    check_known("standard", standard, STANDARDS)
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
    missing = [key for key in strata.keys if key not in given]
    strange = [key for key in given if key not in strata.keys]
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
