"""Loads a table of data/raw, only as data/datapackage.json (Data Package standard) describes it."""

import hashlib
import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import pandas as pd

from bereik.categories import check_known, require_frame
from bereik.data.findings import set_beside
from bereik.data.statline import category_order, column_types, recipes_of
from bereik.errors import BereikError, SourceFileError
from bereik.paths import data_folder, raw_folder
from bereik.transaction import mend

_RESTORE = "restore the file from version control, or make it again with `bereik fetch`"


def read_datapackage() -> dict[str, Any]:
    """Read the description of data/raw: data/datapackage.json, with one entry of ``resources`` for each file.

    Returns
    -------
    dict
        Per resource ``name``, ``path``, ``title``, ``description``, ``sources`` (per StatLine table, with ``retrieved``),
        ``licenses``, ``hash``, ``bytes``, ``rows`` and ``schema`` (Table Schema: type, unit and meaning of each column).

    Raises
    ------
    SourceFileError
        When the file is empty or is no JSON.
    ProjectNotFoundError
        When neither the working folder nor the package has the published figures.

    Examples
    --------
    >>> [resource["name"] for resource in read_datapackage()["resources"]][:3]
    ['care_by_age', 'care_by_origin', 'care_indicators']
    """
    mend(data_folder().parent)
    try:
        return dict(json.loads((data_folder() / "datapackage.json").read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        fault = f"data/datapackage.json cannot be read: {error}"
        raise SourceFileError(fault, "the description of data/raw as JSON", _RESTORE) from error


def load(name: str | None = None, *, beside: Sequence[pd.DataFrame] = ()) -> pd.DataFrame:
    """Load one table of data/raw, with the types of its description, after checking that the file is unchanged.

    Parameters
    ----------
    name : str, optional
        Name of the table: ``"care_by_origin"``, ``"need_by_origin"``, ``"wijken"``, ... Without a name: the list
        of the tables of data/raw.
    beside : list of pandas.DataFrame, for ``"published_findings"``
        Result tables of ours, to be set beside what others found; what data/raw itself has is beside them always.

    Returns
    -------
    pandas.DataFrame
        The columns that data/datapackage.json describes; whole numbers are Int64, missing where not published (never 0).
        ``region``, ``origin`` and ``form`` are ordered categoricals in the order of the codelists, with the categories that
        occur. A table from StatLine also has ``rounded_to`` (Int64: counts are rounded to this multiple), ``synthetic``
        (False) and ``source`` (for example CBS StatLine 82965NED).

        The list of tables: ``table``, ``holds`` (what is in it), ``rows``, ``source``, ``licence`` and ``retrieved`` (how the
        copy came to us).

        ``"published_findings"`` also has what of ours is on the same question and whether the two agree (`comparison`), by the
        rule in `bereik.data.findings.set_beside`.

    Raises
    ------
    UnknownNameError
        When data/raw has no such table; suggests the nearest.
    SourceFileError
        When the file is absent, or is not the file that was described (its hash differs).
    InvalidTableError
        When two rows of `beside` are what one finding names, or something in it is no data frame.
    BereikError
        When `beside` is given for another table.

    Examples
    --------
    >>> load()["table"].tolist()[:3]
    ['care_by_age', 'care_by_origin', 'care_indicators']
    >>> care = load("care_by_origin")
    >>> total = (care["region"] == "Haaglanden") & (care["period"] == "2017") & (care["origin"] == "total")
    >>> care.loc[total & (care["form"] == "care_in_kind"), ["youths", "rounded_to", "source"]].values.tolist()
    [[30565, 5, 'CBS StatLine 82965NED']]
    """
    resources = {resource["name"]: resource for resource in read_datapackage()["resources"]}
    if name is None:
        return pd.DataFrame([_listed(resource) for resource in resources.values()])
    check_known("table", name, resources, where="data/raw")
    content = _checked_bytes(name, resources[name]["hash"])
    table = pd.read_csv(BytesIO(content), dtype=column_types(name), keep_default_na=False, na_values=[""])
    if len(beside) and name != "published_findings":
        raise BereikError(f"`beside` for the table {name!r}", "results beside published_findings only", "leave it out")
    for one in beside:
        require_frame(one, where="`beside`")
    if name == "published_findings":
        return set_beside(table, [*_counts_and_shares(), *beside])
    if "statline_table" not in table:
        return table
    for column in table.columns.intersection(["region", "origin", "form"]):
        table[column] = pd.Categorical(table[column], _categories(table, column), ordered=True)
    recipes = [recipe for id_ in table["statline_table"].unique() for recipe in recipes_of(id_)]
    rounding = {recipe.table: recipe.rounded_to for recipe in recipes if recipe.raw_table == name}
    table["rounded_to"] = table["statline_table"].map(rounding).astype("Int64")
    return table.assign(synthetic=False, source="CBS StatLine " + table["statline_table"])


def _counts_and_shares() -> list[pd.DataFrame]:
    """Give the published counts and percentages as rows that a finding of others can be set beside."""
    totals = load("care_totals").melt(["form", "region", "period"], ["youths", "percent_of_youths"], "measure")
    shares = load("care_indicators").rename(columns={"indicator": "measure", "percent": "value"})
    return [one.assign(lower=one["value"], upper=one["value"]) for one in (totals, shares)]


def _listed(resource: dict[str, Any]) -> dict[str, Any]:
    source = ", ".join(source["title"] for source in resource["sources"])
    retrieved = "; ".join(dict.fromkeys(source["retrieved"] for source in resource["sources"]))
    facts = {"table": resource["name"], "holds": resource["description"], "rows": resource["rows"], "source": source}
    return {**facts, "licence": resource["licenses"][0]["title"], "retrieved": retrieved}


def _categories(table: pd.DataFrame, column: str) -> list[str]:
    """Order the categories that occur; regions by their code, because a province and a jeugdregio may share a name."""
    if column != "region":
        return category_order(column, table[column])
    names = table.drop_duplicates("region_code").set_index("region_code")["region"]
    return list(dict.fromkeys(names[code] for code in category_order("region_code", table["region_code"])))


def _checked_bytes(name: str, expected: str) -> bytes:
    """Read a file of data/raw and compare it with its description."""
    file = raw_folder() / f"{name}.csv"
    if not file.is_file():
        raise SourceFileError(f"there is no file data/raw/{name}.csv", "the file that is described", _RESTORE)
    content = file.read_bytes()
    present = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if present != expected:
        fault = f"data/raw/{name}.csv was changed: its hash is {present}"
        todo = f"{_RESTORE} (an editor or other line ends?)"
        raise SourceFileError(fault, f"{expected}, as described in data/datapackage.json", todo)
    return content
