"""One number for the differences in use among several groups: index of disparity and between-group variance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bereik.errors import InvalidTableError
from bereik.estimates.workings.comparable import check_separate
from bereik.estimates.workings.das_gupta import rates_and_shares
from bereik.estimates.workings.limits import Interval
from bereik.estimates.workings.options import check_columns, check_known, check_numbers
from bereik.estimates.workings.parts import lay_out
from bereik.estimates.workings.rows import result_rows, uncounted, words
from bereik.estimates.workings.standards import weights_of
from bereik.estimates.workings.strata import Strata
from bereik.tables import require_columns, result_table

__all__ = ["inequality"]

ALL_GROUPS = "all groups"
_ONE = "all youths"  # the only stratum when nothing is held equal


def inequality(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    relative_to: object,
    over: Sequence[str] | None = None,
    on_empty: str = "raise",
    interval: str | None = None,
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Summarise how much the use of care differs among all groups in one number, crude or at equal severity.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population``, ``users``, ``synthetic`` and ``source``.
    by : list of str
        The columns that make the groups. The last one holds the groups that are summarised (they share no youths);
        each combination of the others gets its own summary.
    relative_to : object
        What the index of disparity is relative to: a group in the last column of `by`, or ``"all groups"``, the mean of all
        groups weighted by their population.
    over : list of str, optional
        The columns to hold equal (severity, ...): the rates are then standardised to the distribution of all groups
        together, so adding a group changes the summary for that reason as well.
    on_empty : {"raise", "pool", "drop"}
        What to do with strata in which a group has nobody; see `workings.strata.cross`.
    interval : {None, "bootstrap"}
        No interval, or percentile limits from drawing all persons (or hashed groups of persons) again.
    per : float
        The rates are per this number of youths.
    confidence, replicates, seed : float, int, int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them (limits are then too narrow); without it, an
        interval over several periods needs a column ``group`` with hashed groups of persons.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` but the last, then those of a result table; two rows for each combination. ``measure`` is
        index_of_disparity (mean absolute difference, as a percentage of the rate it is relative to) or
        between_group_variance (``per`` (100 youths)^2); ``numerator`` and ``denominator`` are the crude users and
        population of all groups. A hidden group hides the summary; a group without youths takes no part, and ``method``
        says so. Status ``undefined``: the rate that the index is relative to is 0.

    Raises
    ------
    UnknownNameError
        When the reference or the interval is unknown.
    IncomparableError
        When a group contains another one.
    InvalidTableError
        When `counts` is no count table, there are fewer than two groups, or strata are empty and `on_empty` is ``"raise"``.
    BereikError
        When a number is out of range, or counts are weighted and a bootstrap is asked for.

    Notes
    -----
    Index of disparity (Pearcy & Keppel 2002): ``100 * mean over the other groups of |r_g - r| / r``, every group
    counting equally; relative to ``"all groups"`` the mean is over all groups. Between-group variance: ``sum f_g (r_g - m)^2``
    with f the shares of the population and m the mean weighted by them; large groups count more. Neither says
    which group is reached less. Both are above 0 by chance alone, so with few users they are too large: their bootstrap limits
    (which do not correct this) can lie above the truth, and never include 0.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "b", "c"], "population": [100, 100, 200], "users": [20, 10, 24],
    ...                        "synthetic": True, "source": "made up"})
    >>> inequality(counts, by=["origin"], relative_to="a")[["measure", "value", "per"]].round(2)
                      measure  value               per
    0      index_of_disparity  45.00               100
    1  between_group_variance  14.75  (100 youths)^2
    """
    check_numbers(per=per)
    check_columns(by=by)
    how = Interval(interval, confidence, replicates, seed).checked(counts, by, assume_independent, (None, "bootstrap"))
    require_columns(counts, [*by, "population"], where="the count table")
    check_known(by[-1], str(relative_to), [*counts[by[-1]].astype(str).unique(), ALL_GROUPS], where="the count table")
    check_separate(counts, by[-1])
    table = counts if over else counts.assign(**{_ONE: _ONE})
    parts = lay_out(table, by=by, over=over or [_ONE], on_empty=on_empty)
    rows = pd.concat([_rows(part, str(relative_to), how, per) for part in parts])
    standard = "pooled distribution of all groups in the table" if over else ""
    rows = rows.assign(relative_to=str(relative_to), standard=standard, confidence=confidence if interval else np.nan)
    return result_table(uncounted(rows), by[:-1])


def _rows(strata: Strata, relative_to: str, how: Interval, per: float) -> pd.DataFrame:
    column = strata.groups.columns[-1]
    leading = strata.groups.iloc[:1].drop(columns=column)
    names = strata.groups[column].astype(str).to_numpy()
    kept = np.array(strata.status) != "no_population"
    empty, names = names[~kept], names[kept].tolist()
    if len(names) < 2 or relative_to not in [*names, ALL_GROUPS]:
        raise InvalidTableError(
            f"{', '.join(map(str, leading.iloc[0])) or 'the count table'} has {column} {names!r} with youths",
            f"at least two groups{'' if relative_to == ALL_GROUPS else f', one of them {relative_to!r}'}",
            "add the missing rows, or leave this part out",
        )
    reference = None if relative_to == ALL_GROUPS else names.index(relative_to)
    observed = np.divide(strata.users, strata.population, out=np.zeros(strata.users.shape), where=strata.population > 0)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return _point(users[..., kept, :], population[..., kept, :], observed[kept], reference)

    without = f"without youths: {', '.join(empty)}" if len(empty) else ""
    method = words(f"{len(names)} groups", how.words(), strata.note, without)
    labels = [
        {"measure": "index_of_disparity", "per": "100", "method": method},
        {"measure": "between_group_variance", "per": f"({per:.15g} youths)^2", "method": method},
    ]
    hidden = [status for status in strata.status if status not in ("shown", "no_population")]
    found = (point(strata.users, strata.population), *how.of_strata(point, strata))
    value, lower, upper = (np.array([100.0, per**2]) * each[None] for each in found)
    return result_rows(
        leading, labels, (value, lower, upper), hidden[0] if hidden else "shown", source=strata.source,
        synthetic=strata.synthetic, numerator=strata.users[kept].sum(), denominator=strata.population[kept].sum(),
    )  # fmt: skip


def _point(users: np.ndarray, population: np.ndarray, observed: np.ndarray, reference: int | None) -> np.ndarray:
    """Give both measures from counts of groups with youths (..., groups, strata)."""
    rates, _ = rates_and_shares(users, population, observed)
    rate = (rates * weights_of(population, "pooled")[..., None, :]).sum(axis=-1)
    sizes = population.sum(axis=-1)
    share = sizes / sizes.sum(axis=-1, keepdims=True)
    mean = (share * rate).sum(axis=-1)
    base = mean if reference is None else rate[..., reference]
    others = users.shape[-2] - (reference is not None)
    away = np.abs(rate - base[..., None]).sum(axis=-1) / others
    disparity = np.divide(away, base, out=np.full(np.shape(base), np.nan), where=base > 0)
    return np.stack([disparity, (share * (rate - mean[..., None]) ** 2).sum(axis=-1)], axis=-1)
