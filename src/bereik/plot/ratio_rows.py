"""Chart: a ratio with its interval in each row (a choice, a year), beside the line of 1, in one or more panels."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import categories, is_bottom, name_rows, panel_axes, row_name, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ratio_rows"]

_ROW = 0.47  # inches
_TICKS = np.array([0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5])


def ratio_rows(data: pd.DataFrame, language: str, *, rows: str, panels: str, measure: str = "rate_ratio") -> "Figure":
    """Draw the ratios of a result table: a row for each choice or year, a panel for each selection.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with the columns `rows` and `panels`, one row for each combination.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows, panels : str
        The columns that make the rows and the panels; codes are shown by their labels.
    measure : str
        The measure that is drawn, a ratio.

    Returns
    -------
    matplotlib.figure.Figure
        One logarithmic axis for all panels. A combination that the data lack is called not published, never drawn at 1.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2021", "2022"], "selection": "Delft", "measure": "rate_ratio", "value": [0.9, 1.1],
    ...                       "lower": 0.8, "upper": 1.2, "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = ratio_rows(result_table(frame, ["period", "selection"]), "en", rows="period", panels="selection")
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['0.90', '1.10']
    """
    drawn = check_drawable(data, [rows, panels], [measure])
    names = {column: categories(data.loc[drawn.index], column, language) for column in (rows, panels)}
    limits = _limits(drawn)
    with style():
        figure = new_figure(1)
        places, key = panel_axes(figure, len(names[panels]), _ROW * (len(names[rows]) + 0.6) + 0.75)
        for axes, panel in zip(places, names[panels], strict=True):
            own = drawn[drawn[panels] == panel]
            for height, row in enumerate(names[rows]):
                draw_value(
                    axes, one_row(own, **{rows: row}), height, language=language, decimals=2, colour=COLOURS["reference"],
                    marker="D", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5}, zorder=1.5,
                )  # fmt: skip
            name_rows(axes, names[rows], language)
            axes.set_title(row_name(panel, language, width=44))
            _axis(axes, limits, language)
        _key(key, language)
        return figure


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    figures = rows.loc[rows["status"] == "shown", ["value", "lower", "upper"]].to_numpy(dtype="float64").ravel()
    figures = figures[np.isfinite(figures) & (figures > 0)]
    return float(min(figures.min(initial=1), 0.9) / 1.05), float(max(figures.max(initial=1), 1.1) * 1.1)


def _axis(axes: "Axes", limits: tuple[float, float], language: str) -> None:
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_xticks(_TICKS[(limits[0] <= _TICKS) & (limits[1] >= _TICKS)])
    axes.set_xticks([], minor=True)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)
    words_at_ends(axes, "used_less_left", "used_more_right", language)
    if is_bottom(axes) and axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_xlabel(label("axis_ratio_per_10_points", language), loc="left")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    colour = COLOURS["reference"]
    handles = [
        Line2D(
            [], [], color=colour, marker="D", markersize=6.5, linestyle="", label=label("ratio_per_10_points", language)
        ),
        Line2D([], [], color=colour, linewidth=1.6, label=label("interval", language)),
    ]
    key_below(axes, handles, 2)
