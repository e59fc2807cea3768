"""Chart: the range of the ratio of use to need over all admissible choices, for each form of care, with the verdict in words."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, one_row
from bereik.plot.rows_and_panels import categories, row_name, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["choice_ranges"]

_ROW = 0.56  # inches
_TICKS = np.array([0.25, 0.5, 1, 2, 4, 8])


def choice_ranges(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the lowest, median and highest ratio over the choices, for each region and form, and the verdict beside it.

    Parameters
    ----------
    data : pandas.DataFrame
        The rows of `choice_verdicts` for all choices together and one origin: ``region``, ``form``, ``verdict``, ``side``.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        A bar from the lowest to the highest ratio on a logarithmic axis with a line at 1, dark when decided and light when
        undecided, and the verdict in words.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": ["Haaglanden"], "form": ["probation"], "verdict": ["decided"], "side": ["above 1"],
    ...     "measure": "range_over_choices", "value": 2.2, "lower": 1.4, "upper": 2.6, "numerator": 18, "denominator": 18,
    ...     "status": "shown", "synthetic": False, "source": "CBS StatLine"})
    >>> figure = choice_ranges(result_table(frame, ["region", "form", "verdict", "side"]), "en")
    >>> figure.axes[1].texts[0].get_text().splitlines()
    ['Decided: more than in proportion', '18 of 18 intervals exclude 1']
    """
    rows = check_drawable(data, ["region", "form"], ["range_over_choices"])
    forms = categories(rows, "form", language)
    regions = [str(name) for name in rows["region"].unique()]
    step = len(forms) + 0.8
    with style():
        figure = new_figure(_ROW * step * len(regions) + 1.3)
        grid = figure.add_gridspec(2, 2, width_ratios=[1, 0.62], height_ratios=[1, 0.12], wspace=0.02)
        axes, words = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        heights, names = [], []
        for at, region in enumerate(regions):
            axes.annotate(
                capital(label(region, language)), (0, at * step), xycoords=axes.get_yaxis_transform(), xytext=(-6, 0),
                textcoords="offset points", ha="right", va="center", weight="bold", annotation_clip=False,
            )  # fmt: skip
            for below, form in enumerate(forms):
                height = at * step + 0.8 + below
                _row(axes, words, one_row(rows, region=region, form=form), height, language)
                heights.append(height)
                names.append(row_name(form, language, width=26))
        axes.set_yticks(heights, names)
        axes.set_ylim(step * len(regions) - 0.4, -0.5)
        _axis(axes, rows, language)
        words.set_axis_off()
        words.set_ylim(axes.get_ylim())
        _key(figure.add_subplot(grid[1, :]), language)
        return figure


def _row(axes: "Axes", words: "Axes", row: pd.Series | None, height: float, language: str) -> None:
    if row is None or row["status"] != "shown":
        text = label("not_published" if row is None else str(row["status"]), language)
        words.text(0.02, height, capital(text), va="center", style="italic", color=COLOURS["quiet_text"])
        return
    decided = row["verdict"] == "decided"
    colour = COLOURS["focus"] if decided else COLOURS["other"]
    axes.plot(
        [row["lower"], row["upper"]], [height, height], color=colour, linewidth=9, solid_capstyle="butt", zorder=2
    )
    axes.plot([row["value"]], [height], marker="|", markersize=13, color=COLOURS["text"], markeredgewidth=2, zorder=3)
    for edge, side, shift in ((row["lower"], "right", -4), (row["upper"], "left", 4)):
        axes.annotate(
            format_number(edge, language, 2), (edge, height), xytext=(shift, 0), textcoords="offset points", ha=side,
            va="center", zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
        )  # fmt: skip
    verdict = label(f"{row['verdict']} {row['side']}", language)
    count = label("intervals_exclude", language).format(
        number=format_number(row["numerator"], language), all=format_number(row["denominator"], language)
    )
    words.text(0.02, height, f"{capital(verdict)}\n{count}", va="center", weight="bold" if decided else "normal")


def _axis(axes: "Axes", rows: pd.DataFrame, language: str) -> None:
    shown = rows[rows["status"] == "shown"]
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.set_xscale("log")
    axes.set_xlim(min(0.6, 0.72 * shown["lower"].min()), max(1.6, 1.35 * shown["upper"].max()))
    low, high = axes.get_xlim()
    axes.set_xticks(_TICKS[(low <= _TICKS) & (high >= _TICKS)])
    axes.set_xticks([], minor=True)
    number_axis(axes.xaxis, language)
    axes.grid(axis="x", visible=True)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label("axis_reach", language), loc="left")
    words_at_ends(axes, "less_than_need", "more_than_need", language, height=-0.2)


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=COLOURS[colour], linewidth=9, solid_capstyle="butt", label=label(code, language))
        for colour, code in (("focus", "key_decided"), ("other", "key_undecided"))
    ]
    middle = Line2D([], [], color=COLOURS["text"], marker="|", markersize=11, markeredgewidth=2, linestyle="",
                    label=label("key_median", language))  # fmt: skip
    key_below(axes, [*handles, middle], 2)
