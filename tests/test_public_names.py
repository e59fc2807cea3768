"""What `bereik` offers: every public name is written once, loads, is documented with an example, and is known to editors."""

import ast
import inspect
import re
from importlib import import_module

import pytest

import bereik


def test_every_public_name_loads_and_has_an_example():
    for name in bereik.__all__:
        found = getattr(bereik, name)
        if callable(found) and name != "BereikError":
            text, signature = inspect.getdoc(found), inspect.signature(found)
            told = {"Parameters": signature.parameters, "Returns": signature.return_annotation, "Examples": True}
            missing = [part for part, there in told.items() if there and part not in text]
            assert not missing, f"{name}: {missing}"


def test_every_parameter_is_described():
    for name in bereik.__all__:
        found = getattr(bereik, name)
        if inspect.isfunction(found):
            described = inspect.getdoc(found).split("Returns\n")[0]
            for parameter in inspect.signature(found).parameters:
                assert re.search(rf"^(\*{{1,2}}|.*, )?{parameter}(, .*)?( :|$)", described, re.MULTILINE), (
                    f"{name}: {parameter}"
                )


def test_the_stub_names_each_once_where_it_is_written(project):
    stub = ast.parse((project / "src" / "bereik" / "__init__.pyi").read_text(encoding="utf-8"))
    lines = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    names = [node.names[0].name for node in lines]
    assert bereik.__all__ == ["__version__", *names]
    assert len(set(names)) == len(names)
    for node in lines:
        (alias,) = node.names
        assert alias.asname == alias.name, "without `as` it is no public name for editors and mypy"
        assert getattr(import_module(node.module), alias.name).__module__ == node.module, alias.name


def test_dir_lists_the_public_names():
    assert dir(bereik) == sorted(bereik.__all__)


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(AttributeError, match=r"public name 'acces_gap' in bereik \(did you mean 'access_gap'"):
        bereik.acces_gap  # noqa: B018
    assert not hasattr(bereik, "e_value")
    from bereik import counts  # a room is no public name, and can be imported

    assert inspect.ismodule(counts)
