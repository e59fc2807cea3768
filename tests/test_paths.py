import nbformat
import pytest
from nbclient import NotebookClient

from bereik.errors import ProjectNotFoundError
from bereik.paths import figures_folder, processed_folder, project_folder


def test_the_project_is_found_from_below(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").touch()
    (tmp_path / "notebooks" / "deep").mkdir(parents=True)
    assert project_folder(tmp_path / "notebooks" / "deep") == tmp_path


def test_no_project_is_a_clear_error(tmp_path):
    with pytest.raises(
        ProjectNotFoundError, match=r"No data/datapackage.json in the folder .* start Python or Jupyter"
    ):
        project_folder(tmp_path)


def test_one_variable_redirects_figures_and_tables_together(output):
    assert figures_folder() == output / "figures"
    assert processed_folder() == output / "data" / "processed"
    assert figures_folder().is_dir()
