"""Youths by origin: published figures found again; exact where published, modelled elsewhere, with an error that holds.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from bereik import implied_population, load, region_members, youths_by_origin
from bereik.codelists import read_list
from bereik.data.population_model import leave_one_out, predict, read_published, split_errors, stated
from bereik.data.statline import read_statline
from bereik.errors import BereikError, UnknownNameError

GROUPS = ["nederlands", "westers", "niet_westers"]


@pytest.fixture(scope="module")
def raw():
    return load("youths_by_origin").astype({"region": "str", "origin": "str"})


def select(table, **values):
    for column, value in values.items():
        table = table[table[column].isin(value if isinstance(value, list) else [value])]
    assert len(table)
    return table


def people(table):
    return table.astype({"origin": "str"}).set_index(["region", "origin"])["population"]


# --- what is published ------------------------------------------------------------------------------------------------


def test_figures_read_in_the_tables(raw):
    hague = select(raw, region_code="GM0518", period="2019")
    for origin, count in {"nederlands": 12663, "niet_westers": 12581}.items():
        # 70748ned: sum of 0..4 jaar; 84910NED: T001038; 70100
        ages = select(hague, statline_table="70748ned", age_group=list("01234"), origin=origin)["persons"].sum()
        assert ages == select(hague, age_group="0-4", origin=origin)["persons"].sum() == count
    under_20 = select(hague, origin="niet_westers", age_group=["0-4", "5-9", "10-14", "15-19"])["persons"].sum()
    assert under_20 == 52612  # 84910NED: T001038; 70100..70400; 2012657


def test_groups_and_regions_add_up(raw):
    exact = select(raw, statline_table=["70748ned", "81485ned", "84910NED", "83295NED", "80043ned"])
    keys = ["statline_table", "period", "region_code", "age_group"]
    side = exact.pivot_table(index=keys, columns="origin", values="persons")
    side = side.dropna(subset=["total", "nederlands", "met_migratieachtergrond"])
    assert len(side) > 1000
    apart = side["total"] - side["nederlands"] - side["met_migratieachtergrond"] - side["onbekend"].fillna(0)
    assert (apart.drop("80043ned") == 0).all()  # this one has pupils of unknown origin
    assert (apart >= 0).all()
    assert (side["westers"] + side["niet_westers"] == side["met_migratieachtergrond"]).all()
    children = select(raw, statline_table="81485ned").groupby(["period", "origin", "region_kind"])["persons"]
    children = children.sum().unstack()
    assert (children["country"] == children["landsdeel"]).all()


def test_2016_agrees_with_the_other_tables_of_that_year_and_regions_are_sums(raw):
    """37713 beside 70748ned (single ages), and Haaglanden as the sum of its municipalities; the country holds every region."""
    rows = select(raw, statline_table="37713")
    classes = rows.pivot_table(index=["region", "region_kind", "origin"], columns="age_group", values="persons")
    single = select(raw, statline_table="70748ned", period="2016", origin=["nederlands", "met_migratieachtergrond"])
    for name, ages in {"0-4": "01234", "5-9": "56789"}.items():
        sums = select(single, age_group=list(ages)).groupby(["region", "region_kind", "origin"])["persons"].sum()
        assert len(sums) == 16
        assert (classes.loc[sums.index, name] == sums).all()
    kinds = classes.groupby(["region_kind", "origin"]).sum()
    assert (kinds.loc["jeugdregio"] == kinds.loc["country"]).all(axis=None)
    members = classes.loc[region_members("Haaglanden", 2016)["name"].tolist()].groupby("origin").sum()
    assert (members == classes.loc["Haaglanden"].droplevel(0)).all(axis=None)


def test_a_region_is_added_up_only_when_all_its_municipalities_are_in_the_download(tmp_path):
    def regions(codes):
        lines = [f"70100;{origin};{code};2016JJ00;7;" for origin in ("1012600", "2012605") for code in [*codes, "NL01"]]
        text = "\n".join(["Leeftijd;Herkomstgroepering;RegioS;Perioden;MannenEnVrouwen_1;MannenEnVrouwen_4", *lines])
        (tmp_path / "37713.csv").write_text(text + "\n")
        table = read_statline(tmp_path / "37713.csv", "37713").query("region_kind == 'jeugdregio'")
        return table[["region", "origin", "persons"]].to_numpy().tolist()

    codes = read_list("municipalities_2016.csv").query("jeugdregio == 'JZ-noord-limburg'")["code"].tolist()
    count = 7 * len(codes)
    assert regions(codes) == [["Noord-Limburg", origin, count] for origin in ("nederlands", "met_migratieachtergrond")]
    assert regions(codes[1:]) == []


# --- exact figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "year"), [("West-Nederland", 2015), ("Nederland", 2010)])
def test_exact_figures_are_the_published_ones(raw, region, year):
    rows = select(raw, statline_table="81485ned", region=region, period=str(year)).set_index("origin")["persons"]
    ours = youths_by_origin(region, year=year, ages="0-15")
    assert people(ours)[region].to_dict() == rows[people(ours)[region].index].to_dict()
    assert ours["population"].eq(ours["population_lower"]).all()
    assert set(ours["method"]) == {"as published"}


def test_pupils_are_primary_and_secondary_of_the_school_year_that_runs_on_1_january(raw):
    pupils = select(raw, statline_table=["83295NED", "80043ned"], region="West-Nederland", period="2016/2017")
    pupils = pupils[pupils["population_group"].str.startswith("pupils")].groupby("origin")["persons"].sum()
    ours = people(youths_by_origin("West-Nederland", year=2017, ages="pupils"))["West-Nederland"]
    assert ours[GROUPS].tolist() == pupils[GROUPS].tolist()


# --- modelled figures -------------------------------------------------------------------------------------------------


def test_regression_recovers_youths_that_follow_its_model():
    rng = np.random.default_rng(11)
    places = [f"p{place}" for place in range(6)]
    everyone = pd.DataFrame(rng.dirichlet([8, 2, 3], 6) * rng.uniform(2e4, 5e5, (6, 1)), places, GROUPS)
    share = everyone.div(everyone.sum(axis=1), axis=0)
    youths = 0.25 * everyone.sum(axis=1).to_numpy()[:, None] * share ** [1.1, 0.8, 0.9] * [0.8, 0.7, 1.1]
    new = predict(youths.iloc[1:], everyone, everyone.iloc[0], 1000.0)
    assert new.sum() == pytest.approx(1000)
    # shares among youths add up to 1, so each group follows its power of the share up to that norm: within 3 %
    assert new.to_numpy() == pytest.approx((1000 * youths.iloc[0] / youths.iloc[0].sum()).to_numpy(), rel=0.03)


def test_the_region_is_the_sum_of_its_municipalities_and_has_the_number_of_youths_that_care_implies():
    count = people(youths_by_origin("Haaglanden", year=2017)).unstack("origin")
    members = count.drop("Haaglanden")
    assert len(members) == 10
    assert (members.sum() - count.loc["Haaglanden"]).abs().max() <= 5  # each is rounded to whole youths
    totals = load("care_totals").query("period == '2017' and form == 'youth_care' and region_kind == 'municipality'")
    implied = implied_population(totals, ["region"]).astype({"region": "str"}).set_index("region")["population"]
    assert (members["total"] - implied.loc[members.index]).abs().max() <= 2
    assert (count["nederlands"] + count["met_migratieachtergrond"]).equals(count["total"])
    assert (count["westers"] + count["niet_westers"] - count["met_migratieachtergrond"]).abs().max() <= 1


@pytest.mark.parametrize("region", ["Haaglanden", "Rijnmond", "Wassenaar"])
def test_2016_has_the_published_sums_with_three_fifths_of_ages_20_24(raw, region):
    rows = select(raw, statline_table="37713", region=region)
    rows = rows.pivot(index="age_group", columns="origin", values="persons")
    ours = youths_by_origin(region, year=2016).astype({"region": "str"}).query("region == @region").set_index("origin")
    published = (rows.drop("20-24").sum() + 3 / 5 * rows.loc["20-24"]).round()
    assert ours.loc[published.index, "population"].tolist() == published.tolist()
    assert ours.loc[published.index, "method"].str.startswith("ages 0-19 as published").all()
    assert ("westers" in ours.index) == (region != "Rijnmond")  # the parts are modelled where residents are published


def test_the_model_without_its_anchor_and_what_anchoring_does_in_another_year(raw):
    then, now = (youths_by_origin("Haaglanden", year=year).set_index(["region", "origin"]) for year in (2016, 2019))
    tried = then.xs("met_migratieachtergrond", level="origin")
    errors = (tried["unanchored"] / tried["population"] - 1).round(3)
    assert errors[["Haaglanden", "Wassenaar", "Delft", "Westland"]].tolist() == [-0.008, -0.209, 0.038, -0.085]
    assert (errors.drop("Haaglanden") < 0).sum() == 7
    odds = {}
    for name, table in {"then": then, "now": now}.items():  # the odds of 2016, times what the model says changed
        side = table.loc["Westland", ["population", "unanchored"]]
        odds[name] = side.loc["met_migratieachtergrond"] / side.loc["nederlands"]
    change = odds["now"] / odds["then"]
    assert change["population"] == pytest.approx(change["unanchored"], rel=1e-3)
    # the one figure to hold it against in another year: 's-Gravenhage 2019 (84910NED)
    city = select(raw, statline_table="84910NED").pivot(index="age_group", columns="origin", values="persons")
    city = city.drop("20-24").sum() + 3 / 5 * city.loc["20-24"]
    ours = now.loc["'s-Gravenhage"]
    people = ours["population"]
    assert people["met_migratieachtergrond"] / people["nederlands"] == pytest.approx(1.5687, rel=0.015)
    scaled = city[GROUPS] * people["total"] / city[GROUPS].sum()
    assert scaled.between(ours.loc[GROUPS, "population_lower"], ours.loc[GROUPS, "population_upper"]).all()


def test_errors_grow_with_what_is_not_published_and_with_the_distance_from_2016():
    years = {at: youths_by_origin("Haaglanden", year=at).set_index(["origin", "region"]) for at in (2016, 2017, 2021)}
    width = {year: np.log(table["population_upper"] / table["population"]) for year, table in years.items()}
    error, number = width[2016]["niet_westers"], years[2016].loc["niet_westers", "population"]
    members = (error * number).drop("Haaglanden").sum()
    # one model: all err to one side
    assert error["Haaglanden"] * number["Haaglanden"] == pytest.approx(members, rel=0.02)
    assert error["'s-Gravenhage"] < error["Delft"] < error["Wassenaar"]
    method = years[2016].loc["niet_westers", "method"]
    rests_on = ["residents of all ages (2020)", "sum of the municipalities", "ages 0-11 as published, ages 12-22 with"]
    for place, words in zip(["Wassenaar", "Haaglanden", "Delft"], rests_on, strict=True):
        assert method[place].startswith(words)
    sums = [width[year]["met_migratieachtergrond"] for year in years]
    assert ((sums[0] < sums[1]) & (sums[1] < sums[2])).all()
    assert sums[0].between(1e-6, 0.022).all()  # in 2016 only whether it is 2/5, 3/5 or 4/5 of ages 20-24


def test_landsdelen_are_carried_by_the_growth_of_the_country(raw):
    young = select(raw, statline_table="70748ned", region="Nederland", origin="niet_westers")
    young = young[young["age_group"] != "all"].groupby("period")["persons"].sum()
    tables = [youths_by_origin("West-Nederland", year=year, ages="0-15").set_index("origin") for year in (2017, 2020)]
    group = tables[0].loc["niet_westers"]
    assert group["population"] == round(333405 * young["2017"] / young["2015"])  # 333,405 in 81485ned
    assert group["method"] == "carried from 2015 by the growth of ages 0-11 in the country"
    relative = [table["population_upper"] / table["population"] for table in tables]
    assert (relative[1] > relative[0]).all()


MISSING = [("Rijnmond", 2017, "0-22"), ("Rijnmond", 2016, "pupils"), ("Haaglanden", 2014, "0-22")]
MISSING += [("Haaglanden", 2022, "0-22"), ("West-Nederland", 2017, "0-22"), ("West-Nederland", 2021, "0-15")]
MISSING += [("Delft", 2015, "0-15")]


@pytest.mark.parametrize(("region", "year", "ages"), MISSING)
def test_what_is_not_there_is_explained_and_the_table_to_add_is_named(region, year, ages):
    with pytest.raises(BereikError, match=rf"{region} .* in {year} .*Expected: .*84910NED"):
        youths_by_origin(region, year=year, ages=ages)


def test_unknown_choices_are_refused():
    for name, value, says in (("ages", "0-23", "'0-23'"), ("region", "Haagland", "landen")):
        with pytest.raises(UnknownNameError, match=says):
            youths_by_origin(**{"year": 2017, name: value})


# --- the error --------------------------------------------------------------------------------------------------------


def test_the_stated_error_by_hand_and_by_simulation():
    assert stated([0.1, -0.1]) == pytest.approx(12.706 * 0.1, rel=1e-4)  # Student's t with 1 degree of freedom
    assert stated([0.0] * 99 + [-0.5]) == pytest.approx(0.5)  # the largest error is never outside
    errors = np.random.default_rng(3).normal(0, 0.1, (4000, 8))
    assert np.mean([abs(row[0]) <= stated(row[1:]) for row in errors]) >= 0.95  # it covers a new place


def test_a_place_left_out_lies_within_the_error_that_the_others_state():
    """Nested: the shares of ages 0-11, and of pupils, among those with a migration background."""
    data, within = read_published(), []
    for year, step in product(range(2015, 2022), ["young", "pupils", "secondary"]):
        errors = split_errors(*leave_one_out(data, year)[step])
        for group, place in product(errors, errors.index):
            within.append(abs(errors.loc[place, group]) <= stated(errors[group].drop(place)))
    assert len(within) > 200
    assert np.mean(within) >= 0.95
