"""Bars: they stand at the values, intervals at the limits, steps add up, what is hidden is a word; titles follow the data."""

import numpy as np
import pandas as pd
import pytest

from bereik.errors import InvalidTableError
from bereik.plot.bars import bars
from bereik.tables import result_table
from bereik.texts.say import Told
from bereik.texts.words import entries

KEYS = "01_forms_by_origin", "06_referrers_by_municipality", "06_referrers_by_third", "08_decomposition"
FORMS, ROUTES, THIRDS, STEPS = (entries()["figure"][key]["draw"] for key in KEYS)
MINUS = "\N{MINUS SIGN}"


def table(rows, *columns, by, **about):
    frame = pd.DataFrame(rows, columns=columns).assign(**about)
    frame["status"] = np.where(frame["value"].isna(), "not_published", "shown")
    return result_table(frame.assign(synthetic=False, source="CBS StatLine 82965NED"), by)


def shares():
    # CBS StatLine 82965NED, Haaglanden 2017; the figures of 2016 are hidden here to see what happens
    two = [("form_share", "with_residence", [8.01, 8.36, 10.23]), ("youths", "care_in_kind", [17350, 3290, 9925])]
    rows = [
        (period, origin, form, measure, measure, value if period == "2017" else np.nan)
        for measure, form, values in two
        for origin, value in zip(["nederlands", "westers", "niet_westers"], values, strict=True)
        for period in ("2016", "2017")
    ]
    made = table(rows, "period", "origin", "form", "measure", "per", "value", by=["period", "origin", "form"])
    chance = made["measure"] == "form_share"
    return made.assign(lower=(made["value"] - 1).where(chance), upper=(made["value"] + 1).where(chance))


def routes(places, **columns):
    rows = [(place, name, value) for place, values in places.items() for name, value in values.items()]
    made = table(rows, "region", "referrer", "value", by=["region", "referrer"], measure="referral_share", per="100")
    return made.assign(period="2023", **columns)


def parts(values):
    codes = ("mix", "rate", "total")
    rows = [(origin, *pair) for origin, three in values.items() for pair in zip(codes, three, strict=True)]
    by = ["origin", "component"]
    made = table(rows, *by, "value", by=by, measure="decomposition_component", per="100 youths")
    return made.assign(band="all", lower=made["value"] - 0.5, upper=made["value"] + 0.5)


def boxes(axes):
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]


def said(axes):
    return [text.get_text().replace(MINUS, "-") for text in axes.texts if text.get_text()]


def spans(axes):
    lines = [line for line in axes.lines if len(set(line.get_ydata())) == 1 < len(line.get_xdata())]
    return np.ravel([line.get_xdata() for line in lines])


def words(texts):
    return [text.get_text() for text in texts]


def test_bars_begin_at_zero_in_the_order_of_the_terms_with_intervals_and_numbers():
    counts, with_residence = bars(shares(), "nl", **FORMS).axes
    assert boxes(counts) == [(0, 17350), (0, 3290), (0, 9925)]
    assert boxes(with_residence) == [(0, 8.01), (0, 8.36), (0, 10.23)]
    assert spans(with_residence) == pytest.approx([7.01, 9.01, 7.36, 9.36, 9.23, 11.23])
    assert [word for word in said(with_residence) if "," in word] == ["8,0", "8,4", "10,2"]
    heads = [word.split()[0] for word in said(counts) if "achtergrond" in word]
    assert heads == ["Nederlandse", "Westerse", "Niet-westerse"]
    heights = [bar.get_y() for bar in with_residence.patches]
    assert heights == sorted(heights)
    assert counts.yaxis_inverted()
    assert words(counts.get_yticklabels()) == ["2016", "2017"] * 3
    assert set(words(with_residence.get_yticklabels())) == {""}, "named once, at the left"
    other = shares().query("measure == 'form_share'").assign(form="probation")
    _, first, second = bars(pd.concat([shares(), other.assign(upper=other["upper"] + 30)]), "en", **FORMS).axes
    assert first.get_xlim() == second.get_xlim(), "panels of one unit have one axis"


@pytest.mark.parametrize(("language", "word"), [("nl", "niet gepubliceerd"), ("en", "not published")])
def test_what_is_hidden_or_absent_is_a_word_never_a_bar_at_zero(language, word):
    figure = bars(shares().drop(index=3), language, **FORMS)  # the share of westers in 2017
    assert sum(said(axes).count(word) for axes in figure.axes) == 7
    assert all(high > 0 for axes in figure.axes for _, high in boxes(axes))


def test_parts_of_a_hundred_stand_side_by_side_and_what_is_hidden_is_hatched():
    places = {"Nederland": [50.0, 10.0, 40.0], "Zoetermeer": [60.0, np.nan, 30.0], "Delft": [97.0, 1.0, 2.0]}
    codes = ["via_gp", "via_court", "via_nobody"]
    data = routes({place: dict(zip(codes, three, strict=True)) for place, three in places.items()})
    panel, key = bars(data, "en", **ROUTES).axes
    assert words(panel.get_yticklabels()) == ["Delft", "Zoetermeer", "The Netherlands"], "the country last"
    assert boxes(panel) == [(0, 97), (97, 98), (98, 100), (0, 60), (60, 90), (90, 100), (0, 50), (50, 60), (60, 100)]
    assert [bar.get_hatch() for bar in panel.patches].index("////") == 5
    assert said(panel) == ["97", "60", "30", "50", "10", "40"], "no number in a part that is too narrow"
    assert words(key.get_legend().get_texts())[::3] == ["GP", "Not published"]
    third = routes({"Delft": {"via_gp": 70.0, "via_nobody": 30.0}}, third="smallest", share_from=4.29, share_to=16.7)
    third["share"] = "westers"
    assert words(bars(third, "en", **THIRDS).axes[0].get_yticklabels()) == ["4 to 17%\nof residents"]


def test_each_step_begins_where_the_one_above_it_ended_and_a_hidden_group_is_said_once():
    data = parts({"suriname": (3.0, -2.0, 1.0), "turkije": (1.0, -5.0, -4.0), "marokko": (np.nan, np.nan, np.nan)})
    axes = bars(data, "en", **STEPS).axes[0]
    assert boxes(axes) == [(0, 1), (1, -4), (0, 3), (3, 1)]  # Turkish origin first, as the terms have it
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"] == [-4, 1]
    assert spans(axes)[:6] == pytest.approx([0.5, 1.5, -4.5, -3.5, -4.5, -3.5])
    assert words(axes.get_yticklabels()) == ["By other severity", "At equal severity", "Whole difference"] * 3
    assert [word for word in said(axes) if word[-1] == ")"][1] == "-5.0 (-5.5 to -4.5)"
    assert said(axes).count("not published") == 1
    with pytest.raises(InvalidTableError, match="do not add up to total for suriname"):
        bars(parts({"suriname": (3.0, -1.0, 1.0)}), "en", **STEPS)


BOTH, ONE, UNCLEAR = "The same holds for Surinamese", "That is 30 against 57% of the", "do not clearly refer less"
TITLES = [(30.0, 30.0, 30.0, 1.0, BOTH), (30.0, 57.0, 30.0, 1.0, ONE), (57.0, 30.0, 30.0, 1.0, UNCLEAR)]
TITLES += [(30.0, 30.0, 57.0, 1.0, UNCLEAR), (30.0, 30.0, 30.0, 25.0, UNCLEAR)]


@pytest.mark.parametrize(("first", "second", "known", "rounding", "said"), TITLES)
def test_the_title_of_the_thirds_follows_both_origins_chance_and_rounding(first, second, known, rounding, said):
    shares = {"other_non_western": first, "surinamese_antillean": second}
    data = pd.concat(
        routes({"Delft": {"via_gp": gp, "via_nobody": 100 - gp, "gp": among_known}}, share=share, third=third)
        for share, last in shares.items()
        for third, gp, among_known in (("smallest", 57.0, 57.0), ("middle", 50.0, 50.0), ("largest", last, known))
    )
    for name, apart in (("", 2.0), ("_rounding", rounding)):
        data[f"lower{name}"], data[f"upper{name}"] = data["value"] - apart, data["value"] + apart
    who = {"municipality": "Delft", "year": "2023"}
    assert said in Told("figure", "06_referrers_by_third", (data,), who).words("title", "en")
