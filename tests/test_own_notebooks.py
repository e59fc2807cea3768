"""Notebooks 07 and 08 run to the end whatever the file: what cannot be shown is a sentence, not a stop."""

import runpy
from itertools import product
from pathlib import Path

import pytest

import bereik

BENCH = runpy.run_path(str(Path(__file__).resolve().parents[1] / "bench" / "own_notebooks.py"))
FILES, SEEN = list(BENCH["files"](bereik.example_youths(2_000))), set()


@pytest.fixture(scope="module")
def made():
    return BENCH["files"](bereik.example_youths(300_000))


@pytest.mark.parametrize("name", FILES)
def test_notebooks_run_to_the_end_however_tables_show_group_and_reference(name, made, output):
    """Of every group, reference and form: those by which a table is shown in a way that was not tried yet."""
    forms = list(BENCH["FORMS_OF_FILE"].values())
    persons = forms[FILES.index(name) % len(forms)](made[name]())
    with BENCH["released_once"](persons):
        for asked, number in product(BENCH["pairs"](persons), ("07", "08")):
            ways = BENCH["ways_of"](number, persons, asked)
            if ways - SEEN:
                assert BENCH["ends"](number, persons, asked) == ""
                SEEN.update(ways)
