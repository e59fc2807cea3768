"""The contract of individual data (youth.toml): its columns, tables read as it says on any engine, and a reader's column map.

One row per youth and year. Forms of care are columns named by their code; a risk factor is a column that begins with ``risk_``.
What cannot be read as the contract says becomes missing, and stays beside it under ``as found: <column>``, so that it is
reported and never taken for a value.
"""

import re
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import pandas as pd

from bereik.categories import check_known, plain
from bereik.codelists import SCHEMES, care_forms, origin_groups, regions
from bereik.counts.persons import open_frame
from bereik.data.files import read_facts
from bereik.errors import MissingColumnError, SourceFileError, UnknownNameError
from bereik.paths import local_file

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]


FOUND, UNKNOWN_CODE = "as found: ", "not in the column map: "
_RISK = "risk_"
_AFTER_CARE = ("fit of care", "provenance")
_BLANKS = "[\\s\u00a0\u2007\u202f]+"  # one or more of any kind
_LARGEST = 1e15  # of whole numbers: floats above it have lost digits
_MAP = ("columns", "values", "missing", "fixed")
# of each kind of value: in pandas (types that can be missing), and in narwhals
_TYPES = {"whole": ("Int64", "Int64"), "number": ("Float64", "Float64"), "flag": ("boolean", "Boolean")}
_TYPES |= {"date": ("datetime64[us]", ""), "text": ("str", "String"), "category": ("str", "String")}


class Column(NamedTuple):
    """One column of the contract; limits are inclusive, ``above`` is exclusive."""

    name: str
    kind: str
    group: str
    en: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None
    allowed: tuple[str, ...] = ()
    only_in_care: bool = False
    also: tuple[str, ...] = ()


@cache
def all_columns() -> dict[str, Column]:
    """Give every column of the contract by name, in order (risk factors, which have names of their own, excepted)."""
    columns = {name: _column(name, facts) for name, facts in read_facts("youth")["columns"].items()}
    codes = dict.fromkeys(code for scheme in SCHEMES for code in origins(scheme))
    for name, allowed in {"origin": tuple(codes), "origin_scheme": SCHEMES}.items():
        columns[name] = columns[name]._replace(allowed=allowed)
    forms = care_forms()[["code", "en", "short_nl"]].to_numpy()
    care = {code: Column(code, "flag", "care", en, also=(short,)) for code, en, short in forms}
    after = {name: column for name, column in columns.items() if column.group in _AFTER_CARE}
    return {name: column for name, column in columns.items() if name not in after} | care | after


def _column(name: str, facts: dict[str, Any]) -> Column:
    values: dict[str, Any] = {key: tuple(fact) if isinstance(fact, list) else fact for key, fact in facts.items()}
    return Column(name, **values)


def origins(scheme: str) -> list[str]:
    """Give the codes that a youth can have in a scheme: all groups but the total."""
    return [code for code in origin_groups(scheme)["code"] if code != "total"]


def column_of(name: str) -> Column | None:
    """Find the column of the contract with this name; None when there is none."""
    if name.startswith(_RISK) and name != _RISK:
        return _column(name, read_facts("youth")["risk_factor"])
    return all_columns().get(name)


def columns_of(names: Iterable[str]) -> dict[str, Column]:
    """Find the columns of the contract among names."""
    return {name: column for name in names if (column := column_of(name))}


def kind_facts(kind: str) -> dict[str, Any]:
    """Give what the contract says of a kind of value: what is expected, and its spelling in text."""
    return dict(read_facts("youth")["kinds"][kind])


# --- a table of youths on any engine ----------------------------------------------------------------------------------


def person_frame(data: Any) -> Frame:
    """Open a table of any engine that narwhals can read."""
    if isinstance(data, pd.DataFrame):
        data = data.set_axis(data.columns.astype(str), axis=1).reset_index(drop=True)
        data = data.astype({name: "str" for name, dtype in data.dtypes.items() if dtype.name == "object"})
    return open_frame(data)


def with_found(frame: Frame) -> Frame:
    """Read every column of the contract as its kind of value; beside each stands what was found, text stripped of spaces."""
    schema = frame.collect_schema()
    columns = columns_of(name for name in dict.fromkeys([*all_columns(), *schema]) if name in schema)
    table = nw.to_native(frame)
    if isinstance(table, pd.DataFrame):  # it reads text slowly, so each different value of a column is read once
        parts = [_each_value_once(table[name], name, column) for name, column in columns.items()]
        whole = pd.concat(parts, axis=1) if parts else table[[]]
        return nw.from_native(whole[[*columns, *(FOUND + name for name in columns)]])
    return _read(frame, columns)


def _each_value_once(given: pd.Series, name: str, column: Column) -> pd.DataFrame:
    places, values = pd.factorize(given, use_na_sentinel=False)
    read: pd.DataFrame = nw.to_native(_read(nw.from_native(pd.DataFrame({name: values})), {name: column}))
    return read.take(places).set_axis(given.index)


def _read(frame: Frame, columns: dict[str, Column]) -> Frame:
    schema = frame.collect_schema()
    texts = {name: _as_found(name, schema[name], column.kind) for name, column in columns.items()}
    values = [_value(texts[name], schema[name], column).alias(name) for name, column in columns.items()]
    return _typed(frame.select(*values, *(text.alias(FOUND + name) for name, text in texts.items())), columns)


def canonical(frame: Frame) -> Frame:
    """Keep the columns of the contract of a frame made by `with_found`."""
    return frame.select([name for name in frame.collect_schema() if not name.startswith(FOUND)])


def collected(frame: Frame) -> list[dict[str, Any]]:
    """Fetch the rows of a small table."""
    if isinstance(frame, nw.LazyFrame):  # narwhals fetches by way of PyArrow unless told otherwise
        frame = frame.collect() if frame.implementation.is_polars() else frame.collect("pandas")
    return frame.rows(named=True)


def _as_found(name: str, dtype: nw.dtypes.DType, kind: str) -> nw.Expr:
    if dtype.is_numeric() or dtype.is_temporal() or dtype == nw.Boolean:
        return nw.col(name)
    text = nw.col(name).cast(nw.String)
    text = (text if kind == "identifier" else text.str.replace_all(_BLANKS, " ")).str.strip_chars()
    return nw.when(text != "").then(text)


def _value(given: nw.Expr, dtype: nw.dtypes.DType, column: Column) -> nw.Expr:
    kind = column.kind
    if not (dtype == nw.Boolean or dtype.is_temporal() or dtype.is_numeric()):
        return _town(given) if column.name == "municipality" else _from_text(given, kind)
    readable = kind in ("flag", "text") if dtype == nw.Boolean else kind != "date"
    if dtype.is_temporal():
        readable = kind == "date" and dtype in (nw.Date, nw.Datetime)
    if not readable:
        none = {"flag": nw.lit(False), "whole": nw.lit(0)}.get(kind, given)  # of a type that can be converted
        return nw.when(given.is_null() & ~given.is_null()).then(none)
    if kind == "flag" and dtype != nw.Boolean:
        return nw.when((given == 0) | (given == 1)).then(given == 1)
    if kind == "whole" and dtype.is_float():
        return nw.when((given % 1 == 0) & (given.abs() < _LARGEST)).then(given)
    return given.cast(nw.String) if kind in ("text", "category") else given


@cache
def towns() -> dict[str, list[str]]:
    """Give the spellings, in small letters, of each municipality that has a list: its one name, its code and others."""
    cells = regions("municipality").set_index("name", drop=False)[["name", "code", "statline_titles", "also_called"]]
    return {name: [plain(word) for word in cell.split("|")] for name, cell in cells.agg("|".join, axis=1).items()}


def _town(text: nw.Expr) -> nw.Expr:
    """Give a municipality the one name of its list, however it is spelled; another stays as it is."""
    word = text.str.to_lowercase().str.replace_all("\u2019", "'", literal=True)
    return nw.coalesce(*(nw.when(word.is_in(words)).then(nw.lit(name)) for name, words in towns().items()), text)


def _from_text(text: nw.Expr, kind: str) -> nw.Expr:
    facts, word = kind_facts(kind), text.str.to_lowercase()
    if kind == "category":
        return word
    if kind == "flag":
        return nw.when(word.is_in([*facts["yes"], *facts["no"]])).then(word.is_in(facts["yes"]))
    if "pattern" not in facts:
        return text
    fitting = nw.when(text.str.contains(facts["pattern"])).then(text)
    if kind == "date":
        return fitting.str.to_datetime(format="%Y-%m-%d")
    return fitting.str.replace_all(",", ".", literal=True).cast(nw.Float64)


def _typed(frame: Frame, columns: dict[str, Column]) -> Frame:
    """Give every column the type of its kind; whole numbers of identifiers where all are, as a data base would."""
    types = {name: _TYPES[column.kind] for name, column in columns.items() if column.kind in _TYPES}
    if not (frame.implementation.is_pandas() or frame.implementation.is_dask()):
        others = {name: getattr(nw, other) for name, (_, other) in types.items() if other}
        return frame.with_columns([nw.col(name).cast(other) for name, other in others.items()])
    table = nw.to_native(frame).astype({name: pandas for name, (pandas, _) in types.items()})
    for name in [name for name in columns if columns[name].kind == "identifier" and isinstance(table, pd.DataFrame)]:
        present = table[name].dropna()
        number = pd.api.types.is_numeric_dtype(present)
        if (present % 1 == 0).all() if number else present.str.fullmatch("[1-9][0-9]{0,17}").all():
            table[name] = table[name].astype("Int64")
    return nw.from_native(table)


# --- the column map ---------------------------------------------------------------------------------------------------


class ColumnMap(NamedTuple):
    """Which columns and codes mean what; see `read_column_map`."""

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    missing: Mapping[str, list[str]]
    fixed: Mapping[str, str]

    def absent(self, names: Iterable[str]) -> dict[str, str]:
        """Give the columns that the map names and a table does not have: name in the contract -> name in the map."""
        return {name: theirs for name, theirs in self.columns.items() if theirs not in set(names)}

    def apply(self, data: Any) -> Any:
        """Rename and recode a table of youths, on the engine where it lives; a code that is not listed says so."""
        frame = person_frame(data)
        schema = frame.collect_schema()
        if absent := self.absent(schema):
            raise MissingColumnError(absent.values(), schema, where="the file to which the column map is applied")
        columns = [self._recoded(name, theirs, schema[theirs]).alias(name) for name, theirs in self.columns.items()]
        fixed = [nw.lit(value).alias(name) for name, value in self.fixed.items()]
        kept = ("synthetic", "source") if "synthetic" in schema else ()  # made-up youths stay made up
        carried = [name for name in kept if name in schema and name not in {*self.columns, *self.fixed}]
        return frame.select(*columns, *fixed, *carried).to_native()

    def _recoded(self, name: str, theirs: str, dtype: nw.dtypes.DType) -> nw.Expr:
        value = nw.col(theirs)
        code = value if dtype.is_numeric() else value.cast(nw.String).str.strip_chars()
        code = code.str.to_lowercase() if dtype == nw.Boolean else code
        exact = (column := column_of(name)) is not None and column.kind == "identifier"
        if self.missing.get(name):
            present = ~_is_code(code, self.missing[name], dtype, exact)
            value, code = nw.when(present).then(value), nw.when(present).then(code)
        if name not in self.values:
            return value
        codes: dict[str, list[str]] = {}
        for key, meaning in self.values[name].items():
            codes.setdefault(meaning, []).append(key)
        recoded = [nw.when(_is_code(code, keys, dtype, exact)).then(nw.lit(meaning)) for meaning, keys in codes.items()]
        text = code.cast(nw.String)
        unknown = nw.when(~text.is_null() & (text != "")).then(nw.concat_str([nw.lit(UNKNOWN_CODE), text]))
        return nw.coalesce(*recoded, unknown)


def _is_code(code: nw.Expr, codes: Iterable[str], dtype: nw.dtypes.DType, exact: bool) -> nw.Expr:
    """True where a code is one of the map, which are text; 9, 9.0 and 09 are the same number, but not in a column of ids."""
    texts = list(codes)
    numbers = [number for number in map(_number, texts) if number is not None]
    if dtype.is_numeric():
        return code.cast(nw.Float64).is_in(numbers)
    if exact or not numbers:
        return code.is_in(texts).fill_null(False)
    return (code.is_in(texts) | _from_text(code, "number").is_in(numbers)).fill_null(False)


def _number(text: str) -> float | None:
    """Give the number that a code writes, with a decimal point or comma; None when it writes none."""
    return float(text.replace(",", ".")) if re.fullmatch(kind_facts("number")["pattern"], text) else None


def read_column_map(source: Mapping[str, Any] | Path | str) -> ColumnMap:
    r"""Read a column map from a TOML file, or from tables of the same form.

    Parameters
    ----------
    source : path or dict
        With the tables ``columns`` (contract = "your name"; left empty: not there), ``values.<column>`` ("your code" =
        "value of the contract"), ``missing`` (column = ["code", ...]) and ``fixed`` (column = value of all rows).

    Returns
    -------
    ColumnMap
        The map, checked.

    Raises
    ------
    SourceFileError
        When the file is absent or is no TOML, or an entry has another form.
    UnknownNameError
        When a table, a column or a value is not one of the contract; suggests the nearest.

    Examples
    --------
    >>> read_column_map({"columns": {"sex": "geslacht"}, "values": {"sex": {1: "male", 2: "female"}}}).values
    {'sex': {'1': 'male', '2': 'female'}}
    """
    tables, place = (source, "the column map") if isinstance(source, Mapping) else _toml(source)
    for table, entries in tables.items():
        _check_table(table, entries, place)
    columns, values, missing, fixed = (_as_text(tables.get(table, {})) for table in _MAP)
    columns = {name: theirs for name, theirs in columns.items() if theirs}
    for name in [name for name in [*values, *missing] if name not in columns]:
        todo = "a column that has codes must be named under [columns]"
        raise UnknownNameError("column", name, columns, where=place, todo=todo)
    _check_values(values, place)
    for name in set(columns) & set(fixed):
        raise _wrong(place, f"fixed.{name}", "a column that [columns] names too")
    return ColumnMap(columns, values, missing, fixed)


def _check_table(table: str, entries: Any, place: str) -> None:
    check_known("table of the column map", table, _MAP, where=place)
    if not isinstance(entries, dict):
        raise _wrong(place, table, entries)
    for name, entry in entries.items():
        if column_of(name) is None:
            raise UnknownNameError("column", name, all_columns(), where=f"[{table}] of {place}")
        if not _fits(table, entry):
            raise _wrong(place, f"{table}.{name}", entry)


def _fits(table: str, entry: object) -> bool:
    """Say whether an entry has the form of its table: one value, a list of values, or a value for each code."""
    if table == "values":
        return isinstance(entry, dict) and bool(entry) and all(_fits("fixed", value) for value in entry.values())
    if table == "missing":
        return isinstance(entry, list) and all(_fits("fixed", code) for code in entry)
    return not isinstance(entry, dict | list)


def _toml(file: Path | str) -> tuple[dict[str, Any], str]:
    expected = f"a column map: a TOML file in UTF-8 with the tables {', '.join(_MAP)}"
    path = local_file(file, expected)
    powershell = path.read_bytes().startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        return tomllib.loads(path.read_text(encoding="utf-16" if powershell else "utf-8-sig")), path.name
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        where = error if isinstance(error, tomllib.TOMLDecodeError) else "it has letters that are not UTF-8"
        todo = "correct it, and save it as UTF-8; 'bereik check FILE' without a map prints one to fill in"
        raise SourceFileError(f"the column map {path.name} cannot be read: {where}", expected, todo) from error


def _check_values(values: Mapping[str, Mapping[str, str]], place: str) -> None:
    for name, column in columns_of(values).items():
        facts = kind_facts(column.kind)
        allowed = [*facts["yes"], *facts["no"]] if column.kind == "flag" else column.allowed
        meanings: dict[object, str] = {}
        for code, value in values[name].items():
            if allowed:
                check_known(f"value of {name}", value, allowed, where=place)
            number = _number(code)
            if meanings.setdefault(code if number is None else number, value) != value:
                fault = f"[values.{name}] of {place} gives the code {code} two meanings"
                raise SourceFileError(fault, "one for 1, 01 and 1.0", "remove one")


def _as_text(entry: Any) -> Any:
    """Give the values and codes of an entry, which may be numbers or true and false, as text."""
    if isinstance(entry, Mapping):
        return {str(name).strip(): _as_text(value) for name, value in entry.items()}
    if isinstance(entry, list):
        return [_as_text(value) for value in entry]
    return str(entry).lower() if isinstance(entry, bool) else str(entry).strip()


def _wrong(place: str, where: str, entry: object) -> SourceFileError:
    expected = 'in [columns] and [fixed] one value a column, in [missing] a list, in [values.<column>] "code" = "value"'
    todo = "write it so; 'bereik check FILE' without a map prints a map to fill in"
    return SourceFileError(f"{where} of {place} holds {entry!r}", expected, todo)
