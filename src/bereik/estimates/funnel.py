"""Funnel limits: how far areas of each size lie from a target by chance, also when areas differ more than by chance."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.estimates.areas import FEWEST_AREAS, checked_areas
from bereik.estimates.workings.intervals import SUPERPOPULATION, normal_quantile, numbers
from bereik.estimates.workings.options import check_known, check_numbers
from bereik.estimates.workings.parts import parts_of
from bereik.estimates.workings.rows import result_rows
from bereik.tables import result_table

__all__ = ["funnel_limits"]

_OVERDISPERSION = {
    "none": "chance only",
    "multiplicative": "limits widened by a factor",
    "additive": "a spread between areas added",
}


class _Scale(NamedTuple):
    """The scale on which areas scatter evenly around the target."""

    size: str
    to: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]
    error: Callable[[float, np.ndarray], np.ndarray]
    words: str


_SCALES = {
    "proportion": _Scale(
        "population", np.asarray, lambda y: np.clip(y, 0, 1), lambda t, n: np.sqrt(t * (1 - t) / n), "normal limits"
    ),
    "ratio": _Scale(
        "expected", np.sqrt, lambda y: np.maximum(y, 0) ** 2, lambda _, e: 1 / (2 * np.sqrt(e)),
        "normal limits on the square root",
    ),
}  # fmt: skip


def funnel_limits(
    areas: pd.DataFrame,
    *,
    by: Sequence[str],
    statistic: str,
    target: float | None = None,
    overdispersion: str = "none",
    winsorise: float = 0.1,
    levels: Sequence[float] = (0.95, 0.998),
    per: float = 100,
) -> pd.DataFrame:
    """Compute the limits of a funnel plot at the size of each area, and the z-score of each area.

    Parameters
    ----------
    areas : pandas.DataFrame
        One row per area, with the columns of `by`, ``users`` (whole), ``population`` (for proportions) or ``expected``
        (for ratios), ``synthetic`` and ``source``; ``status`` may be left out when every count is shown.
    by : list of str
        The category columns; the last one is the area. Each combination of the others has its own funnel.
    statistic : {"proportion", "ratio"}
        Users per youth, or users relative to expected users.
    target : float, optional
        The middle of the funnel: a proportion between 0 and 1, or a ratio. All areas together when not given.
    overdispersion : {"none", "multiplicative", "additive"}
        What is done about areas that differ more than by chance.
    winsorise : float
        The share of the z-scores at either end that is drawn in before the overdispersion is estimated.
    levels : list of float
        The confidence of each pair of limits: 0.95 and 0.998 are about two and three standard errors.
    per : float
        Proportions are per this number of youths; ratios are not multiplied.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table. For each area, ``measure``: funnel_value (its proportion or
        ratio), funnel_limits (once for each level, told apart by ``confidence``: ``value`` is the target, ``lower`` and
        ``upper`` the limits at its size), z_score (distance from the target in standard errors, overdispersion included).
        ``numerator`` users, ``denominator`` population or expected users. A hidden area keeps its status; size 0 is
        ``no_population`` (``undefined`` for expected users).

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a count is impossible, or no area has a size above 0.
    UnknownNameError
        When `statistic` or `overdispersion` is unknown.
    BereikError
        When a number is out of range, or overdispersion is asked of fewer than 5 areas.

    Notes
    -----
    Spiegelhalter (2005). Proportions: target +- z sqrt(target (1 - target) / n), cut at 0 and 1. Ratios, on the square
    root: sqrt(target) +- z / (2 sqrt(E)), squared; both are rough below about 5 expected users, where `area_excess` has
    exact intervals. z-scores are winsorised (those beyond the given quantiles are set to them) and phi is the mean of
    their squares. Multiplicative: standard errors times sqrt(phi), if phi > 1. Additive: tau^2 = (k phi - (k - 1)) / (sum w -
    sum w^2 / sum w), w = 1 / se^2, at least 0; standard errors become sqrt(se^2 + tau^2). Winsorising makes phi too small
    (0.68 at 10 percent when areas differ by chance only), so a small overdispersion is missed. Areas outside the limits
    are no ranking, and a target is no norm.

    Examples
    --------
    >>> areas = pd.DataFrame({"area": ["A", "B"], "users": [30, 90], "population": [500, 900], "synthetic": True,
    ...                       "source": "made up"})
    >>> funnel_limits(areas, by=["area"], statistic="proportion", levels=[0.95])[
    ...     ["area", "measure", "value", "lower", "upper"]].round(2)
      area        measure  value  lower  upper
    0    A   funnel_value   6.00    NaN    NaN
    1    A  funnel_limits   8.57   6.12  11.03
    2    A        z_score  -2.05    NaN    NaN
    3    B   funnel_value  10.00    NaN    NaN
    4    B  funnel_limits   8.57   6.74  10.40
    5    B        z_score   1.53    NaN    NaN
    """
    scale = _checked_options(statistic, target, overdispersion, winsorise, levels, per)
    table = checked_areas(areas, by, scale.size)
    unit = per if statistic == "proportion" else 1.0
    words = f"{per:.15g} youths" if statistic == "proportion" else "ratio of users to expected users"
    rows = []
    for part in parts_of(table, by):
        users, size = numbers(part["users"]), numbers(part[scale.size])
        used = (part["status"] == "shown").to_numpy() & (size > 0)
        middle = _target(users[used], size[used], target)
        figures = np.full((3, len(part), 2 + len(levels)), np.nan)  # value, lower, upper x areas x measures
        figures[:, used], about = _figures(users[used], size[used], middle, scale, (overdispersion, winsorise), levels)
        figures[..., :-1] *= unit
        labels = [
            {"measure": "funnel_value", "per": words, "confidence": np.nan},
            *({"measure": "funnel_limits", "per": words, "confidence": level} for level in levels),
            {"measure": "z_score", "per": "standard errors", "confidence": np.nan},
        ]
        empty = "no_population" if scale.size == "population" else "undefined"
        rows.append(result_rows(
            part[[*by, "synthetic", "source"]],
            [label | {"numerator": users, "denominator": size} for label in labels], (figures[0], figures[1], figures[2]),
            part["status"].mask((part["status"] == "shown") & ~used, empty),
            method=f"{scale.words}; {about}; {SUPERPOPULATION}",
        ))  # fmt: skip
    return result_table(pd.concat(rows), by)


def _checked_options(
    statistic: str, target: float | None, overdispersion: str, winsorise: float, levels: Sequence[float], per: float
) -> _Scale:
    check_known("statistic", statistic, _SCALES)
    check_known("way to handle overdispersion", overdispersion, _OVERDISPERSION)
    for level in levels:
        check_numbers(confidence=level, per=per)
    most = 1 if statistic == "proportion" else np.inf
    for what, number, right, expected in (
        ("target", target, target is None or 0 < target < most, f"a number between 0 and {most}"),
        ("winsorise", winsorise, 0 <= winsorise < 0.5, "a share of 0 or more, below 0.5"),
        ("levels", levels, len(levels) > 0, "one or more numbers between 0 and 1"),
    ):
        if not right:
            raise BereikError(f"`{what}` is {number!r}", expected, f"give `{what}` as such")
    return _SCALES[statistic]


def _figures(
    users: np.ndarray, size: np.ndarray, middle: float, scale: _Scale, how: tuple[str, float], levels: Sequence[float]
) -> tuple[np.ndarray, str]:
    """Give (value, lower, upper) x areas x (value, limits at each level, z-score), and the overdispersion in words."""
    target = scale.to(np.asarray(middle))
    distance = scale.to(users / size) - target
    error, about = _widened(distance, scale.error(middle, size), *how)
    error = np.where(error > 0, error, np.nan)  # no chance, no limits
    half = np.outer(error, [normal_quantile(level) for level in levels])
    figures = np.full((3, len(users), 2 + len(levels)), np.nan)
    figures[0] = np.column_stack([users / size, np.full(half.shape, middle), distance / error])
    figures[1, :, 1:-1], figures[2, :, 1:-1] = scale.back(target - half), scale.back(target + half)
    return figures, about


def _target(users: np.ndarray, size: np.ndarray, target: float | None) -> float:
    if not len(users):
        raise InvalidTableError(
            "no area with a population or expected users above 0", "at least one in each funnel", "check the selection"
        )
    return float(users.sum() / size.sum()) if target is None else target


def _widened(distance: np.ndarray, error: np.ndarray, overdispersion: str, winsorise: float) -> tuple[np.ndarray, str]:
    """Give the standard errors with overdispersion, and say what it came to."""
    number = len(distance)
    if overdispersion == "none":
        return error, _OVERDISPERSION["none"]
    if number < FEWEST_AREAS or (error == 0).any():
        raise BereikError(
            f"overdispersion of {number} areas" + " around a target without chance" * bool((error == 0).any()),
            f"at least {FEWEST_AREAS} areas, and a proportion between 0 and 1",
            "use overdispersion='none'",
        )
    z = distance / error
    phi = float(np.mean(np.clip(z, *np.quantile(z, [winsorise, 1 - winsorise])) ** 2))
    about = f"{_OVERDISPERSION[overdispersion]}, phi {phi:.3g}"
    if overdispersion == "multiplicative":
        return error * np.sqrt(max(phi, 1)), about
    weights = 1 / error**2
    tau2 = max((number * phi - (number - 1)) / (weights.sum() - (weights**2).sum() / weights.sum()), 0)
    return np.sqrt(error**2 + tau2), f"{about}, tau {np.sqrt(tau2):.3g}"
