"""The need-adjusted disparity of the Institute of Medicine: adjust for need, not for other factors (rank-and-replace)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.rates.adjust import Margins, margins_of, mean_predictions
from bereik.rates.results import check_numbers, words
from bereik.rates.workings.limits import Interval
from bereik.rates.workings.logistic import coefficients, fit, inverse_logit
from bereik.rates.workings.model_cells import ModelCells, model_cells
from bereik.tables import result_table

__all__ = ["adjusted_disparity"]

_MEASURES = ("unadjusted_difference", "need_adjusted_difference", "fully_adjusted_difference")
_MOST = 2_000_000  # elements of an array at a time


class _Need(NamedTuple):
    """Which coefficients make the need index, and the distinct profiles of need."""

    is_need: np.ndarray  # one value per coefficient
    profiles: np.ndarray  # profiles x coefficients of need
    profile_of: np.ndarray  # the profile of each cell


def adjusted_disparity(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    need: Sequence[str],
    other: Sequence[str] = (),
    relative_to: object,
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compare use with that of a reference group as if need were distributed alike, and other factors as they are.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by`, `need` and `other`, ``population`` and ``users``; not weighted.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others has its own model.
    need : list of str
        The columns that say how much care is needed: severity, age, sex, ...
    other : list of str
        The columns that do not (income, household, ...): in the model, and kept as they are in each group.
    relative_to : object
        The reference group, a value of the last column of `by`.
    per : float
        Differences are per this number of youths.
    confidence : float
        The confidence of the intervals (percentiles of a bootstrap), between 0 and 1.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        are needed for that.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group other than the reference three rows, group minus
        reference, whose rates are ``numerator`` and ``denominator`` (rates per `per`). ``measure`` is unadjusted_difference
        (crude); need_adjusted_difference (use predicted for the group with its own other factors and the reference's need,
        minus the reference's use); fully_adjusted_difference (everyone set to the group minus everyone set to the
        reference, as in `bereik.rates.adjust.marginal_standardisation`). A hidden group keeps its status.

    Raises
    ------
    InvalidTableError
        When a coefficient cannot be estimated (collinear factors, nobody or everybody in a category uses care).
    BereikError
        When `need` is empty, or more than 1 percent of the replicates are undefined.
    UnknownNameError
        When the reference is unknown.

    Notes
    -----
    Institute of Medicine (2003): a disparity is a difference in care that need does not explain; what goes through
    income or the working of the system belongs to it. Rank-and-replace (Cook, McGuire & Zaslavsky 2012): logistic model on group,
    need and other factors; need index = the need part of the linear predictor; each youth of the group gets the
    reference's index at the same rank within the own group. Cells share their ranks fractionally: youths with the same index
    hold a stretch of ranks, and get the mixture of the reference's indices on that stretch. So the group ends up with
    exactly the reference's distribution, and the result does not depend on the order of rows. Other conventions
    (mid-ranks, interpolation) differ little with many distinct indices, and much with a few bands.
    Percentile limits are too narrow for small counts, see `bereik.rates.resample.bootstrap_limits`.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> disparity = adjusted_disparity(counts, by=["origin"], need=["severity"], relative_to="a", replicates=200)
    >>> disparity[["measure", "value"]].round(2)
                         measure  value
    0      unadjusted_difference  10.00
    1   need_adjusted_difference  -3.09
    2  fully_adjusted_difference  -4.14
    """
    check_numbers(per=per)
    factors = [*need, *other]
    if isinstance(need, str) or isinstance(other, str) or not need:
        raise BereikError(
            f"need={need!r}, other={other!r}", "lists of columns, at least one of them in `need`", "name the columns"
        )
    how = Interval("bootstrap", confidence, replicates, seed).checked(counts, by, assume_independent, ("bootstrap",))
    parts = model_cells(counts, by=by, factors=factors, relative_to=relative_to)
    frame = pd.concat([_rows(part, factors, need, how, per) for part in parts])
    return result_table(frame.assign(confidence=confidence, per=f"{per:.15g} youths"), by)


def _rows(part: ModelCells, factors: Sequence[str], need: Sequence[str], how: Interval, per: float) -> pd.DataFrame:
    """Give the three differences of each group but the reference; numerator and denominator are the two rates."""
    found, method = np.full((4, len(part.groups), len(_MEASURES)), np.nan), ""
    if part.modelled:
        margins = margins_of(part, factors)
        found = part.placed(_estimate(part, margins, _need_of(margins, need), how))
        method = words(margins.method, f"need: {', '.join(need)}", "rank-and-replace", how.words())
    own, base, lower, upper = per * found
    reference = str(part.groups.iloc[0, -1])
    standards = (None, f"need of {reference}", "pooled distribution of all groups in the model")
    labels = [
        {"measure": measure, "numerator": own[:, at], "denominator": base[:, at], "standard": standards[at]}
        for at, measure in enumerate(_MEASURES)
    ]
    return part.rows(labels, (own - base, lower, upper), method=method, relative_to=reference).iloc[len(_MEASURES) :]


def _need_of(margins: Margins, need: Sequence[str]) -> _Need:
    is_need = np.isin(margins.made.factors, need)
    profiles, profile_of = np.unique(margins.made.matrix[:, is_need], axis=0, return_inverse=True)
    return _Need(is_need, profiles, profile_of.reshape(-1))


def _estimate(part: ModelCells, margins: Margins, need: _Need, how: Interval) -> np.ndarray:
    """Give (rate, reference's rate, lower and upper limit of the difference) x groups x measures."""

    def rates(estimates: np.ndarray, users: np.ndarray, population: np.ndarray) -> np.ndarray:
        marks = np.stack([part.of(group) for group in part.shown], axis=1).astype(float)
        crude = (users @ marks) / (population @ marks)
        replaced = np.stack(
            [crude[..., 0], *(_replaced(part.of(group), part.of(part.shown[0]), margins, need, estimates, population)
                              for group in part.shown[1:])], axis=-1,
        )  # fmt: skip
        adjusted = mean_predictions(margins, estimates, population)
        own = np.stack([crude, replaced, adjusted], axis=-1)
        base = np.stack([crude[..., :1], crude[..., :1], adjusted[..., :1]], axis=-1)
        return np.stack([own, np.broadcast_to(base, own.shape)], axis=-3)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        found = rates(coefficients(margins.made.matrix, users, population), users, population)
        return np.asarray(found[..., 0, :, :] - found[..., 1, :, :])

    estimates = fit(margins.made, part.users, part.population, part.where).coefficients
    return np.stack([*rates(estimates, part.users, part.population), *part.drawn(point, how)])


def _replaced(
    own: np.ndarray, reference: np.ndarray, margins: Margins, need: _Need, estimates: np.ndarray, population: np.ndarray
) -> np.ndarray:
    """Give the mean predicted use of a group with the reference's need at the same ranks, one value per replicate."""
    shape, cells, number = estimates.shape[:-1], int(own.sum()), len(need.profiles)
    estimates, population = estimates.reshape(-1, estimates.shape[-1]), population.reshape(-1, population.shape[-1])
    index = estimates[:, need.is_need] @ need.profiles.T
    rest = estimates[:, ~need.is_need] @ margins.made.matrix[own][:, ~need.is_need].T
    marks = need.profile_of[:, None] == np.arange(number)
    masses = [(population * one) @ marks / (population @ one)[:, None] for one in (own, reference)]
    means, step = np.empty(len(index)), max(1, _MOST // (number * max(number, cells)))
    for start in range(0, len(index), step):
        some = slice(start, start + step)
        shares = exchanged(index[some], masses[0][some], masses[1][some])[:, need.profile_of[own], :]
        predicted = inverse_logit(rest[some][:, :, None] + index[some][:, None, :])
        weights = population[some][:, own]
        means[some] = ((shares * predicted).sum(axis=2) * weights).sum(axis=1) / weights.sum(axis=1)
    return means.reshape(shape)


def exchanged(index: np.ndarray, own: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Give the share of each profile of need that gets the index of each other profile at the same rank.

    Parameters
    ----------
    index : array (replicates, profiles)
        The need index of each profile.
    own, reference : array (replicates, profiles)
        The share of the group, and of the reference, in each profile.

    Returns
    -------
    array (replicates, profiles, profiles)
        Rows add up to 1 where the group has youths in the profile, and are 0 elsewhere.

    Examples
    --------
    >>> exchanged(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]])).round(3).tolist()
    [[[1.0, 0.0], [0.8, 0.2]]]
    """
    apart = index[:, :, None] - index[:, None, :]
    same = np.abs(apart) <= 1e-9 * (1 + np.abs(index[:, :, None]))
    stretches = []
    for share in (own, reference):
        length = (same * share[:, None, :]).sum(axis=2)
        begin = ((apart > 0) & ~same).astype(float) @ share[:, :, None]
        stretches.append((begin[:, :, 0], length))
    (begin, length), (other_begin, other_length) = stretches
    low = np.maximum(begin[:, :, None], other_begin[:, None, :])
    high = np.minimum((begin + length)[:, :, None], (other_begin + other_length)[:, None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.maximum(high - low, 0) / length[:, :, None] * (reference / other_length)[:, None, :]
    return np.where((own > 0)[:, :, None] & (reference > 0)[:, None, :], part, 0.0)
