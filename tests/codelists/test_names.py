"""Names by code, numbers and words for readers: complete in two languages, and no word about people that is refused."""

import re
import tomllib

import numpy as np
import pandas as pd
import pytest

from bereik import codelist, label
from bereik.codelists import SCHEMES
from bereik.codelists.names import check_words, format_number, in_terms_order, refused_words
from bereik.data.load import read_datapackage
from bereik.errors import FigureError, UnknownNameError


def test_no_name_is_one_of_a_codelist(project):
    names = tomllib.loads((project / "src/bereik/codelists/names.toml").read_text(encoding="utf-8"))
    assert not {*codelist("forms")["code"], *codelist("origin")["code"]} & set(names)


def test_every_code_written_out_in_the_library_has_a_name(project):
    files = [path.read_text(encoding="utf-8") for path in sorted((project / "src/bereik").rglob("*.py"))]
    used = {code for text in files for code in re.findall(r'\blabel\(\s*"(\w+)"', text)}
    assert len(used) > 10
    for code in used:
        assert label(code, "nl")


PERSONS = {"scheme": SCHEMES[0], "persons": True}


NAMES = [
    ("with_residence", {}, "jeugdhulp met verblijf", "care with residence"),
    ("with_residence", {"short": True}, "met verblijf", "with residence"),
    ("niet_westers", {}, "met een niet-westerse migratieachtergrond", "with a non-western migration background"),
    ("Nederland", {}, "Nederland", "the Netherlands"),
    ("'s-Gravenhage", {}, "'s-Gravenhage", "The Hague"),
    ("JZ-haaglanden", {}, "Haaglanden", "Haaglanden"),
    ("turkije", {"scheme": "herkomst"}, "herkomst Turkije", "origin Turkey"),
    ("turkije", PERSONS, "jongeren met een Turkse herkomst", "youths of Turkish origin"),
    ("europa", {"persons": True}, "jongeren met herkomst Europa (zonder Nederland)", None),
]  # the origin schemes name a country differently, so a country needs its scheme


def test_names_come_from_the_codelists():
    for code, options, dutch, english in NAMES:
        for language, words in {"nl": dutch, "en": english}.items():
            assert words in (None, label(code, language, **options)), code


def test_origins_stand_in_the_order_of_their_own_scheme_and_the_rest_at_the_end():
    assert in_terms_order(["rest", "turkije", "nederland", "europa"]) == ["nederland", "europa", "turkije", "rest"]
    assert in_terms_order(["turkije", "nederlands", "westers"]) == ["nederlands", "westers", "turkije"]


def test_an_unknown_name_or_language_and_a_country_without_its_scheme_are_refused():
    for code, language, words in (("form_shares", "nl", "did you mean 'form_share'"), ("form_share", "fr", "'fr'")):
        with pytest.raises(UnknownNameError, match=words):
            label(code, language)
    with pytest.raises(FigureError, match="name the origin scheme"):
        label("turkije", "nl")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_persons_come_first_for_every_group(scheme):
    for code in codelist("origin", scheme)["code"]:
        assert "jongeren" in label(code, "nl", scheme=scheme, persons=True).split()[:2]
        assert "youths" in label(code, "en", scheme=scheme, persons=True).split()[:2]


NUMBERS = [
    *[(17350, 0, "17.350", "17,350"), (8.339, 2, "8,34", "8.34"), (1234567.891, 1, "1.234.567,9", "1,234,567.9")],
    *[(-2.5, 1, "\N{MINUS SIGN}2,5", "\N{MINUS SIGN}2.5"), (-0.04, 1, "0,0", "0.0"), (0, 0, "0", "0")],
    *[(np.float64(11.0), 1, "11,0", "11.0"), (np.int64(5), 0, "5", "5")],
    *[(missing, 1, "niet gepubliceerd", "not published") for missing in (None, float("nan"), pd.NA)],
]


@pytest.mark.parametrize(("value", "decimals", "dutch", "english"), NUMBERS)
def test_numbers_are_written_as_readers_of_the_language_do(value, decimals, dutch, english):
    assert format_number(value, "nl", decimals) == dutch
    assert format_number(value, "en", decimals) == english


@pytest.mark.parametrize("value", ["12", float("inf"), True, [1]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(FigureError, match="a finite number"):
        format_number(value, "nl")


REFUSED = {
    "nl": "Allochtonen krijgen minder hulp|niet-westers allochtone jongeren|Autochtone jongeren|Zorgmijding onder jongeren|"
    "Probleemwijken in Den Haag|Een achterstandswijk|De risicogroep|Marokkanen bereiken we minder|Zwaardere jeugdhulp|"
    "Turken, Surinamers en Antillianen|Meer dan in 2015. Zij zijn oververtegenwoordigd",
    "en": "Native Dutch youths|Natives and others|Moroccans and Turks|They are over-represented|They are overrepresented",
}
ALLOWED = {  # Turks is an adjective in Dutch, and a refused noun in English
    "nl": "Jongeren met een Marokkaanse of Turkse herkomst|Vaker oververtegenwoordigd dan in 2015|Turks fruit",
    "en": "An alternative, nationwide|Youths of Moroccan or Turkish origin|Over-represented compared with all youths",
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_refused_word_is_caught_and_the_words_of_the_source_pass(language):
    for text in REFUSED[language].split("|"):
        with pytest.raises(FigureError, match="write instead"):
            check_words(text, language)
    for text in ALLOWED[language].split("|"):
        check_words(text, language)
    words = refused_words(language)
    assert (words[["word", "instead", "why"]] != "").all(axis=None)
    assert words["word"].is_unique


def test_the_message_names_the_word_the_sentence_and_what_to_write():
    with pytest.raises(FigureError, match=r"'allochtonen' in: 'Weinig allochtonen\.'.*migratieachtergrond"):
        check_words("Eerste zin. Weinig allochtonen. Derde zin.", "nl")
    with pytest.raises(UnknownNameError, match="'de'"):
        check_words("Text.", "de")


def texts_for_readers(project):
    """What a reader sees outside notebooks and figures: README, codelists, descriptions of the data."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    dutch = re.search(r"## Samenvatting\n(.*?)\n## ", readme, re.DOTALL).group(1)
    yield "nl", dutch
    yield "en", readme.replace(dutch, "")
    yield "en", (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for language in ("nl", "en"):
        for name in ("forms", "origin", "indicators"):
            yield language, ". ".join(codelist(name)[language])
    for resource in read_datapackage()["resources"]:
        for language, key in {"nl": "title", "en": "description"}.items():
            yield language, ". ".join([resource[key], *(field[key] for field in resource["schema"]["fields"])])


def test_no_text_for_readers_has_a_refused_word_in_either_language(project):
    checked = list(texts_for_readers(project))
    assert {language for language, _ in checked} == {"nl", "en"}
    assert len(checked) > 15
    for language, text in checked:
        check_words(text, language)
