"""Chart: how care ended for those who had it, by origin, a panel for each outcome (fit of care, *maatwerk*)."""

from typing import TYPE_CHECKING

import pandas as pd

from bereik.figures.labels import in_terms_order, label
from bereik.figures.marks import check_drawable, draw_value, one_row
from bereik.figures.rows_and_panels import categories, is_bottom, name_rows, panel_axes, title_panel
from bereik.figures.style import COLOURS, key_below, new_figure, number_axis, origin_style, scale_from_zero, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fit_of_care"]

_ROW = 0.3  # inches


def fit_of_care(data: pd.DataFrame, language: str, *, measure: str = "directly_standardised_rate") -> "Figure":
    """Draw the rate of each outcome of care by origin, with its interval, at equal severity.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``outcome`` (ended_prematurely, returned_within_year, goals_reached, problems_decreased) and
        ``origin``; rates per 100 youths in care, for example of `standardise` over severity.
    language : {"nl", "en"}
        The language of labels and numbers.
    measure : str
        The measure that is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an outcome, all with the same axis from 0; each says whether a higher rate is better or worse.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.
    UnknownNameError
        When an outcome is unknown.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"outcome": ["goals_reached"], "origin": "suriname", "measure": "directly_standardised_rate",
    ...                       "value": [62.5], "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = fit_of_care(result_table(frame, ["outcome", "origin"]), "en")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['62.5', 'higher is better']
    """
    rows = check_drawable(data, ["outcome", "origin"], [measure])
    origins, outcomes = in_terms_order(rows["origin"]), categories(data.loc[rows.index], "outcome", language)
    top = rows[["value", "upper"]].max(axis=1).max()
    with style():
        figure = new_figure(1)
        places, key = panel_axes(figure, len(outcomes), _ROW * (len(origins) + 0.5) + 0.8)
        for axes, outcome in zip(places, outcomes, strict=True):
            _panel(axes, rows[rows["outcome"] == outcome], origins, language)
            scale_from_zero(axes, 1 if pd.isna(top) else 1.2 * top, highest=100)
            title_panel(axes, outcome, language)
            axes.text(
                1, -0.75, label(f"direction_{outcome}", language), transform=axes.get_yaxis_transform(), ha="right",
                va="center", color=COLOURS["quiet_text"],
            )  # fmt: skip
        _key(key, language)
        return figure


def _panel(axes: "Axes", rows: pd.DataFrame, origins: list[str], language: str) -> None:
    for height, origin in enumerate(origins):
        colour, marker = origin_style(origin)
        row = one_row(rows, origin=origin)
        draw_value(axes, row, height, language=language, decimals=1, colour=colour, marker=marker)
    name_rows(axes, origins, language)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
    if is_bottom(axes):
        axes.set_xlabel(label("axis_per_100_in_care", language), loc="left")


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    key_below(axes, [Line2D([], [], color=COLOURS["quiet_text"], linewidth=1.6, label=label("interval", language))], 1)
