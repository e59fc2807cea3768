"""Names for made-up figures: group A to F, municipality 1 to 10, never a real group or place beside an invented number."""

from collections.abc import Mapping

import pandas as pd

from bereik.codelists.names import example_origins
from bereik.codelists.regions import region_members, regions

__all__ = ["for_example", "who_of_example"]

_KNOWN = {  # numbered in this order, so that a number means the same in every table; others after them
    "network": ("accessibility", "tailoring", "governance"),
    "tool": ("explain_system", "support_teams", "start_cooperation", "policy_impulse"),
}
_KEPT = ("all networks", "all tools")


def for_example(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table of made-up data the codes of an example; any other table as it is.

    Parameters
    ----------
    table : pandas.DataFrame
        A result table; the columns ``origin``, ``relative_to``, ``region``, ``municipality``, ``network`` and ``tool`` change.

    Returns
    -------
    pandas.DataFrame
        Reference group and groups A to F in the order of the term list; municipalities, networks and tools are
        numbered, the same in every table. The data themselves keep their codes, so that own data take their place.

    Examples
    --------
    >>> made = pd.DataFrame({"origin": ["nederlands", "marokko"], "municipality": ["Rijswijk", "Delft"], "synthetic": True})
    >>> for_example(made)[["origin", "municipality"]].to_numpy().tolist()
    [['example_reference', 'example_municipality_6'], ['example_c', 'example_municipality_2']]
    """
    if "synthetic" not in table or not table["synthetic"].eq(True).any():
        return table
    table = table.copy()
    for column in ("origin", "relative_to"):
        if column in table:
            table[column] = _renamed(table[column], example_origins())
    if "region" in table:
        places = regions()
        named = table["region"].isin(places.loc[places["kind"] != "country", "name"])
        table["region"] = table["region"].astype("str").mask(named, "example_region").where(table["region"].notna())
    known = _KNOWN | {"municipality": tuple(sorted(region_members("Haaglanden", 2017)["name"]))}
    for column in known:
        if column in table:
            found = table[column].dropna().astype(str)
            names = [name for name in dict.fromkeys([*known[column], *sorted(found)]) if name not in _KEPT]
            table[column] = _renamed(
                table[column], {name: f"example_{column}_{at}" for at, name in enumerate(names, 1)}
            )
    return table


def who_of_example(who: Mapping[str, str]) -> dict[str, str]:
    """Give the codes of a call about made-up data in the names of the example.

    Parameters
    ----------
    who : mapping
        The codes of the call; those of origins, and ``region``, change.

    Returns
    -------
    dict
        The same names.

    Examples
    --------
    >>> who_of_example({"group": "marokko", "region": "Haaglanden", "form": "probation"})
    {'group': 'example_c', 'region': 'example_region', 'form': 'probation'}
    """
    known = example_origins()
    return {name: "example_region" if name == "region" else known.get(code, code) for name, code in who.items()}


def _renamed(column: pd.Series, names: Mapping[str, str]) -> pd.Series:
    """Put other codes in the place of some, and keep the declared order of the categories."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories(dict(names))
    return column.replace(dict(names))
