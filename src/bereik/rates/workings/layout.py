"""Finds the place of each row of a count table in arrays of groups by strata, fast also for ten thousands of areas."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.tables import require_columns


def plainly_right(counts: pd.DataFrame, names: Sequence[str]) -> bool:
    """Say whether a large table is beyond doubt a count table with every count shown, so that count_table need not look."""
    require_columns(counts, [*names, "population", "users", "synthetic", "source"], where="the count table")
    if (
        counts.empty
        or counts[list(names)].isna().any(axis=None)
        or ("status" in counts and (counts["status"] != "shown").any())
    ):
        return False
    columns = counts["users"], counts["population"]
    if not all(isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf" for column in columns):
        return False
    users, population = (column.to_numpy(dtype="float64") for column in columns)
    right = (users >= 0) & (users <= population) & (population < np.inf) & (users % 1 == 0)
    (row, _), (column, strata) = numbered(counts, names[:1]), numbered(counts, names[1:])
    return bool(right.all() and (population % 1 == 0).all() and np.bincount(row * len(strata) + column).max() == 1)


def numbered(table: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number the combinations of categories in their order; give the number of each row, and the combinations."""
    position, columns = np.zeros(len(table), dtype=np.int64), {}
    for name in names:
        values = table[name] if isinstance(table[name].dtype, pd.CategoricalDtype) else None
        codes, categories = pd.factorize(table[name]) if values is None else (values.cat.codes, values.cat.categories)
        columns[name] = (np.asarray(codes), categories)
        position = position * len(categories) + columns[name][0]
    _, first, number = np.unique(position, return_index=True, return_inverse=True)
    combinations = {
        name: pd.Categorical.from_codes(codes[first], categories, ordered=True)
        for name, (codes, categories) in columns.items()
    }
    return number, pd.DataFrame(combinations)
