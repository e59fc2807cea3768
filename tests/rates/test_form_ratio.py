import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, IncomparableError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.rates.forms import form_ratio
from bereik.tables import RESULT_COLUMNS

FORMS = ["care_in_kind", "without_residence", "with_residence"]
# Haaglanden 2017, CBS StatLine 82965NED: youths with care in kind, without residence, with residence.
HAAGLANDEN = {"nederlands": (17350, 16665, 1390), "westers": (3290, 3105, 275), "niet_westers": (9925, 9160, 1015)}


def care(groups=HAAGLANDEN, forms=FORMS, **more):
    rows = [
        {"origin": origin, "form": form, "youths": count}
        for origin, counted in groups.items()
        for form, count in zip(forms, counted, strict=True)
    ]
    table = pd.DataFrame(rows).assign(period="2017", synthetic=False, source="CBS StatLine 82965NED", **more)
    return table.assign(status=np.where(table["youths"].isna(), "not_published", "shown"))


def with_residence(table, **more):
    settings = {"by": ["period"], "relative_to": "nederlands"} | more
    return form_ratio(table, "with_residence", **settings)


def of(results, measure):
    return results[results["measure"] == measure].set_index("origin")


def test_haaglanden_2017_by_hand():
    results = with_residence(care())
    assert of(results, "form_index")["value"].tolist() == pytest.approx([8.34083, 8.85668, 11.08079], abs=1e-5)
    assert of(results, "form_share")["value"].tolist() == pytest.approx(
        [100 * 1390 / 17350, 100 * 275 / 3290, 100 * 1015 / 9925]
    )
    ratio = of(results, "form_index_ratio").loc["niet_westers"]
    # (1015 / 9160) / (1390 / 16665) = 1.328499; se = sqrt(1/1015 + 1/9160 + 1/1390 + 1/16665) = 0.0432877
    assert ratio["value"] == pytest.approx(1.328499, abs=1e-6)
    factor = np.exp(1.959964 * 0.0432877)
    assert (ratio["lower"], ratio["upper"]) == pytest.approx((1.328499 / factor, 1.328499 * factor), abs=1e-5)
    assert ratio["relative_to"] == "nederlands"


def test_intervals_equal_those_of_independent_tools():
    results = with_residence(care())
    # The four-count log interval is Woolf's for an odds ratio: statsmodels 0.15.0, Table2x2([[1015, 9160], [1390, 16665]]).
    index = of(results, "form_index_ratio").loc["niet_westers", ["lower", "upper"]].tolist()
    assert index == pytest.approx([1.2204347194830725, 1.446130941795587], rel=1e-8)
    # statsmodels 0.15.0, confint_proportions_2indep(1015, 9925, 1390, 17350, compare="ratio", method="log")
    share = of(results, "form_share_ratio").loc["niet_westers", ["lower", "upper"]].tolist()
    assert share == pytest.approx([1.181813350498558, 1.3787690298329884], rel=1e-8)
    # scipy 1.17.1, binomtest(275, 3290).proportion_ci(method="wilson")
    share = of(results, "form_share").loc["westers", ["lower", "upper"]].tolist()
    assert share == pytest.approx([7.460808182701938, 9.353645874810228], rel=1e-8)


def test_the_interval_of_an_index_by_hand():
    row = of(with_residence(care()), "form_index").loc["westers"]
    # 100 * 275 / 3105 = 8.856683; se = sqrt(1/275 + 1/3105) = 0.0629129
    factor = np.exp(1.959964 * 0.0629129)
    assert (row["lower"], row["upper"]) == pytest.approx((8.856683 / factor, 8.856683 * factor), abs=1e-4)


def test_a_row_explains_itself_and_its_value_is_numerator_over_denominator():
    results = with_residence(care())
    assert results.columns.tolist() == ["period", "origin", "form", *RESULT_COLUMNS]
    multiplier = np.where(results["measure"].str.endswith("_ratio"), 1, 100)
    assert results["value"].tolist() == pytest.approx(
        (multiplier * results["numerator"] / results["denominator"]).tolist()
    )
    per = results.groupby("measure", sort=False)["per"].unique().str[0].to_dict()
    assert per == {
        "form_index": "100 youths in care without residence",
        "form_share": "100 youths with care in kind",
        "form_index_ratio": "ratio",
        "form_share_ratio": "ratio",
    }
    assert results["method"].str.endswith("notional superpopulation").all()
    assert set(results["form"]) == {"with_residence"}


def test_rows_come_by_measure_then_by_then_group_in_their_declared_order():
    table = pd.concat([care().assign(region="Z"), care().assign(region="A")])
    table["origin"] = pd.Categorical(table["origin"], ["niet_westers", "westers", "nederlands"], ordered=True)
    results = with_residence(table.sample(frac=1, random_state=1).sort_values("region", ascending=False), by=["region"])
    assert results["measure"].drop_duplicates().tolist() == [
        "form_index", "form_share", "form_index_ratio", "form_share_ratio",
    ]  # fmt: skip
    index = results[results["measure"] == "form_index"]
    assert index["region"].tolist() == ["Z"] * 3 + ["A"] * 3
    assert index["origin"].tolist() == ["niet_westers", "westers", "nederlands"] * 2


def test_rounding_bounds_are_the_extremes():
    results = with_residence(care(rounded_to=5))
    index = of(results, "form_index").loc["nederlands"]
    bounds = (index["lower_rounding"], index["upper_rounding"])
    assert bounds == pytest.approx((100 * 1387.5 / 16667.5, 100 * 1392.5 / 16662.5))
    ratio = of(results, "form_share_ratio").loc["westers"]
    low = (272.5 / 3292.5) / (1392.5 / 17347.5)
    high = (277.5 / 3287.5) / (1387.5 / 17352.5)
    assert (ratio["lower_rounding"], ratio["upper_rounding"]) == pytest.approx((low, high))
    assert with_residence(care())[["lower_rounding", "upper_rounding"]].isna().all(axis=None)


def test_a_share_is_at_most_100_whatever_the_rounding_allows_and_an_index_is_not():
    results = with_residence(care({"nederlands": (10, 5, 10), "westers": (20, 5, 20)}, rounded_to=5))
    assert of(results, "form_share")["upper_rounding"].tolist() == [100, 100]
    assert of(results, "form_index").loc["nederlands", "upper_rounding"] == pytest.approx(100 * 12.5 / 2.5)


def test_rounding_bounds_hold_every_ratio_that_the_rounding_allows():
    random = np.random.default_rng(3)
    small = {"nederlands": (60, 40, 15), "westers": (25, 20, 5)}
    row = of(with_residence(care(small, rounded_to=5)), "form_index_ratio").loc["westers"]
    steps = random.uniform(-2.5, 2.5, size=(1000, 4))
    ratios = ((5 + steps[:, 0]) / (20 + steps[:, 1])) / ((15 + steps[:, 2]) / (40 + steps[:, 3]))
    assert row["lower_rounding"] <= ratios.min()
    assert row["upper_rounding"] >= ratios.max()


def test_a_hidden_count_hides_what_is_made_of_it_and_nothing_else():
    results = with_residence(care(HAAGLANDEN | {"westers": (3290, 3105, None)}, rounded_to=5))
    hidden = results["status"] == "not_published"
    assert set(results.loc[hidden, "origin"]) == {"westers"}
    assert hidden.sum() == 4
    assert results.loc[hidden, ["value", "lower", "upper", "lower_rounding", "upper_rounding"]].isna().all(axis=None)
    results = with_residence(care(HAAGLANDEN | {"westers": (3290, None, 275)}))
    assert set(results.loc[results["status"] == "not_published", "measure"]) == {"form_index", "form_index_ratio"}


def test_a_hidden_reference_hides_every_ratio():
    results = with_residence(care(HAAGLANDEN | {"nederlands": (17350, 16665, None)}))
    assert (results.loc[results["measure"].str.endswith("_ratio"), "status"] == "not_published").all()


def test_a_zero_denominator_and_a_zero_reference_are_undefined():
    results = with_residence(care(HAAGLANDEN | {"westers": (50, 0, 50)}))
    assert of(results, "form_index").loc["westers", "status"] == "undefined"
    assert of(results, "form_index_ratio").loc["westers", "status"] == "undefined"
    assert of(results, "form_share").loc["westers", "value"] == 100
    results = with_residence(care(HAAGLANDEN | {"nederlands": (17350, 16665, 0)}))
    assert (of(results, "form_index_ratio")["status"] == "undefined").all()
    assert of(results, "form_index").loc["nederlands", "value"] == 0


def test_a_count_of_zero_has_an_upper_limit_that_is_right():
    row = of(with_residence(care(HAAGLANDEN | {"westers": (45, 40, 0)})), "form_index").loc["westers"]
    # Given 40 in all, no youth with the form: p <= 1 - 0.025^(1/40) = 0.0880973, so the index <= 100 p / (1 - p).
    p = 1 - 0.025 ** (1 / 40)
    assert (row["value"], row["lower"]) == (0, 0)
    assert row["upper"] == pytest.approx(100 * p / (1 - p))
    assert "exact conditional binomial" in row["method"]


def test_a_ratio_of_zero_has_no_upper_limit_and_says_why():
    row = of(with_residence(care(HAAGLANDEN | {"westers": (45, 40, 0)})), "form_share_ratio").loc["westers"]
    assert (row["value"], row["lower"]) == (0, 0)
    assert np.isnan(row["upper"])
    assert "no upper limit" in row["method"]


def test_two_shares_of_100_have_no_interval_of_width_zero():
    row = of(with_residence(care({"nederlands": (10, 5, 10), "westers": (20, 5, 20)})), "form_share_ratio").loc[
        "westers"
    ]
    assert row["value"] == 1
    assert row[["lower", "upper"]].isna().all()
    assert "both shares are 100" in row["method"]


def test_groups_that_contain_the_reference_or_are_part_of_it_get_no_ratio():
    groups = HAAGLANDEN | {"total": (31215, 29570, 2745), "met_migratieachtergrond": (13215, 12265, 1290)}
    assert of(with_residence(care(groups)), "form_index_ratio").index.tolist() == [
        "westers", "niet_westers", "met_migratieachtergrond",
    ]  # fmt: skip
    results = with_residence(care(groups, origin_scheme="migratieachtergrond"), relative_to="niet_westers")
    assert of(results, "form_share_ratio").index.tolist() == ["nederlands", "westers"]
    assert len(of(results, "form_share")) == 5
    with pytest.raises(IncomparableError, match="can be compared with 'total'"):
        with_residence(care(groups), relative_to="total")


@pytest.mark.parametrize(
    "form", ["without_residence", "care_in_kind", "youth_help", "youth_care", "neighbourhood_team"]
)
def test_a_denominator_is_refused_as_a_form(form):
    with pytest.raises(BereikError, match=f"form '{form}' is a denominator"):
        form_ratio(care(), form, by=["period"], relative_to="nederlands")


def test_a_form_below_one_of_the_three_is_taken_and_named_by_its_code():
    table = care(forms=["care_in_kind", "without_residence", "foster_care"])
    results = form_ratio(table, "Pleegzorg", by=["period"], relative_to="nederlands")
    assert set(results["form"]) == {"foster_care"}


@pytest.mark.parametrize(
    ("change", "settings", "error", "words"),
    [
        ({}, {"relative_to": "nederland"}, UnknownNameError, "did you mean 'nederlands'"),
        ({"period": ["2017", "2017H1"] * 4 + ["2017"]}, {}, IncomparableError, "half-year and year"),
        ({"period": ["2017", "2016"] * 4 + ["2017"]}, {"by": []}, IncomparableError, "mixes period"),
        ({"origin_scheme": ["herkomst"] + ["migratieachtergrond"] * 8}, {}, IncomparableError, "mixes origin_scheme"),
        ({"origin_scheme": "migratie"}, {}, UnknownNameError, "Unknown origin scheme 'migratie'"),
        ({"synthetic": [True] + [False] * 8}, {}, IncomparableError, "mixes synthetic"),
        ({"origin": "nederlands"}, {}, InvalidTableError, "more than once"),
        ({"form": ["care_in_kind", "without_residence", "probation"] * 3}, {}, UnknownNameError, "'with_residence'"),
        ({"form": FORMS * 2 + ["care_in_kind", "without_residence", "probation"]}, {}, InvalidTableError, "not both"),
        ({"youths": [10, 10, 11] * 3}, {}, InvalidTableError, "More youths with 'with_residence'"),
        ({"youths": [10, 10, -1] * 3}, {}, InvalidTableError, "negative count in youths"),
        ({"youths": [10, 10, None] * 3}, {}, InvalidTableError, "missing count in youths"),
        ({"status": "hidden"}, {}, UnknownNameError, "Unknown status"),
        ({}, {"by": ["regio"]}, MissingColumnError, "'regio'"),
        ({}, {"confidence": 95}, BereikError, "confidence"),
    ],
)
def test_what_does_not_belong_together_is_refused(change, settings, error, words):
    table = care()
    for name, values in change.items():
        table[name] = values
    with pytest.raises(error, match=words):
        with_residence(table, **settings)


def test_a_combination_without_the_reference_is_refused():
    table = pd.concat([care().assign(region="A"), care().assign(region="B")])
    table = table[~((table["region"] == "B") & (table["origin"] == "nederlands"))]
    with pytest.raises(InvalidTableError, match="no reference 'nederlands' for: .*region='B'"):
        with_residence(table, by=["region"])


def test_no_region_by_is_one_combination():
    assert len(with_residence(care(), by=[])) == 3 + 3 + 2 + 2


def simulated(overlap):
    """2,000 regions; each youth is in the form, in care without residence, or (with this probability) in both."""
    random, number = np.random.default_rng(20171), 2000
    rows = []
    for origin, only_form, only_without in (("nederlands", 60, 900), ("niet_westers", 45, 500)):
        both = random.poisson(overlap, number)
        form, without = random.poisson(only_form, number) + both, random.poisson(only_without, number) + both
        counts = {"care_in_kind": form + without - both, "without_residence": without, "with_residence": form}
        for name, youths in counts.items():
            rows.append(pd.DataFrame({"region": range(number), "origin": origin, "form": name, "youths": youths}))
    table = pd.concat(rows, ignore_index=True).assign(status="shown", synthetic=True, source="simulated")
    return with_residence(table, by=["region"])


def covered(results, measure, truth, origin="niet_westers"):
    rows = results[(results["measure"] == measure) & (results["origin"] == origin)]
    return ((rows["lower"] <= truth) & (truth <= rows["upper"])).mean()


def test_intervals_hold_the_known_truth_in_95_percent_of_simulated_regions():
    # Monte Carlo error with 2,000 regions: sqrt(0.95 * 0.05 / 2000) = 0.005; three of them either way.
    results = simulated(overlap=0)
    assert covered(results, "form_index", 100 * 45 / 500) == pytest.approx(0.95, abs=0.015)
    assert covered(results, "form_index_ratio", (45 / 500) / (60 / 900)) == pytest.approx(0.95, abs=0.015)
    assert covered(results, "form_share", 100 * 45 / 545) == pytest.approx(0.95, abs=0.015)
    assert covered(results, "form_share_ratio", (45 / 545) / (60 / 960)) == pytest.approx(0.95, abs=0.015)


def test_the_interval_of_the_index_is_conservative_when_forms_overlap():
    results = simulated(overlap=150)
    assert covered(results, "form_index", 100 * 195 / 650) > 0.97
    assert covered(results, "form_share", 100 * 195 / 695) == pytest.approx(0.95, abs=0.015)
