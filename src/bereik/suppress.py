"""What may be shown of persons: tables of counts without a small cell, rounded; and the guard of what is written or drawn.

Small cells are merged with their neighbours, small groups with each other, until every cell that is published has at least 10
youths, users and non-users; then the counts are rounded. Whatever is computed from such a table shows no more than it does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from bereik.categories import check_columns, require_frame
from bereik.codelists import with_ages
from bereik.counts.table import WEIGHTED, as_counts, is_weighted
from bereik.errors import BereikError, DisclosureError, InvalidTableError, example_rows
from bereik.paths import persons_were_read, processed_folder
from bereik.tables import INDIVIDUAL, MIN_CELL_COUNT, numbers, refuse_rows, require_columns, write_csv

DOMINANT = 0.9  # of a group may use care; above it a cell says something about nearly everyone in it
ROUNDED_TO, WEIGHTED_ROUNDED_TO = 5, 10
ROUNDED = "counts rounded to"  # what the source of a protected table says
SMALL_HIDDEN = "numbers below 10 hidden"  # what that of results of a pilot says (see bereik.pilot.participation)
REST = "rest"  # the groups that are too small to be shown by themselves, together
MOST_BANDS, _KEPT = 10, -1
_SAME_YOUTHS = ("form", "outcome")  # columns whose categories are about the same youths
_COUNTS = (("n_unweighted", "users_unweighted"), ("population", "users"), ("denominator", "numerator"))
# measures whose fractions are no youths among youths
_NO_YOUTHS = re.compile("ratio|difference|shortfall|expected|tool_|signal_")
_RANGE = re.compile(r"≥?\d+(-\d+)?")
Starts = tuple[int, ...]  # where each merged category begins
Partition = tuple[Starts, ...]  # one for each column that may be merged
_Like: TypeAlias = pd.DataFrame | None
_Axes = dict[str, list[Any]]  # the categories of the column of groups, then of each that may be merged


def protect(counts: pd.DataFrame, *, by: Sequence[str], over: Sequence[str] = (), like: _Like = None) -> pd.DataFrame:
    """Make a table of counts that may be published: no cell of fewer than 10 youths, users or non-users, counts rounded to 5.

    Parameters
    ----------
    counts : pandas.DataFrame
        A table of counts of persons (see `count`), with the columns of `by` and `over`.
    by : list of str
        The columns that make the groups. The last one is the group (``origin``); each combination of the others (``form``) is
        protected by itself. Groups that are too small go together in one group ``rest``.
    over : list of str
        Ordered columns of which neighbouring categories may be merged (``severity``, ``age_band``), in the same way for all
        groups. The first keeps two categories as long as any group allows it.
    like : pandas.DataFrame, optional
        A protected table of the same persons. The first column of `over` gets the categories that it has there; a group
        that is hidden there is hidden here as well, and there is no rest where the groups are the same. Other columns that it
        has too are merged at least as it merges them. Without `over`: the totals of its groups, of which the hidden ones may
        be shown now.

    Returns
    -------
    pandas.DataFrame
        A table of counts: merged categories are joined by a plus (``borderline+clinical``; ages by their limits); ``hidden``
        and without counts are the groups in the rest. ``source`` says that counts are rounded: to 5; weighted ones to 10.

    Raises
    ------
    InvalidTableError
        When the table is no table of counts, was protected before, or has more than 10 categories to merge in one column.
    BereikError
        When `by` or `over` is no list of columns, each named once.

    Notes
    -----
    Of all ways to merge, that with the highest number of groups times the root of the number of cells is taken. The rest
    takes in the smallest group as long as it is small itself. A cell is also small when more than 90 % in it use care.
    Forms of care have the same youths: what two forms show of a group, taken together, has no cell of fewer than 10 youths.
    The unweighted counts decide. **Limits**: this protects one table. Two tables of the same persons that were protected one
    by one, or the tables of two files that differ by one youth, can be compared; `release` protects several together.
    Minimum of 10 and 90 %: the rule of thumb of the ESSnet guidelines for output checking (Brandt et al. 2010); rounding after
    merging, totals from rounded counts: as OpenSAFELY does.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a"] * 3 + ["b"] * 3, "severity": ["low", "middle", "high"] * 2,
    ...                        "population": [900, 100, 60, 300, 41, 22], "users": [60, 20, 18, 31, 9, 4],
    ...                        "synthetic": True, "source": "made up"})
    >>> protect(counts, by=["origin"], over=["severity"])[["origin", "severity", "population", "users"]]
      origin     severity  population  users
    0      a          low         900     60
    1      a  middle+high         160     40
    2      b          low         300     30
    3      b  middle+high          65     15
    """
    check_columns(by=by, over=["none"] if over in ((), []) else over)
    table = as_counts(counts, by=[*by, *over], parts=[*by[-1:], *over], where="the table to protect")
    if like is not None:
        require_columns(like, ["status"], where="the table in `like`")
    faults = {"the table to protect has a row that is not shown": table["status"] != "shown"}
    refuse_rows(table, faults, expected="counts of persons, none hidden yet", todo="give what `count` gives")
    axes = {name: list(table[name].cat.remove_unused_categories().cat.categories) for name in (by[-1], *over)}
    if many := [name for name in over if len(axes[name]) > MOST_BANDS]:
        expected, todo = f"at most {MOST_BANDS}, in order", "make bands first, for example by severity_bands"
        raise InvalidTableError(f"more than {MOST_BANDS} categories of {many[0]}", expected, todo)
    shown_there = _shown_units(like, axes) if like is not None and not over and by[-1] in like else frozenset()
    known: dict[tuple[Any, ...], _Known] = {}
    pieces = []
    for key, block in table.groupby(list(by[:-1]), observed=True, sort=True) if len(by) > 1 else [((), table)]:
        place = dict(zip(by[:-1], key, strict=True))
        limits = _limits(like, axes, place)
        youths = tuple(value for name, value in place.items() if name not in _SAME_YOUTHS)
        state = known.setdefault(youths, _Known({*shown_there}))
        cells = _Cells.of(block, axes)
        pieces.append(cells.published(_decide(cells, state, _candidates(limits.ways), limits), axes).assign(**place))
    frame = pd.concat(pieces, ignore_index=True)
    order: _Axes = {name: list(table[name].cat.categories) for name in by[:-1]} | {by[-1]: [*axes[by[-1]], REST]}
    order |= {name: [value for value in _spans(axes[name]) if value in set(frame[name])] for name in over}
    weighted = is_weighted(table)
    unit = f"{WEIGHTED_ROUNDED_TO} (weighted)" if weighted else ROUNDED_TO
    said = "; ".join(table["source"].unique()).split("; ")
    said = [re.sub("^[0-9,]+ (rows .* left out)$", r"\1", part) for part in said]  # such a number may be small
    frame = frame.assign(source="; ".join(dict.fromkeys([*said, f"{ROUNDED} {unit}"])), weighted=weighted)
    return as_counts(frame.assign(synthetic=bool(table["synthetic"].iloc[0])), by=[*by, *over], order=order)


# --- which categories are merged, and which groups are shown -----------------------------------------------------------


class _Limits(NamedTuple):
    """What another table of the same persons allows."""

    ways: list[list[Starts]]  # to merge each column
    never: frozenset[int] = frozenset()  # groups that are not shown by themselves
    always: frozenset[int] = frozenset()  # groups that are shown there, and so cannot join a rest
    rest: bool = True


def _shown_units(like: pd.DataFrame, axes: _Axes) -> frozenset[int]:
    """Give the groups that another table shows: all of them where it shows anything and does not have the groups."""
    unit, units = next(iter(axes.items()))
    shown = like[like["status"] == "shown"]
    names = set(shown[unit]) if unit in like else set(units if len(shown) else [])
    return frozenset(at for at, name in enumerate(units) if name in names)


def _limits(like: _Like, axes: _Axes, place: dict[str, Any]) -> _Limits:
    """Say how columns may be merged beside another table, and which groups may not be shown, or not be hidden."""
    (unit, units), *over = axes.items()
    if like is None:
        return _Limits([_ways(values) for _, values in over])
    for column in [name for name in place if name in like]:
        like = like[like[column] == place[column]]
    there = _shown_units(like, axes)
    if not over:
        return _Limits([], always=there)
    ways = [_ways(values, set(like[name].astype(str)) if name in like else ()) for name, values in over]
    if "form" in place and over[0][0] in like:  # so that all groups of a form can be compared
        ways[0] = ways[0][-1:]
    return _Limits(ways, frozenset(range(len(units))) - there, rest=unit not in like)


@dataclass
class _Known:
    """What the forms of care that were decided before show of the same youths."""

    shown: set[int] = field(default_factory=set)  # groups that were shown by themselves
    kept: set[int] = field(default_factory=set)  # groups that never are: some with few youths, together not few
    # what can be told apart of each group, and of all kept ones; and of each form: how it merges, who is in its rest
    cuts: dict[int, Partition] = field(default_factory=dict)
    rests: list[tuple[Partition, set[int]]] = field(default_factory=list)

    def few(self, cells: "_Cells", partition: Partition, rest: set[int]) -> bool:
        """Say whether two forms, by their rests in other categories, tell of a few youths."""
        pairs = [(before, [rest | other] if rest & other else [rest, other]) for before, other in self.rests]
        told = [(_refined(partition, before), sorted(groups)) for before, both in pairs for groups in both if groups]
        return any(cells.few(*one) for one in told)


@dataclass
class _Cells:
    """The counts of a block as arrays: groups first, then one axis for each column that may be merged."""

    youths: np.ndarray
    users: np.ndarray
    counts: dict[str, np.ndarray]  # what is published, before rounding

    @classmethod
    def of(cls, block: pd.DataFrame, axes: _Axes) -> "_Cells":
        """Lay the rows of a block out as arrays; a combination without a row has no youths."""
        codes = tuple(pd.Categorical(block[name].astype(object), values).codes for name, values in axes.items())
        names = [name for name in (*WEIGHTED, "population", "users") if name in block]
        counts = {name: np.zeros([len(values) for values in axes.values()]) for name in names}
        for name, array in counts.items():
            array[codes] = numbers(block[name])
        if "effective_population" in counts:  # kept as the sum of squared weights, which adds up
            counts["effective_population"] = _effective(counts)
        size, users = next((counts[a], counts[b]) for a, b in _COUNTS if a in counts)
        return cls(size, users, counts)

    def small(self, partition: Partition, rows: np.ndarray | None = None) -> np.ndarray:
        """Say which groups (or all `rows` together) have a small cell."""
        arrays = self.counts if rows is None else {name: a[rows].sum(axis=0)[None] for name, a in self.counts.items()}
        sums = {name: merged(array, partition) for name, array in arrays.items()}
        found = np.logical_or.reduce([is_small(sums[a], sums[b]) for a, b in _COUNTS if a in sums])
        if "effective_population" in sums:  # nearly all of the weight is of a few youths
            found |= sums["population"] ** 2 < MIN_CELL_COUNT * sums["effective_population"]
        return np.asarray(found.reshape(len(found), -1).any(axis=1))

    def few(self, partition: Partition, rows: list[int]) -> bool:
        """Say whether these groups together have a cell of fewer than 10 youths."""
        return bool((merged(self.youths[rows].sum(axis=0)[None], partition) < MIN_CELL_COUNT).any())

    def published(self, decided: "_Decision", axes: _Axes) -> pd.DataFrame:
        """Give the rows of a block: the groups that are shown and their rest, merged and rounded; the others hidden."""
        units, *dimensions = axes.values()
        named = [_named(values, starts) for values, starts in zip(dimensions, decided.partition, strict=True)]
        rest = int(decided.rest and decided.shown.any() and not decided.shown.all())
        frame = pd.DataFrame(list(product([*units, *[REST] * rest], *named)), columns=list(axes))
        hidden = np.repeat(np.append(~decided.shown, np.zeros(rest, dtype=bool)), len(frame) // (len(units) + rest))
        sums = {name: merged(array, decided.partition) for name, array in self.counts.items()}
        if rest:
            sums = {name: np.append(one, one[~decided.shown].sum(axis=0)[None], axis=0) for name, one in sums.items()}
        for name, array in _rounded(sums).items():  # beside the weights, unweighted counts tell who has which weight
            frame[name] = pd.Series(array.ravel(), dtype="Int64").mask(hidden | name.endswith("unweighted"))
        return frame.assign(status=np.where(hidden, "hidden", "shown"))


@dataclass
class _Decision:
    partition: Partition
    shown: np.ndarray
    kept: set[int]
    rest: bool = True


def merged(array: np.ndarray, partition: Partition) -> np.ndarray:
    """Add up neighbouring categories along the axes after the first.

    Examples
    --------
    >>> merged(np.array([[1, 2, 3]]), ((0, 1),)).tolist()
    [[1, 5]]
    """
    for axis, starts in enumerate(partition, 1):
        array = np.add.reduceat(array, starts, axis=axis)
    return array


def is_small(size: np.ndarray, users: np.ndarray) -> np.ndarray:
    """Say which cells have fewer than 10 youths, users or non-users, or more than 90 % users."""
    few = np.minimum(users, np.minimum(size, size - users)) < MIN_CELL_COUNT
    return np.asarray(few | (users > DOMINANT * size))


def joined_name(categories: Sequence[object]) -> str:
    """Name merged categories: ages and numbers by their limits, others joined by a plus.

    Examples
    --------
    >>> joined_name(["3", "4-11", "12-14"]), joined_name(["2", "≥3"]), joined_name(["borderline", "clinical"])
    ('3-14', '≥2', 'borderline+clinical')
    """
    names = [str(name) for name in categories]
    first, *_, last = (re.split("-", name) for name in [names[0], *names])
    if len(names) == 1 or not all(_RANGE.fullmatch(name) for name in names):
        return "+".join(names)
    return f"≥{first[0]}" if last[0].startswith("≥") else f"{first[0]}-{last[-1]}"


def _candidates(ways: list[list[Starts]]) -> list[list[Partition]]:
    """Give the ways to merge, finest first: those that keep two categories of the first column, then the others."""
    every = sorted(product(*ways), key=_coarseness)
    first = [partition for partition in every if partition and len(partition[0]) > 1]
    return [first, [partition for partition in every if partition not in first]]


def _coarseness(partition: Partition) -> tuple[int, ...]:
    """Order partitions: those with most cells first, and of these those that keep the categories of the first columns."""
    sizes = [len(starts) for starts in partition]
    return (-int(np.prod(sizes)), *(-size for size in sizes))


def _ways(categories: list[Any], beside: Iterable[str] = ()) -> list[Starts]:
    """Give every way to merge neighbours, the finest last; never finer than the merged categories of a table beside it."""
    number, spans = len(categories), _spans(categories)
    merged_there = [spans.get(name, (0, number)) for name in beside]
    cuts = [at for at in range(1, number) if not any(low < at < high for low, high in merged_there)]
    chosen = chain.from_iterable(combinations(cuts, size) for size in range(len(cuts) + 1))
    return [(0, *begins) for begins in chosen]


def _spans(categories: list[Any]) -> dict[str, tuple[int, int]]:
    """Name every merged category there can be, in order, with where it begins and ends."""
    return {joined_name(categories[low:high]): (low, high) for low, high in combinations(range(len(categories) + 1), 2)}


def _named(categories: list[Any], starts: Starts) -> list[str]:
    ends = [*starts[1:], len(categories)]
    return [joined_name(categories[low:high]) for low, high in zip(starts, ends, strict=True)]


def _decide(cells: _Cells, known: _Known, candidates: list[list[Partition]], limits: _Limits) -> _Decision:
    """Choose how categories are merged and which groups are shown; none when even the whole is small."""
    best, best_score = None, 0.0
    for tier in candidates:
        for partition in tier:
            decision = _with_rest(cells, known, partition, limits)
            score = decision.shown.sum() * np.sqrt(np.prod([len(starts) for starts in partition]))
            if score > best_score:
                best, best_score = decision, score
        if best is not None:
            break
    if best is None:
        whole: Partition = tuple((0,) for _ in range(cells.youths.ndim - 1))
        return _Decision(whole, np.zeros(len(cells.youths), dtype=bool), known.kept)
    now: list[int] = np.flatnonzero(best.shown).tolist()
    known.shown |= set(now)
    known.kept = best.kept
    if best.rest:
        known.rests.append((best.partition, set(np.flatnonzero(~best.shown).tolist())))
    for unit in [*now, _KEPT] if best.kept else now:
        known.cuts[unit] = _refined(best.partition, known.cuts.get(unit))
    return best


def _refined(partition: Partition, before: Partition | None) -> Partition:
    """Give the categories that can be told apart with two partitions."""
    if before is None:
        return partition
    return tuple(tuple(sorted({*one, *other})) for one, other in zip(partition, before, strict=True))


def _with_rest(cells: _Cells, known: _Known, partition: Partition, limits: _Limits) -> _Decision:
    """Show the groups without a small cell; the others are one rest, which the smallest group joins while it is small."""
    small = cells.small(partition)
    for unit in np.flatnonzero(~small).tolist():
        small[unit] = unit in known.kept | limits.never or cells.few(_refined(partition, known.cuts.get(unit)), [unit])
    shown, kept = ~small, set(known.kept)
    if not limits.rest:
        return _Decision(partition, shown, kept, rest=False)
    axes = tuple(range(1, cells.users.ndim))
    order = np.lexsort((cells.youths.sum(axis=axes), cells.users.sum(axis=axes))).tolist()
    kept |= {unit for unit in order if small[unit] and cells.few(partition, [unit])}
    while shown.any():
        rest = np.flatnonzero(~shown)
        if kept and cells.few(_refined(partition, known.cuts.get(_KEPT)), sorted(kept)):
            free = [unit for unit in order if unit not in kept and unit not in known.shown]
            if not free:
                shown[:] = False
                break
            kept.add(next((unit for unit in free if not shown[unit]), free[0]))
            shown[sorted(kept)] = False
        elif (len(rest) and cells.small(partition, rest).any()) or known.few(cells, partition, set(rest.tolist())):
            free = [unit for unit in order if shown[unit] and unit not in limits.always]
            shown[free[:1] or slice(None)] = False
        else:
            break
    return _Decision(partition, shown, kept)


def _effective(counts: dict[str, np.ndarray]) -> np.ndarray:
    """Give the sum of squared weights of an effective population, or the reverse; nothing where there is nobody."""
    squared, other = counts["population"] ** 2, counts["effective_population"]
    return np.divide(squared, other, out=np.zeros_like(squared), where=other > 0)


def _rounded(counts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Round counts to 5; weighted ones to 10, and their unweighted and effective numbers to 5."""
    weighted = "effective_population" in counts
    counts = {**counts, "effective_population": _effective(counts)} if weighted else counts
    units = {name: WEIGHTED_ROUNDED_TO if weighted and name not in WEIGHTED else ROUNDED_TO for name in counts}
    near = {name: units[name] * np.floor(np.round(values, 6) / units[name] + 0.5) for name, values in counts.items()}
    return {name: values.astype("int64") for name, values in near.items()}


def rounded_to(sources: pd.Series) -> int | None:
    """Give the unit to which the counts of a protected table are rounded, as its source says; None for another table.

    Examples
    --------
    >>> rounded_to(pd.Series(["individual data: own.csv; counts rounded to 10 (weighted)"])), rounded_to(pd.Series(["CBS"]))
    (10, None)
    """
    units = sources.str.extract(rf"; {ROUNDED} (\d+)", expand=False).dropna()
    return None if units.empty else int(units.max())


# --- the guard ---------------------------------------------------------------------------------------------------------


def is_individual(source: object) -> bool:
    """Say whether a source, or one of several separated by ``;``, is individual data (also of the synthetic example).

    Examples
    --------
    >>> is_individual("individual data: own.csv"), is_individual("CBS StatLine 82965NED")
    (True, False)
    """
    return any(part.strip().startswith(INDIVIDUAL.strip()) for part in str(source).split(";"))


def refuse_unprotected(table: pd.DataFrame) -> None:
    """Raise when a table of individual data was not protected, or when persons were read and it does not say where it is from.

    Parameters
    ----------
    table : pandas.DataFrame
        A count table or a result table; anything of which no row is individual data passes, as long as no persons were read
        in this session.

    Raises
    ------
    DisclosureError
        When the source of individual data does not say that counts are rounded; when the table has rows of persons, a shown
        cell that is small, or (after persons were read) no ``source`` and ``synthetic``.

    Examples
    --------
    >>> refuse_unprotected(pd.DataFrame({"origin": ["a"], "population": 50, "users": 3, "source": "individual data: x"}))
    Traceback (most recent call last):
    bereik.errors.DisclosureError: A table of individual data that was not protected (source 'individual data: x'). Expected:
    ...
    """
    require_frame(table, where="the table")
    absent = [name for name in ("source", "synthetic") if name not in table]
    if absent and persons_were_read() and len(table):
        problem = f"a table without {' and '.join(absent)}, in a session in which data of persons were read"
        todo = "give them again, of public figures source='CBS StatLine ...' and synthetic=False: a groupby drops them"
        raise DisclosureError(problem, "tables that say so, or that `protect` or `release` made", todo)
    if "source" not in table or not table["source"].map(is_individual).any():
        return
    texts = table["source"].astype(str).unique()
    bare = [text for text in texts if is_individual(text) and not any(mark in text for mark in (ROUNDED, SMALL_HIDDEN))]
    if bare or "id" in table:
        problem = f"a table of individual data that was not protected (source {bare[0]!r})" if bare else "rows with ids"
        todo = "count the persons, then protect(counts, by=..., over=...), and compute everything from what it gives"
        raise DisclosureError(problem, "figures made of protected counts", todo)
    measure = table.get("measure", pd.Series("", index=table.index)).astype(str)
    status = table.get("status", pd.Series("shown", index=table.index))
    shown = ((status == "shown") & ~measure.str.contains(_NO_YOUTHS)).to_numpy()
    for whole, part in (pair for pair in _COUNTS if set(pair) <= set(table)):
        size, users = numbers(table[whole]), numbers(table[part])
        small = shown & (np.fmin(users, np.fmin(size, size - users)) < MIN_CELL_COUNT) & (size > 0)
        if small.any():
            keys = table.select_dtypes(exclude=["number", "bool"]).drop(columns="source").iloc[:, :4]
            fault = f"a cell of fewer than {MIN_CELL_COUNT}: {example_rows(keys, small)}"
            expected = f"at least {MIN_CELL_COUNT} youths, users and non-users in every cell that is shown"
            raise DisclosureError(fault, expected, "hide it with protect(counts, by=..., over=...)")


def save_table(table: pd.DataFrame, stem: str) -> Path:
    r"""Write a derived table to `processed_folder`, the same bytes from run to run.

    Parameters
    ----------
    table : pandas.DataFrame
        The table, in the order in which it is to be read; results from StatLine get the ages that they are about.
    stem : str
        File name without ending.

    Returns
    -------
    pathlib.Path
        The file, comma-separated, UTF-8; a missing value is an empty cell.

    Raises
    ------
    DisclosureError
        When the table is made of individual data and was not protected.
    BereikError
        When the name is none of a file, or a text holds a control sign.

    Examples
    --------
    >>> save_table(pd.DataFrame({"origin": ["a"], "value": [0.1 + 0.2]}), "example").read_text(encoding="utf-8")
    'origin,value\na,0.3\n'
    """
    if not (isinstance(stem, str) and re.fullmatch(r"\w[\w.-]{0,99}", stem)):
        todo = "choose a short name, without a folder and without .csv"
        raise BereikError(f"the name {str(stem)[:40]!r}", "letters, digits, hyphens and _, at most a hundred", todo)
    refuse_unprotected(table)
    told = with_ages(table) if {"measure", "source"} <= set(table) and not table["synthetic"].any() else table
    return write_csv(told, processed_folder() / f"{stem}.csv")
