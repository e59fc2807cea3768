import pandas as pd
import pytest

from bereik.counts import implied_population
from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError
from bereik.rates.rates import use_rates


def totals(**changes):
    columns = {
        "period": ["2016", "2017"],
        "region": "A",
        "form": "care_in_kind",
        "youths": [1200, 45],
        "percent_of_youths": [9.6, 0.1],
        "status": "shown",
        "synthetic": True,
        "source": "made up",
    }
    return pd.DataFrame(columns | changes)


def test_population_and_its_bounds_by_hand():
    table = implied_population(totals(), ["period", "region"])
    # 100 * 1200 / 9.6 = 12,500; 100 * 1200 / 9.65 = 12,435.23; 100 * 1200 / 9.55 = 12,565.45
    # 100 * 45 / 0.1 = 45,000; / 0.15 = 30,000; / 0.05 = 90,000
    assert table["population"].tolist() == [12500, 45000]
    assert table["users"].tolist() == [1200, 45]
    assert table["population_lower"].tolist() == pytest.approx([12435.2332, 30000])
    assert table["population_upper"].tolist() == pytest.approx([12565.4450, 90000])


def test_the_rate_and_its_rounding_bounds_are_the_published_percentage_and_its_rounding():
    rates = use_rates(implied_population(totals(), ["period", "region"]), by=["period", "region"])
    assert rates["value"].tolist() == pytest.approx([9.6, 0.1])
    assert rates["lower_rounding"].tolist() == pytest.approx([9.55, 0.05])
    assert rates["upper_rounding"].tolist() == pytest.approx([9.65, 0.15])


def test_a_percentage_of_100_leaves_no_fewer_youths_than_are_in_care():
    table = implied_population(totals(percent_of_youths=[100.0, 99.9]), ["period"])
    assert table["population_lower"].tolist() == pytest.approx([1200, 45 / 0.9995])
    rates = use_rates(table, by=["period"]).set_index("period")
    assert rates.loc["2016", ["value", "lower_rounding", "upper_rounding"]].tolist() == pytest.approx([100, 99.95, 100])


def test_a_row_that_is_not_published_stays_so():
    hidden = totals(youths=[1200, None], percent_of_youths=[9.6, None], status=["shown", "not_published"])
    table = implied_population(hidden, ["period"])
    assert table["status"].tolist() == ["shown", "not_published"]
    columns = ["population", "users", "population_lower", "population_upper"]
    assert table[columns].isna().all(axis=1).tolist() == [False, True]


def test_nullable_whole_numbers_are_read():
    hidden = totals(
        youths=pd.array([1200, None], dtype="Int64"),
        percent_of_youths=pd.array([9.6, None], dtype="Float64"),
        status=["shown", "not_published"],
    )
    assert implied_population(hidden, ["period"])["population"].tolist()[0] == 12500


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"percent_of_youths": [9.6, 0.0]}, "not above 0: row 1"),
        ({"percent_of_youths": [9.6, -1.0]}, "not above 0: row 1"),
        ({"percent_of_youths": [9.6, 100.1]}, "above 100: row 1"),
        ({"percent_of_youths": [9.6, None]}, "no percentage in a row that is shown: row 1"),
        ({"percent_of_youths": ["9.6", "high"]}, "no percentage in a row that is shown: row 1"),
        ({"percent_of_youths": [9.64, 0.1]}, "more than one decimal: row 0"),
        ({"youths": [1200, 0]}, "no youths beside a percentage above 0: row 1"),
        ({"youths": [1200, None]}, "missing count in youths"),
        ({"youths": [1200, -5]}, "negative count in youths"),
        ({"period": "2016"}, "more than once"),
    ],
)
def test_what_gives_no_population_is_refused(changes, words):
    with pytest.raises(InvalidTableError, match=words):
        implied_population(totals(**changes), ["period", "region"])


def test_half_years_beside_years_and_forms_beside_each_other_are_refused():
    with pytest.raises(IncomparableError, match="half-year and year"):
        implied_population(totals(period=["2016", "2017H1"]), ["period"])
    mixed = totals(form=["care_in_kind", "youth_care"])
    with pytest.raises(IncomparableError, match="mixes form"):
        implied_population(mixed, ["period"])
    assert len(implied_population(mixed, ["period", "form"])) == 2


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumnError, match="percent_of_youths"):
        implied_population(totals().drop(columns="percent_of_youths"), ["period"])
