"""What the texts of the figures of notebook 03 say, computed from the table that is drawn."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.plot.marks import shown_row
from bereik.sources.need import need_indicators
from bereik.texts.findings.sides import direction

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _need_by_indicator(data: pd.DataFrame, *, region: str, year: str, group: str, reference: str) -> _Finding:
    kinds = need_indicators().set_index("indicator")["kind"]
    problems = data["indicator"].map(kinds).isin(["self_report", "school"])
    rows = data[(data["measure"] == "need_ratio") & (data["origin"] == group) & (data["status"] == "shown") & problems]
    if rows.empty:
        shown_row(rows, origin=group, measure="need_ratio")  # says what is missing
    low, high = rows.loc[rows["value"].idxmin()], rows.loc[rows["value"].idxmax()]
    found = "above" if (rows["lower"] > 1).all() else "below" if (rows["upper"] < 1).all() else "undecided"
    return found, {
        "region": region, "year": year, "group": group, "reference": reference, "low": low["value"], "high": high["value"],
        "low_indicator": str(low["indicator"]), "low_who": str(low["population_group"]),
        "high_indicator": str(high["indicator"]), "high_who": str(high["population_group"]), "number": len(rows),
    }  # fmt: skip


def _need_by_country(
    data: pd.DataFrame, *, region: str, year: str, indicator: str, group: str, reference: str
) -> _Finding:
    """Say whether the countries within a group differ more than the group does from the reference."""
    rows = data[(data["measure"] == "need_rate") & (data["indicator"] == indicator)]
    whole, other = (shown_row(rows, origin=origin)["value"] for origin in (group, reference))
    within = rows[~rows["origin"].isin([group, reference]) & (rows["status"] == "shown")]
    low, high = within.loc[within["value"].idxmin()], within.loc[within["value"].idxmax()]
    apart = float(np.exp(abs(np.log(whole / other))))
    return direction(*sorted([low["value"] * apart / high["value"]] * 2)), {
        "region": region, "year": year, "indicator": indicator, "group": group, "reference": reference, "low": low["value"],
        "high": high["value"], "group_value": whole, "reference_value": other, "low_group": str(low["origin"]),
        "high_group": str(high["origin"]),
    }  # fmt: skip


def _need_over_time(data: pd.DataFrame, *, region: str, group: str, reference: str) -> _Finding:
    """Compare the ratio of the last period with that of the first."""
    ratios = data[(data["measure"] == "need_ratio") & (data["region"] == region)]
    ratios = ratios[(ratios["origin"] == group) & (ratios["relative_to"] == reference)]
    first, last = (shown_row(ratios, period=edge) for edge in (ratios["period"].min(), ratios["period"].max()))
    error = np.hypot(
        *(np.log(row["upper"] / row["lower"]) / 2 for row in (first, last))
    )  # half an interval, on the log
    change = np.log(last["value"] / first["value"])
    return direction(np.exp(change - error), np.exp(change + error)), {
        "region": region, "indicator": str(first["indicator"]), "first": _years(first), "last": _years(last), "group": group,
        "reference": reference, "first_ratio": first["value"], "last_ratio": last["value"],
        "group_value": last["numerator"], "reference_value": last["denominator"],
    }  # fmt: skip


def _two_classifications(data: pd.DataFrame, *, region: str, group: str, reference: str) -> _Finding:
    ratio = data[(data["measure"] == "need_ratio") & (data["region"] == region)]
    last = shown_row(
        ratio, origin=group, relative_to=reference, period=ratio.loc[ratio["origin"] == group, "period"].max()
    )
    new = data[(data["origin_scheme"] == "herkomst") & (data["status"] == "shown")]
    return direction(last["lower"], last["upper"]), {
        "region": region, "indicator": str(last["indicator"]), "last": _years(last), "group": group, "reference": reference,
        "group_value": last["numerator"], "reference_value": last["denominator"], "ratio": last["value"],
        "new_last": "no_period" if new.empty else _years(new.loc[new["period"].idxmax()]),
    }  # fmt: skip


def _years(row: pd.Series) -> str:
    """Write a school year as people do: 2016/'17."""
    first, _, second = str(row["period"]).partition("/")
    return f"{first}/'{second[2:]}" if second else first


FINDINGS = {
    "03_need_by_indicator": _need_by_indicator,
    "03_need_by_country": _need_by_country,
    "03_special_primary_education": _need_over_time,
    "03_special_schools": _two_classifications,
}
