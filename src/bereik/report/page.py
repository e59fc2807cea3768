"""The page that collects all figures: one HTML file for each language, which needs nothing but itself, and LEES_MIJ.txt."""

import hashlib
import json
import re
import tomllib
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from bereik import __version__
from bereik.codelists.names import LANGUAGES, capital, label
from bereik.data.load import load, read_datapackage
from bereik.data.need import need_by_origin
from bereik.paths import project_folder
from bereik.pilot.files import published_facts
from bereik.rates.use_over_need import use_over_need
from bereik.report import shared
from bereik.report.findings import Sentences, last_year_by_origin, page_sentences
from bereik.report.places import place_files, place_rows, place_slug, places_of, read_monitor, region_of
from bereik.report.shared import words_of
from bereik.texts.say import method_of, table
from bereik.texts.words import entries, reading

_READ_ME = "LEES_MIJ.txt"
_ALT = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)
# the results beside which findings of others are set
_BESIDE = ("use_relative_to_need", "use_relative_to_need_verdicts", "neighbourhoods_share_by_year")
_FACTS = {
    "tools": {"programme": ["pilot"], "topic": ["tool"]},
    "networks": {"programme": ["pilot"], "code": ["exploration", "learning_networks"], "state": ["done"]},
    "bridge": {"programme": ["diversiteit_in_de_wijk"], "topic": ["finding"]},
}


def write_page(figures: Path, goal: Path, *, each: shared.Each = map) -> list[Path]:
    """Write the page with all figures, in Dutch (index.html) and in English (index.en.html), and what the files are.

    Parameters
    ----------
    figures : pathlib.Path
        The folder with the figures; tables are read from data/processed beside it.
    goal : pathlib.Path
        Where the page goes. The PDF and the factsheets are linked when they are there, so write the page last.
    each : callable
        Calls a function for each language, see `bereik.report.factsheet.write_factsheets`.

    Returns
    -------
    list of pathlib.Path
        The two pages and LEES_MIJ.txt. Each page holds all pictures and letters, and links to the files beside it.

    Notes
    -----
    The same figures and tables give the same bytes. Every number on the page comes from them or from data/raw; none stands in
    a template. Figures of made-up data are not on it.
    """
    page = partial(_page, figures=figures, goal=goal, said=page_sentences(figures), research=_research(figures))
    texts = dict(zip(shared.PAGES.values(), each(page, shared.PAGES), strict=True))
    for name, text in (texts | {_READ_ME: _read_me()}).items():
        (goal / name).write_text(text, encoding="utf-8", newline="\n")
    return [goal / name for name in (*shared.PAGES.values(), _READ_ME)]


def _page(language: str, *, figures: Path, goal: Path, said: Sentences, research: pd.DataFrame | None) -> str:
    words = words_of("page", language)
    shown = [_figure(entry, figures, language, words) for entry in shared.read_figures(figures)]
    real = [figure for figure in shown if not figure["synthetic"]]
    main, *groups = shared.in_page_order([*real, *_tables(figures, language)], language)
    first = next((one for one in main["figures"] if one["stem"] == shared.MAIN[0]), None)
    chosen = [one for one in main["figures"] if one is not first]
    other = next(code for code in LANGUAGES if code != language)
    document = shared.DOCUMENTS[language]
    parts: dict[str, Any] = {"words": words, "groups": groups, "sources": shared.sources(), "about": _about(language)}
    changes = [[*change.values()] for change in words_of("changes", language).values()]
    parts |= {"first": first, "figures": chosen, "changes": changes}
    parts |= {"said": said[language], "professionals": _professionals(language)}
    parts["research"] = {} if research is None else _listed(table("13_other_research", research, lang=language))
    methods = {code: method_of(code, language) for code in sorted(entries()["method"])}
    parts["methods"] = [{"question": words["questions"][code], **told} for code, told in methods.items()]
    parts["example"] = next((one["files"][0]["href"] for one in shown if one["synthetic"]), "")
    parts["other"] = {"language": other, "href": shared.PAGES[other], **words_of("page", other)["head"]}
    parts["year"], parts["maker"] = last_year_by_origin(), read_maker()
    parts["document"] = document if (goal / document).is_file() else ""
    parts["fonts"] = shared.font_faces("".join(figure["picture"] for figure in real))
    parts |= _places(figures, goal, language)
    return shared.template("page.html.j2", language).render(parts)


def _figure(figure: dict[str, Any], folder: Path, language: str, words: dict[str, Any]) -> dict[str, Any]:
    """Give all that the page says of one figure."""
    stem, texts, names = figure["stem"], figure["texts"][language], figure["files"]
    drawn = [names[kind] for kind in (f"{language}.svg", f"{language}.narrow") if kind in names]
    svg, *narrow = ((folder / name).read_text(encoding="utf-8") for name in drawn)
    offered = {"png": f"{language}.png", "svg": f"{language}.svg", "xlsx": "xlsx", "csv": "csv"}
    files = [{"href": names[kind], "words": words["figure"][ending]} for ending, kind in offered.items()]
    about = {name: figure[name] for name in ("stem", "notebook", "synthetic")} | {"files": files}
    about["picture"] = shared.inline_picture(svg, stem, texts, *narrow)
    return {**texts, **about, **reading(stem.removesuffix("_synthetic"), language)}


def _tables(folder: Path, language: str) -> list[dict[str, Any]]:
    """Give the tables that the page shows beside the figures, where the run made their numbers."""
    shown = []
    for key, entry in entries()["table"].items():
        rows = shared.read_processed(entry["page"], folder) if "page" in entry else None
        if rows is not None:
            words = {name: entry[name][language] for name in ("title", "source")}
            shown.append({"stem": key, "notebook": key[:2], **words, **_listed(table(key, rows, lang=language))})
    return shown


def _listed(words: pd.DataFrame) -> dict[str, Any]:
    """Give the head and the rows of a table of words, the names of its rows first where it has them."""
    words = words if isinstance(words.index, pd.RangeIndex) else words.reset_index(names="")
    return {"head": list(words), "rows": words.to_numpy().tolist()}


def _research(figures: Path) -> pd.DataFrame | None:
    """Give what others found, set beside the results of this run; nothing when the run has none."""
    made = [shared.read_processed(name, figures) for name in _BESIDE]
    ours = [one.fillna({"verdict": ""}) if "verdict" in one else one for one in made if one is not None]
    if len(ours) < len(_BESIDE):
        return None
    return load("published_findings", beside=[*ours, use_over_need(load("published_findings"), need_by_origin())])


def _professionals(language: str) -> list[dict[str, Any]]:
    """Give the tools by their aim, what the networks were, and what was found of formal and informal help, as published."""
    facts = published_facts()
    groups = []
    for key, wanted in _FACTS.items():
        rows = facts[facts[[*wanted]].isin(wanted).all(axis=1)]
        listed = [{"text": capital(row[language]), **row} for row in rows.to_dict("records")]
        groups.append({"title": words_of("page", language)["professionals"][key], "facts": listed})
    return groups


def _places(figures: Path, goal: Path, language: str) -> dict[str, Any]:
    """Give the reach monitor: the region, and each place that a reader can choose; nothing when the run made none."""
    if shared.read_processed("reach_monitor", figures) is None:
        return {"country": "", "region": "", "places": []}
    monitor = read_monitor(figures)
    region, country = (capital(label(region_of(monitor, kind), language)) for kind in ("jeugdregio", "country"))
    places = [_place(monitor, name, goal, language) for name in places_of(monitor)]
    return {"country": country, "region": region, "places": places}


def _place(monitor: pd.DataFrame, name: str, goal: Path, language: str) -> dict[str, Any]:
    """Give the latest figures of a place, and the files about it that are there."""
    slug, shown, words = place_slug(name), label(name, language), words_of("page", language)["places"]
    names = {kind: f"places/{name}" for kind, name in place_files(name, language).items()}
    there = {kind: href for kind, href in names.items() if (goal / href).is_file()}
    described = _ALT.search((goal / there["svg"]).read_text(encoding="utf-8")) if "svg" in there else None
    picture = {"href": there["svg"], "alt": unescape(described[1])} if described else {}
    picture |= {"narrow": there.pop("narrow.svg", there["svg"])} if described else {}
    files = [{"href": href, "words": words[kind].format(place=shown)} for kind, href in there.items()]
    return {"name": shown, "slug": slug, "rows": _rows(monitor, name, language), "files": files, "picture": picture}


def _rows(monitor: pd.DataFrame, place: str, language: str) -> list[list[str]]:
    """Write the latest figures of a place as words: what it is, the figure, its change, the country and the year."""
    latest, country = place_rows(monitor, place).assign(part="table"), region_of(monitor, "country")
    words = table("sheet_place", latest, lang=language, place=place, region=region_of(monitor), country=country)
    rows = []
    for row, cells in zip(latest.to_dict("records"), words.to_numpy(), strict=True):
        _, unit, value, *_, there, year, change = (" ".join(cell.split()) for cell in cells)
        form = f": {label(str(row['form']), language, short=True)}" if row["form"] else ""
        unit = re.sub(r"(\d)-(\d)", "\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", unit)  # ages on one line
        rows.append([f"{row[f'name_{language}']}{form}\n{unit}", value, change, there.replace("–", ""), year])
    return rows


def read_maker() -> dict[str, str]:
    """Read who made the page: the name, contact and so on in data/maker.toml, each empty until somebody fills it in.

    Examples
    --------
    >>> sorted(read_maker())
    ['checked_by', 'commissioned_by', 'contact', 'name']
    """
    file = project_folder() / "data" / "maker.toml"
    said = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: str(said.get(name, "")).strip() for name in ("name", "contact", "commissioned_by", "checked_by")}


def _about(language: str) -> list[tuple[str, str, str]]:
    """Give version, years, licence and how to cite: term, text and language of the text; no date of today."""
    words, package = words_of("page", language)["cite"], read_datapackage()
    citation = (project_folder() / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^(title|license|date-released): "?(.*?)"?$', citation, re.MULTILINE))
    names = ", ".join(re.findall(r"^  - name: (.*)$", citation, re.MULTILINE))
    licence = re.sub(r"^CC-([A-Z]+)-", r"CC \1 ", package["licenses"][0]["name"])
    years = sorted(load("care_totals")["period"].astype("str").str[:4].unique())
    whole = words_of("page", "en")["cite"]["whole_text"]
    texts = {"code": __version__, "data": f"{years[0]}-{years[-1]}"}
    texts["copies"] = shared.months_of_copies(shared.sources(), language)
    texts["mark"] = hashlib.sha256(json.dumps(package, sort_keys=True).encode()).hexdigest()[:12]
    texts["licence"] = words["licence_text"].format(licence=licence, code=fields["license"])
    dated = {"version": __version__, "date": fields["date-released"]}
    texts["whole"] = whole.format(authors=names, title=fields["title"], **dated)
    texts["one"] = words["one_text"].format(version=__version__)
    return [(words[key], text, "en" if key == "whole" else language) for key, text in texts.items()]


def _read_me() -> str:
    """Say in plain text, Dutch first, what the files are and how they may be used."""
    parts = []
    for language in LANGUAGES:
        *_, licence, whole, one = (text for _, text, _ in _about(language))
        text = words_of("read_me", language)["text"]
        parts.append(text.format(**shared.PAGES, list="data/manifest.json", licence=licence, whole=whole, one=one))
    return "\n".join(parts)
