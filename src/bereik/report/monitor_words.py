"""Says in words what a row of the reach monitor holds: for its tables in figures, on the page and on factsheets."""

from textwrap import fill

import pandas as pd

from bereik.codelists.names import format_number, label

_WIDE = {"indicator": 31, "status": 18, "reliability": 42}  # letters


def row_words(row: dict[str, object], there: pd.DataFrame, language: str) -> list[str]:
    """Give the cells of a row: indicator and unit, value, change, country, year, and how reliable it is."""
    name, unit = str(row[f"name_{language}"]), str(row[f"unit_{language}"])
    shown = row["form"] and row["indicator"] != "use_to_police_contact"  # its name says the form
    form = f": {label(str(row['form']), language, short=True)}" if shown else ""
    better = "" if row["direction"] == "neither" else f"; {label(str(row['direction']), language)}"
    words = fill(f"{name}{form}", _WIDE["indicator"]) + "\n" + fill(f"{unit}{better}", _WIDE["indicator"])
    country = value_elsewhere(row, there, unit, language)
    year = str(row["period"])[:4] if row["status"] == "shown" else "–"
    reliability = fill(str(row[f"reliability_{language}"]), _WIDE["reliability"])
    return [words, value_words(row, language), change_words(row, unit, language), country, year, reliability]


def value_elsewhere(row: dict[str, object], there: pd.DataFrame, unit: str, language: str) -> str:
    """Give the value of another place for the same period, or its latest one with the year."""
    rows = there[(there["indicator"] == row["indicator"]) & (there["form"] == row["form"])]
    same = rows[rows["period"] == row["period"]]
    if not same.empty:
        return _number(same["value"].iloc[0], unit, language)
    if rows.empty:
        return ""
    last = rows.loc[rows["period"].idxmax()]
    return f"{_number(last['value'], unit, language)} ({last['period'][:4]})"


def _number(value: object, unit: str, language: str) -> str:
    return format_number(value, language, 1 if unit.startswith("%") else 2)


def value_words(row: dict[str, object], language: str) -> str:
    """Give the value with its interval and verdict, or why there is none."""
    if row["status"] != "shown":
        add = "" if pd.isna(row["add_table"]) else str(row["add_table"])
        if add == "own data":
            return fill(label("monitor_own_data", language), _WIDE["status"])
        words = label(str(row["status"]), language)
        return fill(
            f"{words}{label('monitor_add', language).format(table=add.split(', ')[-1]) if add else ''}", _WIDE["status"]
        )
    unit = str(row[f"unit_{language}"])
    ends = [_number(row[name], unit, language) for name in ("lower", "upper")]
    limits = "" if pd.isna(row["lower"]) else f" ({ends[0]} – {ends[1]})"
    verdict = "" if pd.isna(row["verdict"]) else f"\n{label(str(row['verdict']), language)}"
    return f"{_number(row['value'], unit, language)}{limits}{verdict}"


def change_words(row: dict[str, object], unit: str, language: str) -> str:
    """Give the change since the year before with its limits, or why years cannot be compared."""
    if pd.isna(row["change"]):
        return "–"
    limits = [signed_number(row[name], unit, language) for name in ("change", "change_lower", "change_upper")]
    to = label("range_to", language)
    words = f"{limits[0]} ({limits[1]} {to} {limits[2]})"
    note = "share_jump_short" if row["jump"] else "" if row["comparable"] else "not_comparable"
    return words + (f"\n{label(note, language)}" if note else "")


def signed_number(value: object, unit: str, language: str) -> str:
    """Give a number with its sign; zero has none."""
    number = _number(value, unit, language)
    return number if number.startswith("\N{MINUS SIGN}") or not number.strip("0,.") else f"+{number}"
