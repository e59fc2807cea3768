"""Reads the lists of terms that ship with the package, and matches a spelling to a code."""

from functools import cache
from importlib.resources import files

import pandas as pd

from bereik.errors import UnknownNameError


@cache
def read_list(name: str) -> pd.DataFrame:
    """Read one list of terms; every cell is text, an absent value is the empty string."""
    with files("bereik.codelists").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def plain(text: str) -> str:
    """Fold a spelling: case, spaces and the padding of StatLine do not matter."""
    return " ".join(str(text).casefold().split())


def spellings(terms: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, list[str]]:
    """Map each folded spelling in the columns (several in a cell are separated by |) to the codes that carry it."""
    known: dict[str, list[str]] = {}
    for column in columns:
        for code, cell in zip(terms["code"], terms[column], strict=True):
            for spelling in filter(None, cell.split("|")):
                codes = known.setdefault(plain(spelling), [])
                if code not in codes:
                    codes.append(code)
    return known


def code_of(name: object, terms: pd.DataFrame, columns: tuple[str, ...], *, kind: str) -> str:
    """Find the one code that a spelling stands for, or say which spellings come near."""
    known = spellings(terms, columns)
    codes = known.get(plain(str(name)), [])
    if len(codes) != 1:
        shown = [spelling for column in columns for cell in terms[column] for spelling in cell.split("|") if spelling]
        raise UnknownNameError(kind, name, list(dict.fromkeys(shown)))
    return codes[0]
