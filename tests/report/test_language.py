"""The page aims at plain words (B1): how long its sentences are, how many numbers they hold, and how rare its words."""

import re
from html import unescape

import pytest

from bereik.report.shared import words_of

PARTS = r"<(p|li|h[1-4]|dt|dd|figcaption|summary)\b[^>]*>(.*?)</\1>"
NOT_WORDS = r"<(script|style|svg|table|select)\b.*?</\1>|<ul class=\"files\".*?</ul>"
# Two numbers a sentence; years, tables, ages and "van de 1.000" are none.
NAMES = (
    r"\b(19|20)\d\d([/'-]+(19|20)?\d\d)?\b|\b\d{5}[A-Za-z]{3}\b|(van (de|elke)|every) 1[·,]?\d+|\d+ (tot|to|-) \d+ jaar"
    r"|(tot|vanaf) \d+ jaar|(ages?|under) \d+( to \d+)?"
)
PICTURE = r"\b\d\d [\w -]+(?=, bereik)"  # the name of a picture, in its source
LINKS = r"(?<=\d)[.](?=\d)"


@pytest.fixture(params=[("nl", 0), ("en", 1)], ids=["nl", "en"])
def sentences(request, project_page):
    language, at = request.param
    text = project_page[at].read_text(encoding="utf-8")
    text = text[text.index("<main") : text.index('id="cite"')]
    said = []
    for _, part in re.findall(PARTS, re.sub(NOT_WORDS, "", text, flags=re.DOTALL), flags=re.DOTALL):
        plain = " ".join(unescape(re.sub(rf"<[^>]+>|{PICTURE}", "", part)).split())
        plain = re.sub(r"\([^)]*\)", lambda match: re.sub(r"[.!?]", "·", match[0]), re.sub(LINKS, "·", plain))
        said += [sentence.strip() for sentence in re.split(r"[.!?]+(?:\s|$)", plain) if sentence.strip()]
    return language, said


def test_sentences_are_short(sentences):
    _, said = sentences
    lengths = sorted(len(sentence.split()) for sentence in said)
    assert len(said) > 200
    assert sum(lengths) / len(lengths) <= 12
    assert lengths[int(0.95 * len(lengths))] <= 18, [sentence for sentence in said if len(sentence.split()) > 18]
    assert lengths[-1] <= 25, max(said, key=lambda sentence: len(sentence.split()))


def test_a_sentence_holds_at_most_two_numbers(sentences):
    _, said = sentences
    assert [sentence for sentence in said if len(re.findall(r"\d[\d·,]*", re.sub(NAMES, "", sentence))) > 2] == []


def test_few_words_are_rare_and_each_of_them_is_explained(sentences):
    wordfreq = pytest.importorskip("wordfreq", reason="wordfreq is not installed")
    language, said = sentences
    words = [word.lower() for sentence in said for word in re.findall(r"[^\W\d_][\w'’-]*", sentence)]
    rare = [word for word in words if wordfreq.zipf_frequency(word, language) < 3.0]
    assert len(rare) / len(words) <= 0.04, sorted(set(rare))
    names = {word.lower() for word in re.findall(r"[^\W\d_][\w'’-]*", " ".join(said)) if word[0].isupper()}
    names -= set(re.findall(r"(?<![.?!] )\b[a-z][\w'’-]*", " ".join(said)))
    glossary = words_of("page", language)["glossary"].values()
    explained = " ".join(f"{one['term']} {one['text']}" for one in glossary).lower()
    often = {word for word in rare if rare.count(word) > 2} - names - {"bereik"}
    assert [word for word in sorted(often) if word[:-3] not in explained] == []  # whatever its ending
    assert language == "en" or all(word in explained for word in ("woonplaatsbeginsel", "lokaal team", "jeugdigen"))
