"""The synthetic example reproduces the published figures it says it does, and its persons, counts and true values agree."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from bereik import access_gap, as_counts, example_youths, release, severity_bands
from bereik.codelists import origin_groups
from bereik.data.persons import check_youths
from bereik.data.synthetic import true_values
from bereik.errors import BereikError, UnknownNameError

FORMS = ["without_residence", "with_residence", "protection", "probation"]
OUTCOMES = ["ended_prematurely", "returned_within_year", "goals_reached", "problems_decreased", "satisfaction"]
# Youths 0-22 in 2017: youths in care / percentage (CBS StatLine 84134NED), summed over municipalities.
YOUTHS = 294_077
# Youths in care by form in 2017, CBS StatLine 82965NED: nederlands, westers, niet-westers.
PUBLISHED = [(16665, 3105, 9160), (1390, 275, 1015), (1030, 260, 970), (220, 90, 525)]
GROUPS = ["nederlands", "westers", "niet_westers"]


@pytest.fixture(scope="module")
def youths():
    return example_youths(500_000, seed=7)


def main_group(origins):
    """The seven origins fold into three by the list of origins: parent of the countries is niet_westers."""
    parent = origin_groups("migratieachtergrond").set_index("code")["parent"]
    return origins.astype(str).replace({code: up for code, up in parent.items() if up == "niet_westers"})


def test_expected_use_equals_the_published_counts_by_origin_age_and_sex(expected_youths):
    cells = expected_youths(None)
    expected = YOUTHS * cells.groupby(main_group(cells["origin"]))[FORMS].sum()
    assert pytest.approx(np.array(PUBLISHED), abs=0.5) == expected.loc[GROUPS].to_numpy().T
    by_age = YOUTHS * cells.groupby("age_band", observed=False)[FORMS].sum()
    by_sex = YOUTHS * cells.groupby("sex")[FORMS].sum()
    # CBS StatLine 82965NED, Haaglanden 2017; the margins add up to 5 more or less than the total by origin
    assert by_age["without_residence"].to_numpy() == pytest.approx([2585, 14555, 11175, 615], abs=5)
    assert by_age["protection"].to_numpy() == pytest.approx([320, 890, 1055, 0], abs=5)
    assert by_age["probation"].to_numpy() == pytest.approx([0, 0, 600, 235], abs=1)
    assert by_sex.loc["male"].to_numpy() == pytest.approx([16460, 1375, 1155, 660], abs=5)


def test_youths_have_the_places_households_and_problems_of_the_sources(youths):
    towns = 100 * youths["municipality"].value_counts(normalize=True)
    assert towns["'s-Gravenhage"] == pytest.approx(100 * 141552 / 294077, abs=0.3)  # 84134NED, 2017
    hague = 100 * youths.loc[youths["municipality"] == "'s-Gravenhage", "origin"].value_counts(normalize=True)
    assert hague["turkije"] == pytest.approx(10.1, abs=0.4)  # 84910NED, ages 0-22 in 2019
    alone = youths.groupby("origin")["single_parent"].mean()
    assert alone["suriname"] == pytest.approx(0.38, abs=0.01)  # CBS 2017/18
    low = (youths["income_group"] == "low").groupby(main_group(youths["origin"])).mean()
    assert low["nederlands"] == pytest.approx(0.039, abs=0.003)  # 83842NED, 2017
    assert low["westers"] == pytest.approx(0.085, abs=0.006)
    adolescents = youths[youths["age"].between(12, 17)]
    # Vugteveen et al. 2022, 12-17 years: parent 7.0 (5.6), self 8.6 (5.0); Van den Heuvel et al. 2017: teacher 90th percentile 14
    assert adolescents["sdq_parent"].agg(["mean", "std"]).to_numpy() == pytest.approx([7.0, 5.6], abs=0.1)
    assert adolescents["sdq_self"].agg(["mean", "std"]).to_numpy() == pytest.approx([8.6, 5.0], abs=0.1)
    assert youths.loc[youths["age"].between(4, 10), "sdq_teacher"].astype(float).quantile(0.9) == 14
    assert pytest.approx(30_565, rel=0.01) == YOUTHS * youths[FORMS].any(axis=1).mean()  # in any care, published


def ratios(table, measure="rate_ratio_at_equal_severity"):
    rows = table[table["measure"] == measure].astype({"form": str, "origin": str})
    return rows.set_index(["form", "origin"])["value"]


def gap_of(cells, by, relative_to="nederlands"):
    """What access_gap finds on expected numbers of youths and users."""
    cells = cells.groupby(["origin", by], observed=True)[["youths", *FORMS]].sum().reset_index()
    counts = cells.melt(["origin", by, "youths"], FORMS, "form", "users")
    counts[["population", "users"]] = (1e13 * counts[["youths", "users"]]).round()
    counts = as_counts(counts.assign(synthetic=True, source="expected"), by=["form", "origin", by])
    return access_gap(counts, by=["form", "origin"], over=[by], relative_to=relative_to)


def test_true_values_are_what_access_gap_finds_on_the_expected_counts(expected_youths):
    gap = gap_of(expected_youths("parent"), "severity")
    true = true_values()
    for measure in ("rate_ratio_at_equal_severity", "crude_rate_ratio"):
        assert ratios(gap, measure).to_dict() == pytest.approx(ratios(true, measure).to_dict(), rel=1e-6)


def test_true_values_of_merged_bands_and_another_reference(expected_youths):
    merged = {"normal": "normal", "borderline": "borderline+clinical", "clinical": "borderline+clinical"}
    cells = expected_youths("parent").assign(band=lambda table: table["severity"].astype(str).map(merged))
    bands = ["normal", "borderline+clinical"]
    found = gap_of(cells.assign(band=pd.Categorical(cells["band"], bands, ordered=True)), "band", "turkije")
    true = ratios(true_values(bands=dict.fromkeys(FORMS, bands), relative_to="turkije"))
    assert true.to_dict() == pytest.approx(ratios(found).to_dict(), rel=1e-6)
    assert len(true) == 24
    with pytest.raises(UnknownNameError, match="origin 'nederland'"):
        true_values(relative_to="nederland")


def test_true_values_at_real_severity_are_those_of_the_youths_who_have_a_score(expected_youths):
    """British bands of teachers hold for ages 4-17, which are two whole age bands; who answers depends on origin only."""
    cells = expected_youths(None)
    found = gap_of(cells[cells["age_band"].isin(["4-11", "12-17"])], "severity")
    true = true_values(informant="teacher", scheme="uk_four_band", real=True)
    assert ratios(true).to_dict() == pytest.approx(ratios(found).to_dict(), rel=1e-6)


def test_a_release_of_the_example_says_what_was_put_in_and_what_is_true():
    made = release(example_youths(20_000))
    put_in = made["put_in"].set_index("part")[["lowest", "highest"]]
    expected = [[0.3, 1.4], [-1.0, 1.0], [0.49, 1.0]]
    assert put_in.loc[["severity", "informants", "age_and_sex"]].to_numpy().tolist() == expected
    bands = made["by_severity"].astype({"severity": str}).groupby("form", observed=True)["severity"].unique().to_dict()
    true = made["true_values"].set_index(["form", "origin"])
    assert true["at_reported_bands"].to_dict() == pytest.approx(ratios(true_values(bands=bands)).to_dict())
    assert true["at_real_severity"].to_dict() == pytest.approx(ratios(true_values(real=True)).to_dict())
    assert (made.about["region"], made.about["group"], made.main["group"]) == ("Haaglanden", "marokko", "niet_westers")
    assert "by_municipality" in made
    own = release(example_youths(20_000).assign(source="individual data: own"), group="suriname", reference="turkije")
    assert not {"put_in", "true_values", "by_municipality"} & set(own.tables)


def test_persons_have_the_distribution_of_the_cells(youths, expected_youths):
    """Pearson chi-square of youths, and of users and non-users, per form x origin x band, each at 0.001."""
    banded = severity_bands(youths, score="sdq_parent", informant="parent", scheme="dutch_norms")
    banded, keys = banded.dropna(subset="severity"), ["origin", "severity"]
    cells = expected_youths("parent").astype(dict.fromkeys(keys, "str"))
    sums = cells.groupby(keys)[["youths", *FORMS]].sum()
    groups = banded.astype(dict.fromkeys(keys, "str")).groupby(keys)[FORMS]
    drawn, population = groups.sum().reindex(sums.index), groups.size().reindex(sums.index)
    assert len(sums) == 21
    wanted = 500_000 * sums["youths"]
    rest = wanted.sum() - population.sum()
    youths_off = ((population - wanted) ** 2 / wanted).sum() + rest**2 / (500_000 - wanted.sum())
    assert chi2.ppf(0.0005, 21) < youths_off < chi2.ppf(0.9995, 21)
    for form in FORMS:
        chance = sums[form] / sums["youths"]
        users_off = ((drawn[form] - population * chance) ** 2 / (population * chance * (1 - chance))).sum()
        assert chi2.ppf(0.0005, 21) < users_off < chi2.ppf(0.9995, 21)


def test_youths_have_the_form_of_individual_data(youths):
    assert check_youths(youths).empty
    assert youths["synthetic"].all()
    assert youths["source"].unique().tolist() == ["individual data: synthetic example of bereik"]
    for score, first, last in (("sdq_parent", 2, 17), ("sdq_teacher", 4, 17), ("sdq_self", 11, 17)):
        scored = youths[youths[score].notna()]
        assert scored["age"].agg(["min", "max"]).tolist() == [first, last]
        assert 0.6 < youths.loc[youths["age"].between(first, last), score].notna().mean() < 0.9
    assert not youths.loc[youths["age"] >= 18, "protection"].any()
    assert not youths.loc[youths["age"] < 12, "probation"].any()


def test_those_in_care_have_a_route_dates_in_the_year_and_outcomes_only_when_care_ended(youths):
    in_care = youths[FORMS].any(axis=1)
    users = youths[in_care]
    assert users[["referrer", "care_start"]].notna().all(axis=None)
    ended = users["care_end"].notna()
    assert 0.2 < ended.mean() < 0.8
    assert users.loc[ended, OUTCOMES].notna().all(axis=None)
    assert users.loc[~ended, OUTCOMES].isna().all(axis=None)
    assert (users["care_start"] <= "2017-12-31").all()
    assert users.loc[ended, "care_end"].between("2017-01-01", "2017-12-31").all()
    assert (users.loc[users["age"] == 0, "care_start"] >= "2017-01-01").all()
    compulsory = users[["protection", "probation"]].any(axis=1)
    assert set(users.loc[compulsory, "referrer"]) == {"certified_institution", "judge"}


def test_rows_do_not_depend_on_how_many_are_drawn_and_seeds_differ():
    many = example_youths(125_000, seed=3)  # two blocks
    pd.testing.assert_frame_equal(example_youths(500, seed=3), many.head(500))
    assert not many.head(500)["age"].equals(example_youths(500, seed=4)["age"])
    assert not many["age"].head(2000).equals(many["age"].iloc[122_880:124_880].reset_index(drop=True))


@pytest.mark.parametrize("choice", [{"size": 0}, {"size": 10.5}, {"seed": -1}, {"size": True}])
def test_what_cannot_be_drawn_is_refused(choice):
    with pytest.raises(BereikError, match="a whole number of [01] or more"):
        example_youths(**{"size": 10, **choice})


def test_a_form_without_use_at_these_ages_has_no_ratio_and_unknown_informants_are_refused():
    none = true_values(informant="teacher").query("form == 'probation'")
    assert ratios(none).isna().all()  # Dutch norms by teachers: 4-10 years
    assert none["status"].eq("undefined").all()
    for informant, says in (("neighbour", "informant 'neighbour'"), ("self", "no source yet")):
        with pytest.raises(BereikError, match=says):
            true_values(informant=informant)
