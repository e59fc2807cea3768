"""The SVG that is written in fewer characters shows the same picture, and with words it says the same."""

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path.parser import parse_path

from bereik.plot.style import new_figure, style
from bereik.plot.svg import slim, with_text

WORDS = ["0,5 – 1,3 & meer", "tot < 10%", "schuin"]


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


def drawn_paths(svg):
    """Give the steps of every path as an independent tool reads them."""
    pen = RecordingPen()
    for path in re.findall(r' d="([^"]*)"', svg):
        parse_path(path, pen)
    return [name for name, _ in pen.value], [place for _, places in pen.value for place in places]


def test_slim_moves_nothing_by_more_than_the_eye_can_see(drawn):
    (steps, places), (own_steps, own_places) = drawn_paths(drawn), drawn_paths(slim(drawn))
    assert steps == own_steps
    assert len(places) > 500
    assert max(math.dist(old, new) for old, new in zip(places, own_places, strict=True)) < 0.01  # points
    letters = [float(place) for place in re.findall(r'translate\(([\d.]+) 0\)"/>', drawn)]
    own_letters = [float(place) for place in re.findall(r'href="#[gb][^>]* x="([\d.]+)"/>', slim(drawn))]
    assert letters
    assert [
        pair for pair in zip(letters, own_letters, strict=True) if abs(pair[0] - pair[1]) > 0.5
    ] == []  # hundredths of the letter size
    assert len(slim(drawn)) < 0.7 * len(drawn)


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
