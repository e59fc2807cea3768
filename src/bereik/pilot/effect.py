"""How far one region departs from the others after the pilot, by its rank among all, and what could have been seen at all."""

from itertools import combinations
from math import ceil, comb
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.pilot.outcomes import AFTER, BEFORE, LOG_ODDS
from bereik.rates.results import check_results
from bereik.tables import numbers, one_value, require_numbers, result_table

Span = tuple[int, int]
LEVEL, POWER = 0.05, 0.8
_TOLERANCE = 1e-9
_SETS = 1000  # of regions, drawn when there are more
_PER = {  # the unit of each measure that is not in points of the outcome
    "change_in_percent": "% of the mean of all regions before",
    "pre_trend": "points a year",
    "detectable_change_in_group": "% of use by the group",
    "false_alarms": "1",
}


class Series(NamedTuple):
    """One outcome of all regions: periods before and after x regions, with their years and which are before."""

    table: pd.DataFrame
    years: np.ndarray
    before: np.ndarray
    labels: dict[str, Any]

    def contrasts(self) -> dict[str, np.ndarray]:
        """Weigh the periods: after minus before, the same beyond the line before carried on, and the slope of that line."""
        early, late = self.years[self.before], self.years[~self.before]
        apart = np.where(self.before, self.years - early.mean(), 0)
        slope = apart / (apart**2).sum()
        plain = np.where(self.before, -1 / len(early), 1 / len(late))
        return {"plain": plain, "trend_adjusted": plain - (late.mean() - early.mean()) * slope, "pre_trend": slope}

    def changes(self, members: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Give for each set of regions (sets x regions, 1 or 0) and statistic the change, and what it is divided by."""
        apart = _beside_others(members) @ self.table.to_numpy().T
        error = apart[:, self.before].std(axis=1, ddof=1)
        if (error < _TOLERANCE).any():
            still = self.table.columns[members[error < _TOLERANCE][0] > 0].tolist()
            fault = f"{', '.join(still)!r} does not vary relative to the other regions before"
            todo = "leave the region out, or choose an outcome that is not constant"
            raise BereikError(fault, "a series with an error of its own, by which its change is measured", todo)
        changes = {name: (apart @ weights, np.ones(len(apart))) for name, weights in self.contrasts().items()}
        return changes | {"standardised": (changes["plain"][0], error)}

    @property
    def of_group(self) -> bool:
        """Whether the outcome is use by a group relative to others, on the scale of the logarithm."""
        return bool(self.labels["per"] == LOG_ODDS)

    def limits(self, sizes: np.ndarray, place: int) -> dict[str, float]:
        """Give the limits of a change in a region from the sizes that would have to be taken out, up and down."""
        number = self.table.shape[1]
        # use without it, not below 0
        possible = self.of_group or self.table.iloc[~self.before, place].mean() >= sizes[1]
        return {"lower": -sizes[0], "upper": sizes[1] if possible else np.nan, "confidence": 1 - _most(number) / number}

    def results(self, rows: pd.DataFrame, words: str, by: list[str]) -> pd.DataFrame:
        """Make a result table of rows, with what all results of a series share."""
        points = "log points" if self.of_group else f"points, per {self.labels['per']}"
        same = {name: self.labels[name] for name in ("form", "period_kind", "period", "synthetic", "source")}
        per = rows["measure"].map(_PER).fillna(points).mask(rows["measure"].str.endswith("_p"), "1")
        rows = rows.replace([np.inf, -np.inf], np.nan)
        status = np.where(rows["value"].isna(), "undefined", "shown")
        said = {"relative_to": "all other regions", "status": status, "per": per}
        method = f"difference in differences; {self.labels['words']}; {words}"
        return result_table(rows.assign(**same, **said, method=method), ["form", "period_kind", "period", *by])


def difference_in_differences(
    outcomes: pd.DataFrame, region: str, *, before: Span = BEFORE, after: Span = AFTER
) -> pd.DataFrame:
    """Compare the change in one region with that in all others, and rank it among the same of every region.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period of `regional_outcomes` (or of a table of that shape).
    region : str
        The region of the pilot.
    before, after : tuple of int
        First and last year of the periods before and after; years between are not counted.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``period`` (before to after) and ``region``. For each region
        ``difference_in_differences`` (mean after minus mean before, minus the same in the other regions; points) and
        ``change_in_percent`` (the same, as % of the mean of all regions before). For `region` also: ``lower`` and ``upper``
        (the changes that the test does not reject; missing where use without that change would be below 0, and where no change
        is rejected), ``placebo_p`` (``numerator`` of ``denominator`` regions whose change is at least as far from 0),
        ``pre_trend`` (slope of the departures before, points a year), ``trend_adjusted`` (the change beyond that slope carried
        on, with limits), ``pre_period_error`` (standard deviation of the departures before), and for the ranks of these
        ``pre_trend_p``, ``trend_adjusted_p``, ``pre_period_error_p`` and ``standardised_p`` (of the change divided by that
        error).

    Raises
    ------
    UnknownNameError
        When `region` is not in the outcomes, or misses a figure before or after.
    IncomparableError, BereikError
        When series are mixed, or there are fewer than 3 periods before, 1 after, or 20 regions; when `after` does not begin
        after `before` has ended; when a region does not vary before, so that its error is 0.
    InvalidTableError
        When a region occurs twice in a period, or a year or value is no number.

    Notes
    -----
    With one treated region cluster-robust and bootstrap errors are invalid; every region takes the part of the treated one in
    turn, and p = k / m, two-sided, k = regions with a change at least as large, the region itself included (Conley & Taber
    2011; Abadie, Diamond & Hainmueller 2010). With 42 regions the smallest p is 1/42 = 0.024, and a test at 5 % rejects in
    2/42 = 4.8 % of cases without effect, over all regions. One that varies more than others is rejected more often (Ferman &
    Pinto 2019; simulated, with errors that differ by six times: the quietest never, the middle one in 2 %, the upper quarter in
    6 %, the noisiest in 16 %): look at ``pre_period_error_p``. To divide by its own error mends that (4 to 5 % for each of
    them), and to carry its slope on mends a trend, but with four years before both see only larger changes
    (`detectable_change`): the plain change is primary. A break in the source does not cancel where regions differ in its size.
    There is no synthetic control: with fewer periods before than other regions, a mix of them fits almost any series, and the
    distance after is divided by almost nothing.

    Examples
    --------
    >>> from bereik.pilot import regional_outcomes
    >>> use = regional_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = difference_in_differences(use, "Haaglanden")
    >>> own = table[table["region"] == "Haaglanden"].set_index("measure")["value"].round(2)
    >>> own[["difference_in_differences", "trend_adjusted", "placebo_p"]].tolist()
    [-0.72, 1.28, 0.52]
    """
    series = _read_series(outcomes, region, before, after)
    regions, members = series.table.columns, np.eye(series.table.shape[1])
    place, changes = regions.get_loc(region), series.changes(members)
    plain, error = changes["standardised"]
    percent = plain if series.of_group else 100 * plain / series.table[series.before].to_numpy().mean()
    of_all = {"difference_in_differences": plain, "change_in_percent": percent}
    rows = pd.DataFrame(of_all, regions).melt(var_name="measure", ignore_index=False).reset_index()
    kept = ("plain", "trend_adjusted")
    limits = [series.limits(_seen_from(*changes[name], members)[:, place], place) for name in kept]
    rows.loc[place, [*limits[0]]] = [*limits[0].values()]
    own = {name: changes[name][0] for name in ("trend_adjusted", "pre_trend")} | {"pre_period_error": error}
    of_region = [{"measure": name, "value": one[place]} for name, one in own.items()]
    of_region[0] |= limits[1]
    ranked = {"placebo": plain, "standardised": plain / error, **own}
    of_region += [_rank(f"{name}_p", one, place) for name, one in ranked.items()]
    rows = pd.concat([rows, pd.DataFrame(of_region).assign(region=region)])
    return series.results(rows, "placebo in every region", ["region"])


def detectable_change(
    outcomes: pd.DataFrame,
    region: str,
    *,
    share_of_users: float | None = None,
    treated: int = 1,
    before: Span = BEFORE,
    after: Span = AFTER,
) -> pd.DataFrame:
    """Say what size of change the placebo test could have seen at all, after a pilot in one region or in several.

    Parameters
    ----------
    outcomes, region, before, after
        See `difference_in_differences`. Sizes are told at the level of `region` before.
    share_of_users : float, for outcomes of all youths
        Part (0-1) of the users of this form who belong to the group that the pilot was for. Outcomes of `outcomes_by_origin`
        are about the group itself, and need none.
    treated : int
        In how many regions the pilot is.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``period``, ``region``, ``treated`` and ``statistic`` (plain: the change
        itself; trend_adjusted; standardised, for one region: see `difference_in_differences`): ``detectable_change`` (points of
        100 or 1,000 youths; by origin, of 100 youths in care), ``detectable_change_in_group`` (% change in use by the group
        that makes it; by origin, more use by the group while that by others stays the same), ``smallest_p`` (1 by the number of
        sets of so many regions) and ``false_alarms`` (share of tests that reject without any change). Undefined where no size
        is seen often enough.

    Raises
    ------
    UnknownNameError, IncomparableError
        See `difference_in_differences`.
    BereikError
        Also when the share is not between 0 and 1, is missing, or is given for outcomes by origin; when `treated` is not between
        1 and half the number of regions.

    Notes
    -----
    Each set of so many regions in turn gets a change of the same size, upwards and downwards; it is seen when p is at most 5 %
    and its direction is right. The smallest one seen in 80 % of these tests is given. So the actual departures of the regions
    stand in for chance. With more than one region p is the rank among sets of as many: all of them, or 1,000 that are drawn
    (always the same), which is exact for regions that were chosen by lot (Rosenbaum 2002; Hemerik & Goeman 2018). Regions with
    the change that are in another set move it too. The size is read from one set of years: in simulated other years it was seen
    in 72 % (one region) to 82 % of cases.

    Examples
    --------
    >>> from bereik.pilot import regional_outcomes
    >>> use = regional_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = detectable_change(use, "Haaglanden", share_of_users=0.32)
    >>> table[table["measure"] == "detectable_change"][["statistic", "value"]].round(1).values.tolist()
    [['plain', 3.3], ['trend_adjusted', 4.4], ['standardised', 9.5]]
    """
    series = _read_series(outcomes, region, before, after)
    if not (share_of_users is None if series.of_group else isinstance(share_of_users, Real) and 0 < share_of_users < 1):
        expected = "a number between 0 and 1 with outcomes of all youths, none with outcomes by origin"
        raise BereikError(f"`share_of_users` is {share_of_users!r}", expected, "give what the outcomes need")
    members = _sets(series.table.shape[1], treated)
    level, changes, rows = series.table.loc[series.before, region].mean(), series.changes(members), []
    for statistic in ("plain", "trend_adjusted", *["standardised"][: treated == 1]):
        change, unit = changes[statistic]
        sizes = np.sort(_seen_from(change, unit, members), axis=None, kind="stable")
        points = in_group = sizes[ceil(POWER * sizes.size) - 1]
        if series.of_group:
            share, later = (100 / (1 + np.exp(-value / 100)) for value in (level, level + points))
            points, in_group = later - share, 100 * np.expm1(points / 100)
        else:
            in_group = 100 * points / level / share_of_users
        found = {"detectable_change": points, "detectable_change_in_group": in_group}
        found |= {"smallest_p": 1 / comb(members.shape[1], treated), "false_alarms": _most(len(change)) / len(change)}
        rows += [{"measure": name, "value": value, "statistic": statistic} for name, value in found.items()]
    per = "100 youths in care" if series.of_group else series.labels["per"]
    series = series._replace(labels=series.labels | {"per": per})
    words = f"power {POWER:g}" + (f", share of users {share_of_users:.3f}" if share_of_users else "")
    table = pd.DataFrame(rows).assign(region=region, treated=treated)
    return series.results(table, words, ["region", "treated", "statistic"])


def _read_series(outcomes: pd.DataFrame, region: str, before: Span, after: Span) -> Series:
    """Read one series of outcomes, and leave out regions that miss a figure before or after."""
    keys, where = ["form", "period_kind", "period", "region"], "the outcomes"
    _check_spans(before, after)
    check_results(outcomes, ["year", "value", "per"], keys, where)
    require_numbers(outcomes, ["year"])
    outcomes = outcomes.assign(**{name: numbers(outcomes[name]) for name in ("year", "value")})
    labels = {name: one_value(outcomes, name, where=where) for name in ("form", "period_kind", "per", "synthetic")}
    one_period_kind(outcomes, where=where)
    shown = outcomes["value"].where(outcomes["status"] == "shown")
    wide = outcomes.assign(value=shown).pivot(index="period", columns="region", values="value")
    years = outcomes.groupby("period")["year"].first().loc[wide.index].to_numpy()
    early, late = ((years >= first) & (years <= last) for first, last in (before, after))
    for name, used, (first, last), fewest in (("before", early, before, 3), ("after", late, after, 1)):
        if used.sum() < fewest:
            fault = f"{used.sum()} periods {name} ({first}-{last}) in the outcomes"
            raise IncomparableError(fault, f"at least {fewest}", "add years, or choose other years")
    used = early | late
    complete = wide.loc[used, wide[used].notna().all()]
    if complete.shape[1] < 1 / LEVEL:
        fault = f"{complete.shape[1]} regions with all figures before and after"
        expected = f"at least {1 / LEVEL:.0f}: with fewer, no region can be among the most extreme {LEVEL:.0%}"
        raise IncomparableError(fault, expected, "add regions, or choose a form that is published for more of them")
    if not isinstance(region, str) or region not in complete:
        todo = "check the spelling; a region with a figure that is not published before or after cannot be compared"
        raise UnknownNameError("region", region, complete.columns, where=where, todo=todo)
    left_out = wide.shape[1] - complete.shape[1]
    note = f"; {left_out} regions without a published figure left out" if left_out else ""
    labels["period"] = f"{before[0]}-{before[1]} to {after[0]}-{after[1]}"
    labels["words"] = f"{labels['period']}{note}"
    labels["source"] = "; ".join(sorted(outcomes["source"].astype("str").str.split("; ").explode().unique()))
    half = np.where(complete.index.str.endswith(("H2", "-12-31")), 0.5, 0.0)
    return Series(complete, years[used] + half, early[used], labels)


def _check_spans(before: Span, after: Span) -> None:
    """Raise unless both are a first and a last year, and the second begins after the first has ended."""
    years = [year for span in (before, after) if isinstance(span, tuple | list) and len(span) == 2 for year in span]
    whole = len(years) == 4 and all(isinstance(year, Integral) for year in years)
    if not (whole and years[0] <= years[1] < years[2] <= years[3]):
        expected = "for both the first and the last year, in order, and no year of `before` in or beyond `after`"
        todo = "as in before=(2016, 2019), after=(2022, 2023)"
        raise BereikError(f"before={before!r} and after={after!r}", expected, todo)


def _most(number: int) -> int:
    """Give how many of so many tests without any change may reject."""
    return int(LEVEL * number)


def _rank(name: str, statistic: np.ndarray, at: int) -> dict[str, Any]:
    """Make a row with how many regions are at least as far from zero as the one at a place, itself included."""
    size = np.abs(statistic)
    extreme = int((size >= size[at] * (1 - _TOLERANCE)).sum())
    return {"measure": name, "value": extreme / len(size), "numerator": extreme, "denominator": len(size)}


def _sets(regions: int, treated: int) -> np.ndarray:
    """Give sets of so many regions (sets x regions, 1 for a member): all of them, or as many as are drawn."""
    if not (isinstance(treated, Integral) and 1 <= treated < regions / 2):
        expected = f"1 to {(regions - 1) // 2} of {regions} regions"
        raise BereikError(f"treated={treated!r}", expected, "choose fewer regions")
    if comb(regions, int(treated)) <= _SETS:
        chosen = set(combinations(range(regions), int(treated)))
    else:
        draw, chosen = np.random.default_rng(1), set()
        while len(chosen) < _SETS:
            chosen.add(tuple(sorted(draw.choice(regions, treated, replace=False).tolist())))
    members = np.zeros((len(chosen), regions))
    np.put_along_axis(members, np.array(sorted(chosen)), 1, axis=1)
    return members


def _beside_others(members: np.ndarray) -> np.ndarray:
    """Weigh the regions of each set against all others."""
    size = members.sum(axis=1, keepdims=True)
    return np.asarray(members / size - (1 - members) / (members.shape[1] - size))


def _seen_from(change: np.ndarray, unit: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Give the size from which on a change up, and one down, makes each set one of the most extreme in that direction.

    Another set is at least as far until the size at which they tie; the changes of both are in units of the first one, and the
    other one moves with it. What the test does not reject is given by the same sizes: it is what has to be taken out.
    """
    ratio = unit / unit[:, None]
    other, along = change[:, None] * ratio, _beside_others(members) @ members.T * ratio
    ends = []
    for sign in (1, -1):
        with np.errstate(divide="ignore", invalid="ignore"):
            tied = np.maximum(sign * (other - change) / (1 - along), -sign * (other + change) / (1 + along))
        tied[np.abs(along) >= 1] = np.inf
        np.fill_diagonal(tied, -np.inf)
        ends.append(-np.sort(-tied, axis=0, kind="stable")[_most(len(change)) - 1])
    return np.array(ends)
