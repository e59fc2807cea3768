"""The package as others install it: the source archive makes the wheel, and the wheel works where there is no checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from bereik import paths
from bereik.data.load import load, read_datapackage
from bereik.errors import ProjectNotFoundError

README_RUNS = """
import doctest, sys
import bereik
print(bereik.__file__)
print(len(bereik.load()), len(bereik.load("routes")))
flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
sys.exit(doctest.testfile(sys.argv[1], module_relative=False, optionflags=flags).failed)
"""
WRITES_NOTHING = """
import sys
from bereik.cli import main
from bereik.errors import ProjectNotFoundError
from bereik.paths import figures_folder
assert main(["run"]) == main(["report"]) == 1
try:
    figures_folder()
except ProjectNotFoundError as error:
    sys.exit(str(error))
"""


def build(kind, source, goal):
    """Build with the backend itself, in this environment: nothing is fetched."""
    pytest.importorskip("hatchling", reason="hatchling is installed with the environment (python run.py)")
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(goal)]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = goal.iterdir()
    return made


@pytest.fixture(scope="module")
def archive(project, tmp_path_factory):
    return build("sdist", project, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def site(archive, tmp_path_factory):
    """A folder with the wheel in it, made from nothing but the source archive."""
    folder = tmp_path_factory.mktemp("from_archive")
    with tarfile.open(archive) as packed:
        packed.extraction_filter = lambda member, _: member  # asked for from Python 3.12 on, unknown before 3.11.4
        packed.extractall(folder)  # noqa: S202 (built here)
    (source,) = folder.iterdir()
    wheel = build("wheel", source, folder / "wheel")
    with zipfile.ZipFile(wheel) as packed:  # a wheel without compiled code is installed by unpacking it
        packed.extractall(folder / "site")  # noqa: S202 (built here)
    return folder / "site"


def outside(site, folder, *words):
    """Run Python in a folder, with the wheel and its dependencies and without the links to this checkout (-S)."""
    found = os.pathsep.join([str(site), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    environment = {name: value for name, value in os.environ.items() if name not in ("BEREIK_OUTPUT", "PYTHONHOME")}
    environment |= {"PYTHONPATH": found, "PYTHONUTF8": "1"}
    words = [sys.executable, "-S", *words]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_source_archive_has_what_is_needed_and_no_outputs(tracked, archive):
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    outputs = {name for name in tracked if name.startswith(("figures/", "data/processed/"))}
    assert tracked - outputs - {".gitattributes"} <= names | {".gitattributes"}
    assert not outputs & names
    assert archive.stat().st_size < 5_000_000


def test_the_first_example_of_the_readme_runs_from_the_wheel_in_an_empty_folder(project, site, tmp_path):
    done = outside(site, tmp_path, "-c", README_RUNS, str(project / "README.md"))
    assert done.returncode == 0, done.stdout + done.stderr
    where, counts = done.stdout.splitlines()
    assert Path(where).is_relative_to(site)
    assert counts == f"{len(read_datapackage()['resources'])} {len(load('routes'))}"
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_writes_nowhere_but_where_it_is_told(site, tmp_path):
    done = outside(site, tmp_path, "-c", WRITES_NOTHING)
    assert done.stderr.count("No data/datapackage.json in the folder") == 3, done.stderr
    assert done.stderr.endswith("named by the variable BEREIK_OUTPUT.\n")
    assert list(tmp_path.iterdir()) == []
    for package in (site / "bereik", site / "bereik" / "pilot"):
        assert (package / "__init__.pyi").is_file(), "the public names stand there"
    data = site / "bereik" / "bundled" / "data"
    assert {path.name for path in data.iterdir()} == {"datapackage.json", "raw"}


def a_copy(folder):
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "data" / "datapackage.json").write_text("{}", encoding="utf-8")
    return folder


def test_figures_are_read_from_the_project_then_the_checkout_then_the_package(tmp_path, monkeypatch, project):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert paths.data_folder() == project / "data", "the tests run from a checkout"
    checkout, installed = tmp_path / "checkout" / "src" / "bereik", tmp_path / "site-packages" / "bereik"
    for package in (checkout, installed):
        a_copy(package / "bundled")
    monkeypatch.setattr(paths, "PACKAGE", checkout)
    assert paths.data_folder() == checkout / "bundled" / "data"
    a_copy(tmp_path / "checkout")
    assert paths.data_folder() == tmp_path / "checkout" / "data", "not a copy that lies beside newer figures"
    a_copy(tmp_path / "own")
    (tmp_path / "own" / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "own" / "notebooks")
    assert paths.raw_folder() == tmp_path / "own" / "data" / "raw"
    monkeypatch.setattr(paths, "PACKAGE", installed)
    monkeypatch.chdir(empty)
    assert paths.data_folder() == installed / "bundled" / "data"
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "nothing" / "bereik")
    with pytest.raises(ProjectNotFoundError):
        load("routes")
