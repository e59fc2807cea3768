"""A table of youths on any engine: opened through narwhals, and its values read as the contract says.

What cannot be read as the contract says becomes missing in the column, and stays beside it under ``as found: <column>``,
so that it is reported and never taken for a value.
"""

from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.data.youth import Column, column_of, contract, kind_facts
from bereik.errors import InvalidTableError

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]

__all__ = ["FOUND", "canonical", "collected", "person_frame", "with_found"]

FOUND = "as found: "
_PANDAS = {
    "whole": "Int64",
    "number": "Float64",
    "flag": "boolean",
    "date": "datetime64[us]",
    "text": "str",
    "category": "str",
}


def person_frame(data: Any) -> "Frame":
    """Open a table of any engine that narwhals knows."""
    import narwhals as nw

    if isinstance(data, pd.DataFrame):
        names = [str(name) for name in data.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidTableError(
                f"a column occurs twice: {twice}", "each column once", "rename or remove one of them"
            )
        data = data.set_axis(names, axis=1).reset_index(drop=True)
        data = data.astype({name: "str" for name, dtype in data.dtypes.items() if dtype.name == "object"})
    try:
        return nw.from_native(data)
    except TypeError as error:
        raise InvalidTableError(
            f"a {type(data).__name__} is no table that can be read",
            "a data frame of pandas, Polars, DuckDB, PyArrow, Dask or PySpark",
            "read a file with read_youths",
        ) from error


def with_found(frame: "Frame") -> "Frame":
    """Read every column of the contract as its kind of value; beside each stands what was found, text stripped of spaces."""
    schema = frame.collect_schema()
    columns = {name: column for name in [*contract(), *schema] if name in schema and (column := column_of(name))}
    values, found = [], []
    for name, column in columns.items():
        as_found = _as_found(name, schema[name])
        values.append(_value(as_found, schema[name], column).alias(name))
        found.append(as_found.alias(FOUND + name))
    return _settled(frame.select(*values, *found), columns)


def canonical(frame: "Frame") -> "Frame":
    """Keep the columns of the contract of a frame made by `with_found`."""
    return frame.select([name for name in frame.collect_schema() if not name.startswith(FOUND)])


def collected(frame: "Frame") -> list[dict[str, Any]]:
    """Fetch the rows of a small table."""
    import narwhals as nw

    if isinstance(frame, nw.LazyFrame):  # narwhals fetches by way of PyArrow unless told otherwise
        frame = frame.collect() if frame.implementation.is_polars() else frame.collect("pandas")
    return frame.rows(named=True)


def _as_found(name: str, dtype: "nw.dtypes.DType") -> "nw.Expr":
    import narwhals as nw

    column = nw.col(name)
    if dtype.is_float():
        return column.fill_nan(None)
    if dtype.is_numeric() or dtype.is_temporal() or dtype == nw.Boolean:
        return column
    text = column.cast(nw.String).str.strip_chars()
    return nw.when(text != "").then(text)


def _value(found: "nw.Expr", dtype: "nw.dtypes.DType", column: Column) -> "nw.Expr":
    import narwhals as nw

    if dtype == nw.Boolean:
        readable = column.kind in ("flag", "text")
    elif dtype.is_temporal():
        readable = column.kind == "date" and dtype in (nw.Date, nw.Datetime)
    elif dtype.is_numeric():
        readable = column.kind != "date"
    else:
        return _from_text(found, column)
    if not readable:
        return nw.when(found.is_null() & ~found.is_null()).then(found)
    if column.kind == "flag" and dtype != nw.Boolean:
        return nw.when(found.is_in([0, 1])).then(found == 1)
    if column.kind == "whole" and dtype.is_float():
        return nw.when(found == found.round(0)).then(found)
    return found.cast(nw.String) if column.kind in ("text", "category") else found


def _from_text(text: "nw.Expr", column: Column) -> "nw.Expr":
    import narwhals as nw

    facts = kind_facts(column.kind)
    if column.kind == "category":
        return text.str.to_lowercase()
    if column.kind == "flag":
        word = text.str.to_lowercase()
        return nw.when(word.is_in([*facts["yes"], *facts["no"]])).then(word.is_in(facts["yes"]))
    if "pattern" not in facts:
        return text
    fitting = nw.when(text.str.contains(str(facts["pattern"]))).then(text)
    if column.kind == "date":
        return fitting.str.to_datetime(format="%Y-%m-%d")
    return fitting.str.replace_all(",", ".", literal=True).cast(nw.Float64)


def _settled(frame: "Frame", columns: dict[str, Column]) -> "Frame":
    """Give every column the type of its kind; pandas has types of its own for values that can be missing."""
    import narwhals as nw

    if frame.implementation.is_pandas() or frame.implementation.is_dask():
        table = nw.to_native(frame).astype({n: _PANDAS[c.kind] for n, c in columns.items() if c.kind in _PANDAS})
        identifiers = [n for n, c in columns.items() if c.kind == "identifier" and isinstance(table, pd.DataFrame)]
        return nw.from_native(table.assign(**{name: _identifiers(table[name]) for name in identifiers}))
    types: dict[str, Any] = {
        "whole": nw.Int64,
        "number": nw.Float64,
        "flag": nw.Boolean,
        "text": nw.String,
        "category": nw.String,
    }
    return frame.with_columns(
        [nw.col(name).cast(types[column.kind]) for name, column in columns.items() if column.kind in types]
    )


def _identifiers(column: pd.Series) -> pd.Series:
    """Make whole numbers of identifiers where all are: a text file and a data base then give the same."""
    if not pd.api.types.is_numeric_dtype(column):
        return column.astype("Int64") if column.dropna().str.fullmatch("[1-9][0-9]{0,17}").all() else column
    return column.astype("Int64") if (column.dropna() % 1 == 0).all() else column
