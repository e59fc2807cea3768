"""Wijken, routes and residents per wijk in data/raw: published figures, what adds up, and which municipalities are absent.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it.
"""

import pandas as pd
import pytest

from bereik.codelists.regions import region_members
from bereik.data.datapackage import load
from bereik.data.fetch import fetch
from bereik.data.statline import read_statline
from bereik.data.wijken import wijk_coverage
from bereik.errors import InvalidTableError, MissingColumnError, SourceFileError, UnknownNameError


@pytest.fixture(scope="module")
def wijken():
    return load("wijken").astype({"region": "str"})


@pytest.fixture(scope="module")
def routes():
    return load("routes").astype({"region": "str"})


@pytest.mark.parametrize(
    ("table", "period", "youths"),
    [
        # 's-Gravenhage: Codering = GM0518, TotaalJongerenMetJeugdzorg
        ("82964NED", "2015", 14130), ("83563NED", "2016", 16080), ("84615NED", "2019", 15595), ("84856NED", "2020", 15475),
        ("85335NED", "2022", 16090), ("85685NED", "2023", 16605), ("85990NED", "2024H1", 11335),
    ],
)  # fmt: skip
def test_youths_in_the_hague(wijken, table, period, youths):
    rows = wijken[(wijken["area_code"] == "GM0518") & (wijken["period"] == period) & (wijken["youth_group"] == "all")]
    assert rows["youths"].tolist() == [youths]
    assert rows["statline_table"].tolist() == [table]


def test_wijken_of_the_hague_2020(wijken):
    rows = wijken[(wijken["region_code"] == "GM0518") & (wijken["period"] == "2020") & (wijken["area_kind"] == "wijk")]
    every = rows[rows["youth_group"] == "all"]
    assert len(every) == 44  # 84856NED, WK0518..
    assert every["youths"].sum() == 14060  # the sum of the wijken that are shown, of 15475 in the municipality


def test_the_country_is_that_of_the_other_tables(wijken):
    """Nederland in 82964NED and 83563NED is care in kind of 82965NED; from 2021 that of 85099NED within a revision of 1 %."""
    country = wijken[(wijken["area_kind"] == "country") & (wijken["youth_group"] == "all")].set_index("period")[
        "youths"
    ]
    care = load("care_by_origin")
    rows = care[(care["region_code"] == "NL01") & (care["origin"] == "total") & (care["form"] == "care_in_kind")]
    in_kind = rows.set_index("period")["youths"]
    assert country["2015"] == 365900
    assert country["2016"] == 392960
    assert [in_kind[year] for year in ("2015", "2016", "2017")] == [country[year] for year in ("2015", "2016", "2017")]
    totals = load("care_totals")
    later = totals[(totals["region_code"] == "NL01") & (totals["form"] == "care_in_kind")].set_index("period")["youths"]
    for year in ("2021", "2022", "2023"):
        assert country[year] == pytest.approx(later[year], rel=0.01)


def test_ages_and_households_add_up_within_rounding(wijken):
    shown = wijken.pivot_table(index=["period", "area_code"], columns="youth_group", values="youths").dropna()
    assert len(shown) > 350
    ages = shown[["age_0_3", "age_4_11", "age_12_17", "age_18_22"]].sum(axis=1)
    homes = shown[["single_parent", "couple", "other_household"]].sum(axis=1)
    assert (ages - shown["all"]).abs().max() <= 12.5  # five figures, each rounded to 5
    assert (homes - shown["all"]).abs().max() <= 10  # four


def test_wijken_never_exceed_their_municipality(wijken):
    every = wijken[wijken["youth_group"] == "all"]
    parts = every[every["area_kind"] == "wijk"].groupby(["period", "region_code"])["youths"].agg(["sum", "count"])
    whole = every[every["area_kind"] == "municipality"].set_index(["period", "region_code"])["youths"]
    side = parts.join(whole)
    assert len(side) == len(whole) == 84
    assert (side["sum"] <= side["youths"] + 2.5 * (side["count"] + 1)).all()


def test_small_counts_are_not_published_and_never_zero(wijken, routes):
    for table, column in ((wijken, "youths"), (routes, "trajectories")):
        assert (table[column].isna() == (table["status"] == "not_published")).all()
        assert table[column].min() == 10
        assert (table[column].dropna() % 5 == 0).all()


def test_municipalities_that_the_copies_lack_are_absent(wijken):
    lacking = {
        "2015": {"Leidschendam-Voorburg", "Midden-Delfland", "Pijnacker-Nootdorp", "Westland"},
        "2016": set(),
        **{str(year): {"Zoetermeer"} for year in range(2017, 2021)},
        "2021": {"Westland", "Zoetermeer"},
        **{str(year): {"Wassenaar", "Westland", "Zoetermeer"} for year in (2022, 2023)},
    }
    coverage = wijk_coverage()
    for period, absent in lacking.items():
        rows = coverage[coverage["period"] == period]
        assert len(rows) == 10
        assert set(rows.loc[~rows["covered"], "region"]) == absent
        assert (
            set(wijken.loc[wijken["period"] == period, "region"]) - {"Nederland"}
            == set(region_members("Haaglanden", int(period))["name"]) - absent
        )
    absent_rows = coverage[~coverage["covered"]]
    assert absent_rows[["wijken", "youths", "youths_in_wijken", "share_elsewhere"]].isna().all(axis=None)


def test_voorschoten_is_no_member_in_2024_but_its_figures_are_there(wijken):
    coverage = wijk_coverage()
    assert len(coverage[coverage["period"] == "2024H1"]) == 9
    assert "Voorschoten" not in set(coverage.loc[coverage["period"] == "2024H1", "region"])
    assert "Voorschoten" in set(wijken.loc[wijken["period"] == "2024H1", "region"])


def test_youths_without_a_known_wijk_differ_by_year():
    """'s-Gravenhage: 14130 - 13170 of 14130 in 2015, 16405 - 13950 of 16405 in 2017, 15475 - 14060 of 15475 in 2020."""
    shares = wijk_coverage().set_index(["region", "period"])["share_elsewhere"]["'s-Gravenhage"]
    assert shares[["2015", "2017", "2020"]].astype(float).round(1).tolist() == [6.8, 15.0, 9.1]
    with pytest.raises(UnknownNameError, match="list of members"):
        wijk_coverage("Rijnmond")


def test_referrers_add_up_and_the_breaks_are_as_published(routes):
    hague = routes[routes["area_code"] == "GM0518"].pivot_table(
        index="period", columns="referrer", values="trajectories"
    )
    # The figures of GM0518 in 83563NED (2016) and 84856NED (2020), read by eye
    assert hague.loc["2016", ["all", "gp", "municipal_access", "none", "unknown"]].tolist() == [
        23010,
        5370,
        2155,
        8125,
        1005,
    ]
    assert hague.loc["2020", ["all", "gp", "none", "certified_institution", "judge"]].tolist() == [
        24260,
        7565,
        2660,
        5560,
        120,
    ]
    # Only trajectories of youth help have a referrer: 85990NED, Totaal jeugdhulp in natura, GM0518: 15330 of all 16760.
    parts = hague.drop(columns="all").sum(axis=1)
    assert hague.loc["2024H1", "all"] == 16760
    assert parts["2024H1"] == pytest.approx(15330, abs=22.5)  # nine figures rounded to 5
    assert parts.between(0.88 * hague["all"], 0.95 * hague["all"]).all()  # the rest is protection and probation
    assert pd.isna(hague.loc["2015", "judge"])
    assert not ((routes["period"] == "2015") & (routes["referrer"] == "judge")).any()
    assert (hague.loc[["2017", "2018"], "unknown"] > 5000).all()
    assert (hague.loc[["2019", "2020", "2021"], "unknown"] < 100).all()


def test_codes_keep_no_padding_and_changes_of_boundaries_are_carried(wijken):
    for column in ("area_code", "area", "region"):
        assert (wijken[column] == wijken[column].str.strip()).all()
    rows = wijken[(wijken["youth_group"] == "all") & (wijken["area_kind"] == "wijk")].set_index(["period", "area_code"])
    assert rows.loc[("2017", "WK050311"), "boundary_change"] == 3  # Delft, 83782NED
    assert rows.loc[("2016", "WK050311"), "boundary_change"] == 1  # 83563NED
    assert set(wijken["boundary_change"].dropna()) == {1, 2, 3}


def test_residents_of_the_hague_2020():
    table = load("wijk_population").set_index(["period", "area_code"])
    hague = table.loc[("2020", "GM0518")]
    assert (hague["inhabitants"], hague["on_social_assistance"]) == (545838, 24400)  # 84799NED
    # 85318NED (download edition), 1 January 2022
    now = table.loc[("2022", "GM0518")]
    assert now[["inhabitants", "aged_0_14", "aged_15_24", "niet_westers"]].tolist() == [553417, 90496, 70124, 202745]
    assert table.loc["2022", "on_social_assistance"].isna().all()  # empty in that edition, not zero
    assert table.loc[["2021", "2022"], "households"].isna().all()
    assert table.loc["2020", "households"].notna().all()


def test_residents_add_up():
    table = load("wijk_population").astype({"region": "str"})
    assert table.groupby("period")["area_code"].agg(["size", "nunique"]).to_numpy().tolist() == [[119, 119]] * 3
    countries = ["marokko", "antillen_aruba", "suriname", "turkije", "overig_niet_westers"]
    assert ((table[countries].sum(axis=1) - table["niet_westers"]).abs() <= 15).all()
    assert (table["westers"] + table["niet_westers"] <= table["inhabitants"] + 5).all()
    wijken = table[table["area_kind"] == "wijk"].groupby(["period", "region_code"])["inhabitants"].agg(["sum", "size"])
    whole = table[table["area_kind"] == "municipality"].set_index(["period", "region_code"])["inhabitants"]
    assert len(whole) == 30
    assert (wijken["sum"] / whole).between(0.99, 1.01).all()  # rounded to 5; some residents have no known wijk


def test_every_wijk_with_youths_in_2020_to_2022_has_residents(wijken):
    known = set(load("wijk_population").set_index(["period", "area_code"]).index)
    rows = wijken[wijken["period"].isin(["2020", "2021", "2022"])]
    assert set(rows.set_index(["period", "area_code"]).index) <= known


KEYS = "VormenVanJeugdzorg;Wijken;Perioden;Codering_24;IndelingswijzigingWijken_25;"
YOUTHS = (
    "TotaalJongerenMetJeugdzorgInNatura_1;k_0Tot4Jaar_2;k_4Tot12Jaar_3;k_12Tot18Jaar_4;k_18Tot23Jaar_5;"
    "ThuiswonendKindInEenouderhuishouden_6;ThuiswonendKindBijEenPaar_7;AnderHuishouden_8;"
)
ROUTES = (
    "TotaalTrajectenInNatura_9;GemeentelijkeToegang_14;Huisarts_15;Jeugdarts_16;GecertificeerdeInstelling_17;"
    "MedischSpecialist_18;RechterOfficierVanJustitie_19;GeenVerwijzer_20;VerwijzerOnbekend_21"
)
WIJKEN = f"""\
{KEYS}{YOUTHS}{ROUTES}
Totaal alle jeugdzorg in natura;Delft;2020;GM0503  ; ;2540;185;1260;960;135;965;1380;195;4360;1085;1720;90;330;150;25;710;
Totaal alle jeugdzorg in natura;Wijk 11 Binnenstad;2020;WK050311  ;1;150;.;65;75;;45;90;15;240;60;85;;20;10;;60;
Jeugdhulp zonder verblijf;Delft;2020;GM0503    ;         ;2400;;;;;;;;;;;;;;;;
"""


def test_one_file_becomes_two_tables(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text("")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "84856NED.csv"
    file.write_text(WIJKEN, encoding="utf-8")
    fetch("84856NED", file)
    wijken, routes = load("wijken"), load("routes")
    assert wijken["youths"].astype("object").where(wijken["youths"].notna(), None).tolist() == [
        2540, 185, 1260, 960, 135, 965, 1380, 195, 150, None, 65, 75, None, 45, 90, 15,
    ]  # fmt: skip
    assert wijken["boundary_change"].astype("object").where(wijken["boundary_change"].notna(), None).tolist() == [
        *[None] * 8, *[1] * 8,
    ]  # fmt: skip
    assert routes["referrer"].tolist()[:3] == ["all", "municipal_access", "gp"]
    assert routes["trajectories"].count() == 14
    assert routes["area_kind"].tolist() == ["municipality"] * 9 + ["wijk"] * 9


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (("WK050311", "WK50311"), UnknownNameError, "area_code 'WK50311' in column 'Codering"),
        (("WK050311", "WK999911"), UnknownNameError, "leave such rows out: skip_unknown=True"),
        (("WK050311", "GM0503"), InvalidTableError, "more than once"),
        (("Totaal alle jeugdzorg in natura", "Totaal"), SourceFileError, "no rows with VormenVanJeugdzorg"),
        (("IndelingswijzigingWijken_25", "Wijziging_25"), MissingColumnError, "IndelingswijzigingWijken"),
        ((";2540;", ";2540,5;"), InvalidTableError, "a decimal comma"),
        (("k_0Tot4Jaar_2", "AnderHuishouden_2"), MissingColumnError, "no column 'k_0Tot4Jaar'"),
    ],
)
def test_a_damaged_wijk_table(tmp_path, damage, error, says):
    path = tmp_path / "table.csv"
    path.write_text(WIJKEN.replace(*damage), encoding="utf-8")
    with pytest.raises(error) as caught:
        read_statline(path, "84856NED")
    assert says in str(caught.value)
    assert "To do:" in str(caught.value)


def test_other_municipalities_can_be_left_out_by_name(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(WIJKEN.replace("WK050311", "WK034411").replace("GM0503", "GM9999"), encoding="utf-8")
    with pytest.warns(UserWarning, match=r"left out 1 area_codes without a name in bereik: \['GM9999'\]"):
        table = read_statline(path, "84856NED", skip_unknown=True)
    assert set(table["region"]) == {"Utrecht"}


def test_residents_of_one_year_are_taken_from_a_file_of_two(tmp_path):
    origins = "a_w_all;a_nw_all;a_marok;a_antaru;a_suri;a_tur;a_ov_nw"
    header = f"year;recs;gwb_code_10;a_inw;a_00_14;a_15_24;{origins};a_hh_m_k;a_soz_wb\n"
    rows = "2021;Gemeente;GM0503;103581;12785;20355;15797;22652;1719;1848;2499;2766;13820;12344;2920\n"
    path = tmp_path / "kwb.csv"
    path.write_text(header + rows + rows.replace("2021", "2022").replace(";2920", ";"))
    table = read_statline(path, "85318NED")
    assert table[["period", "inhabitants"]].to_numpy().tolist() == [["2022", 103581]]
    assert table["on_social_assistance"].isna().all()
    path.write_text(header + rows)
    with pytest.raises(SourceFileError, match="no rows with year '2022'; it has .'2021'"):
        read_statline(path, "85318NED")
    path.write_text((header + rows).replace(";recs;", ";soort;"))
    with pytest.raises(MissingColumnError, match="no column 'recs'"):
        read_statline(path, "85039NED")
