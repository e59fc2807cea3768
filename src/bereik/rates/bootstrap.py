"""The bootstrap of counts, how an interval is asked for, and who may be counted more than once."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import check_columns, check_flags, check_whole, require_frame
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.rates.intervals import Limits
from bereik.rates.results import SUPERPOPULATION, check_numbers
from bereik.rates.strata import Hashed

Point = Callable[[np.ndarray, np.ndarray], np.ndarray]
_FEWEST_GROUPS, _MOST_UNDEFINED = 10, 0.01
_BLOCK = 2**15  # cells x replicates held at a time: 256 kB an array, which fits the cache


class IntervalOptions(NamedTuple):
    """How limits are asked for: by which method, with which confidence, and how many replicates of the counts."""

    kind: str | None
    confidence: float = 0.95
    replicates: int = 2000
    seed: int = 0

    def check(self, counts: pd.DataFrame, by: Sequence[str], apart: bool, kinds: Sequence[Any], per: float) -> None:
        """Raise for a number out of range, an unknown method, or several periods taken together as if of other persons."""
        check_numbers(per=per)
        _check_options(self.confidence, self.replicates, self.seed)
        if not isinstance(self.kind, str | None) or self.kind not in kinds:
            todo = "use one of these, or None for no interval" if None in kinds else ""
            raise UnknownNameError("interval", self.kind, [name for name in kinds if name], todo=todo)
        check_flags(assume_independent=apart)
        check_independent(counts, by, apart or self.kind is None, drawn=self.kind == "bootstrap")

    def drawn(self, point: Point, part: Any) -> Limits:
        """Give the bootstrap limits of what `point` computes from the counts of a part (groups by strata, or cells of a model).

        They are NaN when no interval is asked for.

        Of weighted counts the effective population `size` of each cell is drawn, and each person drawn weighs the mean of the
        cell: then a count varies as the sum of the squared weights, and a rate as at the effective population.
        """
        if self.kind is None:
            none = np.full(np.shape(point(part.users, part.population)), np.nan)
            return none, none
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where((part.size > 0) & (part.hashed is None), part.population / part.size, 1.0)

        def weighed(users: np.ndarray, population: np.ndarray) -> np.ndarray:
            return point(users * weight, population * weight)

        same: dict[str, Any] = {"confidence": self.confidence, "replicates": self.replicates, "seed": self.seed}
        return bootstrap_limits(weighed, part.users / weight, part.population / weight, part.hashed, **same)

    def method(self, otherwise: str = "delta method") -> str:
        """Describe the bootstrap, or give the words for an interval that is another method."""
        drawn = f"bootstrap of counts, {self.replicates} replicates, seed {self.seed}, percentiles"
        return drawn if self.kind == "bootstrap" else otherwise

    def words(self) -> str:
        """Describe the interval for the column ``method``; empty when none is asked for."""
        return f"{self.method()}; {SUPERPOPULATION}" if self.kind else ""


def bootstrap_limits(
    point: Point,
    users: np.ndarray,
    population: np.ndarray,
    hashed: Hashed = None,
    *,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Limits:
    """Give the limits of anything computed from counts, by drawing the counts again many times.

    Parameters
    ----------
    point : function
        Computes the results from users and population, whose leading axis is the replicates.
    users, population : array of float
        Whole counts of youths in each cell, on any axes; a hidden cell is NaN in both, and stays so in every replicate.
    hashed : tuple of array, optional
        Users and population of hashed groups of persons, on one axis more, in front. Then whole groups are drawn, so
        persons who are counted more than once, and households, stay together.
    confidence : float
        The confidence of the interval, between 0 and 1.
    replicates : int
        How many times the counts are drawn.
    seed : int
        Start of the random numbers (numpy's PCG64): the same seed gives the same limits.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, in the shape of ``point(users, population)``. Both are NaN where the estimate itself is
        undefined, and where it is the same in every replicate (a rate of 0 or of 100 percent, a group relative to
        itself): the bootstrap then says nothing about its uncertainty.

    Raises
    ------
    BereikError
        When more than 1 percent of the replicates of a result are undefined (some stratum runs empty), when there are
        fewer than 10 hashed groups, or an option is out of range.

    Notes
    -----
    Efron & Tibshirani (1993), chapter 13: quantiles of the replicates. Drawing N persons with replacement and counting them
    is the same as one multinomial draw of the counts over cells x (user, not user), so the time does not depend on N.
    Persons are assumed independent unless `hashed` is given. Percentile limits are too narrow for small counts: with 2, 5
    and 10 expected users among 100 youths they cover the true rate in 84, 91 and 94 percent of cases (computed exactly, mean
    over rates of 1-3, 3-7 and 7-15 percent). Undefined replicates, when at most 1 percent, are left out.

    Examples
    --------
    >>> def rate(users, population):
    ...     return users.sum(axis=-1) / population.sum(axis=-1)
    >>> lower, upper = bootstrap_limits(rate, np.array([[9.0, 5.0], [5.0, 20.0]]), np.array([[90.0, 10.0], [50.0, 50.0]]))
    >>> lower.round(2).tolist(), upper.round(2).tolist()
    ([0.07, 0.17], [0.21, 0.34])
    """
    _check_options(confidence, replicates, seed)
    if hashed is not None and len(hashed[0]) < _FEWEST_GROUPS:
        todo = "put each person (or household) in one of 100 hashed groups, in a column `group`, and count within it"
        raise BereikError(f"{len(hashed[0])} hashed groups of persons", f"at least {_FEWEST_GROUPS}", todo)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        estimate = np.asarray(point(users, population), dtype=float)
        if not (population > 0).any():
            return np.full(estimate.shape, np.nan), np.full(estimate.shape, np.nan)
        generator = np.random.default_rng(seed)
        step = max(1, _BLOCK // users.size)
        sizes = [min(step, replicates - start) for start in range(0, replicates, step)]
        drawn = (_drawn_again(generator, size, users, population, hashed) for size in sizes)
        values = np.concatenate([point(*counts) for counts in drawn])  # a block's size changes no number
    tail, limits = (1 - confidence) / 2, np.full((2, *estimate.shape), np.nan)
    for at in zip(*np.nonzero(_with_limits(estimate, values)), strict=True):
        one = values[(slice(None), *at)]
        limits[(slice(None), *at)] = np.quantile(one[np.isfinite(one)], [tail, 1 - tail])
    return limits[0], limits[1]


def _drawn_again(
    generator: np.random.Generator, size: int, users: np.ndarray, population: np.ndarray, hashed: Hashed
) -> tuple[np.ndarray, np.ndarray]:
    """Draw all persons, or all hashed groups of persons, again this many times: users and population."""
    if hashed is not None:
        groups = len(hashed[0])
        times = generator.multinomial(groups, np.full(groups, 1 / groups), size).astype(float)
        drawn_users, drawn_population = (np.tensordot(times, each, axes=1) for each in hashed)
        return drawn_users, drawn_population
    counts = np.concatenate([users.ravel(), (population - users).ravel()])
    present = np.flatnonzero(counts > 0)  # else what rounding leaves over could go to the last category, though empty
    total = counts[present].sum()
    drawn = np.tile(np.where(np.isnan(counts), np.nan, 0.0), (size, 1))
    drawn[:, present] = generator.multinomial(int(total), counts[present] / total, size)
    using, others = (half.reshape(size, *users.shape) for half in np.split(drawn, 2, axis=1))
    return using, using + others


def _check_options(confidence: float, replicates: int, seed: int) -> None:
    """Raise when an option of the bootstrap is out of range."""
    check_numbers(confidence=confidence)
    check_whole(int(np.ceil(round(2 / (1 - confidence), 6))), replicates=replicates)
    check_whole(0, seed=seed)


def _with_limits(estimate: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Say which results have limits (defined, and varying), or raise when one is undefined in too many replicates."""
    defined, finite = np.isfinite(estimate), np.isfinite(values)
    share = np.where(defined, (~finite).mean(axis=0), 0)
    if (share > _MOST_UNDEFINED).any():
        at = np.unravel_index(np.argmax(share), share.shape)
        problem = f"a result is undefined in {share[at]:.1%} of {len(values)} replicates"
        todo = "merge small strata or groups, or use the default interval"
        raise BereikError(f"{problem}, because a denominator becomes 0", f"at most {_MOST_UNDEFINED:.0%}", todo)
    numbers = np.where(finite, values, np.nan)
    low, high = np.fmin.reduce(numbers, axis=0), np.fmax.reduce(numbers, axis=0)
    return np.asarray(defined & (high - low > 1e-12 * np.maximum(np.abs(low), np.abs(high))))


def check_independent(counts: pd.DataFrame, by: Sequence[str], assume_independent: bool, drawn: bool = False) -> None:
    """Raise when counts hold the same persons more than once, and the interval takes them all as other persons.

    With `drawn` hashed groups of persons (a column ``group``) are drawn as a whole, so they may be counted again.

    Examples
    --------
    >>> years = pd.DataFrame({"period": ["2021", "2022"], "group": [1, 1], "population": [10, 20], "users": [1, 2]})
    >>> check_independent(years, ["origin"], assume_independent=False, drawn=True)
    """
    check_flags(assume_independent=assume_independent)
    require_frame(counts, where="the count table")
    check_columns(by=by)
    if assume_independent or ("group" in counts and drawn):
        return
    if "group" in counts:
        expected = "the bootstrap, which draws whole groups: other intervals take all counts as other persons"
        todo = "use interval='bootstrap' where there is one; or say assume_independent=True"
        raise IncomparableError("a formula for the interval of a table with hashed groups of persons", expected, todo)
    periods = [str(period) for period in counts["period"].unique()] if "period" in counts and "period" not in by else []
    if len(periods) > 1:
        problem = f"{len(periods)} periods pooled ({', '.join(periods[:4])}{', ...' if len(periods) > 4 else ''})"
        expected = "one period, or hashed groups of persons: a youth in several years is counted in each, which makes "
        expected += "an interval for independent persons too narrow"
        todo = "select one period; or add a column `group` of hashed persons (see count) and use interval='bootstrap' "
        raise IncomparableError(problem, expected, f"{todo}where there is one; or say assume_independent=True")
