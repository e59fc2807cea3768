"""Standardised use: rates at one distribution of severity (direct), and observed relative to expected use (indirect)."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError
from bereik.rates.bootstrap import IntervalOptions
from bereik.rates.equal_severity import Standard, values_by_stratum, weighing
from bereik.rates.intervals import EVENT_INTERVALS, Limits, normal_quantile, rate_limits, wilson
from bereik.rates.results import SUPERPOPULATION, check_known, hidden_by, result_rows, words
from bereik.rates.strata import Strata, check_separate, compared_rows, lay_out
from bereik.tables import HIDDEN, result_table

Published = Mapping[object, tuple[float, float]]
_DIRECT = {"binomial": "binomial variance, delta method on the logit", "fay_feuer": "gamma interval of Fay and Feuer"}
_INDIRECT = {
    "log_ratio": "binomial variance of observed and expected, delta method on the log",
    "exact": "exact Poisson interval of the observed number, expected number fixed",
    "byar": "Byar's approximation for the observed number, expected number fixed",
}
_INTERVALS = {"direct": _DIRECT, "indirect": _INDIRECT}
_STANDARDS = {"direct": ("pooled", "pair_mean", "reference"), "indirect": ("reference", "rest")}
_RARE = 0.20


def standardise(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    method: str = "direct",
    standard: Standard | Published | None = None,
    interval: str | None = None,
    per: float = 100,
    confidence: float = 0.95,
    relative_to: object = None,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compute use rates at one distribution of severity, or observed relative to expected use, of each group.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table (see `bereik.as_counts`) with the columns of `by` and `over`. A column ``group`` that is in
        neither holds hashed groups of persons, which ``interval="bootstrap"`` then draws as a whole.
    by : list of str
        The columns that make the groups. The last one holds the groups that are set beside each other; each combination
        of the others (for example each form of care) is standardised by itself, with its own pooled standard.
    over : list of str
        The columns that make the strata: severity, age, ...
    method : {"direct", "indirect"}
        Direct: the rate that the group would have with the severity of the standard. Indirect: its number of users
        relative to the number expected from the rates of a reference; for groups too small for rates per stratum.
    standard : str or dict, optional
        Direct: ``"pair_mean"`` (default with `relative_to`, as in `access_gap`: the same rates), ``"pooled"`` (default without
        it: there is no pair, and the rates differ from those of `access_gap`), ``"reference"``, or a weight per stratum, keyed
        by its category.
        Indirect: ``"reference"`` (default: the rates of `relative_to`),
        ``"rest"`` (of all other groups together), or published values per stratum: a rate (users per youth), or (users,
        population), keyed by category, or by a tuple of categories when `over` has several columns.
    interval : str, optional
        Direct: ``"binomial"`` (default), ``"fay_feuer"`` (for rare use), ``"bootstrap"``. Indirect:
        ``"log_ratio"`` (default with a reference from the table), ``"exact"`` (default with published values) or
        ``"byar"`` (both only with published values, for rare use), ``"bootstrap"``.
    per : float
        The rates are per this number of youths.
    confidence : float
        The confidence of the interval, between 0 and 1.
    relative_to : object, optional
        The reference group, in the last column of `by`; needed by ``"pair_mean"`` and ``"reference"``, without effect on
        ``"pooled"`` and given weights.
    replicates, seed : int
        Of the bootstrap, which draws the pooled, reference or pair_mean standard again too.
    assume_independent : bool
        Pool several periods although persons may be in more than one; intervals are then too narrow.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table. Direct: ``measure`` is directly_standardised_rate, with
        the crude users and population as ``numerator`` and ``denominator``. Indirect: observed_expected (a ratio; 1 = as
        expected; ``numerator`` observed, ``denominator`` expected users); times the crude rate of the reference it is the
        indirectly standardised rate. ``standard`` names the standard; The reference itself
        is 1 by definition and has no interval. A hidden group keeps its status and has no value; a group without youths has
        status ``no_population``; expected use of 0 has status ``undefined``.

    Raises
    ------
    MissingColumnError, InvalidTableError
        When `counts` is no count table, a stratum of a group is empty, or a given standard does not fit the strata.
    UnknownNameError
        When the method, standard, interval or reference is unknown.
    IncomparableError
        When periods are pooled, or groups of which one contains another are pooled (the total beside its parts).
    BereikError
        When a reference is needed and absent, an interval does not go with the counts or the standard, or a number is out
        of range.

    Warns
    -----
    UserWarning
        When an interval for rare use meets a stratum with a use rate above 20 percent.

    Notes
    -----
    With users y, population n, rates p = y / n, group g, stratum s, reference r, weights w that add up to 1:

    direct p_g = sum_s w_s p_gs; binomial variance V = sum_s w_s^2 p_gs (1 - p_gs) / n_gs, limits logit(p_g) +- z sqrt(V) /
    (p_g (1 - p_g)). Where every stratum has no users or only users, V = 0 and Wilson's interval at the effective
    population 1 / sum_s (w_s^2 / n_gs) is given. ``"fay_feuer"``: Fay & Feuer (1997), gamma. With the pooled
    standard, adding a group to the table changes all results.

    indirect O_g / E_g with E_g = sum_s n_gs p_rs, where r excludes g. Var(log) = Var(O) / O^2 + Var(E) / E^2, Var(O) =
    sum_s n_gs p_gs (1 - p_gs), Var(E) = sum_s n_gs^2 p_rs (1 - p_rs) / n_rs (Breslow & Day 1987). Where Var(O) = 0, Wilson's
    limits of O are divided by the opposite limit of E. Two O / E have different weights, their ratio is not a comparison of
    the two groups.

    Coverage of 95 % intervals, simulated over 40 designs (bench/bench_standardise.md): ``"binomial"`` 94 % on average, lowest
    86 % where a band of one person has weight; ``"fay_feuer"`` 95 % or more everywhere, up to 99.7 % (use it when bands hold a
    few persons or there are fewer than 5 users). ``"log_ratio"`` 94-97 %.
    Weighted counts: the intervals ``"binomial"`` and ``"log_ratio"`` take the effective population of each cell.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [90, 10, 50, 50], "users": [9, 5, 5, 20],
    ...                        "synthetic": True, "source": "made up"})
    >>> standardise(counts, by=["origin"], over=["severity"])[["origin", "value", "lower", "upper", "per"]].round(1)
      origin  value  lower  upper         per
    0      a   22.0   13.4   33.9  100 youths
    1      b   19.0   12.9   27.1  100 youths
    >>> standardise(counts, by=["origin"], over=["severity"], method="indirect", relative_to="a")[
    ...     ["origin", "measure", "value", "lower", "upper"]].round(2)
      origin            measure  value  lower  upper
    0      a  observed_expected   1.00    NaN    NaN
    1      b  observed_expected   0.83   0.45   1.54
    """
    standard = _checked_standard(method, standard, relative_to)
    direct, given = method == "direct", isinstance(standard, Mapping)
    if interval is None:
        interval = "binomial" if direct else "exact" if given else "log_ratio"
    if interval in ("exact", "byar") and not direct and not given:
        what = f"the interval {interval!r} with a reference estimated from the same table"
        expected = "fixed published rates: with an estimated reference it covers 72 to 87 percent, not 95"
        raise BereikError(what, expected, "use interval='log_ratio', or give published rates as `standard`")
    how = IntervalOptions(interval, confidence, replicates, seed)
    how.check(counts, by, assume_independent, [*_INTERVALS[method], "bootstrap"], per)
    if standard in ("pooled", "rest"):
        check_separate(counts, by)
    if not direct and standard == "reference":
        counts = compared_rows(counts, by, relative_to)
    apart = standard in ("pooled", "rest") or (standard == "reference" and not direct)
    parts = lay_out(counts, by=by, over=over, apart=apart)
    for at, part in enumerate(parts if relative_to is not None else []):
        names = [name[-1] for name in part.names]
        check_known(by[-1], str(relative_to), names, where="the count table")
        parts[at] = part._replace(reference=names.index(str(relative_to)))
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = pd.concat([(_direct if direct else _indirect)(part, standard, how, per) for part in parts])
    return result_table(rows.assign(confidence=confidence), by)


def _checked_standard(method: str, standard: Any, relative_to: object) -> Any:
    """Fill in the default of the method, and raise when options do not go together."""
    check_known("method of standardisation", method, _STANDARDS)
    if standard is None:
        standard = "pair_mean" if method == "direct" and relative_to is not None else _STANDARDS[method][0]
    if not isinstance(standard, Mapping):
        check_known(f"standard for method={method!r}", standard, _STANDARDS[method])
    needed, other = standard in ("pair_mean", "reference"), method == "indirect" and standard != "reference"
    if (needed and relative_to is None) or (other and relative_to is not None):
        raise BereikError(
            f"relative_to={relative_to!r} with method={method!r} and standard={standard!r}",
            "one reference (there is no default one): relative_to with 'pair_mean' or 'reference', or another standard",
            "name the reference group, as in relative_to='nederlands', or choose another standard and leave it out",
        )
    return standard


def _direct(part: Strata, standard: Any, how: IntervalOptions, per: float) -> pd.DataFrame:
    """Give a row per group with its directly standardised rate."""
    weigh, name = weighing(part, standard)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return np.asarray((weigh(population) * (users / population)).sum(axis=-1))

    value, weights, shares = point(part.users, part.population), weigh(part.population), part.users / part.population
    if how.kind == "bootstrap":
        limits = how.drawn(point, part)
    elif how.kind == "fay_feuer":
        _check_rare(part, shares, "fay_feuer")
        limits = _fay_feuer(part, weights, value, how.confidence)
    else:
        variance = (weights**2 * shares * (1 - shares) / part.size).sum(axis=-1)
        limits = rate_limits(value, variance, 1 / (weights**2 / part.size).sum(axis=-1), how.confidence)
    label = {"measure": "directly_standardised_rate", "per": f"{per:.15g} youths", "standard": name}
    label |= {"denominator": part.population.sum(axis=-1), "method": _method("direct", part, standard, how)}
    reference = part.reference if standard in ("pair_mean", "reference") else None
    return _rows(part, label, per * np.array([value, *limits]), reference)


def _fay_feuer(part: Strata, weights: np.ndarray, rate: np.ndarray, confidence: float) -> Limits:
    from scipy.special import gammaincinv

    variance = (weights**2 * part.users / part.population**2).sum(axis=-1)
    most, tail = (weights / part.population).max(axis=-1), (1 - confidence) / 2
    lower = np.where(rate == 0, 0, variance / rate * gammaincinv(rate**2 / variance, tail))
    wider, shifted = variance + most**2, rate + most
    return lower, np.minimum(wider / shifted * gammaincinv(shifted**2 / wider, 1 - tail), 1)


def _indirect(part: Strata, standard: Any, how: IntervalOptions, _: float) -> pd.DataFrame:
    """Give a row per group: observed relative to expected use."""
    published = _published(part, standard) if isinstance(standard, Mapping) else None
    row = part.reference if standard == "reference" else None

    def expected_of(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        rates = _of_reference(users, row) / _of_reference(population, row) if published is None else published
        return np.asarray((population * rates).sum(axis=-1))

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return np.asarray(users.sum(axis=-1) / expected_of(users, population))

    expected, observed = expected_of(part.users, part.population), part.users.sum(axis=-1)
    if how.kind == "bootstrap":
        lower, upper = how.drawn(point, part)
    elif published is None or how.kind == "log_ratio":
        error = np.zeros(len(expected)) if published is not None else _log_error(part, row, expected)
        lower, upper = _log_ratio(part, expected, error, how.confidence)
    else:
        _check_rare(part, published, str(how.kind))
        fewest, most = EVENT_INTERVALS[str(how.kind)][1](observed, how.confidence)
        lower, upper = fewest / expected, most / expected
    name = "published values" if published is not None else "all other groups"
    method = [_method("indirect", part, standard, how)] * len(part.names)
    if row is not None:
        name, method[row] = part.names[row][-1], f"{method[row]}; 1 by definition"
        lower[row] = upper[row] = np.nan
    label = {"measure": "observed_expected", "per": "ratio (1 = as expected)", "denominator": expected}
    label |= {"relative_to": name, "standard": f"use rates of {name}", "method": method}
    return _rows(part, label, np.array([observed / expected, lower, upper]), row)


def _published(part: Strata, given: Published | Mapping[object, float]) -> np.ndarray:
    """Make fixed rates per stratum of published rates, or of published (users, population)."""
    values = values_by_stratum(part, given, "published values")
    counts = all(isinstance(one, Sequence) and len(one) == 2 for one in given.values())
    try:
        users, population = np.array([each if counts else (each, 1) for each in values], dtype=float).T
    except (TypeError, ValueError):
        users = population = np.array([np.nan])
    if not ((users >= 0) & (users <= population) & (population > 0) & (population < np.inf)).all():
        problem = f"published values {dict(given)!r}"
        expected = "rates between 0 and 1 (users per youth), or (users, population) with 0 <= users <= population"
        raise InvalidTableError(problem, expected, "divide percentages by 100; give all strata in the same way")
    return np.asarray(users / population)


def _of_reference(values: np.ndarray, row: int | None) -> np.ndarray:
    """Give the counts behind the reference rates: of one group, or of all but the group itself, a row per group."""
    return np.nansum(values, axis=-2, keepdims=True) - values if row is None else values[..., [row], :]


def _log_error(part: Strata, row: int | None, expected: np.ndarray) -> np.ndarray:
    """Give the standard error of the logarithm of the expected number, with the rates of the reference estimated."""
    counts = (part.users, part.population, part.population**2 / part.size)
    users, population, squares = (_of_reference(each, row) for each in counts)
    variance = users / population * (1 - users / population) * squares / population**2
    return np.asarray(np.sqrt((part.population**2 * variance).sum(axis=-1)) / expected)


def _log_ratio(part: Strata, expected: np.ndarray, error: np.ndarray, confidence: float) -> Limits:
    """Give limits on the log; where the observed number has no variance (0 or full use), from Wilson's limits for it."""
    z, population, observed = normal_quantile(confidence), part.population, part.users.sum(axis=-1)
    squares, shares, total = population**2 / part.size, part.users / population, population.sum(axis=-1)
    still = part.users * (population - part.users) == 0
    variance = np.where(still, 0, squares * shares * (1 - shares)).sum(axis=-1)
    fewest, most = (total * limit for limit in wilson(observed / total, total**2 / squares.sum(axis=-1), confidence))
    half = np.exp(z * np.hypot(np.sqrt(variance) / observed, error))
    lower = np.where(variance > 0, observed / half, fewest / np.exp(z * error))
    return lower / expected, np.where(variance > 0, observed * half, most * np.exp(z * error)) / expected


def _check_rare(part: Strata, rates: np.ndarray, interval: str) -> None:
    """Refuse an interval for rare events for weighted counts; warn when a stratum has a use rate above 20 percent."""
    instead = "use interval='binomial' for direct and interval='log_ratio' for indirect standardisation"
    if part.weighted:
        expected = "whole counts, because it takes users as events of a Poisson distribution"
        raise BereikError(f"the interval {interval!r} is asked of weighted counts", expected, instead)
    if common := int((rates > _RARE).sum()):
        said = f"interval={interval!r} is for rare use, and {common} strata have a use rate above {_RARE:.0%} (highest "
        warnings.warn(f"{said}{np.nanmax(rates):.0%}): the interval is too wide; {instead}", stacklevel=2)


def _method(method: str, part: Strata, standard: object, how: IntervalOptions) -> str:
    """Describe the interval, and what was hidden."""
    drawn = f"{len(part.hashed[0])} hashed groups of persons" if part.hashed else "persons"
    bootstrap = f"percentile bootstrap of {drawn}, {how.replicates} replicates, seed {how.seed}"
    interval = _INTERVALS[method].get(str(how.kind), bootstrap)
    interval += " at the effective population (ignores strata and clusters)" if part.weighted else ""
    hidden = sum(status in HIDDEN for status in part.status)
    none = f"{hidden} hidden groups take no part" if hidden and standard in ("pooled", "rest") else ""
    return words(f"{method} standardisation", interval, SUPERPOPULATION, none)


def _rows(part: Strata, label: dict[str, Any], figures: np.ndarray, reference: int | None) -> pd.DataFrame:
    """Make the rows of each group: hidden with the group, or with the reference that they rest on."""
    leading = ", ".join(part.names[0][:-1])
    label["standard"] += f" ({leading})" if leading else ""
    label["numerator"] = part.users.sum(axis=-1)
    behind = "shown" if reference is None else part.status[reference]
    status = hidden_by(part.status, behind if behind in ("shown", *HIDDEN) else "undefined")
    same = {"source": part.source, "synthetic": part.synthetic}
    return result_rows(part.groups, [label], figures[:, :, None], status, **same)
