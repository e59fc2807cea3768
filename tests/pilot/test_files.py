"""Pilot files: good ones are read as they are, and each kind of fault gives one clear error with file, row and column."""

from itertools import product

import pandas as pd
import pytest

from bereik.codelists.names import check_words
from bereik.errors import BereikError, InvalidTableError, SourceFileError, UnknownNameError
from bereik.pilot import attendance, codebook, published_facts, read_pilot
from bereik.pilot.files import check_pilot

GOOD = {
    "participants": """participant,network,organisation,partner_kind,role,joined,left
P1,tailoring,A,municipality,manager,2020-10-01,
P2,tailoring,B,self_organisation,volunteer,2020-10-01,2021-01-01
""",
    "organisations": "organisation,formality,municipality\nA,formal,Delft\nB,informal,Delft\n",
    "meetings": "meeting,network,date\nM1,tailoring,2020-11-01\nM2,tailoring,2021-02-01\n",
    "attendance": "meeting,participant,attended\nM1,P1,ja\nM1,P2,nee\nM2,P1,ja\n",
    "answers": "participant,wave,scale,item,answer\nP1,before,skill,s1,2\nP1,after,skill,s1,4\nP2,before,skill,s1,\n",
    "tools": "tool,network,organisation,made,tried,adopted\nT1,tailoring,A,2021-01-01,2021-02-01,\n",
    "signals": "signal,network,raised,taken_up,resolved\nS1,tailoring,2021-01-01,2021-02-01,2021-03-01\n",
    "ties": "from_organisation,to_organisation,families,reached_care\nA,B,3,\nB,A,4,2\n",
}


def write(folder, **changed):
    """Write the good files, in some of them one text replaced by another."""
    for name, text in GOOD.items():
        old, new = changed.get(name, ("", ""))
        assert old in text
        folder.joinpath(f"{name}.csv").write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return folder


def test_good_files_are_read_as_they_are(tmp_path):
    pilot = read_pilot(write(tmp_path))
    assert check_pilot(tmp_path).empty
    assert pilot.answers["answer"].fillna(-1).tolist() == [2, 4, -1]  # not answered is missing, not 0
    assert pilot.attendance["attended"].tolist() == [True, False, True]
    assert pilot.participants["left"].tolist() == [pd.NaT, pd.Timestamp("2021-01-01")]
    assert pilot.answers["source"].unique().tolist() == ["individual data: answers.csv"]
    assert not pilot.answers["synthetic"].any()


FAULTS = {
    "wave missing": ("answers", ("P1,after,skill,s1,4\n", ""), r"column wave: no row with wave 'after'"),
    "empty wave": ("answers", ("P1,before", "P1,"), r"column wave, row 2: an empty cell"),
    "out of range": ("answers", ("s1,4", "s1,7"), r"column answer, row 3 \('7'\).*1 to 5"),
    "unknown participant": ("attendance", ("M1,P2", "M1,P9"), r"column participant, row 3: a value.*not in"),
    "not recorded": ("attendance", ("M1,P2,nee\n", ""), r"no row for 1 expected participants.*'M1'"),
    "duplicate answer": ("answers", ("P2,before", "P1,before"), r"column item, row 2; row 4: the same participant"),
    "tie to nowhere": ("ties", ("A,B", "A,C"), r"column to_organisation, row 2 \('C'\): a value that is not in org"),
    "tie to itself": ("ties", ("A,B", "A,A"), r"column to_organisation, row 2: a tie to itself"),
    "more reached": ("ties", ("4,2", "4,5"), r"column reached_care, row 3: more than families"),
    "negative families": ("ties", ("B,3", "B,-3"), r"column families, row 2 \('-3'\).*0 or more"),
    "never tried": ("tools", ("2021-02-01,", ",2021-03-01"), r"column adopted, row 2: adopted before"),
    "unknown partner": ("participants", ("municipality", "gemeente"), r"partner_kind, row 2 \('gemeente'\)"),
    "column missing": ("participants", (",left\n", ",vertrokken\n"), r"column left: there is no column 'left'"),
}


@pytest.mark.parametrize(("name", "change", "message"), FAULTS.values(), ids=FAULTS)
def test_each_fault_gives_one_clear_error(tmp_path, name, change, message):
    write(tmp_path, **{name: change})
    with pytest.raises(InvalidTableError, match=rf"{name}\.csv.*{message}"):
        read_pilot(tmp_path)


def test_all_problems_are_listed_at_once_without_codes_of_persons(tmp_path):
    write(tmp_path, answers=("P2,before,skill,s1,", "P77,before,skill,s1,9"), ties=("A,B", "A,C"))
    problems = check_pilot(tmp_path)
    in_answers = ["answers.csv: answer", "answers.csv: participant"]
    assert problems["column"].tolist() == [*in_answers, "ties.csv: to_organisation"]
    assert problems["examples"].tolist() == ["row 4 ('9')", "row 4", "row 2 ('C')"]
    assert problems["rows"].tolist() == [1, 1, 1]
    assert "P77" not in problems.to_string()


def test_a_file_that_is_absent_or_an_empty_template_is_no_error_until_it_is_needed(tmp_path):
    (tmp_path / "organisations.csv").write_text(GOOD["organisations"])
    with pytest.raises(InvalidTableError, match="no participants"):
        read_pilot(tmp_path)
    (tmp_path / "ties.csv").write_text(GOOD["ties"])
    (tmp_path / "attendance.csv").write_text("meeting,participant,attended\n")
    pilot = read_pilot(tmp_path)
    assert (len(pilot.ties), len(pilot.participants)) == (2, 0)
    with pytest.raises(BereikError, match="no participants"):
        attendance(pilot)


def test_files_that_are_misspelled_double_or_broken_are_refused(tmp_path):
    write(tmp_path, organisations=("formality,municipality", "formality,formality"))
    with pytest.raises(SourceFileError, match="'formality' twice"):
        read_pilot(tmp_path)
    (tmp_path / "organisations.xlsx").write_bytes(b"")
    with pytest.raises(SourceFileError, match="the same table"):
        read_pilot(tmp_path)
    (tmp_path / "answers.csv").rename(tmp_path / "answer.csv")
    with pytest.raises(UnknownNameError, match="did you mean 'answers'"):
        read_pilot(tmp_path)
    for file in tmp_path.glob("*.csv"):
        file.unlink()
    for folder, words in ((tmp_path, "organisations.xlsx cannot be read"), (tmp_path / "elsewhere", "no folder")):
        with pytest.raises(SourceFileError, match=words):
            read_pilot(folder)


def test_excel_gives_the_same_tables_as_csv(tmp_path):
    expected = read_pilot(write(tmp_path))
    for path in sorted(tmp_path.iterdir()):
        dates = [name for name in ("joined", "left", "date", "made", "tried", "raised") if name in path.read_text()]
        pd.read_csv(path, parse_dates=dates).to_excel(path.with_suffix(".xlsx"), index=False)
        path.unlink()
    for one, other in zip(expected, read_pilot(tmp_path), strict=True):
        pd.testing.assert_frame_equal(one.drop(columns="source"), other.drop(columns="source"))


def test_the_templates_are_the_contract_in_words_that_are_allowed(project):
    folder, book = project / "data" / "templates" / "pilot", codebook()
    assert (folder / "codebook.csv").read_text(encoding="utf-8") == book.to_csv(index=False, lineterminator="\n")
    for name, columns in book.groupby("file")["column"]:
        assert (folder / f"{name}.csv").read_text(encoding="utf-8") == ",".join(columns) + "\n"
    assert {file.stem for file in folder.iterdir()} == {"codebook", *book["file"]}
    for language, table in product(("nl", "en"), (book, published_facts("pilot"))):
        for text in table[language]:
            assert text
            check_words(text, language)


def test_the_published_facts_are_real_sourced_and_worded_with_care():
    facts = published_facts()
    assert not facts["synthetic"].any()
    assert (facts[["programme", "topic", "code", "state", "nl", "en"]] != "").all(axis=None)
    assert set(facts["state"]) == {"planned", "done", "published", "never_published"}
    told = facts[facts["state"] != "never_published"]
    assert (told[["source", "address"]] != "").all(axis=None), "what is told stands in a text"
    assert pd.to_datetime(facts.loc[facts["seen"] != "", "seen"]).notna().all()
    assert not facts.duplicated(["programme", "topic", "code", "state", "region", "audience"]).any()
    pilot = published_facts("pilot").set_index(["topic", "code", "state"])
    steps = pilot.loc["step"]
    assert steps.loc[("session", "done"), "from"] == "2021-11-09"
    assert steps.loc[("session", "published"), ["lowest", "highest"]].tolist() == [121, pd.NA]  # more than 120
    assert steps.loc["learned"].index.tolist() == ["planned", "never_published"]
    assert len(pilot.loc["tool"]) == steps.loc[("made_tools", "published"), "lowest"] == 4
    assert (pilot.loc["plan"][["lowest", "highest"]] == [10, 12]).all(axis=None)
    (kinds,) = codebook().query("column == 'partner_kind'")["allowed"]
    assert [code for code, _ in pilot.loc["partner_kind"].index] == kinds.split(" | ")
    carried = facts.query("topic == 'region' and state == 'done' and code == 'in_final_report'")["region"]
    assert set(carried) == set(facts.query("topic == 'activity'")["region"])
    with pytest.raises(UnknownNameError, match="did you mean 'lerend_transformeren'"):
        published_facts("lerend_transformeeren")
