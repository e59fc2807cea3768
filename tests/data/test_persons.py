"""Individual data: files broken on purpose, each with everything that is wrong in it; every kind of file; column maps."""

import re
import tomllib
from itertools import product

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyreadstat
import pytest

import bereik
from bereik.cli import main
from bereik.codelists import care_forms
from bereik.codelists.names import check_words
from bereik.data.contract import all_columns, column_of, read_column_map
from bereik.data.fetch import fetch
from bereik.data.files import open_persons
from bereik.data.persons import check_file, check_youths, starter_map
from bereik.errors import BereikError, InvalidTableError, MissingColumnError, SourceFileError, UnknownNameError

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
BROKEN = """
columns are missing:
age | error | there is no such column | |
(severity) | error | no column of this group; expected at least one of sdq_parent | |
(care) | error | no column of this group; expected at least one form of care | |
leeftyd | warning | no column of this name (did you mean 'age'?); it is left out | |

values of another kind:
age 2=twaalf; age 3=12.5; year 1=2017a; sdq_parent 4=9,5; weight 5=1.000,5; weight 6=1e3
with_residence 7=misschien; with_residence 8=2; care_start 5=2017-02-29; care_start 1=01-01-2017
year | error | not a whole number | 1 | '2017a' (first in row 1)
age | error | not a whole number | 2 | '12.5' (first in row 3); 'twaalf' (first in row 2)
sdq_parent | error | not a whole number | 1 | '9,5' (first in row 4)
weight | error | not a number, with a decimal | 2 | '1.000,5' (first in row 5); '1e3' (first in row 6)
with_residence | error | not true or false | 2 | '2' (first in row 8); 'misschien' (first in row 7)
care_start | error | not a date | 2 | '01-01-2017' (first in row 1); '2017-02-29' (first in row 5)

outside the limits:
age 2=31; age 3=-1; age 4=31; sdq_parent 1=41; weight 5=0; weight 6=-2; satisfaction 1=10,5; year 12=17
year | error | outside the limits (1990 to 2100) | 1 | '17' (first in row 12)
age | error | outside the limits (0 to 22) | 3 | '31' (first in row 2); '-1' (first in row 3)
sdq_parent | error | outside the limits (0 to 40) | 1 | '41' (first in row 1)
weight | error | outside the limits (more than 0) | 2 | '-2' (first in row 6); '0' (first in row 5)
satisfaction | error | outside the limits (0 to 10) | 1 | '10,5' (first in row 1)

categories that are not known:
sex 1=m; sex 2=v; sex 3=m; origin 4=turkey; origin 5=total; generation 1=second; income_group 1=laag
referrer 1=huisarts
sex | error | not one of male, female | 3 | 'm' (first in row 1); 'v' (first in row 2)
origin | error | not one of nederlands, | 2 | 'total' (first in row 5); 'turkey' (first in row 4) (did you mean 'turkije'?)
generation | error | not one of born_abroad, born_in_nl | 1 | 'second' (first in row 1)
income_group | error | not one of low, middle, high | 1 | 'laag' (first in row 1)
referrer | error | not one of municipal_access, gp | 1 | 'huisarts' (first in row 1)

origin schemes and levels mixed:
origin_scheme 1=herkomst; origin_scheme 2=herkomst; origin 3=niet_westers
origin | error | not one of | 1 | 'nederlands' (first in row 1) (did you mean 'nederland' or 'buiten_nederland'?)
origin_scheme | error | two origin schemes in one file | 2 |
origin | warning | niet_westers stands beside groups that are part of it: turkije, marokko | 1 |

repeated and missing:
id 5=private1; id 6=private2; id 7=; sex 3=; year 4=_; with_residence 12=; referrer 12=gp; origin 6=
id | error | no value in a column that every youth needs | 1 | row 7
year | error | no value in a column that every youth needs | 1 | row 4
sex | error | no value in a column that every youth needs | 1 | row 3
origin | error | no value in a column that every youth needs | 1 | row 6
id | error | the same id more than once in one year | 4 | rows 2 and 5; rows 3 and 6
with_residence | warning | not known whether these youths had this form of care | 1 | row 12

contradictions:
referrer 2=gp; referrer 3=none; care_start 4=2017-01-01; care_end 5=2016-02-28; foster_care 6=ja
satisfaction 12=8
referrer | error | filled in for youths who had none of the forms of care | 2 | rows 2, 3
care_start | error | filled in for youths who had none of the forms of care | 1 | row 4
satisfaction | error | filled in for youths who had none of the forms of care | 1 | row 12
foster_care | error | true while with_residence, of which it is a part, is false | 1 | row 6
care_end | error | care ends before it starts | 1 | row 5

suspicious:
municipality 1=12; municipality 2=Lutjebroek; municipality 5=Lutjebroek; municipality 3=518
municipality | error | neither a name nor a CBS code | 2 | '12' (first in row 1); '518' (first in row 3)
municipality | warning | no list with this municipality | 2 | 'Lutjebroek' (first in row 2)
age | warning | the same value in every row | 12 |
sex | warning | the same value in every row | 12 |
sdq_parent | warning | no value in any row | 12 |
with_residence | warning | the same value in every row | 12 |
foster_care | warning | the same value in every row | 12 |
probation | warning | the same value in every row | 12 |

citizen service numbers:
id 1=111222333; id 2=123456782; id 3=123456789; sex 4=111222333
sex | error | not one of male, female | 1 | a long number, not shown (first in row 4)
id | warning | look like citizen service numbers | 2 |

sources mixed:
synthetic 1=ja; source 12=b
source | error | does not begin with 'individual data: ' | 1 | row 12
synthetic | error | more than one value, or a missing one | 12 |
source | error | more than one value, or a missing one | 12 |
"""


PARTS = dict(block.split(":", 1) for block in BROKEN.strip().split("\n\n"))


def problems(text):
    """Read lines of column | level | problem | rows | examples."""
    return [[cell.strip() for cell in line.split(" |")] for line in text.splitlines() if " | " in line]


def broken(name):
    """The good rows with what is wrong in this file (column row=value; rows from 1), and the problems that must be said."""
    changes = "; ".join(line for line in PARTS[name].splitlines() if " | " not in line)
    table = GOOD.copy()
    if name == "columns are missing":
        table = table.drop(columns=["age", "sdq_parent", "without_residence", "with_residence", "foster_care"])
        table["leeftyd"] = 1
    if name == "suspicious":
        table = table.assign(age="9", sex="male", sdq_parent="", probation="ja")
        table = table.assign(with_residence="nee", foster_care="nee")
    if name == "sources mixed":
        table = table.assign(synthetic="nee", source="individual data: a")
    for change in filter(None, changes.split("; ")):
        place, value = change.split("=")
        column, row = place.split()
        table.loc[int(row) - 1, column] = " " if value == "_" else value
    return table, problems(PARTS[name])


def assert_problems(found, expected, *, in_memory=True):
    said = found.astype({"rows": "object"}).to_dict("records")
    assert [[fault["column"], fault["level"]] for fault in said] == [line[:2] for line in expected]
    for fault, (_, _, problem, rows, examples) in zip(said, expected, strict=True):
        assert problem in fault["problem"]
        assert ("" if pd.isna(fault["rows"]) else str(fault["rows"])) == rows
        assert fault["examples"] == examples or not in_memory
    assert (found["todo"] != "").all()


@pytest.mark.parametrize("kind", ["csv", "parquet", "polars", "lazy"])
@pytest.mark.parametrize("name", list(PARTS))
def test_every_problem_of_a_broken_file_is_named_in_one_run_by_any_engine(tmp_path, name, kind):
    table, expected = broken(name)
    plain, file = pl.DataFrame(table.to_dict("list")), tmp_path / ("y.csv" if kind == "csv" else "y.parquet")
    table.to_csv(file, index=False, sep=";") if kind == "csv" else plain.write_parquet(file)
    found = check_youths({"polars": plain, "lazy": plain.lazy()}.get(kind, open_persons(file)))
    assert_problems(found, expected, in_memory=kind in ("csv", "polars"))
    assert PRIVATE not in found.to_csv()
    if name == "outside the limits" and kind in ("parquet", "lazy"):  # which have no rows
        assert found["examples"].tolist()[1] == "'31' (fewer than 10 rows); '-1' (fewer than 10 rows)"
    if kind in ("csv", "parquet"):
        correct, report = check_file(file)
        assert not correct
        for column, level, problem, *_ in expected:
            assert any(line.startswith(f"{level:<8} {column}: ") and problem in line for line in report.splitlines())
        assert PRIVATE not in report


def test_values_with_types_of_their_own_are_checked_too():
    one, other = pd.Timestamp("2017-01-01"), pd.Timestamp("2016-12-31")
    table = pd.DataFrame({"id": [1, 2, 3], "year": [2017.0, 2017.5, None], "age": [12, 40, 5]})
    table = table.assign(sex=["male", None, "female"], municipality=pd.Categorical(["Delft"] * 3))
    table = table.assign(origin="turkije", origin_scheme="migratieachtergrond")
    table = table.assign(sdq_parent=[True, False, True], probation=[0, 1, 2], care_start=[None, one, None])
    table = table.assign(with_residence=pd.Series([True, None, False], dtype=object), care_end=[None, other, None])
    expected = """
        year | error | not a whole number | 1 | '2017.5' (first in row 2)
        year | error | no value in a column | 1 | row 3
        age | error | outside the limits | 1 | '40' (first in row 2)
        sex | error | no value in a column | 1 | row 2
        sdq_parent | error | not a whole number | 3 | 'True' (first in row 1); 'False' (first in row 2)
        probation | error | not true or false | 1 | '2' (first in row 3)
        care_end | error | care ends before it starts | 1 | row 2
        with_residence | warning | not known whether | 1 | row 2"""
    assert_problems(check_youths(table), problems(expected))


def test_a_few_nine_digit_ids_that_pass_by_chance_are_no_citizen_service_numbers():
    ids = [str(123456780 + row) for row in range(ROWS)]  # of consecutive numbers one in eleven passes
    assert check_youths(GOOD.assign(id=ids)).empty
    numbers = pd.Series([111222333, 12345672, *range(10)])  # the second has lost a leading 0: 18+... = 110
    found = check_youths(GOOD.assign(id=numbers))
    assert found[["column", "rows"]].to_numpy().tolist() == [["id", 2]]


def test_a_good_file_has_no_problem_and_the_report_says_what_it_holds(tmp_path, capsys):
    table = pd.concat([GOOD, GOOD.assign(id="x" + GOOD["id"], year="2018", sdq_parent="")], ignore_index=True)
    table.to_csv(tmp_path / "y.csv", index=False)
    assert check_youths(table).empty
    assert main(["check", str(tmp_path / "y.csv")]) == 0
    report = capsys.readouterr().out
    for line in (
        "y.csv: 0 errors, 0 warnings", "rows     24", "year     2017: 12, 2018: 12", "sex      male: 12, female: 12",
        "origin   nederlands: fewer than 10, turkije: ", "care     without_residence: 10, with_residence: fewer than 10",
        "sdq_parent 15 (62.5 %)", "a run    2017 (not complete: 2018); severity: sdq_parent (dutch_norms); care: with",
        "compared with nederlands; --set",
    ):  # fmt: skip
        assert line in report
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
    for line in (
        "y.csv: 4 errors, 0 warnings", "year: the column map names 'JAAR', which the file does not have\n",
        "origin: the column map names 'orign', which the file does not have (did you mean 'origin'",
        "sex: codes that the column map does not know\n         fewer than 10 rows: '3' (first in row 3)",
        "age: outside the limits (0 to 22)\n         fewer than 10 rows: '40' (first in row 1)",
    ):  # fmt: skip
        assert line in report
    assert "there is no such column" not in report
    assert PRIVATE not in report


def test_without_a_map_unknown_columns_bring_a_map_to_fill_in_that_guesses_nothing(tmp_path, capsys):
    names = {"age": "Leeftijd", "sex": 'naam met " erin', "weight": "risk_debt"}
    GOOD.rename(columns=names).to_csv(tmp_path / "y.csv", index=False)
    assert main(["check", str(tmp_path / "y.csv")]) == 1
    report = capsys.readouterr().out
    assert 'age = ""  # required: age in whole years, 0 to 22; perhaps "Leeftijd"' in report
    assert "Leeftijd: bereik has no column of this name (did you mean 'age'?)" in report
    text = starter_map(GOOD.rename(columns=names).columns)
    assert text in report
    filled = tomllib.loads(text)["columns"]
    assert (filled["age"], filled["year"], filled["risk_debt"]) == ("", "year", "risk_debt")
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    assert read_column_map(tmp_path / "map.toml").columns == {ours: theirs for ours, theirs in filled.items() if theirs}


def test_what_is_no_rows_or_no_table():
    assert check_youths(GOOD.head(0))["problem"].tolist() == ["the table has no rows"]
    with pytest.raises(InvalidTableError, match="A dict is no table"):
        check_youths({"id": [1]})


def test_the_contract_is_whole_and_in_the_words_of_the_project():
    assert set(care_forms()["code"]) < set(all_columns())
    assert column_of("risk_") is None
    for column in [*all_columns().values(), column_of("risk_debt")]:
        check_words(column.en, "en")


# --- files ------------------------------------------------------------------------------------------------------------


def youths():
    """Rows that are right: by hand, so that what a reader gives can be compared with it."""
    rows = [
        (101, 2017, "Delft", 4, "male", "nederlands", 9, 1.5, False, None, None),
        (102, 2017, "'s-Gravenhage", 12, "female", "turkije", None, 0.75, True, "2017-02-01", 7.5),
        (103, 2017, "GM0637", 17, "female", "marokko", 21, 1.0, True, "2016-02-29", 8.0),
        (104, 2018, "Westland", 22, "male", "suriname", 0, 2.0, False, None, None),
    ]
    names = "id year municipality age sex origin sdq_parent weight without_residence care_start satisfaction"
    table = pd.DataFrame(rows, columns=names.split()).astype({"sdq_parent": "Int64"})
    table.insert(6, "origin_scheme", "migratieachtergrond")
    return table.assign(care_start=pd.to_datetime(table["care_start"]))


def save(table, file):
    """Write the rows as each kind of file holds them: dates as text, true and false as 1 and 0."""
    if file.suffix == ".parquet":
        duckdb.from_df(table.astype({"care_start": "datetime64[us]"})).write_parquet(str(file))
        return file
    plain = table.assign(care_start=table["care_start"].dt.strftime("%Y-%m-%d"))
    plain = plain.astype({"without_residence": "int64"})
    if file.suffix == ".csv":
        dutch = {"sep": ";", "decimal": ",", "encoding": "utf-8-sig"} if "dutch" in file.stem else {}
        plain.to_csv(file, index=False, **dutch)
    else:  # in these files an empty text is a missing one
        plain = plain.assign(care_start=plain["care_start"].fillna("")).astype({"sdq_parent": "float64"})
        plain = plain.astype(dict.fromkeys(plain.select_dtypes("str"), object))
        {".sav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}[file.suffix](plain, str(file))
    return file


@pytest.mark.parametrize("name", ["y.csv", "dutch.csv", "y.parquet", "y.sav", "y.dta"])
def test_every_file_gives_the_same_frame(tmp_path, name):
    frame = bereik.read_youths(save(youths(), tmp_path / name))
    frame = frame.df() if name.endswith("parquet") else frame
    towns = ["Delft", "'s-Gravenhage", "Zoetermeer", "Westland"]
    expected = youths().assign(municipality=towns, synthetic=False, source=f"individual data: {name}")
    assert frame.columns.tolist() == expected.columns.tolist()
    dates = {"care_start": "datetime64[us]"}
    pd.testing.assert_frame_equal(frame.convert_dtypes().astype(dates), expected.convert_dtypes().astype(dates))


def test_a_parquet_file_is_not_loaded(tmp_path):
    file = save(youths(), tmp_path / "y.parquet")
    relation = bereik.read_youths(file)
    assert isinstance(relation, duckdb.DuckDBPyRelation)
    file.unlink()
    with pytest.raises(duckdb.IOException):  # the rows were still in the file
        relation.fetchall()


def test_spss_codes_declared_missing_are_missing_and_labels_do_not_replace_codes(tmp_path):
    table = youths().drop(columns=["care_start", "satisfaction"]).assign(sdq_parent=[9, 98, 99, 0], sex=[1, 2, 2, 1])
    table = table.astype({"without_residence": "int64", **dict.fromkeys(table.select_dtypes("str"), object)})
    labels = {"sex": {1: "Jongen", 2: "Meisje"}}
    facts = {"missing_ranges": {"sdq_parent": [98, 99]}, "variable_value_labels": labels}
    pyreadstat.write_sav(table, str(tmp_path / "y.sav"), **facts)
    codes = {"columns": {name: name for name in table.columns}, "values": {"sex": {"1": "male", "2": "female"}}}
    frame = bereik.read_youths(tmp_path / "y.sav", column_map=codes)
    assert frame["sdq_parent"].isna().tolist() == [False, True, True, False]
    assert frame["sex"].tolist() == ["male", "female", "female", "male"]


@pytest.mark.parametrize("name", ["y.csv", "y.parquet"])
def test_a_municipality_has_one_name_however_it_is_spelled_and_other_words_stay_as_they_are(tmp_path, name):
    spellings = {
        "Delft": ["delft ", " DELFT", "GM0503", "gm0503"],
        "'s-Gravenhage": ["Den  Haag", "Den\u00a0Haag", "The Hague", "\u2019s-gravenhage"],
        "Lutjebroek": ["Lutjebroek", " Lutjebroek", "Lutjebroek\u00a0", "Lutjebroek"],
    }
    for town, words in spellings.items():
        table = youths().assign(municipality=words, year=["2017", "2017,0", "2017.0", "2017"], id=["a", "A", "b", "c"])
        frame = bereik.read_youths(save(table, tmp_path / name))
        frame = frame if name == "y.csv" else frame.df()
        assert frame["municipality"].tolist() == [town] * 4
        assert frame["year"].tolist() == [2017] * 4
    with pytest.raises(InvalidTableError, match="the same id more than once"):
        bereik.read_youths(save(youths().assign(id=["a", "a ", "b", "c"]), tmp_path / name))


def test_leading_zeros_of_an_id_are_kept(tmp_path):
    table = youths().astype({"id": str}).assign(id=["007", "7", "8", "9"])
    assert bereik.read_youths(save(table, tmp_path / "y.csv"))["id"].tolist() == ["007", "7", "8", "9"]


def test_what_says_that_it_is_made_up_stays_made_up(tmp_path):
    provenance = {"synthetic": True, "source": "individual data: synthetic example of bereik"}
    file = save(youths().assign(**provenance), tmp_path / "example.csv")
    for codes in (None, {"columns": {name: name for name in youths().columns}}):
        frame = bereik.read_youths(file, column_map=codes)
        assert frame["synthetic"].tolist() == [True] * 4
        assert frame["source"].unique().tolist() == [provenance["source"]]


def test_a_name_is_read_as_it_stands_never_as_a_pattern(tmp_path):
    for at, name in enumerate(["x1", "x*", "x?", "[x]", "year=1999"]):
        save(youths().assign(district=name).head(at + 1), tmp_path / f"{name}.parquet")
    for rows, name in ((2, "x*"), (3, "x?"), (4, "[x]"), (4, "year=1999")):
        file = tmp_path / f"{name}.parquet"
        assert set(bereik.read_youths(file).df()["district"]) == {name}
        options = {"use": "without_residence", "synthetic": True, "assume_independent": True}
        assert bereik.count(file, by=["district"], **options)["population"].tolist() == [rows]


ADDRESSES = [*(f"{kind}://127.0.0.1:9/x" for kind in ("http", "https", "s3", "ftp", "hf")), "\\\\server\\x"]
NO_FILES = {"an address": ADDRESSES, "no file": ["x" * 25_000, "a\0b", "\ud800", "x*"], "a folder": ["folder"]}
READERS = {
    "parquet": [bereik.read_youths, bereik.release, lambda place: bereik.count(place, by=["sex"], use="probation")],
    "csv": [bereik.read_youths, check_file, lambda place: fetch("82965NED", place)],
    "toml": [read_column_map],
}


@pytest.mark.parametrize("ending", READERS)
def test_what_is_no_file_of_this_computer_is_one_clear_error_and_not_looked_up(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"folder.{ending}").mkdir()
    cases = [(reader, words, place) for reader in READERS[ending] for words in NO_FILES for place in NO_FILES[words]]
    for reader, words, place in cases:
        with pytest.raises(SourceFileError, match=f"(?i){words}") as caught:
            reader(f"{place}.{ending}")
        assert len(str(caught.value)) < 300
    for reader, place in product(READERS[ending], [5, True, b"x", ["x"]]):
        with pytest.raises(BereikError):
            reader(place)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y.csv", "id;gemeente\n1;Súdwest-Fryslân\n".encode("latin-1"), "y.csv .*line 2 .*not UTF-8"),
        ("y.csv", b"", "y.csv is empty"),
        ("y.csv", b"4711;2017;Delft\n4712;2017;Delft\n", "first line of y.csv holds numbers"),
        ("y.csv", b"id;id;year\n4711;2017;9\n", "occurs twice: .'id'."),
        ("y.parquet", b"PAR1 4711", "y.parquet is no whole Parquet file"),
        ("y.sav", b"4711", "y.sav cannot be read"),
        ("y.xlsx", b"4711", "ending that bereik does not read.*sav"),
        ("y.csv", None, "no file 'y.csv'"),
    ],
)
def test_a_file_that_is_no_table_is_refused_without_showing_what_is_in_it(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises((SourceFileError, InvalidTableError), match=message) as caught:
        bereik.read_youths(tmp_path / name)
    assert not {"4711", tmp_path.name} & {*re.findall(r"[\w-]+", str(caught.value))}, "nothing of it, and no folder"


def test_youths_with_an_error_are_refused_and_the_message_shows_no_values(tmp_path):
    file = save(youths().assign(age=[4, 12, 17, 41], sex=["male", "f", "female", "male"]), tmp_path / "y.csv")
    says = r"2 errors: age: outside the limits .*; sex: not one of.*bereik check"
    with pytest.raises(InvalidTableError, match=says) as caught:
        bereik.read_youths(file)
    assert "41" not in str(caught.value)


# --- the column map ---------------------------------------------------------------------------------------------------

MAP = """
columns = { id = "PSEUDO", year = "JAAR", municipality = "GEM", age = "LFT", sex = "GESL", origin = "HERK", sdq_parent = "SDQ", \
  district = "", without_residence = "AMB" } # left empty: not there
values.sex = { 1 = "male", 2 = "female" }
values.origin = { 0 = "nederlands", 20 = "turkije", 21 = "turkije" } # two codes may mean the same
values.without_residence = { 1 = false, 2 = true } # not the meaning that 1 has without a map
missing = { sdq_parent = [99, "-1"] }
fixed = { origin_scheme = "migratieachtergrond" }
"""
CODED = {"GESL": [1, 2, 2], "HERK": [0, 20, 21], "SDQ": [99, 12, -1], "AMB": [2, 1, 2]}
THEIRS = pd.DataFrame({"PSEUDO": list("abc"), "JAAR": 2017, "GEM": "GM0503", "LFT": [8, 9, 10], **CODED})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])  # the last two: Notepad, PowerShell
def test_columns_and_codes_get_their_meaning_from_a_file_and_from_a_dict(tmp_path, encoding):
    (tmp_path / "map.toml").write_text(MAP, encoding=encoding)
    THEIRS.to_csv(tmp_path / "y.csv", index=False)
    frame = bereik.read_youths(tmp_path / "y.csv", column_map=tmp_path / "map.toml")
    assert frame["sex"].tolist() == ["male", "female", "female"]
    assert frame["origin"].tolist() == ["nederlands", "turkije", "turkije"]
    assert frame["without_residence"].tolist() == [True, False, True]
    assert frame["sdq_parent"].isna().tolist() == [True, False, True]
    assert frame["sdq_parent"].dropna().tolist() == [12]
    assert frame["origin_scheme"].unique().tolist() == ["migratieachtergrond"]
    assert "district" not in frame
    pd.testing.assert_frame_equal(bereik.read_youths(tmp_path / "y.csv", column_map=tomllib.loads(MAP)), frame)


@pytest.mark.parametrize("code", ["9", "9.0", "09", "9,0", " 9 ", 9, 9.0])
def test_a_missing_code_is_the_same_however_it_is_written_and_only_in_its_own_column(code):
    for given in ([9, 10], [9.0, 10.0], ["9", "10"], ["09", "10"], ["9.0", "10"], ["9,0", "10"], [" 9 ", "10"]):
        table = pd.DataFrame(dict.fromkeys(["age", "sdq_parent", "id"], given))
        codes = {"columns": {name: name for name in table}, "missing": {"sdq_parent": [code], "id": ["999"]}}
        for data in (table, pl.DataFrame(table.to_dict("list")), duckdb.from_df(table)):
            made = read_column_map(codes).apply(data)
            rows = made.fetchall() if isinstance(made, duckdb.DuckDBPyRelation) else nw.from_native(made).rows()
            assert [pd.isna(score) for _, score, _ in rows] == [True, False]
            assert not any(pd.isna(cell) for age, _, number in rows for cell in (age, number))


@pytest.mark.parametrize("kind", ["int64", "float64", "str"])
@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "duckdb"])
def test_codes_are_found_as_number_or_text_on_any_engine(engine, kind):
    table = THEIRS.astype(dict.fromkeys(CODED, kind))
    if kind == "float64":
        table = pd.concat([table, table.tail(1).assign(GESL=float("nan"))], ignore_index=True)
    plain = pl.DataFrame(table.to_dict("list"))
    data = {"pandas": table, "polars": plain, "lazy": plain.lazy(), "duckdb": duckdb.from_df(table)}[engine]
    made = read_column_map(tomllib.loads(MAP)).apply(data)
    assert type(made) is type(data)
    frame = nw.from_native(made).select("sex", "origin", "without_residence")
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("pandas" if engine == "duckdb" else None)
    assert frame["origin"].to_list()[:3] == ["nederlands", "turkije", "turkije"]
    assert frame["without_residence"].to_list()[:3] == ["true", "false", "true"]
    assert frame["sex"].to_list()[:3] == ["male", "female", "female"]
    assert frame["sex"].is_null().to_list()[3:] == ([True] if kind == "float64" else [])  # missing is no unknown code


def test_a_code_that_the_map_does_not_list_is_never_taken_for_a_value(tmp_path):
    codes = {"AMB": [2, 1, 0], "GESL": [1, 3, 3]}  # 0 would be false without the map
    THEIRS.assign(**codes).to_csv(tmp_path / "y.csv", index=False)
    says = "2 errors: sex: codes that the column map does not know; without_residence: codes"
    with pytest.raises(InvalidTableError, match=says):
        bereik.read_youths(tmp_path / "y.csv", column_map=tomllib.loads(MAP))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('[columns]\nagee = "LFT"', UnknownNameError, r"column 'agee' in \[columns\] of map.toml \(did you mean 'age'"),
        ('[colums]\nage = "LFT"', UnknownNameError, r"'colums' in map.toml \(did you mean 'columns'"),
        ('[columns]\nsex = "G"\n[values.sex]\n1 = "man"', UnknownNameError, "value of sex 'man'.*'male'"),
        ('[columns]\norigin = "H"\n[values.origin]\n1 = "total"', UnknownNameError, "value of origin 'total'"),
        ('[values.sex]\n1 = "male"', UnknownNameError, "named under .columns."),
        ('[columns]\nage = "L"\n[missing]\nage = 99', SourceFileError, "missing.age of map.toml holds 99.*a list"),
        ('[columns]\nage = "L"\n[fixed]\nage = 9', SourceFileError, "fixed.age of map.toml"),
        ("[columns\n", SourceFileError, "map.toml cannot be read: .*line 1"),
        ('[columns]\nsex = "G"\n[values.sex]\n1 = "male"\n01 = "female"', SourceFileError, "the code 01 two meanings"),
        ('[columns]\nage = "LEEFTYD"\nyear = "J"', MissingColumnError, "'LEEFTYD', 'J' .did you mean 'LEEFTIJD'"),
    ],
)
def test_a_map_that_is_wrong_says_where(tmp_path, text, error, message):
    (tmp_path / "y.csv").write_text("LEEFTIJD;GESL\n9;1\n")
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        bereik.read_youths(tmp_path / "y.csv", column_map=tmp_path / "map.toml")
