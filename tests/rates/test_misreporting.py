import numpy as np
import pandas as pd
import pytest

from bereik import misreporting_grid, tipping_point
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError

RATIO, DIFFERENCE = "rate_ratio_at_equal_severity", "rate_difference_at_equal_severity"
KEY = {"by": ["origin"], "over": ["severity"], "relative_to": "a"}
Z = 1.959963984540054


def table(population, users, *, bands=("low", "middle", "high"), over="severity", **more):
    """One row per group and band; population and users: a dict of lists, one list per group."""
    rows = [(group, *cell) for group in users for cell in zip(bands, population[group], users[group], strict=False)]
    made = pd.DataFrame(rows, columns=["origin", over, "population", "users"])
    made[over] = pd.Categorical(made[over], bands, ordered=True)
    return made.assign(synthetic=True, source="made up", **more)


def grid_of(counts, amount=0, **options):
    """The grid for one amount, by measure."""
    return misreporting_grid(counts, **KEY | options, amounts=[amount]).set_index("measure")


def value(counts, amount=0, measure=RATIO, **options):
    return grid_of(counts, amount, **options).loc[measure, "value"]


A = {"a": [500, 300, 200]}, {"a": [25, 30, 50]}
# True counts of b, and what is reported when 0.2 of each band but the lowest is reported one band too low:
# 400 + 0.2 x 300 = 460, 0.8 x 300 + 0.2 x 300 = 300, 0.8 x 300 = 240; users 20 + 0.2 x 30 = 26, 24 + 0.2 x 60 = 36, 48.
TRUE = table(A[0] | {"b": [400, 300, 300]}, A[1] | {"b": [20, 30, 60]})
REPORTED = table(A[0] | {"b": [460, 300, 240]}, A[1] | {"b": [26, 36, 48]})


def test_true_counts_come_back_from_reported_ones():
    got, wanted = grid_of(REPORTED, 0.2), grid_of(TRUE)
    assert got["value"].tolist() == pytest.approx(wanted["value"].tolist(), rel=1e-12)
    # By hand: use per band a .05 .10 .25, b .05 .10 .20; weights .45 .30 .25: a .1150, b .1025.
    assert got["value"].tolist() == pytest.approx([0.1025 / 0.1150, 100 * (0.1025 - 0.1150)])
    assert got["severity_reported"].tolist() == ["too low"] * 2
    assert got[["numerator", "denominator"]].to_numpy().tolist() == [[110, 1000]] * 2


def test_reporting_one_band_too_high_is_the_other_sign():
    # 0.25 of low and middle reported one band too high: 300, 225 + 100 = 325, 300 + 75 = 375; users 15, 27.5 -> use 40 users.
    reported = table(A[0] | {"b": [300, 325, 375]}, A[1] | {"b": [15, 35, 70]})
    true = table(A[0] | {"b": [400, 300, 300]}, A[1] | {"b": [20, 40, 60]})
    got = grid_of(reported, -0.25)
    assert got["value"].tolist() == pytest.approx(grid_of(true)["value"].tolist(), rel=1e-12)
    assert got["severity_reported"].tolist() == ["too high"] * 2


def test_an_impossible_amount_is_undefined_and_never_clipped():
    # The middle band is reported to hold 300; with 0.9 too low the highest holds 240 / 0.1 = 2400 and the middle -18600.
    grid = misreporting_grid(REPORTED, **KEY, amounts=[-0.6, 0, 0.9]).query("measure == @RATIO")
    assert grid["status"].tolist() == ["undefined", "shown", "undefined"]
    assert grid["method"].str.contains("no true counts agree").tolist() == [True, False, True]
    # More users than youths: 0.3 of true low reported high: true low 70 / 0.7 = 100, high 31 - 30 = 1; users high 25 - 15 = 10.
    few = table({"a": [80, 20], "b": [70, 31]}, {"a": [8, 10], "b": [35, 25]})
    assert grid_of(few, -0.3)["status"].tolist() == ["undefined"] * 2


def test_other_strata_are_corrected_apart():
    reported = pd.concat([REPORTED.assign(age="young"), TRUE.assign(age="old")], ignore_index=True)
    # The same in arrays: each age by its own inverse, then weights and rates over the six strata.
    solve = np.linalg.inv([[1, 0.1, 0], [0, 0.9, 0.1], [0, 0, 0.9]])
    n = np.concatenate([solve @ [460, 300, 240], solve @ [400, 300, 300]])
    y = np.concatenate([solve @ [26, 36, 48], solve @ [20, 30, 60]])
    reference, use = np.array([500, 300, 200] * 2), np.array([0.05, 0.10, 0.25] * 2)
    weights = (n / n.sum() + reference / reference.sum()) / 2
    expected = (weights * y / n).sum() / (weights * use).sum()
    assert value(reported, 0.1, over=["age", "severity"]) == pytest.approx(expected)


def test_the_delta_interval_by_hand():
    got, weights = grid_of(REPORTED)[["lower", "upper"]], np.array([0.48, 0.30, 0.22])
    n, y = np.array([[460, 300, 240], [500, 300, 200]]), np.array([[26, 36, 48], [25, 30, 50]])
    rate, variance = (weights * y / n).sum(axis=1), (weights**2 * (y / n) * (1 - y / n) / n).sum(axis=1)
    half = Z * np.sqrt((variance / rate**2).sum())
    assert got.loc[RATIO].tolist() == pytest.approx(rate[0] / rate[1] * np.exp([-half, half]))
    half = Z * np.sqrt(variance.sum())
    assert got.loc[DIFFERENCE].tolist() == pytest.approx(100 * (rate[0] - rate[1] + np.array([-half, half])))


def test_tipping_point_with_a_known_answer():
    # True use of b equals that of a in each band; 0.2 of b is reported one band too low. So the tipping point is 0.2.
    reported = table(A[0] | {"b": [460, 300, 240]}, A[1] | {"b": [26, 39, 60]})
    tip = tipping_point(reported, **KEY).set_index("measure").loc["tipping_point"]
    assert tip["value"] == pytest.approx(0.2, abs=1e-9)
    assert tip["severity_reported"] == "too low"


def test_tipping_point_of_the_interval():
    large = TRUE.assign(population=TRUE["population"] * 100, users=TRUE["users"] * 100)
    large.loc[large["origin"] == "b", "users"] = [1500, 2400, 5000]
    tip, at = tipping_point(large, **KEY).sort_values("measure")["value"]
    assert abs(at) < abs(tip)
    upper = grid_of(large, at).loc[DIFFERENCE, "upper"]
    assert upper == pytest.approx(0, abs=0.06)  # interpolated in a step of 0.01 of the amount
    small = tipping_point(TRUE, **KEY).set_index("measure").loc["tipping_point_of_interval"]
    assert small[["value", "severity_reported"]].tolist() == [0, "as reported"]


def test_none_within_the_grid_is_said_in_words():
    far = table(A[0] | {"b": [500, 300, 200]}, {"a": [250, 200, 180], "b": [5, 6, 10]})
    tip = tipping_point(far, **KEY, amounts=[-0.1, 0.1])
    assert tip["severity_reported"].tolist() == ["none within the grid"] * 2
    assert tip["status"].tolist() == ["undefined"] * 2
    assert tip["value"].isna().all()


def test_no_users_and_full_use():
    population = {"a": [60, 30, 20], "b": [50, 30, 20]}
    none = table(population, {"a": [5, 6, 7], "b": [0, 0, 0]})
    row = grid_of(none, 0.1).loc[RATIO]
    assert row["value"] == 0
    assert row[["lower", "upper"]].isna().all()
    assert grid_of(none, relative_to="b")["status"].to_dict() == {RATIO: "undefined", DIFFERENCE: "shown"}
    full = table(population, population)
    row = grid_of(full, 0.1).loc[RATIO]
    assert row["value"] == pytest.approx(1)
    assert row[["lower", "upper"]].isna().all()  # no variance in the counts: no interval that is one point
    assert tipping_point(full, **KEY)["value"].tolist() == pytest.approx([0, 0], abs=1e-12)


EMPTY = table(A[0] | {"b": [760, 0, 240]}, A[1] | {"b": [26, 0, 48]})
GAPPED = pd.concat([TRUE.assign(age="young"), TRUE[TRUE["severity"] != "low"].assign(age="old")], ignore_index=True)


REFUSED = [
    (TRUE, {"standard": "pooled"}, UnknownNameError, "standard 'pooled'"),
    (TRUE, {"amounts": [0.2, 1]}, BereikError, "numbers between -1 and 1"),
    (TRUE, {"amounts": [float("nan")]}, BereikError, "numbers between"),
    (TRUE, {"amounts": []}, BereikError, "numbers between"),
    (EMPTY, {}, InvalidTableError, "without population"),
    (TRUE[TRUE["severity"] == "low"], {}, InvalidTableError, "at least two bands"),
    (TRUE.assign(group=1), {}, IncomparableError, "hashed groups of persons"),
    (GAPPED, {"over": ["age", "severity"]}, InvalidTableError, "the same ones in every other stratum"),
]


@pytest.mark.parametrize(("counts", "more", "error", "match"), REFUSED)
def test_bad_input_is_explained(counts, more, error, match):
    with pytest.raises(error, match=match):
        misreporting_grid(counts, **KEY | more)
