"""All figures in one PDF per language: real text, tagged and described for who cannot see them, the same bytes every time."""

import json
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from bereik import __version__
from bereik.errors import BereikError
from bereik.plot.style import COLOURS
from bereik.report.findings import CERTAINTY, page_sentences
from bereik.report.shared import DOCUMENTS, as_file, in_page_order, inline_picture, read_figures, words_of


def write_pdf(figures: Path, goal: Path) -> list[Path]:
    """Write figuren.pdf and, in English, figures.pdf: every figure on a page of its own, with its texts.

    Parameters
    ----------
    figures : pathlib.Path
        The folder with the figures.
    goal : pathlib.Path
        Where the files go.

    Returns
    -------
    list of pathlib.Path
        The two files.

    Notes
    -----
    PDF/UA-1 (ISO 14289-1): tagged, with a language, a title, bookmarks, and the alternative text of every picture. It begins
    with the answer and the findings of the page; figures have the numbers and the order of the page. Figures of synthetic data
    are not in it.
    """
    entries = [entry for entry in read_figures(figures) if not entry["synthetic"]]
    said = page_sentences(figures)
    for language, name in DOCUMENTS.items():
        pictures = {f"{entry['stem']}.svg": _picture(figures, entry, language) for entry in entries}
        typeset("figures.typ", _facts(entries, said[language], language), pictures, goal / name)
    return [goal / name for name in DOCUMENTS.values()]


def typeset(template: str, facts: Mapping[str, Any], pictures: Mapping[str, str], path: Path) -> None:
    """Make a PDF from a template of the report: PDF/UA-1, only fonts that matplotlib ships, no date.

    Parameters
    ----------
    template : str
        File in ``templates/``, which reads ``facts.json``.
    facts : dict
        What the template shows: texts, numbers as text, lists; the colours are added.
    pictures : dict of str
        SVG by file name, with its words in DejaVu Sans.
    path : pathlib.Path
        The PDF.

    Raises
    ------
    BereikError
        When the template cannot be set: what typst says of it.

    Examples
    --------
    >>> facts = {"language": "en", "words": words_of("pdf", "en"), "version": "1", "lead": [], "findings": [], "groups": []}
    >>> path = Path(tempfile.mkdtemp()) / "empty.pdf"
    >>> typeset("figures.typ", facts, {}, path)
    >>> path.is_file()
    True
    """
    import matplotlib
    import typst

    source = files("bereik.report").joinpath("templates", template).read_text(encoding="utf-8")
    described = json.dumps({**facts, "colours": COLOURS}, ensure_ascii=False)
    with tempfile.TemporaryDirectory() as place:
        for name, text in {"main.typ": source, "facts.json": described, **pictures}.items():
            Path(place, name).write_text(text, encoding="utf-8", newline="\n")
        fonts = [str(Path(matplotlib.get_data_path(), "fonts", "ttf"))]
        main = str(Path(place, "main.typ"))
        try:
            document = typst.compile(main, font_paths=fonts, ignore_system_fonts=True, pdf_standards="ua-1")
        except typst.TypstError as error:
            fault = f"{template} cannot be made into {path.name}: {error}"
            raise BereikError(fault, "a template that typst can set", "correct it") from error
    path.write_bytes(document)


def _picture(folder: Path, figure: Mapping[str, Any], language: str) -> str:
    """Give the drawing alone, as a file of its own: its texts stand beside it on the page."""
    svg = (folder / figure["files"][f"{language}.svg"]).read_text(encoding="utf-8")
    return as_file(inline_picture(svg, figure["stem"], figure["texts"][language]))


def _facts(entries: list[dict[str, Any]], said: dict[str, list[str]], language: str) -> dict[str, Any]:
    named = words_of("page", language)
    titled = {named["head"]["title"]: said["lead"], **{named[sure]["title"]: said[sure] for sure in CERTAINTY}}
    findings = [{"title": title, "sentences": each} for title, each in titled.items() if each]
    asked = in_page_order([_page(entry, language) for entry in entries], language)
    groups = [{"title": group["question"], "figures": group["figures"]} for group in asked if group["figures"]]
    about = {"language": language, "words": words_of("pdf", language), "version": __version__}
    return about | {"findings": findings, "groups": groups}


def _page(figure: Mapping[str, Any], language: str) -> dict[str, Any]:
    names = ", ".join(figure["files"][kind] for kind in (f"{language}.png", "xlsx"))
    about = {name: figure[name] for name in ("stem", "notebook")}
    return {**figure["texts"][language], **about, "files": names, "picture": f"{figure['stem']}.svg"}
