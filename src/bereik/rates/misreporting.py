"""What if severity is reported differently in one group: the gap at equal severity over a range of misreporting.

Use is assumed to depend on the TRUE severity only: among youths of one group with one true severity, users and others are
reported alike. Then the reported counts of users and of youths are both the same mixture of the true ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import require_order
from bereik.errors import BereikError, InvalidTableError
from bereik.rates.bootstrap import check_independent
from bereik.rates.equal_severity import weights_of
from bereik.rates.intervals import normal_limits, ratio_limits
from bereik.rates.results import SUPERPOPULATION, check_known, check_numbers, result_rows, words
from bereik.rates.strata import Strata, comparisons
from bereik.tables import result_table, without_noise

_STANDARDS = {
    "pair_mean": "set to the mean of both true distributions of severity",
    "reference": "set to the true distribution of severity of the reference",
}
_UNIT = "share of youths of the group whose severity is reported one band too low (below 0: too high)"
_MEASURES = ("rate_ratio_at_equal_severity", "rate_difference_at_equal_severity")
_TOLERANCE, _ZERO = 1e-9, 1e-12


class _Pair(NamedTuple):
    """Reported counts of a group and of the reference (rows of `strata`), by other strata and then `bands` of severity."""

    strata: Strata
    row: int
    status: str
    bands: int
    standard: str

    def to_true(self, amount: float) -> np.ndarray:
        """Give the map from reported to true counts: reported = matrix transposed @ true, solved in each other stratum."""
        others = np.eye(len(self.strata.strata) // self.bands)
        return np.kron(others, np.linalg.inv(_one_band_off(amount, self.bands).T))

    def rates(self, amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give both rates at equal true severity, and their variances, (amounts, 2); NaN where not possible."""
        rows = [self.row, self.strata.reference]
        users, population, size = self.strata.users[rows], self.strata.population[rows], self.strata.size[rows]
        maps = np.stack([[self.to_true(amount), self.to_true(0)] for amount in amounts])
        true_users, true_population = (np.einsum("agbc,gc->agb", maps, reported) for reported in (users, population))
        weights = weights_of(true_population, self.standard, 1)[:, [0]]
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = (weights * true_users / true_population).sum(axis=-1)
            share = users / population
            chance = np.where(population > 0, population**2 * share * (1 - share) / size, 0)
            slopes = np.einsum("agb,agbc->agc", weights / true_population, maps)  # of one reported user more in a cell
        slack = _TOLERANCE * np.abs(true_population).sum(axis=-1, keepdims=True)
        possible = (true_population > slack) & (true_users >= -slack) & (true_users <= true_population + slack)
        return np.where(possible.all(axis=(1, 2))[:, None], rates, np.nan), (slopes**2 * chance).sum(axis=-1)

    def gap(self, amounts: np.ndarray, confidence: float) -> np.ndarray:
        """Give ratio and difference of use at equal true severity, with Wald limits: (value and limits, amounts, 2)."""
        rates, variances = self.rates(amounts)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(rates[:, 1] > 0, rates[:, 0] / rates[:, 1], np.nan)
            of_log = (variances / rates**2).sum(axis=-1)
        difference = rates[:, 0] - rates[:, 1]
        of_ratio = ratio_limits(np.where(of_log > 0, ratio, np.nan), of_log, confidence)
        of_difference = normal_limits(difference, variances.sum(axis=-1), confidence)
        return np.stack([(ratio, *of_ratio), (difference, *of_difference)], axis=-1)

    def why_undefined(self, both: np.ndarray, at: int) -> str:
        """Say why the ratio (0) or the difference (1) is not defined; empty when it is, or when a count is hidden."""
        if self.strata.merged_to_one:
            return "all bands of severity are merged into one"
        if self.status != "shown" or np.isfinite(both[at]):
            return ""
        if np.isfinite(both[1]):
            return "use in the reference is 0"
        empty = (self.to_true(0) @ self.strata.population[self.strata.reference] <= 0).any()
        return "a band without youths in the reference" if empty else "no true counts agree with this misreporting"

    def groups(self, columns: Mapping[str, object]) -> pd.DataFrame:
        """Give what its rows say: the categories, the crude counts, the source."""
        strata, row = self.strata, self.row
        same = {"numerator": strata.users[row].sum(), "denominator": strata.population[row].sum()}
        same |= {"synthetic": strata.synthetic, "source": strata.source}
        return pd.DataFrame(columns).assign(**strata.groups.iloc[row].to_dict(), **same)


def misreporting_grid(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: str,
    amounts: Sequence[float] | None = None,
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
        The strata; the last column is severity, bands in order, lowest first.
    relative_to : str
        The reference group, whose severity is taken as reported.
    amounts : list of float, optional
        The share of the youths in each true band but the lowest who are reported one band too LOW; below 0: in each but
        the highest, one band too high. From -0.5 to 0.5 when not given.
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
        above its population), which is said in ``method`` and never clipped; or use in the reference is 0; or all bands of
        severity were merged into one.

    Raises
    ------
    UnknownNameError
        When the reference or `standard` is not known.
    InvalidTableError
        When `counts` is no count table, strata are empty, or the bands have no order that is declared (an ordered
        categorical) or given by numbers.
    BereikError
        When an amount or another number is out of range.

    Notes
    -----
    Assumption: use depends on true severity and group, not on the reported severity itself (nondifferential
    misclassification within a group). Reported = M' true for youths and for users alike, with M the matrix of reported by
    true bands; solved for the true counts (the matrix method, Barron 1977; Greenland 1988). Limits by the delta method (of
    the ratio on the log), with the reported severity fixed. An amount is an assumption, no estimate: the interval
    shows chance in the counts at that amount only. Informants disagree in both directions, so look at both.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": [1, 2] * 2,
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
    grid, tables = _checked_amounts(np.arange(-10, 11) / 20 if amounts is None else amounts), []
    told = {"misreporting": grid, "severity_reported": [_direction(amount) for amount in grid]}
    for pair in _pairs(counts, by, over, relative_to, standard, assume_independent):
        value, lower, upper = np.array([1, per]) * pair.gap(grid, confidence)
        labels = [
            {"measure": measure, "per": unit, "method": [_method(pair.why_undefined(both, at)) for both in value]}
            for at, (measure, unit) in enumerate(zip(_MEASURES, ("ratio", f"{per:.15g} youths"), strict=True))
        ]
        tables.append(result_rows(pair.groups(told), labels, (value, lower, upper), pair.status))
    rows = pd.concat(tables).assign(confidence=confidence, standard=_STANDARDS[standard], relative_to=relative_to)
    rows["method"] = f"misreporting: {_UNIT}; " + rows["method"]
    return result_table(rows, [*by, "misreporting", "severity_reported"])


def tipping_point(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: str,
    amounts: Sequence[float] | None = None,
    standard: str = "pair_mean",
    confidence: float = 0.95,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Find how much severity in a group would have to be misreported for the gap at equal severity to be zero.

    Parameters
    ----------
    counts, by, over, relative_to, standard, confidence, assume_independent
        As in `misreporting_grid`.
    amounts : list of float, optional
        Where to look; 0 is added. By default from -0.5 to 0.5 by 0.01.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` and ``severity_reported`` (too low, too high, as reported, or none within the grid), then those
        of a result table, two rows for each group. ``measure``: tipping_point, the amount nearest 0 at which the gap is
        zero; tipping_point_of_interval, the amount nearest 0 at which the interval of the difference contains zero (0
        when it does so as reported). ``value`` is signed as ``misreporting`` in the grid. ``undefined``: no such amount in
        the grid; ``method`` says which amounts are possible. ``numerator`` and ``denominator`` are the crude users and
        population of the group.

    Raises
    ------
    UnknownNameError, InvalidTableError, BereikError
        As in `misreporting_grid`.

    Notes
    -----
    Between the two amounts of the grid where the difference changes sign, the root is found by Brent's method (scipy);
    for the limits by linear interpolation. A root between two amounts without a change of sign at them is not seen:
    use a finer grid. Whether the amount is plausible is for the reader to judge; the assumptions of
    `misreporting_grid` hold.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": [1, 2] * 2,
    ...                        "population": [800, 200, 850, 150], "users": [40, 80, 34, 51], "synthetic": True,
    ...                        "source": "made up"})
    >>> tipping_point(counts, by=["origin"], over=["severity"], relative_to="a")[
    ...     ["origin", "severity_reported", "measure", "value"]].round(3)
      origin severity_reported                    measure  value
    0      b          too high              tipping_point -0.047
    1      b       as reported  tipping_point_of_interval  0.000
    """
    grid = np.union1d(_checked_amounts(np.arange(-50, 51) / 100 if amounts is None else amounts), [0.0])
    check_numbers(confidence=confidence)
    pairs = _pairs(counts, by, over, relative_to, standard, assume_independent)
    rows = pd.concat([_tipping_rows(pair, grid, confidence) for pair in pairs])
    same = {"relative_to": relative_to, "confidence": confidence, "per": _UNIT, "standard": _STANDARDS[standard]}
    return result_table(rows.assign(**same), [*by, "severity_reported"])


def _method(why: str) -> str:
    return words("delta method, reported severity fixed", why, SUPERPOPULATION)


def _tipping_rows(pair: _Pair, amounts: np.ndarray, confidence: float) -> pd.DataFrame:
    """Give the two rows of a group: where the gap is zero, and where its interval contains zero."""

    def difference(amount: float) -> float:
        return float(pair.gap(np.array([amount]), confidence)[0, 0, 1])

    values, lower, upper = pair.gap(amounts, confidence)[..., 1]
    as_reported = int(np.searchsorted(amounts, 0))
    sign = np.sign(without_noise(values[as_reported]))
    nearest = lower if sign > 0 else upper
    contains_zero = sign == 0 or without_noise(nearest[as_reported]) * sign <= 0
    looked, possible = f"looked from {amounts[0]:.4g} to {amounts[-1]:.4g}", amounts[np.isfinite(values)]
    if len(possible):
        looked += f", of which {possible[0]:.4g} to {possible[-1]:.4g} agree with the reported counts"
    tips = [_nearest_root(amounts, values, difference), 0.0 if contains_zero else _nearest_root(amounts, nearest)]
    table = pair.groups({"measure": ["tipping_point", "tipping_point_of_interval"], "value": tips})
    table = table.assign(severity_reported=table["value"].map(_direction), status=pair.status, method=_method(looked))
    none = ("none within the grid", "undefined", _method(f"none within the grid: {looked}"))
    none = none if pair.status == "shown" else ("not known", pair.status, _method(looked))
    if pair.status != "shown":
        table["value"] = np.nan
    table.loc[table["value"].isna(), ["severity_reported", "status", "method"]] = none
    return table


def _nearest_root(amounts: np.ndarray, values: np.ndarray, exact: Callable[[float], float] | None = None) -> float:
    """Find the amount nearest 0 at which values change sign: by Brent's method, or interpolated without `exact`."""
    from scipy.optimize import brentq

    values = np.where(np.abs(values) < _ZERO, 0, values)  # a gap that rounding of the machine keeps from being zero
    roots = list(amounts[values == 0])
    for at in np.flatnonzero(values[:-1] * values[1:] < 0):  # false where one of them is not possible
        (left, right), (low, high) = amounts[at : at + 2], values[at : at + 2]
        roots.append(brentq(exact, left, right, xtol=1e-14) if exact else left - low * (right - left) / (high - low))
    return float(min(roots, key=abs, default=np.nan))


def _direction(amount: float) -> str:
    """Say in words how severity is reported at an amount of misreporting."""
    amount = float(without_noise(amount))
    return "too low" if amount > 0 else "too high" if amount < 0 else "as reported"


def _checked_amounts(amounts: Sequence[float] | np.ndarray) -> np.ndarray:
    """Give the amounts of misreporting in ascending order, or raise."""
    try:
        values = np.asarray(amounts, dtype=float)
    except (TypeError, ValueError):
        values = np.array([])
    if values.ndim != 1 or not len(values) or not (np.abs(values) < 1).all():
        todo = "give shares of youths; below 0 for severity that is reported too high"
        raise BereikError(f"`amounts` is {amounts!r}", "a list of numbers between -1 and 1", todo)
    return np.unique(values)


def _pairs(
    counts: pd.DataFrame, by: Sequence[str], over: Sequence[str], relative_to: str, standard: str, independent: bool
) -> Iterator[_Pair]:
    """Give each group with the reference, within each combination of the columns of `by` but the last."""
    check_independent(counts, by, independent)
    check_known("standard", standard, _STANDARDS)
    for part in comparisons(counts, by=by, over=over, relative_to=relative_to):
        require_order(part.strata[over[-1:]])
        number = part.strata[over[-1]].value_counts().loc[lambda times: times > 0]
        if (len(number) < 2 and not part.merged_to_one) or number.min() != number.max():
            problem = f"{len(part.strata)} strata with the bands {number.index.tolist()!r} of {over[-1]!r}"
            expected = "at least two bands of severity, the same ones in every other stratum"
            raise InvalidTableError(problem, expected, "complete the count table, or adjust for severity only")
        for row, status in zip(part.compared, part.compared_status, strict=True):
            status = "undefined" if status == "shown" and part.merged_to_one else status
            yield _Pair(part, int(row), status, len(number), standard)


def _one_band_off(amount: float, bands: int) -> np.ndarray:
    """Give the probabilities (true bands by reported ones) when a share of each but an end band is reported one off.

    Examples
    --------
    >>> _one_band_off(0.25, 3).tolist()
    [[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.0, 0.25, 0.75]]
    """
    moved = np.full(bands, abs(amount))
    moved[0 if amount >= 0 else -1] = 0
    off = np.diag(moved[1:], -1) if amount >= 0 else np.diag(moved[:-1], 1)
    return np.diag(1 - moved) + off
