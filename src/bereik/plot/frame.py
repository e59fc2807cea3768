"""Puts the texts of a figure into its frame, a slide: title and subtitle above, the source below, the drawing between."""

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING

from bereik.plot.style import COLOURS, HEIGHT, SMALL, TEXT, TITLE, WIDTH, new_figure, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["add_frame", "only_words"]

_MARGIN = 0.3  # inches
_GAP = 0.1
_SAFE = 0.97  # letters are a little wider or narrower at another resolution


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
    >>> from bereik.plot.style import new_figure
    >>> figure = new_figure()
    >>> add_frame(figure, {"title": "A finding", "subtitle": "What, where, when", "source": "Source: made up"})
    >>> figure.get_size_inches().round(2).tolist(), len(figure.texts)
    ([13.33, 7.5], 3)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_size_inches(WIDTH, HEIGHT)
    renderer = FigureCanvasAgg(figure).get_renderer()
    down = _MARGIN
    for words, size, weight in ((texts["title"], TITLE, "bold"), (texts["subtitle"], TEXT, "normal")):
        text = _text(figure, renderer, words, size, weight)
        text.set_position((_MARGIN / WIDTH, 1 - down / HEIGHT))
        down += text.get_window_extent(renderer).height / figure.dpi + _GAP
    source = _text(figure, renderer, texts["source"], SMALL, "normal", COLOURS["quiet_text"])
    foot = source.get_window_extent(renderer).height / figure.dpi + _MARGIN
    source.set_position((_MARGIN / WIDTH, foot / HEIGHT))
    foot += _GAP
    edge = (_MARGIN - 0.05) / WIDTH
    figure.set_layout_engine("constrained", rect=(edge, foot / HEIGHT, 1 - 2 * edge, (HEIGHT - down - foot) / HEIGHT))
    _settle(figure)
    if across:
        figure.text(
            0.5, (foot + HEIGHT - down) / 2 / HEIGHT, across, size=54, weight="bold", rotation=18, ha="center", va="center",
            color=COLOURS["example"], alpha=0.22, parse_math=False,
        )  # fmt: skip


def only_words(data: "pd.DataFrame", language: str, *, words: Mapping[str, str]) -> "Figure":
    """Draw a sentence in the place of a chart of which nothing is shown.

    Parameters
    ----------
    data : pandas.DataFrame
        The result table; none of its rows is shown.
    language : {"nl", "en"}
        The language of the words.
    words : dict
        The sentence in each language.

    Returns
    -------
    matplotlib.figure.Figure
        The words in the middle of a frame.

    Examples
    --------
    >>> import pandas as pd
    >>> only_words(pd.DataFrame(), "en", words={"en": "Not shown."}).axes[0].texts[0].get_text()
    'Not shown.'
    """
    with style():
        figure = new_figure()
        axes = figure.add_subplot(xticks=[], yticks=[])
        axes.text(0.5, 0.5, fill(words[language], 60), ha="center", va="center", size=TEXT, transform=axes.transAxes)
        axes.spines[:].set_visible(True)
        return figure


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
) -> "Text":
    text = figure.text(
        0, 0, "", size=size, weight=weight, color=colour, va="top", ha="left", linespacing=1.25, parse_math=False
    )
    text.set_in_layout(False)
    room = (WIDTH - 2 * _MARGIN) * figure.dpi * _SAFE
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
