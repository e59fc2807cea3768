"""Directly standardised rates from arrays of groups by strata, and their limits."""

import warnings

import numpy as np

from bereik.errors import BereikError
from bereik.rates.intervals import Limits, rate_limits
from bereik.rates.workings.strata import Strata

INTERVALS = {
    "binomial": "binomial variance, delta method on the logit",
    "fay_feuer": "gamma interval of Fay and Feuer",
}
RARE = 0.20


def direct_rates(users: np.ndarray, population: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Give the sum of weight x rate over the strata (the last axis)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((weights * (users / population)).sum(axis=-1))


def direct_limits(strata: Strata, weights: np.ndarray, interval: str, confidence: float) -> Limits:
    """Give the limits of the directly standardised rates, one per group, each between 0 and 1; NaN for hidden groups."""
    if interval == "binomial":
        return _binomial(strata, weights, confidence)
    if strata.weighted:
        raise BereikError(
            f"the interval {interval!r} is asked of weighted counts",
            "whole counts, because it takes users as events of a Poisson distribution",
            "use 'binomial', which takes the effective population of each stratum",
        )
    warn_unless_rare(strata.users / strata.population, interval)
    lower, upper = _fay_feuer(strata.users, strata.population, weights, confidence)
    return lower, np.minimum(upper, 1)


def warn_unless_rare(rates: np.ndarray, interval: str) -> None:
    """Warn when an interval for rare events is used while a stratum has a use rate above 20 percent."""
    common = int((rates > RARE).sum())
    if common:
        warnings.warn(
            f"interval={interval!r} is for rare use, and {common} strata have a use rate above {RARE:.0%} (highest "
            f"{np.nanmax(rates):.0%}): the interval is too wide. Use interval='binomial' for direct and "
            "interval='log_ratio' for indirect standardisation.",
            stacklevel=2,
        )


def _binomial(strata: Strata, weights: np.ndarray, confidence: float) -> Limits:
    """Give logit limits; where no stratum varies (all 0 or full), Wilson's at the effective population."""
    shares = strata.users / strata.population
    variance = (weights**2 * shares * (1 - shares) / strata.size).sum(axis=-1)
    size = 1 / (weights**2 / strata.size).sum(axis=-1)
    return rate_limits(direct_rates(strata.users, strata.population, weights), variance, size, confidence)


def _fay_feuer(users: np.ndarray, population: np.ndarray, weights: np.ndarray, confidence: float) -> Limits:
    from scipy.special import gammaincinv

    rate, variance = direct_rates(users, population, weights), (weights**2 * users / population**2).sum(axis=-1)
    most = (weights / population).max(axis=-1)
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(rate == 0, 0, variance / rate * gammaincinv(rate**2 / variance, tail))
    wider, shifted = variance + most**2, rate + most
    return lower, np.asarray(wider / shifted * gammaincinv(shifted**2 / wider, 1 - tail))
