"""The regional series in which a change by the pilot would have to show, with their phases and the regions that are flagged."""

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.counts.published import implied_population
from bereik.data.datapackage import load
from bereik.errors import MissingColumnError
from bereik.tables import check_counts, check_statuses, one_value, require_columns, require_unique

__all__ = ["AFTER", "BEFORE", "outcomes_by_origin", "pilot_outcomes", "population_jumps"]

BEFORE, AFTER = (2016, 2019), (2022, 2023)  # 2020 and 2021 are the transition; 2015 and 2024 are left out
_LARGEST_JUMP = (
    3.0  # % from one year to the next; rounding of the percentage to 0.1 moves a population by 1.4 % at most
)
_TRAJECTORIES = ("without_residence", "with_residence", "protection", "probation")
_IN_KIND = "care_in_kind"
_KEYS = ["form", "period_kind", "period", "year", "phase", "region_code", "region"]
_FIGURES = ["value", "per", "population", "flagged", "status", "synthetic", "source"]
_LEVEL = ["period", "period_kind", "region_code", "region"]


def pilot_outcomes() -> pd.DataFrame:
    """Give the series of all youth-care regions (*jeugdregio's*), 2016-2023, that a before-and-after comparison can use.

    Returns
    -------
    pandas.DataFrame
        One row per form of care, period and region: ``form``, ``period_kind`` (year, half-year, date: separate series, never
        mixed), ``period``, ``year``, ``phase`` (before: 2016-2019; transition: 2020-2021, shown and never counted; after:
        2022-2023), ``region_code``, ``region``, ``value``, ``per`` (100 youths, or 1,000 youths for trajectories),
        ``population`` (youths aged 0-22 that the published figures imply), ``flagged`` (the implied population of the region
        jumps, see `population_jumps`), ``status``, ``synthetic``, ``source``.

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
    (*woonplaatsbeginsel*); 2020 and 2021 are pandemic years.

    Examples
    --------
    >>> table = pilot_outcomes()
    >>> one = table[(table["region"] == "Haaglanden") & (table["form"] == "youth_care") & (table["period"] == "2019")]
    >>> one[["phase", "value", "flagged"]].values.tolist()
    [['before', 10.4, False]]
    """
    totals = load("care_totals").query("region_kind == 'jeugdregio' and form == 'youth_care'").astype({"region": "str"})
    by_kind = [implied_population(rows, _LEVEL) for _, rows in totals.groupby("period_kind")]
    counts = pd.concat(by_kind, ignore_index=True).astype(dict.fromkeys(_LEVEL, "str"))
    years = counts[counts["period_kind"] == "year"]
    percent = (100 * counts["users"] / counts["population"]).astype("float64").round(1)  # as it was published
    use = counts.assign(form="youth_care", value=percent, per="100 youths")
    jumps = population_jumps(years)
    table = pd.concat([use, _trajectory_rates(years)], ignore_index=True)
    return _with_phase(table.assign(flagged=table["region"].isin(jumps["region"])))


def population_jumps(years: pd.DataFrame) -> pd.DataFrame:
    """List the regions whose implied population jumps between two years: their boundaries or their percentages changed.

    Parameters
    ----------
    years : pandas.DataFrame
        A count table of full years by ``period`` and ``region`` (see `bereik.implied_population`): ``population`` is used.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``period`` (the later year) and ``change`` (% from one year to the next), for changes of more than 3 %.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    IncomparableError
        When half-years and years are mixed.

    Notes
    -----
    The number of youths of a region moves by about 1 % a year; the published percentage, rounded to 0.1, moves it by
    at most about 1.4 %. A larger jump means that the figures of the two years are not about the same region.

    Examples
    --------
    >>> years = pd.DataFrame({"period": ["2018", "2019"], "region": "A", "population": [50000, 60000]})
    >>> population_jumps(years).values.tolist()
    [['A', '2019', 20.0]]
    """
    require_columns(years, ["period", "region", "population"], where="the populations")
    one_period_kind(years, where="the populations")
    wide = (
        years.pivot(index="period", columns="region", values="population").astype("float64").sort_index(kind="stable")
    )
    change = (100 * wide.pct_change(fill_method=None)).round(1)
    long = change.melt(ignore_index=False, value_name="change", var_name="region").reset_index()
    return long.loc[long["change"].abs() > _LARGEST_JUMP, ["region", "period", "change"]].reset_index(drop=True)


def outcomes_by_origin(care: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Give the share of an origin group among the youths in care per region, in the shape of `pilot_outcomes`.

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
        The columns of `pilot_outcomes`; ``value`` is the number of youths of the origin per 100 youths in care, ``population``
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
    No public table has youths by origin per region at these ages, so this is a share of youths *in care*, not a rate: it
    also changes when the origins of the population change, or when use by others does.

    Examples
    --------
    >>> from bereik.data.datapackage import load
    >>> table = outcomes_by_origin(load("care_by_origin"), "niet_westers")
    >>> sorted(table["year"].unique().tolist())
    [2016, 2017]
    """
    keys = ["period", "region_code", "region", "origin"]
    columns = [*keys, "region_kind", "origin_scheme", "form", "youths", "status", "synthetic", "source"]
    where = "the table of youths in care by origin"
    require_columns(care, columns, where=where)
    full = care["period"].astype("str").str.fullmatch(r"\d{4}")
    rows = care[full & (care["region_kind"] == "jeugdregio") & (care["form"] == _IN_KIND)].astype(
        dict.fromkeys(keys, "str")
    )
    rows = rows[rows["origin"].isin([origin, "total"]) & _in_window(rows["period"])]
    if not {origin, "total"} <= set(rows["origin"]):
        raise MissingColumnError([origin, "total"], set(care["origin"]), where=f"{where}, {_IN_KIND}, as origin,")
    one_value(rows, "origin_scheme", where=where)
    require_unique(rows, keys, where=where)
    check_statuses(rows)
    check_counts(rows, ["youths"], where=where)
    wide = rows.set_index(keys)[["youths", "status"]].unstack("origin")
    own, whole = (_number(wide["youths"][name]) for name in (origin, "total"))
    status = wide["status"][origin].where(wide["status"][origin] != "shown", wide["status"]["total"])
    table = wide.index.to_frame(index=False).assign(
        form=_IN_KIND, period_kind="year", value=(100 * own / whole.where(whole > 0)).to_numpy(), per="100 youths in care",
        population=whole.to_numpy(), flagged=False, status=status.to_numpy(), synthetic=bool(rows["synthetic"].iloc[0]),
        source=rows.groupby("period")["source"].first().reindex(wide.index.get_level_values("period")).to_numpy(),
    )  # fmt: skip
    empty = (table["status"] == "shown") & table["value"].isna()
    return _with_phase(table.assign(status=table["status"].mask(empty, "undefined")))


def _trajectory_rates(years: pd.DataFrame) -> pd.DataFrame:
    """Give trajectories on the reference dates per 1,000 youths of the year."""
    table = load("trajectories").query("region_kind == 'jeugdregio'").astype({"region": "str", "form": "str"})
    table = table[table["form"].isin(_TRAJECTORIES)].assign(year=table["period"].str[:4])
    people = years[["region_code", "period", "population"]].rename(columns={"period": "year"})
    table = table.merge(people, on=["region_code", "year"], how="inner")
    rate = 1000 * _number(table["trajectories"]) / _number(table["population"])
    return table.assign(value=rate, per="1,000 youths").drop(columns="year")


def _with_phase(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the years of the comparison, and say in which phase each is."""
    table = table[_in_window(table["period"])].copy()
    year = table["period"].str[:4].astype("int64")
    phase = np.select([year <= BEFORE[1], year >= AFTER[0]], ["before", "after"], "transition")
    order = table["form"].map({form: place for place, form in enumerate(("youth_care", *_TRAJECTORIES))})
    table = table.assign(year=year, phase=phase, order=order).sort_values(
        ["order", "period_kind", "period", "region_code"], kind="stable"
    )
    return table[[*_KEYS, *_FIGURES]].reset_index(drop=True)


def _in_window(period: pd.Series) -> pd.Series:
    return period.str[:4].astype("int64").between(BEFORE[0], AFTER[1])


def _number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values).astype("float64")
