"""Notebooks 07 and 08 run to the end whatever the file: what cannot be shown is a sentence, not a stop."""

import runpy
from itertools import product
from pathlib import Path

import pytest

import bereik

BENCH = runpy.run_path(str(Path(__file__).resolve().parents[1] / "bench" / "own_notebooks.py"))
YOUTHS = bereik.example_youths(300_000)
FILES, SEEN = BENCH["files"](YOUTHS), set()


@pytest.mark.parametrize("name", FILES)
def test_notebooks_run_to_the_end_for_each_way_in_which_group_and_reference_are_shown(name, output):
    """Of every group, reference and form: those by which a table is shown in a way that was not tried yet."""
    forms = list(BENCH["FORMS_OF_FILE"].values())
    persons = forms[list(FILES).index(name) % len(forms)](FILES[name]())
    with BENCH["released_once"](persons):
        for asked, number in product(BENCH["pairs"](persons), ("07", "08")):
            ways = BENCH["ways_of"](number, persons, asked)
            if not asked or ways - SEEN:
                assert BENCH["ends"](number, persons, asked) == ""
                SEEN.update(ways)
