"""The whole report in one call: the page, the PDF with all figures, and the factsheets; or nothing new at all."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from bereik.differences import unchanged
from bereik.errors import BereikError
from bereik.paths import figures_folder
from bereik.report.factsheet import write_factsheets
from bereik.report.page import write_page
from bereik.report.pdf import write_pdf
from bereik.report.shared import read_figures, read_processed

_Say = Callable[[str], None]


def make_report(folder: Path | str | None = None, municipality: str | None = None, *, say: _Say = print) -> list[Path]:
    """Write the report on the figures of a run: page, PDF and factsheets; or only the factsheet of one municipality.

    Parameters
    ----------
    folder : path, optional
        The folder with the figures; `figures_folder` by default.
    municipality : str, optional
        Only the factsheet of this municipality (or of the region), in any spelling that `find_region` knows.
    say : callable
        Gets one line when the run made no reach monitor, so that there are no factsheets.

    Returns
    -------
    list of pathlib.Path
        The files that were written. places/ holds the places of this monitor only: the sheets of others are removed.

    Raises
    ------
    BereikError
        When the figures are not built yet, or a file cannot be written. The former report is then still there, whole.
    UnknownNameError
        When the reach monitor has no such municipality; suggests the nearest.
    IncomparableError
        When the reach monitor is synthetic.

    Examples
    --------
    >>> make_report("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, ...
    """
    goal = Path(folder or figures_folder())
    read_figures(goal)
    try:
        with tempfile.TemporaryDirectory(prefix=".report-", dir=goal) as place:
            made, former = Path(place, "made"), Path(place, "former")
            made.mkdir()
            written = write_factsheets(goal, made, municipality) if municipality else _write_all(goal, made, say)
            _put_in_place(made, goal, former, [] if municipality else _outdated(made, goal))
            return [goal / path.relative_to(made) for path in written]
    except OSError as error:
        fault = f"the report cannot be written in {goal.name!r}: {error.strerror or error}"
        expected = "a folder that can be written to, with room, and no file of it open in another program"
        todo = "make room or close the file, and try again; the former report is still there, whole"
        raise BereikError(fault, expected, todo) from error


def _write_all(figures: Path, goal: Path, say: _Say) -> list[Path]:
    """Write every part; the page last, because it links to the others."""
    if read_processed("reach_monitor", figures) is None:
        say("no factsheets: this run made no reach monitor (notebook 12)")
        beside = write_pdf(figures, goal)
    else:
        beside = [*write_factsheets(figures, goal), *write_pdf(figures, goal)]
    return [*write_page(figures, goal), *beside]


def _outdated(made: Path, goal: Path) -> list[Path]:
    """Name the sheets of places that this report does not have."""
    places = goal.glob("places/*") if (made / "places").is_dir() else []
    return [path.relative_to(goal) for path in places if path.is_file() and not (made / "places" / path.name).exists()]


def _put_in_place(made: Path, goal: Path, former: Path, outdated: list[Path]) -> None:
    """Move the new files to their places and the outdated ones away; when one cannot be, put back what was there."""
    same = unchanged(made, goal)
    new = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    names = [*outdated, *(name for name in new if name not in same)]
    there = {name for name in names if (goal / name).exists()}
    for name in names:
        for folder in (goal, former):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
    try:
        for name in names:
            if name in there:
                (goal / name).replace(former / name)
            if name in new:
                (made / name).replace(goal / name)
    except BaseException:
        _put_back(goal, former, names, there)
        raise


def _put_back(goal: Path, former: Path, names: list[Path], there: set[Path]) -> None:
    """Put the files of before in their places again, and remove what was not there."""
    for name in names:
        if (former / name).exists():
            (former / name).replace(goal / name)
        elif name not in there:
            (goal / name).unlink(missing_ok=True)
