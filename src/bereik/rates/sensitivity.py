"""What if severity is reported differently in one group: the gap at equal severity over a range of misreporting."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from bereik.rates.results import check_numbers, result_rows
from bereik.rates.workings.limits import check_independent
from bereik.rates.workings.misclassification import UNITS, checked_amounts, direction_of
from bereik.rates.workings.misreported_pair import STANDARDS, Pair, Settings, pairs_of
from bereik.rates.workings.true_gap import MEASURES, gap, limits
from bereik.tables import result_table

__all__ = ["misreporting_grid"]


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
    per: float = 100,
    confidence: float = 0.95,
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
    per : float
        The difference is per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    assume_independent : bool
        Take several periods together as if no youth were in two of them.

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
        When the reference, `kind` or `standard` is not known.
    InvalidTableError
        When `counts` is no count table, or strata are empty.
    BereikError
        When an amount or another number is out of range, or an option does not fit `kind`.

    Notes
    -----
    Assumption: use depends on true severity and group, not on the reported severity itself (nondifferential
    misclassification within a group). Bands: reported = M' true for youths and for users alike, with M the matrix of
    reported by true bands; solved for the true counts (the matrix method, Barron 1977; Greenland 1988). Score: every
    reported score moves by the amount, then is put in its band. Limits by the delta method (of the ratio on the log), with
    the reported severity fixed. An amount is an assumption, no estimate: the interval
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
    check_numbers(per=per, confidence=confidence)
    chosen = checked_amounts(kind, amounts, step=1)
    check_independent(counts, by, assume_independent)
    settings = Settings(kind, standard, confidence, cuts)
    pairs = pairs_of(counts, by=by, over=over, relative_to=relative_to, settings=settings)
    rows = _rows(pairs, chosen, settings, per)
    return result_table(rows.assign(relative_to=relative_to), [*by, "misreporting", "severity_reported"])


def _rows(pairs: Iterator[Pair], amounts: np.ndarray, settings: Settings, per: float) -> pd.DataFrame:
    """Make the rows of all groups: for each amount of misreporting, one row a measure."""
    scale, units, tables = np.array([1.0, per]), ("ratio", f"{per:.15g} youths"), []
    assumed = f"misreporting: {UNITS[settings.kind]}"
    for pair in pairs:
        values = gap(pair.users, pair.population, pair, amounts, settings.standard)
        lower, upper = limits(pair, amounts, values, settings)
        why = [[_why(pair, value, found[1]) for value in found] for found in values]
        labels = [
            {"measure": measure, "per": unit, "method": [f"{assumed}; {pair.method(one[at])}" for one in why]}
            for at, (measure, unit) in enumerate(zip(MEASURES, units, strict=True))
        ]
        told = {"misreporting": amounts, "severity_reported": [direction_of(amount) for amount in amounts]}
        groups = pd.DataFrame(told).assign(**pair.about)
        tables.append(result_rows(groups, labels, (scale * values, scale * lower, scale * upper), pair.status))
    return pd.concat(tables).assign(confidence=settings.confidence, standard=STANDARDS[settings.standard])


def _why(pair: Pair, value: float, difference: float) -> str:
    """Say why a gap is not defined; empty when it is, or when a count is hidden."""
    if pair.status != "shown" or np.isfinite(value):
        return ""
    if np.isfinite(difference):
        return "use in the reference is 0"
    empty = (pair.reference_map @ pair.population[pair.cells :] <= 0).any()
    return "a band without youths in the reference" if empty else "no true counts agree with this misreporting"
