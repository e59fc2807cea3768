"""Pictures for a telephone: a third as wide as a slide, panels below each other, names of rows above them, long words wrapped."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar, copy_context
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec


WIDTH = 40 / 9  # inches: 320 points, as many as the page has pixels on a telephone of 360
ACROSS = 36  # letters on a line
_LINE, _HIGH = 0.235, 18  # inches for a line of words or marks; lines of a panel that has no rows
_Drawn = TypeVar("_Drawn")
_on = ContextVar("narrow", default=False)


def drawn(draw: Callable[..., _Drawn], *given: Any) -> _Drawn:
    """Call a function so that the pictures it draws are narrow: charts ask with `on`."""
    context = copy_context()
    context.run(_on.set, True)
    return context.run(draw, *given)


def on() -> bool:
    """Say whether the picture that is drawn is a narrow one."""
    return _on.get()


def wrapped(words: str, across: int = ACROSS) -> str:
    """Wrap words anew in a narrow picture."""
    return fill(" ".join(words.split()), across, break_long_words=False) if on() else words


def pads() -> dict[str, float]:
    """Give the space around the panels of a narrow picture, in inches."""
    return {"h_pad": 0.1, "hspace": 0.0} if on() else {}


def grid_of(figure: "Figure", panels: int, handles: Sequence[Any], **wide: Any) -> list["SubplotSpec"]:
    """Give the places of the panels and of the key: beside each other with the key below, or all below each other.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    panels : int
        How many there are.
    handles : list
        The marks of the key; their words are wrapped in a narrow picture.
    **wide
        Of the grid of a wide picture.

    Returns
    -------
    list of matplotlib.gridspec.SubplotSpec
        That of the key is the last.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> drawn(grid_of, new_figure(), 2, [])[0].get_gridspec().get_geometry()
    (3, 1)
    """
    if not on():
        grid = figure.add_gridspec(2, panels, **wide)
        return [*(grid[0, at] for at in range(panels)), grid[1, :]]
    for handle in handles:
        handle.set_label(wrapped(handle.get_label()))
    key = sum(1.3 + handle.get_label().count("\n") for handle in handles) or 0.01
    grid = figure.add_gridspec(panels + 1, 1, height_ratios=[_HIGH] * panels + [key])
    return [grid[at, 0] for at in range(panels + 1)]


def lay_out(figure: "Figure") -> None:
    """Let the layout measure; a narrow figure becomes as high as its panels need, those with rows a line for each."""
    figure.set_layout_engine("constrained", **pads())
    layout: Any = figure.get_layout_engine()
    if not on():
        layout.execute(figure)
        return
    specs: list[Any] = [axes.get_subplotspec() for axes in figure.axes]
    places = [spec.get_topmost_subplotspec() for spec in specs]
    grid = places[0].get_gridspec()
    lines = grid.get_height_ratios()
    for axes, place in zip(figure.axes, places, strict=True):
        if axes.yaxis_inverted():  # the first row is on top
            lines[place.rowspan.start] = axes.get_ylim()[0] - axes.get_ylim()[1]
    grid.set_height_ratios(lines)
    layout.execute(figure)
    covered = sum(lines) * figure.axes[0].get_position().height / lines[places[0].rowspan.start]  # of the whole height
    height = figure.get_figheight() * (1 - covered) + _LINE * sum(lines)
    figure.set_figheight(round(round(height, 9), 2))  # rounded twice: noise must not decide a tie
