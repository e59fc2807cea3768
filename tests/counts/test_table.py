"""The table of counts and the table of results: their fixed form, and what can be neither."""

import re

import pandas as pd
import pytest

from bereik import access_gap, as_counts, save_table, severity_gradient
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.tables import FIGURES, RESULT_COLUMNS, one_value, result_table

COUNTS = pd.DataFrame({"origin": ["b", "a", "c"], "population": [50, 100, 0], "users": [5, 20, 0]})
COUNTS = COUNTS.assign(status=["shown", "shown", "no_population"], synthetic=True, source="made up")
HIDDEN = {"status": ["shown", "not_published", "no_population"]}


def counts(**changes):
    lists = {name: pd.Series(values) for name, values in changes.items() if isinstance(values, list)}
    return COUNTS.assign(**changes | lists)


DECLARED = pd.Categorical(["b", "a", "c"], categories=["c", "b", "a"], ordered=True)


CASES = [
    (["b", "a", "c"], None, ["b", "a", "c"], False),  # of appearance, which is no order
    (pd.Categorical(["b", "a", "c"]), None, ["a", "b", "c"], False),
    (["b", "a", "c"], {"origin": ["c", "a", "b"]}, ["c", "a", "b"], True),
    (DECLARED, None, ["c", "b", "a"], True),
    ([10, 9, 2], None, [2, 9, 10], True),
]


@pytest.mark.parametrize(("origin", "order", "expected", "ordered"), CASES)
def test_the_order_of_categories_is_given_declared_or_that_of_appearance(origin, order, expected, ordered):
    data = COUNTS.assign(origin=origin)
    before = data.copy()
    table = as_counts(data, by=["origin"], order=order)
    assert table["origin"].tolist() == expected
    assert table["origin"].cat.ordered == ordered
    assert table.set_index("origin")["users"].to_dict() == dict(zip(origin, [5, 20, 0], strict=True))
    pd.testing.assert_frame_equal(data, before)


def bands(names, order=None):
    """Two groups in three bands, in which use rises from 10 to 20 and 30 per 100."""
    rows = {"origin": ["a"] * 3 + ["b"] * 3, "severity": names * 2, "population": [100, 90, 80, 70, 60, 50]}
    table = pd.DataFrame(rows | {"users": [10, 18, 24, 7, 12, 15], "synthetic": True, "source": "made up"})
    return table if order is None else table.assign(severity=pd.Categorical(table["severity"], order, ordered=True))


def test_what_depends_on_an_order_refuses_one_that_is_not_declared_and_takes_that_of_numbers():
    """Rows come as groupby gives them: by the alphabet."""
    undeclared, names = bands(["low", "mild", "high"]).sort_values("severity"), ["low", "mild", "high"]
    options = {"by": ["origin"], "over": ["severity"]}
    for table in (undeclared, as_counts(undeclared, by=["origin", "severity"])):
        with pytest.raises(InvalidTableError, match="'severity' have no order: 'high', 'low', 'mild'"):
            severity_gradient(table, **options)
    slopes = severity_gradient(bands(names, names), **options)["value"].tolist()
    given = as_counts(undeclared, by=["origin", "severity"], order={"severity": names})
    numbers = bands([1, 2, 10]).sort_values("users", ascending=False)
    for table in (given, numbers):
        result = severity_gradient(table, **options).sort_values("origin", kind="stable")
        assert result["value"].tolist() == pytest.approx(slopes)
    assert slopes[1::2] == pytest.approx([20, 20])


@pytest.mark.parametrize("kind", ["float64", "Int64", object])
def test_a_hidden_count_stays_missing_and_others_become_numbers(kind):
    missing = {"population": pd.Series([50, None, 0], dtype=kind), "users": pd.Series([5, None, 0], dtype=kind)}
    table = as_counts(counts(**missing, **HIDDEN), by=["origin"])
    assert table["users"].isna().tolist() == [False, True, False]
    assert table["users"].sum() == 5
    assert table["status"].tolist() == HIDDEN["status"]


def one(column, value):
    """The first cell is another."""
    return {column: [value, *COUNTS[column].astype(object)[1:]]}


REFUSED = [
    ({"users": [5, -20, 0]}, "negative count in users: row 1"),
    ({"users": [5, 20.5, 0]}, "not whole in users"),
    ({"users": [5, float("inf"), 0]}, "infinite or far too large in users"),
    ({"population": [1e25, 100, 0]}, "infinite or far too large in population"),
    ({"users": [5, 101, 0]}, "more users than population: row 1"),
    ({"users": [5, "twenty", 0]}, "text in users"),
    ({"population": ["50", "100", "0"]}, "text in population"),  # as text "9" > "10"
    ({"users": [5, None, 0]}, "missing count in users with status 'shown'"),
    (HIDDEN, "status hides it"),
    ({"users": [True, False, False]}, "true or false in users"),
    ({"users": pd.to_datetime(["2020-01-05", "2020-01-20", "2020-01-01"])}, "datetime64 in users"),
    ({"users": pd.to_timedelta([5, 20, 0], unit="D")}, "timedelta64 in users"),
    ({"users": [5 + 3j, 20 + 0j, 0j]}, "complex in users"),
    ({"users": [b"5", b"20", b"0"]}, "bytes in users"),
    (one("users", [5]), "text in users"),
    *(({"synthetic": value}, "synthetic") for value in ("no", "FALSE", "", 0, 1.0, None)),
    *(({"source": value}, "source") for value in (None, "", " ", 3)),
    *((one("source", value), "source") for value in (None, " ", ["made up"])),
    ({"weighted": "FALSE"}, "weighted 'FALSE'"),
    ({"origin": ["a", "a", "c"]}, "more than once"),
    ({"origin": ["a", None, "c"]}, "missing category: row 1"),
    (one("origin", ["b"]), "a list or the like in a cell of 'origin'"),
    (one("origin", b"b"), "readable text"),
    *(({"origin": ["Den Haag", other, "c"]}, "look the same") for other in ("den haag", "Den\xa0Haag", "Den  Haag ")),
    ({"origin": ["Curaçao", "Curac\u0327ao", "c"]}, re.escape(r"'Cura\xe7ao' and 'Curac\u0327ao' of 'origin' look")),
    ({"origin": [1, "1", "c"]}, "1 and '1' of 'origin' look the same"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_an_impossible_count_is_refused(changes, words):
    with pytest.raises(InvalidTableError, match=words):
        as_counts(counts(**changes), by=["origin"])


WRONG = [
    (COUNTS.rename(columns={"users": "user"}), {}, MissingColumnError, "'users' .did you mean 'user'"),
    (COUNTS.head(0), {}, InvalidTableError, "no rows"),
    (COUNTS.assign(status="hiden"), {}, UnknownNameError, "did you mean 'hidden'"),
    (counts(**one("status", None)), {}, UnknownNameError, "Unknown status nan"),
    (COUNTS, {"order": {"origin": ["a", "c"]}}, UnknownNameError, "Unknown category of origin 'b'"),
    *((COUNTS, {"order": order}, BereikError, "order=") for order in ("abc", {"origin": "abc"}, {"orign": ["a"]})),
    *((COUNTS, {"by": by}, BereikError, "a list of") for by in ("origin", None, 3, [], [3], [None], [["origin"]])),
    (COUNTS, {"by": ["users"]}, BereikError, "without a name in common"),
    (COUNTS.assign(synthetic=[True, True, False]), {}, IncomparableError, "mixes synthetic"),
    (COUNTS.assign(weighted=True), {}, MissingColumnError, "effective_population"),
    (pd.concat([COUNTS, COUNTS[["source"]]], axis=1), {}, InvalidTableError, "the column 'source' twice"),
    (pd.concat({"x": COUNTS}, axis=1), {}, InvalidTableError, "several levels"),
    *((data, {}, InvalidTableError, "to_pandas") for data in (None, 5, COUNTS.to_dict("list"), COUNTS["users"])),
]


@pytest.mark.parametrize(("data", "options", "error", "words"), WRONG)
def test_what_is_no_table_of_counts_is_refused(data, options, error, words):
    with pytest.raises(error, match=words):
        as_counts(data, **{"by": ["origin"]} | options)


def with_total(name, column):
    """The table of bands with a row for all bands (of each group), or for all groups (in each band)."""
    table, other = bands(["low", "mild", "high"]), {"severity": "origin", "origin": "severity"}[column]
    third = table.query("origin == 'b'").assign(origin="c", population=[40, 31, 20], users=[3, 8, 9])
    table = pd.concat([table, third])
    return pd.concat(
        [table, table.groupby(other, as_index=False).sum(numeric_only=True).assign(**{column: name})]
    ).assign(synthetic=True, source="made up")


TOTALS = ["total", "Totaal", "All", "alle", "Iedereen", "T001038 ", "Totaal leeftijd", "Totaal mannen en vrouwen", "zz"]


@pytest.mark.parametrize("name", TOTALS)
def test_a_total_among_the_parts_is_refused_by_its_name_or_its_sum(name):
    for column in ("severity", "origin"):
        table = with_total(name, column)
        why = "the sum" if name == "zz" else "named"
        with pytest.raises(InvalidTableError, match=f"in '{column}' '{name}', {why}"):
            as_counts(table, by=["origin", "severity"], parts=[column])
        assert len(as_counts(table, by=["origin", "severity"])) == 12  # where nothing is added up it may stand
    options = {"by": ["origin"], "over": ["severity"], "relative_to": "a"}
    with pytest.raises(InvalidTableError, match=f"in 'severity' '{name}'"):
        access_gap(with_total(name, "severity"), **options)


NO_TOTALS = [
    {"severity": ["totaal niet", "all the time", "alle dagen"]},
    {"population": [100, 60, 40], "users": [10, 6, 4]},  # a sum in one block of three rows, which is chance
    {"population": [100, 100, 0], "users": [10, 10, 0]},
]


@pytest.mark.parametrize("changes", NO_TOTALS)
def test_what_is_no_total_is_not_refused(changes):
    table = bands(["low", "mild", "high"]).head(3).assign(**changes)
    assert len(as_counts(table, by=["origin", "severity"], parts=["severity"])) == 3
    crude = table.head(1).assign(severity="all")
    assert len(as_counts(crude, by=["origin", "severity"], parts=["severity"])) == 1


def test_a_weighted_table_says_so_and_a_count_may_be_a_part():
    data = counts(users=[5.5, 20.2, 0.0], population=[50.1, 99.9, 0.0])
    more = {"n_unweighted": [10, 30, 0], "users_unweighted": [2, 6, 0], "effective_population": [9.0, 25.0, 0.0]}
    table = as_counts(data.assign(weighted=True, **more), by=["origin"])
    assert table["weighted"].all()
    assert table["users"].tolist() == [5.5, 20.2, 0]
    assert "weighted" not in as_counts(counts(), by=["origin"])


RESULTS = pd.DataFrame({"origin": ["a", "b"], "measure": "use_rate", "value": [20.0, None], "source": "made up"})
RESULTS = RESULTS.assign(status=["shown", "not_published"], synthetic=True)


def test_results_get_their_fixed_columns():
    table = result_table(RESULTS, ["origin"])
    assert table.columns.tolist() == ["origin", *RESULT_COLUMNS]
    assert table["lower"].isna().all()
    equal_but_for_noise = {"lower": [0.97808587515, None], "upper": [0.97808587514, None]}  # on either side of ...5
    statuses = result_table(RESULTS.assign(**equal_but_for_noise), ["origin"])["status"]
    assert statuses.tolist() == ["shown", "not_published"]


def test_limits_of_a_difference_stay_within_what_is_possible():
    wide = RESULTS.assign(lower=[-138.0, None], upper=[158.0, None], per="100 youths", method="m")
    row, ratio = (result_table(wide.assign(measure=name), ["origin"]).iloc[0] for name in ("rate_difference", "slope"))
    assert row[["lower", "upper"]].tolist() == [-100, 100]
    assert "limits cut" in row["method"]
    assert ratio["upper"] == 158


WRONG_RESULTS = [
    ({"value": [float("inf"), None]}, "infinite value"),
    ({"value": ["20", None]}, "Text in value"),
    ({"source": " "}, "source"),
    ({"synthetic": "nee"}, "synthetic"),
    ({"lower": [30.0, None], "upper": [10.0, None]}, "lower limit above"),
    ({"status": "shown"}, "No value in a row that is shown: row 1"),
    *[({leak: [20.0, 1.0]}, "value in a row that is not shown: row 1") for leak in FIGURES],
]


@pytest.mark.parametrize(("changes", "words"), WRONG_RESULTS)
def test_results_put_together_by_hand_are_checked(changes, words):
    with pytest.raises(InvalidTableError, match=words):
        result_table(RESULTS.assign(**changes), ["origin"])


def test_an_unknown_status_and_mixed_rows_are_refused():
    with pytest.raises(UnknownNameError, match="Unknown status 'secret'"):
        result_table(RESULTS.assign(status=["shown", "secret"]), ["origin"])
    with pytest.raises(IncomparableError, match="made-up table mixes origin 'a' and 'b'"):
        one_value(RESULTS, "origin", where="the made-up table")


def test_a_saved_table_has_empty_cells_for_missing_and_no_noise_digits(output):
    path = save_table(pd.DataFrame({"origin": ["é"], "value": [0.1 + 0.2], "upper": [None]}), "small")
    assert path.parent == output / "data" / "processed"
    assert path.read_bytes() == "origin,value,upper\né,0.3,\n".encode()
