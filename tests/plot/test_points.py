"""Points: each way to calculate stands at its value with its limits, in its row; the title says how sure it is."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import bereik
from bereik.errors import IncomparableError, MissingColumnError
from bereik.plot.points import points
from bereik.plot.style import ORIGINS
from bereik.texts.words import entries

DRAW = entries()["figure"]["04_specification_curve"]["draw"]
BY = ["region", "origin", "form"]


def curve(values, half=0.15):
    """Two indicators in three years, each value with an interval of `half` to both sides."""
    rows = pd.DataFrame({"value": values, "indicator": ["special_schools"] * 3 + ["survey_distress"] * 3})
    about = {"region": "Haaglanden", "origin": "niet_westers", "form": "without_residence", "relative_to": "nederlands"}
    about |= {"measure": "reach_ratio", "synthetic": False, "source": "CBS StatLine 82965NED"}
    rows = rows.assign(**about, period=["2015", "2016", "2017"] * 2)
    rows = rows.assign(lower=rows["value"] - half, upper=rows["value"] + half)
    rows["status"] = np.where(rows["value"].isna(), "undefined", "shown")
    made = bereik.specification_curve(rows, by=BY)
    return made.assign(need=made["indicator"])


def test_points_stand_at_the_values_row_by_row_and_are_hollow_where_the_interval_holds_1():
    axes = points(curve([0.9, 0.5, np.nan, 0.6, 1.1, 0.8]), "nl", **DRAW).axes[0]
    lines, filled, hollow = axes.collections
    assert sorted(filled.get_offsets()[:, 1]) + sorted(hollow.get_offsets()[:, 1]) == [0, 7, 8, 1, 9]
    assert filled.get_offsets()[:, 0].tolist() == [0.5, 0.6, 0.8], "the lowest row first, from low to high"
    assert hollow.get_offsets()[:, 0].tolist() == [0.9, 1.1]
    faces = [to_hex(cloud.get_facecolor()[0]).upper() for cloud in (filled, hollow)]
    assert faces == [ORIGINS["niet_westers"][0], "#FFFFFF"]
    limits = np.ravel([segment[:, 0] for segment in lines.get_segments()])
    assert limits == pytest.approx(np.ravel([(x - 0.15, x + 0.15) for x in (0.5, 0.9, 0.6, 0.8, 1.1)]))
    assert {"0,50 tot 0,90", "0,60 tot 1,10"} <= {text.get_text() for text in axes.texts}
    assert [line.get_xdata()[0] for line in axes.lines] == [1]
    assert axes.get_xscale() == "linear"
    assert axes.get_yticklabels()[0].get_text() == "Speciale scholen\n(1 niet te berekenen)"


def test_two_groups_and_points_without_limits_are_refused():
    data = curve([0.9, 0.5, 0.7, 0.6, 1.1, 0.8])
    with pytest.raises(IncomparableError, match="mixes origin"):
        points(pd.concat([data, data.assign(origin="westers")]), "nl", **DRAW)
    with pytest.raises(MissingColumnError, match="widest_upper"):
        points(data.drop(columns="widest_upper"), "nl", **DRAW)
