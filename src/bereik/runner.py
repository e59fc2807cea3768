"""Runs the notebooks, two at a time, puts what they made in its place, and then makes the report.

A notebook writes to a folder of its own while it runs. Only when every cell has run are its outputs, figures and tables
moved to their place, so a notebook that fails leaves what was there before. What tells the same as before stays as it is.
What was run from which inputs is kept below .cache, so that a run with nothing changed takes no time.
"""

import ast
import asyncio
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bereik.differences import unchanged
from bereik.errors import BereikError, NotebookError, UnknownNameError
from bereik.paths import OUTPUT_VARIABLE, PACKAGE, RUN_VARIABLE, persons_read, persons_were_read, project_folder

_KERNELS, _SECONDS_A_CELL = 2, 300
_RELEASED = ("DATA", "MAP", "SCORE", "SCHEME", "BANDS", "YEAR", "GROUP", "REFERENCE", "FORM", "PLACE")
_Say = Callable[[str], None]  # gets one line of progress at a time


def run_notebooks(
    names: Sequence[str] = (),
    *,
    output: str | None = None,
    parameters: Mapping[str, object] | None = None,
    force: bool = False,
    say: _Say = print,
) -> list[Path]:
    """Execute the notebooks and write their outputs, figures and tables.

    Parameters
    ----------
    names : list of str
        The notebooks, by number or by name (``"02"``, ``"02_forms_of_care"``); all of them when empty.
    output : str, optional
        Write executed notebooks, figures and tables to output/NAME and leave the project's own files untouched.
    parameters : dict, optional
        Values for names of the notebooks' parameters cell, for example ``{"REGION": "Rijnmond"}``. Needs `output`. The
        notebooks that have one of these parameters are run; with ``DATA``, ``PILOT`` or ``REGION``, those that have that one.
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
        When parameters are given without `output`, or contradict each other; when the file of persons, or what is asked of it,
        is not right: its tables are made first, and no notebook is started.

    Examples
    --------
    >>> run_notebooks(["no_such_notebook"])
    Traceback (most recent call last):
    bereik.errors.UnknownNameError: Unknown notebook 'no_such_notebook'. Expected: one of ...
    """
    project, target, given = project_folder(), output_folder(output), dict(parameters or {})
    if given and output is None:
        fault = f"parameters ({', '.join(given)}) for the project's own notebooks"
        raise BereikError(fault, "a name for the output, so that the project stays as it is", "give output='NAME'")
    _refuse_contradiction(given)
    chosen = _with_parameters(_chosen(project, names), given)
    cache, shared = _Cache(target), _shared_inputs(project, given)
    inputs = {path: shared + _source(path) for path in chosen}
    waiting = [path for path in chosen if force or not cache.is_fresh(path.stem, inputs[path])]
    for path in chosen:
        if path not in waiting:
            say(f"{path.stem}: nothing changed, skipped")
    _prepare(waiting, given, say)
    with ThreadPoolExecutor(_KERNELS) as pool:
        outcomes = list(pool.map(lambda path: _run_one(path, target, given, say), waiting))
    for path, outcome in zip(waiting, outcomes, strict=True):
        if isinstance(outcome, list):
            cache.keep(path.stem, inputs[path], outcome)
    failures = sorted(str(outcome) for outcome in outcomes if isinstance(outcome, BereikError))
    if failures:
        fault = f"{len(failures)} of {len(outcomes)} notebooks failed. {' '.join(failures)}"
        todo = "open the notebook (make lab), run it up to that cell, and correct the cause"
        raise NotebookError(fault, "every cell to run without an error", todo)
    write_manifest(target / "figures")
    return waiting


def update_report(output: str | None = None, *, force: bool = False, say: _Say = print) -> bool:
    """Write the page, the PDF and the factsheets on the figures of a run, unless nothing changed since the last time.

    Parameters
    ----------
    output : str, optional
        The run's output/NAME; the project's own figures when not given.
    force : bool
        Make the report also when nothing changed.
    say : callable
        Gets one line of progress at a time.

    Returns
    -------
    bool
        Whether there is a report: not when the run made no figures.
    """
    from bereik.report import make_report

    target, project = output_folder(output), project_folder()
    figures, cache = target / "figures", _Cache(target)
    entries = json.loads((figures / "data" / "manifest.json").read_text(encoding="utf-8"))
    if not entries:
        return False
    code = sorted(path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts)
    cited = [project / "data" / "datapackage.json", project / "CITATION.cff"]
    tables = [*sorted((target / "data" / "processed").glob("*.csv")), *sorted((project / "data" / "raw").glob("*.csv"))]
    drawn = sorted(figures / name for entry in entries for name in entry["files"].values())
    inputs = _digest([*code, *cited, *tables, *drawn])
    if not force and cache.is_fresh("report", inputs):
        say("report: nothing changed, skipped")
        return True
    say("report: page, PDF and factsheets ...")
    cache.keep("report", inputs, make_report(figures, say=say))
    return True


def output_folder(output: str | None = None) -> Path:
    """Give the folder that a run writes to: the project's own, or output/NAME."""
    project = project_folder()
    if output is None:
        return project
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", output):
        raise UnknownNameError("output name", output, ["letters, digits, - and _ only, for example 'mine'"])
    return project / "output" / output


def write_manifest(figures: Path) -> Path:
    r"""Merge the descriptions of all figures, one JSON file each in data/, into data/manifest.json, sorted by name.

    Examples
    --------
    >>> write_manifest(Path(tempfile.mkdtemp())).read_text(encoding="utf-8")
    '[]\n'
    """
    manifest = figures / "data" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    described = sorted(path for path in manifest.parent.glob("*.json") if path != manifest)
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in described]
    manifest.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return manifest


def _chosen(project: Path, names: Sequence[str]) -> list[Path]:
    """Find notebooks by number or name."""
    notebooks = {path.stem: path for path in sorted((project / "notebooks").glob("*.ipynb"))}
    chosen = [] if names else list(notebooks.values())
    for name in names:
        wanted = Path(name).name.removesuffix(".ipynb")
        fits = [path for stem, path in notebooks.items() if wanted in (stem, stem.split("_")[0])]
        if not fits:
            raise UnknownNameError("notebook", name, list(notebooks))
        chosen += fits
    return list(dict.fromkeys(chosen))


def _refuse_contradiction(given: Mapping[str, object]) -> None:
    """Raise when parameters do not go together."""
    if "MAP" in given and "DATA" not in given:
        expected, todo = "the file that it is about", "add --data FILE (DATA), or leave --map (MAP) out"
        raise BereikError("a column map without a file of persons", expected, todo)
    if {"DATA", "REGION"} <= set(given):
        expected = "one of the two: the persons of a file live where the file says"
        raise BereikError(
            "a file of persons and a region", expected, "leave --region out; --set PLACE=NAME names the place"
        )


def _with_parameters(paths: list[Path], given: Mapping[str, object]) -> list[Path]:
    """Keep the notebooks that have the reader's own data or region, or else another parameter; each must be in one of them."""
    if not given:
        return paths
    names = {path: set(_parameters_of(path)) for path in paths}
    leading = set(given) & {"DATA", "PILOT", "REGION"} or set(given)
    kept = [path for path in paths if names[path] & leading]
    every = set().union(*(names[path] for path in kept or paths))
    if absent := [name for name in given if name not in every]:
        raise UnknownNameError("parameter", absent[0], sorted(every), where="the notebooks of this run")
    return kept


def _prepare(paths: list[Path], given: Mapping[str, object], say: _Say) -> None:
    """Make the tables of persons that the notebooks read, once and before one starts: they are kept, and no kernel counts."""
    done: list[dict[str, Any]] = []
    before = persons_were_read()
    for path in paths:
        asked = {name: value for name, value in (_parameters_of(path) | dict(given)).items() if name in _RELEASED}
        if "DATA" in asked and asked not in done:
            from bereik.data.release import release

            done.append(dict(asked))
            file, column_map = asked.pop("DATA"), asked.pop("MAP", None)
            say(f"reading {Path(file).name if file else 'the synthetic example'} ...")
            release(file, column_map, **{name.lower(): value for name, value in asked.items()})
    persons_read(before)  # the report, which is made next in this process, is not made of persons


def _cells(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def _is_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def _parameters_of(path: Path) -> dict[str, Any]:
    """Give the names and values of the parameters cell; a value that is no literal is None."""
    source = "\n".join("".join(cell["source"]) for cell in _cells(path) if _is_parameters(cell))
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            literal = isinstance(node.value, ast.Constant | ast.List | ast.Tuple)
            found[node.targets[0].id] = ast.literal_eval(node.value) if literal else None
    return found


def _run_one(path: Path, target: Path, given: Mapping[str, object], say: _Say) -> list[Path] | BereikError:
    """Run a notebook and give the files that it made, or the error that stopped it."""
    start = time.perf_counter()
    say(f"{path.stem}: running ...")
    try:
        made = _execute_and_place(path, target, given)
    except BereikError as error:
        say(f"{path.stem}: FAILED, its former outputs are left in place")
        return error
    say(f"{path.stem}: done in {time.perf_counter() - start:.1f} s")
    return made


def _execute_and_place(path: Path, target: Path, given: Mapping[str, object]) -> list[Path]:
    with tempfile.TemporaryDirectory(dir=_cache_folder()) as folder:
        stage = Path(folder)
        notebook = stage / "notebooks" / path.name
        notebook.parent.mkdir()
        notebook.write_text(_executed(path, stage, given), encoding="utf-8", newline="\n")
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


def _executed(path: Path, stage: Path, given: Mapping[str, object]) -> str:
    """Execute a notebook with the reader's parameters, files written to `stage`, and give its text with outputs."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    book = nbformat.read(path, as_version=4)
    for cell in filter(_is_parameters, book.cells):
        for name, value in given.items():
            line = f"{name} = {value!r}".replace("\\", r"\\")
            cell.source = re.sub(rf"^{name} = .*$", line, cell.source, flags=re.MULTILINE)
    quiet: dict[str, Any] = {"extra_arguments": ["--log-level=ERROR"], "record_timing": False, "kernel_name": "python3"}
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(book, timeout=_SECONDS_A_CELL, resources=place, **quiet)
    environment = {
        OUTPUT_VARIABLE: str(stage),
        RUN_VARIABLE: "1",
        "IPYTHONDIR": str(stage.parent / "ipython"),
        "PYTHONUTF8": "1",
    }
    try:
        asyncio.run(client.async_execute(env=os.environ | environment))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise _failure(path, book, error) from None
    book.metadata = {  # what a reader sees and what makes the next run identical: no timings, versions and paths
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in book.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
    return nbformat.writes(book) + "\n"


def _failure(path: Path, book: Any, error: Exception) -> NotebookError:
    """Say which cell failed, and why."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    failed = [cell for cell in code if any(output.output_type == "error" for output in cell.outputs)]
    reached = [cell for cell in code if cell.execution_count]
    cell = (failed or reached[-1:] or code)[0]
    reason = getattr(error, "evalue", f"after {_SECONDS_A_CELL} s")
    line = next((line for line in cell.source.splitlines() if line.strip()), "")
    place = f"{path.name}, code cell {code.index(cell) + 1} of {len(code)} ({line[:60]!r})"
    fault = f"{place} failed: {getattr(error, 'ename', type(error).__name__)}: {reason}"
    return NotebookError(fault, "the cell to run", f"open notebooks/{path.name} at that cell")


class _Cache:
    """What was run, from which inputs, and which files came out, on each target."""

    def __init__(self, target: Path) -> None:
        self._target = target
        name = target.name if target.parent.name == "output" else "project"
        self._file = _cache_folder() / f"run-{name}.json"
        self._entries: dict[str, Any] = json.loads(self._file.read_text("utf-8")) if self._file.exists() else {}

    def is_fresh(self, name: str, inputs: str) -> bool:
        """Say whether this was made of these inputs, and what came out is still there, unchanged."""
        entry = self._entries.get(name)
        if not entry or entry["inputs"] != inputs:
            return False
        files = {self._target / path: digest for path, digest in entry["files"].items()}
        return all(path.is_file() and _digest([path]) == digest for path, digest in files.items())

    def keep(self, name: str, inputs: str, made: Iterable[Path]) -> None:
        """Write down what was made, and of what."""
        files = {path.relative_to(self._target).as_posix(): _digest([path]) for path in made}
        self._entries[name] = {"inputs": inputs, "files": files}
        self._file.write_text(json.dumps(self._entries, indent=1, sort_keys=True), encoding="utf-8")


def _cache_folder() -> Path:
    """Give the folder below the project that is kept out of its history."""
    folder = project_folder() / ".cache"
    folder.mkdir(exist_ok=True)
    return folder


def _shared_inputs(project: Path, parameters: Mapping[str, object]) -> str:
    """Give a text that changes when the code, the data, the locked versions, a parameter or the reader's own file do."""
    code = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".toml", ".csv"))
    code = [path for path in code if "report" not in path.relative_to(PACKAGE).parts]  # no notebook uses it
    data = [*sorted((project / "data" / "raw").glob("*")), project / "data" / "datapackage.json"]
    files = {name: Path(value) for name, value in parameters.items() if isinstance(value, str)}
    seen = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items() if path.is_file()}
    values = {name: repr(value) for name, value in parameters.items()}
    return _digest([*code, *data, project / "requirements.lock"]) + json.dumps([values, seen], sort_keys=True)


def _source(notebook: Path) -> str:
    """Give a text that changes when a cell does, and not when only its output does."""
    cells = [[cell["cell_type"], cell["source"]] for cell in _cells(notebook)]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _digest(paths: Iterable[Path]) -> str:
    """Give a text that changes when a name or the content of one of the files does; what is no file is left out."""
    total = hashlib.sha256()
    for path in paths:
        if path.is_file():
            total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()
