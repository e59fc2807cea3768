"""The range over all admissible specifications: the specification curve, and the verdict decided or undecided."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns
from bereik.codelists import codelist
from bereik.errors import BereikError, IncomparableError
from bereik.rates.results import check_known, check_results, sources
from bereik.rates.specifications import MEASURES, PER, divisors
from bereik.tables import RESULT_COLUMNS, numbers, one_value, require_columns, result_table, rounded

_WHERE = "the table of ratios"
_ENOUGH = 0.9
_ADDED = ("specification", "widest_lower", "widest_upper", "excludes_1")


def specification_curve(ratios: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Order the ratios of use to need of all admissible specifications, from low to high, for a specification curve.

    Parameters
    ----------
    ratios : pandas.DataFrame
        Rows of `specifications`, one for each choice of need indicator, population, period, ... (all of them, not a
        selection); those of use and of need by themselves are left out. Every category column that is not in `by` is a choice.
    by : list of str
        What one question is about, for example ``["origin", "form"]``: each combination has its own curve.

    Returns
    -------
    pandas.DataFrame
        The category columns and ``specification`` (1 for the lowest ratio of its combination; missing when it is not
        shown), ``widest_lower`` and ``widest_upper`` (the interval with the rounding of the counts added to it),
        ``excludes_1`` (True when that interval lies on one side of 1; False when there is no interval), then the columns of
        a result table.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent or a choice occurs twice.
    IncomparableError
        When an indicator may not be a divisor for the form, or references, or real and synthetic figures are mixed.
    UnknownNameError
        When an indicator is not known.
    BereikError
        When ``form`` is left out of `by`.

    Notes
    -----
    Simonsohn, Simmons & Nelson (2020), for the curve only: no test is made of it. The widest interval is the interval
    times what rounding allows, on both sides.

    Examples
    --------
    >>> ratios = pd.DataFrame({
    ...     "origin": "marokko", "form": "with_residence", "indicator": ["special_schools", "survey_distress"],
    ...     "measure": "reach_ratio", "value": [0.9, 0.6], "lower": [0.8, 0.5], "upper": [1.01, 0.72], "confidence": 0.95,
    ...     "relative_to": "nederlands", "status": "shown", "synthetic": True, "source": "made up"})
    >>> specification_curve(ratios, by=["origin", "form"])[["indicator", "specification", "value", "excludes_1"]]
             indicator  specification  value  excludes_1
    0  survey_distress              1    0.6        True
    1  special_schools              2    0.9       False
    """
    table = _checked(ratios, by)
    value, lower, upper = (numbers(table[name]) for name in ("value", "lower", "upper"))
    least, most = (numbers(table[f"{side}_rounding"].fillna(table["value"])) for side in ("lower", "upper"))
    with np.errstate(divide="ignore", invalid="ignore"):
        widest_lower, widest_upper = rounded([lower * least / value, upper * most / value])
    excludes = (widest_lower > 1) | (widest_upper < 1)
    table = table.assign(widest_lower=widest_lower, widest_upper=widest_upper, excludes_1=excludes)
    groups = table.assign(value=rounded(value)).groupby(list(by), observed=True, sort=False)
    table = table.assign(specification=groups["value"].rank(method="first").astype("Int64"), group=groups.ngroup())
    table = table.sort_values(["group", "specification"], kind="stable").drop(columns="group")
    categories = [name for name in table.columns if name not in (*RESULT_COLUMNS, *_ADDED)]
    return result_table(table, [*categories, *_ADDED])


def specification_verdicts(curve: pd.DataFrame, *, by: Sequence[str], within: Sequence[str] = ()) -> pd.DataFrame:
    """Say whether the answer is decided, whatever reasonable choice is made, or undecided.

    Parameters
    ----------
    curve : pandas.DataFrame
        The table of `specification_curve`.
    by : list of str
        The columns that were `by` there, for example ``["origin", "form"]``.
    within : list of str
        The verdict is given for all choices together, and within each value of each of these columns, for example
        ``["denominator", "indicator_class"]``: what the answer hangs on.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``choice`` (all choices, or a column of `within`), ``chosen`` (its value), ``verdict`` (decided,
        undecided), ``side`` (below 1, above 1, both sides), then those of a result table. ``measure`` is
        range_over_choices: ``value`` is the median ratio, ``lower`` and ``upper`` the lowest and highest ratio over the
        choices (a range, no interval: ``confidence`` is missing), ``numerator`` the number of intervals that exclude 1 on
        that side and ``denominator`` the number of choices with a ratio.

    Raises
    ------
    MissingColumnError
        When a column is absent.

    Notes
    -----
    Decided: every ratio lies on one side of 1, and at least 90 percent of the intervals (error of the denominators and
    rounding included) exclude 1; otherwise undecided. The choices are not independent of each other (they share counts),
    so there is no p-value and no probability. Choices without a ratio are counted in ``method``.

    Examples
    --------
    >>> ratios = pd.DataFrame({
    ...     "origin": "marokko", "form": "with_residence", "indicator": ["special_schools", "survey_distress"],
    ...     "measure": "reach_ratio", "value": [0.9, 0.6], "lower": [0.8, 0.5], "upper": [1.01, 0.72], "confidence": 0.95,
    ...     "relative_to": "nederlands", "status": "shown", "synthetic": True, "source": "made up"})
    >>> curve = specification_curve(ratios, by=["origin", "form"])
    >>> verdicts = specification_verdicts(curve, by=["origin", "form"])
    >>> verdicts[["choice", "verdict", "side", "lower", "upper", "numerator", "denominator"]]
            choice    verdict     side  lower  upper  numerator  denominator
    0  all choices  undecided  below 1    0.6    0.9        1.0          2.0
    """
    check_columns(by=by, **({} if within in ((), []) else {"within": within}))
    check_results(curve, [*within, *_ADDED, "value", "relative_to"], by, _WHERE, unique=False)
    rows = []
    for keys, part in curve.groupby(list(by), observed=True, sort=False):
        same = dict(zip(by, keys, strict=True))
        rows.append(same | {"choice": "all choices", "chosen": "all"} | _verdict(part))
        for column in within:
            for chosen, some in part.groupby(column, observed=True, sort=False):
                rows.append(same | {"choice": column, "chosen": str(chosen)} | _verdict(some))
    return result_table(pd.DataFrame(rows), [*by, "choice", "chosen", "verdict", "side"])


def _checked(ratios: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    check_columns(by=by)
    if "form" not in by:
        expected = "a list with 'form' in it: forms of care are never put in one curve"
        raise BereikError(f"by={by!r}", expected, "add 'form' to `by`")
    needed = ["form", "indicator", "measure", "value", "lower", "upper", "relative_to"]
    require_columns(ratios, [*by, *needed, "status", "synthetic", "source"], where=_WHERE)
    table = ratios[~ratios["measure"].isin(["rate_ratio", "need_ratio"])]
    if table.empty or not table["measure"].isin(MEASURES.values()).all():
        problem = f"{_WHERE} has the measures {', '.join(ratios['measure'].unique())}"
        expected = f"ratios of use to need ({', '.join(dict.fromkeys(MEASURES.values()))})"
        raise IncomparableError(problem, expected, "take the rows of specifications")
    table = table.reindex(columns=list(dict.fromkeys([*table.columns, *RESULT_COLUMNS]))).reset_index(drop=True)
    table = table.drop(columns=[name for name in _ADDED if name in table])
    check_results(table, needed, [name for name in table.columns if name not in RESULT_COLUMNS], _WHERE)
    one_value(table, "relative_to", where=_WHERE)
    _check_admissible(table)
    return table


def _check_admissible(table: pd.DataFrame) -> None:
    """Raise when an indicator may not be a divisor for the form beside it."""
    forms = divisors().groupby("indicator")["form"].agg(set)
    kinds = codelist("indicators").set_index("indicator")["kind"]
    for form, indicator in table[["form", "indicator"]].drop_duplicates().itertuples(index=False):
        check_known("need indicator", indicator, kinds.index)
        if form not in forms.get(indicator, ()):
            fitting = ", ".join(name for name in forms.index if form in forms[name])
            expected = f"an indicator that may be a divisor for this form: {fitting or 'there is none'}"
            todo = "see bereik.codelist; show this indicator beside the use, as context, without dividing"
            raise IncomparableError(f"use of {form!r} divided by {indicator!r} ({kinds[indicator]})", expected, todo)


def _verdict(part: pd.DataFrame) -> dict[str, object]:
    """Judge the choices of one combination."""
    shown = part[part["status"] == "shown"]
    statuses = part["status"].unique()
    left_out = f"{len(part) - len(shown)} of {len(part)} choices without a ratio"
    verdict = part[["relative_to", "synthetic"]].iloc[0].to_dict()
    verdict |= {"measure": "range_over_choices", "per": PER, "source": sources(part)}
    verdict |= {"method": f"lowest, median and highest over the choices, no interval; {left_out}"}
    if shown.empty:
        status = statuses[0] if len(statuses) == 1 else "undefined"
        return verdict | {"verdict": "undecided", "side": "no ratio", "value": np.nan, "status": status}
    value = rounded(numbers(shown["value"]))
    side = "below 1" if (value < 1).all() else "above 1" if (value > 1).all() else "both sides"
    beyond = {"below 1": shown["widest_upper"] < 1, "above 1": shown["widest_lower"] > 1}.get(side, shown["excludes_1"])
    excluding = int(beyond.astype(bool).sum())
    decided = side != "both sides" and excluding >= _ENOUGH * len(shown)
    verdict |= {"verdict": "decided" if decided else "undecided", "side": side, "status": "shown"}
    verdict |= {"value": np.median(value), "lower": value.min(), "upper": value.max()}
    return verdict | {"numerator": excluding, "denominator": len(shown)}
