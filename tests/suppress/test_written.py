"""Notebooks 07 and 08 write, draw and say the same of two files that differ only in what is merged, hidden or rounded."""

import runpy
from functools import cache
from pathlib import Path

import pytest

import bereik

BENCH = runpy.run_path(str(Path(__file__).resolve().parents[2] / "bench" / "own_notebooks.py"))
DRAWN = ["07_use_by_severity", "08_tipping_point"]  # bench/own_notebooks.py draws all, and the PNG too


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """What a notebook writes and shows of a file of persons, made once."""
    folder = tmp_path_factory.mktemp("written")
    return cache(lambda number, which: BENCH["written"](number, which, folder / (number + which), DRAWN))


@pytest.mark.parametrize("number", ["07", "08"])
def test_nothing_that_is_written_or_shown_depends_on_what_is_not_released(number, written, capfd, caplog):
    """Coordinates, axes, order of rows, alternative texts, properties of workbooks, tables and sentences: byte for byte."""
    (files, shown), (others, told) = written(number, "first"), written(number, "changed")
    assert len(files) >= 8
    assert [name for name in files.keys() | others.keys() if files.get(name) != others.get(name)] == []
    assert shown == told
    assert (*capfd.readouterr(), caplog.records) == ("", "", [])


@pytest.mark.parametrize("number", ["07", "08"])
def test_every_kind_of_file_and_text_shows_what_differs_in_a_released_cell(number, written):
    (files, shown), (others, told) = written(number, "first"), written(number, "seen")
    assert {Path(name).suffix for name in files if files[name] != others[name]} == {".svg", ".csv", ".xlsx", ".json"}
    kinds = {kind for one, other in zip(shown, told, strict=True) for kind in one if one[kind] != other[kind]}
    assert kinds >= {"text/plain", "text/html", "text/markdown"}


def test_many_true_counts_differ_between_the_two_files(monkeypatch):
    first, second = (BENCH["made_of"](which)["tables"] for which in ("first", "changed"))
    assert all(table.equals(second[name]) for name, table in first.items())
    monkeypatch.setattr(BENCH["RELEASE"], "protect", lambda counts, **_: counts)
    first, second = (bereik.release(BENCH["persons_of"](which)) for which in ("first", "changed"))
    differ = {"by_severity": 40, "by_age_and_sex": 150, "by_circumstances": 500, "by_municipality": 100}
    for name, least in differ.items():
        both = [set(map(str, each[name].to_dict("records"))) for each in (first, second)]
        assert len(both[0] - both[1]) > least, name
