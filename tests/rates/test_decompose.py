from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik import access_gap, decompose
from bereik.errors import BereikError, IncomparableError, InvalidTableError

BANDS = ["none", "mild", "moderate", "severe"]


def counts(population, users, *, origins="ab", **more):
    """One row per origin and band; population and users as lists of lists, one per origin."""
    levels = [list(origins), BANDS[: len(population[0])]]
    table = pd.MultiIndex.from_product(levels, names=["origin", "severity"]).to_frame(index=False)
    counted = {"population": np.ravel(population), "users": np.ravel(users)}
    return table.assign(**counted, synthetic=True, source="made up", **more)


def parts_of(table, relative_to="b", factors=("severity",), **options):
    return decompose(table, by=["origin"], factors=list(factors), relative_to=relative_to, **options)


def value(results, component, band="all", origin=None):
    chosen = results if origin is None else results[results["origin"] == origin]
    return chosen.loc[(chosen["component"] == component) & (chosen["band"] == band), "value"].item()


def drawn(generator, groups=2, shape=(3, 2, 2), most=200):
    """Random counts over severity x age x sex."""
    names = ["severity", "age", "sex"][: len(shape)]
    levels = [[f"g{number}" for number in range(groups)], *map(range, shape)]
    cells = pd.MultiIndex.from_product(levels, names=["origin", *names]).to_frame(index=False)
    population = generator.integers(1, most, len(cells))
    users = generator.binomial(population, generator.uniform(0, 1, len(cells)))
    return cells.assign(population=population, users=users, synthetic=True, source="made up"), names


USERS = [[104, 126, 130, 83], [6, 12, 15, 14]]
KITAGAWA = counts([[5200, 1400, 520, 160], [610, 210, 96, 41]], USERS, origins=("first", "second"))


EXPECTED = {"total": 0.011739840619151, "mix": -0.0156900696451471, "rate": 0.0274299102642981}


def test_kitagawa_equals_an_independent_calculation_in_r():
    # Hand-written R 4.5.0 after Kitagawa (1955).
    results = parts_of(KITAGAWA, "second", per=1)
    assert {component: value(results, component) for component in EXPECTED} == pytest.approx(EXPECTED, rel=1e-8)
    for component in ("mix", "rate"):
        bands = sum(value(results, component, band) for band in BANDS)
        assert bands == pytest.approx(EXPECTED[component], rel=1e-8)


def test_the_parts_of_each_band_equal_those_in_r():
    mix = [0.00114685578224301, -0.0019958489786076, -0.00586724697716077, -0.00897382947162173]
    rate = [0.00686926602698225, 0.00676435633332185, 0.00805040864308106, 0.0057458792609129]
    results = parts_of(KITAGAWA, "second", per=1)
    assert [value(results, part, band) for part in ("mix", "rate") for band in BANDS] == pytest.approx(mix + rate)


def test_the_rate_part_is_the_gap_under_the_pair_mean_standard():
    table = counts([[50, 30, 20], [400, 60, 40], [10, 80, 70]], [[5, 9, 13], [20, 12, 20], [1, 9, 60]], origins="abc")
    gap = access_gap(table, by=["origin"], over=["severity"], relative_to="b")
    differences = gap[gap["measure"] == "rate_difference_at_equal_severity"].set_index("origin")["value"]
    for origin in ("a", "c"):
        assert value(parts_of(table), "rate", origin=origin) == pytest.approx(differences[origin], rel=1e-12)


def das_gupta_by_brute_force(table, names, group, reference):
    """Terms as geometric means over all orders of conditioning; parts as means over all orders of replacing."""
    cells = table[names].drop_duplicates().to_dict("records")

    def youths(part, fixed):
        return part.loc[np.all([part[name] == fixed[name] for name in fixed], axis=0), "population"].sum()

    def vectors(origin):
        part = table[table["origin"] == origin]
        orders, terms = list(permutations(names)), {name: np.ones(len(cells)) for name in names}
        for at, cell in enumerate(cells):
            for order in orders:
                for place, name in enumerate(order):
                    before = {other: cell[other] for other in order[:place]}
                    youths_before = youths(part, before) if before else part["population"].sum()
                    share = youths(part, before | {name: cell[name]}) / youths_before
                    terms[name][at] *= share ** (1 / len(orders))
        return [*terms.values(), (part["users"] / part["population"]).to_numpy()]

    own, other = vectors(group), vectors(reference)
    parts, orders = np.zeros(len(own)), list(permutations(range(len(own))))
    for order in orders:
        now = list(other)
        for step in order:
            before = np.prod(now, axis=0).sum()
            now[step] = own[step]
            parts[step] += (np.prod(now, axis=0).sum() - before) / len(orders)
    return parts


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 2)])
def test_das_gupta_equals_brute_force_over_all_orders(shape):
    table, names = drawn(np.random.default_rng(1), shape=shape)
    results = parts_of(table, "g1", names, per=1)
    components = [*(f"mix of {name}" for name in names), "rate"]
    expected = das_gupta_by_brute_force(table, names, "g0", "g1").tolist()
    assert [value(results, name) for name in components] == pytest.approx(expected, rel=1e-8, abs=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from([(4,), (3, 2), (2, 2, 2)]))
def test_parts_add_up_and_depend_on_neither_order_scale_nor_halves_and_swapping_negates(seed, shape):
    generator = np.random.default_rng(seed)
    table, names = drawn(generator, shape=shape)

    def whole(data, relative_to="g1"):
        results = parts_of(data, relative_to, names)
        return results.loc[results["band"] == "all", "value"].to_numpy()

    total, *parts = first = whole(table)
    rates = table.groupby("origin")[["users", "population"]].sum().eval("100 * users / population")
    assert [total, sum(parts)] == pytest.approx([rates["g0"] - rates["g1"]] * 2, abs=1e-9)
    doubled = table.assign(population=2 * table["population"], users=2 * table["users"])
    split = pd.concat([doubled[table["severity"] != 1], *(table[table["severity"] == 1],) * 2], ignore_index=True)
    split.loc[split.index[-(table["severity"] == 1).sum() :], "severity"] = 9
    for same in (table.iloc[generator.permutation(len(table))], doubled, split):
        assert whole(same) == pytest.approx(first, abs=1e-9)
    assert whole(table, "g0") == pytest.approx(-first, abs=1e-9)


@pytest.mark.parametrize("factors", [["severity"], ["severity", "sex"]])
def test_the_bootstrap_survives_a_stratum_that_runs_empty_in_replicates(factors):
    table = counts([[300, 2], [300, 60]], [[30, 1], [40, 20]], sex="girl")
    results = parts_of(table, factors=factors, interval="bootstrap")
    assert results[["lower", "upper"]].notna().all(axis=None)


PLAIN = counts([[50, 30], [60, 40]], [[5, 6], [6, 4]])
TOTAL = PLAIN.replace({"a": "total", "b": "nederlands"})


REFUSED = [
    (PLAIN, {"factors": list("abcdefg")}, BereikError, "at most 6"),
    (PLAIN.assign(population=[50, 30, 60, 0], users=[5, 6, 6, 0]), {}, InvalidTableError, "b in mild"),
    (TOTAL, {"relative_to": "nederlands"}, IncomparableError, "can be compared"),
]


@pytest.mark.parametrize(("table", "options", "error", "words"), REFUSED)
def test_what_cannot_be_decomposed_is_refused(table, options, error, words):
    with pytest.raises(error, match=words):
        parts_of(table, **options)


EXTREME = [([[0, 0], [0, 0]], 0), ([[50, 50], [50, 50]], 0), ([[50, 50], [0, 0]], 100)]


@pytest.mark.parametrize(("users", "rate"), EXTREME)
@pytest.mark.parametrize("factors", [["severity"], ["severity", "sex"]])
def test_nobody_and_everybody_in_care(users, rate, factors):
    parts = parts_of(counts([[50, 50], [50, 50]], users, sex="girl"), factors=factors)
    assert [value(parts, "total"), value(parts, "rate")] == pytest.approx([rate, rate])
