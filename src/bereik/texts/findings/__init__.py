"""What each figure says, computed from the table that is drawn; one module a notebook."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["FINDINGS"]

FINDINGS: dict[str, Callable[..., tuple[str, dict[str, Any]]]] = {
    stem: finding
    for number in range(1, 13)
    for stem, finding in import_module(f"bereik.texts.findings.notebook_{number:02d}").FINDINGS.items()
}
