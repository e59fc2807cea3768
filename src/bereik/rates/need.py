"""Need by origin as rates with intervals, and the ratio of the need of a group to that of a reference."""

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError, example_rows
from bereik.rates.intervals import checked_ratios, divide, log_errors, normal_quantile, proportion_interval
from bereik.rates.results import SUPERPOPULATION, both_sources, check_numbers, either_status
from bereik.rates.workings.comparable import separate_groups
from bereik.tables import (
    RESULT_COLUMNS,
    check_statuses,
    numbers,
    one_value,
    require_columns,
    require_unique,
    result_table,
)

__all__ = ["need_rates", "need_ratios"]

_BY = ["indicator", "population_group", "region", "period", "period_kind", "origin_scheme", "origin"]
_FIGURES = ["cases", "population", "per", "rate", "lower", "upper", "rounded_to"]
_WHERE, _RATES = "the table of need", "the rates of need"
_CONFIDENCE = 0.95  # of the limits that surveys publish
_HALF_OF_RATE = {100: 0.05, 1000: 0.05, 10000: 0.5}  # percentages have one decimal, rates per 10,000 none


def need_rates(need: pd.DataFrame) -> pd.DataFrame:
    """Compute the rate of each indicator of need by origin, with an interval.

    Parameters
    ----------
    need : pandas.DataFrame
        Rows of `need_by_origin`: ``indicator``, ``population_group``, ``region``, ``period``, ``period_kind``,
        ``origin_scheme``, ``origin``; ``cases``, ``population`` (persons), ``per`` (the rate is per this number of persons),
        ``rate``, ``lower``, ``upper`` (as published), ``rounded_to`` (unit of the counts), ``status``, ``synthetic``, ``source``.

    Returns
    -------
    pandas.DataFrame
        The seven category columns, then those of a result table. ``measure`` is need_rate: ``per`` x cases / population where
        both are counted, else the published rate. ``lower`` and ``upper``: the 95 % interval of Wilson, or the one that a
        survey publishes. ``lower_rounding`` and ``upper_rounding``: the rates that agree with the rounding of the source.
        ``not_published`` where the source gives no figure, or cases without the population they belong to.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a figure is impossible or a combination occurs twice.

    Notes
    -----
    Wilson: Newcombe (1998). Where only cases and a rate are published (suspects, Halt, low income), the population is
    cases x per / rate. Suspects and Halt count registered contact with the police, not behaviour. A child in a household with
    a low income shares it with brothers and sisters: that interval is too narrow.

    Examples
    --------
    >>> from bereik.data.need import need_by_origin
    >>> need = need_by_origin()
    >>> city = need[(need["region"] == "'s-Gravenhage") & (need["period"] == "2016/2017") & (need["origin"] == "suriname")]
    >>> rates = need_rates(city[city["indicator"] == "special_primary_education"])
    >>> rates[["value", "lower", "upper", "per"]].round(1).values.tolist()
    [[24.8, 20.0, 30.9, '1000 persons']]
    """
    require_columns(need, [*_BY, *_FIGURES, "status", "synthetic", "source"], where=_WHERE)
    require_unique(need, _BY, where=_WHERE)
    check_statuses(need)
    cases, population, per, rate, low, high, unit = (numbers(need[name]) for name in _FIGURES)
    half = np.nan_to_num(unit) / 2
    counted = ~np.isnan(cases) & (population > 0)
    implied = ~counted & (cases > 0) & (rate > 0)
    size = np.where(counted, population, divide(cases * per, rate, implied))
    value = np.where(counted, per * cases / size, rate)
    wrong = (value < 0) | (value > per) | (low > value) | (high < value)
    if wrong.any():
        raise InvalidTableError(
            f"an impossible figure in {_WHERE}: {example_rows(need[[*_BY, 'cases', 'population', 'rate']], wrong)}",
            "cases at most the population, a rate at most `per`, and a rate within its limits",
            "correct the row",
        )
    known = counted | implied
    wilson = proportion_interval(np.where(known, value / per * size, np.nan), size, "wilson", _CONFIDENCE)
    step = np.array([_HALF_OF_RATE.get(int(one), np.nan) for one in per])
    status = need["status"].mask((need["status"] == "shown") & np.isnan(value), "not_published")
    shown = (status == "shown").to_numpy()
    method = np.where(known, f"Wilson interval; {SUPERPOPULATION}", "interval as the survey publishes it")
    results = need[[*_BY, "synthetic", "source"]].assign(
        measure="need_rate", value=np.where(shown, value, np.nan), lower=np.where(known, per * wilson[0], low),
        upper=np.where(known, per * wilson[1], high), confidence=_CONFIDENCE, numerator=cases, denominator=size,
        lower_rounding=np.where(counted, per * np.maximum(cases - half, 0) / (size + half), rate - step),
        upper_rounding=np.where(counted, per * np.minimum((cases + half) / np.maximum(size - half, 1), 1), rate + step),
        per=[f"{one:.15g} persons" for one in per], status=status,
        method=np.where(implied, "population = cases x per / published rate; ", "") + method.astype(object),
    )  # fmt: skip
    gone = ["lower", "upper", "numerator", "denominator", "lower_rounding", "upper_rounding"]
    results.loc[~shown, gone] = np.nan
    return result_table(results, _BY)


def need_ratios(rates: pd.DataFrame, *, relative_to: str, confidence: float = 0.95) -> pd.DataFrame:
    """Divide the rate of need of each origin by that of a reference.

    Parameters
    ----------
    rates : pandas.DataFrame
        The rows of `need_rates`; further category columns are kept and tell the rates apart.
    relative_to : str
        The origin that each group is compared with.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The category columns, then those of a result table. ``measure`` is need_ratio (q_g / q_r), ``numerator`` and
        ``denominator`` are the two rates. Groups that contain the reference or are part of it get no row.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    UnknownNameError, IncomparableError
        When the reference is not in the table, no group can be compared with it, or real and synthetic rates are mixed.
    InvalidTableError
        When a rate occurs twice, or the reference is missing for an indicator.

    Notes
    -----
    Delta method on the log: the variance of each log is read from the width of its interval (for counts that is near
    1/cases - 1/population, Katz et al. 1978). Rounding: the lowest rate over the highest of the reference, and the reverse.

    Examples
    --------
    >>> from bereik.data.need import need_by_origin
    >>> need = need_by_origin()
    >>> year = need[(need["indicator"] == "special_primary_education") & (need["period"] == "2016/2017")]
    >>> city = year[(year["region"] == "'s-Gravenhage") & year["origin"].isin(["nederlands", "niet_westers"])]
    >>> need_ratios(need_rates(city), relative_to="nederlands")[["origin", "value", "lower", "upper"]].round(2).values.tolist()
    [['niet_westers', 1.1, 0.97, 1.25]]
    """
    check_numbers(confidence=confidence)
    require_columns(rates, ["origin", *RESULT_COLUMNS], where=_RATES)
    by = [name for name in rates.columns if name not in (*RESULT_COLUMNS, "origin")]
    require_unique(rates, [*by, "origin"], where=_RATES)
    check_statuses(rates)
    for name in ("synthetic", "measure"):
        one_value(rates, name, where=_RATES)
    compared = separate_groups(rates, "origin", relative_to, where=_RATES)
    checked_ratios(rates, _RATES)
    table = rates.assign(error=log_errors(rates))
    reference = table[table["origin"] == relative_to].drop(columns=["origin"])
    pairs = table[table["origin"].isin(compared)].merge(reference, on=by, how="left", suffixes=("", "_reference"))
    absent = pairs["status_reference"].isna().to_numpy()
    if absent.any():
        raise InvalidTableError(
            f"{_RATES} have no reference {relative_to!r} for: {example_rows(pairs[[*by, 'origin']], absent)}",
            "a row of the reference for every indicator, period and region",
            "add it, or leave these rows out",
        )
    status = either_status(pairs["status"], pairs["status_reference"])
    status = status.mask((status == "shown") & (pairs["value_reference"] == 0), "undefined")
    shown = status == "shown"
    value = (pairs["value"] / pairs["value_reference"]).where(shown)
    factor = np.exp(normal_quantile(confidence) * np.hypot(pairs["error"], pairs["error_reference"]))
    low, high = (pairs[f"lower_rounding{whose}"] for whose in ("", "_reference"))
    frame = pairs.assign(
        measure="need_ratio", value=value, lower=value / factor, upper=value * factor,
        lower_rounding=(low / pairs["upper_rounding_reference"]).where(shown),
        upper_rounding=(pairs["upper_rounding"] / high.where(high > 0)).where(shown), confidence=confidence,
        numerator=pairs["value"].where(shown), denominator=pairs["value_reference"].where(shown), per="ratio",
        relative_to=relative_to, method=f"delta method on the log; {SUPERPOPULATION}", status=status,
        source=both_sources(pairs["source"], pairs["source_reference"]),
    )  # fmt: skip
    return result_table(frame, [*by, "origin"])
