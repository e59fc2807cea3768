"""Charts: the reach monitor as a table to read, one of a region beside the country, one of its municipalities."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.monitor_words import change_words, row_words, value_words
from bereik.plot.rows_and_panels import categories, row_name
from bereik.plot.style import COLOURS, new_figure, style
from bereik.tables import one_value, require_columns
from bereik.terms.names import capital, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["monitor_municipalities", "monitor_region"]

_NEEDED = [
    "indicator", "form", "region", "region_kind", "period", "value", "lower", "upper", "change", "change_lower", "change_upper",
    "comparable", "jump", "verdict", "direction", "name_nl", "name_en", "unit_nl", "unit_en", "reliability_nl", "reliability_en",
    "status", "add_table", "synthetic",
]  # fmt: skip
_LINE, _PAD = 0.158, 0.12  # inches
_PLACES = (0.0, 0.240, 0.374, 0.546, 0.648, 0.698)  # of the columns, as parts of the width


def monitor_region(data: pd.DataFrame, language: str, *, region: str, country: str) -> "Figure":
    r"""Draw the monitor of a region as a table: figure, change, the country, the year, and how reliable it is.

    Parameters
    ----------
    data : pandas.DataFrame
        Rows of `monitor`: the latest of the region, and those of the country.
    language : {"nl", "en"}
        The language of the words and numbers.
    region, country : str
        Whose figures stand in the first and in the second column.

    Returns
    -------
    matplotlib.figure.Figure
        A figure that is not there says which StatLine table to add. A figure of the country for another year says that year.

    Raises
    ------
    MissingColumnError
        When a column of `monitor` is absent.
    IncomparableError
        When synthetic and real rows are mixed.

    Examples
    --------
    >>> from bereik.monitoring.monitor import monitor
    >>> table = monitor("Utrecht West")
    >>> table = table[table["latest"] & (table["indicator"] == "use_of_youth_care")]
    >>> figure = monitor_region(table, "en", region="Utrecht West", country="Nederland")
    >>> [text.get_text() for text in figure.axes[0].texts][6:9]
    ['Use of youth care\n% of youths aged 0-22', '9.7 (9.4 – 10.0)', '+0.1 (−0.3 to +0.5)']
    """
    require_columns(data, _NEEDED, where="the data of the figure")
    one_value(data, "synthetic", where="the data of the figure")
    own = data[data["region"] == region]
    there = data[(data["region"] == country) & (data["status"] == "shown")]
    lines = [row_words(row, there, language) for row in own.to_dict("records")]
    heads = ["monitor_indicator", region, "monitor_change", country, "monitor_year", "monitor_reliability"]
    widths = (40, 24, 20, 12, 10, 60)  # letters
    names = [fill(capital(label(head, language)), width) for head, width in zip(heads, widths, strict=True)]
    return _drawn(names, lines, _PLACES)


def monitor_municipalities(data: pd.DataFrame, language: str) -> "Figure":
    r"""Draw the monitor of the municipalities of a region as a table: a row for each, a column for each indicator.

    Parameters
    ----------
    data : pandas.DataFrame
        The latest rows of `monitor` of the municipalities, of indicators without a split by form.
    language : {"nl", "en"}
        The language of the words and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        In each cell the figure with its interval, and below it its year and the change since the year before. Municipalities
        by the alphabet.

    Raises
    ------
    MissingColumnError
        When a column of `monitor` is absent.
    IncomparableError
        When synthetic and real rows are mixed.

    Examples
    --------
    >>> from bereik.monitoring.monitor import monitor
    >>> table = monitor()
    >>> table = table[table["latest"] & (table["indicator"] == "use_of_youth_care") & (table["region"] == "Delft")]
    >>> [text.get_text() for text in monitor_municipalities(table, "en").axes[0].texts][2:]
    ['Delft', '10.0 (9.7 – 10.4)\n2023; +0.1 (−0.4 to +0.6)']
    """
    require_columns(data, _NEEDED, where="the data of the figure")
    one_value(data, "synthetic", where="the data of the figure")
    indicators = list(dict.fromkeys(data["indicator"]))
    cells = {(row["region"], row["indicator"]): row for row in data.to_dict("records")}
    lines = []
    for name in categories(data.assign(municipality=data["region"]), "municipality", language):
        rows = [cells.get((name, indicator)) for indicator in indicators]
        lines.append([row_name(name, language), *(_cell(row, language) for row in rows)])
    about = data.drop_duplicates("indicator")[[f"name_{language}", f"unit_{language}"]]
    names = ["", *(f"{fill(name, 24)}\n{fill(unit, 24)}" for name, unit in about.itertuples(index=False))]
    step = 0.83 / len(indicators)
    return _drawn(names, lines, [0.0, *(0.17 + step * place for place in range(len(indicators)))])


def _cell(row: dict[str, object] | None, language: str) -> str:
    if row is None or row["status"] != "shown":
        return label("not_in_files" if row is None else "not_published", language)
    change = change_words(row, str(row[f"unit_{language}"]), language)
    return f"{value_words(row, language)}\n{str(row['period'])[:4]}" + ("" if change == "–" else f"; {change}")


def _drawn(heads: Sequence[str], lines: Sequence[Sequence[str]], places: Sequence[float]) -> "Figure":
    """Write the cells of a table, with a thin line below each row."""
    heights = [max(cell.count("\n") + 1 for cell in line) * _LINE + _PAD for line in lines]
    head = max(name.count("\n") + 1 for name in heads) * _LINE + _PAD
    total = head + sum(heights) + 0.05
    with style():
        figure = new_figure(total)
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(total, 0)
        down = head
        for place, name in zip(places, heads, strict=True):
            axes.text(place, head - _PAD / 2, name, va="bottom", weight="bold")
        _rule(axes, head, COLOURS["text"])
        for line, height in zip(lines, heights, strict=True):
            for column, (place, cell) in enumerate(zip(places, line, strict=True)):
                strong = "bold" if column == 1 and places is _PLACES else "normal"
                axes.text(place, down + _PAD / 2, cell, va="top", weight=strong, linespacing=1.2)
            down += height
            _rule(axes, down, COLOURS["grid"])
        return figure


def _rule(axes: "Axes", height: float, colour: str) -> None:
    axes.plot([0, 1], [height, height], color=colour, linewidth=0.9, clip_on=False)
