"""Users against expected users per area: the ratio, the ratio shrunk to the mean of the areas, and how sure we are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError, example_rows
from bereik.rates.intervals import EVENT_INTERVALS, exact_limits
from bereik.rates.results import SUPERPOPULATION, check_columns, check_numbers, checked_counts, result_rows
from bereik.rates.workings.parts import parts_of
from bereik.rates.workings.shrinkage import exceedance, fit_prior, shrunken, shrunken_limits
from bereik.tables import numbers, one_value, result_table

__all__ = ["area_excess"]

_WHERE = "the table of areas"
_FEWEST_AREAS = 5


def area_excess(areas: pd.DataFrame, *, by: Sequence[str], confidence: float = 0.95) -> pd.DataFrame:
    """Compare the users of each area with those expected there, and say how sure we are that an area differs.

    Parameters
    ----------
    areas : pandas.DataFrame
        One row per area, with the columns of `by`, ``users`` (whole), ``expected`` (users expected, for example given the
        need indicators of the area), ``synthetic`` and ``source``; ``status`` may be left out when every count is shown.
        Without ``expected``: ``population``, and the users expected are those at the use rate of all areas together.
    by : list of str
        The category columns; the last one is the area. Each combination of the others is treated by itself.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table, three rows for each area. ``measure``: observed_expected
        (users / expected users, as they are); shrunken_ratio (the mean of the true ratio given the users, drawn to the
        mean of all areas, the more so the smaller the area); exceedance_probability (that the true ratio is above 1,
        between 0 and 1). ``numerator`` users, ``denominator`` expected users. A hidden area keeps its status;
        ``undefined``: expected users of 0, or (shrunken ratio, exceedance) fewer than 5 areas, no users in any, or areas
        that differ no more than by chance, when the shrunken ratio is the same for all and there is no probability.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, a count is impossible, an area occurs twice, or users exceed the population.
    IncomparableError
        When real and synthetic figures are mixed.
    BereikError
        When the confidence is no probability.

    Notes
    -----
    users ~ Poisson(ratio x expected); true ratios ~ gamma, its mean and variance estimated from all areas (empirical
    Bayes by maximum likelihood; Clayton & Kaldor 1987). Given the users, a ratio is gamma with shape a + users and rate
    b + expected. Expected users are taken as known, so the exact intervals hold for a fixed published standard; where
    they are estimated from few youths the intervals are too narrow. Mean and variance of the gamma are taken as known
    too, which makes interval and probability too sure when areas are few or differ little. Simulated 95 percent intervals
    (2 to 30 expected users; true ratios with standard deviation 0.15, 0.3, 0.6) held 84, 85, 92 percent of the true
    ratios with 10 areas, 88, 92, 94 with 40, and 90, 94, 95 with 100. Users are taken as independent,
    areas as exchangeable: neighbours are not drawn to each other.

    Examples
    --------
    >>> areas = pd.DataFrame({"area": list("ABCDEF"), "users": [2, 30, 9, 14, 40, 20], "expected": [5.0, 20, 10, 15, 25, 21],
    ...                       "synthetic": True, "source": "made up"})
    >>> area_excess(areas, by=["area"]).head(3)[["area", "measure", "value", "lower", "upper"]].round(2)
      area                  measure  value  lower  upper
    0    A       observed_expected   0.40   0.05   1.44
    1    A           shrunken_ratio   1.01   0.67   1.43
    2    A   exceedance_probability   0.50    NaN    NaN
    """
    check_numbers(confidence=confidence)
    table = checked_areas(areas, by, "expected" if "expected" in areas else "population")
    rows = pd.concat([_rows(part, by, confidence) for part in parts_of(table, by)])
    return result_table(rows.assign(confidence=confidence), by)


def checked_areas(areas: pd.DataFrame, by: Sequence[str], size: str) -> pd.DataFrame:
    """Check a table of areas with users and a size (expected or population), and sort it by the category columns."""
    check_columns(by=by)
    if areas.empty:
        raise InvalidTableError(f"{_WHERE} has no rows", "at least one area", "check the selection before this step")
    whole = {"users": True, size: size == "population"} | ({"population": True} if "population" in areas else {})
    table = checked_counts(areas, by, whole, _WHERE)
    one_value(table, "synthetic", where=_WHERE)
    if "population" in table:
        above = numbers(table["users"]) > numbers(table["population"])
        if above.any():
            raise InvalidTableError(
                f"{_WHERE} has more users than population: {example_rows(table, above)}",
                "users at most equal to population in every row",
                "check that both columns count the same youths in the same period",
            )
    return table


def _rows(part: pd.DataFrame, by: Sequence[str], confidence: float) -> pd.DataFrame:
    """Make the three rows of each area of one part."""
    users, expected, standard = _expected(part)
    defined = (part["status"] == "shown").to_numpy() & (expected > 0)
    figures = np.full((3, len(part), 3), np.nan)  # value, lower, upper x areas x measures
    limits = exact_limits(users[defined], confidence)
    figures[:, defined, 0] = np.array([users[defined], *limits]) / expected[defined]
    model, why = _model(users[defined], expected[defined], confidence)
    figures[:, defined, 1:] = model
    unit, about = "ratio of users to expected users", "empirical Bayes, Poisson-gamma, maximum likelihood"
    about += f"; {why}" if why else ""
    labels = [
        {"measure": "observed_expected", "per": unit, "method": f"{EVENT_INTERVALS['exact']}; {SUPERPOPULATION}"},
        {"measure": "shrunken_ratio", "per": unit, "method": about},
        {"measure": "exceedance_probability", "per": "probability that the true ratio is above 1", "method": about},
    ]
    counted = {"numerator": users, "denominator": expected, "standard": standard}
    return result_rows(
        part[[*by, "synthetic", "source"]], [label | counted for label in labels],
        (figures[0], figures[1], figures[2]), part["status"],
    )  # fmt: skip


def _expected(part: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, str]:
    users = numbers(part["users"])
    if "expected" in part:
        return users, numbers(part["expected"]), "expected users as given"
    population = numbers(part["population"])
    shown = (part["status"] == "shown").to_numpy()
    total = population[shown].sum()
    rate = users[shown].sum() / total if total else np.nan
    return users, rate * population, "use rate of all areas in the table together"


def _model(users: np.ndarray, expected: np.ndarray, confidence: float) -> tuple[np.ndarray, str]:
    """Give (value, lower, upper) x areas x (shrunken ratio, exceedance), and why they are absent if they are."""
    figures = np.full((3, len(users), 2), np.nan)
    if len(users) < _FEWEST_AREAS or users.sum() == 0:
        why = f"{len(users)} areas, fewer than {_FEWEST_AREAS}" if users.sum() else "no users in any area"
        return figures, f"not estimated: {why}"
    prior = fit_prior(users, expected)
    figures[:, :, 0] = shrunken(users, expected, prior), *shrunken_limits(users, expected, prior, confidence)
    figures[0, :, 1] = exceedance(users, expected, prior)
    return figures, "" if prior.variance else "the areas differ no more than by chance"
