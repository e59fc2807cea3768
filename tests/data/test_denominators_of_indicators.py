"""The ages behind the percentages of 82972NED, which the table does not name, follow from published counts.

A national count over its rounded percentage gives bounds on the youths that it was divided by.
"""

import pytest

import bereik

YEARS = ["2015", "2016", "2017"]
SHARE_12_TO_22 = 11 / 23  # of the years of age 0-22: about this share of the youths, a little more since births fell


def divided_by(period, indicator, form):
    """Give the fewest and most youths that the percentage, rounded to one decimal, can have been divided by."""
    percents, counts = bereik.load("care_indicators"), bereik.load("care_by_origin")
    percent = percents.query("region == 'Nederland' and period == @period and indicator == @indicator")[
        "percent"
    ].item()
    youths = counts.query(
        "region == 'Nederland' and period == @period and origin == 'total' and form == @form"
    )["youths"].item()  # fmt: skip
    return youths / (percent + 0.05) * 100, youths / (percent - 0.05) * 100


def all_youths(period):
    """Give the youths aged 0-22 that the use of all youth care is a percentage of."""
    totals = bereik.load("care_totals")
    row = totals.query("region == 'Nederland' and period == @period and form == 'youth_care'").iloc[0]
    return row["youths"] / row["percent_of_youths"] * 100


@pytest.mark.parametrize("period", YEARS)
def test_protection_is_a_percentage_of_youths_to_17_and_probation_of_those_of_12_to_22(period):
    fewest, most = divided_by(period, "protection", "protection")
    assert most < 0.85 * all_youths(period), "not of all youths aged 0-22"
    assert fewest < 18 / 23 * all_youths(period) < 1.05 * most
    fewest, most = divided_by(period, "probation", "probation")
    assert fewest < 1.1 * SHARE_12_TO_22 * all_youths(period) < most
    assert most < 0.7 * all_youths(period), "neither of all youths nor of those to 17"


@pytest.mark.parametrize(
    ("place", "period", "percent"),
    [("Delft", "2015", 9.6), ("Delft", "2016", 11.4), ("Haaglanden", "2016", 12.7), ("Nederland", "2016", 10.8)],
)
def test_youth_help_is_what_ggd_haaglanden_publishes_for_ages_0_to_17(place, period, percent):
    # Gezondheidsmonitor GGD Haaglanden, theme 'zorg voor de jeugd', pages of Delft and Leidschendam-Voorburg
    found = bereik.load("care_indicators").query("region == @place and period == @period and indicator == 'youth_help'")
    assert found["percent"].item() == percent
    unit = bereik.monitor_indicators().set_index("indicator").loc["use_youth_help", "unit_en"]
    assert unit == "% of youths aged 0-17"
