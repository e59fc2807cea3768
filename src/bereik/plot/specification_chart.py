"""Chart: the ratio of use to need under every admissible choice, from low to high, and below it which choice each point is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import is_compulsory, row_name
from bereik.plot.style import COLOURS, new_figure, origin_style, style
from bereik.tables import one_value, require_columns
from bereik.terms.names import capital, format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["specification_chart"]

_CURVE, _ROW = 3.2, 0.21  # inches
_TICKS = np.array([0.25, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 4, 6])


def specification_chart(data: pd.DataFrame, language: str, *, choices: Sequence[str]) -> "Figure":
    """Draw the specification curve of one group and form: the ratios with their intervals, and the choices in words.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `specification_curve` for one ``origin`` and ``form``.
    language : {"nl", "en"}
        The language of labels and numbers.
    choices : list of str
        The columns that are choices, for example ``["need", "population_used", "year"]``; each value gets a row below.

    Returns
    -------
    matplotlib.figure.Figure
        Above: a point for each choice on a logarithmic axis with a line at 1; hollow when its interval (rounding and error of
        the populations included) holds 1. Below: a dot in the row of every value that was chosen.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or hold several groups or forms.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": "niet_westers", "form": "with_residence", "indicator": ["special_schools", "halt"],
    ...     "specification": [1, 2], "widest_lower": [0.6, 0.9], "widest_upper": [0.9, 1.3], "excludes_1": [True, False],
    ...     "measure": "reach_ratio", "value": [0.7, 1.1], "status": "shown", "synthetic": False, "source": "CBS"})
    >>> about = ["origin", "form", "indicator", "specification", "widest_lower", "widest_upper", "excludes_1"]
    >>> figure = specification_chart(result_table(frame, about), "en", choices=["indicator"])
    >>> [text.get_text() for text in figure.axes[1].get_yticklabels()]
    ['Special schools', 'Referrals to Halt']
    """
    require_columns(
        data, ["specification", "widest_lower", "widest_upper", "excludes_1"], where="the data of the figure"
    )
    rows = check_drawable(data, ["origin", "form", *choices], ["reach_ratio", "use_relative_to_need_ratio"])
    for name in ("origin", "form"):
        one_value(rows, name, where="the data of the figure")
    rows = rows[rows["status"] == "shown"].sort_values("specification", kind="stable")
    values = [(name, value) for name in choices for value in _values(rows.sort_index(kind="stable")[name])]
    with style():
        matrix = _ROW * (len(values) + 0.7 * len(choices)) + 0.1
        figure = new_figure(_CURVE + matrix)
        grid = figure.add_gridspec(2, 1, height_ratios=[_CURVE, matrix], hspace=0.02)
        above = figure.add_subplot(grid[0])
        _curve(above, rows, language)
        _matrix(figure.add_subplot(grid[1], sharex=above), rows, values, language)
        return figure


def _values(column: pd.Series) -> list[str]:
    """List the values of a choice: years in order, others as they appear in the table."""
    found = [str(value) for value in column.unique()]
    return sorted(found) if all(value.isdigit() for value in found) else found


def _curve(axes: "Axes", rows: pd.DataFrame, language: str) -> None:
    place = rows["specification"].to_numpy(dtype="float64")
    value, lower, upper = (rows[name].to_numpy(dtype="float64") for name in ("value", "widest_lower", "widest_upper"))
    certain = rows["excludes_1"].to_numpy(dtype=bool)
    colour, marker = origin_style(str(rows["origin"].iloc[0]))
    axes.vlines(place, lower, upper, color=COLOURS["other"], linewidth=1.2, zorder=2)
    size = 5.0 if len(rows) <= 100 else 3.5
    for some, face, code in ((certain, colour, "choice_certain"), (~certain, "white", "choice_uncertain")):
        axes.plot(
            place[some], value[some], linestyle="", marker=marker, markersize=size, color=colour, markerfacecolor=face,
            label=label(code, language), zorder=3,
        )  # fmt: skip
    axes.axhline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1, label=label("in_proportion", language))
    axes.set_yscale("log")
    known = np.concatenate([lower[~np.isnan(lower)], upper[~np.isnan(upper)], value])
    axes.set_ylim(min(0.8, 0.92 * known.min()), max(1.25, 1.3 * known.max()))
    low, high = axes.get_ylim()
    axes.set_yticks(_TICKS[(low <= _TICKS) & (high >= _TICKS)])
    axes.set_yticks([], minor=True)
    axes.set_yticks(axes.get_yticks(), [_tick(tick, language) for tick in axes.get_yticks()])
    axes.grid(axis="y", visible=True)
    axes.set_xlim(0, len(rows) + 1)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    compulsory = is_compulsory(str(rows["form"].iloc[0]))
    axes.set_ylabel(label("axis_use_to_need" if compulsory else "axis_reach_upright", language))
    axes.legend(loc="upper left", ncols=3, borderaxespad=0.2, handletextpad=0.4)


def _tick(value: float, language: str) -> str:
    return format_number(float(value), language, 0 if float(value).is_integer() else 2 if value < 1 else 1)


def _matrix(axes: "Axes", rows: pd.DataFrame, values: list[tuple[str, str]], language: str) -> None:
    heights, names, height, last = [], [], 0.0, values[0][0]
    for name, value in values:
        height += 0.7 if name != last else 0.0
        last = name
        chosen = rows.loc[rows[name] == value, "specification"].to_numpy(dtype="float64")
        axes.plot(chosen, np.full(len(chosen), height), linestyle="", marker="|", markersize=8, color=COLOURS["text"])
        heights.append(height)
        names.append(capital(row_name(value, language)))
        height += 1
    axes.set_yticks(heights, names)
    axes.set_ylim(height - 0.3, -0.7)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.hlines(heights, 0, len(rows) + 1, color=COLOURS["grid"], linewidth=0.8, zorder=0)
    axes.set_xlabel(label("axis_choices", language).format(number=len(rows)), loc="left")
