"""The description of data/raw: complete, true, and checked when a table is loaded."""

import hashlib
import json
import shutil

import frictionless
import pandas as pd
import pytest

from bereik.codelists.care import care_forms
from bereik.codelists.origin import origin_groups
from bereik.codelists.regions import regions
from bereik.data.datapackage import load, read_datapackage, schema_of
from bereik.data.describe import schema_from_terms
from bereik.errors import SourceFileError, UnknownNameError
from bereik.paths import project_folder, raw_folder

NAMES = [
    "care_by_origin", "care_indicators", "care_totals", "need_by_origin", "published_findings", "regions", "routes",
    "trajectories", "wijk_population", "wijken", "youths_by_origin",
]  # fmt: skip
ROUNDED_TO_5 = ["care_by_origin", "care_totals", "routes", "trajectories", "wijken"]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Give a project folder with a copy of data/, that a test may spoil."""
    shutil.copytree(project_folder() / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


def test_every_file_is_described_and_every_description_has_a_file():
    described = {resource["path"]: resource["name"] for resource in read_datapackage()["resources"]}
    assert set(described) == {f"raw/{path.name}" for path in raw_folder().iterdir() if not path.name.startswith(".")}
    assert sorted(described.values()) == NAMES


@pytest.mark.filterwarnings("default")
def test_the_standard_validator_finds_no_fault():
    report = frictionless.validate(str(project_folder() / "data" / "datapackage.json"))
    assert report.flatten(["name", "rowNumber", "fieldName", "type", "note"]) == []
    assert report.valid
    assert report.stats["tasks"] == len(NAMES)


@pytest.mark.filterwarnings("default")
def test_the_standard_validator_finds_a_fault_when_there_is_one(copy):
    file = copy / "raw" / "care_totals.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",318610,", ",318610.0,", 1), encoding="utf-8")
    report = frictionless.validate(str(copy / "datapackage.json"))
    assert {"type-error", "hash-count"} & {row[0] for row in report.flatten(["type"])}


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_described_and_no_other(name):
    header = (raw_folder() / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert [field["name"] for field in schema_of(name)["fields"]] == header
    for field in schema_of(name)["fields"]:
        assert field["type"] in ("string", "integer", "number")
        assert len(field["title"]) > 2
        assert len(field["description"]) > 10
        assert "unit" in field or field["type"] == "string"


@pytest.mark.parametrize("name", NAMES)
def test_the_description_is_made_from_the_one_place_where_columns_are_described(name):
    assert schema_of(name) == schema_from_terms(name)


@pytest.mark.parametrize("resource", read_datapackage()["resources"], ids=lambda resource: resource["name"])
def test_hash_size_source_and_licence(resource):
    content = (raw_folder().parent / resource["path"]).read_bytes()
    assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert resource["bytes"] == len(content)
    assert resource["rows"] == len(content.decode("utf-8").splitlines()) - 1
    assert resource["licenses"][0]["name"] == "CC-BY-4.0"
    for source in resource["sources"]:
        assert source["retrieved"] in resource["retrieved"]
        if resource["name"] != "published_findings":
            assert source["path"].endswith("/dataset/" + source["title"].split()[-1])


def test_each_copy_says_whether_it_was_cut():
    said = {
        s["title"][-8:]: s["retrieved"]
        for r in read_datapackage()["resources"]
        for s in r["sources"]
        if "CBS" in s["title"] and r["name"] != "regions"
    }
    assert said["82965NED"].startswith("archive copy of April 2025, whole")
    for table in ("84134NED", "85099NED"):
        assert said[table].startswith("archive copy of April 2025, cut at 10,000 rows")
    assert all(text.endswith("not checked against the live service") for text in said.values())


@pytest.mark.parametrize("name", ROUNDED_TO_5)
def test_types_of_a_loaded_table(name):
    table = load(name)
    counted = "youths" if "youths" in table else "trajectories"
    assert table[counted].dtype == "Int64"
    assert (table[counted].dropna() % 5 == 0).all()
    assert table["rounded_to"].dtype == "Int64"
    assert table["rounded_to"].unique().tolist() == [5]
    assert table["synthetic"].dtype == "bool"
    assert not table["synthetic"].any()
    assert (table["source"] == "CBS StatLine " + table["statline_table"]).all()
    assert set(table["status"]) <= {"shown", "not_published"}
    kept = regions()[regions()["kind"] != "province"]
    terms = {"form": care_forms()["code"], "region": kept["name"]} if "form" in table else {"region": kept["name"]}
    if name == "care_by_origin":
        terms["origin"] = origin_groups("migratieachtergrond")["code"]
    for column, known in terms.items():
        categories = table[column].cat.categories.tolist()
        assert table[column].cat.ordered
        assert categories == [term for term in known.drop_duplicates() if term in categories]
        assert set(table[column]) == set(categories)


def test_no_whole_number_is_written_with_a_point():
    for name, column in (("care_by_origin", "youths"), ("care_totals", "youths"), ("regions", "from_year")):
        text = pd.read_csv(raw_folder() / f"{name}.csv", dtype="str", keep_default_na=False)[column]
        assert text.str.fullmatch(r"\d*").all()


def test_the_list_of_regions_is_that_of_the_terms():
    text = load("regions").astype("object").map(lambda value: "" if pd.isna(value) else str(value))
    assert text.to_numpy().tolist() == regions().to_numpy().tolist()


def test_the_order_of_rows_is_periods_then_terms():
    table = load("care_totals")
    assert table["period"].drop_duplicates().tolist()[:4] == ["2015H1", "2015H2", "2015", "2016H1"]
    assert table["period"].drop_duplicates().tolist()[-2:] == ["2023", "2024H1"]
    for _, part in load("care_by_origin").groupby("period"):
        assert part.sort_values(["region", "origin", "form"], kind="stable").index.equals(part.index)


def test_a_changed_file_is_not_loaded(copy):
    file = copy / "raw" / "care_totals.csv"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"318610", b"318615", 1))
    with pytest.raises(
        SourceFileError, match="care_totals.csv was changed: its hash is sha256:.*sha256:.*restore the file"
    ):
        load("care_totals")
    file.write_bytes(content.replace(b"\n", b"\r\n"))
    with pytest.raises(SourceFileError, match="line ends"):
        load("care_totals")
    file.unlink()
    with pytest.raises(SourceFileError, match="no file data/raw/care_totals.csv"):
        load("care_totals")


def test_unknown_table_and_spoilt_description(copy):
    with pytest.raises(UnknownNameError, match="did you mean 'care_totals'"):
        load("care_total")
    (copy / "datapackage.json").write_text(json.dumps(read_datapackage())[:-10])
    with pytest.raises(SourceFileError, match=r"datapackage.json cannot be read"):
        schema_of("care_totals")
