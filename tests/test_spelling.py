"""Spelling of every text that readers see, in Dutch and in English, with a word list of our own terms and names."""

import re
import shutil
import subprocess
import tomllib
from html.parser import HTMLParser

import pytest

DICTIONARIES = {"nl": "nl", "en": "en_GB"}
CATALOGUES = ("texts/*.toml", "codelists/*.toml", "report/words/*.toml", "monitoring.toml")  # in src/bereik


class _Words(HTMLParser):
    """Collects the text of a page in the language of the page, with what it says of its pictures."""

    def __init__(self, language):
        super().__init__()
        self._language, self._skipped, self.words = language, [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        foreign = given.get("lang", self._language) != self._language
        if tag in ("style", "script", "svg") or foreign or self._skipped:
            inside = self._skipped and tag != self._skipped[0]
            self._skipped += [] if tag in ("meta", "link", "br") or inside else [tag]
        self.words += [given.get("aria-label") or "", given.get("alt") or ""]

    def handle_endtag(self, tag):
        if self._skipped and tag == self._skipped[0]:
            self._skipped.pop()

    def handle_data(self, text):
        self.words += [] if self._skipped else [text]


def texts_of(files, language):
    """Give the texts in one language of catalogues: what stands under the language, or a key that ends in it."""
    texts, waiting = [], [("", tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    names = {language, *(f"{kind}_{language}" for kind in ("unit", "definition", "reliability"))}
    for name, part in waiting:
        if isinstance(part, dict):
            waiting += [(name if name in names else key, value) for key, value in part.items()]
        elif isinstance(part, list):
            waiting += [(name, one) for one in part]
        elif name in names and isinstance(part, str):
            texts.append(part)
    return texts


def misspelled(texts, language, project):
    """Give the words that neither the dictionary nor our own list knows."""
    pictures = r"\b\d\d_[\w-]+|\b\d\d [\w -]+(?=, bereik)"
    no_words = pictures + r"|`[^`]*`|\b[0-9a-f]{12}\b|\{[^}]*\}|[\w.-]+\.(csv|html|pdf|toml)\b|\b\d[\d.,]*\w*%?"
    plain = re.sub(no_words, " ", "\n".join(texts).replace("’", "'"))
    plain = re.sub(r"[‘+/]|(?<!\w)['-](?!s-)|['-](?!\w)", " ", plain)  # marks of quotation, and hyphens at an end
    own = project / "tests" / "words" / f"{language}.txt"
    plain = "\n".join(sorted(set(plain.split())))  # a page says many words a hundred times
    words = ["hunspell", "-i", "utf-8", "-d", DICTIONARIES[language], "-p", str(own), "-l"]
    done = subprocess.run(words, input=plain, capture_output=True, encoding="utf-8", check=True)
    return sorted(set(done.stdout.split()))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_word_in_the_catalogues_is_misspelled(language, project, need):
    need("hunspell", "spelling", shutil.which("hunspell"))
    files = [file for pattern in CATALOGUES for file in sorted((project / "src" / "bereik").glob(pattern))]
    texts = texts_of(files, language)
    assert len(texts) > 300
    assert misspelled(texts, language, project) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_word_on_the_page_is_misspelled(language, project_page, project, need):
    need("hunspell", "spelling", shutil.which("hunspell"))
    reader = _Words(language)
    reader.feed(project_page[language == "en"].read_text(encoding="utf-8"))
    assert len(" ".join(reader.words)) > 20_000
    assert misspelled(reader.words, language, project) == []
