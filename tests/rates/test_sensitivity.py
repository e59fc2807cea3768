import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.sensitivity import misreporting_grid
from bereik.rates.tipping import tipping_point
from bereik.rates.workings.misclassification import inverse_map, one_band_off, shift_map

RATIO, DIFFERENCE = "rate_ratio_at_equal_severity", "rate_difference_at_equal_severity"
KEY = {"by": ["origin"], "over": ["severity"], "relative_to": "a"}
FEW = settings(max_examples=30, deadline=None, derandomize=True)


def table(population, users, *, bands=("low", "middle", "high"), over="severity", **more):
    """One row per group and band; population and users: a dict of lists, one list per group."""
    rows = [
        {"origin": group, over: band, "population": n, "users": y}
        for group in population
        for band, n, y in zip(bands, population[group], users[group], strict=True)
    ]
    return pd.DataFrame(rows).assign(**({"synthetic": True, "source": "made up"} | more))


def values(results, measure=RATIO):
    return results.loc[results["measure"] == measure, "value"].to_numpy()


# True counts of b, and what is reported when 0.2 of each band but the lowest is reported one band too low:
# 400 + 0.2 x 300 = 460, 0.8 x 300 + 0.2 x 300 = 300, 0.8 x 300 = 240; users 20 + 0.2 x 30 = 26, 24 + 0.2 x 60 = 36, 48.
TRUE = table({"a": [500, 300, 200], "b": [400, 300, 300]}, {"a": [25, 30, 50], "b": [20, 30, 60]})
REPORTED = table({"a": [500, 300, 200], "b": [460, 300, 240]}, {"a": [25, 30, 50], "b": [26, 36, 48]})


def test_true_counts_come_back_from_reported_ones():
    wanted = misreporting_grid(TRUE, **KEY, amounts=[0])
    got = misreporting_grid(REPORTED, **KEY, amounts=[0.2])
    assert values(got).tolist() == pytest.approx(values(wanted).tolist(), rel=1e-12)
    assert values(got, DIFFERENCE).tolist() == pytest.approx(values(wanted, DIFFERENCE).tolist(), rel=1e-12)
    # By hand: use per band a .05 .10 .25, b .05 .10 .20; weights .45 .30 .25: a .1150, b .1025.
    assert values(got)[0] == pytest.approx(0.1025 / 0.1150)
    assert values(got, DIFFERENCE)[0] == pytest.approx(100 * (0.1025 - 0.1150))
    assert got["severity_reported"].unique().tolist() == ["too low"]
    assert (got["numerator"] == 110).all()
    assert (got["denominator"] == 1000).all()


def test_reporting_one_band_too_high_is_the_other_sign():
    # 0.25 of low and middle reported one band too high: 300, 225 + 100 = 325, 300 + 75 = 375; users 15, 27.5 -> use 40 users.
    reported = table({"a": [500, 300, 200], "b": [300, 325, 375]}, {"a": [25, 30, 50], "b": [15, 35, 70]})
    true = table({"a": [500, 300, 200], "b": [400, 300, 300]}, {"a": [25, 30, 50], "b": [20, 40, 60]})
    got = misreporting_grid(reported, **KEY, amounts=[-0.25])
    assert values(got).tolist() == pytest.approx(
        values(misreporting_grid(true, **KEY, amounts=[0])).tolist(), rel=1e-12
    )
    assert got["severity_reported"].tolist() == ["too high", "too high"]


def test_no_misreporting_gives_the_gap_as_reported():
    # Weights .48 .30 .22; b 26/460, .12, .20; a .05 .10 .25
    grid = misreporting_grid(REPORTED, **KEY, amounts=[0])
    assert values(grid)[0] == pytest.approx((0.48 * 26 / 460 + 0.036 + 0.044) / (0.024 + 0.03 + 0.055))


def test_an_impossible_amount_is_undefined_and_never_clipped():
    grid = misreporting_grid(REPORTED, **KEY, amounts=[-0.6, 0, 0.9])
    by_amount = grid[grid["measure"] == RATIO].set_index("misreporting")
    assert by_amount["status"].tolist() == ["undefined", "shown", "undefined"]
    assert by_amount["method"].str.contains("no true counts agree").tolist() == [True, False, True]
    # The middle band is reported to hold 300; with 0.9 too low the highest holds 240 / 0.1 = 2400 and the middle -18600.
    assert (inverse_map(one_band_off(0.9, 3)) @ [460, 300, 240]).tolist() == pytest.approx([17200, -18600, 2400])


def test_more_users_than_youths_is_impossible_too():
    # 0.3 of true low reported high: true low 70 / 0.7 = 100, high 30 - 30 = 0; users low 35 / .7 = 50, high 25 - 15 = 10 > 0.
    reported = table({"a": [80, 20], "b": [70, 31]}, {"a": [8, 10], "b": [35, 25]}, bands=("low", "high"))
    assert misreporting_grid(reported, **KEY, amounts=[-0.3])["status"].tolist() == ["undefined", "undefined"]


def test_other_strata_are_corrected_apart():
    young, old = TRUE.assign(age="young"), TRUE.assign(age="old")
    reported = pd.concat([REPORTED.assign(age="young"), old], ignore_index=True)
    key = KEY | {"over": ["age", "severity"]}
    apart = misreporting_grid(reported, **key, amounts=[0.1])
    # The same in arrays: each age by its own inverse, then weights and rates over the six strata.
    solve = inverse_map(one_band_off(0.1, 3))
    n = np.concatenate([solve @ [460, 300, 240], solve @ [400, 300, 300]])
    y = np.concatenate([solve @ [26, 36, 48], solve @ [20, 30, 60]])
    reference, use = np.array([500, 300, 200] * 2), np.array([0.05, 0.10, 0.25] * 2)
    weights = (n / n.sum() + reference / reference.sum()) / 2
    assert values(apart)[0] == pytest.approx((weights * y / n).sum() / (weights * use).sum())
    both = pd.concat([young, old], ignore_index=True)
    assert values(misreporting_grid(both, **key, amounts=[0]))[0] == pytest.approx(0.1025 / 0.1150)
    with pytest.raises(InvalidTableError, match="the same ones in every other stratum"):
        misreporting_grid(both.drop(both.index[(both["age"] == "old") & (both["severity"] == "low")]), **key)


def test_columns_of_by_before_the_last_are_kept_apart():
    forms = pd.concat([TRUE.assign(form="x"), REPORTED.assign(form="y")], ignore_index=True)
    got = misreporting_grid(forms, by=["form", "origin"], over=["severity"], relative_to="a", amounts=[0, 0.2])
    ratios = got[got["measure"] == RATIO].set_index(["form", "misreporting"])["value"]
    assert ratios["x", 0.0] == pytest.approx(ratios["y", 0.2])
    assert ratios["x", 0.0] != pytest.approx(ratios["y", 0.0])


def test_a_group_that_contains_the_reference_is_not_compared():
    total = TRUE[TRUE["origin"] == "a"].assign(origin="total", population=[900, 600, 500], users=[45, 60, 110])
    got = misreporting_grid(pd.concat([TRUE, total], ignore_index=True), **KEY, amounts=[0])
    assert got["origin"].astype(str).unique().tolist() == ["b"]


def test_a_group_without_youths_has_no_population():
    nobody = table({"c": [0, 0, 0]}, {"c": [0, 0, 0]})
    got = misreporting_grid(pd.concat([TRUE, nobody], ignore_index=True), **KEY, amounts=[0])
    assert got.loc[got["origin"] == "c", "status"].tolist() == ["no_population"] * 2
    assert got.loc[got["origin"] == "b", "status"].tolist() == ["shown"] * 2
    scores = pd.concat([SCORES, table({"c": [0]}, {"c": [0]}, bands=(10,), over="score")], ignore_index=True)
    got = misreporting_grid(scores, **SCORE_KEY, amounts=[1])
    assert got.loc[got["origin"] == "c", "status"].tolist() == ["no_population"] * 2


SCORES = table(
    {"a": [100, 100, 100, 100], "b": [100, 100, 100, 100]},
    {"a": [5, 10, 20, 40], "b": [4, 8, 20, 30]},
    bands=(10, 12, 14, 16),
    over="score",
)
SCORE_KEY = {"by": ["origin"], "over": ["score"], "relative_to": "a", "kind": "score", "cuts": [13]}


def test_a_shift_of_the_score_by_hand():
    # b reported 2 points too low: 12 becomes 14, so the low band is the score 10 only: 4/100, high 58/300.
    # a: 15/200 and 60/200. Weights low (1/4 + 1/2) / 2 = .375, high .625.
    got = misreporting_grid(SCORES, **SCORE_KEY, amounts=[0, 2])
    assert values(got)[1] == pytest.approx((0.375 * 0.04 + 0.625 * 58 / 300) / (0.375 * 15 / 200 + 0.625 * 60 / 200))
    assert values(got)[0] == pytest.approx((0.5 * 12 / 200 + 0.5 * 50 / 200) / (0.5 * 15 / 200 + 0.5 * 60 / 200))


def test_a_part_of_a_point_moves_a_part_of_the_youths():
    # 1.25 points: a quarter of the youths with 11 or 12 gets 2 points. Score 12: +1 is 13 (high) anyway; 11: a quarter.
    assert shift_map(1.25, np.array([11.0, 12.0]), [13]).tolist() == [[0.75, 0], [0.25, 1]]
    assert shift_map(-0.5, np.array([13.0, 14.0]), [13]).tolist() == [[0.5, 0], [0.5, 1]]


def test_a_shift_that_empties_a_band_is_undefined():
    assert misreporting_grid(SCORES, **SCORE_KEY, amounts=[4])["status"].tolist() == ["undefined", "undefined"]


def test_scores_that_only_one_group_has_are_no_problem():
    more = pd.concat([SCORES, table({"b": [0, 7]}, {"b": [0, 3]}, bands=(5, 20), over="score")], ignore_index=True)
    got = misreporting_grid(more, **SCORE_KEY, amounts=[0])
    low, high = (200 / 407 + 0.5) / 2, (207 / 407 + 0.5) / 2
    assert values(got)[0] == pytest.approx((low * 0.06 + high * 53 / 207) / (low * 0.075 + high * 0.3))


def test_the_delta_interval_by_hand():
    got = misreporting_grid(REPORTED, **KEY, amounts=[0]).set_index("measure")
    weights = np.array([0.48, 0.30, 0.22])
    n, y = np.array([[460, 300, 240], [500, 300, 200]]), np.array([[26, 36, 48], [25, 30, 50]])
    rate, variance = (weights * y / n).sum(axis=1), (weights**2 * (y / n) * (1 - y / n) / n).sum(axis=1)
    half = 1.959963984540054 * np.sqrt((variance / rate**2).sum())
    row = got.loc[RATIO]
    assert [row["lower"], row["upper"]] == pytest.approx(rate[0] / rate[1] * np.exp([-half, half]))
    half = 1.959963984540054 * np.sqrt(variance.sum())
    row = got.loc[DIFFERENCE]
    assert [row["lower"], row["upper"]] == pytest.approx(100 * (rate[0] - rate[1] + np.array([-half, half])))


def test_tipping_point_is_where_the_gap_is_zero():
    tip = tipping_point(REPORTED, **KEY).set_index("measure")
    at = tip.loc["tipping_point", "value"]
    assert values(misreporting_grid(REPORTED, **KEY, amounts=[at]))[0] == pytest.approx(1, abs=1e-10)
    assert values(misreporting_grid(REPORTED, **KEY, amounts=[at]), DIFFERENCE)[0] == pytest.approx(0, abs=1e-10)
    assert tip.loc["tipping_point", "severity_reported"] == ("too low" if at > 0 else "too high")


def test_tipping_point_with_a_known_answer():
    # True use of b equals that of a in each band; 0.2 of b is reported one band too low. So the tipping point is 0.2.
    reported = table({"a": [500, 300, 200], "b": [460, 300, 240]}, {"a": [25, 30, 50], "b": [26, 39, 60]})
    tip = tipping_point(reported, **KEY).set_index("measure").loc["tipping_point"]
    assert tip["value"] == pytest.approx(0.2, abs=1e-9)
    assert tip["severity_reported"] == "too low"
    scores = table({"a": [200, 100, 100, 100], "b": [100, 100, 100, 200]}, {"a": [10, 5, 30, 30], "b": [5, 5, 5, 60]},
                   bands=(10, 12, 14, 16), over="score")  # fmt: skip
    # One point fewer and all is equal: b has .05 up to 14 and .3 from 16; a has .05 up to 12 and .3 from 14.
    tip = tipping_point(scores, by=["origin"], over=["score"], relative_to="a", kind="score", cuts=[14])
    assert tip["value"].iloc[0] == pytest.approx(-1, abs=1e-9)  # 2 points fewer give no gap either: nearest 0 counts
    row = misreporting_grid(scores, **SCORE_KEY | {"cuts": [14]}, amounts=[tip["value"].iloc[0]])
    assert values(row, DIFFERENCE)[0] == pytest.approx(0, abs=1e-9)


def test_tipping_point_of_the_interval():
    large = TRUE.assign(population=TRUE["population"] * 100, users=TRUE["users"] * 100)
    large.loc[large["origin"] == "b", "users"] = [1500, 2400, 5000]
    tip = tipping_point(large, **KEY).set_index("measure")["value"]
    at = tip["tipping_point_of_interval"]
    assert abs(at) < abs(tip["tipping_point"])
    row = misreporting_grid(large, **KEY, amounts=[at]).set_index("measure")
    assert row.loc[DIFFERENCE, "upper"] == pytest.approx(0, abs=0.06)  # interpolated in a step of 0.01 of the amount
    small = tipping_point(TRUE, **KEY).set_index("measure").loc["tipping_point_of_interval"]
    assert small["value"] == 0
    assert small["severity_reported"] == "as reported"


def test_none_within_the_grid_is_said_in_words():
    far = table({"a": [500, 300, 200], "b": [500, 300, 200]}, {"a": [250, 200, 180], "b": [5, 6, 10]})
    tip = tipping_point(far, **KEY, amounts=[-0.1, 0.1])
    assert tip["severity_reported"].tolist() == ["none within the grid"] * 2
    assert tip["status"].tolist() == ["undefined"] * 2
    assert tip["value"].isna().all()
    assert tip["method"].str.contains("looked from -0.1 to 0.1").all()


def test_no_gap_tips_at_zero():
    same = table({"a": [50, 30, 20], "b": [50, 30, 20]}, {"a": [5, 6, 7], "b": [5, 6, 7]})
    assert tipping_point(same, **KEY)["value"].tolist() == [0, 0]


def test_hidden_groups_keep_their_status():
    counts = pd.concat([TRUE, TRUE[TRUE["origin"] == "b"].assign(origin="c")], ignore_index=True).assign(status="shown")
    counts = counts.astype({"population": "Int64", "users": "Int64"})
    counts.loc[6, ["population", "users"]] = pd.NA
    counts.loc[6, "status"] = "suppressed"
    for results in (misreporting_grid(counts, **KEY, amounts=[0, 0.1]), tipping_point(counts, **KEY)):
        of_c = results["origin"] == "c"
        assert set(results.loc[of_c, "status"]) == {"suppressed"}
        assert results.loc[of_c, ["value", "lower", "upper", "numerator"]].isna().all(axis=None)
        assert set(results.loc[~of_c, "status"]) == {"shown"}
    scores = SCORES.assign(status="shown").astype({"users": "Int64", "population": "Int64"})
    scores.loc[5, ["population", "users"]] = pd.NA
    scores.loc[5, "status"] = "not_published"
    assert set(misreporting_grid(scores, **SCORE_KEY, amounts=[1])["status"]) == {"not_published"}


def test_no_users_and_full_use():
    none = table({"a": [50, 30, 20], "b": [50, 30, 20]}, {"a": [5, 6, 7], "b": [0, 0, 0]})
    row = misreporting_grid(none, **KEY, amounts=[0.1]).set_index("measure")
    assert row.loc[RATIO, "value"] == 0
    assert row.loc[RATIO, ["lower", "upper"]].isna().all()
    turned = misreporting_grid(none, by=["origin"], over=["severity"], relative_to="b", amounts=[0]).set_index(
        "measure"
    )
    assert turned.loc[RATIO, "status"] == "undefined"
    assert "use in the reference is 0" in turned.loc[RATIO, "method"]
    assert turned.loc[DIFFERENCE, "status"] == "shown"
    full = table({"a": [50, 30, 20], "b": [50, 30, 20]}, {"a": [50, 30, 20], "b": [50, 30, 20]})
    row = misreporting_grid(full, **KEY, amounts=[0.1]).set_index("measure")
    assert row.loc[RATIO, "value"] == pytest.approx(1)
    assert row.loc[RATIO, ["lower", "upper"]].isna().all()  # no variance in the counts: no interval that is one point
    assert tipping_point(full, **KEY)["value"].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_thirty_groups_and_empty_bands():
    names = [f"group {number}" for number in range(29)]
    counts = table(
        {"a": [500, 300, 200]} | {name: [460, 300, 240] for name in names},
        {"a": [25, 30, 50]} | {name: [26, 36, 48] for name in names},
    )
    assert len(misreporting_grid(counts, **KEY, amounts=[0, 0.2])) == 29 * 2 * 2
    assert len(tipping_point(counts, **KEY)) == 29 * 2
    empty = table({"a": [500, 300, 200], "b": [760, 0, 240]}, {"a": [25, 30, 50], "b": [26, 0, 48]})
    with pytest.raises(InvalidTableError, match="without population"):
        misreporting_grid(empty, **KEY)
    with pytest.raises(InvalidTableError, match="at least two bands"):
        misreporting_grid(TRUE[TRUE["severity"] == "low"], **KEY)


def test_weighted_counts_use_the_effective_population():
    weighted = REPORTED.assign(
        weighted=True,
        n_unweighted=REPORTED["population"] // 2,
        users_unweighted=REPORTED["users"] // 2,
        effective_population=REPORTED["population"] / 4,
    )
    plain, less = (misreporting_grid(t, **KEY, amounts=[0.1]).set_index("measure") for t in (REPORTED, weighted))
    assert less.loc[RATIO, "value"] == plain.loc[RATIO, "value"]
    widths = [np.log(t.loc[RATIO, "upper"] / t.loc[RATIO, "lower"]) for t in (plain, less)]
    assert widths[1] == pytest.approx(2 * widths[0])


def test_pooled_periods_are_refused_unless_said():
    pooled = pd.concat([TRUE.assign(period="2022"), TRUE.assign(period="2023")], ignore_index=True)
    key = KEY | {"over": ["period", "severity"]}
    with pytest.raises(IncomparableError, match="periods pooled"):
        misreporting_grid(pooled, **key, amounts=[0])
    with pytest.raises(IncomparableError, match="hashed groups of persons"):
        misreporting_grid(TRUE.assign(group=1), **KEY, amounts=[0])
    assert values(misreporting_grid(pooled, **key, amounts=[0], assume_independent=True))[0] == pytest.approx(
        0.1025 / 0.115
    )


@FEW
@given(
    users=st.lists(st.integers(1, 40), min_size=6, max_size=6),
    spare=st.lists(st.integers(60, 200), min_size=6, max_size=6),
    amount=st.sampled_from([-0.1, 0.0, 0.15]),
    seed=st.integers(0, 99),
)
def test_row_order_scale_and_halves_change_nothing(users, spare, amount, seed):
    counts = TRUE.assign(users=users, population=np.add(users, spare))
    expected = misreporting_grid(counts, **KEY, amounts=[amount])["value"]
    bands = pd.Categorical(counts["severity"], categories=["low", "middle", "high"], ordered=True)
    shuffled = counts.assign(severity=bands).sample(frac=1, random_state=seed)
    pd.testing.assert_series_equal(misreporting_grid(shuffled, **KEY, amounts=[amount])["value"], expected)
    scaled = counts.assign(users=counts["users"] * 7, population=counts["population"] * 7)
    pd.testing.assert_series_equal(misreporting_grid(scaled, **KEY, amounts=[amount])["value"], expected)
    halves = pd.concat([counts.assign(half=1), counts.assign(half=2)], ignore_index=True)
    split = misreporting_grid(halves, **KEY | {"over": ["half", "severity"]}, amounts=[amount])["value"]
    pd.testing.assert_series_equal(split, expected)


@FEW
@given(
    users=st.lists(st.integers(1, 40), min_size=6, max_size=6),
    spare=st.lists(st.integers(60, 200), min_size=6, max_size=6),
)
def test_swapping_the_groups_turns_the_gap_over(users, spare):
    counts = TRUE.assign(users=users, population=np.add(users, spare))
    one, two = (
        misreporting_grid(counts, by=["origin"], over=["severity"], relative_to=name, amounts=[0])
        for name in ("a", "b")
    )
    if (one["status"] == "shown").all():
        assert values(two)[0] == pytest.approx(1 / values(one)[0])
        assert values(two, DIFFERENCE)[0] == pytest.approx(-values(one, DIFFERENCE)[0])
    assert one["status"].tolist() == two["status"].tolist()


@pytest.mark.parametrize(
    ("more", "error", "match"),
    [
        ({"relative_to": "z"}, UnknownNameError, "Unknown origin 'z' in the count table"),
        ({"kind": "vague"}, UnknownNameError, "kind of misreporting"),
        ({"standard": "pooled"}, UnknownNameError, "standard 'pooled'"),
        ({"amounts": [0.2, 1]}, BereikError, "numbers between -1 and 1"),
        ({"amounts": [float("nan")]}, BereikError, "numbers between"),
        ({"amounts": []}, BereikError, "numbers between"),
        ({"cuts": [3]}, BereikError, "kind='score' only"),
        ({"kind": "score", "cuts": [3]}, InvalidTableError, "a number in every row"),
        ({"kind": "score"}, BereikError, "the lowest score of each band"),
        ({"kind": "score", "cuts": [3, 2]}, BereikError, "ascending"),
        ({"kind": "score", "cuts": [3], "over": ["severity", "source"]}, BereikError, "column of the score only"),
        ({"over": ["age"]}, MissingColumnError, "no column 'age'"),
        ({"confidence": 95}, BereikError, "confidence"),
    ],
)
def test_bad_input_is_explained(more, error, match):
    with pytest.raises(error, match=match):
        misreporting_grid(TRUE, **KEY | more)
