"""How far an association between areas hangs on one area, and on terms that go together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.rates.area_model import ECOLOGICAL, STEP
from bereik.rates.areas import checked_areas
from bereik.rates.results import check_columns, sources
from bereik.rates.workings.area_regression import Design, designs, poisson_fit
from bereik.tables import result_table

__all__ = ["area_collinearity", "leave_one_area_out"]


def area_collinearity(areas: pd.DataFrame, *, by: Sequence[str], need: Sequence[str], share: str) -> pd.DataFrame:
    """Say how far the terms of `area_association` go together, so that they can hardly be told apart.

    Parameters
    ----------
    areas, by, need, share
        As in `area_association`; `need` holds at least one indicator.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` without the area, ``term``, then those of a result table. ``measure``: variance_inflation (by how
        much the other terms inflate the variance of this one; 1 = not at all), correlation (with the share); for the term
        ``all`` condition_number (of the standardised terms; above about 30 the estimates are unstable).

    Raises
    ------
    MissingColumnError, InvalidTableError, BereikError
        As `area_association`.

    Notes
    -----
    Areas weigh as the youths in them. Variance inflation = 1 / (1 - R squared) of a term on the other terms; condition number
    of Belsley, Kuh & Welsch (1980).

    Examples
    --------
    >>> areas = pd.DataFrame({"area": list("ABCDEF"), "users": [10, 22, 30, 41, 18, 27], "population": 200,
    ...     "poverty": [1.0, 2, 3, 4, 2, 3], "share": [5.0, 9, 16, 20, 12, 14], "synthetic": True, "source": "made up"})
    >>> area_collinearity(areas, by=["area"], need=["poverty"], share="share")[["term", "measure", "value"]].round(1)
          term             measure  value
    0    share  variance_inflation   20.5
    1  poverty  variance_inflation   20.5
    2  poverty         correlation    1.0
    3      all    condition_number    8.9
    """
    check_columns(need=need, share=[share])
    rows = []
    for design in parts_with_share(areas, by, need, share):
        weighted = np.cov(design.matrix.iloc[:, 1:].T, aweights=design.population)
        correlations = weighted / np.sqrt(np.outer(np.diag(weighted), np.diag(weighted)))
        inflation = np.diag(np.linalg.inv(correlations))
        rows += [_row(design, by, share, "variance_inflation", inflation[0])]
        for place, name in enumerate(need, start=1):
            rows += [_row(design, by, name, "variance_inflation", inflation[place])]
            rows += [_row(design, by, name, "correlation", correlations[0, place])]
        largest, *_, smallest = np.sqrt(np.linalg.eigvalsh(correlations)[::-1])
        rows += [_row(design, by, "all", "condition_number", largest / smallest)]
    return result_table(pd.DataFrame(rows), [*by[:-1], "term"])


def leave_one_area_out(areas: pd.DataFrame, *, by: Sequence[str], need: Sequence[str], share: str) -> pd.DataFrame:
    """Estimate the rate ratio of the share again without each area in turn.

    Parameters
    ----------
    areas, by, need, share
        As in `area_association`.

    Returns
    -------
    pandas.DataFrame
        The columns of `by` (the area is the one that is left out), then those of a result table with ``measure``
        rate_ratio_without. Areas that are not shown are not in it.

    Raises
    ------
    MissingColumnError, InvalidTableError, BereikError
        As `area_association`.

    Notes
    -----
    Each row is an estimate, not an interval: the spread says whether one area makes the result.

    Examples
    --------
    >>> areas = pd.DataFrame({"area": list("ABCDEF"), "users": [10, 22, 30, 41, 18, 27], "population": 200,
    ...     "poverty": [1.0, 2, 3, 4, 2, 3], "share": [30.0, 5, 10, 20, 25, 15], "synthetic": True, "source": "made up"})
    >>> leave_one_area_out(areas, by=["area"], need=["poverty"], share="share")[["area", "value"]].head(2).round(2)
      area  value
    0    A   0.91
    1    B   0.91
    """
    rows = []
    for design in parts_with_share(areas, by, need, share):
        for place, area in enumerate(design.rows[by[-1]]):
            kept = np.arange(len(design.rows)) != place
            fit = poisson_fit(
                Design(design.rows[kept], design.users[kept], design.population[kept], design.matrix[kept])
            )
            value = np.exp(STEP * fit.params[share])
            rows.append({by[-1]: area} | _row(design, by, share, "rate_ratio_without", value))
    return result_table(pd.DataFrame(rows).assign(relative_to=f"{STEP} points less", per="ratio"), by)


def parts_with_share(areas: pd.DataFrame, by: Sequence[str], need: Sequence[str], share: str) -> list[Design]:
    """Check a table of areas, and lay out each part of it for a regression on the share and the indicators."""
    check_columns(terms=[share, *need])
    return designs(checked_areas(areas, by, "population"), by, [share, *need])


def _row(design: Design, by: Sequence[str], term: str, measure: str, value: float) -> dict[str, Any]:
    same = {name: design.rows[name].iloc[0] for name in [*by[:-1], "synthetic"]}
    source = sources(design.rows)
    return same | {
        "term": term, "measure": measure, "value": value, "status": "shown", "source": source,
        "method": f"{len(design.rows)} areas, weighted by youths; {ECOLOGICAL}",
    }  # fmt: skip
