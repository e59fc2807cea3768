"""One A4 page on each municipality of a region and on the region, as HTML and PDF in two languages, with chart and numbers."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.names import LANGUAGES
from bereik.codelists.words import check_words
from bereik.paths import figures_folder
from bereik.plot.frame import add_frame
from bereik.plot.style import COLOURS, style
from bereik.plot.workbook import write_workbook
from bereik.plot.write import figure_svg
from bereik.report.page_fonts import font_faces
from bereik.report.page_picture import inline_picture
from bereik.report.pdf import typeset
from bereik.report.place_chart import place_chart
from bereik.report.places import USE, find_place, place_referrals, place_slug, places_of, read_monitor
from bereik.report.readings import changes, missing, questions
from bereik.report.room import read_report_figures, template
from bereik.report.sheet import Sheet
from bereik.report.staging import staged
from bereik.tables import rounded_table, write_csv

__all__ = ["make_factsheets"]

_COLUMNS = [
    "region", "region_kind", "indicator", "form", "origin", "period", "latest", "measure", "value", "lower", "upper",
    "lower_rounding", "upper_rounding", "confidence", "change", "change_lower", "change_upper", "comparable", "jump", "verdict",
    "numerator", "denominator", "per", "relative_to", "status", "synthetic", "source",
]  # fmt: skip
_LETTERS = frozenset(map(chr, range(0x20, 0x7F)))
_font_faces = cache(font_faces)


def make_factsheets(folder: Path | str | None = None, municipality: str | None = None) -> list[Path]:
    """Write the factsheets of a region and its municipalities to places/ in the folder with the figures.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default. The reach monitor of the same run is read.
    municipality : str, optional
        Only this municipality (or the region), in any spelling that `find_region` knows.

    Returns
    -------
    list of pathlib.Path
        For each place ``SLUG.html``, ``SLUG.en.html``, ``SLUG.nl.pdf``, ``SLUG.en.pdf``, ``SLUG.nl.svg``, ``SLUG.en.svg``,
        ``SLUG.csv`` (the numbers) and ``SLUG.xlsx`` (the same, with what each column means).

    Raises
    ------
    BereikError
        When the figures or the reach monitor are not built yet, or a file cannot be written: what was there before is then
        left whole.
    UnknownNameError
        When the reach monitor has no such municipality; suggests the nearest.
    IncomparableError
        When the reach monitor is synthetic.

    Notes
    -----
    All numbers come from the reach monitor and from the published referrers (`place_rows`, `place_referrals`). places/ then holds
    the places of this monitor only: the sheet of a place that is no longer in it is removed, unless `municipality` is given.

    Examples
    --------
    >>> make_factsheets("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, ...
    """
    goal = Path(folder or figures_folder())
    read_report_figures(goal)
    monitor = read_monitor(goal)
    places = [find_place(municipality, monitor)] if municipality else places_of(monitor)
    with staged(goal / "places") as made:
        for place in places:
            _write(place, monitor, made)
        names = sorted(path.name for path in made.iterdir())
    if not municipality:
        _remove_others(goal / "places", names)
    return [goal / "places" / name for name in names]


def _remove_others(folder: Path, names: list[str]) -> None:
    """Remove the sheets of places that are no longer in the monitor."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in names:
            path.unlink()


def _write(place: str, monitor: pd.DataFrame, folder: Path) -> None:
    """Write all files of one place."""
    routes = place_referrals(monitor, place)
    slug, texts = place_slug(place), {}
    for language in LANGUAGES:
        sheet = Sheet(monitor, routes, place, language)
        facts = _facts(sheet, slug)
        texts[language] = facts["chart"] | {"title": facts["title"]}
        svg = _chart(sheet, facts["chart"])
        (folder / f"{slug}.{language}.svg").write_text(svg, encoding="utf-8", newline="\n")
        picture = inline_picture(svg, {"stem": slug, "texts": {language: facts["chart"]}}, language)
        page = template("factsheet.html.j2", language).render(
            **facts, slug=slug, picture=picture, fonts=_fonts(picture), colours=COLOURS
        )
        (folder / _page(slug, language)).write_text(page, encoding="utf-8", newline="\n")
        drawn = picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" stroke-linejoin="round"', 1)
        typeset("factsheet.typ", {**facts, "colours": COLOURS}, {"chart.svg": drawn}, folder / f"{slug}.{language}.pdf")
    numbers = _numbers(place, monitor, routes)
    write_csv(numbers, folder / f"{slug}.csv")
    write_workbook(rounded_table(numbers), folder / f"{slug}.xlsx", texts=texts)


def _fonts(picture: str) -> str:
    """Give the fonts for all letters without an accent, made once, and for what else a picture holds."""
    return _font_faces("".join(sorted(set(picture) | _LETTERS)))


def _page(slug: str, language: str) -> str:
    return f"{slug}.html" if language == "nl" else f"{slug}.{language}.html"


def _facts(sheet: Sheet, slug: str) -> dict[str, Any]:
    """Put all that a factsheet says in one place, and refuse words that bereik does not use."""
    language = sheet.language
    other = next(code for code in LANGUAGES if code != language)
    rule = sheet.say("ask.rule") + ("" if sheet.place == sheet.region else sheet.say("ask.rule_municipality"))
    parts = {"change": changes(sheet), "missing": missing(sheet), "ask": questions(sheet)}
    facts = {
        "language": language, "other": {"language": other, "page": _page(slug, other)}, "words": sheet.words,
        "title": sheet.say("title"), "about": " ".join(sheet.about()), "finding": f"{sheet.finding()}.",
        "head": sheet.head(), "lines": sheet.lines(), "table_note": sheet.table_note(), "chart": sheet.chart_texts(),
        "parts": [
            [{"title": sheet.words[key]["heading"], "items": parts[key]} for key in keys if parts[key]]
            for keys in (("change", "missing"), ("ask",))
        ],
        "notes": [rule, sheet.say("about.interval"), sheet.source()],
    }  # fmt: skip
    for text in (
        facts["title"],
        facts["about"],
        facts["finding"],
        *(item for items in parts.values() for item in items),
    ):
        check_words(str(text), language)
    return facts


def _chart(sheet: Sheet, texts: dict[str, str]) -> str:
    """Draw the chart of a place as a slide, as every exported figure is."""
    with style():
        figure = place_chart(sheet.monitor, sheet.routes, sheet.language, place=sheet.place)
        add_frame(figure, texts)
        return figure_svg(figure, texts)


def _numbers(place: str, monitor: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    """Give every number on the sheet, with those behind the chart; referrers as an indicator with their name as form."""
    beside = (monitor["region_kind"] != "municipality") & (
        monitor["latest"].astype(bool) | (monitor["indicator"] == USE)
    )
    parts = [monitor[(monitor["region"] == place) | beside]]
    if len(routes):
        parts.append(routes.assign(indicator="referrer", form=routes["referrer"], latest=True))
    return pd.concat(parts, ignore_index=True).reindex(columns=_COLUMNS)
