"""Need by origin as rates with intervals, and the ratio of the need of a group to that of a reference."""

import numpy as np
import pandas as pd

from bereik.rates.intervals import CONFIDENCE, divide, log_errors, normal_quantile, proportion_interval
from bereik.rates.results import SUPERPOPULATION, beside_reference, check_results, divided
from bereik.rates.strata import separate_groups
from bereik.tables import numbers, refuse_rows, require_numbers, result_table

_BY = ["indicator", "population_group", "region", "period", "period_kind", "origin_scheme", "origin"]
_COUNTS = ["cases", "population", "per", "rate", "lower", "upper", "rounded_to"]
_FIGURES = ["value", "lower", "upper", "lower_rounding", "upper_rounding", "numerator", "denominator"]
_WHERE = "the table of need"
_HALF_OF_RATE = {100: 0.05, 1000: 0.05, 10000: 0.5}  # percentages have one decimal, rates per 10,000 none


def need_rates(need: pd.DataFrame, *, relative_to: str | None = None) -> pd.DataFrame:
    """Compute the rate of each indicator of need by origin, and its ratio to that of a reference group.

    Parameters
    ----------
    need : pandas.DataFrame
        Rows of `need_by_origin`: ``indicator``, ``population_group``, ``region``, ``period``, ``period_kind``,
        ``origin_scheme``, ``origin``; ``cases``, ``population`` (persons), ``per`` (the rate is per this number of persons),
        ``rate``, ``lower``, ``upper`` (as published), ``rounded_to`` (unit of the counts), ``status``, ``synthetic``, ``source``.
    relative_to : str, optional
        The origin that each group is compared with; without it there are no ratios.

    Returns
    -------
    pandas.DataFrame
        The seven category columns, then those of a result table. ``measure`` is need_rate, and then need_ratio of each group
        relative to `relative_to`. A rate: ``per`` x cases / population where both are counted, else the published rate;
        ``lower`` and ``upper`` are the interval of Wilson, or the one that a survey publishes; ``lower_rounding`` and
        ``upper_rounding`` the rates that agree with the rounding of the source; ``not_published`` where the source gives no
        figure, or cases without the population they belong to. A ratio: ``numerator`` and ``denominator`` are the two rates;
        groups that contain the reference or are part of it get none.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a figure is impossible, a combination occurs twice, or the reference is missing for an indicator.
    UnknownNameError, IncomparableError
        When the reference is not in the table, no group can be compared with it, or real and synthetic figures are mixed.

    Notes
    -----
    Wilson: Newcombe (1998). Where only cases and a rate are published (suspects, Halt, low income), the population is
    cases x per / rate. Suspects and Halt count registered contact with the police, not behaviour. A child in a household with
    a low income shares it with brothers and sisters: that interval is too narrow.
    Ratios: delta method on the log, the variance of each log read from the width of its interval (for counts that is near
    1/cases - 1/population, Katz et al. 1978). Rounding: the lowest rate over the highest of the reference, and the reverse.

    Examples
    --------
    >>> from bereik.data.need import need_by_origin
    >>> need = need_by_origin()
    >>> city = need[(need["region"] == "'s-Gravenhage") & (need["period"] == "2016/2017")]
    >>> city = city[city["origin"].isin(["nederlands", "suriname"]) & (city["indicator"] == "special_primary_education")]
    >>> rates = need_rates(city, relative_to="nederlands")
    >>> rates[["origin", "measure", "value", "lower", "upper", "per"]].round(2)
           origin     measure  value  lower  upper           per
    0  nederlands   need_rate  23.60  21.59  25.80  1000 persons
    1    suriname   need_rate  24.85  19.96  30.90  1000 persons
    2    suriname  need_ratio   1.05   0.83   1.33         ratio
    """
    check_results(need, _COUNTS, _BY, _WHERE)
    require_numbers(need, _COUNTS)
    without = {f"no `per` in {_WHERE}": need["per"].isna()}
    refuse_rows(need[_BY], without, expected="its unit in each row", todo="add it")
    rates = _rates(need)
    if relative_to is None:
        return rates
    return pd.concat([rates, _ratios(rates, relative_to)], ignore_index=True)


def _rates(need: pd.DataFrame) -> pd.DataFrame:
    cases, population, per, rate, low, high, unit = (numbers(need[name]) for name in _COUNTS)
    half = np.nan_to_num(unit) / 2
    counted = ~np.isnan(cases) & (population > 0)
    implied = ~counted & (cases > 0) & (rate > 0)
    size = np.where(counted, population, divide(cases * per, rate, implied))
    value = np.where(counted, per * cases / size, rate)
    wrong = (population < 0) | (population > 2**53) | (value < 0) | (value > per) | (low > value) | (high < value)
    expected = "cases at most the population, a rate at most `per`, and a rate within its limits"
    columns = need[[*_BY, "cases", "population", "rate"]]
    refuse_rows(columns, {f"an impossible figure in {_WHERE}": wrong}, expected=expected, todo="correct the row")
    sized = counted | implied
    wilson = proportion_interval(np.where(sized, value / per * size, np.nan), size, "wilson", CONFIDENCE)
    step = np.array([_HALF_OF_RATE.get(int(one), np.nan) for one in per])
    status = need["status"].mask((need["status"] == "shown") & np.isnan(value), "not_published")
    fewest = np.where(counted, per * np.maximum(cases - half, 0) / (size + half), rate - step)
    most = np.where(counted, per * np.minimum((cases + half) / np.maximum(size - half, 1), 1), rate + step)
    limits = (np.where(sized, per * limit, published) for limit, published in zip(wilson, (low, high), strict=True))
    figures = dict(zip(_FIGURES, (value, *limits, fewest, most, cases, size), strict=True))
    shown = (status == "shown").to_numpy()
    method = np.where(sized, f"Wilson interval; {SUPERPOPULATION}", "interval as the survey publishes it")
    rows = need[[*_BY, "synthetic", "source"]].assign(
        **{name: np.where(shown, figure, np.nan) for name, figure in figures.items()},
        per=[f"{one:.15g} persons" for one in per],
        method=np.where(implied, "population = cases x per / published rate; ", "") + method.astype(object),
    )
    return result_table(rows.assign(measure="need_rate", confidence=CONFIDENCE, status=status), _BY)


def _ratios(rates: pd.DataFrame, relative_to: str) -> pd.DataFrame:
    """Divide the rate of need of each origin by that of a reference, see `need_rates`."""
    by = [name for name in _BY if name != "origin"]
    compared = separate_groups(rates, "origin", relative_to, where=_WHERE)
    pairs = beside_reference(rates.assign(error=log_errors(rates)), by, relative_to, compared, _WHERE)
    ratios = divided(pairs, "_reference")
    factor = np.exp(normal_quantile(CONFIDENCE) * np.hypot(pairs["error"], pairs["error_reference"]))
    ratios = ratios.assign(lower=ratios["value"] / factor, upper=ratios["value"] * factor, confidence=CONFIDENCE)
    ratios = ratios.assign(relative_to=relative_to, method=f"delta method on the log; {SUPERPOPULATION}")
    return result_table(ratios.assign(measure="need_ratio", per="ratio"), [*by, "origin"])
