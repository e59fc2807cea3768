"""Forms of care relative to care without residence, and relative to all care in kind, by group (`form_ratio`)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError, example_rows
from bereik.rates.intervals import divide, normal_quantile, proportion_interval
from bereik.rates.results import SUPERPOPULATION, both_sources, check_numbers, either_status
from bereik.rates.workings.comparable import care_of_forms, comparable_form, separate_groups
from bereik.tables import numbers, result_table

__all__ = ["form_ratio"]


_Limits = tuple[np.ndarray, np.ndarray, np.ndarray]  # lower, upper, and the method in words


class _Comparison(NamedTuple):
    """What a form of care is set beside."""

    measure: str
    denominator: str
    per: str
    sign: int  # of the reciprocal of the denominator in the variance of the log: counts +1, shares -1


_COMPARISONS = (
    _Comparison("form_index", "without_residence", "100 youths in care without residence", 1),
    _Comparison("form_share", "care_in_kind", "100 youths with care in kind", -1),
)


def form_ratio(
    care: pd.DataFrame,
    form: str,
    *,
    by: Sequence[str],
    relative_to: str,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Set one form of care beside care without residence and beside all care in kind, and compare groups.

    Parameters
    ----------
    care : pandas.DataFrame
        One row per combination of `by`, ``origin`` and ``form`` (codes of `bereik.codelists.care`), with ``youths`` (count),
        ``status``, ``synthetic`` and ``source``; optionally ``rounded_to`` (the unit that the count is rounded to, 5 in
        StatLine), ``period`` and ``origin_scheme``. It holds `form`, ``without_residence`` and ``care_in_kind``.
    form : str
        ``"with_residence"``, ``"protection"``, ``"probation"``, or a form below one of them. One at a time: forms
        overlap, so they are never added up.
    by : list of str
        The other category columns, for example ``["period", "region"]``; may be empty.
    relative_to : str
        The origin that the others are compared with.
    confidence : float
        The confidence of the intervals, between 0 and 1.

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
        When `form` is itself the denominator, contains it or is part of it; when the confidence is no probability.

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
    check_numbers(confidence=confidence)
    code = comparable_form(form)
    table = care_of_forms(care, [code, *(comparison.denominator for comparison in _COMPARISONS)], [*by, "origin"])
    compared = separate_groups(table, "origin", relative_to)
    rates = [_rates(table, code, comparison, [*by, "origin"], confidence) for comparison in _COMPARISONS]
    ratios = [_ratios(part, list(by), relative_to, compared, confidence) for part in rates]
    frame = pd.concat([*rates, *ratios], ignore_index=True).assign(form=code, confidence=confidence)
    return result_table(frame, [*by, "origin", "form"])


def _beside(table: pd.DataFrame, form: str, denominator: str, key: list[str]) -> pd.DataFrame:
    """Put the counts of a form and of its denominator in one row."""
    half = numbers(table["rounded_to"]) / 2 if "rounded_to" in table else np.nan
    parts = table[[*key, "form", "status", "synthetic", "source"]].assign(count=numbers(table["youths"]), half=half)
    above, below = (parts[parts["form"] == name].drop(columns="form") for name in (form, denominator))
    pairs = above.merge(
        below.drop(columns="synthetic"), on=key, how="outer", suffixes=("", "_below"), indicator="found"
    )
    absent = (pairs["found"] != "both").to_numpy()
    if absent.any():
        raise InvalidTableError(
            f"the table of care has {form!r} or {denominator!r} but not both for: {example_rows(pairs[key], absent)}",
            "a row for each form in every combination",
            "add the row; where the source publishes no count: missing youths and status 'not_published'",
        )
    return pairs.drop(columns="found").sort_values(key, ignore_index=True, kind="stable")


def _rates(table: pd.DataFrame, form: str, comparison: _Comparison, key: list[str], confidence: float) -> pd.DataFrame:
    """Compute a form per 100 youths in the denominator, with the variance of its log."""
    pairs = _beside(table, form, comparison.denominator, key)
    above, below = pairs["count"].to_numpy(), pairs["count_below"].to_numpy()
    share = comparison.sign < 0
    if share and (above > below).any():
        rows = example_rows(pairs[[*key, "count", "count_below"]], above > below)
        raise InvalidTableError(
            f"more youths with {form!r} than with care in kind: {rows}",
            "at most as many, since the form is part of care in kind",
            "check that both counts are of one region, group and period",
        )
    status = either_status(pairs["status"], pairs["status_below"])
    status = status.mask((status == "shown") & (below == 0), "undefined")
    shown = (status == "shown").to_numpy()
    value, one, some = divide(above, below, shown), np.ones(len(pairs)), shown & (above > 0)
    variance = divide(one, above, some) + comparison.sign * divide(one, below, some)
    limits = _share_limits if share else _index_limits
    lower, upper, method = limits(np.where(shown, above, np.nan), below, variance, confidence)
    half, half_below = pairs["half"].to_numpy(), pairs["half_below"].to_numpy()
    least = divide(np.maximum(above - half, 0), below + half_below, shown & ~np.isnan(half_below))
    most = divide(above + half, below - half_below, shown & (below > half_below))
    return pairs[[*key, "synthetic"]].assign(
        measure=comparison.measure, value=100 * value, lower=100 * lower, upper=100 * upper, lower_rounding=100 * least,
        upper_rounding=100 * (np.minimum(most, 1) if share else most), numerator=above, denominator=below,
        per=comparison.per, method=method, status=status,
        source=both_sources(pairs["source"], pairs["source_below"]), variance=variance,
    )  # fmt: skip


def _index_limits(above: np.ndarray, below: np.ndarray, variance: np.ndarray, confidence: float) -> _Limits:
    """Wald limits on the log; at a count of 0 the exact conditional binomial ones."""
    none = above == 0
    factor = np.exp(normal_quantile(confidence) * np.sqrt(variance))
    index = divide(above, below, ~np.isnan(above))
    zero = np.where(none, 0.0, np.nan)
    _, most = proportion_interval(zero, np.where(none, below, np.nan), "clopper_pearson", confidence)
    method = np.where(
        none, "exact conditional binomial interval, since the count is 0", "Wald interval on the log, Poisson counts"
    )
    lower, upper = np.where(none, 0, index / factor), np.where(none, most / (1 - most), index * factor)
    return lower, upper, np.char.add(method, f"; {SUPERPOPULATION}").astype(object)


def _share_limits(above: np.ndarray, below: np.ndarray, variance: np.ndarray, confidence: float) -> _Limits:
    """Wilson limits."""
    lower, upper = proportion_interval(above, below, "wilson", confidence)
    return lower, upper, np.full(len(variance), f"Wilson interval; {SUPERPOPULATION}", dtype=object)


def _ratios(
    rates: pd.DataFrame, by: list[str], relative_to: str, compared: list[str], confidence: float
) -> pd.DataFrame:
    """Compute the ratio of each origin's rate to that of the reference."""
    own = rates[rates["origin"].isin(compared)]
    reference = rates.loc[rates["origin"] == relative_to].drop(columns=["origin", "measure", "per", "synthetic"])
    how = {"on": by, "how": "left"} if by else {"how": "cross"}
    pairs = own.merge(reference, suffixes=("", "_reference"), **how)
    absent = pairs["status_reference"].isna().to_numpy()
    if absent.any():
        raise InvalidTableError(
            f"the table of care has no reference {relative_to!r} for: {example_rows(pairs[[*by, 'origin']], absent)}",
            "a row of the reference in every combination",
            "add it, or leave these combinations out",
        )
    return _ratio_values(pairs, relative_to, normal_quantile(confidence))


def _ratio_values(pairs: pd.DataFrame, relative_to: str, z: float) -> pd.DataFrame:
    status = either_status(pairs["status"], pairs["status_reference"])
    status = status.mask((status == "shown") & (pairs["value_reference"] == 0), "undefined")
    shown = status == "shown"
    value = pairs["value"] / pairs["value_reference"].where(shown)
    variance = (pairs["variance"] + pairs["variance_reference"]).where(lambda v: v > 0)
    factor, none = np.exp(z * np.sqrt(variance)), value == 0
    counts = np.where(pairs["measure"] == "form_index", "Poisson counts", "binomial shares")
    method = np.select(
        [none, shown & variance.isna()],
        ["no upper limit: the count is 0, and 0 has no logarithm", "no interval on the log: both shares are 100"],
        default=np.char.add("Wald interval on the log, ", counts),
    )
    least = pairs["lower_rounding"] / pairs["upper_rounding_reference"]
    most = pairs["upper_rounding"] / pairs["lower_rounding_reference"].where(lambda v: v > 0)
    return pairs.assign(
        measure=pairs["measure"] + "_ratio", value=value, lower=(value / factor).mask(none, 0), upper=value * factor,
        lower_rounding=least.where(shown), upper_rounding=most.where(shown), numerator=pairs["value"],
        denominator=pairs["value_reference"], per="ratio", relative_to=relative_to,
        method=pd.Series(method, pairs.index) + f"; {SUPERPOPULATION}", status=status,
        source=both_sources(pairs["source"], pairs["source_reference"]),
    )  # fmt: skip
