"""Where things are written: outside a run never to the project's own figures, tables and notebooks."""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from bereik.errors import ProjectNotFoundError
from bereik.paths import figures_folder, processed_folder, project_folder
from bereik.transaction import changing


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A project of the test's own, in which nothing says where to write to."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").touch()
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("BEREIK_OUTPUT", raising=False)
    return tmp_path


def test_the_project_is_found_from_below(own):
    assert project_folder(own / "notebooks" / "deep") == own


def test_no_project_is_a_clear_error(tmp_path):
    with pytest.raises(ProjectNotFoundError, match=r"No data/datapackage.json in the folder .* start Python or"):
        project_folder(tmp_path)


def test_one_variable_redirects_figures_and_tables_together(output):
    assert figures_folder() == output / "figures"
    assert processed_folder() == output / "data" / "processed"
    assert figures_folder().is_dir()


def test_what_is_no_run_writes_to_output_notebook(own):
    assert figures_folder() == own / "output" / "notebook" / "figures"
    assert processed_folder() == own / "output" / "notebook" / "data" / "processed"
    assert not (own / "figures").exists()


@pytest.mark.parametrize("place", ["", "figures", "data", ".cache", ".cache/change-1", "notebooks/../figures"])
def test_the_variable_gives_no_right_to_write_to_a_project(own, monkeypatch, place):
    monkeypatch.setenv("BEREIK_OUTPUT", str(own / place))
    assert figures_folder() == own / "output" / "notebook" / "figures"
    monkeypatch.setenv("BEREIK_OUTPUT", str(own / "output" / "mine"))
    assert figures_folder() == own / "output" / "mine" / "figures"


def test_only_the_folder_that_the_lock_names_is_written_to_and_only_while_it_is_held(own, monkeypatch):
    with changing(own) as change:
        monkeypatch.setenv("BEREIK_OUTPUT", str(change.folder / "made" / "01_first"))
        assert figures_folder() == change.folder / "made" / "01_first" / "figures"
    assert figures_folder() == own / "output" / "notebook" / "figures"


def test_an_exercise_changes_nothing_of_the_project_and_says_where_it_wrote(project, tmp_path, monkeypatch, contents):
    """Notebook 02 up to its first picture, for another group, in a copy of the project."""
    for name in ("data", "notebooks"):
        shutil.copytree(project / name, tmp_path / name)
    monkeypatch.delenv("BEREIK_OUTPUT", raising=False)
    before = contents(tmp_path)
    book = nbformat.read(tmp_path / "notebooks" / "02_forms_of_care.ipynb", as_version=4)
    drawn = next(number for number, cell in enumerate(book.cells) if "bereik.figure(" in cell.source)
    saves = nbformat.v4.new_code_cell("bereik.save_table(bereik.load('routes'), 'mine')")
    book.cells = [*book.cells[: drawn + 1], saves]
    (given,) = (cell for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
    assert 'GROUP = "niet_westers"' in given.source
    given.source = given.source.replace('GROUP = "niet_westers"', 'GROUP = "westers"')
    NotebookClient(book, resources={"metadata": {"path": str(tmp_path / "notebooks")}}, kernel_name="python3").execute()
    after = contents(tmp_path)
    assert before.items() <= after.items()
    assert {path.relative_to(tmp_path).parts[:2] for path in after.keys() - before} == {("output", "notebook")}
    assert (tmp_path / "output" / "notebook" / "data" / "processed" / "mine.csv").is_file()
    (shown,) = (one.data for one in book.cells[drawn].outputs if "<img" in one.get("data", {}).get("text/html", ""))
    for kind in ("text/html", "text/plain"):
        assert "Written to: output/notebook/figures" in shown[kind]
