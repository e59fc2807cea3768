"""One number for the differences in use among several groups: index of disparity and between-group variance."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from bereik.errors import IncomparableError, InvalidTableError, UnknownNameError
from bereik.estimates.workings.comparable import separate_groups
from bereik.estimates.workings.das_gupta import rates_and_shares
from bereik.estimates.workings.intervals import check_numbers
from bereik.estimates.workings.limits import Resampling, crude, figures, finished, resampling
from bereik.estimates.workings.parts import lay_out, words
from bereik.estimates.workings.strata import Strata, weights_of
from bereik.tables import require_columns
from bereik.terms.origin import SCHEMES, origin_groups

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
    check_numbers(confidence=confidence, per=per)
    how = resampling(interval, confidence, replicates, seed)
    how.check(counts, by, assume_independent)
    require_columns(counts, [*by, "population"], where="the count table")
    _check_separate(counts, by[-1], relative_to)
    strata_of = list(over) if over else [_ONE]
    parts = lay_out(
        counts if over else counts.assign(**{_ONE: _ONE}), by=by, over=strata_of, on_empty=on_empty, hashed=True
    )
    rows = [row for part in parts for row in _rows(part, by, str(relative_to), bool(over), how, per)]
    return finished(rows, counts, by[:-1], [])


def _check_separate(counts: pd.DataFrame, column: str, relative_to: object) -> None:
    """Raise when the reference is unknown, or a group contains another one."""
    names = counts[column].astype(str)
    groups = list(dict.fromkeys(names))
    if str(relative_to) not in [*groups, ALL_GROUPS]:
        raise UnknownNameError(column, relative_to, [*groups, ALL_GROUPS], where="the count table")
    about = counts[["origin_scheme"]] if "origin_scheme" in counts else pd.DataFrame(index=counts.index)
    known = set(pd.concat([origin_groups(scheme) for scheme in SCHEMES])["code"]) if column == "origin" else set()
    for name in [*groups[:1], *(group for group in groups[1:] if group in known)] if len(groups) > 1 else []:
        separate = separate_groups(about.assign(**{column: names}), column, name)
        related = [other for other in groups if other != name and other not in separate]
        if related:
            raise IncomparableError(
                f"the {column} {name!r} contains or is part of {', '.join(related)}",
                "groups that share no youths",
                "leave out the totals",
            )


def _rows(
    strata: Strata,
    by: Sequence[str],
    relative_to: str,
    standardised: bool,
    how: Resampling,
    per: float,
) -> list[dict[str, object]]:
    leading = strata.groups[list(by[:-1])].iloc[0].to_dict()
    names = strata.groups[by[-1]].astype(str).to_numpy()
    with_youths = np.array(strata.status) != "no_population"
    empty, names = names[~with_youths], names[with_youths].tolist()
    if len(names) < 2 or relative_to not in [*names, ALL_GROUPS]:
        raise InvalidTableError(
            f"{', '.join(map(str, leading.values())) or 'the count table'} has {by[-1]} {names!r} with youths",
            f"at least two groups{'' if relative_to == ALL_GROUPS else f', one of them {relative_to!r}'}",
            "add the missing rows, or leave this part out",
        )
    without = f"without youths: {', '.join(empty)}" if len(empty) else ""
    method = words(f"{len(names)} groups", how.words(), strata.note, without)
    shared = leading | {
        "relative_to": relative_to, "method": method, "synthetic": strata.synthetic, "source": strata.source,
        "standard": "pooled distribution of all groups in the table" if standardised else "",
    }  # fmt: skip
    labels = [
        shared | {"measure": "index_of_disparity", "per": "100"},
        shared | {"measure": "between_group_variance", "per": f"({per:.15g} youths)^2"},
    ]
    hidden = [status for status in strata.status if status not in ("shown", "no_population")]
    if hidden:
        return [label | {"status": hidden[0]} for label in labels]
    observed = np.divide(strata.users, strata.population, out=np.zeros(strata.users.shape), where=strata.population > 0)
    reference = None if relative_to == ALL_GROUPS else names.index(relative_to)
    point = partial(_point, kept=with_youths, observed=observed[with_youths], reference=reference)
    lower, upper = how.strata_limits(point, strata)
    scale = np.array([100.0, per**2])
    told = [label | crude(strata.users[with_youths], strata.population[with_youths]) for label in labels]
    return figures(told, scale * point(strata.users, strata.population), scale * lower, scale * upper, how)


def _point(
    users: np.ndarray, population: np.ndarray, *, kept: np.ndarray, observed: np.ndarray, reference: int | None
) -> np.ndarray:
    users, population = users[..., kept, :], population[..., kept, :]
    rates, _ = rates_and_shares(users, population, observed)
    rate = (rates * weights_of(population, "pooled")[..., None, :]).sum(axis=-1)
    sizes = population.sum(axis=-1)
    share = sizes / sizes.sum(axis=-1, keepdims=True)
    mean = (share * rate).sum(axis=-1)
    base = mean if reference is None else rate[..., reference]
    others = kept.sum() - (reference is not None)
    away = np.abs(rate - base[..., None]).sum(axis=-1) / others
    disparity = np.divide(away, base, out=np.full(np.shape(base), np.nan), where=base > 0)
    return np.stack([disparity, (share * (rate - mean[..., None]) ** 2).sum(axis=-1)], axis=-1)
