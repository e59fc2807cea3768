"""One look for every figure: colours by the job they do, markers beside them, fonts, and number axes in two languages."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bereik.errors import UnknownNameError
from bereik.terms.names import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "ORIGINS", "SMALL", "WIDTH", "new_figure", "origin_style", "style"]

WIDTH = 10.0
SMALL = 9.0
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
    "warning": "#FFE08A",
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
}
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": SMALL,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
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
    "svg.fonttype": "path",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of bereik within a ``with`` block; nothing is set outside it.

    Returns
    -------
    context manager
        Inside it the settings of matplotlib are those of bereik, whatever the reader's own are.

    Notes
    -----
    Colours: Okabe and Ito, Color Universal Design (2008). Text has a contrast of at least 4.5 : 1 on its background, the
    smallest letter is 9 points at the drawn width of 10 inches.

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
        matplotlib.rcParams.update(_SETTINGS)
        yield


def new_figure(height: float, width: float = WIDTH) -> "Figure":
    """Make an empty figure that stands on its own (nothing is registered with pyplot).

    Parameters
    ----------
    height, width : float
        The size in inches, without the texts that `save_figure` adds.

    Returns
    -------
    matplotlib.figure.Figure
        With constrained layout, so that labels find room.

    Examples
    --------
    >>> new_figure(4).get_size_inches().tolist()
    [10.0, 4.0]
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
        return format_number(float(value), language, 0 if float(value).is_integer() else 1)

    axis.set_major_formatter(FuncFormatter(write))
    axis.set_minor_formatter(NullFormatter())


def scale_from_zero(axes: "Axes", end: float, *, highest: float = math.inf) -> None:
    """Let x run from 0 to `end`, with round ticks that go no higher than `highest` (100 for a percentage)."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, min(end, highest))
    axes.set_xticks([tick for tick in ticks if tick <= min(end, highest)])
    axes.set_xlim(0, end)


def key_below(axes: "Axes", handles: list[Any], columns: int) -> None:
    """Turn an axes into a row that explains the marks."""
    axes.set_axis_off()
    axes.legend(
        handles=handles, loc="center left", ncols=columns, borderaxespad=0, handletextpad=0.6, columnspacing=1.6
    )
