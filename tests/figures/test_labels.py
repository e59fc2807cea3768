"""Labels, numbers and texts in two languages: complete, in the right words, and following the data."""

import re
import tomllib
from importlib.resources import files
from string import Formatter

import numpy as np
import pandas as pd
import pytest

from bereik.errors import FigureError, UnknownNameError
from bereik.terms.care import care_forms
from bereik.terms.names import format_number, group_name, in_terms_order, label, read_catalogue
from bereik.terms.origin import SCHEMES, origin_groups
from bereik.terms.words import check_words
from bereik.texts.say import DIRECTIONS, TEXTS, direction, figure_texts, position_in_band

FIGURES = files("bereik.figures")
LABELS = read_catalogue("labels")
TEMPLATES = read_catalogue("texts")
MEASURES = [
    "use_rate", "event_rate", "form_index", "form_share", "form_index_ratio", "form_share_ratio", "mean_of_others",
    "prediction_band", "between_region_sd", "between_region_sd_dersimonian_laird", "i_squared", "z_score", "rank",
]  # fmt: skip
VALUES = {
    "region": "Haaglanden", "country": "Nederland", "first": 2015, "last": 2017, "year": 2017, "form": "with_residence",
    "group": "niet_westers", "reference": "nederlands", "ratio": 1.328,
    "value": 10.5, "country_value": 9.4, "low": 6.3, "high": 12.3, "lower": 1.18, "upper": 1.38, "band_lower": 1.07,
    "band_upper": 2.27, "position": "within_band", "regions": 42,
}  # fmt: skip


def variants(template):
    return list(template.values()) if isinstance(template, dict) else [template]


def test_every_label_has_both_languages_and_no_refused_word():
    for code, words in LABELS.items():
        assert set(words) == {"nl", "en"}, code
        for language, text in words.items():
            assert text.strip(), code
            check_words(text, language)


def test_labels_do_not_repeat_the_term_lists():
    terms = set(care_forms()["code"]).union(*(origin_groups(scheme)["code"] for scheme in SCHEMES))
    assert not terms & set(LABELS)


def test_every_label_used_in_the_code_exists():
    used = set()
    for module in FIGURES.iterdir():
        if module.name.endswith(".py"):
            used |= set(re.findall(r'label\(\s*"(\w+)"', module.read_text(encoding="utf-8")))
    assert len(used) > 10
    for code in [*used, *MEASURES, "youths", "break_2015", "break_2021", "break_2022", "break_2024"]:
        assert label(code, "nl") != label(code, "en") or code in ("rank", "per_number")


def test_names_come_from_the_term_lists():
    assert label("with_residence", "nl") == "jeugdhulp met verblijf"
    assert label("niet_westers", "en") == "with a non-western migration background"
    assert [label("Nederland", language) for language in ("nl", "en")] == ["Nederland", "the Netherlands"]
    assert [label("'s-Gravenhage", language) for language in ("nl", "en")] == ["'s-Gravenhage", "The Hague"]
    assert label("JZ-haaglanden", "en") == "Haaglanden"


def test_a_country_needs_its_scheme_because_the_two_name_it_differently():
    with pytest.raises(FigureError, match="name the origin scheme"):
        label("turkije", "nl")
    assert label("turkije", "nl", scheme="herkomst") == "herkomst Turkije"
    assert group_name("turkije", "nl", scheme="migratieachtergrond") == "jongeren met een Turkse herkomst"


def test_an_unknown_label_or_language_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'form_share'"):
        label("form_shares", "nl")
    with pytest.raises(UnknownNameError, match="'fr'"):
        label("form_share", "fr")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_persons_come_first_for_every_group(scheme):
    for code in origin_groups(scheme)["code"]:
        assert "jongeren" in group_name(code, "nl", scheme=scheme).split()[:2]
        assert "youths" in group_name(code, "en", scheme=scheme).split()[:2]


@pytest.mark.parametrize(
    ("value", "decimals", "dutch", "english"),
    [
        (17350, 0, "17.350", "17,350"),
        (8.339, 2, "8,34", "8.34"),
        (1234567.891, 1, "1.234.567,9", "1,234,567.9"),
        (-2.5, 1, "\N{MINUS SIGN}2,5", "\N{MINUS SIGN}2.5"),
        (-0.04, 1, "0,0", "0.0"),
        (0, 0, "0", "0"),
        (np.float64(11.0), 1, "11,0", "11.0"),
        (np.int64(5), 0, "5", "5"),
        (None, 1, "niet gepubliceerd", "not published"),
        (float("nan"), 1, "niet gepubliceerd", "not published"),
        (pd.NA, 0, "niet gepubliceerd", "not published"),
    ],
)
def test_numbers_are_written_as_readers_of_the_language_do(value, decimals, dutch, english):
    assert format_number(value, "nl", decimals) == dutch
    assert format_number(value, "en", decimals) == english


@pytest.mark.parametrize("value", ["12", float("inf"), True, [1]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(FigureError, match="a finite number"):
        format_number(value, "nl")


def test_groups_keep_the_order_of_the_term_lists():
    assert in_terms_order(["probation", "with_residence"]) == ["with_residence", "probation"]
    with pytest.raises(UnknownNameError, match="'western'"):
        in_terms_order(["western"])


def test_direction_follows_the_interval():
    assert [direction(1.01, 2), direction(0.5, 0.99), direction(0.9, 1.1)] == ["above", "below", "undecided"]
    assert direction(1.0, 1.2) == "undecided"  # touches 1
    for lower, upper in [(float("nan"), 2), (2, 1)]:
        with pytest.raises(FigureError, match="lower one first"):
            direction(lower, upper)


def test_position_follows_the_band():
    assert [position_in_band(x, 1, 2) for x in (0.9, 1.5, 2.1)] == ["below_band", "within_band", "above_band"]
    with pytest.raises(FigureError, match="not published"):
        position_in_band(float("nan"), 1, 2)


def values_for(stem):
    """Give a value for every placeholder of a figure: a number where decimals are asked for, else a code or a word."""
    values = dict(VALUES)
    for texts in TEMPLATES[stem].values():
        for text in (variant for template in texts.values() for variant in variants(template)):
            for _, field, spec, _ in Formatter().parse(text):
                if field and re.fullmatch(r"\.\d+f", spec):
                    values.setdefault(field, 10.5)
                elif field:
                    values.setdefault(field, "niet_westers" if spec in ("persons", "background") else "seven words")
    return values


def directions_of(stem):
    """Give the variants that the title of a figure has; all three when it has none, since one text serves them all."""
    title = TEMPLATES[stem]["nl"]["title"]
    return list(title) if isinstance(title, dict) else list(DIRECTIONS)


@pytest.mark.parametrize(("stem", "chosen"), [(stem, chosen) for stem in TEMPLATES for chosen in directions_of(stem)])
def test_every_figure_has_complete_texts_in_both_languages(stem, chosen):
    texts = figure_texts(stem, direction=chosen, **values_for(stem))
    for language in ("nl", "en"):
        assert list(texts[language]) == list(TEXTS)
        for text in texts[language].values():
            assert text.strip()
            assert not re.search(r"[{}]|_band|niet_westers|with_residence", text)
            check_words(text, language)
        assert len(texts[language]["alt"]) >= 60
        assert not re.search(r"\d\.\d(?!\d\d)" if language == "nl" else r"\d,\d(?!\d\d)", texts[language]["title"])


def test_variants_of_a_text_say_different_things():
    for stem, languages in TEMPLATES.items():
        for language, texts in languages.items():
            titles = variants(texts["title"])
            assert len(set(titles)) == len(titles), (stem, language)
            assert set(directions_of(stem)) <= set(DIRECTIONS), (stem, language)


def test_both_languages_use_the_same_placeholders():
    for stem, languages in TEMPLATES.items():
        for name in TEXTS:
            fields = [
                {
                    field
                    for text in variants(languages[language][name])
                    for _, field, _, _ in Formatter().parse(text)
                    if field
                }
                for language in ("nl", "en")
            ]
            assert fields[0] == fields[1], (stem, name)


def test_the_title_carries_the_computed_numbers_in_each_language():
    texts = figure_texts("02_ratio_by_region", direction="above", **VALUES)
    assert "jongeren met een niet-westerse migratieachtergrond 1,33 keer zo groot" in texts["nl"]["title"]
    assert (
        "Haaglanden is 1.33 times as large for youths with a non-western migration background" in texts["en"]["title"]
    )
    assert "by youth care region, 2017" in texts["en"]["subtitle"]


def test_a_missing_value_variant_or_stem_is_named():
    without = {name: value for name, value in VALUES.items() if name != "ratio"}
    with pytest.raises(FigureError, match=r"No value for \{ratio\} in the text 02_ratio_by_region, title \(nl\)"):
        figure_texts("02_ratio_by_region", direction="above", **without)
    with pytest.raises(FigureError, match="No variant None"):
        figure_texts("02_ratio_by_region", **VALUES)
    with pytest.raises(UnknownNameError, match="did you mean 'above'"):
        figure_texts("02_ratio_by_region", direction="abov", **VALUES)
    with pytest.raises(UnknownNameError, match="did you mean '02_ratio_by_region'"):
        figure_texts("02_ratio_by_regions", direction="above", **VALUES)


def test_a_number_without_decimals_is_refused():
    with pytest.raises(FigureError, match="a number of decimals"):
        figure_texts("02_ratio_by_region", direction="above", **{**VALUES, "year": 2017.0})


def test_a_missing_number_is_said_in_words():
    texts = figure_texts("01_use_over_time", direction="undecided", **{**VALUES, "country_value": None})
    assert "(niet gepubliceerd%)" in texts["nl"]["title"]


@pytest.mark.parametrize("kind", ["labels", "texts"])
def test_no_key_of_a_catalogue_stands_in_two_files(kind):
    parts = [part for part in FIGURES.joinpath("catalogue").iterdir() if part.name.startswith(kind)]
    keys = [key for part in parts for key in tomllib.loads(part.read_text(encoding="utf-8"))]
    assert len(parts) >= 1
    assert len(keys) == len(set(keys))
