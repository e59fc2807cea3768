"""One look for every figure: colours by the job they do, markers beside them, fonts, and number axes in two languages."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bereik.codelists.names import format_number
from bereik.errors import UnknownNameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

__all__ = [
    "COLOURS", "HEIGHT", "ORIGINS", "SERIES", "SMALL", "TEXT", "TITLE", "WIDTH", "new_figure", "origin_style", "style",
]  # fmt: skip

WIDTH, HEIGHT = 40 / 3, 7.5  # inches: a slide of 16:9, 1920 by 1080 points at 144 an inch
ROOM = 5.0  # inches of its height that a title, a subtitle and a source of two lines each leave for the drawing
SMALL, TEXT, TITLE = 12.0, 14.0, 20.0  # points: no letter is smaller than the first
# Okabe and Ito's palette, which readers with any form of colour blindness can tell apart; names say the job.
COLOURS = {
    "focus": "#D55E00",
    "focus_text": "#A84300",
    "country": "#000000",
    "other": "#9A9A9A",
    "band": "#DCE6EE",
    "reference": "#333333",
    "grid": "#E3E3E3",
    "text": "#1A1A1A",
    "quiet_text": "#595959",
    "example": "#B8860B",
}
_BLUE, _SKY, _GREEN, _ORANGE, _PURPLE, _BROWN = "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#8C6D31"
_VERMILION, _GREY = "#D55E00", "#5A5A5A"
ORIGINS = {
    "total": ("#000000", "o"),
    "nederlands": (_BLUE, "o"),
    "nederland": (_BLUE, "o"),
    "met_migratieachtergrond": (_BROWN, "D"),
    "buiten_nederland": (_BROWN, "D"),
    "westers": (_GREEN, "s"),
    "europa": (_GREEN, "s"),
    "niet_westers": (_PURPLE, "^"),
    "buiten_europa": (_PURPLE, "^"),
    "turkije": (_ORANGE, "v"),
    "marokko": (_SKY, "P"),
    "suriname": (_BROWN, "X"),
    "antillen_aruba": (_VERMILION, "<"),
    "nederlandse_cariben": (_VERMILION, "<"),
    "indonesie": (_GREY, ">"),
    "overig_niet_westers": (_PURPLE, "d"),
    "overig_buiten_europa": (_PURPLE, "d"),
    "onbekend": ("#9A9A9A", "*"),
    "example_reference": (_BLUE, "o"),
    "example_a": (_GREEN, "s"),
    "example_b": (_ORANGE, "v"),
    "example_c": (_SKY, "P"),
    "example_d": (_BROWN, "X"),
    "example_e": (_VERMILION, "<"),
    "example_f": (_PURPLE, "d"),
    "example_g": (_GREY, ">"),
    "example_b_to_f": (_PURPLE, "^"),
    "example_a_to_f": (_BROWN, "D"),
}
SERIES = {  # bars and parts of bars that have the same colour everywhere; each is dark or light beside its neighbour
    "via_municipality": _ORANGE,
    "via_doctor": _BLUE,
    "via_court": "#1A1A1A",
    "via_nobody": "#D0D0D0",
    "mix": "#9A9A9A",
    "rate": _VERMILION,
    "participants": "#333333",
    "tool_tried": _SKY,
    "tool_adopted": _BLUE,
    "signal_taken_up": _SKY,
    "signal_resolved": _BLUE,
}
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "text.color": COLOURS["text"],
    "text.parse_math": False,
    "axes.labelcolor": COLOURS["text"],
    "xtick.color": COLOURS["text"],
    "ytick.color": COLOURS["text"],
    "axes.edgecolor": COLOURS["quiet_text"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": COLOURS["grid"],
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "bereik",
    "svg.fonttype": "none",
}

_LETTERS = ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")


@contextmanager
def style(letter: float = SMALL) -> Iterator[None]:
    """Draw in the style of bereik within a ``with`` block; nothing is set outside it.

    Parameters
    ----------
    letter : float
        The size of the letters in points; smaller for a picture that is no slide.

    Returns
    -------
    context manager
        Inside it the settings of matplotlib are those of bereik, whatever the reader's own are.

    Notes
    -----
    Colours: Okabe and Ito, Color Universal Design (2008). Text has a contrast of at least 4.5 : 1 on its background, the
    smallest letter is 12 points on a slide of 13.3 by 7.5 inches.

    Examples
    --------
    >>> import matplotlib
    >>> with style():
    ...     matplotlib.rcParams["svg.hashsalt"]
    'bereik'
    """
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            _SETTINGS | dict.fromkeys(_LETTERS, letter) | {"axes.titlesize": letter * TEXT / SMALL}
        )
        yield


def new_figure(width: float = WIDTH, height: float = HEIGHT) -> "Figure":
    """Make an empty figure of the size of a slide that stands on its own (nothing is registered with pyplot).

    Parameters
    ----------
    width, height : float
        Inches; smaller for a picture that is no slide.

    Returns
    -------
    matplotlib.figure.Figure
        16:9, with constrained layout, so that labels find room.

    Examples
    --------
    >>> new_figure().get_size_inches().round(2).tolist()
    [13.33, 7.5]
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def origin_style(code: str) -> tuple[str, str]:
    """Give the colour and the marker of an origin group, the same in every figure.

    Parameters
    ----------
    code : str
        Code of an origin group.

    Returns
    -------
    tuple of str
        Colour and marker; groups of the two schemes that are near share them.

    Raises
    ------
    UnknownNameError
        When the code is unknown.

    Examples
    --------
    >>> origin_style("westers")
    ('#009E73', 's')
    """
    if code not in ORIGINS:
        raise UnknownNameError("origin", code, ORIGINS)
    return ORIGINS[code]


def number_axis(axis: "Axis", language: str) -> None:
    """Write the numbers at an axis as readers of the language do, whole ones without decimals."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    def write(value: float, _: int | None) -> str:
        decimals = next((places for places in range(3) if math.isclose(value, round(value, places), abs_tol=1e-9)), 3)
        return format_number(float(value), language, decimals)

    axis.set_major_formatter(FuncFormatter(write))
    axis.set_minor_formatter(NullFormatter())


def scale_from_zero(axes: "Axes", end: float, *, highest: float = math.inf) -> None:
    """Let x run from 0 to `end`, with round ticks that go no higher than `highest` (100 for a percentage)."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, min(end, highest))
    axes.set_xticks([tick for tick in ticks if tick <= min(end, highest)])
    axes.set_xlim(0, end)


def key_below(axes: "Axes", handles: list[Any], columns: int) -> "Legend":
    """Turn an axes into a row that explains the marks, from the left edge of the figure on."""
    from matplotlib.transforms import blended_transform_factory

    axes.set_axis_off()
    left = blended_transform_factory(axes.figure.transFigure, axes.transAxes)
    place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (0.02, 0.5), "bbox_transform": left}
    look: dict[str, Any] = {"borderaxespad": 0, "handletextpad": 0.6, "columnspacing": 1.6}
    legend = axes.legend(handles=handles, ncols=columns, **place, **look)
    legend.set_in_layout(False)  # a long key must not make the panels narrow
    return legend
