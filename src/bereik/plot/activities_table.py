"""Chart: a table to read of what a programme did in each region, by whom it was for."""

from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from bereik.errors import FigureError
from bereik.plot.rows_and_panels import categories, row_name
from bereik.plot.style import COLOURS, new_figure, style
from bereik.tables import one_value, require_columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["activities_table"]

_LINE, _PAD, _FIRST = 0.165, 0.14, 0.17  # inches, inches, share of the width for the names of the regions
_LETTERS = 26


def activities_table(data: pd.DataFrame, language: str) -> "Figure":
    """Write the published activities of a programme in a table: a row for each region, a column for each audience.

    Parameters
    ----------
    data : pandas.DataFrame
        Rows of `programme_facts` of one programme, with the topics ``region`` and ``activity``.
    language : {"nl", "en"}
        The language of the words.

    Returns
    -------
    matplotlib.figure.Figure
        An empty cell has a dash: nothing is published, which is not the same as nothing was done.

    Raises
    ------
    MissingColumnError, IncomparableError
        When a column is absent, or programmes, or real and synthetic rows, are mixed.
    FigureError
        When there are no activities, or one is in a region that the programme does not have.

    Examples
    --------
    >>> from bereik.pilot.programmes import programme_facts
    >>> figure = activities_table(programme_facts("diversiteit_in_transformatie"), "en")
    >>> [text.get_text() for text in figure.axes[0].texts if "Saxion" in text.get_text()]
    ['guest lectures at Saxion']
    """
    require_columns(
        data, ["programme", "topic", "region", "audience", language, "synthetic"], where="the data of the figure"
    )
    for column in ("programme", "synthetic"):
        one_value(data, column, where="the data of the figure")
    regions, done = data[data["topic"] == "region"], data[data["topic"] == "activity"]
    strange = sorted(set(done["region"]) - set(regions["region"]))
    if done.empty or strange:
        raise FigureError(
            f"activities in {', '.join(strange)}" if strange else "no activities",
            "activities in the regions of the programme",
            "give the rows with the topics region and activity",
        )
    audiences = categories(done, "audience", language)
    cells = done.groupby(["region", "audience"], sort=False)[language].agg(list)
    lines = []
    for region, words in zip(regions["region"], regions[language], strict=True):
        found = [cells.get((region, audience), ["–"]) for audience in audiences]
        first = f"{row_name(region, language, width=20)}\n{fill(words, 20)}"
        lines.append([first, *("\n".join(_item(item, len(items)) for item in items) for items in found)])
    return _drawn(["", *(row_name(audience, language, width=_LETTERS) for audience in audiences)], lines)


def _item(words: str, number: int) -> str:
    """Break an activity into lines, with a dot before it when there are more in its cell."""
    return fill(
        words, _LETTERS, initial_indent="• " if number > 1 else "", subsequent_indent="  " if number > 1 else ""
    )


def _drawn(heads: list[str], lines: list[list[str]]) -> "Figure":
    heights = [_LINE * max(cell.count("\n") + 1 for cell in line) + _PAD for line in (heads, *lines)]
    places = [0.0, *(_FIRST + (1 - _FIRST) * at / (len(heads) - 1) for at in range(len(heads) - 1))]
    with style():
        figure = new_figure(sum(heights))
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(sum(heights), 0)
        down = 0.0
        for number, (line, height) in enumerate(zip([heads, *lines], heights, strict=True)):
            for place, cell in zip(places, line, strict=True):
                bold = number == 0 or place == 0
                axes.text(place, down + _PAD / 2, cell, va="top", weight="bold" if bold else "normal", linespacing=1.2)
            down += height
            axes.plot([0, 1], [down, down], color=COLOURS["grid" if number else "text"], linewidth=0.9, clip_on=False)
        return figure
