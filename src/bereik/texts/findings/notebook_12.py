"""What the texts of the figures of notebook 12 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _monitor_region(data: pd.DataFrame, *, region: str, country: str) -> _Finding:
    use = shown_row(data, indicator="use_of_youth_care", region=region)
    there = shown_row(data, indicator="use_of_youth_care", region=country, period=use["period"])
    own = data[data["region"] == region]
    origin = data[(data["indicator"] == "forms_by_origin") & (data["status"] == "shown")]
    clear = bool(use["comparable"]) if pd.notna(use["comparable"]) else False
    found = (
        "above" if clear and use["change_lower"] > 0 else "below" if clear and use["change_upper"] < 0 else "undecided"
    )
    return found, {
        "region": region, "country": country, "year": str(use["period"]), "previous": str(use["previous_period"]),
        "use": use["value"], "change": use["change"], "country_use": there["value"],
        "origin_year": str(origin["period"].max()), "indicators": len(own), "holes": int((own["status"] != "shown").sum()),
    }  # fmt: skip


def _monitor_municipalities(data: pd.DataFrame, *, region: str) -> _Finding:
    use = data[(data["indicator"] == "use_of_youth_care") & (data["status"] == "shown")]
    if use.empty:
        shown_row(use, indicator="use_of_youth_care")  # says what is missing
    return "undecided", {
        "region": region, "year": str(use["period"].max()), "low": use["value"].min(), "high": use["value"].max(),
        "number": use["region"].nunique(),
    }  # fmt: skip


FINDINGS = {"12_monitor_region": _monitor_region, "12_monitor_municipalities": _monitor_municipalities}
