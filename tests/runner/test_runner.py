import json

import nbformat
import pytest

from bereik.cli import main
from bereik.errors import BereikError, NotebookError, UnknownNameError
from bereik.runner.manifest import write_manifest
from bereik.runner.run import run_notebooks
from bereik.runner.update_report import update_report

WRITES = """\
import os, pathlib
folder = pathlib.Path(os.environ["BEREIK_OUTPUT"]) / "figures" / "data"
folder.mkdir(parents=True)
(folder / "01_made.json").write_text('{"stem": "01_made"}')
print("hello")
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A project with the notebooks that a test gives it."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "datapackage.json").write_text("{}")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)

    def add(name, *cells):
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(cells)]
        )
        nbformat.write(book, tmp_path / "notebooks" / f"{name}.ipynb")

    add.folder = tmp_path
    return add


def test_a_run_writes_outputs_and_figures_and_the_next_skips_what_has_not_changed(small):
    small("01_first", WRITES)
    said = []
    assert [path.stem for path in run_notebooks(say=said.append)] == ["01_first"]
    first = (small.folder / "notebooks" / "01_first.ipynb").read_bytes()
    assert nbformat.reads(first.decode(), as_version=4).cells[0].outputs[0].text == "hello\n"
    assert json.loads((small.folder / "figures" / "data" / "manifest.json").read_text()) == [{"stem": "01_made"}]

    assert run_notebooks(say=said.append) == []
    assert said[-1] == "01_first: nothing changed, skipped"

    (small.folder / "figures" / "data" / "01_made.json").write_text('{"stem": "tampered"}')
    assert len(run_notebooks(say=said.append)) == 1, "a figure that was changed by hand is made again"
    assert json.loads((small.folder / "figures" / "data" / "01_made.json").read_text()) == {"stem": "01_made"}
    assert (small.folder / "notebooks" / "01_first.ipynb").read_bytes() == first, "a second run gives the same bytes"


def test_a_failure_names_notebook_and_cell_and_leaves_the_old_outputs_in_place(small):
    small("01_good", "print('fine')")
    small("02_bad", WRITES.replace("01_made", "02_made"), "raise ValueError('too bad')")
    (small.folder / "figures" / "data").mkdir(parents=True)
    (small.folder / "figures" / "data" / "02_made.json").write_text('{"stem": "old"}')
    before = (small.folder / "notebooks" / "02_bad.ipynb").read_bytes()
    with pytest.raises(
        NotebookError, match=r"1 of 2 notebooks failed. 02_bad.ipynb, code cell 2 of 2 .*ValueError: too bad"
    ):
        run_notebooks(say=lambda line: None)
    assert (small.folder / "notebooks" / "02_bad.ipynb").read_bytes() == before
    assert json.loads((small.folder / "figures" / "data" / "02_made.json").read_text()) == {"stem": "old"}
    assert "fine" in (small.folder / "notebooks" / "01_good.ipynb").read_text(), "the other notebook was still executed"


def test_a_run_elsewhere_leaves_the_project_as_it_was(small):
    small("01_first", WRITES)
    before = {path: path.read_bytes() for path in small.folder.rglob("*") if path.is_file()}
    assert len(run_notebooks(output="mine", say=lambda line: None)) == 1
    kept = {path: path.read_bytes() for path in before}
    assert kept == before
    assert not (small.folder / "figures").exists()
    assert (small.folder / "output" / "mine" / "figures" / "data" / "manifest.json").exists()
    assert (small.folder / "output" / "mine" / "notebooks" / "01_first.ipynb").exists()


def test_an_unknown_notebook_or_a_path_as_output_name_is_refused(small, capsys):
    small("01_first", "1")
    with pytest.raises(UnknownNameError, match="unknown notebook|Unknown notebook"):
        run_notebooks(["03"])
    assert main(["run", "--output", "../elsewhere"]) == 1
    assert "output name" in capsys.readouterr().err


def test_figures_that_a_notebook_no_longer_makes_disappear(small):
    small("01_first", WRITES)
    old = ["nl/01_oude-naam.svg", "01_flat.nl.svg", "data/01_gone.csv"]  # the second from before there were folders
    others = ["02_other.svg", "nl/02_ander.svg", "mine.txt", "places/01_street.html"]
    for name in (*old, *others):
        (small.folder / "figures" / name).parent.mkdir(parents=True, exist_ok=True)
        (small.folder / "figures" / name).write_text("of before")
    run_notebooks(say=lambda line: None)
    kept = {path.relative_to(small.folder / "figures").as_posix() for path in (small.folder / "figures").rglob("*.*")}
    assert kept == {"data/01_made.json", "data/manifest.json", *others}


def test_the_manifest_is_sorted(tmp_path):
    for stem in ("02_b", "01_a"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / f"{stem}.json").write_text(json.dumps({"stem": stem}))
    assert [entry["stem"] for entry in json.loads(write_manifest(tmp_path).read_text())] == ["01_a", "02_b"]


def with_parameters_cell(small, name, parameters, *cells):
    small(name, parameters, *cells)
    path = small.folder / "notebooks" / f"{name}.ipynb"
    book = nbformat.read(path, as_version=4)
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, path)


def test_parameters_replace_those_of_the_notebooks_that_have_them_and_touch_nothing_else(small):
    with_parameters_cell(small, "01_region", 'REGION = "Haaglanden"\nYEAR = "2017"', "print(REGION, YEAR)")
    with_parameters_cell(small, "02_other", "SIZE = 3", "print(SIZE)")
    before = {path: path.read_bytes() for path in small.folder.rglob("*.ipynb")}
    region = "Rijnmond \\1 'x'"
    done = run_notebooks(output="mine", parameters={"REGION": region}, say=lambda line: None)
    assert [path.stem for path in done] == ["01_region"]
    assert {path: path.read_bytes() for path in before} == before
    book = nbformat.read(small.folder / "output" / "mine" / "notebooks" / "01_region.ipynb", as_version=4)
    assert book.cells[1].outputs[0].text == f"{region} 2017\n"
    assert run_notebooks(output="mine", parameters={"REGION": region}, say=lambda line: None) == []
    assert len(run_notebooks(output="mine", parameters={"REGION": "Utrecht"}, say=lambda line: None)) == 1


def test_a_changed_file_of_the_reader_makes_a_new_run(small):
    with_parameters_cell(small, "01_own", "DATA = None", "print(open(DATA).read())")
    own = small.folder / "own.csv"
    own.write_text("a")
    again = {"output": "mine", "parameters": {"DATA": str(own)}, "say": lambda line: None}
    assert len(run_notebooks(**again)) == 1
    assert run_notebooks(**again) == []
    own.write_text("ab")
    assert len(run_notebooks(**again)) == 1


def test_parameters_need_an_output_and_a_notebook_that_knows_them(small):
    with_parameters_cell(small, "01_region", 'REGION = "Haaglanden"', "print(REGION)")
    with pytest.raises(BereikError, match="give output='NAME'"):
        run_notebooks(parameters={"REGION": "Utrecht"})
    with pytest.raises(UnknownNameError, match="Unknown parameter 'REGIO'.*did you mean 'REGION'"):
        run_notebooks(output="mine", parameters={"REGIO": "Utrecht"})


@pytest.fixture
def reports(small, monkeypatch):
    """The reports that were made on a project with one figure, instead of making them."""
    figures = small.folder / "figures"
    (figures / "data").mkdir(parents=True)
    (figures / "data" / "01_made.csv").write_text("value\n1\n")
    (figures / "data" / "manifest.json").write_text('[{"stem": "01_made", "files": {"csv": "data/01_made.csv"}}]')
    made = []

    def make_report(folder, say):
        made.append(folder)
        (folder / "index.html").write_text("the page")
        return [folder / "index.html"]

    monkeypatch.setattr("bereik.report.make.make_report", make_report)
    return made


def test_the_report_is_made_again_when_a_figure_a_table_or_the_page_itself_changed(small, reports):
    said = []
    assert update_report(say=said.append)
    assert update_report(say=said.append)
    assert said == ["report: page, PDF and factsheets ...", "report: nothing changed, skipped"]
    assert reports == [small.folder / "figures"]
    table = small.folder / "data" / "processed" / "monitor.csv"
    for number, change in enumerate([small.folder / "figures" / "data" / "01_made.csv", table], start=2):
        change.parent.mkdir(exist_ok=True)
        change.write_text(f"value\n{number}\n")
        update_report(say=said.append)
        assert len(reports) == number
    (small.folder / "figures" / "index.html").write_text("changed by hand")
    update_report(say=said.append)
    update_report(force=True, say=said.append)
    assert len(reports) == 5


def test_a_run_without_figures_has_no_report(small, reports):
    (small.folder / "figures" / "data" / "manifest.json").write_text("[]")
    assert not update_report(say=lambda line: None)
    assert reports == []
