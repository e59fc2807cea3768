"""Chart: figures as lines along time, severity or a share: named at their ends, interrupted where they are not comparable."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.codelists.names import format_number, label
from bereik.codelists.periods import one_period_kind, parse_period
from bereik.errors import UnknownNameError
from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, moved_apart, row_name
from bereik.plot.style import COLOURS, ORIGINS, ROOM, WIDTH, new_figure, number_axis, style
from bereik.tables import one_value, require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["lines"]

_WHERE = "the data of the figure"
_ONE = (
    "form",
    "indicator",
    "origin_scheme",
    "per",
)  # a chart shows one of these, unless it has lines or panels of them
_LETTER, _LINE = 7.6, 15.0  # points: the width of a letter, and the height of a line of them
_BESIDE = 0.06  # lines stand a little beside each other, so that intervals do not cover each other
_ROOMY = 13  # letters: at an axis with less room for each word, what is hidden is said below the whole axis
_MOST = 3  # names in a list of what is hidden; more are counted
_HALVES = {"H1": -0.25, "H2": 0.25}
_COLUMNS: Any = {"x": "x", "y": "value", "hue": "line", "style": "line", "size": "line", "units": "spell"}
_AS_GIVEN: Any = {"estimator": None, "sort": False, "legend": False}
_POINTS: Any = {"textcoords": "offset points", "annotation_clip": False}


def lines(
    data: pd.DataFrame,
    language: str,
    *,
    measure: str,
    series: str,
    along: str = "period",
    panels: str = "",
    only: str = "",
    focus: str = "",
    reference: str = "",
    axis: str = "",
    axis_along: str = "",
    intervals: str = "",
    breaks: Sequence[int] = (),
    jumps: bool = False,
    crossing: str = "",
) -> "Figure":
    """Draw one measure as lines, each named at its end, with the breaks and the holes that the figures have.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    language : {"nl", "en"}
        The language of labels and numbers.
    measure : str
        What is drawn.
    series : str
        The column that makes the lines; origins have a colour and a marker of their own.
    along : str
        The column that runs from left to right: ``period``, ordered categories, or a share, which is drawn in per cent.
    panels : str
        The column that makes the panels; they have the same axes.
    only : str
        The one panel that is drawn; the data keep the others.
    focus, reference : str
        The line that is thick, or the panel that comes first; and the line that is dashed.
    axis, axis_along : str
        Codes of the words at the axes.
    intervals : {"", "band", "line"}
        How intervals are drawn, if at all.
    breaks : list of int
        Years in which another way of counting begins: lines stop before them, and the label ``break_YEAR`` says why.
    jumps : bool
        Ring each change that `year_changes` marks (column ``jump``), say how large it is, and interrupt the line there.
    crossing : str
        The measure of places along the axis where a line is zero; that of `focus` is said in words.

    Returns
    -------
    matplotlib.figure.Figure
        Axes from 0. What is not shown is a gap with a word: below its place on the axis, or at the end of its line.

    Raises
    ------
    UnknownNameError
        When the data have no row of `focus` or `only`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or mix kinds of periods, indicators, forms or classifications.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2020", "2021", "2022"], "region": "Haaglanden", "measure": "use_rate",
    ...                       "value": [10.2, 10.7, 11.1], "status": "shown", "synthetic": False, "source": "made up"})
    >>> table = result_table(frame, ["period", "region"])
    >>> axes = lines(table, "nl", measure="use_rate", series="region", focus="Haaglanden", breaks=[2021]).axes[0]
    >>> axes.texts[-1].get_text(), [len(line.get_xdata()) for line in axes.lines[:2]]
    ('11,1 Haaglanden', [1, 2])
    """
    how = _How(language, series, along, panels, focus, reference, intervals, tuple(breaks), jumps)
    rows, names = _rows(data, measure, only, how)
    rows, ticks = _placed(rows, data, how)
    order = categories(rows, series, language)
    if intervals == "line":
        rows["x"] += [_BESIDE * (order.index(line) - (len(order) - 1) / 2) for line in rows["line"]]
    with style():
        figure = new_figure(height=ROOM)
        places = _panels(figure, names, label(axis, language) if axis else "", how)
        for axes, name in zip(places, names, strict=True):
            own = rows[rows["panel"] == name]
            _draw(axes, own, order, bool(ticks), how)
            _ticks(axes, own, ticks, how)
            _limits(axes, rows, how)
        if crossing:
            _crossing(places[0], data[data["measure"] == crossing], only, how)
        if axis_along:
            places[0].set_xlabel(label(axis_along, language))
        figure.draw_without_rendering()
        for axes, name in zip(places, names, strict=True):
            _ends(axes, rows[rows["panel"] == name], axes is places[0] and panels != series, bool(ticks), how)
        return figure


class _How(NamedTuple):
    """How a chart is drawn."""

    language: str
    series: str
    along: str
    panels: str
    focus: str
    reference: str
    intervals: str
    breaks: tuple[int, ...]
    jumps: bool


def _there(name: str, known: Sequence[str], what: str) -> str:
    if name and name not in known:
        raise UnknownNameError(what, name, sorted(set(known)), where=_WHERE)
    return name


def _rows(data: pd.DataFrame, measure: str, only: str, how: _How) -> tuple[pd.DataFrame, list[str]]:
    """Give the rows that are drawn, when they belong in one chart, and the panels."""
    by = [*dict.fromkeys(name for name in (how.along, how.series, how.panels) if name)]
    require_columns(data, ["jump"] if how.jumps else [], where=_WHERE)
    rows = check_drawable(data, by, [measure])
    for column in _ONE:
        if column in rows and column not in by and rows[column].notna().any():
            one_value(rows.dropna(subset=[column]), column, where=_WHERE)
    if how.along == "period":
        one_period_kind(rows, where=_WHERE)
    status = rows["status"].astype("str").replace("complementary", "suppressed")
    rows = rows.assign(status=status, line=rows[how.series], panel=rows[how.panels] if how.panels else "")
    names = categories(data[data["measure"] == measure], how.panels, how.language) if how.panels else [""]
    names = [_there(only, names, how.panels)] if only else sorted(names, key=lambda name: name != how.focus)
    rows = rows[rows["panel"].isin(names)]
    _there(how.focus, [*rows["line"], *names], "line or panel")
    return rows, names


def _placed(rows: pd.DataFrame, data: pd.DataFrame, how: _How) -> tuple[pd.DataFrame, dict[float, str]]:
    """Give each row its place along the axis and the number of its piece of line; and what is written at the places."""
    if how.along == "period":
        x = [parse_period(period).year + _HALVES.get(period[-2:], 0.0) for period in rows["period"]]
        ticks = {float(parse_period(period).year): _period(period) for period in rows["period"]}
    elif pd.api.types.is_numeric_dtype(data[how.along]):
        x, ticks = list((100 * rows[how.along].astype("float64")).round(9)), {}
    else:
        names = categories(data[data["measure"].isin(rows["measure"])], how.along, how.language)
        x = [float(names.index(name)) for name in rows[how.along]]
        ticks = {float(at): row_name(name, how.language) for at, name in enumerate(names)}
    numbers = rows[["value", "lower", "upper"]].astype("float64").where(rows["status"] == "shown")
    rows = rows.assign(x=x, **numbers).sort_values("x", kind="stable")
    rows = rows[(rows["status"] == "shown") | (rows["x"] == 0) | bool(ticks)]  # of shares without a figure one says why
    step = np.diff(np.unique(rows["x"])).min(initial=np.inf)
    begins = (rows["status"] != "shown") | (rows.groupby(["panel", "line"])["x"].diff() > 1.5 * step)
    begins |= rows["jump"] if how.jumps else False
    spell = begins.groupby([rows["panel"], rows["line"]]).cumsum()
    passed = np.searchsorted(np.array(sorted(how.breaks)) - 0.5, rows["x"])
    return rows.assign(spell=spell + len(rows) * passed), dict(sorted(ticks.items()))


def _period(period: str) -> str:
    first, _, second = period.partition("/")
    return f"{first}/'{second[2:]}" if second else first[:4]


def _panels(figure: "Figure", names: list[str], axis: str, how: _How) -> list["Axes"]:
    columns = len(names) if len(names) <= 3 else 2 if len(names) == 4 else 3
    places = figure.subplots(-(-len(names) // columns), columns, sharey=True, squeeze=False)
    for first in places[:, 0]:
        first.set_ylabel(axis)
    for spare in places.ravel()[len(names) :]:
        spare.remove()
    for axes, name in zip(places.ravel(), names, strict=False):
        axes.set_title(row_name(name, how.language) if len(names) > 1 else "")
    return list(places.ravel()[: len(names)])


def _columns(axes: "Axes") -> int:
    return axes.get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]


def _look(line: str, how: _How) -> tuple[str, str, float]:
    """Give the colour, the marker and the width of a line."""
    if line in ORIGINS:
        return *ORIGINS[line], 3.2 if line == how.focus else 1.8
    if how.panels == how.series or line == how.reference:
        return COLOURS["country"], "o", 2.2
    return (COLOURS["focus"], "D", 3.2) if line == how.focus else (COLOURS["other"], ".", 1.0)


def _draw(axes: "Axes", own: pd.DataFrame, order: list[str], marked: bool, how: _How) -> None:
    """Draw the pieces of the lines, with their intervals and jumps; the line in focus on top."""
    import seaborn as sns

    shown = own[own["status"] == "shown"]
    order = sorted((line for line in order if line in set(shown["line"])), key=lambda line: line == how.focus)
    colours, markers, widths = ({line: _look(line, how)[part] for line in order} for part in range(3))
    look: Any = {"palette": colours, "markers": markers, "sizes": widths, "hue_order": order}
    look["dashes"] = {line: (4, 1.5) if line == how.reference != how.focus and len(order) > 1 else "" for line in order}
    if order:
        sns.lineplot(shown, ax=axes, markersize=8 if marked else 0, **_COLUMNS, **_AS_GIVEN, **look)
        axes.set(xlabel="", ylabel=axes.get_ylabel())
    for (line, _), part in shown.groupby(["line", "spell"], sort=False):
        if how.intervals == "band":
            axes.fill_between(part["x"], part["lower"], part["upper"], color=colours[line], alpha=0.2, linewidth=0)
        elif how.intervals == "line":
            axes.vlines(part["x"], part["lower"], part["upper"], color=colours[line], linewidth=1.6)
    if how.jumps:
        _jumps(axes, shown, how)
    number_axis(axes.yaxis, how.language)
    axes.grid(axis="y", visible=True)


def _jumps(axes: "Axes", shown: pd.DataFrame, how: _How) -> None:
    """Ring the changes that are too large to be a change in care, and say how large they are."""
    before = shown.groupby("line", sort=False)[["x", "value"]].shift()
    ring: Any = {"markersize": 15, "markerfacecolor": "none", "markeredgewidth": 2, "color": COLOURS["focus"]}
    bold: Any = {"va": "center", "color": COLOURS["focus_text"], "weight": "bold", **_POINTS}
    for row, (x, value) in zip(shown.itertuples(), before.to_numpy(), strict=True):
        if row.jump:
            change = row.value - value
            words = format_number(change, how.language, signed=True)
            axes.plot([x, row.x], [value, row.value], color=COLOURS["focus"], linewidth=1.6, linestyle=":")
            axes.plot([row.x], [row.value], "o", **ring)
            side, away = ("left", 7) if change > 0 else ("right", -7)
            axes.annotate(words, ((x + row.x) / 2, value + change / 2), xytext=(away, 0), ha=side, **bold)


def _ticks(axes: "Axes", own: pd.DataFrame, ticks: dict[float, str], how: _How) -> None:
    """Write what stands along the axis, as often as there is room, and below it the lines that have no figure there."""
    if not ticks:
        number_axis(axes.xaxis, how.language)
        return
    room = int(0.7 * WIDTH * 72 / _columns(axes) / len(ticks) / _LETTER)  # letters
    often = -(-(max(map(len, ticks.values())) + 2) // max(room, 1)) if room < _ROOMY else 1
    written = {x: fill(ticks[x], max(room, _ROOMY)) for x in list(ticks)[::-1][::often]}
    hidden = own[(own["status"] != "shown") & own.duplicated("line", keep="last")]  # the last of a line: see _end
    said = {float(x): _hidden(part, how.language) for x, part in hidden.groupby(hidden["x"].round())}
    if room < _ROOMY:
        axes.set_xlabel(fill("; ".join(f"{ticks[x]} {words}" for x, words in said.items()), room * len(ticks)))
    else:
        written |= {x: f"{ticks[x]}\n{fill(words, room)}" for x, words in said.items()}
    axes.set_xticks(list(written), list(written.values()))


def _hidden(rows: pd.DataFrame, language: str) -> str:
    """Say in words which lines have no figure, by the reason why."""
    said = []
    for reason, part in rows.groupby("status"):
        many = label("point_many", language).format(count=len(part))
        names = ", ".join(row_name(line, language) for line in part["line"]) if len(part) <= _MOST else many
        said.append(f"{names}: {label(str(reason), language)}")
    return "; ".join(said)


def _limits(axes: "Axes", rows: pd.DataFrame, how: _How) -> None:
    """Give a panel the axes of all panels, from zero, with room for the words at the breaks."""
    from matplotlib.ticker import MaxNLocator

    ends = rows[["value", "lower", "upper"] if how.intervals else ["value"]]
    low, high = (0.0, 1.0) if ends.isna().all(axis=None) else (min(ends.min(axis=None), 0), max(ends.max(axis=None), 0))
    left, right = (rows["x"].min(), rows["x"].max()) if len(rows) else (0.0, 1.0)
    edge, side = 0.06 * (high - low), 0.035 * (right - left) or 0.5
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
    axes.set_yticks([tick for tick in ticks if low - edge <= tick <= high + edge])
    axes.set_ylim(low - edge if low < 0 else 0, high + edge + (0.25 * high if how.breaks else 0))
    axes.set_xlim(left - side, right + side)
    if low < 0:
        axes.axhline(0, color=COLOURS["reference"], linewidth=1.2)
    for year in how.breaks:
        if left < year <= right:
            _upright(axes, year - 0.5, "-", label(f"break_{year}", how.language))


def _upright(axes: "Axes", x: float, dashes: str, words: str) -> None:
    """Draw an upright line with words at its top."""
    quiet = COLOURS["quiet_text"]
    axes.axvline(x, color=quiet, linewidth=1.2, linestyle=dashes, zorder=1)
    axes.annotate(words, (x, 1), (4, 0), xycoords=axes.get_xaxis_transform(), va="top", color=quiet, **_POINTS)


def _crossing(axes: "Axes", tips: pd.DataFrame, only: str, how: _How) -> None:
    """Mark the share at which the line in focus is zero, and say it."""
    _upright(axes, 0, ":", label("as_reported", how.language))
    tips = tips[(tips["status"] == "shown") & (tips[how.series] == how.focus)]
    for share in tips.loc[tips[how.panels] == only if only else tips.index, "value"]:
        axes.plot([100 * share], [0], marker="D", color=COLOURS["country"], markersize=10, zorder=5)
        amount, side = format_number(abs(100 * share), how.language, 0), "too low" if share > 0 else "too high"
        words = f"{label('no_difference_at', how.language)} {amount}% {label(side, how.language)}"
        axes.annotate(words, (100 * share, 0), (9, 3), weight="bold", va="bottom", **_POINTS)


def _ends(axes: "Axes", own: pd.DataFrame, named: bool, numbered: bool, how: _How) -> None:
    """Name each line at its end, moved apart just enough that no name covers another; when they do not fit, the main ones."""
    bottom, top = axes.get_ylim()
    letter = _LINE * (top - bottom) / round(axes.get_window_extent().height / axes.figure.dpi * 72, 1)
    width = 28 if _columns(axes) == 1 else 21
    ends = []
    for line, part in own.groupby("line", sort=False):
        final, known = part.iloc[-1], part[part["status"] == "shown"]
        name = row_name(str(line), how.language) if named else ""
        hidden = final["status"] != "shown"
        number = format_number(final["value"], how.language, 1) if numbered and not hidden else ""
        words = f"{name}: {label(final['status'], how.language)}".lstrip(": ") if hidden else f"{number} {name}".strip()
        x, value = (known["x"].iloc[-1], known["value"].iloc[-1]) if len(known) else (np.nan, bottom)
        ends.append((value, x, ":" if hidden else "-", str(line), fill(words, width, break_on_hyphens=False)))
    ends = sorted(ends, key=lambda end: end[0])
    sizes = np.array([letter * (1 + end[-1].count("\n")) for end in ends])
    if sizes.sum() > top - bottom:
        kept = [end[3] in (how.focus, how.reference) for end in ends]
        ends, sizes = [end for end, keep in zip(ends, kept, strict=True) if keep], sizes[kept]
    edge = axes.get_xlim()[1]
    wanted = np.array([end[0] for end in ends])
    heights = moved_apart(wanted, sizes, bottom, top) if ends else wanted
    for (value, x, dashes, line, words), height in zip(ends, heights, strict=True):
        colour, _, thick = _look(line, how)
        axes.plot([x, edge], [value, height], dashes, color=colour, linewidth=0.8, clip_on=False, zorder=1)
        text: Any = {"weight": "bold" if thick > 2 and named else "normal", "va": "center", "linespacing": 1.0}
        text["color"] = COLOURS["quiet_text" if thick == 1 else "text"]
        axes.annotate(words, (edge, height), (3, 0), **_POINTS, **text)
