"""Recipes: what each StatLine table holds, and which part of it goes into data/raw (the facts are in recipes.toml)."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bereik.errors import UnknownNameError

__all__ = ["Measure", "Recipe", "known_tables", "recipe_of"]


class Measure(NamedTuple):
    """One measure column of a StatLine table: its stem, our column, its unit, and the categories of the row it makes."""

    stem: str
    column: str
    unit: str
    categories: dict[str, str]


class Recipe(NamedTuple):
    """How one StatLine table is read."""

    table: str
    title: str
    raw_table: str
    region_kinds: list[str]
    period_kinds: list[str]
    provisional: list[str]
    dimensions: dict[str, str]
    keep: dict[str, list[str]]
    leave_out: dict[str, list[str]]
    constants: dict[str, str]
    measures: list[Measure]
    archive: dict[str, str]
    rounded_to: int | None = None


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Read one of the data files of this folder."""
    return tomllib.loads(files("bereik.sources").joinpath(name).read_text(encoding="utf-8"))


def known_tables() -> list[str]:
    """List the StatLine tables that bereik can read.

    Returns
    -------
    list of str
        The ids of the tables.

    Examples
    --------
    >>> known_tables()
    ['82965NED', '84134NED', '85099NED', '82972NED', '85098NED']
    """
    return list(read_toml("recipes.toml"))


def recipe_of(table: str) -> Recipe:
    """Find the recipe of a StatLine table.

    Parameters
    ----------
    table : str
        Id of the table, for example ``"82965NED"``; case does not matter.

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
    names = {name.casefold(): name for name in known_tables()}
    name = names.get(str(table).strip().casefold())
    if name is None:
        raise UnknownNameError("StatLine table", table, known_tables())
    facts = dict(read_toml("recipes.toml")[name])
    measures = [_measure(dict(measure)) for measure in facts.pop("measures")]
    return Recipe(table=name, measures=measures, **facts)


def _measure(facts: dict[str, str]) -> Measure:
    return Measure(facts.pop("stem"), facts.pop("column"), facts.pop("unit"), categories=facts)
