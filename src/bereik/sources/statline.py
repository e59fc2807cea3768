"""Reads a StatLine table, as downloaded, into a tidy long table; what each table holds is data (recipes.toml), not code."""

import re
import warnings
from itertools import groupby
from pathlib import Path

import pandas as pd

from bereik.errors import InvalidTableError, MissingColumnError, SourceFileError, UnknownNameError
from bereik.sources.delimited import read_delimited
from bereik.sources.order import in_order
from bereik.sources.recipes import Measure, Recipe, read_toml, recipe_of
from bereik.tables import require_unique
from bereik.terms.care import care_form, care_forms
from bereik.terms.lists import plain
from bereik.terms.origin import origin_code, origin_groups
from bereik.terms.periods import parse_period
from bereik.terms.regions import find_region, regions

__all__ = ["read_statline"]

_NOT_PUBLISHED = ("", ".", "x", "X")
_NUMBER = r"-?\d+(?:\.\d+)?"


def read_statline(
    path: Path | str, table: str, *, allow_incomplete: bool = False, skip_unknown: bool = False
) -> pd.DataFrame:
    r"""Read a StatLine table, as downloaded, into one row per period, region, group and form of care.

    Parameters
    ----------
    path : path
        The file: semicolon- or comma-separated, UTF-8, StatLine keys in the header, regions as titles or as codes.
    table : str
        Id of the StatLine table, for example ``"82965NED"``.
    allow_incomplete : bool
        Accept a table in which combinations are absent (a download that was cut). They stay absent: they are not zero.
    skip_unknown : bool
        Leave out the rows of regions and forms of care that bereik has no name for (a whole download has every
        municipality), with a warning that names them; otherwise they are an error.

    Returns
    -------
    pandas.DataFrame
        ``period`` (2017, 2017H1), ``period_kind`` (year, half-year), ``region_code``, ``region``, ``region_kind``; then the
        groups of the table (``origin_scheme`` and ``origin``, ``form``, ``indicator``); then ``youths`` (number, whole)
        or ``percent_of_youths`` or ``percent`` (%); ``status`` (shown or not_published) and ``statline_table``.

    Raises
    ------
    SourceFileError
        When the file is absent, empty, cut off, not UTF-8, has another separator, or lacks combinations.
    MissingColumnError
        When a dimension or measure of the table is not in the file.
    UnknownNameError
        When a table, region, period, form or characteristic is unknown; suggests the nearest.
    InvalidTableError
        When a figure is text, negative or not whole, a row occurs twice, or a column name stands for two columns.

    Notes
    -----
    An empty cell, ``.`` and ``x`` are not published (the feed does not say why); only ``0`` is zero. Names of columns are
    resolved without the suffix ``_NN``, which is a position and moves between versions of a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "85098NED.csv"
    >>> _ = file.write_text("RegioS;Perioden;JongerenMetJeugdhulpInNatura_1;JongerenMetJeugdhMetVerblInNat_2;"
    ...     "JongerenMetJeugdbescherming_3;JeugdbeschEnJeugdhMetVerblInNat_4;JongerenMetJeugdreclassering_5\n"
    ...     "Haaglanden (JZ);2023;10.9; 8.5;1.0;45.1;.\n", encoding="utf-8")
    >>> read_statline(file, "85098NED")[["period", "region", "indicator", "percent", "status"]].tail(2)
      period      region                 indicator  percent         status
    3   2023  Haaglanden  protection_with_residence     45.1          shown
    4   2023  Haaglanden                 probation      NaN  not_published
    """
    recipe = recipe_of(table)
    name = Path(path).name
    cells = read_delimited(path, allow_incomplete=allow_incomplete)
    found = _found_columns(cells, recipe, name)
    groups = pd.DataFrame(
        {
            column: _categories(cells.iloc[:, found[key]].rename(key), column, recipe, name, skip_unknown=skip_unknown)
            for key, column in recipe.dimensions.items()
        }
    ).rename(columns={"region": "region_code"})
    groups = groups.dropna()
    figures = {measure.stem: _figures(cells.iloc[:, found[measure.stem]], measure, name) for measure in recipe.measures}
    require_unique(groups, list(groups), where=name)
    if not allow_incomplete:
        _check_crossing(groups, recipe, name)
    kept = _kept(groups, recipe, name)
    blocks = [
        _block(kept, list(measures), figures, recipe)
        for _, measures in groupby(recipe.measures, lambda m: m.categories)
    ]
    tidy = pd.concat(blocks, ignore_index=True).assign(statline_table=recipe.table)
    return in_order(tidy)[read_toml("schemas.toml")["tables"][recipe.raw_table]["fields"]]


def _found_columns(cells: pd.DataFrame, recipe: Recipe, name: str) -> dict[str, int]:
    """Find the position of each column of the recipe; a key with a suffix in the recipe is taken literally."""
    header = list(cells.columns)
    found: dict[str, list[int]] = {
        wanted: [at for at, key in enumerate(header) if wanted in (key, re.sub(r"_\d+$", "", key))]
        for wanted in [*recipe.dimensions, *(measure.stem for measure in recipe.measures)]
    }
    missing = [wanted for wanted, positions in found.items() if not positions]
    if missing:
        raise MissingColumnError(missing, header, where=f"{name} (StatLine {recipe.table})")
    for wanted, positions in found.items():
        if len(positions) > 1:
            raise InvalidTableError(
                f"{name} has {len(positions)} columns that may be {wanted!r}: "
                f"{', '.join(repr(header[at]) for at in positions)}",
                f"one column {wanted!r}, with or without a suffix such as _9",
                "name the column with its suffix in the recipe, or remove the column that is not meant",
            )
    return {wanted: positions[0] for wanted, positions in found.items()}


def _categories(titles: pd.Series, column: str, recipe: Recipe, name: str, *, skip_unknown: bool) -> pd.Series:
    """Turn the titles of a dimension into codes; titles that the recipe knows and leaves out stay titles."""
    if (titles == "").any():
        raise SourceFileError(
            f"line {titles.index[titles == ''][0]} of {name} has no {titles.name}",
            f"a {column} in every row",
            "download the table again, or remove the row when it is no part of the table",
        )
    left_out = {plain(title): title for title in recipe.leave_out.get(column, [])}
    codes = {}
    skipped = []
    for title in titles.unique():
        try:
            codes[title] = left_out.get(plain(title)) or _code(title, column, recipe)
        except UnknownNameError as error:
            if skip_unknown and column in ("region", "form"):
                skipped.append(title)
                continue
            where = f"column {titles.name!r} of {name}, line {titles.index[titles == title][0]}"
            todo = f"check the spelling of the {column}"
            if column in ("region", "form"):
                todo += ", or leave such rows out: skip_unknown=True (--skip-unknown)"
            raise UnknownNameError(column, title, _known(column, recipe), where=where, todo=todo) from error
    if skipped:
        warnings.warn(f"{name}: left out {len(skipped)} {column}s without a name in bereik: {skipped}", stacklevel=4)
    return titles.map(codes)


def _code(title: str, column: str, recipe: Recipe) -> str:
    if column == "region":
        return str(find_region(title)["code"])
    if column == "period":
        return parse_period(title).label
    return care_form(title) if column == "form" else origin_code(title, recipe.constants["origin_scheme"])


def _known(column: str, recipe: Recipe) -> list[str]:
    """List the titles that a dimension may have, for the suggestions in an error."""
    if column == "period":
        return ["2017", "1e halfjaar 2017", "2e halfjaar 2017", "1e kwartaal 2015"]
    terms = {"region": regions, "form": care_forms}.get(column)
    known = terms() if terms else origin_groups(recipe.constants["origin_scheme"])
    titles = list(dict.fromkeys(known["statline_titles"].str.split("|").explode()))
    prefixed = [f"Migratieachtergrond: {title}" for title in titles if column == "origin"]
    return [*titles, *prefixed, *recipe.leave_out.get(column, [])]


def _figures(cells: pd.Series, measure: Measure, name: str) -> pd.Series:
    """Read the figures of one measure; not published is missing, and anything that is no such figure is refused."""
    published = ~cells.isin(_NOT_PUBLISHED)
    number = pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER)))
    whole = measure.unit == "youths"
    faults = {
        "a decimal comma (or a comma between thousands)": published & cells.str.fullmatch(r"-?\d+(?:,\d+)+"),
        "text where a figure should be": published & number.isna(),
        "a negative figure": number < 0,
        "a count that is not whole": whole & (number % 1 != 0) & number.notna(),
        "a percentage above 100": (not whole) & (number > 100),
    }
    for what, fault in faults.items():
        if fault.any():
            line = cells.index[fault][0]
            raise InvalidTableError(
                f"{name} has {what} in column {cells.name!r}, line {line}: {cells[line]!r}"
                + (f" (and in {fault.sum() - 1} more lines)" if fault.sum() > 1 else ""),
                "whole numbers of youths, 0 or more" if whole else "percentages from 0 to 100 with a decimal point",
                "download the table again in the form of the open-data feed (decimal point, no separator of thousands);"
                " a figure that is not published is an empty cell or a dot",
            )
    return number.astype("Int64" if whole else "float64")


def _check_crossing(groups: pd.DataFrame, recipe: Recipe, name: str) -> None:
    """Refuse a table that lacks combinations of its dimensions, or a category that the recipe needs."""
    allow = (
        "download the whole table again, or pass allow_incomplete=True (--allow-incomplete): "
        "what is absent stays absent, it is not zero"
    )
    for column, codes in recipe.keep.items():
        absent_codes = [code for code in codes if code not in set(groups[column])]
        if absent_codes:
            raise SourceFileError(
                f"{name} has no rows with {column} {', '.join(map(repr, absent_codes))}",
                f"rows with each {column} that is read from StatLine {recipe.table}: {', '.join(codes)}",
                allow,
            )
    crossing = pd.MultiIndex.from_product([groups[column].unique() for column in groups], names=list(groups))
    if len(crossing) > len(groups):
        absent = crossing[~crossing.isin(pd.MultiIndex.from_frame(groups))]
        shown = "; ".join(
            ", ".join(f"{column}={value!r}" for column, value in zip(groups, row, strict=True)) for row in absent[:3]
        )
        raise SourceFileError(
            f"{name} lacks {len(absent)} of its {len(crossing)} combinations, so it seems to be cut off; the first: {shown}",
            "one row for each combination of the dimensions",
            allow,
        )


def _kept(groups: pd.DataFrame, recipe: Recipe, name: str) -> pd.DataFrame:
    """Keep the rows that the recipe asks for, and name their region and kind of period."""
    names = regions().drop_duplicates("code").set_index("code")
    rows = groups.assign(
        period_kind=groups["period"].map(lambda label: parse_period(label).kind),
        region=groups["region_code"].map(names["name"]),
        region_kind=groups["region_code"].map(names["kind"]),
    )
    mask = rows["region_kind"].isin(recipe.region_kinds) & rows["period_kind"].isin(recipe.period_kinds)
    for column, codes in recipe.keep.items():
        mask &= rows[column].isin(codes)
    if not mask.any():
        raise SourceFileError(
            f"{name} has none of the rows that are kept",
            f"{' or '.join(recipe.period_kinds)} figures of a {' or '.join(recipe.region_kinds)}",
            "download these periods and regions of the table too",
        )
    return rows[mask]


def _block(kept: pd.DataFrame, measures: list[Measure], figures: dict[str, pd.Series], recipe: Recipe) -> pd.DataFrame:
    """Make the rows of one set of categories; the first measure decides whether a row is shown."""
    values = {measure.column: figures[measure.stem].reindex(kept.index) for measure in measures}
    shown = values[measures[0].column].notna()
    return kept.assign(
        **recipe.constants,
        **measures[0].categories,
        **values,
        status=shown.map({True: "shown", False: "not_published"}),
    )
