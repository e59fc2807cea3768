"""Use of care adjusted for other factors by a logistic model on counts: rank-and-replace, and everyone set to each group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.categories import check_columns
from bereik.rates.bootstrap import IntervalOptions
from bereik.rates.logistic import Model, ModelCells, coefficients, fit, inverse_logit, model_cells, model_of
from bereik.rates.results import words
from bereik.tables import result_table

_DISPARITIES = ("unadjusted_difference", "need_adjusted_difference", "fully_adjusted_difference")
_POOLED = "pooled distribution of all groups in the model"


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
        A count table with the columns of `by`, `need` and `other`, ``population`` and ``users``. A factor with one category is
        left out.
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
        reference: marginal standardisation). A hidden group keeps its status. ``undefined``: no factor of `need`
        has more than one category.

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
    (mid-ranks, interpolation) differ little with many distinct indices, and much with a few bands. Everyone set to a group:
    sum n expit(x_g b) / sum n over cells, x_g the cell with the group set to g (Lane & Nelder 1982; Greenland 2004). With few
    users per coefficient (Peduzzi et al. 1996) estimates and intervals are unreliable, and ``method`` says so.
    Percentile limits are too narrow for small counts, see `bereik.rates.bootstrap.bootstrap_limits`. Of weighted counts the
    effective population of each cell is drawn.

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
    check_columns(need=need, **({} if other in ((), []) else {"other": other}))
    factors = [*need, *other]
    how = IntervalOptions("bootstrap", confidence, replicates, seed)
    how.check(counts, by, assume_independent, ("bootstrap",), per)
    parts = model_cells(counts, by=by, factors=factors, relative_to=relative_to)
    frame = pd.concat([_disparity_rows(part, need, how, per) for part in parts])
    return result_table(frame.assign(confidence=confidence, per=f"{per:.15g} youths"), by)


def _disparity_rows(part: ModelCells, need: Sequence[str], how: IntervalOptions, per: float) -> pd.DataFrame:
    """Give the three differences of each group but the reference; numerator and denominator are the two rates."""
    figures, method = np.full((4, len(part.groups), len(_DISPARITIES)), np.nan), ""
    if part.modelled:
        model = model_of(part)
        figures = part.placed(_disparities(part, model, np.isin(model.factors, need), how))
        varying = ", ".join(name for name in need if name in model.factors)
        figures[..., 1:] *= 1 if varying else np.nan
        method = words(model.words, f"need: {varying or 'none'}", "rank-and-replace", how.words())
    rate, base, lower, upper = per * figures
    reference = str(part.groups.iloc[0, -1])
    standards = (None, f"need of {reference}", _POOLED)
    labels = [
        {"measure": measure, "numerator": rate[:, at], "denominator": base[:, at], "standard": standards[at]}
        for at, measure in enumerate(_DISPARITIES)
    ]
    rows = part.rows(labels, (rate - base, lower, upper), method=method, relative_to=reference)
    return rows.iloc[len(_DISPARITIES) :]


def _disparities(part: ModelCells, model: Model, is_need: np.ndarray, how: IntervalOptions) -> np.ndarray:
    """Give (rate, reference's rate, lower and upper limit of the difference) x groups x measures."""
    marks = [(part.cells.iloc[:, 0] == group).to_numpy() for group in part.shown]

    def rates(estimates: np.ndarray, users: np.ndarray, population: np.ndarray) -> np.ndarray:
        totals = [each @ np.transpose(marks).astype(float) for each in (users, population)]
        crude = totals[0] / totals[1]
        replaced = [_replaced(mark, marks[0], model, is_need, estimates, population) for mark in marks[1:]]
        need_adjusted = np.stack([crude[..., 0], *replaced], axis=-1)
        adjusted = model.mean_predictions(estimates, population)
        rate = np.stack([crude, need_adjusted, adjusted], axis=-1)
        base = np.stack([crude[..., :1], crude[..., :1], adjusted[..., :1]], axis=-1)
        return np.stack([rate, np.broadcast_to(base, rate.shape)], axis=-3)

    def differences(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        both = rates(coefficients(model.matrix, users, population), users, population)
        return np.asarray(both[..., 0, :, :] - both[..., 1, :, :])

    estimates = fit(model, part)
    limits = how.drawn(differences, part)
    return np.stack([*rates(estimates, part.users, part.population), *limits])


def _replaced(
    group: np.ndarray, other: np.ndarray, model: Model, is_need: np.ndarray, estimates: np.ndarray, youths: np.ndarray
) -> np.ndarray:
    """Give the mean predicted use of a group with the reference's need at the same ranks, one value per replicate."""
    profiles, profile_of = np.unique(model.matrix[:, is_need], axis=0, return_inverse=True)
    profile_of, number = profile_of.reshape(-1), len(profiles)
    shape = estimates.shape[:-1]
    estimates, population = (each.reshape(-1, each.shape[-1]) for each in (estimates, youths))
    index = estimates[:, is_need] @ profiles.T
    rest = estimates[:, ~is_need] @ model.matrix[group][:, ~is_need].T
    marks = profile_of[:, None] == np.arange(number)
    masses = [(population * one) @ marks / (population @ one)[:, None] for one in (group, other)]
    shares = _exchanged(index, *masses)[:, profile_of[group], :]
    predicted = inverse_logit(rest[:, :, None] + index[:, None, :])
    weights = population[:, group]
    means = ((shares * predicted).sum(axis=2) * weights).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(means.reshape(shape))


def _exchanged(index: np.ndarray, group: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Give the share of each profile of need that gets the index of each other profile at the same rank.

    All are arrays (replicates, profiles): the need index, and the share of the group and of the reference in each profile. Rows
    of the result (replicates, profiles, profiles) add up to 1 where the group has youths in the profile, and are 0 elsewhere.
    Profiles with the same index hold a stretch of ranks together.
    """
    apart = index[:, :, None] - index[:, None, :]
    same = np.abs(apart) <= 1e-9 * (1 + np.abs(index[:, :, None]))
    below = ((apart > 0) & ~same).astype(float)
    begin, begin_of_reference = ((below @ share[:, :, None])[:, :, 0] for share in (group, reference))
    length, length_of_reference = ((same * share[:, None, :]).sum(axis=2) for share in (group, reference))
    low = np.maximum(begin[:, :, None], begin_of_reference[:, None, :])
    high = np.minimum((begin + length)[:, :, None], (begin_of_reference + length_of_reference)[:, None, :])
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.maximum(high - low, 0) / length[:, :, None] * (reference / length_of_reference)[:, None, :]
    return np.where((group > 0)[:, :, None] & (reference > 0)[:, None, :], part, 0.0)
