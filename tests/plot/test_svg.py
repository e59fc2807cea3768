"""The SVG that is written in fewer characters shows the same picture and says the same words."""

import math
import re
import xml.etree.ElementTree as ElementTree

import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path.parser import parse_path

from bereik.plot.style import new_figure, style
from bereik.plot.write import slim

WORDS = ["0,5 – 1,3 & meer", "tot < 10%", "schuin", "twee  regels"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    file = tmp_path_factory.mktemp("svg") / "drawn.svg"
    with style():
        figure = new_figure()
        axes = figure.add_subplot()
        axes.plot([0.1, 1 / 3, 2], [1, -0.00001, 5], marker="o")
        axes.set_title(WORDS[0], fontweight="bold")
        axes.text(1, 2, WORDS[1], ha="center")
        axes.text(1, 3, WORDS[2], rotation=30)
        axes.text(1, 4, f"{WORDS[3]}\nonder", ha="right")
        figure.savefig(file, metadata={"Date": None, "Creator": None})
    return file.read_text(encoding="utf-8")


def drawn_paths(svg):
    """Give the steps of every path as an independent tool reads them."""
    pen = RecordingPen()
    for path in re.findall(r' d="([^"]*)"', svg):
        parse_path(path, pen)
    return [name for name, _ in pen.value], [place for _, places in pen.value for place in places]


def texts(svg):
    """Give each text with all that decides how it is shown, as an independent tool reads them."""
    found = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own file
    return [(text.text, text.get("x"), text.get("y"), text.get("transform"), text.get("style")) for text in found]


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text or "")]


def test_slim_moves_nothing_by_more_than_the_eye_can_see(drawn):
    (steps, places), (own_steps, own_places) = drawn_paths(drawn), drawn_paths(slim(drawn))
    assert steps == own_steps
    assert len(places) > 40
    assert max(math.dist(old, new) for old, new in zip(places, own_places, strict=True)) < 0.01  # points
    assert len(slim(drawn)) < 0.8 * len(drawn)


def test_slim_keeps_the_words_where_they_were(drawn):
    before, after = texts(drawn), texts(slim(drawn))
    assert [text[0] for text in before] == [text[0] for text in after]
    assert set(WORDS) <= {text[0] for text in after}
    for old, new in zip(before, after, strict=True):
        flat = old[3].startswith("rotate(-0 ")  # no turn at all: it need not be said
        for one, two in zip(old[1:4], (*new[1:3], old[3] if flat else new[3]), strict=True):
            assert numbers(one) == pytest.approx(numbers(two), abs=0.006), old
        usual = {"font-family: 'DejaVu Sans'", "text-anchor: start"}
        assert set(old[4].split("; ")) - usual == set(new[4].split("; "))
    assert 'xml:space="preserve"' in slim(drawn)
    assert slim(drawn).startswith(drawn[: drawn.index("<svg")])
    assert '<svg font-family="DejaVu Sans, Verdana' in slim(drawn)
