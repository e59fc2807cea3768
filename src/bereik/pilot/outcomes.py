"""The regional series in which a change by the pilot would have to show, with their phases and the regions that are flagged."""

import numpy as np
import pandas as pd

from bereik.counts.published import implied_population
from bereik.counts.table import as_counts
from bereik.data.load import load
from bereik.rates.results import check_known
from bereik.tables import numbers, one_value, require_columns

BEFORE, AFTER = (2016, 2019), (2022, 2023)  # 2020 and 2021 are the transition; 2015 and 2024 are left out
LOG_ODDS = "100 x log odds"  # the unit of outcomes by origin
_LARGEST_JUMP = 3.0  # % a year; rounding of the percentage to 0.1 moves a population by 1.4 % at most
_FORMS = ("youth_care", "without_residence", "with_residence", "protection", "probation")
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


def outcomes_by_origin(care: pd.DataFrame, origin: str, form: str) -> pd.DataFrame:
    """Give use by an origin group relative to that by other origins, per region and half-year, for a before-and-after comparison.

    Parameters
    ----------
    care : pandas.DataFrame
        Youths in care by origin, as ``bereik.load("care_by_origin")`` gives them: ``period``, ``region_code``, ``region``,
        ``region_kind``, ``origin_scheme``, ``origin`` (with ``total``), ``form``, ``youths``, ``status``, ``synthetic`` and
        ``source``. Half-years are used. The bundled ones end in 2017; a reader who has those of later years adds their rows.
    origin : str
        Code of the origin group.
    form : str
        Code of the form of care.

    Returns
    -------
    pandas.DataFrame
        ``form``, ``period_kind``, ``period``, ``year``, ``region_code``, ``region``, ``value`` (100 times the natural logarithm
        of the youths of the origin per youth of any other origin in care: a change of 1 is about 1 %), ``per``, ``population``
        (the youths in care of all origins), ``status``, ``synthetic`` and ``source``.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    UnknownNameError
        When no half-year of this form has this origin, or none has the total.
    IncomparableError
        When two origin schemes (before and from 2022) stand in one series: keep each apart (`bereik.codelist`, origin_mapping).
    InvalidTableError
        When a combination occurs twice or a count is impossible.

    Notes
    -----
    Youths by origin of a region are published for 2016 only, so this is about youths *in care*, and no rate: it also
    changes when the origins of the population change, or when use by others does. On the scale of the logarithm the same
    relative change is the same size in each region, whatever the share of the group there.

    Examples
    --------
    >>> from bereik.data.load import load
    >>> table = outcomes_by_origin(load("care_by_origin"), "niet_westers", "without_residence")
    >>> table.query("region == 'Haaglanden' and period == '2017H2'")[["population", "value"]].round(1).values.tolist()
    [[24225.0, -81.9]]
    """
    level, where = ["period", "region_code", "region"], "the table of youths in care by origin"
    require_columns(care, [*level, "origin", "region_kind", "origin_scheme", "form", "status"], where=where)
    half_year = care["period"].astype("str").str[4:].isin(["H1", "H2"])
    rows = care[half_year & (care["region_kind"] == "jeugdregio") & (care["form"] == form)]
    for name in (origin, "total"):
        check_known("origin", name, rows["origin"].astype("str").unique().tolist(), where=f"{where}, {form!r}")
    rows = rows[rows["origin"].isin([origin, "total"])]
    one_value(rows, "origin_scheme", where=where)
    by = [*level, "origin"]
    checked = as_counts(rows, by, counts=["youths"], where=where).astype(dict.fromkeys([*by, "status"], "str"))
    totals = checked[checked["origin"] == "total"][[*level, "youths", "status"]]
    table = checked[checked["origin"] == origin].merge(totals, on=level, suffixes=("", "_total"))
    whole, of_group = numbers(table["youths_total"]), numbers(table["youths"])
    others = np.where((whole > of_group) & (of_group > 0), whole - of_group, np.nan)
    value = 100 * np.log(of_group / others)
    status = table["status"].where(table["status"] != "shown", table["status_total"])
    status = status.mask((status == "shown") & np.isnan(value), "undefined")
    same = {"form": form, "period_kind": "half-year", "per": LOG_ODDS, "year": table["period"].str[:4].astype("int64")}
    table = table.assign(value=np.where(status == "shown", value, np.nan), population=whole, status=status, **same)
    return table[[name for name in _COLUMNS if name not in ("phase", "flagged")]]


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
