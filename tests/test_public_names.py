"""What `bereik` offers: every public name loads, is documented with an example, and is known to editors."""

import ast
import inspect
import re

import bereik


def test_every_public_name_loads_and_has_an_example():
    for name in bereik.__all__:
        found = getattr(bereik, name)
        if callable(found) and name != "BereikError":
            text = inspect.getdoc(found)
            for part in ("Parameters", "Returns", "Examples"):
                assert part in text or (part == "Parameters" and not inspect.signature(found).parameters), (
                    f"{name}: {part}"
                )


def test_every_parameter_is_described():
    for name in bereik.__all__:
        found = getattr(bereik, name)
        if inspect.isfunction(found):
            described = inspect.getdoc(found).split("Returns\n")[0]
            for parameter in inspect.signature(found).parameters:
                assert re.search(rf"^(\*\*|.*, )?{parameter}(, .*)?( :|$)", described, re.MULTILINE), (
                    f"{name}: {parameter}"
                )


def test_editors_see_the_same_names(project):
    tree = ast.parse((project / "src" / "bereik" / "__init__.py").read_text(encoding="utf-8"))
    shown = {
        node.names[0].asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    shown = {name: module for name, module in shown.items() if name}
    assert {name: f"bereik.{home}" for name, home in bereik._HOMES.items()} == shown


def test_dir_lists_the_public_names():
    assert dir(bereik) == sorted(bereik.__all__)
