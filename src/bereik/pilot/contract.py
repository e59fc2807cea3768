"""The contract of pilot data: which files, which columns, which values; and everything in files that breaks it."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pandas as pd

__all__ = ["pilot_codebook"]

Tables = Mapping[str, pd.DataFrame]
_YES_NO = {"yes": True, "ja": True, "true": True, "1": True, "no": False, "nee": False, "false": False, "0": False}
_TYPES = {
    "text": "text",
    "whole": "a whole number",
    "date": "a date as 2021-11-09",
    "yes_no": "yes or no (ja or nee, true or false, 1 or 0)",
}


class Problem(NamedTuple):
    """Something in one column of one file that breaks the contract."""

    table: str
    column: str
    found: str
    expected: str
    todo: str
    rows: list[int] = []  # noqa: RUF012 - a NamedTuple has no mutable class attribute
    values: list[str] = []  # noqa: RUF012

    def examples(self, most: int = 3) -> str:
        """Name the first rows at fault, with their values where these are no codes of persons."""
        values = [f" ({value!r})" for value in self.values] or [""] * len(self.rows)
        return "; ".join(f"row {row}{value}" for row, value in list(zip(self.rows, values, strict=True))[:most])


@cache
def read_contract() -> dict[str, Any]:
    """Read contract.toml: per file its meaning, its columns and its rules."""
    return tomllib.loads(files("bereik.pilot").joinpath("contract.toml").read_text(encoding="utf-8"))


def pilot_codebook() -> pd.DataFrame:
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
    >>> book = pilot_codebook()
    >>> book.loc[(book["file"] == "answers") & (book["column"] == "answer"), ["type", "allowed"]].values.tolist()
    [['whole', '1 to 5']]
    """
    rows = [
        {
            "file": table, "column": column, "type": rule["type"], "required": "yes" if rule["required"] else "no",
            "allowed": _allowed(rule), "refers_to": rule.get("refers_to", ""), "nl": rule["nl"], "en": rule["en"],
        }
        for table, about in read_contract().items()
        for column, rule in about["columns"].items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def check_tables(raw: Tables) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Give texts their types, and find everything that breaks the contract.

    Parameters
    ----------
    raw : dict of pandas.DataFrame
        Per file a table of texts, an empty cell as "", its index the row in the file.

    Returns
    -------
    dict of pandas.DataFrame and list of Problem
        The tables with the columns of the contract, to be used only when there are no problems; and the problems.

    Examples
    --------
    >>> raw = {"organisations": pd.DataFrame({"organisation": ["A"], "formality": ["half"], "municipality": [""]}, [2])}
    >>> [(problem.column, problem.examples()) for problem in check_tables(raw)[1]]
    [('formality', "row 2 ('half')")]
    """
    tables: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name, about in read_contract().items():
        if name in raw:
            columns = {}
            for column, rule in about["columns"].items():
                columns[column], found = _typed(name, column, rule, raw[name])
                problems += found
            tables[name] = pd.DataFrame(columns, index=raw[name].index)
    for name in tables:
        problems += [*_of_rows(name, tables), *_references(name, tables)]
    return tables, [*problems, *_unrecorded(tables)]


def _allowed(rule: Mapping[str, Any]) -> str:
    if "allowed" in rule:
        return " | ".join(rule["allowed"])
    if "maximum" in rule:
        return f"{rule['minimum']} to {rule['maximum']}"
    return f"{rule['minimum']} or more" if "minimum" in rule else ""


def _typed(name: str, column: str, rule: Mapping[str, Any], raw: pd.DataFrame) -> tuple[pd.Series, list[Problem]]:
    """Give one column its type, and find what is not of that type, not allowed, or empty."""
    if column not in raw:
        todo = "add the column; its meaning is in the codebook beside the templates"
        found = f"there is no column {column!r} among {', '.join(map(repr, raw.columns))}"
        return pd.Series(index=raw.index, dtype="object"), [Problem(name, column, found, f"a column {column!r}", todo)]
    text = raw[column].str.strip()
    empty = text == ""
    values = _converted(text, rule["type"])
    outside = ~empty & values.isna()
    if "allowed" in rule:
        outside |= ~empty & ~text.isin(rule["allowed"])
    if "minimum" in rule:
        outside |= ~empty & ~values.between(rule["minimum"], rule.get("maximum", float("inf"))).fillna(False)
    expected = " ".join(filter(None, [_TYPES[rule["type"]], _allowed(rule)]))
    problems = [
        _problem(name, column, outside, "a value that is not allowed", expected, "correct the value", shown=text),
        _problem(name, column, empty & rule["required"], "an empty cell", expected, "fill it in, or leave out the row"),
    ]
    return values, [problem for problem in problems if problem]


def _converted(text: pd.Series, kind: str) -> pd.Series:
    if kind == "whole":
        numbers = pd.to_numeric(text, errors="coerce")
        return numbers.where(numbers % 1 == 0).astype("Int64")
    if kind == "date":
        return pd.to_datetime(text.str.removesuffix(" 00:00:00"), format="%Y-%m-%d", errors="coerce")
    if kind == "yes_no":
        return text.str.casefold().map(_YES_NO).astype("boolean")
    return text.mask(text == "")


def _problem(
    name: str, column: str, mask: pd.Series, found: str, expected: str, todo: str, *, shown: pd.Series | None = None
) -> Problem | None:
    """Describe the rows where a mask is true; values of a column of persons are never shown."""
    at_fault = mask.fillna(False).astype(bool)
    if not at_fault.any():
        return None
    values = [] if shown is None or column == "participant" else shown[at_fault].astype(str).tolist()
    return Problem(name, column, found, expected, todo, list(at_fault.index[at_fault]), values)


def _of_rows(name: str, tables: Tables) -> Iterator[Problem]:
    """Find what breaks the rules between the columns of one file."""
    about, table = read_contract()[name], tables[name]
    key, steps = about["key"], about.get("in_order", [])
    twice = table.duplicated(key, keep=False) & table[key].notna().all(axis=1)
    masks = [
        (key[-1], twice, f"the same {', '.join(key)} more than once", "each combination once", "leave one of the rows")
    ]
    for i, later in enumerate(steps[1:], start=1):
        wrong = pd.Series(False, index=table.index)
        for earlier in steps[:i]:
            wrong |= table[later].notna() & ~(table[earlier] <= table[later])
        what = f"{later} before, or without, {' or '.join(steps[:i])}"
        masks.append((later, wrong, what, f"dates in the order {', '.join(steps)}", "correct the dates"))
    for column, rule in about["columns"].items():
        if "at_most" in rule:
            most = rule["at_most"]
            masks.append(
                (column, table[column] > table[most], f"more than {most}", f"at most {most}", "correct one of both")
            )
    if name == "ties":
        itself = table["from_organisation"] == table["to_organisation"]
        masks.append(("to_organisation", itself, "a tie to itself", "two organisations", "leave out the row"))
    yield from filter(None, (_problem(name, *mask) for mask in masks))
    for column, needed in about.get("must_hold", {}).items():
        for value in [value for value in needed if value not in set(table[column])]:
            yield Problem(name, column, f"no row with {column} {value!r}", f"rows with {' and '.join(needed)}",
                          f"add the rows of {value!r}, or leave the file out")  # fmt: skip


def _references(name: str, tables: Tables) -> Iterator[Problem]:
    """Find the values that do not occur in the file they refer to."""
    for column, rule in read_contract()[name]["columns"].items():
        other, _, there = rule.get("refers_to", "").partition(".")
        used = tables[name][column]
        if other and used.notna().any():
            known = set(tables[other][there].dropna()) if other in tables else set()
            found = f"a value that is not in {other}" + ("" if other in tables else f" (there is no file {other})")
            yield from filter(None, [
                _problem(name, column, used.notna() & ~used.isin(known), found, f"a {there} of the file {other}",
                         f"correct the value, or add it to {other}", shown=used),
            ])  # fmt: skip


def _unrecorded(tables: Tables) -> Iterator[Problem]:
    """Find the participants whose presence at a meeting of their network is not recorded: absent is not the same."""
    if not {"participants", "meetings", "attendance"} <= set(tables):
        return
    expected = expected_at_meetings(tables["participants"], tables["meetings"])
    recorded = set(zip(tables["attendance"]["meeting"], tables["attendance"]["participant"], strict=True))
    known = [pair in recorded for pair in zip(expected["meeting"], expected["participant"], strict=True)]
    missing = expected[[not one for one in known]]
    if len(missing):
        found = f"no row for {len(missing)} expected participants, first at meeting {missing['meeting'].iloc[0]!r}"
        yield Problem("attendance", "participant", found,
                      "a row for each participant of the network at each of its meetings from joining to leaving",
                      "add rows with attended = no for who was absent")  # fmt: skip


def expected_at_meetings(participants: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Pair each meeting with the members of its network on that date."""
    pairs = meetings[["meeting", "network", "date"]].merge(participants, on="network")
    member = (pairs["joined"] <= pairs["date"]) & ~(pairs["left"] <= pairs["date"])
    return pairs[member].reset_index(drop=True)
