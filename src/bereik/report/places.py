"""The figures of one place, a municipality or the region, beside those of region and country, and their words."""

import re
import unicodedata
from pathlib import Path

import pandas as pd

from bereik.codelists import find_region
from bereik.codelists.names import format_number
from bereik.data.load import load
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.rates.referrals import members_or_none, referral_shares, referrals_of
from bereik.report.shared import read_processed
from bereik.tables import one_value, rounded

USE = "use_of_youth_care"
_REFERRED = "municipal_access"
_ROWS = {  # where data/raw has what an indicator is made of, periods that the monitor leaves out included
    USE: ("care_totals", "form", "youth_care"),
    "forms_by_origin": ("care_by_origin", "origin", "niet_westers"),
    _REFERRED: ("routes", "referrer", _REFERRED),
    "neighbourhood_team": ("trajectories", "form", "neighbourhood_team"),
    "observed_expected": ("wijken", "youth_group", "all"),
}
LIMITS = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]


def place_slug(name: str) -> str:
    """Turn the name of a place into a name for its files: lower case, only letters and hyphens.

    Examples
    --------
    >>> place_slug("'s-Gravenhage"), place_slug("Friesland (Fryslân)")
    ('s-gravenhage', 'friesland-fryslan')
    """
    letters = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z]+", "-", letters).strip("-")


def place_files(name: str, language: str) -> dict[str, str]:
    """Name the files about a place in one language, by their kind.

    Examples
    --------
    >>> place_files("Delft", "nl")
    {'html': 'delft.html', 'pdf': 'delft.nl.pdf', 'svg': 'delft.nl.svg', 'narrow.svg': 'delft.nl.narrow.svg', ...
    """
    slug = place_slug(name)
    page = f"{slug}.html" if language == "nl" else f"{slug}.{language}.html"
    spoken = {kind: f"{slug}.{language}.{kind}" for kind in ("pdf", "svg", "narrow.svg")}
    return {"html": page, **spoken, "xlsx": f"{slug}.xlsx", "csv": f"{slug}.csv"}


def read_monitor(folder: Path) -> pd.DataFrame:
    """Read the rows of `monitor` that a run wrote beside its figures, without those of the reader's own data.

    Parameters
    ----------
    folder : pathlib.Path
        The folder with the figures.

    Returns
    -------
    pandas.DataFrame
        The rows on the region, its municipalities and the country.

    Raises
    ------
    BereikError
        When the run made no reach monitor.
    IncomparableError
        When figures in it are synthetic: a factsheet is about real youths.

    Examples
    --------
    >>> read_monitor(Path("no_such_folder/figures"))
    Traceback (most recent call last):
    bereik.errors.BereikError: No reach monitor beside the figures. Expected: data/processed/reach_monitor.csv, which
    notebook 12 writes. To do: run `bereik run 12` with the same --output or --region.
    """
    table = read_processed("reach_monitor", folder)
    if table is None:
        expected = "data/processed/reach_monitor.csv, which notebook 12 writes"
        todo = "run `bereik run 12` with the same --output or --region"
        raise BereikError("no reach monitor beside the figures", expected, todo)
    table = table[table["indicator"] != "use_shortfall"].fillna({"form": "", "origin": ""}).reset_index(drop=True)
    if one_value(table, "synthetic", where="the reach monitor"):
        todo = "make no factsheets of made-up data"
        raise IncomparableError("the reach monitor is synthetic", "published figures", todo)
    return table


def find_place(name: str, monitor: pd.DataFrame) -> str:
    """Find a municipality or the region in the monitor, in any spelling that `find_region` knows; else suggest the nearest.

    Examples
    --------
    >>> find_place("den haag", pd.DataFrame({"region": ["'s-Gravenhage"], "region_kind": ["municipality"]}))
    "'s-Gravenhage"
    """
    places = places_of(monitor)
    try:
        place = str(find_region(name)["name"])
    except UnknownNameError:
        place = name
    if place not in places:
        todo = "check the spelling, or run notebook 12 for the region it is in"
        raise UnknownNameError("municipality", name, places, where="the reach monitor", todo=todo)
    return place


def places_of(monitor: pd.DataFrame) -> list[str]:
    """List the region and its municipalities, in the order of the monitor."""
    return [str(name) for name in monitor.loc[monitor["region_kind"] != "country", "region"].unique()]


def region_of(monitor: pd.DataFrame, kind: str = "jeugdregio") -> str:
    """Name the one region, or the country, of the monitor."""
    return str(one_value(monitor[monitor["region_kind"] == kind], "region", where="the reach monitor"))


def place_rows(monitor: pd.DataFrame, place: str) -> pd.DataFrame:
    """Give the latest figures of a place, with those of the region and the country for the same period beside them.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`.
    place : str
        A municipality or the region of it.

    Returns
    -------
    pandas.DataFrame
        The rows of `monitor` that are the latest of the place, one for each ``indicator`` and ``form``, and for the region and
        the country ``value_jeugdregio``, ``value_country`` (same period; missing where there is none), ``beside_jeugdregio``,
        ``beside_country`` (the side of it, see `clear_side`; empty when there is nothing to compare), and ``latest_jeugdregio``,
        ``latest_country``: the value of the same period, or else the last one, whose period is in ``period_jeugdregio``,
        ``period_country``. ``percentage`` says whether the unit is one; ``add_table`` has the last of the tables to add.

    Notes
    -----
    Two intervals that do not overlap is a stricter rule than an interval of the difference that leaves out 0 (Schenker &
    Gentleman 2001). The region holds the municipality, which makes a difference smaller than with the rest of the region.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> use = place_rows(monitor, "Delft").query("indicator == 'use_of_youth_care'")
    >>> use[["value", "beside_jeugdregio", "beside_country"]].round(1).values.tolist()
    [[10.0, 'below', 'below']]
    """
    here = (monitor["region"] == place) & (monitor["region_kind"] != "country")
    rows = monitor[monitor["latest"].astype(bool) & here].reset_index(drop=True)
    keys = ["indicator", "form", "period"]
    for kind in ("jeugdregio", "country"):
        there = monitor[(monitor["region_kind"] == kind) & (monitor["region"] != place)]
        pairs = rows[keys].reset_index().merge(there[[*keys, *LIMITS]], on=keys[:2], suffixes=("", "_there"))
        pairs["same"] = pairs["period"] == pairs["period_there"]
        last = pairs.sort_values(["same", "period_there"], kind="stable").groupby("index").tail(1)
        last = last.set_index("index").reindex(rows.index)
        same = last["same"].eq(True)
        comparable = same & (rows["measure"] != "range_over_choices")  # a range over choices is no interval
        comparable &= rows["lower"].notna() & last["lower"].notna()
        sides = [clear_side(rows.loc[at], last.loc[at]) if comparable[at] else "" for at in rows.index]
        beside = {"value": last["value"].where(same), "beside": sides, "latest": last["value"]}
        beside["period"] = last["period_there"].mask(same, "")
        rows = rows.assign(**{f"{name}_{kind}": value for name, value in beside.items()})
    add_table = rows["add_table"].astype("str").str.replace(r".*, ", "", regex=True)
    return rows.assign(percentage=rows["unit_en"].astype("str").str.startswith("%"), add_table=add_table)


def clear_side(here: pd.Series, there: pd.Series) -> str:
    """Say on which side of another figure a figure lies, when chance and rounding leave no doubt.

    Parameters
    ----------
    here, there : pandas.Series
        Each with ``lower``, ``upper``, ``lower_rounding`` and ``upper_rounding``; no rounding when that is missing.

    Returns
    -------
    str
        ``above`` or ``below`` when the intervals, widened with what rounding allows, do not overlap; else ``same``.

    Examples
    --------
    >>> one, other = ({"lower": 9.7, "upper": 10.4, "lower_rounding": 9.95, "upper_rounding": top} for top in (10.05, 11.5))
    >>> higher = pd.Series({"lower": 11.3, "upper": 11.5, "lower_rounding": 11.35, "upper_rounding": 11.45})
    >>> clear_side(pd.Series(one), higher), clear_side(pd.Series(other), higher)
    ('below', 'same')
    """
    low, other_low = (rounded(row[["lower", "lower_rounding"]].min()) for row in (here, there))
    high, other_high = (rounded(row[["upper", "upper_rounding"]].max()) for row in (here, there))
    return "above" if low > other_high else "below" if high < other_low else "same"


def place_referrals(monitor: pd.DataFrame, place: str) -> pd.DataFrame:
    """Give the shares of all referrers in the trajectories of a place, and of the country in the same year.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`; its latest share of municipal access says which year.
    place : str
        A municipality or the region of it.

    Returns
    -------
    pandas.DataFrame
        The result table of `referral_shares` by ``period``, ``region`` and ``referrer``; no rows where the files have none.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> shares = place_referrals(read_monitor(project_folder() / "figures"), "Delft")
    >>> shares.loc[shares["referrer"] == "municipal_access", ["period", "region", "value"]].round(1).values.tolist()
    [['2023', 'Delft', 27.0], ['2023', 'Nederland', 32.9]]
    """
    region, by = region_of(monitor), ["period", "region"]
    referred = monitor[(monitor["indicator"] == _REFERRED) & (monitor["status"] == "shown")]
    period = referred.loc[referred["region"] == place, "period"].max()
    if pd.isna(period):
        return pd.DataFrame()
    here, there = (referrals_of(region, area_kind=kind) for kind in ("municipality", "country"))
    here, there = here[here["period"] == period], there[there["period"] == period]
    here = here.assign(region=region) if place == region else here[here["region"] == place]
    there = there[there["region"] == region_of(monitor, "country")]
    return pd.concat([referral_shares(part, by=by, pooled=True) for part in (here, there)], ignore_index=True)


def later_in_files(monitor: pd.DataFrame, place: str, indicator: str, period: str) -> str:
    """Find the newest figures of a place in data/raw of a later year, also those that fit in no series of full years.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`; it says which place is the region.
    place : str
        A municipality or the region of it.
    indicator : str
        Its code in `monitor`.
    period : str
        The latest period that the monitor has, for example ``"2016"``.

    Returns
    -------
    str
        The period, for example ``"2024H1"``; for a region one of which the files have all municipalities. Empty when there is
        none.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> monitor = read_monitor(project_folder() / "figures")
    >>> later_in_files(monitor, "Westland", "municipal_access", "2020")
    '2024H1'
    """
    if indicator not in _ROWS:
        return ""
    table, column, code = _ROWS[indicator]
    rows = load(table)
    rows = rows[(rows[column] == code) & (rows["status"] == "shown") & (rows["period"].str[:4] > period[:4])]
    periods = set(rows.loc[rows["region"] == place, "period"])
    if place == region_of(monitor):
        for later, codes in rows.groupby("period")["region_code"]:
            members = members_or_none(place, int(str(later)[:4]))
            periods |= {str(later)} if members and set(members) <= set(codes) else set()
    return max(periods, default="")


def whole_percentage(value: float, language: str) -> str:
    """Write a percentage without decimals; one below 1 keeps a decimal, so that it is not read as none."""
    return f"{format_number(value, language, int(value < 1))}%"
