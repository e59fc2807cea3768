"""How many results lie clearly on one side: what a sentence such as "in 3 of 12 municipalities" counts."""

from collections.abc import Sequence

import pandas as pd

from bereik.tables import one_value, require_columns, result_table, rounded_table

__all__ = ["count_sides"]


def count_sides(results: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Count the results whose whole interval lies below, and above, the value that means no difference.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table with intervals: ratios (no difference is 1) or differences (0).
    by : list of str
        Columns to count for separately.

    Returns
    -------
    pandas.DataFrame
        A result table with the measures ``clearly_below``, ``clearly_above``, ``not_clear`` and ``not_shown``; ``value`` and
        ``numerator`` are the number, ``denominator`` the number of results that are shown with an interval.

    Raises
    ------
    MissingColumnError
        When a column is absent.
    IncomparableError
        When ratios and differences, or synthetic and real rows, are mixed.

    Notes
    -----
    Each interval is looked at by itself; with many results some lie on one side by chance. A limit that touches the value is
    not clear.

    Examples
    --------
    >>> ratios = pd.DataFrame({"year": [2021, 2022], "per": "ratio", "lower": [0.8, 0.9], "upper": [0.9, 1.1],
    ...                        "status": "shown", "synthetic": False, "source": "made up"})
    >>> count_sides(ratios)[["measure", "value", "denominator"]].to_numpy().tolist()
    [['clearly_below', 1.0, 2.0], ['clearly_above', 0.0, 2.0], ['not_clear', 1.0, 2.0], ['not_shown', 0.0, 2.0]]
    """
    require_columns(results, [*by, "per", "lower", "upper", "status", "synthetic", "source"], where="the results")
    ratio = one_value(
        results.assign(ratio=results["per"].astype("str").str.startswith("ratio")), "ratio", where="the results"
    )
    synthetic = one_value(results, "synthetic", where="the results")
    rows = rounded_table(results)
    shown = (rows["status"] == "shown") & rows["lower"].notna() & rows["upper"].notna()
    sides = pd.DataFrame({
        "clearly_below": shown & (rows["upper"] < int(bool(ratio))),
        "clearly_above": shown & (rows["lower"] > int(bool(ratio))),
    })  # fmt: skip
    sides["not_clear"] = shown & ~sides.any(axis=1)
    sides["not_shown"] = ~shown
    groups = [rows[name].astype("str") for name in by] or [pd.Series("all", index=rows.index, name="all")]
    names = [str(group.name) for group in groups]
    counts = sides.assign(denominator=shown).groupby(groups, sort=False).sum().reset_index()
    told = counts.melt([*names, "denominator"], var_name="measure").astype({"value": "float64"})
    told = told.drop(columns=[] if by else ["all"])
    sources = "; ".join(sorted(set(results["source"].astype(str).str.split("; ").explode())))
    told = told.assign(numerator=told["value"], status="shown", synthetic=bool(synthetic), source=sources)
    return result_table(told, [*by])
