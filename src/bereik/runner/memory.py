"""What was run before, from which inputs, so that a run with nothing changed takes no time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bereik.paths import project_folder

__all__ = ["Memory", "fingerprint"]


def fingerprint(project: Path, parameters: Mapping[str, object]) -> str:
    """Give a text that changes when the code, the data, the locked versions, a parameter or the reader's own file do."""
    own = {name: Path(value) for name, value in parameters.items() if isinstance(value, str)}
    seen = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in own.items() if path.is_file()}
    return _digest(_inputs(project)) + json.dumps(
        [{name: repr(value) for name, value in parameters.items()}, seen], sort_keys=True
    )


def _inputs(project: Path) -> Iterable[Path]:
    package = Path(__file__).parents[1]
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


class Memory:
    """What was run, from which inputs, and which files came out; kept below .cache, out of the project's history."""

    def __init__(self, target: Path) -> None:
        self._target = target
        cache = project_folder() / ".cache"
        cache.mkdir(exist_ok=True)
        self._file = cache / f"run-{target.name if target.parent.name == 'output' else 'project'}.json"
        self._known: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}

    def is_fresh(self, notebook: Path, fixed: str) -> bool:
        """Say whether the notebook ran with these inputs and what came out is still there, unchanged."""
        entry = self._known.get(notebook.stem)
        if not entry or entry["inputs"] != fixed or entry["source"] != _source(notebook):
            return False
        files = {self._target / name: known for name, known in entry["files"].items()}
        return all(path.is_file() and _digest([path]) == known for path, known in files.items())

    def keep(self, notebook: Path, fixed: str, made: Iterable[Path]) -> None:
        """Remember a run."""
        files = {path.relative_to(self._target).as_posix(): _digest([path]) for path in made}
        self._known[notebook.stem] = {"inputs": fixed, "source": _source(notebook), "files": files}
        self._file.write_text(json.dumps(self._known, indent=1, sort_keys=True), encoding="utf-8")


def _source(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return hashlib.sha256(json.dumps([[cell["cell_type"], cell["source"]] for cell in cells]).encode()).hexdigest()
