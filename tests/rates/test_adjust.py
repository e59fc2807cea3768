import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from bereik import adjusted_disparity, marginal_standardisation
from bereik.errors import BereikError, InvalidTableError, UnknownNameError

ABOUT = {"synthetic": True, "source": "made up"}
Z = 1.959963984540054
LIMITS = ["value", "lower", "upper"]


def adjusted(table, relative_to="a", by=("origin",), adjust_for=("severity",), **options):
    options |= {"by": list(by), "adjust_for": list(adjust_for), "relative_to": relative_to, "per": 1}
    result = marginal_standardisation(table, **options)
    return result.set_index([by[-1], "measure"])


def disparity(table, need=("severity",), **options):
    result = adjusted_disparity(table, by=["origin"], need=list(need), relative_to="a", per=1, **options)
    return result.set_index("measure")


def counts(users, population, bands=("low", "high"), **more):
    rows = [(group, *cell) for group in users for cell in zip(bands, users[group], population[group], strict=False)]
    return pd.DataFrame(rows, columns=["origin", "severity", "users", "population"]).assign(**ABOUT, **more)


BANDS = ["low", "mild", "high"]
TABLE = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})


def test_counts_give_what_statsmodels_gives_on_persons():
    """Everyone set to each group, averaged over persons; the derivatives of the delta method by small steps."""
    population = {"NL": [259, 211, 67, 29], "TR": [43, 57, 23, 13], "MA": [34, 42, 11, 11]}
    table = counts({"NL": [51, 50, 34, 19], "TR": [4, 10, 8, 7], "MA": [2, 6, 3, 4]}, population, list("0123"))
    result = adjusted(table, "NL")
    persons = table.loc[table.index.repeat(table["population"])]
    cells = np.column_stack([table["users"], table["population"] - table["users"]])
    use = np.repeat(np.tile([1.0, 0.0], len(table)), cells.ravel())
    marks = [persons["origin"] == name for name in ("TR", "MA")] + [persons["severity"] == level for level in "123"]
    matrix = np.column_stack([np.ones(len(persons)), *marks]).astype(float)
    model = sm.Logit(use, matrix).fit(disp=False, tol=1e-12, maxiter=100)

    def on_scale(params):
        """The logits of the rates, the logarithms of the ratios and the differences."""
        rates = []
        for own in ([0, 0], [1, 0], [0, 1]):
            everyone = matrix.copy()
            everyone[:, 1:3] = own
            rates.append((1 / (1 + np.exp(-everyone @ params))).mean())
        rates = np.array(rates)
        return np.concatenate([np.log(rates / (1 - rates)), np.log(rates[1:] / rates[0]), rates[1:] - rates[0]])

    steps = np.eye(len(model.params)) * 1e-5
    slopes = np.array([(on_scale(model.params + h) - on_scale(model.params - h)) / 2e-5 for h in steps])
    half = Z * np.sqrt(np.einsum("pm,pq,qm->m", slopes, model.cov_params(), slopes))
    order = [(group, "adjusted_rate") for group in ("NL", "TR", "MA")]
    order += [(group, f"adjusted_rate_{kind}") for kind in ("ratio", "difference") for group in ("TR", "MA")]
    scaled = result.loc[order, ["lower", "value", "upper"]].to_numpy()
    scaled[:3], scaled[3:5] = np.log(scaled[:3] / (1 - scaled[:3])), np.log(scaled[3:5])
    assert scaled[:, 1] == pytest.approx(on_scale(model.params), rel=1e-8)
    assert np.diff(scaled) == pytest.approx(np.column_stack([half, half]), rel=1e-6)


def test_a_factor_with_one_category_leaves_the_crude_rates():
    result = adjusted(counts({"a": [20], "b": [30]}, {"a": [100], "b": [200]}))
    assert result["value"].tolist() == pytest.approx([0.2, 0.15, 0.75, -0.05])
    assert result["numerator"].tolist() == [20, 30, 30, 30]
    few = adjusted(counts({"a": [5], "b": [6]}, {"a": [100], "b": [200]}))["method"].iloc[0]
    assert "few data: fewer than 10 users, or youths without care, per coefficient" in few
    assert "few data" not in result["method"].iloc[0]
    assert "use on origin; " in few


def test_need_without_two_categories_makes_nothing_equal():
    result = disparity(counts({"a": [20], "b": [30]}, {"a": [100], "b": [200]}), replicates=50)
    assert result["status"].tolist() == ["shown", "undefined", "undefined"]
    assert result.loc["unadjusted_difference", "value"] == pytest.approx(-0.05)
    assert "need: none" in result["method"].iloc[1]


def test_the_bootstrap_of_the_model_agrees_with_the_delta_method():
    delta = adjusted(TABLE).loc[("b", "adjusted_rate_difference"), LIMITS].tolist()
    drawn = disparity(TABLE).loc["fully_adjusted_difference", LIMITS].tolist()
    assert drawn[0] == pytest.approx(delta[0], rel=1e-8)
    assert drawn[1:] == pytest.approx(delta[1:], abs=0.003)


def of(*users, population=(90, 50, 50, 50)):
    """A table of two groups in two bands, of which the users are given."""
    return TABLE.assign(users=users, population=population)


FORMS = pd.concat([of(9, 5, 4, 7).assign(form="x"), of(9, 5, 0, 0).assign(form="y")])
SAME = TABLE.assign(band=TABLE["severity"].map({"low": "one", "high": "two"}))
APART = TABLE[TABLE["severity"] == "low"].assign(school=["one", "two"])
WEIGHTED = TABLE.assign(weighted=True, n_unweighted=1, users_unweighted=1, effective_population=1)


REFUSED = [
    (of(9, 5, 0, 0), {}, InvalidTableError, r"No finite estimate for .*origin\[b\].*no youths or all youths use"),
    (of(9, 5, 50, 50), {}, InvalidTableError, r"No finite estimate for .*origin\[b\]"),
    (of(9, 0, 4, 0), {}, InvalidTableError, r"No finite estimate for .*severity\[high\]"),
    (of(0, 0, 0, 0), {}, InvalidTableError, "No finite estimate for .*intercept"),
    (of(90, 0, 50, 7), {}, InvalidTableError, r"No finite estimate for .*origin\[b\], severity\[high\]"),
    (FORMS, {"by": ["form", "origin"]}, InvalidTableError, "Form y: no finite estimate"),
    (SAME, {"adjust_for": ["severity", "band"]}, InvalidTableError, r"collinear: band\[two\] follows from"),
    (APART, {"adjust_for": ["school"]}, InvalidTableError, r"collinear: school\[two\]"),
    (TABLE, {"relative_to": "x"}, UnknownNameError, "origin 'x'"),
    (WEIGHTED, {}, BereikError, "Weighted counts"),
    (TABLE.assign(group=1), {}, BereikError, "hashed groups of persons"),
]


@pytest.mark.parametrize(("table", "options", "error", "words"), REFUSED)
def test_bad_input_is_refused_and_gives_no_number(table, options, error, words):
    with pytest.raises(error, match=words):
        adjusted(table, **options)


def test_what_disparity_refuses_and_what_is_no_fault():
    with pytest.raises(BereikError, match="need=\\[\\]"):
        disparity(TABLE, need=[], other=["severity"])
    assert adjusted(TABLE.iloc[:3])["value"].notna().all()  # a missing combination by itself is no fault


def test_rank_and_replace_by_hand():
    """Two bands of need, two of income: the group's youths get the reference's need, person by person."""
    levels = [list("ab"), ["low", "high"], ["poor", "rich"]]
    table = pd.MultiIndex.from_product(levels, names=["origin", "need", "income"]).to_frame(index=False)
    n, y = np.array([30, 50, 5, 15, 40, 10, 30, 20]), np.array([3, 4, 3, 7, 3, 1, 12, 7])
    table = table.assign(population=n, users=y, **ABOUT)
    result = disparity(table, need=["need"], other=["income"])
    marks = (table[name] == table[name].iloc[-1] for name in ("origin", "need", "income"))
    matrix = np.column_stack([np.ones(8), *marks])
    outcome = np.column_stack([y, n - y])
    b = sm.GLM(outcome, matrix.astype(float), family=sm.families.Binomial()).fit(tol=1e-12).params

    # a: 80 of 100 low. b: 50 of 100 low, so all of those stay low; of its 50 high, ranks 50-80 become low and 80-100 stay high
    def p(need, income):
        return 1 / (1 + np.exp(-(b[0] + b[1] + b[2] * need + b[3] * income)))

    mean = 40 * p(0, 0) + 10 * p(0, 1) + 30 * (0.6 * p(0, 0) + 0.4 * p(1, 0)) + 20 * (0.6 * p(0, 1) + 0.4 * p(1, 1))
    full = adjusted(table, adjust_for=["need", "income"])["value"].iloc[-1]
    assert result["value"].tolist() == pytest.approx([0.23 - 0.17, mean / 100 - 17 / 100, full])
    assert (result["value"].between(result["lower"], result["upper"], inclusive="neither")).all()


def test_with_need_only_the_group_ends_up_with_the_need_of_the_reference():
    """Then rank-and-replace is the group's predicted use over the reference's bands, ties or not."""
    generator = np.random.default_rng(7)
    levels = {"origin": ["a", "b"], "severity": BANDS, "age": ["4-11", "12-17"]}
    table = pd.MultiIndex.from_product(levels.values(), names=list(levels)).to_frame(index=False).assign(**ABOUT)
    table["population"] = generator.integers(40, 300, 12)
    table["users"] = generator.binomial(table["population"], 0.3)
    result = disparity(table, need=["severity", "age"], replicates=50)
    matrix = sm.add_constant(pd.get_dummies(table[list(levels)], drop_first=True, dtype=float).to_numpy())
    outcome = table[["users", "population"]].assign(population=table["population"] - table["users"])
    model = sm.GLM(outcome.to_numpy(), matrix, family=sm.families.Binomial()).fit(tol=1e-12)
    of_a, (n, y) = matrix[:6].copy(), table.loc[:5, ["population", "users"]].to_numpy(float).T
    of_a[:, 1] = 1  # the reference's cells, as if of the group
    expected = np.average(model.predict(of_a), weights=n) - y.sum() / n.sum()
    assert result.loc["need_adjusted_difference", "value"] == pytest.approx(expected)
