"""How far one region departs from the others after the pilot: difference in differences, with placebo inference."""

import numpy as np
import pandas as pd

from bereik.pilot.comparison import (
    LEVEL,
    Span,
    compared_with,
    comparison_table,
    placebo_interval,
    placebo_row,
    read_series,
)
from bereik.pilot.outcomes import AFTER, BEFORE

__all__ = ["difference_in_differences", "leave_one_region_out"]


def difference_in_differences(
    outcomes: pd.DataFrame,
    region: str,
    *,
    similar: int | None = None,
    before: Span = BEFORE,
    after: Span = AFTER,
) -> pd.DataFrame:
    """Compare the change in one region with that in the others, and rank it among placebo changes of all regions.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period of `bereik.pilot_outcomes` (or of a table of that shape).
    region : str
        The region of the pilot.
    similar : int, optional
        Compare each region with this many regions nearest in number of youths; all others when not given.
    before, after : tuple of int
        First and last year of the periods before and after; years between are not counted.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind`` and ``region``. For each region: ``difference_in_differences`` (mean after
        minus mean before, minus the same in its comparison regions; points), ``pre_period_error`` (standard deviation of its
        departures before) and ``standardised_departure`` (the first divided by the second). For `region` also: ``lower`` and
        ``upper`` (changes that the placebo test does not reject), ``placebo_p`` (``numerator`` of ``denominator`` regions whose
        standardised departure is at least as far from 0), ``placebo_p_plain`` (the same with the change itself),
        ``pre_trend`` (slope of the departures before, points a year) and ``pre_trend_p`` (its rank, likewise).

    Raises
    ------
    UnknownNameError
        When `region` is not in the outcomes, or misses a figure before or after.
    IncomparableError, BereikError
        When series are mixed, or there are fewer than 3 periods before, 1 after, or 20 regions; also when a region does not
        vary before, so that its error is 0, or `similar` is not between 2 and the number of other regions.

    Notes
    -----
    With one treated region cluster-robust and bootstrap errors are invalid; every region takes the part of the treated one in
    turn, and p = k / m, two-sided, k = regions with a standardised departure at least as large, the region itself included
    (Conley & Taber 2011; Abadie, Diamond & Hainmueller 2010). The error of each region stands in the denominator because small
    regions vary more (Ferman & Pinto 2019). With 42 regions the smallest p is 1/42 = 0.024, and a test at 5 % rejects in
    2/42 = 4.8 % of cases without effect. The test supposes that regions are alike apart from size of error, and that
    nothing else happened to one region only: a break in the source does not cancel where regions differ in its size.

    Examples
    --------
    >>> from bereik.pilot.outcomes import pilot_outcomes
    >>> use = pilot_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = difference_in_differences(use, "Haaglanden")
    >>> table.loc[table["region"] == "Haaglanden", ["measure", "value"]].round(2).values.tolist()[:2]
    [['difference_in_differences', -0.72], ['pre_period_error', 0.56]]
    """
    series = read_series(outcomes, before, after)
    at, weights = series.position(region), series.equal_weights(similar)
    change, error, slope = series.changes(weights)
    regions = series.table.columns
    of_all = {"difference_in_differences": change, "pre_period_error": error, "standardised_departure": change / error}
    rows = pd.concat(
        [pd.DataFrame({"region": regions, "measure": name, "value": value}) for name, value in of_all.items()]
    )
    lower, upper = placebo_interval(change, error, weights, at)
    main = ((rows["region"] == region) & (rows["measure"] == "difference_in_differences")).to_numpy()
    limits = {"lower": lower, "upper": upper, "confidence": 1 - np.floor(LEVEL * len(regions)) / len(regions)}
    rows = rows.assign(**{name: np.where(main & np.isfinite(limit), limit, np.nan) for name, limit in limits.items()})
    own = [
        placebo_row("placebo_p", change / error, at),
        placebo_row("placebo_p_plain", change, at),
        {"measure": "pre_trend", "value": slope[at], "per": "points a year"},
        placebo_row("pre_trend_p", slope, at),
    ]
    own_rows = pd.DataFrame(own).assign(region=region)
    return comparison_table(
        pd.concat([rows, own_rows]).assign(status="shown"), series, compared_with(similar), ["region"]
    )


def leave_one_region_out(outcomes: pd.DataFrame, region: str) -> pd.DataFrame:
    """Repeat the difference in differences, each time without one of the other regions.

    Parameters
    ----------
    outcomes, region
        See `difference_in_differences`.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind`` and ``left_out`` (a region): ``difference_in_differences`` (points) and
        ``placebo_p``.

    Raises
    ------
    UnknownNameError, IncomparableError, BereikError
        See `difference_in_differences`.

    Examples
    --------
    >>> from bereik.pilot.outcomes import pilot_outcomes
    >>> use = pilot_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = leave_one_region_out(use, "Haaglanden").query("measure == 'difference_in_differences'")
    >>> len(table), table["value"].agg(["min", "max"]).round(2).tolist()
    (41, [-0.78, -0.66])
    """
    series = read_series(outcomes, BEFORE, AFTER)
    series.position(region)
    rows: list[dict[str, object]] = []
    for left_out in series.table.columns.drop(region):
        kept = series.table.columns != left_out
        fewer = series._replace(table=series.table.loc[:, kept], size=series.size[kept])
        change, error, _ = fewer.changes(fewer.equal_weights())
        at = fewer.position(region)
        rows.append({"left_out": left_out, "measure": "difference_in_differences", "value": change[at]})
        rows.append({"left_out": left_out, **placebo_row("placebo_p", change / error, at)})
    return comparison_table(
        pd.DataFrame(rows).assign(status="shown"), series, "all other regions but one", ["left_out"]
    )
