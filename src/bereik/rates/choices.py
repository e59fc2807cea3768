"""Use relative to need at the open level: which need indicators may be divided by, and the ratio for one such choice."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from bereik.codelists.care import care_form, care_forms
from bereik.errors import IncomparableError, InvalidTableError, UnknownNameError, example_rows
from bereik.rates.intervals import checked_ratios, log_errors, normal_quantile
from bereik.rates.results import SUPERPOPULATION, both_sources, check_numbers, either_status
from bereik.tables import (
    RESULT_COLUMNS,
    check_statuses,
    numbers,
    one_value,
    require_columns,
    require_unique,
    result_table,
)

__all__ = ["admissible_choices", "reach_ratio"]

MEASURES = {"no": "reach_ratio", "partly": "reach_ratio", "yes": "use_relative_to_need_ratio"}  # by compulsory
_USE, _NEED = "the ratios of use", "the ratios of need"
_DENOMINATOR_ERROR = "denominator_error"


def admissible_choices() -> pd.DataFrame:
    """List the need indicators, and the forms of care whose use may be divided by each; fixed before any result.

    Returns
    -------
    pandas.DataFrame
        One row per indicator and form: ``indicator``, ``indicator_class`` (problems, police, circumstances), ``form``
        (code of the form of care; missing when the indicator is context and never a divisor), ``nl`` and ``en`` (names),
        ``explanation`` (what the indicator measures, and what it does not).

    Notes
    -----
    Problems (distress in surveys, special primary education, special schools): for care without and with residence.
    Police (suspects, Halt): for probation only; they count registered contact with the police, not behaviour.
    Circumstances (low income, single parent, early school leaving): context. No published indicator of need is a divisor
    for child protection.

    Examples
    --------
    >>> choices = admissible_choices()
    >>> choices.loc[choices["form"] == "probation", "indicator"].tolist()
    ['suspects', 'halt']
    """
    table = _choices().assign(form=lambda t: t["forms"].str.split("|")).explode("form", ignore_index=True)
    table["form"] = table["form"].where(table["form"] != "", None)
    return table[["indicator", "indicator_class", "form", "nl", "en", "explanation"]]


def reach_ratio(
    use: pd.DataFrame, need: pd.DataFrame, *, by: Sequence[str], relative_to: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Divide the relative use of a form of care by the relative need, for each admissible indicator.

    Parameters
    ----------
    use : pandas.DataFrame
        Rows of a result table: ratios of use rates of a group relative to the reference (u_g / u_r), with the columns of
        `by`, ``form`` (code), ``value``, ``lower``, ``upper``, ``confidence``, ``relative_to``, ``status``, ``synthetic`` and
        ``source``; further category columns (for example ``denominator``: which population was used) are kept.
        ``denominator_error``, optional: the standard error of the log of the ratio that comes from modelled populations.
    need : pandas.DataFrame
        The same for need (q_g / q_r), with ``indicator`` instead of ``form``.
    by : list of str
        The columns on which use and need are put together, for example ``["origin"]``.
    relative_to : str
        The reference group; it must be the one of both tables.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``form``, ``indicator``, ``indicator_class``, the other category columns, then those of a
        result table, a row for each pair of a ratio of use and a ratio of need. ``measure`` is reach_ratio; for
        compulsory forms (protection, probation) it is use_relative_to_need_ratio, because "reach" is for voluntary care.
        Below 1: the group uses the form less than in proportion to the indicator. ``numerator`` and ``denominator`` are
        the two ratios. No interval where one of the two has none. ``undefined``: the ratio of need is 0.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    IncomparableError
        When an indicator may not be a divisor for the form; when references, classifications of origin, real and
        synthetic figures, or the measures of use or need differ; when nothing in the two tables belongs together.
    InvalidTableError
        When a combination occurs twice, or a ratio or interval is impossible.
    UnknownNameError
        When an indicator or form is not known.

    Notes
    -----
    (u_g / u_r) / (q_g / q_r). Variance of the log: the sum of those of use and need, each from the width of its interval
    on the log, and of the squares of the denominator errors (delta method; use and need are taken as independent,
    although youths can be in both). Rounding: the lowest use over the highest need and the reverse. An indicator is
    registered or reported need, not need itself, so one such ratio decides nothing: see `specification_curve`.

    Examples
    --------
    >>> about = {"origin": ["marokko"], "confidence": 0.95, "relative_to": "nederlands", "status": "shown", "synthetic": True,
    ...          "source": "made up"}
    >>> use = pd.DataFrame(about | {"form": "with_residence", "measure": "rate_ratio", "value": 1.2, "lower": 1.1, "upper": 1.31})
    >>> need = pd.DataFrame(about | {"indicator": "special_schools", "measure": "rate_ratio", "value": 1.5, "lower": 1.4,
    ...                     "upper": 1.61})
    >>> ratios = reach_ratio(use, need, by=["origin"], relative_to="nederlands")
    >>> ratios[["indicator", "measure", "value", "lower", "upper"]].round(2)
             indicator      measure  value  lower  upper
    0  special_schools  reach_ratio    0.8   0.72   0.89
    """
    check_numbers(confidence=confidence)
    of_use = _checked(use, by, "form", relative_to, _USE)
    of_need = _checked(need, by, "indicator", relative_to, _NEED)
    of_use["form"] = [care_form(form) for form in of_use["form"]]
    pairs = of_use.merge(of_need, on=list(by), how="inner", suffixes=("", "_of_need"))
    if pairs.empty:
        raise IncomparableError(
            f"no ratio of use and of need agree in {', '.join(by)}",
            "the same groups (and periods, regions) in both tables",
            "check the spelling in both tables, or name fewer columns in `by`",
        )
    if pairs["synthetic"].ne(pairs["synthetic_of_need"]).any():
        raise IncomparableError(
            "real and synthetic figures in one ratio", "one kind", "take both from one kind of source"
        )
    pairs["indicator_class"] = check_admissible(pairs)
    categories = _categories(pairs)
    first = [*by, "form", "indicator", "indicator_class"]
    kept = [*first, *(name for name in categories if name not in first)]
    frame = _divided(pairs, confidence).assign(relative_to=relative_to, confidence=confidence)
    return result_table(frame, kept)


def check_admissible(pairs: pd.DataFrame) -> np.ndarray:
    """Give the class of each indicator, or raise when it may not be a divisor for the form beside it."""
    known = _choices().set_index("indicator")
    for row in pairs[["form", "indicator"]].drop_duplicates().itertuples(index=False):
        if row.indicator not in known.index:
            raise UnknownNameError("need indicator", row.indicator, known.index)
        about = known.loc[row.indicator]
        forms = list(filter(None, about["forms"].split("|")))
        if row.form not in forms:
            fitting = [name for name, cell in known["forms"].items() if row.form in cell.split("|")]
            raise IncomparableError(
                f"use of {row.form!r} divided by {row.indicator!r} ({about['indicator_class']}: {about['explanation']})",
                f"an indicator that may be a divisor for this form: {', '.join(fitting) or 'there is none'}",
                "see admissible_choices(); show this indicator beside the use, as context, without dividing",
            )
    return known.loc[pairs["indicator"], "indicator_class"].to_numpy()


@cache
def _choices() -> pd.DataFrame:
    with files("bereik.rates").joinpath("choices.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def _checked(ratios: pd.DataFrame, by: Sequence[str], what: str, relative_to: str, where: str) -> pd.DataFrame:
    """Check the ratios of use or need, and add the variance of their logarithm."""
    needed = ["measure", "value", "lower", "upper", "confidence", "relative_to", "status", "synthetic", "source"]
    require_columns(ratios, [*by, what, *needed], where=where)
    fixed = (*RESULT_COLUMNS, _DENOMINATOR_ERROR)
    require_unique(ratios, [name for name in ratios.columns if name not in fixed], where=where)
    check_statuses(ratios)
    for name in ("measure", "synthetic"):
        one_value(ratios, name, where=where)
    reference = one_value(ratios, "relative_to", where=where)
    if reference != relative_to:
        raise IncomparableError(
            f"{where} are relative to {reference!r}, asked was relative_to={relative_to!r}",
            "one reference group in use and need",
            "compute both relative to the same group",
        )
    if "ratio" not in str(ratios["measure"].iloc[0]) or "odds" in str(ratios["measure"].iloc[0]):
        raise IncomparableError(
            f"{where} hold {ratios['measure'].iloc[0]!r}", "ratios of rates or shares", "take the rows of a rate ratio"
        )
    return ratios.reindex(columns=list(dict.fromkeys([*ratios.columns, *RESULT_COLUMNS]))).assign(
        variance=_variance(ratios, where)
    )


def _variance(ratios: pd.DataFrame, where: str) -> np.ndarray:
    """Give the variance of the log of each ratio, from the width of its interval and the error of the denominators."""
    checked_ratios(ratios, where)
    error = numbers(ratios[_DENOMINATOR_ERROR]) if _DENOMINATOR_ERROR in ratios else np.zeros(len(ratios))
    wrong = (ratios["status"] == "shown").to_numpy() & ~(error >= 0)
    if wrong.any():
        raise InvalidTableError(
            f"an impossible ratio in {where}: {example_rows(ratios[[_DENOMINATOR_ERROR]], wrong)}",
            "a denominator error of 0 or more",
            "give the standard error of the log of the denominators, 0 when they are counted",
        )
    return np.asarray(log_errors(ratios) ** 2 + error**2)


def _categories(pairs: pd.DataFrame) -> list[str]:
    """List the columns that tell the choices apart; one that use and need share is kept twice where they differ."""
    fixed = {*RESULT_COLUMNS, "variance", _DENOMINATOR_ERROR}
    fixed |= {f"{name}_of_need" for name in fixed}
    names = []
    for name in (name for name in pairs.columns if name not in fixed):
        own = name.removesuffix("_of_need")
        differs = own == name or pairs[own].astype(str).ne(pairs[name].astype(str)).any()
        if differs and name == "origin_scheme_of_need":
            raise IncomparableError(
                "use and need by different classifications of origin", "one origin scheme", "map the groups first"
            )
        names += [name] if differs else []
    return names


def _divided(pairs: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Divide use by need in each row."""
    status = either_status(pairs["status"], pairs["status_of_need"])
    status = status.mask((status == "shown") & (pairs["value_of_need"] == 0), "undefined")
    shown = status == "shown"
    use, need = pairs["value"].where(shown), pairs["value_of_need"].where(shown)
    ratio = use / need
    half = normal_quantile(confidence) * np.sqrt((pairs["variance"] + pairs["variance_of_need"]).astype(float))
    factor = np.exp(half)
    bounds = [f"{side}_rounding{whose}" for whose in ("", "_of_need") for side in ("lower", "upper")]
    rounded = shown & pairs[bounds].notna().any(axis=1)
    low, high, low_need, high_need = (
        pd.to_numeric(pairs[name]).fillna(value) for name, value in zip(bounds, (use, use, need, need), strict=True)
    )
    compulsory = care_forms().set_index("code")["compulsory"].loc[pairs["form"]].to_numpy()
    method = pd.Series(f"delta method on the log; {SUPERPOPULATION}", pairs.index)
    method = method.mask(shown & factor.isna(), "no interval: use or need has none on the log")
    method = method.mask(compulsory == "partly", method + "; this form is voluntary or by decision of a court")
    method = method.mask(
        pairs["indicator_class"] == "police", method + "; need is registered contact with the police, not behaviour"
    )
    return pairs.assign(
        measure=[MEASURES[kind] for kind in compulsory], value=ratio, lower=ratio / factor, upper=ratio * factor,
        lower_rounding=(low / high_need).where(rounded), upper_rounding=(high / low_need.where(low_need > 0)).where(rounded),
        numerator=use, denominator=need, per="ratio of the relative use to the relative need", standard=None,
        method=method, status=status, source=both_sources(pairs["source"], pairs["source_of_need"]),
    )  # fmt: skip
