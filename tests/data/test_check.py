"""Checking individual data: ten files that are broken on purpose, each with everything that is wrong in it, in one run."""

import pandas as pd
import polars as pl
import pytest

from bereik.cli import main
from bereik.data.check import check_youths
from bereik.data.check_file import check_file
from bereik.data.person_files import open_persons
from bereik.errors import InvalidTableError

ROWS = 12
PRIVATE = "private"  # begins every id and district: nothing of it may stand in a report
GOOD = pd.DataFrame(
    {
        "id": [f"{PRIVATE}{row}" for row in range(ROWS)],
        "year": "2017",
        "municipality": ["Delft", "Den Haag", "GM1783"] * 4,
        "district": [f"{PRIVATE} wijk {row}" for row in range(ROWS)],
        "age": ["0", "22", "12", "13", "4", "5", "6", "7", "8", "9", "10", "11"],
        "sex": ["male", "female"] * 6,
        "origin": ["nederlands", "turkije", "marokko", "onbekend"] * 3,
        "origin_scheme": "migratieachtergrond",
        "generation": ["born_abroad", "born_in_nl", ""] * 4,
        "income_group": ["low", "middle", "high"] * 4,
        "sdq_parent": ["0", "40", "", "9"] * 3,
        "weight": ["1", "0.5", "1,5"] * 4,
        #                     row 1    2      3      4     5     6      7      8      9      10     11     12
        "without_residence": ["ja", "nee", "nee", "nee", "1", "0", "true", "false", "yes", "no", "JA", "Nee"],
        "with_residence": ["ja", "nee", "nee", "nee", "0", "0", "0", "0", "0", "0", "0", "0"],
        "foster_care": ["ja", "nee", "nee", "nee", "0", "0", "0", "0", "0", "0", "0", "0"],
        "referrer": ["gp", "", "", "", "judge", "", "none", "", "gp", "", "gp", ""],
        "care_start": ["2017-01-01", "", "", "", "2016-02-29", "", "", "", "", "", "", ""],
        "care_end": ["2017-01-01", "", "", "", "", "", "", "", "", "", "", ""],
        "satisfaction": ["10", "", "", "", "0", "", "7,5", "", "", "", "", ""],
    }
)


def changed(**cells):
    """The good rows with some cells changed: column = {row: value}, rows counted from 1 as the report does."""
    table = GOOD.copy()
    for column, values in cells.items():
        for row, value in values.items():
            table.loc[row - 1, column] = value
    return table


BROKEN = {
    "columns are missing": (
        GOOD.drop(columns=["age", "sdq_parent", "without_residence", "with_residence", "foster_care"]).assign(
            leeftyd=1
        ),
        [
            ("age", "error", "there is no such column", None, ""),
            ("(severity)", "error", "no column of this group; expected at least one of sdq_parent", None, ""),
            ("(care)", "error", "no column of this group; expected at least one form of care", None, ""),
            ("leeftyd", "warning", "no column of this name (did you mean 'age'?); it is left out", None, ""),
        ],
    ),
    "values of another kind": (
        changed(
            age={2: "twaalf", 3: "12.5"},
            year={1: "2017a"},
            sdq_parent={4: "9,5"},
            weight={5: "1.000,5", 6: "1e3"},
            with_residence={7: "misschien", 8: "2"},
            care_start={5: "2017-02-29", 1: "01-01-2017"},
        ),
        [
            ("year", "error", "not a whole number", 1, "'2017a' (1 row, in row 1)"),
            ("age", "error", "not a whole number", 2, "'12.5' (1 row, in row 3); 'twaalf' (1 row, in row 2)"),
            ("sdq_parent", "error", "not a whole number", 1, "'9,5' (1 row, in row 4)"),
            (
                "weight",
                "error",
                "not a number, with a decimal",
                2,
                "'1.000,5' (1 row, in row 5); '1e3' (1 row, in row 6)",
            ),
            ("with_residence", "error", "not true or false", 2, "'2' (1 row, in row 8); 'misschien' (1 row, in row 7)"),
            ("care_start", "error", "not a date", 2, "'01-01-2017' (1 row, in row 1); '2017-02-29' (1 row, in row 5)"),
        ],
    ),
    "outside the limits": (
        changed(
            age={2: "31", 3: "-1", 4: "31"},
            sdq_parent={1: "41"},
            weight={5: "0", 6: "-2"},
            satisfaction={1: "10,5"},
            year={12: "17"},
        ),
        [
            ("year", "error", "outside the limits (1990 to 2100)", 1, "'17' (1 row, in row 12)"),
            (
                "age",
                "error",
                "outside the limits (0 to 22)",
                3,
                "'31' (2 rows, first in row 2); '-1' (1 row, in row 3)",
            ),
            ("sdq_parent", "error", "outside the limits (0 to 40)", 1, "'41' (1 row, in row 1)"),
            ("weight", "error", "outside the limits (more than 0)", 2, "'-2' (1 row, in row 6); '0' (1 row, in row 5)"),
            ("satisfaction", "error", "outside the limits (0 to 10)", 1, "'10,5' (1 row, in row 1)"),
        ],
    ),
    "categories that are not known": (
        changed(
            sex={1: "m", 2: "v", 3: "m"},
            origin={4: "turkey", 5: "total"},
            generation={1: "second"},
            income_group={1: "laag"},
            referrer={1: "huisarts"},
        ),
        [
            ("sex", "error", "not one of male, female", 3, "'m' (2 rows, first in row 1); 'v' (1 row, in row 2)"),
            (
                *("origin", "error", "not one of nederlands, ", 2),
                "'total' (1 row, in row 5); 'turkey' (1 row, in row 4) (did you mean 'turkije'?)",
            ),
            ("generation", "error", "not one of born_abroad, born_in_nl", 1, "'second' (1 row, in row 1)"),
            ("income_group", "error", "not one of low, middle, high", 1, "'laag' (1 row, in row 1)"),
            ("referrer", "error", "not one of municipal_access, gp", 1, "'huisarts' (1 row, in row 1)"),
        ],
    ),
    "origin schemes and levels mixed": (
        changed(origin_scheme={1: "herkomst", 2: "herkomst"}, origin={3: "niet_westers"}),
        [
            (
                "origin",
                "error",
                "not one of",
                1,
                "'nederlands' (1 row, in row 1) (did you mean 'nederland' or 'buiten_nederland'?)",
            ),
            ("origin_scheme", "error", "two origin schemes in one file", 2, ""),
            ("origin", "warning", "niet_westers stands beside groups that are part of it: turkije, marokko", 1, ""),
        ],
    ),
    "repeated and missing": (  # row 12 has a referrer and may have had care: that is no contradiction
        changed(
            id={5: f"{PRIVATE}1", 6: f"{PRIVATE}2", 7: ""},
            sex={3: ""},
            year={4: " "},
            with_residence={12: ""},
            referrer={12: "gp"},
            origin={6: ""},
        ),
        [
            ("id", "error", "no value in a column that every youth needs", 1, "row 7"),
            ("year", "error", "no value in a column that every youth needs", 1, "row 4"),
            ("sex", "error", "no value in a column that every youth needs", 1, "row 3"),
            ("origin", "error", "no value in a column that every youth needs", 1, "row 6"),
            ("id", "error", "the same id more than once in one year", 4, "rows 2 and 5; rows 3 and 6"),
            ("with_residence", "warning", "not known whether these youths had this form of care", 1, "row 12"),
        ],
    ),
    "contradictions": (
        changed(
            referrer={2: "gp", 3: "none"},
            care_start={4: "2017-01-01"},
            care_end={5: "2016-02-28"},
            foster_care={6: "ja"},
            satisfaction={12: "8"},
        ),
        [
            ("referrer", "error", "filled in for youths who had none of the forms of care", 2, "rows 2, 3"),
            ("care_start", "error", "filled in for youths who had none of the forms of care", 1, "row 4"),
            ("satisfaction", "error", "filled in for youths who had none of the forms of care", 1, "row 12"),
            ("foster_care", "error", "true while with_residence, of which it is a part, is false", 1, "row 6"),
            ("care_end", "error", "care ends before it starts", 1, "row 5"),
        ],
    ),
    "suspicious": (
        changed(municipality={1: "12", 2: "Lutjebroek", 5: "Lutjebroek", 3: "518"}).assign(
            age="9", sex="male", with_residence="nee", foster_care="nee", sdq_parent="", probation="ja"
        ),
        [
            (
                *("municipality", "error", "neither a name nor a CBS code", 2),
                "'12' (1 row, in row 1); '518' (1 row, in row 3)",
            ),
            ("municipality", "warning", "no list with this municipality", 2, "'Lutjebroek' (2 rows, first in row 2)"),
            ("age", "warning", "the same value in every row", 12, ""),
            ("sex", "warning", "the same value in every row", 12, ""),
            ("sdq_parent", "warning", "no value in any row", 12, ""),
            ("with_residence", "warning", "the same value in every row", 12, ""),
            ("foster_care", "warning", "the same value in every row", 12, ""),
            ("probation", "warning", "the same value in every row", 12, ""),
        ],
    ),
    "citizen service numbers": (  # made up: 111222333 and 123456782 pass the 11-test by hand, 123456789 does not
        changed(id={1: "111222333", 2: "123456782", 3: "123456789"}, sex={4: "111222333"}),
        [
            ("sex", "error", "not one of male, female", 1, "a long number, not shown (1 row, in row 4)"),
            ("id", "warning", "look like citizen service numbers", 2, ""),
        ],
    ),
    "sources mixed": (
        GOOD.assign(synthetic=["ja"] + ["nee"] * 11, source=["individual data: a"] * 11 + ["b"]),
        [
            ("source", "error", "does not begin with 'individual data: '", 1, "row 12"),
            ("synthetic", "error", "more than one value, or a missing one", 12, ""),
            ("source", "error", "more than one value, or a missing one", 12, ""),
        ],
    ),
}


def assert_problems(found, expected, *, in_memory=True):
    said = found[["column", "level", "rows", "problem", "examples"]].to_dict("records")
    assert [(f["column"], f["level"]) for f in said] == [(column, level) for column, level, *_ in expected]
    for fault, (_, _, problem, rows, examples) in zip(said, expected, strict=True):
        assert problem in fault["problem"]
        assert (None if pd.isna(fault["rows"]) else fault["rows"]) == rows
        if in_memory:
            assert fault["examples"] == examples
    assert (found["todo"] != "").all()


@pytest.mark.parametrize("name", list(BROKEN))
def test_every_problem_of_a_broken_file_is_named_in_one_run(tmp_path, name):
    table, expected = BROKEN[name]
    table.to_csv(tmp_path / "y.csv", index=False, sep=";")
    assert_problems(check_youths(open_persons(tmp_path / "y.csv")), expected)
    correct, report = check_file(tmp_path / "y.csv")
    assert not correct
    for column, level, problem, *_ in expected:
        assert any(line.startswith(f"{level:<8} {column}: ") and problem in line for line in report.splitlines())
    assert PRIVATE not in report


@pytest.mark.parametrize("engine", ["polars", "lazy", "parquet"])
@pytest.mark.parametrize("name", list(BROKEN))
def test_other_engines_find_the_same(tmp_path, name, engine):
    table, expected = BROKEN[name]
    plain = pl.DataFrame(table.to_dict("list"))
    if engine == "parquet":
        plain.write_parquet(tmp_path / "y.parquet")
    data = {"polars": lambda: plain, "lazy": plain.lazy, "parquet": lambda: open_persons(tmp_path / "y.parquet")}[
        engine
    ]()
    found = check_youths(data)
    assert_problems(found, expected, in_memory=engine == "polars")
    assert PRIVATE not in found.to_csv()
    if name == "outside the limits" and engine != "polars":  # without rows, which a lazy table does not have
        assert found["examples"].tolist()[1] == "'31' (2 rows); '-1' (1 row)"


def test_values_with_types_of_their_own_are_checked_too():
    table = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "year": [2017.0, 2017.5, None],
            "municipality": pd.Categorical(["Delft", "Delft", "Delft"]),
            "age": [12, 40, 5],
            "sex": ["male", None, "female"],
            "origin": ["turkije"] * 3,
            "origin_scheme": ["migratieachtergrond"] * 3,
            "sdq_parent": [True, False, True],
            "probation": [0, 1, 2],
            "with_residence": pd.Series([True, None, False], dtype=object),
            "care_start": [None, pd.Timestamp("2017-01-01"), None],
            "care_end": [None, pd.Timestamp("2016-12-31"), None],
        }
    )
    expected = [
        ("year", "error", "not a whole number", 1, "'2017.5' (1 row, in row 2)"),
        ("year", "error", "no value in a column", 1, "row 3"),
        ("age", "error", "outside the limits", 1, "'40' (1 row, in row 2)"),
        ("sex", "error", "no value in a column", 1, "row 2"),
        ("sdq_parent", "error", "not a whole number", 3, "'True' (2 rows, first in row 1); 'False' (1 row, in row 2)"),
        ("probation", "error", "not true or false", 1, "'2' (1 row, in row 3)"),
        ("care_end", "error", "care ends before it starts", 1, "row 2"),
        ("with_residence", "warning", "not known whether", 1, "row 2"),
    ]
    assert_problems(check_youths(table), expected)


def test_a_few_nine_digit_ids_that_pass_by_chance_are_no_citizen_service_numbers():
    ids = [str(123456780 + row) for row in range(ROWS)]  # of consecutive numbers one in eleven passes
    assert check_youths(GOOD.assign(id=ids)).empty
    numbers = pd.Series([111222333, 12345672, *range(10)])  # the second has lost a leading 0: 18+... = 110
    found = check_youths(GOOD.assign(id=numbers))
    assert found[["column", "rows"]].to_numpy().tolist() == [["id", 2]]


def test_a_good_file_has_no_problem_and_the_report_says_what_was_found(tmp_path, capsys):
    table = pd.concat([GOOD, GOOD.assign(id="x" + GOOD["id"], year="2018", sdq_parent="")], ignore_index=True)
    table.to_csv(tmp_path / "y.csv", index=False)
    assert check_youths(table).empty
    assert main(["check", str(tmp_path / "y.csv")]) == 0
    report = capsys.readouterr().out
    assert "y.csv: 0 errors, 0 warnings" in report
    assert "rows     24" in report
    assert "year     2017: 12, 2018: 12" in report
    assert "origin   nederlands: fewer than 10, turkije: " in report
    assert "sex      male: 12, female: 12" in report
    assert "care     without_residence: 10, with_residence: fewer than 10" in report
    assert "sdq_parent 15 (62.5 %)" in report
    assert "[columns]" not in report
    assert PRIVATE not in report


def test_with_a_map_its_absent_columns_and_unknown_codes_are_named_with_all_else(tmp_path, capsys):
    theirs = GOOD.rename(columns={"age": "LFT", "sex": "GESL"}).assign(GESL=[1, 2, 3, 3] * 3, LFT=[40, *range(11)])
    theirs.to_csv(tmp_path / "y.csv", index=False)
    names = {name: name for name in GOOD.columns} | {"age": "LFT", "sex": "GESL", "year": "JAAR", "origin": "orign"}
    lines = [*(f'{ours} = "{name}"' for ours, name in names.items()), "[values.sex]", '1 = "male"', '2 = "female"']
    (tmp_path / "map.toml").write_text("\n".join(["[columns]", *lines]), encoding="utf-8")
    assert main(["check", str(tmp_path / "y.csv"), "--map", str(tmp_path / "map.toml")]) == 1
    report = capsys.readouterr().out
    assert "y.csv: 4 errors, 0 warnings" in report
    assert "year: the column map names 'JAAR', which the file does not have\n" in report
    assert "origin: the column map names 'orign', which the file does not have (did you mean 'origin'" in report
    assert "sex: codes that the column map does not know\n         6 rows: '3' (6 rows, first in row 3)" in report
    assert "age: outside the limits (0 to 22)\n         1 row: '40' (1 row, in row 1)" in report
    assert "there is no such column" not in report
    assert PRIVATE not in report


def test_without_a_map_unknown_columns_bring_a_map_to_fill_in(tmp_path, capsys):
    GOOD.rename(columns={"age": "leeftijd"}).to_csv(tmp_path / "y.csv", index=False)
    assert main(["check", str(tmp_path / "y.csv")]) == 1
    report = capsys.readouterr().out
    assert 'age = ""  # required: age in whole years, 0 to 22; perhaps "leeftijd"' in report
    assert 'sex = "sex"' in report
    assert "leeftijd: bereik has no column of this name (did you mean 'age'?)" in report


def test_a_file_that_cannot_be_read_is_one_message(capsys):
    assert main(["check", "nothing.csv"]) == 1
    assert "there is no file 'nothing.csv'" in capsys.readouterr().err.lower()


def test_no_rows_and_no_table():
    assert check_youths(GOOD.head(0))["problem"].tolist() == ["the table has no rows"]
    with pytest.raises(InvalidTableError, match="A dict is no table"):
        check_youths({"id": [1]})
