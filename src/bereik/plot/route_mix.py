"""Chart: through which door trajectories came in, as bars of 100 per cent; places or groups of wijken below each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from bereik.errors import FigureError
from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, row_name
from bereik.plot.style import COLOURS, new_figure, style
from bereik.terms.names import capital, format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["REFERRERS", "route_mix"]

REFERRERS = {  # colour, hatch, colour of the number
    "municipal_access": ("#E69F00", "", "#1A1A1A"),
    "gp": ("#0072B2", "", "#FFFFFF"),
    "youth_doctor": ("#56B4E9", "", "#1A1A1A"),
    "medical_specialist": ("#CFE9F8", "", "#1A1A1A"),
    "certified_institution": ("#00664B", "", "#FFFFFF"),
    "judge": ("#1A1A1A", "", "#FFFFFF"),
    "none": ("#D0D0D0", "", "#1A1A1A"),
    "unknown": ("#F4F4F4", "////", "#1A1A1A"),
}
_ROW, _HEAD, _KEY = 0.34, 0.5, 0.42  # inches
_SMALLEST = 6.5  # per cent: no number in a narrower part


def route_mix(data: pd.DataFrame, language: str, *, rows: str, panels: str = "region") -> "Figure":
    """Draw the shares of the referrers as bars of 100 per cent, a panel for each place, a bar for each place or group.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table of `route_shares` with the columns `rows`, `panels` and ``referrer``.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : str
        The column that makes the bars, for example ``region`` or ``third``; a column ``row_words_nl`` and
        ``row_words_en`` may name them.
    panels : str
        The column that makes the panels, in order of appearance.

    Returns
    -------
    matplotlib.figure.Figure
        A share that is not published is a gap at the end of a bar.

    Raises
    ------
    FigureError
        When a referrer is unknown, or there are more than three panels.
    MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": "Delft", "period": "2023", "referrer": ["gp", "none"], "measure": "route_share",
    ...                       "value": [70.0, 30.0], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = route_mix(result_table(frame, ["region", "period", "referrer"]), "en", rows="period")
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [70.0, 30.0]
    """
    shares = check_drawable(data, [*dict.fromkeys([rows, panels, "referrer"])], ["route_share"])
    strange = set(shares["referrer"]) - set(REFERRERS)
    places = list(dict.fromkeys(shares[panels])) if panels != rows else [""]
    if strange or len(places) > 3:
        raise FigureError(
            f"referrers {sorted(strange)} and {len(places)} panels",
            f"referrers {', '.join(REFERRERS)}, and at most three panels",
            "select rows, or correct the referrer",
        )
    names = categories(data.loc[shares.index], rows, language) if rows != "region" else _places(shares, language)
    with style():
        row = _ROW * (1.35 if f"row_words_{language}" in shares else 1)  # room for names of two lines
        height = row * len(names) + _HEAD
        figure = new_figure(height + _KEY)
        grid = figure.add_gridspec(2, len(places), height_ratios=[height, _KEY])
        for column, place in enumerate(places):
            own = shares[shares[panels] == place] if place else shares
            axes = figure.add_subplot(grid[0, column])
            _panel(axes, own, rows, names, language, named=column == 0)
            axes.set_title(row_name(place, language) if place else "")
        _key(figure.add_subplot(grid[1, :]), language)
        return figure


def _places(shares: pd.DataFrame, language: str) -> list[str]:
    names = categories(shares.assign(municipality=shares["region"]), "municipality", language)
    return sorted(names, key=lambda name: name == "Nederland")


def _panel(axes: "Axes", shares: pd.DataFrame, rows: str, names: Sequence[str], language: str, *, named: bool) -> None:
    for height, name in enumerate(names):
        own = shares[shares[rows] == name].set_index("referrer")
        left = 0.0
        for referrer, (colour, hatch, ink) in REFERRERS.items():
            value = own["value"].get(referrer)
            if value is None or pd.isna(value):
                continue
            edge = "#8A8A8A" if hatch else "white"
            axes.barh(
                height,
                value,
                left=left,
                height=0.78,
                color=colour,
                hatch=hatch,
                edgecolor=edge,
                linewidth=0.6,
                snap=False,
            )
            if value >= _SMALLEST:
                plate = {"facecolor": colour, "edgecolor": "none", "pad": 0.8} if hatch else None
                axes.text(
                    left + value / 2, height, format_number(value, language, 0), ha="center", va="center", color=ink, bbox=plate
                )  # fmt: skip
            left += value
        if own.empty:
            words = label("not_in_files", language)
            axes.text(1, height, words, va="center", style="italic", color=COLOURS["quiet_text"])
    axes.set_xlim(0, 100)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), [_words(shares, rows, name, language) if named else "" for name in names])
    axes.tick_params(axis="y", length=0, pad=9)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(label("axis_route_share", language), loc="left")


def _words(shares: pd.DataFrame, rows: str, name: str, language: str) -> str:
    column = f"row_words_{language}"
    if column in shares:
        return "\n".join(shares.loc[shares[rows] == name, column].head(1).astype(str))
    return row_name(name, language)


def _key(axes: "Axes", language: str) -> None:
    """Explain the colours in two lines."""
    from matplotlib.patches import Patch

    parts = [
        Patch(
            facecolor=colour, hatch=hatch, edgecolor="#8A8A8A" if hatch else "white",
            label=capital(label(f"route_{code}", language)),
        )
        for code, (colour, hatch, _) in REFERRERS.items()
    ]  # fmt: skip
    axes.set_axis_off()
    axes.legend(handles=parts, loc="upper left", ncols=4, borderaxespad=0, handletextpad=0.6, columnspacing=1.4)
