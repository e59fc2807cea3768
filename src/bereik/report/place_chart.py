"""Chart: use of youth care in one place by year, beside the region and the country, and who referred."""

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, format_number, label
from bereik.data.referrals import REFERRERS
from bereik.plot.rows_and_panels import moved_apart
from bereik.plot.style import COLOURS, new_figure, number_axis, scale_from_zero, style
from bereik.report.places import USE
from bereik.report.room import report_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["place_chart"]

_LOOKS = {  # the place itself, and what stands beside it: colour, line, marker, width
    "place": (COLOURS["focus"], "-", "D", 5.0),
    "jeugdregio": (COLOURS["quiet_text"], "-", "s", 1.8),
    "country": (COLOURS["country"], "--", "o", 2.3),
}
_MARK: Any = {"linestyle": "", "clip_on": False}
_RING: Any = _MARK | {
    "color": COLOURS["country"],
    "marker": "o",
    "markersize": 10,
    "markeredgewidth": 1.8,
    "markerfacecolor": "white",
}
_SQUARE: Any = _MARK | {"color": COLOURS["focus"], "marker": "s", "markersize": 12}
_LETTER, _LINE, _BODY = 16, 0.3, 4.4  # points; inches, of a line of words and of the panels
_COLUMNS = (1.95, 1.4, 1.65, 1.0, 0.85)  # lines, their names, names of the bars, bars, numbers
_START = -_COLUMNS[2] / _COLUMNS[3]  # where the names of the bars begin, in widths of the bars


def place_chart(monitor: pd.DataFrame, routes: pd.DataFrame, language: str, *, place: str) -> "Figure":
    """Draw use of youth care of a place by year beside the region and the country, and who referred.

    Parameters
    ----------
    monitor : pandas.DataFrame
        From `read_monitor`.
    routes : pandas.DataFrame
        From `place_referrals`; without rows the second panel is left out.
    language : {"nl", "en"}
        The language of labels and numbers.
    place : str
        A municipality or the region of it.

    Returns
    -------
    matplotlib.figure.Figure
        Lines stop where a year cannot be compared with the one before. A share that is not published says so.

    Examples
    --------
    >>> from bereik.paths import project_folder
    >>> from bereik.report.places import place_referrals, read_monitor
    >>> table = read_monitor(project_folder() / "figures")
    >>> figure = place_chart(table, place_referrals(table, "Delft"), "en", place="Delft")
    >>> [axes.get_title(loc="left") for axes in figure.axes[:2]]
    ['Use of youth care (%)', 'Through which referrer, 2023']
    """
    use = monitor[monitor["indicator"] == USE]
    use = use[(use["region"] == place) | (use["region_kind"] != "municipality")]
    with style(_LETTER):
        figure = new_figure()
        grid = figure.add_gridspec(1, len(_COLUMNS), width_ratios=_COLUMNS, wspace=0)
        _lines(figure.add_subplot(grid[0, 0]), use, place, language)
        if len(routes):
            _referrers(figure.add_subplot(grid[0, 3]), figure.add_subplot(grid[0, 4]), routes, place, language)
        return figure


def _lines(axes: "Axes", use: pd.DataFrame, place: str, language: str) -> None:
    """Draw a line for the place, the region and the country, and name each at its end."""
    from matplotlib.ticker import MaxNLocator

    top = 1.15 * float(use["value"].max())
    ends = []
    for (name, region_kind), series in use.groupby(["region", "region_kind"], sort=False):
        kind = "place" if name == place else str(region_kind)
        colour, line, marker, width = _LOOKS[kind]
        years = series["period"].str[:4].astype(int)
        for _, part in series.groupby((series["comparable"].astype("str") == "False").cumsum()):
            axes.plot(
                years[part.index], part["value"], color=colour, linestyle=line, marker=marker, linewidth=width,
                markersize=8 if kind == "place" else 5, zorder=4 if kind == "place" else 3,
            )  # fmt: skip
        for value in series["value"].dropna().tail(1):
            words = f"{capital(label(str(name), language))} {format_number(value, language, 1)}%"
            ends.append((value, fill(words, 18 if kind == "place" else 21), kind))
    years = sorted(use["period"].str[:4].astype(int).unique())
    axes.set_ylim(0, top)
    axes.set_xlim(years[0] - 0.4, years[-1] + 0.4)
    axes.set_xticks(years, [str(year) if (years[-1] - year) % 4 == 0 else "" for year in years])
    axes.grid(axis="y", visible=True)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    number_axis(axes.yaxis, language)
    axes.set_title(f"{capital(label('use_rate', language))} (%)")
    ends.sort(key=lambda end: end[0])
    sizes = np.array([_LINE * (words.count("\n") + 1) for _, words, _ in ends]) * top / _BODY * 1.3
    heights = moved_apart(np.array([value for value, *_ in ends]), sizes, 0, top)
    for height, (_, words, kind) in zip(heights, ends, strict=True):
        strong = {"weight": "bold", "color": COLOURS["focus_text"]} if kind == "place" else {"color": _LOOKS[kind][0]}
        _write(axes, years[-1] + 0.4, height, words, across=7, **strong)


def _referrers(axes: "Axes", numbers: "Axes", routes: pd.DataFrame, place: str, language: str) -> None:
    """Draw a bar for the place and a ring for the country on each row, with both numbers in columns beside them."""
    shares = routes.pivot(index="referrer", columns="region", values="value")
    referrers = [code for code in REFERRERS if code in shares.index]
    country = next(name for name in shares.columns if name != place)
    looks: dict[str, dict[str, Any]] = {
        place: {"color": COLOURS["focus_text"], "weight": "bold"},
        country: {"color": COLOURS["country"]},
    }
    for height, code in enumerate(referrers):
        here, there = shares.loc[code, place], shares.loc[code, country]
        if pd.notna(here):
            axes.barh(height, here, height=0.62, color=COLOURS["focus"], snap=False)
        else:
            hidden = label("not_published", language)
            _write(axes, 0, height, hidden, across=14, style="italic", color=COLOURS["quiet_text"])
        axes.plot([there], [height], **_RING)
        _write(axes, 0, height, capital(label(f"referrer_{code}", language)), across=-11, ha="right")
        for right, (name, look) in zip((0.48, 1.0), looks.items(), strict=True):
            value = shares.loc[code, name]
            if pd.notna(value):
                number = f"{format_number(value, language, int(value < 1))}%"
                _write(numbers, right, height, number, ha="right", **look)
    _key(axes, looks, place, language)
    numbers.set_axis_off()
    for panel in (axes, numbers):
        panel.set_ylim(len(referrers) - 0.5, -2.5)
    axes.set_yticks([])
    scale_from_zero(axes, 1.05 * float(shares.max().max()), highest=100)
    axes.set_xlabel(label("axis_referral_share", language), loc="left")
    words = report_words("factsheet", language)["chart"]["referrers_title"].format(year=routes["period"].iloc[0])
    axes.set_title(words, x=_START)
    axes.spines["left"].set_bounds(-0.5, len(referrers) - 0.5)


def _key(axes: "Axes", looks: dict[str, dict[str, Any]], place: str, language: str) -> None:
    """Explain the bar and the ring above the rows."""
    across = axes.get_yaxis_transform()
    for height, (name, look) in zip((-2.0, -1.05), looks.items(), strict=True):
        mark = _SQUARE if name == place else _RING
        axes.plot([_START + 0.05], [height], transform=across, in_layout=False, **mark)
        _write(axes, _START, height, capital(label(name, language)), across=25, xycoords=across, **look)


def _write(axes: "Axes", place: float, height: float, words: str, *, across: float = 0, **look: Any) -> None:
    """Write words beside a panel, in the room that the layout leaves empty for them."""
    axes.annotate(
        words, (place, height), xytext=(across, 0), textcoords="offset points", va="center", annotation_clip=False,
        in_layout=False, **look,
    )  # fmt: skip
