"""The regional series in which a change by the pilot would have to show, with their phases and the regions that are flagged."""

import numpy as np
import pandas as pd

from bereik.counts.published import implied_population
from bereik.counts.table import as_counts
from bereik.data.load import load
from bereik.errors import MissingColumnError
from bereik.tables import numbers, one_value, require_columns

BEFORE, AFTER = (2016, 2019), (2022, 2023)  # 2020 and 2021 are the transition; 2015 and 2024 are left out
_LARGEST_JUMP = 3.0  # % a year; rounding of the percentage to 0.1 moves a population by 1.4 % at most
_FORMS = ("youth_care", "without_residence", "with_residence", "protection", "probation")
_YEARS = [str(year) for year in range(BEFORE[0], AFTER[1] + 1)]
_COLUMNS = [
    *("form", "period_kind", "period", "year", "phase", "region_code", "region"),
    *("value", "per", "population", "flagged", "status", "synthetic", "source"),
]


def regional_outcomes() -> pd.DataFrame:
    """Give the series of all youth-care regions (*jeugdregio's*), 2016-2023, that a before-and-after comparison can use.

    Returns
    -------
    pandas.DataFrame
        One row per form of care, period and region: ``form``, ``period_kind`` (year, half-year, date: separate series, never
        mixed), ``period``, ``year``, ``phase`` (before: 2016-2019; transition: 2020-2021, shown and never counted; after:
        2022-2023), ``region_code``, ``region``, ``value``, ``per`` (100 youths, or 1,000 youths for trajectories),
        ``population`` (youths aged 0-22 that the published figures imply), ``flagged`` (the implied population of the region
        jumps by more than 3 % between two years), ``status``, ``synthetic``, ``source``.

    Raises
    ------
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    ``youth_care``: youths in care per 100 youths (CBS StatLine 84134NED, 85099NED), per year and per half-year. Other forms:
    trajectories (*trajecten*) on 30 June and 31 December (82968NED, 85094NED) per 1,000 youths of that year, because the
    published percentages of these forms are rounded to 0.1 point, too coarse for forms of about 1 %. A youth can
    have more than one trajectory. Help by neighbourhood teams is left out: its share differs between regions by registration.
    Breaks: from 2021 more providers report; from 2022 another rule decides for which region a youth counts
    (*woonplaatsbeginsel*); 2020 and 2021 are pandemic years. The number of youths of a region moves by about 1 % a year; a
    jump (``flagged``) means that the figures of two years are not about the same region.

    Examples
    --------
    >>> table = regional_outcomes()
    >>> one = table[(table["region"] == "Haaglanden") & (table["form"] == "youth_care") & (table["period"] == "2019")]
    >>> one[["phase", "value", "flagged"]].values.tolist()
    [['before', 10.4, False]]
    """
    by = ["period", "period_kind", "region_code", "region"]
    totals = load("care_totals").query("region_kind == 'jeugdregio' and form == 'youth_care'").astype({"region": "str"})
    by_kind = [implied_population(rows, by) for _, rows in totals.groupby("period_kind")]
    counts = pd.concat(by_kind, ignore_index=True).astype(dict.fromkeys(by, "str"))
    years = counts[counts["period_kind"] == "year"]
    percent = (100 * counts["users"] / counts["population"]).astype("float64").round(1)  # as it was published
    use = counts.assign(form="youth_care", value=percent, per="100 youths")
    population = years.pivot(index="period", columns="region", values="population").astype("float64")
    jumps = population.sort_index(kind="stable").pct_change(fill_method=None).mul(100).round(1).abs().max()
    table = pd.concat([use, _trajectory_rates(years)], ignore_index=True)
    return _with_phase(table.assign(flagged=table["region"].map(jumps) > _LARGEST_JUMP))


def outcomes_by_origin(care: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Give the share of an origin group among the youths in care per region, in the shape of `regional_outcomes`.

    Parameters
    ----------
    care : pandas.DataFrame
        Youths in care by origin, as ``bereik.load("care_by_origin")`` gives them: ``period``, ``region_code``, ``region``,
        ``region_kind``, ``origin_scheme``, ``origin`` (with ``total``), ``form``, ``youths``, ``status``, ``synthetic`` and
        ``source``. Full years. The bundled years end in 2017; a reader who has StatLine 84135NED and 85100NED adds their rows.
    origin : str
        Code of the origin group.

    Returns
    -------
    pandas.DataFrame
        The columns of `regional_outcomes`; ``value`` is the number of youths of the origin per 100 youths in care, ``population``
        the youths in care of all origins. Only years of 2016-2023 that `care` has.

    Raises
    ------
    MissingColumnError
        When a column is absent, or no row of care in kind has this origin.
    IncomparableError
        When two origin schemes (before and from 2022) stand in one series: map them first with `bereik.map_origin`.
    InvalidTableError
        When a combination occurs twice or a count is impossible.

    Notes
    -----
    Youths by origin of a region are published for 2016 only, so this is a share of youths *in care*, not a rate: it also
    changes when the origins of the population change, or when use by others does.

    Examples
    --------
    >>> from bereik.data.load import load
    >>> table = outcomes_by_origin(load("care_by_origin"), "niet_westers")
    >>> sorted(table["year"].unique().tolist())
    [2016, 2017]
    """
    level, where = ["period", "region_code", "region"], "the table of youths in care by origin"
    require_columns(care, [*level, "origin", "region_kind", "origin_scheme", "form", "status"], where=where)
    rows = care[(care["region_kind"] == "jeugdregio") & (care["form"] == "care_in_kind")]
    rows = rows[rows["period"].astype("str").isin(_YEARS) & rows["origin"].isin([origin, "total"])]
    if not {origin, "total"} <= set(rows["origin"]):
        raise MissingColumnError([origin, "total"], set(care["origin"]), where=f"{where}, care in kind, as origin,")
    one_value(rows, "origin_scheme", where=where)
    by = [*level, "origin"]
    checked = as_counts(rows, by, counts=["youths"], where=where).astype(dict.fromkeys([*by, "status"], "str"))
    totals = checked[checked["origin"] == "total"][[*level, "youths", "status"]]
    table = checked[checked["origin"] == origin].merge(totals, on=level, suffixes=("", "_total"))
    whole = numbers(table["youths_total"])
    value = 100 * numbers(table["youths"]) / np.where(whole > 0, whole, np.nan)
    status = table["status"].where(table["status"] != "shown", table["status_total"])
    status = status.mask((status == "shown") & np.isnan(value), "undefined")
    same = {"form": "care_in_kind", "period_kind": "year", "per": "100 youths in care", "flagged": False}
    return _with_phase(table.assign(value=value, population=whole, status=status, **same))


def _trajectory_rates(years: pd.DataFrame) -> pd.DataFrame:
    """Give trajectories on the reference dates per 1,000 youths of the year."""
    table = load("trajectories").query("region_kind == 'jeugdregio'").astype({"region": "str", "form": "str"})
    table = table[table["form"].isin(_FORMS[1:])].assign(year=table["period"].str[:4])
    people = years[["region_code", "period", "population"]].rename(columns={"period": "year"})
    table = table.merge(people, on=["region_code", "year"], how="inner")
    rate = 1000 * numbers(table["trajectories"]) / numbers(table["population"])
    return table.assign(value=rate, per="1,000 youths")


def _with_phase(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the years of the comparison, and say in which phase each is."""
    year = table["period"].str[:4].astype("int64")
    phase = np.select([year <= BEFORE[1], year >= AFTER[0]], ["before", "after"], "transition")
    order = table["form"].map({form: place for place, form in enumerate(_FORMS)})
    table = table.assign(year=year, phase=phase, order=order)[year.between(BEFORE[0], AFTER[1])]
    table = table.sort_values(["order", "period_kind", "period", "region_code"], kind="stable")
    return table[_COLUMNS].reset_index(drop=True)
