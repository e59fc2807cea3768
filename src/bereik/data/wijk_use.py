"""Youths in care, youths and circumstances side by side per wijk and year, and the wijken whose boundaries did not change."""

import pandas as pd

from bereik.codelists.regions import find_region, region_members
from bereik.data.datapackage import load
from bereik.errors import InvalidTableError, UnknownNameError

__all__ = ["NEED", "SHARES", "unchanged_wijken", "wijk_use"]

_AGES = {  # age groups counted among users, and the part of the residents aged 15-24 that has these ages
    "0-17": (("age_0_3", "age_4_11", "age_12_17"), 0.3),
    "0-22": (("all",), 0.8),
}
_MAY_BE_HIDDEN = "age_0_3"  # the smallest group; without one of the others a count of users is not attempted
_LARGEST_HIDDEN, _MIDDLE_HIDDEN = 7, 4  # counts of 10 and more are published, rounded to 5
NEED = ("social_assistance", "households_with_children", "older_youths")
SHARES = ("westers", "niet_westers", "marokko", "antillen_aruba", "suriname", "turkije")
_CHANGED = (2, 3)  # boundary_change: recoded, redrawn
_NEED_PERIOD = "2020"
_KEYS = ["period", "region_code", "region", "area_code", "area"]


def wijk_use(region: str = "Haaglanden", *, ages: str = "0-17") -> pd.DataFrame:
    """Set youths in care beside the youths, the circumstances and the origins of the residents of each wijk, per full year.

    Parameters
    ----------
    region : str
        The jeugdregio; its members in each year are looked up.
    ages : {"0-17", "0-22"}
        The ages of the users. 0-17 is the main choice; 0-22 counts students among the population.

    Returns
    -------
    pandas.DataFrame
        One row per year and wijk, for `area_association` and `area_excess`: ``period``, ``region_code``, ``region``
        (municipality), ``area_code``, ``area``, ``users`` (youths in care in kind), ``users_lower`` and ``users_upper`` (what
        rounding and a count that is not published allow), ``population`` (youths), ``population_period`` (the year of the
        population and the shares; another year than ``period`` where none was published); circumstances:
        ``social_assistance`` (residents on social assistance per 100 aged 15 and over), ``households_with_children`` (per
        100 households), ``older_youths`` (youths aged 15 and over per 100 youths), ``need_period`` (year of the first two);
        origins as a percentage of the residents of all ages: ``westers``, ``niet_westers``, ``marokko``, ``antillen_aruba``,
        ``suriname``, ``turkije``; ``status``, ``synthetic``, ``source``. No rows where the bundled file has no wijk of the
        region. A wijk is ``not_published`` without its counts, or when its boundaries changed between the year and
        ``population_period`` or ``need_period``, or it has more users than youths by the population of another year, and
        ``no_population`` without youths.

    Raises
    ------
    UnknownNameError
        When the region or `ages` is unknown.
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    CBS StatLine: youths in care per wijk (82964NED and its successors), Kerncijfers wijken en buurten (84799NED, 85039NED,
    85318NED). Youths aged 0-17 are residents aged 0-14 and 3/10 of those aged 15-24; 0-22: 8/10. Counts below 10 are not
    published; they lie between 0 and 7, never at 0 by rule. When only the count of ages 0-3 is hidden, 4 stands for it
    and the bounds hold 0 and 7; when another count is hidden, there is no count of users. Each shown count is rounded to
    5 (2.5 on either side). Origins are those of all residents in the CBS classification until 2022, not those of youths.

    Examples
    --------
    >>> use = wijk_use()
    >>> one = use[(use["period"] == "2020") & (use["area_code"] == "WK051828")].iloc[0]
    >>> one["area"], int(one["users"]), int(one["population"]), round(float(one["social_assistance"]), 1)
    ('Wijk 28 Centrum', 400, 2854, 7.0)
    >>> len(wijk_use("Rijnmond"))
    0

    0
    """
    if ages not in _AGES:
        raise UnknownNameError("age range", ages, _AGES)
    groups, part = _AGES[ages]
    table = _users(_wijken_of(region), groups)
    people = _residents(part)
    nearest = table["period"].where(
        table["period"] <= max(people["population_period"]), max(people["population_period"])
    )
    table["population_period"] = nearest.where(
        nearest >= min(people["population_period"]), min(people["population_period"])
    )
    table = table.merge(people, on=["population_period", "area_code"], how="left").assign(need_period=_NEED_PERIOD)
    table = table.merge(_circumstances(people), on="area_code", how="left")
    same = _same_boundaries(table)
    fits = (table["users"] <= table["population"]).fillna(True)
    known = same & fits & table["population"].notna()
    table["status"] = (
        table["status"].mask(~known, "not_published").mask(known & (table["population"] == 0), "no_population")
    )
    counted = table["status"] == "shown"
    for column in ("users", "users_lower", "users_upper"):
        table[column] = table[column].where(counted)
    table["population"] = table["population"].where(counted | (table["status"] == "no_population"))
    table["source"] += "; " + table["population_source"].fillna("").where(known, "")
    table = table.assign(source=table["source"].str.removesuffix("; "), synthetic=False)
    about = ["status", "synthetic", "source"]
    counts = ["users", "users_lower", "users_upper", "population", "population_period"]
    return table[[*_KEYS, *counts, *NEED, "need_period", *SHARES, *about]]


def unchanged_wijken(first: str = "2016", last: str = "2023", region: str = "Haaglanden") -> pd.DataFrame:
    """List the wijken that are the same place in each year: code present each year, boundaries never changed in between.

    Parameters
    ----------
    first, last : str
        The years, for example ``"2016"`` and ``"2023"``.
    region : str
        The jeugdregio.

    Returns
    -------
    pandas.DataFrame
        One row per wijk: ``region`` (municipality), ``area_code``, ``area``. Municipalities that the bundled file lacks in
        one of the years have none.

    Raises
    ------
    InvalidTableError
        When the years are not two published years in this order.
    UnknownNameError
        When the region is unknown.

    Examples
    --------
    >>> len(unchanged_wijken("2016", "2020")) > len(unchanged_wijken("2016", "2023"))
    True
    """
    table = _wijken_of(region)
    table = table[table["youth_group"] == "all"]
    years = sorted(table["period"].unique())
    if len(years) and not (first in years and last in years and first < last):
        raise InvalidTableError(
            f"the years {first!r} to {last!r}", f"two of {', '.join(years)}, the earlier one first", "give such years"
        )
    between = table[table["period"].between(first, last)]
    changed = set(between.loc[(between["period"] > first) & between["boundary_change"].isin(_CHANGED), "area_code"])
    present = between.groupby("area_code")["period"].nunique()
    everywhere = set(present[present == len([year for year in years if first <= year <= last])].index)
    kept = between[(between["period"] == last) & between["area_code"].isin(everywhere - changed)]
    return kept[["region", "area_code", "area"]].reset_index(drop=True)


def _wijken_of(region: str) -> pd.DataFrame:
    """Give the rows of the wijken of a region in full years, in the years in which their municipality is a member."""
    find_region(region, kind="jeugdregio")
    table = load("wijken").astype({"region": "str"})
    table = table[(table["area_kind"] == "wijk") & (table["period_kind"] == "year")]
    members = {(year, code) for year in table["period"].unique() for code in _members(region, int(year))}
    pairs = pd.MultiIndex.from_frame(table[["period", "region_code"]])
    return table[pairs.isin(list(members))] if members else table.iloc[:0]


def _members(region: str, year: int) -> list[str]:
    try:
        return [str(code) for code in region_members(region, year)["code"]]
    except UnknownNameError:  # a known region whose municipalities bereik does not list
        return []


def _users(table: pd.DataFrame, groups: tuple[str, ...]) -> pd.DataFrame:
    """Add up the age groups of each wijk, with the bounds of rounding and of what is not published."""
    counts = table[table["youth_group"].isin(groups)].set_index([*_KEYS, "youth_group"])["youths"].unstack()
    counts = counts.reindex(columns=list(groups)).astype("Float64")
    hidden = counts.isna()
    known = ~hidden.drop(columns=_MAY_BE_HIDDEN, errors="ignore").any(axis=1)
    shown = counts.sum(axis=1)
    number, room = hidden.sum(axis=1), 2.5 * (~hidden).sum(axis=1)
    sums = pd.DataFrame(
        {
            "users": shown + _MIDDLE_HIDDEN * number,
            "users_lower": (shown - room).clip(lower=0),
            "users_upper": shown + room + _LARGEST_HIDDEN * number,
            "status": known.map({True: "shown", False: "not_published"}),
        }
    ).reset_index()
    source = table.groupby("period")["source"].first()
    return sums.astype({"users": "Int64"}).assign(source=sums["period"].map(source).astype("str"))


def _residents(part: float) -> pd.DataFrame:
    """Give the youths and the shares of residents of each wijk and year."""
    table = load("wijk_population").query("area_kind == 'wijk'").rename(columns={"period": "population_period"})
    older = part * table["aged_15_24"]
    youths = table["aged_0_14"] + older
    shares = {name: (100 * table[name] / table["inhabitants"]).where(table["inhabitants"] > 0) for name in SHARES}
    return table[["population_period", "area_code"]].assign(
        population=youths.round().astype("Int64"),
        older_youths=(100 * older / youths).where(youths > 0),
        **shares,
        population_source=table["source"],
    )


def _circumstances(people: pd.DataFrame) -> pd.DataFrame:
    """Give the circumstances that are published for one year only."""
    table = load("wijk_population")
    table = table[(table["period"] == _NEED_PERIOD) & table["area_code"].isin(people["area_code"])].astype(
        {"area_code": "str"}
    )
    adults = table["inhabitants"] - table["aged_0_14"]
    return table[["area_code"]].assign(
        social_assistance=(100 * table["on_social_assistance"] / adults).where(adults > 0),
        households_with_children=(100 * table["households_with_children"] / table["households"]).where(
            table["households"] > 0
        ),
    )


def _same_boundaries(table: pd.DataFrame) -> pd.Series:
    """Say for each row whether the wijk kept its boundaries between its year and the years of what stands beside it."""
    flags = load("wijken").query("area_kind == 'wijk' and youth_group == 'all' and period_kind == 'year'")
    changes = flags[flags["boundary_change"].isin(_CHANGED)].groupby("area_code")["period"].agg(list)
    years = table[["period", "population_period", "need_period"]]
    low, high = years.min(axis=1), years.max(axis=1)
    return pd.Series(
        [
            not any(first < year <= last for year in changes.get(code, []))
            for code, first, last in zip(table["area_code"], low, high, strict=True)
        ],
        index=table.index,
        dtype=bool,
    )
