"""Reads persons once, on the engine where they live: the combinations of some columns, with how many rows have each.

Only operations that are the same on every engine: columns derived one by one, one group-by, and elementary sums.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, SourceFileError

WHERE = "the data of persons"
ROWS = "_rows"
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
        connection = duckdb.connect()
        connection.execute("set parquet_metadata_cache = true")  # or each step of a query reads the file's head again
        return connection.read_parquet(path)
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
    others = {
        name: ~nw.col(name).is_null() if value is None else (nw.col(name) != nw.lit(value)) | nw.col(name).is_null()
        for name, value in values.items()
    }
    if not _number(frame, nw.any_horizontal(*others.values(), ignore_nulls=False)):
        return values
    for name, other in others.items():
        number = _number(frame, other)
        if number:
            raise IncomparableError(
                f"{number:,} rows have another {name} than the first row, {values[name]!r}",
                f"one {name} in all rows: data of one source, all real or all made up",
                "select the rows of one first, or correct the column",
            )
    return values


def _number(frame: Any, condition: Any) -> int:
    import narwhals.stable.v2 as nw

    return int(_collected(frame.filter(condition).select(nw.len().alias(ROWS)))[ROWS].iloc[0])


def as_booleans(frame: Any, uses: Sequence[str]) -> Any:
    """Make 0 and 1 false and true; refuse columns that hold anything else."""
    import narwhals.stable.v2 as nw

    schema = require_names(frame, uses)
    for name in uses:
        if schema[name].is_integer():
            found = _collected(frame.group_by(name).agg(nw.len().alias(ROWS))).dropna()
            strange = found[~found[name].isin([0, 1])].sort_values(name, kind="stable")
            what = f"{strange[ROWS].sum():,} rows of {name!r} are neither true nor false: "
            what += ", ".join(str(int(value)) for value in strange[name].head(4)) if len(strange) else ""
            frame = frame.with_columns((nw.col(name) == 1).alias(name))
        else:
            strange = [] if schema[name] == nw.Boolean else [schema[name]]
            what = f"{name!r} holds {schema[name]}, which is neither true nor false"
        if len(strange):
            raise InvalidTableError(what, "true or false, 1 or 0, or missing", "make the column true or false first")
    return frame


def combinations(
    frame: Any,
    keys: Sequence[str],
    uses: Sequence[str],
    *,
    weight: str | None = None,
    groups: int | None = None,
    group_by: str | None = None,
) -> pd.DataFrame:
    """Count the rows, and the users of each form of care, of each combination of keys, in one scan.

    Parameters
    ----------
    frame : narwhals.LazyFrame
        Persons.
    keys : list of str
        Columns; a missing value is a value of its own.
    uses : list of str
        Columns that are true or false, or missing.
    weight : str, optional
        Column of weights.
    groups, group_by
        Number of hashed groups, and the column that is hashed; adds the key ``group``.

    Returns
    -------
    pandas.DataFrame
        The keys; `ROWS`; for each use the rows in which it is known and the users, named by `sums_of`, with weights also the
        sums of weights of both and of the squared weights; and as keys whether each weight and each id is right.

    Examples
    --------
    >>> persons = lazy(pd.DataFrame({"origin": ["a", "b", "a"], "use": [True, False, True]}))
    >>> combinations(persons, ["origin"], ["use"])
      origin  _rows  use known  use users
    0      a      2          2          2
    1      b      1          1          0
    """
    import narwhals.stable.v2 as nw

    derived: dict[str, Any] = {}
    sums = [nw.len().alias(ROWS)]
    flags = {}
    if weight is not None:
        number = nw.col(weight).cast(nw.Float64)
        flags[RIGHT_WEIGHT] = (number > 0) & (number < float("inf"))
    if groups is not None and group_by is not None:
        flags[RIGHT_ID], number = _whole_id(frame, group_by)
        flags[GROUP] = _hashed(number, groups)
    for name in uses:
        known, users, *weighted = sums_of(name)
        derived[users] = nw.col(name).fill_null(False).cast(nw.Int64)  # Dask cannot cast a missing one
        sums += [nw.col(name).count().alias(known), nw.col(users).sum()]
        if weight is not None:
            number, zero = nw.col(weight).cast(nw.Float64), nw.lit(0.0)
            there, used = ~nw.col(name).is_null(), derived[users] == 1
            numbers = ((there, number), (used, number), (there, number * number))
            derived |= {
                column: nw.when(where).then(value).otherwise(zero)
                for column, (where, value) in zip(weighted, numbers, strict=True)
            }
            sums += [nw.col(column).sum() for column in weighted]
    found = frame.select(*dict.fromkeys([*keys, *uses]), **derived, **flags).group_by(*keys, *flags).agg(*sums)
    table = _collected(found)
    whole = [column for name in uses for column in sums_of(name)[:2]]
    return table.assign(**{name: table[name].fillna(0).astype("int64") for name in whole})


def sums_of(use: str) -> tuple[str, str, str, str, str]:
    """Name the sums of a use: rows in which it is known, users, and the weights of both, and the squared weights."""
    return f"{use} known", f"{use} users", f"{use} weight", f"{use} users weight", f"{use} squared weight"


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
    rest = number % _PRIME  # engines differ in the sign of a remainder, not in its square
    for multiplier in _MULTIPLIERS:
        rest = rest * multiplier % _PRIME
        rest = rest * rest % _PRIME
    return rest % groups


def _collected(frame: Any) -> pd.DataFrame:
    if frame.implementation.is_polars():  # its own way to pandas needs PyArrow
        return pd.DataFrame(frame.collect().to_dict(as_series=False))
    table: pd.DataFrame = frame.collect("pandas").to_native()
    return table.reset_index(drop=True)
