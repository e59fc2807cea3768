"""Which municipalities and wijken the copies of the wijk tables hold, year by year: absent is not zero."""

import pandas as pd

from bereik.codelists.regions import region_members
from bereik.data.datapackage import load

__all__ = ["wijk_coverage"]


def wijk_coverage(region: str = "Haaglanden") -> pd.DataFrame:
    """Say, per year and municipality of a jeugdregio, what the table of youths in care per wijk holds and what it lacks.

    Parameters
    ----------
    region : str
        The jeugdregio; its members in each year are looked up (Voorschoten belongs to Haaglanden up to and including 2023).

    Returns
    -------
    pandas.DataFrame
        One row per period and municipality: ``period``, ``period_kind``, ``region_code``, ``region``, ``covered`` (False: the
        municipality is absent from the copy of StatLine, which is not zero), ``wijken`` and ``wijken_not_published`` (numbers),
        ``youths`` (in care, whole municipality), ``youths_in_wijken`` (sum of the wijken that are shown), and
        ``share_elsewhere`` (% of youths in no wijk that is shown: without a known wijk, or in a wijk with a small count).

    Raises
    ------
    UnknownNameError
        When the region is unknown, or its members are not known in a year.
    SourceFileError
        When data/raw was changed by hand.

    Examples
    --------
    >>> coverage = wijk_coverage()
    >>> coverage.loc[~coverage["covered"] & (coverage["period"] == "2022"), "region"].tolist()
    ['Wassenaar', 'Westland', 'Zoetermeer']
    """
    table = load("wijken")
    table = table[table["youth_group"] == "all"].astype({"region": "str"})
    keys = ["period", "period_kind", "region_code", "region"]
    whole = table[table["area_kind"] == "municipality"].set_index(keys)["youths"]
    parts = (
        table[table["area_kind"] == "wijk"]
        .groupby(keys, sort=False)
        .agg(
            wijken=("area_code", "size"),
            wijken_not_published=("youths", lambda youths: youths.isna().sum()),
            youths_in_wijken=("youths", "sum"),
        )
    )
    periods = table[["period", "period_kind"]].drop_duplicates()
    expected = pd.concat(
        region_members(region, int(row.period[:4])).assign(period=row.period, period_kind=row.period_kind)
        for row in periods.itertuples()
    ).rename(columns={"code": "region_code", "name": "region"})
    coverage = expected[keys].join(whole, on=keys).join(parts, on=keys)
    coverage = coverage.assign(
        covered=coverage["wijken"].notna(),
        share_elsewhere=100 * (1 - coverage["youths_in_wijken"] / coverage["youths"]).astype("Float64"),
    ).astype({"wijken": "Int64", "wijken_not_published": "Int64"})
    columns = [*keys, "covered", "wijken", "wijken_not_published", "youths", "youths_in_wijken", "share_elsewhere"]
    return coverage[columns].reset_index(drop=True)
