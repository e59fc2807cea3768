import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from bereik.errors import BereikError, InvalidTableError
from bereik.rates.gradient import severity_gradient

ABOUT = {"synthetic": True, "source": "made up"}
BANDS = ["low", "mild", "moderate", "severe"]


def counts(users, population):
    rows = [
        (group, band, y, n)
        for group in users
        for band, y, n in zip(BANDS, users[group], population[group], strict=False)
    ]
    return pd.DataFrame(rows, columns=["origin", "severity", "users", "population"]).assign(**ABOUT)


def gradient(table, **options):
    return severity_gradient(table, by=["origin"], over=["severity"], per=1, **options)


TABLE = counts({"a": [90, 30, 50], "b": [40, 60, 200]}, {"a": [900, 100, 100], "b": [500, 200, 400]})


def test_slope_and_difference_by_hand():
    # both groups: 1400, 300 and 500 of 2200; mid-ridits 700 / 2200, 1550 / 2200 and 1950 / 2200
    ridits = np.array([700, 1550, 1950]) / 2200
    n, y = np.array([500, 200, 400]), np.array([40, 60, 200])
    centred = ridits - (n * ridits).sum() / 1100
    result = gradient(TABLE).set_index(["origin", "measure"])
    slope = (centred * y).sum() / (n * centred**2).sum()
    assert result.loc[("b", "severity_gradient"), "value"] == pytest.approx(slope)
    p = y / n
    half = 1.959963984540054 * np.sqrt((n * centred**2 * p * (1 - p)).sum()) / (n * centred**2).sum()
    assert result.loc[("b", "severity_gradient"), ["lower", "upper"]].tolist() == pytest.approx(
        [slope - half, slope + half]
    )
    assert result.loc[("b", "use_difference_highest_lowest"), "value"] == pytest.approx(200 / 400 - 40 / 500)
    assert result.loc[("b", "severity_gradient"), ["numerator", "denominator"]].tolist() == [300, 1100]


def test_the_slope_is_that_of_a_regression_on_youths_with_robust_errors():
    # statsmodels WLS on users and others with HC0 errors: the variance within bands around the line adds to it, so the
    # slope is equal, and with two bands (the line goes through both) the variance too
    ridits = np.array([0.35, 0.85])
    users, population = np.array([90, 60]), np.array([700, 300])
    table = counts({"a": users, "b": [0, 0]}, {"a": population, "b": [7000, 3000]})
    fit = sm.WLS(
        np.tile([1.0, 0.0], 2), sm.add_constant(np.repeat(ridits, 2)),
        weights=np.column_stack([users, population - users]).ravel(),
    ).fit()  # fmt: skip
    persons = sm.OLS(
        np.repeat(np.tile([1.0, 0.0], 2), np.column_stack([users, population - users]).ravel()),
        sm.add_constant(np.repeat(ridits, population)),
    ).fit(cov_type="HC0")  # fmt: skip
    row = gradient(table).iloc[0]
    assert row["value"] == pytest.approx(fit.params[1])
    assert (row["upper"] - row["lower"]) / 2 / 1.959963984540054 == pytest.approx(persons.bse[1])


def test_the_difference_has_the_interval_of_newcombe():
    # R 4.5.0: ratesci 1.0.0 moverci(contrast="RD", type="wilson") for 56 of 70 minus 48 of 80
    result = gradient(counts({"a": [48, 56]}, {"a": [80, 70]})).set_index("measure")
    assert result.loc["use_difference_highest_lowest", ["lower", "upper"]].tolist() == pytest.approx(
        [0.0524314724023649, 0.333872654036906], rel=1e-8
    )


cell = st.tuples(st.integers(1, 50), st.integers(0, 50)).map(lambda pair: (sum(pair), pair[1]))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(cell, min_size=6, max_size=6))
def test_points_do_not_depend_on_rows_groups_split_or_scale(cells):
    population, users = np.array(cells).T
    table = counts({"a": users[:3], "b": users[3:]}, {"a": population[:3], "b": population[3:]})
    points = gradient(table)["value"].tolist()
    categories = {"severity": pd.CategoricalDtype(BANDS[:3]), "origin": pd.CategoricalDtype(["a", "b"])}
    assert gradient(table.astype(categories).iloc[::-1])["value"].tolist() == pytest.approx(points)
    scaled = table.assign(users=5 * table["users"], population=5 * table["population"])
    assert gradient(scaled)["value"].tolist() == pytest.approx(points)
    swapped = gradient(table.assign(origin=table["origin"].map({"a": "b", "b": "a"})))
    assert swapped["value"].tolist() == pytest.approx(points)  # order of appearance: b first


def test_splitting_a_group_in_identical_halves_changes_nothing():
    half = counts({"a": [45, 15, 25], "b": [20, 30, 100]}, {"a": [450, 50, 50], "b": [250, 100, 200]})
    four = pd.concat([half, half.assign(origin=half["origin"] + " too")])
    assert gradient(four)["value"].tolist() == pytest.approx(gradient(TABLE)["value"].tolist() * 2)


def test_no_use_full_use_and_one_band():
    result = gradient(counts({"a": [0, 0], "b": [50, 20]}, {"a": [50, 50], "b": [50, 20]})).set_index(
        ["origin", "measure"]
    )
    for group in "ab":
        assert result.loc[(group, "severity_gradient"), "value"] == pytest.approx(0, abs=1e-12)
        assert np.isnan(result.loc[(group, "severity_gradient"), "lower"])
        assert result.loc[(group, "severity_gradient"), "method"].startswith("no interval: nothing varies")
        assert result.loc[(group, "use_difference_highest_lowest"), "upper"] > 0
    one = gradient(counts({"a": [5], "b": [6]}, {"a": [50], "b": [50]}))
    assert (one["status"] == "undefined").all()
    assert one["value"].isna().all()


def test_thirty_groups_parts_and_hidden_groups():
    generator = np.random.default_rng(4)
    population = {f"g{at}": generator.integers(20, 90, 4) for at in range(30)}
    table = counts({name: generator.binomial(n, 0.3) for name, n in population.items()}, population)
    result = gradient(table)
    assert len(result) == 60
    both = severity_gradient(
        pd.concat([table.assign(form="x"), table.assign(form="y")]), by=["form", "origin"], over=["severity"], per=1
    )
    assert both["value"].tolist() == pytest.approx(result["value"].tolist() * 2)
    hidden = table.astype({"users": "Float64", "population": "Float64"}).assign(status="shown")
    hidden.loc[5, ["users", "population"]] = pd.NA
    hidden.loc[5, "status"] = "suppressed"
    some = gradient(hidden)
    assert set(some.loc[some["origin"] == "g1", "status"]) == {"suppressed"}
    without = gradient(table[table["origin"] != "g1"])
    assert some.loc[some["origin"] == "g2", "value"].tolist() == pytest.approx(
        without.loc[without["origin"] == "g2", "value"].tolist()
    )


def test_bad_input_is_refused():
    with pytest.raises(BereikError, match="a list of one column"):
        severity_gradient(TABLE, by=["origin"], over=["severity", "age"])
    with pytest.raises(InvalidTableError, match="a in moderate"):
        gradient(TABLE.drop(index=2))
    weighted = TABLE.assign(
        weighted=True, n_unweighted=1, users_unweighted=1, effective_population=TABLE["population"] / 4
    )
    assert gradient(weighted)["value"].tolist() == pytest.approx(gradient(TABLE)["value"].tolist())
    width, other = ((one["upper"] - one["lower"]).iloc[0] for one in (gradient(weighted), gradient(TABLE)))
    assert width == pytest.approx(2 * other)
