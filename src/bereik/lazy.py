"""Loads public names on first use: each is written once, in the `__init__.pyi` of its package, with the module it is in."""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def public_names(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Read the public names of a package, and give what makes them load on first use.

    Parameters
    ----------
    package : str
        Name of the package.
    file : str
        Its `__init__.py`; the names stand beside it, in `__init__.pyi`. A line ``from PACKAGE import x as x`` there is a
        package of its own (a namespace), which loads as well and is none of the names.

    Returns
    -------
    tuple of function, function and list of str
        `__getattr__`, `__dir__` and the names.

    Examples
    --------
    >>> import bereik
    >>> load, _, names = public_names("bereik", bereik.__file__)
    >>> "label" in names, load("label") is bereik.label
    (True, True)
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text("utf-8"))
    modules = {line.names[0].name: str(line.module) for line in stub.body if isinstance(line, ast.ImportFrom)}
    names = [name for name, module in modules.items() if module != package]

    def load(name: str) -> Any:
        if name in names:
            return getattr(import_module(modules[name]), name)
        if name in modules:
            return import_module(f"{package}.{name}")
        from bereik.errors import UnknownNameError

        message = UnknownNameError("public name", name, modules, where=package, todo=f"see dir({package})")
        raise AttributeError(str(message))

    return load, lambda: sorted(modules), names
