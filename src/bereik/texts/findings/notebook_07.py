"""What the texts of the figures of notebook 07 say, computed from the table that is drawn."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from bereik.errors import FigureError
from bereik.plot.marks import shown_row
from bereik.plot.rows_and_panels import categories
from bereik.texts.findings.individual import about
from bereik.texts.findings.sides import direction

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _equal(data: pd.DataFrame, where: dict[str, str]) -> _Finding:
    """Give the ratio at equal severity that a title is about, with its interval."""
    ratio = shown_row(data, measure="rate_ratio_at_equal_severity", **where)
    return direction(ratio["lower"], ratio["upper"]), {name: ratio[name] for name in ("lower", "upper")} | {
        "ratio": ratio["value"]
    }


def _use_by_severity(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    found, values = _equal(data, {"form": form, "origin": group, "relative_to": reference})
    rates = data[(data["measure"] == "use_rate") & (data["form"] == form)]
    shown = rates[rates["status"] == "shown"]
    bands = [
        band
        for band in categories(rates, "severity", "en")
        if {group, reference} <= set(shown.loc[shown["severity"] == band, "origin"])
    ]
    if not bands:
        raise FigureError(
            f"no band of severity in which {form} is shown for {group} and for {reference}",
            "at least one, for the alternative text",
            "merge bands, or choose a larger group",
        )
    in_band = {
        f"{name}_value": shown_row(shown, severity=bands[-1], origin=origin)["value"]
        for name, origin in (("group", group), ("reference", reference))
    }
    said = about(data, form=form, group=group, reference=reference, **words)
    return found, said | values | in_band | {"band": bands[-1]}


def _crude_and_equal_severity(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    where = {"form": form, "origin": group, "relative_to": reference}
    found, values = _equal(data, where)
    crude = shown_row(data, measure="crude_rate_ratio", **where)["value"]
    return found, about(data, form=form, group=group, reference=reference, **words) | values | {"crude": crude}


def _shortfall_by_municipality(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    rows = data[data["measure"].isin(["use_shortfall", "expected_minus_observed"]) & (data["form"] == form)]
    rows = rows[(rows["origin"] == group) & (rows["relative_to"] == reference) & (rows["status"] == "shown")]
    if rows.empty:
        shown_row(rows, form=form, origin=group)  # says what is missing
    fewer, more = int((rows["lower"] > 0).sum()), int((rows["upper"] < 0).sum())
    found = "below" if fewer and not more else "above" if more and not fewer else "undecided"
    unclear = len(rows) - fewer - more
    counts = {"places": len(rows), "fewer": fewer, "more": more, "unclear": unclear}
    said = about(data, form=form, group=group, reference=reference, **words)
    return found, said | counts | {"elsewhere": "elsewhere_unclear" if unclear else ""}


FINDINGS: dict[str, Callable[..., _Finding]] = {
    "07_use_by_severity": _use_by_severity,
    "07_crude_and_equal_severity": _crude_and_equal_severity,
    "07_shortfall_by_municipality": _shortfall_by_municipality,
}
