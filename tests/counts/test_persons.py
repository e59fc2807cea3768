"""From persons to the count table: right by hand, and never a number from data that do not allow one."""

import numpy as np
import pandas as pd
import pytest

from bereik import count
from bereik.errors import BereikError, IncomparableError, InvalidTableError, SourceFileError

SOURCE = {"source": "own.csv", "synthetic": False}
PERSONS = pd.DataFrame(
    [
        (1, "turkije", "girl", False, True, 1.0),
        (2, "nederlands", "girl", True, True, 2.0),
        (3, "turkije", "boy", False, False, 3.0),
        (4, "nederlands", "boy", False, False, 0.5),
        (5, "turkije", "boy", False, True, 1.5),
        (6, "marokko", "girl", False, False, 4.0),
    ],
    columns=["id", "origin", "sex", "with_residence", "without_residence", "weight"],
).assign(year=2017)


def counted(persons=PERSONS, **options):
    return count(persons, **{"by": ["sex"], "use": "without_residence", **SOURCE} | options)


def rows(table, *columns):
    return table[[*columns, "population", "users"]].to_numpy().tolist()


def test_counts_by_hand():
    table = counted(by=["origin", "sex"])
    assert rows(table, "origin", "sex") == [
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


def test_several_forms_make_a_long_table_in_the_order_of_the_codelist():
    table = counted(use=["with_residence", "without_residence"])
    assert rows(table, "form", "sex") == [
        ["without_residence", "boy", 3, 1],
        ["without_residence", "girl", 3, 2],
        ["with_residence", "boy", 3, 0],
        ["with_residence", "girl", 3, 1],
    ]


def test_weighted_counts_by_hand():
    table = counted(weight="weight")
    # boys: weights 3, 0.5, 1.5 (the last a user): 25 / (9 + 0.25 + 2.25); girls: 1, 2 (both users) and 4: 49 / 21
    assert table["population"].tolist() == [5, 7]
    assert table["users"].tolist() == [1.5, 3]
    assert table["effective_population"].tolist() == pytest.approx([25 / 11.5, 49 / 21], rel=1e-9)
    assert table[["n_unweighted", "users_unweighted"]].to_numpy().tolist() == [[3, 1], [3, 2]]
    assert table["weighted"].all()


def test_a_missing_use_or_category_is_refused_or_left_out_and_told():
    persons = PERSONS.assign(without_residence=[True, True, None, False, None, False], origin=["turkije", None] * 3)
    with pytest.raises(InvalidTableError, match="Missing values: without_residence in fewer than 10 rows.*'drop'"):
        counted(persons)
    table = counted(persons, use=["without_residence", "with_residence"], missing="drop")
    assert table["population"].tolist() == [1, 3, 3, 3]
    told = ["individual data: own.csv; 2 rows with missing without_residence left out", "individual data: own.csv"]
    assert table["source"].drop_duplicates().tolist() == told
    table = counted(persons, by=["origin"], use="with_residence", missing="drop")
    assert table["population"].tolist() == [3]
    assert table["source"].iloc[0].endswith("3 rows with missing origin left out")


def test_years_are_pooled_only_when_the_caller_knows():
    persons = pd.concat([PERSONS, PERSONS.assign(year=2018)], ignore_index=True)
    with pytest.raises(IncomparableError, match=r"2 values of year pooled \(2017, 2018\).*groups=100"):
        counted(persons)
    assert counted(persons, by=["year", "sex"])["population"].tolist() == [3, 3, 3, 3]
    pooled = counted(persons, assume_independent=True)
    assert pooled["population"].tolist() == [6, 6]
    assert pooled["source"].iloc[0] == "individual data: own.csv; 2 values of year pooled, 2017 to 2018"
    grouped = counted(persons, groups=5, group_by="id")
    assert grouped.groupby("sex", observed=True)["population"].sum().tolist() == [6, 6]
    assert (grouped["population"] % 2 == 0).all()  # both years of a youth are in one group


def use_of(value):
    return PERSONS.assign(without_residence=pd.Series([1, 0, 1, None, 0, value], dtype=object))


def weight_of(value):
    return PERSONS.assign(weight=[1, 1, 1, 1, 1, value])


MIXED = PERSONS.assign(synthetic=[True] * 5 + [False], source="x")
SCHEMES = PERSONS.assign(origin_scheme=["herkomst"] * 3 + ["migratieachtergrond"] * 3)


REFUSED = [
    (SCHEMES, {"by": ["origin"]}, IncomparableError, "origin schemes herkomst and migratieachtergrond"),
    (MIXED, {"source": None, "synthetic": None}, IncomparableError, "Fewer than 10 rows have another synthetic than"),
    (MIXED.head(5), {"source": None}, IncomparableError, "synthetic=False in the call and True in the data"),
    (PERSONS, {"source": None}, BereikError, "no column 'source'"),
    (PERSONS.assign(source=3), {"source": None}, BereikError, "Source is 3"),
    *[(PERSONS, {"source": source}, BereikError, "Source is") for source in ("", " ", 3, ["a"], np.nan)],
    *[(PERSONS, {"synthetic": text}, InvalidTableError, f"synthetic {text!r}") for text in ("FALSE", "nee", "0", 0)],
    *[(PERSONS, {"by": by}, BereikError, "two lists") for by in ([], ["sex", "without_residence"], ["sex", "sex"])],
    *[(PERSONS, {"by": by}, BereikError, "lists? of .*column names") for by in ("sex", None, 3, [3], [None], [["sex"]], {"sex"})],
    *[(PERSONS, {"use": use}, BereikError, "lists? of .*column names") for use in (None, 3, ["a", 3], "", {"a": 1})],
    *[(PERSONS, {"weight": weight}, BereikError, "lists? of .*column names") for weight in (3, "", ["weight"])],
    *[(PERSONS, {"order": order}, BereikError, "each once") for order in ("ab", ["girl"], {"sex": "ab"}, {"sex": [1, 1]})],
    *[(PERSONS, {"assume_independent": value}, BereikError, "True or False") for value in ("nee", None, 1)],
    *[(PERSONS.assign(weight=[value] * 6), {"weight": "weight"}, InvalidTableError, "of one kind")
      for value in ("1", 1j, True, [1])],
    *[(PERSONS.assign(sex=[value] * 3 + ["girl"] * 3), {}, InvalidTableError, "of one kind")
      for value in (["girl"], 1, b"girl")],
    (pd.concat([PERSONS, PERSONS[["sex"]]], axis=1), {}, InvalidTableError, "A column occurs twice: .'sex'"),
    (PERSONS.assign(form=1), {"by": ["form"]}, BereikError, "does not make itself"),
    (PERSONS, {"missing": "zero"}, BereikError, "Unknown way to handle missing"),
    (PERSONS, {"groups": 100}, BereikError, "both or neither"),
    (PERSONS, {"groups": 1, "group_by": "id"}, BereikError, "2 or more"),
    (PERSONS, {"groups": 9, "group_by": "without_residence"}, BereikError, "cannot be hashed"),
    (PERSONS, {"groups": 9, "group_by": "weight"}, BereikError, "Fewer than 10 rows do not have a whole number"),
    (PERSONS, {"by": ["sexx"]}, BereikError, "The data of persons has no column 'sexx' .did you mean 'sex'"),
    ({"sex": ["girl"]}, {}, BereikError, "A dict is no table"),
    (PERSONS.head(0), {}, InvalidTableError, "no rows"),
    ("own.csv", {}, SourceFileError, r"'own.csv'.*Parquet"),
    *[(use_of(value), {"missing": "drop"}, InvalidTableError, "neither true") for value in ("ja", 2, 0.5, "1")],
    *[(weight_of(value), {"weight": "weight"}, InvalidTableError, "Fewer than 10 rows do not")
      for value in (0, -1, np.nan, np.inf, 1e300)],
]  # fmt: skip


@pytest.mark.parametrize(("persons", "options", "error", "words"), REFUSED)
def test_what_cannot_be_counted_is_a_clear_error(persons, options, error, words):
    with pytest.raises(error, match=words):
        counted(persons, **options)


def test_bands_are_never_put_in_alphabetical_order():
    severity, ages = ["low", "high", "middle"] * 2, ["12-17", "4-11", "0-3"] * 2
    persons = PERSONS.assign(severity=severity, age_band=ages)
    with pytest.raises(InvalidTableError, match="text without an order: .*order="):
        counted(persons, by=["severity"])
    bands = ["low", "middle", "high"]
    ordered = persons.assign(severity=pd.Categorical(severity, categories=bands, ordered=True))
    for data, order in ((persons, {"severity": bands}), (ordered, None)):
        table = counted(data, by=["severity", "age_band"], order=order)
        assert table["severity"].cat.categories.tolist() == bands
        assert table["age_band"].cat.categories.tolist() == ["0-3", "4-11", "12-17"]


def hashed(number, groups):
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
    table = counted(persons, by=["half"], use="use", groups=100, group_by="id")
    expected = persons.assign(group=[hashed(number, 100) for number in ids.tolist()])
    by_hand = expected.groupby(["half", "group"])["use"].agg(["size", "sum"]).reset_index()
    assert table[["half", "group", "population", "users"]].to_numpy().tolist() == by_hand.to_numpy().tolist()
    # consecutive ids spread as 100 draws would: chi-square with 99 degrees of freedom, limits at 1 in 10,000 on each side
    sizes = by_hand.groupby("group")["size"].sum()
    assert 54 < ((sizes - 200) ** 2 / 200).sum() < 160
    # and neighbours are no more often in one group than 1 in 100
    same = np.mean(np.diff(expected["group"]) == 0)
    assert same == pytest.approx(0.01, abs=4 * np.sqrt(0.01 * 0.99 / 20_000))
