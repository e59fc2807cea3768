"""Findings of others set beside ours: what a printed number may have been, and the rule by which the two agree or do not."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.tables import require_unique, rounded

_LEVELS = ("use_rate", "prevalence", "users")


def set_beside(findings: pd.DataFrame, ours: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Add to each finding of others what of ours is on the same question, and whether the two agree.

    Parameters
    ----------
    findings : pandas.DataFrame
        The ledger ``published_findings``; ``ours`` names the row of ours: ``form=probation; region=Nederland; ...``.
    ours : list of pandas.DataFrame
        Result tables of ours.

    Returns
    -------
    pandas.DataFrame
        The findings with ``study`` (authors and year), ``may_establish`` (whether it was read in the publication itself: nothing
        else ever makes a claim established), ``printed_lower`` and ``printed_upper`` (what the printed number may have been),
        ``ours_value``, ``ours_lower``, ``ours_upper`` and ``comparison``.

    Raises
    ------
    InvalidTableError
        When more than one row of ours is what a finding names.

    Notes
    -----
    Numbers of one kind (a percentage beside a percentage) *agree* when their intervals overlap, else they *disagree*, or theirs
    was a provisional figure (*revised*). A ratio, a slope or a finding in words has a side, and ours has one too. *agrees*: our
    whole interval lies on their side, and our own verdict, where there is one, is established. *points_same_way*: only our
    estimate does, with two decimals, or our verdict is less. *disagrees*: our whole interval lies on another side, or theirs is
    no difference and ours is one. *open*: the rest. *cannot_be_compared*: the ledger says why. *not_set_beside*: the row of ours
    was not given.

    Examples
    --------
    >>> from bereik.data.load import load
    >>> findings = load("published_findings").set_index("finding")
    >>> print(*findings.loc["ggd_monitor_delft_2016", ["value", "ours_value", "comparison"]])
    11.4 11.4 agrees
    """
    bounds = dict(zip(("printed_lower", "printed_upper"), printed_bounds(findings), strict=True))
    study = findings["source"].str.extract(r"^(.*\(\d{4}\)|[^,]*)", expand=False)
    findings = findings.assign(study=study, may_establish=findings["read_in"] == "publication", **bounds)
    return findings.join(pd.DataFrame([_beside(row, ours) for row in findings.to_dict("records")], findings.index))


def printed_bounds(findings: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give what a printed number may have been: half a last digit on either side, and as the words beside it say.

    *Almost* 18 is at most 18, *over* 9 is 9 to 10, *more than* 15 has no end; a range goes from its first number to its last.
    The zeros at the end of a count are rounding.

    Parameters
    ----------
    findings : pandas.DataFrame
        ``value``, ``value_to``, ``qualifier`` and ``unit`` of the ledger.

    Returns
    -------
    tuple of pandas.Series
        The lowest and the highest; missing for a finding in words.

    Examples
    --------
    >>> rows = pd.DataFrame({"value": [18, 11.4, 15, 9, 467000.0], "value_to": [None, 11.9, None, None, None],
    ...     "unit": ["%", "%", "%", "%", "youths"], "qualifier": ["almost", None, "more_than", "over", "provisional"]})
    >>> [side.round(2).tolist() for side in printed_bounds(rows)]
    [[17.5, 11.35, 15.0, 9.0, 466500.0], [18.0, 11.95, inf, 10.0, 467500.0]]
    """
    value, word = findings["value"].astype("float64"), findings["qualifier"]
    digits = pd.Series([f"{one:.10g}" for one in value], findings.index)
    zeros = digits.str.extract(r"(0*)$", expand=False).str.len().where(findings["unit"].isin(["youths", "children"]), 0)
    step = 10.0 ** (zeros - digits.str.partition(".")[2].str.len())
    lower = value - step.mask(word.isin(["over", "more_than"]), 0) / 2
    half = (step / 2).mask(word == "almost", 0).mask(word == "over", step).mask(word == "more_than", np.inf)
    return lower, findings["value_to"].astype("float64").fillna(value) + half


def _beside(finding: Mapping[Any, Any], ours: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """Find the row of ours that a finding names, and compare the two."""
    told: dict[str, Any] = dict.fromkeys(("ours_value", "ours_lower", "ours_upper"), np.nan)
    if pd.isna(finding["ours"]):
        return told | {"comparison": "cannot_be_compared"}
    wanted = dict(part.split("=", 1) for part in finding["ours"].split("; "))
    rows = [row for one in ours for row in _with(one, wanted).to_dict("records")]
    if not rows or pd.isna(figures := [rows[0][name] for name in ("value", "lower", "upper")]).any():
        return told | {"comparison": "not_set_beside"}
    require_unique(pd.DataFrame(rows), [*wanted], where=f"what of ours is beside {finding['finding']}")
    told = dict(zip(told, rounded(figures), strict=True))
    return told | {"comparison": _compare(finding, rows[0], *told.values())}


def _with(table: pd.DataFrame, wanted: Mapping[str, str]) -> pd.DataFrame:
    for column, value in wanted.items():
        table = table[table[column].astype("str") == value] if column in table else table.iloc[:0]
    return table


def _compare(finding: Mapping[Any, Any], row: Mapping[Any, Any], value: float, lower: float, upper: float) -> str:
    published = "" if pd.notna(finding["lower"]) else "printed_"
    least, most = rounded([finding[f"{published}lower"], finding[f"{published}upper"]])
    if finding["measure"] in _LEVELS:
        apart = "revised" if finding["qualifier"] == "provisional" else "disagrees"
        return "agrees" if least <= upper and lower <= most else apart
    side = _side(least, most, finding["measure"] != "slope") if pd.isna(finding["direction"]) else finding["direction"]
    same = row["per"].startswith("ratio")
    ours, near = _side(lower, upper, same), _side(round(value, 2), round(value, 2), same)
    if ours not in (side, "equal"):
        return "disagrees"
    sure = "agrees" if ours == side and row.get("verdict", "") in ("", "established") else "points_same_way"
    return sure if side == near != "equal" else "open"


def _side(lower: float, upper: float, no_difference: int) -> str:
    return "above" if lower > no_difference else "below" if upper < no_difference else "equal"
