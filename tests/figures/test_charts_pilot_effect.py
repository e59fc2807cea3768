"""The charts of the pilot's effect: lines stand at the values and stop at breaks, ranks are in words, texts follow the data."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import bereik
from bereik.errors import FigureError, InvalidTableError, UnknownNameError
from bereik.pilot.effect import departures, difference_in_differences
from bereik.pilot.outcomes import pilot_outcomes
from bereik.plot.event_study import event_study
from bereik.plot.placebo_distribution import placebo_distribution
from bereik.plot.style import COLOURS

REGION = "Haaglanden"
SPANS = {"before": "2016-2019", "after": "2022-2023"}


@pytest.fixture(scope="module")
def series():
    table = pilot_outcomes()
    main = table[
        (table["period_kind"] == "date") | ((table["form"] == "youth_care") & (table["period_kind"] == "year"))
    ]
    return [rows for _, rows in main.groupby("form", sort=False)]


@pytest.fixture(scope="module")
def tables(series):
    effects = pd.concat(difference_in_differences(rows, REGION) for rows in series)
    apart = pd.concat([*(departures(rows) for rows in series), effects[effects["measure"] == "placebo_p"]])
    return {"10_event_study": apart, "10_placebo_distribution": effects}


CHARTS = {"10_event_study": event_study, "10_placebo_distribution": placebo_distribution}
OPTIONS = {"10_event_study": {}, "10_placebo_distribution": SPANS}


def texts_of(stem, data, **changes):
    return bereik.describe_figure(stem, data, **{"region": REGION, "form": "youth_care", **OPTIONS[stem], **changes})


def panel(figure, title):
    return next(axes for axes in figure.axes if axes.get_title(loc="left") == title)


def focus_line(axes):
    return next(line for line in axes.lines if line.get_marker() == "D")


def test_lines_stand_at_the_values_and_stop_at_each_break(tables):
    data = tables["10_event_study"]
    axes = panel(event_study(data, "en", region=REGION), "Youth care")
    own = data.query("measure == 'departure' and region == @REGION and form == 'youth_care'").sort_values("period")
    line = focus_line(axes)
    known = np.isfinite(line.get_ydata())
    assert line.get_ydata()[known] == pytest.approx(own["value"].to_numpy())
    assert line.get_xdata()[known] == pytest.approx(range(2016, 2024))
    assert np.flatnonzero(~known).tolist() == [5, 7, 10]  # after 2020, after 2021, at the end
    assert to_hex(line.get_color()).upper() == COLOURS["focus"]
    breaks = sorted(line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1] and len(line.get_xdata()) == 2
                    and line.get_xdata()[0] == line.get_xdata()[1])  # fmt: skip
    assert breaks == [2020.5, 2021.5]
    shade = axes.patches[0]
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((2019.5, 2021.5))
    others = next(line for line in axes.lines if line.get_marker() == ".")
    assert np.isfinite(others.get_ydata()).sum() == 41 * 8


def test_breaks_are_drawn_in_every_panel_and_explained(tables):
    figure = event_study(tables["10_event_study"], "nl", region=REGION)
    panels = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in panels] == [
        "Jeugdzorg", "Jeugdhulp zonder verblijf", "Jeugdhulp met verblijf", "Jeugdbescherming", "Jeugdreclassering",
    ]  # fmt: skip
    for axes in panels:
        upright = [line for line in axes.lines if list(line.get_ydata()) == [0, 1]]
        assert sorted(line.get_xdata()[0] for line in upright) == [2020.5, 2021.5]
    said = [text.get_text() for text in figure.axes[-1].get_legend().get_texts()]
    assert sum("bronbreuk" in text for text in said) == 2


def test_a_hidden_figure_is_a_gap(tables):
    data = tables["10_event_study"].copy()
    hidden = (data["measure"] == "departure") & (data["region"] == REGION) & (data["period"] == "2018")
    data.loc[hidden, ["value", "status"]] = [np.nan, "not_published"]
    line = focus_line(panel(event_study(data, "en", region=REGION), "Youth care"))
    assert np.isfinite(line.get_ydata()).sum() == 7
    assert 2018 not in line.get_xdata()[np.isfinite(line.get_ydata())]


def test_every_region_is_a_dot_and_the_rank_is_in_words(tables):
    data = tables["10_placebo_distribution"]
    axes = placebo_distribution(data, "en", region=REGION).axes[0]
    first = data[(data["form"] == "youth_care") & (data["measure"] == "standardised_departure")].set_index("region")[
        "value"
    ]
    dots, diamond = axes.collections[:2]
    assert sorted(dots.get_offsets()[:, 0]) == pytest.approx(sorted(first.drop(REGION)))
    assert diamond.get_offsets()[:, 0].tolist() == pytest.approx([first[REGION]])
    bar = axes.patches[0]
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx((-abs(first[REGION]), abs(first[REGION])))
    extreme = int((first.abs() >= abs(first[REGION])).sum())
    assert axes.texts[0].get_text() == f"{extreme} of 42 at least\nas far from zero"
    assert axes.yaxis_inverted()


def test_titles_follow_the_data(tables):
    data = tables["10_event_study"].copy()
    assert "0 of 5 outcomes" in texts_of("10_event_study", data)["en"]["title"]
    rank = (data["measure"] == "placebo_p") & (data["form"] == "protection")
    data.loc[rank, ["value", "numerator"]] = [1 / 42, 1]
    assert "bij 1 van 5 uitkomsten" in texts_of("10_event_study", data)["nl"]["title"]
    for form in ("protection", "probation"):
        rows = tables["10_placebo_distribution"]
        row = rows[(rows["measure"] == "placebo_p") & (rows["form"] == form)].iloc[0]
        title = texts_of("10_placebo_distribution", rows, form=form)["en"]["title"]
        assert f"{row['numerator']:.0f} of 42 regions" in title
    with pytest.raises(FigureError, match="no row that is shown|No row that is shown"):
        texts_of("10_event_study", data[data["measure"] != "placebo_p"])


@pytest.mark.parametrize("stem", CHARTS)
def test_data_that_cannot_be_drawn_are_refused(stem, tables):
    draw, data = CHARTS[stem], tables[stem]
    drawn = data[data["measure"].isin(["departure", "standardised_departure"])]
    with pytest.raises(UnknownNameError, match="did you mean 'Haaglanden'"):
        draw(data, "nl", region="Haglanden")
    with pytest.raises(InvalidTableError, match="more than once"):
        draw(pd.concat([data, data[data["measure"] == "placebo_p"].iloc[:1], drawn.iloc[:1]]), "nl", region=REGION)
    with pytest.raises(FigureError, match="No rows with the measure"):
        draw(data.assign(measure="z_score"), "nl", region=REGION)
    with pytest.raises(UnknownNameError, match="'fr'"):
        draw(data, "fr", region=REGION)
