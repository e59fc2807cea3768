"""Chart: the rate of each indicator of need by origin, a panel for each indicator with its own unit."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from bereik.plot.marks import check_drawable, draw_value, one_row
from bereik.plot.rows_and_panels import name_rows, panel_axes
from bereik.plot.style import COLOURS, key_below, new_figure, number_axis, origin_style, scale_from_zero, style
from bereik.sources.need import need_indicators
from bereik.tables import one_value
from bereik.terms.names import capital, format_number, in_terms_order, label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["need_panels"]


def need_panels(data: pd.DataFrame, language: str) -> "Figure":
    """Draw need by origin: a panel for each indicator, a row for each group.

    Parameters
    ----------
    data : pandas.DataFrame
        The table of `need_rates` for one period and region: ``indicator``, ``population_group``, ``origin``.
    language : {"nl", "en"}
        The language of labels and numbers.

    Returns
    -------
    matplotlib.figure.Figure
        Panels in the order of `need_indicators`, each with an axis from 0 in its own unit: rates of different indicators are
        not compared with each other.

    Raises
    ------
    FigureError, MissingColumnError, InvalidTableError, IncomparableError
        When the data cannot be drawn (see `check_drawable`), or one indicator has several units.

    Examples
    --------
    >>> from bereik.tables import result_table
    >>> frame = pd.DataFrame({"indicator": ["halt"], "population_group": ["youths_12_17"], "origin": ["westers"],
    ...                       "measure": "need_rate", "value": 141, "per": "10000 persons", "status": "shown",
    ...                       "synthetic": False, "source": "CBS"})
    >>> figure = need_panels(result_table(frame, ["indicator", "population_group", "origin"]), "en")
    >>> figure.axes[0].get_xlabel()
    'per 10,000'
    """
    rows = check_drawable(data, ["indicator", "population_group", "origin"], ["need_rate"])
    origins = in_terms_order(rows["origin"])
    present = rows[["indicator", "population_group"]].drop_duplicates()
    panels = [
        (str(indicator), str(who))
        for indicator in need_indicators()["indicator"]
        for who in present.loc[present["indicator"] == indicator, "population_group"]
    ]
    with style():
        figure = new_figure(1)
        places, key = panel_axes(figure, len(panels), 0.34 * len(origins) + 1.0)
        for axes, (indicator, who) in zip(places, panels, strict=True):
            own = rows[(rows["indicator"] == indicator) & (rows["population_group"] == who)]
            for height, origin in enumerate(origins):
                colour, marker = origin_style(origin)
                row = one_row(own, origin=origin)
                decimals = 0 if own["value"].max() >= 100 else 1
                draw_value(axes, row, height, language=language, decimals=decimals, colour=colour, marker=marker)
            name_rows(axes, origins, language)
            axes.set_ylim(len(origins) - 0.5, -0.5)
            largest = own[["value", "upper"]].max(axis=1).max()
            scale_from_zero(axes, 1 if pd.isna(largest) else 1.35 * largest, highest=math.inf)
            number_axis(axes.xaxis, language)
            axes.grid(axis="x", visible=True)
            axes.set_title(f"{capital(label(indicator, language))},\n{label(who, language)}")
            per = str(one_value(own[own["per"].notna()], "per", where="the data of the figure")).removesuffix(
                " persons"
            )
            axes.set_xlabel(label("per_number", language).format(number=format_number(int(per), language)), loc="left")
        _key(key, language)
        return figure


def _key(axes: "object", language: str) -> None:
    from matplotlib.lines import Line2D

    line = Line2D([], [], color=COLOURS["quiet_text"], linewidth=1.6, label=label("interval", language))
    key_below(axes, [line], 1)  # type: ignore[arg-type]
