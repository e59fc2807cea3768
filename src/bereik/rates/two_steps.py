"""A warning: what happens when observed / expected is set against the share of an origin afterwards."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bereik.errors import BereikError
from bereik.rates.area_checks import parts_with_share
from bereik.rates.area_model import ECOLOGICAL, STEP
from bereik.rates.results import sources
from bereik.rates.workings.area_regression import Design, poisson_fit
from bereik.tables import result_table

__all__ = ["two_step_warning"]

_SEED = 0
_TWO_STEP = "users relative to those expected from the indicators, on the share: biased, shown as a warning"


def two_step_warning(
    areas: pd.DataFrame,
    *,
    by: Sequence[str],
    need: Sequence[str],
    share: str,
    true_ratio: float | None = None,
    replicates: int = 300,
) -> pd.DataFrame:
    """Show what goes wrong when observed / expected is set against the share afterwards, instead of in one model.

    Parameters
    ----------
    areas, by, need, share
        As in `area_association`; one part only.
    true_ratio : float, optional
        When given, users are drawn many times in the same areas with this rate ratio of the share, so that the truth is
        known; else the two ways are applied to the users as they are.
    replicates : int
        How many times users are drawn; the same ones each time.

    Returns
    -------
    pandas.DataFrame
        ``way`` (same_model, two_steps), then the columns of a result table: ``measure`` rate_ratio (with draws: their mean on
        the log) and, with draws, intervals_with_truth (how many of 100 intervals hold it). Draws are ``synthetic``.

    Raises
    ------
    MissingColumnError, InvalidTableError, BereikError
        As `area_association`; when there is more than one part, or a number is out of range.

    Notes
    -----
    What the indicators take up of the share is lost in the first step: the second finds about 1 / variance inflation of the
    logarithm of the ratio, with an interval that is too sure (Freckleton 2002). Draws are negative binomial with the rates
    of the joint model and its dispersion.

    Examples
    --------
    >>> areas = pd.DataFrame({"area": list("ABCDEF"), "users": [10, 22, 30, 41, 18, 27], "population": 200,
    ...     "poverty": [1.0, 2, 3, 4, 2, 3], "share": [5.0, 9, 16, 20, 12, 14], "synthetic": True, "source": "made up"})
    >>> two_step_warning(areas, by=["area"], need=["poverty"], share="share")[["way", "value"]].round(2)
              way  value
    0  same_model    0.9
    1   two_steps    1.0
    """
    if (true_ratio is not None and not 0 < true_ratio < np.inf) or replicates < 2:
        raise BereikError(
            f"a true ratio of {true_ratio!r} and {replicates!r} replicates",
            "a ratio above 0, and 2 or more",
            "give such numbers",
        )
    parts = parts_with_share(areas, by, need, share)
    if len(parts) != 1:
        raise BereikError(f"{len(parts)} parts", "the areas of one year and one selection", "select the rows first")
    design = parts[0]
    if true_ratio is None:
        rows = [_way(way, fit, share) for way, fit in _both(design, share).items()]
    else:
        rows = _drawn(design, share, true_ratio, replicates)
    source = sources(design.rows)
    drawn = f"users drawn by bereik in the areas of {source}"
    about = {"synthetic": true_ratio is not None or bool(design.rows["synthetic"].iloc[0]), "status": "shown"}
    table = pd.DataFrame(rows).assign(**about, relative_to=f"{STEP} points less")
    return result_table(table.assign(source=source if true_ratio is None else drawn), ["way"])


def _both(design: Design, share: str) -> dict[str, Any]:
    """Fit the joint model, and the share on what the model without it left over."""
    rest = design._replace(matrix=design.matrix.drop(columns=share))
    expected = np.asarray(poisson_fit(rest).fittedvalues)
    alone = design._replace(matrix=design.matrix[["const", share]])
    return {"same_model": poisson_fit(design), "two_steps": poisson_fit(alone, offset=np.log(expected))}


def _way(way: str, fit: Any, share: str) -> dict[str, Any]:
    lower, upper = fit.conf_int().loc[share]
    return {
        "way": way, "measure": "rate_ratio", "per": "ratio", "confidence": 0.95, "value": np.exp(STEP * fit.params[share]),
        "lower": np.exp(STEP * lower), "upper": np.exp(STEP * upper),
        "method": ECOLOGICAL if way == "same_model" else _TWO_STEP,
    }  # fmt: skip


def _drawn(design: Design, share: str, true_ratio: float, replicates: int) -> list[dict[str, Any]]:
    generator = np.random.default_rng(_SEED)
    fit = poisson_fit(design)
    truth = np.log(true_ratio) / STEP
    mean = np.exp(np.asarray(fit.predict(offset=np.log(design.population), which="linear"))
                  + (truth - fit.params[share]) * design.matrix[share].to_numpy())  # fmt: skip
    mean *= design.users.sum() / mean.sum()
    shape = mean / max(fit.scale - 1, 1e-9)  # variance = dispersion x mean
    rows = []
    for _ in range(replicates):
        users = generator.poisson(generator.gamma(shape, mean / shape)).astype("float64")
        for way, model in _both(design._replace(users=users), share).items():
            lower, upper = model.conf_int().loc[share]
            rows.append((way, model.params[share], lower <= truth <= upper))
    found = pd.DataFrame(rows, columns=["way", "slope", "held"]).groupby("way", sort=False).mean()
    about = f"{replicates} draws, seed {_SEED}, dispersion {fit.scale:.3g}; true ratio {true_ratio:.15g}"
    return [
        {"way": way, "measure": measure, "value": value, "per": per, "method": about}
        for way, row in found.iterrows()
        for measure, value, per in (
            ("rate_ratio", np.exp(STEP * row["slope"]), "ratio"),
            ("intervals_with_truth", 100 * row["held"], "100 intervals of 95 percent"),
        )
    ]
