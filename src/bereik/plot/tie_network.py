"""Chart: formal organisations left, informal ones right, and a line for each referral tie that crosses, before and after."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.errors import FigureError
from bereik.plot.marks import check_drawable
from bereik.plot.style import COLOURS, key_below, new_figure, style
from bereik.terms.names import capital, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["tie_network"]

_ROW, _KEY = 0.3, 0.55  # inches
_SIDES = {"formal": 0.0, "informal": 1.0}
_LOOKS: dict[
    str, tuple[str, Any, float]
] = {  # which way: colour, line style, width; told apart without colour by style and width
    "both_ways": ("#000000", "-", 2.4),
    "from_informal": ("#D55E00", "-", 1.2),
    "from_formal": ("#0072B2", (0, (4, 2.5)), 1.2),
}
_ROUNDS = 20


def tie_network(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the referral ties between formal and informal organisations, a panel for each wave.

    Parameters
    ----------
    data : pandas.DataFrame
        Tables of `tie_map`, each with a column ``wave``, and those of `brokers` of which the organisations are marked.
    language : {"nl", "en"}
        The language of labels.

    Returns
    -------
    matplotlib.figure.Figure
        Each organisation keeps its place, chosen so that few lines cross. Ties within a kind are counted below the columns,
        not drawn: with them no line could be followed.

    Raises
    ------
    FigureError
        When the network is hidden, or an organisation of a tie is not in the data.
    MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.pilot.synthetic_programmes import make_ties
    >>> from bereik.pilot.brokers import tie_map
    >>> figure = tie_network(tie_map(make_ties()[0]).assign(wave="before"), "en")
    >>> figure.axes[0].get_title(loc="left")
    'Before'
    """
    rows = check_drawable(data, ["wave", "organisation", "to_organisation"], ["ties_sent", "referral_tie"])
    kinds = rows[rows["measure"] == "ties_sent"].drop_duplicates("organisation").set_index("organisation")["formality"]
    ties = rows[rows["measure"] == "referral_tie"]
    strange = set(ties["organisation"]) | set(ties["to_organisation"])
    if (rows["status"] != "shown").any() or not strange <= set(kinds.index):
        raise FigureError(
            "a network that is hidden, or ties of organisations that are not in the data",
            "a network of 10 ties or more, with all its organisations",
            "leave the figure out when the network is that small",
        )
    middle = data[data["measure"] == "broker_share"]
    marked = set(zip(middle["wave"], middle["organisation"], strict=True)) if len(middle) else set()
    places = _places(kinds, ties)
    waves = list(dict.fromkeys(rows["wave"]))
    with style():
        body = _ROW * max(kinds.value_counts()) + 0.9
        figure = new_figure(body + _KEY)
        grid = figure.add_gridspec(2, len(waves), height_ratios=[body, _KEY], wspace=0.08)
        for column, wave in enumerate(waves):
            axes = figure.add_subplot(grid[0, column])
            own = ties[ties["wave"] == wave]
            _lines(axes, own, places)
            _organisations(axes, kinds, places, {name for at, name in marked if at == wave})
            _words(axes, own, kinds, wave, language)
        _key(figure.add_subplot(grid[1, :]), language, brokers=bool(marked))
        return figure


def _places(kinds: pd.Series, ties: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Put each organisation near those of the other kind that it has ties with (barycentre heuristic), evenly spaced."""
    heights = {
        name: (at + 0.5) / (kinds == kind).sum()
        for kind in _SIDES
        for at, name in enumerate(kinds.index[kinds == kind])
    }
    partners: dict[str, list[str]] = {name: [] for name in kinds.index}
    for one, other in zip(ties["organisation"], ties["to_organisation"], strict=True):
        if kinds[one] != kinds[other]:
            partners[one].append(other)
            partners[other].append(one)
    for turn in range(_ROUNDS):
        side = [name for name in kinds.index if kinds[name] == list(_SIDES)[turn % 2]]
        wanted = {name: np.mean([heights[other] for other in partners[name]] or [heights[name]]) for name in side}
        for at, name in enumerate(sorted(side, key=lambda name: (round(float(wanted[name]), 9), name))):
            heights[name] = (at + 0.5) / len(side)
    return {name: (_SIDES[kinds[name]], height) for name, height in heights.items()}


def _lines(axes: "Axes", ties: pd.DataFrame, places: dict[str, tuple[float, float]]) -> None:
    pairs = set(zip(ties["organisation"], ties["to_organisation"], strict=True))
    for one, other in sorted(pairs):
        if places[one][0] == places[other][0]:
            continue
        way = "from_informal" if places[one][0] else "from_formal"
        if (other, one) in pairs:
            if way == "from_informal":
                continue  # drawn once, from the formal side
            way = "both_ways"
        colour, dash, width = _LOOKS[way]
        arrow = {"arrowstyle": "<|-|>" if way == "both_ways" else "-|>", "color": colour, "linewidth": width,
                 "linestyle": dash, "shrinkA": 5, "shrinkB": 5, "mutation_scale": 8}  # fmt: skip
        axes.annotate("", xy=places[other], xytext=places[one], arrowprops=arrow)


def _organisations(axes: "Axes", kinds: pd.Series, places: dict[str, tuple[float, float]], marked: set[str]) -> None:
    for name, kind in kinds.items():
        x, y = places[str(name)]
        focus = name in marked
        axes.plot([x], [y], marker="D" if focus else "o" if kind == "formal" else "s", markersize=10 if focus else 7,
                  color=COLOURS["focus"] if focus else "white", markeredgecolor="black", zorder=4)  # fmt: skip
        axes.annotate(
            str(name), (x, y), xytext=(9 if x else -9, 0), textcoords="offset points", va="center",
            ha="left" if x else "right", weight="bold" if focus else "normal",
        )  # fmt: skip


def _words(axes: "Axes", ties: pd.DataFrame, kinds: pd.Series, wave: str, language: str) -> None:
    """Name the columns, and count below each the ties that are not drawn."""
    ends = [ties[column].map(kinds) for column in ("organisation", "to_organisation")]
    for kind, x in _SIDES.items():
        axes.text(x, 1.02, capital(label(f"organisations_{kind}", language)), ha="center", va="bottom", weight="bold")
        count = int(((ends[0] == kind) & (ends[1] == kind)).sum())
        axes.text(x, -0.03, label("ties_among_them", language).format(count=count), ha="center", va="top")
    axes.set_title(capital(label(wave, language)), pad=20)
    axes.set_xlim(-0.45, 1.45)
    axes.set_ylim(-0.12, 1.04)
    axes.set_axis_off()


def _key(axes: "Axes", language: str, *, brokers: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=width, label=label(f"tie_{way}", language))
        for way, (colour, dash, width) in _LOOKS.items()
    ]
    if brokers:
        handles.append(Line2D([], [], color=COLOURS["focus"], marker="D", markersize=10, markeredgecolor="black", linestyle="",
                              label=label("broker_share", language)))  # fmt: skip
    key_below(axes, handles, 2)
