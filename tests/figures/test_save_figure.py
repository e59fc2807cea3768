"""The only writer of a figure: everything is written, the same bytes every time, or nothing."""

import base64
import hashlib
import json
import struct
from itertools import pairwise

import matplotlib
import pandas as pd
import pytest

from bereik.errors import BereikError, FigureError, IncomparableError, MissingColumnError, UnknownNameError
from bereik.plot.frame import add_frame
from bereik.plot.style import COLOURS, new_figure, style
from bereik.plot.write import save_figure

STEM = "02_small_example"
DATA = pd.DataFrame(
    {
        "origin": ["nederlands", "westers"],
        "value": [8.34, None],
        "synthetic": False,
        "source": ["table B; table A", "table A"],
    }
)
TEXTS = {
    language: {
        "title": f"{word} met een $-teken en een lange zin die over meer dan een regel loopt, omdat een titel een vondst is",
        "subtitle": f"{word}: wat, waar en wanneer, met genoeg woorden om over een tweede regel te lopen, per 100 jongeren, 2017",
        "source": f"{word}: CBS StatLine",
        "alt": f"{word}: een staafgrafiek met twee staven; de eerste is 8,34 hoog en de tweede is niet gepubliceerd.",
    }
    for language, word in (("nl", "Bron"), ("en", "Source"))
}
FILES = {f"{STEM}.{ending}" for ending in ("nl.svg", "nl.png", "en.svg", "en.png", "csv", "xlsx", "json")}


def draw(data, language):
    figure = new_figure(3)
    axes = figure.subplots()
    axes.bar([0, 1], data["value"])
    axes.set_xlabel(language)
    return figure


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BEREIK_OUTPUT", str(tmp_path))
    (tmp_path / "figures").mkdir()
    return tmp_path / "figures"


def changed(language="nl", **texts):
    return {**TEXTS, language: {**TEXTS[language], **texts}}


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_both_languages_the_numbers_and_the_texts_are_written(folder):
    saved = save_figure(STEM, draw, DATA, texts=TEXTS)
    assert {path.name for path in folder.iterdir()} == FILES == set(saved.files)
    about = json.loads((folder / f"{STEM}.json").read_text(encoding="utf-8"))
    assert list(about) == sorted(about)
    assert base64.b64decode(saved._repr_mimebundle_()[0]["image/png"]).startswith(b"\x89PNG")
    assert about == {
        "stem": STEM, "notebook": "02", "synthetic": False, "sources": ["table A", "table B"], "texts": TEXTS,
        "files": sorted(FILES),
    }  # fmt: skip
    assert (folder / f"{STEM}.csv").read_text(encoding="utf-8") == (
        "origin,value,synthetic,source\nnederlands,8.34,False,table B; table A\nwesters,,False,table A\n"
    )
    assert (folder / f"{STEM}.nl.svg").read_bytes() != (folder / f"{STEM}.en.svg").read_bytes()
    assert all(path.stat().st_size < 400_000 for path in folder.iterdir())


def test_two_saves_are_byte_identical_whatever_the_readers_own_settings(folder):
    save_figure(STEM, draw, DATA, texts=TEXTS)
    first = hashes(folder)
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "savefig.bbox": "tight"}):
        save_figure(STEM, draw, DATA, texts=TEXTS)
    assert hashes(folder) == first
    svg = (folder / f"{STEM}.nl.svg").read_text(encoding="utf-8")
    assert "<dc:date>" not in svg
    assert b"Software" not in (folder / f"{STEM}.nl.png").read_bytes()
    assert TEXTS["nl"]["alt"] in svg


def test_the_drawing_cannot_change_the_data():
    def careless(data, language):
        data["value"] = 0
        return draw(data, language)

    before = DATA.copy()
    save_figure(STEM, careless, DATA, texts=TEXTS)
    pd.testing.assert_frame_equal(DATA, before)


def test_a_notebook_shows_the_picture_and_its_text_without_a_path(folder):
    saved = save_figure(STEM, draw, DATA, texts=TEXTS, language="nl")
    shown, metadata = saved._repr_mimebundle_()
    assert shown["text/plain"].startswith(TEXTS["nl"]["title"])
    assert TEXTS["nl"]["alt"] in shown["text/plain"]
    assert str(folder) not in shown["text/plain"] + repr(saved)
    assert metadata == {"image/png": {"alt": TEXTS["nl"]["alt"]}}
    picture = base64.b64decode(shown["image/png"])
    assert picture.startswith(b"\x89PNG")
    width = struct.unpack(">I", picture[16:20])[0]
    stored = struct.unpack(">I", (folder / f"{STEM}.nl.png").read_bytes()[16:20])[0]
    assert (width, stored) == (1000, 2000)  # 10 inches at 100 and at 200 dots an inch


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"nl": TEXTS["nl"]}, "No title in the language en"),
        ({}, "No title in the language nl"),
        (changed("en", source=" "), "No source in the language en"),
        (changed("nl", alt=None), "No alt in the language nl"),
        (changed("nl", alt="Een staafgrafiek."), "has 17 characters"),
        (changed("nl", alt=TEXTS["nl"]["title"] + "."), "is the title again"),
        (
            changed("nl", alt=f"{STEM}.nl.png, een figuur bij het tweede notebook van deze verzameling."),
            "name of the file",
        ),
        (changed("nl", subtitle="Weinig allochtonen."), "'allochtonen'"),
        (
            changed("en", alt="A chart of native youths and others, with two bars that show how many are in care."),
            "'native'",
        ),
    ],
)
def test_a_missing_text_or_a_refused_word_writes_nothing(folder, texts, message):
    with pytest.raises(FigureError, match=message):
        save_figure(STEM, draw, DATA, texts=texts)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "stem", ["ratio", "2_ratio", "02", "02_Ratio", "02-ratio", "../02_ratio", "02_ratio.png", "02_"]
)
def test_a_stem_that_is_no_stem_is_refused(folder, stem):
    with pytest.raises(FigureError, match="two digits of the notebook"):
        save_figure(stem, draw, DATA, texts=TEXTS)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (None, FigureError, "No data"),
        (DATA.iloc[:0], FigureError, "No data"),
        (DATA.drop(columns="synthetic"), MissingColumnError, "'synthetic'"),
        (DATA.assign(synthetic=[True, False]), IncomparableError, "mixes synthetic"),
        (DATA.assign(synthetic="no"), FigureError, "'no'"),
        (DATA.assign(source=["table A", None]), FigureError, "Rows without a source: row 1"),
    ],
)
def test_data_that_cannot_be_trusted_are_refused(folder, data, error, message):
    with pytest.raises(error, match=f"(?i){message}"):
        save_figure(STEM, draw, data, texts=TEXTS)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_numbers_with_an_interval_need_texts_that_name_it(folder, language):
    named = {
        "nl": {**TEXTS["nl"], "source": "Bron: CBS StatLine. Lijntjes: 95%-interval (toeval)."},
        "en": {**TEXTS["en"], "source": "Source: CBS StatLine. Lines: 95% intervals (chance)."},
    }
    wide = DATA.assign(lower=[7.9, None], upper=[8.8, None])
    with pytest.raises(FigureError, match=rf"No note on uncertainty .*\({language}\) of {STEM}"):
        save_figure(STEM, draw, wide, texts={**named, language: TEXTS[language]})
    assert list(folder.iterdir()) == []
    save_figure(STEM, draw, wide, texts=named)
    save_figure("02_without_interval", draw, wide.assign(lower=None, upper=None), texts=TEXTS)


def test_real_data_may_not_be_called_synthetic():
    with pytest.raises(FigureError, match="never otherwise"):
        save_figure("02_synthetic_example", draw, DATA, texts=TEXTS)


def test_when_drawing_fails_nothing_is_written_and_an_older_figure_stays(folder):
    save_figure(STEM, draw, DATA, texts=TEXTS)
    before = hashes(folder)

    def fails_in_english(data, language):
        if language == "en":
            raise BereikError("a fault", "none", "repair it")
        return draw(data.assign(value=1.0), language)

    with pytest.raises(BereikError, match="A fault"):
        save_figure(STEM, fails_in_english, DATA.assign(value=1.0), texts=TEXTS)
    assert hashes(folder) == before
    with pytest.raises(FigureError, match="NoneType from the function"):
        save_figure(STEM, lambda data, language: None, DATA, texts=TEXTS)
    assert hashes(folder) == before


def test_another_language_is_refused():
    with pytest.raises(UnknownNameError, match="'de'"):
        save_figure(STEM, draw, DATA, texts=TEXTS, language="de")


def test_synthetic_data_are_marked_in_the_picture_and_in_the_list(folder, monkeypatch):
    drawn = []

    def spy(figure, texts, *, warning=""):
        drawn.append(warning)
        add_frame(figure, texts, warning=warning)
        assert warning in {text.get_text() for text in figure.texts}

    monkeypatch.setattr("bereik.plot.write.add_frame", spy)
    save_figure("02_example", draw, DATA.assign(synthetic=True), texts=TEXTS)
    assert drawn == ["SYNTHETISCHE VOORBEELDDATA", "SYNTHETIC EXAMPLE DATA"]
    assert json.loads((folder / "02_example_synthetic.json").read_text(encoding="utf-8"))["synthetic"] is True


@pytest.mark.parametrize("warning", ["", "SYNTHETIC EXAMPLE DATA"])
def test_the_texts_are_whole_inside_the_frame_and_above_each_other(warning):
    with style():
        figure = draw(DATA, "nl")
        add_frame(figure, {**TEXTS["nl"], "title": TEXTS["nl"]["title"] * 3}, warning=warning)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.texts]
        axes = figure.axes[0].get_tightbbox()
    assert all(
        box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 and box.y1 <= figure.bbox.height for box in boxes
    )
    down = [*boxes[:-1], axes, boxes[-1]]
    assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(down))
    assert axes.height > 250  # 3 inches at 100 dots an inch, less the padding: the drawing keeps its size


def test_the_words_in_the_picture_have_enough_contrast():
    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in matplotlib.colors.to_rgb(colour)]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    def contrast(colour, background):
        light, dark = sorted([luminance(colour), luminance(background)], reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast("#767676", "white") == pytest.approx(
        4.54, abs=0.005
    )  # WCAG 2.1: the lightest grey on white that passes
    for words, background in [
        ("text", "white"), ("quiet_text", "white"), ("focus_text", "white"), ("text", COLOURS["warning"]),
        ("focus_text", COLOURS["band"]),
    ]:  # fmt: skip
        assert contrast(COLOURS[words], background) >= 4.5, (words, background)


def test_nothing_is_set_outside_the_style():
    before = dict(matplotlib.rcParams)
    with style():
        assert matplotlib.rcParams["svg.hashsalt"] == "bereik"
    assert dict(matplotlib.rcParams) == before
