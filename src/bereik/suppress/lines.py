"""What adds up in a table: each line of cells along a dimension, and its total, in the table or known to the reader."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists.origin import SCHEMES, origin_groups

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOTAL = "total"
SIZE, USERS = "_size", "_users"


class Lines(NamedTuple):
    """The cells of a table and the totals of its lines, and the equations that hold between them."""

    keys: list[tuple[object, ...]]  # the cells of the table first, then totals that it does not have
    size: np.ndarray
    users: np.ndarray
    equations: "csr_array"  # one row per line: 1 for its cells, -1 for its total; what is left over is known


def lines_of(cells: pd.DataFrame, by: Sequence[str], *, margins: bool) -> Lines:
    """Find the lines of a table.

    Parameters
    ----------
    cells : pandas.DataFrame
        The columns of `by`, `SIZE` (youths) and `USERS`.
    by : list of str
        The dimensions. A category ``total``, or an origin that contains others in the table, is the total of a line.
    margins : bool
        The reader also knows the totals that are not in the table.

    Returns
    -------
    Lines
        Cells, totals and equations.

    Examples
    --------
    >>> cells = pd.DataFrame({"sex": ["boys", "girls"], SIZE: [20.0, 30.0], USERS: [4.0, 5.0]})
    >>> found = lines_of(cells, ["sex"], margins=True)
    >>> found.keys, found.users.tolist(), found.equations.toarray().tolist()
    ([('boys',), ('girls',), ('total',)], [4.0, 5.0, 9.0], [[1.0, 1.0, -1.0]])
    """
    from scipy.sparse import csr_array

    frame = cells[[*by, SIZE, USERS]].astype(dict.fromkeys(by, object))
    parents = {name: _parents(name, frame[name].unique()) for name in by}
    for name in by if margins else ():
        totals = totals_over(frame, by, name)
        if totals is not None:
            frame = pd.concat([frame, totals.assign(**{name: TOTAL})], ignore_index=True)
    keys = list(frame[list(by)].itertuples(index=False, name=None))
    place = {key: at for at, key in enumerate(keys)}
    made_of: dict[int, list[int]] = {}
    for dimension, name in enumerate(by):
        below: dict[int, list[int]] = {}
        for at, key in enumerate(keys):
            total = place.get((*key[:dimension], parents[name].get(key[dimension]), *key[dimension + 1 :]))
            if total is not None:
                below.setdefault(total, []).append(at)
        made_of |= {len(made_of) + at: [*parts, total] for at, (total, parts) in enumerate(below.items())}
    known = ~np.isnan((frame[SIZE] if frame[USERS].isna().all() else frame[USERS]).to_numpy(dtype=float))
    kept = [line for line in made_of.values() if known[line].all()]
    signs = [[1.0] * (len(line) - 1) + [-1.0] for line in kept]
    rows = np.repeat(np.arange(len(kept)), [len(line) for line in kept])
    flat = [np.concatenate(parts) if kept else np.array([]) for parts in (signs, kept)]
    equations = csr_array((flat[0], (rows, flat[1].astype(int))), shape=(len(kept), len(keys)))
    return Lines(keys, frame[SIZE].to_numpy(dtype=float), frame[USERS].to_numpy(dtype=float), equations)


def totals_over(cells: pd.DataFrame, by: Sequence[str], name: str) -> pd.DataFrame | None:
    """Add up the cells over one dimension; None when the table has that total, or one category only."""
    parents = _parents(name, cells[name].unique())
    if TOTAL in parents or len(parents) < 2:
        return None
    top = cells[cells[name].map(parents) == TOTAL]
    others = [other for other in by if other != name]
    if not others:
        return top[[SIZE, USERS]].sum(skipna=False).to_frame().T
    groups = top.groupby(others, sort=False, observed=True)[[SIZE, USERS]]
    return groups.sum(skipna=False).reset_index()


def _parents(name: str, categories: Sequence[object]) -> Mapping[object, object]:
    """Give the category that contains each: the nearest in the table for origins, else the total."""
    parents: dict[object, object] = {value: None if value == TOTAL else TOTAL for value in categories}
    if name == "origin":
        for scheme in SCHEMES:
            above = origin_groups(scheme).set_index("code")["parent"].to_dict()
            if set(parents) <= set(above):
                for value in parents:
                    parent = above[value]
                    while parent and parent not in parents:
                        parent = above[parent]
                    parents[value] = parent or (None if value == TOTAL else TOTAL)
                break
    return parents
