"""Use of care adjusted for other factors by a logistic model on counts (marginal standardisation)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.rates.intervals import normal_limits, rate_limits, ratio_limits
from bereik.rates.results import SUPERPOPULATION, check_numbers, words
from bereik.rates.workings.limits import check_independent
from bereik.rates.workings.logistic import Design, design, fit, inverse_logit
from bereik.rates.workings.model_cells import ModelCells, model_cells
from bereik.tables import result_table

__all__ = ["marginal_standardisation"]

_MEASURES = ("adjusted_rate", "adjusted_rate_ratio", "adjusted_rate_difference")
_USERS_PER_COEFFICIENT = 10


class Margins(NamedTuple):
    """A model of use on the group and other factors, and its design matrix with everyone set to each group in turn."""

    made: Design
    everyone_set_to: np.ndarray  # groups x cells x coefficients
    method: str  # the model in words


def marginal_standardisation(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    adjust_for: Sequence[str],
    relative_to: object,
    per: float = 100,
    confidence: float = 0.95,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Predict the use of care if all youths were of one group and everything else stayed as it is, for each group.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `adjust_for`, ``population`` and ``users``; not weighted. Combinations
        without youths may be absent.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others has its own model.
    adjust_for : list of str
        The columns to adjust for: severity, age, ...; each category gets a coefficient.
    relative_to : object
        The reference group, a value of the last column of `by`.
    per : float
        Rates and their differences are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    assume_independent : bool
        Take several periods together as if no youth were in two of them.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table. ``measure`` is adjusted_rate (of every group),
        adjusted_rate_ratio and adjusted_rate_difference (of each group relative to, and minus, the reference).
        ``numerator`` and ``denominator`` are the crude users and population of the group: the value does not follow from
        them alone. ``method`` gives the model, and says so when there are fewer than 10 users, or youths without care, per
        coefficient. A hidden group keeps its status and takes no part in the model.

    Raises
    ------
    InvalidTableError
        When a coefficient cannot be estimated: collinear factors, or a category in which nobody or everybody uses care.
    UnknownNameError
        When the reference is unknown.
    BereikError
        When counts are weighted, or a number is out of range.

    Notes
    -----
    Logistic model on counts by statsmodels (GLM, binomial): the same estimates as on youths one by one. Rate of g:
    sum n expit(x_g b) / sum n over cells, x_g the cell with the group set to g (Lane & Nelder 1982; Greenland 2004).
    Variance J C J' with C the covariance of b and J the derivative of the rate; limits on the logit for a rate, on the log
    for a ratio, symmetrical for a difference. They take the model as right and the other factors' distribution, that of all
    groups in the model, as fixed. With few users per coefficient (Peduzzi et al. 1996) estimates and
    intervals are unreliable. When a factor follows from origin in society (income, household), the adjusted difference is
    not the gap in access at equal need: see `bereik.rates.rank_replace.adjusted_disparity`.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> adjusted = marginal_standardisation(counts, by=["origin"], adjust_for=["severity"], relative_to="a")
    >>> adjusted[["origin", "measure", "value", "lower", "upper"]].round(2)
      origin                   measure  value  lower  upper
    0      a             adjusted_rate  21.60  18.84  24.64
    1      b             adjusted_rate  17.45  15.53  19.56
    2      b       adjusted_rate_ratio   0.81   0.67   0.98
    3      b  adjusted_rate_difference  -4.14  -7.88  -0.40
    """
    check_numbers(per=per, confidence=confidence)
    check_independent(counts, by, assume_independent)
    parts = model_cells(counts, by=by, factors=adjust_for, relative_to=relative_to)
    frame = pd.concat([_rows(part, adjust_for, confidence, per) for part in parts])
    return result_table(frame.assign(confidence=confidence), by)


def _rows(part: ModelCells, factors: Sequence[str], confidence: float, per: float) -> pd.DataFrame:
    """Give the rate of each group, and its ratio and difference for all but the reference."""
    figures, method = np.full((3, len(part.groups), len(_MEASURES)), np.nan), ""
    if part.modelled:
        margins = margins_of(part, factors)
        figures = part.placed(_figures(part, margins, confidence))
        method = words(margins.method, "delta method", SUPERPOPULATION)
    value, lower, upper = np.array([per, 1, per]) * figures
    reference, unit = str(part.groups.iloc[0, -1]), f"{per:.15g} youths"
    labels = [
        {"measure": measure, "per": each, "relative_to": other}
        for measure, each, other in zip(_MEASURES, (unit, "ratio", unit), (None, reference, reference), strict=True)
    ]
    rows = part.rows(
        labels, (value, lower, upper), method=method, numerator=part.crude_users.repeat(3),
        denominator=part.crude_population.repeat(3), standard="pooled distribution of all groups in the model",
    )  # fmt: skip
    return rows.drop(index=[1, 2])  # the reference relative to itself


def margins_of(part: ModelCells, factors: Sequence[str]) -> Margins:
    """Make the design matrix of a part, and those with everyone set to each group; say when data are few."""
    names = [part.column, *factors]
    everyone = [
        part.cells.assign(**{part.column: pd.Categorical([group] * len(part.cells), categories=part.shown)})
        for group in part.shown
    ]
    made = design(part.cells, names)
    method = f"logistic model of use on {', '.join(names)}"
    fewest, number = int(min(part.users.sum(), (part.population - part.users).sum())), len(made.names)
    if fewest < _USERS_PER_COEFFICIENT * number:
        method += f"; few data: {fewest} users or youths without care for {number} coefficients"
    return Margins(made, np.stack([design(cells, names).matrix for cells in everyone]), method)


def mean_predictions(margins: Margins, estimates: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give the average predicted use with everyone set to each group, (..., groups)."""
    shares = inverse_logit(np.einsum("...p,gcp->...gc", estimates, margins.everyone_set_to, optimize=True))
    return np.asarray((shares * population[..., None, :]).sum(axis=-1) / population.sum(axis=-1)[..., None])


def _figures(part: ModelCells, margins: Margins, confidence: float) -> np.ndarray:
    """Give (value, lower, upper) x groups x (rate, ratio, difference); the reference is the first group."""
    found, everyone = fit(margins.made, part.users, part.population, part.where), margins.everyone_set_to
    rates = mean_predictions(margins, found.coefficients, part.population)
    ratios, differences = rates / rates[0], rates - rates[0]
    shares = inverse_logit(everyone @ found.coefficients)
    slopes = np.einsum("gc,gcp->gp", shares * (1 - shares) * part.population / part.population.sum(), everyone)
    relative = slopes / rates[:, None]

    def variance(derivative: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("gp,pq,gq->g", derivative, found.covariance, derivative))

    limits = np.array([
        rate_limits(rates, variance(slopes), np.full(len(rates), np.nan), confidence),
        ratio_limits(ratios, variance(relative - relative[0]), confidence),
        normal_limits(differences, variance(slopes - slopes[0]), confidence),
    ])  # fmt: skip
    return np.stack([np.stack([rates, ratios, differences], axis=-1), limits[:, 0].T, limits[:, 1].T])
