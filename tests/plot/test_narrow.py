"""A narrow picture stands on a telephone: panels below each other, the name of each row right above its mark."""

from itertools import pairwise

import pandas as pd
import pytest

from bereik.plot import bars, dots, lines, narrow
from bereik.plot.style import add_frame
from bereik.tables import result_table

ORIGINS, FORMS = ["nederlands", "niet_westers"], ["without_residence", "with_residence", "protection"]
BY = {"origin": ORIGINS, "form": FORMS, "period": ["2016", "2017"]}
FRAME = pd.DataFrame(index=pd.MultiIndex.from_product(BY.values(), names=[*BY])).reset_index()
SAME = {"value": 0.9, "lower": 0.8, "upper": 1.1, "status": "shown", "measure": "rate_ratio", "synthetic": True}
DATA = result_table(FRAME.assign(**SAME, source="made up"), [*BY])
CHARTS = {
    dots: {"rows": "origin", "series": "period", "measures": ["rate_ratio"], "line": 1},
    bars: {"rows": "origin", "series": "period", "measures": ["rate_ratio"], "axis": "axis_ratio"},
    lines: {"measure": "rate_ratio", "series": "origin"},
}


def framed(chart):
    figure = chart(DATA, "en", panels="form", **CHARTS[chart])
    add_frame(figure, {"title": "A title " * 9, "subtitle": "What is drawn " * 9, "source": "Source: made up"})
    return figure


@pytest.mark.parametrize("chart", CHARTS)
def test_panels_stand_below_each_other_and_keep_their_height(chart):
    figure = narrow.drawn(framed, chart)
    (width, height), panels = figure.get_size_inches() * 72, [axes.get_position() for axes in figure.axes[:3]]
    assert width == pytest.approx(320)
    assert len({round(panel.x0, 3) for panel in panels}) == 1
    assert all(above.y0 > below.y1 for above, below in pairwise(panels))
    assert min(panel.height * height for panel in panels) > 80  # points
    assert framed(chart).get_size_inches().round(2).tolist() == [13.33, 7.5], "what comes next is wide again"


def test_names_of_rows_stand_right_above_their_marks():
    axes = narrow.drawn(framed, dots).axes[1]
    named = {text.get_text(): text.get_position()[1] for text in axes.texts if "background" in text.get_text()}
    marks = sorted(line.get_ydata()[0] for line in axes.lines if line.get_marker() not in ("", "None"))
    assert len(named) == 2
    assert [mark - 1 for mark in marks[::2]] == pytest.approx(list(named.values()))
