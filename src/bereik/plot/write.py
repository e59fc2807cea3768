"""The only writer of a figure: two languages, SVG and PNG, the numbers as CSV and Excel and its texts, or nothing at all."""

import base64
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.errors import FigureError
from bereik.paths import figures_folder
from bereik.plot.checks import TEXTS, check_data, check_stem, check_texts, check_uncertainty
from bereik.plot.frame import add_frame
from bereik.plot.style import style
from bereik.plot.svg import slim
from bereik.plot.workbook import write_workbook
from bereik.tables import rounded_table, write_csv
from bereik.terms.names import LANGUAGES, check_language, label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SavedFigure", "write_figure"]

_MARK = "_synthetic"
_SVG = {"Date": None, "Creator": None}


@dataclass(frozen=True)
class SavedFigure:
    """A figure as it was written; a notebook shows the picture, its title and its alternative text.

    Parameters
    ----------
    stem : str
        The name that the files share.
    texts : dict
        The four texts in each language.
    folder : pathlib.Path
        Where the files are.
    files : tuple of str
        Their names.
    language : str
        The language that a notebook shows.

    Examples
    --------
    >>> texts = {"nl": {"title": "Titel", "alt": "Een beschrijving"}}
    >>> SavedFigure("01_example", texts, Path("figures"), ("01_example.csv",), "nl")
    Titel
    Beschrijving: Een beschrijving
    01_example.csv
    """

    stem: str
    texts: Mapping[str, Mapping[str, str]]
    folder: Path
    files: tuple[str, ...]
    language: str
    preview: bytes = field(default=b"", repr=False)

    def __repr__(self) -> str:
        """Give the title, the alternative text and the names of the files: the same on every machine."""
        texts = self.texts[self.language]
        return f"{texts['title']}\n{label('alt_word', self.language)}: {texts['alt']}\n{', '.join(self.files)}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        picture = base64.b64encode(self.preview).decode("ascii")
        metadata = {"image/png": {"alt": self.texts[self.language]["alt"]}}
        return {"image/png": picture, "text/plain": repr(self)}, metadata


def write_figure(
    stem: str,
    draw: "Callable[..., Figure]",
    data: pd.DataFrame,
    *,
    texts: Mapping[str, Mapping[str, str]],
    language: str = "en",
    **options: Any,
) -> SavedFigure:
    """Write a figure in two languages, with its numbers and its texts; the same bytes from run to run.

    Parameters
    ----------
    stem : str
        The number of the notebook in two digits, then words: ``02_ratio_by_region``. For synthetic data ``_synthetic`` is
        added to the names of the files.
    draw : function of a table and a language
        Gives a matplotlib figure without title, subtitle and source (a chart of `bereik.plot`).
    data : pandas.DataFrame
        The numbers that are drawn, with the columns ``synthetic`` and ``source``.
    texts : dict
        ``title``, ``subtitle``, ``source`` and ``alt`` for ``nl`` and ``en``; see `figure_texts`.
    language : {"nl", "en"}
        The language that the notebook shows.
    **options
        What else `draw` takes, for example ``region="Haaglanden"``.

    Returns
    -------
    SavedFigure
        Shows itself in a notebook.

    Raises
    ------
    FigureError
        When the stem, a language, a text or the data is missing or wrong, the alternative text says too little, the texts of
        numbers with an interval do not name it, a refused word occurs. Nothing is written then.
    IncomparableError
        When synthetic and real rows are mixed.
    DisclosureError
        When individual data show a cell of fewer than 10 youths, users or non-users.

    Notes
    -----
    Files: ``STEM.nl.svg``, ``STEM.nl.png``, ``STEM.en.svg``, ``STEM.en.png``, ``STEM.csv`` (the data as given),
    ``STEM.xlsx`` (the same, with what each column means) and ``STEM.json`` (texts, sources and files). Numbers are rounded
    before they are drawn (`bereik.tables.rounded`). All are written, or none.

    Examples
    --------
    >>> from bereik.plot.style import new_figure
    >>> table = pd.DataFrame({"value": [1.0], "synthetic": [False], "source": ["made up"]})
    >>> write_figure("figure one", lambda data, language: new_figure(2), table, texts={})
    Traceback (most recent call last):
    bereik.errors.FigureError: The stem 'figure one'. Expected: two digits of the notebook, then words in lower case, such as
    02_ratio_by_region. To do: rename the figure.
    """
    check_language(language)
    check_stem(stem)
    synthetic = check_data(stem, data)
    stem = f"{stem}{_MARK}" if synthetic else stem
    check_texts(stem, texts)
    check_uncertainty(stem, data, texts)
    drawn = rounded_table(data)
    folder = figures_folder()
    names = [f"{stem}.{code}.{kind}" for code in LANGUAGES for kind in ("svg", "png")]
    files = (*names, f"{stem}.csv", f"{stem}.xlsx", f"{stem}.json")
    picture = partial(draw, **options)
    about = {
        "stem": stem,
        "notebook": stem[:2],
        "synthetic": synthetic,
        "sources": sorted(data["source"].astype(str).str.split("; ").explode().unique()),
        "texts": {code: {name: texts[code][name] for name in TEXTS} for code in LANGUAGES},
        "files": sorted(files),
    }
    with tempfile.TemporaryDirectory(prefix=f".{stem}-", dir=folder) as place:
        made = Path(place)
        previews = {
            code: _write_pictures(made, stem, picture, drawn, texts[code], code, synthetic) for code in LANGUAGES
        }
        write_csv(data, made / f"{stem}.csv")
        write_workbook(drawn, made / f"{stem}.xlsx", texts=texts)
        written = json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        (made / f"{stem}.json").write_text(written, encoding="utf-8", newline="\n")
        for name in files:
            (made / name).replace(folder / name)
    return SavedFigure(stem, about["texts"], folder, files, language, previews[language])  # type: ignore[arg-type]


def _write_pictures(
    folder: Path,
    stem: str,
    draw: "Callable[[pd.DataFrame, str], Figure]",
    data: pd.DataFrame,
    texts: Mapping[str, str],
    language: str,
    synthetic: bool,
) -> bytes:
    from matplotlib.figure import Figure

    with style():
        figure = draw(data.copy(), language)
        if not isinstance(figure, Figure):
            raise FigureError(
                f"{type(figure).__name__} from the function that draws {stem}",
                "a matplotlib Figure",
                "return the figure",
            )
        add_frame(figure, texts, warning=label("synthetic_words", language) if synthetic else "")
        about = {**_SVG, "Title": texts["title"], "Description": texts["alt"]}
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata=about)
        (folder / f"{stem}.{language}.svg").write_text(slim(drawn.getvalue()), encoding="utf-8", newline="\n")
        (folder / f"{stem}.{language}.png").write_bytes(_png(figure, 200))
        return _png(figure, 100)


def _png(figure: "Figure", dpi: int) -> bytes:
    """Give the picture in 128 colours: a third of the size, and no colour off by more than the eye can see."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    picture = Image.open(drawn).convert("RGB")
    few = picture.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(packed, format="png", dpi=(dpi, dpi), compress_level=9)
    return packed.getvalue()
