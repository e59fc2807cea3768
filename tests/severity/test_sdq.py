import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.severity.bands import band_order, score_bands, severity_bands
from bereik.severity.facts import read_facts
from bereik.severity.sdq import score_sdq

NAMES = read_facts("sdq_items.csv")["name"].tolist()
REVERSED = ["obeys", "friend", "popular", "reflect", "attends"]
EMOTIONAL = ["somatic", "worries", "unhappy", "clingy", "afraid"]
PROSOCIAL = ["consid", "shares", "caring", "kind", "helpout"]
SCORES = ["_emotional", "_conduct", "_hyperactivity", "_peer", "_prosocial", "", "_internalising", "_externalising"]


def answers(value=0, **changed):
    return pd.DataFrame([dict.fromkeys(NAMES, value) | changed])


def scores(data, informant="parent", **options):
    row = score_sdq(data, informant=informant, **options).iloc[0]
    return [None if pd.isna(row[f"sdq_{informant}{name}"]) else int(row[f"sdq_{informant}{name}"]) for name in SCORES]


# By hand from the scoring sheet of the owner (2014): emotional, conduct, hyperactivity, peer, prosocial, total, sums.
@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, [0, 2, 4, 4, 0, 10, 4, 6]), (1, [5, 5, 5, 5, 5, 20, 10, 10]), (2, [10, 8, 6, 6, 10, 30, 16, 14])],
)
def test_the_same_answer_everywhere(value, expected):
    assert scores(answers(value)) == expected


def test_best_and_worst_pattern():
    best = answers(0, **dict.fromkeys([*REVERSED, *PROSOCIAL], 2))
    assert scores(best) == [0, 0, 0, 0, 10, 0, 0, 0]
    worst = answers(2, **dict.fromkeys([*REVERSED, *PROSOCIAL], 0))
    assert scores(worst) == [10, 10, 10, 10, 0, 40, 20, 20]


# 4 on 3 items is 6.67, 2 on 4 items is 2.5 and 6 on 4 items 7.5: half up, where Python's round gives 2 and 8.
@pytest.mark.parametrize(
    ("given", "score"),
    [([2, 1, 1], 7), ([1, 1, 0, 0], 3), ([2, 2, 2, 0], 8), ([1, 0, 0], 2), ([1, 0, 0, 0], 1), ([2, 2, 1, 1, 1], 7)],
)
def test_a_scale_with_missing_answers(given, score):
    changed = dict(zip(EMOTIONAL, [*given, *[None] * (5 - len(given))], strict=True))
    found = scores(answers(0, **changed))
    assert found[0] == score
    assert found[5] == 10 + score


def test_fewer_than_three_answers_give_no_scale_and_no_sum_that_contains_it():
    changed = dict(zip(EMOTIONAL, [1, 0, None, None, None], strict=True))
    assert scores(answers(0, **changed)) == [None, 2, 4, 4, 0, None, None, 6]
    changed = dict(zip(PROSOCIAL, [1, 0, None, None, None], strict=True))
    assert scores(answers(0, **changed)) == [0, 2, 4, 4, None, 10, 4, 6]  # the total does not contain it


def test_own_names_in_the_order_of_the_questionnaire():
    data = answers(0, obeys=2).rename(columns={name: f"q{at}" for at, name in enumerate(NAMES, 1)})
    data["q3"] = 2
    assert scores(data, "teacher", items=[f"q{at}" for at in range(1, 26)]) == [2, 0, 4, 4, 0, 10, 6, 4]


def test_impact():
    columns = ["distres", "imphome", "impfrie", "impclas", "impleis"]
    data = pd.concat([answers()] * 4, ignore_index=True)
    data[columns] = [[0, 1, 2, 3, 3], [0, 0, 0, 0, 0], [3, 3, 3, 3, 3], [3, 3, 3, 3, None]]
    found = score_sdq(data, impact_items=columns)["sdq_parent_impact"]
    assert found.isna().tolist() == [False, False, False, True]
    assert found[:3].tolist() == [5, 0, 10]
    teacher = score_sdq(data[:3], informant="teacher", impact_items=["distres", "impfrie", "impclas"])
    assert teacher["sdq_teacher_impact"].tolist() == [3, 0, 6]


@pytest.mark.parametrize("wrong", [3, -1, 0.5, 9, "1", True])
def test_what_is_no_answer_is_refused(wrong):
    with pytest.raises(InvalidTableError, match="No answer: row 0 .tantrum="):
        score_sdq(answers(0, tantrum=wrong))


def test_other_wrong_input():
    with pytest.raises(MissingColumnError, match="tantrum"):
        score_sdq(answers().drop(columns="tantrum"))
    with pytest.raises(BereikError, match="25 different columns"):
        score_sdq(answers(), items=NAMES[:24])
    with pytest.raises(BereikError, match="3 different columns"):
        score_sdq(answers(), informant="teacher", impact_items=["a", "b", "c", "d", "e"])
    with pytest.raises(UnknownNameError, match="'teacher'"):
        score_sdq(answers(), informant="techer")


# scheme, informant, ages, scale, boundary pairs: typed from the tables named in sdq_cut_offs.csv, not read from that file
BOUNDARIES = """
uk_three_band parent 2-3 total 12|13 15|16
uk_three_band parent 2-3 emotional 2|3 3|4
uk_three_band parent 2-3 conduct 3|4 4|5
uk_three_band parent 2-3 hyperactivity 5|6 6|7
uk_three_band parent 2-3 peer 2|3 3|4
uk_three_band parent 2-3 prosocial 7|6 6|5
uk_three_band parent 4-17 total 13|14 16|17
uk_three_band parent 4-17 emotional 3|4 4|5
uk_three_band parent 4-17 conduct 2|3 3|4
uk_three_band parent 4-17 hyperactivity 5|6 6|7
uk_three_band parent 4-17 peer 2|3 3|4
uk_three_band parent 4-17 prosocial 6|5 5|4
uk_three_band teacher 4-17 emotional 4|5 5|6
uk_three_band teacher 4-17 conduct 2|3 3|4
uk_three_band teacher 4-17 hyperactivity 5|6 6|7
uk_three_band teacher 4-17 peer 3|4 4|5
uk_three_band teacher 4-17 prosocial 6|5 5|4
uk_three_band self 11-17 total 15|16 19|20
uk_three_band self 11-17 emotional 5|6 6|7
uk_three_band self 11-17 conduct 3|4 4|5
uk_three_band self 11-17 hyperactivity 5|6 6|7
uk_three_band self 11-17 peer 3|4 5|6
uk_three_band self 11-17 prosocial 6|5 5|4
uk_four_band teacher 4-17 total 11|12 15|16 18|19
uk_four_band teacher 4-17 emotional 3|4 4|5 5|6
uk_four_band teacher 4-17 conduct 2|3 3|4 4|5
uk_four_band teacher 4-17 hyperactivity 5|6 7|8 8|9
uk_four_band teacher 4-17 peer 2|3 4|5 5|6
uk_four_band teacher 4-17 prosocial 6|5 5|4 4|3
dutch_norms parent 3-3 total 7|8 10|11
dutch_norms parent 4-6 total 10|11 14|15
dutch_norms parent 7-11 total 10|11 13|14
dutch_norms parent 12-14 total 8|9 11|12
dutch_norms teacher 4-10 total 9|10 13|14
"""


def bands_of(values, ages, **options):
    data = pd.DataFrame({"points": values, "age": ages})
    found = severity_bands(data, score="points", **options)["severity"]
    return [None if pd.isna(band) else band for band in found]


@pytest.mark.parametrize("line", BOUNDARIES.strip().splitlines())
def test_both_sides_of_every_boundary_at_the_first_and_the_last_age(line):
    scheme, informant, ages, scale, *pairs = line.split()
    order = band_order(scheme, scale=scale)
    assert len(order) == len(pairs) + 1
    options = {"informant": informant, "scheme": scheme, "scale": scale}
    for age in map(int, ages.split("-")):
        for at, pair in enumerate(pairs):
            assert bands_of([int(end) for end in pair.split("|")], age, **options) == order[at : at + 2]


def test_the_file_holds_these_bands_and_no_others_and_they_cover_every_score_once():
    table = read_facts("sdq_cut_offs.csv")
    groups = table.groupby(["scheme", "informant", "age_from", "age_to", "scale"])
    assert len(groups) == len(BOUNDARIES.strip().splitlines())
    for (*_, scale), part in groups:
        covered = sorted(point for row in part.itertuples() for point in range(row.low, row.high + 1))
        assert covered == list(range(41 if scale == "total" else 11))
    assert table[["source", "evidence"]].map(len).gt(10).all(axis=None)


def test_no_score_no_age_or_an_age_outside_gives_no_band_never_the_lowest():
    options = {"informant": "parent", "scheme": "dutch_norms"}
    assert bands_of([None, 0, 0, 0, 0, 41, -1, 99, 8.5], [8, None, 2, 15, 22, 8, 13, 8, 13], **options) == [None] * 9
    assert bands_of([0, 0, 0], [3, 14.9, 11.5], **options) == ["normal"] * 3  # ages are in years, also with decimals


@pytest.mark.parametrize(
    ("informant", "scheme", "scale", "instead"),
    [
        ("teacher", "uk_three_band", "total", "uk_four_band by teacher"),
        ("parent", "uk_four_band", "total", "dutch_norms by parent"),
        ("self", "uk_four_band", "peer", "uk_three_band by self"),
        ("self", "dutch_norms", "total", "uk_three_band by self"),
    ],
)
def test_a_cut_off_without_a_source_is_refused_and_what_exists_is_named(informant, scheme, scale, instead):
    with pytest.raises(BereikError, match=f"no source yet.*{instead}"):
        bands_of([1], [8], informant=informant, scheme=scheme, scale=scale)


def test_unknown_names_and_wrong_columns():
    with pytest.raises(UnknownNameError, match="uk_three_band"):
        bands_of([1], [8], informant="parent", scheme="uk_three_bands")
    with pytest.raises(UnknownNameError, match="'peer'"):
        band_order("uk_three_band", scale="peers")
    with pytest.raises(UnknownNameError, match="impact"):
        band_order("uk_three_band", scale="impact")
    with pytest.raises(BereikError, match="'points' holds String"):
        bands_of(["1"], [8], informant="parent", scheme="dutch_norms")
    with pytest.raises(MissingColumnError, match="sdq_parent"):
        severity_bands(pd.DataFrame({"age": [8]}), score="sdq_parent", informant="parent", scheme="dutch_norms")
    with pytest.raises(BereikError, match="type list"):
        severity_bands([1], score="sdq_parent", informant="parent", scheme="dutch_norms")


def test_bands_by_own_limits():
    data = pd.DataFrame({"points": [0, 4, 5, 10, 11, None]})
    found = score_bands(data, score="points", bands={"low": (0, 4), "high": (5, 10)})["severity"]
    assert found.fillna("none").tolist() == ["low", "low", "high", "high", "none", "none"]
    for wrong in ({"low": (0, 5), "high": (5, 10)}, {"low": (4, 0)}, {}):
        with pytest.raises(BereikError, match="low at most high"):
            score_bands(data, score="points", bands=wrong)


def engines(data):
    polars = pl.DataFrame({name: [None if pd.isna(one) else one for one in data[name]] for name in data})
    return {"pandas": data, "polars": polars, "polars lazy": polars.lazy(), "duckdb": duckdb.from_df(data)}


def rows_of(result):
    """Collect a result of any engine as rows; missing is None."""
    if isinstance(result, duckdb.DuckDBPyRelation):
        return sorted(result.fetchall())
    if isinstance(result, pd.DataFrame):
        rows = result.astype(object).where(result.notna(), None).itertuples(index=False, name=None)
        return sorted(rows)
    return sorted(result.lazy().collect().rows())


def test_every_engine_gives_the_same_bands_and_a_lazy_table_stays_lazy():
    generator = np.random.default_rng(1)
    data = pd.DataFrame({"id": range(2000), "age": generator.integers(0, 23, 2000)})
    data["points"] = pd.array(generator.integers(0, 41, 2000), dtype="Int64")
    data.loc[::7, "points"] = pd.NA
    options = {"score": "points", "informant": "parent", "scheme": "dutch_norms"}
    found = {name: severity_bands(table, **options) for name, table in engines(data).items()}
    assert isinstance(found["polars lazy"], pl.LazyFrame)
    assert isinstance(found["duckdb"], duckdb.DuckDBPyRelation)
    rows = {name: rows_of(result) for name, result in found.items()}
    assert {row[3] for row in rows["pandas"]} == {"normal", "borderline", "clinical", None}
    assert rows["pandas"] == rows["polars"] == rows["polars lazy"] == rows["duckdb"]
