"""Referrers of trajectories per municipality and wijk of a region, put together for groups of wijken or for the region."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from bereik.codelists.regions import find_region, region_members
from bereik.data.datapackage import load
from bereik.data.wijk_use import SHARES, wijk_use
from bereik.errors import InvalidTableError, UnknownNameError
from bereik.tables import require_columns

__all__ = ["REFERRERS", "pool_referrals", "referral_thirds", "referrals_of"]

ALL = "all"
REFERRERS = {  # in the order of every table and picture; the few groups that a reader can tell apart
    "municipal_access": "via_municipality",
    "gp": "via_doctor",
    "youth_doctor": "via_doctor",
    "medical_specialist": "via_doctor",
    "certified_institution": "via_court",
    "judge": "via_court",
    "none": "via_nobody",
    "unknown": "via_nobody",
}
HIDDEN_UP_TO = 7  # counts of 10 and more are published, rounded to 5
THIRDS = ("low", "middle", "high")


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
        if kind not in set(table[column]):
            raise UnknownNameError(column.replace("_", " "), kind, list(table[column].unique()))
    table = table[(table["area_kind"] == area_kind) & (table["period_kind"] == period_kind)]
    if area_kind == "country":
        return table.reset_index(drop=True)
    members = {(time, code) for time in table["period"].unique() for code in members_or_none(region, int(time[:4]))}
    inside = [pair in members for pair in zip(table["period"], table["region_code"], strict=True)]
    return table[inside].reset_index(drop=True)


@cache
def members_or_none(region: str, year: int) -> tuple[str, ...]:
    """Give the codes of the municipalities of a region; none for a region whose municipalities bereik does not list."""
    try:
        return tuple(str(code) for code in region_members(region, year)["code"])
    except UnknownNameError:
        return ()


def pool_referrals(routes: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Add up the trajectories of areas, with the bounds of rounding and of counts that are not published.

    Parameters
    ----------
    routes : pandas.DataFrame
        Rows of `referrals_of`, with the columns of `by`.
    by : list of str
        The category columns without the referrer that stay, for example ``["period", "third"]``.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``referrer``, ``trajectories`` (the middle of the bounds), ``trajectories_lower`` and
        ``trajectories_upper``, ``areas``, ``areas_hidden`` (counts of fewer than 10, which may be 0 to 7), ``status``,
        ``synthetic``, ``source``. ``not_published`` where the bounds lie further apart than the number itself.

    Raises
    ------
    MissingColumnError
        When a column is absent.

    Examples
    --------
    >>> rows = pool_referrals(referrals_of().query("period == '2016'"), by=["period"])
    >>> rows.loc[rows["referrer"] == "gp", ["trajectories", "trajectories_lower", "trajectories_upper", "areas"]].values.tolist()
    [[13410.0, 13385.0, 13435.0, 10.0]]
    """
    require_columns(
        routes, [*by, "referrer", "trajectories", "rounded_to", "synthetic", "source"], where="the table of routes"
    )
    count, half = routes["trajectories"].astype("float64"), routes["rounded_to"].astype("float64") / 2
    rows = routes.assign(
        trajectories_lower=(count - half).clip(lower=0).fillna(0),
        trajectories_upper=(count + half).fillna(HIDDEN_UP_TO),
        hidden=count.isna(),
    )
    pooled = rows.groupby([*by, "referrer"], observed=True, sort=False, as_index=False).agg(
        trajectories_lower=("trajectories_lower", "sum"), trajectories_upper=("trajectories_upper", "sum"),
        areas=("hidden", "size"), areas_hidden=("hidden", "sum"), synthetic=("synthetic", "first"),
        source=("source", lambda names: "; ".join(dict.fromkeys(names))),
    )  # fmt: skip
    middle = (pooled["trajectories_lower"] + pooled["trajectories_upper"]) / 2
    known = pooled["trajectories_upper"] - pooled["trajectories_lower"] <= middle
    return pooled.assign(trajectories=middle.where(known), status=np.where(known, "shown", "not_published"))


def referral_thirds(
    region: str = "Haaglanden", *, year: str, share: str = "niet_westers", municipality: str | None = None
) -> pd.DataFrame:
    """Put the wijken of a region in three groups by the share of residents of an origin, and add up their routes.

    Parameters
    ----------
    region : str
        The jeugdregio.
    year : str
        The year of the routes, for example ``"2023"``.
    share : str
        The share of residents by which wijken are ordered, a column of `wijk_use`: niet_westers, westers, marokko, ...
    municipality : str, optional
        Only the wijken of this municipality, which registers in one way.

    Returns
    -------
    pandas.DataFrame
        The columns of `pool_referrals` by ``period`` and ``third`` (low, middle, high: each has about a third of the youths aged
        0-17), with ``share_from`` and ``share_to`` (percentages of the residents) and ``wijken``. No rows without wijken. No
        wijk is named.

    Raises
    ------
    UnknownNameError
        When the region or the share is unknown.
    InvalidTableError
        When the year is not in the bundled file of a region that has wijken.

    Notes
    -----
    Only wijken whose youths and users are known, see `wijk_use`. A difference between thirds is one between places
    (ecological), and municipalities register differently: compare within one municipality too.

    Examples
    --------
    >>> thirds = referral_thirds(year="2023", municipality="'s-Gravenhage")
    >>> thirds.loc[thirds["referrer"] == "gp", ["third", "wijken"]].values.tolist()
    [['low', 18], ['middle', 10], ['high', 7]]
    """
    if share not in SHARES:
        raise UnknownNameError("share of residents", share, SHARES)
    use = wijk_use(region)
    if use.empty:
        return pool_referrals(referrals_of(region, area_kind="wijk").assign(third=""), by=["period", "third"])
    if year not in set(use["period"]):
        raise InvalidTableError(
            f"no wijken in {year!r}", f"one of {', '.join(use['period'].unique())}", "take such a year"
        )
    use = use[(use["period"] == year) & (use["status"] == "shown")]
    use = use[use["region"] == municipality] if municipality else use
    use = use.sort_values([share, "area_code"], kind="stable")
    before = use["population"].cumsum() - use["population"] / 2
    place = (3 * before / use["population"].sum()).astype("float64").clip(upper=2.999).astype(int)
    use = use.assign(third=pd.Categorical([THIRDS[number] for number in place], THIRDS, ordered=True))
    about = use.groupby("third", observed=True, as_index=False).agg(
        share_from=(share, "min"), share_to=(share, "max"), wijken=("area_code", "size")
    )
    rows = referrals_of(region, area_kind="wijk").merge(
        use[["period", "area_code", "third"]], on=["period", "area_code"]
    )
    pooled = pool_referrals(rows.sort_values("third", kind="stable"), by=["period", "third"])
    return pooled.merge(about, on="third").astype({"third": "str"})
