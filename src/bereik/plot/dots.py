"""Chart: a dot with its interval in each row, beside a line that means no difference, in one or more panels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bereik.categories import check_known
from bereik.codelists.names import capital, format_number, label
from bereik.plot import marks, narrow
from bereik.plot.style import COLOURS, HOLLOW, ORIGINS, SHAPES, key_below, key_mark, new_figure, number_axis, style
from bereik.suppress import REST
from bereik.tables import one_value, require_columns, require_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_Codes = tuple[str, ...]  # the codes that name a row or a panel
_BODY, _KEY_LINE = 3.0, 0.26  # inches
_GAP = 0.45  # lines between rows that hold more than one value
_ACROSS, _LETTERS = 90, 150  # letters across the figure: of titles, of the key
_SHORT = 10  # letters of a name that stands beside its row in a narrow figure too
_THIN = 0.3  # lines for a row without a name in a narrow figure
_DIGIT, _COMMA = 7.7, 3.9  # points
_BAR: dict[str, Any] = {"color": COLOURS["bar"], "linewidth": 20.0, "solid_capstyle": "butt", "zorder": 0.9}


@dataclass(frozen=True, kw_only=True)
class _Options:
    """How a chart is drawn; see `dots`."""

    rows: str | Sequence[str]
    measures: Sequence[str]
    panels: str | Sequence[str] = ()
    series: str = ""
    headings: str = ""
    only: Mapping[str, Any] = field(default_factory=dict)
    order: Literal["", "own", "value"] = ""
    last: Sequence[str] = ()
    focus: Mapping[str, str] = field(default_factory=dict)
    others: str = ""
    line: float | None = None
    ends: Sequence[str] = ()
    band: Sequence[str] = ()
    behind: str = ""
    rounding: bool = False
    axis: str = ""
    own_axis: bool = False
    limits: Sequence[float] = ()
    decimals: int = 2
    beside: Mapping[str, Any] = field(default_factory=dict)
    interval: str = "interval"
    wide: bool = False
    width: int = 28

    @property
    def cloud(self) -> bool:
        """Whether all values of a row share its height, and one of them stands out."""
        return bool(self.series) and self.series in self.focus


def dots(data: pd.DataFrame, language: str, **options: Any) -> "Figure":
    """Draw values with their intervals: a row for each category, a panel for each selection, a mark for each series.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    language : {"nl", "en"}
        The language of labels and numbers.
    **options
        *What is drawn.* ``rows`` and ``panels``: the column, or list of columns, that makes them. ``measures``: a list.
        ``series``: the column whose values share a row, each with its own mark. ``headings``: a column that puts rows under
        headings. ``only``: for each column the value or list of values that is drawn; with ``line`` there is a column
        ``clear``, which says whether the whole interval is on one side: ``clearly_below``, ``clearly_above``, ``not_clear``,
        ``not_shown``. ``order``: "own" when each panel has its own rows, "value" when it has them from low to high. ``last``:
        rows that stand below a thin line.

        *What stands out.* ``focus``: column and value of the rows that do. ``others``: the label of those that do not, which
        are not named then. With the column of the series in focus, a row is a cloud of dots and one that stands out.

        *The axis.* ``line``: the value that means no difference; without it the axis begins at 0. ``ends``: the labels of its
        two sides. ``band``: the measure of a band behind the dots and of a dotted line. ``behind``: the measure of a bar behind
        the dots of a row. ``rounding``: whether a dot without an interval has a line for what rounding allows. ``axis``: its
        label; else the unit of the table. ``own_axis``: whether each panel has its own. ``limits``: where it ends; what lies
        beyond is a triangle.

        *Words.* ``decimals`` of the numbers right of a panel. ``beside``: words in their place, by ``measure``, and by
        ``code``, the columns that make the code of a label with ``{value}``, ``{lower}``, ``{upper}``, ``{numerator}`` and
        ``{denominator}``. ``interval``: the label of the line of a dot; ``wide``: it is thick, a range and no interval.
        ``width``: the most letters in a line of the name of a row.

    Returns
    -------
    matplotlib.figure.Figure
        What is hidden or absent is a word in its place, or is counted in words below rows that are not named.

    Raises
    ------
    UnknownNameError
        When an option is unknown, or no row is in focus.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2021", "2022"], "measure": "rate_ratio", "value": [0.9, 1.1], "lower": [0.8, 1.0],
    ...                       "upper": [1.0, 1.2], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = dots(result_table(frame, ["period"]), "en", rows="period", measures=["rate_ratio"], line=1)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.90', '1.10']
    """
    how = marks.read_options(_Options, options, "dots")
    table = _Table(data, language, how)
    handles = _handles(table)
    columns = _columns([len(str(handle.get_label())) + 8 for handle in handles])
    across = narrow.ACROSS - 4 if narrow.on() else _ACROSS // len(table.shown)
    with style():
        figure, key = new_figure(), _KEY_LINE * -(-len(handles) // columns)
        *grid, below = narrow.grid_of(figure, len(table.shown), handles, height_ratios=[_BODY, key], wspace=0.06)
        for panel, place in zip(table.shown, grid, strict=True):
            axes = figure.add_subplot(place)
            _draw_panel(axes, table, panel)
            title = marks.row_name(panel, language, width=across) + table.focus_words(panel)
            axes.set_title(title, pad=24 if how.ends else 8)
        key_below(figure.add_subplot(below), handles, columns)
        return figure


class _Table:
    """The rows that are drawn, by panel, row and series."""

    def __init__(self, data: pd.DataFrame, language: str, how: _Options) -> None:
        self.how, self.language = how, language
        self.rows, self.panels = _listed(how.rows), _listed(how.panels)
        self.chosen = _chosen(data, how)
        columns = [*self.panels, *self.rows, how.series, how.headings, *how.focus]
        self.by = [column for column in dict.fromkeys(columns) if column not in ("", "measure")]
        self.drawn = marks.check_drawable(self.chosen, self.by, how.measures)
        self.focus = pd.Series(bool(how.focus), index=self.drawn.index)
        for column, value in how.focus.items():
            self.focus &= self.drawn[column] == value
        self.named = how.cloud or not how.others
        shown = self.drawn.loc[self.drawn["status"] == "shown", "value"]
        numbers = [format_number(value, language, how.decimals) for value in shown]
        self.shown = self.keys(self.panels, self.drawn)
        names = [marks.row_name(key, language) for key in self.keys(self.rows, self.drawn)]
        self.above = narrow.on() and self.named and max(map(len, names)) > _SHORT
        self.across = max((sum(_COMMA if mark in ".," else _DIGIT for mark in text) for text in numbers), default=0.0)

    def keys(self, columns: list[str], rows: pd.DataFrame) -> list[_Codes]:
        """List the panels, or the rows, that some rows of the table make, in their order."""
        if len(columns) != 1:
            return list(dict.fromkeys(rows[columns].itertuples(index=False, name=None))) or [()]
        (column,) = columns
        wanted = self.how.measures if column == "measure" else self.how.only.get(column)
        if not isinstance(wanted, list):
            wanted = marks.categories(self.chosen.loc[rows.index], column, self.language)
        return [(name,) for name in wanted if name in set(rows[column])]

    def series(self, rows: pd.DataFrame) -> list[str]:
        """List the series in some rows, in their order; one without a name when there are none."""
        if not self.how.series or self.how.cloud:
            return [""]
        return [name for (name,) in self.keys([self.how.series], rows)]

    def words(self, row: pd.Series) -> str:
        """Say which row, series and panel a mark is of, with its value and its interval."""
        columns = dict.fromkeys([*self.rows, self.how.series, *self.panels])
        return marks.value_words([str(row[one]) for one in columns if one], row, self.language, self.how.decimals)

    def number(self, row: pd.Series) -> str:
        """Write the number of a row, or the words that stand in its place."""
        if not self.how.beside:
            return format_number(row["value"], self.language, self.how.decimals)
        told = _of(self.chosen[self.chosen["measure"] == self.how.beside["measure"]], self.by, tuple(row[self.by]))
        if told.empty or told["status"].iloc[0] != "shown":
            return ""
        one, decimals = told.iloc[0], dict.fromkeys(("value", "lower", "upper"), self.how.decimals)
        decimals |= {"numerator": 0, "denominator": 0}
        numbers = {name: format_number(one[name], self.language, places) for name, places in decimals.items()}
        return label(" ".join(one[self.how.beside["code"]].astype("str")), self.language).format(**numbers)

    def focus_words(self, panel: _Codes) -> str:
        """Name what stands out among rows that are not named, with its number, or what is said instead."""
        if self.named:
            return ""
        rows = _of(self.drawn[self.focus], self.panels, panel)
        name = capital(label(next(iter(self.how.focus.values())), self.language))
        status = marks.status_of(rows)
        said = f" {self.number(rows.iloc[0])}" if status == "shown" else f": {label(status, self.language)}"
        return f"\n{name}{said}"


@dataclass
class _Places:
    """The height of each row of a panel, in lines from the top, which series it holds, and the words above rows."""

    series: Mapping[_Codes, list[str]]
    heights: dict[_Codes, float] = field(default_factory=dict)
    words: dict[float, tuple[str, str]] = field(default_factory=dict)
    rule: float | None = None
    end: float = 0.0

    def write(self, words: str, weight: str) -> None:
        """Give words lines of their own."""
        lines = words.count("\n") + 1
        self.words[self.end + lines / 2] = words, weight
        self.end += lines


def _places(table: _Table, rows: pd.DataFrame) -> _Places:
    """Put the rows of a panel below each other: those of a heading together, the last ones below a line."""
    how = table.how
    own = rows if how.order else table.drawn
    keys = table.keys(table.rows, own)
    if how.order == "value":
        own = own if table.named else own[own["status"] == "shown"]  # hidden ones without a name are counted in words
        ranked = own.sort_values(["value", *table.rows], kind="stable")
        keys = list(dict.fromkeys(ranked[table.rows].itertuples(index=False, name=None)))
    held = {key: _of(own, table.rows, key) for key in keys}
    under = {key: str(held[key][how.headings].iloc[0]) if how.headings else "" for key in keys}
    order = list(dict.fromkeys(under.values()))
    keys.sort(key=lambda key: (key[0] in how.last, order.index(under[key])))
    order = [heading for heading in order if heading]
    places = _Places({key: table.series(held[key]) for key in keys})
    gap = _GAP if table.above or max(map(len, places.series.values()), default=1) > 1 else 0
    for key in keys:
        if key[0] in how.last and places.rule is None:
            places.rule = places.end - gap / 2
        if under[key] in order:
            order.remove(under[key])
            places.write(narrow.wrapped(capital(label(under[key], table.language)), narrow.ACROSS - 3), "bold")
        if table.above:
            told = held[key][table.focus[held[key].index] | (not how.cloud)] if how.beside else held[key][:0]
            words = [marks.row_name(key, table.language, width=narrow.ACROSS)]
            words += [table.number(row) for _, row in told.iterrows()]
            places.write("\n".join(filter(None, words)), "normal")
        lines = len(places.series[key]) if table.named or not narrow.on() else _THIN
        places.heights[key] = places.end + lines / 2
        places.end += lines + gap
    return places


def _listed(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) and columns else list(columns)


def _of(rows: pd.DataFrame, columns: list[str], codes: Sequence[str]) -> pd.DataFrame:
    """Take the rows with these codes."""
    for column, code in zip(columns, codes, strict=True):
        rows = rows[rows[column].astype("str") == code]
    return rows


def _chosen(data: pd.DataFrame, how: _Options) -> pd.DataFrame:
    """Take the rows that are drawn, and those that say something of them."""
    require_columns(data, ["status", "lower", "upper", *how.focus], where=marks.WHERE)
    require_numbers(data, ["lower", "upper"])
    data = data.reset_index(drop=True)
    for end in ("lower", "upper") if how.rounding else ():
        data[end] = data[end].fillna(data[f"{end}_rounding"])
    if how.line is not None:
        limits = data[["lower", "upper"]].astype("float64")
        hidden = (data["status"] != "shown") | limits.isna().any(axis=1)
        sides = [hidden, limits["upper"] < how.line, limits["lower"] > how.line]
        data = data.assign(clear=np.select(sides, ["not_shown", "clearly_below", "clearly_above"], "not_clear"))
    require_columns(data, [*how.only], where=marks.WHERE)
    for column, wanted in how.only.items():
        data = data[data[column].astype("str").isin(wanted if isinstance(wanted, list) else [wanted])]
    for column, value in how.focus.items() if how.others else ():
        check_known(column, value, sorted(set(data[column])), where=marks.WHERE)
    return data


def _look(how: _Options, codes: Sequence[str], *, focus: bool = False) -> dict[str, Any]:
    """Choose colour, shape, filling and size of a mark: those of the origin among its codes, and of its series."""
    colour, shape = next((ORIGINS[code] for code in codes if code in ORIGINS), (COLOURS["reference"], "o"))
    shape = "o" if how.series not in ("", "origin") else shape
    shape, size, thick = next((SHAPES[code] for code in codes if code in SHAPES), shape), 8.0, 2.0
    if how.focus:
        colour = COLOURS["focus" if focus else "other"]
    if how.others:
        shape, size, thick = ("D", 10.0, 2.6) if focus else ("o", 4.5, 1.0)
    face = "white" if any(code in HOLLOW for code in codes) else colour
    line = {"color": colour, "linewidth": thick, "zorder": 4 if focus else 3, "linestyle": ""}
    return line | {"marker": shape, "markersize": size, "markerfacecolor": face}


def _draw_panel(axes: "Axes", table: _Table, panel: _Codes) -> None:
    how, rows = table.how, _of(table.drawn, table.panels, panel)
    places = _places(table, rows)
    _draw_axis(axes, table, panel, places)
    behind = _of(table.chosen[table.chosen["measure"] == how.behind], table.panels, panel)
    for codes, height in places.heights.items():
        own = _of(rows, table.rows, codes)
        for low, high in _of(behind, table.rows, codes)[["lower", "upper"]].itertuples(index=False, name=None):
            words = f"mark:{marks.row_name(codes, table.language)}; {label(how.behind, table.language)}: "
            words += marks.range_words(low, high, table.language, how.decimals)
            axes.plot([low, high], [height] * 2, gid=words, **_BAR)
        if how.cloud:
            _draw_cloud(axes, table, own[~table.focus[own.index]], height)
            own = own[table.focus[own.index]]
        if own.empty and REST in codes:  # there is no rest here
            continue
        statuses = set(own["status"]) or {"not_published"}
        if len(statuses) == 1 and statuses != {"shown"}:
            marks.hidden_word(axes, statuses.pop(), height, table.language)
            continue
        for at, one in enumerate(places.series[codes]):
            line = height + at - (len(places.series[codes]) - 1) / 2
            for _, row in (own if one == "" else own[own[how.series] == one]).iterrows():
                _draw_mark(axes, table, row, line, _look(how, [*codes, one], focus=bool(table.focus[row.name])))
    _name_rows(axes, table, places, shown=panel == table.shown[0] or bool(how.order) or narrow.on())


def _draw_mark(axes: "Axes", table: _Table, row: pd.Series, height: float, look: Mapping[str, Any]) -> None:
    """Draw one value with its interval, and its number or words right of the panel; a hidden one is a word."""
    if row["status"] != "shown":
        marks.hidden_word(axes, str(row["status"]), height, table.language)
        return
    line: dict[str, Any] = {name: look[name] for name in ("color", "linewidth", "zorder")}
    if table.how.wide:
        line |= {"linewidth": 12.0, "alpha": 0.45}
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        axes.plot([row["lower"], row["upper"]], [height] * 2, solid_capstyle="butt", **line)
    axes.plot(np.clip([row["value"]], *axes.get_xlim()), [height], gid=table.words(row), **look)
    if table.named and not (table.above and table.how.beside):
        number, weight = not table.how.beside, "bold" if table.focus[row.name] and not table.how.cloud else "normal"
        place: Any = {"xycoords": axes.get_yaxis_transform(), "ha": "right" if number else "left", "va": "center"}
        away = (10 + number * table.across, 0)
        marks.note(axes, table.number(row), (1, height), away, **place, linespacing=1.25, weight=weight)


def _draw_cloud(axes: "Axes", table: _Table, rows: pd.DataFrame, height: float) -> None:
    """Draw the values that do not stand out as small dots, moved up and down so that none covers another."""
    rows = rows[rows["status"] == "shown"].sort_values("value", kind="stable")
    values, words = rows["value"].to_numpy(dtype="float64"), np.array([table.words(row) for _, row in rows.iterrows()])
    heights = height + 0.14 * (np.arange(len(values)) % 5 - 2)
    low, high = table.how.limits or (-np.inf, np.inf)
    shapes = np.select([values < low, values > high], ["<", ">"], "o")
    look: Any = {"markersize": 7, "linestyle": "", "clip_on": False, "color": COLOURS["other"]}
    look |= {"markeredgecolor": "white", "markeredgewidth": 0.5}
    for shape in dict.fromkeys(shapes):
        chosen = shapes == shape
        axes.plot(values[chosen].clip(low, high), heights[chosen], gid="\n".join(words[chosen]), marker=shape, **look)


def _draw_axis(axes: "Axes", table: _Table, panel: _Codes, places: _Places) -> None:
    from matplotlib.ticker import MaxNLocator

    how = table.how
    rows = _of(table.chosen, table.panels, panel)
    axes.set_xlim(*_limits(rows if how.own_axis else table.chosen, how))
    axes.set_ylim(places.end + 0.1, -0.1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if len(table.panels) == 0 else 4, steps=[1, 2, 2.5, 5, 10]))
    number_axis(axes.xaxis, table.language)
    axes.grid(axis="x", visible=True)
    upright: dict[str, Any] = {"color": COLOURS["reference"], "zorder": 1}
    if how.line is not None:
        axes.axvline(how.line, linewidth=1.3, **upright)
    for code, place, side in zip(how.ends, (0, 1), ("left", "right"), strict=False):
        look: Any = {"xycoords": "axes fraction", "ha": side, "color": COLOURS["quiet_text"]}
        marks.note(axes, label(code, table.language), (place, 1), (0, 5), **look)
    if places.rule is not None:
        axes.axhline(places.rule, color=COLOURS["other"], linewidth=0.8, zorder=0)
    for at, measure in enumerate(how.band):
        for _, row in rows[(rows["measure"] == measure) & rows["lower"].notna()].iterrows():
            if at == 0:
                axes.axvspan(row["lower"], row["upper"], color=COLOURS["band"], linewidth=0, zorder=0)
            else:
                axes.axvline(row["value"], linestyle=":", linewidth=1.6, **upright)
    _write_axis(axes, table, panel)


def _write_axis(axes: "Axes", table: _Table, panel: _Codes) -> None:
    """Name the axis below the panels, or its unit below each, and count what is hidden among rows without names."""
    from matplotlib.transforms import blended_transform_factory

    how, language = table.how, table.language
    rows = _of(table.drawn, table.panels, panel)
    words = label(how.axis, language) if how.axis and panel == table.shown[-1 if narrow.on() else 0] else ""
    words += f"; {label('own_scale', language)}" if words and how.own_axis else ""
    if not how.axis and rows["per"].notna().any():
        per = str(one_value(rows[rows["per"].notna()], "per", where=marks.WHERE)).removesuffix(" persons")
        words = label("per_number", language).format(number=format_number(int(per), language)) if per.isdigit() else per
    # the words stand here; they may be longer than a wide panel, so the layout must not see them there
    lines = [narrow.wrapped(words) if narrow.on() else " "]
    hidden = rows.loc[rows["status"] != "shown", "status"].value_counts().sort_index(kind="stable")
    for status, count in hidden.items() if not table.named else ():
        regions = label("region_one" if count == 1 else "region_many", language)
        lines.append(f"{regions.format(count=format_number(count, language))} {label(str(status), language)}")
    axes.set_xlabel("\n".join(filter(None, lines)), loc="left")
    across = blended_transform_factory(axes.figure.transFigure, axes.transAxes)
    whole = bool(how.axis and table.panels)  # from the left edge of the figure on
    if words and not narrow.on():
        place: Any = {"xycoords": across if whole else "axes fraction", "va": "top"}
        marks.note(axes, words, (0.0225 if whole else 0, 0), (0, -24), **place).set_in_layout(False)


def _limits(rows: pd.DataFrame, how: _Options) -> tuple[float, float]:
    """Find where an axis ends: every value and band whole, and 0 or the line; the ends of very long intervals may be cut."""
    if how.limits:
        return how.limits[0], how.limits[1]
    band = rows[rows["measure"].isin([*how.band, how.behind])]
    shown = rows[rows["measure"].isin(how.measures) & (rows["status"] == "shown")]
    zero = 0.0 if how.line is None else how.line
    marks = [zero, *shown["value"], *band["lower"].dropna(), *band["upper"].dropna()]
    low, high = min(marks), max(marks)
    room = high - low or 1.0
    low = max(min([low, *shown["lower"].dropna()]), low - room)
    high = max(min(max([high, *shown["upper"].dropna()]), high + room), low + 0.1 * room)
    edge = 0.05 * (high - low)
    if how.line is None:
        return 0.0, high + edge
    return (max(low - edge, 0.0) if how.line == 1 else low - edge), high + edge


def _name_rows(axes: "Axes", table: _Table, places: _Places, *, shown: bool) -> None:
    """Write the names of rows and headings left of the first panel, or of each that has its own rows; narrow, above rows."""
    beside = table.named and not table.above
    names = [marks.row_name(codes, table.language, width=table.how.width) for codes in places.heights] if beside else []
    heights, headings = [*places.heights.values()][: len(names)], {} if narrow.on() else places.words
    said = [*names, *(words for words, _ in headings.values())]
    axes.set_yticks([*heights, *headings], [text if shown else "" for text in said])
    for words in axes.get_yticklabels()[len(names) :]:
        words.set_fontweight("bold")
    for height, (text, weight) in places.words.items() if narrow.on() else ():
        marks.words_across(axes, 0, height, text, weight=weight, zorder=2)
    axes.tick_params(axis="y", length=0)


def _columns(letters: list[int]) -> int:
    """Find in how many columns the key fits across the figure."""
    wide = {columns: sum(map(max, np.array_split(letters, columns))) for columns in range(len(letters), 1, -1)}
    return next((columns for columns in wide if wide[columns] <= _LETTERS), 1)


def _handles(table: _Table) -> list[Any]:
    """Explain the marks: each series, what stands out and what does not, the band, the line of a dot."""
    from matplotlib.patches import Patch

    how, language = table.how, table.language
    handles: list[Any] = []
    series = table.series(table.drawn)
    for one in series if len(series) > 1 else ():
        handles.append(key_mark(marks.row_name(one, language), **_look(how, [one])))
    if how.others:
        name = capital(label(next(iter(how.focus.values())), language))
        for words, focus in ((name, True), (label(how.others, language), False)):
            handles.append(key_mark(words, **_look(how, [], focus=focus)))
    if (table.drawn["status"].eq("shown") & table.drawn["lower"].notna()).any():
        colour = COLOURS["other" if how.others or how.wide else "reference"]
        thick: dict[str, Any] = {"linewidth": 11.0, "alpha": 0.45} if how.wide else {"linewidth": 2.0}
        handles.append(key_mark(label(how.interval, language), color=colour, solid_capstyle="butt", **thick))
    if how.behind:
        handles.append(key_mark(label(how.behind, language), **_BAR))
    banded = table.chosen.loc[table.chosen["lower"].notna(), "measure"]
    for measure in banded[banded.isin(how.band[:1])].unique():
        handles.append(Patch(color=COLOURS["band"], label=label(measure, language)))
    for measure in how.band[1:]:
        handles.append(key_mark(label(measure, language), linestyle=":", color=COLOURS["reference"]))
    return handles
