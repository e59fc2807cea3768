"""Prepares the cells of a count table for a model in which groups are compared with one reference."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.counts.table import is_weighted
from bereik.errors import BereikError
from bereik.rates.results import Figures, check_columns, hidden_by, result_rows, sources, status_of
from bereik.rates.workings.limits import Hashed, Interval, Limits, cells_of, hashed_cells
from bereik.rates.workings.parts import check_reference, compared_rows, parts_of
from bereik.rates.workings.replicates import Point
from bereik.tables import numbers, ordered_categories, require_columns


class ModelCells(NamedTuple):
    """One part of a count table: its groups, and the cells with youths of the groups that take part in the model."""

    groups: pd.DataFrame  # the columns of `by`, the reference first; all groups, also those that take no part
    status: list[str]  # of each group
    crude_users: np.ndarray  # of each group; NaN where hidden
    crude_population: np.ndarray
    cells: pd.DataFrame  # the last column of `by` (reference first among its categories) and the factors
    users: np.ndarray
    population: np.ndarray
    source: str
    synthetic: bool
    hashed: Hashed  # users and population of hashed groups of persons in these cells, if counted

    @property
    def column(self) -> str:
        """The column of the groups."""
        return str(self.groups.columns[-1])

    @property
    def shown(self) -> list[object]:
        """The groups that take part in the model, the reference first."""
        return list(self.cells[self.column].cat.categories)

    @property
    def where(self) -> str:
        """The part in words, for messages: empty when there is one part."""
        return ", ".join(f"{name} {self.groups[name].iloc[0]}" for name in self.groups.columns[:-1])

    @property
    def modelled(self) -> bool:
        """Whether there is something to compare: the reference and another group are shown."""
        return self.status[0] == "shown" and len(self.shown) > 1

    def drawn(self, point: Point, how: Interval) -> Limits:
        """Give the bootstrap limits of what `point` computes from the cells of the model."""
        return how.drawn(point, self.users, self.population, self.hashed)

    def placed(self, figures: np.ndarray) -> np.ndarray:
        """Give figures of the groups in the model (..., groups, measures) for all groups, missing for the others."""
        shape = (*figures.shape[:-2], len(self.groups), figures.shape[-1])
        all_groups = np.full(shape, np.nan)
        all_groups[..., np.array(self.status) == "shown", :] = figures
        return all_groups

    def rows(self, labels: Sequence[Mapping[str, Any]], figures: Figures, **same: Any) -> pd.DataFrame:
        """Give the rows of all groups; those of a comparison are hidden with the reference."""
        status = hidden_by(self.status, self.status[0])
        return result_rows(self.groups, labels, figures, status, source=self.source, synthetic=self.synthetic, **same)

    def of(self, group: object) -> np.ndarray:
        """Mark the cells of a group."""
        return (self.cells[self.column] == group).to_numpy()


def model_cells(
    counts: pd.DataFrame, *, by: Sequence[str], factors: Sequence[str], relative_to: object
) -> list[ModelCells]:
    """Give the cells of each part of a count table.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `factors`; not weighted. Combinations without youths may be absent.
    by : list of str
        The columns that make the groups; the last one is compared, each combination of the others is a part.
    factors : list of str
        The other columns of the model.
    relative_to : object
        The reference group.

    Returns
    -------
    list of ModelCells
        A group with a hidden count, or without youths, has that status and takes no part in the model.

    Raises
    ------
    UnknownNameError, IncomparableError, InvalidTableError, BereikError
        When the reference is unknown or absent, no group is separate from it, counts are impossible or weighted, or a
        column is named twice.
    """
    kept = compared_rows(counts, by, relative_to)
    names = [*by, *factors]
    check_columns(by=by, factors=factors)
    if is_weighted(counts):
        raise BereikError(
            "weighted counts", "whole counts of persons", "use access_gap, which takes the effective population"
        )
    require_columns(kept, names, where="the count table")
    table, hashed = cells_of(ordered_categories(kept, names), names)
    return [_part(part, list(by), list(factors), str(relative_to), hashed) for part in parts_of(table, by)]


def _part(table: pd.DataFrame, by: list[str], factors: list[str], relative_to: str, hashed: Hashed) -> ModelCells:
    names = table[by[-1]].astype(str)
    order = sorted(dict.fromkeys(names), key=lambda name: name != relative_to)
    check_reference(order, by[-1], relative_to, f"a part of the table ({table[by].iloc[0].to_dict()!r})")
    rows = [table[names == name] for name in order]
    status = [status_of(group) for group in rows]
    shown = [name for name, found in zip(order, status, strict=True) if found == "shown"]
    kept = table[names.isin(shown) & (numbers(table["population"]) > 0)]
    cells = kept[factors].assign(**{by[-1]: pd.Categorical(kept[by[-1]].astype(str), categories=shown)})
    cells = cells.assign(**{name: cells[name].cat.remove_unused_categories() for name in factors})
    return ModelCells(
        pd.concat([group[by].iloc[:1] for group in rows], ignore_index=True), status,
        np.array([numbers(group["users"]).sum() for group in rows]),
        np.array([numbers(group["population"]).sum() for group in rows]),
        cells[[by[-1], *factors]].reset_index(drop=True), numbers(kept["users"]), numbers(kept["population"]),
        sources(table), bool(table["synthetic"].iloc[0]), hashed_cells(hashed, kept.index),
    )  # fmt: skip
