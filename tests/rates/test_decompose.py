from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.decompose import decompose
from bereik.rates.workings.orders import average_over_orders
from bereik.rates.workings.standards import weights_of
from bereik.rates.workings.strata import cross

FAST = settings(max_examples=30, deadline=None, derandomize=True)
BANDS = ["none", "mild", "moderate", "severe"]


def counts(population, users, *, origins=("a", "b"), bands=None, **more):
    """One row per origin and band; population and users as lists of lists, one per origin."""
    bands = bands or BANDS[: len(population[0])]
    rows = pd.DataFrame(
        [(o, b, population[i][j], users[i][j]) for i, o in enumerate(origins) for j, b in enumerate(bands)],
        columns=["origin", "severity", "population", "users"],
    ).astype({"severity": pd.CategoricalDtype(bands, ordered=True)})
    return rows.assign(synthetic=True, source="made up", **more)


def value(results, component, band="all", origin=None):
    chosen = results if origin is None else results[results["origin"] == origin]
    row = chosen[(chosen["component"] == component) & (chosen["band"] == band)]
    assert len(row) == 1
    return row["value"].iloc[0]


def two_factors(generator, groups=2, shape=(3, 2, 2), most=200):
    """Random counts over severity x age x sex."""
    names = ["severity", "age", "sex"][: len(shape)]
    cells = pd.MultiIndex.from_product(
        [[f"g{number}" for number in range(groups)], *(range(size) for size in shape)], names=["origin", *names]
    ).to_frame(index=False)
    population = generator.integers(1, most, len(cells))
    users = generator.binomial(population, generator.uniform(0, 1, len(cells)))
    return cells.assign(population=population, users=users, synthetic=True, source="made up"), names


# Hand-written R 4.5.0 after Kitagawa (1955), both the two-component and the three-component form.
KITAGAWA = counts(
    [[5200, 1400, 520, 160], [610, 210, 96, 41]], [[104, 126, 130, 83], [6, 12, 15, 14]], origins=("first", "second")
)


def test_kitagawa_equals_an_independent_calculation_in_r():
    found = decompose(KITAGAWA, by=["origin"], factors=["severity"], relative_to="second", per=1)
    expected = {"total": 0.011739840619151, "mix": -0.0156900696451471, "rate": 0.0274299102642981}
    for component, figure in expected.items():
        assert value(found, component) == pytest.approx(figure, rel=1e-8)
    bands = {
        "mix": [0.00114685578224301, -0.0019958489786076, -0.00586724697716077, -0.00897382947162173],
        "rate": [0.00686926602698225, 0.00676435633332185, 0.00805040864308106, 0.0057458792609129],
    }
    for component, figures in bands.items():
        assert [value(found, component, band) for band in BANDS] == pytest.approx(figures, rel=1e-8)


def test_three_fold_equals_an_independent_calculation_in_r():
    found = decompose(KITAGAWA, by=["origin"], factors=["severity"], relative_to="second", per=1, method="three_fold")
    expected = {"mix": -0.0124316309021306, "rate": 0.0306883490073145, "interaction": -0.00651687748603293}
    for component, figure in expected.items():
        assert value(found, component) == pytest.approx(figure, rel=1e-8)
        assert sum(value(found, component, band) for band in BANDS) == pytest.approx(figure, rel=1e-8)


def test_a_row_explains_itself():
    found = decompose(KITAGAWA, by=["origin"], factors=["severity"], relative_to="second")
    assert found["component"].tolist()[:3] == ["total", "mix", "rate"]
    assert found["measure"].tolist() == ["crude_rate_difference"] + ["decomposition_component"] * 10
    row = found.iloc[1]
    assert (row["per"], row["relative_to"], row["status"]) == ("100 youths", "second", "shown")
    assert (row["numerator"], row["denominator"]) == (443, 7280)
    assert row["method"] == "group minus reference; Kitagawa decomposition, weights the mean of the two"
    assert row["standard"] == "mean of the group's distribution and that of second"
    assert found[["lower", "upper", "confidence"]].isna().all(axis=None)


def test_the_rate_part_is_the_gap_under_the_pair_mean_standard():
    table = counts([[50, 30, 20], [400, 60, 40], [10, 80, 70]], [[5, 9, 13], [20, 12, 20], [1, 9, 60]], origins="abc")
    found = decompose(table, by=["origin"], factors=["severity"], relative_to="b", per=1)
    strata = cross(table, by=["origin"], over=["severity"])
    rates, weights = strata.users / strata.population, weights_of(strata.population, "pair_mean", relative_to=1)
    for row, origin in ((0, "a"), (2, "c")):
        gap = (weights[row] * rates[row]).sum() - (weights[row] * rates[1]).sum()
        assert value(found, "rate", origin=origin) == pytest.approx(gap, rel=1e-12)


def youths(part, fixed):
    """The population of the cells with these categories."""
    chosen = np.all([part[name] == category for name, category in fixed.items()], axis=0) if fixed else slice(None)
    return part["population"][chosen].sum()


def das_gupta_by_brute_force(table, names, group, reference):
    """Terms as geometric means over all orders of conditioning; parts as means over all orders of replacing."""
    cells = [tuple(row) for row in table[names].drop_duplicates().itertuples(index=False)]

    def vectors(origin):
        part = table[table["origin"] == origin]
        terms = {name: np.ones(len(cells)) for name in names}
        orders = list(permutations(names))
        for at, cell in enumerate(cells):
            category = dict(zip(names, cell, strict=True))
            for order in orders:
                for place, name in enumerate(order):
                    before = {other: category[other] for other in order[:place]}
                    share = youths(part, before | {name: category[name]}) / youths(part, before)
                    terms[name][at] *= share ** (1 / len(orders))
        indexed = part.set_index(names).loc[cells]
        return [*terms.values(), (indexed["users"] / indexed["population"]).to_numpy()]

    own, other = vectors(group), vectors(reference)
    parts, orders = np.zeros(len(own)), list(permutations(range(len(own))))
    for order in orders:
        now = list(other)
        for step in order:
            before = np.prod(now, axis=0).sum()
            now[step] = own[step]
            parts[step] += (np.prod(now, axis=0).sum() - before) / len(orders)
    return parts


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (3, 2, 2)])
def test_das_gupta_equals_brute_force_over_all_orders(shape):
    table, names = two_factors(np.random.default_rng(1), shape=shape)
    found = decompose(table, by=["origin"], factors=names, relative_to="g1", per=1)
    parts = das_gupta_by_brute_force(table, names, "g0", "g1")
    components = [*(f"mix of {name}" for name in names), "rate"]
    assert [value(found, name) for name in components] == pytest.approx(parts.tolist(), rel=1e-8, abs=1e-12)
    assert "Das Gupta" in found["method"].iloc[0]


def test_das_gupta_for_two_factors_by_the_formula_for_two():
    # Das Gupta 1993, two factors i, j: term of i = (N_ij / N_.j * N_i. / N)^(1/2). Then, with three vectors a, b, r:
    # part of a = sum over cells of (a - a')[(b r + b' r') / 3 + (b r' + b' r) / 6].
    n = {"g": np.array([[30.0, 10.0], [20.0, 40.0]]), "h": np.array([[50.0, 20.0], [20.0, 10.0]])}
    y = {"g": np.array([[3.0, 2.0], [6.0, 20.0]]), "h": np.array([[4.0, 3.0], [5.0, 6.0]])}

    def first(m):
        return np.sqrt(m / m.sum(0) * m.sum(1, keepdims=True) / m.sum())

    a, b, r = ({k: f(n[k], y[k]) for k in "gh"} for f in (
        lambda m, u: first(m), lambda m, u: first(m.T).T, lambda m, u: u / m))  # fmt: skip
    assert a["g"] * b["g"] == pytest.approx(n["g"] / 100)

    def part(x, v, w):
        mean = (v["g"] * w["g"] + v["h"] * w["h"]) / 3 + (v["g"] * w["h"] + v["h"] * w["g"]) / 6
        return ((x["g"] - x["h"]) * mean).sum()

    rows = [(o, i, j, n[o][i, j], y[o][i, j]) for o in "gh" for i in (0, 1) for j in (0, 1)]
    table = pd.DataFrame(rows, columns=["origin", "i", "j", "population", "users"]).assign(synthetic=True, source="m")
    found = decompose(table, by=["origin"], factors=["i", "j"], relative_to="h", per=1)
    expected = [part(a, b, r), part(b, a, r), part(r, a, b)]
    assert [value(found, name) for name in ("mix of i", "mix of j", "rate")] == pytest.approx(expected, rel=1e-10)


def test_das_gupta_with_one_factor_is_kitagawa():
    one = decompose(KITAGAWA, by=["origin"], factors=["severity"], relative_to="second", method="das_gupta")
    two = decompose(KITAGAWA, by=["origin"], factors=["severity"], relative_to="second")
    assert value(one, "mix of severity") == pytest.approx(value(two, "mix"), rel=1e-10)
    assert value(one, "rate") == pytest.approx(value(two, "rate"), rel=1e-10)


def test_averages_over_orders_by_hand():
    # 2 x 3 becomes 5 x 4: first then second 9 + 5, second then first 2 + 12 -> averages 10.5 and 3.5
    before, after = [2.0, 3.0], [5.0, 4.0]
    changes = average_over_orders(
        lambda replaced: np.prod([after[part] if part in replaced else before[part] for part in (0, 1)]), 2
    )
    assert [float(change) for change in changes] == [10.5, 3.5]


@FAST
@given(
    st.integers(0, 10**6),
    st.sampled_from(["kitagawa", "das_gupta", "three_fold"]),
    st.sampled_from([(4,), (3, 2), (2, 2, 2)]),
)
def test_components_add_up_to_the_crude_difference(seed, method, shape):
    table, names = two_factors(np.random.default_rng(seed), groups=3, shape=shape)
    found = decompose(table, by=["origin"], factors=names, relative_to="g1", method=method)
    totals = table.groupby("origin")[["users", "population"]].sum()
    rates = 100 * totals["users"] / totals["population"]
    for origin in ("g0", "g2"):
        own = found[(found["origin"] == origin) & (found["band"] == "all")]
        gap = own.loc[own["component"] == "total", "value"].iloc[0]
        assert gap == pytest.approx(rates[origin] - rates["g1"], abs=1e-9)
        assert own.loc[own["component"] != "total", "value"].sum() == pytest.approx(gap, abs=1e-9)


@FAST
@given(st.integers(0, 10**6), st.sampled_from(["kitagawa", "das_gupta", "three_fold"]))
def test_order_of_rows_and_scale_change_nothing_and_swapping_negates(seed, method):
    generator = np.random.default_rng(seed)
    table, names = two_factors(generator, shape=(3, 2))
    first = decompose(table, by=["origin"], factors=names, relative_to="g1", method=method)
    whole = first["band"] == "all"
    shuffled = table.iloc[generator.permutation(len(table))]
    other = decompose(shuffled, by=["origin"], factors=names, relative_to="g1", method=method)
    assert other.loc[other["band"] == "all", "value"].tolist() == pytest.approx(
        first[whole]["value"].tolist(), abs=1e-9
    )
    scaled = table.assign(population=3 * table["population"], users=3 * table["users"])
    larger = decompose(scaled, by=["origin"], factors=names, relative_to="g1", method=method)
    assert larger["value"].tolist() == pytest.approx(first["value"].tolist(), abs=1e-9)
    if method != "three_fold":  # whose weights are the reference's
        swapped = decompose(table, by=["origin"], factors=names, relative_to="g0", method=method)
        assert swapped["value"].tolist() == pytest.approx((-first["value"]).tolist(), abs=1e-9)


@FAST
@given(st.integers(0, 10**6), st.sampled_from(["kitagawa", "das_gupta", "three_fold"]))
def test_splitting_a_stratum_in_two_identical_halves_changes_no_component(seed, method):
    table, names = two_factors(np.random.default_rng(seed), shape=(3, 2))
    table = table.assign(population=2 * table["population"], users=2 * table["users"])
    half = table[table["severity"] == 1]
    half = half.assign(population=half["population"] // 2, users=half["users"] // 2)
    split = pd.concat([table[table["severity"] != 1], half, half.assign(severity=9)])
    whole, parted = (
        decompose(data, by=["origin"], factors=names, relative_to="g1", method=method) for data in (table, split)
    )
    figures = [data.loc[data["band"] == "all", "value"].tolist() for data in (whole, parted)]
    assert figures[0] == pytest.approx(figures[1], abs=1e-9)


def test_the_reference_is_taken_within_each_form():
    stay = counts([[10, 10], [10, 10]], [[1, 2], [3, 4]]).assign(form="with_residence")
    out = counts([[20, 20], [20, 20]], [[5, 5], [10, 10]]).assign(form="without_residence")
    found = decompose(pd.concat([stay, out]), by=["form", "origin"], factors=["severity"], relative_to="b")
    total = found[found["component"] == "total"]
    assert total["value"].tolist() == pytest.approx([-20, -25])
    assert total["form"].tolist() == ["with_residence", "without_residence"]


def test_hidden_groups_keep_their_status_and_hide_nothing_else():
    table = counts([[50, 50], [50, 50], [50, 50]], [[5, 10], [5, 20], [1, 2]], origins="abc").astype({"users": "Int64"})
    table["status"] = "shown"
    table.loc[0, ["population", "users", "status"]] = [pd.NA, pd.NA, "not_published"]
    found = decompose(table, by=["origin"], factors=["severity"], relative_to="b")
    a, c = (found[found["origin"] == origin] for origin in "ac")
    assert (a["status"] == "not_published").all()
    assert a[["value", "numerator", "denominator"]].isna().all(axis=None)
    assert value(found, "total", origin="c") == pytest.approx(-22)
    assert (c["status"] == "shown").all()
    drawn = decompose(table, by=["origin"], factors=["severity"], relative_to="b", interval="bootstrap", replicates=200)
    assert drawn.loc[drawn["origin"] == "c", "lower"].notna().all()
    hidden = decompose(table, by=["origin"], factors=["severity"], relative_to="a")
    assert (hidden["status"] == "not_published").all()


def test_a_group_without_youths_has_no_population():
    table = counts([[50, 50], [50, 50], [0, 0]], [[5, 10], [5, 20], [0, 0]], origins="abc")
    found = decompose(table, by=["origin"], factors=["severity"], relative_to="b")
    alone = found[found["origin"] == "c"]
    assert (alone["status"] == "no_population").all()
    assert value(found, "total", origin="a") == pytest.approx(-10)


@pytest.mark.parametrize(
    ("users", "rate"), [([[0, 0], [0, 0]], 0), ([[50, 50], [50, 50]], 0), ([[50, 50], [0, 0]], 100)]
)
def test_nobody_and_everybody_in_care(users, rate):
    for method in ("kitagawa", "das_gupta", "three_fold"):
        found = decompose(counts([[50, 50], [50, 50]], users), by=["origin"], factors=["severity"], relative_to="b",
                          method=method)  # fmt: skip
        assert [value(found, "total"), value(found, "rate")] == pytest.approx([rate, rate])


def test_one_stratum_is_all_rate():
    found = decompose(counts([[50], [80]], [[5], [20]]), by=["origin"], factors=["severity"], relative_to="b")
    assert (value(found, "mix"), value(found, "rate")) == (0, pytest.approx(-15))


def test_thirty_groups():
    generator = np.random.default_rng(3)
    population = generator.integers(20, 900, (30, 4))
    table = counts(
        population.tolist(), generator.binomial(population, 0.2).tolist(), origins=[f"o{i}" for i in range(30)]
    )
    found = decompose(
        table, by=["origin"], factors=["severity"], relative_to="o7", interval="bootstrap", replicates=100
    )
    assert found["origin"].nunique() == 29
    rows = found[(found["band"] == "all")]
    assert ((rows["lower"] < rows["value"]) & (rows["value"] < rows["upper"])).mean() > 0.95


def test_a_stratum_without_youths_is_refused():
    table = counts([[50, 30, 20], [60, 40, 0]], [[5, 6, 7], [6, 4, 0]])
    with pytest.raises(InvalidTableError, match="b in moderate"):
        decompose(table, by=["origin"], factors=["severity"], relative_to="b")


def test_bootstrap_limits_have_the_spread_of_repeated_draws():
    table = counts([[800, 200], [500, 500]], [[80, 60], [40, 190]])
    found = decompose(table, by=["origin"], factors=["severity"], relative_to="b", per=1, interval="bootstrap")
    generator, drawn = np.random.default_rng(5), {"mix": [], "rate": []}
    for _ in range(2000):  # person by person: origin, band and use drawn together
        n = generator.multinomial(2000, table["population"] / 2000)
        y = generator.binomial(n, table["users"] / table["population"])
        w, p = n.reshape(2, 2) / n.reshape(2, 2).sum(1, keepdims=True), (y / n).reshape(2, 2)
        drawn["mix"].append(((w[0] - w[1]) * (p[0] + p[1]) / 2).sum())
        drawn["rate"].append(((p[0] - p[1]) * (w[0] + w[1]) / 2).sum())
    for component, values in drawn.items():
        row = found[(found["component"] == component) & (found["band"] == "all")].iloc[0]
        width = np.subtract(*np.quantile(values, [0.975, 0.025]))
        assert row["upper"] - row["lower"] == pytest.approx(width, rel=0.08)  # Monte Carlo error about 2.5 % each
        assert row["confidence"] == 0.95
    assert "bootstrap of counts, 2000 replicates, seed 0, percentiles" in found["method"].iloc[0]


def test_the_bootstrap_survives_a_stratum_that_runs_empty_in_replicates():
    table = counts([[300, 2], [300, 60]], [[30, 1], [40, 20]])
    for method in ("kitagawa", "das_gupta"):
        found = decompose(
            table, by=["origin"], factors=["severity"], relative_to="b", method=method, interval="bootstrap"
        )
        assert found[["lower", "upper"]].notna().all(axis=None)


def test_what_cannot_be_decomposed_is_refused():
    table = KITAGAWA
    with pytest.raises(UnknownNameError, match="did you mean 'second'"):
        decompose(table, by=["origin"], factors=["severity"], relative_to="secnd")
    with pytest.raises(UnknownNameError, match="method of decomposition"):
        decompose(table, by=["origin"], factors=["severity"], relative_to="second", method="kitagwa")
    with pytest.raises(UnknownNameError, match="interval"):
        decompose(table, by=["origin"], factors=["severity"], relative_to="second", interval="wald")
    with pytest.raises(BereikError, match="a list of one or more column names"):
        decompose(table, by=["origin"], factors="severity", relative_to="second")
    with pytest.raises(BereikError, match="at most 6"):
        decompose(table, by=["origin"], factors=list("abcdefg"), relative_to="second")
    with pytest.raises(MissingColumnError, match="severty"):
        decompose(table, by=["origin"], factors=["severty"], relative_to="second")
    with pytest.raises(InvalidTableError, match="category 'all'"):
        decompose(counts([[1, 2], [3, 4]], [[1, 1], [1, 1]], bands=["low", "all"]), by=["origin"], factors=["severity"],
                  relative_to="a")  # fmt: skip
    total = counts([[100, 50], [50, 20]], [[5, 6], [2, 1]], origins=("totaal", "nederland"))
    assert decompose(total, by=["origin"], factors=["severity"], relative_to="nederland")["value"].notna().all()
    with pytest.raises(IncomparableError):
        decompose(total.replace({"totaal": "total", "nederland": "nederlands"}), by=["origin"], factors=["severity"],
                  relative_to="nederlands")  # fmt: skip


def test_weighted_counts_have_values_but_no_bootstrap():
    table = counts([[50.5, 30.5], [60.0, 40.0]], [[5.5, 6.5], [6.0, 4.0]]).assign(
        weighted=True, n_unweighted=20, users_unweighted=4, effective_population=15.0
    )
    found = decompose(table, by=["origin"], factors=["severity"], relative_to="b")
    assert value(found, "total") == pytest.approx(100 * (12 / 81 - 0.1))
    with pytest.raises(BereikError, match="weighted counts"):
        decompose(table, by=["origin"], factors=["severity"], relative_to="b", interval="bootstrap")


def in_hashed_groups(table, generator, number=40):
    """The counts in 40 hashed groups of persons that differ in use: the same youths counted again and again."""
    parts = []
    for group in range(number):
        population = generator.integers(20, 60, len(table))
        users = generator.binomial(population, generator.beta(0.5, 2))
        parts.append(table.assign(group=group, population=population, users=users))
    return pd.concat(parts, ignore_index=True)


def test_hashed_groups_of_persons_are_added_up_and_drawn_as_a_whole():
    grouped = in_hashed_groups(counts([[1, 1], [1, 1]], [[0, 0], [0, 0]]), np.random.default_rng(1))
    columns = ["origin", "severity"]
    added = grouped.groupby(columns, as_index=False, observed=True)[["population", "users"]].sum()
    added = added.assign(synthetic=True, source="made up")
    one, two = (
        decompose(table, by=["origin"], factors=["severity"], relative_to="b", interval="bootstrap")
        for table in (grouped, added)
    )
    assert one["value"].tolist() == pytest.approx(two["value"].tolist())
    total = grouped.groupby(["group", "origin"])[["users", "population"]].sum().unstack()
    drawn = np.random.default_rng(2).integers(0, 40, (4000, 40))
    users, population = (total[name].to_numpy()[drawn].sum(axis=1) for name in ("users", "population"))
    gaps = 100 * (users[:, 0] / population[:, 0] - users[:, 1] / population[:, 1])
    expected = np.quantile(gaps, [0.025, 0.975])
    assert one.loc[0, ["lower", "upper"]].tolist() == pytest.approx(expected, abs=0.1 * (expected[1] - expected[0]))
    assert (one.loc[0, "upper"] - one.loc[0, "lower"]) != pytest.approx(
        two.loc[0, "upper"] - two.loc[0, "lower"], rel=0.05
    )


def test_several_periods_have_no_limits_unless_persons_can_be_told_apart():
    table = pd.concat(
        [counts([[50, 30], [60, 40]], [[5, 6], [6, 4]]).assign(period=period) for period in ("2022", "2023")]
    )
    options = {"by": ["origin"], "factors": ["severity", "period"], "relative_to": "b"}
    assert decompose(table, **options)["value"].notna().all()
    with pytest.raises(IncomparableError, match="2 periods pooled"):
        decompose(table, interval="bootstrap", **options)
    assert decompose(table, interval="bootstrap", assume_independent=True, **options)["lower"].notna().any()
