"""Bringing a downloaded table into data/raw: in a project folder of the test's own."""

import json

import pandas as pd
import pytest

from bereik.cli import main
from bereik.codelists.regions import regions
from bereik.data.datapackage import load, read_datapackage
from bereik.data.fetch import fetch, write_regions
from bereik.errors import InvalidTableError, SourceFileError, UnknownNameError

HEADER = (
    "ID;VormenVanJeugdzorg;RegioS;Perioden;JongerenMetJeugdzorg_1;JongerenMetJeugdzorgRelatief_2;Jeugdzorgtrajecten_3"
)
FORMS = ("JZ Totaal jeugdzorg", "JZ Totaal jeugdzorg in natura")


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def download(folder, name, periods, regions_=("Nederland", "Haaglanden (JZ)"), youths="100"):
    lines = [f"0;{form};{region};{period};{youths};9.0;" for form in FORMS for region in regions_ for period in periods]
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def everything(project):
    return {path.name: path.read_bytes() for path in (project / "data").rglob("*") if path.is_file()}


def test_two_statline_tables_feed_one_table_in_any_order(project):
    old, new = (
        download(project, "old.csv", ["2020", "2e halfjaar 2020"]),
        download(project, "new.csv", ["2021", "1e half jaar 2021"]),
    )
    fetch("84134NED", old)
    fetch("85099NED", new)
    first = everything(project)
    table = load("care_totals")
    assert table["period"].drop_duplicates().tolist() == ["2020H2", "2020", "2021H1", "2021"]
    assert table["region"].tolist()[:4] == ["Nederland", "Nederland", "Haaglanden", "Haaglanden"]
    assert table["form"].tolist()[:2] == ["youth_care", "care_in_kind"]
    assert table["source"].unique().tolist() == ["CBS StatLine 84134NED", "CBS StatLine 85099NED"]
    assert [source["title"] for source in read_datapackage()["resources"][0]["sources"]] == table[
        "source"
    ].unique().tolist()
    fetch("84134NED", old)
    assert everything(project) == first


def test_a_newer_download_replaces_the_rows_of_its_own_table_only(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    fetch("85099NED", download(project, "new.csv", ["2021"]))
    fetch("85099NED", download(project, "newer.csv", ["2021"], youths="105"))
    assert load("care_totals").groupby("period")["youths"].unique().map(list).to_dict() == {
        "2020": [100],
        "2021": [105],
    }


def test_whole_numbers_stay_whole_and_percentages_as_published(project):
    path = fetch("84134NED", download(project, "old.csv", ["2020"], youths="264730.0"))
    assert b".0" not in path.read_bytes()
    assert b",264730,9,shown," in path.read_bytes()


def test_nothing_is_written_when_the_download_is_refused(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    before = everything(project)
    with pytest.raises(InvalidTableError):
        fetch("84134NED", download(project, "wrong.csv", ["2020"], youths="-5"))
    with pytest.raises(UnknownNameError):
        fetch("84135NED", project / "old.csv")
    assert everything(project) == before


def test_a_failure_while_writing_leaves_the_files_as_they_were(project, monkeypatch):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    before = everything(project)

    def full_disk(table, path):
        path.write_text("half a tab")
        raise OSError("no space left on device")

    monkeypatch.setattr("bereik.data.describe.write_csv", full_disk)
    with pytest.raises(OSError, match="no space"):
        fetch("84134NED", download(project, "newer.csv", ["2020"], youths="105"))
    assert everything(project) == before


def test_a_download_with_less_than_what_it_replaces_is_refused(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    less = download(project, "less.csv", ["2020"], regions_=("Nederland",))
    with pytest.raises(SourceFileError, match="lacks 2 combinations of StatLine 84134NED .*JZ-haaglanden"):
        fetch("84134NED", less)
    fetch("84134NED", less, allow_incomplete=True)
    assert len(load("care_totals")) == 2


def test_the_same_figure_from_two_statline_tables_is_refused(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    with pytest.raises(InvalidTableError, match="more than once"):
        fetch("85099NED", download(project, "new.csv", ["2020"]))


def test_an_incomplete_table_needs_the_word(project):
    path = download(project, "cut.csv", ["2020"])
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(SourceFileError, match="lacks 1 of its 4 combinations"):
        fetch("84134NED", path)
    fetch("84134NED", path, allow_incomplete=True)
    assert len(load("care_totals")) == 3
    assert "combinations may be absent" in read_datapackage()["resources"][0]["retrieved"]


def test_a_file_of_the_caller_is_not_called_the_archive_copy(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    retrieved = read_datapackage()["resources"][0]["retrieved"]
    assert "archive" not in retrieved
    assert "not checked against the live service" in retrieved


def test_indicators_can_be_fetched_though_data_raw_has_none_yet(project):
    path = project / "indicators.csv"
    path.write_text(
        "ID;RegioS;Perioden;JongerenMetJeugdhulpInNatura_1;JongerenMetJeugdhMetVerblInNat_2;JongerenMetJeugdbescherming_3;"
        "JeugdbeschEnJeugdhMetVerblInNat_4;JongerenMetJeugdreclassering_5\n0;Nederland;2020;10.5;9.0;1.1;47.1;\n"
    )
    fetch("82972NED", path)
    table = load("care_indicators")
    assert table["percent"].tolist()[:4] == [10.5, 9.0, 1.1, 47.1]
    assert table["rounded_to"].isna().all()


def test_regions_are_the_terms(project):
    write_regions()
    text = load("regions").astype("object").map(lambda value: "" if pd.isna(value) else str(value))
    assert text.to_numpy().tolist() == regions().to_numpy().tolist()
    assert json.loads((project / "data" / "datapackage.json").read_text())["resources"][0]["name"] == "regions"


def test_a_region_without_a_name_in_bereik_is_an_error_or_left_out_on_purpose(project):
    whole = download(project, "whole.csv", ["2020"], ("Nederland", "Haaglanden (JZ)", "Aa en Hunze"))
    with pytest.raises(
        UnknownNameError,
        match=r"(?s)Unknown region 'Aa en Hunze' in column 'RegioS' of whole.csv, line 4.*--skip-unknown",
    ):
        fetch("84134NED", whole)
    with pytest.warns(UserWarning, match=r"left out 1 regions without a name in bereik: \['Aa en Hunze'\]"):
        fetch("84134NED", whole, skip_unknown=True)
    table = load("care_totals")
    assert table["region"].unique().tolist() == ["Nederland", "Haaglanden"]
    assert len(table) == 4


def test_the_command_line_fetches_and_says_what_it_left_out(project, capsys):
    whole = download(project, "whole.csv", ["2020"], ("Nederland", "Aa en Hunze"))
    assert main(["fetch", "84134NED", "--file", str(whole)]) == 1
    assert "Unknown region 'Aa en Hunze'" in capsys.readouterr().err
    assert main(["fetch", "84134NED", "--file", str(whole), "--skip-unknown"]) == 0
    said = capsys.readouterr().out
    assert "left out 1 regions" in said
    assert "written to data/raw/care_totals.csv" in said
    assert load("care_totals")["youths"].tolist() == [100, 100]
