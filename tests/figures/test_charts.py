"""The charts on small tables: what is drawn is what the data say, hidden values are words."""

import functools
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from bereik.errors import BereikError, FigureError, InvalidTableError, UnknownNameError
from bereik.plot.caterpillar import caterpillar
from bereik.plot.counts_and_shares import counts_and_shares
from bereik.plot.frame import add_frame
from bereik.plot.style import COLOURS, style
from bereik.plot.use_over_time import use_over_time
from bereik.tables import result_table
from bereik.texts.say import figure_texts

REGION = "Haaglanden"
ABOUT = {"status": "shown", "synthetic": False, "source": "CBS StatLine 82965NED"}
ORIGINS = ["nederlands", "westers", "niet_westers"]


def table(rows, by):
    frame = pd.DataFrame([{**ABOUT, "lower": np.nan, "upper": np.nan, **row} for row in rows])
    hidden = frame["status"] != "shown"
    frame.loc[hidden, ["value", "lower", "upper"]] = np.nan
    return result_table(frame, by)


def counts_table():
    # CBS StatLine 82965NED, Haaglanden 2017; the count of 2016 is hidden here to see what happens
    rows = [
        {"period": "2017", "origin": origin, "form": "care_in_kind", "measure": "youths", "value": value}
        for origin, value in zip(ORIGINS, [17350, 3290, 9925], strict=True)
    ]
    rows += [
        {
            "period": "2017",
            "origin": o,
            "form": "with_residence",
            "measure": "form_share",
            "value": v,
            "lower": v - 1,
            "upper": v + 1,
        }
        for o, v in zip(ORIGINS, [8.01, 8.36, 10.23], strict=True)
    ]
    rows += [
        {"period": "2016", "origin": o, "form": f, "measure": m, "value": 0, "status": "not_published"}
        for o in ORIGINS
        for f, m in (("care_in_kind", "youths"), ("with_residence", "form_share"))
    ]
    return table(rows, ["period", "origin", "form"])


def ratio_table():
    names = ["Drenthe", REGION, "Zeeland", "Twente", "Eemland", "Rijnmond", "Flevoland"]
    values = [1.9, 1.28, 1.1, 2.2, 0, np.nan, 1.5]
    rows = [
        {"region": name, "origin": "niet_westers", "form": form, "measure": "form_share_ratio", "value": value,
         "lower": value / 1.2, "upper": value * 1.2 if value > 0 else np.nan,
         "status": "not_published" if np.isnan(value) else "shown"}
        for form in ("protection", "with_residence")
        for name, value in zip(names, values, strict=True)
    ]  # fmt: skip
    same = {"region": REGION, "origin": "niet_westers"}
    for form in ("protection", "with_residence"):
        rows += [
            {**same, "form": form, "measure": "prediction_band", "value": 1.5, "lower": 1.07, "upper": 2.27},
            {**same, "form": form, "measure": "mean_of_others", "value": 1.5, "lower": 1.4, "upper": 1.6},
            {**same, "form": form, "measure": "rank", "value": 3, "numerator": 3, "denominator": 6},
        ]
    return table(rows, ["region", "origin", "form"])


def time_table():
    kinds = {REGION: "jeugdregio", "Nederland": "country", "Delft": "municipality", "'s-Gravenhage": "municipality",
             "Wassenaar": "municipality"}  # fmt: skip
    rows = [
        {"period": str(year), "period_kind": "year", "region": region, "region_kind": kind, "measure": "use_rate",
         "value": 9 + 0.1 * (year - 2015) + 0.01 * place,
         "status": "not_published" if region == "Delft" and year in (2018, 2023) else "shown"}
        for place, (region, kind) in enumerate(kinds.items())
        for year in range(2015, 2024)
    ]  # fmt: skip
    rows += [
        {"period": f"{year}H{half}", "period_kind": "half-year", "region": region, "region_kind": kinds[region],
         "measure": "use_rate", "value": 8 + half * 0.1}
        for region in (REGION, "Nederland")
        for year in range(2015, 2025)
        for half in (1, 2)
        if (year, half) != (2024, 2)
    ]  # fmt: skip
    return table(rows, ["period", "period_kind", "region", "region_kind"])


CHARTS = {
    "01_forms_by_origin": (counts_and_shares, counts_table),
    "02_ratio_by_region": (functools.partial(caterpillar, region=REGION), ratio_table),
    "01_use_over_time": (functools.partial(use_over_time, region=REGION), time_table),
}
VALUES = {
    "region": REGION, "country": "Nederland", "first": 2015, "last": 2023, "year": 2017, "form": "with_residence",
    "group": "niet_westers", "reference": "nederlands", "ratio": 1.328,
    "value": 10.5, "country_value": 9.4, "low": 6.3, "high": 12.3, "lower": 1.18, "upper": 1.38, "band_lower": 1.07,
    "band_upper": 2.27, "position": "within_band", "regions": 42,
}  # fmt: skip


def panel(figure, title):
    return next(axes for axes in figure.axes if axes.get_title(loc="left") == title)


def words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def marks(axes):
    """Find every point with a marker: x, y."""
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() not in ("", "None", None)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        if np.isfinite(float(y))
    ]


def test_counts_are_bars_and_shares_are_marks_with_their_intervals():
    figure = counts_and_shares(counts_table(), "nl")
    bars = panel(figure, "Alle jeugdzorg in natura").patches
    assert [bar.get_width() for bar in bars] == [17350, 3290, 9925]
    shares = panel(figure, "Jeugdhulp met verblijf")
    assert sorted(x for x, _ in marks(shares)) == [8.01, 8.36, 10.23]
    spans = [tuple(line.get_xdata()) for line in shares.lines if len(line.get_xdata()) == 2]
    assert np.ravel(spans) == pytest.approx([7.01, 9.01, 7.36, 9.36, 9.23, 11.23])
    assert [text.get_text() for text in shares.texts if "," in text.get_text()] == ["8,0", "8,4", "10,2"]
    heights = [height for _, height in marks(shares)]
    assert heights == sorted(heights)  # origins from top to bottom as the term list has them (the axis is inverted)
    assert shares.yaxis_inverted()


@pytest.mark.parametrize(("language", "word"), [("nl", "niet gepubliceerd"), ("en", "not published")])
def test_a_hidden_value_is_a_word_never_a_mark_at_zero(language, word):
    figure = counts_and_shares(counts_table(), language)
    assert words(figure).count(word) == 6
    assert all(bar.get_width() > 0 for axes in figure.axes for bar in axes.patches)
    assert all(x > 0 for axes in figure.axes for x, _ in marks(axes))


def test_an_absent_row_is_a_word_too():
    data = counts_table()
    figure = counts_and_shares(data[~((data["origin"] == "westers") & (data["form"] == "with_residence"))], "en")
    assert words(figure).count("not published") == 6 + 1  # the six of 2016, and westers 2017 with residence


def test_regions_are_sorted_the_marked_one_stands_out_and_the_rest_is_counted():
    figure = caterpillar(ratio_table(), "nl", region=REGION)
    axes = panel(figure, "Jeugdhulp met verblijf")
    assert [x for x, _ in sorted(marks(axes), key=lambda mark: mark[1])] == [1.1, 1.28, 1.5, 1.9, 2.2]
    diamonds = [line for line in axes.lines if line.get_marker() == "D"]
    assert [float(line.get_xdata()[0]) for line in diamonds] == [1.28]
    assert to_hex(diamonds[0].get_color()).upper() == COLOURS["focus"]
    band = axes.patches[0]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1.07, 2.27))
    uprights = {line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]}
    assert uprights == {1, 1.5}
    said = [text.get_text() for text in axes.texts]
    assert "Haaglanden 1,28 (1,07 – 1,54)" in said
    assert "plaats 3 van 6, van laag naar hoog" in said
    assert "1 regio niet gepubliceerd" in said
    assert "1 regio: geen jongeren met deze vorm" in said
    assert not any("Drenthe" in text for text in said)
    assert axes.get_xscale() == "log"
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == ["Jeugdhulp met verblijf", "Jeugdbescherming"]  # the order of the term list, not of the data


def test_a_marked_region_without_a_figure_is_said_in_words():
    data = ratio_table()
    data.loc[data["region"].eq(REGION), "status"] = "not_published"
    data.loc[data["region"].eq(REGION), ["value", "lower", "upper"]] = np.nan
    figure = caterpillar(data, "en", region=REGION)
    assert "Haaglanden: not published" in words(figure)
    assert not [line for axes in figure.axes for line in axes.lines if line.get_marker() == "D"]


def test_lines_show_the_data_and_stop_at_each_break():
    figure = use_over_time(time_table(), "en", region=REGION)
    years = panel(figure, "Years")
    spells = [
        [round(float(x)) for x in line.get_xdata()]
        for line in years.lines
        if line.get_marker() == "D" and line.get_linewidth() > 2
    ]
    assert spells == [[2015, 2016, 2017, 2018, 2019, 2020], [2021], [2022, 2023]]
    drawn = [y for line in years.lines if line.get_marker() == "D" for y in line.get_ydata()]
    assert drawn == pytest.approx([9 + 0.1 * step for step in range(9)])
    breaks = [line.get_xdata()[0] for line in years.lines if list(line.get_ydata()) == [0, 1]]
    assert breaks == [2014.5, 2020.5, 2021.5]
    halves = panel(figure, "Half-years")
    assert [line.get_xdata()[0] for line in halves.lines if list(line.get_ydata()) == [0, 1]] == [
        2014.5,
        2020.5,
        2021.5,
        2023.5,
    ]
    # 2018 and 2023 are hidden in Delft: no point at 0, and the end says so
    assert min(y for _, y in marks(years)) >= 9
    assert "Delft not published" in words(figure)
    assert "The Hague 9.8" in words(figure)
    assert "2024: provisional figures; Voorschoten no longer belongs to Haaglanden" in words(figure)


def test_labels_at_the_ends_do_not_cover_each_other():
    with style():
        figure = use_over_time(time_table(), "nl", region=REGION)
        add_frame(figure, figure_texts("01_use_over_time", direction="above", **VALUES)["nl"])
        figure.draw_without_rendering()
        years = panel(figure, "Jaarcijfers")
        names = [text for text in years.texts if any(letter.isalpha() for letter in text.get_text())]
        boxes = sorted((text.get_window_extent() for text in names), key=lambda box: box.y0)
    assert len(boxes) == 5
    assert all(lower.y1 <= upper.y0 for lower, upper in pairwise(boxes))


@pytest.mark.parametrize("stem", CHARTS)
def test_data_that_cannot_be_drawn_are_refused(stem):
    draw, make = CHARTS[stem]
    data = make()
    with pytest.raises(InvalidTableError, match="more than once"):
        draw(pd.concat([data, data.iloc[:1]]), "nl")
    with pytest.raises(FigureError, match="No rows with the measure"):
        draw(data.assign(measure="z_score"), "nl")
    with pytest.raises(BereikError, match="no column 'status'"):
        draw(data.drop(columns="status"), "nl")
    with pytest.raises(FigureError, match="No value in a shown row"):
        draw(data.assign(value=np.nan, status="shown"), "nl")
    with pytest.raises(UnknownNameError, match="'fr'"):
        draw(data, "fr")


@pytest.mark.parametrize("stem", [stem for stem in CHARTS if stem != "01_forms_by_origin"])
def test_an_unknown_region_is_refused_with_the_nearest(stem):
    draw, make = CHARTS[stem]
    with pytest.raises(UnknownNameError, match="did you mean 'Haaglanden'"):
        draw(make(), "nl", region="Haglanden")


def test_quarters_and_two_origins_are_refused():
    with pytest.raises(FigureError, match="quarter"):
        use_over_time(time_table().assign(period_kind="quarter"), "nl", region=REGION)
    data = ratio_table()
    with pytest.raises(FigureError, match="one chart of regions"):
        caterpillar(pd.concat([data, data.assign(origin="westers")]), "nl", region=REGION)
