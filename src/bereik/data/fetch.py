"""Brings a downloaded StatLine table into data/raw, with its description, or changes nothing."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.data import statline
from bereik.data.files import read_facts
from bereik.data.load import load, read_datapackage
from bereik.data.statline import KEYS, Recipe, in_order, known_tables, recipes_of
from bereik.errors import SourceFileError
from bereik.paths import project_folder, raw_folder
from bereik.tables import require_unique, write_csv
from bereik.transaction import changing, write_whole

Entries = list[dict[str, Any]]


def fetch(table: str, path: Path | str, *, allow_incomplete: bool = False, skip_unknown: bool = False) -> Path:
    """Bring a downloaded StatLine table into data/raw, and describe it in data/datapackage.json.

    The rows of this StatLine table are replaced; rows of another StatLine table in the same file stay. When anything is
    wrong with the download, nothing is written.

    Parameters
    ----------
    table : str
        Id of the StatLine table, for example ``"82965NED"``.
    path : path
        The file as downloaded from StatLine.
    allow_incomplete : bool
        Accept a table in which combinations are absent; they stay absent, they are not zero.
    skip_unknown : bool
        Leave out regions and forms of care that bereik has no name for, with a warning that names them.

    Returns
    -------
    pathlib.Path
        The file in data/raw; the first one, where the table feeds two (the others are written too).

    Raises
    ------
    BereikError
        Whatever `read_statline` refuses; also when data/raw was changed by hand, when the download lacks combinations
        that data/raw has, or when another StatLine table already gives the same combinations.

    Examples
    --------
    >>> fetch("82965NED", "no.csv")
    Traceback (most recent call last):
    bereik.errors.SourceFileError: There is no file 'no.csv'. Expected: a text file with a table. To do:
    check the path.
    """
    options = {"allow_incomplete": allow_incomplete, "skip_unknown": skip_unknown}
    ready = []
    for recipe in recipes_of(table):
        new = statline.read_statline(path, recipe.section, **options)
        ready.append(_merged(new, recipe, Path(path), allow_incomplete))
    return write_described(*ready)[0]


def _merged(new: pd.DataFrame, recipe: Recipe, file: Path, allow_incomplete: bool) -> tuple[str, pd.DataFrame, Entries]:
    """Put the rows of a download among those of other StatLine tables in the same table of data/raw; write nothing yet."""
    name, sources = recipe.raw_table, []
    if (raw_folder() / f"{name}.csv").is_file():
        stored = load(name)[list(new)].astype(new.dtypes)
        same = stored["statline_table"] == recipe.table
        if not allow_incomplete:
            _check_nothing_lost(stored[same], new, recipe, file.name)
        new = pd.concat([stored[~same], new], ignore_index=True)
        sources = next(resource for resource in read_datapackage()["resources"] if resource["name"] == name)["sources"]
    require_unique(new, [key for key in KEYS if key in new], where=f"data/raw/{name}.csv")
    added = describe_source(recipe, _retrieved(recipe, file, allow_incomplete))
    entries = {source["title"]: source for source in [*sources, added]}
    titles = [f"CBS StatLine {id_}" for id_ in known_tables()]
    return name, in_order(new), [entries[title] for title in titles if title in entries]


def _check_nothing_lost(stored: pd.DataFrame, new: pd.DataFrame, recipe: Recipe, name: str) -> None:
    """Refuse a download that has less than what it replaces, for example one region instead of all."""
    keys = [key for key in KEYS if key in new]
    before = pd.MultiIndex.from_frame(stored[keys])
    lost = before[~before.isin(pd.MultiIndex.from_frame(new[keys]))]
    if len(lost):
        first = ", ".join(f"{key}={value!r}" for key, value in zip(keys, lost[0], strict=True))
        lacking = f"{name} lacks {len(lost)} combinations of StatLine {recipe.table}"
        todo = "download them too, or pass allow_incomplete=True (--allow-incomplete) to go on without them"
        fault = f"{lacking} that data/raw has; the first: {first}"
        raise SourceFileError(fault, "at least the regions, periods and groups that data/raw has now", todo)


def _retrieved(recipe: Recipe, file: Path, allow_incomplete: bool) -> str:
    """Say honestly how the copy came to us: the archive copy is recognised by its hash, any other file is the caller's."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    if sha256 == recipe.archive["sha256"]:
        return recipe.archive["retrieved"]
    part = ", accepted though combinations may be absent" if allow_incomplete else ""
    origin = f"file given to `bereik fetch` (sha256 {sha256[:16]}...){part}"
    return f"{origin}, date of download unknown, not checked against the live service"


def describe_source(recipe: Recipe, retrieved: str) -> dict[str, Any]:
    """Describe one StatLine table as a source."""
    place = f"https://opendata.cbs.nl/statline/#/CBS/nl/dataset/{recipe.table}"
    facts = {"statline_title": recipe.title, "provisional": recipe.provisional, "retrieved": retrieved}
    return {"title": f"CBS StatLine {recipe.table}", "path": place, **facts}


def write_described(*tables: tuple[str, pd.DataFrame, Entries]) -> list[Path]:
    r"""Write tables to data/raw and their entries to data/datapackage.json, all of it or nothing.

    Parameters
    ----------
    *tables : tuple of str, pandas.DataFrame and list of dict
        Name of the table, described in schemas.toml; the table, in the order in which it is stored; where the figures are from,
        each with ``title`` and ``retrieved``.

    Returns
    -------
    list of pathlib.Path
        The files in data/raw.

    Examples
    --------
    >>> import os, tempfile; folder = Path(tempfile.mkdtemp()); (folder / "data").mkdir()
    >>> _ = (folder / "data" / "datapackage.json").write_text(""); before = Path.cwd(); os.chdir(folder)
    >>> write_described(("regions", pd.DataFrame({"code": ["NL01"]}), []))[0].read_text()
    'code\nNL01\n'
    >>> os.chdir(before)
    """
    project = project_folder()
    described = (project / "data" / "datapackage.json").read_text(encoding="utf-8").strip()
    entries = {entry["name"]: entry for entry in (read_datapackage()["resources"] if described else [])}
    with changing(project) as change:
        staged = change.copy(project) / "data"
        (staged / "raw").mkdir(parents=True)
        for name, table, sources in tables:
            entries[name] = _entry(name, write_csv(table, staged / "raw" / f"{name}.csv"), len(table), sources)
        resources = [entries[name] for name in sorted(entries)]
        package = {**read_facts("schemas")["package"], "resources": resources}
        write_whole(staged / "datapackage.json", json.dumps(package, indent=2, ensure_ascii=False) + "\n")
        change.commit()
    return [project / "data" / "raw" / f"{name}.csv" for name, *_ in tables]


def _entry(name: str, file: Path, rows: int, sources: Sequence[dict[str, Any]]) -> dict[str, Any]:
    content, facts = file.read_bytes(), read_facts("schemas")
    first = {"name": name, "type": "table", "path": f"raw/{file.name}", **facts["every_resource"]}
    last = {"bytes": len(content), "rows": rows, "schema": table_schema(name)}
    return {
        **first,
        **{key: facts["tables"][name][key] for key in ("title", "description")},
        "sources": list(sources),
        "licenses": facts["package"]["licenses"],
        "retrieved": "; ".join(f"{source['title']}: {source['retrieved']}" for source in sources),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        **last,
    }


def table_schema(name: str) -> dict[str, Any]:
    """Make the Table Schema of a table of data/raw from schemas.toml; a column ``form`` gets the forms that are read."""
    columns = read_facts("schemas")["tables"][name]["fields"]
    fields = [{"name": column, **statline.described_field(name, column)} for column in columns]
    for field in fields:
        if field["name"] == "form":
            field["constraints"] = {**field["constraints"], "enum": _forms(name)}
    keys = [column for column in KEYS if column in columns and "period" in columns]
    return {"fields": fields, "missingValues": [""], **({"primaryKey": keys} if keys else {})}


def _forms(name: str) -> list[str]:
    recipes = [recipe for table in known_tables() for recipe in recipes_of(table) if recipe.raw_table == name]
    named = [measure.categories.get("form") for recipe in recipes for measure in recipe.measures]
    kept = [code for recipe in recipes for code in recipe.keep.get("form", [])]
    return statline.category_order("form", pd.Series([*named, *kept]))
