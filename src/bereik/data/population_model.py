"""The model of youths by origin in three groups, anchored on the two groups that are published for 2016, and its error."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from bereik.counts.published import implied_population
from bereik.data.load import load

YEARS = range(2015, 2022)  # from the first year of the Jeugdwet to the last with residents aged 0-11 by origin
GROUPS = ["nederlands", "westers", "niet_westers"]
COUNTRY = "NL01"
CITY = "GM0518"  # 's-Gravenhage: the one place where youths of all ages are published by origin (2019)
FULL_YEAR = 2019
FEATURE_YEAR = 2020  # first year in which residents of all ages are published by origin for every municipality
FULL_AGES = {"0-4": 1.0, "5-9": 1.0, "10-14": 1.0, "15-19": 1.0, "20-24": 3 / 5}  # ages 0-22
# beside it: the ages 20-22 are not published apart
FEWEST, MOST = FULL_AGES | {"20-24": 2 / 5}, FULL_AGES | {"20-24": 4 / 5}
PUPIL_AGES = {"0-4": 1 / 5, "5-9": 1.0, "10-14": 1.0, "15-19": 3 / 5}  # ages 4-17
SUM_YEAR = 2016  # with a migration background or without: published for every place, by 5-year class
LAST_CHILDREN = 2015  # children under 16 by origin are published to this year
LONGEST_TREND = 5  # years; over more of them the trend cannot be tried
Frame: TypeAlias = pd.DataFrame


class Published(NamedTuple):
    """What is published: one row per place and year, one column per group of origin (children: under 16; youths: 0-22)."""

    everyone: Frame
    under_12: Frame
    primary: Frame
    secondary: Frame
    children: Frame
    youths: Frame  # all origins: population with the bounds that the published percentages leave
    city: pd.Series  # ages 0-22 of 's-Gravenhage in 2019
    sums: Frame  # residents of 2016 with and without a migration background, a column per 5-year class


def read_published() -> Published:
    """Read what is published about residents, pupils and all youths aged 0-22, by place and year."""
    table = load("youths_by_origin")
    table = table[(table["origin_scheme"] == "migratieachtergrond") & (table["status"] == "shown")]
    table = table.assign(year=table["period"].str[:4].astype(int), age_group=table["age_group"].astype(str))
    source, age = table["statline_table"], table["age_group"]
    register = _by_origin(table[(source == "70748ned") & (age == "all")])
    districts = _by_origin(table[table["population_group"] == "residents_kwb"])
    schools = table.assign(year=table["year"] + 1)  # 1 October before 1 January of the year
    classes = table[(source == "84910NED") & table["origin"].isin(GROUPS)]
    part = classes["persons"] * classes["age_group"].map(FULL_AGES)  # 3/5 of the class 20-24 for the ages 20-22
    care = load("care_totals").query("form == 'youth_care' and period_kind == 'year' and status == 'shown'")
    youths = implied_population(care.astype({"region_code": "str"}), ["region_code", "period"])
    youths = youths.assign(region_code=youths["region_code"].astype("str"), year=youths["period"].astype(int))
    bounds = ["population", "population_lower", "population_upper"]
    return Published(
        everyone=register.combine_first(districts).astype("float64"),
        under_12=_by_origin(table[(source == "70748ned") & age.isin([str(year) for year in range(12)])]),
        primary=_by_origin(schools[source == "83295NED"]),
        secondary=_by_origin(schools[source == "80043ned"]),
        children=_by_origin(table[age == "0-15"]),
        youths=youths.set_index(["region_code", "year"])[bounds].astype("float64"),
        city=part.groupby(classes["origin"].astype("str")).sum()[GROUPS].astype("float64"),
        sums=published_sums(table),
    )


def _by_origin(rows: Frame) -> Frame:
    sums = rows.groupby(["region_code", "year", "origin"], observed=True)["persons"].sum().unstack().astype("float64")
    sums.columns = sums.columns.astype(str)
    if "nederlands" not in sums:
        sums["nederlands"] = sums["total"] - sums["westers"] - sums["niet_westers"]
    return sums[GROUPS].dropna()


def of_year(table: Frame, year: int) -> Frame:
    """Give the rows of one year, by place."""
    return table[table.index.get_level_values("year") == year].droplevel("year")


def residents(data: Published, year: int) -> Frame:
    """Give residents of all ages by origin: of the year, or of the first year in which every municipality has them."""
    return of_year(data.everyone, max(year, FEATURE_YEAR))


def published_sums(table: Frame) -> Frame:
    """Give the residents of 2016 with and without a migration background: a row per place and origin, a column per class."""
    rows = table[table["statline_table"] == "37713"].astype({"origin": "str", "region_code": "str"})
    return rows.pivot(index=["region_code", "origin"], columns="age_group", values="persons").astype("float64")


def weighted(sums: Frame, ages: Mapping[str, float] = FULL_AGES) -> Frame:
    """Add the classes, each with its weight: nederlands and met_migratieachtergrond, a row per place."""
    return (sums[list(ages)] * pd.Series(ages)).sum(axis=1).unstack("origin")


def predict(youths: Frame, everyone: Frame, new_everyone: pd.Series, total: float) -> pd.Series:
    """Predict the youths of a place by origin from its residents of all ages and places where both are published.

    Per group, the regression of the log of (share among youths / share among residents of all ages) on the log of the share
    among residents of all ages. Predictions add up to ``total``.
    """
    everyone = everyone.loc[youths.index]
    among_all = everyone.div(everyone.sum(axis=1), axis=0)
    among_youths = youths.div(youths.sum(axis=1), axis=0)
    share = new_everyone / new_everyone.sum()
    for group in GROUPS:
        x = np.log(among_all[group].to_numpy())
        slope, start = np.polyfit(x, np.log(among_youths[group].to_numpy()) - x, 1)
        share[group] *= np.exp(start + slope * np.log(share[group]))
    return total * share / share.sum()


def schooled(data: Published, year: int) -> Frame:
    """Give secondary pupils by origin where these and residents of all ages are published."""
    pupils = of_year(data.secondary, year)
    return pupils[pupils.index.isin(of_year(data.everyone, year).index)]


def all_pupils(data: Published, year: int) -> Frame:
    """Give primary and secondary pupils by origin where both are published."""
    return (of_year(data.primary, year) + of_year(data.secondary, year)).dropna()


def shares_of_pupils(pupils: Frame, everyone: Frame, place: str) -> pd.Series:
    """Give the origin of the secondary pupils of a place: published, or predicted from its residents of all ages."""
    if place in pupils.index:
        return pupils.loc[place] / pupils.loc[place].sum()
    return predict(pupils, everyone, everyone.loc[place], 1.0)


def city_step(data: Published) -> pd.Series:
    """Give, for 's-Gravenhage in 2019, share among youths aged 12-22 / share among secondary pupils."""
    older, pupils = data.city - data.under_12.loc[(CITY, FULL_YEAR)], data.secondary.loc[(CITY, FULL_YEAR)]
    return (older / older.sum()) / (pupils / pupils.sum())


def youths_of_published(data: Published, year: int) -> Frame:
    """Give youths aged 0-22 by origin where ages 0-11 are published: those, and ages 12-22 with the origin of pupils.

    In 's-Gravenhage the shares of pupils are first multiplied by `city_step`, which holds there and then only.
    """
    under_12, totals = of_year(data.under_12, year), of_year(data.youths, year)["population"]
    pupils, everyone = schooled(data, year), of_year(data.everyone, year)
    youths = {}
    for place in under_12.index[under_12.index.isin(totals.index)]:
        share = shares_of_pupils(pupils, everyone, place) * (city_step(data) if place == CITY else 1)
        older = totals[place] - under_12.loc[place].sum()
        youths[place] = under_12.loc[place] + older * share / share.sum()
    return pd.DataFrame(youths).T


def modelled_youths(data: Published, places: list[str], year: int) -> tuple[Frame, pd.Series]:
    """Give youths aged 0-22 by origin of each place before they are anchored, and what they rest on."""
    published, totals = youths_of_published(data, year), of_year(data.youths, year)["population"]
    rests_on = pd.Series("all_ages", places)
    for what, index in (("under_12", published.index), ("pupils", schooled(data, year).index), ("city", [CITY])):
        rests_on[rests_on.index.isin(index)] = what
    return _or_predicted(published, residents(data, year), places, totals), rests_on


def modelled_pupils(data: Published, places: list[str], year: int) -> tuple[Frame, pd.Series]:
    """Give primary and secondary pupils by origin of each place before they are anchored, and what they rest on."""
    published, totals = all_pupils(data, year), of_year(data.youths, year)["population"]
    totals = totals * published.loc[CITY].sum() / totals[CITY]
    rests_on = pd.Series("predicted", places).where(~pd.Series(places, places).isin(published.index), "published")
    return _or_predicted(published, residents(data, year), places, totals), rests_on


def _or_predicted(published: Frame, everyone: Frame, places: list[str], totals: pd.Series) -> Frame:
    """Give the youths of each place as they are, or predicted by those places that have residents of all ages too."""
    basis = published[published.index.isin(everyone.index)]
    absent = [place for place in places if place not in published.index]
    new = {place: predict(basis, everyone, everyone.loc[place], totals[place]) for place in absent}
    return pd.concat([published, pd.DataFrame(new).T]).loc[places]


def anchored(youths: Frame, then: Frame, sums: Frame, totals: pd.Series) -> Frame:
    """Let the odds of a migration background be those published for 2016, times what the model says changed since then."""
    now, past = background(youths), background(then)
    odds = (sums["met_migratieachtergrond"] / sums["nederlands"]).reindex(youths.index)
    odds = odds * (now / youths["nederlands"]) / (past / then["nederlands"])
    people = totals * odds / (1 + odds)
    return youths.mul(people / now, axis=0).assign(nederlands=totals - people)


# --- the error: what is published is predicted as if it were not -------------------------------------------------------


def stated(errors: Iterable[float]) -> float:
    """Give the 95 % error (of a logarithm) that a few prediction errors support: their largest, or t times their size."""
    from scipy.special import stdtrit

    sizes = np.abs(np.asarray(list(errors), dtype="float64"))
    return float(max(sizes.max(), stdtrit(sizes.size - 1, 0.975) * np.sqrt(np.mean(sizes**2))))


def background(table: Frame) -> pd.Series:
    """Add the two groups with a migration background."""
    return table["westers"] + table["niet_westers"]


def leave_one_out(data: Published, year: int) -> dict[str, tuple[Frame, Frame]]:
    """Predict ages 0-11 (young), all pupils and secondary pupils of each place from the other places: published, predicted."""
    tried = {"young": of_year(data.under_12, year).drop(COUNTRY), "pupils": all_pupils(data, year)}
    trials = {}
    for step, published in (tried | {"secondary": schooled(data, year)}).items():
        everyone = of_year(data.everyone, year) if step == "secondary" else residents(data, year)
        true = published[published.index.isin(everyone.index)]
        new = {at: predict(true.drop(at), everyone, everyone.loc[at], row.sum()) for at, row in true.iterrows()}
        trials[step] = true, pd.DataFrame(new).T
    return trials


def older_from_pupils(data: Published) -> tuple[Frame, Frame]:
    """Take the origin of secondary pupils for that of older youths, where the latter is published: published, predicted."""
    older = (data.children.loc[[COUNTRY]] - data.under_12).dropna()  # ages 12-15
    older.loc[(CITY, FULL_YEAR), :] = data.city - data.under_12.loc[(CITY, FULL_YEAR)]
    older = older[older.index.isin(data.secondary.index)]
    pupils = data.secondary.loc[older.index]
    return older, pupils.mul(older.sum(axis=1) / pupils.sum(axis=1), axis=0)


def split_errors(true: Frame, new: Frame) -> Frame:
    """Give the log of predicted / true of the share of each group among the youths with a migration background."""
    parts = (table[GROUPS[1:]].div(background(table), axis=0) for table in (new, true))
    return np.log(next(parts)) - np.log(next(parts))


def largest_split(true: Frame, new: Frame) -> pd.Series:
    """Give the 95 % error of these shares that the predictions support."""
    return split_errors(true, new).agg(stated)


def carried_children(data: Published, place: str, year: int) -> tuple[pd.Series, pd.Series]:
    """Give children under 16 by origin, after 2015 carried by the growth of ages 0-11, and the 95 % error of their logs.

    The error: published children of each landsdeel, carried over as many years or fewer to years that are published too.
    """
    if year <= LAST_CHILDREN:
        return data.children.loc[(place, year)], pd.Series(0.0, GROUPS)
    young, largest = data.under_12.xs(COUNTRY), {}
    for part in data.children.index.unique("region_code").drop(COUNTRY):
        children, tried = data.children.xs(part), []
        for over in range(1, year - LAST_CHILDREN + 1):
            tried.append(np.log(children.shift(over) / children * young / young.shift(over)))
        largest[part] = pd.concat(tried).abs().max()
    children = data.children.loc[(place, LAST_CHILDREN)] * young.loc[year] / young.loc[LAST_CHILDREN]
    return children, pd.DataFrame(largest).T.agg(stated)[GROUPS]


def youth_errors(data: Published, year: int) -> Frame:
    """Give the 95 % error of the log of modelled youths aged 0-22: a row for what they rest on, a column per group.

    westers and niet_westers: their shares among the youths with a migration background. city: half of `city_step` (in another
    year it may have been half, or one and a half times as large); pupils: the largest error of taking pupils for older youths;
    under_12: the error of the origin of the pupils as well. These three count for the ages 12-22 only. all_ages: the error of
    ages 0-11 from residents of all ages as well. met_migratieachtergrond: in another year than 2016, what ages 0-11 changed
    otherwise than predicted from other places. Steps add in quadrature.
    """
    trials, taken = leave_one_out(data, year), split_errors(*older_from_pupils(data)).abs()
    whole = youths_of_published(data, year).sum(axis=1)
    older = float((1 - of_year(data.under_12, year).sum(axis=1) / whole).mean())
    under_12 = older * np.hypot(taken.max(), largest_split(*trials["secondary"]))
    rows = {"city": older * taken.loc[(CITY, FULL_YEAR)] / 2, "pupils": older * taken.max(), "under_12": under_12}
    errors = pd.DataFrame(rows | {"all_ages": np.hypot(largest_split(*trials["young"]), under_12)}).T
    return errors.assign(met_migratieachtergrond=_drift(trials["young"], leave_one_out(data, SUM_YEAR)["young"]))


def pupil_errors(data: Published, year: int) -> Frame:
    """Give the 95 % error of the log of pupils by origin: none where published, that of leaving a place out elsewhere.

    met_migratieachtergrond: what the origin of residents aged 4-17 in 2016 differs from that of the pupils, where both are
    published, and what pupils changed since otherwise than predicted from other places.
    """
    trial, pupils = leave_one_out(data, year)["pupils"], all_pupils(data, SUM_YEAR)
    sums = weighted(data.sums, PUPIL_AGES)
    known = pupils[pupils.index.isin(sums.index)]
    residents_too = sums.loc[known.index, "met_migratieachtergrond"] / sums.loc[known.index].sum(axis=1)
    apart = stated(np.log(residents_too / (background(known) / known.sum(axis=1))))
    predicted = largest_split(*trial)
    predicted["met_migratieachtergrond"] = np.hypot(apart, _drift(trial, leave_one_out(data, SUM_YEAR)["pupils"]))
    return pd.DataFrame({"published": 0.0 * predicted, "predicted": predicted}).T


def _drift(trial: tuple[Frame, Frame], before: tuple[Frame, Frame]) -> float:
    """Give the 95 % error of the log of the youths with a migration background, carried from the year before."""
    errors = [np.log(background(new) / background(true)) for true, new in (trial, before)]
    return stated(errors[0] - errors[1])


def share_error(data: Published, places: list[str]) -> pd.Series:
    """Give the error of the log of the youths with a migration background aged 0-22 in 2016: 2/5 or 4/5 of the ages 20-24."""
    few, many = (weighted(data.sums, ages).loc[places] for ages in (FEWEST, MOST))
    few, many = (table["met_migratieachtergrond"] / table.sum(axis=1) for table in (few, many))
    return np.log(many / few).abs() / 2
