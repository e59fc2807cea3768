"""Chart: bars from zero, beside each other or stacked to 100 per cent, and bars in steps that add up to a total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, format_number, label
from bereik.errors import InvalidTableError, UnknownNameError
from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import categories, row_name, words_at_ends
from bereik.plot.style import COLOURS, ORIGINS, SERIES, key_below, new_figure, number_axis, scale_from_zero, style
from bereik.tables import require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["bars"]

KINDS = ("beside", "stacked", "steps")
_THICK = 0.74  # of a line
_SMALLEST = 3.5  # per cent: no number in a narrower part
_ROOM = 1.25  # of the longest bar, for the numbers beside them
_PICTURE = 0.66  # of the width in a chart of steps; the numbers stand in the rest
_ROUNDING = 1e-6
_PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
_PLANNED: Any = {"facecolor": "none", "edgecolor": COLOURS["focus"], "linewidth": 2.2}
_HATCHED: Any = {"facecolor": "white", "hatch": "////", "edgecolor": "#8A8A8A"}


def bars(
    data: pd.DataFrame,
    language: str,
    *,
    rows: str | Sequence[str],
    series: str,
    measures: Sequence[str],
    axis: str | Mapping[str, str],
    panels: str = "",
    kind: str = "beside",
    total: str = "",
    ends: Sequence[str] = (),
    only: Mapping[str, str] | None = None,
    names: str = "",
    plan: Sequence[str] = (),
    decimals: Mapping[str, int] | None = None,
) -> "Figure":
    """Draw a bar for each row of a result table: rows below each other, panels from left to right.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : str or list of str
        The column that makes the rows; of several columns the first that is not empty.
    series : str
        The column that makes the bars within a row. Those with a colour of their own (`SERIES`) stand in a key, the others
        are named beside their bars.
    measures : list of str
        What is drawn.
    axis : str or dict
        The code of the words at the axis, or one for each measure.
    panels : str
        The column that makes the panels.
    kind : {"beside", "stacked", "steps"}
        Bars with their intervals; parts of 100; or bars that begin where the one before ended.
    total : str
        Of steps: the one that the others add up to.
    ends : list of str
        Of steps: the codes of the words left and right of zero.
    only : dict
        Columns, and the one value of each that is drawn.
    names : str
        The names of the rows are the labels that begin so; numbers of the row may stand in them.
    plan : list of str
        Two columns between which a band lies: what was planned.
    decimals : dict
        By measure; none when not given.

    Returns
    -------
    matplotlib.figure.Figure
        Panels of the same unit have the same axis. A hidden value is a word; among parts of 100 it is a hatched part.

    Raises
    ------
    UnknownNameError
        When the kind is unknown.
    InvalidTableError
        When steps do not add up to their total, or a row occurs twice.
    FigureError, MissingColumnError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Delft", "referrer": ["via_doctor", "via_nobody"], "measure": "referral_share",
    ...                       "value": [70.0, 30.0], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = bars(result_table(frame, ["region", "referrer"]), "en", rows="region", series="referrer",
    ...               measures=["referral_share"], axis="axis_referral_share", kind="stacked")
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [70.0, 30.0]
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of bars", kind, KINDS)
    columns = [rows] if isinstance(rows, str) else list(rows)
    data = _selected(data, columns, [series, *plan], only or {})
    by = [columns[0], series, *([panels] if panels else [])]
    drawn = check_drawable(data, by, measures)
    order = [(categories if at else _ordered)(data.loc[drawn.index], name, language) for at, name in enumerate(by)]
    drawn = drawn.assign(row=drawn[columns[0]], bar=drawn[series], panel=drawn[panels] if panels else "", begin=0.0)
    if kind == "steps":
        drawn = drawn.assign(begin=_begins(drawn, total))
        order[1].sort(key=lambda code: code == total)
    with style():
        figure = new_figure()
        places, first = order[2] if panels else [""], None
        grid = figure.add_gridspec(2, len(places), height_ratios=[12, 1])
        for column, place in enumerate(places):
            axes, own = figure.add_subplot(grid[0, column]), drawn[drawn["panel"] == place]
            lines, codes = (_present(order[at], own[name]) for at, name in enumerate(("row", "bar")))
            panel = _Panel(axes, own, lines, codes, language, kind, total, names, plan, decimals or {})
            first = first or panel
            panel.draw(first)
            panel.scale(drawn[drawn["per"].isin(own["per"])], axis, ends)
            axes.set_zorder(len(places) - column)  # the name of a row may be longer than its panel
            axes.set_title(row_name(place, language, width=34) if place else "")
        deepest = max(axes.get_ylim()[0] for axes in figure.axes)
        for axes in figure.axes:
            axes.set_ylim(bottom=deepest)
        if handles := _explained(drawn, order[1], kind, plan, language):
            key_below(figure.add_subplot(grid[1, :]), handles, len(handles) if len(handles) < 5 else 3)
        else:
            grid.set_height_ratios([1, 0.001])
        return figure


def _selected(data: pd.DataFrame, rows: Sequence[str], needed: Sequence[str], only: Mapping[str, str]) -> pd.DataFrame:
    """Keep the rows that are drawn, and put the first name of each that is not empty in the first column of `rows`."""
    require_columns(data, [*rows, *needed, *only], where="the data of the figure")
    for column, value in only.items():
        data = data[data[column].astype("str") == value]
    data = data.reset_index(drop=True)
    return data if len(rows) == 1 else data.assign(**{rows[0]: data[[*rows]].astype(object).bfill(axis=1).iloc[:, 0]})


def _ordered(rows: pd.DataFrame, column: str, language: str) -> list[str]:
    """Order rows as `categories` does, places by the alphabet with the country after them."""
    alphabet = rows.rename(columns={"region": "municipality"}) if column == "region" else rows
    names = categories(alphabet, "municipality" if column == "region" else column, language)
    return sorted(names, key=lambda name: name == "Nederland")


def _present(names: Sequence[str], column: pd.Series) -> list[str]:
    return [name for name in names if name in set(column)]


def _begins(rows: pd.DataFrame, total: str) -> pd.Series:
    """Find where each step begins, and refuse steps that do not add up to the total."""
    parts, groups = rows[rows["bar"] != total], ["panel", "row"]
    whole = rows[rows["bar"] == total].set_index(groups)["value"]
    off = (parts.groupby(groups)["value"].sum(min_count=1) - whole).abs() / (1 + whole.abs())
    wrong = off.index[off > _ROUNDING]
    if len(wrong):
        raise InvalidTableError(
            f"steps that do not add up to {total} for {' '.join(wrong[0]).strip()}",
            "all parts of a whole",
            "give the whole result, and select with `only`",
        )
    return (parts.groupby(groups)["value"].cumsum() - parts["value"]).reindex(rows.index, fill_value=0.0)


def _explained(
    drawn: pd.DataFrame, series: Sequence[str], kind: str, plan: Sequence[str], language: str
) -> list["Patch"]:
    """Explain the colours that have no name beside them; bars in different panels may share one."""
    from matplotlib.patches import Patch

    names: dict[str, list[str]] = {}
    for code in series if kind != "steps" else ():
        if code in SERIES:
            names.setdefault(SERIES[code], []).append(label(code, language))
    handles = [Patch(facecolor=colour, label=capital(", ".join(words))) for colour, words in names.items()]
    if plan:
        handles.append(Patch(label=capital(label("planned_size", language)), **_PLANNED))
    if kind == "stacked" and (drawn["status"] != "shown").any():
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
    """One panel: where it is drawn, its rows of the table, and how."""

    axes: "Axes"
    table: pd.DataFrame
    rows: list[str]
    series: list[str]
    language: str
    kind: str
    total: str
    names: str
    plan: Sequence[str]
    decimals: Mapping[str, int]

    def draw(self, first: "_Panel") -> None:
        """Draw the bars of each row; the names of rows and bars stand in the first panel, and where they differ from it."""
        ticks: dict[float, str] = {}
        named, told = (
            self is first or self.row_words() != first.row_words(),
            self is first or self.series != first.series,
        )
        pitch = 1.0 if self.kind == "stacked" else len(self.series) + 1.4
        for at, (row, words) in enumerate(self.row_words().items()):
            own, top = self.table[self.table["row"] == row], at * pitch
            if self.kind == "stacked":
                self._parts(own, top)
                ticks[top] = words if named else ""
                continue
            self._head(words if named else "", top)
            for step, code in enumerate(self.series, start=1):
                ticks[top + step] = self._name(code) if told else ""
                if self.kind != "steps" or step == 1 or (own["status"] == "shown").any():  # a hidden group is said once
                    self._bar(one_row(own, bar=code), row, code, top + step)
        self.axes.set_yticks(list(ticks), list(ticks.values()))
        self.axes.set_ylim(max(ticks) + 0.6, -1.6 if self.kind == "steps" else -0.6)
        self.axes.tick_params(axis="y", length=0)

    def row_words(self) -> dict[str, str]:
        """Name the rows; numbers of the table may stand in a name."""
        if not self.names:
            return {row: row_name(row, self.language, width=44) for row in self.rows}
        first = self.table.drop_duplicates("row").set_index("row").select_dtypes("number")
        numbers = first.map(lambda number: format_number(number, self.language))
        return {row: label(f"{self.names}{row}", self.language).format(**numbers.loc[row]) for row in self.rows}

    def _name(self, code: str) -> str:
        if self.kind == "steps":
            return row_name(f"component_{code}", self.language)
        return "" if code in SERIES else row_name(code, self.language)

    def _head(self, words: str, top: float) -> None:
        head = self.axes.text(0, top, words, weight="bold", va="center", zorder=3, bbox=_PLATE)
        head.set_transform(self.axes.get_yaxis_transform())
        head.set_in_layout(False)  # a long name would squeeze the panels

    def _bar(self, row: pd.Series | None, name: str, code: str, height: float) -> None:
        """Draw one bar with its interval and number: from zero, or a step."""
        decimals = 0 if row is None else self.decimals.get(row["measure"], 0)
        look: Any = {"language": self.language, "decimals": decimals, "colour": COLOURS["country"], "marker": ""}
        if row is None or row["status"] != "shown":
            draw_value(self.axes, row, height, **look)
        elif self.kind == "steps":
            self._step(row, code, height, decimals)
        else:
            last, own = code == self.series[-1], ORIGINS.get(name, (COLOURS["quiet_text"],))[0]
            self.axes.barh(
                height, row["value"], _THICK, color=SERIES.get(code, own if last else _lighter(own)), zorder=1
            )
            draw_value(self.axes, row, height, **look, weight="bold" if last else "normal")
            if self.plan and pd.notna(row[[*self.plan]]).all():
                low, high = row[[*self.plan]]
                self.axes.barh(height, high - low, 1.1, low, zorder=2, **_PLANNED)

    def _step(self, row: pd.Series, code: str, height: float, decimals: int) -> None:
        """Draw a part from where the one above it ended, or the total, with the interval of its end and its numbers."""
        end = row["begin"] + row["value"]
        if code == self.total:
            self.axes.plot([end], [height], marker="D", color=COLOURS["country"], linestyle="", markersize=8, zorder=4)
        else:
            self.axes.barh(
                height, row["value"], _THICK, row["begin"], color=SERIES.get(code, COLOURS["other"]), zorder=2
            )
            self.axes.plot([end, end], [height, height + 1], color=COLOURS["quiet_text"], linewidth=0.8, zorder=1)
        numbers = [
            format_number(row[name], self.language, decimals, signed=True) for name in ("value", "lower", "upper")
        ]
        if pd.notna(row["lower"]):
            limits = row["begin"] + row[["lower", "upper"]].to_numpy(dtype="float64")
            self.axes.plot(limits, [height, height], color=COLOURS["country"], linewidth=1.6, zorder=3)
            numbers[0] += f" ({numbers[1]} {label('range_to', self.language)} {numbers[2]})"
        self.axes.text(1, height, numbers[0], transform=self.axes.get_yaxis_transform(), ha="right", va="center")

    def _parts(self, rows: pd.DataFrame, height: float) -> None:
        """Draw the parts of 100 one after the other; what is not shown is a hatched part at the end."""
        left, shown = 0.0, rows[rows["status"] == "shown"].set_index("bar")["value"]
        for code in [code for code in self.series if code in shown.index]:
            colour, value = SERIES[code], shown[code]
            self.axes.barh(height, value, _THICK, left, color=colour, edgecolor="white", snap=False)
            number = format_number(value, self.language) if value >= _SMALLEST else ""
            self.axes.text(
                left + value / 2, height, number, color=_ink(colour), weight="bold", ha="center", va="center"
            )
            left += value
        if (rows["status"] != "shown").any():
            self.axes.barh(height, 100 - left, _THICK, left, **_HATCHED)

    def scale(self, same_unit: pd.DataFrame, axis: str | Mapping[str, str], ends: Sequence[str]) -> None:
        """Give the panel the axis that all panels of its unit have."""
        from matplotlib.ticker import MaxNLocator

        words = axis if isinstance(axis, str) else axis[self.table["measure"].iloc[0]]
        self.axes.set_xlabel(label(words, self.language), loc="left")
        number_axis(self.axes.xaxis, self.language)
        self.axes.grid(axis="x", visible=self.kind != "stacked")
        tops = same_unit["begin"] + same_unit[["value", "upper", *self.plan]].max(axis=1)
        high = float(np.nanmax([*tops, 0.1]))
        if self.kind == "stacked":
            self.axes.set_xlim(0, 100)
            self.axes.set_xticks([0, 25, 50, 75, 100])
        elif self.kind == "beside":
            percentage = str(same_unit["per"].iloc[0]).startswith("100 ")
            scale_from_zero(self.axes, _ROOM * high, highest=100 if percentage else np.inf)
        else:
            low = float(np.nanmin([*(same_unit["begin"] + same_unit[["value", "lower"]].min(axis=1)), -0.3 * high]))
            low -= 0.05 * (high - low)
            self.axes.set_xticks([tick for tick in MaxNLocator(nbins=5).tick_values(low, high) if low <= tick <= high])
            self.axes.set_xlim(low, high + (high - low) * (1 / _PICTURE - 1))
            self.axes.axvline(0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
            words_at_ends(self.axes, ends[0], ends[1], self.language, height=-0.9, right=_PICTURE)
