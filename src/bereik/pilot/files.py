"""The tables of a pilot (*leernetwerken*): the contract they keep, how their files are read and checked, and published facts."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import plain, require_frame, values_of
from bereik.data.files import read_delimited
from bereik.errors import BereikError, InvalidTableError, SourceFileError, UnknownNameError
from bereik.paths import persons_read
from bereik.rates.results import check_known
from bereik.tables import INDIVIDUAL, check_provenance, one_value, require_columns

Tables = Mapping[str, pd.DataFrame]
CONTRACT: dict[str, Any] = tomllib.loads(files("bereik.pilot").joinpath("contract.toml").read_text(encoding="utf-8"))
_YES_NO = dict.fromkeys(["yes", "ja", "true", "waar", "1"], True)
_YES_NO |= dict.fromkeys(["no", "nee", "false", "onwaar", "0"], False)
_TYPES = {"text": "text", "whole": "a whole number", "date": "a date as 2021-11-09", "yes_no": "yes or no (ja or nee)"}


class Pilot(NamedTuple):
    """The tables of a pilot, one field per file of the contract; a file that was not there is a table without rows."""

    participants: pd.DataFrame
    organisations: pd.DataFrame
    meetings: pd.DataFrame
    attendance: pd.DataFrame
    answers: pd.DataFrame
    tools: pd.DataFrame
    signals: pd.DataFrame
    ties: pd.DataFrame


class Problem(NamedTuple):
    """Something in one column of one file that breaks the contract, at how many rows, and the first of these."""

    table: str
    column: str
    fault: str
    expected: str
    todo: str
    rows: int = 0
    examples: str = ""

    def at(self, mask: pd.Series, values: pd.Series | None = None) -> "Iterator[Problem]":
        """Give the problem at the rows where a mask is true, if any; values of a column of persons are never told."""
        rows = mask.index[mask.fillna(False).astype("bool")]
        told = {} if values is None or self.column == "participant" else values[rows].to_dict()
        examples = [f"row {row} ({str(told[row])!r})" if told else f"row {row}" for row in rows[:3]]
        if len(rows):
            yield self._replace(rows=len(rows), examples="; ".join(examples))


def read_pilot(folder: Path | str) -> Pilot:
    """Read the files of a pilot: who took part, when they met, what they answered, what became of tools and signals.

    Parameters
    ----------
    folder : path
        A folder with files in the form of data/templates/pilot: ``participants`` (or only ``ties`` between
        ``organisations``) and, as far as there are, ``organisations``, ``meetings``, ``attendance``, ``answers``, ``tools``,
        ``signals`` and ``ties``; each .csv (UTF-8) or .xlsx.

    Returns
    -------
    Pilot
        One pandas table per file, with the columns of `codebook`, then ``synthetic`` and ``source``.

    Raises
    ------
    InvalidTableError
        When something breaks the contract: names the file, row and column of the first problem, and how many more there are.
    SourceFileError
        When the folder or a file cannot be read.
    UnknownNameError
        When the folder has a file that is none of the contract.

    Notes
    -----
    Rows are counted as in a spreadsheet: the header is row 1. A file may have the columns ``synthetic`` (yes or no) and
    ``source`` itself, as those of a `Pilot` have them; the source of real rows says that they are individual data.

    Examples
    --------
    >>> import tempfile
    >>> from bereik.pilot import example_pilot
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, table in example_pilot()._asdict().items():
    ...     table.to_csv(folder / f"{name}.csv", index=False)
    >>> pilot = read_pilot(folder)
    >>> len(pilot.participants), pilot.answers["synthetic"].unique().tolist()
    (34, [True])
    """
    persons_read()
    raw, names = _read_folder(folder)
    tables, problems = check_tables(raw)
    if problems:
        more = f" (and {len(problems) - 1} more; `bereik check` lists them all)" if len(problems) > 1 else ""
        raise _error(problems[0], names[problems[0].table], more)
    return Pilot(**no_rows() | {name: _with_source(tables[name], raw[name], names[name]) for name in tables})


def check_pilot(folder: Path | str) -> pd.DataFrame:
    """List everything in the files of a pilot folder that breaks the contract.

    Parameters
    ----------
    folder : path
        The folder, see `read_pilot`.

    Returns
    -------
    pandas.DataFrame
        One row per problem: ``column`` (file and column), ``problem`` (what was found and what was expected), ``rows`` (how
        many; 0 when it is not about rows), ``examples`` (first rows, the header being row 1; codes of persons are not
        shown), ``todo``. No rows when all is well.

    Raises
    ------
    SourceFileError, UnknownNameError
        When the folder or a file cannot be read, or a file has another name.
    """
    raw, names = _read_folder(folder)
    table = pd.DataFrame(check_tables(raw)[1], columns=Problem._fields)
    column = table["table"].map(names) + ": " + table["column"]
    problem = table["fault"] + "; expected: " + table["expected"]
    return table.assign(column=column, problem=problem)[["column", "problem", "rows", "examples", "todo"]]


def codebook() -> pd.DataFrame:
    """List every column of the files of a pilot folder (*codeboek*), with its type and meaning.

    Returns
    -------
    pandas.DataFrame
        One row per column: ``file`` (name without ending), ``column``, ``type`` (text, whole, date, yes_no), ``required``
        (no: a cell may be empty), ``allowed`` (values or limits), ``refers_to`` (file.column that must hold the value),
        ``nl`` and ``en`` (meaning).

    Notes
    -----
    The contract is bereik's own; no questionnaire or attendance list of the pilot was published.

    Examples
    --------
    >>> book = codebook()
    >>> book.loc[(book["file"] == "answers") & (book["column"] == "answer"), ["type", "allowed"]].values.tolist()
    [['whole', '1 to 5']]
    """
    rules = {(name, column): rule for name, one in CONTRACT.items() for column, rule in one["columns"].items()}
    rows = [{"file": file, "column": name, **rule, "allowed": _allowed(rule)} for (file, name), rule in rules.items()]
    table = pd.DataFrame(rows).fillna({"refers_to": ""})
    table["required"] = table["required"].map({True: "yes", False: "no"})
    return table[["file", "column", "type", "required", "allowed", "refers_to", "nl", "en"]]


def published_facts(programme: str | None = None) -> pd.DataFrame:
    """List what was published about the pilot in Haaglanden (2020-2021) and three programmes beside it; real, with sources.

    Parameters
    ----------
    programme : {"pilot", "diversiteit_in_transformatie", "diversiteit_in_de_wijk", "lerend_transformeren"}, optional
        The pilot *Samen versterken van diversiteitsensitieve jeugdhulp*, or one programme; all four when not given.

    Returns
    -------
    pandas.DataFrame
        ``programme``, ``topic`` (step, timeline, plan, partner_kind, tool; question, region, activity, attendance, goal,
        finding), ``code``, ``state`` (planned, done, published, never_published), ``region`` and ``audience`` (of an
        activity; empty elsewhere), ``from`` and ``to`` (date, month or year, as exact as published; empty where none is),
        ``lowest`` and ``highest`` (numbers), ``nl`` and ``en`` (the fact in words), ``source``, ``address``, ``seen`` (the
        date on which the text was read, in a stored copy; empty where that was not noted) and ``synthetic`` (False).

    Raises
    ------
    UnknownNameError
        When there are no facts of this programme.

    Notes
    -----
    Each fact has the text that it was read in. *Planned* is what a text announces, *done* what a text tells as done,
    *published* what can be read; *never published* is what none of the texts has, and no text says so itself. "More than
    120" at the session is a lowest number of 121 without a highest. ``audience`` is our reading of the words of the report
    (the chapter of a textbook counts as higher education); an activity for two audiences has two rows.

    Examples
    --------
    >>> facts = published_facts("pilot").query("topic == 'plan'")
    >>> facts[["code", "lowest", "highest"]].values.tolist()
    [['accessibility', 10, 12], ['tailoring', 10, 12]]
    """
    with files("bereik.pilot").joinpath("facts.csv").open(encoding="utf-8") as file:
        facts = pd.read_csv(file, dtype="str", keep_default_na=False, na_values={"lowest": "", "highest": ""})
    facts = facts.astype({"lowest": "Int64", "highest": "Int64"})
    facts["synthetic"] = False
    if programme is None:
        return facts
    check_known("programme", programme, facts["programme"].unique().tolist())
    return facts[facts["programme"] == programme].reset_index(drop=True)


def checked(pilot: Pilot, **needed: str) -> Pilot:
    """Give a pilot whose named tables have rows, these columns, and keep the contract, also when it was put together by hand."""
    if not isinstance(pilot, Pilot):
        todo = "give what `read_pilot` gives, or `example_pilot()._replace(...)` with tables of your own"
        raise BereikError(f"a {type(pilot).__name__} for a pilot", "the tables of `read_pilot`", todo)
    columns = {name: [*CONTRACT[name]["key"], *more.split()] for name, more in needed.items()}
    return pilot._replace(**checked_tables({name: getattr(pilot, name) for name in needed}, columns))


def checked_tables(given: Tables, needed: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """Give tables their types, or raise for the first thing that breaks the contract; its lists of names do not bind here."""
    raw, marks = {}, ["synthetic", "source"]
    for name, table in given.items():
        where = f"the table {name}"
        require_frame(table, where=where)
        if table.empty:
            raise BereikError(f"the pilot data have no {name}", f"a table {name} with rows", "see codebook()")
        require_columns(table, [*needed[name], *marks], where=where)
        check_provenance(table, where=where)
        raw[name] = _as_texts(table.filter([*CONTRACT[name]["columns"], *marks]), where)
    one_value(pd.concat([table[marks] for table in given.values()]), "synthetic", where="the pilot data")
    tables = {name: _typed(name, table, free=True) for name, table in raw.items()}
    for problem in _problems(raw, tables, free=True):
        raise _error(problem, f"the table {problem.table}")
    return {name: _with_source(table, raw[name], name) for name, table in tables.items()}


def _as_texts(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Give a table made by hand as texts, as a file has them; what is no word, number, date or yes or no is refused."""
    for column in table:
        kinds = {type(value) for value in values_of(table, str(column), where=where) if not pd.isna(value)}
        if strange := [kind.__name__ for kind in kinds if not issubclass(kind, str | Real | date | np.bool_)]:
            expected = "words, numbers, dates, or True and False"
            raise InvalidTableError(f"{where} has {strange[0]} in {column!r}", expected, "correct the column")
    texts = table.reset_index(drop=True).astype("object")
    return texts.where(texts.notna(), "").astype("str")


def _error(problem: Problem, table: str, more: str = "") -> InvalidTableError:
    place = ", ".join(filter(None, [table, f"column {problem.column}", problem.examples]))
    return InvalidTableError(f"{place}: {problem.fault}{more}", problem.expected, problem.todo)


@cache
def no_rows() -> dict[str, pd.DataFrame]:
    """Make each table of a pilot without rows, its columns of the right types."""
    marks = {"synthetic": pd.Series(dtype="bool"), "source": pd.Series(dtype="str")}
    return {name: _typed(name, pd.DataFrame(dtype="str")).assign(**marks) for name in CONTRACT}


def expected_at_meetings(participants: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Pair each meeting with the members of its network on that date."""
    pairs = meetings[["meeting", "network", "date"]].merge(participants, on="network")
    member = (pairs["joined"] <= pairs["date"]) & ~(pairs["left"] <= pairs["date"])
    return pairs[member].reset_index(drop=True)


def check_tables(raw: Tables) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Give texts (per file a table whose index is the row in it) their types, and list what breaks the contract."""
    tables = {name: _typed(name, raw[name]) for name in CONTRACT if name in raw}
    problems = [*_problems(raw, tables)]
    if not {"participants", "ties"} & set(tables):  # ties between organisations need no participants
        fault, todo = "there are no participants", "fill in the template of data/templates/pilot"
        problems.insert(0, Problem("participants", "participant", fault, "a file participants with rows", todo))
    return tables, problems


def _problems(raw: Tables, tables: Tables, *, free: bool = False) -> Iterator[Problem]:
    """List what breaks the contract; of tables made by hand (free) only the columns that are there, and any names."""
    for name, table in tables.items():
        yield from _cells(name, raw[name], table, free)
    for name, table in tables.items():
        yield from _between_columns(name, table, free)
        yield from _references(name, tables, free)
    yield from _attendance(tables)


def _typed(name: str, raw: pd.DataFrame, *, free: bool = False) -> pd.DataFrame:
    """Give each column of the contract its type; what is empty or not allowed becomes missing, names only when not free."""
    rules = CONTRACT[name]["columns"]
    texts = raw.reindex(columns=list(rules), fill_value="").astype("str")
    return pd.DataFrame({column: _converted(texts[column].str.strip(), rule, free) for column, rule in rules.items()})


def _converted(text: pd.Series, rule: Mapping[str, Any], free: bool = False) -> pd.Series:
    if rule["type"] == "whole":
        numbers = pd.to_numeric(text, errors="coerce")
        allowed = numbers.between(rule["minimum"], rule.get("maximum", np.inf)) & (numbers % 1 == 0)
        return numbers.where(allowed).astype("Int64")
    if rule["type"] == "date":
        return pd.to_datetime(text.str.removesuffix(" 00:00:00"), format="%Y-%m-%d", errors="coerce")
    if rule["type"] == "yes_no":
        return text.str.casefold().map(_YES_NO).astype("boolean")
    return text.where(text.isin(rule["allowed"]) if "allowed" in rule and not free else text != "")


def _allowed(rule: Mapping[str, Any]) -> str:
    if "allowed" in rule:
        return " | ".join(rule["allowed"])
    if "maximum" in rule:
        return f"{rule['minimum']} to {rule['maximum']}"
    return f"{rule['minimum']} or more" if "minimum" in rule else ""


def _cells(name: str, raw: pd.DataFrame, table: pd.DataFrame, free: bool) -> Iterator[Problem]:
    """List the columns that are absent, and the cells that are not of their type, not allowed, or empty."""
    marks = {"synthetic": {"type": "yes_no", "required": True}, "source": {"type": "text", "required": True}}
    rules = CONTRACT[name]["columns"] | {column: rule for column, rule in marks.items() if column in raw}
    for column, rule in rules.items():
        expected = f"{_TYPES[rule['type']]} {_allowed(rule)}".strip()
        if column in raw:
            text = raw[column].str.strip()
            typed = table[column] if column in table else _converted(text, rule)
            wrong = Problem(name, column, "a value that is not allowed", expected, "correct the value")
            yield from wrong.at((text != "") & typed.isna(), text)
            empty = wrong._replace(fault="an empty cell", todo="fill it in, or leave out the row")
            needed = not free or column in marks or column in CONTRACT[name]["key"]
            yield from empty.at((text == "") & rule["required"] & needed)
        elif not free:
            fault = f"there is no column {column!r} among {', '.join(map(repr, raw.columns))}"
            yield Problem(name, column, fault, expected, "add the column, see the codebook beside the templates")


def _between_columns(name: str, table: pd.DataFrame, free: bool) -> Iterator[Problem]:
    """List what breaks the rules between the columns and rows of one file."""
    contract = CONTRACT[name]
    key, steps = contract["key"], contract.get("in_order", [])
    steps = [step for step in steps if not free or table[step].notna().any()]
    twice = table.duplicated(key, keep=False) & table[key].notna().all(axis=1)
    fault = f"the same {', '.join(key)} more than once"
    yield from Problem(name, key[-1], fault, "each combination once", "leave one of the rows").at(twice)
    for place, later in enumerate(steps[1:], start=1):
        in_time = pd.concat([table[earlier] <= table[later] for earlier in steps[:place]], axis=1).all(axis=1)
        fault = f"{later} before, or without, {' or '.join(steps[:place])}"
        order = Problem(name, later, fault, f"dates in the order {', '.join(steps)}", "correct the dates")
        yield from order.at(table[later].notna() & ~in_time)
    for column, rule in contract["columns"].items():
        if rule["type"] == "text" and "allowed" not in rule and column != "participant":
            yield from _alike(name, table[column])
        if "at_most" in rule:
            most = rule["at_most"]
            more = Problem(name, column, f"more than {most}", f"at most {most}", "correct one of both")
            yield from more.at(table[column] > table[most])
    if name == "ties":
        itself = Problem(name, key[1], "a tie to itself", "two organisations", "leave out the row")
        yield from itself.at(table[key[0]] == table[key[1]])
    for column, needed in ({} if free else contract.get("must_hold", {})).items():
        for value in [value for value in needed if value not in set(table[column])]:
            todo = f"add the rows of {value!r}, or leave the file out"
            yield Problem(name, column, f"no row with {column} {value!r}", f"rows with {' and '.join(needed)}", todo)


def _alike(name: str, names: pd.Series) -> Iterator[Problem]:
    """List the rows of two names that look the same: they would be two networks, or two organisations."""
    spelt = names.dropna().drop_duplicates()
    alike = spelt.groupby(spelt.map(plain)).transform("size") > 1
    twins = spelt[spelt.map(plain) == plain(next(iter(spelt[alike]), ""))]
    fault = f"one name in two spellings (capitals, blanks or kind of accent): {' and '.join(map(repr, twins))}"
    todo = "write it the same everywhere; give two that are not the same other names"
    yield from Problem(name, str(names.name), fault, "one spelling for each name", todo).at(names.isin(twins))


def _references(name: str, tables: Tables, free: bool) -> Iterator[Problem]:
    """List the values that do not occur in the file they refer to; in tables made by hand those that are given."""
    for column, rule in CONTRACT[name]["columns"].items():
        other, _, there = rule.get("refers_to", "").partition(".")
        if other and (other in tables or not free):
            values = tables[name][column]
            fault = f"a value that is not in {other}" + ("" if other in tables else f" (there is no file {other})")
            todo = f"correct the value, or add it to {other}"
            strange = values.notna() & ~values.isin(tables[other][there] if other in tables else [])
            yield from Problem(name, column, fault, f"a {there} of the file {other}", todo).at(strange, values)


def _attendance(tables: Tables) -> Iterator[Problem]:
    """List who is recorded at a meeting without being expected there, and who was expected and not recorded."""
    if not {"participants", "meetings", "attendance"} <= set(tables):
        return
    people, meetings, rows = tables["participants"], tables["meetings"], tables["attendance"]
    whose = rows.assign(row=rows.index).merge(meetings, on="meeting")
    whose = whose.merge(people, on="participant", suffixes=("", "_own"))
    away = (whose["date"] < whose["joined"]) | (whose["date"] > whose["left"])
    strange = (whose["network"] != whose["network_own"]) | away
    fault = "a meeting of another network, or before the participant joined or after who left"
    todo = "correct the meeting, or joined and left of the participant; leave out the rows of guests"
    at = rows.index.to_series().isin(whose.loc[strange, "row"])
    yield from Problem("attendance", "meeting", fault, "a meeting at which the participant was expected", todo).at(at)
    expected = expected_at_meetings(people, meetings)
    expected = expected.merge(rows, on=["meeting", "participant"], how="left", indicator="recorded")
    missing = expected[expected["recorded"] == "left_only"]
    if len(missing):
        fault = f"no row for {len(missing)} expected participants, first at meeting {missing['meeting'].iloc[0]!r}"
        needed = "a row for each participant of the network at each of its meetings from joining to leaving"
        yield Problem("attendance", "participant", fault, needed, "add rows with attended = no for who was absent")


def _read_folder(given: Path | str) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Read the files that have rows, and name the file of each table, also of one that is not there."""
    folder = Path(given) if isinstance(given, str | Path) else None
    if folder is None or not os.path.isdir(folder):  # a name that is too long is no folder either
        named = repr(folder.name[:80]) if folder else repr(given)
        raise SourceFileError(f"there is no folder {named}", "a folder with pilot files", "check the path")
    paths: dict[str, Path] = {}
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.xlsx")]):
        if path.stem not in [*CONTRACT, "codebook"]:
            todo = "rename the file as in data/templates/pilot, or move it to another folder"
            raise UnknownNameError("pilot file", path.stem, CONTRACT, todo=todo)
        if path.stem in paths:
            fault = f"{paths[path.stem].name} and {path.name} are the same table"
            raise SourceFileError(fault, "one file for each table", "leave one of them")
        paths[path.stem] = path
    raw = {name: _read(path) for name, path in paths.items() if name in CONTRACT}
    names = {name: paths[name].name if name in paths else f"{name}.csv" for name in CONTRACT}
    return {name: table for name, table in raw.items() if len(table)}, names


def _read(path: Path) -> pd.DataFrame:
    """Read one file as texts, its index the row in the file; a file with a header only has no rows."""
    if path.suffix == ".csv":
        only_header = len(path.read_bytes().strip().splitlines()) == 1
        table = pd.DataFrame() if only_header else read_delimited(path, allow_incomplete=True)
    else:
        try:
            table = pd.read_excel(path, dtype=str, keep_default_na=False)
        except Exception as error:
            raise SourceFileError(f"{path.name} cannot be read: {error}", "a whole file", "save it again") from error
        table.index = pd.RangeIndex(2, len(table) + 2)
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise SourceFileError(f"{path.name} has column {twice[0]!r} twice", "each column once", "leave one of them")
    return table


def _with_source(table: pd.DataFrame, raw: pd.DataFrame, name: str) -> pd.DataFrame:
    """Add where a table comes from: what it says itself, or the name of the file; real rows are individual data."""
    absent = {"synthetic": "no", "source": name}
    marks = raw.assign(**{column: value for column, value in absent.items() if column not in raw})
    synthetic = marks["synthetic"].str.strip().str.casefold().map(_YES_NO).eq(True)
    stated = synthetic | marks["source"].str.startswith(INDIVIDUAL)
    source = marks["source"].where(stated, INDIVIDUAL + marks["source"])
    return table.assign(synthetic=synthetic, source=source).reset_index(drop=True)
