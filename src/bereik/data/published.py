"""Published results of others, to stand beside ours and never be mixed with them: read from data/raw, checked, described."""

from pathlib import Path

import pandas as pd

from bereik.data.delimited import read_delimited
from bereik.data.describe import write_described
from bereik.data.recipes import column_types
from bereik.errors import InvalidTableError, SourceFileError, example_rows
from bereik.paths import project_folder
from bereik.tables import require_columns, require_unique

__all__ = ["describe_findings"]

_TABLE = "published_findings"
_MAY_BE_EMPTY = ("origin", "value", "value_to", "qualifier", "relative_to")
_NUMBERS = ("value", "value_to")


def describe_findings() -> Path:
    """Check data/raw/published_findings.csv, which is kept by hand, and describe it in data/datapackage.json.

    Add a published result as a row of the file, in your own words and with its source, then call this; `load` refuses the
    file until then.

    Returns
    -------
    pathlib.Path
        data/raw/published_findings.csv, with its columns described and its publications listed as sources.

    Raises
    ------
    SourceFileError
        When the file is absent, empty or cut off.
    MissingColumnError
        When a column is absent.
    InvalidTableError
        When a finding occurs twice, a text is missing, a figure is no number, or a finding in words has a figure.

    Notes
    -----
    A finding in words (``unit`` is words) has a direction and no figure; ``value_to`` is the end of a range.

    Examples
    --------
    >>> from bereik.data.datapackage import load
    >>> findings = load("published_findings").set_index("finding")
    >>> findings.loc[["de_haan_2012_girls_marokko"], ["value", "unit", "relative_to"]].values.tolist()
    [[0.24, 'ratio', 'youths of Dutch origin']]
    """
    types = column_types(_TABLE)
    table = read_delimited(project_folder() / "data" / "raw" / f"{_TABLE}.csv").reset_index(drop=True)
    require_columns(table, list(types), where=f"data/raw/{_TABLE}.csv")
    require_unique(table, ["finding"], where=f"data/raw/{_TABLE}.csv")
    empty = (table[[column for column in types if column not in _MAY_BE_EMPTY]] == "").any(axis=1)
    _refuse(table, empty, "an empty text", "a text in every column but " + ", ".join(_MAY_BE_EMPTY))
    figures = table[list(_NUMBERS)].apply(pd.to_numeric, errors="coerce")
    unread = figures.isna() & (table[list(_NUMBERS)] != "")
    _refuse(table, unread.any(axis=1), "a figure that is no number", "a number with a decimal point, or an empty cell")
    wrong = figures["value"].isna() != (table["unit"] == "words")
    _refuse(table, wrong, "a finding in words with a figure, or one without", "a figure unless the unit is words")
    if table.empty:
        raise SourceFileError(f"data/raw/{_TABLE}.csv has no rows", "at least one finding", "restore the file")
    read_in = table.groupby("source", sort=False)["read_in"].unique()
    sources = [{"title": source, "retrieved": "read in: " + ", ".join(how)} for source, how in read_in.items()]
    return write_described(_TABLE, table.assign(**figures)[list(types)], sources)


def _refuse(table: pd.DataFrame, fault: pd.Series, what: str, expected: str) -> None:
    if fault.any():
        shown = example_rows(table[["finding", "unit", "value", "value_to"]], fault)
        raise InvalidTableError(f"data/raw/{_TABLE}.csv has {what}: {shown}", expected, "correct these rows")
