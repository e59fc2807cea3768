"""Executes the notebooks, two at a time, and gathers the figures they make.

A notebook writes to a folder of its own while it runs. Only when every cell has run are its outputs, figures and tables
moved to their place, so a notebook that fails leaves what was there before.
"""

import asyncio
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bereik.errors import BereikError, NotebookError, UnknownNameError
from bereik.paths import OUTPUT_VARIABLE, project_folder

__all__ = ["run_notebooks", "write_manifest"]

_KERNELS = 2
_SECONDS_A_CELL = 300


def run_notebooks(
    names: Sequence[str] = (), *, output: str | None = None, force: bool = False, say: Callable[[str], None] = print
) -> list[Path]:
    """Execute the notebooks and write their outputs, figures and tables.

    Parameters
    ----------
    names : list of str
        The notebooks, by number or by name (``"02"``, ``"02_forms_of_care"``); all of them when empty.
    output : str, optional
        Write executed notebooks, figures and tables to output/NAME and leave the project's own files untouched.
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
        When a name fits no notebook.

    Examples
    --------
    >>> run_notebooks(["no_such_notebook"])
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown notebook 'no_such_notebook'. Expected: one of ...
    """
    project = project_folder()
    target = _target(project, output)
    chosen = _chosen(project, names)
    memory = _Memory(target)
    fixed = _digest([*_inputs(project)])
    waiting = [path for path in chosen if force or not memory.is_fresh(path, fixed)]
    for path in chosen:
        if path not in waiting:
            say(f"{path.stem}: nothing changed, skipped")

    def one(path: Path) -> list[Path] | BereikError:
        start = time.perf_counter()
        say(f"{path.stem}: running ...")
        try:
            made = _execute_and_place(path, project, target)
        except BereikError as error:
            say(f"{path.stem}: FAILED, its former outputs are left in place")
            return error
        say(f"{path.stem}: done in {time.perf_counter() - start:.1f} s")
        return made

    with ThreadPoolExecutor(_KERNELS) as pool:
        outcomes = dict(zip(waiting, pool.map(one, waiting), strict=True))
    for path, made in outcomes.items():
        if isinstance(made, list):
            memory.keep(path, fixed, made)
    failures = [str(error) for error in outcomes.values() if isinstance(error, BereikError)]
    if failures:
        raise NotebookError(
            f"{len(failures)} of {len(waiting)} notebooks failed. {' '.join(sorted(failures))}",
            "every cell to run without an error",
            "open the notebook (make lab), run it up to that cell, and correct the cause",
        )
    write_manifest(target / "figures")
    return waiting


def write_manifest(figures: Path) -> Path:
    r"""Merge the descriptions of all figures in a folder into manifest.json, sorted by name.

    Parameters
    ----------
    figures : path
        The folder with one JSON file per figure.

    Returns
    -------
    pathlib.Path
        The manifest.

    Examples
    --------
    >>> import tempfile
    >>> write_manifest(Path(tempfile.mkdtemp())).read_text(encoding="utf-8")
    '[]\n'
    """
    figures.mkdir(parents=True, exist_ok=True)
    described = sorted(path for path in figures.glob("*.json") if path.name != "manifest.json")
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in described]
    manifest = figures / "manifest.json"
    manifest.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return manifest


def _target(project: Path, output: str | None) -> Path:
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


def _execute_and_place(path: Path, project: Path, target: Path) -> list[Path]:
    scratch = project / ".cache"
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        stage = Path(folder)
        text = _execute(path, stage)
        for old in _figures_of(path, target / "figures"):
            old.unlink()
        made = []
        for file in sorted(file for file in stage.rglob("*") if file.is_file()):
            goal = target / file.relative_to(stage)
            goal.parent.mkdir(parents=True, exist_ok=True)
            made.append(Path(shutil.move(file, goal)))
        notebook = target / "notebooks" / path.name
        notebook.parent.mkdir(parents=True, exist_ok=True)
        notebook.write_text(text, encoding="utf-8", newline="\n")
        return [notebook, *made]


def _figures_of(path: Path, figures: Path) -> list[Path]:
    number = path.stem.split("_")[0]
    return [file for file in figures.glob(f"{number}_*") if file.is_file()]


def _execute(path: Path, stage: Path) -> str:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    book = nbformat.read(path, as_version=4)
    client = NotebookClient(
        book,
        timeout=_SECONDS_A_CELL,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    environment = os.environ | {
        OUTPUT_VARIABLE: str(stage),
        "IPYTHONDIR": str(stage.parent / "ipython"),
        "PYTHONUTF8": "1",
    }
    try:
        asyncio.run(client.async_execute(env=environment))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise _failure(path, book, error) from None
    return nbformat.writes(_tidied(book)) + "\n"


def _failure(path: Path, book: Any, error: Exception) -> NotebookError:
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    failed = [cell for cell in code if any(output.output_type == "error" for output in cell.outputs)]
    reached = [cell for cell in code if cell.execution_count]
    cell = (failed or reached[-1:] or code)[0]
    named = (getattr(error, "ename", type(error).__name__), getattr(error, "evalue", f"after {_SECONDS_A_CELL} s"))
    reason = ": ".join(named)
    line = next((line for line in cell.source.splitlines() if line.strip()), "")
    return NotebookError(
        f"{path.name}, code cell {code.index(cell) + 1} of {len(code)} ({line[:60]!r}) failed: {reason}",
        "the cell to run",
        f"open notebooks/{path.name} at that cell",
    )


def _tidied(book: Any) -> Any:
    """Keep what a reader sees and what makes the next run identical; drop timings, versions and paths."""
    book.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in book.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
    return book


def _inputs(project: Path) -> Iterable[Path]:
    package = Path(__file__).parent
    yield from sorted(path for path in package.rglob("*") if path.suffix in (".py", ".toml", ".csv"))
    yield from sorted((project / "data" / "raw").glob("*"))
    yield from (
        path for path in (project / "data" / "datapackage.json", project / "requirements.lock") if path.exists()
    )


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


class _Memory:
    """What was run, from which inputs, and which files came out; kept below .cache, out of the project's history."""

    def __init__(self, target: Path) -> None:
        self._target = target
        cache = project_folder() / ".cache"
        cache.mkdir(exist_ok=True)
        self._file = cache / f"run-{target.name if target.parent.name == 'output' else 'project'}.json"
        self._known: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}

    def is_fresh(self, notebook: Path, fixed: str) -> bool:
        entry = self._known.get(notebook.stem)
        if not entry or entry["inputs"] != fixed or entry["source"] != _source(notebook):
            return False
        files = {self._target / name: known for name, known in entry["files"].items()}
        return all(path.is_file() and _digest([path]) == known for path, known in files.items())

    def keep(self, notebook: Path, fixed: str, made: Iterable[Path]) -> None:
        files = {path.relative_to(self._target).as_posix(): _digest([path]) for path in made}
        self._known[notebook.stem] = {"inputs": fixed, "source": _source(notebook), "files": files}
        self._file.write_text(json.dumps(self._known, indent=1, sort_keys=True), encoding="utf-8")


def _source(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return hashlib.sha256(json.dumps([[cell["cell_type"], cell["source"]] for cell in cells]).encode()).hexdigest()
