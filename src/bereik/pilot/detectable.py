"""What size of change in one region could have been seen at all, among all youths and within one group of them."""

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.comparison import LEVEL, compared_with, comparison_table, read_series
from bereik.pilot.outcomes import AFTER, BEFORE

__all__ = ["detectable_change"]

_STEPS = 2000
_POWER = 0.8


def detectable_change(outcomes: pd.DataFrame, region: str, *, share_of_users: float) -> pd.DataFrame:
    """Say what size of change in the region the placebo test could have seen at all, among all youths and within one group.

    Parameters
    ----------
    outcomes, region
        See `difference_in_differences`; the comparison is with all other regions.
    share_of_users : float
        Part (0-1) of the users of this form who belong to the group that the pilot was for.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``region``, ``statistic`` (standardised: the change divided by the error of
        the region before, as in `difference_in_differences`; plain: the change itself) and ``size`` (a supposed change in
        points; missing for the last two): ``power`` for sizes from 0 upwards, ``detectable_change`` (points among all youths,
        seen in 80 % of cases) and
        ``detectable_change_in_group`` (% change in use by the group that moves the total as much).

    Raises
    ------
    UnknownNameError, IncomparableError, BereikError
        See `difference_in_differences`; also when the share is not between 0 and 1, or no size in reach is enough.

    Notes
    -----
    Each region in turn gets a change of the same number of its own errors (with the plain statistic: of points), upwards and
    downwards; power is the share of these 2 x m tests with p of at most 5 %. So the actual departures of the regions stand in
    for chance in the years after.
    A change of x % in a group with a share s of the users moves the total by x s %.

    Examples
    --------
    >>> from bereik.pilot.outcomes import pilot_outcomes
    >>> use = pilot_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = detectable_change(use, "Haaglanden", share_of_users=0.32)
    >>> found = table[table["measure"] == "detectable_change"]
    >>> found[["statistic", "value"]].round(1).values.tolist()
    [['standardised', 10.4], ['plain', 3.3]]
    """
    if not 0 < share_of_users < 1:
        raise BereikError(f"`share_of_users` is {share_of_users!r}", "a number between 0 and 1", "give such a number")
    series = read_series(outcomes, BEFORE, AFTER)
    at, weights = series.position(region), series.equal_weights()
    change, error, _ = series.changes(weights)
    level = series.table.iloc[:, at].to_numpy()[series.before].mean()
    rows = []
    for statistic, unit in (("standardised", error), ("plain", np.ones(len(error)))):
        sizes, seen = _power(change, unit, weights)
        points = sizes * unit[at]
        enough = np.flatnonzero(seen < _POWER).max(initial=-1) + 1
        if enough == len(sizes):
            raise BereikError(
                f"a power of {_POWER} is not reached by a change of {points[-1]:.1f} points",
                "less",
                "use more regions or years",
            )
        every = slice(None, None, _STEPS // 100)
        curve = pd.DataFrame({"size": points[every], "value": seen[every], "measure": "power", "per": "1"})
        least = [
            {"measure": "detectable_change", "value": points[enough]},
            {
                "measure": "detectable_change_in_group",
                "value": 100 * points[enough] / level / share_of_users,
                "per": "% of use by the group",
            },
        ]
        rows.append(pd.concat([curve, pd.DataFrame(least)], ignore_index=True).assign(statistic=statistic))
    table = pd.concat(rows, ignore_index=True).assign(status="shown", region=region)
    words = f"{compared_with(None)}; power {_POWER:g}, share of users {share_of_users:.3f}"
    return comparison_table(table, series, words, ["region", "statistic", "size"])


def _power(change: np.ndarray, unit: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give sizes (in units of each region's own), and the share of regions and signs whose change would be seen."""
    number = len(change)
    sizes = np.linspace(0, 4 * np.abs(change / unit).max(), _STEPS + 1)
    moved = np.eye(number) - weights
    seen = np.zeros(len(sizes))
    for at in range(number):
        for sign in (-1, 1):
            worlds = np.abs((change + sign * unit[at] * np.outer(sizes, moved[:, at])) / unit)
            seen += (worlds >= worlds[:, [at]] * (1 - 1e-9)).sum(axis=1) <= LEVEL * number
    return sizes, seen / (2 * number)
