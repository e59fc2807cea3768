"""The errors of bereik: what was found, what was expected, and what to do next.

Every error that bereik raises on purpose is a `BereikError`, so a caller can catch them all at once. Each message says
what was found (file, column, row, value), what was expected, and what to do. Bad input gives an error, never a number.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_LONG = re.compile(r"(\S{80})\S{120,}|(?<=.{2000}).+", re.DOTALL)  # what is longer does not help a reader


class BereikError(ValueError):
    """The base of every error that bereik raises on purpose.

    Examples
    --------
    >>> raise BereikError("found 3 rows", "4", "add the missing row")
    Traceback (most recent call last):
    bereik.errors.BereikError: Found 3 rows. Expected: 4. To do: add the missing row.
    """

    def __init__(self, found: str, expected: str, todo: str) -> None:
        super().__init__(found, expected, todo)

    def __reduce__(self) -> tuple[object, ...]:
        """Let one that was raised in another process arrive as it was."""
        return Exception.__new__, (type(self), *self.args), self.__dict__

    def __str__(self) -> str:
        """Put the three parts in one message."""
        found, expected, todo = (_LONG.sub(r"\1...", str(part)) for part in self.args)
        return f"{_sentence(found)} Expected: {expected.rstrip('.')}. To do: {todo.rstrip('.')}."


class MissingColumnError(BereikError):
    """A table lacks a column that the calculation needs."""

    def __init__(self, missing: Iterable[str], available: Iterable[object], *, where: str) -> None:
        absent, names = list(missing), [str(name) for name in available]
        expected = f"the columns asked for, among those it has: {_quoted(names)}"
        todo = "rename or add the column, or name another one in the call"
        super().__init__(f"{where} has no column {_quoted(absent)}{_hints(absent, names)}", expected, todo)


class UnknownNameError(BereikError):
    """A name (of a region, period, form of care, origin, table, ...) is not one that bereik or the data know.

    The nearest names are looked for when the message is read: who catches the error does not wait for them.
    """

    def __init__(self, kind: str, name: object, known: Iterable[str], *, where: str = "", todo: str = "") -> None:
        self._name, self._names = str(name)[:100], list(known)
        unknown = f"unknown {kind} {name!r}" + (f" in {where}" if where else "")
        super().__init__(unknown, f"one of {_quoted(self._names)}", todo or f"check the spelling of the {kind}")

    def __str__(self) -> str:
        """Name the nearest names after the one that is unknown."""
        unknown, *rest = self.args
        return str(BereikError(unknown + _hints([self._name], self._names), *rest))


class InvalidTableError(BereikError):
    """A table holds something that cannot be right: a negative count, a duplicate row, more users than population."""


class SourceFileError(BereikError):
    """A source file cannot be read as the table it should be: empty, cut off, wrong separator, wrong encoding."""


class IncomparableError(BereikError):
    """Figures are put side by side that do not belong together: half-years and years, two origin schemes, real and synthetic."""


class DisclosureError(BereikError):
    """Something made of individual data would show a cell of too few youths, users or non-users."""


class ProjectNotFoundError(BereikError):
    """No project folder (with data/datapackage.json) above the working folder."""


class FigureError(BereikError):
    """A figure lacks a text, its numbers or a language, or uses a word that bereik refuses."""


class NotebookError(BereikError):
    """A notebook could not be executed; says which notebook and which cell."""


def example_rows(table: "pd.DataFrame", mask: Iterable[bool], most: int = 3) -> str:
    """Describe the first rows of a table where a mask is true, for use in an error message.

    Parameters
    ----------
    table : pandas.DataFrame
        The table that holds a fault.
    mask : boolean array, one value a row
        True for the rows at fault.
    most : int
        How many rows are shown at the most.

    Returns
    -------
    str
        ``row 3 (region='Delft', users=12); ...``; rows are counted from 0, as in the index of a fresh table.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"region": ["Delft", "Rijswijk"], "users": [12, -5]})
    >>> example_rows(table, table["users"] < 0)
    "row 1 (region='Rijswijk', users=-5)"
    """
    positions = [position for position, at_fault in enumerate(mask) if at_fault]
    shown = []
    for position in positions[:most]:
        (row,) = table.iloc[[position]].to_dict("records")
        shown.append(f"row {position} ({', '.join(f'{name}={value!r}' for name, value in row.items())})")
    return "; ".join(shown) + (f"; and {len(positions) - most} more" if len(positions) > most else "")


def _sentence(text: str) -> str:
    text = text.rstrip(". ")
    first = text.split(" ")[0]
    return (text[:1].upper() + text[1:] if first.isalpha() else text) + "."


def _quoted(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _hints(names: Iterable[str], known: Sequence[str]) -> str:
    lowered, asked = {str(name).casefold(): name for name in known}, (str(name).casefold() for name in names)
    near = [lowered[match] for name in asked for match in get_close_matches(name, lowered, n=2, cutoff=0.6)]
    return f" (did you mean {' or '.join(repr(name) for name in near)}?)" if near else ""
