"""The severity gradient: how steeply use of care rises with severity, in each group (vertical equity)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.rates.intervals import difference_limits, normal_limits, wilson
from bereik.rates.results import check_numbers, explained, result_rows
from bereik.rates.workings.limits import Limits, check_independent
from bereik.rates.workings.parts import lay_out
from bereik.rates.workings.strata import Strata
from bereik.tables import result_table

__all__ = ["severity_gradient"]

_MEASURES = {
    "severity_gradient": "weighted least squares on mid-ridits, binomial variances",
    "use_difference_highest_lowest": "Newcombe interval (MOVER from Wilson limits)",
}
_STANDARDS = ("severity ranked over all groups in the table", None)


def severity_gradient(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    per: float = 100,
    confidence: float = 0.95,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute how steeply use rises with severity in each group, and use in the highest minus the lowest band.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``.
    by : list of str
        The columns that make the groups. The groups of the last one share one scale of severity; each combination of the
        others has its own.
    over : list of one str
        The column of severity, an ordered category, lowest first.
    per : float
        Both measures are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    assume_independent : bool
        Take several periods together as if no youth were in two of them.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group two rows. ``measure`` is severity_gradient (the
        slope: the rise in use from the lowest to the highest youth in all groups together, on a straight line) and
        use_difference_highest_lowest (use in the highest band minus that in the lowest). ``numerator`` and
        ``denominator`` are the crude users and population of the group. A hidden group keeps its status. ``undefined``:
        there is one band only.

    Raises
    ------
    BereikError
        When `over` is not one column, or a number is out of range.
    InvalidTableError
        When a group has nobody in a band, or a count is impossible.

    Notes
    -----
    Mid-ridit of a band (Bross 1958): the share of all youths, all groups together, in lower bands plus half the share in the
    band itself. Slope = sum n (x - m) p / sum n (x - m)^2 with n, p of the group, x the mid-ridits and m their mean in
    the group: the least-squares line through the youths themselves. Variance: sum n (x - m)^2 p (1 - p) over the square of that
    denominator, with the mid-ridits fixed; it holds although the residuals are not equally spread. A steeper slope for one
    group than for another can also come from a higher level of use: read it beside the rates. Adding a group changes the scale.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> severity_gradient(counts, by=["origin"], over=["severity"])[["origin", "measure", "value", "lower", "upper"]].round(1)
      origin                        measure  value  lower  upper
    0      a              severity_gradient   80.0   60.0  100.0
    1      a  use_difference_highest_lowest   40.0   30.1   49.8
    2      b              severity_gradient   64.0   54.2   73.8
    3      b  use_difference_highest_lowest   32.0   27.0   36.8
    """
    check_numbers(per=per, confidence=confidence)
    check_independent(counts, by, assume_independent)
    if isinstance(over, str) or len(over) != 1:
        raise BereikError(f"over={over!r}", "a list of one column, an ordered severity", "name the column of severity")
    parts = lay_out(counts, by=by, over=over)
    rows = pd.concat([_rows(part, confidence, per) for part in parts])
    return result_table(rows.assign(confidence=confidence, per=f"{per:.15g} youths"), by)


def _rows(part: Strata, confidence: float, per: float) -> pd.DataFrame:
    values, (lower, upper) = _point(part.users, part.population), _limits(part, confidence)
    labels = [
        {"measure": measure, "method": method, "standard": standard}
        for (measure, method), standard in zip(_MEASURES.items(), _STANDARDS, strict=True)
    ]
    rows = result_rows(
        part.groups, labels, (per * values, per * lower, per * upper), part.status,
        source=part.source, synthetic=part.synthetic, note=part.note, numerator=part.users.sum(axis=1).repeat(2),
        denominator=part.population.sum(axis=1).repeat(2),
    )  # fmt: skip
    return explained(rows, "note")


def _centred_ridits(population: np.ndarray) -> np.ndarray:
    """Give the mid-ridits of the bands minus their mean in each group, (..., groups, bands)."""
    pooled = np.nansum(population, axis=-2, keepdims=True)
    pooled = pooled / pooled.sum(axis=-1, keepdims=True)
    ridits = pooled.cumsum(axis=-1) - pooled / 2
    return np.asarray(
        ridits - (population * ridits).sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)
    )


def _point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give slope and difference, (..., groups, 2), from counts (..., groups, bands)."""
    centred = _centred_ridits(population)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (population * centred**2).sum(axis=-1)
        slope = (centred * users).sum(axis=-1) / np.where(squares > 1e-12 * population.sum(axis=-1), squares, np.nan)
        share = users[..., [-1, 0]] / population[..., [-1, 0]]
    difference = share[..., 0] - share[..., 1] if users.shape[-1] > 1 else np.full(slope.shape, np.nan)
    return np.stack([slope, difference], axis=-1)


def _limits(part: Strata, confidence: float) -> Limits:
    """Give the lower and upper limits by formula, groups x measures."""
    share, centred = part.users / part.population, _centred_ridits(part.population)
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = (part.population * centred) ** 2 * share * (1 - share) / part.size
        variance = scatter.sum(axis=1) / (part.population * centred**2).sum(axis=1) ** 2
    slope = normal_limits(_point(part.users, part.population)[:, 0], variance, confidence)
    high, low = (wilson(share[:, band], part.size[:, band], confidence) for band in (-1, 0))
    difference = difference_limits(share[:, -1], high, share[:, 0], low)
    return np.column_stack([slope[0], difference[0]]), np.column_stack([slope[1], difference[1]])
