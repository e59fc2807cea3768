"""Chart: figures as lines along time, severity or a share: named at their ends, interrupted where they are not comparable."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bereik.categories import require_frame
from bereik.codelists.names import format_number, label
from bereik.codelists.periods import one_period_kind, parse_period
from bereik.errors import FigureError, UnknownNameError
from bereik.plot import marks, narrow
from bereik.plot.style import COLOURS, ORIGINS, WIDTH, key_below, key_mark, new_figure, number_axis, style
from bereik.tables import one_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_ONE = ("form", "indicator", "origin_scheme", "per")  # a chart shows one of each, or has lines or panels of them
_HEIGHT = 5.0  # inches that a title, a subtitle and a source of two lines each leave for the drawing
_LETTER, _LINE = 7.6, 15.0  # points: the width of a letter, and the height of a line of them
_BESIDE = 0.06  # lines stand a little beside each other, so that intervals do not cover each other
_ROOMY = 13  # letters: at an axis with less room for each word, what is hidden is said below the whole axis
_MOST_LINES = 24  # lines, or panels, that a reader can tell apart
_MOST = 3  # names in a list of what is hidden; more are counted
_HALVES = {"H1": -0.25, "H2": 0.25}
_Ticks = dict[float, str]  # what is written at the places along an axis
_COLUMNS: Any = {"x": "x", "y": "value", "hue": "line", "style": "line", "size": "line", "units": "spell"}
_AS_GIVEN: Any = {"estimator": None, "sort": False, "legend": False}


@dataclass(frozen=True, kw_only=True)
class _Options:
    """How a chart is drawn; see `lines`."""

    measure: str
    series: str
    along: str = "period"
    panels: str = ""
    only: str = ""
    focus: str = ""
    reference: str = ""
    axis: str = ""
    axis_along: str = ""
    intervals: Literal["", "band", "line"] = ""
    breaks: Sequence[int] = ()
    crossing: str = ""


def lines(data: pd.DataFrame, language: str, **options: Any) -> "Figure":
    """Draw one measure as lines, each named at its end, with the breaks and the holes that the figures have.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    language : {"nl", "en"}
        The language of labels and numbers.
    **options
        *What is drawn.* ``measure``. ``series``: the column that makes the lines; origins have a colour and a marker of their
        own. ``along``: the column that runs from left to right: ``period``, ordered categories, or a share, which is drawn
        in per cent. ``panels``: the column that makes the panels; they have the same axes. ``only``: the one panel that is
        drawn; the data keep the others. ``intervals``: "band" or "line"; else none.

        *What stands out.* ``focus``: the line that is thick, or the panel that comes first. ``reference``: the line that is
        dashed. ``breaks``: years in which another way of counting begins; lines stop before them, and the label
        ``break_YEAR`` says why. ``crossing``: the measure of places along the axis where a line is zero; that of ``focus`` is
        said in words.

        *Words.* ``axis`` and ``axis_along``: codes of the words at the axes.

    Returns
    -------
    matplotlib.figure.Figure
        Axes from 0. What is not shown is a gap with a word: below its place on the axis, or at the end of its line.

    Raises
    ------
    UnknownNameError
        When an option is unknown, or the data have no row of ``focus`` or ``only``.
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
    how = marks.read_options(_Options, options, "lines")
    require_frame(data, where=marks.WHERE)
    data = data.reset_index(drop=True)
    rows, names = _rows(data, language, how)
    rows, ticks = _placed(rows, data, language, how)
    order = marks.categories(rows, how.series, language)
    if how.intervals == "line":
        rows["x"] += [_BESIDE * (order.index(line) - (len(order) - 1) / 2) for line in rows["line"]]
    with style():
        figure = new_figure(height=_HEIGHT)
        keyed = order if narrow.on() and ORIGINS.keys() >= set(order) else []  # their names are too long for its ends
        places = _places(figure, names, language, how, keyed)
        panels = [_Panel(axes, rows[rows["panel"] == name], ticks, how, language) for name, axes in places.items()]
        for panel in panels:
            panel.draw(order)
            panel.name_ticks()
            panel.scale(rows)
        if how.crossing:
            panels[0].mark_crossing(data[data["measure"] == how.crossing])
        if how.axis_along:
            panels[0].axes.set_xlabel(label(how.axis_along, language))
        narrow.lay_out(figure)
        for panel in panels:
            panel.name_lines(named=not keyed and (panel is panels[0] or narrow.on()))
        return figure


def _rows(data: pd.DataFrame, language: str, how: _Options) -> tuple[pd.DataFrame, list[str]]:
    """Give the rows that are drawn, when they belong in one chart, and the panels."""
    by = [*dict.fromkeys(name for name in (how.along, how.series, how.panels) if name)]
    rows = marks.check_drawable(data, by, [how.measure])
    for column in _ONE:
        if column in rows and column not in by and rows[column].notna().any():
            one_value(rows.dropna(subset=[column]), column, where=marks.WHERE)
    if how.along == "period":
        one_period_kind(rows, where=marks.WHERE)
    names = marks.categories(data[data["measure"] == how.measure], how.panels, language) if how.panels else [""]
    for name, present in ((how.only, names), (how.focus, [*names, *rows[how.series]])):
        if name and name not in present:
            raise UnknownNameError("line or panel", name, sorted(set(present)), where=marks.WHERE)
    names = [how.only] if how.only else sorted(names, key=lambda name: name != how.focus)
    if (most := max(len(names), rows[how.series].nunique())) > _MOST_LINES:
        todo = "select the rows that the figure is about, such as one region, its municipalities and the country"
        raise FigureError(f"{most} lines or panels in one chart", f"at most {_MOST_LINES}", todo)
    rows = rows.assign(line=rows[how.series], panel=rows[how.panels] if how.panels else "")
    return rows[rows["panel"].isin(names)], names


def _placed(rows: pd.DataFrame, data: pd.DataFrame, language: str, how: _Options) -> tuple[pd.DataFrame, _Ticks]:
    """Give each row its place along the axis and the number of its piece of line; and what is written at the places."""
    ticks: _Ticks = {}
    if how.along == "period":
        periods = [parse_period(period) for period in rows["period"]]
        x = [one.year + _HALVES.get(one.label[-2:], 0.0) for one in periods]
        ticks = {one.year: marks.school_year(one.label) if "/" in one.label else str(one.year) for one in periods}
    elif pd.api.types.is_numeric_dtype(data[how.along]):
        x = list((100 * rows[how.along].astype("float64")).round(9))
    else:
        names = marks.categories(data[data["measure"] == how.measure], how.along, language)
        x = [float(names.index(name)) for name in rows[how.along]]
        ticks = {float(at): marks.row_name(name, language) for at, name in enumerate(names)}
    numbers = rows[["value", "lower", "upper"]].astype("float64").where(rows["status"] == "shown")
    rows = rows.assign(x=x, **numbers).sort_values("x", kind="stable")
    rows = rows[(rows["status"] == "shown") | (rows["x"] == 0) | bool(ticks)]  # of shares without a figure one says why
    step = np.diff(np.unique(rows["x"])).min(initial=np.inf)
    begins = (rows["status"] != "shown") | (rows.groupby(["panel", "line"])["x"].diff() > 1.5 * step)
    spell = begins.groupby([rows["panel"], rows["line"]]).cumsum()
    passed = np.searchsorted(np.array(sorted(how.breaks)) - 0.5, rows["x"])
    return rows.assign(spell=spell + len(rows) * passed), dict(sorted(ticks.items()))


def _places(figure: "Figure", names: list[str], language: str, how: _Options, keyed: list[str]) -> dict[str, "Axes"]:
    """Make an axes for each panel; narrow, also a key of the lines that are not named at their ends."""
    if narrow.on():
        looks = [(ORIGINS[line], marks.row_name(line, language)) for line in keyed]
        handles = [key_mark(words, color=colour, marker=marker, markersize=8) for (colour, marker), words in looks]
        *panels, below = narrow.grid_of(figure, len(names), handles)
        grid = np.array([[figure.add_subplot(place)] for place in panels])
        key_below(figure.add_subplot(below), handles, 1)
    else:
        columns = {4: 2}.get(len(names), min(len(names), 3))
        grid = figure.subplots(-(-len(names) // columns), columns, sharey=True, squeeze=False)
    for first in grid[:, 0]:
        first.set_ylabel(label(how.axis, language) if how.axis else "")
    for spare in grid.ravel()[len(names) :]:
        spare.remove()
    places = dict(zip(names, grid.ravel(), strict=False))
    for name, axes in places.items():
        axes.set_title(marks.row_name(name, language) if len(names) > 1 else "")
    return places


@dataclass(frozen=True)
class _Panel:
    """One panel: where it is drawn, its rows, what is written along its axis, and how."""

    axes: "Axes"
    rows: pd.DataFrame
    ticks: _Ticks
    how: _Options
    language: str

    @property
    def columns(self) -> int:
        """How many panels stand beside each other."""
        return self.axes.get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]

    def look(self, line: str) -> tuple[str, str, float]:
        """Give the colour, the marker and the width of a line."""
        how = self.how
        if line in ORIGINS:
            return *ORIGINS[line], 3.2 if line == how.focus else 1.8
        if line == how.reference:
            return COLOURS["country"], "o", 2.2
        return (COLOURS["focus"], "D", 3.2) if line == how.focus else (COLOURS["other"], ".", 1.0)

    def draw(self, order: list[str]) -> None:
        """Draw the pieces of the lines, with their intervals; the line in focus on top."""
        import seaborn as sns

        axes, how, shown = self.axes, self.how, self.rows[self.rows["status"] == "shown"]
        order = sorted((line for line in order if line in set(shown["line"])), key=lambda line: line == how.focus)
        colours, markers, widths = ({line: self.look(line)[part] for line in order} for part in range(3))
        look: Any = {"palette": colours, "markers": markers, "sizes": widths, "hue_order": order}
        dashed = how.reference if how.reference != how.focus and len(order) > 1 else ""
        look["dashes"] = {line: (4, 1.5) if line == dashed else "" for line in order}
        if order:
            sns.lineplot(shown, ax=axes, markersize=8 if self.ticks else 0, **_COLUMNS, **_AS_GIVEN, **look)
            axes.set(xlabel="", ylabel=axes.get_ylabel())
        pieces = [part for line in order for _, part in shown[shown["line"] == line].groupby("spell")]
        for drawn, part in zip(axes.lines, pieces, strict=True):  # seaborn draws them in this order
            drawn.set_gid("\n".join(self._words(row) for _, row in part.iterrows()) if self.ticks else None)
        for (line, _), part in shown.groupby(["line", "spell"], sort=False):
            if how.intervals == "band":
                axes.fill_between(part["x"], part["lower"], part["upper"], color=colours[line], alpha=0.2, linewidth=0)
            elif how.intervals == "line":
                axes.vlines(part["x"], part["lower"], part["upper"], color=colours[line], linewidth=1.6)
        number_axis(axes.yaxis, self.language)
        axes.grid(axis="y", visible=True)

    def _words(self, row: pd.Series) -> str:
        codes = dict.fromkeys([row["line"], row["panel"], marks.school_year(str(row[self.how.along]))])
        return marks.value_words([*codes], row, self.language, 1)

    def name_ticks(self) -> None:
        """Write what stands along the axis, as often as there is room, and below it the lines that have no figure there."""
        ticks = self.ticks
        if not ticks:
            number_axis(self.axes.xaxis, self.language)
            return
        across = 0.8 * narrow.WIDTH if narrow.on() else 0.7 * WIDTH
        room = int(across * 72 / self.columns / len(ticks) / _LETTER)  # letters
        wrapped = {x: narrow.wrapped(fill(ticks[x], max(room, _ROOMY)), max(room, _ROOMY // 2)) for x in ticks}
        longest = max(len(line) for words in wrapped.values() for line in words.split("\n"))  # letters
        often = -(-(longest + 2) // max(room, 1)) if room < _ROOMY else 1
        written = {x: wrapped[x] for x in list(ticks)[::-1][::often]}
        rows = self.rows  # the last of a line is named at its end
        hidden = rows[(rows["status"] != "shown") & rows.duplicated("line", keep="last")]
        said = {float(x): self._hidden(part) for x, part in hidden.groupby(hidden["x"].round())}
        if room < _ROOMY:
            words = "; ".join(f"{ticks[x]} {words}" for x, words in said.items())
            self.axes.set_xlabel(fill(words, room * len(ticks)))
        else:
            written |= {x: f"{ticks[x]}\n{fill(words, room)}" for x, words in said.items()}
        self.axes.set_xticks(list(written), list(written.values()))

    def _hidden(self, rows: pd.DataFrame) -> str:
        """Say in words which lines have no figure, by the reason why."""
        said = []
        for reason, part in rows.groupby("status"):
            names = ", ".join(marks.row_name(line, self.language) for line in part["line"])
            many = label("point_many", self.language).format(count=len(part))
            said.append(f"{many if len(part) > _MOST else names}: {label(str(reason), self.language)}")
        return "; ".join(said)

    def scale(self, rows: pd.DataFrame) -> None:
        """Give the panel the axes of all panels, from zero, with room for the words at the breaks."""
        from matplotlib.ticker import MaxNLocator

        axes, breaks = self.axes, self.how.breaks
        ends = rows[["value", "lower", "upper"] if self.how.intervals else ["value"]].unstack().dropna()
        low, high = min([*ends, 0.0]), max([*ends, 0.0]) if len(ends) else 1.0
        left, right = (rows["x"].min(), rows["x"].max()) if len(rows) else (0.0, 1.0)
        edge, side = 0.06 * (high - low), 0.035 * (right - left) or 0.5
        ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
        axes.set_yticks([tick for tick in ticks if low - edge <= tick <= high + edge])
        axes.set_ylim(low - edge if low < 0 else 0, high + edge + (0.25 * high if breaks and not narrow.on() else 0))
        axes.set_xlim(left - side, right + side)
        if low < 0:
            axes.axhline(0, color=COLOURS["reference"], linewidth=1.2)
        told = {year: label(f"break_{year}", self.language) for year in breaks if left < year <= right}
        for year, words in told.items():
            self._upright(year - 0.5, "-", "" if narrow.on() else words)
        if narrow.on() and told:
            said = [axes.get_xlabel(), *map(narrow.wrapped, told.values())]
            axes.set_xlabel("\n".join(filter(None, said)), loc="left")

    def _upright(self, x: float, dashes: str, words: str) -> None:
        """Draw an upright line with words at its top."""
        quiet = COLOURS["quiet_text"]
        self.axes.axvline(x, color=quiet, linewidth=1.2, linestyle=dashes, zorder=1)
        marks.note(self.axes, words, (x, 1), (4, 0), xycoords=self.axes.get_xaxis_transform(), va="top", color=quiet)

    def mark_crossing(self, tips: pd.DataFrame) -> None:
        """Mark the share at which the line in focus is zero, and say it."""
        how, language = self.how, self.language
        self._upright(0, ":", label("as_reported", language))
        tips = tips[(tips["status"] == "shown") & (tips[how.series] == how.focus)]
        for share in tips.loc[tips[how.panels] == how.only if how.only else tips.index, "value"]:
            self.axes.plot([100 * share], [0], marker="D", color=COLOURS["country"], markersize=10, zorder=5)
            amount, side = format_number(abs(100 * share), language), "too low" if share > 0 else "too high"
            words = f"{label('no_difference_at', language)} {amount}% {label(side, language)}"
            marks.note(self.axes, words, (100 * share, 0), (9, 3), weight="bold", va="bottom")

    def name_lines(self, *, named: bool) -> None:
        """Name each line at its end, apart just enough that no name covers another; when they do not fit, the main ones."""
        bottom, top = self.axes.get_ylim()
        height = round(self.axes.get_window_extent().height / self.axes.figure.dpi * 72, 1)  # points
        ends = [self._end(str(line), part, bottom, named) for line, part in self.rows.groupby("line", sort=False)]
        ends.sort(key=lambda end: end[0])
        sizes = _LINE * (top - bottom) / height * np.array([1 + end[-1].count("\n") for end in ends])
        if sizes.sum() > top - bottom:
            kept = [end[2] in (self.how.focus, self.how.reference) for end in ends]
            ends, sizes = [end for end, keep in zip(ends, kept, strict=True) if keep], sizes[kept]
        edge, values = self.axes.get_xlim()[1], np.array([end[0] for end in ends])
        heights = marks.moved_apart(values, sizes, bottom, top) if ends else values
        for (value, x, line, dashes, words), at in zip(ends, heights, strict=True):
            colour, _, thick = self.look(line)
            self.axes.plot([x, edge], [value, at], dashes, color=colour, linewidth=0.8, clip_on=False, zorder=1)
            text: Any = {"weight": "bold" if thick > 2 and named else "normal", "va": "center", "linespacing": 1.0}
            text["color"] = COLOURS["quiet_text" if thick == 1 else "text"]
            marks.note(self.axes, words, (edge, at), (3, 0), **text)

    def _end(self, line: str, part: pd.DataFrame, bottom: float, named: bool) -> tuple[float, float, str, str, str]:
        """Give the height and the place where a line ends, its name, the dashes that lead to its words, and these."""
        last, shown = part.iloc[-1], part[part["status"] == "shown"]
        name, hidden = marks.row_name(line, self.language) if named else "", last["status"] != "shown"
        number = format_number(last["value"], self.language, 1) if self.ticks and not hidden else ""
        words = f"{number} {name}".strip()
        if hidden:
            words = f"{name}: {label(last['status'], self.language)}".lstrip(": ")
        value, x = (shown["value"].iloc[-1], shown["x"].iloc[-1]) if len(shown) else (bottom, np.nan)
        words = narrow.wrapped(fill(words, 28 if self.columns == 1 else 21, break_on_hyphens=False), 16)
        return value, x, line, ":" if hidden else "-", words
