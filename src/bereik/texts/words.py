"""The files of texts, one a notebook, and the way a text is filled: numbers and names as each language writes them."""

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from bereik.codelists.names import capital, format_number, group_name, label
from bereik.errors import FigureError, UnknownNameError
from bereik.texts.rows import holds, look_up

__all__ = ["entries", "fill", "reading", "variant"]

KINDS = ("say", "figure", "table")


@cache
def entries() -> dict[str, dict[str, dict[str, Any]]]:
    """Read all files of texts.

    Returns
    -------
    dict
        For ``say``, ``figure`` and ``table``: the entries by key; for ``reading`` those of each notebook, by its number.

    Raises
    ------
    FigureError
        When a key does not begin with the number of its file, or stands in it twice.

    Examples
    --------
    >>> entries()["say"]["02_band"]["who"]
    ['region', 'group']
    """
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in (*KINDS, "reading")}
    parts = [part for part in files("bereik.texts").iterdir() if part.name.endswith(".toml")]
    for part in sorted(parts, key=lambda part: part.name):
        whole = tomllib.loads(part.read_text(encoding="utf-8"))
        found["reading"][part.name[:2]] = whole.pop("reading", {})
        for kind, texts in whole.items():
            for key, entry in texts.items():
                if not key.startswith(f"{part.name[:2]}_"):
                    raise FigureError(
                        f"the key {key!r} in {part.name}", f"a key that begins with {part.name[:2]}_", "move it"
                    )
                found[kind][key] = entry
    return found


def reading(key: str, language: str) -> dict[str, str]:
    """Say how a figure is read and how sure it is: in its own words, in those of its notebook, or in those for any figure.

    Parameters
    ----------
    key : str
        The key of the figure.
    language : {"nl", "en"}
        Dutch or English.

    Returns
    -------
    dict
        ``read`` and ``sure``.

    Examples
    --------
    >>> reading("11_ties", "en")["sure"]
    'There is no group without the programme to compare with: a change is no effect.'
    """
    told = [entries()["figure"].get(key, {}), entries()["reading"].get(key[:2], {})]
    return {
        part: next((one[part][language] for one in told if part in one), label(f"{part}_any", language))
        for part in ("read", "sure")
    }


def variant(
    text: Mapping[str, Any] | Sequence[Mapping[str, Any]], values: Mapping[str, Any], where: str
) -> Mapping[str, str]:
    """Choose the first variant of a text whose condition holds; the last one needs no condition.

    Parameters
    ----------
    text : mapping, or list of mappings
        ``nl`` and ``en``; in a list each with ``when``, but for the last one.
    values : mapping
        What conditions and placeholders refer to.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    mapping
        ``nl`` and ``en``.

    Raises
    ------
    FigureError
        When no variant holds.

    Examples
    --------
    >>> variant([{"when": "use.value > 1", "en": "more"}, {"en": "less"}], {"use": {"value": 2}}, "")["en"]
    'more'
    """
    for one in [text] if isinstance(text, Mapping) else text:
        if "when" not in one or holds(one["when"], values, where):
            return one
    raise FigureError(f"no variant of {where} holds", "a last variant without a condition", "add it")


def fill(template: str, values: Mapping[str, Any], language: str, where: str) -> str:
    """Fill the placeholders of a text.

    Parameters
    ----------
    template : str
        ``{use.value:.1f}`` is a number with one decimal, ``{use.value:+.1f}`` always with its sign, ``{use.value:|.1f}`` never,
        ``{use.value:.0%}`` a share in per cent; ``{group:persons}`` is *jongeren met een ...*, ``{group:background}`` the same
        without *jongeren met*, ``{group:residents}`` *inwoners met een ...*, ``{form:short}`` a short name,
        ``{form:sentence}`` a capital, ``{first.period:years}`` a school year or a half-year as people write it,
        ``{row.period:year}`` the year of a day; a bare code is its name.
    values : mapping
        What the placeholders stand for.
    language : {"nl", "en"}
        The language of names and numbers.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    str
        The text.

    Raises
    ------
    FigureError
        When a number has no decimals stated.
    UnknownNameError
        When a placeholder stands for nothing.

    Examples
    --------
    >>> fill("{use.value:.1f}% in {place}", {"use": {"value": 11.44}, "place": "'s-Gravenhage"}, "en", "")
    '11.4% in The Hague'
    >>> fill("{tip.value:|.0%} {tip.side}", {"tip": {"value": -0.138, "side": "too high"}}, "nl", "")
    '14% te hoog'
    """
    return _Filler(language, where).vformat(template, (), values)


class _Filler(string.Formatter):
    def __init__(self, language: str, where: str) -> None:
        self.language = language
        self.where = where

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return look_up(field_name, kwargs, self.where), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value: a code by its name, a number as the language does, a missing one in words."""
        if isinstance(value, str):
            return self._name(value, format_spec)
        if isinstance(value, int) and not isinstance(value, bool) and not format_spec:
            return str(value)
        sign, share = format_spec[:1] if format_spec[:1] in "+|" else "", format_spec.endswith("%")
        decimals = format_spec.removeprefix(sign).removeprefix(".").removesuffix("%" if share else "f")
        if not decimals.isdigit():
            raise FigureError(
                f"the number {value!r} with the format {format_spec!r} in {self.where}",
                "a number of decimals, such as {ratio.value:.2f}",
                "state the decimals in bereik/texts",
            )
        known = value is not None and not pd.isna(value)
        number = (abs(value) if sign == "|" else value) * (100 if share else 1) if known else None
        written = format_number(number, self.language, int(decimals), signed=sign == "+")
        return written + ("%" if share and known else "")

    def _name(self, value: str, spec: str) -> str:
        if spec == "year":
            return value[:4]
        if spec == "years":
            if value[4:] in ("H1", "H2"):
                return label(f"half_year_{value[5]}", self.language).format(year=value[:4])
            first, _, second = value.partition("/")
            return f"{first}/'{second[2:]}" if second else first
        if spec in ("persons", "background", "residents"):
            named = group_name(value, self.language)
            if spec == "residents":
                return named.replace(label("youths_word", self.language), label("residents_word", self.language), 1)
            youths = "|".join(
                f"{label('youths_word', self.language)} {label(word, self.language)} "
                for word in ("with_word", "of_word")
            )
            return named if spec == "persons" else re.sub(f"^({youths})", "", named)
        try:
            name = label(value, self.language, short=spec == "short")
        except UnknownNameError:
            name = value
        return capital(name) if spec == "sentence" else name
