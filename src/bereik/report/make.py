"""The whole report in one call: the page, the PDF with all figures, and the factsheets; or nothing new at all."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bereik.errors import BereikError
from bereik.paths import figures_folder
from bereik.report.factsheet import make_factsheets
from bereik.report.page import make_page
from bereik.report.pdf import make_pdf
from bereik.report.room import read_processed, read_report_figures

__all__ = ["make_report"]

_FORMER = ("manifest.json", "figures.nl.pdf", "figures.en.pdf")  # where these were before figures/ had folders


def make_report(
    folder: Path | str | None = None, municipality: str | None = None, *, say: Callable[[str], None] = print
) -> list[Path]:
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
        The files that were written.

    Raises
    ------
    BereikError
        When the figures are not built yet, or a file cannot be written. The former report is then still there, whole.
    UnknownNameError
        When the reach monitor has no such municipality; suggests the nearest.

    Examples
    --------
    >>> make_report("no_such_folder")
    Traceback (most recent call last):
    bereik.errors.BereikError: No figures in the folder 'no_such_folder'. Expected: manifest.json, ...
    """
    goal = Path(folder or figures_folder())
    if municipality:
        return make_factsheets(goal, municipality)
    read_report_figures(goal)
    with _all_or_nothing(goal):
        sheets = []
        if read_processed("reach_monitor", goal) is None:
            say("no factsheets: this run made no reach monitor (notebook 12)")
        else:
            sheets = make_factsheets(goal)
        documents = make_pdf(goal)  # before the page, which links to what is there
        pages = make_page(goal)
        for name in _FORMER:
            (goal / name).unlink(missing_ok=True)
        return [*pages, *documents, *sheets]


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[None]:
    """Put every file of a folder back as it was when a part of the report fails."""
    try:
        with tempfile.TemporaryDirectory(prefix=".former-", dir=folder) as place:
            kept = Path(place)
            before = _files(folder)
            for name in before:
                (kept / name).parent.mkdir(parents=True, exist_ok=True)
                _keep(folder / name, kept / name)
            try:
                yield
            except BaseException:
                for name in _files(folder) - before:
                    (folder / name).unlink()
                for name in before:
                    (kept / name).replace(folder / name)
                raise
    except OSError as error:
        raise BereikError(
            f"the report cannot be written in {folder.name!r}: {error.strerror or error}",
            "a folder that can be written to, with room",
            "make room or choose another folder, and try again; the former report is still there, whole",
        ) from error


def _files(folder: Path) -> set[Path]:
    """List the files in a folder and below it, without those in hidden folders."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {name for name in found if not any(part.startswith(".") for part in name.parts)}


def _keep(file: Path, second: Path) -> None:
    """Give a file a second name, or copy it where a disk cannot; a new file of the first name leaves the second as it is."""
    try:
        os.link(file, second)
    except OSError:
        shutil.copy2(file, second)
