"""The chart of dots on small tables: marks stand at the values, hidden ones are words, rows keep their order."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from bereik.errors import UnknownNameError
from bereik.plot.dots import dots
from bereik.plot.style import COLOURS
from bereik.rates.summaries import count_sides
from bereik.tables import result_table
from bereik.texts.words import entries

REGION = "Haaglanden"
RATIO, CRUDE = "rate_ratio_at_equal_severity", "crude_rate_ratio"


def table(rows, by, **about):
    frame = pd.DataFrame(rows)
    frame = frame.assign(**{name: frame.get(name, np.nan) for name in ("lower", "upper")})
    same = {"measure": RATIO, "status": "shown", "per": "ratio", "synthetic": False, "source": "CBS StatLine 1"} | about
    frame = frame.assign(**{name: frame.get(name, pd.Series(same[name], frame.index)) for name in same})
    frame["status"] = frame["status"].fillna("shown")
    frame.loc[frame["status"] != "shown", ["value", "lower", "upper"]] = np.nan
    return result_table(frame, by)


def ratios(codes, column="origin", half=0.1, **about):
    """One row for each code: its value, or a status; intervals reach as far to both sides."""
    shown = {code: value if isinstance(value, float) else np.nan for code, value in codes.items()}
    rows = [{column: code, "value": at, "lower": at - half, "upper": at + half} for code, at in shown.items()]
    status = ["shown" if isinstance(value, float) else value for value in codes.values()]
    return table(pd.DataFrame(rows).assign(status=status), [column, *about], **about)


def draw(data, language="en", **options):
    return dots(data, language, **({"measures": [RATIO], "line": 1} | options))


def marks(axes, marker=None):
    """Give the points from top to bottom: x, y."""
    lines = [line for line in axes.lines if (marker or line.get_marker()) == line.get_marker() not in ("", "None")]
    return sorted((tuple(point) for line in lines for point in line.get_xydata().tolist()), key=lambda point: point[1])


def spans(axes):
    lines = [line for line in axes.lines if line.get_marker() == "None" and len(set(line.get_xdata())) == 2]
    return sorted(list(map(float, line.get_xdata())) for line in lines)


def said(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def names(axes):
    return [text.get_text().replace("\n", " ") for text in axes.get_yticklabels()]


def test_dots_stand_at_the_values_lines_at_the_limits_and_numbers_beside_them():
    axes = draw(ratios({"marokko": 0.8, "turkije": 1.25}), "nl", rows="origin").axes[0]
    assert names(axes) == ["Turkse herkomst", "Marokkaanse herkomst"]  # the order of the term list, not of the data
    assert [x for x, _ in marks(axes)] == [1.25, 0.8]
    assert np.ravel(spans(axes)) == pytest.approx([0.7, 0.9, 1.15, 1.35])
    assert said(axes)[-2:] == ["1,25", "0,80"]
    assert [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]] == [1]
    assert (axes.get_xscale(), axes.yaxis_inverted()) == ("linear", True)


@pytest.mark.parametrize(("language", "word"), [("nl", "niet getoond"), ("en", "not shown")])
def test_what_is_hidden_or_absent_is_a_word_and_no_mark(language, word):
    two = {"protection": {"turkije": 1.2, "marokko": "hidden"}, "probation": {"turkije": 0.9}}
    data = pd.concat(ratios(codes, form=form) for form, codes in two.items())
    first, second = draw(data, language, rows="origin", panels="form").axes[:2]
    assert (said(first).count(word), said(second).count(word)) == (1, 0)
    assert {"nl": "niet gepubliceerd", "en": "not published"}[language] in said(second)
    assert [[x for x, _ in marks(axes)] for axes in (first, second)] == [[1.2], [0.9]]
    assert first.get_xlim() == second.get_xlim()


def test_a_panel_without_a_rest_says_nothing_of_it():
    parts = ratios({"turkije": 0.8}, form="probation"), ratios({"turkije": 0.8, "rest": 1.1}, form="protection")
    figure = draw(pd.concat(parts), rows="origin", panels="form")
    assert [len(marks(axes)) for axes in figure.axes[:2]] == [2, 1]  # in the order of the forms
    assert not [text for axes in figure.axes for text in said(axes) if "published" in text]


def test_series_share_a_row_each_with_its_mark_and_where_all_are_hidden_it_is_said_once():
    crude = ratios({"turkije": 0.9, "suriname": 1.1, "marokko": "hidden"}).assign(measure=CRUDE)
    equal = ratios({"turkije": 0.7, "suriname": "hidden", "marokko": "hidden"})
    figure = draw(pd.concat([crude, equal]), rows="origin", series="measure", measures=[CRUDE, RATIO])
    axes, key = figure.axes
    assert [x for x, _ in marks(axes)] == pytest.approx([0.9, 0.7, 1.1])
    assert len({height for _, height in marks(axes)}) == 3  # each on a line of its own
    hollow = [line.get_xdata()[0] for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert hollow == pytest.approx([0.9, 1.1])  # of all youths hollow, at equal severity filled
    assert said(axes).count("not shown") == 2  # once for marokko, once for one of the two of suriname
    words = [text.get_text() for text in key.get_legend().get_texts()][:2]
    assert words == ["Severity not taken into account", "At equal severity of problems"]


def test_regions_run_from_low_to_high_one_stands_out_and_hidden_ones_are_counted():
    values = {"Drenthe": 1.9, REGION: 1.28, "Zeeland": 1.1, "Twente": 2.2, "Eemland": "not_published"}
    data = ratios(values, "region", form="protection")
    among = [
        {"region": REGION, "measure": "prediction_band", "value": 1.5, "lower": 1.07, "upper": 2.27},
        {"region": REGION, "measure": "mean_of_others", "value": 1.5, "lower": 1.4, "upper": 1.6},
    ]
    data = pd.concat([data, table(among, ["region"]).assign(form="protection")])  # the index repeats, as in a notebook
    options = entries()["figure"]["02_ratio_by_region"]["draw"] | {"focus": {"region": REGION}, "measures": [RATIO]}
    axes = draw(data, "nl", **options).axes[0]
    assert [x for x, _ in marks(axes)] == [1.1, 1.28, 1.9, 2.2]
    (diamond,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert (diamond.get_xdata()[0], to_hex(diamond.get_color()).upper()) == (1.28, COLOURS["focus"])
    band = axes.patches[0]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1.07, 2.27))
    assert {line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]} == {1, 1.5}
    assert axes.get_title(loc="left") == "Jeugdbescherming\nHaaglanden 1,28"
    assert "1 regio niet gepubliceerd" in axes.get_xlabel()
    assert not any("Drenthe" in text for text in [*said(axes), *names(axes)])
    bare = draw(data.assign(lower=data["lower"].mask(data["measure"] == "prediction_band")), "nl", **options)
    assert not bare.axes[0].patches
    assert not any("95% kans" in text.get_text() for text in bare.axes[-1].get_legend().get_texts())
    data.loc[data["region"].eq(REGION), ["value", "lower", "upper"]] = np.nan
    hidden = draw(data.assign(status=np.where(data["value"].isna(), "not_published", "shown")), **options).axes[0]
    assert hidden.get_title(loc="left").endswith("Haaglanden: not published")
    assert not marks(hidden, "D")
    with pytest.raises(UnknownNameError, match="did you mean 'Haaglanden'"):
        draw(data, **options | {"focus": {"region": "Haglanden"}})


def test_a_cloud_shows_every_region_and_what_lies_beyond_the_axis_is_a_triangle():
    values = {"Drenthe": 0.8, "Zeeland": -0.4, "Twente": 210.0, REGION: -1.3, "Eemland": -300.0}
    rows = [{"form": "protection", "region": name, "value": value} for name, value in values.items()]
    rank = rows[3] | {"measure": "placebo_p", "value": 0.6, "numerator": 3.0, "denominator": 5.0}
    data = pd.concat([table(rows, ["form", "region"], measure="change_in_percent"), pd.DataFrame([rank])])
    data = data.assign(status="shown", synthetic=False, source="CBS StatLine 1")
    options = entries()["figure"]["10_placebo_distribution"]["draw"]
    axes = draw(data, **options | {"focus": {"region": REGION}}).axes[0]
    assert sorted(x for x, _ in marks(axes, "o")) == [-0.4, 0.8]
    assert [[x for x, _ in marks(axes, marker)] for marker in "<>D"] == [[-60], [60], [-1.3]]
    assert said(axes)[-1] == "3 of 5 regions\nat least as far from zero"


def test_rows_stand_under_their_headings_and_the_last_ones_under_a_line():
    by = ["indicator", "population_group", "kind"]
    rows = [("survey_distress", "residents_youngest_class", "self_report", 1.1)]
    rows += [("special_schools", "pupils_all", "school", 1.3), ("suspects", "youths_12_17", "police", 2.7)]
    rows += [("survey_distress", "residents_12_and_over", "self_report", 1.9)]
    data = table([dict(zip([*by, "value"], row, strict=True)) for row in rows], by)
    only = {"kind": ["self_report", "school"]}
    axes = draw(data, rows=["indicator", "population_group"], headings="kind", only=only, width=60).axes[0]
    heights = dict(zip(names(axes), axes.get_yticks(), strict=True))
    said = ["In a survey", "Distress, youngest age class", "Distress, aged 12 and over", "At school, after a referral"]
    assert sorted(heights, key=heights.get) == [*said, "Special schools, all pupils"]
    assert [x for x, _ in marks(axes)] == [1.1, 1.9, 1.3]
    goals = ratios({"all goals": 0.2, "prevention": 0.3}, "goal").assign(per="points")
    axes = draw(goals, rows="goal", line=0, last=["all goals"]).axes[0]
    assert names(axes) == ["Prevention", "All goals"]
    rule = [line.get_ydata()[0] for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert marks(axes)[0][1] < rule[0] < marks(axes)[1][1]


def test_panels_hold_what_is_clearly_on_one_side_and_leave_out_the_rest():
    wijken = {"Wijk 11 Noord": 1.3, "Wijk 12 Zuid": 0.8, "Oost": 1.05, "West": "not_published"}
    data = ratios(wijken, "area").assign(region="Delft")
    clear = ["clearly_below", "clearly_above"]
    figure = draw(data, rows=["area", "region"], panels="clear", only={"clear": clear}, order="own")
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["Less than expected", "More than expected"]
    assert [names(axes) for axes in figure.axes[:2]] == [["Zuid, Delft"], ["Noord, Delft"]]
    counts = count_sides(data).set_index("measure")["value"]
    assert [counts[name] for name in (*clear, "not_clear", "not_shown")] == [1, 1, 1, 1]


def test_words_beside_a_row_are_those_of_its_verdict():
    row = {"form": "probation", "verdict": "established", "side": "above 1", "value": 1.9, "lower": 1.3, "upper": 2.4}
    data = table([row], ["form", "verdict", "side"], measure="range_over_choices")
    code = {"measure": "range_over_choices", "code": ["measure", "verdict", "side"]}
    options = {"measures": ["range_over_choices"], "beside": code, "focus": {"verdict": "established"}, "wide": True}
    axes = draw(data, "nl", rows="form", **options).axes[0]
    assert said(axes)[-1] == "Staat vast: meer dan past\n1,30 tot 2,40 keer"
    assert {to_hex(line.get_color()).upper() for line in axes.lines if len(line.get_xdata()) == 2} >= {COLOURS["focus"]}


def test_rates_begin_at_zero_in_their_own_unit_and_ticks_are_written_in_full():
    data = ratios({"nederlands": 22.0, "turkije": 31.5}, half=1.0).assign(per="1000 persons")
    axes = draw(data, "nl", rows="origin", line=None, decimals=1).axes[0]
    assert axes.get_xlim()[0] == 0
    assert "per 1.000" in said(axes)
    axes = draw(ratios({"turkije": 0.93, "marokko": 0.91}), rows="origin").axes[0]
    axes.figure.draw_without_rendering()
    low, high = axes.get_xlim()
    ticks = [float(text.get_text()) for text in axes.get_xticklabels() if low <= text.get_position()[0] <= high]
    assert len(set(ticks)) == len(ticks) > 2
