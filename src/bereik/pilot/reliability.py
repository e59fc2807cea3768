"""How reliable the scales of a questionnaire are: Cronbach's alpha, and McDonald's omega when there are enough answers."""

from typing import Any

import numpy as np
import pandas as pd

from bereik.pilot.answers import check_answers
from bereik.pilot.shares import MINIMUM, origin_of, without_hidden
from bereik.rates.intervals import check_numbers
from bereik.tables import result_table

__all__ = ["reliability"]

_FOR_OMEGA = 100  # complete answers
_REPLICATES, _SEED = 500, 0


def reliability(answers: pd.DataFrame, *, wave: str = "before", confidence: float = 0.95) -> pd.DataFrame:
    """Estimate the reliability of each scale at one wave, over all networks together.

    Parameters
    ----------
    answers : pandas.DataFrame
        The answers of `read_pilot`.
    wave : str
        The wave; one, since the answers of one person at two waves are not independent.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        ``scale``, ``wave``, then the columns of a result table: ``measure`` is cronbach_alpha or mcdonald_omega,
        ``denominator`` the participants who answered every item. ``undefined``, with the reason in ``method``: fewer than
        two items or no variation (alpha); fewer than 100 complete answers or three items, or no factor that fits (omega).
        Hidden below 10.

    Raises
    ------
    InvalidTableError, UnknownNameError
        When answers are wrong, or the wave has none.

    Notes
    -----
    alpha = k / (k - 1) (1 - sum of the variances of the items / variance of their sum), Cronbach (1951); interval of Feldt
    (1965): (1 - alpha) times quantiles of F with n - 1 and (n - 1)(k - 1) degrees of freedom. It is exact for normal items
    that are equally correlated; it says how sure we are with these n, not whether the items measure one thing. omega =
    (sum of loadings)^2 / ((sum of loadings)^2 + sum of unique variances), one principal-axis factor (statsmodels);
    percentile bootstrap of 500 replicates. Below 100 answers the loadings are too uncertain to report.

    Examples
    --------
    >>> from bereik.pilot.files import read_pilot
    >>> alpha = reliability(read_pilot().answers)
    >>> alpha.loc[alpha["scale"] == "knowledge", ["measure", "value", "lower", "upper", "status"]].round(2)
              measure  value  lower  upper     status
    0  cronbach_alpha   0.66   0.36   0.84      shown
    1  mcdonald_omega    NaN    NaN    NaN  undefined
    """
    check_numbers(confidence=confidence)
    check_answers(answers, [wave])
    rows: list[dict[str, Any]] = []
    for scale, given in answers[answers["wave"] == wave].groupby("scale", sort=False):
        wide = given.astype({"answer": "float64"}).pivot(index="participant", columns="item", values="answer").dropna()
        number = {"denominator": len(wide)}
        for measure, compute in (("cronbach_alpha", _alpha), ("mcdonald_omega", _omega)):
            few = len(wide) < MINIMUM
            found = {"status": "suppressed"} if few else compute(wide.to_numpy(), confidence)
            rows.append({"scale": scale, "wave": wave, "measure": measure, "status": "shown", **number, **found})
    table = pd.DataFrame(rows).reindex(columns=["scale", "wave", "measure", "value", "lower", "upper", "denominator",
                                                "status", "method"])  # fmt: skip
    table = table.assign(confidence=confidence, per="share of variance", **origin_of(answers))
    return without_hidden(result_table(table, ["scale", "wave"]))


def _alpha(scores: np.ndarray, confidence: float) -> dict[str, Any]:
    from scipy.stats import f

    persons, items = scores.shape
    total = scores.sum(axis=1).var(ddof=1)
    if items < 2 or total == 0:
        reason = "fewer than two items" if items < 2 else "all sums are the same"
        return {"status": "undefined", "method": f"no alpha: {reason}"}
    alpha = items / (items - 1) * (1 - scores.var(axis=0, ddof=1).sum() / total)
    tails = f.ppf([(1 + confidence) / 2, (1 - confidence) / 2], persons - 1, (persons - 1) * (items - 1))
    lower, upper = 1 - (1 - alpha) * tails
    return {"value": alpha, "lower": lower, "upper": upper, "method": "Cronbach's alpha; interval of Feldt"}


def _omega(scores: np.ndarray, confidence: float) -> dict[str, Any]:
    persons, items = scores.shape
    reasons = {
        f"omega needs {_FOR_OMEGA} complete answers, there are {persons}": persons < _FOR_OMEGA,
        f"one factor needs three items, there are {items}": items < 3,
        "an item has one answer only": bool((scores.std(axis=0) == 0).any()),
    }
    for reason, holds in reasons.items():
        if holds:
            return {"status": "undefined", "method": f"no omega: {reason}"}
    value = _one_factor(scores)
    if np.isnan(value):
        return {"status": "undefined", "method": "no omega: one factor does not fit, a unique variance is below 0"}
    draw = np.random.default_rng(_SEED)
    samples = (scores[draw.integers(0, persons, persons)] for _ in range(_REPLICATES))
    values = [_one_factor(sample) for sample in samples if (sample.std(axis=0) > 0).all()]
    lower, upper = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    method = (
        f"McDonald's omega, one principal-axis factor; percentile bootstrap, {_REPLICATES} replicates, seed {_SEED}"
    )
    return {"value": value, "lower": lower, "upper": upper, "method": method}


def _one_factor(scores: np.ndarray) -> float:
    """Give omega, or NaN where no proper factor explains the items; principal axis draws nothing, as "ml" does to start."""
    from statsmodels.multivariate.factor import Factor

    fit = Factor(scores, n_factor=1, method="pa", smc=False).fit(maxiter=500)
    spread = scores.std(axis=0, ddof=1)
    common = (fit.loadings[:, 0] * spread).sum() ** 2
    proper = fit.uniqueness.min() > -1e-6
    return float(common / (common + (fit.uniqueness * spread**2).sum())) if proper else np.nan
