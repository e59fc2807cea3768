"""Chart: the use of each area over the years relative to its municipality, a panel for each municipality."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.figures.labels import format_number, label
from bereik.figures.marks import check_drawable
from bereik.figures.rows_and_panels import categories, is_bottom, panel_axes, row_name
from bereik.figures.style import COLOURS, key_below, new_figure, number_axis, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["area_lines"]

_BODY = 2.5  # inches
_TICKS = np.array([0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 5])


def area_lines(data: pd.DataFrame, language: str) -> "Figure":
    """Draw observed / expected of each area over the years: within a year and a municipality 1 is all its areas together.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table of `area_excess` by ``period``, ``region`` and ``area_code``, without ``expected``, of areas whose
        boundaries did not change.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        A thin line for each area; a figure that is not shown is a gap. Lines that are above 1 in every year, or below it, are
        darker. No area is named.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2021", "2022"], "region": "Delft", "area_code": "WK1", "status": "shown",
    ...                       "measure": "observed_expected", "value": [0.9, 1.1], "synthetic": True, "source": "made up"})
    >>> figure = area_lines(result_table(frame, ["period", "region", "area_code"]), "en")
    >>> figure.axes[0].lines[0].get_ydata().tolist()
    [0.9, 1.1]
    """
    rows = check_drawable(data, ["period", "region", "area_code"], ["observed_expected"])
    years = sorted(rows["period"].unique())
    shown = rows[(rows["status"] == "shown") & (rows["value"] > 0)]
    limits = (min(shown["value"].min() / 1.1, 0.7), max(shown["value"].max() * 1.1, 1.5))
    places = categories(rows.assign(municipality=rows["region"]), "municipality", language)
    with style():
        figure = new_figure(1)
        panels, key = panel_axes(figure, len(places), _BODY)
        for axes, place in zip(panels, places, strict=True):
            own = shown[shown["region"] == place]
            lines = own.pivot(index="period", columns="area_code", values="value").reindex(years)
            _panel(axes, lines, limits, language)
            count = format_number(lines.shape[1], language)
            axes.set_title(f"{row_name(place, language)} ({count} wijken)")
        _key(key, language)
        return figure


def lasting(lines: pd.DataFrame) -> pd.Series:
    """Say for each area (column) whether it was on one side of 1 in every year, all years being shown."""
    return lines.notna().all() & ((lines > 1).all() | (lines < 1).all())


def _panel(axes: "Axes", lines: pd.DataFrame, limits: tuple[float, float], language: str) -> None:
    along = np.arange(len(lines))
    for code, same_side in lasting(lines).items():
        colour, width = (COLOURS["country"], 1.2) if same_side else (COLOURS["other"], 0.9)
        axes.plot(along, lines[code].to_numpy(), color=colour, linewidth=width, marker="o", markersize=2,
                  linestyle="-" if same_side else "--")  # fmt: skip
    axes.axhline(1, color=COLOURS["focus"], linewidth=1.3, zorder=1)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.set_yticks(_TICKS[(limits[0] <= _TICKS) & (limits[1] >= _TICKS)])
    axes.set_yticks([], minor=True)
    number_axis(axes.yaxis, language)
    axes.set_xticks(along[:: max(1, len(along) // 4)], lines.index[:: max(1, len(along) // 4)])
    axes.grid(axis="y", visible=True)
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel(label("axis_relative_to_municipality", language))
    if is_bottom(axes):
        axes.set_xlabel(label("axis_year", language), loc="left")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=COLOURS["country"], linewidth=1.2, label=label("lasting_side", language)),
        Line2D([], [], color=COLOURS["other"], linewidth=0.9, linestyle="--", label=label("changing_side", language)),
        Line2D([], [], color=COLOURS["focus"], linewidth=1.3, label=label("municipality_together", language)),
    ]
    key_below(axes, handles, 2)
