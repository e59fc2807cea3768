"""The description of data/raw: complete, true, and checked when a table is loaded."""

import hashlib
import json
import shutil

import frictionless
import pytest

from bereik import load
from bereik.codelists import care_forms, origin_groups
from bereik.data.fetch import table_schema
from bereik.data.load import read_datapackage
from bereik.errors import SourceFileError, UnknownNameError
from bereik.paths import project_folder, raw_folder

NAMES = "care_by_age care_by_origin care_indicators care_totals need_by_origin published_findings regions routes trajectories"
NAMES = [*NAMES.split(), "wijk_population", "wijken", "youths_by_origin"]
RESOURCES = {resource["name"]: resource for resource in read_datapackage()["resources"]}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Give a project folder with a copy of data/, that a test may spoil."""
    shutil.copytree(project_folder() / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def test_every_file_is_described_and_every_description_has_a_file():
    described = {resource["path"] for resource in RESOURCES.values()}
    assert described == {f"raw/{path.name}" for path in raw_folder().iterdir() if not path.name.startswith(".")}
    assert load()["table"].tolist() == list(RESOURCES) == NAMES
    assert load().set_index("table").loc["routes", "source"].startswith("CBS StatLine ")


@pytest.mark.filterwarnings("default")
def test_the_standard_validator_finds_no_fault_and_finds_one_when_there_is_one(copy):
    report = frictionless.validate(str(copy / "datapackage.json"))
    assert report.flatten(["name", "rowNumber", "fieldName", "type", "note"]) == []
    assert report.valid
    assert report.stats["tasks"] == len(NAMES)
    file = copy / "raw" / "care_totals.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",318610,", ",318610.0,", 1), encoding="utf-8")
    report = frictionless.validate(str(copy / "datapackage.json"))
    assert {"type-error", "hash-count"} & {row[0] for row in report.flatten(["type"])}


@pytest.mark.parametrize("name", NAMES)
def test_the_description_is_that_of_the_file_and_made_from_the_one_place_where_columns_are_described(name):
    resource, content = RESOURCES[name], (raw_folder() / f"{name}.csv").read_bytes()
    assert resource["schema"] == table_schema(name)
    header, *rows = content.decode("utf-8").splitlines()
    assert [field["name"] for field in resource["schema"]["fields"]] == header.split(",")
    assert all("unit" in field or field["type"] == "string" for field in resource["schema"]["fields"])
    assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert (resource["bytes"], resource["rows"]) == (len(content), len(rows))
    assert resource["licenses"][0]["name"] == "CC-BY-4.0"
    for source in resource["sources"]:
        assert source["retrieved"] in resource["retrieved"]
        assert name == "published_findings" or source["path"].endswith("/dataset/" + source["title"].split()[-1])


@pytest.mark.parametrize("name", ["care_by_origin", "care_totals", "routes", "trajectories", "wijken"])
def test_types_of_a_loaded_table(name):
    table = load(name)
    counts = table["youths" if "youths" in table else "trajectories"]
    assert counts.dtype == table["rounded_to"].dtype == "Int64"
    assert (counts.dropna() % 5 == 0).all()
    assert table["rounded_to"].unique().tolist() == [5]
    assert table["synthetic"].unique().tolist() == [False]
    assert (table["source"] == "CBS StatLine " + table["statline_table"]).all()
    assert (counts.isna() == (table["status"] == "not_published")).all()
    for column, codes in {"form": care_forms(), "origin": origin_groups("migratieachtergrond")}.items():
        if column in table:
            categories = table[column].cat.categories.tolist()
            assert categories == [code for code in codes["code"] if code in set(table[column])]


def test_a_changed_or_absent_file_is_not_loaded(copy):
    file = copy / "raw" / "care_totals.csv"
    content = file.read_bytes()
    for changed in (content.replace(b"318610", b"318615", 1), content.replace(b"\n", b"\r\n")):
        file.write_bytes(changed)
        with pytest.raises(SourceFileError, match="was changed: its hash is sha256:.*sha256:.*restore the file"):
            load("care_totals")
    file.unlink()
    with pytest.raises(SourceFileError, match="no file data/raw/care_totals.csv"):
        load("care_totals")
    with pytest.raises(UnknownNameError, match="did you mean 'care_totals'"):
        load("care_total")
    (copy / "datapackage.json").write_text(json.dumps(read_datapackage())[:-10])
    with pytest.raises(SourceFileError, match=r"datapackage.json cannot be read"):
        load("care_totals")
