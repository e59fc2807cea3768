"""Chart: a ratio in every region, sorted, with one region marked and the band in which a new region is expected."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bereik.errors import FigureError
from bereik.plot.marks import check_drawable, check_region, one_row
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, style
from bereik.terms.names import capital, format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["caterpillar"]

_TICKS = np.array([0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])
_RATIO = "form_share_ratio"


def caterpillar(data: pd.DataFrame, language: str, *, region: str) -> "Figure":
    """Draw the ratio of shares of every region, from low to high, one panel a form, on a logarithmic axis.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table with ``region``, ``origin`` (one group) and ``form``; measure ``form_share_ratio`` for each region,
        and ``prediction_band``, ``mean_of_others`` and ``rank`` for `region` (see `compare_regions`).
    language : {"nl", "en"}
        The language of labels and numbers.
    region : str
        The region that is marked; the others are not named.

    Returns
    -------
    matplotlib.figure.Figure
        Regions without a published figure are counted in words; a ratio of 0 has no place on a logarithmic axis and is
        counted in words too.

    Raises
    ------
    UnknownNameError
        When the data have no row of `region`.
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn; see `check_drawable`.

    Notes
    -----
    Band: 95 % prediction interval (Higgins, Thompson & Spiegelhalter 2009), computed without the marked region.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"region": ["Haaglanden", "Drenthe"], "origin": "niet_westers", "form": "protection",
    ...                       "measure": "form_share_ratio", "value": [1.65, None], "status": ["shown", "not_published"],
    ...                       "synthetic": False, "source": "CBS StatLine 82965NED"})
    >>> figure = caterpillar(result_table(frame, ["region", "origin", "form"]), "en", region="Haaglanden")
    >>> figure.axes[0].get_title(loc="left")
    'Child protection'
    """
    rows = check_drawable(data, ["region", "origin", "form"], [_RATIO, "prediction_band", "mean_of_others", "rank"])
    check_region(rows, region)
    origins = rows["origin"].unique()
    if len(origins) != 1:
        raise FigureError(
            f"the origins {', '.join(origins)} in one chart of regions",
            "one origin, relative to one reference",
            "select the rows of one origin",
        )
    forms = in_terms_order(rows["form"])
    with style():
        figure = new_figure(6.1)
        grid = figure.add_gridspec(2, len(forms), height_ratios=[1, 0.085])
        limits = _limits(rows)
        for column, form in enumerate(forms):
            axes = figure.add_subplot(grid[0, column])
            _panel(axes, rows[rows["form"] == form], region, limits, language)
            _axes_words(axes, form, limits, language, named=column == 0)
        _key(figure.add_subplot(grid[1, :]), region, language)
        return figure


def _panel(axes: "Axes", rows: pd.DataFrame, region: str, limits: tuple[float, float], language: str) -> None:
    ratios = rows[rows["measure"] == _RATIO]
    drawn = ratios[(ratios["status"] == "shown") & (ratios["value"] > 0)].sort_values(
        ["value", "region"], kind="stable"
    )
    band = one_row(rows, measure="prediction_band", region=region)
    if band is not None and band["status"] == "shown":
        axes.axvspan(band["lower"], band["upper"], color=COLOURS["band"], linewidth=0, zorder=0)
    mean = one_row(rows, measure="mean_of_others", region=region)
    if mean is not None and mean["status"] == "shown":
        axes.axvline(mean["value"], color=COLOURS["reference"], linestyle=":", linewidth=1.3, zorder=1)
    axes.axvline(1, color=COLOURS["reference"], linewidth=1.1, zorder=1)
    for height, row in enumerate(drawn.itertuples()):
        focus = row.region == region
        colour = COLOURS["focus" if focus else "other"]
        if pd.notna(row.upper) and row.lower > 0:
            axes.plot(
                [row.lower, row.upper], [height, height], color=colour, linewidth=2.2 if focus else 1, zorder=2 + focus
            )
        axes.plot(
            [row.value], [height], marker="D" if focus else "o", markersize=8 if focus else 3.6, color=colour,
            markeredgecolor="white" if focus else colour, linestyle="", zorder=3 + focus,
        )  # fmt: skip
    _name_beside(axes, drawn.reset_index(drop=True), region, limits, language)
    axes.set_ylim(-1.5, max(len(drawn), 1) + 0.5)
    for line, (words, marked) in enumerate(_words(rows, ratios, region, language)):
        axes.text(
            0, 1.16 - 0.042 * line, words, transform=axes.transAxes, va="top",
            color=COLOURS["focus_text" if marked else "quiet_text"], weight="bold" if marked else "normal",
        )  # fmt: skip


def _name_beside(axes: "Axes", drawn: pd.DataFrame, region: str, limits: tuple[float, float], language: str) -> None:
    """Name the marked region beside its mark, clear of the intervals next to it, on the side with most room."""
    for height in drawn.index[drawn["region"] == region]:
        near = drawn.loc[max(height - 1, 0) : height + 1, ["value", "lower", "upper"]]
        left, right = near.where(near > 0).min().min(), near.max().max()
        on_right = limits[1] / right >= left / limits[0]
        axes.annotate(
            capital(label(region, language)), (right if on_right else left, height), xytext=(4 if on_right else -4, 0),
            textcoords="offset points", ha="left" if on_right else "right", va="center", weight="bold",
            color=COLOURS["focus_text"], zorder=6, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip


def _words(rows: pd.DataFrame, ratios: pd.DataFrame, region: str, language: str) -> list[tuple[str, bool]]:
    """Say the value of the marked region, its position, and how many regions are not drawn; True for the marked region."""
    own, rank = one_row(ratios, region=region), one_row(rows, measure="rank", region=region)
    words = []
    if own is not None and own["status"] == "shown":
        limits = [format_number(own[name], language, 2) for name in ("lower", "upper")]
        words.append(
            (
                f"{capital(label(region, language))} {format_number(own['value'], language, 2)} ({limits[0]} – {limits[1]})",
                True,
            )
        )
    else:
        status = "not_published" if own is None else str(own["status"])
        words.append((f"{capital(label(region, language))}: {label(status, language)}", True))
    if rank is not None and rank["status"] == "shown":
        position = {name: format_number(rank[key], language) for name, key in _RANK.items()}
        words.append((label("position_of", language).format(**position), False))
    hidden = ratios.loc[ratios["status"] != "shown", "status"].value_counts().sort_index(kind="stable")
    words += [
        (f"{_regions(count, language)} {label(str(status), language)}", False) for status, count in hidden.items()
    ]
    zero = int((ratios["value"] == 0).sum())
    return words + ([(f"{_regions(zero, language)}: {label('zero_youths', language)}", False)] if zero else [])


_RANK = {"position": "value", "regions": "denominator"}


def _regions(count: int, language: str) -> str:
    words = label("region_one" if count == 1 else "region_many", language)
    return words.format(count=format_number(count, language))


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Find one range for all panels: every point and band whole, and 1; the ends of very long intervals may be cut."""
    band = rows.loc[rows["measure"] == "prediction_band", ["lower", "upper"]].to_numpy().ravel()
    ratios = rows.loc[rows["measure"] == _RATIO]
    positive = ratios.loc[ratios["value"] > 0, ["value", "lower", "upper"]].to_numpy().ravel()
    figures = np.concatenate([band, positive, [1.0]])
    figures = figures[np.isfinite(figures) & (figures > 0)]
    return float(figures.min() / 1.15), float(figures.max() * 1.15)


def _axes_words(axes: "Axes", form: str, limits: tuple[float, float], language: str, *, named: bool) -> None:
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    axes.set_xticks(_TICKS[(limits[0] <= _TICKS) & (limits[1] >= _TICKS)])
    axes.set_xticks([], minor=True)
    number_axis(axes.xaxis, language)
    axes.set_yticks([])
    axes.grid(axis="x", visible=True)
    axes.set_title(capital(label(form, language)), y=1.17)
    axes.set_xlabel(label("axis_form_share_ratio", language), loc="left")
    if named:
        axes.set_ylabel(label("axis_regions", language))


def _key(axes: "Axes", region: str, language: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    line = COLOURS["reference"]
    handles = [
        Line2D(
            [],
            [],
            color=COLOURS["focus"],
            marker="D",
            markersize=8,
            linewidth=2.2,
            label=capital(label(region, language)),
        ),
        Line2D(
            [],
            [],
            color=COLOURS["other"],
            marker="o",
            markersize=3.6,
            linewidth=1,
            label=label("other_region", language),
        ),
        Line2D([], [], color=line, linewidth=1.1, label=label("equal_shares", language)),
        Line2D([], [], color=line, linestyle=":", linewidth=1.3, label=label("mean_of_others", language)),
        Patch(color=COLOURS["band"], label=label("prediction_band", language)),
    ]
    key_below(axes, handles, 3)
