"""Youths by origin, to divide use of care by: as published where they are, modelled with their error where they are not."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.categories import check_known, check_whole
from bereik.codelists import find_region, origin_groups, region_members
from bereik.data import population_model as model
from bereik.data.files import read_facts
from bereik.data.population_model import FEATURE_YEAR, FULL_AGES, GROUPS, PUPIL_AGES, SUM_YEAR, YEARS, Frame, of_year
from bereik.errors import BereikError

_FACTS = read_facts("populations")
_SCHEME, _HAAGLANDEN = "migratieachtergrond", "JZ-haaglanden"
_AGES = ("0-22", "pupils", "0-15")
_BACKGROUND = "met_migratieachtergrond"
_COLUMNS = "region_code region region_kind year origin_scheme origin population population_lower population_upper"
_COLUMNS += " unanchored ages population_used method status synthetic source"


def youths_by_origin(region: str = "Haaglanden", *, year: int, ages: str = "0-22") -> Frame:
    """Give the youths of a region by origin on 1 January, with the error of the model where they are modelled.

    Parameters
    ----------
    region : str
        ``"Haaglanden"`` (each of its municipalities and the region), one of its municipalities, one of the other large
        cities, ``"Nederland"`` or a landsdeel; in 2016 every jeugdregio.
    year : int
        The year; 2015 to 2021 when modelled.
    ages : {"0-22", "pupils", "0-15"}
        0-22: the ages of users of youth care. In 2016 youths with and without a migration background are published, to the
        age of 19; their parts westers and niet_westers, and other years, are modelled. pupils: in primary and secondary
        education (about 4-17, on 1 October before), published for the country, landsdelen and large cities, predicted for other
        municipalities. 0-15: country and landsdelen, exact to 2015, then carried by the trend.

    Returns
    -------
    pandas.DataFrame
        One row per place and origin: ``region_code``, ``region``, ``region_kind``, ``year``, ``origin_scheme``, ``origin``,
        ``population`` (youths), ``population_lower`` and ``population_upper`` (95 % error of the model; equal to
        ``population`` when exact), ``unanchored`` (what the model gives without the published figures of 2016: in that year
        its back-test), ``ages``, ``population_used`` (short name of this choice), ``method`` (in words: what is published,
        what is modelled and from what), ``status``, ``synthetic``, ``source``.

    Raises
    ------
    UnknownNameError
        When the region or the ages are not data.
    BereikError
        When nothing is published from which these youths follow; names the StatLine table to add. When `year` is no year.

    Notes
    -----
    2016 (37713): ages 0-19, and 3/5 of the class 20-24, because ages 20-22 are not published apart; limits at 2/5 and 4/5. A
    jeugdregio is the sum of its municipalities (83287NED).

    Model: ages 0-11 as published, and ages 12-22 with the origin of secondary pupils (in 's-Gravenhage moved to that of its
    ages 12-22 in 2019). What is not published for a municipality is predicted from its residents of all ages (of 2020, before
    that year too): their shares, moved by a regression over the other places of log (share among youths / share among all
    ages) on log (share among all ages). Anchor: the odds of a migration background are those of 2016, times what the model
    says changed since. The number of youths in other years is the one that percentages in care imply, see `implied_population`.

    Error: of the parts, what leaving a place out errs in their shares of the youths with a migration background; of the
    sum, what the change since 2016 errs for ages 0-11 of other places. The larger of the largest error (of logarithms) and
    Student's t (n - 1) times the root of the mean square over the n places. Errors of municipalities are added up for the
    region, because without the anchor seven of its ten erred to one side. Students make the ages 18-22 of Delft unlike other
    places; no figure here shows how much.

    Back-test: without the anchor the model gave, of youths with a migration background in 2016, 0.8 % too few in
    Haaglanden, 4 % too few in the country, and between 21 % too few (Wassenaar) and 4 % too many (Delft) in its municipalities.

    Examples
    --------
    >>> children = youths_by_origin("West-Nederland", year=2015, ages="0-15")
    >>> children.loc[children["origin"].isin(["nederlands", "niet_westers"]), ["origin", "population", "method"]]
             origin  population        method
    1    nederlands      991432  as published
    4  niet_westers      333405  as published
    """
    check_known("ages", ages, _AGES)
    check_whole(1, year=year)
    place = find_region(region)
    rows = _children(place, year) if ages == "0-15" else _modelled(place, year, ages)
    order = [origin for origin in origin_groups(_SCHEME)["code"] if origin in set(rows["origin"])]
    rows["origin"] = pd.Categorical(rows["origin"], order, ordered=True)
    rows["region"] = pd.Categorical(rows["region"], rows["region"].unique(), ordered=True)
    rows = rows.assign(year=year, ages=ages, origin_scheme=_SCHEME, status="shown", synthetic=False)
    rows = rows.sort_values(["region", "origin"], kind="stable", ignore_index=True)
    return rows.reindex(columns=_COLUMNS.split())


def _children(place: pd.Series, year: int) -> pd.DataFrame:
    data, last = model.read_published(), model.LAST_CHILDREN
    if (place["code"], min(year, last)) not in data.children.index or year > last + model.LONGEST_TREND:
        raise _absent(place, year, "0-15", f"the country and landsdelen, from 2010 to {last + model.LONGEST_TREND}")
    children, error = model.carried_children(data, place["code"], year)
    carried = f"carried from {last} by the growth of ages 0-11 in the country", "70748ned, 81485ned"
    method, tables = carried if year > last else ("as published", "81485ned")
    facts = {"method": method, "source": f"CBS StatLine {tables}"}
    width = children * error
    width[_BACKGROUND] = width[GROUPS[1:]].sum()
    return _rows(place, children, width).assign(population_used="residents_0_15", **facts)


def _modelled(place: pd.Series, year: int, ages: str) -> pd.DataFrame:
    data, pupils = model.read_published(), ages == "pupils"
    used = {"population_used": "pupils" if pupils else "residents_0_22"}
    used["source"] = f"CBS StatLine {_FACTS['sources'][ages]}"
    codes = _places(data, place, year, ages)
    sums = model.weighted(data.sums, PUPIL_AGES if pupils else FULL_AGES)
    if not codes:  # a jeugdregio of which only the sums of 2016 are published
        youths, error = sums.loc[place["code"]], model.share_error(data, [place["code"]]).iloc[0]
        width = pd.Series(youths[_BACKGROUND] * error, [*sums])
        return _rows(place, youths, width, 0.0).assign(method=_FACTS["sums"], unanchored=np.nan, **used)
    of_model = model.modelled_pupils if pupils else model.modelled_youths
    (before, rests_on), (then, _) = of_model(data, codes, year), of_model(data, codes, SUM_YEAR)
    exact = year == SUM_YEAR and not pupils
    totals = sums.loc[codes].sum(axis=1) if exact else before.sum(axis=1)
    youths = model.anchored(before, then, sums, totals)
    youths[rests_on == "published"] = before
    width = _widths(data, youths, rests_on, year, pupils)
    implied = of_year(data.youths, year).reindex(codes)
    rounding = np.log(implied["population_upper"] / implied["population_lower"]) / 2 * (np.nan if pupils else not exact)
    parts = []
    for code in codes:
        words = _FACTS["rests_on"][rests_on[code]].format(year=max(year, FEATURE_YEAR))
        rows = _rows(find_region(code), youths.loc[code], width.loc[code], rounding[code], before.loc[code])
        parts.append(rows.assign(method=words))
    if place["code"] not in codes:
        rows = _rows(place, youths.sum(), width.sum(), rounding.max(), before.sum())
        parts.append(rows.assign(method="sum of the municipalities"))
    table = pd.concat(parts, ignore_index=True)
    anchor = f"; {_FACTS['anchor']}" + ("" if year == SUM_YEAR else _FACTS["change"])
    method = (table["method"] + anchor).where(table["method"] != _FACTS["rests_on"]["published"], table["method"])
    method = method.mask(exact & ~table["origin"].isin(GROUPS[1:]), _FACTS["sums"])
    return table.assign(method=method, **used)


def _widths(data: model.Published, youths: Frame, rests_on: pd.Series, year: int, pupils: bool) -> Frame:
    """Give the 95 % error of the number of youths in each group, a row per place: one total, so both sides err alike."""
    errors = (model.pupil_errors if pupils else model.youth_errors)(data, year).loc[rests_on].set_axis(youths.index)
    people = errors.pop(_BACKGROUND)
    people = people if pupils else np.hypot(people, model.share_error(data, list(youths.index)))
    width = youths[GROUPS[1:]] * np.hypot(errors[GROUPS[1:]], people.to_numpy()[:, None])
    width[_BACKGROUND] = width["nederlands"] = people * model.background(youths)
    return width


def _places(data: model.Published, place: pd.Series, year: int, ages: str) -> list[str]:
    """Give the codes of the places whose youths are modelled (none where only sums are published), or say what is missing."""
    if place["code"] == _HAAGLANDEN and year in YEARS:
        return region_members(_HAAGLANDEN, year)["code"].tolist()
    if place["kind"] == "jeugdregio" and year == SUM_YEAR and ages == "0-22":
        return []
    published = model.all_pupils(data, year) if ages == "pupils" else of_year(data.under_12, year)
    if year not in YEARS or place["code"] not in {*published.index, *model.residents(data, year).index}:
        more = ", landsdelen" if ages == "pupils" else ""
        places = f"Haaglanden and its municipalities, the other large cities, the country{more}"
        more = "" if ages == "pupils" else f"; every jeugdregio in {SUM_YEAR}"
        raise _absent(place, year, ages, f"{places}, {YEARS[0]} to {YEARS[-1]}{more}")
    return [place["code"]]


def _rows(place: pd.Series, youths: pd.Series, width: pd.Series, rounding: float = np.nan, before: Any = None) -> Frame:
    """Give the rows of one place: the groups and their sums, with limits on the log from the width of the error."""
    number, error = youths.round(), width.copy()
    if _BACKGROUND not in number:
        number[_BACKGROUND] = number[GROUPS[1:]].sum()
    number["total"] = number[["nederlands", _BACKGROUND]].sum()
    error["total"] = 0.0 if np.isfinite(rounding) else np.sqrt((width[GROUPS] ** 2).sum())
    error = np.hypot(error / number, np.nan_to_num(rounding))
    limits = {"population_lower": number * np.exp(-error), "population_upper": number * np.exp(error)}
    if before is not None:
        sums = {_BACKGROUND: before[GROUPS[1:]].sum(), "total": before.sum()}
        limits["unanchored"] = pd.Series({**before, **sums}).round()
    rows = pd.DataFrame({"population": number.astype("int64"), **limits}).rename_axis("origin").reset_index()
    return rows.assign(region_code=place["code"], region=place["name"], region_kind=place["kind"])


def _absent(place: pd.Series, year: int, ages: str, present: str) -> BereikError:
    where = f"of {place['name']} ({place['kind']}) in {year}"
    todo = "take one of these; or add the residents of the region by age and origin of CBS StatLine 84910NED"
    todo += " (migratieachtergrond, every municipality) to data/raw, see CONTRIBUTING"
    return BereikError(f"youths by origin (ages: {ages}) {where} do not follow from data/raw", present, todo)
