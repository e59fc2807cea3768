"""bereik: use of youth care per migration background, relative to the severity of problems.

The public names are loaded on first use, so importing bereik is quick and changes nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bereik.errors import BereikError as BereikError

__version__ = "0.1.0"

_HOMES = {
    "BereikError": "errors",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bereik' has no public name {name!r}; its names are: {', '.join(__all__)}")
    return getattr(import_module(f"bereik.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
