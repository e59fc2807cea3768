"""How many intervals lie clearly on one side, counted by hand."""

import numpy as np
import pandas as pd
import pytest

import bereik
from bereik.errors import IncomparableError
from bereik.tables import result_table


def results(lower, upper, *, per="ratio", **changed):
    frame = pd.DataFrame({"place": [f"p{at}" for at in range(len(lower))], "lower": lower, "upper": upper, "per": per})
    frame = frame.assign(
        measure="m", value=1.0, status="shown", synthetic=False, source="CBS StatLine 1; CBS StatLine 2"
    )
    return result_table(frame.assign(**changed), ["place"])


def counted(table, **by):
    told = bereik.count_sides(table, **by).set_index("measure")
    return told["value"].astype(int).to_dict()


def test_ratios_are_held_against_one_and_differences_against_zero():
    lower, upper = [0.5, 0.8, 1.1, 1.0, 0.9], [0.9, 1.0, 1.4, 1.2, 1.3]  # a limit that touches 1 is not clear
    assert counted(results(lower, upper)) == {"clearly_below": 1, "clearly_above": 1, "not_clear": 3, "not_shown": 0}
    assert counted(results([0.5], [0.9], per="ratio of users to expected users"))["clearly_below"] == 1
    shifted = results([-2, -1, 0.5], [-1, 1, 2], per="100 youths")
    assert counted(shifted) == {"clearly_below": 1, "clearly_above": 1, "not_clear": 1, "not_shown": 0}


def test_what_is_hidden_is_counted_apart_and_is_not_in_the_denominator():
    table = results([0.5, np.nan], [0.9, np.nan])
    table.loc[1, ["value", "status"]] = [np.nan, "suppressed"]
    told = bereik.count_sides(table)
    assert counted(table) == {"clearly_below": 1, "clearly_above": 0, "not_clear": 0, "not_shown": 1}
    assert set(told["denominator"]) == {1.0}
    assert set(told["source"]) == {"CBS StatLine 1; CBS StatLine 2"}


def test_groups_are_counted_separately_in_the_order_of_the_table():
    table = results([0.5, 1.1, 0.6], [0.9, 1.4, 0.7]).assign(year=["2022", "2021", "2022"])
    told = bereik.count_sides(table, by=["year"])
    below = told[told["measure"] == "clearly_below"]
    assert below[["year", "value", "denominator"]].to_numpy().tolist() == [["2022", 2.0, 2.0], ["2021", 0.0, 1.0]]


def test_noise_decides_nothing_and_kinds_are_not_mixed():
    assert counted(results([0.5], [1 - 1e-13]))["clearly_below"] == 0
    mixed = pd.concat([results([0.5], [0.9]), results([0.5], [0.9], per="100 youths")])
    with pytest.raises(IncomparableError):
        bereik.count_sides(mixed)
