"""From persons to the count table: right by hand, and never a number from data that do not allow one."""

import numpy as np
import pandas as pd
import pytest

from bereik.counts.persons import count
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, SourceFileError
from bereik.rates.gap import access_gap

ABOUT = {"source": "own.csv", "synthetic": False}
PERSONS = pd.DataFrame(
    {
        "id": [1, 2, 3, 4, 5, 6],
        "year": [2017] * 6,
        "origin": ["turkije", "nederlands", "turkije", "nederlands", "turkije", "marokko"],
        "sex": ["girl", "girl", "boy", "boy", "boy", "girl"],
        "with_residence": [False, True, False, False, False, False],
        "without_residence": [True, True, False, False, True, False],
        "weight": [1.0, 2.0, 3.0, 0.5, 1.5, 4.0],
    }
)


def test_counts_by_hand():
    table = count(PERSONS, by=["origin", "sex"], use="without_residence", **ABOUT)
    assert table[["origin", "sex", "population", "users"]].to_numpy().tolist() == [
        ["nederlands", "boy", 1, 0],
        ["nederlands", "girl", 1, 1],
        ["turkije", "boy", 2, 1],
        ["turkije", "girl", 1, 1],
        ["marokko", "girl", 1, 0],
    ]
    assert table["origin"].cat.ordered
    assert table[["population", "users"]].dtypes.tolist() == [np.dtype("int64")] * 2
    assert set(table["source"]) == {"individual data: own.csv"}
    assert not table["synthetic"].any()


def test_several_forms_make_a_long_table_in_the_order_of_the_terms():
    table = count(PERSONS, by=["sex"], use=["with_residence", "without_residence"], **ABOUT)
    assert table[["form", "sex", "population", "users"]].to_numpy().tolist() == [
        ["without_residence", "boy", 3, 1],
        ["without_residence", "girl", 3, 2],
        ["with_residence", "boy", 3, 0],
        ["with_residence", "girl", 3, 1],
    ]


def test_weighted_counts_by_hand():
    table = count(PERSONS, by=["sex"], use="without_residence", weight="weight", **ABOUT)
    # boys: weights 3, 0.5, 1.5 (the last a user): 25 / (9 + 0.25 + 2.25); girls: 1, 2 (both users) and 4: 49 / 21
    assert table["population"].tolist() == [5, 7]
    assert table["users"].tolist() == [1.5, 3]
    assert table["effective_population"].tolist() == pytest.approx([25 / 11.5, 49 / 21], rel=1e-9)
    assert table[["n_unweighted", "users_unweighted"]].to_numpy().tolist() == [[3, 1], [3, 2]]
    assert table["weighted"].all()


def test_a_missing_use_is_never_no_care():
    persons = PERSONS.assign(without_residence=[True, True, None, False, None, False])
    with pytest.raises(InvalidTableError, match="Missing values in 6 rows: without_residence in 2.*missing='drop'"):
        count(persons, by=["sex"], use="without_residence", **ABOUT)
    with pytest.raises(InvalidTableError, match="without_residence in 2"):
        count(persons, by=["sex"], use="without_residence", missing="category", **ABOUT)
    table = count(persons, by=["sex"], use=["without_residence", "with_residence"], missing="drop", **ABOUT)
    assert table["population"].tolist() == [1, 3, 3, 3]
    assert table["source"].drop_duplicates().tolist() == [
        "individual data: own.csv; 2 rows with missing without_residence left out",
        "individual data: own.csv",
    ]


def test_a_missing_category_can_be_a_category_and_joins_the_one_that_is_there():
    persons = PERSONS.assign(origin=["turkije", None, "turkije", "onbekend", "turkije", None])
    table = count(persons, by=["origin"], use="without_residence", missing="category", **ABOUT)
    assert table[["origin", "population", "users"]].to_numpy().tolist() == [["turkije", 3, 2], ["onbekend", 3, 1]]
    dropped = count(persons, by=["origin"], use="without_residence", missing="drop", **ABOUT)
    assert dropped["population"].tolist() == [3, 1]
    assert dropped["source"].iloc[0].endswith("2 rows with missing origin left out")


@pytest.mark.parametrize("value", ["ja", 2, 0.5, "1"])
def test_a_use_that_is_neither_true_nor_false_is_refused_also_when_rows_may_be_dropped(value):
    persons = PERSONS.assign(without_residence=pd.Series([1, 0, 1, None, 0, value], dtype=object))
    with pytest.raises(InvalidTableError, match="neither true nor false"):
        count(persons, by=["sex"], use="without_residence", missing="drop", **ABOUT)


@pytest.mark.parametrize("weight", [0, -1, np.nan, np.inf])
def test_an_impossible_weight_is_refused(weight):
    with pytest.raises(InvalidTableError, match="1 of 6 rows have a weight"):
        count(
            PERSONS.assign(weight=[1, 1, 1, 1, 1, weight]), by=["sex"], use="with_residence", weight="weight", **ABOUT
        )


def test_years_are_pooled_only_when_the_caller_knows():
    persons = pd.concat([PERSONS, PERSONS.assign(year=2018)], ignore_index=True)
    call = {"use": "without_residence", **ABOUT}
    with pytest.raises(IncomparableError, match=r"2 values of year pooled \(2017, 2018\).*groups=100"):
        count(persons, by=["sex"], **call)
    assert count(persons, by=["year", "sex"], **call)["population"].tolist() == [3, 3, 3, 3]
    pooled = count(persons, by=["sex"], assume_independent=True, **call)
    assert pooled["population"].tolist() == [6, 6]
    assert pooled["source"].iloc[0] == "individual data: own.csv; 2 values of year pooled, 2017 to 2018"
    grouped = count(persons, by=["sex"], groups=5, group_by="id", **call)
    assert grouped.groupby("sex", observed=True)["population"].sum().tolist() == [6, 6]
    assert (grouped["population"] % 2 == 0).all()  # both years of a youth are in one group


def test_two_origin_schemes_and_two_sources_are_not_counted_together():
    persons = PERSONS.assign(origin_scheme=["herkomst"] * 3 + ["migratieachtergrond"] * 3)
    with pytest.raises(IncomparableError, match="origin schemes herkomst and migratieachtergrond"):
        count(persons, by=["origin"], use="with_residence", **ABOUT)
    mixed = PERSONS.assign(synthetic=[True] * 5 + [False], source="x")
    with pytest.raises(IncomparableError, match="1 rows have another synthetic than the first row, True"):
        count(mixed, by=["origin"], use="with_residence")
    with pytest.raises(IncomparableError, match="synthetic=False in the call and True in the data"):
        count(PERSONS.assign(synthetic=True, source="x"), by=["sex"], use="with_residence", synthetic=False)
    with pytest.raises(BereikError, match="no column 'source'"):
        count(PERSONS, by=["sex"], use="with_residence", synthetic=False)


def test_bands_are_never_put_in_alphabetical_order():
    persons = PERSONS.assign(
        severity=["low", "high", "middle", "low", "high", "low"], age_band=["12-17", "4-11", "0-3"] * 2
    )
    with pytest.raises(InvalidTableError, match="text without an order: .*order="):
        count(persons, by=["severity"], use="with_residence", **ABOUT)
    bands = ["low", "middle", "high"]
    ordered = persons.assign(severity=pd.Categorical(persons["severity"], categories=bands, ordered=True))
    for data, order in ((persons, {"severity": bands}), (ordered, None)):
        table = count(data, by=["severity", "age_band"], use="with_residence", order=order, **ABOUT)
        assert table["severity"].cat.categories.tolist() == bands
        assert table["age_band"].cat.categories.tolist() == ["0-3", "4-11", "12-17"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"by": "sex"}, "`by` a list"),
        ({"by": []}, "`by` a list"),
        ({"by": ["sex", "with_residence"]}, "each once"),
        ({"by": ["sex"], "missing": "zero"}, "Unknown way to handle missing"),
        ({"by": ["sex"], "groups": 100}, "both or neither"),
        ({"by": ["sex"], "groups": 1, "group_by": "id"}, "2 or more"),
        ({"by": ["sex"], "groups": 9, "group_by": "weight"}, "cannot be hashed"),
        ({"by": ["sexx"]}, "did you mean 'sex'"),
    ],
)
def test_a_call_that_cannot_be_meant_is_a_clear_error(call, words):
    with pytest.raises(BereikError, match=words):
        count(PERSONS.query("id > 0").astype({"id": "int64"}), use="with_residence", **ABOUT, **call)


def test_what_is_no_data_is_a_clear_error(tmp_path):
    with pytest.raises(SourceFileError, match=r"'own.csv'.*Parquet"):
        count("own.csv", by=["sex"], use="with_residence", **ABOUT)
    with pytest.raises(SourceFileError, match="'none.parquet' cannot be read"):
        count(tmp_path / "none.parquet", by=["sex"], use="with_residence", **ABOUT)
    (tmp_path / "broken.parquet").write_text("id,sex")
    with pytest.raises(SourceFileError, match="'broken.parquet' cannot be read") as error:
        count(tmp_path / "broken.parquet", by=["sex"], use="with_residence", **ABOUT)
    assert str(tmp_path) not in str(error.value)
    with pytest.raises(BereikError, match="Data of the type dict"):
        count({"sex": ["girl"]}, by=["sex"], use="with_residence", **ABOUT)
    with pytest.raises(InvalidTableError, match="no rows"):
        count(PERSONS.head(0), by=["sex"], use="with_residence", **ABOUT)
    with pytest.raises(MissingColumnError, match="The data of persons has no column 'sexe'"):
        count(PERSONS, by=["sexe"], use="with_residence", **ABOUT)


def by_rows_of_python(number, groups):
    """The hash of the docstring, in Python's own whole numbers."""
    prime = 2**31 - 1
    rest = number % prime
    for multiplier in (950_706_376, 742_938_285):
        rest = rest * multiplier % prime
        rest = rest * rest % prime
    return rest % groups


@pytest.mark.parametrize("start", [0, 123_456_789, 9_000_000_000_000_000_000])
def test_groups_are_those_of_the_formula_and_look_drawn_at_random(start):
    ids = np.arange(20_000, dtype="int64") + start
    persons = pd.DataFrame({"id": ids, "half": np.where(ids % 2 == 0, "even", "odd"), "use": ids % 7 == 0})
    table = count(persons, by=["half"], use="use", groups=100, group_by="id", **ABOUT)
    expected = persons.assign(group=[by_rows_of_python(number, 100) for number in ids.tolist()])
    by_hand = expected.groupby(["half", "group"])["use"].agg(["size", "sum"]).reset_index()
    assert table[["half", "group", "population", "users"]].to_numpy().tolist() == by_hand.to_numpy().tolist()
    # consecutive ids spread as 100 draws would: chi-square with 99 degrees of freedom, limits at 1 in 10,000 on each side
    sizes = by_hand.groupby("group")["size"].sum()
    assert 54 < ((sizes - 200) ** 2 / 200).sum() < 160
    # and neighbours are no more often in one group than 1 in 100
    same = np.mean(np.diff(expected["group"]) == 0)
    assert same == pytest.approx(0.01, abs=4 * np.sqrt(0.01 * 0.99 / 20_000))


def test_the_standard_error_of_groups_is_that_of_independent_persons():
    """Each youth once: drawing 100 groups must find the spread that drawing youths finds."""
    draw = np.random.default_rng(5)
    number = 60_000
    persons = pd.DataFrame(
        {
            "id": np.arange(number),
            "origin": draw.choice(["a", "b"], number),
            "severity": draw.choice(["1", "2"], number),
        }
    )
    persons["use"] = draw.random(number) < np.where(persons["severity"] == "1", 0.1, 0.3)
    options = {"by": ["origin"], "over": ["severity"], "relative_to": "a", "interval": "bootstrap"}
    widths = {}
    for name, call in {"persons": {}, "groups": {"groups": 100, "group_by": "id"}}.items():
        counts = count(persons, by=["origin", "severity"], use="use", **ABOUT, **call)
        gap = access_gap(counts, **options).set_index("measure").loc["rate_difference_at_equal_severity"]
        widths[name] = gap["upper"] - gap["lower"]
    # 100 groups: the relative error of a standard error is about 1 / sqrt(2 x 99) = 7 percent; 3.5 of those
    assert widths["groups"] / widths["persons"] == pytest.approx(1, abs=0.25)
