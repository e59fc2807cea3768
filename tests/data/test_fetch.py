"""Bringing a downloaded table into data/raw, in a project folder of the test's own, by the command line."""

import pytest

from bereik.cli import main
from bereik.data.fetch import fetch
from bereik.data.load import load, read_datapackage
from bereik.errors import BereikError, InvalidTableError, SourceFileError, UnknownNameError

HEADER = "ID;VormenVanJeugdzorg;RegioS;Perioden;JongerenMetJeugdzorg_1;JongerenMetJeugdzorgRelatief_2;Trajecten_3"
FORMS = ("JZ Totaal jeugdzorg", "JZ Totaal jeugdzorg in natura")


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def download(folder, name, periods, regions=("Nederland", "Haaglanden (JZ)"), youths="100"):
    lines = [f"0;{form};{region};{period};{youths};9.0;" for form in FORMS for region in regions for period in periods]
    (folder / name).write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return folder / name


def everything(project):
    return {path.name: path.read_bytes() for path in (project / "data").rglob("*") if path.is_file()}


def test_two_statline_tables_feed_one_table_in_any_order(project):
    old = download(project, "old.csv", ["2020", "2e halfjaar 2020"])
    fetch("84134NED", old)
    fetch("85099NED", download(project, "new.csv", ["2021", "1e half jaar 2021"]))
    first, table = everything(project), load("care_totals")
    assert table["period"].drop_duplicates().tolist() == ["2020H2", "2020", "2021H1", "2021"]
    assert table["region"].tolist()[:4] == ["Nederland", "Nederland", "Haaglanden", "Haaglanden"]
    assert table["form"].tolist()[:2] == ["youth_care", "care_in_kind"]
    assert table["source"].unique().tolist() == ["CBS StatLine 84134NED", "CBS StatLine 85099NED"]
    sources = read_datapackage()["resources"][0]["sources"]
    assert [source["title"] for source in sources] == table["source"].unique().tolist()
    fetch("84134NED", old)
    assert everything(project) == first


def test_a_newer_download_replaces_the_rows_of_its_own_table_only_and_whole_numbers_stay_whole(project):
    fetch("84134NED", download(project, "old.csv", ["2020"], youths="264730.0"))
    fetch("85099NED", download(project, "new.csv", ["2021"]))
    file = fetch("85099NED", download(project, "newer.csv", ["2021"], youths="105"))
    assert set(load("care_totals")[["period", "youths"]].itertuples(index=False)) == {("2020", 264730), ("2021", 105)}
    assert b",264730,9,shown," in file.read_bytes()


def test_nothing_is_written_when_the_download_is_refused_or_writing_fails(project, monkeypatch):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    before = everything(project)
    with pytest.raises(InvalidTableError):
        fetch("84134NED", download(project, "wrong.csv", ["2020"], youths="-5"))
    with pytest.raises(UnknownNameError):
        fetch("84135NED", project / "old.csv")

    def full_disk(table, path):
        path.write_text("half a tab")
        raise OSError("no space left on device")

    monkeypatch.setattr("bereik.data.fetch.write_csv", full_disk)
    with pytest.raises(BereikError, match="no space.*nothing was changed"):
        fetch("84134NED", download(project, "newer.csv", ["2020"], youths="105"))
    assert everything(project) == before


def test_less_than_what_is_there_and_the_same_from_two_tables_are_refused(project):
    fetch("84134NED", download(project, "old.csv", ["2020"]))
    with pytest.raises(InvalidTableError, match="more than once"):
        fetch("85099NED", download(project, "new.csv", ["2020"]))
    less = download(project, "less.csv", ["2020"], regions=("Nederland",))
    with pytest.raises(SourceFileError, match="lacks 2 combinations of StatLine 84134NED .*JZ-haaglanden"):
        fetch("84134NED", less)
    fetch("84134NED", less, allow_incomplete=True)
    assert len(load("care_totals")) == 2


def test_the_description_says_how_the_copy_came_to_us(project):
    path = download(project, "cut.csv", ["2020"])
    fetch("84134NED", path)
    retrieved = read_datapackage()["resources"][0]["retrieved"]
    assert "archive" not in retrieved
    assert "not checked against the live service" in retrieved
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(SourceFileError, match="lacks 1 of its 4 combinations"):
        fetch("84134NED", path)
    fetch("84134NED", path, allow_incomplete=True)
    assert len(load("care_totals")) == 3
    assert "combinations may be absent" in read_datapackage()["resources"][0]["retrieved"]


def test_the_command_line_fetches_and_says_what_it_left_out(project, capsys):
    whole = download(project, "whole.csv", ["2020"], ("Nederland", "Aa en Hunze"))
    assert main(["fetch", "84134NED", "--file", str(whole)]) == 1
    said = capsys.readouterr().err
    assert "Unknown region 'Aa en Hunze' in column 'RegioS' of whole.csv, line 3" in said
    assert "--skip-unknown" in said
    assert main(["fetch", "84134NED", "--file", str(whole), "--skip-unknown"]) == 0
    said = capsys.readouterr().out
    assert "left out 1 regions without a name in bereik: ['Aa en Hunze']" in said
    assert "written to data/raw/care_totals.csv" in said
    assert load("care_totals")["region"].unique().tolist() == ["Nederland"]
