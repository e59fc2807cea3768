"""What the texts of the figures of notebook 04 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.estimates.specification_curve import choice_verdicts
from bereik.plot.marks import shown_row
from bereik.plot.rows_and_panels import is_compulsory

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _specification_curve(data: pd.DataFrame, *, region: str, form: str, group: str) -> _Finding:
    verdicts = choice_verdicts(data, by=["region", "origin", "form"])
    row = shown_row(verdicts, region=region, form=form, origin=group)
    years = data["year"].astype(str)
    return _side(row), {
        "region": region, "form": form, "group": group, "reference": str(row["relative_to"]),
        "word": "use_of" if is_compulsory(form) else "reach_of", "low": row["lower"], "high": row["upper"],
        "middle": row["value"], "excluding": row["numerator"], "number": row["denominator"], "first": years.min(),
        "last": years.max(), "side": f"{row['verdict']} {row['side']}",
        "nuance": f"nuance {row['side']}",
    }  # fmt: skip


def _choice_ranges(data: pd.DataFrame, *, region: str, form: str, group: str) -> _Finding:
    """Say the verdict of one form, and whether any of the others of the same region is decided."""
    row = shown_row(data, region=region, form=form)
    own = data[(data["region"] == region) & (data["form"] != form) & (data["status"] == "shown")]
    decided = own[own["verdict"] == "decided"]
    light = shown_row(data, region=region, form="without_residence")
    return _side(row), {
        "region": region, "form": form, "group": group, "reference": str(row["relative_to"]), "low": row["lower"],
        "high": row["upper"], "others": "others_undecided" if decided.empty else "others_partly", "light_low": light["lower"],
        "light_high": light["upper"], "light_side": f"{light['verdict']} {light['side']}",
        "side": f"{row['verdict']} {row['side']}", "measure": "of_police_contact" if form == "probation" else "of_need",
    }  # fmt: skip


def _side(row: pd.Series) -> str:
    return "undecided" if row["verdict"] != "decided" else str(row["side"]).split()[0]


FINDINGS = {"04_specification_curve": _specification_curve, "04_choice_ranges": _choice_ranges}
