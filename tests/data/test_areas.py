"""Wijken: published figures, what adds up, which municipalities are absent; care beside youths, circumstances and origins.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it; figures
of single wijken were read by eye in StatLine 84856NED (youths in care) and 84799NED (residents), 2020.
"""

import pytest

from bereik import load, region_members, wijk_coverage, wijk_use
from bereik.errors import UnknownNameError


@pytest.fixture(scope="module")
def wijken():
    return load("wijken").astype({"region": "str"})


@pytest.fixture(scope="module")
def use():
    return wijk_use().set_index(["period", "area_code"])


def test_youths_in_the_hague(wijken):
    # 's-Gravenhage: Codering = GM0518, TotaalJongerenMetJeugdzorg
    expected = {
        ("82964NED", "2015"): 14130, ("83563NED", "2016"): 16080, ("84615NED", "2019"): 15595, ("84856NED", "2020"): 15475,
        ("85335NED", "2022"): 16090, ("85685NED", "2023"): 16605, ("85990NED", "2024H1"): 11335,
    }  # fmt: skip
    every = wijken[wijken["youth_group"] == "all"]
    rows = every[every["area_code"] == "GM0518"].set_index(["statline_table", "period"])["youths"]
    assert rows.loc[list(expected)].to_dict() == expected
    parts = every[(every["region_code"] == "GM0518") & (every["period"] == "2020") & (every["area_kind"] == "wijk")]
    assert (len(parts), parts["youths"].sum()) == (44, 14060)  # 84856NED, WK0518..: of 15475 in the municipality


def test_parts_add_up_within_rounding_and_small_counts_are_never_zero(wijken):
    shown = wijken.pivot_table(index=["period", "area_code"], columns="youth_group", values="youths").dropna()
    assert len(shown) > 350
    ages = shown[["age_0_3", "age_4_11", "age_12_17", "age_18_22"]].sum(axis=1)
    assert (ages - shown["all"]).abs().max() <= 12.5  # five figures, each rounded to 5
    every = wijken[wijken["youth_group"] == "all"]
    parts = every[every["area_kind"] == "wijk"].groupby(["period", "region_code"])["youths"].agg(["sum", "count"])
    side = parts.join(every[every["area_kind"] == "municipality"].set_index(["period", "region_code"])["youths"])
    assert len(side) == 84
    assert (side["sum"] <= side["youths"] + 2.5 * (side["count"] + 1)).all()
    assert wijken["youths"].min() == load("routes")["trajectories"].min() == 10


def test_municipalities_that_the_copies_lack_are_absent(wijken):
    lacking = {
        "2015": {"Leidschendam-Voorburg", "Midden-Delfland", "Pijnacker-Nootdorp", "Westland"},
        "2016": set(),
        **{str(year): {"Zoetermeer"} for year in range(2017, 2021)},
        "2021": {"Westland", "Zoetermeer"},
        **{str(year): {"Wassenaar", "Westland", "Zoetermeer"} for year in (2022, 2023)},
    }
    coverage = wijk_coverage()
    for period, absent in lacking.items():
        rows, members = coverage[coverage["period"] == period], set(region_members("Haaglanden", int(period))["name"])
        assert (len(rows), set(rows.loc[~rows["covered"], "region"])) == (10, absent)
        assert set(wijken.loc[wijken["period"] == period, "region"]) - {"Nederland"} == members - absent
    absent_rows = coverage[~coverage["covered"]]
    assert absent_rows[["wijken", "youths"]].isna().all(axis=None)
    with pytest.raises(UnknownNameError, match="list of members"):
        wijk_coverage("Rijnmond")


def test_referrers_and_their_breaks_are_as_published():
    routes = load("routes")
    hague = routes[routes["area_code"] == "GM0518"].pivot(index="period", columns="referrer", values="trajectories")
    # The figures of GM0518 in 83563NED (2016) and 84856NED (2020), read by eye
    year_2016 = {"all": 23010, "gp": 5370, "municipal_access": 2155, "none": 8125, "unknown": 1005}
    year_2020 = {"all": 24260, "gp": 7565, "none": 2660, "certified_institution": 5560, "judge": 120}
    assert hague.loc["2016", list(year_2016)].to_dict() == year_2016
    assert hague.loc["2020", list(year_2020)].to_dict() == year_2020
    # Only trajectories of youth help have a referrer: 85990NED, Totaal jeugdhulp in natura, GM0518: 15330 of all 16760.
    assert hague.loc["2024H1", "all"] == 16760
    assert hague.loc["2024H1"].drop("all").sum() == pytest.approx(15330, abs=22.5)  # nine figures rounded to 5


def test_residents():
    table = load("wijk_population").astype({"region": "str"})
    rows = table.set_index(["period", "area_code"])
    assert rows.loc[("2020", "GM0518"), ["inhabitants", "on_social_assistance"]].tolist() == [545838, 24400]  # 84799NED
    now = rows.loc[("2022", "GM0518")]  # 85318NED (download edition), 1 January 2022
    assert now[["inhabitants", "aged_0_14", "aged_15_24", "niet_westers"]].tolist() == [553417, 90496, 70124, 202745]
    assert rows.loc["2022", "on_social_assistance"].isna().all()  # empty in that edition, not zero
    countries = ["marokko", "antillen_aruba", "suriname", "turkije", "overig_niet_westers"]
    assert ((table[countries].sum(axis=1) - table["niet_westers"]).abs() <= 15).all()
    assert (table["westers"] + table["niet_westers"] <= table["inhabitants"] + 5).all()
    parts = table[table["area_kind"] == "wijk"].groupby(["period", "region_code"])["inhabitants"].sum()
    whole = table[table["area_kind"] == "municipality"].set_index(["period", "region_code"])["inhabitants"]
    assert len(whole) == 30
    assert (parts / whole).between(0.99, 1.01).all()  # rounded to 5; some residents have no known wijk


# --- care beside residents --------------------------------------------------------------------------------------------

USERS = ["users", "users_lower", "users_upper"]


def test_centrum_2020_by_hand(use):
    """WK051828: 75 + 160 + 165 in care; 2105 aged 0-14 and 2495 aged 15-24 of 20265; 1270 on assistance; 1950 of 12770
    households with children; 7100 with a non-western background."""
    row = use.loc[("2020", "WK051828")]
    assert row[USERS].tolist() == [400, 392.5, 407.5]
    assert row["population"] == 2854  # 2105 + 0.3 x 2495 = 2853.5, to a whole number
    assert row["social_assistance"] == pytest.approx(100 * 1270 / (20265 - 2105))
    assert row["households_with_children"] == pytest.approx(100 * 1950 / 12770)
    assert row["older_youths"] == pytest.approx(100 * 748.5 / 2853.5)
    assert row["niet_westers"] == pytest.approx(100 * 7100 / 20265)
    assert row["source"] == "CBS StatLine 84856NED; CBS StatLine 84799NED"


def test_a_hidden_youngest_group_is_no_zero(use):
    """WK050322, 2020: ages 0-3 not published, 105 and 70 are: 175 + (0 to 7), each shown count rounded to 5."""
    row = use.loc[("2020", "WK050322")]
    assert row[[*USERS, "status"]].tolist() == [179, 170, 187, "shown"]


def test_what_is_not_published_has_no_figures(use):
    """WK051806, 2020: ages 4-11 hidden; WK050311 redrawn in 2017 (83782NED), so 2016 has no population of 2020; WK051843 in 2019:
    50 + 10 youths in care (84615NED), 21 youths a year later (84799NED)."""
    for place in (("2020", "WK051806"), ("2016", "WK050311"), ("2019", "WK051843")):
        assert use.loc[place, "status"] == "not_published"
    assert use.loc[("2017", "WK050311"), "status"] == "shown"
    hidden, shown = use[use["status"] != "shown"], use[use["status"] == "shown"]
    assert hidden[USERS].isna().all(axis=None)
    assert hidden.loc[hidden["status"] == "not_published", "population"].isna().all()
    assert (shown["users"] <= shown["population"]).all()
    needed = shown[["social_assistance", "households_with_children", "older_youths", "niet_westers"]]
    assert (needed.ge(0) & needed.le(100)).all(axis=None)


def test_years_without_residents_borrow_them_and_say_so(use):
    periods = use.reset_index().groupby("period")["population_period"].unique().map(list).to_dict()
    borrowed = {str(year): ["2020"] for year in range(2015, 2021)}
    assert periods == {**borrowed, "2021": ["2021"], "2022": ["2022"], "2023": ["2022"]}
    assert set(use["need_period"]) == {"2020"}
    assert use.loc[("2021", "WK051828"), "source"] == "CBS StatLine 85075NED; CBS StatLine 85039NED"


def test_places_without_rows_and_unknown_words(use):
    places = use.reset_index().groupby("period")["region"].unique().map(set)
    assert "Westland" not in places["2015"] | places["2021"] | places["2022"] | places["2023"]
    assert "2024H1" not in places.index
    for region in ("Rijnmond", "Utrecht West"):
        assert wijk_use(region).empty
    with pytest.raises(UnknownNameError, match="Haaglanden"):
        wijk_use("Haagland")
