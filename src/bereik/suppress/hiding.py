"""Which other cells must be hidden so that a hidden cell cannot be computed from those that are shown and the totals."""

from typing import NamedTuple

import numpy as np

from bereik.suppress.lines import Lines

_ALMOST = 1e-6


class Hiding(NamedTuple):
    """What must be hidden in a table, and what a reader may think possible."""

    small: np.ndarray  # cells to protect
    given: np.ndarray  # cells that are hidden for another reason
    closed: np.ndarray  # totals that are not in the table: hidden by their own table, or not at all
    most: np.ndarray  # the highest number that a reader thinks possible: the youths in the cell, or infinity
    minimum: float  # a small number must be able to be this large, and, where `most` allows it, this far below `most`


def hidden_cells(lines: Lines, values: np.ndarray, hiding: Hiding) -> np.ndarray:
    """Hide cells until no small one can be computed exactly, or proven to be below the minimum.

    Parameters
    ----------
    lines : Lines
        What adds up.
    values : array of float
        The number in each cell.
    hiding : Hiding
        The cells to protect, and from what.

    Returns
    -------
    numpy.ndarray of bool
        The cells that are hidden.

    Notes
    -----
    Two steps in turn, until neither finds a cell: where a line has one hidden cell and it is small, hide the smallest other
    one of it; and find the lowest and highest value of each small cell by linear programming over all lines together (the
    audit of Fischetti & Salazar 2000), and hide the smallest other cell of the lines of the first that fails. When a line
    has none left, any cell is hidden (fail closed). Hiding more never narrows a range, so each is computed once or twice.
    At the end a cell that was hidden in vain, because it can be computed exactly, is shown again.

    Examples
    --------
    >>> import pandas as pd
    >>> from bereik.suppress.lines import SIZE, USERS, lines_of
    >>> cells = pd.DataFrame({"sex": ["boys", "girls"] * 2, "age": [1, 1, 2, 2], SIZE: 90.0, USERS: [4.0, 20, 30, 40]})
    >>> lines = lines_of(cells, ["sex", "age"], margins=True)
    >>> none = lines.size < 0
    >>> hidden_cells(lines, lines.users, Hiding(lines.users < 10, none, none, lines.size, 10))[:4].tolist()
    [True, True, True, True]
    """
    hidden, ranges = hiding.small | hiding.given, np.array([values, values])
    member = abs(lines.equations)
    can_be_hidden = (lines.size > 0) & ~np.isnan(values)
    totals = np.asarray((lines.equations < 0).sum(axis=0)).ravel() > 0
    order = np.lexsort((values, totals, hiding.closed))  # the smallest first, then totals, then those not in the table
    while True:
        alone = np.flatnonzero((member @ hidden == 1) & (member @ (hidden & hiding.small) == 1))
        in_line = np.zeros(len(hidden), dtype=bool)
        if len(alone):
            in_line[member[[alone[0]]].indices] = True
        else:
            weak = _first_found(lines, values, hidden, hiding, ranges)
            if weak is None:
                break
            in_line[member[np.flatnonzero(member[:, [weak]].toarray())].indices] = True
        left = can_be_hidden & ~hidden
        for choice in (in_line & left & ~hiding.closed, left & ~hiding.closed, left):
            if choice.any():
                hidden[order[choice[order]][0]] = True
                break
        else:
            break
    for in_vain in np.flatnonzero(hidden & ~hiding.small & ~hiding.given & (ranges[0] == ranges[1])).tolist():
        _widen(lines, values, hidden, hiding, ranges, in_vain)
        hidden[in_vain] = ranges[0, in_vain] < ranges[1, in_vain]
    return hidden


def _first_found(
    lines: Lines, values: np.ndarray, hidden: np.ndarray, hiding: Hiding, ranges: np.ndarray
) -> int | None:
    """Give a small cell that is exactly known or provably small; widens `ranges`, what is found to be possible so far."""
    for cell in np.flatnonzero(hiding.small & ~np.isnan(values)).tolist():
        if not _safe(ranges[:, cell], hiding, cell):
            _widen(lines, values, hidden, hiding, ranges, cell)
            if not _safe(ranges[:, cell], hiding, cell):
                return int(cell)
    return None


def _safe(found: np.ndarray, hiding: Hiding, cell: int) -> bool:
    """Say whether a number can be large, and far enough below the most; for fewer youths than that, not exactly known."""
    low, high = found
    minimum, most = hiding.minimum, hiding.most[cell]
    return bool(high - low >= 1 and (most < minimum or (high >= minimum and low <= most - minimum)))


def _widen(lines: Lines, values: np.ndarray, hidden: np.ndarray, hiding: Hiding, ranges: np.ndarray, cell: int) -> None:
    """Find the lowest and highest value of a hidden cell; what other cells are in these tables is possible as well."""
    from scipy.optimize import linprog

    cells = np.flatnonzero(hidden & ~np.isnan(values))
    matrix = lines.equations[:, cells]
    matrix = matrix[np.flatnonzero(abs(matrix).sum(axis=1))]
    bounds = np.column_stack([np.zeros(len(cells)), hiding.most[cells]])
    for sign in (-1.0, 1.0):
        if hiding.small[cell] and _safe(ranges[:, cell], hiding, cell):
            return
        aim = np.where(cells == cell, sign, 0.0)
        found = linprog(aim, A_eq=matrix, b_eq=matrix @ values[cells], bounds=bounds, method="highs")
        if found.status == 3:  # unbounded: as high as you like
            ranges[1, cell] = np.inf
        elif found.status == 0:
            ranges[0, cells] = np.minimum(ranges[0, cells], np.ceil(found.x - _ALMOST))
            ranges[1, cells] = np.maximum(ranges[1, cells], np.floor(found.x + _ALMOST))
