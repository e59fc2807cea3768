"""Attacks on what is published of a file of persons. Each first succeeds on an unprotected copy, then finds nothing."""

import importlib
import json

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik import protect
from bereik.suppress import save_table

RELEASE = importlib.import_module("bereik.data.release")
OWN, BANDS, NUMBERED = "individual data: own.csv", ["low", "mid", "high"], ["0 low", "1 mid", "2 high"]
BY, EVERY = {"by": ["form", "origin"], "over": ["severity"]}, ["form", "origin", "severity"]
# youths and users; of b 4 users in mid; of d few in all, so it needs another in its rest
CELLS = {
    "a": ([900, 300, 200], [90, 60, 80]),
    "b": ([300, 60, 50], [31, 4, 19]),
    "c": ([280, 70, 62], [30, 15, 22]),
    "d": ([60, 21, 14], [3, 4, 3]),
    "e": ([95, 33, 20], [12, 4, 9]),
}


def table(cells, form="without_residence"):
    rows = [(form, group, *cell) for group, columns in cells.items() for cell in zip(BANDS, *columns, strict=True)]
    made = pd.DataFrame(rows, columns=["form", "origin", "severity", "population", "users"])
    made["severity"] = pd.Categorical(made["severity"], BANDS, ordered=True)
    return made.assign(synthetic=False, source=OWN)


COUNTS = table(CELLS)
PROTECTED = protect(COUNTS, **BY)


def row_of(frame, **keys):
    """The one row of these keys, or nothing."""
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    return frame.iloc[0] if len(frame) == 1 else None


def users_from_a_rate(counts):
    """A rate of all digits, and the number of youths that everybody knows: the users."""
    row = row_of(bereik.use_rates(counts, by=EVERY), origin="b", severity="mid")
    return None if row is None else round(row["value"] * 60 / 100)


def users_from_a_total(counts):
    """The total of a group, minus the bands that are shown."""
    if row_of(counts, origin="b", severity="low") is None or row_of(counts, origin="b", severity="high") is None:
        return None
    return 54 - counts[(counts["origin"] == "b") & counts["severity"].isin(["low", "high"])]["users"].sum()


def users_from_standardised_rates(counts):
    """Users in all, a standardised rate of all digits and the youths in each band: only one triple of users fits."""
    rows = bereik.standardise(counts, by=["form", "origin"], over=["severity"], standard="pooled")
    rate = row_of(rows, origin="b")["value"] / 100
    weights = np.array([sum(CELLS[g][0][s] for g in CELLS) for s in range(3)], dtype=float)
    low, mid = np.meshgrid(np.arange(55), np.arange(55), indexing="ij")
    high = 54 - low - mid
    found = (low * weights[0] / 300 + mid * weights[1] / 60 + high * weights[2] / 50) / weights.sum()
    fits = np.argwhere((np.abs(found - rate) < 1e-9) & (high >= 0))
    return int(fits[0][1]) if len(fits) == 1 else None


ATTACKS = [users_from_a_rate, users_from_a_total, users_from_standardised_rates]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_results_do_not_give_a_small_cell_away(attack):
    assert attack(bereik.as_counts(COUNTS, by=EVERY)) == 4
    assert attack(PROTECTED) is None


# the same released counts: others in mid and high of b, others within the rest, one or two more within the rounding
OTHER = CELLS | {"b": ([299, 52, 59], [30, 9, 14]), "d": ([58, 22, 15], [5, 4, 3]), "e": ([97, 32, 19], [10, 4, 9])}
OTHER |= {"a": ([902, 299, 201], [91, 58, 81])}
SEEN = CELLS | {"b": ([300, 60, 50], [31, 14, 19])}  # ten users more can be seen
RESULTS = {
    "use_rates": {"by": EVERY},
    "severity_gradient": BY,
    "standardise": BY | {"method": "indirect", "relative_to": "a"},
    "decompose": {"by": BY["by"], "factors": ["severity"], "relative_to": "a"},
    **dict.fromkeys(["access_gap", "misreporting_grid", "tipping_point"], BY | {"relative_to": "a"}),
}


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_of_a_result_depends_on_what_was_merged_hidden_or_rounded(name, output):
    def of(counts):
        return getattr(bereik, name)(counts, **RESULTS[name])

    def written(cells):
        return save_table(of(protect(table(cells), **BY)), "written").read_bytes()

    assert written(CELLS) == written(OTHER)
    one, other = (of(bereik.as_counts(table(cells), by=EVERY))["value"].astype(float) for cells in (CELLS, OTHER))
    assert not np.allclose(one, other, equal_nan=True)
    assert written(SEEN) != written(CELLS)


def test_a_status_does_not_tell_which_group_is_small():
    assert PROTECTED.loc[PROTECTED["origin"].isin(["d", "e"]), "status"].unique().tolist() == ["hidden"]
    enough = table(CELLS | {"d": ([60, 41, 44], [13, 14, 13]), "e": ([95, 33, 20], [3, 4, 4])})
    assert protect(enough, **BY)["status"].tolist() == PROTECTED["status"].tolist()  # now e is the small one
    names = PROTECTED[["origin", "severity"]].astype(str)
    assert names.equals(names.sort_values(["origin"], key=lambda column: column.map("abcderest".find), kind="stable"))


@pytest.mark.parametrize("users", [0, 60])
def test_nobody_or_everybody_in_care_is_not_told(users):
    protected = protect(table(CELLS | {"b": ([300, 60, 50], [31, users, 19])}), **BY)
    shown = protected[protected["status"] == "shown"]
    size, part = (shown[name].astype(float) for name in ("population", "users"))
    assert ((part >= 10) & (size - part >= 10)).all()


# --- the tables of one release -----------------------------------------------------------------------------------------


def persons(cells, **columns):
    """Rows of persons with these counts of origin x severity."""
    counts = table(cells).astype({"severity": str}).replace({"severity": dict(zip(BANDS, NUMBERED, strict=True))})
    made = counts.loc[counts.index.repeat(counts["population"]), ["origin", "severity", "users", "synthetic", "source"]]
    made["without_residence"] = made.groupby(level=0).cumcount() < made.pop("users")
    made = made.reset_index(drop=True).assign(year=2022, age=8, sex="male", municipality="M", generation="born_in_nl")
    return made.assign(id=made.index, origin_scheme="migratieachtergrond").assign(**columns)


def unprotected(counts, *, by, over=(), like=None):
    return counts


def released(made, protection=protect, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RELEASE, "protect", protection)
        return bereik.release(made, score="severity", **options)


NAMED = dict(zip(["nederlands", "suriname", "marokko", "turkije", "westers"], CELLS.values(), strict=True))


def of_a_main_group(tables):
    """Non-western youths in care by municipality, minus the origins that are shown: the one that is not."""
    town, origins = tables["by_municipality"], tables["by_origin"]
    whole = town[(town["main_origin"] == "niet_westers") & (town["status"] == "shown")]
    parts = origins[origins["origin"].isin(["suriname", "marokko"]) & (origins["status"] == "shown")]
    return whole["users"].sum() - parts["users"].sum() if len(whole) and len(parts) == 2 else None


def test_a_main_group_minus_its_origins_does_not_tell_the_one_that_is_hidden():
    made = persons(NAMED)
    assert of_a_main_group(released(made, unprotected)) == 10  # turkije: 3 + 4 + 3
    assert of_a_main_group(released(made)) is None


def of_the_way_it_ended(tables):
    """One form of care, and how it ended for everybody in it: the users of both tables are the same youths, in other bands."""
    ended, use = tables["how_care_ended"], tables["by_severity"]
    found = []
    for one, number in ((ended, "population"), (use, "users")):
        rows = one[(one["origin"] == "suriname") & (one["status"] == "shown")].set_index("severity")[number]
        found.append(rows[rows.index.isin(["0 low", "0 low+1 mid"])])
    first, other = found
    same = first.empty or other.empty or first.index[0] == other.index[0]
    return None if same else abs(first.iloc[0] - other.iloc[0])


def test_how_care_ended_does_not_part_the_users_of_one_form():
    cells = {"nederlands": CELLS["a"], "suriname": ([300, 60, 50], [41, 4, 49])}
    made = persons(cells | {"marokko": ([300, 60, 50], [41, 30, 49])})
    # few of low reached their goals: the outcomes by themselves would merge low and mid, where 8 + 2 did
    draw = made["severity"].eq("0 low").map({True: 0.2, False: 0.5})
    order = made.groupby(["origin", "severity", "without_residence"]).cumcount() + 1
    size = made.groupby(["origin", "severity"])["without_residence"].transform("sum")
    made["goals_reached"] = (order <= draw * size).astype("boolean").mask(~made["without_residence"])

    def by_itself(counts, *, by, over=(), like=None):
        return protect(counts, by=by, over=over, like=like if "outcome" not in by else None)

    assert of_the_way_it_ended(released(made, by_itself)) in (0, 5)  # 4 users in mid
    assert of_the_way_it_ended(released(made)) is None


def test_those_without_a_score_are_in_no_table_by_origin():
    made = persons(NAMED)
    few = made["origin"].eq("turkije") & made["severity"].eq("1 mid")
    made.loc[few & (made.groupby(few).cumcount() < 3), "severity"] = None
    tables = released(made).tables
    assert tables.pop("with_score")["status"].eq("hidden").all()  # 3 without, all others with a score
    most = made["severity"].notna().sum() + 60
    for name, one in tables.items():
        assert one.groupby(one.columns[0], observed=True)["population"].sum().max() <= most, name


# --- what is written, and two runs -------------------------------------------------------------------------------------


def numbers_in(text):
    """All numbers in a text of JSON."""
    found = []
    json.loads(text, parse_int=found.append, parse_float=found.append)
    return {float(number) for number in found}


def kept(folder):
    return {path: path.read_text("utf-8") for path in folder.rglob("*") if path.is_file() and path.name != "own.csv"}


def test_what_is_kept_holds_no_person_and_no_small_count_even_after_a_crash(small, monkeypatch):
    persons(NAMED).to_csv(small.folder / "own.csv", index=False)
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("no space left")))
        with pytest.raises(OSError, match="no space"):
            bereik.release("own.csv", score="severity")
    left = kept(small.folder)
    bereik.release("own.csv", score="severity")
    left |= kept(small.folder)
    assert not {3, 4} & set().union(*map(numbers_in, left.values()))
    (text,) = (text for path, text in left.items() if path.name.startswith("release-"))
    for one in json.loads(text)["tables"].values():
        assert "id" not in one["rows"]
        counts = [number for name in ("population", "users") for number in one["rows"][name] if number is not None]
        assert all(number >= 10 and number % 5 == 0 for number in counts)


def test_files_with_the_same_released_counts_give_the_same_release(small):
    """All that notebooks 07 and 08 read of a file is what its release keeps."""

    def kept_of(cells):
        names = ["nederlands", "suriname", "marokko", "antillen_aruba", "turkije"]
        persons(dict(zip(names, cells.values(), strict=True))).to_csv("own.csv", index=False)
        before = set(small.folder.rglob("release-*.json"))
        about = bereik.release("own.csv", score="severity").about
        (file,) = set(small.folder.rglob("release-*.json")) - before
        return json.loads(file.read_text("utf-8")), about

    first, second, seen = map(kept_of, (CELLS, OTHER, SEEN))
    assert first == second
    assert seen[0]["tables"]["by_severity"] != first[0]["tables"]["by_severity"]


def test_weights_that_are_nearly_all_of_one_youth_tell_nothing_of_that_youth():
    made = persons(NAMED, weight=1.0)
    one = made[made["origin"].eq("suriname") & made["without_residence"]].index[0]
    made.loc[one, "weight"] = 9_000.0  # everybody knows who this is
    two = [made, made.assign(without_residence=made["without_residence"] & (made.index != one))]
    tables = [released(file, how)["by_origin"] for file in two for how in (unprotected, protect)]
    weighted = [row_of(table, form="without_residence", origin="suriname")["users"] for table in tables]
    assert weighted[0] > 9_000 > weighted[2]
    assert pd.isna(weighted[1])
    assert pd.isna(weighted[3])
