"""Provenance of data/raw: reads data/datapackage.json (Data Package standard), and loads a table only as it is described."""

import hashlib
import json
from io import BytesIO
from typing import Any

import pandas as pd

from bereik.data.order import category_order
from bereik.data.recipes import column_types, recipes_of
from bereik.errors import SourceFileError, UnknownNameError
from bereik.paths import data_folder, raw_folder

__all__ = ["list_tables", "load", "read_datapackage", "schema_of"]

_ORDERED = ("region", "origin", "form")


def read_datapackage() -> dict[str, Any]:
    """Read the description of data/raw.

    Returns
    -------
    dict
        data/datapackage.json: ``resources`` has one entry per file, with ``name``, ``path``, ``title``, ``description``,
        ``sources`` (per StatLine table, with ``retrieved``), ``licenses``, ``hash``, ``bytes``, ``rows`` and ``schema``.

    Raises
    ------
    SourceFileError
        When the file is empty or is no JSON.
    ProjectNotFoundError
        When neither the working folder nor the package has the published figures.

    Examples
    --------
    >>> [resource["name"] for resource in read_datapackage()["resources"]][:3]
    ['care_by_origin', 'care_indicators', 'care_totals']
    """
    file = data_folder() / "datapackage.json"
    try:
        package = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SourceFileError(
            f"data/datapackage.json cannot be read: {error}",
            "the description of data/raw as JSON",
            "restore the file from version control, or make data/raw again with `bereik fetch`",
        ) from error
    return dict(package)


def list_tables() -> pd.DataFrame:
    """List the tables that `load` gives, one row a table.

    Returns
    -------
    pandas.DataFrame
        ``table`` (the name for `load`), ``holds`` (what is in it), ``rows``, ``source``, ``licence`` and ``retrieved`` (how the
        copy came to us).

    Raises
    ------
    SourceFileError
        When data/datapackage.json cannot be read.

    Examples
    --------
    >>> list_tables()["table"].tolist()[:3]
    ['care_by_origin', 'care_indicators', 'care_totals']
    """
    rows = [
        {
            "table": resource["name"],
            "holds": resource["description"],
            "rows": resource["rows"],
            "source": ", ".join(source["title"] for source in resource["sources"]),
            "licence": resource["licenses"][0]["title"],
            "retrieved": "; ".join(dict.fromkeys(source["retrieved"] for source in resource["sources"])),
        }
        for resource in read_datapackage()["resources"]
    ]
    return pd.DataFrame(rows)


def schema_of(name: str) -> dict[str, Any]:
    """Describe the columns of one table of data/raw.

    Parameters
    ----------
    name : str
        Name of the table, for example ``"care_by_origin"``.

    Returns
    -------
    dict
        Table Schema: ``fields`` with ``name``, ``type``, ``title`` (Dutch), ``description`` (English), ``unit`` and
        ``constraints`` of each column; ``missingValues``; ``primaryKey``.

    Raises
    ------
    UnknownNameError
        When data/raw has no such table; suggests the nearest.

    Examples
    --------
    >>> schema_of("care_totals")["fields"][6]["title"]
    'Aantal jongeren'
    """
    return dict(_resource(name)["schema"])


def load(name: str) -> pd.DataFrame:
    """Load one table of data/raw, with the types of its description, after checking that the file is unchanged.

    Parameters
    ----------
    name : str
        Name of the table, as `list_tables` lists it: ``"care_by_origin"``, ``"need_by_origin"``, ``"wijken"``, ...

    Returns
    -------
    pandas.DataFrame
        The columns of `schema_of`; whole numbers are Int64, missing where not published (never 0). ``region``, ``origin``
        and ``form`` are ordered categoricals in the order of the terms, with the categories that occur. A table from
        StatLine also has ``rounded_to`` (Int64: counts are rounded to this multiple), ``synthetic`` (False) and
        ``source`` (for example CBS StatLine 82965NED).

    Raises
    ------
    UnknownNameError
        When data/raw has no such table; suggests the nearest.
    SourceFileError
        When the file is absent, or is not the file that was described (its hash differs).

    Examples
    --------
    >>> care = load("care_by_origin")
    >>> total = (care["region"] == "Haaglanden") & (care["period"] == "2017") & (care["origin"] == "total")
    >>> care.loc[total & (care["form"] == "care_in_kind"), ["youths", "rounded_to", "source"]].values.tolist()
    [[30565, 5, 'CBS StatLine 82965NED']]
    """
    content = _checked_bytes(name, _resource(name)["hash"])
    table = pd.read_csv(
        BytesIO(content),
        dtype=column_types(name),
        keep_default_na=False,
        na_values=[""],
    )
    if "statline_table" not in table:
        return table
    for column in [name for name in _ORDERED if name in table]:
        table[column] = pd.Categorical(table[column], _categories(table, column), ordered=True)
    rounding = {
        id_: recipe.rounded_to
        for id_ in table["statline_table"].unique()
        for recipe in recipes_of(id_)
        if recipe.raw_table == name
    }
    return table.assign(
        rounded_to=table["statline_table"].map(rounding).astype("Int64"),
        synthetic=False,
        source="CBS StatLine " + table["statline_table"],
    )


def _categories(table: pd.DataFrame, column: str) -> list[str]:
    """Order the categories that occur; regions by their code, because a province and a jeugdregio may share a name."""
    if column != "region":
        return category_order(column, table[column])
    names = table.drop_duplicates("region_code").set_index("region_code")["region"]
    return list(dict.fromkeys(names[code] for code in category_order("region_code", table["region_code"])))


def _resource(name: str) -> dict[str, Any]:
    resources = {resource["name"]: resource for resource in read_datapackage()["resources"]}
    if name not in resources:
        raise UnknownNameError("table", name, resources, where="data/raw")
    return dict(resources[name])


def _checked_bytes(name: str, expected: str) -> bytes:
    """Read a file of data/raw and compare it with its description."""
    file = raw_folder() / f"{name}.csv"
    if not file.is_file():
        raise SourceFileError(
            f"there is no file data/raw/{name}.csv",
            "the file that data/datapackage.json describes",
            "restore it from version control, or make it again with `bereik fetch`",
        )
    content = file.read_bytes()
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != expected:
        raise SourceFileError(
            f"data/raw/{name}.csv was changed: its hash is {found}",
            f"{expected}, as described in data/datapackage.json",
            "restore the file from version control (an editor or other line ends may have changed it); for newer figures, "
            "use `bereik fetch`, which writes the file and its description together",
        )
    return content
