"""The minimum protection of results: what is computed from a small group is hidden with it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import DisclosureError
from bereik.small_cells import EXPECTED, FEWEST, NO_COUNTS
from bereik.suppress.minimum import protect, with_status
from bereik.tables import HIDDEN, require_columns

__all__ = ["protect_results"]

_SEVERE = "unmet_need"


def protect_results(
    results: pd.DataFrame, *, by: Sequence[str], counts: pd.DataFrame | None = None, minimum: int = FEWEST
) -> pd.DataFrame:
    """Hide the results of groups of fewer than 10 youths, users or non-users, and of others that would give them away.

    Parameters
    ----------
    results : pandas.DataFrame
        A result table, of any measures.
    by : list of str
        The columns that make the groups.
    counts : pandas.DataFrame, optional
        The count table that the results were made of; it may have more columns than `by`. Needed when the results have no
        numbers of users and youths, or name a reference group that has no rows in them.
    minimum : int
        The fewest youths, users and non-users.

    Returns
    -------
    pandas.DataFrame
        The same rows. Those of a group, or with a reference group, that `protect` hides are ``suppressed`` or
        ``complementary`` and have no value, limits, numerator and denominator; unmet need as well when it rests on few
        severe youths. Beside a number of expected users (use_shortfall, expected_minus_observed, observed_expected)
        numerator and denominator are left out, and the value stays.

    Raises
    ------
    DisclosureError
        When the counts of a group or of the reference are not known.
    MissingColumnError
        When a column is absent.

    Notes
    -----
    Expected minus observed, with the expected number beside it, gives the observed number back.

    Examples
    --------
    >>> results = pd.DataFrame({"origin": ["a", "b"], "measure": "use_rate", "value": [10.0, 8.0], "numerator": [90.0, 4.0],
    ...                         "denominator": [900.0, 50.0], "relative_to": None, "status": "shown"})
    >>> protect_results(results, by=["origin"])[["origin", "value", "status"]]
      origin  value         status
    0      a    NaN  complementary
    1      b    NaN     suppressed
    """
    require_columns(results, [*by, "measure", "numerator", "denominator", "status"], where="the results")
    groups = _groups(results, by) if counts is None else _summed(counts, by)
    hidden = _status_by_key(protect(groups, by=by, minimum=minimum), by)
    own = _keys(results, by)
    relative = (
        results["relative_to"] if "relative_to" in results else pd.Series(None, index=results.index, dtype=object)
    )
    reference = [None if pd.isna(name) else (*key[:-1], str(name)) for key, name in zip(own, relative, strict=True)]
    unknown = [key for key in [*own, *reference] if key is not None and key not in hidden]
    if unknown:
        raise DisclosureError(
            f"the users and youths of {', '.join(unknown[0])} are not in the {'results' if counts is None else 'counts'}",
            "the counts of every group and of the reference, since small ones must be hidden",
            "give the count table that the results were made of as counts=",
        )
    severe = _severe(results, by, minimum)
    status = results["status"].astype(object).to_numpy().copy()
    for at, (key, base) in enumerate(zip(own, reference, strict=True)):
        found = [hidden[key], hidden[base] if base else "shown", severe.get(at, "shown")]
        worst = [name for name in ("suppressed", "complementary") if name in found]
        status[at] = worst[0] if worst and status[at] not in HIDDEN else status[at]
    table = with_status(results, status)
    beside = table["measure"].isin(EXPECTED)
    return table.assign(**{name: table[name].mask(beside) for name in ("numerator", "denominator")})


def _groups(results: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Give users and youths of each group, as far as the results say them."""
    said = ~results["measure"].isin([*NO_COUNTS, _SEVERE]) & results["numerator"].notna()
    return results.loc[said, [*by, "numerator", "denominator"]].drop_duplicates(list(by))


def _summed(counts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    names = [name for name in ("population", "users", "n_unweighted", "users_unweighted") if name in counts]
    require_columns(counts, [*by, "population", "users"], where="the counts")
    return counts.groupby(list(by), sort=False, observed=True)[names].sum(skipna=False).reset_index()


def _keys(table: pd.DataFrame, by: Sequence[str]) -> list[tuple[str, ...]]:
    return list(table[list(by)].astype(str).itertuples(index=False, name=None))


def _status_by_key(table: pd.DataFrame, by: Sequence[str]) -> dict[tuple[str, ...], str]:
    return dict(zip(_keys(table, by), table["status"].astype(str), strict=True))


def _severe(results: pd.DataFrame, by: Sequence[str], minimum: int) -> dict[int, str]:
    """Give the status of the rows of unmet need, by their place."""
    at = np.flatnonzero((results["measure"] == _SEVERE) & results["numerator"].notna())
    rows = results.iloc[at]
    if rows.empty or rows.duplicated(list(by)).any():
        return dict.fromkeys(at.tolist(), "suppressed")
    return dict(zip(at.tolist(), protect(rows, by=by, minimum=minimum)["status"].astype(str), strict=True))
