"""Intervals of proportions, counts, rates, ratios and differences; and ratios read back from a result table."""

from statistics import NormalDist

import numpy as np
import pandas as pd

from bereik.rates.results import check_numbers
from bereik.tables import numbers

Limits = tuple[np.ndarray, np.ndarray]
CONFIDENCE = 0.95  # of the intervals of what is published; who has own data chooses
INTERVALS = {  # our name: (name in statsmodels, words)
    "wilson": ("wilson", "Wilson interval"),
    "clopper_pearson": ("beta", "Clopper-Pearson interval"),
    "jeffreys": ("jeffreys", "Jeffreys interval"),
    "agresti_coull": ("agresti_coull", "Agresti-Coull interval"),
}


def divide(numerator: np.ndarray, denominator: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Divide where a condition holds; NaN elsewhere."""
    with np.errstate(over="ignore"):
        return np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=where)


def effective_size(counts: pd.DataFrame) -> np.ndarray:
    """Give the population that the variance of each rate rests on: the effective one when the counts are weighted."""
    return numbers(counts["effective_population" if "weighted" in counts else "population"])


def normal_quantile(confidence: float) -> float:
    """Give the quantile of the standard normal distribution for a two-sided interval (1.96 for 0.95)."""
    check_numbers(confidence=confidence)
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def proportion_interval(users: np.ndarray, population: np.ndarray, interval: str, confidence: float) -> Limits:
    """Give the limits of proportions by statsmodels; NaN where a count is missing; the proportion is always inside."""
    from statsmodels.stats.proportion import proportion_confint

    lower, upper = np.full(len(users), np.nan), np.full(len(users), np.nan)
    known = ~np.isnan(users) & ~np.isnan(population)
    if known.any():
        some, size = users[known], population[known]
        low, high = proportion_confint(some, size, alpha=1 - confidence, method=INTERVALS[interval][0])
        lower[known], upper[known] = np.minimum(low, some / size), np.maximum(high, some / size)
    return lower, upper


def wilson(share: np.ndarray, size: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Wilson's limits of shares of this effective population; NaN where nobody is counted."""
    size = np.where(size > 0, size, np.nan)
    return proportion_interval(np.clip(share, 0, 1) * size, size, "wilson", confidence)


def exact_limits(count: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the exact Poisson limits of counts (Garwood), by statsmodels."""
    from statsmodels.stats.rates import confint_poisson

    several = np.append(count, 1.0)  # statsmodels has no limits for an array of one 0
    lower, upper = confint_poisson(several, 1, method="exact-c", alpha=1 - confidence)
    return lower[:-1], upper[:-1]


def byar_limits(count: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Byar's approximation to the Poisson limits of counts, never below 0."""
    z, more = normal_quantile(confidence), count + 1
    least = np.where(count == 0, 1, count)
    lower = np.where(count == 0, 0, least * (1 - 1 / (9 * least) - z / (3 * np.sqrt(least))) ** 3)
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.maximum(lower, 0), upper


EVENT_INTERVALS = {"exact": ("exact Poisson interval", exact_limits), "byar": ("Byar's approximation", byar_limits)}


def rate_limits(rate: np.ndarray, variance: np.ndarray, size: np.ndarray, confidence: float) -> Limits:
    """Give the limits of rates between 0 and 1, by the delta method on the logit.

    Parameters
    ----------
    rate, variance : array
        The rates, and their variances.
    size : array
        The effective population of each rate. Where the variance is 0 (nobody, or everybody, uses care) the limits are
        those of Wilson (1927) for a proportion of that many youths.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits; NaN where the rate is.

    Examples
    --------
    >>> lower, upper = rate_limits(np.array([0.2, 0.0]), np.array([0.0016, 0.0]), np.array([100.0, 100.0]), 0.95)
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.133, 0.0], [0.29, 0.037])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        half = normal_quantile(confidence) * np.sqrt(variance) / (rate * (1 - rate))
        logit = np.log(rate / (1 - rate))
        lower, upper = 1 / (1 + np.exp(half - logit)), 1 / (1 + np.exp(-half - logit))
    flat = np.isfinite(rate) & ~(variance > 0)
    if flat.any():
        lower[flat], upper[flat] = wilson(rate[flat], size[flat], confidence)
    return lower, upper


def ratio_limits(ratio: np.ndarray, variance: np.ndarray, confidence: float) -> Limits:
    """Give the limits of ratios from the variances of their logarithms.

    Parameters
    ----------
    ratio, variance : array
        The ratios, and the variances of their logarithms.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits. A ratio of 0 has no logarithm: its lower limit is 0 and its upper one is missing. Where
        the variance is 0 or missing, both are missing.

    Examples
    --------
    >>> lower, upper = ratio_limits(np.array([0.5, 0.0]), np.array([0.04, np.nan]), 0.95)
    >>> lower.round(2).tolist(), upper.round(2).tolist()
    ([0.34, 0.0], [0.74, nan])
    """
    known = np.isfinite(ratio) & (ratio > 0) & (variance > 0) & np.isfinite(variance)
    with np.errstate(over="ignore"):
        factor = np.exp(normal_quantile(confidence) * np.sqrt(np.where(known, variance, np.nan)))
    upper = np.where(np.isfinite(factor), ratio * factor, np.nan)
    return np.where(ratio == 0, 0.0, ratio / factor), upper


def normal_limits(value: np.ndarray, variance: np.ndarray, confidence: float) -> Limits:
    """Give the limits of values from their variances; none where the variance is 0, which says nothing of the chance."""
    half = normal_quantile(confidence) * np.sqrt(np.where(variance > 0, variance, np.nan))
    return value - half, value + half


def difference_limits(first: np.ndarray, limits: Limits, second: np.ndarray, second_limits: Limits) -> Limits:
    """Give the limits of first minus second from the limits of both, when they are independent (MOVER).

    Parameters
    ----------
    first, second : array
        The two terms.
    limits, second_limits : tuple of array
        Lower and upper limits of each; NaN where unknown.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits of the difference.

    Notes
    -----
    Zou & Donner (2008), "construction of confidence limits about effect measures". With Wilson limits of two proportions
    this is the interval of Newcombe (1998).

    Examples
    --------
    >>> lower, upper = difference_limits(np.array([0.8]), (np.array([0.69]), np.array([0.87])),
    ...                                  np.array([0.6]), (np.array([0.49]), np.array([0.70])))
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.051], [0.33])
    """
    difference = first - second
    below = np.hypot(first - limits[0], second_limits[1] - second)
    return difference - below, difference + np.hypot(limits[1] - first, second - second_limits[0])


def log_errors(table: pd.DataFrame) -> np.ndarray:
    """Give the standard error of the log of each ratio that is shown, from the width of its interval on the log."""
    lower, upper = numbers(table["lower"]), numbers(table["upper"])
    known, confidence = (table["status"] == "shown").to_numpy() & (lower > 0) & (upper < np.inf), table["confidence"]
    z = [normal_quantile(one) if yes else np.nan for one, yes in zip(numbers(confidence), known, strict=True)]
    return np.asarray(np.log(divide(upper, lower, known)) / (2 * np.array(z)))
