"""What stops a run, or comes in between, leaves the project as it was and is told in one clear message."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from bereik.errors import NotebookError
from bereik.runner import run_notebooks

MAKES = """\
import os, pathlib
folder = pathlib.Path(os.environ["BEREIK_OUTPUT"]) / "data" / "processed"
folder.mkdir(parents=True)
(folder / "a.csv").write_text("a,b")
"""


def quiet(line):
    pass


def project_of(small, contents):
    """Give the files of the project, without what is below .cache."""
    return {path: text for path, text in contents(small.folder).items() if ".cache" not in path.parts}


def test_a_damaged_cache_means_that_everything_is_run_again(small):
    small("01_first", "1")
    run_notebooks(say=quiet)
    for text in ("[]", "\0\0\0", '{"01_first": {"inp', '{"01_first": 5}', '{"01_first": {"files": []}}', ""):
        (small.folder / ".cache" / "run-project.json").write_text(text)
        assert len(run_notebooks(say=quiet)) == 1, text
        assert run_notebooks(say=quiet) == []


def test_an_endless_cell_and_a_kernel_that_dies_are_clear_errors_that_change_nothing(small, contents):
    small("01_endless", f"while True: pass\n{MAKES}")
    small("02_dies", f"import os; os._exit(1)\n{MAKES}")
    before = project_of(small, contents)
    with pytest.raises(NotebookError) as raised:
        run_notebooks(seconds=1, say=quiet)
    cell = "code cell 1 of 1"
    for said in (
        f"01_endless.ipynb, {cell} ('while True: pass') failed: not done after 1 s (--seconds allows",
        f"02_dies.ipynb, {cell} ('import os; os._exit(1)') failed: its Python process died",
    ):
        assert said in str(raised.value)
    assert project_of(small, contents) == before


def test_a_notebook_that_a_reader_saves_while_it_runs_is_kept_and_named(small):
    path = small.folder / "notebooks" / "01_first.ipynb"
    small("01_first", MAKES, f"p = pathlib.Path({str(path)!r}); p.write_text(p.read_text().replace('a,b', 'mine'))")
    said = []
    run_notebooks(say=said.append)
    assert "notebooks/01_first.ipynb was changed by somebody meanwhile: that is kept" in said[-1]
    kept = nbformat.read(path, as_version=4)
    assert "mine" in kept.cells[0].source
    assert not kept.cells[0].execution_count, "the outputs are of another text, so they are left out"
    assert (small.folder / "data" / "processed" / "a.csv").read_text() == "a,b"
    run_notebooks(say=said.append)
    assert (small.folder / "data" / "processed" / "a.csv").read_text() == "mine"


def test_two_notebooks_that_make_the_same_file_are_refused(small, contents):
    small("02_first", MAKES)
    run_notebooks(say=quiet)
    small("my_02", MAKES.replace("a,b", "another region"))
    before = project_of(small, contents)
    with pytest.raises(NotebookError, match=r"my_02 makes data/processed/a.csv, as 02_first does.*my_02.ipynb out"):
        run_notebooks(["my_02"], say=quiet)
    assert project_of(small, contents) == before
    (small.folder / "notebooks" / "02_first.ipynb").unlink()
    assert len(run_notebooks(["my_02"], say=quiet)) == 1, "a notebook that got another name"


def started_kernel(cache):
    """Wait until the cell has said in which process it is."""
    for _ in range(600):
        for path in cache.glob("change-*/made/*/data/processed/kernel"):
            if path.read_text():
                return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the notebook did not start")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_stops_the_kernels_and_changes_nothing(small, contents):
    small("01_slow", f"{MAKES}(folder / 'kernel').write_text(str(os.getpid()))\nimport time; time.sleep(600)")
    before = project_of(small, contents)
    words = [sys.executable, "-m", "bereik", "run"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=small.folder, **pipes) as run:
        kernel = started_kernel(small.folder / ".cache")
        run.send_signal(signal.SIGINT)
        said, error = run.communicate(timeout=20)
    assert (run.returncode, error) == (130, "bereik run: stopped; no file is half changed\n"), said
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert project_of(small, contents) == before
    assert [path.name for path in (small.folder / ".cache").iterdir() if path.name != "ipython"] == ["lock"]
