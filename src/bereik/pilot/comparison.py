"""One region beside the others: its series minus theirs, and how often another region departs as much (placebo)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.tables import one_value, require_columns, require_unique, result_table

__all__ = ["Series", "placebo_interval", "placebo_p", "read_series"]

Span = tuple[int, int]
LEVEL = 0.05
_FEWEST = {"before": 3, "after": 1}
_TOLERANCE = 1e-9
_WHERE = "the outcomes"


class Series(NamedTuple):
    """One outcome of all regions: periods x regions, with the periods before and after, and what it is."""

    table: pd.DataFrame
    before: np.ndarray
    after: np.ndarray
    size: np.ndarray
    about: dict[str, object]

    def departures(self, weights: np.ndarray) -> pd.DataFrame:
        """Give each region minus its comparison regions, in each period, minus the mean of that before."""
        values = self.table.to_numpy()
        known = ~np.isnan(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            others = np.where(known, values, 0) @ weights.T / (known @ weights.T)
        apart = values - others
        return pd.DataFrame(apart - apart[self.before].mean(axis=0), self.table.index, self.table.columns)

    def changes(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give of each region the change, its own error before, and the slope of its departures before (a year)."""
        apart = self.departures(weights).to_numpy()
        early = apart[self.before]
        error = early.std(axis=0, ddof=1)
        if (error < 1e-9).any():
            flat = self.table.columns[error < 1e-9][0]
            raise BereikError(
                f"{flat!r} does not vary relative to the other regions before",
                "a series with an error of its own, by which its change is measured",
                "leave the region out, or choose an outcome that is not constant",
            )
        half = np.where(self.table.index.str.endswith(("H2", "-12-31")), 0.5, 0.0)
        years = (self.table.index.str[:4].astype("float64") + half)[self.before]
        slope = np.polyfit(years, early, 1)[0]
        return apart[self.after].mean(axis=0), error, slope

    def equal_weights(self, similar: int | None = None) -> np.ndarray:
        """Weigh all other regions equally, or only those nearest in number of youths."""
        number = self.table.shape[1]
        most = number - 1 if similar is None else similar
        if not 2 <= most <= number - 1:
            raise BereikError(
                f"similar={similar!r}", f"a whole number from 2 to {number - 1}", "choose fewer or more regions"
            )
        apart = np.abs(np.log(self.size)[:, None] - np.log(self.size))
        np.fill_diagonal(apart, np.inf)
        weights = np.zeros((number, number))
        np.put_along_axis(weights, np.argsort(apart, axis=1, kind="stable")[:, :most], 1 / most, axis=1)
        return weights

    def position(self, region: str) -> int:
        """Find a region, or raise."""
        if region not in self.table:
            raise UnknownNameError(
                "region", region, self.table.columns, where=_WHERE,
                todo="check the spelling; a region with a figure that is not published before or after cannot be compared",
            )  # fmt: skip
        return int(self.table.columns.get_loc(region))


def read_series(outcomes: pd.DataFrame, before: Span, after: Span) -> Series:
    """Read one series of `bereik.pilot_outcomes`, and leave out regions that miss a figure before or after.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        The rows of one form and one kind of period.
    before, after : tuple of int
        First and last year.

    Returns
    -------
    Series
        With ``about``: what the columns of a result table say of every row.

    Raises
    ------
    IncomparableError
        When forms, kinds of period or synthetic and real rows are mixed; when there are too few periods or regions.
    MissingColumnError, InvalidTableError
        When a column is absent, or a combination occurs twice.

    Examples
    --------
    >>> from bereik.pilot.outcomes import AFTER, BEFORE, pilot_outcomes
    >>> series = read_series(pilot_outcomes().query("form == 'youth_care' and period_kind == 'year'"), BEFORE, AFTER)
    >>> series.table.shape, int(series.before.sum()), int(series.after.sum())
    ((8, 42), 4, 2)
    """
    keys = ["form", "period_kind", "period", "region"]
    require_columns(
        outcomes, [*keys, "year", "value", "per", "population", "status", "synthetic", "source"], where=_WHERE
    )
    require_unique(outcomes, keys, where=_WHERE)
    same = {name: one_value(outcomes, name, where=_WHERE) for name in ("form", "period_kind", "per", "synthetic")}
    one_period_kind(outcomes, where=_WHERE)
    shown = outcomes["value"].where(outcomes["status"] == "shown").astype("float64")
    wide = (
        outcomes.assign(value=shown).pivot(index="period", columns="region", values="value").sort_index(kind="stable")
    )
    years = wide.index.str[:4].astype("int64").to_numpy()
    used = {name: (years >= span[0]) & (years <= span[1]) for name, span in (("before", before), ("after", after))}
    for name, span in (("before", before), ("after", after)):
        if used[name].sum() < _FEWEST[name]:
            raise IncomparableError(
                f"{int(used[name].sum())} periods {name} ({span[0]}-{span[1]}) in the outcomes",
                f"at least {_FEWEST[name]}",
                "add the years that are missing, or choose other years",
            )
    complete = wide.loc[:, wide[used["before"] | used["after"]].notna().all()]
    if complete.shape[1] < 1 / LEVEL:
        raise IncomparableError(
            f"{complete.shape[1]} regions with all figures before and after",
            f"at least {1 / LEVEL:.0f}: with fewer, no region can be among the most extreme {LEVEL:.0%}",
            "add regions, or choose a form that is published for more of them",
        )
    size = outcomes[outcomes["year"].between(*before)].groupby("region")["population"].mean().astype("float64")
    left_out = wide.shape[1] - complete.shape[1]
    note = f"; {left_out} regions without a published figure left out" if left_out else ""
    words = f"{before[0]}-{before[1]} to {after[0]}-{after[1]}{note}"
    source = "; ".join(sorted(outcomes["source"].astype("str").str.split("; ").explode().unique()))
    about = {**same, "source": source, "words": words}
    return Series(complete, used["before"], used["after"], size.reindex(complete.columns).to_numpy(), about)


def placebo_p(statistic: Sequence[float] | np.ndarray, at: int) -> tuple[int, int]:
    """Count the regions that are at least as far from zero as the one at a position, itself included: k, and how many regions.

    Examples
    --------
    >>> placebo_p([0.5, -2.0, 1.0, 2.5], at=1)
    (2, 4)
    """
    size = np.abs(np.asarray(statistic, dtype="float64"))
    return int((size >= size[at] * (1 - _TOLERANCE)).sum()), len(size)


def placebo_interval(change: np.ndarray, error: np.ndarray, weights: np.ndarray, at: int) -> tuple[float, float]:
    """Give the changes in the region at a position that the placebo test does not reject at 5 %: least and most.

    Parameters
    ----------
    change, error : array
        Change of each region relative to its comparison, and its own error before.
    weights : array
        Comparison weights, regions x regions.
    at : int
        The position of the region.

    Returns
    -------
    tuple of float
        Infinite where no size is rejected.

    Notes
    -----
    A supposed change is taken out of the region, which also moves the others that are compared with it; p changes only
    where the region ties with another one, so these sizes are all that need looking at.

    Examples
    --------
    >>> change, error = np.linspace(-2, 2, 41), np.ones(41)
    >>> [round(limit, 2) for limit in placebo_interval(change, error, (1 - np.eye(41)) / 40, at=20)]
    [-1.95, 1.95]
    """
    moved = (np.eye(len(change)) - weights)[:, at]

    def kept(size: float) -> bool:
        extreme, regions = placebo_p((change - size * moved) / error, at)
        return extreme / regions > LEVEL

    with np.errstate(divide="ignore", invalid="ignore"):
        ties = [
            (change[at] / error[at] - sign * change / error) / (1 / error[at] - sign * moved / error)
            for sign in (1, -1)
        ]
    sizes = np.sort(np.append(np.concatenate(ties), change[at]), kind="stable")
    held = [size for size in sizes if np.isfinite(size) and kept(size)]
    far = 1e6 * (np.abs(held).max() + error.max())
    return float(-np.inf if kept(-far) else held[0]), float(np.inf if kept(far) else held[-1])


def placebo_row(measure: str, statistic: np.ndarray, at: int) -> dict[str, object]:
    """Give the row of a result table with p by rank: how many regions are at least as extreme, of how many."""
    extreme, regions = placebo_p(statistic, at)
    return {"measure": measure, "value": extreme / regions, "numerator": extreme, "denominator": regions, "per": "1"}


def compared_with(similar: int | None) -> str:
    """Say with which regions each region is compared."""
    return "all other regions" if similar is None else f"the {similar} other regions nearest in number of youths"


def comparison_table(rows: pd.DataFrame, series: Series, compared: str, by: list[str]) -> pd.DataFrame:
    """Give rows the columns that all results of a series share."""
    about = series.about
    words = f"difference in differences with {compared}; {about['words']}; placebo in every region"
    same = {name: about[name] for name in ("form", "period_kind", "synthetic", "source")}
    own = rows["per"] if "per" in rows else pd.Series(None, rows.index, dtype="str")
    per = own.where(own.notna(), f"points, per {about['per']}")
    per = per.mask(rows["measure"] == "standardised_departure", "errors before")
    return result_table(rows.assign(**same, per=per, relative_to=compared, method=words), ["form", "period_kind", *by])
