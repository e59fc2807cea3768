"""The result table, what every estimator gives; checks of tables; and how a table is written, the same on every machine.

A result table has category columns, then always the columns of `RESULT_COLUMNS`. A hidden value is missing, never 0.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bereik.categories import check_known, check_names, require_frame, values_of
from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError, example_rows
from bereik.transaction import write_whole

STATUSES = ("shown", "hidden", "not_published", "undefined", "no_population")
HIDDEN = ("hidden", "not_published")
MIN_CELL_COUNT = 10  # fewer youths, users or non-users of persons are shown nowhere, see bereik.suppress
INDIVIDUAL = "individual data: "  # how the source of anything made of persons begins
FIGURES = ("value", "lower", "upper", "lower_rounding", "upper_rounding")
PROVENANCE = ("status", "synthetic", "source")
_NUMBERS = (*FIGURES, "confidence", "numerator", "denominator")
RESULT_COLUMNS = ("measure", *_NUMBERS, "per", "relative_to", "standard", "method", *PROVENANCE)
_DIGITS, _NOISE = 10, 1e-12  # the digits that a result keeps; what is smaller is noise
_DIGITS_IN_FILES, _DECIMALS_IN_FILES = 7, 9
_UNWRITABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA, _NUMBER = "=+-@\t\r", re.compile(r"[+-]?[0-9.,]+(e[+-]?[0-9]+)?%?")
_LARGEST = 2**53  # above it a floating-point number is no longer a count of its own


def result_table(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give results their fixed columns, and check that none is hidden and yet has a value.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns of `by`, ``measure``, ``value``, ``status``, ``synthetic`` and ``source``; other columns of the
        contract that are absent become missing.
    by : list of str
        The category columns, which come first.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of `RESULT_COLUMNS`: ``measure`` (name of the estimand), ``value``, ``lower`` and
        ``upper`` (interval), ``lower_rounding`` and ``upper_rounding`` (what rounding of the counts allows),
        ``confidence`` (0.95), ``numerator``, ``denominator``, ``per`` (the unit in words), ``relative_to`` (reference
        group), ``standard``, ``method``, ``status``, ``synthetic``, ``source``.

    Raises
    ------
    MissingColumnError
        When a required column is absent.
    InvalidTableError
        When a source is missing, `synthetic` is not True or False, a row that is not shown has a value, one that is shown has
        none or an infinite one, or a lower limit is above the upper one.
    UnknownNameError
        When a status is unknown.
    IncomparableError
        When real and made-up rows are mixed.

    Notes
    -----
    Limits of a difference of rates that lie beyond what is possible (-100 and 100 per 100 youths) are cut there, and
    ``method`` says so.

    Examples
    --------
    >>> frame = pd.DataFrame({"origin": ["a"], "measure": ["use_rate"], "value": [20.0], "status": ["shown"],
    ...                       "synthetic": [True], "source": ["made up"]})
    >>> result_table(frame, ["origin"]).columns[:4].tolist()
    ['origin', 'measure', 'value', 'lower']
    """
    require_columns(frame, [*by, "measure", "value", *PROVENANCE], where="the results")
    check_figures(frame, (), where="the results")
    table = frame.reindex(columns=[*by, *RESULT_COLUMNS]).astype(dict.fromkeys(_NUMBERS, "float64"))
    return _within_the_possible(table.reset_index(drop=True))


def check_figures(table: pd.DataFrame, by: Sequence[str], *, where: str) -> None:
    """Raise when results have an unknown status or source, no value where one is shown, or limits that are no interval."""
    check_statuses(table)
    if len(table):
        check_provenance(table, where=where)
    for name in by:
        check_names(table, name)
    figures = [name for name in FIGURES if name in table]
    require_numbers(table, [name for name in _NUMBERS if name in table])
    shown = table["status"] == "shown"
    faults = {
        "a value in a row that is not shown": ~shown & table[figures].notna().any(axis=1),
        "no value in a row that is shown": shown & table["value"].isna() if "value" in table else False,
    }
    for low, high in (("lower", "upper"), ("lower_rounding", "upper_rounding")):
        if low in figures and high in figures:
            lower, upper = numbers(table[low]), numbers(table[high])  # of equal limits each has its own noise
            faults[f"a {low} limit above the {high} one"] = lower > upper + 1e-9 * np.abs(upper)
    expected, todo = "a value where the status is 'shown' and nowhere else", "set it to missing, or correct the status"
    told = [name for name in table if name in ("measure", *FIGURES, "status", "source") or name not in RESULT_COLUMNS]
    refuse_rows(table[told], faults, expected=expected, todo=todo)


def check_told(table: pd.DataFrame, *, where: str) -> None:
    """Raise when a table of which something is said holds what no result can; a list without measures or statuses is none."""
    require_frame(table, where=where)
    if len(table) and {"measure", "status"} <= set(table):
        require_columns(table, ["value", *PROVENANCE], where=where)
        check_figures(table, (), where=where)


def _within_the_possible(table: pd.DataFrame) -> pd.DataFrame:
    """Cut the limits of a difference of rates where it cannot be: beyond everybody in one group and nobody in the other."""
    unit = table["per"].astype("str").str.extract(r"^([0-9.e+]+) youths$")[0].astype("float64")
    most = unit.where(table["measure"].astype("str").str.contains("difference(?!_in_)"))
    beyond = (table["lower"] < -most) | (table["upper"] > most)
    said = table["method"].astype("str") + "; limits cut where no difference of rates can be"
    limits = {"lower": table["lower"].clip(lower=-most), "upper": table["upper"].clip(upper=most)}
    return table.assign(**limits, method=table["method"].mask(beyond, said))


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV that is the same on every machine: UTF-8, LF, numbers to seven digits and a billionth.

    A text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a return, and is no number) gets an
    apostrophe before it.
    """
    require_frame(table, where="the table")
    for name in table:
        refuse_signs([name, *table[name]], where=f"the column {name!r}")
    near = rounded_table(table)
    text = {str(name): [written(cell) for cell in column] for name, column in near.items() if column.dtype.kind in "fO"}
    frame = near.assign(**{name: pd.Series(cells, index=near.index, dtype=object) for name, cells in text.items()})
    frame = frame.set_axis([written(name) for name in frame], axis=1)
    return write_whole(path, frame.to_csv(index=False, lineterminator="\n"))


def refuse_signs(texts: Iterable[object], *, where: str) -> None:
    """Raise when a text holds a sign that no file may hold: a control sign, or half of one."""
    if any(isinstance(text, str) and _UNWRITABLE.search(text) for text in texts):
        todo = "take it out: it cannot be seen, and programs refuse to open a file with it"
        raise InvalidTableError(f"{where} holds a control sign, or half a sign", "text that can be written", todo)


def written(cell: object) -> object:
    """Write a number with seven digits and to a billionth, a whole one in full, and a text so that it is no formula."""
    if isinstance(cell, str) and len(cell) > 1 and cell[0] in _FORMULA and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    if not isinstance(cell, float) or not np.isfinite(cell):
        return cell
    place = math.floor(math.log10(abs(cell))) if cell else 0
    text = f"{cell:.{min(max(_DIGITS_IN_FILES - 1 - place, 0), _DECIMALS_IN_FILES)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def rounded(values: ArrayLike) -> np.ndarray:
    """Round to ten significant digits (a large number to a whole one), and what is smaller than a trillionth to zero.

    Processors differ in the last digits of a sum or a fit. What is said, drawn, ranked or compared with a limit is taken
    from the rounded value, so that it is the same on each of them.

    Parameters
    ----------
    values : array of float
        Numbers of any size; missing and infinite ones stay as they are.

    Returns
    -------
    numpy.ndarray
        The rounded numbers, in the same shape.

    Examples
    --------
    >>> rounded([0.1 + 0.2, 1 / 3, 1e-16, 12345678901.4]).tolist()
    [0.3, 0.3333333333, 0.0, 12345678901.0]
    """
    numbers = without_noise(values)
    size = np.abs(numbers)
    usable = np.isfinite(numbers) & (size > 0)
    decimals = np.maximum(_DIGITS - 1 - np.floor(np.log10(np.where(usable, size, 1.0))), 0)
    near = np.round(np.where(usable, numbers, 0.0) * 10.0**decimals) / 10.0**decimals
    return np.where(usable, near, numbers)


def without_noise(values: ArrayLike) -> np.ndarray:
    """Set to zero what is nearer to it than a trillionth: a difference of two equal numbers, on any processor.

    Parameters
    ----------
    values : array of float
        Numbers of any size.

    Returns
    -------
    numpy.ndarray
        The numbers, in the same shape.

    Examples
    --------
    >>> without_noise([0.1 + 0.2 - 0.3, 1e-9]).tolist()
    [0.0, 1e-09]
    """
    numbers = np.asarray(values, dtype="float64")
    return np.where(np.abs(numbers) <= _NOISE, 0.0, numbers)


def rounded_table(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table with its floating-point columns rounded, see `rounded`.

    Parameters
    ----------
    table : pandas.DataFrame
        Any table.

    Returns
    -------
    pandas.DataFrame
        The same columns; counts, words and categories are left as they are.

    Examples
    --------
    >>> rounded_table(pd.DataFrame({"region": ["a"], "value": [0.1 + 0.2]})).to_dict("records")
    [{'region': 'a', 'value': 0.3}]
    """
    columns = {str(name): column for name, column in table.items() if pd.api.types.is_float_dtype(column)}
    near = {name: rounded(column.to_numpy("float64", na_value=np.nan)) for name, column in columns.items()}
    return table.assign(**near).astype({name: column.dtype for name, column in columns.items()})


def require_columns(table: pd.DataFrame, columns: Sequence[str], *, where: str) -> None:
    """Raise when a table is no DataFrame, or lacks a column."""
    require_frame(table, where=where)
    if missing := [name for name in columns if name not in table.columns]:
        raise MissingColumnError(missing, table.columns, where=where)


def refuse_rows(table: pd.DataFrame, faults: Mapping[str, ArrayLike], *, expected: str, todo: str) -> None:
    """Raise for the first fault (its words, and True in the rows that have it) that some row has.

    Of a table of persons only the place and the categories of a row are told.
    """
    if "source" in table and table["source"].astype(str).str.contains(INDIVIDUAL, regex=False).any():
        table = table.select_dtypes("category")
    for what, fault in faults.items():
        if np.any(fault):
            raise InvalidTableError(f"{what}: {example_rows(table, np.asarray(fault))}", expected, todo)


def require_unique(table: pd.DataFrame, by: Sequence[str], *, where: str) -> None:
    """Raise when a combination of categories occurs twice, or a category is missing."""
    names, columns = ", ".join(by), list(by)
    missing = {f"{where} has a missing category": table[columns].isna().any(axis=1)}
    todo = "give these rows a category of their own (for example 'onbekend'), or leave them out on purpose"
    refuse_rows(table, missing, expected=f"a value in each of {names}", todo=todo)
    twice = {f"{where} has the same combination of {names} more than once": table.duplicated(columns, keep=False)}
    todo = "remove the duplicates, or add the column that tells the rows apart to `by`"
    refuse_rows(table, twice, expected="one row for each combination", todo=todo)


def check_counts(table: pd.DataFrame, columns: Sequence[str], *, whole: bool = True, where: str) -> None:
    """Raise when a status is unknown, or a count is no number, negative, infinite, not whole, or missing while shown."""
    check_statuses(table)
    for name in columns:
        counts, strange = _as_numbers(table[name])
        absent = np.isnan(counts)
        faults = {
            f"{strange} in {name}": np.full(len(table), bool(strange)),
            f"a negative count in {name}": counts < 0,
            f"a count that is infinite or far too large in {name}": counts > _LARGEST,
            f"a count that is not whole in {name}": whole & (np.where(np.isfinite(counts), counts, 0) % 1 != 0),
            f"a missing count in {name} with status 'shown'": absent & (table["status"] == "shown").to_numpy(),
            f"a count in {name} in a row whose status hides it": ~absent & table["status"].isin(HIDDEN).to_numpy(),
        }
        faults = {f"{where} has {what}": fault for what, fault in faults.items()}
        expected = "whole numbers of youths, 0 or more; missing only where the status says why"
        todo = "correct the source, or mark the row: status 'not_published' with a missing count (never 0)"
        refuse_rows(table, faults, expected=expected, todo=todo)


def require_numbers(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise when a column holds something that is no number, or is infinite; a missing one may stay."""
    for name in columns:
        values, strange = _as_numbers(table[name])
        faults = {f"{strange} in {name}": np.full(len(table), bool(strange)), f"an infinite {name}": np.isinf(values)}
        refuse_rows(table, faults, expected="finite numbers, or missing ones", todo="correct the column")


def _as_numbers(column: pd.Series) -> tuple[np.ndarray, str]:
    """Give a column as floats, and what stands in it that is no number: text, true or false, dates; or nothing."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if pd.api.types.is_bool_dtype(column) or kind == "boolean":
        return np.full(len(column), np.nan), "true or false"
    if kind in ("integer", "floating", "mixed-integer-float", "decimal", "empty"):
        return numbers(column), ""
    return np.full(len(column), np.nan), "text" if kind == "string" or "mixed" in kind else kind


def numbers(column: pd.Series) -> np.ndarray:
    """Give a column of counts as floats, missing as NaN."""
    return pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)


def check_statuses(table: pd.DataFrame) -> None:
    """Raise when a status is not one of `STATUSES`."""
    for status in values_of(table, "status", where="the table"):
        check_known("status", status, STATUSES)


def check_provenance(table: pd.DataFrame, *, where: str) -> None:
    """Raise when `synthetic` is not one True or False, or a `source` is no text."""
    synthetic, sources = one_value(table, "synthetic", where=where), values_of(table, "source", where=where)
    unnamed = [source for source in sources if not (isinstance(source, str) and source.strip())]
    if unnamed or not isinstance(synthetic, bool | np.bool_):
        problem = f"{where} has {f'source {unnamed[0]!r}' if unnamed else f'synthetic {synthetic!r}'}"
        expected = "a `source` that says where the figures come from"
        expected += ", and in `synthetic` True or False, no text or number"
        raise InvalidTableError(problem, expected, "correct the two columns")


def one_value(table: pd.DataFrame, column: str, *, where: str) -> object:
    """Give the one value that a column holds, or raise because figures are mixed that do not belong together."""
    values = values_of(table, column, where=where)
    if len(values) != 1:
        problem = f"{where} mixes {column} {' and '.join(map(repr, values[:4])) or '(no rows)'}"
        raise IncomparableError(problem, f"one {column} in a table", f"select the rows of one {column} first")
    return values[0]
