"""Published use by country of origin over need: the Netherlands, 2012, relative to all youths, with what rounding allows."""

import numpy as np
import pandas as pd

from bereik.codelists import AGES
from bereik.errors import InvalidTableError
from bereik.rates.need import need_rates
from bereik.rates.range_over_choices import NEED, NO_INTERVAL
from bereik.rates.results import beside_reference, divided, sources
from bereik.rates.specifications import AGES_OF_NEED, PER, divisors
from bereik.tables import require_columns, require_numbers, result_table, rounded

_COUNTRIES = ["turkije", "marokko", "suriname", "antillen_aruba"]
_ALL, _STUDY, _PLACE, _PERIODS = "total", "kis_2015_", "Nederland", ["2011/2012", "2012/2013"]
_WHERE, _FINDINGS, _SCHEME = "the table of need", "the published findings", "migratieachtergrond"
_CATEGORIES = ["kind", "form", "origin", "origin_scheme", "region", "period", *AGES]
_CATEGORIES += ["indicator", "population_group", "ages_of_need", "period_of_need", "need_place"]
_ROUNDED = "what the rounding of the published percentages allows; no chance"


def use_over_need(findings: pd.DataFrame, need: pd.DataFrame, *, place: str = _PLACE) -> pd.DataFrame:
    """Divide published use of youth care by country of origin in 2012 by need of the same years, both relative to all youths.

    Parameters
    ----------
    findings : pandas.DataFrame
        The table ``published_findings`` (see `load`): the percentages of KIS (2015) are read, by ``finding``.
    need : pandas.DataFrame
        Rows of `need_by_origin`; used is what may divide care (`codelist` ``indicators``) and has a rate by country of origin
        in the school years 2011/'12 and 2012/'13: special primary education, and special schools at primary school age.
    place : str
        Whose need: the country, or a city that the table has. Use is always of the country.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (countries), ``form`` (youth_care), ``origin``, ``region`` (the Netherlands), ``period`` (2012),
        ``ages_of_use`` and ``ages_of_population`` (not stated), ``indicator``, ``population_group``, ``ages_of_need``,
        ``period_of_need``, ``need_place``, ``verdict``, ``side``, then the columns of a result table. For
        each origin: rate_ratio (use relative to all youths); use_relative_to_need_ratio, a row for each indicator and school
        year, ``numerator`` relative use and ``denominator`` relative need; need_range (relative need: median, lowest, highest);
        range_over_choices (median; ``lower`` and ``upper``: the lowest and highest that rounding allows over all indicators
        and years, of which there are ``denominator``); and overstated_need: how many times placement in special education
        would have to overstate the need of the group for the ratio to be 1, at least ``lower``. Rounding stands in
        ``lower_rounding`` and ``upper_rounding``; a range is no interval: ``confidence`` is missing.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column, a percentage of an origin, or need by country of origin in this place is absent.

    Notes
    -----
    Use: Gilsing, Pels, Bellaart & Tierolf (2015), as told in a report and a news item. A percentage lies within a half of what
    is printed, and one that is *almost* so much is at most that. It is of all youth care, compulsory care included, before the
    Youth Act, of ages that are not stated. Need: pupils, CBS StatLine; a place in special education follows a referral and may
    overstate or understate need. So the verdict is at most *points one way* (all that rounding and choice allow is on one side
    of 1), else *open*; need of a city beside use of the country shows how much place matters and has no verdict. Chance is
    left out: small for a country, not for the about hundred pupils of an origin in one city.

    Examples
    --------
    >>> from bereik.data.load import load
    >>> from bereik.data.need import need_by_origin
    >>> ratios = use_over_need(load("published_findings"), need_by_origin())
    >>> ranges = ratios[ratios["measure"] == "range_over_choices"]
    >>> ranges[["origin", "verdict", "lower", "upper"]].round(2).reset_index(drop=True)
               origin         verdict  lower  upper
    0         turkije  points one way   0.49   0.67
    1         marokko  points one way   0.59   0.82
    2        suriname            open   0.93   1.24
    3  antillen_aruba            open   0.69   1.03
    """
    use, needed = _published(findings), _relative_need(need, place)
    pairs = use.merge(needed, on="origin", suffixes=("", "_of_need"))
    ratios = divided(pairs, "_of_need").assign(measure="use_relative_to_need_ratio", per=PER)
    table = pd.concat([use, ratios, _ranges(ratios)], ignore_index=True)
    table["origin"] = pd.Categorical(table["origin"], _COUNTRIES)
    same = {"kind": "countries", "form": "youth_care", "region": _PLACE, "period": "2012", "relative_to": _ALL}
    same |= dict.fromkeys(AGES, "not stated") | {"origin_scheme": _SCHEME}
    table = table.assign(**same).sort_values("origin", kind="stable").astype({"origin": "str"})
    table = table.fillna({"verdict": "", "side": "", **dict.fromkeys(_CATEGORIES, "none")})
    return result_table(table, [*_CATEGORIES, "verdict", "side"])


def _published(findings: pd.DataFrame) -> pd.DataFrame:
    """Read the use of each origin relative to all youths from the published percentages, with what their rounding allows."""
    require_columns(findings, ["finding", "value", "printed_lower", "printed_upper", "unit", "source"], where=_FINDINGS)
    rows = findings[findings["finding"].str.startswith(_STUDY) & (findings["unit"] == "%")]
    rows = rows.assign(origin=rows["finding"].str.removeprefix(_STUDY), period="2012", status="shown", synthetic=False)
    rows["value"] = rows["value"].astype("float64")
    if set(rows["origin"]) != {_ALL, *_COUNTRIES} or rows["value"].isna().any():
        expected = f"one percentage for each of {', '.join([_ALL, *_COUNTRIES])}"
        raise InvalidTableError(f"{_FINDINGS} have of {_STUDY}: {list(rows['finding'])}", expected, "load the table")
    rows = rows.assign(lower_rounding=rows["printed_lower"], upper_rounding=rows["printed_upper"])
    use = _relative(rows, ["period"], _FINDINGS)
    return use.assign(measure="rate_ratio", per="ratio of published percentages", method=_ROUNDED)


def _relative_need(need: pd.DataFrame, place: str) -> pd.DataFrame:
    """Give the need of each origin relative to all pupils, for each indicator and school year that has it."""
    filtered = ["indicator", "population_group", "period", "region", "origin", "origin_scheme"]
    require_columns(need, [*filtered, "cases", "population", "rate"], where=_WHERE)
    require_numbers(need, ["cases", "population", "rate"])
    admissible = divisors().query("form == 'without_residence'")["indicator"]
    rows = need[need["indicator"].isin(admissible) & need["period"].isin(_PERIODS) & (need["region"] == place)]
    if rows.empty:
        raise InvalidTableError(f"no need in {place} in {_WHERE}", f"pupils of {_PERIODS}", "name a place that it has")
    rows = rows[(rows["origin_scheme"] == _SCHEME) & rows["origin"].isin([_ALL, *_COUNTRIES])]
    rates = need_rates(rows.astype({"origin": "str"})).query("status == 'shown'")
    by = ["indicator", "population_group", "period"]
    complete = rates.groupby(by, observed=True)["origin"].transform("nunique") == len(_COUNTRIES) + 1
    ratios = _relative(rates[complete], by, _WHERE)
    ratios = ratios.rename(columns={"period": "period_of_need"}).assign(need_place=place)
    return ratios.assign(ages_of_need=ratios["population_group"].map(AGES_OF_NEED))


def _relative(rows: pd.DataFrame, by: list[str], where: str) -> pd.DataFrame:
    """Divide the figures of each origin by those of all."""
    columns = [*by, "origin", "value", "lower_rounding", "upper_rounding", "status", "synthetic", "source"]
    return divided(beside_reference(rows[columns], by, _ALL, _COUNTRIES, where), "_reference")


def _ranges(ratios: pd.DataFrame) -> pd.DataFrame:
    """Give the range of need and of the ratios of each origin, and how much need would have to be overstated."""
    by_origin, place = ratios.groupby("origin", sort=False), ratios["need_place"].iloc[0]
    need = by_origin["denominator"].agg(value="median", lower="min", upper="max")
    whole = by_origin.agg(value=("value", "median"), lower=("lower_rounding", "min"), upper=("upper_rounding", "max"))
    over = (1 / whole).rename(columns={"lower": "upper", "upper": "lower"})
    one_side = [rounded(whole["upper"]) < 1, rounded(whole["lower"]) > 1]
    told = {"side": np.select(one_side, ["below 1", "above 1"], "both sides")}
    told["verdict"] = np.where(place != _PLACE, "", np.where(np.any(one_side, axis=0), "points one way", "open"))
    named = {"need_range": (need, {}, NEED), "range_over_choices": (whole, told, PER)}
    named["overstated_need"] = (over, told, "ratio")
    parts = [one.assign(measure=name, **words, per=per) for name, (one, words, per) in named.items()]
    same = {"denominator": by_origin["value"].size().iloc[0], "need_place": place, "source": sources(ratios)}
    same |= {"synthetic": False, "status": "shown", "method": f"{NO_INTERVAL}; {_ROUNDED}"}
    same |= {name: "; ".join(ratios[name].unique()) for name in ("ages_of_need", "period_of_need")}
    return pd.concat(parts).reset_index().assign(**same, indicator="all", population_group="all")
