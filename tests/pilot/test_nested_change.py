"""Change within organisations within goals: against the closed form of equal groups, by simulation, singular fits, power."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from bereik.errors import BereikError, InvalidTableError
from bereik.pilot.nested_change import nested_change, nested_power
from bereik.pilot.programmes import programme_facts
from bereik.pilot.synthetic_programmes import make_nested_answers, programme_truth

GOALS, EACH, SIZE = 5, 3, 10


def answers(changes):
    """Answers of whole points from an array goals x organisations x participants; one item."""
    rows = [
        (f"goal {g}", f"organisation {g}{o}", f"P{g}{o}{p}", change)
        for (g, o, p), change in np.ndenumerate(np.asarray(changes))
    ]
    people = pd.DataFrame(rows, columns=["network", "organisation", "participant", "change"])
    waves = [
        people.assign(wave=wave, scale="s", item="i", answer=3 + (people["change"] if wave == "after" else 0))
        for wave in ("before", "after")
    ]
    given = pd.concat(waves).assign(synthetic=True, source="made up")
    return given[["participant", "wave", "scale", "item", "answer", "synthetic", "source"]], people


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


def whole_changes(seed, organisation_sd):
    draw = np.random.default_rng(seed)
    latent = (
        0.3 + organisation_sd * draw.standard_normal((GOALS, EACH, 1)) + 0.6 * draw.standard_normal((GOALS, EACH, SIZE))
    )
    return np.clip(np.rint(latent), -2, 2).astype(int)


@pytest.mark.parametrize("seed", range(4))
def test_the_model_agrees_with_the_closed_form(seed):
    changes = whole_changes(seed, 0.6)
    means, error, between = closed_form(changes.astype("float64"))
    found = nested_change(*answers(changes))
    goals = found[found["measure"] == "goal_change"]
    assert goals["value"].to_numpy() == pytest.approx(means, abs=1e-8)
    half = stats.t.ppf(0.975, GOALS * (EACH - 1)) * error
    assert (goals["upper"] - goals["value"]).to_numpy() == pytest.approx(np.full(GOALS, half), rel=1e-3)
    together = found.set_index("measure")
    assert together.loc["organisation_sd", "value"] == pytest.approx(np.sqrt(between), rel=2e-3)
    assert together.loc["mean_of_goals", "value"] == pytest.approx(means.mean())
    assert together.loc["mean_of_goals", "upper"] - means.mean() == pytest.approx(half / np.sqrt(GOALS), rel=1e-3)


def test_a_singular_fit_is_reported_and_has_the_errors_of_all_variation_together():
    changes = np.tile(np.array([0, 1, 0, 1, 1, 0, 0, 1, 0, 1]), (GOALS, EACH, 1))  # all organisations alike
    found = nested_change(*answers(changes))
    _, error, between = closed_form(changes.astype("float64"))
    assert between == 0
    assert found["method"].str.contains("singular fit").all()
    together = found.set_index("measure")
    assert together.loc["organisation_sd", "value"] == pytest.approx(0, abs=0.01)
    goals = found[found["measure"] == "goal_change"]
    half = (stats.t.ppf(0.975, 10) * error).item()
    assert (goals["upper"] - goals["value"]).to_numpy() == pytest.approx(np.full(GOALS, half), rel=0.01)


def test_intervals_of_so_few_organisations_cover_at_the_nominal_rate():
    # the closed form, which the model was held against above, in 4,000 worlds; the normal quantile would cover 91 %
    draw, factor = np.random.default_rng(6), stats.t.ppf(0.975, GOALS * (EACH - 1))
    for organisation_sd, least, most in ((0.2, 0.94, 0.965), (0.0, 0.95, 0.98)):
        held, normal = [], []
        for _ in range(2000):
            own = organisation_sd * draw.standard_normal((GOALS, EACH, 1))
            means, error, _ = closed_form(own + 0.39 * draw.standard_normal((GOALS, EACH, SIZE)))
            held.append(np.abs(means) <= factor * error)
            normal.append(np.abs(means) <= 1.96 * error)
        assert least <= np.mean(held) <= most
        assert np.mean(normal) < np.mean(held) - 0.02


def test_the_example_holds_its_truth():
    truth = programme_truth().query("measure == 'goal_change'").set_index("group")["value"]
    held = []
    for seed in range(12):
        programme = make_nested_answers(seed)
        rows = (
            nested_change(programme.answers, programme.participants).query("measure == 'goal_change'").set_index("goal")
        )
        held += ((rows["lower"] <= truth[rows.index]) & (truth[rows.index] <= rows["upper"])).tolist()
    assert len(held) == 60
    assert np.mean(held) >= 0.85


def test_small_goals_are_hidden_and_cannot_be_derived():
    changes = whole_changes(1, 0.6)
    given, people = answers(changes)
    away = people[(people["network"] == "goal 4") & ~people["participant"].str.endswith(("0", "1"))]["participant"]
    found = nested_change(given[~given["participant"].isin(away)], people)
    status = found[found["measure"] == "goal_change"].set_index("goal")["status"]
    assert status["goal 4"] == "suppressed"  # six participants
    assert (status == "complementary").sum() == 1
    hidden = found[found["status"] != "shown"]
    assert hidden[["value", "lower", "upper", "denominator"]].isna().all(axis=None)


def test_participants_without_organisation_and_too_few_organisations_are_refused():
    given, people = answers(whole_changes(1, 0.6))
    with pytest.raises(InvalidTableError, match="2 participants without an organisation"):
        nested_change(given, people.assign(organisation=people["organisation"].where(people.index > 1)))
    one_each = people["organisation"].str.endswith("0") | (people["organisation"] == "organisation 01")
    kept = people[one_each]
    with pytest.raises(BereikError, match="6 organisations in 5 goals"):
        nested_change(given[given["participant"].isin(kept["participant"])], kept)
    with pytest.raises(BereikError, match="cannot be fitted"):
        nested_change(*answers(np.ones((GOALS, EACH, SIZE), dtype=int)))


def test_power_agrees_with_another_calculation_and_with_simulation():
    found = nested_power(change=0.3, organisation_sd=0.2, participant_sd=0.39, organisations=[EACH], participants=SIZE)
    power, smallest = found.set_index("measure")["value"][["power", "smallest_detectable_change"]]
    error = np.sqrt((0.2**2 + 0.39**2 / SIZE) / EACH)
    # statsmodels 0.15.0: one-sample t-test of EACH organisations with the degrees of freedom of all goals
    other = TTestPower().power(0.3 / (error * np.sqrt(EACH)), EACH, 0.05, df=GOALS * (EACH - 1))
    assert power == pytest.approx(100 * other, rel=1e-6)
    at_smallest = nested_power(
        change=smallest, organisation_sd=0.2, participant_sd=0.39, organisations=[EACH], participants=SIZE
    )
    assert at_smallest["value"].iloc[0] == pytest.approx(80, abs=0.01)
    draw, factor, rejected = np.random.default_rng(9), stats.t.ppf(0.975, GOALS * (EACH - 1)), []
    for _ in range(2000):
        own = 0.3 + 0.2 * draw.standard_normal((GOALS, EACH, 1))
        means, fitted, _ = closed_form(own + 0.39 * draw.standard_normal((GOALS, EACH, SIZE)))
        rejected.append(np.abs(means) > factor * fitted)
    assert 100 * np.mean(rejected) == pytest.approx(power, abs=3)


def test_impossible_designs_are_refused():
    with pytest.raises(BereikError, match="2 organisations or more per goal"):
        nested_power(change=0.3, organisation_sd=0.2, participant_sd=0.4, organisations=[1])
    with pytest.raises(BereikError, match="0.0"):
        nested_power(change=0.3, organisation_sd=0.2, participant_sd=0.0)


def test_the_facts_are_real_sourced_and_in_both_languages():
    facts = programme_facts()
    assert not facts["synthetic"].any()
    assert (facts[["programme", "topic", "code", "nl", "en", "source"]] != "").all(axis=None)
    assert facts.groupby("programme")["topic"].agg(lambda topics: (topics == "question").sum()).tolist() == [1, 1, 1]
    goals = facts[(facts["programme"] == "lerend_transformeren") & (facts["topic"] == "goal")]["code"].tolist()
    assert goals == list(make_nested_answers(1).participants["network"].unique())
    activities = facts[(facts["programme"] == "diversiteit_in_transformatie") & (facts["topic"] == "activity")]
    assert set(activities["region"]) == {"Amsterdam", "Twente", "Noord-Brabant"}
    with pytest.raises(BereikError, match="did you mean 'lerend_transformeren'"):
        programme_facts("lerend_transformeeren")
