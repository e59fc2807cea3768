"""Recipes: what each StatLine table holds, and which part of it goes into data/raw (the facts are in recipes.toml)."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bereik.errors import UnknownNameError

__all__ = ["Measure", "Recipe", "column_types", "described_field", "known_tables", "recipe_of", "recipes_of"]

_ABSENT = ("keep", "leave_out", "constants", "where", "titles", "attributes")
_TYPES = {"string": "str", "integer": "Int64", "number": "float64"}


class Measure(NamedTuple):
    """One measure column of a StatLine table: its stem, our column, its unit, and the categories of the row it makes."""

    stem: str
    column: str
    unit: str
    categories: dict[str, str]
    where: dict[str, list[str]]
    times: int


class Recipe(NamedTuple):
    """How one StatLine table is read."""

    section: str
    table: str
    title: str
    raw_table: str
    region_kinds: list[str]
    period_kinds: list[str]
    provisional: list[str]
    dimensions: dict[str, str]
    keep: dict[str, list[str]]
    leave_out: dict[str, list[str]]
    constants: dict[str, Any]
    measures: list[Measure]
    archive: dict[str, str]
    where: dict[str, list[str]]
    titles: dict[str, dict[str, str]]
    attributes: dict[str, str]
    rounded_to: int | None = None


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Read one of the data files of this folder."""
    return tomllib.loads(files("bereik.data").joinpath(name).read_text(encoding="utf-8"))


def known_tables() -> list[str]:
    """List the StatLine tables that bereik can read.

    Returns
    -------
    list of str
        The ids of the tables.

    Examples
    --------
    >>> known_tables()[:5]
    ['82965NED', '84134NED', '85099NED', '82972NED', '85098NED']
    """
    return list(dict.fromkeys(section.split()[0] for section in read_toml("recipes.toml")))


def recipe_of(table: str) -> Recipe:
    """Find the recipe of a StatLine table.

    Parameters
    ----------
    table : str
        Id of the table, for example ``"82965NED"``; case does not matter. A table that feeds a second table of data/raw
        has a second recipe: its id and the name of that table, for example ``"83295NED youths_by_origin"``.

    Returns
    -------
    Recipe
        What the table holds and which part is kept.

    Raises
    ------
    UnknownNameError
        When bereik has no recipe for the table; suggests the nearest.

    Examples
    --------
    >>> recipe_of("84134NED").raw_table
    'care_totals'
    """
    names = {name.casefold(): name for name in read_toml("recipes.toml")}
    name = names.get(str(table).strip().casefold())
    if name is None:
        raise UnknownNameError("StatLine table", table, known_tables())
    facts = {key: {} for key in _ABSENT} | {"provisional": []} | _facts(name)
    measures = [_measure(dict(measure)) for measure in facts.pop("measures")]
    return Recipe(section=name, table=name.split()[0], measures=measures, **facts)


def recipes_of(table: str) -> list[Recipe]:
    """Find every recipe of a StatLine table: one for each table of data/raw that it feeds.

    Parameters
    ----------
    table : str
        Id of the table.

    Returns
    -------
    list of Recipe
        The recipes, in the order of recipes.toml.

    Raises
    ------
    UnknownNameError
        When bereik has no recipe for the table.

    Examples
    --------
    >>> [recipe.raw_table for recipe in recipes_of("84856NED")]
    ['wijken', 'routes']
    """
    first = recipe_of(table)
    return [recipe_of(section) for section in read_toml("recipes.toml") if section.split()[0] == first.table]


def column_types(raw_table: str) -> dict[str, str]:
    """Give the pandas type of each column of a table of data/raw, in the order of its columns.

    Parameters
    ----------
    raw_table : str
        Name of the table in schemas.toml.

    Returns
    -------
    dict
        Column to type; whole numbers are Int64, which keeps missing apart from zero.

    Examples
    --------
    >>> column_types("care_totals")["youths"]
    'Int64'
    """
    columns = read_toml("schemas.toml")["tables"][raw_table]["fields"]
    return {column: _TYPES[described_field(raw_table, column)["type"]] for column in columns}


def described_field(raw_table: str, column: str) -> dict[str, Any]:
    """Find the description of a column; where a table says more about it than others, that of ``table.column``."""
    fields = read_toml("schemas.toml")["fields"]
    return dict(fields.get(f"{raw_table}.{column}") or fields[column])


def _facts(section: str) -> dict[str, Any]:
    """Read a section; ``like`` takes over what another section says and this one does not."""
    facts = dict(read_toml("recipes.toml")[section])
    return {**_facts(facts.pop("like")), **facts} if "like" in facts else facts


def _measure(facts: dict[str, Any]) -> Measure:
    stem, column, unit = facts.pop("stem"), facts.pop("column"), facts.pop("unit")
    return Measure(stem, column, unit, where=facts.pop("where", {}), times=facts.pop("times", 1), categories=facts)
