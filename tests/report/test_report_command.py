"""The whole report in one call: everything is made, or the former report stays as it was, byte for byte."""

import errno
import json
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest

import bereik.report.make as make
from bereik.errors import BereikError, UnknownNameError
from bereik.report.make import make_report

STEM = "02_ratio_by_region"


@pytest.fixture
def run(project, tmp_path):
    """A run with one real figure and the monitor of the region and one municipality."""
    figures, processed = tmp_path / "figures", tmp_path / "data" / "processed"
    processed.mkdir(parents=True)
    entry = json.loads((project / "figures" / "data" / f"{STEM}.json").read_text(encoding="utf-8"))
    for name in entry["files"].values():
        (figures / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / "figures" / name, figures / name)
    (figures / "data" / "manifest.json").write_text(json.dumps([entry]), encoding="utf-8")
    table = pd.read_csv(
        project / "data" / "processed" / "reach_monitor.csv", dtype={"period": str, "previous_period": str}
    )
    table[(table["region_kind"] != "municipality") | (table["region"] == "Delft")].to_csv(
        processed / "reach_monitor.csv", index=False
    )
    return figures


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def old_report(run):
    """A former report, of which every byte is known."""
    (run / "places").mkdir()
    for name in ("index.html", "index.en.html", "figuren.pdf", "places/delft.html"):
        (run / name).write_text(f"the former {name}", encoding="utf-8")
    return bytes_of(run.parent)


def test_page_pdf_and_factsheets_are_made_and_the_figures_left_alone(run):
    former = [
        run / name for name in ("figures.nl.pdf", "figures.en.pdf", "manifest.json")
    ]  # of before there were folders
    before = bytes_of(run)
    for file in former:
        file.write_text("of before", encoding="utf-8")
    made = {path.relative_to(run).as_posix() for path in make_report(run)}
    assert {"index.html", "index.en.html", "LEES_MIJ.txt", "figuren.pdf", "figures.pdf"} <= made
    assert {"places/delft.html", "places/haaglanden.en.pdf"} <= made
    after = bytes_of(run)
    assert not any(file.exists() for file in former)
    assert set(after) - set(before) == made
    assert {name: after[name] for name in before} == before
    page = (run / "index.html").read_text(encoding="utf-8")
    assert 'href="places/delft.html"' in page  # the page knows the sheets, so they are made first


def test_with_a_municipality_only_its_factsheet_is_made(run):
    made = make_report(run, "Delft")
    assert {path.parent.name for path in made} == {"places"}
    assert {path.name.split(".")[0] for path in made} == {"delft"}
    assert not (run / "index.html").exists()


def test_a_run_without_monitor_gets_a_page_and_a_line_that_says_why_there_are_no_factsheets(run):
    (run.parent / "data" / "processed" / "reach_monitor.csv").unlink()
    said = []
    made = make_report(run, say=said.append)
    assert said == ["no factsheets: this run made no reach monitor (notebook 12)"]
    assert not (run / "places").exists()
    assert {path.parent for path in made} == {run}
    with pytest.raises(BereikError, match="No reach monitor beside the figures"):
        make_report(run, "Delft")


def test_figures_that_are_not_built_yet_are_named(tmp_path):
    for municipality in (None, "Delft"):
        with pytest.raises(BereikError, match="No figures in the folder .* To do: run `make run`"):
            make_report(tmp_path, municipality)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_municipality_changes_nothing(run, old_report):
    with pytest.raises(UnknownNameError, match="did you mean 'Delft'"):
        make_report(run, "Delfdt")
    assert bytes_of(run.parent) == old_report


@pytest.mark.parametrize(
    ("part", "code"), [("make_page", errno.ENOSPC), ("make_pdf", errno.EACCES), ("make_pdf", errno.EROFS)]
)
def test_a_part_that_cannot_be_written_leaves_the_former_report_whole(run, old_report, monkeypatch, part, code):
    def fails(folder):
        (folder / "half.txt").write_text("half", encoding="utf-8")  # the worst case: something was left behind
        raise OSError(code, "simulated")

    def writes(folder):
        new = folder / "new.html"
        new.write_text("new", encoding="utf-8")
        new.replace(folder / "index.html")
        return [folder / "index.html"]

    for name in ("make_page", "make_pdf"):
        monkeypatch.setattr(make, name, fails if name == part else writes)
    with pytest.raises(BereikError, match="former report is still there, whole"):
        make_report(run)
    assert bytes_of(run.parent) == old_report


def test_an_interrupted_report_leaves_the_former_one_whole(run, old_report, monkeypatch):
    def stopped(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(make, "make_pdf", stopped)
    monkeypatch.setattr(make, "make_page", lambda folder: [])
    with pytest.raises(KeyboardInterrupt):
        make_report(run)
    assert bytes_of(run.parent) == old_report


def test_a_folder_that_cannot_be_written_to_is_an_error_before_anything_is_made(run, old_report, monkeypatch):
    def closed(*args, **options):
        raise PermissionError(errno.EACCES, "simulated")

    monkeypatch.setattr(tempfile, "mkdtemp", closed)  # a real closed folder does not stop the superuser
    for municipality in (None, "Delft"):
        with pytest.raises(BereikError, match="cannot be written"):
            make_report(run, municipality)
    assert bytes_of(run.parent) == old_report


def test_a_disk_without_second_names_for_a_file_gets_copies(run, old_report, monkeypatch):
    def refused(*args, **options):
        raise OSError(errno.EPERM, "simulated")

    def fails(folder):
        (folder / "index.html").write_text("overwritten in place", encoding="utf-8")
        raise OSError(errno.ENOSPC, "simulated")

    monkeypatch.setattr(make.os, "link", refused)
    monkeypatch.setattr(make, "make_page", fails)
    with pytest.raises(BereikError, match="simulated"):
        make_report(run)
    assert bytes_of(run.parent) == old_report
