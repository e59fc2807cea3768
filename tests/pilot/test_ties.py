"""Referral ties between formal and informal organisations: by hand on a small network."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, IncomparableError
from bereik.pilot import example_pilot, tie_change, tie_map, tie_measures

KINDS = {f"F{i}": "formal" for i in range(6)} | {f"I{i}": "informal" for i in range(4)}
# 12 ties: 5 cross (F0-I0 both ways, I1 -> F1, F2 -> I2, I3 -> F1), 7 do not (F0-F1 both ways, I0-I1, ...)
CROSSING = [("F0", "I0"), ("I0", "F0"), ("I1", "F1"), ("F2", "I2"), ("I3", "F1")]
WITHIN = [("F0", "F1"), ("F1", "F0"), ("F1", "F2"), ("F3", "F4"), ("F4", "F5"), ("I0", "I1"), ("I2", "I3")]
TIES = CROSSING + WITHIN


def network(ties=TIES, kinds=KINDS):
    organisations = pd.DataFrame({"organisation": kinds.keys(), "formality": kinds.values()})
    table = pd.DataFrame(ties, columns=["from_organisation", "to_organisation"])
    tables = {"organisations": organisations, "ties": table.assign(families=4, reached_care=2)}
    same = {"synthetic": True, "source": "made up"}
    return example_pilot()._replace(**{name: one.assign(**same) for name, one in tables.items()})


def test_shares_and_the_index_are_those_by_hand():
    value = tie_measures(network()).set_index("measure")["value"]
    assert value[["ties", "ties_crossing"]].tolist() == [12, 5]
    assert value["share_crossing"] == pytest.approx(100 * 5 / 12)
    assert value["ei_index"] == pytest.approx((5 - 7) / 12)


def test_the_permutation_agrees_with_all_labellings():
    table = tie_measures(network()).set_index("measure")
    assert tie_measures(network(kinds=dict(reversed(KINDS.items())))).set_index("measure").equals(table)
    crossing = [  # all 210 ways to call four organisations informal
        np.mean([(one in chosen) != (other in chosen) for one, other in TIES]) for chosen in combinations(KINDS, 4)
    ]
    index = 2 * np.array(crossing) - 1
    assert table.loc["ei_index_by_chance", "value"] == pytest.approx(index.mean())
    extreme = np.abs(index - index.mean()) >= abs(2 * 5 / 12 - 1 - index.mean()) - 1e-12
    assert table.loc["ei_index_p", "value"] == pytest.approx(extreme.mean(), abs=0.02)
    lower, upper = table.loc["ei_index_by_chance", ["lower", "upper"]].astype(float)
    assert np.mean((index >= lower - 1e-9) & (index <= upper + 1e-9)) >= 0.95
    assert np.mean((index > lower + 1e-9) & (index < upper - 1e-9)) <= 0.95  # and no wider than the next value


def test_change_counts_ties_and_takes_the_mean_over_who_refers():
    after = [tie for tie in TIES if tie != ("F2", "I2")] + [("F3", "I3"), ("F4", "I3"), ("I0", "F5"), ("F0", "I1")]
    table = tie_change(network(), network(after)).set_index(["ties", "measure"])
    counts = ["ties_kept", "ties_new", "ties_lost"]
    assert table.loc["crossing"].loc[counts, "value"].tolist() == [4, 4, 1]
    assert table.loc["within"].loc[counts, "value"].tolist() == [7, 0, 0]
    differences = np.array([1, 0, -1, 1, 1, 0, 1, 0, 0, 0])  # of F0 to F5 and I0 to I3
    row = table.loc[("crossing", "ties_change")]
    assert row["value"] == pytest.approx(differences.mean())
    assert row["upper"] - row["value"] == pytest.approx(2.262157 * differences.std(ddof=1) / np.sqrt(10), rel=1e-6)
    # five changes that are not zero, four up: 2 x (1 + 5) / 2^5
    assert table.loc[("crossing", "ties_change_p"), "value"] == pytest.approx(0.375)


def test_small_networks_are_hidden():
    few = network(TIES[:9])
    for table in (tie_measures(few), tie_map(few), tie_change(few, network())):
        assert set(table["status"]) == {"hidden"}
        assert table[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)


def test_one_kind_no_ties_and_other_organisations_are_refused():
    with pytest.raises(BereikError, match="All organisations are formal"):
        tie_measures(network([("F0", "F1")], {"F0": "formal", "F1": "formal"}))
    with pytest.raises(BereikError, match="The pilot data have no ties"):
        tie_measures(network([]))
    with pytest.raises(IncomparableError, match="first in 'F9'"):
        tie_change(network(), network(kinds={"F9": "formal", **KINDS}))


def test_the_map_has_every_organisation_and_no_numbers_of_families():
    table = tie_map(network())
    sent = table[table["measure"] == "ties_sent"].set_index("organisation")["value"]
    assert sent.to_dict() == {"F0": 2, "F1": 2, "F2": 1, "F3": 1, "F4": 1, "F5": 0, "I0": 2, "I1": 1, "I2": 1, "I3": 1}
    assert table.loc[table["measure"] == "referral_tie", "value"].tolist() == [1] * 12
    assert table[["numerator", "denominator"]].isna().all(axis=None)
