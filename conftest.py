"""Sends everything that tests and notebooks write to a folder of this run, so that no test rewrites figures/ or data/."""

import os
import tempfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent


def pytest_configure(config):
    folder = tempfile.mkdtemp(prefix="bereik-tests-")
    config.stash[OUTPUT] = Path(folder)
    os.environ["BEREIK_OUTPUT"] = folder


OUTPUT = pytest.StashKey[Path]()


def pytest_collection_modifyitems(items):
    """Compare with a rebuild last: the notebooks that nbval executes in this run are the rebuild."""
    items.sort(key=lambda item: item.path.name == "test_rebuild.py")


@pytest.fixture(autouse=True)
def _examples_write_elsewhere(request, tmp_path, monkeypatch):
    """What an example in a docstring writes is no result of a notebook."""
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
