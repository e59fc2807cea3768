"""What the access gap is made of: rates, standardised rates and expected use of pairs of groups, and their variances."""

from collections.abc import Mapping

import numpy as np

from bereik.rates.intervals import difference_limits, normal_limits, rate_limits, ratio_limits, wilson
from bereik.rates.workings.limits import Interval
from bereik.rates.workings.parts import Comparison
from bereik.rates.workings.standards import standard_weights, weights_of

Standard = str | Mapping[object, float]
Pieces = dict[str, np.ndarray]

MEASURES = (
    "crude_rate", "crude_rate_ratio", "crude_rate_difference", "standardised_rate", "rate_ratio_at_equal_severity",
    "rate_difference_at_equal_severity", "use_shortfall", "unmet_need", "observed_expected",
)  # fmt: skip


def pieces(
    users: np.ndarray, population: np.ndarray, part: Comparison, standard: Standard, severe: np.ndarray
) -> Pieces:
    """Add up counts and rates of each group that is compared and of its reference.

    Parameters
    ----------
    users, population : array (..., groups, strata)
        The counts; leading axes are replicates.
    part : Comparison
        Says which groups are compared with which.
    standard : str or dict
        See `workings.standards.standard_weights`.
    severe : array of bool
        One value per stratum.

    Returns
    -------
    dict of numpy.ndarray
        One value per comparison on the last axis: ``users``, ``population``, ``reference_users``,
        ``reference_population``, ``rate`` and ``reference_rate`` (standardised), ``expected``, ``severe_users``,
        ``severe_population``. What no stratum was added up for is missing.
    """
    own, reference = part.compared, [part.reference]
    rates, weights = users / population, _weights(population, part, standard)

    def total(values: np.ndarray, rows: np.ndarray | list[int]) -> np.ndarray:
        added = values[..., rows, :].sum(axis=-1) if values.shape[-1] else np.nan  # a sum over no strata is not 0
        return np.asarray(np.broadcast_to(added, (*users.shape[:-2], len(own))))

    return {
        "users": total(users, own),
        "population": total(population, own),
        "reference_users": total(users, reference),
        "reference_population": total(population, reference),
        "rate": (weights * rates[..., own, :]).sum(axis=-1),
        "reference_rate": (weights * rates[..., reference, :]).sum(axis=-1),
        "expected": (population[..., own, :] * rates[..., reference, :]).sum(axis=-1),
        "severe_users": total(users[..., severe], own),
        "severe_population": total(population[..., severe], own),
    }


def variances(part: Comparison, standard: Standard, severe: np.ndarray) -> Pieces:
    """Give binomial variances of the pieces, and the effective population behind each rate; weights are fixed.

    Parameters
    ----------
    part : Comparison
        The counts of one part.
    standard : str or dict
        As in `pieces`.
    severe : array of bool
        One value per stratum.

    Returns
    -------
    dict of numpy.ndarray
        One value per comparison: ``size``, ``reference_size``, ``severe_size`` (effective populations of the crude rates),
        ``rate_variance``, ``reference_rate_variance``, ``rate_size``, ``reference_rate_size``, ``users_variance``,
        ``expected_variance``.
    """
    strata, own, reference = part.strata, part.compared, [part.reference]
    population, size = strata.population, strata.size
    rates, weights = strata.users / population, _weights(population, part, standard)
    scatter = rates * (1 - rates) / size
    found = {
        "severe_size": _effective(population[own][:, severe], size[own][:, severe]),
        "users_variance": (population[own] ** 2 * scatter[own]).sum(axis=1),
        "expected_variance": (population[own] ** 2 * scatter[reference]).sum(axis=1),
    }
    for name, rows in (("", own), ("reference_", reference)):
        found[f"{name}size"] = _effective(population[rows], size[rows]) + np.zeros(len(own))
        found[f"{name}rate_variance"] = (weights**2 * scatter[rows]).sum(axis=1)
        found[f"{name}rate_size"] = 1 / (weights**2 / size[rows]).sum(axis=1)
    return found


def measures(found: Pieces) -> Pieces:
    """Compute each of `MEASURES` from the pieces, as rates between 0 and 1; undefined where a denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        crude = found["users"] / found["population"]
        reference = found["reference_users"] / found["reference_population"]
        values = (
            crude, crude / reference, crude - reference, found["rate"], found["rate"] / found["reference_rate"],
            found["rate"] - found["reference_rate"], found["expected"] - found["users"],
            1 - found["severe_users"] / found["severe_population"], found["users"] / found["expected"],
        )  # fmt: skip
    return dict(zip(MEASURES, values, strict=True))


def delta_limits(found: Pieces, spread: Pieces, confidence: float) -> np.ndarray:
    """Give the limits of `MEASURES`, (lower, upper) x comparisons x measures, from the pieces and their variances."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = measures(found)
        p, q = values["crude_rate"], found["reference_users"] / found["reference_population"]
        severe = wilson(1 - values["unmet_need"], spread["severe_size"], confidence)
        logs = {
            "crude_rate_ratio": (1 - p) / (p * spread["size"]) + (1 - q) / (q * spread["reference_size"]),
            "rate_ratio_at_equal_severity": spread["rate_variance"] / found["rate"] ** 2
            + spread["reference_rate_variance"] / found["reference_rate"] ** 2,
            "observed_expected": spread["users_variance"] / found["users"] ** 2
            + spread["expected_variance"] / found["expected"] ** 2,
        }
    crude, reference = wilson(p, spread["size"], confidence), wilson(q, spread["reference_size"], confidence)
    rate, reference_rate = (
        rate_limits(found[name], spread[f"{name}_variance"], spread[f"{name}_size"], confidence)
        for name in ("rate", "reference_rate")
    )
    limits = {name: ratio_limits(values[name], variance, confidence) for name, variance in logs.items()}
    limits |= {
        "crude_rate": crude,
        "crude_rate_difference": difference_limits(p, crude, q, reference),
        "standardised_rate": rate,
        "rate_difference_at_equal_severity": difference_limits(
            found["rate"], rate, found["reference_rate"], reference_rate
        ),
        "use_shortfall": normal_limits(
            values["use_shortfall"], spread["users_variance"] + spread["expected_variance"], confidence
        ),
        "unmet_need": (1 - severe[1], 1 - severe[0]),
    }
    return np.array([limits[name] for name in MEASURES]).transpose(1, 2, 0)


def drawn_limits(part: Comparison, standard: Standard, severe: np.ndarray, how: Interval) -> np.ndarray:
    """Give the limits by the bootstrap: (lower, upper) x comparisons x measures."""

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return np.stack(list(measures(pieces(users, population, part, standard, severe)).values()), axis=-1)

    return np.array(how.of_strata(point, part.strata))


def _weights(population: np.ndarray, part: Comparison, standard: Standard) -> np.ndarray:
    """Give the weights of the strata, one row per comparison."""
    weights = (
        weights_of(population, standard, part.reference)
        if isinstance(standard, str)
        else standard_weights(part.strata, standard)[0]
    )
    if standard == "pair_mean":
        return weights[..., part.compared, :]
    shape = (*weights.shape[:-1], len(part.compared), weights.shape[-1])
    return np.broadcast_to(weights[..., None, :], shape)


def _effective(population: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Give the effective population of strata together: (sum of weights)^2 / (sum of squared weights)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(population.sum(axis=1) ** 2 / (population**2 / size).sum(axis=1))
