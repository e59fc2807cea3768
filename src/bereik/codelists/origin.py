"""Origin of youths as CBS classifies it: *migratieachtergrond* (to 2021) and *herkomst* (from 2022).

The scheme is a value in the data, never a guess. Figures in two schemes are not put in one series: where a group of one
scheme has no counterpart in the other, `map_origin` refuses and says why.
"""

import pandas as pd

from bereik.codelists.lists import code_of, read_list
from bereik.errors import IncomparableError, UnknownNameError

__all__ = ["SCHEMES", "map_origin", "origin_code", "origin_groups"]

SCHEMES = ("migratieachtergrond", "herkomst")


def origin_groups(scheme: str) -> pd.DataFrame:
    """List the groups of one origin scheme, in the order in which they are always shown.

    Parameters
    ----------
    scheme : {"migratieachtergrond", "herkomst"}
        The CBS classification: *migratieachtergrond* until 2021, *herkomst* from 2022.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``code`` (used in every table), ``parent`` (code of the group it is part of), ``level``
        (total, main, sub, country), ``nl`` and ``en`` (names), ``statline_titles`` (spellings, separated by ``|``).

    Raises
    ------
    UnknownNameError
        When the scheme is not one of the two.

    Notes
    -----
    Source: the dimensions of CBS StatLine tables 82965NED (migratieachtergrond) and 85458NED, 85367NED (herkomst).

    Examples
    --------
    >>> origin_groups("migratieachtergrond")["code"].head(5).tolist()
    ['total', 'nederlands', 'met_migratieachtergrond', 'westers', 'niet_westers']
    """
    groups = read_list("origin.csv")
    if scheme not in SCHEMES:
        raise UnknownNameError("origin scheme", scheme, SCHEMES)
    return groups[groups["scheme"] == scheme].drop(columns="scheme").reset_index(drop=True)


def origin_code(title: str, scheme: str) -> str:
    """Find the code of an origin group from a StatLine title or a name in Dutch or English.

    Parameters
    ----------
    title : str
        A title as StatLine spells it (with or without ``Migratieachtergrond:`` in front), a name or a code.
    scheme : {"migratieachtergrond", "herkomst"}
        The classification that the title belongs to.

    Returns
    -------
    str
        The code of the group.

    Raises
    ------
    UnknownNameError
        When the title belongs to no group of this scheme; suggests the nearest.

    Examples
    --------
    >>> origin_code("Migratieachtergrond: met migratieacht...", "migratieachtergrond")
    'met_migratieachtergrond'
    """
    bare = (
        title.split(":", 1)[1]
        if title.lower().startswith(("migratieachtergrond", "herkomst")) and ":" in title
        else title
    )
    return code_of(
        bare, origin_groups(scheme), ("statline_titles", "code", "nl", "en"), kind=f"origin in the scheme {scheme}"
    )


def map_origin(code: str, from_scheme: str, to_scheme: str) -> str:
    """Translate an origin group to the other scheme, or refuse with the reason when it has no counterpart.

    Parameters
    ----------
    code : str
        Code of a group in `from_scheme`.
    from_scheme, to_scheme : {"migratieachtergrond", "herkomst"}
        The two classifications.

    Returns
    -------
    str
        Code of the counterpart. Most counterparts are near, not the same: the list `origin_mapping.csv` says how they differ.

    Raises
    ------
    IncomparableError
        When the group has no counterpart (westers, niet_westers, europa, buiten_europa, ...).
    UnknownNameError
        When the code is not in `from_scheme`.

    Notes
    -----
    CBS introduced *herkomst* in February 2022 and dropped the division western / non-western.

    Examples
    --------
    >>> map_origin("marokko", "migratieachtergrond", "herkomst")
    'marokko'
    """
    known = origin_groups(from_scheme)["code"].tolist()
    if code not in known:
        raise UnknownNameError(f"origin in the scheme {from_scheme}", code, known)
    mapping = read_list("origin_mapping.csv")
    one_way = mapping.rename(columns={"from_code": "source", "to_code": "target", "from_scheme": "a", "to_scheme": "b"})
    other_way = mapping.rename(
        columns={"to_code": "source", "from_code": "target", "to_scheme": "a", "from_scheme": "b"}
    )
    both = pd.concat([one_way, other_way], ignore_index=True)
    found = both[(both["a"] == from_scheme) & (both["b"] == to_scheme) & (both["source"] == code)]
    if not found.empty and found.iloc[0]["match"] != "none":
        return str(found.iloc[0]["target"])
    reason = found.iloc[0]["reason"] if not found.empty else f"no group of {to_scheme} holds the same people"
    raise IncomparableError(
        f"the origin {code!r} ({from_scheme}) has no counterpart in {to_scheme}: {reason}",
        "a group that both schemes have (the Netherlands, Turkey, Morocco, Suriname, the Caribbean, or the total)",
        "keep the two schemes in separate tables and figures",
    )
