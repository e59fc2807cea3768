"""Expected use: by hand, from a model that is known, and without the bias of a youth's own use."""

import numpy as np
import pandas as pd
import pytest

from bereik import access_gap, expected_use
from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError

MADE_UP = {"synthetic": True, "source": "individual data: made up"}


@pytest.mark.parametrize("name", ["origin", "origin_scheme", "generation", "herkomst", "Origin_group"])
def test_the_origin_is_refused_as_need(name):
    counts = pd.DataFrame({"severity": ["low", "high"], name: "a", "population": 9, "users": 2} | MADE_UP)
    with pytest.raises(BereikError, match="do not tell the origin"):
        expected_use(counts, need=["severity", name], by=["severity"])


def ten_groups(**more):
    """Users 10 to 19 of 100 in the low band of each hashed group, 20 to 29 of 50 in the high band."""
    rows = [("low", group, 100, 10 + group) for group in range(10)]
    rows += [("high", group, 50, 20 + group) for group in range(10)]
    table = pd.DataFrame(rows, columns=["severity", "group", "population", "users"])
    return table.assign(origin="a", **MADE_UP | more)


def test_expected_use_is_that_of_the_other_groups_by_hand():
    found = expected_use(ten_groups(), need=["severity"], by=["severity"], bands=2)
    # one factor: the model gives back the rates of the nine other groups: 145 and 245 users in all groups together
    low, high = [(145 - 10 - group) / 900 for group in range(10)], [(245 - 20 - group) / 450 for group in range(10)]
    assert found["expected_use"].tolist() == pytest.approx(low + high)
    assert found["severity"].tolist() == ["low"] * 10 + ["high"] * 10
    assert found["group"].tolist() == [*range(10)] * 2
    assert found["expected_band"].tolist() == [1] * 10 + [2] * 10
    assert found["expected_band"].cat.ordered
    assert found["note"].unique().tolist() == [""]
    assert found["users"].tolist() == [*range(10, 20), *range(20, 30)]
    assert found["synthetic"].all()


def test_a_need_that_is_care_is_noted():
    for name, noted in {"medication": True, "parent_ggz": True, "special_education": False, "childcare": False}.items():
        note = expected_use(ten_groups().rename(columns={"severity": name}), need=[name], by=["origin"])["note"]
        assert note.str.contains(f"measured by care itself ({name}), which hides", regex=False).eq(noted).all()


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
    sums = found.assign(expected=found["expected_use"] * found["population"]).groupby(list(LEVELS), observed=True)
    sums = sums[["expected", "population"]].sum()
    true = truth.groupby(list(LEVELS))["truth"].first().to_numpy()
    # four standard errors of the intercept and slopes
    assert np.abs((sums["expected"] / sums["population"]).to_numpy() / true - 1).max() < 0.02
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
        fitted.append(band_contrast(expected_use(counts, need=["severity"], by=["origin"])))
        cells = counts.groupby("severity")[["population", "users"]].sum()
        rates = (cells["users"] / cells["population"]).rank(method="first")
        in_sample.append(band_contrast(cells.assign(expected_band=pd.qcut(rates, 5, labels=False))))
    error = np.std(fitted) / np.sqrt(len(fitted))
    assert np.mean(in_sample) > 0.1  # bands by the rates themselves: a steep gradient out of nothing
    assert abs(np.mean(fitted)) < 3 * error < 0.03


GROUPS = ten_groups()
TWO = GROUPS.query("group < 2")
YEARS = TWO.assign(year=[2016, 2017] * 2)


@pytest.mark.parametrize(
    ("counts", "change", "error", "message"),
    [
        (GROUPS, {"bands": 1}, BereikError, "bands=1"),
        (GROUPS, {"need": ["severity", "severity"]}, BereikError, "different columns"),
        (GROUPS, {"need": ["severty"]}, MissingColumnError, "'severity'"),
        (GROUPS, {"by": ["municipality"]}, MissingColumnError, "municipality"),
        (TWO, {}, InvalidTableError, "2 groups"),
        (GROUPS.assign(users=[10] * 10 + [0] * 10), {}, InvalidTableError, "'severity' at 'high' has no users"),
        (GROUPS.assign(form=["help"] * 10 + ["stay"] * 10), {}, IncomparableError, "form"),
        (YEARS.drop(columns="group"), {}, IncomparableError, "Several values of year"),
    ],
)
def test_counts_that_cannot_be_divided_and_wrong_options_are_refused(counts, change, error, message):
    with pytest.raises(error, match=message):
        expected_use(counts, **{"need": ["severity"], "by": ["origin"]} | change)


def test_years_together_are_divided_by_groups_of_persons():
    assert len(expected_use(GROUPS.assign(year=[2016, 2017] * 10), need=["severity"], by=["origin"]))


def three_groups(**more):
    levels = [["a", "b", "c"], ["low", "high"], ["young", "old"]]
    table = pd.MultiIndex.from_product(levels, names=["origin", "severity", "age"]).to_frame(index=False)
    population = [400, 300, 200, 100, 300, 300, 200, 200, 100, 200, 100, 200]
    return table.assign(population=population, users=[40, 45, 80, 50, 20, 30, 60, 70, 15, 30, 45, 90], **MADE_UP | more)


def test_a_group_with_a_hidden_count_stays_hidden_and_takes_no_part():
    counts = three_groups()
    of_c = counts["origin"] == "c"
    hidden = counts.assign(status=np.where(of_c & (counts["age"] == "old"), "hidden", "shown"))
    hidden[["population", "users"]] = hidden[["population", "users"]].where(hidden["status"] == "shown")
    found, alone = (expected_use(table, need=["severity", "age"], by=["origin"]) for table in (hidden, counts[~of_c]))
    columns = ["population", "users", "expected_use"]
    shown = found["origin"] != "c"
    assert found.loc[shown, columns].to_numpy(float).tolist() == alone[columns].to_numpy(float).tolist()
    assert found.loc[~shown, "status"].tolist() == ["hidden"]
    gap = access_gap(found, by=["origin"], over=["expected_band"], relative_to="a", on_empty="pool")
    assert set(gap.loc[gap["origin"] == "c", "status"]) == {"hidden"}
    assert gap.loc[gap["origin"] == "b", "status"].eq("shown").all()
    nothing = hidden.assign(status="hidden", population=np.nan, users=np.nan)
    assert expected_use(nothing, need=["age"], by=["origin"])["status"].tolist() == ["hidden"] * 3


def test_circumstances_that_do_not_vary_make_nobody_equal():
    counts = three_groups(of=range(12), severity="low+high", age="0-22")
    found = expected_use(counts, need=["severity", "age"], by=["origin"])
    assert found["expected_band"].unique().tolist() == ["1+2+3+4+5"]
    gap = access_gap(found, by=["origin"], over=["expected_band"], relative_to="a").set_index("measure")
    assert gap.loc["rate_ratio_at_equal_severity", "status"].eq("undefined").all()


def test_weights_stay_with_the_persons_who_are_dealt():
    plain = three_groups()
    weighted = plain.assign(
        weighted=True,
        n_unweighted=plain["population"],
        users_unweighted=plain["users"],
        population=plain["population"] * 3,  # each user weighs 2, and so the others a little more than 3
        users=plain["users"] * 2,
        effective_population=plain["population"] / 2,
    )
    one, two = (expected_use(table, need=["severity", "age"], by=["origin"]) for table in (plain, weighted))
    assert two["n_unweighted"].tolist() == one["population"].tolist()
    assert two["users"].tolist() == pytest.approx((2 * one["users"]).tolist())
    sums = two.groupby("origin", observed=True)["population"].sum()
    assert sums.tolist() == pytest.approx(weighted.groupby("origin")["population"].sum().tolist())
    assert (two["effective_population"] < two["n_unweighted"]).all()
