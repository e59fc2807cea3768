"""The severity gradient: how steeply use of care rises with severity, in each group (vertical equity)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns, require_order
from bereik.errors import BereikError
from bereik.rates.bootstrap import check_independent
from bereik.rates.intervals import difference_limits, normal_limits, wilson
from bereik.rates.results import check_numbers, explained, result_rows
from bereik.rates.strata import Strata, lay_out
from bereik.tables import result_table

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
        When a group has nobody in a band or is the total of others, a count is impossible, or the bands have no order that is
        declared (an ordered categorical) or given by numbers.

    Notes
    -----
    Mid-ridit of a band (Bross 1958): the share of all youths, all groups together, in lower bands plus half the share in the
    band itself. Slope = sum n (x - m) p / sum n (x - m)^2 with n, p of the group, x the mid-ridits and m their mean in
    the group: the least-squares line through the youths themselves. Variance: sum n (x - m)^2 p (1 - p) over the square of that
    denominator, with the mid-ridits fixed; it holds although the residuals are not equally spread. A steeper slope for one
    group than for another can also come from a higher level of use: read it beside the rates. Adding a group changes the scale.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": [1, 2] * 2,
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
    check_columns(over=over)
    if len(over) != 1:
        raise BereikError(f"over={over!r}", "a list of one column, an ordered severity", "name the column of severity")
    parts = lay_out(counts, by=by, over=over, apart=True)
    require_order(parts[0].strata)
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = pd.concat([_rows(part, confidence, per) for part in parts])
    return result_table(rows.assign(confidence=confidence, per=f"{per:.15g} youths"), by)


def _rows(part: Strata, confidence: float, per: float) -> pd.DataFrame:
    figures = per * np.stack([_slope(part, confidence), _difference(part, confidence)], axis=-1)
    named = zip(_MEASURES.items(), _STANDARDS, strict=True)
    labels = [{"measure": name, "method": method, "standard": standard} for (name, method), standard in named]
    counted = {"numerator": part.users.sum(axis=1).repeat(2), "denominator": part.population.sum(axis=1).repeat(2)}
    same = {"source": part.source, "synthetic": part.synthetic}
    return explained(result_rows(part.groups, labels, figures, part.status, **same, **counted))


def _slope(part: Strata, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the slope of use on mid-ridits in each group, and its limits."""
    population, total = part.population, part.population.sum(axis=1)
    pooled = np.nansum(population, axis=0) / np.nansum(population)
    ridits = pooled.cumsum() - pooled / 2
    centred = ridits - (population @ ridits / total)[:, None]
    squares = (population * centred**2).sum(axis=1)
    squares = np.where(squares > 1e-12 * total, squares, np.nan)
    share = part.users / population
    variance = ((population * centred) ** 2 * share * (1 - share) / part.size).sum(axis=1) / squares**2
    slope = (centred * part.users).sum(axis=1) / squares
    return slope, *normal_limits(slope, variance, confidence)


def _difference(part: Strata, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give use in the highest band minus use in the lowest, and its limits; missing when there is one band only."""
    low, high = (part.users[:, band] / part.population[:, band] for band in (0, -1))
    limits = [wilson(share, part.size[:, band], confidence) for share, band in ((low, 0), (high, -1))]
    one = np.nan if part.users.shape[1] == 1 else 0
    return high - low + one, *difference_limits(high, limits[1], low, limits[0])
