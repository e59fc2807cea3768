"""Names by code and numbers in two languages: complete, in the right words, and a missing number never a number."""

import re
import tomllib

import numpy as np
import pandas as pd
import pytest

from bereik.codelists.care import care_forms
from bereik.codelists.names import format_number, group_name, in_terms_order, label
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.words import check_words
from bereik.errors import FigureError, UnknownNameError


@pytest.fixture
def names(project):
    return tomllib.loads((project / "src/bereik/codelists/names.toml").read_text(encoding="utf-8"))


def test_every_name_has_both_languages_and_no_refused_word(names):
    for code, words in names.items():
        assert set(words) == {"nl", "en"}, code
        for language, text in words.items():
            assert text.strip(), code
            check_words(text, language)


def test_names_do_not_repeat_the_term_lists(names):
    terms = set(care_forms()["code"]).union(*(origin_groups(scheme)["code"] for scheme in SCHEMES))
    assert not terms & set(names)


def test_every_code_written_out_in_the_library_has_a_name(project):
    files = [path.read_text(encoding="utf-8") for path in sorted((project / "src/bereik").rglob("*.py"))]
    used = {code for text in files for code in re.findall(r'\blabel\(\s*"(\w+)"', text)}
    assert len(used) > 10
    for code in used:
        assert label(code, "nl")


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


def test_an_unknown_name_or_language_is_refused_with_the_nearest():
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
