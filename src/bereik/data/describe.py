"""Writes a table of data/raw together with its description in data/datapackage.json, each at once or not at all."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.data.datapackage import read_datapackage
from bereik.data.order import KEYS, category_order
from bereik.data.recipes import described_field, known_tables, read_toml, recipe_of, recipes_of
from bereik.paths import project_folder
from bereik.tables import write_csv

__all__ = ["schema_from_terms", "source_entry", "write_described"]

LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
_PACKAGE: dict[str, Any] = {
    "name": "bereik-raw",
    "title": "Gepubliceerde cijfers over jeugdzorg (bron: CBS StatLine, en publicaties)",
    "description": "Published figures on youth care in the Netherlands, as used by bereik. Selection and form of the tables"
    " by bereik; the figures are those of Statistics Netherlands (CBS) and, in published_findings, of the publications named"
    " there. Nothing here is synthetic.",
    "licenses": [LICENCE],
}


def write_described(name: str, table: pd.DataFrame, sources: Sequence[dict[str, Any]]) -> Path:
    r"""Write a table to data/raw and its entry to data/datapackage.json.

    Parameters
    ----------
    name : str
        Name of the table, described in schemas.toml.
    table : pandas.DataFrame
        The table, in the order in which it is stored.
    sources : list of dict
        Where the figures are from, as `source_entry` gives it.

    Returns
    -------
    pathlib.Path
        The file in data/raw. Both files are written under a temporary name and then put in place.

    Examples
    --------
    >>> import tempfile; folder = Path(tempfile.mkdtemp()); (folder / "data").mkdir()
    >>> _ = (folder / "data" / "datapackage.json").write_text(""); before = Path.cwd(); os.chdir(folder)
    >>> write_described("regions", pd.DataFrame({"code": ["NL01"]}), []).read_text()
    'code\nNL01\n'
    >>> os.chdir(before)
    """
    data = project_folder() / "data"
    package_file = data / "datapackage.json"
    package = read_datapackage() if package_file.read_text(encoding="utf-8").strip() else {"resources": []}
    package = {**_PACKAGE, "resources": package["resources"]}
    (data / "raw").mkdir(parents=True, exist_ok=True)
    file = _put(data / "raw" / f"{name}.csv", lambda path: write_csv(table, path))
    others = [resource for resource in package["resources"] if resource["name"] != name]
    package["resources"] = sorted([*others, _entry(name, file, len(table), sources)], key=lambda entry: entry["name"])
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    _put(package_file, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
    return file


def source_entry(table: str, retrieved: str) -> dict[str, Any]:
    """Describe one StatLine table as a source.

    Parameters
    ----------
    table : str
        Id of the StatLine table.
    retrieved : str
        How the copy was obtained, honestly.

    Returns
    -------
    dict
        ``title``, ``path`` (the public page of the table), ``statline_title``, ``provisional`` (periods), ``retrieved``.

    Examples
    --------
    >>> source_entry("85099NED", "an example")["title"]
    'CBS StatLine 85099NED'
    """
    recipe = recipe_of(table)
    return {
        "title": f"CBS StatLine {recipe.table}",
        "path": f"https://opendata.cbs.nl/statline/#/CBS/nl/dataset/{recipe.table}",
        "statline_title": recipe.title,
        "provisional": recipe.provisional,
        "retrieved": retrieved,
    }


def schema_from_terms(name: str) -> dict[str, Any]:
    """Make the Table Schema of a table of data/raw from schemas.toml and the recipes.

    Parameters
    ----------
    name : str
        Name of the table.

    Returns
    -------
    dict
        ``fields`` (a column ``form`` gets the forms that the recipes of the table read), ``missingValues``, ``primaryKey``.

    Examples
    --------
    >>> [field["name"] for field in schema_from_terms("regions")["fields"]][:3]
    ['code', 'name', 'kind']
    """
    columns = read_toml("schemas.toml")["tables"][name]["fields"]
    fields = [{"name": column, **described_field(name, column)} for column in columns]
    for field in fields:
        if field["name"] == "form":
            field["constraints"] = {**field["constraints"], "enum": _forms(name)}
    keys = [column for column in KEYS if column in columns and "period" in columns]
    return {"fields": fields, "missingValues": [""], **({"primaryKey": keys} if keys else {})}


def _forms(name: str) -> list[str]:
    recipes = [recipe for table in known_tables() for recipe in recipes_of(table) if recipe.raw_table == name]
    named = [
        measure.categories["form"] for recipe in recipes for measure in recipe.measures if "form" in measure.categories
    ]
    kept = [code for recipe in recipes for code in recipe.keep.get("form", [])]
    return category_order("form", pd.Series([*named, *kept]))


def _entry(name: str, file: Path, rows: int, sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    content = file.read_bytes()
    described = read_toml("schemas.toml")["tables"][name]
    return {
        "name": name,
        "type": "table",
        "path": f"raw/{file.name}",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "title": described["title"],
        "description": described["description"],
        "sources": list(sources),
        "licenses": [LICENCE],
        "retrieved": "; ".join(f"{source['title']}: {source['retrieved']}" for source in sources),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "bytes": len(content),
        "rows": rows,
        "schema": schema_from_terms(name),
    }


def _put(file: Path, write: Callable[[Path], object]) -> Path:
    """Write under a temporary name in the same folder, then put the file in place in one step."""
    temporary = file.with_name(f"{file.name}.part")
    try:
        write(temporary)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    return file
