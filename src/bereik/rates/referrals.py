"""Who referred youths to care: the share of each referrer (*verwijzer*) in the trajectories that have one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.data.referrals import ALL, HIDDEN_UP_TO, REFERRERS
from bereik.errors import IncomparableError, InvalidTableError, UnknownNameError, example_rows
from bereik.rates.intervals import divide, proportion_interval
from bereik.rates.results import SUPERPOPULATION, check_columns, check_numbers
from bereik.tables import check_counts, check_statuses, numbers, require_columns, require_unique, result_table

__all__ = ["referral_shares"]

_WHERE = "the table of routes"
_BOUNDS = ["trajectories_lower", "trajectories_upper"]
_METHOD = f"Wilson interval, trajectories as if independent; {SUPERPOPULATION}"


def referral_shares(
    routes: pd.DataFrame, *, by: Sequence[str], grouped: bool = False, confidence: float = 0.95
) -> pd.DataFrame:
    """Compute who referred the trajectories of youth care, as shares that add up to 100.

    Parameters
    ----------
    routes : pandas.DataFrame
        Rows of `referrals_of` or `pool_referrals`: the columns of `by`, ``referrer``, ``trajectories``, ``status``,
        ``synthetic``, ``source``; ``rounded_to`` or ``trajectories_lower`` and ``trajectories_upper``. Rows of ``all`` are
        left out: they also hold protection and probation, which have no referrer.
    by : list of str
        The category columns without the referrer, for example ``["period", "region"]``.
    grouped : bool
        Add the referrers up to four groups (`REFERRERS`): the municipality, a doctor, a judge or certified institution, nobody
        that is known. Hidden counts are in the sum with their bounds.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``referrer``, then those of a result table. ``measure`` is referral_share: per 100 trajectories with
        a referrer, with no referrer (none) or with one that is not known (unknown). ``lower_rounding`` and
        ``upper_rounding``: what rounding, and counts that are not published, allow.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a count is impossible or a combination occurs twice.
    IncomparableError
        When no row has a referrer.
    UnknownNameError
        When a referrer belongs to none of the groups.

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
    >>> referral_shares(routes, by=["region"])[["referrer", "value", "lower_rounding", "upper_rounding", "status"]].round(1)
      referrer  value  lower_rounding  upper_rounding         status
    0       gp   74.3            73.1            75.6          shown
    1    judge    NaN             NaN             NaN  not_published
    2     none   24.8            24.0            25.6          shown
    >>> referral_shares(routes, by=["region"], grouped=True)[["referrer", "value", "status"]].round(1)
         referrer  value         status
    0  via_doctor   74.3          shown
    1   via_court    NaN  not_published
    2  via_nobody   24.8          shown
    """
    check_numbers(confidence=confidence)
    check_columns(by=by)
    table = _grouped(_checked(routes, by), by) if grouped else _checked(routes, by)
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
            measure="referral_share", value=100 * share, lower=100 * lower, upper=100 * upper,
            lower_rounding=100 * divide(low, low + most - high, shown & (low + most - high > 0)),
            upper_rounding=100 * divide(high, high + least - low, shown & (high + least - low > 0)),
            confidence=confidence, numerator=np.where(shown, middle, np.nan), denominator=np.where(shown, whole, np.nan),
            per="100 trajectories with a referrer, without one, or with an unknown one", method=_METHOD, status=status,
        ),
        [*by, "referrer"],
    )  # fmt: skip


def _grouped(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add the bounds of the referrers of a group; a sum is not published where they lie further apart than the sum itself."""
    for referrer in table["referrer"].unique():
        if referrer not in REFERRERS:
            raise UnknownNameError("referrer", referrer, REFERRERS, where=_WHERE)
    place = table.groupby(list(by), observed=True, sort=False).ngroup()
    group = table["referrer"].map(REFERRERS).astype(pd.CategoricalDtype([*dict.fromkeys(REFERRERS.values())]))
    ordered = table.assign(referrer=group, place=place).sort_values(["place", "referrer"], kind="stable")
    sums = ordered.groupby([*by, "referrer"], observed=True, sort=False, as_index=False).agg(
        **{name: (name, "sum") for name in _BOUNDS}, synthetic=("synthetic", "first"), source=("source", "first")
    )
    known = sums[_BOUNDS[1]] - sums[_BOUNDS[0]] <= sums[_BOUNDS].mean(axis=1)
    return sums.astype({"referrer": "str"}).assign(status=np.where(known, "shown", "not_published"))


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
            "take the rows of pool_referrals",
        )
    return table.astype(dict.fromkeys(_BOUNDS, "float64"))
