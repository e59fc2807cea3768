"""Use of care adjusted for other factors by a logistic model on counts (marginal standardisation)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.estimates.workings.delta import normal_limits, rate_limits, ratio_limits
from bereik.estimates.workings.fairlie import inverse_logit
from bereik.estimates.workings.limits import Interval
from bereik.estimates.workings.logistic import Design, coefficients, design, fit
from bereik.estimates.workings.model_cells import ModelCells, model_cells
from bereik.estimates.workings.options import check_known, check_numbers
from bereik.estimates.workings.rows import words
from bereik.tables import result_table

__all__ = ["marginal_standardisation"]

_MEASURES = ("adjusted_rate", "adjusted_rate_ratio", "adjusted_rate_difference")
_USERS_PER_COEFFICIENT = 10


class Model(NamedTuple):
    """What use is modelled on, besides the groups."""

    factors: Sequence[str]
    linear: Sequence[str]
    interactions: Sequence[Sequence[str]]

    def design(self, part: ModelCells, cells: pd.DataFrame) -> Design:
        """Make the design matrix of these cells of a part."""
        names = [part.column, *self.factors]
        return design(cells, factors=names, linear=self.linear, interactions=self.interactions)

    def words(self, part: ModelCells, made: Design) -> str:
        """Describe the model for the column ``method``."""
        terms = [part.column, *(f"{name} (linear)" if name in self.linear else name for name in self.factors)]
        terms += [" x ".join(pair) for pair in self.interactions]
        fewest, number = int(min(part.users.sum(), (part.population - part.users).sum())), len(made.names)
        few = f"; few data: {fewest} users or youths without care for {number} coefficients"
        return f"logistic model of use on {', '.join(terms)}" + (
            few if fewest < _USERS_PER_COEFFICIENT * number else ""
        )


class Margins(NamedTuple):
    """A model on cells, and the design matrix with everyone set to each group in turn."""

    made: Design
    everyone_set_to: np.ndarray  # groups x cells x coefficients
    counted: np.ndarray  # the cells whose youths are averaged over


def marginal_standardisation(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    adjust_for: Sequence[str],
    relative_to: object,
    linear: Sequence[str] = (),
    interactions: Sequence[Sequence[str]] = (),
    standard: str = "pooled",
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
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
    linear : list of str
        Those of `adjust_for` that hold numbers and enter with one slope.
    interactions : list of pairs of str
        Products of factors, for example ``[("origin", "severity")]`` when the gap differs by severity.
    standard : {"pooled", "reference"}
        Whose other factors are averaged over: of all groups in the model, or of the reference.
    interval : {"delta", "bootstrap"}
        The delta method with the covariance of the model, or percentiles over replicates of the counts.
    per : float
        Rates and their differences are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        and the bootstrap are needed for that.

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
        When the reference, the standard or the interval is unknown.
    BereikError
        When counts are weighted, a column in `linear` holds no numbers, or an interaction is not in the model.

    Notes
    -----
    Logistic model on counts by statsmodels (GLM, binomial): the same estimates as on youths one by one. Rate of g:
    sum n expit(x_g b) / sum n over cells, x_g the cell with the group set to g (Lane & Nelder 1982; Greenland 2004).
    Variance J C J' with C the covariance of b and J the derivative of the rate; limits on the logit for a rate, on the log
    for a ratio, symmetrical for a difference. They take the model as right and the other factors' distribution as fixed;
    the bootstrap draws that distribution again. With few users per coefficient (Peduzzi et al. 1996) estimates and
    intervals are unreliable. When a factor follows from origin in society (income, household), the adjusted difference is
    not the gap in access at equal need: see `bereik.estimates.rank_replace.adjusted_disparity`.

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
    check_numbers(per=per)
    check_known("standard", standard, ("pooled", "reference"))
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, ("delta", "bootstrap"))
    model = Model(adjust_for, linear, interactions)
    parts = model_cells(counts, by=by, factors=adjust_for, relative_to=relative_to)
    frame = pd.concat([_rows(part, model, standard, how, per) for part in parts])
    return result_table(frame.assign(confidence=confidence), by)


def _rows(part: ModelCells, model: Model, standard: str, how: Interval, per: float) -> pd.DataFrame:
    """Give the rate of each group, and its ratio and difference for all but the reference."""
    figures, method = np.full((3, len(part.groups), len(_MEASURES)), np.nan), ""
    if part.modelled:
        margins = margins_of(part, model, standard)
        figures, method = part.placed(_figures(part, margins, how)), words(model.words(part, margins.made), how.words())
    value, lower, upper = np.array([per, 1, per]) * figures
    reference, unit = str(part.groups.iloc[0, -1]), f"{per:.15g} youths"
    labels = [
        {"measure": measure, "per": each, "relative_to": other}
        for measure, each, other in zip(_MEASURES, (unit, "ratio", unit), (None, reference, reference), strict=True)
    ]
    rows = part.rows(
        labels, (value, lower, upper), method=method, numerator=part.crude_users.repeat(3),
        denominator=part.crude_population.repeat(3),
        standard="pooled distribution of all groups in the model" if standard == "pooled" else f"distribution of {reference}",
    )  # fmt: skip
    return rows.drop(index=[1, 2])  # the reference relative to itself


def margins_of(part: ModelCells, model: Model, standard: str = "pooled") -> Margins:
    """Make the design matrix of a part, and those with everyone set to each group."""
    groups = part.shown
    everyone = [
        part.cells.assign(**{part.column: pd.Categorical([group] * len(part.cells), categories=groups)})
        for group in groups
    ]
    counted = part.of(groups[0]) if standard == "reference" else np.ones(len(part.cells), dtype=bool)
    matrices = np.stack([model.design(part, cells).matrix for cells in everyone])
    return Margins(model.design(part, part.cells), matrices, counted)


def mean_predictions(margins: Margins, estimates: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give the average predicted use with everyone set to each group, (..., groups)."""
    everyone, weights = margins.everyone_set_to[:, margins.counted], population[..., margins.counted]
    shares = inverse_logit(np.einsum("...p,gcp->...gc", estimates, everyone, optimize=True))
    return np.asarray((shares * weights[..., None, :]).sum(axis=-1) / weights.sum(axis=-1)[..., None])


def _measures(rates: np.ndarray) -> np.ndarray:
    """Give rate, ratio and difference of groups (the reference is the first), (..., groups, measures)."""
    reference = rates[..., :1]
    return np.stack([rates, rates / reference, rates - reference], axis=-1)


def _figures(part: ModelCells, margins: Margins, how: Interval) -> np.ndarray:
    """Give (value, lower, upper) x groups x measures, by the delta method or from replicates."""
    found = fit(margins.made, part.users, part.population, part.where)
    rates = mean_predictions(margins, found.coefficients, part.population)
    values = _measures(rates)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return _measures(mean_predictions(margins, coefficients(margins.made.matrix, users, population), population))

    def variance(derivative: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("gp,pq,gq->g", derivative, found.covariance, derivative))

    if how.kind == "bootstrap":
        return np.stack([values, *part.drawn(point, how)])
    everyone, weights = margins.everyone_set_to[:, margins.counted], part.population[margins.counted]
    shares = inverse_logit(everyone @ found.coefficients)
    slopes = np.einsum("gc,gcp->gp", shares * (1 - shares) * weights / weights.sum(), everyone)
    relative = slopes / rates[:, None]
    limits = np.array([
        rate_limits(rates, variance(slopes), np.full(len(rates), np.nan), how.confidence),
        ratio_limits(values[:, 1], variance(relative - relative[0]), how.confidence),
        normal_limits(values[:, 2], variance(slopes - slopes[0]), how.confidence),
    ])  # fmt: skip
    return np.stack([values, limits[:, 0].T, limits[:, 1].T])
