"""The door through which care was reached: the share of each referrer (*verwijzer*) in the trajectories that have one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import IncomparableError, InvalidTableError, example_rows
from bereik.estimates.workings.intervals import SUPERPOPULATION, divide, numbers, proportion_interval
from bereik.estimates.workings.options import check_columns, check_numbers
from bereik.sources.routes import ALL, HIDDEN_UP_TO
from bereik.tables import check_counts, check_statuses, require_columns, require_unique, result_table

__all__ = ["route_shares"]

_WHERE = "the table of routes"
_BOUNDS = ["trajectories_lower", "trajectories_upper"]
_METHOD = f"Wilson interval, trajectories as if independent; {SUPERPOPULATION}"


def route_shares(routes: pd.DataFrame, *, by: Sequence[str], confidence: float = 0.95) -> pd.DataFrame:
    """Compute through which door trajectories of youth care came in, as shares that add up to 100.

    Parameters
    ----------
    routes : pandas.DataFrame
        Rows of `routes_of` or `pool_routes`: the columns of `by`, ``referrer``, ``trajectories``, ``status``, ``synthetic``,
        ``source``; ``rounded_to`` or ``trajectories_lower`` and ``trajectories_upper``. Rows of ``all`` are left out: they also
        hold protection and probation, which have no referrer.
    by : list of str
        The category columns without the referrer, for example ``["period", "region"]``.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``referrer``, then those of a result table. ``measure`` is route_share: per 100 trajectories with
        a referrer, with no referrer (none) or with one that is not known (unknown). ``lower_rounding`` and
        ``upper_rounding``: what rounding, and counts that are not published, allow.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a count is impossible or a combination occurs twice.
    IncomparableError
        When no row has a referrer.

    Notes
    -----
    A count below 10 is not published: it is 0 to 7 and stands in the sum as the middle of that. Interval: Wilson
    (Newcombe 1998). A youth can have several trajectories, so it is too narrow, and it does not hold errors of registration,
    which are larger: what one municipality calls no referrer, another calls unknown, or municipal access.

    Examples
    --------
    >>> routes = pd.DataFrame({"region": "A", "referrer": ["all", "gp", "judge", "none"], "trajectories": [600, 300, None, 100],
    ...                        "rounded_to": 5, "status": ["shown", "shown", "not_published", "shown"], "synthetic": True,
    ...                        "source": "made up"})
    >>> route_shares(routes, by=["region"])[["referrer", "value", "lower_rounding", "upper_rounding", "status"]].round(1)
      referrer  value  lower_rounding  upper_rounding         status
    0       gp   74.3            73.1            75.6          shown
    1    judge    NaN             NaN             NaN  not_published
    2     none   24.8            24.0            25.6          shown
    """
    check_numbers(confidence=confidence)
    check_columns(by=by)
    table = _checked(routes, by)
    middle = (table[_BOUNDS[0]] + table[_BOUNDS[1]]).to_numpy() / 2
    parts = table.assign(middle=middle)
    whole, least, most = (
        parts.groupby(list(by), observed=True)[name].transform("sum").to_numpy() for name in ("middle", *_BOUNDS)
    )
    status = table["status"].mask((table["status"] == "shown") & (whole == 0), "undefined")
    shown = (status == "shown").to_numpy()
    low, high = (table[name].to_numpy() for name in _BOUNDS)
    share = divide(middle, whole, shown)
    lower, upper = proportion_interval(
        np.where(shown, middle, np.nan), np.where(shown, whole, np.nan), "wilson", confidence
    )
    return result_table(
        table.assign(
            measure="route_share", value=100 * share, lower=100 * lower, upper=100 * upper,
            lower_rounding=100 * divide(low, low + most - high, shown & (low + most - high > 0)),
            upper_rounding=100 * divide(high, high + least - low, shown & (high + least - low > 0)),
            confidence=confidence, numerator=np.where(shown, middle, np.nan), denominator=np.where(shown, whole, np.nan),
            per="100 trajectories with a referrer, without one, or with an unknown one", method=_METHOD, status=status,
        ),
        [*by, "referrer"],
    )  # fmt: skip


def _checked(routes: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Check the counts, leave the rows of all out, and add bounds where there are none."""
    require_columns(routes, [*by, "referrer", "trajectories", "status", "synthetic", "source"], where=_WHERE)
    table = routes[routes["referrer"] != ALL].reset_index(drop=True)
    if table.empty:
        raise IncomparableError(
            f"{_WHERE} has no row with a referrer", "at least one", "select the rows of referrers too"
        )
    require_unique(table, [*by, "referrer"], where=_WHERE)
    check_statuses(table)
    if not set(_BOUNDS) <= set(table.columns):
        require_columns(table, ["rounded_to"], where=_WHERE)
        check_counts(table, ["trajectories"], where=_WHERE)
        count, half = numbers(table["trajectories"]), numbers(table["rounded_to"]) / 2
        low, high = np.maximum(count - half, 0), count + half
        hidden = np.isnan(count)
        return table.assign(
            trajectories_lower=np.where(hidden, 0, low), trajectories_upper=np.where(hidden, HIDDEN_UP_TO, high)
        )
    low, high = (numbers(table[name]) for name in _BOUNDS)
    wrong = ~((low >= 0) & (low <= high) & np.isfinite(high))
    if wrong.any():
        raise InvalidTableError(
            f"impossible bounds in {_WHERE}: {example_rows(table[[*by, 'referrer', *_BOUNDS]], wrong)}",
            "0 <= trajectories_lower <= trajectories_upper",
            "take the rows of pool_routes",
        )
    return table.astype(dict.fromkeys(_BOUNDS, "float64"))
