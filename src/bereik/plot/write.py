"""The only writer of a figure: two languages, SVG and PNG, the numbers as CSV and Excel and its texts, or nothing at all."""

import base64
import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik import __version__
from bereik.codelists.names import LANGUAGES, check_language, check_words, label
from bereik.errors import FigureError
from bereik.paths import NOTEBOOK, figures_folder
from bereik.plot import narrow
from bereik.plot.style import add_frame, style
from bereik.plot.workbook import write_workbook
from bereik.suppress import refuse_unprotected
from bereik.tables import check_provenance, refuse_signs, require_columns, rounded_table, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


TEXTS = ("title", "subtitle", "source", "alt")
# the font that is drawn with, and its nearest kin where that one is not there
FONTS = "DejaVu Sans, Verdana, sans-serif"
_WORD = r"(?!synthetic|verzonnen)[a-z0-9]+"
_KEY, _FILE = re.compile(rf"\d{{2}}(_{_WORD})+"), re.compile(rf"{_WORD}(-{_WORD})*|")
_SHORTEST_ALT = 60
_UNCERTAINTY = re.compile(r"\b(interval(len|s)?|bands?|banden|toeval|chance|placebo)\b", re.IGNORECASE)
_MADE_UP = {"nl": "_verzonnen", "en": "_synthetic"}
_NARROW = {"nl": "smal", "en": "narrow"}
_COLOURS, _WHITE = 128, 254  # in a PNG, and what the choice of colours makes of white
_NUMBER = re.compile(r"-?\d+\.\d+")
_PATH = re.compile(r' d="(M [^"]*)"')
_PLACE = re.compile(r' (x|y|width|height)="(-?\d+\.\d+)"')
_SHIFT = re.compile(r"(translate|rotate)\(([^)]*)\)")
_USUAL = re.compile(r" font-family: 'DejaVu Sans';| text-anchor: start;| transform=.rotate\(-0 [^)]*\).|\n +(?=[\n<])")
_NAMED = re.compile(r'<g id="(?!text_|axes_|patch_)[^"]*">')
_MARKS = re.compile(r'<g id="(mark:[^"]*)">((?:(?!<g id=).)*)', re.DOTALL)  # an artist, up to the next one
_STEP = re.compile(r"([MLQCz])([^MLQCz]*)")
_REPEATED = re.compile(r'<use [^>\n]*?(?P<style> style="[^"]*")/?>.*\n(?:<use [^>\n]*?(?P=style)/?>.*\n)+')
_HASHED = re.compile(r'(?<=["#])[a-zA-Z][0-9a-f]{10}(?=["\)])')


@dataclass(frozen=True)
class SavedFigure:
    """A figure as it was written; a notebook shows the picture, its title and its alternative text.

    Parameters
    ----------
    texts : dict
        Its texts in the language that a notebook shows.
    files : tuple of str
        The names of its files in figures/.
    language : str
        The language.
    preview : bytes
        The picture, small.
    folder : str
        The folder below the project that they were written to, when that is not for the figures of a run.
    claims : tuple of dict
        The rows that its title is about, see `bereik.texts.say.Sentence`.

    Examples
    --------
    >>> SavedFigure({"title": "Titel", "alt": "Een beschrijving"}, ("data/01_example.csv",), "nl")
    Titel
    Beschrijving: Een beschrijving
    data/01_example.csv
    """

    texts: Mapping[str, str]
    files: tuple[str, ...]
    language: str
    preview: bytes = field(default=b"", repr=False)
    folder: str = ""
    claims: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        """Give the title, the alternative text and the names of the files: the same on every machine."""
        about = f"{label('alt_word', self.language)}: {self.texts['alt']}"
        return "\n".join([self.texts["title"], about, ", ".join(self.files), *self._where()])

    def _where(self) -> list[str]:
        return [f"{label('written_word', self.language)}: {self.folder}"] if self.folder else []

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        picture, alt = base64.b64encode(self.preview).decode("ascii"), escape(self.texts["alt"])
        where = "".join(f"<figcaption>{escape(line)}</figcaption>" for line in self._where())
        # a reader of pages takes no other description than this one
        image = f'<img src="data:image/png;base64,{picture}" alt="{alt}">'
        return {"text/html": f"<figure>{image}{where}</figure>", "text/plain": repr(self)}


def write_figure(
    key: str,
    draw: "Callable[[pd.DataFrame, str], Figure]",
    data: pd.DataFrame,
    *,
    texts: Mapping[str, Mapping[str, str]],
    language: str = "en",
    file: str = "",
    folder: Path | None = None,
    claims: tuple[dict[str, Any], ...] = (),
    also_narrow: bool = False,
) -> SavedFigure:
    """Write a figure in two languages, with its numbers and its texts; the same bytes from run to run.

    Parameters
    ----------
    key : str
        The number of the notebook in two digits, then words: ``02_ratio_by_region``.
    draw : function of a table and a language
        Gives a matplotlib figure without title, subtitle and source (a chart of `bereik.plot`).
    data : pandas.DataFrame
        The numbers that are drawn, with the columns ``synthetic`` and ``source``.
    texts : dict
        ``title``, ``subtitle``, ``source`` and ``alt`` for ``nl`` and ``en``.
    language : {"nl", "en"}
        The language that the notebook shows.
    file : str
        The name of the Dutch pictures, without the number: ``verhouding-per-jeugdregio``; that of the key when empty.
    folder : path, optional
        Where the files go; `figures_folder` by default.
    claims : tuple of dict
        The rows that the title is about.
    also_narrow : bool
        Whether the function can draw for a telephone too (`bereik.plot.narrow.drawn`); such a picture is an SVG more.

    Returns
    -------
    SavedFigure
        Shows itself in a notebook.

    Raises
    ------
    FigureError
        When a name, a language, a text or the data is missing or wrong, the alternative text says too little, the texts of
        numbers with an interval do not name it, a refused word occurs. Nothing is written then.
    IncomparableError
        When synthetic and real rows are mixed.
    InvalidTableError
        When a text, a name or a category holds a control sign, with which no browser would open the picture.
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Notes
    -----
    Files, below figures/: ``nl/NN_FILE`` and ``en/KEY``, each as ``.svg`` and ``.png``, and in data/ the data as given
    (``KEY.csv``), the same with what each column means (``KEY.xlsx``), and texts, sources and files (``KEY.json``). For
    synthetic data the names end in ``_verzonnen`` (nl) or ``_synthetic``, and the picture says so. The source ends with the
    name of the picture and the version, so that a picture can be cited wherever it goes. Numbers are rounded before
    they are drawn (`bereik.tables.rounded`). All are written, or none.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> table = pd.DataFrame({"value": [1.0], "synthetic": [False], "source": ["made up"]})
    >>> write_figure("figure one", lambda data, language: new_figure(), table, texts={})
    Traceback (most recent call last):
    bereik.errors.FigureError: The names 'figure one' and ''. Expected: two digits of the notebook, then words in lower case
    such as 02_ratio_by_region, ... To do: rename the figure.
    """
    check_language(language)
    synthetic = _check_data(key, file, data)
    for code in LANGUAGES:
        _check_texts(key, texts.get(code, {}), code, data)
    stems = {code: key + mark * synthetic for code, mark in _MADE_UP.items()}
    stem, stems["nl"] = stems["en"], f"{key[:2]}_{file}{_MADE_UP['nl'] * synthetic}" if file else stems["nl"]
    files = {f"{code}.{kind}": f"{code}/{stems[code]}.{kind}" for code in LANGUAGES for kind in ("svg", "png")}
    files |= {f"{code}.narrow": f"{code}/{stems[code]}.{word}.svg" for code, word in _NARROW.items() if also_narrow}
    files |= {kind: f"data/{stem}.{kind}" for kind in ("csv", "xlsx", "json")}
    texts = {code: {**texts[code], "source": _signed(texts[code]["source"], stems[code])} for code in LANGUAGES}
    sources = sorted(data["source"].astype(str).str.split("; ").explode().unique())
    about = {"stem": stem, "notebook": key[:2], "synthetic": synthetic, "sources": sources, "files": files}
    about["texts"] = {code: {name: texts[code][name] for name in TEXTS} for code in LANGUAGES}
    drawn, folder, previews = rounded_table(data), folder or figures_folder(), {}
    with tempfile.TemporaryDirectory(prefix=".figure-", dir=folder) as place:
        made = {kind: Path(place, name) for kind, name in files.items()}
        for path in made.values():
            path.parent.mkdir(exist_ok=True)
        for code in LANGUAGES:
            across = label("synthetic_words", code) if synthetic else ""
            pictures = _pictures(partial(draw, drawn.copy(), code), texts[code], across, both=also_narrow)
            previews[code] = pictures.pop("preview")
            for kind, picture in pictures.items():
                made[f"{code}.{kind}"].write_bytes(picture)
        write_csv(data, made["csv"])
        write_workbook(drawn, made["xlsx"], texts=texts)
        written = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        made["json"].write_text(written, encoding="utf-8", newline="\n")
        for kind, name in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            made[kind].replace(folder / name)
    where = f"{NOTEBOOK}/{folder.name}" if folder.parent.as_posix().endswith(f"/{NOTEBOOK}") else ""
    return SavedFigure(texts[language], tuple(files.values()), language, previews[language], where, claims)


def _signed(source: str, stem: str) -> str:
    """Say below a source which picture it is, and of which version."""
    return f"{source.rstrip('.')}. {stem.replace('_', ' ')}, bereik {__version__}."


def _check_data(key: str, file: str, data: pd.DataFrame) -> bool:
    """Refuse names and data that cannot be trusted or found again, and say whether the numbers are made up."""
    if not (_KEY.fullmatch(key) and _FILE.fullmatch(file)):
        expected = "two digits of the notebook, then words in lower case such as 02_ratio_by_region, and Dutch words with hyphens"
        expected += "; that data are synthetic is added when they are, and never otherwise"
        raise FigureError(f"the names {key!r} and {file!r}", expected, "rename the figure")
    where = f"the data of {key}"
    if not isinstance(data, pd.DataFrame) or data.empty:
        raise FigureError(f"no data for {key}", "the table that is drawn", "give the result table as data")
    require_columns(data, ["synthetic", "source"], where=where)
    for name in data:
        refuse_signs([name, *data[name]], where=f"the column {name!r} of {key}")
    check_provenance(data, where=where)
    refuse_unprotected(data)
    return bool(data["synthetic"].iloc[0])


def _check_texts(key: str, texts: Mapping[str, str], language: str, data: pd.DataFrame) -> None:
    """Refuse a missing text, a refused word, no note on uncertainty, and an alternative text that says too little."""
    for name in TEXTS:
        text = texts.get(name)
        if not isinstance(text, str) or not text.strip():
            expected = f"{', '.join(TEXTS)} in {' and '.join(LANGUAGES)}"
            raise FigureError(f"no {name} in the language {language} for {key}", expected, "write it in bereik/texts")
        refuse_signs([text], where=f"the {name} ({language}) of {key}")
        check_words(text, language)
    title, alt = (texts[name].strip() for name in ("title", "alt"))
    interval = data.filter(["lower", "upper"]).notna().any(axis=None)
    hidden = "status" in data and not data["status"].eq("shown").all()
    both = hidden and alt == title  # they may say that what they are about is not shown
    note = "what the interval is, for example 'Lines: 95% interval (chance)', or that only the numbers have it"
    more = f"at least {_SHORTEST_ALT} characters that say what the picture shows, for who cannot see it"
    unsaid = interval and not _UNCERTAINTY.search(f"{texts['subtitle']} {texts['source']}")
    again = not both and alt.casefold().rstrip(".") == title.casefold().rstrip(".")
    faults = [(unsaid, "no note on uncertainty in the subtitle or the source", note)]
    faults += [(again, "an alt text that is the title again", more)]
    faults += [(alt.startswith(key), "an alt text that is the name of the file", more)]
    faults += [(not both and len(alt) < _SHORTEST_ALT, f"an alt text that has {len(alt)} characters", more)]
    for there, fault, expected in faults:
        if there:
            raise FigureError(f"{fault} ({language}) of {key}", expected, "write it in bereik/texts")


def figure_svg(figure: "Figure", texts: Mapping[str, str]) -> str:
    """Give a figure as SVG that says what it shows, the same from run to run.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn within `style`, with its frame.
    texts : dict
        ``title`` and ``alt``.

    Returns
    -------
    str
        The file.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> "<dc:title>A finding</dc:title>" in figure_svg(new_figure(), {"title": "A finding", "alt": "A chart"})
    True
    """
    drawn = io.StringIO()
    about = {"Date": None, "Creator": None, "Title": texts["title"], "Description": texts["alt"]}
    figure.savefig(drawn, format="svg", metadata=about)
    refuse_signs([drawn.getvalue()], where=f"the drawing of {texts['title']!r}")
    return slim(drawn.getvalue())


def framed_svg(draw: "Callable[[], Figure]", texts: Mapping[str, str], across: str = "") -> str:
    """Draw a figure with its texts around it, and give it as SVG; within `bereik.plot.narrow.drawn` a narrow one."""
    with style():
        return figure_svg(_framed(draw, texts, across), texts)


def _pictures(draw: "Callable[[], Figure]", texts: Mapping[str, str], across: str, *, both: bool) -> dict[str, bytes]:
    """Draw a figure, and give it as SVG, as PNG of 1920 by 1080 points and of half that size, and perhaps narrow."""
    made = {"narrow": narrow.drawn(framed_svg, draw, texts, across).encode()} if both else {}
    with style():
        figure = _framed(draw, texts, across)
        made |= {"svg": figure_svg(figure, texts).encode(), "png": _png(figure, 144, texts)}
        return made | {"preview": _png(figure, 72, texts)}


def _framed(draw: "Callable[[], Figure]", texts: Mapping[str, str], across: str) -> "Figure":
    from matplotlib.figure import Figure

    figure = draw()
    if not isinstance(figure, Figure):
        wrong = f"{type(figure).__name__} from the function that draws {texts['title']!r}"
        raise FigureError(wrong, "a matplotlib Figure", "return the figure")
    add_frame(figure, texts, across=across)
    return figure


def _png(figure: "Figure", dpi: int, texts: Mapping[str, str]) -> bytes:
    """Give the picture in few colours, no plane of it off by more than the eye can see, with its texts inside."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    drawn, packed, about = io.BytesIO(), io.BytesIO(), PngInfo()
    for name, text in (("Title", "title"), ("Description", "alt"), ("Source", "source")):
        about.add_itxt(name, texts[text])
    figure.savefig(drawn, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    picture = Image.open(drawn).convert("RGB")
    few = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.putpalette([255 if part >= _WHITE else part for part in few.getpalette() or []])
    few.save(packed, format="png", dpi=(dpi, dpi), compress_level=9, pnginfo=about)
    return packed.getvalue()


def slim(svg: str) -> str:
    """Write the same picture in fewer characters: places to a hundredth of a point, and nothing that goes without saying.

    Parameters
    ----------
    svg : str
        As matplotlib writes it, with words as text in DejaVu Sans.

    Returns
    -------
    str
        Shorter, and the same to the eye. Where DejaVu Sans is not there, a font of nearly the same width is shown.

    Examples
    --------
    >>> slim('<use x="60.640625"/><path d="M 0 1.23456 L 0 3.00001"/>')
    '<use x="60.64"/><path d="M0 1.23v1.77"/>'
    """
    names: dict[str, str] = {}
    svg = _MARKS.sub(_titled, svg)
    svg = _HASHED.sub(lambda match: names.setdefault(match[0], f"{match[0][0]}{len(names) + 1}"), svg)
    svg = _USUAL.sub(lambda match: "\n" if match[0][0] == "\n" else "", svg)
    svg = _PATH.sub(lambda match: f' d="{_shortest(match[1])}"', svg)
    svg = _SHIFT.sub(lambda match: f"{match[1]}({_NUMBER.sub(lambda one: _rounded(one[0]), match[2])})", svg)
    svg = _PLACE.sub(lambda match: f' {match[1]}="{_rounded(match[2])}"', svg)
    svg = svg.replace("<svg ", f'<svg font-family="{FONTS}" xml:space="preserve" ', 1)
    return _REPEATED.sub(_one_style, _NAMED.sub("<g>", svg))


def _titled(match: re.Match[str]) -> str:
    """Give each mark of an artist, or else the whole of it, its line of the words as a title."""
    words, kind = iter(match[1].replace("mark:", "").split("\n")), "use" if "<use " in match[2] else "path"
    part = re.compile(rf"(<{kind} (?!id)[^>]*)/>")
    return "<g>" + part.sub(lambda mark: f"{mark[1]}><title>{next(words)}</title></{kind}>", match[2])


def _one_style(match: re.Match[str]) -> str:
    """Say the style of marks that follow each other once."""
    return f"<g{match['style']}>\n{match[0].replace(match['style'], '')}</g>\n"


def _shortest(path: str) -> str:
    """Write each step from where the last one ended, to a hundredth of a point, straight ones with one number."""
    made, here = [], (0.0, 0.0)
    for letter, words in _STEP.findall(path):
        numbers = [round(float(word), 2) for word in words.split()]
        steps = [round(number - here[at % 2], 2) for at, number in enumerate(numbers)]
        if letter in "Mz":
            made.append(letter + _joined(numbers))
        elif letter == "L" and 0 in steps:
            made.append(f"v{_joined(steps[1:])}" if steps[0] == 0 else f"h{_joined(steps[:1])}")
        else:
            made.append(letter.lower() + _joined(steps))
        here = (numbers[-2], numbers[-1]) if numbers else here
    return "".join(made)


def _joined(numbers: list[float]) -> str:
    return " ".join(_rounded(number) for number in numbers).replace(" -", "-")


def _rounded(number: str | float) -> str:
    return str(round(float(number), 2) + 0.0).removesuffix(".0")  # + 0.0: never -0
