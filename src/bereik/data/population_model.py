"""The model of youths by origin where they are not published, and its error: published places are left out and predicted."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from bereik.counts.published import implied_population
from bereik.data.load import load

YEARS = range(2015, 2022)  # from the first year of the Jeugdwet to the last with residents aged 0-11 by origin
GROUPS = ["nederlands", "westers", "niet_westers"]
METHODS = ("regression", "ipf")
COUNTRY = "NL01"
CITY = "GM0518"  # 's-Gravenhage: the one place where youths of all ages are published by origin (2019)
FULL_YEAR = 2019
FEATURE_YEAR = 2020  # first year in which residents of all ages are published by origin for every municipality
FULL_AGES = {"0-4": 1.0, "5-9": 1.0, "10-14": 1.0, "15-19": 1.0, "20-24": 3 / 5}  # ages 0-22
LAST_CHILDREN = 2015  # children under 16 by origin are published to this year
LONGEST_TREND = 5  # years; over more of them the trend cannot be tried
Row = dict[str, object]
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


def predict(youths: Frame, everyone: Frame, new_everyone: pd.Series, total: float, method: str) -> pd.Series:
    """Predict the youths of a place by origin from its residents of all ages and places where both are published.

    Regression: per group, the log of (share among youths / share among residents of all ages) on the log of the share
    among residents of all ages. Ipf: the odds to be young per group in these places together, multiplied by one number, which
    is what iterative proportional fitting of two ages to both margins comes to. Predictions add up to ``total``.
    """
    everyone = everyone.loc[youths.index]
    if method == "ipf":
        return _fitted(youths.sum() / (everyone - youths).sum(), new_everyone, total)
    among_all = everyone.div(everyone.sum(axis=1), axis=0)
    among_youths = youths.div(youths.sum(axis=1), axis=0)
    share = new_everyone / new_everyone.sum()
    for group in GROUPS:
        x = np.log(among_all[group].to_numpy())
        slope, start = np.polyfit(x, np.log(among_youths[group].to_numpy()) - x, 1)
        share[group] *= np.exp(start + slope * np.log(share[group]))
    return total * share / share.sum()


def _fitted(odds: pd.Series, everyone: pd.Series, total: float) -> pd.Series:
    """Give the youths among everyone that add up to the total and keep the odds ratios between the groups."""
    from scipy.optimize import brentq
    from scipy.special import expit

    people, pattern = everyone.to_numpy(), np.log(odds.to_numpy())
    shift = brentq(lambda shift: people @ expit(pattern + shift) - total, -30, 30, xtol=1e-14, rtol=1e-14)
    return pd.Series(people * expit(pattern + shift), everyone.index)


def schooled(data: Published, year: int) -> Frame:
    """Give secondary pupils by origin where these and residents of all ages are published."""
    pupils = of_year(data.secondary, year)
    return pupils[pupils.index.isin(of_year(data.everyone, year).index)]


def all_pupils(data: Published, year: int) -> Frame:
    """Give primary and secondary pupils by origin where both are published."""
    return (of_year(data.primary, year) + of_year(data.secondary, year)).dropna()


def shares_of_pupils(pupils: Frame, everyone: Frame, place: str) -> pd.Series:
    """Give the origin of the secondary pupils of a place: published, or fitted as in the places with pupils (ipf)."""
    if place in pupils.index:
        return pupils.loc[place] / pupils.loc[place].sum()
    per_resident = pupils.to_numpy().sum() / everyone.loc[pupils.index].to_numpy().sum()
    new = predict(pupils, everyone, everyone.loc[place], per_resident * everyone.loc[place].sum(), "ipf")
    return new / new.sum()


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


def modelled_youths(data: Published, places: list[str], year: int, method: str) -> tuple[Frame, pd.Series]:
    """Give youths aged 0-22 by origin of each place, and what they rest on: city, pupils, under_12 or all_ages."""
    published, totals = youths_of_published(data, year), of_year(data.youths, year)["population"]
    rests_on = pd.Series("all_ages", places)
    for what, index in (("under_12", published.index), ("pupils", schooled(data, year).index), ("city", [CITY])):
        rests_on[rests_on.index.isin(index)] = what
    return _or_predicted(published, residents(data, year), places, totals, method), rests_on


def modelled_pupils(data: Published, places: list[str], year: int, method: str) -> tuple[Frame, pd.Series]:
    """Give primary and secondary pupils by origin of each place, and what they rest on: published, or predicted."""
    published, totals = all_pupils(data, year), of_year(data.youths, year)["population"]
    totals = totals * published.loc[CITY].sum() / totals[CITY]
    rests_on = pd.Series("predicted", places).where(~pd.Series(places, places).isin(published.index), "published")
    return _or_predicted(published, residents(data, year), places, totals, method), rests_on


def _or_predicted(published: Frame, everyone: Frame, places: list[str], totals: pd.Series, method: str) -> Frame:
    """Give the youths of each place as they are, or predicted by those places that have residents of all ages too."""
    basis = published[published.index.isin(everyone.index)]
    absent = [place for place in places if place not in published.index]
    new = {place: predict(basis, everyone, everyone.loc[place], totals[place], method) for place in absent}
    return pd.concat([published, pd.DataFrame(new).T]).loc[places]


# --- the error: what is published is predicted as if it were not -------------------------------------------------------


def stated(errors: Iterable[float]) -> float:
    """Give the 95 % error (of a logarithm) that a few prediction errors support: their largest, or t times their size."""
    from scipy.special import stdtrit

    sizes = np.abs(np.asarray(list(errors), dtype="float64"))
    return float(max(sizes.max(), stdtrit(sizes.size - 1, 0.975) * np.sqrt(np.mean(sizes**2))))


def compared(step: str, method: str, place: str, year: int, ages: str, true: pd.Series, new: pd.Series) -> list[Row]:
    """Set a prediction beside what is published, one row per origin."""
    key: Row = {"step": step, "method": method, "region_code": place, "year": year, "ages": ages}
    return [key | {"origin": group, "true": true[group], "predicted": new[group]} for group in true.index]


def log_errors(trial: Frame) -> pd.Series:
    """Give the log of predicted / true."""
    return np.log(trial["predicted"].astype("float64") / trial["true"].astype("float64"))


def stated_by_others(trial: Frame, same: list[str]) -> pd.Series:
    """Give, for each prediction, the error stated by the largest errors for the other places."""
    keys = [*same, "region_code"]
    largest = log_errors(trial).abs().groupby([trial[name] for name in keys]).max()
    errors = [stated(part.drop(place)) for _, part in largest.groupby(level=same) for place in part.index]
    return trial.join(pd.Series(errors, largest.index, name="stated"), on=keys)["stated"]


def leave_one_out(data: Published, year: int) -> Frame:
    """Predict ages 0-11, all pupils and secondary pupils of each place from the other places."""
    everyone, rows = residents(data, year), []
    steps = {("young", "0-11"): of_year(data.under_12, year), ("pupils", "pupils"): all_pupils(data, year)}
    for (step, ages), published in steps.items():
        published = published[published.index.isin(everyone.index)]
        for place in published.index if step == "pupils" else published.index.drop(COUNTRY):
            true = published.loc[place]
            for method in METHODS:
                new = predict(published.drop(place), everyone, everyone.loc[place], true.sum(), method)
                rows += compared(step, method, place, year, ages, true, new)
    pupils, then = schooled(data, year), of_year(data.everyone, year)
    for place, true in pupils.iterrows():
        new = shares_of_pupils(pupils.drop(place), then, str(place)) * true.sum()
        rows += compared("secondary", "ipf", str(place), year, "secondary pupils", true, new)
    return pd.DataFrame(rows)


def older_from_pupils(data: Published) -> Frame:
    """Take the origin of secondary pupils for that of older youths, in the two places where the latter is published."""
    older = (data.children.loc[[COUNTRY]] - data.under_12).dropna()
    published = [(CITY, FULL_YEAR, "12-22", data.city - data.under_12.loc[(CITY, FULL_YEAR)])]
    published += [(*at, "12-15", older.loc[at]) for at in older.index if at in data.secondary.index]
    rows = []
    for place, year, ages, true in published:
        pupils = data.secondary.loc[(place, year)]
        rows += compared("older", "pupils", place, year, ages, true, pupils / pupils.sum() * true.sum())
    return pd.DataFrame(rows)


def carried(data: Published) -> Frame:
    """Carry published children under 16 of each landsdeel over 1 to 5 years, to years in which they are published too."""
    young = data.under_12.xs(COUNTRY)
    rows: list[Row] = []
    for place in data.children.index.unique("region_code").drop(COUNTRY):
        children = data.children.xs(place)
        for first, year in [(first, year) for first in children.index for year in children.index if first < year]:
            new = children.loc[first] * young.loc[year] / young.loc[first]
            pair = compared("carried", "trend", place, year, "0-15", children.loc[year], new)
            rows += [row | {"over": year - first} for row in pair]
    trial = pd.DataFrame(rows)
    return trial.assign(stated=stated_by_others(trial, ["origin", "over"]))


def carried_children(data: Published, place: str, year: int) -> tuple[pd.Series, pd.Series]:
    """Give children under 16 by origin, after 2015 carried by the growth of ages 0-11, and the 95 % error of their logs."""
    if year <= LAST_CHILDREN:
        return data.children.loc[(place, year)], pd.Series(0.0, GROUPS)
    young, trial = data.under_12.xs(COUNTRY), carried(data)
    trial = trial[trial["over"] <= year - LAST_CHILDREN]
    largest = log_errors(trial).abs().groupby([trial["origin"], trial["region_code"]]).max()
    children = data.children.loc[(place, LAST_CHILDREN)] * young.loc[year] / young.loc[LAST_CHILDREN]
    return children, largest.groupby("origin").agg(stated)[GROUPS]


def youth_errors(data: Published, year: int, method: str) -> Frame:
    """Give the 95 % error of the log of modelled youths aged 0-22: a row for what they rest on, a column per origin.

    city: half of `city_step` (in another year it may have been half, or one and a half times as large); pupils: the largest
    error of taking pupils for older youths; under_12: the error of the origin of the pupils as well. These three count for
    the ages 12-22 only. all_ages: the error of ages 0-11 from residents of all ages as well. Steps add in quadrature.
    """
    trial, pupils = leave_one_out(data, year), older_from_pupils(data)
    error = log_errors(trial).groupby([trial["step"], trial["method"], trial["origin"]]).agg(stated)
    as_pupils = log_errors(pupils).abs().groupby(pupils["origin"]).max()[GROUPS]
    unknown_pupils = np.hypot(as_pupils, error["secondary", "ipf"][GROUPS])
    youths = youths_of_published(data, year).sum(axis=1)
    older = float((1 - of_year(data.under_12, year).sum(axis=1) / youths).mean())
    under_12 = older * unknown_pupils
    rows = {"city": older * np.log(city_step(data)).abs() / 2, "pupils": older * as_pupils, "under_12": under_12}
    return pd.DataFrame(rows | {"all_ages": np.hypot(error["young", method][GROUPS], under_12)}).T


def pupil_errors(data: Published, year: int, method: str) -> Frame:
    """Give the 95 % error of the log of pupils by origin: none where published, that of leaving a place out elsewhere."""
    trial = leave_one_out(data, year)
    trial = trial[(trial["step"] == "pupils") & (trial["method"] == method)]
    predicted = log_errors(trial).groupby(trial["origin"]).agg(stated)[GROUPS]
    return pd.DataFrame({"published": 0.0 * predicted, "predicted": predicted}).T
