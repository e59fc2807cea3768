"""The table of counts and the table of results: their fixed form, and what can be neither."""

import pandas as pd
import pytest

from bereik import as_counts, save_table
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.tables import RESULT_COLUMNS, one_value, result_table

COUNTS = pd.DataFrame({"origin": ["b", "a", "c"], "population": [50, 100, 0], "users": [5, 20, 0]})
COUNTS = COUNTS.assign(status=["shown", "shown", "no_population"], synthetic=True, source="made up")
HIDDEN = {"status": ["shown", "not_published", "no_population"]}


def counts(**changes):
    lists = {name: pd.Series(values) for name, values in changes.items() if isinstance(values, list)}
    return COUNTS.assign(**changes | lists)


DECLARED = pd.Categorical(["b", "a", "c"], categories=["c", "b", "a"], ordered=True)


CASES = [
    (["b", "a", "c"], None, ["b", "a", "c"]),  # of appearance
    (["b", "a", "c"], {"origin": ["c", "a", "b"]}, ["c", "a", "b"]),
    (DECLARED, None, ["c", "b", "a"]),
]


@pytest.mark.parametrize(("origin", "order", "expected"), CASES)
def test_the_order_of_categories_is_given_declared_or_that_of_appearance(origin, order, expected):
    data = COUNTS.assign(origin=origin)
    before = data.copy()
    table = as_counts(data, by=["origin"], order=order)
    assert table["origin"].tolist() == expected
    assert table["origin"].cat.ordered
    assert table.set_index("origin")["users"].to_dict() == {"a": 20, "b": 5, "c": 0}
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("kind", ["float64", "Int64", object])
def test_a_hidden_count_stays_missing_and_others_become_numbers(kind):
    missing = {"population": pd.Series([50, None, 0], dtype=kind), "users": pd.Series([5, None, 0], dtype=kind)}
    table = as_counts(counts(**missing, **HIDDEN), by=["origin"])
    assert table["users"].isna().tolist() == [False, True, False]
    assert table["users"].sum() == 5
    assert table["status"].tolist() == HIDDEN["status"]


REFUSED = [
    ({"users": [5, -20, 0]}, "negative count in users: row 1"),
    ({"users": [5, 20.5, 0]}, "not whole in users"),
    ({"users": [5, float("inf"), 0]}, "infinite count in users"),
    ({"users": [5, 101, 0]}, "more users than population: row 1"),
    ({"users": [5, "twenty", 0]}, "text in users"),
    ({"population": ["50", "100", "0"]}, "text in population"),  # as text "9" > "10"
    ({"users": [5, None, 0]}, "missing count in users with status 'shown'"),
    (HIDDEN, "status hides it"),
    ({"users": [True, False, False]}, "true or false in users"),
    ({"users": pd.to_datetime(["2020-01-05", "2020-01-20", "2020-01-01"])}, "datetime64 in users"),
    ({"synthetic": "no"}, "synthetic 'no'"),
    ({"source": None}, "source None"),
    ({"origin": ["a", "a", "c"]}, "more than once"),
    ({"origin": ["a", None, "c"]}, "missing category: row 1"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_an_impossible_count_is_refused(changes, words):
    with pytest.raises(InvalidTableError, match=words):
        as_counts(counts(**changes), by=["origin"])


WRONG = [
    (COUNTS.rename(columns={"users": "user"}), {}, MissingColumnError, "'users' .did you mean 'user'"),
    (COUNTS.head(0), {}, InvalidTableError, "no rows"),
    (COUNTS.assign(status="hiden"), {}, UnknownNameError, "did you mean 'hidden'"),
    (COUNTS, {"order": {"origin": ["a", "c"]}}, UnknownNameError, "Unknown category of origin 'b'"),
    (COUNTS, {"by": "origin"}, BereikError, "a list"),
    (COUNTS, {"by": ["users"]}, BereikError, "each once"),
    (COUNTS.assign(synthetic=[True, True, False]), {}, IncomparableError, "mixes synthetic"),
    (COUNTS.assign(weighted=True), {}, MissingColumnError, "effective_population"),
]


@pytest.mark.parametrize(("data", "options", "error", "words"), WRONG)
def test_what_is_no_table_of_counts_is_refused(data, options, error, words):
    with pytest.raises(error, match=words):
        as_counts(data, **{"by": ["origin"]} | options)


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


@pytest.mark.parametrize("leak", ["value", "lower", "upper", "lower_rounding", "upper_rounding"])
def test_a_hidden_row_with_any_figure_is_refused(leak):
    with pytest.raises(InvalidTableError, match="value in a row that is not shown: row 1"):
        result_table(RESULTS.assign(**{leak: [20.0, 1.0]}), ["origin"])


def test_a_shown_row_without_value_an_unknown_status_and_mixed_rows_are_refused():
    with pytest.raises(InvalidTableError, match="No value in a row that is shown: row 1"):
        result_table(RESULTS.assign(status="shown"), ["origin"])
    with pytest.raises(UnknownNameError, match="Unknown status 'secret'"):
        result_table(RESULTS.assign(status=["shown", "secret"]), ["origin"])
    with pytest.raises(IncomparableError, match="made-up table mixes origin 'a' and 'b'"):
        one_value(RESULTS, "origin", where="the made-up table")


def test_a_saved_table_has_empty_cells_for_missing_and_no_noise_digits(output):
    path = save_table(pd.DataFrame({"origin": ["é"], "value": [0.1 + 0.2], "upper": [None]}), "small")
    assert path.parent == output / "data" / "processed"
    assert path.read_bytes() == "origin,value,upper\né,0.3,\n".encode()
