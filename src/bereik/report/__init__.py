"""The whole report in one call: the page, the PDF with all figures, and the factsheets."""

import signal
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bereik.differences import unchanged
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
        When the figures are not built yet.
    UnknownNameError
        When the reach monitor has no such municipality; suggests the nearest.
    IncomparableError
        When the reach monitor is synthetic.

    Notes
    -----
    The parts are made beside the figures before any file is replaced. `bereik run` and `bereik report` call this on a copy of the
    figures, and put what it gives in place together.

    Examples
    --------
    >>> make_report("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, ...
    """
    goal = Path(folder or figures_folder())
    read_figures(goal)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=goal) as place:
        made = Path(place)
        written = write_factsheets(goal, made, municipality) if municipality else _write_all(goal, made, say)
        names, same = [path.relative_to(made) for path in written], unchanged(made, goal)
        for name in [] if municipality else _outdated(made, goal):
            (goal / name).unlink()
        for name in (path.relative_to(made) for path in made.rglob("*") if path.is_file()):
            if name not in same:
                (goal / name).parent.mkdir(exist_ok=True)
                (made / name).replace(goal / name)
    return [goal / name for name in names]


def _write_all(figures: Path, goal: Path, say: _Say) -> list[Path]:
    """Write every part, two places or languages side by side; the page last, because it links to the others."""
    deaf = (signal.SIGINT, signal.SIG_IGN)  # who stops the command, need not see where each process was
    pool = ProcessPoolExecutor(2, get_context("spawn"), signal.signal, deaf)  # a fork would copy locks of threads
    try:
        sheets: list[Path] = []
        if read_processed("reach_monitor", figures) is None:
            say("no factsheets: this run made no reach monitor (notebook 12)")
        else:
            sheets = write_factsheets(figures, goal, each=pool.map)
        beside = write_pdf(figures, goal)
        return [*write_page(figures, goal, each=pool.map), *sheets, *beside]
    finally:
        pool.shutdown(cancel_futures=True)


def _outdated(made: Path, goal: Path) -> list[Path]:
    """Name the sheets of places that this report does not have."""
    places = goal.glob("places/*") if (made / "places").is_dir() else []
    return [path.relative_to(goal) for path in places if path.is_file() and not (made / "places" / path.name).exists()]
