"""Need by origin in data/raw: published figures found again with plain pandas, and what must add up adds up.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it.
"""

import pandas as pd
import pytest

from bereik.codelists.origin import origin_groups
from bereik.codelists.words import check_words
from bereik.data.datapackage import load
from bereik.data.need import need_by_origin, need_indicators
from bereik.data.statline import read_statline
from bereik.errors import InvalidTableError, SourceFileError, UnknownNameError
from bereik.rates.choices import admissible_choices

PLACE = ["period", "region_code", "origin_scheme", "indicator", "population_group"]


@pytest.fixture(scope="module")
def need():
    return load("need_by_origin").astype({"region": "str", "origin": "str"})


def one(table, **values):
    for column, value in values.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(
    ("region", "origin", "per_1000"),
    [
        # 83295NED, 2016/'17: LeerlingenSpeciaalBasisonderwijs_7 / LeerlingenSpeciaalBasisonderwijs_1
        ("'s-Gravenhage", "suriname", 24.8),
        ("Nederland", "total", 23.2),
        ("Nederland", "nederlands", 22.2),
        ("Nederland", "niet_westers", 29.2),
        ("Nederland", "suriname", 28.7),
        ("Nederland", "antillen_aruba", 49.7),
    ],
)
def test_special_primary_education_2016(need, region, origin, per_1000):
    row = one(need, indicator="special_primary_education", period="2016/2017", region=region, origin=origin)
    assert row["per"] == 1000
    assert round(row["per"] * row["cases"] / row["population"], 1) == per_1000
    assert pd.isna(row["rate"])


@pytest.mark.parametrize(("origin", "percent"), [("nederlands", 2.03), ("met_migratieachtergrond", 6.19)])
def test_practical_education_in_haaglanden_labour_market_region(need, origin, percent):
    # 80042ned, Haaglanden (AM), Woonregio, 2016/'17: Praktijkonderwijs_22 / TotaalLeerlingen_1
    row = one(need, indicator="practical_education", region_code="AM-haaglanden", period="2016/2017", origin=origin)
    assert round(100 * row["cases"] / row["population"], 2) == percent


@pytest.mark.parametrize(("origin", "rate"), [("total", 154), ("marokko", 409)])
def test_registered_suspects_2017(need, origin, rate):
    # 81947NED, 12 tot 18 jaar, 2017: TotaalVerdachtenVanMisdrijven_28
    row = one(need, indicator="suspects", population_group="youths_12_17", period="2017", origin=origin)
    assert (row["rate"], row["per"]) == (rate, 10000)


def test_figures_read_in_the_files_by_eye(need):
    # 83384NED, 2018/2019, both sexes, PsychischOngezond12JaarOfOuder_2, non-western: all ages 18.6 (16.2-20.9), youngest 9.0
    distress = need[(need["indicator"] == "survey_distress") & (need["origin"] == "niet_westers")]
    rows = distress[distress["period"] == "2018/2019"].set_index("population_group")[["rate", "lower", "upper"]]
    assert rows.loc["residents_12_and_over"].tolist() == [18.6, 16.2, 20.9]
    assert rows.loc["residents_youngest_class"].tolist() == [9.0, 5.6, 12.3]
    # 85463NED, 2022/2023, total: PsychischeKlachtenAfgelopen4Weken_3 13.8
    new = one(
        need, indicator="survey_distress", period="2022/2023", origin="total", population_group="residents_12_and_over"
    )
    assert (new["rate"], new["origin_scheme"], new["period_kind"]) == (13.8, "herkomst", "two years")
    # 83842NED, 2011, all private households: Kinderen_3 269.4 (x 1,000), KinderenRelatief_4 8.0
    children = one(need, indicator="low_income", period="2011", origin="total")
    assert (children["cases"], children["rate"], children["rounded_to"]) == (269400, 8.0, 100)
    # 84781NED, 2012/'13, total: 31290 of 1321190
    leavers = one(
        need, indicator="early_school_leaving", period="2012/2013", origin="total", population_group="pupils_under_23",
        origin_scheme="migratieachtergrond",
    )  # fmt: skip
    assert (leavers["cases"], leavers["population"]) == (31290, 1321190)
    # 71930ned, 2006: 21550 youths, 167 per 10,000; 2005 has no rate, which is not 0
    assert one(need, indicator="halt", period="2006", origin="total")[["cases", "rate"]].tolist() == [21550, 167]
    assert pd.isna(one(need, indicator="halt", period="2005", origin="total")["rate"])


def test_the_same_national_figure_in_two_tables(need):
    leavers = need[(need["indicator"] == "early_school_leaving") & (need["origin"] == "total")]
    counts = leavers.pivot_table(index=["period", "population_group"], columns="origin_scheme", values="cases").dropna()
    assert len(counts) == 18
    apart = (
        counts["herkomst"] / counts["migratieachtergrond"] - 1
    ).abs()  # 85367NED was revised after 84781NED stopped
    assert apart.max() < 0.02
    assert (apart == 0).sum() >= 12
    schools = need[(need["indicator"] == "special_schools") & (need["population_group"] == "pupils_all")]
    total = schools[schools["origin"] == "total"].pivot_table(
        index=["period", "region_code"], columns="origin_scheme", values="cases"
    )
    assert ((total["herkomst"] - total["migratieachtergrond"]).abs().dropna() <= 10).all()  # 85490NED is rounded to 10
    assert total["migratieachtergrond"].notna().sum() == 99


@pytest.mark.parametrize(
    ("indicator", "within"), [("special_primary_education", 0), ("special_schools", 0), ("halt", 30), ("suspects", 30)]
)
def test_groups_add_up(need, indicator, within):
    """Dutch, with a migration background and unknown make all; five countries make non-western (rounded to 10: within 30)."""
    rows = need[(need["indicator"] == indicator) & (need["origin_scheme"] == "migratieachtergrond")]
    side = rows.pivot_table(index=PLACE, columns="origin", values="cases").dropna()
    assert len(side) >= 18
    parts = {
        "total": ["nederlands", "met_migratieachtergrond", "onbekend"],
        "met_migratieachtergrond": ["westers", "niet_westers"],
        "niet_westers": ["turkije", "marokko", "suriname", "antillen_aruba", "overig_niet_westers"],
    }
    for whole, these in parts.items():
        assert (side[these].sum(axis=1) - side[whole]).abs().max() <= within


def test_primary_and_secondary_special_schools_make_all(need):
    rows = need[(need["indicator"] == "special_schools") & (need["statline_table"] == "83296NED")]
    side = rows.pivot_table(index=["period", "region_code", "origin"], columns="population_group", values="cases")
    assert (side["pupils_primary_age"] + side["pupils_secondary_age"] == side["pupils_all"]).all()
    assert len(side) == 11 * 11 * 9  # school years, groups, regions


def test_published_rates_are_those_of_the_published_counts(need):
    """A rate per 10,000 and its count give one population; it must be alike from group to total (suspects 12-17, 2017)."""
    rows = need[
        (need["indicator"] == "suspects") & (need["population_group"] == "youths_12_17") & (need["period"] == "2017")
    ]
    implied = (rows["cases"] / rows["rate"] * rows["per"]).set_axis(rows["origin"]).drop("onbekend")
    assert implied["nederlands"] + implied["met_migratieachtergrond"] == pytest.approx(implied["total"], rel=0.01)
    survey = need[need["lower"].notna()]
    assert ((survey["lower"] <= survey["rate"]) & (survey["rate"] <= survey["upper"])).all()


def test_missing_is_never_zero(need):
    first = need["cases"].isna().where(need["indicator"] != "survey_distress", need["rate"].isna())
    assert (first == (need["status"] == "not_published")).all()
    gone = need[(need["indicator"] == "low_income") & (need["period"] == "2022") & (need["origin"] != "total")]
    assert len(gone) == 3
    assert (gone["status"] == "not_published").all()
    assert gone[["cases", "rate"]].isna().all(axis=None)


def test_schemes_hold_only_their_own_groups(need):
    for scheme, rows in need.groupby("origin_scheme"):
        assert set(rows["origin"]) <= set(origin_groups(scheme)["code"])
    kinds = need.groupby("indicator")["period_kind"].nunique()
    assert (kinds == 1).all()


def test_special_schools_are_counted_among_all_pupils_of_their_ages(need):
    """By hand, 's-Gravenhage 2016/'17, all pupils: 83296NED 884 + 829; 83295NED 47452; 80043ned 28086."""
    with_pupils = need_by_origin()
    rows = with_pupils[(with_pupils["region"] == "'s-Gravenhage") & (with_pupils["indicator"] == "special_schools")]
    rows = rows[
        (rows["period"] == "2016/2017") & (rows["origin"] == "total") & (rows["origin_scheme"] == "migratieachtergrond")
    ]
    found = rows.set_index("population_group")["population"].to_dict()
    assert found == {
        "pupils_primary_age": 884 + 47452,
        "pupils_secondary_age": 829 + 28086,
        "pupils_all": 884 + 829 + 47452 + 28086,
    }
    source = rows.set_index("population_group").loc["pupils_all", "source"]
    assert source == "CBS StatLine 83296NED, 83295NED, 80043ned"
    other = with_pupils["indicator"] != "special_schools"
    assert with_pupils.loc[other, "population"].equals(load("need_by_origin").loc[other, "population"])
    marokko = with_pupils[(with_pupils["origin"] == "marokko") & (with_pupils["population_group"] == "pupils_all")]
    assert marokko["population"].isna().all()
    assert (marokko["source"] == "CBS StatLine " + marokko["statline_table"]).all()


def test_every_indicator_is_explained_and_divides_only_what_was_agreed(need):
    indicators = need_indicators().set_index("indicator")
    assert set(need["indicator"]) == set(indicators.index)
    choices = admissible_choices()
    agreed = choices.dropna(subset="form").groupby("indicator")["form"].agg("|".join)
    assert indicators["use"][lambda use: use != ""].sort_index().equals(agreed.sort_index().astype("str").rename("use"))
    names = choices.drop_duplicates("indicator").set_index("indicator")[["nl", "en"]]
    pd.testing.assert_frame_equal(indicators.loc[names.index, ["nl", "en"]], names, check_dtype=False)
    kinds = {"problems": {"self_report", "school"}, "police": {"police"}, "circumstances": {"circumstances"}}
    for row in choices.itertuples():
        assert indicators.loc[row.indicator, "kind"] in kinds[row.indicator_class]
    for lang in ("nl", "en"):
        for text in indicators[f"product_of_care_{lang}"]:
            assert len(text) > 40
            check_words(text, lang)


SURVEY = """\
ID;Geslacht;Leeftijd;KenmerkenPersonen;Marges;Perioden;PsychischOngezond12JaarOfOuder_2
""" + "".join(
    f"0;Totaal mannen en vrouwen;{age};{who};{margin};2018/2019;{figure}\n"
    for age in ("10000", "41500", "80200")
    for who in (
        "Totaal ",
        "Migratieachtergrond: Nederland",
        "Migratieachtergrond: westers",
        "Migratieachtergrond: niet-westers",
    )
    for margin, figure in (("Waarde", "12.0"), ("Ondergrens 95%-interval", "10.5"), ("Bovengrens 95%-interval", ""))
)


def refused(error, folder, text, table):
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error) as caught:
        read_statline(path, table)
    assert "To do:" in str(caught.value)
    return str(caught.value)


def test_rows_of_one_figure_and_its_limits_become_one_row(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(SURVEY, encoding="utf-8")
    table = read_statline(path, "83384NED")
    assert len(table) == 8  # 2 age classes, 4 groups
    assert table["rate"].tolist() == [12.0] * 8
    assert table["lower"].tolist() == [10.5] * 8
    assert table["upper"].isna().all()


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (("Waarde", "Cijfer"), SourceFileError, "no rows with Marges 'Waarde'; it has"),
        (("Totaal mannen en vrouwen", "Mannen"), SourceFileError, "no rows with Geslacht 'Totaal mannen en vrouwen'"),
        (("12.0", "112.0"), InvalidTableError, "a percentage above 100 in column 'PsychischOngezond12JaarOfOuder_2', line 2"),
        (("niet-westers", "niet-westerse"), UnknownNameError, "did you mean 'Migratieachtergrond: niet-westers'"),
        (("Bovengrens", "Ondergrens"), InvalidTableError, "more than once"),
        (("2018/2019", "2018/2020"), UnknownNameError, "period '2018/2020'"),
    ],
)  # fmt: skip
def test_a_damaged_survey_table(tmp_path, damage, error, says):
    assert says in refused(error, tmp_path, SURVEY.replace(*damage), "83384NED")


def test_a_survey_table_that_lacks_a_group(tmp_path):
    lines = [line for line in SURVEY.splitlines() if "westers;Bovengrens" not in line]
    assert "lacks 4 of its 24 combinations" in refused(SourceFileError, tmp_path, "\n".join(lines) + "\n", "83384NED")


FAMILIES = "ID;Geslacht;Leeftijd;AanwezigheidOuders;Geboorteland;Herkomstland;Perioden;Kinderen_1\n" + "".join(
    f"0;Totaal jongens en meisjes;{age};{where};Totaal;{origin};2023;{children}\n"
    for age in ("10010", *(f"10{step}00" for step in range(1, 10)))
    for where, children in (("Totaal", 100), ("Kind woont alleen met moeder", 10), ("Kind woont alleen met vader", 2))
    for origin in (
        "Totaal", "Nederland", "Buiten Nederland", "Europa (exclusief Nederland)", "Buiten Europa", "Indonesië", "Marokko",
        "Nederlandse Cariben", "Suriname", "Turkije",
    )
)  # fmt: skip


def test_figures_of_several_titles_are_added_and_a_hidden_part_hides_the_sum(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(FAMILIES, encoding="utf-8")
    table = read_statline(path, "85729NED")
    assert table["cases"].tolist() == [120] * 10  # ten ages, with the mother and with the father
    assert table["population"].tolist() == [1000] * 10
    hidden = FAMILIES.replace(
        "10500;Kind woont alleen met vader;Totaal;Marokko;2023;2",
        "10500;Kind woont alleen met vader;Totaal;Marokko;2023;.",
    )
    path.write_text(hidden, encoding="utf-8")
    table = read_statline(path, "85729NED").set_index("origin")
    assert pd.isna(table.loc["marokko", "cases"])
    assert table.loc["marokko", "status"] == "not_published"
    assert table["cases"].notna().sum() == 9


def test_thousands_become_persons(tmp_path):
    path = tmp_path / "table.csv"
    header = "ID;KenmerkenVanHuishoudens;InkomensgrensHuishouden;DuurInkomenspositie;Perioden;Kinderen_3;KinderenRelatief_4\n"
    names = ["Particuliere huishoudens", *(f"Hoofdkostwinner: {o}" for o in ("Nederland", "westers", "niet-westers"))]
    path.write_text(
        header + "".join(f"0;{name};Inkomen tot lage-inkomensgrens;Ten minste 1 jaar;2017;16.1;3.9\n" for name in names)
    )
    assert (
        read_statline(path, "83842NED")["cases"].tolist() == [16100] * 4
    )  # 16.1 * 1000 is no whole number in a computer
    text = path.read_text().replace(";16.1;", ";16,1;", 1)
    assert "a decimal comma" in refused(InvalidTableError, tmp_path, text, "83842NED")
