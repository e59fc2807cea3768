"""Synthetic control: the mix of other regions that moved most like one region before, and how far it departs after."""

import numpy as np
import pandas as pd

from bereik.pilot.comparison import Series, comparison_table, placebo_row, read_series
from bereik.pilot.outcomes import AFTER, BEFORE

__all__ = ["mix_weights", "synthetic_control"]

_POOREST_FIT = 0.5  # pre-RMSPE as part of the region's own standard deviation before: a quarter of its variance
_SUM_TO_ONE = 1e3


def synthetic_control(outcomes: pd.DataFrame, region: str) -> pd.DataFrame:
    """Compare a region with the weighted mix of other regions that moved most like it before.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period of `bereik.pilot_outcomes` (or of a table of that shape).
    region : str
        The region of the pilot.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``region`` and ``period`` (missing where it is about all periods).
        ``donor_weight`` (0-1) for each region in the mix; for `region` ``pre_rmspe`` (distance to the mix before),
        ``left_out_rmspe`` (the same for each period before, by a mix chosen without that period), ``post_rmspe`` (after),
        ``poor_fit`` (pre-RMSPE divided by the region's own standard deviation before), ``synthetic_departure`` (per period, and
        the mean after), ``rmspe_ratio`` (post divided by left-out RMSPE) and ``placebo_p`` (its rank among all regions). The
        last four have status ``undefined`` when the pre-fit is poor: there is no result then.

    Raises
    ------
    UnknownNameError
        When `region` is not in the outcomes, or misses a figure before or after.
    IncomparableError
        When series are mixed, or there are fewer than 3 periods before, 1 after, or 20 regions.

    Notes
    -----
    Weights are at least 0, sum to 1 and minimise the squared distance before, of series minus their mean before (Abadie,
    Diamond & Hainmueller 2010; with demeaning: Ferman & Pinto 2021), by non-negative least squares (scipy). Poor fit: a
    pre-RMSPE above half the region's own standard deviation before. **With 4 to 9 periods and 41 donors the mix overfits**:
    often it fits without error, and post / pre RMSPE is a division by nothing. So the ratio has the left-out RMSPE
    below the line. Difference in differences is primary; this is a second look.

    Examples
    --------
    >>> from bereik.pilot.outcomes import pilot_outcomes
    >>> use = pilot_outcomes().query("form == 'youth_care' and period_kind == 'half-year'")
    >>> table = synthetic_control(use, "Haaglanden").set_index("measure")
    >>> float(table.loc["poor_fit", "value"].round(2)), table.loc["placebo_p", "status"]
    (0.78, 'undefined')
    """
    series = read_series(outcomes, BEFORE, AFTER)
    at = series.position(region)
    weights = np.array([_mix(series, each, series.before) for each in range(series.table.shape[1])])
    apart = series.departures(weights)
    pre, post = (_root_mean_square(apart.to_numpy()[part]) for part in (series.before, series.after))
    left_out = _left_out(series)
    own = series.table.to_numpy()[series.before, at].std()
    fit = pre[at] / own if own > 0 else np.inf
    fits = bool(fit <= _POOREST_FIT)
    donors = pd.DataFrame({"region": series.table.columns, "measure": "donor_weight", "value": weights[at], "per": "1"})
    about: list[dict[str, object]] = [
        {"measure": "pre_rmspe", "value": pre[at]},
        {"measure": "left_out_rmspe", "value": left_out[at]},
        {"measure": "post_rmspe", "value": post[at]},
        {"measure": "poor_fit", "value": fit, "per": "own standard deviations before"},
    ]
    result: list[dict[str, object]] = [
        *({"measure": "synthetic_departure", "period": when, "value": value} for when, value in apart[region].items()),
        {"measure": "synthetic_departure", "value": apart.to_numpy()[series.after, at].mean()},
        {"measure": "rmspe_ratio", "value": post[at] / left_out[at], "per": "ratio"},
        placebo_row("placebo_p", post / left_out, at),
    ]
    if not fits:
        nothing = {"value": np.nan, "numerator": np.nan, "denominator": np.nan, "status": "undefined"}
        result = [row | nothing for row in result]
    rows = pd.concat(
        [donors[donors["value"] > 1e-6], pd.DataFrame(about + result).assign(region=region)], ignore_index=True
    )
    rows["period"] = rows["period"].astype("str").where(rows["period"].notna())
    status = rows["status"].fillna("shown") if "status" in rows else "shown"
    rows = rows.assign(status=status)
    rows.loc[(rows["status"] == "shown") & rows["value"].isna(), "status"] = "not_published"
    words = "a mix of other regions (synthetic control)" + ("" if fits else "; no result: poor fit before")
    return comparison_table(rows, series, words, ["region", "period"])


def mix_weights(target: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Find the weights, at least 0 and with sum 1, whose mix of donors is nearest to a target.

    Parameters
    ----------
    target : array
        One value per period.
    donors : array
        Periods x donors.

    Returns
    -------
    array
        One weight per donor.

    Notes
    -----
    Non-negative least squares (Lawson & Hanson 1974, `scipy.optimize.nnls`) with the sum as a heavily weighted equation.

    Examples
    --------
    >>> donors = np.array([[0.0, 4.0, 9.0], [1.0, 3.0, -8.0]])
    >>> mix_weights(np.array([1.0, 1.5]), donors).round(3).tolist()
    [0.75, 0.25, 0.0]
    """
    from scipy.optimize import nnls

    heavy = _SUM_TO_ONE * max(float(np.abs(donors).max()), 1e-9)
    weights, _ = nnls(np.vstack([donors, np.full(donors.shape[1], heavy)]), np.append(target, heavy))
    return np.asarray(weights / weights.sum())


def _mix(series: Series, at: int, used: np.ndarray) -> np.ndarray:
    """Find the mix of the other regions for one region, on the periods that are used, each series minus its mean there."""
    early = series.table.to_numpy()[used]
    early = early - early.mean(axis=0)
    return np.insert(mix_weights(early[:, at], np.delete(early, at, axis=1)), at, 0.0)


def _left_out(series: Series) -> np.ndarray:
    """Predict each period before by a mix chosen on the other periods before: root mean square error of each region."""
    values, periods = series.table.to_numpy(), np.flatnonzero(series.before)
    errors = np.zeros((len(periods), values.shape[1]))
    for row, period in enumerate(periods):
        used = np.zeros_like(series.before)
        used[periods[periods != period]] = True
        mean = values[used].mean(axis=0)
        for at in range(values.shape[1]):
            errors[row, at] = (values[period] - mean) @ (np.eye(len(mean))[at] - _mix(series, at, used))
    return _root_mean_square(errors)


def _root_mean_square(apart: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt((apart**2).mean(axis=0)))
