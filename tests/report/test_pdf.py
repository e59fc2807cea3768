"""The PDF with all figures: it can be read, searched and heard, the findings come first, and nothing is made up."""

import re

import pypdf
import pytest

import bereik
from bereik.codelists.names import LANGUAGES
from bereik.errors import BereikError
from bereik.report.findings import CERTAINTY, page_sentences
from bereik.report.pdf import typeset, write_pdf
from bereik.report.shared import words_of
from bereik.runner import write_manifest

STEMS = ("02_first", "12_second", "77_of_ones_own")  # no notebook of the project has number 77
AXIS = {"nl": "jongeren & gezinnen", "en": "youths & families"}


@pytest.fixture(scope="module")
def texts(folder, save_figure):
    made = {stem: save_figure(folder, stem, 8.34) for stem in STEMS}
    save_figure(folder, "07_made_up", 5.0, synthetic=True)
    write_manifest(folder)
    write_pdf(folder, folder)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pdf")


def read(folder, language):
    return pypdf.PdfReader(folder / {"nl": "figuren.pdf", "en": "figures.pdf"}[language])


def flat(page):
    return " ".join(page.extract_text().split())


def tagged(node, kind):
    """All elements of one kind in the tags of a PDF, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [element for part in node for element in tagged(part, kind)]
    if not isinstance(node, dict):
        return []
    return [node] * (node.get("/S") == kind) + (tagged(node["/K"], kind) if "/K" in node else [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_has_a_language_a_title_tags_and_no_date(folder, texts, language):
    made = read(folder, language)
    root = made.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert made.metadata["/Title"] == words_of("pdf", language)["title"]
    assert not {"/CreationDate", "/ModDate"} & set(made.metadata)
    described = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in described
    assert "CreateDate" not in described
    fonts = [font for page in made.pages for font in page["/Resources"].get("/Font", {}).values()]
    names = {font.get_object()["/BaseFont"].split("+")[1] for font in fonts}
    assert names == {"DejaVuSans", "DejaVuSans-Bold"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_figure_has_a_page_with_its_texts_and_a_picture_that_is_described(folder, texts, language):
    made = read(folder, language)
    pages = [flat(page) for page in made.pages]
    assert len(pages) == 2 + len(STEMS)  # what it is, the contents, and the figures; none of made-up data
    for stem, page in zip(texts, pages[2:], strict=True):
        for name in ("title", "subtitle", "source"):
            assert page.count(texts[stem][language][name]) == 1, (stem, name)  # beside the picture, not once more in it
        assert re.search(rf"(Figuur|Figure) {1 + [*texts].index(stem)}\. .*, bereik {bereik.__version__}\.", page)
        assert AXIS[language] in page
        assert f"data/{stem}.xlsx" in page
        assert f"{language}/{stem[:2]}_" in page
    alts = [figure["/Alt"] for figure in tagged(made.trailer["/Root"]["/StructTreeRoot"], "/Figure")]
    assert alts == [said[language]["alt"] for said in texts.values()]
    wide = [page.mediabox.width > page.mediabox.height for page in made.pages]
    assert wide == [False, False, True, True, True]  # a slide lies on its side


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_come_first_then_figures_by_question(project_page, folder, texts, language, tmp_path, first_number):
    questions, words = words_of("page", language)["questions"], words_of("pdf", language)
    headings = [mark.title for mark in read(folder, language).outline if not isinstance(mark, list)]
    assert headings == [questions["02"], questions["12"], questions["other"]]
    figures = project_page[0].parent
    write_pdf(figures, tmp_path)
    made = read(tmp_path, language)
    first = "".join("".join(page.extract_text().split()) for page in made.pages[:2])
    said = [sentence for sure in CERTAINTY for sentence in page_sentences(figures)[language][sure]]
    assert [sentence for sentence in said if "".join(sentence.split()) not in first] == []
    assert made.outline[0].title == words["findings"]
    assert {"nl": "zonder verblijf", "en": "without residence"}[language] in first_number(flat(made.pages[0]))


def test_a_template_that_cannot_be_set_is_an_error(tmp_path):
    with pytest.raises(BereikError, match="figures.typ cannot be made into a.pdf"):
        typeset("figures.typ", {}, {}, tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
