"""Names by code and numbers, in Dutch and English: of forms, origins and regions by the term lists, of the rest by names.toml."""

import math
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import pandas as pd

from bereik.codelists.care import care_forms
from bereik.codelists.lists import read_list
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.regions import regions
from bereik.errors import FigureError, UnknownNameError
from bereik.tables import rounded

__all__ = ["LANGUAGES", "example_origins", "format_number", "group_name", "in_terms_order", "label"]

LANGUAGES = ("nl", "en")
_EXAMPLE = ("example_reference", "example_b_to_f", "example_a_to_f", "example_region")
_MINUS = "\N{MINUS SIGN}"


def label(code: str, language: str, *, short: bool = False, scheme: str | None = None) -> str:
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

    Examples
    --------
    >>> label("with_residence", "nl"), label("with_residence", "en", short=True)
    ('jeugdhulp met verblijf', 'with residence')
    """
    check_language(language)
    if code in _catalogue():
        return _catalogue()[code][language]
    known = _terms()
    names = known[(known["code"] == code) & (known["scheme"].isin([scheme, ""]) if scheme else True)]
    found = names[f"short_{language}" if short else language].unique()
    if len(found) == 0:
        raise UnknownNameError("label", code, [*_catalogue(), *known["code"]])
    if len(found) > 1:
        raise FigureError(
            f"the code {code!r} has more than one name: {', '.join(map(repr, found))}",
            "one name",
            f"name the origin scheme: {' or '.join(SCHEMES)}",
        )
    return str(found[0])


def group_name(code: str, language: str, *, scheme: str | None = None, made_up: bool = False) -> str:
    """Name the youths of an origin group, persons first.

    Parameters
    ----------
    code : str
        Code of an origin group.
    language : {"nl", "en"}
        The language of the words.
    scheme : {"migratieachtergrond", "herkomst"}, optional
        The origin scheme; needed for a country.
    made_up : bool
        The number beside it is made up: name group A to F or the reference group, nobody real.

    Returns
    -------
    str
        For example *jongeren met een westerse migratieachtergrond*.

    Raises
    ------
    UnknownNameError
        When the code or the language is unknown.

    Examples
    --------
    >>> group_name("westers", "en")
    'youths with a western migration background'
    >>> group_name("westers", "en", made_up=True)
    'youths of group A'
    """
    code = example_origins().get(code, code) if made_up else code
    fixed = f"persons_{code}"
    if fixed in _catalogue():
        return label(fixed, language)
    name = label(code, language, scheme=scheme)
    if code.startswith("example_"):
        return f"{label('youths_word', language)} {label('of_word', language)} {name}"
    joined = name.startswith(("met ", "with ", "of "))
    return f"{label('youths_word', language)} {'' if joined else label('with_word', language) + ' '}{name}"


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
        raise FigureError(
            f"{value!r} where a number is shown", "a finite number, or a missing one", "correct the value"
        )
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
        Each code once.

    Raises
    ------
    UnknownNameError
        When a code is in no term list.

    Examples
    --------
    >>> in_terms_order(["niet_westers", "nederlands", "niet_westers"])
    ['nederlands', 'niet_westers']
    """
    order = list(dict.fromkeys(_terms()["code"]))
    wanted = {str(code) for code in codes}
    unknown = sorted(wanted - set(order))
    if unknown:
        raise UnknownNameError("form of care, origin or region", unknown[0], order)
    return [code for code in order if code in wanted]


def capital(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def check_language(language: str) -> None:
    """Raise when a language is neither nl nor en."""
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)


def example_origins() -> dict[str, str]:
    """Give the codes that stand for origins in made-up figures: a reference group, groups A to F, and groups together."""
    groups = {
        "reference": "nederlands nederland", "a": "westers europa", "b": "turkije", "c": "marokko", "d": "suriname",
        "e": "antillen_aruba nederlandse_cariben", "f": "overig_niet_westers overig_buiten_europa", "g": "indonesie",
        "b_to_f": "niet_westers buiten_europa", "a_to_f": "met_migratieachtergrond buiten_nederland",
    }  # fmt: skip
    return {code: f"example_{group}" for group, codes in groups.items() for code in codes.split()}


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("bereik.codelists").joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def _terms() -> pd.DataFrame:
    """Put forms, origins and regions in one table: code, scheme, nl, en, short_nl, short_en."""
    forms = care_forms().assign(scheme="")
    origins = pd.concat([origin_groups(scheme).assign(scheme=scheme) for scheme in SCHEMES])
    places = regions()
    english = places["also_called"].str.extract(r"(?:^|\|)(The [^|]+)", expand=False).fillna(places["name"])
    english = english.where(places["kind"] != "country", english.str.replace(r"^The ", "the ", regex=True))
    named = pd.DataFrame({"code": places["name"], "scheme": "", "nl": places["name"], "en": english})
    coded = named.assign(code=places["code"])
    measured = read_list("indicators.csv").rename(columns={"indicator": "code"}).assign(scheme="")
    measured = measured.assign(nl=measured["short_nl"], en=measured["short_en"])
    table = pd.concat([forms, _example_terms(), origins, measured, named, coded], ignore_index=True)
    for language in LANGUAGES:
        table[f"short_{language}"] = table[f"short_{language}"].fillna(table[language])
    return table[["code", "scheme", "nl", "en", "short_nl", "short_en"]]


def _example_terms() -> pd.DataFrame:
    """Name the groups and places of made-up figures."""
    said = _catalogue()
    named = {code: {language: said[code][language] for language in LANGUAGES} for code in said if code in _EXAMPLE}
    numbered = {
        f"{code}_{number}": {language: f"{said[code][language]} {number}" for language in LANGUAGES}
        for code in ("example_municipality", "example_network", "example_tool")
        for number in range(1, 100)
    }
    letters = {
        f"example_{letter}": {language: f"{said['example_group'][language]} {letter.upper()}" for language in LANGUAGES}
        for letter in "abcdefg"
    }
    rows = [{"code": code, **words, "scheme": ""} for code, words in (named | letters | numbered).items()]
    return pd.DataFrame(rows)
