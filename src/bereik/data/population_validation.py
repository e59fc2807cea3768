"""The trial of modelled youths by origin: each part of the model predicts what is published, and is compared."""

import numpy as np
import pandas as pd

from bereik.codelists.regions import region_members, regions
from bereik.data.datapackage import load
from bereik.data.population_error import (
    Row,
    compared,
    leave_one_out,
    log_errors,
    older_from_pupils,
    stated_by_others,
    youth_errors,
)
from bereik.data.population_model import (
    CITY,
    FULL_AGES,
    FULL_YEAR,
    METHODS,
    YEARS,
    Known,
    city_ages,
    feature,
    predict,
    read_known,
    schooled,
    shares_of_pupils,
    year_of,
    youths_of_known,
)
from bereik.data.population_trend import carried_trial

__all__ = ["denominator_validation"]

_STEPS = {
    "young": "ages 0-11 from residents of all ages",
    "pupils": "pupils from residents of all ages",
    "secondary": "secondary pupils from residents of all ages",
    "older": "older youths from secondary pupils",
    "whole": "ages 0-22 of one municipality from its residents of all ages",
    "region": "secondary pupils of the region, beside labour-market regions that also hold Lansingerland",
    "carried": "children under 16 of a landsdeel, carried by the trend of the country",
}
_REGION = "JZ-haaglanden"


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
    known = read_known()
    left_out = pd.concat([leave_one_out(known, year) for year in YEARS], ignore_index=True)
    left_out["stated"] = stated_by_others(left_out, ["step", "method", "year", "origin"])
    parts = [left_out, older_from_pupils(known), _one_municipality(known), _region(known), carried_trial(known)]
    trial = pd.concat(parts, ignore_index=True)
    names = regions().drop_duplicates("code").set_index("code")["name"]
    inside = (log_errors(trial).abs() <= trial["stated"]).astype("boolean")
    columns = ["step", "method", "region_code", "region", "year", "ages", "origin", "true", "predicted"]
    return trial.assign(
        step=trial["step"].map(_STEPS),
        region=trial["region_code"].map(names),
        relative_error=trial["predicted"] / trial["true"] - 1,
        stated_error=np.expm1(trial["stated"]),
        within=inside.mask(trial["stated"].isna()),
        synthetic=False,
        source="CBS StatLine 70748ned, 80042ned, 80043ned, 81485ned, 83295NED, 84134NED, 84799NED, 84910NED, 85099NED",
    )[[*columns, "relative_error", "stated_error", "within", "synthetic", "source"]]


def _one_municipality(known: Known) -> pd.DataFrame:
    """Predict ages 0-22 of 's-Gravenhage in 2019 as of a municipality of which only residents of all ages are published."""
    others = known._replace(under_12=known.under_12.drop(CITY), secondary=known.secondary.drop(CITY))
    youths, everyone, true = youths_of_known(others, FULL_YEAR), feature(known, FULL_YEAR), city_ages(known, FULL_AGES)
    parts = []
    for method in METHODS:
        new = predict(youths, everyone, everyone.loc[CITY], true.sum(), method)
        rows = pd.DataFrame(compared("whole", method, CITY, FULL_YEAR, "0-22", true, new))
        parts.append(rows.assign(stated=rows["origin"].map(youth_errors(known, FULL_YEAR, method).loc["all_ages"])))
    return pd.concat(parts)


def _region(known: Known) -> pd.DataFrame:
    """Set the origin of modelled secondary pupils of all municipalities beside that in two labour-market regions."""
    table = load("youths_by_origin")
    table = table[(table["statline_table"] == "80042ned") & (table["status"] == "shown")]
    table = table.assign(year=table["period"].str[:4].astype(int) + 1, origin=table["origin"].astype(str))
    published = table.groupby(["year", "origin"])["persons"].sum().unstack().astype("float64")
    rows: list[Row] = []
    for year in YEARS:
        everyone, pupils = feature(known, year), schooled(known, year)
        youths, places = year_of(known.youths, year)["population"], region_members(_REGION, year)["code"]
        by_place = pd.DataFrame({place: shares_of_pupils(pupils, everyone, place) * youths[place] for place in places})
        true = published.loc[year, ["nederlands", "met_migratieachtergrond"]]
        dutch = by_place.loc["nederlands"].sum() / by_place.to_numpy().sum() * true.sum()
        new = pd.Series({"nederlands": dutch, "met_migratieachtergrond": true.sum() - dutch})
        rows += compared("region", "ipf", _REGION, year, "secondary pupils", true, new)
    return pd.DataFrame(rows)
