"""Chart: how much higher or lower each indicator of need is for a group, with the indicators apart by what they measure."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import row_name, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.sources.need import need_indicators
from bereik.terms.names import capital, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["need_by_indicator"]

_ROW = 0.42  # inches
_TICKS = np.array([0.25, 0.5, 1, 2, 4, 8, 16])


def need_by_indicator(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the ratio of need for each indicator, under a heading that says what kind of indicator it is.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `need_ratios` for one period and region: ``indicator``, ``population_group``, ``origin`` (at most three).
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each indicator and the persons it is about, in the order of `need_indicators`; a mark with its interval for
        each origin; a logarithmic axis with a line at 1.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"indicator": ["halt"], "population_group": ["youths_12_17"], "origin": ["westers"],
    ...                       "measure": "need_ratio", "value": 1.29, "status": "shown", "synthetic": False, "source": "CBS"})
    >>> figure = need_by_indicator(result_table(frame, ["indicator", "population_group", "origin"]), "en")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()][0].splitlines()
    ['Referrals to Halt,', 'aged 12-17']
    """
    rows = check_drawable(data, ["indicator", "population_group", "origin"], ["need_ratio"])
    places, headings = _places(rows)
    origins = in_terms_order(rows["origin"])
    with style():
        figure = new_figure(_ROW * (len(places) + 0.8 * len(headings) + 1.4) + 0.4)
        grid = figure.add_gridspec(2, 1, height_ratios=[1, 0.08])
        axes = figure.add_subplot(grid[0])
        for (indicator, who), height in places.items():
            for at, origin in enumerate(origins):
                colour, marker = origin_style(origin)
                draw_value(
                    axes, one_row(rows, indicator=indicator, population_group=who, origin=origin),
                    height + (at - (len(origins) - 1) / 2) * 0.36, language=language, decimals=2, colour=colour, marker=marker,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3}, zorder=1.5,
                )  # fmt: skip
        for kind, height in headings.items():
            axes.annotate(
                label(f"kind_{kind}", language), (0, height), xycoords=axes.get_yaxis_transform(), xytext=(6, 0),
                textcoords="offset points", va="center", weight="bold",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}, zorder=3,
            )  # fmt: skip
        names = [f"{label(indicator, language)},\n{label(who, language)}" for indicator, who in places]
        axes.set_yticks(list(places.values()), [capital(name) for name in names])
        axes.set_ylim(max(places.values()) + 0.6, -1.1)
        _axis(axes, rows, language)
        _key(figure.add_subplot(grid[1]), origins, language)
        return figure


def _places(rows: pd.DataFrame) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Give each indicator and its persons a place, and each kind of indicator a line above its own."""
    places: dict[tuple[str, str], float] = {}
    headings: dict[str, float] = {}
    present = rows[["indicator", "population_group"]].drop_duplicates()
    height = -0.4
    known = need_indicators()
    for about in known.set_index("kind", drop=False).loc[known["kind"].unique()].itertuples():
        for who in present.loc[present["indicator"] == about.indicator, "population_group"]:
            if about.kind not in headings:
                headings[str(about.kind)] = height + 0.4
                height += 0.8
            places[str(about.indicator), str(who)] = height + 0.4
            height += 1
    return places, headings


def _axis(axes: "Axes", rows: pd.DataFrame, language: str) -> None:
    shown = rows[rows["status"] == "shown"]
    low, high = (shown[name].astype("float64") for name in ("lower", "upper"))
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(min(0.7, 0.9 * low.min()), max(1.6, 1.3 * high.max()))
    axes.set_xticks(_TICKS[(axes.get_xlim()[0] <= _TICKS) & (axes.get_xlim()[1] >= _TICKS)])
    axes.set_xticks([], minor=True)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label("axis_ratio", language), loc="left")
    words_at_ends(axes, "need_lower", "need_higher", language)


def _key(axes: "Axes", origins: list[str], language: str) -> None:
    from matplotlib.lines import Line2D

    looks = {origin: origin_style(origin) for origin in origins}
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="", markersize=6.5, label=row_name(origin, language))
        for origin, (colour, marker) in looks.items()
    ]
    line = Line2D([], [], color=COLOURS["reference"], linewidth=1.6, label=label("interval", language))
    key_below(axes, [*handles, line], 2)
