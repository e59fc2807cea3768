"""Periods as StatLine titles spell them, and one spelling for all: 2017, 2017H1, 2015Q1, 2017-12-31, 2016/2017.

A youth counts once per period, so figures of a quarter, a half-year and a year are different measures, never one series.
"""

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

from bereik.errors import IncomparableError, UnknownNameError

__all__ = ["Period", "one_period_kind", "parse_period"]

_MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
_KINDS = {"H": "half-year", "Q": "quarter"}
_PATTERNS = (
    (r"(?P<year>\d{4})(?:JJ00)?\*{0,2}", "year"),
    (r"(?P<part>[12])e\s+half\s?jaar\s+(?P<year>\d{4})\*{0,2}", "H"),
    (r"(?P<year>\d{4})\s+(?P<part>[12])e\s+half\s?jaar\*{0,2}", "H"),
    (r"(?P<year>\d{4})(?:HJ0|-?H)(?P<part>[12])", "H"),
    (r"(?P<part>[1-4])e\s+kwartaal\s+(?P<year>\d{4})\*{0,2}", "Q"),
    (r"(?P<year>\d{4})\s+(?P<part>[1-4])e\s+kwartaal\*{0,2}", "Q"),
    (r"(?P<year>\d{4})(?:KW0|-?Q)(?P<part>[1-4])", "Q"),
    (r"(?P<day>\d{1,2})\s+(?P<month>[a-z]+)\s+(?P<year>\d{4})", "date"),
    (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", "date"),
    (r"(?P<year>\d{4})/'?(?P<next>\d{2,4})", "school year"),
)


class Period(NamedTuple):
    """One period: its label in bereik, its kind and its year (the first one of a school year)."""

    label: str
    kind: str
    year: int


def parse_period(title: object) -> Period:
    """Read a period title, in any of the spellings that StatLine uses.

    Parameters
    ----------
    title : str or int
        For example ``2017``, ``"1e halfjaar 2017"``, ``"1e half jaar 2024"``, ``"2015 1e kwartaal"``,
        ``"31 december 2017"``, ``"2016/'17"``, or a code such as ``"2017JJ00"``.

    Returns
    -------
    Period
        ``label`` (2017, 2017H1, 2015Q1, 2017-12-31, 2016/2017), ``kind`` (year, half-year, quarter, date, school year)
        and ``year``.

    Raises
    ------
    UnknownNameError
        When the title is no period.

    Examples
    --------
    >>> parse_period("1e half jaar 2024")
    Period(label='2024H1', kind='half-year', year=2024)
    """
    text = str(title).strip()
    for pattern, kind in _PATTERNS:
        match = re.fullmatch(pattern, text, flags=re.IGNORECASE)
        if match:
            return _period(match.groupdict(), kind, title)
    return _refuse(title)


def _period(part: dict[str, str], kind: str, title: object) -> Period:
    year = int(part["year"])
    if not 1900 <= year <= 2100:
        return _refuse(title)
    if kind in _KINDS:
        return Period(f"{year}{kind.upper()}{part['part']}", _KINDS[kind], year)
    if kind == "school year":
        if int(part["next"]) % 100 != (year + 1) % 100:
            return _refuse(title)
        return Period(f"{year}/{year + 1}", kind, year)
    if kind == "date":
        names = dict(zip(_MONTHS, range(1, 13), strict=True))
        try:
            day = date(year, names.get(part["month"].lower()) or int(part["month"]), int(part["day"]))
        except ValueError:
            return _refuse(title)
        return Period(day.isoformat(), kind, year)
    return Period(str(year), kind, year)


def _refuse(title: object) -> Period:
    raise UnknownNameError(
        "period", title, ["2017", "1e halfjaar 2017", "2017H1", "1e kwartaal 2015", "31 december 2017", "2016/'17"]
    )


def one_period_kind(table: pd.DataFrame, *, where: str = "the table") -> str:
    """Check that all periods of a table are of one kind, and name it.

    Parameters
    ----------
    table : pandas.DataFrame
        With the column ``period``.
    where : str
        What the table is, for the message.

    Returns
    -------
    str
        The kind: year, half-year, quarter, date or school year.

    Raises
    ------
    IncomparableError
        When half-years and years (or other kinds) are mixed.

    Examples
    --------
    >>> one_period_kind(pd.DataFrame({"period": ["2016", "2017"]}))
    'year'
    """
    periods = {str(label): parse_period(label).kind for label in table["period"].unique()}
    kinds = sorted(set(periods.values()))
    if len(kinds) > 1:
        examples = ", ".join(f"{next(p for p, k in periods.items() if k == kind)} ({kind})" for kind in kinds)
        raise IncomparableError(
            f"{where} mixes {' and '.join(kinds)}: {examples}",
            "periods of one length, because a youth counts once per period and the counts do not add up",
            "keep the rows of one kind, for example table[table['period_kind'] == 'year']",
        )
    if not kinds:
        raise IncomparableError(f"{where} has no rows", "at least one period", "check the selection before this step")
    return kinds[0]
