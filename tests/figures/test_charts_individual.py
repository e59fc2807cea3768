"""The charts of individual data: marks stand at the values, hidden groups are words, titles follow the data."""

import functools
import itertools
import re

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import BereikError, FigureError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.plot.decomposition import decomposition
from bereik.plot.gap_pairs import gap_pairs
from bereik.plot.rows_and_panels import moved_apart
from bereik.plot.tipping import tipping
from bereik.plot.use_by_severity import use_by_severity
from bereik.terms.names import read_catalogue
from bereik.terms.words import check_words
from bereik.texts.findings.individual import about
from bereik.texts.say import DIRECTIONS

SOURCE = "individual data: synthetic example of bereik"
ORIGINS = ["nederlands", "westers", "turkije", "marokko", "suriname", "antillen_aruba", "overig_niet_westers"]
FORMS = {"without_residence": 0.09, "with_residence": 0.015, "protection": 0.012, "probation": 0.004}
BANDS = ["normal", "borderline", "abnormal"]
SHARES = {"normal": 0.8, "borderline": 0.12, "abnormal": 0.08}
ACCESS = {
    "westers": 0.9,
    "overig_niet_westers": 0.5,
    "turkije": 0.65,
    "marokko": 0.7,
    "suriname": 1.0,
    "antillen_aruba": 1.2,
}
SIZES = {
    "nederlands": 90000,
    "westers": 15000,
    "overig_niet_westers": 20000,
    "turkije": 14000,
    "marokko": 13000,
    "suriname": 12000,
    "antillen_aruba": 1200,
}
PLACES = {"Westland": 0.2, "'s-Gravenhage": 0.7, "Delft": 0.1}
WORDS = {
    "group": "turkije", "reference": "nederlands", "region": "Haaglanden", "period": "2017", "severity": "sdq_parent"
}  # fmt: skip


def made_up_counts(extra=None, forms=FORMS):
    """Youths without chance: use rises threefold with each band, compulsory care is used 1.5 times as often."""
    others = extra or {"everyone": {"all": 1.0}}
    (column, shares), rows = next(iter(others.items())), []
    for form, origin, band, other in itertools.product(forms, ORIGINS, BANDS, shares):
        worse = 1.3 if origin != "nederlands" and band != "normal" else 1.0
        population = round(SIZES[origin] * SHARES[band] * shares[other] * worse)
        access = 1 if origin == "nederlands" else 1.5 if form in ("protection", "probation") else ACCESS[origin]
        users = round(population * min(FORMS[form] * 3 ** BANDS.index(band) * access, 0.9))
        rows.append(
            {"form": form, "origin": origin, column: other, "severity": band, "population": population, "users": users}
        )
    counts = pd.DataFrame(rows).assign(synthetic=True, source=SOURCE)
    hidden = counts["users"] < 10
    counts = counts.astype({"population": "Int64", "users": "Int64"})
    counts.loc[hidden, ["population", "users"]] = pd.NA
    counts["status"] = np.where(hidden, "suppressed", "shown")
    by = ["form", "origin", *([] if extra is None else [column]), "severity"]
    return bereik.count_table(counts, by=by, order={"severity": BANDS})


def gap_of(counts, by=("form", "origin"), **options):
    gap = bereik.access_gap(counts, by=list(by), over=["severity"], relative_to="nederlands", **options)
    expected = gap["measure"].isin(["use_shortfall", "expected_minus_observed", "observed_expected"])
    gap.loc[expected, ["numerator", "denominator"]] = np.nan  # an observed never stands beside an expected number
    return gap


@functools.cache
def severity_table():
    counts = made_up_counts()
    gap = gap_of(counts)
    rates = bereik.use_rates(counts, by=["form", "origin", "severity"])
    return pd.concat([rates, gap[gap["measure"] == "rate_ratio_at_equal_severity"]], ignore_index=True)


@functools.cache
def gap_table():
    return gap_of(made_up_counts())


@functools.cache
def place_table():
    counts = made_up_counts({"municipality": PLACES}, ["without_residence"])
    return gap_of(counts, ["form", "municipality", "origin"]).query("measure == 'use_shortfall'")


@functools.cache
def decomposition_table():
    return bereik.decompose(
        made_up_counts(), by=["form", "origin"], factors=["severity"], relative_to="nederlands", interval="bootstrap",
        replicates=100,
    )  # fmt: skip


@functools.cache
def tipping_table():
    counts = made_up_counts(forms=["without_residence"])
    options = {"by": ["form", "origin"], "over": ["severity"], "relative_to": "nederlands"}
    return pd.concat([bereik.misreporting_grid(counts, **options), bereik.tipping_point(counts, **options)])


@functools.cache
def informant_table():
    gap = gap_table().query("measure == 'rate_ratio_at_equal_severity'")
    by = {"parent": 1.0, "teacher": 1.35, "self": 0.8}
    parts = [
        gap.assign(informant=name, **{column: gap[column] * times for column in ("value", "lower", "upper")})
        for name, times in by.items()
    ]
    return pd.concat(parts, ignore_index=True)


FORM = {"form": "without_residence"}
EQUAL = ["rate_ratio_at_equal_severity"]
SHORTFALL = {"rows": "municipality", "panels": "origin", "measures": ["use_shortfall"]}
FIGURES = {
    "07_use_by_severity": (use_by_severity, severity_table, {}, FORM),
    "07_crude_and_equal_severity": (gap_pairs, gap_table, {}, FORM),
    "07_shortfall_by_municipality": (gap_pairs, place_table, SHORTFALL, FORM),
    "08_decomposition": (decomposition, decomposition_table, {}, FORM),
    "08_tipping_point": (tipping, tipping_table, {}, FORM),
    "08_by_informant": (gap_pairs, informant_table, {"series": "informant", "measures": EQUAL}, FORM),
}  # fmt: skip


def drawn(stem, language="nl", data=None):
    draw, make, options, _ = FIGURES[stem]
    return draw(make() if data is None else data, language, **options)


def texts_of(stem, data=None, **changed):
    _, make, _, options = FIGURES[stem]
    return bereik.describe_figure(stem, make() if data is None else data, **{**WORDS, **options, **changed})


def panel(figure, title):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").replace("\n", " ") == title)


def points(axes):
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_marker() not in ("", "None", None)
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        if np.isfinite(float(y))
    ]


def said(axes):
    return [text.get_text() for text in axes.texts]


def shown(data, measure, **where):
    rows = data[(data["measure"] == measure) & (data["status"] == "shown")]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def test_lines_go_through_the_rates_and_stop_where_a_point_is_hidden():
    data = severity_table().copy()
    gap = (data["form"] == "protection") & (data["origin"] == "marokko") & (data["severity"] == "borderline")
    data.loc[gap, ["value", "lower", "upper", "numerator", "denominator"]] = np.nan
    data.loc[gap, "status"] = "complementary"
    axes = panel(drawn("07_use_by_severity", data=data), "Jeugdbescherming")
    lines = [line for line in axes.lines if line.get_marker() == "P"]
    values = data[(data["form"] == "protection") & (data["origin"] == "marokko") & (data["measure"] == "use_rate")][
        "value"
    ]
    assert [list(line.get_ydata()) for line in lines] == [pytest.approx(values.to_numpy(), nan_ok=True)]
    assert list(np.isnan(lines[0].get_ydata())) == [False, True, False]
    assert lines[0].get_xdata().round().tolist() == [0, 1, 2]
    assert "1 punt: verborgen (klein aantal)" in said(axes)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["Normaal", "Grensgebied", "Afwijkend"]


def test_every_line_is_named_at_its_end_and_a_hidden_one_is_counted():
    figure = drawn("07_use_by_severity", "en")
    assert set(said(panel(figure, "Care without residence"))) >= {
        "Dutch background",
        "Turkish origin",
        "Surinamese origin",
    }
    probation = panel(figure, "Youth probation")
    assert "3 points: hidden (small count)" in said(probation)
    assert not any("Antillean" in text for text in said(probation))
    assert min(y for axes in figure.axes for _, y in points(axes)) > 0.3  # nothing hidden is drawn at 0


def test_labels_are_moved_apart_as_little_as_needed():
    # by hand: 5.0 and 5.1 of size 1 are pushed to 4.55 and 5.55; 9.8 must stay under 10 with half of its size
    assert moved_apart(np.array([5.0, 5.1, 9.8]), np.ones(3), 0, 10) == pytest.approx([4.55, 5.55, 9.5])
    assert moved_apart(np.array([0.1]), np.ones(1), 0, 10) == pytest.approx([0.5])


def test_crude_is_hollow_equal_is_filled_and_both_stand_at_their_values():
    data = gap_table()
    axes = panel(drawn("07_crude_and_equal_severity"), "Jeugdhulp zonder verblijf")
    for face, measure in (("white", "crude_rate_ratio"), (None, "rate_ratio_at_equal_severity")):
        marks = [
            (line.get_xdata()[0], line.get_marker())
            for line in axes.lines
            if line.get_marker() in "os" and (line.get_markerfacecolor() == "white") == (face == "white")
        ]
        rows = shown(data, measure, form="without_residence")
        assert [x for x, _ in marks] == pytest.approx(rows["value"].to_numpy())
    assert axes.get_xscale() == "log"
    assert [line.get_xdata() for line in axes.lines if list(line.get_ydata()) == [0, 1]] == [[1, 1]]
    spans = sorted(tuple(line.get_xdata()) for line in axes.lines if len(set(line.get_xdata())) == 2)
    expected = pd.concat([shown(data, name, form="without_residence") for name in
                          ("crude_rate_ratio", "rate_ratio_at_equal_severity")])  # fmt: skip
    assert np.ravel(spans) == pytest.approx(np.ravel(sorted(zip(expected["lower"], expected["upper"], strict=True))))


def test_care_reaches_but_compulsory_care_is_used_and_a_hidden_group_says_so_once():
    figure = drawn("07_crude_and_equal_severity", "en")
    assert {"← reaches fewer", "reaches more →"} < set(said(panel(figure, "Care with residence")))
    probation = panel(figure, "Youth probation")
    assert {"← used less", "used more →"} < set(said(probation))
    assert said(probation).count("hidden (small count)") == 1
    assert not any("reach" in text for text in said(probation))
    title = texts_of("07_crude_and_equal_severity", form="probation")["nl"]["title"]
    assert title.startswith(
        "Voorbeeld: Jeugdreclassering geldt voor jongeren met een Turkse herkomst 1,50 keer zo vaak als voor"
    )


def test_municipalities_stand_in_the_order_of_the_alphabet_and_the_sign_is_said():
    figure = drawn("07_shortfall_by_municipality")
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == ["Delft", "'s-Gravenhage", "Westland"]  # under G, not by size
    axes = panel(figure, "Turkse herkomst")
    assert axes.yaxis_inverted()
    assert {"← meer bereikt", "minder bereikt →"} < set(said(axes))
    rows = shown(place_table(), "use_shortfall", origin="turkije").set_index("municipality")["value"]
    assert [x for x, _ in points(axes)] == pytest.approx(rows[names].to_numpy())
    assert "verborgen (klein aantal)" in said(panel(figure, "Antilliaanse of Arubaanse herkomst"))


def test_a_long_interval_is_cut_at_the_edge_and_a_ratio_of_zero_is_a_word():
    data = gap_table().query("form == 'protection'").copy()
    both = (data["origin"] == "marokko") & (data["measure"] == "rate_ratio_at_equal_severity")
    data.loc[both, ["value", "lower", "upper"]] = [0.0, np.nan, np.nan]
    other = (data["origin"] == "suriname") & (data["measure"] == "rate_ratio_at_equal_severity")
    data.loc[other, "upper"] = 5000.0
    axes = panel(gap_pairs(data, "nl"), "Jeugdbescherming")
    assert "0 (geen gebruik)" in said(axes)
    assert max(max(line.get_xdata()) for line in axes.lines) < axes.get_xlim()[1] < 20


def test_series_share_a_row_and_too_many_are_refused():
    data = informant_table()
    axes = panel(drawn("08_by_informant"), "Jeugdbescherming")
    rows = shown(data, "rate_ratio_at_equal_severity", form="protection", origin="westers")
    first = sorted(points(axes), key=lambda point: point[1])[:3]
    assert [x for x, _ in first] == pytest.approx(rows["value"].to_numpy())  # parent, teacher, self from top to bottom
    more = pd.concat([data, data[data["informant"] == "parent"].assign(informant="doctor")])
    with pytest.raises(FigureError, match="at most 3 values in a row"):
        gap_pairs(more, "nl", series="informant", measures=EQUAL)
    for measures in (["crude_rate_ratio", "use_shortfall"], ["rate_difference_at_equal_severity"]):
        with pytest.raises(FigureError, match="ratios alone, or a shortfall alone"):
            gap_pairs(gap_table(), "nl", measures=measures)


def test_the_steps_add_up_to_the_diamond():
    data = decomposition_table()
    axes = panel(drawn("08_decomposition"), "Jeugdhulp zonder verblijf")
    parts = data[(data["form"] == "without_residence") & (data["band"] == "all")].set_index(["origin", "component"])[
        "value"
    ]
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    expected = []
    for origin in ORIGINS[1:]:
        expected += [(0.0, parts[origin, "mix"]), (parts[origin, "mix"], parts[origin, "rate"])]
    assert np.ravel(bars) == pytest.approx(np.ravel(expected))
    diamonds = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx([parts[origin, "total"] for origin in ORIGINS[1:]])
    assert [begin + width for begin, width in bars[1::2]] == pytest.approx(diamonds)
    assert said(panel(drawn("08_decomposition"), "Jeugdreclassering")).count("verborgen (klein aantal)") == 1
    with pytest.raises(InvalidTableError, match="do not add up to the total for"):
        decomposition(data[data["component"] != "mix"], "nl")


def test_the_curve_is_the_grid_the_diamond_is_the_tipping_point_and_what_cannot_be_is_grey():
    data = tipping_table()
    axes = panel(drawn("08_tipping_point"), "Antilliaanse of Arubaanse herkomst")
    tip = shown(data, "tipping_point", origin="antillen_aruba")["value"].item()
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"] == pytest.approx([100 * tip])
    curve = next(line for line in axes.lines if line.get_linewidth() > 2)
    grid = data[(data["measure"] == "rate_difference_at_equal_severity") & (data["origin"] == "antillen_aruba")]
    assert curve.get_ydata() == pytest.approx(grid["value"].to_numpy(), nan_ok=True)
    assert curve.get_xdata() == pytest.approx(100 * grid["misreporting"].to_numpy())
    number = f"{100 * tip:.1f}".replace(".", ",")
    assert f"geen verschil bij {number}% te laag" in said(axes)
    assert len(axes.patches) == (grid["status"] == "undefined").sum() > 0
    assert "nergens in dit bereik zonder\nverschil" in said(panel(drawn("08_tipping_point"), "Turkse herkomst"))
    with pytest.raises(IncomparableError, match="mixes form"):
        tipping(pd.concat([data, data.assign(form="probation", origin="marokko", misreporting=9.0)]), "nl")


def test_a_group_whose_counts_are_hidden_has_no_curve_and_no_grey():
    data = tipping_table().copy()
    own = data["origin"] == "turkije"
    data.loc[own, ["value", "lower", "upper"]] = np.nan
    data.loc[own, "status"] = "suppressed"
    axes = panel(drawn("08_tipping_point", "en", data), "Turkish origin")
    assert said(axes) == ["hidden (small count)"]
    assert not axes.patches
    assert not points(axes)


def test_the_tipping_point_in_the_title_follows_the_data():
    title = texts_of("08_tipping_point", group="antillen_aruba")["en"]["title"]
    tip = shown(tipping_table(), "tipping_point", origin="antillen_aruba")["value"].item()
    assert f"zero if their severity is reported in {100 * tip:.1f}% of cases one level too low" in title
    assert "more often at equal severity" in title
    assert "makes it zero" in texts_of("08_tipping_point")["en"]["title"]
    assert "no clear difference even as reported" in texts_of("08_tipping_point", group="suriname")["en"]["title"]


@pytest.mark.parametrize("stem", FIGURES)
def test_an_example_says_so_in_the_first_word_and_own_data_does_not(stem):
    _, make, _, _ = FIGURES[stem]
    example = texts_of(stem)
    own = texts_of(
        stem, make().assign(synthetic=False, source="individual data: youths.csv; 12 rows with missing id left out")
    )
    for language, word, made_up in (("nl", "Voorbeeld: ", "Verzonnen gegevens"), ("en", "Example: ", "Made-up data")):
        assert example[language]["title"] == word + own[language]["title"]
        assert example[language]["subtitle"].startswith(made_up)
        assert example[language]["alt"].startswith(made_up)
        assert made_up not in " ".join(own[language].values())
        assert "youths.csv; " in own[language]["source"]
    assert "synthetisch voorbeeld van bereik" in example["nl"]["source"]


@pytest.mark.parametrize("stem", FIGURES)
def test_turned_numbers_turn_the_title(stem):
    data = FIGURES[stem][1]().copy()
    ratio = data["per"].eq("ratio") & data["status"].eq("shown")
    numbers = data[["value", "lower", "upper"]].astype("float64")
    turned = (1 / numbers).where(ratio, -numbers)[["value", "upper", "lower"]].to_numpy()
    change = ratio | ~data["measure"].isin(["use_rate", "tipping_point"])
    data.loc[change, ["value", "lower", "upper"]] = turned[change]
    before, after = texts_of(stem), texts_of(stem, data)
    for language in ("nl", "en"):
        assert before[language]["title"] != after[language]["title"]
        assert before[language]["alt"] != after[language]["alt"]


@pytest.mark.parametrize("stem", FIGURES)
def test_a_title_about_a_hidden_group_is_refused(stem):
    data = FIGURES[stem][1]().copy()
    data["status"] = "suppressed"
    with pytest.raises(FigureError, match="No row that is shown with"):
        texts_of(stem, data)


@pytest.mark.parametrize("form", ["without_residence", "protection"])
@pytest.mark.parametrize("stem", FIGURES)
def test_all_variants_are_complete_in_both_languages_and_use_the_right_verb(stem, form):
    template = read_catalogue("texts")[stem]
    values = about(FIGURES[stem][1](), form=form, **WORDS)
    names = re.findall(r"{(\w+)(?::\.\df)?}", " ".join(map(str, [template])))
    values |= {name: 1.25 for name in names if name not in values}
    values |= {"band": "normal", "reason": "never_zero", "elsewhere": "elsewhere_unclear",
               "side": "too low", "unit": "misreported_share", "in_words": "in_share", "low_informant": "parent",
               "high_informant": "self", "places": 9, "fewer": 4, "more": 0, "unclear": 5}  # fmt: skip
    for chosen in DIRECTIONS:
        texts = bereik.texts.say.figure_texts(stem, direction=chosen, **values)
        for language in ("nl", "en"):
            for name, text in texts[language].items():
                check_words(text, language)
                assert not re.search(r"[{}]|_", text), (name, text)
            if form == "protection":
                assert not re.search(r"bereikt (jongeren|youths)|reaches", texts[language]["title"])


@pytest.mark.parametrize("stem", FIGURES)
def test_data_that_cannot_be_drawn_are_refused(stem):
    draw, make, options, _ = FIGURES[stem]
    data = make()
    with pytest.raises(InvalidTableError, match="more than once"):
        draw(pd.concat([data, data]), "nl", **options)
    with pytest.raises(FigureError, match="No rows with the measure"):
        draw(data.assign(measure="z_score"), "nl", **options)
    with pytest.raises(BereikError, match="no column 'status'"):
        draw(data.drop(columns="status"), "nl", **options)
    with pytest.raises(UnknownNameError, match="'fr'"):
        draw(data, "fr", **options)
