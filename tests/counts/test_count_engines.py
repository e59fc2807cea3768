"""One call, every engine, the same bytes: count, and the whole chain from persons to the access gap."""

import os
import warnings

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from bereik.counts.persons import count
from bereik.errors import BereikError
from bereik.rates.gap import access_gap

BANDS = ["low", "middle", "high"]
SIZE = 4000
OPTIONAL = {
    "arrow": "pyarrow",
    "pandas with arrow columns": "pyarrow",
    "dask": "dask.dataframe",
    "spark": "pyspark.sql",
}
ALWAYS = ("pandas", "pandas with categories", "pandas with objects", "polars", "polars lazy", "duckdb", "parquet")
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
    return pd.DataFrame(
        {
            "id": draw.permutation(SIZE) * 1_000_000_007 - 2_000_000_000_000,  # of both signs
            "rin": [f"{number:09d}" for number in draw.permutation(SIZE)],
            "year": draw.choice([2016, 2017], SIZE),
            "origin": origin,
            "severity": np.array(BANDS)[band],
            "age": draw.integers(0, 23, SIZE),
            "district": np.where(draw.random(SIZE) < 0.02, None, "centrum"),
            "without_residence": use,
            "with_residence": pd.array(
                np.where(draw.random(SIZE) < 0.01, None, draw.random(SIZE) < 0.2), dtype="boolean"
            ),
            "probation": (draw.random(SIZE) < 0.05).astype("int64"),
            "weight": draw.lognormal(0, 0.5, SIZE),
            "synthetic": True,
            "source": "individual data: made up for a test",
        }
    )


def with_objects(table):
    """The same frame as careless code makes it: missing booleans as objects, whole numbers as floats."""
    return table.assign(
        with_residence=table["with_residence"].astype(object).where(table["with_residence"].notna(), None),
        probation=table["probation"].astype(float),
        age=table["age"].astype(float),
    )


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
        pytest.importorskip(
            OPTIONAL[name], reason=f"{OPTIONAL[name]} is not installed; it comes with the extra `engines`"
        )

    def relation(table):
        return duckdb.connect().from_df(table)

    def parquet(table):
        file = tmp_path / "persons.parquet"
        relation(table).write_parquet(str(file))
        return file

    def arrow(table):
        import pyarrow

        return pyarrow.Table.from_pandas(table)

    def dask(table):
        import dask.dataframe

        return dask.dataframe.from_pandas(table, npartitions=3)

    makers = {
        "pandas": lambda table: table,
        "pandas with categories": lambda table: table.astype({"origin": "category", "severity": "category"}),
        "pandas with objects": with_objects,
        "polars": lambda table: pl.DataFrame(plain(table)),
        "polars lazy": lambda table: pl.DataFrame(plain(table)).lazy(),
        "duckdb": relation,
        "parquet": parquet,
        "arrow": arrow,
        "pandas with arrow columns": lambda table: arrow(table).to_pandas(types_mapper=pd.ArrowDtype),
        "dask": dask,
        "spark": lambda table: request.getfixturevalue("spark").createDataFrame(rows(table), list(table.columns)),
    }
    return makers[name]


def rows(table):
    """The rows as Python values, with None for what is missing."""
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in zip(*(table[name].tolist() for name in table), strict=True)
    ]


def plain(table):
    return {name: [None if pd.isna(value) else value for value in table[name].tolist()] for name in table}


CALLS = {
    "one form": {"by": ["origin", "severity"], "use": "without_residence", "assume_independent": True},
    "forms and years": {"by": ["year", "origin", "age"], "use": ["probation", "without_residence"]},
    "missing left out": {
        "by": ["year", "origin", "district"],
        "use": ["without_residence", "with_residence"],
        "missing": "drop",
    },
    "missing as a category": {"by": ["year", "district"], "use": "probation", "missing": "category"},
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
    assert {str(table[column].dtype) for column in ("population", "users")} == {
        "float64" if name == "weights" else "int64"
    }
    dropped = int(persons()[["district", "with_residence"]].isna().any(axis=1).sum())
    if name == "missing left out":
        assert f"{dropped:,} rows with missing district, with_residence left out" in table["source"].iloc[-1]


def test_the_chain_from_persons_to_the_access_gap_gives_the_same_bytes(engine):
    def chain(data):
        counts = count(
            data, by=["origin", "severity"], use=["without_residence", "probation"], order={"severity": BANDS},
            groups=20, group_by="id",
        )  # fmt: skip
        options = {"by": ["form", "origin"], "over": ["severity"], "relative_to": "nederlands"}
        return access_gap(counts, interval="bootstrap", replicates=60, **options).to_csv()

    assert chain(engine(persons())) == chain(persons())


@pytest.mark.parametrize(
    ("change", "call", "words"),
    [
        ({}, {"by": ["district"], "use": "probation"}, "district in 27"),
        ({"probation": 2}, {"by": ["origin"], "use": "probation"}, "neither true nor false: 2"),
        ({"weight": -1.0}, {"by": ["origin"], "use": "probation", "weight": "weight"}, "not above 0"),
        ({"weight": np.nan}, {"by": ["origin"], "use": "probation", "weight": "weight"}, "not above 0"),
        ({"rin": "A3"}, {"by": ["origin"], "use": "probation", "groups": 9, "group_by": "rin"}, "no whole number"),
        (
            {"source": "another file"},
            {"by": ["year", "origin"], "use": "probation"},
            "rows have another source than the first",
        ),
    ],
)
def test_every_engine_refuses_the_same_faults_in_the_same_words(engine, change, call, words):
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
