"""Chart: the change of each region or goal with its interval, by itself and with what the others teach (forest plot)."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import categories, is_bottom, name_rows, panel_axes, title_panel, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["forest"]

_MARKS = {  # measure: marker, filled, on the upper or the lower line of its row
    "mean_change": ("o", False, -0.2),
    "pooled_change": ("o", True, 0.2),
    "goal_change": ("o", True, 0.0),
    "mean_of_regions": ("D", True, 0.0),
    "mean_of_goals": ("D", True, 0.0),
    "new_region_change": ("s", False, 0.0),
}
_TOGETHER = ("all regions", "all goals", "new region")
_ROW = {True: 0.46, False: 0.34}  # inches, with two lines in a row and with one


def forest(data: pd.DataFrame, language: str, *, rows: str) -> "Figure":
    r"""Draw changes with their intervals, a row for each region or goal and below them all together, a panel for each scale.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table of `regional_change` or `nested_change`.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : {"region", "goal"}
        The column that makes the rows, in the order of the data; all together stand last.

    Returns
    -------
    matplotlib.figure.Figure
        A filled mark is the estimate that uses all data, a hollow one that of a region by itself. A hidden row is a word.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.pilot.regional_change import regional_change
    >>> from bereik.pilot.synthetic_programmes import make_regional_answers
    >>> regions = make_regional_answers()
    >>> figure = forest(regional_change(regions.answers, regions.participants), "en", rows="region")
    >>> [name.get_text() for name in figure.axes[0].get_yticklabels()]
    ['Region A', 'Region B', 'Region C', 'Region D', 'Mean of the regions', 'One more region like\nthese']
    """
    drawn = check_drawable(data, ["scale", rows], list(_MARKS))
    used = [measure for measure in _MARKS if measure in set(drawn["measure"])]
    own = data.loc[drawn.index]
    found = categories(own, rows, language)
    names = [name for name in found if name not in _TOGETHER] + [name for name in _TOGETHER if name in found]
    scales = categories(own, "scale", language)
    with style():
        figure = new_figure(1)
        body = _ROW["pooled_change" in used] * (len(names) + 0.8) + 0.75
        places, key = panel_axes(figure, len(scales), body)
        for axes, scale in zip(places, scales, strict=True):
            of_scale = drawn[drawn["scale"] == scale]
            for height, name in enumerate(names):
                _row(axes, of_scale[of_scale[rows] == name], height, language)
            name_rows(axes, names, language)
            _axis(axes, drawn, sum(name not in _TOGETHER for name in names), language)
            title_panel(axes, scale, language)
        _key(key, used, language)
        return figure


def _row(axes: "Axes", rows: pd.DataFrame, height: float, language: str) -> None:
    """Draw the marks of one row; where all are hidden the row says so once."""
    if not (rows["status"] == "shown").any():
        draw_value(axes, one_row(rows), height, language=language, decimals=2, colour="", marker="")
        return
    for measure, (marker, filled, line) in _MARKS.items():
        row = one_row(rows, measure=measure)
        if row is not None:
            draw_value(
                axes, row, height + line, language=language, decimals=2, marker=marker, filled=filled,
                colour=COLOURS["reference" if filled else "quiet_text"], weight="bold" if filled else "normal",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5}, zorder=1.5,
            )  # fmt: skip


def _axis(axes: "Axes", rows: pd.DataFrame, separate: int, language: str) -> None:
    shown = rows.loc[rows["status"] == "shown", ["value", "lower", "upper"]]
    low, high = min(shown.min().min(), 0), max(shown.max().max(), 0)
    room = max(high - low, 0.2)
    axes.set_xlim(low - 0.08 * room, high + 0.3 * room)
    axes.axvline(0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.axhline(separate - 0.5, color=COLOURS["other"], linewidth=0.8, zorder=0)
    axes.locator_params(axis="x", nbins=5)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)
    words_at_ends(axes, "change_down_left", "change_up_right", language)
    if is_bottom(axes):
        axes.set_xlabel(label("axis_change_in_points", language), loc="left")


def _key(axes: "Axes", used: list[str], language: str) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for measure in used:
        marker, filled, _ = _MARKS[measure]
        colour = COLOURS["reference" if filled else "quiet_text"]
        handles.append(
            Line2D([], [], color=colour, marker=marker, markersize=6.5, markerfacecolor=colour if filled else "white",
                   linestyle="", label=label(measure, language))
        )  # fmt: skip
    line = Line2D([], [], color=COLOURS["reference"], linewidth=1.6, label=label("line_of_95", language))
    key_below(axes, [*handles, line], 3)
