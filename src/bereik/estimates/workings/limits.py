"""What estimators from rows of counts share: cells with hashed groups of persons, limits, and rows of results."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.estimates.resample import bootstrap_limits, strata_limits
from bereik.estimates.workings.intervals import SUPERPOPULATION, check_numbers, numbers
from bereik.estimates.workings.layout import numbered
from bereik.estimates.workings.parts import bootstrap_words, check_independent
from bereik.estimates.workings.strata import Strata
from bereik.tables import HIDDEN, count_table, one_value, require_columns, result_table

_WHERE = "the count table"
Point = Callable[[np.ndarray, np.ndarray], np.ndarray]
Hashed = tuple[np.ndarray, np.ndarray] | None  # users and population (hashed groups of persons, cells)


class Resampling(NamedTuple):
    """How limits are asked for: by which interval, with which confidence, from how many replicates."""

    interval: str | None
    confidence: float
    replicates: int
    seed: int

    def check(self, counts: pd.DataFrame, by: Sequence[str], assume_independent: bool) -> None:
        """Raise when an interval is asked for over several periods that may hold the same persons."""
        if self.interval is not None:
            check_independent(counts, by, self.interval, assume_independent)

    def limits(
        self, point: Point, users: np.ndarray, population: np.ndarray, *, weighted: bool, hashed: Hashed = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the bootstrap limits of what `point` computes from cells; NaN when none are asked for."""
        if self.interval is None:
            none = np.full(np.shape(point(users, population)), np.nan)
            return none, none
        if weighted:
            raise BereikError(
                "a bootstrap of weighted counts",
                "whole counts of persons, since persons are drawn",
                "use interval=None, or replicate weights outside bereik",
            )
        options = {"confidence": self.confidence, "replicates": self.replicates, "seed": self.seed}
        if hashed is None:
            return bootstrap_limits(point, users, population, **options)  # type: ignore[arg-type]
        shape = hashed[0].shape

        def on_groups(users: np.ndarray, population: np.ndarray) -> np.ndarray:
            return point(*(cells.reshape(*cells.shape[:-1], *shape).sum(axis=-2) for cells in (users, population)))

        labels = np.repeat(np.arange(shape[0]), shape[1])
        return bootstrap_limits(on_groups, hashed[0].ravel(), hashed[1].ravel(), groups=labels, **options)  # type: ignore[arg-type]

    def strata_limits(self, point: Point, strata: Strata) -> tuple[np.ndarray, np.ndarray]:
        """Give the bootstrap limits of what `point` computes from groups by strata; NaN when none are asked for."""
        if self.interval is None:
            none = np.full(np.shape(point(strata.users, strata.population)), np.nan)
            return none, none
        return strata_limits(point, strata, confidence=self.confidence, replicates=self.replicates, seed=self.seed)

    def words(self) -> str:
        """Describe the interval, for the column `method`."""
        said = {"bootstrap": bootstrap_words(self.replicates, self.seed), "delta": "delta method"}.get(
            str(self.interval)
        )
        return f"{said}; {SUPERPOPULATION}" if said else ""


def resampling(
    interval: str | None, confidence: float, replicates: int, seed: int, *, others: Sequence[str] = ()
) -> Resampling:
    """Check how an interval is asked for; `others` are the names of the intervals that need no resampling."""
    check_numbers(confidence=confidence)
    if interval not in (None, "bootstrap", *others):
        raise UnknownNameError(
            "interval", interval, [*others, "bootstrap"], todo="use one of these, or None for no interval"
        )
    return Resampling(interval, confidence, replicates, seed)


def cells_of(
    counts: pd.DataFrame, names: Sequence[str], order: dict[str, list[object]] | None = None
) -> tuple[pd.DataFrame, Hashed]:
    """Check a count table, and add up the hashed groups of persons when it has a column ``group``.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns `names`; ``group`` tells its hashed groups of persons apart when it is there.
    names : list of str
        The columns that make the cells.
    order : dict of list, optional
        The order of categories, see `bereik.tables.count_table`.

    Returns
    -------
    pandas.DataFrame and tuple or None
        The count table, one row per cell; users and population of each hashed group (groups, cells).

    Examples
    --------
    >>> counts = pd.DataFrame({"age": ["4-11"] * 2, "group": [1, 2], "population": [30, 20], "users": [3, 4],
    ...                        "synthetic": True, "source": "made up"})
    >>> table, hashed = cells_of(counts, ["age"])
    >>> table[["age", "population", "users"]].to_numpy().tolist(), hashed[0].tolist()
    ([['4-11', 50, 7]], [[3.0], [4.0]])
    """
    require_columns(counts, [*names, "synthetic", "source"], where=_WHERE)
    weighted = "weighted" in counts and bool(one_value(counts, "weighted", where=_WHERE))
    one_value(counts, "synthetic", where=_WHERE)
    if "group" not in counts or "group" in names:
        return count_table(counts, by=names, order=order, weighted=weighted), None
    if weighted:
        raise BereikError("weighted counts with hashed groups of persons", "one of the two", "add up the groups first")
    full = count_table(counts, by=[*names, "group"], order=order)
    (group, labels), (cell, cells) = numbered(full, ["group"]), numbered(full, names)
    users, population = (np.zeros((len(labels), len(cells))) for _ in range(2))
    users[group, cell], population[group, cell] = numbers(full["users"]), numbers(full["population"])
    hidden = full["status"].where(full["status"].isin(HIDDEN)).groupby(cell).first()
    table = cells.assign(
        users=users.sum(axis=0), population=population.sum(axis=0), status=hidden.fillna("shown").to_numpy(),
        synthetic=full["synthetic"].iloc[0], source="; ".join(map(str, full["source"].unique())),
    )  # fmt: skip
    table = table.assign(**{name: table[name].astype("Int64") for name in ("users", "population")})
    return count_table(table, by=names), (users, population)


def group_status(table: pd.DataFrame, column: str) -> dict[str, str]:
    """Give the status of each group in a count table, in order: shown, the status that hides a cell, or no_population."""
    found = {}
    for name, part in table.groupby(column, observed=True, sort=True):
        hidden = part["status"][part["status"].isin(HIDDEN)]
        empty = not numbers(part["population"]).sum() > 0
        found[str(name)] = str(hidden.iloc[0]) if len(hidden) else "no_population" if empty else "shown"
    return found


def figures(
    labels: list[dict[str, object]], values: np.ndarray, lower: np.ndarray, upper: np.ndarray, how: Resampling
) -> list[dict[str, object]]:
    """Give a row for each label with its value and limits; status undefined where the value is."""
    known = np.isfinite(values)
    value, low, high = (np.where(known, found, np.nan) for found in (values, lower, upper))
    confidence = how.confidence if how.interval else np.nan
    return [
        label
        | {"value": value[at], "lower": low[at], "upper": high[at], "confidence": confidence}
        | {"status": "shown" if known[at] else "undefined"}
        for at, label in enumerate(labels)
    ]


def finished(
    rows: list[dict[str, object]], counts: pd.DataFrame, by: Sequence[str], own: Sequence[str]
) -> pd.DataFrame:
    """Make a result table of rows, with the groups in the order that their categories have in the count table."""
    frame = pd.DataFrame(rows)
    frame["value"] = frame.get("value", np.nan)  # absent when no row is shown
    for name in by:
        kept = (
            counts[name].cat.categories
            if isinstance(counts[name].dtype, pd.CategoricalDtype)
            else counts[name].unique()
        )
        frame[name] = pd.Categorical(frame[name], categories=kept, ordered=True)
    ordered = frame.sort_values(list(by), kind="stable") if by else frame
    return result_table(ordered, [*by, *own])


def crude(users: np.ndarray, population: np.ndarray) -> dict[str, object]:
    """Give the crude counts of a group as the numerator and denominator of its rows."""
    return {"numerator": float(np.sum(users)), "denominator": float(np.sum(population))}
