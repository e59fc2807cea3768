"""Runs the notebooks, two at a time, makes the report, and then puts all of it in its place: the whole run, or nothing.

A notebook writes to a folder of its own while it runs. Only when every cell of every notebook has run, and the report is made,
are the files put in place together (`bereik.transaction`). What tells the same as before stays as it is. What was run from
which inputs is kept below .cache, so that a run with nothing changed takes no time.
"""

import ast
import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from bereik.differences import unchanged
from bereik.errors import BereikError, NotebookError, UnknownNameError
from bereik.paths import CACHE, OUTPUT_VARIABLE, PACKAGE, RUN_VARIABLE, persons_read, persons_were_read, project_folder
from bereik.transaction import Change, changing, write_whole

_KERNELS, SECONDS = 2, 1800
_KINDS = ("figures/**/*", "data/processed/*", "notebooks/*.ipynb")  # what a run writes
_RELEASED = ("DATA", "MAP", "SCORE", "SCHEME", "BANDS", "YEAR", "GROUP", "REFERENCE", "FORM", "PLACE")
_Say = Callable[[str], None]  # gets one line of progress at a time


def run_notebooks(
    names: Sequence[str] = (),
    *,
    output: str | None = None,
    parameters: Mapping[str, object] | None = None,
    force: bool = False,
    report: bool = False,
    seconds: int = SECONDS,
    say: _Say = print,
) -> list[Path]:
    """Execute the notebooks and write their outputs, figures and tables, all of them or none.

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
    report : bool
        Make the report too: it is put in place together with the figures that it is about.
    seconds : int
        How long one cell may take.
    say : callable
        Gets one line of progress at a time.

    Returns
    -------
    list of pathlib.Path
        The notebooks that were executed; what has not changed is skipped.

    Raises
    ------
    NotebookError
        When a cell fails: which notebook, which cell, and the cell's error. The other notebooks are still executed, so that
        all faults are named; nothing is put in place.
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
    with changing(project, say=say) as change:
        view = change.copy(target, *_KINDS)
        cache, shared = _Cache(change, view, target), _shared_inputs(project, given)
        inputs = {path: shared + _source(path) for path in chosen}
        waiting = [path for path in chosen if force or not cache.is_fresh(path.stem, inputs[path])]
        for path in chosen:
            if path not in waiting:
                say(f"{path.stem}: nothing changed, skipped")
        _prepare(waiting, given, say)
        made = {path: change.folder / "made" / path.stem for path in waiting}
        _run_all(made, given, seconds, say)
        for path, folder in made.items():
            cache.keep(path.stem, inputs[path], _placed(folder, view))
        if json.loads(write_manifest(view / "figures").read_text(encoding="utf-8")) and report:
            _report(view, cache, None, force, say)
        change.commit()
    return waiting


def update_report(
    output: str | None = None, municipality: str | None = None, *, force: bool = False, say: _Say = print
) -> list[Path]:
    """Write the page, the PDF and the factsheets on the figures of a run, unless nothing changed since the last time.

    Parameters
    ----------
    output : str, optional
        The run's output/NAME; the project's own figures when not given.
    municipality : str, optional
        Only the factsheet of this municipality (or of the region).
    force : bool
        Make the report also when nothing changed.
    say : callable
        Gets one line of progress at a time.

    Returns
    -------
    list of pathlib.Path
        The files that were written, all of them or none.

    Raises
    ------
    BereikError
        When there are no figures, or a file cannot be written.
    """
    target = output_folder(output)
    with changing(project_folder(), say=say) as change:
        view = change.copy(target, *_KINDS)
        written = _report(view, _Cache(change, view, target), municipality, force, say)
        change.commit()
    return [target / name for name in written]


def _report(view: Path, cache: "_Cache", municipality: str | None, force: bool, say: _Say) -> list[Path]:
    """Make the report among the staged files, and name its files."""
    from bereik.report import make_report
    from bereik.report.shared import read_figures

    project, figures = project_folder(), view / "figures"
    code = sorted(path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts)
    cited = [project / "data" / "datapackage.json", project / "CITATION.cff"]
    tables = [*sorted((view / "data" / "processed").glob("*.csv")), *sorted((project / "data" / "raw").glob("*.csv"))]
    drawn = sorted(figures / name for entry in read_figures(figures) for name in entry["files"].values())
    inputs = _digest([*code, *cited, *tables, *drawn])
    if not force and not municipality and cache.is_fresh("report", inputs):
        say("report: nothing changed, skipped")
        return []
    say("report: page, PDF and factsheets ...")
    written = [path.relative_to(view) for path in make_report(figures, municipality, say=say)]
    if not municipality:
        cache.keep("report", inputs, written)
    return written


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
    >>> import tempfile
    >>> write_manifest(Path(tempfile.mkdtemp())).read_text(encoding="utf-8")
    '[]\n'
    """
    manifest = figures / "data" / "manifest.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    described = sorted(path for path in manifest.parent.glob("*.json") if path != manifest)
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in described]
    return write_whole(manifest, json.dumps(entries, ensure_ascii=False, indent=1) + "\n")


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
        todo = "leave --region out; --set PLACE=NAME names the place"
        raise BereikError("a file of persons and a region", expected, todo)


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


def _run_all(made: Mapping[Path, Path], given: Mapping[str, object], seconds: int, say: _Say) -> None:
    """Execute notebooks, each into its folder, or say of all that fail where and why; when stopped, stop the kernels."""
    running: list[asyncio.Task[Any]] = []

    async def noted(work: Coroutine[Any, Any, None]) -> None:
        running.append(asyncio.create_task(work))
        await running[-1]

    def run_one(path: Path) -> str:
        start = time.perf_counter()
        say(f"{path.stem}: running ...")
        try:
            asyncio.run(noted(_execute(path, made[path], given, seconds)))
        except BereikError as error:
            say(f"{path.stem}: FAILED")
            return str(error)
        say(f"{path.stem}: done in {time.perf_counter() - start:.1f} s")
        return ""

    with ThreadPoolExecutor(_KERNELS) as pool:
        try:
            failures = sorted(filter(None, pool.map(run_one, made)))
        except KeyboardInterrupt:
            for task in [task for task in running if not task.done()]:
                task.get_loop().call_soon_threadsafe(task.cancel)
            raise
    if failures:
        fault = f"{len(failures)} of {len(made)} notebooks failed. {' '.join(failures)}"
        todo = "open the notebook (make lab), run it up to that cell, and correct the cause; no file was changed"
        raise NotebookError(fault, "every cell to run without an error", todo)


def _placed(made: Path, view: Path) -> list[Path]:
    """Put what a notebook made among the staged files, for its former figures; what tells the same as before stays.

    A figure that it shows of another notebook, by the number of its key, is written by that one.
    """
    names = sorted(file.relative_to(made) for file in made.rglob("*") if file.is_file())
    others = {path.name[:2] for path in (project_folder() / "notebooks").glob("*.ipynb")} - {made.name[:2]}
    names = [name for name in names if name.parts[0] != "figures" or name.name[:2] not in others]
    for part in ("", "nl/", "en/", "data/"):  # figures/ itself held all files once
        for old in (view / "figures").glob(f"{part}{made.name.split('_')[0]}_*"):
            if old.is_file() and old.relative_to(view) not in names:
                old.unlink()
    same = unchanged(made, view)
    for name in names:
        (view / name).parent.mkdir(parents=True, exist_ok=True)
        if name not in same:
            (made / name).replace(view / name)
    return names


async def _execute(path: Path, made: Path, given: Mapping[str, object], seconds: int) -> None:
    """Execute a notebook with the reader's parameters; its files and the notebook itself, with outputs, go to a folder."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    book = nbformat.read(path, as_version=4)
    for cell in filter(_is_parameters, book.cells):
        for name, value in given.items():
            line = f"{name} = {value!r}".replace("\\", r"\\")
            cell.source = re.sub(rf"^{name} = .*$", line, cell.source, flags=re.MULTILINE)
    quiet: dict[str, Any] = {"extra_arguments": ["--log-level=ERROR"], "record_timing": False, "kernel_name": "python3"}
    quiet["shutdown_kernel"] = "immediate"  # all is written by then; asked politely, one that is stopped complains
    client = NotebookClient(book, timeout=seconds, resources={"metadata": {"path": str(path.parent)}}, **quiet)
    place = {OUTPUT_VARIABLE: str(made), RUN_VARIABLE: "1", "PYTHONUTF8": "1"}
    place["IPYTHONDIR"] = str(project_folder() / CACHE / "ipython")
    if search := os.environ.get("PYTHONPATH"):  # its folders as this process finds them: a kernel starts in notebooks/
        place["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, search.split(os.pathsep)))
    try:
        await client.async_execute(env=os.environ | place)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise _failure(path, book, error, seconds) from None
    # what a reader sees and what makes the next run identical: no timings, versions and paths
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book.metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    for cell in book.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
    (made / "notebooks").mkdir(parents=True, exist_ok=True)
    (made / "notebooks" / path.name).write_text(nbformat.writes(book) + "\n", encoding="utf-8", newline="\n")


def _failure(path: Path, book: Any, error: Exception, seconds: int) -> NotebookError:
    """Say which cell failed, and why."""
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    failed = [cell for cell in code if any(output.output_type == "error" for output in cell.outputs)]
    reached = [cell for cell in code if cell.execution_count]
    cell = (failed or reached[-1:] or code)[0]
    reasons = {"CellTimeoutError": f"not done after {seconds} s (--seconds allows more)"}
    reasons["DeadKernelError"] = "its Python process died (is there enough memory?)"
    kind = type(error).__name__
    reason = reasons.get(kind) or f"{getattr(error, 'ename', kind)}: {getattr(error, 'evalue', error)}"
    line = next((line for line in cell.source.splitlines() if line.strip()), "")
    place = f"{path.name}, code cell {code.index(cell) + 1} of {len(code)} ({line[:60]!r})"
    return NotebookError(f"{place} failed: {reason}", "the cell to run", f"open notebooks/{path.name} at that cell")


class _Cache:
    """What was run, from which inputs, and which files came out, on each target."""

    def __init__(self, change: Change, view: Path, target: Path) -> None:
        self._view = view
        name = f"run-{target.name if target.parent.name == 'output' else 'project'}.json"
        self._file = change.files / CACHE / name
        self._entries: dict[str, dict[str, Any]] = {}
        with suppress(
            OSError, ValueError, TypeError, KeyError, AttributeError
        ):  # none yet, or damaged: all is run again
            kept = json.loads((project_folder() / CACHE / name).read_text(encoding="utf-8"))
            self._entries = {one: {**entry, "files": {**entry["files"]}} for one, entry in kept.items()}

    def is_fresh(self, name: str, inputs: str) -> bool:
        """Say whether this was made of these inputs, and what came out is still there, unchanged."""
        entry = self._entries.get(name, {"files": {}})
        files = {self._view / path: digest for path, digest in entry["files"].items()}
        there = all(path.is_file() and _digest([path]) == digest for path, digest in files.items())
        return there and entry.get("inputs") == inputs

    def keep(self, name: str, inputs: str, made: Iterable[Path]) -> None:
        """Write down what was made, and of what; two notebooks never make the same file."""
        files = {path.as_posix(): _digest([self._view / path]) for path in made}
        for other, entry in self._entries.items():
            both = sorted(files.keys() & entry["files"].keys())
            if other != name and both and (self._view / "notebooks" / f"{other}.ipynb").is_file():
                todo = f"move {name}.ipynb out of notebooks/, or give its figures and tables other names"
                raise NotebookError(f"{name} makes {both[0]}, as {other} does", "files of its own", todo)
        self._entries[name] = {"inputs": inputs, "files": files}
        self._file.parent.mkdir(exist_ok=True)
        self._file.write_text(json.dumps(self._entries, indent=1, sort_keys=True), encoding="utf-8")


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
