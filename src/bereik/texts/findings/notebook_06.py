"""What the texts of the figures of notebook 06 say, computed from the table that is drawn."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.plot.marks import shown_row
from bereik.texts.findings.sides import direction

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]
_NOBODY = ["none", "unknown"]


def _nobody(rows: pd.DataFrame) -> tuple[float, float]:
    """Give the share without a known referrer, and the number of trajectories that it is of."""
    own = rows[rows["referrer"].isin(_NOBODY) & (rows["status"] == "shown")]
    return float(own["value"].sum()), float(rows["denominator"].max())


def _clearly(share: tuple[float, float], other: tuple[float, float]) -> str:
    """Compare two percentages of counts, on the log of their ratio."""
    if not (share[0] > 0 and other[0] > 0):
        return "undecided"
    error = np.sqrt(sum((100 / value - 1) / number for value, number in (share, other)))
    middle = np.log(share[0] / other[0])
    return direction(float(np.exp(middle - 1.96 * error)), float(np.exp(middle + 1.96 * error)))


def _routes_by_municipality(data: pd.DataFrame, *, region: str, country: str, absent: str) -> _Finding:
    own = data[(data["region"] != country) & (data["status"] == "shown")]
    access, gp = (own.loc[own["referrer"] == name, "value"] for name in ("municipal_access", "gp"))
    there = shown_row(data, region=country, referrer="municipal_access")
    return "undecided", {
        "region": region, "country": country, "year": str(there["period"]), "low": access.min(), "high": access.max(),
        "country_value": there["value"], "gp_low": gp.min(), "gp_high": gp.max(), "number": own["region"].nunique(),
        "absent": absent or "–", "table": str(there["source"]).removeprefix("CBS StatLine "),
    }  # fmt: skip


def _routes_by_third(data: pd.DataFrame, *, region: str, municipality: str) -> _Finding:
    own = data[data["region"] == municipality]
    gp = {third: shown_row(own, third=third, referrer="gp") for third in ("low", "middle", "high")}
    nobody = {third: _nobody(own[own["third"] == third])[0] for third in ("low", "high")}
    found = _clearly(*((gp[third]["value"], gp[third]["denominator"]) for third in ("high", "low")))
    return found, {third: row["value"] for third, row in gp.items()} | {
        "region": region, "municipality": municipality, "year": str(own["period"].iloc[0]), "nobody_low": nobody["low"],
        "nobody_high": nobody["high"], "table": str(own["source"].iloc[0]).removeprefix("CBS StatLine "),
    }  # fmt: skip


def _neighbourhood_team(data: pd.DataFrame, *, region: str, country: str) -> _Finding:
    last = str(data["period"].max())
    here, there = (shown_row(data, region=name, period=last) for name in (region, country))
    known = data[data["change"].notna()]
    largest = known.loc[known["change"].abs().idxmax()]
    found = "undecided" if not largest["jump"] else "above" if largest["change"] > 0 else "below"
    return found, {
        "region": region, "country": country, "place": str(largest["region"]), "year": str(largest["period"])[:4],
        "before": largest["value"] - largest["change"], "after": largest["value"], "share": here["value"],
        "country_share": there["value"], "first": str(data["period"].min())[:4], "last": last[:4],
        "jumps": int(data["jump"].sum()),
    }  # fmt: skip


FINDINGS = {
    "06_routes_by_municipality": _routes_by_municipality,
    "06_routes_by_third": _routes_by_third,
    "06_neighbourhood_team": _neighbourhood_team,
}
