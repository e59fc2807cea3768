"""The column map: a reader's columns and codes become those of the contract, or the error says what does not fit."""

import tomllib

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pytest

from bereik.data.column_map import ColumnMap, read_column_map
from bereik.data.person_files import read_youths
from bereik.data.starter_map import starter_map
from bereik.errors import BereikError, MissingColumnError, UnknownNameError

MAP = """
[columns]
id = "PSEUDO"
year = "JAAR"
municipality = "GEM"
age = "LFT"
sex = "GESL"
origin = "HERK"
sdq_parent = "SDQ"
district = ""          # left empty: not there
without_residence = "AMB"

[values.sex]
1 = "male"
2 = "female"

[values.origin]
0 = "nederlands"
20 = "turkije"
21 = "turkije"         # two codes may mean the same

[values.without_residence]
1 = false              # not the meaning that 1 has without a map
2 = true

[missing]
sdq_parent = [99, "-1"]

[fixed]
origin_scheme = "migratieachtergrond"
"""

THEIRS = pd.DataFrame(
    {
        "PSEUDO": ["a", "b", "c"],
        "JAAR": [2017, 2017, 2017],
        "GEM": ["GM0503", "GM0503", "GM0518"],
        "LFT": [8, 9, 10],
        "GESL": [1, 2, 2],
        "HERK": [0, 20, 21],
        "SDQ": [99, 12, -1],
        "AMB": [2, 1, 2],
    }
)


@pytest.fixture
def map_file(tmp_path):
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    return tmp_path / "map.toml"


def test_columns_and_codes_get_their_meaning(tmp_path, map_file):
    THEIRS.to_csv(tmp_path / "y.csv", index=False)
    frame = read_youths(tmp_path / "y.csv", column_map=map_file)
    assert frame["sex"].tolist() == ["male", "female", "female"]
    assert frame["origin"].tolist() == ["nederlands", "turkije", "turkije"]
    assert frame["without_residence"].tolist() == [True, False, True]
    assert frame["sdq_parent"].isna().tolist() == [True, False, True]
    assert frame["sdq_parent"].dropna().tolist() == [12]
    assert frame["origin_scheme"].unique().tolist() == ["migratieachtergrond"]
    assert "district" not in frame


@pytest.mark.parametrize("kind", ["numbers", "floats", "text"])
@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "duckdb"])
def test_codes_are_found_as_number_or_text_on_any_engine(map_file, engine, kind):
    types = {"numbers": "int64", "floats": "float64", "text": "str"}
    table = THEIRS.astype(dict.fromkeys(["GESL", "HERK", "SDQ", "AMB"], types[kind]))
    if kind == "floats":
        table = pd.concat([table, table.tail(1).assign(GESL=float("nan"))], ignore_index=True)
    plain = pl.DataFrame(table.to_dict("list"))
    data = {"pandas": table, "polars": plain, "lazy": plain.lazy(), "duckdb": duckdb.from_df(table)}[engine]
    if kind == "text" and engine != "pandas":
        assert nw.from_native(data).collect_schema()["GESL"] == nw.String
    made = read_column_map(map_file).apply(data)
    assert type(made) is type(data)
    frame = nw.from_native(made).select("sex", "origin", "without_residence")
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("pandas" if engine == "duckdb" else None)
    assert frame["origin"].to_list()[:3] == ["nederlands", "turkije", "turkije"]
    assert frame["without_residence"].to_list()[:3] == ["true", "false", "true"]
    assert frame["sex"].to_list()[:3] == ["male", "female", "female"]
    assert frame["sex"].is_null().to_list()[3:] == ([True] if kind == "floats" else [])  # missing is no unknown code


def test_a_code_that_the_map_does_not_list_is_never_taken_for_a_value(tmp_path, map_file):
    table = THEIRS.assign(AMB=[2, 1, 0], GESL=[1, 3, 3])  # 0 would be false without the map
    made = read_column_map(map_file).apply(table)
    assert made["without_residence"].tolist() == ["true", "false", "not in the column map: 0"]
    table.to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(
        BereikError, match="2 errors: sex: codes that the column map does not know; without_residence: codes"
    ):
        read_youths(tmp_path / "y.csv", column_map=map_file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[columns]\nagee = "LFT"', r"column 'agee' in \[columns\] of map.toml \(did you mean 'age'"),
        ('[colums]\nage = "LFT"', r"'colums' in map.toml \(did you mean 'columns'"),
        ('[columns]\nsex = "G"\n[values.sex]\n1 = "man"', "value of sex 'man'.*'male'"),
        ('[columns]\nsex = "G"\n[values.sx]\n1 = "male"', r"'sx' in \[values\]"),
        ('[columns]\nprobation = "JR"\n[values.probation]\n1 = "soms"', "value of probation 'soms'"),
        ('[columns]\norigin = "H"\n[values.origin]\n1 = "total"', "value of origin 'total'"),
        ('[values.sex]\n1 = "male"', "named under .columns."),
        ('[columns]\nage = "L"\n[missing]\nage = 99', "missing.age of map.toml holds 99.*a list"),
        ('[columns]\nage = "L"\n[fixed]\nage = 9', "fixed.age of map.toml"),
        ('[columns]\nage = ["L"]', "columns.age of map.toml holds"),
        ("columns = 3", "Columns of map.toml holds 3"),
        ("[columns\n", "map.toml cannot be read"),
        (None, "map.toml cannot be read"),
    ],
)
def test_a_map_that_is_wrong_says_where(tmp_path, text, message):
    if text is not None:
        (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BereikError, match=message):
        read_column_map(tmp_path / "map.toml")


def test_columns_that_the_file_lacks_are_all_named_with_near_ones():
    codes = ColumnMap({"age": "LEEFTYD", "sex": "GESL", "year": "J"})
    with pytest.raises(MissingColumnError, match="'LEEFTYD', 'J' .did you mean 'LEEFTIJD'"):
        codes.apply(pd.DataFrame({"LEEFTIJD": [9], "GESL": [1]}))


def test_the_map_to_fill_in_is_read_as_it_stands_and_guesses_nothing(tmp_path):
    names = ["Leeftijd", "geslacht", "year", 'naam met " erin', "risk_debt"]
    text = starter_map(names)
    tables = tomllib.loads(text)
    assert tables["columns"]["age"] == ""
    assert tables["columns"]["year"] == "year"
    assert 'age = ""  # required' in text
    assert 'perhaps "Leeftijd"' in text
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    assert read_column_map(tmp_path / "map.toml").columns == {"year": "year", "risk_debt": "risk_debt"}
    (tmp_path / "map.toml").write_text(text.replace("year =", "yeer ="), encoding="utf-8")
    with pytest.raises(UnknownNameError, match="'yeer'"):
        read_column_map(tmp_path / "map.toml")
