"""The files of texts, one a notebook: which rows a text picks, which of its variants holds, and how it is filled.

A text looks up and compares, and never calculates: what is said stands in a row that an estimator made.
"""

import ast
import operator as op
import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_known
from bereik.codelists import region_members, regions
from bereik.codelists.names import capital, example_origins, format_number, label
from bereik.errors import FigureError
from bereik.plot.marks import name_or_none, school_year

_Values = Mapping[str, Any]
_Text = Mapping[str, Any] | Sequence[Mapping[str, Any]]
_CHOOSE = {"latest": ("period", max), "earliest": ("period", min), "highest": ("value", max), "lowest": ("value", min)}
_COMPARE = {ast.Eq: op.eq, ast.NotEq: op.ne, ast.Lt: op.lt, ast.LtE: op.le, ast.Gt: op.gt, ast.GtE: op.ge}
_NUMBERED = {  # of an example, in this order, so that a number means the same in every table; others after them
    "network": ("accessibility", "tailoring", "governance"),
    "tool": ("explain_system", "support_teams", "start_cooperation", "policy_impulse"),
}
_JOINED = ("youths", "residents", "with", "of")  # labels: whom a group is about, and what follows
_KEPT = {"all networks", "all tools", "rest"}


@cache
def entries() -> dict[str, dict[str, dict[str, Any]]]:
    """Read all files of texts.

    Returns
    -------
    dict
        For ``say``, ``figure`` and ``table``: the entries by key; for ``reading`` and ``method`` those of each notebook, by its
        number.

    Raises
    ------
    FigureError
        When a key does not begin with the name of its file.

    Examples
    --------
    >>> entries()["say"]["02_band"]["who"]
    ['region', 'group']
    """
    texts: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in ("say", "figure", "table", "reading", "method")}
    parts = [part for part in files("bereik.texts").iterdir() if part.name.endswith(".toml")]
    for part in sorted(parts, key=lambda part: part.name):
        number, whole = part.name.removesuffix(".toml"), tomllib.loads(part.read_text(encoding="utf-8"))
        for kind in ("reading", "method"):
            texts[kind] |= {number: whole.pop(kind)} if kind in whole else {}
        for kind, keyed in whole.items():
            for key in keyed:
                if not key.startswith(f"{number}_"):
                    raise FigureError(f"the key {key!r} in {part.name}", f"a key that begins with {number}_", "move it")
            texts[kind] |= keyed
    return texts


def reading(key: str, language: str) -> dict[str, str]:
    """Say how a figure is read and how sure it is: in its own words, in those of its notebook, or in those for any figure.

    Examples
    --------
    >>> reading("11_ties", "en")["sure"]
    'There is no group without the programme to compare with: a change is no effect.'
    """
    said = [entries()["figure"].get(key, {}), entries()["reading"].get(key[:2], {})]
    said.append({part: {language: label(f"{part}_any", language)} for part in ("read", "sure")})
    return {part: next(one[part][language] for one in said if part in one) for part in ("read", "sure")}


def matching(rows: pd.DataFrame, wanted: _Values, values: _Values, where: str) -> pd.DataFrame:
    """Give the rows with these categories, in the order of the table.

    Parameters
    ----------
    rows : pandas.DataFrame
        A result table.
    wanted : mapping
        For each column the value or the list of values that a row must have; ``{name}`` and ``{name.column}`` stand for what
        the call gave or an earlier pick found. ``latest``, ``earliest``, ``highest`` or ``lowest`` (true) keep the rows with
        the last or first ``period``, or the one row with the largest or smallest ``value`` that is shown; ``when`` those for
        which a condition on ``row`` holds (see `holds`).
    values : mapping
        What the placeholders stand for.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    pandas.DataFrame
        The rows.

    Raises
    ------
    UnknownNameError
        When the table has no such column.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["Delft", "Delft"], "period": ["2022", "2023"], "value": [9.0, 8.0]})
    >>> matching(table, {"region": "{place}", "latest": True}, {"place": "Delft"}, "")["value"].tolist()
    [8.0]
    """
    keep = np.full(len(rows), fill_value=True)
    for column, value in wanted.items():
        if column in _CHOOSE or column in ("optional", "when"):
            continue
        check_known("column", column, rows.columns, where)
        asked = [filled(one, values, where) for one in (value if isinstance(value, list) else [value])]
        column_values = rows[column].astype("str") if all(isinstance(one, str) for one in asked) else rows[column]
        keep &= column_values.isin(asked).to_numpy()
    rows = rows[keep]
    if "when" in wanted:
        rows = rows.loc[[holds(wanted["when"], {**values, "row": row}, where) for row in rows.to_dict("records")]]
    for name, (column, best) in _CHOOSE.items():
        if wanted.get(name) and len(rows):
            shown = rows[(rows["status"] == "shown") & rows["value"].notna()] if column == "value" else rows
            if len(shown):  # when all are hidden, one of these
                of = shown["value"] if column == "value" else shown["period"].astype("str")
                rows = shown[of == best(of)]
            rows = rows.head(1) if column == "value" else rows
    return rows


def pick_row(rows: pd.DataFrame, wanted: _Values, values: _Values, where: str) -> dict[str, Any] | None:
    """Give the one row with these categories, by column; None when there is none and the pick says ``optional = true``.

    Parameters are those of `matching`; no row, or more than one, is a FigureError.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["Delft", "Westland"], "value": [9.0, 8.0]})
    >>> pick_row(table, {}, {}, "the text 01_use")
    Traceback (most recent call last):
    bereik.errors.FigureError: 2 rows with the categories {} for the text 01_use. Expected: one row. To do: name more columns in
    the pick, or give the table that has the row.
    """
    optional = wanted.get("optional", False)
    if optional and not set(wanted) - set(_CHOOSE) - {"optional"} <= set(rows.columns):
        return None
    chosen = matching(rows, wanted, values, where)
    if chosen.empty and optional:
        return None
    if len(chosen) != 1:
        asked = {column: filled(value, values, where) for column, value in wanted.items() if column != "optional"}
        count = f"{len(chosen) or 'no'} rows with the categories {asked} for {where}"
        raise FigureError(count, "one row", "name more columns in the pick, or give the table that has the row")
    return {str(column): value for column, value in chosen.iloc[0].items()}


def look_up(path: str, values: Mapping[str, Any], where: str) -> Any:
    """Give what a placeholder stands for: ``name``, or ``name.column`` of a row; None where an optional row is not there."""
    name, _, column = path.partition(".")
    check_known("placeholder", name, values, where)
    row = values[name]
    if not column or row is None:
        return row
    columns = row if isinstance(row, Mapping) else {}
    check_known("column", column, columns, where=f"the row {name!r} of {where}")
    return columns[column]


def filled(value: Any, values: Mapping[str, Any], where: str) -> Any:
    """Put codes in the placeholders of a category, or of the options of a chart."""
    if isinstance(value, dict):
        return {name: filled(part, values, where) for name, part in value.items()}
    if not isinstance(value, str):
        return value
    return re.sub(r"\{([\w.]+)\}", lambda path: str(look_up(path[1], values, where)), value)


def variant(text: _Text, values: _Values, where: str) -> Mapping[str, str]:
    """Choose the first variant of a text whose condition holds; the last one needs no condition.

    A text is a mapping of ``nl`` and ``en``, or a list of these, each with ``when`` (see `holds`) but for the last one.

    Examples
    --------
    >>> variant([{"when": "use.value > 1", "en": "more"}, {"en": "less"}], {"use": {"value": 2}}, "")["en"]
    'more'
    """
    for one in [text] if isinstance(text, Mapping) else text:
        if "when" not in one or holds(one["when"], values, where):
            return one
    raise FigureError(f"no variant of {where} holds", "a last variant without a condition", "add it")


def holds(when: str, values: Mapping[str, Any], where: str) -> bool:
    """Decide whether a condition is true: comparisons of rows, numbers and text, joined by and, or.

    Parameters
    ----------
    when : str
        For example ``ratio.lower > 1 and band``; a name alone says that the row is there and shown, or that a column of it is
        not empty. A comparison with a missing value is false.
    values : mapping
        What the call gave (text), and the rows that were picked (by column).
    where : str
        Which text this is, for the messages.

    Returns
    -------
    bool
        Whether it holds.

    Raises
    ------
    FigureError
        When it is anything else than such a comparison.

    Examples
    --------
    >>> holds("use.lower > 1 or use.upper < 1", {"use": {"lower": 0.8, "upper": 0.9}}, "")
    True
    >>> holds("use.lower + 1", {}, "01_use")
    Traceback (most recent call last):
    bereik.errors.FigureError: The condition 'use.lower + 1' of 01_use. Expected: comparisons such as ratio.lower > 1, with and,
    or. To do: let an estimator make the row that is compared.
    """
    try:
        return _true(ast.parse(when, mode="eval").body, values, where)
    except SyntaxError:
        fault, expected = f"the condition {when!r} of {where}", "comparisons such as ratio.lower > 1, with and, or"
        raise FigureError(fault, expected, "let an estimator make the row that is compared") from None


def _true(node: ast.expr, values: Mapping[str, Any], where: str) -> bool:
    match node:
        case ast.BoolOp(op=joined, values=parts):
            truths = (_true(part, values, where) for part in parts)
            return all(truths) if isinstance(joined, ast.And) else any(truths)
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARE:
            pair = _value(left, values, where), _value(right, values, where)
            return not any(pd.isna(one) for one in pair) and bool(_COMPARE[type(sign)](*pair))
        case ast.Name() | ast.Attribute():
            there = _value(node, values, where)
            if isinstance(there, Mapping):
                return there.get("status", "shown") == "shown"
            return there is not None and there != "" and not pd.isna(there)
    raise SyntaxError("no comparison")


def _value(node: ast.expr, values: Mapping[str, Any], where: str) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name() | ast.Attribute():
            return look_up(ast.unparse(node), values, where)
    raise SyntaxError("neither a number nor a name")


def fill(template: str, values: Mapping[str, Any], language: str, where: str) -> str:
    """Fill the placeholders of a text.

    Parameters
    ----------
    template : str
        ``{use.value:.1f}`` is a number with one decimal, ``{use.value:+.1f}`` always with its sign, ``{use.value:|.1f}`` never,
        ``{use.value:.0%}`` a share in per cent; ``{group:persons}`` is *jongeren met een ...*, ``{group:background}`` the same
        without *jongeren met*, ``{group:residents}`` *inwoners met een ...*, ``{form:short}`` a short name,
        ``{form:sentence}`` a capital, ``{first.period:years}`` a school year or a half-year as people write it,
        ``{row.period:year}`` the year of a day; a bare code is its name.
    values : mapping
        What the placeholders stand for.
    language : {"nl", "en"}
        The language of names and numbers.
    where : str
        Which text this is, for the messages.

    Returns
    -------
    str
        The text.

    Raises
    ------
    FigureError
        When a number has no decimals stated.
    UnknownNameError
        When a placeholder stands for nothing.

    Examples
    --------
    >>> fill("{use.value:.1f}% in {place}", {"use": {"value": 11.44}, "place": "'s-Gravenhage"}, "en", "")
    '11.4% in The Hague'
    >>> fill("{tip.value:|.0%} {tip.side}", {"tip": {"value": -0.138, "side": "too high"}}, "nl", "")
    '14% te hoog'
    """
    return _Filler(language, where).vformat(template, (), values)


class _Filler(string.Formatter):
    """Looks placeholders up, and writes a code by its name, a number as the language does, a missing one in words."""

    def __init__(self, language: str, where: str) -> None:
        self.language, self.where = language, where

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return look_up(field_name, kwargs, self.where), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return self._name(value, format_spec)
        if isinstance(value, int) and not isinstance(value, bool) and not format_spec:
            return str(value)
        spec = re.fullmatch(r"([+|]?)\.(\d+)([f%])", format_spec)
        if spec is None:
            wrong = f"the number {value!r} with the format {format_spec!r} in {self.where}"
            raise FigureError(wrong, "a number of decimals, such as {ratio.value:.2f}", "state them in bereik/texts")
        sign, decimals, kind = spec.groups()
        missing = value is None or pd.isna(value)
        number = None if missing else (abs(value) if sign == "|" else value) * (100 if kind == "%" else 1)
        written = format_number(number, self.language, int(decimals), signed=sign == "+")
        return f"{written}%" if kind == "%" and not missing else written

    def _name(self, value: str, spec: str) -> str:
        if spec == "year":
            return value[:4]
        if spec == "years" and value[4:] in ("H1", "H2"):
            return label(f"half_year_{value[5]}", self.language).format(year=value[:4])
        if spec == "years":
            return school_year(value)
        if spec in ("persons", "background", "residents"):
            return self._group(label(value, self.language, persons=True), spec)
        name = name_or_none(value, self.language, short=spec == "short") or value
        return capital(name) if spec == "sentence" else name

    def _group(self, persons: str, spec: str) -> str:
        youths, residents, *joined = (label(f"{one}_word", self.language) for one in _JOINED)
        if spec != "background":
            return persons.replace(youths, residents, 1) if spec == "residents" else persons
        return re.sub(rf"^{youths} ({'|'.join(joined)}) ", "", persons)


def for_example(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table of made-up data the codes of an example, so that no number stands beside a real group or place.

    Parameters
    ----------
    table : pandas.DataFrame
        A result table; the columns ``origin``, ``relative_to``, ``region``, ``municipality``, ``network`` and ``tool`` change.

    Returns
    -------
    pandas.DataFrame
        Reference group and groups A to F in the order of the term list; municipalities, networks and tools are numbered, the
        same in every table; any other table as it is. The data themselves keep their codes, so that own data take their place.

    Examples
    --------
    >>> made = pd.DataFrame({"origin": ["nederlands", "marokko"], "municipality": ["Rijswijk", "Delft"], "synthetic": True})
    >>> for_example(made)[["origin", "municipality"]].to_numpy().tolist()
    [['example_reference', 'example_municipality_6'], ['example_c', 'example_municipality_2']]
    """
    if "synthetic" not in table or not table["synthetic"].eq(True).any():
        return table
    table = table.copy()
    if "region" in table:
        real = table["region"].isin(regions().query("kind != 'country'")["name"])
        table["region"] = table["region"].astype("str").mask(real, "example_region").where(table["region"].notna())
    renamed = dict.fromkeys(("origin", "relative_to"), example_origins())
    for column, first in (_NUMBERED | {"municipality": sorted(region_members("Haaglanden", 2017)["name"])}).items():
        if column in table:
            names = dict.fromkeys([*first, *sorted({*table[column].dropna().astype(str)} - _KEPT)])
            renamed[column] = {name: f"example_{column}_{at}" for at, name in enumerate(names, 1)}
    for column in table.columns.intersection([*renamed]):
        categorical = isinstance(table[column].dtype, pd.CategoricalDtype)  # keeps the declared order
        rename = table[column].cat.rename_categories if categorical else table[column].replace
        table[column] = rename(renamed[column])
    return table


def who_of_example(who: Mapping[str, str]) -> dict[str, str]:
    """Give the codes of a call about made-up data in the names of the example: those of origins, and ``region``, change.

    Examples
    --------
    >>> who_of_example({"group": "marokko", "region": "Haaglanden", "form": "probation"})
    {'group': 'example_c', 'region': 'example_region', 'form': 'probation'}
    """
    origins = example_origins()
    return {name: "example_region" if name == "region" else origins.get(code, code) for name, code in who.items()}
