"""The reach monitor: the indicators that a municipality and its jeugdregio can follow every year, as one table."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from bereik.codelists import care_forms, find_region
from bereik.codelists.periods import parse_period
from bereik.counts.published import implied_population
from bereik.data.areas import NEED, wijk_use
from bereik.data.load import load
from bereik.errors import BereikError
from bereik.rates.areas import excess_of_places
from bereik.rates.forms import form_ratio
from bereik.rates.intervals import CONFIDENCE, wilson
from bereik.rates.range_over_choices import range_over_choices
from bereik.rates.referrals import members_or_none, of_members, referral_shares, referrals_of
from bereik.rates.specifications import specifications
from bereik.rates.summaries import year_changes
from bereik.rates.use import use_rates
from bereik.tables import numbers, result_table

_COUNTRY = "Nederland"
_GROUP, _REFERENCE = "niet_westers", "nederlands"
_PLACE = ["period", "region", "region_kind"]
_CATEGORIES = ["indicator", "form", "origin", "region", "region_kind"]
_MEANING = [f"{kind}_{language}" for kind in ("name", "unit", "definition", "reliability") for language in ("nl", "en")]
_RANGE = ["value", "lower", "upper", "lower_rounding", "upper_rounding", "confidence"]
_CHANGE = ["previous_period", "change", "change_lower", "change_upper", "change_method", "comparable", "jump"]
_JUDGED = ["verdict", "ages_of_need", "direction"]
_BASIS = ["numerator", "denominator", "per", "relative_to", "method", "status", "add_table", "synthetic", "source"]
_COLUMNS = [*_CATEGORIES, "period", "latest", "measure", *_RANGE, *_CHANGE, *_JUDGED, *_MEANING, *_BASIS]
_PERCENTAGES = {"youth_help": "use_youth_help", "youth_help_with_residence": "use_with_residence"}
_PERCENTAGES |= {"protection": "use_protection", "probation": "use_probation"}
_IMPLIED = "percentage as published, one decimal; Wilson interval at the implied count, population the least it can be"
# Youths of 0-17 and of 12-22 as a part of those of 0-22: the least in any region or municipality of Haaglanden (37713, 2016).
_LEAST_PART = {"youth_help": 0.59, "youth_help_with_residence": 0.59, "protection": 0.59, "probation": 0.44}


def monitor(region: str = "Haaglanden") -> pd.DataFrame:
    """Put the indicators that a municipality can follow yearly in one table, with what each means and how sure it is.

    Parameters
    ----------
    region : str
        The jeugdregio, in any spelling that `find_region` knows.

    Returns
    -------
    pandas.DataFrame
        One row per ``indicator``, ``form``, ``origin``, ``region`` (municipality, jeugdregio, country: ``region_kind``) and
        ``period``: ``latest`` (True for the last period with a figure), ``measure``, ``value``, ``lower``, ``upper``,
        ``lower_rounding``, ``upper_rounding``; the ``change`` since ``previous_period`` with ``change_lower`` and
        ``change_upper`` (conservative: adjacent years share youths), ``comparable`` (False across a break in the series),
        ``jump`` (a share moved more than 10 points: registration first); ``verdict`` (use relative to need: established,
        points one way or open, and the side) and ``ages_of_need``; ``direction``, names, units, definitions and notes on
        reliability in Dutch and English;
        ``method``, ``status``, ``add_table`` (the StatLine table to add where the bundled files have no figure),
        ``synthetic``, ``source``. An indicator without any figure for the region keeps one row, ``not_published``.

    Raises
    ------
    UnknownNameError
        When the region is unknown.

    Notes
    -----
    Each row says its year. Forms of care by origin are public to 2017 only. Trajectories by neighbourhood team are a stock on
    31 December. A sum of municipalities stands for the region only in years in which the files have all of them.

    Percentages that CBS gives with one decimal and without counts have Wilson's interval at an implied count: the percentage
    times a population that is the least it can be (0.59 of the youths of 0-22 for those of 0-17, 0.44 for those of 12-22, from
    the shares of 2016 in StatLine 37713). So it is too wide rather than too narrow; what rounding allows stands apart. Without
    that population there is no interval.

    Examples
    --------
    >>> table = monitor("Rijnmond (JZ)")
    >>> last = table[table["latest"] & (table["indicator"] == "use_of_youth_care") & (table["region"] == "Rijnmond")]
    >>> last[["period", "value", "change"]].round(1).values.tolist()
    [['2023', 9.1, 0.2]]
    """
    name = str(find_region(region, kind="jeugdregio")["name"])
    yearly = [results(name) for results in (_use, _percentages, _forms, _access, _teams, _observed)]
    parts = [year_changes(part, by=_CATEGORIES) for part in yearly if not part.empty]
    parts += [part for place in (name, _COUNTRY) if not (part := _reach(place)).empty]
    return _described(pd.concat([*parts, _without_figures(parts, name)], ignore_index=True))


@cache
def indicators() -> pd.DataFrame:
    """Give name, unit, direction, definition, reliability, StatLine tables and years with a break, by ``indicator``."""
    entries = tomllib.loads(files("bereik").joinpath("monitoring.toml").read_text(encoding="utf-8"))
    table = pd.DataFrame([{"indicator": code} | entry for code, entry in entries.items()])
    return table.rename(columns={"nl": "name_nl", "en": "name_en"})


def _read(name: str, region: str) -> pd.DataFrame:
    """Read a table of data/raw: the rows of the region, of its members in each year, and of the country."""
    table = load(name)
    table = table.astype({column: "str" for column in ("region", "form", "origin") if column in table})
    whole = (table["region"] == region) & (table["region_kind"] == "jeugdregio")
    return table[whole | of_members(table, region) | (table["region_kind"] == "country")]


def _results(table: pd.DataFrame, indicator: str | pd.Series, **columns: Any) -> pd.DataFrame:
    """Give the results of an indicator the same category columns."""
    columns = {"form": "", "origin": "", "indicator": indicator} | columns
    return result_table(table.assign(**columns), [*_CATEGORIES, "period"])


def _youths(region: str) -> pd.DataFrame:
    """Give youths in care, and the youths of 0-22 that they imply, by place and year."""
    totals = _read("care_totals", region).query("form == 'youth_care' and period_kind == 'year'")
    unknown = totals["percent_of_youths"].isna()
    status = totals["status"].mask(unknown, "not_published")
    return implied_population(totals.assign(status=status, youths=totals["youths"].mask(unknown)), _PLACE)


def _use(region: str) -> pd.DataFrame:
    return _results(use_rates(_youths(region), by=_PLACE).astype(dict.fromkeys(_PLACE, "str")), "use_of_youth_care")


def _percentages(region: str) -> pd.DataFrame:
    """Give the published percentages an interval of chance, at the count that they imply."""
    table = _read("care_indicators", region).query("indicator in @_PERCENTAGES")
    percent = table["percent"].astype("float64")
    at = pd.MultiIndex.from_frame(table[_PLACE])
    helped = table[table["indicator"] == "youth_help"].set_index(_PLACE)["percent"].astype("float64")
    youths = numbers(_youths(region).set_index(_PLACE)["population"].reindex(at))
    of_those = np.where(table["indicator"] == "youth_help_with_residence", helped.reindex(at) / 100, 1)
    size = youths * of_those * table["indicator"].map(_LEAST_PART).to_numpy()
    lower, upper = (100 * limit for limit in wilson(percent.to_numpy() / 100, size, CONFIDENCE))
    bounds = {"lower_rounding": (percent - 0.05).clip(lower=0), "upper_rounding": percent + 0.05}
    table = table.assign(value=percent, lower=lower, upper=upper, confidence=CONFIDENCE, **bounds, measure="percentage")
    return _results(table, table["indicator"].map(_PERCENTAGES), method=_IMPLIED, per="100 youths")


def _forms(region: str) -> pd.DataFrame:
    care = _read("care_by_origin", region).query("period_kind == 'year' and origin in [@_REFERENCE, @_GROUP]")
    forms = ("with_residence", "protection", "probation")
    ratios = pd.concat(form_ratio(care, form, by=_PLACE, relative_to=_REFERENCE) for form in forms)
    ratios = ratios[ratios["measure"] == "form_share_ratio"]
    return _results(ratios, "forms_by_origin", form=ratios["form"], origin=ratios["origin"])


def _access(region: str) -> pd.DataFrame:
    rows = referrals_of(region).assign(region_kind="municipality")
    country = referrals_of(region, area_kind="country").assign(region_kind="country")
    codes = rows.groupby("period")["region_code"].agg(set)
    complete = [year for year, there in codes.items() if there == set(members_or_none(region, int(str(year))))]
    whole = rows[rows["period"].isin(complete)].assign(region=region, region_kind="jeugdregio")
    shares = [referral_shares(pd.concat([rows, country]), by=_PLACE)]
    shares = pd.concat([*shares, *([referral_shares(whole, by=_PLACE, pooled=True)] if complete else [])])
    return _results(shares[shares["referrer"] == "municipal_access"], "municipal_access")


def _teams(region: str) -> pd.DataFrame:
    table = _read("trajectories", region)
    keys = [*_PLACE, "synthetic", "source", "rounded_to"]
    stock = table[table["period"].str.endswith("-12-31")]
    counts = stock.pivot(index=keys, columns="form", values="trajectories").reset_index()
    hidden = counts[["neighbourhood_team", "without_residence"]].isna().any(axis=1)
    counted = counts[["neighbourhood_team", "without_residence"]].mask(hidden).set_axis(["users", "population"], axis=1)
    counts = counts.assign(**counted, status=np.where(hidden, "not_published", "shown"))
    rates = use_rates(counts, by=_PLACE, rounding=5).astype(dict.fromkeys(_PLACE, "str"))
    return _results(rates, "neighbourhood_team", measure="team_share", per="100 trajectories without residence")


def _observed(region: str) -> pd.DataFrame:
    use = wijk_use(region)
    # in 2015 hardly any wijk outside The Hague
    shown = use[(use["status"] == "shown") & (use["period"] > "2015")].dropna(subset=[*NEED, "population"])
    if shown.empty:
        return pd.DataFrame()
    ratios = excess_of_places(shown, by=["period", "area_code"], place="region", need=NEED).astype({"period": "str"})
    return _results(ratios, "observed_expected", region_kind="municipality")


def _reach(region: str) -> pd.DataFrame:
    """Give the range over all admissible choices and its verdict; a range has no change with an interval."""
    try:
        ratios = specifications(region, relative_to=_REFERENCE)
    except BereikError:  # the bundled files have no youths by origin of this region
        return pd.DataFrame()
    rows = range_over_choices(ratios[ratios["origin"] == _GROUP]).query("measure == 'range_over_choices'")
    rows = rows.drop(columns="region").rename(columns={"years": "period"}).astype({"form": "str", "origin": "str"})
    codes = np.where(rows["form"] == "probation", "use_to_police_contact", "reach_ratio")
    place = {"region": region, "region_kind": str(find_region(region)["kind"])}
    results = _results(rows, codes, form=rows["form"], origin=rows["origin"], **place)
    need = rows["ages_of_need"].to_numpy()
    return results.assign(verdict=(rows["verdict"] + " " + rows["side"]).to_numpy(), ages_of_need=need, jump=False)


def _without_figures(parts: list[pd.DataFrame], region: str) -> pd.DataFrame:
    """Give each indicator without a figure for the region or its municipalities one row that says so."""
    shown = pd.concat(parts).query("status == 'shown' and region_kind != 'country'")
    absent = indicators()[~indicators()["indicator"].isin(shown["indicator"])]
    tables = absent["tables"]
    row = {"form": "", "origin": "", "region": region, "region_kind": "jeugdregio", "period": "", "measure": "none"}
    source = tables.where(tables == "own data", "CBS StatLine " + tables)
    hidden = {"value": np.nan, "jump": False, "status": "not_published", "synthetic": False}
    return absent[["indicator"]].assign(**row, **hidden, source=source, add_table=tables)


def _described(table: pd.DataFrame) -> pd.DataFrame:
    """Add what each indicator means, which row is the latest, and whether the change crosses a break."""
    table = table.merge(indicators(), on="indicator", how="left")
    series = [table[name] for name in _CATEGORIES]
    with_figure = table["period"].where(table["status"] == "shown").groupby(series).transform("max")
    latest = with_figure.fillna(table["period"].groupby(series).transform("max"))
    pairs = zip(table["period"].where(table["change"].notna(), ""), table["breaks"], strict=True)
    broken = np.array([bool(period) and parse_period(period).year in years for period, years in pairs])
    forms = care_forms().set_index("code")
    compulsory = table["form"].map(forms["compulsory"]).isin(["yes", "partly"])  # more of it is no better reach
    order, place = indicators()["indicator"].tolist(), {"jeugdregio": 0, "municipality": 1, "country": 2}
    table = table.assign(latest=table["period"] == latest, direction=table["direction"].mask(compulsory, "neither"))
    table["comparable"] = pd.Series(~broken, table.index, dtype="boolean").mask(table["change"].isna())
    table = table.assign(order=table["indicator"].map(order.index), form_order=table["form"].map(forms["order"]))
    by = ["order", "form_order", "place", "region", "period"]
    table = table.assign(place=table["region_kind"].map(place))
    return table.sort_values(by, kind="stable").reindex(columns=_COLUMNS).reset_index(drop=True)
