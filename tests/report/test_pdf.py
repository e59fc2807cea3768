"""The PDF with all figures: what stands on a page can be read, searched and heard, and synthetic figures stand apart."""

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pypdf
import pytest

from bereik.codelists.names import LANGUAGES, label
from bereik.codelists.words import check_words
from bereik.errors import BereikError
from bereik.plot.style import new_figure
from bereik.plot.write import write_figure
from bereik.report import pdf
from bereik.report.pdf import make_pdf, typeset
from bereik.report.room import report_words
from bereik.runner.manifest import write_manifest

DATA = pd.DataFrame({"value": [8.34, 5.0], "synthetic": False, "source": "table A"})
STEMS = ("02_first", "12_second", "77_of_ones_own")  # no notebook of the project has number 77
SYNTHETIC = "07_made_up"


def draw(data, language):
    figure = new_figure()
    axes = figure.subplots()
    axes.bar([0, 1], data["value"])
    axes.set_xlabel({"nl": "jongeren & gezinnen", "en": "youths & families"}[language])
    return figure


def texts(stem):
    return {
        language: {
            "title": f"Title of {stem} ({language})",
            "subtitle": f"Subtitle of {stem} ({language}): what, where and when, per hundred youths.",
            "source": f"Source of {stem} ({language}): CBS StatLine <table> & more.",
            "alt": f"Alternative text of {stem} ({language}): a bar chart of two bars; the first is the higher one.",
        }
        for language in LANGUAGES
    }


def build(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEREIK_OUTPUT", str(folder))
        for stem in STEMS:
            write_figure(stem, draw, DATA, texts=texts(stem), file="naam")
        write_figure(SYNTHETIC, draw, DATA.assign(synthetic=True), texts=texts(SYNTHETIC))
    write_manifest(folder / "figures")
    make_pdf(folder / "figures")
    return folder / "figures"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build(tmp_path_factory.mktemp("pdf"))


def read(folder, language):
    return pypdf.PdfReader(folder / {"nl": "figuren.pdf", "en": "figures.pdf"}[language])


def flat(text):
    return " ".join(text.split())


def tagged(node, kind):
    """All elements of one kind in the tags of a PDF, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for part in node for found in tagged(part, kind)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("/S") == kind else []
    return own + (tagged(node["/K"], kind) if "/K" in node else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_has_a_language_a_title_tags_and_no_date(folder, language):
    made = read(folder, language)
    root = made.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert made.metadata["/Title"] == report_words("pdf", language)["title"]
    assert not {"/CreationDate", "/ModDate"} & set(made.metadata)
    described = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in described
    assert "CreateDate" not in described
    fonts = {
        font.get_object()["/BaseFont"].split("+")[1]
        for page in made.pages for font in page["/Resources"].get("/Font", {}).values()
    }  # fmt: skip
    assert fonts == {"DejaVuSans", "DejaVuSans-Bold"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_has_a_page_with_its_texts_and_a_picture_that_is_described(folder, language):
    made = read(folder, language)
    pages = [flat(page.extract_text()) for page in made.pages]
    assert len(pages) == 1 + 1 + len(STEMS) + 1 + 1  # contents, real data, its figures, made-up data, its figure
    axis = {"nl": "jongeren & gezinnen", "en": "youths & families"}[language]
    for stem, page in zip((*STEMS, f"{SYNTHETIC}_synthetic"), (*pages[2:5], pages[6]), strict=True):
        said = texts(stem.removesuffix("_synthetic"))[language]
        for name in ("title", "subtitle", "source"):
            assert page.count(said[name]) == 1, (stem, name)  # beside the picture, not once more in it
        assert axis in page
        assert f"data/{stem}.xlsx" in page
        assert f"{language}/{stem[:2]}_" in page
    alts = [figure["/Alt"] for figure in tagged(made.trailer["/Root"]["/StructTreeRoot"], "/Figure")]
    assert alts == [texts(stem)[language]["alt"] for stem in (*STEMS, SYNTHETIC)]
    wide = [page.mediabox.width > page.mediabox.height for page in made.pages]
    assert wide == [False, False, True, True, True, False, True]  # a slide lies on its side


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_grouped_by_question_and_made_up_ones_stand_apart(folder, language):
    made = read(folder, language)
    words, questions = report_words("pdf", language), report_words("page", language)["questions"]
    real, below_real, synthetic, below_synthetic = made.outline
    assert (real.title, synthetic.title) == (words["real"]["title"], words["synthetic"]["title"])
    assert [mark.title for mark in below_real if not isinstance(mark, list)] == [
        questions["02"], questions["12"], questions["other"]
    ]  # fmt: skip
    assert below_synthetic[0].title == questions["07"]
    assert [mark.title for mark in below_synthetic[1]] == [f"Title of {SYNTHETIC} ({language})"]
    warned = [label("synthetic_words", language) in page.extract_text() for page in made.pages]
    assert warned == [False] * 5 + [True] * 2


def test_a_new_title_is_followed(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "figures")
    before = flat(read(copy, "nl").pages[2].extract_text())
    manifest = copy / "data" / "manifest.json"
    changed = manifest.read_text(encoding="utf-8").replace("Title of 02_first (nl)", "Een andere vondst")
    manifest.write_text(changed, encoding="utf-8")
    make_pdf(copy)
    after = flat(read(copy, "nl").pages[2].extract_text())
    assert "Een andere vondst" in after
    assert "Een andere vondst" not in before


def test_an_error_leaves_the_older_files_whole(folder, monkeypatch):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def fails(template, facts, pictures, path):
        if facts["language"] == "en":
            raise OSError(28, "No space left on device")
        return typeset(template, facts, pictures, path)

    monkeypatch.setattr(pdf, "typeset", fails)
    with pytest.raises(BereikError, match="No space left on device"):
        make_pdf(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_no_figures_yet_and_a_template_that_cannot_be_set_are_errors(tmp_path):
    with pytest.raises(BereikError, match="No figures in the folder"):
        make_pdf(tmp_path)
    with pytest.raises(BereikError, match="figures.typ cannot be made into a.pdf"):
        typeset("figures.typ", {}, {}, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_the_words_are_complete_and_none_is_refused():
    words = tomllib.loads(Path(str(files("bereik.report"))).joinpath("words", "pdf.toml").read_text(encoding="utf-8"))
    told = [*words.values(), *words["real"].values(), *words["synthetic"].values()]
    for entry in told:
        if "nl" in entry:
            for language in LANGUAGES:
                check_words(entry[language], language)
    for language in LANGUAGES:
        assert set(report_words("pdf", language)) == set(words)
