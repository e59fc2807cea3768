"""Referral ties between formal and informal organisations: by hand on a small network and against networkx."""

from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from bereik.errors import BereikError, IncomparableError
from bereik.pilot.brokers import brokers, tie_map
from bereik.pilot.files import read_pilot
from bereik.pilot.referred import referred_to_care
from bereik.pilot.ties import tie_change, tie_measures

KINDS = {**{f"F{i}": "formal" for i in range(6)}, **{f"I{i}": "informal" for i in range(4)}}
# 12 ties: 5 cross (F0-I0 both ways, I1 -> F1, F2 -> I2, I3 -> F1), 7 do not (F0-F1 both ways, I0-I1, ...)
TIES = [
    ("F0", "I0"), ("I0", "F0"), ("I1", "F1"), ("F2", "I2"), ("I3", "F1"), ("F0", "F1"), ("F1", "F0"), ("F1", "F2"),
    ("F3", "F4"), ("F4", "F5"), ("I0", "I1"), ("I2", "I3"),
]  # fmt: skip


def network(ties=TIES, kinds=KINDS, families=4, reached=2):
    organisations = pd.DataFrame({"organisation": kinds.keys(), "formality": kinds.values(), "municipality": None})
    table = pd.DataFrame(ties, columns=["from_organisation", "to_organisation"])
    tables = {"organisations": organisations, "ties": table.assign(families=families, reached_care=reached)}
    empty = read_pilot()
    return empty._replace(**{name: one.assign(synthetic=True, source="made up") for name, one in tables.items()})


def values(table):
    return table.set_index("measure")["value"]


def test_shares_and_the_index_are_those_by_hand():
    found = values(tie_measures(network()))
    assert (found["ties"], found["ties_crossing"]) == (12, 5)
    assert found["share_crossing"] == pytest.approx(100 * 5 / 12)
    assert found["ei_index"] == pytest.approx((5 - 7) / 12)
    assert found["reciprocity"] == pytest.approx(100 * 4 / 12)  # F0-I0 and F0-F1
    assert found["reciprocity_crossing"] == pytest.approx(100 * 2 / 5)
    graph = nx.DiGraph(TIES)
    assert found["reciprocity"] == pytest.approx(100 * nx.reciprocity(graph))
    kinds = {name: kind for name, kind in KINDS.items() if name in graph}
    nx.set_node_attributes(graph, kinds, "kind")
    mixing = nx.attribute_mixing_matrix(graph, "kind", normalized=False)
    assert found["ei_index"] == pytest.approx(1 - 2 * np.trace(mixing) / mixing.sum())


def test_the_permutation_agrees_with_all_labellings():
    table = tie_measures(network()).set_index("measure")
    names, crossing = list(KINDS), []
    for chosen in combinations(names, 4):  # all 210 ways to call four organisations informal
        crossing.append(np.mean([(one in chosen) != (other in chosen) for one, other in TIES]))
    index = 2 * np.array(crossing) - 1
    assert table.loc["ei_index_by_chance", "value"] == pytest.approx(index.mean())
    extreme = np.abs(index - index.mean()) >= abs(2 * 5 / 12 - 1 - index.mean()) - 1e-12
    assert table.loc["ei_index_p", "value"] == pytest.approx(extreme.mean(), abs=0.02)
    lower, upper = table.loc["ei_index_by_chance", ["lower", "upper"]].astype(float)
    assert np.mean((index >= lower - 1e-9) & (index <= upper + 1e-9)) >= 0.95
    assert np.mean((index > lower + 1e-9) & (index < upper - 1e-9)) <= 0.95  # and no wider than the next value


def test_a_broker_is_who_the_shortest_ways_run_through():
    # I0 -> F0 -> F1, I1 -> F0 -> F1 and nothing else: F0 lies on the ways of I0 and I1 to F1, not on those to itself
    kinds = {f"F{i}": "formal" for i in range(8)} | {"I0": "informal", "I1": "informal"}
    found = brokers(network([("I0", "F0"), ("I1", "F0"), ("F0", "F1")], kinds))
    assert found["organisation"].tolist() == ["F0"]
    assert found["value"].tolist() == [100.0]
    direct = brokers(network([("I0", "F0"), ("I1", "F0"), ("F0", "F1"), ("I1", "F1")], kinds))
    assert direct["value"].tolist() == [50.0]
    assert brokers(network([("I0", "F0")], kinds)).empty
    hidden = brokers(network([("I0", "F0"), ("F0", "F1")], {"I0": "informal", "F0": "formal", "F1": "formal"}))
    assert hidden["status"].tolist() == ["suppressed"]
    assert hidden["value"].isna().all()


def test_change_counts_ties_and_takes_the_mean_over_who_refers():
    after = [tie for tie in TIES if tie != ("F2", "I2")] + [("F3", "I3"), ("F4", "I3"), ("I0", "F5"), ("F0", "I1")]
    found = tie_change(network(), network(after)).set_index(["ties", "measure"])
    kept, new, lost = (found.loc[("crossing", f"ties_{name}"), "value"] for name in ("kept", "new", "lost"))
    assert (kept, new, lost) == (4, 4, 1)
    assert found.loc[("within", "ties_kept"), "value"] == 7
    differences = np.array([1, 0, -1, 1, 1, 0, 1, 0, 0, 0])  # of F0 to F5 and I0 to I3
    row = found.loc[("crossing", "ties_change")]
    assert row["value"] == pytest.approx(differences.mean())
    assert row["upper"] - row["value"] == pytest.approx(2.262157 * differences.std(ddof=1) / np.sqrt(10), rel=1e-6)
    # five changes that are not zero, four up: 2 x (1 + 5) / 2^5
    assert found.loc[("crossing", "ties_change_p"), "value"] == pytest.approx(0.375)


def test_families_are_counted_by_door_and_unknown_is_not_zero():
    pilot = network(families=20, reached=11)
    found = referred_to_care(pilot).set_index(["referred_by", "measure"])
    # to formal: F0 -> F1, F1 -> F0, F1 -> F2, F3 -> F4, F4 -> F5 (formal); I0 -> F0, I1 -> F1, I3 -> F1 (informal)
    assert found.loc[("formal", "reached_care"), ["numerator", "denominator"]].tolist() == [55, 100]
    assert found.loc[("informal", "share_of_reached"), ["numerator", "denominator"]].tolist() == [33, 88]
    unknown = pilot.ties.assign(reached_care=pilot.ties["reached_care"].astype("Int64"))
    unknown.loc[unknown["from_organisation"] == "F1", "reached_care"] = pd.NA
    fewer = referred_to_care(pilot._replace(ties=unknown)).set_index(["referred_by", "measure"])
    assert fewer.loc[("formal", "reached_care"), ["numerator", "denominator"]].tolist() == [33, 60]
    assert "2 of 8 ties without outcome" in fewer["method"].iloc[0]
    none = unknown.assign(reached_care=pd.array([pd.NA] * len(unknown), dtype="Int64"))
    with pytest.raises(BereikError, match="No tie to a formal organisation says"):
        referred_to_care(pilot._replace(ties=none))


def test_few_families_hide_all():
    found = referred_to_care(network(families=4, reached=2))
    assert set(found["status"]) == {"suppressed"}
    assert found[["value", "lower", "numerator", "denominator"]].isna().all(axis=None)


def test_small_networks_are_hidden_and_one_kind_is_refused():
    few = tie_measures(network(TIES[:9]))
    assert set(few["status"]) == {"suppressed"}
    assert few[["value", "lower", "upper"]].isna().all(axis=None)
    assert set(tie_map(network(TIES[:9]))["status"]) == {"suppressed"}
    derived = tie_change(network(TIES[:9]), network())
    assert set(derived["status"]) == {"suppressed"}
    assert derived[["value", "lower", "denominator"]].isna().all(axis=None)
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
    assert (table.loc[table["measure"] == "referral_tie", "value"] == 1).all()
    assert table[["numerator", "denominator"]].isna().all(axis=None)
