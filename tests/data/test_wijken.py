"""Youths in care beside youths, circumstances and origins per wijk: figures by hand, hidden counts, boundaries, absent places.

Figures of single wijken were read by eye in StatLine 84856NED (youths in care) and 84799NED (residents), 2020.
"""

import pandas as pd
import pytest

from bereik.data.datapackage import load
from bereik.data.wijk_use import unchanged_wijken, wijk_use
from bereik.errors import InvalidTableError, UnknownNameError


@pytest.fixture(scope="module")
def use():
    return wijk_use().set_index(["period", "area_code"])


def test_centrum_2020_by_hand(use):
    """WK051828: 75 + 160 + 165 in care; 2105 aged 0-14 and 2495 aged 15-24 of 20265; 1270 on assistance; 1950 of 12770
    households with children; 7100 with a non-western background."""
    row = use.loc[("2020", "WK051828")]
    assert row[["users", "users_lower", "users_upper"]].tolist() == [400, 392.5, 407.5]
    assert row["population"] == 2854  # 2105 + 0.3 x 2495 = 2853.5, to a whole number
    assert row["social_assistance"] == pytest.approx(100 * 1270 / (20265 - 2105))
    assert row["households_with_children"] == pytest.approx(100 * 1950 / 12770)
    assert row["older_youths"] == pytest.approx(100 * 748.5 / 2853.5)
    assert row["niet_westers"] == pytest.approx(100 * 7100 / 20265)
    assert row["source"] == "CBS StatLine 84856NED; CBS StatLine 84799NED"


def test_all_ages_by_hand():
    """The same wijk, ages 0-22: 425 in care, 2105 + 0.8 x 2495 youths."""
    row = wijk_use(ages="0-22").set_index(["period", "area_code"]).loc[("2020", "WK051828")]
    assert row[["users", "users_lower", "users_upper", "population"]].tolist() == [425, 422.5, 427.5, 4101]


def test_a_hidden_youngest_group_is_no_zero(use):
    """WK050322, 2020: ages 0-3 not published, 105 and 70 are: 175 + (0 to 7), each shown count rounded to 5."""
    row = use.loc[("2020", "WK050322")]
    assert row[["users", "users_lower", "users_upper"]].tolist() == [179, 170, 187]
    assert row["status"] == "shown"


def test_hidden_counts_were_small_where_the_total_shows_it():
    """All youths minus the shown ages, where only ages 0-3 are hidden: at most 7, and rounding of four counts (10)."""
    counts = (
        load("wijken")
        .query("area_kind == 'wijk'")
        .pivot(index=["period", "area_code"], columns="youth_group", values="youths")
    )
    others = counts[["age_4_11", "age_12_17", "age_18_22"]]
    only = counts[counts["age_0_3"].isna() & others.notna().all(axis=1)]
    left = only["all"] - others.sum(axis=1)
    assert left.dropna().between(-10, 17).all()
    assert left.count() >= 10


def test_without_an_older_group_there_is_no_count_of_users(use):
    """WK051806, 2020: ages 4-11 not published (15 aged 12-17 are): no figure, and surely no zero."""
    row = use.loc[("2020", "WK051806")]
    assert row["status"] == "not_published"
    assert row[["users", "users_lower", "users_upper", "population"]].isna().all()
    hidden = use[use["status"] != "shown"]
    assert hidden["users"].isna().all()
    assert use.loc[use["status"] == "shown", "users"].min() > 0
    assert (use["users"].dropna() <= use["population"][use["users"].notna()]).all()


def test_years_without_residents_borrow_them_and_say_so(use):
    periods = use.reset_index().groupby("period")["population_period"].unique().map(list)
    assert periods.to_dict() == {
        **{str(year): ["2020"] for year in range(2015, 2021)}, "2021": ["2021"], "2022": ["2022"], "2023": ["2022"],
    }  # fmt: skip
    assert set(use["need_period"]) == {"2020"}
    assert use.loc[("2021", "WK051828"), "source"] == "CBS StatLine 85075NED; CBS StatLine 85039NED"


def test_residents_are_not_borrowed_over_a_change_of_boundaries(use):
    """Delft WK050311 was redrawn in 2017 (83782NED): 2016 has no population, 2017 has that of 2020."""
    assert use.loc[("2016", "WK050311"), "status"] == "not_published"
    assert use.loc[("2017", "WK050311"), "status"] == "shown"


def test_more_users_than_residents_is_no_rate(use):
    """WK051843 in 2019: 50 + 10 youths in care (84615NED), 21 youths a year later (84799NED)."""
    assert use.loc[("2019", "WK051843"), "status"] == "not_published"


def test_absent_municipalities_have_no_rows(use):
    places = use.reset_index().groupby("period")["region"].unique().map(set)
    assert "Westland" not in places["2015"] | places["2021"] | places["2022"] | places["2023"]
    assert all("Zoetermeer" not in places[str(year)] for year in range(2017, 2024))
    assert "Zoetermeer" in places["2016"]
    assert "2024H1" not in places.index


def test_unchanged_wijken_by_a_second_way():
    rows = load("wijken").query("area_kind == 'wijk' and youth_group == 'all' and period_kind == 'year'")
    years = [str(year) for year in range(2016, 2024)]
    expected = set()
    for code, own in rows[rows["period"].isin(years)].groupby("area_code"):
        flags = own.set_index("period")["boundary_change"]
        if list(flags.index) == years and (flags[years[1:]] == 1).all():
            expected.add(code)
    found = unchanged_wijken("2016", "2023")
    assert set(found["area_code"]) == expected
    assert found["region"].value_counts()["'s-Gravenhage"] == 42
    assert "WK050311" not in expected  # redrawn in 2017
    assert "WK050311" in set(unchanged_wijken("2018", "2023")["area_code"])


def test_a_region_without_wijken_gives_no_rows_and_never_those_of_another():
    for region in ("Rijnmond", "Utrecht West"):
        assert wijk_use(region).empty
        assert unchanged_wijken(region=region).empty


def test_unknown_regions_ages_and_years():
    with pytest.raises(UnknownNameError, match="Haaglanden"):
        wijk_use("Haagland")
    with pytest.raises(UnknownNameError, match="0-17"):
        wijk_use(ages="4-12")
    with pytest.raises(InvalidTableError, match="the earlier one first"):
        unchanged_wijken("2023", "2016")
    with pytest.raises(InvalidTableError, match="2024"):
        unchanged_wijken("2016", "2024")


def test_every_shown_wijk_has_its_circumstances(use):
    shown = use[use["status"] == "shown"]
    needed = ["population", "social_assistance", "households_with_children", "older_youths", "niet_westers"]
    assert pd.notna(shown[needed]).all(axis=None)
    assert (shown[needed[1:]] >= 0).all(axis=None)
    assert (shown[needed[1:]] <= 100).all(axis=None)
