"""Published youths in care, and the percentage of all youths that they are, give the population between its bounds."""

import pandas as pd
import pytest

from bereik import implied_population, use_rates, youth_counts
from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError

TOTALS = pd.DataFrame({"period": ["2016", "2017"], "youths": [1200, 45], "percent_of_youths": [9.6, 0.1]})
TOTALS = TOTALS.assign(region="A", form="care_in_kind", status="shown", synthetic=True, source="made up")
HIDDEN = {"youths": [1200, None], "percent_of_youths": [9.6, None], "status": ["shown", "not_published"]}


def test_population_its_bounds_and_the_rate_by_hand():
    table = implied_population(TOTALS, ["period", "region"])
    # 100 * 1200 / 9.6 = 12,500; 100 * 1200 / 9.65 = 12,435.23; 100 * 1200 / 9.55 = 12,565.45
    # 100 * 45 / 0.1 = 45,000; / 0.15 = 30,000; / 0.05 = 90,000
    assert table["population"].tolist() == [12500, 45000]
    assert table["users"].tolist() == [1200, 45]
    assert table["population_lower"].tolist() == pytest.approx([12435.2332, 30000])
    assert table["population_upper"].tolist() == pytest.approx([12565.4450, 90000])
    rates = use_rates(table, by=["period", "region"])  # the published percentage and its rounding
    assert rates["value"].tolist() == pytest.approx([9.6, 0.1])
    assert rates["lower_rounding"].tolist() == pytest.approx([9.55, 0.05])
    assert rates["upper_rounding"].tolist() == pytest.approx([9.65, 0.15])


def test_a_percentage_of_100_leaves_no_fewer_youths_than_are_in_care():
    table = implied_population(TOTALS.assign(percent_of_youths=[100.0, 99.9]), ["period"])
    assert table["population_lower"].tolist() == pytest.approx([1200, 45 / 0.9995])
    rates = use_rates(table, by=["period"]).set_index("period")
    assert rates.loc["2016", ["value", "lower_rounding", "upper_rounding"]].tolist() == pytest.approx([100, 99.95, 100])


@pytest.mark.parametrize("kind", ["float64", "Float64", object])
def test_a_row_that_is_not_published_stays_so(kind):
    hidden = TOTALS.assign(**HIDDEN).astype({"youths": kind, "percent_of_youths": kind})
    table = implied_population(hidden, ["period"])
    assert table["status"].tolist() == ["shown", "not_published"]
    assert table["population"].tolist()[0] == 12500
    columns = ["population", "users", "population_lower", "population_upper"]
    assert table[columns].isna().all(axis=1).tolist() == [False, True]
    counts = youth_counts(hidden, by=["period"])
    assert counts.loc[0, ["value", "numerator"]].tolist() == [1200, 1200]
    assert counts.loc[1, ["value", "numerator"]].isna().all()


MIXED = {"form": ["care_in_kind", "youth_care"]}


REFUSED = [
    ({"percent_of_youths": [9.6, 0.0]}, InvalidTableError, "not above 0: row 1"),
    ({"percent_of_youths": [9.6, -1.0]}, InvalidTableError, "not above 0: row 1"),
    ({"percent_of_youths": [9.6, 100.1]}, InvalidTableError, "above 100: row 1"),
    ({"percent_of_youths": [9.6, None]}, InvalidTableError, "no percentage in a row that is shown: row 1"),
    ({"percent_of_youths": ["9.6", "high"]}, InvalidTableError, "Text in percent_of_youths: row 0"),
    ({"percent_of_youths": [9.64, 0.1]}, InvalidTableError, "more than one decimal: row 0"),
    ({"youths": [1200, 0]}, InvalidTableError, "no youths beside a percentage above 0: row 1"),
    ({"period": ["2016", "2017H1"]}, IncomparableError, "half-year and year"),
    (MIXED, IncomparableError, "mixes form"),
]


@pytest.mark.parametrize(("changes", "error", "words"), REFUSED)
def test_what_gives_no_population_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        implied_population(TOTALS.assign(**changes), ["period", "region"])


def test_forms_have_their_own_population_and_a_missing_column_is_refused():
    assert len(implied_population(TOTALS.assign(**MIXED), ["period", "form"])) == 2
    with pytest.raises(MissingColumnError, match="percent_of_youths"):
        implied_population(TOTALS.drop(columns="percent_of_youths"), ["period"])
