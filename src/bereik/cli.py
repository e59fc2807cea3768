"""The command line: `bereik run`, `bereik check` and `bereik fetch`."""

import argparse
import sys
import warnings
from collections.abc import Sequence

from bereik.errors import BereikError

__all__ = ["main"]


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
        return int(chosen.job(chosen))
    except BereikError as error:
        print(f"bereik {chosen.command}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bereik", description="Use of youth care, relative to the severity of problems."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="execute the notebooks and write the figures")
    run.add_argument(
        "notebooks", nargs="*", metavar="NOTEBOOK", help="number or name, for example 02; all when left out"
    )
    run.add_argument("--force", action="store_true", help="execute also what has not changed")
    run.add_argument("--output", metavar="NAME", help="write to output/NAME; the project's own files stay as they are")
    run.set_defaults(job=_run)

    check = commands.add_parser("check", help="check a file of individual data: say what is wrong, or what it holds")
    check.add_argument(
        "file", metavar="FILE", help="CSV, Parquet, SPSS (.sav) or Stata (.dta): one row per youth and year"
    )
    check.add_argument("--map", metavar="MAP", help="which columns and codes mean what (TOML)")
    check.set_defaults(job=_check)

    fetch = commands.add_parser("fetch", help="turn a downloaded StatLine table into a table of data/raw")
    fetch.add_argument("table", metavar="TABLE", help="id of the StatLine table, for example 82965NED")
    fetch.add_argument("--file", required=True, metavar="PATH", help="the downloaded file (CSV)")
    fetch.add_argument(
        "--allow-incomplete",
        action="store_true",
        help="accept a file in which combinations are absent; they stay absent",
    )
    fetch.add_argument(
        "--skip-unknown", action="store_true", help="leave out regions and forms of care that bereik has no name for"
    )
    fetch.set_defaults(job=_fetch)
    return parser


def _run(chosen: argparse.Namespace) -> int:
    from bereik.runner.run import run_notebooks

    done = run_notebooks(
        chosen.notebooks, output=chosen.output, force=chosen.force, say=lambda line: print(line, flush=True)
    )
    place = f"output/{chosen.output}/figures" if chosen.output else "figures"
    print(f"{len(done)} notebooks executed; the figures are in {place}")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    from bereik.sources.check_file import check_file

    correct, report = check_file(chosen.file, column_map=chosen.map)
    print(report)
    return 0 if correct else 1


def _fetch(chosen: argparse.Namespace) -> int:
    from bereik.sources.fetch import fetch

    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        written = fetch(
            chosen.table, chosen.file, allow_incomplete=chosen.allow_incomplete, skip_unknown=chosen.skip_unknown
        )
    for warning in left_out:
        print(f"note: {warning.message}")
    print(f"{chosen.table}: written to data/raw/{written.name}, described in data/datapackage.json")
    return 0
