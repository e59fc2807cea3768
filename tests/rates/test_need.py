"""Need by origin as rates and ratios: by hand, against figures of other tools, and what the source does not publish stays so."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import need_rates
from bereik.errors import IncomparableError, InvalidTableError, UnknownNameError

ABOUT = {
    "indicator": "special_primary_education", "population_group": "pupils_primary", "region": "Nederland",
    "period": "2016/2017", "period_kind": "school year", "origin_scheme": "migratieachtergrond", "status": "shown",
    "synthetic": False, "source": "made up", "rate": np.nan, "lower": np.nan, "upper": np.nan, "rounded_to": np.nan,
}  # fmt: skip


def need(**more):
    """Two groups: 40 of 1,000 and 30 of 1,500."""
    rows = {"origin": ["nederlands", "niet_westers"], "cases": [40, 30], "population": [1000, 1500], "per": 1000}
    return pd.DataFrame(ABOUT | rows | more, index=[0, 1])


def published(**more):
    """Two groups of which only cases and a rate are published."""
    rows = {"indicator": "suspects", "population_group": "youths_12_17", "rounded_to": 10, "per": 10000}
    return need(**rows | {"cases": [100, 60], "population": np.nan, "rate": [125.0, 300.0]} | more)


def ratio(rows):
    rates = need_rates(rows, relative_to="nederlands")
    return rates[rates["measure"] == "need_ratio"].iloc[0]


def test_rates_of_counts_with_wilsons_interval():
    got = need_rates(need()).set_index("origin")
    same = bereik.use_rates(need().rename(columns={"cases": "users"}), by=["origin"], per=1000).set_index("origin")
    figures = ["value", "lower", "upper"]
    assert got[figures].to_numpy() == pytest.approx(same[figures].to_numpy())
    assert (got["lower_rounding"] == got["value"]).all()  # exact counts
    rounded = need_rates(need(rounded_to=10.0)).loc[0, ["lower_rounding", "upper_rounding"]]
    assert rounded.tolist() == pytest.approx([1000 * 35 / 1005, 1000 * 45 / 995])


def test_a_published_rate_keeps_its_value_and_implies_its_population():
    got = need_rates(published()).set_index("origin")
    assert got["value"].tolist() == [125, 300]
    assert got["denominator"].tolist() == [8000, 2000]  # 100 x 10,000 / 125
    assert got.loc["nederlands", ["lower_rounding", "upper_rounding"]].tolist() == [124.5, 125.5]
    assert got["method"].str.startswith("population = cases x per / published rate").all()


def test_a_survey_keeps_its_own_interval():
    survey = {"cases": np.nan, "population": np.nan, "per": 100, "rate": [8.0, 8.8]}
    survey = need(**survey, lower=[6.9, 6.4], upper=[9.2, 11.3])
    got = need_rates(survey).loc[1]
    assert got[["value", "lower", "upper"]].tolist() == [8.8, 6.4, 11.3]
    assert np.isnan(got["numerator"])
    error = np.hypot(np.log(9.2 / 6.9), np.log(11.3 / 6.4)) / 2
    limits = ratio(survey)[["value", "lower", "upper"]].tolist()
    assert limits == pytest.approx([1.1, 1.1 * np.exp(-error), 1.1 * np.exp(error)])


def test_missing_is_never_zero_and_cases_without_a_population_give_no_rate():
    got = need_rates(need(population=[1000, np.nan])).loc[1]
    assert got["status"] == "not_published"
    assert got[["value", "lower", "upper", "lower_rounding", "numerator"]].isna().all()
    row = ratio(need(status=["shown", "not_published"], cases=[40, np.nan], population=[1000, np.nan]))
    assert row["status"] == "not_published"
    assert row[["value", "lower", "upper", "numerator", "denominator"]].isna().all()
    none = need_rates(need(cases=[40, 0])).loc[1]
    assert (none["value"], none["status"]) == (0, "shown")
    assert none["upper"] > 0


def test_a_ratio_of_counts_is_near_katz():
    row = ratio(need())
    assert row["value"] == pytest.approx(0.5)
    # statsmodels 0.14, proportion.confint_proportions_2indep(30, 1500, 40, 1000, compare="ratio", method="log")
    assert [row["lower"], row["upper"]] == pytest.approx([0.31358, 0.79725], rel=0.01)
    assert (row["relative_to"], row["numerator"], row["denominator"]) == ("nederlands", 20, 40)
    rounded = ratio(need(rounded_to=10.0))[["lower_rounding", "upper_rounding"]]
    assert rounded.tolist() == pytest.approx([(25 / 1505) / (45 / 995), (35 / 1495) / (35 / 1005)])
    total = need().iloc[[0]].assign(origin="total", cases=70, population=2500)
    rates = need_rates(pd.concat([need(), total], ignore_index=True), relative_to="nederlands")
    assert rates.loc[rates["measure"] == "need_ratio", "origin"].tolist() == ["niet_westers"]  # not the total


OTHER = need(period="2017/2018").query("origin == 'niet_westers'")


REFUSED = [
    (need(cases=[40, 1501]), None, InvalidTableError, "An impossible figure"),
    (need(cases=[40, -1]), None, InvalidTableError, "An impossible figure"),
    (published(rate=[125.0, 10001.0]), None, InvalidTableError, "An impossible figure"),
    (need(), "nederland", UnknownNameError, "did you mean 'nederlands'"),
    (pd.concat([need(), OTHER]), "nederlands", InvalidTableError, "no reference 'nederlands' for"),
    (need(synthetic=[True, False]), "nederlands", IncomparableError, "synthetic"),
]


@pytest.mark.parametrize(("rows", "relative_to", "error", "says"), REFUSED)
def test_bad_need_is_refused(rows, relative_to, error, says):
    with pytest.raises(error, match=says):
        need_rates(rows, relative_to=relative_to)
