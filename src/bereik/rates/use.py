"""Rates of use (proportions of youths), with their intervals and what rounding allows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.counts.table import as_counts, is_weighted
from bereik.errors import BereikError
from bereik.rates.intervals import INTERVALS, Limits, divide, effective_size, proportion_interval
from bereik.rates.results import SUPERPOPULATION, check_known, check_numbers
from bereik.suppress import rounded_to
from bereik.tables import numbers, refuse_rows, result_table

_WHERE, _TODO = "the count table", "correct these rows"
_BOUNDS = ["population_lower", "population_upper"]
_EFFECTIVE = "at the effective population (ignores strata and clusters)"


def use_rates(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    interval: str = "wilson",
    per: float = 100,
    confidence: float = 0.95,
    rounding: float | None = None,
) -> pd.DataFrame:
    """Compute the rate of use (youths in care per 100 youths) of each row of a count table, with an interval.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table (see `bereik.as_counts`): `by`, ``population``, ``users``, ``synthetic``, ``source``.
    by : list of str
        The category columns. Together they identify each row: nothing is added up.
    interval : {"wilson", "clopper_pearson", "jeffreys", "agresti_coull"}
        The method of the interval. At 0 users or at all users the interval of Jeffreys is extended to 0 or 1.
    per : float
        The rate is per this number of youths.
    confidence : float
        The confidence of the interval, between 0 and 1.
    rounding : float, optional
        The unit that `users` are rounded to in the source, for example 5: they lie within half a unit. Not together with
        the columns ``population_lower`` and ``population_upper``, which give the bounds when they are there. A table that
        `protect` made says itself to what both its counts are rounded.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table: ``measure`` is use_rate, ``value`` = `per` x users / population,
        ``lower`` and ``upper`` the interval, ``lower_rounding`` and ``upper_rounding`` the rates that agree with the
        rounding. A hidden row keeps its status and has no value; population 0 has status ``no_population``.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When `counts` is no count table, or `by` does not identify its rows.
    UnknownNameError
        When the interval is unknown.
    BereikError
        When an exact interval is asked of weighted counts, or a number is out of range.

    Notes
    -----
    Intervals: Newcombe (1998), Brown, Cai & DasGupta (2001); computed by statsmodels. The counts are complete, no sample:
    an interval shows how much such counts vary by chance in a notional superpopulation. In a weighted table
    the interval has the size of ``effective_population``, (sum of weights)^2 / (sum of squared weights), which takes no
    account of strata and clusters.

    Examples
    --------
    >>> counts = pd.DataFrame({"region": ["A"], "population": [263], "users": [81], "synthetic": True, "source": "made up"})
    >>> use_rates(counts, by=["region"])[["region", "value", "lower", "upper", "per"]].round(2)
      region  value  lower  upper         per
    0      A   30.8  25.53  36.62  100 youths
    """
    check_numbers(per=per, confidence=confidence, rounding=rounding)
    check_known("interval", interval, INTERVALS)
    if is_weighted(counts) and interval == "clopper_pearson":
        problem = "the interval 'clopper_pearson' is asked of weighted counts"
        expected = "whole counts, because an exact interval counts persons"
        raise BereikError(problem, expected, "use 'wilson', which takes the effective population of each row")
    table = as_counts(counts, by=by)
    users, population = numbers(table["users"]), numbers(table["population"])
    status = table["status"].mask((table["status"] == "shown") & (population == 0), "no_population")
    shown = (status == "shown").to_numpy()
    share, size = divide(users, population, shown), effective_size(table)
    expected = "(sum of weights)^2 / (sum of squared weights)"
    refuse_rows(table, {f"{_WHERE} has no effective_population": shown & ~(size > 0)}, expected=expected, todo=_TODO)
    limits = proportion_interval(divide(users * size, population, shown), size, interval, confidence)
    bounds = _rounding_bounds(table, share, rounding)
    names = ("value", "lower", "upper", "lower_rounding", "upper_rounding")
    figures = {name: per * figure for name, figure in zip(names, (share, *limits, *bounds), strict=True)}
    rows = table[[*by, "synthetic", "source"]].assign(**figures)
    words = f"{INTERVALS[interval][1]} {_EFFECTIVE if is_weighted(counts) else ''}".strip()
    rows = rows.assign(measure="use_rate", confidence=confidence, method=f"{words}; {SUPERPOPULATION}", status=status)
    return result_table(rows.assign(numerator=users, denominator=population, per=f"{per:.15g} youths"), by)


def _rounding_bounds(table: pd.DataFrame, share: np.ndarray, rounding: float | None) -> Limits:
    """Give the lowest and highest proportions that agree with the rounding of the source; NaN when nothing is rounded."""
    shown, users, population = ~np.isnan(share), numbers(table["users"]), numbers(table["population"])
    if not set(_BOUNDS) <= set(table.columns):
        both = rounded_to(table["source"])
        unit = both if rounding is None else rounding
        half = np.nan if unit is None else unit / 2
        fewest, most = np.clip(users - half, 0, population), np.clip(users + half, 0, population)
        around = 0 if both is None else half  # a protected table: the population is rounded too
        return divide(fewest, population + around, shown), np.minimum(divide(most, population - around, shown), 1)
    if rounding is not None:
        problem = f"`rounding` is {rounding!r} and the count table has population_lower and population_upper"
        expected = "one of the two, since both describe the rounding of the same rate"
        raise BereikError(problem, expected, "leave `rounding` out, or drop the two columns")
    small, large = (numbers(table[name]) for name in _BOUNDS)
    outside = shown & ~((small <= population + 0.5) & (population - 0.5 <= large))  # population is rounded to whole
    expected = "population_lower <= population <= population_upper"
    refuse_rows(table, {f"{_WHERE} has a population outside its bounds": outside}, expected=expected, todo=_TODO)
    return divide(users, large, shown), np.minimum(divide(users, np.maximum(small, users), shown & (small > 0)), 1)
