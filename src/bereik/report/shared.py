"""What every part of the report shares: figures and tables of a run, templates, words in two languages, and pictures.

A picture within a page is inline SVG with real text, without the texts that stand beside it, and with the letters it needs.
"""

import base64
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from html import escape
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.codelists.names import check_language, label
from bereik.data.load import read_datapackage
from bereik.errors import BereikError
from bereik.plot.style import COLOURS
from bereik.plot.write import FONTS

if TYPE_CHECKING:
    from jinja2 import Template


Each = Callable[..., Iterable[Any]]  # `map`, or one that works side by side
PAGES = {"nl": "index.html", "en": "index.en.html"}
DOCUMENTS = {"nl": "figuren.pdf", "en": "figures.pdf"}
# the main figures in the order of the page; the first one stands on the first screen
MAIN = (
    *("04_use_beside_need", "01_forms_by_origin", "02_ratio_by_region", "03_need_by_indicator"),
    *("03_special_primary_education", "05_share_by_year", "05_observed_expected", "06_referrers_by_third"),
)
_REBUILD = "run `make run`, or `bereik run` for your own data or another region"
_COPY = re.compile(r"archive copy of (\w+) (\d{4})")
_BLOCK = re.compile(r'<g id="text_\d+">(.*?)</g>', re.DOTALL)
_LINE = re.compile(r'<text style="[^"]*?size: ([\d.]+)px[^>]*?(?: y="|translate\([-\d.]+ )([-\d.]+)[^>]*>(.*?)</text>')
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_GAP = 8.0  # points between the drawing and the edge, where the texts stood


def read_figures(folder: Path) -> list[dict[str, Any]]:
    """Read what data/manifest.json says of the figures in a folder, sorted by stem; each of their files is there.

    Examples
    --------
    >>> read_figures(Path("no_such_folder"))
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, which a run writes when its
    notebooks are done. To do: run `make run`, or `bereik run` for your own data or another region.
    """
    manifest = folder / "data" / "manifest.json"
    if not manifest.is_file():
        expected = "manifest.json, which a run writes when its notebooks are done"
        raise BereikError(f"no figures in the folder {folder.name!r}", expected, _REBUILD)
    named = f"manifest.json in {folder.name!r}"
    try:
        figures = sorted(json.loads(manifest.read_text(encoding="utf-8")), key=lambda figure: str(figure["stem"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BereikError(f"{named} cannot be read ({error})", "a list of figures", _REBUILD) from error
    if not figures:
        raise BereikError(f"{named} lists no figure", "one figure or more", _REBUILD)
    absent = sorted(name for figure in figures for name in figure["files"].values() if not (folder / name).is_file())
    if absent:
        fault = f"{len(absent)} files of figures are not there: {', '.join(absent[:3])}"
        raise BereikError(fault, "every file that manifest.json names", _REBUILD)
    return figures


def read_processed(name: str, folder: Path) -> pd.DataFrame | None:
    """Read a table of data/processed beside a folder of figures, periods as text; None when the run did not make it."""
    path = folder.resolve().parent / "data" / "processed" / f"{name}.csv"
    dtypes = {"period": "str", "previous_period": "str", "year": "str"}
    return pd.read_csv(path, dtype=dtypes) if path.is_file() else None


def in_page_order(figures: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Group figures as the page and the PDF show them, and number the pictures: the main ones first, the rest by question.

    Parameters
    ----------
    figures : list of dict
        Each with ``stem``, ``notebook`` and ``source``; one with ``rows`` is a table, no picture, and gets no number.
    language : {"nl", "en"}
        The language of the number and of the titles.

    Returns
    -------
    list of dict
        ``question`` (the title), ``number`` (of its notebook) and ``figures``, whose ``source`` now begins with the number of
        the figure. The first group is that of the main figures (`MAIN`, in that order), also when there is none; those of a
        notebook without a question come last, together.

    Examples
    --------
    >>> figures = [{"stem": stem, "notebook": stem[:2], "source": "CBS."} for stem in ("01_per_head", *MAIN[1::-1])]
    >>> [[one["source"] for one in group["figures"]] for group in in_page_order(figures, "en")]
    [['Figure 1. CBS.', 'Figure 2. CBS.'], ['Figure 3. CBS.']]
    """
    words, at = words_of("page", language), count(1)
    titles = words["questions"] | {"": words["figures"]["title"]}
    grouped: dict[str, list[dict[str, Any]]] = {"": []}
    for one in sorted(figures, key=lambda one: MAIN.index(one["stem"]) if one["stem"] in MAIN else len(MAIN)):
        code = "" if one["stem"] in MAIN else one["notebook"]
        grouped.setdefault(code if code in titles else "other", []).append(one)
    for code in sorted(grouped):
        for one in (one for one in grouped[code] if "rows" not in one):
            one["source"] = words["figure"]["numbered"].format(number=next(at), source=one["source"])
    return [{"number": code, "question": titles[code], "figures": grouped[code]} for code in sorted(grouped)]


def sources() -> list[dict[str, str]]:
    """List every source of data/raw once, by title: address, title in StatLine (Dutch), how the copy came to us (English).

    Examples
    --------
    >>> sources()[0]["title"]
    'Adriaanse et al. (2015), Child and Adolescent Psychiatry and Mental Health 9, 13'
    """
    listed: dict[str, dict[str, str]] = {}
    for source in (source for resource in read_datapackage()["resources"] for source in resource["sources"]):
        if source["title"] not in listed or _COPY.search(source["retrieved"]):
            about = {"name": source.get("statline_title", ""), "path": source.get("path", "")}
            listed[source["title"]] = about | {name: source[name] for name in ("title", "retrieved")}
    return [listed[title] for title in sorted(listed)]


def months_of_copies(copied: list[dict[str, str]], language: str) -> str:
    """Say from which months the copies of some sources are, each month once.

    Examples
    --------
    >>> months_of_copies([{"retrieved": "archive copy of April 2025, not checked"}], "nl")
    'april 2025'
    """
    months = words_of("page", language)["months"]
    dated = {month for source in copied for month in _COPY.findall(source["retrieved"])}
    return ", ".join(f"{months[month]} {year}" for month, year in sorted(dated))


@cache
def template(name: str, language: str) -> "Template":
    """Load a template; it escapes HTML, refuses a name that is not given, and knows `language`, `colours` and `label`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(str(files("bereik.report").joinpath("templates")))
    blocks: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **blocks)
    names = {"language": language, "colours": COLOURS, "label": partial(label, language=language)}
    return environment.get_template(name, globals=names)


@cache
def words_of(name: str, language: str) -> dict[str, Any]:
    """Read the words of a part of the report in one language.

    Parameters
    ----------
    name : str
        File in ``words/``, without ``.toml``: tables within tables, at the end ``nl`` and ``en``.
    language : {"nl", "en"}
        Which of the two is kept.

    Returns
    -------
    dict
        The same tables, with a text in place of ``nl`` and ``en``.

    Raises
    ------
    UnknownNameError
        When the language is neither nl nor en.

    Examples
    --------
    >>> words_of("page", "nl")["head"]["this_page"]
    'Lees deze pagina in het Nederlands'
    """
    check_language(language)
    text = files("bereik.report").joinpath("words", f"{name}.toml").read_text(encoding="utf-8")
    return dict(_in_language(tomllib.loads(text), language))


def _in_language(words: Any, language: str) -> Any:
    if not isinstance(words, dict):
        return words
    return words[language] if language in words else {key: _in_language(part, language) for key, part in words.items()}


def inline_picture(svg: str, stem: str, texts: Mapping[str, str], narrow: str = "") -> str:
    """Turn the SVG file of a figure into an element of a page, or two of which a page shows one.

    Parameters
    ----------
    svg : str
        The file, as `write_figure` writes it.
    stem : str
        The name of the figure, with which all ids begin: no figure on a page refers to a part of another.
    texts : dict
        ``title``, ``subtitle`` and ``source``, which are taken out because the page gives them as text, and ``alt``.
    narrow : str
        The file for a telephone; both then have a class, ``slide`` and ``phone``, for the style of the page.

    Returns
    -------
    str
        An ``<svg role="img">`` whose label is the alternative text; its words are in DejaVu Sans (`font_faces`).

    Examples
    --------
    >>> texts = {"title": "T", "subtitle": "S", "source": "B", "alt": "Two"}
    >>> inline_picture('<svg width="9pt" viewBox="0 0 9 9"><g id="m"/><use href="#m"/></svg>', "01", texts)
    '<svg role="img" aria-label="Two" font-family="DejaVu Sans, ..." viewBox="0 0 9 9"><g id="f01-m"/><use href="#f01-m"/></svg>'
    """
    if narrow:
        both = (inline_picture(svg, stem, texts), "slide"), (inline_picture(narrow, f"{stem}-n", texts), "phone")
        return "\n".join(one.replace("<svg", f'<svg class="{look}"', 1) for one, look in both)
    drawn = _without_frame(svg[svg.index("<svg") :], [texts[name] for name in ("title", "subtitle", "source")])
    drawn = re.sub(r"((?<=\n)<title>.*?</title>|<(metadata|style)\b.*?</\2>|<!--.*?-->)\s*", "", drawn, flags=re.DOTALL)
    drawn = _own_ids(drawn.replace("xlink:href", "href"), f"f{stem}-")
    box = re.search(r'viewBox="[^"]*"', drawn)
    head = f'<svg role="img" aria-label="{escape(texts["alt"])}" font-family="{FONTS}" {box[0] if box else ""}>'
    return re.sub(r"<svg\b[^>]*>", lambda _: head, drawn, count=1).strip()


def as_file(picture: str) -> str:
    """Turn an element of a page into a file of its own."""
    return picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" stroke-linejoin="round"', 1)


def _without_frame(svg: str, texts: list[str]) -> str:
    """Take out the blocks of text that hold one of these texts, and the height that they took at the top and the bottom."""
    box = _BOX.search(svg)
    if box is None:
        return svg
    width, height = float(box[1]), float(box[2])
    top, bottom = 0.0, height
    for block in _BLOCK.finditer(svg):
        lines = [(float(down), float(size), words) for size, down, words in _LINE.findall(block[1])]
        if " ".join(words for *_, words in lines) not in {escape(text, quote=False) for text in texts}:
            continue
        svg = svg.replace(block[0], "", 1)
        if lines[0][0] < height / 2:
            top = max(top, lines[-1][0] + lines[-1][1] / 2)
        else:
            bottom = min(bottom, lines[0][0] - lines[0][1] - _GAP)
    return svg.replace(box[0], f'viewBox="0 {top:g} {width:g} {bottom - top:g}"', 1)


def _own_ids(svg: str, prefix: str) -> str:
    """Keep the ids that something refers to, and let them begin with the name of the figure."""
    names = {name for pair in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg) for name in pair if name}
    svg = re.sub(r' id="([^"]*)"', lambda match: f' id="{prefix}{match[1]}"' if match[1] in names else "", svg)
    return re.sub(r'(href="#|url\(#)', lambda match: match[1] + prefix, svg)


def font_faces(text: str) -> str:
    """Write the CSS that supplies DejaVu Sans, regular and bold, with only the letters of a text (WOFF in base64).

    The fonts are those that matplotlib ships and draws with; their licence (Bitstream Vera) lets a part be passed on.

    Examples
    --------
    >>> print(font_faces("a")[:60])
    @font-face{font-family:"DejaVu Sans";font-weight:normal;src:
    """
    import matplotlib

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    fonts = {"normal": folder / "DejaVuSans.ttf", "bold": folder / "DejaVuSans-Bold.ttf"}
    face = '@font-face{{font-family:"DejaVu Sans";font-weight:{};src:url(data:font/woff;base64,{}) format("woff")}}'
    return "\n".join(face.format(weight, _subset(path, text)) for weight, path in fonts.items())


def _subset(path: Path, text: str) -> str:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(path, recalcTimestamp=False)
    options = {"layout_features": ["kern"], "hinting": False, "name_IDs": [1, 2], "drop_tables": ["FFTM"]}
    subsetter = Subsetter(Options(**options, notdef_outline=True))
    subsetter.populate(text="".join(sorted(set(text))))
    subsetter.subset(font)
    font.flavor = "woff"
    written = io.BytesIO()
    font.save(written)
    return base64.b64encode(written.getvalue()).decode("ascii")
