"""Change in regions and goals: by hand, against other calculations and closed forms, and by simulation with true values."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from bereik.errors import BereikError, InvalidTableError
from bereik.pilot import example_pilot, nested_change, nested_power, regional_change, true_values
from bereik.pilot.multilevel import pool_partially

VALUES, ERRORS = np.array([0.4, 0.35, 0.65, 0.1]), np.array([0.06, 0.08, 0.1, 0.12])
GOALS, EACH, SIZE = 5, 3, 10
HALF = 0.005 + 1e-9  # results have two decimals


def as_answers(people):
    """Answers to one item, 3 at the start, of people with a network and a change."""
    marks = {"synthetic": True, "source": "made up"}
    people = people.assign(participant=[f"P{i}" for i in range(len(people))], **marks)
    later = [people.assign(wave="before", answer=3), people.assign(wave="after", answer=3 + people["change"])]
    answers = pd.concat(later).assign(scale="s", item="i")
    return answers.drop(columns=["network", "change"]), people


def of_regions(changes):
    rows = [(region, change) for region, given in changes.items() for change in given]
    return as_answers(pd.DataFrame(rows, columns=["network", "change"]))


def of_goals(changes):
    """Answers from an array goals x organisations x participants."""
    rows = [(f"goal {g}", f"organisation {g}{o}", change) for (g, o, _), change in np.ndenumerate(np.asarray(changes))]
    answers, people = as_answers(pd.DataFrame(rows, columns=["network", "organisation", "change"]))
    return answers.drop(columns="organisation"), people


def test_pooling_agrees_with_drawing_from_prior_and_weighing_by_likelihood():
    # another way to the same distribution: 400,000 draws of spread and mean, weighed by the likelihood of the values
    draw = np.random.default_rng(2)
    spread, mu = np.abs(draw.normal(0, 0.5, 400_000)), draw.uniform(-2, 3, 400_000)
    total = np.sqrt(ERRORS**2 + spread[:, None] ** 2)
    weight = np.exp(stats.norm.logpdf(VALUES, mu[:, None], total).sum(axis=1))
    weight /= weight.sum()
    pull = ERRORS**2 / total**2
    each = (1 - pull) * VALUES + pull * mu[:, None]
    found = pool_partially(VALUES, ERRORS, 0.5, 0.95)
    assert found[:4, 0] == pytest.approx(weight @ each, abs=0.01)
    each += np.sqrt(1 - pull) * ERRORS * draw.standard_normal(each.shape)
    drawn = [*each.T, mu, mu + spread * draw.standard_normal(len(mu)), spread]
    for estimate, values in zip(found, drawn, strict=True):  # of each region, the mean of all, a new region, the spread
        order = np.argsort(values)
        expected = np.interp([0.5, 0.025, 0.975], np.cumsum(weight[order]), values[order])
        assert estimate == pytest.approx(expected, abs=0.01)


REGIONS = {"a": [0, 1] * 5, "b": [1] * 6 + [0] * 6, "c": [1, 1, 0, 1] * 4}


def test_a_region_by_itself_is_the_mean_with_the_spread_of_all_and_a_small_one_changes_nothing():
    table = regional_change(*of_regions({**REGIONS, "d": [0] * 9}))
    alone = table[table["measure"] == "mean_change"].set_index("region")
    used = [np.array(changes) for changes in REGIONS.values()]
    within = np.sqrt(sum(((one - one.mean()) ** 2).sum() for one in used) / (10 + 12 + 16 - 3))
    half = stats.t.ppf(0.975, 35) * within / np.sqrt(12)
    found = alone.loc["b", ["value", "lower", "upper"]].tolist()
    assert found == pytest.approx([0.5, 0.5 - half, 0.5 + half], abs=HALF)
    small = table["region"] == "d"  # nine participants
    assert table["status"].eq("hidden").equals(small)
    assert table.loc[small, ["value", "lower", "upper", "denominator"]].isna().all(axis=None)
    pooled = table[table["measure"] == "pooled_change"].set_index("region")["value"]
    assert 0.5 < pooled["a"] < pooled["c"] < 0.75  # each is drawn to the others
    pd.testing.assert_frame_equal(table[~small].reset_index(drop=True), regional_change(*of_regions(REGIONS)))


def closed_form(changes):
    """Goal means, their standard error and the variance between organisations, when all groups are equally large (REML)."""
    goals, each, size = changes.shape
    means = changes.mean(axis=2)
    between = size * ((means - means.mean(axis=1, keepdims=True)) ** 2).sum() / (goals * (each - 1))
    within = ((changes - means[:, :, None]) ** 2).sum() / (goals * each * (size - 1))
    if between < within:  # the estimate lies on its limit: all variation is pooled
        within = (changes - changes.mean(axis=(1, 2), keepdims=True)).var() * changes.size / (changes.size - goals)
        return means.mean(axis=1), np.sqrt(within / (each * size)), 0.0
    return means.mean(axis=1), np.sqrt(between / (each * size)), (between - within) / size


def whole_changes(seed):
    draw = np.random.default_rng(seed)
    latent = 0.3 + 0.6 * draw.standard_normal((GOALS, EACH, 1)) + 0.6 * draw.standard_normal((GOALS, EACH, SIZE))
    return np.clip(np.rint(latent), -2, 2).astype(int)


ALIKE = np.tile(np.array([0, 1, 0, 1, 1, 0, 0, 1, 0, 1]), (GOALS, EACH, 1))  # all organisations alike: a singular fit


@pytest.mark.parametrize("changes", [*map(whole_changes, range(4)), ALIKE])
def test_the_mixed_model_agrees_with_the_closed_form(changes):
    means, error, between = closed_form(changes.astype("float64"))
    table = nested_change(*of_goals(changes))
    goals, together = table[table["measure"] == "goal_change"], table.set_index("measure")
    half = stats.t.ppf(0.975, GOALS * (EACH - 1)) * error
    assert goals["value"].to_numpy() == pytest.approx(means, abs=HALF)
    assert (goals["upper"] - goals["value"]).to_numpy() == pytest.approx(np.full(GOALS, half), rel=1e-2, abs=2 * HALF)
    assert together.loc["organisation_sd", "value"] == pytest.approx(np.sqrt(between), rel=2e-3, abs=0.01)
    mean, limits = together.loc["mean_of_goals"], [means.mean(), means.mean() + half / 5**0.5]
    assert [mean["value"], mean["upper"]] == pytest.approx(limits, rel=1e-2, abs=2 * HALF)
    assert table["method"].str.contains("singular fit").all() == (between == 0)


CASES = [("regions", regional_change, "pooled_change", "region"), ("goals", nested_change, "goal_change", "goal")]


@pytest.mark.parametrize(("kind", "compute", "measure", "group"), CASES)
def test_the_examples_hold_their_true_values(kind, compute, measure, group):
    truth = true_values().query("measure == @measure").rename(columns={"group": group, "value": "true"})
    drawn = [example_pilot(kind, seed=seed) for seed in range(12)]
    table = pd.concat(compute(one.answers, one.participants) for one in drawn).query("status == 'shown'")
    rows = table.merge(truth, on=["scale", group, "measure"])
    assert len(rows) >= 60
    assert rows["true"].between(rows["lower"], rows["upper"]).mean() >= 0.87


def test_small_goals_are_hidden_and_cannot_be_derived():
    answers, people = of_goals(whole_changes(1))
    place = people.groupby("organisation").cumcount()
    away = people.loc[(people["network"] == "goal 4") & (place > 1), "participant"]  # two of each organisation stay
    table = nested_change(answers[~answers["participant"].isin(away)], people)
    assert table.loc[table["measure"] == "goal_change", "status"].eq("hidden").all()
    assert table.loc[table["status"] != "shown", ["value", "lower", "upper", "denominator"]].isna().all(axis=None)


def test_too_few_or_equal_regions_and_organisations_and_impossible_designs_are_refused():
    answers, people = of_goals(whole_changes(1))
    with pytest.raises(BereikError, match="2 regions with 10 participants"):
        regional_change(*of_regions({"a": [0, 1] * 5, "b": [1, 0] * 5}))
    with pytest.raises(BereikError, match="no differences between their changes"):
        regional_change(*of_regions({"a": [1] * 10, "b": [0] * 10, "c": [1] * 10}))
    with pytest.raises(InvalidTableError, match="without an organisation: row 0"):
        nested_change(answers, people.assign(organisation=people["organisation"].where(people.index > 1)))
    kept = people[people["organisation"].str.endswith("0") | (people["organisation"] == "organisation 01")]
    with pytest.raises(BereikError, match="6 organisations in 5 goals"):
        nested_change(answers[answers["participant"].isin(kept["participant"])], kept)
    with pytest.raises(BereikError, match="cannot be fitted"):
        nested_change(*of_goals(np.ones((GOALS, EACH, SIZE), dtype=int)))
    with pytest.raises(BereikError, match="2 organisations or more per goal"):
        nested_power(change=0.3, organisation_sd=0.2, participant_sd=0.4, organisations=[1])


def test_power_agrees_with_another_calculation_and_with_simulation():
    design = {"organisation_sd": 0.2, "participant_sd": 0.39, "organisations": [EACH], "participants": SIZE}
    power, smallest = nested_power(change=0.3, **design)["value"]
    error = np.sqrt((0.2**2 + 0.39**2 / SIZE) / EACH)
    # statsmodels 0.15.0: one-sample t-test of EACH organisations with the degrees of freedom of all goals
    other = TTestPower().power(0.3 / (error * np.sqrt(EACH)), EACH, 0.05, df=GOALS * (EACH - 1))
    assert power == pytest.approx(100 * other, rel=1e-6)
    assert nested_power(change=smallest, **design)["value"].iloc[0] == pytest.approx(80, abs=0.01)
