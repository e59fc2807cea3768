"""Bad input is refused in one clear message, or the result is right: bench/fuzz.py with a few damages of every call."""

import runpy
import time
from pathlib import Path

import pandas as pd
import pytest

from bereik.errors import BereikError

BENCH = runpy.run_path(str(Path(__file__).resolve().parents[1] / "bench" / "fuzz.py"))


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return BENCH["calls"](tmp_path_factory.mktemp("calls"))


@pytest.mark.parametrize("part", range(5))
def test_damaged_calls_give_one_clear_error_or_the_right_result(part, calls, tmp_path, monkeypatch):
    monkeypatch.setenv("BEREIK_OUTPUT", str(tmp_path))
    rows = BENCH["study"](calls[part::5], 15, seed=part)
    assert len(rows) >= 15
    assert not rows["outcome"].isin(BENCH["FAULTS"]).any(), BENCH["report"](rows)


@pytest.fixture
def found(calls):
    """What is found of a function of counts that answers in one way, whatever it is given: the outcomes by damage."""
    good = next(call for call in calls if call.name == "standardise").arguments

    def found_of(answer):
        def careless(counts: pd.DataFrame, *, by: list, over: list):
            return answer(counts)

        rows = BENCH["study"]([BENCH["Call"](answer.__name__, careless, good)], 0)
        return rows.groupby(["kind", "damage"])["outcome"].agg(set).to_dict()

    return found_of


def rate(counts):
    table = counts.groupby(["origin", "severity"], as_index=False, observed=True)[["users", "population"]].sum()
    return table.assign(value=100 * table["users"] / table["population"])


def test_a_number_for_a_table_with_a_total_is_found(found):
    of = found(rate)
    assert of["totals", "Totaal"] == of["totals", "zz"] == of["types", "complex"] == {"silent"}
    assert of["harmless", "shuffled"] == of["harmless", "Int64"] == {"right"}
    assert of["tables", "None"] == of["types", "dates"] == {"foreign"}


def refuse(counts):
    raise BereikError(f"found {counts['population'].tolist()}", "other counts", "look again")


def wait(counts):
    time.sleep(3 * (counts["users"] < 0).any())


@pytest.mark.parametrize(("answer", "what"), [(refuse, "unclear"), (wait, "hang")])
def test_what_quotes_persons_or_does_not_end_is_found(answer, what, found, monkeypatch):
    monkeypatch.setitem(BENCH["answer"].__globals__, "SECONDS", 1)
    assert found(answer)["limits", "negative"] == {what}
