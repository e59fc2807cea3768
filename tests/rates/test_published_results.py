"""The published figures again, now out of the library's own estimators (every figure: CBS StatLine, table in the name)."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.paths import raw_folder

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


# crude ratio and its interval, ratio adjusted for age; of the country: computed apart from this library
PER_HEAD = {
    "without_residence": (0.866, 0.846, 0.887, 0.881, 0.892, 0.915),
    "with_residence": (1.258, 1.163, 1.362, 1.285, 1.341, 1.381),
    "protection": (1.629, 1.502, 1.767, 1.662, 1.592, 1.631),
    "probation": (3.382, 2.919, 3.919, 3.438, 3.571, 3.670),
}
GROUP, AGES = "met_migratieachtergrond", ["0-3", "4-11", "12-17", "18-22"]
CLASSES = ["0-4", "5-9", "10-14", "15-19", "20-24"]
# the part of each class in the ages of care, an even part for a single year; and a bound that is moved to the older ages
EVEN = [[0.8, 0.2, 0, 0], [0, 1, 0, 0], [0, 0.4, 0.6, 0], [0, 0, 0.6, 0.4], [0, 0, 0, 0.6]]
MOVED = [[-1, 1, 0, 0], [0, 0, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1], [0, 0, 0, 0]]


def test_use_per_head_2016_out_of_the_files_by_plain_pandas_37713_82965ned():
    """Crude and adjusted for age; a tenth of a year more or less at each bound of the ages moves the latter by 0.5 % at most."""
    every = bereik.use_per_head()
    use = every.set_index(["region", "measure", "population_used", "form", "origin"])["value"]
    files = {"youths_by_origin": ("age_group", "origin", "persons"), "care_by_origin": ("form", "origin", "youths")}
    files["care_by_age"] = ("form", "age_group", "youths")
    for region, at in (("Haaglanden", (0, 3)), ("Nederland", (4, 5))):
        sides = []
        for name, (index, columns, values) in files.items():
            table = pd.read_csv(raw_folder() / f"{name}.csv", dtype=str).query("region == @region and period == '2016'")
            table = table.query("statline_table in ['37713', '82965NED']").astype({values: float})
            sides.append(table.pivot(index=index, columns=columns, values=values))
        people, users, by_age = sides
        for form, figures in PER_HEAD.items():
            for name, part in {"_fewest": 0.4, "_most": 0.8, "": 0.6}.items():
                youths = people.drop("20-24").sum() + part * people.loc["20-24"]
                rate = 1000 * users.loc[form] / youths
                ours, ratio = use[region, :, f"residents_0_22{name}", form], rate[GROUP] / rate["nederlands"]
                values = [ours["use_rate", GROUP], ours["use_rate", "nederlands"], ours["rate_ratio", GROUP]]
                assert values == pytest.approx([rate[GROUP], rate["nederlands"], ratio], rel=1e-4)
                fewer = (rate["nederlands"] - rate[GROUP]) * youths[GROUP] / 1000
                assert ours["expected_minus_observed", GROUP] == pytest.approx(fewer, abs=0.1)
            adjusted = ours["age_adjusted_rate_ratio", GROUP]
            assert (ratio, adjusted) == pytest.approx([figures[place] for place in at], abs=0.0006)
            for shift in (0, 0.02, -0.02):
                split = pd.DataFrame(EVEN, CLASSES, AGES) + shift * pd.DataFrame(MOVED, CLASSES, AGES)
                there = people.loc[CLASSES].T @ split
                expected = there @ (by_age.loc[form].fillna(0) / there.sum()) / there.sum(axis=1)
                by_hand = ratio * expected["nederlands"] / expected[GROUP]
                assert adjusted == pytest.approx(by_hand, rel=0.005 if shift else 1e-4)
    rows = every.query("population_used == 'residents_0_22' and measure == 'rate_ratio'")
    both = rows[rows["origin"] == GROUP]
    limits = both[both["region"] == "Haaglanden"].set_index("form").loc[list(PER_HEAD), ["lower", "upper"]]
    assert limits.to_numpy() == pytest.approx(np.array(list(PER_HEAD.values()))[:, 1:3], abs=0.0006)
    here = every.query("region == 'Haaglanden' and form == 'without_residence'")
    fewer = here[here["measure"] == "expected_minus_observed"]
    # 1,759 and the limits of Newcombe by hand: 127,814 youths, 11,355 of them with care; 16,980 of 165,495
    assert fewer.iloc[0][["value", "lower", "upper"]].tolist() == pytest.approx([1758.9, 1485.3, 2031.8], abs=0.1)
    clear = both.assign(below=both["upper"] < 1, above=both["lower"] > 1)[both["region"] != "Nederland"].groupby("form")
    sides = clear[["below", "above"]].sum().loc[["without_residence", "protection"]]
    assert sides.to_numpy().tolist() == [[30, 2], [0, 42]]
    parts = rows[rows["origin"].isin(["westers", "niet_westers"])]
    assert set(parts["region"]) == {"Haaglanden", "Nederland"}  # where they can be modelled
    assert parts["method"].str.contains("modelled, not exact").all()


def test_no_hidden_cell_becomes_a_number_anywhere(ratios):
    care = bereik.load("care_by_origin").query("period_kind == 'year' and status == 'not_published'")
    key = ["period", "region", "origin", "form"]
    made = ratios.astype(dict.fromkeys(key, str)).merge(care[key].astype(str))
    assert len(made) > 0
    assert made[["value", "lower", "upper", "lower_rounding", "upper_rounding"]].isna().all(axis=None)
    assert not (made["status"] == "shown").any()


def test_an_age_that_is_not_published_in_a_region_is_what_the_total_leaves_for_it():
    """Midden-Limburg West, with residence: 20, 60 and 100 youths are published, of 190 in all; 18-22 is not zero."""
    people = pd.read_csv(raw_folder() / "youths_by_origin.csv", dtype=str)
    people = people.query("region == 'Midden-Limburg West' and statline_table == '37713'").astype({"persons": float})
    people = people.pivot(index="age_group", columns="origin", values="persons").loc[CLASSES]
    there = people.T @ pd.DataFrame(EVEN, CLASSES, AGES)
    expected = there @ (pd.Series([20, 60, 100, 10], AGES) / there.sum()) / there.sum(axis=1)
    use = bereik.use_per_head("Midden-Limburg West").query("origin == @GROUP and population_used == 'residents_0_22'")
    ratios = use[use["form"] == "with_residence"].set_index("measure")["value"]
    by_hand = ratios["rate_ratio"] * expected["nederlands"] / expected[GROUP]
    assert ratios["age_adjusted_rate_ratio"] == pytest.approx(by_hand, rel=1e-6)
