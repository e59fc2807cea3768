"""The parts of a Blinder-Oaxaca or Fairlie decomposition, as pure functions of counts per cell (..., cells)."""

from typing import NamedTuple

import numpy as np

from bereik.estimates.workings.fairlie import fairlie_contributions, inverse_logit
from bereik.estimates.workings.model_fits import fit

MODELS = ("linear", "logit", "fairlie")
COEFFICIENTS = ("reference", "group", "mean", "pooled", "neumark")


class Oaxaca(NamedTuple):
    """What is to be decomposed: the columns of the model (cells, columns), the factor of each column, and how."""

    matrix: np.ndarray
    part: np.ndarray  # the number of the factor that each column belongs to, -1 for the constant
    factors: int
    model: str
    coefficients: str


def components(
    what: Oaxaca, own: np.ndarray, reference: np.ndarray, users: np.ndarray, population: np.ndarray
) -> np.ndarray:
    """Give the crude difference, its explained and unexplained part, and what each factor explains.

    Parameters
    ----------
    what : Oaxaca
        The model and whose coefficients count.
    own, reference : numpy.ndarray
        The numbers of the cells of the group and of the reference.
    users, population : numpy.ndarray
        Counts (..., cells).

    Returns
    -------
    numpy.ndarray
        (..., 3 + factors), as proportions, the group minus the reference; without the factors for the model "logit".

    Examples
    --------
    >>> what = Oaxaca(np.array([[1.0, 0], [1, 1], [1, 0], [1, 1]]), np.array([-1, 0]), 1, "linear", "reference")
    >>> users, population = np.array([9.0, 5, 5, 20]), np.array([90.0, 10, 50, 50])
    >>> components(what, np.array([0, 1]), np.array([2, 3]), users, population).round(3).tolist()
    [-0.11, -0.12, 0.01, -0.12]
    """
    slopes = _slopes(what, own, reference, users, population)
    rates = [users[..., rows].sum(axis=-1) / population[..., rows].sum(axis=-1) for rows in (own, reference)]
    shares = [population[..., rows] / population[..., rows].sum(axis=-1, keepdims=True) for rows in (own, reference)]
    gap = rates[0] - rates[1]
    if what.model == "linear":
        by_column = (shares[0] @ what.matrix[own] - shares[1] @ what.matrix[reference]) * slopes
        detail = [by_column[..., what.part == number].sum(axis=-1) for number in range(what.factors)]
        explained = by_column.sum(axis=-1)
    else:
        chances = [inverse_logit(slopes @ what.matrix[rows].T) for rows in (own, reference)]
        means = [(share * chance).sum(axis=-1) for share, chance in zip(shares, chances, strict=True)]
        explained, detail = means[0] - means[1], []
    if what.model == "fairlie":
        added = [_by_factor(what, rows, slopes) for rows in (own, reference)]
        weights = [population[..., rows] for rows in (own, reference)]
        detail = fairlie_contributions(added[0], added[1], weights[0], weights[1], slopes[..., 0])
    return np.stack([gap, explained, gap - explained, *detail], axis=-1)


def models(what: Oaxaca, own: np.ndarray, reference: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give the models to fit: for each the cells, and its columns. Parameters as in `components`."""
    both = np.concatenate([own, reference])
    if what.coefficients in ("neumark", "pooled"):
        indicator = [np.isin(both, own)] if what.coefficients == "pooled" else []
        return [(both, np.column_stack([what.matrix[both], *indicator]))]
    wanted = {"group": [own], "reference": [reference], "mean": [own, reference]}[what.coefficients]
    return [(rows, what.matrix[rows]) for rows in wanted]


def _by_factor(what: Oaxaca, rows: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Give what each factor adds to the linear predictor in each cell (..., cells, factors)."""
    columns = [what.part == number for number in range(what.factors)]
    return np.stack([slopes[..., chosen] @ what.matrix[rows][:, chosen].T for chosen in columns], axis=-1)


def _slopes(
    what: Oaxaca, own: np.ndarray, reference: np.ndarray, users: np.ndarray, population: np.ndarray
) -> np.ndarray:
    """Give the coefficients that count as equal treatment; that of the indicator of the group is left out."""
    kind = "linear" if what.model == "linear" else "logit"
    fits = [fit(kind, matrix, users[..., rows], population[..., rows]) for rows, matrix in models(what, own, reference)]
    return np.asarray(np.mean([slopes[..., : what.matrix.shape[1]] for slopes in fits], axis=0))
