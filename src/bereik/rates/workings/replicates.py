"""Evaluates results on replicates of counts: which are defined, and which vary."""

from collections.abc import Callable

import numpy as np

from bereik.errors import BereikError
from bereik.rates.results import check_numbers

Point = Callable[[np.ndarray, np.ndarray], np.ndarray]

_MOST_UNDEFINED = 0.01


def check_options(confidence: float, replicates: int, seed: int) -> None:
    """Raise when an option of the bootstrap is out of range."""
    check_numbers(confidence=confidence)
    fewest = int(np.ceil(round(2 / (1 - confidence), 6)))
    for what, number, least in (("replicates", replicates, fewest), ("seed", seed, 0)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
            raise BereikError(
                f"`{what}` is {number!r}",
                f"a whole number of {least} or more",
                "use replicates=2000 and seed=0, the defaults",
            )


def results_of(point: Point, users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give the results of each replicate: one row per replicate; undefined where the counts make them so."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = np.asarray(point(users, population), dtype=float)
    if values.ndim < 2 or len(values) != len(users):
        raise BereikError(
            f"`point` gives shape {values.shape} for counts of shape {users.shape}",
            "shape (..., results) for counts of shape (..., cells)",
            "let `point` work on the last axis only, for example users.sum(axis=-1, keepdims=True)",
        )
    return values.reshape(len(users), -1)


def shape_of(point: Point, users: np.ndarray, population: np.ndarray) -> tuple[int, ...]:
    """Give the shape of the results."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.shape(point(users, population))


def with_limits(estimate: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Say which results have limits, or raise when one is undefined in too many replicates."""
    known = np.isfinite(estimate)
    share = np.where(known, (~np.isfinite(values)).mean(axis=0), 0)
    if (share > _MOST_UNDEFINED).any():
        at = int(np.argmax(share))
        raise BereikError(
            f"result {at} (estimate {estimate[at]:.6g}) is undefined in {share[at]:.1%} of {len(values)} replicates, because a "
            "denominator becomes 0",
            f"at most {_MOST_UNDEFINED:.0%}",
            "merge small strata or groups, or use the default interval",
        )
    return known & varies(values)


def varies(values: np.ndarray) -> np.ndarray:
    """Say which results are not the same in every replicate."""
    known = np.where(np.isfinite(values), values, np.nan)
    low, high = np.fmin.reduce(known, axis=0), np.fmax.reduce(known, axis=0)
    return np.asarray(high - low > 1e-12 * np.maximum(np.abs(low), np.abs(high)))
