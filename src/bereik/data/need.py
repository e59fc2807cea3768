"""Need by origin as the public figures give it: the counts with their populations, and what kind of indicator each is."""

import pandas as pd

from bereik.codelists.lists import read_list
from bereik.data.datapackage import load

__all__ = ["need_by_origin", "need_indicators"]

_WHERE = ["period", "region_code", "origin_scheme", "origin"]
_PUPILS = {  # pupils outside special schools that belong to the ages of a group of pupils in special schools
    "pupils_primary_age": ["pupils_primary"],
    "pupils_secondary_age": ["pupils_secondary"],
    "pupils_all": ["pupils_primary", "pupils_secondary"],
}


def need_indicators() -> pd.DataFrame:
    """List the indicators of need: what kind each is, what it may divide, and how far care itself makes it.

    Returns
    -------
    pandas.DataFrame
        One row per indicator: ``indicator`` (code), ``kind`` (self_report, school, police, circumstances), ``use`` (the forms
        of care whose use may be divided by it, separated by ``|``; empty: context, never a divisor), ``nl`` and ``en``
        (names), ``short_nl`` and ``short_en`` (in pictures), ``product_of_care_nl`` and ``product_of_care_en`` (how far
        referral, registration or care produce it).

    Notes
    -----
    The divisors are those of `admissible_choices`, fixed before any result. Suspects and Halt count registered contact with
    the police, not behaviour.

    Examples
    --------
    >>> indicators = need_indicators().set_index("indicator")
    >>> indicators.loc["halt", ["kind", "use"]].tolist()
    ['police', 'probation']
    """
    return read_list("indicators.csv").copy()


def need_by_origin() -> pd.DataFrame:
    """Load need by origin, with the pupils that special schools are counted among.

    Returns
    -------
    pandas.DataFrame
        The columns of the table ``need_by_origin`` (see `schema_of`). For ``special_schools``, ``population`` is filled: the
        pupils in special schools and all other pupils of those ages (primary and special primary education for
        ``pupils_primary_age``, secondary education for ``pupils_secondary_age``, both for ``pupils_all``), and ``source``
        names the tables. It stays missing where a total by origin is not published: secondary education has no separate
        countries of origin.

    Raises
    ------
    SourceFileError
        When data/raw was changed by hand.

    Notes
    -----
    All pupils by region of residence: CBS StatLine 83296NED with 83295NED and 80043ned (migratieachtergrond); 85490NED with
    85489NED and 85566NED (herkomst, rounded to 10). The ages overlap a little: special secondary schools hold some pupils
    over 18. Rates are cases / population, for `use_rates`; published rates are in ``rate``.

    Examples
    --------
    >>> need = need_by_origin()
    >>> haagse = need[(need["region"] == "'s-Gravenhage") & (need["period"] == "2016/2017") & (need["origin"] == "suriname")]
    >>> haagse.loc[haagse["indicator"] == "special_primary_education", ["cases", "population"]].values.tolist()
    [[78, 3139]]
    """
    need, youths = load("need_by_origin"), load("youths_by_origin")
    at = need["indicator"] == "special_schools"
    special = need[at]
    for group, others in _PUPILS.items():
        rows = special[special["population_group"] == group]
        total, source = rows["cases"], rows["source"]
        for other in others:
            pupils = youths[youths["population_group"] == other].astype({"origin": "str"})
            match = rows[_WHERE].astype({"origin": "str"}).merge(pupils, on=_WHERE, how="left", validate="one_to_one")
            total = total + match["persons"].set_axis(rows.index)
            source = source + (", " + match["statline_table"]).set_axis(rows.index).fillna("")
        need.loc[rows.index, "population"] = total
        need.loc[rows.index, "source"] = source.where(total.notna(), rows["source"])
    return need
