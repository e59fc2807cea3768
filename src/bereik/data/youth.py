"""The contract of individual data: one row per youth and year, the columns and what may stand in them (youth.toml).

Forms of care are columns named by their code in the terms; a risk factor is a column whose name begins with ``risk_``.
"""

from functools import cache
from typing import NamedTuple

from bereik.codelists.care import care_forms
from bereik.codelists.origin import SCHEMES, origin_groups
from bereik.data.recipes import read_toml

__all__ = ["Column", "column_of"]

_CONTRACT = "youth.toml"
_RISK = "risk_"


class Column(NamedTuple):
    """One column of the contract; limits are inclusive, ``above`` is exclusive."""

    name: str
    kind: str
    group: str
    en: str
    nl: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None
    allowed: tuple[str, ...] = ()
    only_in_care: bool = False
    also: tuple[str, ...] = ()


@cache
def contract() -> dict[str, Column]:
    """Give every column of the contract by name, in order (risk factors, which have names of their own, excepted)."""
    columns = {name: _column(name, facts) for name, facts in read_toml(_CONTRACT)["columns"].items()}
    every_origin = dict.fromkeys(code for scheme in SCHEMES for code in origins(scheme))
    columns["origin"] = columns["origin"]._replace(allowed=tuple(every_origin))
    columns["origin_scheme"] = columns["origin_scheme"]._replace(allowed=SCHEMES)
    care = {
        form.code: Column(form.code, "flag", "care", en=str(form.en), nl=str(form.nl), also=(str(form.short_nl),))
        for form in care_forms().itertuples()
    }
    before, after = ({n: c for n, c in columns.items() if (c.group in _LAST) == last} for last in (False, True))
    return {**before, **care, **after}


_LAST = ("fit of care", "provenance")


def _column(name: str, facts: dict[str, object]) -> Column:
    return Column(name, **{key: tuple(fact) if isinstance(fact, list) else fact for key, fact in facts.items()})  # type: ignore[arg-type]


def origins(scheme: str) -> list[str]:
    """Give the codes that a youth can have in a scheme: all groups but the total."""
    return [code for code in origin_groups(scheme)["code"] if code != "total"]


def column_of(name: str) -> Column | None:
    """Find the column of the contract with this name; None when there is none."""
    if name.startswith(_RISK) and len(name) > len(_RISK):
        return _column(name, read_toml(_CONTRACT)["risk_factor"])
    return contract().get(name)


def kind_facts(kind: str) -> dict[str, str | list[str]]:
    """Give what the contract says of a kind of value: what is expected, and its spelling in text."""
    facts: dict[str, str | list[str]] = read_toml(_CONTRACT)["kinds"][kind]
    return facts


def missing_groups(names: list[str]) -> dict[str, str]:
    """Name the groups of which a table has no column though it needs one, each with what was expected."""
    present = {column.group for column in map(column_of, names) if column}
    return {group: facts["expected"] for group, facts in read_toml(_CONTRACT)["one_of"].items() if group not in present}


def limits(column: Column) -> str:
    """Say the limits of a column in words: 0 to 22, or more than 0."""
    if column.above is not None:
        return f"more than {column.above}"
    return "" if column.low is None else f"{column.low} to {column.high}"
