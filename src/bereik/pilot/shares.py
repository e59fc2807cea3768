"""What results of small networks share: which are hidden, and shares with an exact interval."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.rates.intervals import INTERVALS, check_numbers, divide, proportion_interval
from bereik.tables import HIDDEN, one_value, result_table

MINIMUM = 10  # results of fewer persons, organisations or signals are hidden: a network of 10-12 knows who they are
ALL = "all networks"


def network_status(size: pd.Series) -> pd.Series:
    """Say which results may be shown, given how many persons are behind each.

    Parameters
    ----------
    size : pandas.Series
        Number of persons; the index is the network, with `ALL` for all networks together.

    Returns
    -------
    pandas.Series
        ``suppressed`` below 10, ``complementary`` for the smallest other network when all networks together would give away
        hidden ones that are fewer than 10 together, ``no_population`` for nobody, else ``shown``.

    Examples
    --------
    >>> network_status(pd.Series({"all networks": 30, "a": 11, "b": 12, "c": 7})).to_dict()
    {'all networks': 'shown', 'a': 'complementary', 'b': 'shown', 'c': 'suppressed'}
    """
    status = pd.Series("shown", index=size.index)
    status[size < MINIMUM] = "suppressed"
    status[size == 0] = "no_population"
    parts = size.drop(ALL, errors="ignore")
    hidden, others = parts[parts < MINIMUM], parts[parts >= MINIMUM]
    if ALL in size and 0 < hidden.sum() < MINIMUM and len(others):
        status[others.idxmin()] = "complementary"
    return status


def share_results(table: pd.DataFrame, by: Sequence[str], confidence: float) -> pd.DataFrame:
    """Make shares with Clopper-Pearson intervals of counts.

    Parameters
    ----------
    table : pandas.DataFrame
        The columns of `by`, ``measure``, ``numerator``, ``denominator``, ``unit`` (what is counted), ``status``,
        ``synthetic`` and ``source``; ``size`` when the interval is that of another number than the denominator.
    by : list of str
        The category columns.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        A result table: ``value`` per 100; hidden rows have no numbers.
    """
    check_numbers(confidence=confidence)
    shown = (table["status"] == "shown").to_numpy()
    count, total = (table[name].to_numpy(dtype="float64") for name in ("numerator", "denominator"))
    share = divide(count, total, shown)
    size = np.where(shown, table.get("size", table["denominator"]).to_numpy(dtype="float64"), np.nan)
    lower, upper = proportion_interval(share * size, size, "clopper_pearson", confidence)
    results = table[[*by, "measure", "numerator", "denominator", "status", "synthetic", "source"]].assign(
        value=100 * share, lower=100 * lower, upper=100 * upper, confidence=confidence, per="100 " + table["unit"],
        method=table.get("method", INTERVALS["clopper_pearson"][1]),
    )  # fmt: skip
    return without_hidden(result_table(results, by))


def without_hidden(results: pd.DataFrame) -> pd.DataFrame:
    """Take the counts out of hidden rows: they give the result away as well as its value does."""
    hidden = results["status"].isin(HIDDEN)
    results.loc[hidden, ["numerator", "denominator"]] = np.nan
    return results


def and_all(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of all networks together before those of each network."""
    return pd.concat([table.assign(network=ALL), table], ignore_index=True)


def origin_of(*tables: pd.DataFrame) -> dict[str, object]:
    """Give `synthetic` (one value, or an error) and the sources of the tables that a result is made from."""
    both = pd.concat([table[["synthetic", "source"]] for table in tables])
    synthetic = one_value(both, "synthetic", where="the pilot data")
    return {"synthetic": synthetic, "source": "; ".join(both["source"].drop_duplicates())}


def sizes(table: pd.DataFrame) -> pd.Series:
    """Count the rows of each network."""
    return table.groupby("network", sort=False).size()


def counted(table: pd.DataFrame, column: str, measures: dict[str, str], *, together: bool = True) -> pd.DataFrame:
    """Count the rows of each category, and of them those where a condition holds; with all networks first."""
    rows = and_all(table) if together else table
    size = rows.groupby(column, sort=False).size()
    status = network_status(size)
    parts = [
        pd.DataFrame({
            column: size.index, "measure": measure, "numerator": rows.groupby(column, sort=False)[flag].sum().to_numpy(),
            "denominator": size.to_numpy(), "status": status.to_numpy(),
        })
        for measure, flag in measures.items()
    ]  # fmt: skip
    table = pd.concat(parts)
    return table.sort_index(kind="stable", ignore_index=True)
