"""Sends everything that tests and notebooks write to a folder of this run, so that no test rewrites figures/ or data/."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent


OUTPUT = pytest.StashKey[Path]()


def pytest_configure(config):
    """Every process has a folder of its own, so two workers never write the same file; a run that was stopped is completed."""
    from bereik.transaction import mend

    mend(PROJECT)
    folder = tempfile.mkdtemp(prefix="bereik-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.stash[OUTPUT] = Path(folder)
    os.environ["BEREIK_OUTPUT"] = folder


def pytest_collection_modifyitems(items):
    """Compare with a rebuild right after the notebooks: nbval executes them once, and that is the rebuild."""
    order = {".ipynb": 0, "test_rebuild.py": 1}
    items.sort(key=lambda item: order.get(item.path.suffix, order.get(item.path.name, 2)))


@pytest.hookimpl(optionalhook=True)  # pytest also runs without xdist
def pytest_xdist_make_scheduler(config, log):
    """Give a worker whole files; all notebooks and the rebuild are one file, and start first because they take longest."""
    from xdist.scheduler import LoadFileScheduling

    class NotebooksTogether(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "notebooks" if file.endswith((".ipynb", "test_rebuild.py")) else file

    config.option.loadscopereorder = False  # keep the order above
    return NotebooksTogether(config, log)


@pytest.fixture(autouse=True)
def _examples_write_elsewhere(request, tmp_path, monkeypatch):
    """What an example in a docstring writes is no result of a notebook; no test has read persons for another."""
    from bereik import paths

    monkeypatch.setitem(paths._session, "persons", False)
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.setenv("BEREIK_OUTPUT", str(tmp_path))


@pytest.fixture(scope="session")
def project():
    return PROJECT


@pytest.fixture(scope="session")
def rebuilt(pytestconfig):
    """The folder that the notebooks of this run wrote to."""
    return pytestconfig.stash[OUTPUT]


@pytest.fixture
def output(tmp_path, monkeypatch):
    """A folder of its own for what one test writes."""
    monkeypatch.setenv("BEREIK_OUTPUT", str(tmp_path))
    return tmp_path
