"""Who took part in the networks, and what became of tools, signals and referrals: by hand on a small pilot."""

import pandas as pd
import pytest
from scipy.stats import binomtest

from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.pilot import attendance, example_pilot, partner_kinds, recruitment, referred_to_care, uptake

DAYS = pd.to_datetime(["2021-01-01", "2021-02-01", "2021-03-01"])
COUNTS = ["value", "numerator", "denominator"]


def exact(count, total):
    return [100 * limit for limit in binomtest(count, total).proportion_ci(0.95, "exact")]


@pytest.fixture
def pilot():
    """Of 41 in accessibility one joins after the first meeting, eleven are absent there and leave; 13 in governance."""
    network = ["accessibility"] * 41 + ["governance"] * 13
    people = pd.DataFrame({"participant": [f"P{i:02d}" for i in range(54)], "network": network})
    people["joined"] = pd.to_datetime(["2021-01-15"] + ["2020-12-01"] * 53)
    people["left"] = pd.to_datetime([None] * 30 + ["2021-01-20"] * 11 + [None] * 13)
    meetings = pd.DataFrame({"meeting": ["M1", "M2", "M3"], "network": "accessibility", "date": DAYS})
    expected = {"M1": range(1, 41), "M2": range(30), "M3": range(30)}
    rows = [(meeting, f"P{i:02d}", not (meeting == "M1" and i > 29)) for meeting, who in expected.items() for i in who]
    tools = {"tool": "guide", "organisation": range(10), "tried": [DAYS[1]] * 6 + [None] * 4}
    tools["adopted"] = [DAYS[2]] * 2 + [None] * 8
    signals = {"signal": range(12), "network": ["accessibility"] * 11 + ["governance"]}
    signals |= {"taken_up": [DAYS[1]] * 9 + [None] * 3, "resolved": [DAYS[2]] * 3 + [None] * 9}
    there = pd.DataFrame(rows, columns=["meeting", "participant", "attended"])
    tables = {"participants": people, "meetings": meetings, "attendance": there, "tools": tools, "signals": signals}
    same = {"synthetic": True, "source": "made up"}
    return example_pilot()._replace(**{name: pd.DataFrame(one).assign(**same) for name, one in tables.items()})


def test_recruitment_is_set_against_a_plan(pilot):
    plan = {"accessibility": (10, 12), "governance": (14, 20)}
    table = recruitment(pilot, plan).set_index("network")
    assert table["value"].to_dict() == {"all networks": 54, "accessibility": 41, "governance": 13}
    assert table["against_plan"].tolist() == ["no plan", "above", "below"]
    assert table["plan_lowest"].fillna(-1).tolist() == [-1, 10, 14], "no plan is no 0"
    assert set(recruitment(pilot)["against_plan"]) == {"no plan"}
    for gone, said in ((29, ["within", "below"]), (32, ["hidden", "hidden"])):
        fewer = pilot._replace(participants=pilot.participants.drop(index=range(gone)))
        table = recruitment(fewer, plan).set_index("network")
        assert table["against_plan"].tolist() == ["no plan", *said]
    assert table["status"].tolist() == ["shown", "hidden", "hidden"]
    assert table.loc[["accessibility", "governance"], COUNTS].isna().all(axis=None)
    for wrong in (*({"governance": limits} for limits in ((12, 10), (10,), ("10", "12"), 10)), [10, 12]):
        with pytest.raises(BereikError, match="lowest and a highest"):
            recruitment(pilot, wrong)


def test_kinds_of_partner_that_take_part_are_known_and_their_numbers_are_not(pilot):
    people = pilot.participants.assign(partner_kind=["municipality", "experience"] * 27)
    table = partner_kinds(pilot._replace(participants=people)).set_index("partner_kind")
    assert table.index[table["value"] == 1].tolist() == ["municipality", "experience"]
    assert len(table) == 7
    assert table[["numerator", "denominator"]].isna().all(axis=None)
    few = partner_kinds(pilot._replace(participants=people.head(9)))
    assert set(few["status"]) == {"hidden"}
    assert few["value"].isna().all()


def test_attendance_by_hand(pilot):
    table = attendance(pilot).set_index("network")
    assert table["status"].tolist() == ["shown", "hidden", "hidden"]  # nobody of governance was expected
    assert table.loc["all networks", ["numerator", "denominator"]].tolist() == [30, 41]
    less = pilot.attendance.assign(attended=pilot.attendance["attended"] & (pilot.attendance["participant"] != "P03"))
    row = attendance(pilot._replace(attendance=less)).iloc[0]
    assert row[["numerator", "denominator", "lower", "upper"]].tolist() == pytest.approx([29, 41, *exact(29, 41)])
    late = pilot.participants["joined"].mask(pilot.participants.index.isin([30, 31]), pd.Timestamp("2021-01-20"))
    known = pilot.attendance[~pilot.attendance["participant"].isin(["P30", "P31"])]
    fewer = pilot._replace(participants=pilot.participants.assign(joined=late), attendance=known)
    assert attendance(fewer)["status"].eq("hidden").all()  # nine stayed away
    few = pilot.participants.drop(index=range(50, 54))
    assert attendance(pilot._replace(participants=few))["status"].eq("hidden").all()  # nine were not expected


def test_tools_and_signals_by_hand(pilot):
    tools = uptake(pilot, "tools").set_index("measure")[["value", "lower", "upper"]]
    assert tools.loc["tool_tried"].tolist() == pytest.approx([60, *exact(6, 10)])
    assert tools.loc["tool_adopted"].tolist() == pytest.approx([20, *exact(2, 10)])
    signals = uptake(pilot, "signals")
    assert signals[COUNTS].head(2).to_numpy().tolist() == [[75, 9, 12], [25, 3, 12]]
    # one signal of governance is hidden; so is accessibility, from which and the total it would follow
    assert signals["status"].tolist() == ["shown"] * 2 + ["hidden"] * 2 + ["hidden"] * 2
    assert signals[COUNTS].tail(4).isna().all(axis=None)


def referrals(reached):
    """Eight ties to formal organisations of twenty families: five of formal ones, three of informal ones; and one other."""
    kinds = {f"F{i}": "formal" for i in range(6)} | {f"I{i}": "informal" for i in range(4)}
    ties = ["F0 F1", "F1 F0", "F1 F2", "F3 F4", "F4 F5", "I0 F0", "I1 F1", "I3 F1", "F2 I2"]
    rows = [(*tie.split(), 20, 0 if tie == "F2 I2" else reached.get(tie[:2], 11)) for tie in ties]
    table = pd.DataFrame(rows, columns=["from_organisation", "to_organisation", "families", "reached_care"])
    organisations = pd.DataFrame({"organisation": kinds.keys(), "formality": kinds.values()})
    same = {"synthetic": True, "source": "made up"}
    return example_pilot()._replace(organisations=organisations.assign(**same), ties=table.assign(**same))


def test_families_are_counted_by_who_referred_and_not_known_is_not_zero():
    table = referred_to_care(referrals({})).set_index(["referred_by", "measure"])[["numerator", "denominator"]]
    assert table.loc[("formal", "reached_care")].tolist() == [55, 100]
    assert table.loc[("informal", "reached_care")].tolist() == [33, 60]
    assert table.loc[("informal", "share_of_reached")].tolist() == [33, 88]
    fewer = referred_to_care(referrals({"F1": pd.NA})).set_index(["referred_by", "measure"])
    assert fewer.loc[("formal", "reached_care"), ["numerator", "denominator"]].tolist() == [33, 60]
    assert "2 of 8 ties without outcome" in fewer["method"].iloc[0]
    with pytest.raises(BereikError, match="No tie to a formal organisation says"):
        referred_to_care(referrals(dict.fromkeys(["F0", "F1", "F3", "F4", "I0", "I1", "I3"], pd.NA)))
    few = referred_to_care(referrals(dict.fromkeys(["I0", "I1", "I3"], 3)))  # nine of the informal ones reached care
    assert set(few["status"]) == {"hidden"}
    assert few[[*COUNTS, "lower", "upper"]].isna().all(axis=None)


def test_what_is_not_there_or_mixed_gives_an_error(pilot):
    with pytest.raises(BereikError, match="no meetings"):
        attendance(pilot._replace(meetings=pilot.meetings.head(0)))
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        attendance(pilot._replace(meetings=pilot.meetings.assign(synthetic=False)))
    with pytest.raises(UnknownNameError, match="'tools'"):
        uptake(pilot, "tool")
