"""One region among many, and several: by hand, by brute force, and in worlds with a known effect."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from bereik import pilot
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.pilot import detectable_change, difference_in_differences, outcomes_by_origin

YEARS = range(2016, 2024)
BEFORE, AFTER = [0, 1, 2, 3], [6, 7]


def outcomes_of(values):
    """Make outcomes of a table years x regions; region R0 is the one with the pilot."""
    table = pd.DataFrame(values, [str(year) for year in YEARS], [f"R{place}" for place in range(values.shape[1])])
    table = table.rename_axis("period").melt(var_name="region", ignore_index=False).reset_index()
    same = {"form": "protection", "period_kind": "year", "per": "100 youths", "status": "shown", "synthetic": True}
    return table.assign(year=table["period"].astype(int), source="made up", **same)


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


def sets_of(members, most):
    """Weigh the regions of each set against all others, one by one."""
    weights = {len(own): (1 / len(own), -1 / (most - len(own))) for own in members}
    return np.array([[weights[len(own)][one not in own] for one in range(most)] for own in members])


def brute_force(values, sets=None):
    """Compute, for each region or set, the change, its own error before, and the change beyond its own line."""
    gap = values @ (sets_of([[own] for own in range(values.shape[1])], values.shape[1]) if sets is None else sets).T
    start = gap[:4].mean(axis=0)
    slope, height = np.polyfit([2016, 2017, 2018, 2019], gap[:4], 1)
    after = gap[6:].mean(axis=0)
    return after - start, np.sqrt(((gap[:4] - start) ** 2).sum(axis=0) / 3), after - (height + slope * 2022.5)


def as_far(statistic, at=0):
    return int((abs(statistic) >= abs(statistic[at]) - 1e-12).sum())


def test_difference_in_differences_by_hand():
    one, other, first = [1, 3, 2, 2, 9, 9, 4, 4], [3, 1, 2, 2, 9, 9, 4, 4], [5, 6, 7, 6, 0, 0, 11, 11]
    table = differences(np.array([first, *[one] * 10, *[other] * 10], dtype=float).T)
    # the others: 2, 2, 2, 2 before and 4 after; R0 minus them: 3, 4, 5, 4 before (mean 4) and 7 after
    assert of(table, "difference_in_differences")["value"] == pytest.approx(3)
    assert of(table, "change_in_percent")["value"] == pytest.approx(300 / (46 / 21))  # mean before: 6 and 20 times 2
    assert of(table, "pre_period_error")["value"] == pytest.approx((2 / 3) ** 0.5)
    assert of(table, "pre_trend")["value"] == pytest.approx(0.4)  # (-1.5 * -1 + 0.5 * 1 + 1.5 * 0) / 5
    # from the middle of 2017 and 2018 to that after
    assert of(table, "trend_adjusted")["value"] == pytest.approx(3 - 0.4 * 5)


def test_placebo_inference_equals_brute_force():
    values = world(1, effect=0.5)
    table = differences(values)
    change, error, beyond = brute_force(values)
    found = table[table["measure"] == "difference_in_differences"].set_index("region")["value"]
    assert found[[f"R{place}" for place in range(42)]].to_numpy() == pytest.approx(change)
    assert of(table, "trend_adjusted")["value"] == pytest.approx(beyond[0])
    ranked = {"placebo": change, "standardised": change / error, "trend_adjusted": beyond, "pre_period_error": error}
    for name, extreme in [(f"{name}_p", as_far(one)) for name, one in ranked.items()]:
        assert of(table, name)[["numerator", "denominator", "value"]].tolist() == [extreme, 42, extreme / 42]


@pytest.mark.parametrize(("measure", "rank"), [("difference_in_differences", 0), ("trend_adjusted", 2)])
def test_the_interval_holds_the_changes_that_are_not_rejected(measure, rank):
    values = world(11)
    main = of(differences(values), measure)
    assert main["confidence"] == pytest.approx(40 / 42)
    for limit, outward in ((main["lower"], -1), (main["upper"], 1)):
        for step, kept in ((-0.01 * outward, True), (0.01 * outward, False)):
            less = values.copy()
            less[AFTER, 0] -= limit + step
            assert (as_far(brute_force(less)[rank]) > 2) == kept


def test_a_limit_at_which_use_would_have_been_below_zero_is_not_given():
    values = world(11)
    after, upper = values[AFTER, 0].mean(), of(differences(values), "difference_in_differences")["upper"]
    lower = of(differences(values - after + upper + 0.1), "difference_in_differences")
    assert lower["upper"] == pytest.approx(upper)
    assert pd.isna(of(differences(values - after + upper - 0.1), "difference_in_differences")["upper"])


@pytest.mark.parametrize("treated", [1, 2])
def test_what_can_be_seen_equals_brute_force(treated):
    values = world(5)[:, :21]
    table = detectable_change(outcomes_of(values), "R0", share_of_users=0.25, treated=treated)
    members = [list(one) for one in combinations(range(21), treated)]
    sets = sets_of(members, 21)
    for statistic in table["statistic"].unique():
        rows = table[table["statistic"] == statistic]
        least, seen = of(rows, "detectable_change")["value"], {0.999: [], 1.001: []}
        for times, place, sign in product(seen, range(len(sets)), (-1, 1)):
            moved = values.copy()
            moved[np.ix_(AFTER, members[place])] += sign * times * least
            change, error, beyond = brute_force(moved, sets)
            one = {"plain": change, "trend_adjusted": beyond, "standardised": change / error}[statistic]
            seen[times].append(as_far(one, place) <= int(0.05 * len(sets)) and sign * one[place] > 0)
        assert np.mean(seen[0.999]) < 0.8 <= np.mean(seen[1.001])
        in_group = 100 * least / values[BEFORE, 0].mean() / 0.25
        assert of(rows, "detectable_change_in_group")["value"] == pytest.approx(in_group)
        assert of(rows, "smallest_p")["value"] == pytest.approx(1 / len(sets))
        assert of(rows, "false_alarms")["value"] == int(0.05 * len(sets)) / len(sets)


def test_a_missing_figure_is_never_zero():
    data = outcomes_of(world(3))
    gone = (data["region"] == "R5") & (data["period"] == "2023")
    data.loc[gone, ["value", "status"]] = [np.nan, "not_published"]
    row = of(difference_in_differences(data, "R0"), "placebo_p")
    assert row["denominator"] == 41
    assert "1 regions without a published figure left out" in row["method"]
    with pytest.raises(UnknownNameError, match="not published before or after"):
        difference_in_differences(data, "R5")


FLAT = world(1)
FLAT[:, 4] = np.delete(FLAT, 4, axis=1).mean(axis=1)
FAULTS = {
    "mixes form": (IncomparableError, lambda data: pd.concat([data, data.assign(form="probation")]), {}),
    "mixes synthetic": (IncomparableError, lambda data: data.assign(synthetic=data["region"] == "R1"), {}),
    "more than once": (InvalidTableError, lambda data: pd.concat([data, data.iloc[:1]]), {}),
    "19 regions": (IncomparableError, lambda data: data[data["region"].str[1:].astype(int) < 19], {}),
    r"2 periods before \(2016-2017\)": (IncomparableError, None, {"before": (2016, 2017), "after": (2018, 2019)}),
    "'year'": (MissingColumnError, lambda data: data.drop(columns="year"), {}),
    "'R4' does not vary": (BereikError, lambda data: outcomes_of(FLAT), {}),
}


@pytest.mark.parametrize(("message", "fault"), FAULTS.items(), ids=FAULTS)
def test_what_does_not_belong_together_is_refused(message, fault):
    error, change, options = fault
    data = outcomes_of(world(1))
    with pytest.raises(error, match=message):
        difference_in_differences(change(data) if change else data, "R0", **options)


@pytest.mark.parametrize(
    "wrong", [{"share_of_users": 32}, {"share_of_users": None}, {"share_of_users": 0.3, "treated": 21}]
)
def test_a_share_and_a_number_of_regions_that_cannot_be_are_refused(wrong):
    with pytest.raises(BereikError, match=f"{[*wrong][-1]}.*{[*wrong.values()][-1]}"):
        detectable_change(outcomes_of(world(1)), "R0", **wrong)


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


def care_by_origin(more=0.0):
    """Make youths in care by origin per half-year, in the shape of the bundled table; in R0 more of the origin from 2017."""
    random, rows = np.random.default_rng(4), []
    for year, half, place in product((2015, 2016, 2017), "12", range(24)):
        of_origin = 1200 * np.exp(0.02 * random.normal()) * (1 + more * (place == 0 and year == 2017))
        level = (f"{year}H{half}", f"JZ-{place}", f"R{place}")
        rows += [(*level, "marokko", round(of_origin)), (*level, "total", 2800 + round(of_origin))]
    table = pd.DataFrame(rows, columns=["period", "region_code", "region", "origin", "youths"])
    same = {"region_kind": "jeugdregio", "origin_scheme": "herkomst", "form": "protection", "status": "shown"}
    return table.astype({"youths": "Int64"}).assign(**same, synthetic=True, source="made up")


SPANS = {"before": (2015, 2016), "after": (2017, 2017)}


def test_outcomes_by_origin_run_from_the_table_to_the_estimate():
    outcomes = outcomes_by_origin(care_by_origin(more=0.1), "marokko", "protection")
    table = difference_in_differences(outcomes, "R0", **SPANS)
    assert of(table, "difference_in_differences")["value"] == pytest.approx(100 * np.log(1.1), abs=2)
    assert of(table, "placebo_p")[["value", "synthetic"]].tolist() == [1 / 24, True]
    found = detectable_change(outcomes, "R0", treated=3, **SPANS).query("statistic == 'plain'").set_index("measure")
    more, points = found["value"][["detectable_change_in_group", "detectable_change"]]
    level = outcomes[(outcomes["region"] == "R0") & (outcomes["year"] < 2017)]["value"].mean()
    users = np.exp(level / 100)  # of the origin for each other user
    after = users * (1 + more / 100)
    assert points == pytest.approx(100 * (after / (1 + after) - users / (1 + users)))
    assert 1 < more < 6  # twenty-four regions that vary by 2 %


def test_outcomes_by_origin_refuse_two_schemes_and_keep_hidden_counts_hidden():
    care = care_by_origin()
    two = care.assign(origin_scheme=np.where(care["period"] < "2017", "migratieachtergrond", "herkomst"))
    with pytest.raises(IncomparableError, match="origin_scheme"):
        outcomes_by_origin(two, "marokko", "protection")
    with pytest.raises(UnknownNameError, match="'turkije'"):
        outcomes_by_origin(care, "turkije", "protection")
    for origin in ("marokko", "total"):
        hidden = (care["region"] == "R3") & (care["period"] == "2016H1") & (care["origin"] == origin)
        data = care.assign(youths=care["youths"].mask(hidden), status=care["status"].mask(hidden, "not_published"))
        rows = outcomes_by_origin(data, "marokko", "protection").query("region == 'R3' and period == '2016H1'")
        assert rows[["status", "value"]].fillna(-1).to_numpy().tolist() == [["not_published", -1]]
    none = care.assign(youths=care["youths"].mask((care["region"] == "R3") & (care["origin"] == "marokko"), 0))
    assert set(outcomes_by_origin(none, "marokko", "protection").query("region == 'R3'")["status"]) == {"undefined"}
