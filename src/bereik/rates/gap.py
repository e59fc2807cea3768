"""The access gap: use of care by each group relative to a reference, crude and at equal severity, side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bereik.codelists.care import care_form, care_forms
from bereik.rates.results import check_numbers, explained, result_rows
from bereik.rates.workings.equal_severity import (
    MEASURES,
    Pieces,
    Standard,
    delta_limits,
    drawn_limits,
    measures,
    pieces,
    variances,
)  # fmt: skip
from bereik.rates.workings.limits import Interval
from bereik.rates.workings.parts import Comparison, comparisons
from bereik.rates.workings.standards import standard_weights
from bereik.tables import ordered_categories, result_table, without_noise

__all__ = ["access_gap"]

_LOG, _ADDED = "delta method on the log, binomial variances", "variances of observed and expected added"
_METHODS = {
    "crude_rate": "Wilson interval",
    "crude_rate_ratio": _LOG,
    "crude_rate_difference": "Newcombe interval (MOVER from Wilson limits)",
    "standardised_rate": "delta method on the logit, binomial variances",
    "rate_ratio_at_equal_severity": _LOG,
    "rate_difference_at_equal_severity": "MOVER from the limits of the two standardised rates",
    "use_shortfall": f"normal interval, {_ADDED}",
    "unmet_need": "Wilson interval",
    "observed_expected": f"delta method on the log, {_ADDED}",
}
_RATES = ("crude_rate", "crude_rate_difference", "standardised_rate", "rate_difference_at_equal_severity", "unmet_need")
_SIGNS = ("positive: fewer than expected", "negative: more than expected", "as many as expected")
_ALONE = ("crude_rate", "standardised_rate", "unmet_need")  # said of one group; the others relative to the reference
_OWN = ("crude_rate", "unmet_need")  # known also when the reference is hidden


def access_gap(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: object,
    standard: str | Mapping[object, float] = "pair_mean",
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    on_empty: str = "raise",
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compare the use of care by each group with that of a reference group, crude and at equal severity.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others is compared by itself,
        for example ``["form", "origin"]``.
    over : list of str
        The columns to hold equal, severity first; ordered, lowest first.
    relative_to : object
        The reference group, a value of the last column of `by`.
    standard : {"pair_mean", "pooled", "reference"} or dict
        The distribution of severity at which rates are compared: the mean of both groups' (so the gap is the same as the
        use component of a Kitagawa decomposition); of all groups together (then adding a group changes all results); of
        the reference; or given, see `workings.standards.standard_weights`.
    interval : {"delta", "bootstrap"}
        Formulas (see Notes), or percentiles over replicates of the counts.
    per : float
        Rates and their differences are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    on_empty : {"raise", "pool"}
        What to do with a stratum in which a group has no population, see `workings.strata.cross`.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        and the bootstrap are needed for that.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group other than the reference one row per ``measure``:
        crude_rate; crude_rate_ratio and crude_rate_difference (group relative to, and minus, reference;
        ``numerator`` and ``denominator`` are the two rates); standardised_rate (``numerator`` and ``denominator`` are the
        crude counts); rate_ratio_at_equal_severity and rate_difference_at_equal_severity (of the two standardised
        rates, which are ``numerator`` and ``denominator``); use_shortfall (youths: expected at the reference's use at
        equal severity, which is ``numerator``, minus observed, ``denominator``; ``per`` says what the sign means);
        unmet_need (youths per `per` without this care, in the highest band of the first column of `over`);
        observed_expected. For a compulsory form (a column ``form`` in `by`) use_shortfall is called
        expected_minus_observed, with the same sign, and there is no unmet_need. A hidden group keeps its status and has no
        value; ``undefined``: a zero denominator, or (unmet_need, without counts) a highest band that was pooled, as
        ``method`` says.

    Raises
    ------
    UnknownNameError
        When the reference, a form, the standard or the interval is unknown.
    InvalidTableError
        When a stratum is empty and `on_empty` is ``"raise"``, a count is impossible, or a part lacks the reference.
    IncomparableError
        When every group contains the reference or is part of it; when real and synthetic counts are mixed.
    BereikError
        When a bootstrap is asked of weighted counts, or more than 1 percent of its replicates are undefined.

    Notes
    -----
    n, y, p = y / n per stratum s; group g, reference r; weights w. Standardised rate sum w p, variance sum w^2 p (1 - p) / n,
    limits on the logit. Ratio: the variance of the log is the sum of variance / rate^2. Difference: Zou & Donner (2008).
    Expected E = sum n_g p_r; Var(O) = sum n_g p_g (1 - p_g), Var(E) = sum n_g^2 p_r (1 - p_r) / n_r; observed / expected:
    Var(O) / O^2 + Var(E) / E^2 on the log (Breslow & Day 1987). These formulas take the severity distribution as fixed;
    the bootstrap does not. They are too narrow where many strata have no users, since p = 0 adds no variance: merge
    strata there. A rate without users has Wilson limits at the effective population 1 / sum(w^2 / n); its ratio has no
    upper limit. Weighted counts: variances at the effective population, which ignores strata and clusters of the sample.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> gap = access_gap(counts, by=["origin"], over=["severity"], relative_to="a")
    >>> gap.loc[[1, 4, 6], ["measure", "value", "lower", "upper"]].round(2)
                            measure  value  lower   upper
    1              crude_rate_ratio   1.71   1.42    2.07
    4  rate_ratio_at_equal_severity   0.80   0.66    0.97
    6                 use_shortfall  60.00   4.33  115.67
    >>> gap.loc[6, "per"]
    'youths; positive: fewer than expected'
    """
    check_numbers(per=per)
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, ("delta", "bootstrap"))
    parts = comparisons(counts, by=by, over=over, relative_to=relative_to, on_empty=on_empty)
    severe = ordered_categories(counts[[over[0]]], over[:1])[over[0]].cat.remove_unused_categories().cat.categories[-1]
    masks = [(part.strata.strata[over[0]] == severe).to_numpy() for part in parts]  # none when it was pooled
    found = _joined(
        [pieces(p.strata.users, p.strata.population, p, standard, mask) for p, mask in zip(parts, masks, strict=True)]
    )
    if interval == "delta":
        spread = _joined([variances(part, standard, mask) for part, mask in zip(parts, masks, strict=True)])
        limits = delta_limits(found, spread, confidence)
    else:
        drawn = [drawn_limits(part, standard, mask, how) for part, mask in zip(parts, masks, strict=True)]
        limits = np.concatenate(drawn, axis=1)
    about = _about(parts, standard).assign(relative_to=str(relative_to))
    rows = _rows(about, found, limits, how, per, f"{over[0]} {severe}")
    return result_table(rows.assign(confidence=confidence), by)


def _joined(parts: list[Pieces]) -> Pieces:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _about(parts: list[Comparison], standard: Standard) -> pd.DataFrame:
    """Give what every row of a comparison says: groups, status, source, standard."""
    table = pd.concat([part.strata.groups.iloc[part.compared] for part in parts], ignore_index=True)
    named = [standard_weights(part.strata, standard, part.reference)[1] for part in parts]
    each = [(part.strata, name, row) for part, name in zip(parts, named, strict=True) for row in part.compared]
    table = table.assign(
        source=[strata.source for strata, _, _ in each], synthetic=[strata.synthetic for strata, _, _ in each],
        note=[strata.note for strata, _, _ in each], standard=[name for _, name, _ in each],
        status=[status for part in parts for status in part.status],
        own_status=[strata.status[row] for strata, _, row in each],
    )  # fmt: skip
    compulsory = set(care_forms().query("compulsory == 'yes'")["code"])
    forms = table["form"].astype(str) if "form" in table else pd.Series("", index=table.index)
    codes = {name: care_form(name) if name else "" for name in forms.unique()}
    return table.assign(compulsory=forms.map(codes).isin(compulsory))


def _rows(
    about: pd.DataFrame, found: Pieces, limits: np.ndarray, how: Interval, per: float, severe: str
) -> pd.DataFrame:
    """Make the rows of all comparisons, in words that fit a form of care that is compulsory or not."""
    values = measures(found)
    labels = [
        {
            "measure": measure, "numerator": above, "denominator": below, "method": how.method(_METHODS[measure]),
            "per": _unit(measure, values[measure], per, severe),
            "standard": _standard(measure, about), "relative_to": None if measure in _ALONE else about["relative_to"],
        }
        for measure, (above, below) in zip(MEASURES, _fractions(found, values, per), strict=True)
    ]  # fmt: skip
    scale = np.where(np.isin(MEASURES, _RATES), per, 1)
    figures = (scale * np.column_stack(list(values.values())), scale * limits[0], scale * limits[1])
    status = np.where(np.isin(MEASURES, _OWN), about[["own_status"]], about[["status"]])
    rows = result_rows(about.drop(columns=["standard", "relative_to", "status"]), labels, figures, status)
    shortfall = rows["compulsory"] & (rows["measure"] == "use_shortfall")
    rows["measure"] = rows["measure"].mask(shortfall, "expected_minus_observed")
    return explained(rows[~(rows["compulsory"] & (rows["measure"] == "unmet_need"))], "note")


def _fractions(found: Pieces, values: Pieces, per: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give the numerator and denominator of each measure."""
    crude = (per * values["crude_rate"], per * (values["crude_rate"] - values["crude_rate_difference"]))
    standardised, counted = (per * found["rate"], per * found["reference_rate"]), (found["users"], found["population"])
    return [
        counted, crude, crude, counted, standardised, standardised, (found["expected"], found["users"]),
        (found["severe_population"] - found["severe_users"], found["severe_population"]),
        (found["users"], found["expected"]),
    ]  # fmt: skip


def _unit(measure: str, value: np.ndarray, per: float, severe: str) -> str | np.ndarray:
    """Say what the value counts, and what its sign means."""
    if measure == "use_shortfall":
        value = without_noise(value)
        signs = [value > 0, value < 0, value == 0]
        return np.select(signs, ["youths; " + meaning for meaning in _SIGNS], default="youths")
    if measure not in _RATES:
        return "ratio"
    return f"{per:.15g} youths" + (f" with {severe}" if measure == "unmet_need" else "")


def _standard(measure: str, about: pd.DataFrame) -> pd.Series | None:
    """Say whose distribution of severity, or whose use, a measure rests on."""
    if measure in ("use_shortfall", "observed_expected"):
        return "use of " + about["relative_to"] + " at the severity of the group"
    return about["standard"] if measure == "standardised_rate" or measure.endswith("at_equal_severity") else None
