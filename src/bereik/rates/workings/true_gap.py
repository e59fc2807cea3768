"""The gap in use at equal true severity between a group and its reference, and the limits of it."""

import numpy as np

from bereik.rates.intervals import Limits, normal_limits, ratio_limits
from bereik.rates.workings.misclassification import is_possible
from bereik.rates.workings.misreported_pair import Pair, Settings
from bereik.rates.workings.standards import weights_of

MEASURES = ("rate_ratio_at_equal_severity", "rate_difference_at_equal_severity")


def gap(users: np.ndarray, population: np.ndarray, pair: Pair, amounts: np.ndarray, standard: str) -> np.ndarray:
    """Give ratio and difference of use at equal true severity: (..., cells) to (..., amounts, 2); NaN where not possible."""
    maps = np.stack([pair.group_map(amount) for amount in amounts])
    own = [np.tensordot(values[..., : pair.cells], maps, axes=([-1], [2])) for values in (users, population)]
    other = [values[..., None, pair.cells :] @ pair.reference_map.T for values in (users, population)]
    true_users, true_population = (
        np.stack([one, np.broadcast_to(two, one.shape)], axis=-2) for one, two in zip(own, other, strict=True)
    )
    possible = np.asarray(is_possible(true_users, true_population).all(axis=-1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = weights_of(true_population, standard, 1)
        weights = weights[..., 0, :] if standard == "pair_mean" else weights
        rates = (weights[..., None, :] * true_users / true_population).sum(axis=-1)
        rates = np.where(possible, rates, np.nan)
        ratio = np.where(rates[..., 1] > 0, rates[..., 0] / rates[..., 1], np.nan)
    return np.stack([ratio, rates[..., 0] - rates[..., 1]], axis=-1)


def limits(pair: Pair, amounts: np.ndarray, values: np.ndarray, settings: Settings) -> Limits:
    """Give Wald limits: of the ratio on the log, of the difference; the variance that of users given reported severity."""
    if pair.status != "shown" or not np.isfinite(values).any():
        return np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = pair.users / pair.population
        chance = np.where(pair.population > 0, pair.population**2 * share * (1 - share) / pair.size, 0)
    gradients, rates = _gradients(pair, amounts, settings.standard)
    variance = np.stack(
        [(g**2 * c).sum(axis=-1) for g, c in zip(gradients, _split(chance, pair), strict=True)], axis=-1
    )
    ratio, difference = values.T
    with np.errstate(divide="ignore", invalid="ignore"):
        of_log = (variance / rates**2).sum(axis=-1)
    limits_of_both = (
        ratio_limits(np.where(of_log > 0, ratio, np.nan), of_log, settings.confidence),
        normal_limits(difference, variance.sum(axis=-1), settings.confidence),
    )
    lower, upper = (np.stack(sides, axis=-1) for sides in zip(*limits_of_both, strict=True))
    return lower, upper


def _gradients(pair: Pair, amounts: np.ndarray, standard: str) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Give what one reported user more in each cell adds to each standardised rate, and the rates themselves."""
    maps = np.stack([pair.group_map(amount) for amount in amounts])
    own_users, other_users = _split(pair.users, pair)
    own, other = _split(pair.population, pair)
    population = np.stack(
        [maps @ own, np.broadcast_to(pair.reference_map @ other, (len(amounts), maps.shape[1]))], axis=1
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = weights_of(population, standard, 1)
        weights = weights[:, 0] if standard == "pair_mean" else weights
        scaled = weights[:, None] / population
        of_group = np.einsum("ab,abc->ac", scaled[:, 0], maps)
        of_reference = scaled[:, 1] @ pair.reference_map
    return (of_group, of_reference), np.stack([of_group @ own_users, of_reference @ other_users], axis=-1)


def _split(values: np.ndarray, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    return values[: pair.cells], values[pair.cells :]
