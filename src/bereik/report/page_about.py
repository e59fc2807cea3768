"""What the page says of its figures as a whole: how old, from where, which version, under which licence, how to cite."""

import hashlib
import json
import re

import bereik
from bereik.data.datapackage import load, read_datapackage
from bereik.paths import project_folder
from bereik.report.room import report_words

__all__ = ["about_page", "age_of_origin", "months_of_copies", "sources_on_page"]

_COPY = re.compile(r"archive copy of (\w+) (\d{4})")


def age_of_origin() -> dict[str, int]:
    """Say how old the figures by origin are, against those on all youths.

    Returns
    -------
    dict
        ``origin`` and ``total``: the last year of each in data/raw; ``age``: how many years lie between.

    Examples
    --------
    >>> age_of_origin()
    {'origin': 2017, 'total': 2023, 'age': 6}
    """
    totals = load("care_totals")
    origin = int(load("care_by_origin")["period"].astype("str").str[:4].max())
    total = int(totals.loc[totals["period_kind"] == "year", "period"].astype("str").max())
    return {"origin": origin, "total": total, "age": total - origin}


def sources_on_page() -> list[dict[str, str]]:
    """List every source of data/raw once: its title, its address where it has one, and how the copy came to us.

    Returns
    -------
    list of dict
        ``title``, ``path`` (address or empty), ``name`` (title of the StatLine table, in Dutch) and ``retrieved`` (in English),
        in the order of the titles.

    Examples
    --------
    >>> sources_on_page()[0]["title"]
    'Boon et al. (2010), Tijdschrift voor Psychiatrie 52, 653-658'
    """
    found: dict[str, dict[str, str]] = {}
    for resource in read_datapackage()["resources"]:
        for source in resource["sources"]:
            about = {
                "path": source.get("path", ""),
                "name": source.get("statline_title", ""),
                "retrieved": source["retrieved"],
            }
            if source["title"] not in found or _COPY.search(about["retrieved"]):
                found[source["title"]] = {"title": source["title"], **about}
    return [found[title] for title in sorted(found)]


def about_page(language: str) -> list[tuple[str, str, str]]:
    """Give version, years, licence and how to cite.

    Parameters
    ----------
    language : {"nl", "en"}
        The language of the words.

    Returns
    -------
    list of tuple of str
        Term, text and language of the text, in the order in which the page shows them. Nothing in it is a date of today.

    Raises
    ------
    UnknownNameError
        When the language is neither nl nor en.

    Examples
    --------
    >>> about_page("en")[0]
    ('Version of the code', '0.2.0', 'en')
    """
    words = report_words("page", language)
    package = read_datapackage()
    citation = (project_folder() / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r'^(title|license): "?(.*?)"?$', citation, re.MULTILINE))
    names = ", ".join(re.findall(r"^  - name: (.*)$", citation, re.MULTILINE))
    licence = re.sub(r"^CC-([A-Z]+)-", r"CC \1 ", package["licenses"][0]["name"])
    years = sorted(load("care_totals")["period"].astype("str").str[:4].unique())
    version = {"version": bereik.__version__}
    mark = hashlib.sha256(json.dumps(package, sort_keys=True).encode()).hexdigest()[:12]
    texts = {
        "code": bereik.__version__,
        "data": f"{years[0]}-{years[-1]}",
        "copies": months_of_copies(sources_on_page(), language),
        "mark": mark,
        "licence": words["cite"]["licence_text"].format(licence=licence, code=fields["license"]),
        "whole": report_words("page", "en")["cite"]["whole_text"].format(
            authors=names, title=fields["title"], **version
        ),
        "one": words["cite"]["one_text"].format(**version),
    }
    return [(words["cite"][key], text, "en" if key == "whole" else language) for key, text in texts.items()]


def months_of_copies(sources: list[dict[str, str]], language: str) -> str:
    """Say from which months the copies of some sources are.

    Parameters
    ----------
    sources : list of dict
        Each with ``retrieved``, as in the data package.
    language : {"nl", "en"}
        The language of the months.

    Returns
    -------
    str
        Month and year, each once.

    Examples
    --------
    >>> months_of_copies([{"retrieved": "archive copy of April 2025, not checked"}], "nl")
    'april 2025'
    """
    months = report_words("page", language)["months"]
    found = {month for source in sources for month in _COPY.findall(source["retrieved"])}
    return ", ".join(f"{months[month]} {year}" for month, year in sorted(found))
