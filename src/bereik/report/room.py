"""What every part of the report shares: the figures that were made, their questions, templates, words in two languages."""

import json
import tomllib
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.codelists.names import check_language, format_number, label
from bereik.errors import BereikError
from bereik.paths import figures_folder
from bereik.plot.style import COLOURS

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["DOCUMENTS", "PAGES", "by_question", "read_processed", "read_report_figures", "report_words", "template"]

PAGES = {"nl": "index.html", "en": "index.en.html"}
DOCUMENTS = {"nl": "figuren.pdf", "en": "figures.pdf"}

_REBUILD = "run `make run`, or `bereik run` for your own data or another region"


def read_report_figures(folder: Path | str | None = None) -> list[dict[str, Any]]:
    """Read the descriptions of all figures from data/manifest.json.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default.

    Returns
    -------
    list of dict
        One per figure, sorted by stem: ``stem``, ``notebook`` (two digits), ``synthetic``, ``sources``, ``texts`` (per
        language ``title``, ``subtitle``, ``source``, ``alt``) and ``files`` (``nl.svg``, ``csv``, ...: their names).

    Raises
    ------
    BereikError
        When there are no figures yet, or the manifest cannot be read or names a file that is not there.

    Examples
    --------
    >>> read_report_figures("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, which a run writes when its
    notebooks are done. To do: run `make run`, or `bereik run` for your own data or another region.
    """
    place = Path(folder or figures_folder())
    manifest = place / "data" / "manifest.json"
    if not manifest.is_file():
        raise BereikError(
            f"no figures in the folder {place.name!r}",
            "manifest.json, which a run writes when its notebooks are done",
            _REBUILD,
        )
    try:
        figures = sorted(json.loads(manifest.read_text(encoding="utf-8")), key=lambda figure: str(figure["stem"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BereikError(
            f"manifest.json in {place.name!r} cannot be read ({error})", "a list of figures", _REBUILD
        ) from error
    if not figures:
        raise BereikError(f"manifest.json in {place.name!r} lists no figure", "one figure or more", _REBUILD)
    absent = sorted(name for figure in figures for name in figure["files"].values() if not (place / name).is_file())
    if absent:
        raise BereikError(
            f"{len(absent)} files of figures are not there: {', '.join(absent[:3])}",
            "every file that manifest.json names",
            _REBUILD,
        )
    return figures


def read_processed(name: str, folder: Path | str | None = None) -> pd.DataFrame | None:
    """Read one of the tables that a run wrote beside its figures, in data/processed.

    Parameters
    ----------
    name : str
        The table, without ``.csv``.
    folder : path, optional
        The folder with the figures; `figures_folder` by default.

    Returns
    -------
    pandas.DataFrame or None
        The table, its period as text; None when the run did not make it.

    Examples
    --------
    >>> read_processed("no_such_table") is None
    True
    """
    path = Path(folder or figures_folder()).resolve().parent / "data" / "processed" / f"{name}.csv"
    return pd.read_csv(path, dtype={"period": str, "previous_period": str}) if path.is_file() else None


def by_question(figures: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    """Group figures by the question of their notebook; those of a notebook without a question come last, together.

    Parameters
    ----------
    figures : list of dict
        Each with ``notebook``; their order is kept within a group.
    language : {"nl", "en"}
        The language of the questions.

    Returns
    -------
    list of dict
        ``number`` (of the notebook, or ``other``), ``question`` and ``figures``.

    Examples
    --------
    >>> [group["number"] for group in by_question([{"notebook": "77"}, {"notebook": "02"}], "en")]
    ['02', 'other']
    """
    questions = report_words("page", language)["questions"]

    def number(figure: dict[str, Any]) -> str:
        return figure["notebook"] if figure["notebook"] in questions else "other"

    return [
        {"number": code, "question": questions[code], "figures": list(group)}
        for code, group in groupby(sorted(figures, key=number), number)
    ]


def template(name: str, language: str) -> "Template":
    """Load a template of the report, with the helpers that templates use.

    Parameters
    ----------
    name : str
        File in ``templates/``.
    language : {"nl", "en"}
        For ``number(value, decimals)`` and ``label(code)``, which a template may call; also there: ``language``, ``colours``
        and ``file(name)``, the text of another file in ``templates/``.

    Returns
    -------
    jinja2.Template
        HTML is escaped; a name that is not given is an error, never an empty place.

    Examples
    --------
    >>> template("page.html.j2", "nl").globals["number"](1234.5, 1)
    '1.234,5'
    """
    check_language(language)
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = str(files("bereik.report").joinpath("templates"))
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def file(other: str) -> Markup:
        return Markup(Path(folder, other).read_text(encoding="utf-8"))  # noqa: S704 (our own file)

    number: Callable[..., str] = partial(_number, language)
    helpers = {
        "language": language,
        "number": number,
        "label": partial(_label, language),
        "colours": COLOURS,
        "file": file,
    }
    return environment.get_template(name, globals=helpers)


def _number(language: str, value: object, decimals: int = 0) -> str:
    return format_number(value, language, decimals)


def _label(language: str, code: str, **options: Any) -> str:
    return label(code, language, **options)


def report_words(name: str, language: str) -> dict[str, Any]:
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
    >>> report_words("page", "nl")["head"]["this_page"]
    'Lees deze pagina in het Nederlands'
    """
    check_language(language)
    chosen: dict[str, Any] = _in_language(_read_words(name), language)
    return chosen


@cache
def _read_words(name: str) -> dict[str, Any]:
    return tomllib.loads(files("bereik.report").joinpath("words", f"{name}.toml").read_text(encoding="utf-8"))


def _in_language(words: Any, language: str) -> Any:
    if not isinstance(words, dict):
        return words
    if set(words) == {"nl", "en"}:
        return words[language]
    return {key: _in_language(part, language) for key, part in words.items()}
