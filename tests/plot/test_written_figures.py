"""Every figure in figures/, read from its SVG: no text falls off the paper, covers another or is tiny, in either language.

The rebuild shows that these files are what the library draws today.
"""

import json
import re
from html import unescape

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont, get_font

from bereik.codelists.names import label

TEXT = re.compile(
    r'<text style="(?P<style>[^"]*)"(?: x="(?P<x>\S+)" y="(?P<y>\S+)")?(?: transform="(?P<moved>[^"]*)")?>(?P<words>[^<]*)</text>'
)
PANEL = re.compile(r'<g id="axes_\d+">\s*<g id="patch_\d+">\s*<path d="M(\S+) \S+h(\S+)v')
FOREIGN = {
    "nl": ["youth", " care", " the ", "published", "hidden", " and ", " region ", "goal", " ties"],
    "en": ["jongeren", "regio's", "gepubliceerd", "verborgen", " een ", " het ", "deelnemers", "doelen", "verwijzing"],
}
TOUCH = 1  # points that two boxes may share: they have a little room around the letters
ACROSS = {label("synthetic_words", language) for language in FOREIGN}  # the only words that may lie over others


class Picture:
    """The words of one SVG, where they stand (x and y from the top left, in points) and how large they are."""

    def __init__(self, svg):
        self.size = [float(side) for side in re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups()]
        self.panels = [(float(left), float(width)) for left, width in PANEL.findall(svg)]
        found = [each for each in TEXT.finditer(svg) if each["words"].strip()]
        assert svg.count("<text") == len(TEXT.findall(svg)), "not every text of this SVG is understood"
        self.words = [unescape(each["words"]) for each in found]
        self.points = [_size(each) for each in found]
        self.boxes = np.array([_box(*pair) for pair in zip(self.words, found, strict=True)])

    def off_the_paper(self):
        left, top, right, bottom = self.boxes.T
        off = (left < 0) | (top < 0) | (right > self.size[0]) | (bottom > self.size[1])
        return [self.words[at] for at in np.flatnonzero(off)]

    def covered(self):
        low, high = self.boxes[:, None, :2] + TOUCH, self.boxes[None, :, 2:] - TOUCH
        before = (low < high).all(axis=2)
        pairs = [(self.words[one], self.words[two]) for one, two in np.argwhere(np.triu(before & before.T, 1))]
        return [pair for pair in pairs if not ACROSS & set(pair)]


def _size(found):
    return float(re.search(r"font-size: (\S+)px", found["style"])[1])


def _box(words, found):
    """Left, top, right and bottom, measured with the letters that are drawn."""
    weight = "bold" if "font-weight: 700" in found["style"] else "normal"
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    font.set_text(words, 0.0)
    width, height, below = (length / 6400 * _size(found) for length in (*font.get_width_height(), font.get_descent()))
    moves = dict(re.findall(r"(translate|rotate)\(([^)]*)\)", found["moved"] or ""))
    turn = np.deg2rad(float(moves.get("rotate", "0").split()[0]))
    place = [float(part) for part in (moves["translate"].split() if "translate" in moves else (found["x"], found["y"]))]
    start = -width * {"middle": 0.5, "end": 1.0}.get((re.findall(r"anchor: (\w+)", found["style"]) or [""])[0], 0.0)
    x, y = np.array([0, width, 0, width]) + start, np.array([below, below, below - height, below - height])
    along, down = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    return [along.min() + place[0], down.min() + place[1], along.max() + place[0], down.max() + place[1]]


@pytest.fixture(scope="module")
def pictures(project):
    return {
        path.relative_to(project / "figures").as_posix(): Picture(path.read_text(encoding="utf-8"))
        for path in sorted((project / "figures").rglob("*.svg"))
    }


def listed(project):
    entries = json.loads((project / "figures" / "data" / "manifest.json").read_text(encoding="utf-8"))
    assert len(entries) > 20
    return entries


def test_each_figure_is_there_in_both_languages(pictures, project):
    kinds = [f"{language}.{kind}" for language in FOREIGN for kind in ("svg", "narrow")]
    shown = {kind: {entry["files"][kind] for entry in listed(project)} for kind in kinds}
    assert set.union(*shown.values()) <= set(pictures)
    for kind, names in shown.items():  # in points; on a telephone of 360 pixels a narrow one is 320 wide
        assert {pictures[name].size[0] for name in names} == {320 if kind.endswith("narrow") else 960}, kind
    assert all(len(picture.words) > 5 for picture in pictures.values())


def test_no_text_falls_off_the_paper_or_is_tiny(pictures):
    assert {name: off for name, picture in pictures.items() if (off := picture.off_the_paper())} == {}
    assert [name for name, picture in pictures.items() if min(picture.points) < 12] == []


def test_no_text_covers_another(pictures):
    assert {(name, *pair) for name, picture in pictures.items() for pair in picture.covered()} == set()


def test_no_text_is_in_the_other_language_or_has_a_name_of_the_code(pictures):
    for name, picture in pictures.items():
        said = " ".join(picture.words).casefold()
        language = name[:2] if name[2] == "/" else name.split(".")[1]  # nl/NAME.svg, places/NAME.nl.svg
        assert [word for word in FOREIGN[language] if word in said] == [], name
        assert not re.search(r"[{}]|_", said), name


def test_no_panel_is_squeezed_or_sticks_out(pictures):
    for name, picture in pictures.items():
        for left, width in picture.panels:
            assert width > 0.1 * picture.size[0], name
            assert 0 <= left < left + width <= picture.size[0], name


def test_synthetic_data_say_so_in_the_picture_and_in_the_name_and_facts_do_not(pictures, project):
    for entry in listed(project):
        for kind, name in entry["files"].items():
            assert name.split(".")[0].endswith(("_synthetic", "_verzonnen")) == entry["synthetic"], name
            marked = name.endswith(".svg") and label("synthetic_words", kind[:2]) in pictures[name].words
            assert marked == (entry["synthetic"] and name.endswith(".svg")), name
