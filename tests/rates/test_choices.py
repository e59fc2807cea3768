import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.codelists.care import care_forms
from bereik.codelists.words import check_words
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.choices import admissible_choices, reach_ratio
from bereik.rates.specification_curve import choice_verdicts, specification_curve

ABOUT = {"confidence": 0.95, "relative_to": "nederlands", "status": "shown", "synthetic": True, "source": "made up"}
Z = 1.959963984540054
KEY = {"by": ["origin"], "relative_to": "nederlands"}
BY = ["origin", "form"]


def ratio(value, se, **more):
    """One ratio with its Wald interval on the log."""
    limits = {"lower": value * np.exp(-Z * se), "upper": value * np.exp(Z * se)}
    return pd.DataFrame([{"origin": "marokko", "measure": "rate_ratio", "value": value} | limits | ABOUT | more])


def use(value=1.2, se=0.1, form="with_residence", **more):
    return ratio(value, se, form=form, **more)


def need(value=1.5, se=0.2, indicator="special_schools", **more):
    return ratio(value, se, indicator=indicator, **more)


def specifications(values, lower, upper, **more):
    columns = {"origin": "marokko", "form": "with_residence", "indicator": "special_schools", "measure": "reach_ratio",
               "choice_number": range(len(values)), "value": values, "lower": lower, "upper": upper}  # fmt: skip
    return pd.DataFrame(columns | ABOUT | more)


def verdict(values, lower, upper, **more):
    curve = specification_curve(specifications(values, lower, upper, **more), by=BY)
    return choice_verdicts(curve, by=BY).iloc[0]


def test_which_indicators_may_divide_which_forms():
    choices = admissible_choices()
    pairs = set(choices[["indicator", "form"]].dropna().itertuples(index=False, name=None))
    problems = ("survey_distress", "special_primary_education", "special_schools")
    assert pairs == {(name, form) for name in problems for form in ("without_residence", "with_residence")} | {
        ("suspects", "probation"), ("halt", "probation")}  # fmt: skip
    context = choices[choices["form"].isna()]
    assert context["indicator"].tolist() == ["low_income", "single_parent", "early_school_leaving"]
    assert set(context["indicator_class"]) == {"circumstances"}
    assert set(choices["form"].dropna()) <= set(care_forms()["code"])
    police = choices[choices["indicator_class"] == "police"]
    assert police["explanation"].str.contains("not behaviour").all()


def test_the_words_of_the_list_are_ours():
    for row in admissible_choices().itertuples():
        check_words(row.nl, "nl")
        check_words(row.en, "en")
        check_words(row.explanation, "en")


def test_a_reach_ratio_by_hand():
    got = reach_ratio(use(), need(), **KEY).iloc[0]
    assert got["value"] == pytest.approx(0.8)
    se = np.sqrt(0.1**2 + 0.2**2)
    assert [got["lower"], got["upper"]] == pytest.approx([0.8 * np.exp(-Z * se), 0.8 * np.exp(Z * se)])
    assert [got["numerator"], got["denominator"]] == [1.2, 1.5]
    assert (got["measure"], got["indicator_class"], got["relative_to"]) == ("reach_ratio", "problems", "nederlands")
    assert np.isnan(got["lower_rounding"])


def test_errors_of_denominators_widen_the_interval():
    got = reach_ratio(use(denominator_error=0.05), need(denominator_error=0.03), **KEY).iloc[0]
    se = np.sqrt(0.1**2 + 0.2**2 + 0.05**2 + 0.03**2)
    assert np.log(got["upper"] / got["value"]) == pytest.approx(Z * se)


def test_intervals_of_another_confidence_are_read_rightly():
    z = 1.6448536269514722  # 90 percent
    wide = use(confidence=0.90, lower=1.2 * np.exp(-z * 0.1), upper=1.2 * np.exp(z * 0.1))
    got = reach_ratio(wide, need(), **KEY).iloc[0]
    assert got["lower"] == pytest.approx(reach_ratio(use(), need(), **KEY).iloc[0]["lower"])
    assert reach_ratio(use(), need(), **KEY, confidence=0.90).iloc[0]["lower"] == pytest.approx(
        0.8 * np.exp(-z * 0.05**0.5)
    )


def test_rounding_bounds_are_the_extremes():
    rounded = {"lower_rounding": 1.1, "upper_rounding": 1.3}
    got = reach_ratio(use(**rounded), need(lower_rounding=1.4, upper_rounding=1.6), **KEY).iloc[0]
    assert [got["lower_rounding"], got["upper_rounding"]] == pytest.approx([1.1 / 1.6, 1.3 / 1.4])
    got = reach_ratio(use(**rounded), need(), **KEY).iloc[0]
    assert [got["lower_rounding"], got["upper_rounding"]] == pytest.approx([1.1 / 1.5, 1.3 / 1.5])
    got = reach_ratio(use(**rounded), need(lower_rounding=0.0, upper_rounding=1.6), **KEY).iloc[0]
    assert np.isnan(got["upper_rounding"])


def test_words_for_compulsory_care():
    got = reach_ratio(use(form="probation"), need(indicator="suspects"), **KEY).iloc[0]
    assert got["measure"] == "use_relative_to_need_ratio"
    assert "registered contact with the police, not behaviour" in got["method"]
    assert "by decision of a court" in reach_ratio(use(), need(), **KEY).iloc[0]["method"]
    assert "court" not in reach_ratio(use(form="without_residence"), need(), **KEY).iloc[0]["method"]


@pytest.mark.parametrize(
    ("form", "indicator", "match"),
    [
        ("with_residence", "suspects", "special_schools"),
        ("probation", "special_schools", "suspects, halt"),
        ("protection", "special_schools", "there is none"),
        ("without_residence", "low_income", "context"),
        ("without_residence", "early_school_leaving", "context, never a divisor"),
    ],
)
def test_an_inadmissible_pair_is_refused_with_the_reason(form, indicator, match):
    with pytest.raises(IncomparableError, match=match):
        reach_ratio(use(form=form), need(indicator=indicator), **KEY)
    with pytest.raises(IncomparableError, match=match):
        specification_curve(specifications([0.8], [0.7], [0.9], form=form, indicator=indicator), by=BY)


def test_hidden_and_zero_ratios():
    hidden = {"value": np.nan, "lower": np.nan, "upper": np.nan}
    for one, two in ((use(**hidden, status="suppressed"), need()), (use(), need(**hidden, status="suppressed"))):
        got = reach_ratio(one, two, **KEY).iloc[0]
        assert got["status"] == "suppressed"
        assert np.isnan(got["value"])
    zero_need = reach_ratio(use(), need(value=0.0, lower=0.0, upper=0.3), **KEY).iloc[0]
    assert zero_need["status"] == "undefined"
    zero_use = reach_ratio(use(value=0.0, lower=0.0, upper=0.3), need(), **KEY).iloc[0]
    assert (zero_use["value"], zero_use["status"]) == (0, "shown")
    assert zero_use[["lower", "upper"]].isna().all()
    none = reach_ratio(use(), need(lower=np.nan, upper=np.nan), **KEY).iloc[0]
    assert none["value"] == pytest.approx(0.8)
    assert none[["lower", "upper"]].isna().all()
    assert "no interval" in none["method"]


def test_every_pair_of_choices_makes_a_row():
    uses = pd.concat([use(denominator="modelled"), use(denominator="pupils", value=0.9)], ignore_index=True)
    needs = pd.concat([need(), need(indicator="survey_distress", value=1.1)], ignore_index=True)
    uses.insert(0, "period", "2015")
    needs.insert(0, "period", "2016")
    got = reach_ratio(uses.rename(columns={"denominator": "population_of"}), needs, **KEY)
    assert got["value"].tolist() == pytest.approx([1.2 / 1.5, 1.2 / 1.1, 0.9 / 1.5, 0.9 / 1.1])
    assert set(got["period_of_need"]) == {"2016"}
    assert got.columns[:4].tolist() == ["origin", "form", "indicator", "indicator_class"]
    curve = specification_curve(got, by=BY)
    assert curve["value"].tolist() == sorted(got["value"])


def test_swapping_group_and_reference_inverts_the_ratio():
    turned = {"value": 1 / 1.2, "lower": np.exp(-Z * 0.1) / 1.2, "upper": np.exp(Z * 0.1) / 1.2}
    turned_need = {"value": 1 / 1.5, "lower": np.exp(-Z * 0.2) / 1.5, "upper": np.exp(Z * 0.2) / 1.5}
    one = reach_ratio(use(), need(), **KEY).iloc[0]
    two = reach_ratio(use(**turned), need(**turned_need), **KEY).iloc[0]
    assert [two["value"], two["lower"], two["upper"]] == pytest.approx(
        [1 / one["value"], 1 / one["upper"], 1 / one["lower"]]
    )


def test_the_curve_is_ordered_and_adds_rounding_to_the_interval():
    curve = specification_curve(
        specifications([0.9, 0.5, 1.2], [0.8, 0.4, 1.1], [0.99, 0.6, 1.3], lower_rounding=[0.85, np.nan, 1.0],
                       upper_rounding=[0.95, np.nan, 1.4]), by=BY)  # fmt: skip
    assert curve["value"].tolist() == [0.5, 0.9, 1.2]
    assert curve["specification"].tolist() == [1, 2, 3]
    assert curve["widest_lower"].tolist() == pytest.approx([0.4, 0.8 * 0.85 / 0.9, 1.1 / 1.2])
    assert curve["widest_upper"].tolist() == pytest.approx([0.6, 0.99 * 0.95 / 0.9, 1.3 * 1.4 / 1.2])
    assert curve["excludes_1"].tolist() == [True, False, False]  # rounding takes the second and third across 1


def test_decided_needs_all_points_on_one_side_and_nine_in_ten_intervals():
    ten = np.full(10, 0.7)
    excluding, not_excluding = np.full(10, 0.9), np.array([0.9] * 8 + [1.1] * 2)
    decided = verdict(ten, ten - 0.2, excluding)
    assert decided[["verdict", "side", "numerator", "denominator"]].tolist() == ["decided", "below 1", 10, 10]
    assert verdict(ten, ten - 0.2, np.array([0.9] * 9 + [1.1]))["verdict"] == "decided"  # 9 of 10 is enough
    undecided = verdict(ten, ten - 0.2, not_excluding)
    assert undecided[["verdict", "side", "numerator"]].tolist() == ["undecided", "below 1", 8]
    many = np.full(50, 0.7)
    assert verdict(many, many - 0.2, np.array([0.9] * 44 + [1.1] * 6))["verdict"] == "undecided"  # 88 percent
    above = verdict(ten + 1, ten + 0.5, ten + 2)
    assert above[["verdict", "side"]].tolist() == ["decided", "above 1"]
    flipped = np.array([0.7] * 19 + [1.01])
    mixed = verdict(flipped, flipped - 0.1, flipped + 0.1)
    assert mixed[["verdict", "side", "numerator"]].tolist() == ["undecided", "both sides", 19]
    assert verdict([1.0], [0.9], [1.1])["verdict"] == "undecided"
    assert verdict([0.5, 0.6], [np.nan, 0.5], [np.nan, 0.7])["verdict"] == "undecided"  # no interval excludes nothing


def test_the_range_is_told_and_is_no_interval():
    row = verdict([0.5, 0.7, 0.8], [0.4, 0.6, 0.7], [0.6, 0.8, 0.9])
    assert row[["value", "lower", "upper", "denominator"]].tolist() == [0.7, 0.5, 0.8, 3]
    assert np.isnan(row["confidence"])
    assert "no interval" in row["method"]


def test_verdicts_within_denominators_and_classes():
    table = pd.concat(
        [specifications([0.7, 0.8], [0.6, 0.7], [0.8, 0.9], population_of="modelled", indicator_class="problems"),
         specifications([1.3, 1.4], [1.2, 1.3], [1.4, 1.5], population_of="pupils", indicator_class="problems")],
        ignore_index=True)  # fmt: skip
    got = choice_verdicts(specification_curve(table, by=BY), by=BY, within=["population_of", "indicator_class"])
    assert got[["choice", "chosen", "verdict", "side"]].to_numpy().tolist() == [
        ["all choices", "all", "undecided", "both sides"], ["population_of", "modelled", "decided", "below 1"],
        ["population_of", "pupils", "decided", "above 1"], ["indicator_class", "problems", "undecided", "both sides"],
    ]  # fmt: skip


def test_choices_without_a_ratio_are_counted():
    table = specifications([0.7, np.nan], [0.6, np.nan], [0.8, np.nan], status=["shown", "suppressed"])
    curve = specification_curve(table, by=BY)
    assert curve["specification"].isna().tolist() == [False, True]
    assert curve["excludes_1"].tolist() == [True, False]
    row = choice_verdicts(curve, by=BY).iloc[0]
    assert row["denominator"] == 1
    assert "1 of 2 choices without a ratio" in row["method"]
    hidden = specification_curve(table[table["status"] == "suppressed"], by=BY)
    row = choice_verdicts(hidden, by=BY).iloc[0]
    assert row[["verdict", "status"]].tolist() == ["undecided", "suppressed"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.2, 5), min_size=1, max_size=12), st.integers(0, 99))
def test_the_verdict_does_not_depend_on_the_order_and_turns_with_the_ratio(values, seed):
    values = np.array(values)
    table = specifications(values, values / 1.3, values * 1.3)
    first = choice_verdicts(specification_curve(table, by=BY), by=BY)
    shuffled = table.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(choice_verdicts(specification_curve(shuffled, by=BY), by=BY), first)
    turned = specifications(1 / values, 1 / values / 1.3, 1 / values * 1.3)
    other = choice_verdicts(specification_curve(turned, by=BY), by=BY)
    assert other["verdict"].tolist() == first["verdict"].tolist()
    sides = {"below 1": "above 1", "above 1": "below 1"}
    assert other["side"].iloc[0] == sides.get(first["side"].iloc[0], first["side"].iloc[0])


@pytest.mark.parametrize(
    ("one", "two", "more", "error", "match"),
    [
        (use(), need(indicator="unhappiness"), {}, UnknownNameError, "need indicator 'unhappiness'"),
        (use(form="help"), need(), {}, UnknownNameError, "form of care"),
        (use(), need(relative_to="westers"), {}, IncomparableError, "relative to 'westers'"),
        (use(), need(), {"relative_to": "total"}, IncomparableError, "asked was relative_to='total'"),
        (use(), need(synthetic=False), {}, IncomparableError, "Real and synthetic"),
        (use(measure="odds_ratio"), need(), {}, IncomparableError, "'odds_ratio'"),
        (use(measure="use_rate"), need(), {}, IncomparableError, "'use_rate'"),
        (use(), need(origin="turkije"), {}, IncomparableError, "No ratio of use and of need agree"),
        (
            use(origin_scheme="herkomst"),
            need(origin_scheme="migratieachtergrond"),
            {},
            IncomparableError,
            "classifications",
        ),
        (use(lower=1.3), need(), {}, InvalidTableError, "impossible ratio"),
        (use(denominator_error=-0.1), need(), {}, InvalidTableError, "impossible ratio"),
        (pd.concat([use(), use(value=2.0, upper=3.0)]), need(), {}, InvalidTableError, "more than once"),
        (use(), need().drop(columns="indicator"), {}, MissingColumnError, "no column 'indicator'"),
        (use(), need(), {"confidence": 95}, BereikError, "confidence"),
    ],
)
def test_bad_ratios_are_explained(one, two, more, error, match):
    with pytest.raises(error, match=match):
        reach_ratio(one, two, **KEY | more)


def test_bad_curves_are_explained():
    good = specifications([0.7, 0.8], [0.6, 0.7], [0.8, 0.9])
    with pytest.raises(BereikError, match="'form' in it"):
        specification_curve(good, by=["origin"])
    with pytest.raises(IncomparableError, match="rows of reach_ratio"):
        specification_curve(good.assign(measure="rate_ratio"), by=BY)
    with pytest.raises(IncomparableError, match="synthetic"):
        specification_curve(good.assign(synthetic=[True, False]), by=BY)
    with pytest.raises(InvalidTableError, match="more than once"):
        specification_curve(good.drop(columns="choice_number"), by=BY)
    with pytest.raises(MissingColumnError, match="widest_lower"):
        choice_verdicts(good, by=BY)
