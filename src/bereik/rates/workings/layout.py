"""Finds the place of each row of a count table in arrays of groups by strata, fast also for ten thousands of areas."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


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
