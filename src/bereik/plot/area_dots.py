"""Chart: one dot with its interval for each area, from low to high within each municipality, beside the line of 1."""

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["area_dots"]

_ROW = 0.18  # inches
_KEY = 0.75
_TICKS = np.array([0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 5, 10])


def area_dots(data: pd.DataFrame, language: str, *, measure: str = "shrunken_ratio") -> "Figure":
    """Draw a ratio for each area, sorted within its municipality; municipalities run by the alphabet.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``region`` (municipality), ``area_code`` and ``area``, for example of `area_excess`.
    language : {"nl", "en"}
        The language of labels and numbers.
    measure : str
        The measure that is drawn, a ratio.

    Returns
    -------
    matplotlib.figure.Figure
        Two columns on one logarithmic axis. Areas whose whole interval lies on one side of 1 are marked by shape and colour;
        those that are not shown are counted in words under their municipality. Codes at the start of names are left out.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Delft", "area_code": ["WK1", "WK2"], "area": ["Wijk 11 Noord", "Wijk 12 Zuid"],
    ...                       "measure": "shrunken_ratio", "value": [1.2, 0.8], "lower": [0.9, 0.7], "upper": [1.5, 0.9],
    ...                       "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = area_dots(result_table(frame, ["region", "area_code", "area"]), "en")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['Delft', 'Zuid', 'Noord']
    """
    rows = check_drawable(data, ["region", "area_code", "area"], [measure])
    blocks = [
        _block(rows, place, language)
        for place in categories(rows.assign(municipality=rows["region"]), "municipality", language)
    ]
    columns = _columns(blocks)
    most = max(len(column) for column in columns)
    limits = _limits(rows)
    with style():
        figure = new_figure(_ROW * (most + 1) + _KEY)
        grid = figure.add_gridspec(2, len(columns), height_ratios=[_ROW * (most + 1), _KEY / 2])
        for place, column in enumerate(columns):
            _panel(figure.add_subplot(grid[0, place]), column, most, limits, language)
        _key(figure.add_subplot(grid[1, :]), language)
        return figure


def area_name(name: str) -> str:
    """Leave the code out at the start of the name of a wijk, unless nothing else is in it."""
    return capital(re.sub(r"^Wijk \d+[\s:-]+(?=\S)", "", name))


def _block(rows: pd.DataFrame, place: str, language: str) -> pd.DataFrame:
    """Give the lines of one municipality: its name, its areas from low to high, and how many are not shown."""
    own = rows[rows["region"] == place]
    shown = own[(own["status"] == "shown") & (own["value"] > 0)].sort_values(["value", "area_code"], kind="stable")
    name = pd.DataFrame({"words": [row_name(place, language)], "kind": "municipality"})
    lines = [name, shown.assign(words=shown["area"].map(area_name), kind="area")]
    hidden = len(own) - len(shown)
    if hidden:
        words = label("wijk_hidden_one" if hidden == 1 else "wijk_hidden_many", language)
        lines.append(pd.DataFrame({"words": [words.format(count=format_number(hidden, language))], "kind": "hidden"}))
    return pd.concat(lines, ignore_index=True)


def _columns(blocks: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Put the municipalities in one or two columns of about the same height, in order."""
    lengths = np.cumsum([len(block) for block in blocks])
    if lengths[-1] < 12 or len(blocks) == 1:
        return [pd.concat(blocks, ignore_index=True)]
    cut = int(np.argmin(np.abs(lengths[:-1] - lengths[-1] / 2))) + 1
    return [pd.concat(part, ignore_index=True) for part in (blocks[:cut], blocks[cut:])]


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    figures = rows.loc[rows["status"] == "shown", ["value", "lower", "upper"]].to_numpy(dtype="float64").ravel()
    figures = figures[np.isfinite(figures) & (figures > 0)]
    return float(min(figures.min(initial=0.8) / 1.05, 0.8)), float(max(figures.max(initial=1.25) * 1.05, 1.25))


def _look(lower: float, upper: float) -> tuple[str, str, bool]:
    """Choose colour, marker and filling: below 1, above 1, or no clear difference."""
    if upper < 1:
        return "#0072B2", "v", True
    return ("#A84300", "^", True) if lower > 1 else (COLOURS["quiet_text"], "o", False)


def _panel(axes: "Axes", lines: pd.DataFrame, most: int, limits: tuple[float, float], language: str) -> None:
    for height, row in enumerate(lines.itertuples()):
        if pd.isna(row.value):
            continue
        colour, marker, filled = _look(row.lower, row.upper)
        axes.plot([row.lower, row.upper], [height, height], color=colour, linewidth=1.3, solid_capstyle="butt")
        axes.plot(
            [row.value],
            [height],
            marker=marker,
            color=colour,
            markerfacecolor=colour if filled else "white",
            markersize=5,
        )
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.set_yticks(range(len(lines)), lines["words"])
    for words, kind in zip(axes.get_yticklabels(), lines["kind"], strict=True):
        words.set_fontweight("bold" if kind == "municipality" else "normal")
        words.set_fontstyle("italic" if kind == "hidden" else "normal")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(most - 0.4, -0.6)
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_xticks(_TICKS[(limits[0] <= _TICKS) & (limits[1] >= _TICKS)])
    axes.set_xticks([], minor=True)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)
    axes.set_xlabel(label("axis_observed_expected", language), loc="left")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    looks = {"below_expected": (0, 0.5), "above_expected": (2, 3), "no_clear_difference": (0.5, 2)}
    handles = []
    for code, limits in looks.items():
        colour, marker, filled = _look(*limits)
        handles.append(
            Line2D([], [], color=colour, marker=marker, markersize=5, linewidth=1.3,
                   markerfacecolor=colour if filled else "white", label=label(code, language))
        )  # fmt: skip
    key_below(axes, handles, 3)
