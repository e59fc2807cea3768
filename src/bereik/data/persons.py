"""Reads and checks individual data: all problems at once, on the engine where they live (texts in check.toml)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import reduce
from operator import add, and_
from pathlib import Path
from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import pandas as pd

from bereik.codelists import SCHEMES, care_forms, origin_groups
from bereik.counts.persons import rows_told
from bereik.data import contract
from bereik.data.contract import FOUND, UNKNOWN_CODE, Column, Frame, canonical, collected, columns_of, with_found
from bereik.data.files import open_persons, read_facts
from bereik.errors import BereikError, InvalidTableError
from bereik.paths import persons_read
from bereik.tables import INDIVIDUAL, MIN_CELL_COUNT

_PROBLEM = ["column", "level", "problem", "rows", "examples", "todo"]
_ROW, _SHOWN = "row", 3
_WITHOUT_VALUES = ("missing_value", "missing_use")  # faults of which the rows are shown
_VARYING = {"care", "severity", "household", "age", "sex", "origin"}  # groups and columns that differ between youths
_CITIZEN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def read_youths(file: Path | str, *, column_map: Mapping[str, Any] | Path | str | None = None) -> Any:
    r"""Read individual data: one row per youth and year, checked, in the columns of the contract.

    Parameters
    ----------
    file : path
        CSV (separated by commas or semicolons, UTF-8), Parquet, SPSS (.sav) or Stata (.dta). A text file is held in memory
        as a whole; above some million rows use Parquet, of which only what is asked for is ever read.
    column_map : path or dict, optional
        Which columns and codes of the file mean what: a TOML file, or a dict, with the tables ``columns`` (contract = "your
        name"), ``values.<column>`` ("your code" = "value of the contract"), ``missing`` (column = ["code", ...]) and ``fixed``
        (column = value of all rows). A code that ``values`` does not list is refused, never taken for a value. Without a map
        the columns that have names of the contract are used and others are left out.

    Returns
    -------
    pandas.DataFrame or duckdb.DuckDBPyRelation
        The columns of the contract (``youth.toml``) that the file has, in its order: true or false, whole numbers, dates
        and text (a municipality of the codelist by its one name), missing where the file has nothing. ``synthetic`` is
        False and ``source`` is ``individual data: <file name>``, unless the file itself has both columns. Parquet gives a
        DuckDB relation, which has read nothing yet but for the check; the others give a pandas table.

    Raises
    ------
    SourceFileError
        When the file, or the column map, cannot be read.
    MissingColumnError, UnknownNameError
        When the column map names a column that the file does not have, or a name that is not one of the contract.
    InvalidTableError
        When the check finds an error; `bereik check FILE` prints them all.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "youths.csv"
    >>> _ = file.write_text("id;year;municipality;age;sex;origin;origin_scheme;sdq_parent;with_residence\n"
    ...                     "a1;2017;Delft;12;male;turkije;migratieachtergrond;9;nee\n", encoding="utf-8")
    >>> read_youths(file)[["age", "sdq_parent", "with_residence", "synthetic", "source"]]
       age  sdq_parent  with_residence  synthetic                       source
    0   12           9           False      False  individual data: youths.csv
    """
    persons_read()
    data, name = open_persons(file), Path(file).name
    if column_map is not None:
        data = contract.read_column_map(column_map).apply(data)
    opened = contract.person_frame(data)
    found = with_found(opened)
    todo = f"see them all, with rows and what to do, by the command: bereik check {name}"
    refuse_errors(_check(found, list(opened.collect_schema())), name, todo)
    frame = canonical(found)
    provenance = {"synthetic": nw.lit(False), "source": nw.lit(f"{INDIVIDUAL}{name}")}
    absent = {column: value for column, value in provenance.items() if column not in frame.collect_schema()}
    return (frame.with_columns(**absent) if absent else frame).to_native()


def refuse_errors(problems: pd.DataFrame, name: str, todo: str) -> None:
    """Raise when there are errors among the problems of individual data (see `check_youths`): the first three are named."""
    errors = problems[problems["level"] == "error"]
    if len(errors):
        first = "; ".join((errors["column"] + ": " + errors["problem"]).head(_SHOWN))
        more = f" (and {len(errors) - _SHOWN} more)" if len(errors) > _SHOWN else ""
        fault = f"{name} has {_plural(len(errors), 'error')}: {first}{more}"
        raise InvalidTableError(fault, "individual data in the form of the contract", todo)


def check_youths(data: Any) -> pd.DataFrame:
    """Check individual data against the contract (``youth.toml``): every problem at once, none of it changed.

    Parameters
    ----------
    data : data frame
        pandas, Polars, DuckDB, PyArrow, Dask or PySpark: one row per youth and year, columns named as in the contract.
        Values may still be text (``ja``, ``12``, ``2020-12-31``). A lazy table stays where it is: one scan counts all
        problems, one finds repeated ids, and one for each problem found fetches its examples.

    Returns
    -------
    pandas.DataFrame
        One row per problem, errors first: ``column``, ``level`` (error or warning), ``problem``, ``rows`` (how many rows
        have it; missing when it is about the column as a whole), ``examples`` (at most three offending values, the most
        frequent first, with how many rows (fewer than 10 only as such) and, in a table in memory, the first; counted from 1) and
        ``todo``. Ids are never shown, nor a number of eight digits or more, nor a value of another column.

    Raises
    ------
    InvalidTableError
        When `data` is no table.

    Notes
    -----
    A citizen service number (*burgerservicenummer*) has nine digits a to i with 9 a + 8 b + ... + 2 h - i divisible by 11;
    of other numbers one in eleven has, so the warning is given when more than half of the ids of nine digits pass.

    Examples
    --------
    >>> youths = pd.DataFrame({"id": ["a", "b"], "year": 2017, "municipality": "Delft", "age": [12, 31],
    ...                        "sex": ["male", "f"], "origin": "turkije", "origin_scheme": "migratieachtergrond",
    ...                        "sdq_parent": [9, 20], "with_residence": [False, True]})
    >>> check_youths(youths)[["column", "level", "problem", "rows", "examples"]]
      column  level                       problem  rows                examples
    0    age  error  outside the limits (0 to 22)     1  '31' (first in row 2)
    1    sex  error       not one of male, female     1   'f' (first in row 2)
    """
    frame = contract.person_frame(data)
    return _check(with_found(frame), list(frame.collect_schema()))


def _check(frame: Frame, given: list[str]) -> pd.DataFrame:
    """Check a frame made by `with_found` of a table with the given columns."""
    problems = list(_of_columns(given))
    columns = columns_of(given)
    if not columns:
        return _table(problems)
    schema = dict(frame.collect_schema())
    frame = frame.with_row_index(_ROW) if isinstance(frame, nw.DataFrame) else frame
    faults = {f"fault {number}": fault for number, fault in enumerate(_faults(columns, schema))}
    counts = {name: _rows_where(fault.rows) for name, fault in faults.items()}
    signs = _counted(_in_duckdb(frame), {"rows": nw.len(), **counts, **_signs(columns, schema)})
    if not signs["rows"]:
        return _table([*problems, _problem("no_rows", "(table)")])
    for name, fault in faults.items():
        if signs[name]:
            problems.append(_problem(fault.rule, fault.column, signs[name], _examples(frame, fault), **fault.words))
    problems += [*_suspicions(signs, columns), *_mixed_origins(signs), *_repeated(frame)]
    return _table(problems)


def _problem(rule: str, column: str, rows: int | None = None, examples: str = "", **words: str) -> dict[str, Any]:
    """Make one row of the table of problems from its rule in check.toml."""
    texts = {name: text.format(column=column, **words) for name, text in read_facts("check")[rule].items()}
    return {"column": column, "rows": rows, "examples": examples, **texts}


def _table(problems: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(problems, columns=_PROBLEM).astype({"rows": "Int64"})
    return table.sort_values("level", kind="stable", ignore_index=True)  # error comes before warning


def _of_columns(given: list[str]) -> Iterator[dict[str, Any]]:
    columns = columns_of(given)
    for name, column in contract.all_columns().items():
        if column.required and name not in given:
            yield _problem("missing_column", name)
    for group, facts in read_facts("youth")["one_of"].items():
        if group not in {column.group for column in columns.values()}:
            yield _problem("missing_group", f"({group})", expected=facts["expected"])
    every = contract.all_columns().values()
    spellings = {spelling: column.name for column in every for spelling in (column.name, *column.also)}
    for name in [name for name in given if name not in columns]:
        yield _problem("unknown_column", name, near=_near(name, spellings))


def _near(name: str, spellings: Mapping[str, str]) -> str:
    """Say which names come near one that is not there, by any of their spellings: `` (did you mean 'age'?)``, or nothing."""
    folded = {spelling.casefold(): other for spelling, other in spellings.items() if other != name}
    word = name.casefold()
    near = [word] if word in folded else get_close_matches(word, folded, n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(dict.fromkeys(repr(folded[match]) for match in near))}?)" if near else ""


def _in_duckdb(frame: Frame) -> Frame:
    """Give a pandas table to DuckDB, which counts some hundred things in a third of the time."""
    if not frame.implementation.is_pandas():
        return frame
    import duckdb

    return nw.from_native(duckdb.from_df(nw.to_native(frame)))


def _rows_where(true: nw.Expr) -> nw.Expr:
    """Count the rows where something is true; where it is not known, it is not counted."""
    return true.fill_null(False).cast(nw.Int64).sum()


def _counted(frame: Frame, signs: dict[str, nw.Expr]) -> dict[str, Any]:
    """Count all signs in one scan; a sum over no rows is 0, a lowest value of no values is missing."""
    (row,) = collected(frame.select([sign.alias(name) for name, sign in signs.items()]))
    may_be_missing = [name for name in row if name.startswith(("lowest", "highest"))]
    return {name: 0 if pd.isna(value) and name not in may_be_missing else value for name, value in row.items()}


# --- what can be wrong in a row ---------------------------------------------------------------------------------------


class _Fault(NamedTuple):
    """One thing that can be wrong: its rule in check.toml, the column, the rows where it is so, and whether values are shown."""

    rule: str
    column: str
    rows: nw.Expr
    shown: bool = False
    words: Mapping[str, str] = {}


def _faults(columns: Mapping[str, Column], schema: Mapping[str, nw.dtypes.DType]) -> Iterator[_Fault]:
    """Give everything that can be wrong in a row of a table with these columns."""
    columns = {name: columns[name] for name in schema if name in columns}
    forms = [name for name, column in columns.items() if column.group == "care"]
    for name, column in columns.items():
        yield from _of_values(column, "origin_scheme" in columns, text=schema[FOUND + name] == nw.String)
        if column.required or column.group == "care" or name == "weight":
            rule = "missing_use" if column.group == "care" else "missing_value"
            yield _Fault(rule, name, nw.col(FOUND + name).is_null())
        if column.only_in_care and forms:
            none = reduce(and_, [(~nw.col(form)).fill_null(False) for form in forms])
            yield _Fault("without_care", name, ~nw.col(name).is_null() & none)
    for part, whole in _parts(forms):
        yield _Fault("part_without_whole", part, nw.col(part) & ~nw.col(whole), words={"whole": whole})
    if {"care_start", "care_end"} <= set(columns):
        yield _Fault("end_before_start", "care_end", nw.col("care_end") < nw.col("care_start"))
    if "source" in columns:
        strange = ~nw.col("source").is_null() & ~nw.col("source").str.starts_with(INDIVIDUAL)
        yield _Fault("source_form", "source", strange)


def _of_values(column: Column, schemes: bool, *, text: bool) -> Iterator[_Fault]:
    name, shown = column.name, column.kind != "identifier"
    given, value = nw.col(FOUND + name), nw.col(name)
    coded = given.str.starts_with(UNKNOWN_CODE).fill_null(False) if text else nw.lit(False)
    present = ~value.is_null() & ~coded
    if text:
        yield _Fault("unknown_code", name, coded, shown)
    if column.kind in ("whole", "number", "flag", "date"):
        words = {"expected": contract.kind_facts(column.kind)["expected"]}
        yield _Fault("wrong_kind", name, ~given.is_null() & value.is_null() & ~coded, shown, words)
    if column.above is not None:
        outside = (value <= column.above) | (value == float("inf"))
        yield _Fault("outside", name, outside, shown, {"limits": f"more than {column.above}"})
    elif column.low is not None:
        outside = (value < column.low) | (value > column.high)
        yield _Fault("outside", name, outside, shown, {"limits": f"{column.low} to {column.high}"})
    if column.kind == "category":
        strange = _strange_origin() if name == "origin" and schemes else ~value.is_in(column.allowed)
        yield _Fault("unknown_category", name, present & strange, shown, {"allowed": _allowed(column)})
    if name == "municipality":
        strange = present & ~value.is_in(list(contract.towns()))
        code, digits = value.str.starts_with("GM") & (value.str.len_chars() == 6), value.str.contains("[0-9]")
        yield _Fault("municipality_form", name, strange & digits & ~code, shown)
        yield _Fault("municipality_unknown", name, strange & ~digits, shown)


def _allowed(column: Column) -> str:
    schemes = [f"{', '.join(contract.origins(scheme))} ({scheme})" for scheme in SCHEMES]
    return "; ".join(schemes) if column.name == "origin" else ", ".join(column.allowed)


def _strange_origin() -> nw.Expr:
    """True where the origin is not one of its own scheme."""
    origin, scheme = nw.col("origin"), nw.col("origin_scheme")
    strange = [(scheme == name) & ~origin.is_in(contract.origins(name)) for name in SCHEMES]
    return strange[0] | strange[1]


def _above(code: str, parents: Mapping[str, str]) -> list[str]:
    """Give everything that a code is part of, the nearest first."""
    above = []
    while code := parents[code]:
        above.append(code)
    return above


def _parts(forms: list[str]) -> Iterator[tuple[str, str]]:
    """Pair each form of care with the nearest form in the table that it is part of."""
    parents = care_forms().set_index("code")["parent"].to_dict()
    for form in forms:
        yield from [(form, whole) for whole in _above(form, parents) if whole in forms][:1]


# --- what is suspicious in the whole table ----------------------------------------------------------------------------


def _signs(columns: Mapping[str, Column], schema: Mapping[str, nw.dtypes.DType]) -> dict[str, nw.Expr]:
    """Give what is counted to find what is suspicious: how many filled, lowest and highest, rows per origin and sex."""
    signs = {}
    for name, column in columns.items():
        value = nw.col(name)
        signs[f"filled {name}"] = _rows_where(~nw.col(FOUND + name).is_null())
        if column.kind in ("whole", "number", "flag") or name == "source":
            signs |= {f"lowest {name}": value.min(), f"highest {name}": value.max()}
        signs |= {f"{name} {allowed}": _rows_where(value == allowed) for allowed in column.allowed}
    text = schema.get("id") == nw.String
    if "id" in schema and (text or schema["id"].is_integer()):
        number = nw.col("id")  # of nine digits, 0 for others; a leading zero is lost in a number
        nine = number.str.contains("^[0-9]{8,9}$") if text else number.is_between(10_000_000, 999_999_999)
        number = nw.when(nine).then(number).otherwise(nw.lit("0" if text else 0)).cast(nw.Int64)
        digits = [number // 10**place % 10 * weight for place, weight in enumerate(reversed(_CITIZEN_WEIGHTS))]
        signs["nine digits"] = _rows_where(number > 0)
        signs["pass 11-test"] = _rows_where((number > 0) & (reduce(add, digits) % 11 == 0))
    return signs


def _suspicions(signs: Mapping[str, Any], columns: Mapping[str, Column]) -> Iterator[dict[str, Any]]:
    """Give what is suspicious in the whole table."""
    rows = signs["rows"]
    for name, column in columns.items():
        filled, one = signs[f"filled {name}"], _one_value(signs, name, column)
        if column.group == "provenance":
            yield from [] if one and filled == rows else [_problem("several_sources", name, rows)]
        elif not filled and not column.required:
            yield _problem("empty_column", name, rows)
        elif one and filled == rows >= MIN_CELL_COUNT and {column.group, name} & _VARYING:
            yield _problem("one_value", name, rows)
    if 2 * signs.get("pass 11-test", 0) > signs.get("nine digits", 0):  # of other numbers one in eleven passes
        yield _problem("citizen_service_number", "id", signs["pass 11-test"])


def _mixed_origins(signs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Say which schemes, or groups and their parts, stand beside each other."""
    present = {scheme: signs.get(f"origin_scheme {scheme}", 0) for scheme in SCHEMES}
    if all(present.values()):
        yield _problem("two_schemes", "origin_scheme", min(present.values()))
    for scheme in [scheme for scheme, count in present.items() if count]:
        parents = origin_groups(scheme).set_index("code")["parent"].to_dict()
        counts = {code: count for code in contract.origins(scheme) if (count := signs.get(f"origin {code}"))}
        for whole, count in counts.items():
            if parts := [code for code in counts if whole in _above(code, parents)]:
                yield _problem("two_levels", "origin", count, whole=whole, parts=", ".join(parts))


def _one_value(signs: Mapping[str, Any], name: str, column: Column) -> bool:
    if column.allowed:
        return signs["rows"] in [signs[f"{name} {allowed}"] for allowed in column.allowed]
    return f"lowest {name}" in signs and bool(signs[f"lowest {name}"] == signs[f"highest {name}"])


def _repeated(frame: Frame) -> Iterator[dict[str, Any]]:
    names = list(frame.collect_schema())
    if not {"id", "year"} <= set(names):
        return
    rows = [nw.col(_ROW).min().alias("first"), nw.col(_ROW).max().alias("last")] if _ROW in names else []
    youths = frame.filter(~nw.col("id").is_null() & ~nw.col("year").is_null())
    twice = youths.group_by("id", "year").agg(nw.len().alias("n"), *rows).filter(nw.col("n") > 1)
    if count := _counted(twice, {"n": nw.col("n").sum()})["n"]:
        pairs = collected(twice.sort("first", "last").head(_SHOWN)) if rows else []
        examples = "; ".join(f"rows {pair['first'] + 1} and {pair['last'] + 1}" for pair in pairs)
        yield _problem("twice", "id", int(count), examples)


# --- examples and the report ------------------------------------------------------------------------------------------


def _examples(frame: Frame, fault: _Fault) -> str:
    """Describe the most frequent offending values, or (where a value may not be shown) the first rows."""
    in_memory = isinstance(frame, nw.DataFrame)
    at_fault = frame.filter(fault.rows)
    if not fault.shown or fault.rule in _WITHOUT_VALUES:
        rows = [str(row[_ROW] + 1) for row in collected(at_fault.select(_ROW).head(_SHOWN))] if in_memory else []
        return f"row{'s' if len(rows) > 1 else ''} {', '.join(rows)}" if rows else ""
    row = [_ROW] if in_memory else []
    found = at_fault.select(*row, value=nw.col(FOUND + fault.column).cast(nw.String))
    values = found.group_by("value").agg(*(nw.col(name).min().alias("first") for name in row), n=nw.len())
    values = values.sort("n", "value", descending=[True, False])
    allowed = {code: code for code in columns_of([fault.column])[fault.column].allowed}
    return "; ".join(_example(**row, allowed=allowed) for row in collected(values.head(_SHOWN)))


def _example(value: str, n: int, allowed: dict[str, str], first: int | None = None) -> str:
    text = str(value).removeprefix(UNKNOWN_CODE)
    shown = "a long number, not shown" if re.search("[0-9]{8,}", text) else repr(text[:40])
    told = [rows_told(n)] if first is None or n >= MIN_CELL_COUNT else []
    told += [] if first is None else [f"first in row {first + 1}"]
    return f"{shown} ({', '.join(told)}){_near(text, allowed)}"


def check_file(file: Path | str, *, column_map: Path | str | None = None) -> tuple[bool, str]:
    r"""Check a file of individual data, and say in a report what is wrong, or what it holds when nothing is.

    Parameters
    ----------
    file : path
        CSV, Parquet, SPSS (.sav) or Stata (.dta), as `read_youths` reads it.
    column_map : path, optional
        The column map (TOML).

    Returns
    -------
    tuple of bool and str
        Whether there is no error (there may be warnings), and the report: every problem with how many rows, examples and
        what to do; without an error the rows, years, groups and missing values (groups under 10 youths only as
        such); without a column map and with unknown columns, a column map to fill in.

    Raises
    ------
    SourceFileError, UnknownNameError
        When the file or the column map cannot be read at all.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "youths.csv"
    >>> _ = file.write_text("id;year;municipality;age;sex;origin;origin_scheme;sdq_parent;with_residence\n"
    ...                     "a1;2017;Delft;12;male;turkey;migratieachtergrond;9;misschien\n", encoding="utf-8")
    >>> print(check_file(file)[1])  # doctest: +ELLIPSIS
    youths.csv: 2 errors, 0 warnings (rows are counted from 1; the line with names does not count)
    <BLANKLINE>
    error    origin: not one of nederlands, ...
             fewer than 10 rows: 'turkey' (first in row 1) (did you mean 'turkije'?)
             to do: translate your values in the column map under [values.origin]
    error    with_residence: not true or false (also 1/0, ja/nee, yes/no)
             fewer than 10 rows: 'misschien' (first in row 1)
             to do: correct the values, or translate them in the column map: [values.with_residence] or [missing]
    """
    from bereik.data.release import outlook  # which reads persons by this module

    data = open_persons(file)
    given = list(contract.person_frame(data).collect_schema())
    absent, problems = {}, []
    if column_map is not None:
        codes = contract.read_column_map(column_map)
        absent = codes.absent(given)
        for name, theirs in absent.items():
            near = _near(theirs, dict(zip(given, given, strict=True)))
            problems.append(_problem("mapped_column_absent", name, theirs=repr(theirs), near=near))
        data = codes._replace(columns={n: theirs for n, theirs in codes.columns.items() if n not in absent}).apply(data)
    opened = contract.person_frame(data)
    found = with_found(opened)
    faults = _check(found, list(opened.collect_schema()))
    problems += [fault for fault in faults.to_dict("records") if fault["column"] not in absent]
    shown: list[str] = []
    if not any(fault["level"] == "error" for fault in problems):
        try:
            shown = outlook(canonical(found).to_native())
        except BereikError as error:  # what the check accepts, a run can show
            problems.insert(0, _problem("not_releasable", "(table)", found=error.args[0], todo=error.args[2]))
    errors = sum(fault["level"] == "error" for fault in problems)
    rows = " (rows are counted from 1; the line with names does not count)\n" if problems else ""
    lines = [f"{Path(file).name}: {_plural(errors, 'error')}, {_plural(len(problems) - errors, 'warning')}{rows}"]
    lines += [line for fault in problems for line in _problem_lines(fault)]
    lines += [] if errors else ["", *_description(found), *shown]
    if column_map is None and len(columns_of(given)) < len(given):
        lines += ["", read_facts("check")["starter"]["head"], starter_map(given)]
    return not errors, "\n".join(lines)


def _problem_lines(fault: dict[str, Any]) -> Iterator[str]:
    yield f"{fault['level']:<8} {fault['column']}: {fault['problem']}"
    if pd.notna(fault["rows"]):
        yield f"         {rows_told(int(fault['rows']))}{': ' if fault['examples'] else ''}{fault['examples']}"
    yield f"         to do: {fault['todo']}"


def _description(frame: Frame) -> Iterator[str]:
    """Say what a file without errors holds: rows, years, groups and how much is missing."""
    frame = canonical(frame)
    names = list(frame.collect_schema())
    row = _counted(frame, {"rows": nw.len(), **{name: _rows_where(nw.col(name).is_null()) for name in names}})
    yield f"rows     {row['rows']:,}"
    for name in ("year", "origin_scheme", "origin", "sex"):
        counts = {str(each[name]): int(each["n"]) for each in collected(frame.group_by(name).agg(nw.len().alias("n")))}
        order = contract.all_columns()[name].allowed or sorted(counts)
        yield f"{name.removeprefix('origin_'):<8} {_groups({group: counts[group] for group in order if group in counts})}"
    forms = [name for name, column in columns_of(names).items() if column.group == "care"]
    (users,) = collected(frame.select(nw.col(name).cast(nw.Int64).sum() for name in forms))
    yield f"care     {_groups({name: int(users[name]) for name in forms})}"
    gaps = [f"{name} {int(row[name]):,} ({100 * row[name] / row['rows']:.1f} %)" for name in names if row[name]]
    yield f"missing  {'; '.join(gaps) or 'nothing'}"
    yield f"complete {', '.join(name for name in names if not row[name])}"


def _groups(counts: Mapping[str, int]) -> str:
    few = f"fewer than {MIN_CELL_COUNT}"
    return ", ".join(f"{name}: {count if count >= MIN_CELL_COUNT else few}" for name, count in counts.items())


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


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
    theirs = {name: json.dumps(name, ensure_ascii=False) for name in map(str, names)}
    folded = {name.casefold(): text for name, text in theirs.items() if name not in contract.all_columns()}
    lines = [f"# Columns of the file: {', '.join(theirs.values())}", "", "[columns]"]
    for name, column in contract.all_columns().items():
        matches = [match for word in (name, *column.also) for match in get_close_matches(word, folded, n=1, cutoff=0.8)]
        perhaps = f"; perhaps {' or '.join(dict.fromkeys(folded[match] for match in matches))}" if matches else ""
        need = "required: " if column.required else ""
        if column.group != "provenance":
            ending = "" if name in theirs else perhaps
            lines.append(f'{name} = "{name if name in theirs else ""}"  # {need}{column.en}{ending}')
    lines += [f"{text} = {text}" for name, text in theirs.items() if name.startswith("risk_")]
    return "\n".join([*lines, read_facts("check")["starter"]["rest"]])
