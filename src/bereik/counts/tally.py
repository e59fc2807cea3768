"""Turns the combinations that a scan found into counts, and refuses what cannot be counted: missing, impossible, pooled."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.counts.categories import codes_of
from bereik.counts.scan import RIGHT_ID, RIGHT_WEIGHT, ROWS, SQUARED, WEIGHT
from bereik.errors import IncomparableError, InvalidTableError


def check_rows(cells: pd.DataFrame, weight: str | None, group_by: str | None) -> None:
    """Raise when some rows have an impossible weight or id."""
    faults = {
        RIGHT_WEIGHT: (f"a weight in {weight!r} that is missing or not above 0", "weights above 0"),
        RIGHT_ID: (
            f"a value in {group_by!r} that is missing or no whole number",
            "whole numbers, or text of at most 18 digits, in every row",
        ),
    }
    for name, (what, expected) in faults.items():
        if name in cells:
            wrong = int(cells.loc[~cells[name].fillna(False).astype(bool), ROWS].sum())
            if wrong:
                raise InvalidTableError(
                    f"{wrong:,} of {cells[ROWS].sum():,} rows have {what}", expected, "correct or leave out these rows"
                )


def check_pooled(cells: pd.DataFrame, apart: Sequence[str], allowed: bool) -> str:
    """Raise when years or origin schemes are pooled; describe what is pooled on purpose."""
    note = ""
    for name in apart:
        values = sorted({str(value) for value in codes_of(cells[name]).astype(object).fillna("missing")})
        if len(values) < 2:
            continue
        if name == "origin_scheme":
            raise IncomparableError(
                f"rows of the origin schemes {' and '.join(values)}",
                "one origin scheme in a count table",
                "select one scheme, or add origin_scheme to `by`",
            )
        if not allowed:
            raise IncomparableError(
                f"{len(values)} values of {name} pooled ({', '.join(values[:4])}{', ...' if len(values) > 4 else ''})",
                f"one {name}, or {name} in `by`: a youth in several years is counted in each, which makes an interval for "
                "independent persons too narrow",
                f"add {name!r} to `by`; or use groups=100, group_by='id'; or say assume_independent=True",
            )
        note += f"; {len(values)} values of {name} pooled, {values[0]} to {values[-1]}"
    return note


def use_of_rows(column: pd.Series, rows: pd.Series) -> np.ndarray:
    """Give 1 for a user, 0 for others and NaN where it is not known."""
    values = codes_of(column)
    strange = [value for value in values.cat.categories if value not in (0, 1)]
    if strange:
        number = rows[values.isin(strange).to_numpy()].sum()
        raise InvalidTableError(
            f"{number:,} rows of {column.name!r} are neither true nor false: {', '.join(map(repr, strange[:4]))}",
            "true or false, 1 or 0, or missing",
            "make the column true or false first",
        )
    return values.astype("float64").to_numpy()


def check_missing(absent: pd.DataFrame, rows: pd.Series, uses: Sequence[str], missing: str) -> None:
    """Raise when a use or category is missing, unless the call says what to do with it."""
    asked = {"refuse": list(absent), "category": list(uses), "drop": []}[missing]
    refused = {name: int(rows[absent[name]].sum()) for name in asked if absent[name].any()}
    if refused:
        listed = ", ".join(f"{name} in {number:,}" for name, number in refused.items())
        instead = "" if set(refused) <= set(uses) else ", or 'category' to show a missing category as 'onbekend'"
        raise InvalidTableError(
            f"missing values in {rows.sum():,} rows: {listed}",
            "a value in every row: a missing use is not 'no care', and a missing category is no group",
            "complete the data, or use missing='drop' to leave these rows out (right for a column that is only known of "
            f"youths in care){instead}",
        )


def count_form(
    coded: pd.DataFrame, used: pd.Series, cells: pd.DataFrame, names: list[str], source: str
) -> pd.DataFrame:
    """Add up the rows of one form of care; leave out those with a missing value, and say so in the source."""
    left = coded.isna().any(axis=1) | used.isna()
    if left.any():
        blank = [name for name in names if coded[name].isna().any()] + ([str(used.name)] if used.isna().any() else [])
        source += f"; {cells.loc[left, ROWS].sum():,} rows with missing {', '.join(blank)} left out"
    rows, use = cells[ROWS], used.fillna(0)
    sums = {"population": rows, "users": rows * use}
    if WEIGHT in cells:
        sums = {"population": cells[WEIGHT], "users": cells[WEIGHT] * use, "n_unweighted": rows,
                "users_unweighted": rows * use, SQUARED: cells[SQUARED]}  # fmt: skip
    frame = coded.assign(**sums)[~left]
    table = frame.groupby(names, observed=True, sort=False).sum().reset_index()
    whole = [name for name in sums if WEIGHT not in cells or name.endswith("unweighted")]
    table = table.astype(dict.fromkeys(whole, "int64"))
    if WEIGHT in cells:
        table["effective_population"] = table["population"] ** 2 / table.pop(SQUARED)
        for name in ("population", "users", "effective_population"):  # engines add in different orders
            table[name] = [float(f"{value:.10g}") for value in table[name]]
    return table.assign(source=source)
