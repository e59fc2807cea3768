"""Routes to care: shares of the sum of the referrers, what hidden counts allow, changes between years, groups of wijken."""

import numpy as np
import pandas as pd
import pytest

from bereik.data.referrals import pool_referrals, referral_thirds, referrals_of
from bereik.errors import IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.changes import year_changes
from bereik.rates.referrals import referral_shares
from bereik.tables import result_table

ABOUT = {"synthetic": True, "source": "made up", "rounded_to": 5}


def routes(counts, **columns):
    frame = pd.DataFrame({"referrer": list(counts), "trajectories": list(counts.values())}).assign(**ABOUT, **columns)
    return frame.assign(status=np.where(frame["trajectories"].isna(), "not_published", "shown"))


def results(values, periods, *, width=1.0, status="shown", measure="referral_share"):
    frame = pd.DataFrame({"period": periods, "value": values, "status": status, "region": "A", "measure": measure})
    frame = frame.assign(
        lower=frame["value"] - width, upper=frame["value"] + 2 * width, synthetic=True, source="made up"
    )
    hidden = frame["value"].isna()
    return result_table(frame.assign(status=frame["status"].mask(hidden, "not_published")), ["region", "period"])


def test_a_share_is_of_the_sum_of_the_referrers_not_of_all_trajectories():
    # by hand: 300 + 60 + 40 = 400 by referrer, of 1000 trajectories of which 600 are protection or probation
    shares = referral_shares(routes({"all": 1000, "gp": 300, "none": 60, "unknown": 40}, region="A"), by=["region"])
    assert dict(zip(shares["referrer"], shares["value"], strict=True)) == {"gp": 75.0, "none": 15.0, "unknown": 10.0}
    gp = shares.iloc[0]
    # Wilson, 300 of 400: statsmodels proportion_confint(300, 400, method="wilson") = 0.70533, 0.78994
    assert (gp["lower"], gp["upper"]) == pytest.approx((70.533, 78.994), abs=0.01)
    # rounding by hand: 297.5 / (297.5 + 62.5 + 42.5) and 302.5 / (302.5 + 57.5 + 37.5)
    assert (gp["lower_rounding"], gp["upper_rounding"]) == pytest.approx((73.913, 76.101), abs=0.001)


def test_a_hidden_referrer_has_no_share_and_is_no_zero_in_the_sum():
    shares = referral_shares(routes({"gp": 80, "judge": None}, region="A"), by=["region"]).set_index("referrer")
    assert shares.loc["judge", "status"] == "not_published"
    assert np.isnan(shares.loc["judge", "value"])
    assert shares.loc["gp", "value"] == pytest.approx(100 * 80 / 83.5)  # 0 to 7 is 3.5 in the middle
    assert shares.loc["gp", "lower_rounding"] == pytest.approx(100 * 77.5 / 84.5)
    assert shares.loc["gp", "upper_rounding"] == 100


def test_referrers_in_four_groups_add_up_with_what_is_hidden_in_its_bounds():
    counts = {
        "unknown": 10,
        "gp": 200,
        "judge": None,
        "youth_doctor": 100,
        "certified_institution": 40,
        "none": 50,
        "all": 999,
    }
    shares = referral_shares(routes(counts, region="A"), by=["region"], grouped=True).set_index("referrer")
    assert shares.index.tolist() == ["via_doctor", "via_court", "via_nobody"]
    # by hand: 300; 40 + 3.5 (0 to 7 is hidden); 60; together 403.5
    assert shares["numerator"].tolist() == [300, 43.5, 60]
    assert shares["value"].tolist() == pytest.approx([100 * part / 403.5 for part in (300, 43.5, 60)])
    # bounds by hand: 37.5 / (37.5 + 305 + 65) and (42.5 + 7) / (42.5 + 7 + 295 + 55)
    assert shares.loc["via_court", ["lower_rounding", "upper_rounding"]].tolist() == pytest.approx(
        [9.2025, 12.3905], abs=1e-4
    )
    alone = referral_shares(routes({"gp": 80, "judge": None}, region="A"), by=["region"], grouped=True)
    assert alone["status"].tolist() == ["shown", "not_published"], "a sum of nothing but hidden counts stays hidden"
    with pytest.raises(UnknownNameError, match="'school'"):
        referral_shares(routes({"gp": 80, "school": 10}, region="A"), by=["region"], grouped=True)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda rows: rows.drop(columns="trajectories"), MissingColumnError),
        (lambda rows: rows.assign(trajectories=-5), InvalidTableError),
        (lambda rows: pd.concat([rows, rows]), InvalidTableError),
        (lambda rows: rows[rows["referrer"] == "all"], IncomparableError),
    ],
)
def test_bad_routes_are_refused(change, error):
    with pytest.raises(error):
        referral_shares(change(routes({"all": 100, "gp": 80}, region="A")), by=["region"])


def test_pooled_areas_carry_the_bounds_of_what_is_hidden():
    both = pd.concat([routes({"gp": 40, "judge": None}, area=1), routes({"gp": 60, "judge": 10}, area=2)])
    pooled = pool_referrals(both.assign(period="2020"), by=["period"]).set_index("referrer")
    # by hand: gp 37.5 + 57.5 to 42.5 + 62.5; judge 0 + 7.5 to 7 + 12.5, wider apart than its middle of 13.5? 12 <= 13.5: shown
    assert pooled.loc["gp", ["trajectories_lower", "trajectories_upper"]].tolist() == [95, 105]
    assert pooled.loc["judge", ["trajectories_lower", "trajectories_upper", "areas_hidden"]].tolist() == [7.5, 19.5, 1]
    assert pooled.loc["judge", "trajectories"] == 13.5
    all_hidden = pool_referrals(routes({"judge": None}, period="2020"), by=["period"])
    assert all_hidden["status"].tolist() == ["not_published"]
    assert all_hidden["trajectories"].isna().all()


def test_change_is_the_difference_with_an_interval_of_independent_years():
    changes = year_changes(results([20.0, 26.0, 29.0], ["2020", "2021", "2023"]), by=["region"], jump=5)
    second = changes.iloc[1]
    # MOVER by hand: lower = 6 - sqrt(1^2 + 2^2), upper = 6 + sqrt(2^2 + 1^2)
    assert (second["change"], second["change_lower"], second["change_upper"]) == pytest.approx(
        (6, 6 - 5**0.5, 6 + 5**0.5)
    )
    assert changes["jump"].tolist() == [False, True, False]
    assert changes["previous_period"].fillna("").tolist() == ["", "2020", ""], "2022 is absent, so 2023 has no change"
    assert np.isnan(changes["change"].iloc[2])


def test_change_interval_is_conservative_when_years_share_youths():
    """Simulation: with half of the youths in both years, the interval holds the true change (0) more often than 95 %."""
    generator = np.random.default_rng(5)
    draws, parts = 2000, []
    shared = generator.binomial(2000, 0.2, draws)
    for period in ("2021", "2022"):
        gp = shared + generator.binomial(2000, 0.2, draws)
        for referrer, counts in (("gp", gp), ("none", 4000 - gp)):
            frame = pd.DataFrame({"region": range(draws), "trajectories": counts, "status": "shown", **ABOUT})
            parts.append(frame.assign(period=period, referrer=referrer))
    shares = referral_shares(pd.concat(parts), by=["region", "period"])
    last = year_changes(shares, by=["region", "referrer"]).query("period == '2022' and referrer == 'gp'")
    held = (last["change_lower"] <= 0) & (last["change_upper"] >= 0)
    assert held.mean() > 0.98  # 95 % if the years were independent


def test_percentages_without_interval_get_what_rounding_allows():
    rows = results([14.1, 14.6], ["2022", "2023"]).assign(lower=np.nan, upper=np.nan)
    rows = rows.assign(lower_rounding=rows["value"] - 0.05, upper_rounding=rows["value"] + 0.05)
    last = year_changes(rows, by=["region"]).iloc[1]
    assert (last["change_lower"], last["change_upper"]) == pytest.approx((0.4, 0.6))
    assert last["change_method"] == "what rounding allows, no chance"


def test_dates_are_compared_with_the_same_day_a_year_before_and_hidden_years_with_nothing():
    rows = results([10.0, np.nan, 12.0], ["2017-12-31", "2018-12-31", "2019-12-31"])
    assert year_changes(rows, by=["region"])["change"].isna().all()
    with pytest.raises(IncomparableError):
        year_changes(results([1.0, 2.0], ["2020", "2020-12-31"]), by=["region"])


def test_the_breaks_of_the_hague_are_flagged():
    # CBS StatLine 83563NED and 83782NED, GM0518: no referrer 8125 of 21010 in 2016, 145 of 22155 in 2017;
    # 84856NED: certified institution 5560 of 22445 in 2020, 84615NED: 1950 of 22250 in 2019
    shares = referral_shares(referrals_of(), by=["period", "region"])
    city = year_changes(shares, by=["region", "referrer"]).query('region == "\'s-Gravenhage"')
    of = city.set_index(["referrer", "period"])
    assert of.loc[("none", "2016"), "value"] == pytest.approx(100 * 8125 / 21010, abs=0.05)
    assert of.loc[("none", "2017"), "change"] == pytest.approx(100 * (145 / 22155 - 8125 / 21010), abs=0.1)
    assert of.loc[("certified_institution", "2020"), "change"] == pytest.approx(
        100 * (5560 / 22445 - 1950 / 22250), abs=0.1
    )
    flagged = set(city.loc[city["jump"], ["referrer", "period"]].itertuples(index=False, name=None))
    assert {("none", "2017"), ("unknown", "2017"), ("unknown", "2019"), ("certified_institution", "2020")} <= flagged
    assert not {period for _, period in flagged} & {"2022", "2023"}


def test_one_municipality_has_one_name_in_every_year():
    """StatLine spells 's-Gravenhage and Rijswijk in another way in 2021; a year must not drop out for that."""
    assert set(referrals_of().query("region_code == 'GM0518'")["period"]) == {str(year) for year in range(2015, 2024)}


def test_thirds_of_wijken_have_a_third_of_the_youths_and_rising_shares():
    from bereik.data.wijk_use import wijk_use

    thirds = referral_thirds(year="2023", municipality="'s-Gravenhage")
    about = thirds.groupby("third", sort=False)[["share_from", "share_to", "wijken"]].first()
    assert about.index.tolist() == ["low", "middle", "high"]
    assert (about["share_to"].to_numpy()[:-1] <= about["share_from"].to_numpy()[1:]).all()
    use = wijk_use().query("period == '2023' and region == \"'s-Gravenhage\" and status == 'shown'")
    youths = [
        use.loc[use["niet_westers"].between(row.share_from, row.share_to), "population"].sum() / use["population"].sum()
        for row in about.itertuples()
    ]
    assert np.abs(np.array(youths, dtype=float) - 1 / 3).max() < 0.05
    assert about["wijken"].sum() == len(use)


def test_other_regions_and_names_are_refused_or_empty():
    assert referrals_of("Rijnmond").empty
    halves = referrals_of(period_kind="half-year")
    assert set(halves["period"]) == {"2024H1"}
    assert "Voorschoten" not in set(halves["region"]), "it left the region in 2024"
    assert referral_thirds("Rijnmond", year="2023").empty
    with pytest.raises(UnknownNameError):
        referrals_of("Rijnmnd")
    with pytest.raises(UnknownNameError):
        referral_thirds(year="2023", share="herkomst")
    with pytest.raises(InvalidTableError, match="2014"):
        referral_thirds(year="2014")
