"""Reads persons once, on the engine where they live: the combinations of some columns, with how many rows have each.

Only operations that are the same on every engine: columns derived one by one, one group-by, and elementary sums.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, SourceFileError

WHERE = "the data of persons"
ROWS, WEIGHT, SQUARED = "_rows", "_weight", "_weight_squared"
RIGHT_WEIGHT, RIGHT_ID, GROUP = "_right_weight", "_right_id", "group"
_PRIME = 2_147_483_647  # 2^31 - 1: the product of two remainders fits in 64 bits
_MULTIPLIERS = (950_706_376, 742_938_285)  # Fishman & Moore (1986)
_DIGITS = "^[0-9]{1,18}$"
_ENGINES = "a data frame of pandas, Polars, DuckDB, PyArrow, Dask or PySpark, or the path of a Parquet file"


def lazy(data: Any, converted: Sequence[str] = ()) -> Any:
    """Give data of any engine, or a Parquet file, as a lazy narwhals frame; `converted`: columns that may be pandas objects."""
    import narwhals.stable.v2 as nw

    if isinstance(data, (str, Path)):
        data = _parquet(str(data))
    if isinstance(data, pd.DataFrame):
        named = [name for name in converted if name in data and str(data[name].dtype) not in ("bool", "int64")]
        data = data.assign(**{name: data[name].convert_dtypes(dtype_backend="numpy_nullable") for name in named})
    try:
        return nw.from_native(data).lazy()
    except TypeError:
        raise BereikError(f"data of the type {type(data).__name__}", _ENGINES, "give such a frame or path") from None


def _parquet(path: str) -> Any:
    import duckdb

    name = Path(path).name
    if Path(path).suffix.lower() not in (".parquet", ".pq"):
        raise SourceFileError(
            f"the file {name!r}",
            "a Parquet file (.parquet)",
            "read the file first and give the frame, or save it as Parquet",
        )
    try:
        return duckdb.connect().read_parquet(path)
    except duckdb.Error as error:
        raise SourceFileError(
            f"{name!r} cannot be read ({str(error).splitlines()[0].replace(path, name)})",
            "a Parquet file",
            "check the path and the file",
        ) from None


def require_names(frame: Any, names: Sequence[str]) -> dict[str, Any]:
    """Give the schema of a lazy frame, or raise when it lacks a column."""
    schema = dict(frame.collect_schema())
    missing = [name for name in names if name not in schema]
    if missing:
        raise MissingColumnError(missing, schema, where=WHERE)
    return schema


def constants(frame: Any, names: Sequence[str]) -> dict[str, Any]:
    """Give the values of columns that must be the same in all rows; engines find that in the statistics of a Parquet file."""
    import narwhals.stable.v2 as nw

    first = _collected(frame.select(*names).head(1)).astype(object)
    if first.empty:
        raise InvalidTableError(f"{WHERE} have no rows", "at least one youth", "check the selection before this step")
    values = {name: None if pd.isna(value) else value for name, value in first.iloc[0].items()}
    for name, value in values.items():
        other = ~nw.col(name).is_null() if value is None else (nw.col(name) != nw.lit(value)) | nw.col(name).is_null()
        number = int(_collected(frame.filter(other).select(nw.len().alias(ROWS)))[ROWS].iloc[0])
        if number:
            raise IncomparableError(
                f"{number:,} rows have another {name} than the first row, {value!r}",
                f"one {name} in all rows: data of one source, all real or all made up",
                "select the rows of one first, or correct the column",
            )
    return values


def combinations(
    frame: Any,
    keys: Sequence[str],
    *,
    weight: str | None = None,
    groups: int | None = None,
    group_by: str | None = None,
) -> pd.DataFrame:
    """Count the rows of each combination of keys, in one scan.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        Persons.
    keys : list of str
        Columns; a missing value is a value of its own.
    weight : str, optional
        Column of weights; adds their sum and the sum of their squares.
    groups, group_by
        Number of hashed groups, and the column that is hashed; adds the key ``group``.

    Returns
    -------
    pandas.DataFrame
        The keys, `ROWS`, with weights also `WEIGHT` and `SQUARED`, and as keys whether each weight and each id is right.

    Examples
    --------
    >>> persons = lazy(pd.DataFrame({"origin": ["a", "b", "a"], "use": [True, False, True]}))
    >>> combinations(persons, ["origin", "use"])
      origin    use  _rows
    0      a   True      2
    1      b  False      1
    """
    import narwhals.stable.v2 as nw

    derived: dict[str, Any] = {}
    sums = [nw.len().alias(ROWS)]
    if weight is not None:
        number = nw.col(weight).cast(nw.Float64)
        derived |= {WEIGHT: number, SQUARED: number * number, RIGHT_WEIGHT: (number > 0) & (number < float("inf"))}
        sums += [nw.col(WEIGHT).sum(), nw.col(SQUARED).sum()]
    if groups is not None and group_by is not None:
        right, number = _whole_id(frame, group_by)
        derived |= {RIGHT_ID: right, GROUP: _hashed(number, groups)}
    flags = [name for name in derived if name not in (WEIGHT, SQUARED)]
    found = frame.select(*keys, **derived).group_by(*keys, *flags).agg(*sums)
    return _collected(found)


def _whole_id(frame: Any, name: str) -> tuple[Any, Any]:
    """Give whether an id is right, and the id as a whole number (0 where it is not)."""
    import narwhals.stable.v2 as nw

    kind = require_names(frame, [name])[name]
    column = nw.col(name)
    if kind.is_integer():
        right = ~column.is_null()
        return right, nw.when(right).then(column.cast(nw.Int64)).otherwise(nw.lit(0, nw.Int64))
    if kind == nw.String:
        right = column.str.contains(_DIGITS) & ~column.is_null()
        return right, nw.when(right).then(column).otherwise(nw.lit("0")).cast(nw.Int64)
    raise InvalidTableError(
        f"the column {name!r} holds {kind}, which cannot be hashed in the same way on every engine",
        "whole numbers, or text of at most 18 digits",
        f"number the values (for example pandas.factorize) and name that column in group_by instead of {name!r}",
    )


def _hashed(number: Any, groups: int) -> Any:
    """Put a whole number in one of the groups: multiplied and squared modulo a prime, so near numbers part."""
    rest = (number % _PRIME + _PRIME) % _PRIME  # engines differ in the sign of a remainder
    for multiplier in _MULTIPLIERS:
        rest = rest * multiplier % _PRIME
        rest = rest * rest % _PRIME
    return rest % groups


def _collected(frame: Any) -> pd.DataFrame:
    if frame.implementation.is_polars():  # its own way to pandas needs PyArrow
        return pd.DataFrame(frame.collect().to_dict(as_series=False))
    table: pd.DataFrame = frame.collect("pandas").to_native()
    return table.reset_index(drop=True)
