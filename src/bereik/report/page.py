"""The page that collects all figures: one HTML file for each language, which needs nothing but itself, and LEES_MIJ.txt."""

import hashlib
import json
import re
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from bereik import __version__
from bereik.codelists.names import LANGUAGES, capital, in_terms_order, label
from bereik.data.load import load, read_datapackage
from bereik.paths import project_folder
from bereik.report import shared
from bereik.report.places import place_files, place_rows, place_slug, places_of, read_monitor, region_of
from bereik.report.shared import words_of
from bereik.texts.say import table, told_by
from bereik.texts.words import entries, reading

_READ_ME = "LEES_MIJ.txt"
_AMONG_REGIONS = ("forms_of_care_by_region", "forms_of_care_region_among_regions")
_FINDINGS = {  # how the keys of the sentences begin, with the notebook's number, and the tables that decide
    "page_01": ("use_of_youth_care",),
    "page_02_forms": _AMONG_REGIONS,
    "page_02_spread": _AMONG_REGIONS,
    "page_04": ("use_relative_to_need_verdicts", "use_relative_to_need"),
    "page_05": ("neighbourhoods_share_by_year",),
    "page_10": ("pilot_difference_in_differences",),
}
_KINDS = {"firm": True, "open": False}  # of findings
_ALT = re.compile(r"<dc:description>(.*?)</dc:description>", re.DOTALL)


def write_page(figures: Path, goal: Path) -> list[Path]:
    """Write the page with all figures, in Dutch (index.html) and in English (index.en.html), and what the files are.

    Parameters
    ----------
    figures : pathlib.Path
        The folder with the figures; tables are read from data/processed beside it.
    goal : pathlib.Path
        Where the page goes. The PDF and the factsheets are linked when they are there, so write the page last.

    Returns
    -------
    list of pathlib.Path
        The two pages and LEES_MIJ.txt. Each page holds all pictures and letters, and links to the files beside it.

    Notes
    -----
    The same figures and tables give the same bytes. Every number on the page comes from them or from data/raw; none stands in
    a template. Figures of made-up data are grouped apart and say so.
    """
    texts = {name: _page(figures, goal, language) for language, name in shared.PAGES.items()}
    for name, text in (texts | {_READ_ME: _read_me()}).items():
        (goal / name).write_text(text, encoding="utf-8", newline="\n")
    return [goal / name for name in (*shared.PAGES.values(), _READ_ME)]


def _page(figures: Path, goal: Path, language: str) -> str:
    words = words_of("page", language)
    shown = [_figure(entry, figures, language, words) for entry in shared.read_figures(figures)]
    real = [figure for figure in shown if not figure["synthetic"]]
    groups = shared.by_question([*real, *_tables(figures, language)], language)
    questions = {group["number"]: group["question"] for group in groups}
    findings = [{**row, "question": questions.get(row["notebook"], "")} for row in page_findings(language, figures)]
    other = next(code for code in LANGUAGES if code != language)
    document = shared.DOCUMENTS[language]
    parts: dict[str, Any] = {"words": words, "groups": groups, "sources": shared.sources(), "about": _about(language)}
    parts["examples"] = shared.by_question([figure for figure in shown if figure["synthetic"]], language)
    parts["findings"] = {kind: [row for row in findings if row["firm"] == firm] for kind, firm in _KINDS.items()}
    parts["other"] = {"language": other, "href": shared.PAGES[other], **words_of("page", other)["head"]}
    parts["banner"] = words["banner"]["text"].format(**age_of_origin())
    parts["document"] = document if (goal / document).is_file() else ""
    parts["fonts"] = shared.font_faces("".join(figure["picture"] for figure in shown))
    parts |= _places(figures, goal, language)
    return shared.template("page.html.j2", language).render(parts)


def _figure(figure: dict[str, Any], folder: Path, language: str, words: dict[str, Any]) -> dict[str, Any]:
    """Give all that the page says of one figure."""
    stem, texts, names = figure["stem"], figure["texts"][language], figure["files"]
    svg = (folder / names[f"{language}.svg"]).read_text(encoding="utf-8")
    offered = {"png": f"{language}.png", "svg": f"{language}.svg", "xlsx": "xlsx", "csv": "csv"}
    files = [{"href": names[kind], "words": words["figure"][ending]} for ending, kind in offered.items()]
    about = {name: figure[name] for name in ("stem", "notebook", "synthetic")} | {"files": files}
    about["picture"] = shared.inline_picture(svg, stem, texts)
    return {**texts, **about, **reading(stem.removesuffix("_synthetic"), language)}


def _tables(folder: Path, language: str) -> list[dict[str, Any]]:
    """Give the tables that the page shows beside the figures, where the run made their numbers."""
    shown = []
    for key, entry in entries()["table"].items():
        rows = shared.read_processed(entry["page"], folder) if "page" in entry else None
        if rows is not None:
            html = table(key, rows, lang=language).to_html(index="rows" in entry, border=0, classes=[])
            parts = zip(html.replace("<th></th>", "<td></td>").split("<tbody>"), ("col", "row"), strict=True)
            html = "<tbody>".join(part.replace("<th>", f'<th scope="{scope}">') for part, scope in parts)
            words = {name: entry[name][language] for name in ("title", "source")}
            shown.append({"stem": key, "notebook": key[:2], "table": html, **words})
    return shown


def _places(figures: Path, goal: Path, language: str) -> dict[str, Any]:
    """Give the reach monitor: the region, and each place that a reader can choose; nothing when the run made none."""
    if shared.read_processed("reach_monitor", figures) is None:
        return {"country": "", "monitor": {}, "places": []}
    monitor = read_monitor(figures)
    places = {name: _place(monitor, name, goal, language) for name in places_of(monitor)}
    region = places[region_of(monitor)]
    numbers = [file for file in region["files"] if file["href"].endswith((".xlsx", ".csv"))]
    country = capital(label(region_of(monitor, "country"), language))
    return {"country": country, "monitor": {**region, "files": numbers}, "places": list(places.values())}


def _place(monitor: pd.DataFrame, name: str, goal: Path, language: str) -> dict[str, Any]:
    """Give the latest figures of a place, and the files about it that are there."""
    slug, shown, words = place_slug(name), label(name, language), words_of("page", language)["places"]
    names = {kind: f"places/{name}" for kind, name in place_files(name, language).items()}
    there = {kind: href for kind, href in names.items() if (goal / href).is_file()}
    described = _ALT.search((goal / there["svg"]).read_text(encoding="utf-8")) if "svg" in there else None
    files = [{"href": href, "words": words[kind].format(place=shown)} for kind, href in there.items()]
    picture = {"href": there["svg"], "alt": unescape(described[1])} if described else None
    return {"name": shown, "slug": slug, "rows": _rows(monitor, name, language), "files": files, "picture": picture}


def _rows(monitor: pd.DataFrame, place: str, language: str) -> list[dict[str, str]]:
    """Write the latest figures of a place as words, on one line each."""
    latest, country = place_rows(monitor, place).assign(part="table"), region_of(monitor, "country")
    words = table("sheet_place", latest, lang=language, place=place, region=region_of(monitor), country=country)
    rows = []
    for row, cells in zip(latest.to_dict("records"), words.to_numpy(), strict=True):
        _, unit, value, *_, there, year, change = (" ".join(cell.split()) for cell in cells)
        form = f": {label(str(row['form']), language, short=True)}" if row["form"] else ""
        said = {"name": f"{row[f'name_{language}']}{form}", "value": value, "change": change, "year": year}
        said["unit"] = re.sub(r"(\d)-(\d)", "\\1\N{WORD JOINER}-\N{WORD JOINER}\\2", unit)  # ages on one line
        rows.append(said | {"country": there.replace("–", ""), "reliability": str(row[f"reliability_{language}"])})
    return rows


def age_of_origin() -> dict[str, int]:
    """Give the last year of the figures by origin and of those on all youths in data/raw, and the years between.

    Examples
    --------
    >>> age_of_origin()
    {'origin': 2017, 'total': 2023, 'age': 6}
    """
    totals = load("care_totals")
    origin = int(load("care_by_origin")["period"].astype("str").str[:4].max())
    total = int(totals.loc[totals["period_kind"] == "year", "period"].astype("str").max())
    return {"origin": origin, "total": total, "age": total - origin}


def _about(language: str) -> list[tuple[str, str, str]]:
    """Give version, years, licence and how to cite: term, text and language of the text; no date of today."""
    words, package = words_of("page", language)["cite"], read_datapackage()
    citation = (project_folder() / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^(title|license): "?(.*?)"?$', citation, re.MULTILINE))
    names = ", ".join(re.findall(r"^  - name: (.*)$", citation, re.MULTILINE))
    licence = re.sub(r"^CC-([A-Z]+)-", r"CC \1 ", package["licenses"][0]["name"])
    years = sorted(load("care_totals")["period"].astype("str").str[:4].unique())
    whole = words_of("page", "en")["cite"]["whole_text"]
    texts = {"code": __version__, "data": f"{years[0]}-{years[-1]}"}
    texts["copies"] = shared.months_of_copies(shared.sources(), language)
    texts["mark"] = hashlib.sha256(json.dumps(package, sort_keys=True).encode()).hexdigest()[:12]
    texts["licence"] = words["licence_text"].format(licence=licence, code=fields["license"])
    texts["whole"] = whole.format(authors=names, title=fields["title"], version=__version__)
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


def page_findings(language: str, folder: Path) -> list[dict[str, Any]]:
    """Write the sentences that open the page, from the tables beside the figures.

    Parameters
    ----------
    language : {"nl", "en"}
        The language of the sentences.
    folder : pathlib.Path
        The folder with the figures.

    Returns
    -------
    list of dict
        ``firm`` (true: sure; false: an open question), ``notebook`` (two digits, where it is shown) and ``sentence``. A
        table that the run did not make, or that is synthetic, gives no sentence.

    Notes
    -----
    A finding is firm when a whole table decides it: the interval (and the bounds of rounding) lies on one side of 1, two
    intervals do not overlap, or the verdict over all measures is *established*. What the same rule leaves open is said too.
    Each rule looks at all rows of its kind in the latest year: every origin and form, every choice, every region. The rule of
    *established* is that of `range_over_choices`. No sentence says why.

    Examples
    --------
    >>> page_findings("en", Path("no_such_folder/figures"))
    []
    """
    findings: dict[str, dict[str, Any]] = {}  # each sentence once, whatever it is asked of
    for start, names in _FINDINGS.items():
        tables = [shared.read_processed(name, folder) for name in names]
        real = [one[(one["status"] == "shown") & ~one["synthetic"].astype(bool)] for one in tables if one is not None]
        if len(real) < len(names) or any(one.empty for one in real):
            continue
        rows, who = _asked(real)
        origins, forms = (in_terms_order(rows[0].get(name, ())) or [""] for name in ("origin", "form"))
        for group, form in product(reversed(origins), forms):
            for told in told_by(start, *rows, **who, group=group, form=form):
                sentence = told.words("text", language)
                finding = {"firm": told.firm, "notebook": start[5:7], "sentence": sentence}
                findings.setdefault(sentence, finding)
    return [*findings.values()]


def _asked(tables: list[pd.DataFrame]) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """Give the rows that the sentences pick from, and what the tables are about."""
    rows, last = tables[0], tables[-1]
    who = {"region": str(last["region"].iloc[0])} if "region" in last else {}
    if "prediction_band" in set(last["measure"]):
        ratios = rows[(rows["measure"] == "form_share_ratio") & (rows["region"] == who["region"])]
        ratios = ratios[ratios["period"] == ratios["period"].max()]
        beside = ratios[["origin", "form", "value"]].rename(columns={"value": "ratio"})
        bands = last[last["measure"] == "prediction_band"].merge(beside, on=["origin", "form"])
        return [ratios, bands], who | {"year": str(ratios["period"].max())}
    years = sorted(last["year"].astype(str).unique()) if "year" in last else [""]
    before, after = [*re.findall(r"\d{4}-\d{4}", " ".join(rows.get("method", [])[:1])), "", ""][:2]
    who |= {"years": "-".join(dict.fromkeys((years[0], years[-1]))), "before": before, "after": after}
    return [rows], who
