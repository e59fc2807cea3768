"""The published figures again, now out of the library's own estimators (every figure: CBS StatLine, table in the name)."""

import pandas as pd
import pytest

import bereik

FORMS = ("with_residence", "protection", "probation")


@pytest.fixture(scope="module")
def ratios():
    care = bereik.load("care_by_origin").query("period_kind == 'year' and region_kind in ['country', 'jeugdregio']")
    care = care[care["origin"].isin(["nederlands", "westers", "niet_westers"])]
    by = ["origin_scheme", "period", "region"]
    return pd.concat(bereik.form_ratio(care, form, by=by, relative_to="nederlands") for form in FORMS)


CASES = [
    ("2017", "form_index_ratio", "with_residence", "niet_westers", 1.328),
    ("2017", "form_index", "protection", "nederlands", 6.18),
    ("2017", "form_index", "protection", "niet_westers", 10.59),
    ("2015", "form_index_ratio", "protection", "niet_westers", 1.992),
    ("2017", "form_share_ratio", "protection", "niet_westers", 1.646),
    ("2017", "form_index", "probation", "nederlands", 1.32),
    ("2017", "form_index", "probation", "westers", 2.90),
    ("2017", "form_index", "probation", "niet_westers", 5.73),
    ("2017", "form_index_ratio", "probation", "niet_westers", 4.342),
    ("2015", "form_index_ratio", "probation", "niet_westers", 4.850),
]


@pytest.mark.parametrize(("period", "measure", "form", "origin", "value"), CASES)
def test_haaglanden_82965ned(ratios, period, measure, form, origin, value):
    rows = ratios.query("region == 'Haaglanden' and period == @period and measure == @measure and form == @form")
    within = 0.00051 if "ratio" in measure or value < 2 else 0.0051
    assert rows.query("origin == @origin")["value"].tolist() == pytest.approx([value], abs=within)


@pytest.mark.parametrize(("measure", "rank"), [("form_index_ratio", 8), ("form_share_ratio", 9)])
def test_rank_of_haaglanden_depends_on_the_denominator_82965ned(ratios, measure, rank):
    rows = ratios.query("period == '2017' and form == 'with_residence' and origin == 'niet_westers'")
    rows = rows[(rows["region"] != "Nederland") & (rows["measure"] == measure)]
    row = bereik.compare_regions(rows, region="Haaglanden").set_index("measure").loc["rank"]
    assert row[["numerator", "denominator"]].tolist() == [rank, 42]


@pytest.mark.parametrize(
    ("region", "period", "percent"),
    [("Nederland", "2020", 9.8), ("Haaglanden", "2023", 11.4), ("Zoetermeer", "2023", 14.6)],
)
def test_use_rates_84134ned_85099ned(region, period, percent):
    totals = bereik.load("care_totals").query("form == 'youth_care' and region == @region and period == @period")
    rate = bereik.use_rates(bereik.implied_population(totals, by=["period", "region"]), by=["period", "region"]).iloc[0]
    assert rate["value"] == pytest.approx(percent, abs=0.001)
    assert (rate["lower_rounding"], rate["upper_rounding"]) == pytest.approx((percent - 0.05, percent + 0.05))


def test_no_hidden_cell_becomes_a_number_anywhere(ratios):
    care = bereik.load("care_by_origin").query("period_kind == 'year' and status == 'not_published'")
    key = ["period", "region", "origin", "form"]
    made = ratios.astype(dict.fromkeys(key, str)).merge(care[key].astype(str))
    assert len(made) > 0
    assert made[["value", "lower", "upper", "lower_rounding", "upper_rounding"]].isna().all(axis=None)
    assert not (made["status"] == "shown").any()
