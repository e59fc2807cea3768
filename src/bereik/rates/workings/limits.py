"""How limits are asked for, and the cells of counts from which they are computed."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.counts.table import as_counts, is_weighted
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.rates.resample import Point, cell_limits, check_poolable
from bereik.rates.results import SUPERPOPULATION, check_numbers, sources
from bereik.rates.workings.layout import numbered
from bereik.rates.workings.strata import Strata
from bereik.tables import HIDDEN, numbers, one_value, require_columns

_WHERE = "the count table"
Limits = tuple[np.ndarray, np.ndarray]
Hashed = Limits | None  # users and population (hashed groups of persons, cells)


class Interval(NamedTuple):
    """How limits are asked for: by which method, with which confidence, and how many replicates of the counts."""

    kind: str | None
    confidence: float
    replicates: int
    seed: int

    def checked(
        self, counts: pd.DataFrame, by: Sequence[str], assume_independent: bool, known: Collection[str | None]
    ) -> "Interval":
        """Give this, or raise: an unknown method, or several periods taken together as if they had other persons."""
        check_numbers(confidence=self.confidence)
        if self.kind not in known:
            todo = "use one of these, or None for no interval" if None in known else ""
            raise UnknownNameError("interval", self.kind, [name for name in known if name], todo=todo)
        if self.kind not in (None, "bootstrap"):
            check_independent(counts, by, assume_independent)
        elif self.kind is not None and "period" not in by:
            check_poolable(counts, assume_independent=assume_independent)
        return self

    def drawn(
        self, point: Point, users: np.ndarray, population: np.ndarray, hashed: Hashed = None, *, weighted: bool = False
    ) -> Limits:
        """Give the bootstrap limits of what `point` computes from counts; NaN when no interval is asked for."""
        if self.kind is None:
            none = np.full(np.shape(point(users, population)), np.nan)
            return none, none
        return cell_limits(
            point, users, population, hashed, weighted=weighted,
            confidence=self.confidence, replicates=self.replicates, seed=self.seed,
        )  # fmt: skip

    def of_strata(self, point: Point, strata: Strata) -> Limits:
        """Give the bootstrap limits of what `point` computes from groups by strata; NaN when none are asked for."""
        return self.drawn(point, strata.users, strata.population, strata.hashed, weighted=strata.weighted)

    def method(self, otherwise: str = "delta method") -> str:
        """Describe the bootstrap, or give the words for an interval that is another method."""
        drawn = f"bootstrap of counts, {self.replicates} replicates, seed {self.seed}, percentiles"
        return drawn if self.kind == "bootstrap" else otherwise

    def words(self) -> str:
        """Describe the interval for the column ``method``; empty when none is asked for."""
        return f"{self.method()}; {SUPERPOPULATION}" if self.kind else ""


def check_independent(counts: pd.DataFrame, by: Sequence[str], assume_independent: bool) -> None:
    """Raise when counts hold the same persons more than once, for an interval that takes them all as other persons."""
    if "group" in counts and not assume_independent:
        raise IncomparableError(
            "a formula for the interval of a table with hashed groups of persons",
            "the bootstrap, which draws whole groups: other intervals take all counts as other persons",
            "use interval='bootstrap' where there is one; or say assume_independent=True",
        )
    if "period" not in by:
        check_poolable(counts.drop(columns="group", errors="ignore"), assume_independent=assume_independent)


def cells_of(counts: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, Hashed]:
    """Check a count table, and add up the hashed groups of persons when it has a column ``group``.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns `names`; ``group`` tells its hashed groups of persons apart when it is there.
    names : list of str
        The columns that make the cells.

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
    weighted = is_weighted(counts)
    one_value(counts, "synthetic", where=_WHERE)
    if "group" not in counts or "group" in names:
        return as_counts(counts, by=names), None
    if weighted:
        raise BereikError("weighted counts with hashed groups of persons", "one of the two", "add up the groups first")
    full = as_counts(counts, by=[*names, "group"])
    (group, labels), (cell, cells) = numbered(full, ["group"]), numbered(full, names)
    users, population = (np.zeros((len(labels), len(cells))) for _ in range(2))
    users[group, cell], population[group, cell] = numbers(full["users"]), numbers(full["population"])
    hidden = full["status"].where(full["status"].isin(HIDDEN)).groupby(cell).first()
    table = cells.assign(
        users=users.sum(axis=0), population=population.sum(axis=0), status=hidden.fillna("shown").to_numpy(),
        synthetic=full["synthetic"].iloc[0], source=sources(full),
    )  # fmt: skip
    table = table.assign(**{name: table[name].astype("Int64") for name in ("users", "population")})
    return as_counts(table, by=names), (users, population)


def hashed_cells(hashed: Hashed, at: np.ndarray | pd.Index) -> Hashed:
    """Give the hashed counts of some cells, if there are any."""
    return None if hashed is None else (hashed[0][:, at], hashed[1][:, at])
