"""What `bereik` and `bereik.pilot` offer: every public name is written once, loads, is documented, and is known to editors."""

import ast
import inspect
import re
import subprocess
import sys
from importlib import import_module

import pytest

import bereik

PACKAGES = ("bereik", "bereik.pilot")
NAMES = [(package, name) for package in PACKAGES for name in import_module(package).__all__]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_loads_and_is_documented_with_an_example(package, name):
    public = getattr(import_module(package), name)
    if not callable(public) or name == "BereikError":
        return
    text, signature = inspect.getdoc(public), inspect.signature(public)
    told = {"Parameters": signature.parameters, "Returns": signature.return_annotation, "Examples": True}
    assert not [part for part, there in told.items() if there and part not in text]
    described = text.split("Returns\n")[0]
    for parameter in signature.parameters:
        assert re.search(rf"^(\*{{1,2}}|.*, )?{parameter}(, .*)?( :|$)", described, re.MULTILINE), parameter


@pytest.mark.parametrize("package", PACKAGES)
def test_the_stub_names_each_once_where_it_is_written(project, package):
    folder = project.joinpath("src", *package.split("."))
    stub = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
    lines = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    written = {node.names[0].name: node.module for node in lines}
    public = import_module(package)
    assert dir(public) == sorted(written)
    assert len(written) == len(lines)
    assert all(node.names[0].asname == node.names[0].name for node in lines), "without `as` editors do not offer it"
    for name, module in written.items():
        if module == package:
            assert getattr(public, name) is import_module(f"{package}.{name}"), "a namespace"
        else:
            assert getattr(import_module(module), name).__module__ == module, name
    names = [name for name, module in written.items() if module != package]
    assert [name for name in public.__all__ if name[0] != "_"] == names


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(AttributeError, match=r"public name 'acces_gap' in bereik \(did you mean 'access_gap'"):
        bereik.acces_gap  # noqa: B018
    with pytest.raises(AttributeError, match=r"'pared_change' in bereik.pilot \(did you mean 'paired_change'"):
        bereik.pilot.pared_change  # noqa: B018
    assert not hasattr(bereik, "e_value")
    from bereik import counts  # a module is no public name, and can be imported

    assert inspect.ismodule(counts)


def test_importing_bereik_loads_nothing_and_its_namespace_is_there():
    code = "import sys, os, warnings; before = dict(os.environ), [*warnings.filters]; import bereik; bereik.pilot; "
    code += "assert before == (dict(os.environ), [*warnings.filters]) and not {'numpy', 'pandas'} & {*sys.modules}"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
