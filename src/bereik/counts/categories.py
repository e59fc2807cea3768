"""Gives the categories of a scan one form, whatever the engine, and an order that is declared and never an accident."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.errors import InvalidTableError

UNKNOWN = "onbekend"
_ORDERED = re.compile("severity|income_group|.*band")


def codes_of(column: pd.Series) -> pd.Series:
    """Give a column as categories that are plain text, whole numbers or booleans, the same from every engine."""
    codes, found = pd.factorize(column)
    plain = [_plain(value) for value in found]
    return pd.Series(
        pd.Categorical.from_codes(codes, pd.Index(plain, dtype=object)), index=column.index, name=column.name
    )


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, float) and value.is_integer() else value


def category_order(
    column: pd.Series, kind: Any, name: str, order: Mapping[str, Sequence[object]] | None
) -> list[object]:
    """Give the categories of a column in the order of the call, of the data, of the terms, or ascending.

    Parameters
    ----------
    column : pandas.Series
        Categories from `codes_of`.
    kind : narwhals data type, optional
        Of the column in the data; ordered categories declare an order.
    name : str
        Of the column.
    order : dict of list, optional
        The order that the caller gives.

    Returns
    -------
    list
        The categories; text that begins with a number is ordered by that number.

    Raises
    ------
    InvalidTableError
        When text of severity, income or bands has no declared order.

    Examples
    --------
    >>> category_order(codes_of(pd.Series(["12-17", "4-11", "0-3"])), None, "age_band", None)
    ['0-3', '4-11', '12-17']
    """
    if order is not None and name in order:
        return list(order[name])
    found = list(column.cat.categories)
    declared = list(getattr(kind, "categories", ()))
    if set(found) <= set(declared):
        return declared
    if name == "origin":
        for scheme in SCHEMES:
            codes = origin_groups(scheme)["code"].tolist()
            if set(found) <= set(codes):
                return [code for code in codes if code in found]
    bare = [value for value in found if isinstance(value, str) and not re.match(r"\d", value) and value != UNKNOWN]
    if len(bare) > 1 and _ORDERED.fullmatch(name):
        raise InvalidTableError(
            f"the categories of {name!r} are text without an order: {', '.join(map(repr, bare[:6]))}",
            "bands from lowest to highest, since gradients and unmet need depend on it",
            f"add order={{{name!r}: [lowest, ..., highest]}}, or make the column an ordered category",
        )
    return sorted(found, key=_ascending)


def with_unknown(
    coded: pd.DataFrame, orders: Mapping[str, list[object]]
) -> tuple[pd.DataFrame, dict[str, list[object]]]:
    """Make missing categories one of their own, the last."""
    table, ordered = coded.copy(), dict(orders)
    for name in table.columns[table.isna().any()]:
        column = table[name].cat.set_categories(
            [*(value for value in table[name].cat.categories if value != UNKNOWN), UNKNOWN]
        )
        table[name] = column.fillna(UNKNOWN)
        ordered[name] = [*(value for value in ordered[name] if value != UNKNOWN), UNKNOWN]
    return table, ordered


def _ascending(value: Any) -> tuple[float, str]:
    text = str(value)
    number = re.match(r"-?\d+", text)
    return (float(number.group()) if number else np.inf, text)
