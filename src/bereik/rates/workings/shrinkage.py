"""The Poisson-gamma model of areas: how much their true ratios differ, and what that says about each of them."""

from typing import NamedTuple

import numpy as np

from bereik.errors import BereikError

_MOST_ALIKE = 1e-6  # a variance of the true ratios, relative to the square of their mean, that is not told from 0


class Prior(NamedTuple):
    """Distribution of the true ratios over the areas: gamma with this mean and variance."""

    mean: float
    variance: float

    @property
    def shape(self) -> float:
        """Shape of the gamma distribution."""
        return self.mean**2 / self.variance

    @property
    def rate(self) -> float:
        """Rate (one over the scale) of the gamma distribution."""
        return self.mean / self.variance


def fit_prior(users: np.ndarray, expected: np.ndarray) -> Prior:
    """Estimate mean and variance of the true ratios of areas, by maximum likelihood.

    Parameters
    ----------
    users, expected : array of float
        Users and expected users of each area; expected above 0, users above 0 somewhere.

    Returns
    -------
    Prior
        Mean and variance of the gamma distribution; variance 0 when the areas differ no more than by chance.

    Notes
    -----
    users ~ Poisson(ratio x expected), ratio ~ gamma, so the users are negative binomial (Clayton & Kaldor 1987). The search
    is over the log of the mean and of the relative variance.

    Examples
    --------
    >>> prior = fit_prior(np.array([20.0, 0.0, 10.0]), np.array([10.0, 10.0, 10.0]))
    >>> round(prior.mean, 3), round(prior.variance, 3)
    (1.0, 1.906)
    """
    from scipy.optimize import minimize, root

    mean = users.sum() / expected.sum()
    start = np.log([mean, 0.1])
    bounds = [(start[0] - 5, start[0] + 5), (np.log(_MOST_ALIKE / 100), np.log(1e4))]
    fits = [
        minimize(_misfit, [start[0], log_spread], args=(users, expected), bounds=bounds, jac=True, method="L-BFGS-B",
                 options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 1000})
        for log_spread in (start[1], -4.0)
    ]  # fmt: skip
    best = min(fits, key=lambda fit: fit.fun)
    if not np.isfinite(best.fun):
        raise BereikError(
            "the spread of the areas was not found", "users and expected users of many areas", "use more areas"
        )
    alike, _ = _misfit(np.array([np.log(mean), bounds[1][0]]), users, expected)
    if best.fun > alike - 1e-9 or best.x[1] < np.log(_MOST_ALIKE):
        return Prior(float(mean), 0.0)
    level = root(lambda at: _misfit(at, users, expected)[1], best.x, tol=1e-14)  # the same digits on any processor
    fitted, relative = np.exp(level.x if np.allclose(level.x, best.x, atol=1e-4) else best.x)
    return Prior(float(fitted), float(relative * fitted**2))


def _misfit(at: np.ndarray, users: np.ndarray, expected: np.ndarray) -> tuple[float, np.ndarray]:
    """Give minus the log likelihood of the negative binomial (its constant left out), and the slope of it."""
    from scipy.special import digamma, gammaln

    mean, shape = np.exp(at[0]) * expected, np.exp(-at[1])
    total = shape + mean
    value = gammaln(users + shape) - gammaln(shape) - shape * np.log1p(mean / shape) + users * np.log(mean / total)
    of_mean = users - (users + shape) * mean / total
    of_shape = digamma(users + shape) - digamma(shape) - np.log1p(mean / shape) + (mean - users) / total
    return -float(value.sum()), -np.array([of_mean.sum(), -(shape * of_shape).sum()])


def shrunken(users: np.ndarray, expected: np.ndarray, prior: Prior) -> np.ndarray:
    """Give the mean of each area's true ratio given its users: the prior's mean when the areas do not differ."""
    if prior.variance == 0:
        return np.full(len(users), prior.mean)
    return np.asarray((users + prior.shape) / (expected + prior.rate))


def shrunken_limits(
    users: np.ndarray, expected: np.ndarray, prior: Prior, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the limits within which each area's true ratio lies with this probability, given its users; NaN if alike."""
    from scipy.stats import gamma

    if prior.variance == 0:
        return np.full(len(users), np.nan), np.full(len(users), np.nan)
    tail = (1 - confidence) / 2
    lower, upper = (
        gamma.ppf(level, users + prior.shape, scale=1 / (expected + prior.rate)) for level in (tail, 1 - tail)
    )
    return lower, upper


def exceedance(users: np.ndarray, expected: np.ndarray, prior: Prior) -> np.ndarray:
    """Give the probability that each area's true ratio is above 1, given its users; NaN if alike."""
    from scipy.stats import gamma

    if prior.variance == 0:
        return np.full(len(users), np.nan)
    return np.asarray(gamma.sf(1, users + prior.shape, scale=1 / (expected + prior.rate)))
