"""What if severity is reported differently in one group: the gap at equal severity over a range of misreporting."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bereik.estimates.workings.limits import Interval
from bereik.estimates.workings.misclassification import UNITS, checked_amounts, direction_of
from bereik.estimates.workings.misreported_pair import STANDARDS, Pair, Settings, pairs_of
from bereik.estimates.workings.options import check_known, check_numbers
from bereik.estimates.workings.rows import result_rows
from bereik.estimates.workings.true_gap import MEASURES, gap, limits
from bereik.tables import result_table

__all__ = ["gap_if_misreported", "misreporting_grid"]


def misreporting_grid(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: str,
    kind: str = "bands",
    amounts: Sequence[float] | None = None,
    cuts: Sequence[float] | None = None,
    standard: str = "pair_mean",
    on_empty: str = "raise",
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute the gap in use at equal TRUE severity, if severity in a group is reported too low or too high.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``, by REPORTED severity.
    by : list of str
        The columns that make the groups; the last one is compared, within each combination of the others.
    over : list of str
        The strata; the last column is severity, bands in order, lowest first. For a shift of the score: the score only.
    relative_to : str
        The reference group, whose severity is taken as reported.
    kind : {"bands", "score"}
        What goes wrong: youths are reported one band off, or the score is shifted by some points.
    amounts : list of float, optional
        How much. Above 0: severity in the group is reported too LOW. Bands: share of the youths in each true band but
        the lowest who are reported one band too low (below 0: in each but the highest, one band too high), from -0.5 to
        0.5 when not given. Score: points, from -5 to 5 when not given; half a point means half of the youths by one.
    cuts : list of float, optional
        For a score: the lowest score of each band above the lowest. Youths are compared within these bands.
    standard : {"pair_mean", "reference"}
        The severity to which both groups are set: the mean of both (corrected) distributions, or that of the reference.
    on_empty : {"raise", "pool", "drop"}
        What to do with bands without youths in a group, see `workings.strata.cross`. Not for a score.
    interval : {"delta", "bootstrap"}
        Delta method on the log (of the ratio), with the reported severity fixed; or bootstrap of the counts.
    per : float
        The difference is per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    replicates, seed : int
        Of the bootstrap; whole hashed groups of persons are drawn when the table has a column ``group``.
    assume_independent : bool
        Pool several periods without hashed groups of persons, as if each had other youths.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, ``misreporting`` (the amount) and ``severity_reported`` (too low, as reported, too high), then
        those of a result table. ``measure``: rate_ratio_at_equal_severity and rate_difference_at_equal_severity (group
        relative to, or minus, the reference). ``numerator`` and ``denominator`` are the crude users and population of the
        group. ``undefined``: no true counts agree with this amount of misreporting (a count would have to be negative or
        above its population), which is said in ``method`` and never clipped; or use in the reference is 0.

    Raises
    ------
    UnknownNameError
        When the reference, `kind`, `standard`, `interval` or `on_empty` is not known.
    InvalidTableError
        When `counts` is no count table, or strata are empty.
    BereikError
        When an amount or another number is out of range, or an option does not fit `kind`.

    Notes
    -----
    Assumption: use depends on true severity and group, not on the reported severity itself (nondifferential
    misclassification within a group). Bands: reported = M' true for youths and for users alike, with M the matrix of
    reported by true bands; solved for the true counts (the matrix method, Barron 1977; Greenland 1988). Score: every
    reported score moves by the amount, then is put in its band. An amount is an assumption, no estimate: the interval
    shows chance in the counts at that amount only. Informants disagree in both directions, so look at both.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [800, 200, 850, 150], "users": [40, 80, 34, 51], "synthetic": True,
    ...                        "source": "made up"})
    >>> grid = misreporting_grid(counts, by=["origin"], over=["severity"], relative_to="a", amounts=[-0.1, 0, 0.1])
    >>> grid.loc[grid["measure"] == "rate_ratio_at_equal_severity", ["misreporting", "severity_reported", "value"]].round(3)
       misreporting severity_reported  value
    0          -0.1          too high  1.515
    2           0.0       as reported  0.831
    4           0.1           too low  0.789
    """
    chosen = checked_amounts(kind, amounts, step=1)
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, ("delta", "bootstrap"))
    settings = Settings(kind, standard, on_empty, how, cuts)
    pairs = pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings)
    rows = _rows(pairs, chosen, settings, per, f"misreporting: {UNITS[kind]}")
    return result_table(rows.assign(relative_to=relative_to), [*by, "misreporting", "severity_reported"])


def gap_if_misreported(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: str,
    matrices: Mapping[str, ArrayLike],
    standard: str = "pair_mean",
    on_empty: str = "raise",
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute the gap in use at equal TRUE severity, given how severity is misreported in each group.

    Parameters
    ----------
    counts, by, over, relative_to, standard, on_empty, interval, per, confidence, replicates, seed, assume_independent
        As in `misreporting_grid`.
    matrices : dict
        For each group whose severity is misreported (the reference may be one): its misclassification matrix, rows the
        true bands and columns the reported ones, lowest first, each row adding up to 1. For two bands that is
        [[specificity, 1 - specificity], [1 - sensitivity, sensitivity]]. Other groups are taken as reported.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table, as in `misreporting_grid`.

    Raises
    ------
    UnknownNameError
        When a group with a matrix is not in the table, or the reference or an option is not known.
    InvalidTableError
        When a matrix is no misclassification matrix of the bands, or `counts` no count table.

    Notes
    -----
    As in `misreporting_grid`. The matrices are assumptions (or come from a validation study): their own uncertainty is
    not in the interval.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [800, 200, 850, 150], "users": [40, 80, 34, 51], "synthetic": True,
    ...                        "source": "made up"})
    >>> gap_if_misreported(counts, by=["origin"], over=["severity"], relative_to="a",
    ...                    matrices={"b": [[1, 0], [0.1, 0.9]]})[["origin", "measure", "value"]].round(3)
      origin                            measure  value
    0      b       rate_ratio_at_equal_severity  0.789
    1      b  rate_difference_at_equal_severity -2.407
    """
    how = Interval(interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, ("delta", "bootstrap"))
    known = [str(name) for name in counts[by[-1]].unique()] if by and by[-1] in counts else []
    for name in matrices if known else []:
        check_known(by[-1], name, known, where="the count table")
    settings = Settings("bands", standard, on_empty, how, matrices=matrices)
    pairs = pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings)
    rows = _rows(pairs, np.zeros(1), settings, per, "severity as in the misclassification matrices given")
    return result_table(rows.assign(relative_to=relative_to), by)


def _rows(pairs: Iterator[Pair], amounts: np.ndarray, settings: Settings, per: float, assumed: str) -> pd.DataFrame:
    """Make the rows of all groups: for each amount of misreporting, one row a measure."""
    check_numbers(per=per)
    scale, units, tables = np.array([1.0, per]), ("ratio", f"{per:.15g} youths"), []
    for pair in pairs:
        values = gap(pair.users, pair.population, pair, amounts, settings.standard)
        lower, upper = limits(pair, amounts, values, settings)
        why = [[_why(pair, value, found[1]) for value in found] for found in values]
        labels = [
            {"measure": measure, "per": unit, "method": [f"{assumed}; {pair.method(settings, one[at])}" for one in why]}
            for at, (measure, unit) in enumerate(zip(MEASURES, units, strict=True))
        ]
        told = {"misreporting": amounts, "severity_reported": [direction_of(amount) for amount in amounts]}
        groups = pd.DataFrame(told).assign(**pair.about)
        tables.append(result_rows(groups, labels, (scale * values, scale * lower, scale * upper), pair.status))
    return pd.concat(tables).assign(confidence=settings.how.confidence, standard=STANDARDS[settings.standard])


def _why(pair: Pair, value: float, difference: float) -> str:
    """Say why a gap is not defined; empty when it is, or when a count is hidden."""
    if pair.status != "shown" or np.isfinite(value):
        return ""
    if np.isfinite(difference):
        return "use in the reference is 0"
    empty = (pair.reference_map @ pair.population[pair.cells :] <= 0).any()
    return "a band without youths in the reference" if empty else "no true counts agree with this misreporting"
