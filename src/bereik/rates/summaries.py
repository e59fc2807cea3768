"""What results say together: the change since a year before, and how many lie clearly on one side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns
from bereik.codelists.periods import one_period_kind, parse_period
from bereik.rates.intervals import difference_limits
from bereik.rates.results import check_results
from bereik.tables import RESULT_COLUMNS, numbers, one_value, result_table, rounded, rounded_table

_WHERE = "the table of results"
_FIGURES = ["value", "lower", "upper"]
_JUMP = 10  # a change of more points a year is looked up in the registration first


def year_changes(results: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Set each figure beside the one of a year before, and mark changes too large to be read as a change in care.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table with the columns of `by` and ``period`` (periods of one kind: years, or dates).
    by : list of str
        The category columns without the period; with it and ``measure`` they identify a row.

    Returns
    -------
    pandas.DataFrame
        `results` with ``previous_period``, ``change`` (this figure minus that of a year before), ``change_lower`` and
        ``change_upper``, ``change_method`` and ``jump`` (True when the change is larger than 10 points; look at the
        registration first). Missing, and False, where one of the two is not shown or the year before is absent.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a row occurs twice, or figures are no numbers, infinite or no interval.
    IncomparableError
        When periods of several kinds are mixed.

    Notes
    -----
    Interval of a difference from the limits of both figures (MOVER: Zou & Donner 2008), as if they were independent. Adjacent
    years share youths, so their figures go up and down together: the true interval is narrower (conservative). Where one of
    the two figures has no interval, its change has none.

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
    check_columns(by=by)
    keys = [*by, "measure"]
    check_results(results, RESULT_COLUMNS, [*keys, "period"], _WHERE)
    one_period_kind(results, where=_WHERE)
    table = results.astype({name: "str" for name in by if isinstance(results[name].dtype, pd.CategoricalDtype)})
    table["previous_period"] = pd.array([_year_before(period) for period in table["period"]], dtype="string")
    before = table.loc[table["status"] == "shown", [*keys, "period", *_FIGURES]].astype({"period": "string"})
    before = before.rename(columns={"period": "previous_period"})
    before = table[[*keys, "previous_period"]].merge(before, on=[*keys, "previous_period"], how="left")
    paired = (table["status"] == "shown").to_numpy() & before["value"].notna().to_numpy()
    now, low, high = (numbers(table[name]) for name in _FIGURES)
    then, *former = (numbers(before[name]) for name in _FIGURES)
    change = np.where(rounded(now) == rounded(then), 0.0, now - then)  # of equal values: 0, not their noise
    lower, upper = difference_limits(now, (low, high), then, (former[0], former[1]))
    table["previous_period"] = table["previous_period"].where(paired)
    for name, figure in {"change": change, "change_lower": lower, "change_upper": upper}.items():
        table[name] = np.where(paired, figure, np.nan)
    table["jump"] = paired & (rounded(np.abs(change) - _JUMP) > 0)
    method = pd.Series("MOVER, years as if independent (conservative)", table.index, dtype="str")
    return table.assign(change_method=method.where(paired & ~np.isnan(lower)))


def _year_before(period: str) -> str:
    label, _, year = parse_period(period)
    return label.replace(str(year), str(year - 1)) if "/" not in label else f"{year - 1}/{year}"


def count_sides(results: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Count the results whose whole interval lies below, and above, the value that means no difference.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table with intervals: ratios (no difference is 1) or differences (0).
    by : list of str
        Columns to count for separately.

    Returns
    -------
    pandas.DataFrame
        A result table with the measures ``clearly_below``, ``clearly_above``, ``not_clear`` and ``not_shown``; ``value`` and
        ``numerator`` are the number, ``denominator`` the number of results that are shown with an interval.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When figures are no numbers, infinite or no interval, or there are no rows.
    IncomparableError
        When ratios and differences, or synthetic and real rows, are mixed.

    Notes
    -----
    Each interval is looked at by itself; with many results some lie on one side by chance. A limit that touches the value is
    not clear.

    Examples
    --------
    >>> ratios = pd.DataFrame({"year": [2021, 2022], "per": "ratio", "lower": [0.8, 0.9], "upper": [0.9, 1.1],
    ...                        "status": "shown", "synthetic": False, "source": "made up"})
    >>> count_sides(ratios)[["measure", "value", "denominator"]].to_numpy().tolist()
    [['clearly_below', 1.0, 2.0], ['clearly_above', 0.0, 2.0], ['not_clear', 1.0, 2.0], ['not_shown', 0.0, 2.0]]
    """
    check_results(results, ["per", "lower", "upper"], by, _WHERE, unique=False)
    is_ratio = results["per"].astype("str").str.startswith("ratio")
    no_difference = 1 if one_value(pd.DataFrame({"ratio": is_ratio}), "ratio", where=_WHERE) else 0
    synthetic = bool(one_value(results, "synthetic", where=_WHERE))
    rows = rounded_table(results)
    shown = (rows["status"] == "shown") & rows["lower"].notna() & rows["upper"].notna()
    below, above = shown & (rows["upper"] < no_difference), shown & (rows["lower"] > no_difference)
    sides = pd.DataFrame({"clearly_below": below, "clearly_above": above, "not_clear": shown & ~below & ~above})
    sides = sides.assign(not_shown=~shown, denominator=shown)
    groups = [rows[name].astype("str") for name in by] or [pd.Series("all", index=rows.index, name="all")]
    counts = sides.groupby(groups, sort=False).sum().reset_index()
    names = [str(group.name) for group in groups]
    told = counts.melt([*names, "denominator"], var_name="measure").astype({"value": "float64"})
    sources = "; ".join(sorted(set(results["source"].astype(str).str.split("; ").explode())))
    told = told.assign(numerator=told["value"], status="shown", synthetic=synthetic, source=sources)
    return result_table(told, [*by])
