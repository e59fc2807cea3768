"""The only writer of a figure: two languages, SVG and PNG, the numbers as CSV and Excel and its texts, or nothing at all."""

import base64
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.codelists.names import LANGUAGES, check_language, label
from bereik.errors import FigureError
from bereik.paths import figures_folder
from bereik.plot.checks import TEXTS, check_figure
from bereik.plot.frame import add_frame
from bereik.plot.style import style
from bereik.plot.svg import slim
from bereik.plot.workbook import write_workbook
from bereik.tables import rounded_table, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SavedFigure", "figure_svg", "write_figure"]

_MARKS = {"nl": "_verzonnen", "en": "_synthetic"}
_COLOURS, _WHITE = 128, 254  # in a PNG, and what the choice of colours makes of white


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

    def __repr__(self) -> str:
        """Give the title, the alternative text and the names of the files: the same on every machine."""
        about = f"{label('alt_word', self.language)}: {self.texts['alt']}"
        return "\n".join([self.texts["title"], about, ", ".join(self.files)])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict[str, str], Any]:
        picture = base64.b64encode(self.preview).decode("ascii")
        return {"image/png": picture, "text/plain": repr(self)}, {"image/png": {"alt": self.texts["alt"]}}


def write_figure(
    key: str,
    draw: "Callable[[pd.DataFrame, str], Figure]",
    data: pd.DataFrame,
    *,
    texts: Mapping[str, Mapping[str, str]],
    language: str = "en",
    file: str = "",
    folder: Path | None = None,
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
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Notes
    -----
    Files, below figures/: ``nl/NN_FILE`` and ``en/KEY``, each as ``.svg`` and ``.png``, and in data/ the data as given
    (``KEY.csv``), the same with what each column means (``KEY.xlsx``), and texts, sources and files (``KEY.json``). For
    synthetic data the names end in ``_verzonnen`` (nl) or ``_synthetic``, and the picture says so. Numbers are rounded before
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
    synthetic = check_figure(key, data, texts, file)
    stems = {code: key + mark * synthetic for code, mark in _MARKS.items()}
    stem, stems["nl"] = stems["en"], f"{key[:2]}_{file}{_MARKS['nl'] * synthetic}" if file else stems["nl"]
    files = {f"{code}.{kind}": f"{code}/{stems[code]}.{kind}" for code in LANGUAGES for kind in ("svg", "png")}
    files |= {kind: f"data/{stem}.{kind}" for kind in ("csv", "xlsx", "json")}
    about = {
        "stem": stem,
        "notebook": key[:2],
        "synthetic": synthetic,
        "sources": sorted(data["source"].astype(str).str.split("; ").explode().unique()),
        "texts": {code: {name: texts[code][name] for name in TEXTS} for code in LANGUAGES},
        "files": files,
    }
    drawn, folder, previews = rounded_table(data), folder or figures_folder(), {}
    with tempfile.TemporaryDirectory(prefix=".figure-", dir=folder) as place:
        made = {kind: Path(place, name) for kind, name in files.items()}
        for path in made.values():
            path.parent.mkdir(exist_ok=True)
        for code in LANGUAGES:
            svg, picture, previews[code] = _pictures(key, draw, drawn, texts[code], code, synthetic)
            made[f"{code}.svg"].write_text(svg, encoding="utf-8", newline="\n")
            made[f"{code}.png"].write_bytes(picture)
        write_csv(data, made["csv"])
        write_workbook(drawn, made["xlsx"], texts=texts)
        written = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        made["json"].write_text(written, encoding="utf-8", newline="\n")
        for kind, name in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            made[kind].replace(folder / name)
    return SavedFigure(texts[language], tuple(files.values()), language, previews[language])


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
    return slim(drawn.getvalue())


def _pictures(
    key: str,
    draw: "Callable[[pd.DataFrame, str], Figure]",
    data: pd.DataFrame,
    texts: Mapping[str, str],
    language: str,
    synthetic: bool,
) -> tuple[str, bytes, bytes]:
    """Draw a figure, and give it as SVG, as PNG of 1920 by 1080 points, and as PNG of half that size."""
    from matplotlib.figure import Figure

    with style():
        figure = draw(data.copy(), language)
        if not isinstance(figure, Figure):
            wrong = f"{type(figure).__name__} from the function that draws {key}"
            raise FigureError(wrong, "a matplotlib Figure", "return the figure")
        add_frame(figure, texts, across=label("synthetic_words", language) if synthetic else "")
        return figure_svg(figure, texts), _png(figure, 144, texts), _png(figure, 72, texts)


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
