"""The slope of use along an ordered column: slope index and relative index of inequality."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.estimates.concentration import mid_ranks
from bereik.estimates.workings.bands import index_rows, ordered_counts
from bereik.estimates.workings.intervals import effective_size, numbers
from bereik.estimates.workings.limits import Interval
from bereik.estimates.workings.options import check_numbers

__all__ = ["slope_index"]


def slope_index(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: str,
    interval: str | None = "delta",
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute the slope index and the relative index of inequality of use along an ordered column.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population``, ``users``, ``synthetic`` and ``source``.
    by : list of str
        The columns that make the groups; each has its own slope, over its own distribution.
    over : str
        The ordered column, lowest first: ordered categories, or numbers (of which only the order is used).
    interval : {"delta", "bootstrap", None}
        Limits by formula, from drawing all persons again, or none.
    per : float
        The slope index is per this number of youths.
    confidence, replicates, seed : float, int, int
        Of the interval and of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them (limits are then too narrow); without it, an
        interval over several periods needs a column ``group`` with hashed groups of persons.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; two rows per group. ``measure`` is slope_index (use at the top of
        the order minus use at the bottom, on the fitted line) or relative_index (top divided by bottom);
        ``numerator`` and ``denominator`` are the crude users and population. Status ``undefined``: one band only, or a
        relative index whose line is not above 0 at both ends. There are no limits where the variance is 0.

    Raises
    ------
    BereikError
        When the order of `over` is not declared, a number is out of range, or counts are weighted and a bootstrap is asked.
    UnknownNameError
        When the interval is unknown.
    InvalidTableError
        When `counts` is no count table.

    Notes
    -----
    With population n, rate p and mid-rank R of each band (between 0 and 1; half of the group is in lower bands at 0.5):
    least squares of p on R with weights n, which is the regression over all youths. slope_index = slope; relative_index =
    (constant + slope) / constant (Kunst & Mackenbach 1995). Both are those of the R package PHEindicatormethods, whose
    limits are simulated. Weights of 1 / se^2, which others use, are infinite where nobody uses care. Limits: binomial
    variances with ranks and weights fixed, the relative index on the log; in a weighted table at the effective population.
    The line need not fit: look at the rates per band as well. In 1,500 simulated tables the limits of the slope covered it
    93-95 % of the time with 7 to 110 users in a group, those of the relative index 98-99 %; with 7 users it was undefined
    in a quarter of them.

    Examples
    --------
    >>> counts = pd.DataFrame({"region": "A", "income": [1, 2, 3], "population": [100, 100, 100], "users": [30, 20, 10],
    ...                        "synthetic": True, "source": "made up"})
    >>> found = slope_index(counts, by=["region"], over="income")
    >>> found[["measure", "value", "lower", "upper", "per"]].round(2)
              measure  value  lower  upper         per
    0     slope_index -30.00 -46.10 -13.90  100 youths
    1  relative_index   0.14   0.02   0.82       ratio
    """
    check_numbers(per=per)
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, (None, "delta", "bootstrap"))
    cells = ordered_counts(counts, by, over)
    method = f"weighted least squares on mid-ranks over {over}, weights population"
    labels: list[dict[str, object]] = [
        {"measure": "slope_index", "per": f"{per:.15g} youths", "method": method},
        {"measure": "relative_index", "per": "ratio", "method": method},
    ]
    return index_rows(cells, by, labels, lambda part: _point, how, _errors, logs=[1], scale=np.array([per, 1.0]))


def line(values: np.ndarray, ranks: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give constant and slope of the weighted least-squares line of values on ranks (..., bands)."""
    total = weights.sum(axis=-1, keepdims=True)
    middle = (weights * ranks).sum(axis=-1, keepdims=True) / total
    spread = (weights * (ranks - middle) ** 2).sum(axis=-1)
    rise = (weights * (ranks - middle) * values).sum(axis=-1)
    slope = np.divide(rise, spread, out=np.full(np.shape(rise), np.nan), where=spread > 1e-12 * total[..., 0])
    return (weights * values).sum(axis=-1) / total[..., 0] - slope * middle[..., 0], slope


def _point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
    rates = np.divide(users, population, out=np.zeros(users.shape), where=population > 0)
    bottom, slope = line(rates, mid_ranks(population), population)
    positive = (bottom > 1e-12) & (bottom + slope > 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([slope, np.where(positive, (bottom + slope) / bottom, np.nan)], axis=-1)


def _errors(part: pd.DataFrame) -> np.ndarray:
    """Give the standard errors of the slope and of the logarithm of the relative index."""
    users, population = numbers(part["users"]), numbers(part["population"])
    size = effective_size(part)
    known = population > 0
    rates = users[known] / population[known]
    ranks = mid_ranks(population[known])
    unit = np.eye(known.sum())  # the line is linear in the rates: what a rate of 1 in one band adds to it
    to_bottom, to_slope = line(unit, ranks[None], population[known][None])
    bottom, slope = float(to_bottom @ rates), float(to_slope @ rates)
    to_log = (to_bottom + to_slope) / (bottom + slope) - to_bottom / bottom
    variance = rates * (1 - rates) / size[known]
    return np.asarray(np.sqrt([(to_slope**2 * variance).sum(), (to_log**2 * variance).sum()]))
