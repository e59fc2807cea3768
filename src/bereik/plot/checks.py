"""What must be true of a figure before it is written: its names, its numbers, its texts, and its note on uncertainty."""

import re
from collections.abc import Mapping

import pandas as pd

from bereik.codelists.names import LANGUAGES
from bereik.codelists.words import check_words
from bereik.errors import FigureError, example_rows
from bereik.small_cells import refuse_small_cells
from bereik.tables import one_value, require_columns

__all__ = ["TEXTS", "check_figure"]

TEXTS = ("title", "subtitle", "source", "alt")
_WORD = r"(?!synthetic|verzonnen)[a-z0-9]+"
_KEY, _FILE = re.compile(rf"\d{{2}}(_{_WORD})+"), re.compile(rf"{_WORD}(-{_WORD})*|")
_SHORTEST_ALT = 60
_UNCERTAINTY = re.compile(r"\b(interval(len|s)?|bands?|banden|toeval|chance|placebo)\b", re.IGNORECASE)


def check_figure(key: str, data: pd.DataFrame, texts: Mapping[str, Mapping[str, str]], file: str = "") -> bool:
    """Refuse a figure that cannot be trusted, understood or found again, and say whether its numbers are made up.

    Parameters
    ----------
    key : str
        The number of the notebook in two digits, then words in lower case.
    data : pandas.DataFrame
        The numbers that are drawn.
    texts : dict
        ``title``, ``subtitle``, ``source`` and ``alt`` for each language.
    file : str
        The Dutch name of its files, without the number: words in lower case with hyphens, or nothing.

    Returns
    -------
    bool
        Whether the numbers are synthetic.

    Raises
    ------
    FigureError, MissingColumnError, IncomparableError, DisclosureError
        As `bereik.plot.write.write_figure` says.

    Examples
    --------
    >>> table = pd.DataFrame({"value": [1.0], "synthetic": [False], "source": ["made up"]})
    >>> check_figure("02_example", table, {"nl": {"title": "Een vondst"}})
    Traceback (most recent call last):
    bereik.errors.FigureError: No subtitle in the language nl for 02_example. Expected: title, subtitle, source, alt in nl and
    en. To do: write it in bereik/texts.
    """
    if not (_KEY.fullmatch(key) and _FILE.fullmatch(file)):
        raise FigureError(
            f"the names {key!r} and {file!r}",
            "two digits of the notebook, then words in lower case such as 02_ratio_by_region, and Dutch words with hyphens; that "
            "data are synthetic is added when they are, and never otherwise",
            "rename the figure",
        )
    synthetic = _check_data(key, data)
    interval = data.filter(["lower", "upper"]).notna().any(axis=None)
    hidden = "status" in data and not data["status"].eq("shown").all()
    for language in LANGUAGES:
        _check_texts(key, texts.get(language, {}), language, hidden)
        said = f"{texts[language]['subtitle']} {texts[language]['source']}"
        if interval and not _UNCERTAINTY.search(said):
            raise FigureError(
                f"no note on uncertainty in the subtitle or the source ({language}) of {key}, whose numbers have an interval",
                "what the interval is, for example 'Lines: 95% interval (chance)', or that only the numbers have it",
                "add it to the source in bereik/texts",
            )
    return synthetic


def _check_data(key: str, data: pd.DataFrame) -> bool:
    if not isinstance(data, pd.DataFrame) or data.empty:
        raise FigureError(f"no data for {key}", "the table that is drawn", "give the result table as data")
    where = f"the data of {key}"
    require_columns(data, ["synthetic", "source"], where=where)
    unsourced = data["source"].isna() | (data["source"].astype(str).str.strip() == "")
    if unsourced.any():
        raise FigureError(f"rows without a source: {example_rows(data, unsourced)}", "a source in every row", "add it")
    refuse_small_cells(data)
    synthetic = one_value(data, "synthetic", where=where)
    if str(synthetic) not in ("True", "False"):
        raise FigureError(f"synthetic is {synthetic!r} in {where}", "True or False", "correct the column")
    return bool(synthetic)


def _check_texts(key: str, texts: Mapping[str, str], language: str, hidden: bool) -> None:
    """Refuse a missing text, a refused word, and an alternative text that says too little."""
    for name in TEXTS:
        text = texts.get(name)
        if not isinstance(text, str) or not text.strip():
            expected = f"{', '.join(TEXTS)} in {' and '.join(LANGUAGES)}"
            raise FigureError(f"no {name} in the language {language} for {key}", expected, "write it in bereik/texts")
        check_words(text, language)
    title, alt = (texts[name].strip() for name in ("title", "alt"))
    if hidden and alt == title:  # both say that what they are about is not shown
        return
    faults = {
        "is the title again": alt.casefold().rstrip(".") == title.casefold().rstrip("."),
        "is the name of the file": alt.startswith(key),
        f"has {len(alt)} characters": len(alt) < _SHORTEST_ALT,
    }
    for fault in (fault for fault, found in faults.items() if found):
        raise FigureError(
            f"the alt text ({language}) of {key} {fault}",
            f"at least {_SHORTEST_ALT} characters that say what the picture shows, for who cannot see it",
            "describe the kind of chart, the groups, and the finding with its numbers",
        )
