"""The decompositions of a difference between two rates, as pure functions of arrays of counts (..., groups, strata).

Kitagawa (1955) splits it by one factor in two parts; the three-fold form keeps the interaction apart; Das Gupta (1993)
splits it by several factors at once. Each works on many replicates of the counts at a time.
"""

import numpy as np

from bereik.rates.workings.orders import average_over_orders


def rates_and_shares(users: np.ndarray, population: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the rate in each stratum (the observed one where a replicate has nobody) and the shares of the strata."""
    rates = np.divide(users, population, out=np.broadcast_to(observed, users.shape).copy(), where=population > 0)
    total = population.sum(axis=-1, keepdims=True)
    return rates, np.divide(population, total, out=np.full(population.shape, np.nan), where=total > 0)


def kitagawa(rates: np.ndarray, shares: np.ndarray, reference: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the contribution of each stratum to the mix and to the rate part, each group minus the reference."""
    other_rates, other_shares = rates[..., reference, None, :], shares[..., reference, None, :]
    mix = (shares - other_shares) * (rates + other_rates) / 2
    rate = (rates - other_rates) * (shares + other_shares) / 2
    return mix, rate


def three_fold(rates: np.ndarray, shares: np.ndarray, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the contribution of each stratum to mix and rate, both weighted by the reference, and to their interaction."""
    other_rates, other_shares = rates[..., reference, None, :], shares[..., reference, None, :]
    more_share, more_rate = shares - other_shares, rates - other_rates
    return more_share * other_rates, more_rate * other_shares, more_share * more_rate


def das_gupta(rates: np.ndarray, population: np.ndarray, codes: np.ndarray, reference: int) -> list[np.ndarray]:
    """Give the part of each factor's mix, then the rate part, each group minus the reference; they add up to the gap.

    Parameters
    ----------
    rates, population : numpy.ndarray
        Rates and counts (..., groups, strata).
    codes : numpy.ndarray
        The category of each stratum, a column for each factor.
    reference : int
        Row of the reference group.

    Returns
    -------
    list of numpy.ndarray
        Arrays (..., groups): one for each factor, and the last for the rate.

    Notes
    -----
    The share of a stratum is the product of one term per factor (Das Gupta 1993, chapter 6). For two factors i and j:
    ``share_ij = (N_ij / N_.j * N_i. / N)^(1/2) * (N_ij / N_i. * N_.j / N)^(1/2)``. In general the logarithm of a term is
    the change of the logarithm of the marginal total when its factor is added, averaged over all orders of adding the
    factors. The rate of a group is then the sum over strata of the product of these terms and the rate of the stratum,
    and the parts are the average changes over all orders of replacing the reference's by the group's.

    Examples
    --------
    >>> population = np.array([[[30.0, 10.0, 20.0, 40.0], [25.0, 25.0, 25.0, 25.0]]])
    >>> rates = np.array([[[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]]])
    >>> codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> [float(part[0, 0].round(4)) for part in das_gupta(rates, population, codes, reference=1)]
    [0.0211, -0.0011, 0.0]
    """
    terms = [*_terms(population, codes), rates]
    others = [term[..., reference, None, :] for term in terms]

    def rate_with(replaced: tuple[int, ...]) -> np.ndarray:
        product = np.ones(())
        for part, (own, other) in enumerate(zip(terms, others, strict=True)):
            product = product * (own if part in replaced else other)
        return np.asarray(product.sum(axis=-1) + 0 * terms[0].sum(axis=-1))

    return average_over_orders(rate_with, len(terms))


def _terms(population: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """Give the terms, one per factor, whose product is the share of each stratum; 0 in an empty stratum."""

    def log_total(factors: tuple[int, ...]) -> np.ndarray:
        columns = codes[:, list(factors)]
        same = (columns[:, None, :] == columns[None, :, :]).all(axis=-1)  # no factors: all strata are the same
        return np.asarray(np.log(population @ same.astype(float)))

    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.exp(change) for change in average_over_orders(log_total, codes.shape[1])]
    return [np.where(population > 0, term, np.where(np.isnan(population), np.nan, 0)) for term in terms]
