"""Regions: the country, landsdelen, provinces, the 42 jeugdregio's and municipalities, with dated membership.

Codes of the country, landsdelen, provinces and municipalities are CBS codes. The CBS codes of jeugdregio's are not in the
published files that bereik uses (these give titles), so a code that begins with ``JZ-`` is bereik's own.
"""

import pandas as pd

from bereik.codelists.lists import plain, read_list
from bereik.errors import UnknownNameError

__all__ = ["find_region", "region_members", "regions"]


def regions(kind: str | None = None) -> pd.DataFrame:
    """List the regions that bereik knows, one row per region and spell of membership.

    Parameters
    ----------
    kind : {"country", "landsdeel", "province", "jeugdregio", "municipality"}, optional
        Only regions of this kind.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``name``, ``kind``, ``statline_titles`` (every spelling in the published tables, separated by ``|``),
        ``also_called``, ``part_of`` (code of the jeugdregio), ``from_year`` and ``to_year`` (first and last year of
        membership; empty ``to_year``: still a member).

    Raises
    ------
    UnknownNameError
        When the kind is unknown.

    Notes
    -----
    Source: titles of CBS StatLine tables 82965NED, 84134NED and 85099NED; three jeugdregio's changed name in 2021.
    Membership of Haaglanden: ten municipalities to 2023; Voorschoten went to Holland Rijnland on 1 January 2024.

    Examples
    --------
    >>> len(regions("jeugdregio"))
    42
    """
    table = read_list("regions.csv")
    kinds = list(dict.fromkeys(table["kind"]))
    if kind is None:
        return table.copy()
    if kind not in kinds:
        raise UnknownNameError("kind of region", kind, kinds)
    return table[table["kind"] == kind].reset_index(drop=True)


def find_region(name: str, kind: str | None = None) -> pd.Series:
    """Find one region from a code, a name or a StatLine title, old or new.

    Parameters
    ----------
    name : str
        For example ``"Haaglanden"``, ``"Haaglanden (JZ)"``, ``"Arnhem (JZ)"`` (now Centraal Gelderland), ``"GM0518"``.
    kind : str, optional
        Needed when several kinds share a name (Utrecht is a province and a municipality).

    Returns
    -------
    pandas.Series
        ``code``, ``name`` and ``kind`` of the region.

    Raises
    ------
    UnknownNameError
        When no region, or more than one, has this name; suggests the nearest.

    Examples
    --------
    >>> find_region("Nijmegen (JZ)")["name"]
    'Rijk van Nijmegen'
    """
    table = regions(kind)
    for columns in (["code", "statline_titles"], ["name", "also_called"]):
        hit = table[[any(plain(name) in map(plain, row[c].split("|")) for c in columns) for _, row in table.iterrows()]]
        if len(set(hit["code"])) == 1:
            return hit.iloc[0][["code", "name", "kind"]]
        if not hit.empty:
            raise UnknownNameError(
                "region (several have this name)", name, hit["statline_titles"].str.split("|").str[0]
            )
    spellings = table[["name", "statline_titles"]].agg("|".join, axis=1).str.split("|").explode()
    raise UnknownNameError("region", name, list(dict.fromkeys(spellings)))


def region_members(region: str, year: int, *, on_missing: str = "raise") -> pd.DataFrame:
    """List the municipalities of a jeugdregio in one year.

    Parameters
    ----------
    region : str
        Name, title or code of the jeugdregio. Members are known for Haaglanden.
    year : int
        The year, for example 2023.
    on_missing : {"raise", "empty"}
        What to do for a jeugdregio whose members are not known: raise, or give a table without rows.

    Returns
    -------
    pandas.DataFrame
        ``code`` and ``name`` of each municipality.

    Raises
    ------
    UnknownNameError
        When the region is unknown, or when its members are not known for this year.

    Examples
    --------
    >>> len(region_members("Haaglanden", 2023)), len(region_members("Haaglanden", 2024))
    (10, 9)
    """
    code = find_region(region, "jeugdregio")["code"]
    table = regions("municipality")
    first = pd.to_numeric(table["from_year"], errors="coerce")
    last = pd.to_numeric(table["to_year"], errors="coerce").fillna(9999)
    members = table[(table["part_of"] == code) & (first <= year) & (year <= last)]
    complete = "JZ-haaglanden"
    if on_missing == "empty" and code != complete:
        members = members.iloc[:0]
    elif members.empty or code != complete:
        raise UnknownNameError(f"list of members in {year} of jeugdregio", region, ["Haaglanden from 2015"])
    return members[["code", "name"]].reset_index(drop=True)
