"""Chart: use of youth care over time in a region, its municipalities and the country, with the breaks in the series."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.errors import FigureError
from bereik.plot.marks import check_drawable, check_region
from bereik.plot.style import COLOURS, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, label
from bereik.terms.periods import parse_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BREAKS", "use_over_time"]

BREAKS = (2015, 2021, 2022, 2024)
_INTERRUPTED = (2021, 2022, 2024)
_KINDS = {"year": "years", "half-year": "half_years"}


def use_over_time(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw use of youth care by year and, apart from it, by half-year; lines stop at a break in the series.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``period``, ``period_kind`` (year, half-year), ``region`` and ``region_kind``; measure
        ``use_rate`` per 100 youths.
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is drawn thick; a country is dashed, every other region thin and grey.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for years and one for half-years, which are different measures, with a key of the breaks.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Notes
    -----
    Breaks: CBS, notes to StatLine tables 84134NED and 85099NED.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"period": ["2022", "2023"], "period_kind": "year", "region": "Haaglanden",
    ...                       "region_kind": "jeugdregio", "measure": "use_rate", "value": [11.1, 11.4],
    ...                       "status": "shown", "synthetic": False, "source": "CBS StatLine 85099NED"})
    >>> by = ["period", "period_kind", "region", "region_kind"]
    >>> figure = use_over_time(result_table(frame, by), "nl", region="Haaglanden")
    >>> figure.axes[0].get_title(loc="left")
    'Jaarcijfers'
    """
    rows = check_drawable(data, ["period", "period_kind", "region", "region_kind"], ["use_rate"])
    check_region(rows, region)
    kinds = [kind for kind in _KINDS if kind in set(rows["period_kind"])]
    if not kinds or set(rows["period_kind"]) - set(_KINDS):
        raise FigureError(
            f"periods of the kind {', '.join(rows['period_kind'].unique())}",
            "years, half-years, or both (each gets its own panel)",
            "select these rows",
        )
    rows = rows.assign(time=[_time(period) for period in rows["period"]]).sort_values("time", kind="stable")
    years = [parse_period(period).year for period in rows["period"]]
    breaks = [year for year in BREAKS if min(years) <= year <= max(years)]
    with style():
        figure = new_figure(4.9 + 0.2 * (len(breaks) + 1))
        widths = [1.6, 1.0] if len(kinds) == 2 else [1.0]
        grid = figure.add_gridspec(2, len(kinds), width_ratios=widths, height_ratios=[1, 0.05 * (len(breaks) + 1)])
        top = 1.12 * rows["value"].max()
        panels = []
        for column, kind in enumerate(kinds):
            axes = figure.add_subplot(grid[0, column])
            axes.set_ylim(0, 1 if pd.isna(top) else top)
            _panel(axes, rows[rows["period_kind"] == kind], kind, breaks, region, language)
            panels.append((axes, rows[rows["period_kind"] == kind]))
        panels[0][0].set_ylabel(label("axis_use_rate", language))
        _break_key(figure.add_subplot(grid[1, :]), breaks, language)
        figure.draw_without_rendering()
        for axes, chosen in panels:
            _end_labels(axes, chosen, region, language, figure.dpi)
        return figure


def _time(period: str) -> float:
    """Place a year at its number, and the halves of a year on either side of it."""
    parsed = parse_period(period)
    return parsed.year + (0.0 if parsed.kind == "year" else {"1": -0.25, "2": 0.25}[parsed.label[-1]])


def _look(region: str, kind: str, focus: str) -> dict[str, Any]:
    if region == focus:
        return {"color": COLOURS["focus"], "linewidth": 2.8, "marker": "D", "markersize": 5.5, "zorder": 4}
    if kind == "country":
        return {
            "color": COLOURS["country"], "linewidth": 1.8, "linestyle": "--", "marker": "o", "markersize": 4, "zorder": 3,
        }  # fmt: skip
    return {"color": COLOURS["other"], "linewidth": 0.9, "marker": ".", "markersize": 4, "zorder": 2}


def _panel(axes: "Axes", rows: pd.DataFrame, kind: str, breaks: list[int], region: str, language: str) -> None:
    for (name, region_kind), series in rows.groupby(["region", "region_kind"], sort=False):
        values = series["value"].where(series["status"] == "shown").to_numpy(dtype="float64")
        spell = np.searchsorted(np.array(_INTERRUPTED) - 0.5, series["time"].to_numpy())
        for part in np.unique(spell):
            axes.plot(
                series["time"][spell == part], values[spell == part], **_look(str(name), str(region_kind), region)
            )
    first, last = rows["time"].min(), rows["time"].max()
    axes.set_xlim(first - 0.7, last + 0.4)
    for number, year in enumerate(breaks, start=1):
        if first - 0.5 <= year - 0.5 <= last:
            axes.axvline(year - 0.5, color=COLOURS["quiet_text"], linewidth=0.9, zorder=1)
            axes.text(
                year - 0.5, axes.get_ylim()[1], str(number), ha="center", va="center", color="white", weight="bold",
                bbox={"boxstyle": "circle,pad=0.25", "facecolor": COLOURS["quiet_text"], "edgecolor": "none"}, zorder=5,
            )  # fmt: skip
    years = range(int(np.ceil(first)), int(np.floor(last + 0.5)) + 1)
    axes.set_xticks(list(years), [str(year) if kind == "year" or year % 2 else "" for year in years])
    axes.grid(axis="y", visible=True)
    number_axis(axes.yaxis, language)
    axes.set_title(capital(label(_KINDS[kind], language)), pad=14)


def _end_labels(axes: "Axes", rows: pd.DataFrame, focus: str, language: str, dpi: float) -> None:
    """Name each line at its end, moved apart just enough that no name covers another."""
    from scipy.optimize import isotonic_regression

    ends = rows.groupby(["region", "region_kind"], sort=False).tail(1)
    ends = (
        ends.assign(known=[_last_value(rows, name) for name in ends["region"]])
        .dropna(subset="known")
        .sort_values("known", kind="stable")
    )
    bottom, top = axes.get_ylim()
    inches = round(axes.get_window_extent().height / dpi, 2)
    steps = np.arange(len(ends)) * 0.168 / inches * (top - bottom)
    places = isotonic_regression(ends["known"].to_numpy() - steps).x + steps
    places -= max(places[-1] - top, 0) if len(places) else 0
    edge = axes.get_xlim()[1]
    for row, place in zip(ends.itertuples(), places, strict=True):
        look = _look(str(row.region), str(row.region_kind), focus)
        strong = row.region == focus or row.region_kind == "country"
        axes.plot(
            [row.time + 0.08, edge], [row.known, place], color=look["color"], linewidth=0.6, clip_on=False, zorder=1
        )
        number = format_number(row.value if row.status == "shown" else None, language, 1)
        axes.annotate(
            f"{capital(label(str(row.region), language))} {number}", (edge, place), xytext=(2, 0), textcoords="offset points",
            va="center", annotation_clip=False, weight="bold" if strong else "normal",
            color=COLOURS["focus_text" if row.region == focus else "text" if strong else "quiet_text"],
        )  # fmt: skip


def _last_value(rows: pd.DataFrame, region: str) -> float:
    values = rows.loc[(rows["region"] == region) & (rows["status"] == "shown"), "value"]
    return float(values.iloc[-1]) if len(values) else float("nan")


def _break_key(axes: "Axes", breaks: list[int], language: str) -> None:
    axes.set_axis_off()
    for line, year in enumerate(breaks):
        height = 1 - (line + 0.5) / (len(breaks) + 1)
        axes.text(
            0.012, height, str(line + 1), ha="center", va="center", color="white", weight="bold",
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": COLOURS["quiet_text"], "edgecolor": "none"},
        )  # fmt: skip
        axes.text(0.03, height, label(f"break_{year}", language), va="center")
    axes.text(0, 0.5 / (len(breaks) + 1), label("half_years_note", language), va="center")
