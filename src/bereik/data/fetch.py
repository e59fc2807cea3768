"""Brings a downloaded StatLine table into data/raw, and the list of regions, each with its description."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from bereik.codelists.regions import regions
from bereik.data.datapackage import load, read_datapackage
from bereik.data.describe import source_entry, write_described
from bereik.data.order import KEYS, in_order
from bereik.data.recipes import Recipe, column_types, known_tables, recipes_of
from bereik.data.statline import read_statline
from bereik.errors import SourceFileError
from bereik.paths import raw_folder
from bereik.tables import require_unique

__all__ = ["fetch", "write_regions"]


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
    bereik.errors.SourceFileError: There is no file 'no.csv'. Expected: a table as downloaded from StatLine. To do:
    check the path.
    """
    options = {"allow_incomplete": allow_incomplete, "skip_unknown": skip_unknown}
    ready = [_merged(recipe, Path(path), **options) for recipe in recipes_of(table)]
    written = [write_described(recipe.raw_table, rows, sources) for recipe, rows, sources in ready]
    return written[0]


def write_regions() -> Path:
    """Write the dated list of regions to data/raw/regions.csv, and describe it in data/datapackage.json.

    Returns
    -------
    pathlib.Path
        data/raw/regions.csv; equal to `regions`, with years as whole numbers.

    Examples
    --------
    >>> from bereik.data.datapackage import load
    >>> len(load("regions")) == len(regions())
    True
    """
    table = regions()
    years = {name: pd.to_numeric(table[name]).astype("Int64") for name in ("from_year", "to_year")}
    retrieved = "list made by bereik from the titles in the copy of this table"
    sources = [source_entry(name, retrieved) for name in ("82965NED", "84134NED", "85099NED")]
    return write_described("regions", table.assign(**years), sources)


def _merged(
    recipe: Recipe, path: Path, *, allow_incomplete: bool, skip_unknown: bool
) -> tuple[Recipe, pd.DataFrame, list[dict[str, Any]]]:
    """Put the rows of a download among those of other StatLine tables in the same table of data/raw; write nothing yet."""
    new = read_statline(path, recipe.section, allow_incomplete=allow_incomplete, skip_unknown=skip_unknown)
    stored = _stored(recipe.raw_table)
    if not stored.empty:
        same = stored["statline_table"] == recipe.table
        if not allow_incomplete:
            _check_nothing_lost(stored[same], new, recipe, path.name)
        new = pd.concat([stored[~same], new], ignore_index=True)
    require_unique(new, [key for key in KEYS if key in new], where=f"data/raw/{recipe.raw_table}.csv")
    entry = source_entry(recipe.table, _retrieved(recipe, path, allow_incomplete))
    sources = {source["title"]: source for source in [*_sources(recipe.raw_table, stored), entry]}
    titles = [f"CBS StatLine {name}" for name in known_tables()]
    return recipe, in_order(new), [sources[title] for title in titles if title in sources]


def _stored(name: str) -> pd.DataFrame:
    """Load the rows that data/raw has now, without the columns and types that `load` adds; empty when there are none."""
    if not (raw_folder() / f"{name}.csv").is_file():
        return pd.DataFrame()
    table = load(name)
    types = column_types(name)
    return table[list(types)].astype(types)


def _sources(name: str, stored: pd.DataFrame) -> list[dict[str, Any]]:
    """List the sources of the rows that stay."""
    if stored.empty:
        return []
    entry = next(resource for resource in read_datapackage()["resources"] if resource["name"] == name)
    return list(entry["sources"])


def _check_nothing_lost(stored: pd.DataFrame, new: pd.DataFrame, recipe: Recipe, name: str) -> None:
    """Refuse a download that has less than what it replaces, for example one region instead of all."""
    keys = [key for key in KEYS if key in new]
    before = pd.MultiIndex.from_frame(stored[keys])
    lost = before[~before.isin(pd.MultiIndex.from_frame(new[keys]))]
    if len(lost):
        raise SourceFileError(
            f"{name} lacks {len(lost)} combinations of StatLine {recipe.table} that data/raw has; the first: "
            + ", ".join(f"{key}={value!r}" for key, value in zip(keys, lost[0], strict=True)),
            "at least the regions, periods and groups that data/raw has now",
            "download them too, or pass allow_incomplete=True (--allow-incomplete) to go on without them",
        )


def _retrieved(recipe: Recipe, file: Path, allow_incomplete: bool) -> str:
    """Say honestly how the copy came to us: the archive copy is known by its hash, any other file is the caller's."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    if sha256 == recipe.archive["sha256"]:
        return recipe.archive["retrieved"]
    part = ", accepted though combinations may be absent" if allow_incomplete else ""
    known = f"file given to `bereik fetch` (sha256 {sha256[:16]}...){part}"
    return f"{known}, date of download unknown, not checked against the live service"
