"""Trajectories on a date, indicators of care and the published results of others, in data/raw.

Expected figures of StatLine were computed apart from this library, from unfiltered copies of the tables named beside them.
"""

import shutil

import pytest

from bereik.codelists.origin import origin_groups
from bereik.codelists.regions import region_members, regions
from bereik.codelists.words import check_words
from bereik.data.datapackage import load, read_datapackage
from bereik.data.published import describe_findings
from bereik.errors import InvalidTableError, MissingColumnError
from bereik.paths import project_folder


@pytest.fixture(scope="module")
def side():
    table = load("trajectories").astype({"form": "str"})
    return table.pivot_table(index=["period", "region_code"], columns="form", values="trajectories").astype("Float64")


@pytest.mark.parametrize(
    ("date", "region_code", "percent"),
    [
        # UitgevoerdDoorHetWijkOfBuurtteam_4 / TotaalJeugdhulpZonderVerblijf_3: 82968NED (2017), 85094NED (2023)
        ("2017-12-31", "JZ-haaglanden", 21.5),
        ("2017-12-31", "NL01", 16.4),
        ("2017-12-31", "GM0518", 37.6),
        ("2023-12-31", "NL01", 11.5),
        ("2023-12-31", "GM0518", 24.2),
    ],
)
def test_share_of_the_neighbourhood_team(side, date, region_code, percent):
    row = side.loc[(date, region_code)]
    assert round(100 * row["neighbourhood_team"] / row["without_residence"], 1) == percent


def test_municipalities_make_haaglanden_on_every_date(side):
    """Ten members to 2023, nine in 2024; every figure is rounded to 5."""
    for date in side.index.get_level_values("period").unique():
        members = list(region_members("Haaglanden", int(date[:4]))["code"])
        assert len(members) == (9 if date.startswith("2024") else 10)
        for form in ("care_in_kind", "without_residence", "with_residence"):
            parts = side.loc[[(date, code) for code in members], form]
            assert parts.notna().all()
            assert abs(parts.sum() - side.loc[(date, "JZ-haaglanden"), form]) <= 27.5, (date, form)


def test_every_jeugdregio_is_there_on_every_date(side):
    codes = set(regions("jeugdregio")["code"])
    for date, rows in side.groupby("period"):
        assert codes <= set(rows.index.get_level_values("region_code")), date
    assert side.index.get_level_values("period").unique().tolist()[0] == "2015-03-31"
    assert side.index.get_level_values("period").nunique() == 20


def test_landsdelen_make_the_country_within_rounding(side):
    country = side.xs("NL01", level="region_code")["with_residence"]
    parts = (
        side[side.index.get_level_values("region_code").str.startswith("LD")].groupby("period")["with_residence"].sum()
    )
    assert ((parts - country).abs() <= 12.5).all()


def test_indicators_of_care():
    table = load("care_indicators").astype({"region": "str"})
    rows = table[(table["region_code"] == "GM0518") & (table["period"] == "2022")].set_index("indicator")["percent"]
    # Read by eye in 85098NED; a download of June 2023 gave 14.1, 7.6, 1.1, 44.8, 0.5 (provisional)
    assert rows.tolist() == [14.2, 7.6, 1.1, 46.8, 0.5]
    assert set(table["period_kind"]) == {"year"}
    first = table[(table["period"] == "2015") & (table["region_kind"] == "jeugdregio")]
    assert len(first) > 0
    assert first["percent"].isna().all()  # not published in 2015, which is not 0
    assert (first["status"] == "not_published").all()


def test_the_published_results_say_what_was_read_and_no_word_that_bereik_refuses():
    findings = load("published_findings").set_index("finding")
    # KIS 2015; De Haan et al. 2012; GGD Haaglanden 2022: figures as published
    kis = {"antillen_aruba": 18, "suriname": 14, "marokko": 9, "turkije": 8, "total": 11}
    assert {origin: findings.loc[f"kis_2015_{origin}", "value"] for origin in kis} == kis
    assert findings.loc["de_haan_2012_boys", ["value", "value_to"]].tolist() == [0.43, 0.65]
    assert findings.loc[["ggd_2022_light", "ggd_2022_moderate", "ggd_2022_severe"], "value"].sum() == 30
    assert set(findings["origin"].dropna()) - {""} <= set(origin_groups("migratieachtergrond")["code"])
    assert not findings["source"].str.contains("http|www", regex=True).any()
    for lang in ("nl", "en"):
        for column in ("finding", "origin", "form"):
            for text in findings[f"{column}_{lang}"]:
                check_words(text, lang)
    for row in findings[findings["unit"] != "words"].itertuples():
        for text, mark in ((row.finding_nl, ","), (row.finding_en, ".")):
            number = f"{row.value:g}".replace(".", mark)
            assert number in text or row.value == 0.5  # "half" is written as a word


@pytest.fixture
def copy(tmp_path, monkeypatch):
    shutil.copytree(project_folder() / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "raw" / "published_findings.csv"


def test_a_reader_adds_a_finding_and_describes_the_file_again(copy):
    before = copy.read_bytes()
    who = "mine,2016,The Hague,youths,alle jongeren,all youths,total,jeugdhulp,youth help"
    copy.write_bytes(before + f"{who},use_rate,12.5,,,%,,tekst,text,A (2016) B,report\n".encode())
    describe_findings()
    findings = load("published_findings")
    assert findings["value"].iloc[-1] == 12.5
    entry = next(resource for resource in read_datapackage()["resources"] if resource["name"] == "published_findings")
    assert {"title": "A (2016) B", "retrieved": "read in: report"} in entry["sources"]
    copy.write_bytes(before)
    describe_findings()
    assert copy.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        (",0.24,", ",0,24,", Exception, "fields"),
        (",0.24,", ",about 0.24,", InvalidTableError, "a figure that is no number: row .*de_haan_2012_girls_marokko"),
        (",0.24,", ",,", InvalidTableError, "a finding in words with a figure, or one without"),
        ("de_haan_2012_girls_turkije", "de_haan_2012_girls_marokko", InvalidTableError, "more than once"),
        ("read_in", "read", MissingColumnError, "no column 'read_in'"),
        (',abstract', ",", InvalidTableError, "an empty text"),
    ],
)  # fmt: skip
def test_a_damaged_list_of_findings(copy, old, new, error, says):
    copy.write_text(copy.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(error, match=says) as caught:
        describe_findings()
    assert "To do:" in str(caught.value)
