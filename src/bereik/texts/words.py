"""The files of texts, one a notebook, and the way a text is filled: numbers and names as each language writes them."""

import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bereik.errors import FigureError, UnknownNameError
from bereik.terms.names import capital, format_number, group_name, label
from bereik.texts.rows import holds, look_up

__all__ = ["entries", "fill", "variant"]

KINDS = ("say", "figure", "table")


@cache
def entries() -> dict[str, dict[str, dict[str, Any]]]:
    """Read all files of texts.

    Returns
    -------
    dict
        For ``say``, ``figure`` and ``table``: the entries by key.

    Raises
    ------
    FigureError
        When a key does not begin with the number of its file, or stands in it twice.

    Examples
    --------
    >>> entries()["figure"]["02_ratio_by_region"]["title"][0]["when"]
    'ratio.lower > 1'
    """
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    parts = [part for part in files("bereik.texts").iterdir() if part.name.endswith(".toml")]
    for part in sorted(parts, key=lambda part: part.name):
        for kind, texts in tomllib.loads(part.read_text(encoding="utf-8")).items():
            for key, entry in texts.items() if kind in KINDS else ():
                if not key.startswith(f"{part.name[:2]}_"):
                    raise FigureError(
                        f"the key {key!r} in {part.name}", f"a key that begins with {part.name[:2]}_", "move it"
                    )
                found[kind][key] = entry
    return found


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
        ``{use.value:.1f}`` is a number with one decimal, ``{use.value:+.1f}`` always with its sign; ``{group:persons}`` is
        *jongeren met een ...*, ``{group:background}`` the same without *jongeren met*, ``{form:short}`` a short name,
        ``{form:sentence}`` a capital, ``{first.period:years}`` a school year as people write it; a bare code is its name.
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
        decimals = format_spec.removeprefix("+").removeprefix(".").removesuffix("f")
        if not decimals.isdigit():
            raise FigureError(
                f"the number {value!r} with the format {format_spec!r} in {self.where}",
                "a number of decimals, such as {ratio.value:.2f}",
                "state the decimals in bereik/texts",
            )
        written = format_number(value, self.language, int(decimals))
        rises = format_spec.startswith("+") and any(digit in "123456789" for digit in written) and written[0].isdigit()
        return f"+{written}" if rises else written

    def _name(self, value: str, spec: str) -> str:
        if spec == "years":
            first, _, second = value.partition("/")
            return f"{first}/'{second[2:]}" if second else first
        if spec in ("persons", "background"):
            named = group_name(value, self.language)
            together = f"{label('youths_word', self.language)} {label('with_word', self.language)} "
            return named if spec == "persons" else named.removeprefix(together)
        try:
            name = label(value, self.language, short=spec == "short")
        except UnknownNameError:
            name = value
        return capital(name) if spec == "sentence" else name
