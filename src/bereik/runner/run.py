"""Runs the notebooks, two at a time, and puts what they made in its place.

A notebook writes to a folder of its own while it runs. Only when every cell has run are its outputs, figures and tables
moved to their place, so a notebook that fails leaves what was there before. What tells the same as before stays as it is.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bereik.differences import unchanged
from bereik.errors import BereikError, NotebookError, UnknownNameError
from bereik.paths import project_folder
from bereik.runner.execute import execute
from bereik.runner.manifest import write_manifest
from bereik.runner.memory import Memory, fingerprint, notebook_source
from bereik.runner.parameters import with_parameters

__all__ = ["run_notebooks"]

_KERNELS = 2


def run_notebooks(
    names: Sequence[str] = (),
    *,
    output: str | None = None,
    parameters: Mapping[str, object] | None = None,
    force: bool = False,
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Execute the notebooks and write their outputs, figures and tables.

    Parameters
    ----------
    names : list of str
        The notebooks, by number or by name (``"02"``, ``"02_forms_of_care"``); all of them when empty.
    output : str, optional
        Write executed notebooks, figures and tables to output/NAME and leave the project's own files untouched.
    parameters : dict, optional
        Values for names of the notebooks' parameters cell, for example ``{"REGION": "Rijnmond"}``. Needs `output`. Without
        `names`, the notebooks that have one of these parameters are run.
    force : bool
        Execute also what has not changed since the last run.
    say : callable
        Gets one line of progress at a time.

    Returns
    -------
    list of pathlib.Path
        The notebooks that were executed; what has not changed is skipped.

    Raises
    ------
    NotebookError
        When a cell fails: which notebook, which cell, and the cell's error. The other notebooks are still executed.
    UnknownNameError
        When a name fits no notebook, or no chosen notebook has a parameter of that name.
    BereikError
        When parameters are given without `output`.

    Examples
    --------
    >>> run_notebooks(["no_such_notebook"])
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown notebook 'no_such_notebook'. Expected: one of ...
    """
    project = project_folder()
    target = output_folder(output)
    given = dict(parameters or {})
    if given and output is None:
        raise BereikError(
            f"parameters ({', '.join(given)}) for the project's own notebooks",
            "a name for the output, so that what is in the project stays as it is",
            "give output='NAME'",
        )
    chosen = with_parameters(_chosen(project, names), given)
    memory = Memory(target)
    fixed = fingerprint(project, given)
    inputs = {path: fixed + notebook_source(path) for path in chosen}
    waiting = [path for path in chosen if force or not memory.is_fresh(path.stem, inputs[path])]
    for path in chosen:
        if path not in waiting:
            say(f"{path.stem}: nothing changed, skipped")

    def one(path: Path) -> list[Path] | BereikError:
        start = time.perf_counter()
        say(f"{path.stem}: running ...")
        try:
            made = _execute_and_place(path, project, target, given)
        except BereikError as error:
            say(f"{path.stem}: FAILED, its former outputs are left in place")
            return error
        say(f"{path.stem}: done in {time.perf_counter() - start:.1f} s")
        return made

    with ThreadPoolExecutor(_KERNELS) as pool:
        outcomes = dict(zip(waiting, pool.map(one, waiting), strict=True))
    for path, made in outcomes.items():
        if isinstance(made, list):
            memory.keep(path.stem, inputs[path], made)
    _raise_failures(outcomes)
    write_manifest(target / "figures")
    return waiting


def _raise_failures(outcomes: Mapping[Path, list[Path] | BereikError]) -> None:
    failures = [str(error) for error in outcomes.values() if isinstance(error, BereikError)]
    if failures:
        raise NotebookError(
            f"{len(failures)} of {len(outcomes)} notebooks failed. {' '.join(sorted(failures))}",
            "every cell to run without an error",
            "open the notebook (make lab), run it up to that cell, and correct the cause",
        )


def output_folder(output: str | None = None) -> Path:
    """Give the folder that a run writes to: the project's own, or output/NAME."""
    project = project_folder()
    if output is None:
        return project
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", output):
        raise UnknownNameError("output name", output, ["letters, digits, - and _ only, for example 'mine'"])
    return project / "output" / output


def _chosen(project: Path, names: Sequence[str]) -> list[Path]:
    found = {path.stem: path for path in sorted((project / "notebooks").glob("*.ipynb"))}
    if not names:
        return list(found.values())
    chosen = []
    for name in names:
        stem = Path(name).name.removesuffix(".ipynb")
        fits = [path for known, path in found.items() if known == stem or known.split("_")[0] == stem]
        if not fits:
            raise UnknownNameError("notebook", name, list(found))
        chosen += fits
    return list(dict.fromkeys(chosen))


def _execute_and_place(path: Path, project: Path, target: Path, given: Mapping[str, object]) -> list[Path]:
    scratch = project / ".cache"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        stage = Path(folder)
        notebook = stage / "notebooks" / path.name
        notebook.parent.mkdir()
        notebook.write_text(execute(path, stage, given), encoding="utf-8", newline="\n")
        made = sorted(file.relative_to(stage) for file in stage.rglob("*") if file.is_file())
        for part in ("", "nl/", "en/", "data/"):  # figures/ itself held all files once
            for old in (target / "figures").glob(f"{part}{path.stem.split('_')[0]}_*"):
                if old.is_file() and old.relative_to(target) not in made:
                    old.unlink()
        same = unchanged(stage, target)
        for name in made:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            if name not in same:
                shutil.move(stage / name, target / name)
        return [target / name for name in made]
