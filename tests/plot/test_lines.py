"""The chart of lines: its pieces go through the values, stop where they must, and what is hidden is a word at its place."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, FigureError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.plot.frame import add_frame
from bereik.plot.lines import lines
from bereik.plot.style import style
from bereik.tables import result_table
from bereik.texts.say import Told

REGION = "Haaglanden"
USE = {
    "measure": "use_rate",
    "series": "region",
    "focus": REGION,
    "reference": "Nederland",
    "breaks": [2016, 2021, 2022],
}
SEVERITY = {"measure": "use_rate", "series": "origin", "along": "severity", "panels": "form", "intervals": "line"}
NEED = {"measure": "need_rate", "series": "origin", "panels": "region", "focus": "Utrecht", "intervals": "band"}
TEAM = {"measure": "team_share", "series": "region", "panels": "region", "focus": REGION, "jumps": True}
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
        frame.loc[chosen, "status"] = "complementary"
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
        {"origin": origin, "misreporting": at, "measure": "rate_difference_at_equal_severity", "value": size - 5 * at,
         "lower": size - 5 * at - 0.5, "upper": size - 5 * at + 0.5, "per": "100 youths"}
        for origin, size in (("turkije", 4.0), ("marokko", 1.0)) for at in amounts
    ]  # fmt: skip
    rows += [{"origin": "marokko", "measure": "tipping_point", "value": 0.2, "severity_reported": "too low"}]
    made = table(
        rows,
        ["form", "origin", "misreporting", "severity_reported"],
        hidden,
        form="probation",
        relative_to="nederlands",
    )
    impossible = made["misreporting"] == -0.4
    made.loc[impossible, ["value", "lower", "upper"]] = np.nan
    return made.assign(status=made["status"].mask(impossible, "undefined"))


def need(**more):
    rows = [
        {"region": region, "origin": origin, "period": f"{year}/{year + 1}", "value": size + year - 2014,
         "lower": size + year - 2015, "upper": size + year - 2012}
        for region, more_there in (("Nederland", 0), ("Utrecht", 9))
        for origin, size in (("nederlands", 20), ("westers", 25 + more_there))
        for year in (2014, 2015, 2016)
    ]  # fmt: skip
    about = {"measure": "need_rate", "indicator": "special_schools", "origin_scheme": "migratieachtergrond"}
    return table(rows, ["indicator", "region", "period", "origin_scheme", "origin"], **about | more)


def team(values, jumps):
    rows = [
        {"region": region, "period": f"{year}-12-31", "measure": "team_share", "value": value}
        for region, series in values.items() for year, value in series.items()
    ]  # fmt: skip
    made = table(rows, ["region", "period"])
    last = made.groupby("region")["period"].shift()
    change = made.groupby("region")["value"].diff()
    return made.assign(jump=made["period"].str[:4].isin(jumps), previous_period=last, change=change)


def pieces(axes, marker):
    """The pieces of a line with this marker that are longer than the ring of a jump."""
    return [
        line.get_xydata().tolist() for line in axes.lines if line.get_marker() == marker and line.get_markersize() < 10
    ]


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
    assert [[x for x, _ in piece] for piece in pieces(axes, ".")] == [
        [2015],
        [2016, 2017],
        [2019, 2020],
        [2021],
        [2022],
    ]
    assert axes.get_xlabel() == "2018 Delft: hidden (small count)"
    assert "Delft: hidden (small count)" in said(axes)
    absent = use()[lambda rows: (rows["region"] != "Delft") | (rows["period"] != "2018")]
    assert [2016, 2017] in [[x for x, _ in piece] for piece in pieces(lines(absent, "en", **USE).axes[0], ".")]


def test_names_at_the_ends_do_not_cover_each_other_and_give_way_to_the_main_ones():
    texts = {"title": "A title " * 14, "subtitle": "words " * 30, "source": "words " * 35}
    with style():
        figure = lines(use(regions=[REGION, "Nederland", *(f"town {at}" for at in range(8))]), "nl", **USE)
        add_frame(figure, texts)
        figure.draw_without_rendering()
        ends = [text for text in figure.axes[0].texts if text.get_position()[0] == 3]
        boxes = sorted((text.get_window_extent() for text in ends), key=lambda box: box.y0)
    assert len(boxes) == 10
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))
    many = lines(use(regions=[REGION, "Nederland", *(f"town {at}" for at in range(21))]), "nl", **USE).axes[0]
    assert [words for words in said(many) if words[0] == "9"] == ["9,8 Haaglanden", "9,8 Nederland"]


def test_intervals_stand_at_their_limits_and_hidden_groups_below_their_band():
    bands = ("normal", "clinical", "abnormal")
    hidden = [{"form": "probation", "origin": "marokko", "severity": band} for band in bands]
    hidden.append({"form": "probation", "origin": "turkije", "severity": "normal"})
    data = by_severity(hidden)
    axes = lines(data, "nl", **SEVERITY, only="probation", reference="nederlands").axes[0]
    assert [[y for _, y in piece] for piece in pieces(axes, "v")] == [[7, 12]]
    limits = {tuple(segment[:, 1]) for drawn in axes.collections for segment in drawn.get_segments()}
    shown = data[(data["status"] == "shown") & (data["measure"] == "use_rate") & (data["form"] == "probation")]
    assert limits == set(zip(shown["lower"], shown["upper"], strict=True))
    assert below(axes)[::-1] == [
        "Normaal Turkse herkomst, Marokkaanse herkomst: verborgen (klein aantal)",
        "Klinisch Marokkaanse herkomst: verborgen (klein aantal)", "Afwijkend",
    ]  # fmt: skip
    assert "Marokkaanse herkomst: verborgen (klein aantal)" in said(axes)
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


def test_a_line_is_interrupted_at_a_jump_which_is_ringed_and_said():
    data = team({REGION: {2016: 20.0, 2017: 22.0, 2018: 8.0, 2019: 9.0}, "Nederland": {2019: 15.0}}, ["2018"])
    axes = lines(data, "en", **TEAM).axes[0]
    assert pieces(axes, "o") == [[[2016, 20], [2017, 22]], [[2018, 8], [2019, 9]]]
    assert [line.get_xydata().tolist() for line in axes.lines if line.get_markersize() > 10] == [[[2018, 8]]]
    assert said(axes) == ["\N{MINUS SIGN}14", "9.0"]
    with pytest.raises(BereikError, match="no column 'jump'"):
        lines(data.drop(columns="jump"), "en", **TEAM)


def test_shares_are_per_cent_and_the_line_in_focus_is_zero_at_the_diamond():
    axes = lines(gaps(), "nl", **GAP).axes[0]
    curve = max((line for line in axes.lines if len(line.get_xdata()) > 2), key=lambda line: line.get_linewidth())
    assert curve.get_xydata() == pytest.approx(
        np.column_stack([np.arange(-30, 41, 10), 1 - 0.05 * np.arange(-30, 41, 10)])
    )
    assert [line.get_xydata().tolist() for line in axes.lines if line.get_marker() == "D"] == [[[20, 0]]]
    assert said(axes) == [
        "ernst zoals gemeld",
        "geen verschil bij 20% te laag",
        "Marokkaanse herkomst",
        "Turkse herkomst",
    ]
    hidden = lines(gaps([{"origin": "turkije"}]), "en", **GAP).axes[0]
    assert "Turkish origin: hidden (small count)" in said(hidden)
    assert hidden.get_xlim() == axes.get_xlim()


REFUSED = [
    (lambda data: pd.concat([data, data.iloc[:1]]), {}, InvalidTableError, "more than once"),
    (lambda data: data.assign(measure="z_score"), {}, FigureError, "No rows with the measure"),
    (lambda data: data.drop(columns="status"), {}, BereikError, "no column 'status'"),
    (lambda data: data.assign(value=np.nan, status="shown"), {}, FigureError, "No value in a shown row"),
    (lambda data: data, {"focus": "Haglanden"}, UnknownNameError, "did you mean 'Haaglanden'"),
    (lambda data: data, {"panels": "region", "only": "Haglanden"}, UnknownNameError, "did you mean 'Haaglanden'"),
    (lambda data: pd.concat([data, data.assign(period=data["period"] + "H1")]), {}, IncomparableError, "half-year"),
    (lambda data: data.assign(form=data["region"].eq(REGION)), {}, IncomparableError, "form"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "options", "error", "words"), REFUSED)
def test_data_that_do_not_belong_in_one_chart_are_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        lines(change(use()), "nl", **USE | options)


def test_two_classifications_are_never_one_line():
    new = need(origin_scheme="herkomst").replace({"origin": {"nederlands": "nederland", "westers": "europa"}})
    with pytest.raises(IncomparableError, match="origin_scheme"):
        lines(pd.concat([need(), new]), "nl", **NEED)
    with pytest.raises(UnknownNameError, match="'fr'"):
        lines(need(), "fr", **NEED)


# --- what the titles say ---------------------------------------------------------------------------------------------


def texts(key, data, **who):
    told = Told("figure", key, (data,), who)
    lines(told.tables[0], "nl", **told.options())  # the options of the entry draw its data
    return {name: told.words(name, "en") for name in ("title", "subtitle", "source", "alt")}


@pytest.mark.parametrize(
    ("values", "starts"),
    [((11, 10), "more than"), ((9, 10), "less than"), ((10.5, 10), "not clearly more or less than")],
)
def test_a_region_is_above_the_country_only_when_the_intervals_say_so(values, starts):
    rows = [{"period": "2023", "region": region, "region_kind": "x", "value": value, "lower": value - 0.3, "upper": value + 0.3}
            for region, value in zip((REGION, "Nederland"), values, strict=True)]  # fmt: skip
    data = table(rows, ["period", "period_kind", "region", "region_kind"], measure="use_rate", period_kind="year")
    said = texts("01_use_over_time", data, region=REGION, country="Nederland")
    assert f"{starts} in the Netherlands (10.0%)" in said["title"]
    assert "municipalities of this region are not in the files" in said["subtitle"]


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        ((1.1, 0.9, 1.3), (2.8, 2.4, 3.2), "not clearly more often in special primary education; in Utrecht 2.8 times"),
        ((1.3, 1.1, 1.5), (2.8, 2.4, 3.2), "are 1.3 times as often in special primary education; in Utrecht 2.8 times"),
        ((1.3, 1.1, 1.5), (1.4, 1.2, 1.6), "are 1.3 times as often in special primary education; nowhere clearly more"),
        ((1.1, 0.9, 1.3), (1.2, 1.0, 1.6), "not clearly more often in special primary education (0.9 to 1.3 times)"),
    ],
)
def test_cities_differ_when_their_intervals_do(here, there, words):
    about = {"measure": "need_ratio", "origin": "westers", "relative_to": "nederlands", "period": "2016/2017"}
    ratios = [about | {"region": region, "value": value, "lower": lower, "upper": upper}
              for region, (value, lower, upper) in {"Nederland": here, "Utrecht": there}.items()]  # fmt: skip
    data = pd.concat([need(), table(ratios, ["region", "period", "origin"])], ignore_index=True)
    said = texts("03_special_primary_education", data, region="Nederland", group="westers", reference="nederlands")
    assert said["title"].endswith(words) or words in said["title"]


@pytest.mark.parametrize(
    ("values", "jumps", "words"),
    [
        ({2017: 22.0, 2018: 8.0}, ["2018"], "fell from 22% to 8% in 2018"),
        ({2017: 8.0, 2018: 22.0}, ["2018"], "jumped from 8% to 22% in 2018"),
        ({2017: 14.0, 2018: 15.0}, [], "carries out 15%"),
    ],
)
def test_the_title_of_the_team_follows_the_jump(values, jumps, words):
    data = team({REGION: values, "Nederland": {2018: 15.0}}, jumps)
    assert words in texts("06_neighbourhood_team", data, region=REGION, country="Nederland")["title"]


WHO = {
    "form": "probation",
    "group": "marokko",
    "reference": "nederlands",
    "region": "own_data",
    "period": "2017",
    "severity": "sdq_parent",
}


@pytest.mark.parametrize(
    ("lower", "upper", "starts"),
    [(1.2, 1.9, "more youth probation"), (0.5, 0.9, "less"), (0.9, 1.9, "no clear difference")],
)
def test_at_equal_severity_the_interval_decides(lower, upper, starts):
    data = by_severity()
    ratio = data["measure"] == "rate_ratio_at_equal_severity"
    said = texts(
        "07_use_by_severity",
        data.assign(lower=data["lower"].mask(ratio, lower), upper=data["upper"].mask(ratio, upper)),
        **WHO,
    )
    assert said["title"].startswith(f"At equal severity of problems, {starts}")
    assert not any("reach" in text for text in said.values())  # probation is imposed


@pytest.mark.parametrize(
    ("shift", "tip", "words"),
    [
        (
            0,
            True,
            "More youth probation for youths of Moroccan origin, unless severity is reported too low in 20% of cases",
        ),
        (
            -2,
            True,
            "Less youth probation for youths of Moroccan origin, unless severity is reported too low in 20% of cases",
        ),
        (0, False, "More youth probation for youths of Moroccan origin, whichever error"),
        (-2, False, "Less youth probation for youths of Moroccan origin, whichever error"),
        (-1, False, "No clear difference"),
    ],
)
def test_the_tipping_point_follows_the_gap(shift, tip, words):
    data = gaps()
    gap = data["measure"] != "tipping_point"
    data.loc[gap, ["value", "lower", "upper"]] += shift
    data = data[gap | tip]
    data = (
        data
        if tip
        else pd.concat([data, data.tail(1).assign(measure="tipping_point", value=np.nan, status="undefined")])
    )
    assert words in texts("08_tipping_point", data, **WHO)["title"]
