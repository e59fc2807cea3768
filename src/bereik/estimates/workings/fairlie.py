"""Fairlie's decomposition of the explained part of a difference between two average predictions."""

import numpy as np

from bereik.estimates.workings.orders import average_over_orders

__all__ = ["fairlie_contributions"]


def fairlie_contributions(
    group: np.ndarray,
    reference: np.ndarray,
    group_weight: np.ndarray,
    reference_weight: np.ndarray,
    constant: np.ndarray,
) -> list[np.ndarray]:
    """Give what each factor contributes to the difference in average prediction, the group minus the reference.

    Parameters
    ----------
    group, reference : numpy.ndarray
        What each factor adds to the linear predictor (..., cells, factors), with the same coefficients in both.
    group_weight, reference_weight : numpy.ndarray
        How many youths are in each cell (..., cells).
    constant : numpy.ndarray
        The constant of the model (...).

    Returns
    -------
    list of numpy.ndarray
        One value (...) for each factor. They add up to the average prediction of the group minus that of the reference.

    Notes
    -----
    Fairlie (2005) ranks both groups by predicted probability, matches youths of the same rank, and replaces the factors one
    after another; to match groups of different size and not to depend on the order, samples and orders are drawn at
    random. Here neither is random. Matching: the youths at the same relative rank (mid-share of the group) share their
    weight, so every youth of both groups counts, and the parts add up exactly; this is what many random samples tend to.
    Order: all orders of replacement are averaged. Cells with the same predicted probability are matched in the order
    of the table.

    Examples
    --------
    >>> parts = fairlie_contributions(np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [1.0, 0.0]]),
    ...                               np.array([10.0, 30.0]), np.array([30.0, 10.0]), np.array(-1.0))
    >>> [float(part.round(4)) for part in parts]
    [0.1155, 0.2311]
    """
    own, other, weight = _matched(group, reference, group_weight, reference_weight)

    def average(replaced: tuple[int, ...]) -> np.ndarray:
        index = constant[..., None] + sum(
            (own if part in replaced else other)[..., part] for part in range(group.shape[-1])
        )
        return np.asarray((weight * inverse_logit(index)).sum(axis=-1))

    return average_over_orders(average, group.shape[-1])


def inverse_logit(index: np.ndarray) -> np.ndarray:
    """Give the probability that belongs to a log odds, without overflow."""
    from scipy.special import expit

    return np.asarray(expit(index))


def _matched(
    group: np.ndarray, reference: np.ndarray, group_weight: np.ndarray, reference_weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair the cells of two groups at the same relative rank: factors of both and the weight of each pair."""
    group, upto_group = _ranked(group, group_weight)
    reference, upto_reference = _ranked(reference, reference_weight)
    ends = np.concatenate([upto_group, upto_reference], axis=-1)
    order = np.argsort(ends, axis=-1, kind="stable")
    ends = np.take_along_axis(ends, order, axis=-1)
    weight = np.diff(ends, axis=-1, prepend=0.0)
    of_group = order < upto_group.shape[-1]
    return (
        _taken(group, np.cumsum(of_group, axis=-1) - of_group),
        _taken(reference, np.cumsum(~of_group, axis=-1) - ~of_group),
        weight,
    )


def _ranked(parts: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort cells by their linear predictor, and give the share of the group up to and including each cell."""
    order = np.argsort(parts.sum(axis=-1).round(10), axis=-1, kind="stable")
    upto = np.cumsum(np.take_along_axis(weight, order, axis=-1), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.take_along_axis(parts, order[..., None], axis=-2), upto / upto[..., -1:]


def _taken(parts: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.take_along_axis(parts, np.minimum(at, parts.shape[-2] - 1)[..., None], axis=-2)
