"""A short, seeded version of the coverage study of bench/bench_coverage.py: intervals hold the truth as often as they say."""

import runpy
import warnings

import numpy as np
import pytest

REPLICATES, DESIGNS = 100, ("small group", "equal use")  # every method is studied on one of these
# Intervals for rare use (Poisson) and exact ones are conservative where use is frequent: no upper bound.
NO_UPPER_BOUND = ("clopper_pearson", "exact", "byar", "fay_feuer")


@pytest.fixture(scope="module")
def bench(project):
    return runpy.run_path(str(project / "bench" / "bench_coverage.py"))


@pytest.fixture(scope="module")
def table(bench):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # intervals for rare use warn of frequent use
        return bench["summary"](bench["study"](REPLICATES, designs=DESIGNS))


def test_mean_coverage_over_the_designs_is_what_the_intervals_promise(table):
    for row in table.itertuples():
        drawn = REPLICATES // 5 if row.method.endswith("bootstrap") else REPLICATES
        error = 3 * 100 * np.sqrt(0.95 * 0.05 / (drawn * row.designs))
        assert row.mean > 93.5 - error, row
        assert row.mean < 96.5 + error or row.method.endswith(NO_UPPER_BOUND), row
        if row.method.endswith(("clopper_pearson", "exact", "fay_feuer")):
            assert row.lowest > 95 - 3 * 100 * np.sqrt(0.95 * 0.05 / drawn), row


def test_every_replicate_has_an_interval(table):
    assert table["none"].max() == 0


def test_use_shortfall_of_few_users_is_seldom_falsely_fewer_or_more(bench):
    few = bench["few_users"](400)
    error = 3 * 100 * np.sqrt(np.array([0.95 * 0.05, 0.025 * 0.975, 0.045 * 0.955]) / 400)
    no_gap = few[~few["design"].str.contains("times")]
    assert few["coverage"].min() > 95 - error[0]
    assert no_gap["fewer"].max() < 2.5 + error[1]
    assert no_gap["more"].max() < 4.5 + error[2]


def test_the_band_of_regions_holds_a_new_one_and_z_is_of_the_t_distribution(bench):
    regions = bench["among_regions"](100, [(20, "large"), (41, "middle")])
    assert regions["when drawn"].min() > 95 - 300 * np.sqrt(0.95 * 0.05 / 100)
    assert regions["far z"].max() < 5 + 300 * np.sqrt(0.95 * 0.05 / 100)


def test_the_stored_table_is_of_the_same_methods(table, project):
    stored = (project / "bench" / "coverage.md").read_text(encoding="utf-8")
    lines = stored.split("\n## ")[0].splitlines()
    methods = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
    assert methods[0] == "method"
    assert sorted(set(methods[1:]) - {"---"}) == sorted(table["method"])
