"""The change of each figure since the same period a year before, with an interval that is conservative."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind, parse_period
from bereik.tables import (
    RESULT_COLUMNS,
    check_statuses,
    numbers,
    require_columns,
    require_unique,
    rounded,
    without_noise,
)

__all__ = ["year_changes"]

_WHERE = "the table of results"


def year_changes(results: pd.DataFrame, *, by: Sequence[str], jump: float = 10) -> pd.DataFrame:
    """Set each figure beside the one of a year before, and mark changes too large to be read as a change in care.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table with the columns of `by` and ``period`` (periods of one kind: years, or dates).
    by : list of str
        The category columns without the period; with it and ``measure`` they identify a row.
    jump : float
        A change of more than this number of units (points of a percentage), in either direction, is marked.

    Returns
    -------
    pandas.DataFrame
        `results` with ``previous_period``, ``change`` (this figure minus that of a year before), ``change_lower`` and
        ``change_upper``, ``change_method`` and ``jump`` (True when the change is larger than `jump`; look at the registration
        first). Missing, and False, where one of the two is not shown or the year before is absent.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent or a row occurs twice.
    IncomparableError
        When periods of several kinds are mixed.

    Notes
    -----
    Interval of a difference from the limits of both figures (MOVER: Zou & Donner 2008), as if they were independent. Adjacent
    years share youths, so their figures go up and down together: the true interval is narrower (conservative). Figures
    without an interval, published with one decimal: the widest difference that rounding allows.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "A", "period": ["2021", "2022"], "measure": "referral_share", "value": [20.0, 35.0],
    ...                       "lower": [17.0, 31.0], "upper": [23.0, 39.0], "status": "shown", "synthetic": True,
    ...                       "source": "made up"})
    >>> changes = year_changes(result_table(frame, ["region", "period"]), by=["region"])
    >>> changes[["period", "previous_period", "change", "change_lower", "change_upper", "jump"]]
      period previous_period  change  change_lower  change_upper   jump
    0   2021            <NA>     NaN           NaN           NaN  False
    1   2022            2021    15.0          10.0          20.0   True
    """
    require_columns(results, [*by, "period", *RESULT_COLUMNS], where=_WHERE)
    check_statuses(results)
    one_period_kind(results, where=_WHERE)
    keys = [*by, "measure"]
    table = results.astype({name: "str" for name in by if isinstance(results[name].dtype, pd.CategoricalDtype)})
    require_unique(table, [*keys, "period"], where=_WHERE)
    table["previous_period"] = pd.array([_year_before(period) for period in table["period"]], dtype="string")
    limits = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
    before = table.loc[table["status"] == "shown", [*keys, "period", *limits]].astype({"period": "string"})
    both = table[[*keys, "previous_period"]].merge(
        before.rename(columns={"period": "previous_period"}), on=[*keys, "previous_period"], how="left"
    )
    known = (table["status"] == "shown").to_numpy() & both["value"].notna().to_numpy()
    change, lower, upper, by_rounding = _difference(table, both)
    table = table.assign(
        previous_period=table["previous_period"].where(known), change=np.where(known, change, np.nan),
        change_lower=np.where(known, lower, np.nan), change_upper=np.where(known, upper, np.nan),
        jump=known & (without_noise(np.abs(change) - jump) > 0),
    )  # fmt: skip
    words = np.where(by_rounding, "what rounding allows, no chance", "MOVER, years as if independent (conservative)")
    return table.assign(change_method=pd.Series(words, table.index, dtype="str").where(known & ~np.isnan(lower)))


def _year_before(period: str) -> str:
    label, _, year = parse_period(period)
    return label.replace(str(year), str(year - 1)) if "/" not in label else f"{year - 1}/{year}"


def _difference(table: pd.DataFrame, before: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give the difference with its limits, and say where these are of rounding only."""
    names = ("value", "lower", "upper", "lower_rounding", "upper_rounding")
    now, then = (tuple(numbers(part[name]) for name in names) for part in (table, before))
    pairs = ((now[0], then[0]), (now[3], then[4]), (now[4], then[3]))  # of equal values: 0, not their noise
    change, least, most = (np.where(rounded(one) == rounded(other), 0.0, one - other) for one, other in pairs)
    low = change - np.hypot(now[0] - now[1], then[2] - then[0])
    high = change + np.hypot(now[2] - now[0], then[0] - then[1])
    by_rounding = np.isnan(now[1]) | np.isnan(then[1])
    return change, np.where(by_rounding, least, low), np.where(by_rounding, most, high), by_rounding
