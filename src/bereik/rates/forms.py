"""Forms of care relative to care without residence, and relative to all care in kind, by group (`form_ratio`)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns, ordered_categories
from bereik.codelists import care_form, care_forms
from bereik.codelists.periods import one_period_kind
from bereik.counts.table import as_counts
from bereik.errors import BereikError
from bereik.rates.intervals import CONFIDENCE, Limits, divide, proportion_interval, ratio_limits
from bereik.rates.results import SUPERPOPULATION, beside_reference, check_known, divided
from bereik.rates.strata import separate_groups, wholes_of
from bereik.tables import numbers, one_value, refuse_rows, require_columns, result_table

_WHERE = "the table of care"
_FIGURES = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
_NUMERATORS = ("with_residence", "protection", "probation")


_DENOMINATORS = {"form_index": "without_residence", "form_share": "care_in_kind"}
_UNITS = {"form_index": "100 youths in care without residence", "form_share": "100 youths with care in kind"}


def form_ratio(care: pd.DataFrame, form: str, *, by: Sequence[str], relative_to: str) -> pd.DataFrame:
    """Set one form of care beside care without residence and beside all care in kind, and compare groups.

    Parameters
    ----------
    care : pandas.DataFrame
        One row per combination of `by`, ``origin`` and ``form`` (codes of `bereik.codelists`), with ``youths`` (count),
        ``status``, ``synthetic`` and ``source``; optionally ``rounded_to`` (the unit that the count is rounded to, 5 in
        StatLine), ``period`` and ``origin_scheme``. It holds `form`, ``without_residence`` and ``care_in_kind``.
    form : str
        ``"with_residence"``, ``"protection"``, ``"probation"``, or a form below one of them. One at a time: forms
        overlap, so they are never added up.
    by : list of str
        The other category columns, for example ``["period", "region"]``; may be empty.
    relative_to : str
        The origin that the others are compared with.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``origin`` and ``form``, then those of a result table. ``measure`` is, in this order:
        form_index (youths with the form per 100 youths in care without residence: an index, not a probability, which can
        exceed 100); form_share (per 100 youths with any care in kind: a proportion); form_index_ratio and
        form_share_ratio (of a group relative to `relative_to`; numerator and denominator are the two rates).
        ``lower_rounding`` and ``upper_rounding``: the extremes when every count lies within half of ``rounded_to``.
        A hidden count hides what is made of it. ``undefined``: a denominator, or the reference's rate, is zero.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column or row is absent, a count is impossible, or a combination occurs twice.
    UnknownNameError
        When the form or the reference group is not known; suggests the nearest.
    IncomparableError
        When periods of different length, periods outside `by`, two origin schemes, or real and synthetic figures are
        mixed; when every group contains the reference or is part of it.
    BereikError
        When `form` is itself the denominator, contains it or is part of it.

    Notes
    -----
    Intervals, with N youths with the form, D youths in the denominator and z the normal quantile:
    form_index, Poisson counts: exp(log(N / D) +- z sqrt(1 / N + 1 / D)). Youths can have both forms in one period; the positive
    covariance that follows makes this interval conservative (too wide). At N = 0 the exact conditional interval: given N + D,
    N is binomial, and the Clopper-Pearson limits p become p / (1 - p).
    form_share: Wilson (1927). Ratios, on the log: variance 1/N1 + 1/D1 + 1/N2 + 1/D2 (index) or 1/N1 - 1/D1 + 1/N2 - 1/D2
    (share; Katz et al. 1978). At N1 = 0 the ratio is 0 and has no upper limit on the log.
    Groups that contain the reference, or are part of it (``total``, which contains every group), get no ratio: the
    counts are not independent and the ratio would compare a group with itself in part.
    The number of youths in a form depends on the length of the period, so a quarter, half-year and year never compare.

    Examples
    --------
    >>> care = pd.DataFrame({
    ...     "origin": ["nederlands"] * 3 + ["niet_westers"] * 3,
    ...     "form": ["care_in_kind", "without_residence", "with_residence"] * 2,
    ...     "youths": [17350, 16665, 1390, 9925, 9160, 1015],
    ...     "status": "shown", "synthetic": False, "source": "CBS StatLine 82965NED"})
    >>> form_ratio(care, "with_residence", by=[], relative_to="nederlands")[["origin", "measure", "value"]].round(2)
             origin           measure  value
    0    nederlands        form_index   8.34
    1  niet_westers        form_index  11.08
    2    nederlands        form_share   8.01
    3  niet_westers        form_share  10.23
    4  niet_westers  form_index_ratio   1.33
    5  niet_westers  form_share_ratio   1.28
    """
    check_columns(by=[*by, "origin"] if isinstance(by, list | tuple) else by)
    code, key = _comparable(form), [*by, "origin"]
    table = _checked(care, [code, *_DENOMINATORS.values()], key)
    compared = separate_groups(table, "origin", relative_to)
    rates = pd.concat([_rates(table, code, each, key) for each in _DENOMINATORS], ignore_index=True)
    pairs = beside_reference(rates, [*by, "measure"], relative_to, compared, _WHERE)
    ratios = _ratios(pairs).assign(relative_to=relative_to)
    frame = pd.concat([rates, ratios], ignore_index=True).assign(form=code, confidence=CONFIDENCE)
    return result_table(frame, [*key, "form"])


def _comparable(form: str) -> str:
    """Give the code of a form that may be set beside care without residence and care in kind, or say why not."""
    code = care_form(form)
    if not {code, *wholes_of(code, care_forms())} & set(_NUMERATORS):
        problem = f"the form {code!r} is a denominator of form_ratio, contains one,"
        problem += " or is part of care without residence"
        expected = f"one of {', '.join(map(repr, _NUMERATORS))}, or a form below them"
        raise BereikError(problem, expected, "choose such a form; for the use of care by itself see use_rates")
    return code


def _checked(care: pd.DataFrame, forms: Sequence[str], key: Sequence[str]) -> pd.DataFrame:
    """Check a table of care by form, keep the forms that are needed, and sort it by the key."""
    require_columns(care, [*key, "form", "youths", "status"], where=_WHERE)
    present = [str(name) for name in care["form"].unique()]
    for name in forms:
        check_known("form of care", name, present, where=_WHERE)
    table = care[care["form"].isin(forms)]
    as_counts(table, [*key, "form"], counts=["youths"], where=_WHERE)
    if "period" in table:
        one_period_kind(table, where=_WHERE)
    for column in ("period", "origin_scheme"):
        if column in table and (column != "period" or column not in key):
            one_value(table, column, where=_WHERE)
    return ordered_categories(table, key).sort_values(list(key), ignore_index=True, kind="stable")


def _beside(table: pd.DataFrame, form: str, denominator: str, key: list[str]) -> pd.DataFrame:
    """Put the counts of a form and of its denominator in one row."""
    count, half = numbers(table["youths"]), numbers(table["rounded_to"]) / 2 if "rounded_to" in table else np.nan
    parts = table[[*key, "form", "status", "synthetic", "source"]].assign(value=count)
    parts = parts.assign(lower_rounding=np.maximum(count - half, 0), upper_rounding=count + half)
    above, below = (parts[parts["form"] == name].drop(columns="form") for name in (form, denominator))
    pairs = above.merge(below.drop(columns="synthetic"), "outer", key, suffixes=("", "_below"), indicator="merged")
    absent = (pairs["merged"] != "both").to_numpy()
    faults = {f"{_WHERE} has {form!r} or {denominator!r} but not both for": absent}
    todo = "add the row; where the source publishes no count: missing youths and status 'not_published'"
    refuse_rows(pairs[key], faults, expected="a row for each form in every combination", todo=todo)
    return pairs.drop(columns="merged").sort_values(key, ignore_index=True, kind="stable")


def _rates(table: pd.DataFrame, form: str, measure: str, key: list[str]) -> pd.DataFrame:
    """Compute a form per 100 youths in the denominator, with the variance of its log."""
    is_share, pairs = measure == "form_share", _beside(table, form, _DENOMINATORS[measure], key)
    faults = {f"more youths with {form!r} than with care in kind": is_share & (pairs["value"] > pairs["value_below"])}
    todo = "check that both counts are of one region, group and period"
    refuse_rows(pairs[key], faults, expected="at most as many, since the form is part of care in kind", todo=todo)
    rates = divided(pairs, "_below")
    above, below = numbers(rates["numerator"]), numbers(rates["denominator"])
    one, some = np.ones(len(rates)), above > 0
    variance = divide(one, above, some) + (-1 if is_share else 1) * divide(one, below, some)
    if is_share:
        limits, method = proportion_interval(above, below, "wilson", CONFIDENCE), np.array("Wilson interval")
        rates["upper_rounding"] = rates["upper_rounding"].clip(upper=1)
    else:
        limits, method = _index(above, below, variance)
    rates = rates.assign(lower=limits[0], upper=limits[1], variance=variance, measure=measure, per=_UNITS[measure])
    rates[_FIGURES] *= 100
    method = pd.Series(np.broadcast_to(method, len(rates)), rates.index) + f"; {SUPERPOPULATION}"
    return rates.assign(method=method, numerator=pairs["value"], denominator=pairs["value_below"])


def _index(above: np.ndarray, below: np.ndarray, variance: np.ndarray) -> tuple[Limits, np.ndarray]:
    """Wald limits on the log; at a count of 0 the exact conditional binomial ones; and which of the two."""
    none = above == 0
    lower, upper = ratio_limits(divide(above, below, ~np.isnan(above)), variance, CONFIDENCE)
    zero, size = np.where(none, 0.0, np.nan), np.where(none, below, np.nan)
    _, most = proportion_interval(zero, size, "clopper_pearson", CONFIDENCE)
    exact = "exact conditional binomial interval, since the count is 0"
    words = np.where(none, exact, "Wald interval on the log, Poisson counts")
    return (lower, np.where(none, most / (1 - most), upper)), words


def _ratios(pairs: pd.DataFrame) -> pd.DataFrame:
    """Divide the rate of each origin by that of the reference."""
    ratios = divided(pairs, "_reference")
    variance = pairs["variance"] + pairs["variance_reference"]
    lower, upper = ratio_limits(numbers(ratios["value"]), numbers(variance), CONFIDENCE)
    words = {
        "no upper limit: the count is 0, and 0 has no logarithm": ratios["value"] == 0,
        "no interval on the log: both shares are 100": (ratios["status"] == "shown") & ~(variance > 0),
        "Wald interval on the log, Poisson counts": pairs["measure"] == "form_index",
    }
    method = np.select([*words.values()], [*words], default="Wald interval on the log, binomial shares")
    ratios = ratios.assign(measure=pairs["measure"] + "_ratio", lower=lower, upper=upper, per="ratio")
    method = pd.Series(method, pairs.index) + f"; {SUPERPOPULATION}"
    return ratios.assign(method=method, numerator=pairs["value"], denominator=pairs["value_reference"])
