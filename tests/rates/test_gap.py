import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.gap import access_gap
from bereik.rates.intervals import difference_limits, rate_limits, ratio_limits
from bereik.rates.workings.parts import comparisons

ABOUT = {"synthetic": True, "source": "made up"}
Z = 1.959963984540054

# Severity by group, of the reference files dsr_severity_migration and kitagawa_severity.
SEVERITY = ["none", "mild", "moderate", "severe"]
POPULATION = {
    "NL": [5200, 1400, 520, 160],
    "TR": [610, 210, 96, 41],
    "MA": [540, 190, 88, 37],
    "SR_AN": [260, 85, 30, 11],
    "other": [330, 120, 47, 15],
}
USERS = {
    "NL": [104, 126, 130, 83],
    "TR": [6, 12, 15, 14],
    "MA": [5, 10, 13, 12],
    "SR_AN": [3, 5, 4, 4],
    "other": [0, 7, 9, 5],
}


def counts(users, population, bands=None, **more):
    """A count table from a list of counts per group, one number a band."""
    bands = bands or SEVERITY[: len(next(iter(users.values())))]
    rows = [
        {"origin": group, "severity": band, "users": y, "population": n}
        for group in users
        for band, y, n in zip(bands, users[group], population[group], strict=True)
    ]
    return pd.DataFrame(rows).assign(**(ABOUT | more))


def gap(table, relative_to="NL", **options):
    return access_gap(table, by=["origin"], over=["severity"], relative_to=relative_to, **options)


def of(result, group, measure, column="value"):
    return result.loc[(result["origin"] == group) & (result["measure"] == measure), column].item()


def test_every_measure_by_hand():
    # a: 90 of 900 and 50 of 100; b: 40 of 500 and 200 of 500
    table = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})
    result = gap(table, "a").set_index("measure")
    # severity: a 0.9 and 0.1, b 0.5 and 0.5, mean 0.7 and 0.3; rates a 0.10 and 0.50, b 0.08 and 0.40
    b, a = 0.7 * 0.08 + 0.3 * 0.40, 0.7 * 0.10 + 0.3 * 0.50  # 0.176 and 0.22
    expected = 500 * 0.10 + 500 * 0.50  # 300, observed 240
    assert result["value"].to_dict() == pytest.approx({
        "crude_rate": 24, "crude_rate_ratio": 24 / 14, "crude_rate_difference": 10, "standardised_rate": 100 * b,
        "rate_ratio_at_equal_severity": b / a, "rate_difference_at_equal_severity": 100 * (b - a),
        "use_shortfall": expected - 240, "unmet_need": 60, "observed_expected": 240 / expected,
    })  # fmt: skip
    fractions = result[["numerator", "denominator"]].T.to_dict("list")
    assert fractions["crude_rate"] == fractions["standardised_rate"] == [240, 1000]
    assert fractions["crude_rate_ratio"] == pytest.approx([24, 14])
    assert fractions["rate_difference_at_equal_severity"] == pytest.approx([17.6, 22])
    assert fractions["use_shortfall"] == [300, 240]
    assert fractions["unmet_need"] == [300, 500]
    assert fractions["observed_expected"] == [240, 300]


def test_every_interval_by_hand():
    table = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})
    result = gap(table, "a").set_index("measure")[["lower", "upper"]].T.to_dict("list")
    var_b = 0.49 * 0.08 * 0.92 / 500 + 0.09 * 0.4 * 0.6 / 500
    var_a = 0.49 * 0.1 * 0.9 / 900 + 0.09 * 0.5 * 0.5 / 100
    half = Z * np.sqrt(var_b / 0.176**2 + var_a / 0.22**2)
    assert result["rate_ratio_at_equal_severity"] == pytest.approx([0.8 * np.exp(-half), 0.8 * np.exp(half)])
    half = Z * np.sqrt(0.76 / 240 + 0.86 / 140)  # Katz: (1 - p) / y in each group
    assert result["crude_rate_ratio"] == pytest.approx([24 / 14 * np.exp(-half), 24 / 14 * np.exp(half)])
    # Var(O) = 500 x 0.08 x 0.92 + 500 x 0.4 x 0.6 = 156.8; Var(E) = 500^2 x (0.1 x 0.9 / 900 + 0.5 x 0.5 / 100) = 650
    assert result["use_shortfall"] == pytest.approx([60 - Z * np.sqrt(806.8), 60 + Z * np.sqrt(806.8)])
    half = Z * np.sqrt(156.8 / 240**2 + 650 / 300**2)
    assert result["observed_expected"] == pytest.approx([0.8 * np.exp(-half), 0.8 * np.exp(half)])
    limits = []
    for rate, variance in ((0.176, var_b), (0.22, var_a)):
        half = Z * np.sqrt(variance) / (rate * (1 - rate))
        limits.append([1 / (1 + np.exp(-np.log(rate / (1 - rate)) + sign * half)) for sign in (1, -1)])
    assert result["standardised_rate"] == pytest.approx([100 * limit for limit in limits[0]])
    lower = -0.044 - np.hypot(0.176 - limits[0][0], limits[1][1] - 0.22)
    upper = -0.044 + np.hypot(limits[0][1] - 0.176, 0.22 - limits[1][0])
    assert result["rate_difference_at_equal_severity"] == pytest.approx([100 * lower, 100 * upper])


def test_standardised_rates_equal_those_of_an_independent_package():
    # R 4.5.0: PHEindicatormethods 2.1.1 calculate_dsr, pooled severity as the standard, per 1000
    result = gap(counts(USERS, POPULATION), standard="pooled", per=1000)
    found = {group: of(result, group, "standardised_rate") for group in ("MA", "SR_AN", "TR", "other")}
    assert found == pytest.approx(
        {"MA": 37.1153350020375, "SR_AN": 39.8549982863708, "TR": 39.5406721838649, "other": 35.4866391213909}, rel=1e-8
    )
    assert result.loc[4, "denominator"] == pytest.approx(65.2102102102102, rel=1e-8)  # of NL


def test_the_difference_is_the_use_component_of_kitagawa():
    # hand-written R 4.5.0, Kitagawa (1955), NL minus TR: rate component 0.0274299102642981
    result = gap(counts(USERS, POPULATION), per=1)
    assert of(result, "TR", "rate_difference_at_equal_severity") == pytest.approx(-0.0274299102642981, rel=1e-8)
    assert of(result, "TR", "crude_rate_difference") == pytest.approx(-0.011739840619151, rel=1e-8)


def test_crude_differences_have_the_interval_of_newcombe():
    # R 4.5.0: ratesci 1.0.0 moverci(contrast="RD", type="wilson")
    one, two = (
        ([56, 9, 6, 5, 0, 0, 10, 10], [70, 10, 7, 56, 10, 10, 10, 10]),
        ([48, 3, 2] + [0] * 5, [80, 10, 7, 29, 20, 10, 20, 10]),
    )
    lower = [0.0524314724023649, 0.170522723934503, 0.0582279274823123, -0.0381371479035369, -0.161125158052819,
             -0.277532799862889, 0.679086037141915, 0.607509350430524]  # fmt: skip
    upper = [0.333872654036906, 0.809017973535488, 0.806249637524228, 0.192560013855112, 0.277532799862889,
             0.277532799862889, 1, 1]  # fmt: skip
    cases = range(8)
    table = pd.concat([
        pd.DataFrame({"case": cases, "origin": name, "severity": "all", "users": y, "population": n})
        for name, (y, n) in (("a", one), ("b", two))
    ]).assign(**ABOUT)  # fmt: skip
    result = access_gap(table, by=["case", "origin"], over=["severity"], relative_to="b", per=1)
    differences = result[result["measure"] == "crude_rate_difference"]
    assert differences["lower"].tolist() == pytest.approx(lower, rel=1e-8)
    assert differences["upper"].tolist() == pytest.approx(upper, rel=1e-8)


def test_given_weights_and_the_reference_as_standard():
    table = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})
    given_weights = gap(table, "a", standard={"none": 1, "mild": 3})
    assert of(given_weights, "b", "standardised_rate") == pytest.approx(0.25 * 8 + 0.75 * 40)
    reference = gap(table, "a", standard="reference")
    assert of(reference, "b", "standardised_rate") == pytest.approx(0.9 * 8 + 0.1 * 40)
    assert of(reference, "b", "standardised_rate", "standard") == "distribution of a"
    with pytest.raises(UnknownNameError, match="standard"):
        gap(table, "a", standard="european")


def test_one_stratum_is_the_crude_comparison():
    table = counts({"a": [20], "b": [30]}, {"a": [100], "b": [100]})
    result = gap(table, "a").set_index("measure")["value"]
    assert result["rate_ratio_at_equal_severity"] == pytest.approx(result["crude_rate_ratio"]) == pytest.approx(1.5)
    assert result["observed_expected"] == pytest.approx(1.5)


@pytest.mark.parametrize("standard", ["pair_mean", "pooled"])
def test_swapping_the_groups_inverts_the_ratio(standard):
    table = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})
    one, two = (gap(table, name, standard=standard).set_index("measure") for name in ("a", "b"))
    for measure in ("crude_rate_ratio", "rate_ratio_at_equal_severity"):
        for column, other in (("value", "value"), ("lower", "upper")):
            assert one.loc[measure, column] == pytest.approx(1 / two.loc[measure, other])
    for measure in ("crude_rate_difference", "rate_difference_at_equal_severity"):
        for column, other in (("value", "value"), ("lower", "upper")):
            assert one.loc[measure, column] == pytest.approx(-two.loc[measure, other])


cell = st.tuples(st.integers(1, 60), st.integers(0, 60)).map(lambda pair: (pair[0] + pair[1], pair[1]))
tables = st.lists(cell, min_size=6, max_size=6)


def made(cells):
    frame = pd.DataFrame(cells, columns=["population", "users"])
    return frame.assign(origin=list("aaabbb"), severity=["low", "mild", "high"] * 2, **ABOUT)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(tables, st.randoms(use_true_random=False))
def test_points_do_not_depend_on_rows_halves_or_scale(cells, random):
    table = made(cells)
    table["severity"] = pd.Categorical(table["severity"], ["low", "mild", "high"])
    points = gap(table, "a")["value"].to_numpy()
    order = list(range(6))
    random.shuffle(order)
    shuffled = table.iloc[order]
    assert gap(shuffled.assign(origin=pd.Categorical(shuffled["origin"], ["a", "b"])), "a")[
        "value"
    ].to_numpy() == pytest.approx(points, nan_ok=True)
    scaled = gap(table.assign(users=7 * table["users"], population=7 * table["population"]), "a")["value"].to_numpy()
    counted = np.arange(9) == 6  # the shortfall is a number of youths
    assert scaled == pytest.approx(np.where(counted, 7 * points, points), nan_ok=True)
    doubled = table.assign(users=2 * table["users"], population=2 * table["population"])
    halves = pd.concat([table.assign(half=1), table.assign(half=2)])
    split = access_gap(halves, by=["origin"], over=["severity", "half"], relative_to="a")["value"].to_numpy()
    assert split == pytest.approx(gap(doubled, "a")["value"].to_numpy(), nan_ok=True)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(tables)
def test_a_value_lies_in_its_interval(cells):
    result = gap(made(cells), "a")
    known = result[result["lower"].notna() & result["upper"].notna()]
    assert (known["lower"] <= known["value"] + 1e-9).all()
    assert (known["value"] <= known["upper"] + 1e-9).all()
    assert (result["value"].notna() == (result["status"] == "shown")).all()
    assert result.loc[result["status"] != "shown", ["lower", "upper"]].isna().all(axis=None)


def test_no_users_in_the_group():
    table = counts({"a": [9, 5], "b": [0, 0]}, {"a": [90, 10], "b": [50, 50]})
    result = gap(table, "a").set_index("measure")
    assert result.loc["rate_ratio_at_equal_severity", ["value", "lower"]].tolist() == [0, 0]
    assert np.isnan(result.loc["rate_ratio_at_equal_severity", "upper"])
    assert "0 has no logarithm" in result.loc["rate_ratio_at_equal_severity", "method"]
    # Wilson for 0 of 1 / (0.7^2 / 50 + 0.3^2 / 50) = 86.2 youths: upper z^2 / (n + z^2)
    assert result.loc["standardised_rate", "upper"] == pytest.approx(100 * Z**2 / (50 / 0.58 + Z**2))
    assert result.loc["unmet_need", "value"] == 100
    assert result.loc["use_shortfall", "value"] == pytest.approx(50 * 0.1 + 50 * 0.5)


def test_no_users_in_the_reference_is_undefined_not_infinite():
    table = counts({"a": [0, 0], "b": [5, 5]}, {"a": [90, 10], "b": [50, 50]})
    result = gap(table, "a").set_index("measure")
    ratios = ["crude_rate_ratio", "rate_ratio_at_equal_severity", "observed_expected"]
    assert (result.loc[ratios, "status"] == "undefined").all()
    assert result.loc[ratios, "value"].isna().all()
    assert result.loc["crude_rate_difference", "value"] == 10
    assert result.loc["use_shortfall", "per"] == "youths; negative: more than expected"


def test_full_use_and_no_use_everywhere():
    full = gap(counts({"a": [9, 5], "b": [4, 6]}, {"a": [9, 5], "b": [4, 6]}), "a").set_index("measure")
    assert full.loc["rate_ratio_at_equal_severity", "value"] == 1
    assert np.isnan(full.loc["rate_ratio_at_equal_severity", "lower"])
    assert full.loc["standardised_rate", ["value", "upper"]].tolist() == [100, 100]
    assert full.loc["use_shortfall", "per"] == "youths; as many as expected"
    none = gap(counts({"a": [0, 0], "b": [0, 0]}, {"a": [9, 5], "b": [4, 6]}), "a").set_index("measure")
    assert none.loc["crude_rate", "value"] == 0
    assert none.loc["crude_rate_ratio", "status"] == "undefined"
    assert none.loc["rate_difference_at_equal_severity", "value"] == 0
    assert none.loc["rate_difference_at_equal_severity", "upper"] > 0


@pytest.mark.parametrize("options", [{}, {"interval": "bootstrap", "replicates": 200}])
def test_what_could_not_be_added_up_is_missing_and_not_zero(options):
    """Group b has 250 youths in the band that is pooled because group c has none there."""
    users = {"a": [90, 60, 50], "b": [40, 60, 100], "c": [30, 40, 0]}
    population = {"a": [900, 300, 100], "b": [500, 300, 250], "c": [400, 200, 0]}
    table = counts(users, population, ["low", "mid", "high"])
    found = access_gap(table, by=["origin"], over=["severity"], relative_to="a", on_empty="pool", **options)
    need = found[found["measure"] == "unmet_need"]
    assert need["status"].tolist() == ["undefined", "undefined"]
    assert need[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)
    assert need["method"].str.contains("pooled mid [+] high").all()
    others = found[found["measure"] != "unmet_need"]
    assert (others["status"] == "shown").all()
    assert others[["numerator", "denominator"]].notna().all(axis=None)


def test_an_empty_stratum_is_refused_or_pooled():
    table = counts({"a": [9, 5, 5], "b": [4, 6, 0]}, {"a": [90, 20, 10], "b": [50, 40, 0]})
    with pytest.raises(InvalidTableError, match="1 strata without population: b in moderate"):
        gap(table, "a")
    with pytest.raises(InvalidTableError, match="b in moderate"):
        gap(table.iloc[:-1], "a")  # the same when the row is missing
    pooled = gap(table, "a", on_empty="pool").set_index("measure")
    assert pooled.loc["rate_ratio_at_equal_severity", "method"].endswith("pooled mild + moderate")
    assert pooled.loc["use_shortfall", "value"] == pytest.approx(50 * 0.1 + 40 / 3 - 10)
    assert pooled.loc["unmet_need", "status"] == "undefined"  # the highest band is not known by itself


def test_forms_are_compared_each_by_itself_and_compulsory_ones_in_other_words():
    voluntary = counts({"NL": [90, 50], "TR": [40, 200]}, {"NL": [900, 100], "TR": [500, 500]})
    compulsory = counts({"NL": [9, 5], "TR": [5, 50]}, {"NL": [900, 100], "TR": [500, 500]})
    table = pd.concat([voluntary.assign(form="without_residence"), compulsory.assign(form="protection")])
    result = access_gap(table, by=["form", "origin"], over=["severity"], relative_to="NL", standard="pooled")
    alone = gap(voluntary, standard="pooled")
    first = result[result["form"] == "without_residence"]
    assert first["value"].tolist() == alone["value"].tolist()
    second = result[result["form"] == "protection"].set_index("measure")
    assert "use_shortfall" not in second.index
    assert "unmet_need" not in second.index
    assert second.loc["expected_minus_observed", "value"] == pytest.approx(500 * 0.01 + 500 * 0.05 - 55)
    assert second.loc["expected_minus_observed", "per"] == "youths; negative: more than expected"
    words = " ".join(map(str, second.reset_index().to_numpy().ravel()))
    assert not any(word in words for word in ("missed", "reach", "shortfall", "unmet"))
    with pytest.raises(UnknownNameError, match="form of care"):
        access_gap(
            table.replace("protection", "protecting"), by=["form", "origin"], over=["severity"], relative_to="NL"
        )


def test_parts_with_different_strata_are_laid_out_one_by_one():
    young, old = (
        counts({"a": [9, 5], "b": [4, 6]}, {"a": [90, 20], "b": [50, 40]}),
        counts({"a": [9], "b": [4]}, {"a": [90], "b": [50]}),
    )
    table = pd.concat([young.assign(age="young"), old.assign(age="old")])
    parts = comparisons(table, by=["age", "origin"], over=["severity"], relative_to="a")
    assert [part.strata.users.tolist() for part in parts] == [[[9, 5], [4, 6]], [[9], [4]]]
    result = access_gap(table, by=["age", "origin"], over=["severity"], relative_to="a")
    assert result[["age", "origin"]].drop_duplicates().to_numpy().tolist() == [["young", "b"], ["old", "b"]]


def test_hidden_counts_give_no_value_and_keep_their_status():
    table = counts(USERS, POPULATION).astype({"users": "Float64", "population": "Float64"})
    hidden = (table["origin"] == "MA") & (table["severity"] == "severe")
    table["status"] = np.where(hidden, "suppressed", "shown")
    table.loc[hidden, ["users", "population"]] = pd.NA
    result = gap(table)
    assert set(result.loc[result["origin"] == "MA", "status"]) == {"suppressed"}
    assert result.loc[result["origin"] == "MA", "value"].isna().all()
    without = gap(counts(USERS, POPULATION).query("origin != 'MA'"), standard="pooled")
    assert of(gap(table, standard="pooled"), "TR", "standardised_rate") == pytest.approx(
        of(without, "TR", "standardised_rate")
    )
    reference = gap(table, "MA")
    assert of(reference, "TR", "crude_rate") == pytest.approx(100 * 47 / 957)
    assert of(reference, "TR", "crude_rate_ratio", "status") == "suppressed"
    drawn = gap(table, "MA", interval="bootstrap", replicates=50)
    assert of(drawn, "TR", "crude_rate", "lower") < 100 * 47 / 957


def test_groups_that_contain_the_reference_take_no_part():
    table = counts({"total": [13, 11], "a": [9, 5], "b": [4, 6]}, {"total": [140, 60], "a": [90, 20], "b": [50, 40]})
    result = gap(table, "a", standard="pooled")
    assert result["origin"].unique().tolist() == ["b"]
    assert result["value"].tolist() == gap(table.query("origin != 'total'"), "a", standard="pooled")["value"].tolist()
    with pytest.raises(IncomparableError, match="No origin can be compared with 'total'"):
        gap(table, "total")


def test_thirty_groups():
    generator = np.random.default_rng(5)
    population = {f"group {at}": generator.integers(20, 200, 4).tolist() for at in range(30)}
    users = {name: generator.binomial(some, 0.3).tolist() for name, some in population.items()}
    result = gap(counts(users, population), "group 7")
    assert len(result) == 29 * 9
    assert result["origin"].drop_duplicates().tolist() == [name for name in population if name != "group 7"]


def test_a_weighted_table_uses_the_effective_population():
    table = counts({"a": [90.5, 50.25], "b": [40.5, 200.5]}, {"a": [900, 100], "b": [500, 500]})
    table = table.assign(
        weighted=True,
        n_unweighted=table["population"],
        users_unweighted=50,
        effective_population=table["population"] / 2,
    )
    twice = gap(table, "a").set_index("measure")
    once = gap(table.assign(effective_population=table["population"]), "a").set_index("measure")
    assert twice["value"].tolist() == once["value"].tolist()
    log_width = (
        np.log(one.loc["rate_ratio_at_equal_severity", ["upper", "lower"]].astype(float)).diff().iloc[1]
        for one in (twice, once)
    )
    assert next(log_width) / next(log_width) == pytest.approx(2**0.5)
    with pytest.raises(BereikError, match="bootstrap of weighted counts"):
        gap(table, "a", interval="bootstrap")


def test_bad_input_is_refused():
    table = counts(USERS, POPULATION)
    with pytest.raises(UnknownNameError, match="Unknown origin 'NLD' in the count table"):
        gap(table, "NLD")
    with pytest.raises(MissingColumnError, match="age"):
        access_gap(table, by=["origin"], over=["age"], relative_to="NL")
    with pytest.raises(UnknownNameError, match="interval"):
        gap(table, interval="wald")
    with pytest.raises(InvalidTableError, match="more users than population"):
        gap(table.assign(users=9999))
    with pytest.raises(BereikError, match="a list of one or more column names"):
        access_gap(table, by="origin", over=["severity"], relative_to="NL")
    with pytest.raises(BereikError, match="two lists of column names"):
        access_gap(table, by=["origin"], over="severity", relative_to="NL")
    forms = pd.concat([table.assign(form="a"), table[table["origin"] != "NL"].assign(form="b")])
    with pytest.raises(InvalidTableError, match="Form b has origin"):
        access_gap(forms, by=["form", "origin"], over=["severity"], relative_to="NL")
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        gap(table.assign(synthetic=[True] * 10 + [False] * 10))


def test_the_bootstrap_agrees_with_the_formulas_on_large_counts():
    users = {name: [40 * value for value in values] for name, values in USERS.items()}
    population = {name: [40 * value for value in values] for name, values in POPULATION.items()}
    table = counts(users, population)
    formula, drawn = (gap(table, standard="reference", interval=interval) for interval in ("delta", "bootstrap"))
    # the bootstrap also lets the severity distribution vary, which adds little here
    width, other = (one["upper"] - one["lower"] for one in (formula, drawn))
    assert (other / width).to_numpy() == pytest.approx(1, abs=0.12)
    again = gap(table, standard="reference", interval="bootstrap")
    pd.testing.assert_frame_equal(drawn, again)
    assert not drawn["lower"].equals(gap(table, standard="reference", interval="bootstrap", seed=1)["lower"])


def test_intervals_cover_the_true_gap():
    """Known truth, 2,000 tables: use of b is 0.8 times that of a in each band, and severity differs."""
    generator = np.random.default_rng(11)
    runs, population = 2000, np.array([[600, 250, 120], [200, 120, 90]])
    rate = np.array([[0.05, 0.15, 0.4], [0.04, 0.12, 0.32]])
    users = generator.binomial(population, rate, (runs, 2, 3))
    index = pd.MultiIndex.from_product(
        [range(runs), ["a", "b"], ["low", "mild", "high"]], names=["run", "origin", "severity"]
    )
    table = pd.DataFrame({"users": users.ravel(), "population": np.tile(population.ravel(), runs)}, index=index)
    result = access_gap(table.reset_index().assign(**ABOUT), by=["run", "origin"], over=["severity"], relative_to="a")
    weights = (population / population.sum(axis=1, keepdims=True)).mean(axis=0)
    standardised = rate @ weights
    expected = (population[1] * rate[0]).sum()
    truth = {
        "crude_rate": 100 * (population[1] @ rate[1]) / 410, "rate_ratio_at_equal_severity": 0.8,
        "standardised_rate": 100 * standardised[1],
        "rate_difference_at_equal_severity": 100 * (standardised[1] - standardised[0]), "observed_expected": 0.8,
        "use_shortfall": 0.2 * expected, "unmet_need": 68,
    }  # fmt: skip
    for measure, true in truth.items():
        rows = result[result["measure"] == measure]
        covered = ((rows["lower"] <= true) & (true <= rows["upper"])).mean()
        assert 0.935 <= covered <= 0.97, (measure, covered)  # Monte Carlo error 0.005


def test_limits_of_rates_ratios_and_differences_by_hand():
    lower, upper = rate_limits(np.array([0.2]), np.array([0.0016]), np.array([100.0]), 0.95)
    half = Z * 0.04 / 0.16
    assert [lower[0], upper[0]] == pytest.approx([1 / (1 + 4 * np.exp(half)), 1 / (1 + 4 * np.exp(-half))])
    lower, upper = ratio_limits(np.array([2.0, 0.0, np.nan, 3.0]), np.array([0.01, np.nan, 0.1, 0.0]), 0.9)
    assert [lower[0], upper[0]] == pytest.approx(
        [2 * np.exp(-1.6448536269514722 / 10), 2 * np.exp(1.6448536269514722 / 10)]
    )
    assert lower[1] == 0
    assert np.isnan([upper[1], lower[2], upper[2], lower[3], upper[3]]).all()
    one, two = (np.array([0.3]), np.array([0.6])), (np.array([0.1]), np.array([0.2]))
    lower, upper = difference_limits(np.array([0.4]), one, np.array([0.16]), two)
    assert [lower[0], upper[0]] == pytest.approx([0.24 - np.hypot(0.1, 0.04), 0.24 + np.hypot(0.2, 0.06)])


def test_hashed_groups_of_persons_are_drawn_together():
    """Every youth counted twice says no more than counted once."""
    generator = np.random.default_rng(13)
    frames = [
        counts({"a": generator.binomial([90, 40], [0.1, 0.5]), "b": generator.binomial([50, 50], [0.1, 0.4])},
               {"a": [90, 40], "b": [50, 50]}).assign(group=at)
        for at in range(30)
    ]  # fmt: skip
    once = pd.concat(frames, ignore_index=True)
    twice = once.assign(users=2 * once["users"], population=2 * once["population"])
    one, two = (gap(table, "a", interval="bootstrap").set_index("measure") for table in (once, twice))
    rates = [measure for measure in one.index if measure != "use_shortfall"]
    for column in ("value", "lower", "upper"):
        assert two.loc[rates, column].tolist() == pytest.approx(one.loc[rates, column].tolist())
    added = (
        once.groupby(["origin", "severity"], as_index=False, sort=False)[["users", "population"]].sum().assign(**ABOUT)
    )
    assert one["value"].tolist() == gap(added, "a")["value"].tolist()


def test_periods_are_not_pooled_as_if_they_had_other_youths():
    table = pd.concat([counts(USERS, POPULATION, period=period) for period in ("2022", "2023")])
    options = {"by": ["origin"], "over": ["severity", "period"], "relative_to": "TR"}
    table["users"] = table["users"].clip(lower=1)
    with pytest.raises(IncomparableError, match="2 periods pooled"):
        access_gap(table, **options)
    pooled = access_gap(table, **options, assume_independent=True)
    assert len(pooled) == 4 * 9
    apart = access_gap(table, by=["period", "origin"], over=["severity"], relative_to="TR")
    assert apart["period"].unique().tolist() == ["2022", "2023"]
