"""Observed relative to expected use (indirect standardisation) from arrays of groups by strata, and its limits."""

from typing import NamedTuple

import numpy as np

from bereik.errors import BereikError
from bereik.rates.intervals import byar_limits, exact_limits, normal_quantile, wilson
from bereik.rates.workings.direct_rates import warn_unless_rare
from bereik.rates.workings.strata import Strata

Counts = tuple[np.ndarray, np.ndarray]

INTERVALS = {
    "log_ratio": "binomial variance of observed and expected, delta method on the log",
    "exact": "exact Poisson interval of the observed number, expected number fixed",
    "byar": "Byar's approximation for the observed number, expected number fixed",
}


class Reference(NamedTuple):
    """Whose rates give the expected number: one group's, those of all other groups together, or published ones."""

    row: int | None = None  # of the reference group; None for all other groups, or when published
    rates: np.ndarray | None = None  # published: one per stratum
    crude: float = np.nan  # published: the rate of all strata together, when known

    @property
    def published(self) -> bool:
        """Whether the rates are fixed numbers from elsewhere."""
        return self.rates is not None


def observed_expected(users: np.ndarray, population: np.ndarray, reference: Reference) -> np.ndarray:
    """Give observed / expected and the indirectly standardised rate: shape (..., 2, groups)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates, crude = _rates_of_reference(users, population, reference)
        ratio = users.sum(axis=-1) / (population * rates).sum(axis=-1)
        return np.stack([ratio, ratio * crude], axis=-2)


def expected_users(strata: Strata, reference: Reference) -> np.ndarray:
    """Give the expected number of users of each group."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates, _ = _rates_of_reference(strata.users, strata.population, reference)
        return np.asarray((strata.population * rates).sum(axis=-1))


def observed_expected_limits(strata: Strata, reference: Reference, interval: str, confidence: float) -> Counts:
    """Give the limits of `observed_expected`, shape (2, groups); NaN for hidden groups."""
    if interval == "log_ratio":
        lower, upper = _log_ratio(strata, reference, confidence)
    else:
        _check_fixed(strata, reference, interval)
        limits = (exact_limits if interval == "exact" else byar_limits)(strata.users.sum(axis=-1), confidence)
        expected = expected_users(strata, reference)
        with np.errstate(divide="ignore", invalid="ignore"):
            lower, upper = (np.outer([1, reference.crude], limit / expected) for limit in limits)
    return lower, upper


def _check_fixed(strata: Strata, reference: Reference, interval: str) -> None:
    if not reference.published or strata.weighted:
        raise BereikError(
            f"the interval {interval!r} with "
            + ("weighted counts" if strata.weighted else "a reference estimated from the same table"),
            "unweighted counts and fixed published rates: with an estimated reference it covers 72 to 87 percent, not 95",
            "use interval='log_ratio', or give published rates as `standard`",
        )
    warn_unless_rare(np.asarray(reference.rates), interval)


def _counts_of_reference(users: np.ndarray, population: np.ndarray, reference: Reference) -> Counts:
    """Give the users and population behind the reference rates, a row per group; the group itself is never among them."""
    if reference.row is None:
        everybody = [np.nansum(each, axis=-2, keepdims=True) for each in (users, population)]
        return everybody[0] - users, everybody[1] - population
    return users[..., [reference.row], :], population[..., [reference.row], :]


def _rates_of_reference(users: np.ndarray, population: np.ndarray, reference: Reference) -> Counts:
    if reference.rates is not None:
        return reference.rates, np.asarray(reference.crude)
    own, size = _counts_of_reference(users, population, reference)
    return own / size, own.sum(axis=-1) / size.sum(axis=-1)


def _log_ratio(strata: Strata, reference: Reference, confidence: float) -> Counts:
    """Give limits on the log; where the observed number has no variance (0 or full use), from Wilson's limits for it."""
    z, population = normal_quantile(confidence), strata.population
    squares = population**2 / strata.size
    total, size = population.sum(axis=-1), population.sum(axis=-1) ** 2 / squares.sum(axis=-1)
    shares, observed = strata.users / population, strata.users.sum(axis=-1)
    still = strata.users * (population - strata.users) == 0
    variance = np.where(still, 0, squares * shares * (1 - shares)).sum(axis=-1)
    fewest, most = (total * limit for limit in wilson(observed / total, size, confidence))
    with np.errstate(divide="ignore", invalid="ignore"):
        rates, crude = _rates_of_reference(strata.users, population, reference)
        scale = np.stack([np.ones(len(total)), crude + np.zeros(len(total))]) / (population * rates).sum(axis=-1)
        error = z * _log_error_of_reference(strata, squares, reference)
        half = np.exp(np.hypot(z * np.sqrt(variance) / observed, error))
        lower = np.where(variance > 0, observed * scale / half, fewest * scale / np.exp(error))
        upper = np.where(variance > 0, observed * scale * half, most * scale * np.exp(error))
    return lower, upper


def _log_error_of_reference(strata: Strata, squares: np.ndarray, reference: Reference) -> np.ndarray:
    """Give the standard errors of log expected, and of log (crude rate of the reference / expected): shape (2, groups)."""
    if reference.published:
        return np.zeros((2, len(strata.users)))
    users, population = _counts_of_reference(strata.users, strata.population, reference)
    _, spread = _counts_of_reference(strata.users, squares, reference)
    rates = users / population
    scatter = rates * (1 - rates) * spread / population**2
    of_expected = strata.population / (strata.population * rates).sum(axis=-1, keepdims=True)
    of_crude = population / users.sum(axis=-1, keepdims=True)
    return np.sqrt(np.stack([(slope**2 * scatter).sum(axis=-1) for slope in (of_expected, of_crude - of_expected)]))
