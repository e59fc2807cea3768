"""Mean and spread of effects that differ among themselves (random effects), and the band for a new one."""

from typing import NamedTuple

import numpy as np

from bereik.errors import BereikError


class Spread(NamedTuple):
    """What the other regions say: mean and between-region sd of the log ratio, with Cochran's Q."""

    mean: float
    se: float
    tau: float
    tau_dersimonian_laird: float
    q: float
    number: int


def random_effects(theta: np.ndarray, variance: np.ndarray) -> Spread:
    """Estimate mean and spread of effects by statsmodels, and check that the Paule-Mandel equation is solved."""
    from statsmodels.stats.meta_analysis import combine_effects

    # statsmodels divides by Q, which can be 0, and takes roots with a DerSimonian-Laird tau^2 that can be negative.
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = combine_effects(theta, variance, method_re="iterated")
        simple = combine_effects(theta, variance, method_re="chi2")
    generalised_q = float(np.sum((theta - fit.mean_effect_re) ** 2 / (variance + fit.tau2)))
    if abs(generalised_q - fit.df) > 1e-3 and (fit.tau2 > 0 or generalised_q > fit.df):
        raise BereikError(
            f"the Paule-Mandel estimate of the spread was not found (generalised Q {generalised_q:.4g})",
            f"a generalised Q of {fit.df}, the number of other regions minus 1",
            "check the ratios and their intervals for a region with an extremely small standard error",
        )
    tau, tau_simple = (float(np.sqrt(max(one.tau2, 0))) for one in (fit, simple))
    return Spread(
        float(fit.mean_effect_re), float(fit.sd_eff_w_re), tau, tau_simple, max(float(fit.q), 0.0), len(theta)
    )


def prediction_half_width(spread: Spread, confidence: float) -> float:
    """Give half the width of the prediction band, on the log."""
    from scipy.stats import t

    return float(t.ppf(0.5 + confidence / 2, spread.number - 2) * np.hypot(spread.tau, spread.se))
