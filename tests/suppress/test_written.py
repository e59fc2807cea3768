"""Notebooks 07 and 08 have nothing of persons but the released counts, so what they show is a function of these."""

import ast
import json

import pytest


@pytest.mark.parametrize("book", ["07_access_gap", "08_what_explains_it"])
def test_a_notebook_reads_persons_through_the_release_only(book, project):
    """Then all it shows, draws, writes and says is a function of released counts: pictures, axes, texts, workbooks, logs."""
    cells = json.loads((project / "notebooks" / f"{book}.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    parameters = next(cell for cell in code if "DATA = " in cell)
    rest = ast.parse("\n".join(cell for cell in code if cell != parameters))
    called = [one for one in ast.walk(rest) if isinstance(one, ast.Call) and ast.unparse(one.func) == "bereik.release"]
    given = {name.id for one in called for name in ast.walk(one) if isinstance(name, ast.Name)}
    used = [name.id for name in ast.walk(rest) if isinstance(name, ast.Name) and name.id in ("DATA", "MAP")]
    assert len(called) == 1
    assert sorted(used) == sorted(given & {"DATA", "MAP"}) == ["DATA", "MAP"]
    readers = {
        "read_youths",
        "example_youths",
        "count",
        "open",
        *(f"read_{kind}" for kind in ("csv", "parquet", "excel")),
    }
    names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", None) for one in ast.walk(rest)}
    assert not names & {*readers, "scan_parquet"}
