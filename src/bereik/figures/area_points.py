"""Chart: a point for each area, the partial residuals of the share."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.figures.labels import label
from bereik.figures.marks import check_drawable
from bereik.figures.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.tables import require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["partial_residual_plot"]

_TICKS = np.array([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3])


def partial_residual_plot(data: pd.DataFrame, language: str, *, share: str, focus: str = "'s-Gravenhage") -> "Figure":
    """Draw the use of each area, relative to what the other terms lead to expect, against the share of an origin.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table of `partial_residuals` with ``region`` and ``area_code``, and the columns `share` and ``fitted``.
    language : {"nl", "en"}
        The language of labels and numbers.
    share : str
        The column with the share; its label is ``axis_share_`` and its name.
    focus : str
        The municipality whose areas are filled; the others are hollow.

    Returns
    -------
    matplotlib.figure.Figure
        The line of the joint model through the points. No area is named.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Delft", "area_code": ["A", "B"], "measure": "partial_residual", "value": [0.9, 1.1],
    ...                       "status": "shown", "synthetic": True, "source": "made up"})
    >>> data = result_table(frame, ["region", "area_code"]).assign(niet_westers=[10.0, 30.0], fitted=[0.95, 1.05])
    >>> figure = partial_residual_plot(data, "en", share="niet_westers")
    >>> figure.axes[0].get_xlabel()
    '% of residents (all ages) with a non-western migration background'
    """
    require_columns(data, [share, "fitted"], where="the data of the figure")
    rows = check_drawable(data, ["region", "area_code"], ["partial_residual"])
    rows = rows[rows["status"] == "shown"]
    with style():
        figure = new_figure(4.6)
        axes, key = figure.subplots(2, height_ratios=[1, 0.1])
        line = rows.sort_values(share, kind="stable")
        axes.plot(line[share], line["fitted"], color=COLOURS["focus"], linewidth=2)
        for own, face in ((rows["region"] != focus, "white"), (rows["region"] == focus, COLOURS["reference"])):
            axes.plot(rows.loc[own, share], rows.loc[own, "value"], "o", color=COLOURS["reference"], markerfacecolor=face,
                      markersize=5.5)  # fmt: skip
        axes.axhline(1, color=COLOURS["reference"], linewidth=1)
        axes.set_xlim(0, max(rows[share].max() * 1.05, 1))
        _axes_words(axes, f"axis_share_{share}", "axis_partial_residual", language)
        dark = COLOURS["reference"]
        places = {"focus_municipality": ("o", dark, ""), "other_municipalities": ("o", dark, "")}
        _key(
            key,
            places | {"joint_model_line": ("", COLOURS["focus"], "-")},
            language,
            hollow="other_municipalities",
            focus=focus,
        )
        return figure


def _axes_words(axes: "Axes", below: str, beside: str, language: str) -> None:
    axes.set_yscale("log")
    bottom, top = axes.get_ylim()
    axes.set_yticks(_TICKS[(bottom <= _TICKS) & (top >= _TICKS)])
    axes.set_yticks([], minor=True)
    for axis in (axes.xaxis, axes.yaxis):
        number_axis(axis, language)
    axes.grid(visible=True)
    axes.set_xlabel(label(below, language), loc="left")
    axes.set_ylabel(label(beside, language))


def _key(
    axes: "Axes", marks: dict[str, tuple[str, str, Any]], language: str, *, hollow: str = "", focus: str = ""
) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker=marker, color=colour, linestyle=line, markersize=6, linewidth=1.6,
            markerfacecolor="white" if code == hollow else colour,
            label=label(focus, language) if code == "focus_municipality" else label(code, language),
        )
        for code, (marker, colour, line) in marks.items()
    ]  # fmt: skip
    key_below(axes, handles, 2 if len(handles) == 4 else 3)
