"""Figures as published on CBS StatLine, found again in data/raw.

Every expected figure was computed apart from this library, from unfiltered copies of the StatLine tables named here.
"""

import pytest

from bereik.codelists.regions import region_members
from bereik.data.datapackage import load


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


@pytest.mark.parametrize(
    ("origin", "youths"), [("total", 30565), ("nederlands", 17350), ("westers", 3290), ("niet_westers", 9925)]
)
def test_haaglanden_2017_in_kind_82965ned(origins, origin, youths):
    assert origins.loc[("2017", "Haaglanden", origin), "care_in_kind"] == youths


@pytest.mark.parametrize(
    ("form", "origin", "per_100"),
    [
        ("with_residence", "nederlands", 8.34),
        ("with_residence", "westers", 8.86),
        ("with_residence", "niet_westers", 11.08),
        ("protection", "nederlands", 6.18),
        ("protection", "niet_westers", 10.59),
        ("probation", "nederlands", 1.32),
        ("probation", "westers", 2.90),
        ("probation", "niet_westers", 5.73),
    ],
)
def test_haaglanden_2017_per_100_in_care_without_residence_82965ned(origins, form, origin, per_100):
    row = origins.loc[("2017", "Haaglanden", origin)]
    assert 100 * row[form] / row["without_residence"] == pytest.approx(per_100, abs=0.005)


@pytest.mark.parametrize(
    ("period", "form", "ratio"),
    [
        ("2017", "with_residence", 1.328),
        ("2015", "protection", 1.992),
        ("2017", "probation", 4.342),
        ("2015", "probation", 4.850),
    ],
)
def test_haaglanden_ratio_niet_westers_to_nederlands_82965ned(origins, period, form, ratio):
    index = origins.loc[(period, "Haaglanden")].pipe(lambda rows: rows[form] / rows["without_residence"])
    assert index["niet_westers"] / index["nederlands"] == pytest.approx(ratio, abs=0.0005)


def test_haaglanden_2017_ratio_of_shares_in_kind_82965ned(origins):
    share = origins.loc[("2017", "Haaglanden")].pipe(lambda rows: rows["protection"] / rows["care_in_kind"])
    assert share["niet_westers"] / share["nederlands"] == pytest.approx(1.646, abs=0.0005)


@pytest.mark.parametrize(("period", "percent"), [("2015", 31.94), ("2016", 31.01), ("2017", 32.47)])
def test_haaglanden_share_niet_westers_in_kind_82965ned(origins, period, percent):
    youths = origins.loc[(period, "Haaglanden"), "care_in_kind"]
    assert 100 * youths["niet_westers"] / youths["total"] == pytest.approx(percent, abs=0.005)


@pytest.mark.parametrize(("denominator", "rank"), [("care_in_kind", 9), ("without_residence", 8)])
def test_rank_of_haaglanden_among_42_with_residence_2017_82965ned(denominator, rank):
    """Rank from lowest of the ratio niet-westers to Nederlands: ninth by the share in kind, eighth by the index."""
    table = load("care_by_origin")
    table = table[(table["region_kind"] == "jeugdregio") & (table["period"] == "2017")]
    rows = wide(table, "region", ["form", "origin"])
    rate = rows["with_residence"] / rows[denominator]
    ratio = rate["niet_westers"] / rate["nederlands"]
    assert ratio.notna().sum() == 42
    assert ratio.rank()["Haaglanden"] == rank


@pytest.mark.parametrize("period", ["2015", "2016"])
def test_haaglanden_origins_add_up_exactly_in_kind_82965ned(origins, period):
    youths = origins.loc[(period, "Haaglanden"), "care_in_kind"]
    assert youths["nederlands"] + youths["met_migratieachtergrond"] - youths["total"] == 0


def test_parts_add_up_within_rounding_everywhere_82965ned():
    """Each of three counts is at most 2.5 off by rounding, so their sum, a multiple of 5, is at most 5 off."""
    rows = wide(load("care_by_origin"), ["period", "region", "form"], "origin")
    main = (rows["nederlands"] + rows["met_migratieachtergrond"] - rows["total"]).dropna()
    sub = (rows["westers"] + rows["niet_westers"] - rows["met_migratieachtergrond"]).dropna()
    assert (len(main), len(sub)) == (2113, 2029)
    assert set(main) == set(sub) == {-5, 0, 5}


def test_no_form_exceeds_care_in_kind_82965ned(origins):
    excess = origins.sub(origins["care_in_kind"], axis=0).max().max()
    assert excess <= 0


@pytest.mark.parametrize(
    ("period", "members", "region"),
    [
        ("2015", 26970, 26970),
        ("2017", 30805, 30810),
        ("2018", 29665, 29660),
        ("2020", 30585, 30595),
        ("2021", 32315, 32315),
        ("2023", 35035, 35035),
        ("2024H1", 26310, 26315),
    ],
)
def test_municipalities_of_haaglanden_add_up_84134ned_85099ned(totals, period, members, region):
    names = region_members("Haaglanden", int(period[:4]))["name"]
    assert totals.loc[[("youth_care", period, name) for name in names], "youths"].sum() == members
    assert totals.loc[("youth_care", period, "Haaglanden"), "youths"] == region


@pytest.mark.parametrize("period", [*map(str, range(2015, 2024)), "2024H1"])
def test_municipalities_of_haaglanden_add_up_in_every_year_84134ned_85099ned(totals, period):
    names = region_members("Haaglanden", int(period[:4]))["name"]
    assert len(names) == (9 if period == "2024H1" else 10)
    difference = (
        totals.loc[[("youth_care", period, name) for name in names], "youths"].sum()
        - totals.loc[("youth_care", period, "Haaglanden"), "youths"]
    )
    assert abs(difference) <= 10


def test_with_voorschoten_haaglanden_would_not_add_up_in_2024_85099ned(totals):
    names = region_members("Haaglanden", 2023)["name"]
    youths = totals.loc[[("youth_care", "2024H1", name) for name in names], "youths"].sum()
    assert youths - totals.loc[("youth_care", "2024H1", "Haaglanden"), "youths"] > 100


@pytest.mark.parametrize(
    ("table", "region", "period", "percent"),
    [
        ("84134NED", "Nederland", "2020", 9.8),
        ("85099NED", "Haaglanden", "2023", 11.4),
        ("85099NED", "Zoetermeer", "2023", 14.6),
    ],
)
def test_percentage_of_all_youths(totals, table, region, period, percent):
    row = totals.loc[("youth_care", period, region)]
    assert (row["statline_table"], row["percent_of_youths"]) == (table, percent)


def test_the_same_figures_in_two_statline_tables_82965ned_84134ned():
    """Both tables give all youths in kind of the country and the four landsdelen in nine periods of 2015-2017."""
    one, other = load("care_by_origin"), load("care_totals")
    one = one[(one["origin"] == "total") & (one["form"] == "care_in_kind")]
    other = other[other["form"] == "care_in_kind"]
    both = one.merge(other, on=["period", "region_code"])
    assert len(both) == 45
    assert (both["youths_x"] == both["youths_y"]).all()


@pytest.mark.parametrize("name", ["care_by_origin", "care_totals"])
def test_not_published_is_missing_and_never_zero(name):
    table = load(name)
    hidden = table["status"] == "not_published"
    assert table.loc[hidden, "youths"].isna().all()
    assert table.loc[~hidden, "youths"].notna().all()
    assert hidden.sum() == {"care_by_origin": 94, "care_totals": 0}[name]


@pytest.mark.parametrize("name", ["care_by_origin", "care_totals"])
def test_42_jeugdregios_with_one_name_over_time(name):
    table = load(name)
    table = table[table["region_kind"] == "jeugdregio"]
    names = table[["region_code", "region"]].drop_duplicates()
    assert len(names) == names["region_code"].nunique() == names["region"].nunique() == 42
    periods = table.groupby("region", observed=True)["period"].nunique()
    assert (periods == {"care_by_origin": 9, "care_totals": 28}[name]).all()
    assert {"Centraal Gelderland", "Rijk van Nijmegen", "Midden-Brabant"} <= set(periods.index)
