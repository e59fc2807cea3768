"""The chart of lines: its pieces go through the values, stop where they must, and what is hidden is a word at its place."""

import numpy as np
import pandas as pd
import pytest

from bereik.errors import IncomparableError, UnknownNameError
from bereik.plot.lines import lines
from bereik.tables import result_table
from bereik.texts.say import Told

REGION = "Haaglanden"
USE = {"measure": "use_rate", "series": "region", "focus": REGION, "reference": "Nederland"}
USE |= {"breaks": [2016, 2021, 2022]}
SEVERITY = {"measure": "use_rate", "series": "origin", "along": "severity", "panels": "form", "intervals": "line"}
NEED = {"measure": "need_rate", "series": "origin", "panels": "region", "focus": "Utrecht", "intervals": "band"}
GAP = {"measure": "rate_difference_at_equal_severity", "series": "origin", "along": "misreporting", "panels": "form",
       "only": "probation", "focus": "marokko", "intervals": "band", "crossing": "tipping_point"}  # fmt: skip


def table(rows, by, hidden=(), **more):
    """A result table; the rows that are hidden have no numbers."""
    about = {"status": "shown", "synthetic": False, "source": "CBS StatLine 85099NED", "lower": np.nan, "upper": np.nan}
    frame = pd.DataFrame([about | row for row in rows]).assign(**more)
    for where in hidden:
        chosen = (frame[list(where)] == pd.Series(where)).all(axis=1)
        assert chosen.any()
        frame.loc[chosen, ["value", "lower", "upper"]] = np.nan
        frame.loc[chosen, "status"] = "hidden"
    return result_table(frame, by)


def use(hidden=(), regions=(REGION, "Nederland", "Delft"), **more):
    rows = [
        {"period": str(year), "region": region, "value": 9 + 0.1 * (year - 2015) + 0.01 * place}
        for place, region in enumerate(regions)
        for year in range(2015, 2024)
    ]
    about = {"measure": "use_rate", "region_kind": "municipality", "period_kind": "year"}
    return table(rows, ["period", "period_kind", "region", "region_kind"], hidden, **about | more)


def by_severity(hidden=()):
    rows = [
        {"form": form, "origin": origin, "severity": band, "value": value, "lower": value - 1, "upper": value + 2}
        for form in ("probation", "protection")
        for origin, size in (("nederlands", 1), ("turkije", 2), ("marokko", 4))
        for band, value in zip(("normal", "clinical", "abnormal"), (size, size + 5, size + 10), strict=True)
    ]
    rows += [{"form": "probation", "origin": "marokko", "severity": None, "measure": "rate_ratio_at_equal_severity",
              "relative_to": "nederlands", "value": 1.5, "lower": 1.2, "upper": 1.9, "per": "ratio"}]  # fmt: skip
    rows = [{"measure": "use_rate", "per": "100 youths", **row} for row in rows]
    made = table(rows, ["form", "origin", "severity"], hidden)
    return made.assign(severity=pd.Categorical(made["severity"], ["normal", "clinical", "abnormal"], ordered=True))


def gaps(hidden=()):
    amounts = np.arange(-4, 5) / 10
    rows = [
        {"origin": origin, "misreporting": at, "measure": GAP["measure"], "value": size - 5 * at, "per": "100 youths"}
        for origin, size in (("turkije", 4.0), ("marokko", 1.0))
        for at in amounts
    ]
    rows = [row | {"lower": row["value"] - 0.5, "upper": row["value"] + 0.5} for row in rows]
    rows += [{"origin": "marokko", "measure": "tipping_point", "value": 0.2, "severity_reported": "too low"}]
    by = ["form", "origin", "misreporting", "severity_reported"]
    made = table(rows, by, hidden, form="probation", relative_to="nederlands")
    impossible = made["misreporting"] == -0.4
    made.loc[impossible, ["value", "lower", "upper"]] = np.nan
    return made.assign(status=made["status"].mask(impossible, "undefined"))


def need(**more):
    rows = [
        {"region": region, "origin": origin, "period": f"{year}/{year + 1}", "value": size + year - 2014}
        for region, more_there in (("Nederland", 0), ("Utrecht", 9))
        for origin, size in (("nederlands", 20), ("westers", 25 + more_there))
        for year in (2014, 2015, 2016)
    ]
    rows = [row | {"lower": row["value"] - 1, "upper": row["value"] + 2} for row in rows]
    about = {"measure": "need_rate", "indicator": "special_schools", "origin_scheme": "migratieachtergrond"}
    return table(rows, ["indicator", "region", "period", "origin_scheme", "origin"], **about | more)


def pieces(axes, marker):
    """The pieces of the lines with this marker."""
    return [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == marker]


def said(axes):
    return [text.get_text().replace("\n", " ") for text in axes.texts]


def below(axes):
    return [tick.get_text().replace("\n", " ") for tick in axes.get_xticklabels()]


def test_lines_go_through_the_values_and_stop_at_each_break():
    axes = lines(use(), "en", **USE).axes[0]
    drawn = pieces(axes, "D")
    assert [[x for x, _ in piece] for piece in drawn] == [[2015], [2016, 2017, 2018, 2019, 2020], [2021], [2022, 2023]]
    assert [y for piece in drawn for _, y in piece] == pytest.approx([9 + 0.1 * step for step in range(9)])
    assert [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]] == [2015.5, 2020.5, 2021.5]
    assert {"9.8 Haaglanden", "9.8 The Netherlands", "9.8 Delft", "2021: more providers count"} <= set(said(axes))
    assert [line.get_linestyle() for line in axes.lines if line.get_marker() == "o"] == ["--"] * 4


def test_a_hidden_figure_is_a_gap_with_a_word_never_0():
    hidden = [{"region": "Delft", "period": "2018"}, {"region": "Delft", "period": "2023"}]
    axes = lines(use(hidden), "en", **USE).axes[0]
    years = [[x for x, _ in piece] for piece in pieces(axes, ".")]
    assert years == [[2015], [2016, 2017], [2019, 2020], [2021], [2022]]
    assert axes.get_xlabel() == "2018 Delft: not shown"
    assert "Delft: not shown" in said(axes)


def test_intervals_stand_at_their_limits_and_hidden_groups_below_their_band():
    bands = ("normal", "clinical", "abnormal")
    hidden = [{"form": "probation", "origin": "marokko", "severity": band} for band in bands]
    data = by_severity([*hidden, {"form": "probation", "origin": "turkije", "severity": "normal"}])
    axes = lines(data, "nl", **SEVERITY, only="probation", reference="nederlands").axes[0]
    assert [[y for _, y in piece] for piece in pieces(axes, "v")] == [[7, 12]]
    limits = {tuple(segment[:, 1]) for drawn in axes.collections for segment in drawn.get_segments()}
    shown = data[(data["status"] == "shown") & (data["measure"] == "use_rate") & (data["form"] == "probation")]
    assert limits == set(zip(shown["lower"], shown["upper"], strict=True))
    word = "Marokkaanse herkomst: niet getoond"
    assert below(axes)[::-1] == [f"Normaal Turkse herkomst, {word}", f"Klinisch {word}", "Afwijkend"]
    assert word in said(axes)
    assert len(lines(data, "nl", **SEVERITY).axes) == 2  # without `only` a panel for each form


def test_a_band_has_the_limits_and_panels_share_their_axes():
    figure = lines(need(), "nl", **NEED)
    first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Utrecht", "Nederland"]  # the one in focus first
    assert first.get_ylim() == second.get_ylim()
    assert first.get_ylim()[0] == 0
    heights = [band.get_paths()[0].vertices[:, 1] for band in first.collections]
    assert [(low.min(), low.max()) for low in heights] == [(19, 24), (33, 38)]
    assert said(first) == ["22,0 Nederlandse achtergrond", "36,0 Westerse migratieachtergrond"]
    assert said(second) == ["22,0", "27,0"]
    assert below(first)[0] == "2016/'17"


def test_shares_are_per_cent_and_the_line_in_focus_is_zero_at_the_diamond():
    axes = lines(gaps(), "nl", **GAP).axes[0]
    curve = max((line for line in axes.lines if len(line.get_xdata()) > 2), key=lambda line: line.get_linewidth())
    shares = np.arange(-30, 41, 10)
    assert curve.get_xydata() == pytest.approx(np.column_stack([shares, 1 - 0.05 * shares]))
    assert [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == "D"] == [[[20, 0]]]
    assert said(axes)[:3] == ["ernst zoals gemeld", "geen verschil bij 20% te laag", "Marokkaanse herkomst"]
    hidden = lines(gaps([{"origin": "turkije"}]), "en", **GAP).axes[0]
    assert "Turkish origin: not shown" in said(hidden)
    assert hidden.get_xlim() == axes.get_xlim()


REFUSED = [
    (lambda data: data, {"focus": "Haglanden"}, UnknownNameError, "did you mean 'Haaglanden'"),
    (lambda data: data, {"panels": "region", "only": "Haglanden"}, UnknownNameError, "did you mean 'Haaglanden'"),
    (lambda data: pd.concat([data, data.assign(period=data["period"] + "H1")]), {}, IncomparableError, "half-year"),
    (lambda data: data.assign(form=data["region"].eq(REGION)), {}, IncomparableError, "form"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "options", "error", "words"), REFUSED)
def test_data_that_do_not_belong_in_one_chart_are_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        lines(change(use()), "nl", **USE | options)
    new = need(origin_scheme="herkomst").replace({"origin": {"nederlands": "nederland", "westers": "europa"}})
    with pytest.raises(IncomparableError, match="origin_scheme"):
        lines(pd.concat([need(), new]), "nl", **NEED)


def texts(key, data, **who):
    told = Told("figure", key, (data,), who)
    lines(told.tables[0], "nl", **told.options())  # the options of the entry draw its data
    return {name: told.words(name, "en") for name in ("title", "subtitle", "source", "alt")}


BESIDE = [(11, "more than in"), (9, "less than in"), (10.5, "not clearly different from")]


@pytest.mark.parametrize(("value", "starts"), BESIDE)
def test_a_region_is_above_the_country_only_when_the_intervals_say_so(value, starts):
    data = use(regions=(REGION, "Nederland")).query("period == '2023'").assign(value=[value, 10])
    data = data.assign(lower=data["value"] - 0.3, upper=data["value"] + 0.3)
    title = texts("12_use_over_time", data, region=REGION, country="Nederland")["title"]
    assert f"{starts} the Netherlands (10.0%)" in title


WHO = {"form": "probation", "group": "marokko", "reference": "nederlands", "region": "own_data"}
WHO |= {"period": "2017", "severity": "sdq_parent"}


SAID = [(1.2, 1.9, "more youth probation"), (0.5, 0.9, "less"), (0.9, 1.9, "no clear difference")]


@pytest.mark.parametrize(("lower", "upper", "starts"), SAID)
def test_at_equal_severity_the_interval_decides(lower, upper, starts):
    data = by_severity()
    ratio = data["measure"] == "rate_ratio_at_equal_severity"
    data = data.assign(lower=data["lower"].mask(ratio, lower), upper=data["upper"].mask(ratio, upper))
    said = texts("07_use_by_severity", data, **WHO, ages="3-14")
    assert said["title"].startswith(f"At equal severity of problems, {starts}")
    assert not any("reach" in text for text in said.values())  # probation is imposed


FOR = "youth probation for youths of Moroccan origin (ages 3-14)"
TIP = "unless severity is reported too low in 20% of cases"
TIPS = [(0, True, f"More {FOR}, {TIP}"), (-2, True, f"Less {FOR}, {TIP}"), (0, False, f"More {FOR}, whichever error")]
TIPS += [(-2, False, f"Less {FOR}, whichever error"), (-1, False, "No clear difference")]


@pytest.mark.parametrize(("shift", "tip", "words"), TIPS)
def test_the_tipping_point_follows_the_gap(shift, tip, words):
    data = gaps()
    gap = data["measure"] != "tipping_point"
    data.loc[gap, ["value", "lower", "upper"]] += shift
    if not tip:
        empty = {"value": np.nan, "lower": np.nan, "upper": np.nan, "status": "undefined"}
        none = data[gap].tail(1).assign(measure="tipping_point", **empty)
        data = pd.concat([data[gap], none])
    assert words in texts("08_tipping_point", data, **WHO | {"ages": "3-14"})["title"]
