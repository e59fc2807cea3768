"""The bootstrap on counts gives known standard errors, and those of resampled persons."""

import numpy as np
import pytest
from scipy import stats

from bereik.errors import BereikError
from bereik.rates import bootstrap
from bereik.rates.bootstrap import bootstrap_limits

Z = stats.norm.ppf(0.975)


def rate(users, population):
    return users.sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)


def log_ratio(users, population):
    with np.errstate(divide="ignore"):
        return np.log(users[..., :1] / population[..., :1] / (users[..., 1:2] / population[..., 1:2]))


def rates(users, population):
    return users / population


def standard_error(limits):
    return (limits[1] - limits[0]) / (2 * Z)


def test_percentile_limits_of_a_rate_are_the_binomial_quantiles():
    users, population = np.array([24.0, 16.0]), np.array([250.0, 150.0])
    lower, upper = bootstrap_limits(rate, users, population, replicates=20_000)
    # Drawing 400 persons with replacement, 40 of them users: the number of users is binomial (scipy.stats.binom).
    exact = stats.binom.ppf([0.025, 0.975], 400, 0.1) / 400
    assert np.abs([lower[0], upper[0]] - exact).max() <= 1 / 400


def standardised_ratio(users, population):
    """Two groups by two strata, in this order of cells; weights 0.6 and 0.4."""
    rates = (users / population).reshape(*users.shape[:-1], 2, 2) @ np.array([0.6, 0.4])
    return rates[..., :1] / rates[..., 1:]


USERS, POPULATION = np.array([12.0, 20.0, 30.0, 45.0]), np.array([80.0, 60.0, 200.0, 160.0])


def test_counts_give_the_limits_of_resampled_persons():
    cell = np.repeat(np.arange(4), POPULATION.astype(int))
    uses = np.concatenate([np.arange(n) < y for y, n in zip(USERS, POPULATION, strict=True)])
    generator, values = np.random.default_rng(1), []
    for _ in range(4000):
        drawn = generator.integers(0, len(cell), len(cell))
        users = np.bincount(cell[drawn], weights=uses[drawn], minlength=4)
        values.append(standardised_ratio(users, np.bincount(cell[drawn], minlength=4))[0])
    lower, upper = bootstrap_limits(standardised_ratio, USERS, POPULATION, replicates=8000)
    assert np.log([lower[0], upper[0]]) == pytest.approx(np.log(np.quantile(values, [0.025, 0.975])), abs=0.03)


def test_a_result_that_never_varies_or_is_undefined_has_no_limits():
    # some use; no use; full use; hidden
    users, population = np.array([5.0, 0.0, 40.0, np.nan]), np.array([50.0, 50.0, 40.0, np.nan])
    limits = np.array(bootstrap_limits(rates, users, population))
    assert np.isnan(limits).tolist() == [[False, True, True, True]] * 2
    alone = bootstrap_limits(rates, np.array([5.0, np.nan]), np.array([50.0, np.nan]))
    just = bootstrap_limits(rates, np.array([5.0]), np.array([50.0]))
    assert [alone[0][0], alone[1][0]] == [just[0][0], just[1][0]]  # a hidden cell changes nothing for the others
    for nobody in (0.0, np.nan):
        assert np.isnan(bootstrap_limits(rates, np.full(2, nobody), np.full(2, nobody))).all()


def test_undefined_replicates_above_one_percent_are_refused():
    # The cell of 3 runs empty in exp(-3) = 5 percent of the replicates, the one of 9 in 0.01 percent.
    with pytest.raises(BereikError, match=r"undefined in [4-6]\.\d% of 2000 replicates"):
        bootstrap_limits(rates, np.array([1.0, 40.0]), np.array([3.0, 1000.0]))
    lower, upper = bootstrap_limits(rates, np.array([3.0, 40.0]), np.array([9.0, 1000.0]))
    assert 0 <= lower[0] < 1 / 3 < upper[0] <= 1


def test_same_seed_same_limits_whatever_the_size_of_a_block(monkeypatch):
    first = bootstrap_limits(standardised_ratio, USERS, POPULATION)
    monkeypatch.setattr(bootstrap, "_BLOCK", 40)
    assert np.array_equal(first, bootstrap_limits(standardised_ratio, USERS, POPULATION))
    assert not np.array_equal(first, bootstrap_limits(standardised_ratio, USERS, POPULATION, seed=1))


def test_no_person_is_ever_drawn_into_an_empty_category():
    drawn = []
    users, population = np.array([30.0, 0, 7, 0]), np.array([70.0, 49, 7, 0])
    bootstrap_limits(lambda *counts: drawn.append(counts) or counts[0], users, population)
    for users, population in drawn:
        assert (users[..., [1, 3]] == 0).all()
        assert (population[..., 3] == 0).all()
        assert (users[..., 2] == population[..., 2]).all()
        assert (population.sum(axis=-1) == 126).all()


REFUSED = [
    ({"replicates": 39}, "40 or more"),
    ({"replicates": True}, "whole number"),
    ({"seed": -1}, "0 or more"),
    ({"confidence": 95}, "between 0 and 1"),
    ({"hashed": (np.ones((9, 4)), np.ones((9, 4)))}, "at least 10"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_what_cannot_be_drawn_is_refused(options, words):
    with pytest.raises(BereikError, match=words):
        bootstrap_limits(rate, USERS, POPULATION, **options)


def test_hashed_groups_are_not_fooled_by_repeated_persons():
    """Five times the same persons: truth is the error of the persons once; the naive one is sqrt(5) too small."""
    generator = np.random.default_rng(5)
    persons = generator.integers(49, 52, size=(100, 2)).astype(float)
    users = generator.binomial(persons.astype(int), [0.2, 0.3]).astype(float)
    naive_once, naive, hashed = (
        standard_error(bootstrap_limits(log_ratio, times * users.sum(axis=0), times * persons.sum(axis=0), groups))[0]
        for times, groups in ((1, None), (5, None), (5, (5 * users, 5 * persons)))
    )
    assert naive_once / naive == pytest.approx(np.sqrt(5), rel=0.1)
    assert hashed == pytest.approx(naive_once, rel=0.25)  # 100 groups: the variance itself has an error of 14 %
