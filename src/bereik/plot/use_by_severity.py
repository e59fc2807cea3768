"""Chart: use of care against severity of problems, a line for each origin, a panel for each form of care."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, moved_apart, panel_axes, row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.terms.names import capital, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["use_by_severity"]

_BODY = 3.1  # inches
_LINE = 0.152  # inches, of a line of letters
_BESIDE = 0.07  # lines stand a little beside each other, so that intervals do not cover each other


def use_by_severity(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the rate of use in each band of severity: a line with intervals for each origin, a panel for each form.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``form``, ``origin`` and ``severity`` (ordered, lowest first); measure ``use_rate``.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Each panel has its own scale from 0 (forms differ much in size), and says so. A hidden point is a gap in its line,
        counted in words above the panel.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"form": "probation", "origin": "suriname", "severity": ["low", "high"], "measure": "use_rate",
    ...                       "value": [0.3, 2.1], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = use_by_severity(result_table(frame, ["form", "origin", "severity"]), "en")
    >>> figure.axes[0].get_title(loc="left"), figure.axes[0].lines[0].get_ydata().tolist()
    ('Youth probation', [0.3, 2.1])
    """
    rows = check_drawable(data, ["form", "origin", "severity"], ["use_rate"])
    bands = categories(data.loc[rows.index], "severity", language)
    origins, forms = in_terms_order(rows["origin"]), in_terms_order(rows["form"])
    with style():
        figure = new_figure(_BODY)
        places, key = panel_axes(figure, len(forms), _BODY)
        for axes, form in zip(places, forms, strict=True):
            _panel(axes, rows[rows["form"] == form], origins, bands, language)
            axes.set_title(capital(label(form, language)), pad=19)
        _key(key, language)
        figure.draw_without_rendering()
        for axes, form in zip(places, forms, strict=True):
            _end_labels(axes, rows[rows["form"] == form], origins, bands, language, figure.dpi)
        return figure


def _panel(axes: "Axes", rows: pd.DataFrame, origins: list[str], bands: list[str], language: str) -> None:
    for number, origin in enumerate(origins):
        colour, marker = origin_style(origin)
        line = _line(rows, origin, bands)
        along = np.arange(len(bands)) + _shift(number, len(origins))
        axes.plot(along, line["value"], color=colour, marker=marker, markersize=6, linewidth=1.6)
        axes.vlines(along, line["lower"], line["upper"], color=colour, linewidth=1.1)
    top = rows[["value", "upper"]].max(axis=1).max()
    axes.set_ylim(0, 1 if pd.isna(top) else 1.06 * top)
    axes.set_xlim(-0.35, len(bands) - 0.65)
    axes.set_xticks(range(len(bands)), [row_name(band, language, width=12) for band in bands])
    axes.grid(axis="y", visible=True)
    number_axis(axes.yaxis, language)
    axes.set_ylabel(label("axis_per_100", language))
    note = axes.text(
        0, 1.03, _hidden(rows, language), transform=axes.transAxes, style="italic", color=COLOURS["quiet_text"]
    )
    note.set_in_layout(False)


def _shift(number: int, count: int) -> float:
    return _BESIDE * (number - (count - 1) / 2)


def _line(rows: pd.DataFrame, origin: str, bands: list[str]) -> pd.DataFrame:
    """Give the figures of one origin in the order of the bands, missing where they are not shown."""
    own = rows[(rows["origin"] == origin) & (rows["status"] == "shown")].set_index("severity")
    return own[["value", "lower", "upper"]].reindex(bands)


def _hidden(rows: pd.DataFrame, language: str) -> str:
    """Count in words the points that are not drawn, by the reason why."""
    reasons = rows.loc[rows["status"] != "shown", "status"].astype(str).replace("complementary", "suppressed")
    counts = reasons.value_counts().sort_index(kind="stable")
    said = []
    for status, count in counts.items():
        points = label("point_one" if count == 1 else "point_many", language).format(count=count)
        said.append(f"{points}: {label(str(status), language)}")
    return "; ".join(said)


def _end_labels(
    axes: "Axes", rows: pd.DataFrame, origins: list[str], bands: list[str], language: str, dpi: float
) -> None:
    """Name each line at its last point that is shown, moved apart just enough that no name covers another."""
    ends = []
    for number, origin in enumerate(origins):
        line = _line(rows, origin, bands)["value"].reset_index(drop=True).dropna()
        if len(line):
            name = row_name(origin, language, width=23)
            ends.append((line.iloc[-1], line.index[-1] + _shift(number, len(origins)), name, origin_style(origin)[0]))
    if not ends:
        return
    ends.sort()
    bottom, top = axes.get_ylim()
    inch = (top - bottom) / round(axes.get_window_extent().height / dpi, 2)
    sizes = np.array([_LINE * (1 + name.count("\n")) * inch for _, _, name, _ in ends])
    edge = axes.get_xlim()[1]
    places = moved_apart(np.array([end[0] for end in ends]), sizes, bottom, top)
    for (value, along, name, colour), place in zip(ends, places, strict=True):
        axes.plot([along, edge], [value, place], color=colour, linewidth=0.7, linestyle=":", clip_on=False, zorder=1)
        axes.annotate(
            name, (edge, place), xytext=(3, 0), textcoords="offset points", va="center", linespacing=1.0,
            annotation_clip=False,
        )  # fmt: skip


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    quiet = COLOURS["quiet_text"]
    handles = [
        Line2D([], [], color=quiet, linewidth=1.1, label=label("interval", language)),
        Line2D([], [], linestyle="", label=label("own_scale", language)),
    ]
    key_below(axes, handles, 2)
