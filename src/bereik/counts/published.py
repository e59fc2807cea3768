"""Makes count tables and results of what is published: youths in care, and the percentage of all youths that they are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.counts.table import as_counts
from bereik.tables import numbers, one_value, refuse_rows, require_columns, require_numbers, result_table

_WHERE = "the table of totals"
_HALF_A_DECIMAL = 0.05


def implied_population(totals: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Make a count table from youths in care and the percentage of all youths that they are.

    CBS publishes how many youths were in care (*jongeren met jeugdzorg*) and which percentage of all youths aged 0-22
    that is, with one decimal, but not the population itself. The population that agrees with both is computed here.

    Parameters
    ----------
    totals : pandas.DataFrame
        One row per combination, with the columns of `by`, ``youths`` (youths in care), ``percent_of_youths`` (0-100, one
        decimal), ``status``, ``synthetic`` and ``source``; missing counts where the status says they are not published.
    by : list of str
        The category columns, coarsest first, for example ``["period", "region"]``.

    Returns
    -------
    pandas.DataFrame
        A count table: the columns of `by`, ``population`` (youths aged 0-22, whole), ``users`` (youths in care),
        ``population_lower`` and ``population_upper`` (the populations that agree with the published percentage plus and
        minus 0.05, not rounded), ``status``, ``synthetic`` and ``source``.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    IncomparableError
        When half-years and years, or several forms of care that are not in `by`, are mixed.
    InvalidTableError
        When a percentage is not above 0, above 100, not of one decimal or missing in a row that is shown (without it
        the row has no population: mark it ``not_published`` if the source leaves it empty); when no youths stand beside
        a percentage above 0.

    Notes
    -----
    ``population`` = 100 x youths / percentage. The true percentage lies within 0.05 of the published one, so the bounds
    are 100 x youths / (percentage + 0.05) and 100 x youths / (percentage - 0.05): a rate computed from them is the
    published percentage plus or minus 0.05, never more. The lower bound is at least the number of youths. The bounds
    take the number of youths as it is published; that number is itself rounded to 5, which matters for a population
    (2.5 in 500 youths is half a percent of it) but not for the bounds of the rate.
    Source: CBS StatLine 84134NED and 85099NED (youths, and percentage of all youths aged 0 to 22).

    Examples
    --------
    >>> totals = pd.DataFrame({"region": ["A"], "youths": [1200], "percent_of_youths": [9.6], "status": ["shown"],
    ...                        "synthetic": [True], "source": ["made up"]})
    >>> implied_population(totals, ["region"])[["region", "population", "users"]]
      region  population  users
    0      A       12500   1200
    """
    as_counts(totals, by, counts=["youths"], where=_WHERE)
    require_columns(totals, ["percent_of_youths", "status"], where=_WHERE)
    if "period" in totals:
        one_period_kind(totals, where=_WHERE)
    if "form" in totals and "form" not in by:
        one_value(totals, "form", where=_WHERE)
    percent, youths = _checked_percent(totals), numbers(totals["youths"])
    least, most = (100 * youths / (percent + half) for half in (_HALF_A_DECIMAL, -_HALF_A_DECIMAL))
    population = pd.array(np.round(100 * youths / percent), dtype="Int64")
    counts = totals.assign(users=pd.array(youths, dtype="Int64"), population=population)
    return as_counts(counts.assign(population_lower=np.maximum(youths, least), population_upper=most), by=by)


def _checked_percent(totals: pd.DataFrame) -> np.ndarray:
    """Give the percentages of the rows that are shown (others missing), or raise when no population follows from one."""
    require_numbers(totals, ["percent_of_youths"])
    percent = numbers(totals["percent_of_youths"])
    shown = (totals["status"] == "shown").to_numpy(dtype=bool)
    faults = {
        "no percentage in a row that is shown": np.isnan(percent),
        "a percentage that is not above 0": percent <= 0,
        "a percentage above 100": percent > 100,
        "a percentage with more than one decimal": np.abs(percent * 10 - np.round(percent * 10)) > 1e-6,
        "no youths beside a percentage above 0": (numbers(totals["youths"]) == 0) & (percent > 0),
    }
    faults = {f"{_WHERE} has {what}": shown & fault for what, fault in faults.items()}
    expected = "youths, and the percentage of all youths that they are: above 0, at most 100, with one decimal"
    todo = "correct the row, or give it the status 'not_published' (and missing counts): it has no population"
    refuse_rows(totals, faults, expected=expected, todo=todo)
    return np.where(shown, percent, np.nan)


def youth_counts(care: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Give published counts the form of results, so that they stand in one table and figure with what is made of them.

    Parameters
    ----------
    care : pandas.DataFrame
        One row per combination of `by`, with ``youths`` (count), ``status``, ``synthetic`` and ``source``; ``rounded_to`` (the
        unit that the count is rounded to) when there is one.
    by : list of str
        The category columns; together they identify each row.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table: ``measure`` is youths, ``value`` and ``numerator`` the count,
        ``lower_rounding`` and ``upper_rounding`` the counts that agree with the rounding. A count has no interval.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a count is impossible or a combination occurs twice.

    Examples
    --------
    >>> care = pd.DataFrame({"origin": ["westers"], "youths": [3290], "status": ["shown"], "rounded_to": [5],
    ...                      "synthetic": [False], "source": ["CBS StatLine 82965NED"]})
    >>> youth_counts(care, by=["origin"])[["origin", "measure", "value", "lower_rounding", "upper_rounding"]]
        origin measure   value  lower_rounding  upper_rounding
    0  westers  youths  3290.0          3287.5          3292.5
    """
    where = "the table of counts"
    require_columns(care, ["status"], where=where)
    as_counts(care, by, counts=["youths"], where=where)
    youths = numbers(care["youths"])
    half = numbers(care["rounded_to"]) / 2 if "rounded_to" in care else np.nan
    bounds = {"lower_rounding": np.maximum(youths - half, 0), "upper_rounding": youths + half}
    words = {"measure": "youths", "per": "youths", "method": "count as published"}
    rows = care[[*by, "status", "synthetic", "source"]].assign(value=youths, numerator=youths, **bounds, **words)
    return result_table(rows, by)
