"""Who referred youths to care: the share of each referrer (*verwijzer*) in the trajectories that have one."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from bereik.categories import check_columns, check_flags, values_of
from bereik.codelists import find_region, region_members
from bereik.counts.table import as_counts
from bereik.data.load import load
from bereik.errors import UnknownNameError
from bereik.rates.intervals import CONFIDENCE, divide, proportion_interval
from bereik.rates.results import SUPERPOPULATION, check_known
from bereik.tables import numbers, require_columns, result_table

REFERRERS = {  # in the order of every table and picture; the few groups that a reader can tell apart
    "municipal_access": "via_municipality",
    "gp": "via_gp",
    "youth_doctor": "via_other_doctor",
    "medical_specialist": "via_other_doctor",
    "certified_institution": "via_court",
    "judge": "via_court",
    "none": "via_nobody",
    "unknown": "via_nobody",
}
_ALL, _NOBODY = "all", ("none", "unknown")
_HIDDEN_UP_TO = 7  # counts of 10 and more are published, rounded to 5
_WHERE = "the table of routes"
_PER = "100 trajectories with a known referrer", "100 trajectories with a referrer, without one, or with an unknown one"


def referrals_of(
    region: str = "Haaglanden", *, area_kind: str = "municipality", period_kind: str = "year"
) -> pd.DataFrame:
    """Give the trajectories by referrer of the municipalities or wijken of a region, or of the country.

    Parameters
    ----------
    region : str
        The jeugdregio; its members in each year are looked up.
    area_kind : {"municipality", "wijk", "country"}
        Which areas; the country is the same for every region.
    period_kind : {"year", "half-year"}
        Full years, or half-years. A trajectory that runs in both halves counts in each: never put them in one series.

    Returns
    -------
    pandas.DataFrame
        The rows of ``load("routes")`` of these periods: ``period``, ``area_code``, ``area``, ``region_code``, ``region``
        (municipality), ``referrer``, ``trajectories``, ``status``, ``rounded_to``, ``synthetic``, ``source``. No rows where the
        bundled file has none of the region.

    Raises
    ------
    UnknownNameError
        When the region, the kind of area or the kind of period is unknown.
    SourceFileError
        When data/raw was changed by hand.

    Examples
    --------
    >>> rows = referrals_of()
    >>> rows.loc[(rows["region"] == "Delft") & (rows["period"] == "2020") & (rows["referrer"] == "gp"), "trajectories"].tolist()
    [1720]
    >>> referrals_of(period_kind="half-year")["region"].nunique(), len(referrals_of("Rijnmond"))
    (9, 0)
    """
    find_region(region, kind="jeugdregio")
    table = load("routes").astype({"region": "str"})
    for column, kind in {"area_kind": area_kind, "period_kind": period_kind}.items():
        check_known(column.replace("_", " "), kind, list(table[column].unique()))
    table = table[(table["area_kind"] == area_kind) & (table["period_kind"] == period_kind)]
    if area_kind == "country":
        return table.reset_index(drop=True)
    return table[of_members(table, region)].reset_index(drop=True)


def of_members(table: pd.DataFrame, region: str) -> np.ndarray:
    """Say of each row whether its ``region_code`` is that of a municipality of the region in the year of its ``period``."""
    years = table["period"].str[:4].astype(int)
    members = [(year, code) for year in years.unique() for code in members_or_none(region, year)]
    return np.asarray(pd.MultiIndex.from_arrays([years, table["region_code"]]).isin(members))


@cache
def members_or_none(region: str, year: int) -> tuple[str, ...]:
    """Give the codes of the municipalities of a region; none for a region whose municipalities bereik does not list."""
    try:
        return tuple(str(code) for code in region_members(region, year)["code"])
    except UnknownNameError:
        return ()


def referral_shares(
    routes: pd.DataFrame, *, by: Sequence[str], grouped: bool = False, pooled: bool = False
) -> pd.DataFrame:
    """Compute who referred the trajectories of youth care, as shares that add up to 100.

    Parameters
    ----------
    routes : pandas.DataFrame
        Rows of `referrals_of`: the columns of `by`, ``referrer``, ``trajectories``, ``rounded_to``, ``status``, ``synthetic``,
        ``source``. Rows of ``all`` are left out: they also hold protection and probation, which have no referrer. Without the
        rows of ``none`` and ``unknown``, shares are of the trajectories with a known referrer.
    by : list of str
        The category columns without the referrer, for example ``["period", "region"]``.
    grouped : bool
        Add the referrers up to five groups (`REFERRERS`): the municipality, the GP, another doctor, a judge or certified
        institution, nobody that is known. Hidden counts are in the sum with their bounds.
    pooled : bool
        Add up the areas (``area_code``) that are the same in `by`, hidden counts with their bounds; without it an area that
        occurs twice is an error.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``referrer``, then those of a result table. ``measure`` is referral_share: per 100 trajectories with
        a referrer, with no referrer (none) or with one that is not known (unknown); ``per`` says which. ``lower_rounding`` and
        ``upper_rounding``: what rounding, and counts that are not published, allow.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, no row has a referrer, a count is impossible or a combination occurs twice.
    UnknownNameError
        When a referrer belongs to none of the groups.

    Notes
    -----
    A count below 10 is not published: it is 0 to 7 and stands in the sum as the middle of that. A sum is not published where
    its bounds lie further apart than the sum itself. Interval: Wilson
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
    0      via_gp   74.3          shown
    1   via_court    NaN  not_published
    2  via_nobody   24.8          shown
    """
    check_columns(by=by)
    check_flags(grouped=grouped, pooled=pooled)
    table = _checked(routes, by, pooled)
    for referrer in values_of(table, "referrer", where=_WHERE):
        check_known("referrer", referrer, REFERRERS, where=_WHERE)
    per = _PER[bool(table["referrer"].isin(_NOBODY).any())]
    if grouped:
        groups = pd.CategoricalDtype([*dict.fromkeys(REFERRERS.values())])
        place = table.groupby(list(by), observed=True, sort=False).ngroup()
        table = table.assign(referrer=table["referrer"].map(REFERRERS).astype(groups), place=place)
        table = table.sort_values(["place", "referrer"], kind="stable").astype({"referrer": "str"})
    if grouped or pooled:
        table = _summed(table, [*by, "referrer"])
    table = table.assign(middle=(table["low"] + table["high"]) / 2)
    totals = table.groupby(list(by), observed=True)
    middle, low, high = (table[name].to_numpy() for name in ("middle", "low", "high"))
    whole, least, most = (totals[name].transform("sum").to_numpy() for name in ("middle", "low", "high"))
    status = table["status"].mask((table["status"] == "shown") & (whole == 0), "undefined")
    shown = (status == "shown").to_numpy()
    count, size = np.where(shown, middle, np.nan), np.where(shown, whole, np.nan)
    figures = {
        "value": divide(middle, whole, shown),
        **dict(zip(["lower", "upper"], proportion_interval(count, size, "wilson", CONFIDENCE), strict=True)),
        "lower_rounding": divide(low, low + most - high, shown & (low + most - high > 0)),
        "upper_rounding": divide(high, high + least - low, shown & (high + least - low > 0)),
    }
    shares = table.assign(**{name: 100 * figure for name, figure in figures.items()}, numerator=count, denominator=size)
    method = f"Wilson interval, trajectories as if independent; {SUPERPOPULATION}"
    shares = shares.assign(measure="referral_share", confidence=CONFIDENCE, per=per, method=method, status=status)
    return result_table(shares, [*by, "referrer"])


def _checked(routes: pd.DataFrame, by: Sequence[str], pooled: bool) -> pd.DataFrame:
    """Check the counts, leave the rows of all out, and add the bounds of rounding and of what is hidden."""
    require_columns(routes, [*by, "referrer", "trajectories", "rounded_to", "status"], where=_WHERE)
    table = routes[routes["referrer"] != _ALL].reset_index(drop=True)
    keys = [*by, "referrer", *(["area_code"] if pooled else [])]
    as_counts(table, keys, counts=["trajectories"], where=_WHERE)
    count, half = numbers(table["trajectories"]), numbers(table["rounded_to"]) / 2
    low = np.where(np.isnan(count), 0, np.maximum(count - half, 0))
    return table.assign(low=low, high=np.where(np.isnan(count), _HIDDEN_UP_TO, count + half))


def _summed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add up the bounds; a sum is not published where they lie further apart than the sum itself."""
    groups = table.groupby(keys, observed=True, sort=False, as_index=False)
    each = {"low": "sum", "high": "sum", "synthetic": "first", "source": lambda names: "; ".join(dict.fromkeys(names))}
    sums = groups.agg(each)
    near = sums["high"] - sums["low"] <= (sums["low"] + sums["high"]) / 2
    return sums.assign(status=np.where(near, "shown", "not_published"))
