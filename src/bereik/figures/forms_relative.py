"""Chart: each form of care per 100 youths in care without residence, by origin, in one region against another."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.figures.labels import capital, in_terms_order, label
from bereik.figures.marks import check_drawable, check_region, draw_value, one_row
from bereik.figures.style import COLOURS, key_below, new_figure, number_axis, origin_style, scale_from_zero, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["forms_relative"]


def forms_relative(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw the forms of care per 100 youths in care without residence, by origin; one region filled, the other hollow.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``region`` (one or two), ``origin`` and ``form``; measure ``form_index``.
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is drawn filled.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a form, all with the same axis from 0.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": ["Haaglanden"], "origin": ["westers"], "form": ["with_residence"],
    ...                       "measure": ["form_index"], "value": [8.86], "status": ["shown"], "synthetic": [False],
    ...                       "source": ["CBS StatLine 82965NED"]})
    >>> figure = forms_relative(result_table(frame, ["region", "origin", "form"]), "en", region="Haaglanden")
    >>> figure.axes[0].get_title(loc="left")
    'Care with residence'
    """
    rows = check_drawable(data, ["region", "origin", "form"], ["form_index"])
    check_region(rows, region)
    origins = in_terms_order(rows["origin"])
    forms = in_terms_order(rows["form"])
    places = [region, *(name for name in rows["region"].unique() if name != region)]
    with style():
        figure = new_figure(1.75 + 0.78 * len(origins))
        grid = figure.add_gridspec(2, len(forms), height_ratios=[1, 0.28 / (1.35 + 0.78 * len(origins))])
        largest = rows[["value", "upper"]].max(axis=1).max()
        for column, form in enumerate(forms):
            axes = figure.add_subplot(grid[0, column])
            _panel(axes, rows[rows["form"] == form], origins, places, language)
            scale_from_zero(axes, 1 if pd.isna(largest) else largest * 1.22)
            axes.set_title(capital(label(form, language)))
            names = [capital(label(origin, language)) for origin in origins] if column == 0 else [""] * len(origins)
            axes.set_yticks(range(len(origins)), [_two_lines(name) for name in names])
        _key(figure.add_subplot(grid[1, :]), places, language)
        return figure


def _panel(axes: "Axes", rows: pd.DataFrame, origins: list[str], places: list[str], language: str) -> None:
    for height, origin in enumerate(origins):
        colour, marker = origin_style(origin)
        for shift, place in zip((-0.18, 0.18), places, strict=False):
            focus = place == places[0]
            draw_value(
                axes, one_row(rows, origin=origin, region=place), height + shift, language=language, decimals=1,
                colour=colour, marker=marker, filled=focus, weight="bold" if focus else "normal",
            )  # fmt: skip
    axes.set_ylim(len(origins) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
    axes.set_xlabel(label("axis_form_index", language), loc="left")


def _key(axes: "Axes", places: list[str], language: str) -> None:
    from matplotlib.lines import Line2D

    colour = COLOURS["reference"]
    handles = [
        Line2D(
            [], [], color=colour, marker="o", linestyle="", markersize=6.5,
            markerfacecolor=colour if place == places[0] else "white", label=capital(label(place, language)),
        )
        for place in places
    ]  # fmt: skip
    key_below(axes, [*handles, Line2D([], [], color=colour, linewidth=1.6, label=label("interval", language))], 3)


def _two_lines(text: str) -> str:
    """Break a long name once, near its middle."""
    if len(text) < 24:
        return text
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    middle = min(spaces, key=lambda place: abs(place - len(text) / 2), default=0)
    return f"{text[:middle]}\n{text[middle + 1 :]}" if middle else text
