"""The regression of users per area on its terms: laid out, checked, and fitted by statsmodels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from bereik.errors import BereikError, InvalidTableError, example_rows
from bereik.rates.workings.parts import parts_of
from bereik.tables import numbers, require_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Design(NamedTuple):
    """The areas of one part that are shown, and the columns of the regression."""

    rows: pd.DataFrame
    users: "NDArray[np.float64]"
    population: "NDArray[np.float64]"
    matrix: pd.DataFrame  # the constant, the terms, then the groups


def designs(table: pd.DataFrame, by: Sequence[str], terms: Sequence[str], within: str | None = None) -> list[Design]:
    """Lay out each part of a checked table of areas for a regression; refuse what cannot be estimated."""
    require_columns(table, [*terms, *([within] if within else [])], where="the table of areas")
    parts = parts_of(table, by)
    return [
        _design(part[(part["status"] == "shown") & (numbers(part["population"]) > 0)], terms, within) for part in parts
    ]


def poisson_fit(design: Design, offset: "NDArray[np.float64] | None" = None) -> Any:
    """Fit a quasi-Poisson regression of users, by default per youth; `offset` is the logarithm of another number.

    The dispersion is that of Pearson, at least 1: areas that differ less than by chance are no reason to be more sure.
    """
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    base = np.log(design.population) if offset is None else offset
    model = sm.GLM(design.users, design.matrix, family=sm.families.Poisson(), offset=base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # counts that the terms fit exactly
        fit = model.fit(scale="X2", use_t=True)
        return fit if fit.scale >= 1 else model.fit(scale=1.0, use_t=True)


def dispersion(design: Design) -> float:
    """Give the variance of users relative to chance, by Pearson's statistic."""
    fit = poisson_fit(design)
    return float(fit.pearson_chi2 / fit.df_resid)


def _design(rows: pd.DataFrame, terms: Sequence[str], within: str | None) -> Design:
    matrix = pd.DataFrame({"const": 1.0} | {name: numbers(rows[name]) for name in terms}, index=rows.index)
    absent = ~np.isfinite(matrix.to_numpy()).all(axis=1)
    if absent.any():
        raise InvalidTableError(
            f"an indicator is missing: {example_rows(rows[list(terms)], absent)}",
            f"a number in {', '.join(terms)} for every area that is shown",
            "mark these areas: status 'not_published' with missing counts, or leave the indicator out",
        )
    if within:
        groups = pd.get_dummies(rows[within].astype("str"), drop_first=True, dtype="float64")
        matrix = matrix.join(groups)
    areas, columns = matrix.shape
    if areas < columns + 2:
        raise InvalidTableError(
            f"{areas} areas that are shown, for a model with {columns} terms",
            f"at least {columns + 2} areas",
            "use fewer indicators, or more areas",
        )
    if (numbers(rows["users"]) > 0).sum() < columns + 2:
        raise InvalidTableError(
            f"users in {(numbers(rows['users']) > 0).sum()} areas only, for a model with {columns} terms",
            f"users in at least {columns + 2} areas",
            "use fewer indicators, or larger areas",
        )
    scaled = matrix / np.maximum(np.abs(matrix.to_numpy()).max(axis=0), 1e-300)
    if np.linalg.matrix_rank(scaled.to_numpy(), tol=1e-8) < columns:
        raise InvalidTableError(
            f"the terms {', '.join(matrix.columns[1:])} say the same, or one is equal in all areas",
            "terms that can be told apart",
            "leave one of them out; `area_collinearity` shows which",
        )
    return Design(rows, numbers(rows["users"]), numbers(rows["population"]), matrix)


def estimates(design: Design, model: str, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the coefficients of a model of users per youth, and their limits (terms x 2)."""
    if model == "negative_binomial":
        scale = np.maximum(design.matrix.to_numpy().std(axis=0), 1e-12)
        scale[0] = 1  # the constant
        fit = _negative_binomial(design, design.matrix / scale)
    else:
        scale, fit = np.ones(design.matrix.shape[1]), poisson_fit(design)
    terms = len(scale)
    limits = np.asarray(fit.conf_int(alpha=1 - confidence))[:terms]
    return np.asarray(fit.params)[:terms] / scale, limits / scale[:, None]


def _negative_binomial(design: Design, scaled: pd.DataFrame) -> Any:
    """Fit a negative binomial regression by maximum likelihood, on terms of one scale so that the search ends."""
    import warnings

    import statsmodels.api as sm

    start = poisson_fit(design._replace(matrix=scaled))
    spread = max((start.pearson_chi2 / start.df_resid - 1) / design.users.mean(), 1e-3)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            fit = sm.NegativeBinomial(design.users, scaled, offset=np.log(design.population)).fit(
                start_params=[*start.params, spread], disp=0, maxiter=500
            )
        except np.linalg.LinAlgError:
            fit = None
    if fit is None or not fit.mle_retvals["converged"] or not np.isfinite(np.asarray(fit.bse)).all():
        what = f": {said[0].message}" if said else ""
        raise BereikError(
            f"the negative binomial model was not found{what}",
            "areas that differ more than by chance",
            "use model='overdispersed_poisson'",
        )
    return fit
