"""Numbers from the columns of a table, and intervals for proportions and counts."""

from statistics import NormalDist

import numpy as np
import pandas as pd

from bereik.rates.workings.options import check_numbers
from bereik.tables import numbers

SUPERPOPULATION = "notional superpopulation"
INTERVALS = {  # our name: (name in statsmodels, words)
    "wilson": ("wilson", "Wilson interval"),
    "clopper_pearson": ("beta", "Clopper-Pearson interval"),
    "jeffreys": ("jeffreys", "Jeffreys interval"),
    "agresti_coull": ("agresti_coull", "Agresti-Coull interval"),
}
EVENT_INTERVALS = {"exact": "exact Poisson interval", "byar": "Byar's approximation"}


def divide(numerator: np.ndarray, denominator: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Divide where a condition holds; NaN elsewhere."""
    return np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=where)


def effective_size(counts: pd.DataFrame) -> np.ndarray:
    """Give the population that the variance of each rate rests on: the effective one when the counts are weighted."""
    return numbers(counts["effective_population" if "weighted" in counts else "population"])


def normal_quantile(confidence: float) -> float:
    """Give the quantile of the standard normal distribution for a two-sided interval (1.96 for 0.95)."""
    check_numbers(confidence=confidence)
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def proportion_interval(
    users: np.ndarray, population: np.ndarray, interval: str, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Give the limits of proportions by statsmodels; NaN where a count is missing; the proportion is always inside."""
    from statsmodels.stats.proportion import proportion_confint

    lower, upper = np.full(len(users), np.nan), np.full(len(users), np.nan)
    known = ~np.isnan(users) & ~np.isnan(population)
    if known.any():
        some_lower, some_upper = proportion_confint(
            users[known], population[known], alpha=1 - confidence, method=INTERVALS[interval][0]
        )
        share = users[known] / population[known]
        lower[known], upper[known] = np.minimum(some_lower, share), np.maximum(some_upper, share)
    return lower, upper


def wilson(share: np.ndarray, size: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Wilson's limits of shares of this effective population; NaN where nobody is counted."""
    size = np.where(size > 0, size, np.nan)
    return proportion_interval(np.clip(share, 0, 1) * size, size, "wilson", confidence)


def exact_limits(count: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the exact Poisson limits of counts (Garwood), by statsmodels."""
    from statsmodels.stats.rates import confint_poisson

    lower, upper = confint_poisson(count, 1, method="exact-c", alpha=1 - confidence)
    return lower, upper


def byar_limits(count: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give Byar's approximation to the Poisson limits of counts, never below 0."""
    z, more = normal_quantile(confidence), count + 1
    least = np.where(count == 0, 1, count)
    lower = np.where(count == 0, 0, least * (1 - 1 / (9 * least) - z / (3 * np.sqrt(least))) ** 3)
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.maximum(lower, 0), upper
