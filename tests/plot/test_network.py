"""The network: each tie that crosses is drawn once, the others are counted, and every organisation keeps its place."""

import functools

import pandas as pd

import bereik
from bereik.plot.network import network
from bereik.texts.say import Told


@functools.cache
def ties():
    waves = {wave: bereik.pilot.example_pilot(f"ties_{wave}") for wave in ("before", "after")}
    made = (bereik.pilot.tie_map, bereik.pilot.tie_measures)
    rows = [make(one).assign(wave=wave) for wave, one in waves.items() for make in made]
    return pd.concat([*rows, bereik.pilot.tie_change(*waves.values()).assign(wave="change")], ignore_index=True)


def test_each_tie_that_crosses_is_drawn_once_and_the_others_are_counted():
    data, figure = ties(), network(ties(), "en")
    for axes, wave in zip(figure.axes[:2], ("before", "after"), strict=True):
        rows = data[(data["wave"] == wave) & (data["measure"] == "referral_tie")]
        pairs = set(zip(rows["organisation"], rows["to_organisation"], strict=True))
        crossing = {pair for pair in pairs if pair[0][0] != pair[1][0]}
        arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
        assert len(arrows) == len({frozenset(pair) for pair in crossing})
        both = sum(type(arrow.arrow_patch.get_arrowstyle()).__name__ == "CurveFilledAB" for arrow in arrows)
        assert both == sum((other, one) in crossing for one, other in crossing) / 2
        formal = sum(one[0] == other[0] == "F" for one, other in pairs)
        assert any(f"{formal} ties" in text.get_text() for text in axes.texts)
        names = [text.get_text() for text in axes.texts if text.get_text()[1:].isdigit()]
        assert len(names) == 22, "also who has no tie that crosses"
    places = [{line.get_xydata()[0].tobytes() for line in axes.lines} for axes in figure.axes[:2]]
    assert places[0] == places[1]


def test_a_hidden_network_is_not_drawn_and_says_nothing_of_its_ties():
    few = bereik.pilot.example_pilot("ties_before")
    small = bereik.pilot.tie_map(few._replace(ties=few.ties.head(9))).assign(wave="before")
    assert small[["status", "organisation", "to_organisation"]].to_numpy().tolist() == [["hidden", "", ""]]
    data = pd.concat([small, ties().query("wave == 'after'")], ignore_index=True)
    assert [axes.get_title(loc="left") for axes in network(data, "nl").axes] == ["Na", ""]


def test_the_title_follows_the_interval_of_the_change():
    data = ties().copy()
    change = (data["measure"] == "ties_change") & (data["ties"] == "crossing")
    said = {"to each other more: 48%": (0.2, 1.5), "each other less": (-2, -0.5), "not clearly": (-1, 1)}
    for words, limits in said.items():
        data.loc[change, ["value", "lower", "upper"]] = [0.0, *limits]
        assert words in Told("figure", "11_ties", (data,), {}).words("title", "en")
