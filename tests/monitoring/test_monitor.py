"""The reach monitor: figures of CBS, the year that each states, the change with its interval, and what it says of a hole."""

import numpy as np
import pandas as pd
import pytest

from bereik.codelists.words import check_words
from bereik.errors import IncomparableError, MissingColumnError, UnknownNameError
from bereik.monitoring.indicators import monitor_indicators
from bereik.monitoring.monitor import monitor
from bereik.tables import result_table


@pytest.fixture(scope="module")
def haaglanden():
    return monitor()


@pytest.fixture(scope="module")
def rijnmond():
    return monitor("Rijnmond (JZ)")


def one(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, f"{len(table)} rows for {where}"
    return table.iloc[0]


def test_published_figures(haaglanden):
    # CBS StatLine 85099NED: Haaglanden (JZ) 2023, 11.4 %; 2022, 11.1 %
    row = one(haaglanden, indicator="use_of_youth_care", region="Haaglanden", period="2023")
    assert (row["value"], row["change"]) == pytest.approx((11.4, 0.3), abs=1e-4)
    assert row["change_lower"] > 0
    # 85098NED: youth help with residence, 6.7 % of those with youth help in 2023, 7.3 % in 2022; one decimal, so 0.1 of rounding
    row = one(haaglanden, indicator="use_with_residence", region="Haaglanden", period="2023")
    assert (row["value"], row["change_lower"], row["change_upper"]) == pytest.approx((6.7, -0.7, -0.5))
    # 82968NED and 85094NED: 's-Gravenhage 31 December 2017 37.6 %, 31 December 2023 24.2 %; Nederland 2023 11.5 %
    teams = haaglanden[haaglanden["indicator"] == "neighbourhood_team"]
    assert one(teams, region="'s-Gravenhage", period="2017-12-31")["value"] == pytest.approx(37.6, abs=0.05)
    assert one(teams, region="'s-Gravenhage", period="2023-12-31")["value"] == pytest.approx(24.2, abs=0.05)
    assert one(teams, region="Nederland", period="2023-12-31")["value"] == pytest.approx(11.5, abs=0.05)
    # 85685NED: 's-Gravenhage 2023, municipal access 3850 of 25870 trajectories by referrer
    row = one(haaglanden, indicator="municipal_access", region="'s-Gravenhage", period="2023")
    assert row["value"] == pytest.approx(100 * 3850 / 25870, abs=0.02)
    # 82965NED, Haaglanden (JZ) 2017, by hand: (1015 / 9925) / (1390 / 17350)
    row = one(haaglanden, indicator="forms_by_origin", region="Haaglanden", period="2017", form="with_residence")
    assert row["value"] == pytest.approx(1015 / 9925 / (1390 / 17350), abs=1e-6)


def test_the_latest_row_is_one_per_series_and_has_a_figure_where_there_is_one(haaglanden):
    keys = ["indicator", "form", "origin", "region"]
    assert (haaglanden.groupby(keys)["latest"].sum() == 1).all()
    shown = haaglanden[haaglanden["status"] == "shown"]
    last = shown.groupby(keys)["period"].max()
    marked = haaglanden[haaglanden["latest"]].set_index(keys)["period"]
    assert (marked.loc[last.index] == last).all()
    origin = haaglanden[haaglanden["latest"] & haaglanden["indicator"].isin(["forms_by_origin", "reach_ratio"])]
    assert set(origin["period"]) == {"2017"}, "the latest public split by origin"


def test_members_are_those_of_the_year_and_a_sum_needs_all_of_them(haaglanden):
    access = haaglanden[(haaglanden["indicator"] == "municipal_access") & (haaglanden["region"] == "Haaglanden")]
    assert access["period"].tolist() == ["2016"], "the only full year with all ten municipalities in the files"
    # 83563NED, municipal access by hand: 2155 + 720 + 280 + 165 + 85 + 1410 + 390 + 90 + 325 + 990
    towns = haaglanden[(haaglanden["indicator"] == "municipal_access") & (haaglanden["region_kind"] == "municipality")]
    of_2016 = towns[towns["period"] == "2016"]
    assert len(of_2016) == 10
    assert access["numerator"].iloc[0] == of_2016["numerator"].sum() == 6610
    assert of_2016["value"].min() < access["value"].iloc[0] < of_2016["value"].max()
    assert "Voorschoten" in set(haaglanden.loc[haaglanden["period"] == "2023", "region"])


def test_a_change_across_a_break_is_not_comparable_and_jumps_are_flagged(haaglanden):
    use = haaglanden[(haaglanden["indicator"] == "use_of_youth_care") & (haaglanden["region"] == "Haaglanden")]
    comparable = use.set_index("period")["comparable"]
    assert not comparable["2021"]
    assert not comparable["2022"]
    assert comparable["2023"]
    teams = haaglanden[(haaglanden["indicator"] == "neighbourhood_team") & haaglanden["jump"]]
    assert ("'s-Gravenhage", "2018-12-31") in set(teams[["region", "period"]].itertuples(index=False, name=None))


def test_use_relative_to_need_is_a_range_with_a_verdict_and_without_a_change(haaglanden):
    rows = haaglanden[haaglanden["indicator"].isin(["reach_ratio", "use_to_police_contact"])]
    assert (rows["lower"] <= rows["value"]).all()
    assert (rows["value"] <= rows["upper"]).all()
    assert rows["verdict"].str.match("(un)?decided (below 1|above 1|both sides)").all()
    assert rows["confidence"].isna().all()
    assert rows["change"].isna().all()
    better = rows.set_index("form")["direction"].to_dict()
    assert better == {"without_residence": "higher is better", "with_residence": "neither", "probation": "neither"}
    assert set(rows.loc[rows["form"] == "probation", "indicator"]) == {"use_to_police_contact"}


def test_observed_and_expected_add_up_over_the_municipalities(haaglanden):
    rows = haaglanden[(haaglanden["indicator"] == "observed_expected") & (haaglanden["status"] == "shown")]
    sums = rows.groupby("period")[["numerator", "denominator"]].sum()
    assert np.allclose(sums["numerator"], sums["denominator"], rtol=1e-6)
    assert set(rows["region_kind"]) == {"municipality"}


def test_another_region_has_every_region_figure_and_says_what_to_add_for_the_rest(rijnmond):
    own = rijnmond[rijnmond["region"] == "Rijnmond"]
    shown = set(own.loc[own["status"] == "shown", "indicator"])
    assert shown == {
        "use_of_youth_care", "use_youth_help", "use_with_residence", "use_protection", "use_probation", "forms_by_origin",
        "neighbourhood_team",
    }  # fmt: skip
    holes = own[own["add_table"].notna()].set_index("indicator")
    assert set(holes.index) == set(monitor_indicators()["indicator"]) - shown
    assert holes["value"].isna().all()
    assert (holes["status"] == "not_published").all()
    assert "85685NED" in holes.loc["municipal_access", "add_table"]
    assert not rijnmond["region"].isin(["Haaglanden", "'s-Gravenhage"]).any(), "no silent figure of another region"


def test_own_data_fill_the_use_shortfall_and_synthetic_data_are_refused(monkeypatch):
    import bereik.monitoring.monitor as module

    monkeypatch.setattr(module, "results_of", lambda region: [])
    monkeypatch.setattr(module, "reach_range", lambda region: pd.DataFrame())
    frame = pd.DataFrame({
        "period": ["2022", "2023"], "region": "Delft", "form": "without_residence", "origin": "marokko",
        "measure": "use_shortfall", "value": [40.0, 25.0], "lower": [20.0, 5.0], "upper": [60.0, 45.0], "status": "shown",
        "synthetic": False, "source": "individual data: own.csv",
    })  # fmt: skip
    own = result_table(frame, ["period", "region", "form", "origin"])
    last = one(monitor(own=own), indicator="use_shortfall", period="2023")
    # MOVER by hand: -15 -+ sqrt(20^2 + 20^2)
    assert (last["change"], last["change_lower"], last["change_upper"]) == pytest.approx(
        (-15, -43.284, 13.284), abs=0.001
    )
    assert last["region_kind"] == "municipality"
    with pytest.raises(IncomparableError, match="synthetic"):
        monitor(own=own.assign(synthetic=True))
    with pytest.raises(MissingColumnError, match="origin"):
        monitor(own=own.drop(columns="origin"))
    with pytest.raises(UnknownNameError):
        monitor(own=own.assign(region="Delfd"))


def test_every_indicator_is_described_in_both_languages():
    table = monitor_indicators()
    assert table["direction"].isin(["higher is better", "higher is worse", "neither"]).all()
    for stem in ("", "unit_", "definition_", "reliability_"):
        for language in ("nl", "en"):
            column = table[f"{stem}{language}"]
            assert column.str.len().gt(3).all()
            for text in column:
                check_words(text, language)


def test_an_unknown_region_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'Rijnmond"):
        monitor("Rijnmnd")
