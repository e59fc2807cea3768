"""Limits from a variance: rates on the logit, ratios on the log, and a difference from the limits of its two terms."""

import numpy as np

from bereik.rates.workings.intervals import normal_quantile, wilson

Limits = tuple[np.ndarray, np.ndarray]


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
    lower = difference - np.hypot(first - limits[0], second_limits[1] - second)
    upper = difference + np.hypot(limits[1] - first, second - second_limits[0])
    return lower, upper
