"""The names and the order of rows and panels, and words beside them."""

import re
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, check_language, group_name, in_terms_order, label
from bereik.errors import UnknownNameError
from bereik.plot.style import COLOURS, ORIGINS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["categories", "row_name"]


def categories(data: pd.DataFrame, column: str, language: str) -> list[str]:
    """List what a column holds in the order of a chart, never from worst to best.

    Parameters
    ----------
    data : pandas.DataFrame
        The rows that are drawn.
    column : str
        Forms and origins come in the order of the term lists, municipalities by the alphabet; other categories in their
        declared order, or else as they appear.
    language : {"nl", "en"}
        The language of the alphabet.

    Returns
    -------
    list of str
        Each category once.

    Raises
    ------
    UnknownNameError
        When a form or an origin is unknown.

    Examples
    --------
    >>> categories(pd.DataFrame({"municipality": ["Westland", "'s-Gravenhage", "Delft"]}), "municipality", "nl")
    ['Delft', "'s-Gravenhage", 'Westland']
    """
    values = data[column].dropna()
    if column in ("form", "origin"):
        return in_terms_order(values)
    if column == "municipality":
        names = {str(value): row_name(str(value), language).casefold() for value in values.unique()}
        return sorted(names, key=lambda code: _alphabetical(names[code]))
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [str(value) for value in values.cat.remove_unused_categories().cat.categories]
    return [str(value) for value in values.unique()]


def _alphabetical(name: str) -> str:
    """Put The Hague under H, and municipality 10 after 9."""
    return re.sub(r"\d+", lambda number: number[0].zfill(4), re.sub(r"^('s-|the )", "", name))


def row_name(code: str, language: str, *, width: int = 60) -> str:
    """Name a row, a line or a panel, short; what the catalogue does not know (a reader's own band) stands as it is.

    Parameters
    ----------
    code : str
        A code of an origin, a form, a region or a label, or any text.
    language : {"nl", "en"}
        The language of the words.
    width : int
        The most letters on a line.

    Returns
    -------
    str
        With a capital.

    Raises
    ------
    UnknownNameError
        When the language is unknown.

    Examples
    --------
    >>> row_name("turkije", "nl"), row_name("marokko", "en"), row_name("12-17", "nl")
    ('Turkse herkomst', 'Moroccan origin', '12-17')
    """
    return name_together((code,), language, width=width)


def name_together(codes: Sequence[str], language: str, *, width: int = 60) -> str:
    """Name what several codes say together, as in *special schools, primary school age*; see `row_name`."""
    names = [_plain_name(code, language) for code in codes]
    return fill(capital(", ".join(names)), width, break_long_words=False, break_on_hyphens=False)


def _plain_name(code: str, language: str) -> str:
    check_language(language)
    try:
        name = group_name(code, language) if code in ORIGINS else label(code, language)
    except UnknownNameError:
        name = re.sub(r"^Wijk \d+[\s:-]+(?=\S)", "", code)  # the number of a wijk says nothing beside its name
    if code in ORIGINS and code != "total":
        name = re.sub(r"^(jongeren|youths) ((met|with|of|van) )?((een|a) )?", "", name)
    return name


def words_at_ends(
    axes: "Axes", lower: str, higher: str, language: str, *, height: float = -0.75, right: float = 1.0
) -> None:
    """Say at both sides of a line what values on that side mean."""
    for place, code, side in ((0.0, lower, "left"), (right, higher, "right")):
        axes.text(
            place, height, label(code, language), transform=axes.get_yaxis_transform(), ha=side, va="center",
            color=COLOURS["quiet_text"], bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5}, zorder=2,
        )  # fmt: skip


def moved_apart(wanted: np.ndarray, sizes: np.ndarray, bottom: float, top: float) -> np.ndarray:
    """Give labels places near those that are wanted (from low to high), just far enough apart and within the panel."""
    from scipy.optimize import isotonic_regression

    offsets = np.cumsum(sizes) - sizes / 2
    free = isotonic_regression(wanted - offsets).x
    return np.asarray(np.clip(free, bottom, top - sizes.sum()) + offsets)
