"""Iterative proportional fitting: a table with the pattern of another table and given totals."""

import numpy as np

from bereik.errors import BereikError

__all__ = ["fit_to_margins"]

_MOST_ROUNDS = 1000


def fit_to_margins(seed: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fit a table to given row and column totals, and keep its pattern (iterative proportional fitting).

    Parameters
    ----------
    seed : array, rows x columns
        A table whose pattern (odds ratios) is kept, for example age by origin in another place; 0 stays 0.
    rows, columns : array
        The totals of the rows and of the columns (counts); both add up to the same number.

    Returns
    -------
    numpy.ndarray
        The fitted table: its margins are those given, its odds ratios those of the seed.

    Raises
    ------
    BereikError
        When a number is missing or negative, when the margins do not add up to the same, or when no table with the zeros
        of the seed has these margins.

    Notes
    -----
    Deming & Stephan (1940): rows and columns are scaled in turn until nothing changes.

    Examples
    --------
    >>> fit_to_margins(np.array([[1, 1], [1, 4]]), np.array([50, 50]), np.array([40, 60])).round(2).tolist()
    [[27.96, 22.04], [12.04, 37.96]]
    """
    table, rows, columns = (np.asarray(part, dtype="float64") for part in (seed, rows, columns))
    for name, part in (("seed", table), ("rows", rows), ("columns", columns)):
        if not (np.isfinite(part) & (part >= 0)).all():
            raise BereikError(f"{name} with {part.tolist()}", "numbers of 0 or more", "leave out what is not published")
    if table.shape != (rows.size, columns.size) or not np.isclose(rows.sum(), columns.sum(), rtol=1e-9):
        raise BereikError(
            f"a table of {table.shape} with margins of {rows.size} and {columns.size}, adding up to {rows.sum():.15g} and "
            f"{columns.sum():.15g}",
            "a total for each row and column, with one sum",
            "take both margins from one population",
        )
    for _ in range(_MOST_ROUNDS):
        table = table * _factor(rows, table.sum(axis=1))[:, None]
        table = table * _factor(columns, table.sum(axis=0))
        if np.allclose(table.sum(axis=1), rows, rtol=1e-12, atol=1e-9) and np.allclose(table.sum(axis=0), columns):
            return table
    raise BereikError(
        f"margins {rows.tolist()} and {columns.tolist()} that no table with the zeros of the seed has",
        "a seed above 0 where the margins need youths",
        "use a seed without zeros",
    )


def _factor(wanted: np.ndarray, present: np.ndarray) -> np.ndarray:
    return np.divide(wanted, present, out=np.zeros(present.size), where=present > 0)
