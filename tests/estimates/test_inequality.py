import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.estimates.concentration import mid_ranks
from bereik.estimates.inequality import inequality
from bereik.estimates.slope import line, slope_index

FAST = settings(max_examples=25, deadline=None, derandomize=True)
SIZES = st.lists(st.tuples(st.integers(20, 300), st.floats(0.05, 0.95)), min_size=3, max_size=8)


def groups(population, users, **more):
    rows = {"origin": [f"g{number}" for number in range(len(population))], "population": population, "users": users}
    return pd.DataFrame(rows).assign(synthetic=True, source="made up", **more)


def bands(population, users, region="A"):
    rows = {"region": region, "income": range(len(population)), "population": population, "users": users}
    return pd.DataFrame(rows).assign(synthetic=True, source="made up")


def summary(data, relative_to="g0", **more):
    return inequality(data, by=["origin"], relative_to=relative_to, **more)


def slope(data, **more):
    return slope_index(data, by=["region"], over="income", **more)


def test_three_groups_by_hand():
    # rates 20, 10, 12 percent. Relative to g0: (10 + 8) / 2 / 20 = 45 percent. Mean (20 + 10 + 24) / 400 = 13.5 percent:
    # (6.5 + 3.5 + 1.5) / 3 / 13.5 = 28.395 percent; variance (6.5^2 + 3.5^2 + 2 x 1.5^2) / 4 = 14.75.
    data = groups([100, 100, 200], [20, 10, 24])
    assert summary(data)["value"].tolist() == pytest.approx([45, 14.75])
    assert summary(data, "all groups")["value"].tolist() == pytest.approx([100 * 11.5 / 3 / 13.5, 14.75])
    assert summary(data, per=1)["value"].tolist() == pytest.approx([45, 0.001475])
    row = summary(data).iloc[1]
    assert (row["numerator"], row["denominator"], row["per"], row["method"]) == (54, 400, "(100 youths)^2", "3 groups")


def test_at_equal_severity_only_the_differences_within_bands_count():
    # The same rates per band (10 and 40 percent), another mix: no inequality at equal severity, some in the crude rates.
    rows = [("g0", "low", 90, 9), ("g0", "high", 10, 4), ("g1", "low", 50, 5), ("g1", "high", 50, 20), ("g2", "low", 20, 2),
            ("g2", "high", 80, 32)]  # fmt: skip
    data = pd.DataFrame(rows, columns=["origin", "severity", "population", "users"]).assign(synthetic=True, source="m")
    equal = summary(data, over=["severity"])
    assert equal["value"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert equal["standard"].iloc[0] == "pooled distribution of all groups in the table"
    totals = data.groupby("origin", as_index=False)[["population", "users"]].sum().assign(synthetic=True, source="m")
    crude = summary(totals)
    # 13, 25 and 34 percent: (12 + 21) / 2 / 13; mean 24: (11^2 + 1 + 10^2) / 3
    assert crude["value"].tolist() == pytest.approx([100 * 16.5 / 13, 74])


def test_each_combination_of_the_other_columns_has_its_summary():
    data = pd.concat([groups([100, 100], [20, 10]).assign(form="a"), groups([100, 100], [5, 10]).assign(form="b")])
    found = inequality(data, by=["form", "origin"], relative_to="g0")
    assert found["form"].tolist() == ["a", "a", "b", "b"]
    assert found.loc[found["measure"] == "index_of_disparity", "value"].tolist() == pytest.approx([50, 100])


@FAST
@given(SIZES)
def test_properties_of_the_summaries(sizes):
    data = groups([n for n, _ in sizes], [max(1, int(n * p)) for n, p in sizes])
    values = summary(data)["value"].tolist()
    assert min(values) >= 0
    assert summary(data.sample(frac=1, random_state=1))["value"].tolist() == pytest.approx(values)
    scaled = data.assign(population=9 * data["population"], users=9 * data["users"])
    assert summary(scaled)["value"].tolist() == pytest.approx(values)
    halves = pd.concat([data.assign(severity=severity) for severity in ("low", "high")])
    assert summary(halves, over=["severity"])["value"].tolist() == pytest.approx(values)  # a split in identical halves
    equal = data.assign(users=data["population"])
    assert summary(equal, "all groups")["value"].tolist() == pytest.approx([0, 0], abs=1e-9)


def test_swapping_two_groups_that_are_not_the_reference_changes_nothing():
    one, two = groups([100, 80, 200], [20, 10, 24]), groups([100, 200, 80], [20, 24, 10])
    assert summary(one)["value"].tolist() == pytest.approx(summary(two)["value"].tolist())


def test_nobody_hidden_and_empty_groups():
    assert summary(groups([50, 50], [0, 0]))["status"].tolist() == ["undefined", "shown"]
    assert summary(groups([50, 50], [0, 9]))["status"].tolist() == ["undefined", "shown"]
    assert summary(groups([50, 50], [50, 50]))["value"].tolist() == [0, 0]
    data = groups([100, 0, 100], [20, 0, 10])
    found = summary(data)
    assert found["value"].tolist() == pytest.approx([50, 25])
    assert found["method"].iloc[0] == "2 groups; without youths: g1"
    hidden = data.astype({"population": "Int64", "users": "Int64"}).assign(status=["shown", "not_published", "shown"])
    hidden.loc[1, ["population", "users"]] = pd.NA
    assert summary(hidden)["status"].tolist() == ["not_published"] * 2
    assert summary(hidden)["value"].isna().all()


def test_thirty_groups_and_bootstrap():
    generator = np.random.default_rng(0)
    population = generator.integers(2000, 9000, 30)
    data = groups(population, generator.binomial(population, np.linspace(0.1, 0.2, 30)))
    found = summary(data, "all groups", interval="bootstrap", replicates=400)
    assert ((found["lower"] < found["value"]) & (found["value"] < found["upper"])).all()
    rates = data["users"] / population
    drawn = [data.assign(users=generator.binomial(population, rates), draw=draw) for draw in range(300)]
    summaries = inequality(pd.concat(drawn), by=["draw", "origin"], relative_to="all groups")
    spread = ((found["upper"] - found["lower"]) / (2 * 1.96)).tolist()
    assert np.std(summaries["value"].to_numpy().reshape(-1, 2), axis=0).tolist() == pytest.approx(
        spread, rel=0.2
    )  # Monte Carlo error 4 percent


def test_groups_that_cannot_be_summarised_are_refused():
    data = groups([100, 100, 200], [20, 10, 24])
    with pytest.raises(UnknownNameError, match="origin 'g7'"):
        summary(data, "g7")
    with pytest.raises(UnknownNameError, match="interval 'delta'"):
        summary(data, interval="delta")
    with pytest.raises(MissingColumnError):
        inequality(data, by=["origins"], relative_to="g0")
    with pytest.raises(InvalidTableError, match="at least two groups"):
        summary(data[:1])
    with pytest.raises(InvalidTableError, match="at least two groups"):
        summary(data.assign(users=[0, 0, 24], population=[0, 0, 200]), "g2")
    with pytest.raises(InvalidTableError, match="one of them 'g0'"):
        summary(data.assign(users=[0, 10, 24], population=[0, 100, 200]))
    total = data.assign(origin=["nederlands", "westers", "total"])
    with pytest.raises(IncomparableError, match="contains or is part of|contains it or is part of"):
        inequality(total, by=["origin"], relative_to="nederlands")
    overlap = data.assign(origin=["nederlands", "niet_westers", "met_migratieachtergrond"])
    with pytest.raises(IncomparableError, match="contains or is part of|contains it or is part of"):
        inequality(overlap, by=["origin"], relative_to="nederlands")


# Public Health England: R package PHEindicatormethods 2.1.1, phe_sii(value_type = 0, rii = TRUE) on ten deciles.
DECILE_POPULATION = np.array([7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534.0])
DECILE_VALUE = np.array([75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 83.4, 82.8, 84.5])
DECILE_ERROR = np.array([0.73, 0.66, 0.78, 0.67, 0.76, 0.7, 0.74, 0.72, 0.66, 0.61])


def test_the_line_equals_that_of_the_package_of_public_health_england():
    bottom, rise = line(DECILE_VALUE, mid_ranks(DECILE_POPULATION), DECILE_POPULATION)
    assert float(rise) == pytest.approx(6.66658245070559, rel=1e-8)
    assert float((bottom + rise) / bottom) == pytest.approx(1.08529336698411, rel=1e-8)


def test_the_formula_of_the_limits_agrees_with_the_simulation_of_that_package():
    # Its limits of the slope, 1e5 simulated draws of the values: 5.1627481138129 to 8.17755214835007. Here the same
    # formula as in slope.py: the slope is linear in the values.
    _, weights = line(np.eye(10), mid_ranks(DECILE_POPULATION)[None], DECILE_POPULATION[None])
    half = 1.959963984540054 * np.sqrt((weights**2 * DECILE_ERROR**2).sum())
    assert [6.66658245 - half, 6.66658245 + half] == pytest.approx([5.1627481138129, 8.17755214835007], abs=0.06)


def test_the_slope_is_the_regression_over_all_youths():
    # statsmodels 0.15.0 WLS on one row per youth would give the same as numpy's least squares on one row per youth.
    population, users = [40, 25, 35], [10, 4, 12]
    rank = np.repeat(mid_ranks(np.array(population, dtype=float)), population)
    use = np.concatenate([np.arange(n) < y for n, y in zip(population, users, strict=True)])
    rise, bottom = np.polyfit(rank, use, 1)
    found = slope(bands(population, users), per=1)
    assert found["value"].tolist() == pytest.approx([rise, (bottom + rise) / bottom], rel=1e-9)


def test_three_bands_by_hand_with_limits():
    # rates 0.3, 0.2, 0.1 at ranks 1/6, 1/2, 5/6: slope -0.3, from 0.35 to 0.05. Variance of the slope
    # 1.5^2 x (0.3 x 0.7 + 0.1 x 0.9) / 100 = 0.00675: -0.3 -+ 1.959964 x 0.0821584.
    found = slope(bands([100] * 3, [30, 20, 10]), per=1)
    assert found["value"].tolist() == pytest.approx([-0.3, 1 / 7])
    assert found.loc[0, ["lower", "upper"]].tolist() == pytest.approx([-0.461028, -0.138972], abs=1e-6)
    # log ratio: gradient -11.42857, 5.714286, 22.85714; variance 0.796735
    half = 1.959964 * 0.796735**0.5
    assert found.loc[1, ["lower", "upper"]].tolist() == pytest.approx([np.exp(-half) / 7, np.exp(half) / 7], rel=1e-5)
    assert (
        found["method"].iloc[0].startswith("weighted least squares on mid-ranks over income, weights population; delta")
    )


def test_coverage_of_the_slope_limits():
    generator, population, rates = np.random.default_rng(0), np.array([400, 900, 700]), np.array([0.12, 0.10, 0.05])
    truth = slope(bands(population, population * rates).assign(users=[48, 90, 35]))["value"]
    drawn = [bands(population, generator.binomial(population, rates), f"r{at}") for at in range(500)]
    found = slope(pd.concat(drawn))
    limits = found["lower"].to_numpy().reshape(-1, 2), found["upper"].to_numpy().reshape(-1, 2)
    inside = ((limits[0] <= truth.to_numpy()) & (truth.to_numpy() <= limits[1])).mean(axis=0)
    assert inside.tolist() == pytest.approx([0.95, 0.95], abs=0.03)  # three times the Monte Carlo error


def test_bootstrap_limits_of_the_slope_agree_with_the_formula_in_large_counts():
    data = bands([3000, 5000, 2000], [900, 1000, 300])
    drawn, formula = slope(data, interval="bootstrap"), slope(data)
    for name in ("lower", "upper"):
        assert (np.abs(drawn[name] - formula[name]) < 0.06 * (formula["upper"] - formula["lower"])).all()


@FAST
@given(SIZES)
def test_properties_of_the_slope(sizes):
    data = bands([2 * n for n, _ in sizes], [2 * max(1, int(n * p)) for n, p in sizes])
    found = slope(data)["value"]
    same = {"abs": 1e-9, "rel": 1e-6, "nan_ok": True}
    assert slope(data.sample(frac=1, random_state=1))["value"].tolist() == pytest.approx(found.tolist(), **same)
    scaled = data.assign(population=7 * data["population"], users=7 * data["users"])
    assert slope(scaled)["value"].tolist() == pytest.approx(found.tolist(), **same)
    turned = slope(data.assign(income=-data["income"]))["value"]
    assert turned.tolist() == pytest.approx([-found[0], 1 / found[1]], **same)


def test_slopes_that_cannot_be_computed():
    assert slope(bands([50], [9]))["status"].tolist() == ["undefined"] * 2
    nobody = slope(bands([50, 50], [0, 0]))
    assert nobody["status"].tolist() == ["shown", "undefined"]
    assert nobody["value"].iloc[0] == 0
    assert nobody["lower"].isna().all()
    assert slope(bands([50, 50], [50, 50]))["value"].tolist() == pytest.approx([0, 1], abs=1e-9)
    below_zero = slope(bands([50, 50, 50], [0, 0, 40]))  # the line starts below 0
    assert below_zero["status"].tolist() == ["shown", "undefined"]
    with_empty = slope(bands([100, 0, 100, 100], [30, 0, 20, 10]))
    assert with_empty["value"].tolist() == pytest.approx(slope(bands([100] * 3, [30, 20, 10]))["value"].tolist())
    assert slope(bands([0, 0], [0, 0]))["status"].tolist() == ["no_population"] * 2
    hidden = (
        bands([50, 50], [5, 9]).astype({"population": "Int64", "users": "Int64"}).assign(status=["shown", "suppressed"])
    )
    hidden.loc[1, ["population", "users"]] = pd.NA
    assert slope(hidden)["status"].tolist() == ["suppressed"] * 2
    with pytest.raises(BereikError, match="without a declared order"):
        slope(bands([50, 50], [5, 9]).assign(income=["low", "high"]))
    with pytest.raises(UnknownNameError, match="interval 'wald'"):
        slope(bands([50, 50], [5, 9]), interval="wald")


def test_declared_order_decides_not_the_order_of_rows_or_the_alphabet():
    order = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)
    data = bands([100] * 3, [10, 30, 20]).assign(income=pd.Series(["high", "low", "middle"]).astype(order))
    assert slope(data)["value"].iloc[0] == pytest.approx(-30)


def test_thirty_groups_have_thirty_slopes():
    data = pd.concat([bands([60, 40], [5 + number, 9], f"r{number}") for number in range(30)])
    assert (slope(data)["status"] == "shown").sum() >= 30
    assert slope(data)["region"].nunique() == 30
