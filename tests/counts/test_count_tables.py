import pandas as pd
import pytest

from bereik import as_counts
from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.tables import RESULT_COLUMNS, one_value, result_table, save_table


def counts(**changes):
    columns = {
        "origin": ["b", "a", "c"],
        "population": [50, 100, 0],
        "users": [5, 20, 0],
        "status": ["shown", "shown", "no_population"],
        "synthetic": True,
        "source": "made up",
    }
    return pd.DataFrame(columns | changes)


def test_categories_keep_the_order_of_appearance_and_the_input_is_unchanged():
    data = counts()
    before = data.copy()
    table = as_counts(data, by=["origin"])
    assert table["origin"].tolist() == ["b", "a", "c"]
    assert table["origin"].cat.ordered
    pd.testing.assert_frame_equal(data, before)


def test_an_order_that_is_given_is_kept_and_must_know_every_category():
    assert as_counts(counts(), by=["origin"], order={"origin": ["c", "a", "b"]})["users"].tolist() == [0, 20, 5]
    with pytest.raises(UnknownNameError, match="Unknown category of origin 'b'"):
        as_counts(counts(), by=["origin"], order={"origin": ["a", "c"]})


def test_a_declared_order_of_categories_is_kept():
    data = counts(origin=pd.Categorical(["b", "a", "c"], categories=["c", "b", "a"], ordered=True))
    assert as_counts(data, by=["origin"])["origin"].tolist() == ["c", "b", "a"]


def test_a_missing_combination_becomes_a_row_without_population():
    data = pd.DataFrame(
        {
            "region": ["A", "A", "B"], "sex": ["girl", "boy", "girl"], "population": [10, 20, 30], "users": [1, 2, 3],
            "synthetic": True, "source": "made up",
        }
    )  # fmt: skip
    table = as_counts(data, by=["region", "sex"], complete=True)
    assert table[["region", "sex", "population", "users", "status"]].to_numpy().tolist() == [
        ["A", "girl", 10, 1, "shown"],
        ["A", "boy", 20, 2, "shown"],
        ["B", "girl", 30, 3, "shown"],
        ["B", "boy", 0, 0, "no_population"],
    ]
    assert table["synthetic"].all()


def test_a_hidden_count_stays_missing():
    data = counts(population=[50, None, 0], users=[5, None, 0], status=["shown", "not_published", "no_population"])
    table = as_counts(data, by=["origin"])
    assert table["users"].isna().tolist() == [False, True, False]
    assert table["status"].tolist() == ["shown", "not_published", "no_population"]


def test_counts_in_an_object_column_become_numbers():
    data = counts(users=pd.Series([5, None, 0], dtype=object), status=["shown", "suppressed", "no_population"])
    data["population"] = pd.Series([50, None, 0], dtype=object)
    table = as_counts(data, by=["origin"])
    assert table["users"].sum() == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"users": [5, -20, 0]}, "negative count in users: row 1"),
        ({"users": [5, 20.5, 0]}, "not whole in users"),
        ({"users": [5, float("inf"), 0]}, "infinite count in users"),
        ({"users": [5, 101, 0]}, "more users than population: row 1"),
        ({"users": ["9", "20", "0"]}, "text in users"),
        ({"users": [5, "twenty", 0]}, "text in users"),
        ({"users": [5, None, 0]}, "missing count in users with status 'shown'"),
        ({"status": ["shown", "not_published", "no_population"]}, "status hides it"),
        ({"users": [True, False, False]}, "true or false in users"),
        ({"users": pd.to_datetime(["2020-01-05", "2020-01-20", "2020-01-01"])}, "datetime64 in users"),
        ({"synthetic": "no"}, "synthetic 'no'"),
        ({"source": None}, "source None"),
        ({"origin": ["a", "a", "c"]}, "more than once"),
        ({"origin": ["a", None, "c"]}, "missing category: row 1"),
    ],
)
def test_an_impossible_count_is_refused(changes, words):
    data = counts()
    for name, values in changes.items():
        data[name] = values
    with pytest.raises(InvalidTableError, match=words):
        as_counts(data, by=["origin"])


def test_more_users_than_population_is_seen_when_the_columns_were_text_that_sorts_otherwise():
    # As text "9" > "10" and "100" < "20": comparing text would refuse what is right and pass what is wrong.
    with pytest.raises(InvalidTableError, match="text in population"):
        as_counts(counts(population=["50", "100", "0"]), by=["origin"])


def test_a_missing_column_an_empty_table_and_an_unknown_status_are_refused():
    with pytest.raises(MissingColumnError, match="'users' .did you mean 'user'"):
        as_counts(counts().rename(columns={"users": "user"}), by=["origin"])
    with pytest.raises(InvalidTableError, match="no rows"):
        as_counts(counts().head(0), by=["origin"])
    with pytest.raises(UnknownNameError, match="did you mean 'suppressed'"):
        as_counts(counts(status=["shown", "shown", "supressed"]), by=["origin"])


def test_a_weighted_table_says_so_and_needs_what_the_intervals_use():
    data = counts(users=[5.5, 20.2, 0], population=[50.1, 99.9, 0])
    with pytest.raises(MissingColumnError, match="effective_population"):
        as_counts(data.assign(weighted=True), by=["origin"])
    data = data.assign(n_unweighted=[10, 30, 0], users_unweighted=[2, 6, 0], effective_population=[9.0, 25.0, 0.0])
    table = as_counts(data.assign(weighted=True), by=["origin"])
    assert table["weighted"].all()
    assert table["users"].tolist() == [5.5, 20.2, 0]
    assert "weighted" not in as_counts(counts(), by=["origin"])


def results(**changes):
    columns = {
        "origin": ["a", "b"],
        "measure": "use_rate",
        "value": [20.0, None],
        "status": ["shown", "not_published"],
        "synthetic": True,
        "source": "made up",
    }
    return pd.DataFrame(columns | changes)


def test_results_get_their_fixed_columns():
    table = result_table(results(), ["origin"])
    assert table.columns.tolist() == ["origin", *RESULT_COLUMNS]
    assert table["lower"].isna().all()


@pytest.mark.parametrize("leak", ["value", "lower", "upper", "lower_rounding", "upper_rounding"])
def test_a_hidden_row_with_any_figure_is_refused(leak):
    frame = results()
    frame[leak] = [20.0, 1.0]
    with pytest.raises(InvalidTableError, match="value in a row that is not shown: row 1"):
        result_table(frame, ["origin"])


def test_a_shown_row_without_value_and_an_unknown_status_are_refused():
    with pytest.raises(InvalidTableError, match="No value in a row that is shown: row 1"):
        result_table(results(status="shown"), ["origin"])
    with pytest.raises(UnknownNameError, match="Unknown status 'hidden'"):
        result_table(results(status=["shown", "hidden"]), ["origin"])


def test_one_value_names_what_is_mixed():
    with pytest.raises(IncomparableError, match="made-up table mixes origin 'a' and 'b'"):
        one_value(results(), "origin", where="the made-up table")


def test_a_saved_table_has_empty_cells_for_missing_and_no_noise_digits(output):
    path = save_table(pd.DataFrame({"origin": ["é"], "value": [0.1 + 0.2], "upper": [None]}), "small")
    assert path.parent == output / "data" / "processed"
    assert path.read_bytes() == "origin,value,upper\né,0.3,\n".encode()
