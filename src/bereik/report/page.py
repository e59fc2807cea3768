"""The page that collects all figures: one HTML file for each language, which needs nothing but itself, and LEES_MIJ.txt."""

from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.names import LANGUAGES
from bereik.paths import figures_folder
from bereik.report.findings_on_page import page_findings
from bereik.report.page_about import about_page, age_of_origin, sources_on_page
from bereik.report.page_fonts import font_faces
from bereik.report.page_picture import inline_picture
from bereik.report.page_places import monitor_on_page, places_on_page
from bereik.report.room import (
    DOCUMENTS,
    PAGES,
    by_question,
    read_processed,
    read_report_figures,
    report_words,
    template,
)
from bereik.report.staging import staged
from bereik.texts.tables import table
from bereik.texts.words import entries, reading

__all__ = ["make_page"]

_READ_ME = "LEES_MIJ.txt"
_OFFERED = ("{language}.png", "{language}.svg", "xlsx", "csv")


def make_page(folder: Path | str | None = None) -> list[Path]:
    """Write the page with all figures, in Dutch (index.html) and in English (index.en.html), and what the files are.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures, where the page goes too; `figures_folder` by default. Tables are read from data/processed
        beside it.

    Returns
    -------
    list of pathlib.Path
        The two pages and LEES_MIJ.txt. Each page holds all pictures and letters, and links to the files beside it. What is
        beside it (the PDF, factsheets) is linked when it is there, so make the page last.

    Raises
    ------
    BereikError
        When there are no figures yet, a file of one is not there, or the page cannot be written; the old page is left whole.
    FigureError
        When a number cannot be written.

    Notes
    -----
    The same figures and tables give the same bytes. Every number on the page comes from them or from data/raw; none stands in
    a template. Figures of made-up data are grouped apart and say so.

    Examples
    --------
    >>> make_page("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, which a run writes when its
    notebooks are done. To do: run `make run`, or `bereik run` for your own data or another region.
    """
    place = Path(folder or figures_folder())
    figures = read_report_figures(place)
    with staged(place) as made:
        texts = {name: _page(figures, place, language) for language, name in PAGES.items()}
        for name, text in (texts | {_READ_ME: _read_me()}).items():
            (made / name).write_text(text, encoding="utf-8", newline="\n")
    return [place / name for name in (*PAGES.values(), _READ_ME)]


def _read_me() -> str:
    """Say in plain text, Dutch first, what the files are and how they may be used."""
    parts = []
    for language in LANGUAGES:
        *_, licence, whole, one = (text for _, text, _ in about_page(language))
        text = report_words("read_me", language)["text"]
        parts.append(text.format(**PAGES, list="data/manifest.json", licence=licence, whole=whole, one=one))
    return "\n".join(parts)


def _page(figures: list[dict[str, Any]], place: Path, language: str) -> str:
    words = report_words("page", language)
    shown = [_figure(figure, place, language, words) for figure in figures]
    real = [figure for figure in shown if not figure["synthetic"]]
    groups = by_question([*real, *_tables(place, language)], language)
    questions = {group["number"]: group["question"] for group in groups}
    findings: dict[str, list[dict[str, Any]]] = {"firm": [], "open": []}
    for found in page_findings(language, place):
        found["question"] = questions.get(found["notebook"], "")
        findings["firm" if found["firm"] else "open"].append(found)
    other = next(code for code in LANGUAGES if code != language)
    document = DOCUMENTS[language]
    about = {
        "words": words,
        "groups": groups,
        "examples": by_question([figure for figure in shown if figure["synthetic"]], language),
        "findings": findings,
        "other": {"language": other, "href": PAGES[other], "words": report_words("page", other)["head"]["this_page"]},
        "banner": words["banner"]["text"].format(**age_of_origin()),
        "document": document if (place / document).is_file() else "",
        "fonts": font_faces("".join(figure["picture"] for figure in shown)),
        "sources": sources_on_page(),
        "about": about_page(language),
        **monitor_on_page(place, language),
        "places": places_on_page(place, language),
    }
    return template("page.html.j2", language).render(about)


def _tables(place: Path, language: str) -> list[dict[str, Any]]:
    """Give the tables that the page shows beside the figures, where the run made their numbers."""
    from markupsafe import Markup

    on_page = {key: entry for key, entry in entries()["table"].items() if "page" in entry}
    data = {key: read_processed(entry["page"], place) for key, entry in on_page.items()}
    return [
        {
            "stem": key,
            "notebook": key[:2],
            "title": on_page[key]["title"][language],
            "source": on_page[key]["source"][language],
            "table": Markup(_html(table(key, rows, lang=language))),  # noqa: S704 (escaped by pandas)
        }
        for key, rows in data.items()
        if rows is not None
    ]


def _html(words: pd.DataFrame) -> str:
    return words.to_html(index=False, border=0, classes=[]).replace("<th>", '<th scope="col">')


def _figure(figure: dict[str, Any], place: Path, language: str, words: dict[str, Any]) -> dict[str, Any]:
    """Give all that the page says of one figure."""
    from markupsafe import Markup

    stem = figure["stem"]
    svg = (place / figure["files"][f"{language}.svg"]).read_text(encoding="utf-8")
    kinds = [kind.format(language=language) for kind in _OFFERED]
    return {
        **figure["texts"][language],
        "stem": stem,
        "notebook": figure["notebook"],
        "synthetic": figure["synthetic"],
        "picture": Markup(inline_picture(svg, figure, language)),  # noqa: S704 (made by write_figure)
        "files": [{"href": figure["files"][kind], "words": words["figure"][kind.split(".")[-1]]} for kind in kinds],
        **reading(stem.removesuffix("_synthetic"), language),
    }
