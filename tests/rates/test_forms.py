import numpy as np
import pandas as pd
import pytest

from bereik import form_ratio
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError

DENOMINATORS = ["without_residence", "care_in_kind", "youth_care", "neighbourhood_team"]
FORMS = ["care_in_kind", "without_residence", "with_residence"]
# Haaglanden 2017, CBS StatLine 82965NED: youths with care in kind, without residence, with residence.
HAAGLANDEN = {"nederlands": (17350, 16665, 1390), "westers": (3290, 3105, 275), "niet_westers": (9925, 9160, 1015)}


def care(groups=HAAGLANDEN, forms=FORMS, **more):
    rows = [(origin, *pair) for origin in groups for pair in zip(forms, groups[origin], strict=True)]
    table = pd.DataFrame(rows, columns=["origin", "form", "youths"])
    table = table.assign(period="2017", synthetic=False, source="CBS StatLine 82965NED", **more)
    return table.assign(status=np.where(table["youths"].isna(), "not_published", "shown"))


def with_residence(table, form="with_residence", by=("period",), relative_to="nederlands", **options):
    return form_ratio(table, form, by=list(by), relative_to=relative_to, **options)


def of(results, measure, origin=slice(None)):
    return results[results["measure"] == measure].set_index("origin").loc[origin]


def changed(origin, *youths, **more):
    return with_residence(care(HAAGLANDEN | {origin: youths}, **more))


def test_haaglanden_2017_by_hand():
    results = with_residence(care())
    assert of(results, "form_index")["value"].tolist() == pytest.approx([8.34083, 8.85668, 11.08079], abs=1e-5)
    shares = [100 * 1390 / 17350, 100 * 275 / 3290, 100 * 1015 / 9925]
    assert of(results, "form_share")["value"].tolist() == pytest.approx(shares)
    # (1015 / 9160) / (1390 / 16665) = 1.328499; se = sqrt(1/1015 + 1/9160 + 1/1390 + 1/16665) = 0.0432877
    ratio, factor = of(results, "form_index_ratio", "niet_westers"), np.exp(1.959964 * 0.0432877)
    limits = [1.328499, 1.328499 / factor, 1.328499 * factor]
    assert ratio[["value", "lower", "upper"]].tolist() == pytest.approx(limits, abs=1e-5)


CASES = [
    # The four-count log interval is Woolf's for an odds ratio: statsmodels 0.15.0, Table2x2([[1015, 9160], [1390, 16665]]).
    ("form_index_ratio", "niet_westers", [1.2204347194830725, 1.446130941795587]),
    # statsmodels 0.15.0, confint_proportions_2indep(1015, 9925, 1390, 17350, compare="ratio", method="log")
    ("form_share_ratio", "niet_westers", [1.181813350498558, 1.3787690298329884]),
    # scipy 1.17.1, binomtest(275, 3290).proportion_ci(method="wilson")
    ("form_share", "westers", [7.460808182701938, 9.353645874810228]),
]


@pytest.mark.parametrize(("measure", "origin", "limits"), CASES)
def test_intervals_equal_those_of_independent_tools(measure, origin, limits):
    row = of(with_residence(care()), measure, origin)
    assert row[["lower", "upper"]].tolist() == pytest.approx(limits, rel=1e-8)


def test_rounding_bounds_are_the_extremes():
    results, bounds = with_residence(care(rounded_to=5)), ["lower_rounding", "upper_rounding"]
    index = of(results, "form_index", "nederlands")[bounds]
    assert index.tolist() == pytest.approx([100 * 1387.5 / 16667.5, 100 * 1392.5 / 16662.5])
    low, high = (272.5 / 3292.5) / (1392.5 / 17347.5), (277.5 / 3287.5) / (1387.5 / 17352.5)
    assert of(results, "form_share_ratio", "westers")[bounds].tolist() == pytest.approx([low, high])
    none = changed("nederlands", 17350, 16665, 2, rounded_to=5)
    assert of(none, "form_index_ratio")["upper_rounding"].isna().all()  # the reference may be 0
    few = with_residence(care({"nederlands": (10, 5, 10), "westers": (20, 5, 20)}, rounded_to=5))
    assert of(few, "form_share")["upper_rounding"].tolist() == [100, 100]  # a share, unlike an index, is at most 100
    assert with_residence(care())[bounds].isna().all(axis=None)


def test_a_hidden_count_hides_what_is_made_of_it_and_nothing_else():
    hidden = changed("westers", 3290, 3105, None, rounded_to=5).query("status == 'not_published'")
    assert hidden["origin"].tolist() == ["westers"] * 4
    assert hidden[["value", "lower", "upper", "lower_rounding", "upper_rounding"]].isna().all(axis=None)
    hidden = changed("westers", 3290, None, 275).query("status == 'not_published'")
    assert set(hidden["measure"]) == {"form_index", "form_index_ratio"}
    results = changed("nederlands", 17350, 16665, None)
    assert (results.loc[results["measure"].str.endswith("_ratio"), "status"] == "not_published").all()


def test_a_zero_denominator_and_a_zero_reference_are_undefined():
    statuses = changed("westers", 50, 0, 50).set_index(["origin", "measure"]).loc["westers", "status"].to_dict()
    assert [name for name, status in statuses.items() if status == "undefined"] == ["form_index", "form_index_ratio"]
    results = changed("nederlands", 17350, 16665, 0)
    assert (of(results, "form_index_ratio")["status"] == "undefined").all()
    assert of(results, "form_index", "nederlands")["value"] == 0


def test_a_count_of_zero_has_an_upper_limit_that_is_right():
    results = changed("westers", 45, 40, 0)
    # Given 40 in all, no youth with the form: p <= 1 - 0.025^(1/40) = 0.0880973, so the index <= 100 p / (1 - p).
    p = 1 - 0.025 ** (1 / 40)
    limits = of(results, "form_index", "westers")[["value", "lower", "upper"]].tolist()
    assert limits == pytest.approx([0, 0, 100 * p / (1 - p)])
    ratio = of(results, "form_share_ratio", "westers")
    assert ratio[["value", "lower"]].tolist() == [0, 0]
    assert np.isnan(ratio["upper"])
    assert "no upper limit" in ratio["method"]
    both = of(with_residence(care({"nederlands": (10, 5, 10), "westers": (20, 5, 20)})), "form_share_ratio", "westers")
    assert both["value"] == 1
    assert both[["lower", "upper"]].isna().all()
    assert "both shares are 100" in both["method"]


WHOLES = HAAGLANDEN | {"total": (31215, 29570, 2745), "met_migratieachtergrond": (13215, 12265, 1290)}


def test_groups_that_contain_the_reference_or_are_part_of_it_get_no_ratio():
    compared = of(with_residence(care(WHOLES)), "form_index_ratio").index.tolist()
    assert compared == ["westers", "niet_westers", "met_migratieachtergrond"]
    results = with_residence(care(WHOLES, origin_scheme="migratieachtergrond"), relative_to="niet_westers")
    assert of(results, "form_share_ratio").index.tolist() == ["nederlands", "westers"]
    assert len(of(results, "form_share")) == 5
    lower = with_residence(care(forms=["care_in_kind", "without_residence", "foster_care"]), "Pleegzorg")
    assert set(lower["form"]) == {"foster_care"}  # named by its code


ORIGINS = ["total"] * 3 + ["nederlands"] * 3 + ["westers"] * 3


REFUSED = [
    *[({}, {"form": form}, BereikError, f"form '{form}' is a denominator") for form in DENOMINATORS],
    ({}, {"relative_to": "nederland"}, UnknownNameError, "did you mean 'nederlands'"),
    ({"period": ["2017", "2017H1"] * 4 + ["2017"]}, {}, IncomparableError, "half-year and year"),
    ({"period": ["2017", "2016"] * 4 + ["2017"]}, {"by": []}, IncomparableError, "mixes period"),
    ({"origin_scheme": ["herkomst"] + ["migratieachtergrond"] * 8}, {}, IncomparableError, "mixes origin_scheme"),
    ({"origin_scheme": "migratie"}, {}, UnknownNameError, "'migratie'"),
    ({"region": list("AAABBBAAA")}, {"by": ["region"]}, InvalidTableError, "no reference 'nederlands' for: .*'B'"),
    ({"form": ["care_in_kind", "without_residence", "probation"] * 3}, {}, UnknownNameError, "'with_residence'"),
    ({"form": FORMS * 2 + ["care_in_kind", "without_residence", "probation"]}, {}, InvalidTableError, "not both"),
    ({"youths": [10, 10, 11] * 3}, {}, InvalidTableError, "More youths with 'with_residence'"),
    ({"origin": ORIGINS}, {"relative_to": "total"}, IncomparableError, "'total'"),
]


@pytest.mark.parametrize(("change", "options", "error", "words"), REFUSED)
def test_what_does_not_belong_together_is_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        with_residence(care().assign(**change), **options)


def coverage(overlap, truth):
    """2,000 regions; each youth is in the form, in care without residence, or (with this probability) in both."""
    random, number, rows = np.random.default_rng(20171), 2000, []
    for origin, only_form, only_without in (("nederlands", 60, 900), ("niet_westers", 45, 500)):
        both = random.poisson(overlap, number)
        form, without = random.poisson(only_form, number) + both, random.poisson(only_without, number) + both
        for name, youths in zip(FORMS, (form + without - both, without, form), strict=True):
            rows.append(pd.DataFrame({"region": range(number), "origin": origin, "form": name, "youths": youths}))
    table = pd.concat(rows, ignore_index=True).assign(status="shown", synthetic=True, source="simulated")
    results = with_residence(table, by=["region"]).query("origin == 'niet_westers'").set_index("measure")
    return {name: results.loc[name].eval(f"lower <= {true} <= upper").mean() for name, true in truth.items()}


def test_intervals_hold_the_known_truth_in_95_percent_of_simulated_regions():
    truth = {"form_index": 100 * 45 / 500, "form_index_ratio": (45 / 500) / (60 / 900)}
    truth |= {"form_share": 100 * 45 / 545, "form_share_ratio": (45 / 545) / (60 / 960)}
    # Monte Carlo error with 2,000 regions: sqrt(0.95 * 0.05 / 2000) = 0.005; three of them either way.
    assert coverage(0, truth) == pytest.approx(dict.fromkeys(truth, 0.95), abs=0.015)


def test_the_interval_of_the_index_is_conservative_when_forms_overlap():
    held = coverage(150, {"form_index": 100 * 195 / 650, "form_share": 100 * 195 / 695})
    assert held["form_index"] > 0.97
    assert held["form_share"] == pytest.approx(0.95, abs=0.015)
