"""Chart: how far one region departs from the others in each period, beside the same for every other region (event study)."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, check_region
from bereik.plot.style import COLOURS, new_figure, number_axis, style
from bereik.terms.names import capital, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["event_study"]

_BREAKS: dict[int, Any] = {2021: "-", 2022: "--"}  # first year after a break in the source, and how it is drawn
_COLUMNS = 3
_BODY = 2.5  # inches


def event_study(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw the departures of a region and of all others by period, one panel a form; lines stop at each break in the source.

    Parameters
    ----------
    data : pandas.DataFrame
        Result tables of `departures`, one kind of period for each form: measure ``departure`` by ``form``, ``phase``,
        ``period`` and ``region``.
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is drawn thick; the others are thin and not named.

    Returns
    -------
    matplotlib.figure.Figure
        The years between before and after are shaded; a missing figure is a gap. Each panel has its own scale.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Notes
    -----
    Breaks: CBS, notes to StatLine tables 84134NED and 85099NED (2021: more providers report; 2022: *woonplaatsbeginsel*).

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"form": "protection", "phase": ["before", "after"], "period": ["2019", "2022"], "status": "shown",
    ...     "region": "Haaglanden", "measure": "departure", "value": [0.1, -0.1], "synthetic": True, "source": "made up"})
    >>> figure = event_study(result_table(frame, ["form", "phase", "period", "region"]), "en", region="Haaglanden")
    >>> figure.axes[0].get_title(loc="left")
    'Child protection'
    """
    rows = check_drawable(data, ["form", "phase", "period", "region"], ["departure"])
    check_region(rows, region)
    forms = in_terms_order(rows["form"])
    with style():
        lines = -(-(len(forms) + 1) // _COLUMNS)  # the last place is for the key
        figure = new_figure(_BODY * lines)
        grid = figure.add_gridspec(lines, _COLUMNS)
        for place, form in enumerate(forms):
            axes = figure.add_subplot(grid[place // _COLUMNS, place % _COLUMNS])
            own = rows[rows["form"] == form]
            _panel(axes, own, region)
            axes.set_title(capital(label(form, language)).split(" (")[0])
            axes.set_ylabel(label(f"axis_departure_{'percent' if form == 'youth_care' else 'thousand'}", language))
            number_axis(axes.yaxis, language)
        _key(figure.add_subplot(grid[len(forms) // _COLUMNS, len(forms) % _COLUMNS]), region, language)
        return figure


def _panel(axes: "Axes", rows: pd.DataFrame, region: str) -> None:
    shown = rows.assign(value=rows["value"].where(rows["status"] == "shown"))
    table = shown.pivot(index="period", columns="region", values="value").sort_index(kind="stable")
    time = np.array([_time(period) for period in table.index])
    spell = np.searchsorted(np.array(list(_BREAKS)) - 0.5, time)
    middle = time[table.index.isin(rows.loc[rows["phase"] == "transition", "period"])]
    if len(middle):
        axes.axvspan(
            np.floor(middle.min() + 0.5) - 0.5, np.floor(middle.max() + 0.5) + 0.5, color=COLOURS["band"], linewidth=0
        )
    axes.axhline(0, color=COLOURS["reference"], linewidth=1)
    for year, line in _BREAKS.items():
        if time.min() < year - 0.5 < time.max():
            axes.axvline(year - 0.5, color=COLOURS["text"], linewidth=1.2, linestyle=line)
    cuts = [*np.flatnonzero(np.diff(spell)) + 1, len(time)]  # a gap at each break, and after the last period
    along, values = np.insert(time, cuts, np.nan), np.insert(table.to_numpy(), cuts, np.nan, axis=0)
    for focus in (False, True):  # all other regions are one line with gaps: drawn much faster than a line each
        chosen = (table.columns == region) == focus
        axes.plot(np.tile(along, chosen.sum()), values[:, chosen].T.ravel(), **_look(focus))
    years = np.unique(np.floor(time + 0.5)).astype(int)
    axes.set_xticks(years[::2] if len(years) > 4 else years)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.grid(axis="y", visible=True)


def _look(focus: bool) -> dict[str, Any]:
    if focus:
        return {"color": COLOURS["focus"], "linewidth": 2.6, "marker": "D", "markersize": 4.5, "zorder": 4}
    return {"color": COLOURS["other"], "linewidth": 0.6, "marker": ".", "markersize": 2, "zorder": 2}


def _time(period: str) -> float:
    """Place a year at its number, its halves on either side, and reference dates before the break of the next year."""
    part = {"H1": -0.25, "H2": 0.25, "-06-30": -0.1, "-12-31": 0.4}.get(period[4:], 0.0)
    return int(period[:4]) + part


def _key(axes: "Axes", region: str, language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    breaks = [
        Line2D(
            [], [], color=COLOURS["text"], linewidth=1.2, linestyle=line, label=label(f"break_short_{year}", language)
        )
        for year, line in _BREAKS.items()
    ]
    handles = [
        Line2D([], [], label=capital(label(region, language)), **_look(True)),
        Line2D([], [], label=label("other_regions_each", language), **_look(False)),
        Patch(color=COLOURS["band"], label=label("transition_years", language)),
        *breaks,
    ]
    axes.set_axis_off()
    axes.legend(handles=handles, loc="center left", borderaxespad=0, labelspacing=0.9)
