"""The one order of rows and categories in data/raw: periods in StatLine's order, everything else in the order of the terms."""

import pandas as pd

from bereik.codelists.care import care_forms
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.periods import parse_period
from bereik.codelists.regions import regions

__all__ = ["KEYS", "category_order", "in_order"]

_KINDS = ["date", "quarter", "half-year", "year", "school year"]
KEYS = (
    "period", "region_code", "area_code", "origin_scheme", "origin", "form", "indicator", "population_group", "age_group",
    "youth_group", "referrer",
)  # fmt: skip


def category_order(column: str, present: pd.Series) -> list[str]:
    """Give the categories of a column that occur, in the order in which they are always shown.

    Parameters
    ----------
    column : str
        Name of the column: ``origin``, ``form``, ``region_code``, ``period``, or another one.
    present : pandas.Series
        The values that occur.

    Returns
    -------
    list of str
        Each value that occurs, once; columns without a list of terms keep the order of appearance.

    Examples
    --------
    >>> category_order("form", pd.Series(["probation", "care_in_kind", "probation"]))
    ['care_in_kind', 'probation']
    >>> category_order("period", pd.Series(["2016H1", "2015", "2015H2", "2015H1"]))
    ['2015H1', '2015H2', '2015', '2016H1']
    """
    found = [str(value) for value in present.dropna().unique()]
    if column == "period":
        return sorted(found, key=_period_key)
    known = {
        "origin": _origins,
        "form": lambda: care_forms()["code"].tolist(),
        "region_code": lambda: regions()["code"].tolist(),
    }
    ranks = {value: rank for rank, value in reversed(list(enumerate(known.get(column, lambda: found)())))}
    return sorted(found, key=lambda value: ranks.get(value, len(ranks)))


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Sort the rows of a table of data/raw: period, region, origin, form.

    Parameters
    ----------
    table : pandas.DataFrame
        A table as `read_statline` gives it.

    Returns
    -------
    pandas.DataFrame
        The same rows, sorted; the index counts from 0.

    Examples
    --------
    >>> in_order(pd.DataFrame({"period": ["2015", "2015H1"], "form": ["protection", "probation"]}))
       period        form
    0  2015H1   probation
    1    2015  protection
    """
    by = [column for column in KEYS if column in table.columns]
    ranks = pd.DataFrame(
        {
            column: pd.Categorical(table[column], category_order(column, table[column]), ordered=True).codes
            for column in by
        },
        index=table.index,
    )
    return table.loc[ranks.sort_values(by, kind="stable").index].reset_index(drop=True)


def _origins() -> list[str]:
    """Put both schemes in one order that is the own order of each: the wider groups first, unknown last."""
    groups = pd.concat([origin_groups(scheme) for scheme in SCHEMES], ignore_index=True)
    level = groups["level"].map({"total": 0, "main": 1, "sub": 2, "country": 3}).where(groups["code"] != "onbekend", 4)
    return groups["code"].loc[level.sort_values(kind="stable").index].tolist()


def _period_key(label: str) -> tuple[int, int, str]:
    period = parse_period(label)
    return period.year, _KINDS.index(period.kind), label
