"""The whole report in one call: everything is made, and takes the place of the former report."""

from functools import partial

import pytest

from bereik import report
from bereik.cli import main
from bereik.report import make_report


@pytest.fixture
def run(a_run, some, tmp_path):
    """A run with one figure and the monitor of the region and one municipality."""
    return a_run(tmp_path, some[(some["region_kind"] != "municipality") | (some["region"] == "Delft")])


def bytes_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def old_report(run):
    """A former report, of which every byte is known."""
    (run / "places").mkdir()
    for name in ("index.html", "index.en.html", "figuren.pdf", "places/delft.html", "places/elders.html"):
        (run / name).write_text(f"the former {name}", encoding="utf-8")
    return bytes_of(run.parent)


def test_page_pdf_and_factsheets_are_made_and_the_figures_left_alone(run):
    before = bytes_of(run)
    made = {path.relative_to(run).as_posix() for path in make_report(run)}
    assert {"index.html", "index.en.html", "LEES_MIJ.txt", "figuren.pdf", "figures.pdf"} <= made
    assert {"places/delft.html", "places/haaglanden.en.pdf"} <= made
    after = bytes_of(run)
    assert set(after) - set(before) == made
    assert {name: after[name] for name in before} == before
    page = after["index.html"].decode()
    assert 'href="places/delft.html"' in page  # the page knows the sheets, so they are made first
    assert 'href="figuren.pdf"' in page


def test_a_run_without_monitor_gets_a_page_and_a_line_that_says_why_there_are_no_factsheets(a_run, tmp_path):
    figures, said = a_run(tmp_path), []
    made = make_report(figures, say=said.append)
    assert said == ["no factsheets: this run made no reach monitor (notebook 12)"]
    assert {path.parent for path in made} == {figures}


@pytest.mark.parametrize("name", ["", "Gemeente Delft"])
def test_the_command_warns_in_one_sentence_when_nobody_says_who_made_it(tmp_path, monkeypatch, capsys, name):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "maker.toml").write_text(f'name = "{name}"', encoding="utf-8")
    monkeypatch.setattr("bereik.report.page.project_folder", lambda: tmp_path)
    monkeypatch.setattr("bereik.runner.update_report", lambda *_, **__: [])
    assert main(["report"]) == 0
    assert capsys.readouterr().err.count("data/maker.toml has no name") == (not name)


PARTS = {"write_factsheets": ["places/delft.html", "places/delft.csv"]}
PARTS |= {"write_pdf": ["figuren.pdf"], "write_page": ["index.html", "index.en.html"]}


def write_quickly(names, figures, goal, municipality=None, *, each=map):
    (goal / "places").mkdir(exist_ok=True)
    return [goal / name for name in names if (goal / name).write_text(f"the new {name}", encoding="utf-8")]


@pytest.fixture
def quick(monkeypatch):
    """Every part writes a new file or two, in no time."""
    for part, names in PARTS.items():
        monkeypatch.setattr(report, part, partial(write_quickly, names))


@pytest.mark.parametrize(("municipality", "outdated"), [(None, {"figures/places/elders.html"}), ("Delft", set())])
@pytest.mark.usefixtures("quick")
def test_a_new_report_takes_the_place_of_the_former_or_only_one_factsheet(run, old_report, municipality, outdated):
    made = {path.relative_to(run.parent).as_posix() for path in make_report(run, municipality)}
    after = bytes_of(run.parent)
    assert {name for name, text in after.items() if text.startswith(b"the new")} == made
    assert set(after) == set(old_report) - outdated | made
    assert municipality is None or {name.split(".")[0] for name in made} == {"figures/places/delft"}
