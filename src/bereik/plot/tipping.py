"""Chart: the gap at equal severity for each amount of misreported severity, and the amount at which it would be zero."""

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.plot.marks import check_drawable, one_row
from bereik.plot.rows_and_panels import is_bottom, panel_axes, title_panel
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, style
from bereik.tables import one_value
from bereik.terms.names import format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["misreported_in_points", "tipping"]

_BODY = 2.75  # inches
_GREY_SIDE = 0.15  # how much farther than the possible amounts the axis goes
_GAP = "rate_difference_at_equal_severity"


def tipping(data: pd.DataFrame, language: str) -> "Figure":
    """Draw the gap at equal severity against the amount of misreporting, with the tipping point in words.

    Parameters
    ----------
    data : pandas.DataFrame
        Rows of `misreporting_grid` (with ``origin`` and ``misreporting``; measure rate_difference_at_equal_severity) and of
        `tipping_point` (measure tipping_point) in one table, of one form of care.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an origin, all with the same axes: a curve with the band of its interval, a line at 0, the tipping point
        as a diamond. Amounts that do not agree with the reported counts are grey.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or hold several forms of care.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"origin": "suriname", "misreporting": [-0.1, 0, 0.1, None],
    ...                       "measure": [*["rate_difference_at_equal_severity"] * 3, "tipping_point"], "value": [2, 1, -1, .05],
    ...                       "per": "share of youths", "status": "shown", "synthetic": True, "source": "made up"})
    >>> figure = tipping(result_table(frame, ["origin", "misreporting"]), "en")
    >>> figure.axes[0].texts[0].get_text()
    'no difference at 5.0% too low'
    """
    if "form" in data:
        one_value(data, "form", where="the data of the figure")
    grid = check_drawable(data, ["origin", "misreporting"], [_GAP]).astype({"misreporting": "float64"})
    tips = check_drawable(data, ["origin"], ["tipping_point"])
    points = misreported_in_points(data)
    scale = 1.0 if points else 100.0
    ends = grid[["value", "lower", "upper"]].astype("float64")
    low, high = min(ends.min().min(), 0), max(ends.max().max(), 0)
    reach = grid.loc[grid["status"] != "undefined", "misreporting"]
    side = _GREY_SIDE * max(reach.max() - reach.min(), 0.01)
    left, right = scale * (reach.min() - side), scale * (reach.max() + side)
    origins = in_terms_order(grid["origin"])
    with style():
        figure = new_figure(_BODY)
        places, key = panel_axes(figure, len(origins), _BODY)
        for axes, origin in zip(places, origins, strict=True):
            curve = grid[grid["origin"] == origin].sort_values("misreporting", kind="stable")
            _curve(axes, curve, origin, scale)
            _tip(axes, one_row(tips, origin=origin), curve, scale, language)
            axes.set_xlim(left, right)
            axes.set_ylim(low - 0.05 * (high - low), high + 0.28 * (high - low))
            title_panel(axes, origin, language)
            number_axis(axes.xaxis, language)
            number_axis(axes.yaxis, language)
            _words(axes, points, language)
        _key(key, language)
        return figure


def misreported_in_points(data: pd.DataFrame) -> bool:
    """Say whether misreporting is a shift of the score in points (True) or a share of the youths (False)."""
    return bool(data.loc[data["measure"] == "tipping_point", "per"].astype(str).str.startswith("points").any())


def _curve(axes: "Axes", curve: pd.DataFrame, origin: str, scale: float) -> None:
    amounts = curve["misreporting"].to_numpy(dtype="float64") * scale
    impossible = (curve["status"] == "undefined").to_numpy()
    value, lower, upper = (curve[name].to_numpy(dtype="float64") for name in ("value", "lower", "upper"))
    colour = origin_style(origin)[0]
    axes.fill_between(amounts, lower, upper, color=colour, alpha=0.28, linewidth=0)
    axes.plot(amounts, value, color=colour, linewidth=2.2)
    half = np.diff(amounts, append=np.nan) / 2
    half[-1] = half[-2] if len(half) > 1 else 0.5
    for amount, reach in zip(amounts[impossible], half[impossible], strict=True):
        axes.axvspan(amount - reach, amount + reach, color=COLOURS["grid"], linewidth=0, zorder=0)
    axes.axhline(0, color=COLOURS["reference"], linewidth=1.1)
    axes.axvline(0, color=COLOURS["reference"], linewidth=0.8, linestyle=":")


def _tip(axes: "Axes", row: pd.Series | None, curve: pd.DataFrame, scale: float, language: str) -> None:
    """Mark the tipping point, and say it; a hidden group, or none within the range, in words."""
    status = "not_published" if row is None else str(row["status"])
    if row is not None and status == "shown":
        axes.plot([scale * row["value"]], [0], marker="D", color=COLOURS["country"], markersize=7, zorder=5)
        unit = "points_unit" if scale == 1 else "share_unit"
        side = "too low" if row["value"] > 0 else "too high" if row["value"] < 0 else "as reported"
        amount = format_number(abs(scale * row["value"]), language, 1)
        words = f"{label('no_difference_at', language)} {amount}{label(unit, language)} {label(side, language)}"
        if ((curve["misreporting"] == 0) & (curve["lower"] <= 0) & (curve["upper"] >= 0)).any():
            words = label("unclear_as_reported", language)
    else:
        hidden = (curve["status"] != "undefined").all() and status != "undefined"
        words = label(status if hidden else "no_tipping_point", language)
    axes.text(0.5, 0.975, fill(words, 32), transform=axes.transAxes, ha="center", va="top", weight="bold", zorder=6)


def _words(axes: "Axes", points: bool, language: str) -> None:
    if is_bottom(axes):
        axes.set_xlabel(label("axis_misreported_points" if points else "axis_misreported", language))
    if axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel(label("axis_difference_upright", language))


def _key(axes: "Axes", language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=COLOURS["country"], marker="D", markersize=7, linestyle="", label=label("tipping_point", language)),
        Patch(color=COLOURS["other"], alpha=0.5, label=label("band_interval", language)),
        Line2D([], [], color=COLOURS["reference"], linewidth=0.8, linestyle=":", label=label("as_reported", language)),
        Patch(color=COLOURS["grid"], label=label("not_possible", language)),
    ]  # fmt: skip
    key_below(axes, handles, 2)
