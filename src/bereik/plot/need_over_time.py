"""Chart: an indicator of need over time by origin, a panel for each place or each classification of origin."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, moved_apart, panel_axes, row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.tables import one_value
from bereik.terms.names import capital, format_number, in_terms_order, label
from bereik.terms.periods import parse_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["need_over_time"]

_BODY, _SINGLE = 2.6, 3.6  # inches: of a panel in two rows, and in one
_LETTER = 0.17


def need_over_time(data: pd.DataFrame, language: str, *, panels: str) -> "Figure":
    """Draw one indicator of need by school year or year, a line for each origin with its interval as a band.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `need_rates` for one indicator: ``period``, ``origin_scheme``, ``origin`` and the column `panels`.
    language : {"nl", "en"}
        The language of labels and numbers.
    panels : str
        The column that makes the panels: ``region`` (one classification of origin in the data), or ``origin_scheme``: the two
        classifications are never one line.

    Returns
    -------
    matplotlib.figure.Figure
        All panels with one axis from 0; a line stops where nothing is published.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or hold several indicators, or several classifications in a panel.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2015/2016", "2016/2017"], "region": "Nederland", "indicator": "special_schools",
    ...                       "origin_scheme": "migratieachtergrond", "origin": "westers", "measure": "need_rate",
    ...                       "value": [25.1, 25.7], "lower": [24.4, 25.0], "upper": [25.8, 26.4], "per": "1000 persons",
    ...                       "status": "shown", "synthetic": False, "source": "CBS StatLine 83296NED"})
    >>> table = result_table(frame, ["indicator", "region", "period", "origin_scheme", "origin"])
    >>> need_over_time(table, "nl", panels="region").axes[0].get_title(loc="left")
    'Nederland'
    """
    rows = check_drawable(data, [*dict.fromkeys(["period", "origin_scheme", "origin", panels])], ["need_rate"])
    one_value(rows, "indicator", where="the data of the figure")
    for _, part in rows.groupby(panels):
        one_value(part, "origin_scheme", where="one panel of the figure")
    rows = rows.assign(year=[parse_period(period).year for period in rows["period"]]).sort_values("year", kind="stable")
    names = categories(data[data["measure"] == "need_rate"], panels, language)
    top = 1.08 * rows[["value", "upper"]].max(axis=1).max()
    body = _SINGLE if len(names) <= 3 else _BODY
    with style():
        figure = new_figure(1)
        places, key = panel_axes(figure, len(names), body)
        for axes, name in zip(places, names, strict=True):
            own = rows[rows[panels] == name]
            _panel(axes, own, rows, 1 if pd.isna(top) else float(top), _LETTER / (body - 0.55), language)
            axes.set_title(
                capital(label(f"by_{name}", language)) if panels == "origin_scheme" else row_name(name, language)
            )
        per = str(rows["per"].dropna().iloc[0]).removesuffix(" persons")
        places[0].set_ylabel(label("per_number", language).format(number=format_number(int(per), language)))
        _key(key, in_terms_order(rows["origin"]), language)
        return figure


def _panel(
    axes: "Axes", rows: pd.DataFrame, everything: pd.DataFrame, top: float, letter: float, language: str
) -> None:
    ends = {}
    for origin, series in rows.groupby("origin", sort=False):
        colour, marker = origin_style(str(origin))
        numbers = series.set_index("year")[["value", "lower", "upper"]].astype("float64")
        axes.fill_between(numbers.index, numbers["lower"], numbers["upper"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(numbers.index, numbers["value"], color=colour, marker=marker, markersize=5, linewidth=1.6)
        known = numbers["value"].dropna()
        if len(known):
            ends[str(origin)] = (known.index[-1], known.iloc[-1])
    axes.set_ylim(0, top)
    first, last = everything["year"].min(), everything["year"].max()
    axes.set_xlim(first - 0.5, last + 0.22 * (last - first + 1))
    years = [year for year in range(first, last + 1) if (year - first) % 5 == 0]
    school = "/" in str(everything["period"].iloc[0])
    axes.set_xticks(years, [f"{year}/'{(year + 1) % 100:02d}" if school else str(year) for year in years])
    number_axis(axes.yaxis, language)
    axes.grid(axis="y", visible=True)
    order = sorted(ends, key=lambda origin: ends[origin][1])
    size = np.full(len(order), letter * top)
    heights = moved_apart(np.array([ends[origin][1] for origin in order]), size, 0, top)
    for origin, height in zip(order, heights, strict=True):
        axes.text(
            ends[origin][0] + 0.4, height, format_number(ends[origin][1], language, 1), va="center",
            color=COLOURS["text"],
        )  # fmt: skip


def _key(axes: "Axes", origins: list[str], language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    looks = {origin: origin_style(origin) for origin in origins}
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=5, label=row_name(origin, language, width=34))
        for origin, (colour, marker) in looks.items()
    ]
    band = Patch(color=COLOURS["other"], alpha=0.4, linewidth=0, label=label("band_interval", language))
    key_below(axes, [*handles, band], 3)
