"""The rule for anything made of individual data: no cell of fewer than 10 youths, users or non-users is written or drawn."""

import numpy as np
import pandas as pd

from bereik.errors import DisclosureError, example_rows

__all__ = ["EXPECTED", "FEWEST", "INDIVIDUAL", "NO_COUNTS", "is_individual", "is_small", "refuse_small_cells"]

INDIVIDUAL = "individual data: "  # how the source of anything made of persons begins
FEWEST = 10
EXPECTED = (
    "use_shortfall",
    "expected_minus_observed",
    "observed_expected",
)  # one part of the fraction is expected users
NO_COUNTS = (  # measures whose numerator and denominator are no numbers of youths
    "crude_rate_ratio", "crude_rate_difference", "rate_ratio_at_equal_severity", "rate_difference_at_equal_severity",
    "unadjusted_difference", "need_adjusted_difference", "fully_adjusted_difference",
    "odds_ratio_homogeneity", "tool_tried", "tool_adopted",
    "signal_taken_up", "signal_resolved", *EXPECTED,  # of a pilot: tools and signals are no persons
)  # fmt: skip
_LONG = ("status", "synthetic", "source", "method", "per", "relative_to", "standard")


def is_individual(source: object) -> bool:
    """Say whether a source is individual data, the bundled synthetic example included.

    Parameters
    ----------
    source : str
        The column ``source`` of a row; several sources are separated by ``;``.

    Returns
    -------
    bool
        True when one of them begins with "individual data: ".

    Examples
    --------
    >>> is_individual("individual data: own.csv"), is_individual("CBS StatLine 82965NED")
    (True, False)
    """
    return any(part.strip().startswith(INDIVIDUAL.strip()) for part in str(source).split(";"))


def refuse_small_cells(table: pd.DataFrame) -> None:
    """Raise when a table of individual data shows a cell of fewer than 10 youths, users or non-users.

    Parameters
    ----------
    table : pandas.DataFrame
        A count table or a result table; anything of which no row is individual data passes.

    Raises
    ------
    DisclosureError
        When a shown cell is small, a shortfall stands beside its expected number, or the table has rows of persons, or no
        counts by which it can be judged.

    Notes
    -----
    A result whose fraction is no count of youths (a ratio of rates) cannot be judged by itself:
    `bereik.suppress.results.protect_results` hides it with its group.

    Examples
    --------
    >>> refuse_small_cells(pd.DataFrame({"origin": ["a"], "population": 50, "users": 3, "source": "individual data: x"}))
    Traceback (most recent call last):
    bereik.errors.DisclosureError: A cell of fewer than 10: row 0 (origin='a'). Expected: at least 10 youths, users and
    non-users in every cell that is shown. To do: hide it: protect for counts, protect_results for results.
    """
    if "source" not in table or not table["source"].map(is_individual).any():
        return
    counted = [("population", "users"), ("n_unweighted", "users_unweighted"), ("denominator", "numerator")]
    pairs = [pair for pair in counted if set(pair) <= set(table.columns)]
    if not pairs or "id" in table:
        raise DisclosureError(
            f"a table of individual data with the columns {', '.join(map(str, table.columns[:8]))}",
            "a count table or a result table, without ids",
            "count the persons first, and keep their rows out of what is written",
        )
    measure = table.get("measure", pd.Series("", index=table.index)).astype(str)
    for whole, part in pairs:
        size, users = (pd.to_numeric(table[name]).to_numpy(dtype="float64", na_value=np.nan) for name in (whole, part))
        beside = measure.isin(EXPECTED).to_numpy() & ~(np.isnan(size) & np.isnan(users))
        small = is_small(size, users) & ~measure.isin(NO_COUNTS).to_numpy()
        shown = (table.get("status", pd.Series("shown", index=table.index)) == "shown").to_numpy()
        faults = {"an observed beside an expected number": beside, f"a cell of fewer than {FEWEST}": small}
        for what, fault in faults.items():
            if (shown & fault).any():
                keys = [name for name in table if not pd.api.types.is_numeric_dtype(table[name]) and name not in _LONG]
                raise DisclosureError(  # with the categories, never with the numbers
                    f"{what}: {example_rows(table[keys], shown & fault)}",
                    f"at least {FEWEST} youths, users and non-users in every cell that is shown",
                    "hide it: protect for counts, protect_results for results",
                )


def is_small(size: np.ndarray, users: np.ndarray, minimum: float = FEWEST) -> np.ndarray:
    """Say which cells have some, but fewer than the minimum of youths, users or non-users."""
    return ~(size == 0) & (np.fmin(users, np.fmin(size, size - users)) < minimum)
