"""Synthetic control: weights against another solver, a known mix recovered, and no result when the fit is poor."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from bereik.pilot.synthetic_control import mix_weights, synthetic_control

YEARS = range(2016, 2024)
BEFORE, AFTER = [0, 1, 2, 3], [6, 7]


def outcomes_of(values, *, source="made up", status="shown"):
    """Make outcomes of a table years x regions; region R0 is the one with the pilot."""
    rows = [
        {"form": "protection", "period_kind": "year", "period": str(year), "year": year, "region": f"R{place}",
         "value": value, "per": "100 youths", "population": 1000.0 * (place + 1), "status": status,
         "synthetic": True, "source": source}
        for year, row in zip(YEARS, values, strict=True)
        for place, value in enumerate(row)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def world(seed, effect=0.0, regions=42):
    """Draw regions of differing noise that drift slowly; the effect comes in R0 after 2021."""
    random = np.random.default_rng(seed)
    spread = random.uniform(0.1, 0.6, regions)
    values = (
        10 + random.normal(size=(8, regions)) * spread + np.cumsum(random.normal(size=(8, regions)), 0) * spread / 3
    )
    values[AFTER, 0] += effect
    return values


def values_of(table, measure):
    rows = table[table["measure"] == measure]
    return rows.set_index("period")["value"] if measure == "synthetic_departure" else rows["value"].iloc[0]


@pytest.mark.parametrize("seed", range(5))
def test_weights_equal_those_of_another_solver(seed):
    random = np.random.default_rng(seed)
    donors, target = random.normal(size=(8, 6)), random.normal(size=8)
    weights = mix_weights(target, donors)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    found = minimize(
        lambda w: ((donors @ w - target) ** 2).sum(), np.full(6, 1 / 6), method="SLSQP", bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert weights == pytest.approx(found.x, abs=1e-4)


def made_of_two(effect=0.0):
    """Make R0 0.7 of R3 and 0.3 of R8, plus 5, which demeaning takes out; half-years would be many: here 8 years before."""
    values = world(21)
    values[:, 3] += 3 * np.arange(8) ** 1.5 / 5  # two regions that no mix of the others resembles
    values[:, 8] -= 2 * np.arange(8) ** 0.5
    values[:, 0] = 5 + 0.7 * values[:, 3] + 0.3 * values[:, 8]
    values[AFTER, 0] += effect
    return values


def test_a_known_mix_and_effect_are_recovered():
    table = synthetic_control(outcomes_of(made_of_two(effect=2.0)), "R0")
    assert values_of(table, "pre_rmspe") == pytest.approx(0, abs=1e-4)
    weights = table[table["measure"] == "donor_weight"].set_index("region")["value"]
    assert weights.sum() == pytest.approx(1)
    path = values_of(table, "synthetic_departure")
    assert path.loc[["2022", "2023"]].to_numpy() == pytest.approx(
        [2.0, 2.0], abs=0.6
    )  # 4 periods: the mix is not unique
    assert (table.loc[table["measure"] == "rmspe_ratio", "value"] > 1).all()


def test_rmspe_and_rank_equal_brute_force():
    values = world(31, effect=1.0)[:, :22]
    table = synthetic_control(outcomes_of(values), "R0")
    ratios, fits = [], []
    for own in range(22):
        others = [other for other in range(22) if other != own]

        def gap(used, others=others, own=own):
            mean = values[used].mean(axis=0)
            centred = values - mean
            return centred[:, own] - centred[:, others] @ mix_weights(centred[used][:, own], centred[used][:, others])

        apart = gap(BEFORE)
        missed = [gap([year for year in BEFORE if year != out])[out] for out in BEFORE]
        fits.append(np.sqrt(np.mean(apart[BEFORE] ** 2)))
        ratios.append(np.sqrt(np.mean(apart[AFTER] ** 2)) / np.sqrt(np.mean(np.square(missed))))
    own_spread = values[BEFORE, 0].std()
    assert values_of(table, "pre_rmspe") == pytest.approx(fits[0], abs=1e-6)
    assert values_of(table, "poor_fit") == pytest.approx(fits[0] / own_spread, abs=1e-6)
    assert values_of(table, "poor_fit") <= 0.5
    assert values_of(table, "rmspe_ratio") == pytest.approx(ratios[0], rel=1e-4)
    row = table[table["measure"] == "placebo_p"].iloc[0]
    assert (row["numerator"], row["denominator"]) == (sum(ratio >= ratios[0] - 1e-9 for ratio in ratios), 22)


def test_no_result_when_the_fit_before_is_poor():
    values = world(41)
    values[:, 0] += np.array([4, -4, 4, -4, 0, 0, 0, 0])  # no mix of the others goes up and down like this
    table = synthetic_control(outcomes_of(values), "R0")
    assert values_of(table, "poor_fit") > 0.5
    for measure in ("synthetic_departure", "rmspe_ratio", "placebo_p"):
        rows = table[table["measure"] == measure]
        assert (rows["status"] == "undefined").all()
        assert rows[["value", "numerator"]].isna().all().all()
    assert (table.loc[table["measure"] == "donor_weight", "status"] == "shown").all()  # donors are shown all the same
    assert table["method"].str.contains("no result: poor fit before").all()


def test_the_fit_before_is_better_than_on_periods_that_were_left_out():
    better = []
    for seed in range(6):
        table = synthetic_control(outcomes_of(world(seed)), "R0")
        better.append(values_of(table, "pre_rmspe") < values_of(table, "left_out_rmspe"))
    assert all(better)  # overfitting, which the ratio must not reward


def test_a_missing_figure_between_is_not_published():
    data = outcomes_of(made_of_two())
    data.loc[(data["region"] == "R0") & (data["period"] == "2020"), ["value", "status"]] = [np.nan, "not_published"]
    table = synthetic_control(data, "R0")
    row = table[(table["period"] == "2020") & (table["measure"] == "synthetic_departure")].iloc[0]
    assert (row["status"], pd.isna(row["value"])) == ("not_published", True)
