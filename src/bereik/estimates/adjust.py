"""Use of care adjusted for other factors by a logistic model on counts (marginal standardisation)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import UnknownNameError
from bereik.estimates.workings.delta import rate_limits, ratio_limits
from bereik.estimates.workings.intervals import SUPERPOPULATION, check_numbers, normal_quantile
from bereik.estimates.workings.limits import Resampling
from bereik.estimates.workings.logistic import Design, coefficients, design, fit
from bereik.estimates.workings.model_cells import ModelCells, model_cells
from bereik.estimates.workings.parts import bootstrap_words, check_independent
from bereik.tables import result_table

__all__ = ["marginal_standardisation"]

_MEASURES = ("adjusted_rate", "adjusted_rate_ratio", "adjusted_rate_difference")
_USERS_PER_COEFFICIENT = 10


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
    check_numbers(per=per, confidence=confidence)
    for what, name, known in (
        ("interval", interval, ("delta", "bootstrap")),
        ("standard", standard, ("pooled", "reference")),
    ):
        if name not in known:
            raise UnknownNameError(what, name, known)
    check_independent(counts, by, interval, assume_independent)
    frames = []
    for part in model_cells(counts, by=by, factors=adjust_for, relative_to=relative_to):
        shape, method = (len(part.groups), len(_MEASURES)), ""
        values, lower, upper = (np.full(shape, np.nan) for _ in range(3))
        if part.modelled:
            margins = margins_of(part, adjust_for, linear, interactions, standard)
            rows = [at for at, status in enumerate(part.status) if status == "shown"]
            if interval == "delta":
                values[rows], lower[rows], upper[rows] = _delta(part, margins, confidence)
            else:
                how_drawn = Resampling(interval, confidence, replicates, seed)
                values[rows], lower[rows], upper[rows] = _drawn(part, margins, how_drawn)
            how = "delta method" if interval == "delta" else bootstrap_words(replicates, seed)
            method = f"{model_words(part, margins.made, adjust_for, linear, interactions)}; {how}; {SUPERPOPULATION}"
        frames.append(_rows(part, (values, lower, upper), method, standard))
    frame = pd.concat(frames, ignore_index=True).assign(confidence=confidence)
    scale = np.where(frame["measure"] == "adjusted_rate_ratio", 1, per)
    unit = np.where(frame["measure"] == "adjusted_rate_ratio", "ratio", f"{per:.15g} youths")
    frame = frame.assign(per=unit, **{name: scale * frame[name] for name in ("value", "lower", "upper")})
    return result_table(frame, by)


def margins_of(
    part: ModelCells,
    factors: Sequence[str],
    linear: Sequence[str],
    interactions: Sequence[Sequence[str]],
    standard: str = "pooled",
) -> Margins:
    """Make the design matrix of a part, and those with everyone set to each group."""
    names, groups = [part.column, *factors], part.shown

    def with_group(group: object) -> np.ndarray:
        values = pd.Categorical([group] * len(part.cells), categories=groups)
        cells = part.cells.assign(**{part.column: values})
        return design(cells, factors=names, linear=linear, interactions=interactions).matrix

    counted = part.of(groups[0]) if standard == "reference" else np.ones(len(part.cells), dtype=bool)
    made = design(part.cells, factors=names, linear=linear, interactions=interactions)
    return Margins(made, np.stack([with_group(group) for group in groups]), counted)


def mean_predictions(margins: Margins, estimates: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give the average predicted use with everyone set to each group, (..., groups)."""
    shares = 1 / (
        1 + np.exp(-np.einsum("...p,gcp->...gc", estimates, margins.everyone_set_to[:, margins.counted], optimize=True))
    )
    weights = population[..., margins.counted]
    return np.asarray((shares * weights[..., None, :]).sum(axis=-1) / weights.sum(axis=-1)[..., None])


def model_words(
    part: ModelCells,
    made: Design,
    factors: Sequence[str],
    linear: Sequence[str],
    interactions: Sequence[Sequence[str]],
) -> str:
    """Describe a model for the column ``method``."""
    terms = [part.column, *(f"{name} (linear)" if name in linear else name for name in factors)]
    terms += [" x ".join(pair) for pair in interactions]
    fewest, number = int(min(part.users.sum(), (part.population - part.users).sum())), len(made.names)
    few = f"; few data: {fewest} users or youths without care for {number} coefficients"
    return f"logistic model of use on {', '.join(terms)}" + (few if fewest < _USERS_PER_COEFFICIENT * number else "")


def _measures(rates: np.ndarray) -> np.ndarray:
    """Give rate, ratio and difference of groups (the reference is the first), (..., groups, measures)."""
    reference = rates[..., :1]
    return np.stack([rates, rates / reference, rates - reference], axis=-1)


def _delta(part: ModelCells, margins: Margins, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = fit(margins.made, part.users, part.population, part.where)
    rates = mean_predictions(margins, found.coefficients, part.population)
    everyone, weights = margins.everyone_set_to[:, margins.counted], part.population[margins.counted]
    shares = 1 / (1 + np.exp(-everyone @ found.coefficients))
    slopes = np.einsum("gc,gcp->gp", shares * (1 - shares) * weights / weights.sum(), everyone)

    def variance(derivative: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("gp,pq,gq->g", derivative, found.covariance, derivative))

    values = _measures(rates)
    half = normal_quantile(confidence) * np.sqrt(variance(slopes - slopes[0]))
    relative = slopes / rates[:, None]
    limits = np.array([
        rate_limits(rates, variance(slopes), np.full(len(rates), np.nan), confidence),
        ratio_limits(values[:, 1], variance(relative - relative[0]), confidence),
        (values[:, 2] - half, values[:, 2] + half),
    ])  # fmt: skip
    return values, limits[:, 0].T, limits[:, 1].T


def _drawn(part: ModelCells, margins: Margins, how: Resampling) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = fit(margins.made, part.users, part.population, part.where)
    values = _measures(mean_predictions(margins, found.coefficients, part.population))

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        estimates = coefficients(margins.made.matrix, users, population)
        return _measures(mean_predictions(margins, estimates, population))

    return values, *part.drawn(point, how)


def _rows(part: ModelCells, figures: tuple[np.ndarray, ...], method: str, standard: str) -> pd.DataFrame:
    frames, reference = [], str(part.groups.iloc[0, -1])
    without_model = "undefined" if part.status[0] == "shown" else part.status[0]
    status = np.array([found if found != "shown" or part.modelled else without_model for found in part.status])
    for at, measure in enumerate(_MEASURES):
        value, lower, upper = (figure[:, at] for figure in figures)
        hidden = np.where(status == "shown", part.status[0], status) if at else status
        frame = part.groups.assign(
            measure=measure, value=value, lower=lower, upper=upper, numerator=part.crude_users,
            denominator=part.crude_population, status=hidden, source=part.source, synthetic=part.synthetic,
            relative_to=reference if at else None, method=method,
            standard="pooled distribution of all groups in the model" if standard == "pooled" else f"distribution of {reference}",
        )  # fmt: skip
        frames.append(frame.iloc[1:] if at else frame)
    return pd.concat(frames).sort_index(kind="stable")
