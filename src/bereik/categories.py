"""What a call may ask: columns and the categories in them (named, told apart, in order), and its plain options."""

import re
import unicodedata
from collections.abc import Collection, Hashable, Mapping, Sequence
from numbers import Real

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError

_UNSEEN = dict.fromkeys([0xAD, 0x2060, 0xFEFF, *range(0x200B, 0x2010)]) | {0x2019: "'"}
_OF = "leeftijd|geslacht|sex|gender|ages?|person|jong|jeugd|youth|kind|child|bevolking|population|herkomst|origin|regio"
_OF += "|migratie|migration|achtergrond|background|mannen|gemeente|municipal|wijk|ernst|severit|groep|group|house|huish"
_TOTAL = re.compile(rf"(grand |eind)?tota+l|alle?|iedereen|every(one|body)|overall|t\d{{6}}|(tota+l|alle?)\W+({_OF}).*")


def require_frame(table: object, *, where: str) -> None:
    """Raise when a table is no pandas DataFrame, or its columns do not have one name each."""
    what, todo = f"{where} is of the type {type(table).__module__}.{type(table).__name__}", "give table.to_pandas()"
    if isinstance(table, pd.DataFrame):
        if table.columns.nlevels == 1 and table.columns.is_unique:
            return
        twice = table.columns[table.columns.duplicated()].tolist()
        what = f"{where} has {f'the column {twice[0]!r} twice' if twice else 'columns with several levels of names'}"
        todo = "rename or drop columns until each has one name of its own"
    raise InvalidTableError(what, "a pandas DataFrame with one name for each column", todo)


def check_columns(**given: Sequence[str]) -> None:
    """Raise when columns are not named in lists of at least one name, or a name occurs twice."""
    right = all(isinstance(columns, list | tuple) and columns for columns in given.values())
    names = [name for columns in given.values() for name in columns] if right else [None]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        one, two = "a list of one or more column names", "two lists of column names without a name in common"
        problem = " and ".join(f"{what}={columns!r}" for what, columns in given.items())
        expected = one if len(given) == 1 else two
        raise BereikError(problem, expected, "name each column once, in a list of column names, as in by=['origin']")


def check_whole(least: int, **given: object) -> None:
    """Raise when an option is no whole number from `least` on."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise BereikError(f"`{name}` is {value!r}", f"a whole number of {least} or more", "give such a number")


def check_known(kind: str, name: object, names: Collection[str], where: str = "", todo: str = "") -> None:
    """Raise when a name is not one of these."""
    if not isinstance(name, str) or name not in names:
        raise UnknownNameError(kind, name, names, where=where, todo=todo)


def is_number(value: object) -> bool:
    """Say whether a value is a real number; True and False are none, though Python takes them for 1 and 0."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_flags(**given: object) -> None:
    """Raise when an option is neither True nor False."""
    for name, value in given.items():
        if not isinstance(value, bool | np.bool_):
            raise BereikError(f"`{name}` is {value!r}", "True or False", "give one of the two, without quotation marks")


def check_order(order: object, by: Sequence[str]) -> None:
    """Raise when an order is no dictionary with a list of categories, each once, for columns of `by`."""
    lists = [*order.values()] if isinstance(order, Mapping) and {*order} <= {*by} else [None] if order else []
    if not all(isinstance(each, list | tuple | pd.Index) and pd.Index(each).is_unique for each in lists):
        expected = "for columns of `by` a list of their categories, each once"
        raise BereikError(f"order={order!r}", expected, "as in order={'severity': ['low', 'high']}")


def values_of(table: pd.DataFrame, column: str, *, where: str) -> list[object]:
    """List the different values of a column, in order of appearance; raise when one is a list or the like."""
    values = list(table[column].drop_duplicates())
    if not all(isinstance(value, Hashable) for value in values):
        todo = "give each cell one value; a row that holds several becomes several rows"
        raise InvalidTableError(f"{where} has a list or the like in a cell of {column!r}", "one value", todo)
    return values


def ordered_categories(
    table: pd.DataFrame, by: Sequence[str], order: Mapping[str, Sequence[object]] | None = None
) -> pd.DataFrame:
    """Make columns categoricals: as `order` or the data declare, ascending for numbers and periods, or (no order) as they appear.

    Raises when two categories look the same, or a category is not in `order`.
    """
    columns = {}
    for name in by:
        column, dtype = table[name], table[name].dtype
        values = check_names(table, name)
        ordered = getattr(dtype, "ordered", False)
        # as they are written, periods ascend
        number, period = pd.api.types.is_numeric_dtype(dtype), name == "period" and not ordered
        values = list(getattr(dtype, "categories", values))
        values = list(pd.Series(values, dtype=dtype).sort_values(kind="stable")) if number else values
        categories = list((order or {}).get(name, sorted(values, key=str) if period else values))
        strange = column[column.notna() & ~column.isin(categories)]
        if len(strange):
            raise UnknownNameError(f"category of {name}", strange.iloc[0], [str(value) for value in categories])
        declared = name in (order or {}) or number or period or ordered
        columns[name] = pd.Categorical(column, categories=categories, ordered=declared)
    return table.assign(**columns)


def require_order(strata: pd.DataFrame) -> None:
    """Raise when a column of categories has several, and no order that was declared."""
    for name, column in strata.items():
        if not column.cat.ordered and len(names := column.unique()) > 1:
            problem = f"the categories of {name!r} have no order: {', '.join(repr(str(one)) for one in names[:6])}"
            todo = f"pd.Categorical(table[{name!r}], [lowest, ..., highest], ordered=True), or as_counts"
            raise InvalidTableError(problem, "an order that is declared, lowest first", f"{todo} with order=")


def plain(name: object) -> str:
    """Give a name as a reader sees it: one Unicode form, single blanks, no signs without width, no capitals.

    Examples
    --------
    >>> plain(" Den\u00a0 Haag\u200b ")
    'den haag'
    """
    return " ".join(unicodedata.normalize("NFC", str(name)).translate(_UNSEEN).casefold().split())


def is_total(name: object) -> bool:
    """Say whether a category is named as the total of the others, in Dutch, in English or by a code of StatLine.

    Examples
    --------
    >>> [is_total(name) for name in ("Totaal leeftijd", "All", "T001038", "totaal niet", "all the time")]
    [True, True, True, False, False]
    """
    return bool(_TOTAL.fullmatch(plain(name)))


def check_names(table: pd.DataFrame, column: str) -> list[object]:
    """List the categories of a column; raise when two differ by what a reader does not see, or by capitals only."""
    seen: dict[str, object] = {}
    for name in values_of(table, column, where="the table"):
        if isinstance(name, bytes) or "\\ud" in ascii(name):
            raise InvalidTableError(f"the category {name!a} of {column!r}", "readable text", "read the file as UTF-8")
        other = name if pd.isna(name) else seen.setdefault(plain(name), name)
        if other is not name:
            problem = f"the categories {other!a} and {name!a} of {column!r} look the same"
            todo = "write both in the same way, and add up their rows"
            raise InvalidTableError(problem, "one spelling for each category", todo)
    return [*seen.values()]
