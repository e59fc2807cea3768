"""The marks that the charts share: a value with its interval, a value that is hidden, and the checks on what is drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.codelists.names import format_number, label
from bereik.errors import FigureError, example_rows
from bereik.plot.style import COLOURS
from bereik.tables import RESULT_COLUMNS, one_value, require_columns, require_unique

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check_drawable", "draw_value", "hidden_word", "one_row"]


def check_drawable(data: pd.DataFrame, by: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """Give the rows of the measures that a chart draws, or say why they cannot be drawn.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    by : list of str
        Its category columns; with ``measure`` they identify a row.
    measures : list of str
        The measures that the chart draws.

    Returns
    -------
    pandas.DataFrame
        The rows of these measures, with the categories of `by` as text.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a row occurs twice or lacks a category.
    FigureError
        When no row has one of the measures, or a shown row has no value.
    IncomparableError
        When synthetic and real rows are mixed.

    Examples
    --------
    >>> check_drawable(pd.DataFrame(columns=["origin", *RESULT_COLUMNS]), ["origin"], ["use_rate"])
    Traceback (most recent call last):
    bereik.errors.FigureError: No rows with the measure use_rate (the data have none). Expected: at least one row to
    draw. To do: select
    the rows for this chart.
    """
    require_columns(data, [*by, *RESULT_COLUMNS], where="the data of the figure")
    rows = data[data["measure"].isin(measures)]
    if rows.empty:
        has = ", ".join(map(str, data["measure"].unique())) or "none"
        raise FigureError(
            f"no rows with the measure {' or '.join(measures)} (the data have {has})",
            "at least one row to draw",
            "select the rows for this chart",
        )
    require_unique(rows, [*by, "measure"], where="the data of the figure")
    one_value(rows, "synthetic", where="the data of the figure")
    empty = ((rows["status"] == "shown") & rows["value"].isna()).to_numpy()
    if empty.any():
        raise FigureError(
            f"no value in a shown row: {example_rows(rows[[*by, 'measure', 'status']], empty)}",
            "a value where the status is 'shown'",
            "correct the status, or the value",
        )
    return rows.astype(dict.fromkeys(by, "str"))


def one_row(rows: pd.DataFrame, **where: str) -> pd.Series | None:
    """Give the one row with these categories, or None when the data have no such row."""
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return None if rows.empty else rows.iloc[0]


def draw_value(
    axes: "Axes",
    row: pd.Series | None,
    height: float,
    *,
    language: str,
    decimals: int,
    colour: str,
    marker: str,
    filled: bool = True,
    **text_style: Any,
) -> None:
    """Draw one value with its interval and its number beside it; a hidden one as a word, never at 0.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; values run along x.
    row : pandas.Series or None
        A row of a result table; None when the data have no such row.
    height : float
        The place on the y axis.
    language : {"nl", "en"}
        The language of numbers and words.
    decimals : int
        Decimals of the number.
    colour, marker : str
        Look of the mark.
    filled : bool
        A filled or a hollow mark.
    **text_style
        Passed on to the number, for example ``weight="bold"``.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> axes = new_figure().subplots()
    >>> row = pd.Series({"status": "not_published", "value": None})
    >>> draw_value(axes, row, 0, language="en", decimals=1, colour="black", marker="o")
    >>> axes.texts[0].get_text(), len(axes.lines)
    ('not published', 0)
    """
    if row is None or row["status"] != "shown":
        hidden_word(axes, "not_published" if row is None else str(row["status"]), height, language)
        return
    end = row["value"]
    if pd.notna(row["lower"]) and pd.notna(row["upper"]):
        axes.plot([row["lower"], row["upper"]], [height, height], color=colour, linewidth=1.6, solid_capstyle="butt")
        end = row["upper"]
    face = colour if filled else "white"
    axes.plot([row["value"]], [height], marker=marker, color=colour, markerfacecolor=face, markersize=6.5, linestyle="")
    axes.annotate(
        format_number(row["value"], language, decimals), (end, height), xytext=(6, 0), textcoords="offset points",
        va="center", annotation_clip=False, **text_style,
    )  # fmt: skip


def hidden_word(axes: "Axes", status: str, height: float, language: str) -> None:
    """Say in a row that its value is not shown, at the left of the panel, and nowhere near 0 by accident."""
    axes.text(
        0.02, height, label(status, language), transform=axes.get_yaxis_transform(), va="center", style="italic",
        color=COLOURS["quiet_text"], bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5}, zorder=5,
    )  # fmt: skip
