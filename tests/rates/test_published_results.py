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


@pytest.mark.parametrize(
    ("period", "measure", "form", "origin", "value"),
    [
        ("2017", "form_index", "with_residence", "nederlands", 8.34),
        ("2017", "form_index", "with_residence", "westers", 8.86),
        ("2017", "form_index", "with_residence", "niet_westers", 11.08),
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
    ],
)
def test_haaglanden_82965ned(ratios, period, measure, form, origin, value):
    rows = ratios.query(
        "region == 'Haaglanden' and period == @period and measure == @measure and form == @form and origin == @origin"
    )
    assert rows["value"].tolist() == pytest.approx(
        [value], abs=0.0051 if value > 2 and "ratio" not in measure else 0.00051
    )


def test_rank_of_haaglanden_depends_on_the_denominator_82965ned(ratios):
    rows = ratios.query(
        "period == '2017' and form == 'with_residence' and origin == 'niet_westers' and region != 'Nederland'"
    )
    ranks = {
        measure: bereik.compare_regions(part, region="Haaglanden").query("measure == 'rank'").iloc[0]
        for measure, part in rows[rows["measure"].str.endswith("_ratio")].groupby("measure")
    }
    assert {name: (row["numerator"], row["denominator"]) for name, row in ranks.items()} == {
        "form_index_ratio": (8, 42),
        "form_share_ratio": (9, 42),
    }


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
    assert len(care) > 0
    for cell in care[["period", "region", "origin", "form"]].itertuples(index=False):
        made = ratios[
            (ratios["period"] == cell.period)
            & (ratios["region"] == cell.region)
            & (ratios["origin"] == cell.origin)
            & (ratios["form"] == cell.form)
        ]
        assert made[["value", "lower", "upper", "lower_rounding", "upper_rounding"]].isna().all(axis=None), cell
        assert not (made["status"] == "shown").any()


def test_a_count_that_is_not_published_stays_missing_as_a_result():
    care = bereik.load("care_by_origin").query("period == '2017' and form == 'probation' and origin == 'westers'")
    counts = bereik.youth_counts(care, by=["period", "region_code"])
    hidden = counts["status"] == "not_published"
    assert hidden.sum() == care["youths"].isna().sum() > 0
    assert counts.loc[hidden, "value"].isna().all()
    assert (counts.loc[~hidden, "upper_rounding"] - counts.loc[~hidden, "lower_rounding"] == 5).all()


def test_half_years_and_schemes_are_not_mixed():
    care = bereik.load("care_by_origin").query("region == 'Haaglanden' and period in ['2017', '2017H1']")
    with pytest.raises(bereik.BereikError, match="half-year and year"):
        bereik.form_ratio(care, "protection", by=["period", "region"], relative_to="nederlands")
    one = care.query("period == '2017' and origin in ['nederlands', 'niet_westers']")
    other = one.assign(origin_scheme="herkomst", period="2016")
    with pytest.raises(bereik.BereikError, match="herkomst"):
        bereik.form_ratio(pd.concat([one, other]), "protection", by=["period", "region"], relative_to="nederlands")
