"""Small cells of individual data: hidden by hand, not to be computed by an attacker, and never written or drawn."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from bereik import access_gap, as_counts, protect, save_table, use_rates
from bereik.errors import DisclosureError, InvalidTableError, MissingColumnError
from bereik.plot.style import new_figure
from bereik.plot.write import write_figure
from bereik.suppress import is_individual, refuse_small_cells

OWN = "individual data: own.csv"
HIDDEN = ("suppressed", "complementary")
WORDS = {"+": "shown", "s": "suppressed", "c": "complementary"}


def table_of(rows, names, source=OWN):
    columns = [*names, "population", "users"]
    return pd.DataFrame(rows, columns=columns).assign(status="shown", synthetic=False, source=source)


@pytest.mark.parametrize(
    ("population", "users", "hidden"),
    [(9, 4, True), (20, 9, True), (20, 10, False), (20, 11, True), (100, 0, True), (100, 91, True), (100, 90, False)],
)
def test_a_cell_needs_ten_youths_ten_users_and_ten_others(population, users, hidden):
    cell = table_of([("a", population, users)], ["origin"])
    for table, numbers in (
        (protect(cell, by=["origin"], margins=False), ["population", "users"]),
        (protect(use_rates(cell, by=["origin"]), by=["origin"], margins=False), ["value", "lower", "numerator"]),
    ):
        assert table["status"].tolist() == ["suppressed" if hidden else "shown"]
        assert table[numbers].isna().all(axis=None) == hidden


SQUARE = [(row, column, 90, 20 + 3 * at) for at, (row, column) in enumerate(product("abc", "xyz"))]
SQUARE[0] = ("a", "x", 90, 4)
FORMS = [("without_residence", "a", 90, 20), ("without_residence", "b", 90, 30), ("probation", "a", 90, 2)]
FEW = [("a", 8, 2), ("b", 90, 30), ("c", 95, 30)]
DAYS = [("day_help", *row) for row in FEW]
ORIGINS = [("nederlands", 900, 90), ("niet_westers", 300, 60), ("turkije", 150, 40), ("marokko", 150, 20)]
MOROCCO = [("nederlands", 900, 90), ("niet_westers", 300, 65), ("turkije", 150, 61), ("marokko", 150, 4)]
SEXES = [("total", 300, 65), ("girls", 150, 61), ("boys", 150, 4)]


@pytest.mark.parametrize(
    ("rows", "by", "margins", "expected"),
    [
        # a-x has 4 users; the smallest other of its row is a-y, of its column b-x; b-y then closes the square
        (SQUARE, ["row", "column"], True, "sc+cc++++"),
        (SQUARE, ["row", "column"], False, "s++++++++"),
        (ORIGINS, ["origin"], True, "++++"),
        # 65 - 61 = 4: hiding Morocco needs Turkey, within the same whole; the Netherlands have nothing to do with it
        (MOROCCO, ["origin"], False, "++cs"),
        (SEXES, ["sex"], False, "+cs"),
        # forms of care overlap, so they do not add up
        ([*FORMS, ("probation", "b", 90, 30)], ["form", "origin"], True, "++sc"),
        # few youths are hidden in every form, with the same others, though c has fewer users than b in one
        (DAYS + [("probation", *row) for row in [*FEW[:2], ("c", 95, 20)]], ["form", "origin"], True, "sc+sc+"),
    ],
)
def test_what_is_hidden_by_hand(rows, by, margins, expected):
    statuses = protect(table_of(rows, by), by=by, margins=margins)["status"]
    assert statuses.tolist() == [WORDS[letter] for letter in expected]


def test_a_cell_without_youths_stays_and_a_count_that_was_hidden_keeps_its_status():
    table = table_of([("a", 0, 0), ("b", 50, 20), ("c", None, None)], ["origin"])
    table.loc[2, "status"] = "not_published"
    protected = protect(table, by=["origin"])
    assert protected["status"].tolist() == ["no_population", "shown", "not_published"]
    assert protected["users"].tolist()[:2] == [0, 20]


def made_up(seed, longest=(6, 4)):
    """A table of two or more dimensions with its totals; a few cells without youths."""
    draw = np.random.default_rng(seed)
    shape = draw.integers(2, np.array(longest) + 1)
    by = [f"dimension {at}" for at in range(len(shape))]
    table = pd.DataFrame(product(*map(range, shape)), columns=by, dtype=object)
    population = np.round(np.exp(draw.normal(4.2, 1, len(table)))).astype(int)
    population[draw.random(len(table)) < 0.05] = 0
    users = draw.binomial(population, draw.uniform(0.02, 0.5, shape[0])[table[by[0]].astype(int)])
    table = table.assign(population=population, users=users)
    for name in by:
        others = [other for other in by if other != name]
        totals = table.groupby(others, sort=False)[["population", "users"]].sum().reset_index()
        table = pd.concat([table, totals.assign(**{name: "total"})], ignore_index=True)
    return table, by


def disclosed(table, by, hidden):
    """An attacker with all shown cells and totals, and the youths in every cell: the hidden cells that give way."""
    lines = []
    for name in by:
        total = (table[name] == "total").to_numpy()
        for rows in table.groupby([table[other].astype(str) for other in by if other != name]).indices.values():
            lines.append(np.where(np.isin(np.arange(len(table)), rows), np.where(total, -1.0, 1.0), 0.0))
    cells = np.flatnonzero(hidden)
    users, most = table["users"].to_numpy(dtype=float), table["population"].to_numpy(dtype=float)
    matrix = np.array(lines)[:, cells]
    matrix = matrix[np.abs(matrix).sum(axis=1) > 0]
    fixed, bounds = matrix @ users[cells], np.column_stack([np.zeros(len(cells)), most[cells]])
    low, high = np.array([users[cells], users[cells]])

    def gives_way():
        few = (most[cells] >= 10) & ((high < 10 - 1e-6) | (low > most[cells] - 10 + 1e-6))
        return few | (high - low < 1 - 1e-6)

    for at in range(len(cells)):
        for sign in (1, -1) if gives_way()[at] else ():  # each solution is a table that the attacker cannot rule out
            other = linprog(sign * np.eye(len(cells))[at], A_eq=matrix, b_eq=fixed, bounds=bounds).x
            np.minimum(low, other, out=low)
            np.maximum(high, other, out=high)
    return cells[gives_way()].tolist()


def test_no_hidden_cell_can_be_computed_or_proven_small_in_60_tables_with_their_totals():
    naive = 0
    for seed in range(60):
        table, by = made_up(seed)
        status = protect(table, by=by)["status"]
        assert disclosed(table, by, status.isin(HIDDEN)) == [], f"table {seed}"
        naive += len(disclosed(table, by, status == "suppressed")) if seed < 20 else 0
    assert naive > 60  # the same attack on tables without complementary hiding: it finds what there is to find


def test_no_hidden_cell_can_be_computed_from_a_table_and_its_totals_that_were_protected_apart():
    for seed in range(30):
        table, (one, two) = made_up(seed)
        of_one, of_two = table[two] == "total", table[one] == "total"
        status = pd.Series("shown", index=table.index)
        users, population = table.loc[of_one & of_two, ["users", "population"]].iloc[0]
        status[of_one & of_two] = "shown" if 10 <= users <= population - 10 else "suppressed"
        for part, by in ((~of_one & ~of_two, [one, two]), (of_one & ~of_two, [one]), (of_two & ~of_one, [two])):
            status[part] = protect(table[part], by=by)["status"]
        assert disclosed(table, [one, two], status.isin(HIDDEN)) == [], f"table {seed}"


def test_three_dimensions_are_protected_as_well():
    for seed in range(10):
        table, by = made_up(seed, (3, 3, 2))
        hidden = protect(table, by=by)["status"].isin(HIDDEN)
        assert disclosed(table, by, hidden) == [], f"table {seed}"


def test_protecting_twice_changes_nothing():
    table, by = made_up(11)
    once = protect(table, by=by)
    pd.testing.assert_frame_equal(protect(once, by=by), once)


ORIGIN = np.repeat(["nederlands", "turkije", "marokko", "suriname"], 2)
POPULATION, USERS = [900, 100, 200, 60, 150, 50, 50, 30], [90, 50, 16, 14, 2, 5, 12, 12]
COUNTS = pd.DataFrame({"origin": ORIGIN, "severity": ["low", "high"] * 4, "population": POPULATION, "users": USERS})
COUNTS = as_counts(COUNTS.assign(synthetic=False, source=OWN), by=["origin", "severity"])


def gap_of(counts, relative_to="nederlands"):
    return access_gap(counts, by=["origin"], over=["severity"], relative_to=relative_to)


GAP = gap_of(COUNTS)


def test_all_results_of_a_small_group_are_hidden_and_of_the_one_that_gives_it_away():
    protected = protect(GAP, by=["origin"], counts=COUNTS)
    # Morocco: 7 users; users of the others 140, 30, 24: Surinam is the smallest of the line
    statuses = protected.groupby("origin", observed=True)["status"].unique().map(list).to_dict()
    assert statuses == {"turkije": ["shown"], "marokko": ["suppressed"], "suriname": ["complementary"]}
    hidden = protected["status"] != "shown"
    numbers = ["value", "lower", "upper", "numerator", "denominator"]
    assert protected.loc[hidden, numbers].isna().all(axis=None)
    pd.testing.assert_frame_equal(protected.loc[~hidden, ["value", "lower"]], GAP.loc[~hidden, ["value", "lower"]])
    refuse_small_cells(protected)


def test_a_shortfall_is_not_shown_beside_its_expected_number():
    rows = protect(GAP, by=["origin"], counts=COUNTS).query("origin == 'turkije'").set_index("measure")
    assert rows.loc[["use_shortfall", "observed_expected"], ["numerator", "denominator"]].isna().all(axis=None)
    assert rows.loc[["use_shortfall", "observed_expected"], "value"].notna().all()
    assert rows.loc["crude_rate", ["numerator", "denominator"]].tolist() == [30, 260]


def test_unmet_need_of_few_severe_youths_is_hidden_by_itself():
    table = COUNTS.assign(users=[90, 50, 16, 55, 20, 25, 12, 15])  # Turkey: 60 severe youths, 5 of them without care
    rows = protect(gap_of(table), by=["origin"], counts=table).query("origin == 'turkije'").set_index("measure")
    assert rows["status"][["unmet_need", "crude_rate"]].tolist() == ["suppressed", "shown"]


def test_a_reference_of_few_hides_every_comparison_with_it():
    protected = protect(gap_of(COUNTS, "marokko"), by=["origin"], counts=COUNTS)
    assert protected.loc[protected["relative_to"].notna(), "value"].isna().all()


def test_results_that_do_not_count_their_groups_are_refused_without_the_counts():
    uncounted = [GAP, *(GAP[GAP["measure"] == name] for name in ("rate_ratio_at_equal_severity", "unmet_need"))]
    for results in [*uncounted, use_rates(COUNTS, by=["severity", "origin"]).assign(numerator=np.nan)]:
        by = [name for name in ("severity", "origin") if name in results]
        with pytest.raises(DisclosureError, match="are not in the results.*counts="):
            protect(results, by=by)
    with pytest.raises(DisclosureError, match="are not in the counts"):
        protect(GAP, by=["origin"], counts=COUNTS[COUNTS["origin"] != "suriname"])


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(InvalidTableError, match="more than once"):
        protect(COUNTS, by=["origin"])
    with pytest.raises(MissingColumnError, match="denominator"):
        protect(COUNTS[["origin", "severity"]], by=["origin", "severity"])


def test_the_sources_that_are_individual():
    for source in (OWN, "individual data: a; 12 rows left out", "CBS StatLine 1; individual data: b"):
        assert is_individual(source)
    for source in ("CBS StatLine 82965NED", "made up", "report on individual data: x"):
        assert not is_individual(source)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (table_of([("a", 100, 9)], ["origin"]), "fewer than 10"),
        (table_of([("a", 100, 95)], ["origin"]), "fewer than 10"),
        (GAP[GAP["measure"] == "use_shortfall"], "beside an expected number"),
        (GAP[GAP["measure"] == "crude_rate"], r"fewer than 10: row 1 \(origin='marokko'"),
        (pd.DataFrame({"id": [1], "population": [50], "users": [20], "source": [OWN]}), "without ids"),
        (pd.DataFrame({"mean": [7.0], "source": [OWN]}), "a count table or a result table"),
        (table_of([("a", 100, 50)], ["origin"]).assign(n_unweighted=20, users_unweighted=4), "fewer than 10"),
    ],
)
def test_small_cells_are_not_written_and_the_message_does_not_tell_them(table, words, output):
    with pytest.raises(DisclosureError, match=words) as error:
        save_table(table, "small")
    assert not list(output.rglob("*.csv"))
    assert "users=" not in str(error.value)
    assert "numerator=" not in str(error.value)


def test_what_may_be_shown_is_written(output):
    save_table(protect(COUNTS, by=["origin", "severity"]), "safe")
    save_table(table_of([("a", 100, 3)], ["origin"], source="CBS StatLine 82965NED"), "published")
    save_table(pd.DataFrame({"origin": ["a"], "value": [1.0]}), "other")
    assert len(list(output.rglob("*.csv"))) == 3


def test_small_cells_are_not_drawn(output):
    with pytest.raises(DisclosureError, match="fewer than 10"):
        write_figure("07_gap", lambda data, language: new_figure(), GAP[GAP["measure"] == "crude_rate"], texts={})
    assert not list(output.rglob("07_gap*"))
