"""The reach monitor on the page: a table for the region, and one for each place that a reader can choose."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.names import capital, label
from bereik.paths import figures_folder
from bereik.report.monitor_words import row_words
from bereik.report.places import place_slug, places_of, read_monitor, region_of
from bereik.report.room import read_processed, report_words

__all__ = ["monitor_on_page", "places_on_page"]

_FILES = {
    "nl": {
        "html": "{slug}.html",
        "pdf": "{slug}.nl.pdf",
        "svg": "{slug}.nl.svg",
        "xlsx": "{slug}.xlsx",
        "csv": "{slug}.csv",
    },
    "en": {
        "html": "{slug}.en.html",
        "pdf": "{slug}.en.pdf",
        "svg": "{slug}.en.svg",
        "xlsx": "{slug}.xlsx",
        "csv": "{slug}.csv",
    },
}
_ALT = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)
_CELLS = ("value", "change", "country", "year", "reliability")


def monitor_on_page(folder: Path | str | None, language: str) -> dict[str, Any]:
    """Give the monitor of the region as rows of a table.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default.
    language : {"nl", "en"}
        The language of the words and numbers.

    Returns
    -------
    dict
        ``country`` (name) and ``monitor``: the region as `places_on_page` gives it, of its ``files`` only the numbers. Empty
        when the run made no monitor.

    Examples
    --------
    >>> monitor_on_page("no_such_folder/figures", "nl")
    {'country': '', 'monitor': {}}
    """
    if read_processed("reach_monitor", folder) is None:
        return {"country": "", "monitor": {}}
    table = read_monitor(folder)
    region = region_of(table)
    own = _place(table, region, Path(folder or figures_folder()) / "places", language)
    monitor = {**own, "files": [file for file in own["files"] if file["href"].endswith((".xlsx", ".csv"))]}
    return {"country": capital(label(region_of(table, "country"), language)), "monitor": monitor}


def places_on_page(folder: Path | str | None, language: str) -> list[dict[str, Any]]:
    """Give the region and its municipalities, with their figures and the files about them.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default.
    language : {"nl", "en"}
        The language of the words and numbers.

    Returns
    -------
    list of dict
        ``name``, ``slug``, ``rows`` (one per indicator, the latest figure: ``name``, ``unit``, ``value`` with its interval,
        ``change``, ``country``, ``year``, ``reliability``) and ``files`` (those in places/ that are there) and ``picture`` (its
        ``href`` and ``alt``, or None). Nothing without monitor.

    Examples
    --------
    >>> places_on_page("no_such_folder/figures", "nl")
    []
    """
    if read_processed("reach_monitor", folder) is None:
        return []
    table = read_monitor(folder)
    below = Path(folder or figures_folder()) / "places"
    return [_place(table, str(name), below, language) for name in places_of(table)]


def _place(table: pd.DataFrame, name: str, below: Path, language: str) -> dict[str, Any]:
    slug = place_slug(name)
    shown = label(name, language)
    words = report_words("page", language)["places"]
    named = {kind: pattern.format(slug=slug) for kind, pattern in _FILES[language].items()}
    files = [
        {"href": f"places/{file}", "words": words[kind].format(place=shown)}
        for kind, file in named.items()
        if (below / file).is_file()
    ]
    picture = below / named["svg"]
    about = _ALT.search(picture.read_text(encoding="utf-8")) if picture.is_file() else None
    return {
        "name": shown,
        "slug": slug,
        "rows": _rows(table, name, language),
        "files": files,
        "picture": {"href": f"places/{named['svg']}", "alt": unescape(about[1])} if about else None,
    }


def _rows(table: pd.DataFrame, place: str, language: str) -> list[dict[str, str]]:
    """Write the latest figures of a place as words, as the figure of the monitor does."""
    own = table[(table["region"] == place) & table["latest"].astype(bool)]
    there = table[(table["region_kind"] == "country") & (table["status"] == "shown")]
    rows = []
    for row in own.to_dict("records"):
        cells = [" ".join(cell.split()) for cell in row_words(row, there, language)]
        form = f": {label(str(row['form']), language, short=True)}" if row["form"] else ""
        unit = re.sub(
            r"(\d)-(\d)", "\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", str(row[f"unit_{language}"])
        )  # ages on one line
        named = {"name": f"{row[f'name_{language}']}{form}", "unit": unit}
        rows.append(named | dict(zip(_CELLS, cells[1:], strict=True)))
    return rows
