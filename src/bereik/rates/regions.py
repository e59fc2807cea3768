"""One region among the others: whether its ratio is unusual, given how much regions differ among themselves."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bereik.codelists.regions import regions
from bereik.errors import IncomparableError, InvalidTableError, example_rows
from bereik.rates.intervals import log_errors, normal_quantile
from bereik.rates.results import check_known, check_numbers, sources
from bereik.rates.workings.spread import Spread, prediction_half_width, random_effects
from bereik.tables import (
    HIDDEN,
    RESULT_COLUMNS,
    check_statuses,
    numbers,
    one_value,
    require_columns,
    require_unique,
    result_table,
    rounded,
)  # fmt: skip

__all__ = ["compare_regions"]

_WHERE = "the table of ratios"
_FEWEST_OTHERS = 5


def compare_regions(ratios: pd.DataFrame, *, region: str, confidence: float = 0.95) -> pd.DataFrame:
    """Set the ratio of one region beside those of all others: prediction band, z-score, rank.

    Parameters
    ----------
    ratios : pandas.DataFrame
        Rows of a result table: one ratio measure (for example form_share_ratio) of one form, group and period, one row a
        region, with ``value``, ``lower``, ``upper``, ``confidence`` (of a Wald interval on the log) and ``status``.
        Regions of one kind only: a country or landsdeel contains the others.
    region : str
        The region that is compared; left out of the mean and of the spread.
    confidence : float
        The confidence of the band and of the interval of the mean, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``region`` (always `region`), the other category columns of `ratios`, then those of a result table, one row per
        ``measure``: mean_of_others (random-effects mean of the other regions' ratios, with its interval);
        prediction_band (the same value; the limits within which the true ratio of a new region lies with this
        confidence); between_region_sd (tau by Paule-Mandel, on the log); between_region_sd_dersimonian_laird; i_squared
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
        5 other regions have published figures: the band rests on a t distribution with their number minus 2 degrees of
        freedom, which then says next to nothing.
    BereikError
        When the confidence is no probability, or the spread cannot be estimated.

    Notes
    -----
    theta = log(ratio), with standard error from its interval. mean mu and tau^2 of the k other regions: Paule & Mandel
    (1982), and DerSimonian & Laird (1986) beside it, both by statsmodels, tau^2 at least 0. Band (Higgins, Thompson &
    Spiegelhalter 2009): exp(mu +- t sqrt(tau^2 + se_mu^2)), t the quantile of the t distribution with k - 2 degrees of
    freedom. It is for the true ratio: the z-score adds the chance in the region's own counts,
    (theta - mu) / sqrt(tau^2 + se_mu^2 + se^2). I^2 = 100 (Q - (k - 1)) / Q, at least 0 (Higgins & Thompson 2002).
    A ratio of 0 has no logarithm: it is left out of mu and tau, and counts in the rank. The rank says nothing about how
    well a region does, and neighbouring ranks are often indistinguishable.

    Examples
    --------
    >>> values = pd.Series([1.1, 1.3, 1.2, 1.6, 0.9, 1.4, 1.8])
    >>> ratios = pd.DataFrame({"region": list("ABCDEFG"), "measure": "form_share_ratio", "value": values,
    ...                        "lower": values / 1.2, "upper": values * 1.2, "confidence": 0.95, "status": "shown",
    ...                        "synthetic": True, "source": "made up"})
    >>> compare_regions(ratios, region="G").set_index("measure")[["value", "lower", "upper", "numerator"]].round(2).loc[
    ...     ["prediction_band", "z_score", "rank"]]
                     value  lower  upper  numerator
    measure
    prediction_band   1.23   0.72   2.11        NaN
    z_score           1.76    NaN    NaN       0.38
    rank              7.00    NaN    NaN       7.00
    """
    check_numbers(confidence=confidence)
    table = _checked(ratios, region)
    categories = [name for name in table.columns if name not in (*RESULT_COLUMNS, "region", "region_code")]
    is_region = (table["region"] == region).to_numpy()
    others, own = table[~is_region], table[is_region]
    spread = _spread_of(others)
    about = _about_the_rest(table, others)
    rows = [*_rows_of_others(spread, confidence), *_rows_of_region(spread, own, table)]
    constants = {name: table[name].iloc[0] for name in [*categories, "synthetic"]}
    frame = pd.DataFrame(rows).assign(region=region, **constants)
    frame = frame.assign(
        source=sources(table),
        confidence=confidence,
        relative_to=own["relative_to"].iloc[0] if "relative_to" in own else None,
        method=[f"{method}; {about}" for method in frame["method"]],
    )
    return result_table(frame, ["region", *categories])


def _checked(ratios: pd.DataFrame, region: str) -> pd.DataFrame:
    """Check that the rows are one ratio of many separate regions, and add its logarithm and standard error."""
    needed = ["region", "measure", "value", "lower", "upper", "confidence", "status", "synthetic", "source"]
    require_columns(ratios, needed, where=_WHERE)
    names = [str(name) for name in ratios["region"].unique()]
    check_known("region", region, names, where=_WHERE)
    varying = {*RESULT_COLUMNS, "region", "region_code"} - {"measure", "relative_to", "synthetic"}
    for column in ratios.columns:
        if column not in varying:
            one_value(ratios, column, where=_WHERE)
    require_unique(ratios, ["region"], where=_WHERE)
    check_statuses(ratios)
    known = regions().groupby("name")["kind"].agg(set)
    kinds = [known[name] for name in names if name in known]
    if kinds and not set.intersection(*kinds):
        raise IncomparableError(
            f"{_WHERE} mixes regions of kind {' and '.join(sorted(set.union(*kinds)))}",
            "regions of one kind, so that none is part of another",
            "keep the rows of one kind, for example table[table['region_kind'] == 'jeugdregio']",
        )
    return ratios


def _logs(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give the logarithm of each ratio and its standard error, or raise when the interval is not symmetrical on the log."""
    value, lower, upper = (numbers(table[name]) for name in ("value", "lower", "upper"))
    wrong = ~((lower > 0) & (lower < value) & (value < upper) & (upper < np.inf))
    if not wrong.any():
        below, above = np.log(value / lower), np.log(upper / value)
        wrong = np.abs(above - below) > 1e-3 * (above + below)
    if wrong.any():
        raise InvalidTableError(
            f"{_WHERE} has no Wald interval on the log: {example_rows(table[['value', 'lower', 'upper']], wrong)}",
            "ratios above 0 with lower < value < upper, as far from the value on either side on the log",
            "take the ratio rows of form_ratio (measure form_index_ratio or form_share_ratio)",
        )
    return np.log(value), log_errors(table)


def _spread_of(others: pd.DataFrame) -> Spread:
    used = others[(others["status"] == "shown") & (others["value"] > 0)]
    if len(used) < _FEWEST_OTHERS:
        raise IncomparableError(
            f"only {len(used)} other regions have a published ratio above 0",
            f"at least {_FEWEST_OTHERS}, because the band has (other regions - 2) degrees of freedom",
            "add regions, or choose a form or group that is published for more of them",
        )
    theta, se = _logs(used)
    return random_effects(theta, se**2)


def _rows_of_others(spread: Spread, confidence: float) -> list[Mapping[str, object]]:
    mean, more, half = (
        np.exp(spread.mean),
        max(spread.q - (spread.number - 1), 0),
        normal_quantile(confidence) * spread.se,
    )
    band, on_log = prediction_half_width(spread, confidence), "on the log of the ratio"
    mean_row = {
        "measure": "mean_of_others", "value": mean, "lower": np.exp(spread.mean - half), "upper": np.exp(spread.mean + half),
        "per": "ratio", "method": f"random-effects mean (Paule-Mandel) {on_log}",
    }  # fmt: skip
    band_row = {
        "measure": "prediction_band", "value": mean, "lower": np.exp(spread.mean - band),
        "upper": np.exp(spread.mean + band), "per": "ratio",
        "method": f"prediction interval for a new region, t with {spread.number - 2} degrees of freedom, {on_log}",
    }  # fmt: skip
    sd = {"measure": "between_region_sd", "value": spread.tau, "per": "log of the ratio", "method": "Paule-Mandel"}
    simple = sd | {"measure": "between_region_sd_dersimonian_laird", "value": spread.tau_dersimonian_laird}
    share = {
        "measure": "i_squared", "value": 100 * more / spread.q if spread.q > 0 else 0.0, "numerator": more,
        "denominator": spread.q, "per": "100", "method": "I2 from Cochran's Q",
    }  # fmt: skip
    rows = [mean_row, band_row, sd, simple | {"method": "DerSimonian-Laird"}, share]
    return [row | {"status": "shown"} for row in rows]


def _rows_of_region(spread: Spread, own: pd.DataFrame, table: pd.DataFrame) -> list[Mapping[str, object]]:
    z_row: dict[str, object] = {
        "measure": "z_score", "per": "standard deviations of the difference on the log",
        "method": "distance to the mean of the others, standard normal if the region is like them",
    }  # fmt: skip
    rank_row: dict[str, object] = {
        "measure": "rank", "per": "regions with published figures, counted from the lowest", "method": "rank",
    }  # fmt: skip
    status, value = own["status"].iloc[0], own["value"].iloc[0]
    if status != "shown":
        return [row | {"status": status} for row in (z_row, rank_row)]
    published = rounded(numbers(table.loc[table["status"] == "shown", "value"]))
    rank = 1 + int((published < rounded(value)).sum())
    rank_row |= {"status": "shown", "value": rank, "numerator": rank, "denominator": len(published)}
    if value == 0:
        return [z_row | {"status": "undefined"}, rank_row]
    (theta,), (se,) = _logs(own)
    distance, sd = theta - spread.mean, np.sqrt(spread.tau**2 + spread.se**2 + se**2)
    return [z_row | {"status": "shown", "value": distance / sd, "numerator": distance, "denominator": sd}, rank_row]


def _about_the_rest(table: pd.DataFrame, others: pd.DataFrame) -> str:
    """Say how many regions the comparison rests on, and which are missing from it."""
    status, used = others["status"], int(((others["status"] == "shown") & (others["value"] > 0)).sum())
    hidden = int(status.isin(HIDDEN).sum())
    text = f"{one_value(table, 'measure', where=_WHERE)} in {used} of {len(others)} other regions"
    text += f"; {hidden} without a published figure (the small ones)" if hidden else "; all have published figures"
    zero = len(others) - used - hidden
    return f"{text}; {zero} with a count of 0 left out of mean and spread, since 0 has no logarithm" if zero else text
