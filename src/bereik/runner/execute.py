"""Executes one notebook, and says which cell failed."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bereik.errors import NotebookError
from bereik.paths import OUTPUT_VARIABLE
from bereik.runner.parameters import set_parameters

__all__ = ["execute"]

_SECONDS_A_CELL = 300


def execute(path: Path, stage: Path, given: Mapping[str, object]) -> str:
    """Execute a notebook with the reader's parameters, files written to `stage`, and give its text with outputs."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    book = nbformat.read(path, as_version=4)
    set_parameters(book, given)
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
