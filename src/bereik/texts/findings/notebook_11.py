"""What the texts of the figures of notebook 11 say, computed from the table that is drawn."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row
from bereik.texts.findings.example import about_example
from bereik.texts.findings.individual import side_of_zero

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _activities(data: pd.DataFrame) -> _Finding:
    regions = data[data["topic"] == "region"]
    carried = regions.loc[regions["code"] == "carried_through", "region"]
    done = data[(data["topic"] == "activity") & data["region"].isin(carried)]
    with_activities = done.groupby("audience")["region"].nunique()
    audiences = {"professionals": "youth_professionals", "students": "students_and_education",
                 "officials": "municipal_officials"}  # fmt: skip
    counts = {name: int(with_activities.get(code, 0)) for name, code in audiences.items()}
    return "undecided", counts | {"carried": len(carried), "regions": len(regions)}


def _limits(row: pd.Series, prefix: str = "") -> dict[str, float]:
    return {f"{prefix}lower": row["lower"], f"{prefix}upper": row["upper"]}


def _change_by_region(data: pd.DataFrame, *, scale: str) -> _Finding:
    mean = shown_row(data, scale=scale, measure="mean_of_regions")
    new = shown_row(data, scale=scale, measure="new_region_change")
    each = data[(data["scale"] == scale) & (data["measure"] == "pooled_change") & (data["status"] == "shown")]
    values = {"scale": scale, "mean": mean["value"], "low": each["value"].min(), "high": each["value"].max()}
    values |= {"regions": len(each)} | _limits(mean) | _limits(new, "new_")
    return side_of_zero(mean), about_example(data, "example_programme") | values


def _ties(data: pd.DataFrame) -> _Finding:
    change = shown_row(data, measure="ties_change", ties="crossing")
    found: dict[str, Any] = {"change": change["value"], "organisations": int(change["denominator"])}
    for wave in ("before", "after"):
        found[wave] = shown_row(data, measure="share_crossing", wave=wave)["value"]
        found[f"ties_{wave}"] = int(shown_row(data, measure="ties", wave=wave)["value"])
        found[f"crossing_{wave}"] = int(shown_row(data, measure="ties_crossing", wave=wave)["value"])
    return side_of_zero(change), about_example(data, "example_programme") | found | _limits(change)


def _change_by_goal(data: pd.DataFrame, *, scale: str) -> _Finding:
    mean = shown_row(data, scale=scale, measure="mean_of_goals")
    each = data[(data["scale"] == scale) & (data["measure"] == "goal_change") & (data["status"] == "shown")]
    clear = int(((each["lower"] > 0) | (each["upper"] < 0)).sum())
    widest = float((each["upper"] - each["lower"]).max() / 2)
    values = {"scale": scale, "mean": mean["value"], "goals": len(each), "clear": clear, "widest": widest}
    return side_of_zero(mean), values | about_example(data, "example_programme") | _limits(mean)


FINDINGS: dict[str, Callable[..., _Finding]] = {
    "11_activities": _activities,
    "11_change_by_region": _change_by_region,
    "11_ties": _ties,
    "11_change_by_goal": _change_by_goal,
}
