"""Use of each form of care per head by origin in 2016, the year in which youths by origin are published for every jeugdregio."""

import numpy as np
import pandas as pd

from bereik.codelists import find_region, regions
from bereik.data.load import load
from bereik.data.population_model import FEWEST, FULL_AGES, MOST, SUM_YEAR, published_sums, weighted
from bereik.data.populations import youths_by_origin
from bereik.rates.intervals import CONFIDENCE, difference_limits, normal_quantile, ratio_limits
from bereik.rates.results import SUPERPOPULATION, beside_reference, divided
from bereik.rates.use import use_rates
from bereik.tables import numbers, result_table

_BY = ["region", "year", "form", "origin", "population_used"]
_ORIGINS = ["met_migratieachtergrond", "nederlands"]
_WITH_PARTS = ["NL01", "JZ-haaglanden"]  # regions of which western and non-western are modelled
_LIMITS = ["value", "lower", "upper", "lower_rounding", "upper_rounding"]
_TO_19 = {age: part for age, part in FULL_AGES.items() if age != "20-24"}
_POPULATIONS = {"residents_0_22": FULL_AGES, "residents_0_22_fewest": FEWEST, "residents_0_22_most": MOST}
_POPULATIONS["residents_0_19"] = _TO_19
# the ages of care in classes of five years: an even share of each class for a single year of age
_CLASSES = {"0-3": {"0-4": 4 / 5}, "4-11": {"0-4": 1 / 5, "5-9": 1.0, "10-14": 2 / 5}}
_CLASSES |= {"12-17": {"10-14": 3 / 5, "15-19": 3 / 5}, "18-22": {"15-19": 2 / 5, "20-24": 3 / 5}}


def use_per_head(region: str | None = None) -> pd.DataFrame:
    """Compute how many of every 1,000 youths of each origin had each form of care in 2016, and compare with Dutch background.

    Parameters
    ----------
    region : str, optional
        A jeugdregio, or ``"Nederland"``; without it all 42 and the country.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``year``, ``form``, ``origin``, ``population_used``, then the columns of a result table. ``measure`` is
        use_rate (per 1,000 youths, with the interval of Wilson), rate_ratio (relative to nederlands),
        age_adjusted_rate_ratio, and expected_minus_observed for met_migratieachtergrond: the youths that there would be at the
        rate of nederlands minus those that there were; no number of missed youths, because need is not in it.
        ``population_used``: residents_0_22 (ages 0-19 as published and 3/5 of ages 20-24), beside it
        residents_0_22_fewest and residents_0_22_most (2/5 and 4/5) and residents_0_19 (ages 0-19, exact; the users are 0-22).
        ``origin``: nederlands, met_migratieachtergrond (western and non-western together); westers and niet_westers in
        Haaglanden and the country, over the modelled youths of `youths_by_origin`: not exact, and ``method`` says so.

    Raises
    ------
    UnknownNameError
        When the region is no jeugdregio and not the country.
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    Users: CBS StatLine 82965NED, rounded to 5 (``lower_rounding``, ``upper_rounding``); youths: 37713, the municipalities of a
    jeugdregio added up (83287NED). Ratio: variance of the log 1 / users of both groups (Poisson), for modelled youths also the
    square of the sum of both errors. Expected minus observed: the youths of the group times the difference of both rates,
    with the limits of Newcombe (1998) from those of Wilson, youths as published taken as fixed.

    Age: O / E of the group over O / E of the reference, with E the users that the group would have at the rates by age of all
    youths of the region (indirect standardisation, Breslow & Day 1987). It is fair when the ratio is about the same at each
    age, which is not published. Ages of care (0-3, 4-11, 12-17, 18-22) do not fit in classes of five years, so each class is
    split evenly over its years; a tenth of a year more or less at each bound moves the ratio of Haaglanden by less than 0.005.
    A class of age that has a figure in no region does not apply (probation under 12); one that is not published in this region
    is what the total leaves for it.

    Examples
    --------
    >>> use = use_per_head("Haaglanden").query("form == 'without_residence' and population_used == 'residents_0_22'")
    >>> use[use["measure"].str.endswith("ratio")][["origin", "measure", "value", "lower", "upper"]].round(2)
                         origin                  measure  value  lower  upper
    56  met_migratieachtergrond               rate_ratio   0.87   0.85   0.89
    60                  westers               rate_ratio   0.79   0.70   0.91
    61             niet_westers               rate_ratio   0.89   0.86   0.93
    81  met_migratieachtergrond  age_adjusted_rate_ratio   0.88   0.86   0.90
    """
    places = regions().query("kind in ['country', 'jeugdregio']").set_index("code")["name"]
    if region is not None:
        kind = "country" if region == places.iloc[0] else "jeugdregio"
        places = places[[find_region(region, kind)["code"]]]
    counts = _counts(places)
    rates = use_rates(counts, by=_BY, per=1000, rounding=5)
    error = counts.astype({"region": "str"}).set_index(_BY)["error"]
    rates = rates.astype(dict.fromkeys(_BY, "str"))
    rates = rates.assign(error=error.reindex(pd.MultiIndex.from_frame(rates[_BY])).to_numpy())
    compared = ["met_migratieachtergrond", "westers", "niet_westers"]
    pairs = beside_reference(rates, [name for name in _BY if name != "origin"], "nederlands", compared, "use per head")
    ratios = divided(pairs, "_reference")
    with np.errstate(divide="ignore"):
        chance = 1 / pairs["numerator"] + 1 / pairs["numerator_reference"]
    lower, upper = ratio_limits(numbers(ratios["value"]), numbers(chance + ratios["error"] ** 2), CONFIDENCE)
    modelled = np.where(ratios["error"] > 0, "; youths modelled, not exact, their error included", "")
    method = f"delta method on the log; {SUPERPOPULATION}" + pd.Series(modelled, ratios.index)
    ratios = ratios.assign(measure="rate_ratio", lower=lower, upper=upper, per="ratio of use rates", method=method)
    ratios = ratios.assign(relative_to="nederlands", confidence=CONFIDENCE)
    parts = [rates, ratios, _adjusted(ratios, places), _fewer(pairs.assign(status=ratios["status"]))]
    return result_table(pd.concat(parts, ignore_index=True), _BY)


def _fewer(pairs: pd.DataFrame) -> pd.DataFrame:
    """Count how many fewer youths of the group, whose youths are published, there are than at the rate of the reference."""
    pairs = pairs[pairs["origin"] == _ORIGINS[0]]
    here, there = ([numbers(pairs[f"{name}{one}"]) for name in _LIMITS] for one in ("", "_reference"))
    youths = numbers(pairs["denominator"]) / 1000
    lower, upper = difference_limits(there[0], (there[1], there[2]), here[0], (here[1], here[2]))
    figures = [there[0] - here[0], lower, upper, there[3] - here[4], there[4] - here[3]]
    rows = pairs.assign(**dict(zip(_LIMITS, (youths * figure for figure in figures), strict=True)))
    about = {"measure": "expected_minus_observed", "per": "youths; positive: fewer than at the rate of the reference"}
    about |= {"relative_to": "nederlands", "method": f"MOVER from limits of Wilson; {SUPERPOPULATION}"}
    return rows.assign(numerator=youths * there[0], denominator=pairs["numerator"], **about)


def _counts(places: pd.Series) -> pd.DataFrame:
    """Set the users of each form beside the youths in each population; youths as published have no error of a model."""
    sums, tables = published_sums(load("youths_by_origin")), []
    for name, ages in _POPULATIONS.items():
        youths = weighted(sums, ages).loc[places.index].round().T.unstack().rename("population").reset_index()
        tables.append(youths.assign(population_used=name, error=0.0, source="CBS StatLine 37713"))
    for code in places.index.intersection(_WITH_PARTS):
        youths = youths_by_origin(code, year=SUM_YEAR)
        youths = youths[(youths["region_code"] == code) & youths["origin"].isin(["westers", "niet_westers"])]
        error = np.log(youths["population_upper"] / youths["population_lower"]) / (2 * normal_quantile(CONFIDENCE))
        tables.append(youths.assign(error=error).astype({"origin": "str"}))
    youths = pd.concat(tables)[["region_code", "origin", "population_used", "population", "error", "source"]]
    care = load("care_by_origin").rename(columns={"youths": "users", "period": "year", "source": "source_of_care"})
    care = care[care["year"] == str(SUM_YEAR)].astype({"origin": "str", "form": "str", "region": "str"})
    counts = care.merge(youths, on=["region_code", "origin"])
    counts["population"] = counts["population"].astype("Int64").where(counts["status"] == "shown")
    return counts.assign(source=counts["source_of_care"] + "; " + counts["source"])


def _adjusted(ratios: pd.DataFrame, places: pd.Series) -> pd.DataFrame:
    """Divide each ratio by what the ages of the two groups alone would make of it."""
    care = load("care_by_age").query(f"period == '{SUM_YEAR}'").astype({"form": "str"})
    users = care.pivot(index=["region_code", "form"], columns="age_group", values="youths").astype("float64")
    # protection has no age of 18 and over, probation none under 12
    applies = users.notna().groupby(level="form").transform("any")
    total = load("care_by_origin").query(f"period == '{SUM_YEAR}' and origin == 'total'").astype({"form": "str"})
    total = total.set_index(["region_code", "form"])["youths"].astype("float64")
    rest = total.reindex(users.index).sub(users.sum(axis=1)).clip(lower=0)
    users = users.where(users.notna() | ~applies, rest, axis=0).fillna(0.0)
    sums = published_sums(load("youths_by_origin"))
    by_ages: dict[tuple[str, str], float] = {}
    youths = {age: weighted(sums, parts).T.unstack() for age, parts in _CLASSES.items()}
    for code, name in places.items():
        by_age = pd.DataFrame({age: rows.loc[code] for age, rows in youths.items()})
        rates = users.loc[code, list(by_age)] / by_age.sum()
        expected = (by_age @ rates.T).div(by_age.sum(axis=1), axis=0)
        by_ages |= {(name, form): more / less for form, (more, less) in expected.loc[_ORIGINS].items()}
    rows = ratios[(ratios["population_used"] == "residents_0_22") & (ratios["origin"] == _ORIGINS[0])]
    factor = [by_ages[key] for key in zip(rows["region"], rows["form"], strict=True)]
    rows = rows.assign(**rows[_LIMITS].div(factor, axis=0), numerator=np.nan, denominator=np.nan)
    method = "indirect standardisation; " + rows["method"] + "; rates by age taken as fixed"
    standard = "use by age of all youths of the region"
    return rows.assign(measure="age_adjusted_rate_ratio", standard=standard, method=method)
