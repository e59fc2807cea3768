"""One call, every engine, the same bytes: count, and the whole chain from persons to the access gap."""

import os
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from bereik import access_gap, count, severity_bands
from bereik.errors import BereikError

BANDS = ["low", "middle", "high"]
SIZE = 4000
OPTIONAL = {"arrow": "pyarrow", "arrow columns": "pyarrow", "dask": "dask.dataframe", "spark": "pyspark.sql"}
ALWAYS = ("pandas", "categories", "objects", "polars", "polars lazy", "duckdb", "parquet")
# narwhals announces that Dask moves to a package of its own; Spark is not made for pandas 3 yet
pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated:DeprecationWarning"),
]


def persons():
    """Made-up youths: two forms of care, three bands, text and whole ids, weights, some values missing."""
    draw = np.random.default_rng(4)
    band = draw.choice(3, SIZE, p=[0.6, 0.3, 0.1])
    origin = draw.choice(["nederlands", "turkije", "marokko"], SIZE, p=[0.6, 0.25, 0.15])
    use = draw.random(SIZE) < np.array([0.1, 0.3, 0.6])[band] * np.where(origin == "nederlands", 1, 0.7)
    columns = {
        "id": draw.permutation(SIZE) * 1_000_000_007 - 2_000_000_000_000,  # of both signs
        "rin": [f"{number:09d}" for number in draw.permutation(SIZE)],
        "year": draw.choice([2016, 2017], SIZE),
        "origin": origin,
        "severity": np.array(BANDS)[band],
        "age": draw.integers(0, 23, SIZE),
        "district": np.where(draw.random(SIZE) < 0.02, None, "centrum"),
        "without_residence": use,
        "with_residence": np.where(draw.random(SIZE) < 0.01, None, draw.random(SIZE) < 0.2),
        "probation": (draw.random(SIZE) < 0.05).astype("int64"),
        "weight": draw.lognormal(0, 0.5, SIZE),
    }
    table = pd.DataFrame(columns).astype({"with_residence": "boolean"})
    return table.assign(synthetic=True, source="individual data: made up for a test")


def with_objects(table):
    """The same frame as careless code makes it: missing booleans as objects, whole numbers as floats."""
    residence = table["with_residence"].astype(object).where(table["with_residence"].notna(), None)
    return table.astype({"probation": float, "age": float}).assign(with_residence=residence)


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.log.level", "OFF")
            .getOrCreate()
        )
    yield made
    made.stop()


@pytest.fixture(params=[*ALWAYS, *OPTIONAL])
def engine(request, tmp_path):
    """A function that gives a pandas frame the form of the engine."""
    name = request.param
    if name in OPTIONAL and "engines" not in os.environ.get("BEREIK_REQUIRE", ""):
        why = f"{OPTIONAL[name]} is not installed; it comes with the extra `engines`"
        pytest.importorskip(OPTIONAL[name], reason=why)

    def parquet(table):
        duckdb.from_df(table).write_parquet(str(tmp_path / "persons.parquet"))
        return tmp_path / "persons.parquet"

    def arrow(table):
        import pyarrow

        return pyarrow.Table.from_pandas(table)

    def dask(table):
        import dask.dataframe

        return dask.dataframe.from_pandas(table, npartitions=3)

    def sparked(table):
        rows = list(zip(*plain(table).values(), strict=True))
        return request.getfixturevalue("spark").createDataFrame(rows, list(table.columns))

    makers = {
        "pandas": lambda table: table,
        "categories": lambda table: table.astype({"origin": "category", "severity": "category"}),
        "objects": with_objects,
        "polars": lambda table: pl.DataFrame(plain(table)),
        "polars lazy": lambda table: pl.DataFrame(plain(table)).lazy(),
        "duckdb": lambda table: duckdb.connect().from_df(table),
        "parquet": parquet,
        "arrow": arrow,
        "arrow columns": lambda table: arrow(table).to_pandas(types_mapper=pd.ArrowDtype),
        "dask": dask,
        "spark": sparked,
    }
    return makers[name]


def plain(table):
    """The columns as Python values, with None for what is missing."""
    return {name: [None if pd.isna(value) else value for value in table[name].tolist()] for name in table}


CALLS = {
    "one form": {"by": ["origin", "severity"], "use": "without_residence", "assume_independent": True},
    "forms and years": {"by": ["year", "origin", "age"], "use": ["probation", "without_residence"]},
    "missing left out": {"by": ["year", "origin", "district"], "missing": "drop"}
    | {"use": ["without_residence", "with_residence"]},
    "weights": {"by": ["year", "severity"], "use": "without_residence", "weight": "weight"},
    "groups of whole ids": {"by": ["origin"], "use": "without_residence", "groups": 20, "group_by": "id"},
    "groups of text ids": {"by": ["origin"], "use": ["without_residence"], "groups": 20, "group_by": "rin"},
}


@pytest.mark.parametrize("name", CALLS)
def test_every_engine_gives_the_same_table(name, engine):
    call = CALLS[name] | {"order": {"severity": BANDS}}
    table, expected = count(engine(persons()), **call), count(persons(), **call)
    pd.testing.assert_frame_equal(table, expected, check_exact=True)
    assert table.to_csv() == expected.to_csv()
    kind = "float64" if name == "weights" else "int64"
    assert {str(table[column].dtype) for column in ("population", "users")} == {kind}
    dropped = int(persons()[["district", "with_residence"]].isna().any(axis=1).sum())
    if name == "missing left out":
        assert f"{dropped:,} rows with missing district, with_residence left out" in table["source"].iloc[-1]


def test_the_chain_from_persons_to_the_access_gap_gives_the_same_bytes(engine):
    def chain(data):
        call = {"use": ["without_residence", "probation"], "groups": 20, "group_by": "id", "order": {"severity": BANDS}}
        counts = count(data, by=["origin", "severity"], **call)
        options = {"by": ["form", "origin"], "over": ["severity"], "relative_to": "nederlands"}
        return access_gap(counts, interval="bootstrap", replicates=60, **options).to_csv()

    assert chain(engine(persons())) == chain(persons())


def test_bands_are_the_same_from_every_engine_and_a_lazy_table_stays_lazy(engine, request):
    limits = {"young": (0, 3), "old": (12, 22)}  # "old" stands before "young" in the alphabet
    call = {"by": ["year", "age_band"], "use": "probation", "missing": "drop"}
    data = engine(persons().assign(age=persons()["age"].where(persons()["age"] != 2)))
    if not hasattr(data, "suffix"):  # a path is read by count only
        banded = severity_bands(data, score="age", bands=limits, into="age_band")
        assert type(banded) is type(data)
        text = {"order": {"age_band": list(limits)}} if request.node.callspec.params["engine"] in OPTIONAL else {}
        table = count(banded, **call, **text)
        assert table["age_band"].cat.categories.tolist() == list(limits)
        age = persons()["age"].where(persons()["age"] != 2)
        expected = persons()[age.between(0, 3) | age.between(12, 22)].groupby(["year", age.lt(4)])["probation"]
        assert sorted(table["users"]) == sorted(expected.sum())
        assert sorted(table["population"]) == sorted(expected.size())


NAN = float("nan")
NUMBERS = {"sex": ["a", "a", "b", "b"], "use": [1.0, 0.0, NAN, 1.0], "other": [True, False, True, True]}
NUMBERS |= {"score": [5.0, 17.0, NAN, NAN], "weight": [1.0, NAN, 2.0, 3.0], "id": [1.0, 2.0, NAN, 9.0]}


@pytest.mark.parametrize("name", ["pandas", "nullable", "polars", "polars lazy", "parquet", "by pandas", "arrow"])
def test_what_is_no_number_is_missing_on_every_engine_also_where_the_file_says_that_none_is_missing(name, tmp_path):
    frame, file = pl.DataFrame(NUMBERS), tmp_path / "persons.parquet"
    if name == "by pandas":  # a Parquet file, as "parquet" is one by Polars
        duckdb.from_df(pd.DataFrame(NUMBERS)).write_parquet(str(file))
    else:
        frame.write_parquet(file)  # its head counts no missing value, which DuckDB believes
    makers = {
        "pandas": lambda: pd.DataFrame(NUMBERS),
        "nullable": lambda: pd.DataFrame(NUMBERS).astype(dict.fromkeys(["use", "score", "weight", "id"], "Float64")),
        "polars": lambda: frame,
        "polars lazy": frame.lazy,
        "arrow": lambda: pytest.importorskip("pyarrow", reason="it comes with the extra `engines`").table(NUMBERS),
    }
    data = makers.get(name, lambda: duckdb.read_parquet(str(file)))()

    def counted(by, use, data=data, **options):
        table = count(data, by=[by], use=use, source="made up", synthetic=True, missing="drop", **options)
        return table[[by, "population", "users"]].to_numpy().tolist()

    assert counted("sex", "use") == [["a", 2, 1], ["b", 1, 1]]
    assert counted("score", "other") == [[5, 1, 1], [17, 1, 0]]
    banded = severity_bands(data, score="score", bands={"low": (0, 13), "high": (14, 40)})
    assert counted("severity", "other", banded, order={"severity": ["low", "high"]}) == [["low", 1, 1], ["high", 1, 0]]
    for option in ({"weight": "weight"}, {"groups": 9, "group_by": "id"}):
        with pytest.raises(BereikError, match="Fewer than 10 rows do not have a w"):
            counted("sex", "other", **option)


PROBATION = {"by": ["origin"], "use": "probation"}
FAULTS = {
    "district in 27": ({}, PROBATION | {"by": ["district"]}),
    "neither true nor false: 2": ({"probation": 2}, PROBATION),
    "do not have a weight": ({"weight": -1.0}, PROBATION | {"weight": "weight"}),
    "rows do not have a weight": ({"weight": np.nan}, PROBATION | {"weight": "weight"}),
    "do not have a whole number": ({"rin": "A3"}, PROBATION | {"groups": 9, "group_by": "rin"}),
    "rows have another source than the first": ({"source": "another file"}, PROBATION),
}


@pytest.mark.parametrize("words", FAULTS)
def test_every_engine_refuses_the_same_faults_in_the_same_words(engine, words):
    change, call = FAULTS[words]
    changed = persons().query("year == 2016")
    third = changed["age"] == 3
    changed = changed.assign(**{name: changed[name].where(~third, value) for name, value in change.items()})
    messages = []
    for data in (engine(changed), changed):
        with pytest.raises(BereikError) as error:
            count(data, **call)
        messages.append(str(error.value))
    assert messages[0] == messages[1]
    assert words in messages[0]
