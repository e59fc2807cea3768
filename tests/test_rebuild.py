"""What is committed tells the same as what the notebooks make: nbval executes them in this run, into a folder of its own."""

import pytest

from bereik.differences import difference
from bereik.report.make import make_report
from bereik.runner.manifest import write_manifest

KINDS = {"figures": (".svg", ".png", ".csv", ".json", ".xlsx"), "data/processed": (".csv",)}
FOLLOWS = (".png", ".xlsx")  # a picture follows its SVG, a workbook its numbers and texts


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
    kept, made = (files(place / folder, KINDS[folder]) for place in (project, rebuilt))
    found = [difference(path, made[name]) for name, path in kept.items() if path.suffix not in FOLLOWS]
    assert found, "nothing was compared"
    assert list(filter(None, found)) == [], "to make them anew: make run"


def test_the_manifest_is_what_the_descriptions_say(project, rebuilt):
    made = write_manifest(rebuilt / "figures")
    assert difference(project / "figures" / "manifest.json", made) == ""


def test_the_report_is_what_the_figures_give(project, rebuilt):
    """The page, the PDFs and the factsheets, made from what the notebooks of this run made, in another folder."""
    write_manifest(rebuilt / "figures")
    made = {path.relative_to(rebuilt / "figures"): path for path in make_report(rebuilt / "figures")}
    kept = {path.relative_to(project / "figures") for path in (project / "figures").rglob("*")
            if path.suffix in (".html", ".pdf") or (path.parent.name == "places" and path.is_file())}  # fmt: skip
    assert set(made) == kept
    found = [difference(project / "figures" / name, path) for name, path in made.items() if name.suffix != ".pdf"]
    assert list(filter(None, found)) == [], "to make them anew: make run"


def test_figures_stay_small(project):
    assert sum(path.stat().st_size for path in (project / "figures").rglob("*") if path.is_file()) < 30e6
