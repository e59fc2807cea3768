"""Periods as StatLine titles spell them, and one spelling for all: 2017, 2017H1, 2015Q1, 2017-12-31, 2016/2017.

A youth counts once per period, so figures of a quarter, a half-year and a year are different measures, never one series.
"""

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

from bereik.errors import IncomparableError, UnknownNameError

_MONTHS = "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
_LETTERS = {"half-year": "H", "quarter": "Q"}
_PATTERNS = (
    (r"(?P<year>\d{4})(?:JJ00)?\*{0,2}", "year"),
    (r"(?P<part>[12])e\s+half\s?jaar\s+(?P<year>\d{4})\*{0,2}", "half-year"),
    (r"(?P<year>\d{4})\s+(?P<part>[12])e\s+half\s?jaar\*{0,2}", "half-year"),
    (r"(?P<year>\d{4})(?:HJ0|-?H)(?P<part>[12])", "half-year"),
    (r"(?P<part>[1-4])e\s+kwartaal\s+(?P<year>\d{4})\*{0,2}", "quarter"),
    (r"(?P<year>\d{4})\s+(?P<part>[1-4])e\s+kwartaal\*{0,2}", "quarter"),
    (r"(?P<year>\d{4})(?:KW0|-?Q)(?P<part>[1-4])", "quarter"),
    (rf"(?P<day>\d{{1,2}})\s+(?P<month>{_MONTHS})\s+(?P<year>\d{{4}})", "date"),
    (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", "date"),
    (r"(?P<year>\d{4})/'?(?P<next>\d{2,4})", "school year"),
)
_EXAMPLES = ("2017", "1e halfjaar 2017", "2017H1", "1e kwartaal 2015", "31 december 2017", "2016/'17")


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
    for pattern, kind in _PATTERNS:
        match = re.fullmatch(pattern, str(title).strip(), flags=re.IGNORECASE)
        text = _label(match.groupdict(), kind) if match else None
        if match and text:
            return Period(text, kind, int(match["year"]))
    raise UnknownNameError("period", title, _EXAMPLES)


def _label(part: dict[str, str], kind: str) -> str | None:
    """Spell a period as bereik does; None when it does not exist."""
    year = int(part["year"])
    if not 1900 <= year <= 2100:
        return None
    if kind == "school year":
        return f"{year}/{year + 1}" if int(part["next"]) % 100 == (year + 1) % 100 else None
    if kind == "date":
        names, month = _MONTHS.split("|"), part["month"].lower()
        try:
            return date(year, names.index(month) + 1 if month in names else int(month), int(part["day"])).isoformat()
        except ValueError:
            return None
    return f"{year}{_LETTERS.get(kind, '')}{part.get('part', '')}"


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
    example = {parse_period(label).kind: label for label in table["period"].unique()[::-1]}
    if not example:
        raise IncomparableError(f"{where} has no rows", "at least one period", "check the selection before this step")
    kinds = sorted(example)
    if len(kinds) > 1:
        listed = ", ".join(f"{example[kind]} ({kind})" for kind in kinds)
        expected = "periods of one length, because a youth counts once per period and the counts do not add up"
        todo = "keep the rows of one kind, for example table[table['period_kind'] == 'year']"
        raise IncomparableError(f"{where} mixes {' and '.join(kinds)}: {listed}", expected, todo)
    return kinds[0]
