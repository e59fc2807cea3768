"""How far one region departs from the others after the pilot, with placebo inference, and what could have been seen at all."""

from itertools import product
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.pilot.outcomes import AFTER, BEFORE
from bereik.rates.results import check_results
from bereik.tables import numbers, one_value, require_numbers, result_table

Span = tuple[int, int]
LEVEL = 0.05
_TOLERANCE = 1e-9
_STEPS, _POWER = 2000, 0.8
_POOREST_FIT = 0.5  # pre-RMSPE as part of the region's own standard deviation before: a quarter of its variance
_PER = {  # the unit of each measure that is not in points of the outcome
    "standardised_departure": "errors before",
    "pre_trend": "points a year",
    "detectable_change_in_group": "% of use by the group",
    "poor_fit": "own standard deviations before",
    "rmspe_ratio": "ratio",
    **dict.fromkeys(["placebo_p", "placebo_p_plain", "pre_trend_p", "power", "donor_weight"], "1"),
}


class Series(NamedTuple):
    """One outcome of all regions: periods x regions, the periods before and after, the place of the region of the pilot."""

    table: pd.DataFrame
    years: np.ndarray
    before: np.ndarray
    after: np.ndarray
    size: np.ndarray
    place: int
    labels: dict[str, Any]

    def departures(self, weights: np.ndarray) -> np.ndarray:
        """Give each region minus its comparison regions, in each period, minus the mean of that before."""
        values, present = self.table.fillna(0).to_numpy(), self.table.notna().to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = self.table.to_numpy() - values @ weights.T / (present @ weights.T)
        return np.asarray(apart - apart[self.before].mean(axis=0))

    def changes(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give of each region the change, its own error before, and the slope of its departures before (a year)."""
        apart = self.departures(weights)
        error = apart[self.before].std(axis=0, ddof=1)
        if (error < _TOLERANCE).any():
            fault = f"{self.table.columns[error < _TOLERANCE][0]!r} does not vary relative to the other regions before"
            todo = "leave the region out, or choose an outcome that is not constant"
            raise BereikError(fault, "a series with an error of its own, by which its change is measured", todo)
        slope = np.polyfit(self.years[self.before], apart[self.before], 1)[0]
        return apart[self.after].mean(axis=0), error, slope

    def equal_weights(self, similar: int | None = None) -> np.ndarray:
        """Weigh all other regions equally, or only those nearest in number of youths."""
        number = self.table.shape[1]
        most = number - 1 if similar is None else similar
        if not (isinstance(most, Integral) and 2 <= int(most) <= number - 1):
            raise BereikError(f"similar={similar!r}", f"2 to {number - 1} regions", "choose fewer or more regions")
        most = int(most)
        if similar is not None and not (sized := np.isfinite(self.size) & (self.size > 0)).all():
            fault = f"no population of {self.table.columns[~sized][0]!r} in the years before"
            raise BereikError(
                fault, "a number of youths for each region", "add it, leave the region out, or leave out `similar`"
            )
        size = self.size if similar is not None else np.ones(number)
        apart = np.abs(np.log(size)[:, None] - np.log(size))
        np.fill_diagonal(apart, np.inf)
        weights = np.zeros((number, number))
        np.put_along_axis(weights, np.argsort(apart, axis=1, kind="stable")[:, :most], 1 / most, axis=1)
        return weights

    def placebo(self, measure: str, statistic: np.ndarray) -> dict[str, Any]:
        """Give the row of a result table with p by rank: how many regions are at least as extreme, of how many."""
        extreme, regions = _at_least_as_far(statistic, self.place), len(statistic)
        return {"measure": measure, "value": extreme / regions, "numerator": extreme, "denominator": regions}

    def results(self, rows: pd.DataFrame, compared: str, by: list[str]) -> pd.DataFrame:
        """Make a result table of rows: with what all results of a series share, shown unless they have a status."""
        words = f"difference in differences with {compared}; {self.labels['words']}; placebo in every region"
        per = rows["measure"].map(_PER).fillna(f"points, per {self.labels['per']}")
        status = rows["status"].fillna("shown") if "status" in rows else "shown"
        same = {name: self.labels[name] for name in ("form", "period_kind", "synthetic", "source")}
        rows = rows.assign(**same, per=per, status=status, relative_to=compared, method=words)
        return result_table(rows, ["form", "period_kind", *by])


def difference_in_differences(
    outcomes: pd.DataFrame, region: str, *, similar: int | None = None, before: Span = BEFORE, after: Span = AFTER
) -> pd.DataFrame:
    """Compare the change in one region with that in the others, and rank it among placebo changes of all regions.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period of `regional_outcomes` (or of a table of that shape).
    region : str
        The region of the pilot.
    similar : int, optional
        Compare each region with this many regions nearest in number of youths; all others when not given.
    before, after : tuple of int
        First and last year of the periods before and after; years between are not counted.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind`` and ``region``. For each region: ``difference_in_differences`` (mean after
        minus mean before, minus the same in its comparison regions; points), ``pre_period_error`` (standard deviation of its
        departures before) and ``standardised_departure`` (the first divided by the second). For `region` also: ``lower`` and
        ``upper`` (changes that the placebo test does not reject), ``placebo_p`` (``numerator`` of ``denominator`` regions whose
        standardised departure is at least as far from 0), ``placebo_p_plain`` (the same with the change itself),
        ``pre_trend`` (slope of the departures before, points a year) and ``pre_trend_p`` (its rank, likewise).

    Raises
    ------
    UnknownNameError
        When `region` is not in the outcomes, or misses a figure before or after.
    IncomparableError, BereikError
        When series are mixed, or there are fewer than 3 periods before, 1 after, or 20 regions; when `after` does not begin
        after `before` has ended; when a region does not vary before, so that its error is 0; when `similar` is not between
        2 and the number of other regions, or a region has no population to be similar in.
    InvalidTableError
        When a region occurs twice in a period, or a year, value or population is no number.

    Notes
    -----
    With one treated region cluster-robust and bootstrap errors are invalid; every region takes the part of the treated one in
    turn, and p = k / m, two-sided, k = regions with a standardised departure at least as large, the region itself included
    (Conley & Taber 2011; Abadie, Diamond & Hainmueller 2010). The error of each region stands in the denominator because small
    regions vary more (Ferman & Pinto 2019). With 42 regions the smallest p is 1/42 = 0.024, and a test at 5 % rejects in
    2/42 = 4.8 % of cases without effect. The test supposes that regions are alike apart from size of error, and that
    nothing else happened to one region only: a break in the source does not cancel where regions differ in its size.

    Examples
    --------
    >>> from bereik.pilot import regional_outcomes
    >>> use = regional_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = difference_in_differences(use, "Haaglanden")
    >>> table.loc[table["region"] == "Haaglanden", ["measure", "value"]].round(2).values.tolist()[:2]
    [['difference_in_differences', -0.72], ['pre_period_error', 0.56]]
    """
    series = _read_series(outcomes, region, before, after)
    weights = series.equal_weights(similar)
    change, error, slope = series.changes(weights)
    of_all = {"difference_in_differences": change, "pre_period_error": error, "standardised_departure": change / error}
    rows = pd.DataFrame(of_all, series.table.columns).melt(var_name="measure", ignore_index=False).reset_index()
    confidence = 1 - np.floor(LEVEL * len(change)) / len(change)
    limits = _not_rejected(change, error, weights, series.place)
    rows.loc[series.place, ["lower", "upper", "confidence"]] = *limits, confidence
    ranked = {"placebo_p": change / error, "placebo_p_plain": change, "pre_trend_p": slope}
    of_region = [series.placebo(*one) for one in ranked.items()]
    of_region.insert(2, {"measure": "pre_trend", "value": slope[series.place]})
    compared = "all other regions" if similar is None else f"the {similar} other regions nearest in number of youths"
    return series.results(pd.concat([rows, pd.DataFrame(of_region).assign(region=region)]), compared, ["region"])


def detectable_change(outcomes: pd.DataFrame, region: str, *, share_of_users: float) -> pd.DataFrame:
    """Say what size of change in the region the placebo test could have seen at all, among all youths and within one group.

    Parameters
    ----------
    outcomes, region
        See `difference_in_differences`; the comparison is with all other regions.
    share_of_users : float
        Part (0-1) of the users of this form who belong to the group that the pilot was for.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``region``, ``statistic`` (standardised: the change divided by the error of
        the region before, as in `difference_in_differences`; plain: the change itself) and ``size`` (a supposed change in
        points; missing for the last two): ``power`` for sizes from 0 upwards, ``detectable_change`` (points among all youths,
        seen in 80 % of cases) and ``detectable_change_in_group`` (% change in use by the group that moves the total as much).

    Raises
    ------
    UnknownNameError, IncomparableError, BereikError
        See `difference_in_differences`; also when the share is not between 0 and 1, or no size in reach is enough.

    Notes
    -----
    Each region in turn gets a change of the same number of its own errors (with the plain statistic: of points), upwards and
    downwards; power is the share of these 2 x m tests with p of at most 5 %. So the actual departures of the regions stand in
    for chance in the years after. A change of x % in a group with a share s of the users moves the total by x s %.

    Examples
    --------
    >>> from bereik.pilot import regional_outcomes
    >>> use = regional_outcomes().query("form == 'youth_care' and period_kind == 'year'")
    >>> table = detectable_change(use, "Haaglanden", share_of_users=0.32)
    >>> sizes = table[table["measure"] == "detectable_change"]
    >>> sizes[["statistic", "value"]].round(1).values.tolist()
    [['standardised', 10.4], ['plain', 3.3]]
    """
    if not (isinstance(share_of_users, Real) and 0 < share_of_users < 1):
        raise BereikError(f"`share_of_users` is {share_of_users!r}", "a number between 0 and 1", "give such a number")
    series = _read_series(outcomes, region, BEFORE, AFTER)
    weights = series.equal_weights()
    change, error, _ = series.changes(weights)
    level = series.table.iloc[:, series.place].to_numpy()[series.before].mean()
    tables = []
    for statistic, unit in (("standardised", error), ("plain", np.ones(len(error)))):
        sizes, seen = _power(change, unit, weights)
        points = sizes * unit[series.place]
        enough = np.flatnonzero(seen < _POWER).max(initial=-1) + 1
        if enough == len(sizes):
            fault = f"a power of {_POWER} is not reached by a change of {points[-1]:.1f} points"
            raise BereikError(fault, "less", "use more regions or years")
        curve = pd.DataFrame({"measure": "power", "size": points, "value": seen})[:: _STEPS // 100]
        in_group = 100 * points[enough] / level / share_of_users
        least = {"detectable_change": points[enough], "detectable_change_in_group": in_group}
        tables += [table.assign(statistic=statistic) for table in (curve, _measures(least))]
    words = f"all other regions; power {_POWER:g}, share of users {share_of_users:.3f}"
    rows = pd.concat(tables, ignore_index=True).assign(region=region)
    return series.results(rows, words, ["region", "statistic", "size"])


def synthetic_control(outcomes: pd.DataFrame, region: str) -> pd.DataFrame:
    """Compare a region with the weighted mix of other regions that moved most like it before.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period of `regional_outcomes` (or of a table of that shape).
    region : str
        The region of the pilot.

    Returns
    -------
    pandas.DataFrame
        A result table by ``form``, ``period_kind``, ``region`` and ``period`` (missing where it is about all periods).
        ``donor_weight`` (0-1) for each region in the mix; for `region` ``pre_rmspe`` (distance to the mix before),
        ``left_out_rmspe`` (the same for each period before, by a mix chosen without that period), ``post_rmspe`` (after),
        ``poor_fit`` (pre-RMSPE divided by the region's own standard deviation before), ``synthetic_departure`` (per period, and
        the mean after), ``rmspe_ratio`` (post divided by left-out RMSPE) and ``placebo_p`` (its rank among all regions). The
        last four have status ``undefined`` when the pre-fit is poor: there is no result then.

    Raises
    ------
    UnknownNameError
        When `region` is not in the outcomes, or misses a figure before or after.
    IncomparableError
        When series are mixed, or there are fewer than 3 periods before, 1 after, or 20 regions.

    Notes
    -----
    Weights are at least 0, sum to 1 and minimise the squared distance before, of series minus their mean before (Abadie,
    Diamond & Hainmueller 2010; with demeaning: Ferman & Pinto 2021), by non-negative least squares (scipy). Poor fit: a
    pre-RMSPE above half the region's own standard deviation before. **With 4 to 9 periods and 41 donors the mix overfits**:
    often it fits without error, and post / pre RMSPE is a division by nothing. So the ratio has the left-out RMSPE
    below the line. Difference in differences is primary; this is a second look.

    Examples
    --------
    >>> from bereik.pilot import regional_outcomes
    >>> use = regional_outcomes().query("form == 'youth_care' and period_kind == 'half-year'")
    >>> table = synthetic_control(use, "Haaglanden").set_index("measure")
    >>> float(table.loc["poor_fit", "value"].round(2)), table.loc["placebo_p", "status"]
    (0.78, 'undefined')
    """
    series = _read_series(outcomes, region, BEFORE, AFTER)
    values, at = series.table.to_numpy(), series.place
    weights = _mixes(values[series.before])
    apart = series.departures(weights)
    missed = (apart[series.before], apart[series.after], _left_out(values[series.before]))
    pre, post, left_out = (np.sqrt((errors**2).mean(axis=0)) for errors in missed)
    spread = values[series.before, at].std()
    fit = pre[at] / spread if spread > 0 else np.inf
    donors = pd.DataFrame({"region": series.table.columns, "measure": "donor_weight", "value": weights[at]})
    distances = {"pre_rmspe": pre[at], "left_out_rmspe": left_out[at], "post_rmspe": post[at], "poor_fit": fit}
    path = pd.DataFrame({"period": series.table.index, "measure": "synthetic_departure", "value": apart[:, at]})
    path["status"] = np.where(path["value"].isna(), "not_published", "shown")
    summary = {"synthetic_departure": apart[series.after, at].mean(), "rmspe_ratio": post[at] / left_out[at]}
    result = pd.concat([path, _measures(summary), pd.DataFrame([series.placebo("placebo_p", post / left_out)])])
    words = "a mix of other regions (synthetic control)"
    if fit > _POOREST_FIT:
        result = result.assign(value=np.nan, numerator=np.nan, denominator=np.nan, status="undefined")
        words += "; no result: poor fit before"
    of_region = pd.concat([_measures(distances), result]).assign(region=region)
    rows = pd.concat([donors[donors["value"] > 1e-6], of_region], ignore_index=True)
    return series.results(rows, words, ["region", "period"])


def mix_weights(target: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Find the weights, at least 0 and with sum 1, whose mix of donors is nearest to a target.

    Parameters
    ----------
    target : array
        One value per period.
    donors : array
        Periods x donors.

    Returns
    -------
    array
        One weight per donor.

    Notes
    -----
    Non-negative least squares (Lawson & Hanson 1974, `scipy.optimize.nnls`) with the sum as a heavily weighted equation.

    Examples
    --------
    >>> donors = np.array([[0.0, 4.0, 9.0], [1.0, 3.0, -8.0]])
    >>> mix_weights(np.array([1.0, 1.5]), donors).round(3).tolist()
    [0.75, 0.25, 0.0]
    """
    from scipy.optimize import nnls

    heavy = 1e3 * max(float(np.abs(donors).max()), 1e-9)
    weights, _ = nnls(np.vstack([donors, np.full(donors.shape[1], heavy)]), np.append(target, heavy))
    return np.asarray(weights / weights.sum())


def _mixes(early: np.ndarray) -> np.ndarray:
    """Find for each region the mix of the others (regions x regions), on these periods, each series minus its mean there."""
    early = early - early.mean(axis=0)
    mixes = [mix_weights(early[:, at], np.delete(early, at, axis=1)) for at in range(early.shape[1])]
    return np.array([np.insert(mix, at, 0.0) for at, mix in enumerate(mixes)])


def _left_out(early: np.ndarray) -> np.ndarray:
    """Give how far each region is in each period from the mix that was chosen on the other periods."""
    others = [np.delete(early, period, axis=0) for period in range(len(early))]
    moved = [given - other.mean(axis=0) for given, other in zip(early, others, strict=True)]
    return np.array([one - _mixes(other) @ one for one, other in zip(moved, others, strict=True)])


def _read_series(outcomes: pd.DataFrame, region: str, before: Span, after: Span) -> Series:
    """Read one series of outcomes, and leave out regions that miss a figure before or after."""
    keys, where = ["form", "period_kind", "period", "region"], "the outcomes"
    _check_spans(before, after)
    check_results(outcomes, ["year", "value", "per", "population"], keys, where)
    require_numbers(outcomes, ["year", "population"])
    outcomes = outcomes.assign(**{name: numbers(outcomes[name]) for name in ("year", "value", "population")})
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
    complete = wide.loc[:, wide[early | late].notna().all()]
    if complete.shape[1] < 1 / LEVEL:
        fault = f"{complete.shape[1]} regions with all figures before and after"
        expected = f"at least {1 / LEVEL:.0f}: with fewer, no region can be among the most extreme {LEVEL:.0%}"
        raise IncomparableError(fault, expected, "add regions, or choose a form that is published for more of them")
    if not isinstance(region, str) or region not in complete:
        todo = "check the spelling; a region with a figure that is not published before or after cannot be compared"
        raise UnknownNameError("region", region, complete.columns, where=where, todo=todo)
    size = outcomes[outcomes["year"].between(*before)].groupby("region")["population"].mean()
    left_out = wide.shape[1] - complete.shape[1]
    note = f"; {left_out} regions without a published figure left out" if left_out else ""
    labels["words"] = f"{before[0]}-{before[1]} to {after[0]}-{after[1]}{note}"
    labels["source"] = "; ".join(sorted(outcomes["source"].astype("str").str.split("; ").explode().unique()))
    half = np.where(wide.index.str.endswith(("H2", "-12-31")), 0.5, 0.0)
    place = int(complete.columns.get_loc(region))
    return Series(complete, years + half, early, late, size[complete.columns].to_numpy(), place, labels)


def _check_spans(before: Span, after: Span) -> None:
    """Raise unless both are a first and a last year, and the second begins after the first has ended."""
    years = [year for span in (before, after) if isinstance(span, tuple | list) and len(span) == 2 for year in span]
    whole = len(years) == 4 and all(isinstance(year, Integral) for year in years)
    if not (whole and years[0] <= years[1] < years[2] <= years[3]):
        expected = "for both the first and the last year, in order, and no year of `before` in or beyond `after`"
        raise BereikError(
            f"before={before!r} and after={after!r}", expected, "as in before=(2016, 2019), after=(2022, 2023)"
        )


def _measures(values: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"measure": values.keys(), "value": values.values()})


def _at_least_as_far(statistic: np.ndarray, at: int) -> int:
    """Count the regions that are at least as far from zero as the one at a place, itself included."""
    size = np.abs(statistic)
    return int((size >= size[at] * (1 - _TOLERANCE)).sum())


def _not_rejected(change: np.ndarray, error: np.ndarray, weights: np.ndarray, at: int) -> tuple[float, float]:
    """Give the least and the most change in the region at a place that the placebo test does not reject at 5 %.

    A supposed change is taken out of the region, which also moves the others that are compared with it; p changes only where
    the region ties with another one, so these sizes are all that need looking at. Missing where no size is rejected.
    """
    moved = (np.eye(len(change)) - weights)[:, at]

    def kept(size: float) -> bool:
        return _at_least_as_far((change - size * moved) / error, at) / len(change) > LEVEL

    sign = np.array([[1], [-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        tied = (change[at] / error[at] - sign * change / error) / (1 / error[at] - sign * moved / error)
    held = [size for size in np.append(tied, change[at]) if np.isfinite(size) and kept(size)]
    far = 1e6 * (np.abs(held).max() + error.max())
    return np.nan if kept(-far) else min(held), np.nan if kept(far) else max(held)


def _power(change: np.ndarray, unit: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give sizes (in units of each region's own), and the share of regions and signs whose change would be seen."""
    number = len(change)
    sizes, moved = np.linspace(0, 4 * np.abs(change / unit).max(), _STEPS + 1), np.eye(number) - weights
    seen = np.zeros(len(sizes))
    for at, sign in product(range(number), (-1, 1)):
        worlds = np.abs((change + sign * unit[at] * np.outer(sizes, moved[:, at])) / unit)
        seen += (worlds >= worlds[:, [at]] * (1 - _TOLERANCE)).sum(axis=1) <= LEVEL * number
    return sizes, seen / (2 * number)
