"""Use relative to need for one region, by every admissible specification: populations, indicators, their places and years."""

import numpy as np
import pandas as pd

from bereik.codelists import AGES, care_forms, codelist, find_region, regions, with_ages
from bereik.counts.table import as_counts
from bereik.data.load import load
from bereik.data.need import need_by_origin
from bereik.data.populations import youths_by_origin
from bereik.errors import BereikError
from bereik.rates.intervals import CONFIDENCE, log_errors, normal_quantile, ratio_limits
from bereik.rates.need import need_rates
from bereik.rates.results import SUPERPOPULATION, beside_reference, check_known, divided
from bereik.tables import numbers, result_table

PER = "ratio of the relative use to the relative need"
MEASURES = {"no": "reach_ratio", "partly": "reach_ratio", "yes": "use_relative_to_need_ratio"}  # by compulsory
_KEYS = ["origin", "year", "origin_scheme"]
_CATEGORIES = [*_KEYS, "form", "indicator", "indicator_class", "region"]
_CATEGORIES += ["population_used", *AGES, "population_group", "ages_of_need", "need_place"]
_CLASSES = {"self_report": "problems", "school": "problems", "police": "police"}
_POPULATIONS = ("0-22", "0-15", "pupils")
POPULATIONS = ("residents_0_22", "residents_0_15", "pupils")  # their names; the first that there is counts
_GROUPS = ["nederlands", "westers", "niet_westers"]
AGES_OF_NEED = {"residents_youngest_class": "from 12, youngest class", "pupils_all": "4-19", "youths_12_17": "12-17"}
# youths only
AGES_OF_NEED |= {"pupils_primary": "4-12", "pupils_primary_age": "4-12", "pupils_secondary_age": "12-19"}
_YEARS = (2015, 2016, 2017)  # those with care by origin


def specifications(region: str, *, otherwise: str | None = None, relative_to: str = "nederlands") -> pd.DataFrame:
    """Divide relative use by relative need for every admissible specification, for `range_over_choices`.

    Parameters
    ----------
    region : str
        A jeugdregio, a landsdeel or the country.
    otherwise : str, optional
        The place to turn to when data/raw has no youths by origin of the region: the country. The column ``region`` says which.
    relative_to : str
        The origin that groups are compared with.

    Returns
    -------
    pandas.DataFrame
        Of 2015 to 2017, the years with care by origin; use and need are of one year: a school year belongs to the year in
        which it ends, a survey of two years to both. ``origin``, ``year``, ``origin_scheme``, ``form``, ``indicator``,
        ``indicator_class`` (problems, police), ``region``, ``population_used`` (residents_0_22, residents_0_15, pupils: those
        that the region has), ``ages_of_use``, ``ages_of_population``, ``population_group`` (whose need), ``ages_of_need``
        (youths only: a figure that counts adults is context), ``need_place`` (the country, and the region or its municipality
        where published), then the columns of a result
        table. ``measure`` is rate_ratio (use of a form relative to the reference: care without and with residence, protection,
        probation), need_ratio (need relative to the reference, each indicator that may be divided by), and the one divided by
        the other: reach_ratio, or use_relative_to_need_ratio for a compulsory form, because "reach" is for voluntary care.
        Below 1 the group uses the form less than in proportion to the indicator.

    Raises
    ------
    UnknownNameError
        When the region or the reference is not known.
    BereikError
        When data/raw has no youths by origin of the region, and no other place is given; names the StatLine table to add.

    Notes
    -----
    Which indicator may divide which form was fixed before any result (the column ``use`` of `bereik.codelist`): problems for
    care without and with residence, contact with the police for probation, none for protection. The other choices
    (populations, places, ages of an indicator, years) are those that data/raw has for youths.

    Use: variance of the log 1 / users of both groups (Poisson: users and youths come from different tables), and the square
    of the sum of the errors of the log of both populations (one total: what one group has too many, the other has too few).
    ``method`` says so where the ages of the population are not those of the users. Use relative to need: (u_g / u_r) /
    (q_g / q_r), the variance of the log is the sum of both (delta method; use and need are taken as independent, although
    youths can be in both). ``lower_rounding`` and ``upper_rounding``: the lowest use over the highest need, and the reverse.
    An indicator is registered or reported need, not need itself, so one such ratio decides nothing.

    Examples
    --------
    >>> ratios = specifications("Haaglanden").query("year == '2017'")
    >>> ratios.groupby("measure", sort=False).size().to_dict()
    {'rate_ratio': 16, 'need_ratio': 22, 'reach_ratio': 72, 'use_relative_to_need_ratio': 8}
    """
    check_known("reference origin", relative_to, _GROUPS)
    place, other = _place(region), None if otherwise is None else _place(otherwise)
    try:
        use = _use(place, relative_to)
    except BereikError:
        if other is None:
            raise
        place, use = other, _use(other, relative_to)
    need = _need(place, relative_to)
    both = with_ages(pd.concat([use, need, _divided(use, need)], ignore_index=True))
    return result_table(both.assign(relative_to=relative_to, confidence=CONFIDENCE), _CATEGORIES)


def divisors() -> pd.DataFrame:
    """List which indicator of need may divide the use of which form of care: ``form``, ``indicator``, ``indicator_class``."""
    table = codelist("indicators")[["indicator", "kind", "use"]]
    table = table.assign(form=table["use"].str.split("|"), indicator_class=table["kind"].map(_CLASSES)).explode("form")
    return table.loc[table["form"] != "", ["form", "indicator", "indicator_class"]].reset_index(drop=True)


def _place(name: str) -> pd.Series:
    """Find a region; of a name that a province has too, the jeugdregio: provinces have no care by origin."""
    return find_region(name, "jeugdregio" if (regions("jeugdregio")["name"] == name).any() else None)


def _populations(place: pd.Series) -> pd.DataFrame:
    """Give youths by origin in each population that the region has."""
    tables, absent = [], []
    for year in _YEARS:
        for ages in _POPULATIONS:
            try:
                youths = youths_by_origin(place["code"], year=year, ages=ages)
            except BereikError as error:  # this region has no such population
                absent.append(error)
            else:
                youths = youths[(youths["region_code"] == place["code"]) & youths["origin"].isin(_GROUPS)]
                tables += [youths] if len(youths) == len(_GROUPS) else []
    if not tables:
        raise absent[0]
    return pd.concat(tables, ignore_index=True).astype({"origin": "str"})


def _use(place: pd.Series, relative_to: str) -> pd.DataFrame:
    """Give the use of each form of care relative to the reference, for each population."""
    care = load("care_by_origin")
    care = care[(care["period_kind"] == "year") & (care["region_code"] == place["code"])]
    care = care[care["form"] != "care_in_kind"].rename(columns={"youths": "users", "period": "year"})
    care = care.astype({"origin": "str", "form": "str", "region": "str"}).assign(source_of_care=care["source"])
    limits = ["population_lower", "population_upper"]
    youths = _populations(place).astype({"year": "str"})
    youths = youths[["year", "origin_scheme", "origin", "population_used", "ages", "population", *limits, "source"]]
    table = care.drop(columns="source").merge(youths, on=["year", "origin_scheme", "origin"])
    table.loc[table["status"] != "shown", ["population", *limits]] = None
    table["source"] = table["source_of_care"] + "; " + table["source"]
    by = ["year", "region", "form", "population_used", "ages", "origin_scheme"]
    forms = [form for form in care_forms()["code"] if form in set(table["form"])]
    counts = as_counts(table, by=[*by, "origin"], order={"form": forms, "origin": _GROUPS})
    rates = _rates_by_origin(counts.astype(dict.fromkeys([*by, "origin"], "str")), float(care["rounded_to"].max()))
    compared = [name for name in _GROUPS if name != relative_to]
    pairs = beside_reference(rates, by, relative_to, compared, "care by origin")
    ratios = divided(pairs, "_reference")
    variance = pairs["chance"] + pairs["chance_reference"] + (pairs["error"] + pairs["error_reference"]) ** 2
    lower, upper = ratio_limits(numbers(ratios["value"]), numbers(variance), CONFIDENCE)
    other_ages = "; users aged 0-22 over a population of " + pairs["ages"].replace({"0-15": "ages 0-15"})
    method = f"delta method on the log, error of the populations included; {SUPERPOPULATION}"
    method = method + other_ages.where(pairs["ages"] != "0-22", "")
    ratios = ratios.assign(measure="rate_ratio", lower=lower, upper=upper, per="ratio of use rates", method=method)
    return result_table(ratios.assign(confidence=CONFIDENCE), [*_KEYS, "form", "region", "population_used"])


def _rates_by_origin(counts: pd.DataFrame, unit: float) -> pd.DataFrame:
    """Give the share of users in each row, what rounding of the users to this unit allows, and the two parts of the error."""
    users, population = numbers(counts["users"]), numbers(counts["population"])
    error = np.log(numbers(counts["population_upper"]) / numbers(counts["population_lower"]))
    with np.errstate(divide="ignore"):
        low, high = np.maximum(users - unit / 2, 0) / population, (users + unit / 2) / population
        rates = counts.assign(value=users / population, chance=1 / users, lower_rounding=low, upper_rounding=high)
    return rates.assign(error=error / (2 * normal_quantile(CONFIDENCE)))


def _need(place: pd.Series, relative_to: str) -> pd.DataFrame:
    """Give need relative to the reference, for each divisor, in the region's own places and the country."""
    places = regions()
    inside = ["Nederland", place["name"], *places.loc[places["part_of"] == place["code"], "name"]]
    need = need_by_origin().astype({"region": "str", "origin": "str"})
    need = need[(need["origin_scheme"] == "migratieachtergrond") & need["origin"].isin(_GROUPS)]
    classes = divisors().drop_duplicates("indicator").set_index("indicator")["indicator_class"]
    need = need[need["indicator"].isin(classes.index) & need["population_group"].isin(AGES_OF_NEED)]
    ratios = need_rates(need[need["region"].isin(inside)], relative_to=relative_to)
    ratios = ratios[ratios["measure"] == "need_ratio"]
    ends = ratios["period"].str[-4:].astype(int)
    begins = ends.where(ratios["period_kind"] != "two years", ends - 1)
    parts = [ratios[(begins <= year) & (year <= ends)].assign(year=str(year)) for year in _YEARS]
    table = pd.concat(parts, ignore_index=True).rename(columns={"region": "need_place"})
    ages = table["population_group"].map(AGES_OF_NEED)
    return table.assign(indicator_class=table["indicator"].map(classes), ages_of_need=ages)


def _divided(use: pd.DataFrame, need: pd.DataFrame) -> pd.DataFrame:
    """Divide the relative use of each form by the relative need of each indicator that may be its divisor."""
    need = need.merge(divisors().drop(columns="indicator_class"), on="indicator")
    use, need = (table.assign(variance=log_errors(table) ** 2) for table in (use, need))
    pairs = use.merge(need, on=[*_KEYS, "form"], suffixes=("", "_of_need"))
    order = {form: place for place, form in enumerate(divisors()["form"].unique())}
    pairs = pairs.sort_values("form", key=lambda forms: forms.map(order), kind="stable", ignore_index=True)
    ratios = divided(pairs, "_of_need")
    factor = np.exp(normal_quantile(CONFIDENCE) * np.sqrt(pairs["variance"] + pairs["variance_of_need"]))
    compulsory = pairs["form"].map(care_forms().set_index("code")["compulsory"])
    method = pd.Series(f"delta method on the log; {SUPERPOPULATION}", pairs.index)
    method = method.mask((ratios["status"] == "shown") & factor.isna(), "no interval: use or need has none on the log")
    method += np.where(compulsory == "partly", "; this form is voluntary or by decision of a court", "")
    police = "; need is registered contact with the police, not behaviour"
    method += np.where(pairs["indicator_class"] == "police", police, "")
    ratios = ratios.assign(lower=ratios["value"] / factor, upper=ratios["value"] * factor, method=method)
    return ratios.assign(measure=compulsory.map(MEASURES), per=PER)
