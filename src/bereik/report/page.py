"""The page that collects all figures: one HTML file for each language, which needs nothing but itself."""

from pathlib import Path
from typing import Any

from bereik.paths import figures_folder
from bereik.report.findings_on_page import page_findings
from bereik.report.page_about import about_page, age_of_origin, sources_on_page
from bereik.report.page_fonts import font_faces
from bereik.report.page_picture import inline_picture
from bereik.report.page_places import monitor_on_page, places_on_page
from bereik.report.room import by_question, read_report_figures, report_words, template
from bereik.report.staging import staged
from bereik.terms.names import LANGUAGES

__all__ = ["make_page"]

_PAGES = {"nl": "index.html", "en": "index.en.html"}
_DOCUMENT = "figures.{language}.pdf"


def make_page(folder: Path | str | None = None) -> list[Path]:
    """Write the page with all figures, in Dutch (index.html) and in English (index.en.html).

    Parameters
    ----------
    folder : path, optional
        The folder with the figures and manifest.json, where the page goes too; `figures_folder` by default. Tables are read
        from data/processed beside it.

    Returns
    -------
    list of pathlib.Path
        The two files. Each holds all pictures and letters, and links to the files beside it. What is beside it (Excel files,
        the PDF, factsheets) is linked when it is there, so make the page last.

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
        for language, name in _PAGES.items():
            (made / name).write_text(_page(figures, place, language), encoding="utf-8", newline="\n")
    return [place / name for name in _PAGES.values()]


def _page(figures: list[dict[str, Any]], place: Path, language: str) -> str:
    words = report_words("page", language)
    shown = [_figure(figure, place, language, words) for figure in figures]
    groups = by_question([figure for figure in shown if not figure["synthetic"]], language)
    questions = {group["number"]: group["question"] for group in groups}
    findings: dict[str, list[dict[str, Any]]] = {"firm": [], "open": []}
    for found in page_findings(language, place):
        found["question"] = questions.get(found["notebook"], "")
        findings["firm" if found["firm"] else "open"].append(found)
    other = next(code for code in LANGUAGES if code != language)
    document = _DOCUMENT.format(language=language)
    about = {
        "words": words,
        "groups": groups,
        "examples": by_question([figure for figure in shown if figure["synthetic"]], language),
        "findings": findings,
        "other": {"language": other, "href": _PAGES[other], "words": report_words("page", other)["head"]["this_page"]},
        "banner": words["banner"]["text"].format(**age_of_origin()),
        "document": document if (place / document).is_file() else "",
        "fonts": font_faces("".join(figure["picture"] for figure in shown)),
        "sources": sources_on_page(),
        "about": about_page(language),
        **monitor_on_page(place, language),
        "places": places_on_page(place, language),
    }
    return template("page.html.j2", language).render(about)


def _figure(figure: dict[str, Any], place: Path, language: str, words: dict[str, Any]) -> dict[str, Any]:
    """Give all that the page says of one figure."""
    from markupsafe import Markup

    stem = figure["stem"]
    svg = (place / f"{stem}.{language}.svg").read_text(encoding="utf-8")
    reading = report_words("reading", language)
    spoken = [reading["stem"].get(stem.removesuffix("_synthetic"), {}), reading["notebook"].get(figure["notebook"], {})]
    files = [
        (f"{stem}.{language}.svg", "svg"),
        (f"{stem}.{language}.png", "png"),
        (f"{stem}.csv", "csv"),
        (f"{stem}.xlsx", "xlsx"),
    ]
    return {
        **figure["texts"][language],
        "stem": stem,
        "notebook": figure["notebook"],
        "synthetic": figure["synthetic"],
        "picture": Markup(inline_picture(svg, figure, language)),  # noqa: S704 (made by save_figure)
        "files": [{"href": name, "words": words["figure"][kind]} for name, kind in files if (place / name).is_file()],
        **{key: next((told[key] for told in spoken if key in told), reading["other"][key]) for key in ("read", "sure")},
    }
