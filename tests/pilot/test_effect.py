"""Placebo inference for one treated region: by hand, by brute force, and in worlds with known truth."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.pilot.detectable import detectable_change
from bereik.pilot.effect import difference_in_differences, leave_one_region_out
from bereik.pilot.outcomes import outcomes_by_origin, pilot_outcomes, population_jumps

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


def of(table, measure, region="R0"):
    return table[(table["measure"] == measure) & (table["region"] == region)].iloc[0]


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


def test_by_hand():
    one, other, pilot = [1, 3, 2, 2, 9, 9, 4, 4], [3, 1, 2, 2, 9, 9, 4, 4], [5, 6, 7, 6, 0, 0, 11, 11]
    values = np.array([pilot, *[one] * 10, *[other] * 10], dtype=float).T
    table = difference_in_differences(outcomes_of(values), "R0")
    # the others: 2, 2, 2, 2 before and 4 after; R0 minus them: 3, 4, 5, 4 before (mean 4) and 7 after
    assert of(table, "difference_in_differences")["value"] == pytest.approx(3)
    assert of(table, "pre_period_error")["value"] == pytest.approx((2 / 3) ** 0.5)
    assert of(table, "standardised_departure")["value"] == pytest.approx(3 / (2 / 3) ** 0.5)
    assert of(table, "pre_trend")["value"] == pytest.approx(0.4)  # (-1.5 * -1 + 0.5 * 1 + 1.5 * 0) / 5


@pytest.mark.parametrize("nearest", [None, 5])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_placebo_inference_equals_brute_force(seed, nearest):
    values = world(seed, effect=0.5)
    table = difference_in_differences(outcomes_of(values), "R0", similar=nearest)
    change, error = brute_force(values, nearest)
    for place in (0, 7, 41):
        assert of(table, "difference_in_differences", f"R{place}")["value"] == pytest.approx(change[place])
        assert of(table, "pre_period_error", f"R{place}")["value"] == pytest.approx(error[place])
    for measure, size in (("placebo_p", abs(change / error)), ("placebo_p_plain", abs(change))):
        extreme = sum(1 for one in size if one >= size[0] - 1e-12)
        row = of(table, measure)
        assert (row["numerator"], row["denominator"], row["value"]) == (extreme, 42, extreme / 42)


@pytest.mark.parametrize("nearest", [None, 10])
def test_the_interval_holds_the_changes_that_are_not_rejected(nearest):
    values = world(11)
    main = of(difference_in_differences(outcomes_of(values), "R0", similar=nearest), "difference_in_differences")
    assert main["confidence"] == pytest.approx(40 / 42)
    for limit, outward in ((main["lower"], -1), (main["upper"], 1)):
        for step, kept in ((-0.01 * outward, True), (0.01 * outward, False)):
            less = values.copy()
            less[AFTER, 0] -= limit + step
            p = of(difference_in_differences(outcomes_of(less), "R0", similar=nearest), "placebo_p")["value"]
            assert (p > 0.05) == kept


def test_a_known_effect_is_recovered_and_the_interval_is_the_test_turned_round():
    found = []
    for seed in range(1000, 1012):
        table = difference_in_differences(outcomes_of(world(seed, effect=1.0)), "R0")
        main = of(table, "difference_in_differences")
        found.append(main["value"])
        plain = difference_in_differences(outcomes_of(world(seed)), "R0")
        none = of(plain, "difference_in_differences")
        assert (none["lower"] <= 0 <= none["upper"]) == (of(plain, "placebo_p")["value"] > 0.05)
    assert np.mean(found) == pytest.approx(1, abs=2.6 * np.std(found) / len(found) ** 0.5)


def test_power_equals_brute_force_and_is_the_size_without_change():
    values = world(5)
    table = detectable_change(outcomes_of(values), "R0", share_of_users=0.25)
    _, error = brute_force(values)
    for statistic, unit in (("standardised", error), ("plain", np.ones(42))):
        curve = table[(table["measure"] == "power") & (table["statistic"] == statistic)]
        assert curve["value"].iloc[0] == pytest.approx(2 / 42)
        for row in (12, 40):
            seen = 0
            for place in range(42):
                for sign in (-1, 1):
                    moved = values.copy()
                    moved[AFTER, place] += sign * unit[place] * curve["size"].iloc[row] / unit[0]
                    change, _ = brute_force(moved)
                    size = abs(change / unit)
                    seen += sum(size >= size[place] - 1e-12) <= 2
            assert curve["value"].iloc[row] == pytest.approx(seen / 84)
        least = of(table[table["statistic"] == statistic], "detectable_change")["value"]
        assert curve[curve["size"] >= least]["value"].min() >= 0.8
        group = of(table[table["statistic"] == statistic], "detectable_change_in_group")["value"]
        assert group == pytest.approx(100 * least / values[BEFORE, 0].mean() / 0.25)


def test_leaving_a_region_out_equals_dropping_it():
    data = outcomes_of(world(8, effect=1.0))
    table = leave_one_region_out(data, "R0")
    again = difference_in_differences(data[data["region"] != "R9"], "R0")
    for measure in ("difference_in_differences", "placebo_p"):
        row = table[(table["measure"] == measure) & (table["left_out"] == "R9")].iloc[0]
        assert row["value"] == pytest.approx(of(again, measure)["value"])
    assert table["left_out"].nunique() == 41


def test_a_missing_figure_is_never_zero():
    data = outcomes_of(world(3))
    gone = (data["region"] == "R5") & (data["period"] == "2023")
    data.loc[gone, ["value", "status"]] = [np.nan, "not_published"]
    table = difference_in_differences(data, "R0")
    assert of(table, "placebo_p")["denominator"] == 41
    assert "1 regions without a published figure left out" in of(table, "placebo_p")["method"]
    with pytest.raises(UnknownNameError, match="not published before or after"):
        difference_in_differences(data, "R5")


def test_what_does_not_belong_together_is_refused():
    data = outcomes_of(world(1))
    with pytest.raises(IncomparableError, match="mixes form"):
        difference_in_differences(pd.concat([data, data.assign(form="probation")]), "R0")
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        difference_in_differences(data.assign(synthetic=data["region"] == "R1"), "R0")
    with pytest.raises(InvalidTableError, match="more than once"):
        difference_in_differences(pd.concat([data, data.iloc[:1]]), "R0")
    with pytest.raises(IncomparableError, match="19 regions"):
        difference_in_differences(data[data["region"].isin([f"R{place}" for place in range(19)])], "R0")
    with pytest.raises(IncomparableError, match=r"2 periods before \(2016-2017\)"):
        difference_in_differences(data, "R0", before=(2016, 2017), after=(2018, 2019))
    with pytest.raises(MissingColumnError, match="'population'"):
        difference_in_differences(data.drop(columns="population"), "R0")
    with pytest.raises(BereikError, match="similar=1"):
        difference_in_differences(data, "R0", similar=1)
    with pytest.raises(BereikError, match="share_of_users"):
        detectable_change(data, "R0", share_of_users=32)
    flat = world(1)
    flat[:, 4] = flat[:, [place for place in range(42) if place != 4]].mean(axis=1)
    with pytest.raises(BereikError, match="'R4' does not vary"):
        difference_in_differences(outcomes_of(flat), "R0")


def test_pilot_outcomes_hold_the_published_figures():
    table = pilot_outcomes()
    assert table.groupby("form")["region"].nunique().tolist() == [42] * 5
    assert set(table["year"]) == set(YEARS)
    row = table.query("region == 'Haaglanden' and form == 'protection' and period == '2019-12-31'").iloc[0]
    # 1,835 trajectories (82968NED), 31,145 youths in care = 10.4 % of all youths (84134NED)
    assert row["value"] == pytest.approx(1000 * 1835 / (31145 / 0.104), rel=1e-5)
    hidden = table[table["status"] != "shown"]
    assert hidden[["form", "period"]].to_numpy().tolist() == [["probation", "2020-12-31"]]
    assert hidden["value"].isna().all()


def test_regions_whose_population_jumps_are_flagged():
    table = pilot_outcomes()
    assert sorted(set(table.loc[table["flagged"], "region"])) == [
        "Alkmaar (Noord-Kennemerland)", "Gooi en Vechtstreek", "Haarlemmermeer", "IJmond (Midden Kennemerland)",
        "Lekstroom", "Midden-Brabant", "Utrecht West", "West Brabant Oost", "Zuid-Holland Zuid",
    ]  # fmt: skip
    halves = pd.DataFrame({"period": ["2018", "2018H1"], "region": "A", "population": [1, 1]})
    with pytest.raises(IncomparableError, match="mixes"):
        population_jumps(halves)


def care_by_origin(change=0.0, scheme="herkomst"):
    """Make youths in care by origin for all years, in the shape that the bundled table has and 85100NED would get."""
    random, rows = np.random.default_rng(4), []
    for year in YEARS:
        for place in range(24):
            share = 0.3 + 0.005 * random.normal() + (change if place == 0 and year >= 2022 else 0)
            for origin, youths in (("marokko", round(4000 * share)), ("total", 4000)):
                rows.append(
                    {"period": str(year), "region_code": f"JZ-{place}", "region": f"R{place}", "region_kind": "jeugdregio",
                     "origin_scheme": scheme, "origin": origin, "form": "care_in_kind", "youths": youths,
                     "status": "shown", "synthetic": True, "source": "made up"}
                )  # fmt: skip
    return pd.DataFrame(rows)


def test_outcomes_by_origin_run_from_the_table_to_the_estimate():
    data = outcomes_by_origin(care_by_origin(change=0.1), "marokko")
    assert data.loc[(data["region"] == "R0") & (data["period"] == "2016"), "value"].iloc[0] == pytest.approx(30, abs=2)
    table = difference_in_differences(data, "R0")
    assert of(table, "difference_in_differences")["value"] == pytest.approx(10, abs=1)
    assert of(table, "placebo_p")["value"] == pytest.approx(1 / 24)
    assert of(table, "placebo_p")["synthetic"]


def test_outcomes_by_origin_refuse_two_schemes_and_keep_hidden_counts_hidden():
    care = care_by_origin()
    two = care.assign(origin_scheme=np.where(care["period"] < "2022", "migratieachtergrond", "herkomst"))
    with pytest.raises(IncomparableError, match="origin_scheme"):
        outcomes_by_origin(two, "marokko")
    with pytest.raises(MissingColumnError, match="'turkije'"):
        outcomes_by_origin(care, "turkije")
    hidden = (care["region"] == "R3") & (care["period"] == "2018") & (care["origin"] == "marokko")
    care = care.astype({"youths": "Int64"})
    care.loc[hidden, "youths"] = pd.NA
    care.loc[hidden, "status"] = "not_published"
    row = outcomes_by_origin(care, "marokko").query("region == 'R3' and period == '2018'").iloc[0]
    assert row["status"] == "not_published"
    assert pd.isna(row["value"])


def test_without_the_later_years_there_is_no_estimate_by_origin():
    data = outcomes_by_origin(bereik.load("care_by_origin"), "niet_westers")
    with pytest.raises(IncomparableError, match="periods"):
        difference_in_differences(data, "Haaglanden")
