"""Children under 16 by origin in landsdelen after 2015: carried on by the growth of ages 0-11 in the country."""

import pandas as pd

from bereik.data.population_error import Row, compared, log_errors, stated, stated_by_others
from bereik.data.population_model import COUNTRY, GROUPS, Known

LAST_YEAR = 2015  # children under 16 by origin are published to this year
LONGEST = 5  # years; over more of them the trend cannot be tried


def carried_children(known: Known, place: str, year: int) -> tuple[pd.Series, pd.Series]:
    """Give children under 16 by origin of a landsdeel or the country after 2015, and the 95 % error of their logs."""
    young, trial = known.under_12.xs(COUNTRY), carried_trial(known)
    trial = trial[trial["over"] <= year - LAST_YEAR]
    largest = log_errors(trial).abs().groupby([trial["origin"], trial["region_code"]]).max()
    children = known.children.loc[(place, LAST_YEAR)] * young.loc[year] / young.loc[LAST_YEAR]
    return children, largest.groupby("origin").agg(stated)[GROUPS]


def carried_trial(known: Known) -> pd.DataFrame:
    """Carry published children under 16 of each landsdeel over 1 to 5 years, to years in which they are published too."""
    children, young = known.children, known.under_12.xs(COUNTRY)
    rows: list[Row] = []
    for place in children.index.unique("region_code").drop(COUNTRY):
        of_place = children.xs(place)
        for first in of_place.index:
            for year in of_place.index[of_place.index > first]:
                new = of_place.loc[first] * young.loc[year] / young.loc[first]
                pair = compared("carried", "trend", place, year, "0-15", of_place.loc[year], new)
                rows += [row | {"over": year - first} for row in pair]
    trial = pd.DataFrame(rows)
    return trial.assign(stated=stated_by_others(trial, ["origin", "over"]))
