"""Standardised use: rates at one distribution of severity (direct), and observed relative to expected use (indirect)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from bereik.errors import BereikError
from bereik.rates.results import check_columns, check_known, check_numbers
from bereik.rates.workings import direct_rates, observed_expected
from bereik.rates.workings.comparable import check_separate
from bereik.rates.workings.limits import Interval
from bereik.rates.workings.parts import compared_rows, lay_out
from bereik.rates.workings.standardised import Options, Standard, direct_rows, indirect_rows
from bereik.tables import require_columns, result_table

__all__ = ["standardise"]


def standardise(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    method: str = "direct",
    standard: Standard = None,
    interval: str | None = None,
    per: float = 100,
    confidence: float = 0.95,
    relative_to: object = None,
    on_empty: str = "raise",
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
        Direct: ``"pooled"`` (default), ``"pair_mean"``, ``"reference"``, or a weight per stratum; see
        `workings.standards.standard_weights`. Indirect: ``"reference"`` (default: the rates of `relative_to`),
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
    on_empty : {"raise", "pool"}
        What to do with a stratum in which a group has no population; see `workings.strata.cross`.
    replicates, seed : int
        Of the bootstrap, which draws the pooled, reference or pair_mean standard again too.
    assume_independent : bool
        Pool several periods although persons may be in more than one; intervals are then too narrow.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table. Direct: ``measure`` is directly_standardised_rate. Indirect: two
        rows a group, observed_expected (a ratio; 1 = as expected; ``numerator`` observed, ``denominator`` expected users)
        and indirectly_standardised_rate (that ratio x the crude rate of the reference; absent when only published rates
        are given, since their crude rate is unknown). For rates ``numerator`` and ``denominator`` are the crude users and
        population. ``standard`` names the standard; ``method`` says what was pooled. The reference itself is 1 by
        definition and has no interval. A hidden group keeps its status and has no value; a group without youths has
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
    ...     ["origin", "measure", "value", "lower", "upper"]].round(2).iloc[[0, 2]]
      origin            measure  value  lower  upper
    0      a  observed_expected   1.00    NaN    NaN
    2      b  observed_expected   0.83   0.45   1.54
    """
    check_numbers(per=per)
    check_columns(by=by)
    standard = _standard(method, standard, relative_to)
    direct, given = method == "direct", isinstance(standard, Mapping)
    default = "binomial" if direct else "exact" if given else "log_ratio"
    known = [*(direct_rates if direct else observed_expected).INTERVALS, "bootstrap"]
    if interval is not None:
        check_known(f"interval for method={method!r}", interval, known)
    how = Interval(default if interval is None else interval, confidence, replicates, seed)
    how.checked(counts, by, assume_independent, known)
    if standard in ("pooled", "rest"):
        require_columns(counts, by, where="the count table")
        check_separate(counts, by[-1])
    if not direct and standard == "reference":
        counts = compared_rows(counts, by, relative_to)
    parts = lay_out(counts, by=by, over=over, on_empty=on_empty)
    options, rows = Options(standard, how, per, relative_to), direct_rows if direct else indirect_rows
    frame = pd.concat([rows(part, options, by[-1]) for part in parts])
    return result_table(frame.assign(confidence=confidence), by)


def _standard(method: str, standard: Standard, relative_to: object) -> Standard:
    """Fill in the default of the method, and raise when options do not go together."""
    check_known("method of standardisation", method, ("direct", "indirect"))
    direct = method == "direct"
    if standard is None:
        standard = "pooled" if direct else "reference"
    if not isinstance(standard, Mapping):
        names = ("pooled", "pair_mean", "reference") if direct else ("reference", "rest")
        check_known(f"standard for method={method!r}", standard, names)
    if standard in ("pair_mean", "reference") and relative_to is None:
        raise BereikError(
            f"method={method!r} with standard={standard!r} and no relative_to",
            "a reference group: there is no default one",
            "name it, as in relative_to='nederlands', or choose another standard",
        )
    if not direct and standard != "reference" and relative_to is not None:
        raise BereikError(
            f"relative_to={relative_to!r} beside another reference",
            "one reference: relative_to, standard='rest', or published values as standard",
            "leave one of the two out",
        )
    return standard
