"""Pictures for a telephone: a third as wide as a slide, panels below each other, names of rows above them, long words wrapped."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from textwrap import fill
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec


WIDTH = 40 / 9  # inches: 320 points, as many as the page has pixels on a telephone of 360
LINE, ACROSS = 0.235, 36  # inches for a line of words or marks; letters on a line
PADS = {"h_pad": 0.1, "hspace": 0.0}  # inches around a panel
_on = ContextVar("narrow", default=False)


@contextmanager
def page() -> Iterator[None]:
    """Draw narrow pictures within a ``with`` block; charts ask for it with `on`."""
    before = _on.set(True)
    try:
        yield
    finally:
        _on.reset(before)


def on() -> bool:
    """Say whether the picture that is drawn is a narrow one."""
    return _on.get()


def grid_of(figure: "Figure", heights: Sequence[float], handles: Sequence[Any], **wide: Any) -> list["SubplotSpec"]:
    """Give the places of the panels and of the key: a row and a row below it, or all below each other, as high as needed.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    heights : list of float
        Of the panels of a narrow picture, in lines.
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
    >>> with page():
    ...     figure = new_figure()
    ...     [place.get_geometry()[:3] for place in grid_of(figure, [2, 4], [])]
    [(3, 1, 0), (3, 1, 1), (3, 1, 2)]
    """
    if not on():
        grid = figure.add_gridspec(2, len(heights), **wide)
        return [*(grid[0, at] for at in range(len(heights))), grid[1, :]]
    for handle in handles:
        handle.set_label(fill(handle.get_label(), ACROSS))
    rows = [*heights, sum(1.3 + handle.get_label().count("\n") for handle in handles) or 0.01]
    grid = figure.add_gridspec(len(rows), 1, height_ratios=[row * LINE for row in rows])
    return [grid[at, 0] for at in range(len(rows))]


def lay_out(figure: "Figure") -> None:
    """Let the layout measure; a narrow figure becomes as high as the ratios of its rows say, which are inches then."""
    figure.draw_without_rendering()
    for _ in range(on()):
        axes = figure.axes[0]
        place: Any = axes.get_subplotspec().get_topmost_subplotspec()
        ratios = place.get_gridspec().get_height_ratios()
        drawn = sum(ratios) * axes.get_position().height / ratios[place.rowspan.start]  # in heights of the figure
        figure.set_figheight(round(round(figure.get_figheight() * (1 - drawn) + sum(ratios), 9), 2))
