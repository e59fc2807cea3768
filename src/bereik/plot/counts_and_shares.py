"""Chart: how many youths of each origin are in care, and the share of them with each form, with the years as steps."""

import math
from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, scale_from_zero, style
from bereik.terms.names import capital, format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["counts_and_shares"]

_ROW = 0.27  # inches
_PANELS_A_ROW = 3
_LARGE_SHARE = 50
_FIRST_PANEL = 1.5  # the names of the groups stand in it


def counts_and_shares(data: pd.DataFrame, language: str) -> "Figure":
    """Draw numbers of youths by origin, and beside them the share with each form of care.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``period``, ``origin`` and ``form``; measure ``youths`` (value: a count) and ``form_share``
        (per 100 youths with care in kind).
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for the counts (bars) and one for each form (a mark with its interval, and the number of youths);
        within an origin one row a year.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> rows = [{"period": "2017", "origin": "nederlands", "form": "care_in_kind", "measure": "youths", "value": 17350.0},
    ...         {"period": "2017", "origin": "nederlands", "form": "probation", "measure": "form_share", "value": 1.27}]
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame(rows).assign(status="shown", synthetic=False, source="CBS StatLine 82965NED")
    >>> figure = counts_and_shares(result_table(frame, ["period", "origin", "form"]), "nl")
    >>> [axes.get_title(loc="left") for axes in figure.axes[:2]]
    ['Alle jeugdzorg in natura', 'Jeugdreclassering']
    """
    rows = check_drawable(data, ["period", "origin", "form"], ["youths", "form_share"])
    heights = _heights(in_terms_order(rows["origin"]), sorted(rows["period"].unique()))
    panels = [
        (measure, form)
        for measure in ("youths", "form_share")
        for form in in_terms_order(rows.loc[rows["measure"] == measure, "form"])
    ]
    columns = len(panels) if len(panels) <= _PANELS_A_ROW + 1 else _PANELS_A_ROW
    deep = -(-len(panels) // columns)
    bottom = max(heights.values())
    with style():
        figure = new_figure(deep * (_ROW * bottom + 1.1) + 0.35)
        heights_of_rows = [*[1.0] * deep, 0.3 / (_ROW * bottom + 1.1)]
        widths = [_FIRST_PANEL, *[1.0] * (columns - 1)]
        grid = figure.add_gridspec(deep + 1, columns, height_ratios=heights_of_rows, width_ratios=widths)
        for place, (measure, form) in enumerate(panels):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            chosen = rows[(rows["measure"] == measure) & (rows["form"] == form)]
            _panel(axes, chosen, heights, measure, form, language, named=place % columns == 0)
            room, highest = (1.32, math.inf) if measure == "youths" else (1.85, 100)
            scale_from_zero(axes, room * _largest(rows, measure, form), highest=highest)
        _key(figure.add_subplot(grid[deep, :]), language)
        return figure


def _heights(origins: list[str], periods: list[str]) -> dict[tuple[str, str], float]:
    """Give each origin and year its place, with a line above each origin for its name."""
    step = len(periods) + 1.4
    return {
        (origin, period): 1 + origins.index(origin) * step + periods.index(period)
        for origin, period in product(origins, periods)
    }


def _panel(
    axes: "Axes",
    rows: pd.DataFrame,
    heights: dict[tuple[str, str], float],
    measure: str,
    form: str,
    language: str,
    *,
    named: bool,
) -> None:
    counts = measure == "youths"
    last = max(period for _, period in heights)
    for (origin, period), height in heights.items():
        row = one_row(rows, origin=origin, period=period)
        colour, marker = origin_style(origin)
        if counts and row is not None and row["status"] == "shown":
            axes.barh(height, row["value"], height=0.72, color=colour if period == last else _lighter(colour))
        draw_value(
            axes, row, height, language=language, decimals=0 if counts else 1, colour=colour,
            marker="" if counts else marker, weight="bold" if period == last else "normal",
        )  # fmt: skip
        if not counts and row is not None and row["status"] == "shown" and pd.notna(row["numerator"]):
            axes.text(
                1, height, format_number(row["numerator"], language), transform=axes.get_yaxis_transform(), ha="right",
                va="center", color=COLOURS["quiet_text"],
            )  # fmt: skip
        if period == min(p for _, p in heights) and named:
            name = axes.annotate(
                capital(label(origin, language)), (0, height - 0.85), xycoords=axes.get_yaxis_transform(),
                xytext=(-25, 0), textcoords="offset points", va="center", weight="bold", annotation_clip=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )  # fmt: skip
            name.set_in_layout(False)  # a long name would squeeze the panels
    if not counts:
        axes.text(
            1, min(heights.values()) - 0.85, label("number_word", language), transform=axes.get_yaxis_transform(),
            ha="right", va="center", color=COLOURS["quiet_text"],
        )  # fmt: skip
    axes.set_ylim(max(heights.values()) + 0.7, -0.4)
    axes.set_yticks(list(heights.values()), [period for _, period in heights] if named else [""] * len(heights))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
    axes.set_title(capital(label("youths_in_kind" if counts else form, language)))
    axes.set_xlabel(label("axis_youths" if counts else "axis_form_share", language), loc="left")


def _largest(rows: pd.DataFrame, measure: str, form: str) -> float:
    """Find where an axis ends: the small shares have one scale in common, so that panels can be compared."""
    chosen = rows[rows["measure"] == measure]
    tops = chosen[["value", "upper"]].max(axis=1).groupby(chosen["form"]).max()
    own = tops[form]
    if measure == "form_share" and not own > _LARGE_SHARE:
        own = tops[~(tops > _LARGE_SHARE)].max()
    return 1.0 if pd.isna(own) else float(own)


def _lighter(colour: str) -> list[float]:
    from matplotlib.colors import to_rgb

    return [1 - 0.45 * (1 - part) for part in to_rgb(colour)]


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    key_below(axes, [Line2D([], [], color=COLOURS["quiet_text"], linewidth=1.6, label=label("interval", language))], 1)
