"""Primary and secondary suppression: no cell of fewer than 10 youths, users or non-users is shown, or can be computed.

It holds for anything made of individual data; `protect` hides what is small, and what is not hidden is not written or drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists import SCHEMES, origin_groups
from bereik.errors import DisclosureError, example_rows
from bereik.paths import processed_folder
from bereik.tables import FIGURES, HIDDEN, numbers, require_columns, require_unique, write_csv

if TYPE_CHECKING:
    from scipy.sparse import csr_array


Key = tuple[object, ...]

MIN_CELL_COUNT = 10
INDIVIDUAL = "individual data: "  # how the source of anything made of persons begins
TOTAL = "total"
SIZE, USERS = "_size", "_users"
_ALMOST = 1e-6
_COUNTS = (("n_unweighted", "users_unweighted"), ("population", "users"), ("denominator", "numerator"))
_NUMBERS = (*chain(*_COUNTS), "population_lower", "population_upper", "effective_population", *FIGURES)
_LONG = ("status", "synthetic", "source", "method", "per", "relative_to", "standard")
# measures of which one part of the fraction is expected users, and others whose fraction is no numbers of youths
_EXPECTED = ("use_shortfall", "expected_minus_observed", "observed_expected")
_OF_RATES = ("crude_rate_ratio", "crude_rate_difference", "rate_ratio_at_equal_severity", "odds_ratio_homogeneity")
_ADJUSTED = ("rate_difference_at_equal_severity", "need_adjusted_difference", "fully_adjusted_difference")
_TOOLS = ("tool_tried", "tool_adopted", "signal_taken_up", "signal_resolved")  # of a pilot: no persons
_NO_COUNTS = (*_OF_RATES, *_ADJUSTED, "unadjusted_difference", *_TOOLS, *_EXPECTED)
_SEVERE = "unmet_need"


def protect(
    table: pd.DataFrame, *, by: Sequence[str], counts: pd.DataFrame | None = None, margins: bool = True
) -> pd.DataFrame:
    """Hide what shows fewer than 10 youths, users or non-users, and others from which that could be computed.

    Parameters
    ----------
    table : pandas.DataFrame
        A count table, or a result table. Results with one row per combination of `by` whose ``numerator`` are users and
        ``denominator`` youths are treated as counts; others are hidden with the group that they are made of.
    by : list of str
        The category columns of the counts, or of the groups. They make the margins that add up, except ``form``: forms of
        care overlap, so each form is a table of its own. A category ``total``, or an origin that contains others (*met een
        niet-westerse migratieachtergrond*), is the total of the rest. For results with a reference group the last column
        is that of the reference.
    counts : pandas.DataFrame, optional
        The count table that results were made of; it may have more columns than `by`. Needed when results have no numbers of
        users and youths, or name a reference group that has no rows in them.
    margins : bool
        The reader also knows totals that are not in a table of counts. With False only totals in the table are reckoned with.

    Returns
    -------
    pandas.DataFrame
        The same rows. ``status`` is ``suppressed`` for a small cell (including 0 users: it would disclose that no member of
        the group uses care) and ``complementary`` for one that is hidden to protect it; all numbers of both are missing. A
        count without youths keeps its 0 and has status ``no_population``. Results have the status of their group or of
        their reference group, unmet need also its own. Beside a number of expected users (use_shortfall,
        expected_minus_observed, observed_expected) numerator and denominator are left out, and the value stays: expected
        minus observed, with the expected number beside it, gives the observed number back.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, or a combination of counts occurs twice.
    DisclosureError
        When the counts of a group of results, or of its reference, are not given.

    Notes
    -----
    After it nobody who has the table, the totals of its margins and the number of youths in cells of 10 or more can compute
    a hidden number of users exactly, or prove that it, or the number of non-users, is below 10; see
    `bereik.suppress.secondary_suppression`. A total that is itself small, or that equals one hidden cell, is taken as
    hidden: publish totals only as rows ``total`` of the same table. Tables that were protected one by one can still be
    compared with one another: this is the minimum for one table, not a check of everything that is published.
    Minimum: the rule of thumb of 10 of the ESSnet guidelines for output checking (Brandt et al. 2010).

    Examples
    --------
    >>> counts = pd.DataFrame({"sex": ["boys", "girls", "boys", "girls"], "age": ["4-11", "4-11", "12-17", "12-17"],
    ...                        "population": 90, "users": [4, 20, 30, 40], "synthetic": True, "source": "made up"})
    >>> protect(counts, by=["sex", "age"], margins=False)[["users", "status"]]
       users      status
    0   <NA>  suppressed
    1     20       shown
    2     30       shown
    3     40       shown
    >>> protect(counts, by=["sex", "age"])["status"].tolist()
    ['suppressed', 'complementary', 'complementary', 'complementary']
    >>> results = pd.DataFrame({"sex": ["boys", "girls"], "measure": "crude_rate_ratio", "value": [1.1, 0.9],
    ...                         "numerator": None, "denominator": None, "status": "shown"})
    >>> protect(results, by=["sex"], counts=counts.assign(users=[4, 20, 5, 40]))[["value", "status"]]
       value         status
    0    NaN     suppressed
    1    NaN  complementary
    """
    if counts is not None or ("measure" in table and _made_of_groups(table, by)):
        return _protect_results(table, by, counts)
    return _protect_cells(table, by, margins)


def _made_of_groups(results: pd.DataFrame, by: Sequence[str]) -> bool:
    """Say whether some result cannot be judged by a numerator and denominator of its own."""
    require_columns(results, [*by, "measure", "numerator", "denominator", "status"], where="the results")
    uncounted = results["measure"].isin([*_NO_COUNTS, _SEVERE])
    uncounted |= (results["status"] == "shown") & results["numerator"].isna()
    compared = "relative_to" in results and results["relative_to"].notna().any()
    return bool(compared or uncounted.any() or results.duplicated(list(by)).any())


def _protect_cells(table: pd.DataFrame, by: Sequence[str], margins: bool = True) -> pd.DataFrame:
    """Hide small counts, and others from which they could be computed."""
    where = "the table to protect"
    size, users = next((pair for pair in _COUNTS if set(pair) <= set(table)), _COUNTS[-1])
    require_columns(table, [*by, size, users], where=where)
    require_unique(table, by, where=where)
    cells = table[list(by)].reset_index(drop=True).assign(**{SIZE: numbers(table[size]), USERS: numbers(table[users])})
    small = is_small(cells[SIZE].to_numpy(), cells[USERS].to_numpy())
    hidden = _hidden_cells(cells, [name for name in by if name != "form"], margins)
    status = table.get("status", pd.Series("shown", index=table.index)).to_numpy(dtype=object)
    free = ~np.isin(status.astype(str), HIDDEN)
    status = np.where(free & hidden, np.where(small, "suppressed", "complementary"), status)
    status = np.where(free & (cells[SIZE] == 0).to_numpy(), "no_population", status)
    return _with_status(table, status)


def _with_status(table: pd.DataFrame, status: np.ndarray) -> pd.DataFrame:
    """Give rows a status; the numbers of those that it hides become missing."""
    hidden = np.isin(status.astype(str), HIDDEN)
    result = table.assign(status=status)
    for name in _NUMBERS:
        if name in result and hidden.any():
            whole = pd.api.types.is_integer_dtype(result[name])
            result[name] = result[name].astype("Int64" if whole else result[name].dtype).mask(hidden)
    return result


def _protect_results(results: pd.DataFrame, by: Sequence[str], counts: pd.DataFrame | None) -> pd.DataFrame:
    """Hide results with the group, or the reference group, that they are made of."""
    require_columns(results, [*by, "measure", "numerator", "denominator", "status"], where="the results")
    groups = _protect_cells(_groups(results, by) if counts is None else _summed(counts, by), by)
    status_of: dict[Key | None, str] = dict(zip(_keys(groups, by), groups["status"].astype(str), strict=True))
    keys = _keys(results, by)
    relative_to = results["relative_to"] if "relative_to" in results else [None] * len(results)
    reference = [None if pd.isna(name) else (*key[:-1], str(name)) for key, name in zip(keys, relative_to, strict=True)]
    unknown = [key for key in [*keys, *reference] if key is not None and key not in status_of]
    if unknown:
        problem = f"the users and youths of {', '.join(unknown[0])} are not in the {'results' if counts is None else 'counts'}"
        expected = "the counts of every group and of the reference, since small ones must be hidden"
        raise DisclosureError(problem, expected, "give the count table that the results were made of as counts=")
    of_group, of_reference = ([status_of.get(key, "shown") for key in each] for each in (keys, reference))
    reasons = np.array([of_group, of_reference, _severe(results, by)], dtype=object)
    status = results["status"].to_numpy(dtype=object)
    free = ~np.isin(status.astype(str), HIDDEN)
    for reason in ("complementary", "suppressed"):
        status = np.where(free & (reasons == reason).any(axis=0), reason, status)
    table = _with_status(results, status)
    beside = table["measure"].isin(_EXPECTED)
    return table.assign(**{name: table[name].mask(beside) for name in ("numerator", "denominator")})


def _groups(results: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give users and youths of each group, as far as the results say them."""
    counted = ~results["measure"].isin([*_NO_COUNTS, _SEVERE]) & results["numerator"].notna()
    return results.loc[counted, [*by, "numerator", "denominator"]].drop_duplicates(list(by))


def _summed(counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add the counts up to the groups."""
    require_columns(counts, [*by, "population", "users"], where="the counts")
    names = [name for name in chain(*_COUNTS[:2]) if name in counts]
    return counts.groupby(list(by), sort=False, observed=True)[names].sum(skipna=False).reset_index()


def _keys(table: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, ...]]:
    return list(table[list(by)].astype(str).itertuples(index=False, name=None))


def _severe(results: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """Give the status of each row of unmet need by its severe youths; of others: shown."""
    status = np.full(len(results), "shown", dtype=object)
    at = np.flatnonzero((results["measure"] == _SEVERE) & results["numerator"].notna())
    rows = results.iloc[at]
    single = len(rows) and not rows.duplicated(list(by)).any()
    status[at] = _protect_cells(rows, by)["status"].astype(str) if single else "suppressed"
    return status


def _hidden_cells(cells: pd.DataFrame, by: list[str], margins: bool) -> np.ndarray:
    """Find the cells to hide: first for their youths, in all forms of care at once; then for users, form by form."""
    if not by or cells.empty:
        return is_small(cells[SIZE].to_numpy(), cells[USERS].to_numpy())
    fewest = cells.groupby(by, sort=False, observed=True)[SIZE].min().reset_index()
    few = _hidden_keys(fewest.assign(**{USERS: np.nan}), by, margins, set())
    result = np.zeros(len(cells), dtype=bool)
    forms = cells["form"].astype(str) if "form" in cells else pd.Series("", index=cells.index)
    for rows in cells.groupby(forms, sort=False).indices.values():
        keys = _hidden_keys(cells.iloc[rows], by, margins, few)
        result[rows] = [key in keys for key in cells.iloc[rows][by].itertuples(index=False, name=None)]
    return result


def _hidden_keys(cells: pd.DataFrame, by: list[str], margins: bool, few: set[Key]) -> set[Key]:
    """Find the cells and totals to hide of one form; of youths when the users are missing.

    Totals that are not in the table are a table of their own, with fewer dimensions: what is hidden there is hidden here.
    """
    given = set(few)
    for at, name in enumerate(by if margins and len(by) > 1 else []):
        totals = _totals_over(cells, by, name)
        if totals is not None:
            below = {(*key[:at], *key[at + 1 :]) for key in few if key[at] == TOTAL}
            above = _hidden_keys(totals, [other for other in by if other != name], margins, below)
            given |= {(*key[:at], TOTAL, *key[at:]) for key in above}
    relations = margins_of(cells, by, with_totals=margins)
    hidden = secondary_suppression(relations, np.array([key in given for key in relations.keys]))
    return {key for key, hide in zip(relations.keys, hidden, strict=True) if hide}


class Margins(NamedTuple):
    """The additive relations between cells and totals, as linear equations."""

    keys: list[Key]  # the cells of the table first, then totals that it does not have
    outside: np.ndarray  # those totals
    size: np.ndarray  # youths
    users: np.ndarray  # missing when the youths themselves are to be protected
    equations: "csr_array"  # one row per total: 1 for its cells, -1 for itself


def margins_of(cells: pd.DataFrame, by: Sequence[str], *, with_totals: bool) -> Margins:
    """Write the margins of a table as equations; `with_totals`: also the totals that it does not have.

    A category ``total``, or an origin that contains others in the table, is the total of the others along its dimension.

    Examples
    --------
    >>> cells = pd.DataFrame({"sex": ["boys", "girls"], SIZE: [20.0, 30.0], USERS: [4.0, 5.0]})
    >>> margins = margins_of(cells, ["sex"], with_totals=True)
    >>> margins.keys, margins.users.tolist(), margins.equations.toarray().tolist()
    ([('boys',), ('girls',), ('total',)], [4.0, 5.0, 9.0], [[1.0, 1.0, -1.0]])
    """
    from scipy.sparse import csr_array

    frame = cells[[*by, SIZE, USERS]].astype(dict.fromkeys(by, object))
    parents = {name: _parents(name, frame[name].unique()) for name in by}
    for name in by if with_totals else ():
        totals = _totals_over(frame, by, name)
        if totals is not None:
            frame = pd.concat([frame, totals.assign(**{name: TOTAL})], ignore_index=True)
    keys = list(frame[list(by)].itertuples(index=False, name=None))
    place = {key: at for at, key in enumerate(keys)}
    parts: dict[tuple[str, int], list[int]] = {}
    for dimension, name in enumerate(by):
        for at, key in enumerate(keys):
            total = place.get((*key[:dimension], parents[name].get(key[dimension]), *key[dimension + 1 :]))
            if total is not None:
                parts.setdefault((name, total), []).append(at)
    counted = frame[SIZE if frame[USERS].isna().all() else USERS].notna().to_numpy()
    lines = [[*cells_of, total] for (_, total), cells_of in parts.items() if counted[[*cells_of, total]].all()]
    signs = list(chain(*([1.0] * (len(line) - 1) + [-1.0] for line in lines)))
    rows = [row for row, line in enumerate(lines) for _ in line]
    equations = csr_array((signs, (rows, list(chain(*lines)))), shape=(len(lines), len(keys)))
    return Margins(keys, np.arange(len(keys)) >= len(cells), numbers(frame[SIZE]), numbers(frame[USERS]), equations)


def _totals_over(cells: pd.DataFrame, by: Sequence[str], name: str) -> pd.DataFrame | None:
    """Add up the cells over one dimension; None when the table has that total, or one category only."""
    parents = _parents(name, cells[name].unique())
    if TOTAL in parents or len(parents) < 2:
        return None
    top = cells[cells[name].map(parents) == TOTAL]
    others = [other for other in by if other != name]
    if not others:
        return top[[SIZE, USERS]].sum(skipna=False).to_frame().T
    return top.groupby(others, sort=False, observed=True)[[SIZE, USERS]].sum(skipna=False).reset_index()


def _parents(name: str, categories: Sequence[object]) -> Mapping[object, object]:
    """Give the category that contains each: the nearest in the table for origins, else the total."""
    parents: dict[object, object] = {value: None if value == TOTAL else TOTAL for value in categories}
    for scheme in SCHEMES if name == "origin" else ():
        above = origin_groups(scheme).set_index("code")["parent"].to_dict()
        if set(parents) <= set(above):
            for value in parents:
                parent = above[value]
                while parent and parent not in parents:
                    parent = above[parent]
                parents[value] = parent or parents[value]
            break
    return parents


@dataclass
class _Suppression:
    """What is hidden in a table, and what a reader may think possible of each cell."""

    equations: "csr_array"
    values: np.ndarray
    small: np.ndarray  # cells to protect
    most: np.ndarray  # the highest number that a reader thinks possible: the youths in the cell, or infinity
    hidden: np.ndarray
    ranges: np.ndarray  # the lowest and highest value of each cell that is possible so far

    def is_safe(self, cell: int) -> bool:
        """Say whether a number can be large, and far enough below the most; for fewer youths, not exactly known."""
        (low, high), most = self.ranges[:, cell], self.most[cell]
        few = most < MIN_CELL_COUNT
        return bool(high - low >= 1 and (few or (high >= MIN_CELL_COUNT and low <= most - MIN_CELL_COUNT)))

    def widen(self, cell: int) -> None:
        """Find the lowest and highest value of a hidden cell; what other cells are in these tables is possible as well."""
        from scipy.optimize import linprog

        cells = np.flatnonzero(self.hidden & ~np.isnan(self.values))
        matrix = self.equations[:, cells]
        matrix = matrix[np.flatnonzero(abs(matrix).sum(axis=1))]
        total, bounds = matrix @ self.values[cells], np.column_stack([np.zeros(len(cells)), self.most[cells]])
        for sign in (-1.0, 1.0):
            if self.small[cell] and self.is_safe(cell):
                return
            aim = np.where(cells == cell, sign, 0.0)
            solution = linprog(aim, A_eq=matrix, b_eq=total, bounds=bounds, method="highs")
            if solution.status == 3:  # unbounded: as high as you like
                self.ranges[1, cell] = np.inf
            elif solution.status == 0:
                low, high = np.ceil(solution.x - _ALMOST), np.floor(solution.x + _ALMOST)
                self.ranges[0, cells] = np.minimum(self.ranges[0, cells], low)
                self.ranges[1, cells] = np.maximum(self.ranges[1, cells], high)

    def disclosed(self) -> np.ndarray | None:
        """Give the equations of a small cell that can be computed exactly or proven small, or None."""
        member = abs(self.equations)
        alone = np.flatnonzero((member @ self.hidden == 1) & (member @ (self.hidden & self.small) == 1))
        if len(alone):
            return alone[:1]
        for cell in np.flatnonzero(self.small & ~np.isnan(self.values)).tolist():
            if not self.is_safe(cell):
                self.widen(cell)
                if not self.is_safe(cell):
                    return np.flatnonzero(member[:, [cell]].toarray())
        return None


def secondary_suppression(margins: Margins, given: np.ndarray) -> np.ndarray:
    """Hide cells until no small one can be computed exactly, or proven to be below the minimum.

    Parameters
    ----------
    margins : Margins
        The cells, their numbers, and what adds up.
    given : array of bool
        The cells that are hidden for another reason.

    Returns
    -------
    numpy.ndarray of bool
        The cells that are hidden.

    Notes
    -----
    Two steps in turn, until neither finds a cell: where an equation has one hidden cell and it is small, hide the smallest
    other one of it; and find the lowest and highest value of each small cell by linear programming over all equations
    together (the audit of Fischetti & Salazar 2000), and hide the smallest other cell of the equations of the first that
    fails. When these have none left, any cell is hidden (fail closed). Hiding more never narrows a range, so each is
    computed once or twice. At the end a cell that was hidden in vain, because it can be computed exactly, is shown again.
    A small number must be able to be as large as the minimum, and that far below the youths in the cell, where these allow it.

    Examples
    --------
    >>> cells = pd.DataFrame({"sex": ["boys", "girls"] * 2, "age": [1, 1, 2, 2], SIZE: 90.0, USERS: [4.0, 20, 30, 40]})
    >>> margins = margins_of(cells, ["sex", "age"], with_totals=True)
    >>> secondary_suppression(margins, np.zeros(9, dtype=bool))[:4].tolist()
    [True, True, True, True]
    """
    of_youths = bool(np.isnan(margins.users).all())
    values = margins.size if of_youths else margins.users
    most = np.full(len(values), np.inf) if of_youths else margins.size
    small = (margins.size < MIN_CELL_COUNT if of_youths else is_small(margins.size, values)) & (margins.size > 0)
    state = _Suppression(margins.equations, values, small, most, small | given, np.array([values, values]))
    can_be_hidden = (margins.size > 0) & ~np.isnan(values)
    totals = np.asarray((margins.equations < 0).sum(axis=0)).ravel() > 0
    order = np.lexsort(
        (values, totals, margins.outside)
    )  # the smallest first, then totals, then those not in the table
    while (lines := state.disclosed()) is not None:
        in_line = np.zeros(len(values), dtype=bool)
        in_line[margins.equations[lines].indices] = True
        left = can_be_hidden & ~state.hidden
        choices = (in_line & left & ~margins.outside, left & ~margins.outside, left)
        choice = next((choice for choice in choices if choice.any()), None)
        if choice is None:
            break
        state.hidden[order[choice[order]][0]] = True
    for cell in np.flatnonzero(state.hidden & ~small & ~given & (state.ranges[0] == state.ranges[1])).tolist():
        state.widen(cell)
        state.hidden[cell] = state.ranges[0, cell] < state.ranges[1, cell]
    return state.hidden


def is_small(size: np.ndarray, users: np.ndarray) -> np.ndarray:
    """Say which cells have some, but fewer than the minimum of youths, users or non-users."""
    return ~(size == 0) & (np.fmin(users, np.fmin(size, size - users)) < MIN_CELL_COUNT)


def is_individual(source: object) -> bool:
    """Say whether a source, or one of several separated by ``;``, is individual data (also of the synthetic example).

    Examples
    --------
    >>> is_individual("individual data: own.csv"), is_individual("CBS StatLine 82965NED")
    (True, False)
    """
    return any(part.strip().startswith(INDIVIDUAL.strip()) for part in str(source).split(";"))


def refuse_small_cells(table: pd.DataFrame) -> None:
    """Raise when a table of individual data shows a cell of fewer than 10 youths, users or non-users.

    Parameters
    ----------
    table : pandas.DataFrame
        A count table or a result table; anything of which no row is individual data passes.

    Raises
    ------
    DisclosureError
        When a shown cell is small, a shortfall stands beside its expected number, or the table has rows of persons, or no
        counts by which it can be judged.

    Notes
    -----
    A result whose fraction is no count of youths (a ratio of rates) cannot be judged by itself: `protect` hides it with its
    group.

    Examples
    --------
    >>> refuse_small_cells(pd.DataFrame({"origin": ["a"], "population": 50, "users": 3, "source": "individual data: x"}))
    Traceback (most recent call last):
    bereik.errors.DisclosureError: A cell of fewer than 10: row 0 (origin='a'). Expected: at least 10 youths, users and
    non-users in every cell that is shown. To do: hide it with protect(table, by=...), results also with counts=.
    """
    if "source" not in table or not table["source"].map(is_individual).any():
        return
    pairs = [pair for pair in _COUNTS if set(pair) <= set(table)]
    if not pairs or "id" in table:
        problem = f"a table of individual data with the columns {', '.join(map(str, table.columns[:8]))}"
        todo = "count the persons first, and keep their rows out of what is written"
        raise DisclosureError(problem, "a count table or a result table, without ids", todo)
    measure = table.get("measure", pd.Series("", index=table.index)).astype(str)
    shown = (table.get("status", pd.Series("shown", index=table.index)) == "shown").to_numpy()
    for size, users in ((numbers(table[whole]), numbers(table[part])) for whole, part in pairs):
        beside = measure.isin(_EXPECTED).to_numpy() & ~(np.isnan(size) & np.isnan(users))
        small = is_small(size, users) & ~measure.isin(_NO_COUNTS).to_numpy()
        faults = {"an observed beside an expected number": beside, f"a cell of fewer than {MIN_CELL_COUNT}": small}
        for what, fault in faults.items():
            if (shown & fault).any():
                keys = [name for name in table if not pd.api.types.is_numeric_dtype(table[name]) and name not in _LONG]
                cells = example_rows(table[keys], shown & fault)  # with the categories, never with the numbers
                expected = f"at least {MIN_CELL_COUNT} youths, users and non-users in every cell that is shown"
                todo = "hide it with protect(table, by=...), results also with counts="
                raise DisclosureError(f"{what}: {cells}", expected, todo)


def save_table(table: pd.DataFrame, stem: str) -> Path:
    r"""Write a derived table to data/processed (or below BEREIK_OUTPUT), the same bytes from run to run.

    Parameters
    ----------
    table : pandas.DataFrame
        The table, in the order in which it is to be read.
    stem : str
        File name without ending.

    Returns
    -------
    pathlib.Path
        The file, comma-separated, UTF-8; a missing value is an empty cell.

    Raises
    ------
    DisclosureError
        When the table is made of individual data and shows a cell of fewer than 10 youths, users or non-users.

    Examples
    --------
    >>> save_table(pd.DataFrame({"origin": ["a"], "value": [0.1 + 0.2]}), "example").read_text(encoding="utf-8")
    'origin,value\na,0.3\n'
    """
    refuse_small_cells(table)
    return write_csv(table, processed_folder() / f"{stem}.csv")
