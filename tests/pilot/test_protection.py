"""Attacks on what the results of small pilots show; each succeeds on the same results as plain counts would give them."""

from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from bereik.errors import DisclosureError
from bereik.pilot import attendance, example_pilot, paired_change, recruitment
from bereik.suppress import refuse_unprotected

ALL, SAME = "all networks", {"synthetic": True, "source": "individual data: made up"}
CAME, CHANGED = ["came", "away"], ["improved", "unchanged", "declined", "missing"]
ANSWERED = CHANGED[:3]


def pilot_of(seed):
    """Two or three networks of 5 to 45 persons: who came to the only meeting, and how the answer to one question changed."""
    draw = np.random.default_rng(seed)
    networks = np.repeat(["a", "b", "c"], np.array([*draw.integers(5, 46, 2), draw.integers(5, 46) * (seed % 2)]))
    people = pd.DataFrame({"participant": [f"P{i}" for i in range(len(networks))], "network": networks})
    people = people.assign(joined=pd.Timestamp("2021-01-01"), left=pd.NaT)
    people["came"] = np.where(draw.random(len(people)) < draw.choice([0.5, 0.7, 0.9]), "came", "away")
    spread = [[0.45, 0.2, 0.15, 0.2], [0.3, 0.25, 0.25, 0.2], [0.8, 0.1, 0.05, 0.05]]
    people["changed"] = draw.choice(CHANGED, len(people), p=spread[seed % 3])
    meetings = pd.DataFrame({"meeting": list("abc"), "network": list("abc"), "date": pd.Timestamp("2021-02-01")})
    presence = people[["participant"]].assign(meeting=networks, attended=people["came"] == "came")
    after = people["changed"].map({"improved": 4, "unchanged": 3, "declined": 2})
    waves = pd.concat([people.assign(wave="before", answer=3), people.assign(wave="after", answer=after)])
    meetings = meetings[meetings["network"].isin(people["network"])]
    tables = {"participants": people, "meetings": meetings, "attendance": presence}
    answers = waves[["participant", "wave", "answer"]].dropna().astype({"answer": int})
    tables["answers"] = answers.assign(scale="s", item="s1")
    return example_pilot()._replace(**{name: table.assign(**SAME) for name, table in tables.items()})


def plain(people, column, one, of):
    """What a table of counts with the networks of fewer than ten left out shows: k of n, of all together and per network."""
    groups = {ALL: people} | dict(list(people.groupby("network")))
    sums = {name: (group[column].eq(one).sum(), group[column].isin(of).sum()) for name, group in groups.items()}
    return [(name, k, n) for name, (k, n) in sums.items() if n >= 10]


def told(rows, cell, others):
    """What k of n says: how many persons of a network are in one cell, and in this one and the others together."""
    others = [others] if isinstance(others, str) else others
    return [fact for network, k, n in rows for fact in ((network, [cell], k, k), (network, [cell, *others], n, n))]


def shown(table):
    table = table[(table["status"] == "shown") & table["numerator"].notna()]
    return list(table[["network", "numerator", "denominator"]].itertuples(index=False, name=None))


def found(networks, cells, facts):
    """Small numbers of persons that follow from the facts: in one cell, of one or more networks; by linear programming."""
    columns = [(network, cell) for network in networks for cell in cells]
    at = [[(a in (network,) or network == ALL) and c in part for a, c in columns] for network, part, _, _ in facts]
    rows, low, high = np.array(at, dtype=float), *np.array([fact[2:] for fact in facts], dtype=float).T
    subsets = chain.from_iterable(combinations(networks, size) for size in range(1, len(networks) + 1))
    for subset in subsets:
        for cell in cells:
            sought = np.array([a in subset and c == cell for a, c in columns], dtype=float)
            ends = [linprog(sign * sought, np.vstack([rows, -rows]), [*high, *-low]).fun * sign for sign in (1, -1)]
            if ends[1] - ends[0] < 0.5 and ends[0] < 9.5:
                yield subset, cell


@pytest.mark.parametrize("seed", range(20))
def test_no_number_of_a_few_persons_follows(seed):
    pilot = pilot_of(seed)
    networks = list(pilot.participants["network"].unique())
    size, came, changes = recruitment(pilot), attendance(pilot), paired_change(pilot.answers, pilot.participants)
    sizes = [(network, [*CAME, *CHANGED], n, n) for network, n, _ in shown(size)]
    facts = [changes[changes["measure"] == f"share_{name}"].pipe(shown) for name in ANSWERED]
    facts = [fact for rows, name in zip(facts, ANSWERED, strict=True) for fact in told(rows, name, ANSWERED)]
    pairs = changes[changes["measure"].eq("hodges_lehmann_shift") & changes["denominator"].notna()]
    of_cases = {"complete pairs": ANSWERED, "worst case": CHANGED, "best case": CHANGED}
    facts += [(row.network, of_cases[row.nonresponse], *[row.denominator] * 2) for row in pairs.itertuples()]
    assert not list(found(networks, CAME, sizes + told(shown(came), *CAME)))
    assert not list(found(networks, CHANGED, sizes + facts))
    for table in (size, came, changes):
        assert all(min(k, n - k) >= 10 for _, k, n in shown(table) if not np.isnan(n))
        refuse_unprotected(table)


def test_from_plain_counts_numbers_of_a_few_persons_follow():
    seen = []
    for seed in range(20):
        people = pilot_of(seed).participants
        networks = list(people["network"].unique())
        sizes = [(network, CHANGED, n, n) for network, _, n in plain(people, "changed", "", CHANGED)]
        changed = [fact for name in ANSWERED for fact in told(plain(people, "changed", name, ANSWERED), name, ANSWERED)]
        came = found(networks, CAME, told(plain(people, "came", "came", CAME), *CAME))
        seen.append((any(came), any(found(networks, CHANGED, sizes + changed))))
    assert np.sum(seen, axis=0).tolist() == [17, 20]


def test_a_result_without_the_mark_or_the_table_of_persons_is_refused():
    pilot = pilot_of(0)
    came = attendance(pilot)
    for table in (came.assign(source="individual data: made up"), pilot.participants):
        with pytest.raises(DisclosureError, match="not protected"):
            refuse_unprotected(table)
    with pytest.raises(DisclosureError, match="fewer than 10"):
        refuse_unprotected(came.assign(numerator=9, denominator=30, status="shown"))
