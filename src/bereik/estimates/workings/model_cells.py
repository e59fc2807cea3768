"""Prepares the cells of a count table for a model in which groups are compared with one reference."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.estimates.workings.intervals import numbers
from bereik.estimates.workings.limits import Hashed, Point, Resampling, cells_of
from bereik.estimates.workings.parts import compared_rows
from bereik.tables import HIDDEN, one_value, ordered_categories, require_columns


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

    def drawn(self, point: Point, how: Resampling) -> tuple[np.ndarray, np.ndarray]:
        """Give the bootstrap limits of what `point` computes from the cells of the model."""
        return how.limits(point, self.users, self.population, weighted=False, hashed=self.hashed)

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
    if isinstance(factors, str) or not factors or len(set(names)) != len(names):
        raise BereikError(
            f"by={by!r} and factors {factors!r}", "lists of different column names", "name each column once"
        )
    if "weighted" in counts and one_value(counts, "weighted", where="the count table"):
        raise BereikError(
            "weighted counts", "whole counts of persons", "use access_gap, which takes the effective population"
        )
    require_columns(kept, names, where="the count table")
    table, hashed = cells_of(ordered_categories(kept, names), names)
    leading = list(by[:-1])
    parts = [part for _, part in table.groupby(leading, observed=True, sort=True)] if leading else [table]
    return [_part(part, list(by), list(factors), relative_to, hashed) for part in parts]


def _part(table: pd.DataFrame, by: list[str], factors: list[str], relative_to: object, hashed: Hashed) -> ModelCells:
    names = table[by[-1]].astype(str)
    order = sorted(dict.fromkeys(names), key=lambda name: name != str(relative_to))
    if order[0] != str(relative_to) or len(order) < 2:
        raise InvalidTableError(
            f"a part of the table ({table[by].iloc[0].to_dict()!r}) has {by[-1]} {order!r}",
            f"the reference {relative_to!r} and at least one other {by[-1]} in every part",
            "add the missing rows, or leave the part out",
        )
    rows = [table[names == name] for name in order]
    status = [_status(group) for group in rows]
    shown = [name for name, found in zip(order, status, strict=True) if found == "shown"]
    kept = table[names.isin(shown) & (numbers(table["population"]) > 0)]
    cells = kept[factors].assign(**{by[-1]: pd.Categorical(kept[by[-1]].astype(str), categories=shown)})
    cells = cells.assign(**{name: cells[name].cat.remove_unused_categories() for name in factors})
    return ModelCells(
        pd.concat([group[by].iloc[:1] for group in rows], ignore_index=True), status,
        np.array([numbers(group["users"]).sum() for group in rows]),
        np.array([numbers(group["population"]).sum() for group in rows]),
        cells[[by[-1], *factors]].reset_index(drop=True), numbers(kept["users"]), numbers(kept["population"]),
        "; ".join(dict.fromkeys(table["source"].astype(str))), bool(table["synthetic"].iloc[0]),
        None if hashed is None else (hashed[0][:, kept.index], hashed[1][:, kept.index]),
    )  # fmt: skip


def _status(group: pd.DataFrame) -> str:
    hidden = group.loc[group["status"].isin(HIDDEN), "status"]
    if len(hidden):
        return str(hidden.iloc[0])
    return "shown" if numbers(group["population"]).sum() > 0 else "no_population"
