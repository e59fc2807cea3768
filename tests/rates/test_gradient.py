import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from bereik import severity_gradient
from bereik.errors import BereikError, InvalidTableError

BANDS = ["low", "mild", "moderate", "severe"]
Z = 1.959963984540054
SLOPE, DIFFERENCE = "severity_gradient", "use_difference_highest_lowest"


def counts(users, population):
    rows = [(group, *cell) for group in users for cell in zip(BANDS, users[group], population[group], strict=False)]
    made = pd.DataFrame(rows, columns=["origin", "severity", "users", "population"])
    return made.assign(severity=pd.Categorical(made["severity"], BANDS, ordered=True), synthetic=True, source="made up")


def gradient(table, by=("origin",), over=("severity",)):
    return severity_gradient(table, by=list(by), over=list(over), per=1)


TABLE = counts({"a": [90, 30, 50], "b": [40, 60, 200]}, {"a": [900, 100, 100], "b": [500, 200, 400]})


def test_slope_and_difference_by_hand():
    # both groups: 1400, 300 and 500 of 2200; mid-ridits 700 / 2200, 1550 / 2200 and 1950 / 2200
    ridits, n, y = np.array([700, 1550, 1950]) / 2200, np.array([500, 200, 400]), np.array([40, 60, 200])
    centred, p = ridits - (n * ridits).sum() / 1100, y / n
    slope = (centred * y).sum() / (n * centred**2).sum()
    half = Z * np.sqrt((n * centred**2 * p * (1 - p)).sum()) / (n * centred**2).sum()
    result = gradient(TABLE).set_index(["origin", "measure"]).loc["b"]
    figures = result.loc[SLOPE, ["value", "lower", "upper", "numerator", "denominator"]].tolist()
    assert figures == pytest.approx([slope, slope - half, slope + half, 300, 1100])
    assert result.loc[DIFFERENCE, "value"] == pytest.approx(200 / 400 - 40 / 500)


def test_the_slope_is_that_of_a_regression_on_youths_with_robust_errors():
    # statsmodels OLS on youths with HC0 errors: the variance within bands around the line adds to it, so the slope is
    # equal, and with two bands (the line goes through both) the variance too
    population = np.array([700, 300])
    cells = np.array([[90, 610], [60, 240]])  # users and others
    use, ridits = np.repeat([1.0, 0, 1, 0], cells.ravel()), np.repeat([0.35, 0.85], population)
    persons = sm.OLS(use, sm.add_constant(ridits)).fit(cov_type="HC0")
    row = gradient(counts({"a": cells[:, 0], "b": [0, 0]}, {"a": population, "b": 10 * population})).iloc[0]
    assert [row["value"], (row["upper"] - row["lower"]) / 2 / Z] == pytest.approx([persons.params[1], persons.bse[1]])


def test_the_difference_has_the_interval_of_newcombe():
    # R 4.5.0: ratesci 1.0.0 moverci(contrast="RD", type="wilson") for 56 of 70 minus 48 of 80
    limits = gradient(counts({"a": [48, 56]}, {"a": [80, 70]})).set_index("measure").loc[DIFFERENCE, ["lower", "upper"]]
    assert limits.tolist() == pytest.approx([0.0524314724023649, 0.333872654036906], rel=1e-8)


def test_no_use_full_use_and_one_band():
    result = gradient(counts({"a": [0, 0], "b": [50, 20]}, {"a": [50, 50], "b": [50, 20]})).set_index("measure")
    assert result.loc[SLOPE, "value"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert result.loc[SLOPE, "lower"].isna().all()
    assert result.loc[SLOPE, "method"].str.startswith("no interval: nothing varies").all()
    assert (result.loc[DIFFERENCE, "upper"] > 0).all()
    one = gradient(counts({"a": [5], "b": [6]}, {"a": [50], "b": [50]}))
    assert (one["status"] == "undefined").all()
    assert one["value"].isna().all()


def test_bad_input_is_refused():
    with pytest.raises(BereikError, match="a list of one column"):
        gradient(TABLE, over=["severity", "age"])
    with pytest.raises(InvalidTableError, match="a in moderate"):
        gradient(TABLE.drop(index=2))
