"""Pooled ratio and difference over strata (Mantel-Haenszel), with tests whether the strata agree."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.estimates.workings.delta import normal_limits, ratio_limits
from bereik.estimates.workings.homogeneity import breslow_day_tarone, cochran_q
from bereik.estimates.workings.intervals import SUPERPOPULATION
from bereik.estimates.workings.limits import Interval, Limits
from bereik.estimates.workings.options import check_numbers
from bereik.estimates.workings.parts import Comparison, comparisons
from bereik.estimates.workings.rows import explained, result_rows, words
from bereik.tables import result_table

__all__ = ["mantel_haenszel"]

_MEASURES = ("rate_ratio", "rate_difference", "odds_ratio")
_METHODS = (
    "variance of Greenland & Robins on the log",
    "variance of Sato",
    "variance of Robins, Breslow & Greenland on the log",
)
_TESTS = ("Cochran's Q around the pooled log ratio", "Cochran's Q around the pooled difference", "Breslow-Day-Tarone")


class _Cells(NamedTuple):
    """Two groups in each stratum (last axis): users and population of the group and of the reference."""

    users: np.ndarray
    population: np.ndarray
    reference_users: np.ndarray
    reference_population: np.ndarray


def mantel_haenszel(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: object,
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    on_empty: str = "raise",
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Pool the ratio, the difference and the odds ratio of use over strata, as if they were the same in each.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``; not weighted.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others is compared by itself.
    over : list of str
        The columns that make the strata.
    relative_to : object
        The reference group, a value of the last column of `by`.
    interval : {"delta", "bootstrap"}
        The variances named in ``method``, or percentiles over replicates of the counts.
    per : float
        The difference is per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    on_empty : {"raise", "drop", "pool"}
        What to do with a stratum in which a group has no population, see `workings.strata.cross`. A stratum with
        one of the two groups adds nothing to any pooled measure, but ``"drop"`` leaves it out for all groups.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        and the bootstrap are needed for that.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group other than the reference six rows. ``measure`` is
        mantel_haenszel_rate_ratio, mantel_haenszel_rate_difference, mantel_haenszel_odds_ratio (``numerator`` and
        ``denominator``: crude users and population of the group), and for each the test that it is the same in every
        stratum: rate_ratio_homogeneity, rate_difference_homogeneity, odds_ratio_homogeneity (``value`` is the p-value,
        ``numerator`` the chi-square, ``denominator`` its degrees of freedom). Only the rate ratio may be read as
        "times as likely". ``undefined``: a zero denominator, or fewer than two strata for a test.

    Raises
    ------
    BereikError
        When the counts are weighted, or a number is out of range.
    UnknownNameError, InvalidTableError, IncomparableError
        As for `access_gap`.

    Notes
    -----
    Stratum with group a of n1, reference c of n0, N = n1 + n0, m = a + c.
    Ratio: sum(a n0 / N) / sum(c n1 / N), Greenland & Robins (1985).
    Difference: sum((a n0 - c n1) / N) / sum(n1 n0 / N), Sato (1989).
    Odds ratio: Robins, Breslow & Greenland (1986), by statsmodels. All three stay valid with many small strata.
    Homogeneity: Q = sum of (stratum's measure - pooled)^2 / variance, over strata whose measure and variance exist. Where
    use is rare it tests little: a zero cell leaves a stratum out of the test of the ratio, and makes the variance in the
    test of the difference too small. Breslow & Day (1980) with the correction of Tarone (1985), over strata with users
    and others. A small p says that one pooled number hides differences: show the strata, or use `access_gap`.
    A pooled ratio of 0 has no upper limit.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> pooled = mantel_haenszel(counts, by=["origin"], over=["severity"], relative_to="a")
    >>> pooled.loc[[0, 1], ["measure", "value", "lower", "upper"]].round(2)
                               measure  value  lower  upper
    0       mantel_haenszel_rate_ratio   0.80   0.66   0.98
    1  mantel_haenszel_rate_difference  -3.65  -6.92  -0.38
    """
    check_numbers(per=per)
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, ("delta", "bootstrap"))
    parts = comparisons(counts, by=by, over=over, relative_to=relative_to, on_empty=on_empty)
    if parts[0].strata.weighted:
        raise BereikError(
            "weighted counts", "whole counts of persons", "use access_gap, which takes the effective population"
        )
    rows = pd.concat([_rows(part, how, per) for part in parts])
    rows = rows.assign(relative_to=str(relative_to), standard="pooled over strata (Mantel-Haenszel weights)")
    return result_table(rows.assign(confidence=confidence), by)


def _rows(part: Comparison, how: Interval, per: float) -> pd.DataFrame:
    """Give for each group the pooled measures, then the tests whether the strata agree."""
    strata, compared = part.strata, part.compared

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return np.stack([_point(_cells(users, population, part, row)) for row in compared], axis=-2)

    each = [_cells(strata.users, strata.population, part, row) for row in compared]
    limits = how.of_strata(point, strata) if how.kind == "bootstrap" else _limits(each, how.confidence)
    scale = np.array([1, per, 1])
    units = ("ratio", f"{per:.15g} youths", "odds ratio")
    counts = {"numerator": strata.users[compared].sum(axis=1), "denominator": strata.population[compared].sum(axis=1)}
    pooled = [
        {"measure": f"mantel_haenszel_{name}", "method": f"Mantel-Haenszel, {how.method(method)}", "per": unit} | counts
        for name, method, unit in zip(_MEASURES, _METHODS, units, strict=True)
    ]
    chi, degrees, p_values = (np.array(found) for found in zip(*(_tests(cells) for cells in each), strict=True))
    tests = [
        {"measure": f"{name}_homogeneity", "method": words(test, SUPERPOPULATION, strata.note),
         "per": "p-value; numerator: chi-square, denominator: degrees of freedom",
         "numerator": chi[:, at], "denominator": degrees[:, at]}
        for at, (name, test) in enumerate(zip(_MEASURES, _TESTS, strict=True))
    ]  # fmt: skip
    none = np.full(p_values.shape, np.nan)
    groups = strata.groups.iloc[compared].assign(source=strata.source, synthetic=strata.synthetic, note=strata.note)
    figures = (scale * point(strata.users, strata.population), scale * limits[0], scale * limits[1])
    rows = [
        explained(result_rows(groups, pooled, figures, part.status), "note"),
        result_rows(groups, tests, (p_values, none, none), part.status),
    ]
    return pd.concat(rows).sort_index(kind="stable", key=lambda at: at // len(_MEASURES))  # group by group


def _cells(users: np.ndarray, population: np.ndarray, part: Comparison, row: int) -> _Cells:
    both = (row, part.reference)
    return _Cells(*(values[..., at, :] for at in both for values in (users, population)))


def _point(cells: _Cells) -> np.ndarray:
    """Give ratio, difference and odds ratio on the last axis."""
    a, n1, c, n0 = cells
    total = n1 + n0
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(total > 0, 1 / total, 0)

        def added(values: np.ndarray) -> np.ndarray:
            return (values * weight).sum(axis=-1)

        ratio = added(a * n0) / added(c * n1)
        difference = added(a * n0 - c * n1) / added(n1 * n0)
        odds = added(a * (n0 - c)) / added(c * (n1 - a))
    return np.stack([ratio, difference, odds], axis=-1)


def _limits(each: Sequence[_Cells], confidence: float) -> Limits:
    """Give the lower and upper limits by formula, comparisons x measures."""
    a, n1, c, n0 = (np.array(counts) for counts in zip(*each, strict=True))
    total = n1 + n0
    value = np.array([_point(cells) for cells in each])
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.sum((n1 * n0 * (a + c) - a * c * total) / total**2, axis=1)
        log_variance /= np.sum(a * n0 / total, axis=1) * np.sum(c * n1 / total, axis=1)
        first = np.sum((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2, axis=1)
        second = np.sum((a * (n0 - c) + c * (n1 - a)) / (2 * total), axis=1)
        variance = (value[:, 1] * first + second) / np.sum(n1 * n0 / total, axis=1) ** 2
    ratio = ratio_limits(value[:, 0], log_variance, confidence)
    difference = normal_limits(value[:, 1], variance, confidence)
    odds = zip(*(_odds_limits(*both, confidence) for both in zip(each, value[:, 2], strict=True)), strict=True)
    lower, upper = (np.column_stack(sides) for sides in zip(ratio, difference, odds, strict=True))
    return lower, upper


def _odds_limits(cells: _Cells, odds: float, confidence: float) -> tuple[float, float]:
    from statsmodels.stats.contingency_tables import StratifiedTable

    if not 0 < odds < np.inf:
        return (0.0 if odds == 0 else np.nan), np.nan
    a, n1, c, n0 = cells
    tables = np.array([[a, n1 - a], [c, n0 - c]])
    lower, upper = StratifiedTable(tables).oddsratio_pooled_confint(alpha=1 - confidence)
    return float(lower), float(upper)


def _tests(cells: _Cells) -> tuple[list[float], list[float], list[float]]:
    """Test whether each measure is the same in every stratum: chi-squares, degrees of freedom and p-values."""
    from scipy.special import chdtrc

    a, n1, c, n0 = cells
    ratio, difference, odds = _point(cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = a / n1, c / n0
        found = (
            cochran_q(np.log(p / q), np.log(ratio), 1 / a - 1 / n1 + 1 / c - 1 / n0),
            cochran_q(p - q, difference, p * (1 - p) / n1 + q * (1 - q) / n0),
            breslow_day_tarone(a, n1, c, n0, odds),
        )
    p_values = [chdtrc(degrees, chi) if degrees else np.nan for chi, degrees in found]
    return [chi for chi, _ in found], [degrees for _, degrees in found], p_values
