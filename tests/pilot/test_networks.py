"""Who took part in the networks, and what became of tools and signals: by hand on a small pilot."""

import pandas as pd
import pytest
from scipy.stats import binomtest

from bereik.codelists.words import check_words
from bereik.errors import BereikError, IncomparableError, UnknownNameError
from bereik.pilot.facts import pilot_facts
from bereik.pilot.files import Pilot, read_pilot
from bereik.pilot.networks import attendance, partner_kinds, recruitment
from bereik.pilot.retention import retention
from bereik.pilot.shares import network_status
from bereik.pilot.uptake import governance_funnel, tool_use

DAYS = pd.to_datetime(["2021-01-01", "2021-02-01", "2021-03-01"])


def exact(count, total):
    interval = binomtest(count, total).proportion_ci(0.95, "exact")
    return [100 * interval.low, 100 * interval.high]


@pytest.fixture
def pilot():
    """Eleven in accessibility (two leave after the first meeting, one joins after it), thirteen in governance."""
    people = pd.DataFrame(
        {
            "participant": [f"P{i:02d}" for i in range(24)],
            "network": ["accessibility"] * 11 + ["governance"] * 13,
            "partner_kind": ["youth_care_provider"] * 10 + ["self_organisation"] + ["municipality"] * 13,
            "joined": pd.to_datetime(["2021-01-15"] + ["2020-12-01"] * 23),
            "left": pd.to_datetime([None] * 9 + ["2021-01-20"] * 2 + [None] * 13),
        }
    )
    meetings = pd.DataFrame({"meeting": ["M1", "M2", "M3"], "network": "accessibility", "date": DAYS})
    there = {"M1": range(1, 11), "M2": range(9), "M3": range(9)}
    rows = [(meeting, f"P{i:02d}", not (meeting == "M1" and i < 3)) for meeting, who in there.items() for i in who]
    organisations = [f"O{i}" for i in range(10)]
    tools = pd.DataFrame({"tool": "guide", "network": "accessibility", "organisation": organisations, "made": DAYS[0],
                          "tried": [DAYS[1]] * 6 + [None] * 4, "adopted": [DAYS[2]] * 2 + [None] * 8})  # fmt: skip
    signals = pd.DataFrame({"signal": range(12), "network": ["accessibility"] * 11 + ["governance"], "raised": DAYS[0],
                            "taken_up": [DAYS[1]] * 9 + [None] * 3, "resolved": [DAYS[2]] * 3 + [None] * 9})  # fmt: skip
    empty = pd.DataFrame()
    tables = Pilot(
        people,
        empty,
        meetings,
        pd.DataFrame(rows, columns=["meeting", "participant", "attended"]),
        empty,
        tools,
        signals,
        empty,
    )
    return Pilot(*(table.assign(synthetic=True, source="made up") for table in tables))


def test_recruitment_is_set_against_the_published_plan(pilot):
    result = recruitment(pilot).set_index("network")
    assert result["value"].to_dict() == {"all networks": 24, "accessibility": 11, "governance": 13}
    assert result["against_plan"].to_dict() == {
        "all networks": "no plan",
        "accessibility": "within",
        "governance": "no plan",
    }
    assert result.loc["accessibility", "standard"] == "plan: 10 to 12 participants"
    more = pilot._replace(participants=pilot.participants.assign(network="tailoring"))
    assert recruitment(more).set_index("network").loc["tailoring", "against_plan"] == "above"
    assert result.loc["accessibility", ["plan_lowest", "plan_highest"]].tolist() == [10, 12]
    assert result.loc["governance", ["plan_lowest", "plan_highest"]].isna().all(), "no plan is no 0"


def test_a_network_below_ten_is_hidden_and_yet_said_to_be_below_plan(pilot):
    smaller = pilot._replace(participants=pilot.participants.drop(index=[0, 1]))
    result = recruitment(smaller).set_index("network")
    assert result.loc["accessibility", "against_plan"] == "below"
    assert result["status"].to_dict() == {
        "all networks": "shown", "accessibility": "suppressed", "governance": "complementary",
    }  # fmt: skip
    assert result.loc[["accessibility", "governance"], ["value", "numerator", "denominator"]].isna().all(axis=None)


def test_hidden_networks_that_are_ten_together_need_no_second_hiding():
    assert network_status(pd.Series({"all networks": 25, "a": 7, "b": 6, "c": 12})).tolist() == [
        "shown", "suppressed", "suppressed", "shown",
    ]  # fmt: skip
    assert network_status(pd.Series({"all networks": 12, "a": 12, "b": 0})).tolist() == [
        "shown",
        "shown",
        "no_population",
    ]
    assert network_status(pd.Series({"all networks": 9, "a": 9})).tolist() == ["suppressed", "suppressed"]
    assert network_status(pd.Series([10])).tolist() == ["shown"]


def test_missing_kinds_of_partner_are_named_and_nobody_is_counted(pilot):
    result = partner_kinds(pilot)
    there = result[result["value"] == 1].groupby("network")["partner_kind"].agg(list).to_dict()
    assert there == {
        "all networks": ["youth_care_provider", "self_organisation", "municipality"],
        "accessibility": ["youth_care_provider", "self_organisation"],
        "governance": ["municipality"],
    }
    assert len(result) == 3 * len(pilot_facts("partner_kind"))
    assert result[["numerator", "denominator"]].isna().all(axis=None)


def test_attendance_by_hand(pilot):
    result = attendance(pilot)
    first = result[result["meeting"] == "M1"].iloc[0]
    assert [first["numerator"], first["denominator"], first["value"]] == [8, 10, 80]
    assert [first["lower"], first["upper"]] == pytest.approx(exact(8, 10))
    second = result[result["meeting"] == "M2"].iloc[0]  # nine expected
    assert second["status"] == "suppressed"
    assert pd.isna(second["numerator"])
    often = result[(result["measure"] == "attended_at_least_half") & (result["network"] == "accessibility")].iloc[0]
    assert [often["numerator"], often["denominator"]] == [11, 11]  # P01 and P02 missed one of three


def test_retention_is_kaplan_meier_by_hand(pilot):
    result = retention(pilot).query("network == 'accessibility'").set_index("meetings")
    # 11 followed; two leave after one meeting: 9/11. P00 joined late and is followed for two meetings only, without leaving
    assert result["value"].tolist() == pytest.approx([100 * 9 / 11] * 3)
    assert result.loc[3, ["lower", "upper"]].tolist() == pytest.approx(
        exact(9, 11)
    )  # all followed when they left: exact
    nobody_left = pilot._replace(participants=pilot.participants.assign(left=pd.NaT))
    stays = retention(nobody_left).query("network == 'accessibility'").set_index("meetings")
    assert stays["value"].tolist() == [100, 100, 100]
    assert stays.loc[2, "lower"] == pytest.approx(exact(11, 11)[0])
    assert stays.loc[3, "lower"] == pytest.approx(exact(10, 10)[0])  # ten are followed for three meetings


def test_retention_with_a_late_leaver_and_when_all_leave(pilot):
    people = pilot.participants.copy()
    people.loc[1, "left"] = pd.Timestamp("2021-02-15")  # after two meetings
    result = retention(pilot._replace(participants=people)).query("network == 'accessibility'")
    # after the first meeting 9 of 11; of the 9 followed for two meetings (P00 among them) one leaves: 9/11 * 8/9
    assert result["value"].tolist() == pytest.approx([100 * 9 / 11, 100 * 8 / 11, 100 * 8 / 11])
    gone = retention(pilot._replace(participants=people.assign(left=pd.Timestamp("2021-02-15"))))
    # P00 was at one meeting, the ten others at two, then all leave
    last = gone.query("network == 'accessibility'").iloc[-1]
    assert [last["value"], last["lower"]] == [0, 0]
    assert last["upper"] == pytest.approx(exact(0, 10)[1])


def test_tools_and_signals_by_hand(pilot):
    tools = tool_use(pilot).set_index("measure")
    assert tools.loc["tool_tried", ["value", "lower", "upper"]].tolist() == pytest.approx([60, *exact(6, 10)])
    assert tools.loc["tool_adopted", ["value", "lower", "upper"]].tolist() == pytest.approx([20, *exact(2, 10)])
    signals = governance_funnel(pilot)
    both = signals[signals["network"] == "all networks"].set_index("measure")
    assert both["numerator"].to_dict() == {"signal_taken_up": 9, "signal_resolved": 3}
    assert both["value"].tolist() == [75, 25]
    # one signal of governance is hidden; so is accessibility, from which and the total it would follow
    assert (
        signals.loc[signals["network"] != "all networks", "status"].tolist()
        == ["complementary"] * 2 + ["suppressed"] * 2
    )


def test_what_is_not_there_or_mixed_gives_an_error(pilot):
    for compute, table in (
        (attendance, "attendance"),
        (retention, "meetings"),
        (tool_use, "tools"),
        (governance_funnel, "signals"),
    ):
        with pytest.raises(BereikError, match=f"no {table}"):
            compute(pilot._replace(**{table: getattr(pilot, table).head(0)}))
    real = pilot._replace(meetings=pilot.meetings.assign(synthetic=False))
    with pytest.raises(IncomparableError, match="mixes synthetic"):
        attendance(real)
    with pytest.raises(BereikError, match="confidence"):
        tool_use(pilot, confidence=0)


def test_results_of_the_example_say_that_they_are_synthetic():
    example = read_pilot()
    for compute in (recruitment, partner_kinds, attendance, retention, tool_use, governance_funnel):
        result = compute(example)
        assert result["synthetic"].all()
        assert result["source"].eq("individual data: synthetic example of bereik").all()


def test_the_facts_are_real_sourced_and_worded_with_care():
    facts = pilot_facts()
    assert not facts["synthetic"].any()
    assert facts["source"].str.contains("Kennisnetwerk Jeugd Haaglanden").all()
    timeline = pilot_facts("timeline").set_index("code")
    assert timeline.loc["start", "from"] == "2020-09"
    assert timeline.loc["closing", "from"] == "2021-11-09"
    assert pilot_facts("attendance")["lowest"].tolist() == [121]  # more than 120
    assert pilot_facts("attendance")["highest"].isna().all()
    assert len(pilot_facts("tool")) == 4
    for text in facts["nl"]:
        check_words(text, "nl")
    for text in facts["en"]:
        check_words(text, "en")
    with pytest.raises(UnknownNameError, match="did you mean 'plan'"):
        pilot_facts("plans")


def test_the_kinds_of_partner_of_the_plan_are_those_of_the_contract():
    from bereik.pilot.contract import read_contract

    allowed = read_contract()["participants"]["columns"]["partner_kind"]["allowed"]
    assert pilot_facts("partner_kind")["code"].tolist() == allowed
