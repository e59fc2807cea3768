"""The tipping point: how much misreporting of severity in one group would make the gap zero."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from bereik.rates.results import check_numbers
from bereik.rates.workings.limits import check_independent
from bereik.rates.workings.misclassification import UNITS, checked_amounts, direction_of
from bereik.rates.workings.misreported_pair import STANDARDS, Pair, Settings, pairs_of
from bereik.rates.workings.true_gap import gap, limits
from bereik.tables import result_table, without_noise

__all__ = ["tipping_point"]

_ZERO = 1e-12


def tipping_point(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: str,
    kind: str = "bands",
    amounts: Sequence[float] | None = None,
    cuts: Sequence[float] | None = None,
    standard: str = "pair_mean",
    confidence: float = 0.95,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Find how much severity in a group would have to be misreported for the gap at equal severity to be zero.

    Parameters
    ----------
    counts, by, over, relative_to, kind, cuts, standard, confidence, assume_independent
        As in `misreporting_grid`.
    amounts : list of float, optional
        Where to look; 0 is added. By default from -0.5 to 0.5 by 0.01 for bands, from -5 to 5 by 0.1 points for a score.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` and ``severity_reported`` (too low, too high, as reported, or none within the grid), then those
        of a result table, two rows for each group. ``measure``: tipping_point, the amount nearest 0 at which the gap is
        zero; tipping_point_of_interval, the amount nearest 0 at which the interval of the difference contains zero (0
        when it does so as reported). ``value`` is signed as ``misreporting`` in the grid. ``undefined``: no such amount in
        the grid; ``method`` says which amounts are possible. ``numerator`` and ``denominator`` are the crude users and
        population of the group.

    Raises
    ------
    UnknownNameError, InvalidTableError, BereikError
        As in `misreporting_grid`.

    Notes
    -----
    Between the two amounts of the grid where the difference changes sign, the root is found by Brent's method (scipy);
    for the limits by linear interpolation. A root between two amounts without a change of sign at them is not seen:
    use a finer grid. Whether the amount is plausible is for the reader to judge; the assumptions of
    `misreporting_grid` hold.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [800, 200, 850, 150], "users": [40, 80, 34, 51], "synthetic": True,
    ...                        "source": "made up"})
    >>> tipping_point(counts, by=["origin"], over=["severity"], relative_to="a")[
    ...     ["origin", "severity_reported", "measure", "value"]].round(3)
      origin severity_reported                    measure  value
    0      b          too high              tipping_point -0.047
    1      b       as reported  tipping_point_of_interval  0.000
    """
    chosen = np.union1d(checked_amounts(kind, amounts, step=2), [0.0])
    check_numbers(confidence=confidence)
    check_independent(counts, by, assume_independent)
    settings = Settings(kind, standard, confidence, cuts)
    rows = [
        row
        for pair in pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings)
        for row in _tipping_rows(pair, chosen, settings)
    ]
    frame = pd.DataFrame(rows).assign(
        relative_to=relative_to, confidence=confidence, per=UNITS[kind], standard=STANDARDS[standard]
    )
    return result_table(frame, [*by, "severity_reported"])


def _tipping_rows(pair: Pair, amounts: np.ndarray, settings: Settings) -> list[dict[str, object]]:
    def difference(at: np.ndarray) -> np.ndarray:
        return gap(pair.users, pair.population, pair, at, settings.standard)[:, 1]

    values = gap(pair.users, pair.population, pair, amounts, settings.standard)
    lower, upper = limits(pair, amounts, values, settings)
    as_reported = int(np.searchsorted(amounts, 0))
    sign = np.sign(without_noise(values[as_reported, 1]))
    nearest = lower[:, 1] if sign > 0 else upper[:, 1]
    contains_zero = sign == 0 or without_noise(nearest[as_reported]) * sign <= 0
    tips = {
        "tipping_point": _nearest_root(amounts, values[:, 1], difference),
        "tipping_point_of_interval": 0.0 if contains_zero else _nearest_root(amounts, nearest, None),
    }
    return [_row(pair, measure, tip, _looked(amounts, values[:, 1])) for measure, tip in tips.items()]


def _row(pair: Pair, measure: str, tip: float | None, looked: str) -> dict[str, object]:
    if pair.status != "shown":
        what = {"value": np.nan, "severity_reported": "not known", "status": pair.status}
    elif tip is None:
        what = {"value": np.nan, "severity_reported": "none within the grid", "status": "undefined"}
        looked = f"none within the grid: {looked}"
    else:
        what = {"value": tip, "severity_reported": direction_of(tip), "status": "shown"}
    return pair.about | {"measure": measure, "method": pair.method(looked)} | what


def _looked(amounts: np.ndarray, difference: np.ndarray) -> str:
    """Say where a tipping point was looked for."""
    possible, words = amounts[np.isfinite(difference)], f"looked from {amounts[0]:.4g} to {amounts[-1]:.4g}"
    if not len(possible):
        return words
    return f"{words}, of which {possible[0]:.4g} to {possible[-1]:.4g} agree with the reported counts"


def _nearest_root(
    amounts: np.ndarray, values: np.ndarray, exact: Callable[[np.ndarray], np.ndarray] | None
) -> float | None:
    """Find the amount nearest 0 at which values change sign: by Brent's method, or interpolated without `exact`."""
    from scipy.optimize import brentq

    values = np.where(np.abs(values) < _ZERO, 0, values)  # a gap that rounding of the machine keeps from being zero
    roots = list(amounts[values == 0])
    for (left, right), (low, high) in zip(pairwise(amounts), pairwise(values), strict=True):
        if low * high < 0:  # false where one of them is not possible
            interpolated = left - low * (right - left) / (high - low)
            roots.append(
                interpolated if exact is None else brentq(lambda at: exact(np.array([at]))[0], left, right, xtol=1e-14)
            )
    return float(min(roots, key=abs)) if roots else None
