"""The exact signed-rank test for small groups with ties and zeros, and the Hodges-Lehmann shift with its exact interval."""

import numpy as np

__all__ = ["shift_estimate", "shift_interval", "signed_rank_p"]


def signed_rank_p(differences: np.ndarray) -> float:
    """Test whether differences are symmetric around 0: exact two-sided p-value of the Wilcoxon signed-rank test.

    Parameters
    ----------
    differences : array
        After minus before. Give whole numbers (sums of items), so that ties are seen as ties.

    Returns
    -------
    float
        The probability, over all ways to sign the differences found, of a sum of ranks at least as far from its mean.

    Notes
    -----
    Wilcoxon (1945); zeros by Pratt (1959): they are ranked with the others, then left out; ties get mid-ranks. The null
    distribution is that of the ranks at hand, by adding up their distributions one by one (exact for any number of pairs).
    scipy's ``wilcoxon(method="exact")`` uses the distribution without ties also where there are ties.

    Examples
    --------
    >>> round(signed_rank_p(np.array([0, 1, 1, 2, -1, 3, 0, 2, -2, 4, 1, 1])), 6)
    0.070312
    """
    from scipy.stats import rankdata

    nonzero = differences != 0
    ranks = np.rint(2 * rankdata(np.abs(differences)))[nonzero].astype("int64")  # doubled, so that mid-ranks are whole
    positive = int(ranks[differences[nonzero] > 0].sum())
    chance = np.zeros(int(ranks.sum()) + 1)
    chance[0] = 1.0
    for rank in ranks:
        chance[rank:] = (chance[rank:] + chance[:-rank]) / 2
        chance[:rank] /= 2
    tail = min(positive, len(chance) - 1 - positive)
    return float(min(1.0, 2 * chance[: tail + 1].sum()))


def shift_estimate(differences: np.ndarray) -> float:
    """Estimate the shift: the median of the means of all pairs of differences, each with itself included.

    Parameters
    ----------
    differences : array
        After minus before.

    Returns
    -------
    float
        The estimate of Hodges & Lehmann (1963), in the unit of the differences.

    Examples
    --------
    >>> shift_estimate(np.array([1.0, 2.0, 6.0]))
    2.75
    """
    return float(np.median(_pair_means(differences)))


def shift_interval(differences: np.ndarray, confidence: float) -> tuple[float, float]:
    """Give the exact interval of the shift: all shifts that the signed-rank test does not reject.

    Parameters
    ----------
    differences : array
        After minus before; whole numbers, so that ties are seen as ties.
    confidence : float
        The confidence of the interval, between 0 and 1.

    Returns
    -------
    tuple of float
        Lower and upper limit, from the first shift not rejected to the last; infinite when so few pairs can reject nothing.
        At least as wide as its confidence says, when changes are symmetric around the shift. With ties a limit may itself
        be rejected: an interval that begins at 0 can stand beside a p-value below 1 - `confidence`.

    Notes
    -----
    Test inversion, Hodges & Lehmann (1963), Bauer (1972). The p-value changes only at the means of pairs, so it is looked at
    there and half-way between two of them.

    Examples
    --------
    >>> shift_interval(np.arange(1.0, 9.0), 0.95)
    (2.0, 7.0)
    """
    means = np.unique(_pair_means(differences))
    lower = _first_kept(differences, means, 1 - confidence)
    return lower, -_first_kept(-differences, -means[::-1], 1 - confidence)


def _pair_means(differences: np.ndarray) -> np.ndarray:
    first, second = np.triu_indices(len(differences))
    return (differences[first] + differences[second]) / 2


def _first_kept(differences: np.ndarray, means: np.ndarray, alpha: float) -> float:
    """Go up from the lowest pair mean to the first shift that is not rejected, or that lies just above it."""
    if signed_rank_p(differences - means[0] + 1) > alpha:
        return -np.inf
    for place, mean in enumerate(means):
        above = (mean + means[place + 1]) / 2 if place + 1 < len(means) else mean + 1
        if signed_rank_p(differences - mean) > alpha or signed_rank_p(differences - above) > alpha:
            return float(mean)
    return np.inf
