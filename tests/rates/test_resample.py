"""The bootstrap on counts gives known standard errors, and those of resampled persons."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bereik.errors import BereikError, IncomparableError, InvalidTableError
from bereik.rates.resample import bootstrap_limits, check_poolable, strata_limits
from bereik.rates.workings import draws
from bereik.rates.workings.strata import cross

Z = stats.norm.ppf(0.975)


def rate(users, population):
    return users.sum(axis=-1, keepdims=True) / population.sum(axis=-1, keepdims=True)


def log_ratio(users, population):
    with np.errstate(divide="ignore"):
        return np.log(users[..., :1] / population[..., :1] / (users[..., 1:2] / population[..., 1:2]))


def standard_error(limits):
    return (limits[1] - limits[0]) / (2 * Z)


def test_percentile_limits_of_a_rate_are_the_binomial_quantiles():
    users, population = np.array([24.0, 16.0]), np.array([250.0, 150.0])
    lower, upper = bootstrap_limits(rate, users, population, replicates=20_000)
    # Drawing 400 persons with replacement, 40 of them users: the number of users is binomial (scipy.stats.binom).
    exact = stats.binom.ppf([0.025, 0.975], 400, 0.1) / 400
    assert np.abs([lower[0], upper[0]] - exact).max() <= 1 / 400


def test_standard_error_of_a_log_ratio_is_the_one_of_the_textbook():
    users, population = np.array([400.0, 900.0]), np.array([2000.0, 6000.0])
    limits = bootstrap_limits(log_ratio, users, population, replicates=10_000)
    # Katz: sqrt(1/400 - 1/2000 + 1/900 - 1/6000) = 0.054263; Monte Carlo error of the quantiles about 1.5 percent.
    assert standard_error(limits)[0] == pytest.approx(0.054263, rel=0.05)


def standardised_ratio(users, population):
    """Two groups by two strata, in this order of cells; weights 0.6 and 0.4."""
    rates = (users / population).reshape(*users.shape[:-1], 2, 2) @ np.array([0.6, 0.4])
    return rates[..., :1] / rates[..., 1:]


USERS, POPULATION = np.array([12.0, 20.0, 30.0, 45.0]), np.array([80.0, 60.0, 200.0, 160.0])


def persons():
    cell = np.repeat(np.arange(4), POPULATION.astype(int))
    return cell, np.concatenate([np.arange(n) < y for y, n in zip(USERS, POPULATION, strict=True)])


def test_counts_give_the_limits_of_resampled_persons():
    cell, uses = persons()
    generator = np.random.default_rng(1)
    values = np.empty(4000)
    for replicate in range(len(values)):
        drawn = generator.integers(0, len(cell), len(cell))
        users = np.bincount(cell[drawn], weights=uses[drawn], minlength=4)
        values[replicate] = standardised_ratio(users, np.bincount(cell[drawn], minlength=4))[0]
    lower, upper = bootstrap_limits(standardised_ratio, USERS, POPULATION, replicates=8000)
    assert np.log([lower[0], upper[0]]) == pytest.approx(np.log(np.quantile(values, [0.025, 0.975])), abs=0.03)


def test_same_seed_same_limits_whatever_the_size_of_a_block(monkeypatch):
    first = bootstrap_limits(standardised_ratio, USERS, POPULATION)
    monkeypatch.setattr(draws, "_BLOCK", 40)
    assert np.array_equal(first, bootstrap_limits(standardised_ratio, USERS, POPULATION))
    assert not np.array_equal(first, bootstrap_limits(standardised_ratio, USERS, POPULATION, seed=1))


def test_no_person_is_ever_drawn_into_an_empty_category():
    users, population = np.array([30.0, 0.0, 7.0, 0.0]), np.array([70.0, 49.0, 7.0, 0.0])
    draw = draws.draw_persons(users, population)
    drawn_users, drawn_population = draw(np.random.default_rng(0), 20_000)
    assert drawn_users[:, [1, 3]].max() == 0
    assert drawn_population[:, 3].max() == 0
    assert (drawn_users[:, 2] == drawn_population[:, 2]).all()
    assert set(drawn_population.sum(axis=1)) == {126}


def test_a_result_that_never_varies_or_is_undefined_has_no_limits():
    def results(users, population):
        rates = users / population
        return np.concatenate([rates, rates[..., :1] / rates[..., :1]], axis=-1)

    users, population = np.array([5.0, 0.0, 40.0, np.nan]), np.array([50.0, 50.0, 40.0, np.nan])
    lower, upper = bootstrap_limits(results, users, population)
    # some use; no use; full use; hidden; the group relative to itself
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [False, True, True, True, True]


def test_hidden_cells_change_nothing_for_the_others():
    def rates(users, population):
        return users / population

    lower, upper = bootstrap_limits(rates, np.array([np.nan, 5.0]), np.array([np.nan, 50.0]))
    alone = bootstrap_limits(rates, np.array([5.0]), np.array([50.0]))
    assert (lower[1], upper[1]) == (alone[0][0], alone[1][0])


@pytest.mark.parametrize("nobody", [0.0, np.nan])
def test_without_any_population_there_are_no_limits(nobody):
    lower, upper = bootstrap_limits(
        lambda users, population: users / population, np.full(2, nobody), np.full(2, nobody)
    )
    assert np.isnan(lower).all()
    assert np.isnan(upper).all()


def test_undefined_replicates_above_one_percent_are_refused():
    def first(users, population):
        return users[..., :1] / population[..., :1]

    # The cell of 3 runs empty in exp(-3) = 5 percent of the replicates, the one of 9 in 0.01 percent.
    with pytest.raises(BereikError, match=r"undefined in [4-6]\.\d% of 2000 replicates"):
        bootstrap_limits(first, np.array([1.0, 40.0]), np.array([3.0, 1000.0]))
    lower, upper = bootstrap_limits(first, np.array([3.0, 40.0]), np.array([9.0, 1000.0]))
    assert 0 <= lower[0] < 1 / 3 < upper[0] <= 1


@pytest.mark.parametrize(
    ("users", "population", "options", "error", "words"),
    [
        ([1.5], [10], {}, InvalidTableError, "weighted counts have no persons"),
        ([11], [10], {}, InvalidTableError, "users=11 and population=10"),
        ([-1], [10], {}, InvalidTableError, "users=-1"),
        ([np.nan], [10], {}, InvalidTableError, "users=nan"),
        ([1, 2], [10], {}, BereikError, "shape"),
        ([1], [10], {"replicates": 39}, BereikError, "40 or more"),
        ([1], [10], {"replicates": True}, BereikError, "whole number"),
        ([1], [10], {"seed": -1}, BereikError, "0 or more"),
        ([1], [10], {"confidence": 95}, BereikError, "between 0 and 1"),
        ([1], [10], {"groups": np.array([1])}, BereikError, "at least 10 different"),
        ([1], [10], {"groups": np.array([1, 2])}, BereikError, "for 1 cells"),
    ],
)
def test_what_cannot_be_drawn_is_refused(users, population, options, error, words):
    with pytest.raises(error, match=words):
        bootstrap_limits(rate, np.array(users, dtype=float), np.array(population, dtype=float), **options)


def test_a_point_that_is_not_vectorised_is_refused():
    with pytest.raises(BereikError, match="last axis only"):
        bootstrap_limits(lambda users, population: users.sum() / population.sum(), USERS, POPULATION)


def repeated_persons(times):
    """Youths of two origins in 100 hashed groups, each youth counted as often as there are years."""
    generator = np.random.default_rng(5)
    persons = generator.integers(49, 52, size=(100, 2))
    users = generator.binomial(persons, [0.2, 0.3])
    groups = np.repeat(np.arange(100), 2)
    return (users * times).astype(float).ravel(), (persons * times).astype(float).ravel(), groups


def ratio_of_origins(users, population):
    users, population = (cells.reshape(*cells.shape[:-1], 100, 2).sum(axis=-2) for cells in (users, population))
    return log_ratio(users, population)


def test_cluster_bootstrap_is_not_fooled_by_repeated_persons():
    once = repeated_persons(1)
    users, population, groups = repeated_persons(5)
    independent_once = standard_error(bootstrap_limits(ratio_of_origins, once[0], once[1]))[0]
    independent_five = standard_error(bootstrap_limits(ratio_of_origins, users, population))[0]
    cluster = standard_error(bootstrap_limits(ratio_of_origins, users, population, groups=groups))[0]
    # Five times the same persons: truth is the error of the persons once; the naive one is sqrt(5) too small.
    assert independent_once / independent_five == pytest.approx(np.sqrt(5), rel=0.1)
    assert cluster == pytest.approx(independent_once, rel=0.25)  # 100 groups: the variance itself has an error of 14 %


def hashed_table():
    users, population, groups = repeated_persons(1)
    return pd.DataFrame(
        {"origin": np.tile(["a", "b"], 100), "severity": "all", "group": groups, "population": population.astype(int),
         "users": users.astype(int), "synthetic": True, "source": "made up"}
    )  # fmt: skip


def test_strata_limits_draw_hashed_groups_when_the_table_has_them():
    def ratio(users, population):
        return log_ratio(users[..., 0], population[..., 0])

    strata = cross(hashed_table(), by=["origin"], over=["severity"], hashed=True)
    users, population, groups = repeated_persons(1)
    expected = bootstrap_limits(ratio_of_origins, users, population, groups=groups)
    assert np.allclose(strata_limits(ratio, strata), expected, rtol=1e-12)
    assert strata.users.tolist() == users.reshape(100, 2).sum(axis=0)[:, None].tolist()


def test_strata_limits_refuse_weighted_counts():
    table = hashed_table().query("group == 0").drop(columns="group")
    weighted = table.assign(weighted=True, n_unweighted=9, users_unweighted=3, effective_population=8.0)
    with pytest.raises(BereikError, match="bootstrap of weighted counts"):
        strata_limits(lambda users, population: users.sum(axis=-1), cross(weighted, by=["origin"], over=["severity"]))


def test_pooled_years_are_refused_unless_hashed_or_said_to_be_independent():
    table = pd.DataFrame({"period": ["2021", "2022"], "population": [10, 10], "users": [1, 2]})
    with pytest.raises(IncomparableError, match=r"2 periods pooled \(2021, 2022\).*column `group`"):
        check_poolable(table)
    check_poolable(table, assume_independent=True)
    check_poolable(table.assign(group=[1, 2]))
    check_poolable(table.drop(columns="period"))
