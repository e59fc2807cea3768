"""Chart: the difference in use as severity of problems plus use at equal severity, in steps that add up."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError
from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import is_bottom, is_compulsory, panel_axes, row_name, words_at_ends
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["decomposition"]

_ROW = 0.215  # inches
_HIGH = 0.62  # of a row: the thickness of a bar
_PICTURE = 0.57  # of the width of a panel; the numbers stand in the rest
_ROUNDING = 1e-6


def decomposition(data: pd.DataFrame, language: str) -> "Figure":
    """Draw for each origin the steps from no difference to the total difference in use, a panel for each form.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table of `decompose` with ``form``, ``origin``, ``component`` and ``band``; only the band "all" is drawn.
        A component "mix" is named severity of problems, so decompose severity alone, or name the factors (Das Gupta).
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Each bar begins where the one above it ended, so that they add up to the total (a diamond); the line is the
        interval of the bar's end. Where the interval of a bar reaches back over its beginning, its sign is not clear.

    Raises
    ------
    InvalidTableError
        When the components do not add up to the total.
    FigureError, MissingColumnError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"form": "probation", "origin": "suriname", "component": ["total", "mix", "rate"], "band": "all",
    ...                       "measure": ["crude_rate_difference", *["decomposition_component"] * 2], "value": [1.0, 3, -2],
    ...                       "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = decomposition(result_table(frame, ["form", "origin", "component", "band"]), "en")
    >>> [[float(bar.get_x()), float(bar.get_width())] for bar in figure.axes[0].patches]
    [[0.0, 3.0], [3.0, -2.0]]
    """
    by = ["form", "origin", "component"]
    rows = check_drawable(
        data[data["band"] == "all"] if "band" in data else data,
        by,
        ["crude_rate_difference", "decomposition_component"],
    )
    steps = _steps(rows)
    origins, forms = in_terms_order(rows["origin"]), in_terms_order(rows["form"])
    rows = rows.assign(begin=_begins(rows, steps))
    low, high = _limits(rows)
    from matplotlib.ticker import MaxNLocator

    with style():
        figure = new_figure(1)
        lines = len(origins) * (len(steps) + 1)
        places, key = panel_axes(figure, len(forms), _ROW * (lines + 1) + 0.8)
        for axes, form in zip(places, forms, strict=True):
            _panel(axes, rows[rows["form"] == form], origins, steps, language)
            axes.set_xticks([tick for tick in MaxNLocator(nbins=5).tick_values(low, high) if low <= tick <= high])
            axes.set_xlim(low, high + (high - low) * (1 / _PICTURE - 1))
            kind = "used" if is_compulsory(form) else "reaches"
            words_at_ends(axes, f"{kind}_less_left", f"{kind}_more_right", language, height=-0.9, right=_PICTURE)
            axes.set_title(capital(label(form, language)))
        _key(key, language)
        return figure


def _steps(rows: pd.DataFrame) -> list[str]:
    """Order the components: mixes first, then the rate (and an interaction), the total last."""
    found = rows["component"].unique().tolist()
    mixes = [name for name in found if name.startswith("mix")]
    return [*mixes, *(name for name in found if name not in (*mixes, "total")), "total"]


def _begins(rows: pd.DataFrame, steps: list[str]) -> pd.Series:
    """Find where each bar begins, and refuse components that do not add up to the total."""
    parts = rows[rows["component"] != "total"]
    parts = parts.iloc[parts["component"].map(steps.index).argsort(kind="stable")]
    groups = parts.groupby(["form", "origin"])["value"]
    total = rows[rows["component"] == "total"].set_index(["form", "origin"])["value"]
    off = (groups.sum(min_count=1) - total).abs() / (1 + total.abs())
    wrong = off.index[off > _ROUNDING]
    if len(wrong):
        raise InvalidTableError(
            f"components that do not add up to the total for {' and '.join(wrong[0])}",
            "all components of a decomposition, with the band 'all'",
            "give the whole result of decompose",
        )
    return (groups.cumsum() - parts["value"]).reindex(rows.index, fill_value=0.0)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Find one axis for all panels: every bar and interval whole."""
    high = np.nanmax([*(rows["begin"] + rows[["value", "upper"]].max(axis=1)), 0.1])
    low = np.nanmin([*(rows["begin"] + rows[["value", "lower"]].min(axis=1)), -0.3 * high])
    return float(high - 1.05 * (high - low)), float(high)


def _panel(axes: "Axes", rows: pd.DataFrame, origins: list[str], steps: list[str], language: str) -> None:
    first = axes.get_subplotspec().is_first_col()  # type: ignore[union-attr]
    names: dict[float, str] = {}
    for place, origin in enumerate(origins):
        top = place * (len(steps) + 1)
        axes.text(
            0, top, row_name(origin, language), transform=axes.get_yaxis_transform(), weight="bold", va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5}, zorder=2,
        )  # fmt: skip
        own = rows[rows["origin"] == origin]
        for step, component in enumerate(steps, start=1):
            names[top + step] = _name(component, language) if first else ""
            if step == 1 or (own["status"] == "shown").any():  # say once that a group is hidden
                _step(axes, one_row(own, component=component), top + step, language)
    axes.set_yticks(list(names), list(names.values()))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(origins) * (len(steps) + 1) - 0.3, -1.4)
    axes.axvline(0, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    axes.grid(axis="x", visible=True)
    number_axis(axes.xaxis, language)
    if is_bottom(axes):
        axes.set_xlabel(label("axis_difference", language), loc="left")


def _name(component: str, language: str) -> str:
    factor = component.removeprefix("mix of ")
    if factor != component:
        return f"{label('component_mix_of', language)} {row_name(factor, language).casefold()}"
    return label(f"component_{component}", language)


def _step(axes: "Axes", row: pd.Series | None, height: float, language: str) -> None:
    """Draw one component from where the one above it ended, with the interval of its end and its number."""
    if row is None or row["status"] != "shown":
        draw_value(axes, row, height, language=language, decimals=1, colour="", marker="")
        return
    begin, end, total = row["begin"], row["begin"] + row["value"], row["component"] == "total"
    if total:
        axes.plot([end], [height], marker="D", color=COLOURS["country"], linestyle="", markersize=6, zorder=4)
    else:
        colour = COLOURS["focus" if row["component"] == "rate" else "other"]
        axes.barh(height, row["value"], left=begin, height=_HIGH, color=colour, zorder=2)
        axes.plot([end, end], [height, height + 1], color=COLOURS["quiet_text"], linewidth=0.8, zorder=1)
    numbers = _signed(row["value"], language)
    if pd.notna(row["lower"]):
        limits = [begin + row["lower"], begin + row["upper"]]
        axes.plot(limits, [height, height], color=COLOURS["country"], linewidth=1.4, zorder=3)
        numbers += f" ({_signed(row['lower'], language)} … {_signed(row['upper'], language)})"
    axes.text(
        1, height, f"= {numbers}" if total else numbers, transform=axes.get_yaxis_transform(), ha="right", va="center",
        weight="bold" if row["component"] == "rate" else "normal",
    )  # fmt: skip


def _signed(value: float, language: str) -> str:
    number = format_number(value, language, 1)
    return f"+{number}" if value > 0 and number not in ("0,0", "0.0") else number


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D

    colour = COLOURS["country"]
    handles = [
        Line2D([], [], color=colour, linewidth=1.4, label=label("interval_of_end", language)),
        Line2D([], [], color=colour, marker="D", markersize=6, linestyle="", label=label("component_total", language)),
        Line2D([], [], linestyle="", label=label("steps_add_up", language)),
    ]
    key_below(axes, handles, 3)
