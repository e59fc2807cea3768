"""Reads the facts of this folder (items, cut-offs, words), and opens a table of persons of any engine."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from bereik.errors import BereikError, MissingColumnError


@cache
def read_facts(name: str) -> pd.DataFrame:
    """Read one of the CSV files of this folder."""
    with files("bereik.severity").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file)


def persons(data: Any, columns: Sequence[str]) -> Any:
    """Give a table of persons as a narwhals frame, or raise when a column is absent or does not hold numbers.

    Examples
    --------
    >>> persons(pd.DataFrame({"age": ["ten"]}), ["age"])
    Traceback (most recent call last):
    bereik.errors.BereikError: The column 'age' holds String. Expected: a column of numbers in the data of persons. To do:
    convert it, with missing values as missing.
    """
    import narwhals as nw

    try:
        frame = nw.from_native(data)
    except TypeError as problem:
        raise BereikError(
            f"data of persons of the type {type(data).__name__}",
            "a table of pandas, Polars, DuckDB, PyArrow, Dask or PySpark",
            "make such a table first",
        ) from problem
    schema = frame.collect_schema()
    missing = [name for name in columns if name not in schema]
    if missing:
        raise MissingColumnError(missing, schema, where="the data of persons")
    for name in columns:
        if not schema[name].is_numeric():
            raise BereikError(
                f"the column {name!r} holds {schema[name]}",
                "a column of numbers in the data of persons",
                "convert it, with missing values as missing",
            )
    return frame
