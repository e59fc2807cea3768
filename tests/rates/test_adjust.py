import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.adjust import marginal_standardisation
from bereik.rates.rank_replace import adjusted_disparity, exchanged
from bereik.rates.workings.logistic import coefficients

ABOUT = {"synthetic": True, "source": "made up"}
Z = 1.959963984540054


def adjusted(table, relative_to="a", by="origin", adjust_for=("severity",), **options):
    found = marginal_standardisation(
        table, by=[by], adjust_for=list(adjust_for), relative_to=relative_to, per=1, **options
    )
    return found.set_index([by, "measure"])


def counts(users, population, bands=("low", "high")):
    rows = [
        (group, band, y, n)
        for group in users
        for band, y, n in zip(bands, users[group], population[group], strict=False)
    ]
    return pd.DataFrame(rows, columns=["origin", "severity", "users", "population"]).assign(**ABOUT)


TABLE = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})


def test_counts_give_what_statsmodels_gives_on_persons():
    """Everyone set to each group, averaged over persons; the derivatives of the delta method by small steps."""
    table = counts({"NL": [51, 50, 34, 19], "TR": [4, 10, 8, 7], "MA": [2, 6, 3, 4]},
                   {"NL": [259, 211, 67, 29], "TR": [43, 57, 23, 13], "MA": [34, 42, 11, 11]}, list("0123"))  # fmt: skip
    result = adjusted(table, "NL")
    persons = table.loc[table.index.repeat(table["population"])]
    use = np.concatenate(
        [[1.0] * y + [0.0] * (n - y) for y, n in zip(table["users"], table["population"], strict=True)]
    )
    parts = [persons["origin"] == name for name in ("TR", "MA")] + [persons["severity"] == level for level in "123"]
    matrix = np.column_stack([np.ones(len(persons)), *parts]).astype(float)
    model = sm.Logit(use, matrix).fit(disp=False, tol=1e-12, maxiter=100)

    def rates(params):
        set_to = {"NL": [0, 0], "TR": [1, 0], "MA": [0, 1]}
        everyone = [
            np.column_stack([matrix[:, :1], np.tile(own, (len(use), 1)), matrix[:, 3:]]) for own in set_to.values()
        ]
        return np.array([(1 / (1 + np.exp(-one @ params))).mean() for one in everyone])

    def error(function):
        steps = np.eye(len(model.params)) * 1e-5
        slope = np.array([(function(model.params + h) - function(model.params - h)) / 2e-5 for h in steps])
        return (slope @ model.cov_params() @ slope) ** 0.5

    for at, group in enumerate(("NL", "TR", "MA")):
        rate = rates(model.params)[at]
        value, lower, upper = result.loc[(group, "adjusted_rate"), ["value", "lower", "upper"]]
        assert value == pytest.approx(rate, rel=1e-8)
        logit = [np.log(one / (1 - one)) for one in (lower, value, upper)]
        half = Z * error(lambda params, at=at: np.log(rates(params)[at] / (1 - rates(params)[at])))
        assert np.diff(logit) == pytest.approx([half, half], rel=1e-6)
    for at, group in ((1, "TR"), (2, "MA")):
        value, lower, upper = result.loc[(group, "adjusted_rate_ratio"), ["value", "lower", "upper"]]
        half = Z * error(lambda params, at=at: np.log(rates(params)[at] / rates(params)[0]))
        assert np.diff(np.log([lower, value, upper])) == pytest.approx([half, half], rel=1e-6)
        value, lower, upper = result.loc[(group, "adjusted_rate_difference"), ["value", "lower", "upper"]]
        assert value == pytest.approx(rates(model.params)[at] - rates(model.params)[0], rel=1e-8)
        half = Z * error(lambda params, at=at: rates(params)[at] - rates(params)[0])
        assert [value - lower, upper - value] == pytest.approx([half, half], rel=1e-6)


def test_a_factor_with_one_category_leaves_the_crude_rates():
    result = adjusted(counts({"a": [20], "b": [30]}, {"a": [100], "b": [200]}))
    assert result["value"].tolist() == pytest.approx([0.2, 0.15, 0.75, -0.05])
    assert result["numerator"].tolist() == [20, 30, 30, 30]
    few = adjusted(counts({"a": [5], "b": [6]}, {"a": [100], "b": [200]}))["method"].iloc[0]
    assert "few data: 11 users or youths without care for 2 coefficients" in few
    assert "few data" not in result["method"].iloc[0]


def test_many_replicates_are_fitted_as_statsmodels_fits_each():
    generator = np.random.default_rng(1)
    matrix = np.column_stack([np.ones(24), np.tile([0, 1], 12), np.repeat([0, 1, 2], 8), generator.normal(size=24)])
    population = generator.integers(5, 400, (6, 24)).astype(float)
    users = generator.binomial(population.astype(int), 0.02 + 0.5 * generator.random(24)).astype(float)
    found = coefficients(matrix, users, population)
    for row in range(6):
        outcome = np.column_stack([users[row], population[row] - users[row]])
        expected = sm.GLM(outcome, matrix, family=sm.families.Binomial()).fit(tol=1e-12).params
        assert found[row] == pytest.approx(expected, rel=1e-7)


def test_a_replicate_without_users_in_a_group_predicts_no_use_there():
    matrix = np.array([[1.0, 0], [1, 1]])
    found = coefficients(matrix, np.array([[20.0, 0], [20, 30]]), np.array([[100.0, 100], [100, 100]]))
    predicted = 1 / (1 + np.exp(-found @ matrix.T))
    assert predicted[0] == pytest.approx([0.2, 0], abs=1e-9)
    assert predicted[1] == pytest.approx([0.2, 0.3])


@pytest.mark.parametrize(("users", "named"), [
    ({"a": [9, 5], "b": [0, 0]}, r"origin\[b\]"), ({"a": [9, 5], "b": [50, 50]}, r"origin\[b\]"),
    ({"a": [9, 0], "b": [4, 0]}, r"severity\[high\]"), ({"a": [0, 0], "b": [0, 0]}, "intercept"),
    ({"a": [90, 0], "b": [50, 7]}, r"origin\[b\], severity\[high\]"),
])  # fmt: skip
def test_separation_is_explained_and_gives_no_number(users, named):
    table = counts(users, {"a": [90, 50], "b": [50, 50]})
    with pytest.raises(InvalidTableError, match=f"No finite estimate for .*{named}.*no youths or all youths use care"):
        adjusted(table)


def test_the_part_with_the_fault_is_named():
    table = pd.concat([TABLE.assign(form="x"), TABLE.assign(form="y", users=[9, 5, 0, 0])])
    with pytest.raises(InvalidTableError, match="Form y: no finite estimate"):
        marginal_standardisation(table, by=["form", "origin"], adjust_for=["severity"], relative_to="a")


def test_collinear_factors_are_named():
    same = TABLE.assign(band=TABLE["severity"].map({"low": "one", "high": "two"}))
    with pytest.raises(InvalidTableError, match=r"collinear: band\[two\] follows from the other coefficients"):
        adjusted(same, adjust_for=["severity", "band"])
    apart = counts({"a": [9], "b": [4]}, {"a": [90], "b": [50]}).assign(school=["one", "two"])
    with pytest.raises(InvalidTableError, match=r"collinear: school\[two\]"):
        adjusted(apart, adjust_for=["school"])
    assert adjusted(TABLE.iloc[:3])["value"].notna().all()  # a missing combination by itself is no fault


cell = st.tuples(st.integers(1, 60), st.integers(1, 60)).map(lambda pair: (sum(pair), pair[1]))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(cell, min_size=6, max_size=6))
def test_points_do_not_depend_on_rows_halves_or_scale_and_swapping_inverts(cells):
    population, users = np.array(cells).T
    table = counts(
        {"a": users[:3], "b": users[3:]}, {"a": population[:3], "b": population[3:]}, ["low", "mild", "high"]
    )
    result = adjusted(table)
    points = result["value"].tolist()
    halves = pd.concat([table.assign(half=1), table.assign(half=2)])
    assert adjusted(halves, adjust_for=["severity", "half"])["value"].tolist() == pytest.approx(points, rel=1e-6)
    scaled = table.assign(users=5 * table["users"], population=5 * table["population"])
    for same in (table.iloc[::-1], scaled):
        assert adjusted(same).loc[result.index, "value"].tolist() == pytest.approx(points, rel=1e-6)
    swapped = adjusted(table, "b")["value"]
    assert swapped[("a", "adjusted_rate_ratio")] == pytest.approx(1 / result.loc[("b", "adjusted_rate_ratio"), "value"])
    assert swapped[("a", "adjusted_rate_difference")] == pytest.approx(
        -result.loc[("b", "adjusted_rate_difference"), "value"]
    )
    need = {"need": ["severity"], "replicates": 50, "per": 1}
    order = [
        adjusted_disparity(one, by=["origin"], relative_to="a", **need)["value"].tolist()
        for one in (table, table.iloc[::-1], scaled)
    ]
    assert order[1] == pytest.approx(order[0], rel=1e-6, abs=1e-9)
    assert order[2] == pytest.approx(order[0], rel=1e-6, abs=1e-9)


def test_hidden_and_empty_groups_take_no_part():
    table = counts({"a": [90, 50], "b": [40, 200], "c": [5, 5], "d": [0, 0]},
                   {"a": [900, 100], "b": [500, 500], "c": [50, 50], "d": [0, 0]})  # fmt: skip
    table = table.astype({"users": "Float64", "population": "Float64"}).assign(status="shown")
    table.loc[4, ["users", "population"]] = pd.NA
    table.loc[4, "status"] = "suppressed"
    result = adjusted(table)
    columns = ["value", "lower", "upper", "numerator", "denominator"]
    alone = adjusted(TABLE)[columns].to_numpy()
    assert result.loc[["a", "b"], columns].to_numpy() == pytest.approx(alone)
    assert set(result.loc["c", "status"]) == {"suppressed"}
    assert set(result.loc["d", "status"]) == {"no_population"}
    assert result.loc[["c", "d"], "value"].isna().all()
    reference = adjusted(table, "c")
    assert set(reference["status"]) == {"suppressed", "no_population"}
    disparity = adjusted_disparity(table, by=["origin"], need=["severity"], relative_to="a", replicates=50).set_index(
        "origin"
    )
    assert disparity["status"].to_dict() == {"b": "shown", "c": "suppressed", "d": "no_population"}
    hidden = adjusted_disparity(table, by=["origin"], need=["severity"], relative_to="c", replicates=50)
    assert set(hidden["status"]) == {"suppressed", "no_population"}


def test_thirty_groups_and_several_parts():
    generator = np.random.default_rng(6)
    population = {f"g{at}": generator.integers(50, 300, 3) for at in range(30)}
    table = counts({name: generator.binomial(n, [0.1, 0.2, 0.5]) for name, n in population.items()}, population, "xyz")
    result = adjusted(table, "g5")
    assert len(result) == 30 + 2 * 29
    both = marginal_standardisation(
        pd.concat([table.assign(form="x"), table.assign(form="y")]),
        by=["form", "origin"], adjust_for=["severity"], relative_to="g5", per=1,
    )  # fmt: skip
    assert both["value"].tolist() == result["value"].tolist() * 2


def test_bad_input_is_refused():
    with pytest.raises(UnknownNameError, match="origin 'x'"):
        adjusted(TABLE, "x")
    with pytest.raises(MissingColumnError, match="age"):
        adjusted(TABLE, adjust_for=["age"])
    with pytest.raises(BereikError, match="name each column once"):
        adjusted(TABLE, adjust_for=["origin"])
    weighted = TABLE.assign(weighted=True, n_unweighted=1, users_unweighted=1, effective_population=1)
    with pytest.raises(BereikError, match="Weighted counts"):
        adjusted(weighted)
    with pytest.raises(BereikError, match="at least one of them in `need`"):
        adjusted_disparity(TABLE, by=["origin"], need=[], other=["severity"], relative_to="a")


def test_rank_and_replace_by_hand():
    """Two bands of need, two of income: the group's youths get the reference's need, person by person."""
    bands = [(need, income) for need in ("low", "high") for income in ("poor", "rich")]
    population = {"a": [30, 50, 5, 15], "b": [40, 10, 30, 20]}
    users = {"a": [3, 4, 3, 7], "b": [3, 1, 12, 7]}
    rows = [(g, *band, y, n) for g in "ab" for band, y, n in zip(bands, users[g], population[g], strict=True)]
    table = pd.DataFrame(rows, columns=["origin", "need", "income", "users", "population"]).assign(**ABOUT)
    result = adjusted_disparity(
        table, by=["origin"], need=["need"], other=["income"], relative_to="a", per=1
    ).set_index("measure")
    group = np.repeat([0.0, 1.0], 4)
    high, rich = np.tile([0.0, 0, 1, 1], 2), np.tile([0.0, 1, 0, 1], 2)
    n, y = table["population"].to_numpy(float), table["users"].to_numpy(float)
    b = (
        sm.GLM(
            np.column_stack([y, n - y]), np.column_stack([np.ones(8), group, high, rich]), family=sm.families.Binomial()
        )
        .fit(tol=1e-12)
        .params
    )

    # a: 80 of 100 low. b: 50 of 100 low, so all of those stay low; of its 50 high, ranks 50-80 become low and 80-100 stay high
    def p(need, income):
        return 1 / (1 + np.exp(-(b[0] + b[1] + b[2] * need + b[3] * income)))

    mean = 40 * p(0, 0) + 10 * p(0, 1) + 30 * (0.6 * p(0, 0) + 0.4 * p(1, 0)) + 20 * (0.6 * p(0, 1) + 0.4 * p(1, 1))
    assert result.loc["need_adjusted_difference", "value"] == pytest.approx(mean / 100 - 17 / 100)
    assert result.loc["unadjusted_difference", "value"] == pytest.approx(0.23 - 0.17)
    full = marginal_standardisation(table, by=["origin"], adjust_for=["need", "income"], relative_to="a", per=1)
    assert result.loc["fully_adjusted_difference", "value"] == pytest.approx(full["value"].iloc[-1])
    assert (result["lower"] < result["value"]).all()
    assert (result["value"] < result["upper"]).all()


def test_ties_share_ranks_and_the_group_ends_up_with_the_distribution_of_the_reference():
    generator = np.random.default_rng(7)
    index = np.round(generator.normal(size=(5, 12)), 0)  # many ties between profiles
    own, reference = (generator.dirichlet(np.ones(12), 5) for _ in range(2))
    own[:, 3] = 0
    own /= own.sum(axis=1, keepdims=True)
    shares = exchanged(index, own, reference)
    assert shares.sum(axis=2) == pytest.approx(np.where(own > 0, 1, 0))
    assert np.einsum("rd,rde->re", own, shares) == pytest.approx(reference)
    same = index[:, :, None] == index[:, None, :]
    rows = shares[:, :, None, :] - shares[:, None, :, :]
    both = same & (own > 0)[:, :, None] & (own > 0)[:, None, :]
    assert np.abs(rows[both]).max() < 1e-12  # equal need is treated equally


def test_equal_need_leaves_the_crude_difference():
    table = counts({"a": [90, 50], "b": [30, 40]}, {"a": [900, 100], "b": [450, 50]})
    result = adjusted_disparity(table, by=["origin"], need=["severity"], relative_to="a", per=1).set_index("measure")
    assert result.loc["need_adjusted_difference", "value"] == pytest.approx(
        result.loc["unadjusted_difference", "value"]
    )


def test_hashed_groups_of_persons_are_drawn_together():
    generator = np.random.default_rng(14)
    frames = [
        counts({"a": generator.binomial([90, 40], [0.1, 0.5]), "b": generator.binomial([50, 50], [0.1, 0.4])},
               {"a": [90, 40], "b": [50, 50]}).assign(group=at)
        for at in range(30)
    ]  # fmt: skip
    once = pd.concat(frames, ignore_index=True)
    twice = once.assign(users=2 * once["users"], population=2 * once["population"])
    columns = ["value", "lower", "upper"]
    with pytest.raises(BereikError, match="hashed groups of persons"):
        adjusted(once)  # its interval takes all counts as other persons
    need = {"by": ["origin"], "need": ["severity"], "relative_to": "a", "replicates": 200}
    one, two = (adjusted_disparity(table, **need)[columns] for table in (once, twice))
    assert two.to_numpy() == pytest.approx(one.to_numpy(), rel=1e-6)


def test_periods_are_not_pooled_as_if_they_had_other_youths():
    table = pd.concat([TABLE.assign(period=period) for period in ("2022", "2023")])
    options = {"adjust_for": ["severity", "period"]}
    with pytest.raises(BereikError, match="2 periods pooled"):
        adjusted(table, **options)
    assert adjusted(table, **options, assume_independent=True)["value"].notna().all()
    with pytest.raises(BereikError, match="2 periods pooled"):
        adjusted_disparity(table, by=["origin"], need=["severity"], other=["period"], relative_to="a")
