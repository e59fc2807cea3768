"""The contract of individual data, and the files it is read from."""

import duckdb
import pandas as pd
import pyreadstat
import pytest

from bereik.codelists.care import care_forms
from bereik.codelists.words import check_words
from bereik.data.column_map import ColumnMap
from bereik.data.person_files import read_youths
from bereik.data.youth import column_of, contract
from bereik.errors import BereikError, InvalidTableError, SourceFileError

SCHEME = "migratieachtergrond"


def youths(rows=4):
    """Rows that are right: by hand, so that what a reader gives can be compared with it."""
    table = pd.DataFrame(
        {
            "id": [101, 102, 103, 104],
            "year": [2017, 2017, 2017, 2018],
            "municipality": ["Delft", "'s-Gravenhage", "GM0637", "Westland"],
            "age": [4, 12, 17, 22],
            "sex": ["male", "female", "female", "male"],
            "origin": ["nederlands", "turkije", "marokko", "suriname"],
            "origin_scheme": SCHEME,
            "sdq_parent": pd.array([9, None, 21, 0], dtype="Int64"),
            "weight": [1.5, 0.75, 1.0, 2.0],
            "without_residence": [False, True, True, False],
            "care_start": pd.to_datetime([None, "2017-02-01", "2016-02-29", None]),
            "satisfaction": [None, 7.5, 8.0, None],
        }
    )
    return table.head(rows)


def written(table):
    """The same rows as a text file, SPSS and Stata hold them: dates as text, true and false as 1 and 0."""
    plain = table.assign(care_start=table["care_start"].dt.strftime("%Y-%m-%d"))
    return plain.assign(without_residence=plain["without_residence"].astype("int64"))


def save(table, file):
    if file.suffix == ".parquet":
        duckdb.from_df(table.astype({"care_start": "datetime64[us]"})).write_parquet(str(file))
    elif file.suffix == ".csv":
        separator = ";" if "dutch" in file.stem else ","
        encoding = "utf-8-sig" if "dutch" in file.stem else "utf-8"
        decimal = "," if "dutch" in file.stem else "."
        written(table).to_csv(file, index=False, sep=separator, encoding=encoding, decimal=decimal)
    else:
        plain = written(table)
        plain["care_start"] = plain["care_start"].fillna("")  # in these files an empty text is a missing one
        plain = plain.astype({"sdq_parent": "float64", **dict.fromkeys(plain.select_dtypes("str"), object)})
        {".sav": pyreadstat.write_sav, ".dta": pyreadstat.write_dta}[file.suffix](plain, str(file))
    return file


@pytest.mark.parametrize("name", ["y.csv", "dutch.csv", "y.parquet", "y.sav", "y.dta"])
def test_every_file_gives_the_same_frame(tmp_path, name):
    frame = read_youths(save(youths(), tmp_path / name))
    frame = frame.df() if name.endswith("parquet") else frame
    expected = youths().assign(synthetic=False, source=f"individual data: {name}")
    assert frame.columns.tolist() == [
        *["id", "year", "municipality", "age", "sex", "origin", "origin_scheme", "sdq_parent", "weight"],
        *["without_residence", "care_start", "satisfaction", "synthetic", "source"],
    ]
    made, expected = frame[expected.columns].convert_dtypes(), expected.convert_dtypes()
    pd.testing.assert_frame_equal(
        made.astype({"care_start": "datetime64[us]"}), expected.astype({"care_start": "datetime64[us]"})
    )
    kinds = frame.convert_dtypes().dtypes
    assert kinds[["id", "age", "sdq_parent"]].eq("Int64").all()
    assert kinds[["without_residence", "synthetic"]].eq("boolean").all()
    assert pd.api.types.is_datetime64_any_dtype(kinds["care_start"])


def test_a_parquet_file_is_not_loaded(tmp_path):
    file = save(youths(), tmp_path / "y.parquet")
    relation = read_youths(file)
    assert isinstance(relation, duckdb.DuckDBPyRelation)
    assert "PARQUET" in relation.explain().upper()
    file.unlink()
    with pytest.raises(duckdb.IOException):  # the rows were still in the file
        relation.fetchall()


def test_spss_codes_declared_missing_are_missing_and_labels_do_not_replace_codes(tmp_path):
    table = written(youths()).drop(columns=["care_start", "satisfaction"]).assign(sdq_parent=[9, 98, 99, 0])
    table = table.assign(sex=[1, 2, 2, 1]).astype(dict.fromkeys(["municipality", "origin", "origin_scheme"], object))
    file = tmp_path / "y.sav"
    pyreadstat.write_sav(
        table,
        str(file),
        missing_ranges={"sdq_parent": [98, 99]},
        variable_value_labels={"sex": {1: "Jongen", 2: "Meisje"}},
    )
    same = {name: name for name in table.columns}
    frame = read_youths(file, column_map=ColumnMap(same, values={"sex": {"1": "male", "2": "female"}}))
    assert frame["sdq_parent"].isna().tolist() == [False, True, True, False]
    assert frame["sex"].tolist() == ["male", "female", "female", "male"]


def test_what_says_that_it_is_made_up_stays_made_up(tmp_path):
    about = {"synthetic": True, "source": "individual data: synthetic example of bereik"}
    file = save(youths().assign(**about), tmp_path / "example.csv")
    plain = read_youths(file)
    mapped = read_youths(file, column_map=ColumnMap({name: name for name in youths().columns}))
    for frame in (plain, mapped):
        assert frame["synthetic"].tolist() == [True] * 4
        assert frame["source"].unique().tolist() == [about["source"]]


def test_leading_zeros_of_an_id_are_kept(tmp_path):
    table = youths().astype({"id": str}).assign(id=["007", "7", "8", "9"])
    assert read_youths(save(table, tmp_path / "y.csv"))["id"].tolist() == ["007", "7", "8", "9"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("y.csv", "id;gemeente\n1;Súdwest-Fryslân\n".encode("latin-1"), "Line 2 of y.csv .*not UTF-8"),
        ("y.csv", b"", "y.csv is empty"),
        ("y.csv", b"id\tyear\n1\t2017\n", "neither a semicolon nor a comma"),
        ("y.csv", b"4711;2017;Delft\n4712;2017;Delft\n", "first line of y.csv holds numbers"),
        ("y.csv", b"id;year\n4711;2017;9\n", "Line 2 of y.csv has 3 fields"),
        ("y.csv", b"id;id;year\n4711;2017;9\n", "occurs twice: .'id'."),
        ("y.parquet", b"PAR1 4711", "y.parquet is no whole Parquet file"),
        ("y.sav", b"4711", "y.sav cannot be read"),
        ("y.dta", b"4711", "y.dta cannot be read"),
        ("y.xlsx", b"4711", "ending that bereik does not read.*sav"),
        ("y.csv", None, "no file 'y.csv'"),
    ],
)
def test_a_file_that_is_no_table_is_refused_without_showing_what_is_in_it(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BereikError, match=message) as caught:
        read_youths(tmp_path / name)
    assert "4711" not in str(caught.value)
    assert isinstance(caught.value, SourceFileError | InvalidTableError)


def test_youths_with_an_error_are_refused_and_the_message_shows_no_values(tmp_path):
    file = save(youths().assign(age=[4, 12, 17, 41], sex=["male", "f", "female", "male"]), tmp_path / "y.csv")
    with pytest.raises(
        InvalidTableError, match=r"2 errors: age: outside the limits \(0 to 22\); sex: not one of.*bereik check"
    ):
        read_youths(file)


def test_the_contract_is_whole_and_in_the_words_of_the_project():
    assert set(care_forms()["code"]) < set(contract())
    required = [column.name for column in contract().values() if column.required]
    assert required == ["id", "year", "municipality", "age", "sex", "origin", "origin_scheme"]
    for column in [*contract().values(), column_of("risk_debt")]:
        assert min(len(column.nl), len(column.en)) > 2
        check_words(column.nl, "nl")
        check_words(column.en, "en")


def test_a_risk_factor_may_have_any_name_but_needs_one():
    assert column_of("risk_debt").kind == "flag"
    assert column_of("risk_") is None
    assert "total" not in contract()["origin"].allowed
