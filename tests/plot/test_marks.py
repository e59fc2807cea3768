"""What the charts share: one check of options and of rows, and the order of names."""

import numpy as np
import pandas as pd
import pytest

from bereik import plot
from bereik.errors import BereikError, FigureError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.plot import narrow
from bereik.plot.marks import categories
from bereik.plot.style import add_frame
from bereik.tables import result_table

ENDS = {"axis": "axis_ratio", "ends": ["less_left", "more_right"]}
CHARTS = {
    "dots": {"rows": "period", "measures": ["rate_ratio"], "line": 1},
    "bars": {"rows": "period", "series": "origin", "measures": ["rate_ratio"], "axis": "axis_ratio"},
    "lines": {"measure": "rate_ratio", "series": "origin"},
}
BY = ["period", "origin", "form", "specification", "low", "high", "clear"]
UNKNOWN = {"dots": ("row", "period"), "bars": ("serie", "origin"), "lines": ("focal", "")}
IMPOSSIBLE = {"dots": ("order", "low"), "bars": ("kind", "stackd"), "lines": ("intervals", "bands")}
OPTIONS = [(chart, *option) for options in (UNKNOWN, IMPOSSIBLE) for chart, option in options.items()]
FAULTS = {
    "more than once": (InvalidTableError, lambda data: pd.concat([data, data.iloc[:1]])),
    "No rows with the measure": (FigureError, lambda data: data.assign(measure="z_score")),
    "No value in a row that is shown": (InvalidTableError, lambda data: data.assign(value=np.nan)),
    "Text in upper": (InvalidTableError, lambda data: data.assign(upper="1.2")),
    "True or False": (InvalidTableError, lambda data: data.assign(synthetic=1.0)),
    "no column 'status'": (BereikError, lambda data: data.drop(columns="status")),
    "no column 'period'": (BereikError, lambda data: data.drop(columns="period")),
    "mixes synthetic": (IncomparableError, lambda data: data.assign(synthetic=[True, False])),
}


def table():
    rows = {"period": ["2021", "2022"], "value": [0.9, 1.1], "lower": [0.8, 1.0], "upper": [1.0, 1.2], "clear": False}
    rows |= {"origin": "turkije", "form": "probation", "specification": [1.0, 2.0], "per": "ratio"}
    rows |= {"low": 0.8, "high": 1.2}
    about = {"measure": "rate_ratio", "status": "shown", "synthetic": False, "source": "CBS StatLine 1"}
    return result_table(pd.DataFrame(rows | about), BY)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("chart", CHARTS)
def test_rows_that_cannot_be_drawn_are_refused_by_every_chart(chart, fault):
    draw, (error, change) = getattr(plot, chart), FAULTS[fault]
    assert draw(table(), "en", **CHARTS[chart]).axes
    with pytest.raises(error, match=fault):
        draw(change(table()), "en", **CHARTS[chart])


def framed(chart, **options):
    data = pd.concat([table(), table().assign(form="protection")], ignore_index=True)
    figure = getattr(plot, chart)(data, "en", **CHARTS[chart] | {"panels": "form"} | options)
    add_frame(figure, {"title": "A title " * 9, "subtitle": "What is drawn " * 9, "source": "Source: made up"})
    return figure


@pytest.mark.parametrize("chart", CHARTS)
def test_a_narrow_picture_has_its_panels_below_each_other_and_the_next_is_wide_again(chart):
    figure, wide = narrow.drawn(framed, chart), framed(chart)
    assert [figure.get_figwidth(), *wide.get_size_inches()] == pytest.approx([320 / 72, 960 / 72, 7.5])
    above, below = (axes.get_position() for axes in figure.axes[:2])
    assert round(above.x0 - below.x0, 3) == 0 < above.y0 - below.y1
    assert min(part.height for part in (above, below)) * figure.get_figheight() > 0.4  # inches
    if chart == "dots":
        axes = narrow.drawn(lambda: framed(chart, rows="origin", series="period")).axes[0]
        name, (mark, _) = axes.texts[-1], sorted(line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o")
        assert (name.get_text(), mark - name.get_position()[1]) == ("Turkish origin", 1), "right above the first mark"


@pytest.mark.parametrize(("chart", "option", "value"), OPTIONS)
def test_an_option_that_is_no_option_is_one_clear_error(chart, option, value):
    with pytest.raises(UnknownNameError, match=f"in the chart {chart}"):
        getattr(plot, chart)(table(), "en", **CHARTS.get(chart, {}), **{option: value})


def test_an_option_that_is_needed_and_a_language_are_not_guessed():
    with pytest.raises(FigureError, match="No option measures in the chart dots"):
        plot.dots(table(), "en", rows="period")
    for wrong in ({"measures": b"x"}, {"line": np.inf}, {"line": [1]}, {"wide": 1}, {"last": [3]}, {"decimals": "2"}):
        with pytest.raises(FigureError, match=f"{next(iter(wrong))}=.* an option of the type"):
            plot.dots(table(), "en", **CHARTS["dots"] | wrong)
    for chart in CHARTS:
        with pytest.raises(UnknownNameError, match="'fr'"):
            getattr(plot, chart)(table(), "fr", **CHARTS[chart])


def test_municipalities_follow_the_alphabet_and_the_numbers_of_an_example():
    for places in (["Delft", "'s-Gravenhage", "Westland"], [f"example_municipality_{at}" for at in (1, 2, 10)]):
        assert categories(pd.DataFrame({"municipality": places[::-1]}), "municipality", "nl") == places
