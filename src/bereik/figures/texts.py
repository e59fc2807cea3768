"""The four texts of a figure (title, subtitle, source, alt) in Dutch and English, with computed numbers put in."""

import string
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from bereik.errors import FigureError, UnknownNameError
from bereik.figures.labels import LANGUAGES, capital, format_number, label, persons, read_catalogue
from bereik.tables import rounded

__all__ = ["DIRECTIONS", "TEXTS", "direction", "figure_texts", "position_in_band"]

TEXTS = ("title", "subtitle", "source", "alt")
DIRECTIONS = ("above", "below", "undecided")


def direction(lower: float, upper: float) -> str:
    """Say on which side of 1 an interval of a ratio lies, so that a title follows the data.

    Parameters
    ----------
    lower, upper : float
        The interval of a ratio.

    Returns
    -------
    str
        ``above`` when the whole interval is above 1, ``below`` when it is below 1, else ``undecided``.

    Raises
    ------
    FigureError
        When a limit is missing, or the lower one is above the upper one.

    Examples
    --------
    >>> direction(1.18, 1.38), direction(0.9, 1.2)
    ('above', 'undecided')
    """
    lower, upper = rounded([lower, upper])
    _check_limits(lower, upper)
    return "above" if lower > 1 else "below" if upper < 1 else "undecided"


def position_in_band(value: float, lower: float, upper: float) -> str:
    """Say where a region lies relative to the prediction band of the other regions, as the code of a label.

    Parameters
    ----------
    value : float
        The ratio of the region.
    lower, upper : float
        The prediction band.

    Returns
    -------
    str
        ``below_band``, ``within_band`` or ``above_band``: use it as a value in `figure_texts`.

    Raises
    ------
    FigureError
        When a number is missing, or the lower limit is above the upper one.

    Notes
    -----
    The band is for the true ratio of a region, the value also holds the chance in the region's own counts: for a value near
    the edge of the band, or of a small region, read the z-score of `compare_regions`.

    Examples
    --------
    >>> position_in_band(1.28, 1.07, 2.27)
    'within_band'
    """
    value, lower, upper = rounded([value, lower, upper])
    _check_limits(lower, upper)
    if pd.isna(value):
        raise FigureError("no value to place in the band", "a number", "leave the region out, or say not published")
    return "below_band" if value < lower else "above_band" if value > upper else "within_band"


def figure_texts(stem: str, *, direction: str | None = None, **values: Any) -> dict[str, dict[str, str]]:
    """Fill the texts of a figure with computed values, in both languages.

    Parameters
    ----------
    stem : str
        Name of the figure, for example ``02_ratio_by_region``; its texts are in ``catalogue/texts_02.toml``.
    direction : {"above", "below", "undecided"}, optional
        Which variant of a text to take, where the text has variants (see `direction`).
    **values
        What the placeholders stand for. A number needs decimals (``{ratio:.2f}`` gives 1,33 in Dutch and 1.33 in English);
        a whole number may stand bare (a year). A code of a label, form, origin or region is shown by its name;
        ``{group:persons}`` gives *jongeren met een ...*, ``{group:background}`` the same without *jongeren met*,
        ``{form:short}`` the short name and ``{form:sentence}`` a capital.

    Returns
    -------
    dict
        ``{"nl": {...}, "en": {...}}``, each with ``title``, ``subtitle``, ``source`` and ``alt``.

    Raises
    ------
    UnknownNameError
        When there are no texts for the stem, or the direction is unknown.
    FigureError
        When a placeholder has no value, a variant is missing, or a number has no decimals stated.

    Examples
    --------
    >>> texts = figure_texts("01_use_over_time", direction="above", region="Haaglanden", country="Nederland",
    ...                      first=2015, last=2023, value=11.4, country_value=11.0, low=8.6, high=14.6)
    >>> texts["nl"]["title"]
    'In 2023 kreeg 11,4% van de jongeren in Haaglanden jeugdzorg, meer dan in Nederland (11,0%)'
    """
    known = _templates()
    if stem not in known:
        raise UnknownNameError("stem of a figure", stem, known, where="figures/catalogue")
    if direction is not None and direction not in DIRECTIONS:
        raise UnknownNameError("direction", direction, DIRECTIONS)
    return {
        language: {
            name: _Filler(language, f"{stem}, {name} ({language})").vformat(
                _variant(known[stem][language][name], direction, f"{stem}, {name} ({language})"), (), values
            )
            for name in TEXTS
        }
        for language in LANGUAGES
    }


class _Filler(string.Formatter):
    """Fills the placeholders of one text, with numbers and names as the language writes them."""

    def __init__(self, language: str, where: str) -> None:
        self.language = language
        self.where = where

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Find the value of a placeholder, or name the one that is missing."""
        if not isinstance(key, str) or key not in kwargs:
            raise FigureError(
                f"no value for {{{key}}} in the text {self.where}",
                f"a value for it; given are {', '.join(sorted(kwargs)) or 'none'}",
                f"give {key}=... to figure_texts",
            )
        return kwargs[key]

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one value: a code by its name, a number as the language does, a missing one in words."""
        if isinstance(value, str):
            return self._name(value, format_spec)
        if isinstance(value, int) and not isinstance(value, bool) and not format_spec:
            return str(value)
        decimals = format_spec.removeprefix(".").removesuffix("f")
        if not decimals.isdigit():
            raise FigureError(
                f"the number {value!r} with the format {format_spec!r} in the text {self.where}",
                "a number of decimals, such as {ratio:.2f}",
                "state the decimals in figures/catalogue",
            )
        return format_number(value, self.language, int(decimals))

    def _name(self, value: str, spec: str) -> str:
        if spec in ("persons", "background"):
            named = persons(value, self.language)
            together = f"{label('youths_word', self.language)} {label('with_word', self.language)} "
            return named if spec == "persons" else named.removeprefix(together)
        try:
            name = label(value, self.language, short=spec == "short")
        except UnknownNameError:
            name = value
        return capital(name) if spec == "sentence" else name


def _variant(template: str | dict[str, str], direction: str | None, where: str) -> str:
    if isinstance(template, str):
        return template
    if direction not in template:
        raise FigureError(
            f"no variant {direction!r} of the text {where}",
            f"one of {', '.join(template)}",
            "give direction=direction(lower, upper), or write the variant in figures/catalogue",
        )
    return template[direction]


def _check_limits(lower: float, upper: float) -> None:
    if pd.isna(lower) or pd.isna(upper) or lower > upper:
        raise FigureError(
            f"an interval from {lower} to {upper}",
            "two numbers, the lower one first",
            "take a row that is shown, with an interval; a hidden row has no direction",
        )


@cache
def _templates() -> dict[str, dict[str, dict[str, Any]]]:
    return read_catalogue("texts")
