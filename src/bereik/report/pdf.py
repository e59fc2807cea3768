"""All figures in one PDF per language: real text, tagged and described for who cannot see them, the same bytes every time."""

import json
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from bereik import __version__
from bereik.codelists.names import label
from bereik.errors import BereikError
from bereik.paths import figures_folder
from bereik.plot.style import COLOURS
from bereik.report.page_picture import inline_picture
from bereik.report.room import DOCUMENTS, by_question, read_report_figures, report_words
from bereik.report.staging import staged

__all__ = ["make_pdf", "typeset"]


def make_pdf(folder: Path | str | None = None) -> list[Path]:
    """Write figuren.pdf and, in English, figures.pdf: every figure on a page of its own, with its texts.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default.

    Returns
    -------
    list of pathlib.Path
        The two files.

    Raises
    ------
    BereikError
        When the figures are not built yet, or a file cannot be written; an older PDF is then left whole.

    Notes
    -----
    PDF/UA-1 (ISO 14289-1): tagged, with a language, a title, bookmarks, and the alternative text of every picture. Figures of
    synthetic data come last, behind a page that says so, and each says so again.

    Examples
    --------
    >>> make_pdf("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, ...
    """
    goal = Path(folder or figures_folder())
    figures = read_report_figures(goal)
    with staged(goal) as made:
        for language, name in DOCUMENTS.items():
            drawn = {figure["stem"]: _picture(goal, figure, language) for figure in figures}
            facts = _facts(figures, drawn, language)
            typeset("figures.typ", facts, {f"{stem}.svg": svg for stem, svg in drawn.items()}, made / name)
    return [goal / name for name in DOCUMENTS.values()]


def typeset(template: str, facts: Mapping[str, Any], pictures: Mapping[str, str], path: Path) -> Path:
    """Make a PDF from a template of the report.

    Parameters
    ----------
    template : str
        File in ``templates/``, which reads ``facts.json``.
    facts : dict
        What the template shows: texts, numbers as text, lists.
    pictures : dict of str
        SVG by file name, with its words in DejaVu Sans.
    path : pathlib.Path
        The PDF.

    Returns
    -------
    pathlib.Path
        The PDF: PDF/UA-1, only fonts that matplotlib ships, no date.

    Raises
    ------
    BereikError
        When the template cannot be set: what typst says of it.

    Examples
    --------
    >>> facts = {"language": "en", "words": report_words("pdf", "en"), "version": "1", "colours": COLOURS, "parts": []}
    >>> typeset("figures.typ", facts, {}, Path(tempfile.mkdtemp()) / "empty.pdf").name
    'empty.pdf'
    """
    import matplotlib
    import typst

    source = files("bereik.report").joinpath("templates", template).read_text(encoding="utf-8")
    texts = {"main.typ": source, "facts.json": json.dumps(facts, ensure_ascii=False), **pictures}
    with tempfile.TemporaryDirectory() as place:
        for name, text in texts.items():
            Path(place, name).write_text(text, encoding="utf-8", newline="\n")
        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
        try:
            made = typst.compile(
                str(Path(place, "main.typ")),
                font_paths=[str(fonts)],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards="ua-1",
            )
        except typst.TypstError as error:
            raise BereikError(
                f"{template} cannot be made into {path.name}: {error}", "a template that typst can set", "correct it"
            ) from error
    path.write_bytes(made)
    return path


def _picture(folder: Path, figure: dict[str, Any], language: str) -> str:
    """Give the drawing alone, as a file of its own: its texts stand beside it on the page."""
    svg = (folder / figure["files"][f"{language}.svg"]).read_text(encoding="utf-8")
    head = '<svg xmlns="http://www.w3.org/2000/svg" stroke-linejoin="round"'
    return inline_picture(svg, figure, language).replace("<svg", head, 1)


def _facts(figures: list[dict[str, Any]], drawn: Mapping[str, str], language: str) -> dict[str, Any]:
    words = report_words("pdf", language)
    parts = []
    for kind, synthetic in (("real", False), ("synthetic", True)):
        chosen = [figure for figure in figures if figure["synthetic"] is synthetic]
        groups = [
            {
                "title": group["question"],
                "figures": [_page(one, language) for one in group["figures"]],
            }
            for group in by_question(chosen, language)
        ]
        if groups:
            parts.append({**words[kind], "synthetic": synthetic, "groups": groups})
    return {
        "language": language,
        "words": words,
        "version": __version__,
        "colours": COLOURS,
        "warning": label("synthetic_words", language),
        "parts": parts,
    }


def _page(figure: dict[str, Any], language: str) -> dict[str, Any]:
    files = [figure["files"][kind] for kind in (f"{language}.png", "xlsx")]
    return {**figure["texts"][language], "files": ", ".join(files), "picture": f"{figure['stem']}.svg"}
