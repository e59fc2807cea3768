"""Reads ratios and their intervals from the rows of a result table."""

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError, example_rows
from bereik.rates.workings.intervals import divide, normal_quantile
from bereik.tables import numbers

Ratios = tuple[np.ndarray, np.ndarray, np.ndarray]


def checked_ratios(table: pd.DataFrame, where: str) -> Ratios:
    """Give value, lower and upper limit, or raise when a ratio that is shown is impossible."""
    value, lower, upper = (numbers(table[name]) for name in ("value", "lower", "upper"))
    fine = (value >= 0) & (value < np.inf) & ~(lower < 0) & ~(lower > value) & ~(upper < value)
    wrong = (table["status"] == "shown").to_numpy() & ~fine
    if wrong.any():
        raise InvalidTableError(
            f"an impossible ratio in {where}: {example_rows(table[['measure', 'value', 'lower', 'upper']], wrong)}",
            "0 <= lower <= value <= upper",
            "take the rows as the estimator gave them",
        )
    return value, lower, upper


def log_errors(table: pd.DataFrame) -> np.ndarray:
    """Give the standard error of the log of each ratio that is shown, from the width of its interval on the log."""
    lower, upper = numbers(table["lower"]), numbers(table["upper"])
    known = (table["status"] == "shown").to_numpy() & (lower > 0) & (upper < np.inf)
    z = [normal_quantile(float(one)) if yes else np.nan for one, yes in zip(table["confidence"], known, strict=True)]
    return np.asarray(np.log(divide(upper, lower, known)) / (2 * np.array(z)))
