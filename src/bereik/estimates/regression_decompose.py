"""Splits a difference between two rates of use by a regression model: Oaxaca-Blinder (linear, logit) and Fairlie."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, UnknownNameError
from bereik.estimates.workings.intervals import check_numbers, numbers
from bereik.estimates.workings.limits import (
    Hashed,
    Resampling,
    cells_of,
    crude,
    figures,
    finished,
    group_status,
    resampling,
)
from bereik.estimates.workings.logistic import Design
from bereik.estimates.workings.model_fits import main_effects, problem
from bereik.estimates.workings.oaxaca import COEFFICIENTS, MODELS, Oaxaca, components, models
from bereik.estimates.workings.parts import compared_rows, words

__all__ = ["decompose_regression"]

MOST_FACTORS = 6
_ALL = "all"


def decompose_regression(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    factors: Sequence[str],
    relative_to: object,
    model: str = "linear",
    coefficients: str = "reference",
    linear: Sequence[str] = (),
    interval: str | None = None,
    per: float = 100,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    assume_independent: bool = False,
) -> pd.DataFrame:
    """Split the difference in use between each group and the reference by a regression model of use on several factors.

    Parameters
    ----------
    counts : pandas.DataFrame
        A count table with the columns of `by` and `factors`, ``population``, ``users``, ``synthetic`` and ``source``.
        Cells without youths may be missing.
    by : list of str
        The columns that make the groups; the last one is compared, within each combination of the others.
    factors : list of str
        The columns that enter the model, as main effects (one effect per category); at most 6 for Fairlie.
    relative_to : object
        The reference group, in the last column of `by`. Every part is the group minus the reference.
    model : {"linear", "logit", "fairlie"}
        Oaxaca-Blinder with a linear probability model, or a logistic one (totals only); or Fairlie's decomposition of the
        explained part of the logistic model by factor.
    coefficients : {"reference", "group", "mean", "pooled", "neumark"}
        Whose effects of the factors count as equal treatment: the reference's; the group's; the mean of both (Reimers
        1983); of both pooled, with an indicator of the group in the model, held at the reference (Jann 2008); of both pooled
        without that indicator (Neumark 1988; part of the difference between the groups then counts as explained).
    linear : list of str
        The factors that enter as a number with one slope (a score), not with one effect per category.
    interval : {None, "bootstrap"}
        No interval, or percentile limits from drawing all persons (or hashed groups of persons) again.
    per : float
        The differences are per this number of youths.
    confidence, replicates, seed : float, int, int
        Of the bootstrap.
    assume_independent : bool
        Take several periods together as if no youth were in two of them (limits are then too narrow); without it, an
        interval over several periods needs a column ``group`` with hashed groups of persons.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`; ``component``: total, explained or unexplained; ``factor``: all, or the factor that contributes
        to the explained part; then the columns of a result table. ``measure`` is crude_rate_difference (component total)
        or decomposition_component; ``numerator`` and ``denominator`` are the crude users and population of the group.
        Explained and unexplained add up to the crude difference, and the factors to the explained part. Status
        ``undefined`` where the coefficients are not determined, with the reason in ``method``. A hidden group, or one whose
        reference is hidden, keeps the status that hides it; one without youths has ``no_population``.

    Raises
    ------
    UnknownNameError
        When the reference, the model, the coefficients, or the interval is unknown.
    InvalidTableError, IncomparableError
        When `counts` is no count table; when no group is separate from the reference.
    BereikError
        When there are more than 6 factors for Fairlie, a factor in `linear` holds no numbers, a number is out of range, or
        counts are weighted and a bootstrap is asked for.

    Notes
    -----
    With x the mean of the model's columns in a group and b the chosen coefficients (Blinder 1973; Oaxaca 1973), linear:
    ``explained = (x_g - x_r) b``; logit: ``explained = mean_g F(x b) - mean_r F(x b)`` (Fairlie 2005; Bauer & Sinning
    2008), F the inverse logit. ``unexplained`` is the rest. It is not split by factor: for categories that split depends
    on which category is left out (Oaxaca & Ransom 1999). Fairlie: see `workings.fairlie.fairlie_contributions`.
    Unexplained means not explained by these factors in this model: neither a cause nor unequal treatment by itself. With
    counts as frequencies the coefficients are those of the persons. The limits take persons as independent, unless the
    table has a column ``group`` with hashed groups of persons, which are then drawn as a whole. In replicates in which a
    category has nobody, its effect is taken as 0.

    Examples
    --------
    >>> counts = pd.DataFrame({"origin": ["a", "a", "b", "b"], "severity": ["low", "high"] * 2, "population": [90, 10, 50, 50],
    ...                        "users": [9, 5, 5, 20], "synthetic": True, "source": "made up"})
    >>> parts = decompose_regression(counts, by=["origin"], factors=["severity"], relative_to="b")
    >>> parts[["component", "factor", "value"]].round(3)
         component    factor  value
    0        total       all  -11.0
    1    explained       all  -12.0
    2  unexplained       all    1.0
    3    explained  severity  -12.0
    """
    _check_choice(model, coefficients, factors)
    check_numbers(confidence=confidence, per=per)
    how = resampling(interval, confidence, replicates, seed)
    how.check(counts, by, assume_independent)
    table, hashed = cells_of(compared_rows(counts, by, relative_to), [*by, *factors])
    about: dict[str, object] = {
        "per": f"{per:.15g} youths", "relative_to": str(relative_to), "synthetic": bool(table["synthetic"].iloc[0]),
        "source": "; ".join(dict.fromkeys(table["source"].astype(str))),
    }  # fmt: skip
    labels = [about | label for label in _labels(model, factors)]
    leading = list(by[:-1])
    results = []
    for part in [rows for _, rows in table.groupby(leading, observed=True)] if leading else [table]:
        made, factor = main_effects(part, factors, linear)
        what = Oaxaca(made.matrix, factor, len(factors), model, coefficients)
        drawn = None if hashed is None else (hashed[0][:, part.index], hashed[1][:, part.index])
        results += _rows(_Part(part, made, what, by, str(relative_to), drawn), labels, how, per)
    return finished(results, table, by, ["component", "factor"])


def _check_choice(model: str, coefficients: str, factors: Sequence[str]) -> None:
    if isinstance(factors, str) or not factors:
        raise BereikError(
            f"factors={factors!r}", "a list of one or more column names", "name the columns of the factors"
        )
    for what, name, known in (("model", model, MODELS), ("coefficients", coefficients, COEFFICIENTS)):
        if name not in known:
            raise UnknownNameError(what, name, known)
    if model == "fairlie" and len(factors) > MOST_FACTORS:
        raise BereikError(f"{len(factors)} factors", f"at most {MOST_FACTORS} for Fairlie", "leave out or join factors")


def _labels(model: str, factors: Sequence[str]) -> list[dict[str, object]]:
    detail = [] if model == "logit" else [("explained", name) for name in factors]
    parts = [("total", _ALL), ("explained", _ALL), ("unexplained", _ALL), *detail]
    measures = {_ALL: "decomposition_component", "total": "crude_rate_difference"}
    return [
        {"measure": measures.get(name, measures[_ALL]), "component": name, "factor": factor} for name, factor in parts
    ]


class _Part(NamedTuple):
    """One part of the count table, in which groups are compared with one reference."""

    table: pd.DataFrame
    made: Design
    what: Oaxaca
    by: Sequence[str]
    relative_to: str
    hashed: Hashed

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Give users and population of each cell, 0 where hidden."""
        return np.nan_to_num(numbers(self.table["users"])), np.nan_to_num(numbers(self.table["population"]))

    def cells(self, group: str) -> np.ndarray:
        """Give the numbers of the cells of a group."""
        return np.flatnonzero(self.table[self.by[-1]].astype(str) == group)

    def problem(self, group: str) -> str:
        """Say why the coefficients for a group are not determined; empty when they are."""
        kind, names = "linear" if self.what.model == "linear" else "logit", [*self.made.names, "group"]
        users, population = self.counts()
        for rows, matrix in models(self.what, self.cells(group), self.cells(self.relative_to)):
            terms = [*self.made.terms, ("group",)][: matrix.shape[1]]
            found = problem(kind, Design(matrix, names[: matrix.shape[1]], terms), users[rows], population[rows])
            if found:
                return found
        return ""


def _rows(part: _Part, labels: list[dict[str, object]], how: Resampling, per: float) -> list[dict[str, object]]:
    """Give the rows of one part of the count table: all components of all groups that are compared in it."""
    status = group_status(part.table, part.by[-1])
    others = [name for name in status if name != part.relative_to]
    if part.relative_to not in status or not others:
        raise InvalidTableError(
            f"a part of the count table has {part.by[-1]} {list(status)!r}",
            f"the reference {part.relative_to!r} and at least one other {part.by[-1]} in every part",
            "add the missing rows, or leave the part out",
        )
    shown = [name for name in others if status[name] == status[part.relative_to] == "shown"]
    problems = {name: part.problem(name) for name in shown}
    found = dict(zip(shown, _figures(part, shown, problems, how), strict=True))
    users, population = part.counts()
    rows = []
    for name in others:
        cells = part.cells(name)
        group = part.table[list(part.by)].iloc[cells[0]].to_dict()
        group |= {"method": words(_words(part.what, how), problems.get(name, ""))}
        if name in found:
            group |= crude(users[cells], population[cells])
            value, lower, upper = (per * values for values in found[name])
            rows += figures([label | group for label in labels], value, lower, upper, how)
        else:
            hidden = status[name] if status[name] != "shown" else status[part.relative_to]
            rows += [label | group | {"status": hidden} for label in labels]
    return rows


def _figures(part: _Part, shown: list[str], problems: dict[str, str], how: Resampling) -> list[tuple[np.ndarray, ...]]:
    """Give, for each group that is shown, its components and their limits; undefined where there is a problem."""
    if not shown:
        return []
    members, reference = [part.cells(name) for name in shown], part.cells(part.relative_to)
    gone = [np.nan if problems[name] else 0 for name in shown]

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        results = [components(part.what, own, reference, users, population) for own in members]
        for values, none in zip(results, gone, strict=True):
            values[..., 1:] += none  # the crude difference stays
        return np.concatenate(results, axis=-1)

    used = np.isin(np.arange(len(part.table)), np.concatenate([reference, *members]))
    users, population = (np.where(used, cells, 0) for cells in part.counts())
    hashed = None if part.hashed is None else (part.hashed[0] * used, part.hashed[1] * used)
    limits = how.limits(point, users, population, weighted="weighted" in part.table, hashed=hashed)
    found = [values.reshape(len(shown), -1) for values in (point(users, population), *limits)]
    return list(zip(*found, strict=True))


def _words(what: Oaxaca, how: Resampling) -> str:
    model = {
        "linear": "Oaxaca-Blinder, linear probability model",
        "logit": "Oaxaca-Blinder, logistic model",
        "fairlie": "Fairlie, logistic model, average over all orders of replacement",
    }[what.model]
    whose = {
        "reference": "of the reference", "group": "of the group", "mean": "the mean of both",
        "pooled": "of both pooled, with an indicator of the group", "neumark": "of both pooled, without an indicator",
    }[what.coefficients]  # fmt: skip
    return words(f"group minus reference; {model}; coefficients {whose}", how.words())
