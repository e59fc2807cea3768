"""Tests whether a measure is the same in every stratum."""

import numpy as np


def cochran_q(values: np.ndarray, pooled: float, variance: np.ndarray) -> tuple[float, float]:
    """Give Cochran's Q around a pooled value, and its degrees of freedom.

    Parameters
    ----------
    values, variance : array
        The measure in each stratum, and its variance; strata in which one of them does not exist are left out.
    pooled : float
        The pooled value.

    Returns
    -------
    tuple of float
        The chi-square, and the number of usable strata minus 1; both NaN without a pooled value or a usable stratum.

    Examples
    --------
    >>> cochran_q(np.array([1.0, 3.0, np.nan]), 2.0, np.array([1.0, 1.0, 1.0]))
    (2.0, 1)
    """
    usable = np.isfinite(values) & np.isfinite(variance) & (variance > 0)
    if not np.isfinite(pooled) or not usable.any():
        return np.nan, np.nan
    return float(np.sum((values - pooled)[usable] ** 2 / variance[usable])), int(usable.sum()) - 1


def breslow_day_tarone(
    users: np.ndarray,
    population: np.ndarray,
    reference_users: np.ndarray,
    reference_population: np.ndarray,
    odds_ratio: float,
) -> tuple[float, float]:
    """Test whether the odds ratio is the same in every stratum.

    Parameters
    ----------
    users, population, reference_users, reference_population : array
        The counts of two groups in each stratum; strata without users, or with users only, say nothing and are left out.
    odds_ratio : float
        The Mantel-Haenszel odds ratio.

    Returns
    -------
    tuple of float
        The chi-square of Breslow & Day (1980) with the correction of Tarone (1985), and its degrees of freedom; both
        NaN when the odds ratio is 0, infinite or missing.

    Notes
    -----
    statsmodels has this test, but gives no number where a stratum has no users or the odds ratio is 1.

    Examples
    --------
    >>> chi, degrees = breslow_day_tarone(*map(np.array, ([8, 22], [106, 98], [5, 16], [120, 85])), 1.40314854342828)
    >>> round(chi, 4), degrees
    (0.3489, 1)
    """
    cases, total = users + reference_users, population + reference_population
    informative = (cases > 0) & (cases < total) & (population > 0) & (reference_population > 0)
    if not 0 < odds_ratio < np.inf or not informative.any():
        return np.nan, np.nan
    a, n1, n0, cases = (values[informative] for values in (users, population, reference_population, cases))
    # The expected users e solve (1 - odds_ratio) e^2 + linear e - odds_ratio n1 cases = 0; written to be exact near 1.
    linear, product = n0 - cases + odds_ratio * (n1 + cases), odds_ratio * n1 * cases
    root = np.sqrt(linear**2 + 4 * (1 - odds_ratio) * product)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(linear > 0, 2 * product / (linear + root), (root - linear) / (2 * (1 - odds_ratio)))
    variance = 1 / (1 / expected + 1 / (n1 - expected) + 1 / (cases - expected) + 1 / (n0 - cases + expected))
    chi = np.sum((a - expected) ** 2 / variance) - np.sum(a - expected) ** 2 / np.sum(variance)
    return float(chi), len(a) - 1
