from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bereik import access_gap
from bereik.errors import InvalidTableError, UnknownNameError

ABOUT = {"synthetic": True, "source": "made up"}
Z = 1.959963984540054
LIMITS = ["value", "lower", "upper"]

SEVERITY = ["none", "mild", "moderate", "severe"]


def counts(users, population, **more):
    """A count table from a list of counts per group, one number a band."""
    rows = [(group, *cell) for group in users for cell in zip(SEVERITY, users[group], population[group], strict=False)]
    table = pd.DataFrame(rows, columns=["origin", "severity", "users", "population"])
    return table.assign(**{"severity": pd.Categorical(table["severity"], SEVERITY, ordered=True)} | ABOUT | more)


def gap(table, relative_to="NL", by=("origin",), over=("severity",), **options):
    """The rows of the groups that are compared."""
    result = access_gap(table, by=list(by), over=list(over), relative_to=relative_to, **options)
    return result[result[by[-1]].astype(str) != relative_to].reset_index(drop=True)


def by_measure(*arguments, **options):
    return gap(*arguments, **options).set_index("measure")


def of(result, group, measure, column="value"):
    return result.loc[(result["origin"] == group) & (result["measure"] == measure), column].item()


# severity: a 0.9 and 0.1, b 0.5 and 0.5, mean 0.7 and 0.3; rates a 0.10 and 0.50, b 0.08 and 0.40
PAIR = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})


def test_every_measure_by_hand():
    result = by_measure(PAIR, "a")
    b, a = 0.7 * 0.08 + 0.3 * 0.40, 0.7 * 0.10 + 0.3 * 0.50  # 0.176 and 0.22
    expected = 500 * 0.10 + 500 * 0.50  # 300, observed 240
    by_hand = {
        "crude_rate": (24, 240, 1000),
        "crude_rate_ratio": (24 / 14, 24, 14),
        "crude_rate_difference": (10, 24, 14),
        "standardised_rate": (100 * b, 240, 1000),
        "rate_ratio_at_equal_severity": (b / a, 17.6, 22),
        "rate_difference_at_equal_severity": (100 * (b - a), 17.6, 22),
        "use_shortfall": (expected - 240, 300, 240),
        "unmet_need": (60, 300, 500),
        "observed_expected": (240 / expected, 240, 300),
    }
    assert result.index.tolist() == list(by_hand)
    figures = result[["value", "numerator", "denominator"]].to_numpy(dtype=float)
    assert figures == pytest.approx(np.array(list(by_hand.values())))


def test_every_interval_by_hand():
    result = by_measure(PAIR, "a")[["lower", "upper"]].T.to_dict("list")
    sides = np.array([-1, 1])
    var_b = 0.49 * 0.08 * 0.92 / 500 + 0.09 * 0.4 * 0.6 / 500
    var_a = 0.49 * 0.1 * 0.9 / 900 + 0.09 * 0.5 * 0.5 / 100
    half = Z * np.sqrt(var_b / 0.176**2 + var_a / 0.22**2)
    assert result["rate_ratio_at_equal_severity"] == pytest.approx(0.8 * np.exp(sides * half))
    half = Z * np.sqrt(0.76 / 240 + 0.86 / 140)  # Katz: (1 - p) / y in each group
    assert result["crude_rate_ratio"] == pytest.approx(24 / 14 * np.exp(sides * half))
    # Var(O) = 500 x 0.08 x 0.92 + 500 x 0.4 x 0.6 = 156.8; Var(E) = 500^2 x (0.1 x 0.9 / 900 + 0.5 x 0.5 / 100) = 650
    # Wilson for 240 of 1000: (240 + z^2 / 2 -+ z sqrt(240 x 0.76 + z^2 / 4)) / (1 + z^2 / 1000)
    wilson = (240 + Z**2 / 2 + sides * Z * np.sqrt(240 * 0.76 + Z**2 / 4)) / (1 + Z**2 / 1000)
    assert result["use_shortfall"] == pytest.approx(60 + sides * np.hypot(Z * np.sqrt(650), (wilson - 240)[::-1]))
    half = Z * np.sqrt(156.8 / 240**2 + 650 / 300**2)
    assert result["observed_expected"] == pytest.approx(0.8 * np.exp(sides * half))
    rate, half = np.array([[0.176], [0.22]]), Z * np.sqrt([[var_b], [var_a]])
    b, a = 1 / (1 + np.exp(-np.log(rate / (1 - rate)) - sides * half / (rate * (1 - rate))))
    assert result["standardised_rate"] == pytest.approx(100 * b)
    limits = [-0.044 - np.hypot(0.176 - b[0], a[1] - 0.22), -0.044 + np.hypot(b[1] - 0.176, 0.22 - a[0])]
    assert result["rate_difference_at_equal_severity"] == pytest.approx(100 * np.array(limits))


def test_crude_differences_have_the_interval_of_newcombe():
    pairs = pd.read_csv(Path(__file__).parent / "newcombe.csv", comment="#")
    own = pairs[["users", "population"]].assign(origin="a")
    reference = pairs[["users_reference", "population_reference"]].set_axis(["users", "population"], axis=1)
    table = pd.concat([own, reference.assign(origin="b")]).rename_axis("case").reset_index()
    result = gap(table.assign(severity="all", **ABOUT), "b", by=["case", "origin"], per=1)
    differences = result.loc[result["measure"] == "crude_rate_difference", ["lower", "upper"]]
    assert differences.to_numpy() == pytest.approx(pairs[["lower", "upper"]].to_numpy(), rel=1e-8)


def test_no_users_in_the_group():
    result = by_measure(counts({"a": [9, 5], "b": [0, 0]}, {"a": [90, 10], "b": [50, 50]}), "a")
    ratio = result.loc["rate_ratio_at_equal_severity"]
    assert ratio[["value", "lower"]].tolist() == [0, 0]
    assert np.isnan(ratio["upper"])
    assert result.loc[["unmet_need", "use_shortfall"], "value"].tolist() == pytest.approx([100, 50 * 0.1 + 50 * 0.5])


def test_a_shortfall_of_a_group_without_users_has_an_interval_and_below_two_expected_it_has_none():
    reference, group = [10, 12, 15], [80, 20, 8]
    few = counts({"a": reference, "b": [0] * 3}, {"a": [500, 120, 40], "b": group})
    # E = 80 x 0.02 + 20 x 0.1 + 8 x 0.375; Var(E) = 80^2 x 0.02 x 0.98 / 500 + ... = 0.92588; Wilson for 0 of 108: 3.7095
    limits = [6.6 - np.hypot(Z * np.sqrt(0.92588), 3.7095), 6.6 + Z * np.sqrt(0.92588)]
    shortfall = by_measure(few, "a").loc["use_shortfall"]
    assert shortfall[LIMITS].tolist() == pytest.approx([6.6, *limits], rel=1e-4)
    unweighted = {"n_unweighted": few["population"], "users_unweighted": few["users"]}
    weighted = few.assign(weighted=True, effective_population=few["population"] / 2, **unweighted)
    # half the effective size: Wilson for 0 of 54, scaled back to 108: 7.1726
    half = [6.6 - np.hypot(Z * np.sqrt(2 * 0.92588), 7.1726), 6.6 + Z * np.sqrt(2 * 0.92588)]
    assert by_measure(weighted, "a").loc["use_shortfall", LIMITS[1:]].tolist() == pytest.approx(half, rel=1e-4)
    rare = counts({"a": [10, 10], "b": [9, 9]}, {"a": [9000, 1000], "b": [100, 50]})
    for interval in ("delta", "bootstrap"):
        none = by_measure(rare, "a", interval=interval).loc["use_shortfall"]
        assert none["value"] == pytest.approx(100 * 10 / 9000 + 50 * 10 / 1000 - 18)
        assert none[LIMITS[1:]].isna().all()
        assert none["method"].startswith("no interval: fewer than 2 users expected")


def test_no_users_in_the_reference_is_undefined_not_infinite():
    result = by_measure(counts({"a": [0, 0], "b": [5, 5]}, {"a": [90, 10], "b": [50, 50]}), "a")
    ratios = ["crude_rate_ratio", "rate_ratio_at_equal_severity", "observed_expected"]
    assert (result.loc[ratios, "status"] == "undefined").all()
    assert result.loc[ratios, "value"].isna().all()
    assert result.loc["crude_rate_difference", "value"] == 10
    assert result.loc["use_shortfall", "per"] == "youths; negative: more than expected"


def test_full_use_everywhere():
    full = by_measure(counts({"a": [9, 5], "b": [4, 6]}, {"a": [9, 5], "b": [4, 6]}), "a")
    assert full.loc["rate_ratio_at_equal_severity", "value"] == 1
    assert np.isnan(full.loc["rate_ratio_at_equal_severity", "lower"])
    assert full.loc["standardised_rate", ["value", "upper"]].tolist() == [100, 100]


def test_unmet_need_is_of_the_highest_band_so_without_an_order_it_is_undefined():
    result = by_measure(PAIR.astype({"severity": "str"}), "a")
    assert result["status"].to_dict() == dict.fromkeys(result.index, "shown") | {"unmet_need": "undefined"}
    assert result.loc["unmet_need", [*LIMITS, "numerator", "denominator"]].isna().all()
    assert result.loc["unmet_need", "method"].startswith("no value: no highest band of severity; declare the order")


def test_compulsory_forms_are_compared_in_other_words():
    compulsory = PAIR.assign(form="protection", users=[9, 5, 5, 50])
    result = by_measure(pd.concat([PAIR.assign(form="without_residence"), compulsory]), "a", by=["form", "origin"])
    second = result[result["form"] == "protection"]
    assert second.loc["expected_minus_observed", "value"] == pytest.approx(500 * 0.01 + 500 * 0.05 - 55)
    words = " ".join(map(str, second.reset_index().to_numpy().ravel()))
    assert not any(word in words for word in ("missed", "reach", "shortfall", "unmet"))


def test_parts_with_different_strata_are_laid_out_one_by_one():
    old = PAIR[PAIR["severity"] == "none"]
    result = gap(pd.concat([PAIR.assign(age="young"), old.assign(age="old")]), "a", by=["age", "origin"])
    for part, alone in (("young", PAIR), ("old", old)):
        of_part, by_itself = (each["value"].tolist()[:7] for each in (result[result["age"] == part], gap(alone, "a")))
        assert of_part == pytest.approx(by_itself, rel=0, nan_ok=True)


def test_of_the_reference_its_own_use_and_unmet_need_are_given():
    result = access_gap(PAIR, by=["origin"], over=["severity"], relative_to="a").query("origin == 'a'")
    assert result["measure"].tolist() == ["crude_rate", "unmet_need"]
    figures = result[["value", "numerator", "denominator"]].to_numpy()
    assert figures == pytest.approx(np.array([[14, 140, 1000], [50, 50, 100]]))
    assert result["relative_to"].isna().all()


def test_the_highest_band_of_a_part_may_be_merged_with_others():
    """Of part y the band is mild+moderate: 500 - 200 of 500 without care; part z lacks the highest band."""
    names = {"x": ["none", "moderate"], "y": ["none", "mild+moderate"], "z": ["none", "mild"]}
    parts = [PAIR.assign(part=part, severity=bands * 2) for part, bands in names.items()]
    table = pd.concat(parts).astype({"part": str})
    table["severity"] = pd.Categorical(table["severity"], ["none", "mild", "mild+moderate", "moderate"], ordered=True)
    need = gap(table, "a", by=["part", "origin"]).query("measure == 'unmet_need'").set_index("part")
    assert need["status"].tolist() == ["shown", "shown", "undefined"]
    assert need.loc[["x", "y"], "value"].tolist() == pytest.approx([60, 60])
    assert need.loc["y", "per"] == "100 youths with severity mild+moderate"


def test_a_hidden_group_that_is_merged_in_another_way_makes_no_empty_stratum():
    hidden = pd.DataFrame({"origin": ["c"], "severity": ["none+mild"], "status": "hidden"}).assign(**ABOUT)
    table = pd.concat([PAIR.assign(status="shown"), hidden])
    table["severity"] = pd.Categorical(table["severity"], ["none", "none+mild", "mild"], ordered=True)
    result = gap(table, "a")
    assert result[result["origin"] == "b"]["value"].tolist() == gap(PAIR, "a")["value"].tolist()
    assert result.loc[result["origin"] == "c", "status"].eq("hidden").all()


def test_groups_that_contain_the_reference_take_no_part():
    total = counts({"total": [130, 250]}, {"total": [1400, 600]})
    result = gap(pd.concat([total, PAIR]), "a", standard="pooled")
    pd.testing.assert_frame_equal(result[["origin", *LIMITS]], gap(PAIR, "a", standard="pooled")[["origin", *LIMITS]])


FORMS = pd.concat([PAIR.assign(form="a"), PAIR[PAIR["origin"] != "a"].assign(form="b")])
BY_FORM = {"by": ["form", "origin"]}


REFUSED = [
    (FORMS, BY_FORM, InvalidTableError, "Form b has origin"),
    (PAIR.assign(form="protecting"), BY_FORM, UnknownNameError, "form of care"),
]


@pytest.mark.parametrize(("table", "options", "error", "words"), REFUSED)
def test_bad_input_is_refused(table, options, error, words):
    with pytest.raises(error, match=words):
        gap(table, **{"relative_to": "a"} | options)
