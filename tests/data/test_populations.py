"""Youths by origin: exact where published, modelled elsewhere, with an error that comes from places left out."""

import numpy as np
import pandas as pd
import pytest

from bereik.counts.published import implied_population
from bereik.data.datapackage import load
from bereik.data.margins import fit_to_margins
from bereik.data.population_error import stated, stated_by_others
from bereik.data.population_model import GROUPS, predict
from bereik.data.population_validation import denominator_validation
from bereik.data.populations import youths_by_origin
from bereik.errors import BereikError, UnknownNameError
from bereik.paths import raw_folder


@pytest.fixture(scope="module")
def raw():
    return pd.read_csv(raw_folder() / "youths_by_origin.csv", dtype={"period": str, "age_group": str})


@pytest.fixture(scope="module")
def trial():
    return denominator_validation()


def people(table):
    return table.astype({"origin": "str"}).set_index(["region", "origin"])["population"]


# --- iterative proportional fitting ---------------------------------------------------------------------------------


def test_fitting_two_by_two_by_hand():
    # first cell a, margins 50/50 and 40/60, odds ratio 4: a (10 + a) = 4 (50 - a) (40 - a), so 3 a^2 - 370 a + 8000 = 0
    a = (370 - np.sqrt(370**2 - 4 * 3 * 8000)) / 6
    fitted = fit_to_margins(np.array([[1, 1], [1, 4]]), np.array([50, 50]), np.array([40, 60]))
    assert fitted == pytest.approx(np.array([[a, 50 - a], [40 - a, 10 + a]]), rel=1e-9)


def test_fitting_reproduces_margins_and_is_the_log_linear_model_with_the_seed_as_offset():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    seed = rng.uniform(1, 50, (3, 4))
    rows, columns = np.array([200.0, 30.0, 770.0]), np.array([400.0, 100.0, 300.0, 200.0])
    fitted = fit_to_margins(seed, rows, columns)
    assert fitted.sum(axis=1) == pytest.approx(rows, rel=1e-9)
    assert fitted.sum(axis=0) == pytest.approx(columns, rel=1e-6)
    independent = np.outer(rows, columns) / rows.sum()  # any table with these margins has this Poisson fit
    design = np.column_stack([np.kron(np.eye(3), np.ones((4, 1))), np.kron(np.ones((3, 1)), np.eye(4))[:, 1:]])
    model = sm.GLM(independent.ravel(), design, family=sm.families.Poisson(), offset=np.log(seed).ravel())
    assert fitted.ravel() == pytest.approx(model.fit(tol=1e-12).fittedvalues, rel=1e-5)


def test_fitting_keeps_zeros_and_refuses_the_impossible():
    kept = fit_to_margins(np.array([[0, 1], [1, 1]]), np.array([10, 20]), np.array([15, 15]))
    assert kept == pytest.approx(np.array([[0, 10], [15, 5]]))
    with pytest.raises(BereikError, match="no table with the zeros"):
        fit_to_margins(np.array([[0, 1], [0, 1]]), np.array([10, 20]), np.array([15, 15]))
    with pytest.raises(BereikError, match="adding up to 30 and 31"):
        fit_to_margins(np.ones((2, 2)), np.array([10, 20]), np.array([15, 16]))
    with pytest.raises(BereikError, match="leave out what is not published"):
        fit_to_margins(np.array([[1, np.nan], [1, 1]]), np.array([10, 20]), np.array([15, 15]))


# --- the two methods, where the truth is known -----------------------------------------------------------------------


def made_up(places):
    """Residents of all ages per place and origin, with different shares."""
    rng = np.random.default_rng(11)
    shares = rng.dirichlet([8, 2, 3], places)
    return pd.DataFrame(shares * rng.uniform(2e4, 5e5, (places, 1)), [f"p{i}" for i in range(places)], GROUPS)


def test_regression_recovers_shares_that_follow_its_model():
    everyone = made_up(6)
    share = everyone.div(everyone.sum(axis=1), axis=0)
    youth = 0.25 * everyone.sum(axis=1).to_numpy()[:, None] * share ** [1.1, 0.8, 0.9] * [0.8, 0.7, 1.1]
    new = predict(youth.iloc[1:], everyone, everyone.iloc[0], 1000.0, "regression")
    # shares among youths add up to 1, so each group follows its power of the share up to that norm: within 3 %
    truth = 1000 * youth.iloc[0] / youth.iloc[0].sum()
    assert new.sum() == pytest.approx(1000)
    assert new.to_numpy() == pytest.approx(truth.to_numpy(), rel=0.03)
    assert predict(youth.iloc[1:], everyone, everyone.iloc[0], 10.0, "regression").sum() == pytest.approx(10)


def test_ipf_recovers_youths_that_have_one_pattern_of_age_in_all_places():
    everyone, odds = made_up(2), np.array([0.3, 0.35, 0.5])  # the same chance to be young per origin, in both places
    youth = everyone * odds / (1 + odds)
    new = predict(youth.iloc[[1]], everyone, everyone.iloc[0], youth.iloc[0].sum(), "ipf")
    assert new.to_numpy() == pytest.approx(youth.iloc[0].to_numpy(), rel=1e-6)
    with pytest.raises(UnknownNameError, match="regression"):
        predict(youth, everyone, everyone.iloc[0], 1.0, "regresion")


# --- exact figures are the published ones ----------------------------------------------------------------------------


def test_exact_figures_are_sums_of_the_published_ones(raw):
    table = raw[raw["statline_table"] == "70748ned"]
    delft = table[(table["region"] == "Delft") & (table["period"] == "2016") & (table["age_group"] != "all")]
    ours = youths_by_origin("Delft", year=2016, ages="0-11")
    assert people(ours)["Delft"].to_dict() == delft.groupby("origin")["persons"].sum().astype(int).to_dict()

    city = raw[(raw["statline_table"] == "84910NED") & (raw["age_group"] != "20-24")]
    ours = youths_by_origin("'s-Gravenhage", year=2019, ages="0-19")
    assert people(ours)["'s-Gravenhage"].to_dict() == city.groupby("origin")["persons"].sum().astype(int).to_dict()

    west = raw[(raw["statline_table"] == "81485ned") & (raw["region"] == "West-Nederland") & (raw["period"] == "2015")]
    ours = youths_by_origin("West-Nederland", year=2015, ages="0-15")
    assert people(ours)["West-Nederland"].to_dict() == west.set_index("origin")["persons"].astype(int).to_dict()
    assert ours["population"].eq(ours["population_lower"]).all()
    assert set(ours["kind"]) == {"exact"}


def test_pupils_are_primary_and_secondary_of_the_school_year_that_runs_on_1_january(raw):
    pupils = raw[
        raw["statline_table"].isin(["83295NED", "80043ned"]) & raw["population_group"].str.startswith("pupils")
    ]
    pupils = pupils[(pupils["region"] == "West-Nederland") & (pupils["period"] == "2016/2017")]
    ours = people(youths_by_origin("West-Nederland", year=2017, ages="pupils"))["West-Nederland"]
    for group in GROUPS:
        assert ours[group] == pupils.loc[pupils["origin"] == group, "persons"].sum()


# --- modelled figures -------------------------------------------------------------------------------------------------


def test_the_region_is_the_sum_of_its_municipalities_and_the_number_of_youths_that_care_implies():
    table = youths_by_origin("Haaglanden", year=2017)
    assert table["region"].nunique() == 11
    count = people(table).unstack("origin")
    members = count.drop("Haaglanden")
    assert (members.sum() - count.loc["Haaglanden"]).abs().max() <= 5  # each is rounded to whole youths
    totals = load("care_totals").query("period == '2017' and form == 'youth_care' and region_kind == 'municipality'")
    implied = implied_population(totals, ["region"]).astype({"region": "str"}).set_index("region")["population"]
    assert (members["total"] - implied.loc[members.index]).abs().max() <= 2
    assert (count["nederlands"] + count["met_migratieachtergrond"]).equals(count["total"])
    assert count["total"].loc["Voorschoten"] > 0


def test_ages_0_11_are_kept_and_the_rest_of_the_city_has_the_origin_published_for_2019(raw):
    young = people(youths_by_origin("'s-Gravenhage", year=2019, ages="0-11"))["'s-Gravenhage"][GROUPS]
    modelled = people(youths_by_origin("'s-Gravenhage", year=2019))["'s-Gravenhage"][GROUPS]
    city = raw[raw["statline_table"] == "84910NED"].pivot(index="age_group", columns="origin", values="persons")[GROUPS]
    older = city.drop("20-24").sum() + 3 / 5 * city.loc["20-24"] - young
    left = modelled - young
    assert (left / left.sum()).to_numpy() == pytest.approx((older / older.sum()).to_numpy(), abs=1e-4)


def test_errors_of_municipalities_add_in_quadrature_and_grow_with_the_distance_from_2020():
    def width(year):
        table = youths_by_origin("Haaglanden", year=year)
        table = table[table["origin"] == "niet_westers"].astype({"region": "str"}).set_index("region")
        error = np.log(table["population_upper"] / table["population"])
        return error, table["population"], table["kind"]

    error, number, kind = width(2020)
    members = (error * number).drop("Haaglanden")
    # the rounding of the number of youths, at most 1 %, is taken as one error for the region: a little more than quadrature
    assert 1 <= error["Haaglanden"] * number["Haaglanden"] / np.sqrt((members**2).sum()) <= 1.1
    assert set(kind) == {"modelled"}
    assert error["'s-Gravenhage"] < error["Delft"] < error["Wassenaar"]
    earlier, _, kinds = width(2015)
    assert (earlier.drop("'s-Gravenhage") > error.drop("'s-Gravenhage")).all()
    assert kinds["Wassenaar"] == kinds["Haaglanden"] == "carried by trend"
    assert kinds["Delft"] == "modelled"


def test_landsdelen_are_carried_by_the_growth_of_the_country(raw):
    young = raw[(raw["statline_table"] == "70748ned") & (raw["region"] == "Nederland") & (raw["age_group"] != "all")]
    young = young[young["origin"] == "niet_westers"].groupby("period")["persons"].sum()
    west = youths_by_origin("West-Nederland", year=2017, ages="0-15").astype({"origin": "str"}).set_index("origin")
    assert west.loc["niet_westers", "population"] == round(
        333405 * young["2017"] / young["2015"]
    )  # 333,405 in 81485ned
    assert west.loc["niet_westers", "kind"] == "carried by trend"
    longer = youths_by_origin("West-Nederland", year=2020, ages="0-15").astype({"origin": "str"}).set_index("origin")
    relative = [table["population_upper"] / table["population"] for table in (west, longer)]
    assert (relative[1] > relative[0]).all()


@pytest.mark.parametrize(
    ("region", "year", "ages"),
    [
        ("Rijnmond", 2017, "0-22"), ("Rijnmond", 2017, "pupils"), ("Haaglanden", 2017, "0-11"), ("Haaglanden", 2014, "0-22"),
        ("West-Nederland", 2017, "0-22"), ("West-Nederland", 2021, "0-15"), ("Delft", 2017, "0-19"), ("Haaglanden", 2022, "0-22"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_explained_and_the_table_to_add_is_named(region, year, ages):
    with pytest.raises(BereikError, match=rf"{region} .* in {year} .*Expected: .*84910NED"):
        youths_by_origin(region, year=year, ages=ages)


def test_unknown_choices_are_refused():
    with pytest.raises(UnknownNameError, match="'0-23'"):
        youths_by_origin(year=2017, ages="0-23")
    with pytest.raises(UnknownNameError, match="regression"):
        youths_by_origin(year=2017, method="regresion")
    with pytest.raises(UnknownNameError, match="Haaglanden"):
        youths_by_origin("Haagland", year=2017)


# --- the error --------------------------------------------------------------------------------------------------------


def test_the_stated_error_by_hand():
    assert stated([0.1, -0.1]) == pytest.approx(12.706 * 0.1, rel=1e-4)  # Student's t with 1 degree of freedom
    assert stated([0.0] * 99 + [-0.5]) == pytest.approx(0.5)  # the largest error is never outside


def test_the_stated_error_covers_a_new_place():
    rng = np.random.default_rng(3)
    errors = rng.normal(0, 0.1, (4000, 8))
    covered = np.mean([abs(row[0]) <= stated(row[1:]) for row in errors])
    assert covered >= 0.95


def test_a_place_does_not_state_its_own_error():
    trial = pd.DataFrame(
        {"step": "a", "region_code": ["x", "y", "z"], "true": [100.0] * 3, "predicted": [300.0, 110.0, 90.0]}
    )
    found = stated_by_others(trial, ["step"])
    assert found[0] == pytest.approx(stated([np.log(1.1), np.log(0.9)]))


def test_the_prediction_of_a_place_left_out_by_plain_numpy(raw, trial):
    table = raw[raw["statline_table"] == "70748ned"]
    table = table[(table["period"] == "2020") & table["origin"].isin(GROUPS)]
    everyone = table[table["age_group"] == "all"].pivot(index="region", columns="origin", values="persons")
    young = table[table["age_group"] != "all"].groupby(["region", "origin"])["persons"].sum().unstack()
    share, among_young = (part.div(part.sum(axis=1), axis=0) for part in (everyone, young))
    others = share.index.drop("Westland")
    predicted = {}
    for group in GROUPS:
        design = np.column_stack([np.ones(len(others)), np.log(share.loc[others, group])])
        effect = np.linalg.lstsq(design, np.log(among_young.loc[others, group] / share.loc[others, group]), rcond=None)[
            0
        ]
        own = share.loc["Westland", group]
        predicted[group] = own * np.exp(effect @ [1, np.log(own)])
    scale = young.loc["Westland"].sum() / sum(predicted.values())
    ours = trial[(trial["region"] == "Westland") & (trial["year"] == 2020) & (trial["ages"] == "0-11")]
    ours = ours[ours["method"] == "regression"].set_index("origin")
    for group in GROUPS:
        assert ours.loc[group, "predicted"] == pytest.approx(scale * predicted[group], rel=1e-9)
        assert ours.loc[group, "true"] == young.loc["Westland", group]
        assert ours.loc[group, "relative_error"] == pytest.approx(
            scale * predicted[group] / ours.loc[group, "true"] - 1
        )


def test_predictions_lie_within_the_stated_error(trial):
    """Nested: the error is stated by other places than the one that is predicted."""
    judged = trial[trial["within"].notna()]
    assert len(judged) > 500
    assert judged["within"].mean() >= 0.95
    by_step = judged.groupby(["step", "method"])["within"].mean().astype(float)
    assert (by_step >= 0.9).all(), by_step
    city = judged[judged["ages"] == "0-22"]
    assert city["region"].tolist() == ["'s-Gravenhage"] * 6
    assert city["within"].all()


def test_regression_errs_less_than_ipf_which_is_why_it_is_the_default(trial):
    size = (
        trial[trial["ages"] == "0-11"]
        .groupby(["method", "origin"])["relative_error"]
        .apply(lambda e: np.sqrt(np.mean(e**2)))
    )
    assert (size["regression"] < size["ipf"]).all()
    assert size["regression", "niet_westers"] < 0.05


def test_the_origin_of_pupils_in_the_region_is_predicted_within_the_share_of_lansingerland(trial):
    region = trial[(trial["region"] == "Haaglanden") & (trial["origin"] == "nederlands")]
    assert len(region) == 7
    # the two labour-market regions also hold Lansingerland, where most pupils are Dutch: predicted is lower, a little
    assert region["relative_error"].between(-0.05, 0).all()
