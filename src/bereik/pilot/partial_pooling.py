"""Partial pooling of a few means: each is drawn towards the mean of all, the more so the less it is known by itself."""

from typing import NamedTuple

import numpy as np

_POINTS = 1000


class Posterior(NamedTuple):
    """Normal distributions of something, one for each possible spread, with the probability of that spread."""

    mean: np.ndarray
    sd: np.ndarray
    weight: np.ndarray

    def estimate(self) -> float:
        """Give the mean of the mixture."""
        return float(self.weight @ self.mean)

    def limits(self, confidence: float) -> tuple[float, float]:
        """Give the central interval of the mixture."""
        from scipy.optimize import brentq
        from scipy.special import ndtr

        ends = (self.mean - 9 * self.sd).min(), (self.mean + 9 * self.sd).max()
        tails = (0.5 - confidence / 2, 0.5 + confidence / 2)
        lower, upper = (
            brentq(lambda x, level=level: self.weight @ ndtr((x - self.mean) / self.sd) - level, *ends, xtol=1e-10)
            for level in tails
        )
        return float(lower), float(upper)


class Pooled(NamedTuple):
    """What a model of means that differ among themselves says: about each, their mean, a new one, and their spread."""

    each: list[Posterior]
    mean: Posterior
    new: Posterior
    spread: np.ndarray
    weight: np.ndarray

    def spread_quantiles(self, levels: list[float]) -> np.ndarray:
        """Give quantiles of the spread."""
        return np.interp(levels, np.cumsum(self.weight) - self.weight / 2, self.spread)


def pool_partially(values: np.ndarray, errors: np.ndarray, spread_prior: float) -> Pooled:
    """Fit the normal model of means that differ among themselves, averaged over what their spread may be.

    Parameters
    ----------
    values, errors : array
        The mean of each group and its standard error.
    spread_prior : float
        Scale of the half-normal distribution that the spread (standard deviation of the true means) has before the data
        are seen, in the unit of the values: it is below this scale with a probability of 68 %.

    Returns
    -------
    Pooled
        The distributions after the data are seen.

    Notes
    -----
    values_i ~ N(theta_i, errors_i^2), theta_i ~ N(mu, spread^2), mu flat (Gelman 2006; Roever 2020). The spread is taken at
    the quantiles of its prior, so a weight is its likelihood with mu integrated out: no sampling, the same numbers each time.
    Averaging over the spread, and not putting in one estimate of it, keeps intervals honest when groups are few: with three
    to five groups the estimate is often 0, which would say that they are all alike.

    Examples
    --------
    >>> pooled = pool_partially(np.array([0.1, 0.3, 0.8]), np.array([0.1, 0.1, 0.3]), 0.5)
    >>> [round(one.estimate(), 2) for one in pooled.each]
    [0.14, 0.29, 0.51]
    """
    from scipy.special import ndtri

    spread = spread_prior * ndtri(0.5 + (np.arange(_POINTS) + 0.5) / _POINTS / 2)
    precision = 1 / (errors**2 + spread[:, None] ** 2)
    variance = 1 / precision.sum(axis=1)
    mean = variance * (precision @ values)
    fit = np.log(variance) + (np.log(precision) - precision * (values - mean[:, None]) ** 2).sum(axis=1)
    weight = np.exp((fit - fit.max()) / 2)
    weight /= weight.sum()
    pull = errors**2 * precision  # how far each is drawn to the mean
    each = [
        Posterior(
            (1 - pull[:, i]) * values[i] + pull[:, i] * mean,
            np.sqrt((1 - pull[:, i]) * errors[i] ** 2 + pull[:, i] ** 2 * variance),
            weight,
        )
        for i in range(len(values))
    ]
    new = Posterior(mean, np.sqrt(variance + spread**2), weight)
    return Pooled(each, Posterior(mean, np.sqrt(variance), weight), new, spread, weight)
