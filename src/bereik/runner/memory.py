"""What was run before, from which inputs, so that a run with nothing changed takes no time."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bereik.paths import project_folder

__all__ = ["Memory", "digest", "fingerprint", "notebook_source"]


def fingerprint(project: Path, parameters: Mapping[str, object]) -> str:
    """Give a text that changes when the code, the data, the locked versions, a parameter or the reader's own file do."""
    own = {name: Path(value) for name, value in parameters.items() if isinstance(value, str)}
    seen = {name: [path.stat().st_size, path.stat().st_mtime_ns] for name, path in own.items() if path.is_file()}
    return digest(_inputs(project)) + json.dumps(
        [{name: repr(value) for name, value in parameters.items()}, seen], sort_keys=True
    )


def _inputs(project: Path) -> Iterable[Path]:
    package = Path(__file__).parents[1]
    code = sorted(path for path in package.rglob("*") if path.suffix in (".py", ".toml", ".csv"))
    yield from (path for path in code if "report" not in path.relative_to(package).parts)  # no notebook uses it
    yield from sorted((project / "data" / "raw").glob("*"))
    yield from (
        path for path in (project / "data" / "datapackage.json", project / "requirements.lock") if path.exists()
    )


def digest(paths: Iterable[Path]) -> str:
    """Give a text that changes when a name or the content of one of the files does."""
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

    def is_fresh(self, name: str, inputs: str) -> bool:
        """Say whether this was made of these inputs, and what came out is still there, unchanged."""
        entry = self._known.get(name)
        if not entry or entry["inputs"] != inputs:
            return False
        files = {self._target / name: known for name, known in entry["files"].items()}
        return all(path.is_file() and digest([path]) == known for path, known in files.items())

    def keep(self, name: str, inputs: str, made: Iterable[Path]) -> None:
        """Remember what was made, and of what."""
        files = {path.relative_to(self._target).as_posix(): digest([path]) for path in made}
        self._known[name] = {"inputs": inputs, "files": files}
        self._file.write_text(json.dumps(self._known, indent=1, sort_keys=True), encoding="utf-8")


def notebook_source(notebook: Path) -> str:
    """Give a text that changes when a cell does, and not when only its output does."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return hashlib.sha256(json.dumps([[cell["cell_type"], cell["source"]] for cell in cells]).encode()).hexdigest()
