"""The measures of change in one group of pairs, each as a row of a result table."""

from typing import Any

import numpy as np

from bereik.pilot.answers import HIGHEST, LOWEST
from bereik.pilot.signed_rank import shift_estimate, shift_interval, signed_rank_p
from bereik.rates.intervals import proportion_interval

Row = dict[str, Any]
NUMBERS = ("measure", "value", "lower", "upper", "numerator", "denominator", "per", "standard", "method")
POINTS = f"points of the answer ({LOWEST}-{HIGHEST})"
_POWER = 0.8
_EXACT = "signed rank, zeros by Pratt, ties by permutation"


def shift(differences: np.ndarray, items: int, confidence: float) -> Row:
    """Give the Hodges-Lehmann shift of sums of items, in points of the answer; limits within what the answers allow."""
    most = (HIGHEST - LOWEST) * items
    lower, upper = np.clip(shift_interval(differences, confidence), -most, most)
    return {
        "measure": "hodges_lehmann_shift",
        "value": shift_estimate(differences) / items,
        "lower": lower / items,
        "upper": upper / items,
        "denominator": len(differences),
        "per": POINTS,
        "method": f"Hodges-Lehmann; exact interval by test inversion ({_EXACT})",
    }


def signed_rank(differences: np.ndarray) -> Row:
    """Give the p-value of the exact signed-rank test."""
    return {
        "measure": "signed_rank_p",
        "value": signed_rank_p(differences),
        "denominator": len(differences),
        "per": "probability, two-sided",
        "method": f"exact Wilcoxon {_EXACT}",
    }


def share(which: np.ndarray, measure: str, confidence: float) -> Row:
    """Give the share of participants for whom something holds, with the Clopper-Pearson interval."""
    count, total = np.array([which.sum()], dtype="float64"), np.array([len(which)], dtype="float64")
    lower, upper = proportion_interval(count, total, "clopper_pearson", confidence)
    return {
        "measure": measure,
        "value": 100 * count[0] / total[0],
        "lower": 100 * lower[0],
        "upper": 100 * upper[0],
        "numerator": count[0],
        "denominator": total[0],
        "per": "100 participants",
        "method": "Clopper-Pearson interval; improved and declined are strict, ties apart",
    }


def standardised(differences: np.ndarray, confidence: float) -> Row:
    """Divide the mean change by the standard deviation of the changes; the limits are those of a noncentral t."""
    from scipy.special import nctdtrinc

    row: Row = {
        "measure": "standardised_mean_change",
        "denominator": len(differences),
        "per": "standard deviations",
        "standard": "standard deviation of the changes",
        "method": "exact interval, noncentral t, for normal changes",
    }
    spread, root = differences.std(ddof=1), np.sqrt(len(differences))
    if spread == 0:
        return row | {"status": "undefined"}
    value, tail = differences.mean() / spread, (1 - confidence) / 2
    lower, upper = nctdtrinc(len(differences) - 1, np.array([1 - tail, tail]), value * root) / root
    return row | {"value": value, "lower": lower, "upper": upper}


def smallest_detectable(differences: np.ndarray, items: int, confidence: float) -> Row:
    """Give the shift that a two-sided test of so many pairs, spread as these are, finds with a probability of 80 %."""
    from statsmodels.stats.power import TTestPower

    row: Row = {
        "measure": "smallest_detectable_shift",
        "denominator": len(differences),
        "per": POINTS,
        "method": f"power {_POWER:.0%}, t-test at 3/pi times the pairs, at the standard deviation found",
    }
    spread = differences.std(ddof=1)
    if spread == 0:
        return row | {"status": "undefined"}
    size = TTestPower().solve_power(nobs=len(differences) * 3 / np.pi, alpha=1 - confidence, power=_POWER)
    return row | {"value": float(size) * spread / items}
