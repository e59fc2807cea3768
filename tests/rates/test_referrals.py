"""Routes to care: shares of the sum of the referrers, what hidden counts allow, changes between years, groups of wijken."""

import numpy as np
import pandas as pd
import pytest

from bereik import referral_shares, referrals_of, year_changes
from bereik.errors import InvalidTableError, MissingColumnError, UnknownNameError

ABOUT = {"synthetic": True, "source": "made up", "rounded_to": 5}


def routes(counts, **columns):
    frame = pd.DataFrame({"referrer": list(counts), "trajectories": list(counts.values())}).assign(**ABOUT, **columns)
    return frame.assign(status=np.where(frame["trajectories"].isna(), "not_published", "shown"))


def test_a_share_is_of_the_sum_of_the_referrers_not_of_all_trajectories():
    # by hand: 300 + 60 + 40 = 400 by referrer, of 1000 trajectories of which 600 are protection or probation
    shares = referral_shares(routes({"all": 1000, "gp": 300, "none": 60, "unknown": 40}, region="A"), by=["region"])
    assert dict(zip(shares["referrer"], shares["value"], strict=True)) == {"gp": 75.0, "none": 15.0, "unknown": 10.0}
    gp = shares.iloc[0]
    # Wilson, 300 of 400: statsmodels proportion_confint(300, 400, method="wilson") = 0.70533, 0.78994
    assert (gp["lower"], gp["upper"]) == pytest.approx((70.533, 78.994), abs=0.01)
    # rounding by hand: 297.5 / (297.5 + 62.5 + 42.5) and 302.5 / (302.5 + 57.5 + 37.5)
    assert (gp["lower_rounding"], gp["upper_rounding"]) == pytest.approx((73.913, 76.101), abs=0.001)
    known = referral_shares(routes({"gp": 300, "judge": 100}, region="A"), by=["region"])  # none and unknown left out
    assert gp["per"].startswith("100 trajectories with a referr")
    assert known["per"][0] == "100 trajectories with a known referrer"


def test_a_hidden_referrer_has_no_share_and_is_no_zero_in_the_sum():
    shares = referral_shares(routes({"gp": 80, "judge": None}, region="A"), by=["region"]).set_index("referrer")
    assert shares.loc["judge", "status"] == "not_published"
    assert np.isnan(shares.loc["judge", "value"])
    figures = shares.loc["gp", ["value", "lower_rounding", "upper_rounding"]].tolist()
    assert figures == pytest.approx([100 * 80 / 83.5, 100 * 77.5 / 84.5, 100])  # 0 to 7 is 3.5 in the middle


def test_referrers_in_five_groups_add_up_with_what_is_hidden_in_its_bounds():
    counts = {"unknown": 10, "gp": 200, "judge": None, "youth_doctor": 100, "certified_institution": 40}
    counts |= {"none": 50, "all": 999}
    shares = referral_shares(routes(counts, region="A"), by=["region"], grouped=True).set_index("referrer")
    assert shares.index.tolist() == ["via_gp", "via_other_doctor", "via_court", "via_nobody"]
    # by hand: 200; 100; 40 + 3.5 (0 to 7 is hidden); 60; together 403.5
    assert shares["numerator"].tolist() == [200, 100, 43.5, 60]
    assert shares["value"].tolist() == pytest.approx([100 * part / 403.5 for part in (200, 100, 43.5, 60)])
    # bounds by hand: 37.5 / (37.5 + 305 + 65) and (42.5 + 7) / (42.5 + 7 + 295 + 55)
    bounds = shares.loc["via_court", ["lower_rounding", "upper_rounding"]].tolist()
    assert bounds == pytest.approx([9.2025, 12.3905], abs=1e-4)
    alone = referral_shares(routes({"gp": 80, "judge": None}, region="A"), by=["region"], grouped=True)
    assert alone["status"].tolist() == ["shown", "not_published"], "a sum of nothing but hidden counts stays hidden"


ROUTES = routes({"all": 100, "gp": 80}, region="A")


REFUSED = [
    (ROUTES.drop(columns="trajectories"), {}, MissingColumnError),
    (ROUTES.assign(trajectories=-5), {}, InvalidTableError),
    (pd.concat([ROUTES, ROUTES]), {}, InvalidTableError),
    (ROUTES[ROUTES["referrer"] == "all"], {}, InvalidTableError),
    (pd.concat([ROUTES, ROUTES]).assign(area_code="1"), {"pooled": True}, InvalidTableError),
    (ROUTES.replace("gp", "school"), {"grouped": True}, UnknownNameError),
]


@pytest.mark.parametrize(("rows", "options", "error"), REFUSED)
def test_bad_routes_are_refused(rows, options, error):
    with pytest.raises(error):
        referral_shares(rows, by=["region"], **options)


def test_areas_that_are_added_up_carry_the_bounds_of_what_is_hidden():
    both = pd.concat([routes({"gp": 40, "judge": None}, area_code="1"), routes({"gp": 60, "judge": 10}, area_code="2")])
    shares = referral_shares(both.assign(period="2020"), by=["period"], pooled=True).set_index("referrer")
    # by hand: gp 37.5 + 57.5 to 42.5 + 62.5; judge 0 + 7.5 to 7 + 12.5: the bounds lie 12 apart, less than the sum of 13.5
    assert shares["numerator"].to_dict() == {"gp": 100, "judge": 13.5}
    figures = shares.loc["gp", ["value", "lower_rounding", "upper_rounding"]].tolist()
    assert figures == pytest.approx([100 * 100 / 113.5, 100 * 95 / (95 + 19.5), 100 * 105 / (105 + 7.5)])
    hidden = routes({"gp": 80, "judge": None}, area_code="1", period="2020")
    assert referral_shares(hidden, by=["period"], pooled=True)["status"].tolist() == ["shown", "not_published"]


def test_the_breaks_of_the_hague_are_flagged():
    # CBS StatLine 83563NED and 83782NED, GM0518: no referrer 8125 of 21010 in 2016, 145 of 22155 in 2017;
    # 84856NED: certified institution 5560 of 22445 in 2020, 84615NED: 1950 of 22250 in 2019
    shares = referral_shares(referrals_of(), by=["period", "region"])
    city = year_changes(shares, by=["region", "referrer"]).query('region == "\'s-Gravenhage"')
    of = city.set_index(["referrer", "period"])
    institution = of.loc[("certified_institution", "2020"), "change"]
    assert of.loc[("none", "2016"), "value"] == pytest.approx(100 * 8125 / 21010, abs=0.05)
    assert of.loc[("none", "2017"), "change"] == pytest.approx(100 * (145 / 22155 - 8125 / 21010), abs=0.1)
    assert institution == pytest.approx(100 * (5560 / 22445 - 1950 / 22250), abs=0.1)
    flagged = set(city.loc[city["jump"], ["referrer", "period"]].itertuples(index=False, name=None))
    assert {("none", "2017"), ("unknown", "2017"), ("unknown", "2019"), ("certified_institution", "2020")} <= flagged
    assert not {period for _, period in flagged} & {"2022", "2023"}


def test_one_municipality_has_one_name_in_every_year():
    """StatLine spells 's-Gravenhage and Rijswijk in another way in 2021; a year must not drop out for that."""
    assert set(referrals_of().query("region_code == 'GM0518'")["period"]) == {str(year) for year in range(2015, 2024)}


def test_other_regions_and_names_are_refused_or_empty():
    assert referrals_of("Rijnmond").empty
    halves = referrals_of(period_kind="half-year")
    assert set(halves["period"]) == {"2024H1"}
    assert "Voorschoten" not in set(halves["region"]), "it left the region in 2024"
    for wrong in ({"region": "Rijnmnd"}, {"area_kind": "wijken"}, {"period_kind": "month"}):
        with pytest.raises(UnknownNameError):
            referrals_of(**wrong)
