"""The reach monitor as one table."""

import pandas as pd

from bereik.codelists.regions import find_region
from bereik.monitoring.indicators import described, without_figures
from bereik.monitoring.results import CATEGORIES, reach_range, results_of, shortfall
from bereik.rates.changes import year_changes

__all__ = ["monitor"]

_COUNTRY = "Nederland"
_JUMP = 10  # points in a year: look at the registration first


def monitor(region: str = "Haaglanden", *, own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put the indicators that a municipality can follow yearly in one table, with what each means and how sure it is.

    Parameters
    ----------
    region : str
        The jeugdregio, in any spelling that `find_region` knows.
    own : pandas.DataFrame, optional
        Results on your own data on youths: rows of `access_gap` with ``period``, ``region`` (the jeugdregio or a municipality),
        ``form`` and ``origin``, after `protect_results`; the rows of use_shortfall are taken.

    Returns
    -------
    pandas.DataFrame
        One row per ``indicator``, ``form``, ``origin``, ``region`` (municipality, jeugdregio, country: ``region_kind``) and
        ``period``: ``latest`` (True for the last period with a figure), ``measure``, ``value``, ``lower``, ``upper``,
        ``lower_rounding``, ``upper_rounding``; the ``change`` since ``previous_period`` with ``change_lower`` and
        ``change_upper`` (conservative: adjacent years share youths), ``comparable`` (False across a break in the series),
        ``jump`` (a share moved more than 10 points: registration first); ``verdict`` (use relative to need: decided or
        undecided, and the side); ``direction``, names, units, definitions and notes on reliability in Dutch and English;
        ``method``, ``status``, ``add_table`` (the StatLine table to add where the bundled files have no figure),
        ``synthetic``, ``source``. An indicator without any figure for the region keeps one row, ``not_published``.

    Raises
    ------
    UnknownNameError
        When the region, or a region in `own`, is unknown.
    IncomparableError
        When `own` is synthetic: made-up figures do not stand beside real ones.
    MissingColumnError
        When a column of `own` is absent.

    Notes
    -----
    Each row says its year. Forms of care by origin are public to 2017 only. Trajectories by neighbourhood team are a stock on
    31 December. A sum of municipalities stands for the region only in years in which the files have all of them.

    Examples
    --------
    >>> table = monitor("Rijnmond (JZ)")
    >>> last = table[table["latest"] & (table["indicator"] == "use_of_youth_care") & (table["region"] == "Rijnmond")]
    >>> last[["period", "value", "change"]].round(1).values.tolist()
    [['2023', 9.1, 0.2]]
    """
    name = str(find_region(region, kind="jeugdregio")["name"])
    parts = [part for part in (*results_of(name), shortfall(own)) if not part.empty]
    found = [year_changes(part, by=CATEGORIES, jump=_JUMP) for part in parts]
    found += [part for place in (name, _COUNTRY) if not (part := reach_range(place)).empty]
    return described(pd.concat([*found, without_figures(found, name)], ignore_index=True))
