"""Published use by country of origin over need: the Netherlands, 2012, relative to all youths, with what rounding allows."""

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError
from bereik.rates.need import need_rates
from bereik.rates.results import beside_reference, check_known, divided, sources
from bereik.rates.specifications import PER, divisors
from bereik.tables import numbers, require_columns, result_table, rounded

_COUNTRIES = ["turkije", "marokko", "suriname", "antillen_aruba"]
_ALL, _STUDY, _PLACE, _PERIODS = "total", "kis_2015_", "Nederland", ["2011/2012", "2012/2013"]
_WHERE, _FINDINGS = "the table of need", "the published findings"
_CATEGORIES = [
    "kind",
    "form",
    "origin",
    "region",
    "period",
    "indicator",
    "population_group",
    "period_of_need",
    "need_place",
]
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
        ``kind`` (countries), ``form`` (youth_care), ``origin``, ``region`` (the Netherlands), ``period`` (2012), ``indicator``,
        ``population_group``, ``period_of_need``, ``need_place``, ``verdict``, ``side``, then the columns of a result table. For
        each origin: rate_ratio (use relative to all youths); use_relative_to_need_ratio, a row for each indicator and school
        year, ``numerator`` relative use and ``denominator`` relative need; need_range (relative need: median, lowest, highest);
        range_over_choices (median; ``lower`` and ``upper``: the lowest and highest that rounding allows over all indicators
        and years; ``numerator`` of the ``denominator`` ratios lie on that side whatever the rounding); and overstated_need: how
        many times placement in special education would have to overstate the need of the group for the ratio to be 1, at least
        ``lower``. Rounding stands in ``lower_rounding``, ``upper_rounding``; a range is no interval: ``confidence`` is missing.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column, a percentage of an origin or the need of an origin is absent.
    UnknownNameError
        When the table of need does not have the place.

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
    rows = [row for origin in _COUNTRIES for row in _summaries(ratios[ratios["origin"] == origin])]
    table = pd.concat([use, ratios, pd.DataFrame(rows)], ignore_index=True).astype(
        {"origin": pd.CategoricalDtype(_COUNTRIES)}
    )
    same = {"kind": "countries", "form": "youth_care", "region": _PLACE, "period": "2012", "relative_to": _ALL}
    table = table.assign(**same).sort_values("origin", kind="stable").astype({"origin": "str"})
    table = table.fillna({"verdict": "", "side": "", **dict.fromkeys(_CATEGORIES, "none")})
    return result_table(table, [*_CATEGORIES, "verdict", "side"])


def _published(findings: pd.DataFrame) -> pd.DataFrame:
    """Read the use of each origin relative to all youths from the published percentages, with what their rounding allows."""
    require_columns(findings, ["finding", "value", "qualifier", "unit", "source"], where=_FINDINGS)
    rows = findings[findings["finding"].str.startswith(_STUDY) & (findings["unit"] == "%")]
    rows = rows.assign(
        origin=rows["finding"].str.removeprefix(_STUDY), status="shown", synthetic=False, period="2012"
    ).astype({"value": "float64"})
    if set(rows["origin"]) != {_ALL, *_COUNTRIES} or rows["value"].isna().any():
        expected = f"one percentage for each of {', '.join([_ALL, *_COUNTRIES])}"
        has = ", ".join(rows["finding"]) or "none"
        raise InvalidTableError(f"{_FINDINGS} have of {_STUDY}: {has}", expected, "take the table as it is loaded")
    most = rows["value"] + np.where(rows["qualifier"].eq("almost"), 0, 0.5)
    rows = rows.assign(lower_rounding=rows["value"] - 0.5, upper_rounding=most)
    columns = ["period", "origin", "value", "lower_rounding", "upper_rounding", "status", "synthetic", "source"]
    use = divided(beside_reference(rows[columns], ["period"], _ALL, _COUNTRIES, _FINDINGS), "_reference")
    return use.assign(measure="rate_ratio", per="ratio of published percentages", method=_ROUNDED)


def _relative_need(need: pd.DataFrame, place: str) -> pd.DataFrame:
    """Give the need of each origin relative to all pupils, for each indicator and school year that has it."""
    check_known("place with need", place, set(need["region"]), where=_WHERE)
    admissible = divisors().query("form == 'without_residence'")["indicator"]
    rows = need[need["indicator"].isin(admissible) & need["period"].isin(_PERIODS) & (need["region"] == place)]
    rows = rows[(rows["origin_scheme"] == "migratieachtergrond") & rows["origin"].isin([_ALL, *_COUNTRIES])]
    rates = need_rates(rows.astype({"origin": "str"})).query("status == 'shown'")
    by = ["indicator", "population_group", "period"]
    complete = rates.groupby(by, observed=True)["origin"].transform("nunique") == len(_COUNTRIES) + 1
    if not complete.any():
        raise InvalidTableError(
            f"{_WHERE} has no need by country in {place}", f"rates in {_PERIODS}", "take need_by_origin"
        )
    columns = [*by, "origin", "value", "lower_rounding", "upper_rounding", "status", "synthetic", "source"]
    ratios = divided(beside_reference(rates.loc[complete, columns], by, _ALL, _COUNTRIES, _WHERE), "_reference")
    return ratios.rename(columns={"period": "period_of_need"}).assign(need_place=place)


def _summaries(ratios: pd.DataFrame) -> list[dict[str, object]]:
    """Give the range of need and of the ratios of an origin, and how much need would have to be overstated."""
    low, high = (float(end) for end in rounded([ratios["lower_rounding"].min(), ratios["upper_rounding"].max()]))
    side = "below 1" if high < 1 else "above 1" if low > 1 else "both sides"
    there = {"below 1": ratios["upper_rounding"] < 1, "above 1": ratios["lower_rounding"] > 1}.get(side)
    place = str(ratios["need_place"].iloc[0])
    verdict = "" if place != _PLACE else "open" if there is None else "points one way"
    told: dict[str, object] = {"verdict": verdict, "side": side}
    told |= {"numerator": np.nan if there is None else int(there.sum()), "denominator": len(ratios)}
    middle, needed = float(ratios["value"].median()), numbers(ratios["denominator"])
    of_need = {"value": np.median(needed), "lower": needed.min(), "upper": needed.max(), "denominator": len(ratios)}
    same = ratios.iloc[0][["origin", "need_place", "synthetic"]].to_dict() | {
        "status": "shown",
        "source": sources(ratios),
    }
    words = "lowest, median and highest over the indicators and school years, no interval"
    of_need |= {"measure": "need_range", "per": "ratio of rates of need", "method": words}
    whole = told | {"measure": "range_over_choices", "value": middle, "lower": low, "upper": high, "per": PER}
    over = told | {
        "measure": "overstated_need",
        "value": 1 / middle,
        "lower": 1 / high,
        "upper": 1 / low,
        "per": "ratio",
    }
    rest = {"method": f"{words}; {_ROUNDED}", "indicator": "all", "population_group": "all", "period_of_need": "all"}
    return [same | rest | one for one in (of_need, whole, over)]
