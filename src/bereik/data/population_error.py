"""How wrong modelled youths by origin can be: places whose youths are published are left out and predicted."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from bereik.data.population_model import (
    CITY,
    COUNTRY,
    FULL_YEAR,
    GROUPS,
    METHODS,
    Known,
    all_pupils,
    city_12_to_22,
    city_step,
    feature,
    predict,
    schooled,
    shares_of_pupils,
    year_of,
    youths_of_known,
)

Row = dict[str, object]


def stated(errors: Iterable[float]) -> float:
    """Give the 95 % error (of a logarithm) that a few prediction errors support: their largest, or t times their size."""
    from scipy.special import stdtrit

    sizes = np.abs(np.asarray(list(errors), dtype="float64"))
    return float(max(sizes.max(), stdtrit(sizes.size - 1, 0.975) * np.sqrt(np.mean(sizes**2))))


def compared(
    step: str, method: str, place: str, year: int, ages: str, true: pd.Series, predicted: pd.Series
) -> list[Row]:
    """Set a prediction beside what is published, one row per origin."""
    about: Row = {"step": step, "method": method, "region_code": place, "year": year, "ages": ages}
    return [about | {"origin": group, "true": true[group], "predicted": predicted[group]} for group in true.index]


def log_errors(trial: pd.DataFrame) -> pd.Series:
    """Give the log of predicted / true."""
    return np.log(trial["predicted"].astype("float64") / trial["true"].astype("float64"))


def stated_by_others(trial: pd.DataFrame, same: list[str]) -> pd.Series:
    """Give, for each prediction, the error stated by the largest errors for the other places."""
    largest = log_errors(trial).abs().groupby([trial[name] for name in [*same, "region_code"]]).transform("max")
    found: dict[object, float] = {}
    for _, part in trial.assign(largest=largest).groupby(same, sort=False):
        of_place = part.drop_duplicates("region_code").set_index("region_code")["largest"]
        others = {place: stated(of_place.drop(place)) for place in of_place.index}
        found |= part["region_code"].map(others).to_dict()
    return pd.Series(found)


def leave_one_out(known: Known, year: int) -> pd.DataFrame:
    """Predict ages 0-11, all pupils and secondary pupils of each place from the other places."""
    everyone, then = feature(known, year), year_of(known.everyone, year)
    rows = []
    for step, ages, published in (
        ("young", "0-11", year_of(known.under_12, year).drop(COUNTRY)),
        ("pupils", "pupils", all_pupils(known, year)),
    ):
        whole = year_of(known.under_12, year) if step == "young" else published
        whole = whole.loc[[place for place in whole.index if place in everyone.index]]
        for place in [place for place in published.index if place in whole.index]:
            for method in METHODS:
                total = whole.loc[place].sum()
                new = predict(whole.drop(place), everyone, everyone.loc[place], total, method)
                rows += compared(step, method, place, year, ages, whole.loc[place], new)
    secondary = schooled(known, year)
    for place in secondary.index:
        new = shares_of_pupils(secondary.drop(place), then, place) * secondary.loc[place].sum()
        rows += compared("secondary", "ipf", place, year, "secondary pupils", secondary.loc[place], new)
    return pd.DataFrame(rows)


def older_from_pupils(known: Known) -> pd.DataFrame:
    """Take the origin of secondary pupils for that of older youths, in the two places where the latter is published."""
    country = known.children.xs(COUNTRY)
    published = [(CITY, FULL_YEAR, "12-22", city_12_to_22(known))] + [
        (COUNTRY, year, "12-15", country.loc[year] - known.under_12.loc[(COUNTRY, year)])
        for year in country.index
        if (COUNTRY, year) in known.secondary.index
    ]
    rows = []
    for place, year, ages, true in published:
        pupils = known.secondary.loc[(place, year)]
        rows += compared("older", "pupils", place, year, ages, true, pupils / pupils.sum() * true.sum())
    return pd.DataFrame(rows)


def youth_errors(known: Known, year: int, method: str) -> pd.DataFrame:
    """Give the 95 % error of the log of modelled youths aged 0-22: a row for what they rest on, a column per origin.

    city: half of `city_step` (in another year it may have been half, or one and a half times as large); pupils: the largest
    error of taking pupils for older youths; under_12: the error of the origin of the pupils as well. These three count for
    the ages 12-22 only. all_ages: the error of ages 0-11 from residents of all ages as well. Steps add in quadrature.
    """
    trial, pupils = leave_one_out(known, year), older_from_pupils(known)
    error = log_errors(trial).groupby([trial["step"], trial["method"], trial["origin"]]).agg(stated)
    as_pupils = log_errors(pupils).abs().groupby(pupils["origin"]).max()[GROUPS]
    unknown_pupils = np.hypot(as_pupils, error["secondary", "ipf"][GROUPS])
    youths = youths_of_known(known, year).sum(axis=1)
    older = float((1 - year_of(known.under_12, year).sum(axis=1) / youths).mean())
    return pd.DataFrame(
        {
            "city": older * np.log(city_step(known)).abs() / 2,
            "pupils": older * as_pupils,
            "under_12": older * unknown_pupils,
            "all_ages": np.hypot(error["young", method][GROUPS], older * unknown_pupils),
        }
    ).T


def pupil_errors(known: Known, year: int, method: str) -> pd.DataFrame:
    """Give the 95 % error of the log of pupils by origin: none where published, that of leaving a place out elsewhere."""
    trial = leave_one_out(known, year)
    trial = trial[(trial["step"] == "pupils") & (trial["method"] == method)]
    predicted = log_errors(trial).groupby(trial["origin"]).agg(stated)[GROUPS]
    return pd.DataFrame({"published": 0.0 * predicted, "predicted": predicted}).T
