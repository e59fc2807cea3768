"""Logistic models of use on counts, in which groups are compared with one reference: the cells, the model, and the fit."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.categories import check_columns
from bereik.errors import BereikError, InvalidTableError
from bereik.rates.intervals import effective_size
from bereik.rates.results import Figures, hidden_by, result_rows, sources, status_of
from bereik.rates.strata import Hashed, cells_of, check_reference, compared_rows, hashed_cells, parts_of
from bereik.tables import numbers, require_columns

_ITERATIONS, _LARGEST_STEP = 50, 5.0
_STEEPEST = 30.0  # on the logit: beyond it a predicted use is 0 or 1 for every purpose
_USERS_PER_COEFFICIENT = 10


class ModelCells(NamedTuple):
    """One part of a count table: its groups, and the cells with youths of the groups that take part in the model."""

    groups: pd.DataFrame  # the columns of `by`, the reference first; all groups, also those that take no part
    status: list[str]  # of each group
    shown: list[str]  # the groups that take part in the model, the reference first
    cells: pd.DataFrame  # the last column of `by` (categories: `shown`) and the factors
    users: np.ndarray
    population: np.ndarray
    size: np.ndarray  # effective population: equal to population unless the counts are weighted
    source: str
    synthetic: bool
    hashed: Hashed  # users and population of hashed groups of persons in these cells, if counted

    @property
    def modelled(self) -> bool:
        """Whether there is something to compare: the reference and another group are shown."""
        return self.status[0] == "shown" and len(self.shown) > 1

    def placed(self, figures: np.ndarray) -> np.ndarray:
        """Give figures of the groups in the model (..., groups, measures) for all groups, missing for the others."""
        everywhere = np.full((*figures.shape[:-2], len(self.groups), figures.shape[-1]), np.nan)
        everywhere[..., np.array(self.status) == "shown", :] = figures
        return everywhere

    def rows(self, labels: Sequence[Mapping[str, Any]], figures: Figures, **same: Any) -> pd.DataFrame:
        """Give the rows of all groups; those of a comparison are hidden with the reference."""
        status = hidden_by(self.status, self.status[0])
        return result_rows(self.groups, labels, figures, status, source=self.source, synthetic=self.synthetic, **same)


def model_cells(counts: pd.DataFrame, by: Sequence[str], factors: Sequence[str], relative_to: Any) -> list[ModelCells]:
    """Give the cells of each part of a count table: a part for each combination of all but the last column of `by`.

    A group with a hidden count, or without youths, has that status and takes no part in the model.
    """
    rows = compared_rows(counts, by, relative_to)
    check_columns(by=by, factors=factors)
    names = [*by, *factors]
    require_columns(rows, names, where="the count table")
    table, hashed = cells_of(rows, names, [by[-1], *factors])
    return [_part(part, list(by), list(factors), str(relative_to), hashed) for part in parts_of(table, by)]


def _part(table: pd.DataFrame, by: list[str], factors: list[str], relative_to: str, hashed: Hashed) -> ModelCells:
    names = table[by[-1]].astype(str)
    order = sorted(names.unique(), key=lambda name: name != relative_to)
    check_reference(order, by[-1], relative_to, f"a part of the table ({table[by].iloc[0].to_dict()!r})")
    groups = [table[names == name] for name in order]
    status = [status_of(group) for group in groups]
    shown = [name for name, one in zip(order, status, strict=True) if one == "shown"]
    kept = table[names.isin(shown) & (numbers(table["population"]) > 0)]
    cells = pd.DataFrame({by[-1]: pd.Categorical(names[kept.index], categories=shown)}, index=kept.index)
    cells = cells.assign(**{name: kept[name].cat.remove_unused_categories() for name in factors})
    firsts = pd.concat([group[by].iloc[:1] for group in groups], ignore_index=True)
    counts = numbers(kept["users"]), numbers(kept["population"]), effective_size(kept)
    about = sources(table), bool(table["synthetic"].iloc[0]), hashed_cells(hashed, kept.index)
    return ModelCells(firsts, status, shown, cells, *counts, *about)


class Model(NamedTuple):
    """The design matrix of a part: an intercept, and a coefficient for each category of a factor but the first."""

    matrix: np.ndarray  # cells x coefficients
    names: list[str]  # of the coefficients, such as severity[high]
    factors: np.ndarray  # of each coefficient; empty for the intercept
    everyone: np.ndarray  # groups x cells x coefficients: the matrix with everyone set to each group in turn
    words: str

    def mean_predictions(self, estimates: np.ndarray, population: np.ndarray) -> np.ndarray:
        """Give the average predicted use with everyone set to each group, (..., groups)."""
        shares = inverse_logit(np.einsum("...p,gcp->...gc", estimates, self.everyone, optimize=True))
        return np.asarray((shares * population[..., None, :]).sum(axis=-1) / population.sum(axis=-1)[..., None])


def model_of(part: ModelCells) -> Model:
    """Make the model of use on the group and the other factors; its words say so when data are few."""
    levels = [(name, level) for name in part.cells for level in part.cells[name].cat.categories[1:]]
    marks = [(part.cells[name] == level).to_numpy(dtype=float) for name, level in levels]
    matrix, groups = np.column_stack([np.ones(len(part.cells)), *marks]), len(part.shown)
    everyone = np.repeat(matrix[None], groups, axis=0)
    everyone[:, :, 1:groups] = np.eye(groups)[:, None, 1:]
    words = f"logistic model of use on {', '.join(dict.fromkeys(name for name, _ in levels))}"
    persons = part.size / part.population
    fewest = min((part.users * persons).sum(), ((part.population - part.users) * persons).sum())
    if fewest < _USERS_PER_COEFFICIENT * matrix.shape[1]:
        words += f"; few data: fewer than {_USERS_PER_COEFFICIENT} users, or youths without care, per coefficient"
    names = ["intercept", *(f"{name}[{level}]" for name, level in levels)]
    return Model(matrix, names, np.array(["", *(name for name, _ in levels)]), everyone, words)


def fit(model: Model, part: ModelCells) -> np.ndarray:
    """Fit the model, after checking that it can be estimated; give its coefficients."""
    _check_estimable(model, part)
    estimates = coefficients(model.matrix, part.users, part.population)
    if not np.isfinite(estimates).all():
        raise BereikError("the logistic model did not converge", "a finite estimate", "merge categories with few users")
    return estimates


def _check_estimable(model: Model, part: ModelCells) -> None:
    """Raise when coefficients cannot be told apart, or when the estimate of one is infinite; and say which."""
    place = ", ".join(f"{name} {part.groups[name].iloc[0]}" for name in part.groups.columns[:-1])
    place = f"{place}: " if place else ""
    cells, number = model.matrix.shape
    if np.linalg.matrix_rank(model.matrix) < number:
        ranks = [0, *(int(np.linalg.matrix_rank(model.matrix[:, : at + 1])) for at in range(number))]
        spare = [name for name, more in zip(model.names, np.diff(ranks), strict=True) if not more]
        problem = f"{place}collinear: {', '.join(spare)} follows from the other coefficients of the model "
        problem += f"({cells} cells with youths, {number} coefficients)"
        expected = "factors that vary apart from each other, with youths in enough combinations"
        raise InvalidTableError(problem, expected, "leave out that factor, or merge categories")
    if loose := _separating(model.matrix, part.users, part.population):
        problem = f"{place}no finite estimate for {', '.join(model.names[at] for at in loose)}: at these categories, "
        problem += "or at a combination of them, no youths or all youths use care"
        expected, todo = "users and youths without care at every category", "merge the category with a neighbouring one"
        raise InvalidTableError(problem, expected, f"{todo}, or leave it out")


def _separating(matrix: np.ndarray, users: np.ndarray, population: np.ndarray) -> list[int]:
    """Give the coefficients of a combination that separates youths with care from youths without.

    Exact, by the linear programme of Konis (2007): is there a combination of coefficients that is zero in cells with both, at
    least zero in cells with users only, at most zero in cells without, and not zero in all?
    """
    from scipy.optimize import linprog

    none, full = users == 0, users == population
    outward, mixed = np.concatenate([-matrix[none], matrix[full]]), matrix[~none & ~full]
    if len(mixed) and np.linalg.matrix_rank(mixed) == matrix.shape[1]:
        return []  # only the zero combination is zero in every cell with both
    equal = {"A_eq": mixed, "b_eq": np.zeros(len(mixed))} if len(mixed) else {}
    best = linprog(-outward.sum(axis=0), A_ub=-outward, b_ub=np.zeros(len(outward)), bounds=(-1, 1), **equal)
    if best.status != 0:
        raise BereikError("the search for separation did not end", best.message, "merge categories and try again")
    return [at for at, value in enumerate(best.x) if abs(value) > 1e-7] if -best.fun > 1e-7 else []


def inverse_logit(index: np.ndarray) -> np.ndarray:
    """Give the probability that belongs to a log odds, without overflow."""
    from scipy.special import expit

    return np.asarray(expit(index))


def coefficients(matrix: np.ndarray, users: np.ndarray, population: np.ndarray) -> np.ndarray:
    """Fit the same model to many replicates of the counts at once, by iteratively reweighted least squares.

    Parameters
    ----------
    matrix : array (cells, coefficients)
        The design matrix.
    users, population : array (..., cells)
        The counts; leading axes are replicates.

    Returns
    -------
    array (..., coefficients)
        In a replicate in which a category has no users the estimate is infinite: it stops where the predicted use is 0 to
        13 digits. A coefficient that a replicate says nothing about stays 0.

    Examples
    --------
    >>> coefficients(np.array([[1.0, 0], [1, 1]]), np.array([[20.0, 50], [60, 20]]), np.array([100.0, 100])).round(3).tolist()
    [[-1.386, 1.386], [0.405, -1.792]]
    """
    shape = np.broadcast_shapes(users.shape, population.shape)
    users, population = (np.broadcast_to(one, shape).reshape(-1, shape[-1]) for one in (users, population))
    pairs = (matrix[:, :, None] * matrix[:, None, :]).reshape(len(matrix), -1)
    with np.errstate(invalid="ignore"):
        start = (users + 0.5) / (population + 1)
        weights = population * start * (1 - start)
        logit = np.log(start / (1 - start))
    estimate = _step(weights, (weights * logit) @ matrix, pairs)
    left, steepest = np.arange(len(estimate)), np.zeros(len(estimate))  # left: replicates that have not converged
    for _ in range(_ITERATIONS):
        predictor = np.clip(estimate[left] @ matrix.T, -_STEEPEST, _STEEPEST)
        share = 1 / (1 + np.exp(-predictor))
        slope = (users[left] - population[left] * share) @ matrix
        step = _step(population[left] * share * (1 - share), slope, pairs)
        estimate[left] += np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        steepest[left] = np.abs(predictor).max(axis=1)
        left = left[np.abs(step).max(axis=1) > 1e-9]
        if not len(left):
            break
    estimate[left[steepest[left] < _STEEPEST / 2]] = np.nan  # neither an estimate nor on its way to infinity
    return estimate.reshape(*shape[:-1], matrix.shape[1])


def _step(weights: np.ndarray, slope: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Solve for a Newton step in every replicate; the tiny ridge changes the path, not the solution."""
    number = slope.shape[1]
    curvature = (weights @ pairs).reshape(-1, number, number)
    ridge = 1e-10 * np.maximum(np.einsum("rii->ri", curvature).max(axis=1), 1e-6)
    return np.asarray(np.linalg.solve(curvature + ridge[:, None, None] * np.eye(number), slope[..., None])[..., 0])
