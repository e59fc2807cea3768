"""What the indicators of the reach monitor mean, and the words that stand beside each figure."""

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from bereik.codelists.care import care_forms
from bereik.codelists.periods import parse_period
from bereik.monitoring.results import CATEGORIES

__all__ = ["described", "monitor_indicators", "without_figures"]

_COLUMNS = [
    *CATEGORIES, "period", "latest", "measure", "value", "lower", "upper", "lower_rounding", "upper_rounding", "confidence",
    "previous_period", "change", "change_lower", "change_upper", "change_method", "comparable", "jump", "verdict", "direction",
    "name_nl", "name_en", "unit_nl", "unit_en", "definition_nl", "definition_en", "reliability_nl", "reliability_en",
    "numerator", "denominator", "per", "relative_to", "method", "status", "add_table", "synthetic", "source",
]  # fmt: skip


@cache
def monitor_indicators() -> pd.DataFrame:
    """List the indicators of the reach monitor, in the order in which they are shown.

    Returns
    -------
    pandas.DataFrame
        ``indicator`` (code), ``nl`` and ``en`` (names), ``unit_nl`` and ``unit_en``, ``direction`` (higher is better, higher is
        worse, neither), ``definition_nl`` and ``definition_en``, ``reliability_nl`` and ``reliability_en``, ``tables`` (StatLine
        tables), ``breaks`` (years that cannot be compared with the year before).

    Examples
    --------
    >>> monitor_indicators()["indicator"].tolist()[-3:]
    ['reach_ratio', 'use_to_police_contact', 'use_shortfall']
    """
    known = tomllib.loads(files("bereik.monitoring").joinpath("indicators.toml").read_text(encoding="utf-8"))
    return pd.DataFrame([{"indicator": code} | about for code, about in known.items()])


def without_figures(parts: list[pd.DataFrame], region: str) -> pd.DataFrame:
    """Give each indicator without a figure for the region or its municipalities one row that says so."""
    found = pd.concat(parts)
    here = found.loc[(found["status"] == "shown") & (found["region_kind"] != "country"), "indicator"]
    about = monitor_indicators()
    about = about[~about["indicator"].isin(here)]
    own = {"region": region, "region_kind": "jeugdregio", "form": "", "origin": "", "period": "", "measure": "none"}
    hole = own | {"status": "not_published", "synthetic": False, "value": np.nan, "jump": False}
    tables = about["tables"].where(about["tables"] == "own data", "CBS StatLine " + about["tables"])
    return about[["indicator"]].assign(**hole, source=tables, add_table=about["tables"])


def described(table: pd.DataFrame) -> pd.DataFrame:
    """Add what each indicator means, which row is the latest, and whether the change crosses a break."""
    about = monitor_indicators().rename(columns={"nl": "name_nl", "en": "name_en"})
    order = about["indicator"].tolist()
    table = table.merge(about, on="indicator", how="left")
    table["known"] = table["period"].where(table["status"] == "shown")
    last = table.groupby(CATEGORIES)["known"].transform("max")
    both = zip(table["period"], table["breaks"], strict=True)
    broken = [bool(period) and parse_period(period).year in years for period, years in both]
    place = table["region_kind"].map({"jeugdregio": 0, "municipality": 1, "country": 2})
    forms = care_forms().set_index("code")
    imposed = table["form"].map(forms["compulsory"]).isin(["yes", "partly"])  # more of it is no better reach
    table = table.assign(
        latest=table["period"] == last.fillna(table.groupby(CATEGORIES)["period"].transform("max")),
        comparable=pd.array(~np.array(broken), dtype="boolean"),
        order=table["indicator"].map(order.index), place=place, form_order=table["form"].map(forms["order"]),
        direction=table["direction"].mask(imposed, "neither"),
    )  # fmt: skip
    table["comparable"] = table["comparable"].mask(table["change"].isna())
    table = table.sort_values(["order", "form_order", "place", "region", "period"], kind="stable")
    return table.reindex(columns=_COLUMNS).reset_index(drop=True)
