"""Chart: a point with its limits for each way to calculate something, from low to high within each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bereik.codelists.names import capital, label
from bereik.plot.marks import WHERE, categories, check_drawable, range_words, read_options, row_name, words_at_ends
from bereik.plot.style import COLOURS, ORIGINS, key_below, key_mark, new_figure, number_axis, style
from bereik.tables import one_value, require_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_BETWEEN = 4  # points that would fit between two rows
_ROOM = 0.14  # of the width, for the numbers right of the points


@dataclass(frozen=True, kw_only=True)
class _Options:
    """How a chart is drawn; see `points`."""

    rows: str
    measures: Sequence[str]
    limits: Sequence[str]
    clear: str
    axis: str
    ends: Sequence[str]


def points(data: pd.DataFrame, language: str, **options: Any) -> "Figure":
    """Draw every result of one question (a specification curve), grouped by one of the choices.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `specification_curve` for one ``origin`` and ``form``.
    language : {"nl", "en"}
        The language of labels and numbers.
    **options
        ``rows``: the column that makes the rows, for example ``need``. ``measures``: a list, what is drawn. ``limits``: the
        two columns with the interval, for example ``["widest_lower", "widest_upper"]``. ``clear``: the column that says
        whether the interval leaves 1 out: a filled point, else a hollow one. ``axis``: the code of the words at the axis.
        ``ends``: the codes of the words left and right of 1.

    Returns
    -------
    matplotlib.figure.Figure
        A linear axis with a line at 1; the lowest and the highest result of a row stand beside it in numbers.

    Raises
    ------
    UnknownNameError
        When an option is unknown.
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
    how = read_options(_Options, options, "points")
    drawn, names = _drawn(data, language, how)
    shown = drawn[drawn["status"] == "shown"]
    with style():
        figure = new_figure()
        axes, key = figure.subplots(2, 1, height_ratios=[12, 1])
        colour, marker = ORIGINS[categories(drawn, "origin", language)[0]]
        _draw(axes, shown, how, colour, marker)
        _frame(axes, shown[["value", *how.limits]].to_numpy(dtype="float64"), drawn["height"].max(), language)
        _name_rows(axes, drawn, names, how, language)
        words_at_ends(axes, how.ends, language, height=-_BETWEEN, right=1 - _ROOM)
        axes.set_xlabel(label(how.axis, language), loc="left")
        look: Any = {"linestyle": "", "marker": marker, "markersize": 8, "color": colour}
        sure, unsure = (capital(label(f"choice_{code}", language)) for code in ("certain", "uncertain"))
        key_below(key, [key_mark(sure, **look), key_mark(unsure, **look, markerfacecolor="white")], 2)
        return figure


def _drawn(data: pd.DataFrame, language: str, how: _Options) -> tuple[pd.DataFrame, list[str]]:
    """Give what is drawn from top to bottom, with its heights, and the names of the rows."""
    require_columns(data, [*how.limits, how.clear, "specification"], where=WHERE)
    place = pd.Series(-np.arange(len(data)), data.index, dtype="float64")  # what is not shown has no place in the order
    data = data.assign(specification=data["specification"].astype("float64").fillna(place))
    drawn = check_drawable(data, ["origin", "form", how.rows, "specification"], how.measures)
    for name in ("origin", "form"):
        one_value(drawn, name, where=WHERE)
    names = categories(drawn, how.rows, language)
    drawn = drawn.assign(row=drawn[how.rows].map(names.index)).sort_values(["row", "value"], kind="stable")
    return drawn.assign(height=np.arange(len(drawn)) + _BETWEEN * drawn["row"]), names


def _name_rows(axes: "Axes", drawn: pd.DataFrame, names: Sequence[str], how: _Options, language: str) -> None:
    """Name each row left of it, with how many are not shown, and write its lowest and highest value right of it."""
    ticks: dict[float, str] = {}
    for name in names:
        rows = drawn[drawn[how.rows] == name]
        hidden = rows.loc[rows["status"] != "shown", "status"].value_counts(sort=False)
        counted = [f"\n({count} {label(str(status), language)})" for status, count in hidden.items()]
        height = rows["height"].mean()
        ticks[height] = "".join([row_name(name, language, width=26), *counted])
        if rows["value"].notna().any():
            ends = range_words(rows["value"].min(), rows["value"].max(), language, 2)
            axes.text(0.99, height, ends, transform=axes.get_yaxis_transform(), ha="right", va="center")
    axes.set_yticks(list(ticks), list(ticks.values()))


def _draw(axes: "Axes", drawn: pd.DataFrame, how: _Options, colour: str, marker: str) -> None:
    """Draw the points over their limits: filled where the interval leaves 1 out."""
    import seaborn as sns

    low, high = how.limits
    axes.hlines(drawn["height"], drawn[low], drawn[high], color="#C4C4C4", linewidth=1.3, zorder=2)
    look: Any = {"marker": marker, "edgecolor": colour, "linewidth": 1.2, "s": 34, "zorder": 3}
    for certain, face in ((True, colour), (False, "white")):
        some = drawn[drawn[how.clear].astype(bool) == certain]
        sns.scatterplot(some, x="value", y="height", color=face, ax=axes, **look)
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.3, zorder=1)


def _frame(axes: "Axes", ends: np.ndarray, lowest: float, language: str) -> None:
    low, high = float(np.nanmin([*ends.ravel(), 0.8])), float(np.nanmax([*ends.ravel(), 1.2]))
    margin = 0.03 * (high - low)
    axes.set_xlim(low - margin, high + margin + (high - low) * _ROOM / (1 - _ROOM))
    axes.set_xticks([tick for tick in axes.get_xticks() if low - margin <= tick <= high + margin])
    axes.set_ylim(lowest + 1.5, -1.6 * _BETWEEN)
    axes.set_ylabel("")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
