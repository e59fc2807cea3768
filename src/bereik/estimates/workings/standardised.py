"""The rows that standardisation of one part of a count table gives: direct and indirect."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.estimates.resample import strata_limits
from bereik.estimates.workings import direct_rates, observed_expected
from bereik.estimates.workings.intervals import SUPERPOPULATION
from bereik.estimates.workings.observed_expected import Reference
from bereik.estimates.workings.parts import words
from bereik.estimates.workings.replicates import Point
from bereik.estimates.workings.strata import Strata, standard_weights, values_by_stratum, weights_of
from bereik.tables import HIDDEN

Standard = str | Mapping[object, float] | Mapping[object, tuple[float, float]] | None


class Options(NamedTuple):
    """What is asked for, with the defaults of the method filled in."""

    standard: Standard
    interval: str
    per: float
    confidence: float
    relative_to: object
    replicates: int
    seed: int


def _row_of(strata: Strata, column: str, relative_to: object) -> int | None:
    if relative_to is None:
        return None
    names = strata.groups[column].astype(str).tolist()
    if str(relative_to) not in names:
        raise UnknownNameError(column, relative_to, names, where="the count table")
    return names.index(str(relative_to))


def direct_rows(strata: Strata, options: Options, column: str) -> pd.DataFrame:
    """Give a row per group with its directly standardised rate."""
    row = _row_of(strata, column, options.relative_to)
    weights, name = standard_weights(strata, options.standard, row)  # type: ignore[arg-type]
    value = direct_rates.direct_rates(strata.users, strata.population, weights)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        if isinstance(options.standard, Mapping):
            return direct_rates.direct_rates(users, population, weights)
        drawn = weights_of(population, str(options.standard), row)
        return direct_rates.direct_rates(
            users, population, drawn if options.standard == "pair_mean" else drawn[..., None, :]
        )

    lower, upper = (
        _bootstrap(point, strata, options)
        if options.interval == "bootstrap"
        else direct_rates.direct_limits(strata, weights, options.interval, options.confidence)
    )
    return _frame(
        strata, options, value=options.per * value, lower=options.per * lower, upper=options.per * upper,
        measure="directly_standardised_rate", per=f"{options.per:.15g} youths", standard=name,
        denominator=strata.population.sum(axis=-1),
        status=_statuses(strata, value, row if options.standard in ("pair_mean", "reference") else None),
        method=words("direct standardisation", _about(strata, options, direct_rates.INTERVALS)),
    )  # fmt: skip


def indirect_rows(strata: Strata, options: Options, column: str) -> pd.DataFrame:
    """Give two rows per group: observed relative to expected use, and the indirectly standardised rate."""
    row = _row_of(strata, column, options.relative_to)
    reference = _published(strata, options.standard) if isinstance(options.standard, Mapping) else Reference(row)
    values = observed_expected.observed_expected(strata.users, strata.population, reference)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return observed_expected.observed_expected(users, population, reference)

    lower, upper = (
        _bootstrap(point, strata, options)
        if options.interval == "bootstrap"
        else observed_expected.observed_expected_limits(strata, reference, options.interval, options.confidence)
    )
    if row is not None:
        lower[:, row] = upper[:, row] = np.nan  # the reference relative to itself is 1 by definition
    name = (
        "published values" if reference.published else "all other groups" if row is None else str(options.relative_to)
    )
    about = words("indirect standardisation", _about(strata, options, observed_expected.INTERVALS))
    method = [words(about, "1 by definition" if at == row else "") for at in range(len(strata.groups))]
    measures = (
        ("observed_expected", 1.0, "ratio (1 = as expected)", observed_expected.expected_users(strata, reference)),
        ("indirectly_standardised_rate", options.per, f"{options.per:.15g} youths", strata.population.sum(axis=-1)),
    )
    frames = [
        _frame(
            strata, options, value=unit * values[at], lower=unit * lower[at], upper=unit * upper[at], measure=measure,
            per=per, denominator=denominator, relative_to=name, standard=f"use rates of {name}", method=method,
            status=_statuses(strata, values[0], row),
        )
        for at, (measure, unit, per, denominator) in enumerate(measures)
    ]  # fmt: skip
    known = frames[:1] if reference.published and np.isnan(reference.crude) else frames
    return pd.concat(known).sort_index(kind="stable")


def _published(strata: Strata, given: Mapping[object, Any]) -> Reference:
    """Make fixed rates per stratum of published rates, or of published (users, population)."""
    values = values_by_stratum(strata, given, "published values")
    counts = all(isinstance(one, Sequence) and len(one) == 2 for one in given.values())
    if strata.made_of and not counts and max(map(len, values)) > 1:
        raise BereikError(
            f"published rates for strata that were pooled ({strata.note})",
            "(users, population) for each of them: rates cannot be added up",
            "give counts instead of rates, or use on_empty='drop'",
        )
    try:
        pairs = [each if counts else [(each[0], 1)] for each in values]
        users, population = np.array([np.asarray(each, dtype=float).sum(axis=0) for each in pairs]).T
    except (TypeError, ValueError):
        users = population = np.array([np.nan])
    if not ((users >= 0) & (users <= population) & (population > 0) & (population < np.inf)).all():
        raise InvalidTableError(
            f"published values {dict(given)!r}",
            "rates between 0 and 1 (users per youth), or (users, population) with 0 <= users <= population",
            "divide percentages by 100; give all strata in the same way",
        )
    return Reference(rates=users / population, crude=float(users.sum() / population.sum()) if counts else np.nan)


def _bootstrap(point: Point, strata: Strata, options: Options) -> tuple[np.ndarray, np.ndarray]:
    return strata_limits(point, strata, confidence=options.confidence, replicates=options.replicates, seed=options.seed)


def _about(strata: Strata, options: Options, intervals: Mapping[str, str]) -> str:
    """Describe the interval, and what was pooled, dropped or hidden."""
    drawn = "persons" if strata.hashed is None else f"{len(strata.hashed[0])} hashed groups of persons"
    bootstrap = f"percentile bootstrap of {drawn}, {options.replicates} replicates, seed {options.seed}"
    interval = intervals.get(options.interval, bootstrap)
    size = " at the effective population (ignores strata and clusters)" if strata.weighted else ""
    hidden = sum(found in HIDDEN for found in strata.status)
    none = f"{hidden} hidden groups take no part" if hidden and options.standard in ("pooled", "rest") else ""
    return words(f"{interval}{size}", SUPERPOPULATION, strata.note, none)


def _statuses(strata: Strata, value: np.ndarray, reference: int | None) -> list[str]:
    """Give the status of each result: that of the group, or of the reference that it rests on."""
    behind = "shown" if reference is None else strata.status[reference]
    behind = behind if behind in ("shown", *HIDDEN) else "undefined"
    own = [behind if found == "shown" else found for found in strata.status]
    return ["undefined" if found == "shown" and not known else found
            for found, known in zip(own, np.isfinite(value), strict=True)]  # fmt: skip


def _frame(
    strata: Strata, options: Options, *, value: np.ndarray, lower: np.ndarray, upper: np.ndarray, status: list[str],
    standard: str, denominator: np.ndarray, **columns: object,
) -> pd.DataFrame:  # fmt: skip
    """Make one row per group, with a value only where the status is shown."""
    leading = ", ".join(str(strata.groups[name].iloc[0]) for name in strata.groups.columns[:-1])
    shown = np.array([found == "shown" for found in status])
    numbers = {
        name: np.where(shown, each, np.nan) for name, each in (("value", value), ("lower", lower), ("upper", upper))
    }
    return strata.groups.assign(
        **numbers, numerator=strata.users.sum(axis=-1), denominator=denominator, status=status,
        standard=f"{standard} ({leading})" if leading else standard, confidence=options.confidence,
        synthetic=strata.synthetic, source=strata.source, **columns,
    )  # fmt: skip
