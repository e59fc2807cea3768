"""The model of youths by origin: two ways to get the origin of the youths of a place from that of residents of all ages."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.counts.published import implied_population
from bereik.data.datapackage import load
from bereik.data.margins import fit_to_margins
from bereik.errors import UnknownNameError

YEARS = range(2015, 2022)  # from the first year of the Jeugdwet to the last with residents aged 0-11 by origin
GROUPS = ["nederlands", "westers", "niet_westers"]
METHODS = ("regression", "ipf")
COUNTRY = "NL01"
CITY = "GM0518"  # 's-Gravenhage: the one place where youths of all ages are published by origin (2019)
FULL_YEAR = 2019
FEATURE_YEAR = 2020  # first year in which residents of all ages are published by origin for every municipality
FULL_AGES = {"0-4": 1.0, "5-9": 1.0, "10-14": 1.0, "15-19": 1.0, "20-24": 3 / 5}  # ages 0-22


class Known(NamedTuple):
    """What is published: one row per place and year, one column per group of origin (children: under 16; youths: 0-22)."""

    everyone: pd.DataFrame
    under_12: pd.DataFrame
    primary: pd.DataFrame
    secondary: pd.DataFrame
    children: pd.DataFrame
    youths: pd.DataFrame
    classes: pd.DataFrame


def read_known() -> Known:
    """Read what is published about residents, pupils and all youths aged 0-22, by place and year."""
    table = load("youths_by_origin")
    table = table[(table["origin_scheme"] == "migratieachtergrond") & (table["status"] == "shown")]
    table = table.assign(year=table["period"].str[:4].astype(int), age_group=table["age_group"].astype(str))
    residents = table[table["statline_table"] == "70748ned"]
    young = residents[residents["age_group"].isin([str(age) for age in range(12)])]
    everyone = _wide(residents[residents["age_group"] == "all"])
    districts = _wide(table[table["population_group"] == "residents_kwb"])
    classes = table[(table["statline_table"] == "84910NED") & table["origin"].isin(GROUPS)]
    schools = table.assign(year=table["year"] + 1)  # 1 October before 1 January of the year
    return Known(
        everyone=everyone.combine_first(districts).astype("float64"),
        under_12=_wide(young),
        primary=_wide(schools[schools["statline_table"] == "83295NED"]),
        secondary=_wide(schools[schools["statline_table"] == "80043ned"]),
        children=_wide(table[table["age_group"] == "0-15"]),
        youths=_youths_of_all_origins(),
        classes=classes.pivot_table(index="age_group", columns="origin", values="persons", observed=True)[
            GROUPS
        ].astype("float64"),
    )


def _wide(rows: pd.DataFrame) -> pd.DataFrame:
    sums = rows.groupby(["region_code", "year", "origin"], observed=True)["persons"].sum().unstack().astype("float64")
    sums.columns = sums.columns.astype(str)
    if "nederlands" not in sums:
        sums["nederlands"] = sums["total"] - sums["westers"] - sums["niet_westers"]
    return sums[GROUPS].dropna()


def _youths_of_all_origins() -> pd.DataFrame:
    """Give youths aged 0-22 per place and year, and the bounds that the published percentages leave."""
    care = load("care_totals")
    whole = care[(care["form"] == "youth_care") & (care["period_kind"] == "year") & (care["status"] == "shown")]
    whole = whole.astype({"region_code": "str"})
    youths = implied_population(whole, ["region_code", "period"]).astype({"region_code": "str", "period": "int"})
    columns = ["population", "population_lower", "population_upper"]
    return youths.rename(columns={"period": "year"}).set_index(["region_code", "year"])[columns].astype("float64")


def year_of(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Give the rows of one year, by place."""
    return table[table.index.get_level_values("year") == year].droplevel("year")


def feature(known: Known, year: int) -> pd.DataFrame:
    """Give residents of all ages by origin: of the year, or of the first year in which every municipality has them."""
    return year_of(known.everyone, max(year, FEATURE_YEAR))


def predict(
    youths: pd.DataFrame, everyone: pd.DataFrame, new_everyone: pd.Series, total: float, method: str
) -> pd.Series:
    """Predict the youths of a place by origin from its residents of all ages and places where both are known.

    Regression: per group, the log of (share among youths / share among residents of all ages) on the log of the share
    among residents of all ages. Ipf: the pattern of the known places together, fitted to the residents of all ages by
    origin and to the number of youths. Predictions add up to ``total``.
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    everyone = everyone.loc[youths.index]
    if method == "ipf":
        seed = np.array([youths.sum(), (everyone - youths).sum()])
        rows = np.array([total, new_everyone.sum() - total])
        return pd.Series(fit_to_margins(seed, rows, new_everyone.to_numpy())[0], GROUPS)
    among_all = everyone.div(everyone.sum(axis=1), axis=0)
    among_youths = youths.div(youths.sum(axis=1), axis=0)
    share = new_everyone / new_everyone.sum()
    for group in GROUPS:
        x = np.log(among_all[group].to_numpy())
        slope, start = np.polyfit(x, np.log(among_youths[group].to_numpy()) - x, 1)
        share[group] *= np.exp(start + slope * np.log(share[group]))
    return total * share / share.sum()


def city_ages(known: Known, ages: dict[str, float]) -> pd.Series:
    """Add up 5-year classes of 's-Gravenhage in 2019, each for the given part, for example 3/5 of 20-24 for ages 20-22."""
    return sum((part * known.classes.loc[age] for age, part in ages.items()), start=pd.Series(0.0, GROUPS))


def city_12_to_22(known: Known) -> pd.Series:
    """Give youths of 's-Gravenhage aged 12 to 22 in 2019: 5-year classes less the ages 10 and 11, and 3/5 of 20-24."""
    return city_ages(known, FULL_AGES) - known.under_12.loc[(CITY, FULL_YEAR)]


def schooled(known: Known, year: int) -> pd.DataFrame:
    """Give secondary pupils by origin where these and residents of all ages are published."""
    pupils, everyone = year_of(known.secondary, year), year_of(known.everyone, year)
    return pupils.loc[[place for place in pupils.index if place in everyone.index]]


def shares_of_pupils(pupils: pd.DataFrame, everyone: pd.DataFrame, place: str) -> pd.Series:
    """Give the origin of the secondary pupils of a place: published, or fitted as in the places with pupils (ipf)."""
    if place in pupils.index:
        new = pupils.loc[place]
    else:
        per_resident = pupils.to_numpy().sum() / everyone.loc[pupils.index].to_numpy().sum()
        total = per_resident * everyone.loc[place].sum()
        new = predict(pupils, everyone, everyone.loc[place], total, "ipf")
    return new / new.sum()


def city_step(known: Known) -> pd.Series:
    """Give, for 's-Gravenhage in 2019, share among youths aged 12-22 / share among secondary pupils."""
    older, pupils = city_12_to_22(known), known.secondary.loc[(CITY, FULL_YEAR)]
    return (older / older.sum()) / (pupils / pupils.sum())


def youths_of_known(known: Known, year: int) -> pd.DataFrame:
    """Give youths aged 0-22 by origin where ages 0-11 are published: those, and ages 12-22 with the origin of pupils.

    In 's-Gravenhage the shares of pupils are first multiplied by `city_step`, which holds there and then only.
    """
    under_12, everyone, youths = (
        year_of(known.under_12, year),
        year_of(known.everyone, year),
        year_of(known.youths, year),
    )
    pupils = schooled(known, year)
    fitted = {}
    for place in [place for place in under_12.index if place in youths.index]:
        share = shares_of_pupils(pupils, everyone, place)
        share = share * city_step(known) if place == CITY else share
        older = youths.loc[place, "population"] - under_12.loc[place].sum()
        fitted[place] = under_12.loc[place] + older * share / share.sum()
    return pd.DataFrame(fitted).T


def modelled_youths(known: Known, places: list[str], year: int, method: str) -> tuple[pd.DataFrame, pd.Series]:
    """Give youths aged 0-22 by origin of each place, and what they rest on: city, pupils, under_12 or all_ages."""
    of_known, everyone, totals = youths_of_known(known, year), feature(known, year), year_of(known.youths, year)
    pupils = schooled(known, year).index
    youths = {
        place: of_known.loc[place]
        if place in of_known.index
        else predict(of_known, everyone, everyone.loc[place], totals.loc[place, "population"], method)
        for place in places
    }
    rests_on = pd.Series("all_ages", places)
    rests_on[rests_on.index.isin(of_known.index)] = "under_12"
    rests_on[rests_on.index.isin(pupils)] = "pupils"
    rests_on[rests_on.index == CITY] = "city"
    return pd.DataFrame(youths).T, rests_on


def all_pupils(known: Known, year: int) -> pd.DataFrame:
    """Give primary and secondary pupils by origin where both are published."""
    return (year_of(known.primary, year) + year_of(known.secondary, year)).dropna()


def modelled_pupils(known: Known, places: list[str], year: int, method: str) -> tuple[pd.DataFrame, pd.Series]:
    """Give primary and secondary pupils by origin of each place, and what they rest on: published, or predicted."""
    published, everyone, totals = (
        all_pupils(known, year),
        feature(known, year),
        year_of(known.youths, year)["population"],
    )
    basis = published.loc[[place for place in published.index if place in everyone.index]]
    per_youth = published.loc[CITY].sum() / totals[CITY]
    pupils = {
        place: published.loc[place]
        if place in published.index
        else predict(basis, everyone, everyone.loc[place], totals[place] * per_youth, method)
        for place in places
    }
    rests_on = ["published" if place in published.index else "predicted" for place in places]
    return pd.DataFrame(pupils).T, pd.Series(rests_on, places)
