"""The access gap finds the truth of the synthetic example: coverage over 40 seeds of every form and origin, judged together."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from bereik import access_gap
from bereik.data.synthetic import true_values

YOUTHS, SEEDS, LEVEL = 500_000, 40, 0.05
FORMS = ["without_residence", "with_residence", "protection", "probation"]
EQUAL = "measure == 'rate_ratio_at_equal_severity'"


def drawn(expected, seed):
    """The counts that so many synthetic youths would give, straight from the probabilities."""
    generator, share = np.random.default_rng(seed), expected["youths"].to_numpy()
    population = generator.multinomial(YOUTHS, [*share, 1 - share.sum()])[:-1]
    cells = expected[["origin", "severity"]].assign(population=population, seed=seed, synthetic=True, source="made up")
    users = {form: generator.binomial(population, expected[form] / share) for form in FORMS}
    return pd.concat(cells.assign(form=form, users=users[form]) for form in FORMS)


@pytest.fixture(scope="module")
def intervals(expected_youths):
    """95 % intervals of the rate ratio at equal severity: 40 seeds x 4 forms x 6 origins."""
    cells = expected_youths("parent").groupby(["origin", "severity"], observed=False)
    expected = cells[["youths", *FORMS]].sum().reset_index()
    tables = [drawn(expected, seed) for seed in range(SEEDS)]
    counts = pd.concat(tables, ignore_index=True)
    gap = access_gap(counts, by=["seed", "form", "origin"], over=["severity"], relative_to="nederlands")
    return gap.query(EQUAL).astype({"form": str, "origin": str})


def covered(intervals, truth):
    """How many of the intervals of each form and origin hold the truth."""
    both = intervals.merge(truth[["form", "origin", "value"]], on=["form", "origin"], suffixes=("", "_true"))
    assert len(both) == SEEDS * 4 * 6
    within = both["value_true"].between(both["lower"], both["upper"])
    return within.groupby([both["form"], both["origin"]]).sum()


def smallest_of_holm(hits):
    """The smallest p-value after Holm: of exact binomial tests of 95 % coverage, times their number."""
    return min(1, len(hits) * min(binomtest(int(each), SEEDS, 0.95).pvalue for each in hits))


def test_every_access_parameter_is_covered_in_95_percent_of_seeds(intervals):
    hits = covered(intervals, true_values().query(EQUAL))
    assert len(hits) == 24
    assert smallest_of_holm(hits) > LEVEL  # none of the 24 deviates from 95 %, corrected for their number
    assert abs(hits.mean() / SEEDS - 0.95) < 0.021  # nor do they together: 960 intervals, three standard errors


def test_the_judgement_rejects_what_is_not_the_truth_of_these_bands(intervals):
    crude = covered(intervals, true_values().query("measure == 'crude_rate_ratio'"))
    of_severity_itself = covered(intervals, true_values(informant=None).query(EQUAL))
    slightly_off = true_values().query(EQUAL).assign(value=lambda table: table["value"] * 1.03)
    for hits in (crude, of_severity_itself, covered(intervals, slightly_off)):
        assert smallest_of_holm(hits) < 0.001


def test_the_estimates_centre_on_the_truth(intervals):
    mean = intervals.groupby(["form", "origin"])["value"].agg(["mean", "std"])
    truth = true_values().query(EQUAL).set_index(["form", "origin"])["value"]
    # the standard error of a mean of 40; the mean of a ratio lies a little above the ratio: 1 % is allowed for it
    assert (abs(mean["mean"] / truth - 1) < 0.01 + 4 * mean["std"] / truth / SEEDS**0.5).all()
