"""Reads a StatLine table, as downloaded, into a tidy long table; what each table holds is data (recipes.toml), not code."""

import math
import re
import warnings
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from bereik import codelists
from bereik.categories import plain
from bereik.codelists import SCHEMES, care_form, care_forms, find_region, origin_code, origin_groups, regions
from bereik.codelists.periods import parse_period
from bereik.data.files import read_delimited, read_facts
from bereik.errors import InvalidTableError, MissingColumnError, SourceFileError, UnknownNameError
from bereik.tables import require_unique

KEYS = tuple(read_facts("schemas")["keys"])
_PERIOD_KINDS = ["date", "quarter", "half-year", "year", "school year"]
_PERIODS = ["2017", "1e halfjaar 2017", "1e kwartaal 2015", "2016/'17", "31 december 2017"]
_AREAS = {"NL": "country", "GM": "municipality", "WK": "wijk", "BU": "buurt"}
_SKIPPED = ("region", "area_code", "form")
_NOT_PUBLISHED = ("", ".", "x", "X")
_AS_IN_THE_FEED = "download the table again in the form of the open-data feed (decimal point, no separator of "
_AS_IN_THE_FEED += "thousands); a figure that is not published is an empty cell or a dot"
_NUMBER = r"-?\d+(?:\.\d+)?"
_FRACTIONS = ("%", "per 10,000", "x 1,000")  # units of which a figure may have decimals; all others are counts
_OPTIONAL = ("keep", "leave_out", "constants", "where", "titles", "attributes", "members")
_TYPES = {"string": "str", "integer": "Int64", "number": "float64"}


class _Measure:
    """One measure column of a StatLine table: its stem, our column, its unit, and the categories of the row it makes."""

    def __init__(self, stem: str, column: str, unit: str, where: Any = (), times: int = 1, **categories: str) -> None:
        self.stem, self.column, self.unit, self.times, self.categories = stem, column, unit, times, categories
        self.where: dict[str, list[str]] = dict(where)


class Recipe(SimpleNamespace):
    """How one StatLine table is read: the words of its section, which are explained at the top of recipes.toml."""


def known_tables() -> list[str]:
    """List the ids of the StatLine tables that bereik can read."""
    return list(dict.fromkeys(section.split()[0] for section in read_facts("recipes")))


def recipe_of(table: str) -> Recipe:
    """Find the recipe of a StatLine table by its id, in any case; for a second table of data/raw by ``ID NAME``."""
    names = {name.casefold(): name for name in read_facts("recipes")}
    section = names.get(str(table).strip().casefold())
    if section is None:
        raise UnknownNameError("StatLine table", table, known_tables())
    facts = {**{key: {} for key in _OPTIONAL}, "provisional": [], "rounded_to": None, **_facts(section)}
    measures = [_Measure(**measure) for measure in facts.pop("measures")]
    return Recipe(section=section, table=section.split()[0], measures=measures, **facts)


def recipes_of(table: str) -> list[Recipe]:
    """Find every recipe of a StatLine table: one for each table of data/raw that it feeds."""
    first = recipe_of(table)
    return [recipe_of(section) for section in read_facts("recipes") if section.split()[0] == first.table]


def _facts(section: str) -> dict[str, Any]:
    """Read a section; ``like`` takes over what another section says and this one does not."""
    facts = dict(read_facts("recipes")[section])
    return {**_facts(facts.pop("like")), **facts} if "like" in facts else facts


def described_field(raw_table: str, column: str) -> dict[str, Any]:
    """Find the description of a column; where a table says more about it than others, that of ``table.column``."""
    fields = read_facts("schemas")["fields"]
    return dict(fields.get(f"{raw_table}.{column}") or fields[column])


def column_types(raw_table: str) -> dict[str, str]:
    """Give the pandas type of each column of a table of data/raw; whole numbers are Int64: missing is not zero."""
    columns = read_facts("schemas")["tables"][raw_table]["fields"]
    return {column: _TYPES[described_field(raw_table, column)["type"]] for column in columns}


def read_statline(
    path: Path | str, table: str, *, allow_incomplete: bool = False, skip_unknown: bool = False
) -> pd.DataFrame:
    r"""Read a StatLine table, as downloaded, into one row per period, region and group.

    Parameters
    ----------
    path : path
        The file: semicolon- or comma-separated, UTF-8, StatLine keys in the header, regions as titles or as codes.
    table : str
        Id of the StatLine table, for example ``"82965NED"``; a table that feeds a second table of data/raw has a
        second recipe: its id and the name of that table, for example ``"83295NED youths_by_origin"``.
    allow_incomplete : bool
        Accept a table in which combinations are absent (a download that was cut). They stay absent: they are not zero.
    skip_unknown : bool
        Leave out the rows of regions, areas and forms of care that bereik has no name for (a whole download has every
        municipality), with a warning that names them; otherwise they are an error.

    Returns
    -------
    pandas.DataFrame
        The columns of the table of data/raw that this StatLine table feeds: ``period`` (2017, 2017H1, 2016/2017,
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
    recipe, cells = recipe_of(table), read_delimited(path, allow_incomplete=allow_incomplete)
    name = Path(path).name
    names = _recipe_names(cells, recipe, name)
    header = dict(zip(names, cells.columns, strict=True))
    cells = cells.set_axis(names, axis="columns")
    for key, titles in recipe.where.items():
        cells = cells[_with_titles(cells[key], titles, name)]
    columns = recipe.dimensions.items()
    keys = pd.DataFrame({column: _codes(cells[key], column, recipe, name, skip_unknown) for key, column in columns})
    keys = keys.rename(columns={"region": "region_code"}).dropna()
    selectors = list(dict.fromkeys(key for measure in recipe.measures for key in measure.where))
    every = keys.join(cells[selectors])
    require_unique(every, list(every), where=name)
    if not allow_incomplete:
        _check_crossing(every, recipe, name)
    keys = _with_sums(keys, recipe)
    figures = [(measure, _figures(cells, keys, measure, header[measure.stem], name)) for measure in recipe.measures]
    attributes = cells[list(recipe.attributes)].rename(columns=recipe.attributes)
    kept = _kept(keys.drop_duplicates().join(attributes.mask(attributes.isin(_NOT_PUBLISHED))), recipe, name)
    blocks = [_block(kept, list(part)) for _, part in groupby(figures, lambda pair: pair[0].categories)]
    tidy = pd.concat(blocks, ignore_index=True).assign(statline_table=recipe.table)
    types = column_types(recipe.raw_table)
    return in_order(tidy.reindex(columns=list(types)).astype(types))


def _recipe_names(cells: pd.DataFrame, recipe: Recipe, name: str) -> list[str]:
    """Name each column as the recipe does; a key with a suffix in the recipe is taken literally, A|B is one of the two."""
    header = list(cells.columns)
    filters = [*recipe.where, *(key for measure in recipe.measures for key in measure.where), *recipe.attributes]
    wanted = dict.fromkeys([*recipe.dimensions, *(measure.stem for measure in recipe.measures), *filters])
    spellings = [{key, re.sub(r"_\d+$", "", key)} for key in header]
    places = {key: [at for at, names in enumerate(spellings) if names & {*key.split("|")}] for key in wanted}
    missing = [key for key, at in places.items() if not at]
    if missing:
        raise MissingColumnError(missing, header, where=f"{name} (StatLine {recipe.table})")
    for key, at in places.items():
        if len(at) > 1:
            found = ", ".join(repr(header[place]) for place in at)
            fault = f"{name} has {len(at)} columns that may be {key!r}: {found}"
            todo = "name the column with its suffix in the recipe, or remove the column that is not meant"
            raise InvalidTableError(fault, f"one column {key!r}, with or without a suffix such as _9", todo)
    renamed = {at[0]: key for key, at in places.items()}
    return [renamed.get(at, key) for at, key in enumerate(header)]


def _with_titles(cells: pd.Series, titles: list[str], name: str) -> pd.Series:
    """Mark the rows that have one of these titles; the file must have them."""
    chosen = cells.map(plain).isin([plain(title) for title in titles])
    if not chosen.any():
        rows = f"rows with {cells.name} {' or '.join(map(repr, titles))}"
        raise SourceFileError(f"{name} has no {rows}; it has {sorted(cells.unique())[:8]}", rows, "download these too")
    return chosen


def _codes(titles: pd.Series, column: str, recipe: Recipe, name: str, skip_unknown: bool) -> pd.Series:
    """Turn the titles of a dimension into codes; titles that the recipe leaves out stay titles, skipped ones go missing."""
    if (titles == "").any():
        fault = f"line {titles.index[titles == ''][0]} of {name} has no {titles.name}"
        raise SourceFileError(fault, f"a {column} in every row", "download the table again, or remove the row")
    stated = {plain(title): code for title, code in recipe.titles.get(column, {}).items()}
    if column == "region" and recipe.members:
        stated |= {plain(code): code for code in codelists.read_list(recipe.members)["code"]}
    stated |= {plain(title): title for title in recipe.leave_out.get(column, [])}
    codes, skipped = {}, []
    for title in titles.unique():
        try:
            codes[title] = stated.get(plain(title)) or _code(title, column, recipe)
        except UnknownNameError as error:
            if skip_unknown and column in _SKIPPED:
                skipped.append(title)
                continue
            where = f"column {titles.name!r} of {name}, line {titles.index[titles == title][0]}"
            more = ", or leave such rows out: skip_unknown=True (--skip-unknown)" if column in _SKIPPED else ""
            todo = f"check the spelling of the {column}{more}"
            raise UnknownNameError(column, title, _known_titles(column, recipe), where=where, todo=todo) from error
    if skipped:
        warnings.warn(f"{name}: left out {len(skipped)} {column}s without a name in bereik: {skipped}", stacklevel=4)
    return titles.map(codes)


def _code(title: str, column: str, recipe: Recipe) -> str:
    if column == "region":
        return str(find_region(title)["code"])
    if column == "period":
        return parse_period(title).label
    if column == "form":
        return care_form(title)
    if column == "origin":
        return origin_code(title, recipe.constants["origin_scheme"])
    if column == "area_code" and re.fullmatch(r"NL\d\d|GM\d{4}|WK\d{6}|BU\d{8}", title):
        find_region(_municipality(title))
        return title
    raise UnknownNameError(column, title, _known_titles(column, recipe))


def _known_titles(column: str, recipe: Recipe) -> list[str]:
    """List the titles that a dimension may have, for the suggestions in an error."""
    stated = [*recipe.titles.get(column, {}), *recipe.leave_out.get(column, [])]
    if column == "period":
        return [*_PERIODS, *stated]
    if column == "area_code":
        return [*regions("municipality")["code"], "WK051801", *stated]
    if column not in ("region", "form", "origin"):
        return stated
    listed = regions() if column == "region" else care_forms()
    if column == "origin":
        listed = origin_groups(recipe.constants["origin_scheme"])
    titles = listed["statline_titles"].str.split("|").explode().unique().tolist()
    return [*titles, *(f"Migratieachtergrond: {title}" for title in titles if column == "origin"), *stated]


def _municipality(area: str) -> str:
    return area if area.startswith("NL") else f"GM{area[2:6]}"


def _with_sums(keys: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Count the municipalities for their jeugdregio too, where all of its members are there."""
    if not recipe.members:
        return keys
    members = codelists.read_list(recipe.members).set_index("code")["jeugdregio"]
    sums = keys.assign(region_code=keys["region_code"].map(members)).dropna()
    there = sums.groupby(list(sums))["region_code"].transform("size")
    return pd.concat([keys, sums[there == sums["region_code"].map(members.value_counts())]])


def _figures(cells: pd.DataFrame, keys: pd.DataFrame, measure: _Measure, column: str, name: str) -> pd.Series:
    """Read the figures of one measure for each combination; figures of several titles are added, none may be hidden."""
    numbers = _numbers(cells[measure.stem].rename(column), measure, name)
    chosen = pd.Series(True, index=cells.index)
    for key, titles in measure.where.items():
        chosen &= _with_titles(cells[key], titles, name)
    added = math.prod(map(len, measure.where.values()))
    rows = keys[chosen.reindex(keys.index)]
    cells_of = numbers.reindex(rows.index).groupby([rows[key] for key in rows])
    return cells_of.sum(min_count=added).where(cells_of.count() == cells_of.size())


def _numbers(cells: pd.Series, measure: _Measure, name: str) -> pd.Series:
    """Read a column of figures; not published is missing, and anything that is no such figure is refused."""
    published = ~cells.isin(_NOT_PUBLISHED)
    number = pd.to_numeric(cells.where(cells.str.fullmatch(_NUMBER)))
    whole = measure.unit not in _FRACTIONS
    faults = {
        "a decimal comma (or a comma between thousands)": published & cells.str.fullmatch(r"-?\d+(?:,\d+)+"),
        "a point between thousands": (measure.unit != "%") & cells.str.fullmatch(r"-?[1-9]\d{0,2}(\.\d{3})+"),
        "text where a figure should be": published & number.isna(),
        "a negative figure": number < 0,
        "a count that is not whole": whole & (number % 1 != 0) & number.notna(),
        "a percentage above 100": (measure.unit == "%") & (number > 100),
    }
    for what, fault in faults.items():
        if fault.any():
            line, more = cells.index[fault][0], f" (and in {fault.sum() - 1} more lines)" if fault.sum() > 1 else ""
            where = f"{name} has {what} in column {cells.name!r}, line {line}: {cells[line]!r}{more}"
            kind = "whole numbers" if whole else "figures"
            form = f"{kind} in {measure.unit}, 0 or more, with a decimal point if any"
            raise InvalidTableError(where, form, _AS_IN_THE_FEED)
    number = (number * measure.times).round() if measure.times > 1 else number
    return number.astype("Int64" if whole or measure.times > 1 else "float64")


def _check_crossing(groups: pd.DataFrame, recipe: Recipe, name: str) -> None:
    """Refuse a table that lacks combinations of its dimensions, or a category that the recipe needs."""
    levels = [dict.fromkeys([*recipe.keep.get(column, []), *groups[column]]) for column in groups]
    crossing = pd.MultiIndex.from_product(levels, names=list(groups))
    lacking = crossing[~crossing.isin(pd.MultiIndex.from_frame(groups))]
    if len(lacking):
        first = ", ".join(f"{column}={value!r}" for column, value in zip(groups, lacking[0], strict=True))
        fault = f"{name} lacks {len(lacking)} of its {len(crossing)} combinations, so it seems to be cut off; the first: {first}"
        todo = "download the whole table again, or pass allow_incomplete=True (--allow-incomplete): absent is not zero"
        raise SourceFileError(fault, f"one row for each combination of the dimensions of StatLine {recipe.table}", todo)


def _kept(keys: pd.DataFrame, recipe: Recipe, name: str) -> pd.DataFrame:
    """Keep the rows that the recipe asks for, and name their region, area and kind of period."""
    rows = keys.assign(**recipe.constants)
    if "area_code" in rows:
        kinds = rows["area_code"].str[:2].map(_AREAS)
        rows = rows.assign(region_code=rows["area_code"].map(_municipality), area_kind=kinds)
    names = regions().drop_duplicates("code").set_index("code")
    rows["region"], rows["region_kind"] = (rows["region_code"].map(names[column]) for column in ("name", "kind"))
    rows["period_kind"] = rows["period"].map(lambda label: parse_period(label).kind)
    place = rows["area_kind"] if "area_kind" in rows else rows["region_kind"]
    mask = place.isin(recipe.region_kinds) & rows["period_kind"].isin(recipe.period_kinds)
    for column, codes in recipe.keep.items():
        mask &= rows[column].isin(codes)
    if not mask.any():
        kept = f"{' or '.join(recipe.period_kinds)} figures of a {' or '.join(recipe.region_kinds)}"
        raise SourceFileError(f"{name} has none of the rows that are kept", kept, "download these of the table too")
    return rows[mask].assign(**recipe.constants)


def _block(kept: pd.DataFrame, part: list[tuple[_Measure, pd.Series]]) -> pd.DataFrame:
    """Make the rows of one set of categories; the first measure decides whether a row is shown."""
    names = list(part[0][1].index.names)
    at = pd.MultiIndex.from_frame(kept[names]) if len(names) > 1 else pd.Index(kept[names[0]])
    values = {measure.column: figures.reindex(at).array for measure, figures in part}
    shown = pd.Series(values[part[0][0].column], index=kept.index).notna()
    return kept.assign(**part[0][0].categories, **values, status=shown.map({True: "shown", False: "not_published"}))


def category_order(column: str, present: pd.Series) -> list[str]:
    """Give the categories of a column that occur, in the order in which they are always shown.

    Parameters
    ----------
    column : str
        Name of the column: ``origin``, ``form``, ``region_code``, ``period``, or another one.
    present : pandas.Series
        The values that occur.

    Returns
    -------
    list of str
        Each value that occurs, once; columns without a codelist keep the order of appearance.

    Examples
    --------
    >>> category_order("form", pd.Series(["probation", "care_in_kind", "probation"]))
    ['care_in_kind', 'probation']
    >>> category_order("period", pd.Series(["2016H1", "2015", "2015H2", "2015H1"]))
    ['2015H1', '2015H2', '2015', '2016H1']
    """
    values = [str(value) for value in present.dropna().unique()]
    if column == "period":
        periods = {value: parse_period(value) for value in values}
        return sorted(values, key=lambda label: (periods[label].year, _PERIOD_KINDS.index(periods[label].kind), label))
    if column not in ("origin", "form", "region_code"):
        return values
    codes = _origins() if column == "origin" else (care_forms() if column == "form" else regions())["code"].tolist()
    return sorted(values, key=lambda value: codes.index(value) if value in codes else len(codes))


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Sort the rows of a table of data/raw by its `KEYS`, each in the order of `category_order`.

    Parameters
    ----------
    table : pandas.DataFrame
        A table as `read_statline` gives it.

    Returns
    -------
    pandas.DataFrame
        The same rows, sorted; the index counts from 0.

    Examples
    --------
    >>> in_order(pd.DataFrame({"period": ["2015", "2015H1"], "form": ["protection", "probation"]}))
       period        form
    0  2015H1   probation
    1    2015  protection
    """
    by = [column for column in KEYS if column in table]
    ranks = {column: pd.Categorical(table[column], category_order(column, table[column])).codes for column in by}
    order = pd.DataFrame(ranks, index=table.index).sort_values(by, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _origins() -> list[str]:
    """Put both schemes in one order that is the order of each: the wider groups first, unknown last."""
    groups = pd.concat([origin_groups(scheme) for scheme in SCHEMES], ignore_index=True)
    level = groups["level"].map({"total": 0, "main": 1, "sub": 2, "country": 3}).where(groups["code"] != "onbekend", 4)
    return groups["code"].loc[level.sort_values(kind="stable").index].tolist()
