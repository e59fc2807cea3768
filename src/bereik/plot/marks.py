"""What the charts share: checks of options and rows, names and order of rows and panels, and words beside marks."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from functools import cache
from textwrap import fill
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from bereik.categories import check_known, check_names, is_number
from bereik.codelists.names import capital, check_language, format_number, in_terms_order, label
from bereik.errors import FigureError, UnknownNameError
from bereik.plot.style import COLOURS, ORIGINS
from bereik.tables import RESULT_COLUMNS, check_figures, require_columns, require_unique

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation, Text


WHERE = "the data of the figure"
_MOST_ROWS, _LONGEST = 2000, 100  # rows of a chart; letters of a name, which more would leave no room for the drawing
_PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # behind words that stand over marks
_Options = TypeVar("_Options")


def read_options(kind: type[_Options], given: Mapping[str, Any], chart: str) -> _Options:
    """Give the options of a chart as the dataclass that declares them.

    Parameters
    ----------
    kind : dataclass
        Its fields are the options; those without a default are needed, a ``Literal`` names the values that are possible.
    given : mapping
        The options of a call, or of an entry of the texts.
    chart : str
        The name of the chart, for the messages.

    Returns
    -------
    dataclass
        The options.

    Raises
    ------
    UnknownNameError
        When there is no such option, or its value is none of those that are possible.
    FigureError
        When an option that is needed is absent, or one is of another type.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Options:
    ...     rows: str
    >>> read_options(Options, {"row": "origin"}, "dots")
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown option 'row' in the chart dots (did you mean 'rows'?). Expected: one of 'rows'. To
    do: check the spelling of the option.
    """
    declared: tuple[Any, ...] = fields(kind)  # type: ignore[arg-type]
    possible, where = get_type_hints(kind), f"the chart {chart}"
    for name, value in given.items():
        check_known("option", name, possible, where)
        wanted = possible[name]
        if get_origin(wanted) is Literal:
            check_known(name, value, get_args(wanted), where)
        if not _is_a(value, wanted):
            words = re.sub(r"\b(typing|collections\.abc)\.|<class '|'>", "", str(wanted))
            raise FigureError(f"{name}={value!r} in {where}", f"an option of the type {words}", f"correct {name}")
    needed = [one.name for one in declared if one.default is MISSING and one.default_factory is MISSING]
    if absent := [name for name in needed if name not in given]:
        raise FigureError(f"no option {' and '.join(absent)} in {where}", ", ".join(needed), "add it to the options")
    return kind(**given)


def _is_a(value: object, kind: Any) -> bool:
    """Say whether a value, and each that it holds, is of a type as options declare them."""
    outer, inner = get_origin(kind), get_args(kind)
    if outer is UnionType:
        return any(_is_a(value, one) for one in inner)
    if outer is Sequence:
        return isinstance(value, list | tuple) and all(_is_a(one, inner[0]) for one in value)
    if outer is Mapping:
        return isinstance(value, Mapping) and all(_is_a(one, inner[1]) for one in value.values())
    if kind in (int, float):
        return is_number(value) and isinstance(value, int | kind) and math.isfinite(value)
    return kind is Any or outer is Literal or isinstance(value, kind)


def check_drawable(data: pd.DataFrame, by: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """Give the rows of the measures that a chart draws, or say why they cannot be drawn.

    Parameters
    ----------
    data : pandas.DataFrame
        A result table.
    by : list of str
        Its category columns; with ``measure`` they identify a row.
    measures : list of str
        The measures that the chart draws.

    Returns
    -------
    pandas.DataFrame
        The rows of these measures, with the categories of `by` as text.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a row occurs twice, lacks a category, or holds what no result can be (see `bereik.tables.check_figures`).
    UnknownNameError
        When a status is unknown.
    FigureError
        When no row has one of the measures, or there are too many to draw.
    IncomparableError
        When synthetic and real rows are mixed.

    Examples
    --------
    >>> check_drawable(pd.DataFrame(columns=["origin", *RESULT_COLUMNS]), ["origin"], ["use_rate"])
    Traceback (most recent call last):
    bereik.errors.FigureError: No rows with the measure use_rate (the data have none). Expected: at least one row to
    draw. To do: select
    the rows for this chart.
    """
    require_columns(data, [*by, *RESULT_COLUMNS], where=WHERE)
    check_names(data, "measure")
    rows = data[data["measure"].isin(measures)]
    if rows.empty:
        has = ", ".join(map(str, data["measure"].unique())) or "none"
        absent = f"no rows with the measure {' or '.join(measures)} (the data have {has})"
        raise FigureError(absent, "at least one row to draw", "select the rows for this chart")
    if len(rows) > _MOST_ROWS:
        raise FigureError(f"{len(rows)} rows to draw", f"at most {_MOST_ROWS}", "select what the figure is about")
    check_figures(rows, by, where=WHERE)
    require_unique(rows, [*by, "measure"], where=WHERE)
    return rows.astype(dict.fromkeys(by, "str"))


def categories(data: pd.DataFrame, column: str, language: str) -> list[str]:
    """List what a column holds in the order of a chart, never from worst to best.

    Parameters
    ----------
    data : pandas.DataFrame
        The rows that are drawn.
    column : str
        Forms and origins come in the order of the term lists, municipalities by the alphabet; other categories in their
        declared order, or else as they appear.
    language : {"nl", "en"}
        The language of the alphabet.

    Returns
    -------
    list of str
        Each category once.

    Raises
    ------
    UnknownNameError
        When a form or an origin is unknown.

    Examples
    --------
    >>> categories(pd.DataFrame({"municipality": ["Westland", "'s-Gravenhage", "Delft"]}), "municipality", "nl")
    ['Delft', "'s-Gravenhage", 'Westland']
    """
    values = data[column].dropna()
    if column in ("form", "origin"):
        return in_terms_order(values)
    if isinstance(values.dtype, pd.CategoricalDtype) and column != "municipality":
        return [str(value) for value in values.cat.remove_unused_categories().cat.categories]
    codes = [str(value) for value in values.unique()]
    return by_alphabet(codes, language) if column == "municipality" else codes


def by_alphabet(places: Sequence[str], language: str) -> list[str]:
    """Sort places by their names: The Hague under H, municipality 10 after 9."""

    def written(code: str) -> str:
        name = re.sub(r"^('s-|the )", "", row_name(code, language).casefold())
        return re.sub(r"\d+", lambda number: number[0].zfill(4), name)

    return sorted(places, key=written)


def row_name(code: str | Sequence[str], language: str, *, width: int = 60) -> str:
    """Name a row, a line or a panel, short; what the catalogue does not have (a reader's own band) stands as it is.

    Parameters
    ----------
    code : str or list of str
        A code of an origin, a form, a region or a label, or any text; several are named together.
    language : {"nl", "en"}
        The language of the words.
    width : int
        The most letters on a line.

    Returns
    -------
    str
        With a capital.

    Raises
    ------
    UnknownNameError
        When the language is unknown.

    Examples
    --------
    >>> row_name("turkije", "nl"), row_name("marokko", "en"), row_name("12-17", "nl")
    ('Turkse herkomst', 'Moroccan origin', '12-17')
    >>> row_name(["special_schools", "pupils_all"], "en")
    'Special schools, all pupils'
    """
    check_language(language)
    names = [_plain_name(one, language) for one in ([code] if isinstance(code, str) else code)]
    return fill(capital(", ".join(names)), width, break_long_words=False, break_on_hyphens=False)


def _plain_name(code: str, language: str) -> str:
    name = name_or_none(code, language, persons=code in ORIGINS)
    if name is None:
        return re.sub(r"^Wijk \d+[\s:-]+(?=\S)", "", code)  # the number of a wijk says nothing beside its name
    if code in ORIGINS and code != "total":
        return re.sub(r"^(jongeren|youths) ((met|with|of|van) )?((een|a) )?", "", name)
    return name


@cache
def name_or_none(code: str, language: str, **how: Any) -> str | None:
    """Give the words for a code as `label` does, of merged codes joined, and nothing for a reader's own band."""
    try:
        return label(code, language, **how)
    except UnknownNameError:
        parts = code.split("+") if "+" in code[:-1] else []
        return " + ".join(name_or_none(part, language, **how) or part for part in parts) or None


def note(axes: "Axes", words: str, place: tuple[float, float], away: tuple[float, float], **look: Any) -> "Annotation":
    """Write words some points away from a place, also outside the panel."""
    return axes.annotate(words, place, xytext=away, textcoords="offset points", annotation_clip=False, **look)


def words_across(axes: "Axes", x: float, height: float, words: str, **look: Any) -> "Text":
    """Write words at a height, `x` in parts of the width of the panel, on a white plate."""
    return axes.text(x, height, words, transform=axes.get_yaxis_transform(), va="center", bbox=_PLATE, **look)


def status_of(rows: pd.DataFrame) -> str:
    """Give the status of the one row of a mark; what the data do not have is not published."""
    return "not_published" if rows.empty else str(rows["status"].iloc[0])


def hidden_word(axes: "Axes", status: str, height: float, language: str) -> None:
    """Say in a row that its value is not shown, at the left of the panel, and nowhere near 0 by accident."""
    words_across(axes, 0.02, height, label(status, language), style="italic", color=COLOURS["quiet_text"], zorder=5)


def words_at_ends(axes: "Axes", ends: Sequence[str], language: str, *, height: float, right: float) -> None:
    """Say at both sides of a line what values on that side mean."""
    for place, code, side in zip((0.0, right), ends, ("left", "right"), strict=True):
        words_across(axes, place, height, label(code, language), ha=side, color=COLOURS["quiet_text"], zorder=2)


def range_words(low: float, high: float, language: str, decimals: int, *, signed: bool = False) -> str:
    """Write the two ends of a range or an interval."""
    ends = [format_number(end, language, decimals, signed=signed) for end in (low, high)]
    return f" {label('range_to', language)} ".join(ends)


def value_words(codes: Sequence[str], row: pd.Series, language: str, decimals: int) -> str:
    """Write what one mark stands for, so that a reader who points at it can be told: whose value, the value, its interval.

    Parameters
    ----------
    codes : list of str
        The codes that name the mark; empty ones say nothing.
    row : pandas.Series
        With ``value``, ``lower``, ``upper`` and ``confidence``; without that last one there is no interval, and no bracket.
    language : {"nl", "en"}
        The language of names and numbers.
    decimals : int
        As in the numbers beside the marks.

    Returns
    -------
    str
        The `gid` of an artist: `bereik.plot.write.slim` makes each line of it the title of a mark.

    Examples
    --------
    >>> row = pd.Series({"value": 1.28, "lower": 1.18, "upper": 1.39, "confidence": 0.95})
    >>> value_words(["haaglanden", "", "with_residence"], row, "nl", 2)
    'mark:Haaglanden, jeugdhulp met verblijf: 1,28 (1,18 tot 1,39)'
    """
    name = row_name([code for code in codes if code], language, width=_LONGEST**2)
    interval = row[["lower", "upper", "confidence"]].notna().all()
    within = f" ({range_words(row['lower'], row['upper'], language, decimals)})" if interval else ""
    return f"mark:{name}: {format_number(row['value'], language, decimals)}{within}"


def moved_apart(wanted: np.ndarray, sizes: np.ndarray, bottom: float, top: float) -> np.ndarray:
    """Give labels places near those that are wanted (from low to high), just far enough apart and within the panel."""
    from scipy.optimize import isotonic_regression

    offsets = np.cumsum(sizes) - sizes / 2
    free = isotonic_regression(wanted - offsets).x
    return np.asarray(np.clip(free, bottom, top - sizes.sum()) + offsets)


def school_year(period: str) -> str:
    """Write a school year as people do, 2016/'17; any other period as it is."""
    first, _, second = period.partition("/")
    return f"{first}/'{second[2:]}" if second else first
