"""The charts of the programmes beside the pilot: marks stand at the values, and titles follow the data."""

import functools

import numpy as np
import pandas as pd
import pytest
from bereik.texts.findings.describe import describe_figure

from bereik.errors import BereikError, FigureError, IncomparableError
from bereik.pilot.brokers import brokers, tie_map
from bereik.pilot.nested_change import nested_change
from bereik.pilot.programmes import programme_facts
from bereik.pilot.regional_change import regional_change
from bereik.pilot.synthetic_programmes import make_nested_answers, make_regional_answers, make_ties
from bereik.pilot.ties import tie_change, tie_measures
from bereik.plot.activities_table import activities_table
from bereik.plot.forest import forest
from bereik.plot.tie_network import tie_network
from bereik.terms.names import label
from bereik.terms.words import check_words
from bereik.texts.say import DIRECTIONS, TEXTS, figure_texts


@functools.cache
def tables():
    regions, goals, (before, after) = make_regional_answers(), make_nested_answers(), make_ties()
    waves = [
        pd.concat([tie_map(one), brokers(one, most=1), tie_measures(one)]).assign(wave=wave)
        for wave, one in (("before", before), ("after", after))
    ]
    facts = programme_facts("diversiteit_in_transformatie")
    return {
        "11_activities": facts[facts["topic"].isin(["region", "activity"])],
        "11_change_by_region": regional_change(regions.answers, regions.participants),
        "11_ties": pd.concat([*waves, tie_change(before, after).assign(wave="change")], ignore_index=True),
        "11_change_by_goal": nested_change(goals.answers, goals.participants),
    }


CHARTS = {
    "11_activities": (activities_table, {}, {}),
    "11_change_by_region": (forest, {"rows": "region"}, {"scale": "diversity_sensitive_work"}),
    "11_ties": (tie_network, {}, {}),
    "11_change_by_goal": (forest, {"rows": "goal"}, {"scale": "new_way_of_working"}),
}


def test_marks_of_the_forest_stand_at_the_values_and_a_hidden_region_is_a_word():
    data = tables()["11_change_by_region"].copy()
    away = data["region"] == "region D"
    data.loc[away, ["value", "lower", "upper", "denominator"]] = np.nan
    data.loc[away, "status"] = "suppressed"
    axes = forest(data, "en", rows="region").axes[0]
    marks = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o"]
    one = data[data["scale"] == "diversity_sensitive_work"].set_index(["region", "measure"])["value"]
    wanted = [one[f"region {name}", measure] for name in "ABC" for measure in ("mean_change", "pooled_change")]
    assert marks == pytest.approx(wanted)
    assert [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "D"] == pytest.approx(
        [one["all regions", "mean_of_regions"]]
    )
    words = [text for text in axes.texts if text.get_text() == label("suppressed", "en")]
    assert [text.get_position()[1] for text in words] == [3]


def test_the_network_draws_each_tie_that_crosses_once_and_counts_the_others():
    data, figure = tables()["11_ties"], tie_network(tables()["11_ties"], "en")
    for axes, wave in zip(figure.axes[:2], ("before", "after"), strict=True):
        rows = data[(data["wave"] == wave) & (data["measure"] == "referral_tie")]
        pairs = set(zip(rows["organisation"], rows["to_organisation"], strict=True))
        crossing = {pair for pair in pairs if pair[0][0] != pair[1][0]}
        arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
        assert len(arrows) == len({frozenset(pair) for pair in crossing})
        formal = sum(one[0] == other[0] == "F" for one, other in pairs)
        assert any(f"{formal} ties" in text.get_text() for text in axes.texts)
        names = [text.get_text() for text in axes.texts if text.get_text()[1:].isdigit()]
        assert len(names) == 22  # also who has no tie that crosses
    places = [{line.get_xydata()[0].tobytes() for line in axes.lines} for axes in figure.axes[:2]]
    assert places[0] == places[1]


def test_a_hidden_network_is_refused():
    data = tables()["11_ties"].copy()
    data.loc[data["measure"] == "referral_tie", ["value", "status"]] = [np.nan, "suppressed"]
    with pytest.raises(FigureError, match="A network that is hidden"):
        tie_network(data, "nl")


def test_a_dash_stands_where_nothing_is_published():
    axes = activities_table(tables()["11_activities"], "nl").axes[0]
    words = [text.get_text() for text in axes.texts]
    assert words.count("–") == 13  # 5 regions x 4 audiences, 7 of them with activities
    assert any(word.startswith("• kennisteam diversiteit\n• casussen") for word in words)
    facts = tables()["11_activities"]
    with pytest.raises(FigureError, match="Activities in Twente"):
        activities_table(facts[(facts["region"] != "Twente") | (facts["topic"] == "activity")], "nl")
    with pytest.raises(IncomparableError, match="mixes programme"):
        activities_table(programme_facts(), "nl")


def test_titles_follow_the_data():
    for stem, measure in (("11_change_by_region", "mean_of_regions"), ("11_change_by_goal", "mean_of_goals")):
        data, said = tables()[stem].copy(), CHARTS[stem][2]
        before = describe_figure(stem, data, **said)["en"]["title"]
        assert "up by" in before
        data.loc[data["measure"] == measure, "lower"] = -0.1
        assert (
            "no" in describe_figure(stem, data, **said)["en"]["title"].split()[:8]
            or "not clearly" in describe_figure(stem, data, **said)["en"]["title"]
        )
    data = tables()["11_ties"].copy()
    change = (data["measure"] == "ties_change") & (data["ties"] == "crossing")
    data.loc[change, ["value", "lower", "upper"]] = [-1.0, -2.0, -0.5]
    assert "fewer referral ties" in describe_figure("11_ties", data)["en"]["title"]
    data.loc[change, "status"] = "suppressed"
    with pytest.raises(FigureError, match="No row that is shown with measure='ties_change'"):
        describe_figure("11_ties", data)


def test_synthetic_figures_say_so_and_real_ones_do_not():
    for stem, (_, _, said) in CHARTS.items():
        texts = describe_figure(stem, tables()[stem], **said)
        example = texts["nl"]["title"].startswith("Voorbeeld: ") and "Verzonnen" in texts["nl"]["alt"]
        assert example == (stem != "11_activities")
    data = tables()["11_change_by_region"]
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        forest(data.assign(synthetic=[False, *[True] * (len(data) - 1)]), "nl", rows="region")


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("stem", CHARTS)
def test_every_variant_of_the_texts_is_complete_and_uses_no_refused_word(stem, direction):
    from bereik.texts.findings.notebook_11 import FINDINGS

    _, values = FINDINGS[stem](tables()[stem], **CHARTS[stem][2])
    for language, texts in figure_texts(stem, direction=direction, **values).items():
        for name in TEXTS:
            check_words(texts[name], language)
            assert "{" not in texts[name]


def test_data_without_the_columns_are_refused():
    for stem, (draw, options, _) in CHARTS.items():
        with pytest.raises(BereikError, match="has no column 'synthetic'"):
            draw(tables()[stem].drop(columns="synthetic"), "nl", **options)
