"""What the texts of the figures of notebook 09 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row
from bereik.texts.findings.example import about_example

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _who_took_part(data: pd.DataFrame) -> _Finding:
    against = data.loc[data["measure"] == "participants", "against_plan"]
    kinds = data[(data["measure"] == "partner_kind_represented") & (data["network"] == "all networks")]
    return "undecided", about_example(data, "example_pilot") | {
        "within": int((against == "within").sum()), "planned": int((against != "no plan").sum()),
        "missing": int((kinds["value"] == 0).sum()), "kinds": len(kinds),
    }  # fmt: skip


def _tools(data: pd.DataFrame) -> _Finding:
    ends: dict[str, Any] = {}
    for step in ("tried", "adopted"):
        rows = data[(data["measure"] == f"tool_{step}") & (data["status"] == "shown")]
        if rows.empty:
            shown_row(data, measure=f"tool_{step}")  # says what is missing
        ends |= {f"low_{step}": rows["value"].min(), f"high_{step}": rows["value"].max()}
    return "undecided", about_example(data, "example_pilot") | ends | {
        "tools": data["tool"].nunique(), "organisations": int(data["denominator"].max())
    }  # fmt: skip


def _signals(data: pd.DataFrame) -> _Finding:
    taken, resolved = (
        shown_row(data, network="all networks", measure=f"signal_{step}") for step in ("taken_up", "resolved")
    )
    return "undecided", about_example(data, "example_pilot") | {
        "signals": taken["denominator"], "taken": taken["value"], "resolved": resolved["value"],
        "lower": resolved["lower"], "upper": resolved["upper"],
    }  # fmt: skip


def _before_and_after(data: pd.DataFrame) -> _Finding:
    shifts = data[(data["measure"] == "hodges_lehmann_shift") & (data["network"] == "all networks")]
    shifts = shifts[shifts["status"] == "shown"]
    pairs, worst = (shifts[shifts["nonresponse"] == case] for case in ("complete pairs", "worst case"))
    if pairs.empty:
        shown_row(data, measure="hodges_lehmann_shift", network="all networks")  # says what is missing
    return "undecided", about_example(data, "example_pilot") | {
        "rise": int((pairs["lower"] > 0).sum()), "fall": int((pairs["upper"] < 0).sum()), "scales": len(pairs),
        "sturdy": int((worst["lower"] > 0).sum()), "pairs": int(pairs["denominator"].min()),
    }  # fmt: skip


FINDINGS = {
    "09_who_took_part": _who_took_part,
    "09_tools": _tools,
    "09_signals": _signals,
    "09_before_and_after": _before_and_after,
}
