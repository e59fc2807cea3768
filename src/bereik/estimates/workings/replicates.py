"""Evaluates results on replicates of counts: which are defined, which vary, and the levels of BCa limits."""

from collections.abc import Callable, Iterator

import numpy as np

from bereik.errors import BereikError
from bereik.estimates.workings.options import check_known, check_numbers

Point = Callable[[np.ndarray, np.ndarray], np.ndarray]

METHODS = ("multinomial", "poisson")
KINDS = ("percentile", "bca")
_MOST_UNDEFINED = 0.01


def check_options(confidence: float, replicates: int, seed: int, method: str, kind: str) -> None:
    """Raise when an option of the bootstrap is unknown or out of range."""
    check_numbers(confidence=confidence)
    check_known("bootstrap method", method, METHODS)
    check_known("kind of bootstrap limits", kind, KINDS)
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


def with_limits(
    estimate: np.ndarray, values: np.ndarray, *, most: float = _MOST_UNDEFINED, what: str = "replicates"
) -> np.ndarray:
    """Say which results have limits, or raise when one is undefined in too many replicates."""
    known = np.isfinite(estimate)
    share = np.where(known, (~np.isfinite(values)).mean(axis=0), 0)
    if (share > most).any():
        at = int(np.argmax(share))
        raise BereikError(
            f"result {at} (estimate {estimate[at]:.6g}) is undefined in {share[at]:.1%} of {len(values)} {what}, because a "
            "denominator becomes 0",
            f"at most {most:.0%}",
            "merge small strata or groups, or use the default interval",
        )
    return known & varies(values)


def varies(values: np.ndarray) -> np.ndarray:
    """Say which results are not the same in every replicate."""
    known = np.where(np.isfinite(values), values, np.nan)
    low, high = np.fmin.reduce(known, axis=0), np.fmax.reduce(known, axis=0)
    return np.asarray(high - low > 1e-12 * np.maximum(np.abs(low), np.abs(high)))


def results_without(
    point: Point, deleted: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Give the results without each person or group, and how many persons or groups there are of the kind."""
    parts = [(results_of(point, users, population), weights) for users, population, weights in deleted]
    return np.concatenate([values for values, _ in parts]), np.concatenate([weights for _, weights in parts])


def bca_levels(
    estimate: np.ndarray, values: np.ndarray, jackknife: tuple[np.ndarray, np.ndarray], levels: np.ndarray
) -> np.ndarray:
    """Shift the levels of the quantiles for bias and skewness (Efron & Tibshirani 1993, chapter 14)."""
    from scipy.special import ndtr, ndtri

    without, weights = jackknife
    with_limits(estimate, without, most=0, what="kinds of persons left out")
    known = np.isfinite(values).sum(axis=0)
    bias = ndtri(((values < estimate).sum(axis=0) + (values == estimate).sum(axis=0) / 2) / known)
    away = np.average(without, axis=0, weights=weights) - without
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = (weights @ away**3) / (6 * (weights @ away**2) ** 1.5)
        shifted = np.asarray(ndtr(bias + (bias + ndtri(levels)) / (1 - skew * (bias + ndtri(levels)))))
    fault = np.isfinite(estimate) & varies(values) & ~np.isfinite(bias + skew)
    if fault.any():
        at = int(np.argmax(fault))
        raise BereikError(
            f"result {at} has all replicates on one side of its estimate {estimate[at]:.6g}, or no jackknife variance",
            "replicates on both sides",
            "use kind='percentile', and doubt the result",
        )
    return shifted
