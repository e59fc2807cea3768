"""What the texts of the figures of notebook 01 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row
from bereik.texts.findings.sides import direction

__all__ = ["FINDINGS"]


def _forms_by_origin(data: pd.DataFrame, *, form: str, group: str, reference: str) -> tuple[str, dict[str, Any]]:
    last = str(data["period"].max())
    ratio = shown_row(data, measure="form_share_ratio", period=last, form=form, origin=group, relative_to=reference)
    shares = {
        name: shown_row(data, measure="form_share", period=last, form=form, origin=name) for name in (group, reference)
    }
    return direction(ratio["lower"], ratio["upper"]), {
        "region": str(ratio["region"]), "first": str(data["period"].min()), "last": last, "form": form, "group": group,
        "reference": reference, "group_value": shares[group]["value"], "reference_value": shares[reference]["value"],
    }  # fmt: skip


def _use_over_time(data: pd.DataFrame, *, region: str, country: str) -> tuple[str, dict[str, Any]]:
    years = data[data["period_kind"] == "year"]
    last = str(years["period"].max())
    here, there = (shown_row(years, period=last, region=name) for name in (region, country))
    latest = years[(years["period"] == last) & (years["region_kind"] == "municipality")]["value"]
    return direction(here["lower"] / there["upper"], here["upper"] / there["lower"]), {
        "region": region, "country": country, "first": str(years["period"].min()), "last": last, "value": here["value"],
        "country_value": there["value"], **({"low": latest.min(), "high": latest.max()} if len(latest) else {}),
    }  # fmt: skip


FINDINGS = {
    "01_forms_by_origin": _forms_by_origin,
    "01_use_over_time": _use_over_time,
    "01_use_over_time_region": _use_over_time,
}
