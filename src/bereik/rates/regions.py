"""One region among the others: whether its ratio is unusual, given how much regions differ among themselves."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.codelists import regions
from bereik.errors import BereikError, IncomparableError
from bereik.rates.intervals import CONFIDENCE, log_errors, normal_quantile
from bereik.rates.results import check_known, check_results, sources
from bereik.tables import HIDDEN, RESULT_COLUMNS, numbers, one_value, refuse_rows, result_table, rounded

_WHERE = "the table of ratios"
_FEWEST_OTHERS = 5
# A band of fewer regions, or with a smaller I2, holds too few new regions.
_FEWEST_OF_BAND, _LEAST_I_SQUARED = 20, 50
_COLUMNS = ["measure", "value", "lower", "upper", "numerator", "denominator", "status", "per", "method"]
Row = tuple[object, ...]


def compare_regions(ratios: pd.DataFrame, *, region: str) -> pd.DataFrame:
    """Set the ratio of one region beside those of all others: prediction band, z-score, rank.

    Parameters
    ----------
    ratios : pandas.DataFrame
        Rows of a result table: one ratio measure (for example form_share_ratio) of one form, group and period, one row a
        region, with ``value``, ``lower``, ``upper``, ``confidence`` (of a Wald interval on the log) and ``status``.
        Regions of one kind only: a country or landsdeel contains the others.
    region : str
        The region that is compared; left out of the mean and of the spread.

    Returns
    -------
    pandas.DataFrame
        ``region`` (always `region`), the other category columns of `ratios`, then those of a result table, one row per
        ``measure``: mean_of_others (random-effects mean of the other regions' ratios, with its interval);
        prediction_band (the same value; the limits within which the true ratio of a new region lies with 95 percent
        confidence, from 20 other regions on and when i_squared is at least 50; else none, and ``method`` says why);
        between_region_sd (tau by Paule-Mandel, on the log); between_region_sd_dersimonian_laird; i_squared
        (percentage of the variation that is more than chance within regions); z_score (of the region); rank (of the region:
        ``numerator`` of ``denominator`` regions with published figures, counted from the lowest; equal ratios share the
        lowest rank). ``method`` says how many regions have no published figure.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a region occurs twice, or an interval is no Wald interval on the log.
    UnknownNameError
        When the region is not in the table; suggests the nearest.
    IncomparableError
        When measures, forms, groups, periods, kinds of region, or real and synthetic figures are mixed; when fewer than
        5 other regions have published figures: mean and spread then say next to nothing.
    BereikError
        When the spread cannot be estimated.

    Notes
    -----
    theta = log(ratio), with standard error from its interval. mean mu and tau^2 of the k other regions: Paule & Mandel
    (1982), and DerSimonian & Laird (1986) beside it, both by statsmodels, tau^2 at least 0. Band (Higgins, Thompson &
    Spiegelhalter 2009): exp(mu +- t sqrt(tau^2 + se_mu^2)), t the quantile of the t distribution with k - 2 degrees of
    freedom. It is for the true ratio: the z-score adds the chance in the region's own counts,
    (theta - mu) / sqrt(tau^2 + se_mu^2 + se^2), to be read by the same t distribution. In simulations
    (bench/coverage.md) a band that is drawn holds 95-96 percent of new regions (I^2 66 or 88); others would hold 83-94 percent
    where regions differ. I^2 = 100 (Q - (k - 1)) / Q, at least 0 (Higgins & Thompson 2002).
    A ratio of 0 has no logarithm: it is left out of mu and tau, and counts in the rank. The rank says nothing about how
    well a region does, and neighbouring ranks are often indistinguishable.

    Examples
    --------
    >>> values = pd.Series([1.1, 1.3, 1.2, 1.6, 0.9, 1.4, 1.8] * 3)
    >>> ratios = pd.DataFrame({"region": list("ABCDEFGHIJKLMNOPQRSTU"), "measure": "form_share_ratio", "value": values,
    ...                        "lower": values / 1.2, "upper": values * 1.2, "confidence": 0.95, "status": "shown",
    ...                        "synthetic": True, "source": "made up"})
    >>> compare_regions(ratios, region="G").set_index("measure")[["value", "lower", "upper", "numerator"]].round(2).loc[
    ...     ["prediction_band", "z_score", "rank"]]
                     value  lower  upper  numerator
    measure
    prediction_band   1.28   0.84   1.93        NaN
    z_score           1.57    NaN    NaN       0.34
    rank             19.00    NaN    NaN      19.00
    """
    table = _checked(ratios, region)
    is_region = (table["region"] == region).to_numpy()
    others, here = table[~is_region], table[is_region].iloc[0]
    fit, simple = _fits(others)
    rows = [*_rows_of_others(fit, simple), *_rows_of_region(fit, table[is_region], table)]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    categories = [name for name in table.columns if name not in (*RESULT_COLUMNS, "region", "region_code")]
    same = {name: here[name] for name in ["region", *categories, "synthetic"]}
    method = frame["method"] + f"; {_words_on_the_rest(table, others)}"
    frame = frame.assign(**same, source=sources(table), confidence=CONFIDENCE, method=method)
    return result_table(frame.assign(relative_to=here.get("relative_to")), ["region", *categories])


def _checked(ratios: pd.DataFrame, region: str) -> pd.DataFrame:
    """Check that the rows are one ratio of many separate regions."""
    check_results(ratios, ["measure", "value", "lower", "upper", "confidence"], ["region"], _WHERE)
    names = [str(name) for name in ratios["region"].unique()]
    check_known("region", region, names, where=_WHERE)
    varying = {*RESULT_COLUMNS, "region", "region_code"} - {"measure", "relative_to", "synthetic"}
    for column in ratios.columns.difference(list(varying), sort=False):
        one_value(ratios, column, where=_WHERE)
    kinds_of = regions().groupby("name")["kind"].agg(set)
    kinds = [kinds_of[name] for name in names if name in kinds_of]
    if kinds and not set.intersection(*kinds):
        problem = f"{_WHERE} mixes regions of kind {' and '.join(sorted(set.union(*kinds)))}"
        todo = "keep the rows of one kind, for example table[table['region_kind'] == 'jeugdregio']"
        raise IncomparableError(problem, "regions of one kind, so that none is part of another", todo)
    return ratios


def _logs(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give the logarithm of each ratio and its standard error, or raise when the interval is not symmetrical on the log."""
    value, lower, upper = (numbers(table[name]) for name in ("value", "lower", "upper"))
    wrong = ~((lower > 0) & (lower < value) & (value < upper) & (upper < np.inf))
    if not wrong.any():
        below, above = np.log(value / lower), np.log(upper / value)
        wrong = np.abs(above - below) > 1e-3 * (above + below)
    faults = {f"{_WHERE} has no Wald interval on the log": wrong}
    expected = "ratios above 0 with lower < value < upper, as far from the value on either side on the log"
    todo = "take the ratio rows of form_ratio (measure form_index_ratio or form_share_ratio)"
    refuse_rows(table[["value", "lower", "upper"]], faults, expected=expected, todo=todo)
    return np.log(value), log_errors(table)


def _fits(others: pd.DataFrame) -> tuple[Any, Any]:
    """Estimate mean and spread of the other regions by statsmodels: Paule-Mandel, which must be solved; DerSimonian-Laird."""
    from statsmodels.stats.meta_analysis import combine_effects

    used = others[(others["status"] == "shown") & (others["value"] > 0)]
    if len(used) < _FEWEST_OTHERS:
        expected = f"at least {_FEWEST_OTHERS}, because mean and spread of fewer say next to nothing"
        todo = "add regions, or choose a form or group that is published for more of them"
        raise IncomparableError(f"only {len(used)} other regions have a published ratio above 0", expected, todo)
    theta, se = _logs(used)
    # statsmodels divides by Q, which can be 0, and takes roots with a DerSimonian-Laird tau^2 that can be negative.
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = combine_effects(theta, se**2, method_re="iterated")
        simple = combine_effects(theta, se**2, method_re="chi2")
    generalised_q = float(np.sum((theta - fit.mean_effect_re) ** 2 / (se**2 + fit.tau2)))
    if abs(generalised_q - fit.df) > 1e-3 and (fit.tau2 > 0 or generalised_q > fit.df):
        problem = f"the Paule-Mandel estimate of the spread was not found (generalised Q {generalised_q:.4g})"
        todo = "check the ratios and their intervals for a region with an extremely small standard error"
        raise BereikError(problem, f"a generalised Q of {fit.df}, the number of other regions minus 1", todo)
    return fit, simple


def _rows_of_others(fit: Any, simple: Any) -> list[Row]:
    """Mean, band (where it holds what it says) and spread of the other regions, in the order of `_COLUMNS`."""
    from scipy.stats import t

    df, none, on_log = int(fit.df) - 1, np.nan, "on the log of the ratio"
    tau, tau_simple = (np.sqrt(max(one.tau2, 0)) for one in (fit, simple))
    half = normal_quantile(CONFIDENCE) * fit.sd_eff_w_re
    of_mean = f"random-effects mean (Paule-Mandel) {on_log}"
    of_band = f"prediction interval for a new region, t with {df} degrees of freedom, {on_log}"
    q, log = max(float(fit.q), 0.0), "log of the ratio"
    more = max(q - fit.df, 0)
    i_squared = 100 * more / q if q > 0 else 0.0
    band = t.ppf(0.5 + CONFIDENCE / 2, df) * np.hypot(tau, fit.sd_eff_w_re)
    if fit.df + 1 < _FEWEST_OF_BAND or i_squared < _LEAST_I_SQUARED:
        band = none
        of_band = f"no band: fewer than {_FEWEST_OF_BAND} other regions, or I2 below {_LEAST_I_SQUARED} percent"
    mean, low, high, band_low, band_high = np.exp(fit.mean_effect_re + np.array([0, -half, half, -band, band]))
    return [
        ("mean_of_others", mean, low, high, none, none, "shown", "ratio", of_mean),
        ("prediction_band", mean, band_low, band_high, none, none, "shown", "ratio", of_band),
        ("between_region_sd", tau, none, none, none, none, "shown", log, "Paule-Mandel"),
        ("between_region_sd_dersimonian_laird", tau_simple, none, none, none, none, "shown", log, "DerSimonian-Laird"),
        ("i_squared", i_squared, none, none, more, q, "shown", "100", "I2 from Cochran's Q"),
    ]


def _rows_of_region(fit: Any, here: pd.DataFrame, table: pd.DataFrame) -> list[Row]:
    """The z-score and the rank of the region, in the order of `_COLUMNS`."""
    (status,), (value,) = here["status"], here["value"]
    none, z, distance, sd, rank, published = np.nan, np.nan, np.nan, np.nan, np.nan, np.nan
    if status == "shown":
        values = rounded(numbers(table.loc[table["status"] == "shown", "value"]))
        rank, published = 1 + int((values < rounded(value)).sum()), len(values)
    if status == "shown" and value > 0:
        (theta,), (se,) = _logs(here)
        distance, sd = theta - fit.mean_effect_re, np.sqrt(max(fit.tau2, 0) + fit.sd_eff_w_re**2 + se**2)
        z = distance / sd
    of_z = "undefined" if status == "shown" and value == 0 else status
    per_z, per_rank = "standard deviations of the difference on the log", "regions with published figures"
    method = f"distance to the mean of the others, t with {int(fit.df) - 1} degrees of freedom if it is like them"
    return [
        ("z_score", z, none, none, distance, sd, of_z, per_z, method),
        ("rank", rank, none, none, rank, published, status, f"{per_rank}, counted from the lowest", "rank"),
    ]


def _words_on_the_rest(table: pd.DataFrame, others: pd.DataFrame) -> str:
    """Say how many regions the comparison rests on, and which are missing from it."""
    status, used = others["status"], int(((others["status"] == "shown") & (others["value"] > 0)).sum())
    hidden = int(status.isin(HIDDEN).sum())
    text = f"{table['measure'].iloc[0]} in {used} of {len(others)} other regions"
    text += f"; {hidden} without a published figure (the small ones)" if hidden else "; all have published figures"
    zero = len(others) - used - hidden
    return f"{text}; {zero} with a count of 0 left out of mean and spread, since 0 has no logarithm" if zero else text
