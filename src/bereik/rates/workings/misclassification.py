"""From reported to true severity: linear maps of counts, for bands (misclassification) and for scores (a shift).

Use is assumed to depend on the TRUE severity only: among youths of one group with one true severity, users and others are
reported alike. Then the reported counts of users and of youths are both the same mixture of the true ones.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bereik.errors import BereikError, UnknownNameError
from bereik.tables import without_noise

UNITS = {
    "bands": "share of youths of the group whose severity is reported one band too low (below 0: too high)",
    "score": "points by which the severity of the group is reported too low (below 0: too high)",
}
_STEPS = {"bands": (0.5, 0.05, 0.01), "score": (5.0, 0.5, 0.1)}  # farthest, step of the grid, step of the search
_TOLERANCE = 1e-9


def one_band_off(amount: float, bands: int) -> np.ndarray:
    """Give the misclassification matrix in which a share of the youths is reported one band off.

    Parameters
    ----------
    amount : float
        Above 0: this share of the youths in each band but the lowest is reported one band too low. Below 0: this share
        (without the sign) of the youths in each band but the highest is reported one band too high. Between -1 and 1.
    bands : int
        How many bands there are.

    Returns
    -------
    numpy.ndarray
        Probabilities; rows are the true bands, columns the reported ones, lowest first. Rows add up to 1.

    Examples
    --------
    >>> one_band_off(0.25, 3).tolist()
    [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.0, 0.25, 0.75]]
    """
    matrix = np.eye(bands)
    true = np.arange(1, bands) if amount >= 0 else np.arange(bands - 1)
    matrix[true, true] -= abs(amount)
    matrix[true, true - 1 if amount >= 0 else true + 1] += abs(amount)
    return matrix


def inverse_map(matrix: np.ndarray, repeats: int = 1) -> np.ndarray:
    """Give the map from reported to true counts: reported = matrix transposed @ true, solved; a block per other stratum."""
    return np.kron(np.eye(repeats), np.linalg.inv(matrix.T))


def shift_map(amount: float, scores: np.ndarray, cuts: ArrayLike) -> np.ndarray:
    """Give the map from counts per reported score to counts per true band, when the true score is higher by some points.

    Parameters
    ----------
    amount : float
        Points that the true score is above the reported one (negative: below it). A part of a point means that this part
        of the youths is one whole point further off than the others.
    scores : array of float
        The reported scores.
    cuts : array of float
        The lowest score of each band above the lowest, ascending.

    Returns
    -------
    numpy.ndarray
        Bands by scores; columns add up to 1.

    Examples
    --------
    >>> shift_map(1.5, np.array([12.0, 13.0]), [14]).tolist()
    [[0.5, 0.0], [0.5, 1.0]]
    """
    whole = np.floor(amount)
    bands = np.arange(np.size(cuts) + 1)[:, None]
    near, far = (bands == np.searchsorted(cuts, scores + points, side="right") for points in (whole, whole + 1))
    return (1 - (amount - whole)) * near + (amount - whole) * far


def checked_cuts(cuts: Sequence[float] | None) -> np.ndarray:
    """Give the lower ends of the bands as an array, or raise when they are absent or do not ascend."""
    values = np.asarray([] if cuts is None else cuts, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not (np.diff(values) > 0).all():
        raise BereikError(
            f"`cuts` is {cuts!r}",
            "the lowest score of each band above the lowest, ascending, such as [14, 17]",
            "give `cuts` for a shift of the score: youths are compared within bands of the corrected score",
        )
    return values


def is_possible(users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Say whether true counts (last axis: bands) can be counts of youths: no negative one, not more users than youths."""
    slack = _TOLERANCE * np.sum(np.abs(population), axis=-1, keepdims=True)
    fine = (population > slack) & (users >= -slack) & (users <= population + slack)
    return np.asarray(fine.all(axis=-1))


def checked_amounts(kind: str, amounts: Sequence[float] | None, *, step: int) -> np.ndarray:
    """Give the amounts of misreporting in ascending order (the usual ones when none are given), or raise."""
    if kind not in UNITS:
        raise UnknownNameError("kind of misreporting", kind, UNITS)
    farthest = _STEPS[kind][0]
    if amounts is None:
        half = round(farthest / _STEPS[kind][step])
        return np.arange(-half, half + 1) * farthest / half
    values = np.asarray(amounts, dtype=float)
    most = 1 if kind == "bands" else np.inf
    if values.ndim != 1 or not len(values) or not (np.abs(values) < most).all():
        raise BereikError(
            f"`amounts` is {amounts!r}",
            f"a list of numbers between {-most} and {most}, for {kind}",
            "give shares of youths (bands) or points (score); below 0 for severity that is reported too high",
        )
    return np.unique(values)


def direction_of(amount: float) -> str:
    """Say in words how severity is reported at an amount of misreporting."""
    amount = float(without_noise(amount))
    return "too low" if amount > 0 else "too high" if amount < 0 else "as reported"
