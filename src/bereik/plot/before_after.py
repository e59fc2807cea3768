"""Chart: how the scores of a small group were spread before and after, and how far they shifted; no lines of persons."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.pilot.answers import HIGHEST, LOWEST
from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["before_after"]

_LINE = 0.27  # inches
_QUARTILES = ("score_quartile_1", "score_median", "score_quartile_3")
_CASES = {"complete pairs": "D", "worst case": "<", "best case": ">"}


def before_after(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the middle half of the scores at two waves, and beside it the shift with its interval, a row for each scale.

    Parameters
    ----------
    data : pandas.DataFrame
        The result tables of `score_quartiles` and `change`, one below the other; of the changes the shifts of all networks
        together are drawn.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Left a bar from the first to the third quartile at each wave, with the median; right the shift of who answered both
        times, and what it would be if all who are missing had answered in the least or most favourable way. A hidden scale
        is a word.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Notes
    -----
    Lines from before to after for each person, and lowest and highest scores, would show persons; they are never drawn.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> from bereik.pilot.learning import change, score_quartiles
    >>> pilot = read_pilot()
    >>> both = [make(pilot.answers, pilot.participants) for make in (score_quartiles, change)]
    >>> figure = before_after(pd.concat(both), "en")
    >>> [text.get_text() for text in figure.axes[1].texts][:3]
    ['0.69', '0.50', '0.88']
    """
    scores = check_drawable(data, ["scale", "wave"], _QUARTILES)
    shifts = data[data["network"] == "all networks"] if "network" in data else data
    shifts = check_drawable(shifts, ["scale", "nonresponse"], ["hodges_lehmann_shift"])
    scales, waves = list(dict.fromkeys(scores["scale"])), list(dict.fromkeys(scores["wave"]))
    with style():
        body = _LINE * len(scales) * (len(_CASES) + 1) + 0.9
        figure = new_figure(body + 0.6)
        grid = figure.add_gridspec(2, 2, height_ratios=[body, 0.6])
        left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
        for place, scale in enumerate(scales):
            top = place * (len(_CASES) + 1)
            for line, wave in enumerate(waves):
                _spread(
                    left,
                    scores[(scores["scale"] == scale) & (scores["wave"] == wave)],
                    top + 0.5 + line,
                    wave,
                    language,
                )
            cases = shifts[shifts["scale"] == scale]
            for line, (case, marker) in enumerate(_CASES.items()):
                row = one_row(cases, nonresponse=case)
                if row is not None:
                    draw_value(
                        right, row, top + line, language=language, decimals=2, colour=COLOURS["reference"], marker=marker,
                        filled=line == 0, weight="bold" if line == 0 else "normal",
                    )  # fmt: skip
        _score_axis(left, scales, language)
        _shift_axis(right, shifts, len(scales), language)
        _key(figure.add_subplot(grid[1, :]), language)
        return figure


def _spread(axes: "Axes", rows: pd.DataFrame, height: float, wave: str, language: str) -> None:
    """Draw the quartiles of one scale at one wave, named by its wave."""
    first, median, third = (one_row(rows, measure=measure) for measure in _QUARTILES)
    if first is None or median is None or third is None or median["status"] != "shown":
        draw_value(axes, median, height, language=language, decimals=2, colour="", marker="")
        return
    axes.barh(
        height, third["value"] - first["value"], left=first["value"], height=0.6, color=COLOURS["other"], zorder=2
    )
    axes.plot([median["value"]] * 2, [height - 0.4, height + 0.4], color=COLOURS["country"], linewidth=2.5, zorder=3)
    number = format_number(median["value"], language, 2)
    axes.annotate(
        f"{row_name(wave, language)}: {number}", (third["value"], height), xytext=(6, 0), textcoords="offset points",
        va="center",
    )  # fmt: skip


def _score_axis(axes: "Axes", scales: list[str], language: str) -> None:
    step = len(_CASES) + 1
    axes.set_yticks(
        [place * step + 1 for place in range(len(scales))], [row_name(scale, language, width=18) for scale in scales]
    )
    axes.set_ylim(len(scales) * step - 1, -1)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(LOWEST - 0.1, HIGHEST + 0.4)
    axes.set_xticks(range(LOWEST, HIGHEST + 1))
    axes.grid(axis="x", visible=True)
    axes.set_title(label("score_panel", language))
    axes.set_xlabel(label("axis_score", language).format(low=LOWEST, high=HIGHEST), loc="left")


def _shift_axis(axes: "Axes", shifts: pd.DataFrame, number: int, language: str) -> None:
    from matplotlib.ticker import MaxNLocator

    far = shifts[["value", "lower", "upper"]].abs().max().max()
    edge = 1.0 if pd.isna(far) or far == 0 else 1.1 * float(far)
    axes.axvline(0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.set_xticks([tick for tick in MaxNLocator(nbins=5).tick_values(-edge, edge) if abs(tick) <= edge])
    axes.set_xlim(-edge, 1.35 * edge)
    axes.set_ylim(number * (len(_CASES) + 1) - 1, -1)
    axes.set_yticks([])
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
    axes.set_title(label("shift_panel", language))
    axes.set_xlabel(label("axis_shift", language), loc="left")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=COLOURS["other"], linewidth=7, label=label("middle_half", language))]
    for case, marker in _CASES.items():
        face = COLOURS["reference"] if case == "complete pairs" else "white"
        handles.append(
            Line2D([], [], color=COLOURS["reference"], marker=marker, markersize=6.5, markerfacecolor=face, linestyle="",
                   label=label(case, language))
        )  # fmt: skip
    key_below(axes, handles, 2)
