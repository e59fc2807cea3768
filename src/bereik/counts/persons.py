"""Reduces persons, on whatever engine they live, to the count table that every estimator works on.

They are read once, where they are, by operations that are the same on every engine: columns derived one by one, one group-by,
and elementary sums. What is counted of each combination of categories is then checked, ordered and added up here.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_columns, check_flags, check_known, check_order, check_whole
from bereik.codelists import SCHEMES, care_forms, origin_groups
from bereik.counts.table import as_counts
from bereik.errors import (
    BereikError,
    DisclosureError,
    IncomparableError,
    InvalidTableError,
    MissingColumnError,
    SourceFileError,
)
from bereik.paths import RUN_VARIABLE, local_file, persons_read
from bereik.tables import INDIVIDUAL, MIN_CELL_COUNT

_WHERE = "the data of persons"
_ENGINES = "a data frame of pandas, Polars, DuckDB, PyArrow, Dask or PySpark, or the path of a Parquet file"
_MISSING = ("refuse", "drop")
_PERIODS = ("year", "period")
_TAKEN = ("form", "group", "population", "users", "status")
_ORDERED = re.compile("severity|income_group|.*band")
_ROWS, _GROUP, _RIGHT_WEIGHT, _RIGHT_ID = "_rows", "group", "_right_weight", "_right_id"
_WEIGHTED = ("population", "users", "effective_population")
_PRIME = 2_147_483_647  # 2^31 - 1: the product of two remainders fits in 64 bits
_MULTIPLIERS = (950_706_376, 742_938_285)  # Fishman & Moore (1986)
_HEAVIEST = 1e9  # of a weight, in youths; the squares of larger ones lose digits
_DIGITS = "^[0-9]{1,18}$"


def count(
    data: Any,
    *,
    by: Sequence[str],
    use: str | Sequence[str],
    weight: str | None = None,
    missing: str = "refuse",
    groups: int | None = None,
    group_by: str | None = None,
    order: Mapping[str, Sequence[object]] | None = None,
    assume_independent: bool = False,
    source: str | None = None,
    synthetic: bool | None = None,
) -> pd.DataFrame:
    """Count youths, and those who use care, in each combination of categories; the same table from every engine.

    Parameters
    ----------
    data : data frame, or path
        One row per youth (and year): pandas, Polars (eager or lazy), DuckDB relation, PyArrow table, Dask or PySpark; or the
        path of a Parquet file, which DuckDB reads. It is read once, where it is, and never loaded whole.
    by : list of str
        The category columns, coarsest first, for example ``["origin", "severity"]``.
    use : str or list of str
        A column that says who uses a form of care: true or false, 1 or 0. A list gives a long table with a column ``form``.
    weight : str, optional
        A column of survey weights, above 0.
    missing : {"refuse", "drop"}
        What to do with rows with a missing use or category: refuse, or leave them out (``source`` says how many).
    groups : int, optional
        Add the column ``group`` with this number of hashed groups (100 is usual), for `access_gap` and others with
        ``interval="bootstrap"``: a person, or household, is in one group only.
    group_by : str, optional
        The column that is hashed, ``id`` or ``household``: whole numbers, or text of digits.
    order : dict of list, optional
        The order of the categories per column. Without it: as declared in the data (ordered categories), as in the codelist
        (origin), or ascending; text of severity, income or bands needs a declared order.
    assume_independent : bool
        Pool several years without groups, as if each had other youths.
    source, synthetic : str and bool, optional
        Where the data come from and whether they are made up; needed when the data have no columns of these names.

    Returns
    -------
    pandas.DataFrame
        A count table: ``form`` (when `use` is a list), the columns of `by`, ``group`` (when asked for), ``population``
        (rows), ``users``, ``status``, ``synthetic`` and ``source``, which begins with "individual data: ". Combinations
        without youths have no row. With weights, ``population`` and ``users`` are sums of weights (to ten digits), and
        ``n_unweighted``, ``users_unweighted``, ``effective_population`` and ``weighted`` are added.

    Raises
    ------
    MissingColumnError
        When the data lack a column, or both the data and the call lack provenance.
    InvalidTableError
        When a use or category is missing and `missing` is ``"refuse"``; when a use is not true or false, a weight not above
        0, an id no whole number; when an ordered column has no declared order.
    IncomparableError
        When several years are pooled, or several origin schemes, sources, or real and made-up rows are mixed.
    UnknownNameError
        When `missing` or a category is unknown.
    BereikError
        When the arguments contradict each other, or the data are no frame or path.
    DisclosureError
        In a run: what it publishes of persons are the tables of its release only.

    Notes
    -----
    ``effective_population`` = (sum of weights)^2 / sum of squared weights (Kish 1965), which ignores strata and clusters
    of the sample. Groups: the id modulo 2^31 - 1, twice multiplied and squared modulo it, modulo `groups`.

    Examples
    --------
    >>> persons = pd.DataFrame({"origin": ["nederlands", "turkije", "turkije"], "without_residence": [True, False, True]})
    >>> count(persons, by=["origin"], use="without_residence", source="made up", synthetic=True).iloc[:, :3]
           origin  population  users
    0  nederlands           1      1
    1     turkije           2      1
    """
    persons_read()
    if os.environ.get(RUN_VARIABLE):
        todo = "take a table of bereik.release(DATA, MAP, ...), with the names of the parameters cell; one that is not there"
        expected = "the tables of its release, which are protected together"
        raise DisclosureError("a notebook of a run counts persons", expected, f"{todo} is in data/release.toml")
    uses = [use] if isinstance(use, str) else use
    check_columns(by=by, use=uses)
    further = [name for name in (weight, group_by) if name is not None]
    check_columns(columns=further or ["none"])
    named = [*by, *uses, *further]
    _check_call(by, missing, groups, group_by, order)
    check_flags(assume_independent=assume_independent)
    frame = _lazy(data, named, [*uses, group_by])
    schema = schema_of(frame, named)
    _check_kinds(schema, by, weight)
    said = {"source": source, "synthetic": synthetic}
    if source is None and "source" not in schema and isinstance(data, (str, Path)):
        said["source"] = Path(data).name
    provenance = _provenance(frame, schema, said)
    apart = [*_PERIODS, *(["origin_scheme"] if "origin" in by else [])]
    apart = [name for name in apart if name in schema and name not in by]
    cells = _combinations(_with_booleans(frame, uses), [*by, *apart], uses, weight, groups, group_by)
    _check_rows(cells, weight, group_by)
    described = provenance["source"] + _check_pooled(cells, apart, groups is not None or assume_independent)
    names = [*by, *([_GROUP] if groups else [])]
    coded = pd.DataFrame({name: _codes(cells[name]) for name in names}, index=cells.index)
    if missing == "refuse":
        _check_missing(coded, cells, uses)
    orders = {name: _category_order(coded[name], schema.get(name), name, order or {}) for name in names}
    forms = [_count_form(coded, cells, name, weight is not None, described) for name in uses]
    long = pd.concat(forms, ignore_index=True).assign(synthetic=provenance["synthetic"])
    if not isinstance(use, str):
        listed = [code for code in care_forms()["code"] if code in uses]
        orders["form"] = [*listed, *(name for name in uses if name not in listed)]
        names = ["form", *names]
    return as_counts(long if weight is None else long.assign(weighted=True), by=names, order=orders)


def _check_call(by: Sequence[str], missing: str, groups: int | None, group_by: str | None, order: Any) -> None:
    """Raise when the arguments contradict each other, or are of another kind."""
    check_order(order, [*(order or ())])
    check_known("way to handle missing values", missing, _MISSING)
    if taken := [name for name in by if name in _TAKEN]:
        expected = "columns that a count table does not make itself"
        raise BereikError(f"`by` names {taken[0]!r}", expected, "rename the column in the data")
    check_whole(2, groups=2 if groups is None else groups)
    if (groups is None) != (group_by is None):
        expected = "both or neither: a number of groups of 2 or more, and the column that is hashed"
        todo = "use groups=100, group_by='id' (or 'household', so that siblings stay together)"
        raise BereikError(f"groups={groups!r} and group_by={group_by!r}", expected, todo)


def _check_kinds(schema: Mapping[str, Any], by: Sequence[str], weight: str | None) -> None:
    """Raise when a column cannot be what it is named for: lists are no categories, text is no weight."""
    wrong = [name for name in by if schema[name].is_nested() or str(schema[name]) in ("Unknown", "Binary")]
    wrong += [weight] if weight is not None and not schema[weight].is_numeric() else []
    if wrong:
        fault = f"the column {wrong[0]!r} holds {schema[wrong[0]]}"
        expected = "categories of one kind (text, whole numbers, true or false); a weight is a number"
        raise InvalidTableError(fault, expected, "convert the column first")


def _provenance(frame: Any, schema: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Give source and synthetic, from the columns of these names or the call."""
    held = _constants(frame, [name for name in said if name in schema])
    for name, value in said.items():
        if name in held and value is not None and held[name] != value:
            problem = f"{name}={value!r} in the call and {held[name]!r} in the data"
            raise IncomparableError(problem, f"one {name}", f"leave out {name} in the call, or correct the column")
        told = held.get(name, value)
        if told is None or (name == "source" and not (isinstance(told, str) and told.strip())):
            problem = f"{_WHERE} have no column {name!r} with a value, and the call does not say it"
            problem = problem if told is None else f"{name} is {told!r}"
            expected = "where the data come from (source) and whether they are made up (synthetic)"
            raise BereikError(problem, expected, "add it to the call, for example source='file name', synthetic=False")
    both = {**said, **held}
    return {**both, "source": INDIVIDUAL + str(both["source"]).removeprefix(INDIVIDUAL)}


def _check_rows(cells: pd.DataFrame, weight: str | None, group_by: str | None) -> None:
    """Raise when some rows have an impossible weight or id."""
    weights = f"a weight in {weight!r} above 0 and below {_HEAVIEST:,.0f}"
    ids = f"a whole number of at most 18 digits in {group_by!r}"
    for name, expected in ((_RIGHT_WEIGHT, weights), (_RIGHT_ID, ids)):
        if wrong := int(cells.loc[~cells[name].fillna(False).astype(bool), _ROWS].sum()) if name in cells else 0:
            problem = f"{rows_told(wrong)} do not have {expected}"
            raise InvalidTableError(problem, "it in every row", "correct or leave out these rows")


def _check_pooled(cells: pd.DataFrame, apart: Sequence[str], allowed: bool) -> str:
    """Raise when years or origin schemes are pooled; describe what is pooled on purpose."""
    note = ""
    for name in apart:
        values = sorted({str(value) for value in _codes(cells[name]).astype(object).fillna("missing")})
        if len(values) < 2:
            continue
        if name == "origin_scheme":
            problem = f"rows of the origin schemes {' and '.join(values)}"
            raise IncomparableError(problem, "one scheme in a count table", "select one, or add origin_scheme to `by`")
        if not allowed:
            more = ", ..." if len(values) > 4 else ""
            problem = f"{len(values)} values of {name} pooled ({', '.join(values[:4])}{more})"
            expected = f"one {name}: a youth in several years is counted in each, which makes intervals too narrow"
            todo = f"add {name!r} to `by`; or use groups=100, group_by='id'; or say assume_independent=True"
            raise IncomparableError(problem, expected, todo)
        note += f"; {len(values)} values of {name} pooled, {values[0]} to {values[-1]}"
    return note


def _check_missing(coded: pd.DataFrame, cells: pd.DataFrame, uses: Sequence[str]) -> None:
    """Raise when a use or category is missing."""
    absent = {name: int(cells.loc[coded[name].isna(), _ROWS].sum()) for name in coded}
    absent |= {name: int((cells[_ROWS] - cells[_sums_of(name)[0]]).sum()) for name in uses}
    if any(absent.values()):
        listed = ", ".join(f"{name} in {rows_told(number)}" for name, number in absent.items() if number)
        expected = "a value in every row: a missing use is not 'no care', and a missing category is no group"
        todo = "complete the data (for example with 'onbekend'), or use missing='drop' to leave these rows out (right for a "
        todo += "column that only youths in care have)"
        raise InvalidTableError(f"missing values: {listed}", expected, todo)


def _count_form(coded: pd.DataFrame, cells: pd.DataFrame, use: str, weighted: bool, source: str) -> pd.DataFrame:
    """Add up the rows of one form of care; leave out those with a missing value, and say so in the source."""
    asked, users, *of_weights = _sums_of(use)
    there = coded.notna().all(axis=1)
    if left := int(cells[_ROWS].sum() - cells.loc[there, asked].sum()):
        blank = [*coded.columns[coded.isna().any()], *([use] if (cells[asked] < cells[_ROWS]).any() else [])]
        source += f"; {left:,} rows with missing {', '.join(blank)} left out"
    sums = {"population": asked, "users": users}
    if weighted:
        sums = {**dict(zip(_WEIGHTED, of_weights, strict=True)), "n_unweighted": asked, "users_unweighted": users}
    numbers = cells[list(sums.values())].set_axis(list(sums), axis=1)
    table = pd.concat([coded, numbers], axis=1)[there & (cells[asked] > 0)]
    table = table.groupby(list(coded), observed=True, sort=False).sum().reset_index()
    if weighted:
        table["effective_population"] = table["population"] ** 2 / table["effective_population"]
        for name in _WEIGHTED:  # engines add in different orders
            table[name] = [float(f"{value:.10g}") for value in table[name]]
    return table.assign(source=source, form=use)


def rows_told(number: int) -> str:
    """Say how many rows of persons; a small number only as such."""
    return f"{number:,} rows" if number >= MIN_CELL_COUNT else f"fewer than {MIN_CELL_COUNT} rows"


def _codes(column: pd.Series) -> pd.Series:
    """Give a column as categories that are plain text, whole numbers or booleans, the same from every engine."""
    codes, values = pd.factorize(column)
    plain = [value.item() if isinstance(value, np.generic) else value for value in values]
    plain = [int(value) if isinstance(value, float) and value.is_integer() else value for value in plain]
    categories = pd.Categorical.from_codes(codes, pd.Index(plain, dtype=object))
    return pd.Series(categories, index=column.index, name=column.name)


def _category_order(column: pd.Series, kind: Any, name: str, order: Mapping[str, Sequence[object]]) -> list[object]:
    """Give categories in the order of the call, of the data, of the codelist, or ascending (by the number text begins with).

    Examples
    --------
    >>> _category_order(_codes(pd.Series(["12-17", "4-11", "0-3"])), None, "age_band", {})
    ['0-3', '4-11', '12-17']
    """
    if name in order:
        return list(order[name])
    values = list(column.cat.categories)
    declared = list(getattr(kind, "categories", ()))
    if set(values) <= set(declared):
        return declared
    for scheme in SCHEMES if name == "origin" else ():
        codes = origin_groups(scheme)["code"].tolist()
        if set(values) <= set(codes):
            return [code for code in codes if code in values]
    bare = [value for value in values if isinstance(value, str) and not re.match(r"\d", value) and value != "onbekend"]
    if len(bare) > 1 and _ORDERED.fullmatch(name):
        problem = f"the categories of {name!r} are text without an order: {', '.join(map(repr, bare[:6]))}"
        todo = f"add order={{{name!r}: [lowest, ..., highest]}}, or make the column an ordered category"
        expected = "bands from lowest to highest, since gradients and unmet need depend on it"
        raise InvalidTableError(problem, expected, todo)
    return sorted(values, key=_ascending)


def _ascending(value: Any) -> tuple[float, str]:
    number = re.match(r"-?\d+", str(value))
    return (float(number.group()) if number else np.inf, str(value))


def _lazy(data: Any, names: Sequence[str], whole: Sequence[str | None]) -> Any:
    """Give data of any engine, or a Parquet file, as a lazy narwhals frame; of pandas, without objects in the named columns."""
    data = open_parquet(data) if isinstance(data, (str, Path)) else data
    return open_frame(without_objects(data, names, whole)).lazy()


def without_objects(data: Any, names: Sequence[str], whole: Sequence[str | None] = ()) -> Any:
    """Give the objects in columns of a pandas table the type that all of them are; in `whole` also floats that are whole."""
    if not isinstance(data, pd.DataFrame) or not data.columns.is_unique:
        return data
    changed = {}
    for name, column in data[[name for name in names if name in data]].items():
        if column.dtype == object and pd.api.types.infer_dtype(column) == "decimal":
            changed[name] = column.astype("float64")
        elif column.dtype == object or (name in whole and str(column.dtype) not in ("bool", "int64")):
            changed[name] = column.convert_dtypes(dtype_backend="numpy_nullable")
            if changed[name].dtype == object and name not in whole:
                fault = f"the column {name!r} holds objects of several kinds, or lists"
                expected = "values of one kind: text, numbers, true or false"
                raise InvalidTableError(fault, expected, "convert the column first")
    return data.assign(**changed)


def open_frame(data: Any) -> Any:
    """Open a table of any engine that narwhals can read; NaN, which only pandas takes for missing, is missing in all."""
    import narwhals.stable.v2 as nw

    if isinstance(data, pd.DataFrame) and not data.columns.is_unique:
        twice = data.columns[data.columns.duplicated()].unique().tolist()
        raise InvalidTableError(f"a column occurs twice: {twice}", "each column once", "rename or remove one")
    try:
        frame = nw.from_native(data)
    except TypeError:
        fault = f"a {type(data).__name__} is no table that can be read"
        raise InvalidTableError(fault, _ENGINES, "give such a frame or path") from None
    schema = {name: kind for name, kind in frame.collect_schema().items() if isinstance(name, str)}
    floats = [nw.col(name) for name, kind in schema.items() if kind.is_float()]
    floats += [nw.col(name).cast(nw.Float64) for name, kind in schema.items() if kind == nw.Decimal]
    # not by is_nan: of a Parquet column that its head says has no missing value, DuckDB takes that for false without looking
    there = [number.is_finite() | (number.abs() == float("inf")) for number in floats]
    numbers = [nw.when(is_there).then(number) for is_there, number in zip(there, floats, strict=True)]
    return frame.with_columns(*numbers) if numbers else frame


def open_parquet(file: Path | str) -> Any:
    """Open one Parquet file with DuckDB; its name is read as it stands, not as a pattern of names."""
    import duckdb

    expected = "a Parquet file (.parquet)"
    path = local_file(file, expected)
    if path.suffix.lower() not in (".parquet", ".pq"):
        todo = "read the file first and give the frame, or save it as Parquet"
        raise SourceFileError(f"the file {path.name!r}", expected, todo)
    try:
        connection = duckdb.connect()
        connection.execute("set parquet_metadata_cache = true")  # or each step of a query reads the file's head again
        return connection.read_parquet(re.sub(r"([*?[])", r"[\1]", str(path.absolute())))
    except duckdb.Error:
        raise SourceFileError(f"{path.name} is no whole Parquet file", expected, "export it again") from None


def schema_of(frame: Any, names: Sequence[str]) -> dict[str, Any]:
    """Give the schema of a lazy frame, or raise when it lacks a column."""
    schema = dict(frame.collect_schema())
    if missing := [name for name in names if name not in schema]:
        raise MissingColumnError(missing, schema, where=_WHERE)
    return schema


def _constants(frame: Any, names: Sequence[str]) -> dict[str, Any]:
    """Give the values of columns that must be the same in all rows; engines find that in the statistics of a Parquet file."""
    import narwhals.stable.v2 as nw

    if not names:
        return {}
    first = _collected(frame.select(*names).head(1)).astype(object)
    if first.empty:
        raise InvalidTableError(f"{_WHERE} have no rows", "at least one youth", "check the selection before this step")
    values = {name: None if pd.isna(value) else value for name, value in first.iloc[0].items()}
    others = {
        name: ~nw.col(name).is_null() if value is None else (nw.col(name) != nw.lit(value)) | nw.col(name).is_null()
        for name, value in values.items()
    }
    if not _number(frame, nw.any_horizontal(*others.values(), ignore_nulls=False)):
        return values
    for name, other in others.items():
        if number := _number(frame, other):
            problem = f"{rows_told(number)} have another {name} than the first row, {values[name]!r}"
            expected = f"one {name} in all rows: data of one source, all real or all made up"
            raise IncomparableError(problem, expected, "select the rows of one first, or correct the column")
    return values


def _number(frame: Any, condition: Any) -> int:
    """Count the rows in which a condition holds."""
    import narwhals.stable.v2 as nw

    return int(_collected(frame.filter(condition).select(nw.len().alias(_ROWS)))[_ROWS].iloc[0])


def _with_booleans(frame: Any, uses: Sequence[str]) -> Any:
    """Make 0 and 1 false and true; refuse columns that hold anything else."""
    import narwhals.stable.v2 as nw

    schema = schema_of(frame, uses)
    for name in uses:
        what = "" if schema[name] == nw.Boolean else f"{name!r} holds {schema[name]}, which is neither true nor false"
        if schema[name].is_integer() or (schema[name].is_float() and not frame.implementation.is_dask()):
            numbers = _collected(frame.group_by(name).agg(nw.len().alias(_ROWS))).dropna()
            strange = numbers[~numbers[name].isin([0, 1])].sort_values(name, kind="stable")
            listed = ", ".join(f"{value:g}" for value in strange[name].head(4))
            rows = rows_told(strange[_ROWS].sum())
            what = f"{rows} of {name!r} are neither true nor false: {listed}" if listed else ""
            frame = frame.with_columns((nw.col(name) == 1).alias(name))
        if what:
            raise InvalidTableError(what, "true or false, 1 or 0, or missing", "make the column true or false first")
    return frame


def _combinations(
    frame: Any, keys: Sequence[str], uses: Sequence[str], weight: str | None, groups: int | None, group_by: str | None
) -> pd.DataFrame:
    """Count the rows of each combination of keys (missing is a value of its own), and the sums of each use, in one scan."""
    import narwhals.stable.v2 as nw

    derived: dict[str, Any] = {}
    sums = [nw.len().alias(_ROWS)]
    flags = {}
    if weight is not None:
        number = nw.col(weight).cast(nw.Float64)
        flags[_RIGHT_WEIGHT] = (number > 0) & (number < _HEAVIEST)
    if groups is not None and group_by is not None:
        flags[_RIGHT_ID], number = _whole_id(frame, group_by)
        flags[_GROUP] = _hashed(number, groups)
    for name in uses:
        asked, users, *weighted = _sums_of(name)
        derived[users] = nw.col(name).fill_null(False).cast(nw.Int64)  # Dask cannot cast a missing one
        sums += [nw.col(name).count().alias(asked), nw.col(users).sum()]
        if weight is not None:
            number, there = nw.col(weight).cast(nw.Float64), ~nw.col(name).is_null()
            numbers = ((there, number), (derived[users] == 1, number), (there, number * number))
            for column, (where, value) in zip(weighted, numbers, strict=True):
                derived[column] = nw.when(where).then(value).otherwise(nw.lit(0.0))
                sums.append(nw.col(column).sum())
    scan = frame.select(*dict.fromkeys([*keys, *uses]), **derived, **flags).group_by(*keys, *flags).agg(*sums)
    table = _collected(scan)
    whole = [column for name in uses for column in _sums_of(name)[:2]]
    return table.assign(**{name: table[name].fillna(0).astype("int64") for name in whole})


def _sums_of(use: str) -> tuple[str, str, str, str, str]:
    """Name the sums of a use: rows in which it is not missing, users, the weights of both, and the squared weights."""
    return f"{use} asked", f"{use} users", f"{use} weight", f"{use} users weight", f"{use} squared weight"


def _whole_id(frame: Any, name: str) -> tuple[Any, Any]:
    """Give whether an id is right, and the id as a whole number (0 where it is not)."""
    import narwhals.stable.v2 as nw

    kind = schema_of(frame, [name])[name]
    column, none = nw.col(name), "0" if kind == nw.String else 0
    right = column < 2**63 if kind == nw.UInt64 else ~column.is_null()
    if kind == nw.String or kind.is_float():
        right = column.str.contains(_DIGITS) if kind == nw.String else (column % 1 == 0) & (column.abs() < 2**53)
    if kind == nw.String or kind.is_integer() or kind.is_float():
        right = right & ~column.is_null()
        return right, nw.when(right).then(column).otherwise(nw.lit(none, kind)).cast(nw.Int64)
    problem = f"the column {name!r} holds {kind}, which cannot be hashed in the same way on every engine"
    todo = f"number the values (for example by pandas.factorize) and name that column in group_by instead of {name!r}"
    raise InvalidTableError(problem, "whole numbers, or text of at most 18 digits", todo)


def _hashed(number: Any, groups: int) -> Any:
    """Put a whole number in one of the groups: multiplied and squared modulo a prime, so near numbers part."""
    rest = number % _PRIME  # engines differ in the sign of a remainder, not in its square
    for multiplier in _MULTIPLIERS:
        rest = rest * multiplier % _PRIME
        rest = rest * rest % _PRIME
    return rest % groups


def _collected(frame: Any) -> pd.DataFrame:
    """Collect a lazy frame as a pandas frame."""
    if frame.implementation.is_polars():  # its own way to pandas needs PyArrow
        return pd.DataFrame(frame.collect().to_dict(as_series=False))
    table: pd.DataFrame = frame.collect("pandas").to_native()
    return table.reset_index(drop=True)
