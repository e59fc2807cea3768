"""Turns the combinations that a scan found into counts, and refuses what cannot be counted: missing, impossible, pooled."""

from collections.abc import Sequence

import pandas as pd

from bereik.counts.categories import codes_of
from bereik.counts.scan import RIGHT_ID, RIGHT_WEIGHT, ROWS, sums_of
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


def check_missing(coded: pd.DataFrame, cells: pd.DataFrame, uses: Sequence[str], missing: str) -> None:
    """Raise when a use or category is missing, unless the call says what to do with it."""
    absent = {name: int(cells.loc[coded[name].isna(), ROWS].sum()) for name in coded}
    unknown = {name: int((cells[ROWS] - cells[sums_of(name)[0]]).sum()) for name in uses}
    asked = {"refuse": absent | unknown, "category": unknown, "drop": {}}[missing]
    refused = {name: number for name, number in asked.items() if number}
    if refused:
        listed = ", ".join(f"{name} in {number:,}" for name, number in refused.items())
        instead = "" if set(refused) <= set(uses) else ", or 'category' to show a missing category as 'onbekend'"
        raise InvalidTableError(
            f"missing values in {cells[ROWS].sum():,} rows: {listed}",
            "a value in every row: a missing use is not 'no care', and a missing category is no group",
            "complete the data, or use missing='drop' to leave these rows out (right for a column that is only known of "
            f"youths in care){instead}",
        )


def count_form(coded: pd.DataFrame, cells: pd.DataFrame, use: str, *, weighted: bool, source: str) -> pd.DataFrame:
    """Add up the rows of one form of care; leave out those with a missing value, and say so in the source."""
    known, users, *of_weights = sums_of(use)
    there = coded.notna().all(axis=1)
    left = int(cells[ROWS].sum() - cells.loc[there, known].sum())
    if left:
        blank = [*coded.columns[coded.isna().any()], *([use] if (cells[known] < cells[ROWS]).any() else [])]
        source += f"; {left:,} rows with missing {', '.join(blank)} left out"
    sums = {"population": known, "users": users}
    if weighted:
        own = ("population", "users", "effective_population")
        sums = dict(zip(own, of_weights, strict=True)) | {"n_unweighted": known, "users_unweighted": users}
    numbers = cells[list(sums.values())].set_axis(list(sums), axis=1)
    table = pd.concat([coded, numbers], axis=1)[there & (cells[known] > 0)]
    table = table.groupby(list(coded), observed=True, sort=False).sum().reset_index()
    if weighted:
        table["effective_population"] = table["population"] ** 2 / table["effective_population"]
        for name in own:  # engines add in different orders
            table[name] = [float(f"{value:.10g}") for value in table[name]]
    return table.assign(source=source, form=use)
