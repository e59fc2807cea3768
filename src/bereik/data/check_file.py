"""Checks a file of individual data and writes the report that `bereik check` prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bereik.data.check import check_youths, problem
from bereik.data.column_map import read_column_map
from bereik.data.person_files import open_persons
from bereik.data.person_frame import canonical, collected, person_frame, with_found
from bereik.data.starter_map import near_names, starter_map
from bereik.data.youth import column_of, contract

if TYPE_CHECKING:
    from bereik.data.person_frame import Frame

__all__ = ["check_file"]

_SMALL = 10


def check_file(file: Path | str, *, column_map: Path | str | None = None) -> tuple[bool, str]:
    r"""Check a file of individual data, and say in a report what is wrong, or what was found when nothing is.

    Parameters
    ----------
    file : path
        CSV, Parquet, SPSS (.sav) or Stata (.dta), as `read_youths` reads it.
    column_map : path, optional
        The column map (TOML).

    Returns
    -------
    tuple of bool and str
        Whether there is no error (there may be warnings), and the report: every problem with how many rows, examples and
        what to do; without an error the rows, years, groups and missing values (groups under 10 youths only as
        such); without a column map and with unknown columns, a column map to fill in.

    Raises
    ------
    SourceFileError, UnknownNameError
        When the file or the column map cannot be read at all.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "youths.csv"
    >>> _ = file.write_text("id;year;municipality;age;sex;origin;origin_scheme;sdq_parent;with_residence\n"
    ...                     "a1;2017;Delft;12;male;turkey;migratieachtergrond;9;misschien\n", encoding="utf-8")
    >>> print(check_file(file)[1])  # doctest: +ELLIPSIS
    youths.csv: 2 errors, 0 warnings (rows are counted from 1; the line with names does not count)
    <BLANKLINE>
    error    origin: not one of nederlands, ...
             1 row: 'turkey' (1 row, in row 1) (did you mean 'turkije'?)
             to do: translate your values in the column map under [values.origin]
    error    with_residence: not true or false (also 1/0, ja/nee, yes/no)
             1 row: 'misschien' (1 row, in row 1)
             to do: correct the values, or translate them in the column map: [values.with_residence] or [missing]
    """
    data = open_persons(file)
    given = list(person_frame(data).collect_schema())
    missed = []
    if column_map is not None:
        codes = read_column_map(column_map)
        absent = codes.absent(given)
        for ours, theirs in absent.items():
            missed.append(problem("mapped_column_absent", ours, theirs=repr(theirs), near=near_names(theirs, given)))
        data = codes._replace(columns={n: theirs for n, theirs in codes.columns.items() if n not in absent}).apply(data)
    found = check_youths(data)
    absent_names = [fault["column"] for fault in missed]
    problems = [*missed, *found[~found["column"].isin(absent_names)].to_dict("records")]
    correct = all(fault["level"] != "error" for fault in problems)
    lines = [*_heading(Path(file).name, problems), *(line for fault in problems for line in _problem_lines(fault))]
    if correct:
        lines += ["", *_description(with_found(person_frame(data)))]
    if column_map is None and any(column_of(name) is None for name in given):
        lines += [
            "",
            "# A column map to fill in: save it as map.toml, then: bereik check FILE --map map.toml",
            starter_map(given),
        ]
    return correct, "\n".join(lines)


def _heading(name: str, problems: list[dict[str, Any]]) -> list[str]:
    errors = sum(fault["level"] == "error" for fault in problems)
    counts = f"{_plural(errors, 'error')}, {_plural(len(problems) - errors, 'warning')}"
    rows = " (rows are counted from 1; the line with names does not count)" if problems else ""
    return [f"{name}: {counts}{rows}", *([""] if problems else [])]


def _problem_lines(fault: dict[str, Any]) -> Iterator[str]:
    yield f"{fault['level']:<8} {fault['column']}: {fault['problem']}"
    if pd.notna(fault["rows"]):
        yield f"         {_plural(int(fault['rows']), 'row')}{': ' if fault['examples'] else ''}{fault['examples']}"
    yield f"         to do: {fault['todo']}"


def _description(frame: "Frame") -> Iterator[str]:
    """Say what a file without errors holds: rows, years, groups and how much is missing."""
    import narwhals as nw

    frame = canonical(frame)
    names = list(frame.collect_schema())
    missing = [nw.col(name).is_null().cast(nw.Int64).sum().alias(name) for name in names]
    (row,) = collected(frame.select(nw.len().alias("rows"), *missing))
    rows = int(row["rows"])
    yield f"rows     {rows:,}"
    for name in ("year", "origin_scheme", "origin", "sex"):
        counts = {str(group[name]): group["n"] for group in collected(frame.group_by(name).agg(nw.len().alias("n")))}
        order = contract()[name].allowed or sorted(counts)
        groups = ", ".join(_group(group, int(counts[group])) for group in order if group in counts)
        yield f"{name.removeprefix('origin_'):<8} {groups}"
    forms = [name for name in names if (column := column_of(name)) and column.group == "care"]
    (users,) = collected(frame.select(nw.col(name).cast(nw.Int64).sum() for name in forms))
    yield f"{'care':<8} {', '.join(_group(name, int(users[name])) for name in forms)}"
    gaps = [f"{name} {int(row[name]):,} ({100 * row[name] / rows:.1f} %)" for name in names if row[name]]
    yield f"{'missing':<8} {'; '.join(gaps) or 'nothing'}"
    yield f"{'complete':<8} {', '.join(name for name in names if not row[name])}"


def _group(name: str, count: int) -> str:
    return f"{name}: {count if count >= _SMALL else f'fewer than {_SMALL}'}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
