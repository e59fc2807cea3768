"""Change in regions, and in organisations within goals: partial pooling, a mixed model, and what so few groups can show."""

import warnings
from collections.abc import Sequence
from numbers import Real

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.learning import POINTS, WAVES, pair_scores
from bereik.pilot.participation import ALL, MINIMUM, coarse_figures, network_status, pilot_results
from bereik.rates.results import check_numbers
from bereik.tables import refuse_rows, result_table

_SPREADS = 1000
_SINGULAR = 1e-4  # variance between organisations, relative to that within them, that is not told from 0
_SINGULAR_NOTE = "; singular fit: spread between organisations estimated as 0, which does not mean that they are alike"
_POWER, _GOALS = 0.8, 5
_IN_GOALS = ("participant", "network", "organisation")
_TOGETHER = "use `paired_change` for all participants together"
_OF_ALL_REGIONS = ["mean_of_regions", "between_region_sd", "new_region_change"]
_OF_ALL_GOALS = ["mean_of_goals", "organisation_sd", "participant_sd", "organisation_share"]
_EACH = ["mean, Student's t with the spread within all regions", "partial pooling, averaged over the spread"]


def regional_change(
    answers: pd.DataFrame, participants: pd.DataFrame, *, spread_prior: float = 0.5, confidence: float = 0.95
) -> pd.DataFrame:
    """Compute the change of each scale in each region, by itself and partly pooled with the other regions.

    Parameters
    ----------
    answers, participants : pandas.DataFrame
        Tables of `read_pilot`; ``network`` of a participant is the region. A score is the mean of the items of a scale, of who
        answered all of them before and after.
    spread_prior : float
        How much the true changes of regions may differ, before the data are seen: scale of a half-normal distribution of
        their standard deviation, in points of the answer. Try another value to see how much depends on it.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``region``, then the columns of a result table, all in points of the answer. Per region ``measure`` is
        mean_change (of this region only) and pooled_change (given all regions); for "all regions" mean_of_regions and
        between_region_sd; for "new region" new_region_change: where the true change of one more region lies. Regions with
        fewer than 10 pairs are hidden, and left out of all figures. Two decimals and no ``denominator``, as in `reliability`.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong, see `paired_change`.
    BereikError
        When fewer than 3 regions have 10 pairs, nobody's change differs from another's, or a number is out of range.

    Notes
    -----
    Model: see `bereik.pilot.multilevel.pool_partially`. The standard error of a region's mean is the standard deviation
    of changes within regions (one for all regions) divided by the root of its pairs, and taken as known. Intervals of
    mean_change: Student's t. Limits of the partly pooled changes are right on average over regions like these, not for
    each region whatever its change is. Regions were not drawn by lot: a change has no comparison without the programme.

    Examples
    --------
    >>> from bereik.pilot import example_pilot
    >>> regions = example_pilot("regions")
    >>> changes = regional_change(regions.answers, regions.participants)
    >>> changes[["scale", "region", "measure", "value", "lower", "upper"]].round(2).head(2)
                          scale    region        measure  value  lower  upper
    0  diversity_sensitive_work  region A    mean_change   0.42   0.31   0.53
    1  diversity_sensitive_work  region A  pooled_change   0.42   0.32   0.52
    """
    check_numbers(confidence=confidence, per=spread_prior)
    scales = _changes(answers, participants).groupby("scale", sort=False)
    table = pd.concat([_in_regions(group, spread_prior, confidence).assign(scale=scale) for scale, group in scales])
    same = {"confidence": confidence, "per": POINTS, "relative_to": WAVES[0]}
    return pilot_results(coarse_figures(table, 2), ["scale", "region"], [answers], **same)


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
        organisation_share (of the variance, per 100); per goal goal_change. When one goal has fewer than 10 pairs all
        goals are hidden. Two decimals and no ``denominator``, as in `reliability`. A singular fit says so in ``method``.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong (see `paired_change`), or a participant has no organisation.
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
    >>> from bereik.pilot import example_pilot
    >>> goals = example_pilot("goals")
    >>> changes = nested_change(goals.answers, goals.participants)
    >>> changes[["scale", "goal", "measure", "value", "lower", "upper"]].round(2).head(1)
                    scale       goal        measure  value  lower  upper
    0  new_way_of_working  all goals  mean_of_goals    0.2   0.07   0.33
    """
    check_numbers(confidence=confidence)
    pairs = _changes(answers, participants, _IN_GOALS)
    alone = {"participants without an organisation": pairs["organisation"].isna()}
    todo = "fill it in, or leave out the rows of these participants and their answers"
    refuse_rows(pairs[["network"]], alone, expected="an organisation for each participant", todo=todo)
    scales = pairs.dropna(subset=["change"]).groupby("scale", sort=False)
    table = pd.concat([_in_goals(group, confidence).assign(scale=scale) for scale, group in scales])
    same = {"confidence": confidence, "relative_to": WAVES[0]}
    return pilot_results(coarse_figures(table, 2), ["scale", "goal"], [answers], **same)


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

    check_numbers(confidence=confidence)
    number, sizes = np.atleast_1d(organisations), (change, organisation_sd, participant_sd, participants)
    real = all(isinstance(size, Real) and not isinstance(size, bool) and np.isfinite(size) for size in sizes)
    if (
        not real
        or number.dtype.kind not in "iu"
        or participants % 1
        or number.min(initial=2) < 2
        or organisation_sd < 0
        or min(participant_sd, participants) <= 0
    ):
        fault = f"organisations={organisations!r}, change={change!r}, organisation_sd={organisation_sd!r}"
        fault += f", participant_sd={participant_sd!r}, participants={participants!r}"
        expected = "numbers: 2 organisations or more per goal, a spread between them of 0 or more, the others above 0"
        raise BereikError(fault, expected, "correct the design")
    error, degrees = np.sqrt((organisation_sd**2 + participant_sd**2 / participants) / number), _GOALS * (number - 1)
    edge, centre = t.ppf(0.5 + confidence / 2, degrees), abs(change) / error
    power = nct.sf(edge, degrees, centre) + nct.cdf(-edge, degrees, centre)
    smallest = error * nctdtrinc(degrees, 1 - _POWER, edge)
    rows = {
        "organisations": number.repeat(2),
        "measure": ["power", "smallest_detectable_change"] * len(number),
        "value": np.column_stack([100 * power, smallest]).ravel(),
        "per": ["100 such programmes", POINTS] * len(number),
        "method": [f"noncentral t, {one} degrees of freedom" for one in degrees.repeat(2)],
    }
    same = {"confidence": confidence, "status": "shown", "synthetic": True, "source": "assumed change and spreads"}
    return result_table(pd.DataFrame(rows).assign(**same), ["organisations"])


def pool_partially(values: np.ndarray, errors: np.ndarray, spread_prior: float, confidence: float) -> np.ndarray:
    """Fit the normal model of means that differ among themselves, averaged over what their spread may be.

    Parameters
    ----------
    values, errors : array
        The mean of each group and its standard error.
    spread_prior : float
        Scale of the half-normal distribution that the spread (standard deviation of the true means) has before the data
        are seen, in the unit of the values: it is below this scale with a probability of 68 %.
    confidence : float
        The confidence of the limits, between 0 and 1.

    Returns
    -------
    array
        Estimate, lower and upper limit of every group, then of the mean of all, of a new group, and of the spread (whose
        estimate is the median).

    Notes
    -----
    values_i ~ N(theta_i, errors_i^2), theta_i ~ N(mu, spread^2), mu flat (Gelman 2006; Roever 2020). The spread is taken at
    the quantiles of its prior, so a weight is its likelihood with mu integrated out: no sampling, the same numbers each time.
    Averaging over the spread, and not putting in one estimate of it, keeps intervals honest when groups are few: with three
    to five groups the estimate is often 0, which would say that they are all alike.

    Examples
    --------
    >>> pool_partially(np.array([0.1, 0.3, 0.8]), np.array([0.1, 0.1, 0.3]), 0.5, 0.95)[:3, 0].round(2).tolist()
    [0.14, 0.29, 0.51]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    spread = spread_prior * ndtri(0.5 + (np.arange(_SPREADS) + 0.5) / _SPREADS / 2)
    precision = 1 / (errors**2 + spread[:, None] ** 2)
    variance = 1 / precision.sum(axis=1)
    mean = variance * (precision @ values)
    fit = np.log(variance) + (np.log(precision) - precision * (values - mean[:, None]) ** 2).sum(axis=1)
    weight = np.exp((fit - fit.max()) / 2)
    weight /= weight.sum()
    pull = errors**2 * precision  # how far each is drawn to the mean
    each = (1 - pull) * values + pull * mean[:, None]
    each_sd = np.sqrt((1 - pull) * errors**2 + pull**2 * variance[:, None])

    def excess(x: float, centre: np.ndarray, sd: np.ndarray, level: float) -> float:
        return float(weight @ ndtr((x - centre) / sd) - level)

    rows, levels = [], (0.5 - confidence / 2, 0.5 + confidence / 2)
    sds = [*each_sd.T, np.sqrt(variance), np.sqrt(variance + spread**2)]
    for centre, sd in zip([*each.T, mean, mean], sds, strict=True):
        ends = (centre - 9 * sd).min(), (centre + 9 * sd).max()
        limits = [brentq(excess, *ends, args=(centre, sd, level), xtol=1e-10) for level in levels]
        rows.append([weight @ centre, *limits])
    return np.array([*rows, np.interp([0.5, *levels], np.cumsum(weight) - weight / 2, spread)])


def _changes(answers: pd.DataFrame, participants: pd.DataFrame, about: Sequence[str] = _IN_GOALS[:2]) -> pd.DataFrame:
    """Give the change of each participant on each scale, in points of the answer."""
    pairs = pair_scores(answers, participants, WAVES, ["scale"], about)
    return pairs.assign(change=pairs["change"] / pairs["items"])


def _in_regions(group: pd.DataFrame, spread_prior: float, confidence: float) -> pd.DataFrame:
    from scipy.stats import t

    regions = group.groupby("network", sort=False)["change"].agg(["mean", "count", "var"])
    used = regions[regions["count"] >= MINIMUM]
    degrees = int((used["count"] - 1).sum())
    within = float(np.sqrt(((used["count"] - 1) * used["var"]).sum() / degrees)) if degrees else 0.0
    if len(used) < 3 or within == 0:
        alike = "" if within else ", and no differences between their changes"
        fault = f"{len(used)} regions with {MINIMUM} participants who answered before and after{alike}"
        expected = "at least 3, in which changes differ: fewer teach nothing about their spread"
        raise BereikError(fault, expected, _TOGETHER)
    mean, errors = used["mean"].to_numpy(), within / np.sqrt(used["count"].to_numpy(dtype="float64"))
    half = t.ppf(0.5 + confidence / 2, degrees) * errors
    *each, together, new, spread = pool_partially(mean, errors, spread_prior, confidence)
    beside = pd.DataFrame(np.column_stack([mean, mean - half, mean + half, each]), used.index)
    figures = beside.reindex(regions.index).to_numpy().reshape(-1, 3)  # of each region: by itself, then pooled
    number, few = len(regions), (regions["count"] < MINIMUM).repeat(2)
    method = f"random effects over {len(used)} regions with {MINIMUM} pairs or more, averaged over the spread"
    table = pd.DataFrame([*figures, together, spread, new], columns=["value", "lower", "upper"]).assign(
        region=[*regions.index.repeat(2), "all regions", "all regions", "new region"],
        measure=["mean_change", "pooled_change"] * number + _OF_ALL_REGIONS,
        method=_EACH * number + [method, f"median; {method}", f"prediction; {method}"],
        status=[*np.where(few, "hidden", "shown"), *["shown"] * 3],
    )
    prior = f"half-normal({spread_prior:g}) on the spread between regions"
    return table.assign(standard=pd.Series(prior, table.index).mask(table["measure"] == "mean_change"))


def _in_goals(group: pd.DataFrame, confidence: float) -> pd.DataFrame:
    from scipy.stats import t

    size = group.groupby("network", sort=False).size()
    units, goals = group[["network", "organisation"]].drop_duplicates(), list(size.index)
    degrees = len(units) - len(goals)
    if degrees < 2:
        expected = "at least 2 organisations more than goals: how they differ within a goal is learned from them"
        raise BereikError(f"{len(units)} organisations in {len(goals)} goals", expected, _TOGETHER)
    means, covariance, between, within = _mixed_model(group, np.array(goals, dtype="object"))
    combine = np.vstack([np.full(len(goals), 1 / len(goals)), np.eye(len(goals))])  # the mean of the goals, then each
    half = t.ppf(0.5 + confidence / 2, degrees) * np.sqrt(np.diag(combine @ covariance @ combine.T))
    spreads = [np.sqrt(between), np.sqrt(within), 100 * between / (between + within)]
    value, half = np.insert(combine @ means, 1, spreads), np.insert(half, 1, [np.nan] * 3)
    table = pd.DataFrame({"value": value, "lower": value - half, "upper": value + half})
    number = pd.concat([pd.Series({ALL: len(group)}), size])
    network = pd.Series([ALL] * len(_OF_ALL_GOALS) + goals)
    status = network.map(network_status(number.to_frame()))
    per = [POINTS, POINTS, POINTS, "100 of the variance"] + [POINTS] * len(goals)
    note = _SINGULAR_NOTE if between < _SINGULAR * within else ""
    method = f"mixed model (REML), Student's t with {degrees} degrees of freedom{note}"
    measure = _OF_ALL_GOALS + ["goal_change"] * len(goals)
    return table.assign(goal=network.replace(ALL, "all goals"), measure=measure, per=per, method=method, status=status)


def _mixed_model(group: pd.DataFrame, goals: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Fit the mixed model: means, their covariance, variance between and within; its warnings are what `singular` reports."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = (group["network"].to_numpy(dtype="object")[:, None] == goals).astype("float64")
    units = group.groupby(["network", "organisation"], sort=False).ngroup().to_numpy()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        fit = MixedLM(group["change"].to_numpy(), design, groups=units).fit(reml=True)
    covariance = np.asarray(fit.cov_params())[: len(goals), : len(goals)]
    if not (np.isfinite(covariance).all() and fit.scale > 0):
        fault = "the mixed model cannot be fitted: changes do not differ within organisations"
        raise BereikError(fault, "participants of one organisation who did not all change equally much", _TOGETHER)
    return np.asarray(fit.fe_params), covariance, max(float(fit.cov_re[0, 0]), 0.0), float(fit.scale)
