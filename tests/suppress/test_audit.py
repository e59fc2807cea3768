"""A short version of bench/protection.py: linear programming over all tables of a release finds no small cell."""

import runpy

import pytest


@pytest.mark.parametrize(("protection", "succeeds"), [("protect", False), ("rounded_only", True), ("by_itself", True)])
def test_linear_programming_finds_no_small_cell(project, protection, succeeds):
    bench = runpy.run_path(str(project / "bench" / "protection.py"))
    found = bench["study"]([4], bench[protection])
    assert found["targets"] > 30
    assert (found["exact"] + found["below 10"] > 0) == succeeds


def test_the_stored_study_found_nothing_and_its_controls_succeeded(project):
    rows = {}
    for line in (project / "bench" / "protection.md").read_text("utf-8").splitlines():
        cells = [cell.strip().replace(",", "") for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[1].isdigit():
            rows[cells[0]] = list(map(int, cells[1:]))
    (files,) = [row for name, row in rows.items() if name.endswith("random files")]
    (example,) = [row for name, row in rows.items() if name.startswith("the example")]
    assert files[0] > 3_000
    assert files[1:3] == example[1:3] == [0, 0]
    assert all(row[2] > 0 for name, row in rows.items() if name.startswith("control"))
