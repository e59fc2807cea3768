"""Checks of what an estimator is asked for: numbers, names that must be known, and lists of columns."""

from collections.abc import Collection, Sequence

import numpy as np

from bereik.errors import BereikError, UnknownNameError


def check_numbers(*, confidence: float = 0.95, per: float = 1, rounding: float | None = None) -> None:
    """Raise when a confidence is not between 0 and 1, or a unit is not above 0."""
    faults = (
        ("confidence", confidence, "between 0 and 1, such as 0.95", 0 < confidence < 1),
        ("per", per, "above 0, such as 100", 0 < per < np.inf),
        ("rounding", rounding, "above 0, such as 5", rounding is None or 0 < rounding < np.inf),
    )
    for name, value, expected, right in faults:
        if not right:
            raise BereikError(f"`{name}` is {value!r}", f"a number {expected}", f"give `{name}` as such a number")


def check_known(kind: str, name: object, known: Collection[str], where: str = "") -> None:
    """Raise when a name is not one of those that are known."""
    if name not in known:
        raise UnknownNameError(kind, name, known, where=where)


def check_columns(**given: Sequence[str]) -> None:
    """Raise when columns are not named in lists of at least one name, or a name occurs twice."""
    names = [name for columns in given.values() for name in columns]
    if any(isinstance(columns, str) or not columns for columns in given.values()) or len(set(names)) < len(names):
        raise BereikError(
            " and ".join(f"{what}={columns!r}" for what, columns in given.items()),
            "two lists of column names without a name in common"
            if len(given) > 1
            else "a list of one or more column names",
            "name each column once, in a list of column names, as in by=['origin']",
        )
