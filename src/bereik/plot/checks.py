"""What must be true of a figure before it is written: its name, its numbers, its texts, and its note on uncertainty."""

import re
from collections.abc import Mapping

import pandas as pd

from bereik.errors import FigureError, example_rows
from bereik.small_cells import refuse_small_cells
from bereik.tables import one_value, require_columns
from bereik.terms.names import LANGUAGES
from bereik.terms.words import check_words

TEXTS = ("title", "subtitle", "source", "alt")
_STEM = re.compile(r"\d{2}(_[a-z0-9]+)+")
_SHORTEST_ALT = 60
_UNCERTAINTY = re.compile(r"\b(interval(len|s)?|bands?|banden|toeval|chance|placebo)\b", re.IGNORECASE)


def check_stem(stem: str) -> None:
    """Refuse a name that does not begin with the number of a notebook."""
    if not _STEM.fullmatch(stem):
        raise FigureError(
            f"the stem {stem!r}",
            "two digits of the notebook, then words in lower case, such as 02_ratio_by_region",
            "rename the figure",
        )


def check_data(stem: str, data: pd.DataFrame) -> bool:
    """Check the numbers behind a figure, and say whether they are synthetic."""
    if not isinstance(data, pd.DataFrame) or data.empty:
        raise FigureError(f"no data for {stem}", "the table that is drawn", "give the result table as data")
    require_columns(data, ["synthetic", "source"], where=f"the data of {stem}")
    unsourced = data["source"].isna() | (data["source"].astype(str).str.strip() == "")
    if unsourced.any():
        raise FigureError(f"rows without a source: {example_rows(data, unsourced)}", "a source in every row", "add it")
    refuse_small_cells(data)
    synthetic = one_value(data, "synthetic", where=f"the data of {stem}")
    if str(synthetic) not in ("True", "False"):
        raise FigureError(f"synthetic is {synthetic!r} in the data of {stem}", "True or False", "correct the column")
    if "synthetic" in stem.split("_"):
        raise FigureError(
            f"the stem {stem!r}",
            "a name without the word synthetic: it is added when the data are synthetic, and never otherwise",
            "rename the figure",
        )
    return bool(synthetic)


def check_texts(stem: str, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a missing text, a refused word, and an alternative text that says too little."""
    for language in LANGUAGES:
        for name in TEXTS:
            text = texts.get(language, {}).get(name)
            if not isinstance(text, str) or not text.strip():
                raise FigureError(
                    f"no {name} in the language {language} for {stem}",
                    f"{', '.join(TEXTS)} in {' and '.join(LANGUAGES)}",
                    "write it in bereik/texts",
                )
            check_words(text, language)
        _check_alt(stem, language, texts[language])


def check_uncertainty(stem: str, data: pd.DataFrame, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse texts that are silent about the interval that the numbers have, drawn or not."""
    if not data.filter(["lower", "upper"]).notna().any(axis=None):
        return
    for language in LANGUAGES:
        if not _UNCERTAINTY.search(f"{texts[language]['subtitle']} {texts[language]['source']}"):
            raise FigureError(
                f"no note on uncertainty in the subtitle or the source ({language}) of {stem}, whose numbers have an interval",
                "what the interval is, for example 'Lines: 95% interval (chance)', or that only the numbers have it",
                "add it to the source in bereik/texts",
            )


def _check_alt(stem: str, language: str, texts: Mapping[str, str]) -> None:
    alt = texts["alt"].strip()
    fault = (
        "is the title again" if alt.casefold().rstrip(".") == texts["title"].strip().casefold().rstrip(".")
        else "is the name of the file" if alt.casefold().startswith(stem)
        else f"has {len(alt)} characters" if len(alt) < _SHORTEST_ALT
        else ""
    )  # fmt: skip
    if fault:
        raise FigureError(
            f"the alt text ({language}) of {stem} {fault}",
            f"at least {_SHORTEST_ALT} characters that say what the picture shows, for who cannot see it",
            "describe the kind of chart, the groups, and the finding with its numbers",
        )
