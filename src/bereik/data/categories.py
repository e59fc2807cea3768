"""Turns the titles of a StatLine dimension into codes, or says in one clear error which title is unknown."""

import re
import warnings

import pandas as pd

from bereik.codelists.care import care_form, care_forms
from bereik.codelists.lists import plain
from bereik.codelists.origin import origin_code, origin_groups
from bereik.codelists.periods import parse_period
from bereik.codelists.regions import find_region, regions
from bereik.data.recipes import Recipe
from bereik.errors import SourceFileError, UnknownNameError

__all__ = ["category_codes", "with_places"]

_SKIPPED = ("region", "area_code", "form")
_AREAS = {"NL": "country", "GM": "municipality", "WK": "wijk", "BU": "buurt"}


def category_codes(titles: pd.Series, column: str, recipe: Recipe, name: str, *, skip_unknown: bool) -> pd.Series:
    """Turn the titles of a dimension into codes; titles that the recipe knows and leaves out stay titles.

    Parameters
    ----------
    titles : pandas.Series
        The titles or codes of one dimension, as text; the index is the line in the file, the name is the StatLine key.
    column : str
        The column that they become: ``region``, ``area_code``, ``period``, ``form``, ``origin``, or one that the recipe names.
    recipe : Recipe
        What the table holds.
    name : str
        Name of the file, for the messages.
    skip_unknown : bool
        Leave out regions, areas and forms without a name in bereik (missing in the answer), with a warning.

    Returns
    -------
    pandas.Series
        The codes, with the same index.

    Raises
    ------
    SourceFileError
        When a title is empty.
    UnknownNameError
        When a title is unknown; suggests the nearest.

    Examples
    --------
    >>> from bereik.data.recipes import recipe_of
    >>> titles = pd.Series(["Delft ", "'s-Gravenhage (gemeente)"], name="RegioS")
    >>> category_codes(titles, "region", recipe_of("84134NED"), "a.csv", skip_unknown=False).tolist()
    ['GM0503', 'GM0518']
    """
    if (titles == "").any():
        raise SourceFileError(
            f"line {titles.index[titles == ''][0]} of {name} has no {titles.name}",
            f"a {column} in every row",
            "download the table again, or remove the row when it is no part of the table",
        )
    stated = {plain(title): code for title, code in recipe.titles.get(column, {}).items()}
    stated |= {plain(title): title for title in recipe.leave_out.get(column, [])}
    codes = {}
    skipped = []
    for title in titles.unique():
        try:
            codes[title] = stated.get(plain(title)) or _code(title, column, recipe)
        except UnknownNameError as error:
            if skip_unknown and column in _SKIPPED:
                skipped.append(title)
                continue
            where = f"column {titles.name!r} of {name}, line {titles.index[titles == title][0]}"
            todo = f"check the spelling of the {column}"
            if column in _SKIPPED:
                todo += ", or leave such rows out: skip_unknown=True (--skip-unknown)"
            raise UnknownNameError(column, title, _known(column, recipe), where=where, todo=todo) from error
    if skipped:
        warnings.warn(f"{name}: left out {len(skipped)} {column}s without a name in bereik: {skipped}", stacklevel=4)
    return titles.map(codes)


def with_places(groups: pd.DataFrame) -> pd.DataFrame:
    """Name the region of each row; an area (wijk) gets its kind and the municipality that it is part of.

    Parameters
    ----------
    groups : pandas.DataFrame
        With the column ``region_code`` or ``area_code``.

    Returns
    -------
    pandas.DataFrame
        With ``region_code``, ``region`` and ``region_kind``; where there is an ``area_code``, also ``area_kind``.

    Examples
    --------
    >>> with_places(pd.DataFrame({"area_code": ["WK050311"]})).iloc[0].to_dict()
    {'area_code': 'WK050311', 'region_code': 'GM0503', 'area_kind': 'wijk', 'region': 'Delft', 'region_kind': 'municipality'}
    """
    if "area_code" in groups:
        groups = groups.assign(
            region_code=groups["area_code"].map(_municipality), area_kind=groups["area_code"].str[:2].map(_AREAS)
        )
    names = regions().drop_duplicates("code").set_index("code")
    return groups.assign(
        region=groups["region_code"].map(names["name"]), region_kind=groups["region_code"].map(names["kind"])
    )


def _municipality(area: str) -> str:
    return area if area.startswith("NL") else f"GM{area[2:6]}"


def _code(title: str, column: str, recipe: Recipe) -> str:
    if column == "region":
        return str(find_region(title)["code"])
    if column == "period":
        return parse_period(title).label
    if column == "form":
        return care_form(title)
    if column == "origin":
        return origin_code(title, recipe.constants["origin_scheme"])
    if column == "area_code" and re.fullmatch(r"NL\d\d|GM\d{4}|WK\d{6}|BU\d{8}", title):
        find_region(_municipality(title))
        return title
    raise UnknownNameError(column, title, _known(column, recipe))


def _known(column: str, recipe: Recipe) -> list[str]:
    """List the titles that a dimension may have, for the suggestions in an error."""
    stated = [*recipe.titles.get(column, {}), *recipe.leave_out.get(column, [])]
    if column == "period":
        return [
            "2017",
            "1e halfjaar 2017",
            "2e halfjaar 2017",
            "1e kwartaal 2015",
            "2016/'17",
            "31 december 2017",
            *stated,
        ]
    if column == "area_code":
        return [*regions("municipality")["code"], "WK051801", *stated]
    terms = {"region": regions, "form": care_forms, "origin": lambda: origin_groups(recipe.constants["origin_scheme"])}
    if column not in terms:
        return stated
    titles = list(dict.fromkeys(terms[column]()["statline_titles"].str.split("|").explode()))
    prefixed = [f"Migratieachtergrond: {title}" for title in titles if column == "origin"]
    return [*titles, *prefixed, *stated]
