"""Fits linear and logistic models to counts per cell for many replicates at a time, and says what cannot be fitted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError
from bereik.estimates.workings.logistic import Design, check_estimable, coefficients, design
from bereik.estimates.workings.options import check_known

MODELS = ("linear", "logit")


def check_model(model: str) -> None:
    """Raise when a model is unknown."""
    check_known("model", model, MODELS)


def main_effects(table: pd.DataFrame, factors: Sequence[str], linear: Sequence[str]) -> tuple[Design, np.ndarray]:
    """Make the columns of a model with main effects of the categories that occur, and the number of the factor of each.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per cell, the factors as categoricals.
    factors : list of str
        The columns in the model.
    linear : list of str
        Those of `factors` that enter as a number, with one slope.

    Returns
    -------
    Design and numpy.ndarray
        The design matrix; and for each of its columns the position in `factors`, -1 for the constant.

    Examples
    --------
    >>> made, factor = main_effects(pd.DataFrame({"age": pd.Categorical(["4-11", "12-17", "4-11"])}), ["age"], [])
    >>> made.matrix[:, 1].tolist(), factor.tolist()
    ([1.0, 0.0, 1.0], [-1, 0])
    """
    cells = table[list(factors)].apply(lambda values: values.cat.remove_unused_categories())
    made = design(cells, factors=factors, linear=linear)
    return made, np.array([list(factors).index(term[0]) if term else -1 for term in made.terms])


def fit(model: str, matrix: np.ndarray, users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Fit a model of use to counts per cell.

    Parameters
    ----------
    model : {"linear", "logit"}
        Least squares with each youth one observation (a linear probability model); or logistic by maximum likelihood.
    matrix : numpy.ndarray
        The columns of the model (cells, columns).
    users, population : numpy.ndarray
        Counts (..., cells).

    Returns
    -------
    numpy.ndarray
        Coefficients (..., columns). Where a replicate does not determine them, those of smallest size that fit.

    Examples
    --------
    >>> matrix, users, population = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([10.0, 20.0]), np.array([50.0, 60.0])
    >>> fit("linear", matrix, users, population).round(4).tolist(), fit("logit", matrix, users, population).round(4).tolist()
    ([0.2, 0.1333], [-1.3863, 0.6931])
    """
    check_model(model)
    if model == "logit":
        return coefficients(matrix, users, population)
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    scaled = matrix / scale
    number = matrix.shape[1]
    pairs = (scaled[:, :, None] * scaled[:, None, :]).reshape(len(matrix), -1)
    curvature = (population @ pairs).reshape(*population.shape[:-1], number, number)
    inverse = np.linalg.pinv(curvature, rcond=1e-12, hermitian=True)
    return np.asarray((inverse @ (users @ scaled)[..., None])[..., 0] / scale)


def problem(model: str, made: Design, users: np.ndarray, population: np.ndarray) -> str:
    """Say in words why the coefficients of a model are not determined (collinearity, separation); empty when they are."""
    check_model(model)
    try:  # a linear model needs no users in every category, so it is asked about counts that have some
        check_estimable(made, users if model == "logit" else population / 2, population)
    except InvalidTableError as error:
        found = str(error).split(" Expected:")[0].rstrip(".")
        return f"coefficients not determined: {found[:1].lower()}{found[1:]}"
    return ""
