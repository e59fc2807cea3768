"""What if severity is reported differently in one group: the gap at equal severity over a range of misreporting."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bereik.errors import UnknownNameError
from bereik.estimates.workings.intervals import check_numbers
from bereik.estimates.workings.misclassification import UNITS, checked_amounts, direction_of
from bereik.estimates.workings.misreported_pair import STANDARDS, Pair, Settings, pairs_of
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
    settings = Settings(kind, cuts, standard, on_empty, interval, confidence, replicates, seed, assume_independent)
    chosen = checked_amounts(kind, amounts, step=1)
    check_numbers(confidence=confidence, per=per)
    rows: list[dict[str, object]] = []
    for pair in pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings):
        rows += [row for rows_of_amount in _gap_rows(pair, chosen, settings, per) for row in rows_of_amount]
    frame = pd.DataFrame(rows).assign(relative_to=relative_to, confidence=confidence, standard=STANDARDS[standard])
    frame["method"] = f"misreporting: {UNITS[kind]}; " + frame["method"]
    return result_table(frame, [*by, "misreporting", "severity_reported"])


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
    settings = Settings(
        "bands", None, standard, on_empty, interval, confidence, replicates, seed, assume_independent, matrices
    )
    check_numbers(confidence=confidence, per=per)
    known = [str(name) for name in counts[by[-1]].unique()] if by and by[-1] in counts else []
    for name in matrices:
        if known and name not in known:
            raise UnknownNameError(by[-1], name, known, where="the count table")
    rows: list[dict[str, object]] = []
    for pair in pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings):
        rows += _gap_rows(pair, np.zeros(1), settings, per)[0]
    words = "severity as in the misclassification matrices given"
    frame = pd.DataFrame(rows).assign(relative_to=relative_to, confidence=confidence, standard=STANDARDS[standard])
    return result_table(frame.assign(method=words + "; " + frame["method"]), by)


def _gap_rows(pair: Pair, amounts: np.ndarray, settings: Settings, per: float) -> list[list[dict[str, object]]]:
    """Make the rows of one group: for each amount, one row a measure."""
    values = gap(pair.users, pair.population, pair, amounts, settings.standard)
    lower, upper = limits(pair, amounts, values, settings)
    unit = (1.0, per)
    rows: list[list[dict[str, object]]] = []
    for at, amount in enumerate(amounts):
        rows.append([])
        for which, measure in enumerate(MEASURES):
            value, low, high = (unit[which] * float(array[at, which]) for array in (values, lower, upper))
            status = pair.status if pair.status != "shown" or np.isfinite(value) else "undefined"
            why = _why(pair, values[at]) if status == "undefined" else ""
            rows[-1].append(
                pair.about
                | {"misreporting": float(amount), "severity_reported": direction_of(amount), "measure": measure}
                | {"value": value, "lower": low, "upper": high, "status": status}
                | {"per": "ratio" if which == 0 else f"{per:.15g} youths", "method": pair.method(settings, why)}
            )
    return rows


def _why(pair: Pair, values: np.ndarray) -> str:
    """Say why a gap is not defined."""
    if np.isfinite(values[1]):
        return "use in the reference is 0"
    empty = (pair.reference_map @ pair.population[pair.cells :] <= 0).any()
    return "a band without youths in the reference" if empty else "no true counts agree with this misreporting"
