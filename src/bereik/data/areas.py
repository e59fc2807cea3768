"""Wijken: youths in care, youths and circumstances side by side per year, and what the bundled tables hold of each place."""

import pandas as pd

from bereik.codelists import find_region, region_members
from bereik.data.load import load

_AGES = ["age_0_3", "age_4_11", "age_12_17"]  # of users
_OLDER = 0.3  # the part of the residents aged 15-24 that has these ages
_MAY_BE_HIDDEN = "age_0_3"  # the smallest group; without one of the others a count of users is not attempted
_LARGEST_HIDDEN, _MIDDLE_HIDDEN = 7, 4  # counts of 10 and more are published, rounded to 5
# each circumstance with its shape, chosen by `need_shapes` over all years and then fixed (a test looks whether it still is so)
NEED = {"social_assistance": "spline", "households_with_children": "linear", "older_youths": "linear"}
_CIRCUMSTANCES = list(NEED)
SHARES = ("surinamese_antillean", "other_non_western", "westers", "niet_westers")
_CHANGED = (2, 3)  # boundary_change: recoded, redrawn
_NEED_PERIOD = "2020"
_AREA = ["period", "region_code", "region", "area_code", "area"]


def wijk_use(region: str = "Haaglanden") -> pd.DataFrame:
    """Set youths in care beside the youths, the circumstances and the origins of the residents of each wijk, per full year.

    Parameters
    ----------
    region : str
        The jeugdregio; its members in each year are looked up.

    Returns
    -------
    pandas.DataFrame
        One row per year and wijk, for `area_association` and `area_excess`: ``period``, ``region_code``, ``region``
        (municipality), ``area_code``, ``area``, ``users`` (youths in care in kind), ``users_lower`` and ``users_upper`` (what
        rounding and a count that is not published allow), ``population`` (youths), ``population_period`` (the year of the
        population and the shares; another year than ``period`` where none was published); circumstances:
        ``social_assistance`` (residents on social assistance per 100 aged 15 and over), ``households_with_children`` (per
        100 households), ``older_youths`` (youths aged 15 and over per 100 youths), ``need_period`` (year of the first two);
        origins as a percentage of the residents of all ages: ``surinamese_antillean``, ``other_non_western`` (Turkish, Moroccan
        and other), ``westers``, and ``niet_westers`` (the first two together); ``status``, ``synthetic``, ``source``.
        No rows where the bundled file has no wijk of the region. A wijk is ``not_published`` without its counts, or when its
        boundaries changed between the year and
        ``population_period`` or ``need_period``, or it has more users than youths by the population of another year, and
        ``no_population`` without youths.

    Raises
    ------
    UnknownNameError
        When the region is unknown.
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    CBS StatLine: youths in care per wijk (82964NED and its successors), Kerncijfers wijken en buurten (84799NED, 85039NED,
    85318NED). Youths aged 0-17 are residents aged 0-14 and 3/10 of those aged 15-24. Counts below 10 are not
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
    """
    table, people = _users(_wijken_of(region)), _residents()
    years = people["population_period"]
    table = table.assign(population_period=table["period"].clip(years.min(), years.max()), need_period=_NEED_PERIOD)
    need = people[people["population_period"] == _NEED_PERIOD][["area_code", *_CIRCUMSTANCES[:2]]]
    table = table.merge(people.drop(columns=_CIRCUMSTANCES[:2]), on=["population_period", "area_code"], how="left")
    table = table.merge(need, on="area_code", how="left")
    fits = (table["users"] <= table["population"]).fillna(True) & table["population"].notna()
    usable = _same_boundaries(table) & fits
    nobody = usable & (table["population"] == 0)
    table["status"] = table["status"].mask(~usable, "not_published").mask(nobody, "no_population")
    counted = table["status"] == "shown"
    users = ["users", "users_lower", "users_upper"]
    table[users] = table[users].where(counted)
    table["population"] = table["population"].where(counted | nobody)
    table["source"] = table["source"] + ("; " + table["population_source"]).where(usable, "")
    columns = [*_AREA, *users, "population", "population_period", *NEED, "need_period", *SHARES]
    return table.assign(synthetic=False)[[*columns, "status", "synthetic", "source"]]


def _wijken_of(region: str) -> pd.DataFrame:
    """Give the rows of the wijken of a region in full years, in the years in which their municipality is a member."""
    find_region(region, kind="jeugdregio")
    table = load("wijken").astype({"region": "str"}).query("area_kind == 'wijk' and period_kind == 'year'")
    members = {year: region_members(region, int(year), on_missing="empty")["code"] for year in table["period"].unique()}
    inside = [code in set(members[year]) for year, code in zip(table["period"], table["region_code"], strict=True)]
    return table[inside]


def _users(table: pd.DataFrame) -> pd.DataFrame:
    """Add up the age groups of each wijk, with the bounds of rounding and of what is not published."""
    counts = table[table["youth_group"].isin(_AGES)].set_index([*_AREA, "youth_group"])["youths"].unstack()
    counts = counts.reindex(columns=_AGES).astype("Float64")
    hidden = counts.isna()
    incomplete = hidden.drop(columns=_MAY_BE_HIDDEN, errors="ignore").any(axis=1)
    total, number, half = counts.sum(axis=1), hidden.sum(axis=1), 2.5 * (~hidden).sum(axis=1)
    sums = (total + _MIDDLE_HIDDEN * number).astype("Int64").to_frame("users")
    sums["users_lower"] = (total - half).clip(lower=0)
    sums["users_upper"] = total + half + _LARGEST_HIDDEN * number
    sums = sums.assign(status=incomplete.map({False: "shown", True: "not_published"})).reset_index()
    return sums.assign(source=sums["period"].map(table.groupby("period")["source"].first()).astype("str"))


def _residents() -> pd.DataFrame:
    """Give the youths, the circumstances and the shares of residents of each wijk and year."""
    table = load("wijk_population").query("area_kind == 'wijk'").astype({"area_code": "str"})
    older = _OLDER * table["aged_15_24"]
    caribbean = table["suriname"] + table["antillen_aruba"]
    groups = [caribbean, table["niet_westers"] - caribbean, table["westers"], table["niet_westers"]]
    youths = table["aged_0_14"] + older
    fractions = {
        "social_assistance": (table["on_social_assistance"], table["inhabitants"] - table["aged_0_14"]),
        "households_with_children": (table["households_with_children"], table["households"]),
        "older_youths": (older, youths),
        **{name: (group, table["inhabitants"]) for name, group in zip(SHARES, groups, strict=True)},
    }
    percentages = {name: (100 * above / below).where(below > 0) for name, (above, below) in fractions.items()}
    people = table[["period", "area_code"]].rename(columns={"period": "population_period"})
    people = people.assign(population=youths.round().astype("Int64"), **percentages)
    return people.assign(population_source=table["source"])


def _same_boundaries(table: pd.DataFrame) -> pd.Series:
    """Say for each row whether the wijk kept its boundaries between its year and the years of what stands beside it."""
    flags = load("wijken").query("area_kind == 'wijk' and youth_group == 'all' and period_kind == 'year'")
    changes = flags.loc[flags["boundary_change"].isin(_CHANGED), ["area_code", "period"]].astype("str")
    years = table[["period", "population_period", "need_period"]]
    spans = table[["area_code"]].assign(row=table.index, first=years.min(axis=1), last=years.max(axis=1))
    spans = spans.merge(changes, on="area_code")
    crossed = spans.loc[(spans["first"] < spans["period"]) & (spans["period"] <= spans["last"]), "row"]
    return pd.Series(~table.index.isin(crossed), index=table.index)


def wijk_coverage(region: str = "Haaglanden") -> pd.DataFrame:
    """Say, per year and municipality of a jeugdregio, what the table of youths in care per wijk holds and what it lacks.

    Parameters
    ----------
    region : str
        The jeugdregio; its members in each year are looked up (Voorschoten belongs to Haaglanden up to and including 2023).

    Returns
    -------
    pandas.DataFrame
        One row per period and municipality: ``period``, ``period_kind``, ``region_code``, ``region``, ``covered`` (False: the
        municipality is absent from the copy of StatLine, which is not zero), ``wijken`` (their number) and ``youths`` (in care,
        whole municipality).

    Raises
    ------
    UnknownNameError
        When the region is unknown, or its members are not known in a year.
    SourceFileError
        When data/raw was changed by hand.

    Examples
    --------
    >>> coverage = wijk_coverage()
    >>> coverage.loc[~coverage["covered"] & (coverage["period"] == "2022"), "region"].tolist()
    ['Wassenaar', 'Westland', 'Zoetermeer']
    """
    table = load("wijken").query("youth_group == 'all'").astype({"region": "str"})
    keys = ["period", "period_kind", "region_code", "region"]
    whole = table[table["area_kind"] == "municipality"].set_index(keys)["youths"]
    parts = table[table["area_kind"] == "wijk"].groupby(keys).size().astype("Int64").rename("wijken")
    periods = table[keys[:2]].drop_duplicates().itertuples(index=False, name=None)
    expected = [region_members(region, int(at[:4])).assign(period=at, period_kind=kind) for at, kind in periods]
    members = pd.concat(expected).rename(columns={"code": "region_code", "name": "region"})
    coverage = members[keys].join(whole, on=keys).join(parts, on=keys)
    coverage["covered"] = coverage["wijken"].notna()
    return coverage[[*keys, "covered", "wijken", "youths"]].reset_index(drop=True)
