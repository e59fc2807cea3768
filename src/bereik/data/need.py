"""Need by origin as the public figures give it: the counts with their populations."""

import pandas as pd

from bereik.data.load import load

_WHERE = ["period", "region_code", "origin_scheme", "origin"]
# pupils outside special schools that belong to the ages of a group of pupils in special schools
_PUPILS = {"pupils_primary_age": ["pupils_primary"], "pupils_secondary_age": ["pupils_secondary"]}
_PUPILS["pupils_all"] = ["pupils_primary", "pupils_secondary"]


def need_by_origin() -> pd.DataFrame:
    """Load need by origin, with the pupils that special schools are counted among.

    Returns
    -------
    pandas.DataFrame
        The columns of the table ``need_by_origin``, see `load`. For ``special_schools``, ``population`` is filled: the
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
    need, youths = load("need_by_origin"), load("youths_by_origin").astype({"origin": "str"})
    for group, others in _PUPILS.items():
        rows = need[(need["indicator"] == "special_schools") & (need["population_group"] == group)]
        total, source = rows["cases"], rows["source"]
        for other in others:
            pupils = youths[youths["population_group"] == other]
            match = rows[_WHERE].astype({"origin": "str"}).merge(pupils, on=_WHERE, how="left", validate="one_to_one")
            match = match.set_axis(rows.index)
            total = total + match["persons"]
            source = source + (", " + match["statline_table"]).fillna("")
        need.loc[rows.index, "population"] = total
        need.loc[rows.index, "source"] = source.where(total.notna(), rows["source"])
    return need
