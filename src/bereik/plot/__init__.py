"""Charts: pure functions of a result table and a language; `bereik.figure` writes them with their texts."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def chart(name: str) -> Callable[..., Any]:
    """Find a chart by its name."""
    module, _, function = name.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"bereik.plot.{module}"), function or module)
    return found
