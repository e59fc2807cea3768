"""What is committed equals what the notebooks make: nbval executes them in this run, into a folder of its own."""

import platform
import sys

import pandas as pd
import pytest

from bereik.report.make import make_report
from bereik.runner.manifest import write_manifest

EXACT = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info[:2] == (3, 11)
KINDS = {"figures": (".svg", ".png", ".csv", ".json", ".xlsx"), "data/processed": (".csv",)}


def files(folder, kinds):
    return {path.name: path for path in folder.glob("*") if path.suffix in kinds and path.name != "manifest.json"}


@pytest.fixture(autouse=True)
def _needs_the_notebooks(rebuilt, request):
    executed = {item.path.stem for item in request.session.items if item.path.suffix == ".ipynb"}
    written = {path.stem for path in (request.config.rootpath / "notebooks").glob("*.ipynb")}
    if executed != written:
        pytest.skip("the notebooks are not all part of this run: call pytest without a selection")
    assert (rebuilt / "figures").is_dir(), "the notebooks made no figures"


@pytest.mark.parametrize("folder", KINDS)
def test_the_same_files(folder, project, rebuilt):
    assert sorted(files(project / folder, KINDS[folder])) == sorted(files(rebuilt / folder, KINDS[folder]))


@pytest.mark.parametrize("folder", KINDS)
def test_the_same_content(folder, project, rebuilt):
    made = files(rebuilt / folder, KINDS[folder])
    assert made
    for name, path in files(project / folder, KINDS[folder]).items():
        if EXACT:
            assert path.read_bytes() == made[name].read_bytes(), f"{folder}/{name} differs from a rebuild: make run"
        elif path.suffix == ".csv":
            pd.testing.assert_frame_equal(pd.read_csv(path), pd.read_csv(made[name]), rtol=1e-9)


def test_the_manifest_is_what_the_descriptions_say(project, rebuilt):
    expected = write_manifest(rebuilt / "figures").read_text(encoding="utf-8")
    assert (project / "figures" / "manifest.json").read_text(encoding="utf-8") == expected


def test_the_report_is_what_the_figures_give(project, rebuilt):
    """The page, the PDFs and the factsheets, made from what the notebooks of this run made, in another folder."""
    write_manifest(rebuilt / "figures")
    made = {path.relative_to(rebuilt / "figures"): path for path in make_report(rebuilt / "figures")}
    kept = {path.relative_to(project / "figures") for path in (project / "figures").rglob("*")
            if path.suffix in (".html", ".pdf") or (path.parent.name == "places" and path.is_file())}  # fmt: skip
    assert set(made) == kept
    if EXACT:
        differing = [
            str(name) for name, path in made.items() if path.read_bytes() != (project / "figures" / name).read_bytes()
        ]
        assert differing == [], "differs from a rebuild: make run"


def test_figures_stay_small(project):
    assert sum(path.stat().st_size for path in (project / "figures").rglob("*") if path.is_file()) < 30e6
