"""Change by region on one central questionnaire: each region by itself, and with what the other regions teach."""

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.pilot.answers import WAVES, pair_scores
from bereik.pilot.measures import POINTS, Row
from bereik.pilot.partial_pooling import Posterior, pool_partially
from bereik.pilot.shares import MINIMUM, origin_of, without_hidden
from bereik.rates.intervals import check_numbers
from bereik.tables import result_table

__all__ = ["ALL_REGIONS", "NEW_REGION", "regional_change"]

ALL_REGIONS, NEW_REGION = "all regions", "new region"
_FEWEST = 3


def regional_change(
    answers: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    spread_prior: float = 0.5,
    confidence: float = 0.95,
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
        fewer than 10 pairs are hidden, and left out of the pooling.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong, see `change`.
    BereikError
        When fewer than 3 regions have 10 pairs, nobody's change differs from another's, or a number is out of range.

    Notes
    -----
    Model: see `bereik.pilot.partial_pooling.pool_partially`. The standard error of a region's mean is the standard deviation
    of changes within regions (one for all regions) divided by the root of its pairs, and taken as known. Intervals of
    mean_change: Student's t. Limits of the partly pooled changes are right on average over regions like these, not for
    each region whatever its change is. Regions were not drawn by lot: a change has no comparison without the programme.

    Examples
    --------
    >>> from bereik.pilot.synthetic_programmes import make_regional_answers
    >>> regions = make_regional_answers()
    >>> changes = regional_change(regions.answers, regions.participants)
    >>> changes[["scale", "region", "measure", "value", "lower", "upper"]].round(2).head(2)
                          scale    region        measure  value  lower  upper
    0  diversity_sensitive_work  region A    mean_change   0.42   0.31   0.53
    1  diversity_sensitive_work  region A  pooled_change   0.42   0.32   0.52
    """
    check_numbers(confidence=confidence, per=spread_prior)
    pairs = pair_scores(answers, participants, WAVES, ["scale"])
    pairs["change"] = (pairs["after"] - pairs["before"]) / pairs["items"]
    rows: list[Row] = []
    for scale, group in pairs.groupby("scale", sort=False):
        rows += [{"scale": scale, **row} for row in _of_scale(group, spread_prior, confidence)]
    table = pd.DataFrame(rows)
    table = table.assign(confidence=confidence, per=POINTS, relative_to=WAVES[0], **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "region"]))


def _of_scale(group: pd.DataFrame, spread_prior: float, confidence: float) -> list[Row]:
    from scipy.stats import t

    regions = group.groupby("network", sort=False)["change"].agg(["mean", "count", "var"])
    used = regions[regions["count"] >= MINIMUM]
    degrees = int((used["count"] - 1).sum())
    within = float(np.sqrt(((used["count"] - 1) * used["var"]).sum() / degrees)) if degrees else 0.0
    if len(used) < _FEWEST or within == 0:
        raise BereikError(
            f"{len(used)} regions with {MINIMUM} participants who answered before and after"
            + (", and no differences between their changes" if len(used) >= _FEWEST else ""),
            f"at least {_FEWEST} such regions, in which changes differ: from fewer nothing is learned about their spread",
            "use `change` for the regions together",
        )
    errors = within / np.sqrt(used["count"].to_numpy(dtype="float64"))
    pooled = pool_partially(used["mean"].to_numpy(), errors, spread_prior)
    prior = f"half-normal({spread_prior:g}) on the spread between regions"
    half = t.ppf(0.5 + confidence / 2, degrees) * errors
    rows: list[Row] = []
    for region, number in regions["count"].items():
        about = {"region": region, "denominator": number, "status": "shown" if number >= MINIMUM else "suppressed"}
        own: Row = {"measure": "mean_change", "method": "mean, Student's t with the spread within all regions"}
        drawn: Row = {
            "measure": "pooled_change",
            "method": "partial pooling, averaged over the spread",
            "standard": prior,
        }
        if region in used.index:
            at, value = used.index.get_loc(region), used["mean"][region]
            own |= {"value": value, "lower": value - half[at], "upper": value + half[at]}
            drawn |= _estimate(pooled.each[at], confidence)
        rows += [about | own, about | drawn]
    middle, low, high = pooled.spread_quantiles([0.5, 0.5 - confidence / 2, 0.5 + confidence / 2])
    together: Row = {"region": ALL_REGIONS, "denominator": used["count"].sum(), "status": "shown", "standard": prior}
    method = f"random effects over {len(used)} regions with {MINIMUM} pairs or more, averaged over the spread"
    return [
        *rows,
        together | {"measure": "mean_of_regions", "method": method, **_estimate(pooled.mean, confidence)},
        together | {"measure": "between_region_sd", "method": f"median; {method}", "value": middle, "lower": low,
                    "upper": high},
        together | {"region": NEW_REGION, "measure": "new_region_change", "method": f"prediction; {method}",
                    **_estimate(pooled.new, confidence)},
    ]  # fmt: skip


def _estimate(posterior: Posterior, confidence: float) -> Row:
    lower, upper = posterior.limits(confidence)
    return {"value": posterior.estimate(), "lower": lower, "upper": upper}
