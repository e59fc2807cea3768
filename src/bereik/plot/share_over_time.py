"""Chart: a share over the years in a few places, with the changes that are too large to be read as a change in care."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.marks import check_drawable, check_region
from bereik.plot.rows_and_panels import categories, row_name
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.tables import require_columns
from bereik.terms.names import capital, format_number, label
from bereik.terms.periods import parse_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["share_over_time"]

_BODY, _KEY = 2.3, 0.4  # inches


def share_over_time(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw a share per year, a panel for each place on one axis from 0, and ring each jump.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table of percentages with ``period``, ``region``, and ``jump`` of `year_changes`.
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is drawn first.

    Returns
    -------
    matplotlib.figure.Figure
        A share that is not shown is a gap; a line is interrupted where the share jumps.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Haaglanden", "period": ["2017-12-31", "2018-12-31"], "measure": "team_share",
    ...                       "value": [21.5, 8.1], "status": "shown", "synthetic": False, "source": "CBS StatLine 82968NED"})
    >>> table = result_table(frame, ["region", "period"]).assign(jump=[False, True])
    >>> figure = share_over_time(table, "nl", region="Haaglanden")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['−13', '8,1']
    """
    require_columns(data, ["jump"], where="the data of the figure")
    rows = check_drawable(data, ["period", "region"], list(data["measure"].unique()))
    check_region(rows, region)
    rows = rows.assign(year=[parse_period(period).year for period in rows["period"]]).sort_values("year", kind="stable")
    names = categories(rows.assign(municipality=rows["region"]), "municipality", language)
    names = sorted(names, key=lambda name: (name != region, name == "Nederland"))
    columns = min(len(names), 3)
    deep = -(-len(names) // columns)
    top = 1.12 * float(rows["value"].max())
    with style():
        figure = new_figure(deep * _BODY + _KEY)
        grid = figure.add_gridspec(deep + 1, columns, height_ratios=[*[_BODY] * deep, _KEY])
        for place, name in enumerate(names):
            axes = figure.add_subplot(grid[place // columns, place % columns])
            _panel(axes, rows[rows["region"] == name], rows["year"], top, language)
            axes.set_title(row_name(name, language))
            if place % columns == 0:
                axes.set_ylabel("%")
        _key(figure.add_subplot(grid[deep, :]), language)
        return figure


def _panel(axes: "Axes", series: pd.DataFrame, years: pd.Series, top: float, language: str) -> None:
    every = range(years.min(), years.max() + 1)
    values = series["value"].where(series["status"] == "shown").set_axis(series["year"]).reindex(every)
    jumps = set(series.loc[series["jump"], "year"])
    spell = pd.Series([year in jumps for year in values.index], values.index).cumsum()
    for _, part in values.groupby(spell):
        axes.plot(part.index, part, color="#0072B2", marker="o", markersize=4.5, linewidth=1.7)
    for year in sorted(jumps):
        before, after = values[year - 1], values[year]
        axes.plot([year - 1, year], [before, after], color=COLOURS["focus"], linewidth=1.2, linestyle=":")
        axes.plot(
            [year], [after], marker="o", markersize=11, markerfacecolor="none", color=COLOURS["focus"], markeredgewidth=1.6
        )  # fmt: skip
        falls = after < before
        axes.annotate(
            ("" if falls else "+") + format_number(after - before, language, 0), (year - 0.5, (before + after) / 2),
            xytext=(-5 if falls else 5, 0), textcoords="offset points", color=COLOURS["focus_text"], weight="bold", va="center",
            ha="right" if falls else "left",
        )  # fmt: skip
    known = values.dropna()
    if len(known):
        axes.annotate(format_number(known.iloc[-1], language, 1), (known.index[-1], known.iloc[-1]), xytext=(8, 0),
                      textcoords="offset points", va="center", annotation_clip=False)  # fmt: skip
    axes.set_ylim(0, top)
    axes.set_xlim(years.min() - 0.5, years.max() + 1.6)
    axes.set_xticks([year for year in every if (year - years.min()) % 4 == 0])
    number_axis(axes.yaxis, language)
    axes.grid(axis="y", visible=True)


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    words = capital(label("share_jump", language))
    ring = Line2D(
        [], [], color=COLOURS["focus"], marker="o", markersize=10, markerfacecolor="none", linestyle=":", label=words
    )
    key_below(axes, [ring], 1)
