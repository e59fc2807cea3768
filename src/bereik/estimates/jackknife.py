"""Intervals by leaving out one hashed group of persons at a time: the delete-a-group jackknife."""

import numpy as np

from bereik.estimates.workings.draws import checked_cells, delete_groups, group_codes
from bereik.estimates.workings.options import check_numbers
from bereik.estimates.workings.replicates import Point, results_of, results_without, shape_of, varies, with_limits

__all__ = ["jackknife_limits"]


def jackknife_limits(
    point: Point, users: np.ndarray, population: np.ndarray, groups: np.ndarray, *, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Give the limits of anything computed from counts, by leaving out one hashed group of persons at a time.

    Parameters
    ----------
    point : function
        As in `bootstrap_limits`. For a ratio give its logarithm, since the limits are symmetrical.
    users, population : array of float
        Counts in each cell (category x group); they may be weighted. NaN where hidden.
    groups : array
        The hashed group of each cell, at least 2 different ones.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, in the shape of ``point(users, population)``; NaN where the estimate is undefined, or the
        same whichever group is left out.

    Raises
    ------
    InvalidTableError
        When counts are negative, or users exceed the population.
    BereikError
        When there is one group only, or an estimate is undefined without some group.

    Notes
    -----
    Variance (G - 1) / G x sum of (estimate without group g - their mean)^2, t distribution with G - 1 degrees of freedom
    (Wolter 2007, chapter 4, G random groups). The remaining counts are multiplied by G / (G - 1), so totals are right too.

    Examples
    --------
    >>> def rate(users, population):
    ...     return users.sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)
    >>> users, population = np.array([8.0, 12.0, 10.0, 14.0]), np.full(4, 100.0)
    >>> lower, upper = jackknife_limits(rate, users, population, np.array([1, 2, 3, 4]))
    >>> lower.round(3).tolist(), upper.round(3).tolist()
    ([0.069], [0.151])
    """
    from scipy.special import stdtrit

    check_numbers(confidence=confidence)
    users, population = checked_cells(users, population, whole=False)
    codes = group_codes(groups, len(users), 2)
    estimate = results_of(point, users[None], population[None])[0]
    values, _ = results_without(point, delete_groups(users, population, codes))
    number = len(values)
    with_limits(estimate, values, most=0, what="groups left out")
    error = np.sqrt((number - 1) * values.var(axis=0))
    half = stdtrit(number - 1, 0.5 + confidence / 2) * np.where(varies(values), error, np.nan)
    shape = shape_of(point, users, population)
    return (estimate - half).reshape(shape), (estimate + half).reshape(shape)
