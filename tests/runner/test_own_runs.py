"""Runs on a reader's own file and for another region: they write to output/ only, and leave the project as it is."""

import hashlib
import json
import shutil

import nbformat
import pytest

import bereik
from bereik.cli import main

MAP = """\
[columns]
id = "nummer"
year = "year"
municipality = "municipality"
age = "leeftijd"
sex = "sex"
origin = "herkomst"
origin_scheme = "origin_scheme"
single_parent = "single_parent"
income_group = "income_group"
sdq_parent = "sdq_ouder"
without_residence = "without_residence"
"""


@pytest.fixture
def own(tmp_path, project, monkeypatch):
    """Give the folder of output of a test, and check that nothing else in the project changed."""
    monkeypatch.chdir(project)
    monkeypatch.delenv("BEREIK_OUTPUT", raising=False)
    kept = [project / name for name in ("notebooks", "figures", "data")]

    def seen():
        files = sorted(path for folder in kept for path in folder.rglob("*") if path.is_file())
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before, target = seen(), project / "output" / "a-test-of-own-runs"
    shutil.rmtree(target, ignore_errors=True)
    yield target
    assert seen() == before, "a run of one's own changed the project's files"
    shutil.rmtree(target, ignore_errors=True)


def words_of(path):
    book = nbformat.read(path, as_version=4)
    return [output.get("text", "") or str(output.get("data", {})) for cell in book.cells if cell.cell_type == "code"
            for output in cell.outputs]  # fmt: skip


def test_a_file_of_persons_gives_the_same_notebook_without_a_row_of_a_person(own, tmp_path):
    youths = bereik.example_youths(60_000, seed=3).drop(columns=["synthetic", "source"])
    youths["nummer"] = [f"P{number}X" for number in range(len(youths))]
    youths = youths.rename(columns={"age": "leeftijd", "origin": "herkomst", "sdq_parent": "sdq_ouder"})
    youths.drop(columns="id").to_csv(tmp_path / "youths.csv", index=False)
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    words = ["--data", str(tmp_path / "youths.csv"), "--map", str(tmp_path / "map.toml"), "--output", own.name]
    assert main(["run", "07", *words]) == 0
    said = "\n".join(words_of(own / "notebooks" / "07_access_gap.ipynb"))
    assert "individual data: youths.csv" in said
    assert "SYNTHETIC" not in said.upper()
    assert "hidden (small count)" in said
    assert "there is no table" in said  # the file does not say how care ended
    written = [
        path.read_text(encoding="utf-8") for path in own.rglob("*") if path.suffix in (".csv", ".ipynb", ".json")
    ]
    assert not any("P17X" in text or "P59999X" in text for text in written), "an id of a person was written"
    about = json.loads((own / "figures" / "data" / "07_use_by_severity.json").read_text(encoding="utf-8"))
    assert about["synthetic"] is False
    assert "eigen gegevens" in about["texts"]["nl"]["subtitle"]


def test_another_region_gives_the_region_level_figures_without_a_silent_haaglanden(own):
    assert main(["run", "02", "--region", "Rijnmond (JZ)", "--output", own.name]) == 0
    said = "\n".join(words_of(own / "notebooks" / "02_forms_of_care.ipynb"))
    assert "Rijnmond" in said
    assert "Haaglanden" not in said
