"""Change by region with partial pooling: by hand, against another calculation, and by simulation with known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from bereik.errors import BereikError
from bereik.pilot.partial_pooling import pool_partially
from bereik.pilot.regional_change import regional_change
from bereik.pilot.synthetic_programmes import make_regional_answers, programme_truth

VALUES = np.array([0.4, 0.35, 0.65, 0.1])
ERRORS = np.array([0.06, 0.08, 0.1, 0.12])


def answers(changes):
    """One item a participant, 3 at the start; changes per region."""
    people = [(region, change) for region, own in changes.items() for change in own]
    table = pd.DataFrame(people, columns=["network", "change"])
    table["participant"] = [f"P{i}" for i in range(len(table))]
    waves = [
        table.assign(wave=wave, scale="s", item="i", answer=3 + (table["change"] if wave == "after" else 0))
        for wave in ("before", "after")
    ]
    given = pd.concat(waves).assign(synthetic=True, source="made up")
    return given[["participant", "wave", "scale", "item", "answer", "synthetic", "source"]], table


def test_pooling_agrees_with_drawing_from_prior_and_weighing_by_likelihood():
    # another way to the same distribution: 400,000 draws of spread and mean, weighed by the likelihood of the values
    draw = np.random.default_rng(2)
    spread, mu = np.abs(draw.normal(0, 0.5, 400_000)), draw.uniform(-2, 3, 400_000)
    total = np.sqrt(ERRORS**2 + spread[:, None] ** 2)
    weight = np.exp(stats.norm.logpdf(VALUES, mu[:, None], total).sum(axis=1))
    weight /= weight.sum()
    pull = ERRORS**2 / total**2
    expected = (weight[:, None] * ((1 - pull) * VALUES + pull * mu[:, None])).sum(axis=0)
    pooled = pool_partially(VALUES, ERRORS, 0.5)
    assert [one.estimate() for one in pooled.each] == pytest.approx(expected, abs=0.01)
    assert pooled.mean.estimate() == pytest.approx(weight @ mu, abs=0.01)
    order = np.argsort(spread)
    quantiles = np.interp([0.025, 0.5, 0.975], np.cumsum(weight[order]), spread[order])
    assert pooled.spread_quantiles([0.025, 0.5, 0.975]) == pytest.approx(quantiles, abs=0.02)
    order = np.argsort(mu)
    assert pooled.mean.limits(0.95) == pytest.approx(
        tuple(np.interp([0.025, 0.975], np.cumsum(weight[order]), mu[order])), abs=0.02
    )


def test_a_tiny_spread_gives_the_common_mean_and_a_wide_one_each_by_itself():
    # statsmodels 0.15.0 combine_effects: the fixed-effect mean and its standard error
    fixed = combine_effects(VALUES, ERRORS**2)
    alike = pool_partially(VALUES, ERRORS, 1e-6)
    assert [one.estimate() for one in alike.each] == pytest.approx([fixed.mean_effect_fe] * 4, abs=1e-6)
    half = 1.959964 * fixed.sd_eff_w_fe
    assert alike.mean.limits(0.95) == pytest.approx(
        (fixed.mean_effect_fe - half, fixed.mean_effect_fe + half), abs=1e-5
    )
    apart = pool_partially(np.array([-50.0, 0.0, 60.0]), np.full(3, 0.1), 30.0)
    assert [one.estimate() for one in apart.each] == pytest.approx([-50, 0, 60], abs=0.01)


@pytest.mark.parametrize(("spread", "least", "most"), [(0.0, 0.95, 1.0), (0.2, 0.925, 0.97)])
def test_pooled_intervals_cover_where_one_estimate_of_the_spread_does_not(spread, least, most):
    # 1,500 worlds: 98.1 % without a spread, 94.6 % with 0.2; with an estimate of the spread put in, 89.2 % with 0.2
    draw, worlds, held, mean, new = np.random.default_rng(8), 250, 0, 0, 0
    for _ in range(worlds):
        true = 0.3 + spread * draw.standard_normal(5)
        pooled = pool_partially(true[:4] + ERRORS * draw.standard_normal(4), ERRORS, 0.5)
        held += sum(low <= value <= high for (low, high), value in zip(
            (one.limits(0.95) for one in pooled.each), true[:4], strict=True))  # fmt: skip
        mean += pooled.mean.limits(0.95)[0] <= 0.3 <= pooled.mean.limits(0.95)[1]
        new += pooled.new.limits(0.95)[0] <= true[4] <= pooled.new.limits(0.95)[1]
    assert least <= held / worlds / 4 <= most
    assert mean / worlds >= 0.93  # conservative with few regions
    assert new / worlds >= 0.93


def test_a_region_by_itself_is_the_mean_with_the_spread_of_all():
    changes = {"a": [0, 1] * 5, "b": [1] * 6 + [0] * 6, "c": [1, 1, 0, 1] * 4, "d": [0] * 9}
    given, people = answers(changes)
    found = regional_change(given, people)
    own = found[found["measure"] == "mean_change"].set_index("region")
    used = [np.array(changes[name]) for name in "abc"]
    within = np.sqrt(sum(((one - one.mean()) ** 2).sum() for one in used) / (10 + 12 + 16 - 3))
    assert own.loc["b", "value"] == pytest.approx(0.5)
    half = stats.t.ppf(0.975, 35) * within / np.sqrt(12)
    assert own.loc["b", "upper"] == pytest.approx(0.5 + half)
    assert own.loc["d", "status"] == "suppressed"  # nine participants
    assert own.loc["d", ["value", "lower", "denominator"]].isna().all()
    assert found.loc[found["measure"] == "mean_of_regions", "denominator"].tolist() == [38]
    assert "3 regions" in found.loc[found["measure"] == "mean_of_regions", "method"].iloc[0]
    pooled = found[found["measure"] == "pooled_change"].set_index("region")["value"]
    assert 0.5 < pooled["a"] < pooled["c"] < 0.75  # each is drawn to the others


def test_a_hidden_region_changes_nothing_for_the_others():
    given, people = answers({"a": [0, 1] * 5, "b": [1, 0, 0] * 4, "c": [1, 1, 0, 1] * 4, "d": [0] * 9})
    others = regional_change(*answers({"a": [0, 1] * 5, "b": [1, 0, 0] * 4, "c": [1, 1, 0, 1] * 4}))
    found = regional_change(given, people)
    pd.testing.assert_frame_equal(found[found["region"] != "d"].reset_index(drop=True), others)


def test_the_example_holds_its_truth_at_the_nominal_rate():
    truth = programme_truth().query("measure == 'pooled_change'").set_index(["scale", "group"])["value"]
    held = []
    for seed in range(12):
        programme = make_regional_answers(seed)
        found = regional_change(programme.answers, programme.participants)
        rows = found.query("measure == 'pooled_change' and status == 'shown'").set_index(["scale", "region"])
        true = truth.reindex(rows.index)
        held += ((rows["lower"] <= true) & (true <= rows["upper"])).tolist()
    assert 0.9 <= np.mean(held) <= 1.0
    assert len(held) > 80


def test_too_few_regions_or_no_differences_are_refused():
    with pytest.raises(BereikError, match="2 regions with 10 participants"):
        regional_change(*answers({"a": [0, 1] * 5, "b": [1, 0] * 5}))
    with pytest.raises(BereikError, match="no differences between their changes"):
        regional_change(*answers({"a": [1] * 10, "b": [0] * 10, "c": [1] * 10}))
    with pytest.raises(BereikError, match="confidence"):
        regional_change(*answers({"a": [1] * 10}), confidence=95)
