"""Chart: how far each row came, step by step: of a tool tried and adopted, of signals taken up and resolved."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.tables import one_value
from bereik.terms.names import format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["steps_reached"]

_LINE = 0.25  # inches
_COLOURS = (COLOURS["band"], COLOURS["focus"])


def steps_reached(data: pd.DataFrame, language: str, *, rows: str) -> "Figure":
    """Draw the share that reached each step, with its interval, a group of bars for each row.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table of `tool_use` or `governance_funnel`: shares per 100 of one unit.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : str
        The column that makes the groups of bars: ``tool`` or ``network``.

    Returns
    -------
    matplotlib.figure.Figure
        One axis from 0 to 100; how many the 100 % are stands in the name of the group. A hidden share is a word.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or their units differ.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> from bereik.pilot.uptake import governance_funnel
    >>> figure = steps_reached(governance_funnel(read_pilot()).head(2), "en", rows="network")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['All networks together (24 signals raised)', '83', '46']
    """
    drawn = check_drawable(data, [rows], list(data.get("measure", pd.Series(dtype="str")).unique()))
    unit = str(one_value(drawn, "per", where="the data of the figure"))
    groups, steps = list(dict.fromkeys(drawn[rows])), list(dict.fromkeys(drawn["measure"]))
    pitch = len(steps) + 1.4
    with style():
        body = _LINE * len(groups) * pitch + 0.6
        figure = new_figure(body + 0.4)
        grid = figure.add_gridspec(2, 1, height_ratios=[body, 0.4])
        axes = figure.add_subplot(grid[0])
        for place, group in enumerate(groups):
            _group(axes, group, drawn[drawn[rows] == group], place * pitch, steps, language)
        lines = [
            (place * pitch + step, measure) for place in range(len(groups)) for step, measure in enumerate(steps, 1)
        ]
        axes.set_yticks([height for height, _ in lines], [label(measure, language) for _, measure in lines])
        axes.set_ylim(len(groups) * pitch - 0.6, -0.8)
        axes.set_xlim(0, 108)
        axes.set_xticks(range(0, 101, 25))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", visible=True)
        number_axis(axes.xaxis, language)
        axes.set_xlabel(label(unit, language), loc="left")
        _key(figure.add_subplot(grid[1]), language)
        return figure


def _group(axes: "Axes", name: str, rows: pd.DataFrame, top: float, steps: list[str], language: str) -> None:
    """Write the name of a group, with how many the 100 % are, and draw a bar for each step below it."""
    size = rows.loc[rows["status"] == "shown", ["per", "denominator"]]
    title = row_name(name, language, width=90)
    if len(size):
        unit, count = size.iloc[0]
        title += f" ({label(f'size in {unit}', language).format(count=format_number(count, language))})"
    axes.text(0.6, top, title, va="center")
    for step, measure in enumerate(steps, start=1):
        row = one_row(rows, measure=measure)
        if row is not None and row["status"] == "shown":
            axes.barh(top + step, row["value"], height=0.7, color=_COLOURS[(step - 1) % 2], zorder=1)
        draw_value(axes, row, top + step, language=language, decimals=0, colour=COLOURS["country"], marker="")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    key_below(axes, [Line2D([], [], color=COLOURS["country"], linewidth=1.6, label=label("interval", language))], 1)
