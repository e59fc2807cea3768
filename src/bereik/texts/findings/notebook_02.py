"""What the texts of the figure of notebook 02 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row
from bereik.texts.findings.sides import direction, position_in_band

__all__ = ["FINDINGS"]


def _ratio_by_region(data: pd.DataFrame, *, region: str, form: str) -> tuple[str, dict[str, Any]]:
    ratio = shown_row(data, measure="form_share_ratio", region=region, form=form)
    band = shown_row(data, measure="prediction_band", region=region, form=form)
    published = (data["measure"] == "form_share_ratio") & (data["form"] == form) & (data["status"] == "shown")
    return direction(ratio["lower"], ratio["upper"]), {
        "region": region, "year": str(ratio["period"]), "form": form, "group": str(ratio["origin"]),
        "reference": str(ratio["relative_to"]), "ratio": ratio["value"], "lower": ratio["lower"], "upper": ratio["upper"],
        "band_lower": band["lower"], "band_upper": band["upper"], "regions": int(published.sum()),
        "position": position_in_band(ratio["value"], band["lower"], band["upper"]),
    }  # fmt: skip


FINDINGS = {"02_ratio_by_region": _ratio_by_region}
