"""Tables of counts that may be published, by hand: what is merged, what goes in the rest, what is rounded and refused."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import protect
from bereik.errors import InvalidTableError

OWN = "individual data: own.csv"
BANDS, FORMS = ["low", "mid", "high"], ["without_residence", "with_residence"]


def table(rows, by=("origin",), **more):
    """A table of counts of individual data; severity is ordered."""
    made = pd.DataFrame(rows, columns=[*by, "population", "users"]).assign(synthetic=False, source=OWN, **more)
    if "severity" in by:
        bands = [band for band in BANDS if band in set(made["severity"])]
        made["severity"] = pd.Categorical(made["severity"], bands, ordered=True)
    return made


def bands(youths, users, *keys):
    return [(*keys, *cell) for cell in zip(BANDS, youths, users, strict=True)]


BY_BAND = {"by": ["origin"], "over": ["severity"]}
BY_FORM = {"by": ["form", "origin"], "over": ["severity"]}


def told(protected, *keys):
    """What is shown: (keys, youths, users); `hidden` where nothing is."""
    numbers = protected[["population", "users"]].astype(object).where(protected["status"] == "shown", "hidden")
    return [tuple(map(str, row)) for row in pd.concat([protected[list(keys)].astype(str), numbers], axis=1).to_numpy()]


SMALL = [
    (9, 4),
    (20, 9),
    (20, 11),
    (100, 0),
    (100, 91),
    (1000, 901),
]  # the last: more than 90 % in care, though 99 are not
ENOUGH = [(20, 10), (21, 11), (100, 90), (1000, 900)]


@pytest.mark.parametrize("cell", [*SMALL, *ENOUGH], ids=str)
def test_a_group_needs_ten_youths_ten_users_ten_others_and_at_most_nine_tenths_in_care(cell):
    protected = protect(table([("a", 500, 200), ("b", 400, 100), ("c", *cell)]), by=["origin"])
    assert (protected.set_index("origin")["status"]["c"] == "hidden") == (cell in SMALL)
    assert ("rest" in set(protected["origin"])) == (cell in SMALL)


def test_neighbouring_bands_are_merged_in_the_same_way_for_all_groups():
    # the only small cell is b-high (6 users); low | mid+high and low+mid | high have the same score, but the second keeps b-high
    rows = bands((900, 100, 60), (60, 20, 18), "a") + bands((300, 41, 22), (31, 12, 6), "b")
    protected = protect(table(rows, ["origin", "severity"]), **BY_BAND)
    expected = [("a", "low", "900", "60"), ("a", "mid+high", "160", "40")]
    expected += [("b", "low", "300", "30"), ("b", "mid+high", "65", "20")]
    assert told(protected, "origin", "severity") == expected
    assert protected["source"].unique().tolist() == [f"{OWN}; counts rounded to 5"]


def test_three_bands_are_kept_when_hiding_one_of_many_groups_costs_less():
    # three bands cost the small group and the one that joins it: 3 x root 3 = 5.2 of 5 groups, 10 x root 3 = 17.3 of 12;
    # two bands cost none: 5 x root 2 = 7.1 and 12 x root 2 = 17.0
    def of(number):
        rows = [(group, band, 200, 40) for group in "abcdefghijk"[: number - 1] for band in BANDS]
        return table(rows + bands((200, 200, 20), (40, 40, 5), "z"), ["origin", "severity"])

    assert protect(of(5), **BY_BAND)["severity"].nunique() == 2
    assert protect(of(12), **BY_BAND)["severity"].nunique() == 3


def test_the_smallest_safe_group_joins_a_rest_that_is_small():
    groups = [("a", 500, 90), ("b", 300, 30), ("c", 300, 20), ("d", 50, 4)]
    expected = [("a", "500", "90"), ("b", "300", "30"), *((group, "hidden", "hidden") for group in "cd")]
    expected.append(("rest", "350", "25"))
    assert told(protect(table(groups), by=["origin"]), "origin") == expected  # 20 + 4 = 24
    two_small = [*groups, ("e", 60, 7)]  # 4 + 7 = 11: nobody has to join
    assert told(protect(table(two_small), by=["origin"]), "origin")[2] == ("c", "300", "20")


def test_nothing_is_shown_of_one_small_group_or_of_two_of_which_one_is_small():
    for rows in ([("a", 500, 4)], [("a", 500, 90), ("b", 500, 4)]):
        protected = protect(table(rows), by=["origin"])
        assert set(protected["status"]) == {"hidden"}
        assert protected[["population", "users"]].isna().all(axis=None)
        assert "rest" not in set(protected["origin"])


def test_one_group_by_itself_and_a_group_without_youths_in_one_form():
    assert told(protect(table([("a", 502, 93)]), by=["origin"]), "origin") == [("a", "500", "95")]
    rows = [("probation", "a", 500, 90), ("probation", "b", 400, 80), ("protection", "a", 500, 90)]
    protected = protect(table(rows, ["form", "origin"]), by=["form", "origin"])
    assert told(protected, "form", "origin")[2:] == [("protection", group, "hidden", "hidden") for group in "ab"]


@pytest.mark.parametrize(("exact", "rounded"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (22, 20)])
def test_counts_are_rounded_to_five(exact, rounded):
    protected = protect(table([("a", 500 + exact, exact)]), by=["origin"])
    assert protected[["population", "users"]].to_numpy().tolist() == [[500 + rounded, rounded]]


def test_merged_ages_are_named_by_their_limits_and_other_categories_by_a_plus():
    rows = [("a", sex, age, 100, 6) for sex in ("boys", "girls") for age in ("3", "4-11", "12-14")]
    for three in (("sex age_band", "boys girls", "3-14"), ("age_band sex", "boys+girls", "3 4-11 12-14")):
        over, sexes, ages = map(str.split, three)
        protected = protect(table(rows, ["origin", "sex", "age_band"]), by=["origin"], over=over)
        assert [protected[name].unique().tolist() for name in ("sex", "age_band")] == [sexes, ages]


def test_two_forms_with_other_bands_have_no_few_youths_between_them():
    # of b: in help high is small, in residence low; b has 4 youths in mid: 304 - 300 would tell them
    def of(mid):
        rows = [row for form in FORMS for row in bands((500, 300, 500), (60, 40, 60), form, "a")]
        for form, users in zip(FORMS, [(60, 2, 8), (8, 2, 60)], strict=True):
            rows += bands((300, mid, 300), users, form, "b")
        return table(rows, ["form", "origin", "severity"])

    for mid, parts in ((400, ["low", "mid+high"]), (4, ["low+mid", "high"])):
        protected = protect(of(mid), **BY_FORM)
        shown = protected[(protected["status"] == "shown") & (protected["origin"] == "b")]
        assert shown.groupby("form", observed=True)["severity"].agg(list).tolist()[0] != parts or mid == 400
    assert not {"low", "low+mid"} <= set(shown["severity"].astype(str))


def test_a_rest_of_one_group_does_not_tell_its_youths_in_other_bands():
    # in help a is shown as low | mid+high; in residence low+mid | high would make a rest of a alone: 305 - 300 youths in mid
    rows = []
    for form, users in zip(FORMS, [(50, 20, 5), (5, 20, 50)], strict=True):
        rows += [row for group in "bc" for row in bands((500, 300, 500), users, form, group)]
        rows += bands((300, 4, 300), (30, 2, 30), form, "a")
    protected = protect(table(rows, ["form", "origin", "severity"]), **BY_FORM)
    shown = protected[(protected["status"] == "shown") & protected["origin"].isin(["a", "rest"])]
    assert not {"low", "low+mid"} <= set(shown["severity"].astype(str))


def test_each_municipality_is_protected_within_its_main_group():
    rows = [(main, town, 300, 60) for main in ("west", "other") for town in "xyz"]
    rows[-1] = ("other", "z", 300, 3)
    protected = protect(table(rows, ["main_origin", "municipality"]), by=["main_origin", "municipality"])
    statuses = protected.groupby("main_origin", observed=True)["status"].agg(list)
    assert statuses["west"] == ["shown"] * 3
    assert statuses["other"] == ["hidden", "shown", "hidden", "shown"]  # x, y, z, rest: x and z together


def test_like_gives_the_bands_and_the_hidden_groups_of_the_other_table():
    rows = [(group, band, 300, 60) for group in "ab" for band in BANDS] + bands((300, 300, 300), (60, 3, 3), "c")
    coarse = protect(table(rows, ["origin", "severity"]), **BY_BAND)
    parts = [(*row[:2], sex, row[2], row[3]) for row in rows for sex in ("boys", "girls")]
    fine = protect(table(parts, ["origin", "severity", "sex"]), by=["origin"], over=["severity", "sex"], like=coarse)
    assert fine["severity"].astype(str).unique().tolist() == coarse["severity"].astype(str).unique().tolist()
    hidden = set(coarse.loc[coarse["status"] == "hidden", "origin"])
    assert hidden <= set(fine.loc[fine["status"] == "hidden", "origin"])
    assert "rest" not in set(fine["origin"])  # beside the rest of the other table it would tell a group


def test_like_does_not_let_ages_be_merged_in_another_way():
    # 3-11 | 12-14 in one table and 3 | 4-14 in the other would tell those aged 4-11
    def of(*users):
        rows = [("a", "low", age, 100, number) for age, number in zip(("3", "4-11", "12-14"), users, strict=True)]
        return table(rows, ["origin", "severity", "age_band"])

    options = {"by": ["origin"], "over": ["severity", "age_band"]}
    coarse = protect(of(5, 10, 20), **options)
    assert coarse["age_band"].tolist() == ["3-11", "12-14"]
    assert protect(of(20, 10, 5), **options)["age_band"].tolist() == ["3", "4-14"]
    assert protect(of(20, 10, 5), **options, like=coarse)["age_band"].tolist() == ["3-14"]
    assert protect(of(20, 20, 20), **options, like=coarse)["age_band"].tolist() == ["3-11", "12-14"]


WEIGHTS = {"weighted": True, "n_unweighted": 60, "users_unweighted": 20, "effective_population": 50.0}


def test_weighted_tables_are_judged_by_persons_and_rounded_to_ten():
    rows = table([("a", 614.2, 215.5), ("b", 614.2, 215.5), ("c", 614.2, 215.5)], **WEIGHTS)
    protected = protect(rows, by=["origin"])
    assert told(protected, "origin")[0] == ("a", "610", "220")
    assert protected["effective_population"].tolist() == [50, 50, 50]
    assert protected["source"].iloc[0].endswith("counts rounded to 10 (weighted)")
    assert protected[["n_unweighted", "users_unweighted"]].isna().all(axis=None)
    for name, few in {"users_unweighted": 9, "effective_population": 9.0, "n_unweighted": 29}.items():
        made = rows.assign(**{name: rows[name].where(rows["origin"] != "c", few)})
        assert protect(made, by=["origin"])["status"].tolist() == ["hidden", "shown", "hidden", "shown"]


def test_the_source_says_that_rows_were_left_out_and_not_how_many():
    counts = table([("a", 500, 100)]).assign(source=f"{OWN}; 3 rows with missing origin left out")
    said = f"{OWN}; rows with missing origin left out; counts rounded to 5"
    assert protect(counts, by=["origin"])["source"].iloc[0] == said


def test_what_cannot_be_protected_is_refused():
    once = protect(table([("a", 500, 100), ("b", 300, 4), ("c", 300, 50)]), by=["origin"])
    with pytest.raises(InvalidTableError, match="not shown"):
        protect(once, by=["origin"])
    eleven = table([("a", f"{at:02}", 50, 20) for at in range(11)], ["origin", "age_band"])
    with pytest.raises(InvalidTableError, match="More than 10 categories of age_band"):
        protect(eleven, by=["origin"], over=["age_band"])


def test_results_of_protected_counts_are_those_of_the_rounded_numbers():
    rows = [("a", "low", 901, 62), ("a", "high", 158, 39), ("b", "low", 302, 31), ("b", "high", 63, 13)]
    counts = protect(table(rows, ["origin", "severity"]), **BY_BAND)
    gap = bereik.access_gap(counts, **BY_BAND, relative_to="a", standard="pair_mean").set_index("measure")
    share = (np.array([900, 160]) / 1060 + np.array([300, 65]) / 365) / 2
    ratio = share @ (np.array([30, 15]) / [300, 65]) / (share @ (np.array([60, 40]) / [900, 160]))
    values = gap[gap["origin"] == "b"]["value"]
    assert values["rate_ratio_at_equal_severity"] == pytest.approx(ratio, rel=1e-12)
    assert values["use_shortfall"] == pytest.approx(300 * 60 / 900 + 65 * 40 / 160 - 45, rel=1e-12)
