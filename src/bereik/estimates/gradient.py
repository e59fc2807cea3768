"""The severity gradient: how steeply use of care rises with severity, in each group (vertical equity)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError, UnknownNameError
from bereik.estimates.resample import strata_limits
from bereik.estimates.workings.delta import difference_limits
from bereik.estimates.workings.intervals import SUPERPOPULATION, check_numbers, normal_quantile, proportion_interval
from bereik.estimates.workings.parts import bootstrap_words, check_independent, lay_out, words
from bereik.estimates.workings.strata import Strata
from bereik.tables import result_table

__all__ = ["severity_gradient"]

_MEASURES = ("severity_gradient", "use_difference_highest_lowest")
_METHODS = (
    "weighted least squares on mid-ridits, binomial variances",
    "Newcombe interval (MOVER from Wilson limits)",
)


def severity_gradient(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    on_empty: str = "raise",
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute how steeply use rises with severity in each group, and use in the highest minus the lowest band.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``.
    by : list of str
        The columns that make the groups. The groups of the last one share one scale of severity; each combination of the
        others has its own.
    over : list of one str
        The column of severity, an ordered category, lowest first.
    interval : {"delta", "bootstrap"}
        Formulas (see Notes), or percentiles over replicates of the counts.
    per : float
        Both measures are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    on_empty : {"raise", "pool", "drop"}
        What to do with a band in which a group has no population, see `workings.strata.cross`.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        and the bootstrap are needed for that.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group two rows. ``measure`` is severity_gradient (the
        slope: the rise in use from the lowest to the highest youth in all groups together, on a straight line) and
        use_difference_highest_lowest (use in the highest band minus that in the lowest). ``numerator`` and
        ``denominator`` are the crude users and population of the group. A hidden group keeps its status. ``undefined``:
        there is one band only.

    Raises
    ------
    BereikError
        When `over` is not one column, a bootstrap is asked of weighted counts, or a number is out of range.
    UnknownNameError
        When the interval is unknown.
    InvalidTableError
        When a band is empty and `on_empty` is ``"raise"``, or a count is impossible.

    Notes
    -----
    Mid-ridit of a band (Bross 1958): the share of all youths, all groups together, in lower bands plus half the share in the
    band itself. Slope = sum n (x - m) p / sum n (x - m)^2 with n, p of the group, x the mid-ridits and m their mean in
    the group: the least-squares line through the youths themselves. Variance: sum n (x - m)^2 p (1 - p) over the square of that
    denominator, with the mid-ridits fixed; it holds although the residuals are not equally spread. A steeper slope for one
    group than for another can also come from a higher level of use: read it beside the rates. Adding a group changes the scale.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> severity_gradient(counts, by=["origin"], over=["severity"])[["origin", "measure", "value", "lower", "upper"]].round(1)
      origin                        measure  value  lower  upper
    0      a              severity_gradient   80.0   60.0  100.0
    1      a  use_difference_highest_lowest   40.0   30.1   49.8
    2      b              severity_gradient   64.0   54.2   73.8
    3      b  use_difference_highest_lowest   32.0   27.0   36.8
    """
    check_numbers(per=per, confidence=confidence)
    if interval not in ("delta", "bootstrap"):
        raise UnknownNameError("interval", interval, ("delta", "bootstrap"))
    if isinstance(over, str) or len(over) != 1:
        raise BereikError(f"over={over!r}", "a list of one column, an ordered severity", "name the column of severity")
    parts = lay_out(counts, by=by, over=over, on_empty=on_empty, hashed=True)
    check_independent(counts, by, interval, assume_independent)
    methods = _METHODS if interval == "delta" else (bootstrap_words(replicates, seed),) * 2
    frames = []
    for part in parts:
        if interval == "delta":
            limits = _limits(part, confidence)
        else:
            limits = _drawn(part, {"confidence": confidence, "replicates": replicates, "seed": seed})
        frames.append(_rows(part, limits, methods))
    frame = pd.concat(frames, ignore_index=True).assign(confidence=confidence, per=f"{per:.15g} youths")
    figures = ["value", "lower", "upper"]
    return result_table(frame.assign(**{name: per * frame[name] for name in figures}), by)


def _centred_ridits(population: np.ndarray) -> np.ndarray:
    """Give the mid-ridits of the bands minus their mean in each group, (..., groups, bands)."""
    pooled = np.nansum(population, axis=-2, keepdims=True)
    pooled = pooled / pooled.sum(axis=-1, keepdims=True)
    ridits = pooled.cumsum(axis=-1) - pooled / 2
    return np.asarray(
        ridits - (population * ridits).sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)
    )


def _point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Give slope and difference, (..., groups, 2), from counts (..., groups, bands)."""
    centred = _centred_ridits(population)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (population * centred**2).sum(axis=-1)
        slope = (centred * users).sum(axis=-1) / np.where(squares > 1e-12 * population.sum(axis=-1), squares, np.nan)
        share = users[..., [-1, 0]] / population[..., [-1, 0]]
    difference = share[..., 0] - share[..., 1] if users.shape[-1] > 1 else np.full(slope.shape, np.nan)
    return np.stack([slope, difference], axis=-1)


def _limits(part: Strata, confidence: float) -> np.ndarray:
    """Give the limits, (lower, upper) x groups x measures."""
    value, centred, share = (
        _point(part.users, part.population),
        _centred_ridits(part.population),
        part.users / part.population,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        scatter = (part.population * centred) ** 2 * share * (1 - share) / part.size
        variance = scatter.sum(axis=1) / (part.population * centred**2).sum(axis=1) ** 2
    half = normal_quantile(confidence) * np.sqrt(np.where(variance > 0, variance, np.nan))
    high, low = (
        proportion_interval(share[:, band] * part.size[:, band], part.size[:, band], "wilson", confidence)
        for band in (-1, 0)
    )
    lower, upper = difference_limits(share[:, -1], high, share[:, 0], low)
    return np.array([[value[:, 0] - half, lower], [value[:, 0] + half, upper]]).swapaxes(1, 2)


def _drawn(part: Strata, options: dict[str, Any]) -> np.ndarray:
    """Give bootstrap limits, (lower, upper) x groups x measures."""
    if "shown" not in part.status:
        return np.full((2, len(part.groups), 2), np.nan)
    return np.array(strata_limits(_point, part, **options))


def _rows(part: Strata, limits: np.ndarray, methods: Sequence[str]) -> pd.DataFrame:
    values, frames = _point(part.users, part.population), []
    for at, measure in enumerate(_MEASURES):
        value, (lower, upper) = values[:, at], limits[..., at]
        status = [
            found if found != "shown" or known else "undefined"
            for found, known in zip(part.status, np.isfinite(value), strict=True)
        ]
        shown = np.array(status) == "shown"
        method = np.where(shown & np.isnan(lower), "no interval: nothing varies", methods[at])
        frames.append(part.groups.assign(
            measure=measure, value=np.where(shown, value, np.nan), lower=np.where(shown, lower, np.nan),
            upper=np.where(shown, upper, np.nan), numerator=part.users.sum(axis=1), status=status,
            denominator=part.population.sum(axis=1), source=part.source, synthetic=part.synthetic,
            standard="severity ranked over all groups in the table" if at == 0 else None,
            method=[words(one, SUPERPOPULATION, part.note) for one in method],
        ))  # fmt: skip
    return pd.concat(frames).sort_index(kind="stable")
