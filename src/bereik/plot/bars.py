"""Chart: bars from zero, beside each other or stacked to 100 per cent, and bars in steps that add up to a total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, format_number, label
from bereik.errors import InvalidTableError
from bereik.plot import marks, narrow
from bereik.plot.style import COLOURS, ORIGINS, SERIES, key_below, new_figure, number_axis, scale_from_zero, style
from bereik.tables import require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch


_THICK = 0.74  # of a line
_SMALLEST = 3.5  # per cent: no number in a narrower part
_ROOM = 1.25  # of the longest bar, for the numbers beside them
_PICTURE = 0.66  # of the width in a chart of steps; the numbers stand in the rest
_ROUNDING = 1e-6
_HATCHED: Any = {"facecolor": "white", "hatch": "////", "edgecolor": "#8A8A8A"}
_LINE: Any = {"color": COLOURS["country"], "linewidth": 1.6}


@dataclass(frozen=True, kw_only=True)
class _Options:
    """How a chart is drawn; see `bars`."""

    rows: str
    series: str
    measures: Sequence[str]
    axis: str | Mapping[str, str]
    panels: str = ""
    kind: Literal["beside", "stacked", "steps"] = "beside"
    total: str = ""
    ends: Sequence[str] = ()
    only: Mapping[str, str] = field(default_factory=dict)
    names: str = ""
    decimals: Mapping[str, int] = field(default_factory=dict)


def bars(data: pd.DataFrame, language: str, **options: Any) -> "Figure":
    """Draw a bar for each row of a result table: rows below each other, panels from left to right.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    language : {"nl", "en"}
        The language of labels and numbers.
    **options
        *What is drawn.* ``rows``: the column that makes the rows. ``series``: the column that makes the bars within a row;
        those with a colour of their own stand in a key, the others are named beside their bars. ``measures``: a list.
        ``panels``: the column that makes the panels. ``only``: columns, and the one value of each that is drawn.

        *How.* ``kind``: "beside", bars with their intervals; "stacked", parts of 100; or "steps", bars that begin where the
        one before ended. ``total``: of steps, the one that the others add up to.

        *Words.* ``axis``: the code of the words at the axis, or one for each measure. ``ends``: of steps, the codes of the
        words left and right of zero. ``names``: the names of the rows are the labels that begin so; numbers of the row may
        stand in them. ``decimals``: by measure; none when not given.

    Returns
    -------
    matplotlib.figure.Figure
        Panels of the same unit have the same axis. A hidden value is a word; among parts of 100 it is a hatched part.

    Raises
    ------
    UnknownNameError
        When an option, or the kind, is unknown.
    InvalidTableError
        When steps do not add up to their total, or a row occurs twice.
    FigureError, MissingColumnError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Delft", "referrer": ["via_gp", "via_nobody"], "measure": "referral_share",
    ...                       "value": [70.0, 30.0], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = bars(result_table(frame, ["region", "referrer"]), "en", rows="region", series="referrer",
    ...               measures=["referral_share"], axis="axis_referral_share", kind="stacked")
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [70.0, 30.0]
    """
    how = marks.read_options(_Options, options, "bars")
    drawn, (rows, series, panels) = _drawn(data, language, how)
    with style():
        figure, first, handles = new_figure(), None, _explained(drawn, series, how, language)
        *grid, below = narrow.grid_of(figure, len(panels), handles, height_ratios=[12, 1] if handles else [1, 0.001])
        for column, place in enumerate(panels):
            axes, here = figure.add_subplot(grid[column]), drawn[drawn["panel"] == place]
            panel = _Panel(axes, here, _present(rows, here["row"]), _present(series, here["bar"]), how, language)
            first = first or panel
            panel.draw(first)
            panel.scale(drawn[drawn["per"].isin(here["per"])])
            axes.set_zorder(len(panels) - column)  # the name of a row may be longer than its panel
            axes.set_title(marks.row_name(place, language, width=34) if place else "")
        deepest = max(axes.get_ylim()[0] for axes in figure.axes)
        for axes in () if narrow.on() else figure.axes:
            axes.set_ylim(bottom=deepest)
        if handles:
            key_below(figure.add_subplot(below), handles, len(handles) if len(handles) < 5 else 3)
        return figure


def _drawn(data: pd.DataFrame, language: str, how: _Options) -> tuple[pd.DataFrame, list[list[str]]]:
    """Give what is drawn, with its row, bar, panel and where it begins; and the rows, series and panels in their order."""
    require_columns(data, [how.rows, how.series, *how.only], where=marks.WHERE)
    for column, value in how.only.items():
        data = data[data[column].astype("str") == value]
    data = data.reset_index(drop=True)
    by = [how.rows, how.series, *filter(None, [how.panels])]
    drawn = marks.check_drawable(data, by, how.measures)
    order = [marks.categories(data.loc[drawn.index], name, language) for name in by] + ([] if how.panels else [[""]])
    if how.rows == "region":  # by the alphabet, the country last
        order[0] = sorted(marks.by_alphabet(order[0], language), key=lambda name: name == "Nederland")
    order[1].sort(key=lambda code: code == how.total)
    drawn = drawn.assign(row=drawn[how.rows], bar=drawn[how.series], panel=drawn[how.panels] if how.panels else "")
    return drawn.assign(begin=_begins(drawn, how.total) if how.kind == "steps" else 0.0), order


def _present(codes: Sequence[str], column: pd.Series) -> list[str]:
    return [code for code in codes if code in set(column)]


def _begins(rows: pd.DataFrame, total: str) -> pd.Series:
    """Find where each step begins, and refuse steps that do not add up to the total."""
    parts, groups = rows[rows["bar"] != total], ["panel", "row"]
    whole = rows[rows["bar"] == total].set_index(groups)["value"]
    off = (parts.groupby(groups)["value"].sum(min_count=1) - whole).abs() / (1 + whole.abs())
    wrong = off.index[off > _ROUNDING]
    if len(wrong):
        fault = f"steps that do not add up to {total} for {' '.join(wrong[0]).strip()}"
        raise InvalidTableError(fault, "all parts of a whole", "give the whole result, and select with `only`")
    return (parts.groupby(groups)["value"].cumsum() - parts["value"]).reindex(rows.index, fill_value=0.0)


def _explained(drawn: pd.DataFrame, series: Sequence[str], how: _Options, language: str) -> list["Patch"]:
    """Explain the colours that have no name beside them; bars in different panels may share one."""
    from matplotlib.patches import Patch

    names: dict[str, list[str]] = {}
    for code in series if how.kind != "steps" else ():
        if code in SERIES:
            names.setdefault(SERIES[code], []).append(label(code, language))
    handles = [Patch(facecolor=colour, label=capital(", ".join(words))) for colour, words in names.items()]
    if how.kind == "stacked" and (drawn["status"] != "shown").any():
        handles.append(Patch(label=capital(label("not_published", language)), **_HATCHED))
    return handles


def _lighter(colour: str) -> list[float]:
    from matplotlib.colors import to_rgb

    return [1 - 0.45 * (1 - part) for part in to_rgb(colour)]


def _ink(colour: str) -> str:
    """Choose white letters on a dark colour."""
    from matplotlib.colors import to_rgb

    return "#FFFFFF" if np.dot(to_rgb(colour), (0.3, 0.59, 0.11)) < 0.45 else COLOURS["text"]


@dataclass(frozen=True)
class _Panel:
    """One panel: where it is drawn, its part of the table, its rows and bars, and how."""

    axes: "Axes"
    table: pd.DataFrame
    rows: list[str]
    series: list[str]
    how: _Options
    language: str

    def draw(self, first: "_Panel") -> None:
        """Draw the bars of each row; the names of rows and bars stand in the first panel, and where they differ from it."""
        words, kind, ticks = self.row_words(), self.how.kind, dict[float, str]()
        alone = self is first or narrow.on()
        named, told = alone or words != first.row_words(), alone or self.series != first.series
        above, apart = kind != "stacked" or narrow.on(), 1 + (kind == "steps" and narrow.on())  # lines for a step
        pitch = 1 + 1.4 * above if kind == "stacked" else apart * len(self.series) + 1.4
        for at, row in enumerate(self.rows):
            here, top = self.table[self.table["row"] == row], at * pitch
            if above:
                head = marks.words_across(self.axes, 0, top, words[row] if named else "", weight="bold", zorder=3)
                head.set_in_layout(False)  # a long name would squeeze the panels
            if kind == "stacked":
                self._parts(here, top + above)
                ticks[top + above] = words[row] if named and not above else ""
                continue
            for step, code in enumerate(self.series, start=1):
                line = top + apart * step
                if apart > 1:
                    marks.words_across(self.axes, 0, line - 1, self._name(code))
                ticks[line] = self._name(code) if told and apart == 1 else ""
                if kind != "steps" or step == 1 or (here["status"] == "shown").any():  # a hidden group is said once
                    self._bar(here[here["bar"] == code], code, line)
        self.axes.set_yticks(list(ticks), list(ticks.values()))
        self.axes.set_ylim(max(ticks) + 0.6, -1.6 if kind == "steps" else -0.6)
        self.axes.tick_params(axis="y", length=0)

    def row_words(self) -> dict[str, str]:
        """Name the rows; numbers of the table may stand in a name."""
        if not self.how.names:
            return {row: marks.row_name(row, self.language, width=44) for row in self.rows}
        numbers = self.table.drop_duplicates("row").set_index("row").select_dtypes("number")
        numbers = numbers.map(lambda number: format_number(number, self.language))
        words = {row: label(f"{self.how.names}{row}", self.language).format(**numbers.loc[row]) for row in self.rows}
        return {row: narrow.wrapped(text) for row, text in words.items()}

    def _name(self, code: str) -> str:
        if self.how.kind == "steps":
            return marks.row_name(f"component_{code}", self.language)
        return "" if code in SERIES else marks.row_name(code, self.language)

    def _bar(self, rows: pd.DataFrame, code: str, height: float) -> None:
        """Draw one bar with its interval and number: from zero, or a step; a word when it is hidden or absent."""
        if (status := marks.status_of(rows)) != "shown":
            marks.hidden_word(self.axes, status, height, self.language)
            return
        row = rows.iloc[0]
        decimals = self.how.decimals.get(row["measure"], 0)
        (self._step if self.how.kind == "steps" else self._from_zero)(row, code, height, decimals)

    def _words(self, row: pd.Series, decimals: int) -> str:
        return marks.value_words([self.row_words()[row["row"]], row["bar"], row["panel"]], row, self.language, decimals)

    def _from_zero(self, row: pd.Series, code: str, height: float, decimals: int) -> None:
        last, colour = code == self.series[-1], ORIGINS.get(row["row"], (COLOURS["quiet_text"],))[0]
        colour = SERIES.get(code, colour if last else _lighter(colour))
        self.axes.barh(height, row["value"], _THICK, color=colour, zorder=1, gid=self._words(row, decimals))
        interval = pd.notna(row["lower"]) and pd.notna(row["upper"])
        if interval:
            self.axes.plot([row["lower"], row["upper"]], [height, height], solid_capstyle="butt", **_LINE)
        self.axes.plot([row["value"]], [height], linestyle="")  # no mark: the bar has the colour
        end = row["upper" if interval else "value"]
        number = format_number(row["value"], self.language, decimals)
        marks.note(self.axes, number, (end, height), (6, 0), va="center", weight="bold" if last else "normal")

    def _step(self, row: pd.Series, code: str, height: float, decimals: int) -> None:
        """Draw a part from where the one above it ended, or the total, with the interval of its end and its numbers."""
        end, black = row["begin"] + row["value"], COLOURS["country"]
        if code == self.how.total:
            self.axes.plot([end], [height], marker="D", color=black, linestyle="", markersize=8, zorder=4)
        else:
            colour = SERIES.get(code, COLOURS["other"])
            self.axes.barh(height, row["value"], _THICK, row["begin"], color=colour, zorder=2)
            self.axes.plot([end, end], [height, height + 1], color=COLOURS["quiet_text"], linewidth=0.8, zorder=1)
        words = format_number(row["value"], self.language, decimals, signed=True)
        if pd.notna(row["lower"]):
            limits = row["begin"] + row[["lower", "upper"]].to_numpy(dtype="float64")
            self.axes.plot(limits, [height, height], zorder=3, **_LINE)
            words += f" ({marks.range_words(row['lower'], row['upper'], self.language, decimals, signed=True)})"
        place: Any = {"transform": self.axes.get_yaxis_transform(), "ha": "right", "va": "center"}
        self.axes.text(1, height - narrow.on(), words, **place)

    def _parts(self, rows: pd.DataFrame, height: float) -> None:
        """Draw the parts of 100 one after the other; what is not shown is a hatched part at the end."""
        left, shown = 0.0, rows[rows["status"] == "shown"].set_index("bar", drop=False)
        for code in [code for code in self.series if code in shown.index]:
            colour, value, words = SERIES[code], shown["value"][code], self._words(shown.loc[code], 0)
            self.axes.barh(height, value, _THICK, left, color=colour, edgecolor="white", snap=False, gid=words)
            number = format_number(value, self.language) if value >= _SMALLEST else ""
            look: Any = {"color": _ink(colour), "weight": "bold", "ha": "center", "va": "center"}
            self.axes.text(left + value / 2, height, number, **look)
            left += value
        if (rows["status"] != "shown").any():
            self.axes.barh(height, 100 - left, _THICK, left, **_HATCHED)

    def scale(self, same_unit: pd.DataFrame) -> None:
        """Give the panel the axis that all panels of its unit have."""
        from matplotlib.ticker import MaxNLocator

        axes, how = self.axes, self.how
        words = how.axis if isinstance(how.axis, str) else how.axis[self.table["measure"].iloc[0]]
        axes.set_xlabel(label(words, self.language), loc="left")
        number_axis(axes.xaxis, self.language)
        axes.grid(axis="x", visible=how.kind != "stacked")
        tops = same_unit["begin"] + same_unit[["value", "upper"]].max(axis=1)
        high = float(np.nanmax([*tops, 0.1]))
        if how.kind == "stacked":
            axes.set_xlim(0, 100)
            axes.set_xticks([0, 25, 50, 75, 100])
        elif how.kind == "beside":
            percentage = str(same_unit["per"].iloc[0]).startswith("100 ")
            scale_from_zero(axes, _ROOM * high, highest=100 if percentage else np.inf)
        else:
            low = float(np.nanmin([*(same_unit["begin"] + same_unit[["value", "lower"]].min(axis=1)), -0.3 * high]))
            low -= 0.05 * (high - low)
            axes.set_xticks([tick for tick in MaxNLocator(nbins=5).tick_values(low, high) if low <= tick <= high])
            share = 1 if narrow.on() else _PICTURE
            axes.set_xlim(low, high + (high - low) * (1 / share - 1))
            axes.axvline(0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
            marks.words_at_ends(axes, how.ends, self.language, height=-0.9, right=share)
