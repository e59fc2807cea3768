"""Change of participants within organisations within goals: a mixed model, and what so few organisations can show."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.pilot.answers import WAVES, pair_scores
from bereik.pilot.measures import POINTS, Row
from bereik.pilot.shares import ALL, network_status, origin_of, without_hidden
from bereik.rates.intervals import check_numbers
from bereik.tables import result_table

__all__ = ["ALL_GOALS", "nested_change", "nested_power"]

ALL_GOALS = "all goals"
_SINGULAR = 1e-4  # variance between organisations, relative to that within them, that is not told from 0
_POWER, _GOALS = 0.8, 5


class _Fit(NamedTuple):
    means: np.ndarray
    covariance: np.ndarray
    between: float
    within: float


def nested_change(answers: pd.DataFrame, participants: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compute the change of each scale per goal, when participants of one organisation change together.

    Parameters
    ----------
    answers, participants : pandas.DataFrame
        Tables of `read_pilot`; ``network`` of a participant is the goal, ``organisation`` must be filled in. A score is the
        mean of the items of a scale, of who answered all of them before and after.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``goal`` ("all goals" first), then the columns of a result table. For all goals together ``measure`` is
        mean_of_goals, organisation_sd (between organisations of one goal), participant_sd (within organisations) and
        organisation_share (of the variance, per 100); per goal goal_change. Goals with fewer than 10 pairs are hidden, and
        another one when it could be derived. A singular fit says so in ``method``.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong (see `change`), or a participant has no organisation.
    BereikError
        When there are not at least 2 organisations more than goals, the model cannot be fitted, or the confidence is out of
        range.

    Notes
    -----
    Mixed model by restricted maximum likelihood (statsmodels MixedLM): the goal is fixed, since a handful of goals carries no
    variance; the organisation is random. Intervals: Student's t with (organisations - goals) degrees of freedom, exact when
    organisations are equally large; the normal quantile of the software is too small for so few. Singular: the spread
    between organisations is estimated as 0; that does not mean that they are alike. No interval is given for spreads.

    Examples
    --------
    >>> from bereik.pilot.synthetic_programmes import make_nested_answers
    >>> goals = make_nested_answers()
    >>> found = nested_change(goals.answers, goals.participants)
    >>> found[["scale", "goal", "measure", "value", "lower", "upper"]].round(2).head(1)
                    scale       goal        measure  value  lower  upper
    0  new_way_of_working  all goals  mean_of_goals    0.2   0.07   0.33
    """
    check_numbers(confidence=confidence)
    known = participants.dropna(subset=["organisation"])
    if len(known) < len(participants):
        raise InvalidTableError(
            f"{len(participants) - len(known)} participants without an organisation",
            "an organisation for each participant",
            "fill it in, or leave out the rows of these participants and their answers",
        )
    pairs = pair_scores(answers, participants, WAVES, ["scale"])
    pairs["change"] = (pairs["after"] - pairs["before"]) / pairs["items"]
    pairs = pairs.dropna(subset=["change"]).merge(participants[["participant", "organisation"]], on="participant")
    rows: list[Row] = []
    for scale, group in pairs.groupby("scale", sort=False):
        rows += [{"scale": scale, **row} for row in _of_scale(group, confidence)]
    table = pd.DataFrame(rows).assign(confidence=confidence, relative_to=WAVES[0], **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "goal"]))


def nested_power(
    *,
    change: float,
    organisation_sd: float,
    participant_sd: float,
    organisations: Sequence[int] = (3, 5, 10),
    participants: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Check a design before it is run: the probability of finding a change of one goal, by organisations per goal.

    Parameters
    ----------
    change : float
        The true change of the goal, in points of the answer.
    organisation_sd, participant_sd : float
        Standard deviations of the true changes between organisations of one goal, and of changes within an organisation.
    organisations : list of int
        Numbers of organisations per goal that are compared; 2 or more.
    participants : int
        Participants per organisation.
    confidence : float
        One minus the size of the two-sided test.

    Returns
    -------
    pandas.DataFrame
        ``organisations``, then the columns of a result table: ``measure`` is power (per 100 such programmes) and
        smallest_detectable_change (found with a probability of 80 %; points of the answer). An assumption, so ``synthetic``
        is True.

    Raises
    ------
    BereikError
        When a number is out of range.

    Notes
    -----
    Exact for equally large organisations: noncentral t with standard error
    sqrt((organisation_sd^2 + participant_sd^2 / participants) / organisations) and 5 x (organisations - 1) degrees of
    freedom, since 5 goals share the estimate of the spread. More participants per organisation help only against the
    second part.

    Examples
    --------
    >>> design = nested_power(change=0.3, organisation_sd=0.2, participant_sd=0.4, organisations=[3, 10])
    >>> design[["organisations", "measure", "value"]].round(2)
       organisations                     measure  value
    0              3                       power  50.95
    1              3  smallest_detectable_change   0.42
    2             10                       power  97.51
    3             10  smallest_detectable_change   0.21
    """
    from scipy.special import nctdtrinc
    from scipy.stats import nct, t

    check_numbers(confidence=confidence, per=min(participant_sd, participants))
    if min(organisations) < 2 or organisation_sd < 0:
        raise BereikError(
            f"organisations={list(organisations)}, organisation_sd={organisation_sd}",
            "2 organisations or more per goal, and a standard deviation of 0 or more",
            "correct the design",
        )
    rows: list[Row] = []
    for number in organisations:
        error = np.sqrt((organisation_sd**2 + participant_sd**2 / participants) / number)
        degrees = _GOALS * (number - 1)
        edge, centre = t.ppf(0.5 + confidence / 2, degrees), abs(change) / error
        power = nct.sf(edge, degrees, centre) + nct.cdf(-edge, degrees, centre)
        about = {"organisations": number, "method": f"noncentral t, {degrees} degrees of freedom", "status": "shown"}
        rows += [
            about | {"measure": "power", "value": 100 * power, "per": "100 such programmes"},
            about | {"measure": "smallest_detectable_change", "value": error * nctdtrinc(degrees, 1 - _POWER, edge),
                     "per": POINTS},
        ]  # fmt: skip
    table = pd.DataFrame(rows).assign(synthetic=True, source="assumed change and spreads", confidence=confidence)
    return result_table(table, ["organisations"])


def _of_scale(group: pd.DataFrame, confidence: float) -> list[Row]:
    from scipy.stats import t

    goals, size = group["network"].astype("object").unique(), group.groupby("network", sort=False).size()
    status = network_status(pd.concat([pd.Series({ALL: len(group)}), size]))
    units = group[["network", "organisation"]].drop_duplicates()
    degrees = len(units) - len(goals)
    if degrees < 2:
        raise BereikError(
            f"{len(units)} organisations in {len(goals)} goals",
            "at least 2 organisations more than goals: what organisations differ within a goal is learned from them",
            "use `change` for the participants together",
        )
    fit = _fitted(group, goals)
    singular = fit.between < _SINGULAR * fit.within
    note = "; singular fit: spread between organisations estimated as 0, which does not mean that they are alike"
    method = f"mixed model (REML), Student's t with {degrees} degrees of freedom" + note * singular
    factor = t.ppf(0.5 + confidence / 2, degrees)

    def limits(value: float, variance: float) -> Row:
        half = factor * np.sqrt(variance)
        return {"value": value, "lower": value - half, "upper": value + half, "method": method, "per": POINTS}

    share = np.full(len(goals), 1 / len(goals))
    about = {"goal": ALL_GOALS, "denominator": len(group), "status": status[ALL]}
    sds = {"organisation_sd": fit.between, "participant_sd": fit.within}
    rows: list[Row] = [
        about | {"measure": "mean_of_goals", **limits(share @ fit.means, share @ fit.covariance @ share)},
        *(about | {"measure": name, "value": np.sqrt(sd), "per": POINTS, "method": method} for name, sd in sds.items()),
        about | {"measure": "organisation_share", "value": 100 * fit.between / (fit.between + fit.within),
                 "per": "100 of the variance", "method": method},
    ]  # fmt: skip
    for at, goal in enumerate(goals):
        about = {"goal": goal, "denominator": size[goal], "status": status[goal], "measure": "goal_change"}
        rows.append(about | limits(fit.means[at], fit.covariance[at, at]))
    hidden = [row | {"value": np.nan, "lower": np.nan, "upper": np.nan} for row in rows]
    return [row if row["status"] == "shown" else other for row, other in zip(rows, hidden, strict=True)]


def _fitted(group: pd.DataFrame, goals: np.ndarray) -> _Fit:
    """Fit the mixed model; warnings of a fit at its limit are what `singular` reports."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = (group["network"].to_numpy(dtype="object")[:, None] == goals).astype("float64")
    units = group.groupby(["network", "organisation"], sort=False).ngroup().to_numpy()
    model = MixedLM(group["change"].to_numpy(), design, groups=units)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fit = model.fit(reml=True)
    between, within = max(float(fit.cov_re[0, 0]), 0.0), float(fit.scale)
    covariance = np.asarray(fit.cov_params())[: len(goals), : len(goals)]
    if not (np.isfinite(covariance).all() and within > 0):
        raise BereikError(
            "the mixed model cannot be fitted: changes do not differ within organisations",
            "participants of one organisation who did not all change equally much",
            "describe the changes, or use `change` for the participants together",
        )
    return _Fit(np.asarray(fit.fe_params), covariance, between, within)
