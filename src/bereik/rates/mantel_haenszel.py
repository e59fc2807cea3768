"""Pooled ratio and difference over strata (Mantel-Haenszel), with a test whether the strata agree."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.rates.bootstrap import check_independent
from bereik.rates.intervals import normal_limits, ratio_limits
from bereik.rates.results import SUPERPOPULATION, check_numbers, explained, result_rows, words
from bereik.rates.strata import Strata, comparisons
from bereik.tables import result_table

_MEASURES = {
    "mantel_haenszel_rate_ratio": "variance of Greenland & Robins on the log",
    "mantel_haenszel_rate_difference": "variance of Sato",
    "mantel_haenszel_odds_ratio": "variance of Robins, Breslow & Greenland on the log",
}
_TEST = "p-value; numerator: chi-square, denominator: degrees of freedom"


def mantel_haenszel(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: object,
    per: float = 100,
    confidence: float = 0.95,
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
    per : float
        The difference is per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    assume_independent : bool
        Take several periods together as if no youth were in two of them.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group other than the reference four rows. ``measure`` is
        mantel_haenszel_rate_ratio, mantel_haenszel_rate_difference, mantel_haenszel_odds_ratio (``numerator`` and
        ``denominator``: crude users and population of the group), and odds_ratio_homogeneity, the test that the odds ratio
        is the same in every stratum (``value`` is the p-value, ``numerator`` the chi-square, ``denominator`` its degrees
        of freedom). Only the rate ratio may be read as "times as likely". ``undefined``: a zero denominator, or fewer than
        two strata for the test.

    Raises
    ------
    BereikError
        When the counts are weighted, or a number is out of range.
    UnknownNameError, InvalidTableError, IncomparableError
        As for `access_gap`.

    Notes
    -----
    Stratum with group a of n1, reference c of n0, N = n1 + n0.
    Ratio: sum(a n0 / N) / sum(c n1 / N), Greenland & Robins (1985).
    Difference: sum((a n0 - c n1) / N) / sum(n1 n0 / N), Sato (1989).
    Odds ratio: Robins, Breslow & Greenland (1986). Both ratios are by statsmodels, which has no variance of the first two
    measures. All three stay valid with many small strata. Homogeneity: Breslow & Day (1980) with the correction of Tarone
    (1985), over strata with users and others. A small p says that one pooled number hides differences: show the strata, or
    use `access_gap`. A pooled ratio of 0 has no upper limit.

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
    check_independent(counts, by, assume_independent)
    parts = comparisons(counts, by=by, over=over, relative_to=relative_to)
    if parts[0].weighted:
        problem = "weighted counts"
        raise BereikError(problem, "whole counts of persons", "use access_gap, which takes the effective population")
    rows = pd.concat([_rows(part, confidence, per) for part in parts])
    rows = rows.assign(relative_to=str(relative_to), standard="pooled over strata (Mantel-Haenszel weights)")
    return result_table(rows.assign(confidence=confidence), by)


def _rows(part: Strata, confidence: float, per: float) -> pd.DataFrame:
    """Give for each group the pooled measures, then the test whether the strata agree."""
    reference = part.users[part.reference], part.population[part.reference]
    each = [(part.users[row], part.population[row], *reference) for row in part.compared]
    figures = np.array([_pooled(*counts, confidence) for counts in each])  # groups, (value, lower, upper), measures
    tests = np.array([_test(*counts, odds) for counts, odds in zip(each, figures[:, 0, 2], strict=True)])
    of_test = np.stack([tests[:, :1], *np.full((2, len(each), 1), np.nan)], axis=1)
    every = np.moveaxis(np.concatenate([figures * [1, per, 1], of_test], axis=2), 1, 0)
    units = ("ratio", f"{per:.15g} youths", "odds ratio")
    labels = [
        {"measure": measure, "method": f"Mantel-Haenszel, {method}", "per": unit} | part.compared_counts
        for (measure, method), unit in zip(_MEASURES.items(), units, strict=True)
    ]
    test = {"measure": "odds_ratio_homogeneity", "method": "Breslow-Day-Tarone", "per": _TEST}
    labels.append(test | {"numerator": tests[:, 1], "denominator": tests[:, 2]})
    same = {"source": part.source, "synthetic": part.synthetic}
    rows = explained(result_rows(part.groups.iloc[part.compared], labels, every, part.compared_status, **same))
    method = words("Breslow-Day-Tarone", SUPERPOPULATION)
    return rows.assign(method=rows["method"].mask(rows["measure"] == "odds_ratio_homogeneity", method))


def _pooled(a: np.ndarray, n1: np.ndarray, c: np.ndarray, n0: np.ndarray, confidence: float) -> np.ndarray:
    """Give (value, lower, upper) of the ratio, the difference and the odds ratio."""
    from statsmodels.stats.contingency_tables import StratifiedTable

    total, table = n1 + n0, StratifiedTable(np.array([[a, n1 - a], [c, n0 - c]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.array([table.riskratio_pooled, table.oddsratio_pooled])
        of_ratio = np.sum((n1 * n0 * (a + c) - a * c * total) / total**2)
        of_ratio /= np.sum(a * n0 / total) * np.sum(c * n1 / total)
        weight = np.sum(n1 * n0 / total)
        difference = np.sum((a * n0 - c * n1) / total) / weight
        first = np.sum((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2)
        second = np.sum((a * (n0 - c) + c * (n1 - a)) / (2 * total))
        of_difference = (difference * first + second) / weight**2
        variances = np.array([of_ratio, table.logodds_pooled_se**2])
        (low, odds_low), (high, odds_high) = ratio_limits(ratios, variances, confidence)
    below, above = normal_limits(difference, of_difference, confidence)
    return np.array([[ratios[0], difference, ratios[1]], [low, below, odds_low], [high, above, odds_high]])


def _test(a: np.ndarray, n1: np.ndarray, c: np.ndarray, n0: np.ndarray, odds: float) -> tuple[float, float, float]:
    """Test whether the odds ratio is the same in every stratum: p-value, chi-square and degrees of freedom.

    statsmodels has this test, but gives no number where the pooled odds ratio is 1: there strata may differ most.
    """
    from scipy.special import chdtrc

    told = (a + c > 0) & (a + c < n1 + n0)  # a stratum without users, or with users only, says nothing
    if told.sum() < 2 or not 0 < odds < np.inf:
        return np.nan, np.nan, np.nan
    a, n1, n0, cases = a[told], n1[told], n0[told], (a + c)[told]
    # The expected users e solve (1 - odds) e^2 + linear e - odds n1 cases = 0; written to be exact near 1.
    linear, product = n0 - cases + odds * (n1 + cases), odds * n1 * cases
    root = np.sqrt(linear**2 + 4 * (1 - odds) * product)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(linear > 0, 2 * product / (linear + root), (root - linear) / (2 * (1 - odds)))
    variance = 1 / (1 / expected + 1 / (n1 - expected) + 1 / (cases - expected) + 1 / (n0 - cases + expected))
    chi = float(np.sum((a - expected) ** 2 / variance) - np.sum(a - expected) ** 2 / np.sum(variance))
    return float(chdtrc(len(a) - 1, chi)), chi, len(a) - 1
