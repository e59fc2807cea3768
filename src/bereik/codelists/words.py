"""Words about people that bereik refuses in a text for readers, with what to write instead."""

import re

import pandas as pd

from bereik.codelists.lists import read_list
from bereik.errors import FigureError, UnknownNameError

__all__ = ["check_words", "refused_words"]

LANGUAGES = ("nl", "en")


def refused_words(language: str) -> pd.DataFrame:
    """List the words that are refused in one language.

    Parameters
    ----------
    language : {"nl", "en"}
        The language of the text.

    Returns
    -------
    pandas.DataFrame
        ``word`` (a star at the end stands for any ending, a hyphen may be left out), ``language`` (nl, en, both),
        ``unless`` (words that make it right when they stand in the same sentence, separated by ``|``), ``instead`` (what
        to write) and ``why``.

    Raises
    ------
    UnknownNameError
        When the language is neither nl nor en.

    Examples
    --------
    >>> "zorgmijd*" in refused_words("nl")["word"].tolist()
    True
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    words = read_list("refused_words.csv")
    return words[words["language"].isin([language, "both"])].reset_index(drop=True)


def check_words(text: str, language: str) -> None:
    """Refuse a text that uses a word about people that bereik does not use.

    Parameters
    ----------
    text : str
        One or more sentences.
    language : {"nl", "en"}
        The language of the text.

    Raises
    ------
    FigureError
        When a refused word stands in the text, inflected or not: names the word, the sentence and what to write instead.
    UnknownNameError
        When the language is neither nl nor en.

    Examples
    --------
    >>> check_words("Jeugdhulp bereikt jongeren met een Marokkaanse herkomst minder dan andere jongeren.", "nl")
    >>> check_words("Zorgmijders in beeld.", "nl")
    Traceback (most recent call last):
    bereik.errors.FigureError: The word 'Zorgmijders' in: 'Zorgmijders in beeld.'. Expected: a text without it, because the
    figures show what care reached, not what people avoided. To do: write instead: jeugdhulp bereikt ... minder; youth help
    reaches ... less.
    """
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for entry in refused_words(language).itertuples():
            found = _find(str(entry.word), sentence)
            if found and not any(_find(word, sentence) for word in filter(None, str(entry.unless).split("|"))):
                raise FigureError(
                    f"the word {found.group()!r} in: {sentence!r}",
                    f"a text without it, because {entry.why}",
                    f"write instead: {entry.instead}",
                )


def _find(word: str, sentence: str) -> re.Match[str] | None:
    """Find a whole word; a star at the end stands for any ending, a hyphen may be a space or nothing."""
    ending = r"\w*" if word.endswith("*") else ""
    pattern = r"[-\s]?".join(re.escape(part) for part in word.rstrip("*").split("-"))
    return re.search(rf"\b{pattern}{ending}\b", sentence, flags=re.IGNORECASE)
