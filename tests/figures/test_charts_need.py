"""The charts of need and of use relative to need: what is drawn is what the table says, in both languages."""

import pandas as pd
import pytest

import bereik
from bereik.errors import FigureError, IncomparableError, UnknownNameError
from bereik.plot.choice_ranges import choice_ranges
from bereik.plot.need_by_indicator import need_by_indicator
from bereik.plot.need_over_time import need_over_time
from bereik.plot.need_panels import need_panels
from bereik.plot.specification_chart import specification_chart
from bereik.tables import result_table

ABOUT = {"status": "shown", "synthetic": False, "source": "CBS StatLine 83295NED", "relative_to": "nederlands"}
BY = ["indicator", "population_group", "region", "period", "origin_scheme", "origin"]
CHOICES = ["indicator", "population_used", "year"]


def table(rows, by, **more):
    return result_table(pd.DataFrame(rows).assign(**ABOUT | more), by)


def rates(**more):
    first = {"indicator": "special_schools", "population_group": "pupils_all", "region": "Nederland",
             "origin_scheme": "migratieachtergrond", "measure": "need_rate", "per": "1000 persons"}  # fmt: skip
    values = {"nederlands": [25, 26, 27], "niet_westers": [33, 34, 36]}
    rows = [
        first
        | {
            "origin": origin,
            "period": f"{2014 + at}/{2015 + at}",
            "value": value,
            "lower": value - 1.0,
            "upper": value + 1.0,
        }
        for origin, series in values.items()
        for at, value in enumerate(series)
    ]
    return table(rows, BY, **more)


def ratios(values=(1.3, 1.9, 1.1), lower=(1.2, 1.7, 0.8), upper=(1.4, 2.1, 1.5)):
    what = [("special_schools", "pupils_all"), ("survey_distress", "residents_12_and_over"),
            ("survey_distress", "residents_youngest_class")]  # fmt: skip
    rows = [
        {"indicator": indicator, "population_group": who, "origin": "niet_westers", "region": "Nederland", "period": "2017",
         "origin_scheme": "migratieachtergrond", "measure": "need_ratio", "value": v, "lower": low, "upper": high}
        for (indicator, who), v, low, high in zip(what, values, lower, upper, strict=True)
    ]  # fmt: skip
    return table(rows, BY)


def curve(values, half=0.1, form="with_residence"):
    need = ("special_schools", "survey_distress")
    rows = [
        {"region": "Haaglanden", "origin": "niet_westers", "form": form, "indicator": need[at % 2],
         "population_used": "pupils", "year": str(2015 + at % 3), "number": at, "specification": at + 1,
         "widest_lower": value - half, "widest_upper": value + half, "excludes_1": abs(value - 1) > half,
         "measure": "reach_ratio", "value": value, "lower": value - half, "upper": value + half}
        for at, value in enumerate(sorted(values))
    ]  # fmt: skip
    about = [
        "region",
        "origin",
        "form",
        *CHOICES,
        "number",
        "specification",
        "widest_lower",
        "widest_upper",
        "excludes_1",
    ]
    return table(rows, about)


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


def labels_of(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


# --- need ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "first"), [("nl", "Psychische klachten"), ("en", "Distress in a survey")])
def test_indicators_stand_under_their_kind(language, first):
    axes = need_by_indicator(ratios(), language).axes[0]
    assert labels_of(axes.yaxis)[0].startswith(first)  # self-report first, as in the list of indicators
    heading = {"nl": ("ZELFRAPPORTAGE", "SCHOOL"), "en": ("SELF-REPORT", "SCHOOL")}[language]
    assert [text.split(":")[0] for text in texts_of(axes) if text.split(":")[0] in heading] == list(heading)
    assert "1,30" in texts_of(axes) if language == "nl" else "1.30" in texts_of(axes)


def test_the_police_heading_says_it_is_no_behaviour():
    rows = ratios()
    rows["indicator"], rows["population_group"] = "suspects", ["youths_12_17", "youths_18_24", "x"]
    axes = need_by_indicator(rows.iloc[:2], "nl").axes[0]
    assert any("geen gedrag" in text for text in texts_of(axes))


def test_a_hidden_rate_is_a_word_and_not_0():
    rows = rates().query("period == '2016/2017'").copy()
    rows.loc[rows["origin"] == "niet_westers", ["status", "value", "lower", "upper"]] = [
        "not_published",
        None,
        None,
        None,
    ]
    axes = need_panels(rows, "en").axes[0]
    assert texts_of(axes) == ["27.0", "not published"]
    assert axes.get_xlim()[0] == 0


def test_lines_are_broken_between_classifications():
    new = rates(origin_scheme="herkomst").replace({"origin": {"nederlands": "nederland", "niet_westers": "europa"}})
    both = pd.concat([rates(), new])
    figure = need_over_time(both, "nl", panels="origin_scheme")
    assert [axes.get_title(loc="left").split()[1] for axes in figure.axes[:2]] == ["migratieachtergrond", "herkomst"]
    with pytest.raises(IncomparableError):
        need_over_time(both, "nl", panels="region")  # two classifications in one panel
    later = rates(indicator="halt").replace(
        {"period": {f"{year}/{year + 1}": str(year) for year in (2014, 2015, 2016)}}
    )
    with pytest.raises(IncomparableError):
        need_over_time(pd.concat([rates(), later]), "nl", panels="region")  # two indicators


def test_a_line_ends_at_its_own_last_value():
    axes = need_over_time(rates(), "nl", panels="region").axes[0]
    assert texts_of(axes) == ["27,0", "36,0"]
    assert axes.get_ylim()[0] == 0


# --- the range over choices ------------------------------------------------------------------------------------------


def test_every_choice_has_a_point_and_stands_in_one_row_of_each_choice():
    figure = specification_chart(curve([0.6, 0.7, 0.95]), "en", choices=CHOICES)
    above, below = figure.axes
    certain, uncertain = (line.get_ydata() for line in above.lines[:2])
    assert (list(certain), list(uncertain)) == ([0.6, 0.7], [0.95])
    assert labels_of(below.yaxis) == [
        "Special schools",
        "Distress in a survey",
        "Pupils (about 4-17)",
        "2015",
        "2016",
        "2017",
    ]
    dots = [len(line.get_xdata()) for line in below.lines]
    assert dots == [2, 1, 3, 1, 1, 1]
    assert "each of the 3 columns" in below.get_xlabel()


def test_one_question_at_a_time():
    two = pd.concat([curve([0.6]), curve([0.7], form="probation")])
    with pytest.raises(IncomparableError):
        specification_chart(two, "nl", choices=CHOICES)


@pytest.mark.parametrize(
    ("verdict", "side", "nl"),
    [
        ("decided", "above 1", "Beslist: meer dan naar verhouding"),
        ("decided", "below 1", "Beslist: minder dan naar verhouding"),
        ("undecided", "below 1", "Onbeslist: wel steeds onder 1"),
        ("undecided", "both sides", "Onbeslist: onder en boven 1"),
    ],
)
def test_the_verdict_stands_beside_its_bar(verdict, side, nl):
    row = {"region": "Haaglanden", "form": "probation", "verdict": verdict, "side": side, "measure": "range_over_choices",
           "value": 1.2, "lower": 0.9, "upper": 1.6, "numerator": 4.0, "denominator": 6.0}  # fmt: skip
    axes = choice_ranges(table([row], ["region", "form", "verdict", "side"]), "nl").axes
    assert texts_of(axes[1]) == [f"{nl}\n4 van 6 intervallen sluiten 1 uit"]
    assert [text for text in texts_of(axes[0]) if text[0].isdigit()] == ["0,90", "1,60"]


# --- what the titles say ---------------------------------------------------------------------------------------------


def title(stem, data, **options):
    return bereik.describe_figure(stem, data, **options)["en"]["title"]


@pytest.mark.parametrize(
    ("lower", "upper", "starts"),
    [
        ((1.2, 1.7, 0.8), (1.4, 2.1, 1.5), "Whether youths with a non-western"),
        ((1.2, 1.7, 1.05), (1.4, 2.1, 1.5), "More need among"),
    ],
)
def test_the_title_of_need_follows_the_intervals(lower, upper, starts):
    about = {"region": "Nederland", "year": "2017", "group": "niet_westers", "reference": "nederlands"}
    said = title("03_need_by_indicator", ratios(lower=lower, upper=upper), **about)
    assert said.startswith(starts)
    assert "1.1 to 1.9" in said


@pytest.mark.parametrize(
    ("values", "starts", "holds"),
    [
        ([0.6, 0.65, 0.7], "Decided in Haaglanden", "less than in proportion"),
        ([1.4, 1.5, 1.6], "Decided in Haaglanden", "more than in proportion"),
        ([0.6, 0.95, 0.97], "Undecided in Haaglanden", "always lower"),
        ([0.6, 1.4], "Undecided in Haaglanden", "the choice decides"),
    ],
)
def test_the_title_of_the_curve_says_the_verdict(values, starts, holds):
    said = title(
        "04_specification_curve", curve(values), region="Haaglanden", form="with_residence", group="niet_westers"
    )
    assert said.startswith(starts)
    assert holds in said


def test_a_title_about_what_is_not_there_is_refused():
    with pytest.raises(FigureError, match="No row that is shown"):
        title("04_specification_curve", curve([0.6]), region="Haaglanden", form="probation", group="niet_westers")
    hidden = ratios().assign(status="not_published", value=None, lower=None, upper=None)
    about = {"region": "Nederland", "year": "2017", "group": "niet_westers", "reference": "nederlands"}
    with pytest.raises(FigureError, match="No row that is shown"):
        title("03_need_by_indicator", hidden, **about)


def test_an_unknown_choice_is_shown_as_it_is():
    rows = curve([0.6, 0.7])
    rows["population_used"] = "my own register"
    assert "My own register" in labels_of(specification_chart(rows, "nl", choices=CHOICES).axes[1].yaxis)
    with pytest.raises(UnknownNameError):
        specification_chart(rows, "de", choices=CHOICES)
