"""The reach monitor: figures of CBS, the year that each states, the change with its interval, and what it says of a hole."""

import numpy as np
import pytest

import bereik

REGION = "Haaglanden"


@pytest.fixture(scope="module")
def haaglanden():
    return bereik.monitor()


def one(table, indicator, region, period, form=""):
    rows = table.query("indicator == @indicator and region == @region and period == @period and form == @form")
    (row,) = rows.to_dict("records")
    return row


PUBLISHED = [
    ("use_of_youth_care", REGION, "2023", 11.4, 1e-4),  # 85099NED, as all below of CBS StatLine
    ("use_with_residence", REGION, "2023", 6.7, 1e-9),  # 85098NED
    # UitgevoerdDoorHetWijkOfBuurtteam_4 / TotaalJeugdhulpZonderVerblijf_3: 82968NED (2017), 85094NED (2023)
    ("neighbourhood_team", "'s-Gravenhage", "2017-12-31", 37.6, 0.05),
    ("neighbourhood_team", REGION, "2017-12-31", 21.5, 0.05),
    ("neighbourhood_team", "Nederland", "2017-12-31", 16.4, 0.05),
    ("neighbourhood_team", "'s-Gravenhage", "2023-12-31", 24.2, 0.05),
    ("neighbourhood_team", "Nederland", "2023-12-31", 11.5, 0.05),
    ("municipal_access", "'s-Gravenhage", "2023", 100 * 3850 / 25870, 0.02),  # 85685NED
]


@pytest.mark.parametrize(("indicator", "region", "period", "value", "near"), PUBLISHED)
def test_published_figures(haaglanden, indicator, region, period, value, near):
    assert one(haaglanden, indicator, region, period)["value"] == pytest.approx(value, abs=near)


def test_changes_and_a_ratio_by_hand(haaglanden):
    use = one(haaglanden, "use_of_youth_care", REGION, "2023")
    assert use["change"] == pytest.approx(11.4 - 11.1, abs=1e-4)
    assert use["change_lower"] > 0
    ratio = one(haaglanden, "forms_by_origin", REGION, "2017", "with_residence")  # 82965NED
    assert ratio["value"] == pytest.approx(1015 / 9925 / (1390 / 17350), abs=1e-6)


def test_a_percentage_without_counts_has_the_interval_of_the_count_it_implies(haaglanden):
    # Midden-Delfland 2022: 420 youths are 8.0 % of all of 0-22; 0.59 of them are 0-17, of whom 9.6 % have youth help
    size = 420 / 0.08 * 0.59 * 0.096
    share, z = 0.041, 1.959964  # of those with residence
    half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    limits = [100 * (share + z**2 / (2 * size) + side * half) / (1 + z**2 / size) for side in (-1, 1)]
    row = one(haaglanden, "use_with_residence", "Midden-Delfland", "2022")
    assert (row["lower"], row["upper"]) == pytest.approx(limits, rel=1e-5)
    last = one(haaglanden, "use_with_residence", "Midden-Delfland", "2023")  # from 4.1 to 5.5: no more than chance
    assert last["change_lower"] < 0 < last["change_upper"]


def test_no_interval_is_of_rounding_only(haaglanden):
    shown = haaglanden[haaglanden["lower"].notna() & (haaglanden["measure"] != "range_over_choices")]
    assert (shown["confidence"] == 0.95).all()
    percentages = shown.loc[shown["measure"] == "percentage", "method"]
    assert percentages.str.contains("Wilson interval at the implied count").sum() > 300
    changed = haaglanden[haaglanden["change_lower"].notna()]
    assert changed["lower"].notna().all()
    assert changed["change_method"].str.startswith("MOVER").all()


def test_the_latest_row_is_one_per_series_and_has_a_figure_where_there_is_one(haaglanden):
    keys = ["indicator", "form", "origin", "region"]
    assert (haaglanden.groupby(keys)["latest"].sum() == 1).all()
    last = haaglanden[haaglanden["status"] == "shown"].groupby(keys)["period"].max()
    marked = haaglanden[haaglanden["latest"]].set_index(keys)["period"]
    assert (marked.loc[last.index] == last).all()
    by_origin = marked[marked.index.isin(["forms_by_origin", "reach_ratio"], level="indicator")]
    assert set(by_origin) == {"2017", "2015-2017"}, "the latest public split by origin"


def test_members_are_those_of_the_year_and_a_sum_needs_all_of_them(haaglanden):
    access = haaglanden.query("indicator == 'municipal_access'")
    region, towns = (access[access["region_kind"] == kind] for kind in ("jeugdregio", "municipality"))
    assert region["period"].tolist() == ["2016"], "the only full year with all ten municipalities in the files"
    towns = towns[towns["period"] == "2016"]
    # 83563NED, municipal access by hand: 2155 + 720 + 280 + 165 + 85 + 1410 + 390 + 90 + 325 + 990
    assert (len(towns), region["numerator"].item(), towns["numerator"].sum()) == (10, 6610, 6610)
    assert towns["value"].min() < region["value"].item() < towns["value"].max()
    assert "Voorschoten" in set(haaglanden.loc[haaglanden["period"] == "2023", "region"])


def test_a_change_across_a_break_is_not_comparable_and_jumps_are_flagged(haaglanden):
    comparable = [one(haaglanden, "use_of_youth_care", REGION, year)["comparable"] for year in ("2021", "2022", "2023")]
    assert comparable == [False, False, True]
    assert one(haaglanden, "neighbourhood_team", "'s-Gravenhage", "2018-12-31")["jump"]


def test_use_relative_to_need_is_a_range_with_a_verdict_and_without_a_change(haaglanden):
    rows = haaglanden[haaglanden["indicator"].isin(["reach_ratio", "use_to_police_contact"])]
    assert rows["value"].between(rows["lower"], rows["upper"]).all()
    assert rows["verdict"].str.match("(established|points one way|open) (below 1|above 1|both sides)").all()
    assert set(rows["period"]) == {"2015-2017"}
    assert rows[["confidence", "change"]].isna().all(axis=None)
    better = rows.set_index("form")["direction"].to_dict()
    assert better == {"without_residence": "higher is better", "with_residence": "neither", "probation": "neither"}
    assert set(rows.loc[rows["form"] == "probation", "indicator"]) == {"use_to_police_contact"}


def test_observed_and_expected_add_up_over_the_municipalities(haaglanden):
    rows = haaglanden.query("indicator == 'observed_expected' and status == 'shown'")
    sums = rows.groupby("period")[["numerator", "denominator"]].sum()
    assert np.allclose(sums["numerator"], sums["denominator"], rtol=1e-6)
    assert set(rows["region_kind"]) == {"municipality"}


def test_another_region_has_every_region_figure_and_says_what_to_add_for_the_rest(haaglanden):
    rijnmond = bereik.monitor("Rijnmond (JZ)")
    region = rijnmond[rijnmond["region"] == "Rijnmond"]
    shown = set(region.loc[region["status"] == "shown", "indicator"])
    percentages = {"use_of_youth_care", "use_youth_help", "use_with_residence", "use_protection", "use_probation"}
    assert shown == {*percentages, "forms_by_origin", "neighbourhood_team"}
    holes = region[region["add_table"].notna()].set_index("indicator")
    assert set(holes.index) == set(haaglanden["indicator"]) - shown
    assert holes["value"].isna().all()
    assert (holes["status"] == "not_published").all()
    assert "85685NED" in holes.loc["municipal_access", "add_table"]
    assert not rijnmond["region"].isin(["Haaglanden", "'s-Gravenhage"]).any(), "no silent figure of another region"
