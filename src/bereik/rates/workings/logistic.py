"""Logistic models of use on counts: the design matrix, whether the model can be estimated at all, and the fit."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError

_ITERATIONS, _TOLERANCE = 50, 1e-10
_LARGEST_STEP = 5.0
_STEEPEST = 30.0  # on the logit: beyond it a predicted use is 0 or 1 for every purpose


class Design(NamedTuple):
    """A design matrix: one row per cell of counts, one named column per coefficient."""

    matrix: np.ndarray
    names: list[str]
    factors: list[str]  # of each coefficient; empty for the intercept


def design(cells: pd.DataFrame, factors: Sequence[str]) -> Design:
    """Make a design matrix: an intercept, and a coefficient for each category of a factor but the first.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row per cell; a factor is a categorical without unused categories.
    factors : list of str
        The columns in the model.

    Returns
    -------
    Design
        The matrix, and names such as ``severity[high]``.

    Examples
    --------
    >>> made = design(pd.DataFrame({"severity": pd.Categorical(["low", "high"], ["low", "high"])}), ["severity"])
    >>> made.names, made.matrix.tolist()
    (['intercept', 'severity[high]'], [[1.0, 0.0], [1.0, 1.0]])
    """
    levels = [(name, level) for name in factors for level in cells[name].cat.categories[1:]]
    columns = [(cells[name] == level).to_numpy(dtype=float) for name, level in levels]
    return Design(
        np.column_stack([np.ones(len(cells)), *columns]),
        ["intercept", *(f"{name}[{level}]" for name, level in levels)],
        ["", *(name for name, _ in levels)],
    )


def check_estimable(made: Design, users: np.ndarray, population: np.ndarray, where: str = "") -> None:
    """Raise when a coefficient has no estimate, and say which.

    Parameters
    ----------
    made : Design
        The design matrix.
    users, population : array
        The counts of each cell.
    where : str
        The part of the table, for the message.

    Raises
    ------
    InvalidTableError
        When coefficients cannot be told apart (collinearity); when a combination of them separates youths with care from
        youths without, so its estimate is infinite (separation: for example nobody in a group uses care).

    Notes
    -----
    Separation is found exactly, by the linear programme of Konis (2007): is there a combination of coefficients that is
    zero in cells with both, at least zero in cells with users only, at most zero in cells without, and not zero in all?
    """
    filled, place = population > 0, f"{where}: " if where else ""
    matrix, used, total = made.matrix[filled], users[filled], population[filled]
    spare = _spare_columns(matrix)
    if spare:
        raise InvalidTableError(
            f"{place}collinear: {', '.join(made.names[at] for at in spare)} follows from the other coefficients of the model "
            f"({len(total)} cells with youths, {matrix.shape[1]} coefficients)",
            "factors that vary apart from each other, with youths in enough combinations",
            "leave out that factor, or merge categories",
        )
    loose = _separating(matrix, used, total)
    if loose:
        raise InvalidTableError(
            f"{place}no finite estimate for {', '.join(made.names[at] for at in loose)}: at these categories, or at a "
            "combination of them, no youths or all youths use care "
            f"({used.sum():,.0f} users among {total.sum():,.0f} youths in total)",
            "users and youths without care at every category",
            "merge the category with a neighbouring one, or leave it out",
        )


def _spare_columns(matrix: np.ndarray) -> list[int]:
    """Give the columns that are combinations of the columns before them."""
    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0, initial=0), 1e-300)
    if np.linalg.matrix_rank(scaled) == matrix.shape[1]:
        return []
    ranks = [int(np.linalg.matrix_rank(scaled[:, : at + 1])) for at in range(matrix.shape[1])]
    return [at for at, rank in enumerate(ranks) if rank == (ranks[at - 1] if at else 0)]


def _separating(matrix: np.ndarray, users: np.ndarray, population: np.ndarray) -> list[int]:
    from scipy.optimize import linprog

    none, full = users == 0, users == population
    scaled = matrix / np.abs(matrix).max(axis=0)
    outward, mixed = np.concatenate([-scaled[none], scaled[full]]), scaled[~none & ~full]
    if len(mixed) and np.linalg.matrix_rank(mixed) == matrix.shape[1]:
        return []  # only the zero combination is zero in every cell with both
    found = linprog(
        -outward.sum(axis=0), A_ub=-outward, b_ub=np.zeros(len(outward)), bounds=(-1, 1),
        A_eq=mixed if len(mixed) else None, b_eq=np.zeros(len(mixed)) if len(mixed) else None,
    )  # fmt: skip
    if found.status != 0:
        raise BereikError("the search for separation did not end", found.message, "merge categories and try again")
    return [at for at, value in enumerate(found.x) if abs(value) > 1e-7] if -found.fun > 1e-7 else []


class Fit(NamedTuple):
    """The coefficients of a logistic model, and their covariance."""

    coefficients: np.ndarray
    covariance: np.ndarray


def fit(made: Design, users: np.ndarray, population: np.ndarray, where: str = "") -> Fit:
    """Fit a logistic model to counts by statsmodels, after checking that it can be estimated.

    Examples
    --------
    >>> cells = pd.DataFrame({"origin": pd.Categorical(["a", "b"])})
    >>> found = fit(design(cells, ["origin"]), np.array([20.0, 50.0]), np.array([100.0, 100.0]))
    >>> found.coefficients.round(3).tolist()  # log(20 / 80) and log(4)
    [-1.386, 1.386]
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    check_estimable(made, users, population, where)
    filled = population > 0
    outcome = np.column_stack([users, population - users])[filled]
    model = sm.GLM(outcome, made.matrix[filled], family=sm.families.Binomial())
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        # With as many coefficients as cells the prediction is perfect, and no residual degrees of freedom are left.
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # separation is ruled out above
        found = model.fit(maxiter=_ITERATIONS, tol=_TOLERANCE, tol_criterion="params")
    if not found.converged:
        raise BereikError("the logistic model did not converge", "a finite estimate", "merge categories with few users")
    return Fit(np.asarray(found.params), np.asarray(found.cov_params()))


def inverse_logit(index: np.ndarray) -> np.ndarray:
    """Give the probability that belongs to a log odds, without overflow."""
    from scipy.special import expit

    return np.asarray(expit(index))


def coefficients(matrix: np.ndarray, users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Fit the same model to many replicates of the counts at once, by iteratively reweighted least squares.

    Parameters
    ----------
    matrix : array (cells, coefficients)
        The design matrix.
    users, population : array (..., cells)
        The counts; leading axes are replicates.

    Returns
    -------
    array (..., coefficients)
        In a replicate in which a category has no users the estimate is infinite: it stops where the predicted use is 0 to
        13 digits. A coefficient that a replicate says nothing about stays 0.

    Examples
    --------
    >>> coefficients(np.array([[1.0, 0], [1, 1]]), np.array([[20.0, 50], [60, 20]]), np.array([100.0, 100])).round(3).tolist()
    [[-1.386, 1.386], [0.405, -1.792]]
    """
    shape = np.broadcast_shapes(users.shape, population.shape)
    users, population = (np.broadcast_to(one, shape).reshape(-1, shape[-1]) for one in (users, population))
    pairs = (matrix[:, :, None] * matrix[:, None, :]).reshape(len(matrix), -1)
    with np.errstate(invalid="ignore"):
        start = (users + 0.5) / (population + 1)
        weights = population * start * (1 - start)
        logit = np.log(start / (1 - start))
    found = _step(weights, (weights * logit) @ matrix, pairs)
    left, steepest = np.arange(len(found)), np.zeros(len(found))  # left: replicates that have not converged
    for _ in range(_ITERATIONS):
        predictor = np.clip(found[left] @ matrix.T, -_STEEPEST, _STEEPEST)
        share = 1 / (1 + np.exp(-predictor))
        slope = (users[left] - population[left] * share) @ matrix
        step = _step(population[left] * share * (1 - share), slope, pairs)
        found[left] += np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        steepest[left] = np.abs(predictor).max(axis=1)
        left = left[np.abs(step).max(axis=1) > 1e-9]
        if not len(left):
            break
    found[left[steepest[left] < _STEEPEST / 2]] = np.nan  # neither an estimate nor on its way to infinity
    return found.reshape(*shape[:-1], matrix.shape[1])


def _step(weights: np.ndarray, slope: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Solve for a Newton step in every replicate; the tiny ridge changes the path, not the solution."""
    number = slope.shape[1]
    curvature = (weights @ pairs).reshape(-1, number, number)
    ridge = 1e-10 * np.maximum(np.einsum("rii->ri", curvature).max(axis=1), 1e-6)
    return np.asarray(np.linalg.solve(curvature + ridge[:, None, None] * np.eye(number), slope[..., None])[..., 0])
