"""The SVG that is written in fewer characters shows the same picture, and with words it says the same."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from bereik.figures.style import new_figure, style
from bereik.figures.svg import slim, with_text

WORDS = ["0,5 – 1,3 & meer", "tot < 10%", "schuin"]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    file = tmp_path_factory.mktemp("svg") / "drawn.svg"
    with style():
        figure = new_figure(3)
        axes = figure.add_subplot()
        axes.plot([0.1, 1 / 3, 2], [1, -0.00001, 5], marker="o")
        axes.set_title(WORDS[0], fontweight="bold")
        axes.text(1, 2, WORDS[1])
        axes.text(1, 3, WORDS[2], rotation=30)
        figure.savefig(file, metadata={"Date": None, "Creator": None})
    return file.read_text(encoding="utf-8")


def places(svg):
    """Give every number of the paths, and every place of a mark, in the order of the file."""
    found = re.findall(r' (?:d|x|y)="([^"]*)"', re.sub(r' transform="translate\((-?[\d.]+) 0\)"', r' x="\1"', svg))
    return [float(number) for text in found for number in NUMBER.findall(text)]


def test_slim_moves_nothing_by_more_than_the_eye_can_see(drawn):
    before, after = places(drawn), places(slim(drawn))
    assert len(before) == len(after) > 500
    assert (
        max(abs(old - new) for old, new in zip(before, after, strict=True)) <= 0.0501
    )  # a letter: a tenth of 1/100 of its size
    assert len(slim(drawn)) < 0.8 * len(drawn)
    assert "-0 " not in slim(drawn)


def test_slim_keeps_every_reference(drawn):
    svg = slim(drawn)
    names = set(re.findall(r' id="([^"]*)"', svg))
    assert set(re.findall(r'href="#([^"]*)"', svg)) | set(re.findall(r"url\(#([^)]*)\)", svg)) <= names
    assert slim(svg) == svg


def test_with_text_says_the_words_where_the_outlines_were(drawn):
    root = ElementTree.fromstring(with_text(slim(drawn)))  # noqa: S314 - our own file
    texts = {text.text: text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(WORDS) <= set(texts)
    assert texts[WORDS[0]].get("font-weight") == "bold"
    assert texts[WORDS[1]].get("font-weight") is None
    assert "rotate(-30)" in texts[WORDS[2]].get("transform")
    sizes = {float(text.get("font-size")) for text in texts.values()}
    assert min(sizes) >= 7
    assert not re.search(r'href="#[gb][0-9a-f]+"', with_text(slim(drawn)))
