"""Scores and bands of the SDQ: by hand from the scoring sheet, and both sides of every published cut-off."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bereik import score_sdq, severity_bands
from bereik.errors import BereikError, InvalidTableError, MissingColumnError, UnknownNameError
from bereik.severity.sdq import read_facts

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


def given(items, points):
    return answers(0, **dict(zip(items, [*points, *[None] * (5 - len(points))], strict=True)))


# By hand from the scoring sheet of the owner (2014): emotional, conduct, hyperactivity, peer, prosocial, total, sums.
CASES = [
    (answers(0), [0, 2, 4, 4, 0, 10, 4, 6]),
    (answers(1), [5, 5, 5, 5, 5, 20, 10, 10]),
    (answers(2), [10, 8, 6, 6, 10, 30, 16, 14]),
    (answers(0, **dict.fromkeys([*REVERSED, *PROSOCIAL], 2)), [0, 0, 0, 0, 10, 0, 0, 0]),
    (answers(2, **dict.fromkeys([*REVERSED, *PROSOCIAL], 0)), [10, 10, 10, 10, 0, 40, 20, 20]),
    # fewer than three answers give no scale, and no sum that contains it; the total does not contain prosocial
    (given(EMOTIONAL, [1, 0]), [None, 2, 4, 4, 0, None, None, 6]),
    (given(PROSOCIAL, [1, 0]), [0, 2, 4, 4, None, 10, 4, 6]),
]


@pytest.mark.parametrize(("data", "expected"), CASES)
def test_scores_by_hand(data, expected):
    assert scores(data) == expected


# 4 on 3 items is 6.67, 2 on 4 items is 2.5 and 6 on 4 items 7.5: half up, where Python's round gives 2 and 8.
@pytest.mark.parametrize(
    ("points", "score"),
    [([2, 1, 1], 7), ([1, 1, 0, 0], 3), ([2, 2, 2, 0], 8), ([1, 0, 0], 2), ([1, 0, 0, 0], 1), ([2, 2, 1, 1, 1], 7)],
)
def test_a_scale_with_missing_answers(points, score):
    assert [scores(given(EMOTIONAL, points))[at] for at in (0, 5)] == [score, 10 + score]


def test_own_names_in_the_order_of_the_questionnaire():
    data = answers(0, obeys=2).rename(columns={name: f"q{at}" for at, name in enumerate(NAMES, 1)})
    data["q3"] = 2
    assert scores(data, "teacher", items=[f"q{at}" for at in range(1, 26)]) == [2, 0, 4, 4, 0, 10, 6, 4]


@pytest.mark.parametrize("wrong", [3, -1, 0.5, 9, "1", "True", True, np.True_, [1], 1j, b"1"])
def test_what_is_no_answer_is_refused_also_among_objects_and_without_telling_the_row(wrong):
    for given in ([wrong], pd.Series([wrong, None, 1], dtype=object)):
        with pytest.raises(InvalidTableError, match="'tantrum' holds what is no answer: [^:]+. Expected: 0, 1, 2"):
            score_sdq(pd.concat([answers()] * len(given), ignore_index=True).assign(tantrum=given))
    assert scores(answers().astype(object)) == scores(answers())


REFUSED = [
    (answers().drop(columns="tantrum"), {}, MissingColumnError, "tantrum"),
    (answers(), {"items": NAMES[:24]}, BereikError, "25 different columns"),
    *[
        (answers(), {"items": items}, BereikError, "a list of one or more column names")
        for items in ("tantrum", [3] * 25, 3)
    ],
    (answers(), {"informant": "techer"}, UnknownNameError, "'teacher'"),
]


@pytest.mark.parametrize(("data", "options", "error", "words"), REFUSED)
def test_what_cannot_be_scored_is_refused(data, options, error, words):
    with pytest.raises(error, match=words):
        score_sdq(data, **options)


# scheme, informant, ages, scale, boundary pairs: typed from the tables named in sdq_cut_offs.csv, not read from that file
BOUNDARIES = (Path(__file__).parent / "sdq_boundaries.txt").read_text("utf-8").splitlines()


def banded(values, ages=8, **options):
    return severity_bands(pd.DataFrame({"points": values, "age": ages}), score="points", **options)["severity"]


@pytest.mark.parametrize("line", BOUNDARIES)
def test_both_sides_of_every_boundary_at_the_first_and_the_last_age(line):
    scheme, informant, ages, scale, *pairs = line.split()
    for age in map(int, ages.split("-")):
        for at, pair in enumerate(pairs):
            ends = [int(end) for end in pair.split("|")]
            bands = banded(ends, age, informant=informant, scheme=scheme, scale=scale)
            order = bands.cat.categories.tolist()
            assert len(order) == len(pairs) + 1
            assert bands.tolist() == order[at : at + 2]


def test_bands_are_ordered_from_least_to_most_severe():
    four, dutch = ["close to average", "slightly raised", "high", "very high"], ["normal", "borderline", "clinical"]
    for scheme, order in {"uk_four_band": four, "dutch_norms": dutch}.items():
        bands = banded([0], informant="teacher", scheme=scheme)
        assert bands.cat.ordered
        assert bands.cat.categories.tolist() == order


def test_the_file_holds_these_bands_and_no_others_and_they_cover_every_score_once():
    table = read_facts("sdq_cut_offs.csv")
    groups = table.groupby(["scheme", "informant", "age_from", "age_to", "scale"])
    assert len(groups) == len(BOUNDARIES)
    for (*_, scale), part in groups:
        covered = sorted(point for row in part.itertuples() for point in range(row.low, row.high + 1))
        assert covered == list(range(41 if scale == "total" else 11))
    assert table[["source", "evidence"]].map(len).gt(10).all(axis=None)


def test_no_score_no_age_or_an_age_outside_gives_no_band_never_the_lowest():
    options = {"informant": "parent", "scheme": "dutch_norms"}
    assert banded([None, 0, 0, 0, 0, 41, -1, 99, 8.5], [8, None, 2, 15, 22, 8, 13, 8, 13], **options).isna().all()
    within = banded([0, 0, 0], [3, 14.9, 11.5], **options)  # ages are in years, also with decimals
    assert within.tolist() == ["normal"] * 3


def test_bands_by_own_limits():
    bands = banded([0, 4, 5, 10, 11, None], bands={"low": (0, 4), "high": (5, 10)})
    assert bands.tolist() == ["low", "low", "high", "high", np.nan, np.nan]
    assert bands.cat.categories.tolist() == ["low", "high"]


PARENT = {"informant": "parent", "scheme": "dutch_norms"}


WRONG = [
    ([1], {"informant": "teacher", "scheme": "uk_three_band"}, BereikError, "no source yet.*uk_four_band by tea"),
    ([1], {"informant": "parent", "scheme": "uk_four_band"}, BereikError, "no source yet.*dutch_norms by parent"),
    ([1], {"informant": "self", "scheme": "dutch_norms"}, BereikError, "no source yet.*uk_three_band by self"),
    ([1], PARENT | {"scheme": "uk_three_bands"}, UnknownNameError, "uk_three_band"),
    ([1], PARENT | {"scale": "impact"}, UnknownNameError, "impact"),
    ([1], {"scheme": "dutch_norms"}, UnknownNameError, "informant None"),
    (["1"], PARENT, BereikError, "'points' of the data of persons holds String"),
    ([1], PARENT | {"age": "years"}, MissingColumnError, "years"),
    ([1], {}, BereikError, "one of the two"),
    ([1], PARENT | {"bands": {"low": (0, 5)}}, BereikError, "one of the two"),
    ([1], {"bands": {"low": (0, 5), "high": (5, 10)}}, BereikError, "low at most high"),
    ([1], {"bands": {"low": (4, 0)}}, BereikError, "low at most high"),
    *[
        ([1], {"bands": bands}, BereikError, "low at most high")
        for bands in ({}, {"a": 1}, {"a": (0,)}, {"a": ("x", 1)}, {"a": (0, True)}, {"a": (0, np.nan)}, "ab", [1])
    ],
    *[
        ([1], {"bands": {"low": (0, 5)}, "into": into}, BereikError, "a list of one or more column names")
        for into in (None, 3, "")
    ],
]


@pytest.mark.parametrize(("values", "options", "error", "words"), WRONG)
def test_what_gives_no_bands_is_refused(values, options, error, words):
    with pytest.raises(error, match=words):
        banded(values, **options)
    with pytest.raises(BereikError, match="list is no table"):
        severity_bands(values, score="points", bands={"low": (0, 5)})
