"""Synthetic youths in the form of individual data, with known truth."""

from collections.abc import Iterator, Sequence
from numbers import Integral

import numpy as np
import pandas as pd

from bereik.data.synthetic_cells import model
from bereik.data.synthetic_youths import draw_youths
from bereik.errors import BereikError

__all__ = ["example_youths"]

_BLOCK = 122_880  # rows are drawn in blocks, each with a seed of its own


def example_youths(
    size: int = 200_000, *, seed: int = 0, years: Sequence[int] = (2017,), region: str = "Haaglanden"
) -> pd.DataFrame:
    """Draw synthetic youths: one row per youth and year, as in a reader's own data.

    Parameters
    ----------
    size : int
        Number of rows. The first rows are the same whatever the size.
    seed : int
        Seed of the draw, 0 or more; the same seed gives the same youths.
    years : sequence of int
        The years, taken in turn. Each year has youths of its own (nobody is in two years) and the use of 2017.
    region : {"Haaglanden", "Utrecht Stad"}
        A jeugdregio: the ten municipalities of Haaglanden, or Utrecht for comparison.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``year``, ``municipality``, ``age`` (0-22), ``sex``, ``origin``, ``origin_scheme`` (migratieachtergrond),
        ``generation``, ``single_parent``, ``income_group``, ``social_assistance``; ``sdq_parent`` (ages 2-17),
        ``sdq_teacher`` (4-17), ``sdq_self`` (11-17), missing where nobody answered; ``without_residence``,
        ``with_residence``, ``protection``, ``probation`` (bool); for those in care (missing for others) ``referrer``,
        ``care_start``, ``care_end`` (missing when care goes on after the year) and, when it ended, ``ended_prematurely``,
        ``returned_within_year``, ``goals_reached``, ``problems_decreased``, ``satisfaction`` (0-10); ``synthetic`` (True) and
        ``source``.

    Raises
    ------
    BereikError
        When the size is not at least 1, the seed is negative, or there are no years.
    UnknownNameError
        When the region is unknown.

    Notes
    -----
    Nobody in this table exists. Youths by municipality and origin, and use by form, main origin, age and sex, are those
    published by CBS for 2017; severity by origin is an assumption, and use at equal severity follows from it: see `access_truth`.
    Model: the log odds of use rise with severity and depend on household, origin, age and sex; not on municipality
    or generation. Among the few youths of one form the others are more likely, but the published overlap of pairs of forms
    is not reproduced. All numbers, with sources, are in ``synthetic.toml``.

    Examples
    --------
    >>> youths = example_youths(10_000)
    >>> youths[["age", "origin", "sdq_parent", "without_residence", "synthetic"]].head(3)
       age      origin  sdq_parent  without_residence  synthetic
    0    5     westers        <NA>              False       True
    1   22  nederlands        <NA>              False       True
    2    3  nederlands           3              False       True
    """
    _check_draw(size, seed, years)
    return pd.concat(_blocks(size, seed, years, region), ignore_index=True)


def _check_draw(size: int, seed: int, years: Sequence[int] = (2017,)) -> None:
    """Raise when a size, a seed or a year is not a whole number in range, or no year is given."""
    if isinstance(years, str) or not isinstance(years, Sequence) or not years:
        raise BereikError(f"years={years!r}", "at least one year, in a list", "give for example years=[2017]")
    for name, value, least in (("size", size, 1), ("seed", seed, 0), *(("year", year, 1900) for year in years)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise BereikError(f"{name}={value!r}", f"a whole number, {least} or more", f"give another {name}")


def _blocks(size: int, seed: int, years: Sequence[int], region: str) -> Iterator[pd.DataFrame]:
    """Give the youths in blocks."""
    cells = model(region)
    cumulative = np.cumsum(cells.weight)[:-1]
    for number, first in enumerate(range(0, size, _BLOCK)):
        generator = np.random.default_rng([seed, number])
        drawn = np.searchsorted(cumulative, generator.random(_BLOCK), side="right")
        row = np.arange(first, first + _BLOCK)
        year = np.array(years)[row % len(years)]
        yield draw_youths(region, drawn, row + 1, year, generator).iloc[: size - first]
