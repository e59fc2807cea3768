"""Names by code, numbers and words for readers, in Dutch and English.

Forms, origins and regions are named by the codelists, the rest by names.toml. Some words about people are refused in every text
for readers (refused_words.csv).
"""

import math
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import pandas as pd

from bereik.categories import check_flags, check_known
from bereik.codelists import SCHEMES, care_forms, origin_groups, read_list, regions
from bereik.errors import FigureError, UnknownNameError
from bereik.tables import rounded

LANGUAGES = ("nl", "en")
_EXAMPLE = ("example_reference", "example_b_to_f", "example_a_to_f", "example_region")
_NUMBERED = ("example_municipality", "example_network", "example_tool")
_MINUS = "\N{MINUS SIGN}"


def label(code: str, language: str, *, short: bool = False, scheme: str | None = None, persons: bool = False) -> str:
    """Give the words for a code: a measure, a unit, a note, a form of care, an origin or a region.

    Parameters
    ----------
    code : str
        A key of ``codelists/names.toml``, the code of a form or an origin, or the code or name of a region.
    language : {"nl", "en"}
        The language of the words.
    short : bool
        The short name of a form of care, for a narrow place.
    scheme : {"migratieachtergrond", "herkomst"}, optional
        The origin scheme; needed for a country, which the two schemes name differently.
    persons : bool
        Name the youths of an origin, persons first.

    Returns
    -------
    str
        The words, without a capital at the start unless it is a name.

    Raises
    ------
    UnknownNameError
        When the code or the language is unknown.
    FigureError
        When the two origin schemes name the code differently and no scheme is given.
    BereikError
        When `short` or `persons` is neither True nor False.

    Examples
    --------
    >>> label("with_residence", "nl"), label("with_residence", "en", short=True)
    ('jeugdhulp met verblijf', 'with residence')
    >>> label("westers", "en", persons=True)
    'youths with a western migration background'
    """
    check_language(language)
    check_flags(short=short, persons=persons)
    if persons:
        return _persons(code, language, scheme)
    if str(code) in _catalogue():
        return _catalogue()[str(code)][language]
    table = _terms()
    rows = table[(table["code"] == str(code)) & (table["scheme"].isin([scheme, ""]) if scheme else True)]
    names = rows[f"short_{language}" if short else language].unique()
    if len(names) == 0:
        raise UnknownNameError("label", code, [*_catalogue(), *table["code"]])
    if len(names) > 1:
        problem = f"the code {code!r} has more than one name: {', '.join(map(repr, names))}"
        raise FigureError(problem, "one name", f"name the origin scheme: {' or '.join(SCHEMES)}")
    return str(names[0])


def _persons(code: str, language: str, scheme: str | None) -> str:
    """Name the youths of an origin, for example *jongeren met een westerse migratieachtergrond*."""
    if f"persons_{code}" in _catalogue():
        return label(f"persons_{code}", language)
    name = label(code, language, scheme=scheme)
    between = "of_word" if code.startswith("example_") else "with_word"
    joined = between == "with_word" and name.startswith(("met ", "with ", "of "))
    return " ".join([label("youths_word", language), *([] if joined else [label(between, language)]), name])


def format_number(value: object, language: str, decimals: int = 0, *, signed: bool = False) -> str:
    """Write a number as readers of the language do; a missing one in words, never as 0.

    Parameters
    ----------
    value : number
        What to write; missing (None, NaN, NA) becomes *niet gepubliceerd* or *not published*.
    language : {"nl", "en"}
        Dutch: decimal comma and thousands point. English: the other way round.
    decimals : int
        How many decimals.
    signed : bool
        A plus before what is above 0 as it is written.

    Returns
    -------
    str
        The number in words for the eye, with a real minus sign.

    Raises
    ------
    FigureError
        When the value is text, infinite, or true/false.
    UnknownNameError
        When the language is neither nl nor en.

    Examples
    --------
    >>> format_number(17350, "nl"), format_number(8.339, "en", 2), format_number(None, "nl")
    ('17.350', '8.34', 'niet gepubliceerd')
    >>> format_number(8.339, "en", 1, signed=True), format_number(0.04, "en", 1, signed=True)
    ('+8.3', '0.0')
    """
    check_language(language)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return label("not_published", language)
    if not pd.api.types.is_number(value) or pd.api.types.is_bool(value) or not math.isfinite(value):  # type: ignore[arg-type]
        raise FigureError(f"{value!r} where a number is shown", "a finite number, or a missing one", "correct it")
    text = f"{float(rounded(float(value))):,.{decimals}f}"  # type: ignore[arg-type]
    written = float(text.replace(",", ""))
    text = text.lstrip("-") if written == 0 else text.replace("-", _MINUS)
    text = f"+{text}" if signed and written > 0 else text
    return text.translate(str.maketrans(",.", ".,")) if language == "nl" else text


def in_terms_order(codes: Iterable[object]) -> list[str]:
    """Sort the codes of forms or origins as the term lists order them, the same in every figure.

    Parameters
    ----------
    codes : iterable of str
        Codes of forms of care or of origin groups, or names of regions.

    Returns
    -------
    list of str
        Each code once; ``rest``, the groups that are too small together, at the end.

    Raises
    ------
    UnknownNameError
        When a code is in no term list.

    Examples
    --------
    >>> in_terms_order(["niet_westers", "nederlands", "niet_westers"])
    ['nederlands', 'niet_westers']
    """
    terms, wanted = _terms(), {str(code) for code in codes}
    schemes = [[*terms.loc[terms["scheme"] == scheme, "code"], "rest"] for scheme in SCHEMES]  # each its own order
    order = next((each for each in schemes if wanted <= set(each)), [*dict.fromkeys(terms["code"]), "rest"])
    unknown = sorted(wanted - set(order))
    if unknown:
        raise UnknownNameError("form of care, origin or region", unknown[0], order)
    return [code for code in order if code in wanted]


def capital(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def check_language(language: str) -> None:
    """Raise when a language is neither nl nor en."""
    check_known("language", language, LANGUAGES)


def example_origins() -> dict[str, str]:
    """Give the codes that stand for origins in made-up figures: a reference group, groups A to F, and groups together."""
    return read_list("origin.csv").query("example != ''").set_index("code")["example"].to_dict()


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("bereik.codelists").joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def _terms() -> pd.DataFrame:
    """Put forms, origins and regions in one table: code, scheme, nl, en, short_nl, short_en."""
    origins = pd.concat([origin_groups(scheme).assign(scheme=scheme) for scheme in SCHEMES])
    places = regions()
    english = places["also_called"].str.extract(r"(?:^|\|)(The [^|]+)", expand=False).fillna(places["name"])
    english = english.where(places["kind"] != "country", english.str.replace(r"^The ", "the ", regex=True))
    by_name = pd.DataFrame({"code": places["name"], "nl": places["name"], "en": english})
    by_code = by_name.assign(code=places["code"])
    measured = read_list("indicators.csv").rename(columns={"indicator": "code"})
    measured = measured.assign(nl=measured["short_nl"], en=measured["short_en"])
    table = pd.concat([care_forms(), _example_terms(), origins, measured, by_name, by_code], ignore_index=True)
    table = table.fillna({"scheme": "", **{f"short_{language}": table[language] for language in LANGUAGES}})
    return table[["code", "scheme", "nl", "en", "short_nl", "short_en"]]


def _example_terms() -> pd.DataFrame:
    """Name the groups and places of made-up figures."""
    words = _catalogue()
    rows = [{"code": code, **words[code]} for code in words if code in _EXAMPLE]
    numbered = [(f"example_{mark}", "example_group", mark.upper()) for mark in "abcdefg"]
    numbered += [(f"{kind}_{number}", kind, str(number)) for kind in _NUMBERED for number in range(1, 100)]
    rows += [{"code": code, **{at: f"{words[kind][at]} {mark}" for at in LANGUAGES}} for code, kind, mark in numbered]
    return pd.DataFrame(rows)


@cache
def refused_words(language: str) -> pd.DataFrame:
    """List the words about people that are refused in one language: word, unless, instead, why.

    A star at the end stands for any ending, a hyphen may be left out; ``unless``: words that make it right in the same sentence.
    """
    check_language(language)
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
    entries = refused_words(language).to_dict("records")
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for entry in entries:
            match = _match(entry["word"], sentence)
            if match and not any(_match(word, sentence) for word in filter(None, entry["unless"].split("|"))):
                problem = f"the word {match.group()!r} in: {sentence!r}"
                expected = f"a text without it, because {entry['why']}"
                raise FigureError(problem, expected, f"write instead: {entry['instead']}")


def _match(word: str, sentence: str) -> re.Match[str] | None:
    """Find a whole word; a star at the end stands for any ending, a hyphen may be a space or nothing."""
    ending = r"\w*" if word.endswith("*") else ""
    pattern = r"[-\s]?".join(re.escape(part) for part in word.rstrip("*").split("-"))
    return re.search(rf"\b{pattern}{ending}\b", sentence, flags=re.IGNORECASE)
