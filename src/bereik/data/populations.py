"""Youths by origin, to divide use of care by: as published where they are, modelled with their error where they are not."""

import numpy as np
import pandas as pd

from bereik.categories import check_whole
from bereik.codelists import find_region, origin_groups, region_members, regions
from bereik.data import population_model as model
from bereik.data.files import read_facts
from bereik.data.load import load
from bereik.data.population_model import CITY, FEATURE_YEAR, FULL_YEAR, GROUPS, METHODS, YEARS, Frame, of_year
from bereik.errors import BereikError, UnknownNameError

_FACTS = read_facts("populations")
_SCHEME, _HAAGLANDEN = "migratieachtergrond", "JZ-haaglanden"
_AGES = ("0-22", "pupils", "0-15")
_COLUMNS = "region_code region region_kind year origin_scheme origin population population_lower population_upper kind"
_COLUMNS += " ages population_used method status synthetic source"


def youths_by_origin(region: str = "Haaglanden", *, year: int, ages: str = "0-22", method: str = "regression") -> Frame:
    """Give the youths of a region by origin on 1 January, with the error of the model where they are modelled.

    Parameters
    ----------
    region : str
        ``"Haaglanden"`` (each of its municipalities and the region), one of its municipalities, one of the other large
        cities, ``"Nederland"`` or a landsdeel.
    year : int
        The year; 2015 to 2021 when modelled.
    ages : {"0-22", "pupils", "0-15"}
        0-22: modelled, the ages of users of youth care. pupils: in primary and secondary education (about 4-17, on 1 October
        before), published for the country, landsdelen and large cities, predicted for other municipalities. 0-15: country
        and landsdelen, exact to 2015, then carried by the trend.
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
        When the region, the ages or the method is not data.
    BereikError
        When nothing is published from which these youths follow; names the StatLine table to add. When `year` is no year.

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
    >>> children = youths_by_origin("West-Nederland", year=2015, ages="0-15")
    >>> children.loc[children["origin"].isin(["nederlands", "niet_westers"]), ["origin", "population", "kind"]]
             origin  population   kind
    1    nederlands      991432  exact
    4  niet_westers      333405  exact
    """
    for name, value, allowed in (("ages", ages, _AGES), ("method", method, METHODS)):
        if value not in allowed:
            raise UnknownNameError(name, value, allowed)
    check_whole(1, year=year)
    place = find_region(region)
    rows = _children(place, year) if ages == "0-15" else _modelled(place, year, ages, method)
    order = [origin for origin in origin_groups(_SCHEME)["code"] if origin in set(rows["origin"])]
    rows["origin"] = pd.Categorical(rows["origin"], order, ordered=True)
    rows["region"] = pd.Categorical(rows["region"], rows["region"].unique(), ordered=True)
    rows = rows.assign(year=year, ages=ages, origin_scheme=_SCHEME, status="shown", synthetic=False)
    return rows.sort_values(["region", "origin"], kind="stable")[_COLUMNS.split()].reset_index(drop=True)


def _children(place: pd.Series, year: int) -> pd.DataFrame:
    data, last = model.read_published(), model.LAST_CHILDREN
    if (place["code"], min(year, last)) not in data.children.index or year > last + model.LONGEST_TREND:
        raise _absent(place, year, "0-15", f"the country and landsdelen, from 2010 to {last + model.LONGEST_TREND}")
    children, error = model.carried_children(data, place["code"], year)
    kind, method, tables = "exact", "as published", "81485ned"
    if year > last:
        kind, tables = "carried by trend", "70748ned, 81485ned"
        method = f"carried from {last} by the growth of ages 0-11 in the country"
    facts = {"kind": kind, "method": method, "source": f"CBS StatLine {tables}"}
    return _rows(place, children, children * error).assign(population_used="residents_0_15", **facts)


def _modelled(place: pd.Series, year: int, ages: str, method: str) -> pd.DataFrame:
    data, pupils = model.read_published(), ages == "pupils"
    codes = _places(data, place, year, ages)
    youths, rests_on = (model.modelled_pupils if pupils else model.modelled_youths)(data, codes, year, method)
    errors = (model.pupil_errors if pupils else model.youth_errors)(data, year, method)
    width = youths * errors.loc[rests_on].set_axis(codes)
    # one total: what the Dutch group has too many, the two others have too few
    width["nederlands"] = np.minimum(width["nederlands"], width["westers"] + width["niet_westers"])
    totals = of_year(data.youths, year).reindex(codes)
    rounding = np.log(totals["population_upper"] / totals["population_lower"]) / 2 * (np.nan if pupils else 1)
    borrowed = "carried by trend" if year < FEATURE_YEAR and not pupils else ""  # residents of another year
    kind, parts = "pupils" if pupils else "modelled", []
    for code in codes:
        words = _FACTS["rests_on"][rests_on[code]].format(year=max(year, FEATURE_YEAR), method=method)
        kind_here = borrowed if borrowed and rests_on[code] == "all_ages" else kind
        rows = _rows(find_region(code), youths.loc[code], width.loc[code], rounding[code])
        parts.append(rows.assign(kind=kind_here, method=words))
    if place["code"] not in codes:
        words = f"sum of the municipalities; residents of all ages by {method}"
        rows = _rows(place, youths.sum(), np.sqrt((width**2).sum()), rounding.max())
        parts.append(rows.assign(kind=borrowed or kind, method=words))
    used = ("pupils" if pupils else "residents_0_22") + ("" if method == "regression" else f"_{method}")
    return pd.concat(parts).assign(population_used=used, source=f"CBS StatLine {_FACTS['sources'][ages]}")


def _places(data: model.Published, place: pd.Series, year: int, ages: str) -> list[str]:
    """Give the codes of the places whose youths are modelled, or say what is missing."""
    if place["code"] == _HAAGLANDEN and year in YEARS:
        return region_members(_HAAGLANDEN, year)["code"].tolist()
    published = model.all_pupils(data, year) if ages == "pupils" else of_year(data.under_12, year)
    if year not in YEARS or place["code"] not in {*published.index, *model.residents(data, year).index}:
        more = ", landsdelen" if ages == "pupils" else ""
        places = f"Haaglanden and its municipalities, the other large cities, the country{more}"
        raise _absent(place, year, ages, f"{places}, {YEARS[0]} to {YEARS[-1]}")
    return [place["code"]]


def _rows(place: pd.Series, youths: pd.Series, width: pd.Series, rounding: float = np.nan) -> pd.DataFrame:
    """Give the rows of one place: the groups and their sums, with limits on the log from the width of the error."""
    number, error = youths.round(), width.copy()
    for name, groups in {"total": GROUPS, "met_migratieachtergrond": GROUPS[1:]}.items():
        number[name], error[name] = number[groups].sum(), width[groups].sum()
    error = error / number
    error["total"] = 0.0 if np.isfinite(rounding) else np.sqrt((width**2).sum()) / number["total"]
    error = np.hypot(error, np.nan_to_num(rounding))
    limits = {"population_lower": number * np.exp(-error), "population_upper": number * np.exp(error)}
    rows = pd.DataFrame({"population": number.astype("int64"), **limits}).rename_axis("origin").reset_index()
    return rows.assign(region_code=place["code"], region=place["name"], region_kind=place["kind"])


def _absent(place: pd.Series, year: int, ages: str, present: str) -> BereikError:
    where = f"of {place['name']} ({place['kind']}) in {year}"
    todo = "take one of these; or add the residents of the region by age and origin of CBS StatLine 84910NED"
    todo += " (migratieachtergrond, every municipality) to data/raw, see CONTRIBUTING"
    return BereikError(f"youths by origin (ages: {ages}) {where} do not follow from data/raw", present, todo)


def denominator_validation() -> pd.DataFrame:
    """Predict youths by origin where they are published, as if they were not, and compare.

    Returns
    -------
    pandas.DataFrame
        One row per prediction and origin: ``step`` (which part of the model is tried), ``method`` (regression, ipf, pupils,
        trend), ``region_code`` and ``region`` (the place that is left out), ``year``, ``ages``, ``origin``, ``true``
        (published), ``predicted``, ``relative_error`` (predicted / true - 1), ``stated_error`` (relative, 95 %, from
        the other places; missing where they cannot state one), ``within`` (True when the prediction lies within
        it, missing where none is stated), ``synthetic``, ``source``.

    Raises
    ------
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    Leave-one-out: ages 0-11 of seven municipalities (regression and iterative proportional fitting), secondary pupils and
    all pupils of four municipalities and the country. Older youths: ages 12-22 of 's-Gravenhage in 2019 and 12-15 of the
    country from the origin of pupils; the model takes the larger error. One municipality: ages 0-22 of 's-Gravenhage in
    2019 (its class 20-24 counted for 3/5) from the other places, beside the error that the model states. Region: the
    labour-market regions Haaglanden and Zuid-Holland Centraal (80042ned) are not the jeugdregio, so that difference is not
    of the model alone. Trend: each landsdeel over 1 to 5 years. The stated error is the larger of the largest error (of
    logarithms) and Student's t (n - 1) times the root of the mean square over the n other places: few places, so
    conservative. Regression became the default after the rows of ages 0-11 were seen, and the way to fit pupils after
    those of the region, so these two are no independent test of the choice.

    Examples
    --------
    >>> trial = denominator_validation()
    >>> one = trial[(trial["region"] == "Delft") & (trial["year"] == 2020) & (trial["method"] == "regression")]
    >>> one[["origin", "true", "predicted"]].round(0).values.tolist()
    [['nederlands', 5967.0, 6219.0], ['westers', 1484.0, 1379.0], ['niet_westers', 2925.0, 2778.0]]
    """
    data = model.read_published()
    left_out = pd.concat([model.leave_one_out(data, year) for year in YEARS], ignore_index=True)
    left_out["stated"] = model.stated_by_others(left_out, ["step", "method", "year", "origin"])
    parts = [left_out, model.older_from_pupils(data), _one_municipality(data), _region(data), model.carried(data)]
    trial = pd.concat(parts, ignore_index=True)
    names = regions().drop_duplicates("code").set_index("code")["name"]
    inside = (model.log_errors(trial).abs() <= trial["stated"]).astype("boolean")
    columns = "step method region_code region year ages origin true predicted relative_error stated_error within"
    return trial.assign(
        step=trial["step"].map(_FACTS["steps"]),
        region=trial["region_code"].map(names),
        relative_error=trial["predicted"] / trial["true"] - 1,
        stated_error=np.expm1(trial["stated"]),
        within=inside.mask(trial["stated"].isna()),
        synthetic=False,
        source=f"CBS StatLine {_FACTS['sources']['trial']}",
    )[[*columns.split(), "synthetic", "source"]]


def _one_municipality(data: model.Published) -> pd.DataFrame:
    """Predict ages 0-22 of 's-Gravenhage in 2019 as of a municipality of which only residents of all ages are published."""
    others = data._replace(under_12=data.under_12.drop(CITY), secondary=data.secondary.drop(CITY))
    youths, everyone = model.youths_of_published(others, FULL_YEAR), model.residents(data, FULL_YEAR)
    rows: list[model.Row] = []
    for method in METHODS:
        new = model.predict(youths, everyone, everyone.loc[CITY], data.city.sum(), method)
        error = model.youth_errors(data, FULL_YEAR, method).loc["all_ages"]
        pair = model.compared("whole", method, CITY, FULL_YEAR, "0-22", data.city, new)
        rows += [row | {"stated": error[row["origin"]]} for row in pair]
    return pd.DataFrame(rows)


def _region(data: model.Published) -> pd.DataFrame:
    """Set the origin of modelled secondary pupils of all municipalities beside that in two labour-market regions."""
    table = load("youths_by_origin").query("statline_table == '80042ned' and status == 'shown'")
    table = table.assign(year=table["period"].str[:4].astype(int) + 1, origin=table["origin"].astype(str))
    published = table.groupby(["year", "origin"])["persons"].sum().unstack().astype("float64")
    rows: list[model.Row] = []
    for year in YEARS:
        everyone, pupils = model.residents(data, year), model.schooled(data, year)
        youths, places = of_year(data.youths, year)["population"], region_members(_HAAGLANDEN, year)["code"]
        modelled = sum(model.shares_of_pupils(pupils, everyone, place) * youths[place] for place in places)
        true = published.loc[year, ["nederlands", "met_migratieachtergrond"]]
        dutch = modelled["nederlands"] / modelled.sum() * true.sum()
        new = pd.Series({"nederlands": dutch, "met_migratieachtergrond": true.sum() - dutch})
        rows += model.compared("region", "ipf", _HAAGLANDEN, year, "secondary pupils", true, new)
    return pd.DataFrame(rows)
