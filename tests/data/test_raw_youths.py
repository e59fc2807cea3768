"""Youths and pupils by origin in data/raw: published figures found again, and tables that agree with each other.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named beside it.
"""

import pytest

from bereik.codelists.regions import region_members
from bereik.data.datapackage import load
from bereik.data.statline import read_statline
from bereik.errors import InvalidTableError, SourceFileError, UnknownNameError

FOUR = ["GM0503", "GM0518", "GM0637", "GM1783"]


@pytest.fixture(scope="module")
def youths():
    return load("youths_by_origin").astype({"region": "str", "origin": "str"})


def persons(table, **values):
    for column, value in values.items():
        table = table[table[column].isin(value if isinstance(value, list) else [value])]
    assert len(table) >= 1
    return table["persons"].sum(skipna=False)


@pytest.mark.parametrize(("origin", "count"), [("nederlands", 12663), ("niet_westers", 12581)])
def test_the_hague_2019_aged_0_to_4_in_two_tables(youths, origin, count):
    hague = youths[(youths["region_code"] == "GM0518") & (youths["period"] == "2019") & (youths["origin"] == origin)]
    # 70748ned: sum of 0..4 jaar; 84910NED: T001038; 70100
    assert persons(hague, statline_table="70748ned", age_group=["0", "1", "2", "3", "4"]) == count
    assert persons(hague, statline_table="84910NED", age_group="0-4") == count
    ages = [str(age) for age in range(5, 10)]
    assert persons(hague, statline_table="70748ned", age_group=ages) == persons(hague, age_group="5-9")


def test_the_hague_2019_under_20(youths):
    ages = ["0-4", "5-9", "10-14", "15-19"]  # 84910NED: T001038; 70100..70400; 2012657
    assert persons(youths, statline_table="84910NED", origin="niet_westers", age_group=ages) == 52612


@pytest.mark.parametrize(
    ("region", "origin", "count"),
    [
        ("Nederland", "nederlands", 2290751),
        ("West-Nederland", "westers", 130365),
        ("West-Nederland", "niet_westers", 333405),
    ],
)
def test_children_under_16_in_2015(youths, region, origin, count):
    # 81485ned: Jonger dan 16 jaar; 2015
    assert persons(youths, statline_table="81485ned", period="2015", region=region, origin=origin) == count


def test_groups_and_regions_add_up(youths):
    exact = youths[youths["statline_table"].isin(["70748ned", "81485ned", "84910NED", "83295NED", "80043ned"])]
    keys = ["statline_table", "period", "region_code", "age_group"]
    side = exact.pivot_table(index=keys, columns="origin", values="persons")
    side = side.dropna(subset=["total", "nederlands", "met_migratieachtergrond"])
    assert len(side) > 1000
    unknown = side["onbekend"].fillna(0) if "onbekend" in side else 0
    apart = side["total"] - side["nederlands"] - side["met_migratieachtergrond"] - unknown
    without_unknown = (
        side.index.get_level_values("statline_table") != "80043ned"
    )  # this one has pupils of unknown origin
    assert (apart[without_unknown] == 0).all()
    assert (apart >= 0).all()
    assert (side["westers"] + side["niet_westers"] == side["met_migratieachtergrond"]).all()
    west = youths[(youths["statline_table"] == "81485ned")].pivot_table(
        index=["period", "origin"], columns="region_kind", values="persons", aggfunc="sum"
    )
    assert (west["country"] == west["landsdeel"]).all()


def test_single_years_of_age_of_four_municipalities(youths):
    rows = youths[
        (youths["statline_table"] == "70748ned") & youths["region_code"].isin(FOUR) & (youths["age_group"] != "all")
    ]
    shown = rows[rows["status"] == "shown"].groupby("region_code")["period"].min()
    # Delft and Westland have totals from 2010 and origins from 2014 and 2012: before that they are missing, not 0
    assert shown.to_dict() == {"GM0503": "2014", "GM0518": "2010", "GM0637": "2010", "GM1783": "2012"}
    assert rows.loc[rows["status"] == "not_published", "persons"].isna().all()
    assert set(rows["age_group"]) == {str(age) for age in range(12)}


def test_all_ten_municipalities_have_residents_of_all_ages_by_origin(youths):
    kwb = youths[youths["population_group"] == "residents_kwb"]
    ten = set(region_members("Haaglanden", 2020)["code"])
    for period in ("2020", "2021", "2022"):
        rows = kwb[kwb["period"] == period]
        assert set(rows["region_code"]) == ten | {"NL01"}
        side = rows.pivot_table(index="region_code", columns="origin", values="persons")
        countries = side[["marokko", "turkije", "suriname", "antillen_aruba", "overig_niet_westers"]].sum(axis=1)
        assert (countries == side["niet_westers"]).all()
    total = kwb[(kwb["period"] == "2022") & kwb["region_code"].isin(ten) & (kwb["origin"] == "total")]
    assert total["persons"].sum() == 1158602  # the sum of the ten municipalities in 85318NED
    register = youths[
        (youths["statline_table"] == "70748ned") & (youths["period"] == "2020") & (youths["age_group"] == "all")
    ]
    for code in FOUR:
        for origin in ("total", "niet_westers"):
            at = {"region_code": code, "origin": origin}
            assert persons(kwb, period="2020", **at) == pytest.approx(persons(register, **at), rel=0.001)


def test_pupils_in_two_classifications_are_the_same_pupils(youths):
    total = youths[(youths["origin"] == "total") & (youths["region_kind"] != "labour_market_region")]
    for group in ("pupils_primary", "pupils_secondary"):
        side = total[total["population_group"] == group].pivot_table(
            index=["period", "region_code"], columns="origin_scheme", values="persons"
        )
        both = side.dropna()
        assert len(both) >= 35
        assert (
            (both["herkomst"] / both["migratieachtergrond"]).between(0.99, 1.01).all()
        )  # rounded to 10, later revised


def test_labour_market_regions_are_no_jeugdregio(youths):
    rows = youths[youths["region_kind"] == "labour_market_region"]
    assert set(rows["region_code"]) == {"AM-haaglanden", "AM-zuid-holland-centraal"}
    assert rows.loc[rows["status"] == "shown", "period"].min() == "2014/2015"
    assert set(rows["population_group"]) == {"pupils_secondary"}


HAGUE = "ID;Geslacht;Leeftijd;Migratieachtergrond;Generatie;RegioS;Perioden;BevolkingOp1Januari_1\n" + "".join(
    f"1;{sex};{age};{origin};T001040;GM0518;2019JJ00;{100}\n"
    for sex in ("T001038", "3000")
    for age in ("10000", "70100", "70200")
    for origin in (
        "T001040",
        "1012600",
        "2012605",
        "2012655",
        "2012657",
        "H008673",
        "H007119",
        "H008751",
        "H008766",
        "H007935",
    )
)


def test_codes_and_titles_of_ages_and_origins(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(HAGUE)
    table = read_statline(path, "84910NED")
    assert table["age_group"].unique().tolist() == ["0-4", "5-9"]
    assert table["origin"].tolist()[:2] == ["total", "total"]
    assert len(table) == 18
    titles = HAGUE.replace("70100", "0 tot 5 jaar").replace("2012657", "Niet-westerse migratieachtergrond").replace("T001038", "Totaal mannen en vrouwen")  # fmt: skip  # noqa: E501
    path.write_text(titles)
    assert read_statline(path, "84910NED").equals(table)


@pytest.mark.parametrize(
    ("damage", "error", "says"),
    [
        (("GM0518", "GM0519"), UnknownNameError, "region 'GM0519'"),
        (("70200;H008766;T001040", "70100;H008766;T001040"), InvalidTableError, "more than once"),
        (("T001040;GM0518", "1012800;GM0518"), SourceFileError, "no rows with Generatie 'T001040' or 'Totaal'"),
        ((";100\n", ";100.5\n"), InvalidTableError, "a count that is not whole"),
    ],
)
def test_a_damaged_population_table(tmp_path, damage, error, says):
    path = tmp_path / "table.csv"
    path.write_text(HAGUE.replace(*damage))
    with pytest.raises(error) as caught:
        read_statline(path, "84910NED")
    assert says in str(caught.value)
    assert "To do:" in str(caught.value)


def test_a_title_that_no_list_knows(tmp_path):
    text = "Geslacht;Leeftijd;Migratieachtergrond;Onderwijssoort;Perioden;VoortijdigSchoolverlaters_2;Leerlingen_1\n"
    text += "Totaal mannen en vrouwen;Jonger dan 18;Totaal;Totaal onderwijs;2019/20;10;100\n"
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(
        UnknownNameError, match="(?s)population_group 'Jonger dan 18' in column 'Leeftijd'.*'Jonger dan 18 jaar'"
    ):
        read_statline(path, "84781NED")
