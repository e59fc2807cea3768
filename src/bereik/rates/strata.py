"""Lays a table of counts out as groups by strata, in parts in which groups are compared (one part per form of care)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import check_columns, is_total, values_of
from bereik.codelists import SCHEMES, origin_groups
from bereik.counts.table import USE, as_counts, is_weighted, refuse_totals
from bereik.errors import IncomparableError, InvalidTableError
from bereik.rates.intervals import effective_size
from bereik.rates.results import check_known, hidden_by, sources
from bereik.tables import HIDDEN, numbers, require_columns

Hashed = tuple[np.ndarray, np.ndarray] | None  # users and population (hashed groups of persons, ...), if counted
_WHERE = "the count table"


class Strata(NamedTuple):
    """Counts of every group in every stratum of one part, as arrays with one row per group and one column per stratum."""

    groups: pd.DataFrame  # the columns of `by`, one row per group
    names: list[tuple[str, ...]]  # the same as text
    strata: pd.DataFrame  # the columns of `over`, one row per stratum
    users: np.ndarray
    population: np.ndarray
    size: np.ndarray  # effective population: equal to population unless the counts are weighted
    status: list[str]  # of each group: shown, no_population, or the status that hides one of its counts
    source: str
    synthetic: bool
    weighted: bool
    hashed: Hashed
    keys: list[Any]  # of each stratum its category, or the tuple of its categories
    reference: int = -1  # the row of the reference, in a comparison

    @property
    def merged_to_one(self) -> bool:
        """Whether all strata were merged into one before (``low+high``): then nothing is held equal."""
        return len(self.keys) == 1 and any("+" in str(part)[:-1] for part in self.strata.iloc[0])

    @property
    def compared(self) -> np.ndarray:
        """The rows of the groups that are compared with the reference."""
        return np.delete(np.arange(len(self.groups)), self.reference)

    @property
    def compared_status(self) -> list[str]:
        """The status of each comparison: shown, or the one that hides the group or the reference."""
        return hidden_by([self.status[row] for row in self.compared], self.status[self.reference])

    @property
    def compared_counts(self) -> dict[str, np.ndarray]:
        """The crude users and population of the groups that are compared."""
        users, population = self.users[self.compared], self.population[self.compared]
        return {"numerator": users.sum(axis=1), "denominator": population.sum(axis=1)}


def lay_out(counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], apart: bool = False) -> list[Strata]:
    """Lay each part of a table of counts out as groups by strata.

    Parameters
    ----------
    counts : pandas.DataFrame
        A table of counts with the columns of `by` and `over`. A column ``group`` that is in neither holds hashed groups of
        persons: they are added up, and kept for the bootstrap.
    by : list of str
        The columns that make the groups; each combination of all but the last is a part.
    over : list of str
        The columns that make the strata (severity, age, ...); ordered categories, lowest first.
    apart : bool
        Whether the groups share no youths, as those that are compared or added up: then none may be a total of the others.

    Returns
    -------
    list of Strata
        In the order of the categories; a missing combination is an empty stratum. A group with a hidden count, or without
        any population, says so in ``status``, has NaN counts and takes no part.

    Raises
    ------
    InvalidTableError
        When a group has no population in a stratum, or `counts` is no table of counts.
    BereikError
        When `by` or `over` is empty or they overlap.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> lay_out(counts, by=["origin"], over=["severity"])[0].population.tolist()
    [[90.0, 10.0], [50.0, 50.0]]
    """
    check_columns(by=by, over=over)
    table, hashed = cells_of(counts, [*by, *over], [*by[-1:], *over] if apart else over)
    whole = _Columns(table, hashed, by, over)
    part = _numbered(table, by[:-1])[0] if len(by) > 1 else np.zeros(len(table), dtype=int)
    ends = np.flatnonzero(np.diff(part, append=-1)) + 1  # the table is sorted by group, so each part is one piece
    parts = (whole.part(slice(start, end)) for start, end in zip([0, *ends], ends, strict=False))
    return [_without_empty(one) for one in parts]


def comparisons(counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str], relative_to: object) -> list[Strata]:
    """Lay out each part of a table of counts with the row of its reference.

    A group that contains the reference, or is part of it, is left out. Raises UnknownNameError when no group is the
    reference, IncomparableError when no group is separate from it, InvalidTableError when a part lacks it.
    """
    parts = []
    for part in lay_out(compared_rows(counts, by, relative_to), by=by, over=over, apart=True):
        names = [name[-1] for name in part.names]
        where = ", ".join(map(" ".join, zip(by, part.names[0][:-1], strict=False)))  # for example: form probation
        check_reference(names, by[-1], relative_to, where=where or _WHERE)
        parts.append(part._replace(reference=names.index(str(relative_to))))
    return parts


def cells_of(counts: pd.DataFrame, names: Sequence[str], parts: Sequence[str] = ()) -> tuple[pd.DataFrame, Hashed]:
    """Check a table of counts, and add up the hashed groups of persons when it has a column ``group``.

    Parameters
    ----------
    counts : pandas.DataFrame
        A table of counts with the columns `names`; ``group`` tells its hashed groups of persons apart when it is there.
    names : list of str
        The columns that make the cells.
    parts : list of str
        Those among which no category is a total of the others.

    Returns
    -------
    pandas.DataFrame and tuple or None
        The counts, one row per cell, sorted; users and population of each hashed group (groups, cells).

    Examples
    --------
    >>> counts = pd.DataFrame({"age": ["4-11"] * 2, "group": [1, 2], "population": [30, 20], "users": [3, 4],
    ...                        "synthetic": True, "source": "made up"})
    >>> table, hashed = cells_of(counts, ["age"])
    >>> table[["age", "population", "users"]].to_numpy().tolist(), hashed[0].tolist()
    ([['4-11', 50.0, 7.0]], [[3.0], [4.0]])
    """
    if "group" not in counts or "group" in names:
        return as_counts(counts, by=names, parts=parts), None
    full = as_counts(counts, by=[*names, "group"])
    cell, _ = _numbered(full, names)
    place = full["group"].cat.remove_unused_categories().cat.codes.to_numpy(), cell
    users, population, squares = (np.zeros((place[0].max() + 1, cell.max() + 1)) for _ in range(3))
    users[place], population[place] = numbers(full["users"]), numbers(full["population"])
    with np.errstate(divide="ignore", invalid="ignore"):
        squares[place] = np.nan_to_num(numbers(full["population"]) ** 2 / effective_size(full))
        effective = np.nan_to_num(population.sum(axis=0) ** 2 / squares.sum(axis=0))
    hidden = full["status"].where(full["status"].isin(HIDDEN)).groupby(cell).first()
    totals = {"users": users.sum(axis=0), "population": population.sum(axis=0), "effective_population": effective}
    table = full.drop_duplicates(list(names), ignore_index=True).drop(columns="group")
    table = table.assign(status=hidden.fillna("shown"), source=sources(full), **totals)
    refuse_totals(table[~hidden.notna().to_numpy()], parts, names, USE, _WHERE)
    return table, (users, population)


def hashed_cells(hashed: Hashed, at: np.ndarray | pd.Index | slice) -> Hashed:
    """Give the hashed counts of some cells, if there are any."""
    return None if hashed is None else (hashed[0][:, at], hashed[1][:, at])


def _numbered(table: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the combinations of categories in their order; give the number of each row, and the combinations."""
    number = table.groupby(list(names), observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(number, return_index=True)[1]
    return number, table[list(names)].iloc[first].reset_index(drop=True)


class _Columns:
    """The columns of a table of counts as arrays, from which parts are taken fast, also hundreds of them."""

    def __init__(self, table: pd.DataFrame, hashed: Hashed, by: Sequence[str], over: Sequence[str]) -> None:
        self.group, groups = _numbered(table, by)
        self.stratum, strata = _numbered(table, over)
        self.counts = np.stack([numbers(table["users"]), numbers(table["population"]), effective_size(table)])
        self.status, self.source = table["status"].to_numpy(), table["source"].to_numpy()
        self.synthetic, self.weighted = bool(table["synthetic"].iloc[0]), is_weighted(table)
        self.hashed, self.groups, self.strata = hashed, groups, strata
        self.names = [tuple(map(str, name)) for name in groups.itertuples(index=False, name=None)]
        self.keys = [key if len(key) > 1 else key[0] for key in strata.itertuples(index=False, name=None)]

    def part(self, rows: slice) -> Strata:
        """Put the counts of some rows in the row of their group and the column of their stratum."""
        first = self.group[rows][0]
        group, hidden = self.group[rows] - first, np.isin(self.status[rows], HIDDEN)
        part = ~np.isin(group, group[hidden])  # a hidden group takes no part, and may be merged in another way
        columns = np.unique(self.stratum[rows][part] if part.any() else self.stratum[rows])
        stratum = np.searchsorted(columns, self.stratum[rows][part])
        number = int(group[-1]) + 1
        nobody = np.bincount(group, weights=self.counts[2, rows]) == 0
        status = np.where(nobody, "no_population", "shown").astype(object)
        status[group[hidden]] = self.status[rows][hidden]

        def placed(values: np.ndarray) -> np.ndarray:
            array = np.zeros((len(values), number, len(columns)))
            array[:, group[part], stratum] = values[:, part]
            array[:, status != "shown"] = np.nan  # a group with a hidden count takes no part
            return array

        hashed, source = hashed_cells(self.hashed, rows), "; ".join(dict.fromkeys(self.source[rows]))
        drawn = hashed and (placed(hashed[0]), placed(hashed[1]))
        groups, names = self.groups.iloc[first : first + number], self.names[first : first + number]
        strata = self.strata if len(columns) == len(self.strata) else self.strata.iloc[columns]
        users, population, size = placed(self.counts[:, rows])
        same, keys = (self.synthetic, self.weighted), [self.keys[column] for column in columns]
        return Strata(groups, names, strata, users, population, size, status.tolist(), source, *same, drawn, keys)


def _without_empty(part: Strata) -> Strata:
    """Refuse empty strata."""
    empty = part.size == 0  # NaN where a group takes no part
    if empty.any():
        strata = [", ".join(map(str, row)) for row in part.strata.itertuples(index=False)]
        names = [f"{', '.join(part.names[row])} in {strata[column]}" for row, column in np.argwhere(empty)]
        expected = "a population in every stratum of every group, since a rate per stratum is needed"
        todo = "merge bands beforehand, or leave the group out"
        raise InvalidTableError(f"{len(names)} strata without population: {'; '.join(names[:6])}", expected, todo)
    return part


def parts_of(table: pd.DataFrame, by: Sequence[str]) -> list[pd.DataFrame]:
    """Split a table by all but the last column of `by`; the whole table when that is the only one."""
    leading = list(by[:-1])
    return [part for _, part in table.groupby(leading, observed=True, sort=True)] if leading else [table]


def compared_rows(counts: pd.DataFrame, by: Sequence[str], relative_to: object) -> pd.DataFrame:
    """Keep the rows of the reference and of the groups that share no youths with it; refuse an unknown reference."""
    check_columns(by=by)
    require_columns(counts, by, where=_WHERE)
    names = counts[by[-1]].astype(str)
    separate = separate_groups(counts.assign(**{by[-1]: names}), by[-1], str(relative_to), where=_WHERE)
    return counts[names.isin([*separate, str(relative_to)]) | counts[by[-1]].isna()]


def check_reference(names: Sequence[str], column: str, relative_to: object, where: str) -> None:
    """Raise when a part of a table has no reference, or no other group."""
    if str(relative_to) not in names or len(names) < 2:
        problem = f"{where} has {column} {list(names)!r}"
        expected = f"the reference {relative_to!r} and at least one other {column} in every part"
        raise InvalidTableError(problem, expected, "add the missing rows, or leave the part out")


def separate_groups(table: pd.DataFrame, group: str, relative_to: str, where: str = "the table of care") -> list[str]:
    """List the groups that share no youths with the reference: they neither contain it nor are part of it."""
    wholes = _wholes_of_groups(table, group)
    check_known(group, relative_to, wholes, where=where)
    related = {relative_to, *wholes[relative_to]}
    separate = [name for name in wholes if name not in related and relative_to not in wholes[name]]
    if not separate:
        each = f"each contains it or is part of it ({', '.join(wholes)})"
        expected = "a reference and at least one other group that share no youths"
        todo = "choose another reference, or add the groups to compare"
        raise IncomparableError(f"no {group} can be compared with {relative_to!r}: {each}", expected, todo)
    return separate


def check_separate(table: pd.DataFrame, by: Sequence[str]) -> None:
    """Raise when a group contains another, as a total does, since adding them up counts youths twice."""
    check_columns(by=by)
    require_columns(table, by, where=_WHERE)
    group, wholes = by[-1], _wholes_of_groups(table, by[-1])
    names = set(wholes)
    for name, containing in wholes.items():
        if containing & names:
            problem = f"{group} {name!r} contains or is part of {', '.join(sorted(containing & names))}: one contains another "
            expected = "groups that share no youths, since they are added up"
            todo = "leave out the totals, or compare each group with one reference"
            raise IncomparableError(f"{problem}group of the table", expected, todo)


def _wholes_of_groups(table: pd.DataFrame, group: str) -> dict[str, set[str]]:
    """Give for each group what it is part of: a total always, and what the classification of origin says."""
    names = [str(name) for name in values_of(table, group, where=_WHERE)]
    totals = {"total", *filter(is_total, names)}
    wholes = {name: totals - {name} for name in names}
    if group == "origin":
        schemes = table["origin_scheme"].unique() if "origin_scheme" in table else SCHEMES
        terms = pd.concat([origin_groups(scheme) for scheme in schemes])
        wholes = {name: part_of | wholes_of(name, terms) for name, part_of in wholes.items()}
    return wholes


def wholes_of(code: str, terms: pd.DataFrame) -> set[str]:
    """Give every code that a code of a codelist is part of."""
    parents = set(terms.loc[terms["code"] == code, "parent"]) - {""}
    return parents.union(*(wholes_of(parent, terms) for parent in parents))
