"""Pooled ratio and difference over strata (Mantel-Haenszel), with tests whether the strata agree."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.estimates.resample import strata_limits
from bereik.estimates.workings.delta import ratio_limits
from bereik.estimates.workings.homogeneity import breslow_day_tarone, cochran_q
from bereik.estimates.workings.intervals import SUPERPOPULATION, check_numbers, normal_quantile
from bereik.estimates.workings.parts import Comparison, bootstrap_words, check_independent, comparisons, words
from bereik.tables import result_table

__all__ = ["mantel_haenszel"]

_MEASURES = ("rate_ratio", "rate_difference", "odds_ratio")
_METHODS = (
    "Mantel-Haenszel, variance of Greenland & Robins on the log",
    "Mantel-Haenszel, variance of Sato",
    "Mantel-Haenszel, variance of Robins, Breslow & Greenland on the log",
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
    check_numbers(per=per, confidence=confidence)
    if interval not in ("delta", "bootstrap"):
        raise UnknownNameError("interval", interval, ("delta", "bootstrap"))
    parts = comparisons(counts, by=by, over=over, relative_to=relative_to, on_empty=on_empty, hashed=True)
    check_independent(counts, by, interval, assume_independent)
    if parts[0].strata.weighted:
        raise BereikError(
            "weighted counts", "whole counts of persons", "use access_gap, which takes the effective population"
        )
    frames = []
    for part in parts:
        drawn = None if interval == "delta" else _drawn(part, confidence, replicates, seed)
        for at, row in enumerate(part.compared):
            cells = _cells(part.strata.users, part.strata.population, part, row)
            limits = _limits(cells, confidence) if drawn is None else drawn[:, at]
            how = _METHODS if drawn is None else [f"Mantel-Haenszel, {bootstrap_words(replicates, seed)}"] * 3
            frame = pd.concat([_pooled(cells, limits, how, per), _tests(cells)])
            frames.append(_about(frame, part, at, relative_to))
    return result_table(pd.concat(frames, ignore_index=True).assign(confidence=confidence), by)


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


def _limits(cells: _Cells, confidence: float) -> np.ndarray:
    """Give the limits, (lower, upper) x measures."""
    a, n1, c, n0 = cells
    total, value, z = n1 + n0, _point(cells), normal_quantile(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = np.sum((n1 * n0 * (a + c) - a * c * total) / total**2)
        log_variance /= np.sum(a * n0 / total) * np.sum(c * n1 / total)
        first = np.sum((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2)
        second = np.sum((a * (n0 - c) + c * (n1 - a)) / (2 * total))
        variance = (value[1] * first + second) / np.sum(n1 * n0 / total) ** 2
    half = z * np.sqrt(variance) if variance > 0 else np.nan
    ratio = ratio_limits(value[:1], np.array([log_variance]), confidence)
    odds = _odds_limits(cells, value[2], confidence)
    return np.array([[ratio[0][0], value[1] - half, odds[0]], [ratio[1][0], value[1] + half, odds[1]]])


def _odds_limits(cells: _Cells, odds: float, confidence: float) -> tuple[float, float]:
    from statsmodels.stats.contingency_tables import StratifiedTable

    if not 0 < odds < np.inf:
        return (0.0 if odds == 0 else np.nan), np.nan
    a, n1, c, n0 = cells
    tables = np.array([[a, n1 - a], [c, n0 - c]])
    lower, upper = StratifiedTable(tables).oddsratio_pooled_confint(alpha=1 - confidence)
    return float(lower), float(upper)


def _drawn(part: Comparison, confidence: float, replicates: int, seed: int) -> np.ndarray:
    """Give bootstrap limits, (lower, upper) x comparisons x measures."""

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return np.stack([_point(_cells(users, population, part, row)) for row in part.compared], axis=-2)

    if "shown" not in part.status:
        return np.full((2, len(part.compared), len(_MEASURES)), np.nan)
    options: dict[str, Any] = {"confidence": confidence, "replicates": replicates, "seed": seed}
    return np.array(strata_limits(point, part.strata, **options))


def _tests(cells: _Cells) -> pd.DataFrame:
    """Test whether each measure is the same in every stratum."""
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
    rows = [
        {
            "measure": f"{name}_homogeneity", "value": chdtrc(degrees, chi) if degrees else np.nan, "numerator": chi,
            "denominator": degrees, "per": "p-value; numerator: chi-square, denominator: degrees of freedom",
            "method": method,
        }
        for name, (chi, degrees), method in zip(_MEASURES, found, _TESTS, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _pooled(cells: _Cells, limits: np.ndarray, methods: Sequence[str], per: float) -> pd.DataFrame:
    scale = np.array([1, per, 1])
    value, (lower, upper) = scale * _point(cells), scale * limits
    none, no_upper = "no interval: nothing varies", "no upper limit: the ratio is 0, and 0 has no logarithm"
    said = [
        method if np.isfinite(high) else (no_upper if np.isfinite(low) else none)
        for method, low, high in zip(methods, lower, upper, strict=True)
    ]
    return pd.DataFrame({
        "measure": [f"mantel_haenszel_{name}" for name in _MEASURES], "value": value, "lower": lower, "upper": upper,
        "numerator": cells.users.sum(), "denominator": cells.population.sum(),
        "per": ["ratio", f"{per:.15g} youths", "odds ratio"], "method": said,
    })  # fmt: skip


def _about(frame: pd.DataFrame, part: Comparison, at: int, relative_to: object) -> pd.DataFrame:
    """Add groups, status and source; hide what is not shown."""
    strata = part.strata
    shown = np.isfinite(frame["value"]) & (part.status[at] == "shown")
    status = "undefined" if part.status[at] == "shown" else part.status[at]
    group = strata.groups.iloc[part.compared[at]].to_dict()
    figures = ["value", "lower", "upper"]
    return frame.assign(
        **group, **{name: frame.get(name, pd.Series(np.nan, frame.index)).where(shown) for name in figures},
        status=np.where(shown, "shown", status), relative_to=str(relative_to), source=strata.source,
        synthetic=strata.synthetic, standard="pooled over strata (Mantel-Haenszel weights)",
        method=[words(method, SUPERPOPULATION, strata.note) for method in frame["method"]],
    )  # fmt: skip
