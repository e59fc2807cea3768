"""Change in small groups: exact test and interval, ties and zeros, bounds for non-response, hiding, reliability."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.pilot import paired_change, reliability
from bereik.pilot.learning import shift_interval, signed_rank_p

# stats::wilcox.test(paired=TRUE, exact=TRUE, conf.int=TRUE), R 4.5.0, on the depression data of Hollander & Wolfe (1973)
FIRST = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
SECOND = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
TIED = np.array([0, 1, 1, 2, -1, 3, 0, 2, -2, 4, 1, 1], dtype="float64")  # zeros and ties
FIGURES = ["value", "lower", "upper", "numerator", "denominator"]


def enumerated(differences):
    """All sign patterns one by one: the definition of the exact test, zeros ranked and then left out."""
    ranks = stats.rankdata(np.abs(differences))[differences != 0]
    positive = ranks[differences[differences != 0] > 0].sum()
    sums = np.array(list(product([0, 1], repeat=len(ranks)))) @ ranks
    return np.mean(np.abs(sums - ranks.sum() / 2) >= abs(positive - ranks.sum() / 2) - 1e-9)


def test_signed_rank_test_and_interval_agree_with_r():
    assert signed_rank_p(FIRST - SECOND) == pytest.approx(0.0390625, rel=1e-12)
    assert shift_interval(FIRST - SECOND, 0.95) == pytest.approx((0.01, 0.786))


def test_ties_and_zeros_are_exact():
    permutation = stats.PermutationMethod(n_resamples=np.inf)  # scipy's method="exact" supposes that there are no ties
    assert signed_rank_p(TIED) == stats.wilcoxon(TIED, zero_method="pratt", method=permutation).pvalue
    draw = np.random.default_rng(3)
    for size in (2, 5, 8, 11) * 5:
        d = draw.integers(-3, 5, size=size).astype("float64")
        assert signed_rank_p(d) == pytest.approx(enumerated(d) if d.any() else 1.0, abs=1e-12)


def test_the_interval_holds_the_shifts_that_are_not_rejected():
    lower, upper = shift_interval(TIED, 0.9)
    kept = [shift for shift in np.arange(-20, 40) / 8 if enumerated(TIED - shift) > 0.1]
    assert lower <= min(kept) < lower + 0.25
    assert upper - 0.25 < max(kept) <= upper
    assert shift_interval(np.array([1.0, 2.0, 3.0]), 0.95) == (-np.inf, np.inf)  # 3 pairs can reject nothing
    assert shift_interval(-TIED, 0.9) == (-upper, -lower)
    assert np.isnan(shift_interval(np.repeat([-2.0, 0, 1], [1, 5, 60]), 0.95)).all()  # every shift is rejected


def questionnaire(before, after, *, networks="a"):
    """Answers to two items, the second always 3 before and after; None: this wave was not answered."""
    people = [f"P{i:02d}" for i in range(len(before))]
    given = pd.DataFrame({"participant": people * 2, "wave": ["before"] * len(people) + ["after"] * len(people)})
    given = given.assign(s1=[*before, *after], s2=3).dropna()
    answers = given.melt(["participant", "wave"], var_name="item", value_name="answer").astype({"answer": "int64"})
    marks = {"synthetic": True, "source": "made up"}
    participants = pd.DataFrame({"participant": people, "network": networks, **marks})
    return answers.assign(scale="skills", **marks), participants


# ten pairs: up 2, up 1, up 1, up 1, up 1, up 1, up 1, same, same, down 1; then one without after, one without any
BEFORE = [1, 2, 2, 3, 3, 3, 4, 2, 3, 4, 2, None]
AFTER = [3, 3, 3, 4, 4, 4, 5, 2, 3, 3, None, None]


def rows_of(table, **chosen):
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table.set_index("measure")


def complete(before, after):
    table = paired_change(*questionnaire(before, after))
    return rows_of(table, network="all networks", nonresponse="complete pairs")


def test_change_of_ten_pairs_by_hand():
    rows = complete(BEFORE, AFTER)
    assert rows.loc["hodges_lehmann_shift", "value"] == 0.5  # 1 on the sum of two items
    assert np.isnan(rows.loc["hodges_lehmann_shift", "denominator"])  # two did not answer twice
    # ranks by Pratt: zeros 1.5 1.5 (left out), seven ones 6, the two 10; positive 6*6 + 10 = 46 of 52, negative 6.
    # sums of at most 6: none or one of the seven ones negative: 8 of 2^8 sign patterns, on both sides; two decimals
    assert rows.loc["signed_rank_p", "value"] == round(2 * 8 / 256, 2)
    shares = rows.loc[["share_improved", "share_unchanged", "share_declined"]]
    assert shares["status"].eq("hidden").all()  # seven improved
    assert shares[FIGURES].isna().all(axis=None)
    rows = complete([3] * 10, [3] * 10)  # nobody changed
    assert rows.loc[["signed_rank_p", "hodges_lehmann_shift"], "value"].tolist() == [1, 0]


def test_shares_are_shown_when_ten_are_in_each_part():
    def shares(improved, unchanged, declined, missing):
        after = [4] * improved + [3] * unchanged + [2] * declined + [None] * missing
        return complete([3] * len(after), after).loc[["share_improved", "share_unchanged", "share_declined"]]

    rows = shares(17, 11, 12, 10)
    assert rows[["numerator", "denominator"]].to_numpy().tolist() == [[17, 40], [11, 40], [12, 40]]
    limits = 100 * np.array(stats.binomtest(17, 40).proportion_ci(0.95, "exact"))
    assert rows.loc["share_improved", ["lower", "upper"]].tolist() == pytest.approx(limits)
    assert complete([3] * 27, [4] * 17 + [None] * 10).loc["hodges_lehmann_shift", "denominator"] == 17
    assert shares(17, 9, 12, 10)["status"].tolist() == ["shown", "hidden", "hidden"]
    for parts in ((17, 11, 12, 9), (9, 11, 12, 10), (30, 0, 9, 10)):
        assert shares(*parts)["status"].eq("hidden").all()


def test_worst_and_best_case_fill_in_what_is_missing():
    result = paired_change(*questionnaire(BEFORE, AFTER))
    # P10 had 2 + 3 before: at worst 1 + 1 after, at best 5 + 5. P11 answered nothing: from 10 to 2, or from 2 to 10
    for case, filled in (("worst case", [-3, -8]), ("best case", [5, 8])):
        rows = rows_of(result, network="all networks", nonresponse=case)
        assert rows.index.tolist() == ["hodges_lehmann_shift"]
        all_changes = np.array([2, *[1] * 6, 0, 0, -1, *filled])
        means = [(one + other) / 2 for at, one in enumerate(all_changes) for other in all_changes[at:]]
        assert rows.loc["hodges_lehmann_shift", "value"] == np.median(means) / 2


def test_small_networks_are_hidden_and_cannot_be_derived():
    result = paired_change(*questionnaire([2] * 32, [3] * 32, networks=["a"] * 12 + ["b"] * 13 + ["c"] * 7))
    status = result.groupby("network", sort=False)["status"].first().to_dict()
    assert status == {"all networks": "shown", "a": "hidden", "b": "hidden", "c": "hidden"}
    assert result.loc[result["network"] != "all networks", FIGURES].isna().all(axis=None)
    assert set(result.loc[result["network"] == "c", "nonresponse"]) == {"complete pairs"}  # no bounds that tell it


def test_fewer_than_ten_pairs_in_all_show_nothing():
    nine = questionnaire([2] * 9, [3] * 9)
    answers, participants = questionnaire(BEFORE, AFTER)
    gone = answers[(answers["participant"] != "P00") | (answers["item"] != "s2")]  # without this item no score
    for result in (paired_change(*nine), paired_change(gone, participants)):
        assert result["status"].eq("hidden").all()
        assert result[FIGURES[:4]].isna().all(axis=None)


WRONG = {
    r"column answer, row 4 \('6'\)": (
        InvalidTableError,
        lambda a, p: (a.assign(answer=a["answer"].mask(a.index == 4, 6)), p),
    ),
    "more than once": (InvalidTableError, lambda a, p: (pd.concat([a, a.head(1)]), p)),
    "not in participants": (InvalidTableError, lambda a, p: (a, p[p["participant"] != "P00"])),
    "only one.*'s2'": (InvalidTableError, lambda a, p: (a[(a["item"] != "s2") | (a["wave"] == "before")], p)),
    "synthetic": (IncomparableError, lambda a, p: (a.assign(synthetic=a["wave"] == "after"), p)),
    "'later'": (UnknownNameError, {"waves": ("before", "later")}),
    "The waves": (BereikError, {"waves": ("before", "before")}),
}


@pytest.mark.parametrize(("message", "fault"), WRONG.items(), ids=WRONG)
def test_wrong_answers_and_waves_give_errors(message, fault):
    (error, change), both = fault, questionnaire(BEFORE, AFTER)
    with pytest.raises(error, match=message):
        paired_change(*change(*both)) if callable(change) else paired_change(*both, **change)


# the ten respondents and three questions of the documentation of pingouin's cronbach_alpha, which gives 0.7734375
# and Feldt's 95 % interval [0.336, 0.939]
PINGOUIN = np.array([[1, 2, 2, 3, 2, 2, 3, 3, 2, 3], [1, 1, 1, 2, 3, 3, 2, 3, 3, 3], [1, 1, 2, 1, 2, 3, 3, 3, 2, 3]]).T


def as_answers(scores, scale="skills"):
    persons, items = scores.shape
    names = {"participant": np.repeat(np.arange(persons), items), "item": np.tile(np.arange(items), persons)}
    same = {"wave": "before", "scale": scale, "synthetic": True, "source": "made up"}
    return pd.DataFrame(names | {"answer": scores.ravel().astype(int)}).assign(**same)


def test_alpha_agrees_with_pingouin_and_omega_is_refused_with_the_reason():
    result = rows_of(reliability(as_answers(PINGOUIN)))
    assert result.loc["cronbach_alpha", "value"] == 0.77
    assert result.loc["cronbach_alpha", ["lower", "upper"]].tolist() == [0.34, 0.94]
    assert result.loc["mcdonald_omega", "status"] == "undefined"
    assert result.loc["mcdonald_omega", "method"] == "no omega: omega needs 100 complete answers"
    assert reliability(as_answers(PINGOUIN[:9]))["status"].eq("hidden").all()
    one = rows_of(reliability(as_answers(PINGOUIN[:, :1])))
    assert one.loc["cronbach_alpha", "method"] == "no alpha: fewer than two items"
    with pytest.raises(UnknownNameError, match="'after'"):
        reliability(as_answers(PINGOUIN), wave="after")


def on_five_points(draw, loadings, persons):
    """Answers of 1 to 5 to items that one factor explains, as far as rounding allows."""
    spread = np.sqrt(1 - loadings**2)
    scores = loadings * draw.normal(size=(persons, 1)) + spread * draw.normal(size=(persons, len(loadings)))
    return np.clip(np.rint(3 + scores), 1, 5)


def test_omega_recovers_the_loadings():
    draw, loadings = np.random.default_rng(2), np.array([0.8, 0.7, 0.6, 0.5])
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    row = rows_of(reliability(as_answers(on_five_points(draw, loadings, 1500)))).loc["mcdonald_omega"]
    assert row["value"] == pytest.approx(true - 0.025, abs=0.02)  # rounding to whole answers makes it about 0.025 less
    assert row["lower"] < true - 0.025 < row["upper"]
    assert row["upper"] - row["lower"] < 0.06
