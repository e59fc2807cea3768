"""The access gap: use of care by each group relative to a reference, crude and at equal severity, side by side."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import is_number, ordered_categories
from bereik.codelists import care_form, care_forms
from bereik.errors import InvalidTableError
from bereik.rates.bootstrap import IntervalOptions
from bereik.rates.intervals import Limits, difference_limits, normal_quantile, rate_limits, ratio_limits, wilson
from bereik.rates.results import SUPERPOPULATION, check_known, explained, result_rows
from bereik.rates.strata import Strata, comparisons
from bereik.tables import HIDDEN, result_table, without_noise

Standard = str | Mapping[object, float]
Weigh = Callable[[np.ndarray], np.ndarray]
Figures = dict[str, np.ndarray]
_STANDARDS = {
    "pooled": "pooled distribution of all groups in the table",
    "pair_mean": "mean of the group's distribution and that of",
    "reference": "distribution of",
}
_SIGNS = ("positive: fewer than expected", "negative: more than expected", "as many as expected")
_ALONE = ("crude_rate", "standardised_rate", "unmet_need")  # said of one group; the others relative to the reference
_OWN = ("crude_rate", "unmet_need")  # known also when the reference is hidden
_CRUDE = ("crude_rate", "crude_rate_ratio", "crude_rate_difference")
_FEWEST_EXPECTED = 2  # users; below it a use shortfall has no limits


def access_gap(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    over: Sequence[str],
    relative_to: object,
    standard: Standard = "pair_mean",
    interval: str = "delta",
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Compare the use of care by each group with that of a reference group, crude and at equal severity.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `over`, ``population`` and ``users``.
    by : list of str
        The columns that make the groups. The last one is compared; each combination of the others is compared by itself,
        for example ``["form", "origin"]``.
    over : list of str
        The columns to hold equal, severity first; ordered, lowest first.
    relative_to : object
        The reference group, a value of the last column of `by`.
    standard : {"pair_mean", "pooled", "reference"} or dict
        The distribution of severity at which rates are compared: the mean of both groups' (so the gap is the same as the
        use component of a Kitagawa decomposition, and the rates as those of `standardise` with a reference); of all groups
        together (then adding a group changes all results); of the reference; or given: a weight per stratum, keyed by its
        category (a tuple of categories for several columns).
    interval : {"delta", "bootstrap"}
        Formulas (see Notes), or percentiles over replicates of the counts.
    per : float
        Rates and their differences are per this number of youths.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    replicates, seed : int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them; else hashed groups of persons (a column ``group``)
        and the bootstrap are needed for that.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then those of a result table; per group one row per ``measure`` (of the reference only
        crude_rate and unmet_need): crude_rate; crude_rate_ratio and crude_rate_difference (group relative to, and minus,
        reference; ``numerator`` and ``denominator`` are the two rates); standardised_rate (``numerator`` and ``denominator``
        are the crude counts); rate_ratio_at_equal_severity and rate_difference_at_equal_severity (of the two standardised
        rates, which are ``numerator`` and ``denominator``); use_shortfall (youths: expected at the reference's use at
        equal severity, which is ``numerator``, minus observed, ``denominator``; ``per`` says what the sign means);
        unmet_need (youths per `per` without this care, in the highest band of the first column of `over`);
        observed_expected. For a compulsory form (a column ``form`` in `by`) use_shortfall is called
        expected_minus_observed, with the same sign, and there is no unmet_need. Below 2 expected users use_shortfall has no
        limits, and ``method`` says so. A hidden group keeps its status and has no value; ``undefined``: a zero denominator, a
        highest band that the group lacks, or no declared order (unmet_need; ``method`` says so), or one band only, so that
        nothing is held equal (all but the crude measures).

    Raises
    ------
    UnknownNameError
        When the reference, a form, the standard or the interval is unknown.
    InvalidTableError
        When a stratum is empty, a count is impossible, or a part lacks the reference.
    IncomparableError
        When every group contains the reference or is part of it; when real and synthetic counts are mixed.
    BereikError
        When more than 1 percent of the replicates of a bootstrap are undefined, or a number is out of range.

    Notes
    -----
    n, y, p = y / n per stratum s; group g, reference r; weights w. Standardised rate sum w p, variance sum w^2 p (1 - p) / n,
    limits on the logit. Ratio: the variance of the log is the sum of variance / rate^2. Difference: Zou & Donner (2008).
    Expected E = sum n_g p_r; Var(O) = sum n_g p_g (1 - p_g), Var(E) = sum n_g^2 p_r (1 - p_r) / n_r; observed / expected:
    Var(O) / O^2 + Var(E) / E^2 on the log (Breslow & Day 1987). Use shortfall E - O: Zou & Donner (2008) from Wilson's limits
    of O among all youths of the group, bands together, and E +- z sqrt(Var(E)); simulated with 2 to 90 expected users it
    covers the truth in 95.7 percent or more, lies above 0 without a gap in at most 1.6 percent and below 0 in at most 3.0
    (bench/coverage.md). To count over m places, ask for a `confidence` of 1 - 0.05 / m (Bonferroni). All take the severity
    distribution as fixed; the bootstrap does not, and is too narrow for few users. The other variances are too small where
    many strata have no users, since p = 0 adds none: merge strata there. A rate without users has Wilson limits at the
    effective population 1 / sum(w^2 / n); its ratio has no upper limit. Weighted counts: variances at the effective
    population, which ignores strata and clusters of the sample.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2,
    ...                        "population": [900, 100, 500, 500], "users": [90, 50, 40, 200],
    ...                        "synthetic": True, "source": "made up"})
    >>> gap = access_gap(counts, by=["origin"], over=["severity"], relative_to="a")
    >>> gap.loc[[1, 4, 6], ["measure", "value", "lower", "upper"]].round(2)
                            measure  value  lower   upper
    1              crude_rate_ratio   1.71   1.42    2.07
    4  rate_ratio_at_equal_severity   0.80   0.66    0.97
    6                 use_shortfall  60.00   3.00  116.07
    >>> gap.loc[6, "per"]
    'youths; positive: fewer than expected'
    """
    how = IntervalOptions(interval, confidence, replicates, seed)
    how.check(counts, by, assume_independent, ("delta", "bootstrap"), per)
    parts = comparisons(counts, by=by, over=over, relative_to=relative_to)
    severity = ordered_categories(counts[[over[0]]], over[:1])[over[0]].cat.remove_unused_categories().cat
    severe = severity.categories[-1] if severity.ordered or len(severity.categories) == 1 else None
    pairs = [_Pairs(part, *weighing(part, standard), *_highest(part, severe)) for part in parts]
    figures = _joined([each.figures(each.part.users, each.part.population) for each in pairs])
    if interval == "delta":
        limits = _delta_limits(figures, _joined([each.variances() for each in pairs]), confidence)
    else:
        drawn = [how.drawn(each.measures, each.part) for each in pairs]
        limits = (np.concatenate([lower for lower, _ in drawn]), np.concatenate([upper for _, upper in drawn]))
    rows = _rows(_groups(pairs, str(relative_to)), figures, limits, how, per, over[0])
    return result_table(rows.assign(confidence=confidence), by)


def weighing(strata: Strata, standard: Standard) -> tuple[Weigh, str]:
    """Give the function that computes the weights (..., groups, strata) of a standard from populations, and its name.

    Parameters
    ----------
    strata : Strata
        The counts, with the row of the reference where the standard needs one.
    standard : {"pooled", "pair_mean", "reference"} or dict
        The distribution over the strata: of all groups together; the mean of each group's and the reference's; of the
        reference; or given, a weight per stratum, keyed by its category (a tuple when there are several columns).

    Examples
    --------
    >>> from bereik.rates.strata import lay_out
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> (strata,) = lay_out(counts, by=["origin"], over=["severity"])
    >>> weighing(strata, "pooled")[0](strata.population).tolist()
    [[0.7, 0.3], [0.7, 0.3]]
    """
    if isinstance(standard, Mapping):
        given = _given_weights(strata, standard)
        return lambda population: np.broadcast_to(given, population.shape), "given"
    check_known("standard", standard, _STANDARDS)
    hidden = sum(status in HIDDEN for status in strata.status)
    of_all = f", without {hidden} with a hidden count" if hidden else ""
    of_one = f" {', '.join(strata.names[strata.reference])}"
    name = _STANDARDS[standard] + (of_all if standard == "pooled" else of_one)
    return lambda population: weights_of(population, standard, strata.reference), name


def weights_of(population: np.ndarray, standard: str, reference: int) -> np.ndarray:
    """Give the weights of a named standard for populations (..., groups, strata); they add up to 1 in each group."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if standard == "pooled":
            population_of_all = np.nansum(population, axis=-2, keepdims=True)  # groups with a hidden count are missing
            weights = population_of_all / population_of_all.sum(axis=-1, keepdims=True)
        else:
            share = population / population.sum(axis=-1, keepdims=True)
            weights = share[..., [reference], :]
            weights = weights if standard == "reference" else (share + weights) / 2
    return np.broadcast_to(weights, population.shape)


def values_by_stratum(strata: Strata, given: Mapping[object, Any], what: str) -> list[Any]:
    """List what is given for each stratum; refuse a poor fit."""
    keys = strata.keys
    missing, strange = [key for key in keys if key not in given], [key for key in given if key not in keys]
    if missing or strange:
        problem = f"{what} without {missing!r}" if missing else f"{what} with {strange!r}, which the counts do not have"
        todo = "key the values by category (by a tuple of categories when `over` has several columns)"
        raise InvalidTableError(problem, f"one value for each of {keys!r} and no other", todo)
    return [given[key] for key in keys]


def _given_weights(strata: Strata, standard: Mapping[object, float]) -> np.ndarray:
    values = values_by_stratum(strata, standard, "a standard")
    right = all(is_number(weight) and 0 <= weight < np.inf for weight in standard.values())
    weights = np.array(values if right else [np.nan], dtype=float)
    if not weights.sum() > 0:
        problem = f"a standard with weights {dict(standard)!r}"
        todo = "give one weight per stratum, for example the population of the standard"
        raise InvalidTableError(problem, "weights of 0 or more, not all 0 in the strata that are left", todo)
    return np.asarray(weights / weights.sum())


def _highest(part: Strata, severe: object) -> tuple[np.ndarray, str]:
    """Mark the strata of the highest band of all parts (merged with others by `protect`: ``borderline+clinical``), and name it.

    Missing everywhere when the part lacks it, or no order says which it is: a sum over no strata is not 0.
    """
    if severe is None:
        return np.full(len(part.keys), np.nan), "of which no order is declared"
    several, top = part.strata.shape[1] > 1, str(severe).split("+")[-1]
    bands = [str(key[0] if several else key) for key in part.keys]
    name = next((band for band in bands if band.split("+")[-1] == top), str(severe))
    mask = np.array(bands) == name
    return np.where(mask.any(), mask, np.nan), name


class _Pairs(NamedTuple):
    """Each group of one part beside the reference, itself the last: arrays (..., pairs, group and reference, strata)."""

    part: Strata
    weigh: Weigh
    standard: str
    severe: np.ndarray
    severe_name: str

    @property
    def rows(self) -> np.ndarray:
        """The rows of the groups, in the order of the pairs."""
        return np.append(self.part.compared, self.part.reference)

    def figures(self, users: np.ndarray, population: np.ndarray) -> Figures:
        """Compute each measure, and what it is made of, from counts (..., groups, strata): arrays (..., pairs)."""
        weights = self.weigh(population)[..., self.rows, None, :]
        users, population = self._of_pairs(users), self._of_pairs(population)
        with np.errstate(divide="ignore", invalid="ignore"):
            rates, in_all = users / population, population.sum(axis=-1)
            both = users.sum(axis=-1) / in_all, (weights * rates).sum(axis=-1)
            (crude, other_crude), (rate, other_rate) = (np.moveaxis(each, -1, 0) for each in both)
            observed, expected = users[..., 0, :].sum(axis=-1), (population[..., 0, :] * rates[..., 1, :]).sum(axis=-1)
            severe = (self.severe * population[..., 0, :]).sum(axis=-1)
            others = severe - (self.severe * users[..., 0, :]).sum(axis=-1)
            return {
                "users": observed,
                "population": in_all[..., 0],
                "expected": expected,
                "severe_others": others,
                "severe_population": severe,
                "reference_crude_rate": np.where(np.isnan(crude), np.nan, other_crude),
                "reference_rate": np.where(np.isnan(rate), np.nan, other_rate),
                "crude_rate": crude,
                "crude_rate_ratio": crude / other_crude,
                "crude_rate_difference": crude - other_crude,
                "standardised_rate": rate,
                "rate_ratio_at_equal_severity": rate / other_rate,
                "rate_difference_at_equal_severity": rate - other_rate,
                "use_shortfall": expected - observed,
                "unmet_need": others / severe,
                "observed_expected": observed / expected,
            }

    def measures(self, users: np.ndarray, population: np.ndarray) -> np.ndarray:
        """Compute all measures from counts (..., groups, strata): (..., pairs, measures)."""
        figures = self.figures(users, population)
        return np.stack([figures[name] for name in _measures().index], axis=-1)

    def variances(self) -> Figures:
        """Give binomial variances of the sums, and the effective population behind each rate; weights are fixed."""
        weights = self.weigh(self.part.population)[self.rows, None, :]
        users, population, size = map(self._of_pairs, (self.part.users, self.part.population, self.part.size))
        rates, squares = users / population, population**2 / size
        scatter, own = rates * (1 - rates) / size, population[:, 0] ** 2
        severe_population = (self.severe * population[:, 0]).sum(axis=-1)
        return {
            "size": population.sum(axis=-1) ** 2 / squares.sum(axis=-1),
            "severe_size": severe_population**2 / (self.severe * squares[:, 0]).sum(axis=-1),
            "rate": (weights**2 * scatter).sum(axis=-1),
            "rate_size": 1 / (weights**2 / size).sum(axis=-1),
            "users": (own * scatter[:, 0]).sum(axis=-1),
            "expected": (own * scatter[:, 1]).sum(axis=-1),
        }

    def _of_pairs(self, values: np.ndarray) -> np.ndarray:
        return values[..., [[row, self.part.reference] for row in self.rows], :]


def _joined(parts: list[Figures]) -> Figures:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@cache
def _measures() -> pd.DataFrame:
    """Read of each measure, in order, what its interval is called, what it is counted in, made of and rests on."""
    return pd.read_csv(Path(__file__).with_name("access_gap.csv"), index_col="measure", keep_default_na=False)


def _delta_limits(figures: Figures, variances: Figures, confidence: float) -> Limits:
    """Give the lower and upper limits of all measures, pairs x measures, from the figures and their variances."""
    p, q = figures["crude_rate"], figures["reference_crude_rate"]
    size, size_of_reference = variances["size"].T
    rates = np.stack([figures["standardised_rate"], figures["reference_rate"]], axis=-1)
    both = rate_limits(rates, variances["rate"], variances["rate_size"], confidence)
    rate, reference_rate = np.transpose(both, (2, 0, 1))
    crude, reference = wilson(p, size, confidence), wilson(q, size_of_reference, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_sums = [variances[name] / figures[name] ** 2 for name in ("users", "expected")]
        logs = {
            "crude_rate_ratio": (1 - p) / (p * size) + (1 - q) / (q * size_of_reference),
            "rate_ratio_at_equal_severity": (variances["rate"] / rates**2).sum(axis=-1),
            "observed_expected": of_sums[0] + of_sums[1],
        }
    limits = {name: ratio_limits(figures[name], variance, confidence) for name, variance in logs.items()}
    half, youths = normal_quantile(confidence) * np.sqrt(variances["expected"]), figures["population"]
    above, below = (np.hypot(half, youths * distance) for distance in (crude[1] - p, p - crude[0]))
    limits |= {
        "crude_rate": crude,
        "crude_rate_difference": difference_limits(p, crude, q, reference),
        "standardised_rate": rate,
        "rate_difference_at_equal_severity": difference_limits(rates[:, 0], rate, rates[:, 1], reference_rate),
        "use_shortfall": (figures["use_shortfall"] - above, figures["use_shortfall"] + below),
        "unmet_need": wilson(figures["unmet_need"], variances["severe_size"], confidence),
    }
    lower, upper = np.array([limits[name] for name in _measures().index]).transpose(1, 2, 0)
    return lower, upper


def _groups(pairs: list[_Pairs], relative_to: str) -> pd.DataFrame:
    """Give what all rows of a pair say: groups, status, source, standard, whether the form of care is compulsory."""
    table = pd.concat([each.part.groups.iloc[each.rows] for each in pairs], ignore_index=True)
    number = [len(each.rows) for each in pairs]
    same = {name: [getattr(each.part, name) for each in pairs] for name in ("source", "synthetic")}
    same |= {"standard": [each.standard for each in pairs], "severe": [each.severe_name for each in pairs]}
    same["one_band"] = [len(each.part.keys) == 1 for each in pairs]
    status = [one for each in pairs for one in [*each.part.compared_status, each.part.status[each.part.reference]]]
    own = {name: np.repeat(values, number) for name, values in same.items()} | {"status": status}
    own["own_status"] = [each.part.status[row] for each in pairs for row in each.rows]
    own["is_reference"] = [row == each.part.reference for each in pairs for row in each.rows]
    table = table.assign(**own, relative_to=relative_to)
    forms = table["form"].astype(str) if "form" in table else pd.Series("", index=table.index)
    codes = {name: care_form(name) if name else "" for name in forms.unique()}
    return table.assign(compulsory=forms.map(codes).isin(care_forms().query("compulsory == 'yes'")["code"]))


def _rows(
    groups: pd.DataFrame, figures: Figures, limits: Limits, how: IntervalOptions, per: float, severity: str
) -> pd.DataFrame:
    """Make the rows of all pairs, in words that fit a form of care that is compulsory or not."""
    measures, shortfall = _measures(), without_noise(figures["use_shortfall"])
    counted = {name: per * each if name.endswith("rate") else each for name, each in figures.items()}
    youths, signs = f"{per:.15g} youths", [f"youths; {meaning}" for meaning in _SIGNS]
    of_sign = np.select([shortfall > 0, shortfall < 0, shortfall == 0], signs, default="youths")
    units: dict[str, Any] = {"ratio": "ratio", "rate": youths, "youths": of_sign}
    units["severe"] = f"{youths} with {severity} " + groups["severe"]
    use = f"use of {groups['relative_to'].iloc[0]} at the severity of the group"
    standards = {"distribution": groups["standard"], "use": use}
    labels = [
        {"measure": name, "method": how.method(row["method"]), "per": units[row["unit"]]}
        | {"numerator": counted[row["numerator"]], "denominator": counted[row["denominator"]]}
        | {"standard": standards.get(row["standard"]), "relative_to": None if name in _ALONE else groups["relative_to"]}
        for name, row in measures.iterrows()
    ]
    scale = np.where(measures["unit"].isin(["rate", "severe"]), per, 1)
    value = np.column_stack([figures[name] for name in measures.index])
    status = np.where(measures.index.isin(_OWN), groups[["own_status"]], groups[["status"]])
    nothing_equal = groups[["one_band"]].to_numpy() & ~measures.index.isin(_CRUDE)
    status = np.where(nothing_equal & (status == "shown"), "undefined", status)
    told = groups.drop(columns=["standard", "relative_to", "status", "one_band", "severe"])
    rows = result_rows(told, labels, scale * np.array([value, *limits]), status)
    compulsory, measure = rows["compulsory"], rows["measure"]
    of_youths = measure == "use_shortfall"
    rows["measure"] = measure.mask(compulsory & of_youths, "expected_minus_observed")
    left_out = (compulsory & (measure == "unmet_need")) | (rows["is_reference"] & ~measure.isin(_OWN))
    few = of_youths & rows["value"].notna() & (rows["numerator"].astype("float64") < _FEWEST_EXPECTED)
    rows[["lower", "upper"]] = rows[["lower", "upper"]].mask(few)
    rows = explained(rows.drop(columns="is_reference"))
    absent = f"no value: no highest band of {severity}; declare the order, lowest first, if there is one"
    method = rows["method"].mask(few, f"no interval: fewer than {_FEWEST_EXPECTED} users expected; {SUPERPOPULATION}")
    method = method.mask((measure == "unmet_need") & (rows["status"] == "undefined"), absent)
    return rows.assign(method=method)[~left_out]
