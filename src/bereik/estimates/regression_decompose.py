"""Splits a difference between two rates of use by a regression model: Oaxaca-Blinder (linear, logit) and Fairlie."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.estimates.workings.intervals import numbers
from bereik.estimates.workings.limits import Hashed, Interval, cells_of, hashed_cells
from bereik.estimates.workings.logistic import Design
from bereik.estimates.workings.model_fits import main_effects, problem
from bereik.estimates.workings.oaxaca import COEFFICIENTS, MODELS, Oaxaca, components, models
from bereik.estimates.workings.options import check_columns, check_known, check_numbers
from bereik.estimates.workings.parts import check_reference, compared_rows, parts_of
from bereik.estimates.workings.rows import hidden_by, result_rows, sources, status_of, uncounted, words
from bereik.tables import result_table

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
    check_columns(factors=factors)
    check_known("model", model, MODELS)
    check_known("coefficients", coefficients, COEFFICIENTS)
    if model == "fairlie" and len(factors) > MOST_FACTORS:
        raise BereikError(f"{len(factors)} factors", f"at most {MOST_FACTORS} for Fairlie", "leave out or join factors")
    check_numbers(per=per)
    how = Interval(interval, confidence, replicates, seed).checked(counts, by, assume_independent, (None, "bootstrap"))
    table, hashed = cells_of(compared_rows(counts, by, relative_to), [*by, *factors])
    results = []
    for part in parts_of(table, by):
        made, factor = main_effects(part, factors, linear)
        what = Oaxaca(made.matrix, factor, len(factors), model, coefficients)
        cells = _Part(part, made, what, by, str(relative_to), hashed_cells(hashed, part.index))
        results.append(_rows(cells, _labels(model, factors), how, per))
    rows = pd.concat(results).assign(
        per=f"{per:.15g} youths", relative_to=str(relative_to), synthetic=bool(table["synthetic"].iloc[0]),
        source=sources(table), confidence=confidence if interval else np.nan,
    )  # fmt: skip
    return result_table(uncounted(rows), [*by, "component", "factor"])


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


def _rows(part: _Part, labels: list[dict[str, object]], how: Interval, per: float) -> pd.DataFrame:
    """Give the rows of one part of the count table: all components of all groups that are compared in it."""
    groups = {str(name): rows for name, rows in part.table.groupby(part.by[-1], observed=True, sort=True)}
    check_reference(list(groups), part.by[-1], part.relative_to, "a part of the count table")
    reference = status_of(groups.pop(part.relative_to))
    status = hidden_by([status_of(rows) for rows in groups.values()], reference)
    shown = [name for name, found in zip(groups, status, strict=True) if found == "shown"]
    problems = {name: part.problem(name) for name in shown}
    figures = np.full((3, len(groups), len(labels)), np.nan)
    figures[:, np.array(status) == "shown"] = per * _figures(part, problems, how)
    shared = {
        "method": [words(_words(part.what), how.words(), problems.get(name, "")) for name in groups],
        "numerator": [numbers(rows["users"]).sum() for rows in groups.values()],
        "denominator": [numbers(rows["population"]).sum() for rows in groups.values()],
    }
    names = pd.concat([rows[list(part.by)].iloc[:1] for rows in groups.values()])
    return result_rows(names, [label | shared for label in labels], (figures[0], figures[1], figures[2]), status)


def _figures(part: _Part, problems: dict[str, str], how: Interval) -> np.ndarray:
    """Give (value, lower, upper) x groups that are shown x components; undefined where there is a problem."""
    members, reference = [part.cells(name) for name in problems], part.cells(part.relative_to)
    gone = [np.nan if found else 0 for found in problems.values()]

    def point(users: np.ndarray, population: np.ndarray) -> np.ndarray:
        results = [components(part.what, own, reference, users, population) for own in members]
        for values, none in zip(results, gone, strict=True):
            values[..., 1:] += none  # the crude difference stays
        return np.stack(results, axis=-2)

    if not members:
        return np.full((3, 0, 1), np.nan)
    used = np.isin(np.arange(len(part.table)), np.concatenate([reference, *members]))
    users, population = (np.where(used, cells, 0) for cells in part.counts())
    hashed = None if part.hashed is None else (part.hashed[0] * used, part.hashed[1] * used)
    limits = how.drawn(point, users, population, hashed, weighted="weighted" in part.table)
    return np.stack([point(users, population), *limits])


def _words(what: Oaxaca) -> str:
    model = {
        "linear": "Oaxaca-Blinder, linear probability model",
        "logit": "Oaxaca-Blinder, logistic model",
        "fairlie": "Fairlie, logistic model, average over all orders of replacement",
    }[what.model]
    whose = {
        "reference": "of the reference", "group": "of the group", "mean": "the mean of both",
        "pooled": "of both pooled, with an indicator of the group", "neumark": "of both pooled, without an indicator",
    }[what.coefficients]  # fmt: skip
    return f"group minus reference; {model}; coefficients {whose}"
