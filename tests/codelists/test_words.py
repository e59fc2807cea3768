"""Refused words about people: caught with their endings, and not where they are only a part of another word."""

import json
import re

import pytest

from bereik.codelists.care import care_forms
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.words import check_words, refused_words
from bereik.data.datapackage import read_datapackage
from bereik.errors import FigureError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Allochtonen krijgen minder hulp.", "nl"),
        ("niet-westers allochtone jongeren", "nl"),
        ("Autochtone jongeren.", "nl"),
        ("Native Dutch youths.", "en"),
        ("Natives and others.", "en"),
        ("Zorgmijding onder jongeren.", "nl"),
        ("Probleemwijken in Den Haag.", "nl"),
        ("Een achterstandswijk.", "nl"),
        ("De risicogroep.", "nl"),
        ("Marokkanen bereiken we minder.", "nl"),
        ("Turken, Surinamers en Antillianen.", "nl"),
        ("Moroccans and Turks.", "en"),
        ("Zij zijn oververtegenwoordigd.", "nl"),
        ("They are over-represented in care.", "en"),
        ("They are overrepresented.", "en"),
        ("Zwaardere jeugdhulp.", "nl"),
    ],
)
def test_a_refused_word_is_caught(text, language):
    with pytest.raises(FigureError, match="write instead"):
        check_words(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("An alternative, nationwide.", "en"),
        ("Jongeren met een Marokkaanse of Turkse herkomst.", "nl"),
        ("Youths of Moroccan, Turkish or Surinamese origin.", "en"),
        ("Zij zijn vaker oververtegenwoordigd dan in 2015.", "nl"),
        ("Over-represented compared with all youths.", "en"),
        ("Turks fruit.", "nl"),  # the adjective; as an English noun it is refused
    ],
)
def test_a_text_in_the_words_of_the_source_passes(text, language):
    check_words(text, language)


def test_the_message_names_the_word_the_sentence_and_what_to_write():
    with pytest.raises(FigureError, match=r"'allochtonen' in: 'Weinig allochtonen\.'.*migratieachtergrond"):
        check_words("Eerste zin. Weinig allochtonen. Derde zin.", "nl")


def test_a_comparison_in_another_sentence_does_not_help():
    with pytest.raises(FigureError, match="oververtegenwoordigd"):
        check_words("Het is meer dan in 2015. Zij zijn oververtegenwoordigd.", "nl")


def test_every_entry_says_what_to_write_and_why():
    for language in ("nl", "en"):
        words = refused_words(language)
        assert len(words) > 10
        assert (words[["word", "instead", "why"]] != "").all(axis=None)
        assert words["word"].is_unique


def test_another_language_is_refused():
    with pytest.raises(UnknownNameError, match="'de'"):
        check_words("Text.", "de")


def texts_for_readers(project):
    """Every text that a reader sees outside the notebooks: README, terms, figures, descriptions of the data."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    dutch = re.search(r"## Samenvatting\n(.*?)\n## ", readme, re.DOTALL).group(1)
    yield "README, Samenvatting", "nl", dutch
    yield "README", "en", readme.replace(dutch, "")
    yield "CONTRIBUTING", "en", (project / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for terms in (care_forms(), *(origin_groups(scheme) for scheme in SCHEMES)):
        for language in ("nl", "en"):
            yield f"terms ({language})", language, ". ".join(terms[language])
    for file in sorted((project / "figures" / "data").glob("[0-9]*.json")):
        for language, texts in json.loads(file.read_text(encoding="utf-8"))["texts"].items():
            yield file.name, language, ". ".join(texts.values())
    for resource in read_datapackage()["resources"]:
        yield (
            resource["name"],
            "nl",
            ". ".join([resource["title"], *(f["title"] for f in resource["schema"]["fields"])]),
        )
        described = [resource["description"], *(f["description"] for f in resource["schema"]["fields"])]
        yield resource["name"], "en", ". ".join(described)


def test_no_text_for_readers_has_a_refused_word_in_either_language(project):
    checked = list(texts_for_readers(project))
    assert {language for _, language, _ in checked} == {"nl", "en"}
    assert len(checked) > 15
    for where, language, text in checked:
        try:
            check_words(text, language)
        except FigureError as error:
            pytest.fail(f"{where}: {error}")
