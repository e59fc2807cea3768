"""The command line: `bereik run`, `bereik report`, `bereik html`, `bereik check` and `bereik fetch`."""

import argparse
import ast
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bereik.errors import BereikError, SourceFileError
from bereik.paths import data_folder, project_folder
from bereik.transaction import mend


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; an error is one clear message on standard error and exit status 1.

    Parameters
    ----------
    words : list of str, optional
        The words after ``bereik``; those of the command line when not given.

    Returns
    -------
    int
        Exit status: 0 done, 1 an error that the message explains. Wrong words end with status 2 and the usage.

    Examples
    --------
    >>> main(["fetch", "82965NED", "--file", "no_such_file.csv"])
    1
    """
    chosen = _parser().parse_args(words)
    try:
        _refuse_empty(chosen)
        mend(data_folder().parent)
        return int(chosen.job(chosen))
    except BereikError as error:
        print(f"bereik {chosen.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"bereik {chosen.command}: stopped; no file is half changed", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bereik", description="Use of youth care, relative to the severity of problems.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, job: Callable[[argparse.Namespace], int], does: str) -> Callable[..., argparse.Action]:
        one = commands.add_parser(name, help=does)
        one.set_defaults(job=job)
        return one.add_argument

    add = command("run", _run, "execute the notebooks, write the figures and the report")
    add("notebooks", nargs="*", metavar="NOTEBOOK", help="number or name, for example 02; all when left out")
    add("--force", action="store_true", help="execute also what has not changed")
    add("--output", metavar="NAME", help="write to output/NAME; the project's own files stay as they are")
    add("--region", metavar="NAME", help="run for another jeugdregio, into output/ (for example Rijnmond)")
    add("--data", metavar="FILE", help="run 07 and 08 on your own file of persons (see bereik check), into output/")
    add("--map", metavar="MAP", help="with --data: which columns and codes mean what (TOML)")
    add("--pilot", metavar="FOLDER", help="run on your own files of a pilot, into output/")
    setting = "another value for a name in the notebooks' parameters cell, for example SCORE=sdq_teacher"
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=setting)
    add("--seconds", default="1800", metavar="N", help="how long one cell may take; 1800 when left out")

    add = command("report", _report, "write the page, the PDF and the factsheets on the figures of a run")
    add("--municipality", metavar="NAME", help="only the factsheet of this municipality, or of the region")
    add("--output", metavar="NAME", help="report on the run in output/NAME")

    add = command("check", _check, "check your own data: say what is wrong, or what they hold")
    add("file", metavar="FILE", help="CSV, Parquet, .sav or .dta: one row per youth and year; or a pilot's folder")
    add("--map", metavar="MAP", help="which columns and codes mean what (TOML)")

    command("html", _html, "write the notebooks as HTML files that open without a network, to output/html")

    add = command("fetch", _fetch, "turn a downloaded StatLine table into a table of data/raw")
    add("table", metavar="TABLE", help="id of the StatLine table, for example 82965NED")
    add("--file", required=True, metavar="PATH", help="the downloaded file (CSV)")
    add("--allow-incomplete", action="store_true", help="accept a file in which combinations are absent; they stay so")
    add("--skip-unknown", action="store_true", help="leave out regions and forms of care that bereik has no name for")
    return parser


_POSITIONAL = {("run", "notebooks"): "NOTEBOOK", ("check", "file"): "FILE", ("fetch", "table"): "TABLE"}


def _refuse_empty(chosen: argparse.Namespace) -> None:
    """Refuse a value without letters: an empty variable of a shell must not turn into another command."""
    for name, given in vars(chosen).items():
        for word in given if isinstance(given, list) else [given]:
            if isinstance(word, str) and not word.strip():
                option = _POSITIONAL.get((chosen.command, name), f"--{name}")
                fault = f"nothing {'after' if option[0] == '-' else 'for'} {option}"
                todo = f"write the value, or leave {option} out; where a variable stands, look whether it is empty"
                raise BereikError(fault, "a value; an empty one is not the same as none", todo)


def _run(chosen: argparse.Namespace) -> int:
    from bereik.runner import output_folder, run_notebooks

    output, parameters = _own_parameters(chosen)
    if not (chosen.seconds.isdecimal() and int(chosen.seconds)):
        raise BereikError(f"--seconds {chosen.seconds}", "a whole number above 0", "leave it out, or write 3600")
    options = {"parameters": parameters, "force": chosen.force, "report": True, "seconds": int(chosen.seconds)}
    done = run_notebooks(chosen.notebooks, output=output, say=partial(print, flush=True), **options)
    place = f"output/{output}/figures" if output else "figures"
    page = f", and the page is {place}/index.html" * (output_folder(output) / "figures" / "index.html").is_file()
    print(f"{len(done)} notebooks executed; the figures are in {place}{page}")
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from bereik.report.page import read_maker
    from bereik.runner import output_folder, update_report

    if not read_maker()["name"]:
        todo = "the page says so: fill it in before the page is used in a council paper"
        print(f"bereik report: data/maker.toml has no name, and {todo}.", file=sys.stderr)
    for file in update_report(chosen.output, chosen.municipality, force=True):
        print(f"written: {file.relative_to(output_folder(chosen.output)).as_posix()}")
    return 0


def _html(_: argparse.Namespace) -> int:
    from bereik.report.copies import write_copies

    print(f"{len(write_copies(project_folder() / 'output' / 'html'))} notebooks are in output/html")
    return 0


def _own_parameters(chosen: argparse.Namespace) -> tuple[str | None, dict[str, object]]:
    """Give the name of the output and the parameters that the words of the command set."""
    from bereik.codelists import find_region

    parameters: dict[str, object] = dict(_setting(words) for words in chosen.set)
    names = []
    for name, option in {"DATA": chosen.data, "MAP": chosen.map, "PILOT": chosen.pilot}.items():
        if place := option or parameters.get(name):
            parameters[name] = str(_existing(str(place)))
            names += [Path(str(place)).stem] if name != "MAP" else []
    if chosen.region:
        region = find_region(chosen.region, kind="jeugdregio")
        parameters["REGION"] = str(region["name"])
        names.append(str(region["code"]).removeprefix("JZ-"))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(names)).strip("-")
    return chosen.output or plain or ("own" if parameters else None), parameters


def _setting(words: str) -> tuple[str, object]:
    name, equals, value = words.partition("=")
    if not (name.strip() and equals and value.strip()):
        raise BereikError(f"--set {words}", "NAME=VALUE, for example SCORE=sdq_teacher", "write the name, =, the value")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _existing(place: str) -> Path:
    try:
        return Path(place).resolve(strict=True)
    except (OSError, ValueError):  # not there, too long, or a sign that no name has
        todo = "check the spelling, and the folder you are in"
        raise SourceFileError(f"no file or folder {place[:200]!a}", "your own data", todo) from None


def _check(chosen: argparse.Namespace) -> int:
    from bereik.data.persons import check_file

    if os.path.isdir(chosen.file):
        return _check_pilot(chosen.file)
    correct, report = check_file(chosen.file, column_map=chosen.map)
    print(report)
    return 0 if correct else 1


def _check_pilot(folder: str) -> int:
    from bereik.pilot.files import check_pilot

    problems = check_pilot(folder)
    for row in problems.itertuples():
        print(f"error    {row.column}: {row.problem}")
        print(f"         {row.rows} rows: {row.examples}\n         to do: {row.todo}")
    print(f"{len(problems)} problems in the files of the pilot")
    return int(len(problems) > 0)


def _fetch(chosen: argparse.Namespace) -> int:
    from bereik.data.fetch import fetch

    options = {"allow_incomplete": chosen.allow_incomplete, "skip_unknown": chosen.skip_unknown}
    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        written = fetch(chosen.table, chosen.file, **options)
    for warning in left_out:
        print(f"note: {warning.message}")
    print(f"{chosen.table}: written to data/raw/{written.name}, described in data/datapackage.json")
    return 0
