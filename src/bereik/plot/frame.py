"""Puts the texts of a figure into its frame: title and subtitle above, the source below, with room made for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bereik.plot.style import COLOURS, SMALL

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["add_frame"]

_MARGIN = 0.2  # inches
_GAP = 0.1
_SAFE = 0.97  # letters are a little wider or narrower at another resolution


def add_frame(figure: "Figure", texts: Mapping[str, str], *, warning: str = "") -> None:
    """Write title, subtitle and source into a figure, wrapped, and make the figure as much higher as they need.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn without texts. Its axes keep their size.
    texts : dict
        ``title``, ``subtitle`` and ``source`` in one language.
    warning : str
        Words in a coloured box above the title, for example that the data are synthetic.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> figure = new_figure(3)
    >>> add_frame(figure, {"title": "A finding", "subtitle": "What, where, when", "source": "Source: made up"})
    >>> bool(figure.get_size_inches()[1] > 3)
    True
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    dpi = figure.dpi
    above = [
        *([_text(figure, renderer, warning, 11, "bold", box=True)] if warning else []),
        _text(figure, renderer, texts["title"], 13, "bold"),
        _text(figure, renderer, texts["subtitle"], 10, "normal"),
    ]
    source = _text(figure, renderer, texts["source"], SMALL, "normal", COLOURS["quiet_text"])
    heights = [text.get_window_extent(renderer).height / dpi for text in above]
    foot = source.get_window_extent(renderer).height / dpi + _MARGIN + _GAP
    head = _MARGIN + sum(heights) + _GAP * (len(above) + (2 if warning else 0))
    width, body = (float(inches) for inches in figure.get_size_inches())
    total = head + body + foot
    figure.set_size_inches(width, total)
    down = _MARGIN + (_GAP if warning else 0)
    for text, height in zip(above, heights, strict=True):
        text.set_position((_MARGIN / width, 1 - down / total))
        down += height + _GAP + (_GAP if text.get_bbox_patch() else 0)
    source.set_position((_MARGIN / width, (foot - _GAP) / total))
    edge = (_MARGIN - 0.05) / width
    figure.set_layout_engine("constrained", rect=(edge, foot / total, 1 - 2 * edge, body / total))
    _settle(figure)


def _settle(figure: "Figure") -> None:
    """Fix the places that the layout found, rounded: its solver differs in the last digit from run to run."""
    for _ in range(3):  # each draw lets the layout use what the one before it measured
        figure.draw_without_rendering()
    places = [axes.get_position().bounds for axes in figure.axes]
    figure.set_layout_engine("none")
    for axes, bounds in zip(figure.axes, places, strict=True):  # rounded twice: noise must not decide a tie
        axes.set_position(tuple(round(round(part, 9), 4) for part in bounds))


def _text(
    figure: "Figure",
    renderer: "RendererAgg",
    words: str,
    size: float,
    weight: str,
    colour: str = COLOURS["text"],
    *,
    box: bool = False,
) -> "Text":
    text = figure.text(
        0, 0, "", size=size, weight=weight, color=colour, va="top", ha="left", linespacing=1.25, parse_math=False
    )
    if box:
        text.set_bbox({"facecolor": COLOURS["warning"], "edgecolor": COLOURS["text"], "boxstyle": "square,pad=0.35"})
    text.set_in_layout(False)
    room = (figure.get_size_inches()[0] - 2 * _MARGIN) * figure.dpi * _SAFE
    lines = _wrapped(words, text, renderer, room)
    while weight == "bold" and len(narrower := _wrapped(words, text, renderer, room * 0.98)) == len(lines) > 1:
        lines, room = narrower, room * 0.98
    text.set_text("\n".join(lines))
    return text


def _wrapped(words: str, text: "Text", renderer: "RendererAgg", room: float) -> list[str]:
    """Break a text into lines that fit, measured with the letters that are drawn."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        width, _, _ = renderer.get_text_width_height_descent(longer, text.get_fontproperties(), ismath=False)
        if width > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
