"""Chart: a point with its limits for each way to calculate something, from low to high within each row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, format_number, label
from bereik.plot.marks import check_drawable
from bereik.plot.rows_and_panels import categories, row_name, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.tables import one_value, require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["points"]

_BETWEEN = 4  # points that would fit between two rows
_ROOM = 0.14  # of the width, for the numbers right of the points


def points(
    data: pd.DataFrame,
    language: str,
    *,
    rows: str,
    measures: Sequence[str],
    limits: Sequence[str],
    clear: str,
    axis: str,
    ends: Sequence[str],
) -> "Figure":
    """Draw every result of one question (a specification curve), grouped by one of the choices.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `specification_curve` for one ``origin`` and ``form``.
    language : {"nl", "en"}
        The language of labels and numbers.
    rows : str
        The column that makes the rows, for example ``need``.
    measures : list of str
        What is drawn.
    limits : list of str
        The two columns with the interval, for example ``["widest_lower", "widest_upper"]``.
    clear : str
        The column that says whether the interval leaves 1 out: a filled point, else a hollow one.
    axis : str
        The code of the words at the axis.
    ends : list of str
        The codes of the words left and right of 1.

    Returns
    -------
    matplotlib.figure.Figure
        A linear axis with a line at 1; the lowest and the highest result of a row stand beside it in numbers.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or hold several groups or forms.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": "niet_westers", "form": "with_residence", "need": ["special_schools", "halt"],
    ...     "specification": [1, 2], "widest_lower": [0.6, 0.9], "widest_upper": [0.9, 1.3], "excludes_1": [True, False],
    ...     "measure": "reach_ratio", "value": [0.7, 1.1], "status": "shown", "synthetic": False, "source": "CBS"})
    >>> about = ["origin", "form", "need", "specification", "widest_lower", "widest_upper", "excludes_1"]
    >>> figure = points(result_table(frame, about), "en", rows="need", measures=["reach_ratio"],
    ...                 limits=["widest_lower", "widest_upper"], clear="excludes_1", axis="axis_reach",
    ...                 ends=["less_than_need", "more_than_need"])
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['Special schools', 'Referrals to Halt']
    """
    require_columns(data, [*limits, clear, "specification"], where="the data of the figure")
    place = pd.Series(-np.arange(len(data)), data.index, dtype="float64")  # what is not shown has no place in the order
    data = data.assign(specification=data["specification"].astype("float64").fillna(place))
    drawn = check_drawable(data, ["origin", "form", rows, "specification"], measures)
    for name in ("origin", "form"):
        one_value(drawn, name, where="the data of the figure")
    names = categories(drawn, rows, language)
    drawn = drawn.sort_values("value", kind="stable")
    drawn = drawn.iloc[np.argsort(drawn[rows].map(names.index), kind="stable")]
    row = drawn[rows].map(names.index).to_numpy()
    drawn = drawn.assign(height=np.arange(len(drawn)) + _BETWEEN * row)
    shown = drawn[drawn["status"] == "shown"]
    with style():
        figure = new_figure()
        axes, key = figure.subplots(2, 1, height_ratios=[12, 1])
        colour, marker = origin_style(str(drawn["origin"].iloc[0]))
        _draw(axes, shown, limits, clear, colour, marker)
        _frame(axes, shown[["value", *limits]].to_numpy(dtype="float64"), drawn["height"].max(), language)
        for name in names:
            _name(axes, drawn[drawn[rows] == name], name, language)
        words_at_ends(axes, ends[0], ends[1], language, height=-_BETWEEN, right=1 - _ROOM)
        axes.set_xlabel(label(axis, language), loc="left")
        _key(key, colour, marker, language)
        return figure


def _name(axes: "Axes", own: pd.DataFrame, name: str, language: str) -> None:
    """Name a row left of it, with how many are not shown, and write the lowest and the highest value right of it."""
    hidden = own.loc[own["status"] != "shown", "status"].value_counts(sort=False)
    told = [f"\n({count} {label(str(status), language)})" for status, count in hidden.items()]
    words = "".join([row_name(name, language, width=26), *told])
    height = own["height"].mean()
    axes.set_yticks([*axes.get_yticks(), height], [*(tick.get_text() for tick in axes.get_yticklabels()), words])
    if own["value"].notna().any():
        low, high = (format_number(value, language, 2) for value in (own["value"].min(), own["value"].max()))
        place = axes.get_yaxis_transform()
        axes.text(0.99, height, f"{low} {label('range_to', language)} {high}", transform=place, ha="right", va="center")


def _draw(axes: "Axes", drawn: pd.DataFrame, limits: Sequence[str], clear: str, colour: str, marker: str) -> None:
    """Draw the points over their limits: filled where the interval leaves 1 out."""
    import seaborn as sns

    axes.hlines(drawn["height"], drawn[limits[0]], drawn[limits[1]], color="#C4C4C4", linewidth=1.3, zorder=2)
    for certain, face in ((True, colour), (False, "white")):
        some = drawn[drawn[clear].astype(bool) == certain]
        sns.scatterplot(
            some, x="value", y="height", marker=marker, color=face, edgecolor=colour, linewidth=1.2, s=34, ax=axes, zorder=3
        )  # fmt: skip
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.3, zorder=1)


def _frame(axes: "Axes", ends: np.ndarray, lowest: float, language: str) -> None:
    low, high = float(np.nanmin([*ends.ravel(), 0.8])), float(np.nanmax([*ends.ravel(), 1.2]))
    margin = 0.03 * (high - low)
    axes.set_xlim(low - margin, high + margin + (high - low) * _ROOM / (1 - _ROOM))
    axes.set_xticks([tick for tick in axes.get_xticks() if low - margin <= tick <= high + margin])
    axes.set_yticks([])
    axes.set_ylim(lowest + 1.5, -1.6 * _BETWEEN)
    axes.set_ylabel("")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)


def _key(axes: "Axes", colour: str, marker: str, language: str) -> None:
    from matplotlib.lines import Line2D

    look: Any = {"linestyle": "", "marker": marker, "markersize": 8, "color": colour}
    faces = {"choice_certain": colour, "choice_uncertain": "white"}
    words = {code: capital(label(code, language)) for code in faces}
    key_below(axes, [Line2D([], [], **look, markerfacecolor=faces[code], label=words[code]) for code in faces], 2)
