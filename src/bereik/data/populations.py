"""Youths by origin, to divide use of care by: as published where they are, modelled with their error where they are not."""

import numpy as np
import pandas as pd

from bereik.codelists.origin import origin_groups
from bereik.codelists.regions import find_region, region_members
from bereik.data.datapackage import load
from bereik.data.population_error import pupil_errors, youth_errors
from bereik.data.population_model import (
    FEATURE_YEAR,
    GROUPS,
    METHODS,
    YEARS,
    Known,
    all_pupils,
    feature,
    modelled_pupils,
    modelled_youths,
    read_known,
    year_of,
)
from bereik.data.population_trend import LAST_YEAR, LONGEST, carried_children
from bereik.errors import BereikError, UnknownNameError

__all__ = ["youths_by_origin"]

_SCHEME = "migratieachtergrond"
_HAAGLANDEN = "JZ-haaglanden"
_PUBLISHED = {  # ages: (age groups that are added up, StatLine tables)
    "0-11": ([str(age) for age in range(12)], ["70748ned"]),
    "0-15": (["0-15"], ["81485ned"]),
    "0-19": (["0-4", "5-9", "10-14", "15-19"], ["84910NED"]),
}
_MODELLED = {
    "0-22": "70748ned, 80043ned, 84134NED, 84799NED, 84910NED, 85039NED, 85099NED",
    "pupils": "80043ned, 83295NED, 84134NED, 84799NED, 85039NED, 85099NED",
}
_WORDS = {  # what the youths of a place rest on
    "city": "ages 0-11 as published, ages 12-22 with the origin of secondary pupils, moved as in 2019",
    "pupils": "ages 0-11 as published, ages 12-22 with the origin of secondary pupils",
    "under_12": "ages 0-11 as published, ages 12-22 with the origin of secondary pupils, fitted as in other places",
    "all_ages": "residents of all ages ({year}) by {method} over the places with youths by origin",
    "published": "pupils as published",
    "predicted": "residents of all ages ({year}) by {method} over the places with pupils by origin",
}
_COLUMNS = [
    "region_code", "region", "region_kind", "year", "origin_scheme", "origin", "population", "population_lower",
    "population_upper", "kind", "ages", "population_used", "method", "status", "synthetic", "source",
]  # fmt: skip


def youths_by_origin(
    region: str = "Haaglanden", *, year: int, ages: str = "0-22", method: str = "regression"
) -> pd.DataFrame:
    """Give the youths of a region by origin on 1 January, with the error of the model where they are modelled.

    Parameters
    ----------
    region : str
        ``"Haaglanden"`` (each of its municipalities and the region), one of its municipalities, one of the other large
        cities, ``"Nederland"`` or a landsdeel.
    year : int
        The year; 2015 to 2021 when modelled.
    ages : {"0-22", "0-19", "0-15", "0-11", "pupils"}
        0-22: modelled, the ages of users of youth care. 0-19: 's-Gravenhage in 2019, exact. 0-15: country and landsdelen,
        exact to 2015, then carried by the trend. 0-11: four municipalities of Haaglanden, the other large cities and the
        country, exact. pupils: in primary and secondary education (about 4-17, on 1 October before), published for the
        country, landsdelen and large cities, predicted for other municipalities.
    method : {"regression", "ipf"}
        How residents of all ages give youths where nothing else is published; regression errs least, see
        `denominator_validation`.

    Returns
    -------
    pandas.DataFrame
        One row per place and origin: ``region_code``, ``region``, ``region_kind``, ``year``, ``origin_scheme``, ``origin``,
        ``population`` (youths), ``population_lower`` and ``population_upper`` (95 % error of the model; equal to
        ``population`` when exact), ``kind`` (exact, modelled, carried by trend, pupils), ``ages``, ``population_used``
        (short name of this choice), ``method`` (in words), ``status``, ``synthetic``, ``source``.

    Raises
    ------
    UnknownNameError
        When the region, the ages or the method is not known.
    BereikError
        When nothing is published from which these youths follow; names the StatLine table to add.

    Notes
    -----
    0-22: ages 0-11 as published, and ages 12-22 with the origin of secondary pupils (in 's-Gravenhage moved to that of its
    ages 12-22 in 2019). A place without pupils by origin takes them fitted as in the places that have them (iterative
    proportional fitting, Deming & Stephan 1940). A municipality of which only residents of all ages are published (2020 on):
    their shares, moved by a regression over eight places of log (share among youths / share among all ages) on log (share
    among all ages); before 2020 with the residents of 2020, so the trend is that of these places. ipf: their pattern
    together. The number of youths is the one that percentages in care imply, see `implied_population`. Errors of
    municipalities are added in quadrature for the region, errors within a municipality as if all went one way. Students
    make the ages 18-22 of Delft unlike other places; no figure here shows how much.

    Examples
    --------
    >>> haagse = youths_by_origin("'s-Gravenhage", year=2019, ages="0-19")
    >>> haagse.loc[haagse["origin"].isin(["nederlands", "niet_westers"]), ["origin", "population", "kind"]]
             origin  population   kind
    1    nederlands       48953  exact
    4  niet_westers       52612  exact
    """
    if ages not in [*_PUBLISHED, *_MODELLED]:
        raise UnknownNameError("ages", ages, [*_MODELLED, *_PUBLISHED])
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    place = find_region(region)
    if ages == "0-15" and year > LAST_YEAR:
        rows = _carried(place, year)
    elif ages in _PUBLISHED:
        rows = _exact(place, year, ages)
    else:
        rows = _modelled(place, year, ages, method)
    order = [origin for origin in origin_groups(_SCHEME)["code"] if origin in set(rows["origin"])]
    rows = rows.assign(
        year=year, ages=ages, origin_scheme=_SCHEME, status="shown", synthetic=False,
        origin=pd.Categorical(rows["origin"], categories=order, ordered=True),
        region=pd.Categorical(rows["region"], categories=rows["region"].unique(), ordered=True),
    )  # fmt: skip
    return rows.sort_values(["region", "origin"], kind="stable")[_COLUMNS].reset_index(drop=True)


def _exact(place: pd.Series, year: int, ages: str) -> pd.DataFrame:
    groups, tables = _PUBLISHED[ages]
    table = load("youths_by_origin").astype({"origin": "str", "region": "str"})
    table = table[table["statline_table"].isin(tables) & table["age_group"].isin(groups) & (table["status"] == "shown")]
    here = table[(table["region_code"] == place["code"]) & (table["period"] == str(year))]
    if here.empty:
        years = table.groupby("region", sort=False)["period"].agg(lambda period: f"{period.min()}-{period.max()}")
        raise _absent(place, year, ages, "; ".join(f"{name} {when}" for name, when in years.items()))
    sums = here.groupby("origin", sort=False)["persons"].sum().reset_index(name="population")
    exact = sums["population"].astype("float64")
    return sums.assign(
        **_about(place), population_lower=exact, population_upper=exact, kind="exact", method="as published",
        population_used=f"residents_{ages.replace('-', '_')}", source=f"CBS StatLine {', '.join(tables)}",
    )  # fmt: skip


def _carried(place: pd.Series, year: int) -> pd.DataFrame:
    known = read_known()
    if place["code"] not in known.children.index or year > LAST_YEAR + LONGEST:
        raise _absent(place, year, "0-15", f"the country and landsdelen, from 2010 to {LAST_YEAR + LONGEST}")
    children, error = carried_children(known, place["code"], year)
    return _rows(place, children, children * error).assign(
        kind="carried by trend", method=f"carried from {LAST_YEAR} by the growth of ages 0-11 in the country",
        population_used="residents_0_15", source="CBS StatLine 70748ned, 81485ned",
    )  # fmt: skip


def _modelled(place: pd.Series, year: int, ages: str, method: str) -> pd.DataFrame:
    known = read_known()
    codes = _places(known, place, year, ages)
    if ages == "pupils":
        youths, rests_on = modelled_pupils(known, codes, year, method)
        width = youths * pupil_errors(known, year, method).loc[rests_on].set_axis(codes)
        rounding = pd.Series(np.nan, codes)
    else:
        youths, rests_on = modelled_youths(known, codes, year, method)
        width = youths * youth_errors(known, year, method).loc[rests_on].set_axis(codes)
        totals = year_of(known.youths, year).loc[codes]
        rounding = np.log(totals["population_upper"] / totals["population_lower"]) / 2
    # one total: what the Dutch group has too many, the two others have too few
    width["nederlands"] = np.minimum(width["nederlands"], width["westers"] + width["niet_westers"])
    parts = []
    for code in codes:
        kind = "pupils" if ages == "pupils" else "modelled"
        carried = kind == "modelled" and rests_on[code] == "all_ages" and year < FEATURE_YEAR
        words = _WORDS[rests_on[code]].format(year=max(year, FEATURE_YEAR), method=method)
        rows = _rows(find_region(code), youths.loc[code], width.loc[code], rounding[code])
        parts.append(rows.assign(kind="carried by trend" if carried else kind, method=words))
    if place["code"] not in codes:
        worst = "carried by trend" if year < FEATURE_YEAR and ages != "pupils" else parts[0]["kind"].iloc[0]
        rows = _rows(place, youths.sum(), np.sqrt((width**2).sum()), rounding.max())
        parts.append(rows.assign(kind=worst, method=f"sum of the municipalities; residents of all ages by {method}"))
    used = "pupils" if ages == "pupils" else "residents_0_22"
    return pd.concat(parts).assign(
        population_used=used if method == "regression" else f"{used}_{method}",
        source=f"CBS StatLine {_MODELLED[ages]}",
    )


def _places(known: Known, place: pd.Series, year: int, ages: str) -> list[str]:
    """Give the codes of the places whose youths are modelled, or say what is missing."""
    if place["code"] == _HAAGLANDEN and year in YEARS:
        return region_members(_HAAGLANDEN, year)["code"].tolist()
    first = all_pupils(known, year) if ages == "pupils" else year_of(known.under_12, year)
    if year not in YEARS or place["code"] not in {*first.index, *feature(known, year).index}:
        where = "Haaglanden and its municipalities, the other large cities, the country"
        more = ", landsdelen" if ages == "pupils" else ""
        raise _absent(place, year, ages, f"{where}{more}, {YEARS[0]} to {YEARS[-1]}")
    return [place["code"]]


def _rows(place: pd.Series, youths: pd.Series, width: pd.Series, rounding: float = np.nan) -> pd.DataFrame:
    """Give the rows of one place: the groups and their sums, with limits on the log from the width of the error."""
    sums = {"total": GROUPS, "met_migratieachtergrond": GROUPS[1:]}
    number = pd.concat(
        [youths.round(), pd.Series({name: youths[groups].round().sum() for name, groups in sums.items()})]
    )
    error = pd.concat([width, pd.Series({name: width[groups].sum() for name, groups in sums.items()})]) / number
    if np.isnan(rounding):
        error["total"] = np.sqrt((width**2).sum()) / number["total"]
    else:
        error["total"] = 0.0
        error = np.hypot(error, rounding)
    return pd.DataFrame(
        {
            "origin": number.index,
            "population": number.to_numpy().astype("int64"),
            "population_lower": (number * np.exp(-error)).to_numpy(),
            "population_upper": (number * np.exp(error)).to_numpy(),
        }
    ).assign(**_about(place))


def _about(place: pd.Series) -> dict[str, str]:
    return {"region_code": place["code"], "region": place["name"], "region_kind": place["kind"]}


def _absent(place: pd.Series, year: int, ages: str, present: str) -> BereikError:
    return BereikError(
        f"youths by origin (ages: {ages}) of {place['name']} ({place['kind']}) in {year} do not follow from data/raw",
        present,
        "take one of these; or add the residents of the region by age and origin as published in CBS StatLine 84910NED "
        "(migratieachtergrond, every municipality) to data/raw, see CONTRIBUTING",
    )
