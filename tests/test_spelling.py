"""Spelling of every text that readers see, in Dutch and in English, with a word list of our own terms and names."""

import re
import shutil
import subprocess
import tomllib
from html.parser import HTMLParser

import pytest

DICTIONARIES = {"nl": "nl", "en": "en_GB"}
CATALOGUES = ("src/bereik/texts", "src/bereik/codelists", "src/bereik/report/words", "src/bereik/monitoring")


class _Words(HTMLParser):
    """Collects the text of a page in the language of the page, with what it says of its pictures."""

    def __init__(self, language):
        super().__init__()
        self._language, self._skipped, self.words = language, [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        foreign = given.get("lang", self._language) != self._language
        if tag in ("style", "script", "svg") or foreign or self._skipped:
            self._skipped += (
                [] if tag in ("meta", "link", "br") or (self._skipped and tag != self._skipped[0]) else [tag]
            )
        self.words += [given.get("aria-label") or "", given.get("alt") or ""]

    def handle_endtag(self, tag):
        if self._skipped and tag == self._skipped[0]:
            self._skipped.pop()

    def handle_data(self, text):
        self.words += [] if self._skipped else [text]


def texts_of(folder, language):
    """Give the texts in one language of all catalogues in a folder."""
    found = []
    for file in sorted(folder.glob("*.toml")):
        waiting = [tomllib.loads(file.read_text(encoding="utf-8"))]
        while waiting:
            part = waiting.pop()
            for key, value in part.items():
                own = key in (language, f"unit_{language}", f"definition_{language}", f"reliability_{language}")
                if isinstance(value, dict) and own:
                    found += _strings(value)
                elif isinstance(value, dict | list):
                    waiting += [
                        part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)
                    ]
                elif own and isinstance(value, str):
                    found.append(value)
    return found


def _strings(table):
    return [text for value in table.values() for text in (_strings(value) if isinstance(value, dict) else [value])]


def misspelled(texts, language, project):
    """Give the words that neither the dictionary nor our own list knows."""
    plain = re.sub(
        r"`[^`]*`|\{[^}]*\}|[\w.-]+\.(csv|html|pdf|toml)\b|\b\d[\d.,]*\w*%?", " ", "\n".join(texts).replace("’", "'")
    )
    plain = re.sub(r"[‘+/]|(?<!\w)['-](?!s-)|['-](?!\w)", " ", plain)  # marks of quotation, and hyphens at an end
    own = project / "tests" / "words" / f"{language}.txt"
    done = subprocess.run(
        ["hunspell", "-i", "utf-8", "-d", DICTIONARIES[language], "-p", str(own), "-l"],
        input=plain, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return sorted(set(done.stdout.split()))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_word_in_the_catalogues_is_misspelled(language, project, need):
    need("hunspell", "spelling", shutil.which("hunspell"))
    texts = [text for folder in CATALOGUES for text in texts_of(project / folder, language)]
    assert len(texts) > 300
    assert misspelled(texts, language, project) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_word_on_the_page_is_misspelled(language, project_page, project, need):
    need("hunspell", "spelling", shutil.which("hunspell"))
    reader = _Words(language)
    reader.feed(project_page[language == "en"].read_text(encoding="utf-8"))
    assert len(" ".join(reader.words)) > 20_000
    assert misspelled(reader.words, language, project) == []


def test_a_misspelled_word_is_found(project, need):
    need("hunspell", "spelling", shutil.which("hunspell"))
    assert misspelled(["Jeugdzorg bereitk jongeren"], "nl", project) == ["bereitk"]
    assert misspelled(["Youth care recieves"], "en", project) == ["recieves"]
