"""What the texts of the figures of notebook 10 say, computed from the table that is drawn."""

from typing import Any

import pandas as pd

from bereik.plot.marks import shown_row

__all__ = ["FINDINGS"]

_Finding = tuple[str, dict[str, Any]]
_SIGNIFICANT = 0.05


def _ranks(data: pd.DataFrame, region: str) -> pd.DataFrame:
    """Give the placebo ranks of the region, one for each form."""
    return data[(data["measure"] == "placebo_p") & (data["region"] == region) & (data["status"] == "shown")]


def _tables(data: pd.DataFrame) -> str:
    sources = data["source"].astype("str").str.split("; ").explode().unique()
    return ", ".join(sorted(source.removeprefix("CBS StatLine ") for source in sources))


def _event_study(data: pd.DataFrame, *, region: str, form: str) -> _Finding:
    ranks = _ranks(data, region)
    own = data[(data["measure"] == "departure") & (data["region"] == region)]
    rank = shown_row(ranks, form=form)
    spans = {phase: _span(own[own["phase"] == phase]) for phase in ("before", "transition", "after")}
    after = own[(own["phase"] == "after") & (own["form"] == form)]
    first, _, last = spans["transition"].partition("-")
    return "undecided", {
        "region": region, "form": form, "out": int((ranks["value"] <= _SIGNIFICANT).sum()), "outcomes": len(ranks),
        "regions": int(ranks["denominator"].max()), "before": spans["before"], "after": spans["after"],
        "first_transition": first, "last_transition": last, "value": after["value"].mean(),
        "extreme": int(rank["numerator"]), "tables": _tables(data),
    }  # fmt: skip


def _placebo_distribution(data: pd.DataFrame, *, region: str, form: str, before: str, after: str) -> _Finding:
    ranks = _ranks(data, region)
    rank = shown_row(ranks, form=form)
    change = shown_row(data, measure="difference_in_differences", region=region, form=form)
    return "undecided", {
        "region": region, "form": form, "extreme": int(rank["numerator"]), "regions": int(rank["denominator"]),
        "before": before, "after": after, "value": change["value"], "lower": change["lower"], "upper": change["upper"],
        "fewest": int(ranks["numerator"].min()), "most": int(ranks["numerator"].max()), "tables": _tables(data),
    }  # fmt: skip


def _span(rows: pd.DataFrame) -> str:
    years = rows["period"].astype("str").str[:4]
    return f"{years.min()}-{years.max()}"


FINDINGS = {"10_event_study": _event_study, "10_placebo_distribution": _placebo_distribution}
