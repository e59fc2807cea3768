"""One look for every figure: colours by the job they do, markers, number axes in two languages, and the frame of a slide."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from textwrap import fill
from typing import TYPE_CHECKING, Any

from bereik.codelists.names import format_number
from bereik.plot import narrow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    _Placed = tuple[Text, float]


WIDTH, HEIGHT = 40 / 3, 7.5  # inches: a slide of 16:9, 1920 by 1080 points at 144 an inch
SMALL, TEXT, TITLE = 12.0, 14.0, 20.0  # points: no letter is smaller than the first
_MARGIN, _GAP = 0.3, 0.1  # inches
_SAFE = 0.97  # letters are a little wider or narrower at another resolution
_LETTERS = ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
_LOOK: dict[str, Any] = tomllib.loads(files("bereik.plot").joinpath("style.toml").read_text("utf-8"))
COLOURS: dict[str, str] = _LOOK["colours"]
ORIGINS: dict[str, tuple[str, str]] = {code: (colour, marker) for code, (colour, marker) in _LOOK["origins"].items()}
LOOKS: dict[str, dict[str, Any]] = {
    name: {part: COLOURS.get(value, value) if isinstance(value, str) else value for part, value in look.items()}
    for name, look in _LOOK["looks"].items()
}
SERIES, SHAPES, HOLLOW = (_LOOK[name] for name in ("series", "shapes", "hollow"))


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

    sizes = dict.fromkeys(_LETTERS, letter) | {"axes.titlesize": letter * TEXT / SMALL}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK["settings"] | sizes)
        yield


def new_figure(height: float = HEIGHT) -> "Figure":
    """Make an empty figure of the size of a slide that stands on its own (nothing is registered with pyplot).

    Parameters
    ----------
    height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        16:9, or narrow within `bereik.plot.narrow.drawn`, with constrained layout, so that labels find room.

    Examples
    --------
    >>> new_figure().get_size_inches().round(2).tolist()
    [13.33, 7.5]
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(narrow.WIDTH if narrow.on() else WIDTH, height), layout="constrained")


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


def key_mark(words: str, **look: Any) -> "Line2D":
    """Give a mark, or a line, with its words for a key."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=words, **look)


def key_below(axes: "Axes", handles: list[Any], columns: int) -> "Legend":
    """Turn an axes into a row that explains the marks, from the left edge of the figure on."""
    from matplotlib.transforms import blended_transform_factory

    axes.set_axis_off()
    left = blended_transform_factory(axes.figure.transFigure, axes.transAxes)
    place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (0.02, 0.5), "bbox_transform": left}
    look: dict[str, Any] = {"borderaxespad": 0, "handletextpad": 0.6, "columnspacing": 1.6}
    legend = axes.legend(handles=handles, ncols=1 if narrow.on() else columns, **place, **look)
    legend.set_in_layout(False)  # a long key must not make the panels narrow
    return legend


def only_words(data: "pd.DataFrame", language: str, *, words: Mapping[str, str]) -> "Figure":
    """Draw a sentence, given in each language, in the place of a chart of which nothing is shown."""
    with style():
        figure = new_figure()
        place: Any = narrow.grid_of(figure, 1, [])[0] if narrow.on() else 111  # a panel that has no rows
        axes = figure.add_subplot(place, xticks=[], yticks=[])
        said = narrow.wrapped(fill(words[language], 60))
        axes.text(0.5, 0.5, said, ha="center", va="center", size=TEXT, transform=axes.transAxes)
        axes.spines[:].set_visible(True)
        return figure


def add_frame(figure: "Figure", texts: Mapping[str, str], *, across: str = "") -> None:
    """Write title, subtitle and source into a figure, wrapped, and leave the drawing the rest of the slide.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn without texts.
    texts : dict
        ``title``, ``subtitle`` and ``source`` in one language.
    across : str
        Words across the drawing, for example that the figures are made up.

    Examples
    --------
    >>> texts = {"title": "A finding", "subtitle": "What, where, when", "source": "Source: made up"}
    >>> figure = new_figure()
    >>> add_frame(figure, texts)
    >>> figure.get_size_inches().round(2).tolist(), len(figure.texts)
    ([13.33, 7.5], 3)

    Words stand in the same places at another resolution:

    >>> sharper = new_figure()
    >>> sharper.set_dpi(200)
    >>> add_frame(sharper, texts)
    >>> [one.get_position() for one in sharper.texts] == [one.get_position() for one in figure.texts]
    True
    """
    width, margin, larger = (narrow.WIDTH, 0.08, 0.5) if narrow.on() else (WIDTH, _MARGIN, 1)
    figure.set_size_inches(width, figure.get_figheight() if narrow.on() else HEIGHT)
    looks = {"title": (TITLE, "bold", "text"), "subtitle": (TEXT, "normal", "text")}
    *above, (source, below) = (
        _paragraph(figure, texts[name], width - 2 * margin, SMALL + larger * (size - SMALL), weight, COLOURS[colour])
        for name, (size, weight, colour) in (looks | {"source": (SMALL, "normal", "quiet_text")}).items()
    )
    head, foot = margin + sum(high + _GAP for _, high in above), below + margin + _GAP
    if narrow.on():
        narrow.lay_out(figure)
        figure.set_figheight(figure.get_figheight() + head + foot)
    height, down, edge = figure.get_figheight(), margin, (margin - 0.05) / width
    for text, high in above:
        text.set_position((margin / width, 1 - down / height))
        down += high + _GAP
    source.set_position((margin / width, (below + margin) / height))
    rect = (edge, foot / height, 1 - 2 * edge, (height - head - foot) / height)
    figure.set_layout_engine("constrained", rect=rect, **narrow.pads())
    _settle(figure)
    if across:
        size, middle = 22 if narrow.on() else 54, (foot + height - head) / 2 / height
        look: Any = {"size": size, "weight": "bold", "color": COLOURS["example"], "alpha": 0.22, "parse_math": False}
        figure.text(0.5, middle, across, rotation=18, ha="center", va="center", **look)


def _settle(figure: "Figure") -> None:
    """Fix the places that the layout gave, rounded: its solver differs in the last digit from run to run."""
    layout: Any = figure.get_layout_engine()
    for _ in range(3 - narrow.on() if figure.axes else 0):  # each time it uses what it measured the time before
        layout.execute(figure)
    places = [axes.get_position().bounds for axes in figure.axes]
    figure.set_layout_engine(None)
    for axes, bounds in zip(figure.axes, places, strict=True):  # rounded twice: noise must not decide a tie
        axes.set_position(tuple(round(round(part, 9), 4) for part in bounds))


def _paragraph(figure: "Figure", words: str, width: float, size: float, weight: str, colour: str) -> "_Placed":
    """Write words in lines that fit, those of a title of about the same length; give their height in inches too."""
    look: dict[str, Any] = {"size": size, "weight": weight, "color": colour, "linespacing": 1.25, "parse_math": False}
    text = figure.text(0, 0, "", va="top", ha="left", **look)
    text.set_in_layout(False)
    blank = _width("n n", size, weight) - 2 * _width("n", size, weight)

    def wrapped(room: float) -> list[str]:
        lines, end = [""], -blank
        for word in words.split():
            wide = blank + _width(word, size, weight)
            fits = end + wide <= room or not lines[-1]
            lines[-1:] = [f"{lines[-1]} {word}".strip()] if fits else [lines[-1], word]
            end = end + wide if fits else wide - blank
        return lines

    room = width * _SAFE
    lines = wrapped(room)
    while weight == "bold" and len(narrower := wrapped(room * 0.98)) == len(lines) > 1:
        lines, room = narrower, room * 0.98
    text.set_text("\n".join(lines))
    return text, text.get_window_extent(_renderer()).height / figure.dpi


@cache
def _renderer() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(1, 1, 100)  # dots an inch, as a figure has


@cache
def _width(words: str, size: float, weight: str) -> float:
    """Measure words on one line, in inches."""
    from matplotlib.font_manager import FontProperties

    letters = FontProperties(size=size, weight=weight)
    return float(_renderer().get_text_width_height_descent(words, letters, ismath=False)[0] / _renderer().dpi)
