"""Chart: how many took part in each network, beside the plan, and which kinds of partner were represented."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.pilot.facts import pilot_facts
from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import row_name
from bereik.plot.style import COLOURS, key_below, new_figure, scale_from_zero, style
from bereik.terms.names import format_number, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["participation"]

_ROW = 0.34  # inches
_THERE = {"marker": "o", "markersize": 11, "color": COLOURS["reference"], "linestyle": ""}
_MISSING = {"marker": "X", "markersize": 10, "color": "white", "markeredgecolor": COLOURS["focus"], "linestyle": ""}


def participation(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the size of each network beside the published plan, and its kinds of partner: represented or missing.

    Parameters
    ----------
    data : pandas.DataFrame
        The result tables of `recruitment` and `partner_kinds`, one below the other.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Above a bar for each network with the plan as a band, below it a mark for each kind of partner in each network. A hidden
        number is a word. How many there are of a kind is not drawn.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> from bereik.pilot.networks import partner_kinds, recruitment
    >>> pilot = read_pilot()
    >>> figure = participation(pd.concat([recruitment(pilot), partner_kinds(pilot)]), "en")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['34', '12', '12', '10']
    """
    size = check_drawable(data, ["network"], ["participants"])
    kinds = check_drawable(data, ["network", "partner_kind"], ["partner_kind_represented"])
    networks = list(dict.fromkeys(size["network"]))
    rows = list(dict.fromkeys(kinds["partner_kind"]))
    with style():
        heights = [_ROW * (len(networks) + 1) + 0.5, _ROW * (len(rows) + 1) + 0.7, 0.4]
        figure = new_figure(sum(heights))
        above, below, key = figure.subplots(3, 1, height_ratios=heights)
        _sizes(above, size, networks, language)
        _kinds(below, kinds, networks, rows, language)
        _key(key, language)
        return figure


def _sizes(axes: "Axes", size: pd.DataFrame, networks: list[str], language: str) -> None:
    plan = pilot_facts("plan").set_index("code")
    for height, network in enumerate(networks):
        row = one_row(size, network=network)
        if network in plan.index:
            low, high = (int(plan.loc[network, name]) for name in ("lowest", "highest"))
            axes.barh(height, high - low, left=low, height=0.9, color=COLOURS["warning"], zorder=1)
        if row is None or row["status"] != "shown":
            draw_value(axes, row, height, language=language, decimals=0, colour="", marker="")
            continue
        axes.barh(height, row["value"], height=0.35, color=COLOURS["quiet_text"], zorder=2)
        axes.annotate(
            format_number(row["value"], language), (row["value"], height), xytext=(6, 0), textcoords="offset points",
            va="center", weight="bold", zorder=3,
        )  # fmt: skip
    top = max(float(size["value"].max()), float(plan["highest"].max())) if size["value"].notna().any() else 13.0
    scale_from_zero(axes, 1.15 * top)
    axes.set_yticks(range(len(networks)), [row_name(network, language, width=40) for network in networks])
    axes.set_ylim(len(networks) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_title(label("number_of_participants", language))


def _kinds(axes: "Axes", kinds: pd.DataFrame, networks: list[str], rows: list[str], language: str) -> None:
    for height, kind in enumerate(rows):
        for place, network in enumerate(networks):
            row = one_row(kinds, network=network, partner_kind=kind)
            if row is not None and row["status"] == "shown":
                axes.plot([place], [height], **(_THERE if row["value"] > 0 else _MISSING))  # type: ignore[arg-type]
    axes.set_yticks(range(len(rows)), [row_name(kind, language, width=40) for kind in rows])
    axes.set_xticks(range(len(networks)), [row_name(network, language, width=18) for network in networks])
    axes.set_xlim(-0.6, len(networks) - 0.4)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(length=0)
    axes.grid(axis="y", visible=True)
    axes.set_title(label("kinds_of_partner", language))


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = {"represented": _THERE, "not_represented": _MISSING}
    plan = Patch(facecolor=COLOURS["warning"], label=label("planned_size", language))
    lines = [Line2D([], [], **look, label=label(code, language)) for code, look in marks.items()]  # type: ignore[arg-type]
    key_below(axes, [plan, *lines], 3)
