"""Where the project is, and where results go."""

import os
from pathlib import Path

from bereik.errors import ProjectNotFoundError

__all__ = ["figures_folder", "processed_folder", "project_folder", "raw_folder"]

MARKER = Path("data") / "datapackage.json"
OUTPUT_VARIABLE = "BEREIK_OUTPUT"


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
    raise ProjectNotFoundError(
        f"no {MARKER.as_posix()} in the folder {first.name!r} or above it",
        "the project's folder, which has data/datapackage.json, or a folder below it",
        "start Python or Jupyter in the project's folder (or in notebooks/)",
    )


def raw_folder() -> Path:
    """Folder of the published figures, data/raw; never redirected, never written by a run.

    Returns
    -------
    pathlib.Path
        data/raw of the project.

    Examples
    --------
    >>> raw_folder().name
    'raw'
    """
    return project_folder() / "data" / "raw"


def figures_folder() -> Path:
    """Folder that figures are written to: figures/, or below BEREIK_OUTPUT when that variable is set.

    Returns
    -------
    pathlib.Path
        The folder; made when it does not exist.

    Examples
    --------
    >>> figures_folder().name
    'figures'
    """
    return _output("figures")


def processed_folder() -> Path:
    """Folder that derived tables are written to: data/processed, or below BEREIK_OUTPUT when that variable is set.

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


def _output(below: str) -> Path:
    redirected = os.environ.get(OUTPUT_VARIABLE)
    folder = (Path(redirected) if redirected else project_folder()) / below
    folder.mkdir(parents=True, exist_ok=True)
    return folder
