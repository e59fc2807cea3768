"""Youths in care as published on CBS StatLine, found again in data/raw; findings of others, and ours beside them.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named here.
"""

import pandas as pd
import pytest

import bereik
from bereik import load, region_members
from bereik.codelists.names import check_words
from bereik.errors import InvalidTableError


def wide(table, rows, columns):
    """Set the counts side by side; not published stays missing."""
    side = table.pivot_table(index=rows, columns=columns, values="youths", aggfunc="first", observed=True)
    return side.astype("Float64")


@pytest.fixture(scope="module")
def origins():
    """Counts of 82965NED: one row per period, region and origin, one column per form."""
    return wide(load("care_by_origin"), ["period", "region", "origin"], "form")


@pytest.fixture(scope="module")
def totals():
    """Figures of 84134NED and 85099NED."""
    return load("care_totals").set_index(["form", "period", "region"])


def test_haaglanden_in_kind_82965ned(origins):
    in_kind = origins["care_in_kind"].unstack("origin").xs("Haaglanden", level="region")
    year = in_kind.loc["2017", ["total", "nederlands", "westers", "niet_westers"]]
    assert year.tolist() == [30565, 17350, 3290, 9925]
    share = 100 * in_kind["niet_westers"] / in_kind["total"]
    assert share[["2015", "2016", "2017"]].tolist() == pytest.approx([31.94, 31.01, 32.47], abs=0.005)
    parts = in_kind["nederlands"] + in_kind["met_migratieachtergrond"] - in_kind["total"]
    assert parts[["2015", "2016"]].tolist() == [0, 0]


def test_parts_add_up_within_rounding_everywhere_82965ned(origins):
    """Each of three counts is at most 2.5 off by rounding, so their sum, a multiple of 5, is at most 5 off."""
    rows = wide(load("care_by_origin"), ["period", "region", "form"], "origin")
    main = (rows["nederlands"] + rows["met_migratieachtergrond"] - rows["total"]).dropna()
    sub = (rows["westers"] + rows["niet_westers"] - rows["met_migratieachtergrond"]).dropna()
    assert (len(main), len(sub)) == (2113, 2029)
    assert set(main) == set(sub) == {-5, 0, 5}
    assert origins.sub(origins["care_in_kind"], axis=0).max().max() <= 0  # no form exceeds care in kind


@pytest.mark.parametrize("period", [*map(str, range(2015, 2024)), "2024H1"])
def test_municipalities_of_haaglanden_add_up_84134ned_85099ned(totals, period):
    names = region_members("Haaglanden", int(period[:4]))["name"]
    assert len(names) == (9 if period == "2024H1" else 10)
    members = totals.loc[[("youth_care", period, name) for name in names], "youths"].sum()
    region = totals.loc[("youth_care", period, "Haaglanden"), "youths"]
    assert abs(members - region) <= 10


# --- indicators of care -----------------------------------------------------------------------------------------------


def test_indicators_of_jeugdregios_are_not_published_in_2015_which_is_not_0():
    first = load("care_indicators").query("period == '2015' and region_kind == 'jeugdregio'")
    assert len(first) > 0
    assert (first["percent"].isna() & (first["status"] == "not_published")).all()


@pytest.mark.parametrize("period", ["2015", "2016", "2017"])
def test_protection_is_a_percentage_of_youths_to_17_and_probation_of_those_of_12_to_22(period):
    """82972NED names no ages: a national count over its rounded percentage gives bounds on what it was divided by."""
    country = "region == 'Nederland' and period == @period"
    totals = load("care_totals").query(f"{country} and form == 'youth_care'").iloc[0]
    youths = totals["youths"] / totals["percent_of_youths"] * 100  # aged 0-22
    percents = load("care_indicators").query(country).set_index("indicator")["percent"]
    counts = load("care_by_origin").query(f"{country} and origin == 'total'").astype({"form": "str"})
    counts = counts.set_index("form")["youths"]
    fewest, most = (counts["protection"] / (percents["protection"] + half) * 100 for half in (0.05, -0.05))
    assert most < 0.85 * youths, "not of all youths aged 0-22"
    assert fewest < 18 / 23 * youths < 1.05 * most
    fewest, most = (counts["probation"] / (percents["probation"] + half) * 100 for half in (0.05, -0.05))
    assert fewest < 1.1 * 11 / 23 * youths < most  # a little more than 11/23, since births fell
    assert most < 0.7 * youths, "neither of all youths nor of those to 17"


# --- the ledger of published findings ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger():
    return load("published_findings").set_index("finding")


def test_each_claim_says_where_and_when_and_in_what_it_was_read_and_only_the_publication_itself_establishes(ledger):
    said = ["year", "region", "population", "origin_scheme", "source", "read_in", "reliability"]
    texts = ledger[[f"{name}_{code}" for name in ("origin", "form", "finding", "because") for code in ("nl", "en")]]
    assert ledger[[*said, *texts]].notna().all(axis=None)
    for column in texts:
        check_words(" ".join(texts[column]), column[-2:])
    assert ledger["study"].nunique() >= 20
    by_origin = ledger[~ledger["origin_scheme"].isin(["none", "not_stated"]) & (ledger["region"] == "Nederland")]
    assert by_origin.loc[by_origin["year"] != "not_stated", "year"].max() == "2021"
    reliable = ledger.groupby("read_in")["reliability"].agg(set).to_dict()
    assert (reliable.pop("publication"), reliable.pop("abstract")) == ({"high", "medium"}, {"medium"})
    assert set.union(*reliable.values()) == {"low"}
    assert not ledger.loc[ledger["reliability"] == "high", ["year", "region"]].eq("not_stated").any(axis=None)
    assert (ledger["may_establish"] == (ledger["read_in"] == "publication")).all()


SEEDS, NO_SIDE = "seeds_equal_severity", "scp_2017_haaglanden_suriname"  # theirs is below; theirs is on no side
BESIDE = {
    "agrees": [(SEEDS, 0.8, 0.7, 0.9, "established"), ("rd_2020_suspects", 2, 1.9, 2.1, "")],
    "points_same_way": [(SEEDS, 0.8, 0.7, 0.9, "points one way"), (SEEDS, 0.9, 0.7, 1.1, "")],
    "open": [(SEEDS, 0.997, 0.9, 1.1, ""), (SEEDS, 1.1, 0.9, 1.3, ""), (NO_SIDE, 1, 0.9, 1.1, "")],
    "disagrees": [(SEEDS, 1.2, 1.1, 1.3, ""), (NO_SIDE, 1.2, 1.1, 1.3, "established")],
}


@pytest.mark.parametrize("comparison", BESIDE)
def test_ours_agrees_by_its_interval_and_its_side_and_never_more_than_its_own_verdict(ledger, comparison):
    for finding, *figures in BESIDE[comparison]:
        row = dict(part.split("=") for part in ledger.loc[finding, "ours"].split("; ")) | {"per": "ratio"}
        table = pd.DataFrame([row | dict(zip(("value", "lower", "upper", "verdict"), figures, strict=True))])
        told = load("published_findings", beside=[table]).set_index("finding")["comparison"]
        assert (ledger.loc[finding, "comparison"], told[finding]) == ("not_set_beside", comparison), figures
        with pytest.raises(InvalidTableError, match=f"{finding} has the same combination"):
            load("published_findings", beside=[table, table])


def test_published_counts_and_percentages_stand_beside_theirs_always(ledger):
    ours = {"ggd_monitor_haaglanden_2016": (12.7, "agrees"), "kis_2018_total": (13.9, "disagrees")}
    ours |= {"cbs_2024_total": (489895, "revised"), "omroep_west_2017_zoetermeer": (15.5, "agrees")}
    for finding, told in ours.items():
        assert tuple(ledger.loc[finding, ["ours_value", "comparison"]]) == told
    assert (ledger["ours"].isna() == (ledger["comparison"] == "cannot_be_compared")).all()


@pytest.mark.parametrize(("language", "read_in"), [("nl", "Nieuwsbericht (laag)"), ("en", "News item (low)")])
def test_ten_lines_of_the_ledger_say_what_was_read_and_fit_a_notebook(ledger, language, read_in):
    table = bereik.table("13_other_research", ledger.reset_index(), lang=language)
    assert (table.shape, table.iloc[1, 5]) == ((10, 7), read_in)
    assert table.map(len).max(axis=None) <= 50  # what is longer, a notebook cuts off
