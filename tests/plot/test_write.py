"""The only writer of a figure: everything is written, the same bytes every time, or nothing."""

import base64
import hashlib
import io
import json
from itertools import pairwise

import matplotlib
import pandas as pd
import pytest
from PIL import Image

from bereik.errors import BereikError, FigureError, IncomparableError, MissingColumnError, UnknownNameError
from bereik.plot.frame import add_frame
from bereik.plot.style import COLOURS, new_figure, style
from bereik.plot.write import write_figure
from bereik.texts.words import entries

KEY, FILE = "02_small_example", "klein-voorbeeld"
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
FILES = {
    "nl.svg": "nl/02_klein-voorbeeld.svg", "nl.png": "nl/02_klein-voorbeeld.png", "en.svg": f"en/{KEY}.svg",
    "en.png": f"en/{KEY}.png", "csv": f"data/{KEY}.csv", "xlsx": f"data/{KEY}.xlsx", "json": f"data/{KEY}.json",
}  # fmt: skip


def draw(data, language):
    figure = new_figure()
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
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_both_languages_the_numbers_and_the_texts_are_written(folder):
    saved = write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE)
    assert set(hashes(folder)) == set(FILES.values()) == set(saved.files)
    about = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    assert list(about) == sorted(about)
    assert base64.b64decode(saved._repr_mimebundle_()[0]["image/png"]).startswith(b"\x89PNG")
    assert about == {
        "stem": KEY, "notebook": "02", "synthetic": False, "sources": ["table A", "table B"], "texts": TEXTS, "files": FILES,
    }  # fmt: skip
    assert (folder / FILES["csv"]).read_text(encoding="utf-8") == (
        "origin,value,synthetic,source\nnederlands,8.34,False,table B; table A\nwesters,,False,table A\n"
    )
    assert (folder / FILES["nl.svg"]).read_bytes() != (folder / FILES["en.svg"]).read_bytes()
    assert all((folder / name).stat().st_size < 60_000 for name in FILES.values())


def test_two_saves_are_byte_identical_whatever_the_readers_own_settings(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS)
    first = hashes(folder)
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "savefig.bbox": "tight"}):
        write_figure(KEY, draw, DATA, texts=TEXTS)
    assert hashes(folder) == first
    svg = (folder / f"nl/{KEY}.svg").read_text(encoding="utf-8")  # no Dutch name was given
    assert "<dc:date>" not in svg
    assert TEXTS["nl"]["alt"] in svg


def test_a_picture_is_a_slide_in_few_colours_that_says_what_it_shows(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE)
    picture = Image.open(io.BytesIO((folder / FILES["nl.png"]).read_bytes()))
    assert picture.size == (1920, 1080)
    assert {name: picture.text[name] for name in ("Title", "Description", "Source")} == {
        "Title": TEXTS["nl"]["title"], "Description": TEXTS["nl"]["alt"], "Source": TEXTS["nl"]["source"],
    }  # fmt: skip
    assert "Software" not in picture.text
    colours = {colour for _, colour in picture.convert("RGB").getcolors()}
    assert len(colours) <= 128
    assert (255, 255, 255) in colours  # white stays white
    drawn = tuple(round(255 * part) for part in matplotlib.colors.to_rgb(COLOURS["text"]))
    assert min(max(abs(a - b) for a, b in zip(colour, drawn, strict=True)) for colour in colours) < 6


def test_the_drawing_cannot_change_the_data():
    def careless(data, language):
        data["value"] = 0
        return draw(data, language)

    before = DATA.copy()
    write_figure(KEY, careless, DATA, texts=TEXTS)
    pd.testing.assert_frame_equal(DATA, before)


def test_a_notebook_shows_the_picture_and_its_text_without_a_path(folder):
    saved = write_figure(KEY, draw, DATA, texts=TEXTS, language="nl")
    shown, metadata = saved._repr_mimebundle_()
    assert shown["text/plain"].startswith(TEXTS["nl"]["title"])
    assert f"nl/{KEY}.png" in shown["text/plain"]
    assert TEXTS["nl"]["alt"] in shown["text/plain"]
    assert str(folder) not in shown["text/plain"] + repr(saved)
    assert metadata == {"image/png": {"alt": TEXTS["nl"]["alt"]}}
    picture = base64.b64decode(shown["image/png"])
    assert picture.startswith(b"\x89PNG")
    assert Image.open(io.BytesIO(picture)).size == (960, 540)


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
            changed("nl", alt=f"{KEY}.nl.png, een figuur bij het tweede notebook van deze verzameling."),
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
        write_figure(KEY, draw, DATA, texts=texts)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "file"),
    [(key, "") for key in ("ratio", "2_ratio", "02", "02_Ratio", "02-ratio", "../02_ratio", "02_ratio.png", "02_")]
    + [(KEY, file) for file in ("Naam", "../naam", "naam.png", "twee_woorden", "-naam")]
    + [("02_synthetic_example", ""), (KEY, "verzonnen-voorbeeld")],  # real data may not be called so
)
def test_a_name_that_is_no_name_is_refused(folder, key, file):
    with pytest.raises(FigureError, match="two digits of the notebook.*and never otherwise"):
        write_figure(key, draw, DATA, texts=TEXTS, file=file)
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
        write_figure(KEY, draw, data, texts=TEXTS)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_numbers_with_an_interval_need_texts_that_name_it(folder, language):
    named = {
        "nl": {**TEXTS["nl"], "source": "Bron: CBS StatLine. Lijntjes: 95%-interval (toeval)."},
        "en": {**TEXTS["en"], "source": "Source: CBS StatLine. Lines: 95% intervals (chance)."},
    }
    wide = DATA.assign(lower=[7.9, None], upper=[8.8, None])
    with pytest.raises(FigureError, match=rf"No note on uncertainty .*\({language}\) of {KEY}"):
        write_figure(KEY, draw, wide, texts={**named, language: TEXTS[language]})
    assert list(folder.iterdir()) == []
    write_figure(KEY, draw, wide, texts=named)
    write_figure("02_without_interval", draw, wide.assign(lower=None, upper=None), texts=TEXTS)


def test_when_drawing_fails_nothing_is_written_and_an_older_figure_stays(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS)
    before = hashes(folder)

    def fails_in_english(data, language):
        if language == "en":
            raise BereikError("a fault", "none", "repair it")
        return draw(data.assign(value=1.0), language)

    with pytest.raises(BereikError, match="A fault"):
        write_figure(KEY, fails_in_english, DATA.assign(value=1.0), texts=TEXTS)
    assert hashes(folder) == before
    with pytest.raises(FigureError, match="NoneType from the function"):
        write_figure(KEY, lambda data, language: None, DATA, texts=TEXTS)
    assert hashes(folder) == before


def test_another_language_is_refused():
    with pytest.raises(UnknownNameError, match="'de'"):
        write_figure(KEY, draw, DATA, texts=TEXTS, language="de")


def test_made_up_data_say_so_in_the_picture_in_the_names_and_in_the_list(folder):
    write_figure("02_example", draw, DATA.assign(synthetic=True), texts=TEXTS, file="voorbeeld")
    about = json.loads((folder / "data" / "02_example_synthetic.json").read_text(encoding="utf-8"))
    assert about["synthetic"] is True
    assert about["files"]["nl.png"] == "nl/02_voorbeeld_verzonnen.png"
    assert about["files"]["en.svg"] == "en/02_example_synthetic.svg"
    for language, words in (("nl", "VERZONNEN CIJFERS"), ("en", "MADE-UP FIGURES")):
        assert f">{words}</text>" in (folder / about["files"][f"{language}.svg"]).read_text(encoding="utf-8")


def test_where_the_numbers_are_hidden_title_and_description_may_be_the_same_words(folder):
    said = changed(alt="Dit cijfer is niet gepubliceerd.", title="Dit cijfer is niet gepubliceerd.")
    write_figure(KEY, draw, DATA.assign(status=["not_published", "shown"]), texts=said)
    with pytest.raises(FigureError, match="is the title again"):
        write_figure(KEY, draw, DATA.assign(status="shown"), texts=said)


def test_the_texts_are_whole_inside_the_frame_and_above_each_other():
    with style():
        figure = draw(DATA, "nl")
        add_frame(figure, TEXTS["nl"])
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.texts]
        axes = figure.axes[0].get_tightbbox()
    assert all(
        box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 and box.y1 <= figure.bbox.height for box in boxes
    )
    down = [*boxes[:-1], axes, boxes[-1]]
    assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(down))
    assert axes.height > 400  # of 750: the drawing has more than half of the slide


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
        ("text", "white"), ("quiet_text", "white"), ("focus_text", "white"), ("focus_text", COLOURS["band"]),
    ]:  # fmt: skip
        assert contrast(COLOURS[words], background) >= 4.5, (words, background)


def test_nothing_is_set_outside_the_style():
    before = dict(matplotlib.rcParams)
    with style():
        assert matplotlib.rcParams["svg.hashsalt"] == "bereik"
    assert dict(matplotlib.rcParams) == before


def test_every_figure_of_the_texts_has_a_dutch_name_of_its_own():
    named = {key: f"{key[:2]}_{entry['file']}" for key, entry in entries()["figure"].items()}
    assert len(named) == len(set(named.values())) > 20
    assert not set(named) & set(named.values())
