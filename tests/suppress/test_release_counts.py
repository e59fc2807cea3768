"""The tables of one file: before protection plain pandas to the last digit, after it the rounded sums of the same persons."""

import importlib

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.data.synthetic import example_youths
from bereik.errors import UnknownNameError
from bereik.severity.sdq import severity_bands

RELEASE = importlib.import_module("bereik.data.release")
FORMS = ["without_residence", "with_residence", "protection", "probation"]
ENDED = ["ended_prematurely", "returned_within_year", "goals_reached", "problems_decreased"]
AGES = [(3, 3, "3"), (4, 11, "4-11"), (12, 14, "12-14")]
MAIN = {"nederlands": "nederlands", "westers": "westers"}
TABLES = {
    "by_severity": ["origin", "severity"],
    "by_origin": ["origin"],
    "by_age_and_sex": ["origin", "severity", "age_band", "sex"],
    "by_generation": ["origin", "generation", "severity"],
    "by_municipality": ["main_origin", "municipality", "severity"],
    "by_circumstances": ["origin", "severity", "income_group", "single_parent", "age_band", "sex"],
    "how_care_ended": ["origin", "severity"],
}


def scored(youths):
    """The same persons in plain pandas, with the columns of the tables."""
    made = severity_bands(youths, score="sdq_parent", informant="parent", scheme="dutch_norms")
    made = made[made["severity"].notna()].copy()
    made["age_band"] = [next(name for low, high, name in AGES if low <= age <= high) for age in made["age"]]
    made["single_parent"] = made["single_parent"].map({True: "yes", False: "no"})
    made["main_origin"] = made["origin"].map(MAIN).fillna("niet_westers")
    return made.astype({"severity": "str", "generation": "str"})


def by_pandas(made, name, weight=1.0):
    """Youths and users of every combination, one part for each form of care or outcome."""
    made, parts = made.assign(weight=weight), {}
    for use in ENDED if name == "how_care_ended" else FORMS:
        seen = made[made[use].notna()]
        seen = seen.assign(used=seen["weight"] * seen[use].astype(float))
        parts[use] = seen.groupby(TABLES[name])[["weight", "used"]].sum()
    return pd.concat(parts).set_axis(["population", "users"], axis=1)


def indexed(table):
    keys = [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]
    return table.astype(dict.fromkeys(keys, "str")).set_index(keys).sort_index()


def unprotected(youths):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RELEASE, "protect", lambda counts, **_: counts)
        return bereik.release(youths)


@pytest.fixture(scope="module")
def youths():
    return example_youths(20_000)


@pytest.fixture(scope="module")
def released(youths):
    return bereik.release(youths)


@pytest.mark.parametrize("weighted", [False, True])
def test_before_protection_the_tables_are_those_of_plain_pandas(youths, weighted):
    weight = np.random.default_rng(2).choice([0.25, 1.0, 4.0], len(youths)) if weighted else 1.0
    made = unprotected(youths.assign(weight=weight) if weighted else youths)
    persons = scored(youths.assign(weight=weight))
    for name in TABLES:
        table, expected = indexed(made[name]), by_pandas(persons, name, persons["weight"])
        assert len(table) == len(expected), name
        found = table.loc[expected.index.map(lambda key: tuple(map(str, key))), ["population", "users"]]
        np.testing.assert_allclose(found.to_numpy(dtype=float), expected.to_numpy(), rtol=1e-12, err_msg=name)
    if weighted:
        persons["squares"] = persons["weight"] ** 2
        sums = persons.groupby(TABLES["by_severity"])[["weight", "squares"]].sum()
        effective = indexed(made["by_severity"]).loc["probation", "effective_population"]
        assert effective.to_numpy() == pytest.approx((sums["weight"] ** 2 / sums["squares"]).to_numpy(), rel=1e-5)


def parts_of(label, values):
    """The categories that a label holds: joined by a plus, or ages by their limits."""
    if "-" in label and label not in values:
        low, high = map(int, label.split("-"))
        return [name for first, last, name in AGES if low <= first and last <= high]
    return label.split("+")


@pytest.mark.parametrize("name", TABLES)
def test_each_published_cell_is_the_rounded_sum_of_its_persons(youths, released, name):
    exact, table = by_pandas(scored(youths), name).reset_index(), released[name]
    keys = ["level_0", *TABLES[name]]
    columns = [column for column in table if isinstance(table[column].dtype, pd.CategoricalDtype)]
    unit = {"by_generation": "generation", "by_municipality": "municipality"}.get(name, "origin")
    totals = name == "by_origin"  # the sum of what is published of its bands
    shown = table[(table["status"] == "shown") & (table["origin"].astype(str) == "rest" if totals else True)]
    assert len(shown) or totals
    for row in shown.to_dict("records"):
        cells = exact
        for key, column in zip(keys, columns, strict=True):
            if str(row[column]) == "rest":
                where = {"form", "outcome", "main_origin"} | ({"origin"} if unit == "generation" else set())
                same = table[np.logical_and.reduce([table[one] == row[one] for one in where & set(columns)])]
                cells = cells[cells[key].isin(same.loc[same["status"] == "hidden", unit].astype(str).unique())]
            else:
                cells = cells[cells[key].isin(parts_of(str(row[column]), set(exact[key])))]
        counts = cells[["population", "users"]].sum()
        assert [row["population"], row["users"]] == [5 * int(np.floor(count / 5 + 0.5)) for count in counts], row
        assert min(counts["users"], counts["population"] - counts["users"]) >= 10, row


def test_totals_of_origins_are_the_sums_of_their_published_bands(released):
    parts = released["by_severity"]
    sums = parts[parts["status"] == "shown"].groupby(["form", "origin"], observed=True)["users"].sum()
    totals = indexed(released["by_origin"]).query("origin != 'rest'")["users"].dropna()
    shared = sums.index.intersection(totals.index)
    assert len(shared) > 8
    assert (sums[shared] == totals[shared]).all()


def test_a_table_is_absent_when_the_file_has_no_columns_for_it(youths):
    made = bereik.release(youths.drop(columns=["generation", "sdq_teacher", "income_group", *ENDED]))
    assert {"by_severity", "by_self", "with_score"} <= set(made.tables)
    assert not {"by_generation", "by_teacher", "by_parent", "how_care_ended"} & set(made.tables)
    assert "income_group" not in made["by_circumstances"]
    with pytest.raises(UnknownNameError, match="by_generation"):
        made["by_generation"]


def test_a_group_of_which_nobody_is_in_a_table_is_hidden_there_in_its_place(youths, released):
    others = youths["origin"] != "marokko"
    made = bereik.release(youths.assign(**{name: youths[name].where(others) for name in [*ENDED, "sdq_teacher"]}))
    for name in ("how_care_ended", "by_teacher"):
        assert made[name].groupby("origin", observed=True)["status"].agg(set)["marokko"] == {"hidden"}
        assert made[name]["origin"].unique().tolist() == released[name]["origin"].unique().tolist()


def test_severity_is_a_number_of_risk_factors_when_the_file_has_no_score(youths):
    draw = np.random.default_rng(1)
    risks = {f"risk_{name}": draw.random(len(youths)) < 0.4 for name in ("debt", "divorce", "illness", "school")}
    table = unprotected(youths.drop(columns=["sdq_parent", "sdq_teacher", "sdq_self"]).assign(**risks))["by_severity"]
    total = sum(column.astype(int) for column in risks.values())
    sizes = table[table["form"] == "probation"].groupby("severity", observed=True)["population"].sum()
    assert sizes.tolist() == np.bincount(np.minimum(total, 3)).tolist()
