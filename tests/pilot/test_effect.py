"""One region among many: by hand, by brute force, against another solver, and in worlds with a known effect."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from bereik import pilot
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.pilot import detectable_change, difference_in_differences, outcomes_by_origin, synthetic_control
from bereik.pilot.effect import mix_weights

YEARS = range(2016, 2024)
BEFORE, AFTER = [0, 1, 2, 3], [6, 7]


def outcomes_of(values):
    """Make outcomes of a table years x regions; region R0 is the one with the pilot."""
    table = pd.DataFrame(values, [str(year) for year in YEARS], [f"R{place}" for place in range(values.shape[1])])
    table = table.rename_axis("period").melt(var_name="region", ignore_index=False).reset_index()
    population = 1000.0 * (table["region"].str[1:].astype(int) + 1)
    same = {"form": "protection", "period_kind": "year", "per": "100 youths", "status": "shown", "synthetic": True}
    return table.assign(year=table["period"].astype(int), population=population, source="made up", **same)


def world(seed, effect=0.0, regions=42):
    """Draw regions of differing noise that drift slowly; the effect comes in R0 after 2021."""
    random = np.random.default_rng(seed)
    spread = random.uniform(0.1, 0.6, regions)
    noise, drift = (random.normal(size=(8, regions)) * spread for _ in range(2))
    values = 10 + noise + np.cumsum(drift, 0) / 3
    values[AFTER, 0] += effect
    return values


def of(table, measure, region="R0"):
    return table[(table["measure"] == measure) & (table["region"] == region)].iloc[0]


def differences(values, **options):
    return difference_in_differences(outcomes_of(values), "R0", **options)


def brute_force(values, nearest=None):
    """Compute change and own error of each region with loops."""
    changes, errors = [], []
    for own in range(values.shape[1]):
        others = [other for other in range(values.shape[1]) if other != own]
        if nearest:
            others = sorted(others, key=lambda other: abs(np.log((other + 1) / (own + 1))))[:nearest]
        gap = [row[own] - sum(row[other] for other in others) / len(others) for row in values]
        start = sum(gap[year] for year in BEFORE) / 4
        changes.append(sum(gap[year] for year in AFTER) / 2 - start)
        errors.append((sum((gap[year] - start) ** 2 for year in BEFORE) / 3) ** 0.5)
    return np.array(changes), np.array(errors)


def test_difference_in_differences_by_hand():
    one, other, first = [1, 3, 2, 2, 9, 9, 4, 4], [3, 1, 2, 2, 9, 9, 4, 4], [5, 6, 7, 6, 0, 0, 11, 11]
    table = differences(np.array([first, *[one] * 10, *[other] * 10], dtype=float).T)
    # the others: 2, 2, 2, 2 before and 4 after; R0 minus them: 3, 4, 5, 4 before (mean 4) and 7 after
    assert of(table, "difference_in_differences")["value"] == pytest.approx(3)
    assert of(table, "pre_period_error")["value"] == pytest.approx((2 / 3) ** 0.5)
    assert of(table, "standardised_departure")["value"] == pytest.approx(3 / (2 / 3) ** 0.5)
    assert of(table, "pre_trend")["value"] == pytest.approx(0.4)  # (-1.5 * -1 + 0.5 * 1 + 1.5 * 0) / 5


@pytest.mark.parametrize("nearest", [None, 5])
def test_placebo_inference_equals_brute_force(nearest):
    values = world(1, effect=0.5)
    table = differences(values, similar=nearest)
    change, error = brute_force(values, nearest)
    for measure, expected in (("difference_in_differences", change), ("pre_period_error", error)):
        found = table[table["measure"] == measure].set_index("region")["value"]
        assert found[[f"R{place}" for place in range(42)]].to_numpy() == pytest.approx(expected)
    for measure, size in (("placebo_p", abs(change / error)), ("placebo_p_plain", abs(change))):
        extreme = sum(size >= size[0] - 1e-12)
        assert of(table, measure)[["numerator", "denominator", "value"]].tolist() == [extreme, 42, extreme / 42]


@pytest.mark.parametrize("nearest", [None, 10])
def test_the_interval_holds_the_changes_that_are_not_rejected(nearest):
    values = world(11)
    main = of(differences(values, similar=nearest), "difference_in_differences")
    assert main["confidence"] == pytest.approx(40 / 42)
    for limit, outward in ((main["lower"], -1), (main["upper"], 1)):
        for step, kept in ((-0.01 * outward, True), (0.01 * outward, False)):
            less = values.copy()
            less[AFTER, 0] -= limit + step
            assert (of(differences(less, similar=nearest), "placebo_p")["value"] > 0.05) == kept


def test_power_equals_brute_force_and_is_the_size_without_change():
    values = world(5)
    table = detectable_change(outcomes_of(values), "R0", share_of_users=0.25)
    _, error = brute_force(values)
    for statistic, unit in (("standardised", error), ("plain", np.ones(42))):
        rows = table[table["statistic"] == statistic]
        curve = rows[rows["measure"] == "power"]
        assert curve["value"].iloc[0] == pytest.approx(2 / 42)
        for at in (12, 40):
            seen = 0
            for place in range(42):
                for sign in (-1, 1):
                    moved = values.copy()
                    moved[AFTER, place] += sign * unit[place] * curve["size"].iloc[at] / unit[0]
                    size = abs(brute_force(moved)[0] / unit)
                    seen += sum(size >= size[place] - 1e-12) <= 2
            assert curve["value"].iloc[at] == pytest.approx(seen / 84)
        least = of(rows, "detectable_change")["value"]
        assert curve[curve["size"] >= least]["value"].min() >= 0.8
        in_group = 100 * least / values[BEFORE, 0].mean() / 0.25
        assert of(rows, "detectable_change_in_group")["value"] == pytest.approx(in_group)


def test_a_missing_figure_is_never_zero():
    data = outcomes_of(world(3))
    gone = (data["region"] == "R5") & (data["period"] == "2023")
    data.loc[gone, ["value", "status"]] = [np.nan, "not_published"]
    row = of(difference_in_differences(data, "R0"), "placebo_p")
    assert row["denominator"] == 41
    assert "1 regions without a published figure left out" in row["method"]
    with pytest.raises(UnknownNameError, match="not published before or after"):
        difference_in_differences(data, "R5")
    between = (data["region"] == "R0") & (data["period"] == "2020")
    data.loc[between, ["value", "status"]] = [np.nan, "not_published"]
    path = synthetic_control(data, "R0").query("measure == 'synthetic_departure'").set_index("period")
    assert (path.loc["2020", "status"], pd.isna(path.loc["2020", "value"])) == ("not_published", True)


FLAT = world(1)
FLAT[:, 4] = np.delete(FLAT, 4, axis=1).mean(axis=1)
FAULTS = {
    "mixes form": (IncomparableError, lambda data: pd.concat([data, data.assign(form="probation")]), {}),
    "mixes synthetic": (IncomparableError, lambda data: data.assign(synthetic=data["region"] == "R1"), {}),
    "more than once": (InvalidTableError, lambda data: pd.concat([data, data.iloc[:1]]), {}),
    "19 regions": (IncomparableError, lambda data: data[data["population"] < 19_500], {}),
    r"2 periods before \(2016-2017\)": (IncomparableError, None, {"before": (2016, 2017), "after": (2018, 2019)}),
    "'population'": (MissingColumnError, lambda data: data.drop(columns="population"), {}),
    "similar=1": (BereikError, None, {"similar": 1}),
    "'R4' does not vary": (BereikError, lambda data: outcomes_of(FLAT), {}),
}


@pytest.mark.parametrize(("message", "fault"), FAULTS.items(), ids=FAULTS)
def test_what_does_not_belong_together_is_refused(message, fault):
    error, change, options = fault
    data = outcomes_of(world(1))
    with pytest.raises(error, match=message):
        difference_in_differences(change(data) if change else data, "R0", **options)
    with pytest.raises(BereikError, match="share_of_users"):
        detectable_change(data, "R0", share_of_users=32)


def test_weights_equal_those_of_another_solver():
    random = np.random.default_rng(0)
    donors, target = random.normal(size=(8, 6)), random.normal(size=8)
    sum_to_one = {"type": "eq", "fun": lambda w: w.sum() - 1}
    options = {"bounds": [(0, 1)] * 6, "constraints": sum_to_one, "options": {"ftol": 1e-14, "maxiter": 500}}
    other = minimize(lambda w: ((donors @ w - target) ** 2).sum(), np.full(6, 1 / 6), method="SLSQP", **options)
    assert mix_weights(target, donors) == pytest.approx(other.x, abs=1e-4)


def test_rmspe_and_rank_equal_brute_force():
    values = world(31, effect=1.0)[:, :22]
    table = synthetic_control(outcomes_of(values), "R0")

    def gap(own, used):
        centred = values - values[used].mean(axis=0)
        own, others = centred[:, own], np.delete(centred, own, axis=1)
        return own - others @ mix_weights(own[used], others[used])

    ratios, fits = [], []
    for own in range(22):
        apart = gap(own, BEFORE)
        missed = [gap(own, [year for year in BEFORE if year != out])[out] for out in BEFORE]
        fits.append(np.sqrt(np.mean(apart[BEFORE] ** 2)))
        ratios.append(np.sqrt(np.mean(apart[AFTER] ** 2)) / np.sqrt(np.mean(np.square(missed))))
    assert of(table, "pre_rmspe")["value"] == pytest.approx(fits[0], abs=1e-6)
    assert of(table, "pre_rmspe")["value"] < of(table, "left_out_rmspe")["value"]  # overfitting
    assert of(table, "poor_fit")["value"] == pytest.approx(fits[0] / values[BEFORE, 0].std(), abs=1e-6)
    assert of(table, "rmspe_ratio")["value"] == pytest.approx(ratios[0], rel=1e-4)
    assert of(table, "placebo_p")["numerator"] == sum(ratio >= ratios[0] - 1e-9 for ratio in ratios)


def test_no_result_when_the_fit_before_is_poor():
    values = world(41)
    values[:, 0] += np.array([4, -4, 4, -4, 0, 0, 0, 0])  # no mix of the others goes up and down like this
    table = synthetic_control(outcomes_of(values), "R0")
    assert of(table, "poor_fit")["value"] > 0.5
    result = table["measure"].isin(["synthetic_departure", "rmspe_ratio", "placebo_p"])
    assert table["status"].eq("undefined").equals(result)  # donors are shown all the same
    assert table.loc[result, ["value", "numerator"]].isna().all(axis=None)


def test_the_outcomes_hold_the_published_figures_and_flag_regions_whose_population_jumps():
    table = pilot.regional_outcomes()
    assert table.groupby("form")["region"].nunique().tolist() == [42] * 5
    row = table.query("region == 'Haaglanden' and form == 'protection' and period == '2019-12-31'").iloc[0]
    # 1,835 trajectories (82968NED), 31,145 youths in care = 10.4 % of all youths (84134NED)
    assert row["value"] == pytest.approx(1000 * 1835 / (31145 / 0.104), rel=1e-5)
    hidden = table[table["status"] != "shown"]
    assert hidden[["form", "period", "value"]].fillna(-1).to_numpy().tolist() == [["probation", "2020-12-31", -1]]
    north = {"Alkmaar (Noord-Kennemerland)", "Gooi en Vechtstreek", "Haarlemmermeer", "IJmond (Midden Kennemerland)"}
    south = {"Lekstroom", "Midden-Brabant", "Utrecht West", "West Brabant Oost", "Zuid-Holland Zuid"}
    assert set(table.loc[table["flagged"], "region"]) == north | south


def care_by_origin(change=0.0):
    """Make youths in care by origin for all years, in the shape that the bundled table has and 85100NED would get."""
    random, rows = np.random.default_rng(4), []
    for year in YEARS:
        for place in range(24):
            share = 0.3 + 0.005 * random.normal() + (change if place == 0 and year >= 2022 else 0)
            level = (str(year), f"JZ-{place}", f"R{place}")
            rows += [(*level, "marokko", round(4000 * share)), (*level, "total", 4000)]
    table = pd.DataFrame(rows, columns=["period", "region_code", "region", "origin", "youths"])
    same = {"region_kind": "jeugdregio", "origin_scheme": "herkomst", "form": "care_in_kind", "status": "shown"}
    return table.astype({"youths": "Int64"}).assign(**same, synthetic=True, source="made up")


def test_outcomes_by_origin_run_from_the_table_to_the_estimate():
    table = difference_in_differences(outcomes_by_origin(care_by_origin(change=0.1), "marokko"), "R0")
    assert of(table, "difference_in_differences")["value"] == pytest.approx(10, abs=1)
    assert of(table, "placebo_p")[["value", "synthetic"]].tolist() == [1 / 24, True]


def test_outcomes_by_origin_refuse_two_schemes_and_keep_hidden_counts_hidden():
    care = care_by_origin()
    two = care.assign(origin_scheme=np.where(care["period"] < "2022", "migratieachtergrond", "herkomst"))
    with pytest.raises(IncomparableError, match="origin_scheme"):
        outcomes_by_origin(two, "marokko")
    with pytest.raises(UnknownNameError, match="'turkije'"):
        outcomes_by_origin(care, "turkije")
    for origin in ("marokko", "total"):
        hidden = (care["region"] == "R3") & (care["period"] == "2018") & (care["origin"] == origin)
        data = care.assign(youths=care["youths"].mask(hidden), status=care["status"].mask(hidden, "not_published"))
        row = outcomes_by_origin(data, "marokko").query("region == 'R3' and period == '2018'").iloc[0]
        assert (row["status"], pd.isna(row["value"])) == ("not_published", True)
