"""What the texts of the figures of notebook 05 say, computed from the table that is drawn."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from bereik.tables import one_value

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _sides(rows: pd.DataFrame) -> dict[str, int]:
    """Count the intervals that lie below 1 as a whole, and above it."""
    shown = rows[rows["status"] == "shown"]
    return {"below": int((shown["upper"] < 1).sum()), "above": int((shown["lower"] > 1).sum()), "areas": len(shown)}


def _observed_expected(data: pd.DataFrame, **words: str) -> _Finding:
    rows = data[data["measure"] == "shrunken_ratio"]
    sides = _sides(rows)
    counts = {"rest": sides["areas"] - sides["below"] - sides["above"], "hidden": len(rows) - sides["areas"]}
    year = str(one_value(rows, "period", where="the data of the figure"))
    tables = sorted(rows["source"].astype("str").str.split("; ").explode().unique())
    return "undecided", words | sides | counts | {"year": year, "tables": ", ".join(tables)}


def _share_by_year(data: pd.DataFrame, *, region: str, city: str, group: str, **words: str) -> _Finding:
    counts: dict[str, Any] = {}
    for name, place in (("region", region), ("city", city), ("within", "choice_within")):
        sides = _sides(data[(data["selection"] == place) & (data["measure"] == "rate_ratio")])
        counts |= {f"below_{name}": sides["below"], f"above_{name}": sides["above"]}
    years = sorted(data["period"].unique())
    words |= {"background": f"background_{group}"}
    said = words | {"region": region, "city": city, "first": years[0], "last": years[-1], "years": len(years)}
    return "undecided", said | counts


FINDINGS: dict[str, Callable[..., _Finding]] = {
    "05_observed_expected": _observed_expected,
    "05_share_by_year": _share_by_year,
}
