"""Chart: the departure of one region among those of all regions, each measured by its own error (placebo distribution)."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, check_region, one_row
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["placebo_distribution"]

_DEPARTURE = "standardised_departure"
_TICKS = np.array([-50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50])
_STRAIGHT = 2.0  # the axis is straight up to here, logarithmic beyond
_SPREAD = 0.28


def placebo_distribution(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw the standardised departures of all regions, one row a form, with one region marked and its rank in words.

    Parameters
    ----------
    data : pandas.DataFrame
        Result tables of `difference_in_differences`, one for each form: measures ``standardised_departure`` (all regions) and
        ``placebo_p`` (the region), by ``form`` and ``region``.
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is marked; the others are not named.

    Returns
    -------
    matplotlib.figure.Figure
        One dot a region; the band is as far from 0 as the marked region, on both sides.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"form": "protection", "region": ["Haaglanden", "Drenthe"], "measure": "standardised_departure",
    ...     "value": [-1.3, 0.8], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = placebo_distribution(result_table(frame, ["form", "region"]), "en", region="Haaglanden")
    >>> len(figure.axes[0].collections[0].get_offsets())
    1
    """
    rows = check_drawable(data, ["form", "region"], [_DEPARTURE, "placebo_p"])
    check_region(rows, region)
    forms = in_terms_order(rows["form"])
    with style():
        figure = new_figure(1.0 + 0.72 * len(forms))
        grid = figure.add_gridspec(2, 1, height_ratios=[len(forms), 0.6])
        axes = figure.add_subplot(grid[0])
        farthest = rows.loc[rows["measure"] == _DEPARTURE, "value"].abs().max()
        axes.set_xscale("symlog", linthresh=_STRAIGHT, linscale=1.6)
        for height, form in enumerate(forms):
            _row(axes, rows[rows["form"] == form], height, region, language)
        axes.set_xlim(-1.3 * farthest, 1.3 * farthest)
        axes.set_xticks(_TICKS[np.abs(_TICKS) <= 1.3 * farthest])
        axes.set_xticks([], minor=True)
        number_axis(axes.xaxis, language)
        axes.set_yticks(range(len(forms)), [capital(label(form, language)).replace(" (", "\n(") for form in forms])
        axes.set_ylim(len(forms) - 0.45, -0.55)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(label("axis_standardised_departure", language), loc="left")
        _key(figure.add_subplot(grid[1]), region, language)
        return figure


def _row(axes: "Axes", rows: pd.DataFrame, height: int, region: str, language: str) -> None:
    shown = rows[(rows["measure"] == _DEPARTURE) & (rows["status"] == "shown")].sort_values(
        ["value", "region"], kind="stable"
    )
    others = shown[shown["region"] != region]
    up_and_down = height + _SPREAD * (np.arange(len(others)) % 5 - 2) / 2  # so that dots do not cover each other
    axes.scatter(others["value"], up_and_down, s=16, color=COLOURS["other"], linewidth=0, zorder=3)
    own = one_row(shown, region=region)
    if own is None:
        axes.text(0, height, label("not_published", language), va="center", ha="center", style="italic")
        return
    size = abs(own["value"])
    axes.barh(height, 2 * size, left=-size, height=0.8, color=COLOURS["band"], zorder=1)
    axes.scatter([own["value"]], [height], s=70, marker="D", color=COLOURS["focus"], edgecolor="white", zorder=5)
    rank = one_row(rows, measure="placebo_p", region=region)
    if rank is not None:
        numbers = {"extreme": rank["numerator"], "regions": rank["denominator"]}
        said = {name: format_number(number, language) for name, number in numbers.items()}
        axes.annotate(
            label("at_least_as_far", language).format(**said), (1, height), xycoords=axes.get_yaxis_transform(),
            xytext=(8, 0), textcoords="offset points", va="center", annotation_clip=False, weight="bold",
        )  # fmt: skip


def _key(axes: "Axes", region: str, language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D(
            [],
            [],
            color=COLOURS["focus"],
            marker="D",
            markersize=7,
            linestyle="",
            label=capital(label(region, language)),
        ),
        Line2D(
            [],
            [],
            color=COLOURS["other"],
            marker="o",
            markersize=4,
            linestyle="",
            label=label("other_regions_each", language),
        ),
        Patch(color=COLOURS["band"], label=label("less_far_than_region", language)),
    ]
    key_below(axes, handles, 3)
