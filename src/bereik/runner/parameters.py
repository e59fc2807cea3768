"""The parameters cell of a notebook: which names it sets, and a reader's own values in their place."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bereik.errors import UnknownNameError

__all__ = ["set_parameters", "with_parameters"]


def with_parameters(paths: list[Path], given: Mapping[str, object]) -> list[Path]:
    """Keep the notebooks that have one of the given parameters; each parameter must be in one of them."""
    if not given:
        return paths
    known = {path: set(_parameters_of(path)) for path in paths}
    for name in given:
        if not any(name in names for names in known.values()):
            raise UnknownNameError("parameter", name, sorted(set().union(*known.values())), where="the notebooks")
    return [path for path, names in known.items() if names & set(given)]


def _parameters_of(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    source = "".join("".join(cell["source"]) + "\n" for cell in cells if _is_parameters(cell))
    return re.findall(r"^([A-Z_]+) = ", source, re.MULTILINE)


def _is_parameters(cell: Any) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def set_parameters(book: Any, given: Mapping[str, object]) -> None:
    """Put the reader's values in place of those in the parameters cell."""
    for cell in book.cells:
        if _is_parameters(cell):
            for name, value in given.items():
                line = f"{name} = {value!r}".replace("\\", r"\\")
                cell.source = re.sub(rf"^{name} = .*$", line, cell.source, flags=re.MULTILINE)
