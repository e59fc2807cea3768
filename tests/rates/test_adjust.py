import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from bereik import adjusted_disparity
from bereik.errors import BereikError, InvalidTableError

ABOUT = {"synthetic": True, "source": "made up"}
Z = 1.959963984540054
LIMITS = ["value", "lower", "upper"]


FULL = "fully_adjusted_difference"


def disparity(table, need=("severity",), by=("origin",), **options):
    options = {"relative_to": "a", "per": 1, "replicates": 50} | options
    return adjusted_disparity(table, by=list(by), need=list(need), **options).set_index("measure")


def counts(users, population, bands=("low", "high"), **more):
    rows = [(group, *cell) for group in users for cell in zip(bands, users[group], population[group], strict=False)]
    return pd.DataFrame(rows, columns=["origin", "severity", "users", "population"]).assign(**ABOUT, **more)


BANDS = ["low", "mild", "high"]
TABLE = counts({"a": [90, 50], "b": [40, 200]}, {"a": [900, 100], "b": [500, 500]})


def test_everyone_set_to_each_group_is_what_statsmodels_gives_on_persons():
    """The difference averaged over persons, and its limits by the delta method with derivatives by small steps."""
    population = {"a": [259, 211, 67, 29], "TR": [430, 570, 230, 130], "MA": [340, 420, 110, 110]}
    table = counts({"a": [51, 50, 34, 19], "TR": [40, 100, 80, 70], "MA": [20, 60, 30, 40]}, population, list("0123"))
    result = disparity(table, replicates=2000).loc[FULL].set_index("origin")[LIMITS]
    persons = table.loc[table.index.repeat(table["population"])]
    cells = np.column_stack([table["users"], table["population"] - table["users"]])
    use = np.repeat(np.tile([1.0, 0.0], len(table)), cells.ravel())
    marks = [persons["origin"] == name for name in ("TR", "MA")] + [persons["severity"] == level for level in "123"]
    matrix = np.column_stack([np.ones(len(persons)), *marks]).astype(float)
    model = sm.Logit(use, matrix).fit(disp=False, tol=1e-12, maxiter=100)

    def differences(params):
        rates = []
        for own in ([0, 0], [1, 0], [0, 1]):
            everyone = matrix.copy()
            everyone[:, 1:3] = own
            rates.append((1 / (1 + np.exp(-everyone @ params))).mean())
        return np.array(rates[1:]) - rates[0]

    steps = np.eye(len(model.params)) * 1e-5
    slopes = np.array([(differences(model.params + h) - differences(model.params - h)) / 2e-5 for h in steps])
    half = Z * np.sqrt(np.einsum("pm,pq,qm->m", slopes, model.cov_params(), slopes))
    assert result["value"].to_numpy() == pytest.approx(differences(model.params), rel=1e-8)
    assert result["lower"].to_numpy() == pytest.approx(differences(model.params) - half, abs=0.005)
    assert result["upper"].to_numpy() == pytest.approx(differences(model.params) + half, abs=0.005)


def test_need_without_two_categories_makes_nothing_equal():
    result = disparity(counts({"a": [20], "b": [30]}, {"a": [100], "b": [200]}))
    assert result["status"].tolist() == ["shown", "undefined", "undefined"]
    assert result.loc["unadjusted_difference", "value"] == pytest.approx(-0.05)
    assert "need: none" in result["method"].iloc[1]
    assert "few data" not in result["method"].iloc[1]
    few = disparity(counts({"a": [5], "b": [6]}, {"a": [100], "b": [200]}))["method"].iloc[1]
    assert "use on origin; few data: fewer than 10 users, or youths without care, per coefficient" in few


def of(*users, population=(90, 50, 50, 50)):
    """A table of two groups in two bands, of which the users are given."""
    return TABLE.assign(users=users, population=population)


FORMS = pd.concat([of(9, 5, 4, 7).assign(form="x"), of(9, 5, 0, 0).assign(form="y")])
SAME = TABLE.assign(band=TABLE["severity"].map({"low": "one", "high": "two"}))
APART = TABLE[TABLE["severity"] == "low"].assign(school=["one", "two"])


REFUSED = [
    (of(9, 5, 0, 0), {}, InvalidTableError, r"No finite estimate for .*origin\[b\].*no youths or all youths use"),
    (of(9, 5, 50, 50), {}, InvalidTableError, r"No finite estimate for .*origin\[b\]"),
    (of(9, 0, 4, 0), {}, InvalidTableError, r"No finite estimate for .*severity\[high\]"),
    (of(0, 0, 0, 0), {}, InvalidTableError, "No finite estimate for .*intercept"),
    (of(90, 0, 50, 7), {}, InvalidTableError, r"No finite estimate for .*origin\[b\], severity\[high\]"),
    (FORMS, {"by": ["form", "origin"]}, InvalidTableError, "Form y: no finite estimate"),
    (SAME, {"need": ["severity", "band"]}, InvalidTableError, r"collinear: band\[two\] follows from"),
    (APART, {"need": ["school"]}, InvalidTableError, r"collinear: school\[two\]"),
    (TABLE, {"need": [], "other": ["severity"]}, BereikError, r"need=\[\]"),
    (TABLE.assign(group=1), {}, BereikError, "hashed groups of persons"),
]


@pytest.mark.parametrize(("table", "options", "error", "words"), REFUSED)
def test_bad_input_is_refused_and_gives_no_number(table, options, error, words):
    with pytest.raises(error, match=words):
        disparity(table, **options)


def test_a_missing_combination_by_itself_is_no_fault():
    assert disparity(TABLE.iloc[:3])["value"].notna().all()


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
    assert result["value"].iloc[:2].tolist() == pytest.approx([0.23 - 0.17, mean / 100 - 17 / 100])
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
