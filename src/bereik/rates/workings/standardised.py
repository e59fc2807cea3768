"""The rows that standardisation of one part of a count table gives: direct and indirect."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.rates.results import SUPERPOPULATION, hidden_by, result_rows, words
from bereik.rates.workings import direct_rates, observed_expected
from bereik.rates.workings.limits import Interval
from bereik.rates.workings.observed_expected import Reference
from bereik.rates.workings.standards import standard_weights, values_by_stratum, weights_of
from bereik.rates.workings.strata import Strata
from bereik.tables import HIDDEN

Standard = str | Mapping[object, float] | Mapping[object, tuple[float, float]] | None


class Options(NamedTuple):
    """What is asked for, with the defaults of the method filled in."""

    standard: Standard
    how: Interval
    per: float
    relative_to: object


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

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        if isinstance(options.standard, Mapping):
            return direct_rates.direct_rates(users, population, weights)
        drawn = weights_of(population, str(options.standard), row)
        return direct_rates.direct_rates(
            users, population, drawn if options.standard == "pair_mean" else drawn[..., None, :]
        )

    lower, upper = (
        options.how.of_strata(point, strata)
        if options.how.kind == "bootstrap"
        else direct_rates.direct_limits(strata, weights, str(options.how.kind), options.how.confidence)
    )
    label = {
        "measure": "directly_standardised_rate", "per": f"{options.per:.15g} youths",
        "denominator": strata.population.sum(axis=-1), "standard": name,
        "method": words("direct standardisation", _about(strata, options, direct_rates.INTERVALS)),
    }  # fmt: skip
    value = direct_rates.direct_rates(strata.users, strata.population, weights)
    figures = [options.per * each[:, None] for each in (value, lower, upper)]
    return _rows(strata, [label], figures, row if options.standard in ("pair_mean", "reference") else None)


def indirect_rows(strata: Strata, options: Options, column: str) -> pd.DataFrame:
    """Give two rows per group: observed relative to expected use, and the indirectly standardised rate."""
    row = _row_of(strata, column, options.relative_to)
    reference = _published(strata, options.standard) if isinstance(options.standard, Mapping) else Reference(row)

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        return observed_expected.observed_expected(users, population, reference)

    lower, upper = (
        options.how.of_strata(point, strata)
        if options.how.kind == "bootstrap"
        else observed_expected.observed_expected_limits(
            strata, reference, str(options.how.kind), options.how.confidence
        )
    )
    if row is not None:
        lower[:, row] = upper[:, row] = np.nan  # the reference relative to itself is 1 by definition
    name = (
        "published values" if reference.published else "all other groups" if row is None else str(options.relative_to)
    )
    about = words("indirect standardisation", _about(strata, options, observed_expected.INTERVALS))
    method = [words(about, "1 by definition" if at == row else "") for at in range(len(strata.groups))]
    shared = {"relative_to": name, "standard": f"use rates of {name}", "method": method}
    labels = [
        shared | {"measure": "observed_expected", "per": "ratio (1 = as expected)",
                  "denominator": observed_expected.expected_users(strata, reference)},
        shared | {"measure": "indirectly_standardised_rate", "per": f"{options.per:.15g} youths",
                  "denominator": strata.population.sum(axis=-1)},
    ]  # fmt: skip
    known = 1 if reference.published and np.isnan(reference.crude) else 2
    unit = np.array([1.0, options.per])
    figures = [(unit * each.T)[:, :known] for each in (point(strata.users, strata.population), lower, upper)]
    return _rows(strata, labels[:known], figures, row)


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


def _about(strata: Strata, options: Options, intervals: Mapping[str, str]) -> str:
    """Describe the interval, and what was pooled, dropped or hidden."""
    drawn = "persons" if strata.hashed is None else f"{len(strata.hashed[0])} hashed groups of persons"
    bootstrap = f"percentile bootstrap of {drawn}, {options.how.replicates} replicates, seed {options.how.seed}"
    interval = intervals.get(str(options.how.kind), bootstrap)
    size = " at the effective population (ignores strata and clusters)" if strata.weighted else ""
    hidden = sum(found in HIDDEN for found in strata.status)
    none = f"{hidden} hidden groups take no part" if hidden and options.standard in ("pooled", "rest") else ""
    return words(f"{interval}{size}", SUPERPOPULATION, strata.note, none)


def _rows(
    strata: Strata, labels: list[dict[str, Any]], figures: Sequence[np.ndarray], reference: int | None
) -> pd.DataFrame:
    """Make the rows of each group: hidden with the group, or with the reference that they rest on."""
    leading = ", ".join(str(strata.groups[name].iloc[0]) for name in strata.groups.columns[:-1])
    labels = [label | {"standard": f"{label['standard']} ({leading})"} for label in labels] if leading else labels
    behind = "shown" if reference is None else strata.status[reference]
    status = hidden_by(strata.status, behind if behind in ("shown", *HIDDEN) else "undefined")
    value, lower, upper = figures
    return result_rows(
        strata.groups, labels, (value, lower, upper), status, source=strata.source, synthetic=strata.synthetic,
        numerator=strata.users.sum(axis=-1).repeat(len(labels)),
    )  # fmt: skip
