"""Use relative to a reference group with populations from another table: by hand, by simulation, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from bereik.data.datapackage import load
from bereik.data.populations import youths_by_origin
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.rates.choices import reach_ratio
from bereik.rates.rates import use_rates
from bereik.rates.use_by_origin import use_counts, use_ratios

KEYS = ["period", "region", "form", "population_used", "ages", "origin_scheme"]


def counts(**changes):
    table = {
        "form": "protection", "origin": ["nederlands", "niet_westers", "total"], "users": [400, 250, 700],
        "population": [8000, 2500, 11000], "population_lower": [8000.0, 2500.0, 11000.0],
        "population_upper": [8000.0, 2500.0, 11000.0], "status": "shown", "synthetic": True, "source": "made up",
    }  # fmt: skip
    return pd.DataFrame(table | changes)


def care(**changes):
    table = {
        "period": "2017", "period_kind": "year", "region_code": "R1", "region": "R", "origin_scheme": "migratieachtergrond",
        "origin": ["nederlands", "niet_westers"], "form": "protection", "youths": pd.array([400, 250], dtype="Int64"),
        "status": "shown", "synthetic": True, "source": "care, made up",
    }  # fmt: skip
    return pd.DataFrame(table | changes)


def youths(**changes):
    table = {
        "region_code": "R1", "year": 2017, "origin_scheme": "migratieachtergrond", "origin": ["nederlands", "niet_westers"],
        "population": [8000, 2500], "population_lower": [7800.0, 2400.0], "population_upper": [8205.1, 2604.2],
        "population_used": "residents_0_22", "ages": "0-22", "source": "youths, made up",
    }  # fmt: skip
    return pd.DataFrame(table | changes)


def test_the_ratio_by_hand():
    row = use_ratios(counts(), by=["form"], relative_to="nederlands").iloc[0]
    assert row["value"] == pytest.approx((250 / 2500) / (400 / 8000))  # 10 % against 5 %
    half = 1.959964 * np.sqrt(1 / 250 + 1 / 400)
    assert [row["lower"], row["upper"]] == pytest.approx([2 * np.exp(-half), 2 * np.exp(half)], rel=1e-6)
    assert np.isnan(row["lower_rounding"])


def test_the_error_of_the_populations_widens_the_interval():
    # limits of 5 % on the log either way for one group and 2 % for the other: their errors are added, then in quadrature
    wide = counts(
        population_lower=[8000 * np.exp(-0.05), 2500 * np.exp(-0.02), 11000.0],
        population_upper=[8000 * np.exp(0.05), 2500 * np.exp(0.02), 11000.0],
    )
    row = use_ratios(wide, by=["form"], relative_to="nederlands").iloc[0]
    half = np.sqrt(1.959964**2 * (1 / 250 + 1 / 400) + 0.07**2)
    assert np.log(row["upper"] / row["value"]) == pytest.approx(half, rel=1e-6)


def test_rounding_bounds_by_hand():
    row = use_ratios(counts(), by=["form"], relative_to="nederlands", rounding=5).iloc[0]
    assert row["lower_rounding"] == pytest.approx(247.5 / 2500 / (402.5 / 8000))
    assert row["upper_rounding"] == pytest.approx(252.5 / 2500 / (397.5 / 8000))


def test_intervals_cover_the_true_ratio_when_populations_are_wrong():
    rng = np.random.default_rng(8)
    runs, true, error = 2000, 1.5, 0.04  # standard error of the log of each population, in opposite directions
    wrong = np.exp(error * rng.normal(size=runs))
    users = rng.poisson(8000 * 0.05, runs), rng.poisson(2500 * 0.05 * true, runs)
    population = np.round(8000 * wrong), np.round(2500 / wrong)
    frames = [
        pd.DataFrame(
            {
                "run": range(runs), "origin": group, "users": y, "population": n, "population_lower": n * np.exp(-1.96 * error),
                "population_upper": n * np.exp(1.96 * error), "status": "shown", "synthetic": True, "source": "made up",
            }
        )
        for group, y, n in zip(["r", "g"], users, population, strict=True)
    ]  # fmt: skip
    ratios = use_ratios(pd.concat(frames, ignore_index=True), by=["run"], relative_to="r")
    covered = ((ratios["lower"] <= true) & (true <= ratios["upper"])).mean()
    assert 0.935 <= covered <= 0.965
    both = pd.concat(frames, ignore_index=True)
    exact = both.assign(population_lower=both["population"], population_upper=both["population"])
    without = use_ratios(exact, by=["run"], relative_to="r")
    assert ((without["lower"] <= true) & (true <= without["upper"])).mean() < 0.87  # the error matters


def test_counts_put_users_beside_youths_and_keep_the_error():
    table = use_counts(care(), youths())
    assert table[["users", "population", "population_lower"]].to_numpy().tolist() == [
        [400, 8000, 7800.0],
        [250, 2500, 2400.0],
    ]
    assert table["source"].iloc[0] == "care, made up; youths, made up"
    rates = use_rates(table, by=[*KEYS, "origin"])
    assert rates["lower_rounding"].iloc[1] == pytest.approx(100 * 250 / 2604.2)


def test_a_hidden_count_stays_hidden():
    hidden = care(youths=pd.array([400, None], dtype="Int64"), status=["shown", "not_published"])
    ratios = use_ratios(use_counts(hidden, youths()), by=KEYS, relative_to="nederlands")
    assert ratios[["status"]].to_numpy().tolist() == [["not_published"]]
    assert ratios[["value", "lower", "upper"]].isna().all(axis=None)


def test_no_users_has_a_ratio_of_zero_and_no_users_in_the_reference_none():
    none = use_ratios(counts(users=[400, 0, 700]), by=["form"], relative_to="nederlands").iloc[0]
    assert none[["value", "status"]].tolist() == [0, "shown"]
    undefined = use_ratios(counts(users=[0, 250, 700]), by=["form"], relative_to="nederlands").iloc[0]
    assert undefined["status"] == "undefined"
    assert np.isnan(undefined["value"])


def test_the_method_says_that_ages_differ():
    table = use_counts(care(), youths(ages="0-15"))
    ratios = use_ratios(table, by=KEYS, relative_to="nederlands")
    assert "users aged 0-22 over a population of ages 0-15" in ratios["method"].iloc[0]
    same = use_ratios(use_counts(care(), youths()), by=KEYS, relative_to="nederlands")
    assert "users aged" not in same["method"].iloc[0]


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(IncomparableError, match="no region, year and origin in common"):
        use_counts(care(), youths(year=2016))
    with pytest.raises(IncomparableError, match="half-year"):
        use_counts(care(period=["2017", "2017H1"], period_kind=["year", "half-year"]), youths())
    with pytest.raises(InvalidTableError, match="more than once"):
        use_counts(care(), pd.concat([youths(), youths()]))
    with pytest.raises(UnknownNameError, match="nederland"):
        use_ratios(counts(), by=["form"], relative_to="nederland")
    with pytest.raises(BereikError, match="without 'origin'"):
        use_ratios(counts(), by=["form", "origin"], relative_to="nederlands")
    with pytest.raises(InvalidTableError, match="outside its limits"):
        use_ratios(counts(population_upper=[7000.0, 2500.0, 11000.0]), by=["form"], relative_to="nederlands")


def test_reach_ratio_takes_the_ratios_of_several_populations():
    real = load("care_by_origin").query("region == 'Haaglanden' and period == '2017' and form == 'with_residence'")
    base = pd.concat([youths_by_origin(year=2017), youths_by_origin(year=2017, ages="pupils")])
    ratios = use_ratios(use_counts(real, base), by=KEYS, relative_to="nederlands", rounding=5)
    need = pd.DataFrame(
        {
            "origin": ["niet_westers"], "indicator": "special_schools", "measure": "rate_ratio", "value": 1.2, "lower": 1.1,
            "upper": 1.31, "confidence": 0.95, "relative_to": "nederlands", "status": "shown", "synthetic": False, "source": "x",
        }
    )  # fmt: skip
    reach = reach_ratio(ratios, need, by=["origin"], relative_to="nederlands")
    assert set(reach["population_used"]) == {"residents_0_22", "pupils"}
    assert reach["value"].to_numpy() == pytest.approx(
        ratios.query("origin == 'niet_westers'")["value"].to_numpy() / 1.2
    )
