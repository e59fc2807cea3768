"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names stand in `__init__.pyi`, and are loaded on first use: importing bereik is quick and changes nothing.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.2.0"

_STUB = ast.parse(Path(__file__).with_suffix(".pyi").read_text("utf-8"))
_HOMES = {node.names[0].name: node.module for node in _STUB.body if isinstance(node, ast.ImportFrom)}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    from bereik.errors import UnknownNameError

    raise AttributeError(str(UnknownNameError("public name", name, _HOMES, where="bereik", todo="see dir(bereik)")))


def __dir__() -> list[str]:
    return sorted(__all__)
