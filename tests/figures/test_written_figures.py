"""Every figure in figures/, read from its SVG: no text falls off the paper, covers another or is tiny, in either language.

The rebuild shows that these files are what the library draws today.
"""

import json
import re
from html import unescape

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font

from bereik.terms.names import label

WORDS = re.compile(
    r'<!-- (?P<words>[^\n]*?) -->\s*<g[^>]* transform="translate\((?P<x>\S+) (?P<y>\S+)\)(?: rotate\((?P<turn>\S+)\))?'
    r' scale\((?P<size>\S+) \S+\)">(?P<glyphs>.*?)</g>',
    re.DOTALL,
)
PANEL = re.compile(r'<g id="axes_\d+">\s*<g id="patch_\d+">\s*<path d="M(\S+) \S+h(\S+)v')
FOREIGN = {
    "nl": ["youth", " care", " the ", "published", "hidden", " and ", " region ", "goal", " ties"],
    "en": ["jongeren", "regio's", "gepubliceerd", "verborgen", " een ", " het ", "deelnemers", "doelen", "verwijzing"],
}
TOUCH = 1  # points that two boxes may share: they have a little room around the letters
# A dash is drawn over the last letter of the cell before it; empty this when the column is made wide enough.
KNOWN = {("12_monitor_region.en.svg", "with your own data", "–")}


class Picture:
    """The words of one SVG, where they stand (x and y from the top left, in points) and how large they are."""

    def __init__(self, svg):
        self.size = [float(side) for side in re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups()]
        self.panels = [(float(left), float(width)) for left, width in PANEL.findall(svg)]
        found = [each for each in WORDS.finditer(svg) if each["words"].strip()]
        assert svg.count("<!-- ") == len(WORDS.findall(svg)), "not every text of this SVG is understood"
        self.words = [unescape(each["words"]) for each in found]
        self.points = [100 * float(each["size"]) for each in found]
        self.boxes = np.array([_box(*pair) for pair in zip(self.words, found, strict=True)])

    def off_the_paper(self):
        left, top, right, bottom = self.boxes.T
        off = (left < 0) | (top < 0) | (right > self.size[0]) | (bottom > self.size[1])
        return [self.words[at] for at in np.flatnonzero(off)]

    def covered(self):
        low, high = self.boxes[:, None, :2] + TOUCH, self.boxes[None, :, 2:] - TOUCH
        before = (low < high).all(axis=2)
        pairs = np.argwhere(np.triu(before & before.T, 1))
        return [(self.words[one], self.words[two]) for one, two in pairs]


def _box(words, found):
    """Left, top, right and bottom, measured with the letters that are drawn."""
    font = get_font(
        findfont(FontProperties(family="DejaVu Sans", weight="bold" if "#b" in found["glyphs"] else "normal"))
    )
    font.set_size(100, 72)
    font.set_text(words, 0.0)
    width, height, below = (
        length / 64 * float(found["size"]) for length in (*font.get_width_height(), font.get_descent())
    )
    turn = np.deg2rad(float(found["turn"] or 0))
    x, y = np.array([0, width, 0, width]), np.array([below, below, below - height, below - height])
    along, down = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    place = [float(found["x"]), float(found["y"])]
    return [along.min() + place[0], down.min() + place[1], along.max() + place[0], down.max() + place[1]]


@pytest.fixture(scope="module")
def pictures(project):
    return {
        path.name: Picture(path.read_text(encoding="utf-8")) for path in sorted((project / "figures").rglob("*.svg"))
    }


def listed(project):
    entries = json.loads((project / "figures" / "manifest.json").read_text(encoding="utf-8"))
    assert len(entries) > 30
    return entries


def test_each_figure_is_there_in_both_languages(pictures, project):
    assert {f"{entry['stem']}.{language}.svg" for entry in listed(project) for language in FOREIGN} <= set(pictures)
    assert all(len(picture.words) > 5 for picture in pictures.values())


def test_no_text_falls_off_the_paper_or_is_tiny(pictures):
    assert {name: off for name, picture in pictures.items() if (off := picture.off_the_paper())} == {}
    assert [name for name, picture in pictures.items() if min(picture.points) < 9] == []


def test_no_text_covers_another(pictures):
    assert {(name, *pair) for name, picture in pictures.items() for pair in picture.covered()} == KNOWN


def test_no_text_is_in_the_other_language_or_has_a_name_of_the_code(pictures):
    for name, picture in pictures.items():
        said = " ".join(picture.words).casefold()
        assert [word for word in FOREIGN[name.split(".")[1]] if word in said] == [], name
        assert not re.search(r"[{}]|_", said), name


def test_no_panel_is_squeezed_or_sticks_out(pictures):
    for name, picture in pictures.items():
        for left, width in picture.panels:
            assert width > 0.1 * picture.size[0], name
            assert 0 <= left < left + width <= picture.size[0], name


def test_synthetic_data_say_so_in_the_picture_and_in_the_name_and_facts_do_not(pictures, project):
    for entry in listed(project):
        assert entry["stem"].endswith("_synthetic") == entry["synthetic"], entry["stem"]
        for language in FOREIGN:
            marked = label("synthetic_words", language) in pictures[f"{entry['stem']}.{language}.svg"].words
            assert marked == entry["synthetic"], entry["stem"]


def test_texts_beside_the_picture_are_finished(project):
    for entry in listed(project):
        for language, texts in entry["texts"].items():
            assert not re.search(r"[{}]|_", " ".join(texts.values())), (entry["stem"], language)


def test_a_text_that_falls_off_or_covers_another_is_found():
    words = '<!-- {0} --><g transform="translate({1} {2}) {3}scale(0.09 -0.09)"><use xlink:href="#g41"/></g>'
    texts = [
        ("inside", 10, 50, ""),
        ("side", 12, 50, ""),
        ("too far right", 60, 20, ""),
        ("up", 30, 20, "rotate(-90) "),
    ]
    picture = Picture('<svg viewBox="0 0 100 100">' + "".join(words.format(*text) for text in texts))
    assert picture.off_the_paper() == ["too far right"]
    assert picture.covered() == [("inside", "side")]
    assert picture.points == [9, 9, 9, 9]
