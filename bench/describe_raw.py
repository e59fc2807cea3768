"""Writes and describes the two tables of data/raw that StatLine does not give: the regions, and published results of others.

Run: python bench/describe_raw.py. After a change of the codelist of regions, or a new row of data/raw/published_findings.csv (in
your own words, with its source); until then `load` refuses that file. A finding in words has a direction and no figure.
"""

import pandas as pd

from bereik.codelists import regions
from bereik.data.fetch import describe_source, write_described
from bereik.data.files import read_delimited
from bereik.data.statline import column_types, recipe_of
from bereik.paths import project_folder
from bereik.tables import refuse_rows, require_columns, require_unique

MAY_BE_EMPTY = ["published", "origin", "value", "value_to", "lower", "upper", "qualifier", "relative_to", "direction"]
MAY_BE_EMPTY += ["part", "ours"]


def write_regions() -> None:
    """Write the dated list of regions, with years as whole numbers."""
    table = regions()
    years = {name: pd.to_numeric(table[name]).astype("Int64") for name in ("from_year", "to_year")}
    retrieved = "list made by bereik from the titles in the copy of this table"
    sources = [describe_source(recipe_of(name), retrieved) for name in ("82965NED", "84134NED", "85099NED")]
    write_described(("regions", table.assign(**years), sources))


def describe_findings() -> None:
    """Check the list of published results, which is kept by hand, and describe it with its publications as sources."""
    name = "published_findings"
    table, columns = read_delimited(project_folder() / "data" / "raw" / f"{name}.csv"), list(column_types(name))
    require_columns(table, columns, where=name)
    require_unique(table, ["finding"], where=name)
    require_unique(table.mask(table == ""), [column for column in columns if column not in MAY_BE_EMPTY], where=name)
    numbers = {
        column: pd.to_numeric(table[column], errors="coerce") for column in ("value", "value_to", "lower", "upper")
    }
    unread = {f"no number in {column}": number.isna() & (table[column] != "") for column, number in numbers.items()}
    unfit = numbers["value"].isna() != (table["unit"] == "words")
    expected = "a number with a decimal point, and none where the unit is words"
    rows = table[["finding", "unit", *numbers]]
    refuse_rows(rows, {**unread, "a figure that does not fit its unit": unfit}, expected=expected, todo="correct it")
    read_in = table.groupby("source", sort=False)["read_in"].unique()
    sources = [
        {"title": source, "retrieved": "read in: " + ", ".join(how).replace("_", " ")}
        for source, how in read_in.items()
    ]
    write_described((name, table.assign(**numbers)[columns], sources))


if __name__ == "__main__":
    write_regions()
    describe_findings()
