"""What can be wrong in a table of youths, as expressions that any engine counts in one scan.

They stand on a table made by `with_found`: the value of each column, and beside it what was found.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from bereik.codelists.care import care_forms
from bereik.codelists.lists import plain
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.codelists.regions import regions
from bereik.data.column_map import UNKNOWN_CODE
from bereik.data.person_frame import FOUND
from bereik.data.youth import Column, column_of, kind_facts, limits, origins
from bereik.small_cells import INDIVIDUAL

if TYPE_CHECKING:
    from narwhals.dtypes import DType

__all__ = ["Fault", "faults_of", "signs_of", "suspicions"]

_CITIZEN_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
_FEW = 10


class Fault(NamedTuple):
    """One thing that can be wrong: its rule in check.toml, the column, the rows where it is so, and whether values are shown."""

    rule: str
    column: str
    rows: nw.Expr
    shown: bool = False
    about: Mapping[str, str] = {}


def faults_of(schema: Mapping[str, "DType"]) -> Iterator[Fault]:
    """Give everything that can be wrong in a row of a table with these columns."""
    columns = {name: column for name in schema if not name.startswith(FOUND) and (column := column_of(name))}
    forms = [name for name, column in columns.items() if column.group == "care"]
    for name, column in columns.items():
        yield from _of_values(name, column, "origin_scheme" in columns, text=schema[FOUND + name] == nw.String)
        if column.required or column.group == "care":
            rule = "missing_value" if column.required else "missing_use"
            yield Fault(rule, name, nw.col(FOUND + name).is_null())
        if column.only_in_care and forms:
            none = reduce(and_, [(~nw.col(form)).fill_null(False) for form in forms])
            yield Fault("without_care", name, _present(name) & none)
    for part, whole in _parts(forms):
        yield Fault("part_without_whole", part, nw.col(part) & ~nw.col(whole), about={"whole": whole})
    if {"care_start", "care_end"} <= set(columns):
        yield Fault("end_before_start", "care_end", nw.col("care_end") < nw.col("care_start"))
    if "source" in columns:
        yield Fault("source_form", "source", _present("source") & ~nw.col("source").str.starts_with(INDIVIDUAL))


def rows_where(true: nw.Expr) -> nw.Expr:
    """Count the rows where something is true; where it is not known, it is not counted."""
    return true.fill_null(False).cast(nw.Int64).sum()


def _present(name: str) -> nw.Expr:
    return ~nw.col(name).is_null()


def _of_values(name: str, column: Column, schemes: bool, *, text: bool) -> Iterator[Fault]:
    found, value, shown = nw.col(FOUND + name), nw.col(name), column.kind != "identifier"
    coded = found.str.starts_with(UNKNOWN_CODE).fill_null(False) if text else nw.lit(False)
    if text:
        yield Fault("unknown_code", name, coded, shown)
    expected = {"expected": str(kind_facts(column.kind)["expected"])}
    if column.kind in ("whole", "number", "flag", "date"):
        yield Fault("wrong_kind", name, ~found.is_null() & value.is_null() & ~coded, shown, expected)
    if limits(column):
        outside = value <= column.above if column.above is not None else (value < column.low) | (value > column.high)
        yield Fault("outside", name, outside, shown, {"limits": limits(column)})
    if column.kind == "category":
        strange = _strange_origin() if name == "origin" and schemes else ~value.is_in(column.allowed)
        yield Fault("unknown_category", name, _present(name) & ~coded & strange, shown, {"allowed": _allowed(column)})
    if name == "municipality":
        strange = _present(name) & ~coded & ~value.str.to_lowercase().is_in(_municipalities())
        code, digits = value.str.starts_with("GM") & (value.str.len_chars() == 6), value.str.contains("[0-9]")
        yield Fault("municipality_form", name, strange & digits & ~code, shown)
        yield Fault("municipality_unknown", name, strange & ~digits, shown)


def _allowed(column: Column) -> str:
    if column.name != "origin":
        return ", ".join(column.allowed)
    return "; ".join(f"{', '.join(origins(scheme))} ({scheme})" for scheme in SCHEMES)


def _strange_origin() -> nw.Expr:
    """True where the origin is not one of its own scheme."""
    fits = [(nw.col("origin_scheme") == scheme) & nw.col("origin").is_in(origins(scheme)) for scheme in SCHEMES]
    return nw.col("origin_scheme").is_in(SCHEMES) & ~(fits[0] | fits[1])


def _municipalities() -> list[str]:
    names = regions("municipality")[["name", "statline_titles", "also_called"]].agg("|".join, axis=1)
    return sorted({plain(name) for cell in names for name in cell.split("|") if name})


def _parts(forms: list[str]) -> Iterator[tuple[str, str]]:
    """Pair each form of care with the nearest form in the table that it is part of."""
    parents = care_forms().set_index("code")["parent"].to_dict()
    for form in forms:
        whole = parents[form]
        while whole and whole not in forms:
            whole = parents[whole]
        if whole:
            yield form, whole


def signs_of(schema: Mapping[str, "DType"]) -> dict[str, nw.Expr]:
    """Give what is counted to find what is suspicious: how many filled, lowest and highest, rows per origin and sex."""
    signs = {}
    for name, column in {n: c for n in schema if not n.startswith(FOUND) and (c := column_of(n))}.items():
        value = nw.col(name)
        signs[f"filled {name}"] = rows_where(~nw.col(FOUND + name).is_null())
        if column.kind in ("whole", "number", "flag") or name == "source":
            signs |= {f"lowest {name}": value.min(), f"highest {name}": value.max()}
        for allowed in column.allowed:
            signs[f"{name} {allowed}"] = rows_where(value == allowed)
    identifier = schema.get("id")
    if identifier is not None and (identifier == nw.String or identifier.is_integer()):
        number, passing = _citizen_number(identifier)
        signs["nine digits"] = rows_where(number > 0)
        signs["pass 11-test"] = rows_where((number > 0) & passing)
    return signs


def _citizen_number(dtype: "DType") -> tuple[nw.Expr, nw.Expr]:
    """Give ids of nine digits as numbers (0 for others), and whether they pass the 11-test: 9 a + 8 b + ... + 2 h - i."""
    value = nw.col("id")
    if dtype == nw.String:
        number = nw.when(value.str.contains("^[0-9]{8,9}$")).then(value).otherwise(nw.lit("0")).cast(nw.Int64)
    else:  # a leading zero is lost in a number
        number = nw.when(value.is_between(10_000_000, 999_999_999)).then(value).otherwise(nw.lit(0)).cast(nw.Int64)
    digits = [
        (number // 10**place) % 10 * weight for place, weight in zip(range(8, -1, -1), _CITIZEN_WEIGHTS, strict=True)
    ]
    return number, reduce(lambda total, digit: total + digit, digits) % 11 == 0


def suspicions(signs: Mapping[str, Any], names: list[str]) -> Iterator[tuple[str, str, int, dict[str, str]]]:
    """Give what is suspicious in the whole table: rule, column, how many rows, and what the text needs."""
    rows = signs["rows"]
    columns = {name: column for name in names if (column := column_of(name))}
    for name, column in columns.items():
        filled, one = signs[f"filled {name}"], _one_value(signs, name, column)
        if not filled and not column.required:
            yield "empty_column", name, rows, {}
        elif column.group == "provenance" and (not one or filled < rows):
            yield "several_sources", name, rows, {}
        elif one and filled == rows >= _FEW and (column.group in _VARYING or name in ("age", "sex", "origin")):
            yield "one_value", name, rows, {}
    present = {scheme: signs.get(f"origin_scheme {scheme}", 0) for scheme in SCHEMES}
    if all(present.values()):
        yield "two_schemes", "origin_scheme", min(present.values()), {}
    for scheme in [scheme for scheme, count in present.items() if count]:
        yield from _two_levels(scheme, {code: signs.get(f"origin {code}", 0) for code in origins(scheme)})
    if 2 * signs.get("pass 11-test", 0) > signs.get("nine digits", 0):  # of other numbers one in eleven passes
        yield "citizen_service_number", "id", signs["pass 11-test"], {}


_VARYING = ("care", "severity", "household")


def _one_value(signs: Mapping[str, Any], name: str, column: Column) -> bool:
    if column.allowed:
        return signs["rows"] in [signs[f"{name} {allowed}"] for allowed in column.allowed]
    return f"lowest {name}" in signs and bool(signs[f"lowest {name}"] == signs[f"highest {name}"])


def _two_levels(scheme: str, rows: Mapping[str, int]) -> Iterator[tuple[str, str, int, dict[str, str]]]:
    parents = origin_groups(scheme).set_index("code")["parent"].to_dict()
    for whole in [code for code, count in rows.items() if count]:
        parts = [code for code, count in rows.items() if count and whole in _above(code, parents)]
        if parts:
            yield "two_levels", "origin", rows[whole], {"whole": whole, "parts": ", ".join(parts)}


def _above(code: str, parents: Mapping[str, str]) -> list[str]:
    above = []
    while code := parents[code]:
        above.append(code)
    return above
