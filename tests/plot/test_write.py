"""The only writer of a figure: everything is written, the same bytes every time, or nothing."""

import base64
import io
import json
import re
from html import unescape

import matplotlib
import pandas as pd
import pytest
from PIL import Image

import bereik
from bereik.errors import BereikError, FigureError
from bereik.plot.style import COLOURS, new_figure
from bereik.plot.write import write_figure

KEY, FILE = "02_small_example", "klein-voorbeeld"
SOURCES = ["table B; table A", "table A"]
DATA = pd.DataFrame({"origin": ["nederlands", "westers"], "value": [8.34, None], "synthetic": False, "source": SOURCES})
TEXTS = {
    language: {
        "title": f"{word} met een $-teken en een lange zin die over meer dan een regel loopt, omdat een titel een vondst is",
        "subtitle": f"{word}: wat, waar en wanneer, met genoeg woorden om over een tweede regel te lopen, per 100 jongeren, 2017",
        "source": f"{word}: CBS StatLine",
        "alt": f"{word}: een staafgrafiek met twee staven; de eerste is 8,34 hoog en de tweede is niet gepubliceerd.",
    }
    for language, word in (("nl", "Bron"), ("en", "Source"))
}
FILES = {f"nl.{kind}": f"nl/02_{FILE}.{kind}" for kind in ("svg", "png")}
FILES |= {f"en.{kind}": f"en/{KEY}.{kind}" for kind in ("svg", "png")}
FILES |= {kind: f"data/{KEY}.{kind}" for kind in ("csv", "xlsx", "json")}


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


def written(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_both_languages_the_numbers_and_the_texts_are_written(folder):
    saved = write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE)
    assert set(written(folder)) == set(FILES.values()) == set(saved.files)
    about = json.loads((folder / FILES["json"]).read_text(encoding="utf-8"))
    assert list(about) == sorted(about)
    html = saved._repr_mimebundle_()["text/html"]
    picture, alt = re.match(r'<figure><img src="data:image/png;base64,(.*?)" alt="(.*?)">', html).groups()
    assert (base64.b64decode(picture)[:4], unescape(alt)) == (b"\x89PNG", TEXTS["en"]["alt"])
    said = {"stem": KEY, "notebook": "02", "synthetic": False, "sources": ["table A", "table B"]}
    signed = {"nl": f"Bron: CBS StatLine. 02 {FILE}", "en": f"Source: CBS StatLine. {KEY.replace('_', ' ')}"}
    signed = {code: {"source": f"{words}, bereik {bereik.__version__}."} for code, words in signed.items()}
    assert about == said | {"texts": {code: TEXTS[code] | signed[code] for code in signed}, "files": FILES}
    assert (folder / FILES["csv"]).read_text(encoding="utf-8") == (
        "origin,value,synthetic,source\nnederlands,8.34,False,table B; table A\nwesters,,False,table A\n"
    )
    assert (folder / FILES["nl.svg"]).read_bytes() != (folder / FILES["en.svg"]).read_bytes()
    assert all((folder / name).stat().st_size < 60_000 for name in FILES.values())


def test_a_narrow_picture_is_one_more_and_the_others_stay_as_they_are(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE)
    before = written(folder)
    saved = write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE, also_narrow=True)
    assert set(saved.files) - set(before) == {f"nl/02_{FILE}.smal.svg", f"en/{KEY}.narrow.svg"}
    assert {name for name in before if written(folder)[name] != before[name]} == {FILES["json"]}


def test_two_saves_are_byte_identical_whatever_the_readers_own_settings(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS)
    first = written(folder)
    with matplotlib.rc_context({"font.size": 20, "svg.hashsalt": "other", "savefig.bbox": "tight"}):
        write_figure(KEY, draw, DATA, texts=TEXTS)
    assert written(folder) == first
    svg = (folder / f"nl/{KEY}.svg").read_text(encoding="utf-8")  # no Dutch name was given
    assert "<dc:date>" not in svg
    assert TEXTS["nl"]["alt"] in svg


def test_a_picture_is_a_slide_in_few_colours_that_says_what_it_shows(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS, file=FILE)
    picture = Image.open(io.BytesIO((folder / FILES["nl.png"]).read_bytes()))
    assert picture.size == (1920, 1080)
    *same, source = picture.text.values()
    assert (same, source[:18]) == ([TEXTS["nl"]["title"], TEXTS["nl"]["alt"]], TEXTS["nl"]["source"])
    colours = {colour for _, colour in picture.convert("RGB").getcolors()}
    assert len(colours) <= 128
    assert (255, 255, 255) in colours  # white stays white
    drawn = tuple(round(255 * part) for part in matplotlib.colors.to_rgb(COLOURS["text"]))
    assert min(max(abs(a - b) for a, b in zip(colour, drawn, strict=True)) for colour in colours) < 6


KEYS = ["ratio", "2_ratio", "02", "02_Ratio", "02-ratio", "../02_ratio", "02_ratio.png", "02_synthetic_example"]
DUTCH = ["Naam", "../naam", "naam.png", "twee_woorden", "-naam", "verzonnen-voorbeeld"]  # these are no made-up data
NAMES = [*({"key": key} for key in KEYS), *({"file": file} for file in DUTCH)]
REFUSED = [
    ({"texts": {"nl": TEXTS["nl"]}}, "No title in the language en"),
    ({"texts": changed("en", source=" ")}, "No source in the language en"),
    ({"texts": changed("nl", alt=None)}, "No alt in the language nl"),
    ({"texts": changed("nl", alt="Een staafgrafiek.")}, "has 17 characters"),
    ({"texts": changed("nl", alt=TEXTS["nl"]["title"] + ".")}, "is the title again"),
    ({"texts": changed("nl", alt=f"{KEY}.nl.png, de eerste figuur bij het tweede notebook.")}, "name of the file"),
    ({"texts": changed("nl", subtitle="Weinig allochtonen.")}, "'allochtonen'"),
    *[(name, "two digits of the notebook.*and never otherwise") for name in NAMES],
    *[({"data": data}, "No data") for data in (None, DATA.iloc[:0])],
    ({"data": DATA.drop(columns="synthetic")}, "'synthetic'"),
    ({"data": DATA.assign(synthetic=[True, False])}, "mixes synthetic"),
    ({"data": DATA.assign(synthetic="no")}, "'no'"),
    ({"data": DATA.assign(source=["table A", None])}, "source nan. Expected: a `source`"),
    ({"data": DATA.assign(lower=[7.9, None])}, rf"No note on uncertainty .*\(nl\) of {KEY}"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_texts_names_and_data_that_cannot_be_trusted_write_nothing(folder, given, message):
    usual = {"key": KEY, "draw": draw, "data": DATA, "texts": TEXTS}
    with pytest.raises(BereikError, match=f"(?i){message}"):
        write_figure(**usual | given)
    assert list(folder.iterdir()) == []


def test_when_drawing_fails_nothing_is_written_and_an_older_figure_stays(folder):
    write_figure(KEY, draw, DATA, texts=TEXTS)
    before = written(folder)

    def fails_in_english(data, language):
        if language == "en":
            raise BereikError("a fault", "none", "repair it")
        return draw(data.assign(value=1.0), language)

    for fails, words in ((fails_in_english, "A fault"), (lambda data, language: None, "NoneType from the function")):
        with pytest.raises(BereikError, match=words):
            write_figure(KEY, fails, DATA.assign(value=1.0), texts=TEXTS)
        assert written(folder) == before


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


def test_the_words_in_the_picture_have_enough_contrast():
    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in matplotlib.colors.to_rgb(colour)]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))

    def contrast(colour, background):
        light, dark = sorted([luminance(colour), luminance(background)], reverse=True)
        return (light + 0.05) / (dark + 0.05)

    assert contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)  # WCAG 2.1: the lightest grey that passes
    pairs = [(words, "white") for words in ("text", "quiet_text", "focus_text")] + [("focus_text", COLOURS["band"])]
    for words, background in pairs:
        assert contrast(COLOURS[words], background) >= 4.5, (words, background)
