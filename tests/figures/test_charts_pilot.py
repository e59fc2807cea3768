"""The charts of the pilot: marks stand at the values, hidden groups are words, titles follow the data."""

import functools
import itertools

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import FigureError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.plot.before_after import before_after
from bereik.plot.participation import participation
from bereik.plot.steps_reached import steps_reached
from bereik.plot.write import save_figure
from bereik.tables import result_table

SOURCE = "individual data: synthetic example of bereik"


@functools.cache
def took_part():
    pilot = bereik.read_pilot()
    return pd.concat([bereik.recruitment(pilot), bereik.partner_kinds(pilot)], ignore_index=True)


@functools.cache
def changed():
    pilot = bereik.read_pilot()
    tables = [make(pilot.answers, pilot.participants) for make in (bereik.score_quartiles, bereik.change)]
    return pd.concat(tables, ignore_index=True).query(
        "measure.str.startswith('score_') or measure.str.startswith('hodges')"
    )


def steps(column, names, shares, per):
    """Two steps for each name, of 26; lower and upper are 10 from the share."""
    rows = [
        {
            column: name,
            "measure": measure,
            "value": value,
            "lower": value - 10,
            "upper": value + 10,
            "denominator": 26.0,
        }
        for name, values in zip(names, shares, strict=True)
        for measure, value in values.items()
    ]
    return result_table(pd.DataFrame(rows).assign(per=per, status="shown", synthetic=True, source=SOURCE), [column])


def tools():
    shares = [{"tool_tried": 70.0, "tool_adopted": 50.0}, {"tool_tried": 40.0, "tool_adopted": 20.0}]
    return steps("tool", ["explain_system", "policy_impulse"], shares, "100 organisations")


def signals():
    shares = [{"signal_taken_up": 80.0, "signal_resolved": 45.0}, {"signal_taken_up": 75.0, "signal_resolved": 30.0}]
    return steps("network", ["all networks", "tailoring"], shares, "100 signals")


FIGURES = {
    "09_who_took_part": (participation, took_part, {}),
    "09_tools": (steps_reached, tools, {"rows": "tool"}),
    "09_signals": (steps_reached, signals, {"rows": "network"}),
    "09_before_and_after": (before_after, changed, {}),
}


def drawn(stem, language="en", data=None):
    draw, make, options = FIGURES[stem]
    return draw(make() if data is None else data, language, **options)


def texts_of(stem, data=None):
    return bereik.describe_figure(stem, FIGURES[stem][1]() if data is None else data)


def said(axes):
    return [text.get_text() for text in axes.texts]


def hidden(data, **where):
    """Hide rows, as the library does: no numbers left."""
    rows = np.logical_and.reduce([data[column] == value for column, value in where.items()])
    data = data.copy()
    data.loc[rows, ["value", "lower", "upper", "numerator", "denominator"]] = np.nan
    data.loc[rows, "status"] = "suppressed"
    return data


def test_bars_are_numbers_of_participants_and_the_band_is_the_plan():
    size, kinds, _ = drawn("09_who_took_part").axes
    bars = sorted((bar.get_y() + bar.get_height() / 2, bar.get_x(), bar.get_width()) for bar in size.patches)
    numbers = [width for _, start, width in bars if start == 0]
    plans = [(round(height), start, start + width) for height, start, width in bars if start]
    assert numbers == [34.0, 12.0, 12.0, 10.0]
    assert plans == [(1, 10, 12), (2, 10, 12)]  # the two learning networks; the governance group has no plan
    marks = {
        marker: {
            (int(line.get_xdata()[0]), int(line.get_ydata()[0])) for line in kinds.lines if line.get_marker() == marker
        }
        for marker in "oX"
    }
    table = took_part().query("measure == 'partner_kind_represented'")
    wide = table.pivot(index="partner_kind", columns="network", values="value")
    wide = wide.loc[table["partner_kind"].unique(), table["network"].unique()].to_numpy()
    assert marks["o"] == {(int(x), int(y)) for y, x in np.argwhere(wide == 1)}
    assert marks["X"] == {(int(x), int(y)) for y, x in np.argwhere(wide == 0)}


def test_a_network_that_is_hidden_is_a_word_and_no_bar():
    data = hidden(took_part(), network="tailoring", measure="participants")
    axes = drawn("09_who_took_part", data=data).axes[0]
    assert said(axes).count("hidden (small count)") == 1
    assert [bar.get_width() for bar in axes.patches if bar.get_x() == 0] == [34.0, 12.0, 10.0]
    every = took_part()
    for network in every["network"].unique():
        every = hidden(every, network=network, measure="participants")
    assert said(drawn("09_who_took_part", data=every).axes[0]).count("hidden (small count)") == 4


def test_bars_are_the_shares_and_lines_their_intervals():
    axes = drawn("09_tools").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [70.0, 50.0, 40.0, 20.0]
    assert [list(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2] == [
        [60.0, 80.0], [40.0, 60.0], [30.0, 50.0], [10.0, 30.0],
    ]  # fmt: skip
    assert "Explaining the youth-care system to youths and parents (offered to 26 organisations)" in said(axes)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["tried", "adopted"] * 2
    one_hidden = drawn("09_tools", data=hidden(tools(), tool="policy_impulse")).axes[0]
    assert [bar.get_width() for bar in one_hidden.patches] == [70.0, 50.0]
    assert said(one_hidden).count("hidden (small count)") == 2


def test_shares_of_two_units_are_not_drawn_together():
    both = pd.concat([tools(), signals().rename(columns={"network": "tool"})])
    with pytest.raises(IncomparableError, match="mixes per"):
        steps_reached(both, "en", rows="tool")


def test_scores_are_drawn_as_quartiles_and_no_person_can_be_followed():
    scores, shifts, _ = drawn("09_before_and_after").axes
    quartiles = changed()[changed()["measure"].str.startswith("score_")].pivot(
        index=["scale", "wave"], columns="measure", values="value"
    )
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in scores.patches]
    order = list(itertools.product(changed()["scale"].unique(), ["before", "after"]))
    expected = quartiles.loc[order, ["score_quartile_1", "score_quartile_3"]].to_numpy()
    assert np.ravel(bars) == pytest.approx(np.ravel(expected))
    for line in scores.lines:  # the only lines are strokes at a median: nothing runs from before to after
        assert line.get_xdata()[0] == line.get_xdata()[1]
    medians = [line.get_xdata()[0] for line in scores.lines]
    assert medians == pytest.approx(quartiles.loc[order, "score_median"].to_numpy())
    rows = changed().query("measure == 'hodges_lehmann_shift' and network == 'all networks'")
    points = {m: [line.get_xdata()[0] for line in shifts.lines if line.get_marker() == m] for m in "D<>"}
    for marker, case in (("D", "complete pairs"), ("<", "worst case"), (">", "best case")):
        assert points[marker] == pytest.approx(rows.loc[rows["nonresponse"] == case, "value"].to_numpy())


def test_a_scale_that_is_hidden_is_a_word():
    axes = drawn("09_before_and_after", "nl", hidden(changed(), scale="cooperation")).axes
    assert len(axes[0].patches) == 4
    assert said(axes[0]).count("verborgen (klein aantal)") == 2
    assert said(axes[1]).count("verborgen (klein aantal)") == 3


def test_the_title_counts_clear_rises_by_their_intervals():
    data = changed()
    title = texts_of("09_before_and_after", data)["en"]["title"]
    assert title == "Example: A clear rise on 1 of 3 scales; in the worst case for drop-out on 0 of 3"
    shift = data["measure"] == "hodges_lehmann_shift"
    data = data.assign(**{name: data[name] + 2.0 * shift for name in ("value", "lower", "upper")})
    assert (
        "rise on 3 of 3 scales; in the worst case for drop-out on 3 of 3"
        in texts_of("09_before_and_after", data)["en"]["title"]
    )
    fallen = data.assign(**{name: data[name] - 8.0 * shift for name in ("value", "lower", "upper")})
    assert "rise on 0 of 3" in texts_of("09_before_and_after", fallen)["en"]["title"]
    assert "below it on 3" in texts_of("09_before_and_after", fallen)["en"]["alt"]


def test_the_other_titles_follow_their_tables():
    assert "by 40 to 70% of the organisations, and adopted by 20 to 50%" in texts_of("09_tools")["en"]["title"]
    assert "80% van de 26 signalen op; 45% is opgelost (35 tot 55%)" in texts_of("09_signals")["nl"]["title"]
    assert (
        "2 of 2 learning networks as large as planned; kinds of partner missing: 2 of 7"
        in (texts_of("09_who_took_part")["en"]["title"])
    )
    smaller = took_part().replace({"against_plan": {"within": "below"}})
    assert "0 of 2 learning networks" in texts_of("09_who_took_part", smaller)["en"]["title"]


@pytest.mark.parametrize("stem", ["09_tools", "09_signals", "09_before_and_after"])
def test_a_title_about_hidden_results_is_refused(stem):
    data = FIGURES[stem][1]()
    with pytest.raises(FigureError, match="No row that is shown with"):
        texts_of(stem, data.assign(status="suppressed"))


@pytest.mark.parametrize("stem", FIGURES)
def test_an_example_says_so_and_own_data_does_not(stem):
    example = texts_of(stem)
    own = texts_of(stem, FIGURES[stem][1]().assign(synthetic=False, source="individual data: answers.csv"))
    for language, word, made_up in (("nl", "Voorbeeld: ", "Verzonnen gegevens"), ("en", "Example: ", "Made-up data")):
        assert example[language]["title"] == word + own[language]["title"]
        assert example[language]["subtitle"].startswith(made_up)
        assert made_up not in " ".join(own[language].values())
        assert "answers.csv" in own[language]["source"]


@pytest.mark.parametrize("stem", FIGURES)
def test_real_and_synthetic_are_never_in_one_figure(stem):
    data = FIGURES[stem][1]().copy()
    data.loc[data.index[0], "synthetic"] = not data["synthetic"].iloc[0]
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        drawn(stem, data=data)
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        save_figure(stem, FIGURES[stem][0], data, texts=texts_of(stem))


@pytest.mark.parametrize("stem", FIGURES)
def test_data_that_cannot_be_drawn_are_refused(stem):
    data = FIGURES[stem][1]()
    with pytest.raises(InvalidTableError, match="more than once"):
        drawn(stem, data=pd.concat([data, data]))
    with pytest.raises(UnknownNameError, match="'fr'"):
        drawn(stem, "fr")
