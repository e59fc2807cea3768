"""What is committed tells the same as what the notebooks make: nbval executes them in this run, into a folder of its own."""

from functools import partial
from pathlib import Path

import pytest

from bereik.differences import difference
from bereik.report.factsheet import write_factsheets
from bereik.report.page import write_page
from bereik.report.pdf import write_pdf
from bereik.report.places import places_of, read_monitor
from bereik.runner import write_manifest

KINDS = dict.fromkeys(["figures/nl", "figures/en"], (".svg", ".png"))
KINDS |= {"figures/data": (".csv", ".json", ".xlsx"), "data/processed": (".csv",)}
PLACES = places_of(read_monitor(Path(__file__).resolve().parents[1] / "figures"))
PARTS = {place: partial(write_factsheets, municipality=place) for place in PLACES}
PARTS |= {"pdf": write_pdf, "page": write_page}  # the page last: it links to what is there
FOLLOW = (".png", ".xlsx")  # a picture its drawing, a workbook its numbers and texts


def files(folder, kinds):
    return {path.name: path for path in folder.glob("*") if path.suffix in kinds and path.name != "manifest.json"}


@pytest.fixture(autouse=True)
def _needs_the_notebooks(rebuilt, request):
    written = {path.stem for path in (request.config.rootpath / "notebooks").glob("*.ipynb")}
    if written != {item.path.stem for item in request.session.items if item.path.suffix == ".ipynb"}:
        pytest.skip("the notebooks are not all part of this run: call pytest without a selection")
    assert (rebuilt / "figures").is_dir(), "the notebooks made no figures"


@pytest.mark.parametrize("folder", KINDS)
def test_the_same_files_with_the_same_content(folder, project, rebuilt):
    kept, made = (files(place / folder, KINDS[folder]) for place in (project, rebuilt))
    assert sorted(kept) == sorted(made) != []
    found = [difference(path, made[name]) for name, path in kept.items() if path.suffix not in FOLLOW]
    assert list(filter(None, found)) == [], "to make them anew: make run"


def test_the_manifest_is_what_the_descriptions_say(project, rebuilt):
    assert difference(project / "figures" / "data" / "manifest.json", write_manifest(rebuilt / "figures")) == ""


@pytest.mark.parametrize("write", PARTS.values(), ids=PARTS)
def test_the_report_is_what_the_figures_give(write, project, rebuilt):
    """The factsheets, the PDFs and the page, made from what the notebooks of this run made, in another folder."""
    write_manifest(rebuilt / "figures")
    made = write(rebuilt / "figures", rebuilt / "figures")
    made = [path for path in made if path.suffix != ".pdf"]  # these follow from the figures
    found = [difference(project / path.relative_to(rebuilt), path) for path in made]
    assert list(filter(None, found)) == [], "to make them anew: make run"


def test_the_report_has_the_same_files(project, rebuilt):
    kept, made = (
        {path.relative_to(place) for pattern in ("*.*", "places/*") for path in place.glob(pattern)}
        for place in (project / "figures", rebuilt / "figures")
    )
    assert kept == made != set()


def test_figures_stay_small(project):
    assert sum(path.stat().st_size for path in (project / "figures").rglob("*") if path.is_file()) < 15e6
