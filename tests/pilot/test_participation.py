"""Who took part in the networks, and what became of tools, signals and referrals: by hand on a small pilot."""

import pandas as pd
import pytest
from scipy.stats import binomtest

from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.pilot import attendance, example_pilot, recruitment, referred_to_care, retention, uptake
from bereik.pilot.files import Pilot
from bereik.pilot.participation import network_status

DAYS = pd.to_datetime(["2021-01-01", "2021-02-01", "2021-03-01"])
COUNTS = ["value", "numerator", "denominator"]


def exact(count, total):
    interval = binomtest(count, total).proportion_ci(0.95, "exact")
    return [100 * interval.low, 100 * interval.high]


@pytest.fixture
def pilot():
    """Eleven in accessibility (two leave after the first meeting, one joins after it), thirteen in governance."""
    people = {
        "participant": [f"P{i:02d}" for i in range(24)],
        "network": ["accessibility"] * 11 + ["governance"] * 13,
        "joined": pd.to_datetime(["2021-01-15"] + ["2020-12-01"] * 23),
        "left": pd.to_datetime([None] * 9 + ["2021-01-20"] * 2 + [None] * 13),
    }
    meetings = pd.DataFrame({"meeting": ["M1", "M2", "M3"], "network": "accessibility", "date": DAYS})
    expected = {"M1": range(1, 11), "M2": range(9), "M3": range(9)}
    rows = [(meeting, f"P{i:02d}", not (meeting == "M1" and i < 3)) for meeting, who in expected.items() for i in who]
    tools = {"tool": "guide", "organisation": range(10), "tried": [DAYS[1]] * 6 + [None] * 4}
    tools["adopted"] = [DAYS[2]] * 2 + [None] * 8
    signals = {"network": ["accessibility"] * 11 + ["governance"], "taken_up": [DAYS[1]] * 9 + [None] * 3}
    signals["resolved"] = [DAYS[2]] * 3 + [None] * 9
    tables = {
        "participants": pd.DataFrame(people),
        "meetings": meetings,
        "attendance": pd.DataFrame(rows, columns=["meeting", "participant", "attended"]),
        "tools": pd.DataFrame(tools),
        "signals": pd.DataFrame(signals),
    }
    filled = {name: tables.get(name, pd.DataFrame()) for name in Pilot._fields}
    return Pilot(**{name: table.assign(synthetic=True, source="made up") for name, table in filled.items()})


def test_recruitment_is_set_against_the_published_plan(pilot):
    table = recruitment(pilot).set_index("network")
    assert table["value"].to_dict() == {"all networks": 24, "accessibility": 11, "governance": 13}
    assert table["against_plan"].tolist() == ["no plan", "within", "no plan"]
    assert table["plan_lowest"].fillna(-1).tolist() == [-1, 10, -1], "no plan is no 0"
    more = pilot._replace(participants=pilot.participants.assign(network="tailoring"))
    assert recruitment(more).set_index("network").loc["tailoring", "against_plan"] == "above"
    table = recruitment(pilot._replace(participants=pilot.participants.drop(index=[0, 1]))).set_index("network")
    assert table.loc["accessibility", "against_plan"] == "below"
    assert table["status"].tolist() == ["shown", "hidden", "hidden"]
    assert table.loc[["accessibility", "governance"], COUNTS].isna().all(axis=None)


@pytest.mark.parametrize(
    ("sizes", "status"),
    [
        ({"all networks": 25, "a": 7, "b": 6, "c": 12}, ["shown", "hidden", "hidden", "shown"]),  # 13 together
        ({"all networks": 12, "a": 12, "b": 0}, ["shown", "shown", "no_population"]),
        ({"all networks": 9, "a": 9}, ["hidden", "hidden"]),
        ({"a": 10}, ["shown"]),
    ],
)
def test_hidden_networks_cannot_be_derived(sizes, status):
    assert network_status(pd.Series(sizes)).tolist() == status


def test_attendance_by_hand(pilot):
    often = attendance(pilot).set_index("network").loc["accessibility"]
    assert often[COUNTS].tolist() == [100, 11, 11]  # P01 and P02 missed one of three
    less = pilot.attendance.assign(attended=pilot.attendance["attended"] & (pilot.attendance["participant"] != "P03"))
    row = attendance(pilot._replace(attendance=less)).set_index("network").loc["accessibility"]
    assert row[["numerator", "denominator", "lower", "upper"]].tolist() == pytest.approx([10, 11, *exact(10, 11)])


def test_retention_is_kaplan_meier_by_hand(pilot):
    def stays(participants):
        table = retention(pilot._replace(participants=participants))
        return table[table["network"] == "accessibility"].set_index("meetings")

    people = pilot.participants
    table = stays(people)
    # 11 followed; two leave after one meeting: 9/11. P00 joined late and is followed for two meetings only, without leaving
    assert table["value"].tolist() == pytest.approx([100 * 9 / 11] * 3)
    assert table.loc[3, ["lower", "upper"]].tolist() == pytest.approx(exact(9, 11))  # all were followed: exact
    table = stays(people.assign(left=pd.NaT))
    lower = [exact(11, 11)[0], exact(10, 10)[0]]  # ten are followed for three meetings
    assert table.loc[[2, 3], "lower"].tolist() == pytest.approx(lower)
    late = people["left"].mask(people.index == 1, pd.Timestamp("2021-02-15"))  # one leaves after two meetings
    # after the first meeting 9 of 11; of the 9 followed for two meetings (P00 among them) one leaves: 9/11 * 8/9
    steps = [100 * 9 / 11, 100 * 8 / 11, 100 * 8 / 11]
    assert stays(people.assign(left=late))["value"].tolist() == pytest.approx(steps)
    last = stays(people.assign(left=pd.Timestamp("2021-02-15"))).iloc[-1]  # P00 after one meeting, the others after two
    assert last[["value", "lower", "upper"]].tolist() == pytest.approx([0, 0, exact(0, 10)[1]])


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


def test_few_families_hide_all():
    table = referred_to_care(referrals(dict.fromkeys(["I0", "I1", "I3"], 3)))  # nine of the informal ones reached care
    assert set(table["status"]) == {"hidden"}
    assert table[[*COUNTS, "lower", "upper"]].isna().all(axis=None)


def test_what_is_not_there_or_mixed_gives_an_error(pilot):
    with pytest.raises(BereikError, match="no meetings"):
        retention(pilot._replace(meetings=pilot.meetings.head(0)))
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        attendance(pilot._replace(meetings=pilot.meetings.assign(synthetic=False)))
    with pytest.raises(BereikError, match="confidence"):
        uptake(pilot, "tools", confidence=0)
    with pytest.raises(UnknownNameError, match="'tools'"):
        uptake(pilot, "tool")
