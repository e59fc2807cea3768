"""The codelists: forms of care, origins, regions and indicators of need, each with its Dutch and English name.

Each list is a CSV file in this folder. Origin is classified as CBS does: *migratieachtergrond* (to 2021) or *herkomst* (from
2022). The scheme is a value in the data, never a guess: where a group of one scheme has no counterpart in the other,
the list ``origin_mapping`` says why. Codes of the country, landsdelen, provinces and municipalities are CBS codes; those of
jeugdregio's are not in the published files that bereik uses, so a code that begins with ``JZ-`` is bereik's own.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import product
from unicodedata import normalize

import pandas as pd

from bereik.categories import check_known, check_whole, plain
from bereik.errors import BereikError, UnknownNameError

AGES = {"ages_of_use": "form", "ages_of_population": "population_used"}  # and the column that says most of them
SCHEMES = ("migratieachtergrond", "herkomst")
_LISTS = {"forms": "care.csv", "origin": "origin.csv", "origin_mapping": "origin_mapping.csv"}
_LISTS |= {"regions": "regions.csv", "indicators": "indicators.csv"}
_Fold = Callable[[str], str]  # two spellings that it makes the same are one
_PARTS = {"origin": ("scheme", "origin scheme"), "regions": ("kind", "kind of region")}


@cache
def read_list(name: str) -> pd.DataFrame:
    """Read one CSV file of this folder; every cell is text, an absent value is the empty string."""
    with files("bereik.codelists").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def codelist(name: str, part: str | None = None) -> pd.DataFrame:
    """Give a codelist, in the order in which its codes are always shown.

    Parameters
    ----------
    name : {"forms", "origin", "origin_mapping", "regions", "indicators"}
        Forms of care, origins, which groups of the two origin schemes hold about the same people, regions, or indicators of need.
    part : str, optional
        A part of it: the scheme of origins (``"migratieachtergrond"``, ``"herkomst"``), or the kind of regions
        (``"country"``, ``"landsdeel"``, ``"province"``, ``"jeugdregio"``, ``"municipality"``).

    Returns
    -------
    pandas.DataFrame
        One row per code, with names in Dutch and English.

        * forms: ``code``, ``parent`` (code of the form it is part of), ``order``, ``compulsory`` (no, partly: voluntary or by
          decision of a court, yes), ``residential`` (no, partly, yes), ``nl``, ``en``, ``short_nl``, ``short_en``,
          ``statline_titles``, ``explanation``. Forms overlap: a youth with care with and without residence in one period
          counts in both, so they never add up.
        * origin: ``scheme``, ``code``, ``parent`` (code of the group it is part of), ``level`` (total, main, sub, country),
          ``nl``, ``en``, ``statline_titles`` (spellings, separated by ``|``), ``example`` (its name in made-up figures).
        * origin_mapping: ``from_scheme``, ``from_code``, ``to_scheme``, ``to_code`` (empty when there is no counterpart),
          ``match`` (same, near, none) and ``reason``. CBS introduced *herkomst* in February 2022 and dropped the division
          western / non-western; groups of the two schemes never stand in one series.
        * regions, one row per spell of membership: ``code``, ``name``, ``kind``, ``statline_titles``, ``also_called``,
          ``part_of`` (code of the jeugdregio), ``from_year`` and ``to_year`` (first and last year; empty: still a member).
        * indicators: ``indicator`` (code), ``kind`` (self_report, school, police, circumstances), ``use`` (the forms of care
          whose use may be divided by it, separated by ``|``; empty: context, never a divisor), ``nl``, ``en``, ``short_nl``,
          ``short_en``, ``product_of_care_nl``, ``product_of_care_en`` (how far referral, registration or care produce it).

    Raises
    ------
    UnknownNameError
        When the list or its part is unknown.

    Notes
    -----
    Sources. Forms: Jeugdwet; the topics of CBS StatLine tables 82965NED, 82968NED and 84134NED. Origin: the dimensions of
    82965NED (migratieachtergrond) and 85458NED, 85367NED (herkomst). Regions: titles of 82965NED, 84134NED and 85099NED;
    three jeugdregio's changed name in 2021; Haaglanden has ten municipalities to 2023, and Voorschoten went to Holland
    Rijnland on 1 January 2024. Indicators: suspects and Halt count registered contact with the police, not behaviour.

    Examples
    --------
    >>> forms = codelist("forms").set_index("code")
    >>> forms.loc[["without_residence", "with_residence", "protection", "probation"], "compulsory"].to_dict()
    {'without_residence': 'no', 'with_residence': 'partly', 'protection': 'yes', 'probation': 'yes'}
    >>> codelist("origin", "migratieachtergrond")["code"].head(5).tolist()
    ['total', 'nederlands', 'met_migratieachtergrond', 'westers', 'niet_westers']
    >>> len(codelist("regions", "jeugdregio"))
    42
    """
    check_known("codelist", name, _LISTS)
    table = read_list(_LISTS[name])
    table = table.astype({"order": "int64"}) if "order" in table else table.copy()
    if part is None:
        return table
    if name not in _PARTS:
        todo = "leave it out; only origin and regions have parts"
        raise BereikError(f"part={part!r} of the codelist {name}", "no part", todo)
    column, kind = _PARTS[name]
    check_known(kind, part, [*table[column].unique()])
    return table[table[column] == part].reset_index(drop=True)


def care_forms() -> pd.DataFrame:
    """List the forms of care."""
    return codelist("forms")


def origin_groups(scheme: str) -> pd.DataFrame:
    """List the groups of one origin scheme."""
    return codelist("origin", scheme).drop(columns="scheme")


def regions(kind: str | None = None) -> pd.DataFrame:
    """List the regions, of one kind or all."""
    return codelist("regions", kind)


def with_ages(table: pd.DataFrame) -> pd.DataFrame:
    """Add to results from StatLine the ages of the youths who have the care, and of those out of whom they are counted.

    Both stand in ages.csv, by the monitor's indicator, the measure, the form or the population, and else by the table of care.
    Ages that a row has already stay; results of other sources get none.

    Examples
    --------
    >>> rows = pd.DataFrame({"form": ["probation", "with_residence"], "source": "CBS StatLine 82965NED", "measure": "use_rate"})
    >>> with_ages(rows)[["ages_of_use", "ages_of_population"]].values.tolist()
    [['12-22', '0-22'], ['0-22', '0-22']]
    """
    ages = read_list("ages.csv").set_index("code").replace("", None)
    named = table.assign(source=table["source"].astype("str").str.extract(r"CBS StatLine (\w+)", expand=False))
    for name, column in AGES.items():
        codes = named.reindex(columns=["indicator", "measure", column, "source"]).astype("object")
        said = codes.map(ages[name].dropna().to_dict().get).bfill(axis=1).iloc[:, 0].where(named["source"].notna())
        table = table.assign(**{name: table[name].fillna(said) if name in table else said})
    return table


def _letters(text: str) -> str:
    """Fold a spelling further, to its letters and digits: no accents, hyphens, apostrophes or blanks."""
    return "".join(filter(str.isalnum, normalize("NFKD", str(text)).casefold()))


@cache
def _spellings(name: str, part: str | None, columns: tuple[str, ...], fold: _Fold) -> dict[str, dict[str, str]]:
    """Map each folded spelling in the columns (several in a cell are separated by |) to the codes that carry it."""
    table = codelist(name, part)
    codes: dict[str, dict[str, str]] = {}
    for column in columns:
        for code, cell in zip(table["code"], table[column], strict=True):
            for spelling in filter(None, cell.split("|")):
                codes.setdefault(fold(spelling), {}).setdefault(code, spelling)
    return codes


def _code_of(
    spelling: object, name: str, part: str | None, columns: tuple[str, ...], *, kind: str, fold: _Fold = plain
) -> str:
    """Find the one code that a spelling stands for, or say which spellings come near."""
    codes = _spellings(name, part, columns, fold)
    same = codes.get(fold(str(spelling)), {})
    if len(same) == 1:
        return next(iter(same))
    if same:
        titles = codelist(name, part).set_index("code").loc[[*same], "statline_titles"]
        raise UnknownNameError(f"{kind} (several have this name)", spelling, titles.str.split("|").str[0])
    raise UnknownNameError(kind, spelling, [each for spelt in codes.values() for each in spelt.values()])


def care_form(name: str) -> str:
    """Find the code of a form of care from a code, a StatLine title or key, or a Dutch or English name.

    Examples
    --------
    >>> care_form("Jeugdhulp met verblijf")
    'with_residence'
    """
    columns = ("code", "statline_titles", "nl", "en", "short_nl", "short_en")
    return _code_of(name, "forms", None, columns, kind="form of care")


def origin_code(title: str, scheme: str) -> str:
    """Find the code of an origin group from a title as StatLine spells it, a name in Dutch or English, or a code.

    Examples
    --------
    >>> origin_code("Migratieachtergrond: met migratieacht...", "migratieachtergrond")
    'met_migratieachtergrond'
    """
    start, _, rest = title.partition(":")
    bare = rest if rest and start.lower().startswith(SCHEMES) else title
    columns = ("statline_titles", "code", "nl", "en")
    return _code_of(bare, "origin", scheme, columns, kind=f"origin in the scheme {scheme}")


def find_region(name: str, kind: str | None = None) -> pd.Series:
    """Find one region (code, name, kind) from a code, a name or a StatLine title, old or new; the kind when several share it.

    Accents, capitals, hyphens, apostrophes and blanks need not be as in the list. Of a municipality, or of a word in the names
    of several regions, the error names the regions that may be meant.

    Examples
    --------
    >>> find_region("Nijmegen (JZ)")["name"]
    'Rijk van Nijmegen'
    >>> find_region("zuid holland zuid")["name"]
    'Zuid-Holland Zuid'
    """
    table = regions(kind)
    for fold, columns in product((plain, _letters), (("code", "statline_titles"), ("name", "also_called"))):
        if fold(name) in _spellings("regions", kind, columns, fold):
            code = _code_of(name, "regions", kind, columns, kind="region", fold=fold)
            return table.loc[table["code"] == code, ["code", "name", "kind"]].iloc[0]
    towns, typed = regions("municipality"), _letters(name)
    town = towns["code"].isin(_spellings("regions", "municipality", ("name", "also_called"), _letters).get(typed, {}))
    of_town = table[table["code"].isin(towns.loc[town, "part_of"])]["name"]
    if len(of_town):
        todo = f"write the name of the {kind} that this municipality belongs to"
        raise UnknownNameError(str(kind), name, of_town, todo=todo)
    near = table.loc[[len(typed) > 2 and typed in _letters(each) for each in table["name"]], "name"].unique()
    names = table[["name", "statline_titles"]].agg("|".join, axis=1).str.split("|").explode()
    raise UnknownNameError("region", name, near if len(near) else names.unique())


def region_members(region: str, year: int, *, on_missing: str = "raise") -> pd.DataFrame:
    """List the municipalities of a jeugdregio in one year.

    Parameters
    ----------
    region : str
        Name, title or code of the jeugdregio. Members are known for Haaglanden.
    year : int
        The year, for example 2023.
    on_missing : {"raise", "empty"}
        What to do for a jeugdregio whose members are not known: raise, or give a table without rows.

    Returns
    -------
    pandas.DataFrame
        ``code`` and ``name`` of each municipality.

    Raises
    ------
    UnknownNameError
        When the region is unknown, or when its members are not known for this year.

    Examples
    --------
    >>> len(region_members("Haaglanden", 2023)), len(region_members("Haaglanden", 2024))
    (10, 9)
    """
    check_whole(1, year=year)
    check_known("on_missing", on_missing, ("raise", "empty"))
    code = find_region(region, "jeugdregio")["code"]
    table = regions("municipality")
    first = pd.to_numeric(table["from_year"], errors="coerce")
    last = pd.to_numeric(table["to_year"], errors="coerce").fillna(9999)
    listed = code == "JZ-haaglanden"
    members = table[listed & (table["part_of"] == code) & (first <= year) & (year <= last)]
    if members.empty and (listed or on_missing != "empty"):
        raise UnknownNameError(f"list of members in {year} of jeugdregio", region, ["Haaglanden from 2015"])
    return members[["code", "name"]].reset_index(drop=True)
