"""Where the project and the published figures are, and where results go."""

import os
import re
from pathlib import Path

from bereik.errors import ProjectNotFoundError, SourceFileError

MARKER = Path("data") / "datapackage.json"
PACKAGE = Path(__file__).resolve().parent
OUTPUT_VARIABLE = "BEREIK_OUTPUT"
CACHE, LOCK, CHANGE = ".cache", "lock", "change-"  # of the project: files that are made, who makes them, and where
NOTEBOOK = "output/notebook"  # in the project: what is written outside a run
RUN_VARIABLE = "BEREIK_RUN"  # set for the notebooks of a run, which count no persons but by a release
_session = {"persons": False}  # whether data of persons were read in this process


def local_file(place: object, expected: str) -> Path:
    """Give the path of a file of this computer, opened once; an address is refused, never fetched.

    Examples
    --------
    >>> local_file("https://example.org/youths.csv", "a file with one row per youth and year")
    Traceback (most recent call last):
    bereik.errors.SourceFileError: 'youths.csv' is an address on a network. Expected: a file with one row per youth and year,
    on this computer. To do: download or copy it, and give the path of the copy.
    """
    if not isinstance(place, (str, Path)):
        raise SourceFileError(f"a path of the type {type(place).__name__}", expected, "give the path as text")
    name = repr(Path(place).name if len(str(place)) < 256 else f"{str(place)[:40]}...")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/|\\\\", str(place)):
        todo = "download or copy it, and give the path of the copy"
        raise SourceFileError(f"{name} is an address on a network", f"{expected}, on this computer", todo)
    fault = f"there is no file {name}"
    try:
        if Path(place).is_file():
            Path(place).open("rb").close()
            return Path(place)
        fault = f"{name} is a folder" if Path(place).is_dir() else fault
    except (OSError, ValueError) as error:  # too long, not allowed, a sign that no name has
        fault += f" that can be opened ({getattr(error, 'strerror', 'a name with a sign that no name has')})"
    raise SourceFileError(fault, expected, "check the path")


def project_folder(start: Path | str | None = None) -> Path:
    """Find the project: the nearest folder, going up, that holds data/datapackage.json.

    Parameters
    ----------
    start : path, optional
        The folder to start from; the working folder by default.

    Returns
    -------
    pathlib.Path
        The project's folder.

    Raises
    ------
    ProjectNotFoundError
        When no folder above holds data/datapackage.json.

    Examples
    --------
    >>> (project_folder() / "data" / "datapackage.json").exists()
    True
    """
    first = Path(start or Path.cwd()).resolve()
    for folder in (first, *first.parents):
        if (folder / MARKER).is_file():
            return folder
    expected = "the project's folder, which has data/datapackage.json, or a folder below it"
    todo = "start Python or Jupyter in the project's folder (or in notebooks/); figures and tables can also go to a "
    todo += f"folder named by the variable {OUTPUT_VARIABLE}"
    raise ProjectNotFoundError(f"no {MARKER.as_posix()} in the folder {first.name!r} or above it", expected, todo)


def data_folder() -> Path:
    """Find the published figures to read: of the project, of the checkout that this code lies in, or of the package itself.

    Returns
    -------
    pathlib.Path
        The folder with datapackage.json and raw/.

    Raises
    ------
    ProjectNotFoundError
        When there is none of the three.

    Notes
    -----
    Only the package as it is installed from a wheel has a copy of its own. It is read only: what is written goes to the project
    (`project_folder`) or to the folder named by BEREIK_OUTPUT.

    Examples
    --------
    >>> (data_folder() / "datapackage.json").exists()
    True
    """
    try:
        return project_folder() / "data"
    except ProjectNotFoundError:
        checkout = [PACKAGE.parents[1]] if PACKAGE.parent.name == "src" else []
        for folder in (*checkout, PACKAGE / "bundled"):
            if (folder / MARKER).is_file():
                return folder / "data"
        raise


def raw_folder() -> Path:
    """Folder of the published figures, data/raw; never redirected, never written by a run.

    Returns
    -------
    pathlib.Path
        raw/ of `data_folder`.

    Examples
    --------
    >>> raw_folder().name
    'raw'
    """
    return data_folder() / "raw"


def figures_folder() -> Path:
    """Folder that figures are written to: output/notebook/figures, or below BEREIK_OUTPUT when that variable is set.

    Returns
    -------
    pathlib.Path
        The folder; made when it does not exist.

    Notes
    -----
    Only `bereik run` writes to figures/, data/processed and notebooks/ of a project: its notebooks write to a folder that the
    lock of the project names, and the run puts in place what is there when all is done. BEREIK_OUTPUT may be any folder outside
    a project, or one below its output/; when it is another folder of a project, it is as if it were not set.

    Examples
    --------
    >>> figures_folder().name
    'figures'
    """
    return _output("figures")


def processed_folder() -> Path:
    """Folder that derived tables are written to: data/processed in the folder that `figures_folder` lies in.

    Returns
    -------
    pathlib.Path
        The folder; made when it does not exist.

    Examples
    --------
    >>> processed_folder().name
    'processed'
    """
    return _output("data/processed")


def notebook_folder() -> Path:
    """Folder for what a notebook or a script writes outside a run: output/notebook in the project.

    Returns
    -------
    pathlib.Path
        The folder; not made yet.

    Examples
    --------
    >>> notebook_folder().name
    'notebook'
    """
    return project_folder() / NOTEBOOK


def persons_read(read: bool = True) -> None:
    """Note that data of persons were read in this process."""
    _session["persons"] = read


def persons_were_read() -> bool:
    """Say whether data of persons were read in this process."""
    return _session["persons"]


def _output(below: str) -> Path:
    named = os.environ.get(OUTPUT_VARIABLE)
    folder = (Path(named) if named and _may_write(Path(named).resolve()) else notebook_folder()) / below
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _may_write(folder: Path) -> bool:
    """Say whether a folder is in no project, below its output/, or the one of the change that holds the project's lock."""
    project = next((above for above in (folder, *folder.parents) if (above / MARKER).is_file()), None)
    if project is None:
        return True
    first, second = (*folder.relative_to(project).parts, "", "")[:2]
    lock = project / CACHE / LOCK
    owner = lock.read_text(encoding="utf-8").split()[:1] if lock.is_file() else []
    return first == "output" or (first == CACHE and [second] == owner)
