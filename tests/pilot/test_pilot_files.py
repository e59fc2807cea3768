"""Pilot files: good ones are read as they are, and each kind of fault gives one clear error with file, row and column."""

from pathlib import Path

import pandas as pd
import pytest

from bereik.codelists.words import check_words
from bereik.errors import BereikError, InvalidTableError, SourceFileError, UnknownNameError
from bereik.pilot.contract import pilot_codebook
from bereik.pilot.files import check_pilot, read_pilot
from bereik.pilot.networks import attendance

GOOD = {
    "participants": """participant,network,organisation,partner_kind,role,joined,left
P1,tailoring,A,municipality,manager,2020-10-01,
P2,tailoring,B,self_organisation,volunteer,2020-10-01,2021-01-01
""",
    "organisations": """organisation,formality,municipality
A,formal,Delft
B,informal,Delft
""",
    "meetings": """meeting,network,date
M1,tailoring,2020-11-01
M2,tailoring,2021-02-01
""",
    "attendance": """meeting,participant,attended
M1,P1,ja
M1,P2,nee
M2,P1,ja
""",
    "answers": """participant,wave,scale,item,answer
P1,before,skills,s1,2
P1,after,skills,s1,4
P2,before,skills,s1,
""",
    "tools": """tool,network,organisation,made,tried,adopted
T1,tailoring,A,2021-01-01,2021-02-01,
""",
    "signals": """signal,network,raised,taken_up,resolved
S1,tailoring,2021-01-01,2021-02-01,2021-03-01
""",
    "ties": """from_organisation,to_organisation,families,reached_care
A,B,3,
B,A,4,2
""",
}


def write(folder: Path, **changed: tuple[str, str] | None) -> Path:
    """Write the good files, in some of them one text replaced by another."""
    for name, text in GOOD.items():
        old, new = changed.get(name) or ("", "")
        assert old in text
        folder.joinpath(f"{name}.csv").write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return folder


def test_good_files_are_read_as_they_are(tmp_path):
    pilot = read_pilot(write(tmp_path))
    assert len(check_pilot(tmp_path)) == 0
    assert pilot.answers["answer"].tolist()[:2] == [2, 4]
    assert pd.isna(pilot.answers["answer"][2])  # not answered is missing, not 0
    assert pilot.attendance["attended"].tolist() == [True, False, True]
    assert pd.isna(pilot.participants["left"][0])
    assert pilot.participants["left"][1] == pd.Timestamp("2021-01-01")
    assert pilot.answers["source"].unique().tolist() == ["individual data: answers.csv"]
    assert not pilot.answers["synthetic"].any()


FAULTS = {
    "wave missing": ("answers", ("P1,after,skills,s1,4\n", ""), r"answers\.csv, column wave: no row with wave 'after'"),
    "empty wave": ("answers", ("P1,before", "P1,"), r"answers\.csv, column wave, row 2: an empty cell"),
    "answer out of range": ("answers", ("s1,4", "s1,7"), r"answers\.csv, column answer, row 3 \('7'\).*1 to 5"),
    "answer not whole": ("answers", ("s1,4", "s1,3.5"), r"answers\.csv, column answer, row 3 \('3.5'\)"),
    "unknown wave": ("answers", ("P2,before", "P2,beefore"), r"column wave, row 4 \('beefore'\).*before \| after"),
    "unknown participant": ("attendance", ("M1,P2", "M1,P9"), r"attendance\.csv, column participant, row 3: a value.*not in"),
    "attendance not recorded": ("attendance", ("M1,P2,nee\n", ""), r"attendance\.csv.*no row for 1 expected participants.*'M1'"),
    "duplicate answer": ("answers", ("P2,before", "P1,before"), r"answers\.csv, column item, row 2: the same participant, wave"),
    "tie to nowhere": ("ties", ("A,B", "A,C"), r"ties\.csv, column to_organisation, row 2 \('C'\): a value that is not in org"),
    "tie without end": ("ties", ("A,B", "A,"), r"ties\.csv, column to_organisation, row 2: an empty cell"),
    "tie to itself": ("ties", ("A,B", "A,A"), r"ties\.csv, column to_organisation, row 2: a tie to itself"),
    "more reached than referred": ("ties", ("4,2", "4,5"), r"ties\.csv, column reached_care, row 3: more than families"),
    "negative families": ("ties", ("B,3", "B,-3"), r"ties\.csv, column families, row 2 \('-3'\).*0 or more"),
    "adopted, never tried": ("tools", ("2021-02-01,", ",2021-03-01"), r"tools\.csv, column adopted, row 2: adopted before"),
    "resolved before raised": ("signals", ("2021-03-01", "2020-03-01"), r"signals\.csv, column resolved, row 2"),
    "left before joined": ("participants", ("2021-01-01", "2019-01-01"), r"participants\.csv, column left, row 3"),
    "unreadable date": ("meetings", ("2020-11-01", "1-11-2020"), r"meetings\.csv, column date, row 2 \('1-11-2020'\)"),
    "neither yes nor no": ("attendance", ("P2,nee", "P2,misschien"), r"attended, row 3 \('misschien'\).*yes or no"),
    "unknown kind of partner": ("participants", ("municipality", "gemeente"), r"partner_kind, row 2 \('gemeente'\)"),
    "column missing": ("participants", (",left\n", ",vertrokken\n"), r"column left: there is no column 'left'"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "change", "message"), FAULTS.values(), ids=FAULTS)
def test_each_fault_gives_one_clear_error(tmp_path, name, change, message):
    write(tmp_path, **{name: change})
    with pytest.raises(InvalidTableError, match=message):
        read_pilot(tmp_path)
    problems = check_pilot(tmp_path)
    assert problems.columns.tolist() == ["column", "problem", "rows", "examples", "todo"]
    assert problems["column"].str.startswith(f"{name}.csv").any()


def test_all_problems_are_listed_at_once_without_codes_of_persons(tmp_path):
    folder = write(tmp_path, answers=("P2,before,skills,s1,", "P77,before,skills,s1,9"), ties=("A,B", "A,C"))
    problems = check_pilot(folder)
    assert problems["column"].tolist() == [
        "answers.csv: answer",
        "answers.csv: participant",
        "ties.csv: to_organisation",
    ]
    assert problems["examples"].tolist() == ["row 4 ('9')", "row 4", "row 2 ('C')"]
    assert "P77" not in problems.to_string()


def test_a_file_that_is_absent_or_an_empty_template_is_no_error_until_it_is_needed(tmp_path):
    write(tmp_path)
    (tmp_path / "ties.csv").unlink()
    (tmp_path / "attendance.csv").write_text("meeting,participant,attended\n")
    pilot = read_pilot(tmp_path)
    assert len(pilot.ties) == 0
    assert "families" in pilot.ties
    with pytest.raises(BereikError, match="no attendance"):
        attendance(pilot)


def test_without_participants_there_is_no_pilot(tmp_path):
    (tmp_path / "organisations.csv").write_text(GOOD["organisations"])
    with pytest.raises(InvalidTableError, match="no participants"):
        read_pilot(tmp_path)
    with pytest.raises(SourceFileError, match="no folder"):
        read_pilot(tmp_path / "elsewhere")


def test_ties_between_organisations_need_no_participants(tmp_path):
    for name in ("organisations", "ties"):
        (tmp_path / f"{name}.csv").write_text(GOOD[name])
    pilot = read_pilot(tmp_path)
    assert len(pilot.ties) > 0
    assert pilot.participants.empty


def test_a_misspelled_file_is_not_passed_over(tmp_path):
    write(tmp_path)
    (tmp_path / "answers.csv").rename(tmp_path / "answer.csv")
    with pytest.raises(UnknownNameError, match="did you mean 'answers'"):
        read_pilot(tmp_path)


def test_a_file_whose_column_occurs_twice_and_two_files_of_one_table_are_refused(tmp_path):
    write(tmp_path, organisations=("formality,municipality", "formality,formality"))
    with pytest.raises(SourceFileError, match="'formality' twice"):
        read_pilot(tmp_path)
    (tmp_path / "organisations.parquet").write_bytes(b"")
    with pytest.raises(SourceFileError, match="the same table"):
        read_pilot(tmp_path)


def test_parquet_gives_the_same_tables_as_csv(tmp_path):
    import duckdb

    first, second = tmp_path / "csv", tmp_path / "parquet"
    first.mkdir()
    second.mkdir()
    for name in GOOD:
        csv, parquet = write(first) / f"{name}.csv", second / f"{name}.parquet"
        duckdb.sql(f"COPY (FROM '{csv}') TO '{parquet}' (FORMAT parquet)")  # dates and numbers get their types
    for one, other in zip(read_pilot(first), read_pilot(second), strict=True):
        pd.testing.assert_frame_equal(one.drop(columns="source"), other.drop(columns="source"))


def test_a_broken_excel_file_gives_a_clear_error(tmp_path):
    (tmp_path / "participants.xlsx").write_bytes(b"no sheet")
    with pytest.raises(SourceFileError, match="participants.xlsx cannot be read"):
        read_pilot(tmp_path)


def test_what_was_synthetic_stays_synthetic(tmp_path):
    example = read_pilot()
    for name, table in example._asdict().items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    again = read_pilot(tmp_path)
    for one, other in zip(example, again, strict=True):
        pd.testing.assert_frame_equal(one, other, check_dtype=False)
        assert other["synthetic"].all()


def test_the_templates_are_the_contract(project):
    folder = project / "data" / "templates" / "pilot"
    book = pilot_codebook()
    assert (folder / "codebook.csv").read_text(encoding="utf-8") == book.to_csv(index=False, lineterminator="\n")
    for name, columns in book.groupby("file")["column"]:
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == ",".join(columns) + "\n"
    assert {file.stem for file in folder.iterdir()} == {"codebook", *book["file"]}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_codebook_says_everything_in_words_about_people_that_are_allowed(language):
    for text in pilot_codebook()[language]:
        assert text
        check_words(text, language)
