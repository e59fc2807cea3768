"""Results in a table: names and numbers in words, a hidden one is never a number, a small cell is refused."""

import re

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.codelists.names import label
from bereik.errors import DisclosureError, IncomparableError, InvalidTableError
from bereik.tables import STATUSES, result_table


def results(**changed):
    """Youths of two origins by sex and age, four different values; given columns are changed."""
    rows = [
        {"origin": origin, "sex": sex, "age_band": age, "value": 0.8 + at / 8, "lower": 0.5, "upper": 1234.5}
        for origin in ("marokko", "turkije")
        for at, (sex, age) in enumerate([("male", "4-11"), ("male", "12-17"), ("female", "4-11"), ("female", "12-17")])
    ]
    about = {"measure": "rate_ratio_at_equal_severity", "per": "ratio", "numerator": 20.0, "denominator": 90.0}
    about |= {"status": "shown", "synthetic": False, "source": "individual data: youths.csv; counts rounded to 5"}
    return result_table(pd.DataFrame(rows).assign(**about | changed), ["origin", "sex", "age_band"])


def shown(table, lang="en"):
    return bereik.table("07_ratio_by_age_and_sex", table, lang=lang)


def test_names_values_and_intervals_stand_at_their_place_in_both_languages():
    table = shown(results())
    assert table.columns.tolist() == ["Boys, 4-11", "Boys, 12-17", "Girls, 4-11", "Girls, 12-17"]
    assert table.index.tolist() == ["Turkish origin", "Moroccan origin"]  # the order of the term list
    assert table.loc["Turkish origin", "Girls, 4-11"] == "1.05 (0.50 to 1,234.50)"
    dutch = shown(results(), "nl")
    assert dutch.loc["Marokkaanse herkomst", "Meisjes, 12-17"] == "1,18 (0,50 tot 1.234,50)"

    table = results(lower=np.nan).drop(index=5)
    assert shown(table).loc["Turkish origin"].tolist() == ["0.80", "not published", "1.05", "1.18"]


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "shown"])
def test_what_is_hidden_is_words_and_never_a_number(status):
    table = results()
    table.loc[5, ["value", "lower", "upper", "numerator", "denominator"]] = np.nan
    table.loc[5, "status"] = status
    words = shown(table).loc["Turkish origin", "Boys, 12-17"]
    assert words == label(status, "en")
    assert not re.search(r"\d", words)
    assert "1." in shown(table).loc["Moroccan origin", "Girls, 12-17"]


def test_a_small_cell_of_individual_data_is_refused():
    rates = {"measure": "directly_standardised_rate", "per": "100 youths"}
    assert shown(results(**rates)).shape == (2, 4)
    with pytest.raises(DisclosureError, match="fewer than 10"):
        shown(results(**rates, numerator=[20.0] * 7 + [9.0]))
    with pytest.raises(DisclosureError, match="not protected"):
        shown(results(**rates, source="individual data: youths.csv"))


def test_the_corner_says_that_data_are_made_up_and_nothing_is_mixed_or_counted_twice():
    assert shown(results()).columns.name is None
    assert shown(results(synthetic=True)).columns.name == "MADE-UP FIGURES"
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        shown(results(synthetic=[True] + [False] * 7))
    with pytest.raises(InvalidTableError, match="more than once"):
        bereik.table("08_adjusted", results())
    with pytest.raises(InvalidTableError, match="more than once"):
        shown(pd.concat([results(), results(measure="crude_rate_ratio")]))


def test_where_there_is_no_rest_nothing_is_said_of_it():
    rest = results().iloc[:1].assign(origin="rest")
    cells = shown(pd.concat([results(), rest])).loc["The others together"]
    assert cells.tolist() == ["0.80 (0.50 to 1,234.50)", "–", "–", "–"]


def test_a_file_with_more_ages_gives_more_columns():
    wide = pd.concat([results(), results(age_band=["0-3", "18-22"] * 4)])
    assert shown(wide).shape == (2, 8)
