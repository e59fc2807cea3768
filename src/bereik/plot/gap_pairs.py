"""Chart: two or three values of each group in one row, beside the line of no difference, a panel for each form or group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.errors import FigureError, UnknownNameError
from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import (
    categories,
    is_bottom,
    is_compulsory,
    name_rows,
    panel_axes,
    row_name,
    title_panel,
    words_at_ends,
)
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.tables import one_value
from bereik.terms.names import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gap_pairs"]

_TICKS, _NEAR_TICKS = np.array([0.1, 0.2, 0.5, 1, 2, 5, 10, 20]), np.array([0.5, 0.7, 1, 1.5, 2])
_MARKERS = ("o", "s", "D")
_LINE, _BETWEEN_ROWS = 0.15, 0.2  # inches: of a value, and extra between two rows
_SHORTFALL = ("use_shortfall", "expected_minus_observed")


def gap_pairs(
    data: pd.DataFrame,
    language: str,
    *,
    rows: str = "origin",
    panels: str = "form",
    series: str = "measure",
    measures: Sequence[str] = ("crude_rate_ratio", "rate_ratio_at_equal_severity"),
) -> "Figure":
    """Draw the gap of each group relative to the reference: the values of a series in one row, a panel for each form.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with the columns `rows`, `panels` and `series`, for example of `access_gap`.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : str
        The column that makes the rows: ``origin``, ``municipality``, ...
    panels : str
        The column that makes the panels: ``form`` or ``origin``.
    series : str
        The column whose values, at most three, share a row: ``measure``, ``informant``, ...
    measures : list of str
        The measures that are drawn: ratios, or a shortfall; one when `series` is another column.

    Returns
    -------
    matplotlib.figure.Figure
        Ratios on a logarithmic axis with a line at 1, a shortfall with a line at 0; the same axis in all panels, equally
        long on both sides. The last measure is filled, those before it hollow. Where all values of a row are hidden it
        says so once. An interval that leaves the axis is cut at its edge.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError, UnknownNameError
        When the data cannot be drawn (see `check_drawable`), a series has more than three values, or the measures are neither
        ratios alone nor a shortfall alone.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"form": "probation", "origin": "suriname", "per": "ratio", "status": "shown",
    ...                       "measure": ["crude_rate_ratio", "rate_ratio_at_equal_severity"], "value": [1.6, 1.2],
    ...                       "lower": [1.3, 0.9], "upper": [2.0, 1.6], "synthetic": True, "source": "made up"})
    >>> figure = gap_pairs(result_table(frame, ["form", "origin"]), "en")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1.60', '1.20', '← used less', 'used more →']
    """
    others = list(dict.fromkeys(name for name in (rows, panels, series) if name != "measure"))
    drawn = check_drawable(data, others, measures)
    values = list(measures) if series == "measure" else categories(data.loc[drawn.index], series, language)
    if len(values) > len(_MARKERS) or (series != "measure" and len(measures) != 1):
        raise FigureError(
            f"{len(values)} values of {series} in a row, of {len(measures)} measures",
            f"at most {len(_MARKERS)} values in a row, of one measure unless series='measure'",
            "select the rows, or name one measure",
        )
    ratio = _is_ratio(drawn)
    edge = _edge(drawn, ratio)
    names = {column: categories(data.loc[drawn.index], column, language) for column in (rows, panels)}
    with style():
        figure = new_figure(1)
        pitch = _LINE * len(values) + _BETWEEN_ROWS
        places, key = panel_axes(figure, len(names[panels]), pitch * (len(names[rows]) + 0.5) + 0.75)
        for axes, panel in zip(places, names[panels], strict=True):
            own = drawn[drawn[panels] == panel]
            for height, row in enumerate(names[rows]):
                looks = [_look(row if rows == "origin" else panel, at, values, series) for at in range(len(values))]
                group = [one_row(own, **{rows: row, series: value}) for value in values]
                _row(axes, group, height, looks, edge=edge, ratio=ratio, language=language)
            form = panel if panels == "form" else _only_form(drawn)
            name_rows(axes, names[rows], language)
            words_at_ends(axes, *_ends(form, ratio), language)
            _axis(axes, edge, ratio, language)
            if is_bottom(axes):
                axes.set_xlabel(label("axis_ratio" if ratio else "axis_shortfall", language), loc="left")
            title_panel(axes, panel, language)
        _key(key, values, series, language)
        return figure


def _is_ratio(rows: pd.DataFrame) -> bool:
    """Say whether the values are ratios (1 = no difference) or a shortfall (0 = no difference)."""
    ratio = rows["per"] == "ratio"
    if not ratio.all() and not rows["measure"].isin(_SHORTFALL).all():
        raise FigureError(
            f"the measures {', '.join(map(str, rows['measure'].unique()))}",
            "ratios alone, or a shortfall alone, because they share an axis",
            "draw ratios in one figure and a shortfall in another",
        )
    return bool(ratio.all())


def _only_form(rows: pd.DataFrame) -> str:
    return str(one_value(rows, "form", where="the data of the figure")) if "form" in rows else ""


def _look(origin: str, at: int, values: list[str], series: str) -> dict[str, Any]:
    try:
        colour = origin_style(origin)[0]
    except UnknownNameError:
        colour = COLOURS["reference"]
    last = at == len(values) - 1
    return {
        "colour": colour, "marker": _MARKERS[at], "filled": last or series != "measure",
        "weight": "bold" if last and series == "measure" else "normal", "zorder": 1.5,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.5},  # over the line at 1, under other intervals
    }  # fmt: skip


def _row(
    axes: "Axes", group: list[pd.Series | None], height: float, looks: list[dict[str, Any]], *, edge: float, ratio: bool,
    language: str,
) -> None:  # fmt: skip
    statuses = {"not_published" if row is None else str(row["status"]) for row in group}
    if len(statuses) == 1 and statuses != {"shown"}:
        draw_value(axes, group[0], height, language=language, decimals=0, colour="", marker="")
        return
    for at, (row, look) in enumerate(zip(group, looks, strict=True)):
        place = height + _LINE / (_LINE * len(group) + _BETWEEN_ROWS) * (at - (len(group) - 1) / 2)
        if row is not None and ratio and row["value"] == 0:
            axes.text(0.02, place, label("ratio_zero", language), transform=axes.get_yaxis_transform(), va="center")
            continue
        if row is not None:
            row = row.copy()
            row[["lower", "upper"]] = row[["lower", "upper"]].astype("float64").clip(1 / edge if ratio else -edge, edge)
        draw_value(axes, row, place, language=language, decimals=2 if ratio else 0, **look)


def _edge(rows: pd.DataFrame, ratio: bool) -> float:
    """Find how far the axis goes on both sides: every value whole, and intervals unless they are very long."""
    figures = rows.loc[rows["status"] == "shown", ["value", "lower", "upper"]].astype("float64")
    if ratio:
        figures = np.log(figures.where(figures > 0)).abs()
        point, whole = figures["value"].max(), figures.max().max()
        far = min(whole, max(2 * point, np.log(3)))
        return float(np.exp(1.05 * max(np.nan_to_num(far), np.log(1.5))))
    figures = figures.abs()
    far = min(figures.max().max(), 2.5 * figures["value"].max())
    return 1.0 if pd.isna(far) or far == 0 else float(1.05 * far)


def _ends(form: str, ratio: bool) -> tuple[str, str]:
    """Choose the words for both sides: reach for voluntary forms, use for compulsory ones."""
    kind = "used" if not form or is_compulsory(form) else "reaches"
    if ratio:
        return f"{kind}_less_left", f"{kind}_more_right"
    return f"{kind}_more_than_expected", f"{kind}_less_than_expected"


def _axis(axes: "Axes", edge: float, ratio: bool, language: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.axvline(1 if ratio else 0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    if ratio:
        axes.set_xscale("log")
        axes.set_xlim(1 / edge / 1.05, edge ** (1.35 if edge < 6 else 1.25))  # room for a number at the right
        ticks = _NEAR_TICKS if edge < 2.5 else _TICKS
        axes.set_xticks(ticks[(1 / edge <= ticks) & (edge >= ticks)])
        axes.set_xticks([], minor=True)
    else:
        axes.set_xticks([tick for tick in MaxNLocator(nbins=4).tick_values(-edge, edge) if abs(tick) <= edge])
        axes.set_xlim(-1.05 * edge, 1.5 * edge)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)


def _key(axes: "Axes", values: list[str], series: str, language: str) -> None:
    from matplotlib.lines import Line2D

    colour = COLOURS["reference"]
    handles = []
    for at, value in enumerate(values):
        look = _look("", at, values, series)
        face = colour if look["filled"] else "white"
        handles.append(
            Line2D([], [], color=colour, marker=look["marker"], markersize=6.5, markerfacecolor=face, linestyle="",
                   label=row_name(value, language))
        )  # fmt: skip
    shown = handles if len(values) > 1 else []
    key_below(
        axes,
        [*shown, Line2D([], [], color=colour, linewidth=1.6, label=label("interval", language))],
        2 if len(values) > 2 else 3,
    )
