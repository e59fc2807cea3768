"""Reads a StatLine table, as downloaded, into a tidy long table; what each table holds is data (recipes.toml), not code."""

import math
import re
from itertools import groupby
from pathlib import Path

import pandas as pd

from bereik.codelists.lists import plain
from bereik.codelists.periods import parse_period
from bereik.data.categories import category_codes, with_places
from bereik.data.delimited import read_delimited
from bereik.data.order import in_order
from bereik.data.recipes import Measure, Recipe, column_types, recipe_of
from bereik.errors import InvalidTableError, MissingColumnError, SourceFileError
from bereik.tables import require_unique

__all__ = ["read_statline"]

_NOT_PUBLISHED = ("", ".", "x", "X")
_NUMBER = r"-?\d+(?:\.\d+)?"
_FRACTIONS = ("%", "per 10,000", "x 1,000")  # units of which a figure may have decimals; all others are counts


def read_statline(
    path: Path | str, table: str, *, allow_incomplete: bool = False, skip_unknown: bool = False
) -> pd.DataFrame:
    r"""Read a StatLine table, as downloaded, into one row per period, region and group.

    Parameters
    ----------
    path : path
        The file: semicolon- or comma-separated, UTF-8, StatLine keys in the header, regions as titles or as codes.
    table : str
        Id of the StatLine table, for example ``"82965NED"``; with the name of a second table of data/raw that it feeds as
        in `recipe_of`.
    allow_incomplete : bool
        Accept a table in which combinations are absent (a download that was cut). They stay absent: they are not zero.
    skip_unknown : bool
        Leave out the rows of regions, areas and forms of care that bereik has no name for (a whole download has every
        municipality), with a warning that names them; otherwise they are an error.

    Returns
    -------
    pandas.DataFrame
        The columns of the table of data/raw that this StatLine table feeds (`schema_of`): ``period`` (2017, 2017H1, 2016/2017,
        2017-12-31) and ``period_kind``; ``region_code``, ``region``, ``region_kind``, for wijken ``area_code`` and
        ``area_kind``; the groups (``origin_scheme`` and ``origin``, ``form``, ``indicator``, ``referrer``, ...); the figures
        (counts are whole, percentages as published); ``status`` (shown or not_published) and ``statline_table``.

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
    ours = _our_names(cells, recipe, name)
    header = dict(zip(ours, cells.columns, strict=True))
    cells = cells.set_axis(ours, axis="columns")
    for key, titles in recipe.where.items():
        cells = cells[_with_titles(cells, key, titles, name)]
    keys = pd.DataFrame(
        {
            column: category_codes(cells[key], column, recipe, name, skip_unknown=skip_unknown)
            for key, column in recipe.dimensions.items()
        }
    ).rename(columns={"region": "region_code"})
    keys = keys.dropna()
    selectors = list(dict.fromkeys(key for measure in recipe.measures for key in measure.where))
    every = keys.join(cells[selectors])
    require_unique(every, list(every), where=name)
    if not allow_incomplete:
        _check_crossing(every, recipe, name)
    figures = [(measure, _figures(cells, keys, measure, header[measure.stem], name)) for measure in recipe.measures]
    attributes = cells[list(recipe.attributes)].rename(columns=recipe.attributes)
    kept = _kept(keys.drop_duplicates().join(attributes.mask(attributes.isin(_NOT_PUBLISHED))), recipe, name)
    blocks = [_block(kept, list(part), recipe) for _, part in groupby(figures, lambda pair: pair[0].categories)]
    tidy = pd.concat(blocks, ignore_index=True).assign(statline_table=recipe.table)
    types = column_types(recipe.raw_table)
    return in_order(tidy.reindex(columns=list(types)).astype(types))


def _our_names(cells: pd.DataFrame, recipe: Recipe, name: str) -> list[str]:
    """Name each column as the recipe does; a key with a suffix in the recipe is taken literally, A|B is one of the two."""
    header = list(cells.columns)
    filters = [*recipe.where, *(key for measure in recipe.measures for key in measure.where), *recipe.attributes]
    found: dict[str, list[int]] = {
        wanted: [at for at, key in enumerate(header) if {key, re.sub(r"_\d+$", "", key)} & set(wanted.split("|"))]
        for wanted in [*recipe.dimensions, *(measure.stem for measure in recipe.measures), *filters]
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
    ours = {positions[0]: wanted for wanted, positions in found.items()}
    return [ours.get(at, key) for at, key in enumerate(header)]


def _with_titles(cells: pd.DataFrame, key: str, titles: list[str], name: str) -> pd.Series:
    """Mark the rows that have one of these titles; the file must have them."""
    folded = cells[key].map(plain)
    absent = [title for title in titles if plain(title) not in set(folded)]
    if len(absent) == len(titles):
        raise SourceFileError(
            f"{name} has no rows with {key} {' or '.join(map(repr, absent))}; it has {sorted(cells[key].unique())[:8]}",
            f"rows with {key} {' or '.join(map(repr, titles))}",
            "download these rows of the table too",
        )
    return folded.isin([plain(title) for title in titles])


def _figures(cells: pd.DataFrame, keys: pd.DataFrame, measure: Measure, column: str, name: str) -> pd.Series:
    """Read the figures of one measure for each combination; figures of several titles are added, none may be hidden."""
    numbers = _numbers(cells[measure.stem].rename(column), measure, name)
    chosen = pd.Series(True, index=cells.index)
    for key, titles in measure.where.items():
        chosen &= _with_titles(cells, key, titles, name)
    added = math.prod(map(len, measure.where.values()))
    rows = keys[chosen.reindex(keys.index)]
    return numbers.reindex(rows.index).groupby([rows[key] for key in rows]).sum(min_count=added)


def _numbers(cells: pd.Series, measure: Measure, name: str) -> pd.Series:
    """Read a column of figures; not published is missing, and anything that is no such figure is refused."""
    published = ~cells.isin(_NOT_PUBLISHED)
    number = pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER)))
    whole = measure.unit not in _FRACTIONS
    faults = {
        "a decimal comma (or a comma between thousands)": published & cells.str.fullmatch(r"-?\d+(?:,\d+)+"),
        "text where a figure should be": published & number.isna(),
        "a negative figure": number < 0,
        "a count that is not whole": whole & (number % 1 != 0) & number.notna(),
        "a percentage above 100": (measure.unit == "%") & (number > 100),
    }
    for what, fault in faults.items():
        if fault.any():
            line = cells.index[fault][0]
            raise InvalidTableError(
                f"{name} has {what} in column {cells.name!r}, line {line}: {cells[line]!r}"
                + (f" (and in {fault.sum() - 1} more lines)" if fault.sum() > 1 else ""),
                f"whole numbers of {measure.unit}, 0 or more"
                if whole
                else f"figures in {measure.unit} with a decimal point",
                "download the table again in the form of the open-data feed (decimal point, no separator of thousands);"
                " a figure that is not published is an empty cell or a dot",
            )
    if measure.times > 1:
        number = (number * measure.times).round()
    return number.astype("Int64" if whole or measure.times > 1 else "float64")


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


def _kept(keys: pd.DataFrame, recipe: Recipe, name: str) -> pd.DataFrame:
    """Keep the rows that the recipe asks for, and name their region and kind of period."""
    rows = with_places(keys.assign(**recipe.constants))
    rows["period_kind"] = rows["period"].map(lambda label: parse_period(label).kind)
    place = rows["area_kind"] if "area_kind" in rows else rows["region_kind"]
    mask = place.isin(recipe.region_kinds) & rows["period_kind"].isin(recipe.period_kinds)
    for column, codes in recipe.keep.items():
        mask &= rows[column].isin(codes)
    if not mask.any():
        raise SourceFileError(
            f"{name} has none of the rows that are kept",
            f"{' or '.join(recipe.period_kinds)} figures of a {' or '.join(recipe.region_kinds)}",
            "download these periods and regions of the table too",
        )
    return rows[mask].assign(**recipe.constants)


def _block(kept: pd.DataFrame, part: list[tuple[Measure, pd.Series]], recipe: Recipe) -> pd.DataFrame:
    """Make the rows of one set of categories; the first measure decides whether a row is shown."""
    names = list(part[0][1].index.names)
    at = pd.MultiIndex.from_frame(kept[names]) if len(names) > 1 else pd.Index(kept[names[0]])
    values = {measure.column: figures.reindex(at).array for measure, figures in part}
    shown = pd.Series(values[part[0][0].column], index=kept.index).notna()
    return kept.assign(**part[0][0].categories, **values, status=shown.map({True: "shown", False: "not_published"}))
