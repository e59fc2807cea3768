import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError
from bereik.severity.expected import expected_use
from bereik.severity.risk import RISK_BANDS, risk_count

FACTORS = ["risk_debt", "risk_detention", "risk_moves", "risk_violence"]
MADE_UP = {"synthetic": True, "source": "individual data: made up"}


def youths():
    rows = [
        [False, False, False, False],
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
        [True, None, True, True],
        [None, None, None, None],
    ]
    return pd.DataFrame(rows, columns=FACTORS).astype("boolean")


def listed(column):
    return [None if pd.isna(value) else value for value in column]


def test_the_number_of_risk_factors_by_hand():
    found = risk_count(youths(), factors=FACTORS)
    assert listed(found["risk_count"]) == [0, 1, 2, 3, 4, None, None]
    assert listed(found["risk_band"]) == ["0", "1", "2", "3+", "3+", None, None]
    assert set(found["risk_band"].dropna()) == set(RISK_BANDS)
    lowest = risk_count(youths(), factors=FACTORS, missing="absent")
    assert listed(lowest["risk_count"]) == [0, 1, 2, 3, 4, 3, 0]
    assert "risk_note" not in found


def test_every_engine_counts_the_same():
    polars = pl.DataFrame({name: listed(column) for name, column in youths().items()})
    lazy = risk_count(polars.lazy(), factors=FACTORS)
    relation = risk_count(duckdb.from_df(youths()), factors=FACTORS)
    assert isinstance(lazy, pl.LazyFrame)
    assert isinstance(relation, duckdb.DuckDBPyRelation)
    by_pandas = risk_count(youths(), factors=FACTORS)
    expected = list(zip(listed(by_pandas["risk_count"]), listed(by_pandas["risk_band"]), strict=True))
    assert lazy.collect().select("risk_count", "risk_band").rows() == expected
    assert relation.select("risk_count", "risk_band").fetchall() == expected


def test_a_factor_that_is_care_is_noted_or_refused():
    data = youths().rename(columns={"risk_debt": "risk_parent_ggz", "risk_moves": "probation"})
    factors = ["risk_parent_ggz", "probation", "risk_detention"]
    note = risk_count(data, factors=factors)["risk_note"]
    assert note.unique().tolist() == [
        "need is measured by care itself (risk_parent_ggz, probation), which hides unequal access: "
        "show the result without it as well"
    ]
    with pytest.raises(BereikError, match="hides unequal access"):
        risk_count(data, factors=factors, on_care="raise")
    schooling = youths().rename(columns={"risk_debt": "risk_special_education", "risk_moves": "risk_childcare"})
    assert "risk_note" not in risk_count(schooling, factors=["risk_special_education", "risk_childcare"])


def test_wrong_factors():
    with pytest.raises(BereikError, match="'risk_debt' holds Object.*astype"):
        risk_count(youths().astype(object), factors=FACTORS)
    with pytest.raises(BereikError, match="booleans"):
        risk_count(pd.DataFrame({"risk_debt": [0, 1]}), factors=["risk_debt"])
    with pytest.raises(MissingColumnError, match="risk_depts.*'risk_debt'"):
        risk_count(youths(), factors=["risk_depts"])
    for wrong in ([], "risk_debt", ["risk_debt", "risk_debt"]):
        with pytest.raises(BereikError, match="different columns"):
            risk_count(youths(), factors=wrong)
    for options in ({"missing": "zero"}, {"on_care": "warn"}):
        with pytest.raises(BereikError, match="choose one"):
            risk_count(youths(), factors=FACTORS, **options)


@pytest.mark.parametrize("name", ["origin", "origin_scheme", "generation", "herkomst", "Origin_group"])
def test_the_origin_is_refused_as_need(name):
    counts = pd.DataFrame({"severity": ["low", "high"], name: "a", "population": 9, "users": 2} | MADE_UP)
    with pytest.raises(BereikError, match="do not tell the origin"):
        expected_use(counts, need=["severity", name], by=["severity"])


def two_groups(**more):
    rows = [("low", 0, 100, 10), ("low", 1, 100, 20), ("high", 0, 50, 30), ("high", 1, 50, 20)]
    table = pd.DataFrame(rows, columns=["severity", "group", "population", "users"])
    return table.assign(origin="a", **MADE_UP | more)


def test_expected_use_is_that_of_the_other_groups_by_hand():
    found = expected_use(two_groups(), need=["severity"], by=["severity"], folds=2, bands=2)
    # one factor: the model gives back the rates of the other group: 20/100 and 20/50 for group 0, 10/100 and 30/50 for 1
    assert found["expected_use"].round(9).tolist() == [0.2, 0.1, 0.4, 0.6]
    assert found[["severity", "group"]].astype(str).agg(" ".join, axis=1).tolist() == [
        "low 0",
        "low 1",
        "high 0",
        "high 1",
    ]
    assert found["expected_band"].tolist() == [1, 1, 2, 2]
    assert found["expected_band"].cat.ordered
    assert found["note"].unique().tolist() == [""]
    assert (found["users"].tolist(), found["population"].tolist()) == ([10, 20, 30, 20], [100, 100, 50, 50])
    assert found["synthetic"].all()


def test_a_need_that_is_care_is_noted_or_refused():
    counts = two_groups().rename(columns={"severity": "medication"})
    options = {"need": ["medication"], "by": ["origin"], "folds": 2}
    assert expected_use(counts, **options)["note"].str.contains("by care itself .medication.").all()
    with pytest.raises(BereikError, match="hides unequal access"):
        expected_use(counts, **options, on_care="raise")


def drawn(seed, population, logit, levels, gap=0.0, evenness=5.0):
    """Draw counts of two origins with known use: the logit of each combination, and a gap in access for origin b."""
    generator = np.random.default_rng(seed)
    table = pd.MultiIndex.from_product([*levels.values(), ["a", "b"]], names=[*levels, "origin"]).to_frame(index=False)
    table["truth"] = 1 / (1 + np.exp(-(logit(table) + gap * (table["origin"] == "b"))))
    size = generator.multinomial(population, generator.dirichlet(np.full(len(table), evenness)))
    counts = table.assign(population=size, users=generator.binomial(size, table["truth"]), **MADE_UP)
    return counts.drop(columns="truth"), table


LEVELS = {"severity": [0, 1, 2, 3], "debt": [0, 1], "age": [0, 1, 2]}


def logit_of(table):
    return -3.5 + 0.8 * table["severity"] + 0.5 * table["debt"] + 0.2 * table["age"]


def test_a_known_model_without_origin_is_recovered():
    counts, truth = drawn(3, 1_000_000, logit_of, LEVELS)
    found = expected_use(counts, need=list(LEVELS), by=list(LEVELS))
    mean = found.groupby(list(LEVELS), observed=True)[["population", "expected_use"]].apply(
        lambda part: np.average(part["expected_use"], weights=part["population"])
    )
    known = truth.groupby(list(LEVELS))["truth"].first()
    assert (
        np.abs(mean.to_numpy() / known.to_numpy() - 1).max() < 0.02
    )  # four standard errors of the intercept and slopes
    assert (found["users"].sum(), found["population"].sum()) == (counts["users"].sum(), 1_000_000)


def test_bands_rise_hold_about_a_fifth_each_and_keep_users_and_origins():
    counts, _ = drawn(4, 500_000, logit_of, LEVELS, gap=-0.7)
    found = expected_use(counts, need=list(LEVELS), by=["origin"])
    bands = found.groupby("expected_band", observed=True)[["population", "users"]].sum()
    assert bands.index.tolist() == [1, 2, 3, 4, 5]
    assert (bands["users"] / bands["population"]).is_monotonic_increasing
    assert (bands["population"] / 500_000).between(0.1, 0.3).all()
    for _, part in found.groupby("origin", observed=True):
        assert part["expected_use"].is_monotonic_increasing
    kept = found.groupby("origin", observed=True)[["population", "users"]].sum()
    assert kept.equals(counts.groupby("origin")[["population", "users"]].sum().set_axis(kept.index))


@pytest.mark.parametrize(("gap", "crude"), [(0.0, 0.87), (-0.7, 0.49)])
def test_use_at_equal_expected_use_comes_near_the_truth(gap, crude):
    from bereik.estimates.gap import access_gap

    counts, truth = drawn(4, 500_000, logit_of, LEVELS, gap=gap)
    wide = truth.assign(size=counts["population"]).pivot(index=list(LEVELS), columns="origin", values=["truth", "size"])
    shares = (wide["size"] / wide["size"].sum()).mean(axis=1)  # the standard of access_gap(standard="pair_mean")
    known = (shares @ wide["truth"]["b"]) / (shares @ wide["truth"]["a"])
    # five bands leave some difference in circumstances within the bands, twenty little; sampling error is about 1 %
    for bands, within in ((5, 0.05), (20, 0.025)):
        found = expected_use(counts, need=list(LEVELS), by=["origin"], bands=bands)
        options = {"by": ["origin"], "over": ["expected_band"], "relative_to": "a", "standard": "pair_mean"}
        ratios = access_gap(found, **options).set_index("measure")["value"]
        assert ratios["crude_rate_ratio"] == pytest.approx(crude, abs=0.01)  # far from the truth
        assert ratios["rate_ratio_at_equal_severity"] == pytest.approx(known, rel=within)


def band_contrast(table):
    """Give use in the highest fifth minus use in the lowest."""
    sums = table.groupby("expected_band", observed=True)[["population", "users"]].sum()
    rates = sums["users"] / sums["population"]
    return rates.iloc[-1] - rates.iloc[0]


def test_cross_fitting_removes_the_bias_by_own_use():
    # need says nothing: everyone's use is 30 %, in 40 combinations of about 50 youths of each origin
    def nothing(table):
        return np.full(len(table), np.log(3 / 7))

    fitted, in_sample = [], []
    for seed in range(25):
        counts, _ = drawn(seed, 4000, nothing, {"severity": range(40)}, evenness=50)
        fitted.append(band_contrast(expected_use(counts, need=["severity"], by=["origin"], folds=4, seed=seed)))
        cells = counts.groupby("severity")[["population", "users"]].sum()
        rates = (cells["users"] / cells["population"]).rank(method="first")
        in_sample.append(band_contrast(cells.assign(expected_band=pd.qcut(rates, 5, labels=False))))
    error = np.std(fitted) / np.sqrt(len(fitted))
    assert np.mean(in_sample) > 0.1  # bands by the rates themselves: a steep gradient out of nothing
    assert abs(np.mean(fitted)) < 3 * error < 0.03


def test_the_same_seed_gives_the_same_table():
    counts, _ = drawn(5, 20_000, logit_of, LEVELS)
    options = {"need": list(LEVELS), "by": ["origin"]}
    first, second = (expected_use(counts, seed=1, **options) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(expected_use(counts, seed=2, **options))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"folds": 1}, BereikError, "folds=1"),
        ({"bands": 1}, BereikError, "bands=1"),
        ({"folds": 3}, InvalidTableError, "2 groups"),
        ({"need": ["severity", "severity"]}, BereikError, "different columns"),
        ({"need": ["severty"]}, MissingColumnError, "'severity'"),
        ({"by": ["municipality"]}, MissingColumnError, "municipality"),
    ],
)
def test_wrong_options(change, error, message):
    with pytest.raises(error, match=message):
        expected_use(two_groups(), **{"need": ["severity"], "by": ["origin"], "folds": 2} | change)


def test_tables_that_cannot_be_divided():
    options = {"need": ["severity"], "by": ["origin"], "folds": 2}
    with pytest.raises(InvalidTableError, match="Weighted"):
        expected_use(two_groups(weighted=True), **options)
    hidden = two_groups(status=["suppressed", "shown", "shown", "shown"])
    hidden[["population", "users"]] = hidden[["population", "users"]].astype("Int64")
    hidden.loc[0, ["population", "users"]] = pd.NA
    with pytest.raises(InvalidTableError, match="1 hidden"):
        expected_use(hidden, **options)
    with pytest.raises(InvalidTableError, match="'severity' at 'high' has 0 users"):
        expected_use(two_groups(users=[10, 20, 0, 0]), **options)
    with pytest.raises(IncomparableError, match="form"):
        expected_use(two_groups(form=["help", "help", "stay", "stay"]), **options)
    years = two_groups(year=[2016, 2017, 2016, 2017])
    assert len(expected_use(years, **options))
    with pytest.raises(IncomparableError, match="Several values of year"):
        expected_use(years.drop(columns="group"), **options)
