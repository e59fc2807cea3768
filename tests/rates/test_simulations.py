"""The simulations of bench/simulations.py with few draws: no interval holds the truth less often than it says."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

BENCH = runpy.run_path(str(Path(__file__).resolve().parents[2] / "bench" / "simulations.py"))


@pytest.mark.parametrize("name", BENCH["SIMULATIONS"])
def test_intervals_hold_the_truth_as_often_as_promised(name):
    rows = BENCH["study"](name, short=True)
    assert rows["kept"].all(), rows


def test_an_interval_that_promises_too_much_is_found(monkeypatch):
    hits = pd.Series([True] * 80 + [False] * 20)
    monkeypatch.setitem(BENCH["SIMULATIONS"], "too short", (lambda runs: [("x", hits, (0.94, 0.965))], 0, 0))
    assert BENCH["study"]("too short", short=True)["kept"].tolist() == [False]


def test_the_stored_table_is_of_the_same_simulations_and_all_kept(project):
    stored = (project / "bench" / "simulations.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in stored for name in BENCH["SIMULATIONS"])
    assert "| NO |" not in stored
