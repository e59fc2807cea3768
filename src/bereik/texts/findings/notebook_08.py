"""What the texts of the figures of notebook 08 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import one_row, shown_row
from bereik.plot.tipping import misreported_in_points
from bereik.texts.findings.individual import about, side_of_zero

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]


def _decomposition(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    where = {"band": "all", "form": form, "origin": group, "relative_to": reference}
    parts = {name: shown_row(data, component=name, **where) for name in ("total", "mix", "rate")}
    values = {name: row["value"] for name, row in parts.items()}
    limits = {name: parts["rate"][name] for name in ("lower", "upper")}
    said = about(data, form=form, group=group, reference=reference, **words)
    return side_of_zero(parts["rate"]), said | values | limits


def _tipping_point(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    where = {"form": form, "origin": group, "relative_to": reference}
    as_reported = data[pd.to_numeric(data["misreporting"]) == 0]
    gap = shown_row(as_reported, measure="rate_difference_at_equal_severity", **where)
    tip = one_row(data, measure="tipping_point", **where)
    found, known = side_of_zero(gap), tip is not None and tip["status"] == "shown"
    reason = "unclear_as_reported" if found == "undecided" else "never_zero"
    points = misreported_in_points(data)
    amount = float(tip["value"]) if tip is not None and known else 0.0
    tipping = {
        "amount": abs(amount) * (1 if points else 100), "side": "too low" if amount > 0 else "too high", "reason": reason,
        "unit": "misreported_points" if points else "misreported_share", "in_words": "" if points else "in_share",
    }  # fmt: skip
    said = about(data, form=form, group=group, reference=reference, **words)
    values = {"gap": gap["value"], "lower": gap["lower"], "upper": gap["upper"]}
    return found if known else "undecided", said | values | tipping


def _by_informant(data: pd.DataFrame, *, form: str, group: str, reference: str, **words: str) -> _Finding:
    rows = data[data["status"] == "shown"]
    where = {"measure": "rate_ratio_at_equal_severity", "form": form, "origin": group, "relative_to": reference}
    for column, value in where.items():
        rows = rows[rows[column] == value]
    if rows.empty:
        shown_row(rows, **where)  # says what is missing
    found = "above" if (rows["lower"] > 1).all() else "below" if (rows["upper"] < 1).all() else "undecided"
    ends = {"low": rows.loc[rows["value"].idxmin()], "high": rows.loc[rows["value"].idxmax()]}
    values = {end: row["value"] for end, row in ends.items()}
    informants = {f"{end}_informant": str(row["informant"]) for end, row in ends.items()}
    return found, about(data, form=form, group=group, reference=reference, **words) | values | informants


FINDINGS = {
    "08_decomposition": _decomposition,
    "08_tipping_point": _tipping_point,
    "08_by_informant": _by_informant,
}
