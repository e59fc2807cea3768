"""Helps with names: which come near one that is not known, and a column map to fill in."""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bereik.data.youth import contract

__all__ = ["near_columns", "near_names", "starter_map"]


def near_names(name: str, names: Iterable[str]) -> str:
    """Say which names come near one that is not known: `` (did you mean 'age'?)``, or nothing."""
    return _meant(name, {other.casefold(): other for other in names if other != name})


def near_columns(name: str) -> str:
    """Say which columns of the contract come near a name, also by what registrations call them: sdq_ouder is sdq_parent."""
    columns = contract().values()
    return _meant(name, {spelling: column.name for column in columns for spelling in (column.name, *column.also)})


def _meant(name: str, spellings: Mapping[str, str]) -> str:
    word = name.casefold()
    near = [word] if word in spellings else get_close_matches(word, spellings, n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(dict.fromkeys(repr(spellings[match]) for match in near))}?)" if near else ""


def starter_map(names: Iterable[str]) -> str:
    r"""Write a column map to fill in, as TOML: every column of the contract, with the columns of a file that come near.

    Parameters
    ----------
    names : list of str
        The columns of the file.

    Returns
    -------
    str
        TOML with comments. A column whose name is that of the contract is filled in; nothing else is guessed.

    Examples
    --------
    >>> print("\n".join(line for line in starter_map(["id", "leeftijd"]).splitlines() if line.startswith(("id ", "age "))))
    id = "id"  # required: pseudonym of the youth, the same in every year; never a citizen service number (burgerservicenummer)
    age = ""  # required: age in whole years, 0 to 22; perhaps "leeftijd"
    """
    theirs = [str(name) for name in names]
    lowered = {name.casefold(): name for name in theirs if name not in contract()}
    lines = [f"# Columns of the file: {', '.join(map(_quoted, theirs))}", "", "[columns]"]
    for column in [column for column in contract().values() if column.group != "provenance"]:
        need = "required: " if column.required else ""
        found = dict.fromkeys(
            lowered[match]
            for name in (column.name, *column.also)
            for match in get_close_matches(name, lowered, n=1, cutoff=0.8)
        )
        perhaps = f"; perhaps {' or '.join(map(_quoted, found))}" if found and column.name not in theirs else ""
        lines.append(f'{column.name} = "{column.name if column.name in theirs else ""}"  # {need}{column.en}{perhaps}')
    lines += [f"{name} = {_quoted(name)}" for name in theirs if name.startswith("risk_")]
    return "\n".join([*lines, _STARTER_REST])


_STARTER_REST = """# risk_name = ""  # any number of risk factors, each true or false

# [fixed]  # a column that is the same in all rows
# origin_scheme = "migratieachtergrond"

# [values.sex]  # "your code" = "value of the contract"
# 1 = "male"
# 2 = "female"

# [missing]  # your codes that mean missing
# age = ["99"]
"""


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
