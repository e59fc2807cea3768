from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import use_rates
from bereik.errors import InvalidTableError, UnknownNameError
from bereik.rates.intervals import EVENT_INTERVALS

HERE, ABOUT = Path(__file__).parent, {"synthetic": True, "source": "made up"}
FILES = (pd.read_csv(HERE / name, comment="#").assign(**ABOUT) for name in ("proportions.csv", "events.csv"))
PROPORTIONS, EVENTS = (file.rename_axis("region").reset_index() for file in FILES)
LIMITS, ROUNDING = ["lower", "upper"], ["lower_rounding", "upper_rounding"]


def counts(users, population, **more):
    columns = {"region": [*map(str, range(len(users)))], "population": population, "users": users}
    return pd.DataFrame(columns | {"synthetic": True, "source": "made up"} | more)


def rates(users, population, options=None, **more):
    return use_rates(counts(users, population, **more), by=["region"], **options or {})


@pytest.mark.parametrize("interval", ["wilson", "clopper_pearson", "jeffreys"])
def test_intervals_equal_those_of_independent_packages(interval):
    limits = use_rates(PROPORTIONS, by=["region"], interval=interval, per=1)[LIMITS]
    expected = PROPORTIONS[[f"{interval}_lower", f"{interval}_upper"]].to_numpy()
    assert limits.to_numpy() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_agresti_coull_by_hand():
    # z^2 = 3.8414588; n + z^2 = 13.8414588; p = (2 + 1.9207294) / 13.8414588 = 0.2832598; half = z sqrt(p (1 - p) / 13.84)
    half = 1.959964 * (0.2832598 * 0.7167402 / 13.8414588) ** 0.5
    limits = rates([2], [10], {"interval": "agresti_coull", "per": 1}).loc[0, LIMITS]
    assert limits.tolist() == pytest.approx([0.2832598 - half, 0.2832598 + half], abs=1e-6)


def test_a_protected_table_says_to_what_both_its_counts_are_rounded():
    source = "individual data: own.csv; counts rounded to"
    of_5, of_10 = (rates([10], [20], source=f"{source} {unit}").loc[0] for unit in ("5", "10 (weighted)"))
    assert of_5[ROUNDING].tolist() == pytest.approx([100 * 7.5 / 22.5, 100 * 12.5 / 17.5])  # 10 and 20, each 2.5 off
    assert of_10[ROUNDING].tolist() == pytest.approx([100 * 5 / 25, 100 * 15 / 15])
    assert rates([10], [20]).loc[0, ROUNDING].isna().all()


def test_the_confidence_is_used():
    # scipy 1.17.1: binomtest(81, 263).proportion_ci(0.9, method="wilson")
    row = rates([81], [263], {"per": 1, "confidence": 0.9}).loc[0]
    assert row[LIMITS].tolist() == pytest.approx([0.26331361718848, 0.35656634960849], rel=1e-9)
    assert row["confidence"] == 0.9


@pytest.mark.parametrize("interval", ["wilson", "clopper_pearson", "jeffreys", "agresti_coull"])
def test_the_rate_is_always_within_its_interval(interval):
    pairs = [(users, population) for population in (1, 2, 7, 40) for users in range(population + 1)]
    table = rates(*np.array(pairs).T, {"interval": interval})
    assert (table["lower"].between(0, table["value"]) & table["upper"].between(table["value"], 100)).all()


def test_a_hidden_row_keeps_its_status_and_population_zero_has_no_rate():
    table = rates([None, 0, 0], [None, 0, 12], {"rounding": 5}, status=["not_published", "shown", "shown"])
    assert table["status"].tolist() == ["not_published", "no_population", "shown"]
    assert table[["value", *LIMITS, *ROUNDING]].isna().all(axis=1).tolist() == [True, True, False]
    assert table.loc[2, "value"] == 0


def test_rounding_bounds_by_hand():
    bounds = rates([10, 0, 200], [100, 100, 201], {"rounding": 5})[ROUNDING].to_numpy()
    assert bounds == pytest.approx(np.array([[7.5, 12.5], [0, 2.5], [100 * 197.5 / 201, 100]]))
    assert rates([10], [100])["lower_rounding"].isna().all()
    assert rates([10], [100], **BOUNDS).loc[0, ROUNDING].tolist() == pytest.approx([8, 12.5])


# Ten youths in region 0, weights 1 (x5) and 3 (x5): sum 20, sum of squares 50, effective 400 / 50 = 8.
WEIGHTED = counts([5.0], [20.0], weighted=True, n_unweighted=10, users_unweighted=3, effective_population=8.0)


def test_a_weighted_rate_has_the_interval_of_its_effective_population():
    row = use_rates(WEIGHTED, by=["region"], per=1).iloc[0]
    assert row[["value", "numerator", "denominator"]].tolist() == [0.25, 5, 20]
    # 2 of 8, scipy 1.17.1: binomtest(2, 8).proportion_ci(method="wilson")
    assert row[LIMITS].tolist() == pytest.approx([0.071479212752109, 0.590724569689831], rel=1e-9)
    assert "ignores strata and clusters" in row["method"]


@pytest.mark.parametrize("interval", ["exact", "byar"])
def test_limits_of_counts_equal_those_of_r(interval):
    limits = np.column_stack(EVENT_INTERVALS[interval][1](EVENTS["numerator"].to_numpy(dtype="float64"), 0.95))
    expected = EVENTS[[f"{interval}_lower", f"{interval}_upper"]].mul(EVENTS["denominator"] / 1000, axis=0).dropna()
    assert limits[expected.index] == pytest.approx(expected.to_numpy(), rel=1e-9)
    alone = EVENT_INTERVALS[interval][1](np.zeros(1), 0.95)
    assert [float(end[0]) for end in alone] == limits[EVENTS["numerator"] == 0][0].tolist()  # one count, of 0


BOUNDS = {"population_lower": 80.0, "population_upper": 125.0}
ONE = counts([1], [3])


REFUSED = [
    (counts([10], [100], **BOUNDS), {"rounding": 5}, bereik.BereikError, "one of the two"),
    (ONE.assign(**BOUNDS), {}, InvalidTableError, "outside its bounds: row 0"),
    (WEIGHTED, {"interval": "clopper_pearson"}, bereik.BereikError, "an exact interval counts persons"),
    (WEIGHTED.assign(effective_population=0), {}, InvalidTableError, "no effective_population: row 0"),
    (ONE, {"interval": "wilsen"}, UnknownNameError, "did you mean 'wilson'"),
    *((ONE, {"rounding": one}, bereik.BereikError, "`rounding` is") for one in (-5, 0, "5", True)),
    *((ONE, {"confidence": one}, bereik.BereikError, "`confidence` is") for one in (95, 0, "0.9", None, [0.9])),
    *((ONE, {"per": one}, bereik.BereikError, "`per` is") for one in (float("nan"), None, True, -1, 1j)),
]


@pytest.mark.parametrize(("table", "options", "error", "says"), REFUSED)
def test_faulty_counts_and_options_are_refused(table, options, error, says):
    with pytest.raises(error, match=says):
        use_rates(table, by=["region"], **options)
