"""On which side of 1, and where in a band."""

import pandas as pd

from bereik.errors import FigureError
from bereik.tables import rounded

__all__ = ["direction", "position_in_band"]


def direction(lower: float, upper: float) -> str:
    """Say on which side of 1 an interval of a ratio lies, so that a title follows the data.

    Parameters
    ----------
    lower, upper : float
        The interval of a ratio.

    Returns
    -------
    str
        ``above`` when the whole interval is above 1, ``below`` when it is below 1, else ``undecided``.

    Raises
    ------
    FigureError
        When a limit is missing, or the lower one is above the upper one.

    Examples
    --------
    >>> direction(1.18, 1.38), direction(0.9, 1.2)
    ('above', 'undecided')
    """
    lower, upper = rounded([lower, upper])
    _check_limits(lower, upper)
    return "above" if lower > 1 else "below" if upper < 1 else "undecided"


def position_in_band(value: float, lower: float, upper: float) -> str:
    """Say where a region lies relative to the prediction band of the other regions, as the code of a label.

    Parameters
    ----------
    value : float
        The ratio of the region.
    lower, upper : float
        The prediction band.

    Returns
    -------
    str
        ``below_band``, ``within_band`` or ``above_band``: use it as a value in `figure_texts`.

    Raises
    ------
    FigureError
        When a number is missing, or the lower limit is above the upper one.

    Notes
    -----
    The band is for the true ratio of a region, the value also holds the chance in the region's own counts: for a value near
    the edge of the band, or of a small region, read the z-score of `compare_regions`.

    Examples
    --------
    >>> position_in_band(1.28, 1.07, 2.27)
    'within_band'
    """
    value, lower, upper = rounded([value, lower, upper])
    _check_limits(lower, upper)
    if pd.isna(value):
        raise FigureError("no value to place in the band", "a number", "leave the region out, or say not published")
    return "below_band" if value < lower else "above_band" if value > upper else "within_band"


def _check_limits(lower: float, upper: float) -> None:
    if pd.isna(lower) or pd.isna(upper) or lower > upper:
        raise FigureError(
            f"an interval from {lower} to {upper}",
            "two numbers, the lower one first",
            "take a row that is shown, with an interval; a hidden row has no direction",
        )
