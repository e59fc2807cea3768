"""The change since a year before, and how many intervals lie clearly on one side: by hand and by simulation."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import year_changes
from bereik.errors import IncomparableError
from bereik.tables import result_table


def results(lower, upper, *, per="ratio", **changed):
    frame = pd.DataFrame({"place": [f"p{at}" for at in range(len(lower))], "lower": lower, "upper": upper, "per": per})
    about = {"measure": "m", "value": 1.0, "status": "shown", "synthetic": False, "source": "CBS StatLine 1"}
    return result_table(frame.assign(**about | changed), ["place"])


def counted(table, **by):
    """The numbers clearly below, clearly above, not clear and not shown."""
    return bereik.count_sides(table, **by)["value"].astype(int).tolist()


CASES = [
    # a limit that touches 1 is not clear
    (results([0.5, 0.8, 1.1, 1.0, 0.9], [0.9, 1.0, 1.4, 1.2, 1.3]), [1, 1, 3, 0]),
    (results([0.5], [0.9], per="ratio of users to expected users"), [1, 0, 0, 0]),
    (results([-2, -1, 0.5], [-1, 1, 2], per="100 youths"), [1, 1, 1, 0]),
    (results([0.5], [1 - 1e-13]), [0, 0, 1, 0]),  # noise decides nothing
]


@pytest.mark.parametrize(("table", "expected"), CASES)
def test_ratios_are_held_against_one_and_differences_against_zero(table, expected):
    assert counted(table) == expected


def test_what_is_hidden_is_counted_apart_and_is_not_in_the_denominator():
    table = results([0.5, np.nan], [0.9, np.nan])
    table.loc[1, ["value", "status"]] = [np.nan, "hidden"]
    assert counted(table) == [1, 0, 0, 1]
    assert set(bereik.count_sides(table)["denominator"]) == {1.0}


def test_groups_are_counted_separately_in_the_order_of_the_table():
    table = results([0.5, 1.1, 0.6], [0.9, 1.4, 0.7]).assign(year=["2022", "2021", "2022"])
    told = bereik.count_sides(table, by=["year"])
    below = told[told["measure"] == "clearly_below"]
    assert below[["year", "value", "denominator"]].to_numpy().tolist() == [["2022", 2.0, 2.0], ["2021", 0.0, 1.0]]


def test_kinds_are_not_mixed():
    with pytest.raises(IncomparableError):
        bereik.count_sides(pd.concat([results([0.5], [0.9]), results([0.5], [0.9], per="100 youths")]))


def yearly(values, periods):
    frame = pd.DataFrame({"period": periods, "value": values, "region": "A", "measure": "referral_share"})
    frame = frame.assign(status=np.where(frame["value"].isna(), "not_published", "shown"))
    frame = frame.assign(lower=frame["value"] - 1, upper=frame["value"] + 2, synthetic=True, source="made up")
    return result_table(frame, ["region", "period"])


def test_change_is_the_difference_with_an_interval_of_independent_years():
    changes = year_changes(yearly([20.0, 31.0, 34.0], ["2020", "2021", "2023"]), by=["region"])
    second = changes.iloc[1]
    # MOVER by hand: lower = 11 - sqrt(1^2 + 2^2), upper = 11 + sqrt(2^2 + 1^2)
    figures = second[["change", "change_lower", "change_upper"]].tolist()
    assert figures == pytest.approx([11, 11 - 5**0.5, 11 + 5**0.5])
    assert changes["jump"].tolist() == [False, True, False]
    assert changes["previous_period"].fillna("").tolist() == ["", "2020", ""], "2022 is absent, so 2023 has no change"
    assert np.isnan(changes["change"].iloc[2])


def test_the_interval_of_a_change_is_conservative_when_years_share_youths():
    """Simulation: with half of the youths in both years, the interval holds the true change (0) more often than 95 %."""
    generator, draws = np.random.default_rng(5), 2000
    shared = generator.binomial(2000, 0.2, draws)
    years = {year: shared + generator.binomial(2000, 0.2, draws) for year in ("2021", "2022")}
    counts = pd.concat(pd.DataFrame({"region": range(draws), "period": year, "users": y}) for year, y in years.items())
    counts = counts.assign(population=4000, synthetic=True, source="made up")
    rates = bereik.use_rates(counts, by=["region", "period"]).astype({"period": "str"})
    last = year_changes(rates, by=["region"]).query("period == '2022'")
    assert ((last["change_lower"] <= 0) & (last["change_upper"] >= 0)).mean() > 0.98  # 95 % if years were independent


def test_a_change_of_figures_without_an_interval_has_none():
    rows = yearly([14.1, 14.6], ["2022", "2023"]).assign(lower=np.nan, upper=np.nan)
    rows = rows.assign(lower_rounding=rows["value"] - 0.05, upper_rounding=rows["value"] + 0.05)
    last = year_changes(rows, by=["region"]).iloc[1]
    assert last["change"] == pytest.approx(0.5)
    assert last[["change_lower", "change_upper", "change_method"]].isna().all()


def test_dates_are_compared_with_the_same_day_a_year_before_and_hidden_years_with_nothing():
    rows = yearly([10.0, np.nan, 12.0], ["2017-12-31", "2018-12-31", "2019-12-31"])
    assert year_changes(rows, by=["region"])["change"].isna().all()
    with pytest.raises(IncomparableError):
        year_changes(yearly([1.0, 2.0], ["2020", "2020-12-31"]), by=["region"])
