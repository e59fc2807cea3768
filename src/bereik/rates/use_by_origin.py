"""Use of care relative to a reference group where youths are counted in another table, perhaps modelled, than users."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.codelists.periods import one_period_kind
from bereik.counts.table import as_counts
from bereik.errors import BereikError, IncomparableError, InvalidTableError, UnknownNameError, example_rows
from bereik.rates.intervals import check_numbers, normal_quantile, ratio_limits
from bereik.rates.results import SUPERPOPULATION
from bereik.tables import numbers, require_columns, require_unique, result_table

__all__ = ["use_counts", "use_ratios"]

_SAME = ["region_code", "year", "origin_scheme", "origin"]
_CATEGORIES = ["period", "region", "form", "population_used", "ages", "origin_scheme", "origin"]
_USERS = "0-22"


def use_counts(care: pd.DataFrame, youths: pd.DataFrame) -> pd.DataFrame:
    """Set youths in care by origin beside youths by origin of the same region and year, as a count table.

    Parameters
    ----------
    care : pandas.DataFrame
        Rows of ``load("care_by_origin")``, of years (no half-years): ``period``, ``period_kind``, ``region_code``, ``region``,
        ``origin_scheme``, ``origin``, ``form``, ``youths``, ``status``, ``synthetic``, ``source``.
    youths : pandas.DataFrame
        Rows of `youths_by_origin`; several years, regions and choices of ``ages`` and ``method`` may be put together.

    Returns
    -------
    pandas.DataFrame
        A count table by ``period``, ``region``, ``form``, ``population_used``, ``ages``, ``origin_scheme`` and ``origin``, of the
        combinations that both tables have. ``ages`` are those of the population; users are aged 0-22.
        ``population_lower`` and ``population_upper`` are the 95 % error of the population, so `use_rates` shows what it does
        to a rate in ``lower_rounding`` and ``upper_rounding``.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, or a combination occurs twice.
    IncomparableError
        When half-years and years are mixed, or the two tables have no combination in common.

    Examples
    --------
    >>> import bereik
    >>> from bereik.data.populations import youths_by_origin
    >>> care = bereik.load("care_by_origin").query("period == '2017' and region == 'Haaglanden' and form == 'probation'")
    >>> counts = use_counts(care, youths_by_origin(year=2017))
    >>> counts[["origin", "ages", "users"]].iloc[[1, 4]]
             origin  ages  users
    1    nederlands  0-22    220
    4  niet_westers  0-22    525
    """
    where, base = "the table of youths in care", "the table of youths"
    require_columns(
        care, ["period", "period_kind", "region", "form", "youths", "status", "synthetic", "source"], where=where
    )
    limits = ["population", "population_lower", "population_upper"]
    require_columns(youths, [*_SAME, "population_used", "ages", *limits, "source"], where=base)
    one_period_kind(care, where=where)
    require_unique(youths, [*_SAME, "population_used", "ages"], where=base)
    left = care.assign(year=care["period"].astype(str).str[:4].astype(int), users=care["youths"])
    right = youths[[*_SAME, "population_used", "ages", *limits, "source"]]
    both = left.astype({"origin": "str"}).merge(right.astype({"origin": "str"}), on=_SAME, suffixes=("", "_youths"))
    if both.empty:
        raise IncomparableError(
            "youths in care and youths have no region, year and origin in common",
            "the same region_code, year, origin_scheme and origin in both",
            "ask youths_by_origin for the region and years of the table of care",
        )
    hidden = (both["status"] != "shown").to_numpy()
    both.loc[hidden, limits] = None
    both = both.assign(source=both["source"] + "; " + both["source_youths"]).astype({"region": "str", "form": "str"})
    ordered = [name for name in ("region", "form", "origin") if isinstance(care[name].dtype, pd.CategoricalDtype)]
    order = {name: [value for value in care[name].cat.categories if value in set(both[name])] for name in ordered}
    return as_counts(both, by=_CATEGORIES, order=order)


def use_ratios(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    relative_to: str,
    confidence: float = 0.95,
    rounding: float | None = None,
) -> pd.DataFrame:
    """Divide the use rate of each origin by that of a reference group, with the error of the populations in the interval.

    Parameters
    ----------
    counts : pandas.DataFrame
        A table of `use_counts`: ``origin``, the columns of `by`, ``population``, ``population_lower``, ``population_upper``
        (95 % error), ``users``, ``status``, ``synthetic``, ``source``.
    by : list of str
        The other category columns, within which groups are compared, for example ``["period", "form", "population_used"]``.
    relative_to : str
        The origin that is the reference.
    confidence : float
        The confidence of the interval, between 0 and 1.
    rounding : float, optional
        The unit that users are rounded to in the source, for example 5.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``origin``, then those of a result table; no rows for the reference and for all youths.
        ``measure`` is rate_ratio; ``lower`` and ``upper`` hold chance and the error of both populations;
        ``lower_rounding`` and ``upper_rounding`` what rounding of the users allows. These are the ratios of use that
        `reach_ratio` takes.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When a column is absent, or a population is not inside its limits.
    UnknownNameError
        When the reference is not there.

    Notes
    -----
    Variance of the log: 1 / users of both groups (Poisson: users and youths come from different tables), and the square of
    the sum of the errors of the log of both populations (one total: what one group has too many, the other has too few).
    ``method`` says so where the ages of the population are not those of the users: the ratio then takes it that groups
    differ among those ages as they do among all.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["nederlands", "niet_westers"], "users": [400, 400], "population": [4000, 2000],
    ...                        "population_lower": [3900.0, 1900.0], "population_upper": [4102.6, 2105.3],
    ...                        "status": "shown", "synthetic": True, "source": "made up", "form": "protection"})
    >>> use_ratios(counts, by=["form"], relative_to="nederlands")[["origin", "value", "lower", "upper"]].round(2)
             origin  value  lower  upper
    0  niet_westers    2.0   1.71   2.34
    """
    check_numbers(confidence=confidence, rounding=rounding)
    table = _checked(counts, by, relative_to)
    reference = table[table["origin"] == relative_to].drop(columns=["origin", "synthetic"])
    pairs = table[~table["origin"].isin([relative_to, "total"])].merge(reference, on=list(by), suffixes=("", "_r"))
    status = pairs["status"].where(pairs["status"] != "shown", pairs["status_r"])
    users, users_r, population, population_r = (
        numbers(pairs[name]) for name in ("users", "users_r", "population", "population_r")
    )
    status = status.mask((status == "shown") & ((users_r == 0) | (population == 0) | (population_r == 0)), "undefined")
    shown = (status == "shown").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shown, users / population / (users_r / population_r), np.nan)
        variance = 1 / users + 1 / users_r + (pairs["error"] + pairs["error_r"]).to_numpy() ** 2
        half = np.nan if rounding is None else rounding / 2
        fewest = ratio * np.maximum(users - half, 0) / users * users_r / (users_r + half)
        most = ratio * (users + half) / users * np.where(users_r > half, users_r / (users_r - half), np.nan)
    lower, upper = ratio_limits(ratio, np.where(users > 0, variance, np.nan), confidence)
    method = pd.Series(f"delta method on the log, error of the populations included; {SUPERPOPULATION}", pairs.index)
    if "ages" in pairs:
        ages = pairs["ages"].astype(str)
        other = "; users aged " + _USERS + " over a population of " + ages.where(ages == "pupils", "ages " + ages)
        method = method.mask(ages != _USERS, method + other)
    return result_table(
        pairs.assign(
            measure="rate_ratio", value=ratio, lower=lower, upper=upper, lower_rounding=fewest, upper_rounding=most,
            confidence=confidence, numerator=users / population, denominator=users_r / population_r,
            per="ratio of use rates", relative_to=relative_to, method=method, status=status,
        ),
        [*by, "origin"],
    )  # fmt: skip


def _checked(counts: pd.DataFrame, by: Sequence[str], relative_to: str) -> pd.DataFrame:
    """Check the counts, and add the standard error of the log of each population."""
    if isinstance(by, str) or "origin" in by:
        raise BereikError(f"by={by!r}", "a list of category columns without 'origin'", "leave 'origin' out of `by`")
    where = "the counts"
    limits = ["population_lower", "population_upper"]
    require_columns(counts, ["origin", *by, *limits], where=where)
    table = as_counts(counts, by=[*by, "origin"])
    if relative_to not in set(table["origin"]):
        raise UnknownNameError("reference origin", relative_to, list(map(str, table["origin"].unique())), where=where)
    lower, upper, population = (numbers(table[name]) for name in (*limits, "population"))
    shown = (table["status"] == "shown").to_numpy()
    inside = (lower > 0) & (lower <= population + 0.5) & (population <= upper + 0.5)
    if (shown & ~inside & (population > 0)).any():
        raise InvalidTableError(
            f"a population outside its limits: {example_rows(table[['origin', 'population', *limits]], shown & ~inside)}",
            "0 < population_lower <= population <= population_upper",
            "take the rows of use_counts",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.log(upper / lower) / (2 * normal_quantile(0.95))
    return table.astype({"origin": "str"}).assign(error=np.where(shown, error, np.nan))
