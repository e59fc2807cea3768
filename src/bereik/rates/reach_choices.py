"""Use relative to need for one region over all admissible choices: populations, need indicators, their places and years."""

from collections.abc import Sequence

import pandas as pd

from bereik.codelists.regions import find_region, regions
from bereik.data.datapackage import load
from bereik.data.need import need_by_origin
from bereik.data.populations import youths_by_origin
from bereik.errors import BereikError
from bereik.rates.choices import admissible_choices, reach_ratio
from bereik.rates.need import need_rates, need_ratios
from bereik.rates.use_by_origin import use_counts, use_ratios

__all__ = ["need_of_choices", "reach_choices", "use_of_choices"]

_POPULATIONS = [("0-22", "regression"), ("0-22", "ipf"), ("0-15", "regression"), ("pupils", "regression")]
_GROUPS = ["nederlands", "westers", "niet_westers"]
_AGES_OF_USERS = ("residents_12_and_over", "residents_youngest_class", "pupils_primary", "pupils_primary_age",
                  "pupils_secondary_age", "pupils_all", "youths_12_17")  # fmt: skip
_YEARS = (2015, 2016, 2017)


def use_of_choices(region: str, *, years: Sequence[int] = _YEARS, relative_to: str = "nederlands") -> pd.DataFrame:
    """Give use of each form of care relative to a reference, for each population that the region has.

    Parameters
    ----------
    region : str
        A jeugdregio, a landsdeel or the country.
    years : list of int
        2015 to 2017, the years with care by origin.
    relative_to : str
        The origin that groups are compared with.

    Returns
    -------
    pandas.DataFrame
        The rows of `use_ratios` for care without and with residence, protection and probation: ``year``, ``region``,
        ``form``, ``population_used`` (residents_0_22, residents_0_22_ipf, residents_0_15, pupils), ``origin``, and a result.

    Raises
    ------
    UnknownNameError
        When the region is not known.
    BereikError
        When data/raw has no youths by origin of the region; names the StatLine table to add.

    Examples
    --------
    >>> use = use_of_choices("Nederland", years=[2017])
    >>> use["population_used"].unique().tolist()
    ['residents_0_22', 'residents_0_22_ipf', 'residents_0_15', 'pupils']
    """
    place = find_region(region)
    found, missing = [], []
    for year in years:
        for ages, method in _POPULATIONS:
            try:
                youths = youths_by_origin(place["name"], year=year, ages=ages, method=method)
            except BereikError as error:  # this region has no such population
                missing.append(error)
            else:
                found.append(youths[(youths["region_code"] == place["code"]) & youths["origin"].isin(_GROUPS)])
    if not found:
        raise missing[0]
    care = load("care_by_origin")
    care = care[(care["period_kind"] == "year") & (care["region_code"] == place["code"])]
    care = care[~care["form"].isin(["care_in_kind"])]
    counts = use_counts(care, pd.concat(found).astype({"region": "str", "origin": "str"}))
    by = ["period", "region", "form", "population_used", "ages", "origin_scheme"]
    unit = int(care["rounded_to"].max())
    use = use_ratios(counts, by=by, relative_to=relative_to, rounding=unit)
    use["year"] = use["period"].astype(str)
    return use.drop(columns=["period", "ages"])


def need_of_choices(region: str, *, years: Sequence[int] = _YEARS, relative_to: str = "nederlands") -> pd.DataFrame:
    """Give need relative to a reference, for each indicator that may be a divisor, in the region's own places and the country.

    Parameters
    ----------
    region : str
        A jeugdregio, a landsdeel or the country.
    years : list of int
        The years of use: a school year belongs to the year in which it ends, a survey of two years to both.
    relative_to : str
        The origin that groups are compared with.

    Returns
    -------
    pandas.DataFrame
        The rows of `need_ratios`: ``year``, ``indicator``, ``population_group``, ``need_place`` (the country, and the region
        or its municipality where published), ``origin``, and a result.

    Raises
    ------
    UnknownNameError
        When the region is not known.

    Examples
    --------
    >>> need_of_choices("Haaglanden", years=[2017])["need_place"].unique().tolist()
    ['Nederland', "'s-Gravenhage"]
    """
    place = find_region(region)
    known = regions()
    inside = {place["name"], *known.loc[known["part_of"] == place["code"], "name"]}
    need = need_by_origin().astype({"region": "str", "origin": "str"})
    need = need[(need["origin_scheme"] == "migratieachtergrond") & need["origin"].isin(_GROUPS)]
    divisors = admissible_choices().dropna(subset="form")["indicator"]
    need = need[need["indicator"].isin(divisors) & need["population_group"].isin(_AGES_OF_USERS)]
    need = need[need["region"].isin(inside | {"Nederland"})]
    ratios = need_ratios(need_rates(need), relative_to=relative_to)
    ends = ratios["period"].str[-4:].astype(int)
    begins = ends.where(ratios["period_kind"] != "two years", ends - 1)
    parts = [ratios[(begins <= year) & (year <= ends)].assign(year=str(year)) for year in years]
    return (
        pd.concat(parts, ignore_index=True)
        .rename(columns={"region": "need_place"})
        .drop(columns=["period", "period_kind"])
    )


def reach_choices(region: str, *, years: Sequence[int] = _YEARS, relative_to: str = "nederlands") -> pd.DataFrame:
    """Divide relative use by relative need for every admissible choice, for `specification_curve`.

    Parameters
    ----------
    region : str
        A jeugdregio, a landsdeel or the country.
    years : list of int
        2015 to 2017, the years with care by origin; use and need are of one year.
    relative_to : str
        The origin that groups are compared with.

    Returns
    -------
    pandas.DataFrame
        The rows of `reach_ratio`: ``origin``, ``year``, ``form`` (without_residence, with_residence, probation; no indicator may
        be a divisor for protection), ``indicator``, ``population_group``, ``population_used``, ``need_place``, and a result.

    Raises
    ------
    UnknownNameError
        When the region is not known.
    BereikError
        When data/raw has no youths by origin of the region; names the StatLine table to add.

    Notes
    -----
    Which indicator may divide which form was fixed before any result (`admissible_choices`). The other choices (populations,
    places, ages of an indicator, years) are those that data/raw has for the ages of users; leaving some out can turn a verdict
    that is near its limit. The intervals hold chance and the error of the populations; rounding stands in its own columns, which
    `specification_curve` adds.

    Examples
    --------
    >>> ratios = reach_choices("Haaglanden", years=[2017])
    >>> ratios.groupby("form").size().to_dict()
    {'probation': 12, 'with_residence': 60, 'without_residence': 60}
    """
    use = use_of_choices(region, years=years, relative_to=relative_to)
    need = need_of_choices(region, years=years, relative_to=relative_to)
    choices = admissible_choices().dropna(subset="form")
    parts = []
    for form, indicators in choices.groupby("form", sort=False)["indicator"]:
        own, below = use[use["form"] == form], need[need["indicator"].isin(indicators)]
        parts.append(reach_ratio(own, below, by=["origin", "year", "origin_scheme"], relative_to=relative_to))
    return pd.concat(parts, ignore_index=True)
