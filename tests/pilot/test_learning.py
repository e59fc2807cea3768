"""Change in small groups: exact test and interval, ties and zeros, bounds for non-response, hiding, reliability."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError
from bereik.pilot.learning import change, item_change, score_quartiles
from bereik.pilot.measures import smallest_detectable, standardised
from bereik.pilot.reliability import _alpha, _one_factor, reliability
from bereik.pilot.signed_rank import shift_estimate, shift_interval, signed_rank_p

# stats::wilcox.test(paired=TRUE, exact=TRUE, conf.int=TRUE), R 4.5.0, on the depression data of Hollander & Wolfe (1973)
FIRST = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
SECOND = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
TIED = np.array([0, 1, 1, 2, -1, 3, 0, 2, -2, 4, 1, 1], dtype="float64")  # zeros and ties


def enumerated(differences):
    """All sign patterns one by one: the definition of the exact test, zeros ranked and then left out."""
    ranks = stats.rankdata(np.abs(differences))[differences != 0]
    found = ranks[differences[differences != 0] > 0].sum()
    sums = np.array(list(product([0, 1], repeat=len(ranks)))) @ ranks
    return np.mean(np.abs(sums - ranks.sum() / 2) >= abs(found - ranks.sum() / 2) - 1e-9)


def test_signed_rank_and_shift_agree_with_r():
    d = FIRST - SECOND
    assert signed_rank_p(d) == pytest.approx(0.0390625, rel=1e-12)
    assert shift_estimate(d) == pytest.approx(0.46)
    assert shift_interval(d, 0.95) == pytest.approx((0.01, 0.786))


def test_ties_and_zeros_are_exact():
    # scipy 1.17.1 wilcoxon(zero_method="pratt", method=PermutationMethod(n_resamples=inf)) gives 0.0703125;
    # its method="exact" gives 0.0923, since that takes the distribution without ties
    assert signed_rank_p(TIED) == pytest.approx(0.0703125, rel=1e-12)
    permutation = stats.PermutationMethod(n_resamples=np.inf)
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


def test_the_smallest_detectable_shift_is_found_four_times_out_of_five():
    draw, size = np.random.default_rng(5), 14
    row = smallest_detectable(stats.norm.ppf((np.arange(size) + 0.5) / size), 1, 0.95)
    spread = stats.norm.ppf((np.arange(size) + 0.5) / size).std(ddof=1)
    found = [signed_rank_p(draw.normal(row["value"] / spread, 1, size=size)) < 0.05 for _ in range(2000)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.035)


def test_the_standardised_mean_change_has_the_limits_of_the_noncentral_t():
    d = np.array([1.0, 2.0, 0.0, 3.0, 1.0, -1.0, 2.0, 2.0, 0.0, 1.0])
    row = standardised(d, 0.95)
    t = row["value"] * np.sqrt(10)
    assert t == pytest.approx(stats.ttest_1samp(d, 0).statistic)
    assert stats.nct.cdf(t, 9, row["lower"] * np.sqrt(10)) == pytest.approx(0.975, abs=1e-6)
    assert stats.nct.cdf(t, 9, row["upper"] * np.sqrt(10)) == pytest.approx(0.025, abs=1e-6)
    assert standardised(np.ones(10), 0.95)["status"] == "undefined"


def questionnaire(before, after, *, networks, scale="skills"):
    """Answers to two items, the second always 3 before and after; None: this wave was not answered."""
    people = [f"P{i:02d}" for i in range(len(before))]
    rows = [
        (person, wave, scale, item, answer)
        for wave, given in (("before", before), ("after", after))
        for person, first in zip(people, given, strict=True)
        if first is not None
        for item, answer in (("s1", first), ("s2", 3))
    ]
    answers = pd.DataFrame(rows, columns=["participant", "wave", "scale", "item", "answer"])
    participants = pd.DataFrame({"participant": people, "network": networks})
    return answers.assign(synthetic=True, source="made up"), participants


#           ten pairs: up 2, up 1, up 1, up 1, up 1, up 1, up 1, same, same, down 1; then one without after, one without any
BEFORE = [1, 2, 2, 3, 3, 3, 4, 2, 3, 4, 2, None]
AFTER = [3, 3, 3, 4, 4, 4, 5, 2, 3, 3, None, None]


def values(table, **chosen):
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table.set_index("measure")


def test_change_of_ten_pairs_by_hand():
    result = change(*questionnaire(BEFORE, AFTER, networks="a"))
    rows = values(result, network="all networks", nonresponse="complete pairs")
    assert rows.loc["hodges_lehmann_shift", "value"] == 0.5  # 1 on the sum of two items
    assert rows.loc["share_improved", ["value", "numerator", "denominator"]].tolist() == [70.0, 7.0, 10.0]
    assert rows.loc["share_unchanged", "value"] == 20.0
    assert rows.loc["share_declined", "value"] == 10.0
    # R: binom.test(7, 10)$conf.int
    assert rows.loc["share_improved", ["lower", "upper"]].tolist() == pytest.approx([34.75471, 93.32605], abs=1e-4)
    # ranks by Pratt: zeros 1.5 1.5 (left out), seven ones 6, the two 10; positive 6*6 + 10 = 46 of 52, negative 6.
    # sums of at most 6: none or one of the seven ones negative: 8 of 2^8 sign patterns, on both sides
    assert rows.loc["signed_rank_p", "value"] == 2 * 8 / 256
    assert rows.loc["standardised_mean_change", "value"] == pytest.approx(0.7 / np.std([2, *[1] * 6, 0, 0, -1], ddof=1))
    assert rows.loc["smallest_detectable_shift", "value"] > 0
    assert result["status"].eq("shown").all()


def test_worst_and_best_case_fill_in_what_is_missing():
    result = change(*questionnaire(BEFORE, AFTER, networks="a"))
    worst = values(result, network="all networks", nonresponse="worst case")
    best = values(result, network="all networks", nonresponse="best case")
    # P10 had 2 + 3 before: at worst 1 + 1 after, at best 5 + 5. P11 answered nothing: from 10 to 2, or from 2 to 10
    assert worst.loc["share_improved", ["numerator", "denominator"]].tolist() == [7.0, 12.0]
    assert best.loc["share_improved", ["numerator", "denominator"]].tolist() == [9.0, 12.0]
    pairs = [2, *[1] * 6, 0, 0, -1]
    assert worst.loc["hodges_lehmann_shift", "value"] == shift_estimate(np.array([*pairs, -3, -8])) / 2
    assert best.loc["hodges_lehmann_shift", "value"] == shift_estimate(np.array([*pairs, 5, 8])) / 2


def test_nobody_changed():
    result = change(*questionnaire([3] * 10, [3] * 10, networks="a"))
    rows = values(result, network="all networks", nonresponse="complete pairs")
    assert rows.loc["signed_rank_p", "value"] == 1
    assert rows.loc["hodges_lehmann_shift", "value"] == 0
    assert rows.loc["share_unchanged", "value"] == 100
    assert rows.loc["standardised_mean_change", "status"] == "undefined"
    assert rows.loc["smallest_detectable_shift", "status"] == "undefined"


def test_twenty_pairs_need_no_smallest_detectable_shift():
    result = change(*questionnaire([1, 2] * 10, [2, 2] * 10, networks="a"))
    assert "smallest_detectable_shift" not in set(result["measure"])


def test_small_networks_are_hidden_and_cannot_be_derived():
    before, after = [2] * 32, [3] * 32
    networks = ["a"] * 12 + ["b"] * 13 + ["c"] * 7
    result = change(*questionnaire(before, after, networks=networks))
    status = result.groupby("network", sort=False)["status"].agg(lambda column: column.iloc[0]).to_dict()
    assert status == {"all networks": "shown", "a": "complementary", "b": "shown", "c": "suppressed"}
    numbers = ["value", "lower", "upper", "numerator", "denominator"]
    assert result.loc[result["network"].isin(["a", "c"]), numbers].isna().all(axis=None)
    assert set(result.loc[result["network"] == "c", "nonresponse"]) == {"complete pairs"}  # no bounds that tell it


def test_fewer_than_ten_pairs_in_all_show_nothing():
    answers, participants = questionnaire([2] * 9, [3] * 9, networks="a")
    for result in (
        change(answers, participants),
        item_change(answers, participants),
        score_quartiles(answers, participants),
    ):
        assert result["status"].eq("suppressed").all()
        assert result[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)


def test_items_are_corrected_together():
    answers, participants = questionnaire(BEFORE, AFTER, networks="a")
    items = item_change(answers, participants)
    first = values(items, item="s1")["value"]
    assert first[["signed_rank_p", "hodges_lehmann_shift", "share_improved"]].tolist() == [2 * 8 / 256, 1, 70]
    # two items with p-values 0.0625 and 1: Holm 2 * 0.0625, Benjamini-Hochberg 2 * 0.0625 / 1
    assert first["signed_rank_p_holm"] == 0.125
    assert first["signed_rank_p_benjamini_hochberg"] == 0.125
    assert values(items, item="s2")["value"][["signed_rank_p", "signed_rank_p_holm"]].tolist() == [1, 1]


def test_quartiles_are_of_those_who_answered_twice():
    quartiles = score_quartiles(*questionnaire(BEFORE, AFTER, networks="a"))
    means = [(first + 3) / 2 for first in BEFORE[:10]]
    assert values(quartiles, wave="before")["value"].tolist() == np.quantile(means, [0.25, 0.5, 0.75]).tolist()
    assert quartiles["denominator"].eq(10).all()


def test_an_item_without_answer_makes_the_score_missing():
    answers, participants = questionnaire(BEFORE, AFTER, networks="a")
    answers["answer"] = answers["answer"].astype("Int64")
    answers.loc[(answers["participant"] == "P00") & (answers["item"] == "s2"), "answer"] = pd.NA
    result = change(answers, participants)
    assert result["status"].isin(["suppressed", "no_population"]).all()  # nine pairs are left


def test_wrong_answers_give_errors():
    answers, participants = questionnaire(BEFORE, AFTER, networks="a")
    with pytest.raises(InvalidTableError, match="out of range.*answer=6"):
        change(answers.assign(answer=answers["answer"].where(answers.index != 4, 6)), participants)
    with pytest.raises(InvalidTableError, match="more than once"):
        change(pd.concat([answers, answers.head(1)]), participants)
    with pytest.raises(InvalidTableError, match="not among the participants: 4 rows"):
        change(answers, participants[participants["participant"] != "P00"])
    with pytest.raises(UnknownNameError, match="'later'"):
        change(answers, participants, waves=("before", "later"))
    with pytest.raises(BereikError, match="Both waves"):
        change(answers, participants, waves=("before", "before"))
    with pytest.raises(InvalidTableError, match="Item 's2'.*only"):
        change(answers[(answers["item"] != "s2") | (answers["wave"] == "before")], participants)
    with pytest.raises(IncomparableError, match="synthetic"):
        change(answers.assign(synthetic=answers["wave"] == "after"), participants)
    with pytest.raises(BereikError, match="confidence"):
        change(answers, participants, confidence=95)


# the ten respondents and three questions of the documentation of pingouin's cronbach_alpha, which gives 0.7734375
# and Feldt's 95 % interval [0.336, 0.939]
PINGOUIN = np.array([[1, 2, 2, 3, 2, 2, 3, 3, 2, 3], [1, 1, 1, 2, 3, 3, 2, 3, 3, 3], [1, 1, 2, 1, 2, 3, 3, 3, 2, 3]]).T


def as_answers(scores):
    rows = [(f"P{i:03d}", "before", "skills", f"s{j}", int(a)) for (i, j), a in np.ndenumerate(scores)]
    answers = pd.DataFrame(rows, columns=["participant", "wave", "scale", "item", "answer"])
    return answers.assign(synthetic=True, source="made up")


def test_alpha_agrees_with_pingouin_and_omega_is_refused_with_the_reason():
    result = values(reliability(as_answers(PINGOUIN)))
    assert result.loc["cronbach_alpha", "value"] == pytest.approx(0.7734375, rel=1e-12)
    assert result.loc["cronbach_alpha", ["lower", "upper"]].tolist() == pytest.approx([0.336, 0.939], abs=5e-4)
    assert result.loc["mcdonald_omega", "status"] == "undefined"
    assert result.loc["mcdonald_omega", "method"] == "no omega: omega needs 100 complete answers, there are 10"
    assert reliability(as_answers(PINGOUIN[:9]))["status"].eq("suppressed").all()
    assert (
        values(reliability(as_answers(PINGOUIN[:, :1]))).loc["cronbach_alpha", "method"]
        == "no alpha: fewer than two items"
    )
    with pytest.raises(UnknownNameError, match="'after'"):
        reliability(as_answers(PINGOUIN), wave="after")


def test_the_interval_of_alpha_covers_the_true_alpha():
    draw, persons, items, worlds = np.random.default_rng(8), 24, 4, 3000
    true = items * 0.4 / (1 + (items - 1) * 0.4)  # items all correlated 0.4: Spearman-Brown
    covered = 0
    for _ in range(worlds):
        scores = np.sqrt(0.4) * draw.normal(size=(persons, 1)) + np.sqrt(0.6) * draw.normal(size=(persons, items))
        found = _alpha(scores, 0.95)
        covered += found["lower"] <= true <= found["upper"]
    assert covered / worlds == pytest.approx(0.95, abs=0.012)


def test_omega_recovers_the_loadings():
    draw, loadings = np.random.default_rng(2), np.array([0.8, 0.7, 0.6, 0.5])
    true = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    scores = loadings * draw.normal(size=(20_000, 1)) + np.sqrt(1 - loadings**2) * draw.normal(size=(20_000, 4))
    assert _one_factor(scores) == pytest.approx(true, abs=0.01)
    assert _one_factor(scores * [1, 2, 3, 4]) != pytest.approx(
        true, abs=0.01
    )  # of the sum of the items as they are scored
    answers = as_answers(np.clip(np.rint(3 + scores[:120]), 1, 5))
    row = values(reliability(answers)).loc["mcdonald_omega"]
    assert row["status"] == "shown"
    assert row["lower"] < true - 0.025 < row["upper"]  # rounding to whole answers makes it about 0.025 less
