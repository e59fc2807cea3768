"""Chart: formal organisations left, informal ones right, and an arrow for each referral tie between them, wave by wave."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, label
from bereik.errors import FigureError
from bereik.plot import narrow
from bereik.plot.marks import check_drawable, note
from bereik.plot.style import key_below, key_mark, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_SIDES = {"formal": 0.0, "informal": 1.0}
_TIES: dict[str, dict[str, Any]] = {  # told apart without colour by line and width
    "both_ways": {"color": "#000000", "linestyle": "-", "linewidth": 2.6},
    "from_informal": {"color": "#D55E00", "linestyle": "-", "linewidth": 1.3},
    "from_formal": {"color": "#0072B2", "linestyle": (0, (4, 2.5)), "linewidth": 1.3},
}
_ROUNDS = 20
_BESIDE = 16  # letters of words above and below a column in a narrow picture

_Places = dict[str, tuple[float, float]]


def network(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the referral ties between formal and informal organisations, a panel for each wave.

    Parameters
    ----------
    data : pandas.DataFrame
        Tables of `tie_map`, each with a column ``wave``.
    language : {"nl", "en"}
        The language of labels.

    Returns
    -------
    matplotlib.figure.Figure
        Each organisation keeps its place, chosen so that few arrows cross. Ties within a kind are counted below the columns,
        not drawn: with them no arrow could be followed. A wave that is hidden has no panel.

    Raises
    ------
    FigureError
        When an organisation of a tie is not in the data.
    MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.pilot import example_pilot, tie_map
    >>> figure = network(tie_map(example_pilot("ties_before")).assign(wave="before"), "en")
    >>> figure.axes[0].get_title(loc="left")
    'Before'
    """
    rows = check_drawable(data, ["wave", "organisation", "to_organisation"], ["ties_sent", "referral_tie"])
    rows = rows[rows["status"] == "shown"]
    kinds = rows[rows["measure"] == "ties_sent"].drop_duplicates("organisation").set_index("organisation")["formality"]
    ties = rows[rows["measure"] == "referral_tie"]
    ties = ties.assign(**{"from": ties["organisation"].map(kinds), "to": ties["to_organisation"].map(kinds)})
    if ties[["from", "to"]].isna().any(axis=None):
        fault, todo = "ties of organisations that are not in the data", "draw the whole table of `tie_map`"
        raise FigureError(fault, "ties with all their organisations", todo)
    crossing = ties[ties["from"] != ties["to"]]
    places, waves = _places(kinds, crossing), list(dict.fromkeys(rows["wave"]))
    with style():
        figure = new_figure()
        handles = [key_mark(capital(label(f"tie_{way}", language)), **look) for way, look in _TIES.items()]
        *grid, below = narrow.grid_of(figure, len(waves), handles, height_ratios=[9, 1], wspace=0.04)
        for wave, place in zip(waves, grid, strict=True):
            axes = figure.add_subplot(place)
            _arrows(axes, crossing[crossing["wave"] == wave], places)
            _organisations(axes, kinds, places)
            _words(axes, ties[ties["wave"] == wave], wave, language)
        key_below(figure.add_subplot(below), handles, 2)
        return figure


def _places(kinds: pd.Series, crossing: pd.DataFrame) -> _Places:
    """Put each organisation near those that it has ties with (barycentre heuristic), evenly spaced, kinds apart."""
    sides = {kind: kinds.index[kinds == kind].tolist() for kind in _SIDES}
    heights = {name: (at + 0.5) / len(side) for side in sides.values() for at, name in enumerate(side)}
    partners: dict[str, list[str]] = {name: [] for name in kinds.index}
    for one, other in zip(crossing["organisation"], crossing["to_organisation"], strict=True):
        partners[one].append(other)
        partners[other].append(one)
    for turn in range(_ROUNDS):
        side = sides[list(_SIDES)[turn % 2]]
        wanted = {name: np.mean([heights[other] for other in partners[name]] or [heights[name]]) for name in side}
        for at, name in enumerate(sorted(side, key=lambda name: (round(float(wanted[name]), 9), name))):
            heights[name] = (at + 0.5) / len(side)
    return {name: (_SIDES[kinds[name]], height) for name, height in heights.items()}


def _arrows(axes: "Axes", ties: pd.DataFrame, places: _Places) -> None:
    """Draw each tie; two that go both ways are one arrow, from the formal side."""
    pairs = set(zip(ties["organisation"], ties["to_organisation"], strict=True))
    for one, other in sorted(pairs):
        both, informal = (other, one) in pairs, places[one][0] > 0
        if both and informal:
            continue
        way = "both_ways" if both else "from_informal" if informal else "from_formal"
        look = _TIES[way] | {"arrowstyle": "<|-|>" if both else "-|>", "shrinkA": 5, "shrinkB": 5, "mutation_scale": 11}
        axes.annotate("", xy=places[other], xytext=places[one], arrowprops=look)


def _organisations(axes: "Axes", kinds: pd.Series, places: _Places) -> None:
    for name, kind in kinds.items():
        x, y = places[str(name)]
        marker = "o" if kind == "formal" else "s"
        axes.plot([x], [y], marker=marker, markersize=8, color="white", markeredgecolor="black", zorder=4)
        side, away = ("left", 11) if x else ("right", -11)
        note(axes, str(name), (x, y), (away, 0), va="center", ha=side)


def _words(axes: "Axes", ties: pd.DataFrame, wave: str, language: str) -> None:
    """Name the columns, and count below each the ties that are not drawn."""
    for kind, x in _SIDES.items():
        name = narrow.wrapped(capital(label(f"organisations_{kind}", language)), _BESIDE)
        axes.text(x, 1.02, name, ha="center", va="bottom", weight="bold")
        count = int(((ties["from"] == kind) & (ties["to"] == kind)).sum())
        words = label("ties_among_them", language).format(count=count)
        axes.text(x, -0.01, narrow.wrapped(words, _BESIDE), ha="center", va="top")
    axes.set_title(capital(label(wave, language)), pad=36 if narrow.on() else 20)
    axes.set_xlim(-0.4, 1.4)
    axes.set_ylim(-0.12, 1.04)
    axes.set_axis_off()
